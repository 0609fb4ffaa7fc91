//! Public releases, from the files delivered to the bytes published.

use crate::support::{Work, number, reference, row, rows};

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Zweikreis"
fictional = true
audience = "public"

[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "key", name = "name", population = "population", kreis = "kreis", land = "land" }

[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }

[[source]]
name = "cases"
kind = "usage"
files = "cases.csv"
columns = { area = "area", service = "service", period = "month", channel = "channel", count = "count" }
constants = { stage = "form_submit" }

[[comparison]]
name = "kreise"
title = "Orte desselben Kreises"
by = "kreis"
"#;

/// Two Kreise with two villages and three towns each; the villages' online cases all fall in March.
pub fn network(villages: [u32; 4]) -> Work {
    let work = Work::new();
    let mut register = "key,name,population,kreis,land\n".to_owned();
    let mut cases = "area,service,month,channel,count\n".to_owned();
    let mut village = villages.into_iter();
    for kreis in 1..=2 {
        for place in 1..=5 {
            let key = format!("990{kreis}00{place:02}");
            let small = place <= 2;
            let (name, population) = if small { ("Dorf", 600) } else { ("Stadt", 30_000) };
            register.push_str(&format!("{key},{name} {kreis}-{place},{population},990{kreis},99\n"));
            let march = if small { village.next().unwrap() } else { 0 };
            for month in 1..=12 {
                let online = if small { if month == 3 { march } else { 0 } } else { 40 + 7 * place + month };
                let paper = if small { 11 } else { 90 + place * month };
                cases.push_str(&format!("{key},10124,2025-{month:02},online,{online}\n"));
                cases.push_str(&format!("{key},10124,2025-{month:02},paper,{paper}\n"));
            }
        }
    }
    work.file("resonanz.toml", CONFIGURATION).file("register.csv", register).file("cases.csv", cases);
    work.file("services.csv", "key,name\n10124,Wohnsitz anmelden\n");
    work
}

#[test]
fn disclosure_two_towns_and_their_mirror_image_give_the_same_release() {
    let (one, two) = (network([1, 2, 9, 8]), network([2, 1, 9, 8]));
    one.ok(&["run"]);
    two.ok(&["run"]);
    let (published, mirrored) = (one.tree("out/publish"), two.tree("out/publish"));
    assert!(published.len() > 10, "{:?}", published.keys());
    assert_eq!(published.keys().collect::<Vec<_>>(), mirrored.keys().collect::<Vec<_>>());
    for (name, bytes) in &published {
        assert!(*bytes == mirrored[name], "{name} tells who had one case and who had two");
    }
    assert_ne!(one.tree("out/internal"), two.tree("out/internal"), "one's own staff sees it");
}

#[test]
fn disclosure_trap_16_a_suppressed_value_is_not_recoverable() {
    let work = network([1, 20, 9, 8]);
    work.ok(&["run"]);
    let table = work.table("out/publish/data/estimates_period.csv");
    let share = [("kpi", "online_share"), ("service", "10124"), ("period", "2025-01/2025-12")];
    let own = |area: &'static str| {
        let of = [("dimension", "area"), ("unit", area), ("aggregation", "own")];
        row(&table, &[&share[..], &of].concat()).clone()
    };
    let small = own("99010001");
    assert_eq!(small["state"], "suppressed");
    for column in ["value", "lower", "upper", "numerator", "denominator", "n"] {
        assert_eq!(number(&small, column), None, "{column}");
    }
    // Its Kreis minus the others would tell the one case.
    let kreis = row(
        &table,
        &[&share[..], &[("dimension", "kreis"), ("unit", "9901"), ("aggregation", "ratio_of_sums")]].concat(),
    );
    let others = ["99010002", "99010003", "99010004", "99010005"].map(own);
    assert!(
        kreis["state"] == "suppressed" || others.iter().any(|town| town["state"] == "suppressed"),
        "the Kreis and all other towns are shown"
    );
    // Nor do peers, months, quarters or launches name it.
    for name in ["peers", "since_launch"] {
        let table = work.table(&format!("out/publish/data/{name}.csv"));
        assert!(rows(&table, &[("area", "99010001")]).is_empty(), "{name}");
    }
    let months = work.table("out/publish/data/estimates_month.csv");
    let march = [("kpi", "online_share"), ("unit", "99010001"), ("period", "2025-03"), ("service", "10124")];
    assert_eq!(row(&months, &march)["state"], "suppressed");
    let all = [("kpi", "online_share"), ("unit", "99010001"), ("period", "2025-01/2025-12"), ("service", "*")];
    let all = row(&table, &all);
    assert_eq!(all["state"], "suppressed", "the sum over all services is the one service");
    // What was delivered is no secret: twelve months of one village, of five places of its Kreis.
    assert_eq!((number(all, "provided"), number(all, "expected")), (Some(12.0), Some(12.0)));
    let period = [("period", "2025-01/2025-12"), ("service", "*"), ("aggregation", "ratio_of_sums")];
    for (dimension, unit, towns) in [("kreis", "9901", 5.0), ("land", "99", 10.0)] {
        let group = [("kpi", "online_share"), ("dimension", dimension), ("unit", unit)];
        let group = row(&table, &[&period[..], &group].concat());
        assert_eq!((number(group, "provided"), number(group, "expected")), (Some(12.0 * towns), Some(12.0 * towns)));
        if group["state"] == "computed" {
            assert_eq!(number(group, "n"), Some(towns), "{unit}");
        }
    }
}

#[test]
fn disclosure_a_release_says_nothing_about_its_inputs() {
    let work = network([1, 2, 9, 8]);
    work.ok(&["run"]);
    let manifest = work.read("out/publish/manifest.json");
    assert!(manifest.contains("cases.csv") && !manifest.contains("\"read\""), "{manifest}");
    let names: Vec<String> = work.tree("out/publish").into_keys().collect();
    assert!(!names.iter().any(|name| name.contains("qualit") || name.contains("quality")), "{names:?}");
    let start = work.read("out/publish/bericht/index.html");
    assert!(start.contains("gesperrt") && start.contains("Öffentlich"));
}

#[test]
fn disclosure_own_staff_sees_every_number() {
    let work = network([1, 2, 9, 8]);
    work.edit("resonanz.toml", "audience = \"public\"", "audience = \"internal\"").ok(&["run"]);
    let table = work.table("out/publish/data/estimates_period.csv");
    assert!(rows(&table, &[("state", "suppressed")]).is_empty());
    let own = [("kpi", "online_share"), ("unit", "99010001"), ("service", "10124"), ("period", "2025-01/2025-12")];
    assert_eq!(number(row(&table, &own), "numerator"), Some(1.0));
}

/// Sources beside the register of the country: cases, the working times of the same cases, votes.
const COUNTRY: &str = r#"
[[source]]
name = "work"
kind = "work"
files = "work.csv"
columns = { area = "area", service = "service", period = "month", channel = "channel", n = "n", handling_minutes = "minutes" }

[[source]]
name = "votes"
kind = "feedback"
files = "votes.csv"
columns = { id = "id", time = "time", area = "area", service = "service", value = "value" }
constants = { place = "form_end", scale = "binary" }
"#;

/// One service of all municipalities over a year, most of them with a handful of cases a month.
#[test]
#[ignore = "a minute, and only as fast as the machine"]
fn disclosure_a_country_is_protected_within_a_minute() {
    let Some(register) = reference("data/GV100AD_301123.txt") else { return };
    let register = std::fs::read_to_string(register).unwrap();
    let mut seed = 1u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below.max(1)
    };
    let mut cases = "area,service,month,channel,count\n".to_owned();
    let mut work = "area,service,month,channel,n,minutes\n".to_owned();
    let mut votes = "id,area,service,time,value\n".to_owned();
    let mut towns = 0;
    for line in register.lines().filter(|line| line.starts_with("60")) {
        let characters: Vec<char> = line.chars().collect();
        let text = |from: usize, to: usize| characters[from - 1..to].iter().collect::<String>();
        let (area, population) = (text(11, 18), text(140, 150).trim().parse::<u64>().unwrap());
        towns += 1;
        for month in 1..=12 {
            for (channel, minutes) in [("online", 15), ("paper", 40)] {
                let count = random(population / 1_500 + 2);
                cases.push_str(&format!("{area},10124,2025-{month:02},{channel},{count}\n"));
                work.push_str(&format!("{area},10124,2025-{month:02},{channel},{count},{}\n", count * minutes));
            }
            for vote in 0..random(population / 20_000 + 2) {
                let value = if random(3) > 0 { "yes" } else { "no" };
                votes.push_str(&format!("{area}-{month}-{vote},{area},10124,2025-{month:02}-15,{value}\n"));
            }
        }
    }
    assert_eq!(towns, 10_981);
    let gv100 = "files = \"register.csv\"\nformat = \"gv100ad\"";
    let (from, to) = (
        CONFIGURATION.find("files = \"register.csv\"").unwrap(),
        CONFIGURATION.find("[[source]]\nname = \"services\"").unwrap(),
    );
    let configuration = format!("{}{gv100}\n\n{}{COUNTRY}", &CONFIGURATION[..from], &CONFIGURATION[to..]);
    let project = Work::new();
    project.file("resonanz.toml", configuration).file("register.csv", register).file("cases.csv", cases);
    project.file("work.csv", work).file("votes.csv", votes).file("services.csv", "key,name\n10124,Wohnsitz anmelden\n");
    let start = std::time::Instant::now();
    project.ok(&["run"]);
    let taken = start.elapsed();
    println!("{towns} municipalities: {taken:.1?}");
    assert!(taken.as_secs() < 60, "{taken:?}");
}
