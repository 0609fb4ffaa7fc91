//! Who takes part in a comparison: towns, their side, the services that count, their characteristics.

use std::collections::{BTreeMap, BTreeSet};

use super::Estimated;
use crate::compare::ladder::{Course, Share, Study, Trait};
use crate::compare::study::{Events, characteristic, live_study, study};
use crate::compare::{ComparisonKind, ComparisonSpec, PeerSet, Timing};
use crate::domain::{ALL_SERVICES, Aggregation, EstimateTable, Month, Period};
use crate::ingest::Offer;

/// A town and a service.
pub(super) type Pair = (u32, u32);

/// A town that takes part.
pub(super) struct Town {
    pub id: u32,
    /// Whether it is on the side with the event; `None` where the comparison has none.
    pub with: Option<bool>,
    /// Month of the event.
    pub event: Option<Month>,
    /// The services that count, and the first month in which they do where that is not the first of all.
    pub services: BTreeMap<u32, Option<Month>>,
    /// In the order of [`Cast::traits`].
    pub traits: Vec<Option<Trait>>,
    pub group: Option<String>,
}

/// All who take part.
#[derive(Default)]
pub(super) struct Cast {
    pub traits: Vec<String>,
    /// By number.
    pub towns: Vec<Town>,
    /// Whether the sides have met an event or not.
    pub by_event: bool,
}

impl Cast {
    /// Names of the columns of the characteristics.
    pub fn columns(&self) -> Vec<String> {
        self.traits.iter().map(|name| column_name(name)).collect()
    }
}

/// The column of a characteristic of `match_on`: size and density are compared as logarithms, as on the ladder.
pub(super) fn column_name(characteristic: &str) -> String {
    let safe = |c: char| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9') => c.to_string(),
        'ä' | 'Ä' => "ae".to_owned(),
        'ö' | 'Ö' => "oe".to_owned(),
        'ü' | 'Ü' => "ue".to_owned(),
        'ß' => "ss".to_owned(),
        _ => "_".to_owned(),
    };
    match characteristic {
        "population" | "density" => format!("log_{characteristic}"),
        other => other.strip_prefix("attribute:").map_or_else(
            || other.to_owned(),
            |name| format!("attribute_{}", name.chars().map(safe).collect::<String>()),
        ),
    }
}

/// The characteristics that the comparison names.
fn wanted(spec: &ComparisonSpec) -> Vec<String> {
    match spec.kind() {
        ComparisonKind::Event(..) => spec.match_on.clone(),
        ComparisonKind::Peers("nearest") => spec.nearest_on(),
        // An area has many launches.
        ComparisonKind::Peers(_) => spec.match_on.iter().filter(|name| *name != "launch").cloned().collect(),
    }
}

/// The columns of characteristics that the comparison may have, before the data are known.
pub(super) fn possible_columns(spec: &ComparisonSpec) -> Vec<String> {
    let mut names: Vec<String> = wanted(spec).iter().map(|name| column_name(name)).collect();
    if matches!(spec.kind(), ComparisonKind::Event(_, Timing::Live)) {
        names.push("baseline".to_owned());
    }
    names
}

/// Own numbers of the areas, of one period or of all; no case is a number as well.
pub(super) fn cells(
    table: &EstimateTable,
    kpi: u16,
    period: Option<Period>,
) -> impl Iterator<Item = (Pair, Month, Share)> + '_ {
    table.iter().filter_map(move |(key, e)| {
        let own = key.kpi == kpi && key.aggregation == Aggregation::Own && key.service != ALL_SERVICES;
        let (online, all) = (e.numerator?, e.denominator?);
        let counts = own && all >= 0.0 && period.is_none_or(|wanted| key.period == wanted);
        counts.then_some(((key.unit, key.service), key.period.start, Share { online, all }))
    })
}

/// Who takes part in the comparison at position `at` of the configuration.
pub(super) fn cast(at: usize, spec: &ComparisonSpec, e: &Estimated<'_>) -> Cast {
    match spec.kind() {
        ComparisonKind::Event(kind, Timing::BeforeLaunch) => {
            let found = study(spec, kind, e.records, e.panel, e.kpi, e.months);
            of_study(found, &|course| Some(course.launch))
        }
        ComparisonKind::Event(kind, Timing::Live) => {
            let found = live_study(spec, kind, e.records, e.panel, e.kpi, e.months);
            of_study(found.study, &|_| None)
        }
        ComparisonKind::Event(kind, Timing::Any) => with_event(kind, spec, e),
        ComparisonKind::Peers(_) => {
            let set = e.peers.iter().map(|(set, _)| set).find(|set| set.comparison == at);
            set.map(|set| peers(set, spec, e)).unwrap_or_default()
        }
    }
}

/// The towns that climb the ladder, with the services that it compares.
fn of_study(study: Study, from: &dyn Fn(&Course) -> Option<Month>) -> Cast {
    let concerned: BTreeSet<u32> =
        study.towns.iter().flat_map(|t| &t.courses).filter(|c| c.concerned).map(|c| c.service).collect();
    let towns = study.towns.into_iter().map(|town| {
        let courses = town.launches().filter(|c| concerned.contains(&c.service));
        Town {
            id: town.id,
            with: Some(town.with),
            event: town.event,
            services: courses.map(|c| (c.service, from(c))).collect(),
            traits: town.traits,
            group: None,
        }
    });
    Cast { traits: study.traits, towns: towns.collect(), by_event: true }
}

/// The services of every area that have a number.
fn delivered(e: &Estimated<'_>) -> BTreeMap<u32, BTreeSet<u32>> {
    let mut out: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let months = cells(e.months, e.kpi, None);
    for ((area, service), ..) in months.chain(cells(e.periods, e.kpi, Some(e.current))) {
        out.entry(area).or_default().insert(service);
    }
    out
}

/// Towns that met an event at any time up to the end of the reference period, and those that never had one.
fn with_event(kind: &str, spec: &ComparisonSpec, e: &Estimated<'_>) -> Cast {
    let events = Events::of(kind, e.records);
    let first = |area: u32, service: u32| events.first(area, service, None).filter(|month| *month <= e.current.end());
    let mut towns = Vec::new();
    let mut concerned = BTreeSet::new();
    for (area, services) in delivered(e) {
        let met: BTreeMap<u32, Month> = services.iter().filter_map(|s| Some((*s, first(area, *s)?))).collect();
        if met.is_empty() && events.ever(area) {
            continue;
        }
        concerned.extend(met.keys().copied());
        let counted = if met.is_empty() { services } else { met.keys().copied().collect() };
        towns.push((area, met.values().min().copied(), counted));
    }
    let towns = towns.into_iter().map(|(area, event, services)| {
        let services = services.intersection(&concerned).map(|s| (*s, None)).collect();
        Town { id: area, with: Some(event.is_some()), event, services, traits: Vec::new(), group: None }
    });
    described(towns.collect(), true, spec, e)
}

/// The areas of a comparison by characteristic, with all services.
fn peers(set: &PeerSet, spec: &ComparisonSpec, e: &Estimated<'_>) -> Cast {
    let town = |(area, services): (u32, BTreeSet<u32>)| {
        let services: BTreeMap<u32, Option<Month>> =
            services.into_iter().filter(|s| set.group(area, *s).is_some()).map(|s| (s, None)).collect();
        let group = set.group(area, ALL_SERVICES).map(str::to_owned);
        (!services.is_empty()).then_some(Town {
            id: area,
            with: None,
            event: None,
            services,
            traits: Vec::new(),
            group,
        })
    };
    described(delivered(e).into_iter().filter_map(town).collect(), false, spec, e)
}

/// Adds the characteristics that are known of some town.
fn described(mut towns: Vec<Town>, by_event: bool, spec: &ComparisonSpec, e: &Estimated<'_>) -> Cast {
    let mut traits = wanted(spec);
    for town in &mut towns {
        let area = e.records.register.area(town.id);
        let offers: Vec<&Offer> = town.services.keys().filter_map(|s| e.panel.offer(town.id, *s)).collect();
        town.traits = traits.iter().map(|name| characteristic(name, area, &offers, &[])).collect();
    }
    for at in (0..traits.len()).rev() {
        if towns.iter().all(|town| town.traits.get(at).is_none_or(Option::is_none)) {
            traits.remove(at);
            towns.iter_mut().for_each(|town| drop(town.traits.remove(at)));
        }
    }
    Cast { traits, towns, by_event }
}
