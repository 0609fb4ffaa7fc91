//! How alike the groups are: standardised differences, variance ratios and distances of distributions.

use super::super::characteristic::{Characteristic, Values, columns};
use super::{MatchRefusal, Pair};

/// Below this two means count as equal and are not divided by a standard deviation (MatchIt's bound).
const SAME: f64 = 1.490_116_119_384_765_6e-8;

/// Balance of one column in one sample.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sample {
    /// Weighted mean of the treated units.
    pub mean_treated: f64,
    /// Weighted mean of the controls.
    pub mean_control: f64,
    /// Difference of the means in standard deviations of the treated units before matching (where they do not
    /// vary: of both groups). For a column of 0 and 1 the deviation is the root of p (1 - p). `None` where it is 0
    /// and the means differ.
    pub difference: Option<f64>,
    /// Variance of the treated units divided by that of the controls; not for columns of 0 and 1.
    pub variance_ratio: Option<f64>,
    /// Mean absolute difference of the two distribution functions over the distinct values of all units.
    pub ecdf_mean: f64,
    /// Largest absolute difference of the two distribution functions (Kolmogorov-Smirnov).
    pub ecdf_max: f64,
}

/// Balance of one column before and after matching.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// The characteristic.
    pub covariate: String,
    /// The category, for categories.
    pub level: Option<String>,
    /// All units with weight 1.
    pub before: Sample,
    /// The units with their weights.
    pub after: Option<Sample>,
    /// Mean absolute difference of partners (in matched sets: over all treated and controls of a set), in the same
    /// standard deviations.
    pub pair_distance: Option<f64>,
}

/// Who belongs together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Partners<'a> {
    /// No one.
    None,
    /// Pairs.
    Pairs(&'a [Pair]),
    /// The units with the same number.
    Sets(&'a [Option<usize>]),
}

/// Balance of every number and every category of the covariates; with `weights` also after weighting.
///
/// The weighted variance is that for reliability weights: sum of w (x - mean)^2 divided by 1 - sum of w^2, with
/// weights that sum to 1. Differences above 0.1 are commonly read as imbalance; there is no test, for balance is a
/// property of the sample.
///
/// Reference: Stuart (2010), Statistical Science 25, 1-21; Austin (2009), Statistics in Medicine 28, 3083-3107.
///
/// # Errors
/// If a group is empty, columns differ in length, or a value or weight is not usable.
pub fn balance(
    treated: &[bool],
    covariates: &[Characteristic],
    weights: Option<&[f64]>,
    partners: Partners<'_>,
) -> Result<Vec<Balance>, MatchRefusal> {
    super::check::groups(treated, covariates)?;
    if let Some(weights) = weights {
        super::check::usable(treated, weights)?;
    }
    let ones = vec![1.0; treated.len()];
    let named = columns(covariates, true).into_iter().map(|column| {
        let characteristic = &covariates[column.characteristic];
        let level = match (&characteristic.values, column.level) {
            (Values::Category { levels, .. }, Some(level)) => levels.get(level).cloned(),
            _ => None,
        };
        let values = &column.values;
        let sd = deviation(treated, values);
        let before = sample(treated, values, &ones, sd);
        let after = weights.map(|w| sample(treated, values, w, sd));
        let pair_distance = sd.zip(apart(treated, values, partners)).map(|(sd, apart)| apart / sd);
        Balance { covariate: characteristic.name.clone(), level, before, after, pair_distance }
    });
    Ok(named.collect())
}

/// Mean absolute difference of partners.
fn apart(treated: &[bool], values: &[f64], partners: Partners<'_>) -> Option<f64> {
    let (total, pairs) = match partners {
        Partners::None => return None,
        Partners::Pairs(pairs) => {
            let sum = pairs.iter().map(|p| (values[p.treated] - values[p.control]).abs()).sum::<f64>();
            (sum, pairs.len() as f64)
        }
        Partners::Sets(sets) => {
            let mut order: Vec<(usize, usize)> =
                sets.iter().enumerate().filter_map(|(unit, set)| set.map(|set| (set, unit))).collect();
            order.sort_by(|a, b| a.0.cmp(&b.0).then(values[a.1].total_cmp(&values[b.1])));
            let (mut total, mut pairs) = (0.0, 0.0);
            for set in order.chunk_by(|a, b| a.0 == b.0) {
                // In ascending order every unit lies above those of the other group met before. Values count from
                // the set's smallest, so that nothing cancels.
                let low = values[set[0].1];
                let mut met = [(0.0, 0.0); 2];
                for (_, unit) in set {
                    let (own, value) = (usize::from(treated[*unit]), values[*unit] - low);
                    let (number, sum) = met[1 - own];
                    total += number * value - sum;
                    met[own] = (met[own].0 + 1.0, met[own].1 + value);
                }
                pairs += met[0].0 * met[1].0;
            }
            (total, pairs)
        }
    };
    (pairs > 0.0).then(|| total / pairs)
}

fn binary(values: &[f64]) -> bool {
    values.iter().all(|v| *v == 0.0 || *v == 1.0)
}

/// Weighted mean and variance of one group; the variance is `None` with a single unit.
fn moments(treated: &[bool], values: &[f64], weights: &[f64], group: bool, binary: bool) -> (f64, Option<f64>) {
    let members = || values.iter().zip(weights).zip(treated).filter(|(_, t)| **t == group).map(|(vw, _)| vw);
    let sum: f64 = members().map(|(_, w)| w).sum();
    let mean = members().map(|(v, w)| v * w / sum).sum::<f64>();
    if binary {
        return (mean, Some(mean * (1.0 - mean)));
    }
    let spread: f64 = members().map(|(v, w)| w / sum * (v - mean).powi(2)).sum();
    let rest = 1.0 - members().map(|(_, w)| (w / sum).powi(2)).sum::<f64>();
    (mean, (rest > 1e-12).then(|| spread / rest))
}

/// What differences are divided by.
fn deviation(treated: &[bool], values: &[f64]) -> Option<f64> {
    let ones = vec![1.0; values.len()];
    let binary = binary(values);
    let own = moments(treated, values, &ones, true, binary).1.map(f64::sqrt);
    own.filter(|sd| *sd >= SAME).or_else(|| {
        // Both groups together, each around its own mean.
        let n = values.len() as f64;
        let part = |group: bool| {
            let (mean, _) = moments(treated, values, &ones, group, binary);
            let members = values.iter().zip(treated).filter(|(_, t)| **t == group);
            members.map(|(v, _)| (v - mean).powi(2)).sum::<f64>()
        };
        let divisor = if binary { n } else { n - 2.0 };
        let pooled = ((part(false) + part(true)) / divisor).sqrt();
        (divisor > 0.0 && pooled >= SAME).then_some(pooled)
    })
}

fn sample(treated: &[bool], values: &[f64], weights: &[f64], sd: Option<f64>) -> Sample {
    let binary = binary(values);
    let (mean_treated, variance_treated) = moments(treated, values, weights, true, binary);
    let (mean_control, variance_control) = moments(treated, values, weights, false, binary);
    let raw = mean_treated - mean_control;
    let difference = if raw.abs() <= SAME { Some(raw) } else { sd.map(|sd| raw / sd) };
    let variance_ratio = match (variance_treated, variance_control) {
        (Some(t), Some(c)) if !binary && c > 0.0 => Some(t / c),
        _ => None,
    };
    let (ecdf_mean, ecdf_max) = if binary { (raw.abs(), raw.abs()) } else { distributions(treated, values, weights) };
    Sample { mean_treated, mean_control, difference, variance_ratio, ecdf_mean, ecdf_max }
}

/// Mean and largest difference of the two weighted distribution functions.
fn distributions(treated: &[bool], values: &[f64], weights: &[f64]) -> (f64, f64) {
    let sum = |group: bool| weights.iter().zip(treated).filter(|(_, t)| **t == group).map(|(w, _)| w).sum::<f64>();
    let sums = [sum(false), sum(true)];
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let (mut gap, mut total, mut most, mut distinct) = (0.0f64, 0.0, 0.0f64, 0.0);
    for (at, unit) in order.iter().enumerate() {
        let share = weights[*unit] / sums[usize::from(treated[*unit])];
        gap += if treated[*unit] { share } else { -share };
        if order.get(at + 1).is_none_or(|next| values[*next] != values[*unit]) {
            total += gap.abs();
            most = most.max(gap.abs());
            distinct += 1.0;
        }
    }
    (total / distinct, most)
}

/// Kish's effective sample size of a group's weights: the square of their sum divided by the sum of their squares.
///
/// Reference: Kish (1965), Survey Sampling, 11.7.
#[must_use]
pub fn effective_size(treated: &[bool], weights: &[f64], group: bool) -> f64 {
    let members = || weights.iter().zip(treated).filter(|(_, t)| **t == group).map(|(w, _)| *w);
    let squares: f64 = members().map(|w| w * w).sum();
    if squares > 0.0 { members().sum::<f64>().powi(2) / squares } else { 0.0 }
}
