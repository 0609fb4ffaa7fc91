//! Regression over time with errors that stay valid where neighbouring deviations resemble each other.

use super::linalg::{Cholesky, Matrix, independent_columns, least_squares};
use super::series::{SeriesRefusal, constant, finite};

/// A least-squares fit with both kinds of covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct HacFit {
    /// Coefficients, in the order of columns.
    pub beta: Vec<f64>,
    /// Newey-West covariance of the coefficients.
    pub covariance: Matrix,
    /// Classical covariance of the coefficients.
    pub classical: Matrix,
    /// Values less fitted values.
    pub residuals: Vec<f64>,
    /// Degrees of freedom: values less coefficients.
    pub df: usize,
    /// Lags in use.
    pub lag: usize,
    /// Durbin-Watson statistic: near 2 without correlation of neighbouring residuals, near 0 with a strong one.
    pub durbin_watson: f64,
}

impl HacFit {
    /// Newey-West and classical standard error of a weighted sum of coefficients.
    #[must_use]
    pub fn errors(&self, weights: &[f64]) -> (f64, f64) {
        let of = |v: &Matrix| super::linalg::dot(weights, &v.apply(weights)).max(0.0).sqrt();
        (of(&self.covariance), of(&self.classical))
    }
}

/// The usual number of lags: the whole part of 4 (n / 100)^(2/9) (Newey & West 1994).
#[must_use]
pub fn usual_lag(n: usize) -> usize {
    (4.0 * (n as f64 / 100.0).powf(2.0 / 9.0)).floor() as usize
}

/// Least squares of `y` on the columns of `x` with Newey-West errors.
///
/// Covariance (X'X)⁻¹ S (X'X)⁻¹ n / (n - k) with S the sum over lags up to `lag` of the cross products of
/// residual times row, with Bartlett weights 1 - j / (lag + 1); no prewhitening. These are the conventions of
/// `NeweyWest(lag, prewhite = FALSE, adjust = TRUE)` in R's sandwich. Lag 0 gives errors robust to unequal
/// variance only.
///
/// # Errors
/// [`SeriesRefusal::Short`] for fewer than two values more than coefficients, [`SeriesRefusal::NonFinite`],
/// [`SeriesRefusal::Constant`], [`SeriesRefusal::Collinear`], [`SeriesRefusal::Lag`], [`SeriesRefusal::ExactFit`].
///
/// Reference: Newey & West 1987, Econometrica 55.
pub fn newey_west(x: &Matrix, y: &[f64], lag: usize) -> Result<HacFit, SeriesRefusal> {
    let (n, k) = (x.rows(), x.columns());
    if n < k + 2 || y.len() != n {
        return Err(SeriesRefusal::Short { found: n, needed: k + 2 });
    }
    finite(y)?;
    if constant(y) {
        return Err(SeriesRefusal::Constant);
    }
    if lag >= n {
        return Err(SeriesRefusal::Lag { lag, found: n });
    }
    if independent_columns(x, None).len() < k {
        return Err(SeriesRefusal::Collinear);
    }
    let beta = least_squares(x, y, None).ok_or(SeriesRefusal::Collinear)?;
    let bread = Cholesky::of(&x.gram(None)).ok_or(SeriesRefusal::Collinear)?.inverse();
    let residuals: Vec<f64> = y.iter().zip(x.apply(&beta)).map(|(y, fit)| y - fit).collect();
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    let mean = y.iter().sum::<f64>() / n as f64;
    let all: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    if squares <= 1e-24 * all {
        return Err(SeriesRefusal::ExactFit);
    }
    let mut meat = Matrix::zeros(k, k);
    for distance in 0..=lag {
        let weight = 1.0 - distance as f64 / (lag as f64 + 1.0);
        for t in distance..n {
            let factor = weight * residuals[t] * residuals[t - distance];
            for i in 0..k {
                for j in 0..k {
                    let mut product = x.get(t, i) * x.get(t - distance, j);
                    if distance > 0 {
                        product += x.get(t - distance, i) * x.get(t, j);
                    }
                    meat.set(i, j, meat.get(i, j) + factor * product);
                }
            }
        }
    }
    let df = n - k;
    let scaled = |m: &Matrix, factor: f64| {
        let values = (0..m.rows()).flat_map(|r| m.row(r).iter().map(|v| v * factor)).collect();
        Matrix::from_rows(m.rows(), m.columns(), values)
    };
    let covariance = scaled(&bread.times(&meat).times(&bread), n as f64 / df as f64);
    let classical = scaled(&bread, squares / df as f64);
    let steps: f64 = residuals.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    Ok(HacFit { beta, covariance, classical, residuals, df, lag, durbin_watson: steps / squares })
}
