//! Everything that is written: tables, data package, manifest, and the folder they stand in.
//!
//! ```text
//! <out>/publish/     what the audience may see; manifest.json lists it
//! <out>/internal/    panel, quarantine, findings; manifest.json lists everything; not for passing on
//! ```
//!
//! A run writes into a staging folder beside `<out>` and swaps it in by rename ([`Staging`]). The
//! program owns a folder only if one of its manifests stands in it: nothing else is ever replaced
//! or removed.
//!
//! The same tables give the same bytes: rows stay in the order given, floats are written in their
//! shortest form, Parquet row groups have a fixed size, and no file carries a clock or a host.

mod csv_file;
mod csv_stream;
mod files;
mod hash;
mod lock;
mod manifest;
mod names;
mod package;
mod pages;
mod parquet_file;
mod parquet_stream;
mod place;
mod single;
mod staging;
mod standing;
mod swap;
mod table;
#[cfg(test)]
mod tests;
mod workbook;

pub use crate::domain::Label;
pub use csv_file::csv_bytes;
pub use csv_stream::CsvStream;
pub use hash::{FileHash, sha256_hex};
pub use manifest::{InputFile, Manifest};
pub use names::safe_file_name;
pub use package::{Licence, PackageInfo, write_tables};
pub use parquet_file::parquet_bytes;
pub use parquet_stream::{EncodedPart, ParquetStream, Places, WideColumn};
pub use single::{check_single, write_single};
pub use staging::Staging;
pub use standing::standing;
pub use swap::{Recovery, recover};
pub use table::{Column, ColumnData, ColumnKind, Table, TableBuilder, TextCell};
pub use workbook::{Sheet, SheetContent, workbook_bytes};

/// The folder of what the audience may see.
pub const PUBLISH: &str = "publish";
/// The folder of what stays in the house.
pub const INTERNAL: &str = "internal";
/// The file that lists a folder's contents, in [`PUBLISH`] and in [`INTERNAL`].
pub const MANIFEST: &str = "manifest.json";
/// The notice in [`INTERNAL`].
pub const NOTICE: &str = "NICHT-WEITERGEBEN.txt";
