//! The known traps of this field, by number. Each test fails if the program falls into its trap;
//! what the trap is stands above it. Small invented data always run; real files where they are.

mod counts;
mod deliveries;
mod keys;
mod ratings;
mod registers;
mod rejected;
mod services;

use std::collections::BTreeMap;

use resonanz::Result;
use resonanz::config::Project;
use resonanz::ingest::{Balance, Fact, Finding, Ingested, Severity, ingest};

use crate::support::Work;

/// Three towns in two Länder, two of them with the same name, and an uninhabited area.
const REGISTER: &str = "AGS;Name;Einwohner\n01990001;Aheim;4.000\n01990002;Neustadt;2.000\n\
                        02990001;Neustadt;1.000\n02990002;Hochmoor, gemeindefrei;0\n";
const CATALOGUE: &str = "Schlüssel;Leistung\n10124;Wohnsitzmeldung\n10513;Bauantrag\n";
const BASE: &str = r#"schema_version = 1
[project]
name = "Fallen"
fictional = true
[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", name = "Name", population = "Einwohner" }
[[source]]
name = "katalog"
kind = "services"
files = "katalog.csv"
dialect = { delimiter = ";" }
columns = { service = "Schlüssel", name = "Leistung" }
"#;
/// Monthly numbers by channel.
const CASES: &str = r#"
[[source]]
name = "faelle"
kind = "usage"
files = "faelle.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Weg", count = "Anzahl" }
constants = { stage = "form_submit" }
"#;
const CASES_HEADER: &str = "AGS;Leistung;Monat;Weg;Anzahl\n";

/// A project folder and its configuration.
struct Trap {
    work: Work,
    configuration: String,
}

impl Trap {
    fn new() -> Self {
        let work = Work::new();
        work.file("register.csv", REGISTER).file("katalog.csv", CATALOGUE);
        Self { work, configuration: BASE.to_owned() }
    }

    /// With one more source, or other settings.
    fn with(mut self, configuration: &str) -> Self {
        self.configuration.push_str(configuration);
        self
    }

    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.work.file(name, content);
        self
    }

    /// The usual source of monthly numbers; `rows` without the header.
    fn cases(self, rows: &str) -> Self {
        self.with(CASES).file("faelle.csv", format!("{CASES_HEADER}{rows}"))
    }

    fn try_read(&self) -> Result<Ingested> {
        let project = Project::parse(&self.configuration, &self.work.path(""))?;
        let mut read = ingest(&project.base, &project.sources)?;
        resonanz::panel::engine::settle_records(&resonanz::panel::engine::Local, &mut read, &project.sources)?;
        Ok(read)
    }

    #[track_caller]
    fn read(&self) -> Ingested {
        let read = self.try_read().unwrap();
        balanced(&read);
        read
    }

    /// Runs the whole program.
    #[track_caller]
    fn run(self) -> Work {
        self.work.file("resonanz.toml", format!("{}\n[report]\npng = false\nareas = \"all\"\n", self.configuration));
        self.work.ok(&["run"]);
        self.work
    }
}

/// Nothing is lost: read = accepted + quarantined + replaced, and the errors are the findings.
#[track_caller]
fn balanced(read: &Ingested) {
    for (name, balance) in &read.findings.balances {
        assert!(balance.holds(), "{name}: {balance:?}");
        let of_source = read.findings.counts.iter().filter(|((source, _), _)| source == name);
        let errors = of_source.filter(|((_, code), _)| code.severity() == Severity::Error).map(|(_, count)| count);
        assert_eq!(errors.sum::<u64>(), balance.errors, "{name}");
    }
}

fn balance(read: &Ingested, source: &str) -> Balance {
    read.findings.balances.iter().find(|(name, _)| name == source).unwrap().1
}

/// Record number and code of the findings of a source, in order.
fn found<'a>(read: &'a Ingested, source: &str) -> Vec<(u64, &'a str)> {
    let of_source = read.findings.kept.iter().filter(|f| f.source == source);
    of_source.map(|f| (f.place.record, f.code.id())).collect()
}

fn counts(read: &Ingested, source: &str) -> BTreeMap<&'static str, u64> {
    let of_source = read.findings.counts.iter().filter(|((name, _), _)| name == source);
    of_source.map(|((_, code), count)| (code.id(), *count)).collect()
}

fn finding<'a>(read: &'a Ingested, code: &str) -> &'a Finding {
    read.findings.kept.iter().find(|f| f.code.id() == code).unwrap_or_else(|| panic!("no {code}"))
}

/// Area key and value of every fact.
fn values(read: &Ingested) -> Vec<(&str, i64)> {
    let of = |fact: &Fact| (read.records.register.area(fact.area).key.as_str(), fact.value);
    read.records.facts.iter().map(of).collect()
}
