//! Why a method gives no number, and the checks that all methods share.

/// Why a method gives no number.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to compute from.
    #[error("there are no observations")]
    EmptyInput,
    /// The denominator (or the sum of weights) is zero.
    #[error("the denominator is zero")]
    ZeroDenominator,
    /// A count of cases exceeds the number of trials, so it is no share.
    #[error("the count exceeds its denominator")]
    CountExceedsDenominator,
    /// An input is infinite or not a number, or a sum of inputs overflows.
    #[error("an input is not a finite number")]
    NonFinite,
    /// A count, denominator or weight is below zero.
    #[error("an input is negative")]
    Negative,
    /// A confidence level outside the open interval from 0 to 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
    /// A probability for which a quantile is not defined or not computed.
    #[error("the probability is outside the supported range")]
    InvalidProbability,
    /// Degrees of freedom below one.
    #[error("there must be at least one degree of freedom")]
    InvalidDegreesOfFreedom,
    /// The values are not in ascending order.
    #[error("the values are not sorted")]
    Unsorted,
    /// Too few clusters for an interval.
    #[error("{found} clusters, at least {needed} are needed")]
    FewClusters {
        /// Clusters with a denominator above zero.
        found: usize,
        /// The least number the method accepts.
        needed: usize,
    },
    /// All clusters (or sampling units) agree exactly: the data say nothing about the standard error,
    /// and an interval of width zero would claim certainty.
    #[error("the clusters do not vary, so the standard error cannot be estimated")]
    NoVariation,
    /// A rate of zero has no logarithm: a ratio of rates is not defined or has no interval.
    #[error("a rate of zero allows no ratio")]
    ZeroRate,
    /// A numerator above zero where the domain indicator is zero.
    #[error("a row outside the domain has a numerator")]
    NumeratorOutsideDomain,
    /// A stratum with one sampling unit has no estimable variance.
    #[error("stratum {stratum} has a single primary sampling unit")]
    SinglePsu {
        /// The stratum's number.
        stratum: u32,
    },
    /// The stated number of sampling units in the population is not a number or below those sampled.
    #[error("stratum {stratum} has more sampled units than its stated population")]
    InvalidPopulation {
        /// The stratum's number.
        stratum: u32,
    },
}

/// The probability in one tail outside a two-sided interval of `level`.
///
/// # Errors
/// [`Refusal::InvalidLevel`] outside the open interval from 0 to 1.
pub(crate) fn tail(level: f64) -> Result<f64, Refusal> {
    let tail = (1.0 - level) / 2.0;
    if level > 0.0 && tail > 0.0 { Ok(tail) } else { Err(Refusal::InvalidLevel) }
}

/// `value` where it is finite.
pub(crate) fn finite(value: f64) -> Result<f64, Refusal> {
    if value.is_finite() { Ok(value) } else { Err(Refusal::NonFinite) }
}

/// `value` where it is finite and not below zero.
pub(crate) fn non_negative(value: f64) -> Result<f64, Refusal> {
    if finite(value)? < 0.0 { Err(Refusal::Negative) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_outside_zero_to_one_are_refused() {
        for level in [0.0, 1.0, -0.5, 95.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(tail(level), Err(Refusal::InvalidLevel), "{level}");
        }
        crate::stats::testing::close(tail(0.95).unwrap_or(0.0), 0.025, 1e-14);
    }
}
