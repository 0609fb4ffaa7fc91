use std::collections::BTreeMap;

use super::catalogue::{CATALOGUE, Formula, IntervalMethod, Kpi, Unit};
use super::terms::{Delivered, Terms, terms};
use crate::domain::{
    ALL_SERVICES, Aggregation, Estimate, EstimateKey, EstimateState, EstimateTable, Flag, Month, Period,
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
    /// Whether something applicable was delivered or due.
    applicable: bool,
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
        self.applicable |= other.applicable;
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
        let job = Pair { panel, periods, cells: pair, delivered: Delivered::of(pair) };
        for (number, kpi) in (0u16..).zip(CATALOGUE) {
            job.add(number, kpi, &mut long, &mut monthly);
        }
    }
    offered(panel, periods, &mut long);
    scale_by_population(register, &mut long);
    Evaluation { periods: finish(&long, units), months: finish(&monthly, units) }
}

struct Pair<'a> {
    panel: &'a Panel,
    periods: &'a Periods,
    cells: &'a [Cell],
    delivered: Delivered,
}

impl Pair<'_> {
    fn add(&self, number: u16, kpi: &Kpi, long: &mut BTreeMap<SumsKey, Sums>, monthly: &mut BTreeMap<SumsKey, Sums>) {
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        let add = |to: &mut BTreeMap<SumsKey, Sums>, period: Period, sums: &Sums| {
            for service in [service, ALL_SERVICES] {
                to.entry((number, service, period, area)).or_default().add(sums);
            }
        };
        let mut totals = [Sums::default(), Sums::default()];
        let mut seen = false;
        for block in blocks(self.cells) {
            let span = block[0].period;
            let known = self.block(kpi, block);
            if known == Terms::Nothing {
                continue;
            }
            seen = true;
            let sums = one_block(known, span);
            for (slot, period) in totals.iter_mut().zip([self.periods.current, self.periods.previous]) {
                if period.contains(span) {
                    let mut sums = sums;
                    sums.months <<= span.start.since(period.start).clamp(0, 127);
                    slot.add(&sums);
                }
            }
            let in_series = self.periods.series.0 <= span.start && span.end() <= self.periods.series.1;
            if kpi.monthly && span.months == 1 && in_series {
                add(monthly, span, &sums);
            }
        }
        if !seen {
            return;
        }
        for (mut sums, period) in totals.into_iter().zip([self.periods.current, self.periods.previous]) {
            sums.expected = sums.expected.max(self.due_months(kpi, period));
            if sums.applicable || sums.expected > 0 {
                add(long, period, &sums);
            }
        }
    }

    /// The terms of a block; before the launch there is no online share.
    fn block(&self, kpi: &Kpi, block: &[Cell]) -> Terms {
        let known = terms(&kpi.formula, block, &self.delivered);
        let needs_offer = matches!(kpi.formula, Formula::OnlineShare(_));
        let first = &block[0];
        match known {
            Terms::Known { .. } | Terms::NotProvided
                if needs_offer && self.panel.live(first.area, first.service, first.period.end()) == Some(false) =>
            {
                Terms::NotApplicable
            }
            other => other,
        }
    }

    /// Months of `period` in which a number was due: while the service was offered, else from the
    /// first delivery on.
    fn due_months(&self, kpi: &Kpi, period: Period) -> u32 {
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        let due = matches!(
            kpi.formula,
            Formula::OnlineShare(_) | Formula::OnlineCount(_) | Formula::TotalCount(_) | Formula::PerPopulation(_)
        );
        if !due {
            return 0;
        }
        if self.cells.iter().any(|c| c.period.months > 1) {
            return 0;
        }
        let first = self.cells.iter().map(|c| c.period.start).min();
        let due = |month: Month| match self.panel.live(area, service, month) {
            Some(live) => live,
            None => first.is_some_and(|first| first <= month),
        };
        let inapplicable = self.not_applicable_months(kpi, period);
        let months = (0..i32::from(period.months)).map(|i| period.start.plus(i)).filter(|&m| due(m)).count();
        u32::try_from(months).unwrap_or(u32::MAX).saturating_sub(inapplicable)
    }

    fn not_applicable_months(&self, kpi: &Kpi, period: Period) -> u32 {
        let live =
            |block: &&[Cell]| self.panel.live(block[0].area, block[0].service, block[0].period.end()) != Some(false);
        let found = blocks(self.cells)
            .filter(|block| period.contains(block[0].period))
            .filter(live)
            .filter(|block| terms(&kpi.formula, block, &self.delivered) == Terms::NotApplicable);
        u32::try_from(found.count()).unwrap_or(u32::MAX)
    }
}

fn one_block(known: Terms, span: Period) -> Sums {
    let length = u32::from(span.months);
    match known {
        Terms::Known { numerator, denominator, summed } => Sums {
            numerator: numerator as f64,
            denominator: denominator as f64,
            provided: length,
            expected: length,
            summed,
            applicable: true,
            months: if length >= 128 { u128::MAX } else { (1u128 << length) - 1 },
        },
        Terms::NotProvided => Sums { expected: length, applicable: true, ..Sums::default() },
        Terms::NotApplicable | Terms::Nothing => Sums::default(),
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
                let silent = Sums { expected, applicable: true, ..Sums::default() };
                for (&kpi, service) in counted.iter().flat_map(|k| [(k, service), (k, ALL_SERVICES)]) {
                    long.entry((kpi, service, period, area)).or_default().add(&silent);
                }
            }
            let live = panel.live(area, service, period.end()) == Some(true);
            let mut add = |kpi: Option<u16>, numerator: bool| {
                let Some(kpi) = kpi else { return };
                let sums = Sums {
                    numerator: f64::from(u8::from(numerator)),
                    denominator: 1.0,
                    provided: 1,
                    expected: 1,
                    applicable: true,
                    ..Sums::default()
                };
                long.entry((kpi, ALL_SERVICES, period, area)).or_default().add(&sums);
            };
            if offer.owed == Some(true) {
                add(availability, live);
            }
            if live {
                let used = panel.pair(area, service).iter().any(|c| {
                    c.value > 0
                        && period.contains(c.period)
                        && matches!(c.measure, Measure::Count(stage, crate::domain::Channel::Online)
                            if matches!(stage, crate::domain::Stage::FormSubmit | crate::domain::Stage::Completed))
                });
                add(active, used);
            }
        }
    }
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
    for (&(kpi, service, period), areas) in &runs {
        let definition = &CATALOGUE[usize::from(kpi)];
        for (unit, group) in units.groups() {
            let members: Vec<Sums> = areas
                .iter()
                .filter(|(area, _)| group.members.binary_search(area).is_ok())
                .map(|(_, sums)| *sums)
                .collect();
            if members.is_empty() {
                continue;
            }
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
        if !sums.applicable && sums.expected == 0 {
            out.state = EstimateState::NotApplicable;
        }
        return out;
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

fn limits(out: &mut Estimate, estimate: Result<RatioEstimate, stats::Refusal>, factor: f64) {
    match estimate {
        Ok(e) => {
            out.lower = Some(e.lower * factor);
            out.upper = Some(e.upper * factor);
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
    limits(&mut out, stats::pooled_rate(&clusters, LEVEL), scale(kpi));
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
    limits(&mut out, stats::mean_of_ratios(&clusters, LEVEL), scale(kpi));
    out
}
