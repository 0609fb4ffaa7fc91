use std::collections::HashMap;
use std::hash::Hash;

use chrono::{Datelike, NaiveDate, Weekday};

use super::context::{Accepted, Context, Reject};
use super::finding::{Code, Suggestion};
use super::mapping::Entry;
use super::spec::OnDuplicate;
use crate::domain::{Month, Period};

/// Which record a key was first used by, and what its source wants done with a second one.
pub(super) struct Ledger<K> {
    seen: HashMap<K, Earlier>,
    files: Vec<String>,
}

struct Earlier {
    at: usize,
    file: usize,
    record: u64,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self { seen: HashMap::new(), files: Vec::new() }
    }
}

impl<K: Hash + Eq> Ledger<K> {
    /// Where the item of `key` stands.
    pub(super) fn position(&self, key: &K) -> Option<usize> {
        self.seen.get(key).map(|earlier| earlier.at)
    }

    /// Where the earlier item of `key` stands and what to answer if it is to be replaced; `None` if the key is new.
    pub(super) fn earlier(
        &self,
        key: &K,
        context: &Context<'_>,
        field: usize,
    ) -> Result<Option<(usize, Accepted)>, Reject> {
        let Some(earlier) = self.seen.get(key) else { return Ok(None) };
        let code = match context.spec.on_duplicate {
            OnDuplicate::Replace => return Ok(self.replacing(key, field)),
            OnDuplicate::First => Code::DuplicateIgnored,
            OnDuplicate::Reject => Code::Duplicate,
        };
        Err(Reject::new(code, field).suggest(self.place(earlier)))
    }

    /// [`Self::earlier`] where a second record always replaces the first, whatever the source says.
    pub(super) fn replacing(&self, key: &K, field: usize) -> Option<(usize, Accepted)> {
        let earlier = self.seen.get(key)?;
        Some((earlier.at, Accepted::Replacing(field, self.place(earlier))))
    }

    fn place(&self, earlier: &Earlier) -> Suggestion {
        Suggestion::EarlierRecord(self.files[earlier.file].clone(), earlier.record)
    }

    /// Notes that `key` is used by the item at `at`.
    pub(super) fn enter(&mut self, key: K, at: usize, context: &Context<'_>, entry: &Entry<'_>) {
        if self.files.last() != Some(&context.file) {
            self.files.push(context.file.clone());
        }
        self.seen.insert(key, Earlier { at, file: self.files.len() - 1, record: entry.record });
    }

    /// Stores `item` in `items`, in the place of an earlier one with the same key if so declared.
    pub(super) fn store<T>(
        &mut self,
        items: &mut Vec<T>,
        key: K,
        item: T,
        context: &Context<'_>,
        entry: &Entry<'_>,
        field: usize,
    ) -> Result<Accepted, Reject> {
        if let Some((at, replacing)) = self.earlier(&key, context, field)? {
            items[at] = item;
            return Ok(replacing);
        }
        self.enter(key, items.len(), context, entry);
        items.push(item);
        Ok(Accepted::Used)
    }
}

/// The id of a record and its source: two systems may number alike. A text that stands for a missing
/// value is no id, else all records without one would be the same.
pub(super) fn own_id(context: &Context<'_>, entry: &Entry<'_>, field: usize) -> Option<(u16, String)> {
    let id = entry.text(field);
    context.states.state(id).is_none().then(|| (context.source, id.to_owned()))
}

/// What covers a month or week of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Numbers of its days.
    Days,
    /// Numbers of its weeks.
    Weeks,
    /// A number of so many months from the first.
    Months(Month, u16),
}

/// The spans of the numbers of each series: none may be counted twice.
///
/// Two numbers may not share a month unless they have the very same period (then the rule for
/// duplicates decides) or are days and weeks of it; a day may not lie in a delivered week. A week lies
/// wholly in the month of its Thursday, as everywhere.
pub struct Spans<S> {
    /// By month, and by the Thursday of a week of which days or the whole were delivered.
    covered: HashMap<(S, Period), Span>,
}

impl<S> Default for Spans<S> {
    fn default() -> Self {
        Self { covered: HashMap::new() }
    }
}

impl<S: Hash + Eq + Copy> Spans<S> {
    /// What covers `month`.
    pub fn covering(&self, series: S, month: Month) -> Option<Span> {
        self.covered.get(&(series, Period::month(month))).copied()
    }

    /// Notes that `series` has a number of `period`, which is a week where `weekly` says so.
    ///
    /// # Errors
    /// [`Code::PeriodOverlap`] of `field`.
    pub(super) fn cover(&mut self, series: S, period: Period, weekly: bool, field: usize) -> Result<(), Reject> {
        if self.add(series, period, weekly) { Ok(()) } else { Err(Reject::new(Code::PeriodOverlap, field)) }
    }

    /// As [`Self::cover`]: `false`, and nothing noted, where a number would be counted twice.
    pub fn add(&mut self, series: S, period: Period, weekly: bool) -> bool {
        let by_day = period.day > 0;
        let whole = if by_day { Span::Days } else { Span::Months(period.start, period.months) };
        let months = (0..i32::from(period.months)).map(|step| (Period::month(period.start.plus(step)), whole));
        let of_week = if weekly { Span::Weeks } else { Span::Days };
        let slots = || months.clone().chain(thursday(period).map(|thursday| (thursday, of_week)));
        if slots().any(|(slot, span)| self.covered.get(&(series, slot)).is_some_and(|&known| known != span)) {
            return false;
        }
        self.covered.extend(slots().map(|(slot, span)| ((series, slot), span)));
        true
    }
}

/// The Thursday of the week of a day.
fn thursday(period: Period) -> Option<Period> {
    let day = NaiveDate::from_ymd_opt(period.start.year(), period.start.number(), u32::from(period.day))?;
    let week = day.iso_week();
    NaiveDate::from_isoywd_opt(week.year(), week.week(), Weekday::Thu).map(Period::of_day)
}

/// Whether a period of days was written as a week: `2025-W05`, `KW 5`. No date has this letter.
pub(super) fn is_week(period: Period, text: &str) -> bool {
    period.day > 0 && text.contains(['w', 'W'])
}
