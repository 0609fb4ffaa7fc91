//! The effect of events that towns met at different times, on services that were live before.

mod course;

use std::collections::{BTreeMap, BTreeSet};

pub use self::course::CoursePoint;
use super::clusters::{ClusterCount, Clusters};
use super::towns::{Share, Town};
use crate::domain::Month;
use crate::stats::Refusal;
use crate::stats::did::{Base, Control, Design, DidRefusal, Fit, Inference, Method, Rows, Sampling, fit};
use crate::stats::random::Random;

const QUARTER: i32 = 3;
/// Random assignments of the events to towns.
const ASSIGNMENTS: u64 = 199;

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The mean effect, as a share.
    pub value: f64,
    /// Standard error, clustered by town.
    pub se: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
}

/// Group-time effects of Callaway and Sant'Anna over quarters, towns without any such event as controls.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveEffect {
    /// Every pair of town and service counts the same.
    pub by_town: Effect,
    /// Every case counts the same.
    pub by_case: Option<Effect>,
    /// The quarters before and after the event; empty below five towns on a side.
    pub course: Vec<CoursePoint>,
    /// How far the courses before the event lie apart. A report, no gate behind which trends are parallel.
    pub pretest: Option<PreTrend>,
    /// Share of random assignments of the events to towns with an effect at least as far from zero.
    pub p: f64,
    /// Pairs of town and service.
    pub units: usize,
    /// Towns with an event and without.
    pub towns: (usize, usize),
    /// Those of them that have a service with every quarter, on which the estimate rests.
    pub complete: (usize, usize),
    /// Pairs left out because a quarter is missing.
    pub incomplete: usize,
    /// Applications per event town that the effect adds up to over the quarters seen after it: value, lower, upper.
    pub additional: (f64, f64, f64),
}

/// The quarters before the event.
///
/// The joint test of them by their covariances rejects far too often with few towns. Compared is therefore with random
/// assignments of the events, for which the share below is exact under the hypothesis that lots decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreTrend {
    /// Root mean square over the quarters of the difference between towns with the event and without, measured from
    /// the last quarter before it; as a share.
    pub apart: f64,
    /// Number of quarters, the last one not counted.
    pub quarters: usize,
    /// Share of random assignments of the events to towns that lie at least as far apart.
    pub p: f64,
}

/// One town and service, quarter by quarter.
struct Unit {
    town: u32,
    cohort: i32,
    quarters: BTreeMap<i32, Share>,
}

fn quarter(month: Month) -> i32 {
    month.index().div_euclid(QUARTER)
}

/// Full quarters only, from the first to the last that any unit has.
fn units(towns: &[Town]) -> Vec<Unit> {
    let mut out = Vec::new();
    for town in towns {
        let cohort = town.event.map_or(0, quarter);
        for course in town.launches() {
            let mut quarters: BTreeMap<i32, (Share, i32)> = BTreeMap::new();
            for (month, share) in &course.months {
                let slot = quarters.entry(quarter(*month)).or_default();
                *slot = (slot.0.plus(*share), slot.1 + 1);
            }
            let quarters = quarters.into_iter().filter(|(_, (_, n))| *n == QUARTER).map(|(q, (s, _))| (q, s)).collect();
            out.push(Unit { town: town.id, cohort, quarters });
        }
    }
    out
}

/// The table of the estimator. Period 0 means never treated, so quarters count from 1.
struct Panel {
    unit: Vec<usize>,
    time: Vec<f64>,
    outcome: Vec<f64>,
    weight: Vec<f64>,
    cluster: Vec<usize>,
    town: Vec<u32>,
    cohorts: BTreeMap<u32, f64>,
}

impl Panel {
    fn of(units: &[Unit], clusters: Option<&Clusters>) -> Self {
        let first = units.iter().filter_map(|u| u.quarters.keys().next()).min().copied().unwrap_or(0) - 1;
        let group = |town: u32| clusters.map_or(town, |clusters| clusters.group(town));
        let numbers: BTreeMap<u32, usize> =
            units.iter().map(|u| group(u.town)).collect::<BTreeSet<_>>().into_iter().zip(0..).collect();
        let mut out = Self {
            unit: Vec::new(),
            time: Vec::new(),
            outcome: Vec::new(),
            weight: Vec::new(),
            cluster: Vec::new(),
            town: Vec::new(),
            cohorts: units
                .iter()
                .map(|u| (u.town, if u.cohort == 0 { 0.0 } else { f64::from((u.cohort - first).max(1)) }))
                .collect(),
        };
        for (number, unit) in units.iter().enumerate() {
            let cases: f64 = unit.quarters.values().map(|s| s.all).sum();
            for (q, share) in &unit.quarters {
                out.unit.push(number);
                out.time.push(f64::from(q - first));
                out.outcome.push(share.rate());
                out.weight.push(cases / unit.quarters.len() as f64);
                out.cluster.push(numbers.get(&group(unit.town)).copied().unwrap_or(0));
                out.town.push(unit.town);
            }
        }
        out
    }

    fn fit(&self, cohorts: &BTreeMap<u32, f64>, weighted: bool, level: f64) -> Result<Fit, DidRefusal> {
        self.fit_with(cohorts, weighted, Base::Varying, &Inference { level, bootstrap: None })
    }

    fn fit_with(
        &self,
        cohorts: &BTreeMap<u32, f64>,
        weighted: bool,
        base: Base,
        inference: &Inference,
    ) -> Result<Fit, DidRefusal> {
        let cohort: Vec<f64> = self.town.iter().map(|town| cohorts.get(town).copied().unwrap_or(0.0)).collect();
        let rows = Rows {
            unit: &self.unit,
            time: &self.time,
            cohort: &cohort,
            outcome: &self.outcome,
            covariates: &[],
            weights: weighted.then_some(self.weight.as_slice()),
            cluster: Some(&self.cluster),
        };
        let design =
            Design { method: Method::Reg, control: Control::Never, base, anticipation: 0, sampling: Sampling::Panel };
        fit(&rows, &design, inference)
    }
}

fn effect(summary: Option<crate::stats::did::Summary>, z: f64) -> Option<Effect> {
    let summary = summary?;
    let se = summary.se?;
    Some(Effect { value: summary.value, se, lower: summary.value - z * se, upper: summary.value + z * se })
}

/// The effect of the events on the towns that had one.
///
/// # Errors
/// As the estimator, for example where a single town had an event; also where `clusters` are too few for errors.
pub(super) fn estimate(
    towns: &[Town],
    clusters: Option<&Clusters>,
    level: f64,
    seed: u64,
) -> Result<LiveEffect, DidRefusal> {
    let all = units(towns);
    let quarters = all.iter().flat_map(|u| u.quarters.keys()).collect::<BTreeSet<_>>().len();
    // Only units with every quarter are in the estimate.
    let complete = move |u: &&Unit| u.quarters.len() == quarters;
    let side = |with: bool| all.iter().filter(complete).filter(move |u| (u.cohort != 0) == with).map(|u| u.town);
    let count = clusters.map(|clusters| ClusterCount::of(clusters, side(true), side(false)));
    if let Some(Refusal::FewClusters { found, needed }) = count.and_then(|count| count.refusal()) {
        return Err(DidRefusal::FewClusters { found, needed });
    }
    let panel = Panel::of(&all, clusters);
    let found = panel.fit(&panel.cohorts, false, level)?;
    let z = found.pointwise;
    let by_town = effect(found.aggregates.simple.overall, z).ok_or(DidRefusal::ConstantOutcome)?;
    let by_case = panel
        .fit(&panel.cohorts, true, level)
        .ok()
        .and_then(|fit| effect(fit.aggregates.simple.overall, fit.pointwise));
    let after: f64 = all
        .iter()
        .filter(|u| u.cohort != 0)
        .flat_map(|u| u.quarters.iter().filter(|(q, _)| **q >= u.cohort))
        .map(|(_, share)| share.all)
        .sum();
    let had = panel.cohorts.values().filter(|c| **c > 0.0).count();
    let scale = after / had.max(1) as f64;
    let (course, complete) = course::course(&panel, level, seed);
    let (p, pretest) = randomised(&panel, by_town.value, apart(&found), level, seed);
    Ok(LiveEffect {
        by_town,
        by_case,
        course,
        complete,
        pretest,
        p,
        units: found.units,
        towns: (had, panel.cohorts.len() - had),
        incomplete: all.len().saturating_sub(found.units),
        additional: (by_town.value * scale, by_town.lower * scale, by_town.upper * scale),
    })
}

/// [`PreTrend::apart`] and [`PreTrend::quarters`] of one assignment of events; `None` without two quarters before one.
fn apart(fit: &Fit) -> Option<(f64, usize)> {
    let mut sums: BTreeMap<i32, (f64, f64)> = BTreeMap::new();
    for cohort in &fit.cohorts {
        let Some(group) = cohort.group.map(|group| group as i32) else { continue };
        let units = cohort.units as f64;
        // The changes from quarter to quarter add up to the distance from the last one.
        let mut distance = 0.0;
        for quarter in (1..group).rev() {
            let found = fit.effects.iter().find(|e| e.group as i32 == group && e.time as i32 == quarter);
            let Some(change) = found.and_then(|e| e.value) else { break };
            distance -= change;
            let sum = sums.entry(quarter - 1 - group).or_default();
            *sum = (sum.0 + units * distance, sum.1 + units);
        }
    }
    let squares: f64 = sums.values().map(|(sum, units)| (sum / units).powi(2)).sum();
    (!sums.is_empty()).then(|| ((squares / sums.len() as f64).sqrt(), sums.len()))
}

/// The share of random assignments of the same events to other towns that give an effect as far from zero, the
/// actual one counted in, and the same for the course before; for few towns with an event the errors above are too
/// small, this is not.
fn randomised(
    panel: &Panel,
    observed: f64,
    before: Option<(f64, usize)>,
    level: f64,
    seed: u64,
) -> (f64, Option<PreTrend>) {
    let towns: Vec<u32> = panel.cohorts.keys().copied().collect();
    let mut far = 1u64;
    let mut made = 1u64;
    let (mut further, mut seen) = (1u64, 1u64);
    for draw in 0..ASSIGNMENTS {
        let mut events: Vec<f64> = panel.cohorts.values().copied().collect();
        Random::new(seed, draw).shuffle(&mut events);
        let assigned: BTreeMap<u32, f64> = towns.iter().copied().zip(events).collect();
        let Ok(fit) = panel.fit(&assigned, false, level) else { continue };
        if let Some(summary) = fit.aggregates.simple.overall {
            made += 1;
            far += u64::from(summary.value.abs() >= observed.abs() * (1.0 - 1e-12));
        }
        if let (Some((observed, _)), Some((drawn, _))) = (before, apart(&fit)) {
            seen += 1;
            further += u64::from(drawn >= observed * (1.0 - 1e-12));
        }
    }
    let pretest = before.map(|(apart, quarters)| PreTrend { apart, quarters, p: further as f64 / seen as f64 });
    (far as f64 / made as f64, pretest)
}

/// The effect with every event town left out in turn; `None` where it cannot be estimated without one.
pub(super) fn leave_one_out(towns: &[Town], clusters: Option<&Clusters>, level: f64) -> Vec<(u32, Option<Effect>)> {
    let all = units(towns);
    let had: BTreeSet<u32> = all.iter().filter(|u| u.cohort != 0).map(|u| u.town).collect();
    had.into_iter()
        .map(|town| {
            let rest: Vec<Unit> = all
                .iter()
                .filter(|u| u.town != town)
                .map(|u| Unit { town: u.town, cohort: u.cohort, quarters: u.quarters.clone() })
                .collect();
            let panel = Panel::of(&rest, clusters);
            let fit = panel.fit(&panel.cohorts, false, level).ok();
            (town, fit.and_then(|fit| effect(fit.aggregates.simple.overall, fit.pointwise)))
        })
        .collect()
}
