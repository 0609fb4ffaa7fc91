use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::{Answer, Estimate, Open};
use crate::Result;
use crate::stats::{self, Interval, Refusal, proportion};

/// Options of `calc proportion`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the cases counted
    #[arg(long, value_name = "COLUMN")]
    numerator: String,
    /// Column with all cases
    #[arg(long, value_name = "COLUMN")]
    denominator: String,
    /// Interval
    #[arg(long, value_enum, default_value = "wilson")]
    method: Kind,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str =
    "Example:\n  resonanz calc proportion --data datasets/calc/towns.csv --numerator online --denominator cases";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc proportion --data datasets/calc/towns.csv --numerator online --denominator cases",
    ),
    ("Column with the cases counted", "Spalte mit den gezählten Fällen"),
    ("Column with all cases", "Spalte mit allen Fällen"),
    ("Interval", "Art der Spanne"),
];

/// The kinds of interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Wilson,
    ClopperPearson,
    AgrestiCoull,
    Jeffreys,
}

impl Kind {
    fn interval(self, x: u64, n: u64, level: f64) -> std::result::Result<Interval, Refusal> {
        match self {
            Self::Wilson => stats::wilson(x, n, level),
            Self::ClopperPearson => proportion::clopper_pearson(x, n, level),
            Self::AgrestiCoull => proportion::agresti_coull(x, n, level),
            Self::Jeffreys => proportion::jeffreys(x, n, level),
        }
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("proportion", options);
    answer.reads(&table);
    let (cases, all) = (table.counts(&options.numerator)?, table.counts(&options.denominator)?);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    for (row, (&x, &n)) in cases.iter().zip(&all).enumerate() {
        let interval = options
            .method
            .interval(x, n, level)
            .map_err(|refusal| super::refused_at(&table, &options.denominator, row, &refusal))?;
        answer.estimates.push(Estimate {
            value: Some(x as f64 / n as f64),
            lower: Some(interval.lower),
            upper: Some(interval.upper),
            level: Some(level),
            ..Estimate::keyed(vec![("row", (row + 1).into())])
        });
    }
    answer.n = table.rows();
    Ok(answer)
}
