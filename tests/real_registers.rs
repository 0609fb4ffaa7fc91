//! Real registers and catalogues through the library. Every expected count is made here a second
//! time with plain code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use resonanz::config::Project;
use resonanz::ingest::{Balance, Code, Ingested, Severity};

use crate::support::{Row, reference, table};

/// Reads the sources of a configuration; its files are named relative to `folder`.
fn read(folder: &Path, sources: &str) -> Ingested {
    let text = format!("schema_version = 1\n[project]\nname = \"Test\"\n{sources}");
    let project = Project::parse(&text, folder).unwrap();
    resonanz::run::read(&project).unwrap()
}

fn balance(read: &Ingested, source: &str) -> Balance {
    read.findings.balances.iter().find(|(name, _)| name == source).unwrap().1
}

fn codes(read: &Ingested, source: &str) -> BTreeMap<&'static str, u64> {
    let of_source = read.findings.counts.iter().filter(|((name, _), _)| name == source);
    of_source.map(|((_, code), count)| (code.id(), *count)).collect()
}

fn all_balance(read: &Ingested) {
    for (name, balance) in &read.findings.balances {
        assert!(balance.holds(), "{name}: {balance:?}");
        let errors: u64 = read
            .findings
            .counts
            .iter()
            .filter(|((source, code), _)| source == name && code.severity() == Severity::Error)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(errors, balance.errors, "{name}");
        let kept = read.findings.quarantine.iter().filter(|q| &q.source == name).count();
        assert_eq!(kept as u64, balance.quarantined, "{name}");
    }
}

const REGISTER: &str = r#"
[[source]]
name = "register"
kind = "register"
files = "GV100AD_301123.txt"
format = "gv100ad"
"#;

#[test]
fn registers_gv100ad_every_municipality_of_germany() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let Some(catalogue) = reference("data/ozg_leistungen_kdn_nrw_2019.csv") else { return };
    let read = read(file.parent().unwrap(), &format!("{REGISTER}{OZG}"));
    assert!(catalogue.is_file());
    all_balance(&read);
    assert_eq!(balance(&read, "register").read, 16_035);
    assert_eq!(codes(&read, "register"), BTreeMap::new());

    let register = &read.records.register;
    assert_eq!(register.areas().len(), 10_981);
    assert_eq!(register.territorial_date.as_deref(), Some("2023-11-30"));
    let mut population: Vec<u64> = register.areas().iter().map(|a| a.population.unwrap()).collect();
    population.sort_unstable();
    assert_eq!(population.iter().sum::<u64>(), 84_358_845);
    assert_eq!(population.iter().filter(|&&p| p == 0).count(), 206);
    // The median of the 10,775 inhabited ones; with the uninhabited ones it is 1,766.
    assert_eq!((population[206 + 10_775 / 2], population[10_981 / 2]), (1_832, 1_766));
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    register.areas().iter().for_each(|a| *names.entry(&a.name).or_default() += 1);
    assert_eq!(names.values().filter(|&&n| n > 1).count(), 298);
    let hectares: f64 = register.areas().iter().map(|a| a.area_km2.unwrap() * 100.0).sum();
    assert_eq!(hectares.round(), 35_759_570.0);

    let land = |key: &str| register.region_names.get(key).map(String::as_str);
    for (key, name) in [
        ("01", "Schleswig-Holstein"),
        ("05", "Nordrhein-Westfalen"),
        ("08", "Baden-Württemberg"),
        ("11", "Berlin"),
        ("16", "Thüringen"),
        ("05315", "Köln"),
    ] {
        assert!(land(key).is_some_and(|n| n.starts_with(name)), "{key}: {:?}", land(key));
    }
    assert_eq!(register.region_names.keys().filter(|key| key.len() == 2).count(), 16);
    assert_eq!(register.region_names.keys().filter(|key| key.len() == 5).count(), 400);
    let known: BTreeSet<&str> = register.region_names.keys().map(String::as_str).collect();
    assert!(register.areas().iter().all(|a| known.contains(a.land.as_str())));
    // The waters shared with Luxembourg and the coastal waters belong to no Kreis.
    let without: BTreeSet<&str> = register.areas().iter().map(|a| a.kreis.as_str()).collect();
    assert_eq!(without.difference(&known).copied().collect::<Vec<_>>(), ["07000", "13000"]);
}

/// The same lines by their record description, in plain code.
#[test]
fn registers_gv100ad_agrees_with_plain_slices() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let read = read(file.parent().unwrap(), &format!("{REGISTER}{OZG}"));
    let lines: Vec<Vec<char>> = text.lines().map(|line| line.chars().collect()).collect();
    let part = |line: &[char], from: usize, to: usize| line[from - 1..to].iter().collect::<String>().trim().to_owned();
    for line in lines.iter().filter(|line| part(line, 1, 2) == "60") {
        let key = part(line, 11, 18);
        let id = read.records.register.find(&key).unwrap_or_else(|| panic!("{key} is missing"));
        let area = read.records.register.area(id);
        assert_eq!(area.name, part(line, 23, 72));
        assert_eq!(area.population, part(line, 140, 150).parse().ok(), "{key}");
        assert_eq!((area.land.as_str(), area.kreis.as_str()), (&key[..2], &key[..5]));
        assert!(!area.kind.is_empty(), "{key}");
    }
}

/// Editions in Latin-1 have the umlauts in one byte and the same positions. They cannot hold the
/// Sorbian names.
#[test]
fn registers_gv100ad_in_latin_1_is_the_same_register() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let Some(catalogue) = reference("data/ozg_leistungen_kdn_nrw_2019.csv") else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let work = crate::support::Work::new();
    let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    let utf_8: String = latin_1.iter().map(|&b| char::from(b)).collect();
    std::fs::copy(&catalogue, work.path("ozg_leistungen_kdn_nrw_2019.csv")).unwrap();
    let sources = format!("{REGISTER}{OZG}");
    work.file("GV100AD_301123.txt", utf_8);
    let first = read(&work.path(""), &sources).records.register;
    work.file("GV100AD_301123.txt", latin_1);
    let again = read(&work.path(""), &sources).records.register;
    assert!(first.areas().iter().any(|a| a.name.contains('ü')));
    assert_eq!(again.areas(), first.areas());
    assert_eq!(again.region_names, first.region_names);
}

const OZG: &str = r#"
[[source]]
name = "ozg"
kind = "services"
files = "ozg_leistungen_kdn_nrw_2019.csv"
dialect = { delimiter = ";" }
columns = { service = "ozg_id", name = "ozg_leistung", field = "themenfeld" }
"#;

/// A register of one town: the catalogues need no more.
fn catalogue(file: &Path, source: &str) -> Ingested {
    let work = crate::support::Work::new();
    work.file("register.csv", "AGS\n99001001\n");
    std::fs::copy(file, work.path(file.file_name().unwrap().to_str().unwrap())).unwrap();
    let register = "[[source]]\nname = \"register\"\nkind = \"register\"\nfiles = \"register.csv\"\ncolumns = { area = \"AGS\" }\n";
    read(&work.path(""), &format!("{register}{source}"))
}

#[test]
fn registers_the_ozg_catalogue_is_read_whole() {
    let Some(file) = reference("data/ozg_leistungen_kdn_nrw_2019.csv") else { return };
    let rows = table(&file, b';');
    assert_eq!(rows.len(), 557);
    let read = catalogue(&file, OZG);
    all_balance(&read);
    assert_eq!(balance(&read, "ozg"), Balance { files: 1, read: 557, accepted: 557, ..Balance::default() });
    assert_eq!(codes(&read, "ozg"), BTreeMap::new());
    for row in &rows {
        let id = read.records.catalogue.find(&row["ozg_id"]).unwrap();
        let service = read.records.catalogue.service(id);
        assert_eq!((service.name.as_str(), service.field.as_str()), (&*row["ozg_leistung"], &*row["themenfeld"]));
    }
}

fn leika(key: &str, settings: &str) -> String {
    format!(
        "[[source]]\nname = \"leika\"\nkind = \"services\"\nfiles = \"leika_leistungen_kdn_nrw_2019.csv\"\n\
         dialect = {{ delimiter = \";\" }}\ncolumns = {{ service = \"{key}\", name = \"bezeichnung\" }}\n{settings}\n"
    )
}

/// Keyed by LeiKa: 436 rows say "nicht im LeiKa" instead of a key.
#[test]
fn registers_the_leika_catalogue_with_its_dirt() {
    let Some(file) = reference("data/leika_leistungen_kdn_nrw_2019.csv") else { return };
    let rows = table(&file, b';');
    let without: Vec<&Row> = rows.iter().filter(|r| r["leika_schluessel"] == "nicht im LeiKa").collect();
    let keys: BTreeSet<&str> = rows.iter().map(|r| r["leika_schluessel"].as_str()).collect();
    assert_eq!((rows.len(), without.len()), (5_251, 436));

    // Declared as missing, each such row is quarantined under its own name.
    let read = catalogue(&file, &leika("leika_schluessel", "missing = [\"nicht im LeiKa\"]"));
    all_balance(&read);
    let b = balance(&read, "leika");
    assert_eq!((b.read, b.quarantined, b.accepted), (5_251, 436, 4_815));
    assert_eq!(codes(&read, "leika"), BTreeMap::from([("missing_key", 436)]));
    assert_eq!(read.records.catalogue.services().len(), keys.len() - 1);
    // 8.3 % of the rows: more than the usual budget allows, and the message says so.
    assert!((b.errors as f64 / b.read as f64) > 0.05);

    // Not declared, the text passes for a key once and is a duplicate 435 times.
    let read = catalogue(&file, &leika("leika_schluessel", ""));
    all_balance(&read);
    assert_eq!(codes(&read, "leika"), BTreeMap::from([("duplicate", 435)]));
    let first = rows.iter().position(|r| r["leika_schluessel"] == "nicht im LeiKa").unwrap() + 1;
    let finding = read.findings.kept.iter().find(|f| f.code == Code::Duplicate).unwrap();
    assert_eq!(finding.value, "nicht im LeiKa");
    let message = finding.message(resonanz::domain::Lang::En);
    assert!(message.ends_with(&format!("first in leika_leistungen_kdn_nrw_2019.csv, record {first}")), "{message}");
}

/// Keyed by OZG: 26 rows have none, all others but the first of each service are repetitions.
#[test]
fn registers_the_leika_catalogue_by_ozg_service() {
    let Some(file) = reference("data/leika_leistungen_kdn_nrw_2019.csv") else { return };
    let rows = table(&file, b';');
    let without = rows.iter().filter(|r| r["ozg_id"].trim().is_empty()).count() as u64;
    let keys: BTreeSet<&str> = rows.iter().map(|r| r["ozg_id"].as_str()).filter(|k| !k.is_empty()).collect();
    assert_eq!(without, 26);
    let repeated = rows.len() as u64 - without - keys.len() as u64;
    for (on_duplicate, code) in [("first", "duplicate_ignored"), ("reject", "duplicate")] {
        let read = catalogue(&file, &leika("ozg_id", &format!("on_duplicate = \"{on_duplicate}\"")));
        all_balance(&read);
        assert_eq!(codes(&read, "leika"), BTreeMap::from([("missing_key", without), (code, repeated)]));
        let b = balance(&read, "leika");
        assert_eq!((b.accepted, b.quarantined), (keys.len() as u64, without + repeated));
        // The first row of a service gives its name.
        let first = rows.iter().find(|r| r["ozg_id"] == "10513").unwrap();
        let service = read.records.catalogue.service(read.records.catalogue.find("10513").unwrap());
        assert_eq!(service.name, first["bezeichnung"]);
    }
    let read = catalogue(&file, &leika("ozg_id", "on_duplicate = \"replace\""));
    all_balance(&read);
    let b = balance(&read, "leika");
    assert_eq!((b.accepted, b.replaced, b.quarantined), (keys.len() as u64, repeated, without));
    let last = rows.iter().rev().find(|r| r["ozg_id"] == "10513").unwrap();
    let service = read.records.catalogue.service(read.records.catalogue.find("10513").unwrap());
    assert_eq!(service.name, last["bezeichnung"]);
}
