use std::collections::BTreeMap;

use super::catalogue::CATALOGUE;
use super::definition::{Formula, IntervalMethod, Kpi, Unit};
use super::series;
use super::terms::{Delivered, Terms, terms};
use crate::domain::{
    ALL_SERVICES, Aggregation, CellState, Channel, Estimate, EstimateKey, EstimateState, EstimateTable, Flag, Month,
    Period, Stage,
};
use crate::ingest::{Measure, Register};
use crate::panel::{Cell, Panel, Units, blocks};
use crate::stats::{self, Cluster, RatioEstimate};

/// The confidence level of every interval.
pub const LEVEL: f64 = 0.95;

/// The periods that are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// The reference period.
    pub current: Period,
    /// The period of the same length before it.
    pub previous: Period,
    /// First and last month of the monthly series.
    pub series: (Month, Month),
}

impl Periods {
    /// The reference period of `months` months that ends with `until`, and the one before.
    #[must_use]
    pub fn new(until: Month, months: u16, first: Month) -> Self {
        let length = i32::from(months);
        let current = Period::span(until.plus(1 - length), months);
        let previous = Period::span(current.start.plus(-length), months);
        Self { current, previous, series: (first.min(until), until) }
    }
}

/// All estimates of a run.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// For the reference period and the one before, every unit and service.
    pub periods: EstimateTable,
    /// For every single month, the key figures that have a monthly series.
    pub months: EstimateTable,
}

/// Sums of one area, service (or all) and period.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    numerator: f64,
    denominator: f64,
    /// Months with a known value, and months in which one was due.
    provided: u32,
    expected: u32,
    summed: bool,
    /// Whether a longer span was online only in part.
    partly: bool,
    /// One bit per month of the period with a known value.
    months: u128,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
        self.provided += other.provided;
        self.expected += other.expected;
        self.summed |= other.summed;
        self.partly |= other.partly;
        self.months |= other.months;
    }
}

/// Key of the sums: key figure, service, period, area. Areas last: a group reads a run of them.
type SumsKey = (u16, u32, Period, u32);

/// Evaluates the catalogue for every area, service and period, then for every group of areas.
#[must_use]
pub fn evaluate(panel: &Panel, register: &Register, units: &Units, periods: &Periods) -> Evaluation {
    let mut long: BTreeMap<SumsKey, Sums> = BTreeMap::new();
    let mut monthly: BTreeMap<SumsKey, Sums> = BTreeMap::new();
    for pair in panel.pairs() {
        for (number, kpi) in (0u16..).zip(CATALOGUE) {
            let cells = series::of(&kpi.formula, pair);
            if !cells.is_empty() {
                let job = Pair { panel, periods, delivered: Delivered::of(&cells), cells };
                job.add(number, kpi, &mut long, &mut monthly);
            }
        }
    }
    offered(panel, periods, &mut long);
    scale_by_population(register, &mut long);
    Evaluation { periods: finish(&long, units), months: finish(&monthly, units) }
}

/// The cells of one area and service that one key figure is made of.
struct Pair<'a> {
    panel: &'a Panel,
    periods: &'a Periods,
    cells: Vec<Cell>,
    delivered: Delivered,
}

/// Months of a period as bits, by what is known about them.
#[derive(Default)]
struct Months {
    known: u128,
    due: u128,
    inapplicable: u128,
}

/// The months of `span` as bits of `period`; none if it does not lie within.
fn bits(span: Period, period: Period) -> u128 {
    if !period.contains(span) {
        return 0;
    }
    let ones = 1u128.checked_shl(u32::from(span.months)).map_or(u128::MAX, |bit| bit - 1);
    ones << span.start.since(period.start).clamp(0, 127)
}

impl Pair<'_> {
    fn add(&self, number: u16, kpi: &Kpi, long: &mut BTreeMap<SumsKey, Sums>, monthly: &mut BTreeMap<SumsKey, Sums>) {
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        let add = |to: &mut BTreeMap<SumsKey, Sums>, period: Period, sums: &Sums| {
            for service in [service, ALL_SERVICES] {
                to.entry((number, service, period, area)).or_default().add(sums);
            }
        };
        for period in [self.periods.current, self.periods.previous] {
            let mut sums = Sums::default();
            let mut months = Months { due: self.due(kpi, period), ..Months::default() };
            for block in blocks(&self.cells) {
                self.count(kpi, block, period, &mut sums, &mut months);
            }
            sums.months = months.known;
            sums.provided = months.known.count_ones();
            sums.expected = ((months.due | months.known) & !months.inapplicable).count_ones();
            if months.known | months.due | months.inapplicable != 0 {
                add(long, period, &sums);
            }
        }
        let series = self.periods.series;
        for block in blocks(&self.cells) {
            let span = block[0].period;
            if kpi.monthly && span.months == 1 && series.0 <= span.start && span.end() <= series.1 {
                let (mut sums, mut months) = (Sums::default(), Months::default());
                self.count(kpi, block, span, &mut sums, &mut months);
                sums.provided = months.known.count_ones();
                sums.expected = (months.known | months.due).count_ones();
                if months.known | months.due | months.inapplicable != 0 {
                    add(monthly, span, &sums);
                }
            }
        }
    }

    /// Adds what one block says about `period`.
    fn count(&self, kpi: &Kpi, block: &[Cell], period: Period, sums: &mut Sums, months: &mut Months) {
        let span = bits(block[0].period, period);
        if span == 0 {
            return;
        }
        let live = self.live_months(kpi, block[0].period);
        let known = match terms(&kpi.formula, block, &self.delivered) {
            Terms::Known { .. } | Terms::NotProvided if live == Some(0) => Terms::NotApplicable,
            other => other,
        };
        match known {
            Terms::Known { numerator, denominator, summed } => {
                sums.numerator += numerator as f64;
                sums.denominator += denominator as f64;
                sums.summed |= summed;
                sums.partly |= live.is_some_and(|n| n < u32::from(block[0].period.months));
                months.known |= span;
            }
            Terms::NotProvided => months.due |= span,
            Terms::NotApplicable => months.inapplicable |= span,
            Terms::Nothing => {}
        }
    }

    /// Months of `span` in which the service was online, for key figures that mean something only
    /// then; `None` where that is not known or does not matter.
    fn live_months(&self, kpi: &Kpi, span: Period) -> Option<u32> {
        if !matches!(kpi.formula, Formula::OnlineShare(_)) {
            return None;
        }
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        self.panel.offer(area, service)?;
        let live = |k: &i32| self.panel.live(area, service, span.start.plus(*k)) == Some(true);
        u32::try_from((0..i32::from(span.months)).filter(live).count()).ok()
    }

    /// Months of `period` in which a number was due: while the service was offered, else from the
    /// first delivery on.
    fn due(&self, kpi: &Kpi, period: Period) -> u128 {
        let counted = matches!(
            kpi.formula,
            Formula::OnlineShare(_) | Formula::OnlineCount(_) | Formula::TotalCount(_) | Formula::PerPopulation(_)
        );
        if !counted {
            return 0;
        }
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        let first = self.cells.iter().map(|c| c.period.start).min();
        let due = |month: Month| match self.panel.live(area, service, month) {
            Some(live) => live,
            None => first.is_some_and(|first| first <= month),
        };
        let months = (0..i32::from(period.months)).map(|k| period.start.plus(k)).filter(|&m| due(m));
        months.fold(0, |mask, month| mask | bits(Period::month(month), period))
    }
}

/// Availability and active services, which count services and not cases.
fn offered(panel: &Panel, periods: &Periods, long: &mut BTreeMap<SumsKey, Sums>) {
    if !panel.knows_offers() {
        return;
    }
    let number =
        |wanted: fn(&Formula) -> bool| (0u16..).zip(CATALOGUE).find(|(_, k)| wanted(&k.formula)).map(|(i, _)| i);
    let availability = number(|f| matches!(f, Formula::Availability));
    let active = number(|f| matches!(f, Formula::ActiveShare));
    let counted: Vec<u16> = (0u16..)
        .zip(CATALOGUE)
        .filter(|(_, k)| matches!(k.id, "online_share" | "online_applications" | "applications"))
        .map(|(i, _)| i)
        .collect();
    for period in [periods.current, periods.previous] {
        for ((area, service), offer) in panel.offers_sorted() {
            let months = (0..i32::from(period.months)).map(|i| period.start.plus(i));
            let due = months.filter(|&m| panel.live(area, service, m) == Some(true)).count();
            if due > 0 && !panel.pair(area, service).iter().any(|c| matches!(c.measure, Measure::Count(..))) {
                let expected = u32::try_from(due).unwrap_or(u32::MAX);
                let silent = Sums { expected, ..Sums::default() };
                for (&kpi, service) in counted.iter().flat_map(|k| [(k, service), (k, ALL_SERVICES)]) {
                    long.entry((kpi, service, period, area)).or_default().add(&silent);
                }
            }
            let live = panel.live(area, service, period.end()) == Some(true);
            let mut add = |kpi: Option<u16>, found: Option<bool>| {
                let Some(kpi) = kpi else { return };
                let sums = match found {
                    Some(yes) => Sums {
                        numerator: f64::from(u8::from(yes)),
                        denominator: 1.0,
                        provided: 1,
                        expected: 1,
                        ..Sums::default()
                    },
                    None => Sums { expected: 1, ..Sums::default() },
                };
                long.entry((kpi, ALL_SERVICES, period, area)).or_default().add(&sums);
            };
            if offer.owed == Some(true) {
                add(availability, Some(live));
            }
            if live {
                add(active, used(panel, area, service, period));
            }
        }
    }
}

/// Whether there was an online case within `period`; `None` where no number of online cases was delivered.
fn used(panel: &Panel, area: u32, service: u32, period: Period) -> Option<bool> {
    let online = |stage| Measure::Count(stage, Channel::Online);
    let cells = panel.pair(area, service).iter().filter(|c| {
        c.state == CellState::Observed
            && period.contains(c.period)
            && (c.measure == online(Stage::FormSubmit) || c.measure == online(Stage::Completed))
    });
    cells.map(|c| c.value > 0).reduce(|a, b| a || b)
}

/// Rates per inhabitant: the denominator is population times years delivered.
///
/// For all services together each service is brought to a year by its own months before the sum:
/// a month that one service lacks is not a month without its applications.
fn scale_by_population(register: &Register, long: &mut BTreeMap<SumsKey, Sums>) {
    let mut yearly: BTreeMap<(u16, Period, u32), f64> = BTreeMap::new();
    let rate = |kpi: u16| matches!(CATALOGUE[usize::from(kpi)].formula, Formula::PerPopulation(_));
    let years = |sums: &Sums| f64::from(sums.months.count_ones()) / 12.0;
    for (&(kpi, service, period, area), sums) in long.iter() {
        if rate(kpi) && service != ALL_SERVICES && sums.provided > 0 {
            *yearly.entry((kpi, period, area)).or_default() += sums.numerator / years(sums);
        }
    }
    long.retain(|&(kpi, service, period, area), sums| {
        if !rate(kpi) {
            return true;
        }
        let population = register.area(area).population.unwrap_or(0);
        let of_all = yearly.get(&(kpi, period, area)).copied().filter(|y| service == ALL_SERVICES && *y > 0.0);
        sums.denominator = population as f64 * of_all.map_or_else(|| years(sums), |yearly| sums.numerator / yearly);
        population > 0
    });
}

fn finish(sums: &BTreeMap<SumsKey, Sums>, units: &Units) -> EstimateTable {
    let mut rows = Vec::new();
    let mut runs: BTreeMap<(u16, u32, Period), Vec<(u32, Sums)>> = BTreeMap::new();
    for (&(kpi, service, period, area), sums) in sums {
        let key = EstimateKey { kpi, unit: area, service, period, aggregation: Aggregation::Own };
        rows.push((key, own(&CATALOGUE[usize::from(kpi)], sums)));
        runs.entry((kpi, service, period)).or_default().push((area, *sums));
    }
    let groups_of = units.groups_of_areas();
    for (&(kpi, service, period), areas) in &runs {
        let definition = &CATALOGUE[usize::from(kpi)];
        let mut groups: BTreeMap<u32, Vec<Sums>> = BTreeMap::new();
        for (area, sums) in areas {
            for &unit in groups_of.get(*area as usize).into_iter().flatten() {
                groups.entry(unit).or_default().push(*sums);
            }
        }
        for (unit, members) in groups {
            let key = |aggregation| EstimateKey { kpi, unit, service, period, aggregation };
            rows.push((key(Aggregation::RatioOfSums), pooled(definition, &members)));
            if definition.unit != Unit::Count {
                rows.push((key(Aggregation::MeanOfRatios), mean(definition, &members)));
            }
        }
    }
    EstimateTable::new(rows)
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
        }
        return out;
    }
    if sums.partly {
        out.flag(Flag::PartlyOnline);
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

fn total(members: &[Sums]) -> Sums {
    members.iter().fold(Sums::default(), |mut total, sums| {
        total.add(sums);
        total
    })
}

fn clusters(members: &[Sums]) -> Vec<Cluster> {
    members
        .iter()
        .filter(|s| s.provided > 0)
        .map(|s| Cluster { numerator: s.numerator, denominator: s.denominator })
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

/// Sum over sum for a group; the interval knows that towns differ.
fn pooled(kpi: &Kpi, members: &[Sums]) -> Estimate {
    let total = total(members);
    let mut out = frame(&total);
    if total.provided == 0 {
        return out;
    }
    let clusters = clusters(members);
    out.n = clusters.len() as u64;
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
    limits(&mut out, stats::pooled_rate(&clusters, LEVEL), kpi);
    out
}

/// Mean of the areas' own values.
fn mean(kpi: &Kpi, members: &[Sums]) -> Estimate {
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
