//! Intervals of an event count beside the exact one and Byar's.

use super::interval::Interval;
use super::{Refusal, gamma, root, tail};

/// From this many events a mid-P limit is the gamma quantile between the two exact ones to 1e-12 relative.
const LARGE: f64 = 1e8;

/// Limits of the expected number of events by the mid-P method, in events.
///
/// They solve P(X > x) + P(X = x)/2 = α/2 and P(X < x) + P(X = x)/2 = α/2 for a Poisson variable X: half of the
/// probability of the count itself is inside. Narrower than the exact interval; covers `level` on average, not always. The
/// lower limit of no event is 0.
/// Reference: Lancaster (1961), JASA 56, 223-234; Cohen and Yang (1994), Statistics in Medicine 13, 2189-2203.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn poisson_midp(x: u64, level: f64) -> Result<Interval, Refusal> {
    let tail = tail(level)?;
    let count = x as f64;
    if count >= LARGE {
        let (lower, upper) = (gamma::lower_quantile(count + 0.5, tail)?, gamma::upper_quantile(count + 0.5, tail)?);
        return Ok(Interval { lower, upper });
    }
    // The exact limits lie outside, and the count itself inside.
    let lower = if x == 0 {
        0.0
    } else {
        let outer = gamma::lower_quantile(count, tail)?;
        root::falling(outer, count, |mean| tail - count_and_beyond(count, mean, |k| mean / (k + 1.0), 1.0))
    };
    let outer = gamma::upper_quantile(count + 1.0, tail)?;
    let upper = root::falling(count, outer, |mean| count_and_beyond(count, mean, |k| k / mean, -1.0) - tail);
    Ok(Interval { lower, upper })
}

/// Half of P(X = x), and all of the counts beyond it in direction `step`; `ratio` leads from one count to the next.
fn count_and_beyond(x: f64, mean: f64, ratio: impl Fn(f64) -> f64, step: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 0.5, x);
    loop {
        term *= ratio(k);
        k += step;
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * gamma::poisson_term(x, mean)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
