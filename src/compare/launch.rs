use std::collections::BTreeSet;

use super::peers::own_key;
use crate::domain::EstimateTable;
use crate::panel::Panel;
use crate::stats;

/// The months since launch of one area and service.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchCurve {
    /// Value per month since launch, from 0; `None` where it was not delivered.
    pub values: Vec<Option<f64>>,
}

/// The comparable launches in one month since launch.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LaunchPoint {
    /// Lower quartile.
    pub q1: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Upper quartile.
    pub q3: Option<f64>,
    /// Sum over sum.
    pub pooled: Option<f64>,
    /// Towns with a value.
    pub n: usize,
}

/// Fewer towns than this make no band.
const MIN_BAND: usize = 5;

/// The course of a monthly key figure from the launch on, for up to `length` months.
#[must_use]
pub fn curve_since_launch(
    panel: &Panel,
    months: &EstimateTable,
    kpi: u16,
    area: u32,
    service: u32,
    length: usize,
) -> Option<LaunchCurve> {
    let launch = panel.launch(area, service)?;
    let mut values: Vec<Option<f64>> = (0..i32::try_from(length).unwrap_or(0))
        .map(|k| months.value(&own_key(kpi, area, service, crate::domain::Period::month(launch.plus(k)))))
        .collect();
    while values.last() == Some(&None) {
        values.pop();
    }
    (!values.is_empty()).then_some(LaunchCurve { values })
}

/// Median and quartiles of several launches, month by month; a month with fewer than five towns has none.
#[must_use]
pub fn band_since_launch(curves: &[LaunchCurve], length: usize) -> Vec<LaunchPoint> {
    (0..length)
        .map(|k| {
            let values: Vec<f64> = curves.iter().filter_map(|c| c.values.get(k).copied().flatten()).collect();
            let band = (values.len() >= MIN_BAND).then(|| stats::median_quartiles(&values)).flatten();
            LaunchPoint {
                q1: band.as_ref().map(|q| q.q1),
                median: band.as_ref().map(|q| q.median),
                q3: band.as_ref().map(|q| q.q3),
                pooled: None,
                n: values.len(),
            }
        })
        .collect()
}

/// Sum over sum of several towns, month by month since each town's own launch.
#[must_use]
pub fn pooled_since_launch(
    panel: &Panel,
    months: &EstimateTable,
    kpi: u16,
    pairs: &[(u32, u32)],
    length: usize,
) -> Vec<LaunchPoint> {
    let mut sums = vec![(0.0, 0.0, BTreeSet::new()); length];
    for &(area, service) in pairs {
        let Some(launch) = panel.launch(area, service) else { continue };
        for (slot, k) in sums.iter_mut().zip(0i32..) {
            let key = own_key(kpi, area, service, crate::domain::Period::month(launch.plus(k)));
            if let Some(e) = months.get(&key)
                && let (Some(numerator), Some(denominator)) = (e.numerator, e.denominator)
                && denominator > 0.0
            {
                slot.0 += numerator;
                slot.1 += denominator;
                slot.2.insert(area);
            }
        }
    }
    sums.into_iter()
        .map(|(numerator, denominator, towns)| LaunchPoint {
            pooled: (towns.len() >= MIN_BAND).then(|| numerator / denominator),
            n: towns.len(),
            ..LaunchPoint::default()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_needs_five_towns_in_the_month() {
        let curve = |values: &[f64]| LaunchCurve { values: values.iter().map(|v| Some(*v)).collect() };
        let curves: Vec<LaunchCurve> =
            vec![curve(&[0.1, 0.2]), curve(&[0.2, 0.3]), curve(&[0.3, 0.4]), curve(&[0.4, 0.5]), curve(&[0.5])];
        let band = band_since_launch(&curves, 2);
        assert_eq!((band[0].q1, band[0].median, band[0].q3), (Some(0.2), Some(0.3), Some(0.4)));
        assert_eq!((band[1].median, band[1].n), (None, 4));
    }
}
