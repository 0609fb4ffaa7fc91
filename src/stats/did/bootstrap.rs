//! The multiplier bootstrap.
//!
//! A draw gives each unit (or cluster) a sign and sums the signed influences. Eight units have 256 patterns of
//! signs: their sums are made once, and each draw looks up one of them, for eight estimates at a time.

use rayon::prelude::*;

use super::Cell;
use super::influence::positive;
use super::panel::Sample;
use crate::stats::random::Random;

/// Third less first quartile of the standard normal distribution.
const QUARTILES: f64 = 1.348_979_500_392_163_5;

/// Estimates drawn together.
const LANES: usize = 8;

/// Draws of the error of each estimate.
pub(super) struct Draws {
    /// By cell, then by draw.
    pub(super) cells: Vec<Vec<f64>>,
    /// The signed sum of the weights in summaries, by cohort, then by draw.
    pub(super) cohorts: Vec<Vec<f64>>,
}

/// A column of influences: runs of consecutive units with the number of their first.
type Column<'a> = Vec<(usize, std::borrow::Cow<'a, [f64]>)>;

pub(super) fn draws(sample: &Sample, cells: &[Cell], draws: usize, seed: u64) -> Draws {
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(cells.len() + sample.cohorts.len());
    let mut weights = vec![vec![0.0; sample.units]; usize::from(sample.clusters.is_some()) * sample.cohorts.len()];
    let atoms = match &sample.clusters {
        None => {
            for cell in cells {
                columns.push(cell.influence.runs().into_iter().map(|(start, run)| (start, run.into())).collect());
            }
            for cohort in &sample.cohorts {
                columns.push(vec![(cohort.units.start, sample.unit_weight[cohort.units.clone()].into())]);
            }
            sample.units
        }
        Some(clusters) => {
            for cell in cells {
                columns.push(vec![(0, cell.influence.collapse(clusters).into())]);
            }
            for (cohort, sums) in sample.cohorts.iter().zip(&mut weights) {
                sums.truncate(clusters.count);
                cohort.units.clone().for_each(|unit| sums[clusters.of[unit]] += sample.unit_weight[unit]);
            }
            columns.extend(weights.iter().map(|sums| vec![(0, sums.as_slice().into())]));
            clusters.count
        }
    };
    let signs = signs(atoms, draws, seed);
    let mut cells_drawn: Vec<Vec<f64>> =
        columns.par_chunks(LANES).flat_map_iter(|lanes| signed_sums(lanes, atoms, draws, &signs)).collect();
    let cohorts = cells_drawn.split_off(cells.len());
    Draws { cells: cells_drawn, cohorts }
}

/// The signs of eight units at a time as bits, for each eight of them draw by draw.
fn signs(atoms: usize, draws: usize, seed: u64) -> Vec<u8> {
    let blocks = atoms.div_ceil(8);
    let mut out = vec![0; blocks * draws];
    for draw in 0..draws {
        let mut random = Random::new(seed, draw as u64);
        for start in (0..blocks).step_by(8) {
            let bytes = random.bits().to_le_bytes();
            for (block, byte) in (start..blocks.min(start + 8)).zip(bytes) {
                out[block * draws + draw] = byte;
            }
        }
    }
    out
}

fn signed_sums(lanes: &[Column<'_>], atoms: usize, draws: usize, signs: &[u8]) -> Vec<Vec<f64>> {
    let mut values = vec![[0.0; LANES]; atoms.div_ceil(8) * 8];
    let mut touched = vec![false; atoms.div_ceil(8)];
    for (lane, column) in lanes.iter().enumerate() {
        for (start, run) in column.iter().filter(|(_, run)| !run.is_empty()) {
            values[*start..].iter_mut().zip(run.iter()).for_each(|(to, value)| to[lane] = *value);
            touched[start / 8..=(start + run.len() - 1) / 8].fill(true);
        }
    }
    let mut sums = vec![[0.0; LANES]; draws];
    let mut table = [[0.0; LANES]; 256];
    for (block, eight) in values.chunks_exact(8).enumerate().filter(|(block, _)| touched[*block]) {
        fill(&mut table, eight);
        for (sum, sign) in sums.iter_mut().zip(&signs[block * draws..(block + 1) * draws]) {
            let add = &table[usize::from(*sign)];
            sum.iter_mut().zip(add).for_each(|(sum, add)| *sum += add);
        }
    }
    (0..lanes.len()).map(|lane| sums.iter().map(|sum| sum[lane]).collect()).collect()
}

/// All signed sums of eight values: bit i of the index is the sign of value i.
fn fill(table: &mut [[f64; LANES]; 256], eight: &[[f64; LANES]]) {
    let mut first = [0.0; LANES];
    for value in eight {
        first.iter_mut().zip(value).for_each(|(sum, value)| *sum -= value);
    }
    table[0] = first;
    for (bit, value) in eight.iter().enumerate() {
        let (known, new) = table.split_at_mut(1 << bit);
        for (new, known) in new.iter_mut().zip(known) {
            new.iter_mut().zip(known.iter().zip(value)).for_each(|(new, (known, value))| *new = known + 2.0 * value);
        }
    }
}

/// Errors and critical value from draws.
pub(super) struct Band {
    /// Error of each column; `None` where it does not vary.
    pub(super) se: Vec<Option<f64>>,
    /// The quantile of the largest |t|; `None` where no column varies.
    pub(super) critical: Option<f64>,
}

pub(super) fn band(columns: &[&[f64]], level: f64) -> Band {
    let se: Vec<Option<f64>> = columns.par_iter().map(|column| error(column)).collect();
    let draws = columns.first().map_or(0, |c| c.len());
    let mut largest = vec![0.0f64; draws];
    for (column, se) in columns.iter().zip(&se) {
        if let Some(se) = se {
            largest.iter_mut().zip(*column).for_each(|(most, draw)| *most = most.max(draw.abs() / se));
        }
    }
    let critical = se.iter().any(Option::is_some).then(|| quantile(&mut largest, level));
    Band { se, critical }
}

/// The error of one column.
pub(super) fn error(column: &[f64]) -> Option<f64> {
    let mut sorted = column.to_vec();
    let upper = quantile(&mut sorted, 0.75);
    let error = (upper - quantile(&mut sorted, 0.25)) / QUARTILES;
    positive(error, 0.0)
}

/// The quantile of type 1: the smallest value with at least `p` of all at or below it.
fn quantile(values: &mut [f64], p: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    // As in R, a product that misses a whole number by rounding only counts as that number.
    let position = (p * values.len() as f64 - 1e-9).ceil().max(1.0) as usize - 1;
    let at = position.min(values.len() - 1);
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    #[test]
    fn looked_up_sums_are_plain_sums() {
        let column: Vec<f64> = (0..21).map(|i| f64::from(i * i) - 30.5).collect();
        let short = [2.0, -3.5, 7.25];
        let columns: Vec<Column<'_>> = vec![
            vec![(0, column.as_slice().into())],
            vec![(6, short.as_slice().into()), (20, [1.0].as_slice().into())],
        ];
        let signs = signs(21, 60, 5);
        let found = signed_sums(&columns, 21, 60, &signs);
        for draw in 0..60 {
            let sign = |at: usize| if signs[at / 8 * 60 + draw] >> (at % 8) & 1 == 1 { 1.0 } else { -1.0 };
            close(found[0][draw], (0..21).map(|at| sign(at) * column[at]).sum(), 1e-12);
            close(found[1][draw], sign(6) * 2.0 - sign(7) * 3.5 + sign(8) * 7.25 + sign(20), 1e-12);
        }
    }

    #[test]
    fn quantiles_of_type_one() {
        // R: quantile(c(3, 1, 2, 4), c(.25, .5, .75, .76, 1), type = 1) is 1 2 3 4 4.
        for (p, wanted) in [(0.25, 1.0), (0.5, 2.0), (0.75, 3.0), (0.76, 4.0), (1.0, 4.0), (0.0, 1.0)] {
            assert_eq!(quantile(&mut [3.0, 1.0, 2.0, 4.0], p), wanted);
        }
        // 0.95 * 20 is 19 only up to rounding.
        let mut twenty: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(quantile(&mut twenty, 0.95), 19.0);
    }
}
