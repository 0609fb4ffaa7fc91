//! Traps 1 to 3: the municipality register and its population.

use std::collections::BTreeMap;

use resonanz::domain::Lang;
use resonanz::ingest::Ingested;
use resonanz::panel::{SizeClasses, Units};

use super::{Trap, counts, found};
use crate::support::{reference, row, rows};

/// A line of the register for a municipality, by its record description.
fn line(ags: &str, verband: &str, name: &str, population: u64) -> String {
    let line = format!("6020231130{ags}{verband}{name:<50}{:<50}{:<6}{:011}{population:011}", "Sitz", "64", 1234);
    format!("{line:<220}")
}

const GV100AD: &str = "schema_version = 1\n[project]\nname = \"Fallen\"\n[[source]]\nname = \"register\"\n\
                       kind = \"register\"\nfiles = \"gv.txt\"\nformat = \"gv100ad\"\n\
                       [[source]]\nname = \"katalog\"\nkind = \"services\"\nfiles = \"katalog.csv\"\n\
                       dialect = { delimiter = \";\" }\ncolumns = { service = \"Schlüssel\" }\n";

fn gv100ad(content: impl AsRef<[u8]>) -> Trap {
    let mut trap = Trap::new().file("gv.txt", content);
    trap.configuration = GV100AD.to_owned();
    trap
}

/// The real register, with further sources whose files stand beside it in a work folder.
fn real(sources: &str, files: &[(&str, &str)]) -> Option<Ingested> {
    let register = reference("data/GV100AD_301123.txt")?;
    let trap = gv100ad(std::fs::read(register).unwrap()).with(sources);
    for (name, content) in files {
        trap.work.file(name, content);
    }
    Some(trap.read())
}

/// Trap 1: the register is cut by bytes. An umlaut has two bytes in UTF-8 and shifts every field
/// behind the name; in Latin-1 it has one and shifts none.
#[test]
fn trap_01_gv100ad_is_cut_by_characters() {
    let text = [
        line("01990001", "5163", "Süßenöd", 1_832),
        line("01990002", "0000", "Aheim", 70),
        line("14990001", "0001", "Straße über Mühlbäche", 12),
    ]
    .join("\n");
    let latin_1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert!(latin_1.len() < text.len());
    for bytes in [text.as_bytes(), &latin_1] {
        let read = gv100ad(bytes).read();
        assert_eq!(found(&read, "register"), []);
        let areas = read.records.register.areas().iter();
        let seen: Vec<_> = areas.map(|a| (a.key.as_str(), a.name.as_str(), a.population, a.area_km2)).collect();
        assert_eq!(
            seen,
            [
                ("01990001", "Süßenöd", Some(1_832), Some(12.34)),
                ("01990002", "Aheim", Some(70), Some(12.34)),
                ("14990001", "Straße über Mühlbäche", Some(12), Some(12.34)),
            ]
        );
    }
}

/// Trap 1, real file: cut by bytes, 1,915 lines give another population. The sums by Land were made
/// with a few lines of Python that slice decoded text.
#[test]
fn trap_01_gv100ad_population_of_every_land() {
    let Some(read) = real("", &[]) else { return };
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for area in read.records.register.areas() {
        *sums.entry(&area.land).or_default() += area.population.unwrap();
    }
    let wanted = [
        ("01", 2_953_270),
        ("02", 1_892_122),
        ("03", 8_140_242),
        ("04", 684_864),
        ("05", 18_139_116),
        ("06", 6_391_360),
        ("07", 4_159_150),
        ("08", 11_280_257),
        ("09", 13_369_393),
        ("10", 992_666),
        ("11", 3_755_251),
        ("12", 2_573_135),
        ("13", 1_628_378),
        ("14", 4_086_152),
        ("15", 2_186_643),
        ("16", 2_126_846),
    ];
    assert_eq!(sums, BTreeMap::from(wanted));
    assert_eq!(read.records.register.areas().len(), 10_981);
}

const USAGE: &str = "[[source]]\nname = \"faelle\"\nkind = \"usage\"\nfiles = \"faelle.csv\"\n\
                     columns = { area = \"ars\", service = \"leistung\", period = \"monat\", count = \"anzahl\" }\n\
                     constants = { stage = \"form_submit\", channel = \"online\" }\n";

/// Trap 1: in the register the Verband stands behind the AGS, in the regional key (ARS) amid it.
/// Whoever reads positions 11 to 22 as the ARS has another key.
#[test]
fn trap_01_the_verband_stands_behind_the_ags() {
    let read = gv100ad(format!("{}\n", line("01990016", "5163", "Aheim", 100)))
        .with(USAGE)
        .file("faelle.csv", "ars,leistung,monat,anzahl\n019905163016,10124,2025-01,7\n019900165163,10124,2025-01,9\n")
        .read();
    assert_eq!(read.records.register.area(0).key, "01990016");
    assert_eq!(found(&read, "faelle"), [(1, "repaired_area_key"), (2, "unknown_area")]);
    assert_eq!(super::values(&read), [("01990016", 7)]);
}

/// Trap 1, real file: the ARS of all municipalities, put together here in plain code, finds each.
#[test]
fn trap_01_every_ars_of_germany_finds_its_municipality() {
    let Some(file) = reference("data/GV100AD_301123.txt") else { return };
    let text = std::fs::read_to_string(file).unwrap();
    let mut content = "ars,leistung,monat,anzahl\n".to_owned();
    let mut populations = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("60")) {
        let line: Vec<char> = line.chars().collect();
        let part = |from: usize, to: usize| line[from - 1..to].iter().collect::<String>();
        let population: i64 = part(140, 150).parse().unwrap();
        content.push_str(&format!("{}{}{},10124,2025-01,{population}\n", part(11, 15), part(19, 22), part(16, 18)));
        populations.insert(part(11, 18), population);
    }
    let Some(read) = real(USAGE, &[("faelle.csv", &content)]) else { return };
    assert_eq!(counts(&read, "faelle"), BTreeMap::from([("repaired_area_key", 10_981)]));
    let seen: BTreeMap<String, i64> = super::values(&read).into_iter().map(|(key, n)| (key.to_owned(), n)).collect();
    assert_eq!(seen, populations);
}

/// Trap 2: the territorial date in the file is not the date of its population (for the edition of
/// 30.11.2023 that is the end of 2022). The register keeps the one and claims nothing about the
/// other, and no output puts the territorial date beside a population.
#[test]
fn trap_02_the_territorial_date_is_not_the_populations_date() {
    let content =
        format!("{}\n{}\n", line("01990001", "5163", "Aheim", 4_000), line("01990002", "0000", "Bedorf", 900));
    let cases = "ars,leistung,monat,anzahl\n01990001,10124,2025-01,7\n01990002,10124,2025-01,9\n";
    let trap = gv100ad(content).with(USAGE).file("faelle.csv", cases);
    assert_eq!(trap.read().records.register.territorial_date.as_deref(), Some("2023-11-30"));
    let work = trap.run();
    let areas = work.table("out/publish/data/areas.csv");
    assert_eq!(row(&areas, &[("area", "01990001")])["population"], "4000");
    for (name, bytes) in work.tree("out/publish") {
        let text = String::from_utf8_lossy(&bytes);
        for date in ["2023-11-30", "20231130", "30.11.2023", "30 November 2023", "30. November 2023"] {
            for (at, _) in text.match_indices(date) {
                let before: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
                let named = ["Gebietsstand", "territorial"].iter().any(|word| before.contains(word));
                assert!(named, "{name}: …{before}{date}");
            }
        }
    }
}

/// Trap 2, real file: the sum is the population of 31.12.2022, eleven months before the date that
/// every line bears.
#[test]
fn trap_02_the_real_register_bears_one_date_only() {
    let Some(read) = real("", &[]) else { return };
    let register = &read.records.register;
    assert_eq!(register.areas().iter().map(|a| a.population.unwrap()).sum::<u64>(), 84_358_845);
    assert_eq!(register.territorial_date.as_deref(), Some("2023-11-30"));
}

/// Trap 3: areas without inhabitants. A rate per inhabitant does not exist there (it is neither
/// infinite nor zero), they belong to no size class, and they do not disturb the sums of others.
#[test]
fn trap_03_population_zero_has_no_rate_per_inhabitant() {
    let cases = "01990001;10124;2025-01;online;40\n01990001;10124;2025-01;Papier;60\n\
                 02990002;10124;2025-01;online;3\n02990002;10124;2025-01;Papier;1\n";
    let work = Trap::new().cases(cases).with("[period]\nmonths = 1\n").run();
    let table = work.table("out/publish/data/estimates_period.csv");
    let rates = rows(&table, &[("kpi", "online_per_1000"), ("dimension", "area"), ("service", "10124")]);
    let with_value: Vec<_> = rates.iter().filter(|r| !r["value"].is_empty()).map(|r| r["unit"].as_str()).collect();
    assert_eq!(with_value, ["01990001"]);
    let empty = rates.iter().find(|r| r["unit"] == "02990002");
    assert!(empty.is_none_or(|r| r["state"] == "not_applicable"), "{empty:?}");
    // 40 cases in one month of 4,000 inhabitants: 40 / 4 x 12 a year, with and without the empty area.
    for (dimension, unit) in [("area", "01990001"), ("land", "01"), ("all", "all")] {
        let aggregation = if dimension == "area" { "own" } else { "ratio_of_sums" };
        let wanted = [("kpi", "online_per_1000"), ("dimension", dimension), ("unit", unit), ("service", "10124")];
        let rate = row(&table, &[&wanted[..], &[("aggregation", aggregation)]].concat());
        assert_eq!(rate["value"].parse::<f64>().unwrap(), 120.0, "{dimension}");
    }
    for found in &table {
        for column in ["value", "lower", "upper", "numerator", "denominator"] {
            assert!(found[column].is_empty() || found[column].parse::<f64>().unwrap().is_finite(), "{found:?}");
        }
    }
    // Its own share exists all the same.
    let share = row(&table, &[("kpi", "online_share"), ("unit", "02990002"), ("service", "10124")]);
    assert_eq!(share["value"], "0.75");
    let classes = rows(&table, &[("kpi", "online_share"), ("dimension", "size_class"), ("service", "10124")]);
    let numerators: Vec<_> = classes.iter().map(|r| (r["aggregation"].as_str(), r["numerator"].as_str())).collect();
    assert_eq!(numerators, [("ratio_of_sums", "40"), ("mean_of_ratios", "")]);
}

/// Trap 3, real file: 206 municipalities without inhabitants are in no size class, all others in one.
#[test]
fn trap_03_the_uninhabited_areas_of_germany() {
    let Some(read) = real("", &[]) else { return };
    let register = &read.records.register;
    let classes = SizeClasses::new(vec![5_000, 20_000, 100_000]).unwrap();
    let units = Units::build(register, &classes, &[], Lang::De).unwrap();
    let classed: Vec<u32> =
        units.groups().filter(|(_, u)| u.dimension == "size_class").flat_map(|(_, u)| u.members.clone()).collect();
    assert_eq!(classed.len(), 10_981 - 206);
    assert!(classed.iter().all(|&area| register.area(area).population > Some(0)));
}
