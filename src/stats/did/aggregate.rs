//! Weighted means of effects.
//!
//! Weights are the sizes of cohorts, which are estimated as well: their influence on a mean θ = Σ s_k b_k / Σ s_k
//! is that of each unit of cohort g, weighted, with Σ (b_k - θ) / Σ s_k over the effects k on its cohort.

use std::collections::BTreeMap;

use super::Cell;
use super::bootstrap::{Draws, band, error};
use super::influence::{dot, positive};
use super::panel::Sample;

/// A mean of effects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The mean.
    pub value: f64,
    /// Its standard error; `None` where it has none.
    pub se: Option<f64>,
}

/// Means over one dimension and their overall mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The overall mean; its interval is pointwise. `None` where no effect after treatment was estimated.
    pub overall: Option<Summary>,
    /// Cohort, period or periods since treatment, in order, with the mean.
    pub by: Vec<(f64, Summary)>,
    /// Half the width of an interval of `by` in standard errors.
    pub critical: f64,
}

/// The four summaries.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregates {
    /// All effects after treatment, weighted by cohort size.
    pub simple: Aggregate,
    /// By time since treatment, before it (negative) as well; overall the plain mean from treatment on.
    pub dynamic: Aggregate,
    /// By cohort: plain means over its periods from treatment on; overall weighted by cohort size.
    pub group: Aggregate,
    /// By period; overall the plain mean.
    pub calendar: Aggregate,
}

/// A mean as a combination of effects and of cohort sizes.
#[derive(Default)]
struct Combination {
    value: f64,
    cells: Vec<(usize, f64)>,
    cohorts: Vec<(usize, f64)>,
}

impl Combination {
    /// The mean of effects weighted by cohort size.
    fn sized(sample: &Sample, cells: &[Cell], which: &[usize]) -> Option<Self> {
        let size = |at: usize| sample.cohorts[cells[at].cohort].mass;
        let all: f64 = which.iter().map(|at| size(*at)).sum();
        if all <= 0.0 {
            return None;
        }
        let value_of = |at: usize| cells[at].effect.value.unwrap_or_default();
        let value = which.iter().map(|at| size(*at) / all * value_of(*at)).sum();
        let mut cohorts: BTreeMap<usize, f64> = BTreeMap::new();
        for at in which {
            *cohorts.entry(cells[*at].cohort).or_default() += (value_of(*at) - value) / all;
        }
        let weights = which.iter().map(|at| (*at, size(*at) / all)).collect();
        Some(Self { value, cells: weights, cohorts: cohorts.into_iter().collect() })
    }

    /// The plain mean of effects.
    fn plain(cells: &[Cell], which: &[usize]) -> Self {
        let share = 1.0 / which.len().max(1) as f64;
        let value = which.iter().filter_map(|at| cells[*at].effect.value).map(|v| v * share).sum();
        Self { value, cells: which.iter().map(|at| (*at, share)).collect(), cohorts: Vec::new() }
    }

    /// A combination of combinations with fixed weights.
    fn of(parts: &[(&Self, f64)]) -> Self {
        let (mut cells, mut cohorts): (BTreeMap<usize, f64>, BTreeMap<usize, f64>) = Default::default();
        for (part, factor) in parts {
            part.cells.iter().for_each(|(at, w)| *cells.entry(*at).or_default() += factor * w);
            part.cohorts.iter().for_each(|(at, w)| *cohorts.entry(*at).or_default() += factor * w);
        }
        let value = parts.iter().map(|(part, factor)| factor * part.value).sum();
        Self { value, cells: cells.into_iter().collect(), cohorts: cohorts.into_iter().collect() }
    }

    fn analytic(&self, sample: &Sample, cells: &[Cell]) -> Option<f64> {
        let mut phi = vec![0.0; sample.units];
        self.cells.iter().for_each(|(at, weight)| cells[*at].influence.add_to(*weight, &mut phi));
        for (cohort, factor) in &self.cohorts {
            let units = sample.cohorts[*cohort].units.clone();
            phi[units.clone()].iter_mut().zip(&sample.unit_weight[units]).for_each(|(phi, w)| *phi += factor * w);
        }
        match &sample.clusters {
            Some(clusters) => clusters.error(&phi),
            None => positive(dot(&phi, &phi).sqrt(), 0.0),
        }
    }

    fn drawn(&self, draws: &Draws) -> Vec<f64> {
        let mut out = vec![0.0; draws.cells.first().map_or(0, Vec::len)];
        let all = self.cells.iter().map(|(at, w)| (&draws.cells[*at], w));
        for (column, weight) in all.chain(self.cohorts.iter().map(|(at, w)| (&draws.cohorts[*at], w))) {
            out.iter_mut().zip(column).for_each(|(out, draw)| *out += weight * draw);
        }
        out
    }
}

struct Context<'a> {
    sample: &'a Sample,
    cells: &'a [Cell],
    draws: Option<&'a Draws>,
    level: f64,
    pointwise: f64,
}

impl Context<'_> {
    /// The error, `None` where the mean does not vary: rounding of the parts is not an error.
    fn analytic(&self, mean: &Combination) -> Option<f64> {
        mean.analytic(self.sample, self.cells).filter(|se| *se > 1e-13 * self.sample.scale)
    }

    fn summary(&self, mean: &Combination) -> Summary {
        let analytic = self.analytic(mean);
        let se = match self.draws {
            Some(draws) => analytic.and(error(&mean.drawn(draws))),
            None => analytic,
        };
        Summary { value: mean.value, se }
    }

    fn aggregate(&self, by: &[(f64, Combination)], overall: Option<&Combination>) -> Aggregate {
        let mut out = Aggregate {
            overall: overall.map(|mean| self.summary(mean)),
            by: by.iter().map(|(key, mean)| (*key, self.summary(mean))).collect(),
            critical: self.pointwise,
        };
        if let Some(draws) = self.draws {
            let drawn: Vec<Vec<f64>> = by.iter().map(|(_, mean)| mean.drawn(draws)).collect();
            let varying = drawn.iter().zip(&out.by).filter(|(_, (_, s))| s.se.is_some());
            let columns: Vec<&[f64]> = varying.map(|(column, _)| column.as_slice()).collect();
            out.critical = band(&columns, self.level).critical.map_or(self.pointwise, |c| c.max(self.pointwise));
        }
        out
    }
}

pub(super) fn all(sample: &Sample, cells: &[Cell], draws: Option<&Draws>, level: f64, pointwise: f64) -> Aggregates {
    let context = Context { sample, cells, draws, level, pointwise };
    let known: Vec<usize> = (0..cells.len()).filter(|at| cells[*at].effect.value.is_some()).collect();
    let post: Vec<usize> = known.iter().copied().filter(|at| cells[*at].effect.post).collect();
    let sized = |which: &[usize]| Combination::sized(sample, cells, which);
    let grouped = |which: &[usize], key: &dyn Fn(&Cell) -> f64| {
        let mut out: Vec<(f64, Vec<usize>)> = Vec::new();
        let mut keyed: Vec<(f64, usize)> = which.iter().map(|at| (key(&cells[*at]), *at)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (key, at) in keyed {
            match out.last_mut() {
                Some((last, members)) if *last == key => members.push(at),
                _ => out.push((key, vec![at])),
            }
        }
        out
    };
    let mean_of = |parts: &[(f64, Combination)]| {
        let share = 1.0 / parts.len().max(1) as f64;
        let parts: Vec<(&Combination, f64)> = parts.iter().map(|(_, part)| (part, share)).collect();
        (!parts.is_empty()).then(|| Combination::of(&parts))
    };

    let simple = context.aggregate(&[], sized(&post).as_ref());

    let since = grouped(&known, &|cell| cell.effect.time - cell.effect.group);
    let by: Vec<(f64, Combination)> = since.iter().filter_map(|(key, which)| Some((*key, sized(which)?))).collect();
    let (before, after): (Vec<_>, Vec<_>) = by.into_iter().partition(|(key, _)| *key < 0.0);
    let overall = mean_of(&after);
    let by: Vec<(f64, Combination)> = before.into_iter().chain(after).collect();
    let dynamic = context.aggregate(&by, overall.as_ref());

    let cohorts = grouped(&post, &|cell| cell.effect.group);
    let by: Vec<(f64, Combination)> =
        cohorts.iter().map(|(key, which)| (*key, Combination::plain(cells, which))).collect();
    let sizes: Vec<(usize, f64)> = cohorts
        .iter()
        .filter_map(|(_, which)| which.first().map(|at| (cells[*at].cohort, sample.cohorts[cells[*at].cohort].mass)))
        .collect();
    let all: f64 = sizes.iter().map(|(_, size)| size).sum();
    let overall = (all > 0.0).then(|| {
        let parts: Vec<(&Combination, f64)> =
            by.iter().zip(&sizes).map(|((_, c), (_, size))| (c, size / all)).collect();
        let mut overall = Combination::of(&parts);
        let value = overall.value;
        overall.cohorts = by.iter().zip(&sizes).map(|((_, c), (at, _))| (*at, (c.value - value) / all)).collect();
        overall
    });
    let group = context.aggregate(&by, overall.as_ref());

    let periods = grouped(&post, &|cell| cell.effect.time);
    let by: Vec<(f64, Combination)> = periods.iter().filter_map(|(key, which)| Some((*key, sized(which)?))).collect();
    let overall = mean_of(&by);
    let calendar = context.aggregate(&by, overall.as_ref());

    Aggregates { simple, dynamic, group, calendar }
}
