//! A file as the ingest will see it, and what its cells look like.

use std::collections::BTreeSet;

use super::period::when;
use super::words::{self, Concept, is_derived, names};
use crate::Result;
use crate::domain::{parse_date, parse_period};
use crate::ingest::spec::{Format, SourceSpec};
use crate::ingest::{Fields, RowSink, is_total, read_records, trimmed};

/// A cell as the reader of its format hands it over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub text: String,
    pub number: Option<f64>,
}

/// The records of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    pub headers: Vec<String>,
    /// The records without sums and footnotes, each as wide as the header.
    pub rows: Vec<Vec<Cell>>,
    /// Sums and records with a single text.
    pub asides: usize,
    /// The line and the column names of a second table below.
    pub below: Option<(u64, String)>,
    /// The first column of a second table beside, behind an empty column and with keys of its own.
    pub beside: Option<usize>,
}

#[derive(Default)]
struct Collect {
    table: Table,
    /// The columns that hold numbers in the first records.
    numbers: Vec<bool>,
}

/// Records from which the columns of numbers are judged.
const JUDGED: usize = 30;

impl Collect {
    /// Whether `row` names columns anew: texts that name months, channels and the like where numbers stood.
    fn begins_anew(&self, row: &[Cell]) -> bool {
        let mut texts = row.iter().zip(&self.numbers).filter(|(cell, number)| **number && !cell.text.is_empty());
        let heading = |text: &str| {
            words::is_known(text) || words::stage(text).is_some() || is_derived(text) || when(text).is_some()
        };
        let filled = texts.clone().count();
        filled > 0
            && row.iter().filter(|cell| !cell.text.is_empty()).count() > 1
            && texts.all(|(cell, _)| {
                !numeric(cell) && !cell.text.ends_with('%') && !is_mark(&cell.text) && heading(&cell.text)
            })
    }
}

impl RowSink for Collect {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        self.table.headers = headers.to_vec();
        Ok(())
    }

    fn record(&mut self, _record: u64, line: u64, fields: &dyn Fields) {
        let width = self.table.headers.len();
        let cell = |at: usize| Cell { text: trimmed(fields.text(at)).to_owned(), number: fields.number(at) };
        let row: Vec<Cell> = (0..width).map(|at| if at < fields.len() { cell(at) } else { blank() }).collect();
        let mut filled = row.iter().filter(|cell| !cell.text.is_empty());
        let Some(first) = filled.next() else { return };
        let alone = width > 2 && filled.next().is_none();
        let headers_again = row.iter().zip(&self.table.headers).all(|(cell, header)| &cell.text == header);
        if alone || headers_again || (first.number.is_none() && is_total(&first.text)) {
            self.table.asides += 1;
            return;
        }
        if self.table.below.is_none() && self.begins_anew(&row) {
            let names: Vec<&str> = row.iter().map(|cell| cell.text.as_str()).filter(|text| !text.is_empty()).collect();
            self.table.below = Some((line, names.iter().take(6).copied().collect::<Vec<_>>().join(", ")));
        }
        self.table.rows.push(row);
        if self.table.rows.len() <= JUDGED {
            self.numbers = (0..width).map(|at| self.table.is_number(at)).collect();
        }
    }
}

fn blank() -> Cell {
    Cell { text: String::new(), number: None }
}

/// Reads `bytes` as `spec` declares.
pub(super) fn read(spec: &SourceSpec, format: Format, file: &str, bytes: &[u8]) -> Result<Table> {
    let mut collect = Collect::default();
    read_records(spec, file, format, bytes, &mut collect)?;
    let mut table = collect.table;
    table.beside = table.find_beside();
    Ok(table)
}

impl Table {
    /// The number of columns of the table itself.
    pub(super) fn width(&self) -> usize {
        self.beside.unwrap_or(self.headers.len())
    }

    fn find_beside(&self) -> Option<usize> {
        let keys = [Concept::AreaKey, Concept::AreaName, Concept::ServiceKey, Concept::ServiceName, Concept::Period];
        let is_key = |at: usize| keys.iter().any(|concept| names(&self.headers[at], *concept) > 1);
        let empty = |at: &usize| self.headers[*at].is_empty() && self.cells(*at).next().is_none();
        let gap = (2..self.headers.len()).filter(empty).find(|&gap| (gap + 1..self.headers.len()).any(is_key))?;
        (0..gap).any(is_key).then_some(gap + 1)
    }

    /// The filled cells of a column.
    pub(super) fn cells(&self, at: usize) -> impl Iterator<Item = &Cell> {
        self.rows.iter().filter_map(move |row| row.get(at)).filter(|cell| !cell.text.is_empty())
    }

    /// The distinct texts of a column.
    pub(super) fn distinct(&self, at: usize) -> BTreeSet<&str> {
        self.cells(at).map(|cell| cell.text.as_str()).collect()
    }

    /// Whether at least three quarters of the filled cells are so; `None` without any.
    pub(super) fn mostly(&self, at: usize, is: impl Fn(&Cell) -> bool) -> Option<bool> {
        let (all, fitting) = self.cells(at).fold((0, 0), |(all, fit), cell| (all + 1, fit + usize::from(is(cell))));
        (all > 0).then_some(fitting * 4 >= all * 3)
    }

    pub(super) fn is_number(&self, at: usize) -> bool {
        // A column of numbers may hold as many marks as numbers.
        let (all, fitting) = self
            .cells(at)
            .filter(|cell| !is_mark(&cell.text))
            .fold((0, 0), |(all, fit), cell| (all + 1, fit + usize::from(numeric(cell))));
        fitting > 0 && fitting * 4 >= all * 3
    }

    pub(super) fn is_unique(&self, at: usize) -> bool {
        self.distinct(at).len() == self.rows.len()
    }
}

/// Whether a cell is a number in whatever notation; dates and percentages are none.
pub(super) fn numeric(cell: &Cell) -> bool {
    cell.number.is_some() || (is_numeral(&cell.text) && !is_dotted_time(&cell.text))
}

/// `01.2025` and `03.01.2025` look like numbers and say when.
pub(super) fn is_dotted_time(text: &str) -> bool {
    text.contains('.') && (parse_date(text).is_ok() || parse_period(text, None).is_ok())
}

/// The whole number of a cell in whatever notation of thousands.
pub(super) fn whole(cell: &Cell) -> Option<f64> {
    let digits: String = cell.text.chars().filter(char::is_ascii_digit).collect();
    cell.number.or_else(|| digits.parse().ok())
}

/// Whether a cell is a number with a fraction in either notation.
pub(super) fn is_fraction(cell: &Cell) -> bool {
    match cell.number {
        Some(number) => number.fract() != 0.0,
        None => {
            let behind = cell.text.rsplit_once(['.', ',']).map_or("", |(_, behind)| behind);
            numeric(cell) && (1..=2).contains(&behind.len()) && behind.bytes().any(|b| b != b'0')
        }
    }
}

pub(super) fn is_numeral(text: &str) -> bool {
    let body = text.strip_prefix(['-', '\u{2212}']).unwrap_or(text);
    let sign = |c: char| matches!(c, '.' | ',' | ' ' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}');
    body.starts_with(|c: char| c.is_ascii_digit())
        && body.ends_with(|c: char| c.is_ascii_digit())
        && body.chars().all(|c| c.is_ascii_digit() || sign(c))
}

pub(super) fn is_period(cell: &Cell) -> bool {
    when(&cell.text).is_some() || is_slashed(&cell.text)
}

/// `03/04/2025`: nobody can tell the day from the month.
pub(super) fn is_slashed(text: &str) -> bool {
    slashed(text).is_some()
}

/// The first two numbers of `03/04/2025`.
pub(super) fn slashed(text: &str) -> Option<(u32, u32)> {
    let date = text.split(' ').next()?;
    let [first, second, year] = date.split('/').collect::<Vec<_>>()[..] else { return None };
    let number = |part: &str| part.parse::<u32>().ok().filter(|n| *n > 0 && part.len() <= 2);
    (year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit())).then_some(())?;
    Some((number(first)?, number(second)?))
}

pub(super) fn is_date(cell: &Cell) -> bool {
    parse_date(&cell.text).is_ok() || is_slashed(&cell.text)
}

pub(super) fn is_month(cell: &Cell) -> bool {
    parse_period(&cell.text, None).is_ok_and(|period| period.months <= 12)
}

/// Digits of an AGS or ARS, with or without the leading zero that Excel takes away.
pub(super) fn is_area_key(cell: &Cell) -> bool {
    let digits = cell.text.bytes().filter(u8::is_ascii_digit).count();
    matches!(digits, 7 | 8 | 11 | 12) && cell.text.bytes().all(|b| b.is_ascii_digit() || b == b' ')
}

/// A text that stands in a column of numbers in place of one.
pub(super) fn is_mark(text: &str) -> bool {
    let plain = words::plain(text);
    let spelled = ["keine angabe", "keine angaben", "nicht geliefert", "no data", "nicht verfügbar", "not available"];
    // `< 3`: so few that the number is not told.
    let few = text.strip_prefix('<').is_some_and(|rest| rest.trim().parse::<u32>().is_ok());
    let symbol = text.chars().count() <= 3 && !text.contains(|c: char| c.is_alphanumeric());
    symbol
        || few
        || spelled.contains(&plain.as_str())
        || matches!(plain.as_str(), "x" | "k a" | "ka" | "n a" | "na" | "nd" | "n v" | "nv" | "entf" | "entfällt")
}

/// Whether a mark says by its words that no number was delivered.
pub(super) fn says_missing(text: &str) -> bool {
    let plain = words::plain(text);
    ["k a", "keine angabe", "keine angaben", "nicht geliefert", "no data"].contains(&plain.as_str())
}
