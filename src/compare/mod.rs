//! Comparisons: peers of a town, participation against none, the course since launch.
//!
//! This stage decides verdicts; [`crate::story`] only words them.

mod arms;
mod launch;
mod peers;
mod spec;

pub use arms::{Arm, ArmComparison, Verdict, compare_arms};
pub use launch::{LaunchCurve, LaunchPoint, band_since_launch, curve_since_launch, pooled_since_launch};
pub use peers::{PeerResult, PeerSet, peer_results};
pub use spec::{ComparisonKind, ComparisonSpec, Timing};
