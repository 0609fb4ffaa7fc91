//! The hat matrix of regressors, units and periods by cluster, for errors that hold with few clusters.

use rayon::prelude::*;

use super::super::fixed_effects::{Fit, Levels, PanelRefusal};
use super::super::linalg::{Matrix, dot, symmetric_eigen};
use super::nested;

/// Numbers in the table of the basis that memory allows.
const MOST_NUMBERS: usize = 50_000_000;
/// Largest eigenvalue problem per cluster.
const MOST_ROWS: usize = 1_500;
/// Eigenvalues of I - H up to this are zero: the pseudo-inverse leaves their directions out.
const ZERO: f64 = 1e-11;

/// The hat matrix as B B', row by row of B, and the rows of each cluster. The levels of a dimension nested in
/// clusters are left out of B: they touch neither the transformed regressors nor the residuals of a cluster
/// (Pustejovsky and Tipton 2018, theorem 2).
pub(in super::super) struct Projection {
    pub basis: Matrix,
    pub members: Vec<Vec<usize>>,
}

/// What one cluster adds to one combination.
struct Part {
    score: f64,
    /// |a|², a being the cluster's adjusted weights.
    size: f64,
    /// B'a.
    q: Vec<f64>,
    carried: bool,
}

/// The error of one combination.
pub(super) struct Error {
    /// Its square, without small-sample factors.
    pub square: f64,
    /// Degrees of freedom after Satterthwaite under independent rows with the same variance.
    pub df: f64,
    /// A cluster without which the combination could not be estimated.
    pub carried_by: Option<usize>,
}

impl Projection {
    pub fn new(fit: &Fit, clusters: &[u32], found: usize) -> Result<Self, PanelRefusal> {
        let Levels { unit, time, units, times } = &fit.levels;
        let (units_inside, times_inside) = (nested(unit, *units, clusters), nested(time, *times, clusters));
        let mut members = vec![Vec::new(); found];
        clusters.iter().enumerate().for_each(|(row, cluster)| members[*cluster as usize].push(row));
        let n = clusters.len();
        let extra = match (units_inside, times_inside) {
            (true, true) => 0,
            (true, false) => *times,
            (false, true) => *units,
            (false, false) => units + times,
        };
        if n.saturating_mul(extra + fit.beta.len()) > MOST_NUMBERS {
            return Err(PanelRefusal::TooLarge);
        }
        let mut columns = fit.x.clone();
        let indicator = |codes: &[u32], level: u32| codes.iter().map(|c| f64::from(u8::from(*c == level))).collect();
        let centered = |codes: &[u32], level: u32, within: &[u32], groups: usize| {
            let mut v: Vec<f64> = indicator(codes, level);
            let (mut sums, mut sizes) = (vec![0.0; groups], vec![0.0; groups]);
            for (v, g) in v.iter().zip(within) {
                sums[*g as usize] += v;
                sizes[*g as usize] += 1.0;
            }
            v.iter_mut().zip(within).for_each(|(v, g)| *v -= sums[*g as usize] / sizes[*g as usize]);
            v
        };
        match (units_inside, times_inside) {
            (true, true) => {}
            (true, false) => columns.extend((0..*times as u32).map(|t| centered(time, t, unit, *units))),
            (false, true) => columns.extend((0..*units as u32).map(|u| centered(unit, u, time, *times))),
            (false, false) => {
                columns.extend((0..*units as u32).map(|u| indicator(unit, u)));
                columns.extend((0..*times as u32).map(|t| indicator(time, t)));
            }
        }
        let kept = orthonormal(columns);
        let references: Vec<&[f64]> = kept.iter().map(Vec::as_slice).collect();
        let basis = Matrix::from_columns(&references);
        let wide = members.iter().map(|m| m.len().min(basis.columns())).max().unwrap_or(0);
        if wide > MOST_ROWS { Err(PanelRefusal::TooLarge) } else { Ok(Self { basis, members }) }
    }

    /// (I - H)^power `w` of one cluster in both ways.
    #[cfg(test)]
    pub(super) fn both(&self, cluster: usize, power: f64, w: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows = &self.members[cluster];
        let root = Root::of(&self.basis, rows, power);
        (series(&self.basis, rows, power, w), root.apply(&self.basis, rows, w).0)
    }

    /// The errors of combinations with the residuals of a cluster multiplied by (I - H)^power.
    pub(super) fn errors(&self, fit: &Fit, contrasts: &[Vec<f64>], power: f64) -> Vec<Error> {
        let weights: Vec<Vec<f64>> = contrasts.iter().map(|c| fit.combined(&fit.bread.apply(c))).collect();
        let p = self.basis.columns();
        let parts: Vec<Vec<Part>> = self
            .members
            .par_iter()
            .map(|rows| {
                let trace: f64 = rows.iter().map(|row| dot(self.basis.row(*row), self.basis.row(*row))).sum();
                let root = (trace > SERIES).then(|| Root::of(&self.basis, rows, power));
                let one = |weights: &Vec<f64>| {
                    let w: Vec<f64> = rows.iter().map(|row| weights[*row]).collect();
                    let (a, carried) = match &root {
                        Some(root) => root.apply(&self.basis, rows, &w),
                        None => (series(&self.basis, rows, power, &w), false),
                    };
                    let score = rows.iter().zip(&a).map(|(row, a)| a * fit.residual[*row]).sum();
                    let mut q = vec![0.0; p];
                    for (row, a) in rows.iter().zip(&a) {
                        q.iter_mut().zip(self.basis.row(*row)).for_each(|(q, b)| *q += a * b);
                    }
                    Part { score, size: dot(&a, &a), q, carried }
                };
                weights.iter().map(one).collect()
            })
            .collect();
        (0..contrasts.len())
            .map(|at| {
                let (mut square, mut trace, mut squares) = (0.0, 0.0, 0.0);
                let mut sum = Matrix::zeros(p, p);
                for part in &parts {
                    let Part { score, size, q, .. } = &part[at];
                    let own = dot(q, q);
                    square += score * score;
                    trace += size - own;
                    squares += (size - own).powi(2) - own * own;
                    for (i, qi) in q.iter().enumerate() {
                        sum.row_mut(i).iter_mut().zip(q).for_each(|(s, qj)| *s += qi * qj);
                    }
                }
                squares += (0..p).map(|i| dot(sum.row(i), sum.row(i))).sum::<f64>();
                let carried_by = parts.iter().position(|part| part[at].carried);
                Error { square, df: trace * trace / squares, carried_by }
            })
            .collect()
    }
}

/// Trace of a cluster's H up to which powers of I - H come from their series: it bounds the eigenvalues.
const SERIES: f64 = 0.3;

/// (I - H)^power for one cluster with little leverage: the sum of binomial(power, k) (-H)^k `w`.
fn series(basis: &Matrix, rows: &[usize], power: f64, w: &[f64]) -> Vec<f64> {
    let mut out = w.to_vec();
    let mut term = w.to_vec();
    for k in 1..200 {
        let mut inner = vec![0.0; basis.columns()];
        for (row, t) in rows.iter().zip(&term) {
            inner.iter_mut().zip(basis.row(*row)).for_each(|(i, b)| *i += t * b);
        }
        let factor = -(power - f64::from(k - 1)) / f64::from(k);
        rows.iter().zip(term.iter_mut()).for_each(|(row, t)| *t = factor * dot(basis.row(*row), &inner));
        out.iter_mut().zip(&term).for_each(|(o, t)| *o += t);
        if dot(&term, &term) <= 1e-34 * dot(&out, &out) {
            break;
        }
    }
    out
}

/// (I - H)^power for one cluster.
struct Root {
    /// Eigenvectors, of the rows (`of_rows`) or of the columns of B.
    vectors: Matrix,
    /// What to multiply the part along each with.
    factors: Vec<f64>,
    /// Whether I - H has no inverse in this direction.
    zero: Vec<bool>,
    of_rows: bool,
}

impl Root {
    fn of(basis: &Matrix, rows: &[usize], power: f64) -> Self {
        let (n, p) = (rows.len(), basis.columns());
        let raised = |rest: f64| if rest > ZERO { rest.powf(power) } else { 0.0 };
        if n <= p {
            let mut a = Matrix::identity(n);
            for i in 0..n {
                for j in 0..n {
                    a.set(i, j, a.get(i, j) - dot(basis.row(rows[i]), basis.row(rows[j])));
                }
            }
            let (values, vectors) = symmetric_eigen(&a);
            let zero = values.iter().map(|v| *v <= ZERO).collect();
            return Self { vectors, factors: values.into_iter().map(raised).collect(), zero, of_rows: true };
        }
        let mut a = Matrix::zeros(p, p);
        for row in rows {
            let b = basis.row(*row);
            for (i, bi) in b.iter().enumerate() {
                a.row_mut(i).iter_mut().zip(b).for_each(|(a, bj)| *a += bi * bj);
            }
        }
        let (values, vectors) = symmetric_eigen(&a);
        let zero = values.iter().map(|v| 1.0 - v <= ZERO).collect();
        // Towards 0 the factor goes to -power, and what it multiplies goes to 0.
        let factor = |value: f64| if value > 1e-12 { (raised(1.0 - value) - 1.0) / value } else { -power };
        Self { vectors, factors: values.into_iter().map(factor).collect(), zero, of_rows: false }
    }

    /// The product with `w`, and whether `w` has a part in a direction without an inverse.
    fn apply(&self, basis: &Matrix, rows: &[usize], w: &[f64]) -> (Vec<f64>, bool) {
        let size = dot(w, w);
        let across = |v: &[f64]| {
            let mut along = self.vectors.apply_transposed(v);
            let lost: f64 = along.iter().zip(&self.zero).filter(|(_, zero)| **zero).map(|(a, _)| a * a).sum();
            along.iter_mut().zip(&self.factors).for_each(|(a, f)| *a *= f);
            (self.vectors.apply(&along), lost > 1e-8 * size)
        };
        if self.of_rows {
            return across(w);
        }
        let mut inner = vec![0.0; basis.columns()];
        for (row, w) in rows.iter().zip(w) {
            inner.iter_mut().zip(basis.row(*row)).for_each(|(i, b)| *i += w * b);
        }
        let (moved, lost) = across(&inner);
        (rows.iter().zip(w).map(|(row, w)| w + dot(basis.row(*row), &moved)).collect(), lost)
    }
}

/// An orthonormal basis of the columns, by Gram-Schmidt in two passes; what those before explain is left out.
fn orthonormal(columns: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for mut v in columns {
        let size = dot(&v, &v).sqrt();
        for _ in 0..2 {
            for b in &basis {
                let along = dot(&v, b);
                v.iter_mut().zip(b).for_each(|(v, b)| *v -= along * b);
            }
        }
        let rest = dot(&v, &v).sqrt();
        if rest > 1e-7 * size && size > 0.0 {
            v.iter_mut().for_each(|v| *v /= rest);
            basis.push(v);
        }
    }
    basis
}
