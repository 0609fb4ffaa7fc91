//! Two groups, two periods (Sant'Anna and Zhao 2020).
//!
//! Rows come with the treated first; x has a column of ones, then the covariates. All functions give the effect
//! and the influence φ of each row, the sum of which is the error of the effect to first order: estimation of the
//! propensity and of the regressions is in it.

use super::influence::dot;
use super::propensity::{Propensity, TRIM, fitted, gram, inverse, propensity};
use super::{Method, Missing};
use crate::stats::linalg::Matrix;

/// Largest propensity in a weight p / (1 - p).
const CAP: f64 = 1.0 - 1e-6;

/// What is to be said about a comparison.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Caveats {
    /// Controls without weight because their propensity is too high.
    pub(super) trimmed: usize,
    /// Whether some controls have practically no weight because no treated unit is like them.
    pub(super) separated: bool,
}

/// What comparisons of the same units in the same two roles share, whatever the period: all but the outcome.
pub(super) struct Arms {
    method: Method,
    x: Vec<Vec<f64>>,
    treated: usize,
    weights: Option<Vec<f64>>,
    /// Σw over the treated.
    mass: f64,
    score: Option<Score>,
    /// (Σ w x x')⁻¹ over controls.
    regression: Option<Matrix>,
    /// w x'(Σ w x x')⁻¹ m of controls, by which their residuals enter φ.
    leverage: Vec<f64>,
}

/// The propensity with what follows from it.
struct Score {
    p: Vec<f64>,
    covariance: Matrix,
    /// Weights w p / (1 - p) of the controls.
    odds: Vec<f64>,
    mass: f64,
    caveats: Caveats,
}

impl Score {
    fn of(fit: Propensity, treated: usize, weights: Option<&[f64]>) -> Result<Self, Missing> {
        let Propensity { mut p, covariance, separated } = fit;
        p.iter_mut().for_each(|p| *p = p.min(CAP));
        let mut trimmed = 0;
        let odds: Vec<f64> = p
            .iter()
            .enumerate()
            .skip(treated)
            .map(|(row, p)| {
                if *p >= TRIM {
                    trimmed += 1;
                    return 0.0;
                }
                weights.map_or(1.0, |w| w[row]) * p / (1.0 - p)
            })
            .collect();
        let mass: f64 = odds.iter().sum();
        if mass > 0.0 {
            Ok(Self { p, covariance, odds, mass, caveats: Caveats { trimmed, separated } })
        } else {
            Err(Missing::ZeroWeight)
        }
    }
}

impl Arms {
    /// Prepares a comparison of the first `treated` rows with the others.
    pub(super) fn new(
        method: Method,
        x: Vec<Vec<f64>>,
        treated: usize,
        weights: Option<Vec<f64>>,
    ) -> Result<Self, Missing> {
        let rows = x.first().map_or(0, Vec::len);
        if rows == treated {
            return Err(Missing::NoControls);
        }
        let w = weights.as_deref();
        let mass = w.map_or(treated as f64, |w| w[..treated].iter().sum());
        let controls = w.map_or((rows - treated) as f64, |w| w[treated..].iter().sum());
        if !(mass > 0.0 && controls > 0.0) {
            return Err(Missing::ZeroWeight);
        }
        let score = match method {
            Method::Reg => None,
            _ => Some(Score::of(propensity(&x, treated, w)?, treated, w)?),
        };
        let (mut regression, mut leverage) = (None, Vec::new());
        if method != Method::Ipw {
            let below: Vec<Vec<f64>> = x.iter().map(|column| column[treated..].to_vec()).collect();
            let of_controls = w.map_or_else(|| vec![1.0; rows - treated], |w| w[treated..].to_vec());
            let matrix = inverse(&gram(&below, &of_controls))?;
            let mut mean: Vec<f64> =
                x.iter().map(|c| weighted(&c[..treated], w.map(|w| &w[..treated])) / mass).collect();
            if let Some(score) = &score {
                mean.iter_mut().zip(&below).for_each(|(mean, c)| *mean -= dot(c, &score.odds) / score.mass);
            }
            leverage = vec![0.0; rows - treated];
            fitted(&below, &matrix.apply(&mean), &mut leverage);
            leverage.iter_mut().zip(&of_controls).for_each(|(l, w)| *l *= w);
            regression = Some(matrix);
        }
        Ok(Self { method, x, treated, weights, mass, score, regression, leverage })
    }

    /// What is to be said.
    pub(super) fn caveats(&self) -> Caveats {
        self.score.as_ref().map(|score| score.caveats).unwrap_or_default()
    }

    /// The effect on the treated where `change` is the change of the outcome of each row, and the influences.
    pub(super) fn effect(&self, mut change: Vec<f64>) -> (f64, Vec<f64>) {
        let t = self.treated;
        let rows = change.len();
        let w = self.weights.as_deref();
        if let Some(matrix) = &self.regression {
            let scaled: Vec<f64> = match w {
                Some(w) => change[t..].iter().zip(&w[t..]).map(|(y, w)| y * w).collect(),
                None => change[t..].to_vec(),
            };
            let moments: Vec<f64> = self.x.iter().map(|c| dot(&c[t..], &scaled)).collect();
            for (column, beta) in self.x.iter().zip(matrix.apply(&moments)) {
                change.iter_mut().zip(column).for_each(|(y, x)| *y -= beta * x);
            }
        }
        let residual = change;
        let of_treated = weighted(&residual[..t], w.map(|w| &w[..t])) / self.mass;
        let weight = |row: usize| w.map_or(1.0, |w| w[row]);
        let mut phi = vec![0.0; rows];
        for (row, phi) in phi.iter_mut().enumerate().take(t) {
            *phi = weight(row) * (residual[row] - of_treated) / self.mass;
        }
        let Some(score) = &self.score else {
            for ((phi, e), leverage) in phi[t..].iter_mut().zip(&residual[t..]).zip(&self.leverage) {
                *phi = -leverage * e;
            }
            return (of_treated, phi);
        };
        let of_controls = dot(&residual[t..], &score.odds) / score.mass;
        let spread: Vec<f64> = residual[t..].iter().zip(&score.odds).map(|(e, r)| r * (e - of_controls)).collect();
        let slope: Vec<f64> = self.x.iter().map(|c| dot(&c[t..], &spread) / score.mass).collect();
        let mut tilt = vec![0.0; rows];
        fitted(&self.x, &score.covariance.apply(&slope), &mut tilt);
        for row in 0..t {
            phi[row] -= weight(row) * (1.0 - score.p[row]) * tilt[row];
        }
        for (at, (phi, spread)) in phi[t..].iter_mut().zip(&spread).enumerate() {
            *phi = weight(t + at) * score.p[t + at] * tilt[t + at] - spread / score.mass;
        }
        if self.method == Method::Dr {
            for ((phi, e), leverage) in phi[t..].iter_mut().zip(&residual[t..]).zip(&self.leverage) {
                *phi -= leverage * e;
            }
        }
        (of_treated - of_controls, phi)
    }
}

/// Rows of two cross-sections in four runs: treated after, treated before, controls after, controls before.
pub(super) struct Sections {
    /// Rows of each run.
    pub(super) runs: [usize; 4],
    /// Columns, the first of ones.
    pub(super) x: Vec<Vec<f64>>,
    /// Outcomes.
    pub(super) y: Vec<f64>,
    /// Weights.
    pub(super) weights: Option<Vec<f64>>,
}

/// A regression within one run.
struct Line {
    beta: Vec<f64>,
    inverse: Matrix,
}

impl Sections {
    fn range(&self, run: usize) -> std::ops::Range<usize> {
        let start: usize = self.runs[..run].iter().sum();
        start..start + self.runs[run]
    }

    fn line(&self, run: usize, w: &[f64]) -> Result<Line, Missing> {
        let range = self.range(run);
        if range.len() < self.x.len() {
            return Err(Missing::Collinear);
        }
        let x: Vec<Vec<f64>> = self.x.iter().map(|c| c[range.clone()].to_vec()).collect();
        let w = &w[range.clone()];
        let inverse = inverse(&gram(&x, w))?;
        let scaled: Vec<f64> = self.y[range].iter().zip(w).map(|(y, w)| y * w).collect();
        let moments: Vec<f64> = x.iter().map(|c| dot(c, &scaled)).collect();
        Ok(Line { beta: inverse.apply(&moments), inverse })
    }

    /// Means of the columns under `w` over some runs, with the sum of `w`.
    fn means(&self, runs: &[usize], w: &[f64]) -> (Vec<f64>, f64) {
        let mass: f64 = runs.iter().map(|run| w[self.range(*run)].iter().sum::<f64>()).sum();
        let mean =
            |c: &Vec<f64>| runs.iter().map(|run| dot(&c[self.range(*run)], &w[self.range(*run)])).sum::<f64>() / mass;
        (self.x.iter().map(mean).collect(), mass)
    }

    /// The effect on the treated, the influences and what is to be said.
    ///
    /// # Errors
    /// [`Missing`].
    pub(super) fn effect(&self, method: Method) -> Result<(f64, Vec<f64>, Caveats), Missing> {
        if self.runs[0] == 0 || self.runs[1] == 0 {
            return Err(Missing::NoTreated);
        }
        if self.runs[2] == 0 || self.runs[3] == 0 {
            return Err(Missing::NoControls);
        }
        let ones;
        let w: &[f64] = if let Some(w) = &self.weights {
            w
        } else {
            ones = vec![1.0; self.y.len()];
            &ones
        };
        if (0..4).any(|run| w[self.range(run)].iter().sum::<f64>() <= 0.0) {
            return Err(Missing::ZeroWeight);
        }
        match method {
            Method::Reg => self.regression(w).map(|(value, phi)| (value, phi, Caveats::default())),
            Method::Ipw => self.weighted(w),
            Method::Dr => self.doubly_robust(w),
        }
    }

    fn regression(&self, w: &[f64]) -> Result<(f64, Vec<f64>), Missing> {
        let (after, before) = (self.line(2, w)?, self.line(3, w)?);
        let (mean, mass) = self.means(&[0, 1], w);
        let trend: Vec<f64> = after.beta.iter().zip(&before.beta).map(|(a, b)| a - b).collect();
        let expected = dot(&mean, &trend);
        let mut phi = vec![0.0; self.y.len()];
        let mut value = -expected;
        for (run, sign) in [(0, 1.0), (1, -1.0)] {
            let range = self.range(run);
            let run_mass: f64 = w[range.clone()].iter().sum();
            let level = dot(&self.y[range.clone()], &w[range.clone()]) / run_mass;
            value += sign * level;
            for row in range {
                let counterfactual: f64 = self.x.iter().zip(&trend).map(|(c, b)| c[row] * b).sum();
                phi[row] = w[row] * (sign * (self.y[row] - level) / run_mass - (counterfactual - expected) / mass);
            }
        }
        for (run, sign, line) in [(2, -1.0, &after), (3, 1.0, &before)] {
            self.residual_influence(run, line, &line.inverse.apply(&mean), sign, w, &mut phi);
        }
        Ok((value, phi))
    }

    /// Adds `sign` w e x'd to φ, with residuals e of `line`.
    fn residual_influence(&self, run: usize, line: &Line, d: &[f64], sign: f64, w: &[f64], phi: &mut [f64]) {
        for row in self.range(run) {
            let (mut residual, mut along) = (self.y[row], 0.0);
            for ((column, beta), d) in self.x.iter().zip(&line.beta).zip(d) {
                residual -= beta * column[row];
                along += d * column[row];
            }
            phi[row] += sign * w[row] * residual * along;
        }
    }

    fn score(&self, w: &[f64]) -> Result<Score, Missing> {
        let treated = self.runs[0] + self.runs[1];
        Score::of(propensity(&self.x, treated, self.weights.as_deref())?, treated, Some(w))
    }

    /// Weights of all rows: w of the treated, w p / (1 - p) of controls.
    fn balancing(&self, score: &Score, w: &[f64]) -> Vec<f64> {
        let treated = self.runs[0] + self.runs[1];
        w[..treated].iter().chain(&score.odds).copied().collect()
    }

    /// The difference in differences of weighted means of `e`, its influence and that of the propensity.
    fn contrast(&self, e: &[f64], score: &Score, w: &[f64]) -> Result<(f64, Vec<f64>), Missing> {
        let balance = self.balancing(score, w);
        let mut phi = vec![0.0; e.len()];
        let mut slope = vec![0.0; self.x.len()];
        let mut value = 0.0;
        for (run, sign) in [(0, 1.0), (1, -1.0), (2, -1.0), (3, 1.0)] {
            let range = self.range(run);
            let mass: f64 = balance[range.clone()].iter().sum();
            if mass <= 0.0 {
                return Err(Missing::ZeroWeight);
            }
            let mean = dot(&e[range.clone()], &balance[range.clone()]) / mass;
            value += sign * mean;
            for row in range.clone() {
                phi[row] = sign * balance[row] * (e[row] - mean) / mass;
            }
            if run >= 2 {
                // Only the weights of controls move with the propensity.
                slope.iter_mut().zip(&self.x).for_each(|(s, c)| *s -= dot(&phi[range.clone()], &c[range.clone()]));
            }
        }
        let mut tilt = vec![0.0; e.len()];
        fitted(&self.x, &score.covariance.apply(&slope), &mut tilt);
        let treated = self.runs[0] + self.runs[1];
        for (row, phi) in phi.iter_mut().enumerate() {
            let d = f64::from(u8::from(row < treated));
            *phi -= w[row] * (d - score.p[row]) * tilt[row];
        }
        Ok((value, phi))
    }

    fn weighted(&self, w: &[f64]) -> Result<(f64, Vec<f64>, Caveats), Missing> {
        let score = self.score(w)?;
        let (value, phi) = self.contrast(&self.y, &score, w)?;
        Ok((value, phi, score.caveats))
    }

    fn doubly_robust(&self, w: &[f64]) -> Result<(f64, Vec<f64>, Caveats), Missing> {
        let score = self.score(w)?;
        let lines = [self.line(0, w)?, self.line(1, w)?, self.line(2, w)?, self.line(3, w)?];
        let mut residual = self.y.clone();
        for (run, line) in [(0, &lines[2]), (1, &lines[3]), (2, &lines[2]), (3, &lines[3])] {
            for row in self.range(run) {
                residual[row] -= self.x.iter().zip(&line.beta).map(|(c, b)| c[row] * b).sum::<f64>();
            }
        }
        let (mut value, mut phi) = self.contrast(&residual, &score, w)?;
        let balance = self.balancing(&score, w);
        let (all, all_mass) = self.means(&[0, 1], w);
        for (run, sign) in [(0, 1.0), (1, -1.0)] {
            // Local efficiency: the effect on all treated in place of those of one period.
            let gap: Vec<f64> = lines[run].beta.iter().zip(&lines[run + 2].beta).map(|(t, c)| t - c).collect();
            let (of_run, run_mass) = self.means(&[run], w);
            let (for_all, for_run) = (dot(&all, &gap), dot(&of_run, &gap));
            value += sign * (for_all - for_run);
            for row in self.range(0).chain(self.range(1)) {
                let g: f64 = self.x.iter().zip(&gap).map(|(c, b)| c[row] * b).sum();
                phi[row] += sign * w[row] * (g - for_all) / all_mass;
                if self.range(run).contains(&row) {
                    phi[row] -= sign * w[row] * (g - for_run) / run_mass;
                }
            }
            let moved: Vec<f64> = all.iter().zip(&of_run).map(|(a, r)| a - r).collect();
            self.residual_influence(run, &lines[run], &lines[run].inverse.apply(&moved), sign, w, &mut phi);
            let (of_controls, _) = self.means(&[run + 2], &balance);
            let moved: Vec<f64> = all.iter().zip(&of_controls).map(|(a, c)| a - c).collect();
            let line = &lines[run + 2];
            self.residual_influence(run + 2, line, &line.inverse.apply(&moved), -sign, w, &mut phi);
        }
        Ok((value, phi, score.caveats))
    }
}

/// Σwv.
fn weighted(values: &[f64], weights: Option<&[f64]>) -> f64 {
    weights.map_or_else(|| values.iter().sum(), |w| dot(values, w))
}
