//! The official German municipality register as a workbook (`Auszug GV` of the Federal Statistical
//! Office): last sheet, about six header rows, then one row per Land, Regierungsbezirk, Kreis,
//! Verband and municipality.
//!
//! The columns have no names that could be relied on, only places:
//! A Satzart, B Textkennzeichen, C Land, D RB, E Kreis, F VB, G Gem, H name, I area in km²,
//! J population, S and T degree of urbanisation. Keys come as text or as numbers without their
//! leading zeros. The AGS leaves the Verband out.

use std::collections::BTreeMap;

use super::gv100ad::{Read, kind_name};
use crate::Error;
use crate::Result;
use crate::domain::{parse_date, say};
use crate::ingest::finding::{Code, Finding, Place};
use crate::ingest::read::sheet::{Book, Cell, Pick, SheetRow};
use crate::ingest::records::{Area, Register};
use crate::ingest::spec::SourceSpec;
use crate::ingest::value::{parse_count, parse_decimal, trimmed};

const SATZART: usize = 0;
const TYPE: usize = 1;
const LAND: usize = 2;
const RB: usize = 3;
const KREIS: usize = 4;
const GEMEINDE: usize = 6;
const NAME: usize = 7;
const AREA: usize = 8;
const POPULATION: usize = 9;
const URBANITY: usize = 19;

pub(in crate::ingest) fn read(spec: &SourceSpec, file: &str, bytes: &[u8]) -> Result<Read> {
    let mut book = Book::open(file, bytes, spec.sheet.as_deref().map_or(Pick::Last, Pick::Named))?;
    let sheet = book.sheet.clone();
    let mut out = Reader { file, source: &spec.name, sheet: &sheet, ..Reader::default() };
    book.rows(|row| {
        out.row(row);
        Ok(())
    })?;
    if out.areas.is_empty() {
        return Err(Error::input(say!(
            "{file}: Auf dem Blatt „{sheet}“ steht keine Gemeinde (Satzart 60)",
            "{file}: no municipality (record type 60) on sheet \"{sheet}\""
        ))
        .hint(say!(
            "format = \"auszug_gv\" ist die Arbeitsmappe „Auszug GV“; das Blatt lässt sich mit `sheet` nennen.",
            "format = \"auszug_gv\" expects the workbook \"Auszug GV\"; name its sheet with `sheet`"
        )));
    }
    let mut register = Register::new(out.areas);
    register.region_names = out.region_names;
    register.territorial_date = out.territorial_date;
    Ok(Read { register, findings: out.findings, lines: out.lines, rejected: out.rejected, notes: out.notes })
}

#[derive(Default)]
struct Reader<'a> {
    file: &'a str,
    source: &'a str,
    sheet: &'a str,
    areas: Vec<Area>,
    /// Rows of the municipalities by their key.
    seen: BTreeMap<String, u64>,
    region_names: BTreeMap<String, String>,
    territorial_date: Option<String>,
    findings: Vec<Finding>,
    lines: u64,
    rejected: u64,
    notes: u64,
}

impl Reader<'_> {
    fn row(&mut self, row: &SheetRow) {
        let satzart = text(row, SATZART);
        let known = matches!(satzart, "10" | "20" | "30" | "40" | "50" | "60");
        if self.lines == 0 && !known {
            self.header(row);
            return;
        }
        self.lines += 1;
        let line = u64::from(row.index) + 1;
        if let Err((code, column, value)) = self.data(row, satzart, line) {
            self.rejected += 1;
            self.notes += u64::from(code == Code::NoteRow);
            self.findings.push(Finding {
                code,
                source: self.source.to_owned(),
                place: Place {
                    file: self.file.to_owned(),
                    sheet: Some(self.sheet.to_owned()),
                    record: self.lines,
                    line,
                },
                column: column.to_owned(),
                value,
                suggestion: None,
            });
        }
    }

    /// The rows above the data name the date of the territories.
    fn header(&mut self, row: &SheetRow) {
        for (_, cell) in &row.cells {
            let Some((_, behind)) = cell.text.split_once("Gebietsstand") else { continue };
            let dates = behind.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
            let date = dates.filter_map(|word| parse_date(word.trim_end_matches('.')).ok()).next();
            self.territorial_date = self.territorial_date.take().or_else(|| date.map(|date| date.to_string()));
        }
    }

    fn data(
        &mut self,
        row: &SheetRow,
        satzart: &str,
        line: u64,
    ) -> std::result::Result<(), (Code, &'static str, String)> {
        let key = |column: usize, digits: usize| padded(text(row, column), digits);
        let name = text(row, NAME).to_owned();
        match satzart {
            "10" => {
                let land = key(LAND, 2).ok_or((Code::UnknownArea, "Land", text(row, LAND).to_owned()))?;
                self.region_names.insert(land, name);
            }
            "40" => {
                let kreis = key(LAND, 2).zip(key(RB, 1)).zip(key(KREIS, 2));
                let ((land, rb), kreis) = kreis.ok_or((Code::UnknownArea, "Kreis", text(row, KREIS).to_owned()))?;
                self.region_names.insert(format!("{land}{rb}{kreis}"), name);
            }
            "20" | "30" | "50" => {}
            "60" => {
                let parts = [key(LAND, 2), key(RB, 1), key(KREIS, 2), key(GEMEINDE, 3)];
                let raw = || [LAND, RB, KREIS, GEMEINDE].map(|column| text(row, column)).join(" ");
                let parts: Option<Vec<String>> = parts.into_iter().collect();
                let key = parts.ok_or_else(|| (Code::UnknownArea, "AGS", raw()))?.concat();
                let wrong = |column: usize| move |code| (code, FIELDS[column], text(row, column).to_owned());
                let population = number(row, POPULATION, parse_population).map_err(wrong(POPULATION))?;
                let area_km2 = number(row, AREA, |text, typed| typed.map_or_else(|| parse_decimal(text, ','), Ok))
                    .map_err(wrong(AREA))?;
                if self.seen.insert(key.clone(), line).is_some() {
                    return Err((Code::Duplicate, "AGS", key));
                }
                self.areas.push(Area {
                    name,
                    population,
                    area_km2,
                    land: key[..2].to_owned(),
                    kreis: key[..5].to_owned(),
                    kind: kind_name(text(row, TYPE)).to_owned(),
                    urbanity: text(row, URBANITY).to_owned(),
                    attributes: BTreeMap::new(),
                    key,
                });
            }
            // Sources and remarks stand below the table, in its first column.
            other if other.parse::<u32>().is_err() => return Err((Code::NoteRow, "Satzart", String::new())),
            other => return Err((Code::UnknownValue, "Satzart", other.to_owned())),
        }
        Ok(())
    }
}

/// What the columns up to the population are called in findings.
const FIELDS: [&str; 10] =
    ["Satzart", "Textkennzeichen", "Land", "RB", "Kreis", "VB", "Gem", "Gemeindename", "Fläche km²", "Bevölkerung"];

fn cell(row: &SheetRow, column: usize) -> Option<&Cell> {
    row.cells.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell)
}

fn text(row: &SheetRow, column: usize) -> &str {
    cell(row, column).map_or("", |cell| trimmed(&cell.text))
}

/// A part of a key with the leading zeros that Excel takes away.
fn padded(text: &str, digits: usize) -> Option<String> {
    let fits = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("{text:0>digits$}"))
}

fn parse_population(text: &str, typed: Option<f64>) -> std::result::Result<u64, Code> {
    parse_count(text, typed, ',').map(i64::unsigned_abs)
}

/// The number in `column`, `None` where the cell is empty.
fn number<T>(
    row: &SheetRow,
    column: usize,
    parse: impl Fn(&str, Option<f64>) -> std::result::Result<T, Code>,
) -> std::result::Result<Option<T>, Code> {
    match cell(row, column) {
        Some(cell) if !trimmed(&cell.text).is_empty() => parse(&cell.text, cell.number).map(Some),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{Workbook, Worksheet};

    use super::*;

    /// Rows as the register has them; a leading `'` makes a text cell of digits.
    const ROWS: &[&str] = &[
        "'10,,'99,,,,,Musterland",
        "'20,,'99,'1,,,,Bezirk Mitte",
        "'40,'43,'99,'1,'02,,,Kreis Nordtal",
        "'50,'50,'99,'1,'02,'5163,,Verband Nord",
        "'60,'63,'99,'1,'02,'5163,'004,Öhrstadt,'12|34,'1832,900,932,148,'99999,'9|1,'52|2,,,'02,Mittlere Besiedlungsdichte",
        "60,64,99,1,2,5163,16,Oberau,7.5,0,,,,,,,,,3,Gering besiedelt",
        "60,65,99,1,2,0,999,Niemandswald,'3|2,,,,,,,,,,,",
    ];

    fn workbook(header_rows: u32, rows: &[&str]) -> Vec<u8> {
        let mut book = Workbook::new();
        book.add_worksheet().set_name("Deckblatt").unwrap().write(0, 0, "Auszug").unwrap();
        let sheet = book.add_worksheet().set_name("Gemeinden").unwrap();
        sheet.write(0, 0, "Gemeinden am 31.12.2023; Gebietsstand: 30.11.2023 (Monat)").unwrap();
        for row in 1..header_rows {
            sheet.write(row, 0, "Satz-art").unwrap().write(row, 7, "Gemeindename").unwrap();
        }
        for (line, row) in rows.iter().zip(header_rows..) {
            for (cell, column) in line.split(',').zip(0u16..) {
                write(sheet, row, column, cell);
            }
        }
        let notes = book.add_worksheet().set_name("Notizen").unwrap();
        notes.write(0, 0, "x").unwrap();
        notes.set_hidden(true);
        book.save_to_buffer().unwrap()
    }

    fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &str) {
        if let Some(text) = cell.strip_prefix('\'') {
            sheet.write(row, column, text.replace('|', ",")).unwrap();
        } else if let Ok(number) = cell.parse::<f64>() {
            sheet.write(row, column, number).unwrap();
        } else if !cell.is_empty() {
            sheet.write(row, column, cell).unwrap();
        }
    }

    fn spec() -> SourceSpec {
        toml::from_str("name = \"register\"\nkind = \"register\"\nfiles = \"x.xlsx\"\nformat = \"auszug_gv\"\n")
            .unwrap()
    }

    #[test]
    fn keys_of_text_and_numbers_make_the_same_ags() {
        for header_rows in 5..=7 {
            let read = read(&spec(), "gv.xlsx", &workbook(header_rows, ROWS)).unwrap();
            let seen: Vec<_> = read
                .register
                .areas()
                .iter()
                .map(|a| {
                    (a.key.as_str(), a.name.as_str(), a.population, a.area_km2, a.kind.as_str(), a.urbanity.as_str())
                })
                .collect();
            assert_eq!(
                seen,
                [
                    ("99102004", "Öhrstadt", Some(1832), Some(12.34), "Stadt", "Mittlere Besiedlungsdichte"),
                    ("99102016", "Oberau", Some(0), Some(7.5), "Gemeinde", "Gering besiedelt"),
                    ("99102999", "Niemandswald", None, Some(3.2), "gemeindefreies Gebiet, bewohnt", ""),
                ]
            );
            assert_eq!(read.register.area(0).kreis, "99102");
            let names: Vec<_> = read.register.region_names.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(names, [("99", "Musterland"), ("99102", "Kreis Nordtal")]);
            assert_eq!(read.register.territorial_date.as_deref(), Some("2023-11-30"));
            assert_eq!((read.lines, read.rejected, read.findings.len()), (7, 0, 0));
        }
    }

    #[test]
    fn damaged_rows_and_remarks_are_told_apart() {
        let more = [
            "60,64,99,1,2,0,16,Oberau,7.5,10",
            "60,64,99,1,2,0,17,Unterau,7.5,k.A.",
            "60,64,99,1,2,0,1234,Mittelau,7.5,10",
            "70,64,99",
            "'© Amt für Beispiele",
        ];
        let rows: Vec<&str> = ROWS.iter().copied().chain(more).collect();
        let read = read(&spec(), "gv.xlsx", &workbook(6, &rows)).unwrap();
        let found: Vec<_> = read.findings.iter().map(|f| (f.place.line, f.code, f.column.as_str())).collect();
        assert_eq!(
            found,
            [
                (14, Code::Duplicate, "AGS"),
                (15, Code::BadNumber, "Bevölkerung"),
                (16, Code::UnknownArea, "AGS"),
                (17, Code::UnknownValue, "Satzart"),
                (18, Code::NoteRow, "Satzart"),
            ]
        );
        assert_eq!((read.lines, read.rejected, read.notes, read.register.areas().len()), (12, 5, 1, 3));
    }

    #[test]
    fn another_workbook_is_an_error() {
        let error = read(&spec(), "gv.xlsx", &workbook(6, &[])).err().unwrap();
        assert_eq!(error.to_string(), "gv.xlsx: no municipality (record type 60) on sheet \"Gemeinden\"");
    }
}
