//! Quantiles of the normal and of Student's t distribution.

use super::Refusal;

/// From this many degrees of freedom the expansion in powers of 1/df is accurate to rounding.
const LARGE_DF: f64 = 1e4;
/// Smaller tails are not computed: squares of the quantile would overflow.
const SMALLEST_TAIL: f64 = 1e-100;

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// Quantile of the standard normal distribution, to about 1e-15 relative.
///
/// Rational approximations in three regions of the probability `p`.
/// Reference: Wichura (1988), Algorithm AS 241, Applied Statistics 37, 477-484 (PPND16).
///
/// # Errors
/// [`Refusal::InvalidProbability`] unless 0 < `p` < 1.
pub fn normal_quantile(p: f64) -> Result<f64, Refusal> {
    const A: [f64; 8] = [
        3.387_132_872_796_366_5,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ];
    const B: [f64; 8] = [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_854e3,
    ];
    const C: [f64; 8] = [
        1.423_437_110_749_683_5,
        4.630_337_846_156_546,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ];
    const D: [f64; 8] = [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ];
    const E: [f64; 8] = [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ];
    const F: [f64; 8] = [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ];
    if !(p > 0.0 && p < 1.0) {
        return Err(Refusal::InvalidProbability);
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return Ok(q * polynomial(&A, r) / polynomial(&B, r));
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let size = if r <= 5.0 {
        polynomial(&C, r - 1.6) / polynomial(&D, r - 1.6)
    } else {
        polynomial(&E, r - 5.0) / polynomial(&F, r - 5.0)
    };
    Ok(size.copysign(q))
}

/// Quantile of Student's t distribution with `df` degrees of freedom (any real number from 1; infinity
/// is the normal distribution), to about 1e-12 relative.
///
/// Below 10 000 degrees of freedom Newton's method on the logarithm of the tail probability, which is
/// I(df/(df+t²); df/2, 1/2)/2 with the regularised incomplete beta function (Abramowitz and Stegun 1964,
/// 26.7.1 and 26.5.8); above, the expansion of the quantile in powers of 1/df around the normal quantile
/// (ibid. 26.7.5).
///
/// # Errors
/// [`Refusal::InvalidProbability`] unless both tails are at least 1e-100;
/// [`Refusal::InvalidDegreesOfFreedom`] unless `df` >= 1.
pub fn student_quantile(p: f64, df: f64) -> Result<f64, Refusal> {
    let tail = p.min(1.0 - p);
    if p.is_nan() || tail < SMALLEST_TAIL {
        return Err(Refusal::InvalidProbability);
    }
    if df.is_nan() || df < 1.0 {
        return Err(Refusal::InvalidDegreesOfFreedom);
    }
    if tail == 0.5 {
        return Ok(0.0);
    }
    let z = -normal_quantile(tail)?;
    let t = if df >= LARGE_DF { large_df(z, df) } else { solve_student(tail, z, df) };
    Ok(t.copysign(p - 0.5))
}

fn large_df(z: f64, df: f64) -> f64 {
    let s = z * z;
    let terms = [
        1.0,
        (s + 1.0) / 4.0,
        polynomial(&[3.0, 16.0, 5.0], s) / 96.0,
        polynomial(&[-15.0, 17.0, 19.0, 3.0], s) / 384.0,
        polynomial(&[-945.0, -1920.0, 1482.0, 776.0, 79.0], s) / 92_160.0,
    ];
    z * polynomial(&terms, 1.0 / df)
}

/// Solves P(T > t) = `tail` for t > 0. The logarithm of the tail falls steadily in ln t, so Newton's
/// method in ln t, held inside a bracket, cannot cycle.
fn solve_student(tail: f64, z: f64, df: f64) -> f64 {
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    // The t quantile is never below the normal one; for heavy tails the power law of the tail is nearer.
    let power = df.sqrt() * (student_constant(df) / (tail * df.sqrt())).powf(1.0 / df);
    let mut s = if tail < 0.01 && power.is_finite() { z.max(power) } else { z }.ln();
    for _ in 0..200 {
        let t = s.exp();
        let (found, density) = student_tail(t, df);
        let miss = (found / tail).ln();
        if miss > 0.0 {
            low = s;
        } else {
            high = s;
        }
        let step = miss * found / (density * t);
        // Near the median steps cannot become smaller than the rounding of the tail allows.
        if step.abs() <= 1e-13 || miss.abs() <= 1e-15 {
            return (s + step).exp();
        }
        let mut next = s + step;
        if !(next > low && next < high) {
            next = match (low.is_finite(), high.is_finite()) {
                (true, true) => f64::midpoint(low, high),
                (true, false) => low + 1.0,
                _ => high - 1.0,
            };
        }
        s = next;
    }
    s.exp()
}

/// Γ((df+1)/2) / (Γ(df/2) √π): the constant of the density times √df.
fn student_constant(df: f64) -> f64 {
    // Γ(a+½)/Γ(a) = √a (1 - 1/8a + 1/128a² + ...), Abramowitz and Stegun 6.1.47, shifted to large a.
    let mut a = df / 2.0;
    let mut shift = 1.0;
    while a < 64.0 {
        shift *= a / (a + 0.5);
        a += 1.0;
    }
    let series = [1.0, -1.0 / 8.0, 1.0 / 128.0, 5.0 / 1024.0, -21.0 / 32_768.0, -399.0 / 262_144.0];
    shift * a.sqrt() * polynomial(&series, 1.0 / a) / std::f64::consts::PI.sqrt()
}

/// P(T > t) and the density at t > 0.
pub(super) fn student_tail(t: f64, df: f64) -> (f64, f64) {
    let constant = student_constant(df);
    let square = t * t / df;
    let power = (-(df / 2.0) * square.ln_1p()).exp();
    let density = constant / df.sqrt() * power / (1.0 + square).sqrt();
    let x = 1.0 / (1.0 + square);
    let complement = square / (1.0 + square);
    // 1/B(df/2, 1/2) is the constant itself, and x^a (1-x)^b = power * sqrt(complement).
    let front = constant * power * complement.sqrt();
    let tail = if x < (df / 2.0 + 1.0) / (df / 2.0 + 2.5) {
        front * beta_fraction(x, df / 2.0, 0.5) / df
    } else {
        0.5 - front * beta_fraction(complement, 0.5, df / 2.0)
    };
    (tail, density)
}

/// The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), evaluated by
/// the modified method of Lentz (1976). Fast for x < (a+1)/(a+b+2).
pub(super) fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guard(1.0 + term * d);
            c = guard(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    // Values of both tests: inversion of erfc and of the incomplete beta function with 40 digits (mpmath).
    #[test]
    fn normal_quantiles_agree_with_forty_digit_arithmetic() {
        for (p, z) in [
            (0.975, 1.959_963_984_540_054_2),
            (0.9, 1.281_551_565_544_600_5),
            (0.5001, 2.506_628_300_880_351e-4),
            (0.075, -1.439_531_470_938_456),
            (0.001, -3.090_232_306_167_813_5),
            (1e-5, -4.264_890_793_922_825),
            (1e-10, -6.361_340_902_404_056),
            (1e-20, -9.262_340_089_798_408),
            (1e-100, -21.273_453_560_965_324),
        ] {
            // Just above one half the subtraction p - 0.5 already loses four digits of p itself.
            close(normal_quantile(p).unwrap(), z, if p == 0.5001 { 2e-12 } else { 2e-15 });
        }
        assert_eq!(normal_quantile(0.5), Ok(0.0));
    }

    #[test]
    fn student_quantiles_agree_with_forty_digit_arithmetic() {
        for (p, df, t) in [
            (0.6, 7.25, 0.262_822_759_426_779_9),
            (0.975, 4.5, 2.658_912_347_204_404),
            (0.999, 3.0, 10.214_531_852_407_387),
            (0.975, 120.0, 1.979_930_405_082_441),
            (0.975, 999.5, 1.962_340_270_383_845_8),
            (0.9995, 9_999.0, 3.291_500_063_300_932),
            (0.999, 10_001.0, 3.091_047_434_498_081),
            (0.999, 1e6, 3.090_240_456_316_52),
            (0.999_999_9, 5.0, 39.341_819_616_899_587),
        ] {
            // 1 - 0.9999999 carries nine digits only.
            close(student_quantile(p, df).unwrap(), t, if p > 0.9999 { 1e-9 } else { 1e-12 });
        }
        close(student_quantile(0.975, f64::INFINITY).unwrap(), 1.959_963_984_540_054_2, 1e-15);
    }

    // Student's table as printed in textbooks (Fisher and Yates 1963, table III), three decimals.
    #[test]
    fn student_quantiles_agree_with_the_printed_table() {
        for (df, t95, t975, t995) in [
            (1.0, 6.314, 12.706, 63.657),
            (2.0, 2.920, 4.303, 9.925),
            (4.0, 2.132, 2.776, 4.604),
            (10.0, 1.812, 2.228, 3.169),
            (30.0, 1.697, 2.042, 2.750),
            (120.0, 1.658, 1.980, 2.617),
        ] {
            for (p, t) in [(0.95, t95), (0.975, t975), (0.995, t995)] {
                let found = student_quantile(p, df).unwrap();
                assert!((found - t).abs() < 6e-4, "df {df}, p {p}: {found} against {t}");
            }
        }
    }

    #[test]
    fn probabilities_and_degrees_outside_their_range_are_refused() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(normal_quantile(p), Err(Refusal::InvalidProbability));
            assert_eq!(student_quantile(p, 5.0), Err(Refusal::InvalidProbability));
        }
        for df in [0.0, 0.99, -3.0, f64::NAN] {
            assert_eq!(student_quantile(0.9, df), Err(Refusal::InvalidDegreesOfFreedom));
        }
    }

    proptest! {
        // With one and two degrees of freedom the quantile is elementary: -cot(πp) and
        // (2p-1) / sqrt(2p(1-p)).
        #[test]
        fn elementary_cases(exponent in -30.0..-0.4f64) {
            let p = 10f64.powf(exponent);
            close(student_quantile(p, 1.0).unwrap(), -1.0 / (std::f64::consts::PI * p).tan(), 1e-12);
            close(student_quantile(p, 2.0).unwrap(), (2.0 * p - 1.0) / (2.0 * p * (1.0 - p)).sqrt(), 1e-12);
        }

        // The two branches meet at the same value, and fewer degrees give a wider quantile.
        #[test]
        fn branches_meet(p in 0.51..0.999_999f64) {
            let tail = 1.0 - p;
            let z = -normal_quantile(tail).unwrap();
            close(large_df(z, 9_999.0), solve_student(tail, z, 9_999.0), 1e-12);
            prop_assert!(student_quantile(p, 4.0).unwrap() > student_quantile(p, 40.0).unwrap());
            prop_assert!(student_quantile(p, 40.0).unwrap() > z);
        }
    }
}
