#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::stats::characteristic::{Values, columns};
use crate::stats::random::Random;
use crate::stats::testing::close;

/// Units with two numbers and a category; those who are larger are likelier to be treated. Of the first two units
/// one is treated and one is not.
fn design(seed: u64, units: usize, strata: usize) -> Design {
    let mut random = Random::new(seed, 0);
    let mut covariates = [Vec::new(), Vec::new()];
    let (mut treated, mut platform, mut exact) = (Vec::new(), Vec::new(), Vec::new());
    for unit in 0..units {
        let (a, b) = (random.normal(), random.normal());
        covariates[0].push(a);
        covariates[1].push(b * 100.0 + a);
        platform.push(["A", "B", "C"][random.below(3)]);
        treated.push(if unit < 2 { unit == 0 } else { random.uniform() < 1.0 / (1.0 + (1.0 - 0.7 * a).exp()) });
        if strata > 0 {
            exact.push(random.below(strata));
        }
    }
    let [a, b] = covariates;
    let covariates =
        vec![Characteristic::number("a", a), Characteristic::number("b", b), Characteristic::category("c", &platform)];
    Design { treated, covariates, exact }
}

/// What must hold for the result of any method, worked out anew from the definitions.
fn invariants(design: &Design, settings: &Settings, out: &Matched) {
    let units = design.treated.len();
    let group = |wanted: bool| (0..units).filter(move |u| design.treated[*u] == wanted);
    let stratum = |unit: usize| design.exact.get(unit).copied().unwrap_or(0);
    assert!(out.weights.iter().all(|w| w.is_finite() && *w >= 0.0));
    for unit in group(true) {
        assert!(out.weights[unit] == 0.0 || out.weights[unit] == 1.0);
    }
    let controls: Vec<f64> = group(false).map(|u| out.weights[u]).filter(|w| *w > 0.0).collect();
    let sum: f64 = controls.iter().sum();
    if settings.method == Method::Entropy {
        close(sum, group(true).count() as f64, 1e-9);
        for column in columns(&design.covariates, true) {
            let own = group(true).map(|u| column.values[u]).sum::<f64>() / group(true).count() as f64;
            let other = group(false).map(|u| out.weights[u] * column.values[u]).sum::<f64>() / sum;
            assert!((own - other).abs() < 1e-6, "{own} {other}");
        }
    } else {
        close(sum, controls.len() as f64, 1e-9);
    }
    for pair in &out.pairs {
        assert!(design.treated[pair.treated] && !design.treated[pair.control]);
        assert_eq!(stratum(pair.treated), stratum(pair.control));
        if let (Some(caliper), Some(score)) = (settings.caliper, &out.score) {
            let mean = score.iter().sum::<f64>() / units as f64;
            let sd = (score.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (units as f64 - 1.0)).sqrt();
            assert!((score[pair.treated] - score[pair.control]).abs() <= caliper * sd * (1.0 + 1e-12));
        }
    }
    for unit in 0..units {
        let of = |p: &&Pair| p.treated == unit || p.control == unit;
        let partners: Vec<usize> = out.pairs.iter().filter(of).map(|p| p.treated + p.control - unit).collect();
        let most = if design.treated[unit] { settings.ratio } else { 1 };
        assert!(partners.len() <= most || (settings.replace && !design.treated[unit]));
        let mut distinct = partners.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), partners.len());
        if matches!(settings.method, Method::Nearest | Method::Optimal) {
            assert_eq!(out.weights[unit] > 0.0, !partners.is_empty());
            // A control's weight relative to another's is the sum of one over its partners' numbers of controls.
            if !design.treated[unit] && out.weights[unit] > 0.0 {
                let share = |t: usize| 1.0 / out.pairs.iter().filter(|p| p.treated == t).count() as f64;
                let raw: f64 = partners.iter().map(|t| share(*t)).sum();
                let matched = group(true).filter(|t| out.weights[*t] > 0.0).count() as f64;
                close(out.weights[unit], raw * controls.len() as f64 / matched, 1e-9);
            }
        }
    }
    for (a, b) in (0..units).flat_map(|a| (0..a).map(move |b| (a, b))) {
        if out.set[a].is_some() && out.set[a] == out.set[b] {
            assert_eq!(stratum(a), stratum(b));
            if settings.method == Method::Exact {
                for c in &design.covariates {
                    match &c.values {
                        Values::Number(v) => assert_eq!(v[a], v[b]),
                        Values::Category { codes, .. } => assert_eq!(codes[a], codes[b]),
                    }
                }
            }
        }
    }
}

/// Greedy matching by scanning all controls.
fn scanned(design: &Design, space: &Space, settings: &Settings, width: f64) -> Vec<Pair> {
    let mut order: Vec<usize> = (0..design.treated.len()).filter(|u| design.treated[*u]).collect();
    if let Some(score) = space.score() {
        order.sort_by(|a, b| score[*b].total_cmp(&score[*a]));
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for _ in 0..settings.ratio {
        for treated in &order {
            let free = |c: &usize| {
                let taken = |p: &Pair| p.control == *c && (!settings.replace || p.treated == *treated);
                !design.treated[*c] && !pairs.iter().any(taken) && design.exact.get(*c) == design.exact.get(*treated)
            };
            let near = (0..design.treated.len()).filter(free).map(|c| (space.distance(*treated, c), c));
            if let Some((distance, control)) = near.min_by(|a, b| a.0.total_cmp(&b.0))
                && distance <= width
            {
                pairs.push(Pair { treated: *treated, control, distance });
            }
        }
    }
    pairs.sort_by_key(|p| p.treated);
    pairs
}

/// The most pairs, and the smallest total distance of so many, by trying everything.
fn tried(design: &Design, space: &Space, ratio: usize, width: f64) -> (usize, f64) {
    fn go(places: &[usize], controls: &[usize], used: &mut Vec<bool>, space: &Space, width: f64) -> (usize, f64) {
        let Some((place, rest)) = places.split_first() else { return (0, 0.0) };
        let mut best = go(rest, controls, used, space, width);
        for (at, control) in controls.iter().enumerate() {
            let distance = space.distance(*place, *control);
            if !used[at] && distance <= width {
                used[at] = true;
                let (pairs, total) = go(rest, controls, used, space, width);
                used[at] = false;
                if pairs + 1 > best.0 || (pairs + 1 == best.0 && total + distance < best.1) {
                    best = (pairs + 1, total + distance);
                }
            }
        }
        best
    }
    let group = |wanted: bool| (0..design.treated.len()).filter(move |u| design.treated[*u] == wanted);
    let places: Vec<usize> = group(true).flat_map(|u| std::iter::repeat_n(u, ratio)).collect();
    let controls: Vec<usize> = group(false).collect();
    go(&places, &controls, &mut vec![false; controls.len()], space, width)
}

fn settings() -> impl Strategy<Value = Settings> {
    let distance = prop_oneof![Just(Distance::Logit), Just(Distance::Mahalanobis)];
    (distance, 1usize..4, prop::option::of(0.05..1.0f64), any::<bool>()).prop_map(
        |(distance, ratio, caliper, replace)| Settings {
            method: Method::Nearest,
            distance,
            ratio,
            caliper: caliper.filter(|_| distance == Distance::Logit),
            replace,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nearest_takes_what_a_scan_takes(seed in any::<u64>(), units in 10usize..90, strata in 0usize..3, s in settings()) {
        let design = design(seed, units, strata);
        let Ok((space, _)) = distance::space(&design, s.distance) else { return Ok(()) };
        let found = match matched(&design, &s) {
            Ok(found) => found,
            Err(MatchRefusal::NoMatch) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        invariants(&design, &s, &found);
        let wanted = scanned(&design, &space, &s, found.width.unwrap_or(f64::MAX));
        prop_assert_eq!(found.pairs.len(), wanted.len());
        for (found, wanted) in found.pairs.iter().zip(&wanted) {
            prop_assert_eq!(found.treated, wanted.treated);
            prop_assert!((found.distance - wanted.distance).abs() < 1e-12);
        }
    }

    #[test]
    fn optimal_is_never_worse_than_nearest(seed in any::<u64>(), units in 10usize..60, strata in 0usize..3, s in settings()) {
        let design = design(seed, units, strata);
        let nearest = Settings { replace: false, ..s };
        let optimal = Settings { method: Method::Optimal, ..nearest };
        let (Ok(a), Ok(b)) = (matched(&design, &nearest), matched(&design, &optimal)) else { return Ok(()) };
        invariants(&design, &optimal, &b);
        // With a higher ratio the rules for scarce controls differ.
        prop_assert!(b.pairs.len() >= a.pairs.len() || nearest.ratio > 1);
        if a.pairs.len() == b.pairs.len() && nearest.ratio == 1 {
            prop_assert!(b.total_distance().unwrap() <= a.total_distance().unwrap() + 1e-9);
        }
    }

    #[test]
    fn optimal_is_the_best_of_all(seed in any::<u64>(), units in 4usize..9, ratio in 1usize..3, caliper in prop::option::of(0.1..2.0f64), line in any::<bool>()) {
        let design = design(seed, units, 0);
        let mut random = Random::new(seed, 1);
        let coordinates: Vec<f64> = (0..2 * units).map(|_| random.normal()).collect();
        let space =
            if line { Space::Line(coordinates[..units].to_vec()) } else { Space::Points { dimensions: 2, coordinates } };
        let width = caliper.filter(|_| line);
        let treated = design.treated.iter().filter(|t| **t).count();
        // With scarce controls the number per treated unit is limited further; that is tested on its own.
        prop_assume!(treated <= 4 && (units - treated >= treated * ratio || ratio == 1));
        let found = optimal::optimal(&design, &space, ratio, width);
        let (pairs, total) = tried(&design, &space, ratio, width.unwrap_or(f64::MAX));
        prop_assert_eq!(found.len(), pairs);
        prop_assert!((found.iter().map(|p| p.distance).sum::<f64>() - total).abs() < 1e-9);
    }

    #[test]
    fn strata_and_weights_keep_their_promises(seed in any::<u64>(), units in 20usize..120, strata in 0usize..3) {
        let design = design(seed, units, strata);
        let coarse = Settings { method: Method::Coarsened, ..Settings::default() };
        if let Ok(found) = matched(&design, &coarse) {
            invariants(&design, &coarse, &found);
        }
        let only = Design { covariates: vec![design.covariates[2].clone()], ..design.clone() };
        let exact = Settings { method: Method::Exact, ..Settings::default() };
        if let Ok(found) = matched(&only, &exact) {
            invariants(&only, &exact, &found);
            for b in balance(&only.treated, &only.covariates, Some(&found.weights), found.partners()).unwrap() {
                prop_assert!(b.after.unwrap().difference.unwrap().abs() < 1e-9);
            }
        }
    }

    #[test]
    fn entropy_weights_are_log_linear_and_balance(seed in any::<u64>(), units in 30usize..150) {
        let design = design(seed, units, 0);
        let s = Settings { method: Method::Entropy, ..Settings::default() };
        let Ok(found) = matched(&design, &s) else { return Ok(()) };
        invariants(&design, &s, &found);
        // The largest entropy under linear constraints: the logarithm of the weights is linear in the covariates.
        let rows: Vec<usize> = (0..units).filter(|u| !design.treated[*u] && found.weights[*u] > 0.0).collect();
        let columns = columns(&design.covariates, false);
        let mut x = vec![vec![1.0; rows.len()]];
        x.extend(columns.iter().map(|c| rows.iter().map(|u| c.values[*u] / 100.0).collect()));
        let parts: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        let matrix = crate::stats::linalg::Matrix::from_columns(&parts);
        let y: Vec<f64> = rows.iter().map(|u| found.weights[*u].ln()).collect();
        if let Some(beta) = crate::stats::linalg::least_squares(&matrix, &y, None) {
            for (y, fitted) in y.iter().zip(matrix.apply(&beta)) {
                prop_assert!((y - fitted).abs() < 1e-5 * (1.0 + y.abs()), "{} {}", y, fitted);
            }
        }
    }

    #[test]
    fn the_order_of_units_does_not_matter(seed in any::<u64>(), units in 10usize..60) {
        let design = design(seed, units, 0);
        let mut order: Vec<usize> = (0..units).collect();
        Random::new(seed, 5).shuffle(&mut order);
        let shuffled = Design {
            treated: order.iter().map(|u| design.treated[*u]).collect(),
            covariates: design.covariates.iter().map(|c| c.select(&order)).collect(),
            exact: Vec::new(),
        };
        let (Ok(a), Ok(b)) = (matched(&design, &Settings::default()), matched(&shuffled, &Settings::default())) else {
            return Ok(());
        };
        prop_assert!((a.total_distance().unwrap() - b.total_distance().unwrap()).abs() < 1e-9);
    }
}

fn line(treated: &[bool], score: &[f64]) -> (Design, Space) {
    let covariates = vec![Characteristic::number("x", score.to_vec())];
    (Design { treated: treated.to_vec(), covariates, exact: Vec::new() }, Space::Line(score.to_vec()))
}

#[test]
fn greedy_and_optimal_by_hand() {
    // Treated at 3 and 5, controls at 0 and 4: from above 5 takes 4, so 3 is left with 0: 1 + 3. Optimal: the same
    // two controls in any way cost 4 or (3-4, 5-0) 6. With a control at 5.5 the greedy way is the best one.
    let (design, space) = line(&[true, true, false, false], &[3.0, 5.0, 0.0, 4.0]);
    let pairs = nearest::nearest(&design, &space, 1, None, false);
    assert_eq!(pairs.iter().map(|p| (p.treated, p.control)).collect::<Vec<_>>(), [(0, 2), (1, 3)]);
    let best = optimal::optimal(&design, &space, 1, None);
    assert_eq!(best.iter().map(|p| p.distance).sum::<f64>(), 4.0);
    // Treated at 5 and 4.4, controls at 4.5 and 9: greedy 0.5 + 4.6, optimal 0.1 + 4.
    let (design, space) = line(&[true, true, false, false], &[5.0, 4.4, 4.5, 9.0]);
    let sum = |pairs: Vec<Pair>| pairs.iter().map(|p| p.distance).sum::<f64>();
    close(sum(nearest::nearest(&design, &space, 1, None, false)), 5.1, 1e-14);
    close(sum(optimal::optimal(&design, &space, 1, None)), 4.1, 1e-14);
    // A caliper of 1 leaves the second without partner; with replacement both take 4.5.
    assert_eq!(nearest::nearest(&design, &space, 1, Some(1.0), false).len(), 1);
    close(sum(nearest::nearest(&design, &space, 1, Some(1.0), true)), 0.6, 1e-14);
    // Two pairs cannot both keep within 1; of the single ones the shorter is taken.
    close(sum(optimal::optimal(&design, &space, 1, Some(1.0))), 0.1, 1e-12);
}

#[test]
fn of_equally_near_controls_the_one_before_is_taken() {
    let (design, space) = line(&[false, true, false, false], &[1.0, 2.0, 3.0, 1.0]);
    let pairs = nearest::nearest(&design, &space, 2, None, false);
    assert_eq!(pairs.iter().map(|p| p.control).collect::<Vec<_>>(), [3, 0]);
}

#[test]
fn scarce_controls_are_all_used() {
    // Two treated, three controls, ratio 2: each has one, and one has two.
    let (design, space) = line(&[true, true, false, false, false], &[0.0, 10.0, 1.0, 2.0, 3.0]);
    for space in [space, Space::Points { dimensions: 1, coordinates: vec![0.0, 10.0, 1.0, 2.0, 3.0] }] {
        let pairs = optimal::optimal(&design, &space, 2, None);
        assert_eq!(pairs.iter().filter(|p| p.treated == 0).count(), 2);
        assert_eq!(pairs.iter().map(|p| p.distance).sum::<f64>(), 1.0 + 2.0 + 7.0);
    }
    // Three treated, one control: it goes to the nearest.
    let (design, space) = line(&[true, true, true, false], &[0.0, 5.0, 9.0, 8.0]);
    assert_eq!(optimal::optimal(&design, &space, 2, None), [Pair { treated: 2, control: 3, distance: 1.0 }]);
}

#[test]
fn balance_by_hand() {
    // Treated 1, 3 (mean 2, variance 2), controls 0, 2, 4 (mean 2, variance 4); weights 0, 1, 1: mean 3, variance 2.
    let treated = [true, true, false, false, false];
    let x = [Characteristic::number("x", vec![1.0, 3.0, 0.0, 2.0, 4.0])];
    let found = balance(&treated, &x, Some(&[1.0, 1.0, 0.0, 1.0, 1.0]), Partners::None).unwrap();
    let (before, after) = (found[0].before, found[0].after.unwrap());
    assert_eq!((before.difference, after.mean_control), (Some(0.0), 3.0));
    close(after.difference.unwrap(), -1.0 / 2f64.sqrt(), 1e-14);
    close(before.variance_ratio.unwrap(), 0.5, 1e-14);
    close(after.variance_ratio.unwrap(), 1.0, 1e-14);
    // Steps at 0, 1, 2, 3, 4: 1/3, 1/6, 1/6, 1/3, 0 before; 0, 1/2, 0, 1/2, 0 after.
    close(before.ecdf_max, 1.0 / 3.0, 1e-14);
    close(before.ecdf_mean, 0.2, 1e-14);
    close(after.ecdf_mean, 0.2, 1e-14);
    close(effective_size(&treated, &[1.0, 1.0, 0.0, 2.0, 1.0], false), 1.8, 1e-14);
    // Sets: |1 - 2|, |1 - 4|, |3 - 2|, |3 - 4| have mean 1.5.
    let sets = [Some(1), Some(1), None, Some(1), Some(1)];
    let found = balance(&treated, &x, None, Partners::Sets(&sets)).unwrap();
    close(found[0].pair_distance.unwrap(), 1.5 / 2f64.sqrt(), 1e-14);
    // A column of 0 and 1: the deviation of p = 1/2 is 1/2; no variance ratio.
    let found = balance(&treated, &[Characteristic::category("c", &["a", "b", "a", "a", "a"])], None, Partners::None);
    let b = &found.unwrap()[1];
    assert_eq!((b.level.as_deref(), b.before.difference, b.before.variance_ratio), (Some("b"), Some(1.0), None));
    assert_eq!(b.before.ecdf_max, 0.5);
}

#[test]
fn the_error_of_pairs_is_that_of_their_differences() {
    // Pairs differ by 1, 3 and 8: mean 4, squares around it 9 + 1 + 16 = 26; 26 / 9 * 3 / 2 * 5 / 4.
    let treated = [true, true, true, false, false, false];
    let y = [11.0, 23.0, 38.0, 10.0, 20.0, 30.0];
    let sets = [1, 2, 3, 1, 2, 3].map(Some);
    let found = effect(&y, &treated, &[1.0; 6], Some(&sets), None).unwrap();
    close(found.value, 4.0, 1e-14);
    close(found.se.unwrap(), (26.0f64 / 9.0 * 1.5 * 1.25).sqrt(), 1e-13);
    assert_eq!((found.df, found.groups, found.errors), (2.0, 3, ErrorsBy::Set));
    // Clusters equal to the sets change nothing in two-way errors: 1 + 1 - 1.
    let two = effect(&y, &treated, &[1.0; 6], Some(&sets), Some(&[0, 1, 2, 0, 1, 2])).unwrap();
    close(two.se.unwrap(), found.se.unwrap(), 1e-13);
    // Each unit on its own: treated 24 with squares 366, controls 20 with 200; (366 + 200) / 9 * 6 / 4.
    let alone = effect(&y, &treated, &[1.0; 6], None, None).unwrap();
    close(alone.se.unwrap(), (566.0f64 / 9.0 * 1.5).sqrt(), 1e-13);
    assert_eq!(effect(&[1.0; 6], &treated, &[1.0; 6], None, None), Err(MatchRefusal::ConstantOutcome));
    let single = effect(&y, &treated, &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0], None, None).unwrap();
    assert_eq!((single.value, single.se), (-9.0, None));
}

#[test]
fn mahalanobis_by_hand() {
    // Within groups both columns have variance 2 (divisor 4 - 2) and no covariance: distances are Euclidean / root 2.
    let treated = [true, true, false, false];
    let covariates = vec![
        Characteristic::number("x", vec![9.0, 11.0, 1.0, 3.0]),
        Characteristic::number("y", vec![2.0, 4.0, 8.0, 6.0]),
    ];
    let design = Design { treated: treated.to_vec(), covariates, exact: Vec::new() };
    let (space, remarks) = mahalanobis(&design).unwrap();
    assert!(remarks.is_empty());
    close(space.distance(0, 2), (64.0f64 + 36.0).sqrt() / 2f64.sqrt(), 1e-12);
    close(space.distance(1, 3), (64.0f64 + 4.0).sqrt() / 2f64.sqrt(), 1e-12);
}

#[test]
fn doubled_and_constant_covariates_are_remarked_on_and_change_nothing() {
    let plain = design(11, 60, 0);
    let mut more = plain.clone();
    let Values::Number(a) = &plain.covariates[0].values else { return };
    more.covariates.push(Characteristic::number("twice a", a.iter().map(|v| 2.0 * v + 1.0).collect()));
    more.covariates.push(Characteristic::number("fixed", vec![7.0; 60]));
    for s in [
        Settings::default(),
        Settings { distance: Distance::Mahalanobis, ..Settings::default() },
        Settings { method: Method::Entropy, ..Settings::default() },
    ] {
        let (a, b) = (matched(&plain, &s).unwrap(), matched(&more, &s).unwrap());
        assert!(b.remarks.contains(&Remark::Collinear("twice a".into())), "{s:?} {:?}", b.remarks);
        assert!(b.remarks.contains(&Remark::Constant("fixed".into())));
        for (a, b) in a.weights.iter().zip(&b.weights) {
            assert!((a - b).abs() < 1e-7, "{s:?}");
        }
    }
}

#[test]
fn refusals() {
    let design = design(3, 40, 2);
    let plain = Settings::default();
    let no = |settings: Settings| matched(&design, &settings).unwrap_err();
    assert_eq!(no(Settings { ratio: 0, ..plain }), MatchRefusal::Ratio);
    assert_eq!(no(Settings { caliper: Some(-1.0), ..plain }), MatchRefusal::Caliper);
    assert_eq!(no(Settings { caliper: Some(f64::NAN), ..plain }), MatchRefusal::Caliper);
    assert_eq!(
        no(Settings { caliper: Some(0.2), distance: Distance::Mahalanobis, ..plain }),
        MatchRefusal::CaliperNeedsScore
    );
    for method in [Method::Coarsened, Method::Exact, Method::Entropy] {
        assert_eq!(no(Settings { method, ratio: 2, ..plain }), MatchRefusal::NotApplicable("ratio"));
        assert_eq!(no(Settings { method, caliper: Some(0.1), ..plain }), MatchRefusal::NotApplicable("caliper"));
        assert_eq!(no(Settings { method, replace: true, ..plain }), MatchRefusal::NotApplicable("replacement"));
    }
    assert_eq!(no(Settings { method: Method::Entropy, ..plain }), MatchRefusal::NotApplicable("exact strata"));
    assert_eq!(no(Settings { method: Method::Exact, ..plain }), MatchRefusal::NoMatch);

    let with = |treated: &[bool], x: &[f64]| Design {
        treated: treated.to_vec(),
        covariates: vec![Characteristic::number("x", x.to_vec())],
        exact: Vec::new(),
    };
    let no = |design: &Design, settings: Settings| matched(design, &settings).unwrap_err();
    let half = [true, true, false, false];
    let space = Settings { distance: Distance::Mahalanobis, ..plain };
    let even = Settings { method: Method::Entropy, ..plain };
    assert_eq!(no(&with(&[], &[]), plain), MatchRefusal::Empty);
    assert_eq!(no(&with(&[true; 4], &[1.0; 4]), plain), MatchRefusal::NoControls);
    assert_eq!(no(&with(&[false; 4], &[1.0; 4]), plain), MatchRefusal::NoTreated);
    assert_eq!(no(&with(&half, &[1.0; 3]), plain), MatchRefusal::Lengths);
    assert_eq!(no(&with(&half, &[1.0; 4]), plain), MatchRefusal::AllConstant);
    assert_eq!(no(&with(&half, &[1.0; 4]), space), MatchRefusal::AllConstant);
    assert_eq!(
        no(&with(&half, &[1.0, f64::INFINITY, 1.0, 2.0]), plain),
        MatchRefusal::NonFinite { covariate: "x".into(), unit: 2 }
    );
    assert_eq!(no(&with(&half, &[5.0, 6.0, 1.0, 2.0]), plain), MatchRefusal::SeparatedBy("x".into()));
    // A category that no control has; and two numbers that separate the groups only together.
    let category = vec![Characteristic::category("c", &["a", "b", "a", "a"])];
    assert_eq!(
        no(&Design { covariates: category, ..with(&half, &[1.0; 4]) }, plain),
        MatchRefusal::SeparatedBy("c = b".into())
    );
    let together = vec![
        Characteristic::number("x", vec![2.0, 0.0, 0.0, 1.0]),
        Characteristic::number("y", vec![0.0, 2.0, 0.0, 0.5]),
    ];
    assert_eq!(
        no(&Design { covariates: together, ..with(&half, &[1.0; 4]) }, plain),
        MatchRefusal::Score(LogitRefusal::Separated)
    );
    assert_eq!(no(&with(&half, &[5.0, 5.0, 1.0, 1.0]), space), MatchRefusal::SeparatedBy("x".into()));
    assert_eq!(no(&with(&half, &[5.0, 6.0, 1.0, 2.0]), even), MatchRefusal::Infeasible("x".into()));
    // Inside the range of either covariate, but not of both together: (1, 1) is not between (0, 1) and (2, 0).
    let apart = Design {
        covariates: vec![
            Characteristic::number("x", vec![1.0, 1.0, 0.0, 2.0]),
            Characteristic::number("y", vec![0.75, 0.75, 1.0, 0.0]),
        ],
        ..with(&half, &[1.0; 4])
    };
    assert!(matches!(no(&apart, even), MatchRefusal::Infeasible(_)));
    assert_eq!(no(&Design { covariates: Vec::new(), ..with(&half, &[1.0; 4]) }, plain), MatchRefusal::NoCovariates);
}

#[test]
fn a_mean_on_the_border_leaves_the_other_controls_without_weight() {
    let treated = [true, true, false, false, false];
    let covariates = vec![Characteristic::category("c", &["a", "a", "a", "b", "a"])];
    let design = Design { treated: treated.to_vec(), covariates, exact: Vec::new() };
    let found = matched(&design, &Settings { method: Method::Entropy, ..Settings::default() }).unwrap();
    assert_eq!(found.weights, [1.0, 1.0, 1.0, 0.0, 1.0]);
}

#[test]
fn entropy_weights_by_hand() {
    // Controls 0 and 1, treated mean 3/4: a quarter and three quarters of two treated units.
    let covariates = vec![Characteristic::number("x", vec![0.5, 1.0, 0.0, 1.0])];
    let design = Design { treated: vec![true, true, false, false], covariates, exact: Vec::new() };
    let found = matched(&design, &Settings { method: Method::Entropy, ..Settings::default() }).unwrap();
    close(found.weights[2], 0.5, 1e-10);
    close(found.weights[3], 1.5, 1e-10);
}

#[test]
fn a_broken_constraint_is_found() {
    let design = design(5, 40, 2);
    let s = Settings { caliper: Some(0.5), ..Settings::default() };
    let good = matched(&design, &s).unwrap();
    let broken = |change: &dyn Fn(&mut Matched)| {
        let mut bad = good.clone();
        change(&mut bad);
        check::kept(&design, &s, &bad)
    };
    assert_eq!(broken(&|_| ()), Ok(()));
    assert!(broken(&|m| m.width = Some(0.0)).is_err());
    assert!(broken(&|m| m.pairs.push(m.pairs[0])).is_err());
    assert!(broken(&|m| m.weights[m.pairs[0].control] *= 2.0).is_err());
    assert!(broken(&|m| m.weights[m.pairs[0].treated] = 0.0).is_err());
    assert!(broken(&|m| m.pairs[0].control = m.pairs[0].treated).is_err());
    let elsewhere = (0..40).find(|u| !design.treated[*u] && design.exact[*u] != design.exact[good.pairs[0].treated]);
    assert!(broken(&|m| m.pairs[0].control = elsewhere.unwrap()).is_err());
}

#[test]
fn a_single_treated_unit_has_its_nearest_control() {
    let (design, _) = line(&[false, true, false, false], &[1.0, 2.2, 3.0, 2.1]);
    for distance in [Distance::Logit, Distance::Mahalanobis] {
        let found = matched(&design, &Settings { distance, ..Settings::default() }).unwrap();
        assert_eq!(found.pairs.iter().map(|p| p.control).collect::<Vec<_>>(), [3]);
    }
}

/// The decrease of the last steps is below the rounding of the function that is minimised; they must go on all the same.
#[test]
fn entropy_weights_are_found_for_every_single_number() {
    for seed in 0..300 {
        let mut random = Random::new(seed, 0);
        let treated: Vec<bool> = (0..90).map(|unit| unit % 3 == 0).collect();
        let x: Vec<f64> = (0..90).map(|_| 50.0 + 10.0 * random.normal()).collect();
        let covariates = vec![Characteristic::number("x", x.clone())];
        let design = Design { treated: treated.clone(), covariates, exact: Vec::new() };
        let weights = matched(&design, &Settings { method: Method::Entropy, ..Settings::default() }).unwrap().weights;
        let mean = |of: bool| {
            let units = || (0..90).filter(|unit| treated[*unit] == of);
            units().map(|unit| weights[unit] * x[unit]).sum::<f64>() / units().map(|unit| weights[unit]).sum::<f64>()
        };
        assert!((mean(true) - mean(false)).abs() < 1e-7, "seed {seed}");
    }
}
