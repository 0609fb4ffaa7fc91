//! One row per unit: its name, and a quotient of two columns.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::Table;
use crate::domain::say;
use crate::{Error, Result};

/// The columns of a table with one row per unit.
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Columns {
    /// Column with the names of the units
    #[arg(long, value_name = "COLUMN")]
    pub(super) unit: String,
    /// Column with the cases or events counted
    #[arg(long, value_name = "COLUMN")]
    pub(super) numerator: String,
    /// Column with all cases, the exposure or the events expected
    #[arg(long, value_name = "COLUMN")]
    pub(super) denominator: String,
}

/// Refuses names that appear twice: which of the rows is the unit?
pub(super) fn distinct(table: &Table, column: &str, names: &[&str]) -> Result<()> {
    let mut first = HashMap::new();
    for (row, name) in names.iter().enumerate() {
        if let Some(before) = first.insert(*name, row) {
            let what = say!("„{name}“ steht schon in Datensatz {}", "\"{name}\" is already in record {}", before + 1);
            return Err(Error::refused(table.at(column, row, &what))
                .hint(say!("Zeilen derselben Einheit vorher summieren.", "sum the rows of one unit first")));
        }
    }
    Ok(())
}
