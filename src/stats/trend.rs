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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn kendall_by_hand() {
        // 1 3 2 4: five pairs rise, one falls; variance 4 x 3 x 13 / 18.
        let test = kendall(&[1.0, 3.0, 2.0, 4.0], 1).unwrap();
        assert_eq!((test.s, test.pairs), (4.0, 6));
        close(test.variance, 26.0 / 3.0, 1e-14);
        close(test.z, 3.0 / (26.0f64 / 3.0).sqrt(), 1e-14);
        close(test.tau, 4.0 / 6.0, 1e-14);
        // Slopes 2, 1/2, 1, -1, 1/2, 2: the median is 3/4.
        close(test.slope, 0.75, 1e-14);
    }

    #[test]
    fn ties_lower_the_variance() {
        // scipy 1.17: kendalltau 0.6440611887195304 (tau-b), theilslopes 0.5.
        let test = kendall(&[2.0, 2.0, 3.0, 1.0, 5.0, 4.0, 4.0, 6.0, 7.0, 5.0], 1).unwrap();
        close(test.tau, 0.644_061_188_719_530_4, 1e-13);
        close(test.slope, 0.5, 1e-14);
        // Three pairs of equal values: (10 x 9 x 25 - 3 x 2 x 9) / 18.
        close(test.variance, (2250.0 - 54.0) / 18.0, 1e-14);
    }

    #[test]
    fn a_season_has_no_part_in_the_seasonal_test() {
        let values: Vec<f64> = (0..16).map(|t| [9.0, 1.0, 4.0, -20.0][t % 4] + (t / 4) as f64).collect();
        let test = kendall(&values, 4).unwrap();
        // Four seasons' periods with 6 rising pairs each; variance 4 x 26/3; a step of 1 per season of 4.
        assert_eq!((test.s, test.tau, test.slope), (24.0, 1.0, 0.25));
        close(test.variance, 104.0 / 3.0, 1e-14);
        assert_eq!(season_differences(&values, 4).unwrap(), [1.0; 12]);
    }

    #[test]
    fn unusable_series_are_refused() {
        assert_eq!(kendall(&[1.0, 2.0], 1), Err(SeriesRefusal::Short { found: 2, needed: 4 }));
        assert_eq!(kendall(&[1.0; 5], 1), Err(SeriesRefusal::Constant));
        assert_eq!(kendall(&[1.0, 2.0, 1.0, 2.0], 2), Err(SeriesRefusal::Constant));
        assert_eq!(kendall(&[1.0, 2.0, 3.0, 4.0, 5.0], 3), Err(SeriesRefusal::FewSeasons { found: 5, season: 3 }));
        assert_eq!(kendall(&[1.0; 5], 0), Err(SeriesRefusal::Season));
        assert!(season_differences(&[1.0; 5], 3).is_err());
    }

    proptest! {
        #[test]
        fn a_series_turned_round_has_the_opposite_trend(values in prop::collection::vec(0..9i32, 36)) {
            prop_assume!(values.iter().any(|v| *v != values[0]));
            let forward: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
            let back: Vec<f64> = forward.iter().rev().copied().collect();
            for season in [1, 12] {
                if let (Ok(a), Ok(b)) = (kendall(&forward, season), kendall(&back, season)) {
                    prop_assert!(a.s == -b.s && (a.slope + b.slope).abs() < 1e-12 && (0.0..=1.0).contains(&a.p));
                }
            }
        }
    }
}
