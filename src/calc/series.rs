//! One series over time: what the methods for a series work on.

use clap::Args;
use serde::Serialize;

use super::Table;
use super::periods::Axis;
use crate::domain::{Label, say};
use crate::stats::series::SeriesRefusal;
use crate::{Error, Result};

/// The columns of a series.
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Columns {
    /// Column with the period (year, quarter, month, day or running number): one row each, without gaps
    #[arg(long, value_name = "COLUMN")]
    pub time: String,
    /// Column with the values of the series
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["numerator", "denominator"], required_unless_present = "numerator")]
    pub value: Option<String>,
    /// Column with the cases counted, where the value is a share or rate
    #[arg(long, value_name = "COLUMN", requires = "denominator")]
    pub numerator: Option<String>,
    /// Column with what the cases are divided by
    #[arg(long, value_name = "COLUMN", requires = "numerator")]
    pub denominator: Option<String>,
}

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        "Column with the period (year, quarter, month, day or running number): one row each, without gaps",
        "Spalte mit dem Zeitpunkt (Jahr, Quartal, Monat, Tag oder laufende Nummer): je eine Zeile, ohne Lücken",
    ),
    ("Column with the values of the series", "Spalte mit den Werten der Reihe"),
    (
        "Column with the cases counted, where the value is a share or rate",
        "Spalte mit den gezählten Fällen, wenn der Wert ein Anteil oder eine Rate ist",
    ),
    ("Column with what the cases are divided by", "Spalte mit dem, wodurch die Fälle geteilt werden"),
    ("Periods of a season: 12 for months, 4 for quarters", "Zeitpunkte einer Saison: 12 bei Monaten, 4 bei Quartalen"),
];

/// A series in order of time.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub axis: Axis,
    pub values: Vec<f64>,
}

impl Series {
    /// Reads the series of `columns`.
    ///
    /// # Errors
    /// If a period is missing or has two rows, a value is missing, or a denominator is not above zero.
    pub fn of(table: &Table, columns: &Columns) -> Result<Self> {
        let axis = Axis::of(table, &columns.time)?;
        let mut seen: Vec<Option<usize>> = vec![None; axis.labels.len()];
        for (row, place) in axis.places.iter().enumerate() {
            if let Some(first) = seen[*place].replace(row) {
                let (file, label, first, second) = (&table.file, &axis.labels[*place], first + 1, row + 1);
                return Err(Error::refused(say!(
                    "{file}: Zum Zeitpunkt {label} gibt es zwei Zeilen (Datensätze {first} und {second})",
                    "{file}: period {label} has two rows (records {first} and {second})"
                ))
                .hint(say!(
                    "Dieses Verfahren rechnet mit einer Reihe; mehrere Orte vorher zusammenfassen oder auswählen.",
                    "this method works on one series; add up or select towns first"
                )));
            }
        }
        let raw = match (&columns.value, &columns.numerator, &columns.denominator) {
            (Some(value), ..) => table.full(value)?,
            (None, Some(numerator), Some(denominator)) => {
                let all = table.full(denominator)?;
                if let Some(row) = all.iter().position(|d| *d <= 0.0) {
                    let what = say!("der Nenner ist nicht größer als null", "the denominator is not above zero");
                    return Err(Error::refused(table.at(denominator, row, &what)));
                }
                table.full(numerator)?.iter().zip(&all).map(|(n, d)| n / d).collect()
            }
            _ => {
                return Err(
                    Error::config(say!("Spalte mit den Werten fehlt", "the column of values is missing")).at("--value")
                );
            }
        };
        let mut values = vec![0.0; raw.len()];
        raw.iter().zip(&axis.places).for_each(|(value, place)| values[*place] = *value);
        Ok(Self { axis, values })
    }
}

/// A refusal of the methods for a series in both languages.
pub(super) fn refused(refusal: SeriesRefusal) -> Error {
    let de = match refusal {
        SeriesRefusal::Short { found, needed } => format!("{found} Zeitpunkte; nötig sind mindestens {needed}"),
        SeriesRefusal::FewSeasons { found, season } => {
            format!("{found} Zeitpunkte; nötig sind mehr als zwei volle Saisons zu {season}")
        }
        SeriesRefusal::Season => "eine Saison hat mindestens 2 Zeitpunkte".to_owned(),
        SeriesRefusal::Window => "das Fenster muss eine ungerade Zahl ab 3 sein".to_owned(),
        SeriesRefusal::NonFinite => "ein Wert ist keine endliche Zahl brauchbarer Größe".to_owned(),
        SeriesRefusal::Constant => "alle Werte sind gleich".to_owned(),
        SeriesRefusal::Event { before, after, needed } => format!(
            "{before} Zeitpunkte vor dem Ereignis und {after} ab ihm; nötig sind auf jeder Seite mindestens {needed}"
        ),
        SeriesRefusal::Collinear => "die Terme der Regression lassen sich nicht auseinanderhalten".to_owned(),
        SeriesRefusal::ExactFit => {
            "das Modell trifft die Werte genau, daher lässt sich kein Fehler schätzen".to_owned()
        }
        SeriesRefusal::Lag { lag, found } => format!("{lag} Verzögerungen sind zu viele für {found} Zeitpunkte"),
        SeriesRefusal::Segment { segment, found } => {
            format!(
                "Abschnitte von mindestens {segment} Zeitpunkten lassen bei {found} Zeitpunkten keinen Platz für einen Bruch"
            )
        }
    };
    Error::refused(Label::new(de, refusal.to_string()))
}
