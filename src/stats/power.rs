//! Planning a comparison of two groups of towns on a share: what would be seen, before there are data.

mod panel;
mod spread;
mod variates;

use rayon::prelude::*;

use self::variates::{beta, binomial};
use super::normal::{normal_quantile, student_quantile};
use super::probability::normal_two_sided;
use super::random::Random;

pub use self::panel::{Counts, MIN_TOWNS, PanelRefusal, Rollout, Towns, Trial};
pub use self::spread::Spread;

/// A planned comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Share without the measure, between 0 and 1.
    pub base: f64,
    /// Difference that the measure makes, in the same unit: 0.05 is five percentage points.
    pub effect: f64,
    /// Towns with the measure.
    pub treated: u64,
    /// Towns without.
    pub untreated: u64,
    /// Periods observed per town.
    pub periods: u64,
    /// Cases per town and period; where towns differ in size, their harmonic mean.
    pub cases: f64,
    /// Correlation of two cases of the same town.
    pub icc: f64,
    /// Confidence level of the test, two-sided.
    pub level: f64,
}

/// Why a plan has no power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PowerRefusal {
    /// A share with or without the measure is not inside 0 to 1.
    #[error("the shares with and without the measure must lie between 0 and 1")]
    Share,
    /// An effect of zero.
    #[error("the effect must not be zero")]
    NoEffect,
    /// A group without a town, or no period or case.
    #[error("each group needs a town, each town a period and a case")]
    EmptyGroup,
    /// A correlation below 0, or 1 and above.
    #[error("the correlation within towns must be at least 0 and below 1")]
    Icc,
    /// No difference between towns at all.
    #[error("the towns do not differ at all, so there is no measure of chance")]
    NoSpread,
    /// A level or a wanted power outside 0 to 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
    /// Two towns in all: their difference has no error.
    #[error("a simulation needs at least three towns")]
    FewUnits,
}

/// Largest number of towns or periods that is looked for.
const MOST: u64 = 1 << 30;

impl Plan {
    /// # Errors
    /// [`PowerRefusal`].
    pub fn check(&self) -> Result<(), PowerRefusal> {
        let inside = |p: f64| p > 0.0 && p < 1.0;
        if !inside(self.base) || !inside(self.base + self.effect) {
            Err(PowerRefusal::Share)
        } else if self.effect == 0.0 {
            Err(PowerRefusal::NoEffect)
        } else if [self.treated, self.untreated, self.periods].contains(&0)
            || !(self.cases > 0.0 && self.cases.is_finite() && self.cases_per_town() >= 1.0)
        {
            Err(PowerRefusal::EmptyGroup)
        } else if !(self.icc >= 0.0 && self.icc < 1.0) {
            Err(PowerRefusal::Icc)
        } else if inside(self.level) {
            Ok(())
        } else {
            Err(PowerRefusal::InvalidLevel)
        }
    }

    /// Cases of one town over all periods.
    #[must_use]
    pub fn cases_per_town(&self) -> f64 {
        self.periods as f64 * self.cases
    }

    /// How much the variance grows because cases of a town are alike: 1 + (m - 1) ρ with m cases per town.
    ///
    /// Reference: Kish (1965), Survey Sampling, 5.4; Donner and Klar (2000), Design and Analysis of Cluster
    /// Randomization Trials, 5.2.
    #[must_use]
    pub fn design_effect(&self) -> f64 {
        1.0 + (self.cases_per_town() - 1.0) * self.icc
    }

    /// The probability that a two-sided test at the level finds the difference.
    ///
    /// Normal approximation with the pooled variance under no difference and the separate variances under the
    /// difference, both tails counted, on the cases of each group divided by the design effect. With p1, p0 the
    /// shares, n1, n0 those numbers and p the pooled share:
    /// Φ((|d| - z s0) / s1) + Φ((-|d| - z s0) / s1), s0² = p (1 - p) (1/n1 + 1/n0), s1² = p1 (1 - p1)/n1 + p0 (1 - p0)/n0.
    ///
    /// Reference: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 4.2, without
    /// continuity correction; the convention of statsmodels' `power_proportions_2indep`.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn power(&self) -> Result<f64, PowerRefusal> {
        self.check()?;
        let z = normal_quantile(f64::midpoint(1.0, self.level)).map_err(|_| PowerRefusal::InvalidLevel)?;
        let per_town = self.cases_per_town() / self.design_effect();
        let (n1, n0) = (self.treated as f64 * per_town, self.untreated as f64 * per_town);
        let (p0, p1) = (self.base, self.base + self.effect);
        let pooled = (n1 * p1 + n0 * p0) / (n1 + n0);
        let under_none = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n0)).sqrt();
        let under_effect = (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0).sqrt();
        let d = self.effect.abs();
        Ok(below((d - z * under_none) / under_effect) + below((-d - z * under_none) / under_effect))
    }

    /// The smallest difference, in the direction of the planned one, that is found with probability `wanted`;
    /// `None` where not even a share of almost 0 or 1 would be.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn smallest_effect(&self, wanted: f64) -> Result<Option<f64>, PowerRefusal> {
        self.wanted(wanted)?;
        let with = |size: f64| Self { effect: size.copysign(self.effect), ..*self };
        let reach = if self.effect > 0.0 { 1.0 - self.base } else { self.base } * (1.0 - 1e-12);
        Ok(least(reach, |size| Ok(with(size).power()? >= wanted))?.map(|size| size.copysign(self.effect)))
    }

    /// The same plan with `units` towns in all, divided as now (rounded, at least one in each group).
    #[must_use]
    pub fn with_units(&self, units: u64) -> Self {
        let (treated, untreated) = divided(self.treated, self.untreated, units);
        Self { treated, untreated, ..*self }
    }

    /// The fewest towns in all with which the difference is found with probability `wanted`.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn units_needed(&self, wanted: f64) -> Result<Option<u64>, PowerRefusal> {
        self.wanted(wanted)?;
        first(2, |units| self.with_units(units).power().map(|power| power >= wanted))
    }

    /// The fewest periods; `None` where more periods of the same towns never suffice, because the differences
    /// between towns remain.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn periods_needed(&self, wanted: f64) -> Result<Option<u64>, PowerRefusal> {
        self.wanted(wanted)?;
        first(1, |periods| {
            let plan = Self { periods, ..*self };
            // Fewer than one case per town is never enough.
            Ok(plan.cases_per_town() >= 1.0 && plan.power()? >= wanted)
        })
    }

    fn wanted(&self, wanted: f64) -> Result<(), PowerRefusal> {
        self.check()?;
        if wanted > 0.0 && wanted < 1.0 { Ok(()) } else { Err(PowerRefusal::InvalidLevel) }
    }

    /// The share of `worlds` in which a t test on the towns' shares (equal weights and variances, towns - 2 degrees of
    /// freedom) finds a difference: towns draw their own share from a beta distribution with the correlation, their
    /// cases from that share. World number i has its own random numbers.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn simulate(&self, worlds: u64, seed: u64) -> Result<f64, PowerRefusal> {
        self.check()?;
        let df = (self.treated + self.untreated) as f64 - 2.0;
        if df < 1.0 {
            return Err(PowerRefusal::FewUnits);
        }
        let critical = student_quantile(f64::midpoint(1.0, self.level), df).map_err(|_| PowerRefusal::InvalidLevel)?;
        let cases = self.cases_per_town().round() as u64;
        let share = |random: &mut Random, mean: f64| {
            let own = if self.icc > 0.0 {
                let size = 1.0 / self.icc - 1.0;
                beta(random, mean * size, (1.0 - mean) * size)
            } else {
                mean
            };
            binomial(random, cases, own) as f64 / cases as f64
        };
        let group = |random: &mut Random, towns: u64, mean: f64| {
            let (mut sum, mut squares) = (0.0, 0.0);
            for _ in 0..towns {
                // Around the expected share, so that squares lose nothing.
                let away = share(random, mean) - mean;
                sum += away;
                squares += away * away;
            }
            let average = sum / towns as f64;
            (mean + average, squares - sum * average)
        };
        let found = (0..worlds)
            .into_par_iter()
            .filter(|world| {
                let mut random = Random::new(seed, *world);
                let (p1, s1) = group(&mut random, self.treated, self.base + self.effect);
                let (p0, s0) = group(&mut random, self.untreated, self.base);
                let variance = (s1 + s0).max(0.0) / df * (1.0 / self.treated as f64 + 1.0 / self.untreated as f64);
                (p1 - p0).abs() > critical * variance.sqrt()
            })
            .count();
        Ok(found as f64 / worlds.max(1) as f64)
    }
}

/// `units` towns divided as `treated` to `untreated` (rounded, at least one in each group).
fn divided(treated: u64, untreated: u64, units: u64) -> (u64, u64) {
    let share = treated as f64 / (treated + untreated) as f64;
    let treated = ((share * units as f64).round() as u64).clamp(1, units.saturating_sub(1).max(1));
    (treated, units.saturating_sub(treated))
}

/// The smallest number above 0 and up to `high` for which `enough` holds, as it then does for all larger ones; `None`
/// where it does not hold for `high`.
fn least(mut high: f64, enough: impl Fn(f64) -> Result<bool, PowerRefusal>) -> Result<Option<f64>, PowerRefusal> {
    if !enough(high)? {
        return Ok(None);
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if enough(middle)? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(Some(high))
}

/// The smallest number from `least` on for which `enough` holds; it holds for all larger ones.
fn first(least: u64, enough: impl Fn(u64) -> Result<bool, PowerRefusal>) -> Result<Option<u64>, PowerRefusal> {
    let mut high = least;
    while !enough(high)? {
        if high > MOST {
            return Ok(None);
        }
        high *= 2;
    }
    bisected((high / 2).max(least), high, enough).map(Some)
}

/// The smallest number from `low` to `high` for which `enough` holds, as it does for `high`.
pub(crate) fn bisected<E>(mut low: u64, mut high: u64, enough: impl Fn(u64) -> Result<bool, E>) -> Result<u64, E> {
    while low < high {
        let middle = low + (high - low) / 2;
        if enough(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(high)
}

/// P(Z < z).
fn below(z: f64) -> f64 {
    let outside = 0.5 * normal_two_sided(z);
    if z > 0.0 { 1.0 - outside } else { outside }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
