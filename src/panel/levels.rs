//! Services and their parts: where both levels deliver numbers, a sum over all services would count
//! the same cases twice.
//!
//! Cases are compared with cases (forms begun and submitted, decisions, totals), page views and
//! visits with page views and visits: a parent that delivers only the visits of its page says
//! nothing about the applications of its parts.

use std::collections::BTreeSet;

use super::{Cell, Panel};
use crate::domain::{CellState, Period, Stage};
use crate::ingest::{Catalogue, Code, Finding, Measure, Place, Records};

/// The relations of the catalogue, and where both sides of one have delivered.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    parents: Vec<Option<u32>>,
    /// (area, service): its cases are part of what a service above it has delivered.
    covered: BTreeSet<(u32, u32)>,
}

/// Stages that count the same thing at different moments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    Pages,
    Cases,
}

impl Counted {
    fn of(measure: Measure) -> Option<Self> {
        match measure {
            Measure::Count(Stage::PageView | Stage::Visit, _) => Some(Self::Pages),
            Measure::Count(..) => Some(Self::Cases),
            _ => None,
        }
    }
}

/// Numbers that somebody has, be they hidden from us.
fn delivered(cell: &Cell) -> bool {
    matches!(cell.state, CellState::Observed | CellState::SuppressedAtSource)
}

/// Whether `cell` holds cases of its parts: a zero holds none and adds none.
fn holds(cell: &Cell, what: Counted) -> bool {
    Counted::of(cell.measure) == Some(what)
        && (cell.state == CellState::SuppressedAtSource || cell.state == CellState::Observed && cell.value > 0)
}

fn meet(a: Period, b: Period) -> bool {
    a.start <= b.end() && b.start <= a.end()
}

impl Panel {
    /// Whether the case numbers of `service` in `area` belong into the sum over all services.
    ///
    /// They do not where a service above it has delivered case numbers of the same area (other than
    /// zero) for at least one of the same months; see [`Self::counts_towards_all_in`] for single periods.
    /// O(log n).
    #[must_use]
    pub fn counts_towards_all(&self, area: u32, service: u32) -> bool {
        !self.levels.covered.contains(&(area, service))
    }

    /// As [`Self::counts_towards_all`] for the months of one period: a service above it that has
    /// delivered only before or after says nothing about it. O(log n) where no service above has
    /// delivered, else O(cells of both).
    #[must_use]
    pub fn counts_towards_all_in(&self, area: u32, service: u32, period: Period) -> bool {
        self.counts_towards_all(area, service) || {
            let pair = self.pair(area, service);
            !self.ancestors(service).any(|above| self.twice(pair, above, Counted::Cases, Some(period)).is_some())
        }
    }

    fn ancestors(&self, service: u32) -> impl Iterator<Item = u32> {
        let parent = |id: u32| self.levels.parents.get(id as usize).copied().flatten();
        std::iter::successors(parent(service), move |&id| parent(id))
    }

    /// The first cell of `below`, within a period if one is given, whose number is part of one that
    /// `above` has delivered.
    fn twice<'a>(&self, below: &'a [Cell], above: u32, what: Counted, within: Option<Period>) -> Option<&'a Cell> {
        let area = below.first()?.area;
        let inside = |c: &Cell| within.is_none_or(|period| meet(c.period, period));
        let cells = self.pair(area, above).iter();
        let all: Vec<Period> = cells.filter(|c| holds(c, what) && inside(c)).map(|c| c.period).collect();
        let same = |c: &Cell| Counted::of(c.measure) == Some(what) && delivered(c) && inside(c);
        below.iter().find(|c| same(c) && all.iter().any(|&p| meet(p, c.period)))
    }

    /// Takes the relations of `catalogue` over; called once, when the cells stand.
    pub(super) fn with_levels(mut self, catalogue: &Catalogue) -> Self {
        self.levels.parents =
            (0u32..).zip(catalogue.services()).map(|(service, _)| catalogue.parent(service)).collect();
        let covered = self.pairs().filter(|pair| {
            self.ancestors(pair[0].service).any(|above| self.twice(pair, above, Counted::Cases, None).is_some())
        });
        let covered = covered.map(|pair| (pair[0].area, pair[0].service)).collect();
        self.levels.covered = covered;
        self
    }

    /// One finding per area and pair of services that both deliver the same kind of numbers.
    pub(super) fn level_findings(&self, records: &Records) -> Vec<Finding> {
        let mut out = Vec::new();
        for pair in self.pairs() {
            let (area, service) = (pair[0].area, pair[0].service);
            for above in self.ancestors(service) {
                let kinds = [Counted::Cases, Counted::Pages];
                let Some(cell) = kinds.into_iter().find_map(|what| self.twice(pair, above, what, None)) else {
                    continue;
                };
                let key = |id: u32| &records.catalogue.service(id).key;
                let place = &records.register.area(area).key;
                out.push(Finding {
                    code: Code::ParentAndChild,
                    source: "panel".into(),
                    place: Place::default(),
                    column: format!("{place} / {} > {} / {}", key(above), key(service), cell.period.id()),
                    value: cell.value.to_string(),
                    suggestion: None,
                });
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Channel, Month};
    use crate::ingest::{Area, Fact, Register, Service};

    const LEVELS: [&str; 4] = ["99050012000000", "99050012104000", "99050012104001", "99050013104000"];

    fn service(key: &str) -> Service {
        Service { key: key.into(), name: key.into(), ..Service::default() }
    }

    fn fact(area: u32, service: u32, month: u32, stage: Stage, state: CellState, value: i64) -> Fact {
        let period = Period::month(Month::new(2025, month).unwrap());
        Fact { area, service, period, measure: Measure::Count(stage, Channel::Online), state, value, source: 0 }
    }

    fn records(facts: Vec<Fact>) -> Records {
        Records {
            register: Register::new(["A", "B"].map(|key| Area { key: key.into(), ..Area::default() }).into()),
            catalogue: Catalogue::new(LEVELS.map(service).into()),
            facts,
            ..Records::default()
        }
    }

    fn counted(facts: Vec<Fact>) -> [bool; 4] {
        let panel = Panel::build(&records(facts)).unwrap();
        [0, 1, 2, 3].map(|service| panel.counts_towards_all(0, service))
    }

    use CellState::{NotProvided, Observed, SuppressedAtSource};
    use Stage::{CaseTotal, FormSubmit, Visit};

    #[test]
    fn the_upper_level_counts_where_both_deliver() {
        let upper = fact(0, 0, 1, FormSubmit, Observed, 10);
        let middle = fact(0, 1, 1, FormSubmit, Observed, 7);
        let lower = fact(0, 2, 1, FormSubmit, Observed, 3);
        let other = fact(0, 3, 1, FormSubmit, Observed, 5);
        assert_eq!(counted(vec![upper, middle, lower, other]), [true, false, false, true]);
        assert_eq!(counted(vec![upper, lower, other]), [true, true, false, true], "over a silent level");
        assert_eq!(counted(vec![middle, lower, other]), [true, true, false, true]);
        assert_eq!(counted(vec![lower, other]), [true; 4]);
        let elsewhere = Fact { area: 1, ..upper };
        assert_eq!(counted(vec![elsewhere, middle]), [true; 4], "another town counts on another level");
    }

    #[test]
    fn only_the_same_kind_of_number_of_the_same_months_counts_twice() {
        let lower = fact(0, 1, 3, FormSubmit, Observed, 7);
        let with = |upper: Fact| counted(vec![upper, lower])[1];
        assert!(!with(fact(0, 0, 3, CaseTotal, Observed, 10)));
        assert!(!with(fact(0, 0, 3, FormSubmit, SuppressedAtSource, 0)));
        assert!(with(fact(0, 0, 3, Visit, Observed, 10)), "visits hold no applications");
        assert!(with(fact(0, 0, 3, FormSubmit, NotProvided, 0)));
        assert!(with(fact(0, 0, 3, FormSubmit, Observed, 0)), "a zero holds none and adds none");
        assert!(with(fact(0, 0, 4, FormSubmit, Observed, 10)));
        let quarter = Period::span(Month::new(2025, 1).unwrap(), 3);
        assert!(!with(Fact { period: quarter, ..fact(0, 0, 1, FormSubmit, Observed, 10) }));
    }

    #[test]
    fn a_change_of_level_loses_no_month() {
        let facts = vec![
            fact(0, 0, 1, FormSubmit, Observed, 10),
            fact(0, 1, 1, FormSubmit, Observed, 7),
            fact(0, 0, 4, FormSubmit, Observed, 10),
            fact(0, 1, 7, FormSubmit, Observed, 9),
        ];
        let panel = Panel::build(&records(facts)).unwrap();
        assert!(!panel.counts_towards_all(0, 1));
        let span = |start: u32, months: u16| Period::span(Month::new(2025, start).unwrap(), months);
        assert!(!panel.counts_towards_all_in(0, 1, span(1, 1)));
        assert!(!panel.counts_towards_all_in(0, 1, span(1, 12)));
        assert!(panel.counts_towards_all_in(0, 1, span(4, 6)), "the parent ends before the part begins");
        assert!(panel.counts_towards_all_in(0, 0, span(1, 12)));
    }

    #[test]
    fn one_finding_for_each_area_and_pair_of_services() {
        let mut facts = Vec::new();
        for month in 1..=3 {
            facts.extend([0, 1, 2].map(|service| fact(0, service, month, FormSubmit, Observed, 4)));
            facts.push(fact(1, 0, month, FormSubmit, Observed, 4));
        }
        facts.extend([0, 1].map(|service| fact(1, service, 2, Visit, Observed, 100)));
        let records = records(facts);
        let panel = Panel::build(&records).unwrap();
        let found = panel.findings(&records);
        let pairs: Vec<&str> =
            found.iter().filter(|f| f.code == Code::ParentAndChild).map(|f| f.column.as_str()).collect();
        assert_eq!(
            pairs,
            [
                "A / 99050012000000 > 99050012104000 / 2025-01",
                "A / 99050012104000 > 99050012104001 / 2025-01",
                "A / 99050012000000 > 99050012104001 / 2025-01",
                "B / 99050012000000 > 99050012104000 / 2025-02",
            ]
        );
    }

    #[test]
    fn own_keys_state_their_parent() {
        let under = |key: &str, parent: &str| Service { parent: Some(parent.into()), ..service(key) };
        let services = vec![
            service("haus"),
            under("dach", "haus"),
            under("ziegel", "dach"),
            under("fern", "mond"),
            under("selbst", "selbst"),
        ];
        let catalogue = Catalogue::new(services);
        let above = |key: &str| -> Vec<&str> {
            let ids = catalogue.ancestors(catalogue.find(key).unwrap());
            ids.map(|id| catalogue.service(id).key.as_str()).collect()
        };
        assert_eq!(above("ziegel"), ["dach", "haus"]);
        assert_eq!(above("haus"), Vec::<&str>::new());
        let unusable: Vec<&str> = catalogue.unusable_parents().map(|s| s.key.as_str()).collect();
        assert_eq!(unusable, ["fern", "selbst"]);
        // A circle is opened at one place and stays finite.
        let circle = Catalogue::new(vec![under("a", "b"), under("b", "c"), under("c", "a")]);
        assert_eq!(circle.unusable_parents().count(), 1);
        assert_eq!(circle.ancestors(0).count(), 2);
    }
}
