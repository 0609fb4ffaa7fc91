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

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use crate::domain::Period;
use crate::ingest::Measure;
use crate::kpi::{CATALOGUE, Span};

/// Areas and cases that a row of a group must rest on where its numbers are counts: any.
pub(super) const ANY: (u32, f64) = (0, 0.0);

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
    /// What is counted and `uses` as numbers: those in rows of groups exactly; all without months but
    /// with the quarter, and without months and quarter.
    pub(super) alike: [u32; 3],
    /// All `uses` exactly, as a number.
    pub(super) form: u32,
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
    /// Of a group: the areas with a number.
    pub(super) areas: u32,
}

/// What a row tells that counts cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Quantity {
    Numerator,
    Denominator,
    /// Denominator minus numerator: the cases that are not in the numerator.
    Rest,
    /// A numerator that adds up minutes or days: no count that could be too small, but a number of
    /// the area that nobody may compute where it is hidden.
    Amount,
}

impl Quantity {
    pub(super) fn of(self, row: &Row) -> f64 {
        match self {
            Self::Numerator | Self::Amount => row.numerator,
            Self::Denominator => row.denominator,
            Self::Rest => row.denominator - row.numerator,
        }
    }

    pub(super) fn step(self, found: &Use) -> i64 {
        match self {
            Self::Numerator | Self::Amount => found.numerator,
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
    /// By [`Atom::alike`] for groups, in its order, the first such number.
    pub(super) first: Vec<(u32, usize)>,
}

/// Towns that stand in the same groups.
#[derive(Debug, Default)]
pub(super) struct Class<'a> {
    pub(super) groups: &'a [u32],
    pub(super) towns: Vec<usize>,
    /// By [`Atom::alike`] for groups, the first such number of every town that has one.
    pub(super) holders: Mixed<u32, Vec<Holder>>,
}

/// A town with a number that is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) town: usize,
    /// Position and value of the number.
    pub(super) at: usize,
    pub(super) value: i64,
}

/// A map of keys that nobody chooses.
pub(super) type Mixed<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// What a move adds to the sums of a unit.
type Net = Rc<[(Span, Use)]>;

/// Numbers of classes.
type Classes = Rc<[usize]>;

/// See the module's description.
pub(super) struct System<'a> {
    pub(super) towns: Vec<Town>,
    /// For every area the groups that it belongs to.
    pub(super) groups_of: &'a [Vec<u32>],
    pub(super) rows: BTreeMap<u32, Vec<Row>>,
    /// All rows by their key.
    pub(super) known: Mixed<RowKey, Row>,
    /// By group the towns in it, as positions.
    pub(super) members: BTreeMap<u32, Vec<usize>>,
    /// By key figure, which quantities count cases of this kind.
    pub(super) quantities: Vec<&'a [Quantity]>,
    pub(super) block: Period,
    /// Whether there are rows for the whole block.
    pub(super) reported: bool,
    /// Counts from 1 to below this are hidden.
    pub(super) minimum: u64,
    /// Areas and cases that a row of a group must at least rest on.
    pub(super) carried: (u32, f64),
    /// The levels in use, finest first.
    pub(super) grid: Vec<Level>,
    /// By area.
    pub(super) level: Vec<Level>,
    /// Rows of groups that are hidden.
    pub(super) hidden: HashSet<RowKey, BuildHasherDefault<Mix>>,
    /// Quantities of hidden rows that an exchange is known for.
    pub(super) settled: HashSet<(RowKey, Quantity), BuildHasherDefault<Mix>>,
    pub(super) classes: Vec<Class<'a>>,
    pub(super) class_of: Vec<usize>,
    /// What moves of a case between two numbers of these forms add to the sums of a unit.
    pub(super) nets: RefCell<Mixed<(u32, Option<u32>), Net>>,
    /// By class and unit, the classes that [`Self::nearest_classes`] found.
    pub(super) nearest: RefCell<Mixed<(usize, u32), Classes>>,
}

/// What is hidden: the level of every area, and single rows of groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Hidden {
    pub(super) level: Vec<Level>,
    pub(super) rows: BTreeSet<RowKey>,
}

/// A row of a group: group, key figure, length, period.
pub(super) type RowKey = (u32, u16, Span, Period);

/// Mixes the few small numbers of a key, many times faster than the hasher of the standard library,
/// which withstands chosen keys: nobody chooses these.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mix(u64);

impl Mix {
    fn add(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.add(byte.into()));
    }

    fn write_u8(&mut self, number: u8) {
        self.add(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.add(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.add(number.into());
    }

    fn write_i32(&mut self, number: i32) {
        self.add(u64::from(number.cast_unsigned()));
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_i64(&mut self, number: i64) {
        self.add(number.cast_unsigned());
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_usize(number.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

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
        carried: (u32, f64),
    ) -> Self {
        let of_groups: HashSet<u16> = rows
            .iter()
            .filter(|(unit, _)| **unit as usize >= groups_of.len())
            .flat_map(|(_, rows)| rows.iter().map(|row| row.kpi))
            .collect();
        number_uses(&mut towns, block, &of_groups);
        let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut numbers: HashMap<&[u32], usize> = HashMap::new();
        let mut classes: Vec<Class<'_>> = Vec::new();
        let mut class_of = Vec::new();
        for (at, town) in towns.iter().enumerate() {
            let groups = groups_of.get(town.area as usize).map_or(&[][..], Vec::as_slice);
            for &group in groups {
                members.entry(group).or_default().push(at);
            }
            let number = *numbers.entry(groups).or_insert_with(|| {
                classes.push(Class { groups, ..Class::default() });
                classes.len() - 1
            });
            let class = &mut classes[number];
            class.towns.push(at);
            for &(alike, first) in &town.first {
                let holder = Holder { town: at, at: first, value: town.atoms[first].value };
                class.holders.entry(alike).or_default().push(holder);
            }
            class_of.push(number);
        }
        let keys = rows.iter().flat_map(|(&unit, rows)| rows.iter().map(move |r| (r.key(unit), *r)));
        let reported = rows.values().flatten().any(|row| row.span == Span::Period);
        Self {
            known: keys.collect(),
            level: vec![FINEST; groups_of.len()],
            hidden: HashSet::default(),
            settled: HashSet::default(),
            towns,
            groups_of,
            rows,
            members,
            quantities: (0u16..).zip(CATALOGUE).map(|(kpi, _)| quantities.get(&kpi).map_or(&[][..], |q| q)).collect(),
            block,
            reported,
            minimum,
            carried,
            grid,
            classes,
            class_of,
            nets: RefCell::default(),
            nearest: RefCell::default(),
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
                let small: Vec<RowKey> =
                    rows.iter().filter(|r| self.is_small(r) || self.is_weak(r)).map(|r| r.key(unit)).collect();
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
                    if let Some(row) = self.known.get(&key).copied() {
                        self.cover(key.0, &row, &mut open);
                    }
                }
            }
        }
        Hidden { level: self.level, rows: self.hidden.into_iter().collect() }
    }

    pub(super) fn is_group(&self, unit: u32) -> bool {
        unit as usize >= self.groups_of.len()
    }

    pub(super) fn is_small(&self, row: &Row) -> bool {
        self.quantities_of(row).iter().any(|&q| self.too_small(row, q))
    }

    /// Whether too few areas or cases carry a row of a group.
    pub(super) fn is_weak(&self, row: &Row) -> bool {
        row.areas < self.carried.0 || row.denominator < self.carried.1
    }

    pub(super) fn too_small(&self, row: &Row, quantity: Quantity) -> bool {
        quantity != Quantity::Amount && self.small(quantity.of(row))
    }

    pub(super) fn small(&self, count: f64) -> bool {
        count > 0.0 && count < self.minimum as f64
    }

    pub(super) fn quantities_of(&self, row: &Row) -> &'a [Quantity] {
        self.quantities.get(usize::from(row.kpi)).copied().unwrap_or_default()
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
            if self.settled.contains(&(row.key(unit), quantity)) || self.shows(unit, row) {
                continue;
            }
            if let Some((changes, possible)) = self.exchangeable(unit, row, quantity) {
                self.settle(&changes, possible);
                continue;
            }
            let plan = self.cheapest(unit, row, quantity, true).or_else(|| self.cheapest(unit, row, quantity, false));
            let Some(plan) = plan else { continue };
            for &area in &plan.areas {
                self.level[area as usize] = plan.quiet;
                open.insert(Target::Area(area));
            }
            for (key, _) in &plan.changes {
                if self.hidden.insert(*key) {
                    open.insert(Target::Group(*key));
                }
            }
            self.settle(&plan.changes, plan.possible);
        }
    }

    /// Notes the quantities of hidden rows that an exchange changes which will never show: levels
    /// only get coarser, and what is hidden stays hidden.
    fn settle(&mut self, changes: &[(RowKey, Use)], possible: bool) {
        for (key, change) in changes {
            let Some(row) = self.known.get(key) else { continue };
            for &quantity in self.quantities_of(row) {
                if quantity.step(change) != 0 && (possible || !self.too_small(row, quantity)) {
                    self.settled.insert((*key, quantity));
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

    pub(super) fn town_of(&self, unit: u32) -> Option<usize> {
        self.towns.binary_search_by_key(&unit, |town| town.area).ok()
    }

    pub(super) fn groups(&self, town: usize) -> &'a [u32] {
        self.classes[self.class_of[town]].groups
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

/// Gives equal uses equal numbers, so that they are compared and found fast.
fn number_uses(towns: &mut [Town], block: Period, of_groups: &HashSet<u16>) {
    type Form = Vec<(u16, i64, i64, i32, u16)>;
    let mut numbers: [HashMap<(Measure, Form), u32>; 3] = Default::default();
    let mut forms_known: HashMap<Vec<Use>, u32> = HashMap::new();
    fn number<K: Eq + std::hash::Hash>(known: &mut HashMap<K, u32>, key: K) -> u32 {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(key).or_insert(next)
    }
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
            for ((slot, known), form) in atom.alike.iter_mut().zip(&mut numbers).zip(forms) {
                *slot = number(known, (atom.measure, form));
            }
            atom.uses.sort_unstable_by_key(|u| (u.kpi, u.span, u.numerator, u.denominator));
            atom.form = number(&mut forms_known, atom.uses.clone());
        }
        town.first = town.atoms.iter().enumerate().map(|(at, atom)| (atom.alike[0], at)).collect();
        town.first.sort_unstable();
        town.first.dedup_by_key(|(alike, _)| *alike);
    }
}

impl Atom {
    pub(super) fn new(measure: Measure, period: Period, value: i64) -> Self {
        Self { measure, period, value, uses: Vec::new(), alike: [0; 3], form: 0 }
    }
}

impl Town {
    pub(super) fn new(area: u32, part: bool) -> Self {
        Self { area, part, atoms: Vec::new(), first: Vec::new() }
    }

    /// The first number that enters the sums of groups like `wanted`.
    pub(super) fn like(&self, wanted: &Atom) -> Option<&Atom> {
        let found = self.first.binary_search_by_key(&wanted.alike[0], |(alike, _)| *alike).ok()?;
        self.atoms.get(self.first[found].1)
    }
}
