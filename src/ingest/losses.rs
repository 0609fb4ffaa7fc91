//! What rejected records leave unknown.
//!
//! A record that cannot be used was delivered all the same, so that what it counts is not zero, even
//! where its source leaves zeros out. What can be read of its key decides:
//!
//! * area, service, period and measure: this number is not provided, unless another record has it. A
//!   lost day or week leaves its whole month unknown, as an empty one does;
//! * area, service and period: the source makes no zero of any measure in these months;
//! * area and service, perhaps the measure: the source makes no zero of them in any month;
//! * else it cannot be attributed and changes nothing: the finding and the error budget tell of it.
//!
//! Where each record is one case or vote, a lost one makes the numbers of its month too small. They
//! stay as long as the lost part of the month is within the error budget of the source, which says
//! how much loss is acceptable; beyond it they are not provided.

use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;

use super::context::{Context, Reject};
use super::finding::Code;
use super::ledger::{Span, Spans};
use super::mapping::Entry;
use super::records::{Fact, Lost, Measure};
use super::spec::SourceSpec;
use crate::domain::Period;

/// What has been read of the key of a record when a rule rejects it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PartOfKey {
    pub(super) period: Option<Period>,
    pub(super) area: Option<u32>,
    pub(super) service: Option<u32>,
    pub(super) measure: Option<Measure>,
}

impl Lost {
    /// What is still unknown beside the other numbers of its `series`, whose spans are `spans`; `known` says
    /// whether another record has the number of its key. `None` if nothing is.
    #[must_use]
    pub fn beside<S: Hash + Eq + Copy>(
        self,
        spans: &Spans<S>,
        series: impl Fn(Measure) -> S,
        known: impl Fn(Period, Measure) -> bool,
    ) -> Option<Self> {
        let (Some(period), Some(measure)) = (self.period, self.measure) else { return Some(self) };
        if known(period, measure) {
            return None;
        }
        // Beside a number of the whole month, or of a longer span, another one says nothing new.
        match spans.covering(series(measure), period.start).filter(|_| period.months == 1) {
            None => Some(self),
            Some(Span::Days | Span::Weeks) if period.day > 0 => Some(Self { partial: true, ..self }),
            Some(_) => None,
        }
    }
}

/// Rejected records of a kind by what can be read of their keys.
#[derive(Debug, Default)]
pub(super) struct Losses {
    records: BTreeMap<Lost, u64>,
    budgets: BTreeMap<u16, f64>,
}

impl Losses {
    /// Notes a rejected record; `fields` are those of area and service, which the rules look at after
    /// the period.
    pub(super) fn note(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry<'_>,
        key: PartOfKey,
        fields: [usize; 2],
        reject: &Reject,
    ) {
        // Of the first two the number is known, the third counts something else.
        if matches!(reject.code, Code::Duplicate | Code::DuplicateIgnored | Code::NotAdditive) {
            return;
        }
        let found = match key.period {
            Some(_) => (key.area, key.service),
            None => (context.area(entry, fields[0]).ok(), context.service(entry, fields[1]).ok()),
        };
        let (Some(area), Some(service)) = found else { return };
        let (source, PartOfKey { period, measure, .. }) = (context.source, key);
        let lost = Lost { source, area, service, period, measure, partial: false };
        *self.records.entry(lost).or_default() += 1;
        self.budgets.insert(source, context.spec.error_budget);
    }

    /// Adds those of another file.
    pub(super) fn append(&mut self, other: Self) {
        for (lost, records) in other.records {
            *self.records.entry(lost).or_default() += records;
        }
        self.budgets.extend(other.budgets);
    }

    /// What was lost of one source, and how many records of each.
    pub(super) fn of_source(records: BTreeMap<Lost, u64>, spec: &SourceSpec) -> Self {
        let budgets = records.keys().map(|lost| (lost.source, spec.error_budget)).collect();
        Self { records, budgets }
    }

    /// Each with its number of records.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Lost, u64)> {
        self.records.iter().map(|(lost, records)| (lost, *records))
    }

    /// The areas and services of records that were lost.
    pub(super) fn pairs(&self) -> HashSet<(u32, u32)> {
        self.records.keys().map(|lost| (lost.area, lost.service)).collect()
    }

    /// The records, each once.
    pub(super) fn records(self) -> impl Iterator<Item = Lost> {
        self.records.into_keys()
    }

    /// What is unknown where every record is a number of its own: `known` says whether another record
    /// has the number of that key, `series` what covers a month only once.
    pub(super) fn of_numbers<S: Hash + Eq + Copy>(
        self,
        spans: &Spans<S>,
        series: impl Fn(&Lost, Measure) -> S,
        known: impl Fn(&Lost, Period, Measure) -> bool,
    ) -> Vec<Lost> {
        let unknown = |lost: Lost| lost.beside(spans, |measure| series(&lost, measure), |p, m| known(&lost, p, m));
        self.records.into_keys().filter_map(unknown).collect()
    }

    /// What is unknown where every record is a case or vote; `kept` are those in use.
    pub(super) fn of_cases(self, kept: impl Iterator<Item = Fact>) -> Vec<Lost> {
        let mut months: BTreeMap<Lost, (u64, u64)> = BTreeMap::new();
        for (lost, records) in self.records {
            let period = lost.period.map(|period| Period { day: 0, ..period });
            months.entry(Lost { period, measure: None, ..lost }).or_default().0 += records;
        }
        for Fact { source, area, service, period, .. } in kept.filter(|fact| self.budgets.contains_key(&fact.source)) {
            let period = Some(Period { day: 0, ..period });
            if let Some(found) = months.get_mut(&Lost { source, area, service, period, measure: None, partial: false })
            {
                found.1 += 1;
            }
        }
        let beyond = |(lost, (records, kept)): (Lost, (u64, u64))| {
            let accepted = self.budgets.get(&lost.source).copied().unwrap_or_default() * (records + kept) as f64;
            Lost { partial: lost.period.is_some() && records as f64 > accepted, ..lost }
        };
        months.into_iter().map(beyond).collect()
    }
}
