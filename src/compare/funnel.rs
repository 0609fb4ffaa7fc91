//! Every town against what is to be expected at its number of cases.
//!
//! A share of few cases swings by chance: a league table of raw shares puts small towns at both ends. A funnel sets
//! every town against limits that depend on its own number of cases instead.
//!
//! Two pairs of limits are given. The exact ones hold where chance alone were at work; with many cases they are so
//! narrow that nearly every town lies outside, because towns differ anyway (age, distance, mix of cases). The others
//! allow for such ordinary differences by one variance between towns that is added to that of chance. The additive
//! form is taken, not the multiplicative one: a common factor would widen the limits of small towns, which is chance
//! already, and leave those of large towns nearly as narrow as before. Scores are on the arcsine scale, and the
//! highest and lowest tenth are winsorised first, so that towns which really stand out do not widen the limits that
//! are to show them.
//! Reference: Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202; Spiegelhalter (2005), Quality and Safety in
//! Health Care 14, 347-351.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::domain::{Aggregation, EstimateTable, Flag, Period};
use crate::stats::Interval;
use crate::stats::funnel::{
    Dispersion, Extremes, FunnelError, Kind, Limits, Scores, Target, Transform, all_limits, limits,
    overdispersed_limits, scores,
};
use crate::stats::shrink::{self, Family, Prior, ShrinkError, Shrunken};

/// Fewer towns with cases say too little about how much towns differ.
pub const MIN_FUNNEL_TOWNS: usize = 10;
/// Levels of the inner and the outer limits.
pub const FUNNEL_LEVELS: [f64; 2] = [0.95, 0.998];
/// Share of scores at each end that is winsorised.
const WINSORISED: f64 = 0.1;

/// A town of a funnel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelTown {
    /// The area.
    pub area: u32,
    /// Cases that count.
    pub numerator: f64,
    /// All cases.
    pub cases: f64,
}

impl FunnelTown {
    /// The town's own value; none without cases.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        (self.cases > 0.0).then(|| self.numerator / self.cases)
    }
}

/// Why a town takes no part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// More cases that count than cases: an error in the data.
    Above100,
    /// Its number covers months in which the service was not online yet.
    PartlyOnline,
    /// It had no case.
    NoCases,
}

impl LeftOut {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Above100 => "above_100",
            Self::PartlyOnline => "partly_online",
            Self::NoCases => "no_cases",
        }
    }
}

/// Towns that take no part.
type OutOfUse = Vec<(FunnelTown, LeftOut)>;

/// Why there is no funnel.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FunnelRefusal {
    /// Fewer than [`MIN_FUNNEL_TOWNS`] towns with cases.
    #[error("{0} towns with cases, at least {MIN_FUNNEL_TOWNS} are needed")]
    FewTowns(usize),
    /// All cases of all towns count, or none.
    #[error("all cases count or none, so chance sets no limits")]
    AllOrNone,
    /// The method refused.
    #[error("{0}")]
    Method(FunnelError),
}

impl From<FunnelError> for FunnelRefusal {
    fn from(error: FunnelError) -> Self {
        if error == FunnelError::Target { Self::AllOrNone } else { Self::Method(error) }
    }
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Within the inner limits.
    Within,
    /// Above the inner limits, within the outer ones.
    AboveInner,
    /// Below the inner limits, within the outer ones.
    BelowInner,
    /// Above the outer limits.
    AboveOuter,
    /// Below the outer limits.
    BelowOuter,
}

impl Place {
    fn of(value: f64, [inner, outer]: [Interval; 2]) -> Self {
        if value > outer.upper {
            Self::AboveOuter
        } else if value < outer.lower {
            Self::BelowOuter
        } else if value > inner.upper {
            Self::AboveInner
        } else if value < inner.lower {
            Self::BelowInner
        } else {
            Self::Within
        }
    }

    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::AboveInner => "above_95",
            Self::BelowInner => "below_95",
            Self::AboveOuter => "above_998",
            Self::BelowOuter => "below_998",
        }
    }
}

/// Limits at one number of cases, the inner and the outer ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelLimits {
    /// Of chance alone, by the binomial distribution.
    pub exact: [Interval; 2],
    /// With ordinary differences between towns; nowhere narrower than the exact ones.
    pub wide: [Interval; 2],
}

/// What the funnel says of one town.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelPlace {
    /// The limits at its number of cases.
    pub limits: FunnelLimits,
    /// Where it lies by chance alone.
    pub exact: Place,
    /// Where it lies if ordinary differences between towns are allowed for.
    pub wide: Place,
    /// Its score if they are, above zero for values above the target.
    pub score: f64,
    /// Its value drawn towards the mean of all, beside its own and never in its place; none where the method refuses.
    pub shrunken: Option<Shrunken>,
}

/// The limits of a funnel and where the towns lie.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelResult {
    /// The common value, sum over sum.
    pub target: f64,
    /// The mean of squared scores after winsorising, about 1 where chance alone is at work.
    pub phi: f64,
    /// The variance between towns on the arcsine scale; 0 where towns differ no more than by chance.
    pub tau2: f64,
    /// How true values differ between towns, or why that cannot be told.
    pub prior: Result<Prior, ShrinkError>,
    /// One per town, in their order.
    pub places: Vec<FunnelPlace>,
    around: Target,
    scores: Scores,
}

/// The towns of one service, or of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// Dense service number or all.
    pub service: u32,
    /// The towns in use, ascending.
    pub towns: Vec<FunnelTown>,
    /// The towns left out, ascending.
    pub left_out: Vec<(FunnelTown, LeftOut)>,
    /// The limits, or why there are none.
    pub result: Result<FunnelResult, FunnelRefusal>,
}

/// The funnel of every service with a town's own value of key figure `kpi` (a share) in `period`.
///
/// Only numbers of `table` are used, so nothing but them can be computed from the limits.
#[must_use]
pub fn funnels(kpi: u16, table: &EstimateTable, period: Period) -> Vec<Funnel> {
    let mut services: BTreeMap<u32, (Vec<FunnelTown>, OutOfUse)> = BTreeMap::new();
    for (key, e) in table.iter() {
        let wanted = key.kpi == kpi && key.period == period && key.aggregation == Aggregation::Own;
        let (true, Some(numerator), Some(cases)) = (wanted, e.numerator, e.denominator) else { continue };
        let town = FunnelTown { area: key.unit, numerator, cases };
        let reason = if cases <= 0.0 {
            Some(LeftOut::NoCases)
        } else if e.flags.contains(&Flag::Above100) {
            Some(LeftOut::Above100)
        } else if e.flags.contains(&Flag::PartlyOnline) {
            Some(LeftOut::PartlyOnline)
        } else {
            None
        };
        let (towns, left_out) = services.entry(key.service).or_default();
        match reason {
            Some(reason) => left_out.push((town, reason)),
            None => towns.push(town),
        }
    }
    let services: Vec<_> = services.into_iter().collect();
    services
        .into_par_iter()
        .map(|(service, (towns, left_out))| Funnel { service, result: result(&towns), towns, left_out })
        .collect()
}

fn result(towns: &[FunnelTown]) -> Result<FunnelResult, FunnelRefusal> {
    if towns.len() < MIN_FUNNEL_TOWNS {
        return Err(FunnelRefusal::FewTowns(towns.len()));
    }
    let numerators: Vec<f64> = towns.iter().map(|t| t.numerator).collect();
    let cases: Vec<f64> = towns.iter().map(|t| t.cases).collect();
    let around = Target::pooled(Kind::Proportion, &numerators, &cases)?;
    let scores = scores(&numerators, &cases, &around, Transform::Arcsine, Extremes::Winsorise(WINSORISED))?;
    let exact = all_limits(Limits::Exact, &around, Transform::Arcsine, &cases, &FUNNEL_LEVELS)?;
    let counts: Vec<u64> = numerators.iter().map(|x| x.round() as u64).collect();
    let prior = shrink::fit(Family::BetaBinomial, &counts, &cases);
    let mut places = Vec::with_capacity(towns.len());
    for (at, town) in towns.iter().enumerate() {
        let exact = [exact[at][0], exact[at][1]];
        let limits = FunnelLimits { exact, wide: wide(exact, &scores, &around, town.cases)? };
        let value = town.numerator / town.cases;
        let drawn = |prior: &Prior| {
            shrink::shrunken(Family::BetaBinomial, prior, counts[at], town.cases, FUNNEL_LEVELS[0]).ok()
        };
        places.push(FunnelPlace {
            limits,
            exact: Place::of(value, limits.exact),
            wide: Place::of(value, limits.wide),
            score: scores.adjusted(at, Dispersion::Additive, &around, town.cases),
            shrunken: prior.as_ref().ok().and_then(drawn),
        });
    }
    let (phi, tau2) = (scores.phi, scores.tau2);
    Ok(FunnelResult { target: around.value, phi, tau2, prior, places, around, scores })
}

/// The limits with ordinary differences. On the arcsine scale they are approximate; where that would make them
/// narrower than chance alone allows, the exact limit holds.
fn wide(exact: [Interval; 2], scores: &Scores, around: &Target, cases: f64) -> Result<[Interval; 2], FunnelError> {
    let mut out = exact;
    for (limits, level) in out.iter_mut().zip(FUNNEL_LEVELS) {
        let found = overdispersed_limits(scores, Dispersion::Additive, around, cases, level)?;
        *limits = Interval { lower: limits.lower.min(found.lower), upper: limits.upper.max(found.upper) };
    }
    Ok(out)
}

impl FunnelResult {
    /// The limits at `cases`, of a town or not.
    ///
    /// # Errors
    /// As [`limits`] of the statistics; none for a number above zero.
    pub fn limits(&self, cases: f64) -> Result<FunnelLimits, FunnelError> {
        let of = |level| limits(Limits::Exact, &self.around, Transform::Arcsine, cases, level);
        let exact = [of(FUNNEL_LEVELS[0])?, of(FUNNEL_LEVELS[1])?];
        Ok(FunnelLimits { exact, wide: wide(exact, &self.scores, &self.around, cases)? })
    }

    /// How many towns lie above and below the outer limits with ordinary differences.
    #[must_use]
    pub fn outside(&self) -> (usize, usize) {
        let count = |place| self.places.iter().filter(|p| p.wide == place).count();
        (count(Place::AboveOuter), count(Place::BelowOuter))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{ALL_SERVICES, Estimate, EstimateKey, EstimateState, Month};

    fn period() -> Period {
        Period::span(Month::new(2025, 1).unwrap(), 12)
    }

    fn table(towns: &[(f64, f64)], flags: &[(usize, Flag)]) -> EstimateTable {
        let row = |(at, &(numerator, cases)): (usize, &(f64, f64))| {
            let mut e = Estimate::absent(EstimateState::Computed);
            e.value = (cases > 0.0).then(|| numerator / cases);
            (e.numerator, e.denominator) = (Some(numerator), Some(cases));
            flags.iter().filter(|(town, _)| *town == at).for_each(|(_, flag)| e.flag(*flag));
            let unit = u32::try_from(at).unwrap();
            let key = EstimateKey { kpi: 0, unit, service: 3, period: period(), aggregation: Aggregation::Own };
            (key, e)
        };
        EstimateTable::new(towns.iter().enumerate().map(row).collect())
    }

    fn only(towns: &[(f64, f64)]) -> Funnel {
        let found = funnels(0, &table(towns, &[]), period());
        assert_eq!(found.len(), 1);
        found.into_iter().next().unwrap()
    }

    #[test]
    fn towns_that_differ_no_more_than_by_chance_lie_within_the_exact_limits() {
        // Ten towns of 10 cases, half of them with 4 and half with 6 online: the target is 1/2, and by hand
        // phi = (asin √0.4 - π/4)² 4 · 10 = 0.4055 (winsorising changes nothing), so tau² = 0.
        let towns: Vec<(f64, f64)> = (0..10).map(|at| (if at % 2 == 0 { 4.0 } else { 6.0 }, 10.0)).collect();
        let funnel = only(&towns);
        let result = funnel.result.unwrap();
        assert_eq!((result.target, result.tau2, funnel.service), (0.5, 0.0, 3));
        let phi = 40.0 * (0.4f64.sqrt().asin() - std::f64::consts::FRAC_PI_4).powi(2);
        assert!((result.phi - phi).abs() < 1e-12 && (phi - 0.405_5).abs() < 1e-4, "{phi}");
        // P(X = 0) = 1/1024 is below 0.001, P(X <= 1) = 11/1024 above: none of ten may be outside at 99.8 % only.
        let [inner, outer] = result.limits(10.0).unwrap().exact;
        assert!(
            outer.lower > 0.0 && outer.lower < 0.1 && inner.lower > 0.1 && inner.lower < 0.2,
            "{inner:?} {outer:?}"
        );
        assert!((inner.lower + inner.upper - 1.0).abs() < 1e-9);
        assert!(result.places.iter().all(|p| p.exact == Place::Within && p.wide == Place::Within));
        // The wide limits are nowhere narrower than those of chance alone.
        for cases in [1.0, 3.0, 10.0, 1000.0] {
            let FunnelLimits { exact, wide } = result.limits(cases).unwrap();
            assert!(exact.iter().zip(&wide).all(|(e, w)| w.lower <= e.lower && w.upper >= e.upper), "{cases}");
        }
        // No spread: everything is drawn to the mean, and no interval of width zero claims certainty.
        let drawn = result.places[0].shrunken.unwrap();
        assert_eq!((drawn.raw, drawn.value, drawn.interval), (0.4, 0.5, None));
    }

    #[test]
    fn ordinary_differences_widen_the_limits_and_what_stands_out_stands_out() {
        // Large towns around one half that differ by much more than chance, one far beyond, and a hamlet with 0 of 3.
        let mut towns: Vec<(f64, f64)> = [0.45, 0.47, 0.48, 0.49, 0.5, 0.5, 0.51, 0.52, 0.53, 0.55, 0.44, 0.56]
            .map(|p| (p * 10_000.0, 10_000.0))
            .to_vec();
        towns.extend([(9_000.0, 10_000.0), (0.0, 3.0)]);
        let funnel = only(&towns);
        let result = funnel.result.unwrap();
        let place = |at: usize| (result.places[at].exact, result.places[at].wide);
        assert_eq!(place(0), (Place::BelowOuter, Place::Within));
        assert_eq!(place(12), (Place::AboveOuter, Place::AboveOuter));
        // 1/8 is more than 2.5 %.
        assert_eq!(place(13), (Place::Within, Place::Within));
        assert_eq!(result.outside(), (1, 0));
        // By hand: sum over sum.
        let sum: f64 = towns.iter().map(|t| t.0).sum();
        assert!((result.target - sum / 130_003.0).abs() < 1e-15);
        // Additive limits do not close with the number of cases: z times tau remains.
        let [inner, _] = result.limits(1e12).unwrap().wide;
        let half = 1.959_963_985 * result.tau2.sqrt();
        let upper = (result.target.sqrt().asin() + half).sin().powi(2);
        assert!((inner.upper - upper).abs() < 1e-6, "{} {upper}", inner.upper);
        // The hamlet is drawn far to the mean, the large town hardly.
        let drawn = |at: usize| result.places[at].shrunken.unwrap();
        assert!(drawn(13).raw == 0.0 && drawn(13).value > 0.3, "{:?}", drawn(13));
        assert!((drawn(12).value - 0.9).abs() < 0.002, "{:?}", drawn(12));
    }

    #[test]
    fn a_funnel_is_refused_rather_than_drawn_from_little() {
        assert_eq!(funnels(0, &table(&[], &[]), period()), []);
        let funnel = only(&[(4.0, 10.0); 9]);
        assert_eq!(funnel.result, Err(FunnelRefusal::FewTowns(9)));
        assert_eq!(funnel.towns.len(), 9);
        assert_eq!(only(&[(0.0, 10.0); 12]).result, Err(FunnelRefusal::AllOrNone));
        assert_eq!(only(&[(10.0, 10.0); 12]).result, Err(FunnelRefusal::AllOrNone));
    }

    #[test]
    fn what_is_left_out_is_named_and_sets_no_limits() {
        let mut towns = vec![(4.0, 10.0); 11];
        towns.extend([(30.0, 20.0), (1.0, 50.0), (0.0, 0.0)]);
        let flags = [(11, Flag::Above100), (12, Flag::PartlyOnline), (13, Flag::ZeroDenominator)];
        let found = funnels(0, &table(&towns, &flags), period());
        let funnel = &found[0];
        let reasons: Vec<(u32, LeftOut)> = funnel.left_out.iter().map(|(t, why)| (t.area, *why)).collect();
        assert_eq!(reasons, [(11, LeftOut::Above100), (12, LeftOut::PartlyOnline), (13, LeftOut::NoCases)]);
        assert_eq!((funnel.towns.len(), funnel.result.as_ref().unwrap().target), (11, 0.4));
        assert_eq!(funnel.left_out[2].0.value(), None);
        // Groups of towns, other periods and other key figures are no towns.
        assert_eq!(funnels(1, &table(&towns, &flags), period()), []);
        assert_ne!(funnel.service, ALL_SERVICES);
    }
}
