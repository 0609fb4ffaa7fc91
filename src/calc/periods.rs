//! A column of times as places on a regular axis: years, quarters, months, days, or plain numbers.

use chrono::{Datelike, NaiveDate};

use crate::domain::say;
use crate::{Error, Result};

use super::Table;
use super::calendar::{date, month, months_of, quarter};

/// The periods of a table in order, without gaps.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// The periods as written in the file, in order of time.
    pub labels: Vec<String>,
    /// For each row of the table, the place of its period.
    pub places: Vec<usize>,
    kind: Kind,
    keys: Vec<f64>,
    decimal: bool,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    /// Numbers such as 202401.
    NumberMonth,
    Month,
    Quarter,
    Day,
}

impl Axis {
    /// The axis of the column `name`.
    ///
    /// # Errors
    /// If a cell is no time or of another kind than the first, or a period is missing between others.
    pub fn of(table: &Table, name: &str) -> Result<Self> {
        let texts = table.labels(name)?;
        let mut raw = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            let time = parsed(text).ok_or_else(|| {
                let what = say!("„{text}“ ist kein Zeitpunkt", "\"{text}\" is no point in time");
                Error::input(table.at(name, row, &what)).hint(forms())
            })?;
            if raw.first().is_some_and(|(kind, _)| *kind != time.0) {
                let first = texts.first().copied().unwrap_or_default();
                let what = say!(
                    "„{text}“ ist anders geschrieben als „{first}“",
                    "\"{text}\" is written in another way than \"{first}\""
                );
                return Err(Error::input(table.at(name, row, &what)).hint(forms()));
            }
            raw.push(time);
        }
        let Some((mut kind, _)) = raw.first().copied() else {
            return Err(Error::refused(say!("{}: keine Zeilen", "{}: no rows", table.file)));
        };
        let mut keys: Vec<f64> = raw.into_iter().map(|(_, key)| key).collect();
        if kind == Kind::Number && keys.iter().all(|key| year_month(*key).is_some()) {
            kind = Kind::NumberMonth;
            keys = keys.iter().filter_map(|key| year_month(*key)).collect();
        }
        let dates: Option<Vec<NaiveDate>> = texts.iter().map(|text| date(text)).collect();
        if let Some(months) = dates.and_then(|dates| months_of(&dates)) {
            keys = months.into_iter().map(f64::from).collect();
        }
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
        let mut axis = Self { labels: Vec::new(), places: vec![0; keys.len()], kind, keys: Vec::new(), decimal: false };
        for row in order {
            if axis.keys.last() != Some(&keys[row]) {
                axis.keys.push(keys[row]);
                axis.labels.push(texts[row].to_owned());
            }
            axis.places[row] = axis.keys.len() - 1;
        }
        axis.decimal = axis.keys.iter().any(|key| key.fract() != 0.0);
        axis.without_gaps(table, name)?;
        Ok(axis)
    }

    fn without_gaps(&self, table: &Table, name: &str) -> Result<()> {
        let steps: Vec<f64> = self.keys.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let shortest = steps.iter().copied().fold(f64::INFINITY, f64::min);
        // Decimal years are rounded, so that steps differ a little.
        let allowed = if self.decimal { 1.4 } else { 1.0 };
        let gaps: Vec<String> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| **step > allowed * shortest)
            .map(|(at, _)| format!("{} – {}", self.labels[at], self.labels[at + 1]))
            .collect();
        if gaps.is_empty() {
            return Ok(());
        }
        let (file, n, first) = (&table.file, gaps.len(), gaps.iter().take(3).cloned().collect::<Vec<_>>().join(", "));
        Err(Error::refused(say!(
            "{file}: In der Spalte „{name}“ fehlen Zeitpunkte ({n} Lücken): {first}",
            "{file}: periods are missing in the column \"{name}\" ({n} gaps): {first}"
        ))
        .hint(say!(
            "Die fehlenden Zeitpunkte ergänzen oder den Zeitraum kürzen; fehlend ist nicht null.",
            "add the missing periods or shorten the span; missing is not zero"
        )))
    }

    /// The place of the first period at or after the time `text`; the number of periods where all lie before it.
    ///
    /// # Errors
    /// If `text` is no time or of another kind than the column.
    pub fn place(&self, text: &str) -> Result<usize> {
        let wrong = || {
            let example = self.labels.first().map_or("", String::as_str);
            Error::config(say!(
                "„{text}“ ist kein Zeitpunkt wie „{example}“",
                "\"{text}\" is no point in time such as \"{example}\""
            ))
        };
        let (kind, key) = parsed(text).ok_or_else(wrong)?;
        let key = match (self.kind, kind) {
            (Kind::NumberMonth, Kind::Number) => year_month(key).ok_or_else(wrong)?,
            (Kind::NumberMonth, Kind::Month) => key,
            (Kind::Day, Kind::Day) if !self.daily() => {
                let months = date(text).and_then(|date| months_of(&[date])).unwrap_or_default();
                months.first().copied().map(f64::from).ok_or_else(wrong)?
            }
            (Kind::Day, Kind::Month) if !self.daily() => key,
            (own, other) if own == other => key,
            _ => return Err(wrong()),
        };
        // 1920.0833 is meant to be 1920.08333333333.
        let slack = if self.decimal { 0.01 * self.step() } else { 0.0 };
        Ok(self.keys.partition_point(|k| *k < key - slack))
    }

    /// Whether keys of dates count days, not months.
    fn daily(&self) -> bool {
        self.keys.first().is_none_or(|key| *key > 100_000.0)
    }

    fn step(&self) -> f64 {
        self.keys.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min)
    }
}

/// The ways of writing times.
pub(super) fn forms() -> crate::domain::Label {
    say!(
        "Möglich sind 2024, 2024-05, 05.2024, 2024-Q2, 2024-05-31, 31.05.2024, 202405 oder fortlaufende Zahlen.",
        "possible are 2024, 2024-05, 05.2024, 2024-Q2, 2024-05-31, 31.05.2024, 202405 or running numbers"
    )
}

/// A time as a number: days, months or quarters counted through, or the number itself.
pub(super) fn parsed(text: &str) -> Option<(Kind, f64)> {
    if let Some(date) = date(text) {
        return Some((Kind::Day, date.num_days_from_ce().into()));
    }
    if let Some(months) = month(text) {
        return Some((Kind::Month, months.into()));
    }
    if let Some(quarters) = quarter(text) {
        return Some((Kind::Quarter, quarters.into()));
    }
    let number = text.parse::<f64>().or_else(|_| text.replace(',', ".").parse::<f64>()).ok()?;
    number.is_finite().then_some((Kind::Number, number))
}

/// 202405 as months.
pub(super) fn year_month(number: f64) -> Option<f64> {
    if number.fract() != 0.0 || !(190_001.0..=210_012.0).contains(&number) {
        return None;
    }
    let (year, month) = ((number / 100.0).floor(), number % 100.0);
    (1.0..=12.0).contains(&month).then_some(year * 12.0 + month - 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn axis(cells: &[&str]) -> Result<Axis> {
        let mut table = Table::new("a.csv", vec!["t".into()]);
        cells.iter().for_each(|cell| table.push(std::iter::once(*cell)));
        Axis::of(&table, "t")
    }

    #[test]
    fn periods_are_put_in_order() {
        let found = axis(&["2024-01", "2023-11", "2023-12", "2024-01"]).unwrap();
        assert_eq!(found.labels, ["2023-11", "2023-12", "2024-01"]);
        assert_eq!(found.places, [2, 0, 1, 2]);
        assert_eq!(found.place("2023-12").unwrap(), 1);
        assert_eq!(found.place("2024-02").unwrap(), 3);
        assert!(found.place("12").is_err());
    }

    #[test]
    fn every_way_of_writing_times() {
        for cells in [
            ["1999", "2000", "2001"],
            ["2023-11", "2023-12", "2024-01"],
            ["11.2023", "12.2023", "01.2024"],
            ["11/2023", "12/2023", "01/2024"],
            ["2023/11", "2023/12", "2024/01"],
            ["202311", "202312", "202401"],
            ["2023-Q3", "2023-Q4", "2024-Q1"],
            ["2024-01-31", "2024-02-29", "2024-03-31"],
            ["2023-12-01", "2024-01-01", "2024-02-01"],
            ["28.02.2024", "29.02.2024", "01.03.2024"],
            ["2024-02-26", "2024-03-04", "2024-03-11"],
            ["1949", "1949.08333333333", "1949.16666666667"],
            ["1949.08", "1949.17", "1949.25"],
        ] {
            let found = axis(&cells).unwrap();
            assert_eq!(found.labels, cells);
            assert_eq!(found.place(cells[1]).unwrap(), 1, "{cells:?}");
        }
        assert_eq!(axis(&["2023-12-01", "2024-01-01"]).unwrap().place("2024-01").unwrap(), 1);
        assert_eq!(axis(&["202312", "202401"]).unwrap().place("2024-01").unwrap(), 1);
    }

    #[test]
    fn gaps_and_other_things_are_named() {
        let said = |cells: &[&str]| axis(cells).unwrap_err().message(crate::domain::Lang::En).to_owned();
        assert!(said(&["2023-01", "2023-02", "2023-04"]).ends_with("(1 gaps): 2023-02 – 2023-04"));
        assert!(said(&["2001", "2002", "2004", "2005", "2007"]).ends_with("(2 gaps): 2002 – 2004, 2005 – 2007"));
        assert!(said(&["1949.08", "1949.25", "1949.33"]).contains("1949.08 – 1949.25"));
        assert!(said(&["2023-01", "May"]).contains("record 2"));
        assert!(said(&["2023-01", "2023-13"]).contains("record 2"));
        assert!(said(&["2023-01", "2023-02-01"]).contains("another way"));
        assert!(said(&[]).contains("no rows"));
    }
}
