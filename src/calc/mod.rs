//! Any one method on any tidy table: what an analyst would open R for.
//!
//! One file per method: its options, the way from columns to the plain numbers that [`crate::stats`] works
//! on, and the way back to an [`Answer`]. A new method is one file and one line in each list below.

mod answer;
mod options;
mod proportion;
mod render;
mod said;
mod table;

use std::path::Path;

use clap::Subcommand;

pub use self::answer::{Answer, Dropped, Estimate, Note};
use self::said::{refused_at, said};
pub use self::table::Table;
use crate::Result;

/// Opens a table. The second argument is the decimal sign where the user states it.
pub type Open<'a> = &'a dyn Fn(&Path, Option<char>) -> Result<Table>;

/// The methods.
#[derive(Debug, Subcommand)]
pub enum Method {
    /// Shares of cases with an interval, row by row
    Proportion(proportion::Options),
}

impl Method {
    /// Computes the answer on the tables that `open` reads.
    ///
    /// # Errors
    /// If a table cannot be read, a column does not hold what the method needs, or the method refuses.
    pub fn run(&self, open: Open<'_>) -> Result<Answer> {
        match self {
            Self::Proportion(options) => proportion::run(options, open),
        }
    }
}

/// German versions of the texts of the help, from the files that hold the English ones.
pub const GERMAN: &[&[(&str, &str)]] = &[
    &[("Shares of cases with an interval, row by row", "Anteile von Fällen mit Spanne, Zeile für Zeile")],
    options::GERMAN,
    proportion::GERMAN,
];
