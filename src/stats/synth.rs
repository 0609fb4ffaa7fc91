//! Synthetic control: the untreated course of one unit from a weighted mean of others.

use rayon::prelude::*;

use super::linalg::Matrix;
use super::series::LARGEST;
use super::simplex::simplex_least_squares;

/// Why the synthetic methods give no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SynthRefusal {
    /// Fewer than two untreated units.
    #[error("{found} untreated units, at least 2 are needed")]
    FewDonors {
        /// Untreated units found.
        found: usize,
    },
    /// Fewer than two periods before the start.
    #[error("{found} periods before the start, at least 2 are needed")]
    FewPeriods {
        /// Periods found.
        found: usize,
    },
    /// The start lies behind the last period.
    #[error("there is no period from the start on")]
    NoPeriodAfter,
    /// No unit is treated.
    #[error("there is no treated unit")]
    NoTreated,
    /// A value is infinite, not a number, or so large that its square is.
    #[error("a value is not a finite number of usable size")]
    NonFinite,
    /// The untreated units do not vary before the start: there is no noise to measure by.
    #[error("the untreated units do not change before the start")]
    Constant,
    /// A predictor has the same value in every unit.
    #[error("predictor {at} has the same value in every unit")]
    ConstantPredictor {
        /// Number of the predictor, from 0.
        at: usize,
    },
    /// A covariate is explained by levels of units and periods and the covariates before it.
    #[error("covariate {at} is explained by units, periods and the covariates before it")]
    CollinearCovariate {
        /// Number of the covariate, from 0.
        at: usize,
    },
    /// A weight of a predictor is negative or not finite, all are zero, or there is not one per predictor.
    #[error("the predictor weights must be one per predictor, not negative and not all zero")]
    PredictorWeights,
    /// The solver's check of its own result failed.
    #[error("the weights found do not meet the conditions of the optimum")]
    NotOptimal,
    /// A placebo error needs more untreated than treated units.
    #[error("{untreated} untreated for {treated} treated units: placebo errors need more untreated than treated")]
    FewForPlacebo {
        /// Untreated units.
        untreated: usize,
        /// Treated units.
        treated: usize,
    },
    /// Leaving out or redrawing units needs two treated units.
    #[error("leaving out or redrawing units needs at least two treated units")]
    OneTreated,
    /// Only one untreated unit has weight, so that leaving it out leaves nothing.
    #[error("one untreated unit has all the weight, so it cannot be left out")]
    OneDonor,
    /// Fewer than two repetitions.
    #[error("at least two draws are needed")]
    FewDraws,
}

/// What the weights are to bring together.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictors {
    /// One row per unit, one column per predictor.
    pub values: Matrix,
    /// Weight of each predictor (the diagonal of V), on the scale in use.
    pub weights: Vec<f64>,
    /// Whether each predictor is divided by its standard deviation (divisor n - 1) over the unit under study
    /// and its donors.
    pub scaled: bool,
}

/// One treated unit and its donors.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthPanel {
    /// Outcomes, one row per unit, one column per period in order of time.
    pub outcomes: Matrix,
    /// Row of the treated unit; all others are donors.
    pub treated: usize,
    /// Number of periods before the start.
    pub before: usize,
    /// Predictors; the outcome of every period before the start would be a predictor per period.
    pub predictors: Predictors,
}

/// A synthetic control.
#[derive(Debug, Clone, PartialEq)]
pub struct SynthFit {
    /// Weight of every row of the panel; 0 for the unit itself and for those left out.
    pub weights: Vec<f64>,
    /// Weighted mean of the donors by period.
    pub synthetic: Vec<f64>,
    /// Outcome less synthetic outcome by period.
    pub gaps: Vec<f64>,
    /// Mean gap of the periods from the start on.
    pub effect: f64,
    /// Root mean squared gap before the start.
    pub before: f64,
    /// Root mean squared gap from the start on.
    pub after: f64,
    /// Weighted squared distance of the predictors.
    pub loss: f64,
    /// Relative duality gap of the weights: how far from the optimum they can be at most.
    pub duality_gap: f64,
    /// Whether no other weights bring the predictors as near.
    pub unique: bool,
}

impl SynthFit {
    /// Root mean squared gap from the start on as a multiple of that before; `None` where the fit before is
    /// exact up to rounding.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let size = self.synthetic.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        (self.before > 1e-9 * size.max(self.after)).then(|| self.after / self.before)
    }
}

impl SynthPanel {
    /// Checks the shape and the numbers.
    ///
    /// # Errors
    /// [`SynthRefusal`] for too few donors or periods, values that are not finite, or weights of predictors that
    /// are none.
    pub fn check(&self) -> Result<(), SynthRefusal> {
        let (units, periods) = (self.outcomes.rows(), self.outcomes.columns());
        if self.treated >= units {
            return Err(SynthRefusal::NoTreated);
        }
        if units < 3 {
            return Err(SynthRefusal::FewDonors { found: units.saturating_sub(1) });
        }
        if self.before < 2 {
            return Err(SynthRefusal::FewPeriods { found: self.before });
        }
        if self.before >= periods {
            return Err(SynthRefusal::NoPeriodAfter);
        }
        let p = &self.predictors;
        let finite = |m: &Matrix| (0..m.rows()).all(|r| m.row(r).iter().all(|v| v.abs() < LARGEST));
        if !finite(&self.outcomes) || !finite(&p.values) {
            return Err(SynthRefusal::NonFinite);
        }
        let weights = &p.weights;
        let usable = weights.iter().all(|w| *w >= 0.0 && w.is_finite()) && weights.iter().any(|w| *w > 0.0);
        if !usable || weights.len() != p.values.columns() || p.values.rows() != units {
            return Err(SynthRefusal::PredictorWeights);
        }
        Ok(())
    }

    /// The synthetic control of the treated unit from all donors.
    ///
    /// The weights w, not negative and with sum 1, minimise Σ v_k (x_k - Σ_j w_j x_jk)² over the predictors k.
    ///
    /// # Errors
    /// Those of [`SynthPanel::check`]; [`SynthRefusal::ConstantPredictor`] where a predictor to be scaled does not
    /// vary; [`SynthRefusal::NotOptimal`].
    ///
    /// Reference: Abadie, Diamond & Hainmueller 2010, Journal of the American Statistical Association 105.
    pub fn fit(&self) -> Result<SynthFit, SynthRefusal> {
        self.check()?;
        let donors = self.donors();
        if self.predictors.scaled {
            let constant = self.spread(self.treated, &donors).iter().position(|s| *s == 0.0);
            if let Some(at) = constant {
                return Err(SynthRefusal::ConstantPredictor { at });
            }
        }
        self.fit_with(self.treated, &donors)
    }

    /// Every donor in turn as if it had been treated, with the other donors (never the treated unit) as its
    /// donors; in the order of rows, the treated unit left out.
    ///
    /// # Errors
    /// As [`SynthPanel::fit`].
    pub fn placebos(&self) -> Result<Vec<(usize, SynthFit)>, SynthRefusal> {
        self.check()?;
        let donors = self.donors();
        if donors.len() < 3 {
            return Err(SynthRefusal::FewDonors { found: donors.len() });
        }
        donors
            .par_iter()
            .map(|unit| {
                let others: Vec<usize> = donors.iter().copied().filter(|d| d != unit).collect();
                Ok((*unit, self.fit_with(*unit, &others)?))
            })
            .collect()
    }

    /// The effect without each donor that has weight in `fit`; in the order of rows.
    ///
    /// # Errors
    /// As [`SynthPanel::fit`].
    pub fn leave_one_out(&self, fit: &SynthFit) -> Result<Vec<(usize, SynthFit)>, SynthRefusal> {
        let donors = self.donors();
        let weighted: Vec<usize> = donors.iter().copied().filter(|d| fit.weights[*d] > 0.0).collect();
        weighted
            .par_iter()
            .map(|without| {
                let others: Vec<usize> = donors.iter().copied().filter(|d| d != without).collect();
                Ok((*without, self.fit_with(self.treated, &others)?))
            })
            .collect()
    }

    fn donors(&self) -> Vec<usize> {
        (0..self.outcomes.rows()).filter(|row| *row != self.treated).collect()
    }

    /// Standard deviation of each predictor over a unit and its donors.
    fn spread(&self, unit: usize, donors: &[usize]) -> Vec<f64> {
        let n = donors.len() as f64 + 1.0;
        let x = &self.predictors.values;
        let of = |k: usize| {
            let values = || donors.iter().chain(std::iter::once(&unit)).map(|row| x.get(*row, k));
            let mean = values().sum::<f64>() / n;
            let size = values().fold(0.0f64, |m, v| m.max(v.abs()));
            let spread = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            // A spread that is only rounding is none.
            if spread > 1e-13 * size { spread } else { 0.0 }
        };
        (0..x.columns()).map(of).collect()
    }

    fn fit_with(&self, unit: usize, donors: &[usize]) -> Result<SynthFit, SynthRefusal> {
        let p = &self.predictors;
        let spread = if p.scaled { self.spread(unit, donors) } else { vec![1.0; p.weights.len()] };
        // A predictor without spread is met by any weights.
        let factors: Vec<f64> =
            p.weights.iter().zip(&spread).map(|(v, s)| if *s > 0.0 { v.sqrt() / s } else { 0.0 }).collect();
        let mut a = Matrix::zeros(factors.len(), donors.len());
        let mut b = vec![0.0; factors.len()];
        for (k, factor) in factors.iter().enumerate() {
            donors.iter().enumerate().for_each(|(at, row)| a.set(k, at, factor * p.values.get(*row, k)));
            b[k] = factor * p.values.get(unit, k);
        }
        let solution = simplex_least_squares(&a, &b, 0.0).ok_or(SynthRefusal::NotOptimal)?;
        let periods = self.outcomes.columns();
        let mut weights = vec![0.0; self.outcomes.rows()];
        let mut synthetic = vec![0.0; periods];
        for (row, weight) in donors.iter().zip(&solution.weights) {
            weights[*row] = *weight;
            synthetic.iter_mut().zip(self.outcomes.row(*row)).for_each(|(s, y)| *s += weight * y);
        }
        let gaps: Vec<f64> = self.outcomes.row(unit).iter().zip(&synthetic).map(|(y, s)| y - s).collect();
        let (early, late) = gaps.split_at(self.before);
        let rms = |gaps: &[f64]| (gaps.iter().map(|g| g * g).sum::<f64>() / gaps.len() as f64).sqrt();
        Ok(SynthFit {
            effect: late.iter().sum::<f64>() / late.len() as f64,
            before: rms(early),
            after: rms(late),
            loss: solution.objective,
            duality_gap: solution.gap,
            unique: solution.unique,
            weights,
            synthetic,
            gaps,
        })
    }
}

/// The predictors "outcome of every period before the start, equal weights, not scaled".
#[must_use]
pub fn outcomes_before(outcomes: &Matrix, before: usize) -> Predictors {
    let columns: Vec<usize> = (0..before.min(outcomes.columns())).collect();
    Predictors { values: outcomes.select(&columns), weights: vec![1.0; columns.len()], scaled: false }
}

/// Rank p value: the share of units, the treated one included, whose ratio is at least that of the treated one.
/// A placebo without ratio (exact fit before the start) counts as at least as large.
#[must_use]
pub fn rank_p(treated: f64, placebos: &[Option<f64>]) -> f64 {
    let at_least = placebos.iter().filter(|r| r.is_none_or(|r| r >= treated)).count() + 1;
    at_least as f64 / (placebos.len() as f64 + 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    /// Unit 0 is 0.25 of unit 1 and 0.75 of unit 2 before the start and 3 above that afterwards.
    fn panel() -> SynthPanel {
        let one = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0];
        let two = [3.0, 1.0, 6.0, 2.0, 9.0, 4.0];
        let three = [20.0, 30.0, 25.0, 40.0, 35.0, 50.0];
        let treated: Vec<f64> =
            (0..6).map(|t| 0.25 * one[t] + 0.75 * two[t] + if t >= 4 { 3.0 } else { 0.0 }).collect();
        let four = [0.0, 50.0, 0.0, 50.0, 0.0, 50.0];
        let rows = [treated.as_slice(), &one, &two, &three, &four];
        let outcomes = Matrix::from_rows(5, 6, rows.concat());
        SynthPanel { predictors: outcomes_before(&outcomes, 4), outcomes, treated: 0, before: 4 }
    }

    #[test]
    fn a_known_mixture_is_found() {
        let fit = panel().fit().unwrap();
        close(fit.weights[1], 0.25, 1e-12);
        close(fit.weights[2], 0.75, 1e-12);
        close(fit.effect, 3.0, 1e-12);
        close(fit.after, 3.0, 1e-12);
        assert!(fit.before < 1e-12 && fit.ratio().is_none());
        let without = panel().leave_one_out(&fit).unwrap();
        assert_eq!(without.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2]);
        assert!(without.iter().all(|(row, fit)| fit.weights[*row] == 0.0 && fit.weights[0] == 0.0));
        let placebos = panel().placebos().unwrap();
        assert_eq!(placebos.len(), 4);
        assert!(placebos.iter().all(|(row, fit)| fit.weights[*row] == 0.0 && fit.weights[0] == 0.0));
    }

    #[test]
    fn scaling_takes_the_unit_out_of_a_predictor() {
        let mut panel = panel();
        panel.predictors.scaled = true;
        let a = panel.fit().unwrap();
        for row in 0..5 {
            let value = panel.predictors.values.get(row, 1);
            panel.predictors.values.set(row, 1, 1000.0 * value);
        }
        let b = panel.fit().unwrap();
        a.weights.iter().zip(&b.weights).for_each(|(a, b)| assert!((a - b).abs() < 1e-10));
    }

    #[test]
    fn ranks_include_the_treated_unit() {
        close(rank_p(5.0, &[Some(1.0), Some(5.0), Some(9.0), None]), 0.8, 1e-15);
        close(rank_p(5.0, &[Some(1.0); 19]), 0.05, 1e-15);
    }

    #[test]
    fn unusable_panels_are_refused() {
        let of = |change: fn(&mut SynthPanel)| {
            let mut panel = panel();
            change(&mut panel);
            panel.fit().unwrap_err()
        };
        assert_eq!(of(|p| p.before = 1), SynthRefusal::FewPeriods { found: 1 });
        assert_eq!(of(|p| p.before = 6), SynthRefusal::NoPeriodAfter);
        assert_eq!(of(|p| p.treated = 9), SynthRefusal::NoTreated);
        assert_eq!(of(|p| p.outcomes.set(1, 1, f64::NAN)), SynthRefusal::NonFinite);
        assert_eq!(of(|p| p.predictors.weights = vec![0.0; 4]), SynthRefusal::PredictorWeights);
        assert_eq!(of(|p| p.predictors.weights = vec![1.0; 3]), SynthRefusal::PredictorWeights);
        let constant = of(|p| {
            p.predictors.scaled = true;
            (0..5).for_each(|row| p.predictors.values.set(row, 2, 0.1));
        });
        assert_eq!(constant, SynthRefusal::ConstantPredictor { at: 2 });
    }
}
