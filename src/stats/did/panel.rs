//! From rows in long form to units ordered by cohort.

use std::ops::Range;

use super::influence::Clusters;
use super::{Control, Design, DidRefusal, Rows, Sampling};
use crate::stats::linalg::{Cholesky, Matrix};

/// Relative size of the part of a covariate that those before it do not explain, squared, from which on it counts.
const INDEPENDENT: f64 = 1e-12;

/// What has no part in the comparisons.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Left {
    /// Units (rows in cross-sections) treated in the first period already, give or take the anticipation.
    pub always_treated: usize,
    /// Their rows.
    pub always_treated_rows: usize,
    /// Units that miss a period.
    pub unbalanced: usize,
    /// Their rows.
    pub unbalanced_rows: usize,
    /// Rows from the treatment of the last cohort on, where there are no never-treated units.
    pub late_rows: usize,
    /// Units (rows in cross-sections) first treated after the end, taken as never treated.
    pub after_end: usize,
}

/// A cohort and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CohortSize {
    /// Period of first treatment; `None` for the never-treated.
    pub group: Option<f64>,
    /// Units (rows in cross-sections).
    pub units: usize,
    /// Whether effects on it are estimated; if not it serves as control only.
    pub estimated: bool,
}

/// Units first treated in one period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cohort {
    /// The period; infinite for never.
    pub(super) time: f64,
    /// Its units.
    pub(super) units: Range<usize>,
    pub(super) estimated: bool,
    /// Sum of the weights of its units in summaries.
    pub(super) mass: f64,
}

/// Where the numbers of a period are.
pub(super) enum Layout {
    /// All units, one period after the other.
    Panel {
        /// Whether covariates differ between periods; else there is one set for all.
        x_varies: bool,
        /// The same of weights.
        w_varies: bool,
    },
    /// Rows of each period, ordered by unit.
    Sections {
        /// Unit of each row.
        unit: Vec<usize>,
        /// The first row of each period, and the end.
        starts: Vec<usize>,
    },
}

/// The rows in use.
pub(super) struct Sample {
    pub(super) rows: usize,
    pub(super) units: usize,
    pub(super) periods: Vec<f64>,
    /// In order of time, never last.
    pub(super) cohorts: Vec<Cohort>,
    pub(super) y: Vec<f64>,
    /// Covariates less their mean, in standard deviations: estimates are the same and sums do not cancel.
    pub(super) x: Vec<Vec<f64>>,
    pub(super) w: Option<Vec<f64>>,
    /// Weight of each unit in summaries.
    pub(super) unit_weight: Vec<f64>,
    pub(super) clusters: Option<Clusters>,
    pub(super) layout: Layout,
    pub(super) left: Left,
    /// Largest absolute outcome.
    pub(super) scale: f64,
}

impl Sample {
    pub(super) fn is_panel(&self) -> bool {
        matches!(self.layout, Layout::Panel { .. })
    }

    pub(super) fn sizes(&self) -> Vec<CohortSize> {
        let size = |c: &Cohort| CohortSize {
            group: c.time.is_finite().then_some(c.time),
            units: c.units.len(),
            estimated: c.estimated,
        };
        self.cohorts.iter().map(size).collect()
    }

    /// The last period before treatment and anticipation of a cohort.
    pub(super) fn last_before(&self, cohort: f64, anticipation: f64) -> Option<usize> {
        self.periods.iter().rposition(|t| t + anticipation < cohort)
    }
}

/// The rows that are left at some point of the preparation.
struct Kept<'a> {
    rows: &'a Rows<'a>,
    /// All periods.
    times: Vec<f64>,
    /// Number of the period of each row.
    period: Vec<usize>,
    /// Unit of each row; the row itself in cross-sections.
    unit: Vec<usize>,
    cohort: Vec<f64>,
    keep: Vec<usize>,
    anticipation: f64,
    left: Left,
    /// The cohort that serves as control for want of never-treated units.
    last: Option<f64>,
}

pub(super) fn prepare(rows: &Rows<'_>, design: &Design) -> Result<Sample, DidRefusal> {
    let mut kept = check(rows, design)?;
    let mut left = std::mem::take(&mut kept.left);
    kept.recode_after_end(&mut left);
    kept.find_controls(design.control, &mut left)?;
    kept.drop_always_treated(&mut left)?;
    let mut panel = false;
    if design.sampling != Sampling::CrossSections {
        panel = kept.balance(design.sampling, &mut left);
        if kept.keep.is_empty() {
            return Err(DidRefusal::NothingBalanced);
        }
        if panel {
            kept.find_controls(design.control, &mut left)?;
        }
    }
    kept.left = left;
    build(kept, design, panel)
}

fn check<'a>(rows: &'a Rows<'a>, design: &Design) -> Result<Kept<'a>, DidRefusal> {
    let n = rows.outcome.len();
    let lengths = [rows.time.len(), rows.cohort.len(), rows.unit.len()];
    let same = lengths.iter().chain(&rows.covariates.iter().map(|c| c.len()).collect::<Vec<_>>()).all(|l| *l == n)
        && rows.weights.is_none_or(|w| w.len() == n)
        && rows.cluster.is_none_or(|c| c.len() == n);
    if n == 0 || !same {
        return Err(DidRefusal::Empty);
    }
    let numbers = [rows.outcome, rows.time, rows.cohort];
    for column in numbers.iter().chain(rows.covariates).chain(&rows.weights) {
        if let Some(row) = column.iter().position(|v| !v.is_finite()) {
            return Err(DidRefusal::NonFinite { row });
        }
    }
    if let Some(row) = rows.cohort.iter().position(|c| *c < 0.0) {
        return Err(DidRefusal::NegativeCohort { row });
    }
    if let Some(w) = rows.weights {
        if let Some(row) = w.iter().position(|w| *w < 0.0) {
            return Err(DidRefusal::NegativeWeight { row });
        }
        if w.iter().all(|w| *w == 0.0) {
            return Err(DidRefusal::ZeroWeights);
        }
    }
    let sections = design.sampling == Sampling::CrossSections;
    let unit: Vec<usize> = if sections { (0..n).collect() } else { rows.unit.to_vec() };
    let cohort = rows.cohort.iter().map(|c| if *c == 0.0 { f64::INFINITY } else { *c }).collect();
    let (times, period) = numbered(rows.time);
    let mut order: Vec<usize> = (0..n).collect();
    if !sections {
        order.sort_unstable_by_key(|row| (unit[*row], period[*row], *row));
        for pair in order.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            if unit[a] != unit[b] {
                continue;
            }
            let (first, row) = (a.min(b), a.max(b));
            if period[a] == period[b] {
                return Err(DidRefusal::Duplicate { first, row });
            }
            if rows.cohort[a] != rows.cohort[b] {
                return Err(DidRefusal::CohortChanges { first, row });
            }
            if rows.cluster.is_some_and(|c| c[a] != c[b]) {
                return Err(DidRefusal::ClusterChanges { first, row });
            }
        }
    }
    let anticipation = f64::from(design.anticipation);
    Ok(Kept { rows, times, period, unit, cohort, keep: order, anticipation, left: Left::default(), last: None })
}

/// The distinct values in order, and the place of each value among them.
fn numbered(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut distinct: Vec<f64> = Vec::new();
    for value in values {
        // Rows of a panel mostly follow in time, so that a look at the end spares the search.
        if distinct.last().is_none_or(|last| last < value) {
            distinct.push(*value);
        } else {
            let at = distinct.partition_point(|d| d < value);
            if distinct[at] != *value {
                distinct.insert(at, *value);
            }
        }
    }
    let mut places = Vec::with_capacity(values.len());
    let mut next = 0;
    for value in values {
        if distinct.get(next) != Some(value) {
            next = distinct.partition_point(|d| d < value);
        }
        places.push(next);
        next += 1;
    }
    (distinct, places)
}

impl Kept<'_> {
    /// Whether a kept row has each of the periods.
    fn seen(&self) -> Vec<bool> {
        let mut seen = vec![false; self.times.len()];
        self.keep.iter().for_each(|row| seen[self.period[*row]] = true);
        seen
    }

    /// How many units have a row for which `is` holds, and how many rows.
    fn count(&self, is: impl Fn(usize) -> bool) -> (usize, usize) {
        let (mut units, mut rows, mut last) = (0, 0, None);
        for row in self.keep.iter().copied().filter(|row| is(*row)) {
            rows += 1;
            if last != Some(self.unit[row]) {
                units += 1;
                last = Some(self.unit[row]);
            }
        }
        (units, rows)
    }

    fn recode_after_end(&mut self, left: &mut Left) {
        let end = self.rows.time.iter().copied().fold(f64::NEG_INFINITY, f64::max) + self.anticipation;
        let after = |cohort: f64| cohort > end && cohort.is_finite();
        left.after_end = self.count(|row| after(self.cohort[row])).0;
        self.cohort.iter_mut().filter(|c| after(**c)).for_each(|c| *c = f64::INFINITY);
    }

    /// Without never-treated units the last cohort is the control, as long as it is not treated itself.
    fn find_controls(&mut self, control: Control, left: &mut Left) -> Result<(), DidRefusal> {
        let latest = self.keep.iter().map(|row| self.cohort[*row]).fold(f64::NEG_INFINITY, f64::max);
        if latest == f64::INFINITY || self.last == Some(latest) {
            return Ok(());
        }
        if control == Control::Never {
            return Err(DidRefusal::NoNever);
        }
        let end = latest - self.anticipation;
        let before = self.keep.len();
        let time = self.rows.time;
        self.keep.retain(|row| time[*row] < end);
        left.late_rows += before - self.keep.len();
        self.last = Some(latest);
        if self.keep.is_empty() { Err(DidRefusal::NoControls) } else { Ok(()) }
    }

    fn drop_always_treated(&mut self, left: &mut Left) -> Result<(), DidRefusal> {
        let first = self.keep.iter().map(|row| self.rows.time[*row]).fold(f64::INFINITY, f64::min) + self.anticipation;
        (left.always_treated, left.always_treated_rows) = self.count(|row| self.cohort[row] <= first);
        let cohort = &self.cohort;
        self.keep.retain(|row| cohort[*row] > first);
        if self.keep.is_empty() { Err(DidRefusal::NoTreated) } else { Ok(()) }
    }

    /// Leaves out units that miss a period, or says that there are some.
    fn balance(&mut self, sampling: Sampling, left: &mut Left) -> bool {
        let periods = self.seen().into_iter().filter(|seen| *seen).count();
        let mut full = Vec::with_capacity(self.keep.len());
        for rows in self.keep.chunk_by(|a, b| self.unit[*a] == self.unit[*b]) {
            if rows.len() == periods {
                full.extend_from_slice(rows);
            } else {
                left.unbalanced += 1;
                left.unbalanced_rows += rows.len();
            }
        }
        if sampling == Sampling::Unbalanced && left.unbalanced > 0 {
            (left.unbalanced, left.unbalanced_rows) = (0, 0);
            return false;
        }
        self.keep = full;
        true
    }
}

fn build(kept: Kept<'_>, design: &Design, panel: bool) -> Result<Sample, DidRefusal> {
    let seen = kept.seen();
    let periods: Vec<f64> = kept.times.iter().zip(&seen).filter(|(_, seen)| **seen).map(|(t, _)| *t).collect();
    if periods.len() < 2 {
        return Err(DidRefusal::OnePeriod);
    }
    let Kept { rows, unit, cohort, period, keep, anticipation, left, last, .. } = kept;
    let keep = by_cohort(&keep, &unit, &cohort);
    // Number of the unit of each row of `keep`, units in order of cohort.
    let mut number = Vec::with_capacity(keep.len());
    let mut first_rows = Vec::new();
    let mut cohorts: Vec<Cohort> = Vec::new();
    for (at, row) in keep.iter().enumerate() {
        if at == 0 || unit[*row] != unit[keep[at - 1]] {
            let time = cohort[*row];
            if cohorts.last().is_none_or(|c| c.time != time) {
                let estimated = time.is_finite() && time > periods[0] + anticipation && last != Some(time);
                cohorts.push(Cohort { time, units: first_rows.len()..first_rows.len(), estimated, mass: 0.0 });
            }
            if let Some(c) = cohorts.last_mut() {
                c.units.end += 1;
            }
            first_rows.push(*row);
        }
        number.push(first_rows.len() - 1);
    }
    let units = first_rows.len();
    let treated: usize = cohorts.iter().filter(|c| c.estimated).map(|c| c.units.len()).sum();
    match treated {
        0 if cohorts.len() < 2 && last.is_some() => return Err(DidRefusal::NoControls),
        0 => return Err(DidRefusal::NoTreated),
        1 => return Err(DidRefusal::SingleTreatedUnit),
        _ => {}
    }
    let needed = rows.covariates.len() + 5;
    let found = cohorts.last().filter(|c| c.time.is_infinite()).map_or(0, |c| c.units.len());
    if design.control == Control::Never && found < needed {
        return Err(DidRefusal::FewControls { found, needed });
    }
    let unit_weight = unit_weights(rows, &keep, &number, units, panel);
    cohorts.iter_mut().for_each(|c| c.mass = unit_weight[c.units.clone()].iter().sum());
    let clusters = rows.cluster.map(|of| clusters(&first_rows, of));
    if clusters.as_ref().is_some_and(|c| c.count < 2) {
        return Err(DidRefusal::SingleCluster);
    }
    let scaled = standardised(rows.covariates, &keep)?;
    let scale = keep.iter().map(|row| rows.outcome[*row].abs()).fold(0.0, f64::max);
    let pick = |order: &[usize], column: &[f64]| -> Vec<f64> { order.iter().map(|at| column[keep[*at]]).collect() };
    // Positions in `keep`, period by period and within it by unit.
    let mut starts = vec![0; seen.len() + 1];
    keep.iter().for_each(|row| starts[period[*row] + 1] += 1);
    (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
    let mut order = vec![0; keep.len()];
    let mut next = starts.clone();
    for (at, row) in keep.iter().enumerate() {
        order[next[period[*row]]] = at;
        next[period[*row]] += 1;
    }
    let y = pick(&order, rows.outcome);
    let (x_order, w_order, layout);
    if panel {
        let varies =
            |value: &dyn Fn(usize) -> f64| (0..keep.len()).any(|at| value(at) != value(at - at % periods.len()));
        let x_varies = scaled.iter().any(|column| varies(&|at| column[at]));
        let w_varies = rows.weights.is_some_and(|w| varies(&|at| w[keep[at]]));
        x_order = if x_varies { &order[..] } else { &order[..units] };
        w_order = if w_varies { &order[..] } else { &order[..units] };
        layout = Layout::Panel { x_varies, w_varies };
    } else {
        (x_order, w_order) = (&order[..], &order[..]);
        // Periods without a row in use are not among `periods`.
        starts.dedup();
        layout = Layout::Sections { unit: order.iter().map(|at| number[*at]).collect(), starts };
    }
    let x = scaled.iter().map(|column| x_order.iter().map(|at| column[*at]).collect()).collect();
    let w = rows.weights.map(|w| pick(w_order, w));
    Ok(Sample { rows: keep.len(), units, periods, cohorts, y, x, w, unit_weight, clusters, layout, left, scale })
}

/// The rows by cohort; those of one unit, which follow each other, stay together and in order.
fn by_cohort(keep: &[usize], unit: &[usize], cohort: &[f64]) -> Vec<usize> {
    let mut runs: Vec<&[usize]> = keep.chunk_by(|a, b| unit[*a] == unit[*b]).collect();
    runs.sort_by(|a, b| cohort[a[0]].total_cmp(&cohort[b[0]]));
    runs.concat()
}

/// The weight of the first period in a panel, else the mean over the rows of the unit.
fn unit_weights(rows: &Rows<'_>, keep: &[usize], number: &[usize], units: usize, panel: bool) -> Vec<f64> {
    let Some(w) = rows.weights else { return vec![1.0; units] };
    let (mut sums, mut counts) = (vec![0.0; units], vec![0usize; units]);
    for (row, unit) in keep.iter().zip(number) {
        if !panel || counts[*unit] == 0 {
            sums[*unit] += w[*row];
            counts[*unit] += 1;
        }
    }
    sums.iter().zip(counts).map(|(sum, count)| sum / count.max(1) as f64).collect()
}

fn clusters(first_rows: &[usize], of: &[usize]) -> Clusters {
    let mut names: Vec<usize> = first_rows.iter().map(|row| of[*row]).collect();
    names.sort_unstable();
    names.dedup();
    let of = first_rows.iter().map(|row| names.partition_point(|name| *name < of[*row])).collect();
    Clusters { of, count: names.len() }
}

/// Covariates of the kept rows less their mean, in standard deviations.
fn standardised(covariates: &[&[f64]], keep: &[usize]) -> Result<Vec<Vec<f64>>, DidRefusal> {
    let n = keep.len() as f64;
    let mut out: Vec<Vec<f64>> = Vec::new();
    for (number, column) in covariates.iter().enumerate() {
        let mut values: Vec<f64> = keep.iter().map(|row| column[*row]).collect();
        let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let mean = values.iter().map(|v| v / n).sum::<f64>();
        values.iter_mut().for_each(|v| *v -= mean);
        let sd = (values.iter().map(|v| v * v).sum::<f64>() / n).sqrt();
        if !sd.is_finite() || sd <= 1e-13 * largest {
            return Err(DidRefusal::Collinear { column: number });
        }
        values.iter_mut().for_each(|v| *v /= sd);
        out.push(values);
        let k = out.len();
        let mut correlation = Matrix::zeros(k, k);
        for i in 0..k {
            for j in 0..k {
                let sum: f64 = out[i].iter().zip(&out[j]).map(|(a, b)| a * b).sum();
                correlation.set(i, j, sum / n - if i == j { INDEPENDENT } else { 0.0 });
            }
        }
        if Cholesky::of(&correlation).is_none() {
            return Err(DidRefusal::Collinear { column: number });
        }
    }
    Ok(out)
}
