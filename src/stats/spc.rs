//! Control charts: whether a series in time does more than scatter around its own level.
//!
//! Limits stand three sigma around the mean of a phase; sigma comes from neighbouring points, so that a change of level
//! does not hide itself. Phases are set by whoever knows what happened, never from the data.
//! Reference: Shewhart (1931); Montgomery (2009), Introduction to Statistical Quality Control, chapters 6 and 7.

mod runs;

pub use self::runs::{Rule, Runs};
use super::{Refusal, finite};

/// A phase with fewer points has no limits.
pub const MIN_POINTS: usize = 6;
/// A phase with fewer points has limits that are still moving.
pub const FEW_POINTS: usize = 20;

/// Mean of the moving range of two points in units of sigma (d2), rounded as in the tables.
const D2: f64 = 1.128;
/// Upper limit of a moving range of two points in units of the mean range (D4).
const D4: f64 = 3.267;

/// The charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    /// Single values and their moving ranges.
    Xmr,
    /// Shares of cases, binomial.
    P,
    /// Shares of cases that differ by more than chance (Laney).
    PPrime,
    /// Events per exposure, Poisson.
    U,
    /// Events per exposure that differ by more than chance (Laney).
    UPrime,
    /// Events, Poisson, of equal exposure.
    C,
}

/// What was seen at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// The value, or the cases or events counted.
    pub count: f64,
    /// All cases or the exposure; 1 for single values and counts.
    pub size: f64,
    /// Whether times are missing between this sample and the one before.
    pub gap: bool,
}

/// Why there is no chart.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SpcError {
    /// A number that no method takes.
    #[error("{0}")]
    Refusal(#[from] Refusal),
    /// Too few points.
    #[error("{0} points, at least {MIN_POINTS} are needed")]
    FewPoints(usize),
    /// A denominator that is not above zero.
    #[error("the denominator is not above zero")]
    Size(usize),
    /// A count below zero, or of shares above its denominator.
    #[error("the count is negative or above its denominator")]
    Count(usize),
    /// Neighbouring points do not differ: there is no sigma.
    #[error("neighbouring points do not differ")]
    NoVariation,
    /// No two points are neighbours in time.
    #[error("no two points are neighbours in time")]
    NoNeighbours,
}

/// The moving ranges: differences of neighbouring points, of Laney's charts in units of the binomial or Poisson error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranges {
    /// The mean in use.
    pub mean: f64,
    /// The mean of all.
    pub unscreened: f64,
    /// D4 times the mean of all: ranges from here on are screened out, once.
    pub limit: f64,
    /// How many were screened out.
    pub screened: usize,
}

/// A point of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The value.
    pub value: f64,
    /// Sigma at this point.
    pub sigma: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Difference to the point before; none for the first and after a gap.
    pub range: Option<f64>,
    /// Rules that the point breaks, or completes the breaking of.
    pub rules: Vec<Rule>,
}

/// The chart of one phase.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// The middle line.
    pub center: f64,
    /// The points, in time.
    pub points: Vec<Point>,
    /// Moving ranges; none for charts of counts, which have no use for them.
    pub ranges: Option<Ranges>,
    /// The spread of the points in units of the binomial or Poisson error (Laney's sigma z); about 1 where that is all.
    pub sigma_z: Option<f64>,
    /// Longest run and crossings of the middle line.
    pub runs: Runs,
}

/// The chart of one phase; samples in time.
///
/// XmR: mean ± 3 R̄ / 1.128, with R̄ the mean moving range. p and u: sum over sum ± 3 √(p (1-p) / n) or 3 √(u / n);
/// c: mean ± 3 √c̄. p' and u': the same times σz = R̄z / 1.128, R̄z the mean moving range of the points in units of
/// their binomial or Poisson error. With `screening` moving ranges from 3.267 R̄ on are left out of R̄, once
/// (Nelson 1982). There is no moving range across a gap; the rules count points, whatever is missing between them.
/// Limits of shares are cut to 0 and 1, of counts and rates to 0. Same as qicharts2 0.8, whose charts i, p, pp, u,
/// up and c these are. 2.66 R̄ in textbooks is 3 R̄ / 1.128 rounded.
/// Reference: Laney (2002), Quality Engineering 14, 531-537; Nelson (1982), Journal of Quality Technology 14, 172-173.
///
/// # Errors
/// [`SpcError`]: too few points, bad counts or denominators, no variation, no neighbours.
pub fn chart(chart: Chart, samples: &[Sample], screening: bool) -> Result<Phase, SpcError> {
    check(chart, samples)?;
    let values: Vec<f64> = samples.iter().map(|s| s.count / s.size).collect();
    let sum = |f: fn(&Sample) -> f64| samples.iter().map(f).sum::<f64>();
    let center = match chart {
        Chart::Xmr | Chart::C => values.iter().sum::<f64>() / samples.len() as f64,
        _ => sum(|s| s.count) / sum(|s| s.size),
    };
    finite(center)?;
    // The complement as a sum of its own keeps its digits near 1.
    let complement = sum(|s| s.size - s.count) / sum(|s| s.size);
    let error = |sample: &Sample| match chart {
        Chart::Xmr => 1.0,
        Chart::P | Chart::PPrime => (center * complement / sample.size).sqrt(),
        Chart::U | Chart::UPrime | Chart::C => (center / sample.size).sqrt(),
    };
    let errors: Vec<f64> = samples.iter().map(error).collect();
    if errors.contains(&0.0) {
        return Err(SpcError::NoVariation);
    }
    let scores: Vec<f64> = values.iter().zip(&errors).map(|(y, error)| (y - center) / error).collect();
    let moving: Vec<Option<f64>> = (0..samples.len())
        .map(|at| (at > 0 && !samples[at].gap).then(|| (scores[at] - scores[at - 1]).abs()))
        .collect();
    let ranges = if chart == Chart::C { None } else { ranges(&moving, screening) };
    let spread = ranges.map(|ranges| ranges.mean / D2);
    let from_ranges = matches!(chart, Chart::Xmr | Chart::PPrime | Chart::UPrime);
    let factor = if from_ranges { spread.ok_or(SpcError::NoNeighbours)? } else { 1.0 };
    // Differences that are rounding alone are none.
    if from_ranges && factor <= 1e-13 * scores.iter().fold(center.abs(), |most, score| most.max(score.abs())) {
        return Err(SpcError::NoVariation);
    }
    let (least, most) = match chart {
        Chart::Xmr => (f64::NEG_INFINITY, f64::INFINITY),
        Chart::P | Chart::PPrime => (0.0, 1.0),
        Chart::U | Chart::UPrime | Chart::C => (0.0, f64::INFINITY),
    };
    let sigmas: Vec<f64> = errors.iter().map(|error| error * factor).collect();
    // A point on the line is on neither side, whatever the rounding of the mean.
    let distance = |(y, sigma): (&f64, &f64)| Some((y - center) / sigma).filter(|d| d.abs() > 1e-10).unwrap_or(0.0);
    let distances: Vec<f64> = values.iter().zip(&sigmas).map(distance).collect();
    let rules = runs::rules(&distances);
    let points = rules
        .into_iter()
        .enumerate()
        .map(|(at, rules)| Point {
            value: values[at],
            sigma: sigmas[at],
            lower: (center - 3.0 * sigmas[at]).max(least),
            upper: (center + 3.0 * sigmas[at]).min(most),
            range: if chart == Chart::C { None } else { moving[at] },
            rules,
        })
        .collect();
    let sigma_z = if chart == Chart::Xmr { None } else { spread };
    Ok(Phase { center, points, ranges, sigma_z, runs: Runs::of(&distances) })
}

fn check(chart: Chart, samples: &[Sample]) -> Result<(), SpcError> {
    for (at, sample) in samples.iter().enumerate() {
        if !sample.count.is_finite() || !sample.size.is_finite() {
            return Err(Refusal::NonFinite.into());
        }
        if sample.size <= 0.0 {
            return Err(SpcError::Size(at));
        }
        let share = matches!(chart, Chart::P | Chart::PPrime);
        if chart != Chart::Xmr && sample.count < 0.0 || share && sample.count > sample.size {
            return Err(SpcError::Count(at));
        }
    }
    if samples.len() < MIN_POINTS { Err(SpcError::FewPoints(samples.len())) } else { Ok(()) }
}

fn ranges(moving: &[Option<f64>], screening: bool) -> Option<Ranges> {
    let all: Vec<f64> = moving.iter().copied().flatten().collect();
    if all.is_empty() {
        return None;
    }
    let mean = |ranges: &[f64]| ranges.iter().sum::<f64>() / ranges.len() as f64;
    let unscreened = mean(&all);
    let limit = D4 * unscreened;
    let kept: Vec<f64> = all.iter().copied().filter(|range| !screening || *range < limit).collect();
    // All ranges are zero where none is below the limit; the caller refuses.
    let used = if kept.is_empty() { unscreened } else { mean(&kept) };
    Some(Ranges { mean: used, unscreened, limit, screened: all.len() - kept.len() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
