//! Standard errors of a panel regression: estimated once, with the error chosen later.

mod small;

use std::collections::HashMap;

use rayon::prelude::*;

use super::fixed_effects::{Fit, PanelRefusal, gram};
use super::linalg::{Matrix, dot, symmetric_eigen};

pub(super) use small::Projection;

/// How rows may depend on each other. Clusters are given per row of the table, as any numbers that tell them
/// apart, for all rows that the fit was made from.
#[derive(Debug, Clone, Copy)]
pub enum Vcov<'a> {
    /// Independent rows with the same variance: σ² (X'X)^-1 with σ² = e'e / (n - K).
    Iid,
    /// Independent rows: White (1980) times n / (n - K).
    Hc1,
    /// Rows of a cluster may depend on each other: Liang and Zeger (1986), times G / (G - 1) · (n - 1) / (n - K).
    Cluster(&'a [u32]),
    /// The same in two dimensions: V1 + V2 - V12, each with the factors of the dimension with fewer clusters.
    TwoWay(&'a [u32], &'a [u32]),
    /// Bias-reduced linearisation with degrees of freedom after Satterthwaite, for few clusters.
    Cr2(&'a [u32]),
    /// The jackknife over clusters around the estimate, times G / (G - 1) · (n - 1) / (n - K).
    Cr3(&'a [u32]),
}

/// One linear combination of the coefficients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Combination {
    /// Its estimate.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Degrees of freedom of its t statistic.
    pub df: f64,
}

/// Linear combinations with their errors, and what these rest on.
#[derive(Debug, Clone, PartialEq)]
pub struct Inference {
    /// The combinations, in the order given.
    pub combinations: Vec<Combination>,
    /// Clusters in each dimension; none for errors without clusters.
    pub clusters: Vec<usize>,
    /// K: coefficients counted against the rows.
    pub parameters: usize,
    /// Whether a two-way variance had to be made positive.
    pub repaired: bool,
    /// A cluster without which one of the combinations could not be estimated.
    pub carried_by: Option<u32>,
}

/// The clusters of the rows in use, from 0 without a gap, and the number of each in the table.
pub(super) fn clusters_in_use(fit: &Fit, codes: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut seen: HashMap<u32, u32> = HashMap::new();
    let mut names = Vec::new();
    let dense = fit.rows.iter().map(|row| {
        let code = codes[*row];
        *seen.entry(code).or_insert_with(|| {
            names.push(code);
            names.len() as u32 - 1
        })
    });
    (dense.collect(), names)
}

/// Whether every level lies in one cluster.
pub(super) fn nested(levels: &[u32], n: usize, clusters: &[u32]) -> bool {
    let mut first = vec![u32::MAX; n];
    levels.iter().zip(clusters).all(|(level, cluster)| {
        let slot = &mut first[*level as usize];
        if *slot == u32::MAX {
            *slot = *cluster;
        }
        *slot == *cluster
    })
}

/// K: the coefficients, and the levels of units and periods less one for what both contain. Levels of a dimension
/// that lie within clusters count as one together: the sums over clusters do not see them.
fn parameters(fit: &Fit, clusters: &[&[u32]]) -> usize {
    let all = fit.beta.len() + fit.levels.units + fit.levels.times - 1;
    let inside = |codes: &[u32], n: usize| clusters.iter().any(|c| nested(codes, n, c));
    let spared = |n: usize, nested: bool| if nested { n - 1 } else { 0 };
    let units = inside(&fit.levels.unit, fit.levels.units);
    let times = inside(&fit.levels.time, fit.levels.times);
    all - spared(fit.levels.units, units) - spared(fit.levels.times, times)
}

/// Errors of linear combinations of the coefficients (`contrasts`, one weight per coefficient in use).
///
/// Small-sample factors and degrees of freedom are those of fixest 0.14 and pyfixest 0.60 with their defaults:
/// K counts all levels of units and periods less one; with clusters, the levels of a dimension nested in clusters
/// count as one; t with n - K degrees of freedom without clusters, with (fewest clusters - 1) otherwise. A two-way
/// variance with a negative diagonal is replaced by its positive part.
///
/// CR2 is that of clubSandwich with an identity working model: each cluster's residuals are multiplied by the
/// symmetric root of the pseudo-inverse of I - H for the cluster, H being the hat matrix of regressors, units and
/// periods; degrees of freedom after Satterthwaite per combination.
///
/// Reference: White (1980), Econometrica 48, 817-838; Liang and Zeger (1986), Biometrika 73, 13-22; Cameron, Gelbach
/// and Miller (2011), JBES 29, 238-249; Bell and McCaffrey (2002), Survey Methodology 28, 169-181; Pustejovsky and
/// Tipton (2018), JBES 36, 672-683; MacKinnon, Nielsen and Webb (2023), J. Applied Econometrics 38, 671-694.
///
/// # Errors
/// [`PanelRefusal`]: fewer than two clusters; for CR3 a cluster without which a combination cannot be estimated; for
/// CR2 and CR3 a table too large for the hat matrix.
pub fn inference(fit: &Fit, vcov: Vcov<'_>, contrasts: &[Vec<f64>]) -> Result<Inference, PanelRefusal> {
    let n = fit.rows.len() as f64;
    let values = contrasts.iter().map(|c| dot(c, &fit.beta));
    let of = |variance: &Matrix, df: f64| -> Result<Vec<Combination>, PanelRefusal> {
        let one = |(contrast, value): (&Vec<f64>, f64)| {
            let square = dot(contrast, &variance.apply(contrast));
            if square > 0.0 && square.is_finite() {
                Ok(Combination { value, se: square.sqrt(), df })
            } else {
                Err(PanelRefusal::NoVariance)
            }
        };
        contrasts.iter().zip(values.clone()).map(one).collect()
    };
    let counted = |clusters: &[u32]| clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let enough = |found: usize| if found < 2 { Err(PanelRefusal::FewClusters { found }) } else { Ok(found as f64) };
    let factor = |fewest: f64, k: usize| fewest / (fewest - 1.0) * (n - 1.0) / (n - k as f64);
    match vcov {
        Vcov::Iid | Vcov::Hc1 => {
            let k = parameters(fit, &[]);
            let df = n - k as f64;
            let variance = if matches!(vcov, Vcov::Iid) {
                scaled(&fit.bread, dot(&fit.residual, &fit.residual) / df)
            } else {
                let scores = |x: &Vec<f64>| x.iter().zip(&fit.residual).map(|(x, e)| x * e).collect();
                let scores: Vec<Vec<f64>> = fit.x.iter().map(scores).collect();
                scaled(&around(&fit.bread, &gram(&scores)), n / df)
            };
            let combinations = of(&variance, df)?;
            Ok(Inference { combinations, clusters: Vec::new(), parameters: k, repaired: false, carried_by: None })
        }
        Vcov::Cluster(codes) => {
            let (clusters, _) = clusters_in_use(fit, codes);
            let g = enough(counted(&clusters))?;
            let k = parameters(fit, &[&clusters]);
            let variance = scaled(&around(&fit.bread, &meat(fit, &clusters)), factor(g, k));
            let combinations = of(&variance, g - 1.0)?;
            Ok(Inference { combinations, clusters: vec![g as usize], parameters: k, repaired: false, carried_by: None })
        }
        Vcov::TwoWay(one, two) => {
            let ((one, _), (two, _)) = (clusters_in_use(fit, one), clusters_in_use(fit, two));
            let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
            let both: Vec<u32> = one
                .iter()
                .zip(&two)
                .map(|(a, b)| {
                    let next = pairs.len() as u32;
                    *pairs.entry((*a, *b)).or_insert(next)
                })
                .collect();
            let found = [counted(&one), counted(&two)];
            let g = enough(found[0])?.min(enough(found[1])?);
            let k = parameters(fit, &[&one, &two]);
            let mut sum = meat(fit, &one);
            for (part, sign) in [(meat(fit, &two), 1.0), (meat(fit, &both), -1.0)] {
                for i in 0..sum.rows() {
                    sum.row_mut(i).iter_mut().zip(part.row(i)).for_each(|(to, from)| *to += sign * from);
                }
            }
            let mut variance = scaled(&around(&fit.bread, &sum), factor(g, k));
            let repaired = (0..variance.rows()).any(|i| variance.get(i, i) <= 0.0);
            if repaired {
                variance = positive_part(&variance);
            }
            let combinations = of(&variance, g - 1.0)?;
            Ok(Inference { combinations, clusters: found.to_vec(), parameters: k, repaired, carried_by: None })
        }
        Vcov::Cr2(codes) | Vcov::Cr3(codes) => {
            let (clusters, names) = clusters_in_use(fit, codes);
            let g = enough(names.len())?;
            let jackknife = matches!(vcov, Vcov::Cr3(_));
            let projection = Projection::new(fit, &clusters, names.len())?;
            let found = projection.errors(fit, contrasts, if jackknife { -1.0 } else { -0.5 });
            let carried_by = found.iter().find_map(|e| e.carried_by).map(|cluster| names[cluster]);
            if let (true, Some(cluster)) = (jackknife, carried_by) {
                return Err(PanelRefusal::Unidentified { cluster });
            }
            let k = parameters(fit, &[&clusters]);
            let times = if jackknife { factor(g, k) } else { 1.0 };
            let one = |(error, value): (&small::Error, f64)| {
                let square = times * error.square;
                let df = if jackknife { g - 1.0 } else { error.df };
                if square > 0.0 && square.is_finite() && df > 0.0 && df.is_finite() {
                    Ok(Combination { value, se: square.sqrt(), df })
                } else {
                    Err(PanelRefusal::NoVariance)
                }
            };
            let combinations = found.iter().zip(values).map(one).collect::<Result<_, _>>()?;
            Ok(Inference { combinations, clusters: vec![g as usize], parameters: k, repaired: false, carried_by })
        }
    }
}

fn scaled(a: &Matrix, factor: f64) -> Matrix {
    let mut out = a.clone();
    (0..a.rows()).for_each(|i| out.row_mut(i).iter_mut().for_each(|v| *v *= factor));
    out
}

fn around(bread: &Matrix, meat: &Matrix) -> Matrix {
    bread.times(meat).times(bread)
}

/// The sum over clusters of s s', s being the cluster's sum of residual times regressors.
fn meat(fit: &Fit, clusters: &[u32]) -> Matrix {
    let g = clusters.iter().max().map_or(0, |most| *most as usize + 1);
    let sums = |x: &Vec<f64>| {
        let mut sums = vec![0.0; g];
        for ((cluster, e), x) in clusters.iter().zip(&fit.residual).zip(x) {
            sums[*cluster as usize] += e * x;
        }
        sums
    };
    gram(&fit.x.par_iter().map(sums).collect::<Vec<_>>())
}

/// The matrix with its negative eigenvalues raised to zero (Cameron, Gelbach and Miller 2011, 2.3).
fn positive_part(a: &Matrix) -> Matrix {
    let (values, vectors) = symmetric_eigen(a);
    let mut out = Matrix::zeros(a.rows(), a.rows());
    for (at, value) in values.iter().enumerate() {
        let v = vectors.column(at);
        for i in 0..a.rows() {
            let along = value.max(0.0) * v[i];
            out.row_mut(i).iter_mut().zip(&v).for_each(|(o, v)| *o += along * v);
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
