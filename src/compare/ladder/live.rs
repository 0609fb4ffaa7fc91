//! The ladder of an event on services that were live before it: a campaign, training, advice.
//!
//! Here a town has a before and an after, and what is compared is the change:
//!
//! | rung | reached if |
//! |---|---|
//! | raw | on both sides there are towns with the year before and the year after |
//! | interval | the interval of the difference in changes, jackknifed over the towns (or groups of towns) of both sides, excludes zero |
//! | matched | every characteristic of the pairs, the share before the event among them, differs by less than a quarter of a standard deviation; the t interval of the paired difference in changes excludes zero, and at most 5 % of the sign patterns are as far from it |
//! | control | the effect by quarters (Callaway and Sant'Anna, never-treated towns as controls, errors clustered by town, or by `cluster`) excludes zero, at most 5 % of random assignments of the events to towns give one as large, and the courses before lie no further apart than those of more than 5 % of the random assignments |
//! | robust | leaving out any one town with the event, the interval of that effect still excludes zero |
//!
//! A town is dated by its first event since the beginning of the data. From the month of a second one of the same kind
//! on a service is left out, and so is a service that only a later event concerns: what those did is no part of the
//! effect of the first. A service whose second event falls into the year after the first has no full year after it and
//! drops out of the comparison of years, and with its last service the town; in the design by quarters only complete courses count. How many towns this
//! concerns is said with the first rung.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::{self, Checked};
use super::clusters::{ClusterCount, Clusters};
use super::effect::{self, Effect, LiveEffect};
use super::others::Others;
use super::pairing::{self, BALANCED_BELOW, Balance, Contrasted, TownPair, View, YEAR};
use super::{LEVEL, Missed, Rung, SEED, Step, Study, Town};
use crate::domain::Month;
use crate::stats::did::DidRefusal;
use crate::stats::normal::student_quantile;
use crate::stats::paired::{MIN_PAIRS, Pair, PairedEstimate, paired_difference, sign_flip_p};
use crate::stats::{MIN_CLUSTERS, Refusal};

/// The answer about an event on live services. Changes are in shares: 0.05 is five percentage points.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveLadder {
    /// Names of the characteristics; the share before the event is `baseline`.
    pub traits: Vec<String>,
    /// Characteristics asked for that are known of no town.
    pub unknown: Vec<String>,
    /// Towns with the event that have both years, and towns without.
    pub towns: (usize, usize),
    /// Mean change of the towns with the event, and of the others over the same years.
    pub changes: (f64, f64),
    /// The difference in changes.
    pub raw: Result<PairedEstimate, Refusal>,
    /// The matched towns; `control` is the year before.
    pub pairs: Vec<TownPair>,
    /// How similar the two sides are.
    pub balance: Vec<Balance>,
    /// Paired difference in changes, every town counting the same.
    pub matched: Result<PairedEstimate, Refusal>,
    /// Share of sign patterns as far from zero.
    pub p: Option<f64>,
    /// The effect by the design for events at different times.
    pub effect: Result<LiveEffect, DidRefusal>,
    /// Smallest and largest effect when one town with the event is left out.
    pub left_out: Option<(f64, f64)>,
    /// What the events cost per additional application: value, lower, upper; `None` where no cost is known or the
    /// answer stands below the effect by quarters.
    pub cost_per_case: Option<(f64, f64, f64)>,
    /// The rungs.
    pub steps: Vec<Step>,
    /// What the data say to the claim.
    pub claim: Option<Checked>,
    /// Towns with the event that had another of its kind later, within the months delivered: their months from then on do not count, nor do
    /// services that only the later one concerns.
    pub repeated: usize,
    /// What else was recorded in the same months; `None` where nobody looked it up.
    pub others: Option<Others>,
    /// The groups of towns behind the intervals of the difference in changes and of the effect, where towns are
    /// grouped.
    pub clusters: Option<ClusterCount>,
}

impl LiveLadder {
    /// The rung on which the answer stands; `None` if it does not even reach the lowest.
    #[must_use]
    pub fn stands_on(&self) -> Option<Rung> {
        self.steps.iter().take_while(|step| step.missed.is_none()).last().map(|step| step.rung)
    }
}

/// Takes `study` up the ladder; `costs` are those of the events by town, where known.
#[must_use]
pub fn climb_live(study: &Study, costs: &BTreeMap<u32, f64>) -> LiveLadder {
    let towns = &study.towns;
    let changes = Changes::of(towns);
    let pairs = pairing::balanced(towns, pairing::pairs(towns, View::AroundEvent, study.caliper), MIN_PAIRS);
    let net: Vec<Pair> = pairs
        .iter()
        .filter_map(|p| {
            let before = p.control?;
            let change = |pick: fn(&Contrasted) -> f64| pick(&p.outcome) - pick(&before);
            Some(Pair { first: change(|c| c.with), second: change(|c| c.without), weight: 1.0 })
        })
        .collect();
    let clusters = study.clusters.as_ref();
    let count = clusters.map(|clusters| {
        ClusterCount::of(clusters, changes.with.iter().map(|t| t.0), changes.without.iter().map(|t| t.0))
    });
    let effect = effect::estimate(towns, clusters, LEVEL, SEED);
    let without_one = if effect.is_ok() { effect::leave_one_out(towns, clusters, LEVEL) } else { Vec::new() };
    let values = || without_one.iter().filter_map(|(_, e)| e.as_ref().map(|e| e.value));
    let mut ladder = LiveLadder {
        traits: study.traits.clone(),
        unknown: study.unknown.clone(),
        towns: (changes.with.len(), changes.without.len()),
        changes: changes.means(),
        raw: changes.jackknife(clusters),
        balance: pairing::balance(&changes.towns(towns), &pairs),
        matched: paired_difference(&net, LEVEL),
        p: sign_flip_p(&net, SEED).ok(),
        left_out: (!without_one.is_empty() && without_one.iter().all(|(_, e)| e.is_some()))
            .then(|| (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))),
        cost_per_case: None,
        steps: Vec::new(),
        claim: None,
        repeated: 0,
        others: None,
        clusters: count,
        pairs,
        effect,
    };
    ladder.steps =
        Rung::ALL.into_iter().map(|rung| Step { rung, missed: missed(&ladder, rung, &without_one) }).collect();
    // What was not found has no price.
    ladder.cost_per_case = cost_per_case(&ladder, costs).filter(|_| ladder.stands_on() >= Some(Rung::Control));
    ladder.claim = study.claim.as_ref().filter(|claim| claim.difference.is_some()).map(|claim| {
        let found = ladder.effect.as_ref().ok().map(|e| (e.by_town.value, e.by_town.lower, e.by_town.upper));
        claim::check(claim, found, ladder.stands_on() >= Some(Rung::Matched))
    });
    ladder
}

fn cost_per_case(ladder: &LiveLadder, costs: &BTreeMap<u32, f64>) -> Option<(f64, f64, f64)> {
    let effect = ladder.effect.as_ref().ok()?;
    let (value, lower, upper) = effect.additional;
    let known = costs.len() == effect.towns.0 && !costs.is_empty();
    let cost = costs.values().sum::<f64>() / costs.len() as f64;
    (known && lower > 0.0).then_some((cost / value, cost / upper, cost / lower))
}

fn missed(ladder: &LiveLadder, rung: Rung, without_one: &[(u32, Option<Effect>)]) -> Option<Missed> {
    let sign = ladder.raw.as_ref().map_or(0.0, |d| d.value.signum());
    let beyond = |value: f64, lower: f64, upper: f64| {
        if lower <= 0.0 && upper >= 0.0 {
            Some(Missed::IncludesZero)
        } else {
            (value.signum() != sign).then_some(Missed::OtherDirection)
        }
    };
    match rung {
        Rung::Raw => (ladder.towns.0 == 0 || ladder.towns.1 == 0).then_some(Missed::NoTowns),
        Rung::Interval => match &ladder.raw {
            Err(refusal) => Some(Missed::Refused(*refusal)),
            Ok(e) => beyond(e.value, e.lower, e.upper),
        },
        Rung::Matched => {
            let e = match &ladder.matched {
                Err(refusal) => return Some(Missed::Refused(*refusal)),
                Ok(e) => e,
            };
            let apart = |(at, b): (usize, &Balance)| (b.after.abs() >= BALANCED_BELOW).then_some(at);
            let unbalanced: Vec<usize> = ladder.balance.iter().enumerate().filter_map(apart).collect();
            if !unbalanced.is_empty() {
                return Some(Missed::Unbalanced(unbalanced));
            }
            let by_chance = ladder.p.is_none_or(|p| p > 1.0 - LEVEL);
            beyond(e.value, e.lower, e.upper).or(by_chance.then_some(Missed::ByChance))
        }
        Rung::Control => {
            let e = match &ladder.effect {
                Err(refusal) => return Some(Missed::NoDesign(*refusal)),
                Ok(e) => e,
            };
            let before = match e.pretest {
                None => Some(Missed::NoPreTrend),
                Some(before) => (before.p <= 1.0 - LEVEL).then_some(Missed::PreTrend),
            };
            let by_chance = (e.p > 1.0 - LEVEL).then_some(Missed::ByChance);
            beyond(e.by_town.value, e.by_town.lower, e.by_town.upper).or(by_chance).or(before)
        }
        Rung::Robust => {
            if let Err(refusal) = &ladder.effect {
                return Some(Missed::NoDesign(*refusal));
            }
            let weak = |(town, e): &(u32, Option<Effect>)| match e {
                Some(e) if beyond(e.value, e.lower, e.upper).is_none() => None,
                _ => Some(*town),
            };
            let weak: Vec<u32> = without_one.iter().filter_map(weak).collect();
            (!weak.is_empty()).then_some(Missed::RestsOn(weak))
        }
    }
}

/// The change of every town with the event, and of every town without over the same months.
struct Changes {
    /// Town, its change, and the position of its event.
    with: Vec<(u32, f64, usize)>,
    /// Town, and its change around every event.
    without: Vec<(u32, Vec<Option<f64>>)>,
}

impl Changes {
    fn of(towns: &[Town]) -> Self {
        let mut events: Vec<Month> = towns.iter().filter(|t| t.with).filter_map(|t| t.event).collect();
        events.sort_unstable();
        events.dedup();
        let with = towns.iter().filter(|t| t.with).filter_map(|town| {
            let event = town.event?;
            Some((town.id, change(town, event)?, events.binary_search(&event).ok()?))
        });
        let with: Vec<(u32, f64, usize)> = with.collect();
        let without = towns
            .iter()
            .filter(|t| !t.with)
            .map(|town| (town.id, events.iter().map(|event| change(town, *event)).collect::<Vec<_>>()))
            .filter(|(_, changes)| changes.iter().any(Option::is_some))
            .collect();
        Self { with, without }
    }

    fn towns(&self, towns: &[Town]) -> Vec<Town> {
        let has = |id: u32| self.with.iter().any(|t| t.0 == id) || self.without.iter().any(|t| t.0 == id);
        towns.iter().filter(|town| has(town.id)).cloned().collect()
    }

    /// Mean change with, and without over the same months; without the towns that are left out on either side.
    fn means_without(&self, left_out: &dyn Fn(u32) -> bool) -> Option<(f64, f64)> {
        let events = self.without.first().map_or(0, |(_, changes)| changes.len());
        let of_event = |at: usize| {
            let changes = self.without.iter().filter(|(id, _)| !left_out(*id)).filter_map(|(_, c)| c[at]);
            let (sum, n) = changes.fold((0.0, 0usize), |(sum, n), c| (sum + c, n + 1));
            (n > 0).then(|| sum / n as f64)
        };
        let others: Vec<Option<f64>> = (0..events).map(of_event).collect();
        let rows = self.with.iter().filter(|(id, ..)| !left_out(*id));
        let rows: Vec<(f64, f64)> =
            rows.filter_map(|(_, change, at)| Some((*change, others.get(*at).copied().flatten()?))).collect();
        let n = rows.len() as f64;
        (!rows.is_empty())
            .then(|| (rows.iter().map(|r| r.0).sum::<f64>() / n, rows.iter().map(|r| r.1).sum::<f64>() / n))
    }

    fn means(&self) -> (f64, f64) {
        self.means_without(&|_| false).unwrap_or((0.0, 0.0))
    }

    /// Delete-one-town jackknife for two independent groups (Efron and Tibshirani 1993); groups of towns are left out
    /// as one, and where one has towns on both sides, on both at once, so that all groups are one sample.
    fn jackknife(&self, clusters: Option<&Clusters>) -> Result<PairedEstimate, Refusal> {
        let group = |id: u32| clusters.map_or(id, |clusters| clusters.group(id));
        let with: BTreeSet<u32> = self.with.iter().map(|t| group(t.0)).collect();
        let without: BTreeSet<u32> = self.without.iter().map(|t| group(t.0)).collect();
        let found = with.len().min(without.len());
        if found < MIN_CLUSTERS {
            return Err(Refusal::FewClusters { found, needed: MIN_CLUSTERS });
        }
        let difference = |left_out: &dyn Fn(u32) -> bool| {
            self.means_without(left_out).map(|(a, b)| a - b).ok_or(Refusal::EmptyInput)
        };
        let value = difference(&|_| false)?;
        let mut variance = 0.0;
        let samples = if with.is_disjoint(&without) { vec![with, without] } else { vec![&with | &without] };
        for sample in &samples {
            let values: Vec<f64> =
                sample.iter().map(|out| difference(&|id| group(id) == *out)).collect::<Result<_, _>>()?;
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            variance += (n - 1.0) / n * values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        }
        let se = variance.sqrt();
        if se.is_nan() || se <= 1e-12 {
            return Err(Refusal::NoVariation);
        }
        let t = student_quantile(0.5 + LEVEL / 2.0, found as f64 - 1.0)?;
        Ok(PairedEstimate { value, se, lower: value - t * se, upper: value + t * se, n: self.with.len() })
    }
}

/// The share of the year after `event` less that of the year before, over the services with both years in full.
fn change(town: &Town, event: Month) -> Option<f64> {
    let mut sums = (super::Share::default(), super::Share::default());
    let mut any = false;
    for course in town.launches() {
        let year = |from: i32| course.between(event.plus(from), event.plus(from + YEAR - 1));
        if let (Some(before), Some(after)) = (year(-YEAR), year(1)) {
            sums = (sums.0.plus(before), sums.1.plus(after));
            any = true;
        }
    }
    any.then(|| sums.1.rate() - sums.0.rate())
}
