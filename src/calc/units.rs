//! Names of units.

use std::collections::HashMap;

use super::Table;
use crate::domain::say;
use crate::{Error, Result};

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
