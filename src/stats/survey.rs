//! Design-based estimates of a weighted survey with strata and primary sampling units (PSUs).
//!
//! A domain (a town, an age group) is given by its indicator `x`: rows outside it have `x` = 0 and stay
//! in the data. Filtering them away would drop sampling units without a member of the domain from the
//! design and understate the variance of the estimate.

use std::collections::{BTreeMap, BTreeSet};

use super::interval::wilson_real;
use super::normal::student_quantile;
use super::{Interval, Refusal, finite, kish, non_negative, tail};

/// Relative size below which a standard error is rounding noise.
const ROUNDING: f64 = 1e-12;

/// One row of a survey.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Respondent {
    /// Numerator: 1 where the person has the property (or a measured value), 0 otherwise and outside the
    /// domain.
    pub y: f64,
    /// Denominator: 1 inside the domain and 0 outside, or the measured denominator of a ratio.
    pub x: f64,
    /// Survey weight: the persons (or units) of the population this row stands for, at least 0.
    pub weight: f64,
    /// Stratum.
    pub stratum: u32,
    /// Primary sampling unit, numbered within its stratum.
    pub psu: u32,
}

/// Number of primary sampling units in the population, by stratum, for the finite population correction.
/// A stratum without an entry counts as drawn with replacement.
pub type Population = BTreeMap<u32, f64>;

/// A design-based estimate, in units of y per x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurveyEstimate {
    /// The point estimate.
    pub value: f64,
    /// Its standard error; 0 at a share of 0 or 1, where the interval does not rest on it.
    pub se: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Rows in the domain with a weight above 0.
    pub n: u64,
    /// Effective number of rows: `n` over `deff`, or Kish's where `deff` is absent.
    pub n_eff: f64,
    /// Design effect: the variance over that of simple random sampling with replacement of `n` rows.
    /// Absent at a share of 0 or 1.
    pub deff: Option<f64>,
    /// Degrees of freedom: PSUs minus strata, among those with a member of the domain.
    pub df: u64,
    /// Name of the method.
    pub method: &'static str,
}

/// Weighted share Σwy / Σwx of a domain, with an interval between 0 and 1.
///
/// Hájek estimator p; Taylor-linearised variance with PSUs drawn with replacement within strata,
/// Σ_h n_h/(n_h-1) Σ_j (z_hj - z̄_h)² with z_hj the PSU's sum of w (y - p x) / Σwx. For 0 < p < 1 the
/// limits are logit⁻¹(logit p ± t(df)·se/(p(1-p))), method `taylor_logit`. At p = 0 or 1 the linearised
/// variance is 0 and the limits are Wilson's with Kish's effective n, method `wilson_kish`: these know
/// the weights but not the clustering, and are too narrow where members of a PSU resemble each other.
/// References: Hájek (1971); Woodruff (1971), JASA 66, 411-414; Binder (1983), International Statistical
/// Review 51, 279-292; degrees of freedom of domains and the logit interval: Korn and Graubard (1999),
/// Analysis of Health Surveys.
///
/// # Errors
/// [`Refusal::EmptyInput`]; [`Refusal::ZeroDenominator`] for an empty domain or one without weight;
/// [`Refusal::CountExceedsDenominator`] where y > x inside the domain, [`Refusal::NumeratorOutsideDomain`]
/// where y is not 0 outside; [`Refusal::SinglePsu`] for a stratum with one PSU (in the whole design);
/// [`Refusal::FewClusters`] where the domain has no degree of freedom; [`Refusal::NoVariation`] where
/// all PSUs of a stratum contribute the same although 0 < p < 1; [`Refusal::NonFinite`],
/// [`Refusal::Negative`], [`Refusal::InvalidLevel`].
pub fn weighted_share(obs: &[Respondent], level: f64) -> Result<SurveyEstimate, Refusal> {
    weighted_share_fpc(obs, &Population::new(), level)
}

/// [`weighted_share`] with finite population correction: stratum h's variance times 1 - n_h/N_h.
///
/// # Errors
/// As [`weighted_share`], and [`Refusal::InvalidPopulation`] for N_h below n_h.
pub fn weighted_share_fpc(obs: &[Respondent], population: &Population, level: f64) -> Result<SurveyEstimate, Refusal> {
    let tail = tail(level)?;
    for row in obs {
        if non_negative(row.y)? > non_negative(row.x)? && row.x > 0.0 {
            return Err(Refusal::CountExceedsDenominator);
        }
    }
    let fit = fit(obs, population)?;
    let p = fit.value;
    if p <= 0.0 || p >= 1.0 {
        let n_eff = fit.kish;
        let Interval { lower, upper } = wilson_real(p.clamp(0.0, 1.0) * n_eff, n_eff, level)?;
        let method = "wilson_kish";
        return Ok(SurveyEstimate { value: p, se: 0.0, lower, upper, n: fit.n, n_eff, deff: None, df: fit.df, method });
    }
    let spread = p * (1.0 - p);
    let half = fit.half_width(tail)? / spread;
    let logit = p.ln() - (-p).ln_1p();
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    fit.estimate(expit(logit - half), expit(logit + half), "taylor_logit")
}

/// Weighted ratio Σwy / Σwx, or the mean of y in a domain, with the symmetric interval value ± t(df)·se
/// (method `taylor_t`). Estimator, variance and domains as in [`weighted_share`]; y may exceed x and be
/// negative.
///
/// # Errors
/// As [`weighted_share`], except that y may exceed x.
pub fn weighted_ratio(obs: &[Respondent], level: f64) -> Result<SurveyEstimate, Refusal> {
    weighted_ratio_fpc(obs, &Population::new(), level)
}

/// [`weighted_ratio`] with finite population correction: stratum h's variance times 1 - n_h/N_h.
///
/// # Errors
/// As [`weighted_ratio`], and [`Refusal::InvalidPopulation`] for N_h below n_h.
pub fn weighted_ratio_fpc(obs: &[Respondent], population: &Population, level: f64) -> Result<SurveyEstimate, Refusal> {
    let tail = tail(level)?;
    let fit = fit(obs, population)?;
    let half = fit.half_width(tail)?;
    fit.estimate(fit.value - half, fit.value + half, "taylor_t")
}

/// Point estimate and linearised standard error, before an interval is chosen.
struct Fit {
    value: f64,
    se: f64,
    /// Variance under simple random sampling with replacement.
    simple: f64,
    /// Scale of the linearised values, to tell rounding noise from variation.
    scale: f64,
    kish: f64,
    n: u64,
    /// Sampling units with a member of the domain.
    psus: usize,
    df: u64,
}

impl Fit {
    /// Half the width of the symmetric t interval.
    fn half_width(&self, tail: f64) -> Result<f64, Refusal> {
        if self.df == 0 {
            return Err(Refusal::FewClusters { found: self.psus, needed: self.psus + 1 });
        }
        if self.se <= ROUNDING * self.scale {
            return Err(Refusal::NoVariation);
        }
        Ok(-student_quantile(tail, self.df as f64)? * self.se)
    }

    fn estimate(&self, lower: f64, upper: f64, method: &'static str) -> Result<SurveyEstimate, Refusal> {
        let deff = finite(self.se * self.se / self.simple)?;
        let n_eff = finite(self.n as f64 / deff)?;
        let (value, se, lower, upper) = (finite(self.value)?, finite(self.se)?, finite(lower)?, finite(upper)?);
        Ok(SurveyEstimate { value, se, lower, upper, n: self.n, n_eff, deff: Some(deff), df: self.df, method })
    }
}

fn fit(obs: &[Respondent], population: &Population) -> Result<Fit, Refusal> {
    if obs.is_empty() {
        return Err(Refusal::EmptyInput);
    }
    let (mut sum_y, mut sum_x) = (0.0, 0.0);
    for row in obs {
        let (y, x, w) = (finite(row.y)?, non_negative(row.x)?, non_negative(row.weight)?);
        if x == 0.0 && y != 0.0 {
            return Err(Refusal::NumeratorOutsideDomain);
        }
        sum_y += w * y;
        sum_x += w * x;
    }
    if finite(sum_x)? == 0.0 {
        return Err(Refusal::ZeroDenominator);
    }
    let value = finite(sum_y)? / sum_x;
    let inside = || obs.iter().filter(|row| row.x > 0.0 && row.weight > 0.0);
    let weights: Vec<f64> = inside().map(|row| row.weight).collect();
    let n = weights.len() as f64;

    // Simple random sampling: variance of the residuals over n times the squared mean of x, both means
    // weighted over the domain. The residuals have mean zero by construction.
    let total: f64 = weights.iter().sum();
    let residual = |row: &Respondent| row.y - value * row.x;
    let squares: f64 = inside().map(|row| row.weight * residual(row).powi(2)).sum();
    let simple = squares / total / (n - 1.0) / (sum_x / total).powi(2);

    let variance = linearised_variance(obs, population, |row| row.weight * residual(row) / sum_x)?;
    let scale = inside().map(|row| (row.weight / sum_x) * (row.y.abs() + value.abs() * row.x)).sum::<f64>() / n.sqrt();
    let psus: BTreeSet<(u32, u32)> = inside().map(|row| (row.stratum, row.psu)).collect();
    let strata: BTreeSet<u32> = inside().map(|row| row.stratum).collect();
    Ok(Fit {
        value,
        se: variance.sqrt(),
        simple,
        scale,
        kish: kish::effective_n(&weights)?,
        n: weights.len() as u64,
        psus: psus.len(),
        df: (psus.len() - strata.len()) as u64,
    })
}

/// Σ_h (1 - n_h/N_h) n_h/(n_h-1) Σ_j (z_hj - z̄_h)² over the PSU sums z_hj of `influence`.
fn linearised_variance(
    obs: &[Respondent],
    population: &Population,
    influence: impl Fn(&Respondent) -> f64,
) -> Result<f64, Refusal> {
    let mut strata: BTreeMap<u32, BTreeMap<u32, f64>> = BTreeMap::new();
    for row in obs {
        *strata.entry(row.stratum).or_default().entry(row.psu).or_default() += influence(row);
    }
    let mut variance = 0.0;
    for (stratum, psus) in strata {
        let n = psus.len() as f64;
        if psus.len() < 2 {
            return Err(Refusal::SinglePsu { stratum });
        }
        let drawn = match population.get(&stratum) {
            Some(&all) if all.is_finite() && all >= n => n / all,
            Some(_) => return Err(Refusal::InvalidPopulation { stratum }),
            None => 0.0,
        };
        let mean = psus.values().sum::<f64>() / n;
        let squares: f64 = psus.values().map(|z| (z - mean).powi(2)).sum();
        variance += (1.0 - drawn) * n / (n - 1.0) * squares;
    }
    Ok(variance)
}

#[cfg(test)]
mod tests;
