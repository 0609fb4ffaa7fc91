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

/// The unit that is meant by `wanted` among the names of a table: the same text, or else the only one that is the same
/// number, such as 3.0 for 3.
pub(super) fn meant<'a>(names: &[&'a str], wanted: &str) -> Option<&'a str> {
    if let Some(same) = names.iter().find(|name| **name == wanted) {
        return Some(same);
    }
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
    let value = number(wanted)?;
    let mut equal = names.iter().filter(|name| number(name) == Some(value));
    equal.next().filter(|first| equal.all(|other| other == *first)).copied()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        assert_eq!(meant(&["3.0", "4.0"], "3"), Some("3.0"));
        assert_eq!(meant(&["3", "3.0"], "3.0"), Some("3.0"));
        assert_eq!(meant(&["3.0", "3.00"], "3"), None);
        assert_eq!(meant(&["3.0", "3.0"], "3"), Some("3.0"));
        assert_eq!((meant(&["a", "nan"], "NaN"), meant(&["a"], "A")), (None, None));
    }
}
