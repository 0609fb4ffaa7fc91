use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::answer::whole;
use super::timeline::Timeline;
use super::{Answer, Estimate, Open, Table, characteristics};
use crate::domain::say;
use crate::stats::characteristic;
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
    /// Numbers, and one column of 0 and 1 per category but the first.
    covariates: Vec<Vec<f64>>,
    /// What the covariates are called.
    covariate_names: Vec<String>,
    weights: Option<Vec<f64>>,
    cluster: Option<Vec<usize>>,
    /// How periods are written.
    line: Timeline<'a>,
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
        .map_err(|why| refusal::said(&why, &table, options, &columns))?;
    say_all(&mut answer, &fit, options, &columns, level);
    Ok(answer)
}

fn read<'a>(table: &'a Table, options: &Options, answer: &mut Answer) -> Result<Columns<'a>> {
    if options.covariates.contains(&options.outcome) {
        let name = &options.outcome;
        let what = say!("„{name}“ ist Zielgröße und Kovariate zugleich", "\"{name}\" is both outcome and covariate");
        return Err(Error::config(what).at("--covariates"));
    }
    let line = Timeline::of(table, &options.time, &options.cohort)?;
    let unit = options.unit.as_deref().map(|name| table.labels(name)).transpose()?;
    let outcome = table.numbers(&options.outcome)?;
    let texts = options.covariates.iter().map(|name| table.texts(name)).collect::<Result<Vec<_>>>()?;
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
        } else if let Some(at) = texts.iter().position(|c| c[row].is_none()) {
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
    let (covariates, covariate_names) = covariates(table, options, &rows)?;
    let unit = unit.map_or_else(|| (0..rows.len()).collect(), |labels| ranked(rows.iter().map(|row| labels[*row])));
    let repeated = unit.iter().max().is_some_and(|most| most + 1 < rows.len());
    let columns = Columns {
        unit,
        time: rows.iter().map(|row| line.time[*row]).collect(),
        cohort: rows.iter().map(|row| Some(line.start[*row]).filter(|c| c.is_finite()).unwrap_or(0.0)).collect(),
        outcome: options.scale.apply(table, &options.outcome, &rows, &pick(&outcome))?,
        covariates,
        covariate_names,
        weights: weights.as_ref().map(|w| pick(w)),
        cluster: cluster.map(|c| ranked(rows.iter().map(|row| c[*row].unwrap_or_default()))),
        line,
        repeated,
        rows,
    };
    Ok(columns)
}

/// The columns of the covariates, and what they are called.
fn covariates(table: &Table, options: &Options, rows: &[usize]) -> Result<(Vec<Vec<f64>>, Vec<String>)> {
    let category = |name: &String| options.categories.categorical.contains(name);
    if let Some(name) = options.categories.categorical.iter().find(|name| !options.covariates.contains(name)) {
        let what = say!("„{name}“ ist keine der Kovariaten", "\"{name}\" is none of the covariates");
        return Err(Error::config(what).at("--categorical"));
    }
    // A covariate named twice is for the estimator to refuse, as one that follows from the others.
    let one = |name: &String| characteristics::characteristic(table, name, category(name), rows);
    let read = options.covariates.iter().map(one).collect::<Result<Vec<_>>>()?;
    let columns = characteristic::columns(&read, false);
    let name = |column: &characteristic::Column| {
        let of = read.get(column.characteristic)?;
        let level = match &of.values {
            characteristic::Values::Category { levels, .. } => levels.get(column.level?),
            characteristic::Values::Number(_) => None,
        };
        Some(level.map_or_else(|| of.name.clone(), |level| format!("{} = {level}", of.name)))
    };
    let names = columns.iter().map(|column| name(column).unwrap_or_default()).collect();
    Ok((columns.into_iter().map(|column| column.values).collect(), names))
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
        let key = |key: f64| if dated { columns.line.name(key) } else { whole(key) };
        if let Some(value) = aggregated(aggregate, fit.pointwise, &key) {
            answer.aggregates.insert(name.to_owned(), value);
        }
    }
    let cohorts = fit.cohorts.iter().map(|c| {
        let group = c.group.map_or(Value::from("never"), |group| columns.line.name(group));
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
        ("base", columns.line.name(effect.base)),
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
        ..Estimate::keyed(vec![("group", columns.line.name(effect.group)), ("time", columns.line.name(effect.time))])
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
