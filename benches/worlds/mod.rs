//! Simulated worlds whose truth is known, to see how often the ladder says something that is not so.
//!
//! A world has 60 towns with sizes, platforms and maturities, one new service launched within two years, two
//! services that were live before, and 36 months of cases. The number of online cases of a month is binomial. 24
//! towns held focus groups before the launch.

#![allow(clippy::indexing_slicing, clippy::missing_panics_doc, reason = "a simulation indexes what it has just made")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::compare::ladder::{Course, Rung, Share, Study, Town, Trait, climb};
use super::domain::Month;
use super::stats::random::Random;

/// What is true in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Participation is drawn by lot and does nothing.
    NoEffect,
    /// Participation is drawn by lot and raises the share of the new service by ten percentage points.
    TenPoints,
    /// Larger towns have higher shares and choose participation more often; it does nothing.
    SizeOnly,
    /// Eager towns have higher shares in all services and choose participation more often; it does nothing.
    SelfSelection,
}

impl Truth {
    /// All worlds.
    pub const ALL: [Self; 4] = [Self::NoEffect, Self::TenPoints, Self::SizeOnly, Self::SelfSelection];

    fn name(self) -> &'static str {
        match self {
            Self::NoEffect => "no effect",
            Self::TenPoints => "+10 points",
            Self::SizeOnly => "size only",
            Self::SelfSelection => "self-selection",
        }
    }
}

const TOWNS: usize = 60;
const WITH: usize = 24;
const MONTHS: i32 = 36;
const NEW: u32 = 2;

/// The world number `number` in which `truth` holds.
#[must_use]
pub fn world(truth: Truth, number: u64) -> Study {
    let mut random = Random::new(2_025, number * 4 + truth as u64);
    let start = Month::from_index(2_022 * 12);
    let mut towns: Vec<(Town, f64)> = (0..TOWNS)
        .map(|_| {
            let size = (8.7 + 0.9 * random.normal()).clamp(6.2, 11.5);
            let eager = random.normal();
            let platform = if random.uniform() < 0.6 { "A" } else { "B" };
            let mature = random.uniform() < 0.5;
            let launch = start.plus(random.below(20) as i32 + 3);
            let level = 0.25
                + 0.06 * random.normal()
                + if mature { 0.03 } else { 0.0 }
                + if truth == Truth::SizeOnly { 0.05 * (size - 8.7) } else { 0.0 }
                + if truth == Truth::SelfSelection { 0.05 * eager } else { 0.0 };
            let wish = match truth {
                Truth::SizeOnly => size - 8.7,
                Truth::SelfSelection => 1.2 * eager,
                _ => 0.0,
            };
            // The largest wishes with logistic noise: a logit model of who participates.
            let noise = random.uniform().clamp(1e-12, 1.0 - 1e-12);
            let wish = wish + (noise / (1.0 - noise)).ln();
            let town = Town {
                id: 0,
                with: false,
                event: None,
                traits: vec![
                    Some(Trait::Number(size)),
                    Some(Trait::Label(platform.to_owned())),
                    Some(Trait::Label(if mature { "3" } else { "2" }.to_owned())),
                    Some(Trait::Number(f64::from(launch.index()))),
                ],
                courses: (0..=NEW)
                    .map(|service| Course {
                        service,
                        launch: if service == NEW { launch } else { start.plus(-12) },
                        concerned: false,
                        months: BTreeMap::from([(start, Share { online: level, all: size.exp() * 0.003 })]),
                    })
                    .collect(),
            };
            (town, wish)
        })
        .collect();
    towns.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut towns: Vec<Town> = towns.into_iter().map(|(town, _)| town).collect();
    for (at, town) in towns.iter_mut().enumerate() {
        town.id = at as u32;
        town.with = at < WITH;
        let effect = if town.with && truth == Truth::TenPoints { 0.10 } else { 0.0 };
        for course in &mut town.courses {
            let plan = course.months[&start];
            course.concerned = town.with && course.service == NEW;
            if course.concerned {
                town.event = Some(course.launch.plus(-2));
            }
            course.months.clear();
            let plateau = plan.online + if course.service == NEW { effect } else { 0.03 * f64::from(course.service) };
            for month in (0..MONTHS).map(|k| start.plus(k)) {
                let age = month.since(course.launch);
                let all = poisson(&mut random, plan.all);
                if age >= 0 && all > 0 {
                    let course_of_use = 1.0 - (-f64::from(age + 1) / 4.0).exp();
                    let online = binomial(&mut random, all, (plateau * course_of_use).clamp(0.0, 1.0));
                    course.months.insert(month, Share { online: f64::from(online), all: f64::from(all) });
                }
            }
        }
    }
    Study {
        traits: ["population", "platform", "maturity", "launch"].map(str::to_owned).to_vec(),
        unknown: Vec::new(),
        towns,
        caliper: None,
        claim: None,
        clusters: None,
    }
}

fn poisson(random: &mut Random, mean: f64) -> u32 {
    if mean > 40.0 {
        return (mean + mean.sqrt() * random.normal()).round().max(0.0) as u32;
    }
    let (mut left, mut probability, mut count) = (random.uniform(), (-mean).exp(), 0u32);
    while left > probability && count < 400 {
        left -= probability;
        count += 1;
        probability *= mean / f64::from(count);
    }
    count
}

fn binomial(random: &mut Random, n: u32, p: f64) -> u32 {
    if n > 60 {
        let mean = f64::from(n) * p;
        return (mean + (mean * (1.0 - p)).sqrt() * random.normal()).round().clamp(0.0, f64::from(n)) as u32;
    }
    (0..n).filter(|_| random.uniform() < p).count() as u32
}

/// How often each rung was the last one reached, from "none" to "robust", with a positive difference on the way;
/// and the mean of the matched differences.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// Worlds in which the answer stands on each rung, "none" first.
    pub stands: [u32; 6],
    /// Worlds in which the interval of the raw difference lies above zero.
    pub raw: u32,
    /// Worlds in which the answer stands on the highest rung and the difference is positive: it "works".
    pub works: u32,
    /// Mean of the matched differences.
    pub matched: f64,
}

/// Lets `worlds` worlds climb.
#[must_use]
pub fn tally(truth: Truth, worlds: u64) -> Tally {
    let mut out = Tally::default();
    let mut matched = Vec::new();
    for number in 0..worlds {
        let ladder = climb(&world(truth, number));
        let stands = ladder.stands_on();
        out.stands[stands.map_or(0, |rung| 1 + Rung::ALL.iter().position(|r| *r == rung).unwrap_or(0))] += 1;
        out.raw += u32::from(ladder.raw.as_ref().is_ok_and(|d| d.lower > 0.0));
        let positive = ladder.raw.as_ref().is_ok_and(|d| d.value > 0.0);
        out.works += u32::from(stands == Some(Rung::Robust) && positive);
        matched.extend(ladder.main().and_then(|main| main.by_town.as_ref().ok()).map(|e| e.value));
    }
    out.matched = matched.iter().sum::<f64>() / matched.len().max(1) as f64;
    out
}

/// The report as a Markdown table.
#[must_use]
pub fn report(worlds: u64) -> String {
    let mut out = String::from(
        "| world | raw difference above zero | answer on no rung | raw | interval | matched | control | robust | \"works\" | mean matched difference |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for truth in Truth::ALL {
        let t = tally(truth, worlds);
        let [none, raw, interval, matched, control, robust] = t.stands;
        let _ = writeln!(
            out,
            "| {} | {} | {none} | {raw} | {interval} | {matched} | {control} | {robust} | {} of {worlds} | {:+.1} points |",
            truth.name(),
            t.raw,
            t.works,
            t.matched * 100.0
        );
    }
    out
}
