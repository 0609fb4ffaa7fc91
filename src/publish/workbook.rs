use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::csv_file::looks_like_formula;
use super::{Column, ColumnData, ColumnKind, Table};
use crate::domain::{Label, Lang, say};
use crate::{Error, Result};

/// Rows of a sheet in Excel, the header included.
const EXCEL_ROWS: usize = 1 << 20;
/// Units of UTF-16 of a cell in Excel.
const EXCEL_TEXT: usize = 32_767;
/// Integers beyond this lose digits as Excel's floating-point numbers.
const EXACT: u64 = 1 << 53;
/// Widths of columns in characters. Longer texts are wrapped.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;
/// Rows looked at for the width of a column.
const MEASURED: usize = 2_000;

/// One sheet of a workbook.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Its name: at most 31 characters, none of `[]:*?/\`.
    pub name: String,
    /// What stands on it.
    pub content: SheetContent<'a>,
}

/// The content of a sheet.
#[derive(Debug, Clone)]
pub enum SheetContent<'a> {
    /// Explanations: a heading and its text, line by line.
    Notes(Vec<(String, String)>),
    /// A table, and the files that hold it in full where it has more rows than a sheet.
    Table(&'a Table, String),
}

/// The sheets as an Excel workbook: real numbers and dates, bold frozen headers with a filter,
/// column titles in `lang`.
///
/// A text is always a string and never a formula, also after it was edited in Excel. Rows beyond a
/// sheet's limit are left out, and the last row says how many and where they are. No clock and no
/// name is in the file: the same sheets give the same bytes.
///
/// # Errors
/// Kind `Internal` for a sheet name that Excel does not allow.
pub fn workbook_bytes(title: &str, sheets: &[Sheet<'_>], lang: Lang) -> Result<Vec<u8>> {
    encode(title, sheets, lang, EXCEL_ROWS)
        .map_err(|e| Error::internal(say!("Arbeitsmappe „{title}“: {e}", "workbook \"{title}\": {e}")))
}

struct Formats {
    header: Format,
    label: Format,
    wrapped: Format,
    /// By quoting a cell, Excel keeps it a text when someone edits it.
    quoted: Format,
    count: Format,
    share: Format,
    date: Format,
    month: Format,
}

impl Formats {
    fn new(lang: Lang) -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        let bold = || top().set_bold();
        Self {
            header: bold().set_text_wrap().set_background_color(Color::RGB(0x00E7_ECF2)),
            label: bold(),
            wrapped: top().set_text_wrap(),
            quoted: top().set_quote_prefix(),
            count: top().set_num_format("#,##0"),
            share: top().set_num_format("0.0%"),
            date: top().set_num_format(if lang == Lang::De { "dd.mm.yyyy" } else { "yyyy-mm-dd" }),
            month: top().set_num_format(if lang == Lang::De { "mm/yyyy" } else { "yyyy-mm" }),
        }
    }

    /// The one that most cells of a column have.
    fn of(&self, column: &Column) -> &Format {
        match column.kind {
            ColumnKind::Integer => &self.count,
            ColumnKind::Number if column.unit.as_deref() == Some("share") => &self.share,
            ColumnKind::Month => &self.month,
            ColumnKind::Date => &self.date,
            ColumnKind::Text | ColumnKind::Number | ColumnKind::Boolean => &self.wrapped,
        }
    }
}

fn encode(title: &str, sheets: &[Sheet<'_>], lang: Lang, row_limit: usize) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Half of the time for a tenth more of bytes.
    book.set_zip_compression_level(2);
    // A fixed day: the file says nothing about when it was made, and stays the same.
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let formats = Formats::new(lang);
    for sheet in sheets {
        let page = book.add_worksheet();
        page.set_name(&sheet.name)?.set_landscape().set_print_fit_to_pages(1, 0);
        match &sheet.content {
            SheetContent::Notes(lines) => notes(page, lines, &formats)?,
            SheetContent::Table(table, elsewhere) => put_table(page, table, elsewhere, &formats, lang, row_limit)?,
        }
    }
    book.save_to_buffer()
}

fn notes(page: &mut Worksheet, lines: &[(String, String)], formats: &Formats) -> std::result::Result<(), XlsxError> {
    page.set_column_width(0, 24)?.set_column_width(1, 110)?;
    for (row, (label, text)) in (0u32..).zip(lines) {
        page.write_string_with_format(row, 0, fitting(label), &formats.label)?;
        page.write_string_with_format(row, 1, fitting(text), &formats.wrapped)?;
    }
    Ok(())
}

fn put_table(
    page: &mut Worksheet,
    table: &Table,
    elsewhere: &str,
    formats: &Formats,
    lang: Lang,
    row_limit: usize,
) -> std::result::Result<(), XlsxError> {
    let room = row_limit - 1;
    // The line about what is left out takes a row itself.
    let shown = if table.rows() > room { room - 1 } else { table.rows() };
    for (at, (column, data)) in (0u16..).zip(table.columns().iter().zip(table.data())) {
        let title = header(column, lang);
        let width = width(title, data, shown);
        page.set_column_width(at, width as f64 + 2.0)?;
        page.write_string_with_format(0, at, title, &formats.header)?;
        // Before the cells, which take it over: a format of their own is looked up cell by cell.
        page.set_column_format(at, formats.of(column))?;
    }
    for (row, index) in (1u32..).zip(0..shown) {
        for (at, data) in (0u16..).zip(table.data()) {
            put_cell(page, row, at, data, index, formats)?;
        }
    }
    let last = u16::try_from(table.columns().len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
    let below = u32::try_from(shown).unwrap_or(u32::MAX);
    page.autofilter(0, 0, below, last)?;
    if shown < table.rows() {
        page.write_string_with_format(
            below + 1,
            0,
            left_out(table.rows() - shown, elsewhere).get(lang),
            &formats.label,
        )?;
    }
    Ok(())
}

fn left_out(rows: usize, elsewhere: &str) -> Label {
    say!(
        "{rows} weitere Zeilen passen nicht auf ein Tabellenblatt; vollständig stehen sie in {elsewhere}.",
        "{rows} further rows do not fit on a sheet; all of them are in {elsewhere}."
    )
}

fn header(column: &Column, lang: Lang) -> &str {
    match column.title.get(lang) {
        "" => &column.name,
        title => title,
    }
}

fn put_cell(
    page: &mut Worksheet,
    row: u32,
    at: u16,
    data: &ColumnData,
    index: usize,
    formats: &Formats,
) -> std::result::Result<(), XlsxError> {
    match data {
        ColumnData::Text(cells) => match &cells[index] {
            Some(text) if looks_like_formula(text) => {
                page.write_string_with_format(row, at, fitting(text), &formats.quoted)?;
            }
            Some(text) => drop(page.write_string(row, at, fitting(text))?),
            None => {}
        },
        ColumnData::Integer(cells) => match cells[index] {
            Some(value) if value.unsigned_abs() > EXACT => put_text(page, row, at, &value.to_string(), formats)?,
            Some(value) => drop(page.write_number(row, at, value as f64)?),
            None => {}
        },
        ColumnData::Number(cells) => {
            if let Some(value) = cells[index] {
                page.write_number(row, at, value)?;
            }
        }
        ColumnData::Boolean(cells) => {
            if let Some(value) = cells[index] {
                page.write_boolean(row, at, value)?;
            }
        }
        ColumnData::Month(cells) => {
            if let Some(value) = cells[index] {
                put_day(page, row, at, value.first_day(), &value.to_string(), formats)?;
            }
        }
        ColumnData::Date(cells) => {
            if let Some(value) = cells[index] {
                put_day(page, row, at, value, &value.to_string(), formats)?;
            }
        }
    }
    Ok(())
}

/// Excel knows no day before 1900; such a day stands there as a text.
fn put_day(
    page: &mut Worksheet,
    row: u32,
    at: u16,
    day: chrono::NaiveDate,
    text: &str,
    formats: &Formats,
) -> std::result::Result<(), XlsxError> {
    use chrono::Datelike;
    let year = u16::try_from(day.year()).unwrap_or(0);
    match ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8) {
        Ok(date) => page.write_datetime(row, at, &date).map(drop),
        Err(_) => put_text(page, row, at, text, formats),
    }
}

/// A text in a column of something else.
fn put_text(
    page: &mut Worksheet,
    row: u32,
    at: u16,
    text: &str,
    formats: &Formats,
) -> std::result::Result<(), XlsxError> {
    let format = if looks_like_formula(text) { &formats.quoted } else { &formats.wrapped };
    page.write_string_with_format(row, at, text, format).map(drop)
}

/// The text as far as a cell of Excel holds it.
fn fitting(text: &str) -> String {
    if text.len() <= EXCEL_TEXT {
        return text.to_owned();
    }
    if text.encode_utf16().count() <= EXCEL_TEXT {
        return text.to_owned();
    }
    let mut room = EXCEL_TEXT - 1;
    let fits = |c: &char| room.checked_sub(c.len_utf16()).map(|rest| room = rest).is_some();
    text.chars().take_while(fits).chain(['…']).collect()
}

fn width(title: &str, data: &ColumnData, shown: usize) -> usize {
    let shown = shown.min(MEASURED);
    let of_cells = match data {
        ColumnData::Text(cells) => cells[..shown].iter().flatten().map(|text| text.chars().count()).max().unwrap_or(0),
        ColumnData::Integer(cells) => {
            // A separator after every three digits.
            let digits = cells[..shown].iter().flatten().map(|value| value.to_string().len()).max().unwrap_or(0);
            digits + digits / 3
        }
        ColumnData::Number(_) | ColumnData::Boolean(_) | ColumnData::Month(_) | ColumnData::Date(_) => 12,
    };
    // Room for the arrow of the filter.
    let of_title = title.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0) + 3;
    of_cells.max(of_title).clamp(*WIDTHS.start(), *WIDTHS.end())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::Month;

    fn sheet<'a>(table: &'a Table) -> Sheet<'a> {
        Sheet { name: "T".into(), content: SheetContent::Table(table, "data/t.parquet".into()) }
    }

    fn rows(bytes: Vec<u8>) -> Vec<Vec<Data>> {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let formulas = book.worksheet_formula("T").unwrap();
        assert!(formulas.rows().flatten().all(String::is_empty), "no cell is a formula");
        book.worksheet_range("T").unwrap().rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn cells_keep_their_type_and_texts_are_never_formulas() {
        let evil = ["=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "=HYPERLINK(\"http://x\")", "_x0041_", "00123"];
        let n = evil.len();
        let table = Table::builder("t", Label::default())
            .text(Column::new("text", "Text", "Text"), evil)
            .integer(Column::new("n", "Anzahl", "Count"), (0..n).map(|i| if i == 1 { None } else { Some(i as i64) }))
            .number(Column::new("x", "Anteil", "Share").unit("share"), vec![0.125; n])
            .boolean(Column::new("ok", "", ""), vec![true; n])
            .month(Column::new("month", "Monat", "Month"), vec![Month::new(2025, 3); n])
            .date(Column::new("day", "Tag", "Day"), vec![NaiveDate::from_ymd_opt(1899, 12, 1); n])
            .integer(Column::new("big", "Groß", "Big"), vec![i64::MAX; n])
            .build()
            .unwrap();
        let bytes = workbook_bytes("Prüfung", &[sheet(&table)], Lang::De).unwrap();
        assert_eq!(bytes, workbook_bytes("Prüfung", &[sheet(&table)], Lang::De).unwrap());
        let rows = rows(bytes);
        assert_eq!(rows[0][..2], [Data::String("Text".into()), Data::String("Anzahl".into())]);
        assert_eq!(rows[0][3], Data::String("ok".into()), "a column without a title shows its name");
        for (row, text) in rows[1..].iter().zip(evil) {
            assert_eq!(row[0], Data::String(text.into()));
            assert_eq!(row[2], Data::Float(0.125));
            assert_eq!(row[3], Data::Bool(true));
            assert!(matches!(&row[4], Data::DateTime(day) if day.to_ymd_hms_milli().0 == 2025), "{:?}", row[4]);
            assert_eq!(row[5], Data::String("1899-12-01".into()));
            assert_eq!(row[6], Data::String("9223372036854775807".into()), "no digit is lost");
        }
        assert_eq!((&rows[1][1], &rows[2][1]), (&Data::Float(0.0), &Data::Empty), "zero is not missing");
    }

    /// A program that knows no formats of columns shows a share as one all the same.
    #[test]
    fn every_cell_has_the_format_of_its_column() {
        let share = || Column::new("x", "", "").unit("share");
        let table = Table::builder("t", Label::default())
            .text(Column::new("a", "", ""), ["a", "=b"])
            .number(share(), [0.5, 0.25])
            .integer(Column::new("n", "", ""), [1, i64::MAX])
            .boolean(Column::new("ok", "", ""), [true, false])
            .month(Column::new("m", "", ""), [Month::new(2025, 3).unwrap(), Month::new(2025, 4).unwrap()])
            .build()
            .unwrap();
        let bytes = workbook_bytes("x", &[sheet(&table)], Lang::De).unwrap();
        let mut book = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut book.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut text).unwrap();
        let style = |cell: &str| {
            let (_, rest) = text.split_once(&format!("<c r=\"{cell}\" s=\"")).unwrap();
            rest.split_once('"').unwrap().0.to_owned()
        };
        let column = |number: usize| {
            let (_, rest) = text.split_once(&format!("<col min=\"{number}\"")).unwrap();
            rest.split_once(" style=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
        };
        for (at, cells) in [["A2", "A2"], ["B2", "B3"], ["C2", "C2"], ["D2", "D3"], ["E2", "E3"]].iter().enumerate() {
            assert!(cells.iter().all(|cell| style(cell) == column(at + 1)), "{text}");
        }
        assert_ne!(style("A3"), style("A2"), "a formula is quoted");
        assert_eq!(style("C3"), style("A2"), "a number of too many digits is a text");
        assert_ne!(style("B2"), style("C2"));
    }

    #[test]
    fn a_text_is_cut_where_a_cell_of_excel_ends() {
        let units = |text: &str| text.encode_utf16().count();
        for sign in ["a", "ä", "😀"] {
            let whole = sign.repeat(EXCEL_TEXT / units(sign));
            assert_eq!(fitting(&whole), whole);
            let cut = fitting(&format!("{whole}{sign}"));
            assert!(
                cut.ends_with(&format!("{sign}…")) && (EXCEL_TEXT - 1..=EXCEL_TEXT).contains(&units(&cut)),
                "{sign}"
            );
        }
    }

    #[test]
    fn beyond_the_limit_the_last_row_says_where_the_rest_is() {
        let table = Table::builder("t", Label::default()).integer(Column::new("n", "", ""), 0..10).build().unwrap();
        let shown = |limit: usize| rows(encode("x", &[sheet(&table)], Lang::En, limit).unwrap());
        assert_eq!(shown(11).len(), 11, "ten rows and the header fit exactly");
        let cut = shown(6);
        assert_eq!(cut.len(), 6);
        assert_eq!(cut[4][0], Data::Float(3.0));
        assert_eq!(
            cut[5][0],
            Data::String("6 further rows do not fit on a sheet; all of them are in data/t.parquet.".into())
        );
    }

    #[test]
    fn long_texts_are_cut_and_control_characters_do_not_break_the_file() {
        let long = "ü".repeat(EXCEL_TEXT + 5);
        let table = Table::builder("t", Label::default())
            .text(Column::new("a", "", ""), [long.as_str(), "a\u{1}b\u{b}c", "]]></t><x>&"])
            .build()
            .unwrap();
        let rows = rows(workbook_bytes("x", &[sheet(&table)], Lang::De).unwrap());
        let Data::String(cut) = &rows[1][0] else { panic!("{:?}", rows[1][0]) };
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (EXCEL_TEXT, true));
        assert_eq!(rows[3][0], Data::String("]]></t><x>&".into()));
    }

    #[test]
    fn notes_stand_beside_their_headings() {
        let notes = SheetContent::Notes(vec![("Projekt".into(), "=Kleinland".into())]);
        let bytes = workbook_bytes("x", &[Sheet { name: "T".into(), content: notes }], Lang::De).unwrap();
        assert_eq!(rows(bytes), [[Data::String("Projekt".into()), Data::String("=Kleinland".into())]]);
        let bad = Sheet { name: "a/b".into(), content: SheetContent::Notes(Vec::new()) };
        assert!(workbook_bytes("x", &[bad], Lang::De).is_err());
    }
}
