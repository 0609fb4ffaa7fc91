//! Rates made comparable across age groups or other strata: direct and indirect standardisation.

use super::interval::{Interval, byar, poisson, poisson_exact};
use super::rate::poisson_midp;
use super::{Refusal, finite, non_negative};

/// Fewest events for a directly standardised rate.
pub const MIN_EVENTS: u64 = 10;

/// Why a rate is not standardised.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum StandardRefusal {
    /// As for any method.
    #[error(transparent)]
    General(#[from] Refusal),
    /// Too few events for a directly standardised rate: the interval would not hold its level.
    #[error("{found} events, at least {MIN_EVENTS} are needed")]
    FewEvents {
        /// Events over all strata.
        found: u64,
    },
    /// A stratum without population has no rate.
    #[error("stratum {0} has no population", stratum + 1)]
    NoPopulation {
        /// Its place, counted from 0.
        stratum: usize,
    },
    /// At the reference rates no event is expected.
    #[error("no event is expected at the reference rates")]
    NothingExpected,
}

/// A stratum of a town beside the standard population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stratum {
    /// Events counted.
    pub events: u64,
    /// Population (or exposure) they come from, above 0.
    pub population: f64,
    /// Standard population of the stratum, at least 0; only the proportions matter.
    pub standard: f64,
}

/// A directly standardised rate, in events per unit of population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    /// The rate.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Lower limit, not below 0.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Events over all strata.
    pub events: u64,
    /// Population over all strata.
    pub population: f64,
}

/// Directly standardised rate with Dobson's interval.
///
/// With events O, population n and standard population w by stratum, the rate is R = Σ w O/n / Σ w and its variance
/// V = Σ (w/n)² O / (Σ w)². From the limits L and U of the total count (Byar) the limits are
/// R + √(V/ΣO) (L - ΣO) and R + √(V/ΣO) (U - ΣO). Assumes Poisson events: persons with several events make the interval
/// too narrow.
/// Reference: Dobson, Kuulasmaa, Eberle and Scherer (1991), Statistics in Medicine 10, 457-462.
///
/// # Errors
/// [`StandardRefusal::FewEvents`] below [`MIN_EVENTS`], [`StandardRefusal::NoPopulation`]; within
/// [`StandardRefusal::General`] the refusals of empty, negative and non-finite input, of a standard population of 0 and of
/// a level.
pub fn direct(strata: &[Stratum], level: f64) -> Result<Standardised, StandardRefusal> {
    if strata.is_empty() {
        return Err(Refusal::EmptyInput.into());
    }
    let (mut events, mut population, mut standard) = (0u64, 0.0, 0.0);
    let (mut rate, mut variance) = (0.0, 0.0);
    for (at, stratum) in strata.iter().enumerate() {
        if non_negative(stratum.population)? == 0.0 {
            return Err(StandardRefusal::NoPopulation { stratum: at });
        }
        let weight = non_negative(stratum.standard)? / stratum.population;
        events = events.saturating_add(stratum.events);
        population += stratum.population;
        standard += stratum.standard;
        rate += weight * stratum.events as f64;
        variance += weight * weight * stratum.events as f64;
    }
    if standard == 0.0 {
        return Err(Refusal::ZeroDenominator.into());
    }
    if events < MIN_EVENTS {
        return Err(StandardRefusal::FewEvents { found: events });
    }
    let (value, se) = (finite(rate / standard)?, finite(variance.sqrt() / standard)?);
    let total = events as f64;
    let (limits, scale) = (byar(events, level)?, se / total.sqrt());
    Ok(Standardised {
        value,
        se,
        lower: (value + scale * (limits.lower - total)).max(0.0),
        upper: finite(value + scale * (limits.upper - total))?,
        events,
        population: finite(population)?,
    })
}

/// A stratum of a town beside the reference population.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Referred {
    /// Events counted.
    pub events: u64,
    /// Population (or exposure) they come from, at least 0.
    pub population: f64,
    /// Events of the reference population in the stratum.
    pub reference_events: f64,
    /// The reference population in the stratum, above 0.
    pub reference_population: f64,
}

/// Limits of the number of events counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountLimits {
    /// Byar's from [`super::interval::BYAR_FROM`] events on, exact below.
    Byar,
    /// Exact (Garwood).
    Exact,
    /// Mid-P.
    MidP,
}

impl CountLimits {
    /// The limits of `x` events and the name of the method behind them.
    ///
    /// # Errors
    /// [`Refusal::InvalidLevel`].
    pub fn of(self, x: u64, level: f64) -> Result<(Interval, &'static str), Refusal> {
        match self {
            Self::Byar => poisson(x, level),
            Self::Exact => Ok((poisson_exact(x, level)?, "poisson_exact")),
            Self::MidP => Ok((poisson_midp(x, level)?, "poisson_midp")),
        }
    }
}

/// An indirectly standardised ratio: 1 is as many events as expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Indirect {
    /// Observed over expected events.
    pub value: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Events counted.
    pub observed: u64,
    /// Events expected at the reference rates.
    pub expected: f64,
    /// Name of the method of the limits.
    pub limits: &'static str,
}

/// Observed over expected events, where the expected ones are those of the reference rates in the town's own strata.
///
/// E = Σ n M/N with reference events M and population N by stratum; the limits are those of the count over E, which is taken
/// as known. Ratios of two towns rest on two populations and are not comparable with each other.
/// Reference: Breslow and Day (1987), Statistical Methods in Cancer Research II, pp. 65-69.
///
/// # Errors
/// [`StandardRefusal::NoPopulation`] for a reference stratum without population, [`StandardRefusal::NothingExpected`]; within
/// [`StandardRefusal::General`] the refusals of empty, negative and non-finite input and of a level.
pub fn indirect(strata: &[Referred], limits: CountLimits, level: f64) -> Result<Indirect, StandardRefusal> {
    if strata.is_empty() {
        return Err(Refusal::EmptyInput.into());
    }
    let (mut observed, mut expected) = (0u64, 0.0);
    for (at, stratum) in strata.iter().enumerate() {
        if non_negative(stratum.reference_population)? == 0.0 {
            return Err(StandardRefusal::NoPopulation { stratum: at });
        }
        observed = observed.saturating_add(stratum.events);
        expected += non_negative(stratum.population)?
            * (non_negative(stratum.reference_events)? / stratum.reference_population);
    }
    if finite(expected)? == 0.0 {
        return Err(StandardRefusal::NothingExpected);
    }
    let (interval, name) = limits.of(observed, level)?;
    Ok(Indirect {
        value: finite(observed as f64 / expected)?,
        lower: interval.lower / expected,
        upper: finite(interval.upper / expected)?,
        observed,
        expected,
        limits: name,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    fn stratum(events: u64, population: f64, standard: f64) -> Stratum {
        Stratum { events, population, standard }
    }

    #[test]
    fn two_strata_by_hand() {
        // Rates 0.1 and 0.02, weights 3 and 1: (0.3 + 0.02)/4 = 0.08; V = (9·0.1/100 + 0.02/500)/16.
        let found = direct(&[stratum(10, 100.0, 3.0), stratum(10, 500.0, 1.0)], 0.95).unwrap();
        close(found.value, 0.08, 1e-14);
        close(found.se, (0.009_04f64 / 16.0).sqrt(), 1e-14);
        let (limits, scale) = (byar(20, 0.95).unwrap(), (0.009_04f64 / 16.0 / 20.0).sqrt());
        close(found.lower, 0.08 - scale * (20.0 - limits.lower), 1e-13);
        close(found.upper, 0.08 + scale * (limits.upper - 20.0), 1e-13);
        // With the town's own population as standard it is the crude rate with the limits of the count.
        let own = direct(&[stratum(12, 300.0, 300.0)], 0.95).unwrap();
        close(own.value, 0.04, 1e-14);
        close(own.lower, byar(12, 0.95).unwrap().lower / 300.0, 1e-13);
    }

    #[test]
    fn observed_over_expected_by_hand() {
        // 100·4/200 + 50·1/10 = 7 expected.
        let strata = [
            Referred { events: 9, population: 100.0, reference_events: 4.0, reference_population: 200.0 },
            Referred { events: 5, population: 50.0, reference_events: 1.0, reference_population: 10.0 },
        ];
        let found = indirect(&strata, CountLimits::Byar, 0.95).unwrap();
        close(found.value, 2.0, 1e-14);
        close(found.expected, 7.0, 1e-14);
        close(found.upper, byar(14, 0.95).unwrap().upper / 7.0, 1e-14);
        assert_eq!(found.limits, "byar");
        assert_eq!(indirect(&strata[1..], CountLimits::Byar, 0.95).unwrap().limits, "poisson_exact");
    }

    #[test]
    fn what_cannot_be_standardised_is_refused() {
        assert_eq!(direct(&[], 0.95), Err(Refusal::EmptyInput.into()));
        assert_eq!(direct(&[stratum(9, 10.0, 1.0)], 0.95), Err(StandardRefusal::FewEvents { found: 9 }));
        assert!(direct(&[stratum(10, 10.0, 1.0)], 0.95).is_ok());
        let gap = [stratum(20, 10.0, 1.0), stratum(0, 0.0, 1.0)];
        assert_eq!(direct(&gap, 0.95), Err(StandardRefusal::NoPopulation { stratum: 1 }));
        assert_eq!(direct(&[stratum(20, 10.0, 0.0)], 0.95), Err(Refusal::ZeroDenominator.into()));
        assert_eq!(direct(&[stratum(20, 10.0, -1.0)], 0.95), Err(Refusal::Negative.into()));
        assert_eq!(direct(&[stratum(20, 10.0, 1.0)], 2.0), Err(Refusal::InvalidLevel.into()));
        let none = Referred { events: 1, population: 5.0, reference_events: 0.0, reference_population: 9.0 };
        assert_eq!(indirect(&[none], CountLimits::Exact, 0.95), Err(StandardRefusal::NothingExpected));
        assert_eq!(StandardRefusal::FewEvents { found: 9 }.to_string(), "9 events, at least 10 are needed");
    }

    proptest! {
        // Only the proportions of the standard population matter, and a rate lies between those of its strata.
        #[test]
        fn the_standard_is_free_of_scale(events in prop::collection::vec(0u64..500, 2..8), scale in 0.01..1e6f64) {
            prop_assume!(events.iter().sum::<u64>() >= MIN_EVENTS);
            let strata = |scale: f64| -> Vec<Stratum> {
                events.iter().enumerate().map(|(i, &x)| stratum(x, 900.0 + i as f64, scale * (1.0 + i as f64))).collect()
            };
            let (one, other) = (direct(&strata(1.0), 0.95).unwrap(), direct(&strata(scale), 0.95).unwrap());
            close(one.value, other.value, 1e-12);
            close(one.upper, other.upper, 1e-12);
            prop_assert!(one.lower <= one.value && one.value <= one.upper);
            let rates = strata(1.0).into_iter().map(|s| s.events as f64 / s.population);
            let (least, most) = rates.fold((f64::MAX, 0f64), |(a, b), r| (a.min(r), b.max(r)));
            prop_assert!(least <= one.value * (1.0 + 1e-12) && one.value <= most * (1.0 + 1e-12));
        }
    }
}
