//! The propensity to be treated, by logistic regression, on columns of equal length of which the first is ones.

use super::Missing;
use super::influence::dot;
use crate::stats::linalg::{Cholesky, Matrix};
use crate::stats::logit::{LogitRefusal, logit};

/// Propensity from which on a comparison is not estimated.
const NO_OVERLAP: f64 = 0.999;
/// Propensity from which on a control has no weight.
pub(super) const TRIM: f64 = 0.995;
/// Least reciprocal of the condition (1-norm) of a matrix that is inverted.
const CONDITION: f64 = f64::EPSILON;

const ITERATIONS: usize = 25;
/// Iteration from which on it is looked whether only rows without a chance to be in the other group still move.
const PATIENCE: usize = 10;
/// A chance that is none.
const NONE: f64 = 1e-8;

/// Fitted propensities.
pub(super) struct Propensity {
    /// One per row.
    pub(super) p: Vec<f64>,
    /// The inverse of Σ w p (1 - p) x x'.
    pub(super) covariance: Matrix,
    /// Whether some controls have values of the covariates that no treated row has, so that their propensity goes to
    /// 0; the fit ends when it cannot matter any more.
    pub(super) separated: bool,
}

/// Fits the propensity of the rows below `treated` against those from there on.
///
/// With weights the overlap is judged by an unweighted fit on the rows with a weight, the way did does.
pub(super) fn propensity(x: &[Vec<f64>], treated: usize, weights: Option<&[f64]>) -> Result<Propensity, Missing> {
    if let Some(weights) = weights {
        let used: Vec<f64> = weights.iter().map(|w| f64::from(u8::from(*w > 0.0))).collect();
        overlap(&newton(x, treated, &used)?, &used)?;
        return newton(x, treated, weights);
    }
    let rows = x.first().map_or(0, Vec::len);
    let ones = vec![1.0; rows];
    let fit = newton(x, treated, &ones)?;
    overlap(&fit, &ones)?;
    Ok(fit)
}

fn overlap(fit: &Propensity, weights: &[f64]) -> Result<(), Missing> {
    let high = fit.p.iter().zip(weights).any(|(p, w)| *w > 0.0 && *p >= NO_OVERLAP);
    if high { Err(Missing::NoOverlap) } else { Ok(()) }
}

fn newton(x: &[Vec<f64>], treated: usize, weights: &[f64]) -> Result<Propensity, Missing> {
    let (yes, no): (f64, f64) = (weights[..treated].iter().sum(), weights[treated..].iter().sum());
    if !(yes > 0.0 && no > 0.0) {
        return Err(Missing::ZeroWeight);
    }
    let mut beta = vec![0.0; x.len()];
    beta[0] = (yes / no).ln();
    let rows = weights.len();
    let (mut p, mut information, mut score) = (vec![0.0; rows], vec![0.0; rows], vec![0.0; rows]);
    let mut near = false;
    for iteration in 0..ITERATIONS {
        fitted(x, &beta, &mut p);
        p.iter_mut().for_each(|p| *p = 1.0 / (1.0 + (-*p).exp()));
        for ((i, p), w) in information.iter_mut().zip(&p).zip(weights) {
            *i = w * p * (1.0 - p);
        }
        let gram = gram(x, &information);
        if near {
            return Ok(Propensity { covariance: inverse(&gram)?, p, separated: false });
        }
        for (row, ((s, p), w)) in score.iter_mut().zip(&p).zip(weights).enumerate() {
            *s = w * (f64::from(u8::from(row < treated)) - p);
        }
        let Some(factor) = Cholesky::of(&gram) else {
            return Err(if iteration == 0 { Missing::Collinear } else { separated(&p) });
        };
        let step = factor.solve(&x.iter().map(|column| dot(column, &score)).collect::<Vec<f64>>());
        // Steps shrink quadratically: after one of 1e-7 the rest is rounding.
        near = step.iter().zip(&beta).all(|(s, b)| s.abs() <= 1e-7 * (1.0 + b.abs()));
        if !near && iteration >= PATIENCE {
            fitted(x, &step, &mut score);
            let settled = score.iter().zip(&p).all(|(moved, p)| moved.abs() < NONE || *p < NONE || *p > 1.0 - NONE);
            if settled {
                return Ok(Propensity { covariance: inverse(&gram)?, p, separated: true });
            }
        }
        beta.iter_mut().zip(step).for_each(|(b, s)| *b += s);
    }
    damped(x, treated, weights, &p)
}

/// The slow way, with steps that never go down, for what Newton's method does not settle.
fn damped(x: &[Vec<f64>], treated: usize, weights: &[f64], last: &[f64]) -> Result<Propensity, Missing> {
    let columns: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
    let y: Vec<bool> = (0..weights.len()).map(|row| row < treated).collect();
    match logit(&Matrix::from_columns(&columns), &y, Some(weights)) {
        Ok(fit) => Ok(Propensity { p: fit.probability, covariance: fit.covariance, separated: false }),
        Err(LogitRefusal::Collinear) => Err(Missing::Collinear),
        Err(_) => Err(separated(last)),
    }
}

fn separated(p: &[f64]) -> Missing {
    if p.iter().any(|p| *p >= NO_OVERLAP) { Missing::NoOverlap } else { Missing::Separation }
}

/// Xβ.
pub(super) fn fitted(x: &[Vec<f64>], beta: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    for (column, beta) in x.iter().zip(beta) {
        out.iter_mut().zip(column).for_each(|(out, x)| *out += beta * x);
    }
}

/// X'WX of the first rows of `x`, as many as there are weights.
pub(super) fn gram(x: &[Vec<f64>], weights: &[f64]) -> Matrix {
    let mut out = Matrix::zeros(x.len(), x.len());
    let mut scaled = vec![0.0; weights.len()];
    for (i, a) in x.iter().enumerate() {
        scaled.iter_mut().zip(a).zip(weights).for_each(|((s, a), w)| *s = a * w);
        for (j, b) in x.iter().enumerate().take(i + 1) {
            let sum = dot(&scaled, &b[..weights.len()]);
            out.set(i, j, sum);
            out.set(j, i, sum);
        }
    }
    out
}

/// The inverse of a symmetric matrix that is not singular to working precision.
pub(super) fn inverse(a: &Matrix) -> Result<Matrix, Missing> {
    let inverse = Cholesky::of(a).ok_or(Missing::Collinear)?.inverse();
    let condition = norm(a) * norm(&inverse);
    if condition.is_finite() && condition * CONDITION < 1.0 { Ok(inverse) } else { Err(Missing::Collinear) }
}

fn norm(a: &Matrix) -> f64 {
    (0..a.columns()).map(|c| (0..a.rows()).map(|r| a.get(r, c).abs()).sum()).fold(0.0, f64::max)
}
