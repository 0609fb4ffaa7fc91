//! Columns of a table as characteristics of units.

use clap::Args;
use serde::Serialize;

use super::Table;
use crate::domain::say;
use crate::stats::characteristic::{Characteristic, Values};
use crate::{Error, Result};

/// Columns of codes.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Categories {
    /// Columns of numbers that are codes and no quantities, such as keys of states; text is always a category
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categorical: Vec<String>,
}

pub(super) const GERMAN: &[(&str, &str)] = &[(
    "Columns of numbers that are codes and no quantities, such as keys of states; text is always a category",
    "Spalten mit Zahlen, die Schlüssel und keine Mengen sind, etwa Länderschlüssel; Text ist immer eine Kategorie",
)];

/// Reads columns: a column whose cells are all numbers is one, unless it is named among the categories. A missing
/// value is an error.
pub(super) fn read(table: &Table, names: &[String], categories: &Categories) -> Result<Vec<Characteristic>> {
    for name in names {
        table.labels(name)?;
    }
    read_rows(table, names, categories, &(0..table.rows()).collect::<Vec<_>>())
}

/// The same for the rows of which `keep` gives the numbers, in which nothing is missing.
pub(super) fn read_rows(
    table: &Table,
    names: &[String],
    categories: &Categories,
    keep: &[usize],
) -> Result<Vec<Characteristic>> {
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            return Err(Error::config(say!(
                "Die Spalte „{name}“ ist zweimal genannt",
                "column \"{name}\" is named twice"
            )));
        }
    }
    if let Some(name) = categories.categorical.iter().find(|c| !names.contains(c)) {
        return Err(Error::config(say!(
            "--categorical nennt „{name}“; die Spalte ist aber nicht unter den verglichenen",
            "--categorical names \"{name}\", which is not among the columns compared"
        )));
    }
    names.iter().map(|name| characteristic(table, name, categories.categorical.contains(name), keep)).collect()
}

/// One column, with the rule of [`read`], for the rows of which `keep` gives the numbers.
pub(super) fn characteristic(table: &Table, name: &str, category: bool, keep: &[usize]) -> Result<Characteristic> {
    let texts = table.texts(name)?;
    let labels: Vec<&str> = keep.iter().map(|row| texts[*row].unwrap_or_default()).collect();
    if !category {
        // A text among numbers is a mistake, and said so; a column without numbers is text.
        let number = |label: &&str| label.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite);
        match table.numbers(name) {
            Ok(numbers) => {
                let values = keep.iter().map(|row| numbers[*row].unwrap_or(f64::NAN)).collect();
                return Ok(Characteristic::number(name, values));
            }
            Err(error) if labels.iter().any(number) => {
                return Err(error.hint(say!(
                    "Sind es Schlüssel? Dann mit --categorical nennen.",
                    "are these codes? then name the column with --categorical"
                )));
            }
            Err(_) => {}
        }
    }
    Ok(Characteristic::category(name, &labels))
}

/// The names of the units: a column in which each occurs once, or else the number of the row.
pub(super) fn units(table: &Table, column: Option<&str>) -> Result<Vec<serde_json::Value>> {
    let Some(column) = column else {
        return Ok((1..=table.rows()).map(serde_json::Value::from).collect());
    };
    let labels = table.labels(column)?;
    let mut seen = std::collections::HashMap::new();
    for (row, label) in labels.iter().enumerate() {
        if let Some(before) = seen.insert(*label, row) {
            let first = before + 1;
            let what =
                say!("„{label}“ steht schon in Datensatz {first}", "\"{label}\" stands in record {first} already");
            return Err(Error::input(table.at(column, row, &what)));
        }
    }
    Ok(labels.into_iter().map(serde_json::Value::from).collect())
}

/// Numbers of the strata that the columns named form together; empty where none is named. What is missing is a
/// value of its own: callers see to it that nothing is.
pub(super) fn strata(table: &Table, names: &[String]) -> Result<Vec<usize>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let one = |name: &String| -> Result<Vec<usize>> {
        let texts = table.texts(name)?;
        // 1 and 1.0 are the same number.
        Ok(table.numbers(name).map_or_else(
            |_| codes(&texts),
            |numbers| codes(&numbers.iter().map(|n| n.map(|n| (n + 0.0).to_bits())).collect::<Vec<_>>()),
        ))
    };
    let columns = names.iter().map(one).collect::<Result<Vec<_>>>()?;
    let rows: Vec<Vec<usize>> = (0..table.rows()).map(|row| columns.iter().map(|c| c[row]).collect()).collect();
    Ok(codes(&rows))
}

/// Numbers from 0 on for equal things, in the order of their first appearance.
pub(super) fn codes<T: std::hash::Hash + Eq>(things: &[T]) -> Vec<usize> {
    let mut numbers = std::collections::HashMap::new();
    things
        .iter()
        .map(|thing| {
            let next = numbers.len();
            *numbers.entry(thing).or_insert(next)
        })
        .collect()
}

/// The value of a characteristic, for an answer.
pub(super) fn value(characteristic: &Characteristic, unit: usize) -> serde_json::Value {
    match &characteristic.values {
        Values::Number(values) => values.get(unit).copied().into(),
        Values::Category { codes, levels } => codes.get(unit).and_then(|code| levels.get(*code)).cloned().into(),
    }
}
