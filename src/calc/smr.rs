use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::rate::Limits;
use super::strata::{self, Columns, Why};
use super::{Answer, Estimate, Open};
use crate::Result;
use crate::domain::say;
use crate::stats::Refusal;
use crate::stats::standardise::{Referred, indirect};

/// Options of `calc smr`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Table with the events and the population of the reference, in the same strata
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,
    /// Column with the events of the reference; default: the one named like --events
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_events: Option<String>,
    /// Column with the population of the reference; default: the one named like --population
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_population: Option<String>,
    /// Limits of the events counted; byar is exact below ten
    #[arg(long, value_enum, default_value = "byar")]
    method: Limits,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc smr --data datasets/calc/strata.csv --unit town --events online --population population --stratum age --reference datasets/calc/reference.csv";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc smr --data datasets/calc/strata.csv --unit town --events online --population population --stratum age --reference datasets/calc/reference.csv",
    ),
    (
        "Table with the events and the population of the reference, in the same strata",
        "Tabelle mit den Ereignissen und der Bevölkerung zum Vergleich, in denselben Schichten",
    ),
    (
        "Column with the events of the reference; default: the one named like --events",
        "Spalte mit den Ereignissen zum Vergleich; ohne Angabe die, die wie --events heißt",
    ),
    (
        "Column with the population of the reference; default: the one named like --population",
        "Spalte mit der Bevölkerung zum Vergleich; ohne Angabe die, die wie --population heißt",
    ),
    (
        "Limits of the events counted; byar is exact below ten",
        "Grenzen der gezählten Ereignisse; byar ist unter zehn exakt",
    ),
];

/// The reference population, and the place of each stratum in it.
struct Reference {
    events: Vec<f64>,
    population: Vec<f64>,
    places: Vec<usize>,
}

impl Reference {
    /// The strata of one town beside those of the reference.
    fn beside(
        &self,
        rows: &[usize],
        events: &[Option<u64>],
        population: &[Option<f64>],
    ) -> std::result::Result<Vec<Referred>, Why> {
        let stratum = |(at, (&row, &place)): (usize, (&usize, &usize))| {
            Ok(Referred {
                events: events.get(row).copied().flatten().ok_or(Why::Missing(at))?,
                population: population.get(row).copied().flatten().ok_or(Why::Missing(at))?,
                reference_events: self.events.get(place).copied().ok_or(Why::Missing(at))?,
                reference_population: self.population.get(place).copied().ok_or(Why::Missing(at))?,
            })
        };
        rows.iter().zip(&self.places).enumerate().map(stratum).collect()
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let reference = open(&options.reference, options.data.notation.decimal)?;
    let mut answer = Answer::of("smr", options);
    answer.inputs.extend([&table, &reference].map(|t| (t.file.clone(), t.sha256.clone())));
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let Columns { events, population, stratum, .. } = &options.columns;
    let strata = strata::strata(&table, stratum)?;
    let (places, beyond) = strata::once(&reference, stratum, &strata)?;
    let named = |own: &Option<String>, default: &String| own.as_ref().unwrap_or(default).clone();
    let columns = [named(&options.reference_events, events), named(&options.reference_population, population)];
    for (option, column) in ["reference_events", "reference_population"].into_iter().zip(&columns) {
        answer.options.insert(option.into(), column.as_str().into());
    }
    let [of_events, of_population] = &columns;
    let reference = Reference {
        events: strata::full_sizes(&reference, of_events)?,
        population: strata::full_sizes(&reference, of_population)?,
        places,
    };
    let counted = strata::counts(&table, events)?;
    let sizes = strata::sizes(&table, population)?;
    for (row, (x, n)) in counted.iter().zip(&sizes).enumerate() {
        if *n == Some(0.0) && x.is_some_and(|x| x > 0) {
            return Err(super::refused_at(&table, population, row, &Refusal::ZeroDenominator));
        }
    }
    let mut refused = Vec::new();
    for unit in strata::units(&table, &options.columns, &strata)? {
        let mut estimate = unit.estimate(level);
        let rows = reference.beside(&unit.rows, &counted, &sizes);
        match rows.and_then(|rows| Ok(indirect(&rows, options.method.into(), level)?)) {
            Ok(found) => {
                estimate = Estimate {
                    value: Some(found.value),
                    lower: Some(found.lower),
                    upper: Some(found.upper),
                    more: vec![
                        ("observed", found.observed.into()),
                        ("expected", found.expected.into()),
                        ("interval", found.limits.into()),
                        ("refused", serde_json::Value::Null),
                    ],
                    ..estimate
                };
            }
            Err(why) => {
                estimate.more = vec![("refused", why.code().into())];
                refused.push((unit.name, why));
            }
        }
        answer.estimates.push(estimate);
    }
    strata::refuse(&mut answer, &table, &strata, &refused)?;
    answer.drop(
        "strata",
        beyond.len(),
        "not_in_data",
        say!(
            "Schichten der Vergleichsbevölkerung, die in den Daten nicht vorkommen",
            "strata of the reference that are not in the data"
        ),
    );
    if answer.estimates.len() > 1 {
        let text = say!(
            "Jeder Wert vergleicht einen Ort mit der Vergleichsbevölkerung; zwei Orte miteinander vergleicht dsr",
            "each value compares one town with the reference; to compare two towns with each other use dsr"
        );
        answer.note("not_between_units", text);
    }
    answer.diagnostics.insert("strata".into(), strata.len().into());
    answer.n = table.rows();
    Ok(answer)
}
