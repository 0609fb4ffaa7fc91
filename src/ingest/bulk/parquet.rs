//! Parquet files, row group by row group.

use std::ops::Range;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use polars_arrow::array::{Array, Utf8ViewArray, View};
use polars_arrow::bitmap::Bitmap;
use rayon::prelude::*;

use super::plain::{Cells, Recent, Record};
use super::words::{Packed, WORD, pack};
use super::{Parsed, SAMPLE, Sample};
use crate::Result;
use crate::ingest::facts::{FactBlock, PlainFact};
use crate::ingest::lanes::{Lanes, Split};
use crate::ingest::read::parquet as reader;
use crate::ingest::read::{RowSink, files};
use crate::ingest::{InputFile, Sink, input_file};

/// Rows that one thread works on at a time.
const ROWS: usize = if cfg!(test) { 7 } else { 1 << 16 };

/// As [`super::read`], for Parquet.
pub(super) fn read(path: &Path, split: Split, sink: &mut Sink<'_, '_>) -> Result<Option<InputFile>> {
    let file = sink.context.file.clone();
    let bytes = files::load(path, &file)?;
    let input = input_file(&file, &bytes);
    let mut groups = reader::Groups::open(&file, bytes, sink.context.shelf.is_limited())?;
    let Some(first) = groups.next_part()? else { return Ok(None) };
    sink.columns(&reader::headers(&first))?;
    let sample = Sample { columns: first.columns().iter().map(texts).collect() };
    let Some(map) = &sink.map else { return Ok(None) };
    let Some(plain) = sink.kind.plain(&sink.context, map, &sample) else { return Ok(None) };
    sink.plain_file(&plain);
    let rendered = |frame: &DataFrame, rows: &[u32]| reader::rendered(&file, frame, rows);
    for row in rendered(&first, &(0..first.height().min(100) as u32).collect::<Vec<_>>())?.rows() {
        sink.watch.record(&row);
    }
    sink.watch.has_seen_enough();
    let mut frame = Some(first);
    let mut record = 1u64;
    while let Some(rows) = frame {
        let height = rows.height();
        let ranges: Vec<Range<usize>> = (0..height).step_by(ROWS).map(|at| at..(at + ROWS).min(height)).collect();
        let parsed: Vec<Parsed> = ranges
            .par_iter()
            .map(|range| plain.rows(&Rows { part: part(&rows, range), counted: plain.count_column(), split }))
            .collect();
        for (range, parsed) in ranges.iter().zip(parsed) {
            let odd: Vec<u32> = parsed.odd.iter().map(|(row, ..)| range.start as u32 + row).collect();
            sink.plain_records((range.len() - odd.len()) as u64);
            if !odd.is_empty() {
                let cells = rendered(&rows, &odd)?;
                for (row, at) in cells.rows().zip(&odd) {
                    sink.record(record + u64::from(*at), 0, &row);
                }
            }
            let (source, file) = (sink.context.source, sink.context.file_number);
            let first_record = record + range.start as u64;
            let facts = sink.context.shelf.put(parsed.facts)?;
            sink.kind.block(FactBlock { source, file, first_record, first_line: 0, lines: None, facts });
        }
        record += height as u64;
        drop(rows);
        frame = groups.next_part()?;
    }
    Ok(Some(input))
}

/// The first texts of a column, each once.
fn texts(column: &Column) -> Vec<String> {
    let Ok(cells) = column.str() else { return Vec::new() };
    let mut out: Vec<String> = Vec::new();
    for text in cells.iter().take(SAMPLE).flatten() {
        if out.len() < super::SAMPLE_TEXTS && out.iter().all(|known| known != text) {
            out.push(text.to_owned());
        }
    }
    out
}

fn part(frame: &DataFrame, range: &Range<usize>) -> DataFrame {
    frame.slice(i64::try_from(range.start).unwrap_or(0), range.len())
}

/// Some rows of a table.
pub(in crate::ingest) struct Rows {
    part: DataFrame,
    /// The column with counts.
    counted: Option<usize>,
    split: Split,
}

impl Rows {
    pub(super) fn parse(&self, plain: &impl Record) -> Parsed {
        let columns = self.part.columns();
        let counted = self.counted.and_then(|at| columns.get(at)).filter(|c| c.dtype().is_integer());
        let counts = counted.and_then(|column| column.cast(&DataType::Int64).ok());
        let counts = counts.as_ref().and_then(|column| column.i64().ok());
        // A column of another type has no texts: whoever reads one of its cells finds no word that it knows.
        let texts: Vec<_> = columns.iter().map(|column| column.str().ok().map(StringChunked::rechunk)).collect();
        let texts: Vec<Texts<'_>> = texts.iter().map(|column| Texts::of(column.as_deref())).collect();
        let mut out = Parsed { rows: self.part.height() as u32, ..Parsed::default() };
        let mut facts: Vec<PlainFact> = Vec::with_capacity(self.part.height());
        let mut recent = Recent::default();
        for row in 0..out.rows {
            let count = counts.map(|counts| counts.get(row as usize));
            let cells = Row { texts: &texts, row: row as usize };
            if !plain.record(&cells, count, row, &mut recent, &mut facts) {
                out.odd.push((row, 0, 0..0));
            }
        }
        out.facts = Lanes::group(&facts, self.split);
        out
    }
}

/// A column of texts: none where there is no array.
struct Texts<'a> {
    array: Option<&'a Utf8ViewArray>,
    valid: Option<&'a Bitmap>,
    views: &'a [View],
}

impl<'a> Texts<'a> {
    fn of(column: Option<&'a StringChunked>) -> Self {
        let array = column.and_then(|column| column.downcast_iter().next());
        Self {
            array,
            valid: array.and_then(Array::validity),
            views: array.map_or(&[], |array| array.views().as_slice()),
        }
    }
}

/// The texts of one row. A missing text is empty.
struct Row<'a> {
    texts: &'a [Texts<'a>],
    row: usize,
}

impl Cells for Row<'_> {
    fn text(&self, column: usize) -> &[u8] {
        let text = self.texts[column].array.and_then(|array| array.get(self.row));
        text.unwrap_or_default().as_bytes()
    }

    /// A short text stands in its view as it is packed.
    #[inline(always)]
    fn packed(&self, column: usize) -> Option<Packed> {
        let Texts { valid, views, .. } = self.texts[column];
        let Some(view) = views.get(self.row) else { return Some([0; 2]) };
        if view.length > View::MAX_INLINE_SIZE || valid.is_some_and(|valid| !valid.get_bit(self.row)) {
            let text = self.text(column);
            return (text.len() <= WORD).then(|| whole(pack(text), text.len()));
        }
        let packed = [u64::from(view.prefix) | u64::from(view.buffer_idx) << 32, u64::from(view.offset)];
        Some(whole(packed, view.length as usize))
    }
}

/// A text may end with a zero byte here, and would look like the one without it: it is taken for an empty one.
#[inline(always)]
fn whole(packed: Packed, length: usize) -> Packed {
    let blank = if packed[1] == 0 { 64 + packed[0].leading_zeros() } else { packed[1].leading_zeros() };
    if WORD - (blank / 8) as usize == length { packed } else { [0; 2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zero_byte_at_the_end_is_no_end() {
        for text in ["", "a", "12345678", "123456789", "1234567890123456"] {
            assert_eq!(whole(pack(text.as_bytes()), text.len()), pack(text.as_bytes()), "{text}");
        }
        for text in ["\0", "a\0", "12345678\0", "123456789012345\0", "a\0\0"] {
            assert_eq!(whole(pack(text.as_bytes()), text.len()), [0; 2], "{text:?}");
        }
    }
}
