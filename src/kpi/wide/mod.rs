//! Wide tables for further work: what was counted, and the rates made of it, in one row per area, service
//! and month, rolled up over groups of areas, and as a position among peers.
//!
//! They are sums over accepted records and nothing else: no month is filled in, no series completed, no
//! interval widened for the differences between towns. Numbers of longer spans than a month are not in
//! them. They are made share by share of the areas as the records are settled, so that a country fits
//! into the memory of a laptop.

mod cells;
mod position;
mod repeated;
mod rollup;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::cells::{CellBuilder, CellRows, MEASURES, Rates, RepeatedRates, Sums};
pub use self::position::{Peers, PeriodRow, Position, Standing, positions};
pub use self::repeated::Repeated;
pub use self::rollup::{Rollup, RollupLevel, RollupRow};
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
    /// Levels, by dimension, of the areas that the percentile is taken among; all peers if empty.
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

impl LevelOf {
    /// Of the levels before `date` and from it on; without a date they are the same.
    fn new(date: Option<Month>, ends: [Option<u16>; 2]) -> Self {
        match (date, ends) {
            (Some(date), [Some(before), Some(after)]) => Self::From(date, before, after),
            (_, [Some(level), _]) => Self::Always(level),
            _ => Self::None,
        }
    }

    fn date(self) -> Option<Month> {
        if let Self::From(date, ..) = self { Some(date) } else { None }
    }

    fn ends(self) -> [Option<u16>; 2] {
        match self {
            Self::None => [None; 2],
            Self::Always(level) => [Some(level); 2],
            Self::From(_, before, after) => [Some(before), Some(after)],
        }
    }

    #[inline]
    fn at(self, month: Month) -> Option<u16> {
        match self {
            Self::None => None,
            Self::Always(level) => Some(level),
            Self::From(from, before, after) => Some(if month >= from { after } else { before }),
        }
    }
}

impl Dimension {
    /// The dimension `name` of the areas of `register`.
    ///
    /// # Errors
    /// If there is none of this name, or a phase has an attribute that is no date.
    pub fn resolve<'a>(name: &str, spec: &WideSpec, register: &'a Register, classes: &SizeClasses) -> Result<Self> {
        if let Some(phase) = spec.phase.iter().find(|phase| phase.name == name) {
            return Self::of_phase(phase, register);
        }
        let attribute = register.areas().iter().any(|area| area.attributes.contains_key(name));
        let level = |area: &'a Area| -> Option<Cow<'a, str>> {
            let text = match name {
                _ if attribute => area.attributes.get(name).map_or("", String::as_str).into(),
                "all" => "all".into(),
                "land" => area.land.as_str().into(),
                "kreis" => area.kreis.as_str().into(),
                "urbanity" => area.urbanity.as_str().into(),
                "size_class" => area.population.and_then(|p| classes.class(p))?.to_string().into(),
                _ => return None,
            };
            Some(text).filter(|text: &Cow<'_, str>| !text.is_empty())
        };
        if !attribute && !["all", "land", "kreis", "urbanity", "size_class"].contains(&name) {
            let known: Vec<&str> =
                register.areas().iter().flat_map(|a| a.attributes.keys()).map(String::as_str).collect();
            let known: BTreeSet<&str> =
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
        let texts: Vec<Option<Cow<'a, str>>> = register.areas().iter().map(level).collect();
        let levels: BTreeSet<&str> = texts.iter().flatten().map(AsRef::as_ref).collect();
        let levels: Vec<String> = levels.into_iter().map(str::to_owned).collect();
        let of = |text: &Option<Cow<'a, str>>| {
            let at = text.as_ref().and_then(|text| levels.binary_search_by(|level| level.as_str().cmp(text)).ok());
            at.and_then(number).map_or(LevelOf::None, LevelOf::Always)
        };
        let of = texts.iter().map(of).collect();
        Ok(Self { name: name.to_owned(), levels, of })
    }

    fn of_phase(phase: &PhaseSpec, register: &Register) -> Result<Self> {
        let mut levels = vec![phase.before.clone(), phase.after.clone(), phase.never.clone()];
        levels.sort_unstable();
        levels.dedup();
        let level = |text: &String| levels.binary_search(text).ok().and_then(number).unwrap_or(0);
        let (before, after, never) = (level(&phase.before), level(&phase.after), level(&phase.never));
        if !register.areas().iter().any(|area| area.attributes.contains_key(&phase.since)) {
            return Err(Error::config(say!(
                "[tables] phase „{}“: „{}“ ist kein Merkmal der Gebiete",
                "[tables] phase \"{}\": \"{}\" is no attribute of the areas",
                phase.name,
                phase.since
            ))
            .hint(say!(
                "Die Spalte des Registers unter `attributes` seiner Quelle angeben.",
                "name the column of the register in `attributes` of its source"
            )));
        }
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

    /// The level of an area in a month.
    #[inline]
    #[must_use]
    pub fn level(&self, area: u32, month: Month) -> Option<u16> {
        self.of.get(area as usize)?.at(month)
    }
}

fn number(at: usize) -> Option<u16> {
    u16::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lang;

    pub(super) fn month(number: i32) -> Month {
        Month::new(2025, 1).unwrap().plus(number - 1)
    }

    /// Areas 0 to 3: two in the Land 01, one in 02, one in none; treated in the middle of March, never, in
    /// 2024, never.
    pub(super) fn register() -> Register {
        let area = |at: usize, land: &str, population: u64, since: &str| Area {
            key: format!("9900100{at}"),
            land: land.to_owned(),
            population: Some(population),
            attributes: [("since", since), ("kind", if at == 2 { "" } else { "town" })]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Area::default()
        };
        let areas =
            [("01", 900, "2025-03-17"), ("01", 9_000, ""), ("02", 90_000, "2024-07-01"), ("", 0, "")].into_iter();
        Register::new(areas.enumerate().map(|(at, (land, people, since))| area(at, land, people, since)).collect())
    }

    pub(super) fn dimension(name: &str) -> Dimension {
        resolved(name).unwrap()
    }

    fn resolved(name: &str) -> Result<Dimension> {
        let phase = |name: &str, since: &str| PhaseSpec {
            name: name.to_owned(),
            since: since.to_owned(),
            before: "not yet".to_owned(),
            after: "treated".to_owned(),
            never: "comparison".to_owned(),
        };
        let phases = [("phase", "since"), ("no_dates", "kind"), ("misspelt", "sinse")];
        let spec = WideSpec { phase: phases.map(|(name, since)| phase(name, since)).into(), ..WideSpec::default() };
        Dimension::resolve(name, &spec, &register(), &SizeClasses::new(vec![5_000, 20_000]).unwrap())
    }

    fn levels(name: &str, number: i32) -> [Option<String>; 4] {
        let dimension = dimension(name);
        [0, 1, 2, 3].map(|area| Some(dimension.levels[usize::from(dimension.level(area, month(number))?)].clone()))
    }

    #[test]
    fn built_in_dimensions_and_attributes() {
        let texts = |texts: [&str; 4]| texts.map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
        assert_eq!(levels("all", 1), texts(["all"; 4]));
        assert_eq!(levels("land", 1), texts(["01", "01", "02", ""]));
        assert_eq!(levels("size_class", 1), texts(["0", "1", "2", ""]), "nobody lives in the last");
        assert_eq!(levels("kind", 1), texts(["town", "town", "", "town"]));
        assert_eq!(levels("kreis", 1), texts([""; 4]));
        assert_eq!(dimension("land").levels, ["01", "02"]);
        assert_eq!(dimension("land").level(9, month(1)), None);
    }

    #[test]
    fn a_phase_begins_with_the_month_of_its_date() {
        let texts = |texts: [&str; 4]| texts.map(|text| Some(text.to_owned()));
        assert_eq!(levels("phase", 2), texts(["not yet", "comparison", "treated", "comparison"]));
        assert_eq!(levels("phase", 3), texts(["treated", "comparison", "treated", "comparison"]));
        assert_eq!(levels("phase", -6), texts(["not yet", "comparison", "not yet", "comparison"]));
        assert_eq!(levels("phase", -5), texts(["not yet", "comparison", "treated", "comparison"]));
        let phase = dimension("phase");
        assert_eq!(phase.levels, ["comparison", "not yet", "treated"]);
    }

    #[test]
    fn what_is_no_dimension_is_told() {
        let error = resolved("lnad").unwrap_err();
        assert_eq!(error.message(Lang::De), "[tables]: „lnad“ ist keine Dimension der Gebiete");
        assert_eq!(error.message(Lang::En), "[tables]: \"lnad\" is no dimension of the areas");
        assert_eq!(
            error.hints()[0].get(Lang::En),
            "possible are: all, kind, kreis, land, since, size_class, urbanity; \
             name further columns of the register in `attributes` of its source"
        );
        let error = resolved("no_dates").unwrap_err();
        assert_eq!(error.message(Lang::En), "[tables] phase \"no_dates\": kind of area 99001000 is no date: \"town\"");
        let error = resolved("misspelt").unwrap_err();
        assert_eq!(error.message(Lang::De), "[tables] phase „misspelt“: „sinse“ ist kein Merkmal der Gebiete");
        assert_eq!(error.message(Lang::En), "[tables] phase \"misspelt\": \"sinse\" is no attribute of the areas");
    }
}
