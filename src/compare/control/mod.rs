//! Change in one series: the online share of a service by month, of all towns together and of single towns.
//!
//! A control chart tells the months that stand out from what is usual for this series itself; a trend test compares
//! every month with the same one of the year before; an interrupted time series looks at one event in one town. None
//! of them has anything to compare with: whatever else changed at the same time is in the number.
//!
//! The series of all towns is the sum of always the same towns. The sum of whoever delivered would move with every
//! town that goes online or leaves a month out, and that is no change of use.

mod change;
mod chart;
mod series;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use self::change::{Candidate, Interrupted, MIN_ITS_MONTHS, MIN_SIDE, MIN_TREND_MONTHS, Term, Trend};
pub use self::chart::{ControlPhase, ControlPoint, ControlResult, MIN_CASES, PhaseLimits};
use self::series::{Axis, Line, Lines};
use super::ladder::Share;
use crate::domain::{EstimateTable, Month, say};
use crate::ingest::Event;
use crate::stats::series::SeriesRefusal;
use crate::{Error, Result};

/// Events of these kinds are no interventions on a live service: a launch begins the series, and an outage passes.
const NO_INTERVENTION: [&str; 2] = ["launch", "outage"];

/// `[control]` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ControlSpec {
    /// Kinds of events that begin a new phase of the series that they concern. Without any a series has one phase:
    /// the program never divides one by itself.
    pub phase_events: Vec<String>,
}

impl ControlSpec {
    /// Refuses kinds that no event can have.
    ///
    /// # Errors
    /// If a kind is empty or named twice.
    pub fn check(self) -> Result<Self> {
        for (at, kind) in self.phase_events.iter().enumerate() {
            if kind.trim().is_empty() || self.phase_events[..at].contains(kind) {
                return Err(Error::config(say!(
                    "control.phase_events: „{kind}“ ist leer oder doppelt",
                    "control.phase_events: \"{kind}\" is empty or named twice"
                ))
                .hint(say!(
                    "Arten von Ereignissen aufzählen, zum Beispiel phase_events = [\"relaunch\"]",
                    "list kinds of events, for example phase_events = [\"relaunch\"]"
                )));
            }
        }
        Ok(self)
    }
}

/// What is asked for: the phases, and which single towns get a series of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlPlan {
    /// The configuration.
    pub spec: ControlSpec,
    /// The towns with a series of their own, ascending.
    pub towns: Vec<u32>,
}

/// Why there is no chart, no trend or no result for an event.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ControlRefusal {
    /// No town delivered every month of the series.
    #[error("no town has a number for every month")]
    NoTowns,
    /// Too few months with a value.
    #[error("{found} months, at least {needed} are needed")]
    FewMonths {
        /// Months with a value.
        found: usize,
        /// The least number.
        needed: usize,
    },
    /// The longest stretch without a gap is too short.
    #[error("{found} months without a gap, at least {needed} are needed")]
    Gaps {
        /// Months of the longest stretch.
        found: usize,
        /// The least number.
        needed: usize,
    },
    /// Too few months without a gap on a side of the event.
    #[error("{before} months before and {after} from the event on without a gap, at least {needed} each are needed")]
    Sides {
        /// Months before the event.
        before: usize,
        /// Months from the event on.
        after: usize,
        /// The least number on each side.
        needed: usize,
    },
    /// Too few cases a month are online, or not online, for limits of the normal distribution.
    #[error("{mean:.1} cases a month on the smaller side of the share, at least {MIN_CASES} are needed")]
    FewCases {
        /// Their mean.
        mean: f64,
        /// Whether it is the online cases that are few.
        online: bool,
    },
    /// Neighbouring months do not differ, or no two are neighbours.
    #[error("neighbouring months do not differ, or there are none")]
    NoSpread,
    /// The method refused.
    #[error("{0}")]
    Method(SeriesRefusal),
}

impl From<SeriesRefusal> for ControlRefusal {
    fn from(refusal: SeriesRefusal) -> Self {
        Self::Method(refusal)
    }
}

/// One series and what the methods say of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Dense service number.
    pub service: u32,
    /// The town; `None` for all together.
    pub area: Option<u32>,
    /// Towns in the series.
    pub towns: usize,
    /// Towns that have a number of this service at all.
    pub known: usize,
    /// The first month.
    pub first: Month,
    /// The cases of every month from the first on; `None` is a gap.
    pub months: Vec<Option<Share>>,
    /// The control chart.
    pub chart: std::result::Result<ControlResult, ControlRefusal>,
    /// The change against the same month of the year before.
    pub trend: std::result::Result<Trend, ControlRefusal>,
    /// Where the level may have changed, in the longest stretch without a gap; candidates, never phases.
    pub candidates: Vec<Candidate>,
}

impl Control {
    /// The month at a place of the series.
    #[must_use]
    pub fn month(&self, at: usize) -> Month {
        self.first.plus(i32::try_from(at).unwrap_or(i32::MAX))
    }
}

/// An event on a live service: in one town, or everywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlEvent {
    /// Dense service number.
    pub service: u32,
    /// The town; `None` where the event was in all.
    pub area: Option<u32>,
    /// Month in which it began.
    pub month: Month,
    /// Kinds of all events of this month, in the alphabet.
    pub kinds: Vec<String>,
    /// What changed in the series from this month on.
    pub result: std::result::Result<Interrupted, ControlRefusal>,
}

/// Every series of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Controls {
    /// What was asked for.
    pub plan: ControlPlan,
    /// By service, all towns first, then by town.
    pub series: Vec<Control>,
    /// By service, area and month; an event in all towns stands first.
    pub events: Vec<ControlEvent>,
}

impl Controls {
    /// The series of a service in all towns.
    #[must_use]
    pub fn of_all(&self, service: u32) -> Option<&Control> {
        self.series.iter().find(|c| c.service == service && c.area.is_none())
    }
}

/// The month in which a service went online in an area, where that is known.
pub type Launches<'a> = dyn Fn(u32, u32) -> Option<Month> + 'a;

/// The series of every service and what changed in them, from the monthly key figure `kpi` (a share) between the first
/// and the last month of `span`.
///
/// Only numbers of `months` are used, so nothing but them can be computed from centres, limits and tests.
#[must_use]
pub fn controls(
    plan: ControlPlan,
    kpi: u16,
    months: &EstimateTable,
    span: (Month, Month),
    events: &[Event],
    launch: &Launches<'_>,
) -> Controls {
    let axis = Axis::of(span);
    let settled = |service: u32, lines: &Lines| -> BTreeMap<u32, usize> {
        let from = |(area, line): (&u32, &Line)| (*area, series::settled(line, axis, launch(*area, service)));
        lines.iter().map(from).collect()
    };
    let lines: Vec<(u32, Lines, BTreeMap<u32, usize>)> = series::lines(kpi, months, axis, launch)
        .into_iter()
        .map(|(service, lines)| {
            let from = settled(service, &lines);
            (service, lines, from)
        })
        .collect();
    let found: Vec<(Vec<Control>, Vec<ControlEvent>)> = lines
        .par_iter()
        .map(|(service, lines, settled)| {
            let of = Service { number: *service, lines, settled, axis, events, kinds: &plan.spec.phase_events };
            (of.series(&plan.towns), of.events())
        })
        .collect();
    let (mut series, mut of_events) = (Vec::new(), Vec::new());
    for (mut controls, mut interrupted) in found {
        series.append(&mut controls);
        of_events.append(&mut interrupted);
    }
    Controls { plan, series, events: of_events }
}

/// One service with the lines of its towns.
struct Service<'a> {
    number: u32,
    lines: &'a Lines,
    /// By town the first month after the year in which use grows by itself.
    settled: &'a BTreeMap<u32, usize>,
    axis: Axis,
    events: &'a [Event],
    /// Kinds of events that begin a phase.
    kinds: &'a [String],
}

impl Service<'_> {
    fn series(&self, towns: &[u32]) -> Vec<Control> {
        let all = series::pooled(self.lines);
        let mut out = vec![self.control(None, all.from, &all.line, &all.towns)];
        // Of one town the series of all is that of the town.
        if self.lines.len() > 1 {
            let single = |area: &u32| {
                let line = self.lines.get(area)?;
                Some(self.control(Some(*area), series::start(line)?, line, &[*area]))
            };
            out.extend(towns.iter().filter_map(single));
        }
        out
    }

    fn control(&self, area: Option<u32>, from: usize, line: &[Option<Share>], towns: &[u32]) -> Control {
        let months: Vec<Option<Share>> = line.iter().skip(from).map(|m| m.filter(|s| s.all > 0.0)).collect();
        let usable = if towns.is_empty() { Err(ControlRefusal::NoTowns) } else { chart::enough_cases(&months) };
        let (at, stretch) = change::longest(&months);
        let phases = self.phases(from, towns);
        Control {
            service: self.number,
            area,
            towns: towns.len(),
            known: self.lines.len(),
            first: self.axis.month(from),
            chart: usable.and_then(|()| chart::chart(&months, &phases)),
            trend: usable.and_then(|()| change::trend(&stretch)),
            candidates: if usable.is_ok() { change::candidates(&stretch, at) } else { Vec::new() },
            months,
        }
    }

    /// Where a person lets a phase begin, with the kinds of events: a place that more than half of the towns of the
    /// series share.
    fn phases(&self, from: usize, towns: &[u32]) -> BTreeMap<usize, Vec<String>> {
        let mut met: BTreeMap<(usize, &str), Vec<u32>> = BTreeMap::new();
        for event in self.events.iter().filter(|e| self.concerned(e) && self.kinds.contains(&e.kind)) {
            let Some(at) = self.axis.place(Month::of(event.from)).and_then(|at| at.checked_sub(from)) else { continue };
            let here = towns.iter().filter(|t| event.area.is_none_or(|a| a == **t));
            met.entry((at, event.kind.as_str())).or_default().extend(here);
        }
        let mut out: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for ((at, kind), mut met) in met {
            met.sort_unstable();
            met.dedup();
            if at > 0 && 2 * met.len() > towns.len() {
                out.entry(at).or_default().push(kind.to_owned());
            }
        }
        out
    }

    fn concerned(&self, event: &Event) -> bool {
        event.service.is_none_or(|s| s == self.number)
    }

    /// The events that met the service after its launch.
    fn events(&self) -> Vec<ControlEvent> {
        let mut months: BTreeMap<(Option<u32>, Month), Vec<&str>> = BTreeMap::new();
        for event in self.events.iter().filter(|e| self.concerned(e) && !NO_INTERVENTION.contains(&e.kind.as_str())) {
            months.entry((event.area, Month::of(event.from))).or_default().push(&event.kind);
        }
        let mut all = None;
        let mut out = Vec::new();
        for ((area, month), mut kinds) in months {
            let (line, from, towns): (&[Option<Share>], usize, &[u32]) = if let Some(area) = &area {
                let Some(line) = self.lines.get(area) else { continue };
                (line, series::start(line).unwrap_or(line.len()), std::slice::from_ref(area))
            } else {
                let all = all.get_or_insert_with(|| series::pooled(self.lines));
                if all.towns.is_empty() {
                    continue;
                }
                (&all.line, all.from, &all.towns)
            };
            let settled = towns.iter().filter_map(|town| self.settled.get(town)).max().copied().unwrap_or(0);
            // Before the launch there was nothing that the event could have changed.
            let Some(at) = self.axis.place(month).filter(|at| *at > from) else { continue };
            kinds.sort_unstable();
            kinds.dedup();
            out.push(ControlEvent {
                service: self.number,
                area,
                month,
                kinds: kinds.into_iter().map(str::to_owned).collect(),
                result: interrupted(line, at, settled),
            });
        }
        out
    }
}

/// Months before `settled` do not count: the course since a launch is no straight line that could be carried on.
fn interrupted(line: &[Option<Share>], at: usize, settled: usize) -> std::result::Result<Interrupted, ControlRefusal> {
    let mut months: Line = line.iter().map(|m| m.filter(|s| s.all > 0.0)).collect();
    chart::enough_cases(&months)?;
    months.iter_mut().take(settled).for_each(|month| *month = None);
    change::interrupted_at(&months, at)
}
