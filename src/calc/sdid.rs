use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::block::{Columns, Panel, refused};
use super::options::{Data, Level};
use super::{Answer, Estimate, Open, said};
use crate::domain::say;
use crate::stats::linalg::Matrix;
use crate::stats::normal::normal_quantile;
use crate::stats::probability::normal_two_sided;
use crate::stats::projection::without_covariates;
use crate::stats::sdid::{Block, ErrorBy, Estimator, SdidFit};
use crate::stats::synth::SynthRefusal;
use crate::{Error, Result};

/// Options of `calc sdid`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Columns with covariates, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Standard error: placebo (untreated units as if treated), jackknife (each unit left out in turn) or bootstrap
    /// (units drawn anew); the last two need several treated units
    #[arg(long, value_enum, default_value = "placebo")]
    se: Kind,
    /// Draws for the standard error, or "all": each placebo once, which needs one treated unit and is then the
    /// default for up to 200 others; else 200
    #[arg(long, value_name = "DRAWS", value_parser = draws)]
    draws: Option<String>,
    /// Start of the random numbers for the draws
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc sdid --data datasets/calc/campaign.csv --unit town --time month \
                       --outcome share --treated-unit Alspelhagen --start 2024-04";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc sdid --data datasets/calc/campaign.csv --unit town --time month \
         --outcome share --treated-unit Alspelhagen --start 2024-04",
    ),
    (
        "Draws for the standard error, or \"all\": each placebo once, which needs one treated unit and is then the \
         default for up to 200 others; else 200",
        "Ziehungen für den Standardfehler oder „all“: jedes Placebo einmal, möglich bei einer Einheit mit Maßnahme und \
         dann bei bis zu 200 anderen die Vorgabe; sonst 200",
    ),
    ("Start of the random numbers for the draws", "Startwert der Zufallszahlen für die Ziehungen"),
    (
        "Standard error: placebo (untreated units as if treated), jackknife (each unit left out in turn) or bootstrap \
         (units drawn anew); the last two need several treated units",
        "Standardfehler: placebo (Einheiten ohne Maßnahme, als hätten sie eine), jackknife (reihum bleibt eine Einheit \
         weg) oder bootstrap (Einheiten neu gezogen); die letzten beiden brauchen mehrere Einheiten mit Maßnahme",
    ),
];

/// The kinds of standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    // Untreated units as if treated
    Placebo,
    // Each unit left out in turn
    Jackknife,
    // Units drawn with replacement
    Bootstrap,
}

fn draws(text: &str) -> std::result::Result<String, String> {
    match text {
        "all" => Ok(text.to_owned()),
        number => number
            .parse::<usize>()
            .ok()
            .filter(|n| (2..=10_000_000).contains(n))
            .map(|_| text.to_owned())
            .ok_or_else(|| "all | 2, 3, …".to_owned()),
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("sdid", options);
    answer.reads(&table);
    let panel = Panel::of(&table, &options.columns)?;
    let treated = panel.units.len() - panel.untreated;
    let all = options.se == Kind::Placebo && treated == 1;
    let draws = options
        .draws
        .clone()
        .unwrap_or_else(|| if all && panel.untreated <= 200 { "all".to_owned() } else { "200".to_owned() });
    let jackknife = options.se == Kind::Jackknife;
    answer.options.insert("draws".into(), if jackknife { Value::Null } else { json!(draws) });
    let draws = draws.parse::<usize>().ok();
    let by = match options.se {
        Kind::Placebo => ErrorBy::Placebo,
        Kind::Jackknife => ErrorBy::Jackknife,
        Kind::Bootstrap => ErrorBy::Bootstrap,
    };
    if draws.is_none() && !all && !jackknife {
        return Err(Error::config(say!(
            "„all“ gibt es nur für Placebos bei einer Einheit mit Maßnahme; hier ist eine Zahl nötig",
            "\"all\" is only for placebos with one treated unit; a number is needed here"
        ))
        .at("--draws"));
    }
    let block = Block { outcomes: panel.outcomes.clone(), untreated: panel.untreated, before: panel.before };
    let refuse = |refusal| refused(refusal, &options.covariates);
    let columns: Vec<Matrix> =
        options.covariates.iter().map(|name| panel.column(&table, name)).collect::<Result<_>>()?;
    let block = if columns.is_empty() { block } else { adjusted(&block, &columns, options, &mut answer)? };
    let z = normal_quantile((1.0 + level) / 2.0).map_err(|refusal| Error::refused(said(&refusal)))?;
    for (name, estimator) in [("sdid", Estimator::Sdid), ("sc", Estimator::Synth), ("did", Estimator::Did)] {
        let fit = block.fit(estimator).map_err(refuse)?;
        let se = match block.standard_error(estimator, &fit, by, draws, options.seed) {
            // The estimates beside it may be without an error.
            Err(SynthRefusal::OneDonor) if estimator != Estimator::Sdid => 0.0,
            se => se.map_err(refuse)?,
        };
        let known = se > 0.0;
        answer.estimates.push(Estimate {
            value: Some(fit.effect),
            se: known.then_some(se),
            lower: known.then_some(fit.effect - z * se),
            upper: known.then_some(fit.effect + z * se),
            level: known.then_some(level),
            p: known.then(|| normal_two_sided(fit.effect / se)),
            ..Estimate::named(name)
        });
        if !known {
            answer.note(
                "no_variation",
                say!(
                    "{name}: Die Wiederholungen ergeben alle dasselbe oder sind nicht möglich, daher fehlt der Standardfehler.",
                    "{name}: the repetitions all give the same or are impossible, so there is no standard error"
                ),
            );
        }
        write(&mut answer, &panel, name, &fit);
    }
    answer.n = table.rows();
    for (name, value) in [
        ("untreated_units", panel.untreated),
        ("treated_units", treated),
        ("periods_before", panel.before),
        ("periods_after", panel.axis.labels.len() - panel.before),
    ] {
        answer.diagnostics.insert(name.into(), Value::from(value as u64));
    }
    if jackknife {
        answer.note(
            "jackknife_of_sc",
            say!(
                "sc: Der Jackknife taugt für die synthetische Kontrolle wenig, weil die Einheiten im Niveau verschieden sind.",
                "sc: the jackknife is of little use for synthetic control, as the units differ in level"
            ),
        );
    }
    if treated == 1 {
        answer.note(
            "single_treated_unit",
            say!(
                "Eine einzige Einheit mit Maßnahme: Der Standardfehler setzt voraus, dass sie so schwankt wie die anderen.",
                "one treated unit: the standard error assumes that it varies as the others do"
            ),
        );
    }
    Ok(answer)
}

/// The block without what the covariates explain.
fn adjusted(block: &Block, columns: &[Matrix], options: &Options, answer: &mut Answer) -> Result<Block> {
    let (block, beta) = without_covariates(block, columns).map_err(|refusal| refused(refusal, &options.covariates))?;
    let by: Vec<Value> =
        options.covariates.iter().zip(beta).map(|(key, value)| json!({ "key": key, "value": value })).collect();
    answer.diagnostics.insert("covariates".into(), Value::Array(by));
    answer.note(
        "covariates_taken_off",
        say!(
            "Die Kovariaten sind vorher abgezogen, mit Koeffizienten aus den Zellen ohne Maßnahme; \
             der Standardfehler nimmt diese als gegeben.",
            "the covariates are taken off first, with coefficients from the cells without treatment; \
             the standard error takes these as given"
        ),
    );
    Ok(block)
}

fn write(answer: &mut Answer, panel: &Panel, name: &'static str, fit: &SdidFit) {
    let pairs = |keys: &[String], values: &[f64]| -> Vec<Value> {
        keys.iter().zip(values).map(|(key, value)| json!({ "key": key, "value": value })).collect()
    };
    answer.aggregates.insert(
        name.into(),
        json!({
            "value": fit.effect,
            "by": pairs(&panel.axis.labels[panel.before..], &fit.curve),
            "omega": pairs(&panel.units, &fit.omega),
            "lambda": pairs(&panel.axis.labels, &fit.lambda),
        }),
    );
    let effective = 1.0 / fit.omega.iter().map(|w| w * w).sum::<f64>();
    answer.diagnostics.insert(
        name.into(),
        json!({
            "noise_level": fit.noise,
            "zeta_omega": fit.zeta_omega,
            "zeta_lambda": fit.zeta_lambda,
            "omega_sum": fit.omega.iter().sum::<f64>(),
            "lambda_sum": fit.lambda.iter().sum::<f64>(),
            "effective_untreated_units": effective,
            "converged": fit.converged,
            "gap": fit.gap,
        }),
    );
    // What could still be gained matters, not whether the last steps were small.
    if fit.gap > 1e-2 {
        answer.note(
            "iteration_limit",
            say!(
                "{name}: Die Gewichte sind noch nicht so gut, wie sie sein könnten (siehe gap).",
                "{name}: the weights are not yet as good as they could be (see gap)"
            ),
        );
    }
}
