//! Logistic regression by maximum likelihood.

use super::linalg::{Cholesky, Matrix, dot};

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct Logit {
    /// Coefficients, one per column.
    pub beta: Vec<f64>,
    /// Fitted probabilities, one per row.
    pub probability: Vec<f64>,
    /// Inverse of the Fisher information: the covariance of the coefficients.
    pub covariance: Matrix,
    /// Iterations needed.
    pub iterations: usize,
}

/// Why there is no fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogitRefusal {
    /// No row has the outcome, or all have it.
    #[error("all rows have the same outcome")]
    OneOutcome,
    /// The columns separate the outcomes: the coefficients grow without limit.
    #[error("the covariates separate the two groups perfectly")]
    Separated,
    /// The columns are collinear.
    #[error("the covariates are collinear")]
    Collinear,
    /// The iterations did not come to an end.
    #[error("the fit did not converge")]
    NotConverged,
}

const ITERATIONS: usize = 50;

/// Fits P(y = 1) = 1 / (1 + exp(-x'β)) by iteratively reweighted least squares (Newton steps, halved where the
/// likelihood falls). `x` has its own column of ones; `weights` are case weights.
///
/// Reference: McCullagh and Nelder (1989), Generalized Linear Models, 4.4; on separation Albert and Anderson
/// (1984), Biometrika 71, 1-10.
///
/// # Errors
/// [`LogitRefusal`]; separation is told from fitted probabilities that all go to 0 or 1, or coefficients that
/// keep growing.
pub fn logit(x: &Matrix, y: &[bool], weights: Option<&[f64]>) -> Result<Logit, LogitRefusal> {
    let weight = |row: usize| weights.and_then(|w| w.get(row)).copied().unwrap_or(1.0);
    let used = || y.iter().enumerate().take(x.rows()).filter(|(row, _)| weight(*row) > 0.0);
    if !used().any(|(_, y)| *y) || !used().any(|(_, y)| !*y) {
        return Err(LogitRefusal::OneOutcome);
    }
    let likelihood = |eta: &[f64]| -> f64 {
        let one = |(row, eta): (usize, &f64)| {
            let signed = if y[row] { *eta } else { -eta };
            // ln(1 / (1 + e^-s)) without overflow.
            weight(row) * (signed.min(0.0) - (-signed.abs()).exp().ln_1p())
        };
        eta.iter().enumerate().map(one).sum()
    };
    let mut beta = vec![0.0; x.columns()];
    let mut eta = vec![0.0; x.rows()];
    let mut best = likelihood(&eta);
    for iteration in 1..=ITERATIONS {
        let p: Vec<f64> = eta.iter().map(|eta| 1.0 / (1.0 + (-eta).exp())).collect();
        let information: Vec<f64> = p.iter().enumerate().map(|(row, p)| weight(row) * p * (1.0 - p)).collect();
        let score: Vec<f64> =
            p.iter().enumerate().map(|(row, p)| weight(row) * (f64::from(u8::from(y[row])) - p)).collect();
        let Some(factor) = Cholesky::of(&x.gram(Some(&information))) else {
            return Err(if iteration == 1 { LogitRefusal::Collinear } else { LogitRefusal::Separated });
        };
        let mut step = factor.solve(&x.apply_transposed(&score));
        let (mut tried, mut value);
        let mut halvings = 0;
        loop {
            tried = beta.iter().zip(&step).map(|(b, s)| b + s).collect::<Vec<f64>>();
            eta = (0..x.rows()).map(|row| dot(x.row(row), &tried)).collect();
            value = likelihood(&eta);
            if value >= best - 1e-12 * best.abs() || halvings == 30 {
                break;
            }
            halvings += 1;
            step.iter_mut().for_each(|s| *s /= 2.0);
        }
        let moved = tried.iter().zip(&beta).map(|(t, b)| (t - b).abs() / (1.0 + b.abs())).fold(0.0, f64::max);
        beta = tried;
        best = value;
        if best > -1e-8 {
            return Err(LogitRefusal::Separated);
        }
        if moved < 1e-12 || (moved < 1e-9 && iteration > 25) {
            let p: Vec<f64> = eta.iter().map(|eta| 1.0 / (1.0 + (-eta).exp())).collect();
            let information: Vec<f64> = p.iter().enumerate().map(|(row, p)| weight(row) * p * (1.0 - p)).collect();
            let covariance = Cholesky::of(&x.gram(Some(&information))).ok_or(LogitRefusal::Separated)?.inverse();
            return Ok(Logit { beta, probability: p, covariance, iterations: iteration });
        }
    }
    // What still moves after fifty Newton steps runs away.
    let extreme = eta.iter().any(|eta| eta.abs() > 25.0);
    Err(if extreme { LogitRefusal::Separated } else { LogitRefusal::NotConverged })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    #[test]
    fn a_two_by_two_table_has_a_closed_form() {
        // 3 of 10 with x = 0, 6 of 8 with x = 1: intercept ln(3/7), slope ln(3) - ln(3/7), variances by counts.
        let mut rows = Vec::new();
        let mut y = Vec::new();
        for (x, yes, all) in [(0.0, 3, 10), (1.0, 6, 8)] {
            for i in 0..all {
                rows.extend([1.0, x]);
                y.push(i < yes);
            }
        }
        let fit = logit(&Matrix::from_rows(18, 2, rows), &y, None).unwrap();
        close(fit.beta[0], (3.0f64 / 7.0).ln(), 1e-10);
        close(fit.beta[1], 3f64.ln() - (3.0f64 / 7.0).ln(), 1e-10);
        close(fit.covariance.get(1, 1), 1.0 / 3.0 + 1.0 / 7.0 + 1.0 / 6.0 + 1.0 / 2.0, 1e-9);
        close(fit.probability[17], 0.75, 1e-10);
    }

    #[test]
    fn refusals() {
        let x = Matrix::from_columns(&[&[1.0; 6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
        let apart = [false, false, false, true, true, true];
        assert_eq!(logit(&x, &apart, None), Err(LogitRefusal::Separated));
        assert_eq!(logit(&x, &[true; 6], None), Err(LogitRefusal::OneOutcome));
        let twice = Matrix::from_columns(&[&[1.0; 6], &[2.0; 6]]);
        assert_eq!(logit(&twice, &[true, false, true, false, true, false], None), Err(LogitRefusal::Collinear));
        // Quasi-complete separation: one category without a case.
        let quasi = Matrix::from_columns(&[&[1.0; 6], &[0.0, 0.0, 0.0, 0.0, 1.0, 1.0]]);
        assert_eq!(logit(&quasi, &[true, false, true, false, true, true], None), Err(LogitRefusal::Separated));
    }
}
