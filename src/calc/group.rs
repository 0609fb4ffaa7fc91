use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::{Answer, Estimate, Open, Table, said};
use crate::domain::say;
use crate::stats::cluster::{self, Cluster};
use crate::stats::{Contrast, RatioEstimate, Refusal};
use crate::{Error, Result};

/// Options of `calc group`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the town; its rows are added up
    #[arg(long, value_name = "COLUMN")]
    unit: String,
    /// Column with the numerator of the rate, at least 0
    #[arg(long, value_name = "COLUMN")]
    numerator: String,
    /// Column with the denominator of the rate, at least 0
    #[arg(long, value_name = "COLUMN")]
    denominator: String,
    /// Column with 1 for towns of the first and 0 for those of the second group, to compare both
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    arm: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc group --data datasets/calc/towns.csv --unit town --numerator online --denominator cases --arm participation";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc group --data datasets/calc/towns.csv --unit town --numerator online --denominator cases --arm participation",
    ),
    ("Column with the town; its rows are added up", "Spalte mit dem Ort; seine Zeilen werden addiert"),
    ("Column with the numerator of the rate, at least 0", "Spalte mit dem Zähler der Rate, mindestens 0"),
    ("Column with the denominator of the rate, at least 0", "Spalte mit dem Nenner der Rate, mindestens 0"),
    (
        "Column with 1 for towns of the first and 0 for those of the second group, to compare both",
        "Spalte mit 1 für Orte der ersten und 0 für Orte der zweiten Gruppe, um beide zu vergleichen",
    ),
];

/// The towns of each arm (one arm where none is named), in the order of the file.
fn clusters(table: &Table, options: &Options) -> Result<Vec<(Option<bool>, Vec<Cluster>)>> {
    let units = table.labels(&options.unit)?;
    let arms = options.arm.as_ref().map(|column| table.flags(column)).transpose()?;
    let mut columns = Vec::new();
    for column in [&options.numerator, &options.denominator] {
        let numbers = table.full(column)?;
        if let Some(row) = numbers.iter().position(|n| *n < 0.0) {
            return Err(super::refused_at(table, column, row, &Refusal::Negative));
        }
        columns.push(numbers);
    }
    let [numerators, denominators] = &columns[..] else { return Ok(Vec::new()) };
    let mut towns: Vec<(Option<bool>, Cluster)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (row, (unit, (&numerator, &denominator))) in units.iter().zip(numerators.iter().zip(denominators)).enumerate() {
        let arm = arms.as_ref().and_then(|arms| arms.get(row)).copied();
        let place = *places.entry(*unit).or_insert_with(|| {
            towns.push((arm, Cluster { numerator: 0.0, denominator: 0.0 }));
            towns.len() - 1
        });
        let Some((own, cluster)) = towns.get_mut(place) else { continue };
        if *own != arm {
            let what = say!("„{unit}“ steht in beiden Gruppen", "\"{unit}\" is in both groups");
            return Err(Error::refused(table.at(options.arm.as_deref().unwrap_or_default(), row, &what)));
        }
        cluster.numerator += numerator;
        cluster.denominator += denominator;
    }
    let of = |arm| towns.iter().filter(|(own, _)| *own == arm).map(|(_, cluster)| *cluster).collect();
    let wanted = if options.arm.is_some() { vec![Some(true), Some(false)] } else { vec![None] };
    Ok(wanted.into_iter().map(|arm| (arm, of(arm))).collect())
}

fn rate(name: &'static str, arm: Option<bool>, found: &RatioEstimate, level: f64) -> Estimate {
    let arm = arm.map_or(serde_json::Value::Null, |arm| u8::from(arm).into());
    Estimate {
        value: Some(found.value),
        se: Some(found.se),
        lower: Some(found.lower),
        upper: Some(found.upper),
        level: Some(level),
        more: vec![
            ("df", found.df.into()),
            ("clusters", found.clusters.into()),
            ("effective_clusters", found.effective_clusters.into()),
            ("method", found.method.into()),
        ],
        ..Estimate::keyed(vec![("name", name.into()), ("arm", arm)])
    }
}

fn contrast(name: &'static str, found: &Contrast, level: f64) -> Estimate {
    Estimate {
        value: Some(found.value),
        se: Some(found.se),
        lower: Some(found.lower),
        upper: Some(found.upper),
        level: Some(level),
        more: vec![
            ("df", found.df.into()),
            ("clusters", found.clusters.iter().sum::<usize>().into()),
            ("effective_clusters", serde_json::Value::Null),
            ("method", found.method.into()),
        ],
        ..Estimate::keyed(vec![("name", name.into()), ("arm", serde_json::Value::Null)])
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("group", options);
    answer.inputs.push((table.file.clone(), table.sha256.clone()));
    let arms = clusters(&table, options)?;
    let refused = |arm: Option<bool>| {
        let (file, arm) = (table.file.clone(), arm.map(u8::from));
        move |refusal: Refusal| {
            let place = arm.map_or(file.clone(), |arm| format!("{file}: {arm}"));
            Error::refused(said(&refusal)).at(&place)
        }
    };
    let mut dropped = 0;
    for (arm, towns) in &arms {
        let pooled = cluster::pooled_rate(towns, level).map_err(refused(*arm))?;
        dropped += pooled.dropped;
        answer.estimates.push(rate("pooled_rate", *arm, &pooled, level));
        let mean = cluster::mean_of_ratios(towns, level).map_err(refused(*arm))?;
        answer.estimates.push(rate("mean_of_ratios", *arm, &mean, level));
    }
    if let [(_, first), (_, second)] = &arms[..] {
        let difference = cluster::difference(first, second, level).map_err(refused(None))?;
        answer.estimates.push(contrast("difference", &difference, level));
        match cluster::ratio(first, second, level) {
            Ok(ratio) => {
                answer.estimates.push(contrast("ratio", &ratio, level));
                answer.note(
                    "se_of_log_ratio",
                    say!(
                        "Der Standardfehler des Verhältnisses ist der seines natürlichen Logarithmus",
                        "the standard error of the ratio is that of its natural logarithm"
                    ),
                );
            }
            Err(refusal) => answer.note("no_ratio", said(&refusal)),
        }
    }
    answer.drop("units", dropped, "zero_denominator", say!("Orte mit Nenner 0", "towns with a denominator of 0"));
    answer.n = table.rows();
    Ok(answer)
}
