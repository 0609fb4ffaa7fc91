//! Distances of units: propensity scores and Mahalanobis coordinates.

use super::super::characteristic::{Characteristic, Column, Values, columns, constant, mean_and_sd};
use super::super::linalg::{Matrix, independent_columns, symmetric_eigen};
use super::super::logit::{LogitRefusal, logit};
use super::{Design, Distance, MatchRefusal, Remark};

/// Where the units lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Space {
    /// On a line: distances are differences.
    Line(Vec<f64>),
    /// In a space with `dimensions` coordinates per unit, unit after unit: distances are Euclidean.
    Points {
        /// Coordinates per unit.
        dimensions: usize,
        /// The coordinates.
        coordinates: Vec<f64>,
    },
}

impl Space {
    /// The positions on a line.
    #[must_use]
    pub fn score(&self) -> Option<&[f64]> {
        match self {
            Self::Line(score) => Some(score),
            Self::Points { .. } => None,
        }
    }

    /// The positions on a line.
    #[must_use]
    pub fn into_score(self) -> Option<Vec<f64>> {
        match self {
            Self::Line(score) => Some(score),
            Self::Points { .. } => None,
        }
    }

    /// The coordinates of one unit.
    #[must_use]
    pub fn point(&self, unit: usize) -> &[f64] {
        match self {
            Self::Line(score) => &score[unit..=unit],
            Self::Points { dimensions, coordinates } => &coordinates[unit * dimensions..(unit + 1) * dimensions],
        }
    }

    /// The distance of two units.
    #[must_use]
    pub fn distance(&self, a: usize, b: usize) -> f64 {
        match self {
            Self::Line(score) => (score[a] - score[b]).abs(),
            Self::Points { .. } => squared(self.point(a), self.point(b)).sqrt(),
        }
    }
}

/// The squared Euclidean distance.
#[inline]
pub(super) fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The standard deviation (n - 1).
#[must_use]
pub fn spread(values: &[f64]) -> f64 {
    mean_and_sd(values).1
}

/// The positions of a design's units under a distance.
///
/// # Errors
/// As [`propensity`] and [`mahalanobis`].
pub fn space(design: &Design, distance: Distance) -> Result<(Space, Vec<Remark>), MatchRefusal> {
    match distance {
        Distance::Logit => propensity(design).map(|(score, remarks)| (Space::Line(score), remarks)),
        Distance::Mahalanobis => mahalanobis(design),
    }
}

fn name(design: &Design, column: &Column) -> String {
    design.covariates.get(column.characteristic).map_or_else(String::new, |c| c.name.clone())
}

/// The columns that vary, and a remark on every covariate that does not.
pub(super) fn varying(design: &Design, every_level: bool) -> Result<(Vec<Column>, Vec<Remark>), MatchRefusal> {
    let fixed = |c: &&Characteristic| columns(std::slice::from_ref(c), true).iter().all(|c| constant(&c.values));
    let remarks: Vec<Remark> =
        design.covariates.iter().filter(fixed).map(|c| Remark::Constant(c.name.clone())).collect();
    let mut varying = columns(&design.covariates, every_level);
    varying.retain(|c| !constant(&c.values));
    if varying.is_empty() {
        return Err(MatchRefusal::AllConstant);
    }
    Ok((varying, remarks))
}

/// Columns with mean 0 and standard deviation 1 beside a column of ones, without those that are linear
/// combinations of others (`among` limits the rows by which this is judged), and their numbers.
pub(super) fn standardised(
    design: &Design,
    columns: &[Column],
    among: Option<&[f64]>,
    remarks: &mut Vec<Remark>,
) -> (Matrix, Vec<usize>) {
    let rows = design.treated.len();
    let mut x = Matrix::zeros(rows, columns.len() + 1);
    for row in 0..rows {
        x.set(row, 0, 1.0);
    }
    for (at, column) in columns.iter().enumerate() {
        let (mean, sd) = mean_and_sd(&column.values);
        column.values.iter().enumerate().for_each(|(row, v)| x.set(row, at + 1, (v - mean) / sd));
    }
    let keep = independent_columns(&x, among);
    for (at, column) in columns.iter().enumerate() {
        let remark = Remark::Collinear(name(design, column));
        if !keep.contains(&(at + 1)) && !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }
    let numbers = keep.iter().filter_map(|k| k.checked_sub(1)).collect();
    (x.select(&keep), numbers)
}

/// Propensity scores: fitted probabilities of treatment of a logistic regression on the covariates (categories
/// against their first one). Covariates that are constant or linear combinations of others do not change them
/// and are remarked on.
///
/// Reference: Rosenbaum and Rubin (1983), Biometrika 70, 41-55.
///
/// # Errors
/// If all covariates are constant, or the covariates separate the groups.
pub fn propensity(design: &Design) -> Result<(Vec<f64>, Vec<Remark>), MatchRefusal> {
    let (columns, mut remarks) = varying(design, false)?;
    let (x, _) = standardised(design, &columns, None, &mut remarks);
    match logit(&x, &design.treated, None) {
        Ok(fit) => Ok((fit.probability, remarks)),
        Err(LogitRefusal::Separated) => {
            Err(separating(design).map_or(LogitRefusal::Separated.into(), MatchRefusal::SeparatedBy))
        }
        Err(other) => Err(other.into()),
    }
}

/// The first number whose ranges in the two groups do not overlap, or category that only one group has.
fn separating(design: &Design) -> Option<String> {
    let apart = |column: &Column| {
        let range = |wanted: bool| {
            let members = column.values.iter().zip(&design.treated).filter(|(_, t)| **t == wanted);
            members.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (v, _)| (l.min(*v), h.max(*v)))
        };
        let ((low, high), (other_low, other_high)) = (range(true), range(false));
        match column.level {
            Some(_) => high == 0.0 || other_high == 0.0,
            None => high <= other_low || other_high <= low,
        }
    };
    let found = columns(&design.covariates, true).into_iter().find(apart)?;
    let covariate = design.covariates.get(found.characteristic)?;
    Some(match (&covariate.values, found.level) {
        (Values::Category { levels, .. }, Some(level)) => format!("{} = {}", covariate.name, levels.get(level)?),
        _ => covariate.name.clone(),
    })
}

/// Coordinates in which the Euclidean distance is the Mahalanobis distance. The covariance is that within the
/// two groups (divisor n - 2); each category is a column of 0 and 1 divided by the root of 2, so that two
/// categories weigh like one column of 0 and 1. Linear combinations count once: the inverse is the generalised
/// one, with eigenvalues below 1e-8 of the largest taken as 0.
///
/// Reference: Rubin (1980), Biometrics 36, 293-298.
///
/// # Errors
/// If all covariates are constant, or one is constant within both groups and differs between them.
pub fn mahalanobis(design: &Design) -> Result<(Space, Vec<Remark>), MatchRefusal> {
    let (mut columns, mut remarks) = varying(design, true)?;
    // Only for its remarks: among the columns of all categories some are combinations of others by design.
    let (reference, _) = varying(design, false)?;
    standardised(design, &reference, None, &mut remarks);
    let rows = design.treated.len();
    for column in &mut columns {
        if column.level.is_some() {
            column.values.iter_mut().for_each(|v| *v /= std::f64::consts::SQRT_2);
        }
        let (mean, sd) = mean_and_sd(&column.values);
        column.values.iter_mut().for_each(|v| *v = (*v - mean) / sd);
    }
    let k = columns.len();
    let mut centred = Matrix::zeros(rows, k);
    for (at, column) in columns.iter().enumerate() {
        for group in [false, true] {
            let members = || column.values.iter().zip(&design.treated).enumerate().filter(|(_, (_, t))| **t == group);
            let mean = members().map(|(_, (v, _))| v).sum::<f64>() / members().count().max(1) as f64;
            members().for_each(|(row, (v, _))| centred.set(row, at, v - mean));
        }
    }
    let mut covariance = centred.gram(None);
    let df = rows.saturating_sub(2).max(1) as f64;
    for i in 0..k {
        for j in 0..k {
            covariance.set(i, j, covariance.get(i, j) / df);
        }
    }
    // Columns have variance 1 over all units: what is left within the groups is relative to that.
    if let Some(at) = (0..k).find(|at| covariance.get(*at, *at) < 1e-14) {
        return Err(MatchRefusal::SeparatedBy(name(design, &columns[at])));
    }
    let (values, vectors) = symmetric_eigen(&covariance);
    let largest = values.iter().copied().fold(0.0, f64::max);
    let kept: Vec<usize> = (0..k).filter(|i| values[*i] > 1e-8 * largest).collect();
    let mut inverse = Matrix::zeros(k, k);
    for i in 0..k {
        for j in 0..=i {
            let sum: f64 = kept.iter().map(|e| vectors.get(i, *e) * vectors.get(j, *e) / values[*e]).sum();
            inverse.set(i, j, sum);
            inverse.set(j, i, sum);
        }
    }
    let root = pivoted_root(&inverse, kept.len());
    let mut coordinates = Vec::with_capacity(rows * root.rows());
    for row in 0..rows {
        for r in 0..root.rows() {
            coordinates.push(columns.iter().enumerate().map(|(at, c)| c.values[row] * root.get(r, at)).sum());
        }
    }
    Ok((Space::Points { dimensions: root.rows(), coordinates }, remarks))
}

/// R with R'R = A for a positive semidefinite A of known rank: Cholesky with pivoting on the largest diagonal
/// element that is left (Higham 2002, Accuracy and Stability of Numerical Algorithms, 10.3).
fn pivoted_root(a: &Matrix, rank: usize) -> Matrix {
    let k = a.rows();
    let mut rest = a.clone();
    let mut done = vec![false; k];
    let mut root = Matrix::zeros(rank, k);
    for r in 0..rank {
        let open = (0..k).filter(|i| !done[*i]);
        let Some(pivot) = open.reduce(|best, i| if rest.get(i, i) > rest.get(best, best) { i } else { best }) else {
            break;
        };
        let scale = rest.get(pivot, pivot).max(0.0).sqrt();
        done[pivot] = true;
        if scale == 0.0 {
            continue;
        }
        root.set(r, pivot, scale);
        for j in (0..k).filter(|j| !done[*j]) {
            root.set(r, j, rest.get(pivot, j) / scale);
        }
        for i in 0..k {
            for j in 0..k {
                if !done[i] && !done[j] {
                    rest.set(i, j, rest.get(i, j) - root.get(r, i) * root.get(r, j));
                }
            }
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_rebuilds_a_matrix_of_lower_rank() {
        let x = Matrix::from_rows(2, 3, vec![1.0, 2.0, 3.0, 0.5, -1.0, 2.0]);
        let a = x.transpose().times(&x);
        let root = pivoted_root(&a, 2);
        let rebuilt = root.transpose().times(&root);
        for i in 0..3 {
            for j in 0..3 {
                assert!((rebuilt.get(i, j) - a.get(i, j)).abs() < 1e-12);
            }
        }
    }
}
