//! The tables that methods work on: the numbers of a comparison, one row per observation.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Estimated;
use super::towns::{Cast, Pair, Town, cells};
use crate::calc::{Dropped, Note, Table};
use crate::compare::ComparisonSpec;
use crate::compare::ladder::{Share, Trait};
use crate::domain::{Label, Month, say};
use crate::{Error, Result};

/// What one row of a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Rows {
    /// A town in a month
    Panel,
    /// A town in a month, only towns with a number in every month
    BalancedPanel,
    /// A town in the reference period
    #[default]
    Towns,
    /// A town in the reference period, only towns of which every characteristic is known
    CompleteTowns,
    /// A month, all towns or one
    Months,
    /// A service of a town in the reference period
    TownServices,
    /// The towns with, and those without the event
    Sides,
    /// A service of the towns with, and of those without the event
    ServiceSides,
    /// A service of all towns
    Services,
    /// A p value of the methods above
    #[value(skip)]
    Tests,
}

impl Rows {
    /// The name in the configuration.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Panel => "panel",
            Self::BalancedPanel => "balanced_panel",
            Self::Towns => "towns",
            Self::CompleteTowns => "complete_towns",
            Self::Months => "months",
            Self::TownServices => "town_services",
            Self::Sides => "sides",
            Self::ServiceSides => "service_sides",
            Self::Services => "services",
            Self::Tests => "tests",
        }
    }

    fn by_area(self) -> bool {
        matches!(self, Self::Panel | Self::BalancedPanel | Self::Towns | Self::CompleteTowns | Self::TownServices)
    }

    fn by_service(self) -> bool {
        matches!(self, Self::TownServices | Self::ServiceSides | Self::Services)
    }

    fn by_month(self) -> bool {
        matches!(self, Self::Panel | Self::BalancedPanel | Self::Months)
    }

    pub(super) fn by_side(self) -> bool {
        matches!(self, Self::Sides | Self::ServiceSides)
    }

    fn names(self, by_event: bool, traits: &[String], by_group: bool) -> Vec<String> {
        if self == Self::Tests {
            return ["position", "method", "name", "p"].map(str::to_owned).to_vec();
        }
        let (area, month) = (self.by_area(), self.by_month());
        let town_event = area && by_event;
        let own = [
            ("area", area),
            ("name", area),
            ("treated", self.by_side() || town_event),
            ("service", self.by_service()),
            ("month", month),
            ("online", true),
            ("all", true),
            ("share", true),
            ("areas", !area),
            ("services", !self.by_service()),
            ("post", town_event && month),
            ("event_treated", town_event && month),
            ("cohort", town_event),
            ("population", area),
        ];
        let mut out: Vec<String> = own.iter().filter(|(_, has)| *has).map(|(name, _)| (*name).to_owned()).collect();
        if area {
            out.extend(traits.iter().cloned());
        }
        if area && by_group {
            out.push("group".to_owned());
        }
        out
    }
}

/// The columns that a comparison may have, before the data are known.
pub(super) fn possible_columns(rows: Rows, spec: &ComparisonSpec, traits: &[String]) -> Vec<String> {
    rows.names(spec.event.is_some(), traits, spec.event.is_none())
}

/// A tidy table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tidy {
    /// What one row is.
    pub rows: Rows,
    /// The columns, left to right, all of the same length.
    pub columns: Vec<TidyColumn>,
    /// What was left out.
    pub dropped: Vec<Dropped>,
    /// Remarks without which the numbers would mislead.
    pub notes: Vec<Note>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct TidyColumn {
    /// Name.
    pub name: String,
    /// Cells.
    pub cells: Cells,
}

/// The cells of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Texts; an empty one is missing.
    Text(Vec<String>),
    /// Finite numbers.
    Number(Vec<Option<f64>>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
        }
    }

    /// A cell as text: numbers in their shortest exact form.
    fn text(&self, row: usize) -> String {
        match self {
            Self::Text(cells) => cells.get(row).cloned().unwrap_or_default(),
            Self::Number(cells) => cells.get(row).copied().flatten().map_or_else(String::new, |n| n.to_string()),
        }
    }
}

impl Tidy {
    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The table as the methods of `resonanz calc` read it.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut out = Table::new(self.rows.id(), self.names());
        for row in 0..self.len() {
            let cells: Vec<String> = self.columns.iter().map(|column| column.cells.text(row)).collect();
            out.push(cells.iter().map(String::as_str));
        }
        out
    }

    /// What names a row.
    pub(super) fn key_of(&self, row: usize) -> Vec<(&'static str, String)> {
        let named = |name: &'static str| {
            let column = self.columns.iter().find(|column| column.name == name)?;
            Some((name, column.cells.text(row)))
        };
        let names: &[&'static str] = match self.rows {
            Rows::Tests => &["position", "method", "name"],
            rows if rows.by_side() => &["treated", "service"],
            _ => &["area", "service", "month"],
        };
        names.iter().filter_map(|name| named(name)).collect()
    }
}

/// What is added up in one row.
#[derive(Default)]
struct Sum {
    share: Share,
    areas: BTreeSet<u32>,
    services: BTreeSet<u32>,
}

/// What tells a row from others: treated first, then town, service, month.
type Key = (Option<std::cmp::Reverse<bool>>, Option<u32>, Option<u32>, Option<Month>);

/// A number of a service of a town, in a month or in the reference period.
struct Cell<'a> {
    town: &'a Town,
    service: u32,
    month: Month,
    share: Share,
}

/// Builds the table.
pub(super) fn build(rows: Rows, area: Option<&str>, cast: &Cast, e: &Estimated<'_>) -> Result<Tidy> {
    let only = area.map(|key| find(key, cast, e)).transpose()?;
    let mut out = Tidy { rows, ..Tidy::default() };
    let mut cells = numbers(rows, only, cast, e, &mut out);
    cells = match rows {
        Rows::Months => unbroken(cells, e.current.end(), &mut out),
        Rows::BalancedPanel => balanced(cells, e.current.end(), &mut out),
        Rows::CompleteTowns => described(cells, &mut out),
        Rows::ServiceSides => on_both_sides(cells, &mut out),
        _ => cells,
    };
    if cells.is_empty() {
        return Err(Error::refused(say!(
            "Zu diesem Vergleich gibt es keine Zahlen dieser Art ({})",
            "the comparison has no numbers of this kind ({})",
            rows.id()
        )));
    }
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    for cell in &cells {
        let key = (
            cell.town.with.filter(|_| rows.by_side()).map(std::cmp::Reverse),
            Some(cell.town.id).filter(|_| rows.by_area()),
            Some(cell.service).filter(|_| rows.by_service()),
            Some(cell.month).filter(|_| rows.by_month()),
        );
        let sum = sums.entry(key).or_default();
        sum.share = sum.share.plus(cell.share);
        sum.areas.insert(cell.town.id);
        sum.services.insert(cell.service);
    }
    if rows == Rows::TownServices {
        // What was not delivered is a row without numbers: missing is not zero.
        let (towns, services): (BTreeSet<u32>, BTreeSet<u32>) = cells.iter().map(|c| (c.town.id, c.service)).unzip();
        for town in &towns {
            for service in &services {
                sums.entry((None, Some(*town), Some(*service), None)).or_default();
            }
        }
    } else {
        let all = sums.len();
        sums.retain(|_, sum| sum.share.all > 0.0);
        let text = say!("Zeilen ohne einen Fall", "rows without a case");
        leave_out(&mut out, "rows", all - sums.len(), "no_cases", text);
    }
    if matches!(rows, Rows::Panel | Rows::BalancedPanel) {
        changing(&sums, &mut out);
    }
    columns(rows, &sums, cast, e, &mut out);
    Ok(out)
}

fn find(key: &str, cast: &Cast, e: &Estimated<'_>) -> Result<u32> {
    let found = e.records.register.find(key).filter(|area| cast.towns.iter().any(|town| town.id == *area));
    found.ok_or_else(|| {
        let error = Error::config(say!(
            "area = \"{key}\": Dieses Gebiet gehört nicht zum Vergleich",
            "area = \"{key}\": this area is not part of the comparison"
        ));
        let known: Vec<String> = cast.towns.iter().map(|t| e.records.register.area(t.id).key.clone()).collect();
        match crate::ingest::closest(key, &known) {
            Some(similar) => error.did_you_mean(similar),
            None => error,
        }
    })
}

/// The numbers of the services that count: by month since they do, or of the reference period if they did by its
/// beginning.
fn numbers<'a>(rows: Rows, only: Option<u32>, cast: &'a Cast, e: &Estimated<'_>, out: &mut Tidy) -> Vec<Cell<'a>> {
    let (table, period) = if rows.by_month() { (e.months, None) } else { (e.periods, Some(e.current)) };
    let mut late: BTreeSet<Pair> = BTreeSet::new();
    let mut kept = Vec::new();
    for ((area, service), month, share) in cells(table, e.kpi, period) {
        if only.is_some_and(|only| only != area) {
            continue;
        }
        let town = cast.towns.binary_search_by_key(&area, |town| town.id).ok().and_then(|at| cast.towns.get(at));
        let Some((town, from)) = town.and_then(|town| Some((town, town.services.get(&service)?))) else { continue };
        if from.is_none_or(|from| from <= month) {
            kept.push(Cell { town, service, month, share });
        } else if !rows.by_month() {
            late.insert((area, service));
        }
    }
    let text = say!(
        "Leistungen von Orten, die erst im Berichtszeitraum online gingen",
        "services of towns that went online within the reference period only"
    );
    leave_out(out, "services", late.len(), "launched_within_period", text);
    kept
}

fn leave_out(out: &mut Tidy, what: &'static str, n: usize, why: &'static str, text: Label) {
    if n > 0 {
        out.dropped.push(Dropped { what, n, why, text });
    }
}

/// Of a series only the services of towns that have a number in every month: else a month with fewer deliveries would
/// read as change.
fn unbroken<'a>(cells: Vec<Cell<'a>>, last: Month, out: &mut Tidy) -> Vec<Cell<'a>> {
    let (cells, start, left_out) = without_gaps(cells, last, |cell| (cell.town.id, cell.service), |_| true);
    let Some(start) = start else { return cells };
    let text = say!(
        "Leistungen von Orten ohne Zahl in jedem Monat von {start} bis {last}",
        "services of towns without a number in every month from {start} to {last}"
    );
    leave_out(out, "services", left_out, "incomplete_series", text);
    cells
}

/// Only the towns that have a number in every month.
fn balanced<'a>(cells: Vec<Cell<'a>>, last: Month, out: &mut Tidy) -> Vec<Cell<'a>> {
    // Without a case there is no share.
    let (cells, start, left_out) = without_gaps(cells, last, |cell| cell.town.id, |cell| cell.share.all > 0.0);
    let Some(start) = start else { return cells };
    let text = say!(
        "Orte ohne Zahl in jedem Monat von {start} bis {last}",
        "towns without a number in every month from {start} to {last}"
    );
    leave_out(out, "units", left_out, "incomplete_series", text);
    cells
}

/// What has a number in every month up to the last, from the month on from where most numbers stay in; then this month,
/// and how many were left out. `of` says whose number a cell is, `counts` whether it makes up for a month.
fn without_gaps<'a, T: Ord>(
    cells: Vec<Cell<'a>>,
    last: Month,
    of: impl Fn(&Cell<'_>) -> T,
    counts: impl Fn(&Cell<'_>) -> bool,
) -> (Vec<Cell<'a>>, Option<Month>, usize) {
    let mut months: BTreeMap<T, BTreeSet<Month>> = BTreeMap::new();
    for cell in &cells {
        let own = months.entry(of(cell)).or_default();
        if cell.month <= last && counts(cell) {
            own.insert(cell.month);
        }
    }
    let unbroken = |months: &BTreeSet<Month>| {
        let run = months.iter().rev().zip(0..).take_while(|(month, back)| **month == last.plus(-back));
        run.last().map(|(month, _)| *month)
    };
    let all = months.len();
    let since: BTreeMap<T, Month> =
        months.into_iter().filter_map(|(one, months)| Some((one, unbroken(&months)?))).collect();
    let held = |start: Month| since.values().filter(|since| **since <= start).count();
    let length = |start: Month| usize::try_from(last.since(start) + 1).unwrap_or(0);
    // Of equally good beginnings the first: the longest series.
    let starts: BTreeSet<Month> = since.values().copied().collect();
    let Some(start) = starts.iter().rev().max_by_key(|start| held(**start) * length(**start)).copied() else {
        return (Vec::new(), None, all);
    };
    let stays = |cell: &Cell<'_>| {
        (start..=last).contains(&cell.month) && since.get(&of(cell)).is_some_and(|since| *since <= start)
    };
    let left_out = all - held(start);
    (cells.into_iter().filter(stays).collect(), Some(start), left_out)
}

/// Only the towns of which every characteristic is known.
fn described<'a>(cells: Vec<Cell<'a>>, out: &mut Tidy) -> Vec<Cell<'a>> {
    let known = |cell: &Cell<'_>| cell.town.traits.iter().all(Option::is_some);
    let unknown: BTreeSet<u32> = cells.iter().filter(|cell| !known(cell)).map(|cell| cell.town.id).collect();
    let text = say!("Orte, von denen ein Merkmal nicht bekannt ist", "towns of which some characteristic is not known");
    leave_out(out, "units", unknown.len(), "missing_characteristic", text);
    cells.into_iter().filter(known).collect()
}

/// Sides with another mix of services do not differ by that alone.
fn on_both_sides<'a>(cells: Vec<Cell<'a>>, out: &mut Tidy) -> Vec<Cell<'a>> {
    let mut sides: BTreeMap<u32, BTreeSet<Option<bool>>> = BTreeMap::new();
    for cell in &cells {
        sides.entry(cell.service).or_default().insert(cell.town.with);
    }
    let n = sides.values().filter(|s| s.len() < 2).count();
    let text = say!("Leistungen mit Zahlen nur auf einer Seite", "services with numbers on one side only");
    leave_out(out, "services", n, "on_one_side_only", text);
    cells.into_iter().filter(|cell| sides.get(&cell.service).is_some_and(|s| s.len() == 2)).collect()
}

/// Says where a town's months do not add up the same services.
fn changing(sums: &BTreeMap<Key, Sum>, out: &mut Tidy) {
    let mut towns: BTreeMap<Option<u32>, BTreeSet<&BTreeSet<u32>>> = BTreeMap::new();
    for ((_, area, ..), sum) in sums {
        towns.entry(*area).or_default().insert(&sum.services);
    }
    let n = towns.values().filter(|different| different.len() > 1).count();
    if n > 0 {
        out.notes.push(Note {
            code: "services_change",
            text: say!(
                "Orte, in denen nicht in jedem Monat dieselben Leistungen zusammengezählt sind (Spalte services): {n}. Ein Teil der Änderung kann daher kommen.",
                "Towns whose months do not add up the same services (column services): {n}. Part of the change may come from that."
            ),
        });
    }
}

fn columns(rows: Rows, sums: &BTreeMap<Key, Sum>, cast: &Cast, e: &Estimated<'_>, out: &mut Tidy) {
    let town = |key: &Key| {
        let at = key.1.and_then(|area| cast.towns.binary_search_by_key(&area, |town| town.id).ok());
        at.and_then(|at| cast.towns.get(at))
    };
    let with = |key: &Key| key.0.map(|side| side.0).or_else(|| town(key).and_then(|town| town.with));
    let after = |key: &Key| {
        let event = town(key).and_then(|town| town.event);
        event.zip(key.3).is_some_and(|(event, month)| month >= event)
    };
    // Towns without the event have no time of their own: theirs begins with that of the first that met it.
    let first = cast.towns.iter().filter_map(|town| town.event).min();
    let post = |key: &Key| match (with(key), first, key.3) {
        (Some(true), ..) => after(key),
        (_, Some(first), Some(month)) => month >= first,
        _ => false,
    };
    let flag = |yes: bool| Some(f64::from(u8::from(yes)));
    let number = |of: &dyn Fn(&Key, &Sum) -> Option<f64>| Cells::Number(sums.iter().map(|(k, s)| of(k, s)).collect());
    let text =
        |of: &dyn Fn(&Key) -> Option<String>| Cells::Text(sums.keys().map(|k| of(k).unwrap_or_default()).collect());
    let area = |key: &Key| key.1.map(|area| e.records.register.area(area));
    let has_group = cast.towns.iter().any(|town| town.group.is_some());
    let traits = cast.columns();
    for name in rows.names(cast.by_event, &traits, has_group) {
        let cells = match name.as_str() {
            "treated" => number(&|k, _| flag(with(k) == Some(true))),
            "area" => text(&|k| Some(area(k)?.key.clone())),
            "name" => text(&|k| Some(area(k)?.name.clone())),
            "service" => text(&|k| Some(e.records.catalogue.service(k.2?).key.clone())),
            "month" => text(&|k| Some(k.3?.to_string())),
            "online" => number(&|_, s| (!s.areas.is_empty()).then_some(s.share.online)),
            "all" => number(&|_, s| (!s.areas.is_empty()).then_some(s.share.all)),
            "share" => number(&|_, s| (s.share.all > 0.0).then(|| s.share.rate())),
            "areas" => number(&|_, s| Some(s.areas.len() as f64)),
            "services" => number(&|_, s| Some(s.services.len() as f64)),
            "post" => number(&|k, _| flag(post(k))),
            "event_treated" => number(&|k, _| flag(with(k) == Some(true) && after(k))),
            "cohort" => text(&|k| Some(town(k)?.event.map_or_else(|| "0".to_owned(), |month| month.to_string()))),
            "population" => number(&|k, _| Some(area(k)?.population? as f64)),
            "group" => text(&|k| town(k)?.group.clone()),
            other => {
                let at = traits.iter().position(|t| t == other);
                let value =
                    |key: &Key| town(key).zip(at).and_then(|(town, at)| town.traits.get(at)).and_then(Option::as_ref);
                characteristic(sums.keys().map(value).collect())
            }
        };
        out.columns.push(TidyColumn { name, cells });
    }
}

/// Numbers where all that is known are numbers, else labels.
fn characteristic(values: Vec<Option<&Trait>>) -> Cells {
    if values.iter().flatten().all(|value| matches!(value, Trait::Number(_))) {
        let number = |value: Option<&Trait>| if let Some(Trait::Number(n)) = value { Some(*n) } else { None };
        return Cells::Number(values.into_iter().map(number).collect());
    }
    let text = |value: Option<&Trait>| match value {
        Some(Trait::Number(n)) => n.to_string(),
        Some(Trait::Label(label)) => label.clone(),
        None => String::new(),
    };
    Cells::Text(values.into_iter().map(text).collect())
}
