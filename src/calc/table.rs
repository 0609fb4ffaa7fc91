//! A tidy table: one row per observation, one column per variable, every cell as text.

use crate::domain::{Label, say};
use crate::{Error, Result};

/// Texts that mean "no value". Missing is not zero.
const MISSING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "."];

/// The column names and cells of one file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The file as named on the command line.
    pub file: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    names: Vec<String>,
    columns: Vec<Cells>,
    rows: usize,
    decimal: char,
}

/// The texts of one column, end to end.
#[derive(Debug, Clone, Default, PartialEq)]
struct Cells {
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(row).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }
}

impl Table {
    /// An empty table; `decimal` is the decimal sign of its numbers.
    #[must_use]
    pub fn new(file: &str, names: Vec<String>) -> Self {
        let columns = names.iter().map(|_| Cells::default()).collect();
        Self { file: file.to_owned(), names, columns, decimal: '.', ..Self::default() }
    }

    /// The same table with `decimal` as decimal sign of its numbers.
    #[must_use]
    pub fn with_decimal(self, decimal: char) -> Self {
        Self { decimal, ..self }
    }

    /// The decimal sign that all numbers of the table allow: the comma where some need it and none needs the
    /// point, else the point.
    ///
    /// # Errors
    /// If some need the one and some the other.
    pub fn told_decimal(&self) -> Result<char> {
        let needs = |sign: char| {
            self.columns.iter().flat_map(|c| (0..self.rows).map(|row| c.get(row))).find(|cell| {
                cell.split_once(sign).is_some_and(|(whole, rest)| {
                    !rest.is_empty()
                        && rest.bytes().all(|b| b.is_ascii_digit())
                        && !whole.is_empty()
                        && whole.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit())
                })
            })
        };
        match (needs(','), needs('.')) {
            (None, _) => Ok('.'),
            (Some(_), None) => Ok(','),
            (Some(comma), Some(point)) => Err(Error::config(say!(
                "{}: Dezimalkomma oder Dezimalpunkt? In der Datei stehen „{comma}“ und „{point}“",
                "{}: decimal comma or point? The file has \"{comma}\" and \"{point}\"",
                self.file
            ))
            .hint(say!(
                "Mit --decimal , oder --decimal . angeben; Tausendertrennzeichen vorher entfernen.",
                "state it with --decimal , or --decimal . and remove thousands separators first"
            ))),
        }
    }

    /// Adds a row; what `cells` does not have is empty.
    pub fn push<'a>(&mut self, mut cells: impl Iterator<Item = &'a str>) {
        for column in &mut self.columns {
            column.text.push_str(cells.next().unwrap_or("").trim());
            column.ends.push(column.text.len());
        }
        self.rows += 1;
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The column names, in the order of the file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether there is a column of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name)
    }

    fn column(&self, name: &str) -> Result<&Cells> {
        let at = self.names.iter().position(|n| n == name).ok_or_else(|| {
            let error = Error::config(say!(
                "{}: Eine Spalte „{name}“ gibt es nicht",
                "{}: there is no column \"{name}\"",
                self.file
            ));
            match crate::ingest::closest(name, &self.names) {
                Some(similar) => error.did_you_mean(similar),
                None => error.hint(say!("Spalten der Datei: {}", "columns of the file: {}", self.names.join(", "))),
            }
        })?;
        self.columns.get(at).ok_or_else(|| Error::internal(say!("Spalte fehlt", "a column is missing")))
    }

    /// The cells of a column as text, trimmed; a missing value is `None`.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<&str>>> {
        let cells = self.column(name)?;
        Ok((0..self.rows).map(|row| Some(cells.get(row)).filter(|text| !MISSING.contains(text))).collect())
    }

    /// The cells of a column as text, none of which may be missing.
    ///
    /// # Errors
    /// If there is no such column, or a cell is empty.
    pub fn labels(&self, name: &str) -> Result<Vec<&str>> {
        let texts = self.texts(name)?;
        texts.into_iter().enumerate().map(|(row, text)| text.ok_or_else(|| self.empty(name, row))).collect()
    }

    /// The numbers of a column; a missing value is `None`.
    ///
    /// # Errors
    /// If there is no such column, or a cell is neither empty nor a finite number.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>> {
        let texts = self.texts(name)?;
        texts.into_iter().enumerate().map(|(row, text)| text.map(|t| self.number(name, row, t)).transpose()).collect()
    }

    /// The numbers of a column, none of which may be missing.
    ///
    /// # Errors
    /// As [`Table::numbers`], or if a cell is empty.
    pub fn full(&self, name: &str) -> Result<Vec<f64>> {
        let numbers = self.numbers(name)?;
        numbers.into_iter().enumerate().map(|(row, n)| n.ok_or_else(|| self.empty(name, row))).collect()
    }

    /// Counts: whole numbers from 0 on, none missing.
    ///
    /// # Errors
    /// As [`Table::full`], or if a number is negative or not whole.
    pub fn counts(&self, name: &str) -> Result<Vec<u64>> {
        let numbers = self.full(name)?;
        numbers.into_iter().enumerate().map(|(row, n)| self.count(name, row, n)).collect()
    }

    /// A number as a count.
    ///
    /// # Errors
    /// If it is negative, not whole, or beyond 2^53, from where on not every count has a number.
    pub fn count(&self, name: &str, row: usize, number: f64) -> Result<u64> {
        if number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_992.0 {
            return Ok(number as u64);
        }
        let what =
            say!("{number} ist keine Anzahl (ganze Zahl ab 0)", "{number} is no count (a whole number from 0 on)");
        Err(Error::input(self.at(name, row, &what)))
    }

    /// A 0/1 column; also `false`/`true`. Nothing may be missing.
    ///
    /// # Errors
    /// If there is no such column or a cell is neither.
    pub fn flags(&self, name: &str) -> Result<Vec<bool>> {
        let labels = self.labels(name)?;
        let flag = |(row, text): (usize, &str)| match text {
            "0" | "0.0" | "false" | "FALSE" | "False" => Ok(false),
            "1" | "1.0" | "true" | "TRUE" | "True" => Ok(true),
            other => {
                let what = say!("„{other}“ ist weder 0 noch 1", "\"{other}\" is neither 0 nor 1");
                Err(Error::input(self.at(name, row, &what)))
            }
        };
        labels.into_iter().enumerate().map(flag).collect()
    }

    fn number(&self, name: &str, row: usize, text: &str) -> Result<f64> {
        let parsed = if self.decimal == ',' { text.replace(',', ".").parse() } else { text.parse::<f64>() };
        match parsed {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let what = say!("„{text}“ ist keine endliche Zahl", "\"{text}\" is not a finite number");
                Err(Error::input(self.at(name, row, &what)))
            }
        }
    }

    fn empty(&self, name: &str, row: usize) -> Error {
        Error::input(self.at(name, row, &say!("Hier fehlt ein Wert", "a value is missing here")))
            .hint(say!("Zeilen ohne Wert vorher entfernen.", "remove rows without a value first"))
    }

    /// What is to be said about one cell, with its place in front; `row` counts from 0.
    #[must_use]
    pub fn at(&self, name: &str, row: usize, what: &Label) -> Label {
        let (file, record) = (&self.file, row + 1);
        Label::new(
            format!("{file}: Datensatz {record}, Spalte „{name}“: {}", what.de),
            format!("{file}: record {record}, column \"{name}\": {}", what.en),
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn table(decimal: char) -> Table {
        let mut table = Table::new("a.csv", vec!["ort".into(), "n".into()]).with_decimal(decimal);
        for row in [["Ährenau", " 1 "], ["", "NA"], ["c", "2,5"]] {
            table.push(row.into_iter());
        }
        table
    }

    #[test]
    fn cells_by_name() {
        let table = table(',');
        assert_eq!(table.texts("ort").unwrap(), [Some("Ährenau"), None, Some("c")]);
        assert_eq!(table.numbers("n").unwrap(), [Some(1.0), None, Some(2.5)]);
        assert_eq!(table.rows(), 3);
    }

    #[test]
    fn the_numbers_tell_the_decimal_sign() {
        let mut table = table('.');
        assert_eq!(table.told_decimal().unwrap(), ',');
        table.push(["3.5", "1"].into_iter());
        assert!(table.told_decimal().is_err());
        let mut plain = Table::new("b.csv", vec!["n".into()]);
        plain.push(["2025"].into_iter());
        assert_eq!(plain.told_decimal().unwrap(), '.');
    }

    #[test]
    fn errors_name_file_record_and_column() {
        let table = table('.');
        let said = |error: Error| error.message(crate::domain::Lang::En).to_owned();
        assert_eq!(
            said(table.numbers("n").unwrap_err()),
            "a.csv: record 3, column \"n\": \"2,5\" is not a finite number"
        );
        assert_eq!(said(table.labels("ort").unwrap_err()), "a.csv: record 2, column \"ort\": a value is missing here");
        assert_eq!(said(table.flags("ort").unwrap_err()), "a.csv: record 2, column \"ort\": a value is missing here");
        assert_eq!(said(table.texts("Ort").unwrap_err()), "a.csv: there is no column \"Ort\"");
        assert!(table.count("n", 0, -1.0).is_err() && table.count("n", 0, 0.5).is_err());
        assert_eq!(table.count("n", 0, 7.0).unwrap(), 7);
    }
}
