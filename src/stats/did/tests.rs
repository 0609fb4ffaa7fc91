#![allow(clippy::unwrap_used)]

use super::*;
use crate::stats::random::Random;
use crate::stats::testing::close;
use proptest::prelude::*;

/// A table in long form that owns its columns.
#[derive(Default, Clone)]
struct Long {
    unit: Vec<usize>,
    time: Vec<f64>,
    cohort: Vec<f64>,
    outcome: Vec<f64>,
    covariates: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    cluster: Option<Vec<usize>>,
}

impl Long {
    fn push(&mut self, unit: usize, time: f64, cohort: f64, outcome: f64) {
        self.unit.push(unit);
        self.time.push(time);
        self.cohort.push(cohort);
        self.outcome.push(outcome);
    }

    /// One unit in periods 1, 2, ... with its outcomes.
    fn unit(&mut self, unit: usize, cohort: f64, outcomes: &[f64]) {
        outcomes.iter().enumerate().for_each(|(t, y)| self.push(unit, t as f64 + 1.0, cohort, *y));
    }

    fn fit(&self, design: &Design, bootstrap: Option<(usize, u64)>) -> Result<Fit, DidRefusal> {
        let covariates: Vec<&[f64]> = self.covariates.iter().map(Vec::as_slice).collect();
        let rows = Rows {
            unit: &self.unit,
            time: &self.time,
            cohort: &self.cohort,
            outcome: &self.outcome,
            covariates: &covariates,
            weights: self.weights.as_deref(),
            cluster: self.cluster.as_deref(),
        };
        fit(&rows, design, &Inference { level: 0.95, bootstrap })
    }

    fn refusal(&self, design: &Design) -> DidRefusal {
        self.fit(design, None).unwrap_err()
    }

    fn reordered(&self, order: &[usize]) -> Self {
        fn pick<T: Copy>(column: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|at| column[*at]).collect()
        }
        Self {
            unit: pick(&self.unit, order),
            time: pick(&self.time, order),
            cohort: pick(&self.cohort, order),
            outcome: pick(&self.outcome, order),
            covariates: self.covariates.iter().map(|c| pick(c, order)).collect(),
            weights: self.weights.as_ref().map(|w| pick(w, order)),
            cluster: self.cluster.as_ref().map(|c| pick(c, order)),
        }
    }
}

const PLAIN: Design = Design {
    method: Method::Dr,
    control: Control::Never,
    base: Base::Varying,
    anticipation: 0,
    sampling: Sampling::Panel,
};
const METHODS: [Method; 3] = [Method::Dr, Method::Reg, Method::Ipw];
const TREATED: [f64; 3] = [1.0, 2.0, 3.0];
const CONTROLS: [f64; 5] = [0.0, 0.0, 1.0, 1.0, 3.0];

/// Two periods, changes by hand.
fn two_periods() -> Long {
    let mut long = Long::default();
    for (unit, change) in TREATED.iter().enumerate() {
        long.unit(unit, 2.0, &[10.0 * unit as f64, 10.0 * unit as f64 + change]);
    }
    for (unit, change) in CONTROLS.iter().enumerate() {
        long.unit(10 + unit, 0.0, &[unit as f64, unit as f64 + change]);
    }
    long
}

/// Cohorts 3, 5 and never over six periods, with one covariate, from a seed.
fn staggered(seed: u64, units: usize) -> Long {
    let mut random = Random::new(seed, 0);
    let mut long = Long { covariates: vec![Vec::new()], ..Long::default() };
    for unit in 0..units {
        let x = random.normal();
        let cohort = [0.0, 3.0, 5.0][(unit + usize::from(random.uniform() < 0.3)) % 3];
        let level = random.normal();
        for t in 1..=6 {
            let time = f64::from(t);
            let effect = if cohort > 0.0 && time >= cohort { 1.0 + 0.2 * (time - cohort) } else { 0.0 };
            long.push(unit, time, cohort, level + 0.1 * time * x + effect + 0.5 * random.normal());
            long.covariates[0].push(x);
        }
    }
    long
}

#[test]
fn two_groups_in_two_periods_by_hand() {
    // Changes: mean 2 and sum of squares 2 among 3, mean 1 and sum of squares 6 among 5.
    let se = (2.0 / 9.0f64 + 6.0 / 25.0).sqrt();
    for method in METHODS {
        let fit = two_periods().fit(&Design { method, ..PLAIN }, None).unwrap();
        let effect = &fit.effects[0];
        close(effect.value.unwrap(), 1.0, 1e-13);
        close(effect.se.unwrap(), se, 1e-12);
        assert_eq!((effect.treated, effect.controls, effect.post, effect.base), (3, 5, true, 1.0));
        for aggregate in
            [&fit.aggregates.simple, &fit.aggregates.dynamic, &fit.aggregates.group, &fit.aggregates.calendar]
        {
            close(aggregate.overall.unwrap().value, 1.0, 1e-13);
            close(aggregate.overall.unwrap().se.unwrap(), se, 1e-12);
        }
        assert_eq!(fit.pretest, Err(NoPretest::NoneBefore));
    }
}

#[test]
fn cross_sections_in_two_periods_by_hand() {
    // Means 2 and 11 of the treated (sums of squares 2 and 2), 1 and 4 of controls (2 and 4 over 4).
    let mut long = Long::default();
    for (time, cohort, outcomes) in [
        (1.0, 2.0, &[1.0, 2.0, 3.0][..]),
        (2.0, 2.0, &[10.0, 12.0]),
        (1.0, 0.0, &[0.0, 1.0, 2.0, 1.0, 1.0]),
        (2.0, 0.0, &[3.0, 5.0, 5.0, 3.0]),
    ] {
        outcomes.iter().for_each(|y| long.push(0, time, cohort, *y));
    }
    let se = (2.0 / 9.0f64 + 2.0 / 4.0 + 2.0 / 25.0 + 4.0 / 16.0).sqrt();
    for method in METHODS {
        let fit = long.fit(&Design { method, sampling: Sampling::CrossSections, ..PLAIN }, None).unwrap();
        close(fit.effects[0].value.unwrap(), 6.0, 1e-13);
        close(fit.effects[0].se.unwrap(), se, 1e-12);
        assert_eq!((fit.units, fit.rows), (14, 14));
    }
}

#[test]
fn a_covariate_of_two_values_is_stratification() {
    // Within strata: treated changes (4, 6) and (1), controls (1, 2, 3) and (0, 2).
    let mut long = Long { covariates: vec![Vec::new()], ..Long::default() };
    let strata = [(0.0, &[4.0, 6.0][..], &[1.0, 2.0, 3.0][..]), (1.0, &[1.0], &[0.0, 2.0, 1.0])];
    let mut unit = 0;
    for (x, treated, controls) in strata {
        for (cohort, changes) in [(2.0, treated), (0.0, controls)] {
            for change in changes {
                long.unit(unit, cohort, &[5.0, 5.0 + change]);
                long.covariates[0].extend([x, x]);
                unit += 1;
            }
        }
    }
    // Controls change by 2 and 1: differences 2, 4, 0 have mean 2 and sum of squares 8.
    let value = 2.0;
    let se = (8.0 / 9.0f64 + (2.0f64 / 3.0).powi(2) * 2.0 / 9.0 + (1.0f64 / 3.0).powi(2) * 2.0 / 9.0).sqrt();
    for method in METHODS {
        let design = Design { method, ..PLAIN };
        let fit = long.fit(&design, None).unwrap();
        close(fit.effects[0].value.unwrap(), value, 1e-10);
        close(fit.effects[0].se.unwrap(), se, 1e-10);
        // In cross-sections every unit has the same covariate in both periods: the value is the same.
        let sections = long.fit(&Design { sampling: Sampling::CrossSections, ..design }, None);
        close(sections.unwrap().effects[0].value.unwrap(), value, 1e-10);
    }
}

#[test]
fn bases_and_anticipation() {
    let long = staggered(1, 60);
    let bases = |design: &Design| -> Vec<(f64, f64, f64)> {
        long.fit(design, None).unwrap().effects.iter().map(|e| (e.group, e.time, e.base)).collect()
    };
    let varying = bases(&PLAIN);
    assert_eq!(varying.len(), 10);
    assert_eq!(varying[..5], [(3.0, 2.0, 1.0), (3.0, 3.0, 2.0), (3.0, 4.0, 2.0), (3.0, 5.0, 2.0), (3.0, 6.0, 2.0)]);
    let universal = bases(&Design { base: Base::Universal, ..PLAIN });
    assert_eq!(universal.len(), 12);
    assert!(universal.iter().all(|(g, _, base)| *base == g - 1.0));
    // Cohort 3 with two periods of anticipation could react from the first period on.
    let early = long.fit(&Design { anticipation: 2, ..PLAIN }, None).unwrap();
    assert_eq!(early.left.always_treated, early.cohorts.first().map_or(0, |_| 60 - early.units));
    let bases: Vec<(f64, f64)> = early.effects.iter().map(|e| (e.time, e.base)).collect();
    assert_eq!(bases, [(2.0, 1.0), (3.0, 2.0), (4.0, 2.0), (5.0, 2.0), (6.0, 2.0)]);
    assert_eq!(early.pretest.unwrap().df, 1);
}

#[test]
fn the_universal_base_is_zero_without_an_error() {
    let fit = staggered(2, 60).fit(&Design { base: Base::Universal, ..PLAIN }, None).unwrap();
    let base: Vec<&Effect> = fit.effects.iter().filter(|e| e.time == e.base).collect();
    assert_eq!(base.len(), 2);
    assert!(base.iter().all(|e| e.value == Some(0.0) && e.se.is_none()));
    let before = fit.aggregates.dynamic.by.iter().find(|(key, _)| *key == -1.0).unwrap();
    assert_eq!((before.1.value, before.1.se), (0.0, None));
}

#[test]
fn not_yet_treated_controls_are_those_treated_later() {
    let long = staggered(3, 90);
    let fit = long.fit(&Design { control: Control::NotYet, ..PLAIN }, None).unwrap();
    let size = |group: Option<f64>| fit.cohorts.iter().find(|c| c.group == group).unwrap().units;
    for effect in &fit.effects {
        let others = size(None) + if effect.group == 3.0 && effect.time < 5.0 { size(Some(5.0)) } else { 0 };
        // Before cohort 3 is treated it is a control of cohort 5.
        let others = others + if effect.group == 5.0 && effect.time < 3.0 { size(Some(3.0)) } else { 0 };
        assert_eq!(effect.controls, others, "{effect:?}");
    }
}

#[test]
fn without_never_treated_units_the_last_cohort_is_the_control() {
    let mut long = staggered(4, 60);
    long.cohort.iter_mut().filter(|c| **c == 0.0).for_each(|c| *c = 6.0);
    assert_eq!(long.refusal(&PLAIN), DidRefusal::NoNever);
    let fit = long.fit(&Design { control: Control::NotYet, ..PLAIN }, None).unwrap();
    assert_eq!(fit.periods, [1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(fit.left.late_rows, 60);
    assert!(fit.effects.iter().all(|e| e.group < 6.0 && e.time < 6.0));
    assert!(!fit.cohorts.last().unwrap().estimated);
    // Treated after the end is never treated.
    long.cohort.iter_mut().filter(|c| **c == 6.0).for_each(|c| *c = 7.0);
    let fit = long.fit(&PLAIN, None).unwrap();
    assert!(fit.left.after_end > 0 && fit.periods.len() == 6);
}

#[test]
fn summaries_are_the_stated_means() {
    let fit = staggered(5, 80).fit(&PLAIN, None).unwrap();
    let size = |group: f64| fit.cohorts.iter().find(|c| c.group == Some(group)).unwrap().units as f64;
    let of =
        |group: f64, time: f64| fit.effects.iter().find(|e| e.group == group && e.time == time).unwrap().value.unwrap();
    let (a, b) = (size(3.0), size(5.0));
    let sum3: f64 = (3..=6).map(|t| of(3.0, f64::from(t))).sum();
    let sum5 = of(5.0, 5.0) + of(5.0, 6.0);
    let aggregates = &fit.aggregates;
    let overall = |aggregate: &Aggregate| aggregate.overall.unwrap().value;
    close(overall(&aggregates.simple), (a * sum3 + b * sum5) / (4.0 * a + 2.0 * b), 1e-12);
    close(overall(&aggregates.group), (a * sum3 / 4.0 + b * sum5 / 2.0) / (a + b), 1e-12);
    let at = |e: f64| (a * of(3.0, 3.0 + e) + b * of(5.0, 5.0 + e)) / (a + b);
    close(overall(&aggregates.dynamic), (at(0.0) + at(1.0) + of(3.0, 5.0) + of(3.0, 6.0)) / 4.0, 1e-12);
    let late = |t: f64| (a * of(3.0, t) + b * of(5.0, t)) / (a + b);
    close(overall(&aggregates.calendar), (of(3.0, 3.0) + of(3.0, 4.0) + late(5.0) + late(6.0)) / 4.0, 1e-12);
    let keys: Vec<f64> = aggregates.dynamic.by.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn one_effect_before_is_tested_by_its_t_value() {
    let mut long = Long::default();
    for (unit, change) in TREATED.iter().enumerate() {
        long.unit(unit, 3.0, &[0.0, *change, 1.0]);
    }
    for (unit, change) in CONTROLS.iter().enumerate() {
        long.unit(10 + unit, 0.0, &[0.0, *change, unit as f64]);
    }
    let fit = long.fit(&PLAIN, None).unwrap();
    let test = fit.pretest.unwrap();
    close(test.statistic, 1.0 / (2.0 / 9.0 + 6.0 / 25.0), 1e-12);
    assert_eq!(test.df, 1);
}

#[test]
fn doubled_units_in_one_cluster_count_once() {
    let long = staggered(6, 60);
    let alone = long.fit(&PLAIN, None).unwrap();
    let order: Vec<usize> = (0..long.unit.len()).chain(0..long.unit.len()).collect();
    let mut twice = long.reordered(&order);
    let rows = long.unit.len();
    twice.unit[rows..].iter_mut().for_each(|unit| *unit += 1000);
    twice.cluster = Some(twice.unit.iter().map(|unit| unit % 1000).collect());
    for sampling in [Sampling::Panel, Sampling::CrossSections] {
        let design = Design { sampling, ..PLAIN };
        let one = if sampling == Sampling::Panel { alone.clone() } else { long.fit(&design, None).unwrap() };
        if sampling == Sampling::CrossSections {
            // Here the cluster of a row is that row and its double.
            twice.cluster = Some((0..2 * rows).map(|row| row % rows).collect());
        }
        let both = twice.fit(&design, None).unwrap();
        for (a, b) in one.effects.iter().zip(&both.effects) {
            close(b.value.unwrap(), a.value.unwrap(), 1e-9);
            close(b.se.unwrap(), a.se.unwrap(), 1e-9);
        }
        for (a, b) in
            [(&one.aggregates.group, &both.aggregates.group), (&one.aggregates.simple, &both.aggregates.simple)]
        {
            close(b.overall.unwrap().se.unwrap(), a.overall.unwrap().se.unwrap(), 1e-9);
        }
        close(both.pretest.unwrap().statistic, one.pretest.unwrap().statistic, 1e-7);
    }
}

#[test]
fn an_unbalanced_panel_of_full_units_is_a_panel() {
    let mut long = staggered(7, 40);
    let full = long.fit(&PLAIN, None).unwrap();
    let unbalanced = Design { sampling: Sampling::Unbalanced, ..PLAIN };
    assert_eq!(long.fit(&unbalanced, None).unwrap().effects, full.effects);
    // A unit that misses the last period.
    let first = long.unit[0];
    let order: Vec<usize> = (0..240).filter(|at| long.unit[*at] != first || long.time[*at] < 6.0).collect();
    long = long.reordered(&order);
    let fit = long.fit(&PLAIN, None).unwrap();
    assert_eq!((fit.left.unbalanced, fit.left.unbalanced_rows, fit.rows), (1, 5, 234));
    let fit = long.fit(&unbalanced, None).unwrap();
    assert_eq!((fit.left.unbalanced, fit.rows, fit.units, fit.balanced), (0, 239, 40, false));
}

#[test]
fn errors_of_the_bootstrap_are_those_of_the_formula() {
    let long = staggered(8, 120);
    let analytic = long.fit(&PLAIN, None).unwrap();
    let drawn = long.fit(&PLAIN, Some((4000, 3))).unwrap();
    // The spread of quartiles has a relative error of 1.17 / √draws: 0.0185; four of them.
    let near = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 0.075, "{a} {b}");
    for (a, b) in analytic.effects.iter().zip(&drawn.effects) {
        assert_eq!(a.value, b.value);
        near(b.se.unwrap(), a.se.unwrap());
    }
    for (a, b) in [
        (&analytic.aggregates.simple, &drawn.aggregates.simple),
        (&analytic.aggregates.dynamic, &drawn.aggregates.dynamic),
        (&analytic.aggregates.group, &drawn.aggregates.group),
        (&analytic.aggregates.calendar, &drawn.aggregates.calendar),
    ] {
        near(b.overall.unwrap().se.unwrap(), a.overall.unwrap().se.unwrap());
        for ((_, a), (_, b)) in a.by.iter().zip(&b.by) {
            near(b.se.unwrap(), a.se.unwrap());
        }
        assert!(b.critical >= b.by.first().map_or(0.0, |_| 1.95));
    }
    // Between one and ten independent tests.
    assert!(drawn.critical > 2.2 && drawn.critical < 2.9, "{}", drawn.critical);
    assert_eq!(drawn, long.fit(&PLAIN, Some((4000, 3))).unwrap());
    assert_ne!(drawn, long.fit(&PLAIN, Some((4000, 4))).unwrap());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(drawn, pool.install(|| long.fit(&PLAIN, Some((4000, 3)))).unwrap());
}

#[test]
fn refusals() {
    let good = staggered(9, 30);
    let changed = |change: &dyn Fn(&mut Long)| {
        let mut long = good.clone();
        change(&mut long);
        long.refusal(&PLAIN)
    };
    assert_eq!(Long::default().refusal(&PLAIN), DidRefusal::Empty);
    assert_eq!(changed(&|l| l.outcome[3] = f64::NAN), DidRefusal::NonFinite { row: 3 });
    assert_eq!(changed(&|l| l.cohort[3] = -1.0), DidRefusal::NegativeCohort { row: 3 });
    assert_eq!(changed(&|l| l.time[3] = 3.0), DidRefusal::Duplicate { first: 2, row: 3 });
    assert_eq!(changed(&|l| l.cohort[3] = 4.0), DidRefusal::CohortChanges { first: 2, row: 3 });
    assert_eq!(changed(&|l| l.weights = Some(vec![0.0; 180])), DidRefusal::ZeroWeights);
    let negative = |l: &mut Long| l.weights = Some((0..180).map(|row| f64::from(u8::from(row != 7)) - 0.5).collect());
    assert_eq!(changed(&negative), DidRefusal::NegativeWeight { row: 7 });
    assert_eq!(changed(&|l| l.cluster = Some((0..180).collect())), DidRefusal::ClusterChanges { first: 0, row: 1 });
    assert_eq!(changed(&|l| l.cluster = Some(vec![4; 180])), DidRefusal::SingleCluster);
    assert_eq!(changed(&|l| l.cohort.fill(0.0)), DidRefusal::NoTreated);
    assert_eq!(changed(&|l| l.cohort.fill(1.0)), DidRefusal::NoNever);
    assert_eq!(changed(&|l| l.outcome.fill(1.0)), DidRefusal::ConstantOutcome);
    assert_eq!(changed(&|l| l.covariates[0].fill(1.0)), DidRefusal::Collinear { column: 0 });
    let twice = |l: &mut Long| l.covariates.push(l.covariates[0].iter().map(|x| 3.0 - 2.0 * x).collect());
    assert_eq!(changed(&twice), DidRefusal::Collinear { column: 1 });
    let one = |l: &mut Long| {
        let units = l.unit.clone();
        l.cohort.iter_mut().zip(units).for_each(|(c, unit)| *c = if unit == 5 { 3.0 } else { 0.0 });
    };
    assert_eq!(changed(&one), DidRefusal::SingleTreatedUnit);
    let few = |l: &mut Long| {
        let units = l.unit.clone();
        l.cohort.iter_mut().zip(units).for_each(|(c, unit)| *c = if unit > 3 { 3.0 } else { 0.0 });
    };
    assert_eq!(changed(&few), DidRefusal::FewControls { found: 4, needed: 6 });
    let same = |l: &mut Long| l.cohort.fill(3.0);
    let mut long = good.clone();
    same(&mut long);
    let not_yet = Design { control: Control::NotYet, ..PLAIN };
    assert_eq!(long.refusal(&not_yet), DidRefusal::NoControls);
    // Who is treated follows from the covariate.
    let told = |l: &mut Long| l.covariates[0] = l.cohort.iter().map(|c| f64::from(u8::from(*c > 0.0))).collect();
    assert_eq!(changed(&told), DidRefusal::NoEstimate(Missing::NoOverlap));
    assert_eq!(good.fit(&PLAIN, Some((10, 1))).unwrap_err(), DidRefusal::FewDraws { found: 10 });
}

#[test]
fn a_comparison_that_cannot_be_made_is_missing_with_its_reason() {
    // The covariate tells cohort 5 from the never-treated, but not cohort 3.
    let mut long = staggered(10, 60);
    long.covariates[0] =
        long.cohort.iter().zip(&long.covariates[0]).map(|(c, x)| if *c == 5.0 { 40.0 } else { x.signum() }).collect();
    let fit = long.fit(&PLAIN, None).unwrap();
    for effect in &fit.effects {
        let missing = (effect.group == 5.0).then_some(Missing::NoOverlap);
        assert_eq!((effect.missing, effect.value.is_none()), (missing, missing.is_some()));
    }
    let keys: Vec<f64> = fit.aggregates.group.by.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, [3.0]);
}

#[test]
fn scales_of_covariates_and_weights_do_not_matter() {
    let mut long = staggered(11, 60);
    let mut random = Random::new(12, 0);
    let weights: Vec<f64> = (0..60).map(|_| 0.5 + random.uniform()).collect();
    long.weights = Some(long.unit.iter().map(|unit| weights[*unit]).collect());
    let mut scaled = long.clone();
    scaled.covariates[0].iter_mut().for_each(|x| *x = 1e7 + 1e3 * *x);
    scaled.weights.as_mut().unwrap().iter_mut().for_each(|w| *w *= 1e-4);
    for sampling in [Sampling::Panel, Sampling::CrossSections] {
        for method in METHODS {
            let design = Design { method, sampling, control: Control::NotYet, ..PLAIN };
            let (a, b) = (long.fit(&design, None).unwrap(), scaled.fit(&design, None).unwrap());
            for (a, b) in a.effects.iter().zip(&b.effects) {
                close(b.value.unwrap(), a.value.unwrap(), 1e-8);
                close(b.se.unwrap(), a.se.unwrap(), 1e-8);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter(seed in 0u64..1000, sampling in 0usize..2) {
        let long = staggered(seed, 45);
        let mut order: Vec<usize> = (0..long.unit.len()).collect();
        Random::new(seed, 1).shuffle(&mut order);
        let sampling = [Sampling::Panel, Sampling::Unbalanced][sampling];
        let design = Design { control: Control::NotYet, sampling, ..PLAIN };
        let (a, b) = (long.fit(&design, Some((60, 1))).unwrap(), long.reordered(&order).fit(&design, Some((60, 1))).unwrap());
        for (a, b) in a.effects.iter().zip(&b.effects) {
            // A few of these samples separate a small cohort from its controls.
            prop_assert_eq!((a.missing, a.value.is_none(), a.se.is_none()), (b.missing, b.value.is_none(), b.se.is_none()));
            prop_assert!(a.value.zip(b.value).is_none_or(|(a, b)| (a - b).abs() < 1e-9));
            prop_assert!(a.se.zip(b.se).is_none_or(|(a, b)| (a - b).abs() < 1e-9));
        }
    }

    #[test]
    fn a_constant_shift_of_the_treated_is_the_shift_of_the_effect(seed in 0u64..1000, shift in -5.0..5.0f64) {
        let long = staggered(seed, 45);
        let mut moved = long.clone();
        for row in 0..long.unit.len() {
            if long.cohort[row] > 0.0 && long.time[row] >= long.cohort[row] {
                moved.outcome[row] += shift;
            }
        }
        for method in METHODS {
            let design = Design { method, ..PLAIN };
            let (a, b) = (long.fit(&design, None).unwrap(), moved.fit(&design, None).unwrap());
            for (a, b) in a.effects.iter().zip(&b.effects) {
                prop_assert_eq!((a.missing, a.value.is_none()), (b.missing, b.value.is_none()));
                let shift = if a.post { shift } else { 0.0 };
                prop_assert!(a.value.zip(b.value).is_none_or(|(a, b)| (b - a - shift).abs() < 1e-9));
                prop_assert!(a.se.zip(b.se).is_none_or(|(a, b)| (a - b).abs() < 1e-9));
            }
        }
    }
}
