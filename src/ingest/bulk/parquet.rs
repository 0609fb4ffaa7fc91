//! Parquet files, row group by row group.

use std::ops::Range;
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, StringChunked};
use rayon::prelude::*;

use super::plain::Recognise;
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
    let mut groups = reader::Groups::open(&file, bytes)?;
    let Some(first) = groups.next_group()? else { return Ok(None) };
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
        let parsed: Vec<Parsed> = ranges.par_iter().map(|range| parse(&rows, range.clone(), &*plain, split)).collect();
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
        frame = groups.next_group()?;
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

fn parse(frame: &DataFrame, range: Range<usize>, plain: &dyn Recognise, split: Split) -> Parsed {
    let part = frame.slice(i64::try_from(range.start).unwrap_or(0), range.len());
    let counted = plain.count_column().and_then(|at| part.columns().get(at)).filter(|c| c.dtype().is_integer());
    let counts = counted.and_then(|column| column.cast(&DataType::Int64).ok());
    let counts = counts.as_ref().and_then(|column| column.i64().ok());
    // A column of another type has no texts: whoever reads one of its cells finds no word that it knows.
    let texts: Vec<_> = part.columns().iter().map(|column| column.str().ok()).collect();
    let mut out = Parsed { rows: range.len() as u32, ..Parsed::default() };
    let mut facts: Vec<PlainFact> = Vec::with_capacity(range.len());
    let mut iterators: Vec<_> = texts.iter().map(|cells| cells.map(StringChunked::iter)).collect();
    let mut cells: Vec<&[u8]> = vec![&[]; texts.len()];
    for row in 0..out.rows {
        for (cell, texts) in cells.iter_mut().zip(&mut iterators) {
            *cell = texts.as_mut().and_then(|texts| texts.next().flatten()).unwrap_or_default().as_bytes();
        }
        let count = counts.map(|counts| counts.get(row as usize));
        if !plain.record(&cells, count, row, &mut facts) {
            out.odd.push((row, 0, 0..0));
        }
    }
    out.facts = Lanes::group(&facts, split);
    out
}
