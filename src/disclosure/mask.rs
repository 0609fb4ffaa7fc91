//! Which rows a release may show: one mask for everything that is published.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::system::{ANY, Atom, FINEST, Hidden, Level, Quantity, Row, System, Town, Use, slice};
use crate::domain::{ALL_SERVICES, CellState, Channel, Period};
use crate::ingest::{Measure, Register, WorkItem};
use crate::kpi::{self, CATALOGUE, Contribution, Formula, Periods, Sheets, Shown, Span, Unit};
use crate::panel::{Panel, Units};

/// Numbers of different kinds have no sums in common and are protected each for themselves. Only
/// working times are also part of the sums of use: see [`link`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Use,
    Feedback,
    Work,
}

impl Kind {
    fn of(measure: Measure) -> Self {
        match measure {
            Measure::Count(..) => Self::Use,
            Measure::Feedback(..) | Measure::Comments => Self::Feedback,
            Measure::Work(..) => Self::Work,
        }
    }
}

/// One kind of numbers, one service, one block of months.
type Key = (Kind, u32, Period);

/// What a release hides.
#[derive(Debug, Clone, Default)]
pub struct Mask {
    hidden: BTreeMap<Key, Hidden>,
    /// The kinds of numbers that a key figure is made of.
    kinds: BTreeMap<u16, BTreeSet<Kind>>,
    blocks: Vec<Period>,
    /// Services with a share of online cases, and all services together if there is one.
    shares: BTreeSet<u32>,
    /// Areas with a hidden service, and groups with such an area, by period.
    partial: BTreeSet<(u32, Period)>,
}

/// Whether there was a case: of a hidden service it would tell a zero.
const ACTIVE: &str = "active_share";
/// Areas and cases that a working time of a group must rest on: of fewer it is too much that of one
/// office, or of one person in it.
const CARRIED: (u32, f64) = (5, 10.0);

/// All cases; beside the online ones they tell the others, also where there is no share.
const TOTAL: &str = "applications";
/// The online cases.
const ONLINE: &str = "online_applications";

/// Key figures of two kinds of numbers, or of two stages of the same case, would link what is
/// protected apart: they are not released.
fn released(kpi: u16) -> bool {
    let id = CATALOGUE[usize::from(kpi)].id;
    let linked = id == "completion_rate" || id.starts_with("response_rate");
    // Sum, number and share of the good ones together tell single votes.
    !linked && id != "star_mean"
}

/// Whether the key figure is one of working times.
fn is_work(kpi: u16) -> bool {
    let Formula::Ratio(_, below) = CATALOGUE[usize::from(kpi)].formula else { return false };
    Channel::ALL.into_iter().any(|channel| (below.matches)(Measure::Work(WorkItem::Cases, channel)))
}

/// Of groups, numerator and denominator of the share tell the counts: a second sum over slightly
/// other towns and months would only tell the difference.
fn is_count(kpi: u16) -> bool {
    matches!(CATALOGUE[usize::from(kpi)].unit, Unit::Count | Unit::PerThousand)
}

impl Shown for Mask {
    fn released(&self, kpi: u16, group: bool, service: u32) -> bool {
        let of_groups = CATALOGUE[usize::from(kpi)].id != TOTAL && !(is_count(kpi) && self.shares.contains(&service));
        released(kpi) && (!group || of_groups)
    }

    fn shown(&self, kpi: u16, span: Span, unit: u32, service: u32, period: Period) -> bool {
        if service == ALL_SERVICES {
            let used = CATALOGUE[usize::from(kpi)].id == ACTIVE;
            return !used || !self.partial.contains(&(unit, period));
        }
        let block = self.blocks.iter().find(|block| block.contains(period));
        let (Some(&block), Some(kinds)) = (block, self.kinds.get(&kpi)) else { return true };
        // Working times are often observed for the very cases that are counted.
        let too = kinds.contains(&Kind::Work).then_some(Kind::Use);
        kinds.iter().copied().chain(too).all(|kind| {
            self.hidden.get(&(kind, service, block)).is_none_or(|hidden| match hidden.level.get(unit as usize) {
                Some(&level) => level >= slice(span),
                None => !hidden.rows.contains(&(unit, kpi, span, period)),
            })
        })
    }
}

/// What is collected for one [`Key`].
#[derive(Default)]
struct Collected {
    towns: Vec<Town>,
    rows: BTreeMap<u32, Vec<Row>>,
}

impl Mask {
    /// Whether the row is shown as far as numbers of the kind of `measure` are concerned.
    #[cfg(test)]
    pub(super) fn open(&self, measure: Measure, kpi: u16, span: Span, unit: u32, service: u32, period: Period) -> bool {
        let kinds = BTreeMap::from([(kpi, BTreeSet::from([Kind::of(measure)]))]);
        Self { kinds, ..self.clone() }.shown(kpi, span, unit, service, period)
    }

    /// Finds the mask that hides counts from 1 to below `minimum` and whatever would tell them.
    #[must_use]
    pub fn find(
        panel: &Panel,
        register: &Register,
        units: &Units,
        periods: &Periods,
        sheets: &Sheets,
        minimum: u64,
    ) -> Self {
        let blocks = periods.blocks();
        let mut collected: BTreeMap<Key, Collected> = BTreeMap::new();
        let mut quantities: BTreeMap<Kind, BTreeMap<u16, Vec<Quantity>>> = BTreeMap::new();
        for pair in panel.pairs() {
            let mut used = kpi::contributions(panel, register, periods, pair);
            used.retain(|found| released(found.kpi));
            total_with_online(&mut used);
            link(pair, &mut used);
            for found in &used {
                note_quantities(&mut quantities, Kind::of(pair[found.cell].measure), found);
            }
            let part = !panel.counts_towards_all(pair[0].area, pair[0].service);
            for (key, town) in towns(pair, &used, &blocks, part) {
                collected.entry(key).or_default().towns.push(town);
            }
        }
        let kinds: BTreeMap<u16, BTreeSet<Kind>> = (0u16..)
            .zip(CATALOGUE)
            .map(|(kpi, _)| (kpi, quantities.iter().filter(|(_, q)| q.contains_key(&kpi)).map(|(k, _)| *k).collect()))
            .filter(|(_, kinds): &(u16, BTreeSet<Kind>)| !kinds.is_empty())
            .collect();
        let share = kpi::number("online_share");
        let with_share = sheets.rows().filter(|row| row.kpi == share).map(|row| row.service);
        let mut shares: BTreeSet<u32> = with_share.collect();
        if !shares.is_empty() {
            shares.insert(ALL_SERVICES);
        }
        let mask = Self { kinds, blocks, shares, ..Self::default() };
        add_rows(&mut collected, sheets, units, &mask);
        let groups_of = units.groups_of_areas();
        let none = BTreeMap::new();
        let hidden: BTreeMap<Key, Hidden> = collected
            .into_par_iter()
            .map(|(key, found)| {
                let (kind, _, block) = key;
                let form = (block, grid(periods, block));
                let quantities = quantities.get(&kind).unwrap_or(&none);
                let carried = if kind == Kind::Work { CARRIED } else { ANY };
                let system = System::new(found.towns, found.rows, &groups_of, quantities, form, minimum, carried);
                (key, system.protect())
            })
            .collect::<Vec<_>>()
            .into_iter()
            .collect();
        let partial = partial(&hidden, &groups_of);
        Self { hidden, partial, ..mask }
    }
}

/// Areas of which a number of cases is hidden, and the groups that they belong to.
fn partial(hidden: &BTreeMap<Key, Hidden>, groups_of: &[Vec<u32>]) -> BTreeSet<(u32, Period)> {
    let mut out = BTreeSet::new();
    for (&(_, _, block), found) in hidden.iter().filter(|((kind, ..), _)| *kind == Kind::Use) {
        let areas = (0u32..).zip(&found.level).filter(|(_, level)| **level < slice(Span::Period));
        for (area, _) in areas {
            let groups = groups_of.get(area as usize).into_iter().flatten().copied();
            out.extend(std::iter::once(area).chain(groups).map(|unit| (unit, block)));
        }
    }
    out
}

/// Lets the cases behind working times stand for the cases of use: they are often the very same, so
/// whoever takes them for the same must find no hidden number either.
fn link(pair: &[crate::panel::Cell], used: &mut Vec<Contribution>) {
    let counts = |channel: Channel, span: Period| {
        let of = move |c: &crate::panel::Cell| {
            matches!(c.measure, Measure::Count(_, found) if found == channel)
                && c.state == CellState::Observed
                && span.contains(c.period)
        };
        (0..pair.len()).filter(move |&cell| of(&pair[cell]))
    };
    let mut links: BTreeSet<(usize, u16, Period, i64)> = BTreeSet::new();
    for found in used.iter().filter(|u| u.denominator != 0) {
        let Measure::Work(WorkItem::Cases, channel) = pair[found.cell].measure else { continue };
        let mut add = |channel, step| {
            let known = links.len();
            links.extend(counts(channel, found.span).map(|cell| (cell, found.kpi, found.span, step)));
            links.len() > known
        };
        // Without numbers of the channel it is the total without the online cases.
        if counts(channel, found.span).next().is_some() {
            add(channel, 1);
        } else if channel != Channel::Online && add(Channel::All, 1) {
            add(Channel::Online, -1);
        }
    }
    let linked = |(cell, kpi, span, step)| Contribution { cell, kpi, span, numerator: 0, denominator: step };
    used.extend(links.into_iter().map(linked));
}

/// Levels that make a difference in `block`, finest first.
fn grid(periods: &Periods, block: Period) -> Vec<Level> {
    let reported = block == periods.current || block == periods.previous;
    let level = |there: bool, level: Level| there.then_some(level);
    let quarters = !periods.quarters().is_empty();
    let coarser = [level(quarters, slice(Span::Quarter)), level(reported && block.months > 1, slice(Span::Period))];
    std::iter::once(FINEST).chain(coarser.into_iter().flatten()).chain([0]).collect()
}

/// The numbers of one area and service, sorted into kinds and blocks.
fn towns(pair: &[crate::panel::Cell], used: &[Contribution], blocks: &[Period], part: bool) -> BTreeMap<Key, Town> {
    let mut atoms: BTreeMap<(Key, usize), Atom> = BTreeMap::new();
    for found in used {
        let cell = &pair[found.cell];
        let Some(&block) = blocks.iter().find(|block| block.contains(found.span)) else { continue };
        let key = (Kind::of(cell.measure), cell.service, block);
        let atom = atoms.entry((key, found.cell)).or_insert_with(|| Atom::new(cell.measure, cell.period, cell.value));
        let Contribution { kpi, span, numerator, denominator, .. } = *found;
        atom.uses.push(Use { kpi, span, numerator, denominator });
    }
    let mut out: BTreeMap<Key, Town> = BTreeMap::new();
    for ((key, _), atom) in atoms {
        out.entry(key).or_insert_with(|| Town::new(pair[0].area, part)).atoms.push(atom);
    }
    out
}

/// Reads the count of all cases like a share: the online cases of all.
fn total_with_online(used: &mut [Contribution]) {
    let (total, online) = (kpi::number(TOTAL), kpi::number(ONLINE));
    let steps: BTreeMap<(usize, Period), i64> =
        used.iter().filter(|u| u.kpi == online).map(|u| ((u.cell, u.span), u.numerator)).collect();
    for found in used.iter_mut().filter(|u| u.kpi == total) {
        found.denominator = found.numerator;
        found.numerator = steps.get(&(found.cell, found.span)).copied().unwrap_or(0);
    }
}

/// What of a key figure counts cases: minutes, days and stars are sums over cases, not cases.
fn note_quantities(quantities: &mut BTreeMap<Kind, BTreeMap<u16, Vec<Quantity>>>, kind: Kind, found: &Contribution) {
    let unit = CATALOGUE[usize::from(found.kpi)].unit;
    let total = CATALOGUE[usize::from(found.kpi)].id == TOTAL;
    let known = quantities.entry(kind).or_default().entry(found.kpi).or_default();
    let mut add = |quantity: Quantity, there: bool| {
        if there && !known.contains(&quantity) {
            known.push(quantity);
        }
    };
    let cases = matches!(unit, Unit::Share | Unit::PerThousand | Unit::Count | Unit::PerCase);
    add(Quantity::Amount, matches!(unit, Unit::Minutes | Unit::Days) && found.numerator != 0);
    add(Quantity::Numerator, cases && !total && found.numerator != 0);
    add(Quantity::Denominator, found.denominator != 0);
    let rest = found.denominator != found.numerator && found.denominator != 0;
    // Of the share of double entry use knows the cases only.
    let whole = kind != Kind::Use || !is_work(found.kpi);
    add(Quantity::Rest, (total || unit == Unit::Share) && rest && whole);
}

/// The rows of areas and of groups, as they would be published.
fn add_rows(collected: &mut BTreeMap<Key, Collected>, sheets: &Sheets, units: &Units, mask: &Mask) {
    type RowKey = (Key, u32, u16, Span, Period);
    let groups_of = units.groups_of_areas();
    let mut sums: BTreeMap<RowKey, (f64, f64, u32)> = BTreeMap::new();
    for row in sheets.rows() {
        let Some(&block) = mask.blocks.iter().find(|block| block.contains(row.period)) else { continue };
        let groups_too = mask.released(row.kpi, true, row.service);
        for &kind in mask.kinds.get(&row.kpi).into_iter().flatten() {
            let key = (kind, row.service, block);
            let groups = groups_of.get(row.area as usize).into_iter().flatten().copied().filter(|_| groups_too);
            // An area's own working times are protected by its level of use, see `shown`.
            let own = (kind != Kind::Use || !is_work(row.kpi)).then_some(row.area);
            for unit in own.into_iter().chain(groups) {
                let sum = sums.entry((key, unit, row.kpi, row.span, row.period)).or_default();
                sum.0 += row.sums.numerator;
                sum.1 += row.sums.denominator;
                sum.2 += 1;
            }
        }
    }
    let (total, online) = (kpi::number(TOTAL), kpi::number(ONLINE));
    for (&(key, unit, kpi, span, period), &(numerator, denominator, areas)) in &sums {
        let (numerator, denominator) = if kpi == total {
            (sums.get(&(key, unit, online, span, period)).map_or(0.0, |sum| sum.0), numerator)
        } else {
            (numerator, denominator)
        };
        let row = Row { kpi, span, period, numerator, denominator, areas };
        collected.entry(key).or_default().rows.entry(unit).or_default().push(row);
    }
}
