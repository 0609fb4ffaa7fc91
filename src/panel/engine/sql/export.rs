//! Facts on their way to the engine.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use polars::prelude::{
    self as pl, DataFrame, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series,
};
use rayon::prelude::*;

use super::Pair;
use super::client::{Folder, not_written};
use super::job::{COLUMNS, Dialect};
use crate::Result;
use crate::ingest::spec::OnDuplicate;
use crate::ingest::{FactBlock, Facts, Lane, PlainFact};
use crate::panel::engine::{Place, Policy};

/// Blocks whose facts are in memory a second time while they are written.
const WAVE: usize = 16;
/// Rows of CSV that one thread writes at a time.
const ROWS: usize = 1 << 14;

/// What has been handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sent {
    /// Facts.
    pub(super) numbers: u64,
    /// Their values together.
    pub(super) total: i128,
    /// The largest number of a service.
    pub(super) last_service: u32,
}

/// A fact as [`COLUMNS`] has it.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Area, service, month as `202503`, day or 0, measure, whether numbers of one key are added, whether it
    /// replaces an earlier one of its key, source.
    small: [i32; 8],
    value: i64,
    /// Its number in the order of reading.
    turn: i64,
}

/// The number of a fact in the order of reading: that of its block, and of its row in it.
fn turn(block: usize, row: u32) -> Option<i64> {
    Some(i64::from(i32::try_from(block).ok()?) << 32 | i64::from(row))
}

/// The count of this turn, with its place and source; `facts` are those of a share by block.
pub(super) fn find(blocks: &[FactBlock], facts: &[Lane<'_>], turn: u64) -> Option<(Place, u16, PlainFact)> {
    let (at, row) = (usize::try_from(turn >> 32).ok()?, u32::try_from(turn & u64::from(u32::MAX)).ok()?);
    let (block, facts) = (blocks.get(at)?, facts.get(at)?);
    let fact = facts.of_row(row)?;
    let (record, line) = block.place(row);
    Some((Place { file: block.file, record, entry: 0, line }, block.source, fact))
}

/// Writes the plain facts of all pairs but those of `here` into `folder`.
pub(super) fn write(
    facts: &Facts,
    policy: &Policy<'_>,
    here: &HashSet<Pair>,
    dialect: Dialect,
    folder: &Folder,
) -> Result<Sent> {
    let path = folder.path().join(dialect.facts());
    let mut sent = Sent::default();
    let mut writer = Writer::begin(&path, dialect)?;
    let blocks: Vec<(usize, &FactBlock)> = facts.blocks.iter().enumerate().collect();
    for wave in blocks.chunks(WAVE) {
        let rows = wave.par_iter().flat_map_iter(|&(at, block)| {
            let replaces = policy.on_duplicate(block.source) == OnDuplicate::Replace;
            let there = |fact: &PlainFact| here.is_empty() || !here.contains(&(fact.key.area(), fact.key.service()));
            block.facts.iter().filter(there).filter_map(move |fact| row(fact, block.source, replaces, at))
        });
        let rows: Vec<Row> = rows.collect();
        for row in &rows {
            sent.numbers += 1;
            sent.total += i128::from(row.value);
            sent.last_service = sent.last_service.max(row.small[1].unsigned_abs());
        }
        writer.write(&rows).map_err(|error| not_written(&path, &error))?;
    }
    writer.finish().map_err(|error| not_written(&path, &error))?;
    Ok(sent)
}

/// `None` never comes about: keys have less room than the columns.
fn row(fact: PlainFact, source: u16, replaces: bool, block: usize) -> Option<Row> {
    let (period, measure) = (fact.key.period(), fact.key.measure());
    let month = period.start.year() * 100 + i32::try_from(period.start.number()).ok()?;
    let small = [
        i32::try_from(fact.key.area()).ok()?,
        i32::try_from(fact.key.service()).ok()?,
        month,
        i32::from(period.day),
        i32::from(measure.code()?),
        i32::from(measure.is_additive()),
        i32::from(replaces),
        i32::from(source),
    ];
    Some(Row { small, value: i64::from(fact.count), turn: turn(block, fact.row)? })
}

enum Writer {
    Csv(BufWriter<File>),
    Parquet(Box<pl::BatchedWriter<File>>),
}

type Failure = Box<dyn std::error::Error>;

impl Writer {
    fn begin(path: &Path, dialect: Dialect) -> Result<Self> {
        let file = File::create(path).map_err(|error| not_written(path, &error))?;
        match dialect {
            Dialect::Postgresql => Ok(Self::Csv(BufWriter::with_capacity(1 << 20, file))),
            Dialect::Spark => {
                // Of all ways of packing the one that every reader of Parquet knows.
                let writer = ParquetWriter::new(file).with_compression(ParquetCompression::Snappy);
                let begun = frame(&[]).and_then(|empty| writer.batched(empty.schema()));
                Ok(Self::Parquet(Box::new(begun.map_err(|error| not_written(path, &error))?)))
            }
        }
    }

    fn write(&mut self, rows: &[Row]) -> std::result::Result<(), Failure> {
        match self {
            Self::Csv(file) => {
                let texts: Vec<Vec<u8>> = rows.par_chunks(ROWS).map(text).collect();
                texts.iter().try_for_each(|text| file.write_all(text))?;
            }
            Self::Parquet(_) if rows.is_empty() => {}
            Self::Parquet(writer) => writer.write_batch(&frame(rows)?)?,
        }
        Ok(())
    }

    fn finish(self) -> std::result::Result<(), Failure> {
        match self {
            Self::Csv(mut file) => file.flush()?,
            Self::Parquet(writer) => {
                writer.finish()?;
            }
        }
        Ok(())
    }
}

fn text(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 48);
    let mut number = itoa::Buffer::new();
    for row in rows {
        for small in row.small {
            out.extend_from_slice(number.format(small).as_bytes());
            out.push(b',');
        }
        out.extend_from_slice(number.format(row.value).as_bytes());
        out.push(b',');
        out.extend_from_slice(number.format(row.turn).as_bytes());
        out.push(b'\n');
    }
    out
}

fn frame(rows: &[Row]) -> PolarsResult<DataFrame> {
    let (small, large) = COLUMNS.split_at(8);
    let mut columns: Vec<pl::Column> = small
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells: Vec<i32> = rows.iter().map(|row| row.small[at]).collect();
            Series::new((*name).into(), cells).into_column()
        })
        .collect();
    let cells: [Vec<i64>; 2] = [rows.iter().map(|row| row.value).collect(), rows.iter().map(|row| row.turn).collect()];
    columns.extend(large.iter().zip(cells).map(|(name, cells)| Series::new((*name).into(), cells).into_column()));
    DataFrame::new(rows.len(), columns)
}
