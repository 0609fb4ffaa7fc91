use std::collections::{BTreeMap, BTreeSet};

use crate::disclosure::Results;
use crate::domain::{ALL_SERVICES, Aggregation, EstimateState};
use crate::kpi::{CATALOGUE, Formula};

/// Which areas and services there are numbers for, and of which none may be shown.
///
/// A public release has no panel, so this comes from the estimates; the panel adds what lies before
/// all periods evaluated.
#[derive(Debug, Default)]
pub(super) struct Presence {
    by_area: BTreeMap<u32, BTreeSet<u32>>,
    /// Services that someone delivered something for, even that there is nothing.
    pub used: BTreeSet<u32>,
    /// Areas all of whose numbers of use are hidden.
    pub hidden_areas: BTreeSet<u32>,
    /// Services for which the share of an area is hidden in some period or month.
    pub hidden_services: BTreeSet<u32>,
}

impl Presence {
    /// Of the results; `share` is the position of the online share.
    pub(super) fn of(r: &Results, share: u16) -> Self {
        let mut out = Self::default();
        let mut shown = BTreeSet::new();
        let tables = [&r.evaluation.periods, &r.evaluation.months, &r.evaluation.quarters];
        for (at, (key, state)) in tables.iter().enumerate().flat_map(|(at, t)| t.states().map(move |row| (at, row))) {
            if key.aggregation != Aggregation::Own {
                continue;
            }
            if key.service != ALL_SERVICES {
                out.by_area.entry(key.unit).or_default().insert(key.service);
                // A service that is merely offered has estimates that were not provided.
                if state != EstimateState::NotProvided {
                    out.used.insert(key.service);
                }
            }
            // What is offered says nothing of use.
            let offered =
                matches!(CATALOGUE[usize::from(key.kpi)].formula, Formula::Availability | Formula::ActiveShare);
            if state == EstimateState::Suppressed {
                out.hidden_areas.insert(key.unit);
                // A quarter is also hidden where its months are shown.
                if key.kpi == share && at < 2 {
                    out.hidden_services.insert(key.service);
                }
            } else if state == EstimateState::Computed && !offered {
                shown.insert(key.unit);
            }
        }
        out.hidden_areas.retain(|area| !shown.contains(area));
        for cell in r.panel.cells() {
            out.by_area.entry(cell.area).or_default().insert(cell.service);
            out.used.insert(cell.service);
        }
        out
    }

    /// Areas with numbers, ascending.
    pub(super) fn areas(&self) -> impl Iterator<Item = u32> + '_ {
        self.by_area.keys().copied()
    }

    /// Services of an area with numbers, ascending.
    pub(super) fn services(&self, area: u32) -> impl Iterator<Item = u32> + '_ {
        self.by_area.get(&area).into_iter().flatten().copied()
    }
}
