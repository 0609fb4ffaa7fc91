use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::characteristics::{self, Categories};
use super::matching::refused;
use super::options::Data;
use super::{Answer, Estimate, Open};
use crate::Result;
use crate::stats::matching::{self, Balance, Partners, Sample};

/// Options of `calc balance`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with 1 for treated units and 0 for all others
    #[arg(long, value_name = "COLUMN")]
    treatment: String,
    /// Columns to compare the groups in, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    covariates: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    categories: Categories,
    /// Column with weights of the units, as matching gives them; default: every unit counts once
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<String>,
}

const EXAMPLE: &str = "Example:\n  resonanz calc balance --data datasets/calc/towns.csv --treatment participation \
                       --covariates population,density,platform";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc balance --data datasets/calc/towns.csv --treatment participation --covariates \
         population,density,platform",
    ),
    (
        "Columns to compare the groups in, separated by commas",
        "Spalten, in denen die Gruppen verglichen werden, durch Kommas getrennt",
    ),
    (
        "Column with weights of the units, as matching gives them; default: every unit counts once",
        "Spalte mit Gewichten der Einheiten, wie ein Matching sie liefert; ohne Angabe zählt jede Einheit einmal",
    ),
];

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("balance", options);
    answer.reads(&table);
    let treated = table.flags(&options.treatment)?;
    let covariates = characteristics::read(&table, &options.covariates, &options.categories)?;
    let weights = options.weights.as_deref().map(|name| table.full(name)).transpose()?;
    let found =
        matching::balance(&treated, &covariates, weights.as_deref(), Partners::None).map_err(|r| refused(&r))?;
    for balance in &found {
        answer.estimates.push(estimate(balance, "unweighted", &balance.before));
        if let Some(after) = &balance.after {
            answer.estimates.push(estimate(balance, "weighted", after));
        }
    }
    let ones = vec![1.0; treated.len()];
    let group = |group: bool| -> Value {
        let all = treated.iter().filter(|t| **t == group).count();
        let effective = matching::effective_size(&treated, weights.as_deref().unwrap_or(&ones), group);
        json!({ "all": all, "effective": effective })
    };
    answer.diagnostics.insert("treated".into(), group(true));
    answer.diagnostics.insert("controls".into(), group(false));
    answer.n = table.rows();
    Ok(answer)
}

/// The value is the standardised mean difference.
fn estimate(balance: &Balance, which: &'static str, sample: &Sample) -> Estimate {
    let keys = vec![
        ("covariate", balance.covariate.clone().into()),
        ("category", balance.level.clone().into()),
        ("sample", which.into()),
    ];
    Estimate {
        value: sample.difference,
        more: vec![
            ("smd", sample.difference.into()),
            ("mean_treated", sample.mean_treated.into()),
            ("mean_control", sample.mean_control.into()),
            ("variance_ratio", sample.variance_ratio.into()),
            ("ecdf_mean", sample.ecdf_mean.into()),
            ("ecdf_max", sample.ecdf_max.into()),
        ],
        ..Estimate::keyed(keys)
    }
}
