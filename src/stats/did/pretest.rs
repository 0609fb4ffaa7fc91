//! The Wald test of all effects before treatment.

use rayon::prelude::*;

use super::panel::Sample;
use super::{Cell, Design};
use crate::stats::linalg::{Cholesky, Matrix, dot};
use crate::stats::probability::chi_square_upper;

/// The test that all effects before treatment are zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pretest {
    /// b'V⁻¹b.
    pub statistic: f64,
    /// Effects tested.
    pub df: usize,
    /// From the chi-square distribution.
    pub p: f64,
}

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPretest {
    /// No effect before treatment was estimated.
    #[error("there are no estimates before treatment")]
    NoneBefore,
    /// More effects than units (or clusters), or effects that are combinations of others.
    #[error("the covariance of the estimates before treatment is singular")]
    Singular,
}

pub(super) fn wald(sample: &Sample, cells: &[Cell], design: &Design) -> Result<Pretest, NoPretest> {
    let anticipation = f64::from(design.anticipation);
    let before: Vec<(&Cell, f64)> = cells
        .iter()
        .filter(|cell| cell.effect.group - anticipation > cell.effect.time && cell.effect.se.is_some())
        .filter_map(|cell| cell.effect.value.map(|value| (cell, value)))
        .collect();
    let df = before.len();
    if df == 0 {
        return Err(NoPretest::NoneBefore);
    }
    let independent = sample.clusters.as_ref().map_or(sample.units, |c| c.count);
    if df >= independent {
        return Err(NoPretest::Singular);
    }
    let sums: Option<Vec<Vec<f64>>> = sample
        .clusters
        .as_ref()
        .map(|clusters| before.par_iter().map(|(cell, _)| cell.influence.collapse(clusters)).collect());
    let product = |i: usize, j: usize| match &sums {
        Some(sums) => dot(&sums[i], &sums[j]),
        None => before[i].0.influence.product(&before[j].0.influence),
    };
    let rows: Vec<Vec<f64>> = (0..df).into_par_iter().map(|i| (0..=i).map(|j| product(i, j)).collect()).collect();
    // In units of the errors, so that the condition does not depend on how unequal they are.
    let errors: Vec<f64> = rows.iter().enumerate().map(|(i, row)| row[i].sqrt()).collect();
    let mut covariance = Matrix::zeros(df, df);
    for (i, row) in rows.iter().enumerate() {
        for (j, value) in row.iter().enumerate() {
            let value = value / (errors[i] * errors[j]);
            covariance.set(i, j, value);
            covariance.set(j, i, value);
        }
    }
    let factor = Cholesky::of(&covariance).ok_or(NoPretest::Singular)?;
    let t: Vec<f64> = before.iter().zip(&errors).map(|((_, value), error)| value / error).collect();
    let statistic = dot(&t, &factor.solve(&t));
    if !statistic.is_finite() || statistic < 0.0 {
        return Err(NoPretest::Singular);
    }
    Ok(Pretest { statistic, df, p: chi_square_upper(statistic, df as f64) })
}
