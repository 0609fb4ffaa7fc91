use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::ingest::spec::Absent;
use crate::ingest::{Area, Catalogue, Fact, Offer, Records, Register, Service};
use crate::kpi::{self, Periods};
use crate::panel::{SizeClasses, Units};

use CellState::{NotApplicable, NotProvided, Observed, SuppressedAtSource};
use Channel::{All, Counter, Online, Paper};
use Stage::{CaseTotal, Completed, FormStart, FormSubmit};

/// Months count from January 2025.
fn month(number: i32) -> Month {
    Month::new(2025, 1).unwrap().plus(number - 1)
}

fn fact(period: Period, measure: Measure, state: CellState, value: i64) -> Fact {
    Fact { area: 0, service: 0, period, measure, state, value, source: 0 }
}

/// A series by month: a digit, `.` nothing delivered, `?` not provided, `x` not applicable, `*` hidden.
fn series(measure: Measure, months: &str) -> Vec<Fact> {
    let state = |c: char| match c {
        '?' => (NotProvided, 0),
        'x' => (NotApplicable, 0),
        '*' => (SuppressedAtSource, 0),
        digit => (Observed, i64::from(digit.to_digit(10).unwrap())),
    };
    let months = months.chars().zip(1..).filter(|(c, _)| *c != '.');
    months.map(|(c, m)| fact(Period::month(month(m)), measure, state(c).0, state(c).1)).collect()
}

fn count(stage: Stage, channel: Channel, months: &str) -> Vec<Fact> {
    series(Measure::Count(stage, channel), months)
}

fn records(facts: Vec<Vec<Fact>>, offer: Option<(Option<bool>, Option<i32>)>) -> Records {
    let live = |m: i32| month(m).first_day();
    let offers = offer.map(|(owed, from)| Offer { owed, live_from: from.map(live), ..Offer::default() });
    Records {
        register: Register::new(vec![Area { key: "A".into(), ..Area::default() }]),
        catalogue: Catalogue::new(vec![Service { key: "S".into(), ..Service::default() }]),
        facts: facts.into_iter().flatten().collect(),
        offers: offers.into_iter().collect(),
        sources: vec![("u".into(), Absent::Missing)],
        ..Records::default()
    }
}

fn half_year() -> Period {
    Period::span(month(1), 6)
}

fn shown(records: &Records) -> Vec<String> {
    let panel = Panel::build(records).unwrap();
    let found = find(&panel, half_year(), half_year());
    let item = |m: &Missing| {
        let (name, channel) = match m.measure {
            Measure::Count(stage, channel) => (stage.id().to_owned(), channel.id()),
            Measure::Work(item, channel) => (format!("{item:?}"), channel.id()),
            other => (format!("{other:?}"), ""),
        };
        let x = if m.presumed_inapplicable { " x" } else { "" };
        format!("{:?} {} {name} {channel}{x}", m.need, readable(m.period).unwrap())
    };
    found.iter().map(item).collect()
}

const LIVE: Option<(Option<bool>, Option<i32>)> = Some((Some(true), Some(-11)));

#[test]
fn a_channel_delivered_in_other_months_is_missing_in_this_one() {
    let records = records(vec![count(FormSubmit, Online, "123456"), count(FormSubmit, Paper, "5.?555")], LIVE);
    assert_eq!(shown(&records), ["Share 2025-02 form_submit paper", "Share 2025-03 form_submit paper"]);
}

#[test]
fn zeros_and_what_is_hidden_or_inapplicable_are_not_asked_for() {
    let facts = vec![
        count(FormSubmit, Online, "000000"),
        count(FormSubmit, Paper, "0*0*00"),
        count(FormSubmit, Counter, "xxxxxx"),
    ];
    assert_eq!(shown(&records(facts, LIVE)), Vec::<String>::new());
}

#[test]
fn a_channel_that_never_existed_is_stated_beside_what_is_asked_for() {
    let facts = vec![
        count(FormSubmit, Online, "12.456"),
        count(FormSubmit, Paper, "12.456"),
        count(FormSubmit, Counter, "xx.xx."),
    ];
    assert_eq!(
        shown(&records(facts, LIVE)),
        [
            "Share 2025-03 form_submit online",
            "Share 2025-03 form_submit paper",
            "Share 2025-03 form_submit counter x",
            // Nothing else is missing in June: without this the month would stay unusable.
            "Share 2025-06 form_submit counter",
        ]
    );
}

#[test]
fn online_numbers_alone_lack_the_total() {
    let found = shown(&records(vec![count(FormSubmit, Online, "123456")], LIVE));
    assert_eq!(found.len(), 6);
    assert!(found.iter().all(|line| line.starts_with("Share") && line.ends_with("case_total all")), "{found:?}");
    let with_total =
        vec![count(FormSubmit, Online, "123456"), count(CaseTotal, All, "9999.9"), count(FormSubmit, Paper, "1")];
    assert_eq!(
        shown(&records(with_total, LIVE)),
        [
            "Share 2025-05 case_total all",
            "Other 2025-02 form_submit paper",
            "Other 2025-03 form_submit paper",
            "Other 2025-04 form_submit paper",
            "Other 2025-05 form_submit paper",
            "Other 2025-06 form_submit paper",
        ]
    );
}

#[test]
fn paper_numbers_alone_lack_the_online_ones_while_the_service_is_live() {
    let paper = || vec![count(FormSubmit, Paper, "123456")];
    let from_april = Some((Some(true), Some(4)));
    assert_eq!(
        shown(&records(paper(), from_april)),
        ["Share 2025-04 form_submit online", "Share 2025-05 form_submit online", "Share 2025-06 form_submit online"]
    );
    assert_eq!(shown(&records(paper(), Some((Some(true), None)))), Vec::<String>::new());
}

#[test]
fn before_the_launch_only_what_was_begun_is_asked_for() {
    let facts = vec![
        count(FormSubmit, Online, "??.456"),
        count(FormSubmit, Paper, "1.?456"),
        count(FormSubmit, Counter, "1.1456"),
    ];
    assert_eq!(shown(&records(facts, Some((Some(true), Some(4))))), ["Other 2025-03 form_submit paper"]);
}

#[test]
fn a_service_without_any_number_is_asked_for_by_what_it_is() {
    let live = shown(&records(vec![], Some((Some(true), Some(5)))));
    assert_eq!(
        live,
        [
            "Share 2025-05 form_submit online",
            "Share 2025-05 case_total all",
            "Share 2025-06 form_submit online",
            "Share 2025-06 case_total all"
        ]
    );
    let owed = shown(&records(vec![], Some((Some(true), None))));
    assert_eq!((owed.len(), owed[0].as_str()), (6, "Owed 2025-01 case_total all"));
    assert_eq!(shown(&records(vec![], Some((Some(false), None)))), Vec::<String>::new());
}

#[test]
fn without_an_offer_a_number_is_due_from_the_first_delivery_on() {
    let facts = vec![count(FormSubmit, Online, "...4.6"), count(FormSubmit, Paper, "..3456")];
    assert_eq!(shown(&records(facts, None)), ["Share 2025-03 form_submit online", "Share 2025-05 form_submit online"]);
    let starts = vec![count(FormStart, Online, "..3.56")];
    assert_eq!(shown(&records(starts, None)), ["Other 2025-04 form_start online"]);
}

#[test]
fn decided_cases_beside_applications_make_no_second_share() {
    let facts = vec![
        count(FormSubmit, Online, "123456"),
        count(FormSubmit, Paper, "123456"),
        count(Completed, Paper, "12345."),
    ];
    assert_eq!(shown(&records(facts, LIVE)), ["Other 2025-06 completed paper"]);
}

#[test]
fn a_number_that_comes_by_quarter_is_asked_for_by_quarter() {
    let quarter = Period::span(month(1), 3);
    let total = fact(quarter, TOTAL, Observed, 60);
    let facts = vec![count(FormSubmit, Online, "123456"), vec![total]];
    assert_eq!(shown(&records(facts, LIVE)), ["Share 2025-Q2 case_total all"]);
    let empty = Fact { state: NotProvided, value: 0, ..total };
    let next = Fact { period: Period::span(month(4), 3), ..total };
    let facts = vec![count(FormSubmit, Online, "123456"), vec![empty, next]];
    assert_eq!(shown(&records(facts, LIVE)), ["Share 2025-Q1 case_total all"]);
    // A year that is not over cannot be asked for.
    let year = Fact { period: Period::span(month(-11), 12), ..total };
    assert_eq!(shown(&records(vec![count(FormSubmit, Online, "123456"), vec![year]], LIVE)), Vec::<String>::new());
}

#[test]
fn working_times_lack_their_gaps_and_what_a_row_left_out() {
    let work = |item, months: &str| series(Measure::Work(item, Online), months);
    let facts = vec![
        count(FormSubmit, Online, "111011"),
        count(FormSubmit, Paper, "111111"),
        work(WorkItem::Cases, ".5..5."),
        work(WorkItem::HandlingMinutes, ".9..?."),
        work(WorkItem::Rekeyed, ".?..?."),
    ];
    // April had no case, January and June lie outside the sample, nobody counts double entries.
    assert_eq!(
        shown(&records(facts, LIVE)),
        ["Other 2025-03 Cases online", "Other 2025-03 HandlingMinutes online", "Other 2025-05 HandlingMinutes online"]
    );
}

/// The records with every number that was asked for.
fn answered(records: &Records, found: &[Missing]) -> Records {
    let mut out = records.clone();
    for item in found {
        let asked = |f: &Fact| (f.period, f.measure) == (item.period, item.measure);
        out.facts.retain(|f| !asked(f));
        let state = if item.presumed_inapplicable { NotApplicable } else { Observed };
        out.facts.push(fact(item.period, item.measure, state, 5));
    }
    out
}

/// Provided and expected months of the online share.
fn completeness(records: &Records) -> Vec<(u32, u32)> {
    let panel = Panel::build(records).unwrap();
    let classes = SizeClasses::new(vec![5_000]).unwrap();
    let units = Units::build(&records.register, &classes, &[], crate::domain::Lang::En).unwrap();
    let periods = Periods::new(month(6), 6, month(1));
    let table = kpi::evaluate(&panel, &records.register, &units, &periods).periods;
    let share = kpi::number("online_share");
    let rows = table.iter().filter(|(key, _)| key.kpi == share && key.unit == 0 && key.period == periods.current);
    rows.map(|(_, estimate)| (estimate.provided, estimate.expected)).collect()
}

proptest! {
    #[test]
    fn who_answers_everything_is_never_asked_again_and_the_share_is_complete(
        online in prop::option::of("[1x?.]{6}"),
        paper in prop::option::of("[1x?.]{6}"),
        counter in prop::option::of("[1x?.]{6}"),
        total in prop::option::of("[9?.]{6}"),
        starts in prop::option::of("[1?.]{6}"),
        offer in prop::option::of((prop::option::of(any::<bool>()), prop::option::of(-3i32..8))),
    ) {
        let given = [(FormSubmit, Online, online), (FormSubmit, Paper, paper), (FormSubmit, Counter, counter),
            (CaseTotal, All, total), (FormStart, Online, starts)];
        let facts = given.into_iter().filter_map(|(s, c, m)| Some(count(s, c, &m?))).collect();
        let before = records(facts, offer);
        let panel = Panel::build(&before).unwrap();
        let found = find(&panel, half_year(), half_year());
        for item in &found {
            let cell = panel.cells().iter().find(|c| (c.period, c.measure) == (item.period, item.measure));
            prop_assert!(cell.is_none_or(|c| c.state == NotProvided), "{:?}", item);
        }
        let after = answered(&before, &found);
        let again = find(&Panel::build(&after).unwrap(), half_year(), half_year());
        prop_assert_eq!(again, vec![]);
        for (provided, expected) in completeness(&after) {
            prop_assert_eq!(provided, expected);
        }
    }
}

#[test]
fn days_of_the_first_month_do_not_matter() {
    let mut records = records(vec![count(FormSubmit, Online, "123456"), count(FormSubmit, Paper, "123456")], LIVE);
    records.offers[0].live_from = NaiveDate::from_ymd_opt(2025, 3, 31);
    assert_eq!(shown(&records), Vec::<String>::new());
}
