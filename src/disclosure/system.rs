//! The numbers of one kind, one service and one block of months: which may be shown how finely.
//!
//! The unknowns are the delivered numbers (area, month, what is counted). Everything published
//! about them is a sum: by area or by a group of areas, for a month, a quarter or the whole block.
//! An area is coarsened: it has one [`Level`] of detail for all its rows. Of a group single rows are
//! hidden. A number is safe if the delivered numbers could be others without any published sum
//! changing: one case more here, one fewer there. [`System::protect`] looks for such an exchange for
//! every number that is hidden, and where there is none it hides what the cheapest one would change;
//! what it hides additionally is checked in the same way.
//!
//! An exchange moves one case between two areas in one month, and back in another month where sums
//! over months are published. Their numbers must enter the same sums. For numbers that have to be
//! hidden for their own sake (one or two cases) the exchange must also leave no number below zero.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::Period;
use crate::ingest::Measure;
use crate::kpi::{CATALOGUE, Span};

/// How finely a unit is shown: 3 by month, 2 by quarter, 1 for the block, 0 not at all.
pub(super) type Level = u8;

/// The finest level.
pub(super) const FINEST: Level = 3;

/// The level from which rows of this length are shown.
pub(super) fn slice(span: Span) -> Level {
    match span {
        Span::Month => 3,
        Span::Quarter => 2,
        Span::Period => 1,
    }
}

/// A delivered number.
#[derive(Debug, Clone)]
pub(super) struct Atom {
    pub(super) measure: Measure,
    pub(super) period: Period,
    pub(super) value: i64,
    /// How it enters the sums: key figure, months it is read with, step of numerator and denominator.
    pub(super) uses: Vec<Use>,
    /// `uses` as numbers: those in rows of groups exactly; all without months but with the quarter,
    /// and without months and quarter.
    alike: [u32; 3],
    /// Whether it enters a row of a group.
    grouped: bool,
}

/// How a number enters one key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Use {
    pub(super) kpi: u16,
    pub(super) span: Period,
    pub(super) numerator: i64,
    pub(super) denominator: i64,
}

/// A published or hidden row: a key figure of a unit in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) kpi: u16,
    pub(super) span: Span,
    pub(super) period: Period,
    pub(super) numerator: f64,
    pub(super) denominator: f64,
}

/// What a row tells that counts cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quantity {
    Numerator,
    Denominator,
    /// Denominator minus numerator: the cases that are not in the numerator.
    Rest,
}

impl Quantity {
    fn of(self, row: &Row) -> f64 {
        match self {
            Self::Numerator => row.numerator,
            Self::Denominator => row.denominator,
            Self::Rest => row.denominator - row.numerator,
        }
    }

    fn step(self, found: &Use) -> i64 {
        match self {
            Self::Numerator => found.numerator,
            Self::Denominator => found.denominator,
            Self::Rest => found.denominator - found.numerator,
        }
    }
}

/// An area with its numbers.
#[derive(Debug, Clone)]
pub(super) struct Town {
    pub(super) area: u32,
    /// Whether its numbers are part of another service's numbers: both together would tell the rest.
    pub(super) part: bool,
    pub(super) atoms: Vec<Atom>,
}

/// See the module's description.
pub(super) struct System<'a> {
    towns: Vec<Town>,
    /// For every area the groups that it belongs to.
    groups_of: &'a [Vec<u32>],
    rows: BTreeMap<u32, Vec<Row>>,
    known: HashSet<RowKey>,
    /// By group the towns in it, as positions.
    members: BTreeMap<u32, Vec<usize>>,
    /// Which quantities of a key figure count cases of this kind.
    quantities: &'a BTreeMap<u16, Vec<Quantity>>,
    block: Period,
    /// Whether there are rows for the whole block.
    reported: bool,
    /// Counts from 1 to below this are hidden.
    minimum: u64,
    /// The levels in use, finest first.
    grid: Vec<Level>,
    /// By area.
    level: Vec<Level>,
    /// Rows of groups that are hidden.
    hidden: BTreeSet<RowKey>,
    /// Quantities of hidden rows of groups that an exchange is known for.
    settled: HashSet<(RowKey, Quantity)>,
    /// Towns that stand in the same groups.
    classes: Vec<(&'a [u32], Vec<usize>)>,
    class_of: Vec<usize>,
}

/// What is hidden: the level of every area, and single rows of groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Hidden {
    pub(super) level: Vec<Level>,
    pub(super) rows: BTreeSet<RowKey>,
}

/// A row of a group: group, key figure, length, period.
pub(super) type RowKey = (u32, u16, Span, Period);

/// What has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Area(u32),
    Group(RowKey),
}

/// One case more for `town` in `first` and one fewer for `partner`, and back in `second`.
#[derive(Clone, Copy)]
struct Exchange<'b> {
    town: usize,
    partner: Option<usize>,
    first: &'b Atom,
    second: Option<&'b Atom>,
    /// The same two numbers of the partner.
    answer: Option<(&'b Atom, Option<&'b Atom>)>,
    /// The areas' own rows of this level and coarser ones do not change.
    quiet: Level,
}

/// An exchange by its consequences: the areas to coarsen to a level and the rows of groups that change.
struct Plan {
    cost: u64,
    areas: Vec<u32>,
    quiet: Level,
    changes: Vec<(RowKey, Use)>,
    possible: bool,
}

impl<'a> System<'a> {
    pub(super) fn new(
        mut towns: Vec<Town>,
        rows: BTreeMap<u32, Vec<Row>>,
        groups_of: &'a [Vec<u32>],
        quantities: &'a BTreeMap<u16, Vec<Quantity>>,
        (block, grid): (Period, Vec<Level>),
        minimum: u64,
    ) -> Self {
        let of_groups: HashSet<u16> = rows
            .iter()
            .filter(|(unit, _)| **unit as usize >= groups_of.len())
            .flat_map(|(_, rows)| rows.iter().map(|row| row.kpi))
            .collect();
        number_uses(&mut towns, block, &of_groups);
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut numbers: HashMap<&[u32], usize> = HashMap::new();
        let mut classes: Vec<(&[u32], Vec<usize>)> = Vec::new();
        let mut class_of = Vec::new();
        for (at, town) in towns.iter().enumerate() {
            let groups = groups_of.get(town.area as usize).map_or(&[][..], Vec::as_slice);
            for &group in groups {
                members.entry(group).or_default().push(at);
            }
            let class = *numbers.entry(groups).or_insert_with(|| {
                classes.push((groups, Vec::new()));
                classes.len() - 1
            });
            classes[class].1.push(at);
            class_of.push(class);
        }
        let keys = rows.iter().flat_map(|(&unit, rows)| rows.iter().map(move |r| r.key(unit)));
        let reported = rows.values().flatten().any(|row| row.span == Span::Period);
        Self {
            known: keys.collect(),
            level: vec![FINEST; groups_of.len()],
            hidden: BTreeSet::new(),
            settled: HashSet::new(),
            towns,
            groups_of,
            rows,
            members,
            quantities,
            block,
            reported,
            minimum,
            grid,
            classes,
            class_of,
        }
    }

    /// What to hide so that no hidden number can be computed from the shown ones.
    pub(super) fn protect(mut self) -> Hidden {
        let mut open = BTreeSet::new();
        let rows = std::mem::take(&mut self.rows);
        for (&unit, rows) in &rows {
            if self.is_group(unit) {
                let small: Vec<RowKey> = rows.iter().filter(|r| self.is_small(r)).map(|r| r.key(unit)).collect();
                self.hidden.extend(small);
                continue;
            }
            let carries = |level: &&Level| rows.iter().all(|row| slice(row.span) > **level || !self.is_small(row));
            let part = self.town_of(unit).is_some_and(|town| self.towns[town].part);
            let level = self.grid.iter().find(carries).copied().filter(|_| !part).unwrap_or(0);
            self.level[unit as usize] = level;
            if level < FINEST {
                open.insert(Target::Area(unit));
            }
        }
        self.rows = rows;
        open.extend(self.hidden.iter().copied().map(Target::Group));
        while let Some(target) = open.pop_first() {
            match target {
                Target::Area(unit) => {
                    for row in self.rows.get(&unit).cloned().unwrap_or_default() {
                        self.cover(unit, &row, &mut open);
                    }
                }
                Target::Group(key) => {
                    let rows = self.rows.get(&key.0).map_or(&[][..], Vec::as_slice);
                    if let Some(row) = rows.iter().find(|row| row.key(key.0) == key).copied() {
                        self.cover(key.0, &row, &mut open);
                    }
                }
            }
        }
        Hidden { level: self.level, rows: self.hidden }
    }

    fn is_group(&self, unit: u32) -> bool {
        unit as usize >= self.groups_of.len()
    }

    fn is_small(&self, row: &Row) -> bool {
        self.quantities_of(row).iter().any(|q| self.small(q.of(row)))
    }

    fn small(&self, count: f64) -> bool {
        count > 0.0 && count < self.minimum as f64
    }

    fn quantities_of(&self, row: &Row) -> &'a [Quantity] {
        self.quantities.get(&row.kpi).map_or(&[], Vec::as_slice)
    }

    fn shows(&self, unit: u32, row: &Row) -> bool {
        if self.is_group(unit) {
            !self.hidden.contains(&row.key(unit))
        } else {
            slice(row.span) <= self.level[unit as usize]
        }
    }

    /// Makes sure that no quantity of the row can be computed if it is hidden; what is hidden for it
    /// is added to `open`.
    fn cover(&mut self, unit: u32, row: &Row, open: &mut BTreeSet<Target>) {
        for &quantity in self.quantities_of(row) {
            let settled = self.settled.contains(&(row.key(unit), quantity));
            if settled || self.shows(unit, row) || (!self.is_group(unit) && self.exchangeable(unit, row, quantity)) {
                continue;
            }
            let Some(plan) = self.cheapest(unit, row, quantity) else { continue };
            for &area in &plan.areas {
                self.level[area as usize] = plan.quiet;
                open.insert(Target::Area(area));
            }
            for (key, change) in &plan.changes {
                if self.hidden.insert(*key) {
                    open.insert(Target::Group(*key));
                }
                let small = self.small_quantities(*key);
                for &quantity in self.quantities.get(&key.1).into_iter().flatten() {
                    if quantity.step(change) != 0 && (plan.possible || !small.contains(&quantity)) {
                        self.settled.insert((*key, quantity));
                    }
                }
            }
        }
    }

    fn small_quantities(&self, key: RowKey) -> Vec<Quantity> {
        let row = self.rows.get(&key.0).and_then(|rows| rows.iter().find(|row| row.key(key.0) == key));
        row.map_or_else(Vec::new, |row| {
            self.quantities_of(row).iter().copied().filter(|q| self.small(q.of(row))).collect()
        })
    }

    fn town_of(&self, unit: u32) -> Option<usize> {
        self.towns.binary_search_by_key(&unit, |town| town.area).ok()
    }

    fn groups(&self, town: usize) -> &'a [u32] {
        self.classes[self.class_of[town]].0
    }

    fn level_of(&self, town: usize) -> Level {
        self.level[self.towns[town].area as usize]
    }

    /// The levels that an exchange which shows in `row` can leave unchanged.
    fn quiet_levels(&self, row: &Row) -> impl Iterator<Item = Level> {
        let below = slice(row.span);
        self.grid.iter().copied().filter(move |&level| level < below)
    }

    /// Whether some exchange within the groups of the area changes `quantity` of its `row`, and
    /// nothing that is shown.
    fn exchangeable(&self, unit: u32, row: &Row, quantity: Quantity) -> bool {
        let Some(town) = self.town_of(unit) else { return true };
        let must_be_possible = self.small(quantity.of(row));
        let fits = |exchange: Exchange<'_>| !must_be_possible || possible(&exchange);
        self.quiet_levels(row).filter(|&quiet| self.level_of(town) <= quiet).any(|quiet| {
            self.moves(town, row, quantity, quiet).any(|(first, second)| {
                let alone = !first.grouped && second.is_none_or(|second| !second.grouped);
                if alone && self.exchange(town, None, first, second, quiet).is_some_and(fits) {
                    return true;
                }
                let partners = self.classes[self.class_of[town]].1.iter().copied();
                let mut partners = partners.filter(|&p| p != town && self.level_of(p) <= quiet);
                partners.any(|p| self.exchange(town, Some(p), first, second, quiet).is_some_and(fits))
            })
        })
    }

    /// The moves of a case within `town` that change `quantity` of `row`: where it appears, and from
    /// which month it is taken if sums of level `quiet` and below must stay.
    fn moves(
        &self,
        town: usize,
        row: &Row,
        quantity: Quantity,
        quiet: Level,
    ) -> impl Iterator<Item = (&Atom, Option<&Atom>)> {
        let row = *row;
        let counts = move |u: &Use| u.kpi == row.kpi && row.period.contains(u.span) && quantity.step(u) != 0;
        let atoms = &self.towns[town].atoms;
        atoms.iter().filter(move |a| a.uses.iter().any(counts)).flat_map(move |first| {
            let none = (quiet == 0).then_some((first, None));
            let others =
                atoms.iter().filter(move |second| quiet > 0 && self.takes_back(first, second, row.span, quiet));
            none.into_iter().chain(others.map(move |second| (first, Some(second))))
        })
    }

    /// Whether a case can go from one number to the other without changing sums of level `quiet`,
    /// and still changes a row of length `span`.
    fn takes_back(&self, first: &Atom, second: &Atom, span: Span, quiet: Level) -> bool {
        let quarter = |atom: &Atom| self.quarter(atom.period);
        first.measure == second.measure
            && first.period != second.period
            && match quiet {
                2 => quarter(first) == quarter(second) && first.alike[1] == second.alike[1],
                _ => first.alike[2] == second.alike[2] && (span != Span::Quarter || quarter(first) != quarter(second)),
            }
    }

    fn quarter(&self, period: Period) -> i32 {
        period.start.since(self.block.start).div_euclid(3)
    }

    /// The exchange with the partner's numbers that enter the same sums; `None` if it lacks them.
    fn exchange<'b>(
        &'b self,
        town: usize,
        partner: Option<usize>,
        first: &'b Atom,
        second: Option<&'b Atom>,
        quiet: Level,
    ) -> Option<Exchange<'b>> {
        let answer = match partner {
            None => None,
            Some(partner) => {
                let atoms = &self.towns[partner].atoms;
                let like = |wanted: &Atom| {
                    let start = atoms.partition_point(|a| a.measure < wanted.measure);
                    let mut alike = atoms[start..].iter().take_while(|a| a.measure == wanted.measure);
                    alike.find(|a| a.alike[0] == wanted.alike[0])
                };
                let first = like(first)?;
                let second = match second {
                    None => None,
                    Some(second) => Some(like(second)?),
                };
                let form = if quiet == 2 { 1 } else { 2 };
                if second.is_some_and(|second| first.alike[form] != second.alike[form]) {
                    return None;
                }
                Some((first, second))
            }
        };
        Some(Exchange { town, partner, first, second, answer, quiet })
    }

    /// The rows of groups that the exchange changes, and by how much.
    fn changes(&self, exchange: &Exchange<'_>) -> Vec<(RowKey, Use)> {
        let mut out: BTreeMap<RowKey, Use> = BTreeMap::new();
        let own = self.groups(exchange.town);
        let others = exchange.partner.map_or(&[][..], |partner| self.groups(partner));
        let mut add = |group: u32, atom: Option<&Atom>, sign: i64| {
            for used in atom.into_iter().flat_map(|a| &a.uses) {
                for key in self.rows_with(group, used) {
                    let slot = out.entry(key).or_insert(Use { numerator: 0, denominator: 0, ..*used });
                    slot.numerator += sign * used.numerator;
                    slot.denominator += sign * used.denominator;
                }
            }
        };
        for &group in own.iter().filter(|g| !others.contains(g)) {
            add(group, Some(exchange.first), 1);
            add(group, exchange.second, -1);
        }
        for &group in others.iter().filter(|g| !own.contains(g)) {
            add(group, exchange.answer.map(|(first, _)| first), -1);
            add(group, exchange.answer.and_then(|(_, second)| second), 1);
        }
        out.into_iter().filter(|(_, change)| change.numerator != 0 || change.denominator != 0).collect()
    }

    /// The rows of `group` that contain a number so used.
    fn rows_with(&self, group: u32, used: &Use) -> impl Iterator<Item = RowKey> {
        let quarter = Period::span(self.block.start.plus(3 * self.quarter(used.span)), 3);
        let month = (used.span.months == 1).then_some((Span::Month, used.span));
        let quarter = quarter.contains(used.span).then_some((Span::Quarter, quarter));
        let whole = self.reported.then_some((Span::Period, self.block));
        let keys = [month, quarter, whole].into_iter().flatten();
        let kpi = used.kpi;
        keys.map(move |(span, period)| (group, kpi, span, period)).filter(|key| self.known.contains(key))
    }

    /// What has to be hidden so that the exchange does not show, and what that costs.
    fn plan(&self, exchange: &Exchange<'_>) -> Plan {
        let towns = [Some(exchange.town), exchange.partner].into_iter().flatten();
        let coarsened: Vec<usize> = towns.filter(|&town| self.level_of(town) > exchange.quiet).collect();
        let changes = self.changes(exchange);
        let area = |town: &usize| {
            let cases: i64 = self.towns[*town].atoms.iter().map(|a| a.value).sum();
            1_000 * u64::from(self.level_of(*town) - exchange.quiet) + u64::try_from(cases).unwrap_or(0).min(999)
        };
        let row = |key: &RowKey| {
            let towns = self.members.get(&key.0).map_or(1, Vec::len) as u64;
            let length = match key.2 {
                Span::Month => 1,
                Span::Quarter => 2,
                Span::Period => 8,
            };
            1_000 * length * u64::from(1 + towns.ilog2())
        };
        let fresh = changes.iter().filter(|(key, _)| !self.hidden.contains(key));
        Plan {
            cost: coarsened.iter().map(area).sum::<u64>() + fresh.map(|(key, _)| row(key)).sum::<u64>(),
            areas: coarsened.into_iter().map(|town| self.towns[town].area).collect(),
            quiet: exchange.quiet,
            changes,
            possible: possible(exchange),
        }
    }

    /// The exchange that hides `quantity` of `row` at the least loss. `None` only if nothing that
    /// was delivered enters the number.
    fn cheapest(&self, unit: u32, row: &Row, quantity: Quantity) -> Option<Plan> {
        let mut best: Option<Plan> = None;
        if let Some(town) = self.town_of(unit).filter(|_| !self.is_group(unit)) {
            self.near(town, row, quantity, &mut |exchange| keep(&mut best, self.works(&exchange, unit, row, quantity)));
        }
        if best.is_some() {
            return best;
        }
        let moves =
            |town: &&usize| self.quiet_levels(row).any(|q| self.moves(**town, row, quantity, q).next().is_some());
        let own = self.town_of(unit);
        let inside = self.members.get(&unit).map_or(own.as_slice(), Vec::as_slice);
        for &town in inside.iter().filter(moves).take(WIDE) {
            self.wide(town, row, quantity, &mut |exchange| keep(&mut best, self.works(&exchange, unit, row, quantity)));
        }
        best
    }

    /// The plan of an exchange if it changes `quantity` of `row`, and is possible where it must be.
    fn works(&self, exchange: &Exchange<'_>, unit: u32, row: &Row, quantity: Quantity) -> Option<Plan> {
        if self.small(quantity.of(row)) && !possible(exchange) {
            return None;
        }
        let plan = self.plan(exchange);
        let tells = |(key, change): &(RowKey, Use)| *key == row.key(unit) && quantity.step(change) != 0;
        (!self.is_group(unit) || plan.changes.iter().any(tells)).then_some(plan)
    }

    /// Exchanges with every town in the same groups, until one costs nothing.
    fn near(&self, town: usize, row: &Row, quantity: Quantity, weigh: Weigh<'_>) {
        let partners = &self.classes[self.class_of[town]].1;
        for quiet in self.quiet_levels(row) {
            for (first, second) in self.moves(town, row, quantity, quiet) {
                for &partner in partners.iter().filter(|&&p| p != town) {
                    let exchange = self.exchange(town, Some(partner), first, second, quiet);
                    if exchange.and_then(&mut *weigh) == Some(0) {
                        return;
                    }
                }
            }
        }
    }

    /// Exchanges within the town alone and with a town of every class, until one costs nothing.
    fn wide(&self, town: usize, row: &Row, quantity: Quantity, weigh: Weigh<'_>) {
        for quiet in self.quiet_levels(row) {
            for (first, second) in self.moves(town, row, quantity, quiet) {
                let mut with =
                    |partner: Option<usize>| self.exchange(town, partner, first, second, quiet).and_then(&mut *weigh);
                if with(None) == Some(0) {
                    return;
                }
                for (_, partners) in &self.classes {
                    // Towns that are coarsened already cost nothing more.
                    let others = || partners.iter().copied().filter(|&p| p != town);
                    let coarse = others().filter(|&p| self.level_of(p) <= quiet);
                    let fine = others().filter(|&p| self.level_of(p) > quiet);
                    if coarse.chain(fine).find_map(|p| with(Some(p))) == Some(0) {
                        return;
                    }
                }
            }
        }
    }
}

/// Takes an exchange; what it costs, if it works.
type Weigh<'w> = &'w mut dyn FnMut(Exchange<'_>) -> Option<u64>;

/// Towns of a group for which exchanges with others are looked for.
const WIDE: usize = 6;

/// Keeps the cheaper plan; the cost of the one weighed.
fn keep(best: &mut Option<Plan>, plan: Option<Plan>) -> Option<u64> {
    let plan = plan?;
    let cost = plan.cost;
    if best.as_ref().is_none_or(|best| cost < best.cost) {
        *best = Some(plan);
    }
    Some(cost)
}

/// Whether the exchange, in one direction or the other, leaves no number below zero.
fn possible(exchange: &Exchange<'_>) -> bool {
    let gives = |atom: Option<&Atom>| atom.is_none_or(|a| a.value > 0);
    let forth = gives(exchange.second) && exchange.answer.is_none_or(|(first, _)| first.value > 0);
    let back = exchange.first.value > 0 && exchange.answer.is_none_or(|(_, second)| gives(second));
    forth || back
}

impl Row {
    fn key(&self, unit: u32) -> RowKey {
        (unit, self.kpi, self.span, self.period)
    }
}

/// Gives equal uses equal numbers, so that they are compared fast.
fn number_uses(towns: &mut [Town], block: Period, of_groups: &HashSet<u16>) {
    type Form = Vec<(u16, i64, i64, i32, u16)>;
    let mut numbers: [HashMap<Form, u32>; 3] = Default::default();
    for town in towns {
        town.atoms.sort_by_key(|a| (a.measure, a.period));
        for atom in &mut town.atoms {
            // Without rows by month it does not matter in which one a case is counted.
            let monthly = |u: &Use| CATALOGUE[usize::from(u.kpi)].monthly;
            let months = |u: &Use| if monthly(u) { (u.span.start.since(block.start), u.span.months) } else { (0, 0) };
            let quarter = |u: &Use| {
                if !monthly(u) {
                    return 0;
                }
                let (start, end) = (u.span.start.since(block.start), u.span.end().since(block.start));
                if start.div_euclid(3) == end.div_euclid(3) { start.div_euclid(3) } else { -1 }
            };
            let form = |all: bool, place: &dyn Fn(&Use) -> (i32, u16)| -> Form {
                let uses = atom.uses.iter().filter(|u| all || of_groups.contains(&u.kpi));
                let mut form: Form =
                    uses.map(|u| (u.kpi, u.numerator, u.denominator, place(u).0, place(u).1)).collect();
                form.sort_unstable();
                form
            };
            let forms = [form(false, &months), form(true, &|u| (quarter(u), 0)), form(true, &|_| (0, 0))];
            atom.grouped = !forms[0].is_empty();
            for ((slot, known), form) in atom.alike.iter_mut().zip(&mut numbers).zip(forms) {
                let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
                *slot = *known.entry(form).or_insert(next);
            }
        }
    }
}

impl Atom {
    pub(super) fn new(measure: Measure, period: Period, value: i64) -> Self {
        Self { measure, period, value, uses: Vec::new(), alike: [0; 3], grouped: false }
    }
}
