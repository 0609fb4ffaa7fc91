//! What direct and indirect standardisation share: a town's strata, and those of another population beside them.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::{Answer, Estimate, Table, listed, refused_at, said};
use crate::domain::{Label, say};
use crate::stats::Refusal;
use crate::stats::standardise::StandardRefusal;
use crate::{Error, Result};

/// The columns of a table with one row per stratum.
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Columns {
    /// Column with the events of the stratum
    #[arg(long, value_name = "COLUMN")]
    pub(super) events: String,
    /// Column with the population of the stratum
    #[arg(long, value_name = "COLUMN")]
    pub(super) population: String,
    /// Column with the stratum, for example the age group
    #[arg(long, value_name = "COLUMN")]
    pub(super) stratum: String,
    /// Column with the town; without it all rows are one
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
}

pub(super) const GERMAN: &[(&str, &str)] = &[
    ("Column with the events of the stratum", "Spalte mit den Ereignissen der Schicht"),
    ("Column with the population of the stratum", "Spalte mit der Bevölkerung der Schicht"),
    ("Column with the stratum, for example the age group", "Spalte mit der Schicht, zum Beispiel der Altersgruppe"),
    ("Column with the town; without it all rows are one", "Spalte mit dem Ort; ohne sie gehören alle Zeilen zusammen"),
];

/// One town: its name and the row of each stratum, in the order of the strata.
pub(super) struct Unit {
    pub(super) name: Option<String>,
    pub(super) rows: Vec<usize>,
}

impl Unit {
    pub(super) fn estimate(&self, level: f64) -> Estimate {
        let keys = match &self.name {
            Some(name) => vec![("unit", name.as_str().into())],
            None => vec![("name", "all".into())],
        };
        Estimate { level: Some(level), ..Estimate::keyed(keys) }
    }
}

/// The strata in the order of the file.
pub(super) fn strata(table: &Table, column: &str) -> Result<Vec<String>> {
    let mut seen = std::collections::HashSet::new();
    let labels = table.labels(column)?;
    Ok(labels.into_iter().filter(|label| seen.insert(*label)).map(str::to_owned).collect())
}

/// The row of each of `strata` in a table that has each once, and the strata beyond these.
pub(super) fn once(table: &Table, column: &str, strata: &[String]) -> Result<(Vec<usize>, Vec<String>)> {
    let mut rows = HashMap::new();
    let labels = table.labels(column)?;
    for (row, label) in labels.iter().enumerate() {
        if rows.insert(*label, row).is_some() {
            let what = say!("Die Schicht „{label}“ steht doppelt da", "stratum \"{label}\" is there twice");
            return Err(Error::refused(table.at(column, row, &what)));
        }
    }
    let found = strata.iter().map(|stratum| {
        rows.remove(stratum.as_str()).ok_or_else(|| {
            let file = &table.file;
            Error::refused(say!("{file}: Die Schicht „{stratum}“ fehlt", "{file}: stratum \"{stratum}\" is missing"))
        })
    });
    let found: Vec<usize> = found.collect::<Result<_>>()?;
    let beyond = labels.into_iter().filter(|label| rows.contains_key(label)).map(str::to_owned).collect();
    Ok((found, beyond))
}

/// The towns in the order of the file, each with a row for each of `strata`.
pub(super) fn units(table: &Table, columns: &Columns, strata: &[String]) -> Result<Vec<Unit>> {
    let places: HashMap<&str, usize> = strata.iter().enumerate().map(|(at, s)| (s.as_str(), at)).collect();
    let labels = table.labels(&columns.stratum)?;
    let names = columns.unit.as_ref().map(|unit| table.labels(unit)).transpose()?;
    let mut order: Vec<(Option<&str>, Vec<Option<usize>>)> = Vec::new();
    let mut known: HashMap<Option<&str>, usize> = HashMap::new();
    for (row, label) in labels.into_iter().enumerate() {
        let name = names.as_ref().and_then(|names| names.get(row)).copied();
        let place = *known.entry(name).or_insert_with(|| {
            order.push((name, vec![None; strata.len()]));
            order.len() - 1
        });
        let slot = places.get(label).and_then(|at| order.get_mut(place)?.1.get_mut(*at));
        if slot.is_some_and(|slot| slot.replace(row).is_some()) {
            let what = match name {
                Some(name) => say!(
                    "Die Schicht „{label}“ von „{name}“ steht doppelt da",
                    "stratum \"{label}\" of \"{name}\" is there twice"
                ),
                None => say!("Die Schicht „{label}“ steht doppelt da", "stratum \"{label}\" is there twice"),
            };
            let error = Error::refused(table.at(&columns.stratum, row, &what));
            return Err(if columns.unit.is_some() {
                error
            } else {
                error.hint(say!(
                    "Mit --unit die Spalte mit dem Ort angeben.",
                    "name the column with the town with --unit"
                ))
            });
        }
    }
    let unit = |(name, rows): (Option<&str>, Vec<Option<usize>>)| {
        let rows = rows.into_iter().zip(strata).map(|(row, stratum)| {
            row.ok_or_else(|| {
                let (file, name) = (&table.file, name.unwrap_or("all"));
                Error::refused(say!(
                    "{file}: Zu „{name}“ fehlt die Schicht „{stratum}“",
                    "{file}: \"{name}\" has no stratum \"{stratum}\""
                ))
                .hint(say!(
                    "Fehlende Angaben sind keine Nullen: die Zeile ergänzen, auch wenn es dort kein Ereignis gab.",
                    "missing is not zero: add the row, even if there was no event"
                ))
            })
        });
        Ok(Unit { name: name.map(str::to_owned), rows: rows.collect::<Result<_>>()? })
    };
    order.into_iter().map(unit).collect()
}

/// Counts, of which some may be missing.
pub(super) fn counts(table: &Table, column: &str) -> Result<Vec<Option<u64>>> {
    let numbers = table.numbers(column)?;
    numbers.into_iter().enumerate().map(|(row, n)| n.map(|n| table.count(column, row, n)).transpose()).collect()
}

/// Numbers from 0 on, of which some may be missing.
pub(super) fn sizes(table: &Table, column: &str) -> Result<Vec<Option<f64>>> {
    let numbers = table.numbers(column)?;
    match numbers.iter().position(|n| n.is_some_and(|n| n < 0.0)) {
        Some(row) => Err(refused_at(table, column, row, &Refusal::Negative)),
        None => Ok(numbers),
    }
}

/// Numbers from 0 on, none missing.
pub(super) fn full_sizes(table: &Table, column: &str) -> Result<Vec<f64>> {
    sizes(table, column)?;
    table.full(column)
}

/// Why a town has no standardised value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Why {
    /// The events or the population of a stratum are missing.
    Missing(usize),
    /// The method refuses.
    Refused(StandardRefusal),
}

impl From<StandardRefusal> for Why {
    fn from(refusal: StandardRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Why {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing_value",
            Self::Refused(StandardRefusal::FewEvents { .. }) => "few_events",
            Self::Refused(_) => "not_defined",
        }
    }

    fn text(self, strata: &[String]) -> Label {
        let name = |at: usize| strata.get(at).map_or("", String::as_str);
        let refusal = match self {
            Self::Missing(at) => {
                let stratum = name(at);
                return say!(
                    "in der Schicht „{stratum}“ fehlt ein Wert",
                    "a value is missing in stratum \"{stratum}\""
                );
            }
            Self::Refused(refusal) => refusal,
        };
        match refusal {
            StandardRefusal::General(refusal) => said(&refusal),
            StandardRefusal::FewEvents { found } => {
                let needed = crate::stats::standardise::MIN_EVENTS;
                let events = if found == 1 { "Ereignis" } else { "Ereignisse" };
                Label::new(format!("{found} {events}, nötig sind mindestens {needed}"), refusal.to_string())
            }
            StandardRefusal::NoPopulation { stratum } => {
                let stratum = name(stratum);
                say!("die Schicht „{stratum}“ hat keine Bevölkerung", "stratum \"{stratum}\" has no population")
            }
            StandardRefusal::NothingExpected => {
                Label::new("nach den Vergleichsraten ist kein Ereignis zu erwarten", refusal.to_string())
            }
        }
    }
}

/// Towns without a value: named in notes and counted; an error where no town has one.
pub(super) fn refuse(
    answer: &mut Answer,
    table: &Table,
    strata: &[String],
    refused: &[(Option<String>, Why)],
) -> Result<()> {
    if let Some((_, first)) = refused.first()
        && refused.len() == answer.estimates.len()
    {
        return Err(Error::refused(first.text(strata)).at(&table.file));
    }
    let n = |code| refused.iter().filter(|(_, why)| why.code() == code).count();
    let few = say!("Orte mit zu wenigen Ereignissen", "towns with too few events");
    answer.drop("units", n("few_events"), "few_events", few);
    let missing = say!("Orte mit fehlenden Werten", "towns with missing values");
    answer.drop("units", n("missing_value"), "missing_value", missing);
    let undefined = say!("Orte ohne definierten Wert", "towns without a defined value");
    answer.drop("units", n("not_defined"), "not_defined", undefined);
    for code in ["few_events", "missing_value", "not_defined"] {
        let about = refused.iter().filter(|(_, why)| why.code() == code);
        let texts: Vec<Label> = about
            .map(|(name, why)| {
                let (name, text) = (name.as_deref().unwrap_or("all"), why.text(strata));
                Label::new(format!("{name}: {}", text.de), format!("{name}: {}", text.en))
            })
            .collect();
        if !texts.is_empty() {
            answer.note(code, listed(&texts));
        }
    }
    Ok(())
}
