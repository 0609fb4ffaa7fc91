//! Random small projects, damaged, through the whole run: it never panics, every record read is
//! accounted for, a refusal has words and leaves no output, and twice the same is the same.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use resonanz::ErrorKind;
use resonanz::config::Project;
use resonanz::domain::Lang;

use super::engine::Damage;
use super::packed::gzip;
use crate::support::Work;

/// How a delivery is written.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Long,
    Wide,
    Cases,
    Packed,
}

#[derive(Debug, Clone)]
struct Plan {
    /// Inhabitants of each town.
    towns: Vec<u64>,
    months: u32,
    counts: Vec<u32>,
    shape: Shape,
    german: bool,
    absent_is_zero: bool,
    /// The file to be damaged and the seed of its damage.
    damage: Vec<(usize, u64)>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let shape = prop_oneof![Just(Shape::Long), Just(Shape::Wide), Just(Shape::Cases), Just(Shape::Packed)];
    let people = prop_oneof![Just(0u64), 1..50u64, 1_000..200_000u64, Just(i64::MAX.unsigned_abs())];
    let counts = prop::collection::vec(prop_oneof![Just(0u32), 0..9u32, 0..5_000u32], 1..9);
    let damage = prop::collection::vec((0usize..4, any::<u64>()), 0..3);
    (prop::collection::vec(people, 1..5), 1..15u32, counts, shape, any::<bool>(), any::<bool>(), damage).prop_map(
        |(towns, months, counts, shape, german, absent_is_zero, damage)| Plan {
            towns,
            months,
            counts,
            shape,
            german,
            absent_is_zero,
            damage,
        },
    )
}

impl Plan {
    /// Names, and contents of register, catalogue, cases and offers.
    fn files(&self) -> [(&'static str, Vec<u8>); 4] {
        let sign = if self.german { ';' } else { ',' };
        let mut register = format!("AGS{sign}Name{sign}Einwohner\n");
        let mut offers = format!("AGS{sign}OZG-ID{sign}online seit\n");
        for (number, people) in (1..).zip(&self.towns) {
            let _ = writeln!(register, "9900100{number}{sign}Ort <{number}> & \"Co\"{sign}{people}");
            let _ = writeln!(offers, "9900100{number}{sign}10124{sign}2024-0{number}-01");
        }
        let catalogue = format!("OZG-ID{sign}Leistung\n10124{sign}=Wohnsitz\n10513{sign}Bauantrag\n");
        let cases = self.cases(sign);
        let cases = if matches!(self.shape, Shape::Packed) { gzip(cases.as_bytes()) } else { cases.into_bytes() };
        let name = if matches!(self.shape, Shape::Packed) { "cases.csv.gz" } else { "cases.csv" };
        [
            ("register.csv", register.into_bytes()),
            ("services.csv", catalogue.into_bytes()),
            (name, cases),
            ("offers.csv", offers.into_bytes()),
        ]
    }

    fn cases(&self, sign: char) -> String {
        let month = |at: u32| format!("{}-{:02}", 2024 + at / 12, at % 12 + 1);
        let mut counts = self.counts.iter().cycle();
        let mut count = || counts.next().copied().unwrap_or(0);
        let towns = 1..=self.towns.len();
        let mut out = String::new();
        match self.shape {
            Shape::Long | Shape::Packed => {
                let _ = writeln!(out, "AGS{sign}OZG-ID{sign}Monat{sign}Kanal{sign}Anzahl");
                for (town, at) in towns.flat_map(|town| (0..self.months).map(move |at| (town, at))) {
                    for channel in ["online", "Papier"] {
                        let _ = writeln!(
                            out,
                            "9900100{town}{sign}10124{sign}{}{sign}{channel}{sign}{}",
                            month(at),
                            count()
                        );
                    }
                }
            }
            Shape::Wide => {
                out += "AGS";
                out.extend((0..self.months).map(|at| format!("{sign}{} online", month(at))));
                out += "\n";
                for town in towns {
                    let _ = write!(out, "9900100{town}");
                    out.extend((0..self.months).map(|_| format!("{sign}{}", count())));
                    out += "\n";
                }
            }
            Shape::Cases => {
                let _ = writeln!(out, "AGS{sign}Monat{sign}Kanal");
                for (town, at) in towns.flat_map(|town| (0..self.months).map(move |at| (town, at))) {
                    for case in 0..count() % 5 {
                        let _ = writeln!(out, "9900100{town}{sign}{}-{:02}{sign}online", month(at), case + 1);
                    }
                }
            }
        }
        out
    }

    fn configuration(&self) -> String {
        let dialect = if self.german { "dialect = { delimiter = \";\", decimal = \",\" }" } else { "" };
        let absent = if self.absent_is_zero { "zero" } else { "missing" };
        let (file, columns, layout) = match self.shape {
            Shape::Packed => ("cases.csv.gz", LONG, ""),
            Shape::Long => ("cases.csv", LONG, ""),
            Shape::Wide => (
                "cases.csv",
                "area = \"AGS\"",
                "layout = \"wide\"\n[[source.wide]]\npattern = \"{period} {channel}\"\n",
            ),
            Shape::Cases => (
                "cases.csv",
                "area = \"AGS\", period = \"Monat\", channel = \"Kanal\"",
                "layout = \"one_row_per_case\"\n",
            ),
        };
        let service = if columns == LONG { "" } else { ", service = \"10124\"" };
        format!(
            r#"schema_version = 1
[project]
name = "Zufall"
fictional = true
[[source]]
name = "register"
kind = "register"
files = "register.csv"
{dialect}
columns = {{ area = "AGS", name = "Name", population = "Einwohner" }}
[[source]]
name = "services"
kind = "services"
files = "services.csv"
{dialect}
columns = {{ service = "OZG-ID", name = "Leistung" }}
[[source]]
name = "offers"
kind = "offer"
files = "offers.csv"
{dialect}
error_budget = 0.5
columns = {{ area = "AGS", service = "OZG-ID", live_from = "online seit" }}
[[source]]
name = "cases"
kind = "usage"
files = "{file}"
{dialect}
error_budget = 0.5
absent = "{absent}"
columns = {{ {columns} }}
constants = {{ stage = "form_submit"{service} }}
{layout}
[[comparison]]
name = "alle"
title = "Alle"
by = "all"
[report]
png = false
areas = "all"
"#
        )
    }

    fn write(&self, work: &Work) {
        work.file("resonanz.toml", self.configuration());
        let mut files = self.files();
        for &(at, seed) in &self.damage {
            let other = files[(at + 1) % 4].1.clone();
            let mut damage =
                Damage { rng: ChaCha8Rng::seed_from_u64(seed), words: &["Summe", "k. A.", "-5", "\"", "sep=;\n"] };
            files[at].1 = damage.apply(&files[at].1, &other);
        }
        for (name, content) in files {
            work.file(name, content);
        }
    }
}

const LONG: &str = "area = \"AGS\", service = \"OZG-ID\", period = \"Monat\", channel = \"Kanal\", count = \"Anzahl\"";

/// Runs a plan in a new folder: what was said, and what was written.
fn run(plan: &Plan) -> Result<(String, Work), TestCaseError> {
    let work = Work::new();
    plan.write(&work);
    let project = Project::load(&work.path("")).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let said = match resonanz::run::run(&project, &|_| {}) {
        Ok(done) => {
            prop_assert_eq!(done.read, done.accepted + done.quarantined + done.replaced);
            prop_assert!(work.path("out/publish").is_dir());
            format!("{done:?}")
        }
        Err(error) => {
            for lang in [Lang::De, Lang::En] {
                prop_assert!(!error.message(lang).is_empty());
            }
            prop_assert_ne!(error.kind(), ErrorKind::Internal, "{}", error);
            prop_assert!(!work.path("out/publish").exists(), "published although it failed: {}", error);
            error.to_string()
        }
    };
    Ok((said, work))
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..Config::default() })]
    #[test]
    fn fuzz_whole_runs_of_random_projects(plan in plans()) {
        let (said, work) = run(&plan)?;
        let (again, twin) = run(&plan)?;
        prop_assert_eq!(said, again);
        prop_assert!(work.tree("out") == twin.tree("out"), "two runs write different bytes");
    }
}

/// Without damage every record is used: the property above is not met by refusing everything.
#[test]
fn fuzz_an_undamaged_random_project_is_used_in_full() {
    for shape in [Shape::Long, Shape::Wide, Shape::Cases] {
        let plan = Plan {
            towns: vec![4_000, 0, 12],
            months: 13,
            counts: vec![3, 7, 1],
            shape,
            german: true,
            absent_is_zero: true,
            damage: Vec::new(),
        };
        let work = Work::new();
        plan.write(&work);
        let project = Project::load(&work.path("")).unwrap();
        let done = resonanz::run::run(&project, &|_| {}).unwrap();
        let lines = |name: &str| work.read(name).lines().count() as u64 - 1;
        let cases = if matches!(shape, Shape::Wide) { 3 * 13 } else { lines("cases.csv") };
        let expected = lines("register.csv") + lines("services.csv") + lines("offers.csv") + cases;
        assert_eq!((done.read, done.accepted, done.quarantined), (expected, expected, 0), "{shape:?}");
    }
}
