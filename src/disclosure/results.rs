use super::Protection;
use crate::compare::{
    ArmComparison, ComparisonSpec, Controls, Estimated, Funnel, Ladders, MethodAnswer, PeerResult, PeerSet, methods,
};
use crate::ingest::{Findings, Records};
use crate::kpi::{self, Evaluation, Periods};
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
    /// What the methods of the comparisons say, by position of the comparison; empty until it is settled who reads it.
    pub methods: Vec<(usize, Vec<MethodAnswer>)>,
    /// Every service's towns against what is to be expected at their number of cases.
    pub funnels: Vec<Funnel>,
    /// The series of every service by month: what stands out, and what changed.
    pub controls: Controls,
    /// The surveys.
    pub surveys: Vec<SurveyResult>,
    /// How small numbers are hidden; `None` where nothing is.
    pub protection: Option<Protection>,
}

impl Results {
    /// What the methods of the comparisons work on.
    #[must_use]
    pub fn estimated(&self) -> Estimated<'_> {
        Estimated {
            records: &self.records,
            panel: &self.panel,
            kpi: kpi::number("online_share"),
            months: &self.evaluation.months,
            periods: &self.evaluation.periods,
            current: self.periods.current,
            peers: &self.peers,
        }
    }

    /// The same with the answers of the methods to the estimates that it holds.
    #[must_use]
    pub fn with_methods(self) -> Self {
        Self { methods: methods(&self.comparisons, &self.estimated()), ..self }
    }
}
