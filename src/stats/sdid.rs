//! Synthetic difference-in-differences, with the conventions of its authors' R package synthdid 0.0.9.

use rayon::prelude::*;

use super::linalg::{Matrix, dot};
use super::random::Random;
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
        if (0..units).any(|row| self.outcomes.row(row).iter().any(|v| !v.is_finite())) {
            return Err(SynthRefusal::NonFinite);
        }
        let steps: Vec<f64> = (0..self.untreated)
            .flat_map(|row| self.outcomes.row(row)[..self.before].windows(2).map(|w| w[1] - w[0]))
            .collect();
        let noise = deviation(&steps);
        if !(noise > 0.0) {
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
        let mut solved = |problem: &Problem, start: Vec<f64>| {
            let (weights, settled) = problem.two_rounds(start, (1e-5 * settings.noise).powi(2));
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
                    let problem = Problem::of(&rows_of(&collapsed, &rows), settings.zeta_lambda, true);
                    solved(&problem, lambda.unwrap_or_else(|| uniform(t0)))
                };
                let columns: Vec<usize> = (0..t0).collect();
                let across = collapsed.select(&columns).transpose();
                let problem = Problem::of(&across, settings.zeta_omega, kind == Estimator::Sdid);
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
                let each: Vec<f64> =
                    (0..n0).into_par_iter().map(|unit| self.placebo_of(&settings, fit, unit)).collect();
                let drawn = match draws {
                    None => each,
                    Some(draws) => (0..draws as u64).map(|d| each[Random::new(seed, d).below(n0)]).collect(),
                };
                Ok(population_deviation(&drawn))
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

/// min ||A w - b||²/rows + zeta² ||w||² over the simplex, by Frank-Wolfe steps with exact line search.
struct Problem {
    /// The columns of A.
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
    zeta: f64,
}

impl Problem {
    /// The last column of `table` is b, the others are A; `intercept` takes the mean off every column.
    fn of(table: &Matrix, zeta: f64, intercept: bool) -> Self {
        let column = |at: usize| {
            let mut values = table.column(at);
            if intercept {
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                values.iter_mut().for_each(|v| *v -= mean);
            }
            values
        };
        let last = table.columns() - 1;
        Self { columns: (0..last).map(column).collect(), target: column(last), zeta }
    }

    /// Both rounds from `start`, and whether the second ended by its stopping rule.
    fn two_rounds(&self, start: Vec<f64>, minimum: f64) -> (Vec<f64>, bool) {
        let (rough, _) = self.descend(start, minimum, FIRST_ROUND);
        let largest = rough.iter().copied().fold(0.0, f64::max);
        let sparse = shares(rough.into_iter().map(|w| if w <= largest / 4.0 { 0.0 } else { w }).collect());
        self.descend(sparse, minimum, SECOND_ROUND)
    }

    /// A w - b.
    fn error(&self, w: &[f64]) -> Vec<f64> {
        let mut error: Vec<f64> = self.target.iter().map(|b| -b).collect();
        for (weight, column) in w.iter().zip(&self.columns) {
            error.iter_mut().zip(column).for_each(|(e, a)| *e += weight * a);
        }
        error
    }

    fn slopes(&self, w: &[f64], error: &[f64], eta: f64) -> Vec<f64> {
        self.columns.iter().zip(w).map(|(a, w)| dot(error, a) + eta * w).collect()
    }

    /// Upper bound of what is left to gain.
    fn gap(&self, w: &[f64]) -> f64 {
        let rows = self.target.len() as f64;
        let slopes = self.slopes(w, &self.error(w), rows * self.zeta * self.zeta);
        let lowest = slopes.iter().copied().fold(f64::INFINITY, f64::min);
        (2.0 * (dot(&slopes, w) - lowest) / rows).max(0.0)
    }

    fn descend(&self, mut w: Vec<f64>, minimum: f64, limit: usize) -> (Vec<f64>, bool) {
        let rows = self.target.len() as f64;
        let eta = rows * self.zeta * self.zeta;
        let mut error = self.error(&w);
        let mut last = f64::INFINITY;
        for step in 0..limit {
            self.step(&mut w, &mut error, eta);
            let value = self.zeta * self.zeta * dot(&w, &w) + dot(&error, &error) / rows;
            // From the second step on, as there is nothing to compare the first with.
            if step > 0 && last - value <= minimum {
                return (w, true);
            }
            last = value;
        }
        (w, false)
    }

    /// Moves towards the column with the lowest slope as far as is best.
    fn step(&self, w: &mut [f64], error: &mut [f64], eta: f64) {
        let slopes = self.slopes(w, error, eta);
        let mut best = 0;
        for (j, slope) in slopes.iter().enumerate() {
            if *slope < slopes[best] {
                best = j;
            }
        }
        let toward = |j: usize, w: f64| if j == best { 1.0 - w } else { -w };
        let (mut along, mut length) = (0.0, 0.0);
        for (j, weight) in w.iter().enumerate() {
            let d = toward(j, *weight);
            along += slopes[j] * d;
            length += d * d;
        }
        if length == 0.0 {
            return;
        }
        // A d = a_best - A w, and A w = error + b.
        let change: Vec<f64> =
            self.columns[best].iter().zip(error.iter().zip(&self.target)).map(|(a, (e, b))| a - (e + b)).collect();
        let curvature = dot(&change, &change) + eta * length;
        // Columns that are alike: moving changes nothing.
        let step = if curvature > 0.0 { (-along / curvature).clamp(0.0, 1.0) } else { 0.0 };
        w.iter_mut().enumerate().for_each(|(j, w)| *w += step * toward(j, *w));
        error.iter_mut().zip(&change).for_each(|(e, c)| *e += step * c);
    }
}
