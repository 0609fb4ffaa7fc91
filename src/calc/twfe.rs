use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::answer::whole;
use super::options::Level;
use super::panel::{self, Columns, Panel};
use super::timeline::Timeline;
use super::{Answer, Estimate, Open, Table};
use crate::domain::say;
use crate::stats::fixed_effects::Fit;
use crate::stats::sandwich::{Combination, Inference, Vcov, inference};
use crate::stats::sun_abraham::{EventStudyRefusal, Rows, event_study};
use crate::{Error, Result};

/// Options of `calc twfe`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Column with the treatment: 1 while it runs, else 0, or its intensity
    #[arg(long, value_name = "COLUMN", required_unless_present = "sunab")]
    treatment: Option<String>,
    /// Errors: independent rows (iid, hc1), by cluster, or for few clusters (cr2, cr3)
    #[arg(long, value_enum, default_value = "cluster")]
    vcov: Kind,
    /// Event study after Sun and Abraham: an effect for every start and distance from it, then their averages
    #[arg(long, requires = "cohort")]
    sunab: bool,
    /// Column with the first period of treatment; 0 or empty: never treated
    #[arg(long, value_name = "COLUMN", requires = "sunab")]
    cohort: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc twfe --data datasets/calc/panel.csv --unit town --time quarter --outcome share --treatment running --vcov cluster";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc twfe --data datasets/calc/panel.csv --unit town --time quarter --outcome share --treatment running --vcov cluster",
    ),
    (
        "Errors: independent rows (iid, hc1), by cluster, or for few clusters (cr2, cr3)",
        "Fehler: unabhängige Zeilen (iid, hc1), nach Gruppen (cluster) oder für wenige Gruppen (cr2, cr3)",
    ),
    (
        "Event study after Sun and Abraham: an effect for every start and distance from it, then their averages",
        "Ereignisstudie nach Sun und Abraham: ein Effekt je Beginn und Abstand davon, dann deren Mittel",
    ),
    (
        "Column with the first period of treatment; 0 or empty: never treated",
        "Spalte mit dem ersten Zeitabschnitt der Maßnahme; 0 oder leer: nie",
    ),
];

/// The kinds of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Iid,
    Hc1,
    Cluster,
    Cr2,
    Cr3,
}

impl Kind {
    fn of<'a>(self, panel: &'a Panel<'_>) -> Result<Vcov<'a>> {
        let first = panel.clusters.first().map_or(&[][..], |c| c.codes.as_slice());
        Ok(match (self, panel.clusters.get(1)) {
            (Self::Iid, _) => Vcov::Iid,
            (Self::Hc1, _) => Vcov::Hc1,
            (Self::Cluster, None) => Vcov::Cluster(first),
            (Self::Cluster, Some(second)) => Vcov::TwoWay(first, &second.codes),
            (Self::Cr2, None) => Vcov::Cr2(first),
            (Self::Cr3, None) => Vcov::Cr3(first),
            (Self::Cr2 | Self::Cr3, Some(_)) => {
                return Err(Error::config(say!(
                    "--vcov cr2 und cr3 gehen nur mit einer Gruppenspalte",
                    "--vcov cr2 and cr3 go with one cluster column only"
                )));
            }
        })
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.columns.data.data, options.columns.data.notation.decimal)?;
    let mut answer = Answer::of("twfe", options);
    answer.reads(&table);
    match &options.cohort {
        Some(cohort) if options.sunab => events(options, cohort, &table, &mut answer)?,
        _ => coefficients(options, &table, &mut answer)?,
    }
    Ok(answer)
}

/// An estimate with limits and p value.
fn estimate(c: &Combination, level: f64, keys: Vec<(&'static str, Value)>) -> Result<Estimate> {
    let (lower, upper, p) = panel::limits(c, level)?;
    Ok(Estimate {
        value: Some(c.value),
        se: Some(c.se),
        lower: Some(lower),
        upper: Some(upper),
        level: Some(level),
        p: Some(p),
        more: vec![("t", json!(c.value / c.se)), ("df", json!(c.df))],
        ..Estimate::keyed(keys)
    })
}

fn coefficients(options: &Options, table: &Table, answer: &mut Answer) -> Result<()> {
    let level = options.level.level;
    let panel = panel::read(table, &options.columns, options.treatment.as_deref(), &|_| true, answer)?;
    let refused = |refusal| panel::refused(refusal, &panel.names, &panel.clusters, &options.columns.outcome);
    let vcov = options.vcov.of(&panel)?;
    let columns: Vec<&[f64]> = panel.columns.iter().map(Vec::as_slice).collect();
    let fit = panel::fit(&panel, &columns).map_err(refused)?;
    let k = fit.kept.len();
    let contrasts: Vec<Vec<f64>> = (0..k).map(|at| (0..k).map(|i| f64::from(u8::from(i == at))).collect()).collect();
    let found = inference(&fit, vcov, &contrasts).map_err(refused)?;
    for (column, c) in fit.kept.iter().zip(&found.combinations) {
        answer.estimates.push(estimate(c, level, vec![("name", panel.names[*column].into())])?);
    }
    answer.note(
        "comparison_only",
        say!(
            "Nur zum Vergleich: Beginnen Maßnahmen zu verschiedenen Zeiten und wirken sie verschieden, mittelt diese Zahl mit teils negativen Gewichten und kann sogar das Vorzeichen verfehlen. Für Aussagen „calc did“ verwenden.",
            "For comparison only: where treatments start at different times and work differently, this number averages with weights that may be negative, and can even miss the sign. Use \"calc did\" for statements."
        ),
    );
    panel.treatment(&fit, answer);
    rest(&panel, &fit, &found, answer);
    panel.few(options.vcov as u8 >= Kind::Cluster as u8, &fit, &found, answer);
    Ok(())
}

/// What both forms say about the rows and errors.
fn rest(panel: &Panel<'_>, fit: &Fit, found: &Inference, answer: &mut Answer) {
    panel.left_out(fit, answer);
    let mut add = |name: &str, value: Value| answer.diagnostics.insert(name.to_owned(), value);
    if !found.clusters.is_empty() {
        add("clusters", found.clusters.clone().into());
    }
    add("parameters", found.parameters.into());
    let squares: f64 = fit.residual.iter().map(|e| e * e).sum();
    add("residual_sum_of_squares", json!(squares));
    if found.repaired {
        answer.note(
            "variance_repaired",
            say!(
                "Die Varianz aus zwei Gruppenspalten hatte negative Anteile; sie wurden auf null gehoben.",
                "the variance from two cluster columns had negative parts; they were raised to zero."
            ),
        );
    }
}

fn events(options: &Options, cohort: &str, table: &Table, answer: &mut Answer) -> Result<()> {
    let level = options.level.level;
    let line = Timeline::of(table, &options.columns.time, cohort)?;
    let (times, starts) = (&line.time, &line.start);
    if let Some(treatment) = &options.treatment {
        answer.note(
            "treatment_unused",
            say!(
                "Mit --sunab sagt „{cohort}“, ab wann die Maßnahme läuft; „{treatment}“ geht nicht ein.",
                "With --sunab \"{cohort}\" says from when on the treatment runs; \"{treatment}\" is not used."
            ),
        );
    }
    let (first, last) =
        times.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| (low.min(*t), high.max(*t)));
    let always = |row: usize| starts[row] <= first;
    let units = table.labels(&options.columns.unit)?;
    let mut own = std::collections::HashMap::new();
    for (row, unit) in units.iter().enumerate() {
        if *own.entry(*unit).or_insert(starts[row]) != starts[row] {
            return Err(Error::refused(table.at(
                cohort,
                row,
                &say!("„{unit}“ hat mehr als einen Beginn", "\"{unit}\" has more than one start"),
            )));
        }
    }
    let count = |of: &dyn Fn(f64) -> bool| own.values().filter(|start| of(**start)).count();
    let dropped = count(&|start| start <= first);
    answer.drop(
        "units",
        dropped,
        "always_treated",
        say!("Einheiten, die vom ersten Zeitabschnitt an behandelt sind", "units treated from the first period on"),
    );
    let later = count(&|start| start > last && start.is_finite());
    if later > 0 {
        answer.note(
            "starts_after_last_period",
            say!(
                "{later} Einheiten beginnen erst nach dem letzten Zeitabschnitt und zählen als unbehandelt.",
                "{later} units start after the last period and count as untreated."
            ),
        );
    }
    let panel = panel::read(table, &options.columns, None, &|row| !always(row), answer)?;
    let pick = |of: &[f64]| panel.rows.iter().map(|row| of[*row]).collect::<Vec<f64>>();
    let columns: Vec<&[f64]> = panel.columns.iter().map(Vec::as_slice).collect();
    let (time, start) = (pick(times), pick(starts));
    let rows = Rows {
        outcome: &panel.outcome,
        covariates: &columns,
        unit: &panel.unit,
        period: &panel.time,
        time: &time,
        cohort: &start,
    };
    let study = event_study(rows, options.vcov.of(&panel)?).map_err(|refusal| match refusal {
        EventStudyRefusal::Panel(refusal) => {
            panel::refused(refusal, &panel.names, &panel.clusters, &options.columns.outcome)
        }
        EventStudyRefusal::NoneUntreated => Error::refused(say!(
            "Keine Einheit bleibt unbehandelt: Für den Vergleich fehlt eine Gruppe",
            "there is no unit without treatment to compare with"
        ))
        .hint(say!(
            "„calc did“ mit --control notyet vergleicht mit Einheiten, die noch nicht begonnen haben.",
            "\"calc did\" with --control notyet compares with units that have not started yet"
        )),
        EventStudyRefusal::NoneTreated => Error::refused(say!(
            "Keine Einheit beginnt innerhalb der Zeitabschnitte mit der Maßnahme",
            "no unit starts treatment within the periods"
        )),
        EventStudyRefusal::NoEffect => Error::refused(say!(
            "Kein Effekt nach dem Beginn ist schätzbar",
            "no effect after the start can be estimated"
        )),
    })?;
    for (event, c) in &study.events {
        let name = format!("{}::{event}", options.columns.time);
        answer.estimates.push(estimate(c, level, vec![("name", name.into()), ("event", whole(*event))])?);
    }
    for (column, c) in &study.covariates {
        answer.estimates.push(estimate(c, level, vec![("name", panel.names[*column].into()), ("event", Value::Null)])?);
    }
    answer.aggregates.insert("att".to_owned(), Value::Object(estimate(&study.att, level, Vec::new())?.object()));
    let by = |list: Vec<(Map<String, Value>, &Combination)>| -> Result<Value> {
        let one = |(keys, c): (Map<String, Value>, &Combination)| {
            let mut out = keys;
            out.extend(estimate(c, level, Vec::new())?.object());
            Ok(Value::Object(out))
        };
        Ok(json!({ "by": list.into_iter().map(one).collect::<Result<Vec<_>>>()? }))
    };
    let keyed = |keys: Vec<(&str, Value)>| keys.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>();
    let cohorts = study.cohorts.iter().map(|(start, c)| (keyed(vec![("key", line.name(*start))]), c)).collect();
    answer.aggregates.insert("cohort".to_owned(), by(cohorts)?);
    let cells = study.cells.iter().map(|(cell, c)| {
        let mut keys = keyed(vec![("group", line.name(cell.cohort)), ("event", whole(cell.event))]);
        keys.insert("rows".to_owned(), cell.rows.into());
        (keys, c)
    });
    answer.aggregates.insert("group_event".to_owned(), by(cells.collect())?);
    answer.note(
        "comparison_only",
        say!(
            "Nur zum Vergleich: Diese Ereignisstudie vergleicht mit nie Behandelten und nimmt die Anteile der Kohorten als bekannt. Für Aussagen „calc did“ verwenden.",
            "For comparison only: this event study compares with the never treated and takes the shares of the cohorts as known. Use \"calc did\" for statements."
        ),
    );
    for cell in &study.lost {
        let (cohort, event) = (line.text(cell.cohort), whole(cell.event));
        answer.drop(
            "cells",
            1,
            "collinear",
            say!(
                "Kohorte {cohort}, Abstand {event}: nicht schätzbar",
                "cohort {cohort}, event time {event}: cannot be estimated"
            ),
        );
    }
    rest(&panel, &study.fit, &study.inference, answer);
    panel.few(options.vcov as u8 >= Kind::Cluster as u8, &study.fit, &study.inference, answer);
    Ok(())
}
