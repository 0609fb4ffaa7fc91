use super::Protection;
use crate::compare::{ArmComparison, ComparisonSpec, Funnel, Ladders, PeerResult, PeerSet};
use crate::ingest::{Findings, Records};
use crate::kpi::{Evaluation, Periods};
use crate::panel::{Panel, Units};
use crate::survey::SurveyResult;

/// Everything that was estimated in a run: what disclosure control must see together, because a
/// number hidden in one place must not be recoverable from another.
#[derive(Debug, Clone)]
pub struct Results {
    /// The records, with register, catalogue, offers and events.
    pub records: Records,
    /// Findings, quarantine and balances.
    pub findings: Findings,
    /// The panel.
    pub panel: Panel,
    /// Areas and groups of areas.
    pub units: Units,
    /// The periods evaluated.
    pub periods: Periods,
    /// The key figures.
    pub evaluation: Evaluation,
    /// The comparisons as configured.
    pub comparisons: Vec<ComparisonSpec>,
    /// Peers by characteristic.
    pub peers: Vec<(PeerSet, Vec<PeerResult>)>,
    /// Towns with an event against towns without, by position of the comparison.
    pub arms: Vec<(usize, Vec<ArmComparison>)>,
    /// How far up the ladder the comparisons by event get.
    pub ladders: Ladders,
    /// Every service's towns against what is to be expected at their number of cases.
    pub funnels: Vec<Funnel>,
    /// The surveys.
    pub surveys: Vec<SurveyResult>,
    /// How small numbers are hidden; `None` where nothing is.
    pub protection: Option<Protection>,
}
