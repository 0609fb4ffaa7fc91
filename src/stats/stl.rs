//! Seasonal and trend decomposition by local regression (STL).

use super::series::{SeriesRefusal, finite};

/// How the seasonal part may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonWindow {
    /// The same in every season.
    Periodic,
    /// Smoothed over this many seasons, an odd number from 3 on (7 or more is usual).
    Seasons(usize),
}

/// The parts of a series; their sum is the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Stl {
    /// The seasonal part.
    pub seasonal: Vec<f64>,
    /// The trend.
    pub trend: Vec<f64>,
    /// What is left.
    pub remainder: Vec<f64>,
    /// Robustness weights of the last round, from 0 to 1; all 1 without robust fitting.
    pub weights: Vec<f64>,
    /// Window of the trend in use.
    pub trend_window: usize,
}

/// Width, degree and step of one local regression; between steps it is interpolated.
#[derive(Debug, Clone, Copy)]
struct Loess {
    window: usize,
    linear: bool,
    jump: usize,
}

impl Loess {
    /// A tenth of the window is the usual step.
    fn new(window: usize, jump_of: usize, linear: bool) -> Self {
        // Windows are odd and at least 3.
        let window = window.max(3);
        Self { window: window + usize::from(window.is_multiple_of(2)), linear, jump: jump_of.div_ceil(10).max(1) }
    }
}

/// The decomposition of `values` with `season` periods per season.
///
/// Conventions of R's `stl`: seasonal smoothing of degree 0, trend and low-pass of degree 1; trend window the
/// next odd number from 1.5 season / (1 - 1.5 / seasonal window) on; low-pass window the next odd number from
/// the season on; steps of a tenth of each window with linear interpolation between; two inner rounds, or one
/// inner and 15 outer rounds with bisquare weights where `robust`. A periodic season has the window 10 n + 1
/// and is averaged over seasons at the end.
///
/// # Errors
/// [`SeriesRefusal::Season`] below 2 periods, [`SeriesRefusal::FewSeasons`] for not more than two seasons,
/// [`SeriesRefusal::Window`] for a window below 3 or even, [`SeriesRefusal::NonFinite`].
///
/// Reference: Cleveland, Cleveland, McRae & Terpenning 1990, Journal of Official Statistics 6.
pub fn stl(values: &[f64], season: usize, window: SeasonWindow, robust: bool) -> Result<Stl, SeriesRefusal> {
    let n = values.len();
    if season < 2 {
        return Err(SeriesRefusal::Season);
    }
    if n <= 2 * season {
        return Err(SeriesRefusal::FewSeasons { found: n, season });
    }
    finite(values)?;
    let width = match window {
        SeasonWindow::Periodic => 10 * n + 1,
        SeasonWindow::Seasons(width) if width >= 3 && !width.is_multiple_of(2) => width,
        SeasonWindow::Seasons(_) => return Err(SeriesRefusal::Window),
    };
    let next_odd = |x: usize| x + usize::from(x.is_multiple_of(2));
    let trend_window = next_odd((1.5 * season as f64 / (1.0 - 1.5 / width as f64)).ceil() as usize);
    let low_window = next_odd(season);
    let plan = Plan {
        values,
        season,
        seasonal: Loess::new(width, width, false),
        trend: Loess::new(trend_window, trend_window, true),
        low: Loess::new(low_window, low_window, true),
    };
    let (inner, outer) = if robust { (1, 15) } else { (2, 0) };
    let mut weights: Option<Vec<f64>> = None;
    let (mut seasonal, mut trend) = (vec![0.0; n], vec![0.0; n]);
    for round in 0..=outer {
        for _ in 0..inner {
            plan.round(&mut seasonal, &mut trend, weights.as_deref());
        }
        if round < outer {
            let residuals = (0..n).map(|t| (values[t] - seasonal[t] - trend[t]).abs()).collect();
            weights = Some(bisquare(residuals));
        }
    }
    if window == SeasonWindow::Periodic {
        let means: Vec<f64> = (0..season)
            .map(|phase| {
                let of: Vec<f64> = seasonal.iter().skip(phase).step_by(season).copied().collect();
                of.iter().sum::<f64>() / of.len() as f64
            })
            .collect();
        seasonal.iter_mut().enumerate().for_each(|(t, s)| *s = means[t % season]);
    }
    let remainder = (0..n).map(|t| values[t] - seasonal[t] - trend[t]).collect();
    let weights = weights.unwrap_or_else(|| vec![1.0; n]);
    Ok(Stl { seasonal, trend, remainder, weights, trend_window: plan.trend.window })
}

struct Plan<'a> {
    values: &'a [f64],
    season: usize,
    seasonal: Loess,
    trend: Loess,
    low: Loess,
}

impl Plan<'_> {
    /// One inner round: the seasonal part given the trend, then the trend given the seasonal part.
    fn round(&self, seasonal: &mut [f64], trend: &mut [f64], weights: Option<&[f64]>) {
        let n = self.values.len();
        let detrended: Vec<f64> = self.values.iter().zip(trend.iter()).map(|(y, t)| y - t).collect();
        let cycles = self.cycles(&detrended, weights);
        let low = moving(&moving(&moving(&cycles, self.season), self.season), 3);
        let low = smooth(&low, self.low, None);
        (0..n).for_each(|t| seasonal[t] = cycles[self.season + t] - low[t]);
        let adjusted: Vec<f64> = self.values.iter().zip(seasonal.iter()).map(|(y, s)| y - s).collect();
        trend.copy_from_slice(&smooth(&adjusted, self.trend, weights));
    }

    /// Each phase of the season smoothed on its own and carried on by one season at both ends.
    fn cycles(&self, values: &[f64], weights: Option<&[f64]>) -> Vec<f64> {
        let n = values.len();
        let mut out = vec![0.0; n + 2 * self.season];
        for phase in 0..self.season {
            let of = |x: &[f64]| -> Vec<f64> { x.iter().skip(phase).step_by(self.season).copied().collect() };
            let y = of(values);
            let w = weights.map(of);
            let (w, k) = (w.as_deref(), y.len());
            let inner = smooth(&y, self.seasonal, w);
            let width = self.seasonal.window.min(k);
            let first = local(&y, self.seasonal, 0.0, (1, width), w).unwrap_or(inner[0]);
            let last = local(&y, self.seasonal, k as f64 + 1.0, (k + 1 - width, k), w).unwrap_or(inner[k - 1]);
            let extended = std::iter::once(first).chain(inner).chain(std::iter::once(last));
            extended.enumerate().for_each(|(m, value)| out[m * self.season + phase] = value);
        }
        out
    }
}

/// Moving averages over `width` values.
fn moving(values: &[f64], width: usize) -> Vec<f64> {
    values.windows(width).map(|w| w.iter().sum::<f64>() / width as f64).collect()
}

/// The local regression at `x` (the values lie at 1, 2, ...) from the values `from` to `to`; `None` where all
/// weights are zero.
fn local(y: &[f64], loess: Loess, x: f64, (from, to): (usize, usize), weights: Option<&[f64]>) -> Option<f64> {
    let n = y.len();
    let mut reach = (x - from as f64).max(to as f64 - x);
    if loess.window > n {
        reach += ((loess.window - n) / 2) as f64;
    }
    let mut w: Vec<f64> = (from..=to)
        .map(|j| {
            let distance = (j as f64 - x).abs();
            let kernel = if distance <= 0.001 * reach {
                1.0
            } else if distance <= 0.999 * reach {
                let cube = 1.0 - (distance / reach).powi(3);
                cube * cube * cube
            } else {
                0.0
            };
            kernel * weights.map_or(1.0, |w| w[j - 1])
        })
        .collect();
    let sum: f64 = w.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    w.iter_mut().for_each(|w| *w /= sum);
    if reach > 0.0 && loess.linear {
        let center: f64 = w.iter().zip(from..=to).map(|(w, j)| w * j as f64).sum();
        let spread: f64 = w.iter().zip(from..=to).map(|(w, j)| w * (j as f64 - center).powi(2)).sum();
        // Points so close together have no slope.
        if spread.sqrt() > 0.001 * (n as f64 - 1.0) {
            let lean = (x - center) / spread;
            w.iter_mut().zip(from..=to).for_each(|(w, j)| *w *= lean * (j as f64 - center) + 1.0);
        }
    }
    Some(w.iter().zip(&y[from - 1..to]).map(|(w, y)| w * y).sum())
}

/// The local regression at every value, computed at every `jump`th and interpolated between.
fn smooth(y: &[f64], loess: Loess, weights: Option<&[f64]>) -> Vec<f64> {
    let n = y.len();
    if n < 2 {
        return y.to_vec();
    }
    let (window, half) = (loess.window.min(n), loess.window.div_ceil(2));
    let jump = loess.jump.min(n - 1);
    let span = |i: usize| {
        let from = if loess.window >= n { 1 } else { (i + 1).saturating_sub(half).clamp(1, n - window + 1) };
        (from, from + window - 1)
    };
    let at = |i: usize, span: (usize, usize)| local(y, loess, i as f64, span, weights).unwrap_or(y[i - 1]);
    let mut out = vec![0.0; n];
    let mut knots: Vec<usize> = (1..=n).step_by(jump).collect();
    let last = knots.last().copied().unwrap_or(1);
    knots.iter().for_each(|i| out[i - 1] = at(*i, span(*i)));
    if last != n {
        // The end is computed from the values of the last step before it.
        out[n - 1] = at(n, span(last));
        knots.push(n);
    }
    for pair in knots.windows(2) {
        let (left, right) = (pair[0], pair[1]);
        let slope = (out[right - 1] - out[left - 1]) / (right - left) as f64;
        (left + 1..right).for_each(|i| out[i - 1] = out[left - 1] + slope * (i - left) as f64);
    }
    out
}

/// The sum of the two middle values (twice the middle one) as the reference program finds it: by a quicksort that
/// goes on with one part only. Where a split falls between the two middle places, the value from the other part is
/// the one that happens to lie at the place, not the next in order; a true median gives other weights.
fn middle_two(mut a: Vec<f64>) -> f64 {
    let n = a.len();
    let (upper, lower) = (n / 2, n - n / 2 - 1);
    let (mut from, mut to) = (0, n - 1);
    // Parts of up to 11 are sorted at once, but not one at the start.
    while from < to && (from == 0 || to - from > 10) {
        let (left, right) = split(&mut a, from, to);
        let go_left = if left - from <= to - right { lower <= left } else { upper < right };
        if go_left { to = left } else { from = right }
    }
    if from < to {
        a[from..=to].sort_by(f64::total_cmp);
    }
    a[upper] + a[lower]
}

/// Splits `from..=to` around the median of its first, middle and last value; gives the end of the left and the
/// start of the right part.
fn split(a: &mut [f64], from: usize, to: usize) -> (usize, usize) {
    // Places count from 1 there, which decides the middle one.
    let middle = (from + to + 2) / 2 - 1;
    if a[from] > a[middle] {
        a.swap(from, middle);
    }
    if a[to] < a[middle] {
        a.swap(to, middle);
        if a[from] > a[middle] {
            a.swap(from, middle);
        }
    }
    let pivot = a[middle];
    let (mut right, mut left) = (from, to);
    loop {
        left -= 1;
        while a[left] > pivot {
            left -= 1;
        }
        right += 1;
        while a[right] < pivot {
            right += 1;
        }
        if right > left {
            return (left, right);
        }
        a.swap(left, right);
    }
}

/// Robustness weights from absolute residuals: bisquare with six times their median.
fn bisquare(residuals: Vec<f64>) -> Vec<f64> {
    let reach = 3.0 * middle_two(residuals.clone());
    let weight = |r: f64| {
        if r <= 0.001 * reach {
            1.0
        } else if r <= 0.999 * reach {
            (1.0 - (r / reach).powi(2)).powi(2)
        } else {
            0.0
        }
    };
    residuals.into_iter().map(weight).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    fn series() -> Vec<f64> {
        let season = [2.0, -1.0, 0.5, -1.5];
        (0..25)
            .map(|t| {
                let noise = ((t * t * 7) % 11) as f64 - 5.0;
                10.0 + 0.3 * t as f64 + season[t % 4] + noise / 10.0 + if t == 9 { 6.0 } else { 0.0 }
            })
            .collect()
    }

    #[test]
    fn parts_agree_with_another_implementation() {
        // statsmodels 0.15.0, STL(period 4, seasonal 7 of degree 0, trend 9, low_pass 5); an odd number of values, where
        // the median of the residuals is one of them.
        let check = |robust: bool, wanted: [f64; 6]| {
            let parts = stl(&series(), 4, SeasonWindow::Seasons(7), robust).unwrap();
            assert_eq!(parts.trend_window, 9);
            for (at, t) in [0, 9, 24].into_iter().enumerate() {
                close(parts.seasonal[t], wanted[at], 1e-11);
                close(parts.trend[t], wanted[at + 3], 1e-11);
            }
            parts.weights[9]
        };
        let plain = [
            1.574_410_885_082_786_5,
            0.442_024_521_273_378_16,
            1.951_456_087_178_230_3,
            9.706_588_441_086_497,
            14.103_334_150_542_029,
            17.322_152_721_750_804,
        ];
        let robust = [
            1.977_724_044_271_521,
            -0.703_519_925_180_548_7,
            2.263_055_791_424_884_3,
            9.631_803_739_597_878,
            12.847_364_068_566_412,
            16.967_833_764_887,
        ];
        assert_eq!(check(false, plain), 1.0);
        assert_eq!(check(true, robust), 0.0);
    }

    #[test]
    fn a_periodic_season_is_found() {
        let season = [3.0, -1.0, -2.0];
        for (slope, tolerance) in [(0.0, 1e-12), (0.5, 0.1)] {
            let values: Vec<f64> = (0..30).map(|t| 5.0 + slope * t as f64 + season[t % 3]).collect();
            let parts = stl(&values, 3, SeasonWindow::Periodic, false).unwrap();
            for t in 0..30 {
                let error = (parts.seasonal[t] - season[t % 3]).abs().max(parts.remainder[t].abs());
                assert!(error <= tolerance, "{slope} {t} {error}");
            }
        }
    }

    #[test]
    fn unusable_series_are_refused() {
        let of = |values: &[f64], season, window| stl(values, season, window, false).unwrap_err();
        let values = series();
        assert_eq!(of(&values, 1, SeasonWindow::Periodic), SeriesRefusal::Season);
        assert_eq!(of(&values[..8], 4, SeasonWindow::Periodic), SeriesRefusal::FewSeasons { found: 8, season: 4 });
        assert_eq!(of(&values, 4, SeasonWindow::Seasons(6)), SeriesRefusal::Window);
        assert_eq!(of(&[f64::NAN; 20], 4, SeasonWindow::Periodic), SeriesRefusal::NonFinite);
    }

    #[test]
    fn the_middle_of_an_odd_number_is_the_median() {
        for n in [1, 3, 9, 25, 101] {
            let values: Vec<f64> = (0..n).map(|i| ((i * 37 + 11) % 103) as f64).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            assert_eq!(middle_two(values), 2.0 * sorted[n / 2]);
        }
    }

    #[test]
    fn the_two_middle_values_are_those_of_the_reference() {
        // The published Fortran routine, followed step by step, finds 27 and 46; in order they are 27 and 41.
        let values = [41, 19, 50, 83, 6, 9, 68, 12, 46, 74, 7, 64, 27, 4, 11, 55].map(f64::from);
        assert_eq!(middle_two(values.to_vec()), 73.0);
        assert_eq!(middle_two(vec![4.0, 1.0, 3.0, 2.0]), 5.0);
    }

    proptest! {
        #[test]
        fn parts_add_up_and_follow_scale_and_shift(
            values in prop::collection::vec(-50.0..50.0f64, 26..60),
            robust in any::<bool>(),
            shift in -100.0..100.0f64,
        ) {
            let parts = stl(&values, 12, SeasonWindow::Periodic, robust).unwrap();
            let moved: Vec<f64> = values.iter().map(|v| 2.0 * v + shift).collect();
            let other = stl(&moved, 12, SeasonWindow::Periodic, robust).unwrap();
            for (t, value) in values.iter().enumerate() {
                let sum = parts.seasonal[t] + parts.trend[t] + parts.remainder[t];
                prop_assert!((sum - value).abs() < 1e-9);
                prop_assert!(parts.seasonal[t] == parts.seasonal[t % 12] && (0.0..=1.0).contains(&parts.weights[t]));
                if !robust {
                    prop_assert!((other.trend[t] - 2.0 * parts.trend[t] - shift).abs() < 1e-7);
                }
            }
        }
    }
}
