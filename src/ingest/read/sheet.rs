//! Rows of a workbook, one at a time: a sheet may claim a million rows and have one cell.

use std::io::Cursor;

use calamine::{
    CellErrorType, Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Sheets, Xlsx,
    open_workbook_auto_from_rs,
};

use super::guard::guarded;
use super::{MOST_COLUMNS, pack};
use crate::domain::say;
use crate::{Error, Result};

/// Which sheet is read.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) enum Pick<'a> {
    /// The one with this name, hidden or not.
    Named(&'a str),
    /// The first that a reader of the workbook sees.
    First,
    /// The last one that a reader of the workbook sees.
    Last,
}

/// A cell: its text, and the number where the workbook says that it is one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::ingest) struct Cell {
    pub(in crate::ingest) text: String,
    pub(in crate::ingest) number: Option<f64>,
}

/// A row with at least one filled cell.
#[derive(Debug, Default)]
pub(in crate::ingest) struct SheetRow {
    /// From 0.
    pub(in crate::ingest) index: u32,
    /// Column from 0 and cell.
    pub(in crate::ingest) cells: Vec<(usize, Cell)>,
}

/// An opened workbook and the name of the sheet that is read.
pub(in crate::ingest) struct Book<'a> {
    file: &'a str,
    sheets: Sheets<Cursor<&'a [u8]>>,
    pub(in crate::ingest) sheet: String,
}

impl<'a> Book<'a> {
    /// # Errors
    /// If this is no workbook, if it unpacks to more than a table can have, or if there is no such
    /// sheet.
    pub(in crate::ingest) fn open(file: &'a str, bytes: &'a [u8], pick: Pick<'_>) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
                .hint(say!("Die Arbeitsmappe noch einmal anfordern.", "ask the sender for the workbook again")));
        }
        pack::check_workbook(file, bytes)?;
        let sheets = match guarded(|| Xlsx::new(Cursor::new(bytes))) {
            Some(Ok(book)) => Sheets::Xlsx(book),
            _ => decoded(file, || open_workbook_auto_from_rs(Cursor::new(bytes)))?,
        };
        let names = sheets.sheet_names();
        let mut seen: Vec<String> = sheets
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let sheet = match pick {
            Pick::Named(wanted) if names.iter().any(|name| name == wanted) => Some(wanted.to_owned()),
            Pick::Named(wanted) => {
                return Err(Error::input(say!(
                    "{file}: Es gibt kein Tabellenblatt „{wanted}“",
                    "{file}: there is no sheet \"{wanted}\""
                ))
                .hint(book_has(&names)));
            }
            Pick::First if seen.is_empty() => None,
            Pick::First => Some(seen.swap_remove(0)),
            Pick::Last => seen.pop(),
        };
        let sheet = sheet.ok_or_else(|| {
            Error::input(say!(
                "{file}: Die Arbeitsmappe hat kein sichtbares Tabellenblatt",
                "{file}: the workbook has no visible sheet"
            ))
            .hint(say!("Das Blatt unter `sheet` der Quelle nennen.", "name the sheet under `sheet` of the source"))
        })?;
        Ok(Self { file, sheets, sheet })
    }

    /// The error that the sheet has no cell.
    pub(in crate::ingest) fn empty(&self) -> Error {
        let (file, name) = (self.file, &self.sheet);
        Error::input(say!("{file}: Das Tabellenblatt „{name}“ ist leer", "{file}: sheet \"{name}\" is empty"))
            .hint(book_has(&self.sheets.sheet_names()))
    }

    /// The merged cells of the sheet; none in formats that do not tell.
    pub(in crate::ingest) fn merged(&mut self) -> Result<Vec<Dimensions>> {
        match &mut self.sheets {
            Sheets::Xlsx(book) => decoded(self.file, || book.merge_cells_by_sheet_name(&self.sheet)),
            _ => Ok(Vec::new()),
        }
    }

    /// Calls `each` for every row with a filled cell, from top to bottom.
    ///
    /// # Errors
    /// If the sheet is damaged, or what `each` returns.
    pub(in crate::ingest) fn rows(&mut self, mut each: impl FnMut(&SheetRow) -> Result<()>) -> Result<()> {
        let file = self.file;
        let Sheets::Xlsx(book) = &mut self.sheets else { return self.rows_of_range(each) };
        let mut cells = decoded(file, || book.worksheet_cells_reader(&self.sheet))?;
        let mut row = SheetRow::default();
        while let Some(found) = decoded(file, || cells.next_cell())? {
            let (index, column) = found.get_position();
            let cell = cell(found.get_value());
            if cell.text.is_empty() {
                continue;
            }
            if index != row.index && !row.cells.is_empty() {
                each(&row)?;
                row.cells.clear();
            }
            row.index = index;
            row.cells.push((within(file, column)?, cell));
        }
        if row.cells.is_empty() { Ok(()) } else { each(&row) }
    }

    /// The old and the OpenDocument formats, whose reader hands out whole sheets.
    fn rows_of_range(&mut self, mut each: impl FnMut(&SheetRow) -> Result<()>) -> Result<()> {
        let range = decoded(self.file, || self.sheets.worksheet_range(&self.sheet))?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        for (cells, index) in range.rows().zip(first_row..) {
            let mut row = SheetRow { index, cells: Vec::new() };
            for (value, column) in cells.iter().zip(first_column..) {
                let cell = cell(&borrowed(value));
                if !cell.text.is_empty() {
                    row.cells.push((within(self.file, column)?, cell));
                }
            }
            if !row.cells.is_empty() {
                each(&row)?;
            }
        }
        Ok(())
    }
}

/// A sheet: its name and its rows with their number from 1.
pub(crate) type FirstRows = (String, Vec<(u32, Vec<String>)>);

/// The first `most` rows of every visible sheet.
///
/// # Errors
/// As [`Book::open`] and [`Book::rows`].
pub(crate) fn first_rows(file: &str, bytes: &[u8], most: usize) -> Result<Vec<FirstRows>> {
    let first = Book::open(file, bytes, Pick::First)?;
    let is_table =
        |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet;
    let names: Vec<String> = first.sheets.sheets_metadata().iter().filter(is_table).map(|s| s.name.clone()).collect();
    let mut out = Vec::new();
    for name in names {
        let mut rows = Vec::new();
        Book::open(file, bytes, Pick::Named(&name))?.rows(|row| {
            if rows.len() < most {
                let width = row.cells.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
                let mut texts = vec![String::new(); width];
                row.cells.iter().for_each(|(at, cell)| cell.text.trim().clone_into(&mut texts[*at]));
                rows.push((row.index + 1, texts));
            }
            Ok(())
        })?;
        out.push((name, rows));
    }
    Ok(out)
}

/// What `call` into the decoder returns; it panics where some damaged workbooks deserve an error.
fn decoded<T, E: std::fmt::Display>(file: &str, call: impl FnOnce() -> std::result::Result<T, E>) -> Result<T> {
    match guarded(call) {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(unreadable(file, &error)),
        None => Err(unreadable(file, &"damaged")),
    }
}

fn within(file: &str, column: u32) -> Result<usize> {
    let column = column as usize;
    if column < MOST_COLUMNS { Ok(column) } else { Err(unreadable(file, &"column beyond XFD")) }
}

fn book_has(names: &[String]) -> crate::domain::Label {
    say!("Die Arbeitsmappe enthält: {}", "the workbook has: {}", names.join(", "))
}

/// What the decoder says, without the content of a cell that it quotes.
fn reason(error: &dyn std::fmt::Display) -> String {
    let mut said = error.to_string();
    for before in ["Unsupported cell error value", "Unknown cell 't' attribute", "Unrecognized"] {
        if let Some(at) = said.find(before) {
            said.truncate(at + before.len());
        }
    }
    said
}

fn unreadable(file: &str, error: &dyn std::fmt::Display) -> Error {
    let error = reason(error);
    Error::input(say!(
        "{file}: Die Arbeitsmappe kann nicht gelesen werden: {error}",
        "{file}: the workbook cannot be read: {error}"
    ))
    .hint(say!(
        "In Excel oder LibreOffice öffnen und erneut als .xlsx speichern; ein Kennwort muss entfernt werden.",
        "open it in Excel or LibreOffice and save it again as .xlsx; a password must be removed"
    ))
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(yes) => DataRef::Bool(*yes),
        Data::DateTime(date) => DataRef::DateTime(*date),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// The text of a cell and, for number cells, the number. An error of a formula is its text: no
/// number, and no key.
fn cell(value: &DataRef<'_>) -> Cell {
    let text = |text: &str| Cell { text: text.to_owned(), number: None };
    let number = |number: f64| Cell { text: number.to_string(), number: Some(number) };
    match value {
        DataRef::Empty => Cell::default(),
        DataRef::String(it) | DataRef::DateTimeIso(it) | DataRef::DurationIso(it) => text(it),
        DataRef::SharedString(it) => text(it),
        DataRef::Int(it) => Cell { text: it.to_string(), number: Some(*it as f64) },
        DataRef::Float(it) => number(*it),
        DataRef::Bool(yes) => text(if *yes { "true" } else { "false" }),
        DataRef::DateTime(date) if date.is_datetime() => text(&date_text(*date)),
        DataRef::DateTime(duration) => number(duration.as_f64()),
        DataRef::Error(error) => text(error_text(error)),
    }
}

fn date_text(date: ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#GETTING_DATA",
    }
}
