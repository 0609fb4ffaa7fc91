//! Funnel plots: units against the limits that chance alone, or chance and ordinary differences between units,
//! would set around a common target.
//!
//! A unit has a numerator and a denominator; its value is their quotient. Of a proportion the numerator is part of
//! the denominator, of a rate it counts events in the denominator's exposure, of a ratio the denominator is the
//! number of events expected and the target 1. Numerators of zero take part like all others.
//! Reference: Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.

use rayon::prelude::*;

use super::normal::normal_quantile;
use super::quantile::quantile;
use super::{Interval, Refusal, finite, gamma, tail};

mod exact;

/// What numerator and denominator are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Cases among all cases: binomial.
    Proportion,
    /// Events in an exposure: Poisson.
    Rate,
    /// Events among the events expected: Poisson with the target 1.
    Ratio,
}

/// The scale on which the variance hardly depends on the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transform {
    /// arcsin √y, standard error 1/(2√n): proportions.
    Arcsine,
    /// √y, standard error 1/(2√n): rates and ratios.
    SquareRoot,
    /// ln y, standard error 1/√(n θ) with the target θ: rates and ratios without a numerator of zero.
    Logarithm,
}

/// How limits without overdispersion are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// By the binomial or Poisson distribution; a count lies outside where the probability of it and of all counts
    /// beyond it is below half of what the level leaves.
    Exact,
    /// By the normal distribution around the target.
    Normal,
    /// By the normal distribution on the transformed scale.
    Transformed,
    /// By the exact Poisson interval of the events expected, as if they had been counted. Not exact as limits: given
    /// because other programs draw it.
    PoissonInterval,
}

/// How units may differ beyond chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispersion {
    /// Not at all.
    None,
    /// Every variance is φ times as large.
    Multiplicative,
    /// Every variance is larger by τ².
    Additive,
}

/// What is done about extreme scores before the dispersion is estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extremes {
    /// Scores beyond the quantiles p and 1-p are set to these.
    Winsorise(f64),
    /// Scores in the lowest and in the highest share p of ranks are left out.
    Trim(f64),
}

/// Why there is no funnel.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FunnelError {
    /// A level or number that no method takes.
    #[error("{0}")]
    Refusal(#[from] Refusal),
    /// A target needs other units to be compared with.
    #[error("a single unit sets its own target")]
    SingleUnit,
    /// The denominator is zero or below.
    #[error("the denominator is not above zero")]
    Denominator(usize),
    /// The numerator is negative, or of a proportion above the denominator.
    #[error("the numerator is negative or above the denominator")]
    Numerator(usize),
    /// All cases or none: chance sets no limits around 0 or 1.
    #[error("the target is at the end of its range, where chance sets no limits")]
    Target,
    /// The share to winsorise or trim is not in 0 to below 0.5.
    #[error("the share of extremes must be at least 0 and below 0.5")]
    Share,
    /// Trimming leaves no scores.
    #[error("trimming leaves no units")]
    AllTrimmed,
    /// A numerator of zero has no logarithm.
    #[error("a numerator of zero has no logarithm")]
    ZeroLogarithm(usize),
    /// The transformation or the limits do not go with the kind of data.
    #[error("this scale or these limits do not go with the kind of data")]
    Mismatch,
}

/// A target: the value that units are compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The value.
    pub value: f64,
    /// 1 minus the value, for proportions; kept apart so that no digits are lost near 1.
    complement: f64,
    kind: Kind,
}

impl Target {
    /// The target of all units together, sum over sum; 1 for a ratio. Numerators and denominators are checked here.
    ///
    /// # Errors
    /// [`FunnelError::SingleUnit`] for fewer than two units unless a ratio, [`FunnelError::Denominator`],
    /// [`FunnelError::Numerator`], [`FunnelError::Target`], [`Refusal::EmptyInput`], [`Refusal::NonFinite`].
    pub fn pooled(kind: Kind, numerators: &[f64], denominators: &[f64]) -> Result<Self, FunnelError> {
        check(kind, numerators, denominators)?;
        if kind == Kind::Ratio {
            return Ok(Self { value: 1.0, complement: 0.0, kind });
        }
        if numerators.len() < 2 {
            return Err(FunnelError::SingleUnit);
        }
        let all = finite(denominators.iter().sum())?;
        let value = numerators.iter().sum::<f64>() / all;
        let complement = numerators.iter().zip(denominators).map(|(x, n)| n - x).sum::<f64>() / all;
        Self { value, complement, kind }.sound()
    }

    /// A target set from outside.
    ///
    /// # Errors
    /// As [`Target::pooled`], except that a single unit will do.
    pub fn stated(kind: Kind, value: f64, numerators: &[f64], denominators: &[f64]) -> Result<Self, FunnelError> {
        check(kind, numerators, denominators)?;
        Self { value, complement: 1.0 - value, kind }.sound()
    }

    fn sound(self) -> Result<Self, FunnelError> {
        let inside = self.value.is_finite() && self.value > 0.0;
        if inside && (self.kind != Kind::Proportion || self.complement > 0.0) {
            Ok(self)
        } else {
            Err(FunnelError::Target)
        }
    }
}

fn check(kind: Kind, numerators: &[f64], denominators: &[f64]) -> Result<(), FunnelError> {
    if numerators.is_empty() {
        return Err(Refusal::EmptyInput.into());
    }
    for (at, (&x, &n)) in numerators.iter().zip(denominators).enumerate() {
        if !x.is_finite() || !n.is_finite() {
            return Err(Refusal::NonFinite.into());
        }
        if n <= 0.0 {
            return Err(FunnelError::Denominator(at));
        }
        if x < 0.0 || kind == Kind::Proportion && x > n {
            return Err(FunnelError::Numerator(at));
        }
    }
    Ok(())
}

impl Transform {
    fn forward(self, target: &Target, numerator: f64, denominator: f64) -> f64 {
        let y = numerator / denominator;
        match self {
            Self::Arcsine => y.sqrt().asin(),
            Self::SquareRoot => y.sqrt(),
            // Around the target, so that a ratio of 1 is exactly 0.
            Self::Logarithm => (y / target.value).ln(),
        }
    }

    fn target(self, target: &Target) -> f64 {
        match self {
            Self::Arcsine => target.value.sqrt().asin(),
            Self::SquareRoot => target.value.sqrt(),
            Self::Logarithm => 0.0,
        }
    }

    fn error(self, target: &Target, denominator: f64) -> f64 {
        match self {
            Self::Arcsine | Self::SquareRoot => 0.5 / denominator.sqrt(),
            Self::Logarithm => 1.0 / (denominator * target.value).sqrt(),
        }
    }

    /// Back to the scale of the values. A point beyond the end of the range is the end: sin² and the square would
    /// fold it back inside.
    fn back(self, target: &Target, point: f64) -> f64 {
        match self {
            Self::Arcsine => point.clamp(0.0, std::f64::consts::FRAC_PI_2).sin().powi(2),
            Self::SquareRoot => point.max(0.0).powi(2),
            Self::Logarithm => target.value * point.exp(),
        }
    }

    /// Whether the scale goes with the kind of data.
    #[must_use]
    pub fn suits(self, kind: Kind) -> bool {
        (self == Self::Arcsine) == (kind == Kind::Proportion)
    }
}

/// How far units differ, in units of chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The scale.
    pub transform: Transform,
    /// The target on this scale.
    pub target: f64,
    /// (value - target) / standard error on this scale, one per unit.
    pub z: Vec<f64>,
    /// The scores after extremes were dealt with; `None` where trimmed.
    pub handled: Vec<Option<f64>>,
    /// Scores in use for the dispersion.
    pub used: usize,
    /// The mean of the squares of the scores in use; about 1 where nothing but chance is at work.
    pub phi: f64,
    /// The variance between units on the transformed scale, by the moments of DerSimonian and Laird; 0 where `phi`
    /// is not above what chance leads one to expect.
    pub tau2: f64,
}

/// Scores of all units on the transformed scale, and the dispersion that they show.
///
/// φ = Σz²/I over the I scores in use; τ² = max(0, (I φ - (I-1)) / (Σw - Σw²/Σw)) with w = 1/s². Winsorising uses
/// quantiles of type 7. Trimming by p leaves out units whose ⌊rank/(p (n+1))⌋ is 0 or from 1/p - 1 on, equal scores sharing their mean
/// rank. Assumes independent units. Same as FunnelPlotR 0.6 (arcsine and winsorising for proportions, square root
/// and winsorising, or logarithm and trimming, for ratios).
/// Reference: Spiegelhalter (2005), appendix; DerSimonian and Laird (1986), Controlled Clinical Trials 7, 177-188.
///
/// # Errors
/// [`FunnelError::Share`], [`FunnelError::AllTrimmed`], [`FunnelError::ZeroLogarithm`], [`FunnelError::Mismatch`].
pub fn scores(
    numerators: &[f64],
    denominators: &[f64],
    target: &Target,
    transform: Transform,
    extremes: Extremes,
) -> Result<Scores, FunnelError> {
    if !transform.suits(target.kind) {
        return Err(FunnelError::Mismatch);
    }
    if transform == Transform::Logarithm
        && let Some(at) = numerators.iter().position(|x| *x <= 0.0)
    {
        return Err(FunnelError::ZeroLogarithm(at));
    }
    let middle = transform.target(target);
    let z: Vec<f64> = numerators
        .iter()
        .zip(denominators)
        .map(|(&x, &n)| (transform.forward(target, x, n) - middle) / transform.error(target, n))
        .collect();
    let handled = handled(&z, extremes)?;
    let used: Vec<(f64, f64)> = handled
        .iter()
        .zip(denominators)
        .filter_map(|(z, &n)| z.map(|z| (z, transform.error(target, n).powi(-2))))
        .collect();
    if used.is_empty() {
        return Err(FunnelError::AllTrimmed);
    }
    let count = used.len() as f64;
    let phi = used.iter().map(|(z, _)| z * z).sum::<f64>() / count;
    let sum: f64 = used.iter().map(|(_, w)| w).sum();
    let squares: f64 = used.iter().map(|(_, w)| w * w).sum();
    let spread = finite(sum - squares / sum)?;
    let excess = count * phi - (count - 1.0);
    let tau2 = if excess > 0.0 && spread > 0.0 { excess / spread } else { 0.0 };
    Ok(Scores { transform, target: middle, z, handled, used: used.len(), phi, tau2 })
}

fn handled(z: &[f64], extremes: Extremes) -> Result<Vec<Option<f64>>, FunnelError> {
    let (Extremes::Winsorise(share) | Extremes::Trim(share)) = extremes;
    if !(0.0..0.5).contains(&share) {
        return Err(FunnelError::Share);
    }
    if share == 0.0 {
        return Ok(z.iter().copied().map(Some).collect());
    }
    let mut order: Vec<usize> = (0..z.len()).collect();
    order.sort_by(|a, b| z[*a].total_cmp(&z[*b]));
    if let Extremes::Winsorise(_) = extremes {
        let sorted: Vec<f64> = order.iter().map(|at| z[*at]).collect();
        let (low, high) = (quantile(&sorted, share)?, quantile(&sorted, 1.0 - share)?);
        return Ok(z.iter().map(|z| Some(z.max(low).min(high))).collect());
    }
    let groups = 1.0 / share;
    let mut kept = vec![None; z.len()];
    let mut start = 0;
    while start < order.len() {
        let value = z[order[start]];
        let end = order[start..].iter().position(|at| z[*at] != value).map_or(order.len(), |more| start + more);
        let rank = (start + 1 + end) as f64 / 2.0;
        let group = (rank * groups / (z.len() as f64 + 1.0)).floor();
        if group > 0.0 && group < groups - 1.0 {
            order[start..end].iter().for_each(|at| kept[*at] = Some(value));
        }
        start = end;
    }
    Ok(kept)
}

/// Limits of the value of a unit with this denominator, without overdispersion.
///
/// [`Limits::Exact`]: the counts, with fractions in between, at which the tail probability is α/2. The lower one solves
/// P(X <= x) = α/2 and the upper one P(X >= x) = α/2, with the gamma and beta functions in place of the sums, so that a whole
/// count lies outside just where its own exact interval (Garwood; Clopper and Pearson) leaves out the target. Where not even 0
/// (or all) is that improbable, the limit is the end of the range. [`Limits::Normal`]: target ± z times the standard
/// error at the target, cut to the range; as PHEindicatormethods for proportions.
///
/// # Errors
/// [`FunnelError::Mismatch`] for [`Limits::PoissonInterval`] of a proportion, or of fewer than one event expected;
/// [`Refusal::InvalidLevel`].
pub fn limits(
    kind: Limits,
    target: &Target,
    transform: Transform,
    denominator: f64,
    level: f64,
) -> Result<Interval, FunnelError> {
    let tail = tail(level)?;
    let z = -normal_quantile(tail)?;
    let expected = denominator * target.value;
    let proportion = target.kind == Kind::Proportion;
    match kind {
        Limits::Transformed => Ok(band(target, transform, z * transform.error(target, denominator))),
        Limits::Normal => {
            let spread = if proportion { target.value * target.complement } else { target.value };
            let half = z * (spread / denominator).sqrt();
            let most = if proportion { 1.0 } else { f64::INFINITY };
            Ok(Interval { lower: (target.value - half).max(0.0), upper: (target.value + half).min(most) })
        }
        Limits::Exact => {
            let (low, high) = if proportion {
                exact::binomial(denominator, target.value, target.complement, tail, z)
            } else {
                exact::poisson(expected, tail, z)
            };
            Ok(Interval { lower: low / denominator, upper: high / denominator })
        }
        Limits::PoissonInterval if proportion || expected < 1.0 => Err(FunnelError::Mismatch),
        Limits::PoissonInterval => Ok(Interval {
            lower: gamma::lower_quantile(expected, tail)? / denominator,
            upper: gamma::upper_quantile(expected + 1.0, tail)? / denominator,
        }),
    }
}

/// [`limits`] of units of these sizes at these levels, by size and level; equal sizes are computed once, and different ones on all
/// processors.
///
/// # Errors
/// As [`limits`].
pub fn all_limits(
    kind: Limits,
    target: &Target,
    transform: Transform,
    denominators: &[f64],
    levels: &[f64],
) -> Result<Vec<Vec<Interval>>, FunnelError> {
    let mut sizes = denominators.to_vec();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let of = |size: &f64| levels.iter().map(|level| limits(kind, target, transform, *size, *level)).collect();
    let found: Vec<Vec<Interval>> = sizes.par_iter().map(of).collect::<Result<_, FunnelError>>()?;
    let place = |size: &f64| sizes.partition_point(|other| other < size);
    Ok(denominators.iter().filter_map(|size| found.get(place(size)).cloned()).collect())
}

/// Limits that allow for ordinary differences between units: target ± z √(φ s²) or z √(s² + τ²) on the transformed
/// scale, taken back; φ below 1 counts as 1. An approximation, which for units with few expected cases can be narrower than the
/// exact limits. As FunnelPlotR 0.6, except that points beyond the end of the range are its end, that limits on the scale of
/// square roots are squared, and that quantiles of the normal distribution have all digits.
///
/// # Errors
/// [`Refusal::InvalidLevel`].
pub fn overdispersed_limits(
    scores: &Scores,
    dispersion: Dispersion,
    target: &Target,
    denominator: f64,
    level: f64,
) -> Result<Interval, FunnelError> {
    let z = -normal_quantile(tail(level)?)?;
    Ok(band(target, scores.transform, z * scores.error(dispersion, target, denominator)))
}

impl Scores {
    fn error(&self, dispersion: Dispersion, target: &Target, denominator: f64) -> f64 {
        let error = self.transform.error(target, denominator);
        match dispersion {
            Dispersion::None => error,
            Dispersion::Multiplicative => error * self.phi.max(1.0).sqrt(),
            Dispersion::Additive => error.hypot(self.tau2.sqrt()),
        }
    }

    /// The score of unit `at` where ordinary differences between units are allowed for.
    #[must_use]
    pub fn adjusted(&self, at: usize, dispersion: Dispersion, target: &Target, denominator: f64) -> f64 {
        let z = self.z.get(at).copied().unwrap_or(0.0);
        z * self.transform.error(target, denominator) / self.error(dispersion, target, denominator)
    }
}

fn band(target: &Target, transform: Transform, half: f64) -> Interval {
    let middle = transform.target(target);
    Interval { lower: transform.back(target, middle - half), upper: transform.back(target, middle + half) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
