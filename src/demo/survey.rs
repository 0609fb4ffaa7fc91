//! The survey: two waves, sampled by size class, weighted back to the population.

use std::path::Path;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::Result;

use super::draw::{Part, chance, stream, weighted};
use super::out::{Table, comma};
use super::world::World;
use super::{DemoSummary, Size};

/// Places (from 0) of the surveyed services in the catalogue, as far as it reaches.
const SURVEYED: [usize; 3] = [0, 3, 8];
/// True share of adults who needed the service within a year.
const NEED: [f64; 3] = [0.34, 0.17, 0.12];
/// The waves and their months, counted back from the end of the window.
const WAVES: [(&str, i32); 2] = [("2024", 9), ("2025", 2)];
const STRATA: [(u32, &str); 4] = [
    (5_000, "unter 5.000"),
    (20_000, "5.000 bis unter 20.000"),
    (100_000, "20.000 bis unter 100.000"),
    (u32::MAX, "100.000 und mehr"),
];
/// Answers of the barrier question and their true shares.
const BARRIERS: [(&str, f64); 5] = [
    ("Gewohnheit", 0.34),
    ("Kannte ich nicht", 0.27),
    ("Misstrauen", 0.12),
    ("Überforderung", 0.16),
    ("Schlechte Erfahrung", 0.11),
];

/// The services that the survey asks about: also the focus services of the project.
pub(super) fn surveyed(world: &World) -> Vec<usize> {
    SURVEYED.into_iter().filter(|s| *s < world.services.len()).collect()
}

/// Writes the survey file.
pub(super) fn write(dir: &Path, world: &World, size: Size, summary: &mut DemoSummary) -> Result<()> {
    let asked = surveyed(world);
    let mut header: Vec<String> = ["ID", "Welle", "AGS", "Gewicht", "Schicht"].map(str::to_owned).to_vec();
    for service in &asked {
        header.extend((1..=3).map(|q| format!("F{q}_{}", world.services[*service].key)));
    }
    header.push("F4".to_owned());
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = Table::create(dir, "befragung.csv", &header, true)?;

    let stratum = |population: u32| STRATA.iter().position(|(bound, _)| population < *bound).unwrap_or(0);
    let mut people = [0.0; STRATA.len()];
    let mut towns: [(Vec<usize>, Vec<f64>); STRATA.len()] = Default::default();
    for (at, town) in world.towns.iter().enumerate().filter(|(_, t)| t.population > 0) {
        let s = stratum(town.population);
        people[s] += f64::from(town.population);
        towns[s].0.push(at);
        towns[s].1.push(f64::from(town.population));
    }
    let filled: Vec<usize> = (0..STRATA.len()).filter(|s| people[*s] > 0.0).collect();
    let per_stratum = size.respondents() as usize / WAVES.len() / filled.len().max(1);
    let mut rng = stream(world.seed, Part::Survey, 0);
    let mut id = 0;
    for (wave, back) in WAVES {
        for s in &filled {
            let weight = people[*s] / people.iter().sum::<f64>() * filled.len() as f64;
            for _ in 0..per_stratum {
                id += 1;
                let town = towns[*s].0[weighted(&mut rng, &towns[*s].1)];
                let mut row = vec![
                    id.to_string(),
                    wave.to_owned(),
                    world.towns[town].key.clone(),
                    comma(weight, 4),
                    STRATA[*s].1.to_owned(),
                ];
                let month = (world.months - back).max(0);
                answers(world, town, month, &asked, &mut rng, &mut row);
                table.row(&row)?;
            }
        }
    }
    table.finish(summary)
}

fn answers(world: &World, town: usize, month: i32, asked: &[usize], rng: &mut ChaCha8Rng, row: &mut Vec<String>) {
    let place = &world.towns[town];
    let offers = world.offers(town);
    let mut chose_otherwise = false;
    for (at, service) in asked.iter().enumerate() {
        let offer = &offers[*service];
        let live = super::usage::is_online(offer, month);
        let took_part = offer.live.as_ref().is_some_and(|l| l.participation.is_some());
        let known = if live { 0.42 + 0.012 * f64::from(month) } else { 0.14 } + if took_part { 0.1 } else { 0.0 };
        let (need, knows) = (chance(rng, NEED[at]), chance(rng, known));
        // Those who know use it more than all together do.
        let uses = chance(rng, world.share(place.platform, offer, month) * 1.5) && live && knows;
        let refused = chance(rng, 0.02);
        chose_otherwise |= need && !uses;
        let word = |yes: bool| if yes { "Ja" } else { "Nein" }.to_owned();
        row.push(if refused { "keine Angabe".to_owned() } else { word(need) });
        row.push(word(knows));
        row.push(if need && !refused { word(uses) } else { String::new() });
    }
    let silent = rng.random::<f64>() < 0.05;
    let barrier = BARRIERS[weighted(rng, &BARRIERS.map(|(_, share)| share))].0;
    row.push(if chose_otherwise && !silent { barrier.to_owned() } else { String::new() });
}
