use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::world::{PARTICIPATION_FACTOR, World};
use super::*;

fn small() -> DemoSize {
    DemoSize { municipalities: 20, services: 9, months: 14, ..DemoSize::default() }
}

fn bytes(dir: &Path, summary: &DemoSummary) -> BTreeMap<String, Vec<u8>> {
    summary.files.iter().map(|f| (f.path.clone(), fs::read(dir.join(&f.path)).unwrap())).collect()
}

fn made(size: &DemoSize) -> (tempfile::TempDir, DemoSummary) {
    let dir = tempfile::tempdir().unwrap();
    let summary = write(dir.path(), size).unwrap();
    (dir, summary)
}

fn usage_rows(summary: &DemoSummary) -> u64 {
    let yearly = summary.files.iter().filter(|f| f.path.contains("faelle-2"));
    yearly.map(|f| f.rows).sum()
}

#[test]
fn the_seed_decides_every_byte() {
    let ((a, sa), (b, sb)) = (made(&small()), made(&small()));
    assert_eq!(sa, sb);
    let (first, second) = (bytes(a.path(), &sa), bytes(b.path(), &sb));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, content) in &first {
        assert!(content == &second[name], "{name} differs");
    }
    let (c, sc) = made(&DemoSize { seed: 7, ..small() });
    let third = bytes(c.path(), &sc);
    for name in ["eingang/register.csv", "eingang/feedback.csv", "eingang/faelle-2025.csv", "eingang/formulare.parquet"]
    {
        assert!(first[name] != third[name], "{name} does not depend on the seed");
    }
}

#[test]
fn only_an_earlier_example_is_overwritten() {
    let (dir, _) = made(&small());
    let stale = dir.path().join("eingang/faelle-2023.csv");
    fs::write(&stale, "old").unwrap();
    write(dir.path(), &DemoSize { months: 5, ..small() }).unwrap();
    assert!(!stale.exists());
    fs::write(dir.path().join("resonanz.toml"), "schema_version = 1\n").unwrap();
    assert_eq!(write(dir.path(), &small()).unwrap_err().kind(), crate::ErrorKind::Config);
}

#[test]
fn impossible_sizes_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for size in [
        DemoSize { municipalities: 0, ..small() },
        DemoSize { months: 121, ..small() },
        DemoSize { services: 0, ..small() },
        DemoSize { rows: Some(1_000_000_000), ..small() },
    ] {
        assert_eq!(write(dir.path(), &size).unwrap_err().kind(), crate::ErrorKind::Config, "{size:?}");
    }
    let one = DemoSize { municipalities: 1, services: 1, months: 1, ..small() };
    write(&dir.path().join("one"), &one).unwrap();
}

#[test]
fn keys_are_unique_and_names_are_names() {
    for count in [1, 60, 11_000] {
        let world = World::new(&DemoSize { municipalities: count, services: 700, ..small() }).unwrap();
        let keys: BTreeSet<_> = world.towns.iter().map(|t| &t.key).collect();
        assert_eq!(keys.len(), count as usize);
        assert!(keys.iter().all(|k| k.len() == 8 && k.starts_with("99")));
        assert!(world.towns.windows(2).all(|w| w[0].key < w[1].key));
        let names: BTreeSet<_> = world.towns.iter().map(|t| &t.name).collect();
        assert!(names.iter().all(|n| n.trim().len() > 4));
        assert_eq!(names.len(), count as usize - usize::from(count >= 10), "one name is shared by two places");
        let services: BTreeSet<_> = world.services.iter().map(|s| (&s.key, &s.name)).collect();
        assert_eq!(services.len(), 700);
        let labels: BTreeSet<_> = world.services.iter().map(|s| &s.name).collect();
        assert_eq!(labels.len(), 700);
    }
}

#[test]
fn the_number_of_rows_can_be_chosen() {
    for rows in [2_000, 7_000, 40_000, 120_000] {
        let (_dir, summary) = made(&DemoSize { rows: Some(rows), ..small() });
        let ratio = usage_rows(&summary) as f64 / rows as f64;
        assert!((0.9..1.1).contains(&ratio), "{rows} rows: {ratio}");
    }
}

#[test]
fn splitting_into_days_keeps_the_sums() {
    let sum = |size: &DemoSize| -> u64 {
        let (dir, _) = made(size);
        let text = fs::read(dir.path().join("eingang/faelle-2025.csv")).unwrap();
        let (text, ..) = encoding_rs::WINDOWS_1252.decode(&text);
        let total = text.lines().find(|l| l.starts_with("Summe")).unwrap();
        total.rsplit(';').next().unwrap().replace('.', "").parse().unwrap()
    };
    assert_eq!(sum(&small()), sum(&DemoSize { rows: Some(90_000), ..small() }));
}

#[test]
fn dirty_rows_are_few_and_counted() {
    let (dir, summary) = made(&DemoSize::default());
    let dirty: u64 = summary.dirty.iter().filter(|d| d.file.contains("faelle-2")).map(|d| d.rows).sum();
    let share = dirty as f64 / usage_rows(&summary) as f64;
    assert!((0.002..0.004).contains(&share), "{share}");
    let mut text = String::new();
    for file in summary.files.iter().filter(|f| f.path.contains("faelle-2")) {
        let bytes = fs::read(dir.path().join(&file.path)).unwrap();
        let content = encoding_rs::WINDOWS_1252.decode(&bytes).0.into_owned();
        assert_eq!(content.lines().count() as u64, file.rows + 1);
        text.push_str(&content);
    }
    let count = |kind: &str| -> u64 {
        let of_kind = summary.dirty.iter().filter(|d| d.kind == kind && d.file.contains("faelle-2"));
        of_kind.map(|d| d.rows).sum()
    };
    let found = |pattern: &str| text.matches(pattern).count() as u64;
    for (kind, pattern) in [
        ("unknown_service", ";89999;"),
        ("negative_count", ";-3\r"),
        ("decimal_count", ";12,5\r"),
        ("impossible_month", ";13/20"),
        ("impossible_day", ";31.02.20"),
        ("excel_service_key", ";9,90500121E+13;"),
        (TOTAL_ROW, "Summe;"),
    ] {
        assert!(count(kind) > 0, "{kind}");
        assert_eq!(count(kind), found(pattern), "{kind}");
    }
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(count("exact_duplicate"), lines.windows(2).filter(|w| w[0] == w[1]).count() as u64);
    let short = lines.iter().filter(|l| l.find(';') == Some(7)).count() as u64;
    assert_eq!(count("short_area"), short);
    for pattern in [";k. A.\r", ";x\r", ";*\r", ";1.", "Bürgerbüro"] {
        assert!(found(pattern) > 0, "{pattern}");
    }
}

#[test]
fn the_feedback_file_has_what_readers_stumble_over() {
    let (dir, summary) = made(&DemoSize::default());
    let raw = fs::read(dir.path().join("eingang/feedback.csv")).unwrap();
    assert!(raw.starts_with("\u{feff}".as_bytes()));
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(&raw[3..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
    let ids: BTreeSet<&str> = rows.iter().map(|r| &r[0]).collect();
    assert_eq!(rows.len() as u64 - summary.replaced, ids.len() as u64);
    assert!(summary.replaced > 0);
    for needle in ["\n", ";", "\"", "@example.org", "23125"] {
        assert!(rows.iter().any(|r| r[5].contains(needle)), "{needle:?}");
    }
    for kind in FEEDBACK_DIRT {
        assert!(summary.dirty.iter().any(|d| d.kind == kind && d.file.contains("feedback")), "{kind}");
    }
}

/// Mean log plateau of launched services, by whether citizens took part before the launch.
fn plateaus(world: &World) -> (Vec<f64>, Vec<f64>) {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for (at, town) in world.towns.iter().enumerate() {
        for (offer, service) in world.offers(at).iter().zip(&world.services) {
            let Some(live) = &offer.live else { continue };
            let relative = live.plateau / service.plateau;
            if live.participation.is_some() {
                with.push(relative);
            } else if !town.participates {
                without.push(relative);
            }
        }
    }
    (with, without)
}

#[test]
fn the_truth_is_as_declared() {
    let world = World::new(&DemoSize { municipalities: 900, ..DemoSize::default() }).unwrap();
    let (with, without) = plateaus(&world);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let raw = mean(&with) / mean(&without);
    // Eager places choose themselves: the raw ratio must exceed the true factor, about twice as high.
    assert!((1.75..2.15).contains(&raw), "{raw}");
    let participants = world.towns.iter().filter(|t| t.participates).count();
    assert!((280..320).contains(&participants), "{participants}");
    // Within one place the factor stands alone, but for the ceiling.
    let mut ratios = Vec::new();
    for at in (0..world.towns.len()).filter(|t| world.towns[*t].participates) {
        let offers = world.offers(at);
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for (offer, service) in offers.iter().zip(&world.services) {
            let Some(live) = &offer.live else { continue };
            let list = if live.participation.is_some() { &mut a } else { &mut b };
            list.push((live.plateau / service.plateau).ln());
        }
        if !a.is_empty() && !b.is_empty() {
            ratios.push(mean(&a) - mean(&b));
        }
    }
    let factor = mean(&ratios).exp();
    assert!((factor / PARTICIPATION_FACTOR - 1.0).abs() < 0.06, "{factor}");
}

#[test]
fn the_lot_decides_on_campaigns_and_their_effect_is_as_declared() {
    let world = World::new(&DemoSize { municipalities: 900, ..DemoSize::default() }).unwrap();
    let populated = world.towns.iter().filter(|t| t.population > 0);
    let (with, without): (Vec<_>, Vec<_>) = populated.partition(|t| t.campaign.is_some());
    assert_eq!(with.len(), (with.len() + without.len()).div_ceil(4));
    // A standard normal: the difference of means of 225 and 674 has the standard error 0.077.
    let eagerness = |towns: &[&world::Town]| towns.iter().map(|t| t.eagerness).sum::<f64>() / towns.len() as f64;
    let gap = eagerness(&with) - eagerness(&without);
    assert!(gap.abs() < 3.0 * (1.0 / with.len() as f64 + 1.0 / without.len() as f64).sqrt(), "{gap}");
    let (mut reach, mut n) = (0.0, 0.0);
    for (at, town) in world.towns.iter().enumerate() {
        for offer in world.offers(at) {
            let Some(campaign) = offer.live.as_ref().and_then(|live| live.campaign) else { continue };
            assert_eq!(Some(campaign.month), town.campaign);
            // A year before and a year after are in the 30 months, and the service was online before it.
            assert!((12..18).contains(&campaign.month) && offer.live.as_ref().unwrap().month < campaign.month);
            let adds = |age: i32| world.campaign(&offer, campaign.month + age) / campaign.reach;
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
            for (age, added) in [(-1, 0.0), (0, 0.08), (3, 0.08), (6, 0.05 + 0.03 / 1f64.exp())] {
                close(adds(age), added);
            }
            reach += campaign.reach;
            n += 1.0;
        }
    }
    assert!(n > 1_500.0 && (reach / n - 1.0).abs() < 0.03, "{n} {}", reach / n);
}

#[test]
fn the_course_of_a_service_is_plausible() {
    let world = World::new(&DemoSize::default()).unwrap();
    let (mut cases, mut people) = (0.0, 0.0);
    let mut seen = (false, false);
    for (at, town) in world.towns.iter().enumerate() {
        people += f64::from(town.population);
        for (offer, service) in world.offers(at).iter().zip(&world.services) {
            cases += (0..12).map(|m| world.mean_cases(service, offer, m)).sum::<f64>();
            for month in 0..world.months {
                let share = world.share(town.platform, offer, month);
                assert!((0.0..=0.95).contains(&share));
                assert!(share == 0.0 || offer.live.as_ref().is_some_and(|l| l.month <= month));
            }
            let Some(live) = &offer.live else { continue };
            assert!(live.participation.is_none_or(|p| (2..=8).contains(&(live.month - p))));
            seen.0 |= live.month < 0;
            seen.1 |= live.campaign.is_some();
        }
    }
    assert!(seen.0 && seen.1);
    let per_1000 = cases / people * 1_000.0;
    assert!((300.0..520.0).contains(&per_1000), "{per_1000}");
    let mut sizes: Vec<u32> = world.towns.iter().map(|t| t.population).collect();
    sizes.sort_unstable();
    assert_eq!(sizes[0], 0);
    assert!((4_000..9_500).contains(&sizes[30]), "{}", sizes[30]);
    assert!(sizes[59] > 100_000 && sizes[55] > 20_000);
}

#[test]
fn the_project_file_is_toml_and_names_existing_files() {
    let (dir, summary) = made(&small());
    let text = fs::read_to_string(dir.path().join("resonanz.toml")).unwrap();
    let project: toml::Table = text.parse().unwrap();
    assert_eq!(project["schema_version"].as_integer(), Some(1));
    for source in project["source"].as_array().unwrap() {
        let files = dir.path().join(source["files"].as_str().unwrap());
        assert!(glob::glob(files.to_str().unwrap()).unwrap().count() > 0, "{}", files.display());
    }
    assert!(summary.files.iter().all(|f| dir.path().join(&f.path).exists()));
}
