use super::*;
use crate::stats::normal::normal_quantile;
use crate::stats::testing::close;
use proptest::prelude::*;

/// Six units with 2 to 30 cases of 20 to 100.
const CASES: [u64; 6] = [2, 9, 11, 30, 14, 25];
const SIZES: [f64; 6] = [20.0, 30.0, 60.0, 70.0, 80.0, 100.0];

#[test]
fn parameters_solve_the_likelihood_equations() {
    // Σ 1/(a+j) over j below the count are differences of digamma functions: the equations without any series.
    let rise = |a: f64, x: u64| (0..x).map(|j| 1.0 / (a + j as f64)).sum::<f64>();
    let (a, b) = fit(Family::BetaBinomial, &CASES, &SIZES).unwrap().parameters.unwrap();
    let (mut first, mut second) = (0.0, 0.0);
    for (&x, &n) in CASES.iter().zip(&SIZES) {
        first += rise(a, x) - rise(a + b, n as u64);
        second += rise(b, n as u64 - x) - rise(a + b, n as u64);
    }
    assert!(first.abs() < 1e-10 && second.abs() < 1e-10, "{first:e} {second:e}");
    let (a, b) = fit(Family::GammaPoisson, &CASES, &SIZES).unwrap().parameters.unwrap();
    let (mut first, mut second) = (0.0, 0.0);
    for (&x, &e) in CASES.iter().zip(&SIZES) {
        first += rise(a, x) - (e / b).ln_1p();
        second += a / b - (a + x as f64) / (b + e);
    }
    assert!(first.abs() < 1e-10 && second.abs() < 1e-10, "{first:e} {second:e}");
}

#[test]
fn values_are_means_of_own_and_common() {
    for family in [Family::BetaBinomial, Family::GammaPoisson] {
        let prior = fit(family, &CASES, &SIZES).unwrap();
        for (&x, &n) in CASES.iter().zip(&SIZES) {
            let unit = shrunken(family, &prior, x, n, 0.95).unwrap();
            close(unit.value, unit.weight * unit.raw + (1.0 - unit.weight) * prior.mean, 1e-12);
            let interval = unit.interval.unwrap();
            assert!(interval.lower < unit.value && unit.value < interval.upper);
        }
    }
    // gamma(2, 10) with 3 events in 20: gamma(5, 30).
    let prior = Prior { mean: 0.2, parameters: Some((2.0, 10.0)), log_likelihood: 0.0, likelihood_ratio: 0.0 };
    let unit = shrunken(Family::GammaPoisson, &prior, 3, 20.0, 0.95).unwrap();
    close(unit.value, 1.0 / 6.0, 1e-15);
    close(unit.deviation.unwrap(), 5f64.sqrt() / 30.0, 1e-15);
    // beta(1, 1) with 0 of 9: beta(1, 10), whose distribution function is 1 - (1-x)^10.
    let flat = Prior { mean: 0.5, parameters: Some((1.0, 1.0)), ..prior };
    let unit = shrunken(Family::BetaBinomial, &flat, 0, 9.0, 0.95).unwrap();
    close(unit.interval.unwrap().upper, 1.0 - 0.025f64.powf(0.1), 1e-12);
    close(unit.interval.unwrap().lower, 1.0 - 0.975f64.powf(0.1), 1e-12);
}

#[test]
fn gamma_quantiles_below_shape_one() {
    // Half of a squared standard normal variable has shape 1/2.
    for tail in [0.025, 0.001] {
        let (lower, upper) = posterior::gamma(0.5, tail).unwrap();
        close(lower, normal_quantile(0.5 + tail / 2.0).unwrap().powi(2) / 2.0, 1e-12);
        close(upper, normal_quantile(tail / 2.0).unwrap().powi(2) / 2.0, 1e-12);
    }
    let (lower, upper) = posterior::gamma(1e-4, 0.025).unwrap();
    assert!((0.0..1e-300).contains(&lower) && upper > 0.0 && upper < 1e-3);
}

#[test]
fn units_that_do_not_differ_are_drawn_wholly_to_the_mean() {
    for family in [Family::BetaBinomial, Family::GammaPoisson] {
        let prior = fit(family, &[10, 20, 30, 40], &[100.0, 200.0, 300.0, 400.0]).unwrap();
        assert_eq!((prior.mean, prior.parameters, prior.likelihood_ratio), (0.1, None, 0.0));
        let unit = shrunken(family, &prior, 40, 400.0, 0.95).unwrap();
        assert_eq!((unit.value, unit.weight, unit.interval, unit.deviation), (0.1, 0.0, None, None));
    }
    // The likelihood of equal shares: C(2,1)³ / 2⁶ = 1/8.
    let prior = fit(Family::BetaBinomial, &[1, 1, 1], &[2.0; 3]).unwrap();
    close(prior.log_likelihood, 0.125f64.ln(), 1e-12);
}

#[test]
fn marshall_by_hand() {
    // m = 30/300; s² = (100·0.05² + 100·0.05²)/300 = 1/600, less 0.1/100.
    let marshall = Marshall::of(&[5, 10, 15], &[100.0; 3]);
    close(marshall.mean, 0.1, 1e-15);
    close(marshall.between, 1.0 / 600.0 - 0.001, 1e-12);
    close(marshall.value(5, 100.0), 0.1 - 0.4 * 0.05, 1e-12);
    let equal = Marshall::of(&[10, 10], &[100.0; 2]);
    assert_eq!((equal.between, equal.value(10, 100.0)), (0.0, 0.1));
}

#[test]
fn refusals() {
    let of = |family, x: &[u64], n: &[f64]| fit(family, x, n).err();
    let (beta, gamma) = (Family::BetaBinomial, Family::GammaPoisson);
    assert_eq!(of(beta, &[1, 2], &[3.0; 2]), Some(ShrinkError::FewUnits(2)));
    assert_eq!(of(beta, &[1, 2, 4], &[3.0; 3]), Some(ShrinkError::Numerator(2)));
    assert_eq!(of(gamma, &[1, 2, 4], &[3.0, 0.0, 1.0]), Some(ShrinkError::Denominator(1)));
    assert_eq!(of(gamma, &[0; 3], &[3.0; 3]), Some(ShrinkError::Constant));
    assert_eq!(of(beta, &[3; 3], &[3.0; 3]), Some(ShrinkError::Constant));
    assert_eq!(of(beta, &[0, 1, 1], &[1.0; 3]), Some(ShrinkError::SingleTrials));
    assert_eq!(of(beta, &[0, 9, 9, 0], &[9.0; 4]), Some(ShrinkError::Unbounded));
    assert_eq!(of(gamma, &[1, 2, 3], &[f64::INFINITY; 3]), Some(ShrinkError::Refusal(Refusal::NonFinite)));
    let prior = fit(beta, &CASES, &SIZES).unwrap();
    assert_eq!(shrunken(beta, &prior, 1, 2.0, 1.0), Err(Refusal::InvalidLevel));
}

#[test]
fn huge_counts_keep_their_digits() {
    let sizes = [8e7, 7e7, 6e7, 5e7];
    let prior = fit(Family::BetaBinomial, &[24_000_000, 28_000_000, 12_000_000, 20_000_000], &sizes).unwrap();
    let (a, b) = prior.parameters.unwrap();
    assert!((0.25..0.45).contains(&prior.mean) && a + b > 5.0 && a + b < 200.0, "{a} {b}");
    let unit = shrunken(Family::BetaBinomial, &prior, 24_000_000, 8e7, 0.95).unwrap();
    close(unit.value, 0.3, 1e-6);
}

proptest! {
    // No neighbouring pair of parameters is more likely; all results are finite and between the unit's own value and the mean.
    #[test]
    fn the_likelihood_is_largest_where_found(units in prop::collection::vec((0u64..40, 1u64..60), 3..25)) {
        let x: Vec<u64> = units.iter().map(|(x, n)| *x.min(n)).collect();
        let n: Vec<f64> = units.iter().map(|(_, n)| *n as f64).collect();
        for family in [Family::BetaBinomial, Family::GammaPoisson] {
            let Ok(prior) = fit(family, &x, &n) else { continue };
            for (&x, &n) in x.iter().zip(&n) {
                let unit = shrunken(family, &prior, x, n, 0.95).unwrap();
                let (low, high) = (unit.raw.min(prior.mean), unit.raw.max(prior.mean));
                prop_assert!(unit.value >= low - 1e-9 && unit.value <= high + 1e-9);
                if let Some(interval) = unit.interval {
                    prop_assert!(interval.lower >= 0.0 && interval.lower <= interval.upper && interval.upper.is_finite());
                }
            }
            let counts: Vec<(f64, f64)> = x.iter().zip(&n).map(|(x, n)| (*x as f64, *n)).collect();
            let at = |a: f64, b: f64| match family {
                Family::BetaBinomial => {
                    let model = BetaBinomial::new(&counts);
                    model.log_likelihood(a / (a + b), a + b) + model.constant()
                }
                Family::GammaPoisson => {
                    let model = GammaPoisson::new(&counts);
                    model.log_likelihood(a / b, a) + model.constant()
                }
            };
            if let Some((a, b)) = prior.parameters {
                for (u, v) in [(1.01, 1.0), (0.99, 1.0), (1.0, 1.01), (1.0, 0.99), (1.5, 1.5), (0.6, 0.6)] {
                    prop_assert!(at(a * u, b * v) <= prior.log_likelihood + 1e-9);
                }
            } else {
                for precision in [0.3, 3.0, 30.0, 300.0, 3000.0] {
                    let (a, b) = match family {
                        Family::BetaBinomial => (precision * prior.mean, precision * (1.0 - prior.mean)),
                        Family::GammaPoisson => (precision, precision / prior.mean),
                    };
                    prop_assert!(at(a, b) <= prior.log_likelihood + 1e-9);
                }
            }
        }
    }
}
