//! Comparisons: peers of a town, participation against none, the course since launch.
//!
//! This stage decides verdicts; [`crate::story`] only words them.

mod arms;
pub mod ladder;
mod launch;
mod peers;
mod spec;
mod study;

use crate::domain::EstimateTable;
use crate::ingest::Records;
use crate::panel::Panel;

pub use arms::{Arm, ArmComparison, Verdict, compare_arms};
pub use launch::{LaunchCurve, LaunchPoint, band_since_launch, curve_since_launch, pooled_since_launch};
pub use peers::{PeerResult, PeerSet, peer_results};
pub use spec::{ComparisonKind, ComparisonSpec, Timing};

/// The ladder of every comparison by event before launch, with the position of the comparison. `months` holds the
/// monthly key figure `kpi`.
#[must_use]
pub fn ladders(
    comparisons: &[ComparisonSpec],
    records: &Records,
    panel: &Panel,
    kpi: u16,
    months: &EstimateTable,
) -> Vec<(usize, ladder::Ladder)> {
    let climb = |(at, spec): (usize, &ComparisonSpec)| match spec.kind() {
        ComparisonKind::Event(kind, Timing::BeforeLaunch) => {
            Some((at, ladder::climb(&study::study(spec, kind, records, panel, kpi, months))))
        }
        _ => None,
    };
    comparisons.iter().enumerate().filter_map(climb).collect()
}
