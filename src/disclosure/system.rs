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
    pub(super) alike: [u32; 3],
    /// Whether it enters a row of a group.
    pub(super) grouped: bool,
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
    pub(super) fn of(self, row: &Row) -> f64 {
        match self {
            Self::Numerator => row.numerator,
            Self::Denominator => row.denominator,
            Self::Rest => row.denominator - row.numerator,
        }
    }

    pub(super) fn step(self, found: &Use) -> i64 {
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
    pub(super) towns: Vec<Town>,
    /// For every area the groups that it belongs to.
    pub(super) groups_of: &'a [Vec<u32>],
    pub(super) rows: BTreeMap<u32, Vec<Row>>,
    /// All rows by their key.
    pub(super) known: HashMap<RowKey, Row>,
    /// By group the towns in it, as positions.
    pub(super) members: BTreeMap<u32, Vec<usize>>,
    /// Which quantities of a key figure count cases of this kind.
    pub(super) quantities: &'a BTreeMap<u16, Vec<Quantity>>,
    pub(super) block: Period,
    /// Whether there are rows for the whole block.
    pub(super) reported: bool,
    /// Counts from 1 to below this are hidden.
    pub(super) minimum: u64,
    /// The levels in use, finest first.
    pub(super) grid: Vec<Level>,
    /// By area.
    pub(super) level: Vec<Level>,
    /// Rows of groups that are hidden.
    pub(super) hidden: BTreeSet<RowKey>,
    /// Quantities of hidden rows of groups that an exchange is known for.
    pub(super) settled: HashSet<(RowKey, Quantity)>,
    /// Towns that stand in the same groups.
    pub(super) classes: Vec<(&'a [u32], Vec<usize>)>,
    pub(super) class_of: Vec<usize>,
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
        let keys = rows.iter().flat_map(|(&unit, rows)| rows.iter().map(move |r| (r.key(unit), *r)));
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
                let parts = self.members.get(&unit).is_some_and(|m| m.iter().any(|&town| self.towns[town].part));
                if parts {
                    // A group's service minus its parts would tell the rest of it.
                    self.hidden.extend(rows.iter().map(|r| r.key(unit)));
                    continue;
                }
                let small: Vec<RowKey> = rows.iter().filter(|r| self.is_small(r)).map(|r| r.key(unit)).collect();
                self.hidden.extend(small);
                continue;
            }
            let carries = |level: &&Level| rows.iter().all(|row| slice(row.span) > **level || !self.is_small(row));
            let part = self.town_of(unit).is_some_and(|town| self.towns[town].part);
            let level = self.grid.iter().find(carries).copied().filter(|_| !part && !self.differs_little(rows));
            let level = level.unwrap_or(0);
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

    pub(super) fn is_group(&self, unit: u32) -> bool {
        unit as usize >= self.groups_of.len()
    }

    pub(super) fn is_small(&self, row: &Row) -> bool {
        self.quantities_of(row).iter().any(|q| self.small(q.of(row)))
    }

    pub(super) fn small(&self, count: f64) -> bool {
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
            let plan = self.cheapest(unit, row, quantity, true).or_else(|| self.cheapest(unit, row, quantity, false));
            let Some(plan) = plan else { continue };
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

    /// Whether key figures without months are made of almost the same cases: their difference tells
    /// the few that are in one of them only.
    fn differs_little(&self, rows: &[Row]) -> bool {
        let yearly = || rows.iter().filter(|row| !CATALOGUE[usize::from(row.kpi)].monthly);
        let cases = |row: &Row| self.quantities_of(row).contains(&Quantity::Denominator).then_some(row.denominator);
        yearly().any(|one| {
            yearly()
                .filter(|other| (other.span, other.period) == (one.span, one.period))
                .any(|other| cases(one).zip(cases(other)).is_some_and(|(one, other)| self.small(one - other)))
        })
    }

    fn small_quantities(&self, key: RowKey) -> Vec<Quantity> {
        self.known.get(&key).map_or_else(Vec::new, |row| {
            self.quantities_of(row).iter().copied().filter(|q| self.small(q.of(row))).collect()
        })
    }

    pub(super) fn town_of(&self, unit: u32) -> Option<usize> {
        self.towns.binary_search_by_key(&unit, |town| town.area).ok()
    }

    pub(super) fn groups(&self, town: usize) -> &'a [u32] {
        self.classes[self.class_of[town]].0
    }

    pub(super) fn level_of(&self, town: usize) -> Level {
        self.level[self.towns[town].area as usize]
    }

    /// The levels that an exchange which shows in `row` can leave unchanged.
    pub(super) fn quiet_levels(&self, row: &Row) -> impl Iterator<Item = Level> {
        let below = slice(row.span);
        self.grid.iter().copied().filter(move |&level| level < below)
    }
}

impl Row {
    pub(super) fn key(&self, unit: u32) -> RowKey {
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
