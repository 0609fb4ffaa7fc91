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
