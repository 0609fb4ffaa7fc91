//! The likelihood of counts whose true values differ between units, and where it is largest.
//!
//! Both models have a mean and a precision (the gamma shape, or a + b of the beta distribution) that goes to infinity as the
//! units become equal. For a given precision the best mean is unique.

use super::ShrinkError;
use crate::stats::gamma::ln_factorial;

/// Steps of the grid of ln precision, and how far it reaches on both sides of the first guess.
const STEP: f64 = 1.0;
const REACH: i32 = 16;

pub(super) trait Model {
    /// The best mean for a precision, near `start`.
    fn mean(&self, precision: f64, start: f64) -> f64;
    /// ln likelihood up to [`Model::constant`].
    fn log_likelihood(&self, mean: f64, precision: f64) -> f64;
    /// Its derivative by the precision at a given mean.
    fn slope(&self, mean: f64, precision: f64) -> f64;
    /// Mean and ln likelihood of equal true values.
    fn without_spread(&self) -> (f64, f64);
    /// A first guess of the precision.
    fn guess(&self) -> f64;
    /// What does not depend on the parameters.
    fn constant(&self) -> f64;
}

pub(super) struct Maximum {
    pub(super) mean: f64,
    pub(super) precision: f64,
    pub(super) log_likelihood: f64,
}

/// The maximum; none where equal true values are as likely.
pub(super) fn maximise(model: &impl Model) -> Result<Option<Maximum>, ShrinkError> {
    let (equal_mean, equal) = model.without_spread();
    let middle = model.guess().ln();
    let mut mean = equal_mean;
    let mut best: Option<(i32, f64, f64)> = None;
    for step in (-REACH..=REACH).rev() {
        let precision = (middle + f64::from(step) * STEP).exp();
        mean = model.mean(precision, mean);
        let found = model.log_likelihood(mean, precision);
        if best.is_none_or(|(_, _, most)| found > most) {
            best = Some((step, mean, found));
        }
    }
    let Some((step, start, most)) = best else { return Ok(None) };
    if step == -REACH {
        return Err(ShrinkError::Unbounded);
    }
    // A likelihood is a sum of large terms; what is less than its rounding is no evidence of spread.
    if step == REACH || most <= equal + 1e-12 * equal.abs() {
        return Ok(None);
    }
    let mut mean = start;
    let mut slope = |log: f64| {
        let precision = log.exp();
        mean = model.mean(precision, mean);
        model.slope(mean, precision) * precision
    };
    let at = middle + f64::from(step) * STEP;
    let (mut low, mut high) = (at - STEP, at + STEP);
    let (mut left, mut right) = (slope(low), slope(high));
    // The slope falls through zero at a maximum; Illinois' variant of false position.
    let mut log = at;
    let mut last = 0;
    for _ in 0..100 {
        let secant = high - right * (high - low) / (right - left);
        log = if secant > low && secant < high { secant } else { f64::midpoint(low, high) };
        let found = slope(log);
        if found > 0.0 {
            (low, left) = (log, found);
            right *= if last == 1 { 0.5 } else { 1.0 };
            last = 1;
        } else {
            (high, right) = (log, found);
            left *= if last == -1 { 0.5 } else { 1.0 };
            last = -1;
        }
        if found == 0.0 || high - low <= 1e-13 * (1.0 + log.abs()) {
            break;
        }
    }
    let precision = log.exp();
    let mean = model.mean(precision, start);
    let log_likelihood = model.log_likelihood(mean, precision);
    // Nothing but rounding tells it from equal true values.
    if log_likelihood <= equal { Ok(None) } else { Ok(Some(Maximum { mean, precision, log_likelihood })) }
}

/// Counts x in exposures E: x ~ Poisson(E λ), λ ~ gamma(shape `precision`, mean).
pub(super) struct GammaPoisson<'a> {
    counts: &'a [(f64, f64)],
    cases: f64,
    exposure: f64,
}

impl<'a> GammaPoisson<'a> {
    pub(super) fn new(counts: &'a [(f64, f64)]) -> Self {
        let cases = counts.iter().map(|(x, _)| x).sum();
        Self { counts, cases, exposure: counts.iter().map(|(_, e)| e).sum() }
    }
}

impl Model for GammaPoisson<'_> {
    fn mean(&self, precision: f64, start: f64) -> f64 {
        // Σ (x - m E) / (a + m E) falls and is convex in m: Newton's method from the left never steps too far.
        let mut mean = start;
        for _ in 0..100 {
            let (mut value, mut slope) = (0.0, 0.0);
            for (x, e) in self.counts {
                let scale = 1.0 / (precision + mean * e);
                value += (x - mean * e) * scale;
                slope -= e * (precision + x) * scale * scale;
            }
            let next = mean - value / slope;
            let next = if next > 0.0 { next } else { mean / 2.0 };
            let done = (next - mean).abs() <= 1e-15 * mean;
            mean = next;
            if done {
                break;
            }
        }
        mean
    }

    fn log_likelihood(&self, mean: f64, precision: f64) -> f64 {
        let unit = |(x, e): &(f64, f64)| {
            ln_rising(precision, *x) + x * (mean * e).ln() - (precision + x) * (mean * e / precision).ln_1p()
        };
        self.counts.iter().map(unit).sum()
    }

    fn slope(&self, mean: f64, precision: f64) -> f64 {
        let unit = |(x, e): &(f64, f64)| {
            let expected = mean * e;
            digamma_rise(precision, *x) - (expected / precision).ln_1p() + (expected - x) / (precision + expected)
        };
        self.counts.iter().map(unit).sum()
    }

    fn without_spread(&self) -> (f64, f64) {
        let mean = self.cases / self.exposure;
        (mean, self.counts.iter().map(|(x, e)| x * (mean * e).ln() - mean * e).sum())
    }

    fn guess(&self) -> f64 {
        let mean = self.cases / self.exposure;
        let squares: f64 = self.counts.iter().map(|(_, e)| (mean * e).powi(2)).sum();
        let excess: f64 = self.counts.iter().map(|(x, e)| (x - mean * e).powi(2) - x).sum();
        if excess > 0.0 { squares / excess } else { (squares / self.counts.len() as f64).sqrt().max(1.0) * 10.0 }
    }

    fn constant(&self) -> f64 {
        -self.counts.iter().map(|(x, _)| ln_factorial(*x)).sum::<f64>()
    }
}

/// Counts x among n: x ~ binomial(n, π), π ~ beta with the mean and a + b = `precision`.
pub(super) struct BetaBinomial<'a> {
    counts: &'a [(f64, f64)],
    cases: f64,
    trials: f64,
}

impl<'a> BetaBinomial<'a> {
    pub(super) fn new(counts: &'a [(f64, f64)]) -> Self {
        let cases = counts.iter().map(|(x, _)| x).sum();
        Self { counts, cases, trials: counts.iter().map(|(_, n)| n).sum() }
    }
}

impl Model for BetaBinomial<'_> {
    fn mean(&self, precision: f64, start: f64) -> f64 {
        // Concave in the mean, so that the slope falls; false position on the logit.
        let slope = |logit: f64| {
            let mean = 1.0 / (1.0 + (-logit).exp());
            let (a, b) = (precision * mean, precision / (1.0 + logit.exp()));
            self.counts.iter().map(|(x, n)| digamma_rise(a, *x) - digamma_rise(b, n - x)).sum::<f64>()
                * mean
                * (1.0 - mean)
        };
        let first = (start / (1.0 - start)).ln();
        let mut step = 0.01;
        let (mut low, mut high) = (first - step, first + step);
        let (mut left, mut right) = (slope(low), slope(high));
        while left < 0.0 && low > -700.0 {
            (high, right) = (low, left);
            step *= 4.0;
            low -= step;
            left = slope(low);
        }
        while right > 0.0 && high < 700.0 {
            (low, left) = (high, right);
            step *= 4.0;
            high += step;
            right = slope(high);
        }
        let (mut logit, mut last) = (first, 0);
        for _ in 0..100 {
            let secant = high - right * (high - low) / (right - left);
            let next = if secant > low && secant < high { secant } else { f64::midpoint(low, high) };
            let moved = (next - logit).abs();
            logit = next;
            let found = slope(logit);
            if found > 0.0 {
                (low, left) = (logit, found);
                right *= if last == 1 { 0.5 } else { 1.0 };
                last = 1;
            } else {
                (high, right) = (logit, found);
                left *= if last == -1 { 0.5 } else { 1.0 };
                last = -1;
            }
            if found == 0.0 || moved <= 1e-14 || high - low <= 1e-14 {
                break;
            }
        }
        1.0 / (1.0 + (-logit).exp())
    }

    fn log_likelihood(&self, mean: f64, precision: f64) -> f64 {
        let (a, b) = (precision * mean, precision * (1.0 - mean));
        let (yes, no) = (mean.ln(), (-mean).ln_1p());
        let unit = |(x, n): &(f64, f64)| {
            let other = n - x;
            ln_rising(a, *x) + ln_rising(b, other) - ln_rising(precision, *n) + x * yes + other * no
        };
        self.counts.iter().map(unit).sum()
    }

    fn slope(&self, mean: f64, precision: f64) -> f64 {
        let (a, b) = (precision * mean, precision * (1.0 - mean));
        let unit = |(x, n): &(f64, f64)| {
            mean * digamma_rise(a, *x) + (1.0 - mean) * digamma_rise(b, n - x) - digamma_rise(precision, *n)
        };
        self.counts.iter().map(unit).sum()
    }

    fn without_spread(&self) -> (f64, f64) {
        let mean = self.cases / self.trials;
        let no = ((self.trials - self.cases) / self.trials).ln();
        (mean, self.cases * mean.ln() + (self.trials - self.cases) * no)
    }

    fn guess(&self) -> f64 {
        let mean = self.cases / self.trials;
        let pairs: f64 = self.counts.iter().map(|(_, n)| n * (n - 1.0)).sum();
        let squares: f64 = self.counts.iter().map(|(x, n)| (x - n * mean).powi(2)).sum();
        // The correlation within a unit, by moments.
        let within = (squares / (mean * (1.0 - mean)) - self.trials) / pairs.max(1.0);
        let within =
            if within > 0.0 { within.min(0.99) } else { 0.1 / (self.trials / self.counts.len() as f64).max(1.0) };
        1.0 / within - 1.0
    }

    fn constant(&self) -> f64 {
        let unit = |(x, n): &(f64, f64)| ln_factorial(*n) - ln_factorial(*x) - ln_factorial(n - x);
        self.counts.iter().map(unit).sum()
    }
}

/// From here on the series of Stirling and of the digamma function are exact to rounding.
const LARGE: f64 = 16.0;

/// ln of a (a+1) … (a+x-1) / a^x, that is ln Γ(a+x) - ln Γ(a) - x ln a, without the cancellation of large `a`.
fn ln_rising(a: f64, x: f64) -> f64 {
    if x <= 12.0 && x.fract() == 0.0 {
        // The product of all 1 + k/a, less 1.
        let (mut excess, mut k) = (0.0, 1.0);
        while k < x {
            excess += (1.0 + excess) * k / a;
            k += 1.0;
        }
        // Tiny `a` can overflow twelve factors; the sum of logarithms below cannot.
        if excess < f64::MAX {
            return excess.ln_1p();
        }
    }
    // Γ(a) = Γ(a+k) / (a … (a+k-1)), and the same for a + x.
    let (mut shifted, mut correction) = (a, 0.0);
    while shifted < LARGE {
        correction += (shifted / (shifted + x)).ln();
        shifted += 1.0;
    }
    let ratio = x / shifted;
    let main = shifted * growth(ratio) - 0.5 * ratio.ln_1p();
    let rest = stirling(shifted + x) - stirling(shifted);
    let scale = if shifted == a { 0.0 } else { x * (shifted / a).ln() };
    main + rest + scale + correction
}

/// (1+t) ln(1+t) - t.
fn growth(t: f64) -> f64 {
    if t < 0.05 {
        let (mut power, mut sum) = (t * t, 0.0);
        for k in 2..18 {
            let k = f64::from(k);
            sum += power / (k * (k - 1.0));
            power *= -t;
        }
        return sum;
    }
    (1.0 + t) * t.ln_1p() - t
}

/// The rest of Stirling's formula for ln Γ(y), y >= 16 (Abramowitz and Stegun 6.1.41).
fn stirling(y: f64) -> f64 {
    let r = 1.0 / (y * y);
    (1.0 / 12.0 + r * (-1.0 / 360.0 + r * (1.0 / 1260.0 + r * (-1.0 / 1680.0 + r / 1188.0)))) / y
}

/// ψ(a+x) - ψ(a) without the cancellation of large `a` (Abramowitz and Stegun 6.3.5 and 6.3.18).
fn digamma_rise(a: f64, x: f64) -> f64 {
    if x <= 12.0 && x.fract() == 0.0 {
        let (mut sum, mut k) = (0.0, 0.0);
        while k < x {
            sum += 1.0 / (a + k);
            k += 1.0;
        }
        return sum;
    }
    let (mut shifted, mut sum) = (a, 0.0);
    while shifted < LARGE {
        sum += x / (shifted * (shifted + x));
        shifted += 1.0;
    }
    let series = |y: f64| {
        let r = 1.0 / (y * y);
        0.5 / y + r * (1.0 / 12.0 + r * (-1.0 / 120.0 + r * (1.0 / 252.0 + r * (-1.0 / 240.0 + r / 132.0))))
    };
    sum + (x / shifted).ln_1p() - (series(shifted + x) - series(shifted))
}

#[cfg(test)]
mod tests;
