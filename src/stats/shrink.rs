//! Empirical Bayes: values of small units drawn towards the mean of all, the more so the less is known of them.
//!
//! The true values of the units are taken to be a sample of a gamma distribution (rates) or a beta distribution
//! (shares) whose two parameters maximise the likelihood of all counts. A unit's value given its own count is then
//! gamma or beta distributed again; its mean is the shrunken value. The interval takes the two parameters as known
//! and is therefore somewhat too narrow with few units.
//! Reference: Clayton and Kaldor (1987), Biometrics 43, 671-681; Efron and Morris (1975), JASA 70, 311-319.

mod likelihood;
mod posterior;

use self::likelihood::{BetaBinomial, GammaPoisson, Model, maximise};
use super::{Interval, Refusal, finite, tail};

/// Fewer units than this tell nothing about how units differ.
pub const MIN_UNITS: usize = 3;

/// The distribution of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Binomial counts; shares are beta distributed between units.
    BetaBinomial,
    /// Poisson counts; rates are gamma distributed between units.
    GammaPoisson,
}

/// Why nothing is shrunken.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ShrinkError {
    /// A level or number that no method takes.
    #[error("{0}")]
    Refusal(#[from] Refusal),
    /// Too few units.
    #[error("{0} units, at least {MIN_UNITS} are needed")]
    FewUnits(usize),
    /// A denominator that is not above zero.
    #[error("the denominator is not above zero")]
    Denominator(usize),
    /// Of shares, more cases than trials.
    #[error("the count exceeds its denominator")]
    Numerator(usize),
    /// No unit has a case, or (of shares) all cases of all units count.
    #[error("all units have no case, or nothing but cases")]
    Constant,
    /// Every unit has a single trial: how shares differ between units cannot be told from chance.
    #[error("no unit has more than one trial")]
    SingleTrials,
    /// The likelihood rises without end as units differ more: each has no case or nothing but cases.
    #[error("the units differ without bound")]
    Unbounded,
}

/// How true values differ between units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// The mean of the distribution.
    pub mean: f64,
    /// Its two parameters: shape `a` and rate `b` of the gamma distribution, `a` and `b` of the beta distribution;
    /// `None` where the counts differ no more than by chance, so that all true values are the mean.
    pub parameters: Option<(f64, f64)>,
    /// The logarithm of the likelihood of the counts.
    pub log_likelihood: f64,
    /// Twice the logarithm by which the likelihood exceeds that of equal true values.
    pub likelihood_ratio: f64,
}

/// A unit's value beside its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrunken {
    /// The unit's own value, numerator by denominator.
    pub raw: f64,
    /// The mean of the true value given the unit's count.
    pub value: f64,
    /// The part of the unit's own value in it, between 0 and 1; the rest is the mean of all.
    pub weight: f64,
    /// The standard deviation of the true value given the count; none where the units do not differ.
    pub deviation: Option<f64>,
    /// The equal-tailed interval of the true value; none where the units do not differ.
    pub interval: Option<Interval>,
}

/// Fits the distribution of true values by maximum likelihood.
///
/// Counts x of n or of exposure E; the likelihood is the product of C(n, x) B(a+x, b+n-x) / B(a, b), or of the
/// negative binomial probabilities with mean E a/b and size a. Searched on a grid of the precision and refined where the
/// derivative is zero, to about 1e-10 relative. No spread is reported where equal true values are as likely.
///
/// # Errors
/// [`ShrinkError`]: too few units, a bad denominator or count, no variation, no bound.
pub fn fit(family: Family, numerators: &[u64], denominators: &[f64]) -> Result<Prior, ShrinkError> {
    if numerators.len() < MIN_UNITS {
        return Err(ShrinkError::FewUnits(numerators.len()));
    }
    for (at, (&x, &n)) in numerators.iter().zip(denominators).enumerate() {
        if !n.is_finite() {
            return Err(Refusal::NonFinite.into());
        }
        if n <= 0.0 {
            return Err(ShrinkError::Denominator(at));
        }
        if family == Family::BetaBinomial && x as f64 > n {
            return Err(ShrinkError::Numerator(at));
        }
    }
    let counts: Vec<(f64, f64)> = numerators.iter().zip(denominators).map(|(x, n)| (*x as f64, *n)).collect();
    finite(denominators.iter().map(|n| n * n).sum())?;
    if counts.iter().all(|(x, _)| *x == 0.0) {
        return Err(ShrinkError::Constant);
    }
    match family {
        Family::GammaPoisson => {
            let model = GammaPoisson::new(&counts);
            prior(maximise(&model)?, &model, |mean, precision| (precision, precision / mean))
        }
        Family::BetaBinomial => {
            if counts.iter().all(|(x, n)| x == n) {
                return Err(ShrinkError::Constant);
            }
            if counts.iter().all(|(_, n)| *n <= 1.0) {
                return Err(ShrinkError::SingleTrials);
            }
            let model = BetaBinomial::new(&counts);
            prior(maximise(&model)?, &model, |mean, precision| (precision * mean, precision * (1.0 - mean)))
        }
    }
}

fn prior(
    found: Option<likelihood::Maximum>,
    model: &impl Model,
    parameters: impl Fn(f64, f64) -> (f64, f64),
) -> Result<Prior, ShrinkError> {
    let (mean, equal) = model.without_spread();
    let Some(found) = found else {
        return Ok(Prior { mean, parameters: None, log_likelihood: equal + model.constant(), likelihood_ratio: 0.0 });
    };
    Ok(Prior {
        mean: found.mean,
        parameters: Some(parameters(found.mean, found.precision)),
        log_likelihood: found.log_likelihood + model.constant(),
        likelihood_ratio: 2.0 * (found.log_likelihood - equal).max(0.0),
    })
}

/// The value of a unit with `numerator` cases given the prior: mean (a+x)/(b+E) or (a+x)/(a+b+n), with the quantiles
/// α/2 and 1-α/2 of that distribution. Where there is no spread the value is the mean and there is no interval, since
/// one of width zero would claim certainty.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn shrunken(
    family: Family,
    prior: &Prior,
    numerator: u64,
    denominator: f64,
    level: f64,
) -> Result<Shrunken, Refusal> {
    let tail = tail(level)?;
    let count = numerator as f64;
    let raw = count / denominator;
    let Some((a, b)) = prior.parameters else {
        return Ok(Shrunken { raw, value: prior.mean, weight: 0.0, deviation: None, interval: None });
    };
    match family {
        Family::GammaPoisson => {
            let (shape, rate) = (a + count, b + denominator);
            let (lower, upper) = posterior::gamma(shape, tail)?;
            Ok(Shrunken {
                raw,
                value: shape / rate,
                weight: denominator / rate,
                deviation: Some(shape.sqrt() / rate),
                interval: Some(Interval { lower: lower / rate, upper: upper / rate }),
            })
        }
        Family::BetaBinomial => {
            let (cases, others) = (a + count, b + denominator - count);
            let all = cases + others;
            let (lower, upper) = posterior::beta(cases, others, tail)?;
            Ok(Shrunken {
                raw,
                value: cases / all,
                weight: denominator / all,
                deviation: Some((cases / all * (others / all) / (all + 1.0)).sqrt()),
                interval: Some(Interval { lower, upper }),
            })
        }
    }
}

/// Shrinkage by moments, towards one mean of all units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marshall {
    /// The mean m, sum over sum.
    pub mean: f64,
    /// The weighted variance s² of the units' own values.
    pub variance: f64,
    /// The variance of true values A = s² - m / mean exposure, 0 where that is below 0.
    pub between: f64,
}

impl Marshall {
    /// The moments of all units. Denominators must be above zero and not all be missing.
    #[must_use]
    pub fn of(numerators: &[u64], denominators: &[f64]) -> Self {
        let all: f64 = denominators.iter().sum();
        let mean = numerators.iter().map(|x| *x as f64).sum::<f64>() / all;
        let squares = numerators.iter().zip(denominators).map(|(x, n)| n * (*x as f64 / n - mean).powi(2));
        let variance = squares.sum::<f64>() / all;
        let between = (variance - mean / (all / denominators.len() as f64)).max(0.0);
        Self { mean, variance, between }
    }

    /// A unit's value: m + A/(A + m/E) (x/E - m).
    /// Reference: Marshall (1991), Applied Statistics 40, 283-294 (global version).
    #[must_use]
    pub fn value(&self, numerator: u64, denominator: f64) -> f64 {
        if self.between == 0.0 {
            return self.mean;
        }
        let weight = self.between / (self.between + self.mean / denominator);
        self.mean + weight * (numerator as f64 / denominator - self.mean)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
