//! Covariates taken off an outcome before units with a common start are compared.

use super::fixed_effects::Levels;
use super::linalg::{Matrix, independent_columns, least_squares};
use super::sdid::Block;
use super::synth::SynthRefusal;

/// The block with outcome less coefficients times covariates, and the coefficients: those of the outcome on the
/// covariates and levels for units and periods among the cells without treatment (untreated units throughout, the
/// treated ones before the start). So an effect cannot go into the coefficients. What is computed from the block
/// afterwards takes the coefficients as given.
///
/// `covariates` has a matrix of the block's shape for each covariate.
///
/// # Errors
/// [`SynthRefusal::NonFinite`]; [`SynthRefusal::CollinearCovariate`] for the first covariate that levels and the
/// covariates before it explain completely.
///
/// Reference: Kranz 2022, Synthetic Difference-in-Differences with Time-Varying Covariates.
pub fn without_covariates(block: &Block, covariates: &[Matrix]) -> Result<(Block, Vec<f64>), SynthRefusal> {
    let (units, periods) = (block.outcomes.rows(), block.outcomes.columns());
    let cells: Vec<(usize, usize)> = (0..units)
        .flat_map(|unit| (0..periods).map(move |t| (unit, t)))
        .filter(|(unit, t)| *unit < block.untreated || *t < block.before)
        .collect();
    let number = |of: fn(&(usize, usize)) -> usize| -> Vec<u32> { cells.iter().map(|cell| of(cell) as u32).collect() };
    let levels = Levels::new(&number(|cell| cell.0), &number(|cell| cell.1));
    let within = |matrix: &Matrix| {
        let values: Vec<f64> = cells.iter().map(|(unit, t)| matrix.get(*unit, *t)).collect();
        let size = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let rest = levels.within(&values).map_err(|_| SynthRefusal::NonFinite)?;
        // What rounding leaves of a covariate that levels explain is nothing.
        let left = rest.iter().any(|r| r.abs() > 1e-9 * size);
        Ok(if left { rest } else { vec![0.0; values.len()] })
    };
    let x: Vec<Vec<f64>> = covariates.iter().map(within).collect::<Result<_, SynthRefusal>>()?;
    let x = Matrix::from_columns(&x.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let kept = independent_columns(&x, None);
    if let Some(at) = (0..covariates.len()).find(|at| !kept.contains(at)) {
        return Err(SynthRefusal::CollinearCovariate { at });
    }
    let y = within(&block.outcomes)?;
    let beta = least_squares(&x, &y, None).ok_or(SynthRefusal::CollinearCovariate { at: 0 })?;
    let mut adjusted = block.clone();
    for (covariate, beta) in covariates.iter().zip(&beta) {
        for unit in 0..units {
            let to = adjusted.outcomes.row_mut(unit);
            to.iter_mut().zip(covariate.row(unit)).for_each(|(y, x)| *y -= beta * x);
        }
    }
    Ok((adjusted, beta))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    fn matrix(of: impl Fn(usize, usize) -> f64) -> Matrix {
        Matrix::from_rows(5, 6, (0..30).map(|cell| of(cell / 6, cell % 6)).collect())
    }

    #[test]
    fn coefficients_are_found_whatever_the_effect() {
        let first = matrix(|u, t| ((u * 7 + t * 5) % 11) as f64);
        let second = matrix(|u, t| ((u * t) % 4) as f64);
        let levels = |u: usize, t: usize| 3.0 * u as f64 + ((t * t) % 5) as f64;
        let effect = |u: usize, t: usize| if u == 4 && t >= 4 { 50.0 } else { 0.0 };
        let outcomes = matrix(|u, t| levels(u, t) + effect(u, t) + 2.0 * first.get(u, t) - 0.5 * second.get(u, t));
        let block = Block { outcomes, untreated: 4, before: 4 };
        let (adjusted, beta) = without_covariates(&block, &[first, second]).unwrap();
        close(beta[0], 2.0, 1e-12);
        close(beta[1], -0.5, 1e-12);
        for (u, t) in [(0, 0), (2, 5), (4, 3), (4, 5)] {
            assert!((adjusted.outcomes.get(u, t) - levels(u, t) - effect(u, t)).abs() < 1e-10);
        }
    }

    #[test]
    fn what_levels_explain_has_no_coefficient() {
        let block = Block { outcomes: matrix(|u, t| ((u * 3 + t * t) % 7) as f64), untreated: 4, before: 4 };
        let fixed = matrix(|u, t| u as f64 + 0.1 * t as f64);
        let moving = matrix(|u, t| ((u * 7 + t * 5) % 11) as f64);
        let twice = matrix(|u, t| 2.0 * moving.get(u, t) + u as f64);
        let of = |covariates: &[Matrix]| without_covariates(&block, covariates).unwrap_err();
        assert_eq!(of(&[moving.clone(), fixed]), SynthRefusal::CollinearCovariate { at: 1 });
        assert_eq!(of(&[moving.clone(), twice]), SynthRefusal::CollinearCovariate { at: 1 });
    }
}
