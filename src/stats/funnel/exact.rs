//! Counts at which the tail of a binomial or Poisson distribution has a given probability, with fractions.

use crate::stats::normal::normal_quantile;
use crate::stats::{beta, gamma};

/// Lower and upper limit of a binomial count among `n` with the probability `p`, and `q` = 1 - p.
pub(super) fn binomial(n: f64, p: f64, q: f64, tail: f64, z: f64) -> (f64, f64) {
    let spread = (n * p * q).sqrt();
    let bend = n * p + (z * z - 1.0) * (q - p) / 6.0;
    // The median is less than 1 from the mean.
    let (below, above) = ((n * p - 1.0).max(0.0), (n * p + 1.0).min(n));
    let at_least = |x: f64| beta::lower_tail(x, n - x + 1.0, p, q);
    let at_most = |x: f64| beta::lower_tail(n - x, x + 1.0, q, p);
    let high =
        if at_least(n) >= tail { n } else { crossing(at_least, -z, bend + z * spread + 0.5, spread, -1.0, (below, n)) };
    let low = if at_most(0.0) >= tail {
        0.0
    } else {
        crossing(at_most, -z, bend - z * spread - 0.5, spread, 1.0, (0.0, above))
    };
    (low, high)
}

/// Lower and upper limit of a Poisson count with the mean `mean`.
pub(super) fn poisson(mean: f64, tail: f64, z: f64) -> (f64, f64) {
    let spread = mean.sqrt();
    let bend = mean + (z * z - 1.0) / 6.0;
    let at_least = |x: f64| gamma_lower(x, mean);
    let at_most = |x: f64| gamma::upper_tail(x + 1.0, mean);
    let high = crossing(at_least, -z, bend + z * spread + 0.5, spread, -1.0, ((mean - 1.0).max(0.0), f64::INFINITY));
    let low = if at_most(0.0) >= tail {
        0.0
    } else {
        crossing(at_most, -z, bend - z * spread - 0.5, spread, 1.0, (0.0, mean + 1.0))
    };
    (low, high)
}

fn gamma_lower(shape: f64, x: f64) -> f64 {
    if x < shape + 1.0 { gamma::lower_tail(shape, x) } else { 1.0 - gamma::upper_tail(shape, x) }
}

/// Where a probability that rises (`sign` 1) or falls (-1) has the normal quantile `wanted`. On the scale of normal quantiles
/// it is nearly a line with slope 1/spread, so that the method of secants needs some four steps; a bracket guards it.
fn crossing(
    probability: impl Fn(f64) -> f64,
    wanted: f64,
    start: f64,
    spread: f64,
    sign: f64,
    (mut low, mut high): (f64, f64),
) -> f64 {
    let miss = |x: f64| {
        let p = probability(x);
        // Beyond what has a quantile any value of the right sign will do.
        let quantile = normal_quantile(p).unwrap_or(if p < 0.5 { -25.0 } else { 9.0 });
        sign * (quantile - wanted)
    };
    let inside = |x: f64, low: f64, high: f64| {
        if x > low && x < high {
            x
        } else if high.is_finite() {
            f64::midpoint(low, high)
        } else {
            low + 2.0 * spread + 1.0
        }
    };
    let (mut x, mut slope) = (inside(start, low, high), 1.0 / spread);
    let mut before: Option<(f64, f64)> = None;
    for round in 0..200 {
        let found = miss(x);
        if found > 0.0 {
            high = x;
        } else {
            low = x;
        }
        if let Some((old, was)) = before
            && x != old
        {
            let secant = (found - was) / (x - old);
            if secant > 0.0 {
                slope = secant;
            }
        }
        before = Some((x, found));
        let step = -found / slope;
        if step.abs() <= 1e-8 * spread.max(1e-3) || high - low <= 4.0 * f64::EPSILON * high {
            return (x + step).clamp(low, high);
        }
        // Halving never fails where the line bends too much.
        x = inside(if round < 12 { x + step } else { f64::NAN }, low, high);
    }
    x
}
