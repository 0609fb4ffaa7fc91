//! Two groups of clusters compared within strata, so that a different mix of strata is no difference.
//!
//! Mantel and Haenszel weigh the comparison of each stratum by its information; a stratum in which
//! only one group has cases says nothing and drops out. Clusters span strata: a town has several
//! services. The standard error therefore comes from leaving out one cluster with all its strata.
//!
//! Reference: Greenland & Robins 1985 (risk difference), Mantel & Haenszel 1959 and Rothman 1986
//! (risk ratio); delete-one-cluster jackknife for two independent groups as in Efron & Tibshirani 1993, for one
//! sample of clusters where some have rows in both groups.

use std::collections::BTreeMap;

use super::cluster::{Contrast, MIN_CLUSTERS, ends};
use super::normal::student_quantile;
use super::{Refusal, finite, non_negative, tail};

/// Sums of one cluster in one stratum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratumCluster {
    /// The stratum.
    pub stratum: u32,
    /// The cluster; one that has rows in both groups is left out of both at once.
    pub cluster: u32,
    /// Whether it belongs to the first group.
    pub first: bool,
    /// The numerator.
    pub numerator: f64,
    /// The denominator.
    pub denominator: f64,
}

/// Which contrast is formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Difference,
    LogRatio,
}

/// Difference of rates, first group minus second, within strata.
///
/// `sum(x1 n0 - x0 n1) / N` over `sum(n1 n0 / N)`, with `N = n1 + n0` per stratum.
///
/// # Errors
/// Fewer than [`MIN_CLUSTERS`] clusters in a group, no common stratum, or no variation.
pub fn stratified_difference(rows: &[StratumCluster], level: f64) -> Result<Contrast, Refusal> {
    contrast(rows, level, Kind::Difference, "mantel_haenszel_difference")
}

/// Ratio of rates, first group over second, within strata; the interval is made on the log scale.
///
/// `sum(x1 n0 / N)` over `sum(x0 n1 / N)`.
///
/// # Errors
/// As [`stratified_difference`]; also where a group has no event in the common strata.
pub fn stratified_ratio(rows: &[StratumCluster], level: f64) -> Result<Contrast, Refusal> {
    let log = contrast(rows, level, Kind::LogRatio, "mantel_haenszel_ratio")?;
    let left_out = log.left_out.map(|(low, high)| (low.exp(), high.exp()));
    Ok(Contrast { value: log.value.exp(), lower: log.lower.exp(), upper: finite(log.upper.exp())?, left_out, ..log })
}

/// Numerator and denominator of the first and of the second group, by stratum.
type Strata = BTreeMap<u32, [f64; 4]>;

fn add(strata: &mut Strata, row: &StratumCluster, sign: f64) {
    let [x1, n1, x0, n0] = strata.entry(row.stratum).or_default();
    let (x, n) = if row.first { (x1, n1) } else { (x0, n0) };
    *x += sign * row.numerator;
    *n += sign * row.denominator;
}

fn estimate(strata: &Strata, kind: Kind) -> Result<f64, Refusal> {
    let (mut above, mut below) = (0.0, 0.0);
    for [x1, n1, x0, n0] in strata.values() {
        let all = n1 + n0;
        if *n1 <= 0.0 || *n0 <= 0.0 {
            continue;
        }
        match kind {
            Kind::Difference => {
                above += (x1 * n0 - x0 * n1) / all;
                below += n1 * n0 / all;
            }
            Kind::LogRatio => {
                above += x1 * n0 / all;
                below += x0 * n1 / all;
            }
        }
    }
    match kind {
        Kind::Difference if below <= 0.0 => Err(Refusal::ZeroDenominator),
        Kind::Difference => finite(above / below),
        Kind::LogRatio if above <= 0.0 || below <= 0.0 => Err(Refusal::ZeroRate),
        Kind::LogRatio => finite((above / below).ln()),
    }
}

fn contrast(rows: &[StratumCluster], level: f64, kind: Kind, method: &'static str) -> Result<Contrast, Refusal> {
    let mut groups = [BTreeMap::new(), BTreeMap::new()];
    let mut strata = Strata::new();
    for row in rows {
        non_negative(row.numerator)?;
        if non_negative(row.denominator)? > 0.0 {
            let rows: &mut Vec<&StratumCluster> = groups[usize::from(!row.first)].entry(row.cluster).or_default();
            rows.push(row);
            add(&mut strata, row, 1.0);
        }
    }
    let fewest = groups[0].len().min(groups[1].len());
    if fewest < MIN_CLUSTERS {
        return Err(Refusal::FewClusters { found: fewest, needed: MIN_CLUSTERS });
    }
    let clusters = [groups[0].len(), groups[1].len()];
    let value = estimate(&strata, kind)?;
    let mut variance = 0.0;
    let mut values = Vec::new();
    for group in &samples(groups) {
        let without = |rows: &Vec<&StratumCluster>| {
            let mut rest = strata.clone();
            rows.iter().for_each(|row| add(&mut rest, row, -1.0));
            estimate(&rest, kind)
        };
        let left: Vec<f64> = group.values().map(without).collect::<Result<_, _>>()?;
        let (n, mean) = (left.len() as f64, left.iter().sum::<f64>() / left.len() as f64);
        variance += (n - 1.0) / n * left.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        values.extend(left);
    }
    let se = finite(variance.sqrt())?;
    if se <= 1e-12 {
        return Err(Refusal::NoVariation);
    }
    let df = fewest as f64 - 1.0;
    let half = -student_quantile(tail(level)?, df)? * se;
    let (lower, upper, left_out) = (value - half, value + half, Some(ends(&values)));
    Ok(Contrast { value, se, lower, upper, df, clusters, dropped: [0, 0], left_out, method })
}

type Rows<'a> = BTreeMap<u32, Vec<&'a StratumCluster>>;

/// The two groups, or all clusters together where one is in both.
fn samples([first, second]: [Rows<'_>; 2]) -> Vec<Rows<'_>> {
    if second.keys().all(|cluster| !first.contains_key(cluster)) {
        return vec![first, second];
    }
    let mut all = first;
    second.into_iter().for_each(|(cluster, rows)| all.entry(cluster).or_default().extend(rows));
    vec![all]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Cluster, difference};

    fn row(stratum: u32, cluster: u32, first: bool, numerator: f64, denominator: f64) -> StratumCluster {
        StratumCluster { stratum, cluster, first, numerator, denominator }
    }

    #[test]
    fn a_different_mix_of_strata_is_no_difference() {
        // Both groups have the same rates, 10 % and 80 %; the first has mostly the low stratum. The
        // crude rates are 17 % against 73 %.
        let mut rows = Vec::new();
        for town in 0..6 {
            let wobble = f64::from(town % 3) - 1.0;
            rows.push(row(0, town, true, 90.0 + wobble, 900.0));
            rows.push(row(1, town, true, 80.0 + wobble, 100.0));
            rows.push(row(0, 10 + town, false, 10.0, 100.0));
            rows.push(row(1, 10 + town, false, 720.0 + wobble, 900.0));
        }
        let d = stratified_difference(&rows, 0.95).unwrap();
        assert!(d.value.abs() < 1e-12 && d.lower < 0.0 && d.upper > 0.0);
        let r = stratified_ratio(&rows, 0.95).unwrap();
        assert!((r.value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn by_hand() {
        // Stratum 0: 30/60 against 20/100; stratum 1: 45/50 against 60/100, over five towns each.
        // Difference: (30*100-20*60)/160 + (45*100-60*50)/150 = 11.25 + 10 = 21.25 over
        // 60*100/160 + 50*100/150 = 37.5 + 33.333 = 70.8333: 0.3.
        let split = [0.1, 0.2, 0.3, 0.25, 0.15];
        let mut rows = Vec::new();
        for (town, part) in (0u32..).zip(split) {
            rows.push(row(0, town, true, 6.0, 12.0));
            rows.push(row(1, town, true, 45.0 * part, 10.0));
            rows.push(row(0, 10 + town, false, 20.0 * part, 20.0));
            rows.push(row(1, 10 + town, false, 60.0 * part, 20.0));
        }
        let d = stratified_difference(&rows, 0.95).unwrap();
        assert!((d.value - 0.3).abs() < 1e-12);
        // Ratio: (30*100/160 + 45*100/150) / (20*60/160 + 60*50/150) = 48.75 / 27.5.
        let r = stratified_ratio(&rows, 0.95).unwrap();
        assert!((r.value - 48.75 / 27.5).abs() < 1e-12);
        assert!(r.lower < r.value && r.value < r.upper);
    }

    /// By hand: with equal denominators the difference is that of the mean rates.
    #[test]
    fn a_cluster_in_both_groups_is_left_out_of_both() {
        let rates = [(0.5, 0.2), (0.55, 0.25), (0.6, 0.3), (0.58, 0.24), (0.52, 0.21), (0.4, 0.1)];
        let mut rows = Vec::new();
        for (district, (a, b)) in (0u32..).zip(rates) {
            rows.push(row(0, district, true, a * 100.0, 100.0));
            rows.push(row(0, district, false, b * 100.0, 100.0));
        }
        let found = stratified_difference(&rows, 0.95).unwrap();
        let gaps: Vec<f64> = rates.iter().map(|(a, b)| a - b).collect();
        let mean = gaps.iter().sum::<f64>() / 6.0;
        // Of a plain mean the jackknife is s² / n.
        let variance = gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / 5.0 / 6.0;
        assert!((found.value - mean).abs() < 1e-12 && (found.se - variance.sqrt()).abs() < 1e-12, "{found:?}");
        assert_eq!((found.df, found.clusters), (5.0, [6, 6]));
    }

    #[test]
    fn one_stratum_is_the_plain_difference() {
        let rates = [0.5, 0.55, 0.6, 0.58, 0.52];
        let others = [0.2, 0.25, 0.22, 0.24, 0.21];
        let mut rows = Vec::new();
        let clusters = |rates: &[f64]| -> Vec<Cluster> {
            rates.iter().map(|r| Cluster { numerator: r * 100.0, denominator: 100.0 }).collect()
        };
        for (town, (a, b)) in (0u32..).zip(rates.iter().zip(&others)) {
            rows.push(row(0, town, true, a * 100.0, 100.0));
            rows.push(row(0, 10 + town, false, b * 100.0, 100.0));
        }
        let plain = difference(&clusters(&rates), &clusters(&others), 0.95).unwrap();
        let within = stratified_difference(&rows, 0.95).unwrap();
        assert!((plain.value - within.value).abs() < 1e-12);
        assert!((plain.se - within.se).abs() < 1e-12);
    }

    #[test]
    fn too_few_clusters_and_strata_without_partners_are_refused() {
        let rows: Vec<StratumCluster> =
            (0..8).map(|town| row(u32::from(town < 4), town, town < 4, 5.0, 10.0)).collect();
        assert_eq!(stratified_difference(&rows, 0.95), Err(Refusal::FewClusters { found: 4, needed: 5 }));
        let rows: Vec<StratumCluster> =
            (0..12).map(|town| row(u32::from(town < 6), town, town < 6, 5.0, 10.0)).collect();
        assert_eq!(stratified_difference(&rows, 0.95), Err(Refusal::ZeroDenominator));
    }
}
