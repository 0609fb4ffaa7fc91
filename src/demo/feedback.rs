//! The feedback buttons: a vote per row, a quarter of them with a comment.

use std::path::Path;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Result;

use super::comments::comment;
use super::draw::{Part, chance, poisson, stream};
use super::out::{Dirt, INPUT, Table};
use super::world::{OUTAGE_PLATFORM, Offer, World};
use super::{DemoSummary, Size};

/// Kinds of dirty rows in the feedback file.
pub const FEEDBACK_DIRT: [&str; 4] = ["unknown_service", "impossible_day", "unknown_value", "short_area"];

const FILE: &str = "feedback.csv";
const HEADER: [&str; 7] = ["Nr", "Zeit", "AGS", "Leistung", "Hilfreich", "Kommentar", "IP-Adresse"];

struct Vote {
    /// Minutes since the first month of the window, months of 31 days: sorts as time does.
    time: u64,
    town: usize,
    service: usize,
    helpful: bool,
}

/// Writes the feedback file.
pub(super) fn write(dir: &Path, world: &World, size: Size, summary: &mut DemoSummary) -> Result<()> {
    let mut votes = votes(world, size.votes());
    votes.sort_by_key(|v| (v.time, v.town, v.service));
    let mut table = Table::create(dir, FILE, &HEADER, true)?;
    let file = format!("{INPUT}/{FILE}");
    let mut rng = stream(world.seed, Part::Comments, 0);
    let mut dirt = Dirt::new(stream(world.seed, Part::FeedbackDirt, 0), &FEEDBACK_DIRT);
    let mut again: Option<[String; 7]> = None;
    for (number, vote) in votes.iter().enumerate() {
        let row = row(world, vote, number, &mut rng);
        table.row(&row)?;
        if let Some(mut sent_before) = again.take() {
            // The same person corrects the vote: the same id once more, with another time and value.
            sent_before[1].clone_from(&row[1]);
            sent_before[4] = if sent_before[4] == "ja" { "nein" } else { "ja" }.to_owned();
            sent_before[5] = "Korrektur: hatte mich verklickt".to_owned();
            table.row(&sent_before)?;
            summary.replaced += 1;
        }
        if number % 300 == 120 {
            again = Some(row.clone());
        }
        if let Some(kind) = dirt.after_row(&file) {
            let mut bad = row;
            bad[0] = format!("D-{}", bad[0]);
            match kind {
                "unknown_service" => bad[3] = "89999".to_owned(),
                "impossible_day" => bad[1] = "31.02.2025 10:15".to_owned(),
                "unknown_value" => bad[4] = "vielleicht".to_owned(),
                _ => bad[2].truncate(7),
            }
            table.row(&bad)?;
        }
    }
    dirt.finish(summary);
    table.finish(summary)
}

fn votes(world: &World, wanted: u32) -> Vec<Vote> {
    let people: f64 = world.towns.iter().map(|t| f64::from(t.population)).sum();
    let mut votes = Vec::new();
    for (town, place) in world.towns.iter().enumerate() {
        let mut rng = stream(world.seed, Part::Feedback, town as u64);
        // Small places are not left out altogether: a third of the votes goes by place, not by people.
        let by_people = f64::from(place.population) / people.max(1.0);
        let share =
            if place.population == 0 { 0.0 } else { by_people * 2.0 / 3.0 + 1.0 / 3.0 / world.towns.len() as f64 };
        let count = poisson(&mut rng, f64::from(wanted) * share);
        if count == 0 {
            continue;
        }
        let offers = world.offers(town);
        let live: Vec<usize> = (0..offers.len()).filter(|s| offers[*s].live.is_some()).collect();
        for _ in 0..count {
            if let Some(vote) = vote(world, town, &offers, &live, &mut rng) {
                votes.push(vote);
            }
        }
    }
    votes
}

fn vote(world: &World, town: usize, offers: &[Offer], live: &[usize], rng: &mut ChaCha8Rng) -> Option<Vote> {
    if live.is_empty() {
        return None;
    }
    // Some services get many votes, most get few.
    let rank = (rng.random::<f64>().powi(2) * live.len() as f64) as usize;
    let service = live[rank.min(live.len() - 1)];
    let offer = &offers[service];
    let launched = offer.live.as_ref()?;
    let first = launched.month.max(0);
    let last = launched.last.unwrap_or(world.months - 1);
    if first > last {
        return None;
    }
    let month = first + (rng.random::<f64>().sqrt() * f64::from(last - first + 1)) as i32;
    let month = month.min(last);
    let place = &world.towns[town];
    let mut helpful = match offer.maturity {
        2 => 0.5,
        4 => 0.76,
        _ => 0.68,
    };
    if place.platform == OUTAGE_PLATFORM {
        helpful -= if month == world.outage { 0.45 } else { 0.08 };
    }
    if launched.participation.is_some() {
        helpful += 0.08;
    }
    let minute = rng.random_range(0..28 * 24 * 60_u64);
    let time = u64::from(month.unsigned_abs()) * 31 * 24 * 60 + minute;
    Some(Vote { time, town, service, helpful: chance(rng, helpful) })
}

fn row(world: &World, vote: &Vote, number: usize, rng: &mut ChaCha8Rng) -> [String; 7] {
    let day_minutes = 24 * 60;
    let month = world.month((vote.time / (31 * day_minutes)) as i32);
    let minute = vote.time % (31 * day_minutes);
    let service = &world.services[vote.service];
    let text = if chance(rng, 0.25) { comment(rng, &service.name, vote.helpful) } else { String::new() };
    [
        format!("{}", 100_001 + number),
        format!(
            "{:02}.{:02}.{} {:02}:{:02}",
            minute / day_minutes + 1,
            month.number(),
            month.year(),
            minute % day_minutes / 60,
            minute % 60
        ),
        world.towns[vote.town].key.clone(),
        service.key.clone(),
        if vote.helpful { "ja" } else { "nein" }.to_owned(),
        text,
        // A block reserved for documentation (RFC 5737).
        format!("192.0.2.{}", rng.random_range(1..255)),
    ]
}
