//! P values of a family of tests, adjusted for their number. Each p value must come from the whole family:
//! adjusting only those that look good adjusts nothing.

/// Why p values cannot be adjusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdjustRefusal {
    /// There are no p values.
    #[error("there are no p values")]
    Empty,
    /// A p value is no probability.
    #[error("p value {0} is no probability between 0 and 1", index + 1)]
    NoProbability {
        /// Its place, counted from 0.
        index: usize,
    },
}

/// The p values in ascending order with their places; equal ones in the order given.
fn ranked(p: &[f64]) -> Result<Vec<(usize, f64)>, AdjustRefusal> {
    if p.is_empty() {
        return Err(AdjustRefusal::Empty);
    }
    if let Some(index) = p.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(AdjustRefusal::NoProbability { index });
    }
    let mut ranked: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(ranked)
}

/// Running extreme of the scaled p values, at most 1, back in the order of the input.
fn stepwise(
    p: &[f64],
    steps: impl Iterator<Item = (usize, f64)>,
    start: f64,
    extreme: fn(f64, f64) -> f64,
) -> Vec<f64> {
    let mut adjusted = vec![0.0; p.len()];
    let mut running = start;
    for (index, scaled) in steps {
        running = extreme(running, scaled.min(1.0));
        if let Some(slot) = adjusted.get_mut(index) {
            *slot = running;
        }
    }
    adjusted
}

fn step_up(p: &[f64], factor: f64) -> Result<Vec<f64>, AdjustRefusal> {
    let ranked = ranked(p)?;
    let m = p.len() as f64;
    let steps = ranked.iter().enumerate().rev().map(|(at, &(index, p))| (index, p * (m * factor / (at as f64 + 1.0))));
    Ok(stepwise(p, steps, 1.0, f64::min))
}

/// Adjusted p values that hold the false discovery rate, for independent or positively dependent tests.
///
/// With p₍₁₎ <= … <= p₍ₘ₎ the adjusted value of p₍ᵢ₎ is the smallest m p₍ⱼ₎/j over j >= i, at most 1.
/// Reference: Benjamini and Hochberg (1995), JRSS B 57, 289-300.
///
/// # Errors
/// [`AdjustRefusal::Empty`], [`AdjustRefusal::NoProbability`].
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, AdjustRefusal> {
    step_up(p, 1.0)
}

/// Adjusted p values that hold the false discovery rate whatever the dependence: those of Benjamini and Hochberg with the
/// factor 1 + 1/2 + … + 1/m. Reference: Benjamini and Yekutieli (2001), Annals of Statistics 29, 1165-1188.
///
/// # Errors
/// As [`benjamini_hochberg`].
pub fn benjamini_yekutieli(p: &[f64]) -> Result<Vec<f64>, AdjustRefusal> {
    step_up(p, (1..=p.len()).map(|i| 1.0 / i as f64).sum())
}

/// Adjusted p values that hold the probability of any false rejection, whatever the dependence.
///
/// The adjusted value of p₍ᵢ₎ is the largest (m-j+1) p₍ⱼ₎ over j <= i, at most 1.
/// Reference: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
///
/// # Errors
/// As [`benjamini_hochberg`].
pub fn holm(p: &[f64]) -> Result<Vec<f64>, AdjustRefusal> {
    let ranked = ranked(p)?;
    let steps = ranked.iter().enumerate().map(|(at, &(index, value))| (index, value * (p.len() - at) as f64));
    Ok(stepwise(p, steps, 0.0, f64::max))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    fn all_close(found: &[f64], wanted: &[f64]) {
        assert_eq!(found.len(), wanted.len());
        found.iter().zip(wanted).for_each(|(f, w)| close(*f, *w, 1e-14));
    }

    #[test]
    fn four_tests_by_hand() {
        let p = [0.04, 0.01, 0.03, 0.5];
        // Ranks 3, 1, 2, 4: 0.04·4/3, 0.01·4, 0.03·4/2 = 0.06 above the third's 0.0533, 0.5.
        all_close(&benjamini_hochberg(&p).unwrap(), &[0.16 / 3.0, 0.04, 0.16 / 3.0, 0.5]);
        let harmonic = 25.0 / 12.0;
        all_close(
            &benjamini_yekutieli(&p).unwrap(),
            &[0.16 / 3.0 * harmonic, 0.04 * harmonic, 0.16 / 3.0 * harmonic, 1.0],
        );
        // 0.01·4, 0.03·3 = 0.09, 0.04·2 = 0.08 not below the 0.09 before it, 0.5·1.
        all_close(&holm(&p).unwrap(), &[0.09, 0.04, 0.09, 0.5]);
    }

    #[test]
    fn what_is_no_probability_is_named() {
        for f in [benjamini_hochberg, benjamini_yekutieli, holm] {
            assert_eq!(f(&[]), Err(AdjustRefusal::Empty));
            for bad in [-0.1, 1.1, f64::NAN] {
                assert_eq!(f(&[0.5, bad]), Err(AdjustRefusal::NoProbability { index: 1 }));
            }
            assert_eq!(f(&[0.3]).unwrap(), [0.3]);
            assert_eq!(f(&[1.0, 1.0]).unwrap(), [1.0, 1.0]);
        }
        assert_eq!(
            AdjustRefusal::NoProbability { index: 1 }.to_string(),
            "p value 2 is no probability between 0 and 1"
        );
    }

    proptest! {
        // Adjusted values are never below the raw ones, keep their order, and do not depend on the order of the rows.
        #[test]
        fn adjusting_keeps_the_order(p in prop::collection::vec(0.0..=1.0f64, 1..40)) {
            for f in [benjamini_hochberg, benjamini_yekutieli, holm] {
                let adjusted = f(&p).unwrap();
                for (i, (raw, own)) in p.iter().zip(&adjusted).enumerate() {
                    prop_assert!(*own >= *raw * (1.0 - 1e-15) && *own <= 1.0);
                    for (j, other) in p.iter().enumerate() {
                        prop_assert!(raw > other || *own <= adjusted[j], "{i} {j}");
                    }
                }
                let reversed: Vec<f64> = p.iter().rev().copied().collect();
                let mut back = f(&reversed).unwrap();
                back.reverse();
                prop_assert_eq!(back, adjusted);
            }
        }
    }
}
