use std::collections::BTreeMap;

use super::catalogue::CATALOGUE;
use super::definition::{IntervalMethod, Kpi, Unit};
use super::sums::{Periods, Sheet, Sheets, Span, Sums, per_population, sums};
use crate::domain::{ALL_SERVICES, Aggregation, Estimate, EstimateKey, EstimateState, EstimateTable, Flag, Period};
use crate::ingest::Register;
use crate::panel::{Panel, Units};
use crate::stats::{self, Cluster, RatioEstimate};

/// The confidence level of every interval.
pub const LEVEL: f64 = 0.95;

/// All estimates of a run.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// For the reference period and the one before, every unit and service.
    pub periods: EstimateTable,
    /// For every single month, the key figures that have a monthly series.
    pub months: EstimateTable,
    /// For every span of three months, where a public release may not show single months; else empty.
    pub quarters: EstimateTable,
}

/// Which numbers about one area or group and one service may be shown. Sums over all services and
/// everything else that is made of several numbers follow from those shown.
pub trait Shown {
    /// Whether rows of this key figure are part of the release at all: of areas, or of groups.
    fn released(&self, _kpi: u16, _group: bool, _service: u32) -> bool {
        true
    }

    /// Whether the row may be shown: key figure, length, unit, service, period.
    fn shown(&self, kpi: u16, span: Span, unit: u32, service: u32, period: Period) -> bool;
}

/// Shows everything: for the administration's own staff.
#[derive(Debug, Clone, Copy)]
pub struct Everything;

impl Shown for Everything {
    fn shown(&self, _: u16, _: Span, _: u32, _: u32, _: Period) -> bool {
        true
    }
}

/// Evaluates the catalogue for every area, service and period, then for every group of areas.
#[must_use]
pub fn evaluate(panel: &Panel, register: &Register, units: &Units, periods: &Periods) -> Evaluation {
    estimates(&sums(panel, register, periods, false), panel, register, units, &Everything)
}

/// Estimates of the rows that `shown` lets pass; the others are suppressed.
///
/// A sum over all services adds up the services shown. The spread between towns (an interval, a
/// mean of ratios) is told only where the value of every town behind it is shown.
#[must_use]
pub fn estimates(sheets: &Sheets, panel: &Panel, register: &Register, units: &Units, shown: &dyn Shown) -> Evaluation {
    let groups_of = units.groups_of_areas();
    let finish =
        |sheet: &Sheet, span: Span| Finish { panel, register, groups_of: &groups_of, shown, span }.table(sheet);
    Evaluation {
        periods: finish(&sheets.periods, Span::Period),
        months: finish(&sheets.months, Span::Month),
        quarters: finish(&sheets.quarters, Span::Quarter),
    }
}

/// The areas of one key figure, service and period, with their sums.
type Run = Vec<(u32, Sums)>;

/// The sum over the services of one area or group, and whether one was left out.
#[derive(Debug, Clone, Default)]
struct AllServices {
    /// Of the services shown.
    sums: Sums,
    /// Of all services, shown or not: what was delivered and expected is no secret.
    whole: Sums,
    /// Of a group: the areas with a number in `sums`, in ascending order.
    towns: Vec<u32>,
    /// For rates per inhabitant: the numerators brought to a year.
    yearly: f64,
    /// Whether a service with a number is in the sum.
    any: bool,
    /// Whether a service was left out because its number is hidden.
    hides_service: bool,
    /// Whether the number of a town in the group is hidden.
    hides_town: bool,
}

/// From the sums of one sheet to estimates.
struct Finish<'a> {
    panel: &'a Panel,
    register: &'a Register,
    groups_of: &'a [Vec<u32>],
    shown: &'a dyn Shown,
    span: Span,
}

impl Finish<'_> {
    fn table(&self, sheet: &Sheet) -> EstimateTable {
        let mut rows = Vec::new();
        let mut runs: BTreeMap<(u16, u32, Period), Run> = BTreeMap::new();
        for (&(kpi, service, period, area), sums) in sheet {
            if !self.shown.released(kpi, false, service) {
                continue;
            }
            let key = EstimateKey { kpi, unit: area, service, period, aggregation: Aggregation::Own };
            rows.push((key, self.own(key, sums)));
            runs.entry((kpi, service, period)).or_default().push((area, *sums));
        }
        for (&(kpi, service, period), run) in runs.iter().filter(|(key, _)| self.shown.released(key.0, true, key.1)) {
            for (unit, members) in self.groups(run) {
                let open = members.iter().all(|(area, sums)| self.open(kpi, *area, service, period, sums));
                let show = match towns(&members) == 0 || self.shown.shown(kpi, self.span, unit, service, period) {
                    true if open => Show::Spread,
                    true => Show::Sums,
                    false => Show::Nothing,
                };
                let key = |aggregation| EstimateKey { kpi, unit, service, period, aggregation };
                group_rows(&mut rows, &key, &members, show);
            }
        }
        self.all_services(&runs, &mut rows);
        EstimateTable::new(rows)
    }

    /// Whether the area's own row is shown, or has no number to hide.
    fn open(&self, kpi: u16, area: u32, service: u32, period: Period, sums: &Sums) -> bool {
        sums.provided == 0 || self.shown.shown(kpi, self.span, area, service, period)
    }

    fn own(&self, key: EstimateKey, sums: &Sums) -> Estimate {
        if self.open(key.kpi, key.unit, key.service, key.period, sums) {
            own(&CATALOGUE[usize::from(key.kpi)], sums)
        } else {
            suppressed(sums)
        }
    }

    fn groups(&self, run: &Run) -> BTreeMap<u32, Run> {
        let mut groups: BTreeMap<u32, Run> = BTreeMap::new();
        for (area, sums) in run {
            for &unit in self.groups_of.get(*area as usize).into_iter().flatten() {
                groups.entry(unit).or_default().push((*area, *sums));
            }
        }
        groups
    }

    /// All services together, of areas and of groups.
    fn all_services(&self, runs: &BTreeMap<(u16, u32, Period), Run>, rows: &mut Vec<(EstimateKey, Estimate)>) {
        let mut areas: BTreeMap<(u16, Period), BTreeMap<u32, AllServices>> = BTreeMap::new();
        let mut groups: BTreeMap<(u16, Period), BTreeMap<u32, AllServices>> = BTreeMap::new();
        for (&(kpi, service, period), run) in runs.iter().filter(|((_, service, _), _)| *service != ALL_SERVICES) {
            let all = areas.entry((kpi, period)).or_default();
            let counts = |area: u32| self.panel.counts_towards_all_in(area, service, period);
            let counted: Run = run.iter().filter(|(area, _)| counts(*area)).copied().collect();
            for (area, sums) in &counted {
                all.entry(*area).or_default().add(kpi, sums, self.open(kpi, *area, service, period, sums));
            }
            let whole = counted.len() == run.len();
            let of_groups = groups.entry((kpi, period)).or_default();
            for (unit, members) in self.groups(&counted) {
                let total = total(&members);
                // A group's number that counts parts of services twice is not the one shown for the service.
                let shows = total.provided == 0 || (whole && self.shown.shown(kpi, self.span, unit, service, period));
                let open = members.iter().all(|(area, sums)| self.open(kpi, *area, service, period, sums));
                let slot = of_groups.entry(unit).or_default();
                slot.add(kpi, &total, shows);
                if shows {
                    slot.towns.extend(members.iter().filter(|(_, sums)| sums.provided > 0).map(|(area, _)| *area));
                    slot.towns.sort_unstable();
                    slot.towns.dedup();
                }
                slot.hides_town |= !open;
            }
        }
        for (&(kpi, period), all) in &areas {
            let key = |unit, aggregation| EstimateKey { kpi, unit, service: ALL_SERVICES, period, aggregation };
            let definition = &CATALOGUE[usize::from(kpi)];
            let run: Run = all.iter().map(|(&area, found)| (area, found.sums(kpi, self.register, area))).collect();
            for ((area, sums), found) in run.iter().zip(all.values()) {
                let hidden = found.hides_service && !found.any;
                let estimate = if hidden { suppressed(&found.whole) } else { own(definition, sums) };
                rows.push((key(*area, Aggregation::Own), flagged(estimate, found.hides_service && !hidden)));
            }
            if !self.shown.released(kpi, true, ALL_SERVICES) {
                continue;
            }
            for (unit, members) in self.groups(&run) {
                let Some(found) = groups.get(&(kpi, period)).and_then(|g| g.get(&unit)) else { continue };
                let key = |aggregation| key(unit, aggregation);
                if !found.hides_service && !found.hides_town {
                    group_rows(rows, &key, &members, Show::Spread);
                } else if !found.any {
                    hidden_rows(rows, &key, &found.whole);
                } else if per_population(kpi) {
                    // Nothing to hide, but the years behind the rate are those of the single towns.
                    let refused = |aggregation| {
                        let state = EstimateState::Refused;
                        (key(aggregation), Estimate { state, ..suppressed(&found.sums) })
                    };
                    rows.extend([Aggregation::RatioOfSums, Aggregation::MeanOfRatios].map(refused));
                } else {
                    let sum = sum_over_sum(definition, &found.sums, found.towns.len() as u64);
                    rows.push((key(Aggregation::RatioOfSums), flagged(sum, found.hides_service)));
                    if definition.unit != Unit::Count {
                        rows.push((key(Aggregation::MeanOfRatios), suppressed(&found.sums)));
                    }
                }
            }
        }
    }
}

impl AllServices {
    fn add(&mut self, kpi: u16, sums: &Sums, open: bool) {
        self.hides_service |= !open;
        self.whole.add(sums);
        if !open {
            return;
        }
        self.any |= sums.provided > 0;
        self.sums.add(sums);
        if per_population(kpi) && sums.provided > 0 {
            self.yearly += sums.numerator / sums.years();
        }
    }

    /// The sums of an area. For rates per inhabitant each service is brought to a year by its own
    /// months before the sum: a month that one service lacks is not a month without its applications.
    fn sums(&self, kpi: u16, register: &Register, area: u32) -> Sums {
        let mut sums = self.sums;
        if per_population(kpi) {
            let population = register.area(area).population.unwrap_or(0) as f64;
            sums.denominator = population * if self.yearly > 0.0 { sums.numerator / self.yearly } else { sums.years() };
        }
        sums
    }
}

/// What may be told about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Nothing,
    /// The sums.
    Sums,
    /// The sums and how much towns differ.
    Spread,
}

fn group_rows(
    rows: &mut Vec<(EstimateKey, Estimate)>,
    key: &dyn Fn(Aggregation) -> EstimateKey,
    members: &Run,
    show: Show,
) {
    let (sums_key, mean_key) = (key(Aggregation::RatioOfSums), key(Aggregation::MeanOfRatios));
    let definition = &CATALOGUE[usize::from(sums_key.kpi)];
    let total = total(members);
    let (sum, mean) = match show {
        Show::Nothing => (suppressed(&total), suppressed(&total)),
        Show::Sums => (sum_over_sum(definition, &total, towns(members)), suppressed(&total)),
        Show::Spread => (pooled(definition, members), mean(definition, members)),
    };
    rows.push((sums_key, sum));
    if definition.unit != Unit::Count {
        rows.push((mean_key, mean));
    }
}

/// The rows of a group of which nothing but the completeness is told.
fn hidden_rows(rows: &mut Vec<(EstimateKey, Estimate)>, key: &dyn Fn(Aggregation) -> EstimateKey, total: &Sums) {
    let sums_key = key(Aggregation::RatioOfSums);
    rows.push((sums_key, suppressed(total)));
    if CATALOGUE[usize::from(sums_key.kpi)].unit != Unit::Count {
        rows.push((key(Aggregation::MeanOfRatios), suppressed(total)));
    }
}

/// An estimate whose value is hidden; that it was delivered may be known.
fn suppressed(sums: &Sums) -> Estimate {
    let mut out = Estimate::absent(EstimateState::Suppressed);
    out.level = LEVEL;
    out.provided = sums.provided;
    out.expected = sums.expected.max(sums.provided);
    out
}

fn flagged(mut estimate: Estimate, without_suppressed: bool) -> Estimate {
    if without_suppressed {
        estimate.flag(Flag::WithoutSuppressed);
    }
    estimate
}

/// Areas with a known value.
fn towns(members: &Run) -> u64 {
    members.iter().filter(|(_, sums)| sums.provided > 0).count() as u64
}

fn scale(kpi: &Kpi) -> f64 {
    if kpi.unit == Unit::PerThousand { 1000.0 } else { 1.0 }
}

/// An estimate with its sums and completeness, still without a value.
fn frame(sums: &Sums) -> Estimate {
    let mut out = Estimate::absent(EstimateState::NotProvided);
    out.level = LEVEL;
    out.provided = sums.provided;
    out.expected = sums.expected.max(sums.provided);
    if sums.provided < out.expected {
        out.flag(Flag::Incomplete);
    }
    if sums.provided == 0 {
        if sums.expected == 0 {
            out.state = EstimateState::NotApplicable;
        } else if sums.hidden == out.expected {
            out.state = EstimateState::SuppressedAtSource;
        }
        return out;
    }
    if sums.partly {
        out.flag(Flag::PartlyOnline);
    }
    if sums.rebased {
        out.flag(Flag::Rebased);
    }
    out.numerator = Some(sums.numerator);
    out.denominator = Some(sums.denominator);
    if sums.summed {
        out.flag(Flag::SumOfChannels);
    }
    out
}

/// The value of one area.
fn own(kpi: &Kpi, sums: &Sums) -> Estimate {
    let mut out = frame(sums);
    if sums.provided == 0 {
        return out;
    }
    if kpi.unit == Unit::Count {
        out.state = EstimateState::Computed;
        out.value = Some(sums.numerator);
        out.denominator = None;
        out.n = sums.numerator as u64;
        return out;
    }
    if sums.denominator <= 0.0 {
        out.state = EstimateState::Refused;
        out.flag(Flag::ZeroDenominator);
        return out;
    }
    out.state = EstimateState::Computed;
    out.value = Some(scale(kpi) * sums.numerator / sums.denominator);
    out.n = sums.denominator as u64;
    if sums.denominator < kpi.minimum_n as f64 {
        out.flag(Flag::SmallNumber);
    }
    let limits = match kpi.interval {
        IntervalMethod::Wilson if sums.numerator > sums.denominator => {
            out.flag(Flag::Above100);
            None
        }
        IntervalMethod::Wilson => stats::wilson(sums.numerator as u64, sums.denominator as u64, LEVEL)
            .ok()
            .map(|i| (i.lower, i.upper, "wilson")),
        IntervalMethod::Poisson => stats::poisson(sums.numerator as u64, LEVEL).ok().map(|(i, method)| {
            let factor = scale(kpi) / sums.denominator;
            (i.lower * factor, i.upper * factor, method)
        }),
        IntervalMethod::Survey | IntervalMethod::None => None,
    };
    if let Some((lower, upper, method)) = limits {
        (out.lower, out.upper, out.method) = (Some(lower), Some(upper), method);
    }
    out
}

fn total(members: &Run) -> Sums {
    members.iter().fold(Sums::default(), |mut total, (_, sums)| {
        total.add(sums);
        total
    })
}

fn clusters(members: &Run) -> Vec<Cluster> {
    members
        .iter()
        .filter(|(_, s)| s.provided > 0)
        .map(|(_, s)| Cluster { numerator: s.numerator, denominator: s.denominator })
        .collect()
}

/// Limits from a group of areas; a share of at most 1 has no limit above 1.
fn limits(out: &mut Estimate, estimate: Result<RatioEstimate, stats::Refusal>, kpi: &Kpi) {
    let factor = scale(kpi);
    let most = if kpi.unit == Unit::Share && out.value.is_some_and(|v| v <= 1.0) { 1.0 } else { f64::INFINITY };
    match estimate {
        Ok(e) => {
            out.lower = Some(e.lower * factor);
            out.upper = Some((e.upper * factor).min(most));
            out.method = e.method;
        }
        Err(stats::Refusal::FewClusters { .. }) => out.flag(Flag::FewClusters),
        Err(_) => {}
    }
}

/// Sum over sum for a group of `towns` towns.
fn sum_over_sum(kpi: &Kpi, total: &Sums, towns: u64) -> Estimate {
    let mut out = frame(total);
    if total.provided == 0 {
        return out;
    }
    out.n = towns;
    if kpi.unit == Unit::Count {
        out.state = EstimateState::Computed;
        out.value = Some(total.numerator);
        out.denominator = None;
        return out;
    }
    if total.denominator <= 0.0 {
        out.state = EstimateState::Refused;
        out.flag(Flag::ZeroDenominator);
        return out;
    }
    out.state = EstimateState::Computed;
    out.value = Some(scale(kpi) * total.numerator / total.denominator);
    if kpi.unit == Unit::Share && total.numerator > total.denominator {
        out.flag(Flag::Above100);
    }
    out
}

/// Sum over sum for a group; the interval knows that towns differ.
fn pooled(kpi: &Kpi, members: &Run) -> Estimate {
    let mut out = sum_over_sum(kpi, &total(members), towns(members));
    if out.state == EstimateState::Computed && kpi.unit != Unit::Count {
        limits(&mut out, stats::pooled_rate(&clusters(members), LEVEL), kpi);
    }
    out
}

/// Mean of the areas' own values.
fn mean(kpi: &Kpi, members: &Run) -> Estimate {
    let total = total(members);
    let mut out = frame(&total);
    let clusters: Vec<Cluster> = clusters(members).into_iter().filter(|c| c.denominator > 0.0).collect();
    if total.provided == 0 || clusters.is_empty() {
        return out;
    }
    let sum: f64 = clusters.iter().map(|c| c.numerator / c.denominator).sum();
    out.state = EstimateState::Computed;
    out.value = Some(scale(kpi) * sum / clusters.len() as f64);
    out.n = clusters.len() as u64;
    (out.numerator, out.denominator) = (None, None);
    limits(&mut out, stats::mean_of_ratios(&clusters, LEVEL), kpi);
    out
}
