//! From the panel to the towns that climb the ladder.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::ComparisonSpec;
use super::ladder::{Clusters, Course, OtherEvent, Share, Study, Town, Trait, Window};
use crate::domain::{Aggregation, EstimateTable, Month};
use crate::ingest::{Area, Event, Offer, Records};
use crate::panel::Panel;

/// The characteristics that `match_on` may name, beside `attribute:NAME` of the register.
pub const TRAITS: [&str; 7] = ["population", "density", "land", "urbanity", "platform", "maturity", "launch"];

/// The towns of a comparison by event before launch.
///
/// A town is on the side with the event if one of this kind began before the launch of a service that it concerns,
/// and on the side without if it never had one of this kind; towns in between are on neither. `months` holds the
/// monthly key figure `kpi`.
#[must_use]
pub fn study(
    spec: &ComparisonSpec,
    kind: &str,
    records: &Records,
    panel: &Panel,
    kpi: u16,
    months: &EstimateTable,
) -> Study {
    let events = Events::of(kind, records);
    let met = |area: u32, service: u32| {
        let launch = panel.offer(area, service)?.live_from?;
        Some((Month::of(launch), events.first(area, service, Some(launch))))
    };
    with_traits(spec, events.towns(series(kpi, months), &met, Ord::max), records, panel, &|_| None)
}

/// The events of one kind.
pub(super) struct Events<'a> {
    list: Vec<&'a Event>,
    /// Whether one was for all areas: then no area is without.
    everywhere: bool,
    areas: BTreeSet<u32>,
}

/// The launch of a service in an area, and the month of the event that it met.
type Met<'a> = dyn Fn(u32, u32) -> Option<(Month, Option<Month>)> + 'a;

impl<'a> Events<'a> {
    pub(super) fn of(kind: &str, records: &'a Records) -> Self {
        let list: Vec<&Event> = records.events.iter().filter(|e| e.kind == kind).collect();
        let everywhere = list.iter().any(|e| e.area.is_none());
        let areas = list.iter().filter_map(|e| e.area).collect();
        Self { list, everywhere, areas }
    }

    /// Whether an area ever had one.
    pub(super) fn ever(&self, area: u32) -> bool {
        self.everywhere || self.areas.contains(&area)
    }

    fn concerning(&self, area: u32, service: u32) -> impl Iterator<Item = &Event> {
        let concerns = move |e: &&Event| e.area.is_none_or(|a| a == area) && e.service.is_none_or(|s| s == service);
        self.list.iter().copied().filter(concerns)
    }

    /// The month of the first event that concerns a service in an area, of those before a day where one is stated.
    pub(super) fn first(&self, area: u32, service: u32, before: Option<NaiveDate>) -> Option<Month> {
        let events = self.concerning(area, service).filter(|e| before.is_none_or(|day| e.from < day));
        events.map(|e| Month::of(e.from)).min()
    }

    /// The month of the first event after a month that concerns a service in an area.
    fn next(&self, area: u32, service: u32, after: Month) -> Option<Month> {
        self.concerning(area, service).map(|e| Month::of(e.from)).filter(|month| *month > after).min()
    }

    /// The towns with an event that `met` knows, and those that never had one; of several months of one town `pick`
    /// chooses.
    fn towns(&self, series: Series, met: &Met<'_>, pick: fn(Month, Month) -> Month) -> Vec<Town> {
        let mut towns: BTreeMap<u32, Town> = BTreeMap::new();
        for ((area, service), months) in series {
            let Some((launch, event)) = met(area, service) else { continue };
            let new = Town { id: area, with: false, event: None, traits: Vec::new(), courses: Vec::new() };
            let town = towns.entry(area).or_insert(new);
            town.with |= event.is_some();
            town.event = town.event.into_iter().chain(event).reduce(pick);
            town.courses.push(Course { service, launch, concerned: event.is_some(), months });
        }
        towns.into_values().filter(|t| t.with || !self.ever(t.id)).collect()
    }
}

/// The items that are known, and the others.
fn split<T: Clone>(items: &[T], known: &[bool]) -> (Vec<T>, Vec<T>) {
    let of =
        |wanted: bool| items.iter().zip(known).filter(|(_, k)| **k == wanted).map(|(item, _)| item.clone()).collect();
    (of(true), of(false))
}

/// The towns of a comparison by event on services that were live before.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveStudy {
    /// The towns.
    pub study: Study,
    /// The cost of the events from which their changes are counted, where known.
    pub costs: BTreeMap<u32, f64>,
    /// Towns with an event that had another later, within the months delivered.
    pub repeated: usize,
}

/// The towns of a comparison by event on services that were live before, and the cost of the events by town.
///
/// Only services that were online before the first month of the data take part: in its first year the use of a service
/// grows by itself. A town is on the side with the event if one of this kind began after the launch of a service that
/// it concerns, and on the side without if it never had one. Its share in the year before the first of all these
/// events is the characteristic `baseline`. What later events of the kind may have moved is left out, see
/// [`super::ladder::LiveLadder`].
#[must_use]
pub fn live_study(
    spec: &ComparisonSpec,
    kind: &str,
    records: &Records,
    panel: &Panel,
    kpi: u16,
    months: &EstimateTable,
) -> LiveStudy {
    let events = Events::of(kind, records);
    let all = series(kpi, months);
    let first = all.values().filter_map(|months| months.keys().next()).min().copied();
    let met = |area: u32, service: u32| {
        let launch = panel.launch(area, service).filter(|launch| Some(*launch) < first)?;
        Some((launch, events.first(area, service, None).filter(|event| Some(*event) > first)))
    };
    let mut towns = events.towns(all, &met, Ord::min);
    let mut repeated = 0;
    for town in &mut towns {
        let id = town.id;
        let own = |service: u32| met(id, service).and_then(|(_, event)| event);
        repeated += usize::from(until_second(town, &own, &|service, first| events.next(id, service, first)));
    }
    only_compared(&mut towns);
    let mut costs: BTreeMap<u32, f64> = BTreeMap::new();
    let mut unknown_cost: BTreeSet<u32> = BTreeSet::new();
    for event in &events.list {
        let Some(area) = event.area else { continue };
        let counts = |t: &Town| t.id == area && t.event == Some(Month::of(event.from));
        if !towns.iter().any(counts) {
            continue;
        }
        match event.cost {
            Some(cost) => *costs.entry(area).or_default() += cost,
            None => drop(unknown_cost.insert(area)),
        }
    }
    // A sum of which a part is unknown is unknown.
    costs.retain(|area, _| !unknown_cost.contains(area));
    let before = towns.iter().filter(|t| t.with).filter_map(|t| t.event).min();
    let study = with_traits(spec, towns, records, panel, &|town| {
        let share = |c: &Course| before.and_then(|event| c.between(event.plus(-12), event.plus(-1)));
        let shares: Vec<Share> = town.launches().filter_map(share).collect();
        let sum = shares.into_iter().fold(Share::default(), Share::plus);
        Some(("baseline", (sum.all > 0.0).then(|| Trait::Number(sum.rate()))))
    });
    LiveStudy { study, costs, repeated }
}

/// Leaves out services that no event concerns: the towns of the other side would bring them in with nothing to compare
/// them with.
fn only_compared(towns: &mut Vec<Town>) {
    let compared: BTreeSet<u32> =
        towns.iter().flat_map(|t| &t.courses).filter(|c| c.concerned).map(|c| c.service).collect();
    towns.iter_mut().for_each(|t| t.courses.retain(|c| compared.contains(&c.service)));
    towns.retain(|t| !t.courses.is_empty());
}

/// Leaves out what a later event of the kind may have moved: services that only a later one concerns, and the months
/// from the second one on. `own` is the first event of a service, `next` the first after a month. Says whether there
/// was anything to leave out.
fn until_second(
    town: &mut Town,
    own: &dyn Fn(u32) -> Option<Month>,
    next: &dyn Fn(u32, Month) -> Option<Month>,
) -> bool {
    let Some(first) = town.event else { return false };
    let mut found = false;
    for course in town.courses.iter_mut().filter(|c| c.concerned) {
        if own(course.service) != Some(first) {
            course.concerned = false;
            found = true;
        } else if let Some(second) = next(course.service, first) {
            found |= !course.months.split_off(&second).is_empty();
        }
    }
    found
}

/// The events of other kinds than `own`.
pub fn other_events<'a>(own: &[&str], records: &'a Records) -> Vec<OtherEvent<'a>> {
    let others = records.events.iter().filter(|e| !own.contains(&e.kind.as_str()));
    others
        .map(|e| OtherEvent {
            town: e.area,
            service: e.service,
            kind: &e.kind,
            from: Month::of(e.from),
            until: Month::of(e.to.unwrap_or(e.from)),
        })
        .collect()
}

/// The characteristics that `match_on` names, and one more if `own` has it.
fn with_traits(spec: &ComparisonSpec, mut towns: Vec<Town>, records: &Records, panel: &Panel, own: &Own<'_>) -> Study {
    let concerned: BTreeSet<u32> =
        towns.iter().flat_map(|t| &t.courses).filter(|c| c.concerned).map(|c| c.service).collect();
    let mut names = spec.match_on.clone();
    for town in &mut towns {
        let launches: Vec<&Course> = town.launches().filter(|c| concerned.contains(&c.service)).collect();
        let area = records.register.area(town.id);
        let offers: Vec<&Offer> = launches.iter().filter_map(|c| panel.offer(town.id, c.service)).collect();
        let mut traits: Vec<Option<Trait>> =
            spec.match_on.iter().map(|name| characteristic(name, area, &offers, &launches)).collect();
        if let Some((name, value)) = own(town) {
            if names.len() == spec.match_on.len() {
                names.push(name.to_owned());
            }
            traits.push(value);
        }
        town.traits = traits;
    }
    let is_known = |at: usize| towns.iter().any(|town| matches!(town.traits.get(at), Some(Some(_))));
    let known: Vec<bool> = (0..names.len()).map(is_known).collect();
    let (traits, unknown) = split(&names, &known);
    for town in &mut towns {
        town.traits = split(&town.traits, &known).0;
    }
    let clusters = spec.cluster.as_ref().map(|name| {
        let labels: Vec<(u32, Option<String>)> =
            towns.iter().map(|town| (town.id, cluster(name, town, records, panel))).collect();
        Clusters::new(name, &labels)
    });
    Study { traits, unknown, towns, caliper: spec.caliper, claim: spec.claim.clone(), clusters }
}

/// What a town shares with others of its cluster: a text of the register, or the platform of most of its services.
fn cluster(name: &str, town: &Town, records: &Records, panel: &Panel) -> Option<String> {
    let area = records.register.area(town.id);
    let text = match name {
        "kreis" => area.kreis.clone(),
        "land" => area.land.clone(),
        "platform" => {
            let offers = town.launches().filter_map(|c| panel.offer(town.id, c.service)?.platform.clone());
            return match most_frequent(offers) {
                Some(Trait::Label(label)) => Some(label),
                _ => None,
            };
        }
        other => other.strip_prefix("attribute:").and_then(|key| area.attributes.get(key)).cloned()?,
    };
    (!text.is_empty()).then_some(text)
}

/// Name and value of a further characteristic of a town.
type Own<'a> = dyn Fn(&Town) -> Option<(&'static str, Option<Trait>)> + 'a;

type Series = BTreeMap<(u32, u32), BTreeMap<Month, Share>>;

fn series(kpi: u16, months: &EstimateTable) -> Series {
    let mut out = Series::new();
    for (key, e) in months.iter() {
        let own = key.kpi == kpi && key.aggregation == Aggregation::Own && key.service != crate::domain::ALL_SERVICES;
        if let (true, Some(online), Some(all)) = (own, e.numerator, e.denominator)
            && all > 0.0
        {
            out.entry((key.unit, key.service)).or_default().insert(key.period.start, Share { online, all });
        }
    }
    out
}

/// A characteristic of an area: of the register, of the services that it offers, or of their launches.
pub(super) fn characteristic(name: &str, area: &Area, offers: &[&Offer], launches: &[&Course]) -> Option<Trait> {
    let label = |text: &str| (!text.is_empty()).then(|| Trait::Label(text.to_owned()));
    let logarithm = |value: f64| (value > 0.0).then(|| Trait::Number(value.ln()));
    match name {
        "population" => logarithm(area.population? as f64),
        "density" => logarithm(area.population? as f64 / area.area_km2?),
        "land" => label(&area.land),
        "urbanity" => label(&area.urbanity),
        "platform" => most_frequent(offers.iter().filter_map(|o| o.platform.clone())),
        "maturity" => most_frequent(
            offers.iter().filter_map(|o| Some(format!("{} {}", o.maturity_model.as_ref()?, o.maturity.as_ref()?))),
        ),
        // Only launches whose first months were delivered are ever compared by time since launch.
        "launch" => {
            let [first, ..] = Window::ALL;
            let seen: Vec<f64> = launches
                .iter()
                .filter(|c| c.since_launch(first.from, first.until).is_some())
                .map(|c| f64::from(c.launch.index()))
                .collect();
            (!seen.is_empty()).then(|| Trait::Number(seen.iter().sum::<f64>() / seen.len() as f64))
        }
        other => other.strip_prefix("attribute:").and_then(|key| area.attributes.get(key)).and_then(|text| {
            // A column of numbers is compared as numbers.
            text.replace(',', ".")
                .parse()
                .ok()
                .filter(|n: &f64| n.is_finite())
                .map(Trait::Number)
                .or_else(|| label(text))
        }),
    }
}

/// The most frequent label; of equally frequent ones the first in the alphabet.
fn most_frequent(labels: impl Iterator<Item = String>) -> Option<Trait> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    labels.for_each(|label| *counts.entry(label).or_default() += 1);
    let most = counts.values().max().copied()?;
    counts.into_iter().find(|(_, n)| *n == most).map(|(label, _)| Trait::Label(label))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn month(number: i32) -> Month {
        Month::new(2023, 1).unwrap().plus(number)
    }

    /// Services 0 to 2 with 30 months each; an event concerns those of `own`.
    fn town(own: &[(u32, i32)]) -> Town {
        let course = |service: u32| Course {
            service,
            launch: month(-20),
            concerned: own.iter().any(|(s, _)| *s == service),
            months: (0..30).map(|k| (month(k), Share { online: 1.0, all: 4.0 })).collect(),
        };
        let event = own.iter().map(|(_, event)| month(*event)).min();
        Town { id: 1, with: event.is_some(), event, traits: Vec::new(), courses: (0..3).map(course).collect() }
    }

    fn cut(town: &mut Town, events: &[(u32, i32)]) -> bool {
        let of = |service: u32, after: Option<Month>| {
            let months = events.iter().filter(|(s, _)| *s == service).map(|(_, at)| month(*at));
            months.filter(|at| after.is_none_or(|after| *at > after)).min()
        };
        until_second(town, &|service| of(service, None), &|service, first| of(service, Some(first)))
    }

    #[test]
    fn a_town_counts_up_to_its_second_event() {
        // The first event, in month 12, concerns services 0 and 1; in month 20 the one of service 1 is repeated and
        // service 2 has its first.
        let events = [(0, 12), (1, 12), (1, 20), (2, 20)];
        let mut one = town(&[(0, 12), (1, 12), (2, 20)]);
        assert!(cut(&mut one, &events));
        let counted: Vec<(u32, usize)> = one.launches().map(|c| (c.service, c.months.len())).collect();
        assert_eq!(counted, [(0, 30), (1, 20)]);
        // The year after the event is complete in service 0 only.
        let year = |c: &Course| c.between(month(13), month(24)).is_some();
        assert_eq!(one.launches().map(year).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn both_sides_are_compared_in_the_same_services() {
        let without = town(&[]);
        let elsewhere = Town { courses: without.courses[..1].to_vec(), ..without.clone() };
        let mut towns = vec![town(&[(1, 12)]), without, elsewhere];
        only_compared(&mut towns);
        let services: Vec<Vec<u32>> = towns.iter().map(|t| t.launches().map(|c| c.service).collect()).collect();
        assert_eq!(services, [[1], [1]]);
    }

    #[test]
    fn one_event_or_a_second_after_the_data_changes_nothing() {
        let before = town(&[(0, 12), (1, 12)]);
        for events in [&[(0, 12), (1, 12)][..], &[(0, 12), (1, 12), (1, 30)], &[(0, 12), (0, 12), (1, 12)]] {
            let mut one = before.clone();
            assert!(!cut(&mut one, events));
            assert_eq!(one, before);
        }
        let mut without = town(&[]);
        assert!(!cut(&mut without, &[(0, 3)]));
    }
}
