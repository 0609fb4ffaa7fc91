mod claims;

use std::io::Cursor;

use polars::prelude::*;

use super::guard::guarded;
use super::{Fields, RowSink};
use crate::domain::say;
use crate::{Error, Result};

/// Rows read at a time: bounds the memory without slowing the decoder.
const BATCH: usize = 65_536;

enum ColumnCells {
    Text(StringChunked),
    Rendered(Vec<(String, Option<f64>)>),
}

struct Row<'a> {
    columns: &'a [ColumnCells],
    at: usize,
}

impl Fields for Row<'_> {
    fn len(&self) -> usize {
        self.columns.len()
    }

    fn text(&self, column: usize) -> &str {
        match self.columns.get(column) {
            Some(ColumnCells::Text(cells)) => cells.get(self.at).unwrap_or(""),
            Some(ColumnCells::Rendered(cells)) => cells.get(self.at).map_or("", |cell| cell.0.as_str()),
            None => "",
        }
    }

    fn number(&self, column: usize) -> Option<f64> {
        match self.columns.get(column) {
            Some(ColumnCells::Rendered(cells)) => cells.get(self.at).and_then(|cell| cell.1),
            _ => None,
        }
    }
}

pub(super) fn read(file: &str, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    if claims::impossible(bytes) {
        return Err(damaged(file));
    }
    let shared: Arc<[u8]> = Arc::from(bytes);
    let rows = decoded(file, || ParquetReader::new(Cursor::new(Arc::clone(&shared))).num_rows())?;
    let mut start = 0;
    loop {
        let frame = decoded(file, || {
            ParquetReader::new(Cursor::new(Arc::clone(&shared))).with_slice(Some((start, BATCH))).finish()
        })?;
        if start == 0 {
            let headers: Vec<String> = frame.get_column_names().iter().map(|name| name.trim().to_owned()).collect();
            sink.columns(&headers)?;
        }
        let columns: Vec<ColumnCells> =
            decoded(file, || frame.columns().iter().map(render).collect::<PolarsResult<_>>())?;
        for at in 0..frame.height() {
            sink.record((start + at + 1) as u64, 0, &Row { columns: &columns, at });
        }
        start += BATCH;
        // The number of rows is only what the file says of itself.
        if start >= rows || frame.height() == 0 {
            return Ok(());
        }
    }
}

/// A file, row group by row group, or in smaller parts.
pub(in crate::ingest) struct Groups<'a> {
    file: &'a str,
    bytes: Arc<[u8]>,
    groups: std::vec::IntoIter<usize>,
    start: usize,
    /// Rows of the group begun that are still to be read.
    left: usize,
    /// Rows that are read at a time.
    most: usize,
}

impl<'a> Groups<'a> {
    /// In parts where `sparing` of memory: the same pages are then looked at several times.
    pub(in crate::ingest) fn open(file: &'a str, bytes: Vec<u8>, sparing: bool) -> Result<Self> {
        if claims::impossible(&bytes) {
            return Err(damaged(file));
        }
        let bytes: Arc<[u8]> = Arc::from(bytes);
        let groups: Vec<usize> = decoded(file, || {
            let mut reader = ParquetReader::new(Cursor::new(Arc::clone(&bytes)));
            let mut rows = Vec::new();
            for group in &reader.get_metadata()?.row_groups {
                rows.push(group.num_rows());
            }
            Ok(rows)
        })?;
        Ok(Self {
            file,
            bytes,
            groups: groups.into_iter(),
            start: 0,
            left: 0,
            most: if sparing { PART_ROWS } else { MOST_ROWS },
        })
    }

    /// The next part of a row group that has a row.
    pub(in crate::ingest) fn next_part(&mut self) -> Result<Option<DataFrame>> {
        loop {
            if self.left == 0 {
                // The number of rows is only what the file says of itself.
                let Some(rows) = self.groups.next() else { return Ok(None) };
                self.left = rows.min(MOST_ROWS);
            }
            let (from, rows) = (self.start, self.left.min(self.most));
            let bytes = Arc::clone(&self.bytes);
            let frame =
                decoded(self.file, || ParquetReader::new(Cursor::new(bytes)).with_slice(Some((from, rows))).finish())?;
            // What is not there will not come in the next part either.
            let passed = if frame.height() == 0 { self.left } else { rows };
            self.start += passed;
            self.left -= passed;
            if frame.height() > 0 {
                return Ok(Some(frame));
            }
        }
    }
}

/// Rows of the largest row group that is read.
const MOST_ROWS: usize = 1 << 28;
/// Rows of a part.
const PART_ROWS: usize = if cfg!(test) { 11 } else { 1 << 18 };

pub(in crate::ingest) fn headers(frame: &DataFrame) -> Vec<String> {
    frame.get_column_names().iter().map(|name| name.trim().to_owned()).collect()
}

/// Some rows as any reader shows them.
pub(in crate::ingest) struct Rendered {
    columns: Vec<ColumnCells>,
    height: usize,
}

impl Rendered {
    pub(in crate::ingest) fn rows(&self) -> impl Iterator<Item = impl Fields + '_> {
        (0..self.height).map(|at| Row { columns: &self.columns, at })
    }
}

pub(in crate::ingest) fn rendered(file: &str, frame: &DataFrame, rows: &[u32]) -> Result<Rendered> {
    decoded(file, || {
        let part = frame.take(&IdxCa::from_slice("rows".into(), rows))?;
        let columns = part.columns().iter().map(render).collect::<PolarsResult<_>>()?;
        Ok(Rendered { columns, height: part.height() })
    })
}

fn damaged(file: &str) -> Error {
    Error::input(say!(
        "{file}: Die Datei ist beschädigt: Sie gibt mehr Werte an, als eine Tabelle haben kann, oder weniger als keinen",
        "{file}: the file is damaged: it claims more values than a table can have, or fewer than none"
    ))
    .hint(say!("Die Datei neu liefern lassen.", "ask the sender to write the file again"))
}

fn decoded<T>(file: &str, call: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    let reason = match guarded(call) {
        Some(Ok(value)) => return Ok(value),
        Some(Err(error)) => error.to_string(),
        None => String::new(),
    };
    let (colon, reason) = (if reason.is_empty() { "" } else { ": " }, reason);
    Err(Error::input(say!(
        "{file}: Das ist keine lesbare Parquet-Datei{colon}{reason}",
        "{file}: not a readable Parquet file{colon}{reason}"
    ))
    .hint(say!(
        "Die Datei neu liefern lassen; ist sie eine CSV-Datei, sie umbenennen oder format = \"csv\" angeben.",
        "ask the sender to write the file again; if it is a CSV, rename it or state format = \"csv\""
    )))
}

fn render(column: &Column) -> PolarsResult<ColumnCells> {
    if column.dtype() == &DataType::String {
        return Ok(ColumnCells::Text(column.str()?.clone()));
    }
    let mut cells = Vec::with_capacity(column.len());
    for at in 0..column.len() {
        cells.push(match column.get(at)? {
            AnyValue::Null => (String::new(), None),
            AnyValue::Boolean(yes) => (yes.to_string(), None),
            AnyValue::Date(days) => (day(i64::from(days)), None),
            AnyValue::Datetime(ticks, unit, _) => (timestamp(ticks, unit), None),
            value => {
                let number = value.extract::<f64>();
                (value.to_string(), number)
            }
        });
    }
    Ok(ColumnCells::Rendered(cells))
}

fn day(days: i64) -> String {
    chrono::DateTime::from_timestamp(days * 86_400, 0).map(|t| t.date_naive().to_string()).unwrap_or_default()
}

fn timestamp(ticks: i64, unit: TimeUnit) -> String {
    let per_second = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    chrono::DateTime::from_timestamp(ticks.div_euclid(per_second), 0)
        .map(|t| t.format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_rows_of_all_groups_in_their_order() {
        let numbers: Vec<i64> = (0..70).collect();
        let mut frame = df!("n" => &numbers).unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).with_row_group_size(Some(35)).finish(&mut frame).unwrap();
        for (sparing, heights) in [(false, vec![35; 2]), (true, [11, 11, 11, 2].repeat(2))] {
            let mut groups = Groups::open("n.parquet", bytes.clone(), sparing).unwrap();
            let parts: Vec<DataFrame> = std::iter::from_fn(|| groups.next_part().unwrap()).collect();
            assert_eq!(parts.iter().map(DataFrame::height).collect::<Vec<_>>(), heights);
            let read = |part: &DataFrame| part.column("n").unwrap().i64().unwrap().to_vec();
            assert!(parts.iter().flat_map(read).eq(numbers.iter().copied().map(Some)));
        }
    }
}
