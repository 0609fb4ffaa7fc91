use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::options::{Data, Level};
use super::series::{Columns, Series, refused};
use super::{Answer, Estimate, Open, said};
use crate::domain::say;
use crate::stats::linalg::Matrix;
use crate::stats::newey_west::{newey_west, usual_lag};
use crate::stats::normal::student_quantile;
use crate::stats::probability::student_two_sided;
use crate::stats::series::SeriesRefusal;
use crate::stats::stl::{SeasonWindow, stl};
use crate::stats::trend::{Kendall, kendall, season_differences};
use crate::{Error, Result};

/// Options of `calc trend`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Periods of a season: 12 for months, 4 for quarters, 1 for a series without season
    #[arg(long, value_name = "NUMBER", default_value_t = 12)]
    season: usize,
    /// How the season is kept out, needed for a season above 1: same-month-last-year (each period against the same one
    /// of the season before) or stl (values less the season that STL finds)
    #[arg(long, value_enum)]
    adjust: Option<Adjust>,
    /// Lags of the errors of the regression; default: those of calc its, at least a season for differences
    #[arg(long, value_name = "NUMBER")]
    lag: Option<usize>,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc trend --data datasets/calc/course.csv --time month --numerator online \
                       --denominator cases --adjust same-month-last-year";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc trend --data datasets/calc/course.csv --time month --numerator online \
         --denominator cases --adjust same-month-last-year",
    ),
    (
        "Periods of a season: 12 for months, 4 for quarters, 1 for a series without season",
        "Zeitpunkte einer Saison: 12 bei Monaten, 4 bei Quartalen, 1 bei einer Reihe ohne Saison",
    ),
    (
        "Lags of the errors of the regression; default: those of calc its, at least a season for differences",
        "Verzögerungen der Fehler der Regression; ohne Angabe wie bei calc its, bei Differenzen mindestens eine Saison",
    ),
    (
        "How the season is kept out, needed for a season above 1: same-month-last-year (each period against the same one \
         of the season before) or stl (values less the season that STL finds)",
        "Wie die Saison außen vor bleibt, nötig bei einer Saison über 1: same-month-last-year (jeder Zeitpunkt gegen \
         denselben der Saison davor) oder stl (Werte abzüglich der Saison, die STL findet)",
    ),
];

/// How the season is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Adjust {
    // Each period against the same period of the season before
    SameMonthLastYear,
    // Values less the season that STL finds
    Stl,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let season = options.season;
    if season == 0 {
        return Err(refused(SeriesRefusal::Season).at("--season"));
    }
    if season > 1 && options.adjust.is_none() {
        return Err(Error::refused(say!(
            "Ein Trendtest auf einer Reihe mit Saison verwechselt Saison und Trend",
            "a trend test on a series with a season takes the season for a trend"
        ))
        .hint(say!(
            "--adjust same-month-last-year oder --adjust stl angeben, oder --season 1, wenn die Reihe keine Saison hat.",
            "state --adjust same-month-last-year or --adjust stl, or --season 1 if the series has no season"
        )));
    }
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("trend", options);
    answer.reads(&table);
    let series = Series::of(&table, &options.columns)?;
    let n = series.values.len();
    if season > 1 && n < 2 * season {
        return Err(refused(SeriesRefusal::FewSeasons { found: n, season }));
    }
    let slope = Slope { level, season: season as f64 };
    let adjust = if season > 1 { options.adjust } else { None };
    match adjust {
        Some(Adjust::SameMonthLastYear) => {
            let changes = season_differences(&series.values, season).map_err(refused)?;
            let m = changes.len();
            // Neighbouring seasons share a value, so that changes a season apart are correlated.
            let lag = options.lag.unwrap_or_else(|| usual_lag(m).max(season)).min(m.saturating_sub(1));
            let ones = Matrix::from_rows(m, 1, vec![1.0; m]);
            slope.push(&mut answer, "mean_change_per_season", &ones, &changes, lag)?;
            let test = kendall(&series.values, season).map_err(refused)?;
            push_kendall(&mut answer, "seasonal_kendall", &test, season);
        }
        _ => {
            let values = if adjust == Some(Adjust::Stl) {
                let parts = stl(&series.values, season, SeasonWindow::Periodic, false).map_err(refused)?;
                series.values.iter().zip(&parts.seasonal).map(|(y, s)| y - s).collect()
            } else {
                series.values.clone()
            };
            let lag = options.lag.unwrap_or_else(|| usual_lag(n));
            let x = Matrix::from_rows(n, 2, (0..n).flat_map(|t| [1.0, t as f64 + 1.0]).collect());
            slope.push(&mut answer, "slope_per_period", &x, &values, lag)?;
            let test = kendall(&values, 1).map_err(refused)?;
            push_kendall(&mut answer, "mann_kendall", &test, season);
        }
    }
    answer.n = table.rows();
    answer.note(
        "independence",
        say!(
            "Der Kendall-Test setzt unabhängige Abweichungen voraus; ähneln sich Nachbarn, ist sein p-Wert zu klein. \
             Die Fehler der Regression berücksichtigen das.",
            "the Kendall test assumes independent deviations; where neighbours resemble each other its p value is too small; \
             the errors of the regression allow for that"
        ),
    );
    Ok(answer)
}

struct Slope {
    level: f64,
    season: f64,
}

impl Slope {
    /// The last coefficient of a regression with Newey-West errors.
    fn push(&self, answer: &mut Answer, name: &str, x: &Matrix, y: &[f64], lag: usize) -> Result<()> {
        let fit = newey_west(x, y, lag).map_err(refused)?;
        let at = fit.beta.len() - 1;
        let mut unit = vec![0.0; fit.beta.len()];
        unit[at] = 1.0;
        let (value, (se, classical), df) = (fit.beta[at], fit.errors(&unit), fit.df as f64);
        let t = student_quantile((1.0 + self.level) / 2.0, df).map_err(|refusal| Error::refused(said(&refusal)))?;
        let per_period = x.columns() > 1;
        let known = se > 0.0;
        answer.estimates.push(Estimate {
            value: Some(value),
            se: known.then_some(se),
            lower: known.then_some(value - t * se),
            upper: known.then_some(value + t * se),
            level: known.then_some(self.level),
            p: known.then(|| student_two_sided(value / se, df)),
            more: vec![
                ("per_season", json!(if per_period { value * self.season } else { value })),
                ("se_ols", json!(classical)),
            ],
            ..Estimate::named(name)
        });
        answer.diagnostics.insert("lag".into(), json!(lag as u64));
        answer.diagnostics.insert("df".into(), json!(fit.df as u64));
        answer.diagnostics.insert("durbin_watson".into(), json!(fit.durbin_watson));
        Ok(())
    }
}

fn push_kendall(answer: &mut Answer, name: &'static str, test: &Kendall, season: usize) {
    answer.estimates.push(Estimate {
        value: Some(test.slope),
        p: Some(test.p),
        more: vec![("per_season", json!(test.slope * season as f64)), ("tau", json!(test.tau))],
        ..Estimate::named(name)
    });
    answer.diagnostics.insert(
        name.into(),
        json!({ "s": test.s, "variance": test.variance, "z": test.z, "p": test.p, "tau": test.tau, "pairs": test.pairs }),
    );
}
