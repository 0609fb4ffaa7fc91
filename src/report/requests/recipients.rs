//! Whom to ask for which number.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::missing::Missing;
use super::spec::{Contact, Role};
use crate::domain::{CellState, Channel, Month, say};
use crate::ingest::{Measure, Records, closest};
use crate::publish::safe_file_name;
use crate::{Error, Result};

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    /// The source that is missing altogether, where that is why it is asked for.
    pub source: Option<String>,
    /// The name of its folder and of its template.
    pub slug: String,
    pub items: Vec<Missing>,
}

/// Contacts first, then sources, then towns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// A contact; for a town one request per area.
    Contact(usize, Option<u32>),
    Source(u16),
    Area(u32),
}

/// The requests for `missing`, without those that would ask for nothing.
///
/// # Errors
/// If a contact names an area or a service that does not exist.
pub(super) fn assign(records: &Records, contacts: &[Contact], missing: &[Missing]) -> Result<Vec<Request>> {
    let conditions = contacts.iter().map(|c| Condition::new(c, records)).collect::<Result<Vec<_>>>()?;
    let origin = Origins::new(records, missing);
    let mut groups: BTreeMap<Key, Vec<Missing>> = BTreeMap::new();
    for item in missing {
        let source = origin.of(item);
        let key = match conditions.iter().position(|c| c.fits(item, source)) {
            Some(at) => Key::Contact(at, (contacts[at].role == Role::Town).then_some(item.area)),
            None => match source.filter(|&s| origin.silent(s, item)) {
                Some(source) => Key::Source(source),
                None => Key::Area(item.area),
            },
        };
        groups.entry(key).or_default().push(*item);
    }
    groups.retain(|_, items| items.iter().any(|item| !item.presumed_inapplicable));
    let mut slugs = BTreeSet::new();
    let requests = groups.into_iter().map(|(key, items)| {
        let mut request = describe(key, records, contacts, items);
        let (wanted, mut number) = (request.slug.clone(), 2);
        while !slugs.insert(request.slug.clone()) {
            request.slug = format!("{wanted}-{number}");
            number += 1;
        }
        request
    });
    Ok(requests.collect())
}

fn describe(key: Key, records: &Records, contacts: &[Contact], items: Vec<Missing>) -> Request {
    let town = |area: u32| {
        let area = records.register.area(area);
        (area.name.clone(), safe_file_name(&format!("{}-{}", area.key, area.name)))
    };
    match key {
        Key::Contact(at, area) => {
            let Contact { name, email, role, .. } = contacts[at].clone();
            let slug = area.map_or_else(|| safe_file_name(&name), |a| town(a).1);
            Request { name, email, role, source: None, slug, items }
        }
        Key::Source(source) => {
            let source = records.sources.get(usize::from(source)).map(|(name, _)| name.clone()).unwrap_or_default();
            let slug = safe_file_name(&source);
            Request { name: source.clone(), email: None, role: Role::Vendor, source: Some(source), slug, items }
        }
        Key::Area(area) => {
            let (name, slug) = town(area);
            Request { name, email: None, role: Role::Town, source: None, slug, items }
        }
    }
}

/// What a contact answers for, with keys resolved; an empty set is no condition.
struct Condition {
    areas: BTreeSet<u32>,
    services: BTreeSet<u32>,
    sources: BTreeSet<u16>,
    channels: BTreeSet<Channel>,
}

impl Condition {
    fn new(contact: &Contact, records: &Records) -> Result<Self> {
        let name = &contact.name;
        let known = || records.catalogue.services().iter().map(|s| s.key.clone()).collect::<Vec<_>>();
        let unknown = |field: &str, key: &str| {
            Error::config(say!(
                "[[contact]] „{name}“: {field}: „{key}“ gibt es nicht",
                "[[contact]] \"{name}\": {field}: there is no \"{key}\""
            ))
        };
        let area = |key: &String| {
            records.register.find(key).ok_or_else(|| {
                unknown("areas", key).hint(say!(
                    "Die Schlüssel wie im Register schreiben, zum Beispiel \"01001000\"",
                    "write the keys as the register does, for example \"01001000\""
                ))
            })
        };
        let service = |key: &String| {
            records.catalogue.find(key).ok_or_else(|| {
                let error = unknown("services", key);
                match closest(key, &known()) {
                    Some(similar) => error.did_you_mean(similar),
                    None => error.hint(say!(
                        "Die Schlüssel wie im Leistungskatalog schreiben",
                        "write the keys as the service catalogue does"
                    )),
                }
            })
        };
        let source = |wanted: &String| {
            let at = records.sources.iter().position(|(name, _)| name == wanted);
            at.and_then(|at| u16::try_from(at).ok()).ok_or_else(|| unknown("sources", wanted))
        };
        Ok(Self {
            areas: contact.areas.iter().map(area).collect::<Result<_>>()?,
            services: contact.services.iter().map(service).collect::<Result<_>>()?,
            sources: contact.sources.iter().map(source).collect::<Result<_>>()?,
            channels: contact.channels.iter().copied().collect(),
        })
    }

    fn fits(&self, item: &Missing, source: Option<u16>) -> bool {
        let channel = match item.measure {
            Measure::Count(_, channel) | Measure::Work(_, channel) => Some(channel),
            Measure::Feedback(..) | Measure::Comments => None,
        };
        (self.areas.is_empty() || self.areas.contains(&item.area))
            && (self.services.is_empty() || self.services.contains(&item.service))
            && (self.sources.is_empty() || source.is_some_and(|s| self.sources.contains(&s)))
            && (self.channels.is_empty() || channel.is_some_and(|c| self.channels.contains(&c)))
    }
}

/// Who delivered what.
struct Origins {
    /// The source of the latest delivery of a series.
    last: HashMap<(u32, u32, Measure), (Month, u16)>,
    /// Months for which a source said anything at all.
    spoken: BTreeSet<(u16, Month)>,
    /// Sources that deliver for more than one area.
    shared: BTreeSet<u16>,
}

impl Origins {
    fn new(records: &Records, missing: &[Missing]) -> Self {
        let wanted: std::collections::HashSet<(u32, u32, Measure)> =
            missing.iter().map(|m| (m.area, m.service, m.measure)).collect();
        let mut out = Self { last: HashMap::new(), spoken: BTreeSet::new(), shared: BTreeSet::new() };
        let mut areas: BTreeMap<u16, u32> = BTreeMap::new();
        let mut before = None;
        for fact in &records.facts {
            let key = (fact.area, fact.service, fact.measure);
            if wanted.contains(&key) {
                let latest = (fact.period.end(), fact.source);
                out.last.entry(key).and_modify(|known| *known = latest.max(*known)).or_insert(latest);
            }
            if *areas.entry(fact.source).or_insert(fact.area) != fact.area {
                out.shared.insert(fact.source);
            }
            // Deliveries come month by month: most facts repeat the entry before.
            let entry = (fact.source, fact.period.start, fact.period.months);
            if fact.state != CellState::NotProvided && before != Some(entry) {
                before = Some(entry);
                let months = (0..i32::from(fact.period.months)).map(|k| fact.period.start.plus(k));
                out.spoken.extend(months.map(|m| (fact.source, m)));
            }
        }
        out
    }

    fn of(&self, item: &Missing) -> Option<u16> {
        self.last.get(&(item.area, item.service, item.measure)).map(|(_, source)| *source)
    }

    /// Whether `source`, which delivers for many, delivered nothing at all for the months of `item`.
    fn silent(&self, source: u16, item: &Missing) -> bool {
        let mut months = (0..i32::from(item.period.months)).map(|k| item.period.start.plus(k));
        self.shared.contains(&source) && months.all(|m| !self.spoken.contains(&(source, m)))
    }
}
