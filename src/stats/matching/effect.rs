//! The effect for the treated units after matching.

use std::collections::BTreeMap;

use super::super::characteristic::usable;
use super::MatchRefusal;

/// By what the standard error groups the units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorsBy {
    /// Each unit on its own (HC1).
    Unit,
    /// Matched sets (CR1).
    Set,
    /// Stated clusters (CR1).
    Cluster,
    /// Matched sets and stated clusters (two-way).
    SetAndCluster,
}

/// The effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Weighted mean of the treated units minus that of the controls.
    pub value: f64,
    /// Its standard error; `None` with fewer than two treated units, controls or groups of errors, and where the
    /// variance of two kinds of groups comes out at or below zero.
    pub se: Option<f64>,
    /// Degrees of freedom.
    pub df: f64,
    /// Units with a weight above zero.
    pub units: usize,
    /// Groups of errors (the smaller number where there are two kinds).
    pub groups: usize,
    /// By what errors are grouped.
    pub errors: ErrorsBy,
}

/// The average effect for the treated units: the difference of weighted mean outcomes, which is the coefficient of
/// the treatment in weighted least squares. Its standard error is the cluster-robust one (sandwich) with the factor
/// G / (G - 1) times (n - 1) / (n - 2) for G groups of n units with weight, G - 1 degrees of freedom (n - 2 where each
/// unit is its own group); with two kinds of groups the variances are added and that of their intersections is
/// taken off. The weights count as fixed: that the matching was itself chosen from the data is not in the error.
///
/// Reference: Abadie and Spiess (2022), Journal of the American Statistical Association 117, 983-995; Cameron,
/// Gelbach and Miller (2011), Journal of Business & Economic Statistics 29, 238-249.
///
/// # Errors
/// If columns differ in length, a group has no weight, or the outcome does not vary among the matched units.
pub fn effect(
    outcome: &[f64],
    treated: &[bool],
    weights: &[f64],
    sets: Option<&[Option<usize>]>,
    clusters: Option<&[usize]>,
) -> Result<Effect, MatchRefusal> {
    super::check::usable(treated, weights)?;
    let fits = sets.is_none_or(|s| s.len() == treated.len()) && clusters.is_none_or(|c| c.len() == treated.len());
    if outcome.len() != treated.len() || !fits {
        return Err(MatchRefusal::Lengths);
    }
    if let Some(at) = outcome.iter().position(|y| !usable(*y)) {
        return Err(MatchRefusal::NonFinite { covariate: "outcome".to_owned(), unit: at + 1 });
    }
    let used: Vec<usize> = (0..treated.len()).filter(|unit| weights[*unit] > 0.0).collect();
    if used.iter().all(|unit| Some(outcome[*unit]) == used.first().map(|u| outcome[*u])) {
        return Err(MatchRefusal::ConstantOutcome);
    }
    let group = |wanted: bool| used.iter().copied().filter(move |unit| treated[*unit] == wanted);
    let sum = |wanted: bool| group(wanted).map(|unit| weights[unit]).sum::<f64>();
    let sums = [sum(false), sum(true)];
    let mean = |wanted: bool| group(wanted).map(|unit| weights[unit] * outcome[unit]).sum::<f64>();
    let means = [mean(false) / sums[0], mean(true) / sums[1]];
    let score = |unit: usize| {
        let t = usize::from(treated[unit]);
        let share = weights[unit] * (outcome[unit] - means[t]) / sums[t];
        if treated[unit] { share } else { -share }
    };
    let n = used.len() as f64;
    // The variance with units grouped by a key, and how many groups there are.
    let variance = |key: &dyn Fn(usize) -> (usize, usize)| -> (f64, usize) {
        let mut totals = BTreeMap::<(usize, usize), f64>::new();
        used.iter().for_each(|unit| *totals.entry(key(*unit)).or_default() += score(*unit));
        let g = totals.len() as f64;
        let factor = g / (g - 1.0) * (n - 1.0) / (n - 2.0);
        (totals.values().map(|t| t * t).sum::<f64>() * factor, totals.len())
    };
    let of = |numbers: Option<&[usize]>, unit: usize| numbers.map_or(unit, |numbers| numbers[unit]);
    // A unit without a set stands for itself; its number cannot be that of a set.
    let set = |unit: usize| sets.and_then(|s| s[unit]).map_or((unit, 1), |s| (s, 0));
    let (errors, (square, groups)) = match (sets, clusters) {
        (None, None) => (ErrorsBy::Unit, variance(&|unit| (unit, 0))),
        (Some(_), None) => (ErrorsBy::Set, variance(&set)),
        (None, Some(_)) => (ErrorsBy::Cluster, variance(&|unit| (of(clusters, unit), 0))),
        (Some(_), Some(_)) => {
            let (by_set, sets) = variance(&set);
            let (by_cluster, number) = variance(&|unit| (of(clusters, unit), 0));
            let (both, _) = variance(&|unit| (set(unit).0 * 2 + set(unit).1, of(clusters, unit)));
            // The difference can fall below zero in small samples: then there is no standard error.
            (ErrorsBy::SetAndCluster, (by_set + by_cluster - both, sets.min(number)))
        }
    };
    let enough = group(true).count() > 1 && group(false).count() > 1 && groups > 1 && n > 2.0;
    Ok(Effect {
        value: means[1] - means[0],
        se: (enough && square > 0.0).then(|| square.sqrt()),
        df: if errors == ErrorsBy::Unit { n - 2.0 } else { groups as f64 - 1.0 },
        units: used.len(),
        groups,
        errors,
    })
}
