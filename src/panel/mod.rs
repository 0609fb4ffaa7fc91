//! The panel: area x service x month x measure, sparse and long.
//!
//! Every cell has a state; no sum is taken over cells that were not delivered. Coarser deliveries
//! (a quarter, a year) keep their length and are never spread over months.

mod levels;
mod units;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use units::{GroupSpec, SizeClasses, Unit, Units};

use crate::domain::{CellState, Channel, Month, Period, Stage, say};
use crate::ingest::spec::Absent;
use crate::ingest::{Code, Fact, Finding, Measure, Offer, Place, Records};
use crate::{Error, Result};

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Dense area number.
    pub area: u32,
    /// Dense service number.
    pub service: u32,
    /// The month, or the longer span delivered.
    pub period: Period,
    /// What is counted.
    pub measure: Measure,
    /// State.
    pub state: CellState,
    /// The number where observed, else 0.
    pub value: i64,
}

/// The panel of a project.
#[derive(Debug, Clone, Default)]
pub struct Panel {
    cells: Vec<Cell>,
    offers: BTreeMap<(u32, u32), Offer>,
    levels: levels::Levels,
    /// First and last month with a delivered count of use.
    pub span: Option<(Month, Month)>,
}

impl Panel {
    /// Adds days up to months, fills the months that a source leaves out because they were empty,
    /// and sorts.
    ///
    /// # Errors
    /// If a sum exceeds what 64 bits hold.
    pub fn build(records: &Records) -> Result<Self> {
        let mut sums: BTreeMap<(u32, u32, Period, Measure), (CellState, i64)> = BTreeMap::new();
        for fact in &records.facts {
            let period = Period::span(fact.period.start, fact.period.months);
            let slot = sums.entry((fact.area, fact.service, period, fact.measure)).or_insert((fact.state, 0));
            slot.0 = merged(slot.0, fact.state);
            slot.1 = slot.1.checked_add(fact.value).ok_or_else(|| {
                Error::input(say!(
                    "Die Zahlen des Gebiets {} in {} ergeben zusammen mehr, als 64 Bit fassen",
                    "the counts of area {} in {} add up to more than 64 bits hold",
                    records.register.area(fact.area).key,
                    period.id()
                ))
            })?;
        }
        fill_absent(records, &mut sums);
        let cells: Vec<Cell> = sums
            .into_iter()
            .map(|((area, service, period, measure), (state, value))| {
                let value = if state == CellState::Observed { value } else { 0 };
                Cell { area, service, period, measure, state, value }
            })
            .collect();
        let counts =
            || cells.iter().filter(|c| matches!(c.measure, Measure::Count(..)) && c.state == CellState::Observed);
        let first = counts().map(|c| c.period.start).min();
        let last = counts().map(|c| c.period.end()).max();
        let offers = records.offers.iter().map(|o| ((o.area, o.service), o.clone())).collect();
        let panel = Self { cells, offers, levels: levels::Levels::default(), span: first.zip(last) };
        Ok(panel.with_levels(&records.catalogue))
    }

    /// What is offered where since when, without any delivered number.
    #[must_use]
    pub fn without_cells(self) -> Self {
        Self { cells: Vec::new(), ..self }
    }

    /// All cells, sorted by area, service, period and measure.
    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The cells of one area and service, as one slice per pair.
    pub fn pairs(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunk_by(|a, b| (a.area, a.service) == (b.area, b.service))
    }

    /// The cells of one area and service; empty if there are none.
    #[must_use]
    pub fn pair(&self, area: u32, service: u32) -> &[Cell] {
        let start = self.cells.partition_point(|c| (c.area, c.service) < (area, service));
        let end = self.cells.partition_point(|c| (c.area, c.service) <= (area, service));
        &self.cells[start..end]
    }

    /// The offer of a service in an area, where the offer is known.
    #[must_use]
    pub fn offer(&self, area: u32, service: u32) -> Option<&Offer> {
        self.offers.get(&(area, service))
    }

    /// Whether a count of use was delivered within `period`.
    #[must_use]
    pub fn observed_in(&self, period: Period) -> bool {
        self.cells.iter().any(|c| {
            matches!(c.measure, Measure::Count(..)) && c.state == CellState::Observed && period.contains(c.period)
        })
    }

    /// All offers, sorted by area and service.
    pub fn offers_sorted(&self) -> impl Iterator<Item = ((u32, u32), &Offer)> {
        self.offers.iter().map(|(key, offer)| (*key, offer))
    }

    /// The offers of one area, sorted by service.
    pub fn offers_of(&self, area: u32) -> impl Iterator<Item = ((u32, u32), &Offer)> {
        self.offers.range((area, 0)..=(area, u32::MAX)).map(|(key, offer)| (*key, offer))
    }

    /// Whether anything is known about what is offered.
    #[must_use]
    pub fn knows_offers(&self) -> bool {
        !self.offers.is_empty()
    }

    /// The month in which the service went online, where the offer says so.
    #[must_use]
    pub fn launch(&self, area: u32, service: u32) -> Option<Month> {
        self.offer(area, service).and_then(|o| o.live_from).map(Month::of)
    }

    /// Whether the service was online for at least part of `month`; `None` if the offer is unknown.
    #[must_use]
    pub fn live(&self, area: u32, service: u32, month: Month) -> Option<bool> {
        let offer = self.offer(area, service)?;
        let from = offer.live_from.map(Month::of);
        let to = offer.live_to.map(Month::of);
        Some(from.is_some_and(|from| from <= month) && to.is_none_or(|to| month <= to))
    }

    /// Contradictions between the counts and what is offered, and between counts.
    #[must_use]
    pub fn findings(&self, records: &Records) -> Vec<Finding> {
        let mut out = Vec::new();
        for pair in self.pairs() {
            let (area, service) = (pair[0].area, pair[0].service);
            let finding = |code: Code, cell: &Cell| {
                let keys = [&records.register.area(area).key, &records.catalogue.service(service).key];
                Finding {
                    code,
                    source: "panel".into(),
                    place: Place::default(),
                    column: format!("{} / {} / {}", keys[0], keys[1], cell.period.id()),
                    value: cell.value.to_string(),
                    suggestion: None,
                }
            };
            let online = |c: &&Cell| c.measure == Measure::Count(Stage::FormSubmit, Channel::Online) && c.value > 0;
            let launch = self.launch(area, service);
            let early = |c: &&Cell| {
                self.live(area, service, c.period.end()) == Some(false) && launch.is_none_or(|m| c.period.end() < m)
            };
            out.extend(pair.iter().filter(online).find(early).map(|c| finding(Code::OnlineBeforeLaunch, c)));
            let above = blocks(pair).find_map(|block| {
                let all = Measure::Count(Stage::CaseTotal, Channel::All);
                let total = block.iter().find(|c| c.measure == all && c.state == CellState::Observed)?;
                block.iter().filter(online).find(|c| c.value > total.value)
            });
            out.extend(above.map(|c| finding(Code::Above100, c)));
        }
        out.extend(self.level_findings(records));
        out
    }
}

/// A month of which a day was not delivered was not delivered.
fn merged(a: CellState, b: CellState) -> CellState {
    let rank = |s: CellState| match s {
        CellState::NotApplicable => 0,
        CellState::Observed => 1,
        CellState::NotProvided => 2,
        CellState::SuppressedAtSource => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// Adds a zero for every month that a source leaves out because nothing happened in it.
///
/// A source vouches only for the months that it covers itself, from the first to the last that it
/// delivered for anyone, and only for what it ever delivered for this area and service. It vouches
/// from the first month in which it delivered anything for this area and service, or from its own
/// first month where it carries on a series begun by another such source; nothing that needs the
/// online service is zero before its launch.
fn fill_absent(records: &Records, sums: &mut BTreeMap<(u32, u32, Period, Measure), (CellState, i64)>) {
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
    let coarse: HashSet<(u32, u32, Measure, Month)> = records
        .facts
        .iter()
        .filter(|f| f.period.months > 1)
        .flat_map(|f| (0..i32::from(f.period.months)).map(|i| (f.area, f.service, f.measure, f.period.start.plus(i))))
        .collect();
    for (source, area, service, measure) in series {
        let (first, last) = covered[&source];
        let carried_on = begun[&(area, service, measure)] < first;
        let start = if carried_on { first } else { pairs[&(source, area, service)] };
        let launch = launches.get(&(area, service)).filter(|_| needs_launch(measure));
        let start = launch.map_or(start, |&launch| start.max(launch));
        for month in (0..=last.since(start)).map(|step| start.plus(step)) {
            if !coarse.contains(&(area, service, measure, month)) {
                sums.entry((area, service, Period::month(month), measure)).or_insert((CellState::Observed, 0));
            }
        }
    }
}

/// Whether there is nothing to count before the service is online: paper forms were there before.
fn needs_launch(measure: Measure) -> bool {
    match measure {
        Measure::Count(_, channel) | Measure::Work(_, channel) => channel == Channel::Online,
        Measure::Feedback(..) | Measure::Comments => true,
    }
}

/// The cells of one month (or longer span) of one area and service.
pub fn blocks(pair: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    pair.chunk_by(|a, b| a.period == b.period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Area, Catalogue, Register, Service};

    pub(crate) fn records(facts: Vec<Fact>, absent: Absent) -> Records {
        Records {
            register: Register::new(["A", "B"].map(|key| Area { key: key.into(), ..Area::default() }).into()),
            catalogue: Catalogue::new(vec![Service { key: "S".into(), name: "S".into(), ..Service::default() }]),
            facts,
            sources: vec![("u".into(), absent)],
            ..Records::default()
        }
    }

    fn fact(month: u32, day: u8, state: CellState, value: i64) -> Fact {
        let start = Month::new(2025, month).unwrap();
        let period = Period { start, months: 1, day };
        let measure = Measure::Count(Stage::FormSubmit, Channel::Online);
        Fact { area: 0, service: 0, period, measure, state, value, source: 0 }
    }

    #[test]
    fn days_add_up_to_months_and_a_missing_day_is_not_a_zero() {
        let facts = vec![
            fact(1, 3, CellState::Observed, 4),
            fact(1, 9, CellState::Observed, 5),
            fact(2, 1, CellState::Observed, 7),
            fact(2, 2, CellState::NotProvided, 0),
        ];
        let panel = Panel::build(&records(facts, Absent::Missing)).unwrap();
        let seen: Vec<_> = panel.cells().iter().map(|c| (c.period.id(), c.state, c.value)).collect();
        assert_eq!(seen, [("2025-01".into(), CellState::Observed, 9), ("2025-02".into(), CellState::NotProvided, 0)]);
    }

    #[test]
    fn months_left_out_are_zero_only_where_declared() {
        let facts = vec![fact(1, 0, CellState::Observed, 4), fact(4, 0, CellState::Observed, 5)];
        let count = |absent| Panel::build(&records(facts.clone(), absent)).unwrap().cells().len();
        assert_eq!(count(Absent::Missing), 2);
        assert_eq!(count(Absent::Zero), 4);
    }

    fn counted(month: u32, channel: Channel, source: u16) -> Fact {
        let measure = Measure::Count(Stage::FormSubmit, channel);
        Fact { measure, source, ..fact(month, 0, CellState::Observed, 3) }
    }

    fn zeros(records: &Records, channel: Channel) -> Vec<u32> {
        let measure = Measure::Count(Stage::FormSubmit, channel);
        let panel = Panel::build(records).unwrap();
        let zero = |c: &&Cell| c.measure == measure && c.state == CellState::Observed && c.value == 0;
        panel.cells().iter().filter(zero).map(|c| c.period.start.number()).collect()
    }

    #[test]
    fn zeros_begin_with_the_first_month_delivered_for_area_and_service() {
        let facts = vec![
            counted(1, Channel::Paper, 0),
            counted(4, Channel::Paper, 0),
            counted(5, Channel::Online, 0),
            Fact { area: 1, ..counted(7, Channel::Phone, 0) },
        ];
        let mut records = records(facts, Absent::Zero);
        assert_eq!(zeros(&records, Channel::Online), [1, 2, 3, 4, 6, 7]);
        assert_eq!(zeros(&records, Channel::Paper), [2, 3, 5, 6, 7]);
        assert_eq!(
            zeros(&records, Channel::Phone),
            Vec::<u32>::new(),
            "area 0 never counted calls, area 1 only in the last month"
        );

        let live_from = Some(Month::new(2025, 3).unwrap().first_day());
        records.offers.push(Offer { live_from, ..Offer::default() });
        assert_eq!(zeros(&records, Channel::Online), [3, 4, 6, 7], "not before the launch");
        assert_eq!(zeros(&records, Channel::Paper), [2, 3, 5, 6, 7], "paper was there before");
    }

    #[test]
    fn every_source_fills_the_months_that_it_covers_itself() {
        let facts = vec![
            counted(1, Channel::Online, 0),
            counted(3, Channel::Online, 0),
            Fact { area: 1, ..counted(4, Channel::Online, 0) },
            Fact { area: 1, ..counted(7, Channel::Paper, 1) },
            counted(9, Channel::Online, 1),
            Fact { area: 1, ..counted(11, Channel::Online, 1) },
        ];
        let mut records = records(facts, Absent::Zero);
        records.sources = vec![("first half".into(), Absent::Zero), ("second half".into(), Absent::Zero)];
        // 5 and 6 are covered by neither source.
        let measure = Measure::Count(Stage::FormSubmit, Channel::Online);
        let panel = Panel::build(&records).unwrap();
        let of = |area| {
            let zero = |c: &&Cell| c.measure == measure && c.value == 0;
            panel.pair(area, 0).iter().filter(zero).map(|c| c.period.start.number()).collect::<Vec<_>>()
        };
        assert_eq!(of(0), [2, 4, 7, 8, 10, 11]);
        assert_eq!(of(1), [7, 8, 9, 10]);

        records.sources[1].1 = Absent::Missing;
        assert_eq!(zeros(&records, Channel::Online), [2, 4], "the second half says nothing about months left out");
    }

    #[test]
    fn nothing_is_filled_from_what_was_never_delivered_or_is_in_a_longer_period() {
        let nothing = fact(2, 0, CellState::NotProvided, 0);
        let quarter = Fact { period: Period::span(Month::new(2025, 4).unwrap(), 3), ..counted(4, Channel::Online, 0) };
        let facts = vec![counted(1, Channel::Online, 0), nothing, quarter, counted(8, Channel::Online, 0)];
        assert_eq!(zeros(&records(facts, Absent::Zero), Channel::Online), [3, 7]);
        let facts = vec![nothing, Fact { period: Period::month(Month::new(2025, 9).unwrap()), ..nothing }];
        assert_eq!(zeros(&records(facts, Absent::Zero), Channel::Online), Vec::<u32>::new());
    }

    #[test]
    fn a_sum_beyond_64_bits_is_an_error() {
        let facts = vec![fact(1, 1, CellState::Observed, i64::MAX), fact(1, 2, CellState::Observed, 1)];
        assert!(Panel::build(&records(facts, Absent::Missing)).is_err());
    }
}
