//! Synthetic difference-in-differences, with the conventions of its authors' R package synthdid 0.0.9.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::frank_wolfe::Descent;
use super::linalg::{Matrix, dot};
use super::random::Random;
use super::series::LARGEST;
use super::synth::SynthRefusal;

/// Iterations before the small weights are set to zero, and at most after that.
const FIRST_ROUND: usize = 100;
const SECOND_ROUND: usize = 10_000;

/// Units with a common start.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Outcomes, one row per unit (untreated ones first), one column per period in order of time.
    pub outcomes: Matrix,
    /// Number of untreated units.
    pub untreated: usize,
    /// Number of periods before the start.
    pub before: usize,
}

/// Which of three estimators of the same form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimator {
    /// Unit and time weights: synthetic difference-in-differences.
    Sdid,
    /// Unit weights without intercept, almost unpenalised; no time weights: synthetic control.
    Synth,
    /// Equal weights: difference-in-differences.
    Did,
}

/// How the standard error is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorBy {
    /// Untreated units drawn as if treated (algorithm 4 of the paper).
    Placebo,
    /// Each unit left out in turn with weights kept (algorithm 3).
    Jackknife,
    /// Units drawn with replacement (algorithm 2).
    Bootstrap,
}

/// An estimate with its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct SdidFit {
    /// Mean effect over treated units and periods from the start on.
    pub effect: f64,
    /// Effect by period from the start on; their mean is `effect`.
    pub curve: Vec<f64>,
    /// Weights of the untreated units.
    pub omega: Vec<f64>,
    /// Weights of the periods before the start (all 0 for [`Estimator::Synth`]).
    pub lambda: Vec<f64>,
    /// Standard deviation of the first differences of untreated units before the start.
    pub noise: f64,
    /// Penalty of the unit weights: (treated units x periods after)^(1/4) x noise; 1e-6 x noise for synthetic control.
    pub zeta_omega: f64,
    /// Penalty of the time weights, 1e-6 x noise.
    pub zeta_lambda: f64,
    /// Whether both sets of weights were reached before the limit of iterations.
    pub converged: bool,
    /// How far the penalised mean squared error of the weights can lie above its minimum at most (duality gap, the
    /// larger of both), as a share of the squared noise.
    pub gap: f64,
}

/// What a repetition starts from.
#[derive(Debug, Clone)]
struct Settings {
    estimator: Estimator,
    noise: f64,
    zeta_omega: f64,
    zeta_lambda: f64,
}

impl Block {
    /// Checks shape and numbers and estimates.
    ///
    /// Unit weights make the untreated units' course before the start parallel to that of the treated units'
    /// mean, up to a constant and with a ridge penalty that spreads them; time weights make the mean after the
    /// start of each untreated unit the weighted mean before, up to a constant. The effect is the double
    /// difference with both weights. Both are found by Frank-Wolfe steps as in the reference program: 100 steps,
    /// weights up to a quarter of the largest set to zero, then up to 10,000 steps until one gains less than
    /// (1e-5 x noise)² in mean squared error.
    ///
    /// # Errors
    /// [`SynthRefusal`] for too few units or periods, values that are not finite, or untreated units that do not
    /// change before the start.
    ///
    /// Reference: Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021, American Economic Review 111.
    pub fn fit(&self, estimator: Estimator) -> Result<SdidFit, SynthRefusal> {
        let settings = self.settings(estimator)?;
        Ok(self.fit_from(&settings, None, None))
    }

    fn settings(&self, estimator: Estimator) -> Result<Settings, SynthRefusal> {
        let (units, periods) = (self.outcomes.rows(), self.outcomes.columns());
        if self.untreated < 2 {
            return Err(SynthRefusal::FewDonors { found: self.untreated });
        }
        if self.untreated >= units {
            return Err(SynthRefusal::NoTreated);
        }
        if self.before < 2 {
            return Err(SynthRefusal::FewPeriods { found: self.before });
        }
        if self.before >= periods {
            return Err(SynthRefusal::NoPeriodAfter);
        }
        if (0..units).any(|row| self.outcomes.row(row).iter().any(|v| v.is_nan() || v.abs() >= LARGEST)) {
            return Err(SynthRefusal::NonFinite);
        }
        let steps: Vec<f64> = (0..self.untreated)
            .flat_map(|row| self.outcomes.row(row)[..self.before].windows(2).map(|w| w[1] - w[0]))
            .collect();
        let noise = deviation(&steps);
        if noise.is_nan() || noise <= 0.0 {
            return Err(SynthRefusal::Constant);
        }
        let cells = ((units - self.untreated) * (periods - self.before)) as f64;
        let eta = if estimator == Estimator::Synth { 1e-6 } else { cells.powf(0.25) };
        Ok(Settings { estimator, noise, zeta_omega: eta * noise, zeta_lambda: 1e-6 * noise })
    }

    /// The estimate with the penalties of `settings`, from starting weights where given.
    fn fit_from(&self, settings: &Settings, omega: Option<Vec<f64>>, lambda: Option<Vec<f64>>) -> SdidFit {
        let (n0, t0) = (self.untreated, self.before);
        let uniform = |n: usize| vec![1.0 / n as f64; n];
        let mut converged = true;
        let mut gap = 0.0f64;
        let mut solved = |problem: &Descent, start: Vec<f64>| {
            let (weights, settled) = two_rounds(problem, start, (1e-5 * settings.noise).powi(2));
            converged &= settled;
            gap = gap.max(problem.gap(&weights) / settings.noise.powi(2));
            weights
        };
        let (omega, lambda) = match settings.estimator {
            Estimator::Did => (uniform(n0), uniform(t0)),
            kind => {
                let collapsed = self.collapsed();
                let lambda = if kind == Estimator::Synth {
                    vec![0.0; t0]
                } else {
                    let rows: Vec<usize> = (0..n0).collect();
                    let problem = Descent::of(&rows_of(&collapsed, &rows), settings.zeta_lambda, true);
                    solved(&problem, lambda.unwrap_or_else(|| uniform(t0)))
                };
                let columns: Vec<usize> = (0..t0).collect();
                let across = collapsed.select(&columns).transpose();
                let problem = Descent::of(&across, settings.zeta_omega, kind == Estimator::Sdid);
                (solved(&problem, omega.unwrap_or_else(|| uniform(n0))), lambda)
            }
        };
        let (effect, curve) = self.effect(&omega, &lambda);
        SdidFit {
            effect,
            curve,
            omega,
            lambda,
            noise: settings.noise,
            zeta_omega: settings.zeta_omega,
            zeta_lambda: settings.zeta_lambda,
            converged,
            gap,
        }
    }

    /// The double difference, in all and by period.
    fn effect(&self, omega: &[f64], lambda: &[f64]) -> (f64, Vec<f64>) {
        let (n0, t0) = (self.untreated, self.before);
        let share = 1.0 / (self.outcomes.rows() - n0) as f64;
        let mut course = vec![0.0; self.outcomes.columns()];
        for row in 0..self.outcomes.rows() {
            let weight = omega.get(row).map_or(share, |w| -w);
            course.iter_mut().zip(self.outcomes.row(row)).for_each(|(c, y)| *c += weight * y);
        }
        let level = dot(&course[..t0], lambda);
        let curve: Vec<f64> = course[t0..].iter().map(|c| c - level).collect();
        (curve.iter().sum::<f64>() / curve.len() as f64, curve)
    }

    /// The untreated units and the mean of the treated ones by the periods before and the mean of those after.
    fn collapsed(&self) -> Matrix {
        let (n0, t0) = (self.untreated, self.before);
        let (units, periods) = (self.outcomes.rows(), self.outcomes.columns());
        let after = |row: &[f64]| row[t0..].iter().sum::<f64>() / (periods - t0) as f64;
        let mut out = Matrix::zeros(n0 + 1, t0 + 1);
        for row in 0..units {
            let y = self.outcomes.row(row);
            let (to, share) = if row < n0 { (row, 1.0) } else { (n0, 1.0 / (units - n0) as f64) };
            let to = out.row_mut(to);
            to.iter_mut()
                .zip(y[..t0].iter().copied().chain(std::iter::once(after(y))))
                .for_each(|(to, y)| *to += share * y);
        }
        out
    }

    /// The block of the rows stated, the first `untreated` of which count as untreated.
    fn rows(&self, rows: &[usize], untreated: usize) -> Self {
        Self { outcomes: rows_of(&self.outcomes, rows), untreated, before: self.before }
    }

    /// The standard error of `fit`, the estimate of `estimator` from this block.
    ///
    /// Placebo: as many untreated units as there are treated ones, drawn at random, count as treated, the other
    /// untreated ones stay; the standard deviation (divisor the number of draws) of these estimates. With one
    /// treated unit every draw is one of as many estimates as there are untreated units; `draws` of `None` then
    /// takes each once. Jackknife: weights kept, those of the units left rescaled to sum 1. Bootstrap: units drawn
    /// with replacement until both groups are present.
    ///
    /// # Errors
    /// [`SynthRefusal::FewForPlacebo`], [`SynthRefusal::OneTreated`], [`SynthRefusal::OneDonor`] or
    /// [`SynthRefusal::FewDraws`]; those of [`Block::fit`].
    pub fn standard_error(
        &self,
        estimator: Estimator,
        fit: &SdidFit,
        by: ErrorBy,
        draws: Option<usize>,
        seed: u64,
    ) -> Result<f64, SynthRefusal> {
        let settings = self.settings(estimator)?;
        let (n0, n1) = (self.untreated, self.outcomes.rows() - self.untreated);
        if by != ErrorBy::Jackknife && draws.is_some_and(|d| d < 2) {
            return Err(SynthRefusal::FewDraws);
        }
        match by {
            ErrorBy::Placebo if n0 <= n1 || n0 - n1 < 2 => {
                Err(SynthRefusal::FewForPlacebo { untreated: n0, treated: n1 })
            }
            ErrorBy::Placebo if n1 == 1 => {
                let drawn: Vec<usize> = match draws {
                    None => (0..n0).collect(),
                    Some(draws) => (0..draws as u64).map(|d| Random::new(seed, d).below(n0)).collect(),
                };
                // Each unit once, however often it is drawn.
                let mut needed = drawn.clone();
                needed.sort_unstable();
                needed.dedup();
                let each: BTreeMap<usize, f64> =
                    needed.into_par_iter().map(|unit| (unit, self.placebo_of(&settings, fit, unit))).collect();
                Ok(population_deviation(&drawn.iter().filter_map(|unit| each.get(unit).copied()).collect::<Vec<_>>()))
            }
            ErrorBy::Placebo => {
                let draws = draws.unwrap_or(200) as u64;
                let drawn: Vec<f64> = (0..draws)
                    .into_par_iter()
                    .map(|draw| {
                        let mut order: Vec<usize> = (0..n0).collect();
                        Random::new(seed, draw).shuffle(&mut order);
                        self.repeat(&settings, fit, &order, n0 - n1)
                    })
                    .collect();
                Ok(population_deviation(&drawn))
            }
            ErrorBy::Bootstrap => {
                if n1 == 1 {
                    return Err(SynthRefusal::OneTreated);
                }
                let draws = draws.unwrap_or(200) as u64;
                let drawn: Vec<f64> =
                    (0..draws).into_par_iter().map(|draw| self.bootstrap(&settings, fit, seed, draw)).collect();
                Ok(population_deviation(&drawn))
            }
            ErrorBy::Jackknife => self.jackknife(fit),
        }
    }

    fn placebo_of(&self, settings: &Settings, fit: &SdidFit, unit: usize) -> f64 {
        let order: Vec<usize> = (0..self.untreated).filter(|u| *u != unit).chain(std::iter::once(unit)).collect();
        self.repeat(settings, fit, &order, self.untreated - 1)
    }

    fn repeat(&self, settings: &Settings, fit: &SdidFit, rows: &[usize], untreated: usize) -> f64 {
        let start: Vec<f64> = rows[..untreated].iter().map(|row| fit.omega[*row]).collect();
        let lambda = Some(fit.lambda.clone());
        self.rows(rows, untreated).fit_from(settings, Some(shares(start)), lambda).effect
    }

    fn bootstrap(&self, settings: &Settings, fit: &SdidFit, seed: u64, draw: u64) -> f64 {
        let units = self.outcomes.rows();
        let mut random = Random::new(seed, draw);
        loop {
            let mut rows: Vec<usize> = (0..units).map(|_| random.below(units)).collect();
            rows.sort_unstable();
            let untreated = rows.partition_point(|row| *row < self.untreated);
            if untreated > 0 && untreated < units {
                return self.repeat(settings, fit, &rows, untreated);
            }
        }
    }

    fn jackknife(&self, fit: &SdidFit) -> Result<f64, SynthRefusal> {
        let (n, n0) = (self.outcomes.rows(), self.untreated);
        if n - n0 < 2 {
            return Err(SynthRefusal::OneTreated);
        }
        if fit.omega.iter().filter(|w| **w != 0.0).count() < 2 {
            return Err(SynthRefusal::OneDonor);
        }
        let without: Vec<f64> = (0..n)
            .map(|unit| {
                let rows: Vec<usize> = (0..n).filter(|row| *row != unit).collect();
                let untreated = n0 - usize::from(unit < n0);
                let omega = shares(rows[..untreated].iter().map(|row| fit.omega[*row]).collect());
                self.rows(&rows, untreated).effect(&omega, &fit.lambda).0
            })
            .collect();
        Ok((n as f64 - 1.0) / (n as f64).sqrt() * deviation(&without))
    }
}

fn rows_of(matrix: &Matrix, rows: &[usize]) -> Matrix {
    let values = rows.iter().flat_map(|row| matrix.row(*row).iter().copied()).collect();
    Matrix::from_rows(rows.len(), matrix.columns(), values)
}

/// Rescaled to sum 1; equal weights where all are zero.
fn shares(weights: Vec<f64>) -> Vec<f64> {
    let (sum, n) = (weights.iter().sum::<f64>(), weights.len() as f64);
    weights.into_iter().map(|w| if sum == 0.0 { 1.0 / n } else { w / sum }).collect()
}

/// Standard deviation with divisor n - 1.
fn deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    population_deviation(values) * (n / (n - 1.0)).sqrt()
}

/// Standard deviation with divisor n.
fn population_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}

/// Both rounds from `start`, and whether the second ended by its stopping rule.
fn two_rounds(problem: &Descent, start: Vec<f64>, minimum: f64) -> (Vec<f64>, bool) {
    let (rough, _) = problem.descend(start, minimum, FIRST_ROUND);
    let largest = rough.iter().copied().fold(0.0, f64::max);
    let sparse = shares(rough.into_iter().map(|w| if w <= largest / 4.0 { 0.0 } else { w }).collect());
    problem.descend(sparse, minimum, SECOND_ROUND)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    /// Units with levels, a common course and some noise; the last `treated` have `effect` from period 6 on.
    fn block(treated: usize, effect: f64) -> Block {
        let mut random = Random::new(5, 0);
        let (units, periods) = (9, 9);
        let course: Vec<f64> = (0..periods).map(|t| (t as f64 * 0.7).sin() * 3.0).collect();
        let mut outcomes = Matrix::zeros(units, periods);
        for unit in 0..units {
            for (t, course) in course.iter().enumerate() {
                let own = if unit >= units - treated && t >= 6 { effect } else { 0.0 };
                outcomes.set(unit, t, unit as f64 + course + 0.3 * random.normal() + own);
            }
        }
        Block { outcomes, untreated: units - treated, before: 6 }
    }

    #[test]
    fn equal_weights_are_the_difference_of_differences_of_means() {
        let block = block(2, 4.0);
        let fit = block.fit(Estimator::Did).unwrap();
        let mean = |units: std::ops::Range<usize>, times: std::ops::Range<usize>| {
            let n = (units.len() * times.len()) as f64;
            units.flat_map(|u| times.clone().map(move |t| (u, t))).map(|(u, t)| block.outcomes.get(u, t)).sum::<f64>()
                / n
        };
        close(fit.effect, mean(7..9, 6..9) - mean(7..9, 0..6) - mean(0..7, 6..9) + mean(0..7, 0..6), 1e-12);
        close(fit.curve.iter().sum::<f64>() / 3.0, fit.effect, 1e-12);
    }

    #[test]
    fn levels_and_common_courses_do_not_matter() {
        let block = block(2, 4.0);
        let mut moved = block.clone();
        for unit in 0..9 {
            for t in 0..9 {
                let add = 10.0 * ((unit * 5) % 4) as f64 + ((t * t) % 5) as f64;
                moved.outcomes.set(unit, t, block.outcomes.get(unit, t) + add);
            }
        }
        // Up to the stopping rule; the noise of first differences changes a little with the common course.
        let (a, b) = (block.fit(Estimator::Sdid).unwrap(), moved.fit(Estimator::Sdid).unwrap());
        assert!((a.effect - b.effect).abs() < 0.05, "{} {}", a.effect, b.effect);
        assert!((a.effect - 4.0).abs() < 0.6);
        for fit in [a, b] {
            close(fit.omega.iter().sum(), 1.0, 1e-12);
            close(fit.lambda.iter().sum(), 1.0, 1e-12);
            assert!(fit.omega.iter().chain(&fit.lambda).all(|w| *w >= 0.0));
        }
    }

    #[test]
    fn the_almost_unpenalised_weights_are_near_those_of_the_exact_solver() {
        let block = block(1, 4.0);
        let fit = block.fit(Estimator::Synth).unwrap();
        let mut a = Matrix::zeros(6, 8);
        let mut b = vec![0.0; 6];
        for (t, b) in b.iter_mut().enumerate() {
            (0..8).for_each(|unit| a.set(t, unit, block.outcomes.get(unit, t)));
            *b = block.outcomes.get(8, t);
        }
        let exact = crate::stats::simplex::simplex_least_squares(&a, &b, 0.0).unwrap();
        let error: Vec<f64> = a.apply(&fit.omega).iter().zip(&b).map(|(x, y)| x - y).collect();
        let excess = (dot(&error, &error) - exact.objective) / 6.0;
        assert!(excess >= -1e-12 && excess <= fit.gap * fit.noise.powi(2) + 1e-12, "{excess} {}", fit.gap);
    }

    #[test]
    fn errors_of_every_kind() {
        let block = block(2, 4.0);
        let fit = block.fit(Estimator::Did).unwrap();
        let error = |by, draws| block.standard_error(Estimator::Did, &fit, by, draws, 1);
        // With equal weights the jackknife is that of two independent means of changes: for each unit the change
        // of its mean, and the variance (n-1)/n times the squared deviations of the leave-one-out estimates.
        let change: Vec<f64> = (0..9)
            .map(|u| {
                let y = block.outcomes.row(u);
                y[6..].iter().sum::<f64>() / 3.0 - y[..6].iter().sum::<f64>() / 6.0
            })
            .collect();
        let mean = |without: usize, units: std::ops::Range<usize>| {
            let kept: Vec<f64> = units.filter(|u| *u != without).map(|u| change[u]).collect();
            kept.iter().sum::<f64>() / kept.len() as f64
        };
        let left: Vec<f64> = (0..9).map(|u| mean(u, 7..9) - mean(u, 0..7)).collect();
        let middle = left.iter().sum::<f64>() / 9.0;
        let wanted = (8.0 / 9.0 * left.iter().map(|l| (l - middle).powi(2)).sum::<f64>()).sqrt();
        close(error(ErrorBy::Jackknife, None).unwrap(), wanted, 1e-10);
        let placebo = error(ErrorBy::Placebo, Some(400)).unwrap();
        assert_eq!(placebo, error(ErrorBy::Placebo, Some(400)).unwrap());
        assert!(placebo > 0.05 && placebo < 0.6 && error(ErrorBy::Bootstrap, Some(100)).unwrap() > 0.01);
        assert_eq!(error(ErrorBy::Placebo, Some(1)), Err(SynthRefusal::FewDraws));
    }

    #[test]
    fn one_treated_unit_has_as_many_placebos_as_there_are_others() {
        let block = block(1, 4.0);
        let fit = block.fit(Estimator::Did).unwrap();
        let exact = block.standard_error(Estimator::Did, &fit, ErrorBy::Placebo, None, 1).unwrap();
        let drawn = block.standard_error(Estimator::Did, &fit, ErrorBy::Placebo, Some(20_000), 1).unwrap();
        close(drawn, exact, 0.03);
        let none = block.standard_error(Estimator::Did, &fit, ErrorBy::Jackknife, None, 1);
        assert_eq!(none, Err(SynthRefusal::OneTreated));
    }
}
