//! The effect quarter by quarter, all measured from the last quarter before the event.

use std::collections::{BTreeMap, BTreeSet};

use super::{Effect, Panel};
use crate::stats::MIN_CLUSTERS;
use crate::stats::did::{Base, Fit, Inference};

/// Draws of the multiplier bootstrap behind the band.
const DRAWS: usize = 999;

/// One quarter before, at or after the event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoursePoint {
    /// Quarters since the event: -1 is the last before it, from which all are measured, 0 the one in which it began.
    pub quarter: i32,
    /// How much more the share changed since quarter -1 than without the event, with pointwise limits; `None` in
    /// that quarter itself and where there is no error.
    pub effect: Option<Effect>,
    /// Limits that hold for all quarters at once: the critical value is that of the largest |t| over the quarters by
    /// the multiplier bootstrap (Callaway and Sant'Anna 2021, section 4.1).
    pub band: Option<(f64, f64)>,
    /// Pairs of town and service with the event that are seen in this quarter.
    pub units: usize,
    /// Their towns.
    pub towns: usize,
}

impl CoursePoint {
    /// The quarter from which all are measured.
    pub const REFERENCE: i32 = -1;
}

/// The course, and the towns with and without the event that are behind it; empty where the estimator refuses, and
/// below five towns on a side, whose errors would be far too small.
pub(super) fn course(panel: &Panel, level: f64, seed: u64) -> (Vec<CoursePoint>, (usize, usize)) {
    let fit = |bootstrap| panel.fit_with(&panel.cohorts, false, Base::Universal, &Inference { level, bootstrap });
    let Ok(found) = fit(None) else { return (Vec::new(), (0, 0)) };
    let seen = Seen::of(panel, &found);
    let sides = seen.sides(&found);
    if sides.0.min(sides.1) < MIN_CLUSTERS {
        return (Vec::new(), sides);
    }
    let critical = fit(Some((DRAWS, seed))).ok().map(|drawn| drawn.aggregates.dynamic.critical);
    let mut out = Vec::new();
    for (quarter, summary) in &found.aggregates.dynamic.by {
        let quarter = *quarter as i32;
        let is_reference = quarter == CoursePoint::REFERENCE;
        let effect = super::effect(Some(*summary), found.pointwise).filter(|_| !is_reference);
        let band = effect.zip(critical).map(|(e, c)| (e.value - c * e.se, e.value + c * e.se));
        let (units, towns) = seen.at(&found, quarter);
        out.push(CoursePoint { quarter, effect, band, units, towns });
    }
    (out, sides)
}

/// The complete units of every cohort and their towns.
struct Seen(BTreeMap<i64, (usize, BTreeSet<u32>)>);

impl Seen {
    fn of(panel: &Panel, fit: &Fit) -> Self {
        let mut rows: BTreeMap<usize, (usize, u32)> = BTreeMap::new();
        for (unit, town) in panel.unit.iter().zip(&panel.town) {
            rows.entry(*unit).or_insert((0, *town)).0 += 1;
        }
        let mut out: BTreeMap<i64, (usize, BTreeSet<u32>)> = BTreeMap::new();
        for (_, town) in rows.into_values().filter(|(n, _)| *n == fit.periods.len()) {
            let cohort = panel.cohorts.get(&town).copied().unwrap_or(0.0) as i64;
            let slot = out.entry(cohort).or_default();
            slot.0 += 1;
            slot.1.insert(town);
        }
        Self(out)
    }

    /// Towns of the cohorts in use, and towns without the event.
    fn sides(&self, fit: &Fit) -> (usize, usize) {
        let used: BTreeSet<i64> = fit.effects.iter().filter(|e| e.value.is_some()).map(|e| e.group as i64).collect();
        let count = |cohort: i64| self.0.get(&cohort).map_or(0, |(_, towns)| towns.len());
        (used.into_iter().map(count).sum(), count(0))
    }

    fn at(&self, fit: &Fit, quarter: i32) -> (usize, usize) {
        let here = fit.effects.iter().filter(|e| e.value.is_some() && (e.time - e.group) as i32 == quarter);
        let cohorts: BTreeSet<i64> = here.map(|e| e.group as i64).collect();
        let all = cohorts.iter().filter_map(|cohort| self.0.get(cohort));
        all.fold((0, 0), |(units, towns), (n, of)| (units + n, towns + of.len()))
    }
}

#[cfg(test)]
mod tests;
