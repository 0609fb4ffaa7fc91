//! Power from the spread of what is compared, where that is known from a panel.

use super::{PowerRefusal, below, divided, first, least};
use crate::stats::normal::normal_quantile;

/// A planned comparison of two group means whose towns spread with a known standard deviation: the changes of their
/// shares, for example.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Standard deviation between towns without the measure.
    pub sd: f64,
    /// Difference that the measure makes, in the same unit.
    pub effect: f64,
    /// Largest effect that can be.
    pub reach: f64,
    /// Towns with the measure.
    pub treated: u64,
    /// Towns without.
    pub untreated: u64,
    /// Confidence level of the test, two-sided.
    pub level: f64,
}

impl Spread {
    /// # Errors
    /// [`PowerRefusal`].
    pub fn check(&self) -> Result<(), PowerRefusal> {
        if self.effect == 0.0 {
            Err(PowerRefusal::NoEffect)
        } else if self.effect.is_nan() || self.effect.abs() > self.reach {
            Err(PowerRefusal::Share)
        } else if self.treated == 0 || self.untreated == 0 {
            Err(PowerRefusal::EmptyGroup)
        } else if !(self.sd > 0.0 && self.sd.is_finite()) {
            Err(PowerRefusal::NoSpread)
        } else if self.level > 0.0 && self.level < 1.0 {
            Ok(())
        } else {
            Err(PowerRefusal::InvalidLevel)
        }
    }

    /// The probability that a two-sided test at the level finds the difference, by normal approximation with the
    /// same spread on both sides, both tails counted: with s the standard deviation times √(1/n1 + 1/n0), it is
    /// Φ(|d|/s - z) + Φ(-|d|/s - z).
    ///
    /// Reference: Armitage, Berry and Matthews (2002), Statistical Methods in Medical Research, 4th ed., 4.6.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn power(&self) -> Result<f64, PowerRefusal> {
        self.check()?;
        let z = normal_quantile(f64::midpoint(1.0, self.level)).map_err(|_| PowerRefusal::InvalidLevel)?;
        let se = self.sd * (1.0 / self.treated as f64 + 1.0 / self.untreated as f64).sqrt();
        let away = self.effect.abs() / se;
        Ok(below(away - z) + below(-away - z))
    }

    /// The smallest difference, in the direction of the planned one, that is found with probability `wanted`; `None`
    /// where not even the largest possible one would be.
    ///
    /// # Errors
    /// [`PowerRefusal`].
    pub fn smallest_effect(&self, wanted: f64) -> Result<Option<f64>, PowerRefusal> {
        self.wanted(wanted)?;
        let enough = |size: f64| Ok(Self { effect: size, ..*self }.power()? >= wanted);
        Ok(least(self.reach, enough)?.map(|size| size.copysign(self.effect)))
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

    fn wanted(&self, wanted: f64) -> Result<(), PowerRefusal> {
        self.check()?;
        if wanted > 0.0 && wanted < 1.0 { Ok(()) } else { Err(PowerRefusal::InvalidLevel) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    fn plan() -> Spread {
        Spread { sd: 0.08, effect: 0.05, reach: 0.7, treated: 12, untreated: 20, level: 0.95 }
    }

    /// Normal distribution and root finding of scipy.
    #[test]
    fn power_agrees_with_scipy() {
        close(plan().power().unwrap(), 0.402_059_680_514_363_1, 1e-12);
        close(Spread { effect: -0.05, ..plan() }.power().unwrap(), 0.402_059_680_514_363_1, 1e-12);
        close(plan().smallest_effect(0.8).unwrap().unwrap(), 0.081_839_442_210_291_8, 1e-9);
        assert_eq!(plan().units_needed(0.8).unwrap(), Some(87));
        assert_eq!(Spread { reach: 0.06, ..plan() }.smallest_effect(0.8).unwrap(), None);
    }

    #[test]
    fn refusals() {
        let of = |plan: Spread| plan.power().err();
        assert_eq!(of(Spread { effect: 0.0, ..plan() }), Some(PowerRefusal::NoEffect));
        assert_eq!(of(Spread { effect: 0.8, ..plan() }), Some(PowerRefusal::Share));
        assert_eq!(of(Spread { effect: f64::NAN, ..plan() }), Some(PowerRefusal::Share));
        assert_eq!(of(Spread { treated: 0, ..plan() }), Some(PowerRefusal::EmptyGroup));
        assert_eq!(of(Spread { sd: 0.0, ..plan() }), Some(PowerRefusal::NoSpread));
        assert_eq!(of(Spread { level: 1.0, ..plan() }), Some(PowerRefusal::InvalidLevel));
        assert_eq!(plan().smallest_effect(0.0), Err(PowerRefusal::InvalidLevel));
    }
}
