use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::adjust::{self, AdjustRefusal};
use crate::{Error, Result};

/// Options of `calc adjust`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the p values of the whole family of tests
    #[arg(long, value_name = "COLUMN")]
    p: String,
    /// Adjustment: bh (Benjamini-Hochberg) and by (Benjamini-Yekutieli) hold the false discovery rate, holm any error
    #[arg(long, value_enum, default_value = "bh")]
    method: Kind,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc adjust --data datasets/calc/tests.csv --p p --method holm";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (EXAMPLE, "Beispiel:\n  resonanz calc adjust --data datasets/calc/tests.csv --p p --method holm"),
    ("Column with the p values of the whole family of tests", "Spalte mit den p-Werten aller zusammengehörigen Tests"),
    (
        "Adjustment: bh (Benjamini-Hochberg) and by (Benjamini-Yekutieli) hold the false discovery rate, holm any error",
        "Korrektur: bh (Benjamini-Hochberg) und by (Benjamini-Yekutieli) begrenzen den Anteil falscher Treffer, holm die Gefahr auch nur eines einzigen",
    ),
];

/// The adjustments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Bh,
    Holm,
    By,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("adjust", options);
    answer.reads(&table);
    let p = table.full(&options.p)?;
    let adjusted = match options.method {
        Kind::Bh => adjust::benjamini_hochberg(&p),
        Kind::Holm => adjust::holm(&p),
        Kind::By => adjust::benjamini_yekutieli(&p),
    };
    let adjusted = adjusted.map_err(|refusal| match refusal {
        AdjustRefusal::Empty => super::nothing(&table),
        AdjustRefusal::NoProbability { index } => {
            let value = p.get(index).copied().unwrap_or_default();
            let what =
                say!("{value} ist kein p-Wert (Zahl von 0 bis 1)", "{value} is no p value (a number from 0 to 1)");
            Error::refused(table.at(&options.p, index, &what))
        }
    })?;
    let alpha = 1.0 - level;
    let mut rejected = 0u64;
    for (row, (&raw, &value)) in p.iter().zip(&adjusted).enumerate() {
        let rejects = value <= alpha;
        rejected += u64::from(rejects);
        answer.estimates.push(Estimate {
            value: Some(value),
            level: Some(level),
            p: Some(raw),
            more: vec![("rejected", rejects.into())],
            ..Estimate::keyed(vec![("row", (row + 1).into())])
        });
    }
    answer.diagnostics.insert("tests".into(), p.len().into());
    answer.diagnostics.insert("rejected".into(), rejected.into());
    answer.n = table.rows();
    Ok(answer)
}
