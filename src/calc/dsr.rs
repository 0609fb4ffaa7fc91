use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::strata::{self, Columns, Why};
use super::{Answer, Estimate, Open, Table};
use crate::domain::say;
use crate::stats::standardise::{Standardised, Stratum, direct};
use crate::{Error, Result};

/// Options of `calc dsr`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Table with the standard population: the same column of strata and one of population
    #[arg(long, value_name = "FILE")]
    standard: PathBuf,
    /// Column of the standard population; default: the one named like --population, else the only other column
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    standard_population: Option<String>,
    /// The rate is given per this many of the population
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000.0)]
    multiplier: f64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc dsr --data datasets/calc/strata.csv --unit town --events online --population population --stratum age --standard datasets/calc/standard.csv --multiplier 1000";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc dsr --data datasets/calc/strata.csv --unit town --events online --population population --stratum age --standard datasets/calc/standard.csv --multiplier 1000",
    ),
    (
        "Table with the standard population: the same column of strata and one of population",
        "Tabelle mit der Standardbevölkerung: dieselbe Spalte mit Schichten und eine mit der Bevölkerung",
    ),
    (
        "Column of the standard population; default: the one named like --population, else the only other column",
        "Spalte der Standardbevölkerung; ohne Angabe die, die wie --population heißt, sonst die einzige weitere",
    ),
    ("The rate is given per this many of the population", "Die Rate gilt je so viele Personen"),
];

impl Options {
    /// The standard population of each stratum.
    fn weights(&self, standard: &Table, strata: &[String], answer: &mut Answer) -> Result<Vec<f64>> {
        let by_name = standard.has(&self.columns.stratum);
        let others: Vec<&String> = standard.names().iter().filter(|name| **name != self.columns.stratum).collect();
        let column = match (&self.standard_population, &others[..]) {
            (Some(column), _) => column,
            (None, [only]) => only,
            (None, _) => &self.columns.population,
        };
        let population = strata::full_sizes(standard, column)?;
        answer.options.insert("standard_population".into(), column.as_str().into());
        if by_name {
            let (rows, beyond) = strata::once(standard, &self.columns.stratum, strata)?;
            if !beyond.is_empty() {
                let (file, names) = (&standard.file, beyond.join(", "));
                return Err(Error::refused(say!(
                    "{file}: In den Daten fehlen Schichten der Standardbevölkerung: {names}",
                    "{file}: strata of the standard population are not in the data: {names}"
                ))
                .hint(say!(
                    "Die Namen der Schichten müssen gleich sein; wer Schichten weglassen will, entfernt sie aus beiden Dateien.",
                    "the names of the strata must be the same; to leave strata out, remove them from both files"
                )));
            }
            return Ok(rows.iter().filter_map(|row| population.get(*row).copied()).collect());
        }
        if standard.names().len() == 1 && population.len() == strata.len() {
            answer.note(
                "standard_by_order",
                say!(
                    "Die Standardbevölkerung nennt keine Schichten: zugeordnet in der Reihenfolge der Daten, von „{}“ bis „{}“",
                    "the standard population names no strata: assigned in the order of the data, from \"{}\" to \"{}\"",
                    strata.first().map_or("", String::as_str),
                    strata.last().map_or("", String::as_str)
                ),
            );
            return Ok(population);
        }
        let (file, stratum) = (&standard.file, &self.columns.stratum);
        Err(Error::config(say!(
            "{file}: Eine Spalte „{stratum}“ gibt es nicht",
            "{file}: there is no column \"{stratum}\""
        ))
        .hint(say!(
            "Die Standardbevölkerung braucht dieselbe Spalte mit Schichten wie die Daten, oder nur eine Spalte mit so vielen Zahlen, wie es Schichten gibt.",
            "the standard population needs the same column of strata as the data, or one column only with as many numbers as there are strata"
        )))
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let scale = options.multiplier;
    if !(scale.is_finite() && scale > 0.0) {
        return Err(Error::config(say!("--multiplier muss über 0 liegen", "--multiplier must be above 0")));
    }
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let standard = open(&options.standard, options.data.notation.decimal)?;
    let mut answer = Answer::of("dsr", options);
    answer.inputs.extend([&table, &standard].map(|t| (t.file.clone(), t.sha256.clone())));
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let strata = strata::strata(&table, &options.columns.stratum)?;
    let weights = options.weights(&standard, &strata, &mut answer)?;
    let events = strata::counts(&table, &options.columns.events)?;
    let population = strata::sizes(&table, &options.columns.population)?;
    let mut refused = Vec::new();
    for unit in strata::units(&table, &options.columns, &strata)? {
        let mut estimate = unit.estimate(level);
        // Where there is no value there is no crude rate either: in its place it would pass for the standardised one.
        match standardised(&unit.rows, &events, &population, &weights, level) {
            Ok(found) => {
                let per = |rate: f64| Some(rate * scale);
                let crude = found.events as f64 / found.population * scale;
                estimate = Estimate {
                    value: per(found.value),
                    se: per(found.se),
                    lower: per(found.lower),
                    upper: per(found.upper),
                    more: vec![
                        ("crude", crude.into()),
                        ("events", found.events.into()),
                        ("population", found.population.into()),
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
    answer.diagnostics.insert("strata".into(), strata.len().into());
    answer.n = table.rows();
    Ok(answer)
}

fn standardised(
    rows: &[usize],
    events: &[Option<u64>],
    population: &[Option<f64>],
    weights: &[f64],
    level: f64,
) -> std::result::Result<Standardised, Why> {
    let stratum = |(at, (&row, &standard)): (usize, (&usize, &f64))| {
        let events = events.get(row).copied().flatten().ok_or(Why::Missing(at))?;
        let population = population.get(row).copied().flatten().ok_or(Why::Missing(at))?;
        Ok(Stratum { events, population, standard })
    };
    let strata: Vec<Stratum> =
        rows.iter().zip(weights).enumerate().map(stratum).collect::<std::result::Result<_, Why>>()?;
    Ok(direct(&strata, level)?)
}
