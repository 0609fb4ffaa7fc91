//! The small tables: register, services, offer, events, work and targets.

use std::path::Path;

use rand::RngExt;

use crate::Result;
use crate::domain::Month;

use super::draw::{Part, chance, normal, stream};
use super::names::LAND;
use super::out::{Table, comma};
use super::survey::surveyed;
use super::usage::is_online;
use super::world::{OUTAGE_PLATFORM, World};
use super::{DemoSummary, group};

/// Writes all of them.
pub(super) fn write(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    register(dir, world, summary)?;
    services(dir, world, summary)?;
    offer(dir, world, summary)?;
    events(dir, world, summary)?;
    work(dir, world, summary)?;
    targets(dir, world, summary)
}

fn date(month: Month, day: u32) -> String {
    format!("{day:02}.{:02}.{}", month.number(), month.year())
}

fn register(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let header = ["AGS", "Name", "Land", "Kreis", "Art", "Einwohner", "Fläche", "Siedlungstyp", "Dienstleister"];
    let mut table = Table::create(dir, "register.csv", &header, false)?;
    for town in &world.towns {
        table.row([
            &*town.key,
            &*town.name,
            LAND,
            &*world.kreise[town.kreis],
            town.kind,
            &*town.population.to_string(),
            &*comma(town.area_km2, 2),
            town.urbanity,
            town.provider,
        ])?;
    }
    table.finish(summary)
}

fn services(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let mut table = Table::create(dir, "leistungen.csv", &["Schlüssel", "Leistung", "Themenfeld"], false)?;
    for service in &world.services {
        table.row([&*service.key, &*service.name, service.field])?;
    }
    table.finish(summary)
}

fn offer(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let header = ["AGS", "Leistung", "geschuldet", "online seit", "online bis", "Reifegrad", "Plattform", "EfA"];
    let mut table = Table::create(dir, "angebot.csv", &header, false)?;
    let word = |yes: bool| if yes { "ja" } else { "nein" };
    for (at, town) in world.towns.iter().enumerate() {
        for (offer, service) in world.offers(at).iter().zip(&world.services) {
            let live = offer.live.as_ref();
            table.row([
                &*town.key,
                &*service.key,
                word(offer.owed),
                &*live.map_or_else(String::new, |l| date(world.month(l.month), l.day)),
                &*live.and_then(|l| l.last).map_or_else(String::new, |m| date(world.month(m), 28)),
                &*offer.maturity.to_string(),
                live.map_or("", |_| town.platform),
                live.map_or("", |_| word(offer.efa)),
            ])?;
        }
    }
    table.finish(summary)
}

/// Euro with thousands point and two decimals.
fn euro(value: u32) -> String {
    if value < 1_000 { format!("{value},00") } else { format!("{}.{:03},00", value / 1_000, value % 1_000) }
}

fn events(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let header = ["AGS", "Leistung", "Art", "von", "bis", "Kosten", "Bezeichnung"];
    let mut table = Table::create(dir, "ereignisse.csv", &header, false)?;
    for (at, town) in world.towns.iter().enumerate() {
        let mut rng = stream(world.seed, Part::Events, at as u64);
        for (offer, service) in world.offers(at).iter().zip(&world.services) {
            let Some(live) = &offer.live else { continue };
            if let Some(month) = live.participation {
                let (day, people) = (rng.random_range(3..20), rng.random_range(6..=14));
                let label = format!("Fokusgruppe mit {people} Bürgerinnen und Bürgern");
                let (from, to) = (date(world.month(month), day), date(world.month(month), day + 1));
                let cost = euro(rng.random_range(6..38) * 100);
                table.row([&*town.key, &*service.key, "Fokusgruppe", &*from, &*to, &*cost, &*label])?;
            }
            if let Some(campaign) = live.campaign {
                let (from, to) = (date(world.month(campaign.month), 1), date(world.month(campaign.month + 3), 28));
                let cost = euro(rng.random_range(2..15) * 100);
                let label = "Plakate, Amtsblatt und Beilage im Gebührenbescheid";
                table.row([&*town.key, &*service.key, "Kampagne", &*from, &*to, &*cost, label])?;
            }
        }
        if let Some(month) = town.trained.filter(|m| *m < world.months) {
            let (from, to) = (date(world.month(month), 11), date(world.month(month), 12));
            table.row([&*town.key, "*", "Schulung", &*from, &*to, "1.200,00", "Schulung der Sachbearbeitung"])?;
        }
        if town.platform == OUTAGE_PLATFORM && town.population > 0 && world.outage >= 0 {
            let month = world.month(world.outage);
            let (from, to) = (date(month, 4), date(month, 22));
            table.row([&*town.key, "*", "Störung", &*from, &*to, "", "Ausfall der Anmeldung auf Portal B"])?;
        }
    }
    table.finish(summary)
}

/// Handling times of a sample of cases in the towns of the network: online about 15 minutes, otherwise 45.
fn work(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let header = ["AGS", "Leistung", "Monat", "Kanal", "Fälle", "Minuten", "Tage", "Rückfragen", "Doppelerfassungen"];
    let mut table = Table::create(dir, "arbeitszeiten.csv", &header, false)?;
    for town in group(world) {
        let offers = world.offers(town);
        for service in surveyed(world) {
            let offer = &offers[service];
            let mut rng = stream(world.seed, Part::Work, (town as u64) << 16 | service as u64);
            for (month, counts) in (0..world.months).zip(world.counts(town, service, offer)) {
                for (way, word) in [(0, "online"), (1, "Papier")] {
                    let n = counts[way].min(40);
                    if n == 0 || (way == 0 && !is_online(offer, month)) {
                        continue;
                    }
                    let typed_again = match (way, offer.maturity) {
                        (0, 4) => 0.04,
                        (0, _) => 0.45,
                        _ => 0.95,
                    };
                    let (minutes, days, queries) = if way == 0 { (15.0, 6.0, 0.12) } else { (45.0, 13.0, 0.38) };
                    let spread = |rng: &mut _| (0.12 * normal(rng)).exp() * n as f64;
                    let total = [spread(&mut rng) * minutes, spread(&mut rng) * days].map(|v: f64| v.round() as u64);
                    let mut draw = |p: f64| (0..n).filter(|_| chance(&mut rng, p)).count();
                    let (asked_back, twice) = (draw(queries), draw(typed_again));
                    table.row([
                        world.towns[town].key.clone(),
                        world.services[service].key.clone(),
                        world.month(month).to_string(),
                        word.to_owned(),
                        n.to_string(),
                        total[0].to_string(),
                        total[1].to_string(),
                        asked_back.to_string(),
                        twice.to_string(),
                    ])?;
                }
            }
        }
    }
    table.finish(summary)
}

/// Milestones: for all places on a fixed date, for the towns of the network counted from their launch.
fn targets(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let header = ["AGS", "Leistung", "Kennzahl", "Datum", "Wert", "Bezeichnung"];
    let mut table = Table::create(dir, "ziele.csv", &header, false)?;
    let milestones = [(12, "0,25", "Meilenstein Monat 12"), (24, "0,40", "Meilenstein Monat 24")];
    for service in surveyed(world) {
        let key = &*world.services[service].key;
        for (months, value, label) in milestones {
            // The programme began in July 2023.
            let due = date(world.month(world.months - 25 + months), 30);
            table.row(["*", key, "online_share", &*due, value, label])?;
        }
        for town in group(world) {
            let Some(live) = &world.offers(town)[service].live else { continue };
            for (months, value, label) in milestones {
                let due = date(world.month(live.month + months), 28);
                table.row([&*world.towns[town].key, key, "online_share", &*due, value, label])?;
            }
        }
    }
    table.finish(summary)
}
