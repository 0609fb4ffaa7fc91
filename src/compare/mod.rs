//! Comparisons: peers of a town, participation against none, the course since launch.
//!
//! This stage decides verdicts; [`crate::story`] only words them.

mod arms;
mod control;
mod funnel;
pub mod ladder;
mod launch;
mod methods;
mod peers;
mod spec;
mod study;

use self::ladder::Others;
use crate::domain::EstimateTable;
use crate::ingest::Records;
use crate::panel::Panel;

pub use arms::{Arm, ArmComparison, Verdict, compare_arms};
pub use control::{
    Candidate, Control, ControlEvent, ControlPhase, ControlPlan, ControlPoint, ControlRefusal, ControlResult,
    ControlSpec, Controls, Interrupted, Launches, MIN_CASES, MIN_ITS_MONTHS, MIN_SIDE, MIN_TREND_MONTHS, PhaseLimits,
    Term, Trend, controls,
};
pub use funnel::{
    FUNNEL_LEVELS, Funnel, FunnelLimits, FunnelPlace, FunnelRefusal, FunnelResult, FunnelTown, LeftOut,
    MIN_FUNNEL_TOWNS, Place, funnels,
};
pub use launch::{LaunchCurve, LaunchPoint, band_since_launch, curve_since_launch, pooled_since_launch};
pub use methods::{Cells, Estimated, MethodAnswer, MethodSpec, Refused, Rows, Tidy, methods, tidy};
pub use peers::{Neighbour, PeerResult, PeerSet, peer_results};
pub use spec::{ComparisonKind, ComparisonSpec, Timing};

/// How far up the ladder the comparisons by event get, by their position in the configuration.
#[derive(Debug, Clone, Default)]
pub struct Ladders {
    /// Events before the launch of a service.
    pub launch: Vec<(usize, ladder::Ladder)>,
    /// Events on services that were live before.
    pub live: Vec<(usize, ladder::LiveLadder)>,
}

/// The ladder of every comparison by event. `months` holds the monthly key figure `kpi`.
#[must_use]
pub fn ladders(
    comparisons: &[ComparisonSpec],
    records: &Records,
    panel: &Panel,
    kpi: u16,
    months: &EstimateTable,
) -> Ladders {
    let mut out = Ladders::default();
    for (at, spec) in comparisons.iter().enumerate() {
        match spec.kind() {
            ComparisonKind::Event(kind, Timing::BeforeLaunch) => {
                let study = study::study(spec, kind, records, panel, kpi, months);
                let mut found = ladder::climb(&study);
                // The launch itself is what is compared.
                let events = study::other_events(&[kind, "launch"], records);
                found.others = Some(Others::count(kind, &ladder::launch_spans(&study, found.window), &events));
                out.launch.push((at, found));
            }
            ComparisonKind::Event(kind, Timing::Live) => {
                let live = study::live_study(spec, kind, records, panel, kpi, months);
                let mut found = ladder::climb_live(&live.study, &live.costs);
                found.repeated = live.repeated;
                let events = study::other_events(&[kind], records);
                found.others = Some(Others::count(kind, &ladder::live_spans(&live.study), &events));
                out.live.push((at, found));
            }
            _ => {}
        }
    }
    out
}
