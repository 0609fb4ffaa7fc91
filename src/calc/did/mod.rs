use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::panel::{periods, starts};
use super::{Answer, Estimate, Open, Table};
use crate::domain::say;
use crate::stats::did::{self, Aggregate, Design, Effect, Fit, Inference, NoPretest, Rows, Summary};
use crate::stats::probability::normal_two_sided;
use crate::{Error, Result};

mod options;
mod refusal;
mod remarks;

pub(super) use options::GERMAN;
pub use options::Options;

/// The rows with all values.
struct Columns<'a> {
    rows: Vec<usize>,
    unit: Vec<usize>,
    time: Vec<f64>,
    cohort: Vec<f64>,
    outcome: Vec<f64>,
    covariates: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    cluster: Option<Vec<usize>>,
    /// How periods are written that are no numbers.
    names: BTreeMap<u64, &'a str>,
    /// Whether some unit has several rows.
    repeated: bool,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("did", options);
    answer.reads(&table);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let columns = read(&table, options, &mut answer)?;
    let design = Design {
        method: options.method.into(),
        control: options.control.into(),
        base: options.base.into(),
        anticipation: options.anticipation,
        sampling: options.sampling(),
    };
    let covariates: Vec<&[f64]> = columns.covariates.iter().map(Vec::as_slice).collect();
    let rows = Rows {
        unit: &columns.unit,
        time: &columns.time,
        cohort: &columns.cohort,
        outcome: &columns.outcome,
        covariates: &covariates,
        weights: columns.weights.as_deref(),
        cluster: columns.cluster.as_deref(),
    };
    let bootstrap = options.bootstrap.map(|draws| (draws, options.seed));
    let fit = did::fit(&rows, &design, &Inference { level, bootstrap })
        .map_err(|why| refusal::said(&why, &table, options, &columns.rows))?;
    say_all(&mut answer, &fit, options, &columns, level);
    Ok(answer)
}

fn read<'a>(table: &'a Table, options: &Options, answer: &mut Answer) -> Result<Columns<'a>> {
    if options.covariates.contains(&options.outcome) {
        let name = &options.outcome;
        let what = say!("„{name}“ ist Zielgröße und Kovariate zugleich", "\"{name}\" is both outcome and covariate");
        return Err(Error::config(what).at("--covariates"));
    }
    let labels = table.labels(&options.time)?;
    let (time, cohort) = (periods(table, &options.time)?, starts(table, &options.cohort)?);
    let unit = options.unit.as_deref().map(|name| table.labels(name)).transpose()?;
    let outcome = table.numbers(&options.outcome)?;
    let covariates = options.covariates.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>>>()?;
    let weights = options.weights.as_deref().map(|name| table.numbers(name)).transpose()?;
    let cluster = options
        .cluster
        .as_deref()
        .filter(|name| options.repeated_cross_sections || options.unit.as_deref() != Some(name));
    let cluster = cluster.map(|name| table.texts(name)).transpose()?;
    let mut missing: BTreeMap<(&str, &'static str), usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in 0..table.rows() {
        let hole = if outcome[row].is_none() {
            Some((options.outcome.as_str(), "missing_outcome"))
        } else if let Some(at) = covariates.iter().position(|c| c[row].is_none()) {
            Some((options.covariates[at].as_str(), "missing_covariate"))
        } else if weights.as_ref().is_some_and(|w| w[row].is_none()) {
            options.weights.as_deref().map(|name| (name, "missing_weight"))
        } else if cluster.as_ref().is_some_and(|c| c[row].is_none()) {
            options.cluster.as_deref().map(|name| (name, "missing_cluster"))
        } else {
            None
        };
        match hole {
            Some(hole) => *missing.entry(hole).or_default() += 1,
            None => rows.push(row),
        }
    }
    for ((name, why), n) in missing {
        answer.drop("rows", n, why, say!("Zeilen ohne Wert in „{name}“", "rows without a value in \"{name}\""));
    }
    if rows.is_empty() {
        return Err(super::nothing(table));
    }
    let pick = |column: &[Option<f64>]| -> Vec<f64> { rows.iter().filter_map(|row| column[*row]).collect() };
    let dated = |text: &str| text.replace(',', ".").parse::<f64>().is_err();
    let calendar = labels.first().is_some_and(|label| dated(label));
    let mut names = BTreeMap::new();
    if calendar {
        names.extend(time.iter().zip(&labels).map(|(time, label)| (time.to_bits(), *label)));
    }
    for ((row, start), label) in cohort.iter().enumerate().zip(table.texts(&options.cohort)?) {
        let Some(label) = label.filter(|_| start.is_finite()) else { continue };
        if dated(label) != calendar {
            let example = labels.first().copied().unwrap_or_default();
            let what = say!(
                "„{label}“ ist anders geschrieben als die Zeitabschnitte („{example}“)",
                "\"{label}\" is written in another way than the periods (\"{example}\")"
            );
            return Err(Error::input(table.at(&options.cohort, row, &what)));
        }
        if calendar {
            names.insert(start.to_bits(), label);
        }
    }
    let unit = unit.map_or_else(|| (0..rows.len()).collect(), |labels| ranked(rows.iter().map(|row| labels[*row])));
    let repeated = unit.iter().max().is_some_and(|most| most + 1 < rows.len());
    let columns = Columns {
        unit,
        time: rows.iter().map(|row| time[*row]).collect(),
        cohort: rows.iter().map(|row| Some(cohort[*row]).filter(|c| c.is_finite()).unwrap_or(0.0)).collect(),
        outcome: options.scale.apply(table, &options.outcome, &rows, &pick(&outcome))?,
        covariates: covariates.iter().map(|c| pick(c)).collect(),
        weights: weights.as_ref().map(|w| pick(w)),
        cluster: cluster.map(|c| ranked(rows.iter().map(|row| c[*row].unwrap_or_default()))),
        names,
        repeated,
        rows,
    };
    Ok(columns)
}

/// Numbers for labels, in their order: by size where all are numbers, so that results do not depend on that of rows.
fn ranked<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut unique: Vec<(f64, &str)> = Vec::new();
    let mut last = ("", 0);
    let codes: Vec<usize> = labels
        .enumerate()
        .map(|(row, label)| {
            // Rows of a unit mostly follow each other.
            if row == 0 || last.0 != label {
                let code = *seen.entry(label).or_insert_with(|| {
                    unique.push((label.parse().unwrap_or(f64::INFINITY), label));
                    unique.len() - 1
                });
                last = (label, code);
            }
            last.1
        })
        .collect();
    let mut order: Vec<usize> = (0..unique.len()).collect();
    let numbers = unique.iter().all(|(number, _)| number.is_finite());
    order.sort_by(|a, b| {
        let ((x, a), (y, b)) = (unique[*a], unique[*b]);
        if numbers { x.total_cmp(&y).then(a.cmp(b)) } else { a.cmp(b) }
    });
    let mut ranks = vec![0; order.len()];
    order.iter().enumerate().for_each(|(rank, code)| ranks[*code] = rank);
    codes.into_iter().map(|code| ranks[code]).collect()
}

impl Columns<'_> {
    /// A period as the table writes it.
    fn name(&self, period: f64) -> Value {
        match self.names.get(&period.to_bits()) {
            Some(name) => Value::from(*name),
            None => number(period),
        }
    }

    /// The same as text.
    fn text(&self, period: f64) -> String {
        match self.name(period) {
            Value::String(text) => text,
            other => other.to_string(),
        }
    }
}

/// Whole numbers without a decimal point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

fn say_all(answer: &mut Answer, fit: &Fit, options: &Options, columns: &Columns<'_>, level: f64) {
    answer.n = fit.rows;
    answer.estimates = fit.effects.iter().map(|effect| estimate(effect, fit, options, columns, level)).collect();
    let aggregates = &fit.aggregates;
    for (name, aggregate, dated) in [
        ("simple", &aggregates.simple, false),
        ("dynamic", &aggregates.dynamic, false),
        ("group", &aggregates.group, true),
        ("calendar", &aggregates.calendar, true),
    ] {
        let key = |key: f64| if dated { columns.name(key) } else { number(key) };
        if let Some(value) = aggregated(aggregate, fit.pointwise, &key) {
            answer.aggregates.insert(name.to_owned(), value);
        }
    }
    let cohorts = fit.cohorts.iter().map(|c| {
        let group = c.group.map_or(Value::from("never"), |group| columns.name(group));
        json!({ "group": group, "units": c.units, "estimated": c.estimated })
    });
    let pretest = match &fit.pretest {
        Ok(test) => json!({ "statistic": test.statistic, "df": test.df, "p": test.p }),
        Err(why) => json!({ "statistic": null, "df": 0, "p": null, "why": code_of(*why) }),
    };
    let clusters = fit.clusters.map_or(Value::Null, Value::from);
    let (errors, interval) =
        if options.bootstrap.is_some() { ("bootstrap", "uniform_band") } else { ("analytic", "pointwise") };
    for (name, value) in [
        ("pretest", pretest),
        ("errors", errors.into()),
        ("interval", interval.into()),
        ("critical", fit.critical.into()),
        ("units", fit.units.into()),
        ("clusters", clusters),
        ("periods", fit.periods.len().into()),
        ("cohorts", cohorts.collect::<Vec<_>>().into()),
    ] {
        answer.diagnostics.insert(name.to_owned(), value);
    }
    remarks::all(answer, fit, options, columns);
}

fn code_of(why: NoPretest) -> &'static str {
    match why {
        NoPretest::NoneBefore => "no_estimates_before",
        NoPretest::Singular => "singular_covariance",
    }
}

fn estimate(effect: &Effect, fit: &Fit, options: &Options, columns: &Columns<'_>, level: f64) -> Estimate {
    let limits = effect.value.zip(effect.se).map(|(value, se)| (value - fit.critical * se, value + fit.critical * se));
    let p = effect.value.zip(effect.se).map(|(value, se)| normal_two_sided(value / se));
    let mut more = vec![
        ("base", columns.name(effect.base)),
        ("post", effect.post.into()),
        ("treated", effect.treated.into()),
        ("controls", effect.controls.into()),
    ];
    if let Some(missing) = effect.missing {
        more.push(("missing", remarks::code(missing).into()));
    }
    Estimate {
        value: effect.value,
        se: effect.se,
        lower: limits.map(|l| l.0),
        upper: limits.map(|l| l.1),
        level: limits.map(|_| level),
        // One test among many in a band is not what its limits say.
        p: p.filter(|_| options.bootstrap.is_none()),
        more,
        ..Estimate::keyed(vec![("group", columns.name(effect.group)), ("time", columns.name(effect.time))])
    }
}

fn aggregated(aggregate: &Aggregate, pointwise: f64, key: &dyn Fn(f64) -> Value) -> Option<Value> {
    let limits = |summary: &Summary, critical: f64, out: &mut serde_json::Map<String, Value>| {
        let half = summary.se.map(|se| critical * se);
        out.insert("value".to_owned(), summary.value.into());
        out.insert("se".to_owned(), summary.se.map_or(Value::Null, Value::from));
        out.insert("lower".to_owned(), half.map_or(Value::Null, |half| (summary.value - half).into()));
        out.insert("upper".to_owned(), half.map_or(Value::Null, |half| (summary.value + half).into()));
    };
    let mut out = serde_json::Map::new();
    if let Some(overall) = &aggregate.overall {
        limits(overall, pointwise, &mut out);
    } else if aggregate.by.is_empty() {
        return None;
    }
    if !aggregate.by.is_empty() {
        let by = aggregate.by.iter().map(|(at, summary)| {
            let mut row = serde_json::Map::new();
            row.insert("key".to_owned(), key(*at));
            limits(summary, aggregate.critical, &mut row);
            Value::Object(row)
        });
        out.insert("critical".to_owned(), aggregate.critical.into());
        out.insert("by".to_owned(), by.collect::<Vec<_>>().into());
    }
    Some(Value::Object(out))
}
