//! The counts of real towns: columns, and the way from a table to numbers.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::calc::options::Notation;
use crate::calc::periods::Axis;
use crate::calc::{Answer, Table};
use crate::domain::say;
use crate::stats::power::Counts;
use crate::{Error, Result};

/// The columns of a panel of counts.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub(super) struct Columns {
    /// Table with the counts of real towns to plan on (CSV, Parquet or Excel): one row per town and period
    #[arg(long, value_name = "FILE", requires_all = ["unit", "time", "numerator", "denominator"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) notation: Notation,
    /// Column that tells units apart: the towns
    #[arg(long, value_name = "UNIT", requires = "data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unit: Option<String>,
    /// Column with the period (year, month or running number), without gaps
    #[arg(long, value_name = "TIME", requires = "data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time: Option<String>,
    /// Column with the cases through the online channel
    #[arg(long, value_name = "COLUMN", requires = "data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) numerator: Option<String>,
    /// Column with all cases
    #[arg(long, value_name = "COLUMN", requires = "data")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) denominator: Option<String>,
    /// Periods before the start: the changes of the towns are compared instead of their shares after it
    #[arg(long, value_name = "NUMBER", requires = "data", default_value_t = 0)]
    #[serde(skip_serializing_if = "none")]
    pub(super) before: usize,
}

fn none(before: &usize) -> bool {
    *before == 0
}

/// Reads the counts; rows without them are left out and counted in `answer`.
///
/// # Errors
/// If a column is missing, a count is none, more cases are online than there are, a town has two rows in a period, or
/// a period is missing altogether.
pub(super) fn counts(table: &Table, columns: &Columns, answer: &mut Answer) -> Result<Counts> {
    let name = |column: &Option<String>| column.clone().unwrap_or_default();
    let (unit, online, all) = (name(&columns.unit), name(&columns.numerator), name(&columns.denominator));
    if table.rows() == 0 {
        return Err(crate::calc::nothing(table));
    }
    let units = table.labels(&unit)?;
    let axis = Axis::of(table, &name(&columns.time))?;
    let (numerators, denominators) = (table.numbers(&online)?, table.numbers(&all)?);
    let mut towns: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
    let mut cells = Vec::with_capacity(units.len());
    let mut empty = 0;
    for (row, (town, place)) in units.iter().zip(&axis.places).enumerate() {
        let slots = towns.entry(town).or_insert_with(|| vec![None; axis.labels.len()]);
        if let Some(first) = slots.get_mut(*place).and_then(|slot| slot.replace(row)) {
            let period = axis.labels.get(*place).map_or("", String::as_str);
            let what = say!(
                "Zu „{town}“ und {period} gibt es schon Datensatz {}",
                "there is already record {} for \"{town}\" and {period}",
                first + 1
            );
            return Err(Error::refused(table.at(&unit, row, &what)));
        }
        let count = |name: &str, value: Option<f64>| value.map(|v| table.count(name, row, v)).transpose();
        let pair = (
            count(&online, numerators.get(row).copied().flatten())?,
            count(&all, denominators.get(row).copied().flatten())?,
        );
        if let (Some(a), Some(n)) = pair
            && a > n
        {
            let what = say!(
                "{a} ist mehr als der Nenner {n}; hier braucht es Anteile von Fällen",
                "{a} is more than the denominator {n}; shares of cases are needed here"
            );
            return Err(Error::refused(table.at(&online, row, &what)));
        }
        let cell = pair.0.zip(pair.1);
        empty += usize::from(cell.is_none());
        cells.push(cell);
    }
    answer.drop(
        "rows",
        empty,
        "missing_counts",
        say!("Zeilen ohne Zähler oder Nenner; fehlend ist nicht null", "rows without a count; missing is not zero"),
    );
    let lists = towns.values().map(|slots| slots.iter().map(|row| row.and_then(|r| cells.get(r).copied().flatten())));
    Ok(Counts::new(&lists.map(Iterator::collect).collect::<Vec<_>>()))
}
