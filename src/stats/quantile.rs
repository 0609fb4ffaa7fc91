//! Sample quantiles.

use super::Refusal;

/// The quartiles of a sample, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// Number of values.
    pub n: usize,
}

/// The `p` quantile of values in ascending order, in their unit.
///
/// Linear interpolation at position (n-1)p counted from 0 (type 7, the default of R, S and NumPy).
/// Reference: Hyndman and Fan (1996), The American Statistician 50, 361-365.
///
/// # Errors
/// [`Refusal::EmptyInput`]; [`Refusal::InvalidProbability`] unless 0 <= `p` <= 1;
/// [`Refusal::NonFinite`]; [`Refusal::Unsorted`].
pub fn quantile(sorted: &[f64], p: f64) -> Result<f64, Refusal> {
    if !(0.0..=1.0).contains(&p) {
        return Err(Refusal::InvalidProbability);
    }
    if sorted.iter().any(|v| !v.is_finite()) {
        return Err(Refusal::NonFinite);
    }
    if !sorted.is_sorted() {
        return Err(Refusal::Unsorted);
    }
    let last = sorted.len().checked_sub(1).ok_or(Refusal::EmptyInput)?;
    let position = last as f64 * p;
    let below = (position.floor() as usize).min(last);
    let rest = position - below as f64;
    let low = sorted.get(below).copied().ok_or(Refusal::EmptyInput)?;
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    // Equal neighbours must return themselves; the weighted sum cannot overflow, the difference could.
    Ok(if low == high { low } else { (1.0 - rest) * low + rest * high })
}

/// Median and quartiles (type 7, see [`quantile`]) of values in any order. `None` where there are no
/// values or one of them is not a finite number.
#[must_use]
pub fn median_quartiles(values: &[f64]) -> Option<Quartiles> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |p| quantile(&sorted, p).ok();
    Some(Quartiles { q1: at(0.25)?, median: at(0.5)?, q3: at(0.75)?, n: sorted.len() })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn small_samples_by_hand() {
        // Positions 0.75, 1.5 and 2.25 between the four values.
        let q = median_quartiles(&[40.0, 10.0, 30.0, 20.0]).unwrap();
        assert_eq!(q, Quartiles { q1: 17.5, median: 25.0, q3: 32.5, n: 4 });
        assert_eq!(median_quartiles(&[7.0]), Some(Quartiles { q1: 7.0, median: 7.0, q3: 7.0, n: 1 }));
        // Position 9 * 0.9 = 8.1.
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        close(quantile(&ten, 0.9).unwrap(), 9.1, 1e-15);
        assert_eq!(quantile(&ten, 0.0), Ok(1.0));
        assert_eq!(quantile(&ten, 1.0), Ok(10.0));
    }

    #[test]
    fn refusals() {
        assert_eq!(quantile(&[], 0.5), Err(Refusal::EmptyInput));
        assert_eq!(quantile(&[2.0, 1.0], 0.5), Err(Refusal::Unsorted));
        assert_eq!(quantile(&[1.0, f64::NAN], 0.5), Err(Refusal::NonFinite));
        assert_eq!(quantile(&[1.0], 1.01), Err(Refusal::InvalidProbability));
        assert_eq!(quantile(&[1.0], f64::NAN), Err(Refusal::InvalidProbability));
        assert_eq!(median_quartiles(&[]), None);
        assert_eq!(median_quartiles(&[1.0, f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn quartiles_are_ordered_and_ignore_the_order(mut values in prop::collection::vec(-1e9..1e9f64, 1..60)) {
            let q = median_quartiles(&values).unwrap();
            prop_assert!(q.q1 <= q.median && q.median <= q.q3);
            let half = values.iter().filter(|v| **v <= q.median).count();
            prop_assert!(2 * half >= values.len());
            values.reverse();
            prop_assert_eq!(median_quartiles(&values), Some(q));
        }
    }
}
