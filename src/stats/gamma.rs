//! Quantiles of the gamma distribution with scale 1, as far as exact Poisson limits need them.

use std::f64::consts::PI;

use super::Refusal;
use super::normal::normal_quantile;

/// From this shape the expansion around the normal quantile is accurate to 1e-13 relative.
const LARGE_SHAPE: f64 = 1e5;

/// The value that a gamma variable with `shape` >= 1 stays below with probability `tail`, 0 < `tail` < 0.5.
///
/// # Errors
/// [`Refusal::InvalidProbability`] for a tail that is no probability.
pub(crate) fn lower_quantile(shape: f64, tail: f64) -> Result<f64, Refusal> {
    let z = normal_quantile(tail)?;
    if shape >= LARGE_SHAPE {
        return Ok(large_shape(shape, z));
    }
    // Near zero the distribution function is x^shape / Γ(shape+1).
    let power = (ln_factorial(shape) / shape + tail.ln() / shape).exp();
    Ok(solve(shape, tail, wilson_hilferty(shape, z).max(power), lower_tail, 1.0))
}

/// The value that a gamma variable with `shape` >= 1 exceeds with probability `tail`, 0 < `tail` < 0.5.
///
/// # Errors
/// [`Refusal::InvalidProbability`] for a tail that is no probability.
pub(crate) fn upper_quantile(shape: f64, tail: f64) -> Result<f64, Refusal> {
    let z = -normal_quantile(tail)?;
    if shape >= LARGE_SHAPE {
        return Ok(large_shape(shape, z));
    }
    Ok(solve(shape, tail, wilson_hilferty(shape, z), upper_tail, -1.0))
}

/// Wilson and Hilferty (1931): the cube root is nearly normal. A starting value only.
fn wilson_hilferty(shape: f64, z: f64) -> f64 {
    shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).max(0.0).powi(3)
}

/// Cornish-Fisher expansion of the chi-square quantile with 2·shape degrees of freedom, halved
/// (Goldberg and Levine 1946, Annals of Mathematical Statistics 17, 216-225).
fn large_shape(shape: f64, z: f64) -> f64 {
    let s = z * z;
    let r = 1.0 / shape.sqrt();
    let terms = [
        z,
        (s - 1.0) / 3.0,
        z * (s - 7.0) / 36.0,
        -(3.0 * s * s + 7.0 * s - 16.0) / 810.0,
        z * (9.0 * s * s + 256.0 * s - 433.0) / 38_880.0,
    ];
    shape + shape.sqrt() * terms.iter().rev().fold(0.0, |sum, term| sum * r + term)
}

/// Newton's method on the logarithm of a tail that rises (`sign` 1) or falls (`sign` -1) in x. Both
/// tails are log-concave for shape >= 1; the bracket guards the first steps.
fn solve(shape: f64, tail: f64, start: f64, function: fn(f64, f64) -> f64, sign: f64) -> f64 {
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut x = if start > 0.0 { start } else { shape };
    for _ in 0..200 {
        let found = function(shape, x);
        let miss = (found / tail).ln();
        if miss * sign > 0.0 {
            high = x;
        } else {
            low = x;
        }
        // The density is x^shape e^-x / Γ(shape+1) times shape / x.
        let density = poisson_term(shape, x) * shape / x;
        let step = -sign * miss * found / density;
        if step.abs() <= 1e-13 * x {
            return x + step;
        }
        let mut next = x + step;
        if !(next > low && next < high) {
            next = if high.is_finite() { f64::midpoint(low, high) } else { 2.0 * x };
        }
        x = next;
    }
    x
}

/// ln Γ(a+1) for a >= 1, by the product formula up to 30 (`a` shifted) and Stirling's series.
pub(super) fn ln_factorial(a: f64) -> f64 {
    let mut product = 1.0;
    let mut b = a;
    while b < 30.0 {
        b += 1.0;
        product *= b;
    }
    (b + 0.5) * b.ln() - b + (2.0 * PI).ln() / 2.0 + stirling_rest(b) - product.ln()
}

/// The rest of Stirling's formula for ln Γ(a+1), a >= 30 (Abramowitz and Stegun 6.1.41).
fn stirling_rest(a: f64) -> f64 {
    let r = 1.0 / (a * a);
    (1.0 / 12.0 + r * (-1.0 / 360.0 + r * (1.0 / 1260.0 - r / 1680.0))) / a
}

/// x^a e^-x / Γ(a+1) without the cancellation of large logarithms (Loader 2000).
pub(super) fn poisson_term(a: f64, x: f64) -> f64 {
    if a < 30.0 {
        return (a * x.ln() - x - ln_factorial(a)).exp();
    }
    let u = (x - a) / a;
    let deviance = if u.abs() < 0.5 { a * (u - u.ln_1p()) } else { a * (a / x).ln() + x - a };
    (-deviance - stirling_rest(a)).exp() / (2.0 * PI * a).sqrt()
}

/// P(a, x) by its power series (Abramowitz and Stegun 6.5.29); needs some √a terms.
pub(super) fn lower_tail(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut k = a;
    while term > sum * 1e-17 {
        k += 1.0;
        term *= x / k;
        sum += term;
    }
    poisson_term(a, x) * sum
}

/// Q(a, x) by its continued fraction (Abramowitz and Stegun 6.5.31, method of Lentz) right of the mean;
/// left of it Q is above 0.1 and 1 - P loses nothing.
pub(super) fn upper_tail(a: f64, x: f64) -> f64 {
    if x < a + 1.0 {
        return 1.0 - lower_tail(a, x);
    }
    let mut b = x + 1.0 - a;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut value = d;
    for k in 1..100_000 {
        let k = f64::from(k);
        let numerator = k * (a - k);
        b += 2.0;
        d = 1.0 / (b + numerator * d);
        c = b + numerator / c;
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    // The fraction times x^a e^-x / Γ(a), and Γ(a) = Γ(a+1) / a.
    poisson_term(a, x) * a * value
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    proptest! {
        // With shape 1 the distribution is exponential.
        #[test]
        fn shape_one_is_exponential(exponent in -15.0..-0.31f64) {
            let tail = 10f64.powf(exponent);
            close(lower_quantile(1.0, tail).unwrap(), -(-tail).ln_1p(), 1e-13);
            close(upper_quantile(1.0, tail).unwrap(), -tail.ln(), 1e-13);
        }

        // P and Q are computed by different means; right of the mean they must add to one.
        #[test]
        fn tails_add_to_one(a in 1.0..5e4f64, z in 0.0..3.0f64) {
            let x = a + 1.0 + z * a.sqrt();
            prop_assert!((lower_tail(a, x) + upper_tail(a, x) - 1.0).abs() < 1e-12);
        }

        // The expansion and the solution meet where one hands over to the other.
        #[test]
        fn branches_meet(exponent in -6.0..-0.4f64) {
            let tail = 10f64.powf(exponent);
            let z = normal_quantile(tail).unwrap();
            let shape = LARGE_SHAPE - 1.0;
            close(large_shape(shape, z), lower_quantile(shape, tail).unwrap(), 1e-13);
            close(large_shape(shape, -z), upper_quantile(shape, tail).unwrap(), 1e-13);
        }
    }

    #[test]
    fn factorials() {
        // 5!, 20!, 170! (the last by 40-digit arithmetic: ln 170! = 706.57306224578734715).
        close(ln_factorial(5.0), 120f64.ln(), 1e-14);
        close(ln_factorial(20.0), 2_432_902_008_176_640_000f64.ln(), 1e-14);
        close(ln_factorial(170.0), 706.573_062_245_787_3, 1e-14);
    }
}
