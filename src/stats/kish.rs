//! Loss of precision through unequal weights.

use super::{Refusal, finite, non_negative};

/// Effective number of observations under unequal weights, (Σw)² / Σw²; the number itself where all
/// weights are equal. Weights of zero do not count.
///
/// Reference: Kish (1965), Survey Sampling.
///
/// # Errors
/// [`Refusal::EmptyInput`], [`Refusal::NonFinite`], [`Refusal::Negative`];
/// [`Refusal::ZeroDenominator`] where all weights are zero.
pub fn effective_n(weights: &[f64]) -> Result<f64, Refusal> {
    let mut largest = 0.0f64;
    for &w in weights {
        largest = largest.max(non_negative(w)?);
    }
    if weights.is_empty() {
        return Err(Refusal::EmptyInput);
    }
    if largest == 0.0 {
        return Err(Refusal::ZeroDenominator);
    }
    // Scaled by the largest weight, so that squares neither overflow nor vanish.
    let (sum, squares) = weights.iter().map(|w| w / largest).fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    finite(sum * sum / squares)
}

/// Kish's design effect of weighting: the number of weights above zero over [`effective_n`], at least 1.
///
/// # Errors
/// As [`effective_n`].
pub fn design_effect(weights: &[f64]) -> Result<f64, Refusal> {
    let n = weights.iter().filter(|w| **w > 0.0).count();
    Ok(n as f64 / effective_n(weights)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        // (1+1+2)² / (1+1+4) = 16/6.
        close(effective_n(&[1.0, 1.0, 2.0]).unwrap(), 16.0 / 6.0, 1e-15);
        close(design_effect(&[1.0, 1.0, 2.0, 0.0]).unwrap(), 18.0 / 16.0, 1e-15);
        close(effective_n(&[3e200; 7]).unwrap(), 7.0, 1e-15);
        assert_eq!(effective_n(&[]), Err(Refusal::EmptyInput));
        assert_eq!(effective_n(&[0.0, 0.0]), Err(Refusal::ZeroDenominator));
        assert_eq!(effective_n(&[1.0, -1.0]), Err(Refusal::Negative));
        assert_eq!(effective_n(&[1.0, f64::NAN]), Err(Refusal::NonFinite));
    }

    proptest! {
        #[test]
        fn between_one_and_n_whatever_the_scale(weights in prop::collection::vec(0.01..100.0f64, 1..50)) {
            let n = effective_n(&weights).unwrap();
            prop_assert!(n > 1.0 - 1e-12 && n < weights.len() as f64 + 1e-9);
            let scaled: Vec<f64> = weights.iter().map(|w| w * 1e-7).collect();
            close(effective_n(&scaled).unwrap(), n, 1e-12);
        }
    }
}
