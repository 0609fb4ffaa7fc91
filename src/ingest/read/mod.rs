//! Readers: bytes of a file in, records with borrowed fields out.
//!
//! Every reader pushes into a [`RowSink`]; what a record means is decided there. A faster reader
//! for one format is one more function with the same signature.

pub(super) mod csv;
pub(super) mod files;
mod guard;
mod header;
mod json;
mod pack;
pub(super) mod parquet;
mod sdg;
pub(super) mod sheet;
#[cfg(test)]
mod testing;
pub(super) mod text;
mod xlsx;

pub(super) use self::pack::unpacked;
pub(super) use self::sdg::{Deliveries, File};

use super::finding::Code;
use super::spec::{Format, SourceSpec};
use crate::domain::say;
use crate::{Error, Result};

/// Bytes that one record may have. The longest real ones (inventories with free text in every
/// cell) stay below a tenth of it; beyond it a delimiter, quote or line end is broken.
pub(super) const RECORD_LIMIT: usize = 1 << 20;
/// Columns that a table may have: as many as a sheet of Excel.
const MOST_COLUMNS: usize = 16_384;

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

    /// A record that has no fields to show because of `code`. It counts as read and quarantined.
    fn unreadable(&mut self, _record: u64, _line: u64, _code: Code) {}

    /// A record of a delivery that a later delivery with the same id replaces as a whole.
    fn superseded(&mut self, _record: u64, _line: u64, _fields: &dyn Fields) {}

    /// Something about the file as a whole.
    fn about_file(&mut self, _code: Code, _value: &str) {}
}

/// The format of `file`: as declared, else by its ending; `.gz` behind it does not count.
///
/// # Errors
/// If neither tells.
pub fn format_of(spec: &SourceSpec, file: &str) -> Result<Format> {
    if let Some(format) = spec.format {
        return Ok(format);
    }
    let lower = file.to_lowercase();
    let plain = lower.strip_suffix(".gz").unwrap_or(&lower);
    let ending = plain.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "csv" | "txt" | "tsv" => Ok(Format::Csv),
        "xlsx" | "xlsm" | "xls" | "ods" => Ok(Format::Xlsx),
        "parquet" => Ok(Format::Parquet),
        "json" | "jsonl" | "ndjson" => Ok(Format::Json),
        _ => Err(Error::config(say!(
            "{file}: An der Endung „.{ending}“ ist das Format nicht zu erkennen",
            "{file}: the ending \".{ending}\" does not tell the format"
        ))
        .hint(say!(
            "In der Quelle „{}“ angeben: format = \"csv\" (oder xlsx, parquet, json, gv100ad, auszug_gv)",
            "state it in source \"{}\": format = \"csv\" (or xlsx, parquet, json, gv100ad, auszug_gv)",
            spec.name
        ))),
    }
}

/// Reads `bytes` of `file` into `sink`. Text that is packed with gzip is unpacked first.
///
/// # Errors
/// If the file is not what the configuration says it is.
pub fn read(spec: &SourceSpec, file: &str, format: Format, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    match format {
        Format::Csv => csv::read(spec, file, &unpacked(file, bytes)?, sink),
        Format::Xlsx => xlsx::read(spec, file, bytes, sink),
        Format::Parquet => parquet::read(file, bytes, sink),
        Format::Json => {
            let bytes = unpacked(file, bytes)?;
            let mut deliveries = Deliveries::default();
            deliveries.note(spec, File { number: 0, name: file }, &bytes)?;
            json::read(spec, File { number: 0, name: file }, &bytes, &deliveries, sink)
        }
        Format::Gv100ad | Format::AuszugGv => Err(Error::config(say!(
            "Quelle „{}“: format = \"gv100ad\" und \"auszug_gv\" gibt es nur für kind = \"register\"",
            "source \"{}\": format = \"gv100ad\" and \"auszug_gv\" are for kind = \"register\" only",
            spec.name
        ))),
    }
}

/// As [`read`] for one JSON file of several: what `deliveries` of the other files replace is
/// passed on as superseded.
///
/// # Errors
/// As [`read`].
pub(super) fn read_deliveries(
    spec: &SourceSpec,
    file: File<'_>,
    bytes: &[u8],
    deliveries: &Deliveries,
    sink: &mut dyn RowSink,
) -> Result<()> {
    json::read(spec, file, &unpacked(file.name, bytes)?, deliveries, sink)
}
