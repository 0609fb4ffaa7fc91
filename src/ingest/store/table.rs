//! The facts of a file as Parquet: what a record said, where it stands, and in which of three ways it is kept.
//!
//! Row groups of plain facts come first, in the order of the file; then other counts of use, then votes.
//! `line_ahead` says by how many the line of a record is ahead of its number: the same for nearly all records
//! of a file, which takes no room.

use std::fs::{self, File};
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

use chrono::{Datelike, Days, NaiveDate};
use polars::io::parquet::write::StatisticsOptions;
use polars::prelude::{
    self as pl, Column, DataFrame, DataType, IntoColumn, NamedFrom, NewChunkedArray, ParallelStrategy,
    ParquetCompression, ParquetReader, ParquetWriter, PolarsResult, SerReader, Series, StringChunked,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::disk;
use crate::domain::{CellState, Month, Period, say};
use crate::ingest::bulk::words::Words;
pub(super) use crate::ingest::facts::measures;
use crate::ingest::facts::{Evidence, FactBlock, FactKey, LooseFact, PlainFact};
use crate::ingest::hex;
use crate::ingest::kinds::feedback::Vote;
use crate::ingest::kinds::usage::FIELDS;
use crate::ingest::lanes::Lanes;
use crate::ingest::part::{Numbers, Reading};
use crate::ingest::records::{Fact, FeedbackPlace, Measure, Scale};
use crate::{Error, Result};

/// Rows of a row group, or more: blocks of plain facts are not divided.
const GROUP: usize = if cfg!(test) { 8 } else { 1 << 18 };
/// Row groups that are prepared at a time: bounds the memory.
const WAVE: usize = 4;
/// What a record says beyond its number: the texts of its fields, and two headers.
const HEADERS: [&str; 2] = ["count_column", "period_column"];

/// A Parquet file of facts: what it holds, and what tells that it is whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    bytes: u64,
    sha256: String,
    /// Row groups of each way.
    plain: usize,
    loose: usize,
    votes: usize,
}

/// The readable name of what is counted.
pub(super) fn measure_id(measure: Measure) -> String {
    match measure {
        Measure::Count(stage, channel) => format!("{}.{}", stage.id(), channel.id()),
        Measure::Feedback(place, scale, answer) => {
            let place = if place == FeedbackPlace::Page { "page" } else { "form_end" };
            let scale = match scale {
                Scale::Binary => "binary",
                Scale::ThreeWay => "three_way",
                Scale::Stars => "stars",
            };
            format!("{place}.{scale}.{answer}")
        }
        Measure::Comments => "comments".to_owned(),
        // Of another kind of source, whose files are not kept.
        Measure::Work(..) => "work".to_owned(),
    }
}

/// Fields of a count of use whose texts are kept.
fn said_fields() -> impl Iterator<Item = (usize, String)> {
    let fields = FIELDS.iter().enumerate().filter(|(_, field)| !field.free_text);
    fields.map(|(at, field)| (at, format!("said_{}", field.name)))
}

/// Writes the facts of a file; `None`, and no file, if there are none.
pub(super) fn save(path: &Path, reading: &Reading<'_>, numbers: &Numbers) -> Result<Option<Table>> {
    let groups: Vec<Group<'_>> = Group::all(numbers).collect();
    if groups.is_empty() {
        return Ok(None);
    }
    let count = |wanted: fn(&Group<'_>) -> bool| groups.iter().filter(|group| wanted(group)).count();
    let failed = |error: pl::PolarsError| {
        Error::internal(say!(
            "{}: Parquet kann nicht geschrieben werden: {error}",
            "{}: cannot write Parquet: {error}",
            path.display()
        ))
    };
    let names = Names::new(reading);
    let (bytes, sha256) = disk::write_with(path, |file| {
        let mut counted = Counted { file: BufWriter::new(file), hash: Sha256::new(), bytes: 0 };
        write(&mut counted, &groups, &names).map_err(failed)?;
        counted.file.flush().map_err(|error| disk::failed(path, &error))?;
        Ok((counted.bytes, hex(counted.hash)))
    })?;
    Ok(Some(Table {
        bytes,
        sha256,
        plain: count(|group| matches!(group, Group::Plain(_))),
        loose: count(|group| matches!(group, Group::Loose(_))),
        votes: count(|group| matches!(group, Group::Votes(_))),
    }))
}

fn write(file: &mut Counted<'_>, groups: &[Group<'_>], names: &Names<'_>) -> PolarsResult<()> {
    let schema = Rows::default().frame()?.schema().clone();
    let writer = ParquetWriter::new(file)
        .with_compression(ParquetCompression::Snappy)
        .with_statistics(StatisticsOptions::empty())
        .batched(&schema)?;
    for wave in groups.chunks(WAVE) {
        let encoded: Vec<PolarsResult<Vec<_>>> = wave
            .par_iter()
            .map(|group| writer.encode_and_compress(&group.rows(names).frame()?).collect::<PolarsResult<Vec<_>>>())
            .collect();
        for group in encoded {
            writer.write_row_groups(group?)?;
        }
    }
    writer.finish()?;
    Ok(())
}

/// What is written, counted and hashed.
struct Counted<'a> {
    file: BufWriter<&'a mut File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The texts of numbers.
struct Names<'a> {
    areas: Vec<&'a str>,
    services: Vec<&'a str>,
    measures: Vec<(Measure, String)>,
}

impl<'a> Names<'a> {
    fn new(reading: &'a Reading<'_>) -> Self {
        let areas = (0..).take(reading.register.ids()).map(|id| reading.register.area(id).key.as_str());
        Self {
            areas: areas.collect(),
            services: reading.catalogue.services().iter().map(|service| service.key.as_str()).collect(),
            measures: measures().map(|measure| (measure, measure_id(measure))).collect(),
        }
    }

    fn measure(&self, measure: Measure) -> &str {
        self.measures.iter().find(|(known, _)| *known == measure).map_or("", |(_, id)| id)
    }
}

/// What becomes one row group.
enum Group<'a> {
    Plain(&'a [FactBlock]),
    Loose(&'a [LooseFact]),
    Votes(&'a [Vote]),
}

impl<'a> Group<'a> {
    fn all(numbers: &'a Numbers) -> impl Iterator<Item = Self> {
        let mut rest = numbers.blocks.as_slice();
        let plain = std::iter::from_fn(move || {
            let mut rows = 0;
            let more = |block: &FactBlock| {
                let room = rows < GROUP;
                rows += block.facts.len();
                room
            };
            let blocks = rest.iter().map(more).take_while(|more| *more).count();
            let (group, behind) = rest.split_at(blocks);
            rest = behind;
            (!group.is_empty()).then_some(group)
        });
        let plain = plain.filter(|blocks| blocks.iter().any(|block| !block.facts.is_empty()));
        plain
            .map(Group::Plain)
            .chain(numbers.loose.chunks(GROUP).map(Group::Loose))
            .chain(numbers.votes.chunks(GROUP).map(Group::Votes))
    }

    fn rows<'n>(&self, names: &'n Names<'_>) -> Rows<'n>
    where
        'a: 'n,
    {
        let mut out = Rows::default();
        match *self {
            Group::Plain(blocks) => {
                for block in blocks {
                    let mut facts: Vec<PlainFact> = block.facts.iter().collect();
                    // Stable: of one record a vote comes before its comment.
                    facts.sort_by_key(|fact| fact.row);
                    for fact in facts {
                        let (record, line) = block.place(fact.row);
                        out.push(names, &fact.fact(0), record, line);
                    }
                }
            }
            Group::Loose(facts) => {
                for loose in facts {
                    out.push(names, &loose.fact, loose.record, loose.line);
                    out.entries.push(loose.entry);
                    out.weekly.push(loose.weekly);
                    out.said.push(loose.evidence.as_deref());
                }
            }
            Group::Votes(votes) => {
                for vote in votes {
                    out.push(names, &vote.fact, 0, 0);
                    out.commented.push(vote.commented);
                    out.comments.push(&vote.comment);
                }
            }
        }
        out
    }
}

/// The rows of a row group, column by column. Columns that the group has no use for stay empty.
#[derive(Default)]
struct Rows<'a> {
    areas: Vec<&'a str>,
    services: Vec<&'a str>,
    periods: Vec<i32>,
    months: Vec<u32>,
    measures: Vec<&'a str>,
    states: Vec<&'a str>,
    values: Vec<i64>,
    records: Vec<Option<u32>>,
    ahead: Vec<Option<i64>>,
    entries: Vec<u32>,
    weekly: Vec<bool>,
    said: Vec<Option<&'a Evidence>>,
    commented: Vec<bool>,
    comments: Vec<&'a str>,
    /// The last period and its day.
    period: Option<(Period, i32)>,
    /// The last measure and its name.
    measure: Option<(Measure, &'a str)>,
}

impl<'a> Rows<'a> {
    fn push(&mut self, names: &'a Names<'_>, fact: &Fact, record: u64, line: u64) {
        self.areas.push(names.areas[fact.area as usize]);
        self.services.push(names.services[fact.service as usize]);
        let (period, measure) = (fact.period, fact.measure);
        let day = match self.period {
            Some((known, day)) if known == period => day,
            _ => first_day(period),
        };
        let id = match self.measure {
            Some((known, id)) if known == measure => id,
            _ => names.measure(measure),
        };
        (self.period, self.measure) = (Some((period, day)), Some((measure, id)));
        self.periods.push(day);
        self.months.push(if period.day > 0 { 0 } else { period.months.into() });
        self.measures.push(id);
        self.states.push(fact.state.id());
        self.values.push(fact.value);
        // No file has more; if one had, its fragment would not be taken for whole.
        self.records.push(u32::try_from(record).ok().filter(|record| *record > 0));
        let ahead = || Some(i64::try_from(line).ok()? - i64::try_from(record).ok()?);
        self.ahead.push(if line > 0 { ahead() } else { None });
    }

    fn frame(&self) -> PolarsResult<DataFrame> {
        let height = self.areas.len();
        let texts = |name: &str, texts: &[&str]| StringChunked::from_iter_values(name.into(), texts.iter().copied());
        let some = |column: Series| {
            let (name, dtype) = (column.name().clone(), column.dtype().clone());
            if column.len() == height { column } else { Series::full_null(name, height, &dtype) }
        };
        let mut columns: Vec<Column> = vec![
            texts("area", &self.areas).into_column(),
            texts("service", &self.services).into_column(),
            Series::new("period".into(), &self.periods).cast(&DataType::Date)?.into_column(),
            Series::new("months".into(), &self.months).into_column(),
            texts("measure", &self.measures).into_column(),
            texts("state", &self.states).into_column(),
            Series::new("value".into(), &self.values).into_column(),
            Series::new("record".into(), &self.records).into_column(),
            Series::new("line_ahead".into(), &self.ahead).into_column(),
            some(Series::new("entry".into(), &self.entries)).into_column(),
            some(Series::new("weekly".into(), &self.weekly)).into_column(),
            some(Series::new("commented".into(), &self.commented)).into_column(),
            some(Series::new("comment".into(), &self.comments)).into_column(),
        ];
        for (at, name) in said_fields() {
            let said = |said: &Option<&'a Evidence>| said.and_then(|said| said.texts.get(at)).map(String::as_str);
            let cells: Vec<Option<&str>> = self.said.iter().map(said).collect();
            columns.push(some(Series::new(name.into(), cells)).into_column());
        }
        for (at, name) in HEADERS.into_iter().enumerate() {
            let cells: Vec<Option<&str>> =
                self.said.iter().map(|said| Some(said.as_ref()?.columns[at].as_str())).collect();
            columns.push(some(Series::new(name.into(), cells)).into_column());
        }
        DataFrame::new(height, columns)
    }
}

/// The day, or the first day of the first month, in days since 1970.
fn first_day(period: Period) -> i32 {
    let first = period.start.first_day();
    let day = first.checked_add_days(Days::new(u64::from(period.day.saturating_sub(1))));
    day.unwrap_or(first).to_epoch_days()
}

fn period(day: i32, months: u32) -> Option<Period> {
    let date = NaiveDate::from_epoch_days(day)?;
    match months {
        0 => Some(Period::of_day(date)),
        months if date.day() == 1 => Some(Period::span(Month::of(date), u16::try_from(months).ok()?)),
        _ => None,
    }
}

/// The facts of [`save`], as reading the file would have them. The error says what is wrong with the Parquet file.
pub(super) fn load(path: &Path, table: &Table, reading: &Reading<'_>) -> std::result::Result<Numbers, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    if bytes.len() as u64 != table.bytes || hex(Sha256::new_with_prefix(&bytes)) != table.sha256 {
        return Err("another Parquet file".to_owned());
    }
    let mut reader = ParquetReader::new(Cursor::new(&bytes));
    let metadata = reader.get_metadata().map_err(|error| error.to_string())?.clone();
    let mut start = 0;
    let slices: Vec<(usize, usize)> = metadata
        .row_groups
        .iter()
        .map(|group| {
            let slice = (start, group.num_rows());
            start += group.num_rows();
            slice
        })
        .collect();
    if slices.len() != table.plain + table.loose + table.votes {
        return Err("row groups are missing".to_owned());
    }
    let group = |slice: (usize, usize), columns: Vec<String>| {
        let mut reader = ParquetReader::new(Cursor::new(&bytes));
        reader.set_metadata(metadata.clone());
        let reader = reader.read_parallel(ParallelStrategy::None).with_columns(Some(columns));
        reader.with_slice(Some(slice)).finish()
    };
    let words = Vocabulary::new(reading);
    let wrong = |error: pl::PolarsError| error.to_string();
    let mut out = Numbers::default();
    let (plain, rest) = slices.split_at(table.plain);
    let blocks: std::result::Result<Vec<FactBlock>, String> = plain
        .par_iter()
        .map(|&slice| block(&group(slice, named(&PLAIN)).map_err(wrong)?, reading, &words).map_err(wrong))
        .collect();
    out.blocks = blocks?;
    let (loose, votes) = rest.split_at(table.loose);
    let said = said_fields().map(|(_, name)| name).chain(named(&HEADERS));
    let columns: Vec<String> = named(&PLAIN).into_iter().chain(named(&["entry", "weekly"])).chain(said).collect();
    let parts: std::result::Result<Vec<Vec<LooseFact>>, String> = loose
        .par_iter()
        .map(|&slice| loose_facts(&group(slice, columns.clone()).map_err(wrong)?, reading, &words).map_err(wrong))
        .collect();
    out.loose = parts?.into_iter().flatten().collect();
    let columns: Vec<String> = named(&PLAIN).into_iter().chain(named(&["commented", "comment"])).collect();
    for &slice in votes {
        let frame = group(slice, columns.clone()).map_err(wrong)?;
        out.votes.extend(votes_of(&frame, reading, &words).map_err(wrong)?);
    }
    Ok(out)
}

/// Columns of every row.
const PLAIN: [&str; 9] = ["area", "service", "period", "months", "measure", "state", "value", "record", "line_ahead"];

fn named(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|&column| column.to_owned()).collect()
}

/// The numbers of texts.
struct Vocabulary {
    areas: Words,
    services: Words,
    measures: Vec<(String, Measure)>,
}

impl Vocabulary {
    fn new(reading: &Reading<'_>) -> Self {
        let areas = (0..).take(reading.register.ids()).map(|id| (reading.register.area(id).key.as_str(), id));
        let services = reading.catalogue.services().iter().map(|service| service.key.as_str()).zip(0..);
        Self {
            areas: Words::of(areas),
            services: Words::of(services),
            measures: measures().map(|measure| (measure_id(measure), measure)).collect(),
        }
    }
}

fn strange() -> pl::PolarsError {
    pl::PolarsError::ComputeError("a row says what cannot be".into())
}

/// Rows, column by column.
struct Decoded {
    areas: Vec<u32>,
    services: Vec<u32>,
    periods: Vec<Period>,
    measures: Vec<Measure>,
    states: Vec<CellState>,
    values: Vec<i64>,
    records: Vec<u64>,
    lines: Vec<u64>,
}

impl Decoded {
    fn new(frame: &DataFrame, words: &Vocabulary) -> PolarsResult<Self> {
        let mut known: Vec<(String, Measure)> = Vec::new();
        let measure = |text: &str| match known.iter().find(|(id, _)| id == text) {
            Some((_, measure)) => Some(*measure),
            None => {
                let found = words.measures.iter().find(|(id, _)| id == text)?;
                known.push(found.clone());
                Some(found.1)
            }
        };
        let days = frame.column("period")?.cast(&DataType::Int32)?;
        let mut periods: Vec<Period> = Vec::with_capacity(frame.height());
        let mut last = None;
        for when in days.i32()?.iter().zip(frame.column("months")?.u32()?.iter()) {
            match (when, periods.last().copied()) {
                (when, Some(period)) if last == Some(when) => periods.push(period),
                ((Some(day), Some(months)), _) => periods.push(period(day, months).ok_or_else(strange)?),
                _ => return Err(strange()),
            }
            last = Some(when);
        }
        let values = frame.column("value")?.i64()?.iter().map(|value| value.ok_or_else(strange));
        let records: Vec<u64> =
            frame.column("record")?.u32()?.iter().map(|record| record.unwrap_or(0).into()).collect();
        let ahead = frame.column("line_ahead")?.i64()?;
        let line = |(record, ahead): (&u64, Option<i64>)| match ahead {
            None => Ok(0),
            Some(ahead) => record.checked_add_signed(ahead).ok_or_else(strange),
        };
        let lines = records.iter().zip(ahead.iter()).map(line);
        Ok(Self {
            areas: numbers_of(frame, "area", |text| words.areas.get(text.as_bytes()))?,
            services: numbers_of(frame, "service", |text| words.services.get(text.as_bytes()))?,
            periods,
            measures: numbers_of(frame, "measure", measure)?,
            states: numbers_of(frame, "state", |text| CellState::ALL.into_iter().find(|state| state.id() == text))?,
            values: values.collect::<PolarsResult<_>>()?,
            lines: lines.collect::<PolarsResult<_>>()?,
            records,
        })
    }

    fn fact(&self, at: usize, source: u16) -> Fact {
        Fact {
            area: self.areas[at],
            service: self.services[at],
            period: self.periods[at],
            measure: self.measures[at],
            state: self.states[at],
            value: self.values[at],
            source,
        }
    }
}

/// What the texts of a column stand for; neighbours are often the same.
fn numbers_of<T: Copy>(
    frame: &DataFrame,
    column: &str,
    mut find: impl FnMut(&str) -> Option<T>,
) -> PolarsResult<Vec<T>> {
    let texts = frame.column(column)?.str()?;
    let mut out = Vec::with_capacity(texts.len());
    let mut last: Option<(&str, T)> = None;
    for text in texts.iter() {
        let text = text.ok_or_else(strange)?;
        let number = match last {
            Some((known, number)) if known == text => number,
            _ => find(text).ok_or_else(strange)?,
        };
        last = Some((text, number));
        out.push(number);
    }
    Ok(out)
}

/// Plain facts as one block, whose first row is that of the first fact.
fn block(frame: &DataFrame, reading: &Reading<'_>, words: &Vocabulary) -> PolarsResult<FactBlock> {
    let rows = Decoded::new(frame, words)?;
    let (Some(&first_record), Some(&first_line)) = (rows.records.first(), rows.lines.first()) else {
        return Err(strange());
    };
    let plain = |at: usize| {
        let row = u32::try_from(rows.records[at].checked_sub(first_record)?).ok()?;
        let key = FactKey::of(rows.areas[at], rows.services[at], rows.periods[at], rows.measures[at])?;
        let plain = rows.states[at] == CellState::Observed && rows.records[at] > 0;
        Some(PlainFact { key, count: u32::try_from(rows.values[at]).ok()?, row }).filter(|_| plain)
    };
    let facts = (0..frame.height()).map(|at| plain(at).ok_or_else(strange)).collect::<PolarsResult<Vec<_>>>()?;
    let in_step = |(fact, line): (&PlainFact, &u64)| *line == first_line + u64::from(fact.row);
    let lines = if first_line == 0 || facts.iter().zip(&rows.lines).all(in_step) {
        None
    } else {
        let mut lines = vec![0; facts.last().map_or(0, |fact| fact.row as usize + 1)];
        for (fact, line) in facts.iter().zip(&rows.lines) {
            let ahead = line.checked_sub(first_line).and_then(|ahead| u32::try_from(ahead).ok());
            *lines.get_mut(fact.row as usize).ok_or_else(strange)? = ahead.ok_or_else(strange)?;
        }
        Some(lines)
    };
    let facts = reading.shelf.put(Lanes::group(&facts, reading.split));
    let facts = facts.map_err(|error| pl::PolarsError::ComputeError(error.to_string().into()))?;
    let (source, file) = (reading.source, reading.number);
    Ok(FactBlock { source, file, first_record, first_line, lines, facts })
}

fn loose_facts(frame: &DataFrame, reading: &Reading<'_>, words: &Vocabulary) -> PolarsResult<Vec<LooseFact>> {
    let rows = Decoded::new(frame, words)?;
    let (entries, weekly) = (frame.column("entry")?.u32()?, frame.column("weekly")?.bool()?);
    let mut said = Vec::new();
    for (at, name) in said_fields() {
        said.push((at, frame.column(&name)?.str()?));
    }
    let headers = [frame.column(HEADERS[0])?.str()?, frame.column(HEADERS[1])?.str()?];
    let loose = |at: usize| {
        let mut texts = vec![String::new(); FIELDS.len()];
        for (field, cells) in &said {
            texts[*field] = cells.get(at)?.to_owned();
        }
        let columns = [headers[0].get(at)?.to_owned(), headers[1].get(at)?.to_owned()];
        Some(LooseFact {
            fact: rows.fact(at, reading.source),
            additive: false,
            weekly: weekly.get(at)?,
            file: reading.number,
            record: Some(rows.records[at]).filter(|record| *record > 0)?,
            entry: entries.get(at)?,
            line: rows.lines[at],
            evidence: Some(Box::new(Evidence { texts, columns })),
        })
    };
    (0..frame.height()).map(|at| loose(at).ok_or_else(strange)).collect()
}

fn votes_of(frame: &DataFrame, reading: &Reading<'_>, words: &Vocabulary) -> PolarsResult<Vec<Vote>> {
    let rows = Decoded::new(frame, words)?;
    let (commented, comments) = (frame.column("commented")?.bool()?, frame.column("comment")?.str()?);
    let vote = |at: usize| {
        let Measure::Feedback(place, scale, answer) = rows.measures[at] else { return None };
        let (commented, comment) = (commented.get(at)?, comments.get(at)?.to_owned());
        Some(Vote { fact: rows.fact(at, reading.source), place, scale, answer, commented, comment })
    };
    (0..frame.height()).map(|at| vote(at).ok_or_else(strange)).collect()
}
