//! Tests for a trend in one series.

use super::probability::normal_two_sided;
use super::series::{SeriesRefusal, constant, finite};

/// Result of a Mann-Kendall test, plain or seasonal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kendall {
    /// Pairs that rise less pairs that fall.
    pub s: f64,
    /// Variance of S without a trend, ties taken into account.
    pub variance: f64,
    /// (S ∓ 1) / its standard deviation, 0 for S = 0.
    pub z: f64,
    /// Two-sided p value from the normal distribution.
    pub p: f64,
    /// Kendall's tau-b: S over the geometric mean of the pairs not tied in either variable.
    pub tau: f64,
    /// Median slope per period over all pairs compared.
    pub slope: f64,
    /// Pairs compared.
    pub pairs: usize,
}

/// Mann-Kendall test for a monotone trend; with `season` above 1 the sum of the tests within each period of the
/// season (January with January, ...), so that a fixed season has no part in it.
///
/// Assumes that deviations are independent; where neighbours resemble each other, the p value is too small. The
/// variance of the seasonal test takes the seasons' periods as independent too.
///
/// # Errors
/// [`SeriesRefusal::Season`] for a season of 0, [`SeriesRefusal::FewSeasons`] for fewer than two seasons,
/// [`SeriesRefusal::Short`] for fewer than 4 values, [`SeriesRefusal::NonFinite`], [`SeriesRefusal::Constant`].
///
/// Reference: Mann 1945, Econometrica 13; Hirsch, Slack & Smith 1982, Water Resources Research 18; Sen 1968.
pub fn kendall(values: &[f64], season: usize) -> Result<Kendall, SeriesRefusal> {
    let n = values.len();
    if season == 0 {
        return Err(SeriesRefusal::Season);
    }
    if n < 4 {
        return Err(SeriesRefusal::Short { found: n, needed: 4 });
    }
    if n < 2 * season {
        return Err(SeriesRefusal::FewSeasons { found: n, season });
    }
    finite(values)?;
    if constant(values) {
        return Err(SeriesRefusal::Constant);
    }
    let (mut s, mut variance, mut all, mut untied) = (0.0, 0.0, 0.0, 0.0);
    let mut slopes = Vec::new();
    for phase in 0..season {
        let part: Vec<f64> = values.iter().skip(phase).step_by(season).copied().collect();
        let count = part.len() as f64;
        for (i, early) in part.iter().enumerate() {
            for (j, late) in part.iter().enumerate().skip(i + 1) {
                let change = late - early;
                s += if change > 0.0 {
                    1.0
                } else if change < 0.0 {
                    -1.0
                } else {
                    0.0
                };
                slopes.push(change / ((j - i) * season) as f64);
            }
        }
        let mut sorted = part;
        sorted.sort_by(f64::total_cmp);
        let (mut tied, mut ties) = (0.0, 0.0);
        for group in sorted.chunk_by(|a, b| a == b) {
            let t = group.len() as f64;
            tied += t * (t - 1.0) / 2.0;
            ties += t * (t - 1.0) * (2.0 * t + 5.0);
        }
        let pairs = count * (count - 1.0) / 2.0;
        (all, untied) = (all + pairs, untied + pairs - tied);
        variance += (count * (count - 1.0) * (2.0 * count + 5.0) - ties) / 18.0;
    }
    // Equal values within every period of the season.
    if !(variance > 0.0 && untied > 0.0) {
        return Err(SeriesRefusal::Constant);
    }
    let z = if s == 0.0 { 0.0 } else { (s - f64::signum(s)) / variance.sqrt() };
    slopes.sort_by(f64::total_cmp);
    let half = slopes.len() / 2;
    let slope = if slopes.len().is_multiple_of(2) { 0.5 * (slopes[half - 1] + slopes[half]) } else { slopes[half] };
    let tau = s / (all * untied).sqrt();
    Ok(Kendall { s, variance, z, p: normal_two_sided(z), tau, slope, pairs: slopes.len() })
}

/// Each value less that of one season before.
///
/// # Errors
/// [`SeriesRefusal::Season`] for a season of 0, [`SeriesRefusal::FewSeasons`] for fewer than two seasons.
pub fn season_differences(values: &[f64], season: usize) -> Result<Vec<f64>, SeriesRefusal> {
    if season == 0 {
        return Err(SeriesRefusal::Season);
    }
    if values.len() < 2 * season {
        return Err(SeriesRefusal::FewSeasons { found: values.len(), season });
    }
    Ok(values.iter().zip(&values[season..]).map(|(early, late)| late - early).collect())
}
