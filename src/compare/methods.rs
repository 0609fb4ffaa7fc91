//! Any method of `resonanz calc` on the project's own panel: `[[comparison.method]]`.
//!
//! The options are those of the command line, read by the same parser ([`arguments`]); the table is made from the
//! key figures that the audience may see ([`tidy`]). A method that refuses is a result with a reason.

mod arguments;
mod tidy;
mod towns;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::tidy::{Cells, Rows, Tidy, TidyColumn};
use super::spec::{ComparisonKind, ComparisonSpec, Timing};
use super::{PeerResult, PeerSet};
use crate::calc::{Answer, Dropped, Method, Table};
use crate::domain::{EstimateTable, Label, Period, say};
use crate::ingest::Records;
use crate::panel::Panel;
use crate::{Error, Result};

/// One `[[comparison.method]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodSpec {
    /// Name of the method, as in `resonanz calc NAME`.
    #[serde(rename = "use")]
    pub method: String,
    /// What one row of the table is; by default what the method works on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Rows>,
    /// Of a series: the key of the only area in it; by default all areas of the comparison are added up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Options, named as on the command line.
    #[serde(default, skip_serializing_if = "toml::Table::is_empty")]
    pub options: toml::Table,
}

/// What a method said.
#[derive(Debug, Clone)]
pub struct MethodAnswer {
    /// Position among the methods of the comparison, from 1.
    pub position: usize,
    /// Name of the method.
    pub method: String,
    /// What one row of its table is.
    pub rows: Rows,
    /// The only area of its series.
    pub area: Option<String>,
    /// The words of the command line that ask the same of a file.
    pub arguments: Vec<String>,
    /// The answer, or why there is none.
    pub outcome: std::result::Result<Answer, Refused>,
}

/// Why a method gave no answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The reason.
    pub message: Label,
    /// What may cure it.
    pub hints: Vec<Label>,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        use crate::domain::Lang::{De, En};
        Self { message: Label::new(error.message(De), error.message(En)), hints: error.hints().to_vec() }
    }
}

/// The estimates of a run, as its audience may see them.
#[derive(Clone, Copy)]
pub struct Estimated<'a> {
    /// Register, catalogue and events.
    pub records: &'a Records,
    /// Offers and launches.
    pub panel: &'a Panel,
    /// The key figure compared.
    pub kpi: u16,
    /// It by month.
    pub months: &'a EstimateTable,
    /// It by reference period.
    pub periods: &'a EstimateTable,
    /// The reference period.
    pub current: Period,
    /// The groups of the comparisons by characteristic.
    pub peers: &'a [(PeerSet, Vec<PeerResult>)],
}

/// The answers of the methods, by position of the comparison; comparisons without methods are left out.
#[must_use]
pub fn methods(comparisons: &[ComparisonSpec], estimated: &Estimated<'_>) -> Vec<(usize, Vec<MethodAnswer>)> {
    let with_methods = comparisons.iter().enumerate().filter(|(_, spec)| !spec.methods.is_empty());
    with_methods.map(|(at, spec)| (at, answers(at, spec, estimated))).collect()
}

/// The table of a comparison with such rows; `area` picks the only area of a series.
///
/// # Errors
/// If the comparison has no such rows, or nothing is left to show.
pub fn tidy(
    at: usize,
    spec: &ComparisonSpec,
    rows: Rows,
    area: Option<&str>,
    estimated: &Estimated<'_>,
) -> Result<Tidy> {
    fits(spec, rows)?;
    tidy::build(rows, area, &towns::cast(at, spec, estimated), estimated)
}

fn answers(at: usize, spec: &ComparisonSpec, estimated: &Estimated<'_>) -> Vec<MethodAnswer> {
    let cast = towns::cast(at, spec, estimated);
    let mut out: Vec<MethodAnswer> = Vec::new();
    for (method, position) in spec.methods.iter().zip(1..) {
        let rows = method.rows(spec);
        let table = match rows {
            Rows::Tests => Ok(tests_of(&out)),
            _ => tidy::build(rows, method.area.as_deref(), &cast, estimated),
        };
        let (arguments, outcome) = match table.and_then(|table| {
            let (parsed, words) = arguments::parse(method, rows, &table.names(), &cast.columns())?;
            Ok((table, parsed, words))
        }) {
            Ok((table, parsed, words)) => {
                let open = |path: &Path, _| match path.to_str() {
                    Some(name) if name == rows.id() => Ok(table.table()),
                    _ => Ok(tidy::build(Rows::Services, None, &cast, estimated)?.table()),
                };
                let answer = parsed.run(&open).map(|answer| complete(answer, &table));
                (words, answer.map_err(|error| table.dropped.iter().map(left_out).fold(error, Error::hint)))
            }
            Err(error) => (Vec::new(), Err(error)),
        };
        let (area, method) = (method.area.clone(), method.method.clone());
        out.push(MethodAnswer { position, method, rows, area, arguments, outcome: outcome.map_err(Refused::from) });
    }
    out
}

/// What the method never saw may be why it refuses.
fn left_out(dropped: &Dropped) -> Label {
    let n = dropped.n;
    Label::new(format!("Weggelassen: {} ({n})", dropped.text.de), format!("left out: {} ({n})", dropped.text.en))
}

/// The answer with what was left out before the method saw the table, and names beside numbers of rows.
fn complete(mut answer: Answer, table: &Tidy) -> Answer {
    answer.dropped.splice(0..0, table.dropped.iter().cloned());
    answer.notes.extend(table.notes.iter().cloned());
    for estimate in &mut answer.estimates {
        let [("row", row)] = estimate.keys.as_slice() else { continue };
        let Some(row) = row.as_u64().and_then(|row| usize::try_from(row).ok()?.checked_sub(1)) else { continue };
        estimate.keys.extend(table.key_of(row).into_iter().map(|(name, value)| (name, value.into())));
    }
    answer
}

/// All p values found so far, as a table of tests.
fn tests_of(answers: &[MethodAnswer]) -> Tidy {
    let found = answers.iter().filter_map(|a| a.outcome.as_ref().ok().map(|answer| (a, answer)));
    let tests = found.flat_map(|(a, answer)| {
        answer.estimates.iter().filter_map(move |e| Some((a.position as f64, a.method.clone(), e.name(), e.p?)))
    });
    let tests: Vec<(f64, String, String, f64)> = tests.collect();
    let text =
        |pick: fn(&(f64, String, String, f64)) -> &String| Cells::Text(tests.iter().map(pick).cloned().collect());
    let number =
        |pick: fn(&(f64, String, String, f64)) -> f64| Cells::Number(tests.iter().map(|t| Some(pick(t))).collect());
    let column = |name: &'static str, cells| TidyColumn { name: name.to_owned(), cells };
    Tidy {
        rows: Rows::Tests,
        columns: vec![
            column("position", number(|t| t.0)),
            column("method", text(|t| &t.1)),
            column("name", text(|t| &t.2)),
            column("p", number(|t| t.3)),
        ],
        ..Tidy::default()
    }
}

impl MethodSpec {
    /// What one row of its table is.
    fn rows(&self, spec: &ComparisonSpec) -> Rows {
        self.rows.unwrap_or(match self.method.as_str() {
            "did" | "twfe" | "wildboot" | "power" => Rows::Panel,
            "synth" | "sdid" => Rows::BalancedPanel,
            "match" | "balance" => Rows::CompleteTowns,
            "spc" | "its" | "trend" | "breaks" | "stl" => Rows::Months,
            "dsr" | "smr" if spec.event.is_some() => Rows::ServiceSides,
            "dsr" | "smr" => Rows::TownServices,
            "ratio" => Rows::Sides,
            "adjust" => Rows::Tests,
            _ => Rows::Towns,
        })
    }

    /// Checks one method of a comparison; `position` counts from 1.
    ///
    /// # Errors
    /// With the name of what is unknown, missing or impossible here.
    pub(super) fn check(&self, spec: &ComparisonSpec, position: usize) -> Result<()> {
        let place = format!("{}: [[comparison.method]] {position}, use = \"{}\"", spec.name, self.method);
        self.checked(spec, position).map_err(|error| error.at(&place))
    }

    fn checked(&self, spec: &ComparisonSpec, position: usize) -> Result<()> {
        let rows = self.rows(spec);
        arguments::known(&self.method)?;
        fits(spec, rows)?;
        let before_and_after = matches!(self.method.as_str(), "did" | "twfe" | "wildboot" | "synth" | "sdid" | "its");
        if before_and_after && matches!(spec.kind(), ComparisonKind::Event(_, Timing::BeforeLaunch)) {
            return Err(Error::config(say!(
                "Vor dem Start wird ein Dienst nicht online genutzt: Ein Vergleich von vorher und nachher beweist bei timing = \"before_launch\" nichts",
                "before its launch a service has no online use: with timing = \"before_launch\" before against after proves nothing"
            ))
            .hint(say!(
                "Orte mit und ohne Ereignis vergleichen (match, randinf, group), oder timing = \"live\".",
                "compare towns with and without the event (match, randinf, group), or use timing = \"live\""
            )));
        }
        if self.area.is_some() && rows != Rows::Months {
            return Err(Error::config(say!(
                "area gibt es nur bei Verfahren für eine Reihe (rows = \"months\")",
                "area is only for methods for a series (rows = \"months\")"
            )));
        }
        if rows == Rows::Tests && position == 1 {
            return Err(Error::config(say!(
                "Über diesem Verfahren steht kein anderes, dessen p-Werte zu korrigieren wären",
                "no other method stands above this one whose p values could be adjusted"
            )));
        }
        let traits = towns::possible_columns(spec);
        let columns = tidy::possible_columns(rows, spec, &traits);
        let (method, _) = arguments::parse(self, rows, &columns, &traits).map_err(|error| match spec.event {
            Some(_) => error,
            None => error.hint(say!(
                "Die Spalten treated, cohort, post und event_treated gibt es nur bei Vergleichen mit event = \"...\".",
                "the columns treated, cohort, post and event_treated are only in comparisons with event = \"...\""
            )),
        })?;
        settings(&method)
    }
}

/// Finds settings out of range before there are data: methods look at these before they open a table.
fn settings(method: &Method) -> Result<()> {
    let open = |_: &Path, _| -> Result<Table> { Err(Error::input("-")) };
    match method.run(&open) {
        Err(error) if error.kind() == crate::ErrorKind::Config => Err(error),
        _ => Ok(()),
    }
}

/// Two sides there are only in comparisons by event.
fn fits(spec: &ComparisonSpec, rows: Rows) -> Result<()> {
    if spec.event.is_some() || !rows.by_side() {
        return Ok(());
    }
    Err(Error::config(say!(
        "Zwei Seiten gibt es nur bei Vergleichen mit event = \"...\"",
        "two sides are only in comparisons with event = \"...\""
    )))
}
