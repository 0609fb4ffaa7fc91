//! Two independent shares or rates compared: difference and ratio, the first against the second.
//!
//! The counts are taken as binomial (cases among all) or Poisson (events per exposure). That is right for the
//! counts of one town in one month; for groups of towns see [`super::cluster`].

use super::interval::{Interval, wilson, wilson_real};
use super::normal::normal_quantile;
use super::probability::normal_two_sided;
use super::{Refusal, finite, root, tail};

/// A comparison. What the data leave open (a limit at infinity, a ratio with a second count of 0) is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// First minus second, or first over second.
    pub value: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Two-sided p value of no difference, where the method is a test.
    pub p: Option<f64>,
    /// Standard error of the natural logarithm of the ratio, where the method has one.
    pub se_log: Option<f64>,
}

impl Comparison {
    fn of(value: f64, lower: f64, upper: f64) -> Self {
        let known = |v: f64| v.is_finite().then_some(v);
        Self { value: known(value), lower: known(lower), upper: known(upper), p: None, se_log: None }
    }
}

/// Cases among all cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Cases counted.
    pub x: u64,
    /// All cases.
    pub n: u64,
}

/// Events per exposure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Events.
    pub x: u64,
    /// Exposure, above 0, for example inhabitants times months.
    pub exposure: f64,
}

impl Share {
    fn numbers(self) -> Result<(f64, f64), Refusal> {
        match self.n {
            0 => Err(Refusal::ZeroDenominator),
            n if self.x > n => Err(Refusal::CountExceedsDenominator),
            n => Ok((self.x as f64, n as f64)),
        }
    }
}

impl Rate {
    fn numbers(self) -> Result<(f64, f64), Refusal> {
        let exposure = super::non_negative(self.exposure)?;
        if exposure == 0.0 { Err(Refusal::ZeroDenominator) } else { Ok((self.x as f64, exposure)) }
    }

    /// Score limits (x + z²/2 ± z √(x + z²/4)) / exposure.
    fn score(self, z: f64) -> Interval {
        let x = self.x as f64;
        let outer = x + z * z / 2.0 + z * (x + z * z / 4.0).sqrt();
        // The product of both limits is x².
        Interval { lower: x * (x / outer) / self.exposure, upper: outer / self.exposure }
    }
}

/// Limits of a difference from the limits of both parts.
fn mover_difference(p: [f64; 2], i: [Interval; 2]) -> (f64, f64) {
    let difference = p[0] - p[1];
    (
        difference - (p[0] - i[0].lower).hypot(i[1].upper - p[1]),
        difference + (i[0].upper - p[0]).hypot(p[1] - i[1].lower),
    )
}

/// Limits of a ratio from the limits of both parts; the upper one is infinite where the second part may be 0.
fn mover_ratio(p: [f64; 2], i: [Interval; 2]) -> (f64, f64) {
    let product = p[0] * p[1];
    let root = |b: f64, c: f64| (product * product - b * c).max(0.0).sqrt();
    // p² - (p-limit)², for both limits.
    let near = |p: f64, limit: f64| limit * (2.0 * p - limit);
    let b = near(p[0], i[0].lower);
    let lower = if b == 0.0 { 0.0 } else { b / (product + root(b, near(p[1], i[1].upper))) };
    let (b, c) = (near(p[0], i[0].upper), near(p[1], i[1].lower));
    let upper = if c > 0.0 { (product + root(b, c)) / c } else { f64::INFINITY };
    (lower, upper)
}

fn z(level: f64) -> Result<f64, Refusal> {
    Ok(-normal_quantile(tail(level)?)?)
}

/// A ratio of two empty counts says nothing.
fn some_events(x: [f64; 2]) -> Result<(), Refusal> {
    if x == [0.0, 0.0] { Err(Refusal::ZeroRate) } else { Ok(()) }
}

/// Difference of two shares with Newcombe's limits: the distances of both Wilson limits from their shares, added as
/// squares (MOVER). Stays within -1 and 1.
///
/// Lower: d - √((p₁-l₁)² + (u₂-p₂)²); upper: d + √((u₁-p₁)² + (p₂-l₂)²).
/// Reference: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Zou and Donner (2008), ibid. 27, 1693-1702.
///
/// # Errors
/// [`Refusal::ZeroDenominator`], [`Refusal::CountExceedsDenominator`], [`Refusal::InvalidLevel`].
pub fn newcombe(a: Share, b: Share, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, n1), (x2, n2)) = (a.numbers()?, b.numbers()?);
    let p = [x1 / n1, x2 / n2];
    let (lower, upper) = mover_difference(p, [wilson(a.x, a.n, level)?, wilson(b.x, b.n, level)?]);
    Ok(Comparison::of(p[0] - p[1], lower.max(-1.0), upper.min(1.0)))
}

/// Ratio of two shares by MOVER-R with Wilson limits.
///
/// With s = p₁p₂ the lower limit is (s - √(s² - l₁u₂(2p₁-l₁)(2p₂-u₂))) / (u₂(2p₂-u₂)), the upper one
/// (s + √(s² - u₁l₂(2p₁-u₁)(2p₂-l₂))) / (l₂(2p₂-l₂)); none where the second count is 0.
/// Reference: Donner and Zou (2012), Statistical Methods in Medical Research 21, 347-359.
///
/// # Errors
/// As [`newcombe`]; [`Refusal::ZeroRate`] where both counts are 0.
pub fn risk_ratio_mover(a: Share, b: Share, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, n1), (x2, n2)) = (a.numbers()?, b.numbers()?);
    some_events([x1, x2])?;
    let p = [x1 / n1, x2 / n2];
    let (lower, upper) = mover_ratio(p, [wilson(a.x, a.n, level)?, wilson(b.x, b.n, level)?]);
    Ok(Comparison::of(p[0] / p[1], lower, upper))
}

/// Ratio of two shares, symmetric on the log scale: ln(p₁/p₂) ± z √(1/x₁ - 1/n₁ + 1/x₂ - 1/n₂). The p value is
/// that of the same statistic.
/// Reference: Katz, Baptista, Azen and Pike (1978), Biometrics 34, 469-474.
///
/// # Errors
/// As [`newcombe`]; [`Refusal::ZeroRate`] where a count is 0; [`Refusal::NoVariation`] where both shares are 1.
pub fn risk_ratio_log(a: Share, b: Share, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, n1), (x2, n2)) = (a.numbers()?, b.numbers()?);
    // 1/x - 1/n without cancellation.
    let variance = (n1 - x1) / (x1 * n1) + (n2 - x2) / (x2 * n2);
    log_ratio([x1, x2], (x1 / n1) / (x2 / n2), variance, level)
}

/// Ratio of two rates, symmetric on the log scale: ln(r₁/r₂) ± z √(1/x₁ + 1/x₂). The p value is that of the same
/// statistic. Reference: Rothman and Greenland (1998), Modern Epidemiology, chapter 14.
///
/// # Errors
/// [`Refusal::ZeroDenominator`], [`Refusal::ZeroRate`] where a count is 0, [`Refusal::NonFinite`],
/// [`Refusal::Negative`], [`Refusal::InvalidLevel`].
pub fn rate_ratio_log(a: Rate, b: Rate, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, e1), (x2, e2)) = (a.numbers()?, b.numbers()?);
    log_ratio([x1, x2], (x1 / e1) / (x2 / e2), 1.0 / x1 + 1.0 / x2, level)
}

fn log_ratio(x: [f64; 2], ratio: f64, variance: f64, level: f64) -> Result<Comparison, Refusal> {
    let z = z(level)?;
    if x.contains(&0.0) {
        return Err(Refusal::ZeroRate);
    }
    let se = variance.sqrt();
    if se == 0.0 {
        return Err(Refusal::NoVariation);
    }
    let factor = finite((z * se).exp())?;
    let p = normal_two_sided(finite(ratio)?.ln() / se);
    Ok(Comparison { p: Some(p), se_log: Some(se), ..Comparison::of(ratio, ratio / factor, ratio * factor) })
}

/// The variance of a score is multiplied by N/(N-1) where Miettinen and Nurminen's correction is wanted.
fn correction(n: f64, corrected: bool) -> f64 {
    if corrected && n > 1.0 { n / (n - 1.0) } else { 1.0 }
}

/// A deviation over its standard error; infinite where the latter is 0 under the hypothesis.
fn standardised(deviation: f64, variance: f64) -> f64 {
    if deviation == 0.0 { 0.0 } else { deviation / variance.max(0.0).sqrt() }
}

/// Difference of two shares by inverting the score test of p₁ - p₂ = d: the limits are the d at which the deviation
/// from d, over its standard error at the most likely shares that differ by d, is ±z. The p value is that of d = 0.
///
/// With `corrected` the variance has Miettinen and Nurminen's factor N/(N-1), N = n₁+n₂; without it the interval is
/// Mee's. The limits are those of Newcombe's table of 1998; statsmodels up to 0.15.0 gives others, as its cubic equation
/// has x₂ where n₂ belongs.
/// Reference: Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226; Mee (1984), Biometrics 40, 1175-1176.
///
/// # Errors
/// As [`newcombe`].
pub fn score_difference(a: Share, b: Share, level: f64, corrected: bool) -> Result<Comparison, Refusal> {
    let z = z(level)?;
    let ((x1, n1), (x2, n2)) = (a.numbers()?, b.numbers()?);
    let difference = x1 / n1 - x2 / n2;
    let factor = correction(n1 + n2, corrected);
    let statistic = |d: f64| {
        let second = second_share([x1, n1, x2, n2], d);
        let first = second + d;
        let variance = first * (1.0 - first) / n1 + second * (1.0 - second) / n2;
        standardised(difference - d, factor * variance)
    };
    let lower = root::falling(-1.0, difference, |d| statistic(d) - z);
    let upper = root::falling(difference, 1.0, |d| statistic(d) + z);
    let p = Some(normal_two_sided(statistic(0.0)));
    Ok(Comparison { p, ..Comparison::of(difference, lower, upper) })
}

/// The most likely second share where the first is larger by `d`: the derivative of the log-likelihood falls.
fn second_share([x1, n1, x2, n2]: [f64; 4], d: f64) -> f64 {
    if d == 0.0 {
        return (x1 + x2) / (n1 + n2);
    }
    let part = |count: f64, share: f64| if count == 0.0 { 0.0 } else { count / share };
    root::falling((-d).max(0.0), (1.0 - d).min(1.0), |second| {
        let first = second + d;
        part(x1, first) - part(n1 - x1, 1.0 - first) + part(x2, second) - part(n2 - x2, 1.0 - second)
    })
}

/// The largest and smallest logarithm of a ratio looked at: 1e43, beyond any that counts allow.
const LN_RATIO: f64 = 100.0;

/// Ratio of two shares by inverting the score test of p₁/p₂ = θ. The p value is that of θ = 1.
///
/// The most likely p₂ under the hypothesis is the smaller root of Nθ p² - (n₁θ + x₁ + n₂ + x₂θ) p + x₁ + x₂ = 0; the
/// statistic is (p̂₁ - θp̂₂) / √(p₁(1-p₁)/n₁ + θ²p₂(1-p₂)/n₂). With `corrected` the variance has Miettinen and Nurminen's factor
/// N/(N-1); without it the interval is Koopman's.
/// Reference: Koopman (1984), Biometrics 40, 513-517; Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226.
///
/// # Errors
/// As [`newcombe`]; [`Refusal::ZeroRate`] where both counts are 0.
pub fn risk_ratio_score(a: Share, b: Share, level: f64, corrected: bool) -> Result<Comparison, Refusal> {
    let z = z(level)?;
    let ((x1, n1), (x2, n2)) = (a.numbers()?, b.numbers()?);
    some_events([x1, x2])?;
    let factor = correction(n1 + n2, corrected);
    let statistic = |ln_ratio: f64| {
        let ratio = ln_ratio.exp();
        let half = (n1 * ratio + x1 + n2 + x2 * ratio) / 2.0;
        let product = (n1 + n2) * ratio * (x1 + x2);
        let second = (x1 + x2) / (half + (half * half - product).max(0.0).sqrt());
        let first = (ratio * second).min(1.0);
        let variance = first * (1.0 - first) / n1 + ratio * ratio * second * (1.0 - second) / n2;
        // Multiplied out, so that equal shares differ by nothing.
        standardised(x1 * n2 - ratio * x2 * n1, factor * variance * (n1 * n2) * (n1 * n2))
    };
    let value = (x1 / n1) / (x2 / n2);
    let (lower, upper) = ratio_limits([x1, x2], z, statistic);
    Ok(Comparison { p: Some(normal_two_sided(statistic(0.0))), ..Comparison::of(value, lower, upper) })
}

fn ratio_limits(x: [f64; 2], z: f64, statistic: impl Fn(f64) -> f64) -> (f64, f64) {
    let limit = |shift: f64| root::falling(-LN_RATIO, LN_RATIO, |t| statistic(t) + shift).exp();
    let lower = if x[0] == 0.0 { 0.0 } else { limit(-z) };
    let upper = if x[1] == 0.0 { f64::INFINITY } else { limit(z) };
    (lower, upper)
}

/// Difference of two rates by MOVER with score limits of each. Formula as in [`newcombe`].
/// Reference: Zou and Donner (2008), Statistics in Medicine 27, 1693-1702; Li, Tang and Wong (2014), Computational
/// Statistics and Data Analysis 75, 137-150.
///
/// # Errors
/// [`Refusal::ZeroDenominator`], [`Refusal::NonFinite`], [`Refusal::Negative`], [`Refusal::InvalidLevel`].
pub fn rate_difference_mover(a: Rate, b: Rate, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, e1), (x2, e2)) = (a.numbers()?, b.numbers()?);
    let (p, z) = ([x1 / e1, x2 / e2], z(level)?);
    let (lower, upper) = mover_difference(p, [a.score(z), b.score(z)]);
    Ok(Comparison::of(finite(p[0] - p[1])?, finite(lower)?, finite(upper)?))
}

/// Ratio of two rates by MOVER-R with score limits of each. Formula as in [`risk_ratio_mover`].
/// Reference: Donner and Zou (2012), Statistical Methods in Medical Research 21, 347-359; Li, Tang and Wong (2014).
///
/// # Errors
/// As [`rate_difference_mover`]; [`Refusal::ZeroRate`] where both counts are 0.
pub fn rate_ratio_mover(a: Rate, b: Rate, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, e1), (x2, e2)) = (a.numbers()?, b.numbers()?);
    some_events([x1, x2])?;
    let (p, z) = ([x1 / e1, x2 / e2], z(level)?);
    let (lower, upper) = mover_ratio(p, [a.score(z), b.score(z)]);
    Ok(Comparison::of(p[0] / p[1], lower, upper))
}

/// Ratio of two rates by inverting the score test of r₁/r₂ = θ. The p value is that of θ = 1.
///
/// Given both counts together the first is binomial with share π = θe₁/(θe₁+e₂), and the score statistic of θ is that
/// of π: the limits are those of Wilson for x₁ among x₁+x₂, turned back into ratios.
/// Reference: Gu, Ng, Tang and Schucany (2008), Biometrical Journal 50, 283-298 (statistic W2A); Graham, Mengersen and Morton (2003),
/// Statistics in Medicine 22, 2071-2083.
///
/// # Errors
/// As [`rate_ratio_mover`].
pub fn rate_ratio_score(a: Rate, b: Rate, level: f64) -> Result<Comparison, Refusal> {
    let ((x1, e1), (x2, e2)) = (a.numbers()?, b.numbers()?);
    some_events([x1, x2])?;
    let (first, second) = (wilson_real(x1, x1 + x2, level)?, wilson_real(x2, x1 + x2, level)?);
    let scale = finite(e2 / e1)?;
    let p = normal_two_sided(standardised(x1 * e2 - x2 * e1, (x1 + x2) * e1 * e2));
    let value = (x1 / e1) / (x2 / e2);
    let (lower, upper) = (first.lower / second.upper * scale, first.upper / second.lower * scale);
    Ok(Comparison { p: Some(p), ..Comparison::of(value, lower, upper) })
}

/// Difference of two rates by inverting the score test of r₁ - r₂ = d. The p value is that of d = 0.
///
/// The most likely rates that differ by d solve a quadratic equation; the statistic is (r̂₁ - r̂₂ - d) /
/// √(r₁/e₁ + r₂/e₂). Reference: Miettinen and Nurminen (1985), Statistics in Medicine 4, 213-226; Ng, Gu and Tang (2007), Computational
/// Statistics and Data Analysis 51, 3085-3099.
///
/// # Errors
/// As [`rate_difference_mover`].
pub fn rate_difference_score(a: Rate, b: Rate, level: f64) -> Result<Comparison, Refusal> {
    let z = z(level)?;
    let ((x1, e1), (x2, e2)) = (a.numbers()?, b.numbers()?);
    let total = e1 + e2;
    let difference = finite(x1 / e1 - x2 / e2)?;
    // The larger root of r² - t r - c = 0, c >= 0.
    let larger = |t: f64, c: f64| {
        let root = (t * t / 4.0 + c.max(0.0)).sqrt();
        if t >= 0.0 { t / 2.0 + root } else { c.max(0.0) / (root - t / 2.0) }
    };
    let pooled = (x1 + x2) / total;
    let statistic = |d: f64| {
        let (first, second) = if d >= 0.0 {
            let second = larger(pooled - d, d * x2 / total);
            (second + d, second)
        } else {
            let first = larger(pooled + d, -d * x1 / total);
            (first, first - d)
        };
        standardised(difference - d, first / e1 + second / e2)
    };
    // Beyond these the statistic is past ±z: twice the width of the widest limits.
    let (wide_a, wide_b) = (a.score(z), b.score(z));
    let reach = 4.0 * (wide_a.upper + wide_b.upper);
    let lower = finite(root::falling(difference - reach, difference, |d| statistic(d) - z))?;
    let upper = finite(root::falling(difference, difference + reach, |d| statistic(d) + z))?;
    let p = Some(normal_two_sided(statistic(0.0)));
    Ok(Comparison { p, ..Comparison::of(difference, lower, upper) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
