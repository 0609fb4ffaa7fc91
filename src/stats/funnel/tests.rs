use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

fn pooled(kind: Kind, x: &[f64], n: &[f64]) -> Target {
    Target::pooled(kind, x, n).unwrap()
}

#[test]
fn dispersion_by_hand() {
    // Shares 0.2 and 0.8 of 100 each: target 0.5 and √½ on the arcsine scale; s = 1/20.
    let (x, n) = ([20.0, 80.0], [100.0, 100.0]);
    let target = pooled(Kind::Proportion, &x, &n);
    assert_eq!(target.value, 0.5);
    let found = scores(&x, &n, &target, Transform::Arcsine, Extremes::Winsorise(0.0)).unwrap();
    let z = (0.8f64.sqrt().asin() - 0.5f64.sqrt().asin()) * 20.0;
    close(found.z[1], z, 1e-13);
    close(found.z[0], -z, 1e-13);
    close(found.phi, z * z, 1e-13);
    // Σw = 800, Σw²/Σw = 400.
    close(found.tau2, (2.0 * z * z - 1.0) / 400.0, 1e-13);
    let limits = overdispersed_limits(&found, Dispersion::Multiplicative, &target, 100.0, 0.95).unwrap();
    let half = 1.959_963_984_540_054 * z / 20.0;
    close(limits.upper, (0.5f64.sqrt().asin() + half).min(std::f64::consts::FRAC_PI_2).sin().powi(2), 1e-13);
    close(found.adjusted(1, Dispersion::Multiplicative, &target, 100.0), 1.0, 1e-13);
    close(found.adjusted(1, Dispersion::Additive, &target, 100.0), z / 20.0 / (1.0 / 400.0 + found.tau2).sqrt(), 1e-13);
}

#[test]
fn extremes_by_hand() {
    let z: Vec<f64> = (1..=19).rev().map(f64::from).collect();
    // Quantiles of type 7 at 0.1 and 0.9 of 1 to 19: 2.8 and 17.2.
    let winsorised = handled(&z, Extremes::Winsorise(0.1)).unwrap();
    close(winsorised[0].unwrap(), 17.2, 1e-14);
    close(winsorised[18].unwrap(), 2.8, 1e-14);
    assert_eq!(winsorised[9], Some(10.0));
    // ⌊rank/2⌋ is 0 for rank 1 and 9 for ranks 18 and 19.
    let trimmed = handled(&z, Extremes::Trim(0.1)).unwrap();
    let left: Vec<f64> = z.iter().zip(&trimmed).filter(|(_, kept)| kept.is_none()).map(|(z, _)| *z).collect();
    assert_eq!(left, [19.0, 18.0, 1.0]);
    // Equal scores share the mean rank 10 of 19 and stay.
    assert!(handled(&[2.5; 19], Extremes::Trim(0.1)).unwrap().iter().all(Option::is_some));
    for share in [-0.1, 0.5, f64::NAN] {
        assert_eq!(handled(&z, Extremes::Trim(share)), Err(FunnelError::Share));
    }
}

#[test]
fn limits_with_closed_forms() {
    let target = Target::stated(Kind::Proportion, 0.5, &[0.0], &[1.0]).unwrap();
    let normal = limits(Limits::Normal, &target, Transform::Arcsine, 100.0, 0.95).unwrap();
    close(normal.lower, 0.5 - 1.959_963_984_540_054 * 0.05, 1e-14);
    // Five of five have the probability 1/32: no share of five is improbable at 95 %, and at 90 % both ends are.
    let exact = |level| limits(Limits::Exact, &target, Transform::Arcsine, 5.0, level).unwrap();
    assert_eq!(exact(0.95), Interval { lower: 0.0, upper: 1.0 });
    assert!(exact(0.9).lower > 0.0 && exact(0.9).upper < 1.0);
    // One trial: P(X >= x) with x in place of the count is the beta tail; at x = 1 it is 0.5.
    assert_eq!(
        limits(Limits::Exact, &target, Transform::Arcsine, 1.0, 0.5).unwrap(),
        Interval { lower: 0.0, upper: 1.0 }
    );
    // Poisson: the tail at 0 is e^-m, so that 0 is improbable from m = ln 40 on.
    let rate = Target::stated(Kind::Rate, 1.0, &[0.0], &[1.0]).unwrap();
    let lower = |mean| limits(Limits::Exact, &rate, Transform::SquareRoot, mean, 0.95).unwrap().lower;
    assert_eq!(lower(40f64.ln() - 1e-6), 0.0);
    assert!(lower(40f64.ln() + 1e-6) > 0.0);
    // The lower limit of a scale beyond its end is the end, not its mirror image.
    let transformed = limits(Limits::Transformed, &target, Transform::Arcsine, 1.0, 0.998).unwrap();
    assert_eq!(transformed, Interval { lower: 0.0, upper: 1.0 });
    let interval = limits(Limits::PoissonInterval, &rate, Transform::SquareRoot, 10.0, 0.95).unwrap();
    let garwood = crate::stats::poisson_exact(10, 0.95).unwrap();
    close(interval.upper * 10.0, garwood.upper, 1e-14);
    close(interval.lower * 10.0, garwood.lower, 1e-14);
    assert_eq!(limits(Limits::PoissonInterval, &rate, Transform::SquareRoot, 0.5, 0.95), Err(FunnelError::Mismatch));
}

#[test]
fn limits_of_huge_and_single_units() {
    // Of eighty million the exact limits are those of the normal distribution but for the correction of half a count
    // and the skewness; both are below 1e-7 of the share.
    let target = Target::stated(Kind::Proportion, 0.3, &[0.0], &[1.0]).unwrap();
    let exact = limits(Limits::Exact, &target, Transform::Arcsine, 8e7, 0.998).unwrap();
    let normal = limits(Limits::Normal, &target, Transform::Arcsine, 8e7, 0.998).unwrap();
    close(exact.upper, normal.upper, 1e-7);
    close(exact.lower, normal.lower, 1e-7);
    // Near the end of the range the bracket matters: e^-3.75 is just below 0.025.
    let rare = Target::stated(Kind::Proportion, 1e-5, &[0.0], &[1.0]).unwrap();
    let lower = limits(Limits::Exact, &rare, Transform::Arcsine, 375_242.0, 0.95).unwrap().lower * 375_242.0;
    assert!(lower > 0.0 && lower < 0.1, "{lower}");
}

#[test]
fn limits_of_many_are_those_of_each() {
    let target = Target::stated(Kind::Rate, 0.3, &[0.0], &[1.0]).unwrap();
    let (sizes, levels) = ([40.0, 7.0, 40.0, 1e6, 0.5], [0.9, 0.998]);
    let all = all_limits(Limits::Exact, &target, Transform::SquareRoot, &sizes, &levels).unwrap();
    assert_eq!(all.len(), sizes.len());
    for (size, found) in sizes.iter().zip(&all) {
        for (level, found) in levels.iter().zip(found) {
            assert_eq!(limits(Limits::Exact, &target, Transform::SquareRoot, *size, *level).unwrap(), *found);
        }
    }
    let wrong = all_limits(Limits::Exact, &target, Transform::SquareRoot, &sizes, &[0.9, 1.0]);
    assert_eq!(wrong, Err(FunnelError::Refusal(Refusal::InvalidLevel)));
}

#[test]
fn what_sets_no_funnel() {
    let of = |kind, x: &[f64], n: &[f64]| Target::pooled(kind, x, n).err();
    assert_eq!(of(Kind::Proportion, &[], &[]), Some(FunnelError::Refusal(Refusal::EmptyInput)));
    assert_eq!(of(Kind::Proportion, &[1.0], &[2.0]), Some(FunnelError::SingleUnit));
    assert_eq!(of(Kind::Ratio, &[1.0], &[2.0]), None);
    assert_eq!(of(Kind::Proportion, &[1.0, 3.0], &[2.0, 2.0]), Some(FunnelError::Numerator(1)));
    assert_eq!(of(Kind::Rate, &[1.0, 3.0], &[2.0, 2.0]), None);
    assert_eq!(of(Kind::Rate, &[1.0, -3.0], &[2.0, 2.0]), Some(FunnelError::Numerator(1)));
    assert_eq!(of(Kind::Rate, &[1.0, 1.0], &[2.0, 0.0]), Some(FunnelError::Denominator(1)));
    assert_eq!(of(Kind::Proportion, &[0.0, 0.0], &[2.0, 2.0]), Some(FunnelError::Target));
    assert_eq!(of(Kind::Proportion, &[2.0, 2.0], &[2.0, 2.0]), Some(FunnelError::Target));
    assert_eq!(of(Kind::Rate, &[f64::NAN, 2.0], &[2.0, 2.0]), Some(FunnelError::Refusal(Refusal::NonFinite)));
    assert_eq!(of(Kind::Rate, &[1.0, 2.0], &[1e308, 1e308]), Some(FunnelError::Refusal(Refusal::NonFinite)));
    let (x, n) = ([0.0, 5.0], [4.0, 4.0]);
    let target = pooled(Kind::Ratio, &x, &n);
    let score = |transform, extremes| scores(&x, &n, &target, transform, extremes).err();
    assert_eq!(score(Transform::Logarithm, Extremes::Trim(0.1)), Some(FunnelError::ZeroLogarithm(0)));
    assert_eq!(score(Transform::Arcsine, Extremes::Trim(0.1)), Some(FunnelError::Mismatch));
    assert_eq!(score(Transform::SquareRoot, Extremes::Winsorise(0.1)), None);
    assert_eq!(
        limits(Limits::Exact, &target, Transform::SquareRoot, 4.0, 95.0),
        Err(FunnelError::Refusal(Refusal::InvalidLevel))
    );
}

/// P(X = k) of a binomial variable, one by one.
fn binomial(n: u32, p: f64) -> Vec<f64> {
    let mut terms = vec![(1.0 - p).powi(i32::try_from(n).unwrap())];
    for k in 0..n {
        let last = terms[k as usize];
        terms.push(last * f64::from(n - k) / f64::from(k + 1) * p / (1.0 - p));
    }
    terms
}

proptest! {
    // A count is outside just where it and all beyond it are less probable than α/2; by enumeration.
    #[test]
    fn exact_limits_of_shares_are_tail_probabilities(n in 1u32..60, p in 0.02..0.98f64, level in 0.5..0.999f64) {
        let target = Target::stated(Kind::Proportion, p, &[0.0], &[1.0]).unwrap();
        let found = limits(Limits::Exact, &target, Transform::Arcsine, f64::from(n), level).unwrap();
        let terms = binomial(n, p);
        let tail = (1.0 - level) / 2.0;
        for k in 0..=n {
            let (below, above): (f64, f64) =
                (terms[..=k as usize].iter().sum(), terms[k as usize..].iter().sum());
            let share = f64::from(k) / f64::from(n);
            if (below - tail).abs() > 1e-9 * tail {
                prop_assert_eq!(share < found.lower - 1e-12, below < tail, "{} of {}", k, n);
            }
            if (above - tail).abs() > 1e-9 * tail {
                prop_assert_eq!(share > found.upper + 1e-12, above < tail, "{} of {}", k, n);
            }
        }
    }

    #[test]
    fn exact_limits_of_rates_are_tail_probabilities(mean in 0.05..60.0f64, level in 0.5..0.999f64) {
        let target = Target::stated(Kind::Rate, mean, &[0.0], &[1.0]).unwrap();
        let found = limits(Limits::Exact, &target, Transform::SquareRoot, 1.0, level).unwrap();
        let tail = (1.0 - level) / 2.0;
        let (mut term, mut below) = ((-mean).exp(), 0.0);
        for k in 0..150 {
            let (above, up_to) = (1.0 - below, below + term);
            if (up_to - tail).abs() > 1e-9 {
                prop_assert_eq!(f64::from(k) < found.lower - 1e-12, up_to < tail, "{}", k);
            }
            if (above - tail).abs() > 1e-9 {
                prop_assert_eq!(f64::from(k) > found.upper + 1e-12, above < tail, "{}", k);
            }
            below = up_to;
            term *= mean / f64::from(k + 1);
        }
    }

    // Limits are ordered, hold the target, widen with the level and with dispersion, and are finite for all counts.
    #[test]
    fn limits_are_nested(
        units in prop::collection::vec((0u32..400, 1u32..400), 2..40),
        at in 0usize..40,
        share in 0.0..0.3f64,
    ) {
        let x: Vec<f64> = units.iter().map(|(x, n)| f64::from(*x.min(n))).collect();
        let n: Vec<f64> = units.iter().map(|(_, n)| f64::from(*n)).collect();
        for (kind, transform) in [(Kind::Proportion, Transform::Arcsine), (Kind::Rate, Transform::SquareRoot)] {
            let Ok(target) = Target::pooled(kind, &x, &n) else { continue };
            let found = scores(&x, &n, &target, transform, Extremes::Winsorise(share)).unwrap();
            prop_assert!(found.phi.is_finite() && found.tau2 >= 0.0);
            let size = n[at % n.len()];
            for kind in [Limits::Exact, Limits::Normal, Limits::Transformed] {
                let narrow = limits(kind, &target, transform, size, 0.95).unwrap();
                let wide = limits(kind, &target, transform, size, 0.998).unwrap();
                prop_assert!(wide.lower <= narrow.lower && narrow.upper <= wide.upper);
                prop_assert!(narrow.lower >= 0.0 && narrow.upper.is_finite());
            }
            let chance = limits(Limits::Transformed, &target, transform, size, 0.95).unwrap();
            for dispersion in [Dispersion::Multiplicative, Dispersion::Additive] {
                let spread = overdispersed_limits(&found, dispersion, &target, size, 0.95).unwrap();
                prop_assert!(spread.lower <= chance.lower + 1e-15 && chance.upper <= spread.upper + 1e-15);
                let z = found.adjusted(at % n.len(), dispersion, &target, size);
                prop_assert!(z.abs() <= found.z[at % n.len()].abs() + 1e-12);
            }
        }
    }
}
