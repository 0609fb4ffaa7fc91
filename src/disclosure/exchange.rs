//! Exchanges: other numbers that would have given the same release.

use std::rc::Rc;

use super::system::{Atom, Class, Holder, Level, Quantity, Row, RowKey, System, Use, slice};
use crate::domain::Period;
use crate::kpi::Span;

/// One case more for `town` in `first` and one fewer for the partner, and back in `second`.
#[derive(Clone, Copy)]
pub(super) struct Exchange<'b> {
    pub(super) town: usize,
    pub(super) first: &'b Atom,
    pub(super) second: Option<&'b Atom>,
    pub(super) partner: Option<Partner<'b>>,
    /// The areas' own rows of this level and coarser ones do not change.
    pub(super) quiet: Level,
}

/// The other town with its numbers that enter the same sums.
#[derive(Clone, Copy)]
pub(super) struct Partner<'b> {
    pub(super) town: usize,
    first: &'b Atom,
    second: Option<&'b Atom>,
}

/// What changes in which rows.
pub(super) type Changes = Vec<(RowKey, Use)>;

impl<'b> Exchange<'b> {
    /// The signs with which the exchange makes no number zero and lets none stop being zero, because
    /// what has no case at all is missing from other rows too.
    fn signs(&self) -> impl Iterator<Item = i64> {
        let partner = self.partner;
        let steps = [
            Some((self.first, 1)),
            self.second.map(|atom| (atom, -1)),
            partner.map(|p| (p.first, -1)),
            partner.and_then(|p| p.second).map(|atom| (atom, 1)),
        ];
        let stays =
            move |sign: i64| steps.iter().flatten().all(|(atom, step)| atom.value > 0 && atom.value + sign * step > 0);
        [1, -1].into_iter().filter(move |&sign| stays(sign))
    }

    /// Whether the exchange may be a possible one as far as the numbers themselves go.
    pub(super) fn may_be_possible(&self) -> bool {
        self.signs().next().is_some()
    }

    /// The towns with what they move and in which direction.
    fn sides(&self) -> impl Iterator<Item = (usize, &'b Atom, Option<&'b Atom>, i64)> {
        let own = (self.town, self.first, self.second, 1);
        [Some(own), self.partner.map(|p| (p.town, p.first, p.second, -1))].into_iter().flatten()
    }
}

impl System<'_> {
    /// An exchange within the groups of the area that changes `quantity` of its `row`, and nothing
    /// that is shown: the rows of the area that it changes, and whether it is known to be possible.
    pub(super) fn exchangeable(&self, unit: u32, row: &Row, quantity: Quantity) -> Option<(Changes, bool)> {
        if self.is_group(unit) {
            return None;
        }
        let Some(town) = self.town_of(unit) else { return Some((Changes::new(), false)) };
        let strict = self.too_small(row, quantity);
        let class = &self.classes[self.class_of[town]];
        for quiet in self.quiet_levels(row).filter(|&quiet| self.level_of(town) <= quiet) {
            for alone in self.moves(town, row, quantity, quiet) {
                if strict && !alone.may_be_possible() {
                    continue;
                }
                let fits = |exchange: &Exchange<'_>| !strict || self.possible(exchange);
                let unseen = |exchange: &Exchange<'_>| {
                    let changes = self.changes_of_groups(exchange);
                    changes.iter().all(|(key, _)| self.hidden.contains(key))
                };
                let coarse = |town: usize| self.level_of(town) <= quiet;
                let found = Some(alone)
                    .filter(|alone| fits(alone) && unseen(alone))
                    .or_else(|| self.with_partners(alone, class, strict, coarse).find(fits));
                if let Some(exchange) = found {
                    return Some((self.changes_of_town(&exchange), strict || self.possible(&exchange)));
                }
            }
        }
        None
    }

    /// The moves of a case within `town` that change `quantity` of `row`: where it appears, and from
    /// which month it is taken if sums of level `quiet` and below must stay.
    pub(super) fn moves(
        &self,
        town: usize,
        row: &Row,
        quantity: Quantity,
        quiet: Level,
    ) -> impl Iterator<Item = Exchange<'_>> {
        let row = *row;
        let counts = move |u: &Use| u.kpi == row.kpi && row.period.contains(u.span) && quantity.step(u) != 0;
        let atoms = &self.towns[town].atoms;
        atoms.iter().filter(move |a| a.uses.iter().any(counts)).flat_map(move |first| {
            let none = (quiet == 0).then_some(None);
            let others =
                atoms.iter().filter(move |second| quiet > 0 && self.takes_back(first, second, row.span, quiet));
            let seconds = none.into_iter().chain(others.map(Some));
            seconds.map(move |second| Exchange { town, first, second, partner: None, quiet })
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

    /// The exchange of `alone` with every town of the class that is admitted and has numbers that enter
    /// the same sums; if `strict`, only where it may be possible as far as the first of them goes.
    pub(super) fn with_partners<'b>(
        &'b self,
        alone: Exchange<'b>,
        class: &'b Class<'_>,
        strict: bool,
        admitted: impl Fn(usize) -> bool,
    ) -> impl Iterator<Item = Exchange<'b>> {
        let holders = class.holders.get(&alone.first.alike[0]).map_or(&[][..], Vec::as_slice);
        // Where the town has a case more, its partner has one fewer, and one is left.
        let least = alone.signs().map(|sign| 1 + sign.max(0)).min().filter(|_| strict).unwrap_or(i64::MIN);
        let admitted = move |h: &&Holder| h.value >= least && h.town != alone.town && admitted(h.town);
        holders.iter().filter(admitted).filter_map(move |&Holder { town, at, .. }| {
            let numbers = &self.towns[town];
            let first = numbers.atoms.get(at)?;
            let second = match alone.second {
                None => None,
                Some(second) => Some(numbers.like(second)?),
            };
            let form = if alone.quiet == 2 { 1 } else { 2 };
            let back = second.is_none_or(|second| first.alike[form] == second.alike[form]);
            back.then_some(Exchange { partner: Some(Partner { town, first, second }), ..alone })
        })
    }

    /// What one case more in `first` and one fewer in `second` adds to the rows of a unit.
    pub(super) fn net(&self, first: &Atom, second: Option<&Atom>) -> Rc<[(Span, Use)]> {
        let key = (first.form, second.map(|atom| atom.form));
        if let Some(known) = self.nets.borrow().get(&key) {
            return known.clone();
        }
        let mut out: Vec<(Span, Use)> = Vec::new();
        for (atom, sign) in [(Some(first), 1), (second, -1)] {
            for used in atom.into_iter().flat_map(|atom| &atom.uses) {
                for (span, period) in self.rows_with(used) {
                    let same = |(s, u): &&mut (Span, Use)| (*s, u.span, u.kpi) == (span, period, used.kpi);
                    let (numerator, denominator) = (sign * used.numerator, sign * used.denominator);
                    if let Some((_, sum)) = out.iter_mut().find(same) {
                        sum.numerator += numerator;
                        sum.denominator += denominator;
                    } else {
                        out.push((span, Use { kpi: used.kpi, span: period, numerator, denominator }));
                    }
                }
            }
        }
        out.retain(|(_, change)| change.numerator != 0 || change.denominator != 0);
        let net: Rc<[(Span, Use)]> = out.into();
        self.nets.borrow_mut().insert(key, net.clone());
        net
    }

    /// The rows of a unit that contain a number so used.
    fn rows_with(&self, used: &Use) -> impl Iterator<Item = (Span, Period)> {
        let quarter = Period::span(self.block.start.plus(3 * self.quarter(used.span)), 3);
        let month = (used.span.months == 1).then_some((Span::Month, used.span));
        let quarter = quarter.contains(used.span).then_some((Span::Quarter, quarter));
        let whole = self.reported.then_some((Span::Period, self.block));
        [month, quarter, whole].into_iter().flatten()
    }

    /// Calls `each` with every row of `unit` that the move changes; false as soon as it says so.
    fn all_rows(&self, unit: u32, net: &[(Span, Use)], mut each: impl FnMut(RowKey, &Row, &Use) -> bool) -> bool {
        net.iter().all(|(span, change)| {
            let key = (unit, change.kpi, *span, change.span);
            self.known.get(&key).is_none_or(|row| each(key, row, change))
        })
    }

    /// Calls `each` with the groups of only one of the towns and what the exchange adds to their rows.
    fn all_groups(&self, exchange: &Exchange<'_>, mut each: impl FnMut(u32, &[(Span, Use)], i64) -> bool) -> bool {
        exchange.sides().all(|(town, first, second, sign)| {
            let partner = exchange.partner.map(|p| if town == p.town { exchange.town } else { p.town });
            if partner.is_some_and(|partner| self.class_of[partner] == self.class_of[town]) {
                return true;
            }
            let others = partner.map_or(&[][..], |partner| self.groups(partner));
            let net = self.net(first, second);
            self.groups(town).iter().filter(|group| !others.contains(group)).all(|&group| each(group, &net, sign))
        })
    }

    /// The rows of groups that the exchange changes, and by how much.
    pub(super) fn changes_of_groups(&self, exchange: &Exchange<'_>) -> Changes {
        let mut out = Changes::new();
        self.all_groups(exchange, |group, net, sign| {
            self.all_rows(group, net, |key, _, change| {
                out.push((key, change.times(sign)));
                true
            })
        });
        out
    }

    /// The rows of the town finer than `quiet` that the exchange changes.
    fn changes_of_town(&self, exchange: &Exchange<'_>) -> Changes {
        let mut out = Changes::new();
        let net = self.net(exchange.first, exchange.second);
        self.all_rows(self.towns[exchange.town].area, &net, |key, row, change| {
            if slice(row.span) > exchange.quiet {
                out.push((key, *change));
            }
            true
        });
        out
    }

    /// Whether the exchange, in one direction or the other, gives numbers for which the same rows would
    /// be hidden for their own sake: whoever knows the rules must not tell the two apart.
    pub(super) fn possible(&self, exchange: &Exchange<'_>) -> bool {
        exchange.signs().any(|sign| {
            let alike = |key: RowKey, row: &Row, change: &Use, sign: i64| {
                let numerator = row.numerator + (sign * change.numerator) as f64;
                let denominator = row.denominator + (sign * change.denominator) as f64;
                let other = Row { numerator, denominator, ..*row };
                self.is_small(row) == self.is_small(&other)
                    && (!self.is_group(key.0) || self.is_weak(row) == self.is_weak(&other))
            };
            exchange.sides().all(|(town, first, second, side)| {
                let net = self.net(first, second);
                self.all_rows(self.towns[town].area, &net, |key, row, change| alike(key, row, change, side * sign))
            }) && self.all_groups(exchange, |group, net, side| {
                self.all_rows(group, net, |key, row, change| alike(key, row, change, side * sign))
            })
        })
    }
}

impl Use {
    fn times(&self, sign: i64) -> Self {
        Self { numerator: sign * self.numerator, denominator: sign * self.denominator, ..*self }
    }
}
