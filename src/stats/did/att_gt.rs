//! All groups and periods.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::influence::Influence;
use super::panel::{Layout, Sample};
use super::two_period::{Arms, Caveats, Sections};
use super::{Base, Cell, Control, Design, Effect, Missing};

/// Size of a standard error relative to the outcomes below which it is rounding.
const ROUNDING: f64 = 1e-13;

/// One comparison to make.
#[derive(Debug, Clone, Copy)]
struct Task {
    cohort: usize,
    time: usize,
    base: usize,
    /// The first cohort that may serve as control.
    controls: usize,
}

/// What tasks with the same two groups share: cohort, first control cohort, period of covariates, of weights.
type Roles = (usize, usize, usize, usize);

pub(super) fn estimate(sample: &Sample, design: &Design) -> Vec<Cell> {
    let tasks = tasks(sample, design);
    let mut shared: BTreeMap<Roles, Vec<usize>> = BTreeMap::new();
    for (at, task) in tasks.iter().enumerate() {
        shared.entry(roles(sample, task)).or_default().push(at);
    }
    let shared: Vec<(Roles, Vec<usize>)> = shared.into_iter().collect();
    let done: Vec<Vec<(usize, Cell)>> = shared
        .par_iter()
        .map(|(roles, members)| match &sample.layout {
            Layout::Panel { .. } => panel_cells(sample, design, *roles, &tasks, members),
            Layout::Sections { unit, starts } => {
                members.iter().map(|at| (*at, section_cell(sample, design, &tasks[*at], unit, starts))).collect()
            }
        })
        .collect();
    let mut cells: Vec<(usize, Cell)> = done.into_iter().flatten().collect();
    cells.sort_by_key(|(at, _)| *at);
    cells.into_iter().map(|(_, cell)| cell).collect()
}

fn tasks(sample: &Sample, design: &Design) -> Vec<Task> {
    let anticipation = f64::from(design.anticipation);
    let mut out = Vec::new();
    for (cohort, c) in sample.cohorts.iter().enumerate().filter(|(_, c)| c.estimated) {
        let Some(before) = sample.last_before(c.time, anticipation) else { continue };
        let first = usize::from(design.base == Base::Varying);
        for time in first..sample.periods.len() {
            let reacts = c.time - anticipation <= sample.periods[time];
            let base = if design.base == Base::Universal || reacts { before } else { time - 1 };
            let until = sample.periods[time.max(base)] + anticipation;
            let controls = match design.control {
                Control::Never => sample.cohorts.iter().position(|c| c.time.is_infinite()),
                Control::NotYet => sample.cohorts.iter().position(|c| c.time > until),
            };
            out.push(Task { cohort, time, base, controls: controls.unwrap_or(sample.cohorts.len()) });
        }
    }
    out
}

fn roles(sample: &Sample, task: &Task) -> Roles {
    let earlier = task.time.min(task.base);
    let (x_varies, w_varies) = match sample.layout {
        Layout::Panel { x_varies, w_varies } => (x_varies, w_varies),
        // Nothing is shared.
        Layout::Sections { .. } => return (task.cohort, task.controls, task.time, task.base),
    };
    let period = |varies: bool| if varies { earlier } else { 0 };
    (task.cohort, task.controls, period(x_varies), period(w_varies))
}

impl Task {
    /// Runs of control units: from the first control cohort on, without the cohort itself.
    fn control_runs(&self, sample: &Sample) -> [std::ops::Range<usize>; 2] {
        let own = &sample.cohorts[self.cohort].units;
        let start = sample.cohorts.get(self.controls).map_or(sample.units, |c| c.units.start);
        if own.start >= start { [start..own.start, own.end..sample.units] } else { [start..start, start..sample.units] }
    }

    fn effect(&self, sample: &Sample) -> Effect {
        let cohort = &sample.cohorts[self.cohort];
        Effect {
            group: cohort.time,
            time: sample.periods[self.time],
            base: sample.periods[self.base],
            post: cohort.time <= sample.periods[self.time],
            value: None,
            se: None,
            treated: 0,
            controls: 0,
            trimmed: 0,
            separated: false,
            missing: None,
        }
    }

    fn cell(&self, sample: &Sample, result: Result<(f64, Influence, Caveats), Missing>, counts: [usize; 2]) -> Cell {
        let mut effect = self.effect(sample);
        [effect.treated, effect.controls] = counts;
        let is_base = self.time == self.base;
        let mut influence = Influence::default();
        match result {
            Ok((value, phi, caveats)) if value.is_finite() => {
                effect.value = Some(value);
                effect.trimmed = caveats.trimmed;
                effect.separated = caveats.separated;
                effect.se = phi.error(sample.clusters.as_ref()).filter(|se| *se > ROUNDING * sample.scale);
                influence = phi;
            }
            Ok(_) => effect.missing = Some(Missing::Collinear),
            Err(missing) => effect.missing = Some(missing),
        }
        Cell { effect, cohort: self.cohort, influence, is_base }
    }

    /// Orders φ of all participants, the cohort first, then the runs of controls.
    fn influence(&self, sample: &Sample, mut phi: Vec<f64>) -> Influence {
        let own = sample.cohorts[self.cohort].units.clone();
        let runs = self.control_runs(sample);
        let from = runs[0].start;
        if own.start < from {
            return Influence::new(own, from, phi);
        }
        // The cohort lies among its controls.
        phi[..own.len() + runs[0].len()].rotate_left(own.len());
        Influence::new(from..from, from, phi)
    }
}

fn panel_cells(
    sample: &Sample,
    design: &Design,
    roles: Roles,
    tasks: &[Task],
    members: &[usize],
) -> Vec<(usize, Cell)> {
    let Some(first) = members.first().map(|at| &tasks[*at]) else { return Vec::new() };
    let own = sample.cohorts[first.cohort].units.clone();
    let runs = first.control_runs(sample);
    let counts = [own.len(), runs[0].len() + runs[1].len()];
    let participants: usize = counts.iter().sum();
    let pick = |column: &[f64], period: usize| -> Vec<f64> {
        let column = &column[period * sample.units..];
        let mut out = Vec::with_capacity(participants);
        for run in [&own, &runs[0], &runs[1]] {
            out.extend_from_slice(&column[run.clone()]);
        }
        out
    };
    let (_, _, x_period, w_period) = roles;
    let x = std::iter::once(vec![1.0; participants]).chain(sample.x.iter().map(|c| pick(c, x_period))).collect();
    let arms = Arms::new(design.method, x, own.len(), sample.w.as_ref().map(|w| pick(w, w_period)));
    let cell = |at: &usize| {
        let task = &tasks[*at];
        if task.time == task.base {
            return (*at, task.cell(sample, Ok((0.0, Influence::default(), Caveats::default())), counts));
        }
        let result = arms.as_ref().map_err(|missing| *missing).map(|arms| {
            let mut change = pick(&sample.y, task.time);
            let mut at = 0;
            for run in [&own, &runs[0], &runs[1]] {
                let before = &sample.y[task.base * sample.units..][run.clone()];
                change[at..at + run.len()].iter_mut().zip(before).for_each(|(y, before)| *y -= before);
                at += run.len();
            }
            let (value, phi) = arms.effect(change);
            (value, task.influence(sample, phi), arms.caveats())
        });
        (*at, task.cell(sample, result, counts))
    };
    members.iter().map(cell).collect()
}

fn section_cell(sample: &Sample, design: &Design, task: &Task, unit: &[usize], starts: &[usize]) -> Cell {
    let own = sample.cohorts[task.cohort].units.clone();
    let control_runs = task.control_runs(sample);
    // Rows: treated after, treated before, controls after, controls before.
    let mut order: Vec<usize> = Vec::new();
    let mut runs = [0; 4];
    for (at, (period, of_cohort)) in
        [(task.time, true), (task.base, true), (task.time, false), (task.base, false)].into_iter().enumerate()
    {
        let rows = &unit[starts[period]..starts[period + 1]];
        let units: &[_] = if of_cohort { std::slice::from_ref(&own) } else { &control_runs };
        for run in units {
            let from = starts[period] + rows.partition_point(|u| *u < run.start);
            let to = starts[period] + rows.partition_point(|u| *u < run.end);
            order.extend(from..to.max(from));
            runs[at] += to.max(from) - from;
        }
    }
    let counts = [runs[0] + runs[1], runs[2] + runs[3]];
    if task.time == task.base {
        return task.cell(sample, Ok((0.0, Influence::default(), Caveats::default())), [runs[0], runs[2]]);
    }
    let pick = |column: &Vec<f64>| -> Vec<f64> { order.iter().map(|row| column[*row]).collect() };
    let x = std::iter::once(vec![1.0; order.len()]).chain(sample.x.iter().map(pick)).collect();
    let sections = Sections { runs, x, y: pick(&sample.y), weights: sample.w.as_ref().map(pick) };
    let result = sections.effect(design.method).map(|(value, by_row, caveats)| {
        // A unit seen in both periods has the sum of its rows.
        let mut by_unit = vec![0.0; own.len() + control_runs[0].len() + control_runs[1].len()];
        for (row, phi) in order.iter().zip(by_row) {
            let u = unit[*row];
            let at = if own.contains(&u) {
                u - own.start
            } else if control_runs[0].contains(&u) {
                own.len() + u - control_runs[0].start
            } else {
                own.len() + control_runs[0].len() + u - control_runs[1].start
            };
            by_unit[at] += phi;
        }
        (value, task.influence(sample, by_unit), caveats)
    });
    task.cell(sample, result, counts)
}
