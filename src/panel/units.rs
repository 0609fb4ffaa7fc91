use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{Lang, Text, format_count, say};
use crate::ingest::Register;
use crate::{Error, Result};

/// A group of areas named in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// Id.
    pub name: String,
    /// What a reader sees.
    pub title: String,
    /// Keys of its areas.
    pub areas: Vec<String>,
}

/// Classes of population size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeClasses {
    bounds: Vec<u64>,
}

impl SizeClasses {
    /// Classes below each bound, and one above the last.
    ///
    /// # Errors
    /// If the bounds do not rise.
    pub fn new(bounds: Vec<u64>) -> Result<Self> {
        if bounds.is_empty() || bounds.windows(2).any(|w| w[0] >= w[1]) || bounds[0] == 0 {
            return Err(Error::config(say!(
                "Die Werte in size_classes.bounds = {bounds:?} müssen ansteigen und größer als 0 sein",
                "size_classes.bounds = {bounds:?} must rise and be above 0"
            ))
            .hint(say!("Zum Beispiel [5000, 20000, 100000]", "for example [5000, 20000, 100000]")));
        }
        Ok(Self { bounds })
    }

    /// The class of a population; an uninhabited area has none.
    #[must_use]
    pub fn class(&self, population: u64) -> Option<usize> {
        (population > 0).then(|| self.bounds.iter().filter(|&&bound| population >= bound).count())
    }

    /// `5.000 bis 19.999 Einwohnerinnen und Einwohner`.
    #[must_use]
    pub fn label(&self, class: usize, lang: Lang) -> String {
        let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX), lang);
        let people = Text::new("Einwohnerinnen und Einwohner", "inhabitants").get(lang);
        let lower = class.checked_sub(1).and_then(|i| self.bounds.get(i));
        let upper = self.bounds.get(class);
        match (lower, upper) {
            (None, Some(&upper)) => format!("{} {} {people}", Text::new("unter", "below").get(lang), count(upper)),
            (Some(&lower), Some(&upper)) => {
                format!("{} {} {} {people}", count(lower), Text::new("bis", "to").get(lang), count(upper - 1))
            }
            (Some(&lower), None) => format!("{} {} {people}", Text::new("ab", "from").get(lang), count(lower)),
            (None, None) => people.to_owned(),
        }
    }
}

/// An area or a group of areas, whatever a number can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// `area`, `kreis`, `land`, `size_class`, `urbanity`, `group`, `all`.
    pub dimension: &'static str,
    /// Key within the dimension.
    pub key: String,
    /// Name.
    pub name: String,
    /// Dense numbers of its areas, ascending.
    pub members: Vec<u32>,
}

/// All units; the first ones are the areas, with their dense numbers.
#[derive(Debug, Clone, Default)]
pub struct Units {
    units: Vec<Unit>,
    areas: usize,
}

impl Units {
    /// The units of a register.
    ///
    /// # Errors
    /// If a group names an area that the register does not have.
    pub fn build(register: &Register, classes: &SizeClasses, groups: &[GroupSpec], lang: Lang) -> Result<Self> {
        let mut units: Vec<Unit> = register
            .areas()
            .iter()
            .zip(0u32..)
            .map(|(a, i)| Unit { dimension: "area", key: a.key.clone(), name: a.name.clone(), members: vec![i] })
            .collect();
        let areas = units.len();
        let mut levels: BTreeMap<(u8, &'static str, String), Vec<u32>> = BTreeMap::new();
        for (area, i) in register.areas().iter().zip(0u32..) {
            let mut join = |order: u8, dimension, key: String| {
                if !key.is_empty() {
                    levels.entry((order, dimension, key)).or_default().push(i);
                }
            };
            join(0, "kreis", area.kreis.clone());
            join(1, "land", area.land.clone());
            if let Some(class) = area.population.and_then(|p| classes.class(p)) {
                join(2, "size_class", class.to_string());
            }
            join(3, "urbanity", area.urbanity.clone());
            join(5, "all", "all".into());
        }
        for ((_, dimension, key), members) in &levels {
            let name = match *dimension {
                "size_class" => key.parse().map_or_else(|_| key.clone(), |class| classes.label(class, lang)),
                "all" => Text::new("alle Gebiete", "all areas").get(lang).to_owned(),
                _ => register.region_names.get(key).unwrap_or(key).clone(),
            };
            units.push(Unit { dimension, key: key.clone(), name, members: members.clone() });
        }
        for group in groups {
            let mut members = Vec::new();
            for key in &group.areas {
                members.push(register.find(key).ok_or_else(|| {
                    Error::config(say!(
                        "Gruppe „{}“: Das Gebiet „{key}“ steht nicht im Register",
                        "group \"{}\": area \"{key}\" is not in the register",
                        group.name
                    ))
                })?);
            }
            members.sort_unstable();
            members.dedup();
            units.push(Unit { dimension: "group", key: group.name.clone(), name: group.title.clone(), members });
        }
        Ok(Self { units, areas })
    }

    /// All units.
    #[must_use]
    pub fn all(&self) -> &[Unit] {
        &self.units
    }

    /// The unit with number `id`.
    #[must_use]
    pub fn get(&self, id: u32) -> &Unit {
        &self.units[id as usize]
    }

    /// Number of areas; these are the first units.
    #[must_use]
    pub fn areas(&self) -> usize {
        self.areas
    }

    /// The groups of areas with their numbers.
    pub fn groups(&self) -> impl Iterator<Item = (u32, &Unit)> {
        (0u32..).zip(&self.units).skip(self.areas)
    }

    /// For every area the numbers of the groups that it belongs to.
    #[must_use]
    pub fn groups_of_areas(&self) -> Vec<Vec<u32>> {
        let mut out = vec![Vec::new(); self.areas];
        for (number, unit) in self.groups() {
            for &area in &unit.members {
                out[area as usize].push(number);
            }
        }
        out
    }

    /// The number of a unit.
    #[must_use]
    pub fn find(&self, dimension: &str, key: &str) -> Option<u32> {
        (0u32..).zip(&self.units).find(|(_, u)| u.dimension == dimension && u.key == key).map(|(i, _)| i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_clear_edges() {
        let classes = SizeClasses::new(vec![5_000, 20_000]).unwrap();
        assert_eq!(classes.class(0), None);
        assert_eq!(classes.class(4_999), Some(0));
        assert_eq!(classes.class(5_000), Some(1));
        assert_eq!(classes.class(20_000), Some(2));
        assert_eq!(classes.label(1, Lang::De), "5.000 bis 19.999 Einwohnerinnen und Einwohner");
        assert!(SizeClasses::new(vec![5, 5]).is_err());
    }
}
