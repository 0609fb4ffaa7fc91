//! The official German municipality register (GV100AD): fixed width, 220 characters a line.
//!
//! Positions are counted in characters, from 1, as the record description of the Federal
//! Statistical Office counts them. Editions differ in encoding: UTF-8 is tried first, then Latin-1.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::domain::say;
use crate::ingest::finding::{Code, Finding, Place};
use crate::ingest::records::{Area, Register};
use crate::{Error, Result};

/// Characters that every municipality line must have: up to the population.
const NEEDED: usize = 150;

/// What the file holds and what was wrong with it.
pub(in crate::ingest) struct Read {
    pub(in crate::ingest) register: Register,
    pub(in crate::ingest) findings: Vec<Finding>,
    pub(in crate::ingest) lines: u64,
    pub(in crate::ingest) rejected: u64,
    /// Of the rejected ones, those that are remarks and no records.
    pub(in crate::ingest) notes: u64,
}

pub(in crate::ingest) fn read(source: &str, file: &str, bytes: &[u8]) -> Result<Read> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::mem::decode_latin1(bytes),
    };
    let mut areas: Vec<Area> = Vec::new();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    let mut region_names = BTreeMap::new();
    let mut territorial_date = None;
    let mut findings = Vec::new();
    let (mut lines, mut rejected) = (0, 0);
    for (line, number) in text.lines().zip(1u64..) {
        if line.trim().is_empty() {
            continue;
        }
        lines += 1;
        let mut reject = |code: Code, column: &str, value: String| {
            rejected += 1;
            findings.push(Finding {
                code,
                source: source.to_owned(),
                place: Place { file: file.to_owned(), sheet: None, record: number, line: number },
                column: column.to_owned(),
                value,
                suggestion: None,
            });
        };
        let line = Line::new(line);
        let kind = line.part(1, 2);
        match kind.as_str() {
            "10" => {
                region_names.insert(line.part(11, 12), line.part(23, 72));
            }
            "40" => {
                region_names.insert(line.part(11, 15), line.part(23, 72));
            }
            "20" | "30" | "50" => {}
            "60" => {
                let key = line.part(11, 18);
                let population = line.part(140, 150).parse::<u64>();
                let hectares = line.part(129, 139).parse::<u64>();
                let (Ok(population), Ok(hectares), true) = (population, hectares, line.len() >= NEEDED) else {
                    reject(Code::WrongFieldCount, "GV100AD", line.part(1, 40));
                    continue;
                };
                if key.len() != 8 || !key.bytes().all(|b| b.is_ascii_digit()) {
                    reject(Code::UnknownArea, "AGS", key);
                    continue;
                }
                if seen.insert(key.clone(), number).is_some() {
                    reject(Code::Duplicate, "AGS", key);
                    continue;
                }
                territorial_date.get_or_insert_with(|| iso(&line.part(3, 10)));
                areas.push(Area {
                    name: line.part(23, 72),
                    population: Some(population),
                    area_km2: Some(hectares as f64 / 100.0),
                    land: key[..2].to_owned(),
                    kreis: key[..5].to_owned(),
                    kind: kind_name(&line.part(123, 124)).to_owned(),
                    urbanity: String::new(),
                    attributes: BTreeMap::new(),
                    key,
                });
            }
            _ => reject(Code::UnknownValue, "Satzart", kind),
        }
    }
    if areas.is_empty() {
        return Err(Error::input(say!(
            "{file}: In dieser Datei steht keine Gemeinde (Satzart 60)",
            "{file}: no municipality (record type 60) in this file"
        ))
        .hint(say!(
            "format = \"gv100ad\" ist die GV100AD-Datei mit fester Breite; für Tabellen format = \"csv\" oder \"xlsx\"",
            "format = \"gv100ad\" expects the fixed-width GV100AD file; for a table state format = \"csv\" or \"xlsx\""
        )));
    }
    let mut register = Register::new(areas);
    register.region_names = region_names;
    register.territorial_date = territorial_date;
    Ok(Read { register, findings, lines, rejected, notes: 0 })
}

struct Line<'a> {
    text: &'a str,
    /// Byte offset of every character, and the end.
    starts: Vec<usize>,
}

impl<'a> Line<'a> {
    fn new(text: &'a str) -> Self {
        let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, starts }
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Characters `from` to `to`, both from 1 and included, trimmed.
    fn part(&self, from: usize, to: usize) -> String {
        let at = |position: usize| self.starts.get(position).copied().unwrap_or(self.text.len());
        self.text[at(from - 1)..at(to)].trim().to_owned()
    }
}

fn iso(date: &str) -> String {
    if date.len() == 8 && date.is_ascii() {
        format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..])
    } else {
        date.to_owned()
    }
}

pub(super) fn kind_name(code: &str) -> &'static str {
    match code {
        "60" => "Markt",
        "61" => "kreisfreie Stadt",
        "62" => "Stadtkreis",
        "63" => "Stadt",
        "64" => "Gemeinde",
        "65" => "gemeindefreies Gebiet, bewohnt",
        "66" => "gemeindefreies Gebiet, unbewohnt",
        "67" => "Große Kreisstadt",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ags: &str, verband: &str, name: &str, population: u64) -> String {
        let mut out = format!("6020231130{ags}{verband}");
        out.push_str(&format!("{name:<50}{:<50}{:<6}{:011}{population:011}", "Sitz", "64", 1234));
        out.push_str(&" ".repeat(220 - out.chars().count()));
        out
    }

    #[test]
    fn positions_are_characters_and_the_verband_follows_the_ags() {
        let text =
            format!("{}\n{}\n", line("99001001", "5163", "Öhringsüß", 1832), line("99001002", "0000", "Oberau", 0));
        let read = read("register", "gv.txt", text.as_bytes()).unwrap();
        let first = read.register.area(0);
        assert_eq!((first.key.as_str(), first.name.as_str(), first.population), ("99001001", "Öhringsüß", Some(1832)));
        assert_eq!(first.area_km2, Some(12.34));
        assert_eq!(read.register.area(1).population, Some(0));
        assert_eq!(read.register.territorial_date.as_deref(), Some("2023-11-30"));
        let latin1: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let again = super::read("register", "gv.txt", &latin1).unwrap();
        assert_eq!(again.register.areas(), read.register.areas());
    }

    #[test]
    fn a_damaged_line_is_a_finding_and_a_foreign_file_an_error() {
        let text = format!("{}\n{}\n", line("99001001", "5163", "Oberau", 10), "6020231130990010");
        let read = read("register", "gv.txt", text.as_bytes()).unwrap();
        assert_eq!((read.register.areas().len(), read.rejected, read.lines), (1, 1, 2));
        assert_eq!(read.findings[0].code, Code::WrongFieldCount);
        assert!(super::read("register", "gv.txt", b"AGS;Name\n1;2\n").is_err());
    }
}
