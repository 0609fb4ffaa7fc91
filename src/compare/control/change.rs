//! Trend, event and candidates for a change of level in one series.
//!
//! Errors after Newey and West are too small in short series. Here the larger of these and the classical ones counts,
//! and series of a length at which neither holds are refused. In simulated series of noise without any trend or change
//! (1,500 to 2,000 each, level 95 %) the tests below then err in about 5 % where months are independent and in about
//! 10 % where neighbours correlate by 0.3; above that intervals are too narrow, which the texts say.

use super::ControlRefusal;
use crate::compare::ladder::Share;
use crate::stats::breaks::{break_intervals, breaks, shortest_segment};
use crate::stats::its::{Season, interrupted};
use crate::stats::linalg::{Matrix, dot};
use crate::stats::newey_west::{HacFit, newey_west, usual_lag};
use crate::stats::normal::student_quantile;
use crate::stats::probability::student_two_sided;
use crate::stats::series::SeriesRefusal;
use crate::stats::trend::{kendall, season_differences};

/// Months of a year.
const YEAR: usize = 12;
/// Fewer months without a gap show no trend: of two years there is one difference for every month, and the errors of
/// their mean come out far too small.
pub const MIN_TREND_MONTHS: usize = 3 * YEAR;
/// Months without a gap before an event, and from it on: a full year each.
pub const MIN_SIDE: usize = YEAR;
/// Months without a gap in all: with fewer, a season cannot be told from a change.
pub const MIN_ITS_MONTHS: usize = 30;
/// Shortest stretch of one level, as a share of the series and in months.
const SEGMENT: (f64, usize) = (0.15, 6);
/// Level of all intervals.
const LEVEL: f64 = 0.95;

/// A number with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The value, as a share.
    pub value: f64,
    /// Standard error.
    pub se: f64,
    /// Lower limit (95 %).
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Two-sided p value.
    pub p: f64,
}

impl Term {
    /// Whether the interval excludes zero.
    #[must_use]
    pub fn shown(&self) -> bool {
        self.lower > 0.0 || self.upper < 0.0
    }

    /// A weighted sum of coefficients.
    fn of(fit: &HacFit, weights: &[f64]) -> Result<Self, ControlRefusal> {
        let (newey_west, classical) = fit.errors(weights);
        let (value, se, df) = (dot(weights, &fit.beta), newey_west.max(classical), fit.df as f64);
        let t = student_quantile((1.0 + LEVEL) / 2.0, df).map_err(|_| SeriesRefusal::Collinear)?;
        if se <= 0.0 {
            return Err(SeriesRefusal::ExactFit.into());
        }
        let p = student_two_sided(value / se, df);
        Ok(Self { value, se, lower: value - t * se, upper: value + t * se, p })
    }
}

/// The change against the same month of the year before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// The mean difference. Its p value is the larger one of two tests: that of the mean, and Kendall's within the
    /// months of the year.
    pub term: Term,
    /// Months used, without a gap.
    pub months: usize,
}

impl Trend {
    /// Whether both tests show that the series rises or falls.
    #[must_use]
    pub fn shown(&self) -> bool {
        self.term.shown() && self.term.p < 1.0 - LEVEL
    }
}

/// What changed in a series at an event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interrupted {
    /// Change of level in the month of the event.
    pub level: Term,
    /// Change of the slope, per month.
    pub slope: Term,
    /// Months before the event, without a gap.
    pub before: usize,
    /// Months from the event on.
    pub after: usize,
}

/// A month from which on the level may be another one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Place of the first month of the new level.
    pub at: usize,
    /// Places between which it lies with 95 %, where the method tells; they may lie outside the series.
    pub between: Option<(i64, i64)>,
    /// Mean from this month on less the mean before, each up to the next candidate, as a share.
    pub change: f64,
    /// Months of the stretch.
    pub months: usize,
}

/// The longest stretch without a gap, of equally long ones the latest: its place and its values.
pub(super) fn longest(months: &[Option<Share>]) -> (usize, Vec<f64>) {
    let (mut best, mut from) = ((0, 0), 0);
    for at in 0..=months.len() {
        if months.get(at).is_none_or(Option::is_none) {
            if at - from >= best.1 {
                best = (from, at - from);
            }
            from = at + 1;
        }
    }
    (best.0, values(&months[best.0..best.0 + best.1]))
}

fn values(months: &[Option<Share>]) -> Vec<f64> {
    months.iter().flatten().map(|s| s.rate()).collect()
}

/// The trend of values without a gap: every month against the same one of the year before, as `calc trend` with
/// `same-month-last-year`.
pub(super) fn trend(values: &[f64]) -> Result<Trend, ControlRefusal> {
    if values.len() < MIN_TREND_MONTHS {
        return Err(ControlRefusal::Gaps { found: values.len(), needed: MIN_TREND_MONTHS });
    }
    let changes = season_differences(values, YEAR)?;
    let m = changes.len();
    // Neighbouring years share a value, so that differences a year apart are correlated.
    let lag = usual_lag(m).max(YEAR).min(m - 1);
    let fit = newey_west(&Matrix::from_rows(m, 1, vec![1.0; m]), &changes, lag)?;
    let mut term = Term::of(&fit, &[1.0])?;
    term.p = term.p.max(kendall(values, YEAR)?.p);
    Ok(Trend { term, months: values.len() })
}

/// Level and slope before and from the event at place `at` on, within the stretch without a gap around it. A term for
/// every month of the year keeps the season out.
pub(super) fn interrupted_at(months: &[Option<Share>], at: usize) -> Result<Interrupted, ControlRefusal> {
    let known = |at: &usize| months.get(*at).is_some_and(Option::is_some);
    let before = (0..at).rev().take_while(known).count();
    let after = (at..months.len()).take_while(known).count();
    if before < MIN_SIDE || after < MIN_SIDE {
        return Err(ControlRefusal::Sides { before, after, needed: MIN_SIDE });
    }
    if before + after < MIN_ITS_MONTHS {
        return Err(ControlRefusal::Gaps { found: before + after, needed: MIN_ITS_MONTHS });
    }
    let fit = interrupted(&values(&months[at - before..at + after]), before, Season::Terms(YEAR), None)?.fit;
    let term = |place: usize| {
        let mut weights = vec![0.0; fit.beta.len()];
        weights[place] = 1.0;
        Term::of(&fit, &weights)
    };
    Ok(Interrupted { level: term(2)?, slope: term(3)?, before, after })
}

/// Candidates in values without a gap, whose first stands at place `from`; none where the series is too short to have
/// any.
pub(super) fn candidates(values: &[f64], from: usize) -> Vec<Candidate> {
    let n = values.len();
    let segment = shortest_segment(n, SEGMENT.0).max(SEGMENT.1);
    let Ok(found) = breaks(values, segment, None) else { return Vec::new() };
    let Some(best) = found.divisions.get(found.chosen) else { return Vec::new() };
    let ends: Vec<usize> = std::iter::once(0).chain(best.breaks.iter().copied()).chain(std::iter::once(n)).collect();
    let mean = |from: usize, to: usize| values[from..to].iter().sum::<f64>() / (to - from) as f64;
    let shift = i64::try_from(from).unwrap_or(0);
    best.breaks
        .iter()
        .zip(break_intervals(values, &best.breaks, LEVEL))
        .enumerate()
        .map(|(k, (at, interval))| Candidate {
            at: from + at,
            between: interval.map(|i| (shift + i.lower, shift + i.upper)),
            change: mean(*at, ends[k + 2]) - mean(ends[k], *at),
            months: n,
        })
        .collect()
}
