//! What becomes of the records: findings, quarantine, balances.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::finding::{Code, Finding, Place, Suggestion};
use super::quoting::quotable;

/// Findings kept in full per source and code; beyond it only the counters grow.
pub const KEPT_PER_CODE: u64 = 10_000;
/// Quarantined records kept per source unless it declares another number; beyond it only the counters grow.
pub const KEPT_QUARANTINE: usize = 100_000;

/// Why a record is not used.
#[derive(Debug)]
pub struct Reject {
    /// What is wrong.
    pub code: Code,
    /// The field at fault.
    pub field: usize,
    /// What was probably meant.
    pub suggestion: Option<Suggestion>,
    /// The column at fault and what of its text may be quoted, where it belongs to no field.
    pub cell: Option<(String, String)>,
}

impl Reject {
    /// A rejection because of `field`.
    #[must_use]
    pub fn new(code: Code, field: usize) -> Self {
        Self { code, field, suggestion: None, cell: None }
    }

    /// With a suggestion.
    #[must_use]
    pub fn suggest(mut self, suggestion: Suggestion) -> Self {
        self.suggestion = Some(suggestion);
        self
    }
}

/// What became of an entry that was not rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// It is used.
    Used,
    /// It is used instead of an earlier one, which no longer counts as accepted: the field with the key, and where
    /// the earlier one stood.
    Replacing(usize, Suggestion),
}

/// A record that is not used, as delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// The source.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The first rule that failed.
    pub code: Code,
    /// The mapped fields and their original values, masked; free text is left out, and so is
    /// everything where the cells have moved.
    pub values: Vec<(String, String)>,
}

/// How the records of a source were used: `read = accepted + quarantined + replaced`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    /// Files read.
    pub files: u64,
    /// Entries read: records, or numbers of a wide table.
    pub read: u64,
    /// Entries in use.
    pub accepted: u64,
    /// Entries that failed a rule.
    pub quarantined: u64,
    /// Of these, the ones that count towards the error budget.
    pub errors: u64,
    /// Entries that a later one replaced.
    pub replaced: u64,
}

impl Balance {
    /// The share of the entries read that have errors, which the error budget limits: 0 to 1.
    #[must_use]
    pub fn error_share(&self) -> f64 {
        self.errors as f64 / self.read.max(1) as f64
    }

    /// Adds what became of further entries.
    pub fn add(&mut self, more: Self) {
        self.files += more.files;
        self.read += more.read;
        self.accepted += more.accepted;
        self.quarantined += more.quarantined;
        self.errors += more.errors;
        self.replaced += more.replaced;
    }

    /// Whether the sums balance.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.read == self.accepted + self.quarantined + self.replaced
    }
}

/// All findings of a run and the balance of each source.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The findings, at most 10,000 per source and code.
    pub kept: Vec<Finding>,
    /// How often each code was found per source.
    pub counts: BTreeMap<(String, Code), u64>,
    /// Quarantined records, at most as many per source as it declares.
    pub quarantine: Vec<Quarantined>,
    /// Per source in the order of reading.
    pub balances: Vec<(String, Balance)>,
}

impl Findings {
    /// Adds a finding. Whoever noticed it: what it quotes is masked first.
    pub fn add(&mut self, mut finding: Finding) {
        finding.value = quotable(&finding.value);
        finding.column = quotable(&finding.column);
        if let Some(Suggestion::UsedInstead(used)) = &mut finding.suggestion {
            *used = quotable(used);
        }
        let count = self.counts.entry((finding.source.clone(), finding.code)).or_insert(0);
        *count += 1;
        if *count <= KEPT_PER_CODE {
            self.kept.push(finding);
        }
    }
}

impl Findings {
    /// Adds what was found in one file of a source that keeps at most `limit` quarantined records and has
    /// `quarantined` before: as if each had been added by itself.
    pub fn append(&mut self, part: Self, quarantined: usize, limit: usize) {
        let mut room: BTreeMap<Code, u64> = BTreeMap::new();
        for ((source, code), count) in part.counts {
            let known = self.counts.entry((source, code)).or_insert(0);
            room.insert(code, KEPT_PER_CODE.saturating_sub(*known));
            *known += count;
        }
        for finding in part.kept {
            if let Some(left) = room.get_mut(&finding.code).filter(|left| **left > 0) {
                *left -= 1;
                self.kept.push(finding);
            }
        }
        self.quarantine.extend(part.quarantine.into_iter().take(limit.saturating_sub(quarantined)));
    }

    /// Keeps a quarantined record, unless its source has had `limit` of them before.
    pub fn keep_quarantined(&mut self, record: Quarantined, before: u64, limit: usize) {
        if before < limit as u64 {
            let values = record.values.into_iter().map(|(field, value)| (field, quotable(&value)));
            self.quarantine.push(Quarantined { values: values.collect(), ..record });
        }
    }

    /// Adds a finding about a record that has no fields to keep, and puts the record into quarantine
    /// behind the `before` ones of its source.
    pub fn add_rejected(&mut self, finding: Finding, before: usize, limit: usize) {
        if before < limit {
            self.quarantine.push(Quarantined {
                source: finding.source.clone(),
                place: finding.place.clone(),
                code: finding.code,
                values: Vec::new(),
            });
        }
        self.add(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Limits are per source: which findings are kept must not depend on how many files tell them.
    #[test]
    fn findings_file_by_file_are_kept_like_all_at_once() {
        let add = |to: &mut Findings, from: u64, until: u64| {
            for record in from..until {
                let code = if record % 4 == 0 { Code::UnknownArea } else { Code::BadNumber };
                let place = Place { file: "a.csv".into(), record, ..Place::default() };
                let (source, value) = ("s".to_owned(), format!("wert {record}"));
                let finding = Finding { code, source, place, column: "n".into(), value, suggestion: None };
                to.add_rejected(finding, (record - 1) as usize, 9_000);
            }
        };
        let mut all = Findings::default();
        add(&mut all, 1, 15_000);
        let mut parts = Findings::default();
        for (from, until) in [(1, 8_001), (8_001, 14_001), (14_001, 15_000)] {
            let mut part = Findings::default();
            for record in from..until {
                let mut one = Findings::default();
                add(&mut one, record, record + 1);
                part.append(Findings { quarantine: Vec::new(), ..one.clone() }, 0, 0);
            }
            part.quarantine =
                all.quarantine.iter().filter(|q| (from..until).contains(&q.place.record)).cloned().collect();
            // A part does not know how many records were in quarantine before.
            part.quarantine.extend((part.quarantine.len()..(until - from) as usize).map(|_| all.quarantine[0].clone()));
            parts.append(part, (from - 1) as usize, 9_000);
        }
        assert_eq!(all.counts[&("s".to_owned(), Code::BadNumber)], 11_250);
        assert_eq!(parts.kept.len(), 10_000 + 3_749);
        assert_eq!((&parts.kept, &parts.counts, &parts.quarantine), (&all.kept, &all.counts, &all.quarantine));
    }
}
