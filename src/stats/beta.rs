//! Tails and quantiles of the beta distribution that keep their digits for counts of a hundred million.
//!
//! A point is given by `x` and `y` = 1 - x together, so that nothing is lost on either side of the interval.

use std::f64::consts::PI;

use super::gamma::ln_factorial;
use super::normal::normal_quantile;
use super::{Refusal, finite};

/// Γ(a+1) in terms of Stirling's formula: the logarithm of their quotient.
fn stirling_rest(a: f64) -> f64 {
    if a < 30.0 {
        return ln_factorial(a) - ((a + 0.5) * a.ln() - a + (2.0 * PI).ln() / 2.0);
    }
    let r = 1.0 / (a * a);
    (1.0 / 12.0 + r * (-1.0 / 360.0 + r * (1.0 / 1260.0 - r / 1680.0))) / a
}

/// m ((1+u) ln(1+u) - u): what a Poisson mean `m` lacks in likelihood against the count m (1+u).
fn deviance(m: f64, u: f64) -> f64 {
    if u.abs() < 0.05 {
        // The power series, u²/2 - u³/6 + u⁴/12 - …, where the closed form would cancel.
        let mut power = u * u;
        let mut sum = 0.0;
        for k in 2..20 {
            let k = f64::from(k);
            sum += power / (k * (k - 1.0));
            power *= -u;
        }
        return m * sum;
    }
    m * ((1.0 + u) * u.ln_1p() - u)
}

/// x^a y^b / B(a, b), as a deviance from the mode instead of a difference of large logarithms.
/// Reference: Loader (2000), Fast and accurate computation of binomial probabilities.
fn kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let (mean_a, mean_b) = (n * x, n * y);
    // a - n x, without subtracting two nearly equal large numbers.
    let off = a * y - b * x;
    let exponent = stirling_rest(n)
        - stirling_rest(a)
        - stirling_rest(b)
        - deviance(mean_a, off / mean_a)
        - deviance(mean_b, -off / mean_b);
    (a * b / (2.0 * PI * n)).sqrt() * exponent.exp()
}

/// The tail below `x` <= a/(a+b) over [`kernel`]: a continued fraction in which a y - b x stands instead of
/// differences that cancel for x near 1, by the method of Lentz.
/// Reference: DiDonato and Morris (1992), ACM Transactions on Mathematical Software 18, 360-373.
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let off = a * y - b * x;
    let mut value = a * (off + 1.0) / (a + 1.0);
    let (mut c, mut d, mut m) = (value, 0.0, 1.0);
    loop {
        let below = a + 2.0 * m - 1.0;
        let numerator = ((a + m - 1.0) / below) * ((a + b + m - 1.0) / below) * m * (b - m) * x * x;
        let denominator = m + m * (b - m) * x / below + (a + m) * (off + 1.0 + m * (1.0 + y)) / (below + 2.0);
        d = 1.0 / (denominator + numerator * d);
        c = denominator + numerator / c;
        let change = c * d;
        value *= change;
        m += 1.0;
        // About √(a+b) steps near the mean; the bound is never met for counts a computer can hold.
        if (change - 1.0).abs() <= 2.3e-16 || m > 1e7 {
            return 1.0 / value;
        }
    }
}

/// P(X <= x) for a beta variable with shapes `a` and `b` above 0; `y` is 1 - x, both between 0 and 1.
///
/// Reference: Abramowitz and Stegun (1964), 26.5; NIST Digital Library of Mathematical Functions, 8.17.
#[must_use]
pub fn lower_tail(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    if a * y >= b * x {
        kernel(a, b, x, y) * fraction(a, b, x, y)
    } else {
        1.0 - kernel(a, b, x, y) * fraction(b, a, y, x)
    }
}

/// The point that a beta variable with shapes `a` and `b` stays below with probability `tail` <= 0.5, and
/// 1 minus it, both to about 1e-13 relative.
///
/// On the logit scale the density is log-concave, so Newton's method on the logarithm of the tail comes from
/// one side only; a bracket guards it against rounding.
///
/// # Errors
/// [`Refusal::InvalidProbability`] unless 0 < `tail` <= 0.5; [`Refusal::NonFinite`] or [`Refusal::Negative`] for
/// shapes that are not finite numbers above 0.
pub fn lower_quantile(a: f64, b: f64, tail: f64) -> Result<(f64, f64), Refusal> {
    if !(tail > 0.0 && tail <= 0.5) {
        return Err(Refusal::InvalidProbability);
    }
    if finite(a)? <= 0.0 || finite(b)? <= 0.0 {
        return Err(Refusal::Negative);
    }
    let point = |logit: f64| {
        let small = (-logit.abs()).exp();
        let (rare, common) = (small / (1.0 + small), 1.0 / (1.0 + small));
        if logit < 0.0 { (rare, common) } else { (common, rare) }
    };
    let (mut low, mut high) = (-745.0, 745.0);
    let mut logit = (a / b).ln() + normal_quantile(tail)? * (1.0 / a + 1.0 / b).sqrt();
    logit = logit.clamp(low, high);
    for _ in 0..200 {
        let (x, y) = point(logit);
        let found = lower_tail(a, b, x, y);
        let miss = (found / tail).ln();
        if miss > 0.0 {
            high = logit;
        } else {
            low = logit;
        }
        let step = -miss * found / kernel(a, b, x, y);
        let next = logit + step;
        if step.abs() <= 1e-13 {
            return Ok(point(next));
        }
        logit = if next > low && next < high { next } else { f64::midpoint(low, high) };
        if high - low <= 1e-15 * logit.abs() {
            break;
        }
    }
    Ok(point(logit))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
