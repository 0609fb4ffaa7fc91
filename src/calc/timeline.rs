//! Periods and the starts of a treatment on one scale, with the names the table gives them.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::Datelike;
use serde_json::Value;

use super::Table;
use super::answer::whole;
use super::calendar::{date, months_of};
use super::periods::{Kind, forms, parsed, year_month};
use crate::domain::say;
use crate::{Error, Result};

/// The times and starts of all rows. Numbers stay as they are. Months (also 202405, or dates that stand for months),
/// quarters and days are counted in the steps that all periods have in common: years where each is a January. A start
/// within a period belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timeline<'a> {
    /// The period of each row.
    pub time: Vec<f64>,
    /// The first period of treatment of each row's unit; infinite where there is none.
    pub start: Vec<f64>,
    names: BTreeMap<u64, &'a str>,
}

/// How a column counts time: from `first` on in steps of `step` of its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    unit: Unit,
    first: f64,
    step: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    /// As the cells are parsed: numbers, months, quarters, days.
    Own(Kind),
    YearMonth,
    MonthsOfDates,
}

impl<'a> Timeline<'a> {
    /// Reads the column of periods and that of starts, in which an empty cell, 0, "never" or Inf is no start.
    ///
    /// # Errors
    /// If a cell is no time, or is written in another way than the first period.
    pub fn of(table: &'a Table, times: &str, starts: &str) -> Result<Self> {
        let labels = table.labels(times)?;
        let scale = Scale::of(table, times, &distinct(&labels))?;
        let example = labels.first().copied().unwrap_or_default();
        let mut names = BTreeMap::new();
        // Most cells repeat another: each text is read once.
        let mut known: HashMap<&str, f64> = HashMap::new();
        let mut key = |column: &str, row: usize, text: &'a str| -> Result<f64> {
            if let Some(at) = known.get(text) {
                return Ok(*at);
            }
            let at = scale.key(text).ok_or_else(|| {
                let what = say!(
                    "„{text}“ ist anders geschrieben als die Zeitabschnitte („{example}“)",
                    "\"{text}\" is written in another way than the periods (\"{example}\")"
                );
                Error::input(table.at(column, row, &what)).hint(forms())
            })?;
            known.insert(text, at);
            if scale.unit != Unit::Own(Kind::Number) {
                names.entry(at.to_bits()).or_insert(text);
            }
            Ok(at)
        };
        let time = labels.iter().enumerate().map(|(row, text)| key(times, row, text)).collect::<Result<_>>()?;
        let start = table.texts(starts)?.into_iter().enumerate().map(|(row, text)| match text {
            Some(text) if !never(text) => key(starts, row, text),
            _ => Ok(f64::INFINITY),
        });
        let start = start.collect::<Result<_>>()?;
        Ok(Self { time, start, names })
    }

    /// A period as the table writes it; a number where it writes numbers.
    pub fn name(&self, period: f64) -> Value {
        self.names.get(&period.to_bits()).map_or_else(|| whole(period), |name| Value::from(*name))
    }

    /// [`Timeline::name`] as text.
    pub fn text(&self, period: f64) -> String {
        match self.name(period) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }
}

/// Each text once, with the first row it stands in.
fn distinct<'a>(labels: &[&'a str]) -> Vec<(usize, &'a str)> {
    let mut seen = HashSet::new();
    labels.iter().copied().enumerate().filter(|(_, text)| seen.insert(*text)).collect()
}

/// What stands for "no start".
fn never(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "never" | "nie" | "inf" | "infinity")
        || text.replace(',', ".").parse::<f64>() == Ok(0.0)
}

/// The places of times on one scale, where all are times and written in one way.
pub(super) fn places(labels: &[&str]) -> Option<Vec<f64>> {
    let scale = Scale::fitting(labels)?;
    labels.iter().map(|text| scale.key(text)).collect()
}

impl Scale {
    /// The scale on which all of the texts lie.
    fn fitting(labels: &[&str]) -> Option<Self> {
        let read = labels.iter().map(|text| parsed(text)).collect::<Option<Vec<_>>>()?;
        let (first, _) = *read.first()?;
        if read.iter().any(|(kind, _)| *kind != first) {
            return None;
        }
        let unit = match first {
            Kind::Day if months_of(&labels.iter().filter_map(|text| date(text)).collect::<Vec<_>>()).is_some() => {
                Unit::MonthsOfDates
            }
            Kind::Number if read.iter().all(|(_, key)| year_month(*key).is_some()) => Unit::YearMonth,
            kind => Unit::Own(kind),
        };
        let keys = labels.iter().map(|text| unit.key(text)).collect::<Option<Vec<_>>>()?;
        let first = keys.iter().copied().fold(f64::INFINITY, f64::min);
        let common = keys.iter().fold(0, |common, key| divisor(common, (key - first) as u64));
        let step = if unit == Unit::Own(Kind::Number) { 1.0 } else { common.max(1) as f64 };
        Some(Self { unit, first, step })
    }

    fn of(table: &Table, column: &str, labels: &[(usize, &str)]) -> Result<Self> {
        let texts: Vec<&str> = labels.iter().map(|(_, text)| *text).collect();
        if let Some(scale) = Self::fitting(&texts) {
            return Ok(scale);
        }
        let kind = |text: &str| parsed(text).map(|(kind, _)| kind);
        let Some((_, first)) = labels.first() else { return Err(super::nothing(table)) };
        let wrong = labels.iter().find(|(_, text)| kind(text).is_none() || kind(text) != kind(first));
        let (row, text) = wrong.copied().unwrap_or_default();
        let what = if kind(text).is_none() {
            say!("„{text}“ ist kein Zeitabschnitt", "\"{text}\" is no period")
        } else {
            say!(
                "„{text}“ ist anders geschrieben als „{first}“",
                "\"{text}\" is written in another way than \"{first}\""
            )
        };
        Err(Error::input(table.at(column, row, &what)).hint(forms()))
    }

    /// The place of a time on the scale; `None` where it is written in another way.
    fn key(self, text: &str) -> Option<f64> {
        let key = self.unit.key(text)?;
        if self.step == 1.0 {
            return Some(key);
        }
        // Counted from the beginning of time, so that no place is 0.
        Some(((key - self.first) / self.step).floor() + (self.first / self.step).floor())
    }
}

impl Unit {
    fn key(self, text: &str) -> Option<f64> {
        let (kind, key) = parsed(text)?;
        match (self, kind) {
            (Self::Own(own), kind) if own == kind => Some(key),
            (Self::YearMonth, Kind::Number) => year_month(key),
            (Self::MonthsOfDates, Kind::Day) => {
                date(text).map(|date| f64::from(date.year() * 12 + date.month0().cast_signed()))
            }
            (Self::YearMonth | Self::MonthsOfDates, Kind::Month) => Some(key),
            _ => None,
        }
    }
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn table(rows: &[[&str; 2]]) -> Table {
        let mut table = Table::new("a.csv", vec!["t".into(), "g".into()]);
        rows.iter().for_each(|row| table.push(row.iter().copied()));
        table
    }

    #[test]
    fn every_way_of_writing_gives_the_same_distances() {
        for [first, second, third, start] in [
            ["1", "2", "3", "3"],
            ["2023-11", "2023-12", "2024-01", "2024-01"],
            ["11.2023", "12.2023", "01.2024", "01.2024"],
            ["202311", "202312", "202401", "202401"],
            ["202311", "202312", "202401", "2024-01"],
            ["2023-Q3", "2023-Q4", "2024-Q1", "2024-Q1"],
            ["2023-11-30", "2023-12-31", "2024-01-31", "2024-01-17"],
            ["2023-11-01", "2023-12-01", "2024-01-01", "2024-01"],
            ["2023-11-01 00:00:00", "2023-12-01T00:00:00", "2024-01-01T00:00:00.000Z", "01.01.2024"],
            ["28.02.2024", "29.02.2024", "01.03.2024", "2024-03-01"],
            ["2024-02-26", "2024-03-04", "2024-03-11", "2024-03-13"],
            ["2022-01-01", "2023-01-01", "2024-01-01", "2024-05-09"],
            ["2023-01", "2023-04", "2023-07", "2023-07"],
        ] {
            let table = table(&[[third, "0"], [first, start], [second, ""]]);
            let line = Timeline::of(&table, "t", "g").unwrap();
            assert_eq!([line.time[2] - line.time[1], line.time[0] - line.time[1]], [1.0, 2.0], "{first}");
            assert_eq!(line.start[1] - line.time[1], 2.0, "{start}");
            assert!(line.start[0].is_infinite() && line.start[2].is_infinite());
            assert_eq!(line.text(line.time[2]), second);
            assert_eq!(line.text(line.start[1]), third);
        }
    }

    #[test]
    fn places_need_one_way_of_writing() {
        assert_eq!(places(&["2023-12-01", "2024-01-01"]), Some(vec![24_287.0, 24_288.0]));
        assert_eq!((places(&["1", "2024-01"]), places(&["1", "May"]), places(&[])), (None, None, None));
    }

    #[test]
    fn numbers_stay_numbers() {
        let table = table(&[["2001", "2002.0"], ["2002", "0.0"], ["2003", "10000"], ["2004", "never"]]);
        let line = Timeline::of(&table, "t", "g").unwrap();
        assert_eq!(line.time, [2001.0, 2002.0, 2003.0, 2004.0]);
        assert_eq!(line.start, [2002.0, f64::INFINITY, 10_000.0, f64::INFINITY]);
        assert_eq!(line.name(2001.0), Value::from(2001));
        assert_eq!(line.name(0.5), Value::from(0.5));
    }

    #[test]
    fn other_ways_of_writing_are_named_with_their_place() {
        let said = |rows: &[[&str; 2]]| {
            let table = table(rows);
            let error = Timeline::of(&table, "t", "g").unwrap_err();
            error.message(crate::domain::Lang::En).to_owned()
        };
        assert!(said(&[["2024-01", "2024"], ["2024-02", "0"]]).contains("record 1, column \"g\": \"2024\" is written"));
        assert!(said(&[["1", "2"], ["2024-02", "0"]]).contains("record 2, column \"t\": \"2024-02\" is written"));
        assert!(said(&[["May", "2"]]).contains("record 1, column \"t\": \"May\" is no period"));
        assert!(said(&[["1", "soon"]]).contains("record 1, column \"g\""));
        assert!(said(&[["202301", "2023"], ["202302", "0"]]).contains("\"2023\" is written in another way"));
        assert!(said(&[["", "2"]]).contains("a value is missing"));
    }
}
