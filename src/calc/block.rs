//! Units by periods with one start: what the synthetic methods work on.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::Table;
use super::periods::Axis;
use super::units::meant;
use crate::domain::{Label, say};
use crate::stats::linalg::Matrix;
use crate::stats::synth::SynthRefusal;
use crate::{Error, Result};

/// The columns of a panel with one start.
#[derive(Debug, Clone, Args, Serialize)]
pub(super) struct Columns {
    /// Column with the name of the unit (such as the town); every unit needs a row in every period
    #[arg(long, value_name = "COLUMN")]
    pub unit: String,
    /// Column with the period (year, month or running number), without gaps
    #[arg(long, value_name = "COLUMN")]
    pub time: String,
    /// Column with the outcome, a number
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// The unit that was treated, as written in the file; several for calc sdid, separated by commas or stated one by one
    #[arg(long, value_name = "UNIT", required = true)]
    pub treated_unit: Vec<String>,
    /// First period with the treatment
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    pub start: String,
}

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        "Column with the name of the unit (such as the town); every unit needs a row in every period",
        "Spalte mit dem Namen der Einheit (etwa des Ortes); jede Einheit braucht eine Zeile je Zeitpunkt",
    ),
    (
        "Column with the period (year, month or running number), without gaps",
        "Spalte mit dem Zeitpunkt (Jahr, Monat oder laufende Nummer), ohne Lücken",
    ),
    ("Column with the outcome, a number", "Spalte mit der Zielgröße, einer Zahl"),
    (
        "The unit that was treated, as written in the file; several for calc sdid, separated by commas or stated one by one",
        "Die Einheit mit der Maßnahme, wie sie in der Datei steht; bei calc sdid auch mehrere, durch Kommas getrennt oder \
         einzeln angegeben",
    ),
    ("First period with the treatment", "Erster Zeitpunkt mit der Maßnahme"),
];

/// A balanced panel, untreated units first, each group in the order of names.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub axis: Axis,
    pub units: Vec<String>,
    pub untreated: usize,
    pub before: usize,
    pub outcomes: Matrix,
    /// For each row of the table, the row of its unit here.
    pub rows: Vec<usize>,
}

impl Panel {
    /// A further column in the shape of the outcomes.
    ///
    /// # Errors
    /// If there is no such column or a value is missing.
    pub fn column(&self, table: &Table, name: &str) -> Result<Matrix> {
        let mut out = Matrix::zeros(self.units.len(), self.axis.labels.len());
        for (row, value) in table.full(name)?.into_iter().enumerate() {
            out.set(self.rows[row], self.axis.places[row], value);
        }
        Ok(out)
    }

    /// Reads the panel of `columns`.
    ///
    /// # Errors
    /// If a treated unit or the start is not in the table, a unit has two rows or none in a period, or an outcome
    /// is missing.
    pub fn of(table: &Table, columns: &Columns) -> Result<Self> {
        let names = table.labels(&columns.unit)?;
        let axis = Axis::of(table, &columns.time)?;
        let values = table.numbers(&columns.outcome)?;
        let mut distinct: Vec<&str> = names.clone();
        distinct.sort_unstable();
        distinct.dedup();
        // A name may hold a comma itself.
        let split = |text: &'_ String| -> Vec<String> {
            if distinct.contains(&text.trim()) {
                return vec![text.trim().to_owned()];
            }
            text.split(',').map(|part| part.trim().to_owned()).collect()
        };
        let treated: Vec<String> = columns.treated_unit.iter().flat_map(split).collect();
        let treated: Vec<&str> = treated.iter().map(|unit| meant(&distinct, unit).unwrap_or(unit.as_str())).collect();
        for unit in &treated {
            if !distinct.contains(unit) {
                let known: Vec<String> = distinct.iter().map(|d| (*d).to_owned()).collect();
                let error = Error::config(say!(
                    "{}: Eine Einheit „{unit}“ gibt es in der Spalte „{}“ nicht",
                    "{}: there is no unit \"{unit}\" in the column \"{}\"",
                    table.file,
                    columns.unit
                ))
                .at("--treated-unit");
                return Err(match crate::ingest::closest(unit, &known) {
                    Some(similar) => error.did_you_mean(similar),
                    None => error,
                });
            }
        }
        let mut units: Vec<&str> = distinct.iter().copied().filter(|unit| !treated.contains(unit)).collect();
        let untreated = units.len();
        units.extend(distinct.iter().copied().filter(|unit| treated.contains(unit)));
        let place: BTreeMap<&str, usize> = units.iter().enumerate().map(|(at, unit)| (*unit, at)).collect();
        let periods = axis.labels.len();
        let mut cells: Vec<Option<(usize, f64)>> = vec![None; units.len() * periods];
        let mut rows = Vec::with_capacity(names.len());
        let cell = |unit: &str, period: usize| -> Label {
            let (file, label) = (&table.file, &axis.labels[period]);
            say!("{file}: Einheit „{unit}“, Zeitpunkt {label}", "{file}: unit \"{unit}\", period {label}")
        };
        for (row, (name, value)) in names.iter().zip(&values).enumerate() {
            let unit = place.get(name).copied().unwrap_or_default();
            rows.push(unit);
            let at = unit * periods + axis.places[row];
            let Some(value) = value else {
                let what = cell(name, axis.places[row]);
                return Err(missing(&what));
            };
            if let Some((first, _)) = cells[at] {
                let (what, first, second) = (cell(name, axis.places[row]), first + 1, row + 1);
                return Err(Error::refused(Label::new(
                    format!("{}: zwei Zeilen (Datensätze {first} und {second})", what.de),
                    format!("{}: two rows (records {first} and {second})", what.en),
                )));
            }
            cells[at] = Some((row, *value));
        }
        let mut values = Vec::with_capacity(cells.len());
        for (at, found) in cells.iter().enumerate() {
            let Some((_, value)) = found else {
                return Err(missing(&cell(units[at / periods], at % periods)));
            };
            values.push(*value);
        }
        let before = axis.place(&columns.start).map_err(|error| error.at("--start"))?;
        Ok(Self {
            outcomes: Matrix::from_rows(units.len(), periods, values),
            units: units.into_iter().map(str::to_owned).collect(),
            axis,
            untreated,
            before,
            rows,
        })
    }
}

fn missing(what: &Label) -> Error {
    Error::refused(Label::new(format!("{}: Der Wert fehlt", what.de), format!("{}: the value is missing", what.en)))
        .hint(say!(
            "Die Einheit entfernen oder den Zeitraum kürzen; fehlend ist nicht null.",
            "remove the unit or shorten the span; missing is not zero"
        ))
}

/// A refusal of the synthetic methods in both languages; `predictors` are the names of the predictors.
pub(super) fn refused(refusal: SynthRefusal, predictors: &[String]) -> Error {
    let name = |at: usize| predictors.get(at).map_or("?", String::as_str);
    let en = match refusal {
        SynthRefusal::ConstantPredictor { at } => format!("predictor {} has the same value in every unit", name(at)),
        SynthRefusal::CollinearCovariate { at } => {
            format!("covariate {} is explained by units, periods and the covariates before it", name(at))
        }
        other => other.to_string(),
    };
    let de = match refusal {
        SynthRefusal::FewDonors { found } => {
            format!("Einheiten ohne Maßnahme: {found}; zu wenige für dieses Verfahren (mindestens 2, für Placebos 3)")
        }
        SynthRefusal::FewPeriods { found } => {
            format!("Zeitpunkte vor der Maßnahme: {found}; nötig sind mindestens 2")
        }
        SynthRefusal::NoPeriodAfter => "ab der Maßnahme gibt es keinen Zeitpunkt".to_owned(),
        SynthRefusal::NoTreated => "es gibt keine Einheit mit Maßnahme".to_owned(),
        SynthRefusal::NonFinite => "ein Wert ist keine endliche Zahl brauchbarer Größe".to_owned(),
        SynthRefusal::Constant => {
            "die Einheiten ohne Maßnahme ändern sich vor der Maßnahme nicht, also fehlt ein Maß für den Zufall"
                .to_owned()
        }
        SynthRefusal::ConstantPredictor { at } => {
            format!("das Merkmal {} hat in allen Einheiten denselben Wert", name(at))
        }
        SynthRefusal::CollinearCovariate { at } => {
            format!("die Kovariate {} ist durch Einheiten, Zeitpunkte und die Kovariaten davor schon erklärt", name(at))
        }
        SynthRefusal::PredictorWeights => {
            "die Gewichte der Merkmale müssen eines je Merkmal, nicht negativ und nicht alle null sein".to_owned()
        }
        SynthRefusal::NotOptimal => "die gefundenen Gewichte erfüllen die Bedingungen des Optimums nicht".to_owned(),
        SynthRefusal::FewForPlacebo { untreated, treated } => format!(
            "{untreated} Einheiten ohne und {treated} mit Maßnahme: \
             Placebo-Fehler brauchen mehr Einheiten ohne als mit Maßnahme"
        ),
        SynthRefusal::OneTreated => {
            "zum Weglassen oder neuen Ziehen von Einheiten sind mindestens zwei Einheiten mit Maßnahme nötig".to_owned()
        }
        SynthRefusal::OneDonor => {
            "eine einzige Einheit ohne Maßnahme trägt alles Gewicht und kann daher nicht wegbleiben".to_owned()
        }
        SynthRefusal::FewDraws => "nötig sind mindestens zwei Ziehungen".to_owned(),
    };
    Error::refused(Label::new(de, en))
}
