//! The panel: area x service x month x measure, sparse and long.
//!
//! Every cell has a state; no sum is taken over cells that were not delivered. Coarser deliveries
//! (a quarter, a year) keep their length and are never spread over months.

mod absent;
pub mod engine;
mod levels;
pub mod territory;
mod units;

use std::collections::BTreeMap;

pub use units::{GroupSpec, SizeClasses, Unit, Units};

use crate::domain::{CellState, Channel, Month, Period, Stage, say};
use crate::ingest::{Code, Finding, Measure, Offer, Place, Records};
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
    /// Whether a number in it was delivered for another territory.
    pub rebased: bool,
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
        let mut sums = absent::Sums::new();
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
        absent::note_lost(records, &mut sums);
        absent::fill(records, &mut sums);
        let cells: Vec<Cell> = sums
            .into_iter()
            .map(|((area, service, period, measure), (state, value))| {
                let value = if state == CellState::Observed { value } else { 0 };
                let rebased =
                    !records.rebased.is_empty() && records.rebased.contains(&(area, service, period, measure));
                Cell { area, service, period, measure, state, value, rebased }
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

/// A month of which a day was not delivered was not delivered: to see the days that are hidden would
/// not tell its number.
fn merged(a: CellState, b: CellState) -> CellState {
    let rank = |s: CellState| match s {
        CellState::NotApplicable => 0,
        CellState::Observed => 1,
        CellState::SuppressedAtSource => 2,
        CellState::NotProvided => 3,
    };
    if rank(a) >= rank(b) { a } else { b }
}

/// The cells of one month (or longer span) of one area and service.
pub fn blocks(pair: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    pair.chunk_by(|a, b| a.period == b.period)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::spec::Absent;
    use crate::ingest::{Area, Catalogue, Fact, Lost, Register, Service};

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

    fn states(records: &Records, channel: Channel) -> String {
        let measure = Measure::Count(Stage::FormSubmit, channel);
        let panel = Panel::build(records).unwrap();
        let sign = |month| {
            let at = |c: &&Cell| c.measure == measure && c.period == Period::month(Month::new(2025, month).unwrap());
            match panel.cells().iter().find(at) {
                None => '_',
                Some(Cell { state: CellState::Observed, value, .. }) => char::from_digit(*value as u32, 10).unwrap(),
                Some(Cell { state: CellState::NotProvided, .. }) => '?',
                Some(_) => '*',
            }
        };
        (1..=6).map(sign).collect()
    }

    /// January 3 online, April 3 online and on paper; then one record is lost.
    #[test]
    fn no_zero_is_made_of_what_was_lost() {
        let facts = vec![counted(1, Channel::Online, 0), counted(4, Channel::Online, 0), counted(4, Channel::Paper, 0)];
        let of = |month: Option<(u32, u16)>, channel: Option<Channel>, partial: bool, absent: Absent| {
            let period = month.map(|(month, months)| Period::span(Month::new(2025, month).unwrap(), months));
            let measure = channel.map(|channel| Measure::Count(Stage::FormSubmit, channel));
            let lost = Lost { source: 0, area: 0, service: 0, period, measure, partial };
            let records = Records { lost: vec![lost], ..records(facts.clone(), absent) };
            [states(&records, Channel::Online), states(&records, Channel::Paper), states(&records, Channel::Mail)]
        };
        let (online, zero) = (Some(Channel::Online), Absent::Zero);
        assert_eq!(of(None, Some(Channel::Phone), false, zero), ["3003__", "0003__", "______"], "another channel");
        assert_eq!(of(Some((2, 1)), online, false, zero), ["3?03__", "0003__", "______"]);
        assert_eq!(of(Some((2, 1)), online, false, Absent::Missing), ["3?_3__", "___3__", "______"]);
        assert_eq!(of(Some((2, 3)), online, false, zero), ["3??3__", "0003__", "______"], "a quarter");
        assert_eq!(of(Some((2, 1)), None, false, zero), ["3?03__", "0?03__", "______"], "of some channel");
        assert_eq!(of(None, online, false, zero), ["3??3__", "0003__", "______"], "of some month");
        assert_eq!(of(None, None, false, zero), ["3??3__", "???3__", "______"], "of some month and channel");
        let mail = Some(Channel::Mail);
        assert_eq!(
            of(Some((2, 1)), mail, false, zero),
            ["3003__", "0003__", "0?00__"],
            "nothing but this of a channel"
        );
        // Where the month is too small without it, what was delivered for it does not tell its number.
        assert_eq!(of(Some((4, 1)), online, false, zero), ["3003__", "0003__", "______"]);
        assert_eq!(of(Some((4, 1)), online, true, zero), ["300?__", "0003__", "______"]);
        assert_eq!(of(Some((4, 1)), None, true, Absent::Missing), ["3__?__", "___?__", "______"]);
        assert_eq!(of(Some((1, 1)), None, true, Absent::Missing), ["?__3__", "?__3__", "______"]);
    }

    #[test]
    fn a_month_with_a_hidden_day_is_hidden_and_with_a_missing_one_missing() {
        let of = |states: &[CellState]| {
            let facts = states.iter().zip(1u8..).map(|(&state, day)| fact(1, day, state, 0)).collect();
            Panel::build(&records(facts, Absent::Missing)).unwrap().cells()[0].state
        };
        use CellState::{NotProvided, Observed, SuppressedAtSource};
        assert_eq!(of(&[Observed, SuppressedAtSource]), SuppressedAtSource);
        assert_eq!(of(&[SuppressedAtSource, NotProvided]), NotProvided);
    }

    #[test]
    fn a_sum_beyond_64_bits_is_an_error() {
        let facts = vec![fact(1, 1, CellState::Observed, i64::MAX), fact(1, 2, CellState::Observed, 1)];
        assert!(Panel::build(&records(facts, Absent::Missing)).is_err());
    }
}
