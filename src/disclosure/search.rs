//! The search for the exchange that hides a number at the least loss.
//!
//! Its reach does not depend on the number of towns. For a number of an area all towns of the same
//! groups are tried. Beyond them, and for a row of a group, it tries all towns of the [`CLASSES`]
//! classes that share most groups, for a row of a group on behalf of the first [`WIDE`] towns in it,
//! and examines at most [`EXAMINED`] exchanges for each of them at a level. A case more in the town
//! alone comes first: that always is an exchange, so no limit leaves a hidden number without one. What
//! the limits can cost is an exchange that would have hidden less, and, for a count that is too small,
//! a possible one.

use std::cmp::Reverse;
use std::rc::Rc;

use super::exchange::{Changes, Exchange};
use super::system::{Level, Quantity, Row, RowKey, System, Use};
use crate::kpi::Span;

/// An exchange by its consequences: the areas to coarsen to a level and the rows of groups to hide.
pub(super) struct Plan {
    cost: u64,
    pub(super) areas: Vec<u32>,
    pub(super) quiet: Level,
    pub(super) changes: Changes,
    pub(super) possible: bool,
}

/// What is searched, and what was found so far.
struct Search<'r> {
    row: &'r Row,
    quantity: Quantity,
    /// Whether the exchange must be a possible one.
    strict: bool,
    best: Option<Plan>,
    /// Exchanges that may still be examined.
    left: usize,
}

impl Search<'_> {
    /// Whether an exchange of this cost is of no use.
    fn beaten(&self, cost: u64) -> bool {
        self.best.as_ref().is_some_and(|best| best.cost <= cost)
    }
}

/// What it costs to show a town a level coarser, or to hide a month of a group of a single town.
const LOSS: u64 = 1_000;

/// Towns of a group for which exchanges with others are looked for.
const WIDE: usize = 6;

/// Classes of towns in which a partner is looked for.
const CLASSES: usize = 24;

/// Exchanges with towns of other groups that are examined for a number. What costs more than the best
/// found so far, or would make a count zero, is passed over without being counted.
const EXAMINED: usize = 4_000;

impl System<'_> {
    /// The exchange that hides `quantity` of `row` at the least loss; if `strict`, of a count that is
    /// too small only a possible one. `None` without `strict` only if nothing that was delivered enters
    /// the number: a case more in the town alone is always an exchange.
    pub(super) fn cheapest(&self, unit: u32, row: &Row, quantity: Quantity, strict: bool) -> Option<Plan> {
        let strict = strict && self.too_small(row, quantity);
        let mut search = Search { row, quantity, strict, best: None, left: EXAMINED };
        let own = self.town_of(unit).filter(|_| !self.is_group(unit));
        if let Some(town) = own {
            self.near(town, &mut search);
        }
        if search.best.is_some() {
            return search.best;
        }
        let moves =
            |town: &&usize| self.quiet_levels(row).any(|q| self.moves(**town, row, quantity, q).next().is_some());
        let inside = self.members.get(&unit).map_or(own.as_slice(), Vec::as_slice);
        for &town in inside.iter().filter(moves).take(WIDE) {
            self.wide(town, unit, &mut search);
        }
        search.best
    }

    /// Exchanges with every town in the same groups, until one costs nothing.
    fn near(&self, town: usize, search: &mut Search<'_>) {
        let class = &self.classes[self.class_of[town]];
        for quiet in self.quiet_levels(search.row) {
            let least = self.loss(town, quiet);
            for alone in self.moves(town, search.row, search.quantity, quiet) {
                if search.beaten(least) {
                    break;
                }
                if search.strict && !alone.may_be_possible() {
                    continue;
                }
                for exchange in self.with_partners(alone, class, search.strict, |_| true) {
                    self.examine(&exchange, 0, search);
                }
            }
        }
    }

    /// Exchanges within the town alone and with towns of other classes, until one costs nothing.
    fn wide(&self, town: usize, unit: u32, search: &mut Search<'_>) {
        let classes = self.nearest_classes(self.class_of[town], unit);
        for quiet in self.quiet_levels(search.row) {
            search.left = EXAMINED;
            let least = self.loss(town, quiet);
            for alone in self.moves(town, search.row, search.quantity, quiet) {
                if search.left == 0 || search.beaten(least) {
                    break;
                }
                let net = self.net(alone.first, alone.second);
                let tells = |(span, change): &(Span, Use)| {
                    (change.kpi, *span, change.span) == (search.row.kpi, search.row.span, search.row.period)
                        && search.quantity.step(change) != 0
                };
                if (search.strict && !alone.may_be_possible()) || (self.is_group(unit) && !net.iter().any(tells)) {
                    continue;
                }
                let mut costs: Vec<(u32, u64)> = Vec::new();
                let mut cost = |group: u32| {
                    if let Some((_, cost)) = costs.iter().find(|(known, _)| *known == group) {
                        return *cost;
                    }
                    let cost = self.cost_of_rows(group, &net);
                    costs.push((group, cost));
                    cost
                };
                let own = self.groups(town);
                self.examine(&alone, own.iter().map(|&group| cost(group)).sum(), search);
                for class in classes.iter().map(|&class| &self.classes[class]) {
                    let apart = own.iter().filter(|group| !class.groups.contains(group));
                    let apart = apart.chain(class.groups.iter().filter(|group| !own.contains(group)));
                    let rows = apart.map(|&group| cost(group)).sum::<u64>();
                    if search.beaten(least + rows) {
                        continue;
                    }
                    // Towns that are coarsened already cost nothing more.
                    for fine in [false, true] {
                        let admitted = |town: usize| (self.level_of(town) > quiet) == fine;
                        for exchange in self.with_partners(alone, class, search.strict, admitted) {
                            self.examine(&exchange, rows, search);
                        }
                        if search.beaten(least + rows + LOSS) {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Keeps the exchange if it works and costs less than the best one so far. `rows` is the cost of
    /// the rows of groups that it changes.
    fn examine(&self, exchange: &Exchange<'_>, rows: u64, search: &mut Search<'_>) {
        let towns = || std::iter::once(exchange.town).chain(exchange.partner.map(|p| p.town));
        let cost = rows + towns().map(|town| self.loss(town, exchange.quiet)).sum::<u64>();
        if search.left == 0 || search.beaten(cost) || (search.strict && !exchange.may_be_possible()) {
            return;
        }
        let possible = self.possible(exchange);
        search.left -= usize::from(rows > 0);
        if search.strict && !possible {
            return;
        }
        let coarsened = towns().filter(|&town| self.level_of(town) > exchange.quiet);
        search.best = Some(Plan {
            cost,
            areas: coarsened.map(|town| self.towns[town].area).collect(),
            quiet: exchange.quiet,
            changes: self.changes_of_groups(exchange),
            possible,
        });
    }

    /// What it costs to show a town no finer than a level. Not the number of cases: what is hidden must
    /// not depend on more of the numbers than it has to.
    fn loss(&self, town: usize, level: Level) -> u64 {
        LOSS * u64::from(self.level_of(town).saturating_sub(level))
    }

    /// What it costs to hide the rows of a group that a move changes.
    fn cost_of_rows(&self, group: u32, net: &[(Span, Use)]) -> u64 {
        let towns = self.members.get(&group).map_or(1, Vec::len);
        let keys = net.iter().map(|(span, change)| (group, change.kpi, *span, change.span));
        let fresh = keys.filter(|key| self.known.contains_key(key) && !self.hidden.contains(key));
        let length = |key: RowKey| match key.2 {
            Span::Month => 1,
            Span::Quarter => 2,
            Span::Period => 8,
        };
        fresh.map(length).sum::<u64>() * LOSS * u64::from(1 + towns.max(1).ilog2())
    }

    /// Classes whose towns share most groups with those of `class`, so that an exchange shows in few
    /// rows. It shows in a row of a group only if the partner stands outside.
    fn nearest_classes(&self, class: usize, unit: u32) -> Rc<[usize]> {
        let unit = if self.is_group(unit) { unit } else { u32::MAX };
        if let Some(known) = self.nearest.borrow().get(&(class, unit)) {
            return known.clone();
        }
        let own = self.classes[class].groups;
        let shared = |class: &usize| self.classes[*class].groups.iter().filter(|group| own.contains(group)).count();
        let outside = |class: &usize| !self.classes[*class].groups.contains(&unit);
        let mut classes: Vec<usize> = (0..self.classes.len()).filter(outside).collect();
        classes.sort_by_cached_key(|class| Reverse(shared(class)));
        classes.truncate(CLASSES);
        let found: Rc<[usize]> = classes.into();
        self.nearest.borrow_mut().insert((class, unit), found.clone());
        found
    }
}
