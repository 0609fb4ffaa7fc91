//! The descent that finds the weights of synthetic difference-in-differences.

use std::collections::BTreeMap;

use super::linalg::{Matrix, dot};

/// Numbers kept of products between columns: 64 MB.
const KEPT: usize = 8_000_000;
/// Steps after which running sums are computed anew.
const REFRESH: usize = 1000;

/// min ||A w - b||² / rows + zeta² ||w||² over weights that are not negative and sum to one, by Frank-Wolfe steps
/// with exact line search. The path matters: it is the stopping rule that defines the reference's weights.
pub(super) struct Descent {
    /// The columns of A less b: as weights sum to one, A w - b is their weighted sum.
    columns: Vec<Vec<f64>>,
    rows: f64,
    zeta: f64,
}

/// A point on the way.
struct Walk {
    w: Vec<f64>,
    /// A w - b.
    error: Vec<f64>,
    /// Product of each column with the error.
    pull: Vec<f64>,
    /// Products of each column with those walked to.
    products: BTreeMap<usize, Vec<f64>>,
}

impl Descent {
    /// The last column of `table` is b, the others are A; `intercept` takes the mean off every column.
    pub(super) fn of(table: &Matrix, zeta: f64, intercept: bool) -> Self {
        let column = |at: usize| {
            let mut values = table.column(at);
            if intercept {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                values.iter_mut().for_each(|v| *v -= mean);
            }
            values
        };
        let last = table.columns() - 1;
        let target = column(last);
        let less = |at: usize| column(at).iter().zip(&target).map(|(a, b)| a - b).collect();
        Self { columns: (0..last).map(less).collect(), rows: table.rows() as f64, zeta }
    }

    /// Upper bound of what is left to gain at `w`.
    pub(super) fn gap(&self, w: &[f64]) -> f64 {
        let eta = self.rows * self.zeta * self.zeta;
        let slopes: Vec<f64> = self.pull(&self.error(w)).iter().zip(w).map(|(p, w)| p + eta * w).collect();
        let lowest = slopes.iter().copied().fold(f64::INFINITY, f64::min);
        (2.0 * (dot(&slopes, w) - lowest) / self.rows).max(0.0)
    }

    /// At most `limit` steps from `w`, until one gains no more than `minimum`; and whether that was reached.
    pub(super) fn descend(&self, w: Vec<f64>, minimum: f64, limit: usize) -> (Vec<f64>, bool) {
        let square = self.zeta * self.zeta;
        let error = self.error(&w);
        let mut walk = Walk { pull: self.pull(&error), w, error, products: BTreeMap::new() };
        let mut last = f64::INFINITY;
        for step in 0..limit {
            if step > 0 && step % REFRESH == 0 {
                walk.error = self.error(&walk.w);
                walk.pull = self.pull(&walk.error);
            }
            self.step(&mut walk, self.rows * square);
            let value = square * dot(&walk.w, &walk.w) + dot(&walk.error, &walk.error) / self.rows;
            // From the second step on, as there is nothing to compare the first with.
            if step > 0 && last - value <= minimum {
                return (walk.w, true);
            }
            last = value;
        }
        (walk.w, false)
    }

    fn error(&self, w: &[f64]) -> Vec<f64> {
        let mut error = vec![0.0; self.rows as usize];
        for (weight, column) in w.iter().zip(&self.columns).filter(|(w, _)| **w != 0.0) {
            error.iter_mut().zip(column).for_each(|(e, a)| *e += weight * a);
        }
        error
    }

    fn pull(&self, error: &[f64]) -> Vec<f64> {
        self.columns.iter().map(|a| dot(error, a)).collect()
    }

    /// Moves towards the column with the lowest slope, the first of equals, as far as is best.
    fn step(&self, walk: &mut Walk, eta: f64) {
        let (mut best, mut lowest, mut mean) = (0, f64::INFINITY, 0.0);
        for (j, (pull, w)) in walk.pull.iter().zip(&walk.w).enumerate() {
            let slope = pull + eta * w;
            mean += slope * w;
            if slope < lowest {
                (best, lowest) = (j, slope);
            }
        }
        let others = walk.w.iter().enumerate().filter(|(j, _)| *j != best).map(|(_, w)| w * w).sum::<f64>();
        let length = others + (1.0 - walk.w[best]).powi(2);
        if length == 0.0 {
            return;
        }
        let target = &self.columns[best];
        let change: f64 = target.iter().zip(&walk.error).map(|(a, e)| (a - e).powi(2)).sum();
        let curvature = change + eta * length;
        // Columns that are alike: moving changes nothing.
        let step = if curvature > 0.0 { ((mean - lowest) / curvature).clamp(0.0, 1.0) } else { 0.0 };
        if walk.products.len() * self.columns.len() > KEPT {
            walk.products.clear();
        }
        let products = walk.products.entry(best).or_insert_with(|| self.pull(target));
        let toward = |from: &mut f64, to: f64| *from += step * (to - *from);
        walk.w.iter_mut().enumerate().for_each(|(j, w)| toward(w, if j == best { 1.0 } else { 0.0 }));
        walk.error.iter_mut().zip(target).for_each(|(e, a)| toward(e, *a));
        walk.pull.iter_mut().zip(products.iter()).for_each(|(p, q)| toward(p, *q));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    #[test]
    fn one_step_by_hand() {
        // From the middle of (1, 0) and (0, 1) towards b = (1, 0): the best point is the first column itself.
        let table = Matrix::from_columns(&[&[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0]]);
        let plain = Descent::of(&table, 0.0, false);
        let (w, _) = plain.descend(vec![0.5, 0.5], 0.0, 1);
        assert_eq!(w, [1.0, 0.0]);
        // With zeta² = 1/2 (eta 1): half slopes at the middle are -1/2 + 1/2 and 1/2 + 1/2, direction (1/2, -1/2),
        // curvature 1/2 + 1/2, step 1/2.
        let ridge = Descent::of(&table, 0.5f64.sqrt(), false);
        let (w, _) = ridge.descend(vec![0.5, 0.5], 0.0, 1);
        close(w[0], 0.75, 1e-14);
        close(w[1], 0.25, 1e-14);
        // That is the optimum: 2 (1-w)² / 2 + (w² + (1-w)²) / 2 has its minimum at 3/4.
        assert!(ridge.gap(&w) < 1e-14 && plain.gap(&[0.5, 0.5]) > 0.4);
        assert!(ridge.descend(vec![0.5, 0.5], 1e-12, 10).1);
    }

    #[test]
    fn an_intercept_takes_levels_off() {
        let table = Matrix::from_columns(&[&[101.0, 102.0, 104.0], &[7.0, 3.0, 5.0], &[1.0, 2.0, 4.0]]);
        let (w, settled) = Descent::of(&table, 0.0, true).descend(vec![0.5, 0.5], 1e-20, 1000);
        assert!(settled);
        close(w[0], 1.0, 1e-9);
    }
}
