use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

#[test]
fn tails_with_closed_forms() {
    // beta(a, 1) has x^a, beta(1, b) has 1 - (1-x)^b; beta(2, 2) has x²(3 - 2x).
    close(lower_tail(3.0, 1.0, 0.2, 0.8), 0.008, 1e-13);
    close(lower_tail(1.0, 7.0, 1e-9, 1.0 - 1e-9), -(7.0 * (-1e-9f64).ln_1p()).exp_m1(), 1e-13);
    close(lower_tail(2.0, 2.0, 0.3, 0.7), 0.09 * 2.4, 1e-13);
    // The arcsine distribution: (2/π) asin √x.
    close(lower_tail(0.5, 0.5, 0.25, 0.75), 1.0 / 3.0, 1e-13);
    assert_eq!((lower_tail(2.0, 3.0, 0.0, 1.0), lower_tail(2.0, 3.0, 1.0, 0.0)), (0.0, 1.0));
}

#[test]
fn probabilities_and_shapes_are_checked() {
    for tail in [0.0, -0.1, 0.6, f64::NAN] {
        assert_eq!(lower_quantile(1.0, 1.0, tail), Err(Refusal::InvalidProbability));
    }
    assert_eq!(lower_quantile(0.0, 1.0, 0.1), Err(Refusal::Negative));
    assert_eq!(lower_quantile(1.0, f64::INFINITY, 0.1), Err(Refusal::NonFinite));
}

proptest! {
    // For whole shapes the tail is a binomial sum: P(X <= x) = P(Bin(a+b-1, x) >= a).
    #[test]
    fn whole_shapes_are_binomial_sums(a in 1u32..30, b in 1u32..30, x in 0.01..0.99f64) {
        let n = a + b - 1;
        let mut term = (1.0 - x).powi(i32::try_from(n).unwrap());
        let mut sum = 0.0;
        for k in 0..=n {
            if k >= a {
                sum += term;
            }
            term *= f64::from(n - k) / f64::from(k + 1) * x / (1.0 - x);
        }
        close(lower_tail(f64::from(a), f64::from(b), x, 1.0 - x), sum, 1e-11);
    }

    #[test]
    fn quantiles_invert_the_tail(a in -0.3..8.0f64, b in -0.3..8.0f64, exponent in -12.0..-0.302f64) {
        let (a, b, tail) = (10f64.powf(a), 10f64.powf(b), 10f64.powf(exponent));
        let (x, y) = lower_quantile(a, b, tail).unwrap();
        prop_assert!(x > 0.0 && y > 0.0 && (x + y - 1.0).abs() < 1e-15);
        // The tail moves by a relative √(a+b) times as much as the point.
        close(lower_tail(a, b, x, y), tail, 1e-9);
    }

    // With one shape of one the quantile is elementary.
    #[test]
    fn elementary_quantiles(shape in -0.3..8.0f64, exponent in -12.0..-0.302f64) {
        let (shape, tail) = (10f64.powf(shape), 10f64.powf(exponent));
        close(lower_quantile(shape, 1.0, tail).unwrap().0, (tail.ln() / shape).exp(), 1e-12);
        close(lower_quantile(1.0, shape, tail).unwrap().0, -((-tail).ln_1p() / shape).exp_m1(), 1e-12);
    }
}
