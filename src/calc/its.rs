use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::options::{Data, Level};
use super::series::{Columns, Series, refused};
use super::{Answer, Estimate, Open, said};
use crate::domain::say;
use crate::stats::its::{Its, Season, interrupted};
use crate::stats::linalg::dot;
use crate::stats::newey_west::usual_lag;
use crate::stats::normal::student_quantile;
use crate::stats::probability::student_two_sided;
use crate::{Error, Result};

/// Options of `calc its`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// First period with the event
    #[arg(long, value_name = "TIME", allow_negative_numbers = true)]
    event: String,
    /// Lags of the Newey-West errors; default: the whole part of 4 (n/100)^(2/9)
    #[arg(long, value_name = "NUMBER")]
    lag: Option<usize>,
    /// Periods of a season that are to be taken into account, such as 12; default: no season
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    season: usize,
    /// How the season is taken into account: terms (one for each period of the season) or stl (values less the season,
    /// the same every time, that STL finds)
    #[arg(long, value_enum, default_value = "terms")]
    adjust: Adjust,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc its --data datasets/calc/course.csv --time month --numerator online \
                       --denominator cases --event 2023-07 --season 12";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc its --data datasets/calc/course.csv --time month --numerator online \
         --denominator cases --event 2023-07 --season 12",
    ),
    ("First period with the event", "Erster Zeitpunkt mit dem Ereignis"),
    (
        "Lags of the Newey-West errors; default: the whole part of 4 (n/100)^(2/9)",
        "Verzögerungen der Newey-West-Fehler; ohne Angabe der ganze Teil von 4 (n/100)^(2/9)",
    ),
    (
        "Periods of a season that are to be taken into account, such as 12; default: no season",
        "Zeitpunkte einer Saison, die zu berücksichtigen ist, etwa 12; ohne Angabe keine Saison",
    ),
    (
        "How the season is taken into account: terms (one for each period of the season) or stl (values less the season, \
         the same every time, that STL finds)",
        "Wie die Saison berücksichtigt wird: terms (ein Term je Zeitpunkt der Saison) oder stl (Werte abzüglich der \
         Saison, jedes Mal dieselbe, die STL findet)",
    ),
];

/// What is done about the season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Adjust {
    // A term for each period of the season
    Terms,
    // Values less the season that STL finds, the same every time
    Stl,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("its", options);
    answer.reads(&table);
    let series = Series::of(&table, &options.columns)?;
    let before = series.axis.place(&options.event).map_err(|error| error.at("--event"))?;
    let season = match (options.season, options.adjust) {
        (1, _) => Season::None,
        (season, Adjust::Terms) => Season::Terms(season),
        (season, Adjust::Stl) => Season::Stl(season),
    };
    let lag = options.lag.unwrap_or_else(|| usual_lag(series.values.len()));
    answer.options.insert("lag".into(), Value::from(lag as u64));
    let its = interrupted(&series.values, before, season, Some(lag)).map_err(refused)?;
    answer.n = table.rows();
    write(&mut answer, &series, &its, level)?;
    remarks(&mut answer, &its, season);
    Ok(answer)
}

fn write(answer: &mut Answer, series: &Series, its: &Its, level: f64) -> Result<()> {
    let df = its.fit.df as f64;
    let t = student_quantile((1.0 + level) / 2.0, df).map_err(|refusal| Error::refused(said(&refusal)))?;
    let estimate = |name: String, weights: &[f64]| {
        let value = dot(weights, &its.fit.beta);
        let (se, classical) = its.fit.errors(weights);
        let known = se > 0.0;
        Estimate {
            value: Some(value),
            se: known.then_some(se),
            lower: known.then_some(value - t * se),
            upper: known.then_some(value + t * se),
            level: known.then_some(level),
            p: known.then(|| student_two_sided(value / se, df)),
            more: vec![("se_ols", json!(classical))],
            ..Estimate::named(name)
        }
    };
    let k = its.fit.beta.len();
    for at in 0..k {
        let mut unit = vec![0.0; k];
        unit[at] = 1.0;
        let name = match at {
            0 => "intercept".to_owned(),
            1 => "trend".to_owned(),
            2 => "level_change".to_owned(),
            3 => "trend_change".to_owned(),
            phase => format!("season_{}", phase - 2),
        };
        answer.estimates.push(estimate(name, &unit));
    }
    let after = series.values.len() - its.before;
    let mut marks = vec![1, after.min(6), after.min(12), after];
    marks.dedup();
    let by: Vec<Value> = marks
        .into_iter()
        .map(|mark| {
            let found = estimate(String::new(), &its.effect_in(mark));
            let label = &series.axis.labels[its.before + mark - 1];
            json!({ "key": label, "period_after": mark, "value": found.value, "se": found.se, "lower": found.lower,
                    "upper": found.upper, "p": found.p })
        })
        .collect();
    answer.aggregates.insert("effect".into(), json!({ "by": by }));
    let squares: f64 = its.fit.residuals.iter().map(|r| r * r).sum();
    let neighbours: f64 = its.fit.residuals.windows(2).map(|w| w[0] * w[1]).sum();
    for (name, value) in [
        ("periods_before", json!(its.before as u64)),
        ("periods_after", json!(after as u64)),
        ("df", json!(its.fit.df as u64)),
        ("lag", json!(its.fit.lag as u64)),
        ("durbin_watson", json!(its.fit.durbin_watson)),
        ("residual_autocorrelation", json!(neighbours / squares)),
    ] {
        answer.diagnostics.insert(name.into(), value);
    }
    Ok(())
}

fn remarks(answer: &mut Answer, its: &Its, season: Season) {
    answer.note(
        "no_comparison",
        say!(
            "Ohne Vergleichsreihe gilt als Wirkung alles, was zur selben Zeit anders wurde; \
             der Verlauf vorher ist geradlinig fortgeschrieben.",
            "without a series to compare with, everything that changed at that time counts as effect; \
             the course before is carried on in a straight line"
        ),
    );
    if its.before < 8 {
        answer.note(
            "short_before",
            say!(
                "Nur {} Zeitpunkte vor dem Ereignis: Der Verlauf ohne das Ereignis ist unsicher.",
                "only {} periods before the event: the course without it is uncertain",
                its.before
            ),
        );
    }
    match season {
        Season::Stl(_) => answer.note(
            "season_taken_as_known",
            say!(
                "Die Saison gilt als bekannt; die Fehler wissen nicht, dass sie geschätzt ist.",
                "the season is taken as known; the errors do not know that it is estimated"
            ),
        ),
        Season::Terms(season) if its.before < 2 * season => answer.note(
            "short_season",
            say!(
                "Vor dem Ereignis liegen keine zwei vollen Saisons: Saison und Wirkung sind schwer zu trennen.",
                "there are no two full seasons before the event: season and effect are hard to tell apart"
            ),
        ),
        _ => {}
    }
}
