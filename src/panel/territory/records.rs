//! All records of former units for their successors.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::gaps::Delivered;
use super::{LeftOut, Plan, Rebased, Why, first_day, rebase};
use crate::ingest::spec::Absent;
use crate::ingest::{Code, Event, Finding, Ingested, Lost, Offer, Place, Records, Suggestion};

/// Moves the settled numbers of `read` to the territory in use, and with them what else is said about
/// units that the register does not have.
///
/// A number that one part has not delivered is unknown for the whole, unless that part never delivered any: then
/// there is a finding. A number of several units goes to each by its share; a lost one makes the number of each unknown. An
/// offer or an event holds for every successor, an event's cost by its share. What cannot be divided, a
/// comment or a respondent, goes to the successor with the largest share.
pub fn rebase_records(read: &mut Ingested) {
    let records = &mut read.records;
    if records.changes.is_empty() {
        return;
    }
    let known = u32::try_from(records.register.areas().len()).unwrap_or(u32::MAX);
    let plan = Plan::new(&records.changes, known);
    let delivered = Delivered::of(&records.facts, &plan);
    let Rebased { facts, cells, left_out } = rebase(std::mem::take(&mut records.facts), &plan);
    let zero = |source: u16| records.sources.get(usize::from(source)).is_some_and(|(_, a)| *a == Absent::Zero);
    let gaps = delivered.gaps(&cells, &plan, &zero);
    records.facts = facts;
    records.facts.extend(gaps);
    records.rebased = cells;
    for (part, area) in delivered.silent(&records.rebased, &plan) {
        let key = |area: u32| records.register.area(area).key.as_str();
        read.findings.add(Finding {
            code: Code::SilentPart,
            source: "panel".into(),
            place: Place::default(),
            column: format!("{} / {}", key(part), key(area)),
            value: String::new(),
            suggestion: None,
        });
    }
    for number in &left_out {
        read.findings.add(finding(number, records));
    }
    let lost = std::mem::take(&mut records.lost);
    records.lost = lost.into_iter().flat_map(|lost| moved_loss(lost, &plan)).collect();
    records.lost.sort_unstable();
    records.lost.dedup();
    let offers = std::mem::take(&mut records.offers);
    records.offers = successors_offers(offers, &plan);
    let events = std::mem::take(&mut records.events);
    records.events = events.into_iter().flat_map(|event| moved_event(event, &plan)).collect();
    records.comments.retain_mut(|comment| match main(comment.area, comment.month.first_day(), &plan) {
        Some(area) => {
            comment.area = area;
            true
        }
        None => false,
    });
    records.comments.sort();
    for respondent in records.surveys.iter_mut().flat_map(|survey| &mut survey.respondents) {
        respondent.area = respondent.area.and_then(|area| main(area, NaiveDate::MIN, &plan));
    }
}

fn finding(left_out: &LeftOut, records: &Records) -> Finding {
    let LeftOut { fact, value, why } = left_out;
    let key = |area: u32| records.register.area(area).key.clone();
    let (code, suggestion) = match why {
        Why::Former => (Code::FormerKey, None),
        Why::Contained(whole) => (Code::CountedInSuccessor, Some(Suggestion::UsedInstead(key(*whole)))),
    };
    let service = &records.catalogue.service(fact.service).key;
    Finding {
        code,
        source: records.sources.get(usize::from(fact.source)).map_or_else(String::new, |(name, _)| name.clone()),
        place: Place::default(),
        column: format!("{} / {service} / {}", key(fact.area), fact.period.id()),
        value: value.to_string(),
        suggestion,
    }
}

/// The successor of `area` with the largest share, of several the first; itself if it is in the register.
fn main(area: u32, day: NaiveDate, plan: &Plan) -> Option<u32> {
    if area < plan.known {
        return Some(area);
    }
    let largest = |best: Option<(u32, f64)>, next: (u32, f64)| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    };
    plan.successors(area, day).into_iter().fold(None, largest).map(|(area, _)| area)
}

/// What a lost number of one unit leaves unknown.
fn moved_loss(lost: Lost, plan: &Plan) -> Vec<Lost> {
    let day = lost.period.map(first_day);
    if day.is_none() && lost.area < plan.known {
        return vec![lost];
    }
    let successors = plan.successors(lost.area, day.unwrap_or(NaiveDate::MIN));
    // The other parts of a successor do not tell this one.
    successors.into_iter().map(|(area, _)| Lost { area, partial: lost.partial || area != lost.area, ..lost }).collect()
}

/// What a unit itself offers wins over what its parts offered.
fn successors_offers(offers: Vec<Offer>, plan: &Plan) -> Vec<Offer> {
    let (own, former): (Vec<Offer>, Vec<Offer>) = offers.into_iter().partition(|offer| offer.area < plan.known);
    let mut of_parts: BTreeMap<(u32, u32), Offer> = BTreeMap::new();
    for offer in former {
        for (area, _) in plan.successors(offer.area, NaiveDate::MIN) {
            let offer = Offer { area, ..offer.clone() };
            match of_parts.get_mut(&(area, offer.service)) {
                None => _ = of_parts.insert((area, offer.service), offer),
                Some(known) => join(known, &offer),
            }
        }
    }
    own.iter().for_each(|offer| _ = of_parts.remove(&(offer.area, offer.service)));
    let mut out: Vec<Offer> = own.into_iter().chain(of_parts.into_values()).collect();
    out.sort_by_key(|offer| (offer.area, offer.service));
    out
}

/// Offered from the first part to offer it until the last to end; what the parts say differently is unknown.
fn join(offer: &mut Offer, other: &Offer) {
    let ends = |offer: &Offer| offer.live_from.is_some().then_some(offer.live_to);
    offer.live_to = match (ends(offer), ends(other)) {
        (Some(a), Some(b)) => a.zip(b).map(|(a, b)| a.max(b)),
        (a, b) => a.or(b).flatten(),
    };
    offer.live_from = offer.live_from.into_iter().chain(other.live_from).min();
    let owed = |owed: Option<bool>| owed == Some(true);
    if offer.owed != other.owed {
        offer.owed = (owed(offer.owed) || owed(other.owed)).then_some(true);
    }
    if (&offer.maturity, &offer.maturity_model) != (&other.maturity, &other.maturity_model) {
        (offer.maturity, offer.maturity_model) = (None, None);
    }
    if offer.platform != other.platform {
        offer.platform = None;
    }
    if offer.efa != other.efa {
        offer.efa = None;
    }
}

fn moved_event(event: Event, plan: &Plan) -> Vec<Event> {
    let Some(area) = event.area.filter(|&area| area >= plan.known) else { return vec![event] };
    let to = |(area, share): (u32, f64)| Event {
        area: Some(area),
        cost: event.cost.map(|cost| cost * share),
        ..event.clone()
    };
    plan.successors(area, NaiveDate::MIN).into_iter().map(to).collect()
}
