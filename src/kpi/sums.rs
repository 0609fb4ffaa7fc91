//! Sums of numerators and denominators per area, service and period: what every estimate is made of.

use std::collections::BTreeMap;

use super::catalogue::CATALOGUE;
use super::definition::{Formula, Kpi};
use super::series;
use super::terms::{Delivered, Terms, terms};
use crate::domain::{ALL_SERVICES, CellState, Channel, Month, Period, Stage};
use crate::ingest::{Measure, Register};
use crate::panel::{Cell, Panel, blocks};

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

    /// Spans of the reference period's length that cover the monthly series, the latest first: the
    /// reference period, the one before, and older ones.
    #[must_use]
    pub fn blocks(&self) -> Vec<Period> {
        let months = self.current.months;
        let block = |k: i32| Period::span(self.current.start.plus(-k * i32::from(months)), months);
        (0..).map(block).take_while(|b| b.end() >= self.series.0 || *b >= self.previous).collect()
    }

    /// Spans of three months within the blocks; none where a block does not divide into several.
    #[must_use]
    pub fn quarters(&self) -> Vec<Period> {
        if self.current.months <= 3 || !self.current.months.is_multiple_of(3) {
            return Vec::new();
        }
        let of_block =
            |block: Period| (0..i32::from(block.months) / 3).map(move |q| Period::span(block.start.plus(3 * q), 3));
        self.blocks().into_iter().flat_map(of_block).collect()
    }
}

/// The length of what a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// The reference period or the one before.
    Period,
    /// Three months.
    Quarter,
    /// One month.
    Month,
}

/// Sums of one area, service and period.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// Sum of the numerators.
    pub numerator: f64,
    /// Sum of the denominators.
    pub denominator: f64,
    /// Months with a known value, and months in which one was due.
    pub(super) provided: u32,
    pub(super) expected: u32,
    /// Of the months in which one was due, those of which only a number hidden at its source is unknown.
    pub(super) hidden: u32,
    pub(super) summed: bool,
    /// Whether a longer span was online only in part.
    pub(super) partly: bool,
    /// Whether a number in it was delivered for another territory.
    pub(super) rebased: bool,
    /// One bit per month of the period with a known value.
    pub(super) months: u128,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.numerator += other.numerator;
        self.denominator += other.denominator;
        self.provided += other.provided;
        self.expected += other.expected;
        self.hidden += other.hidden;
        self.summed |= other.summed;
        self.partly |= other.partly;
        self.rebased |= other.rebased;
        self.months |= other.months;
    }

    /// Years with a known value.
    pub(super) fn years(&self) -> f64 {
        f64::from(self.months.count_ones()) / 12.0
    }
}

/// Key of the sums: key figure, service, period, area. Areas last: a group reads a run of them.
pub(super) type SumsKey = (u16, u32, Period, u32);

pub(super) type Sheet = BTreeMap<SumsKey, Sums>;

/// The sums of all key figures, by the length of what they are about.
#[derive(Debug, Clone, Default)]
pub struct Sheets {
    pub(super) periods: Sheet,
    pub(super) quarters: Sheet,
    pub(super) months: Sheet,
}

impl Sheets {
    fn sheet(&mut self, span: Span) -> &mut Sheet {
        match span {
            Span::Period => &mut self.periods,
            Span::Quarter => &mut self.quarters,
            Span::Month => &mut self.months,
        }
    }

    /// Every row about one area and one service that has a number.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let sheets = [(Span::Period, &self.periods), (Span::Quarter, &self.quarters), (Span::Month, &self.months)];
        sheets.into_iter().flat_map(|(span, sheet)| {
            sheet
                .iter()
                .filter(|((_, service, _, _), sums)| *service != ALL_SERVICES && sums.provided > 0)
                .map(move |(&(kpi, service, period, area), sums)| Row { span, kpi, service, period, area, sums })
        })
    }
}

/// One row of the sheets.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The length of its period.
    pub span: Span,
    /// Key figure.
    pub kpi: u16,
    /// Dense service number.
    pub service: u32,
    /// Period.
    pub period: Period,
    /// Dense area number.
    pub area: u32,
    /// The sums.
    pub sums: &'a Sums,
}

/// How one delivered number enters the sums of one key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// Position of the cell in its pair.
    pub cell: usize,
    /// Key figure.
    pub kpi: u16,
    /// The months that the key figure reads it with: rows whose period contains them contain the number.
    pub span: Period,
    /// What one more in the cell adds to the numerator.
    pub numerator: i64,
    /// What it adds to the denominator (rates per inhabitant have no counted denominator).
    pub denominator: i64,
}

/// How every cell of one area and service enters the sums, found by adding one to it.
#[must_use]
pub fn contributions(panel: &Panel, register: &Register, periods: &Periods, pair: &[Cell]) -> Vec<Contribution> {
    let mut out = Vec::new();
    for (number, kpi) in (0u16..).zip(CATALOGUE) {
        let cells = series::of(&kpi.formula, pair);
        let inhabited = || register.area(cells[0].area).population.unwrap_or(0) > 0;
        if cells.is_empty() || (per_population(number) && !inhabited()) {
            continue;
        }
        let job = Pair { panel, periods, delivered: Delivered::of(&cells), cells };
        for block in blocks(&job.cells) {
            let span = block[0].period;
            let of = |block: &[Cell]| match terms(&kpi.formula, block, &job.delivered) {
                Terms::Known { numerator, denominator, .. } => Some((numerator, denominator)),
                _ => None,
            };
            let Some((numerator, denominator)) = of(block).filter(|_| job.live_months(kpi, span) != Some(0)) else {
                continue;
            };
            for at in (0..block.len()).filter(|&at| block[at].state == CellState::Observed) {
                let mut more = block.to_vec();
                more[at].value = more[at].value.saturating_add(1);
                let Some(found) = of(&more) else { continue };
                let step = (found.0 - numerator, found.1 - denominator);
                if step == (0, 0) {
                    continue;
                }
                let same = |c: &&Cell| c.measure == block[at].measure && c.period == span;
                let whole = pair.iter().any(|c| same(&c));
                for (cell, c) in pair.iter().enumerate() {
                    let inside = if whole { c.period == span } else { span.contains(c.period) };
                    if c.measure == block[at].measure && inside && c.state == CellState::Observed {
                        out.push(Contribution { cell, kpi: number, span, numerator: step.0, denominator: step.1 });
                    }
                }
            }
        }
    }
    out
}

/// Adds up the panel for every key figure, area and service.
#[must_use]
pub fn sums(panel: &Panel, register: &Register, periods: &Periods, with_quarters: bool) -> Sheets {
    let quarters = if with_quarters { periods.quarters() } else { Vec::new() };
    let mut out = Sheets::default();
    for pair in panel.pairs() {
        for (number, kpi) in (0u16..).zip(CATALOGUE) {
            let cells = series::of(&kpi.formula, pair);
            if !cells.is_empty() {
                let job = Pair { panel, periods, delivered: Delivered::of(&cells), cells };
                job.add(number, kpi, &quarters, &mut out);
            }
        }
    }
    offered(panel, periods, &mut out.periods);
    for sheet in [&mut out.periods, &mut out.quarters, &mut out.months] {
        scale_by_population(register, sheet);
    }
    out
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
    hidden: u128,
    inapplicable: u128,
}

impl Months {
    fn hidden(&self) -> u32 {
        (self.hidden & !self.known & !self.inapplicable).count_ones()
    }
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
    fn add(&self, number: u16, kpi: &Kpi, quarters: &[Period], to: &mut Sheets) {
        let (area, service) = (self.cells[0].area, self.cells[0].service);
        let add = |to: &mut Sheet, period: Period, sums: &Sums| {
            to.entry((number, service, period, area)).or_default().add(sums);
        };
        let spans = [self.periods.current, self.periods.previous].map(|period| (period, Span::Period));
        let quarters = quarters.iter().filter(|_| kpi.monthly).map(|&quarter| (quarter, Span::Quarter));
        for (period, span) in spans.into_iter().chain(quarters) {
            let mut sums = Sums::default();
            let mut months = Months { due: self.due(kpi, period), ..Months::default() };
            for block in blocks(&self.cells) {
                self.count(kpi, block, period, &mut sums, &mut months);
            }
            sums.months = months.known;
            sums.provided = months.known.count_ones();
            sums.expected = ((months.due | months.known) & !months.inapplicable).count_ones();
            sums.hidden = months.hidden();
            if months.known | months.due | months.inapplicable != 0 {
                add(to.sheet(span), period, &sums);
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
                sums.hidden = months.hidden();
                if months.known | months.due | months.inapplicable != 0 {
                    add(&mut to.months, span, &sums);
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
            Terms::Known { .. } | Terms::NotProvided | Terms::Hidden if live == Some(0) => Terms::NotApplicable,
            other => other,
        };
        match known {
            Terms::Known { numerator, denominator, summed } => {
                sums.numerator += numerator as f64;
                sums.denominator += denominator as f64;
                sums.summed |= summed;
                sums.rebased |= block.iter().any(|c| c.rebased);
                sums.partly |= live.is_some_and(|n| n < u32::from(block[0].period.months));
                months.known |= span;
            }
            Terms::NotProvided => months.due |= span,
            Terms::Hidden => {
                months.due |= span;
                months.hidden |= span;
            }
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
fn offered(panel: &Panel, periods: &Periods, long: &mut Sheet) {
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
                for &kpi in &counted {
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
                    None if hides_use(panel, area, service, period) => {
                        Sums { expected: 1, hidden: 1, ..Sums::default() }
                    }
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

/// The online cases of an area and service delivered within `period`.
fn online_cases(panel: &Panel, area: u32, service: u32, period: Period) -> impl Iterator<Item = &Cell> {
    let online = |stage| Measure::Count(stage, Channel::Online);
    panel.pair(area, service).iter().filter(move |c| {
        period.contains(c.period) && (c.measure == online(Stage::FormSubmit) || c.measure == online(Stage::Completed))
    })
}

/// Whether there was an online case within `period`; `None` where no number of online cases was delivered.
fn used(panel: &Panel, area: u32, service: u32, period: Period) -> Option<bool> {
    let cells = online_cases(panel, area, service, period).filter(|c| c.state == CellState::Observed);
    cells.map(|c| c.value > 0).reduce(|a, b| a || b)
}

/// Whether all that was delivered of online cases within `period` is hidden at its source.
fn hides_use(panel: &Panel, area: u32, service: u32, period: Period) -> bool {
    let mut cells = online_cases(panel, area, service, period).peekable();
    cells.peek().is_some() && cells.all(|c| c.state == CellState::SuppressedAtSource)
}

/// Whether the key figure is a rate per inhabitant and year.
pub(super) fn per_population(kpi: u16) -> bool {
    matches!(CATALOGUE[usize::from(kpi)].formula, Formula::PerPopulation(_))
}

/// Rates per inhabitant: the denominator is population times years delivered.
fn scale_by_population(register: &Register, sheet: &mut Sheet) {
    sheet.retain(|&(kpi, _, _, area), sums| {
        if !per_population(kpi) {
            return true;
        }
        let population = register.area(area).population.unwrap_or(0);
        sums.denominator = population as f64 * sums.years();
        population > 0
    });
}
