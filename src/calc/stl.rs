use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::options::Data;
use super::series::{Columns, Series, refused};
use super::{Answer, Estimate, Open};
use crate::Result;
use crate::domain::say;
use crate::stats::stl::{SeasonWindow, stl};

/// Options of `calc stl`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Periods of a season: 12 for months, 4 for quarters
    #[arg(long, value_name = "NUMBER", default_value_t = 12)]
    season: usize,
    /// How the season may change: "periodic" (the same every time) or over how many seasons it is smoothed (odd, 7 or more)
    #[arg(long, value_name = "WINDOW", default_value = "periodic", value_parser = window)]
    window: String,
    /// Give outliers less weight
    #[arg(long)]
    robust: bool,
}

const EXAMPLE: &str =
    "Example:\n  resonanz calc stl --data datasets/calc/course.csv --time month --numerator online --denominator cases";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc stl --data datasets/calc/course.csv --time month --numerator online --denominator cases",
    ),
    (
        "How the season may change: \"periodic\" (the same every time) or over how many seasons it is smoothed (odd, 7 or more)",
        "Wie sich die Saison ändern darf: „periodic“ (jedes Mal gleich) oder über wie viele Saisons sie geglättet wird (ungerade, ab 7)",
    ),
    ("Give outliers less weight", "Ausreißern weniger Gewicht geben"),
];

fn window(text: &str) -> std::result::Result<String, String> {
    match text {
        "periodic" => Ok(text.to_owned()),
        number => number
            .parse::<usize>()
            .ok()
            .filter(|n| *n >= 3 && n % 2 == 1 && *n < 100_000)
            .map(|_| text.to_owned())
            .ok_or_else(|| "periodic | 3, 5, 7, …".to_owned()),
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("stl", options);
    answer.reads(&table);
    let series = Series::of(&table, &options.columns)?;
    let window = options.window.parse().map_or(SeasonWindow::Periodic, SeasonWindow::Seasons);
    let parts = stl(&series.values, options.season, window, options.robust).map_err(refused)?;
    for (t, label) in series.axis.labels.iter().enumerate() {
        answer.estimates.push(Estimate {
            value: Some(series.values[t]),
            more: vec![
                ("seasonal", json!(parts.seasonal[t])),
                ("trend", json!(parts.trend[t])),
                ("remainder", json!(parts.remainder[t])),
                ("adjusted", json!(series.values[t] - parts.seasonal[t])),
                ("weight", json!(parts.weights[t])),
            ],
            ..Estimate::keyed(vec![("time", label.clone().into())])
        });
    }
    answer.n = table.rows();
    let spread = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
    };
    let both = |part: &[f64]| -> Vec<f64> { part.iter().zip(&parts.remainder).map(|(a, b)| a + b).collect() };
    // How much of the variation without the other part each explains (Wang, Smith & Hyndman 2006).
    let strength = |part: &[f64]| {
        let all = spread(&both(part));
        if all > 0.0 { json!((1.0 - spread(&parts.remainder) / all).max(0.0)) } else { Value::Null }
    };
    answer.diagnostics.insert("strength_of_season".into(), strength(&parts.seasonal));
    answer.diagnostics.insert("strength_of_trend".into(), strength(&parts.trend));
    answer.diagnostics.insert("trend_window".into(), Value::from(parts.trend_window as u64));
    if let SeasonWindow::Seasons(3 | 5) = window {
        answer.note(
            "narrow_window",
            say!(
                "Ein Fenster unter 7 Saisons rechnet auch Zufall zur Saison.",
                "a window below 7 seasons takes chance for season"
            ),
        );
    }
    Ok(answer)
}
