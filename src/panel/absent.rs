//! Months without a number: those left out because they are zero, and those that nobody knows because
//! a record was lost.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::merged;
use crate::domain::{CellState, Channel, Month, Period};
use crate::ingest::spec::Absent;
use crate::ingest::{Fact, Lost, Measure, Records};

/// State and sum of every cell.
pub(super) type Sums = BTreeMap<(u32, u32, Period, Measure), (CellState, i64)>;

const UNKNOWN: (CellState, i64) = (CellState::NotProvided, 0);

/// Makes the months not provided of which a record was lost, whatever its source leaves out.
pub(super) fn note_lost(records: &Records, sums: &mut Sums) {
    let of = |lost: &Lost| (lost.source, lost.area, lost.service);
    let mut measures: HashMap<(u16, u32, u32), BTreeSet<Measure>> =
        records.lost.iter().filter(|lost| lost.partial).map(|lost| (of(lost), BTreeSet::new())).collect();
    if !measures.is_empty() {
        for fact in &records.facts {
            if let Some(found) = measures.get_mut(&(fact.source, fact.area, fact.service)) {
                found.insert(fact.measure);
            }
        }
    }
    for lost in &records.lost {
        // A longer span would stand in the way of the months in it.
        let Some(period) = lost.period.filter(|period| period.months == 1) else { continue };
        let any =
            measures.get(&of(lost)).into_iter().flatten().copied().filter(|_| lost.measure.is_none() && lost.partial);
        for measure in lost.measure.into_iter().chain(any) {
            let key = (lost.area, lost.service, Period::month(period.start), measure);
            let cell = sums.entry(key).or_insert(UNKNOWN);
            if lost.partial {
                cell.0 = merged(cell.0, CellState::NotProvided);
            }
        }
    }
}

/// Adds a zero for every month that a source leaves out because nothing happened in it.
///
/// A source vouches only for the months that it covers itself, from the first to the last that it
/// delivered for anyone, and only for what it ever delivered for this area and service. It vouches
/// from the first month in which it delivered anything for this area and service, or from its own
/// first month where it carries on a series begun by another such source; nothing that needs the
/// online service is zero before its launch. A month of which a record was lost is not provided.
pub(super) fn fill(records: &Records, sums: &mut Sums) {
    let leaves_out_zeros =
        |source: u16| records.sources.get(usize::from(source)).is_some_and(|(_, absent)| *absent == Absent::Zero);
    let said = |state| matches!(state, CellState::Observed | CellState::SuppressedAtSource);
    let launches: HashMap<(u32, u32), Month> =
        records.offers.iter().filter_map(|o| Some(((o.area, o.service), Month::of(o.live_from?)))).collect();
    let mut covered: HashMap<u16, (Month, Month)> = HashMap::new();
    let mut pairs: HashMap<(u16, u32, u32), Month> = HashMap::new();
    let mut begun: HashMap<(u32, u32, Measure), Month> = HashMap::new();
    let mut series: BTreeSet<(u16, u32, u32, Measure)> = BTreeSet::new();
    for fact in records.facts.iter().filter(|f| f.period.months == 1 && said(f.state) && leaves_out_zeros(f.source)) {
        let Fact { area, service, measure, source, .. } = *fact;
        let month = fact.period.start;
        let span = covered.entry(source).or_insert((month, month));
        *span = (span.0.min(month), span.1.max(month));
        let earlier = |known: &mut Month| *known = month.min(*known);
        pairs.entry((source, area, service)).and_modify(earlier).or_insert(month);
        begun.entry((area, service, measure)).and_modify(earlier).or_insert(month);
        series.insert((source, area, service, measure));
    }
    // A lost number was delivered, which says that the source counts this.
    series.extend(records.lost.iter().filter_map(|lost| {
        let month = lost.period.is_some_and(|period| period.months == 1);
        let found = month && pairs.contains_key(&(lost.source, lost.area, lost.service));
        Some((lost.source, lost.area, lost.service, lost.measure.filter(|_| found)?))
    }));
    let coarse: HashSet<(u32, u32, Measure, Month)> = records
        .facts
        .iter()
        .filter(|f| f.period.months > 1)
        .flat_map(|f| months_of(f.period).map(|month| (f.area, f.service, f.measure, month)))
        .collect();
    let lost = LostMonths::of(records);
    for (source, area, service, measure) in series {
        let (first, last) = covered[&source];
        let carried_on = begun.get(&(area, service, measure)).is_some_and(|&begun| begun < first);
        let start = if carried_on { first } else { pairs[&(source, area, service)] };
        let launch = launches.get(&(area, service)).filter(|_| needs_launch(measure));
        let start = launch.map_or(start, |&launch| start.max(launch));
        for month in (0..=last.since(start)).map(|step| start.plus(step)) {
            if !coarse.contains(&(area, service, measure, month)) {
                let of_month = || lost.contains((source, area, service), measure, month);
                sums.entry((area, service, Period::month(month), measure))
                    .or_insert_with(|| if of_month() { UNKNOWN } else { (CellState::Observed, 0) });
            }
        }
    }
}

/// Months of which a record was lost; `None` stands for any measure, or any month.
struct LostMonths(HashSet<LostMonth>);

/// Source, area and service; measure; month.
type LostMonth = ((u16, u32, u32), Option<Measure>, Option<Month>);

impl LostMonths {
    fn of(records: &Records) -> Self {
        let all = records.lost.iter().flat_map(|lost| {
            let months: Vec<Option<Month>> =
                lost.period.map_or_else(|| vec![None], |period| months_of(period).map(Some).collect());
            months.into_iter().map(|month| ((lost.source, lost.area, lost.service), lost.measure, month))
        });
        Self(all.collect())
    }

    fn contains(&self, of: (u16, u32, u32), measure: Measure, month: Month) -> bool {
        let any = [(Some(measure), Some(month)), (Some(measure), None), (None, Some(month)), (None, None)];
        !self.0.is_empty() && any.into_iter().any(|(measure, month)| self.0.contains(&(of, measure, month)))
    }
}

fn months_of(period: Period) -> impl Iterator<Item = Month> {
    (0..i32::from(period.months)).map(move |step| period.start.plus(step))
}

/// Whether there is nothing to count before the service is online: paper forms were there before.
fn needs_launch(measure: Measure) -> bool {
    match measure {
        Measure::Count(_, channel) | Measure::Work(_, channel) => channel == Channel::Online,
        Measure::Feedback(..) | Measure::Comments => true,
    }
}
