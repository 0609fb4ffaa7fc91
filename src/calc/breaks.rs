use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::options::{Data, Level};
use super::series::{Columns, Series, refused};
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::breaks::{break_intervals, breaks, shortest_segment};
use crate::{Error, Result};

/// Options of `calc breaks`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Most breaks looked for; default: as many as there is room for, less one
    #[arg(long, value_name = "NUMBER")]
    max: Option<usize>,
    /// Shortest segment as a share of all periods
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    segment: f64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc breaks --data datasets/calc/course.csv --time month --numerator online --denominator cases";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc breaks --data datasets/calc/course.csv --time month --numerator online --denominator cases",
    ),
    (
        "Most breaks looked for; default: as many as there is room for, less one",
        "Höchstzahl der gesuchten Brüche; ohne Angabe einer weniger, als Platz haben",
    ),
    ("Shortest segment as a share of all periods", "Kürzester Abschnitt als Anteil aller Zeitpunkte"),
];

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    if !(options.segment > 0.0 && options.segment <= 0.5) {
        let what = say!("Der Anteil muss über 0 und höchstens 0,5 sein", "the share must be above 0 and at most 0.5");
        return Err(Error::config(what).at("--segment"));
    }
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("breaks", options);
    answer.reads(&table);
    let series = Series::of(&table, &options.columns)?;
    let n = series.values.len();
    let found = breaks(&series.values, shortest_segment(n, options.segment), options.max).map_err(refused)?;
    answer.options.insert("max".into(), Value::from(found.divisions.len() as u64 - 1));
    let label = |at: usize| series.axis.labels[at].clone();
    if let Some(best) = found.divisions.get(found.chosen) {
        let mean = |from: usize, to: usize| series.values[from..to].iter().sum::<f64>() / (to - from) as f64;
        let ends: Vec<usize> =
            std::iter::once(0).chain(best.breaks.iter().copied()).chain(std::iter::once(n)).collect();
        let intervals = break_intervals(&series.values, &best.breaks, level);
        for (at, (place, interval)) in best.breaks.iter().zip(&intervals).enumerate() {
            let (left, right) = (mean(ends[at], *place), mean(*place, ends[at + 2]));
            let inside = |number: i64| usize::try_from(number - 1).ok().filter(|at| *at < n).map(label);
            answer.estimates.push(Estimate {
                value: Some(right - left),
                level: interval.map(|_| level),
                more: vec![
                    ("last_before", json!(*place as u64)),
                    ("first_after_time", json!(label(*place))),
                    ("mean_before", json!(left)),
                    ("mean_after", json!(right)),
                    ("place_lower", json!(interval.map(|i| i.lower))),
                    ("place_upper", json!(interval.map(|i| i.upper))),
                    ("time_lower", json!(interval.and_then(|i| inside(i.lower)))),
                    ("time_upper", json!(interval.and_then(|i| inside(i.upper)))),
                ],
                ..Estimate::keyed(vec![("name", "level_change".into()), ("time", label(*place - 1).into())])
            });
        }
        if intervals.iter().any(Option::is_none) {
            answer.note(
                "no_interval",
                say!(
                    "Für einen Bruch gibt es keine Spanne: Die Abweichungen auf beiden Seiten sind zu verschieden.",
                    "a break has no interval: the deviations on both sides differ too much"
                ),
            );
        }
    }
    let by: Vec<Value> = found
        .divisions
        .iter()
        .enumerate()
        .map(|(m, d)| {
            let times: Vec<String> = d.breaks.iter().map(|b| label(*b - 1)).collect();
            json!({ "key": m, "value": d.bic, "rss": d.rss, "breakpoints": d.breaks, "times": times })
        })
        .collect();
    answer.aggregates.insert("bic".into(), json!({ "by": by }));
    answer.diagnostics.insert("chosen".into(), Value::from(found.chosen as u64));
    answer.diagnostics.insert("shortest_segment".into(), Value::from(found.segment as u64));
    answer.n = table.rows();
    answer.note(
        "candidates_only",
        say!(
            "Brüche sind Kandidaten: Ein Trend, eine Saison oder Zufall, der länger anhält, ergibt ebenfalls welche. \
             Ursachen nennt das Verfahren nicht.",
            "breaks are candidates: a trend, a season or chance that lasts makes some as well; the method names no causes"
        ),
    );
    Ok(answer)
}
