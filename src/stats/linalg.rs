//! Dense linear algebra for the small systems of regression: tens of columns, any number of rows.

/// A dense matrix, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

/// Relative size of a pivot below which a column counts as a linear combination of those before it.
pub const COLLINEAR: f64 = 1e-10;

impl Matrix {
    /// All zeros.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// The identity.
    #[must_use]
    pub fn identity(n: usize) -> Self {
        let mut out = Self::zeros(n, n);
        (0..n).for_each(|i| out.set(i, i, 1.0));
        out
    }

    /// A matrix from its values, row after row; `values` has `rows * columns` numbers (missing ones are 0).
    #[must_use]
    pub fn from_rows(rows: usize, columns: usize, mut values: Vec<f64>) -> Self {
        values.resize(rows * columns, 0.0);
        Self { rows, columns, values }
    }

    /// A matrix from its columns, which have the same length.
    #[must_use]
    pub fn from_columns(columns: &[&[f64]]) -> Self {
        let rows = columns.iter().map(|c| c.len()).min().unwrap_or(0);
        let mut out = Self::zeros(rows, columns.len());
        for (at, column) in columns.iter().enumerate() {
            column.iter().take(rows).enumerate().for_each(|(row, value)| out.set(row, at, *value));
        }
        out
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One element.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// Sets one element.
    pub fn set(&mut self, row: usize, column: usize, value: f64) {
        self.values[row * self.columns + column] = value;
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, to be changed.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// A copy of one column.
    #[must_use]
    pub fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self.get(row, column)).collect()
    }

    /// The columns of which `keep` gives the numbers.
    #[must_use]
    pub fn select(&self, keep: &[usize]) -> Self {
        let mut out = Self::zeros(self.rows, keep.len());
        for row in 0..self.rows {
            keep.iter().enumerate().for_each(|(to, from)| out.set(row, to, self.get(row, *from)));
        }
        out
    }

    /// The transpose.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let mut out = Self::zeros(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                out.set(column, row, self.get(row, column));
            }
        }
        out
    }

    /// The product with another matrix.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut out = Self::zeros(self.rows, other.columns);
        for row in 0..self.rows {
            for k in 0..self.columns {
                let factor = self.get(row, k);
                if factor != 0.0 {
                    let (from, to) = (other.row(k), out.row_mut(row));
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
                }
            }
        }
        out
    }

    /// The product with a vector.
    #[must_use]
    pub fn apply(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|row| dot(self.row(row), vector)).collect()
    }

    /// The product of the transpose with a vector.
    #[must_use]
    pub fn apply_transposed(&self, vector: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.columns];
        for (row, factor) in vector.iter().enumerate().take(self.rows) {
            out.iter_mut().zip(self.row(row)).for_each(|(out, value)| *out += factor * value);
        }
        out
    }

    /// X'WX with weights by row (all 1 where `weights` is `None`).
    #[must_use]
    pub fn gram(&self, weights: Option<&[f64]>) -> Self {
        let mut out = Self::zeros(self.columns, self.columns);
        for row in 0..self.rows {
            let weight = weights.and_then(|w| w.get(row)).copied().unwrap_or(1.0);
            if weight == 0.0 {
                continue;
            }
            let x = self.row(row);
            for (i, xi) in x.iter().enumerate() {
                let factor = weight * xi;
                let to = &mut out.values[i * self.columns..i * self.columns + i + 1];
                to.iter_mut().zip(x).for_each(|(to, xj)| *to += factor * xj);
            }
        }
        for i in 0..self.columns {
            for j in 0..i {
                out.set(j, i, out.get(i, j));
            }
        }
        out
    }
}

/// The scalar product.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The columns of `x` that are no linear combination of those before them (weighted by row if stated), in
/// their order: by Gram-Schmidt with a second pass, relative to the size of each column.
#[must_use]
pub fn independent_columns(x: &Matrix, weights: Option<&[f64]>) -> Vec<usize> {
    let scale: Vec<f64> =
        (0..x.rows()).map(|row| weights.and_then(|w| w.get(row)).copied().unwrap_or(1.0).max(0.0).sqrt()).collect();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut keep = Vec::new();
    for column in 0..x.columns() {
        let mut v: Vec<f64> = (0..x.rows()).map(|row| x.get(row, column) * scale[row]).collect();
        let size = dot(&v, &v).sqrt();
        for _ in 0..2 {
            for b in &basis {
                let along = dot(&v, b);
                v.iter_mut().zip(b).for_each(|(v, b)| *v -= along * b);
            }
        }
        let rest = dot(&v, &v).sqrt();
        if size > 0.0 && rest > COLLINEAR * size {
            v.iter_mut().for_each(|v| *v /= rest);
            basis.push(v);
            keep.push(column);
        }
    }
    keep
}

/// The lower Cholesky factor of a symmetric positive definite matrix.
#[derive(Debug, Clone)]
pub struct Cholesky {
    lower: Matrix,
}

impl Cholesky {
    /// `None` where the matrix is not positive definite to working precision.
    #[must_use]
    pub fn of(a: &Matrix) -> Option<Self> {
        let n = a.rows();
        let mut lower = Matrix::zeros(n, n);
        for i in 0..n {
            for j in 0..=i {
                let sum = a.get(i, j) - dot(&lower.row(i)[..j], &lower.row(j)[..j]);
                if i == j {
                    if sum.is_nan() || sum <= 1e-14 * a.get(i, i).abs() {
                        return None;
                    }
                    lower.set(i, i, sum.sqrt());
                } else {
                    lower.set(i, j, sum / lower.get(j, j));
                }
            }
        }
        Some(Self { lower })
    }

    /// The solution of A x = b.
    #[must_use]
    pub fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.lower.rows();
        let mut x = b.to_vec();
        x.resize(n, 0.0);
        for i in 0..n {
            let before = dot(&self.lower.row(i)[..i], &x[..i]);
            x[i] = (x[i] - before) / self.lower.get(i, i);
        }
        for i in (0..n).rev() {
            let after: f64 = (i + 1..n).map(|k| self.lower.get(k, i) * x[k]).sum();
            x[i] = (x[i] - after) / self.lower.get(i, i);
        }
        x
    }

    /// The inverse of A.
    #[must_use]
    pub fn inverse(&self) -> Matrix {
        let n = self.lower.rows();
        let mut out = Matrix::zeros(n, n);
        for j in 0..n {
            let mut unit = vec![0.0; n];
            unit[j] = 1.0;
            self.solve(&unit).into_iter().enumerate().for_each(|(i, value)| out.set(i, j, value));
        }
        out
    }
}

/// Least squares by Householder reflections, more accurate than the normal equations: the coefficients of
/// `y` on the columns of `x`, weighted by row if stated. `None` where the columns are collinear
/// ([`independent_columns`] says which) or there are fewer rows than columns.
#[must_use]
pub fn least_squares(x: &Matrix, y: &[f64], weights: Option<&[f64]>) -> Option<Vec<f64>> {
    let (n, k) = (x.rows(), x.columns());
    if n < k {
        return None;
    }
    let root = |row: usize| weights.and_then(|w| w.get(row)).copied().unwrap_or(1.0).max(0.0).sqrt();
    // Column-major: the reflections work on columns.
    let mut a: Vec<Vec<f64>> = (0..k).map(|c| (0..n).map(|r| x.get(r, c) * root(r)).collect()).collect();
    let mut b: Vec<f64> = (0..n).map(|r| y.get(r).copied().unwrap_or(0.0) * root(r)).collect();
    let sizes: Vec<f64> = a.iter().map(|c| dot(c, c).sqrt()).collect();
    let mut diagonal = vec![0.0; k];
    for j in 0..k {
        let norm = dot(&a[j][j..], &a[j][j..]).sqrt();
        if norm.is_nan() || norm <= COLLINEAR * sizes[j] {
            return None;
        }
        let alpha = if a[j][j] > 0.0 { -norm } else { norm };
        diagonal[j] = alpha;
        a[j][j] -= alpha;
        let (left, right) = a.split_at_mut(j + 1);
        let v = &left[j][j..];
        let vv = dot(v, v);
        for column in right.iter_mut().map(|c| &mut c[j..]).chain(std::iter::once(&mut b[j..])) {
            let factor = 2.0 * dot(v, column) / vv;
            column.iter_mut().zip(v).for_each(|(c, v)| *c -= factor * v);
        }
    }
    let mut beta = vec![0.0; k];
    for j in (0..k).rev() {
        let after: f64 = (j + 1..k).map(|c| a[c][j] * beta[c]).sum();
        beta[j] = (b[j] - after) / diagonal[j];
    }
    Some(beta)
}

/// Eigenvalues and, in the columns of the matrix, eigenvectors of a symmetric matrix, in no stated order
/// (Jacobi rotations; Golub and Van Loan, Matrix Computations, 8.5).
#[must_use]
pub fn symmetric_eigen(a: &Matrix) -> (Vec<f64>, Matrix) {
    let n = a.rows();
    let (mut a, mut vectors) = (a.clone(), Matrix::identity(n));
    for _ in 0..100 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| a.get(i, j).powi(2)).sum();
        let all: f64 = (0..n).map(|i| a.get(i, i).powi(2)).sum();
        if off <= 1e-32 * all || off == 0.0 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let apq = a.get(p, q);
                if apq == 0.0 {
                    continue;
                }
                let theta = (a.get(q, q) - a.get(p, p)) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for k in 0..n {
                    let (kp, kq) = (a.get(k, p), a.get(k, q));
                    a.set(k, p, c * kp - s * kq);
                    a.set(k, q, s * kp + c * kq);
                }
                for k in 0..n {
                    let (pk, qk) = (a.get(p, k), a.get(q, k));
                    a.set(p, k, c * pk - s * qk);
                    a.set(q, k, s * pk + c * qk);
                }
                for k in 0..n {
                    let (kp, kq) = (vectors.get(k, p), vectors.get(k, q));
                    vectors.set(k, p, c * kp - s * kq);
                    vectors.set(k, q, s * kp + c * kq);
                }
            }
        }
    }
    ((0..n).map(|i| a.get(i, i)).collect(), vectors)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn a_line_through_four_points() {
        // y on 1 and x by hand: slope 0.9, intercept 0.9 for (0,1) (1,2) (2,2) (3,4): Sxy 4.5, Sxx 5, means 1.5 and 2.25.
        let x = Matrix::from_columns(&[&[1.0; 4], &[0.0, 1.0, 2.0, 3.0]]);
        let beta = least_squares(&x, &[1.0, 2.0, 2.0, 4.0], None).unwrap();
        close(beta[0], 0.9, 1e-14);
        close(beta[1], 0.9, 1e-14);
    }

    #[test]
    fn collinear_columns_are_named() {
        let x = Matrix::from_columns(&[&[1.0; 4], &[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0], &[0.0, 1.0, 4.0, 9.0]]);
        assert_eq!(independent_columns(&x, None), [0, 1, 3]);
        assert!(least_squares(&x, &[0.0; 4], None).is_none());
        assert_eq!(independent_columns(&Matrix::from_columns(&[&[0.0; 3]]), None), [] as [usize; 0]);
    }

    #[test]
    fn eigenvalues_by_hand() {
        let (mut values, vectors) = symmetric_eigen(&Matrix::from_rows(2, 2, vec![2.0, 1.0, 1.0, 2.0]));
        values.sort_by(f64::total_cmp);
        close(values[0], 1.0, 1e-14);
        close(values[1], 3.0, 1e-14);
        close(dot(&vectors.column(0), &vectors.column(0)), 1.0, 1e-14);
    }

    proptest! {
        #[test]
        fn cholesky_and_householder_agree(values in prop::collection::vec(-3.0..3.0f64, 40)) {
            let mut rows = Vec::new();
            for chunk in values.chunks(4) {
                rows.extend([1.0, chunk[0], chunk[1]]);
            }
            let y: Vec<f64> = values.chunks(4).map(|c| c[2] * 2.0 + c[3]).collect();
            let w: Vec<f64> = values.chunks(4).map(|c| 0.1 + c[3].abs()).collect();
            let x = Matrix::from_rows(10, 3, rows);
            prop_assume!(independent_columns(&x, Some(&w)).len() == 3);
            let qr = least_squares(&x, &y, Some(&w)).unwrap();
            let gram = x.gram(Some(&w));
            let factor = Cholesky::of(&gram);
            prop_assume!(factor.is_some());
            let weighted: Vec<f64> = y.iter().zip(&w).map(|(y, w)| y * w).collect();
            let normal = factor.unwrap().solve(&x.apply_transposed(&weighted));
            for (a, b) in qr.iter().zip(&normal) {
                prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{a} {b}");
            }
        }

        #[test]
        fn eigenvectors_rebuild_the_matrix(values in prop::collection::vec(-3.0..3.0f64, 16)) {
            let raw = Matrix::from_rows(4, 4, values);
            let a = raw.gram(None);
            let (lambda, v) = symmetric_eigen(&a);
            for i in 0..4 {
                for j in 0..4 {
                    let rebuilt: f64 = (0..4).map(|k| lambda[k] * v.get(i, k) * v.get(j, k)).sum();
                    prop_assert!((rebuilt - a.get(i, j)).abs() < 1e-9);
                }
            }
        }
    }
}
