//! Wide tables for further work: what was counted, and the rates made of it, in one row per area, service
//! and month, rolled up over groups of areas, and as a position among peers.
//!
//! They are sums over accepted records and nothing else: no month is filled in, no series completed, no
//! interval widened for the differences between towns. Numbers of longer spans than a month are not in
//! them. They are made share by share of the areas as the records are settled, so that a country fits
//! into the memory of a laptop.

mod cells;
mod position;
mod rollup;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::cells::{CellBuilder, CellRows, MEASURES, Rates, Sums};
pub use self::position::{PositionRow, Positions};
pub use self::rollup::{Rollup, RollupRow};
use crate::domain::{Month, parse_date, say};
use crate::ingest::{Area, Register};
use crate::panel::SizeClasses;
use crate::{Error, Result};

/// `[tables]`: the wide tables in the internal folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WideSpec {
    /// One row per area, service and month.
    pub cells: bool,
    /// Dimensions by which the cells are rolled up: `all`, `land`, `kreis`, `size_class`, `urbanity`, a
    /// phase, or an attribute of the register, which goes before a built-in of the same name.
    pub rollup: Vec<String>,
    /// Dimensions that change at a date of each area.
    pub phase: Vec<PhaseSpec>,
    /// Sums over the reference period with the position among peers.
    pub position: Option<PositionSpec>,
}

impl WideSpec {
    /// Whether any table is wanted.
    #[must_use]
    pub fn any(&self) -> bool {
        self.cells || !self.rollup.is_empty() || self.position.is_some()
    }
}

/// A dimension with three levels: before and after a date of the area, and never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseSpec {
    /// Its name.
    pub name: String,
    /// The attribute of the register with the date, which may be empty.
    pub since: String,
    /// Level of months before that of the date.
    pub before: String,
    /// Level from the month of the date on.
    pub after: String,
    /// Level of areas without a date.
    pub never: String,
}

/// Whom an area is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositionSpec {
    /// The dimension whose levels are peers.
    pub peers: String,
    /// Attributes of the areas that the percentile is taken among; all peers if empty.
    #[serde(default)]
    pub reference: BTreeMap<String, String>,
}

/// The levels of a dimension, and which one each area has.
#[derive(Debug, Clone)]
pub struct Dimension {
    /// Its name.
    pub name: String,
    /// The levels, sorted.
    pub levels: Vec<String>,
    of: Vec<LevelOf>,
}

#[derive(Debug, Clone, Copy)]
enum LevelOf {
    None,
    Always(u16),
    /// Before the month and from it on.
    From(Month, u16, u16),
}

impl Dimension {
    /// The dimension `name` of the areas of `register`.
    ///
    /// # Errors
    /// If there is none of this name, or a phase has an attribute that is no date.
    pub fn resolve(name: &str, spec: &WideSpec, register: &Register, classes: &SizeClasses) -> Result<Self> {
        if let Some(phase) = spec.phase.iter().find(|phase| phase.name == name) {
            return Self::of_phase(phase, register);
        }
        let attribute = register.areas().iter().any(|area| area.attributes.contains_key(name));
        let level = |area: &Area| -> Option<String> {
            let text = match name {
                _ if attribute => area.attributes.get(name).cloned().unwrap_or_default(),
                "all" => "all".to_owned(),
                "land" => area.land.clone(),
                "kreis" => area.kreis.clone(),
                "urbanity" => area.urbanity.clone(),
                "size_class" => area.population.and_then(|p| classes.class(p))?.to_string(),
                _ => return None,
            };
            Some(text).filter(|text| !text.is_empty())
        };
        if !attribute && !["all", "land", "kreis", "urbanity", "size_class"].contains(&name) {
            let known: Vec<&str> =
                register.areas().iter().flat_map(|a| a.attributes.keys()).map(String::as_str).collect();
            let known: std::collections::BTreeSet<&str> =
                known.into_iter().chain(["all", "land", "kreis", "urbanity", "size_class"]).collect();
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Error::config(say!(
                "[tables]: „{name}“ ist keine Dimension der Gebiete",
                "[tables]: \"{name}\" is no dimension of the areas"
            ))
            .hint(say!(
                "Möglich sind: {known}; weitere Spalten des Registers unter `attributes` seiner Quelle angeben.",
                "possible are: {known}; name further columns of the register in `attributes` of its source"
            )));
        }
        let texts: Vec<Option<String>> = register.areas().iter().map(level).collect();
        let mut levels: Vec<String> = texts.iter().flatten().cloned().collect();
        levels.sort_unstable();
        levels.dedup();
        let of = |text: Option<String>| {
            text.and_then(|text| number(levels.binary_search(&text).ok()?)).map_or(LevelOf::None, LevelOf::Always)
        };
        Ok(Self { name: name.to_owned(), of: texts.into_iter().map(of).collect(), levels })
    }

    fn of_phase(phase: &PhaseSpec, register: &Register) -> Result<Self> {
        let mut levels = vec![phase.before.clone(), phase.after.clone(), phase.never.clone()];
        levels.sort_unstable();
        levels.dedup();
        let level = |text: &String| levels.binary_search(text).ok().and_then(number).unwrap_or(0);
        let (before, after, never) = (level(&phase.before), level(&phase.after), level(&phase.never));
        let mut of = Vec::with_capacity(register.areas().len());
        for area in register.areas() {
            let text = area.attributes.get(&phase.since).map_or("", String::as_str);
            of.push(if text.is_empty() {
                LevelOf::Always(never)
            } else {
                let date = parse_date(text).map_err(|_| {
                    Error::input(say!(
                        "[tables] phase „{}“: {} des Gebiets {} ist kein Datum: „{text}“",
                        "[tables] phase \"{}\": {} of area {} is no date: \"{text}\"",
                        phase.name,
                        phase.since,
                        area.key
                    ))
                })?;
                LevelOf::From(Month::of(date), before, after)
            });
        }
        Ok(Self { name: phase.name.clone(), levels, of })
    }

    /// The level that an area has in every month.
    #[must_use]
    pub fn only_level(&self, area: u32) -> Option<u16> {
        if let Some(LevelOf::Always(level)) = self.of.get(area as usize) { Some(*level) } else { None }
    }

    /// The level of an area in a month.
    #[inline]
    #[must_use]
    pub fn level(&self, area: u32, month: Month) -> Option<u16> {
        match self.of.get(area as usize)? {
            LevelOf::None => None,
            LevelOf::Always(level) => Some(*level),
            LevelOf::From(from, before, after) => Some(if month >= *from { *after } else { *before }),
        }
    }
}

fn number(at: usize) -> Option<u16> {
    u16::try_from(at).ok()
}
