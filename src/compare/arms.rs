use std::collections::{BTreeMap, BTreeSet};

use super::spec::Timing;
use crate::domain::{ALL_SERVICES, Aggregation, EstimateTable, Period};
use crate::ingest::Event;
use crate::panel::Panel;
use crate::stats::{self, Cluster, Contrast, MIN_CLUSTERS, RatioEstimate, Refusal, StratumCluster};

/// The towns on one side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// Towns with their own rate and denominator, highest rate first.
    pub towns: Vec<(u32, f64, f64)>,
    /// Sum of numerators.
    pub numerator: f64,
    /// Sum of denominators.
    pub denominator: f64,
    /// Sum over sum.
    pub rate: Option<f64>,
    /// The rate with an interval that knows that towns differ, or why there is none.
    pub pooled: Result<RatioEstimate, Refusal>,
    /// Mean of the towns' own rates, or why there is none.
    pub mean: Result<RatioEstimate, Refusal>,
}

/// What the comparison shows. Differences are between groups of towns, not effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An arm has no town at all.
    NoTowns,
    /// An arm has fewer than five towns: no interval, the towns' positions only.
    TooFewTowns,
    /// The interval of the difference lies above zero.
    Higher,
    /// The interval of the difference lies below zero.
    Lower,
    /// The interval includes zero.
    NotShown,
    /// The method refused for another reason, for example no variation between towns.
    Refused,
}

/// Towns with an event against towns without any, for one service or all.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmComparison {
    /// Dense service number or all.
    pub service: u32,
    /// Towns with the event.
    pub with: Arm,
    /// Towns that never had such an event.
    pub without: Arm,
    /// Towns in neither arm: an event that does not count here (other service, after the launch).
    pub excluded: usize,
    /// Whether difference and ratio compare within the same services (for all services together).
    pub within_services: bool,
    /// Difference of the rates, with minus without.
    pub difference: Result<Contrast, Refusal>,
    /// Ratio of the rates, with over without.
    pub ratio: Result<Contrast, Refusal>,
    /// What it shows.
    pub verdict: Verdict,
}

/// Compares towns with an event of `kind` with towns that never had one.
///
/// The pair of town and service counts as "with" if the event concerned this service (or all) and,
/// with [`Timing::BeforeLaunch`], began before the service went online there. "Without" are towns
/// without any event of this kind; an event for all areas leaves no town without. For all services
/// together difference and ratio compare within services (Mantel-Haenszel): arms with another mix of
/// services do not differ by that alone. Only services with towns on both sides count.
#[must_use]
pub fn compare_arms(
    kind: &str,
    timing: Timing,
    events: &[Event],
    panel: &Panel,
    kpi: u16,
    table: &EstimateTable,
    period: Period,
) -> Vec<ArmComparison> {
    let relevant: Vec<&Event> = events.iter().filter(|e| e.kind == kind).collect();
    let everywhere = relevant.iter().any(|e| e.area.is_none());
    let ever: BTreeSet<u32> = relevant.iter().filter_map(|e| e.area).collect();
    let mut by_area: BTreeMap<Option<u32>, Vec<&Event>> = BTreeMap::new();
    for event in relevant {
        by_area.entry(event.area).or_default().push(event);
    }
    let counts = |area: u32, service: u32| {
        let here = [None, Some(area)].into_iter().filter_map(|key| by_area.get(&key)).flatten();
        here.into_iter().any(|event| {
            let concerns = event.service.is_none_or(|s| s == service);
            let in_time = match timing {
                Timing::Any => crate::domain::Month::of(event.from) <= period.end(),
                Timing::Live => {
                    let month = crate::domain::Month::of(event.from);
                    month <= period.end() && panel.launch(area, service).is_some_and(|launch| launch < month)
                }
                Timing::BeforeLaunch => {
                    panel.offer(area, service).and_then(|o| o.live_from).is_some_and(|launch| event.from < launch)
                }
            };
            concerns && in_time
        })
    };
    let mut services: BTreeMap<u32, Sides> = BTreeMap::new();
    for (key, e) in table.iter() {
        let wanted = key.kpi == kpi && key.period == period && key.aggregation == Aggregation::Own;
        let (true, Some(numerator), Some(denominator)) =
            (wanted && key.service != ALL_SERVICES, e.numerator, e.denominator)
        else {
            continue;
        };
        if denominator <= 0.0 {
            continue;
        }
        let sides = services.entry(key.service).or_default();
        let town = (key.unit, numerator, denominator);
        if counts(key.unit, key.service) {
            sides.with.push(town);
        } else if everywhere || ever.contains(&key.unit) {
            sides.excluded.insert(key.unit);
        } else {
            sides.without.push(town);
        }
    }
    let mut all = Sides::default();
    let mut rows = Vec::new();
    for (&stratum, sides) in services.iter().filter(|(_, s)| !s.with.is_empty() && !s.without.is_empty()) {
        all.with.extend(&sides.with);
        all.without.extend(&sides.without);
        all.excluded.extend(&sides.excluded);
        for (first, pairs) in [(true, &sides.with), (false, &sides.without)] {
            rows.extend(pairs.iter().map(|&(cluster, numerator, denominator)| StratumCluster {
                stratum,
                cluster,
                first,
                numerator,
                denominator,
            }));
        }
    }
    let both: Vec<u32> = all.excluded.iter().copied().collect();
    all.excluded = both.into_iter().filter(|a| !all.with.iter().chain(&all.without).any(|t| t.0 == *a)).collect();
    let contrasts = (stats::stratified_difference(&rows, LEVEL), stats::stratified_ratio(&rows, LEVEL));
    let mut out = vec![all.compare(ALL_SERVICES, Some(contrasts))];
    out.extend(services.into_iter().filter(|(_, s)| !s.with.is_empty()).map(|(service, s)| s.compare(service, None)));
    out
}

const LEVEL: f64 = 0.95;

type Contrasts = (Result<Contrast, Refusal>, Result<Contrast, Refusal>);

#[derive(Default)]
struct Sides {
    with: Vec<(u32, f64, f64)>,
    without: Vec<(u32, f64, f64)>,
    excluded: BTreeSet<u32>,
}

impl Sides {
    fn compare(self, service: u32, within: Option<Contrasts>) -> ArmComparison {
        let (with, with_clusters) = arm(&self.with);
        let (without, without_clusters) = arm(&self.without);
        let within_services = within.is_some();
        let (difference, ratio) = within.unwrap_or_else(|| {
            (
                stats::difference(&with_clusters, &without_clusters, LEVEL),
                stats::ratio(&with_clusters, &without_clusters, LEVEL),
            )
        });
        let fewest = with.towns.len().min(without.towns.len());
        let verdict = match &difference {
            _ if fewest == 0 => Verdict::NoTowns,
            _ if fewest < MIN_CLUSTERS => Verdict::TooFewTowns,
            Ok(d) if d.lower > 0.0 => Verdict::Higher,
            Ok(d) if d.upper < 0.0 => Verdict::Lower,
            Ok(_) => Verdict::NotShown,
            Err(_) => Verdict::Refused,
        };
        ArmComparison {
            service,
            with,
            without,
            excluded: self.excluded.len(),
            within_services,
            difference,
            ratio,
            verdict,
        }
    }
}

/// One cluster per town: its services are added up first.
fn arm(pairs: &[(u32, f64, f64)]) -> (Arm, Vec<Cluster>) {
    let mut towns: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for &(area, numerator, denominator) in pairs {
        let slot = towns.entry(area).or_default();
        slot.0 += numerator;
        slot.1 += denominator;
    }
    let clusters: Vec<Cluster> =
        towns.values().map(|&(numerator, denominator)| Cluster { numerator, denominator }).collect();
    let numerator: f64 = clusters.iter().map(|c| c.numerator).sum();
    let denominator: f64 = clusters.iter().map(|c| c.denominator).sum();
    let mut listed: Vec<(u32, f64, f64)> = towns.into_iter().map(|(a, (n, d))| (a, n / d, d)).collect();
    listed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let arm = Arm {
        towns: listed,
        numerator,
        denominator,
        rate: (denominator > 0.0).then(|| numerator / denominator),
        pooled: stats::pooled_rate(&clusters, LEVEL),
        mean: stats::mean_of_ratios(&clusters, LEVEL),
    };
    (arm, clusters)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::domain::{Estimate, EstimateState, Month};

    #[test]
    fn an_event_for_all_areas_leaves_no_town_without() {
        let period = Period::span(Month::new(2025, 1).unwrap(), 12);
        let rows = (0..12)
            .map(|unit| {
                let mut e = Estimate::absent(EstimateState::Computed);
                (e.value, e.numerator, e.denominator) = (Some(0.2), Some(20.0), Some(100.0));
                let key =
                    crate::domain::EstimateKey { kpi: 0, unit, service: 0, period, aggregation: Aggregation::Own };
                (key, e)
            })
            .collect();
        let from = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let event = Event {
            area: None,
            service: Some(1),
            kind: "participation".into(),
            from,
            to: None,
            cost: None,
            label: String::new(),
        };
        let table = EstimateTable::new(rows);
        let found = compare_arms("participation", Timing::Any, &[event], &Panel::default(), 0, &table, period);
        assert!(found.iter().all(|a| a.without.towns.is_empty() && a.verdict == Verdict::NoTowns));
    }

    fn towns(rates: &[f64], first: u32) -> Vec<(u32, f64, f64)> {
        rates.iter().zip(first..).map(|(rate, area)| (area, rate * 100.0, 100.0)).collect()
    }

    #[test]
    fn fewer_than_five_towns_give_positions_and_no_interval() {
        let sides =
            Sides { with: towns(&[0.5, 0.6, 0.4, 0.7], 0), without: towns(&[0.1; 9], 10), excluded: BTreeSet::new() };
        let result = sides.compare(ALL_SERVICES, None);
        assert_eq!(result.verdict, Verdict::TooFewTowns);
        assert!(result.difference.is_err() && result.ratio.is_err() && result.with.pooled.is_err());
        assert_eq!(result.with.towns[0], (3, 0.7, 100.0));
    }

    #[test]
    fn the_verdict_follows_the_interval() {
        let apart = Sides {
            with: towns(&[0.5, 0.55, 0.6, 0.58, 0.52], 0),
            without: towns(&[0.2, 0.25, 0.22, 0.24, 0.21], 10),
            excluded: BTreeSet::new(),
        };
        assert_eq!(apart.compare(0, None).verdict, Verdict::Higher);
        let mixed = Sides {
            with: towns(&[0.1, 0.5, 0.3, 0.2, 0.4], 0),
            without: towns(&[0.2, 0.35, 0.22, 0.4, 0.25], 10),
            excluded: BTreeSet::new(),
        };
        assert_eq!(mixed.compare(0, None).verdict, Verdict::NotShown);
        assert_eq!(Sides::default().compare(0, None).verdict, Verdict::NoTowns);
    }
}
