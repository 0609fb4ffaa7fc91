use std::collections::BTreeMap;

use rayon::prelude::*;

use super::ladder::Trait;
use super::spec::{ComparisonKind, ComparisonSpec};
use super::study::characteristic;
use crate::domain::{ALL_SERVICES, Aggregation, EstimateKey, EstimateTable, Flag, Period, say};
use crate::ingest::{Offer, Register};
use crate::panel::{Panel, SizeClasses};
use crate::stats::characteristic::Characteristic;
use crate::stats::neighbours::{NeighbourRefusal, neighbours};
use crate::stats::{self, Cluster, Quartiles};
use crate::{Error, Result};

/// The areas of a comparison and the group that each belongs to.
#[derive(Debug, Clone)]
pub struct PeerSet {
    /// Position of the comparison in the configuration.
    pub comparison: usize,
    groups: BTreeMap<(u32, u32), String>,
    per_service: bool,
    /// Of `by = "nearest"`: the areas that an area is compared with, the most similar first.
    nearest: BTreeMap<u32, Vec<Neighbour>>,
}

/// One area among its peers.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerResult {
    /// Position of the comparison in the configuration.
    pub comparison: usize,
    /// Key figure.
    pub kpi: u16,
    /// Dense area number.
    pub area: u32,
    /// Dense service number or all.
    pub service: u32,
    /// The group's key, for example the size class.
    pub group: String,
    /// The area's own value.
    pub own: f64,
    /// Sum over sum of the other areas.
    pub pooled: Option<f64>,
    /// Interval of `pooled` by leaving out one town at a time; `None` below five other areas.
    pub pooled_interval: Option<(f64, f64)>,
    /// Quartiles of the other areas' values; `None` without any.
    pub quartiles: Option<Quartiles>,
    /// Place in the group including the area itself, 1 = highest; ties share the better place.
    /// `None` where a value has no interval and so no rank.
    pub position: Option<usize>,
    /// Areas with a value, including the area itself.
    pub n: usize,
}

impl PeerSet {
    /// The groups of a comparison by characteristic; `None` for one by event.
    ///
    /// # Errors
    /// If it names an attribute or an area that the register does not have.
    pub fn build(
        comparison: usize,
        spec: &ComparisonSpec,
        register: &Register,
        panel: &Panel,
        classes: &SizeClasses,
    ) -> Result<Option<Self>> {
        let ComparisonKind::Peers(by) = spec.kind() else { return Ok(None) };
        let mut groups = BTreeMap::new();
        let per_service = matches!(by, "platform" | "maturity");
        if per_service {
            for ((area, service), offer) in panel.offers_sorted() {
                let group = if by == "platform" { offer.platform.clone() } else { maturity(offer) };
                if let Some(group) = group {
                    groups.insert((area, service), group);
                }
            }
        }
        if let Some(name) = by.strip_prefix("attribute:")
            && !register.areas().iter().any(|a| a.attributes.contains_key(name))
        {
            return Err(Error::config(say!(
                "Vergleich „{}“: Im Register gibt es kein Attribut „{name}“",
                "comparison \"{}\": the register has no attribute \"{name}\"",
                spec.name
            ))
            .hint(say!(
                "Die Spalte in der Registerquelle unter `attributes` nennen.",
                "name the column in `attributes` of the register source"
            )));
        }
        if by == "list" {
            for key in &spec.areas {
                let area = register.find(key).ok_or_else(|| {
                    Error::config(say!(
                        "Vergleich „{}“: Das Gebiet „{key}“ steht nicht im Register",
                        "comparison \"{}\": area \"{key}\" is not in the register",
                        spec.name
                    ))
                })?;
                groups.insert((area, ALL_SERVICES), spec.name.clone());
            }
        }
        for (area, number) in register.areas().iter().zip(0u32..) {
            let key = match by {
                "size_class" => area.population.and_then(|p| classes.class(p)).map(|c| c.to_string()),
                "land" => Some(area.land.clone()),
                "kreis" => Some(area.kreis.clone()),
                "urbanity" => Some(area.urbanity.clone()),
                "all" => Some("all".to_owned()),
                other => other.strip_prefix("attribute:").and_then(|name| area.attributes.get(name)).cloned(),
            };
            if let Some(key) = key.filter(|key| !key.is_empty()) {
                groups.insert((number, ALL_SERVICES), key);
            }
        }
        let nearest = if by == "nearest" { nearest(spec, register, panel)? } else { BTreeMap::new() };
        groups.extend(nearest.keys().map(|area| ((*area, ALL_SERVICES), "nearest".to_owned())));
        Ok(Some(Self { comparison, groups, per_service, nearest }))
    }

    /// The group of an area for a service; `None` if it is in none.
    #[must_use]
    pub fn group(&self, area: u32, service: u32) -> Option<&str> {
        let service = if self.per_service { service } else { ALL_SERVICES };
        self.groups.get(&(area, service)).map(String::as_str)
    }

    /// The areas most similar to each, nearest first; empty unless `by = "nearest"`.
    #[must_use]
    pub fn nearest(&self) -> &BTreeMap<u32, Vec<Neighbour>> {
        &self.nearest
    }

    /// Whether `other` is compared with `area`, given that both are in one group.
    fn compares(&self, area: u32, other: u32) -> bool {
        self.nearest.get(&area).is_none_or(|list| list.iter().any(|n| n.area == other))
    }

    /// The other areas in the group of `area`, ascending.
    #[must_use]
    pub fn peers(&self, area: u32, service: u32) -> Vec<u32> {
        let Some(group) = self.group(area, service) else { return Vec::new() };
        let service = if self.per_service { service } else { ALL_SERVICES };
        self.groups
            .iter()
            .filter(|((a, s), g)| *s == service && *a != area && g.as_str() == group && self.compares(area, *a))
            .map(|((a, _), _)| *a)
            .collect()
    }
}

/// An area that another one is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Dense area number.
    pub area: u32,
    /// Distance in standard deviations, see [`crate::stats::neighbours`].
    pub distance: f64,
}

/// The most similar areas of every area of which all characteristics are known.
fn nearest(spec: &ComparisonSpec, register: &Register, panel: &Panel) -> Result<BTreeMap<u32, Vec<Neighbour>>> {
    let names = spec.nearest_on();
    let mut areas: Vec<u32> = Vec::new();
    let mut rows: Vec<Vec<Trait>> = Vec::new();
    for (area, number) in register.areas().iter().zip(0u32..) {
        let offers: Vec<&Offer> = panel.offers_of(number).map(|(_, offer)| offer).collect();
        let traits: Option<Vec<Trait>> = names.iter().map(|name| characteristic(name, area, &offers, &[])).collect();
        if let Some(traits) = traits {
            areas.push(number);
            rows.push(traits);
        }
    }
    let refused = |refusal: NeighbourRefusal| {
        Error::config(say!(
            "Vergleich „{}“: Ähnliche Gebiete lassen sich nicht finden ({refusal})",
            "comparison \"{}\": similar areas cannot be found ({refusal})",
            spec.name
        ))
        .hint(say!(
            "Jedes Merkmal in match_on muss im Register oder im Angebot stehen: {}",
            "every characteristic in match_on must be in the register or the offer: {}",
            names.join(", ")
        ))
    };
    if areas.is_empty() {
        return Err(refused(NeighbourRefusal::Alone));
    }
    let columns: Vec<Characteristic> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let values: Vec<&Trait> = rows.iter().map(|row| &row[at]).collect();
            let numbers: Option<Vec<f64>> = values
                .iter()
                .map(|value| if let Trait::Number(number) = value { Some(*number) } else { None })
                .collect();
            let labels =
                || values.iter().map(|value| if let Trait::Label(label) = value { label.as_str() } else { "" });
            numbers.map_or_else(
                || Characteristic::category(name, &labels().collect::<Vec<_>>()),
                |numbers| Characteristic::number(name, numbers),
            )
        })
        .collect();
    let weights: Vec<f64> = names.iter().map(|name| spec.weights.get(name).copied().unwrap_or(1.0)).collect();
    let one = |(at, area): (usize, &u32)| {
        let found = neighbours(&columns, &weights, at, spec.neighbours).map_err(refused)?;
        let found = found.iter().map(|n| Neighbour { area: areas[n.unit], distance: n.distance }).collect();
        Ok((*area, found))
    };
    areas.par_iter().enumerate().map(one).collect()
}

/// Model and level: levels of different models are different groups.
fn maturity(offer: &Offer) -> Option<String> {
    Some(format!("{} {}", offer.maturity_model.as_ref()?, offer.maturity.as_ref()?))
}

struct Member {
    area: u32,
    numerator: f64,
    denominator: f64,
    value: f64,
    has_interval: bool,
    /// A rate above 100 % is an error in the data and no benchmark for others.
    sound: bool,
}

/// Every area with a value among its peers, for one key figure and period. The area itself is
/// never part of the value it is compared with.
#[must_use]
pub fn peer_results(set: &PeerSet, kpi: u16, table: &EstimateTable, period: Period) -> Vec<PeerResult> {
    let mut groups: BTreeMap<(u32, &str), Vec<Member>> = BTreeMap::new();
    for (key, e) in table.iter() {
        let wanted = key.kpi == kpi && key.period == period && key.aggregation == Aggregation::Own;
        let (true, Some(value), Some(numerator), Some(denominator)) = (wanted, e.value, e.numerator, e.denominator)
        else {
            continue;
        };
        if let Some(group) = set.group(key.unit, key.service) {
            groups.entry((key.service, group)).or_default().push(Member {
                area: key.unit,
                numerator,
                denominator,
                value,
                has_interval: e.interval().is_some(),
                sound: !e.flags.contains(&Flag::Above100),
            });
        }
    }
    // Sorted once by value: leaving one out keeps the order, and sorting sorted values is cheap.
    groups.values_mut().for_each(|members| members.sort_by(|a, b| a.value.total_cmp(&b.value)));
    let mut out = Vec::new();
    for ((service, group), members) in &groups {
        for own in members {
            let in_sight = |m: &&Member| m.area == own.area || set.compares(own.area, m.area);
            let ranked: Vec<f64> =
                members.iter().filter(in_sight).filter(|m| m.has_interval).map(|m| m.value).collect();
            let others = || members.iter().filter(in_sight).filter(|m| m.area != own.area && m.sound);
            let denominator: f64 = others().map(|m| m.denominator).sum();
            let numerator: f64 = others().map(|m| m.numerator).sum();
            let clusters: Vec<Cluster> =
                others().map(|m| Cluster { numerator: m.numerator, denominator: m.denominator }).collect();
            let values: Vec<f64> = others().map(|m| m.value).collect();
            let better = ranked.len() - ranked.partition_point(|v| *v <= own.value);
            out.push(PeerResult {
                comparison: set.comparison,
                kpi,
                area: own.area,
                service: *service,
                group: (*group).to_owned(),
                own: own.value,
                pooled: (denominator > 0.0).then(|| numerator / denominator),
                pooled_interval: stats::pooled_rate(&clusters, 0.95).ok().map(|e| (e.lower, e.upper)),
                quartiles: stats::median_quartiles(&values),
                position: own.has_interval.then_some(better + 1),
                n: ranked.len(),
            });
        }
    }
    out.sort_by_key(|r| (r.area, r.service));
    out
}

/// The key of an area's own value.
pub(super) fn own_key(kpi: u16, area: u32, service: u32, period: Period) -> EstimateKey {
    EstimateKey { kpi, unit: area, service, period, aggregation: Aggregation::Own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Estimate, EstimateState, Month};
    use crate::ingest::Area;

    fn table(values: &[(u32, f64, f64)], period: Period) -> EstimateTable {
        let rows = values
            .iter()
            .map(|&(area, numerator, denominator)| {
                let mut e = Estimate::absent(EstimateState::Computed);
                e.value = Some(numerator / denominator);
                (e.numerator, e.denominator) = (Some(numerator), Some(denominator));
                (e.lower, e.upper) = (Some(0.0), Some(1.0));
                (own_key(0, area, ALL_SERVICES, period), e)
            })
            .collect();
        EstimateTable::new(rows)
    }

    #[test]
    fn a_town_is_never_part_of_its_own_benchmark() {
        let areas = (0..4).map(|i| Area { key: format!("A{i}"), population: Some(1000), ..Area::default() }).collect();
        let register = Register::new(areas);
        let classes = SizeClasses::new(vec![5_000]).unwrap();
        let spec = ComparisonSpec::by_size_class(crate::domain::Lang::De);
        let set = PeerSet::build(0, &spec, &register, &Panel::default(), &classes).unwrap().unwrap();
        let period = Period::month(Month::new(2025, 1).unwrap());
        // Own values 50 %, 10 %, 30 % and 30 %; by hand.
        let table = table(&[(0, 500.0, 1000.0), (1, 1.0, 10.0), (2, 30.0, 100.0), (3, 6.0, 20.0)], period);
        let results = peer_results(&set, 0, &table, period);
        let first = &results[0];
        assert_eq!(first.pooled, Some(37.0 / 130.0));
        assert_eq!(first.quartiles.as_ref().map(|q| (q.median, q.n)), Some((0.3, 3)));
        assert_eq!((first.position, first.n), (Some(1), 4));
        assert_eq!((results[2].position, results[3].position), (Some(2), Some(2)));
        assert_eq!(results[1].position, Some(4));
    }

    #[test]
    fn the_nearest_are_compared_and_nobody_else() {
        // Populations 1000 · 1.5^i: on the log scale equally far apart, so the nearest of the first six are their
        // neighbours by number.
        let areas = (0..12)
            .map(|i| Area {
                key: format!("A{i:02}"),
                population: Some((1000.0 * 1.5f64.powi(i)).round() as u64),
                land: "01".into(),
                ..Area::default()
            })
            .collect();
        let register = Register::new(areas);
        let classes = SizeClasses::new(vec![5_000]).unwrap();
        let spec = ComparisonSpec {
            by: Some("nearest".into()),
            match_on: vec!["population".into(), "land".into()],
            neighbours: 5,
            ..ComparisonSpec::by_size_class(crate::domain::Lang::De)
        };
        assert!(spec.check().is_ok());
        let set = PeerSet::build(0, &spec, &register, &Panel::default(), &classes).unwrap().unwrap();
        assert_eq!(set.peers(0, ALL_SERVICES), [1, 2, 3, 4, 5]);
        assert_eq!(set.peers(6, ALL_SERVICES).len(), 5);
        let period = Period::month(Month::new(2025, 1).unwrap());
        let values: Vec<(u32, f64, f64)> = (0..12).map(|i| (i, f64::from(i + 1), 100.0)).collect();
        let results = peer_results(&set, 0, &table(&values, period), period);
        // The first area with 1 of 100 beside 2 to 6 of 100.
        assert_eq!(results[0].pooled, Some(20.0 / 500.0));
        assert_eq!((results[0].position, results[0].n), (Some(6), 6));
        let unknown = ComparisonSpec { match_on: vec!["urbanity".into()], ..spec.clone() };
        assert!(PeerSet::build(0, &unknown, &register, &Panel::default(), &classes).is_err());
        assert!(ComparisonSpec { neighbours: 2, ..spec.clone() }.check().is_err());
        let weights = [("density".to_owned(), 1.0)].into();
        assert!(ComparisonSpec { weights, ..spec }.check().is_err());
    }
}
