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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    const Y: [f64; 12] = [3.1, 2.7, 4.4, 3.9, 5.2, 6.1, 5.0, 7.3, 6.8, 9.9, 8.7, 9.1];

    fn line(n: usize) -> Matrix {
        Matrix::from_rows(n, 2, (0..n).flat_map(|t| [1.0, t as f64 + 1.0]).collect())
    }

    #[test]
    fn errors_agree_with_another_implementation() {
        // statsmodels 0.15.0, OLS.fit(cov_type="HAC", maxlags, use_correction=True) and durbin_watson.
        let fit = newey_west(&line(12), &Y, 2).unwrap();
        close(fit.beta[0], 1.966_666_666_666_666_6, 1e-12);
        close(fit.beta[1], 0.623_076_923_076_923_3, 1e-12);
        let (hac, classical) = fit.errors(&[0.0, 1.0]);
        close(hac, 0.039_326_902_663_339_78, 1e-10);
        close(classical, 0.069_163_396_381_033_9, 1e-12);
        close(fit.errors(&[1.0, 0.0]).0, 0.208_010_117_436_279_73, 1e-10);
        close(fit.durbin_watson, 3.004_679_741_878_932, 1e-12);
        let robust = newey_west(&line(12), &Y, 0).unwrap();
        close(robust.errors(&[0.0, 1.0]).0, 0.060_783_446_838_163_88, 1e-10);
        close(robust.errors(&[1.0, 0.0]).0, 0.364_649_714_690_633_3, 1e-10);
    }

    #[test]
    fn the_usual_lag_grows_slowly() {
        assert_eq!([10, 36, 99, 100, 240].map(usual_lag), [2, 3, 3, 4, 4]);
    }

    #[test]
    fn unusable_regressions_are_refused() {
        let of = |x: &Matrix, y: &[f64], lag| newey_west(x, y, lag).unwrap_err();
        assert_eq!(of(&line(3), &Y[..3], 0), SeriesRefusal::Short { found: 3, needed: 4 });
        assert_eq!(of(&line(12), &Y, 12), SeriesRefusal::Lag { lag: 12, found: 12 });
        assert_eq!(of(&line(12), &[2.0; 12], 1), SeriesRefusal::Constant);
        let exact: Vec<f64> = (0..12).map(|t| 2.0 + 3.0 * f64::from(t)).collect();
        assert_eq!(of(&line(12), &exact, 1), SeriesRefusal::ExactFit);
        let twice = Matrix::from_columns(&[&[1.0; 12], &[2.0; 12]]);
        assert_eq!(of(&twice, &Y, 1), SeriesRefusal::Collinear);
    }
}
