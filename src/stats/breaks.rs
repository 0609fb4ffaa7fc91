//! Candidates for changes of level in a series.

use super::probability::normal_two_sided;
use super::series::{SeriesRefusal, constant, finite};

/// The best division into a number of segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Division {
    /// Numbers of the last period before each break, counted from 1, in order of time.
    pub breaks: Vec<usize>,
    /// Sum of squared deviations from the means of the segments.
    pub rss: f64,
    /// Bayesian information criterion; `None` where the segments fit exactly.
    pub bic: Option<f64>,
}

/// The divisions with 0, 1, 2, ... breaks and which is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Breaks {
    /// By number of breaks.
    pub divisions: Vec<Division>,
    /// The number of breaks with the lowest criterion.
    pub chosen: usize,
    /// Periods of the shortest segment allowed.
    pub segment: usize,
}

/// The shortest segment for a share of the series: the whole part of share x n.
#[must_use]
pub fn shortest_segment(n: usize, share: f64) -> usize {
    (share * n as f64 + 1e-9).floor() as usize
}

/// For each number of breaks up to `most` the division of the series into segments of at least `segment` periods
/// with the least sum of squares around the segments' means, found exactly by dynamic programming; the number is
/// chosen by BIC = n (ln RSS + 1 - ln n + ln 2π) + 2 (breaks + 1) ln n. Conventions of `breakpoints(y ~ 1)` in R's
/// strucchange, whose `most` is ⌈n / segment⌉ - 2.
///
/// A break found is a candidate: the criterion takes no account of correlated deviations, which make it find
/// breaks where there are none, nor of trends and seasons, which it cuts into steps.
///
/// # Errors
/// [`SeriesRefusal::Segment`] where segments are shorter than 2 periods or leave no room for a break;
/// [`SeriesRefusal::NonFinite`], [`SeriesRefusal::Constant`].
///
/// Reference: Bai & Perron 2003, Journal of Applied Econometrics 18; Zeileis, Kleiber, Krämer & Hornik 2003.
pub fn breaks(values: &[f64], segment: usize, most: Option<usize>) -> Result<Breaks, SeriesRefusal> {
    let n = values.len();
    if segment < 2 || 2 * segment > n {
        return Err(SeriesRefusal::Segment { segment, found: n });
    }
    finite(values)?;
    if constant(values) {
        return Err(SeriesRefusal::Constant);
    }
    let default = n.div_ceil(segment).saturating_sub(2).max(1);
    let most = most.unwrap_or(default).min(n / segment - 1);
    let sums = Sums::of(values);
    let total = sums.rss(0, n);
    // best[m][end]: least sum of squares of the first `end` values with m breaks, and the last break.
    let mut best: Vec<Vec<(f64, usize)>> = vec![(0..=n).map(|end| (sums.rss(0, end), 0)).collect()];
    for m in 1..=most {
        let before = &best[m - 1];
        let row = (0..=n)
            .map(|end| {
                let candidates = m * segment..=end.saturating_sub(segment);
                let costs = candidates.map(|at| (before[at].0 + sums.rss(at, end), at));
                costs.fold((f64::INFINITY, 0), |best, next| if next.0 < best.0 { next } else { best })
            })
            .collect();
        best.push(row);
    }
    let size = n as f64;
    let divisions: Vec<Division> = (0..=most)
        .map(|m| {
            let mut breaks = Vec::new();
            let mut end = n;
            for row in best[1..=m].iter().rev() {
                end = row[end].1;
                breaks.push(end);
            }
            breaks.reverse();
            // From the values again: differences of running sums leave rounding where segments are exact.
            let ends: Vec<usize> = std::iter::once(0).chain(breaks.iter().copied()).chain(std::iter::once(n)).collect();
            let rss: f64 = ends.windows(2).map(|w| around(&values[w[0]..w[1]])).sum();
            let exact = rss <= 1e-24 * total;
            let likelihood = size * (rss.ln() + 1.0 - size.ln() + std::f64::consts::TAU.ln());
            let bic = (!exact).then(|| likelihood + 2.0 * (m as f64 + 1.0) * size.ln());
            Division { breaks, rss: if exact { 0.0 } else { rss }, bic }
        })
        .collect();
    let value = |d: &Division| d.bic.unwrap_or(f64::NEG_INFINITY);
    let chosen = (1..=most).fold(0, |b, m| if value(&divisions[m]) < value(&divisions[b]) { m } else { b });
    Ok(Breaks { divisions, chosen, segment })
}

/// Sum of squares around the mean.
fn around(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| (v - mean).powi(2)).sum()
}

/// Sums of values and squares from the start, around the mean of all.
struct Sums {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Sums {
    fn of(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let run = |power: i32| {
            let mut sum = 0.0;
            let rest = values.iter().map(move |v| {
                sum += (v - mean).powi(power);
                sum
            });
            std::iter::once(0.0).chain(rest).collect()
        };
        Self { first: run(1), second: run(2) }
    }

    /// Sum of squares around the mean of the values from `from` (included) to `to` (excluded).
    fn rss(&self, from: usize, to: usize) -> f64 {
        if to <= from {
            return 0.0;
        }
        let sum = self.first[to] - self.first[from];
        (self.second[to] - self.second[from] - sum * sum / (to - from) as f64).max(0.0)
    }
}

/// Interval for one break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakInterval {
    /// Lower end, numbered as the breaks; may lie before the first period.
    pub lower: i64,
    /// Upper end; may lie after the last period.
    pub upper: i64,
}

/// Confidence intervals of the breaks of a division, `None` where the distribution gives none: the deviations
/// on either side may have different variances and are taken as uncorrelated. Conventions of `confint` in R's
/// strucchange.
///
/// Reference: Bai 1997, Review of Economics and Statistics 79.
#[must_use]
pub fn break_intervals(values: &[f64], breaks: &[usize], level: f64) -> Vec<Option<BreakInterval>> {
    let ends: Vec<usize> =
        std::iter::once(0).chain(breaks.iter().copied()).chain(std::iter::once(values.len())).collect();
    let segments: Vec<(f64, f64)> = ends
        .windows(2)
        .map(|w| {
            let part = &values[w[0]..w[1]];
            let size = part.len() as f64;
            (part.iter().sum::<f64>() / size, around(part) / size)
        })
        .collect();
    let tail = (1.0 - level) / 2.0;
    breaks
        .iter()
        .zip(segments.windows(2))
        .map(|(at, pair)| {
            let ((mean1, var1), (mean2, var2)) = (pair[0], pair[1]);
            let phi = var2 / var1;
            if !(var1 > 0.0 && var2 > 0.0 && (tail..=1.0 - tail).contains(&argmax_below(0.0, phi))) {
                return None;
            }
            let scale = var1 / (mean2 - mean1).powi(2);
            let upper = scale * crossing(phi, 1.0 - tail, 1.0);
            let lower = scale * crossing(phi, tail, -1.0);
            let at = *at as i64;
            Some(BreakInterval { lower: at - upper.ceil() as i64, upper: at - lower.floor() as i64 })
        })
        .collect()
}

/// Where the distribution reaches `level`, on the side of `sign`.
fn crossing(phi: f64, level: f64, sign: f64) -> f64 {
    let mut far = 1.0;
    while far < 1e9 && (argmax_below(sign * far, phi) - level) * sign < 0.0 {
        far *= 2.0;
    }
    let (mut near, mut far) = (0.0, far);
    for _ in 0..200 {
        let middle = 0.5 * (near + far);
        if (argmax_below(sign * middle, phi) - level) * sign < 0.0 { near = middle } else { far = middle }
    }
    sign * 0.5 * (near + far)
}

/// P(argmax V <= x) for V(s) = W(-s) - |s|/2 left of zero and sqrt(phi) W(s) - |s|/2 right of it, with the same
/// regressor on either side (xi = 1).
fn argmax_below(x: f64, phi: f64) -> f64 {
    let d = x.abs();
    let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    if x < 0.0 {
        let r = 1.0 / phi;
        let a = phi * (phi + 2.0) / (phi + 1.0);
        let b = d / 2.0 - 2.0 + (phi + 2.0).powi(2) / (phi + 1.0);
        -d.sqrt() * density(0.5 * d.sqrt()) - a * tilted(r * (1.0 + r) * d / 2.0, (0.5 + r) * d.sqrt())
            + b * tilted(0.0, 0.5 * d.sqrt())
    } else {
        let r = 1.0 / phi;
        let a = (2.0 * phi + 1.0) / (phi * (phi + 1.0));
        let b = (2.0 * phi + 1.0).powi(2) / ((phi + 1.0) * phi) - 2.0 + r * d / 2.0;
        1.0 + (r * d).sqrt() * density(0.5 * (r * d).sqrt())
            + a * tilted((phi + 1.0) * d / 2.0, (phi + 0.5) / phi.sqrt() * d.sqrt())
            - b * tilted(0.0, 0.5 * (r * d).sqrt())
    }
}

/// exp(`exponent`) P(Z > `z`) without overflow where the tail is tiny.
fn tilted(exponent: f64, z: f64) -> f64 {
    if z < 30.0 {
        return exponent.exp() * 0.5 * normal_two_sided(z);
    }
    // Mills' ratio to four terms; the error is below 1e-10 from z = 30 on.
    let s = 1.0 / (z * z);
    let mills = (1.0 - s * (1.0 - s * (3.0 - 15.0 * s))) / z;
    (exponent - 0.5 * z * z).exp() / std::f64::consts::TAU.sqrt() * mills
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_found() {
        // Means 2 and 7, squared deviations 4 x 1 on either side: RSS 8.
        let found = breaks(&[1.0, 3.0, 1.0, 3.0, 6.0, 8.0, 6.0, 8.0], 2, None).unwrap();
        assert_eq!(found.divisions[1].breaks, [4]);
        close(found.divisions[1].rss, 8.0, 1e-12);
        assert_eq!(found.chosen, 1);
        let n = 8.0f64;
        let bic = n * ((8.0f64 / n).ln() + 1.0 + std::f64::consts::TAU.ln()) + 4.0 * n.ln();
        close(found.divisions[1].bic.unwrap(), bic, 1e-12);
    }

    #[test]
    fn steps_without_deviations_are_exact() {
        let found = breaks(&[0.1, 0.1, 0.1, 0.7, 0.7, 0.7, 0.3, 0.3, 0.3], 2, Some(3)).unwrap();
        assert_eq!(found.chosen, 2);
        assert_eq!(found.divisions[2].breaks, [3, 6]);
        assert!(found.divisions[2].bic.is_none() && found.divisions[2].rss == 0.0);
        assert_eq!(break_intervals(&[0.1, 0.1, 0.7, 0.7], &[2], 0.95), [None]);
    }

    #[test]
    fn the_distribution_of_the_place_is_one() {
        for phi in [0.2, 1.0, 5.0] {
            let mut last = 0.0;
            for x in (-4000..=4000).map(|i| f64::from(i) / 20.0) {
                let p = argmax_below(x, phi);
                assert!(p >= last - 1e-12 && p <= 1.0 + 1e-12, "{phi} {x} {p}");
                last = p;
            }
            assert!((argmax_below(-1e-9, phi) - argmax_below(1e-9, phi)).abs() < 1e-4);
        }
        // Symmetric for equal variances; the 97.5 % point is 11.03 (Bai 1997, table; 7.69 for 95 %).
        close(argmax_below(0.0, 1.0), 0.5, 1e-12);
        close(crossing(1.0, 0.975, 1.0), 11.03, 1e-3);
        close(crossing(1.0, 0.95, 1.0), 7.69, 1e-3);
        close(crossing(1.0, 0.025, -1.0), -11.03, 1e-3);
    }

    #[test]
    fn unusable_series_are_refused() {
        assert_eq!(breaks(&[1.0, 2.0, 3.0], 2, None).unwrap_err(), SeriesRefusal::Segment { segment: 2, found: 3 });
        assert_eq!(breaks(&[1.0; 30], 4, None).unwrap_err(), SeriesRefusal::Constant);
        assert_eq!(breaks(&[f64::INFINITY; 30], 4, None).unwrap_err(), SeriesRefusal::NonFinite);
        assert_eq!(shortest_segment(100, 0.15), 15);
        assert_eq!(shortest_segment(20, 0.35), 7);
    }

    proptest! {
        #[test]
        fn two_breaks_are_the_best_of_all(values in prop::collection::vec(-9.0..9.0f64, 9..20)) {
            let (n, h) = (values.len(), 3);
            let found = breaks(&values, h, Some(2)).unwrap();
            let mut best = f64::INFINITY;
            for i in h..=n - 2 * h {
                for j in i + h..=n - h {
                    best = best.min(around(&values[..i]) + around(&values[i..j]) + around(&values[j..]));
                }
            }
            prop_assert!((found.divisions[2].rss - best).abs() < 1e-8 * (1.0 + best));
            let single = (h..=n - h).map(|i| around(&values[..i]) + around(&values[i..])).fold(f64::INFINITY, f64::min);
            prop_assert!((found.divisions[1].rss - single).abs() < 1e-8 * (1.0 + single));
        }
    }
}
