//! Randomisation inference for the difference of two means: what the same units would show if others of them had
//! been chosen.

use rayon::prelude::*;

use super::random::Random;

pub use super::wild_bootstrap::{Draws, FEWEST_DRAWS};

/// One unit: the sum and number of its rows, and whether it was treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit {
    /// Sum of the outcome over its rows.
    pub sum: f64,
    /// Number of its rows.
    pub rows: f64,
    /// Whether it was treated.
    pub treated: bool,
}

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PermutationRefusal {
    /// No unit is treated.
    #[error("no unit is treated")]
    NoneTreated,
    /// No unit is untreated.
    #[error("no unit is untreated")]
    NoneUntreated,
    /// All rows have the same outcome.
    #[error("the outcome is the same everywhere")]
    NoVariation,
    /// An outcome is infinite or not a number.
    #[error("an input is not a finite number")]
    NonFinite,
    /// Too few draws.
    #[error("at least 99 draws are needed")]
    FewDraws,
    /// More than can be held.
    #[error("more than 4194304 draws")]
    ManyDraws,
    /// All assignments are too many.
    #[error("{treated} of {units} units can be chosen in too many ways to go through all")]
    ManyAssignments {
        /// Units.
        units: usize,
        /// Treated ones.
        treated: usize,
    },
    /// A level outside 0 to 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
}

/// Most assignments that are gone through one by one.
pub const MOST_ASSIGNMENTS: u64 = 100_000_000;
/// Most that are kept for the interval.
const MOST_KEPT: usize = 1 << 22;

/// The result of a randomisation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Randomisation {
    /// Mean of treated rows minus mean of the others.
    pub value: f64,
    /// Two-sided p value.
    pub p: f64,
    /// Assignments in the comparison: all, or those drawn.
    pub draws: u64,
    /// How many of these differ at least as much.
    pub extreme: u64,
    /// Whether every assignment was gone through.
    pub exact: bool,
    /// Root mean square of the difference over the assignments: its spread if there is no effect.
    pub spread: f64,
    /// The constant effects that the test does not reject. `None` where no value is rejected on that side, or the
    /// assignments were too many to keep.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Units.
    pub units: usize,
    /// Treated units.
    pub treated: usize,
}

/// C(n, k) where it is no more than `most`.
#[must_use]
pub fn combinations(n: usize, k: usize, most: u64) -> Option<u64> {
    let k = k.min(n - k.min(n));
    let mut out: u128 = 1;
    for i in 0..k {
        out = out * (n - i) as u128 / (i + 1) as u128;
        if out > u128::from(most) {
            return None;
        }
    }
    u64::try_from(out).ok()
}

/// What an assignment shows: the difference of means, and the same of the treatment indicator.
#[derive(Debug, Clone, Copy)]
struct Shown {
    difference: f64,
    overlap: f64,
}

/// Sums that tell [`Shown`].
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    sum: f64,
    rows: f64,
    treated: f64,
}

impl Sums {
    fn with(self, unit: &Unit) -> Self {
        let treated = if unit.treated { unit.rows } else { 0.0 };
        Self { sum: self.sum + unit.sum, rows: self.rows + unit.rows, treated: self.treated + treated }
    }

    fn shown(self, all: Self) -> Shown {
        let rest = all.rows - self.rows;
        Shown {
            difference: self.sum / self.rows - (all.sum - self.sum) / rest,
            overlap: self.treated / self.rows - (all.treated - self.treated) / rest,
        }
    }
}

/// The difference of means between treated and untreated rows, against all other choices of as many units.
///
/// Every unit is treated or not as a whole. Where the assignments are no more than the draws asked for (or all are
/// asked for) each is gone through and p is the share with a difference at least as large, the observed one
/// included; else p = (1 + b) / (1 + draws), b being the draws with a difference at least as large (Phipson and Smyth
/// 2010). Differences within rounding count as equal. Limits by inversion: the constant effects that, taken off the
/// treated rows, leave a difference that is not rejected.
///
/// Reference: Fisher (1935), The Design of Experiments; Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9,
/// article 39; MacKinnon and Webb (2020), J. Econometrics 218, 435-450.
///
/// # Errors
/// [`PermutationRefusal`].
pub fn randomisation(units: &[Unit], draws: Draws, seed: u64, level: f64) -> Result<Randomisation, PermutationRefusal> {
    if !(level > 0.0 && level < 1.0) {
        return Err(PermutationRefusal::InvalidLevel);
    }
    if units.iter().any(|u| !u.sum.is_finite() || !u.rows.is_finite() || u.rows <= 0.0) {
        return Err(PermutationRefusal::NonFinite);
    }
    let (n, k) = (units.len(), units.iter().filter(|u| u.treated).count());
    match (k, n - k) {
        (0, _) => return Err(PermutationRefusal::NoneTreated),
        (_, 0) => return Err(PermutationRefusal::NoneUntreated),
        _ => {}
    }
    // Centred: the sums of an assignment then lose nothing to a large common level.
    let rows: f64 = units.iter().map(|u| u.rows).sum();
    let mean = units.iter().map(|u| u.sum).sum::<f64>() / rows;
    let units: Vec<Unit> = units.iter().map(|u| Unit { sum: u.sum - u.rows * mean, ..*u }).collect();
    let size = units.iter().fold(0.0, |most: f64, u| most.max((u.sum / u.rows).abs()));
    if size <= 1e-14 * mean.abs() {
        return Err(PermutationRefusal::NoVariation);
    }
    let all = units.iter().fold(Sums::default(), Sums::with);
    let observed = units.iter().filter(|u| u.treated).fold(Sums::default(), Sums::with).shown(all).difference;
    let most = match draws {
        Draws::All => MOST_ASSIGNMENTS,
        Draws::Number(n) if n > MOST_KEPT => return Err(PermutationRefusal::ManyDraws),
        Draws::Number(n) => n as u64,
    };
    let total = combinations(n, k, most);
    let tie = 1e-10 * size;
    let mut tally = Tally { limit: observed.abs() - tie, ..Tally::default() };
    let exact = match (total, draws) {
        (Some(_), _) => {
            every(&units, k, all, &mut tally);
            true
        }
        (None, Draws::All) => return Err(PermutationRefusal::ManyAssignments { units: n, treated: k }),
        (None, Draws::Number(draws)) if draws < FEWEST_DRAWS => return Err(PermutationRefusal::FewDraws),
        (None, Draws::Number(draws)) => {
            drawn(&units, k, all, draws, seed, &mut tally);
            false
        }
    };
    let p_of = |extreme: u64| {
        if exact { extreme as f64 / tally.count as f64 } else { (1 + extreme) as f64 / (1 + tally.count) as f64 }
    };
    let p_at = |effect: f64| {
        let limit = (observed - effect).abs() - tie;
        let beyond = tally.kept.par_iter().filter(|s| (s.difference - effect * s.overlap).abs() >= limit);
        p_of(beyond.count() as u64)
    };
    let spread = (tally.squares / tally.count as f64).sqrt();
    let limit = |side: f64| {
        if tally.kept.len() as u64 != tally.count {
            return None;
        }
        let (mut inside, mut outside) = (0.0, 2.0 * spread.max(tie));
        let mut tries = 0;
        while p_at(observed + side * outside) > 1.0 - level {
            inside = outside;
            outside *= 2.0;
            tries += 1;
            if tries > 40 {
                return None;
            }
        }
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if p_at(observed + side * middle) > 1.0 - level {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        Some(observed + side * f64::midpoint(inside, outside))
    };
    Ok(Randomisation {
        value: observed,
        p: p_of(tally.extreme),
        draws: tally.count,
        extreme: tally.extreme,
        exact,
        spread,
        lower: limit(-1.0),
        upper: limit(1.0),
        units: n,
        treated: k,
    })
}

#[derive(Debug, Default)]
struct Tally {
    limit: f64,
    count: u64,
    extreme: u64,
    squares: f64,
    kept: Vec<Shown>,
}

impl Tally {
    fn add(&mut self, shown: Shown) {
        self.count += 1;
        self.extreme += u64::from(shown.difference.abs() >= self.limit);
        self.squares += shown.difference * shown.difference;
        if self.kept.len() < MOST_KEPT {
            self.kept.push(shown);
        }
    }
}

/// Goes through the choices of `k` units in lexicographic order, keeping the sums of every beginning.
fn every(units: &[Unit], k: usize, all: Sums, tally: &mut Tally) {
    let n = units.len();
    let mut chosen: Vec<usize> = (0..k).collect();
    let mut before = vec![Sums::default(); k + 1];
    let mut from = 0;
    loop {
        for at in from..k {
            before[at + 1] = before[at].with(&units[chosen[at]]);
        }
        tally.add(before[k].shown(all));
        let Some(at) = (0..k).rev().find(|at| chosen[*at] < n - k + at) else { return };
        chosen[at] += 1;
        for next in at + 1..k {
            chosen[next] = chosen[next - 1] + 1;
        }
        from = at;
    }
}

/// Draws choices of `k` units; draw number i has its own random numbers.
fn drawn(units: &[Unit], k: usize, all: Sums, draws: usize, seed: u64, tally: &mut Tally) {
    let n = units.len();
    // The smaller group is drawn.
    let (few, flip) = if 2 * k <= n { (k, false) } else { (n - k, true) };
    let shown: Vec<Shown> = (0..draws.div_ceil(CHUNK))
        .into_par_iter()
        .flat_map_iter(|chunk| {
            let mut order: Vec<u32> = (0..n as u32).collect();
            let mut swaps = vec![0u32; few];
            let mut out = Vec::with_capacity(CHUNK);
            for draw in chunk * CHUNK..draws.min((chunk + 1) * CHUNK) {
                let mut random = Halves { random: Random::new(seed, draw as u64), rest: None };
                let mut sums = Sums::default();
                for at in 0..few {
                    let with = at + random.below((n - at) as u32) as usize;
                    swaps[at] = with as u32;
                    order.swap(at, with);
                    sums = sums.with(&units[order[at] as usize]);
                }
                // Back to the order of the input: a draw must not depend on those before it.
                for at in (0..few).rev() {
                    order.swap(at, swaps[at] as usize);
                }
                if flip {
                    sums = Sums {
                        sum: all.sum - sums.sum,
                        rows: all.rows - sums.rows,
                        treated: all.treated - sums.treated,
                    };
                }
                out.push(sums.shown(all));
            }
            out
        })
        .collect();
    shown.into_iter().for_each(|s| tally.add(s));
}

const CHUNK: usize = 64;

/// Random numbers of 32 bits, two from each of 64.
struct Halves {
    random: Random,
    rest: Option<u32>,
}

impl Halves {
    fn bits(&mut self) -> u32 {
        if let Some(rest) = self.rest.take() {
            return rest;
        }
        let both = self.random.bits();
        self.rest = Some((both >> 32) as u32);
        both as u32
    }

    /// A number from 0 to `n` - 1, each equally likely, without a division in most cases (Lemire 2019, ACM TOMACS
    /// 29, article 3).
    fn below(&mut self, n: u32) -> u32 {
        loop {
            let product = u64::from(self.bits()) * u64::from(n);
            let low = product as u32;
            if low >= n || low >= n.wrapping_neg() % n {
                return (product >> 32) as u32;
            }
        }
    }
}

/// [`randomisation`] of single rows: every row is a unit.
///
/// # Errors
/// As [`randomisation`].
pub fn permutation_test(
    outcome: &[f64],
    treated: &[bool],
    draws: Draws,
    seed: u64,
    level: f64,
) -> Result<Randomisation, PermutationRefusal> {
    let unit = |(sum, treated): (&f64, &bool)| Unit { sum: *sum, rows: 1.0, treated: *treated };
    let units: Vec<Unit> = outcome.iter().zip(treated).map(unit).collect();
    randomisation(&units, draws, seed, level)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
