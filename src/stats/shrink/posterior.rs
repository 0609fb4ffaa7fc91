//! Limits of the posterior distributions.

use crate::stats::{Refusal, beta, gamma};

/// Lower and upper quantile of a gamma distribution with scale 1 and any shape above 0.
pub(super) fn gamma(shape: f64, tail: f64) -> Result<(f64, f64), Refusal> {
    if shape >= 1.0 {
        return Ok((gamma::lower_quantile(shape, tail)?, gamma::upper_quantile(shape, tail)?));
    }
    // Near zero the distribution function is x^shape / Γ(shape+1).
    let start = (tail.ln() + gamma::ln_factorial(shape)) / shape;
    let lower = solve(shape, tail, start, gamma::lower_tail, 1.0);
    Ok((lower, solve(shape, tail, 0.0, gamma::upper_tail, -1.0)))
}

/// Newton's method on ln tail against ln x, where both tails are log-concave for every shape; a bracket guards it.
fn solve(shape: f64, tail: f64, start: f64, function: fn(f64, f64) -> f64, sign: f64) -> f64 {
    let (mut low, mut high) = (-745.0, 745f64.ln());
    let mut log = start.clamp(low, high);
    for _ in 0..200 {
        let x = log.exp();
        let found = function(shape, x);
        let miss = (found / tail).ln() * sign;
        if miss > 0.0 {
            high = log;
        } else {
            low = log;
        }
        // The density of ln x.
        let density = gamma::poisson_term(shape, x) * shape;
        let next = log - miss * found / density;
        if (next - log).abs() <= 1e-14 {
            return next.exp();
        }
        log = if next > low && next < high { next } else { f64::midpoint(low, high) };
        if high - low <= 1e-15 * log.abs() {
            break;
        }
    }
    log.exp()
}

/// Lower and upper quantile of a beta distribution.
pub(super) fn beta(a: f64, b: f64, tail: f64) -> Result<(f64, f64), Refusal> {
    Ok((beta::lower_quantile(a, b, tail)?.0, beta::lower_quantile(b, a, tail)?.1))
}
