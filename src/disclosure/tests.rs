//! Attacks on releases of random panels.
//!
//! The attacker knows the mask, the register and which numbers were delivered, and reads every
//! number of every published table. What a published number says about the delivered ones is found
//! by changing one of them and evaluating again under the same mask, so that the attack shares no
//! code with the defence.

mod many;

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::mask::Mask;
use super::release::masked;
use super::*;
use crate::compare::{ComparisonSpec, PeerSet};
use crate::domain::{
    ALL_SERVICES, Aggregation, CellState, Channel, Estimate, EstimateKey, EstimateState, EstimateTable, Month, Period,
    Stage,
};
use crate::ingest::{
    Area, Catalogue, Event, Fact, FeedbackPlace, Findings, Measure, Records, Register, Scale, Service, WorkItem,
};
use crate::kpi::{self, CATALOGUE, Evaluation, Everything, Periods, Shown, Span, Unit};
use crate::panel::{GroupSpec, Panel, SizeClasses, Units};

/// How large the random panels are.
#[derive(Clone, Copy)]
struct Size {
    towns: u32,
    services: u32,
    months: u32,
    largest: i64,
    feedback: bool,
    /// Working times of the very cases that are counted.
    work: bool,
}

/// A random project: towns in a few Kreise of one or two Länder, small numbers, gaps.
fn records(rng: &mut ChaCha8Rng, size: Size) -> Records {
    let areas = (0..size.towns).map(|i| {
        let (land, kreis) = (1 + rng.random_range(0..2), 1 + rng.random_range(0..2));
        Area {
            key: format!("9{land}00{kreis}{i:03}"),
            name: format!("Ort {i}"),
            population: Some([0, 900, 1_500, 6_000, 30_000][rng.random_range(0..5)]),
            land: format!("9{land}"),
            kreis: format!("9{land}00{kreis}"),
            ..Area::default()
        }
    });
    let register = Register::new(areas.collect());
    let services =
        (0..size.services).map(|i| Service { key: format!("S{i}"), name: format!("Dienst {i}"), ..Service::default() });
    let catalogue = Catalogue::new(services.collect());
    let mut facts = Vec::new();
    let yearly = rng.random_bool(0.1);
    for area in 0..size.towns {
        let scale = [1, 1, 2, 5, 30][rng.random_range(0..5)] * size.largest;
        for service in 0..size.services {
            if rng.random_bool(0.1) {
                continue;
            }
            for month in 0..size.months {
                let start = Month::new(2024, 1).unwrap().plus(i32::try_from(month).unwrap());
                let mut add = |rng: &mut ChaCha8Rng, measure: Measure, period: Period, missing: f64| {
                    let state = if rng.random_bool(missing) { CellState::NotProvided } else { CellState::Observed };
                    let value = if state == CellState::Observed { rng.random_range(0..=scale) } else { 0 };
                    facts.push(Fact { area, service, period, measure, state, value, source: 0 });
                };
                let count = |channel| Measure::Count(Stage::FormSubmit, channel);
                add(rng, count(Channel::Online), Period::month(start), 0.05);
                if !(yearly && area % 2 == 0) {
                    add(rng, count(Channel::Paper), Period::month(start), 0.05);
                } else if month == 0 {
                    add(rng, count(Channel::Paper), Period::span(start, 12), 0.0);
                }
                if size.work && !yearly && area % 4 != 3 {
                    for channel in [Channel::Online, Channel::Paper] {
                        let counted = facts.iter().rev().find(|f| f.measure == count(channel)).copied().unwrap();
                        let item = |item, value| Fact { measure: Measure::Work(item, channel), value, ..counted };
                        let seen = i64::from(counted.state == CellState::Observed);
                        let minutes = seen * rng.random_range(0..=40 * counted.value + 9);
                        let queries = seen * rng.random_range(0..=scale);
                        facts.push(item(WorkItem::Cases, counted.value));
                        facts.push(item(WorkItem::HandlingMinutes, minutes));
                        facts.push(item(WorkItem::Queries, queries));
                    }
                    continue;
                }
                if size.feedback && rng.random_bool(0.5) {
                    add(rng, Measure::Feedback(FeedbackPlace::FormEnd, Scale::Binary, 1), Period::month(start), 0.0);
                    add(rng, Measure::Feedback(FeedbackPlace::FormEnd, Scale::Binary, 3), Period::month(start), 0.0);
                }
            }
        }
    }
    let event = Event {
        area: Some(0),
        service: None,
        kind: "participation".into(),
        from: Month::new(2023, 1).unwrap().first_day(),
        to: None,
        cost: None,
        label: String::new(),
    };
    Records {
        register,
        catalogue,
        facts,
        events: vec![event],
        sources: vec![("u".into(), Default::default())],
        ..Records::default()
    }
}

fn results(records: Records, months: u16) -> Results {
    let panel = Panel::build(&records).unwrap();
    let classes = SizeClasses::new(vec![1_000, 5_000]).unwrap();
    let of_group = records.register.areas().iter().take(3).map(|a| a.key.clone()).collect();
    let group = GroupSpec { name: "g".into(), title: "G".into(), areas: of_group };
    let units = Units::build(&records.register, &classes, &[group], Lang::De).unwrap();
    let (first, last) = panel.span.unwrap();
    let periods = Periods::new(last, months, first);
    let evaluation = kpi::evaluate(&panel, &records.register, &units, &periods);
    let spec = ComparisonSpec::by_size_class(Lang::De);
    let set = PeerSet::build(0, &spec, &records.register, &panel, &classes).unwrap().unwrap();
    let event = ComparisonSpec { event: Some("participation".into()), by: None, name: "mit".into(), ..spec.clone() };
    Results {
        findings: Findings::default(),
        panel,
        units,
        periods,
        evaluation,
        comparisons: vec![spec, event],
        peers: vec![(set, Vec::new())],
        arms: vec![(1, Vec::new())],
        ladders: crate::compare::Ladders::default(),
        methods: Vec::new(),
        funnels: Vec::new(),
        controls: crate::compare::Controls::default(),
        surveys: Vec::new(),
        protection: None,
        records,
    }
}

/// The numbers that were delivered, as unknowns of the attacker.
fn unknowns(records: &Records) -> Vec<usize> {
    (0..records.facts.len()).filter(|&i| records.facts[i].state == CellState::Observed).collect()
}

fn rows(evaluation: &Evaluation) -> BTreeMap<(u8, EstimateKey), Estimate> {
    let of = |number: u8, table: &EstimateTable| table.iter().map(|(k, e)| ((number, k), e)).collect::<Vec<_>>();
    [of(1, &evaluation.periods), of(2, &evaluation.quarters), of(3, &evaluation.months)].into_iter().flatten().collect()
}

/// A release and what the attacker can find out about it.
struct Case {
    results: Results,
    spec: DisclosureSpec,
    mask: Mask,
    shown: BTreeMap<(u8, EstimateKey), Estimate>,
    /// Everything as it is, in the same rows.
    truth: BTreeMap<(u8, EstimateKey), Estimate>,
    unknowns: Vec<usize>,
    /// Per unknown the rows of `truth` with one more of it.
    changed: Vec<BTreeMap<(u8, EstimateKey), Estimate>>,
    /// Per unknown the published rows with one more of it.
    told: Vec<BTreeMap<(u8, EstimateKey), Estimate>>,
}

fn with(results: &Results, changes: &[(usize, i64)]) -> Results {
    let mut records = results.records.clone();
    for &(at, by) in changes {
        records.facts[at].value += by;
    }
    Results { panel: Panel::build(&records).unwrap(), records, ..results.clone() }
}

fn evaluated(results: &Results, shown: &dyn Shown) -> BTreeMap<(u8, EstimateKey), Estimate> {
    let Results { panel, records, units, periods, .. } = results;
    let sheets = kpi::sums(panel, &records.register, periods, true);
    rows(&kpi::estimates(&sheets, panel, &records.register, units, shown))
}

impl Case {
    fn new(results: Results) -> Self {
        let spec = DisclosureSpec::default();
        let Results { panel, records, units, periods, .. } = &results;
        let sheets = kpi::sums(panel, &records.register, periods, true);
        let mask = Mask::find(panel, &records.register, units, periods, &sheets, spec.minimum);
        let unknowns = unknowns(records);
        let one_more: Vec<Results> = unknowns.iter().map(|&at| with(&results, &[(at, 1)])).collect();
        Self {
            shown: evaluated(&results, &mask),
            truth: evaluated(&results, &Everything),
            changed: one_more.iter().map(|r| evaluated(r, &Everything)).collect(),
            told: one_more.iter().map(|r| evaluated(r, &mask)).collect(),
            unknowns,
            mask,
            spec,
            results,
        }
    }

    /// What one more of each unknown adds to a number of a row.
    fn form(
        &self,
        changed: &[BTreeMap<(u8, EstimateKey), Estimate>],
        key: &(u8, EstimateKey),
        now: f64,
        of: Quantity,
    ) -> Vec<i64> {
        changed.iter().map(|rows| (rows.get(key).and_then(of).unwrap_or(now) - now) as i64).collect()
    }

    /// Every published sum as an equation over the unknowns.
    fn equations(&self) -> Vec<Vec<i64>> {
        let mut out = Vec::new();
        for (key, e) in &self.shown {
            for of in QUANTITIES {
                if let Some(now) = of(e).filter(|_| counts(key.1.kpi, of)) {
                    out.push(self.form(&self.told, key, now, of));
                }
            }
        }
        out.retain(|form| form.iter().any(|&x| x != 0));
        out.sort();
        out.dedup();
        out
    }

    /// The hidden numbers: name, value, and what it is made of.
    fn hidden(&self) -> Vec<(String, f64, Vec<i64>)> {
        let mut out = Vec::new();
        let hidden = self
            .shown
            .iter()
            .filter(|(k, e)| e.state == EstimateState::Suppressed && k.1.aggregation != Aggregation::MeanOfRatios);
        for (key, _) in hidden {
            let truth = &self.truth[key];
            for (name, of) in [("numerator", QUANTITIES[0]), ("denominator", QUANTITIES[1]), ("rest", rest as Quantity)]
            {
                let share = CATALOGUE[usize::from(key.1.kpi)].unit == Unit::Share;
                if let Some(now) = of(truth).filter(|_| counts(key.1.kpi, of) && (name != "rest" || share)) {
                    let form = self.form(&self.changed, key, now, of);
                    if self.open_elsewhere(key, &form) {
                        continue;
                    }
                    let text = format!("{} {} of {:?} ({})", key.0, name, key.1, CATALOGUE[usize::from(key.1.kpi)].id);
                    out.push((text, now, form));
                }
            }
        }
        out.retain(|(_, _, form)| form.iter().any(|&x| x != 0));
        out
    }

    /// A row made of votes and cases is hidden for the sake of one of them; the other may be shown.
    fn open_elsewhere(&self, key: &(u8, EstimateKey), form: &[i64]) -> bool {
        let first = form.iter().position(|&x| x != 0);
        let measure = first.map(|i| self.results.records.facts[self.unknowns[i]].measure);
        let (unit, service, period) = (key.1.unit, key.1.service, key.1.period);
        if service == ALL_SERVICES {
            return CATALOGUE[usize::from(key.1.kpi)].id.starts_with("response_rate");
        }
        let span = [Span::Period, Span::Quarter, Span::Month][usize::from(key.0) - 1];
        measure.is_some_and(|m| self.mask.open(m, key.1.kpi, span, unit, service, period))
    }

    /// What follows if the cases worked on are taken for the cases counted.
    fn same_cases(&self) -> Vec<Vec<i64>> {
        let fact = |i: usize| &self.results.records.facts[self.unknowns[i]];
        let n = self.unknowns.len();
        let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).filter(|&(i, j)| {
            let (one, two) = (fact(i), fact(j));
            let same = (one.area, one.service, one.period) == (two.area, two.service, two.period);
            match (one.measure, two.measure) {
                (Measure::Work(WorkItem::Cases, a), Measure::Count(_, b)) => same && a == b,
                _ => false,
            }
        });
        pairs.map(|(i, j)| (0..n).map(|k| i64::from(k == i) - i64::from(k == j)).collect()).collect()
    }

    fn tables(&self, results: Results) -> Vec<crate::publish::Table> {
        let sheets = kpi::sums(&results.panel, &results.records.register, &results.periods, true);
        let value = masked(results, &sheets, &self.mask, &self.spec);
        crate::report::tables::published(&Protected { value, audience: Audience::Public }).unwrap()
    }
}

type Quantity = fn(&Estimate) -> Option<f64>;
const QUANTITIES: [Quantity; 2] = [|e| e.numerator, |e| e.denominator];

fn rest(e: &Estimate) -> Option<f64> {
    Some(e.denominator? - e.numerator?)
}

/// Inhabitants are no secret, and minutes or stars no cases.
fn counts(kpi: u16, of: Quantity) -> bool {
    let probe = Estimate { numerator: Some(1.0), denominator: Some(5.0), ..Estimate::absent(EstimateState::Computed) };
    of(&probe) != Some(5.0) || CATALOGUE[usize::from(kpi)].unit != Unit::PerThousand
}

/// A prime so large that no small determinant is a multiple of it.
const P: i128 = (1 << 61) - 1;

fn inverse(x: i128) -> i128 {
    let (mut base, mut exponent, mut out) = (x.rem_euclid(P), P - 2, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = out * base % P;
        }
        base = base * base % P;
        exponent >>= 1;
    }
    out
}

/// Equations in reduced form, each with the column that it solves for.
struct Solved(Vec<(usize, Vec<i128>)>);

impl Solved {
    fn of(equations: &[Vec<i64>]) -> Self {
        let mut solved = Self(Vec::new());
        for equation in equations {
            let mut row = solved.reduce(equation);
            let Some(pivot) = row.iter().position(|&x| x != 0) else { continue };
            let factor = inverse(row[pivot]);
            row.iter_mut().for_each(|x| *x = *x * factor % P);
            for (_, other) in &mut solved.0 {
                let factor = other[pivot];
                if factor != 0 {
                    other.iter_mut().zip(&row).for_each(|(x, y)| *x = (*x - factor * y).rem_euclid(P));
                }
            }
            solved.0.push((pivot, row));
        }
        solved
    }

    fn reduce(&self, form: &[i64]) -> Vec<i128> {
        let mut row: Vec<i128> = form.iter().map(|&x| i128::from(x).rem_euclid(P)).collect();
        for (pivot, other) in &self.0 {
            let factor = row[*pivot];
            if factor != 0 {
                row.iter_mut().zip(other).for_each(|(x, y)| *x = (*x - factor * y).rem_euclid(P));
            }
        }
        row
    }

    fn determines(&self, form: &[i64]) -> bool {
        self.reduce(form).iter().all(|&x| x == 0)
    }

    /// A change of the unknowns that no equation notices, moving `free` by one.
    fn unnoticed(&self, free: usize, n: usize) -> Vec<i128> {
        let mut out = vec![0; n];
        out[free] = 1;
        for (pivot, row) in &self.0 {
            let x = (-row[free]).rem_euclid(P);
            out[*pivot] = if x > P / 2 { x - P } else { x };
        }
        out
    }
}

fn attack(seed: u64, size: Size, months: u16) -> (usize, usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let records = records(&mut rng, size);
    if unknowns(&records).is_empty() {
        return (0, 0);
    }
    let case = Case::new(results(records, months));
    let solved = Solved::of(&case.equations());
    let hidden = case.hidden();
    for (name, value, form) in &hidden {
        assert!(!solved.determines(form), "seed {seed}: {name} = {value} can be computed");
    }
    let mut tried = 0;
    let base = case.tables(case.results.clone());
    let pivots: Vec<usize> = solved.0.iter().map(|(pivot, _)| *pivot).collect();
    for free in (0..case.unknowns.len()).filter(|i| !pivots.contains(i)).take(4) {
        let change = solved.unnoticed(free, case.unknowns.len());
        let value = |i: usize| i128::from(case.results.records.facts[case.unknowns[i]].value);
        for sign in [1, -1] {
            // A zero that becomes positive may open a row that was not there before.
            let fits =
                |i: usize| change[i] == 0 || (change[i].abs() <= 3 && value(i) > 0 && value(i) + sign * change[i] > 0);
            if !(0..change.len()).all(fits) {
                continue;
            }
            let changes: Vec<(usize, i64)> = (0..change.len())
                .filter(|&i| change[i] != 0)
                .map(|i| (case.unknowns[i], i64::try_from(sign * change[i]).unwrap()))
                .collect();
            let other = case.tables(with(&case.results, &changes));
            for (one, two) in base.iter().zip(&other) {
                assert!(one == two, "seed {seed}: table {} tells {changes:?} apart", one.name());
            }
            tried += 1;
        }
    }
    (hidden.len(), tried)
}

#[test]
fn working_times_of_groups_are_shown_and_tell_no_hidden_number() {
    let minutes = kpi::number("handling_minutes.online");
    let active = kpi::number("active_share");
    let found: Vec<(usize, usize)> = (0..24u64)
        .into_par_iter()
        .map(|seed| {
            let size = Size {
                towns: 7 + (seed % 6) as u32,
                services: 1,
                months: 3,
                largest: 1 + (seed % 4) as i64,
                feedback: false,
                work: true,
            };
            let records = records(&mut ChaCha8Rng::seed_from_u64(seed), size);
            let case = Case::new(results(records, [3, 6][(seed % 2) as usize]));
            let of_groups = case.shown.iter().filter(|((_, key), e)| {
                key.kpi == minutes && key.aggregation == Aggregation::RatioOfSums && e.state == EstimateState::Computed
            });
            let groups: Vec<_> = of_groups.collect();
            for ((_, key), e) in groups.iter().filter(|((_, key), _)| key.service != ALL_SERVICES) {
                assert!(e.n >= 5 && e.denominator >= Some(10.0), "seed {seed}: {key:?} rests on {e:?}");
            }
            let told = Solved::of(&case.equations());
            let same_cases = case.same_cases();
            let assumed = Solved::of(&case.equations().into_iter().chain(same_cases).collect::<Vec<_>>());
            let hidden = case.hidden();
            for (name, value, form) in &hidden {
                assert!(!told.determines(form), "seed {seed}: {name} = {value} can be computed");
                let measures = (0..form.len()).filter(|&i| form[i] != 0);
                let worked_on = |i: usize| {
                    matches!(case.results.records.facts[case.unknowns[i]].measure, Measure::Work(WorkItem::Cases, _))
                };
                // The cases worked on may follow from those counted, if these are shown.
                if !measures.into_iter().any(worked_on) {
                    assert!(!assumed.determines(form), "seed {seed}: {name} = {value} follows from the same cases");
                }
            }
            let own = case.shown.iter().filter(|((table, key), e)| {
                *table == 1
                    && key.kpi == kpi::number("online_share")
                    && key.aggregation == Aggregation::Own
                    && key.service != ALL_SERVICES
                    && e.state == EstimateState::Suppressed
            });
            for ((_, key), _) in own {
                let told = case.mask.shown(active, Span::Period, key.unit, ALL_SERVICES, key.period);
                assert!(!told, "seed {seed}: whether {key:?} is zero is told");
            }
            (groups.len(), hidden.len())
        })
        .collect();
    let shown: usize = found.iter().map(|(groups, _)| groups).sum();
    let hidden: usize = found.iter().map(|(_, hidden)| hidden).sum();
    assert!(shown > 10 && hidden > 500, "{shown} shown, {hidden} hidden");
}

/// Panels of many shapes, attacked on all cores.
fn attack_many(seeds: std::ops::Range<u64>) -> (usize, usize) {
    seeds
        .into_par_iter()
        .map(|seed| {
            let size = Size {
                towns: 2 + (seed % 7) as u32,
                services: 1 + (seed % 2) as u32,
                months: 3 + (seed % 5) as u32,
                largest: 1 + (seed % 4) as i64,
                feedback: seed.is_multiple_of(5),
                work: false,
            };
            attack(seed, size, [3, 6, 6, 12][(seed % 4) as usize])
        })
        .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

#[test]
fn linear_algebra_over_everything_published_finds_no_hidden_number() {
    let (hidden, tried) = attack_many(0..60);
    assert!(hidden > 5_000 && tried > 20, "{hidden} hidden numbers, {tried} releases compared");
}

#[test]
#[ignore = "some minutes: thousands of panels"]
fn attack_on_thousands_of_panels() {
    let (hidden, tried) = attack_many(1_000..1_500);
    println!("{hidden} hidden numbers, {tried} releases compared");
    assert!(hidden > 50_000 && tried > 100);
}

/// Every panel that agrees with the release, for panels so small that all can be tried.
#[test]
fn no_other_search_finds_a_hidden_small_number_either() {
    let mut small = 0;
    for seed in 0..400 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let size = Size {
            towns: 2 + (seed % 3) as u32,
            services: 1,
            months: 1 + (seed % 2) as u32,
            largest: 1,
            feedback: false,
            work: false,
        };
        let mut records = records(&mut rng, size);
        for fact in &mut records.facts {
            fact.value = fact.value.min(4);
        }
        if unknowns(&records).is_empty() || unknowns(&records).len() > 6 {
            continue;
        }
        let case = Case::new(results(records, 2));
        let equations = case.equations();
        let now: Vec<i64> = case.unknowns.iter().map(|&at| case.results.records.facts[at].value).collect();
        let agreeing = agreeing(&equations, &now, 6);
        let minimum = case.spec.minimum as f64;
        for (name, value, form) in case.hidden().into_iter().filter(|(_, v, _)| *v > 0.0 && *v < minimum) {
            let sum = |panel: &[i64]| panel.iter().zip(&form).map(|(x, f)| x * f).sum::<i64>();
            assert!(
                agreeing.iter().any(|panel| sum(panel) != sum(&now)),
                "seed {seed}: {name} = {value} is the only possibility among {} panels",
                agreeing.len()
            );
            small += 1;
        }
    }
    assert!(small > 200, "{small}");
}

/// All panels of numbers from 0 to `most` for which every equation has the value that it has `now`.
fn agreeing(equations: &[Vec<i64>], now: &[i64], most: i64) -> Vec<Vec<i64>> {
    let dot = |form: &[i64], panel: &[i64]| form.iter().zip(panel).map(|(f, x)| f * x).sum::<i64>();
    let targets: Vec<i64> = equations.iter().map(|form| dot(form, now)).collect();
    let mut found = Vec::new();
    let mut panel = vec![0; now.len()];
    fn search(
        at: usize,
        panel: &mut Vec<i64>,
        most: i64,
        equations: &[Vec<i64>],
        targets: &[i64],
        found: &mut Vec<Vec<i64>>,
    ) {
        let known = |form: &[i64]| form[at..].iter().all(|&f| f == 0);
        let sum = |form: &[i64]| form[..at].iter().zip(&panel[..at]).map(|(f, x)| f * x).sum::<i64>();
        if equations.iter().zip(targets).any(|(form, &target)| known(form) && sum(form) != target) {
            return;
        }
        if at == panel.len() {
            found.push(panel.clone());
            return;
        }
        for value in 0..=most {
            panel[at] = value;
            search(at + 1, panel, most, equations, targets, found);
        }
        panel[at] = 0;
    }
    search(0, &mut panel, most, equations, &targets, &mut found);
    found
}
