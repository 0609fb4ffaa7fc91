use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::{Channel, Month, Stage};
use crate::ingest::spec::Absent;
use crate::ingest::{
    Area, Catalogue, Code, Comment, Event, FeedbackPlace, Ingested, Lost, Offer, Records, Register, Scale, Service,
};
use crate::panel::Panel;

const ONLINE: Measure = Measure::Count(Stage::FormSubmit, Channel::Online);

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap()
}

fn change(from: u32, to: u32, year: i32, share: f64) -> TerritoryChange {
    TerritoryChange { from, to, date: day(year), share }
}

fn fact(area: u32, year: i32, value: i64) -> Fact {
    let period = Period::month(Month::new(year, 6).unwrap());
    Fact { area, service: 0, period, measure: ONLINE, state: CellState::Observed, value, source: 0 }
}

/// Area, year and value of the numbers.
fn seen(facts: &[Fact]) -> Vec<(u32, i32, i64)> {
    let mut out: Vec<_> = facts.iter().map(|f| (f.area, f.period.start.year(), f.value)).collect();
    out.sort_unstable();
    out
}

#[test]
fn a_new_key_a_merger_and_a_chain_are_followed_by_date() {
    // 10 -> 11 in 2020, 11 and 12 -> 0 in 2023: only 0 is in the register.
    let plan = Plan::new(&[change(10, 11, 2020, 1.0), change(11, 0, 2023, 1.0), change(12, 0, 2023, 1.0)], 1);
    let facts = vec![fact(10, 2019, 4), fact(11, 2021, 5), fact(12, 2021, 6), fact(0, 2023, 7)];
    let out = rebase(facts, &plan);
    assert_eq!(seen(&out.facts), [(0, 2019, 4), (0, 2021, 5), (0, 2021, 6), (0, 2023, 7)]);
    assert_eq!((out.cells.len(), out.left_out.len()), (2, 0), "2023 is not converted");
}

#[test]
fn a_split_keeps_the_total_and_ties_go_to_the_first_key() {
    // A half each of 7 and 1: 3.5 and 0.5 are tied. Thirds of 8: 2.67 each, the last gets what is left.
    let halves = Plan::new(&[change(5, 0, 2020, 0.5), change(5, 1, 2020, 0.5)], 3);
    assert_eq!(seen(&rebase(vec![fact(5, 2019, 7)], &halves).facts), [(0, 2019, 4), (1, 2019, 3)]);
    assert_eq!(seen(&rebase(vec![fact(5, 2019, 1)], &halves).facts), [(0, 2019, 1), (1, 2019, 0)]);
    let third = 1.0 / 3.0;
    let thirds = Plan::new(&[0, 1, 2].map(|to| change(5, to, 2020, third)), 3);
    assert_eq!(seen(&rebase(vec![fact(5, 2019, 8)], &thirds).facts), [(0, 2019, 3), (1, 2019, 3), (2, 2019, 2)]);
    let missing = Fact { state: CellState::NotProvided, ..fact(5, 2019, 0) };
    assert!(rebase(vec![missing], &halves).facts.iter().all(|f| f.state == CellState::NotProvided));
}

#[test]
fn a_unit_may_keep_its_key_and_give_a_part_away() {
    let plan = Plan::new(&[change(0, 0, 2020, 0.8), change(0, 1, 2020, 0.2), change(1, 1, 2020, 1.0)], 2);
    let out = rebase(vec![fact(0, 2019, 10), fact(1, 2019, 3), fact(0, 2020, 9), fact(1, 2020, 4)], &plan);
    assert_eq!(seen(&out.facts), [(0, 2019, 8), (0, 2020, 9), (1, 2019, 2), (1, 2019, 3), (1, 2020, 4)]);
    assert_eq!((out.cells.len(), out.left_out.len()), (2, 0), "both of 2019");
}

#[test]
fn an_old_key_after_its_end_is_left_out_and_an_empty_cell_is_nothing() {
    let plan = Plan::new(&[change(5, 0, 2020, 1.0)], 1);
    let late = fact(5, 2020, 3);
    let empty = Fact { state: CellState::NotProvided, value: 0, ..late };
    assert_eq!(rebase(vec![late], &plan).left_out, [LeftOut { fact: late, value: 3, why: Why::Former }]);
    let out = rebase(vec![empty], &plan);
    assert_eq!((out.facts.len(), out.left_out.len()), (0, 0));
    // The year in which it ended began before.
    let may = TerritoryChange { date: NaiveDate::from_ymd_opt(2020, 5, 1).unwrap(), ..change(5, 0, 2020, 1.0) };
    let year = Fact { period: Period::span(Month::new(2020, 1).unwrap(), 12), ..late };
    assert_eq!(seen(&rebase(vec![year], &Plan::new(&[may], 1)).facts), [(0, 2020, 3)]);
    // A key that is given again later is valid again.
    let again = Plan::new(&[change(0, 1, 2015, 1.0), change(1, 0, 2020, 1.0)], 1);
    assert_eq!(
        seen(&rebase(vec![fact(0, 2014, 1), fact(0, 2016, 2), fact(0, 2021, 3)], &again).facts),
        [(0, 2014, 1), (0, 2021, 3)]
    );
}

#[test]
fn what_a_new_unit_counted_back_contains_its_parts() {
    let plan = Plan::new(&[change(5, 0, 2020, 1.0), change(6, 0, 2020, 0.5), change(6, 1, 2020, 0.5)], 2);
    let out = rebase(vec![fact(0, 2019, 20), fact(5, 2019, 7), fact(6, 2019, 9), fact(5, 2018, 2)], &plan);
    assert_eq!(seen(&out.facts), [(0, 2018, 2), (0, 2019, 20), (1, 2019, 4)]);
    let left_out: Vec<_> = out.left_out.iter().map(|l| (l.fact.area, l.value, l.why)).collect();
    assert_eq!(left_out, [(5, 7, Why::Contained(0)), (6, 5, Why::Contained(0))]);
    // The empty cell of a unit that did not exist yet says nothing.
    let empty = Fact { state: CellState::NotProvided, value: 0, ..fact(0, 2019, 0) };
    assert_eq!(seen(&rebase(vec![empty, fact(5, 2019, 7)], &plan).facts), [(0, 2019, 7)]);
    assert_eq!(rebase(vec![empty], &plan).facts, [empty], "no part has said anything either");
}

#[test]
fn two_units_may_swap_their_keys() {
    let plan = Plan::new(&[change(0, 1, 2020, 1.0), change(1, 0, 2020, 1.0)], 2);
    let out = rebase(vec![fact(0, 2019, 1), fact(1, 2019, 2), fact(0, 2020, 3)], &plan);
    assert_eq!(seen(&out.facts), [(0, 2019, 2), (0, 2020, 3), (1, 2019, 1)]);
}

fn read(records: Records) -> Ingested {
    let mut register = Register::new(["A", "B"].map(|key| Area { key: key.into(), ..Area::default() }).into());
    register.add_former(["X", "Y", "Z"]);
    let services = vec![Service { key: "S".into(), ..Service::default() }];
    let sources = vec![("u".into(), Absent::Missing)];
    Ingested {
        records: Records { register, catalogue: Catalogue::new(services), sources, ..records },
        ..Ingested::default()
    }
}

#[test]
fn what_a_part_left_out_is_unknown_and_a_silent_part_is_a_finding() {
    let changes = vec![change(2, 0, 2020, 1.0), change(3, 0, 2020, 1.0), change(4, 0, 2020, 1.0)];
    let facts = vec![fact(2, 2018, 4), fact(2, 2019, 5), fact(3, 2019, 6), fact(3, 2020, 9), fact(0, 2021, 8)];
    let mut read = read(Records { changes, facts, ..Records::default() });
    let mut zero = read.clone();
    rebase_records(&mut read);
    let cells = |read: &Ingested| {
        let panel = Panel::build(&read.records).unwrap();
        let of = |c: &crate::panel::Cell| (c.area, c.period.start.year(), c.state, c.value, c.rebased);
        panel.cells().iter().filter(|c| c.period.start.number() == 6).map(of).collect::<Vec<_>>()
    };
    use CellState::{NotProvided, Observed};
    let of_2018 = (0, 2018, NotProvided, 0, true);
    assert_eq!(cells(&read), [of_2018, (0, 2019, Observed, 11, true), (0, 2021, Observed, 8, false)]);
    let found: Vec<_> = read.findings.kept.iter().map(|f| (f.code, f.column.as_str(), f.value.as_str())).collect();
    assert_eq!(found, [(Code::SilentPart, "Z / A", ""), (Code::FormerKey, "Y / S / 2020-06", "9")]);
    zero.records.sources[0].1 = Absent::Zero;
    rebase_records(&mut zero);
    assert_eq!(cells(&zero)[0], (0, 2018, Observed, 4, true), "the other part had nothing to count");
}

#[test]
fn everything_else_about_a_former_unit_holds_for_its_successors() {
    let changes = vec![change(2, 0, 2020, 0.4), change(2, 1, 2020, 0.6), change(3, 1, 2020, 1.0)];
    let offer = |area, year| Offer { area, live_from: Some(day(year)), ..Offer::default() };
    let event = |area| Event {
        area,
        service: None,
        kind: "campaign".into(),
        from: day(2019),
        to: None,
        cost: Some(100.0),
        label: "campaign".into(),
    };
    let (month, place, scale) = (Month::new(2019, 6).unwrap(), FeedbackPlace::Page, Scale::Binary);
    let comment = Comment { area: 2, service: 0, month, place, scale, answer: 1, text: "gut".into() };
    let lost = Lost {
        source: 0,
        area: 3,
        service: 0,
        period: Some(Period::month(month)),
        measure: Some(ONLINE),
        partial: false,
    };
    let mut read = read(Records {
        changes,
        offers: vec![offer(0, 2018), offer(2, 2017), offer(3, 2016)],
        events: vec![event(None), event(Some(2))],
        comments: vec![comment],
        lost: vec![lost],
        facts: vec![fact(2, 2019, 10)],
        ..Records::default()
    });
    rebase_records(&mut read);
    let records = &read.records;
    let offers: Vec<_> = records.offers.iter().map(|o| (o.area, o.live_from)).collect();
    assert_eq!(offers, [(0, Some(day(2018))), (1, Some(day(2016)))], "its own offer wins, then the first part's");
    let events: Vec<_> = records.events.iter().map(|e| (e.area, e.cost)).collect();
    assert_eq!(events, [(None, Some(100.0)), (Some(0), Some(40.0)), (Some(1), Some(60.0))]);
    assert_eq!(records.comments[0].area, 1, "the larger share");
    let panel = Panel::build(records).unwrap();
    assert_eq!((panel.pair(0, 0)[0].value, panel.pair(1, 0)[0].state), (4, CellState::NotProvided), "a part is lost");
}

#[test]
fn estimates_with_a_converted_number_say_so() {
    use crate::domain::{ALL_SERVICES, Flag, Lang};
    use crate::kpi::{self, Periods};
    use crate::panel::{SizeClasses, Units};
    // Only the first of the two reference periods begins before the change.
    let facts = vec![fact(2, 2019, 5), fact(0, 2020, 6), fact(1, 2019, 7), fact(1, 2020, 8)];
    let mut read = read(Records { changes: vec![change(2, 0, 2020, 1.0)], facts, ..Records::default() });
    rebase_records(&mut read);
    let panel = Panel::build(&read.records).unwrap();
    let register = &read.records.register;
    let units = Units::build(register, &SizeClasses::new(vec![1000]).unwrap(), &[], Lang::En).unwrap();
    let periods = Periods::new(Month::new(2020, 12).unwrap(), 12, Month::new(2019, 1).unwrap());
    let table = kpi::evaluate(&panel, register, &units, &periods).periods;
    let applications = kpi::number("online_applications");
    let of = |area: u32, year: i32| {
        let mut rows = table.iter().filter(|(key, _)| {
            (key.kpi, key.unit, key.period.start.year()) == (applications, area, year) && key.service != ALL_SERVICES
        });
        let (_, estimate) = rows.next().unwrap();
        (estimate.numerator, estimate.flags.contains(&Flag::Rebased))
    };
    assert_eq!([of(0, 2019), of(0, 2020)], [(Some(5.0), true), (Some(6.0), false)]);
    assert_eq!([of(1, 2019), of(1, 2020)], [(Some(7.0), false), (Some(8.0), false)]);
    let towns = units.groups_of_areas().len();
    assert_eq!(towns, 2, "the former unit is in no group");
}

/// Units of the register.
const KNOWN: u32 = 4;

/// Changes of one year among units 0 to 3, each of which keeps or gives away a part.
fn exchange(year: i32) -> impl Strategy<Value = Vec<TerritoryChange>> {
    let shares = prop::collection::vec((0..5u32, 0..KNOWN), KNOWN as usize);
    shares.prop_map(move |given| {
        let mut out = Vec::new();
        for ((tenths, to), from) in given.into_iter().zip(0u32..) {
            let share = f64::from(tenths) * 0.2;
            if tenths == 0 || from == to {
                out.push(change(from, from, year, 1.0));
            } else {
                out.extend([change(from, from, year, 1.0 - share), change(from, to, year, share)]);
            }
        }
        out
    })
}

/// A former unit, 4 or 5, that ends in the year.
fn ending(unit: u32, year: i32) -> impl Strategy<Value = Vec<TerritoryChange>> {
    (0..KNOWN, 1..=100u32).prop_map(move |(to, percent)| {
        let share = f64::from(percent) / 100.0;
        if percent == 100 {
            return vec![change(unit, to, year, 1.0)];
        }
        vec![change(unit, to, year, share), change(unit, (to + 1) % KNOWN, year, 1.0 - share)]
    })
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one =
        (0..KNOWN + 2, 2015..2025i32, -3..10_000i64).prop_map(|(area, year, value)| fact(area, year, value.max(0)));
    prop::collection::vec(one, 0..60)
}

fn totals(facts: impl Iterator<Item = (Period, Measure, i64)>) -> BTreeMap<(Period, Measure), i64> {
    let mut out = BTreeMap::new();
    facts.for_each(|(period, measure, value)| *out.entry((period, measure)).or_insert(0) += value);
    out
}

proptest! {
    #[test]
    fn totals_are_kept_per_period_and_measure(
        facts in facts(), a in exchange(2018), b in ending(4, 2018), c in exchange(2021), d in ending(5, 2021),
    ) {
        let changes: Vec<TerritoryChange> = [a, b, c, d].concat();
        let of = |f: &Fact| (f.period, f.measure, f.value);
        let before = totals(facts.iter().map(of));
        let out = rebase(facts, &Plan::new(&changes, KNOWN));
        let left_out = out.left_out.iter().map(|l| (l.fact.period, l.fact.measure, l.value));
        prop_assert_eq!(totals(out.facts.iter().map(of).chain(left_out)), before);
        prop_assert!(out.left_out.iter().all(|l| l.why == Why::Former && l.fact.area >= KNOWN));
        prop_assert!(out.facts.iter().all(|f| f.area < KNOWN));
    }

    #[test]
    fn two_sets_of_changes_are_one_after_the_other(
        facts in facts(), a in exchange(2018), b in ending(4, 2018), c in exchange(2021), d in ending(5, 2021),
    ) {
        let (first, second) = ([a, b].concat(), [c, d].concat());
        let whole = rebase(facts.clone(), &Plan::new(&[first.clone(), second.clone()].concat(), KNOWN));
        // After the first set unit 5 still exists.
        let halfway = rebase(facts, &Plan::new(&first, KNOWN + 2));
        let after = rebase(halfway.facts, &Plan::new(&second, KNOWN));
        prop_assert_eq!(seen(&whole.facts), seen(&after.facts));
        prop_assert_eq!(whole.left_out.len(), halfway.left_out.len() + after.left_out.len());
    }

    #[test]
    fn without_a_change_the_numbers_stay_as_they_are(facts in facts()) {
        prop_assert_eq!(rebase(facts.clone(), &Plan::new(&[], KNOWN + 2)), Rebased { facts, ..Rebased::default() });
    }

    #[test]
    fn keeping_everything_changes_nothing(facts in facts()) {
        let keeping: Vec<TerritoryChange> = (0..KNOWN + 2).map(|unit| change(unit, unit, 2019, 1.0)).collect();
        let out = rebase(facts.clone(), &Plan::new(&keeping, KNOWN + 2));
        prop_assert_eq!(out, Rebased { facts, ..Rebased::default() });
    }
}
