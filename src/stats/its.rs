//! Interrupted time series: what changed in one series at an event.

use super::linalg::Matrix;
use super::newey_west::{HacFit, newey_west, usual_lag};
use super::series::SeriesRefusal;
use super::stl::{SeasonWindow, stl};

/// Periods needed on either side of the event.
pub const SIDE: usize = 4;

/// How a season is taken into account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// Not at all.
    None,
    /// A term for every period of the season but the first.
    Terms(usize),
    /// The periodic season found by STL is taken off the values first.
    Stl(usize),
}

/// A fitted interrupted time series. The coefficients are, in order: intercept, trend per period, change of level,
/// change of trend per period, then the seasonal terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Its {
    /// The regression.
    pub fit: HacFit,
    /// Values in use, adjusted for the season where that was asked for.
    pub values: Vec<f64>,
    /// Periods before the event.
    pub before: usize,
}

impl Its {
    /// The weights that give the difference between the course fitted and that expected without the event in the
    /// `k`th period from the event on (from 1).
    #[must_use]
    pub fn effect_in(&self, k: usize) -> Vec<f64> {
        let mut weights = vec![0.0; self.fit.beta.len()];
        (weights[2], weights[3]) = (1.0, k as f64);
        weights
    }
}

/// Segmented regression at an event: y_t = a + b t + c D_t + d D_t (t - `before`) + season + error, with t = 1 in
/// the first period and D_t = 1 from the event on. So the change of level c is that of the line at the last
/// period before the event, and the effect in the k-th period from the event on is c + d k. Errors after Newey and
/// West, with [`usual_lag`] where `lag` is not stated; Student's t with n less the number of coefficients degrees
/// of freedom.
///
/// It assumes that the course before would have gone on in a straight line and that nothing else happened at the
/// same time.
///
/// # Errors
/// [`SeriesRefusal::Event`] for fewer than [`SIDE`] periods on either side, [`SeriesRefusal::FewSeasons`] for fewer
/// than two seasons in all, and those of [`newey_west`] and [`stl`].
///
/// Reference: Wagner, Soumerai, Zhang & Ross-Degnan 2002, Journal of Clinical Pharmacy and Therapeutics 27.
pub fn interrupted(values: &[f64], before: usize, season: Season, lag: Option<usize>) -> Result<Its, SeriesRefusal> {
    let n = values.len();
    let after = n.saturating_sub(before);
    if before < SIDE || after < SIDE {
        return Err(SeriesRefusal::Event { before, after, needed: SIDE });
    }
    super::series::finite(values)?;
    let values = match season {
        Season::Stl(season) => {
            let parts = stl(values, season, SeasonWindow::Periodic, false)?;
            values.iter().zip(&parts.seasonal).map(|(y, s)| y - s).collect()
        }
        _ => values.to_vec(),
    };
    let terms = match season {
        Season::Terms(season) if season < 2 => return Err(SeriesRefusal::Season),
        Season::Terms(season) if n < 2 * season => return Err(SeriesRefusal::FewSeasons { found: n, season }),
        Season::Terms(season) => season,
        _ => 1,
    };
    let mut x = Matrix::zeros(n, 3 + terms);
    for t in 0..n {
        let row = x.row_mut(t);
        (row[0], row[1]) = (1.0, t as f64 + 1.0);
        if t >= before {
            (row[2], row[3]) = (1.0, (t - before) as f64 + 1.0);
        }
        if t % terms > 0 {
            row[3 + t % terms] = 1.0;
        }
    }
    let fit = newey_west(&x, &values, lag.unwrap_or_else(|| usual_lag(n)))?;
    Ok(Its { fit, values, before })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    fn noise(t: usize) -> f64 {
        ((t * t * 7) % 13) as f64 / 1e6
    }

    #[test]
    fn a_known_change_is_found() {
        // Level 5 higher at the last period before the event, slope 0.4 more from then on.
        let season = [1.0, -2.0, 0.5, 0.5];
        let plain: Vec<f64> = (0..40)
            .map(|t| {
                let after = if t >= 24 { 5.0 + 0.4 * (t - 23) as f64 } else { 0.0 };
                10.0 + 0.1 * (t + 1) as f64 + after + noise(t)
            })
            .collect();
        let seasonal: Vec<f64> = plain.iter().enumerate().map(|(t, y)| y + season[t % 4]).collect();
        let of = |values: &[f64], season| interrupted(values, 24, season, None).unwrap();
        for (its, level) in [(of(&plain, Season::None), 10.0), (of(&seasonal, Season::Terms(4)), 11.0)] {
            close(its.fit.beta[0], level, 1e-5);
            close(its.fit.beta[1], 0.1, 1e-4);
            close(its.fit.beta[2], 5.0, 1e-5);
            close(its.fit.beta[3], 0.4, 1e-4);
            let weights = its.effect_in(10);
            close(super::super::linalg::dot(&weights, &its.fit.beta), 9.0, 1e-5);
            assert_eq!(its.fit.df, 40 - its.fit.beta.len());
        }
        let terms = of(&seasonal, Season::Terms(4));
        close(terms.fit.beta[4], -3.0, 1e-5);
        // STL smooths the jump, so that a little of it goes into the season.
        let adjusted = of(&seasonal, Season::Stl(4));
        close(adjusted.fit.beta[2], 5.0, 0.05);
    }

    #[test]
    fn too_little_on_one_side_is_refused() {
        let values: Vec<f64> = (0..20).map(noise).collect();
        let of = |before, season| interrupted(&values, before, season, None).unwrap_err();
        assert_eq!(of(3, Season::None), SeriesRefusal::Event { before: 3, after: 17, needed: 4 });
        assert_eq!(of(17, Season::None), SeriesRefusal::Event { before: 17, after: 3, needed: 4 });
        assert_eq!(of(10, Season::Terms(12)), SeriesRefusal::FewSeasons { found: 20, season: 12 });
        assert_eq!(of(10, Season::Terms(1)), SeriesRefusal::Season);
    }
}
