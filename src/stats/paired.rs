//! Matched pairs: differences within pairs, and what they say about all of them.
//!
//! Assumptions: the pairs are independent of each other (no unit is in two of them). Nothing is assumed about
//! the distribution of a difference by the permutation test; the intervals rest on Student's t of the mean.

use super::normal::student_quantile;
use super::random::Random;
use super::{Refusal, finite, non_negative, tail};

/// Fewest pairs for which an interval is given, as for clusters.
pub const MIN_PAIRS: usize = 5;

/// Up to this many pairs all patterns of signs are tried.
const EXACT_UP_TO: usize = 16;

/// Random patterns of signs beyond that.
const DRAWS: u32 = 9_999;

/// One pair: the value of either side, and a weight of at least 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The side of interest.
    pub first: f64,
    /// The side to compare with.
    pub second: f64,
    /// Weight, for example the cases of the first side; 1 for every pair counts pairs alike.
    pub weight: f64,
}

/// A contrast over pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedEstimate {
    /// Mean difference, or ratio of means.
    pub value: f64,
    /// Standard error of `value` (of its logarithm for a ratio).
    pub se: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Number of pairs.
    pub n: usize,
}

fn checked(pairs: &[Pair]) -> Result<f64, Refusal> {
    if pairs.len() < MIN_PAIRS {
        return Err(Refusal::FewClusters { found: pairs.len(), needed: MIN_PAIRS });
    }
    let mut sum = 0.0;
    for pair in pairs {
        finite(pair.first)?;
        finite(pair.second)?;
        sum += non_negative(pair.weight)?;
    }
    // A pair that carries everything has no other to vary against.
    if sum <= 0.0 || pairs.iter().any(|p| p.weight >= sum) {
        return Err(Refusal::ZeroDenominator);
    }
    finite(sum)
}

/// Weighted mean of the differences first - second, with a t interval of n - 1 degrees of freedom on the
/// jackknife error (for equal weights that is the usual standard error of a mean).
///
/// # Errors
/// Fewer than [`MIN_PAIRS`] pairs, numbers that are not finite, weights below or all at zero, or no variation.
pub fn paired_difference(pairs: &[Pair], level: f64) -> Result<PairedEstimate, Refusal> {
    let weight = checked(pairs)?;
    let sum: f64 = pairs.iter().map(|p| p.weight * (p.first - p.second)).sum();
    let without = pairs.iter().map(|p| (sum - p.weight * (p.first - p.second)) / (weight - p.weight));
    let (se, t) = jackknife(&without.collect::<Vec<f64>>(), level)?;
    let value = sum / weight;
    Ok(PairedEstimate { value, se, lower: value - t * se, upper: value + t * se, n: pairs.len() })
}

/// Ratio of the weighted means, first over second, with a t interval on the jackknife error of its logarithm.
///
/// # Errors
/// As [`paired_difference`], and [`Refusal::ZeroRate`] where a mean is not above zero.
pub fn paired_ratio(pairs: &[Pair], level: f64) -> Result<PairedEstimate, Refusal> {
    checked(pairs)?;
    let first: f64 = pairs.iter().map(|p| p.weight * p.first).sum();
    let second: f64 = pairs.iter().map(|p| p.weight * p.second).sum();
    let log = |first: f64, second: f64| {
        if first > 0.0 && second > 0.0 { Ok((first / second).ln()) } else { Err(Refusal::ZeroRate) }
    };
    let value = log(first, second)?;
    let without: Result<Vec<f64>, Refusal> =
        pairs.iter().map(|p| log(first - p.weight * p.first, second - p.weight * p.second)).collect();
    let (se, t) = jackknife(&without?, level)?;
    Ok(PairedEstimate {
        value: value.exp(),
        se,
        lower: (value - t * se).exp(),
        upper: (value + t * se).exp(),
        n: pairs.len(),
    })
}

fn jackknife(without: &[f64], level: f64) -> Result<(f64, f64), Refusal> {
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let squares: f64 = without.iter().map(|v| (v - mean).powi(2)).sum();
    let se = ((n - 1.0) / n * squares).sqrt();
    if se <= 1e-12 * mean.abs() || se == 0.0 {
        return Err(Refusal::NoVariation);
    }
    Ok((se, student_quantile(1.0 - tail(level)?, n - 1.0)?))
}

/// Two-sided p value of "within a pair it is chance which side is which": the share of sign patterns whose
/// weighted sum of differences is at least as far from zero as the observed one.
///
/// All 2^n patterns up to 16 pairs; else 9,999 random ones from `seed`, the observed one counted in.
/// Reference: Fisher (1935), The Design of Experiments, §21; Phipson and Smyth (2010), Stat. Appl. Genet. Mol.
/// Biol. 9, 39.
///
/// # Errors
/// [`Refusal::EmptyInput`] or [`Refusal::NonFinite`].
pub fn sign_flip_p(pairs: &[Pair], seed: u64) -> Result<f64, Refusal> {
    if pairs.is_empty() {
        return Err(Refusal::EmptyInput);
    }
    let parts: Vec<f64> =
        pairs.iter().map(|p| finite(p.weight * (p.first - p.second))).collect::<Result<_, Refusal>>()?;
    let observed = parts.iter().sum::<f64>().abs();
    // Patterns that differ from the observed one only by rounding count as equal.
    let limit = observed - 1e-12 * parts.iter().map(|v| v.abs()).sum::<f64>();
    let n = parts.len();
    if n <= EXACT_UP_TO {
        // A pattern and its mirror are equally far from zero: the last sign can stay.
        let patterns = 1u32 << (n - 1);
        let far = (0..patterns)
            .filter(|pattern| {
                let sum: f64 = parts.iter().enumerate().map(|(i, v)| if pattern >> i & 1 == 1 { -v } else { *v }).sum();
                sum.abs() >= limit
            })
            .count();
        return Ok(far as f64 / f64::from(patterns));
    }
    let mut random = Random::new(seed, 0);
    let mut far = 1u32;
    for _ in 0..DRAWS {
        let mut sum = 0.0;
        for chunk in parts.chunks(64) {
            let bits = random.bits();
            sum += chunk.iter().enumerate().map(|(i, v)| if bits >> i & 1 == 1 { -v } else { *v }).sum::<f64>();
        }
        far += u32::from(sum.abs() >= limit);
    }
    Ok(f64::from(far) / f64::from(DRAWS + 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    fn pairs(values: &[(f64, f64)]) -> Vec<Pair> {
        values.iter().map(|&(first, second)| Pair { first, second, weight: 1.0 }).collect()
    }

    #[test]
    fn a_t_interval_by_hand() {
        // Differences 1 2 3 4 5: mean 3, standard deviation sqrt(2.5), standard error sqrt(0.5), t(0.975, 4) = 2.776445.
        let found =
            paired_difference(&pairs(&[(1.0, 0.0), (3.0, 1.0), (3.0, 0.0), (4.0, 0.0), (6.0, 1.0)]), 0.95).unwrap();
        close(found.value, 3.0, 1e-14);
        close(found.se, 0.5f64.sqrt(), 1e-13);
        close(found.upper - 3.0, 2.776_445_105_197_793 * 0.5f64.sqrt(), 1e-9);
    }

    #[test]
    fn signs_by_enumeration() {
        // Only all plus and all minus reach the sum of five positive differences: 2 of 32.
        let all = pairs(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (5.0, 0.0)]);
        close(sign_flip_p(&all, 1).unwrap(), 2.0 / 32.0, 1e-15);
        // 1 + 2 + 3 - 4: patterns with |sum| >= 2 of ±1±2±3±4: sums ±10 ±8 ±6 ±4(2x) ±2(2x) and 0(2x): 14 of 16.
        close(sign_flip_p(&pairs(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (0.0, 4.0)]), 1).unwrap(), 14.0 / 16.0, 1e-15);
    }

    #[test]
    fn weights_and_ratios() {
        // Weight 3 on the first of two values repeated: weighted mean (3*4 + 1+2+3+4) / 7 = 22/7.
        let mut list = pairs(&[(4.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0)]);
        list[0].weight = 3.0;
        close(paired_difference(&list, 0.95).unwrap().value, 22.0 / 7.0, 1e-14);
        let double = pairs(&[(0.2, 0.1), (0.4, 0.2), (0.3, 0.2), (0.5, 0.2), (0.2, 0.1)]);
        close(paired_ratio(&double, 0.95).unwrap().value, 1.6 / 0.8, 1e-14);
    }

    #[test]
    fn refusals() {
        let few = pairs(&[(1.0, 0.0); 4]);
        assert_eq!(paired_difference(&few, 0.95), Err(Refusal::FewClusters { found: 4, needed: 5 }));
        assert_eq!(paired_difference(&pairs(&[(1.0, 0.0); 6]), 0.95), Err(Refusal::NoVariation));
        assert_eq!(
            paired_ratio(&pairs(&[(0.0, 0.1), (0.0, 0.2), (0.0, 0.1), (0.0, 0.3), (0.0, 0.1)]), 0.95),
            Err(Refusal::ZeroRate)
        );
        let mut one = pairs(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (5.0, 0.0)]);
        one.iter_mut().skip(1).for_each(|p| p.weight = 0.0);
        assert_eq!(paired_difference(&one, 0.95), Err(Refusal::ZeroDenominator));
    }

    proptest! {
        #[test]
        fn turning_the_pairs_turns_the_sign(values in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 5..30)) {
            let list = pairs(&values);
            let turned: Vec<Pair> = list.iter().map(|p| Pair { first: p.second, second: p.first, ..*p }).collect();
            let (a, b) = (paired_difference(&list, 0.9).unwrap(), paired_difference(&turned, 0.9).unwrap());
            prop_assert!((a.value + b.value).abs() < 1e-12 && (a.lower + b.upper).abs() < 1e-9);
            prop_assert_eq!(sign_flip_p(&list, 3).unwrap(), sign_flip_p(&turned, 3).unwrap());
        }
    }
}
