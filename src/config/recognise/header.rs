//! Where the column names stand: below titles and blank lines, in one row or in several.

use super::period::when;
use super::sample::Sample;
use super::words::{is_known, is_total};
use crate::domain::{Label, say};

/// The rows with the column names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// First row, from 1.
    pub row: u32,
    /// Number of rows.
    pub rows: u32,
    /// The texts above it.
    pub titles: Vec<String>,
    /// Records behind it that are sums or hold a single text.
    pub asides: usize,
}

impl Header {
    /// The comment on how the file is laid out; none where there is nothing to say.
    pub fn note(&self) -> Option<Label> {
        let (row, rows) = (self.row, self.rows);
        let titles = self.titles.first().map(|title| title.chars().take(60).collect::<String>());
        let place = match (rows, titles) {
            (1, None) if row == 1 => return None,
            (1, None) => say!("Spaltennamen in Zeile {row}", "column names in row {row}"),
            (1, Some(title)) => say!(
                "Spaltennamen in Zeile {row}; darüber steht „{title}“",
                "column names in row {row}; above stands \"{title}\""
            ),
            (_, _) => say!(
                "Spaltennamen in {rows} Zeilen ab Zeile {row}, von oben nach unten zusammengesetzt",
                "column names in {rows} rows from row {row} on, joined from top to bottom"
            ),
        };
        Some(place)
    }
}

/// How many rows from the top are considered.
const SEARCHED: usize = 40;

fn is_number(cell: &str) -> bool {
    let year = cell.len() == 4 && (cell.starts_with("19") || cell.starts_with("20"));
    let mut digits = cell.chars().filter(|c| !matches!(c, '.' | ',' | '-' | ' ' | '\u{a0}' | '%')).peekable();
    !year && digits.peek().is_some() && digits.all(|c| c.is_ascii_digit()) && when(cell).is_none()
}

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.is_empty()).count()
}

fn names(row: &[String]) -> usize {
    row.iter().filter(|cell| is_known(cell) || when(cell).is_some()).count()
}

/// The header of a sheet; `None` if no row looks like one.
pub(super) fn find(sample: &Sample) -> Option<Header> {
    let rows: Vec<&[String]> = sample.rows.iter().map(|(_, row)| row.as_slice()).collect();
    let width = rows.iter().map(|row| filled(row)).max()?;
    let candidate = |at: usize| {
        let row = rows[at];
        let all_time = row.iter().filter(|cell| !cell.is_empty()).all(|cell| when(cell).is_some());
        let texts = filled(row) >= 2.min(width) && !row.iter().any(|cell| is_number(cell));
        texts && (names(row) > 0 || filled(row) * 2 >= width) && !(all_time && filled(row) < 2)
    };
    let candidates = (0..rows.len().min(SEARCHED)).filter(|&at| candidate(at));
    let best = candidates.map(|at| (names(rows[at]), at)).reduce(|a, b| if b.0 > a.0 { b } else { a })?.1;
    let (mut first, mut last) = (best, best);
    while first > 0 && continues_above(rows[first - 1], rows[first]) && adjacent(sample, first - 1) {
        first -= 1;
    }
    while last + 1 < rows.len() && continues_below(rows[last], rows[last + 1]) && adjacent(sample, last) {
        last += 1;
    }
    let titles = rows[..first].iter().flat_map(|row| row.iter()).filter(|cell| !cell.is_empty());
    let aside = |row: &&&[String]| filled(row) == 1 && width > 2 || row.iter().any(|cell| is_total(cell));
    Some(Header {
        row: sample.rows[first].0,
        rows: u32::try_from(last - first + 1).unwrap_or(1),
        titles: titles.filter(|cell| !cell.to_lowercase().starts_with("sep=")).cloned().collect(),
        asides: rows[last + 1..].iter().filter(aside).count(),
    })
}

fn adjacent(sample: &Sample, at: usize) -> bool {
    sample.rows[at + 1].0 == sample.rows[at].0 + 1
}

/// A row of months or channels over several columns each: gaps stand for merged cells, and the
/// names below repeat.
fn continues_above(above: &[String], below: &[String]) -> bool {
    let mut seen: Vec<&String> = below.iter().filter(|cell| !cell.is_empty()).collect();
    let count = seen.len();
    seen.sort();
    seen.dedup();
    let repeats = seen.len() < count;
    let grouping = above.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
    let over_gaps = grouping.clone().any(|(at, _)| above.get(at + 1).is_none_or(String::is_empty));
    let meaning = grouping.filter(|(at, cell)| *at > 0 && (is_known(cell) || when(cell).is_some())).count();
    let numbers = above.iter().any(|cell| is_number(cell));
    let without_year = below.iter().any(|cell| matches!(when(cell), Some(super::period::When::WithoutYear(_))));
    !numbers && over_gaps && meaning > 0 && (repeats || without_year || filled(above) > 1)
}

/// A second row of names below the gaps of the first.
fn continues_below(above: &[String], below: &[String]) -> bool {
    let gaps = (0..below.len()).filter(|&at| above.get(at).is_none_or(String::is_empty));
    let fills_gaps = gaps.clone().any(|at| below.get(at).is_some_and(|cell| !cell.is_empty()));
    let texts = !below.iter().any(|cell| is_number(cell)) && filled(below) >= 2;
    // The keys of a record would stand in its first column.
    let no_key = below.first().is_none_or(String::is_empty);
    fills_gaps && texts && no_key && names(below) * 2 >= filled(below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::spec::{Dialect, Format};

    fn header(text: &str) -> Option<Header> {
        let rows = (1..).zip(text.lines().map(|line| line.split(';').map(|c| c.trim().to_owned()).collect()));
        let rows = rows.filter(|(_, row): &(u32, Vec<String>)| filled(row) > 0).collect();
        let dialect = Dialect::default();
        find(&Sample { sheet: None, format: Format::Csv, state_format: false, dialect, notes: Vec::new(), rows })
    }

    fn place(text: &str) -> (u32, u32) {
        let header = header(text).unwrap();
        (header.row, header.rows)
    }

    #[test]
    fn titles_and_blank_lines_are_above_the_header() {
        assert_eq!(place("AGS;Monat;Anzahl\n99001001;2025-01;5"), (1, 1));
        assert_eq!(place("Fallzahlen\nStand: 1.2.2025\n\nAGS;Monat;Anzahl\n99001001;2025-01;5"), (4, 1));
        assert_eq!(place("Leistung;Januar 2025;Februar 2025\nAusweis;3;4"), (1, 1));
        assert_eq!(place("Antragsnummer;Eingangsdatum;Status\nA-1;03.01.2025;erledigt\nA-2;04.01.2025;offen"), (1, 1));
        assert_eq!(header("1;2;3\n4;5;6"), None);
    }

    #[test]
    fn merged_names_are_one_header_of_several_rows() {
        let two = "AGS;Ort;2024;;2025;\n;;online;Papier;online;Papier\n99001001;A;1;2;3;4";
        assert_eq!(place(two), (1, 2));
        let above = "Titel\n;;Januar 2025;;Februar 2025;\nAGS;Ort;online;Papier;online;Papier\n99001001;A;1;2;3;4";
        assert_eq!(place(above), (2, 2));
        let three = ";2025;;;\n;Januar;;Februar;\nAGS;online;Papier;online;Papier\n99001001;1;2;3;4";
        assert_eq!(place(three), (1, 3));
    }
}
