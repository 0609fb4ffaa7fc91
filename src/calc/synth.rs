use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::block::{Columns, Panel, refused};
use super::options::Data;
use super::{Answer, Estimate, Open, Table};
use crate::domain::say;
use crate::stats::linalg::Matrix;
use crate::stats::synth::{Predictors, SynthFit, SynthPanel, outcomes_before, rank_p};
use crate::{Error, Result};

/// Options of `calc synth`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Predictors to bring together, each COLUMN, COLUMN:TIME or COLUMN:FROM:TO (mean of the periods with a value
    /// before the start); default: the outcome of every period before the start
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Weights of the predictors, in their order; default: equal
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',')]
    v: Vec<f64>,
    /// Scale of the predictors: sd (divided by their standard deviation over all units) or none; default: sd with
    /// --covariates, else none
    #[arg(long, value_enum)]
    scale: Option<Scale>,
}

const EXAMPLE: &str = "Example:\n  resonanz calc synth --data datasets/calc/campaign.csv --unit town --time month \
                       --outcome share --treated-unit Alspelhagen --start 2024-04";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc synth --data datasets/calc/campaign.csv --unit town --time month \
         --outcome share --treated-unit Alspelhagen --start 2024-04",
    ),
    (
        "Predictors to bring together, each COLUMN, COLUMN:TIME or COLUMN:FROM:TO (mean of the periods with a value \
         before the start); default: the outcome of every period before the start",
        "Merkmale, die gleichen sollen, je SPALTE, SPALTE:ZEITPUNKT oder SPALTE:VON:BIS (Mittel der Zeitpunkte mit \
         Wert vor der Maßnahme); ohne Angabe die Zielgröße an jedem Zeitpunkt vor der Maßnahme",
    ),
    (
        "Weights of the predictors, in their order; default: equal",
        "Gewichte der Merkmale in ihrer Reihenfolge; ohne Angabe gleich",
    ),
    (
        "Scale of the predictors: sd (divided by their standard deviation over all units) or none; default: sd with \
         --covariates, else none",
        "Maßstab der Merkmale: sd (geteilt durch ihre Standardabweichung über alle Einheiten) oder none (wie sie sind); \
         ohne Angabe sd mit --covariates, sonst none",
    ),
];

/// The scale of predictors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Scale {
    // Divided by their standard deviation over all units
    Sd,
    // As they are
    None,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("synth", options);
    answer.reads(&table);
    let panel = Panel::of(&table, &options.columns)?;
    let treated = panel.untreated;
    if panel.units.len() != treated + 1 {
        return Err(Error::config(say!(
            "Dieses Verfahren braucht genau eine Einheit mit Maßnahme",
            "this method needs exactly one treated unit"
        ))
        .at("--treated-unit")
        .hint(say!("Für mehrere gibt es `calc sdid`.", "for several there is `calc sdid`")));
    }
    let (names, predictors) = predictors(options, &table, &panel, &mut answer)?;
    answer.options.insert("scale".into(), json!(if predictors.scaled { Scale::Sd } else { Scale::None }));
    answer.options.insert("v".into(), json!(predictors.weights));
    let synth = SynthPanel { outcomes: panel.outcomes.clone(), treated, before: panel.before, predictors };
    let refuse = |refusal| refused(refusal, &names);
    let fit = synth.fit().map_err(refuse)?;
    let placebos = synth.placebos().map_err(refuse)?;
    let without = synth.leave_one_out(&fit).map_err(refuse)?;
    answer.n = table.rows();
    write(&mut answer, &panel, &fit, &placebos, &without);
    balance(&mut answer, &names, &synth, &fit);
    remarks(&mut answer, &panel, &fit);
    Ok(answer)
}

fn predictors(
    options: &Options,
    table: &Table,
    panel: &Panel,
    answer: &mut Answer,
) -> Result<(Vec<String>, Predictors)> {
    if options.covariates.is_empty() {
        let mut predictors = outcomes_before(&panel.outcomes, panel.before);
        if !options.v.is_empty() {
            predictors.weights.clone_from(&options.v);
        }
        predictors.scaled = options.scale == Some(Scale::Sd);
        let names = panel.axis.labels.iter().take(panel.before);
        return Ok((names.map(|t| format!("{} {t}", options.columns.outcome)).collect(), predictors));
    }
    let names: Vec<String> = options.covariates.iter().map(|c| c.trim().to_owned()).collect();
    let mut values = Matrix::zeros(panel.units.len(), names.len());
    let mut missing = 0;
    for (at, name) in names.iter().enumerate() {
        let (means, gaps) = mean_before(table, panel, name)?;
        missing += gaps;
        means.into_iter().enumerate().for_each(|(unit, mean)| values.set(unit, at, mean));
    }
    answer.drop(
        "predictor_cells",
        missing,
        "missing_value",
        say!(
            "Merkmale ohne Wert an einem Zeitpunkt: Das Mittel nimmt die übrigen Zeitpunkte",
            "predictors without a value in a period: the mean takes the other periods"
        ),
    );
    let weights = if options.v.is_empty() { vec![1.0; names.len()] } else { options.v.clone() };
    Ok((names, Predictors { values, weights, scaled: options.scale != Some(Scale::None) }))
}

/// The mean of one predictor by unit, and the number of cells without value.
fn mean_before(table: &Table, panel: &Panel, name: &str) -> Result<(Vec<f64>, usize)> {
    let mut parts = name.split(':');
    let column = parts.next().unwrap_or_default();
    let axis = &panel.axis;
    let place = |text: &str| axis.place(text).map_err(|error| error.at("--covariates"));
    let (from, to) = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => (0, panel.before.saturating_sub(1)),
        (Some(at), None, _) => (place(at)?, place(at)?),
        (Some(from), Some(to), None) => (place(from)?, place(to)?),
        _ => {
            return Err(Error::config(say!(
                "„{name}“ hat mehr als zwei Zeitpunkte",
                "\"{name}\" has more than two periods"
            ))
            .at("--covariates"));
        }
    };
    if from > to || to >= panel.before {
        return Err(Error::config(say!(
            "„{name}“ reicht nicht in die Zeit vor der Maßnahme oder darüber hinaus: \
             Werte ab der Maßnahme können ihre Folge sein",
            "\"{name}\" does not lie before the start: values from the start on may be its effect"
        ))
        .at("--covariates"));
    }
    let numbers = table.numbers(column)?;
    let mut sums = vec![(0.0, 0usize); panel.units.len()];
    let mut missing = 0;
    for (row, number) in numbers.iter().enumerate().filter(|(row, _)| (from..=to).contains(&axis.places[*row])) {
        match number {
            Some(number) => {
                let sum = &mut sums[panel.rows[row]];
                *sum = (sum.0 + number, sum.1 + 1);
            }
            None => missing += 1,
        }
    }
    let means = sums.iter().zip(&panel.units).map(|((sum, n), unit)| {
        if *n > 0 {
            return Ok(sum / *n as f64);
        }
        Err(Error::refused(say!(
            "{}: Einheit „{unit}“ hat für das Merkmal „{name}“ keinen Wert",
            "{}: unit \"{unit}\" has no value for the predictor \"{name}\"",
            table.file
        )))
    });
    Ok((means.collect::<Result<_>>()?, missing))
}

fn write(
    answer: &mut Answer,
    panel: &Panel,
    fit: &SynthFit,
    placebos: &[(usize, SynthFit)],
    without: &[(usize, SynthFit)],
) {
    let ratios: Vec<Option<f64>> = placebos.iter().map(|(_, placebo)| placebo.ratio()).collect();
    let ratio = fit.ratio();
    let p = ratio.map(|own| rank_p(own, &ratios));
    answer.estimates.push(Estimate { value: Some(fit.effect), p, ..Estimate::named("att") });
    for (at, gap) in fit.gaps.iter().enumerate().skip(panel.before) {
        answer.estimates.push(Estimate {
            value: Some(*gap),
            ..Estimate::keyed(vec![("name", "effect".into()), ("time", panel.axis.labels[at].clone().into())])
        });
    }
    let units = |row: &usize| panel.units[*row].clone();
    let weights: Vec<Value> =
        (0..panel.untreated).map(|row| json!({ "key": units(&row), "value": fit.weights[row] })).collect();
    answer.aggregates.insert("weights".into(), json!({ "by": weights }));
    let own = panel.outcomes.row(panel.untreated);
    let gaps: Vec<Value> = fit
        .gaps
        .iter()
        .enumerate()
        .map(|(at, gap)| {
            json!({ "key": panel.axis.labels[at], "value": gap, "observed": own[at], "synthetic": fit.synthetic[at] })
        })
        .collect();
    answer.aggregates.insert("gaps".into(), json!({ "by": gaps }));
    let row = |name: String, fit: &SynthFit| json!({ "key": name, "value": fit.ratio(), "pre_rmspe": fit.before, "post_rmspe": fit.after, "effect": fit.effect });
    let mut ratios: Vec<Value> = placebos.iter().map(|(unit, placebo)| row(units(unit), placebo)).collect();
    ratios.push(row(units(&panel.untreated), fit));
    answer.aggregates.insert("placebo_ratios".into(), json!({ "by": ratios }));
    let left: Vec<Value> = without
        .iter()
        .map(|(unit, fit)| json!({ "key": units(unit), "value": fit.effect, "pre_rmspe": fit.before }))
        .collect();
    let effects = || without.iter().map(|(_, fit)| fit.effect);
    answer.aggregates.insert(
        "leave_one_out".into(),
        json!({
            "lower": effects().fold(f64::INFINITY, f64::min),
            "upper": effects().fold(f64::NEG_INFINITY, f64::max),
            "by": left,
        }),
    );
    let rank = p.map(|p| (p * (placebos.len() + 1) as f64).round() as u64);
    let number_of = |rows: usize| Value::from(rows as u64);
    for (name, value) in [
        ("pre_rmspe", json!(fit.before)),
        ("post_rmspe", json!(fit.after)),
        ("ratio", json!(ratio)),
        ("rank", json!(rank)),
        ("p_rank", json!(p)),
        ("smallest_possible_p", json!(1.0 / (placebos.len() as f64 + 1.0))),
        ("loss", json!(fit.loss)),
        ("duality_gap", json!(fit.duality_gap)),
        ("weights_sum", json!(fit.weights.iter().sum::<f64>())),
        ("weights_unique", json!(fit.unique)),
        ("donors", number_of(panel.untreated)),
        ("donors_with_weight", number_of(fit.weights.iter().filter(|w| **w > 0.0).count())),
        ("periods_before", number_of(panel.before)),
        ("periods_after", number_of(fit.gaps.len() - panel.before)),
    ] {
        answer.diagnostics.insert(name.into(), value);
    }
}

/// The predictors of the treated unit, of its synthetic control and of all donors.
fn balance(answer: &mut Answer, names: &[String], synth: &SynthPanel, fit: &SynthFit) {
    let x = &synth.predictors.values;
    let by: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(k, name)| {
            let column = x.column(k);
            let synthetic: f64 = column.iter().zip(&fit.weights).map(|(x, w)| w * x).sum();
            let others = column.iter().enumerate().filter(|(row, _)| *row != synth.treated).map(|(_, x)| x);
            let mean = others.sum::<f64>() / (column.len() as f64 - 1.0);
            json!({ "key": name, "treated": column[synth.treated], "synthetic": synthetic, "donor_mean": mean,
                    "weight": synth.predictors.weights[k] })
        })
        .collect();
    answer.diagnostics.insert("predictors".into(), Value::Array(by));
}

fn remarks(answer: &mut Answer, panel: &Panel, fit: &SynthFit) {
    answer.note(
        "placebo_inference",
        say!(
            "Der p-Wert ist ein Rang unter {0} Einheiten: Kleiner als {1} kann er nicht werden. Eine Spanne gibt es nicht.",
            "the p value is a rank among {0} units: it cannot be below {1}; there is no interval",
            panel.units.len(),
            format!("1/{}", panel.units.len())
        ),
    );
    if fit.ratio().is_none() {
        answer.note(
            "exact_fit",
            say!(
                "Vor der Maßnahme stimmt die Nachbildung genau; ein Verhältnis der Abweichungen und ein Rang fehlen daher.",
                "the fit before the start is exact, so there is no ratio of deviations and no rank"
            ),
        );
    }
    if !fit.unique {
        answer.note(
            "weights_not_unique",
            say!(
                "Andere Gewichte passen vor der Maßnahme womöglich ebenso gut und ergäben eine andere Wirkung.",
                "other weights may fit as well before the start and would give another effect"
            ),
        );
    }
    let own = panel.outcomes.row(panel.untreated);
    let outside = (0..panel.before)
        .filter(|t| {
            let others = || (0..panel.untreated).map(|row| panel.outcomes.get(row, *t));
            others().all(|y| y < own[*t]) || others().all(|y| y > own[*t])
        })
        .count();
    if outside > 0 {
        answer.note(
            "outside_donor_range",
            say!(
                "An {outside} von {0} Zeitpunkten vor der Maßnahme liegt die Einheit außerhalb aller anderen: \
                 Kein Mittel aus ihnen kann sie dort treffen.",
                "in {outside} of {0} periods before the start the unit lies outside all others: no mean of them can meet it there",
                panel.before
            ),
        );
    }
}
