//! What else was recorded in the towns of a comparison, in the months in which they are compared.
//!
//! A span is one service of one town over the months that count: from a year before its launch until the end of the
//! window since launch; on live services from a year before until a year after the event, and on the side without,
//! whose towns are compared around every event, over the months around each of them. A town has something else if an
//! event of another kind touches one of its spans.

use std::collections::{BTreeMap, BTreeSet};

use super::pairing::YEAR;
use super::{Study, Town, Window, rows};
use crate::domain::Month;

/// An event of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherEvent<'a> {
    /// The town; `None` for all.
    pub town: Option<u32>,
    /// The service; `None` for all.
    pub service: Option<u32>,
    /// Its kind.
    pub kind: &'a str,
    /// First month.
    pub from: Month,
    /// Last month.
    pub until: Month,
}

/// How many towns of either side had something else in the months in which they are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    /// The kind of event that is compared.
    pub event: String,
    /// Towns with that event: those that had something else, and all.
    pub with: (usize, usize),
    /// Towns without: those that had something else, and all.
    pub without: (usize, usize),
    /// Kinds, with their towns of either side; a town can have several.
    pub kinds: Vec<(String, usize, usize)>,
}

/// One service of one town over the months in which it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    town: u32,
    with: bool,
    service: u32,
    from: Month,
    until: Month,
}

impl Others {
    /// Counts the towns of `spans` that `events` touch; `event` is the kind that is compared.
    #[must_use]
    pub fn count(event: &str, spans: &[Span], events: &[OtherEvent<'_>]) -> Self {
        let all = |with: bool| spans.iter().filter(|s| s.with == with).map(|s| s.town).collect::<BTreeSet<_>>().len();
        let mut towns: [BTreeSet<u32>; 2] = Default::default();
        let mut kinds: BTreeMap<&str, [BTreeSet<u32>; 2]> = BTreeMap::new();
        for span in spans {
            let touching = |e: &&OtherEvent<'_>| {
                e.town.is_none_or(|town| town == span.town)
                    && e.service.is_none_or(|service| service == span.service)
                    && e.from <= span.until
                    && e.until >= span.from
            };
            for other in events.iter().filter(touching) {
                let [with, without] = kinds.entry(other.kind).or_default();
                if span.with { with } else { without }.insert(span.town);
                let [with, without] = &mut towns;
                if span.with { with } else { without }.insert(span.town);
            }
        }
        let [with, without] = towns;
        Self {
            event: event.to_owned(),
            with: (with.len(), all(true)),
            without: (without.len(), all(false)),
            kinds: kinds.into_iter().map(|(kind, [a, b])| (kind.to_owned(), a.len(), b.len())).collect(),
        }
    }
}

/// The spans of a comparison since launch.
#[must_use]
pub fn launch_spans(study: &Study, window: Window) -> Vec<Span> {
    let compared: BTreeSet<(u32, u32)> = rows(&study.towns, window).iter().map(|r| (r.cluster, r.stratum)).collect();
    let of = |town: &Town| {
        let courses = town.launches().filter(|c| compared.contains(&(town.id, c.service)));
        let span = |c: &super::Course| span(town, c.service, c.launch.plus(-YEAR), c.launch.plus(window.until));
        courses.map(span).collect::<Vec<_>>()
    };
    study.towns.iter().flat_map(of).collect()
}

/// The spans of a comparison of changes.
#[must_use]
pub fn live_spans(study: &Study) -> Vec<Span> {
    let with = || study.towns.iter().filter(|t| t.with);
    let services: BTreeSet<u32> = with().flat_map(Town::launches).map(|c| c.service).collect();
    let events: BTreeSet<Month> = with().filter_map(|t| t.event).collect();
    let mut out = Vec::new();
    for town in &study.towns {
        let around = |event: &Month| !town.with || town.event == Some(*event);
        for event in events.iter().filter(|event| around(event)) {
            let (before, after) = (event.plus(-YEAR), event.plus(YEAR));
            let delivered = |c: &&super::Course| {
                services.contains(&c.service)
                    && c.between(before, event.plus(-1)).is_some()
                    && c.between(event.plus(1), after).is_some()
            };
            out.extend(town.launches().filter(delivered).map(|c| span(town, c.service, before, after)));
        }
    }
    out
}

fn span(town: &Town, service: u32, from: Month, until: Month) -> Span {
    Span { town: town.id, with: town.with, service, from, until }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::ladder::{Course, Share};

    fn month(number: i32) -> Month {
        Month::new(2023, 1).unwrap().plus(number)
    }

    /// 60 months of services 0 and 1; where there is an event, it concerns service 1.
    fn town(id: u32, event: Option<i32>, launch: i32) -> Town {
        let months = |from: i32| (from..60).map(|k| (month(k), Share { online: 1.0, all: 4.0 })).collect();
        let course = |service: u32, launch: i32| Course {
            service,
            launch: month(launch),
            concerned: event.is_some() && service == 1,
            months: months(launch.max(0)),
        };
        let courses = vec![course(0, -12), course(1, launch)];
        Town { id, with: event.is_some(), event: event.map(month), traits: Vec::new(), courses }
    }

    fn study(towns: Vec<Town>) -> Study {
        Study { traits: Vec::new(), unknown: Vec::new(), towns, caliper: None, claim: None, clusters: None }
    }

    fn other(town: Option<u32>, service: Option<u32>, kind: &str, from: i32, until: i32) -> OtherEvent<'_> {
        OtherEvent { town, service, kind, from: month(from), until: month(until) }
    }

    #[test]
    fn the_months_around_a_launch_count() {
        // Launches in month 20: months 8 to 32 with a window up to month 12.
        let study = study(vec![town(1, Some(15), 20), town(2, Some(15), 20), town(3, None, 20), town(4, None, 40)]);
        let spans = launch_spans(&study, Window { from: 7, until: 12 });
        let count = |events: &[OtherEvent<'_>]| {
            let others = Others::count("participation", &spans, events);
            (others.with, others.without, others.kinds)
        };
        assert_eq!(count(&[]), ((0, 2), (0, 2), Vec::new()));
        // One that ends in the first month, one that begins in the last; twice in one town is one town.
        let (with, without, kinds) = count(&[
            other(Some(1), Some(1), "campaign", 5, 8),
            other(Some(1), None, "campaign", 20, 21),
            other(Some(2), None, "outage", 32, 40),
            other(Some(3), Some(1), "outage", 10, 10),
        ]);
        assert_eq!((with, without), ((2, 2), (1, 2)));
        assert_eq!(kinds, [("campaign".to_owned(), 1, 0), ("outage".to_owned(), 1, 1)]);
        // Too early, too late, another service on the side with, another town.
        let outside = [
            other(Some(1), None, "campaign", 0, 7),
            other(Some(1), None, "campaign", 33, 34),
            other(Some(1), Some(0), "campaign", 20, 20),
            other(Some(9), None, "campaign", 20, 20),
        ];
        assert_eq!(count(&outside), ((0, 2), (0, 2), Vec::new()));
        // For everybody.
        assert_eq!(count(&[other(None, None, "law", 30, 30)]).2, [("law".to_owned(), 2, 2)]);
    }

    #[test]
    fn the_years_around_an_event_count() {
        // Events in months 20 and 40: the one town counts from 8 to 32, the other from 28 to 52, those without in both.
        let study = study(vec![town(1, Some(20), -5), town(2, Some(40), -5), town(3, None, -5)]);
        let spans = live_spans(&study);
        let touched = |from: i32, until: i32| {
            let others = Others::count("campaign", &spans, &[other(None, Some(1), "training", from, until)]);
            assert_eq!((others.with.1, others.without.1), (2, 1));
            (others.with.0, others.without.0)
        };
        assert_eq!(touched(0, 7), (0, 0));
        assert_eq!(touched(8, 8), (1, 1));
        assert_eq!(touched(30, 30), (2, 1));
        assert_eq!(touched(33, 40), (1, 1));
        assert_eq!(touched(53, 55), (0, 0));
        // A service that no event concerns is not compared.
        assert!(Others::count("campaign", &spans, &[other(None, Some(0), "training", 20, 20)]).kinds.is_empty());
    }
}
