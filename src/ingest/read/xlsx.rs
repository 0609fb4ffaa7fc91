use std::io::Cursor;

use calamine::{Data, Range, Reader, open_workbook_auto_from_rs};

use super::{Fields, RowSink};
use crate::domain::say;
use crate::ingest::spec::SourceSpec;
use crate::{Error, Result};

#[derive(Default)]
struct Row {
    texts: Vec<String>,
    numbers: Vec<Option<f64>>,
}

impl Fields for Row {
    fn len(&self) -> usize {
        self.texts.len()
    }

    fn text(&self, at: usize) -> &str {
        self.texts.get(at).map_or("", String::as_str)
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.numbers.get(at).copied().flatten()
    }
}

pub(super) fn read(spec: &SourceSpec, file: &str, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
            .hint(say!("Die Arbeitsmappe noch einmal anfordern.", "ask the sender for the workbook again")));
    }
    let range = sheet(spec, file, bytes)?;
    let first_row = range.start().map_or(0, |(row, _)| row);
    let width = range.width();
    let wanted = spec.header_row.saturating_sub(1);
    let skip = wanted.saturating_sub(first_row) as usize;
    let mut rows = range.rows().skip(skip);
    let Some(header) = rows.next() else {
        return Err(Error::input(say!(
            "{file}: Es gibt keine Zeile {} für die Spaltennamen",
            "{file}: there is no row {} for the column names",
            spec.header_row
        ))
        .hint(say!("`header_row` und `sheet` der Quelle prüfen.", "check `header_row` and `sheet` of the source")));
    };
    let headers: Vec<String> = header.iter().map(|cell| cell_text(cell).0.trim().to_owned()).collect();
    sink.columns(&headers)?;
    let mut row = Row::default();
    let mut record = 0;
    for (index, cells) in rows.enumerate() {
        if cells.iter().all(|cell| matches!(cell, Data::Empty)) {
            continue;
        }
        row.texts.clear();
        row.numbers.clear();
        for cell in cells.iter().take(width) {
            let (text, number) = cell_text(cell);
            row.texts.push(text);
            row.numbers.push(number);
        }
        record += 1;
        let line = u64::from(first_row) + (skip + 1 + index) as u64 + 1;
        sink.record(record, line, &row);
    }
    Ok(())
}

fn sheet(spec: &SourceSpec, file: &str, bytes: &[u8]) -> Result<Range<Data>> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Error::input(say!(
            "{file}: Die Arbeitsmappe kann nicht gelesen werden: {error}",
            "{file}: the workbook cannot be read: {error}"
        ))
        .hint(say!(
            "In Excel oder LibreOffice öffnen und erneut als .xlsx speichern; ein Kennwort muss entfernt werden.",
            "open it in Excel or LibreOffice and save it again as .xlsx; a password must be removed"
        ))
    };
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|e| unreadable(&e))?;
    let names = book.sheet_names();
    let name = match &spec.sheet {
        None => names.first().cloned().ok_or_else(|| {
            Error::input(say!("{file}: Die Arbeitsmappe hat kein Tabellenblatt", "{file}: the workbook has no sheet"))
        })?,
        Some(wanted) if names.contains(wanted) => wanted.clone(),
        Some(wanted) => {
            return Err(Error::input(say!(
                "{file}: Es gibt kein Tabellenblatt „{wanted}“",
                "{file}: there is no sheet \"{wanted}\""
            ))
            .hint(say!("Die Arbeitsmappe enthält: {}", "the workbook has: {}", names.join(", "))));
        }
    };
    let range = book.worksheet_range(&name).map_err(|e| unreadable(&e))?;
    if range.is_empty() {
        return Err(Error::input(say!(
            "{file}: Das Tabellenblatt „{name}“ ist leer",
            "{file}: sheet \"{name}\" is empty"
        ))
        .hint(say!("Die Arbeitsmappe enthält: {}", "the workbook has: {}", names.join(", "))));
    }
    Ok(range)
}

/// The text of a cell and, for number cells, the number.
fn cell_text(cell: &Data) -> (String, Option<f64>) {
    match cell {
        Data::Empty => (String::new(), None),
        Data::String(text) => (text.clone(), None),
        Data::Int(number) => (number.to_string(), Some(*number as f64)),
        Data::Float(number) => (number.to_string(), Some(*number)),
        Data::Bool(yes) => (if *yes { "true" } else { "false" }.to_owned(), None),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
            let midnight = hour == 0 && minute == 0 && second == 0;
            let text = if midnight {
                format!("{year:04}-{month:02}-{day:02}")
            } else {
                format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
            };
            (text, None)
        }
        Data::DateTime(duration) => (duration.as_f64().to_string(), Some(duration.as_f64())),
        Data::DateTimeIso(text) | Data::DurationIso(text) => (text.clone(), None),
        Data::Error(error) => (format!("{error:?}"), None),
    }
}
