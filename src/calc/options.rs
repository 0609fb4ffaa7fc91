//! Options that several methods share: the same thing has the same name everywhere.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

/// The table to work on.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Data {
    /// Tidy table (CSV, Parquet or Excel): one row per observation, one column per variable
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,
    #[command(flatten)]
    #[serde(flatten)]
    pub notation: Notation,
}

/// How numbers are written.
#[derive(Debug, Clone, Default, Args, Serialize)]
pub struct Notation {
    /// Decimal sign of text files, "." or ","; default: the one that all numbers of the file allow
    #[arg(long, value_name = "SIGN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
}

/// The confidence level.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Level {
    /// Confidence level of intervals, between 0 and 1
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    pub level: f64,
}

impl Level {
    /// The level, checked before any row is blamed for it.
    pub(super) fn checked(&self) -> crate::Result<f64> {
        match crate::stats::tail(self.level) {
            Ok(_) => Ok(self.level),
            Err(refusal) => Err(crate::Error::config(super::said(&refusal)).at("--level")),
        }
    }
}

/// German versions of the texts of the help in this file.
pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        "Tidy table (CSV, Parquet or Excel): one row per observation, one column per variable",
        "Tabelle (CSV, Parquet oder Excel): eine Zeile je Beobachtung, eine Spalte je Merkmal",
    ),
    (
        "Decimal sign of text files, \".\" or \",\"; default: the one that all numbers of the file allow",
        "Dezimalzeichen in Textdateien, „.“ oder „,“; ohne Angabe das, mit dem alle Zahlen der Datei lesbar sind",
    ),
    ("Confidence level of intervals, between 0 and 1", "Konfidenzniveau der Spannen, zwischen 0 und 1"),
];
