//! Linear regression with two-way fixed effects: every unit and every period has a level of its own.

use rayon::prelude::*;

use super::linalg::{Cholesky, Matrix, dot};

/// Why a panel regression gives no number. Columns and clusters are numbered as they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PanelRefusal {
    /// There are no rows, or none is left without the units and periods that have a single row.
    #[error("there are no rows to compute from")]
    Empty,
    /// An input is infinite or not a number.
    #[error("an input is not a finite number")]
    NonFinite,
    /// One unit only.
    #[error("there is only one unit: nothing to compare it with")]
    OneUnit,
    /// One period only.
    #[error("there is only one period: the units' own levels explain everything")]
    OnePeriod,
    /// Units and periods explain a regressor completely, so its effect cannot be told from theirs.
    #[error("units and periods explain the column completely")]
    Absorbed {
        /// The regressor.
        column: usize,
    },
    /// Units, periods and regressors explain the outcome completely.
    #[error("the model explains the outcome completely: there is nothing to take the errors from")]
    NoResidual,
    /// Fewer rows than coefficients, the units' and periods' levels counted.
    #[error("{rows} rows are too few for {parameters} coefficients")]
    TooFewRows {
        /// Rows in use.
        rows: usize,
        /// Coefficients.
        parameters: usize,
    },
    /// The within transformation did not come to an end.
    #[error("taking out the levels of units and periods did not converge")]
    NotConverged,
    /// Too few clusters for an error.
    #[error("{found} clusters, at least 2 are needed")]
    FewClusters {
        /// Clusters in use.
        found: usize,
    },
    /// Without one of the clusters the coefficient could not be estimated.
    #[error("without one of the clusters the effect could not be estimated")]
    Unidentified {
        /// The cluster.
        cluster: u32,
    },
    /// The method is for small data.
    #[error("the table is too large for this method")]
    TooLarge,
    /// The variance came out as zero or below.
    #[error("the variance of the estimate is not positive")]
    NoVariance,
}

/// Share of a column's squares that must be its own: below, it is a combination of those before it.
const COLLINEAR_SQUARES: f64 = 1e-9;
/// The same against units and periods, whose transformation is exact to about 1e-13.
const ABSORBED_SQUARES: f64 = 1e-16;
/// Numbers in the table of the transformed regressors that memory allows.
const MOST_NUMBERS: usize = 200_000_000;

/// The two levels of every row, numbered from 0 without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Unit of each row.
    pub unit: Vec<u32>,
    /// Period of each row.
    pub time: Vec<u32>,
    /// Number of units.
    pub units: usize,
    /// Number of periods.
    pub times: usize,
}

/// Numbers as they come, renumbered from 0 without a gap in the order of the old ones.
fn dense(codes: &[u32]) -> (Vec<u32>, usize) {
    let most = codes.iter().max().map_or(0, |most| *most as usize + 1);
    let mut new = vec![u32::MAX; most];
    codes.iter().for_each(|c| new[*c as usize] = 0);
    let mut next = 0;
    for slot in new.iter_mut().filter(|slot| **slot == 0) {
        *slot = next;
        next += 1;
    }
    (codes.iter().map(|c| new[*c as usize]).collect(), next as usize)
}

impl Levels {
    /// The levels from any numbers that tell units and periods apart.
    #[must_use]
    pub fn new(unit: &[u32], time: &[u32]) -> Self {
        let ((unit, units), (time, times)) = (dense(unit), dense(time));
        Self { unit, time, units, times }
    }

    /// What remains of `values` without unit and period levels: the residuals of their regression on all unit and
    /// period indicators.
    ///
    /// The levels of the smaller dimension solve the normal equations that remain when the larger one is taken out
    /// exactly, by conjugate gradients with refinement, to about 1e-13 of the size of `values`. Also right for
    /// unbalanced panels and panels in several unconnected parts.
    ///
    /// Reference: Guimarães and Portugal (2010), Stata Journal 10, 628-649, on the alternating form; Hestenes and
    /// Stiefel (1952), J. Res. NBS 49, 409-436.
    ///
    /// # Errors
    /// [`PanelRefusal::NotConverged`]; [`PanelRefusal::NonFinite`].
    pub fn within(&self, values: &[f64]) -> Result<Vec<f64>, PanelRefusal> {
        if values.iter().any(|v| !v.is_finite()) {
            return Err(PanelRefusal::NonFinite);
        }
        let small_is_time = self.times <= self.units;
        let (a, na, b, nb) = if small_is_time {
            (&self.unit, self.units, &self.time, self.times)
        } else {
            (&self.time, self.times, &self.unit, self.units)
        };
        let count = |codes: &[u32], n: usize| {
            let mut out = vec![0.0; n];
            codes.iter().for_each(|c| out[*c as usize] += 1.0);
            out
        };
        let (in_a, in_b) = (count(a, na), count(b, nb));
        let center = |v: &mut [f64]| {
            let mut sums = vec![0.0; na];
            v.iter().zip(a).for_each(|(v, a)| sums[*a as usize] += v);
            sums.iter_mut().zip(&in_a).for_each(|(sum, n)| *sum /= n);
            v.iter_mut().zip(a).for_each(|(v, a)| *v -= sums[*a as usize]);
        };
        let sums_b = |v: &[f64]| {
            let mut sums = vec![0.0; nb];
            v.iter().zip(b).for_each(|(v, b)| sums[*b as usize] += v);
            sums
        };
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let mut v: Vec<f64> = values.iter().map(|x| x - mean).collect();
        let size = v.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
        center(&mut v);
        // S g = the sums over b of g[b] without its means over a.
        let apply = |g: &[f64]| {
            let mut spread: Vec<f64> = b.iter().map(|b| g[*b as usize]).collect();
            center(&mut spread);
            sums_b(&spread)
        };
        let worst = |r: &[f64]| r.iter().zip(&in_b).fold(0.0, |most: f64, (r, n)| most.max((r / n).abs()));
        let mut left = f64::INFINITY;
        for _ in 0..20 {
            let mut r = sums_b(&v);
            let now = worst(&r);
            if now <= 1e-15 * size || now >= left {
                return if now <= 1e-11 * size { Ok(v) } else { Err(PanelRefusal::NotConverged) };
            }
            left = now;
            let mut g = vec![0.0; nb];
            let mut z: Vec<f64> = r.iter().zip(&in_b).map(|(r, n)| r / n).collect();
            let mut direction = z.clone();
            let mut rz = dot(&r, &z);
            let first = rz;
            for _ in 0..10_000 {
                // Further down is rounding, and a step along what the larger dimension absorbs would be arbitrary.
                if rz.is_nan() || rz <= 1e-24 * first {
                    break;
                }
                let image = apply(&direction);
                let curvature = dot(&direction, &image);
                let length: f64 = direction.iter().zip(&in_b).map(|(d, n)| d * d * n).sum();
                if curvature.is_nan() || curvature <= 1e-12 * length {
                    break;
                }
                let step = rz / curvature;
                g.iter_mut().zip(&direction).for_each(|(g, d)| *g += step * d);
                r.iter_mut().zip(&image).for_each(|(r, i)| *r -= step * i);
                z = r.iter().zip(&in_b).map(|(r, n)| r / n).collect();
                let next = dot(&r, &z);
                let ratio = next / rz;
                direction.iter_mut().zip(&z).for_each(|(d, z)| *d = z + ratio * *d);
                rz = next;
            }
            v.iter_mut().zip(b).for_each(|(v, b)| *v -= g[*b as usize]);
            center(&mut v);
        }
        if left <= 1e-11 * size { Ok(v) } else { Err(PanelRefusal::NotConverged) }
    }
}

/// A fitted panel regression.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The rows in use, as numbers of the rows given.
    pub rows: Vec<usize>,
    /// Rows that were left out because they are the only one of their unit or period: such a row fits whatever the
    /// coefficients are.
    pub singletons: usize,
    /// The regressors in use, as numbers of the columns given.
    pub kept: Vec<usize>,
    /// Those that units, periods and regressors before them explain completely.
    pub collinear: Vec<usize>,
    /// Coefficients of the regressors in use.
    pub beta: Vec<f64>,
    /// The regressors in use without unit and period levels, column by column.
    pub x: Vec<Vec<f64>>,
    /// The residuals.
    pub residual: Vec<f64>,
    /// (X'X)^-1 of the transformed regressors.
    pub bread: Matrix,
    /// Levels of the rows in use.
    pub levels: Levels,
}

impl Fit {
    /// The transformed regressors times `weights`, one number per row in use.
    #[must_use]
    pub fn combined(&self, weights: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows.len()];
        for (column, weight) in self.x.iter().zip(weights) {
            out.iter_mut().zip(column).for_each(|(out, x)| *out += weight * x);
        }
        out
    }
}

/// The rows that remain when those that are the only one of their unit or period go, again and again.
fn without_singletons(unit: &[u32], time: &[u32]) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..unit.len().min(time.len())).collect();
    loop {
        let before = rows.len();
        for codes in [unit, time] {
            let mut count = vec![0u32; codes.iter().max().map_or(0, |most| *most as usize + 1)];
            rows.iter().for_each(|row| count[codes[*row] as usize] += 1);
            rows.retain(|row| count[codes[*row] as usize] > 1);
        }
        if rows.len() == before {
            return rows;
        }
    }
}

/// Least squares of `outcome` on `columns` with a level for every unit and every period.
///
/// Rows alone in their unit or period are left out, repeatedly, and counted. Regressors that those before them
/// (and the levels) explain are left out and named; there is a refusal where none is left. The normal equations of
/// the transformed and scaled columns are solved with refinement.
///
/// Reference: Frisch and Waugh (1933), Econometrica 1, 387-401; Lovell (1963), JASA 58, 993-1010.
///
/// # Errors
/// [`PanelRefusal`].
pub fn two_way(outcome: &[f64], columns: &[&[f64]], unit: &[u32], time: &[u32]) -> Result<Fit, PanelRefusal> {
    let column = |number: usize, rows: &[usize]| rows.iter().map(|row| columns[number][*row]).collect();
    two_way_of(outcome, columns.len(), &column, unit, time)
}

/// [`two_way`] with columns made when they are wanted: `column` gives one of them for the rows named.
///
/// # Errors
/// As [`two_way`].
pub(super) fn two_way_of(
    outcome: &[f64],
    columns: usize,
    column: &(dyn Fn(usize, &[usize]) -> Vec<f64> + Sync),
    unit: &[u32],
    time: &[u32],
) -> Result<Fit, PanelRefusal> {
    let rows = without_singletons(unit, time);
    let given = outcome.len().min(unit.len()).min(time.len());
    if rows.is_empty() {
        return Err(PanelRefusal::Empty);
    }
    if rows.len().saturating_mul(columns) > MOST_NUMBERS {
        return Err(PanelRefusal::TooLarge);
    }
    let codes = |of: &[u32]| rows.iter().map(|row| of[*row]).collect::<Vec<u32>>();
    let levels = Levels::new(&codes(unit), &codes(time));
    if levels.units < 2 {
        return Err(PanelRefusal::OneUnit);
    }
    if levels.times < 2 {
        return Err(PanelRefusal::OnePeriod);
    }
    let pick = |of: &[f64]| rows.iter().map(|row| of[*row]).collect::<Vec<f64>>();
    let made: Vec<Option<(Vec<f64>, f64)>> = (0..columns)
        .into_par_iter()
        .map(|number| own_part(&levels, &column(number, &rows)))
        .collect::<Result<_, _>>()?;
    let (mut transformed, mut kept, mut collinear, mut sizes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, made) in made.into_iter().enumerate() {
        match made {
            Some((own, size)) => {
                transformed.push(own);
                sizes.push(size);
                kept.push(number);
            }
            None => collinear.push(number),
        }
    }
    let all = gram(&transformed);
    let independent = pivots(&all);
    collinear.extend((0..kept.len()).filter(|at| !independent.contains(at)).map(|at| kept[at]));
    collinear.sort_unstable();
    let choose = |of: Vec<f64>| independent.iter().map(|at| of[*at]).collect::<Vec<f64>>();
    let sizes = choose(sizes);
    let kept: Vec<usize> = independent.iter().map(|at| kept[*at]).collect();
    let mut x: Vec<Vec<f64>> = independent.iter().map(|at| std::mem::take(&mut transformed[*at])).collect();
    drop(transformed);
    let k = kept.len();
    if k == 0 {
        return Err(PanelRefusal::Absorbed { column: 0 });
    }
    let mut part = Matrix::zeros(k, k);
    for (i, from_i) in independent.iter().enumerate() {
        independent.iter().enumerate().for_each(|(j, from_j)| part.set(i, j, all.get(*from_i, *from_j)));
    }
    let parameters = k + levels.units + levels.times - 1;
    if rows.len() <= parameters {
        return Err(PanelRefusal::TooFewRows { rows: rows.len(), parameters });
    }
    let factor = Cholesky::of(&part).ok_or(PanelRefusal::Absorbed { column: kept.first().copied().unwrap_or(0) })?;
    let mut residual = levels.within(&pick(outcome))?;
    let total = dot(&residual, &residual);
    let raw = pick(outcome);
    let mean = raw.iter().sum::<f64>() / raw.len() as f64;
    let spread: f64 = raw.iter().map(|y| (y - mean).powi(2)).sum();
    let mut beta = vec![0.0; k];
    for _ in 0..3 {
        let score: Vec<f64> = x.par_iter().map(|c| dot(c, &residual)).collect();
        let step = factor.solve(&score);
        for (column, step) in x.iter().zip(&step) {
            residual.iter_mut().zip(column).for_each(|(e, x)| *e -= step * x);
        }
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b += s);
    }
    let left = dot(&residual, &residual);
    if left.is_nan() || left <= 1e-20 * total.max(spread) {
        return Err(PanelRefusal::NoResidual);
    }
    let mut bread = factor.inverse();
    for i in 0..k {
        (0..k).for_each(|j| bread.set(i, j, bread.get(i, j) / (sizes[i] * sizes[j])));
        beta[i] /= sizes[i];
    }
    for (column, size) in x.iter_mut().zip(&sizes) {
        column.iter_mut().for_each(|x| *x *= size);
    }
    if beta.iter().any(|b| !b.is_finite()) {
        return Err(PanelRefusal::NonFinite);
    }
    Ok(Fit { singletons: given - rows.len(), rows, kept, collinear, beta, x, residual, bread, levels })
}

/// A column without unit and period levels, scaled to length one, and its length; `None` where nothing is left.
fn own_part(levels: &Levels, raw: &[f64]) -> Result<Option<(Vec<f64>, f64)>, PanelRefusal> {
    let mean = raw.iter().sum::<f64>() / raw.len() as f64;
    let whole: f64 = raw.iter().map(|x| (x - mean).powi(2)).sum();
    let mut own = levels.within(raw)?;
    let squares = dot(&own, &own);
    if squares <= ABSORBED_SQUARES * whole {
        return Ok(None);
    }
    let size = squares.sqrt();
    own.iter_mut().for_each(|x| *x /= size);
    Ok(Some((own, size)))
}

/// X'X from columns, in blocks that stay in the cache; the order of summation does not depend on threads.
pub(super) fn gram(columns: &[Vec<f64>]) -> Matrix {
    const BLOCK: usize = 16;
    const ROWS: usize = 2048;
    let (k, n) = (columns.len(), columns.first().map_or(0, Vec::len));
    let blocks: Vec<Vec<f64>> = (0..k.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            let own = block * BLOCK..k.min((block + 1) * BLOCK);
            let mut sums = vec![0.0; own.len() * k];
            for from in (0..n).step_by(ROWS) {
                let rows = from..n.min(from + ROWS);
                for j in 0..own.end {
                    let other = &columns[j][rows.clone()];
                    for (at, i) in own.clone().enumerate().filter(|(_, i)| j <= *i) {
                        sums[at * k + j] += product(&columns[i][rows.clone()], other);
                    }
                }
            }
            sums
        })
        .collect();
    let mut out = Matrix::zeros(k, k);
    for i in 0..k {
        for j in 0..=i {
            let value = blocks[i / BLOCK][i % BLOCK * k + j];
            out.set(i, j, value);
            out.set(j, i, value);
        }
    }
    out
}

/// The scalar product in eight sums, which the processor forms at once.
fn product(a: &[f64], b: &[f64]) -> f64 {
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = dot(a8.remainder(), b8.remainder());
    let mut sums = [0.0; 8];
    for (a, b) in a8.zip(b8) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The columns of a Gram matrix with something of their own, in their order: Cholesky, leaving out what has too
/// small a pivot for its size.
pub(crate) fn pivots(gram: &Matrix) -> Vec<usize> {
    let mut keep: Vec<usize> = Vec::new();
    let mut lower: Vec<Vec<f64>> = Vec::new();
    for i in 0..gram.rows() {
        let mut row: Vec<f64> = Vec::with_capacity(keep.len() + 1);
        for (at, j) in keep.iter().enumerate() {
            row.push((gram.get(i, *j) - dot(&row, &lower[at][..at])) / lower[at][at]);
        }
        let own = gram.get(i, i) - dot(&row, &row);
        if own > COLLINEAR_SQUARES * gram.get(i, i) && gram.get(i, i) > 0.0 {
            row.push(own.sqrt());
            lower.push(row);
            keep.push(i);
        }
    }
    keep
}

#[cfg(test)]
pub(crate) mod example;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
