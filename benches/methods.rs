//! The methods for comparisons at the size of a country.

use std::hint::black_box;

use criterion::Criterion;
use resonanz::stats::characteristic::Characteristic;
use resonanz::stats::did::{self, Base, Control, Inference, Rows, Sampling};
use resonanz::stats::funnel::{
    Dispersion, Extremes, Kind, Limits, Target, Transform, all_limits, overdispersed_limits, scores,
};
use resonanz::stats::matching::{Design, Settings, matched};
use resonanz::stats::permutation::{Draws, permutation_test};
use resonanz::stats::random::Random;

/// 36 periods, twelve cohorts, 30 % never treated, one covariate.
fn panel(units: usize) -> [Vec<f64>; 4] {
    let mut random = Random::new(1, 0);
    let mut columns: [Vec<f64>; 4] = Default::default();
    for _ in 0..units {
        let cohort = if random.uniform() < 0.3 { 0 } else { 6 + 2 * random.below(12) };
        let (x, own) = (random.normal(), random.normal());
        for time in 1..=36 {
            let t = f64::from(time);
            let effect = if cohort > 0 && time as usize >= cohort { 0.5 } else { 0.0 };
            let y = own + 0.02 * t + 0.01 * t * x / 3.0 + effect + random.normal();
            [t, cohort as f64, y, x].into_iter().zip(&mut columns).for_each(|(value, column)| column.push(value));
        }
    }
    columns
}

pub fn methods(c: &mut Criterion) {
    let mut group = c.benchmark_group("methods");
    group.sample_size(10);

    let [time, cohort, outcome, covariate] = panel(10_000);
    let unit: Vec<usize> = (0..outcome.len()).map(|row| row / 36).collect();
    let rows = Rows {
        unit: &unit,
        time: &time,
        cohort: &cohort,
        outcome: &outcome,
        covariates: &[&covariate],
        weights: None,
        cluster: None,
    };
    let design = did::Design {
        method: did::Method::Dr,
        control: Control::NotYet,
        base: Base::Varying,
        anticipation: 0,
        sampling: Sampling::Panel,
    };
    let inference = Inference { level: 0.95, bootstrap: Some((999, 1)) };
    group.bench_function("group_time_effects_10000x36_999_draws", |b| {
        b.iter(|| did::fit(black_box(&rows), &design, &inference).expect("the panel can be estimated"));
    });

    let mut random = Random::new(2, 0);
    let columns: Vec<Vec<f64>> = (0..8).map(|_| (0..10_000).map(|_| random.normal()).collect()).collect();
    let weights = [0.4, 0.3, -0.3, 0.2, 0.1, 0.0, 0.0, 0.2];
    let treated: Vec<bool> = (0..10_000)
        .map(|i| {
            let eta: f64 = columns.iter().zip(weights).map(|(column, weight)| column[i] * weight).sum();
            random.uniform() < 1.0 / (1.0 + (1.5 - eta).exp())
        })
        .collect();
    let covariates = columns
        .iter()
        .enumerate()
        .map(|(i, column)| Characteristic::number(&format!("x{i}"), column.clone()))
        .collect();
    let towns = Design { treated: treated.clone(), covariates, exact: Vec::new() };
    group.bench_function("nearest_matching_10000", |b| {
        b.iter(|| matched(black_box(&towns), &Settings::default()).expect("the towns can be matched"));
    });

    let cases: Vec<f64> = (0..10_981).map(|_| (4.0 + 1.2 * random.normal()).exp().ceil()).collect();
    let online: Vec<f64> =
        cases.iter().map(|n| (n * (0.3 + 0.05 * random.normal()).clamp(0.0, 1.0)).round().min(*n)).collect();
    group.bench_function("funnel_10981", |b| {
        b.iter(|| {
            let target = Target::pooled(Kind::Proportion, black_box(&online), &cases).expect("there are cases");
            let found = scores(&online, &cases, &target, Transform::Arcsine, Extremes::Winsorise(0.1)).expect("scores");
            let exact = all_limits(Limits::Exact, &target, Transform::Arcsine, &cases, &[0.95, 0.998]).expect("limits");
            let wide: Vec<_> = cases
                .iter()
                .map(|n| overdispersed_limits(&found, Dispersion::Additive, &target, *n, 0.998).expect("limits"))
                .collect();
            (exact, wide)
        });
    });

    group.bench_function("permutations_10000_of_10000_towns", |b| {
        b.iter(|| {
            permutation_test(black_box(&columns[0]), &treated, Draws::Number(10_000), 1, 0.95).expect("two groups")
        });
    });
    group.finish();
}
