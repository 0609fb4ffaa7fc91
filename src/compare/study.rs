//! From the panel to the towns that climb the ladder.

use std::collections::{BTreeMap, BTreeSet};

use super::ComparisonSpec;
use super::ladder::{Course, Share, Study, Town, Trait, Window};
use crate::domain::{Aggregation, EstimateTable, Month};
use crate::ingest::{Area, Event, Records};
use crate::panel::Panel;

/// The characteristics that `match_on` may name, beside `attribute:NAME` of the register.
pub const TRAITS: [&str; 7] = ["population", "density", "land", "urbanity", "platform", "maturity", "launch"];

/// The towns of a comparison by event before launch.
///
/// A town is on the side with the event if one of this kind began before the launch of a service that it concerns,
/// and on the side without if it never had one of this kind; towns in between are on neither. `months` holds the
/// monthly key figure `kpi`.
#[must_use]
pub fn study(spec: &ComparisonSpec, kind: &str, records: &Records, panel: &Panel, kpi: u16, months: &EstimateTable) -> Study {
    let relevant: Vec<&Event> = records.events.iter().filter(|e| e.kind == kind).collect();
    let everywhere = relevant.iter().any(|e| e.area.is_none());
    let ever: BTreeSet<u32> = relevant.iter().filter_map(|e| e.area).collect();
    let before_launch = |area: u32, service: u32| {
        let launch = panel.offer(area, service)?.live_from?;
        let concerns =
            |e: &&&Event| e.area.is_none_or(|a| a == area) && e.service.is_none_or(|s| s == service) && e.from < launch;
        relevant.iter().filter(concerns).map(|e| Month::of(e.from)).min()
    };
    let mut towns: BTreeMap<u32, Town> = BTreeMap::new();
    for ((area, service), series) in series(kpi, months) {
        let Some(launch) = panel.launch(area, service) else { continue };
        let event = before_launch(area, service);
        let town = towns.entry(area).or_insert_with(|| Town {
            id: area,
            with: false,
            event: None,
            traits: Vec::new(),
            courses: Vec::new(),
        });
        town.with |= event.is_some();
        town.event = town.event.into_iter().chain(event).max();
        town.courses.push(Course { service, launch, concerned: event.is_some(), months: series });
    }
    let mut towns: Vec<Town> = towns.into_values().filter(|t| t.with || !(everywhere || ever.contains(&t.id))).collect();
    let concerned: BTreeSet<u32> =
        towns.iter().flat_map(|t| &t.courses).filter(|c| c.concerned).map(|c| c.service).collect();
    for town in &mut towns {
        let own: Vec<&Course> = town.launches().filter(|c| concerned.contains(&c.service)).collect();
        let area = records.register.area(town.id);
        town.traits = spec.match_on.iter().map(|name| characteristic(name, area, town.id, &own, panel)).collect();
    }
    let is_known = |at: usize| towns.iter().any(|town| matches!(town.traits.get(at), Some(Some(_))));
    let known: Vec<bool> = (0..spec.match_on.len()).map(is_known).collect();
    let (traits, unknown) = split(&spec.match_on, &known);
    for town in &mut towns {
        town.traits = split(&town.traits, &known).0;
    }
    Study { traits, unknown, towns, caliper: spec.caliper, claim: spec.claim.clone() }
}

/// The items that are known, and the others.
fn split<T: Clone>(items: &[T], known: &[bool]) -> (Vec<T>, Vec<T>) {
    let of = |wanted: bool| items.iter().zip(known).filter(|(_, k)| **k == wanted).map(|(item, _)| item.clone()).collect();
    (of(true), of(false))
}

type Series = BTreeMap<(u32, u32), BTreeMap<Month, Share>>;

fn series(kpi: u16, months: &EstimateTable) -> Series {
    let mut out = Series::new();
    for (key, e) in months.iter() {
        let own = key.kpi == kpi && key.aggregation == Aggregation::Own && key.service != crate::domain::ALL_SERVICES;
        if let (true, Some(online), Some(all)) = (own, e.numerator, e.denominator)
            && all > 0.0
        {
            out.entry((key.unit, key.service)).or_default().insert(key.period.start, Share { online, all });
        }
    }
    out
}

fn characteristic(name: &str, area: &Area, id: u32, launches: &[&Course], panel: &Panel) -> Option<Trait> {
    let label = |text: &str| (!text.is_empty()).then(|| Trait::Label(text.to_owned()));
    let logarithm = |value: f64| (value > 0.0).then(|| Trait::Number(value.ln()));
    let offers = || launches.iter().filter_map(|c| panel.offer(id, c.service));
    match name {
        "population" => logarithm(area.population? as f64),
        "density" => logarithm(area.population? as f64 / area.area_km2?),
        "land" => label(&area.land),
        "urbanity" => label(&area.urbanity),
        "platform" => most_frequent(offers().filter_map(|o| o.platform.clone())),
        "maturity" => most_frequent(
            offers().filter_map(|o| Some(format!("{} {}", o.maturity_model.as_ref()?, o.maturity.as_ref()?))),
        ),
        // Only launches whose first months were delivered are ever compared.
        "launch" => {
            let [first, ..] = Window::ALL;
            let seen: Vec<f64> = launches
                .iter()
                .filter(|c| c.since_launch(first.from, first.until).is_some())
                .map(|c| f64::from(c.launch.index()))
                .collect();
            (!seen.is_empty()).then(|| Trait::Number(seen.iter().sum::<f64>() / seen.len() as f64))
        }
        other => other.strip_prefix("attribute:").and_then(|key| area.attributes.get(key)).and_then(|text| {
            // A column of numbers is compared as numbers.
            text.replace(',', ".").parse().ok().filter(|n: &f64| n.is_finite()).map(Trait::Number).or_else(|| label(text))
        }),
    }
}

/// The most frequent label; of equally frequent ones the first in the alphabet.
fn most_frequent(labels: impl Iterator<Item = String>) -> Option<Trait> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    let most = counts.values().max().copied()?;
    counts.into_iter().find(|(_, n)| *n == most).map(|(label, _)| Trait::Label(label))
}
