//! Exchanges: other numbers that would have given the same release.

use std::collections::BTreeMap;

use super::system::{Atom, Level, Quantity, Row, RowKey, System, Use};
use crate::domain::Period;
use crate::kpi::Span;

/// One case more for `town` in `first` and one fewer for `partner`, and back in `second`.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'b> {
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
pub(super) struct Plan {
    cost: u64,
    pub(super) areas: Vec<u32>,
    pub(super) quiet: Level,
    pub(super) changes: Vec<(RowKey, Use)>,
    pub(super) possible: bool,
}

impl System<'_> {
    /// Whether some exchange within the groups of the area changes `quantity` of its `row`, and
    /// nothing that is shown.
    pub(super) fn exchangeable(&self, unit: u32, row: &Row, quantity: Quantity) -> bool {
        let Some(town) = self.town_of(unit) else { return true };
        let must_be_possible = self.small(quantity.of(row));
        let fits = |exchange: Exchange<'_>| !must_be_possible || self.possible(&exchange);
        self.quiet_levels(row).filter(|&quiet| self.level_of(town) <= quiet).any(|quiet| {
            self.moves(town, row, quantity, quiet).any(|(first, second)| {
                let unseen =
                    |exchange: &Exchange<'_>| self.changes(exchange).iter().all(|(key, _)| self.hidden.contains(key));
                if self.exchange(town, None, first, second, quiet).filter(unseen).is_some_and(fits) {
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
        keys.map(move |(span, period)| (group, kpi, span, period)).filter(|key| self.known.contains_key(key))
    }

    /// Whether the exchange, in one direction or the other, gives numbers for which the same rows would
    /// be hidden for their own sake: whoever knows the rules must not tell the two apart. No number
    /// becomes zero or stops being zero, because what has no case at all is missing from other rows too.
    fn possible(&self, exchange: &Exchange<'_>) -> bool {
        let answer = exchange.answer.zip(exchange.partner);
        let steps = [
            Some((exchange.town, exchange.first, 1)),
            exchange.second.map(|atom| (exchange.town, atom, -1)),
            answer.map(|((first, _), partner)| (partner, first, -1)),
            answer.and_then(|((_, second), partner)| second.map(|atom| (partner, atom, 1))),
        ];
        let steps: Vec<(usize, &Atom, i64)> = steps.into_iter().flatten().collect();
        let mut changes: BTreeMap<RowKey, Use> = self.changes(exchange).into_iter().collect();
        for (town, atom, step) in &steps {
            for used in &atom.uses {
                for key in self.rows_with(self.towns[*town].area, used) {
                    let slot = changes.entry(key).or_insert(Use { numerator: 0, denominator: 0, ..*used });
                    slot.numerator += step * used.numerator;
                    slot.denominator += step * used.denominator;
                }
            }
        }
        [1, -1].into_iter().any(|sign| {
            let stays = |(_, atom, step): &(usize, &Atom, i64)| atom.value > 0 && atom.value + sign * step > 0;
            let alike = |(key, change): (&RowKey, &Use)| {
                self.known.get(key).is_none_or(|row| {
                    let numerator = row.numerator + (sign * change.numerator) as f64;
                    let denominator = row.denominator + (sign * change.denominator) as f64;
                    self.is_small(row) == self.is_small(&Row { numerator, denominator, ..*row })
                })
            };
            steps.iter().all(stays) && changes.iter().all(alike)
        })
    }

    /// What has to be hidden so that the exchange does not show, and what that costs.
    fn plan(&self, exchange: &Exchange<'_>) -> Plan {
        let towns = [Some(exchange.town), exchange.partner].into_iter().flatten();
        let coarsened: Vec<usize> = towns.filter(|&town| self.level_of(town) > exchange.quiet).collect();
        let changes = self.changes(exchange);
        // Not the number of cases: what is hidden must not depend on more of the numbers than it has to.
        let area = |town: &usize| 1_000 * u64::from(self.level_of(*town) - exchange.quiet);
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
            possible: self.possible(exchange),
        }
    }

    /// The exchange that hides `quantity` of `row` at the least loss. `None` only if nothing that
    /// was delivered enters the number.
    pub(super) fn cheapest(&self, unit: u32, row: &Row, quantity: Quantity, strict: bool) -> Option<Plan> {
        let mut best: Option<Plan> = None;
        if let Some(town) = self.town_of(unit).filter(|_| !self.is_group(unit)) {
            self.near(town, row, quantity, &mut |exchange| {
                keep(&mut best, self.works(&exchange, unit, row, quantity, strict))
            });
        }
        if best.is_some() {
            return best;
        }
        let moves =
            |town: &&usize| self.quiet_levels(row).any(|q| self.moves(**town, row, quantity, q).next().is_some());
        let own = self.town_of(unit);
        let inside = self.members.get(&unit).map_or(own.as_slice(), Vec::as_slice);
        for &town in inside.iter().filter(moves).take(WIDE) {
            self.wide(town, row, quantity, &mut |exchange| {
                keep(&mut best, self.works(&exchange, unit, row, quantity, strict))
            });
        }
        best
    }

    /// The plan of an exchange if it changes `quantity` of `row`, and is possible where it must be.
    fn works(&self, exchange: &Exchange<'_>, unit: u32, row: &Row, quantity: Quantity, strict: bool) -> Option<Plan> {
        if strict && self.small(quantity.of(row)) && !self.possible(exchange) {
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
