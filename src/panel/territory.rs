//! Mergers, splits and new keys: numbers delivered for an older territory count for the units of the
//! territorial date in use.
//!
//! A number of a period that begins before a change is moved, and on from there through every later
//! change. Changes of one day are simultaneous. A count that several units share is divided by largest
//! remainder; of equal remainders the first target in key order gets the unit more. So the parts of a
//! number always add up to it.
//!
//! A unit that a change creates may have its own numbers for the time before. They contain those of its
//! parts, which are then left out. A unit that was there before keeps itself: a change from = to.

mod gaps;
mod records;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

pub use self::records::rebase_records;
use crate::domain::{CellState, Period};
use crate::ingest::{Fact, Measure, TerritoryChange};

/// Area, service, period and measure.
pub type CellKey = (u32, u32, Period, Measure);

/// Parts of one in which a share is counted.
const WHOLE: f64 = 1e9;

/// What becomes of every unit that changes.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// By unit, in the order of their dates.
    steps: HashMap<u32, Vec<Step>>,
    /// When a unit came into being.
    created: HashMap<u32, Vec<NaiveDate>>,
    /// Units with a number below are in the register.
    known: u32,
}

#[derive(Debug, Clone)]
struct Step {
    date: NaiveDate,
    targets: Vec<Target>,
}

#[derive(Debug, Clone, Copy)]
struct Target {
    area: u32,
    weight: u64,
    /// Whether the change creates it.
    new: bool,
}

/// Why a number is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The unit no longer existed.
    Former,
    /// This unit has delivered it as a part of its own number.
    Contained(u32),
}

/// A number that is left out, or the part of it that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// As delivered.
    pub fact: Fact,
    /// How much of it is left out.
    pub value: i64,
    /// Why.
    pub why: Why,
}

/// Numbers on the territory in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebased {
    /// The numbers; several may be parts of one cell.
    pub facts: Vec<Fact>,
    /// The cells with a number that was moved.
    pub cells: HashSet<CellKey>,
    /// What does not count.
    pub left_out: Vec<LeftOut>,
}

impl Plan {
    /// From checked changes, whose order decides between equal remainders; units from the number `known`
    /// on are not in the register.
    #[must_use]
    pub fn new(changes: &[TerritoryChange], known: u32) -> Self {
        let keeping: HashSet<(u32, NaiveDate)> =
            changes.iter().filter(|c| c.from == c.to).map(|c| (c.from, c.date)).collect();
        let mut plan = Self { known, ..Self::default() };
        for change in changes {
            let new = !keeping.contains(&(change.to, change.date));
            let weight = ((change.share * WHOLE).round() as u64).max(1);
            let target = Target { area: change.to, weight, new };
            let steps = plan.steps.entry(change.from).or_default();
            match steps.iter_mut().find(|step| step.date == change.date) {
                Some(step) => step.targets.push(target),
                None => steps.push(Step { date: change.date, targets: vec![target] }),
            }
            if new {
                plan.created.entry(change.to).or_default().push(change.date);
            }
        }
        plan.steps.values_mut().for_each(|steps| steps.sort_by_key(|step| step.date));
        plan
    }

    /// The next change of `area` behind `day` and, for a unit that an earlier one has led to, behind that.
    fn next(&self, area: u32, day: NaiveDate, behind: Option<NaiveDate>) -> Option<&Step> {
        self.steps.get(&area)?.iter().find(|step| step.date > day && behind.is_none_or(|behind| step.date > behind))
    }

    /// Whether `area` had ended by `day`.
    fn had_ended(&self, area: u32, day: NaiveDate) -> bool {
        let last = self.steps.get(&area).and_then(|steps| steps.iter().rfind(|step| step.date <= day));
        last.is_some_and(|step| {
            let keeps = step.targets.iter().any(|target| target.area == area);
            let again = self.created.get(&area).into_iter().flatten().any(|&date| step.date <= date && date <= day);
            !keeps && !again
        })
    }

    /// Whether `area` came into being after `day`.
    fn not_yet(&self, area: u32, day: NaiveDate) -> bool {
        let created = self.created.get(&area).and_then(|dates| dates.iter().min());
        created.is_some_and(|&date| date > day)
            && self.steps.get(&area).is_none_or(|steps| Some(&steps[0].date) > created)
    }

    /// The units in which `area` on `day` has its successors, and their shares; itself if nothing changes.
    #[must_use]
    pub fn successors(&self, area: u32, day: NaiveDate) -> Vec<(u32, f64)> {
        let mut out: Vec<(u32, f64)> = Vec::new();
        let mut open = vec![(area, None, 1.0)];
        while let Some((area, behind, share)) = open.pop() {
            let Some(step) = self.next(area, day, behind) else {
                match out.iter_mut().find(|(known, _)| *known == area) {
                    Some((_, sum)) => *sum += share,
                    None => out.push((area, share)),
                }
                continue;
            };
            let sum: u64 = step.targets.iter().map(|target| target.weight).sum();
            let part = |t: &Target| (t.area, Some(step.date), share * t.weight as f64 / sum as f64);
            open.extend(step.targets.iter().map(part));
        }
        out.retain(|&(area, _)| area < self.known);
        out.sort_by_key(|&(area, _)| area);
        out
    }
}

/// The day on which the period begins.
fn first_day(period: Period) -> NaiveDate {
    let day = i64::from(period.day.saturating_sub(1));
    period.start.first_day() + chrono::TimeDelta::days(day)
}

fn cell(area: u32, fact: &Fact) -> CellKey {
    (area, fact.service, Period::span(fact.period.start, fact.period.months), fact.measure)
}

/// Whether a number is said, even if hidden.
fn says(fact: &Fact) -> bool {
    matches!(fact.state, CellState::Observed | CellState::SuppressedAtSource)
}

/// Moves `facts` to the territory that `plan` leads to. Without a change they stay as they are.
#[must_use]
pub fn rebase(facts: Vec<Fact>, plan: &Plan) -> Rebased {
    if plan.steps.is_empty() {
        return Rebased { facts, ..Rebased::default() };
    }
    let early = |fact: &Fact| plan.not_yet(fact.area, first_day(fact.period));
    let contained = facts.iter().filter(|f| says(f) && early(f)).map(|f| cell(f.area, f)).collect();
    let mut walk = Walk { plan, contained, reached: HashSet::new(), out: Rebased::default() };
    walk.out.facts.reserve(facts.len());
    let mut empty = Vec::new();
    for fact in facts {
        if !says(&fact) && early(&fact) {
            empty.push(fact);
        } else {
            walk.fact(&fact);
        }
    }
    // An empty cell from before a unit existed says nothing where its parts have said something.
    for fact in empty {
        if !walk.reached.contains(&cell(fact.area, &fact)) {
            walk.fact(&fact);
        }
    }
    walk.out
}

struct Walk<'a> {
    plan: &'a Plan,
    /// What units have delivered for the time before they existed.
    contained: HashSet<CellKey>,
    /// Cells of created units that parts have come to.
    reached: HashSet<CellKey>,
    out: Rebased,
}

impl Walk<'_> {
    fn fact(&mut self, fact: &Fact) {
        let plan = self.plan;
        let day = first_day(fact.period);
        if plan.had_ended(fact.area, day) {
            // A wide table goes on with empty cells.
            if says(fact) {
                self.out.left_out.push(LeftOut { fact: *fact, value: fact.value, why: Why::Former });
            }
            return;
        }
        if fact.area < plan.known && plan.next(fact.area, day, None).is_none() {
            self.out.facts.push(*fact);
            return;
        }
        let mut open = vec![(fact.area, None, fact.value, false)];
        while let Some((area, behind, value, moved)) = open.pop() {
            let Some(step) = plan.next(area, day, behind) else {
                if area >= plan.known {
                    self.out.left_out.push(LeftOut { fact: *fact, value, why: Why::Former });
                    continue;
                }
                if moved {
                    self.out.cells.insert(cell(area, fact));
                }
                self.out.facts.push(Fact { area, value, ..*fact });
                continue;
            };
            let whole = step.targets.len() == 1;
            // Pushed in reverse, so that the first target comes first.
            for (target, value) in step.targets.iter().zip(divide(value, &step.targets)).rev() {
                let to = cell(target.area, fact);
                if target.new && self.contained.contains(&to) {
                    if says(fact) {
                        let why = Why::Contained(target.area);
                        self.out.left_out.push(LeftOut { fact: *fact, value, why });
                    }
                    continue;
                }
                if target.new {
                    self.reached.insert(to);
                }
                open.push((target.area, Some(step.date), value, moved || !whole || target.area != area));
            }
        }
    }
}

/// `value` divided by largest remainder; of equal remainders the earlier target gets the unit more.
fn divide(value: i64, targets: &[Target]) -> Vec<i64> {
    let sum: i128 = targets.iter().map(|target| i128::from(target.weight)).sum();
    let quota = |target: &Target| i128::from(value) * i128::from(target.weight);
    let mut parts: Vec<i128> = targets.iter().map(|target| quota(target).div_euclid(sum)).collect();
    let rest = i128::from(value) - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(quota(&targets[at]).rem_euclid(sum)));
    for &at in order.iter().take(usize::try_from(rest).unwrap_or(0)) {
        parts[at] += 1;
    }
    parts.into_iter().map(|part| i64::try_from(part).unwrap_or(0)).collect()
}
