//! The control chart of a series of shares.

use std::collections::BTreeMap;

use super::ControlRefusal;
use crate::compare::ladder::Share;
use crate::stats::spc::{self, Chart, FEW_POINTS, MIN_POINTS, Phase, Rule, Sample, SpcError};

/// Online cases, and cases that are not online, that a month must have on average: limits at three sigma take counts
/// for normal, and below this they are skewed.
pub const MIN_CASES: f64 = 5.0;

/// The chart of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlResult {
    /// The phases, in time.
    pub phases: Vec<ControlPhase>,
}

/// A stretch of months with limits of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPhase {
    /// Place of the first month in the series.
    pub from: usize,
    /// Place behind the last month.
    pub until: usize,
    /// Kinds of the events that begin it; empty for the first phase.
    pub kinds: Vec<String>,
    /// The limits, or why there are none.
    pub result: Result<PhaseLimits, ControlRefusal>,
}

/// The limits of a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct PhaseLimits {
    /// The middle line: sum over sum.
    pub center: f64,
    /// The spread of the months in units of chance; about 1 where chance alone is at work.
    pub spread: f64,
    /// The months with a value, in time.
    pub points: Vec<ControlPoint>,
}

/// A month of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPoint {
    /// Its place in the series.
    pub at: usize,
    /// Its value.
    pub value: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// The rules that it breaks.
    pub rules: Vec<Rule>,
}

impl PhaseLimits {
    /// Whether the months differ by more than chance, so that the limits allow for it (p′), or not (p).
    #[must_use]
    pub fn beyond_chance(&self) -> bool {
        self.spread > 1.0
    }
}

impl ControlResult {
    /// The phases with limits.
    pub fn limits(&self) -> impl Iterator<Item = &PhaseLimits> {
        self.phases.iter().filter_map(|p| p.result.as_ref().ok())
    }

    /// The months with limits, in time.
    pub fn points(&self) -> impl Iterator<Item = &ControlPoint> {
        self.limits().flat_map(|p| &p.points)
    }

    /// The months beyond the limits: those above, and those below.
    #[must_use]
    pub fn outside(&self) -> (Vec<usize>, Vec<usize>) {
        let of = |side: fn(&ControlPoint) -> bool| {
            let beyond = |p: &&ControlPoint| p.rules.contains(&Rule::Beyond3Sigma) && side(p);
            self.points().filter(beyond).map(|p| p.at).collect()
        };
        (of(|p| p.value > p.upper), of(|p| p.value < p.lower))
    }

    /// The months within the limits that complete an unusual run.
    #[must_use]
    pub fn runs(&self) -> Vec<usize> {
        let run = |p: &&ControlPoint| !p.rules.is_empty() && !p.rules.contains(&Rule::Beyond3Sigma);
        self.points().filter(run).map(|p| p.at).collect()
    }

    /// Whether a phase has fewer months than settle its limits.
    #[must_use]
    pub fn young(&self) -> bool {
        self.limits().any(|p| p.points.len() < FEW_POINTS)
    }
}

/// Whether a month has enough cases on both sides of the share.
pub(super) fn enough_cases(months: &[Option<Share>]) -> Result<(), ControlRefusal> {
    let known: Vec<Share> = months.iter().copied().flatten().collect();
    if known.len() < MIN_POINTS {
        return Err(ControlRefusal::FewMonths { found: known.len(), needed: MIN_POINTS });
    }
    let mean = |of: fn(&Share) -> f64| known.iter().map(of).sum::<f64>() / known.len() as f64;
    let (online, other) = (mean(|s| s.online), mean(|s| s.all - s.online));
    let mean = online.min(other);
    if mean < MIN_CASES { Err(ControlRefusal::FewCases { mean, online: online <= other }) } else { Ok(()) }
}

/// The chart; a phase begins at every place of `phases`.
///
/// p′ where the months of a phase differ by more than chance, else p: a spread below that of chance is none that the
/// limits may shrink to. Moving ranges are screened once.
pub(super) fn chart(
    months: &[Option<Share>],
    phases: &BTreeMap<usize, Vec<String>>,
) -> Result<ControlResult, ControlRefusal> {
    let mut begins: Vec<(usize, Vec<String>)> = vec![(0, Vec::new())];
    begins.extend(phases.iter().map(|(at, kinds)| (*at, kinds.clone())));
    let ends: Vec<usize> = begins.iter().skip(1).map(|(at, _)| *at).chain([months.len()]).collect();
    let stretches: Vec<Stretch> =
        begins.iter().zip(&ends).map(|((from, _), until)| Stretch::of(months, *from, *until)).collect();
    let results: Vec<Result<PhaseLimits, ControlRefusal>> = stretches.iter().map(Stretch::limits).collect();
    if let Some(Err(first)) = results.first()
        && results.iter().all(Result::is_err)
    {
        return Err(*first);
    }
    let phases = begins
        .into_iter()
        .zip(ends)
        .zip(results)
        .map(|(((from, kinds), until), result)| ControlPhase { from, until, kinds, result })
        .collect();
    Ok(ControlResult { phases })
}

/// The months with a value of one phase.
struct Stretch {
    at: Vec<usize>,
    samples: Vec<Sample>,
}

impl Stretch {
    fn of(months: &[Option<Share>], from: usize, until: usize) -> Self {
        let known = || (from..until).filter_map(|at| months.get(at).copied().flatten().map(|share| (at, share)));
        let at: Vec<usize> = known().map(|(at, _)| at).collect();
        let sample = |(at, share): (usize, Share)| Sample {
            count: share.online,
            size: share.all,
            gap: at == from || months[at - 1].is_none(),
        };
        Self { samples: known().map(sample).collect(), at }
    }

    /// The spread in units of chance; 0 where neighbours do not differ at all.
    fn spread(&self) -> Result<f64, ControlRefusal> {
        match spc::chart(Chart::PPrime, &self.samples, true) {
            Ok(phase) => Ok(phase.sigma_z.unwrap_or(0.0)),
            // All cases online, or none: then chance sets no limits either.
            Err(SpcError::NoVariation) => self.phase(Chart::P).map(|_| 0.0),
            Err(error) => Err(self.refusal(error)),
        }
    }

    fn phase(&self, kind: Chart) -> Result<Phase, ControlRefusal> {
        spc::chart(kind, &self.samples, true).map_err(|error| self.refusal(error))
    }

    fn limits(&self) -> Result<PhaseLimits, ControlRefusal> {
        let spread = self.spread()?;
        let phase = self.phase(if spread > 1.0 { Chart::PPrime } else { Chart::P })?;
        let point = |(at, p): (&usize, spc::Point)| ControlPoint {
            at: *at,
            value: p.value,
            lower: p.lower,
            upper: p.upper,
            rules: p.rules,
        };
        Ok(PhaseLimits { center: phase.center, spread, points: self.at.iter().zip(phase.points).map(point).collect() })
    }

    fn refusal(&self, error: SpcError) -> ControlRefusal {
        match error {
            SpcError::FewPoints(found) => ControlRefusal::FewMonths { found, needed: MIN_POINTS },
            // Counts and denominators are those of shares of months with cases.
            SpcError::NoVariation
            | SpcError::NoNeighbours
            | SpcError::Refusal(_)
            | SpcError::Size(_)
            | SpcError::Count(_) => ControlRefusal::NoSpread,
        }
    }
}
