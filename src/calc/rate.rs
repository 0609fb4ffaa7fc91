use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::{Answer, Estimate, Open};
use crate::Result;
use crate::domain::say;
use crate::stats::Refusal;
use crate::stats::standardise::CountLimits;

/// Options of `calc rate`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the events counted
    #[arg(long, value_name = "COLUMN")]
    numerator: String,
    /// Column with the exposure, for example inhabitants
    #[arg(long, value_name = "COLUMN")]
    denominator: String,
    /// Interval; byar is exact below ten events
    #[arg(long, value_enum, default_value = "byar")]
    method: Limits,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc rate --data datasets/calc/towns.csv --numerator cases --denominator population --method exact";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc rate --data datasets/calc/towns.csv --numerator cases --denominator population --method exact",
    ),
    ("Column with the events counted", "Spalte mit den gezählten Ereignissen"),
    ("Column with the exposure, for example inhabitants", "Spalte mit der Bezugsgröße, zum Beispiel Personen"),
    ("Interval; byar is exact below ten events", "Art der Spanne; byar ist unter zehn Ereignissen exakt"),
];

/// The limits of an event count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Limits {
    Byar,
    Exact,
    Midp,
}

impl From<Limits> for CountLimits {
    fn from(limits: Limits) -> Self {
        match limits {
            Limits::Byar => Self::Byar,
            Limits::Exact => Self::Exact,
            Limits::Midp => Self::MidP,
        }
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("rate", options);
    answer.reads(&table);
    let (events, exposure) = (table.counts(&options.numerator)?, table.full(&options.denominator)?);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let mut few = 0;
    for (row, (&x, &e)) in events.iter().zip(&exposure).enumerate() {
        let refused = |refusal| super::refused_at(&table, &options.denominator, row, &refusal);
        match e {
            e if e < 0.0 => return Err(refused(Refusal::Negative)),
            0.0 => return Err(refused(Refusal::ZeroDenominator)),
            _ => {}
        }
        let (interval, method) = CountLimits::from(options.method).of(x, level).map_err(refused)?;
        few += usize::from(options.method == Limits::Byar && method == "poisson_exact");
        let parts = [x as f64 / e, interval.lower / e, interval.upper / e];
        if parts.iter().any(|part| !part.is_finite()) {
            return Err(refused(Refusal::NonFinite));
        }
        let [value, lower, upper] = parts.map(Some);
        answer.estimates.push(Estimate {
            value,
            lower,
            upper,
            level: Some(level),
            more: vec![("interval", method.into())],
            ..Estimate::keyed(vec![("row", (row + 1).into())])
        });
    }
    if few > 0 {
        let text = say!(
            "Zeilen mit weniger als zehn Ereignissen ({few}) haben die exakte Spanne statt der von Byar",
            "rows with fewer than ten events ({few}) have the exact interval instead of Byar's"
        );
        answer.note("exact_below_ten", text);
    }
    answer.n = table.rows();
    Ok(answer)
}
