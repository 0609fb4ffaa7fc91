//! Exact strata, and the weights that strata and pairs give.

use std::collections::HashMap;

use super::super::characteristic::{Characteristic, Values};
use super::{Design, MatchRefusal, Pair};

/// Matched sets of units that agree in all covariates, or in all coarsened ones: numbers are cut into bins of
/// equal width between the smallest and the largest, as many as Sturges's rule says (the logarithm of the number
/// of units to base 2, plus 1, rounded up; a value on a border belongs to the upper bin); categories stay as they
/// are. Strata of a design limit the sets further. Sets without a treated unit or without a control are left out.
///
/// Reference: Iacus, King and Porro (2012), Political Analysis 20, 1-24; Sturges (1926), Journal of the American
/// Statistical Association 21, 65-66.
///
/// # Errors
/// If no set has both treated and control units.
pub fn strata(design: &Design, coarsen: bool) -> Result<Vec<Option<usize>>, MatchRefusal> {
    let units = design.treated.len();
    let keys: Vec<Vec<u64>> = design.covariates.iter().map(|c| key(c, coarsen)).collect();
    let mut numbers: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut cell = Vec::with_capacity(units);
    // How many controls and treated units a cell has.
    let mut members: Vec<[usize; 2]> = Vec::new();
    for unit in 0..units {
        let strata = design.exact.get(unit).map(|s| *s as u64);
        let key: Vec<u64> = keys.iter().map(|k| k[unit]).chain(strata).collect();
        let next = numbers.len();
        let number = *numbers.entry(key).or_insert(next);
        if number == members.len() {
            members.push([0, 0]);
        }
        members[number][usize::from(design.treated[unit])] += 1;
        cell.push(number);
    }
    let mut renumbered = vec![None; members.len()];
    let mut last = 0;
    for number in &cell {
        if renumbered[*number].is_none() && members[*number].iter().all(|n| *n > 0) {
            last += 1;
            renumbered[*number] = Some(last);
        }
    }
    if last == 0 {
        return Err(MatchRefusal::NoMatch);
    }
    Ok(cell.into_iter().map(|number| renumbered[number]).collect())
}

fn key(characteristic: &Characteristic, coarsen: bool) -> Vec<u64> {
    match &characteristic.values {
        Values::Category { codes, .. } => codes.iter().map(|c| *c as u64).collect(),
        // Zero has two signs.
        Values::Number(values) if !coarsen => values.iter().map(|v| (v + 0.0).to_bits()).collect(),
        Values::Number(values) => bins(values),
    }
}

/// The number of each value's bin.
fn bins(values: &[f64]) -> Vec<u64> {
    let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let bins = ((values.len() as f64).log2() + 1.0).ceil();
    let width = (high - low) / bins;
    let borders: Vec<f64> = (1..bins as usize).map(|i| low + i as f64 * width).collect();
    values.iter().map(|v| borders.partition_point(|border| border <= v) as u64).collect()
}

/// Weights of matched sets: 1 for treated units, treated by controls of the set for controls, scaled to a mean of
/// 1 over the matched controls.
#[must_use]
pub fn weights_of_sets(treated: &[bool], set: &[Option<usize>]) -> Vec<f64> {
    let last = set.iter().flatten().max().copied().unwrap_or(0);
    let mut members = vec![[0.0f64; 2]; last + 1];
    for (treated, set) in treated.iter().zip(set) {
        if let Some(set) = set {
            members[*set][usize::from(*treated)] += 1.0;
        }
    }
    let raw = set.iter().zip(treated).map(|(set, treated)| match set {
        None => 0.0,
        Some(_) if *treated => 1.0,
        Some(set) => members[*set][1] / members[*set][0],
    });
    scaled(treated, raw.collect())
}

/// Weights of pairs: each treated unit's weight of 1 is split evenly over its controls; scaled to a mean of 1
/// over the matched controls.
#[must_use]
pub fn weights_of_pairs(treated: &[bool], pairs: &[Pair]) -> Vec<f64> {
    let mut partners = vec![0.0; treated.len()];
    pairs.iter().for_each(|pair| partners[pair.treated] += 1.0);
    let mut weights: Vec<f64> = partners.iter().map(|n| f64::from(u8::from(*n > 0.0))).collect();
    pairs.iter().for_each(|pair| weights[pair.control] += 1.0 / partners[pair.treated]);
    scaled(treated, weights)
}

fn scaled(treated: &[bool], mut weights: Vec<f64>) -> Vec<f64> {
    let controls = || weights.iter().zip(treated).filter(|(w, t)| !**t && **w > 0.0).map(|(w, _)| *w);
    let factor = controls().count() as f64 / controls().sum::<f64>();
    weights.iter_mut().zip(treated).filter(|(w, t)| !**t && **w > 0.0).for_each(|(w, _)| *w *= factor);
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_by_sturges() {
        // Eight values: 4 bins of width 2 between 0 and 8; borders belong to the upper bin.
        assert_eq!(bins(&[0.0, 1.9, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]), [0, 0, 1, 1, 2, 2, 3, 3]);
        assert_eq!(bins(&[5.0, 5.0]), bins(&[7.0, 7.0]));
    }

    #[test]
    fn weights_by_hand() {
        // Set 1: two treated, one control; set 2: one treated, three controls. Raw 2 and 1/3: sum 3, four controls.
        let treated = [true, true, false, true, false, false, false, false];
        let set = [Some(1), Some(1), Some(1), Some(2), Some(2), Some(2), Some(2), None];
        let found = weights_of_sets(&treated, &set);
        let third = 4.0 / 9.0;
        for (found, wanted) in found.iter().zip([1.0, 1.0, 8.0 / 3.0, 1.0, third, third, third, 0.0]) {
            assert!((found - wanted).abs() < 1e-14, "{found} {wanted}");
        }
    }
}
