use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

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

/// The towns of one arm, or all where no arm is named.
struct Arm<'a> {
    arm: Option<bool>,
    names: Vec<&'a str>,
    towns: Vec<Cluster>,
}

/// The arms, the towns of each in the order of the file.
fn arms<'a>(table: &'a Table, options: &Options) -> Result<Vec<Arm<'a>>> {
    let units = table.labels(&options.unit)?;
    let flags = options.arm.as_ref().map(|column| table.flags(column)).transpose()?;
    let mut columns = Vec::new();
    for column in [&options.numerator, &options.denominator] {
        let numbers = table.full(column)?;
        if let Some(row) = numbers.iter().position(|n| *n < 0.0) {
            return Err(super::refused_at(table, column, row, &Refusal::Negative));
        }
        columns.push(numbers);
    }
    let [numerators, denominators] = &columns[..] else { return Ok(Vec::new()) };
    let wanted = if flags.is_some() { vec![Some(true), Some(false)] } else { vec![None] };
    let mut arms: Vec<Arm> = wanted.into_iter().map(|arm| Arm { arm, names: Vec::new(), towns: Vec::new() }).collect();
    let mut places: HashMap<&str, (Option<bool>, usize)> = HashMap::new();
    for (row, (unit, (&numerator, &denominator))) in
        units.into_iter().zip(numerators.iter().zip(denominators)).enumerate()
    {
        let flag = flags.as_ref().and_then(|flags| flags.get(row)).copied();
        let Some(arm) = arms.iter_mut().find(|arm| arm.arm == flag) else { continue };
        let (own, place) = *places.entry(unit).or_insert_with(|| {
            arm.names.push(unit);
            arm.towns.push(Cluster { numerator: 0.0, denominator: 0.0 });
            (flag, arm.towns.len() - 1)
        });
        if own != flag {
            let what = say!("„{unit}“ steht in beiden Gruppen", "\"{unit}\" is in both groups");
            return Err(Error::refused(table.at(options.arm.as_deref().unwrap_or_default(), row, &what)));
        }
        if let Some(town) = arm.towns.get_mut(place) {
            town.numerator += numerator;
            town.denominator += denominator;
        }
    }
    Ok(arms)
}

/// The lowest and the highest value when one town is left out, and that town.
fn range<'a>(name: &str, arm: Option<bool>, values: impl Iterator<Item = (&'a str, f64)> + Clone) -> Value {
    let least = values.clone().filter(|(_, v)| v.is_finite()).min_by(|a, b| a.1.total_cmp(&b.1));
    let most = values.filter(|(_, v)| v.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1));
    json!({
        "name": name,
        "arm": arm.map(u8::from),
        "lowest": least.map(|(_, value)| value),
        "lowest_without": least.map(|(town, _)| town),
        "highest": most.map(|(_, value)| value),
        "highest_without": most.map(|(town, _)| town),
    })
}

/// How far each result goes when any one town is left out.
fn without_one(arms: &[Arm], values: &[f64]) -> Vec<Value> {
    let each: Vec<Vec<(&str, f64)>> = arms
        .iter()
        .map(|arm| {
            let without = cluster::pooled_without_each(&arm.towns);
            arm.names.iter().zip(without).filter_map(|(name, value)| Some((*name, value?))).collect()
        })
        .collect();
    let mut ranges: Vec<Value> =
        arms.iter().zip(&each).map(|(arm, each)| range("pooled_rate", arm.arm, each.iter().copied())).collect();
    if let ([first, second], [a, b]) = (&each[..], values) {
        let contrast = |name, of: fn(f64, f64) -> f64| {
            let first = first.iter().map(|(town, value)| (*town, of(*value, *b)));
            range(name, None, first.chain(second.iter().map(|(town, value)| (*town, of(*a, *value)))))
        };
        ranges.push(contrast("difference", |a, b| a - b));
        ranges.push(contrast("ratio", |a, b| a / b));
    }
    ranges
}

fn rate(name: &'static str, arm: Option<bool>, found: &RatioEstimate, level: f64) -> Estimate {
    let arm = arm.map_or(Value::Null, |arm| u8::from(arm).into());
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
            ("effective_clusters", Value::Null),
            ("method", found.method.into()),
        ],
        ..Estimate::keyed(vec![("name", name.into()), ("arm", Value::Null)])
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("group", options);
    answer.reads(&table);
    let arms = arms(&table, options)?;
    let refused = |arm: Option<bool>| {
        let (file, column) = (&table.file, options.arm.as_deref().unwrap_or_default());
        let place = arm.map_or(file.clone(), |arm| format!("{file}: {column} = {}", u8::from(arm)));
        move |refusal: Refusal| Error::refused(said(&refusal)).at(&place)
    };
    let (mut dropped, mut values) = (0, Vec::new());
    for Arm { arm, towns, .. } in &arms {
        let pooled = cluster::pooled_rate(towns, level).map_err(refused(*arm))?;
        dropped += pooled.dropped;
        values.push(pooled.value);
        answer.estimates.push(rate("pooled_rate", *arm, &pooled, level));
        let mean = cluster::mean_of_ratios(towns, level).map_err(refused(*arm))?;
        answer.estimates.push(rate("mean_of_ratios", *arm, &mean, level));
    }
    answer.diagnostics.insert("without_one_unit".into(), without_one(&arms, &values).into());
    if let [Arm { towns: first, .. }, Arm { towns: second, .. }] = &arms[..] {
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
