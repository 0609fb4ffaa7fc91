//! Entropy balancing.

use super::super::linalg::{Cholesky, Matrix, dot, independent_columns};
use super::distance::{standardised, varying};
use super::{Design, MatchRefusal, Remark};

/// Largest difference of means, in standard deviations, that counts as balanced.
pub(super) const BALANCED: f64 = 1e-9;

const ITERATIONS: usize = 500;

/// Weights of the controls that are as even as possible (largest entropy) among those that give the controls the
/// treated units' mean of every covariate (of every category the treated units' share). They sum to the number of
/// treated units, whose own weight is 1. Where the treated units all have the controls' smallest or largest value
/// (or all one category), the other controls have weight 0.
///
/// The weights are exp(z'b) up to scale, with b the minimum of a convex function (the dual), found by Newton steps
/// that are halved where they overshoot.
///
/// Reference: Hainmueller (2012), Political Analysis 20, 25-46.
///
/// # Errors
/// If no weights reach the means, because the treated units lie outside the controls.
pub fn entropy(design: &Design) -> Result<(Vec<f64>, Vec<Remark>), MatchRefusal> {
    let units = design.treated.len();
    let (columns, mut remarks) = varying(design, false)?;
    let (all, numbers) = standardised(design, &columns, None, &mut remarks);
    let name = |column: usize| {
        let at = column.checked_sub(1).and_then(|c| numbers.get(c)).and_then(|c| columns.get(*c));
        at.and_then(|c| design.covariates.get(c.characteristic)).map_or_else(String::new, |c| c.name.clone())
    };
    let share: Vec<f64> = design.treated.iter().map(|t| f64::from(u8::from(*t))).collect();
    let treated: f64 = share.iter().sum();
    let target = means(&all, &share);
    let rows = inside(design, &all, &target).map_err(|column| MatchRefusal::Infeasible(name(column)))?;
    // What is a combination of other columns among these controls is so for all weights. Whether the treated units
    // fit is seen at the end, on all columns.
    let mut active = vec![0.0; units];
    rows.iter().for_each(|unit| active[*unit] = 1.0);
    let among = independent_columns(&all, Some(&active));
    // Deviations from the target, without the column of ones.
    let used: Vec<usize> = among.into_iter().filter(|column| *column > 0).collect();
    let mut z = Matrix::zeros(rows.len(), used.len());
    for (at, unit) in rows.iter().enumerate() {
        used.iter().enumerate().for_each(|(j, column)| z.set(at, j, all.get(*unit, *column) - target[*column]));
    }
    let solved = dual(&z);
    let mut weights = vec![0.0; units];
    rows.iter().enumerate().for_each(|(at, unit)| weights[*unit] = solved.as_ref().map_or(1.0, |w| w[at]) * treated);
    let reached = means(&all, &weights);
    let off = |column: &usize| (reached[*column] - target[*column]).abs();
    let worst = (1..all.columns()).max_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(0);
    if solved.is_none() || off(&worst) > BALANCED {
        return Err(MatchRefusal::Infeasible(name(worst)));
    }
    weights.iter_mut().zip(&share).for_each(|(weight, treated)| *weight += treated);
    Ok((weights, remarks))
}

/// The controls that may have weight: all but those that a target on the border of the controls' range excludes.
/// The number of a column whose target lies outside of it is an error.
fn inside(design: &Design, x: &Matrix, target: &[f64]) -> Result<Vec<usize>, usize> {
    let mut rows: Vec<usize> = (0..x.rows()).filter(|unit| !design.treated[*unit]).collect();
    loop {
        let before = rows.len();
        for (column, target) in target.iter().enumerate().skip(1) {
            let values = || rows.iter().map(|unit| x.get(*unit, column));
            let (low, high) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            if *target < low - BALANCED || *target > high + BALANCED {
                return Err(column);
            }
            for border in [low, high] {
                if (target - border).abs() <= 1e-12 {
                    rows.retain(|unit| (x.get(*unit, column) - border).abs() <= 1e-12);
                }
            }
        }
        if rows.len() == before {
            return Ok(rows);
        }
    }
}

/// Weighted means of all columns.
fn means(x: &Matrix, weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    x.apply_transposed(weights).into_iter().map(|v| v / sum).collect()
}

/// The weights, summing to 1, that give every column of `z` a mean of 0.
fn dual(z: &Matrix) -> Option<Vec<f64>> {
    let value = |b: &[f64]| -> (f64, Vec<f64>) {
        let eta: Vec<f64> = (0..z.rows()).map(|row| dot(z.row(row), b)).collect();
        let top = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let raw: Vec<f64> = eta.iter().map(|e| (e - top).exp()).collect();
        let sum: f64 = raw.iter().sum();
        (sum.ln() + top, raw.into_iter().map(|w| w / sum).collect())
    };
    let mut b = vec![0.0; z.columns()];
    let (mut best, mut weights) = value(&b);
    for _ in 0..ITERATIONS {
        let gradient = z.apply_transposed(&weights);
        if gradient.iter().all(|g| g.abs() < 1e-13) {
            return Some(weights);
        }
        let mut hessian = z.gram(Some(&weights));
        for i in 0..gradient.len() {
            for j in 0..gradient.len() {
                hessian.set(i, j, hessian.get(i, j) - gradient[i] * gradient[j]);
            }
        }
        // Where all weight gathers on few controls the treated units lie outside the others.
        let step = Cholesky::of(&hessian)?.solve(&gradient);
        let slope = dot(&step, &gradient);
        let mut size = 1.0;
        loop {
            let tried: Vec<f64> = b.iter().zip(&step).map(|(b, s)| b - size * s).collect();
            let (value, new) = value(&tried);
            // Near the minimum the decrease is lost in rounding long before the gradient is: full steps go on there.
            let rounding = 1e-14 * (1.0 + best.abs());
            if value <= best - 1e-4 * size * slope + rounding || size < 1e-10 {
                let settled = best - value <= 1e-15 * (1.0 + best.abs()) && gradient.iter().all(|g| g.abs() < 1e-10);
                (b, best, weights) = (tried, value, new);
                if settled {
                    return Some(weights);
                }
                break;
            }
            size /= 2.0;
        }
    }
    None
}
