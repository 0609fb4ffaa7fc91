use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;

use super::options::{Data, Level};
use super::units::{Columns, distinct};
use super::{Answer, Estimate, Open, Table};
use crate::domain::say;
use crate::stats::shrink::{self, Family, MIN_UNITS, Marshall, Prior, ShrinkError};
use crate::{Error, Result};

/// Below this many units the two parameters are hardly known.
const FEW: usize = 10;

/// Options of `calc shrink`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// How true values differ between units: shares by a beta distribution, rates by a gamma distribution
    #[arg(long, value_enum, default_value = "beta-binomial")]
    model: Model,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc shrink --data datasets/calc/towns.csv --unit town --numerator online --denominator cases";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc shrink --data datasets/calc/towns.csv --unit town --numerator online --denominator cases",
    ),
    (
        "How true values differ between units: shares by a beta distribution, rates by a gamma distribution",
        "Wie sich wahre Werte zwischen Einheiten unterscheiden: Anteile nach einer Betaverteilung, Raten nach einer \
         Gammaverteilung",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Model {
    BetaBinomial,
    GammaPoisson,
}

impl From<Model> for Family {
    fn from(model: Model) -> Self {
        match model {
            Model::BetaBinomial => Self::BetaBinomial,
            Model::GammaPoisson => Self::GammaPoisson,
        }
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("shrink", options);
    answer.reads(&table);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let names = table.labels(&options.columns.unit)?;
    distinct(&table, &options.columns.unit, &names)?;
    let (counts, sizes) = (table.counts(&options.columns.numerator)?, table.full(&options.columns.denominator)?);
    // A unit without any case has no value of its own; one with cases among none is a mistake and refused.
    let rows: Vec<usize> = (0..names.len()).filter(|row| sizes[*row] != 0.0 || counts[*row] != 0).collect();
    answer.drop("units", names.len() - rows.len(), "zero_denominator", say!("Nenner ist null", "denominator is zero"));
    let numerators: Vec<u64> = rows.iter().map(|row| counts[*row]).collect();
    let denominators: Vec<f64> = rows.iter().map(|row| sizes[*row]).collect();
    let family = options.model.into();
    let refused = |error| refusal(&table, options, &rows, error);
    let prior = shrink::fit(family, &numerators, &denominators).map_err(refused)?;
    let marshall = Marshall::of(&numerators, &denominators);
    let level = options.level.level;
    for (at, (&x, &n)) in numerators.iter().zip(&denominators).enumerate() {
        let unit = shrink::shrunken(family, &prior, x, n, level).map_err(|e| refused(e.into()))?;
        let mut more = vec![
            ("raw", unit.raw.into()),
            ("weight", unit.weight.into()),
            ("numerator", x.into()),
            ("denominator", n.into()),
        ];
        if options.model == Model::GammaPoisson {
            more.push(("marshall", marshall.value(x, n).into()));
        }
        answer.estimates.push(Estimate {
            value: Some(unit.value),
            se: unit.deviation,
            lower: unit.interval.map(|i| i.lower),
            upper: unit.interval.map(|i| i.upper),
            level: unit.interval.map(|_| level),
            more,
            ..Estimate::keyed(vec![("unit", names[rows[at]].into())])
        });
    }
    answer.n = rows.len();
    summary(&mut answer, options.model, &prior, &marshall);
    Ok(answer)
}

fn summary(answer: &mut Answer, model: Model, prior: &Prior, marshall: &Marshall) {
    let n = answer.n;
    let fit = json!({
        "mean": prior.mean,
        "a": prior.parameters.map(|(a, _)| a),
        "b": prior.parameters.map(|(_, b)| b),
        "log_likelihood": prior.log_likelihood,
    });
    answer.aggregates.insert("prior".to_owned(), fit);
    if model == Model::GammaPoisson {
        let moments = json!({ "mean": marshall.mean, "variance": marshall.variance, "between": marshall.between });
        answer.aggregates.insert("marshall".to_owned(), moments);
    }
    answer.diagnostics.insert("likelihood_ratio".to_owned(), prior.likelihood_ratio.into());
    if prior.parameters.is_none() {
        answer.note(
            "no_overdispersion",
            say!(
                "Die Einheiten unterscheiden sich nicht mehr, als der Zufall erwarten lässt: Jeder Wert wird ganz zum gemeinsamen \
                 Mittel gezogen; eine Spanne gibt es dann nicht",
                "the units differ no more than chance leads one to expect: every value is drawn wholly to the common mean, \
                 and there is no interval"
            ),
        );
    }
    if n < FEW {
        answer.note(
            "few_units",
            say!(
                "{n} Einheiten: Wie stark sie sich über den Zufall hinaus unterscheiden, ist damit kaum zu schätzen",
                "{n} units hardly tell how much units differ beyond chance"
            ),
        );
    }
    answer.note(
        "beside_raw",
        say!(
            "Der gezogene Wert ergänzt den eigenen Wert der Einheit (raw) und ersetzt ihn nicht; die Spanne nimmt die Verteilung der wahren \
             Werte als bekannt an",
            "the shrunken value stands beside the unit's own (raw), not in its place; the interval takes the distribution of true values \
             as known"
        ),
    );
}

fn refusal(table: &Table, options: &Options, rows: &[usize], error: ShrinkError) -> Error {
    let row = |at: usize| rows.get(at).copied().unwrap_or(at);
    match error {
        ShrinkError::Refusal(refusal) => Error::refused(super::said(&refusal)),
        ShrinkError::FewUnits(found) => Error::refused(say!(
            "{found} Einheiten, nötig sind mindestens {MIN_UNITS}",
            "{found} units, at least {MIN_UNITS} are needed"
        )),
        ShrinkError::Denominator(at) => Error::refused(table.at(
            &options.columns.denominator,
            row(at),
            &say!("Der Nenner ist nicht größer als null", "the denominator is not above zero"),
        )),
        ShrinkError::Numerator(at) => Error::refused(table.at(
            &options.columns.numerator,
            row(at),
            &say!("Die Anzahl ist größer als ihr Nenner", "the count exceeds its denominator"),
        ))
        .hint(say!("Für Raten: --model gamma-poisson.", "for rates: --model gamma-poisson")),
        ShrinkError::Constant => Error::refused(say!(
            "Keine Einheit hat einen Fall, oder alle haben nur solche: Wie sich Einheiten unterscheiden, ist nicht zu schätzen",
            "no unit has a case, or all have nothing else: how units differ cannot be estimated"
        )),
        ShrinkError::SingleTrials => Error::refused(say!(
            "Keine Einheit hat mehr als einen Fall: Unterschiede zwischen Einheiten sind vom Zufall nicht zu trennen",
            "no unit has more than one case: differences between units cannot be told from chance"
        )),
        ShrinkError::Unbounded => Error::refused(say!(
            "Die Einheiten unterscheiden sich ohne Grenze (jede hat keinen Fall oder nur solche): Eine Verteilung der wahren Werte lässt \
             sich nicht schätzen",
            "the units differ without bound (each has no case or nothing else): no distribution of true values can be estimated"
        )),
    }
}
