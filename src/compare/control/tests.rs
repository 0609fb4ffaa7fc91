use super::*;
use crate::domain::{Aggregation, Estimate, EstimateKey, EstimateState, Flag, Period};
use crate::stats::spc::Rule;

const SERVICE: u32 = 3;

fn first() -> Month {
    Month::new(2022, 1).unwrap()
}

fn month(at: usize) -> Month {
    first().plus(i32::try_from(at).unwrap())
}

/// Online and all cases by month; `None` is not delivered.
type Months = Vec<Option<(f64, f64)>>;

/// The estimates of towns.
fn table(towns: &[(u32, Months)]) -> EstimateTable {
    let mut rows = Vec::new();
    for (area, months) in towns {
        for (at, cases) in months.iter().enumerate() {
            let mut e = Estimate::absent(EstimateState::NotProvided);
            if let Some((online, all)) = cases {
                e.state = EstimateState::Computed;
                (e.numerator, e.denominator) = (Some(*online), Some(*all));
                e.value = (*all > 0.0).then(|| online / all);
                if online > all {
                    e.flag(Flag::Above100);
                }
            }
            let period = Period::month(month(at));
            let key = EstimateKey { kpi: 0, unit: *area, service: SERVICE, period, aggregation: Aggregation::Own };
            rows.push((key, e));
        }
    }
    EstimateTable::new(rows)
}

fn event(area: Option<u32>, at: usize, kind: &str) -> Event {
    Event {
        area,
        service: Some(SERVICE),
        kind: kind.into(),
        from: month(at).first_day(),
        to: None,
        cost: None,
        label: String::new(),
    }
}

fn found(towns: &[(u32, Months)], events: &[Event], phases: &[&str]) -> Controls {
    let len = towns.iter().map(|(_, months)| months.len()).max().unwrap();
    let spec = ControlSpec { phase_events: phases.iter().map(|k| (*k).to_owned()).collect() };
    let plan = ControlPlan { spec, towns: towns.iter().map(|(area, _)| *area).collect() };
    controls(plan, 0, &table(towns), (first(), month(len - 1)), events, &|_, _| None)
}

/// The series of a project with one town.
fn only(months: &[(f64, f64)]) -> Control {
    let found = found(&[(7, months.iter().copied().map(Some).collect())], &[], &[]);
    assert_eq!(found.series.len(), 1, "one town is all towns");
    found.series.into_iter().next().unwrap()
}

fn limits(control: &Control) -> Vec<&PhaseLimits> {
    control.chart.as_ref().unwrap().limits().collect()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * b.abs().max(1e-3), "{a} is not {b}");
}

#[test]
fn limits_of_chance_by_hand() {
    // 176 of 800: p = 0.22, error √(0.22 · 0.78 / 100) = 0.041424630. Ranges of 4 6 4 4 6 4 2 cases are 30/7 on average,
    // 1.0346 errors, so the spread is 1.0346 / 1.128 = 0.9172: no more than chance, and the limits are 0.22 ± 3 errors.
    let control = only(&[20.0, 24.0, 18.0, 22.0, 26.0, 20.0, 24.0, 22.0].map(|x| (x, 100.0)));
    let [phase] = limits(&control)[..] else { panic!("one phase") };
    close(phase.center, 0.22);
    close(phase.spread, 30.0 / 7.0 / 4.142_463_035_441_596 / 1.128);
    assert!(!phase.beyond_chance());
    close(phase.points[0].lower, 0.22 - 0.124_273_891_063_247_9);
    close(phase.points[7].upper, 0.22 + 0.124_273_891_063_247_9);
    assert!(control.chart.as_ref().unwrap().young() && phase.points.iter().all(|p| p.rules.is_empty()));
}

#[test]
fn limits_allow_for_months_that_differ_by_more_than_chance() {
    // 180 and 220 of 1,000 in turn: p = 0.2, all ranges 0.04, so limits of 0.2 ± 3 · 0.04 / 1.128 = 0.0936 and 0.3064.
    // A month of 400 between: its two ranges are screened (0.2 and 0.22 against 3.267 times the mean), and it stands out.
    let mut months: Vec<(f64, f64)> = (0..24).map(|at| (if at % 2 == 0 { 180.0 } else { 220.0 }, 1000.0)).collect();
    let control = only(&months);
    let [phase] = limits(&control)[..] else { panic!("one phase") };
    assert!(phase.beyond_chance());
    close(phase.points[3].lower, 0.2 - 0.12 / 1.128);
    close(phase.points[4].upper, 0.2 + 0.12 / 1.128);
    months[12] = (400.0, 1000.0);
    let control = only(&months);
    let chart = control.chart.as_ref().unwrap();
    assert_eq!(chart.outside(), (vec![12], vec![]));
    // Sum over sum: (12 · 220 + 11 · 180 + 400) / 24,000; the ranges in use are all 0.04.
    let [phase] = limits(&control)[..] else { panic!("one phase") };
    close(phase.center, 5020.0 / 24_000.0);
    close(phase.points[0].upper - phase.center, 0.12 / 1.128);
}

#[test]
fn phases_begin_where_a_person_says_and_nowhere_else() {
    let level = |at: usize| if at < 10 { 200.0 } else { 500.0 };
    let months: Months = (0..20).map(|at| Some((level(at) + if at % 2 == 0 { 20.0 } else { -20.0 }, 1000.0))).collect();
    let towns = [(1, months.clone()), (2, months.clone()), (4, months)];
    let everywhere = [event(None, 10, "relaunch")];
    let undivided = &found(&towns, &everywhere, &[]).series[0];
    assert_eq!(undivided.chart.as_ref().unwrap().phases.len(), 1);
    assert!(undivided.chart.as_ref().unwrap().points().any(|p| !p.rules.is_empty()), "a jump stands out");
    let divided = found(&towns, &everywhere, &["relaunch"]);
    for control in &divided.series {
        let chart = control.chart.as_ref().unwrap();
        let begins: Vec<(usize, usize, usize)> =
            chart.phases.iter().map(|p| (p.from, p.until, p.kinds.len())).collect();
        assert_eq!(begins, [(0, 10, 0), (10, 20, 1)]);
        close(limits(control)[0].center, 0.2);
        close(limits(control)[1].center, 0.5);
        assert!(chart.points().all(|p| p.rules.is_empty()));
    }
    // Two towns of three begin a phase of the sum, one does not; its own series has one all the same.
    let phases = |events: &[Event]| -> Vec<usize> {
        let found = found(&towns, events, &["relaunch"]);
        found.series.iter().map(|c| c.chart.as_ref().unwrap().phases.len()).collect()
    };
    assert_eq!(phases(&[event(Some(1), 10, "relaunch"), event(Some(4), 10, "relaunch")]), [2, 2, 1, 2]);
    assert_eq!(phases(&[event(Some(1), 10, "relaunch"), event(Some(1), 10, "campaign")]), [1, 2, 1, 1]);
    // A phase of five months has no limits, the one before keeps its own.
    let late = found(&towns, &[event(None, 15, "relaunch")], &["relaunch"]);
    let results: Vec<bool> = late.series[0].chart.as_ref().unwrap().phases.iter().map(|p| p.result.is_ok()).collect();
    assert_eq!(results, [true, false]);
    let why = late.series[0].chart.as_ref().unwrap().phases[1].result.clone().unwrap_err();
    assert_eq!(why, ControlRefusal::FewMonths { found: 5, needed: 6 });
}

#[test]
fn a_sum_is_of_always_the_same_towns_and_a_gap_stays_a_gap() {
    let full = |online: f64| -> Months { (0..12).map(|at| Some((online + (at % 2) as f64, 100.0))).collect() };
    let mut towns = vec![(1, full(20.0)), (2, full(30.0)), (4, full(40.0)), (5, full(90.0)), (6, full(60.0))];
    // 4 leaves out a month, 5 goes online in the third, month 7 is missing nearly everywhere; 6 has no case in month 3
    // and more online than cases in month 8.
    towns[2].1[5] = None;
    towns[3].1[0] = Some((0.0, 80.0));
    towns[3].1[1] = Some((0.0, 80.0));
    (0..3).for_each(|town| towns[town].1[7] = None);
    towns[4].1[3] = Some((0.0, 0.0));
    let complete = found(&towns, &[], &[]);
    let all = &complete.series[0];
    assert_eq!((all.area, all.towns, all.known, all.first), (None, 3, 5, first()));
    let sums: Months = all.months.iter().map(|m| m.map(|s| (s.online, s.all))).collect();
    assert_eq!(sums[..4], [Some((110.0, 300.0)), Some((113.0, 300.0)), Some((110.0, 300.0)), Some((52.0, 200.0))]);
    assert_eq!((sums[5], sums[7], sums.len()), (Some((113.0, 300.0)), None, 12));
    let of = |controls: &Controls, area: u32| controls.series.iter().find(|c| c.area == Some(area)).unwrap().clone();
    assert_eq!((of(&complete, 5).first, of(&complete, 5).months.len()), (month(2), 10));
    assert_eq!(of(&complete, 6).months[3], None, "a month without a case has no share");
    let points: Vec<usize> = of(&complete, 4).chart.unwrap().points().map(|p| p.at).collect();
    assert_eq!(points, [0, 1, 2, 3, 4, 6, 8, 9, 10, 11]);
    towns[4].1[8] = Some((120.0, 100.0));
    let wrong = found(&towns, &[], &[]);
    assert_eq!((wrong.series[0].towns, of(&wrong, 6).months[8]), (2, None));
}

#[test]
fn a_series_begins_when_half_of_the_towns_are_online() {
    let from = |start: usize| -> Months {
        (0..20).map(|at| (at >= start).then_some((30.0 + (at % 3) as f64, 100.0))).collect()
    };
    let all = &found(&[(1, from(0)), (2, from(4)), (4, from(9)), (5, from(15))], &[], &[]).series[0];
    assert_eq!((all.first, all.towns, all.months.len()), (month(4), 2, 16));
}

#[test]
fn the_trend_by_hand() {
    // Every month lies 0.05 above the same one of the year before, ± 0.01 in turn. Mean 0.05; classical error
    // √(24 · 0.0001 / 23 / 24) = 0.01 / √23 (that of Newey and West is smaller, as signs alternate); t(0.975, 23) = 2.068658.
    let season = [0.2, 0.22, 0.24, 0.2, 0.18, 0.21, 0.23, 0.26, 0.22, 0.2, 0.19, 0.24];
    let value = |at: usize| {
        let each = if at.is_multiple_of(2) { 0.06 } else { 0.04 };
        season[at % 12] + each * (at / 12) as f64
    };
    let months: Vec<(f64, f64)> = (0..36).map(|at| (value(at) * 1e6, 1e6)).collect();
    let trend = only(&months).trend.unwrap();
    let se = 0.01 / 23f64.sqrt();
    close(trend.term.value, 0.05);
    close(trend.term.se, se);
    assert!((trend.term.lower - (0.05 - 2.068_658 * se)).abs() < 1e-8 && (trend.term.upper - trend.term.lower) > 0.0);
    assert!(trend.shown() && trend.months == 36);
    // Kendall within months: S = 12 · 3 = 36, variance 12 · 3 · 2 · 11 / 18 = 44, z = 35 / √44 = 5.2765, p = 1.32e-7: the larger one.
    assert!((trend.term.p / 1.317e-7 - 1.0).abs() < 0.01, "{}", trend.term.p);
    assert_eq!(only(&months[..35]).trend, Err(ControlRefusal::Gaps { found: 35, needed: 36 }));
}

#[test]
fn an_event_on_a_live_service_is_a_jump_and_another_slope() {
    // Before 0.2 and 0.002 more every month; from month 18 on 0.1 more and 0.003 more every month on top.
    let noise = |at: usize| ((at * at * 7) % 13) as f64 / 1e7;
    let value = |at: usize| {
        let after = if at >= 18 { 0.1 + 0.003 * (at - 17) as f64 } else { 0.0 };
        0.2 + 0.002 * at as f64 + after + noise(at)
    };
    let months: Months = (0..36).map(|at| Some((value(at) * 1e6, 1e6))).collect();
    let plain: Months = (0..36).map(|at| Some((2e5 + (at % 5) as f64 * 100.0, 1e6))).collect();
    let events = [
        event(Some(1), 18, "training"),
        event(Some(1), 18, "campaign"),
        event(Some(1), 20, "outage"),
        event(Some(1), 30, "campaign"),
        event(Some(1), 0, "participation"),
        event(Some(9), 18, "campaign"),
        Event { service: Some(4), ..event(Some(1), 19, "campaign") },
        Event { service: None, ..event(None, 12, "campaign") },
    ];
    let found = found(&[(1, months), (2, plain)], &events, &[]);
    let seen: Vec<(Option<u32>, Month, Vec<String>)> =
        found.events.iter().map(|e| (e.area, e.month, e.kinds.clone())).collect();
    let kinds = |list: &[&str]| list.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        seen,
        [
            (None, month(12), kinds(&["campaign"])),
            (Some(1), month(18), kinds(&["campaign", "training"])),
            (Some(1), month(30), kinds(&["campaign"])),
        ]
    );
    let result = found.events[1].result.unwrap();
    assert_eq!((result.before, result.after), (18, 18));
    assert!((result.level.value - 0.1).abs() < 1e-5 && (result.slope.value - 0.003).abs() < 1e-6, "{result:?}");
    assert!(result.level.shown() && result.level.lower < result.level.value && result.level.p < 0.001);
    assert_eq!(found.events[2].result, Err(ControlRefusal::Sides { before: 30, after: 6, needed: 12 }));
    // Online since the third month: the year after that is growth, and four months are left before the event.
    let months: Months = (0..36).map(|at| Some((value(at) * 1e6, 1e6))).collect();
    let launched = |_, _| Some(month(2));
    let span = (first(), month(35));
    let young = controls(ControlPlan::default(), 0, &table(&[(1, months)]), span, &events[..1], &launched);
    assert_eq!(young.events[0].result, Err(ControlRefusal::Sides { before: 4, after: 18, needed: 12 }));
}

#[test]
fn a_jump_is_a_candidate_and_not_a_phase() {
    let months: Vec<(f64, f64)> =
        (0..24).map(|at| (if at < 14 { 200.0 } else { 300.0 } + (at % 3) as f64, 1000.0)).collect();
    let control = only(&months);
    let [candidate] = control.candidates[..] else { panic!("{:?}", control.candidates) };
    assert_eq!((control.month(candidate.at), candidate.months), (month(14), 24));
    // Means of 200.9286 and 301.1 (by hand: 14 months with 0 1 2 ... sum to 13, ten from 2 0 1 ... to 11).
    close(candidate.change, (3011.0 / 10.0 - 2813.0 / 14.0) / 1000.0);
    assert!(candidate.between.is_some_and(|(a, b)| a <= 14 && 14 <= b));
    assert_eq!(control.chart.unwrap().phases.len(), 1);
}

#[test]
fn what_shows_nothing_is_refused_with_its_reason() {
    let flat = |n: usize, online: f64| only(&vec![(online, 100.0); n]);
    let few = |mean, online| ControlRefusal::FewCases { mean, online };
    assert_eq!(flat(5, 30.0).chart, Err(ControlRefusal::FewMonths { found: 5, needed: 6 }));
    assert_eq!(flat(12, 4.0).chart, Err(few(4.0, true)));
    assert_eq!(flat(12, 97.0).chart, Err(few(3.0, false)));
    assert_eq!(flat(12, 97.0).trend, Err(few(3.0, false)));
    // Months that do not differ at all: the limits are those of chance, and there is no trend to test.
    let same = flat(40, 30.0);
    assert!(same.chart.as_ref().unwrap().points().all(|p| !p.rules.contains(&Rule::Beyond3Sigma) && p.upper > 0.3));
    assert!(matches!(same.trend, Err(ControlRefusal::Method(SeriesRefusal::Constant))) && same.candidates.is_empty());
    // No town with every month: the sum has nothing to add up, and no value is made up for it.
    let lacks = |gap: usize| (0..12).map(|at| (at != gap).then_some((30.0, 100.0))).collect::<Vec<_>>();
    let none = found(&[(1, lacks(3)), (2, lacks(5)), (4, lacks(8))], &[], &[]);
    assert_eq!((none.series[0].towns, none.series[0].chart.clone()), (0, Err(ControlRefusal::NoTowns)));
    assert!(none.series[0].months.iter().all(Option::is_none));
    assert_eq!(controls(ControlPlan::default(), 0, &table(&[]), (first(), month(9)), &[], &|_, _| None).series, []);
}

#[test]
fn kinds_that_no_event_can_have_are_refused() {
    let spec = |kinds: &[&str]| ControlSpec { phase_events: kinds.iter().map(|k| (*k).to_owned()).collect() }.check();
    assert!(spec(&[]).is_ok() && spec(&["relaunch", "milestone"]).is_ok());
    assert!(spec(&[" "]).is_err() && spec(&["relaunch", "relaunch"]).is_err());
}
