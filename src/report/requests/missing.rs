//! Which numbers are missing.
//!
//! The same rules as the completeness of the key figures: a number is due while the service is
//! offered, or from the first delivery on where the offer is unknown; a channel delivered in other
//! months is missing in this one; online numbers alone lack the cases of all channels. What the
//! deliverer hid and what does not exist is not asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CellState, Channel, Month, Period, Stage};
use crate::ingest::{Measure, WorkItem};
use crate::panel::{Cell, Panel};

/// What a number is needed for, the most useful first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Without it there is no online share.
    Share,
    /// Other key figures.
    Other,
    /// All cases of a service that is owed and not yet online.
    Owed,
}

/// One missing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Missing {
    pub need: Need,
    pub area: u32,
    pub service: u32,
    pub period: Period,
    pub measure: Measure,
    /// Not applicable in every month that says anything: not asked for, but stated in the template.
    pub presumed_inapplicable: bool,
}

const TOTAL: Measure = Measure::Count(Stage::CaseTotal, Channel::All);
const CASES: [Stage; 2] = [Stage::FormSubmit, Stage::Completed];

/// The missing numbers within `window`, sorted; `current` is the reference period.
pub(super) fn find(panel: &Panel, window: Period, current: Period) -> Vec<Missing> {
    let work: BTreeSet<WorkItem> = panel
        .cells()
        .iter()
        .filter_map(|c| match c.measure {
            Measure::Work(item, _) if c.state == CellState::Observed => Some(item),
            _ => None,
        })
        .collect();
    let mut out = Vec::new();
    for cells in panel.pairs() {
        let pair = Pair::new(panel, (cells[0].area, cells[0].service), cells, window);
        pair.counts(current, &mut out);
        pair.work(&work, &mut out);
    }
    for ((area, service), _) in panel.offers_sorted() {
        if panel.pair(area, service).is_empty() {
            Pair::new(panel, (area, service), &[], window).counts(current, &mut out);
        }
    }
    out.sort_unstable();
    out
}

/// A period as a word that a filled-in template can carry, and ingest reads back.
pub(super) fn readable(period: Period) -> Option<String> {
    let (year, month) = (period.start.year(), period.start.number());
    match (period.months, month) {
        (1, _) => Some(period.start.to_string()),
        (3, 1 | 4 | 7 | 10) => Some(format!("{year}-Q{}", month.div_ceil(3))),
        (6, 1 | 7) => Some(format!("{year}-H{}", month.div_ceil(6))),
        (12, 1) => Some(year.to_string()),
        _ => None,
    }
}

fn months_of(period: Period) -> impl Iterator<Item = Month> {
    (0..i32::from(period.months)).map(move |k| period.start.plus(k))
}

/// All cells of one measure.
#[derive(Default)]
struct Series {
    cells: Vec<(Period, CellState)>,
}

impl Series {
    fn first(&self) -> Option<Month> {
        self.cells.iter().map(|(period, _)| period.start).min()
    }

    fn has(&self, wanted: CellState) -> bool {
        self.cells.iter().any(|(_, state)| *state == wanted)
    }

    /// Whether all that was ever said is that there is nothing to count.
    fn inapplicable(&self) -> bool {
        !self.cells.is_empty() && self.cells.iter().all(|(_, state)| *state == CellState::NotApplicable)
    }

    /// The cell that says something about `month`: its own, else that of a longer span.
    fn covering(&self, month: Month) -> Option<(Period, CellState)> {
        let span = Period::month(month);
        let covering = self.cells.iter().filter(|(period, _)| period.contains(span));
        covering.min_by_key(|(period, _)| period.months).copied()
    }

    /// Length of the spans in which the number comes where it never comes by month.
    fn grain(&self) -> Option<(Month, u16)> {
        let shortest = self.cells.iter().map(|(period, _)| period.months).min().filter(|&months| months > 1)?;
        let at = self.cells.iter().find(|(period, _)| period.months == shortest)?;
        Some((at.0.start, shortest))
    }
}

struct Pair<'a> {
    panel: &'a Panel,
    area: u32,
    service: u32,
    window: Period,
    series: BTreeMap<Measure, Series>,
}

impl<'a> Pair<'a> {
    fn new(panel: &'a Panel, (area, service): (u32, u32), cells: &[Cell], window: Period) -> Self {
        let mut series: BTreeMap<Measure, Series> = BTreeMap::new();
        for cell in cells {
            if matches!(cell.measure, Measure::Count(..) | Measure::Work(..)) {
                series.entry(cell.measure).or_default().cells.push((cell.period, cell.state));
            }
        }
        Self { panel, area, service, window, series }
    }

    fn live(&self, month: Month) -> Option<bool> {
        self.panel.live(self.area, self.service, month)
    }

    fn of_stage(&self, stage: Stage) -> impl Iterator<Item = (Measure, &Series)> {
        let of = move |m: Measure| matches!(m, Measure::Count(found, _) if found == stage);
        self.series.iter().filter(move |(m, _)| of(**m)).map(|(m, s)| (*m, s))
    }

    fn observed(&self, measure: Measure) -> bool {
        self.series.get(&measure).is_some_and(|s| s.has(CellState::Observed))
    }

    /// All counts of use.
    fn counts(&self, current: Period, out: &mut Vec<Missing>) {
        let mut found: BTreeMap<(Period, Measure), Need> = BTreeMap::new();
        let mut stages: Vec<Stage> = CASES.into_iter().filter(|s| self.of_stage(*s).next().is_some()).collect();
        let online = months_of(self.window).any(|m| self.live(m) == Some(true));
        if stages.is_empty() && online {
            stages.push(Stage::FormSubmit);
        }
        let mut asked = BTreeSet::new();
        for &stage in &stages {
            let online = Measure::Count(stage, Channel::Online);
            // Decided cases alone beside applications make no second share.
            if stages.len() > 1 && !self.series.contains_key(&online) {
                continue;
            }
            let mut measures = self.total_of(stage);
            measures.insert(online);
            for &measure in &measures {
                self.missing_of(measure, Need::Share, &|m| self.due(stage, measure, m), &mut found);
            }
            asked.extend(measures);
        }
        for stage in [Stage::FormSubmit, Stage::Completed, Stage::CaseTotal] {
            for (measure, _) in self.of_stage(stage).filter(|(m, _)| !asked.contains(m)) {
                self.missing_of(measure, Need::Other, &|m| self.due(stage, measure, m), &mut found);
            }
        }
        for stage in [Stage::PageView, Stage::Visit, Stage::FormStart] {
            for (measure, series) in self.of_stage(stage) {
                let first = series.first();
                let due = |m: Month| first.is_some_and(|f| f <= m) && self.live(m) != Some(false);
                self.missing_of(measure, Need::Other, &due, &mut found);
            }
        }
        let owed = self.panel.offer(self.area, self.service).is_some_and(|o| o.owed == Some(true));
        let silent = !self.series.keys().any(|m| matches!(m, Measure::Count(..)));
        if owed && silent && !online {
            found.extend(months_of(current).map(|m| ((Period::month(m), TOTAL), Need::Owed)));
        }
        self.keep(&found, out);
    }

    /// The numbers beside the online cases that the share of `stage` is divided by.
    fn total_of(&self, stage: Stage) -> BTreeSet<Measure> {
        let all = Measure::Count(stage, Channel::All);
        if let Some(total) = [TOTAL, all].into_iter().find(|m| self.observed(*m)) {
            return BTreeSet::from([total]);
        }
        let channels: BTreeSet<Measure> = self
            .of_stage(stage)
            .map(|(measure, _)| measure)
            .filter(|m| *m != all && *m != Measure::Count(stage, Channel::Online))
            .collect();
        if !channels.is_empty() {
            return channels;
        }
        BTreeSet::from([if self.series.contains_key(&all) { all } else { TOTAL }])
    }

    /// Whether a number of `stage` is due in `month`.
    fn due(&self, stage: Stage, measure: Measure, month: Month) -> bool {
        let belongs = |m: Measure| match m {
            Measure::Count(found, _) if stage == Stage::CaseTotal => CASES.contains(&found) || found == stage,
            Measure::Count(found, _) => found == stage || found == Stage::CaseTotal,
            _ => false,
        };
        let mut cells = self.series.iter().filter(|(m, _)| belongs(**m));
        match self.live(month) {
            Some(true) => true,
            None => cells.filter_map(|(_, s)| s.first()).min().is_some_and(|first| first <= month),
            // Paper cases are counted before the online service and after it, too.
            Some(false) => {
                // An empty cell of the online service says nothing here; any other one is asked for.
                let said = |m: Measure, state| match state {
                    CellState::Observed | CellState::SuppressedAtSource => true,
                    CellState::NotProvided => !is_online(m),
                    CellState::NotApplicable => false,
                };
                let here = |(m, s): (&Measure, &Series)| s.covering(month).is_some_and(|(_, state)| said(*m, state));
                !is_online(measure) && cells.any(here)
            }
        }
    }

    fn missing_of(
        &self,
        measure: Measure,
        need: Need,
        due: &dyn Fn(Month) -> bool,
        found: &mut BTreeMap<(Period, Measure), Need>,
    ) {
        let nothing = Series::default();
        let series = self.series.get(&measure).unwrap_or(&nothing);
        let mut ask = |period: Period| {
            let start = period.start;
            // Before and after the online service a number helps, but not the share.
            let need = if self.live(start) == Some(false) { need.max(Need::Other) } else { need };
            let slot = found.entry((period, measure)).or_insert(need);
            *slot = need.min(*slot);
        };
        for month in months_of(self.window) {
            match series.covering(month) {
                Some((_, CellState::NotProvided)) if is_online(measure) && self.live(month) == Some(false) => {}
                Some((span, CellState::NotProvided)) if self.window.contains(span) && readable(span).is_some() => {
                    ask(span);
                }
                Some(_) => {}
                None if !due(month) => {}
                None => match series.grain() {
                    None => ask(Period::month(month)),
                    Some((start, months)) => {
                        let length = i32::from(months);
                        let steps = month.since(start).div_euclid(length);
                        let span = Period::span(start.plus(steps * length), months);
                        if self.window.contains(span) && readable(span).is_some() {
                            ask(span);
                        }
                    }
                },
            }
        }
    }

    /// A channel that never existed is stated as such beside what is asked for; where it alone is
    /// missing, it is asked for: without it the sum of the channels stays unknown.
    fn keep(&self, found: &BTreeMap<(Period, Measure), Need>, out: &mut Vec<Missing>) {
        let presumed = |measure: &Measure| self.series.get(measure).is_some_and(Series::inapplicable);
        let real: BTreeSet<Period> = found.keys().filter(|(_, m)| !presumed(m)).map(|(period, _)| *period).collect();
        let Self { area, service, .. } = *self;
        for (&(period, measure), &need) in found {
            let presumed_inapplicable = presumed(&measure) && real.contains(&period);
            out.push(Missing { need, area, service, period, measure, presumed_inapplicable });
        }
    }

    /// Working times: what a delivered row left out, and the gaps between the first and the last
    /// row. They are often taken from a sample: months outside are not asked for, and neither are
    /// months without a case.
    fn work(&self, items: &BTreeSet<WorkItem>, out: &mut Vec<Missing>) {
        for channel in Channel::ALL {
            let Some(rows) = self.series.get(&Measure::Work(WorkItem::Cases, channel)) else { continue };
            let Some(first) = rows.first() else { continue };
            let last = rows.cells.iter().map(|(period, _)| period.end()).max().unwrap_or(first);
            for month in months_of(self.window).filter(|m| (first..=last).contains(m)) {
                let absent = rows.covering(month).is_none();
                let idle = channel == Channel::Online && self.live(month) == Some(false);
                if absent && (idle || self.no_case(channel, month)) {
                    continue;
                }
                for &item in items {
                    let measure = Measure::Work(item, channel);
                    let state = self.series.get(&measure).and_then(|s| s.covering(month));
                    let period = match state {
                        None => Period::month(month),
                        Some((period, CellState::NotProvided)) if period.months == 1 => period,
                        Some(_) => continue,
                    };
                    let Self { area, service, .. } = *self;
                    let need = Need::Other;
                    out.push(Missing { need, area, service, period, measure, presumed_inapplicable: false });
                }
            }
        }
    }

    /// Whether the counts say that nothing came in through `channel` in `month`.
    fn no_case(&self, channel: Channel, month: Month) -> bool {
        let zero = |stage| {
            let cells = self.panel.pair(self.area, self.service);
            let period = Period::month(month);
            let measure = Measure::Count(stage, channel);
            let at = cells.binary_search_by_key(&(period, measure), |c| (c.period, c.measure));
            at.is_ok_and(|at| cells[at].state == CellState::Observed && cells[at].value == 0)
        };
        CASES.into_iter().any(zero)
    }
}

fn is_online(measure: Measure) -> bool {
    matches!(measure, Measure::Count(_, Channel::Online))
}
#[cfg(test)]
mod tests;
