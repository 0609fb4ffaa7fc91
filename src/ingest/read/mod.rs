//! Readers: bytes of a file in, records with borrowed fields out.
//!
//! Every reader pushes into a [`RowSink`]; what a record means is decided there. A faster reader
//! for one format is one more function with the same signature.

mod csv;
mod parquet;
mod xlsx;

use super::spec::{Format, SourceSpec};
use crate::domain::say;
use crate::{Error, Result};

/// The fields of one record, borrowed from the reader.
pub trait Fields {
    /// Number of fields.
    fn len(&self) -> usize;

    /// The text of field `at`, empty if there is none.
    fn text(&self, at: usize) -> &str;

    /// The number in field `at` if the format itself says that it is a number.
    fn number(&self, _at: usize) -> Option<f64> {
        None
    }

    /// Whether there is no field.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Takes what a reader finds.
pub trait RowSink {
    /// The column names; called once, before the first record.
    ///
    /// # Errors
    /// If a column that the configuration names is missing.
    fn columns(&mut self, headers: &[String]) -> Result<()>;

    /// One record. `record` counts from 1 without the header; `line` is where it begins, 0 if unknown.
    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields);
}

/// The format of `file`: as declared, else by its ending.
///
/// # Errors
/// If neither tells.
pub fn format_of(spec: &SourceSpec, file: &str) -> Result<Format> {
    if let Some(format) = spec.format {
        return Ok(format);
    }
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "csv" | "txt" | "tsv" => Ok(Format::Csv),
        "xlsx" | "xlsm" | "xls" | "ods" => Ok(Format::Xlsx),
        "parquet" => Ok(Format::Parquet),
        _ => Err(Error::config(say!(
            "{file}: An der Endung „.{ending}“ ist das Format nicht zu erkennen",
            "{file}: the ending \".{ending}\" does not tell the format"
        ))
        .hint(say!(
            "In der Quelle „{}“ angeben: format = \"csv\" (oder xlsx, parquet, gv100ad)",
            "state it in source \"{}\": format = \"csv\" (or xlsx, parquet, gv100ad)",
            spec.name
        ))),
    }
}

/// Reads `bytes` of `file` into `sink`.
///
/// # Errors
/// If the file is not what the configuration says it is.
pub fn read(spec: &SourceSpec, file: &str, format: Format, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    match format {
        Format::Csv => csv::read(spec, file, bytes, sink),
        Format::Xlsx => xlsx::read(spec, file, bytes, sink),
        Format::Parquet => parquet::read(file, bytes, sink),
        Format::Gv100ad => Err(Error::config(say!(
            "Quelle „{}“: format = \"gv100ad\" gibt es nur für kind = \"register\"",
            "source \"{}\": format = \"gv100ad\" is for kind = \"register\" only",
            spec.name
        ))),
    }
}
