//! How far up a comparison of towns with and without participation carries: the ladder.
//!
//! Before its launch a service has no online case, so a before-after comparison of it proves nothing; what can be
//! compared is the course since launch, town with town. The ladder has five rungs, and an answer stands on the
//! highest one that it reached without missing one below:
//!
//! | rung | reached if |
//! |---|---|
//! | raw | both sides have a town with the months of the window |
//! | interval | the interval of the difference within services, towns as clusters, excludes zero |
//! | matched | every characteristic of the pairs (the least similar of which are left out, at most half of them) differs by less than a quarter of a standard deviation, the t interval of the paired difference excludes zero on the same side, and at most 5 % of the sign patterns are as far from zero |
//! | control | the services that were live before do not differ between the same pairs (the interval holds zero), and the difference stays beyond zero after theirs is taken off |
//! | robust | leaving out any one pair, the interval of the paired difference still excludes zero on the same side |
//!
//! Where a comparison says `cluster`, the towns that share it are one cluster in the raw interval, see [`Clusters`].
//!
//! What no rung can tell: whether towns that chose participation would have done better anyway, in ways that
//! neither the characteristics nor the earlier services show.

mod claim;
mod clusters;
mod effect;
mod live;
mod others;
mod pairing;
mod towns;

use std::collections::BTreeSet;

use self::pairing::View;

pub use self::claim::{Checked, Claim, ClaimVerdict};
pub use self::clusters::{ClusterCount, Clusters};
pub use self::effect::{CoursePoint, Effect, LiveEffect, PreTrend};
pub use self::live::{LiveLadder, climb_live};
pub use self::others::{OtherEvent, Others, Span, launch_spans, live_spans};
pub use self::pairing::{BALANCED_BELOW, Balance, Contrasted, TownPair, Window};
pub use self::towns::{Course, Share, Town, Trait};
use crate::stats::did::DidRefusal;
use crate::stats::paired::{MIN_PAIRS, Pair, PairedEstimate, paired_difference, paired_ratio, sign_flip_p};
use crate::stats::{self, Contrast, Refusal, StratumCluster};

const LEVEL: f64 = 0.95;
const SEED: u64 = 1;

/// Towns to be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// Names of the characteristics, in the order of [`Town::traits`].
    pub traits: Vec<String>,
    /// Characteristics asked for that are known of no town; nothing is matched on them.
    pub unknown: Vec<String>,
    /// The towns, by id.
    pub towns: Vec<Town>,
    /// Pairs may be at most this far apart, in standard deviations; `None` sets no limit.
    pub caliper: Option<f64>,
    /// What is claimed.
    pub claim: Option<Claim>,
    /// Groups of towns that count as one; `None` where every town does.
    pub clusters: Option<Clusters>,
}

/// The rungs, from the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The raw difference.
    Raw,
    /// With an interval that knows that towns differ.
    Interval,
    /// Between similar towns.
    Matched,
    /// With earlier services as a negative control.
    Control,
    /// Whichever town is left out.
    Robust,
}

impl Rung {
    /// All rungs, from the lowest.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Interval, Self::Matched, Self::Control, Self::Robust];
}

/// Why a rung is not reached.
#[derive(Debug, Clone, PartialEq)]
pub enum Missed {
    /// A side has no town with the months of the window.
    NoTowns,
    /// The method gives no interval.
    Refused(Refusal),
    /// The interval holds zero.
    IncludesZero,
    /// Too many sign patterns are as far from zero.
    ByChance,
    /// These characteristics differ too much, by position in [`Ladder::balance`].
    Unbalanced(Vec<usize>),
    /// The difference points the other way than the raw one.
    OtherDirection,
    /// The estimate cannot be made.
    NoDesign(DidRefusal),
    /// The towns took different courses before the event already.
    PreTrend,
    /// Nothing can be said about the course before the event.
    NoPreTrend,
    /// Fewer than five pairs have a common earlier service.
    NoControl(usize),
    /// The earlier services differ as well.
    ControlDiffers,
    /// Beside the difference of the earlier services nothing is left.
    NothingLeft,
    /// It rests on single towns: with these towns left out, the interval holds zero.
    RestsOn(Vec<u32>),
}

/// One rung: what it found, and what is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Which rung.
    pub rung: Rung,
    /// Why it is not reached; `None` where it is.
    pub missed: Option<Missed>,
}

/// The matched comparison at one time since launch.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// The months looked at.
    pub window: Window,
    /// Pairs.
    pub pairs: usize,
    /// Every town counts the same.
    pub by_town: Result<PairedEstimate, Refusal>,
    /// Every case of the towns with the event counts the same.
    pub by_case: Result<PairedEstimate, Refusal>,
    /// Share of sign patterns as far from zero as the observed one.
    pub p: Option<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Ladder {
    /// Names of the characteristics.
    pub traits: Vec<String>,
    /// Characteristics asked for that are known of no town.
    pub unknown: Vec<String>,
    /// The months of the main comparison: 7 to 12 since launch, or the latest for which there are five pairs.
    pub window: Window,
    /// Towns with the event that have these months, and towns without.
    pub towns: (usize, usize),
    /// Online cases and cases of either side.
    pub sums: (Share, Share),
    /// Difference within services.
    pub raw: Result<Contrast, Refusal>,
    /// Ratio within services.
    pub raw_ratio: Result<Contrast, Refusal>,
    /// The matched towns.
    pub pairs: Vec<TownPair>,
    /// How similar the two sides are.
    pub balance: Vec<Balance>,
    /// Up to months 3, 6 and 12 since launch.
    pub horizons: Vec<Horizon>,
    /// Ratio of the rates of matched towns, every town counting the same.
    pub ratio: Result<PairedEstimate, Refusal>,
    /// Difference of the earlier services.
    pub control: Result<PairedEstimate, Refusal>,
    /// Difference beyond that of the earlier services.
    pub net: Result<PairedEstimate, Refusal>,
    /// Smallest and largest difference when one pair is left out.
    pub left_out: Option<(f64, f64)>,
    /// The rungs.
    pub steps: Vec<Step>,
    /// What the data say to the claim.
    pub claim: Option<Checked>,
    /// What else was recorded in the same months; `None` where nobody looked it up.
    pub others: Option<Others>,
    /// The groups of towns behind the raw interval, where towns are grouped.
    pub clusters: Option<ClusterCount>,
}

impl Ladder {
    /// The rung on which the answer stands; `None` if it does not even reach the lowest.
    #[must_use]
    pub fn stands_on(&self) -> Option<Rung> {
        self.steps.iter().take_while(|step| step.missed.is_none()).last().map(|step| step.rung)
    }

    /// Towns with the event that have the months of the window and yet no partner.
    #[must_use]
    pub fn alone(&self) -> usize {
        self.towns.0.saturating_sub(self.pairs.len())
    }

    /// The matched comparison of the main window.
    #[must_use]
    pub fn main(&self) -> Option<&Horizon> {
        self.horizons.iter().find(|h| h.window == self.window)
    }
}

/// Takes `study` up the ladder.
#[must_use]
pub fn climb(study: &Study) -> Ladder {
    let towns = &study.towns;
    let [.., latest] = Window::ALL;
    let matched = Window::ALL.map(|window| {
        let pairs = pairing::pairs(towns, View::SinceLaunch(window), study.caliper);
        (window, pairing::balanced(towns, pairs, MIN_PAIRS))
    });
    let enough = matched.iter().rev().find(|(_, pairs)| pairs.len() >= MIN_PAIRS);
    let (window, pairs) = enough.or(matched.last()).cloned().unwrap_or((latest, Vec::new()));

    let rows = rows(towns, window);
    let grouped = study.clusters.as_ref().map_or_else(|| rows.clone(), |clusters| grouped(&rows, clusters));
    let raw = stats::stratified_difference(&grouped, LEVEL);
    let raw_ratio = stats::stratified_ratio(&grouped, LEVEL);
    let count =
        |first: bool| rows.iter().filter(|r| r.first == first).map(|r| r.cluster).collect::<BTreeSet<_>>().len();
    let sum = |first: bool| {
        rows.iter()
            .filter(|r| r.first == first)
            .fold(Share::default(), |sum, r| Share { online: sum.online + r.numerator, all: sum.all + r.denominator })
    };
    let horizons: Vec<Horizon> = matched.iter().map(|(window, pairs)| horizon(*window, pairs)).collect();
    let plain: Vec<Pair> = pairs.iter().map(|p| pair(&p.outcome, 1.0)).collect();
    let controls: Vec<(Pair, Pair)> = pairs
        .iter()
        .filter_map(|p| {
            let control = p.control?;
            let net = Pair { first: p.outcome.difference(), second: control.difference(), weight: 1.0 };
            Some((pair(&control, 1.0), net))
        })
        .collect();
    let (of_controls, net): (Vec<Pair>, Vec<Pair>) = controls.into_iter().unzip();
    let mut ladder = Ladder {
        traits: study.traits.clone(),
        unknown: study.unknown.clone(),
        window,
        towns: (count(true), count(false)),
        sums: (sum(true), sum(false)),
        raw,
        raw_ratio,
        balance: pairing::balance(&eligible(towns, &rows), &pairs),
        horizons,
        ratio: paired_ratio(&plain, LEVEL),
        control: paired_difference(&of_controls, LEVEL),
        net: paired_difference(&net, LEVEL),
        left_out: None,
        steps: Vec::new(),
        claim: None,
        others: None,
        clusters: study.clusters.as_ref().map(|clusters| {
            let side = |first: bool| rows.iter().filter(move |r| r.first == first).map(|r| r.cluster);
            ClusterCount::of(clusters, side(true), side(false))
        }),
        pairs,
    };
    let without_one = leave_one_out(&plain);
    let values = || without_one.iter().flatten().map(|e| e.value);
    ladder.left_out = (!plain.is_empty() && without_one.iter().all(Result::is_ok))
        .then(|| (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)));
    ladder.steps = Rung::ALL
        .into_iter()
        .map(|rung| Step { rung, missed: missed(&ladder, rung, of_controls.len(), &without_one) })
        .collect();
    ladder.claim = study.claim.as_ref().map(|claim| held_against(claim, &ladder));
    ladder
}

/// The launches on both sides, one row per town and service; only services that both sides launched.
fn rows(towns: &[Town], window: Window) -> Vec<StratumCluster> {
    let mut rows: Vec<StratumCluster> = towns
        .iter()
        .flat_map(|town| {
            town.launches().filter_map(move |course| {
                let share = course.since_launch(window.from, window.until)?;
                Some(StratumCluster {
                    stratum: course.service,
                    cluster: town.id,
                    first: town.with,
                    numerator: share.online,
                    denominator: share.all,
                })
            })
        })
        .collect();
    let of = |first: bool| rows.iter().filter(|r| r.first == first).map(|r| r.stratum).collect::<BTreeSet<u32>>();
    let both: BTreeSet<u32> = of(true).intersection(&of(false)).copied().collect();
    rows.retain(|row| both.contains(&row.stratum));
    rows
}

fn grouped(rows: &[StratumCluster], clusters: &Clusters) -> Vec<StratumCluster> {
    rows.iter().map(|row| StratumCluster { cluster: clusters.group(row.cluster), ..*row }).collect()
}

fn eligible(towns: &[Town], rows: &[StratumCluster]) -> Vec<Town> {
    let ids: BTreeSet<u32> = rows.iter().map(|r| r.cluster).collect();
    towns.iter().filter(|town| ids.contains(&town.id)).cloned().collect()
}

fn pair(contrasted: &Contrasted, weight: f64) -> Pair {
    Pair { first: contrasted.with, second: contrasted.without, weight }
}

fn horizon(window: Window, pairs: &[TownPair]) -> Horizon {
    let by_town: Vec<Pair> = pairs.iter().map(|p| pair(&p.outcome, 1.0)).collect();
    let by_case: Vec<Pair> = pairs.iter().map(|p| pair(&p.outcome, p.outcome.cases)).collect();
    Horizon {
        window,
        pairs: pairs.len(),
        by_town: paired_difference(&by_town, LEVEL),
        by_case: paired_difference(&by_case, LEVEL),
        p: sign_flip_p(&by_town, SEED).ok(),
    }
}

fn leave_one_out(pairs: &[Pair]) -> Vec<Result<PairedEstimate, Refusal>> {
    (0..pairs.len())
        .map(|out| {
            let rest: Vec<Pair> =
                pairs.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, pair)| *pair).collect();
            paired_difference(&rest, LEVEL)
        })
        .collect()
}

fn missed(
    ladder: &Ladder,
    rung: Rung,
    controls: usize,
    without_one: &[Result<PairedEstimate, Refusal>],
) -> Option<Missed> {
    let sign = ladder.raw.as_ref().map_or(0.0, |d| d.value.signum());
    let beyond = |e: &PairedEstimate| {
        if e.lower <= 0.0 && e.upper >= 0.0 {
            Some(Missed::IncludesZero)
        } else {
            (e.value.signum() != sign).then_some(Missed::OtherDirection)
        }
    };
    let matched = || ladder.main().map_or(Err(Refusal::EmptyInput), |main| main.by_town);
    match rung {
        Rung::Raw => (ladder.towns.0 == 0 || ladder.towns.1 == 0).then_some(Missed::NoTowns),
        Rung::Interval => match &ladder.raw {
            Err(refusal) => Some(Missed::Refused(*refusal)),
            Ok(d) if d.lower <= 0.0 && d.upper >= 0.0 => Some(Missed::IncludesZero),
            Ok(_) => None,
        },
        Rung::Matched => {
            let estimate = match matched() {
                Err(refusal) => return Some(Missed::Refused(refusal)),
                Ok(estimate) => estimate,
            };
            let unbalanced: Vec<usize> = ladder
                .balance
                .iter()
                .enumerate()
                .filter(|(_, b)| b.after.abs() >= BALANCED_BELOW)
                .map(|(at, _)| at)
                .collect();
            if !unbalanced.is_empty() {
                return Some(Missed::Unbalanced(unbalanced));
            }
            let by_chance = ladder.main().and_then(|main| main.p).is_none_or(|p| p > 1.0 - LEVEL);
            beyond(&estimate).or(by_chance.then_some(Missed::ByChance))
        }
        Rung::Control => {
            if controls < MIN_PAIRS {
                return Some(Missed::NoControl(controls));
            }
            match (&ladder.control, &ladder.net) {
                (Err(refusal), _) | (_, Err(refusal)) => Some(Missed::Refused(*refusal)),
                (Ok(control), _) if control.lower > 0.0 || control.upper < 0.0 => Some(Missed::ControlDiffers),
                (Ok(_), Ok(net)) => beyond(net).map(|_| Missed::NothingLeft),
            }
        }
        Rung::Robust => {
            if let Err(refusal) = matched() {
                return Some(Missed::Refused(refusal));
            }
            let weak: Vec<u32> = ladder
                .pairs
                .iter()
                .zip(without_one)
                .filter(|(_, e)| e.as_ref().map_or(true, |e| beyond(e).is_some()))
                .map(|(pair, _)| pair.with)
                .collect();
            (!weak.is_empty()).then_some(Missed::RestsOn(weak))
        }
    }
}

/// A claim is about comparable towns: it is held against the matched estimate where the towns are comparable, else
/// against the raw one, which can neither support nor contradict it.
fn held_against(claim: &Claim, ladder: &Ladder) -> Checked {
    let balanced = ladder.balance.iter().all(|b| b.after.abs() < BALANCED_BELOW);
    let limits = |e: &PairedEstimate| (e.value, e.lower, e.upper);
    let matched = if claim.ratio.is_some() {
        ladder.ratio.as_ref().ok().map(limits)
    } else {
        ladder.main().and_then(|main| main.by_town.as_ref().ok()).map(limits)
    };
    let raw = if claim.ratio.is_some() { &ladder.raw_ratio } else { &ladder.raw };
    match matched.filter(|_| balanced) {
        Some(estimate) => claim::check(claim, Some(estimate), true),
        None => claim::check(claim, raw.as_ref().ok().map(|c| (c.value, c.lower, c.upper)), false),
    }
}

#[cfg(test)]
pub(crate) mod tests;
