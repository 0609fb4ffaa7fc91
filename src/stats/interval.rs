//! Intervals for a single count: shares of trials (Wilson) and event counts (Poisson).

use super::normal::normal_quantile;
use super::{Refusal, finite, gamma, non_negative, tail};

/// From this many events the Poisson interval of [`poisson`] is Byar's.
pub const BYAR_FROM: u64 = 10;

/// A two-sided confidence interval, in the unit of the estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Score interval of a share of `x` among `n` trials, between 0 and 1.
///
/// With z the normal quantile of 1/2 + `level`/2 the limits are
/// (x + z²/2 ± z √(x(n-x)/n + z²/4)) / (n + z²).
/// Reference: Wilson (1927), JASA 22, 209-212; Newcombe (1998), Statistics in Medicine 17, 857-872.
///
/// # Errors
/// [`Refusal::ZeroDenominator`] for `n` = 0, [`Refusal::CountExceedsDenominator`] for `x` > `n`,
/// [`Refusal::InvalidLevel`].
pub fn wilson(x: u64, n: u64, level: f64) -> Result<Interval, Refusal> {
    if n > 0 && x > n {
        return Err(Refusal::CountExceedsDenominator);
    }
    // Rounding to f64 above 2^53 keeps the order of x and n.
    wilson_real(x as f64, n as f64, level)
}

/// [`wilson`] for effective (real) numbers of cases and trials, for example after weighting.
///
/// # Errors
/// As [`wilson`], and [`Refusal::NonFinite`] or [`Refusal::Negative`] for such inputs.
pub fn wilson_real(x: f64, n: f64, level: f64) -> Result<Interval, Refusal> {
    wilson_score(x, n, -normal_quantile(tail(level)?)?)
}

/// [`wilson`] at 95 %, without computing the quantile anew: for millions of rows.
///
/// # Errors
/// As [`wilson`].
pub fn wilson_95(x: u64, n: u64) -> Result<Interval, Refusal> {
    wilson_score(x as f64, n as f64, Z_95)
}

/// The normal quantile of 0.975.
const Z_95: f64 = 1.959_963_984_540_054;

fn wilson_score(x: f64, n: f64, z: f64) -> Result<Interval, Refusal> {
    let (x, n) = (non_negative(x)?, non_negative(n)?);
    if n == 0.0 {
        return Err(Refusal::ZeroDenominator);
    }
    if x > n {
        return Err(Refusal::CountExceedsDenominator);
    }
    // The interval of the rarer outcome, mirrored if need be: neither side then loses digits near 0.
    let rare = x.min(n - x);
    let half = z * z / 2.0;
    let outer = rare + half + z * (rare * ((n - rare) / n) + half / 2.0).sqrt();
    let (lower, upper) = (finite(rare * (rare / n) / outer)?, finite(outer / (n + 2.0 * half))?);
    Ok(if rare < x { Interval { lower: 1.0 - upper, upper: 1.0 - lower } } else { Interval { lower, upper } })
}

/// Exact limits of the expected number of events when `x` were observed, in events.
///
/// The limits solve P(X >= x) = α/2 and P(X <= x) = α/2 for a Poisson variable X; they are gamma
/// quantiles with shapes x and x + 1 (half the chi-square quantiles with 2x and 2x + 2 degrees of
/// freedom). The lower limit of no event is 0.
/// Reference: Garwood (1936), Biometrika 28, 437-442.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn poisson_exact(x: u64, level: f64) -> Result<Interval, Refusal> {
    let tail = tail(level)?;
    let shape = x as f64;
    let lower = if x == 0 { 0.0 } else { gamma::lower_quantile(shape, tail)? };
    Ok(Interval { lower, upper: gamma::upper_quantile(shape + 1.0, tail)? })
}

/// Byar's approximation of the exact Poisson limits, in events.
///
/// Lower: x (1 - 1/(9x) - z/(3√x))³; upper: the same with x + 1 and + z. The lower limit is 0 for no
/// event and where the bracket is negative (one event at levels above 99.2 %).
/// Reference: Breslow and Day (1987), Statistical Methods in Cancer Research II, p. 69.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn byar(x: u64, level: f64) -> Result<Interval, Refusal> {
    let z = -normal_quantile(tail(level)?)?;
    let limit = |x: f64, z: f64| x * (1.0 - 1.0 / (9.0 * x) + z / (3.0 * x.sqrt())).max(0.0).powi(3);
    let x = x as f64;
    let lower = if x > 0.0 { limit(x, -z) } else { 0.0 };
    Ok(Interval { lower, upper: limit(x + 1.0, z) })
}

/// Limits of the expected number of events and the name of the method: `poisson_exact` below
/// [`BYAR_FROM`] events, `byar` from there on, where the two differ by less than 0.3 % at 95 %.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn poisson(x: u64, level: f64) -> Result<(Interval, &'static str), Refusal> {
    if x < BYAR_FROM { Ok((poisson_exact(x, level)?, "poisson_exact")) } else { Ok((byar(x, level)?, "byar")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29, method 3, four decimals.
    #[test]
    fn wilson_agrees_with_the_published_table() {
        for (x, n, lower, upper) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let i = wilson(x, n, 0.95).unwrap();
            assert!((i.lower - lower).abs() < 5.1e-5 && (i.upper - upper).abs() < 5.1e-5, "{x}/{n}: {i:?}");
        }
    }

    #[test]
    fn wilson_at_the_edges() {
        // At x = 0 the formula reduces to [0, z²/(n+z²)]: z² = 3.8414588206941 for 95 %.
        let z2 = 3.841_458_820_694_124;
        let none = wilson(0, 10, 0.95).unwrap();
        assert_eq!(none.lower, 0.0);
        close(none.upper, z2 / (10.0 + z2), 1e-14);
        let all = wilson(10, 10, 0.95).unwrap();
        assert_eq!(all.upper, 1.0);
        close(all.lower, 10.0 / (10.0 + z2), 1e-14);
        assert_eq!(wilson(0, 0, 0.95), Err(Refusal::ZeroDenominator));
        assert_eq!(wilson(3, 0, 0.95), Err(Refusal::ZeroDenominator));
        assert_eq!(wilson(11, 10, 0.95), Err(Refusal::CountExceedsDenominator));
        assert_eq!(wilson(1, 10, 95.0), Err(Refusal::InvalidLevel));
        assert_eq!(wilson_real(f64::NAN, 10.0, 0.95), Err(Refusal::NonFinite));
        assert_eq!(wilson_real(1.0, f64::INFINITY, 0.95), Err(Refusal::NonFinite));
        assert_eq!(wilson_real(-1.0, 10.0, 0.95), Err(Refusal::Negative));
    }

    #[test]
    fn huge_counts() {
        // 40 of 80 million: the half width is z √(1/4n) = 1.09565e-4 up to a factor 1 - z²/2n (by hand).
        let i = wilson(40_000_000, 80_000_000, 0.95).unwrap();
        close(0.5 - i.lower, 1.959_963_984_540_054 * (1.0 / (4.0 * 8e7f64)).sqrt(), 1e-7);
        // A single case in 80 million: the formula evaluated with 40 digits.
        let one = wilson(1, 80_000_000, 0.95).unwrap();
        close(one.lower, 2.206_556_940_097_257_3e-9, 1e-12);
        close(one.upper, 7.081_167_481_237_269e-8, 1e-12);
        let max = wilson(u64::MAX, u64::MAX, 0.95).unwrap();
        assert!(max.lower > 0.999_999 && max.upper == 1.0);
    }

    #[test]
    fn poisson_agrees_with_garwoods_table_and_quadrature() {
        // Garwood's 95 % limits as commonly tabulated, two to four decimals.
        for (x, lower, upper) in
            [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.624, 11.668), (10, 4.795, 18.390), (100, 81.36, 121.63)]
        {
            let i = poisson_exact(x, 0.95).unwrap();
            assert!((i.lower - lower).abs() < 6e-3 && (i.upper - upper).abs() < 6e-3, "{x}: {i:?}");
        }
        // Inversion of the incomplete gamma function, and quadrature of its density from 200 000 on, both
        // with 30 digits or more (mpmath).
        for (x, level, lower, upper) in [
            (1, 0.95, 0.025_317_807_984_289_876, 5.571_643_390_938_899),
            (2, 0.998, 0.045_402_017_769_489_56, 11.228_872_242_412_66),
            (9, 0.95, 4.115_373_097_378_332, 17.084_803_451_419_17),
            (31, 0.998, 16.590_537_101_647_747, 52.358_162_631_520_29),
            (1_000, 0.95, 938.973_018_407_695_2, 1_063.952_136_016_302),
            (12_345, 0.998, 12_004.498_140_284_072, 12_692.215_391_365_363),
            (200_000, 0.95, 199_124.424_996_541_17, 200_878.471_499_962_87),
            (200_000, 0.998, 198_620.855_453_291_72, 201_385.847_688_154_95),
            (80_000_000, 0.95, 79_982_470.496_360_63, 80_017_532.398_054_81),
            (80_000_000, 0.998, 79_972_362.971_809_33, 80_027_643.728_053_88),
        ] {
            let i = poisson_exact(x, level).unwrap();
            close(i.lower, lower, 1e-12);
            close(i.upper, upper, 1e-12);
        }
        assert_eq!(poisson_exact(3, 1.0), Err(Refusal::InvalidLevel));
        assert!(poisson_exact(u64::MAX, 0.95).unwrap().lower > 1.8e19);
    }

    #[test]
    fn no_event_has_the_elementary_upper_limit() {
        // P(X = 0) = e^-u = α/2.
        let i = poisson_exact(0, 0.95).unwrap();
        assert_eq!(i.lower, 0.0);
        close(i.upper, 40f64.ln(), 1e-14);
        assert_eq!(byar(0, 0.95).unwrap().lower, 0.0);
        assert_eq!(byar(1, 0.998).unwrap().lower, 0.0);
    }

    #[test]
    fn the_method_changes_at_ten_events() {
        assert_eq!(poisson(9, 0.95).unwrap(), (poisson_exact(9, 0.95).unwrap(), "poisson_exact"));
        assert_eq!(poisson(10, 0.95).unwrap(), (byar(10, 0.95).unwrap(), "byar"));
        let (exact, byar) = (poisson_exact(10, 0.95).unwrap(), byar(10, 0.95).unwrap());
        close(byar.lower, exact.lower, 3e-3);
        close(byar.upper, exact.upper, 3e-3);
    }

    proptest! {
        #[test]
        fn wilson_contains_the_share_and_mirrors(n in 1u64..80_000_000, part in 0.0..=1.0f64, level in 0.01..0.9999f64) {
            let x = ((n as f64) * part) as u64;
            let i = wilson(x, n, level).unwrap();
            let p = x as f64 / n as f64;
            prop_assert!(0.0 <= i.lower && i.lower <= p && p <= i.upper && i.upper <= 1.0);
            let mirror = wilson(n - x, n, level).unwrap();
            prop_assert!((i.lower - (1.0 - mirror.upper)).abs() < 1e-15);
            let wider = wilson(x, n, level + 5e-5).unwrap();
            prop_assert!(wider.upper - wider.lower > i.upper - i.lower);
        }

        // The limits are defined by tail probabilities: for few events these are finite sums.
        #[test]
        fn exact_limits_leave_the_tail_outside(x in 0u64..60, level in 0.05..0.9999f64) {
            let i = poisson_exact(x, level).unwrap();
            let at_most = |x: u64, mean: f64| {
                let mut term = (-mean).exp();
                (1..=x).fold(term, |sum, k| { term *= mean / k as f64; sum + term })
            };
            close(at_most(x, i.upper), (1.0 - level) / 2.0, 1e-10);
            if x > 0 {
                prop_assert!((1.0 - at_most(x - 1, i.lower) - (1.0 - level) / 2.0).abs() < 1e-13);
            }
        }

        #[test]
        fn poisson_contains_the_count_and_widens(x in 0u64..100_000_000, level in 0.3..0.999f64) {
            for f in [poisson_exact, byar] {
                let (i, wider) = (f(x, level).unwrap(), f(x, level + 5e-4).unwrap());
                prop_assert!(0.0 <= i.lower && i.lower <= x as f64 && x as f64 <= i.upper);
                prop_assert!(wider.lower <= i.lower && wider.upper > i.upper);
            }
        }
    }
}
