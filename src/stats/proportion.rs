//! Intervals of a single share beside Wilson's: exact, adjusted and Bayesian.

use super::interval::Interval;
use super::normal::normal_quantile;
use super::{Refusal, beta, tail};

fn checked(x: u64, n: u64) -> Result<(), Refusal> {
    match n {
        0 => Err(Refusal::ZeroDenominator),
        _ if x > n => Err(Refusal::CountExceedsDenominator),
        _ => Ok(()),
    }
}

/// The interval of the rarer outcome, mirrored if need be: neither side then loses digits near 0.
fn mirrored(x: u64, n: u64, interval: impl Fn(u64, u64) -> Result<Interval, Refusal>) -> Result<Interval, Refusal> {
    checked(x, n)?;
    if x <= n - x {
        return interval(x, n);
    }
    let rare = interval(n - x, n)?;
    Ok(Interval { lower: 1.0 - rare.upper, upper: 1.0 - rare.lower })
}

/// Exact limits of a share of `x` among `n` trials, between 0 and 1.
///
/// The limits solve P(X >= x) = α/2 and P(X <= x) = α/2 for a binomial X; they are quantiles of the beta
/// distributions (x, n-x+1) and (x+1, n-x). The lower limit of no case is 0, the upper one of `n` cases is 1.
/// Covers at least `level` whatever the share, and therefore more than asked for.
/// Reference: Clopper and Pearson (1934), Biometrika 26, 404-413.
///
/// # Errors
/// [`Refusal::ZeroDenominator`] for `n` = 0, [`Refusal::CountExceedsDenominator`] for `x` > `n`,
/// [`Refusal::InvalidLevel`].
pub fn clopper_pearson(x: u64, n: u64, level: f64) -> Result<Interval, Refusal> {
    let tail = tail(level)?;
    mirrored(x, n, |x, n| {
        let (cases, others) = (x as f64, (n - x) as f64);
        let lower = if x == 0 { 0.0 } else { beta::lower_quantile(cases, others + 1.0, tail)?.0 };
        let upper = if x == n { 1.0 } else { beta::lower_quantile(others, cases + 1.0, tail)?.1 };
        Ok(Interval { lower, upper })
    })
}

/// Equal-tailed posterior interval of a share of `x` among `n` trials under Jeffreys' prior, beta(1/2, 1/2).
///
/// The limits are the quantiles α/2 and 1-α/2 of the beta distribution (x+1/2, n-x+1/2). At `x` = 0 and `x` = `n`
/// these stay inside 0 and 1, so that the interval does not contain the share counted.
/// Reference: Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133 (without their change at the ends).
///
/// # Errors
/// As [`clopper_pearson`].
pub fn jeffreys(x: u64, n: u64, level: f64) -> Result<Interval, Refusal> {
    let tail = tail(level)?;
    mirrored(x, n, |x, n| {
        let (a, b) = (x as f64 + 0.5, (n - x) as f64 + 0.5);
        Ok(Interval { lower: beta::lower_quantile(a, b, tail)?.0, upper: beta::lower_quantile(b, a, tail)?.1 })
    })
}

/// Interval of Wald's form around the middle of Wilson's interval, cut to 0 and 1.
///
/// With z the normal quantile of 1/2 + `level`/2, n' = n + z² and p' = (x + z²/2)/n' the limits are
/// p' ± z √(p'(1-p')/n').
/// Reference: Agresti and Coull (1998), American Statistician 52, 119-126.
///
/// # Errors
/// As [`clopper_pearson`].
pub fn agresti_coull(x: u64, n: u64, level: f64) -> Result<Interval, Refusal> {
    let z = -normal_quantile(tail(level)?)?;
    mirrored(x, n, |x, n| {
        let trials = n as f64 + z * z;
        let (share, other) = ((x as f64 + z * z / 2.0) / trials, ((n - x) as f64 + z * z / 2.0) / trials);
        let half = z * (share * other / trials).sqrt();
        Ok(Interval { lower: (share - half).max(0.0), upper: (share + half).min(1.0) })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
