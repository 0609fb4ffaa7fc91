//! What the numbers of some parts of a unit do not tell about the whole.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{CellKey, Plan, cell, first_day, says};
use crate::domain::{CellState, Period};
use crate::ingest::{Fact, Measure};

/// Unit, service and measure.
type SeriesKey = (u32, u32, Measure);

/// What the units that change have delivered, before it is moved.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// The source and the periods.
    series: HashMap<SeriesKey, (u16, HashSet<Period>)>,
    units: HashSet<u32>,
}

impl Delivered {
    pub(super) fn of(facts: &[Fact], plan: &Plan) -> Self {
        let mut out = Self::default();
        for fact in facts.iter().filter(|fact| plan.steps.contains_key(&fact.area) && says(fact)) {
            let (area, service, period, measure) = cell(fact.area, fact);
            out.units.insert(area);
            let series = out.series.entry((area, service, measure)).or_insert_with(|| (fact.source, HashSet::new()));
            series.1.insert(period);
        }
        out
    }

    /// The cells that are unknown because a part that delivers the series has not delivered this period, unless
    /// its source leaves out what is `zero`.
    pub(super) fn gaps(&self, moved: &HashSet<CellKey>, plan: &Plan, zero: &dyn Fn(u16) -> bool) -> Vec<Fact> {
        let mut periods: HashMap<SeriesKey, Vec<Period>> = HashMap::new();
        for &(area, service, period, measure) in moved {
            periods.entry((area, service, measure)).or_default().push(period);
        }
        let mut out: BTreeSet<(CellKey, u16)> = BTreeSet::new();
        for (&(unit, service, measure), (source, delivered)) in self.series.iter().filter(|(_, (s, _))| !zero(*s)) {
            for area in plan.heirs(unit) {
                for &period in periods.get(&(area, service, measure)).into_iter().flatten() {
                    if !delivered.contains(&period) && plan.is_part(unit, area, period) {
                        out.insert(((area, service, period, measure), *source));
                    }
                }
            }
        }
        let unknown = |((area, service, period, measure), source)| Fact {
            area,
            service,
            period,
            measure,
            state: CellState::NotProvided,
            value: 0,
            source,
        };
        out.into_iter().map(unknown).collect()
    }

    /// Parts that never delivered anything, while others of the same unit have.
    pub(super) fn silent(&self, moved: &HashSet<CellKey>, plan: &Plan) -> BTreeSet<(u32, u32)> {
        let reached: HashSet<u32> = moved.iter().map(|cell| cell.0).collect();
        let units = plan.steps.keys().filter(|unit| !self.units.contains(unit));
        units
            .flat_map(|&unit| plan.heirs(unit).into_iter().map(move |area| (unit, area)))
            .filter(|(_, area)| reached.contains(area))
            .collect()
    }
}

impl Plan {
    /// All units of the register that a part of `unit` ever came to.
    fn heirs(&self, unit: u32) -> BTreeSet<u32> {
        let steps = self.steps.get(&unit).into_iter().flatten();
        let days = steps.filter_map(|step| step.date.pred_opt());
        days.flat_map(|day| self.successors(unit, day)).map(|(area, _)| area).collect()
    }

    /// Whether `unit` existed in `period` and has since come to `area`, in whole or in part.
    fn is_part(&self, unit: u32, area: u32, period: Period) -> bool {
        let day = first_day(period);
        let existed = !self.had_ended(unit, day) && !self.not_yet(unit, day);
        existed && self.next(unit, day, None).is_some() && self.successors(unit, day).iter().any(|s| s.0 == area)
    }
}
