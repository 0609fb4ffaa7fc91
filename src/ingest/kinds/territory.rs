use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use super::Kind;
use crate::ingest::context::{Accepted, Context, Findings, Quarantined, Reject};
use crate::ingest::finding::{Code, Finding, Place, Severity, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::{Register, TerritoryChange};

const FROM: usize = 0;
const TO: usize = 1;
const DATE: usize = 2;
const SHARE: usize = 3;
const FIELDS: &[FieldSpec] = &[required("from"), required("to"), required("date"), optional("share")];

/// How far the shares of one unit may be from 1 together.
const TOLERANCE: f64 = 1e-6;

/// Mergers, splits and new keys.
#[derive(Default)]
pub(in crate::ingest) struct TerritoryKind {
    rows: Vec<Row>,
    ledger: Ledger<(String, String, NaiveDate)>,
}

/// A row that is right by itself.
struct Row {
    /// Rejected records that its source keeps.
    limit: usize,
    from: String,
    to: String,
    date: NaiveDate,
    share: f64,
    source: String,
    place: Place,
    /// Column and text of each field.
    cells: Vec<(String, String)>,
}

/// The rows of one unit and day.
type Group<'a> = (NaiveDate, &'a str, Vec<usize>);

impl Kind for TerritoryKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let from = context.former_key(entry, FROM)?;
        let to = context.former_key(entry, TO)?;
        let date = context.date(entry, DATE)?.ok_or_else(|| Reject::new(Code::MissingKey, DATE))?;
        let share = context.decimal(entry, SHARE)?.unwrap_or(1.0);
        if !(share > 0.0 && share <= 1.0) {
            let allowed = Suggestion::Allowed("0 < share <= 1".into());
            return Err(Reject::new(Code::BadNumber, SHARE).suggest(allowed));
        }
        let last = context.spec.territorial_date.or_else(|| context.register.territorial_day());
        if last.is_some_and(|last| date > last) {
            return Err(Reject::new(Code::TerritoryLater, DATE));
        }
        let cells = FIELDS.iter().zip(0..);
        let cells = cells.map(|(field, at)| (entry.column(at, field.name).to_owned(), entry.text(at).to_owned()));
        let (source, place) = (context.spec.name.clone(), context.place(entry));
        let key = (from.clone(), to.clone(), date);
        let limit = context.spec.quarantine_limit;
        let row = Row { limit, from, to, date, share, source, place, cells: cells.collect() };
        self.ledger.store(&mut self.rows, key, row, context, entry, FROM)
    }
}

impl TerritoryKind {
    /// The changes of all units whose rows hold together, with the keys that only they know added to the
    /// `register`; the rows of the others go into quarantine.
    pub(in crate::ingest) fn finish(self, register: &mut Register, findings: &mut Findings) -> Vec<TerritoryChange> {
        let (good, bad) = self.check(register);
        for (at, code, field) in bad {
            self.rows[at].set_aside(code, field, findings);
        }
        let mut rows: Vec<&Row> = good.into_iter().map(|at| &self.rows[at]).collect();
        rows.sort_by_key(|row| (row.date, &row.from, &row.to));
        let keys: BTreeSet<&str> = rows.iter().flat_map(|row| [row.from.as_str(), row.to.as_str()]).collect();
        register.add_former(keys);
        let change = |row: &Row| {
            let (from, to) = (register.find_ever(&row.from)?, register.find_ever(&row.to)?);
            Some(TerritoryChange { from, to, date: row.date, share: row.share })
        };
        rows.into_iter().filter_map(change).collect()
    }

    /// The rows to use, and those not to, with the reason.
    fn check(&self, register: &Register) -> (Vec<usize>, Vec<(usize, Code, usize)>) {
        let mut by_unit: BTreeMap<(NaiveDate, &str), Vec<usize>> = BTreeMap::new();
        let mut by_target: HashMap<&str, Vec<usize>> = HashMap::new();
        for (row, at) in self.rows.iter().zip(0..) {
            by_unit.entry((row.date, row.from.as_str())).or_default().push(at);
            by_target.entry(row.to.as_str()).or_default().push(at);
        }
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        // From the last day back: what a change leads to has been decided by then.
        let (mut leads_on, mut circling): (HashSet<&str>, HashSet<&str>) = Default::default();
        let groups: Vec<Group<'_>> = by_unit.into_iter().map(|((date, from), rows)| (date, from, rows)).collect();
        for of_day in groups.chunk_by(|a, b| a.0 == b.0).rev() {
            let (mut lead, mut circle) = (Vec::new(), Vec::new());
            for (_, from, rows) in of_day {
                let sum: f64 = rows.iter().map(|&at| self.rows[at].share).sum();
                let lost = rows.iter().find(|&&at| {
                    let to = self.rows[at].to.as_str();
                    register.find(to).is_none() && !leads_on.contains(to)
                });
                let code = if (sum - 1.0).abs() > TOLERANCE {
                    Some((Code::TerritoryShares, SHARE))
                } else {
                    lost.map(|&at| {
                        let circles = circling.contains(self.rows[at].to.as_str()) || self.returns(at, &by_target);
                        (if circles { Code::TerritoryCycle } else { Code::TerritoryTarget }, TO)
                    })
                };
                match code {
                    Some((code, field)) => {
                        bad.extend(rows.iter().map(|&at| (at, code, field)));
                        circle.extend((code == Code::TerritoryCycle).then_some(*from));
                    }
                    None => {
                        good.extend(rows);
                        lead.push(*from);
                    }
                }
            }
            leads_on.extend(lead);
            circling.extend(circle);
        }
        bad.sort_unstable_by_key(|(at, ..)| *at);
        (good, bad)
    }

    /// Whether a row leads back to a unit that had led to the row's own before, or on the same day.
    fn returns(&self, at: usize, by_target: &HashMap<&str, Vec<usize>>) -> bool {
        let end = &self.rows[at];
        let mut seen = HashSet::from([at]);
        let mut open = vec![at];
        while let Some(row) = open.pop().map(|at| &self.rows[at]) {
            for &before in by_target.get(row.from.as_str()).into_iter().flatten() {
                if self.rows[before].date <= row.date && seen.insert(before) {
                    if self.rows[before].from == end.to {
                        return true;
                    }
                    open.push(before);
                }
            }
        }
        false
    }
}

impl Row {
    fn set_aside(&self, code: Code, field: usize, findings: &mut Findings) {
        let mut before = 0;
        if let Some((_, balance)) = findings.balances.iter_mut().find(|(name, _)| *name == self.source) {
            before = balance.quarantined;
            balance.accepted -= 1;
            balance.quarantined += 1;
            balance.errors += u64::from(code.severity() == Severity::Error);
        }
        let values = FIELDS.iter().zip(&self.cells).map(|(field, (_, text))| (field.name.to_owned(), text.clone()));
        findings.keep_quarantined(
            Quarantined {
                source: self.source.clone(),
                place: self.place.clone(),
                code,
                values: values.filter(|(_, text)| !text.is_empty()).collect(),
            },
            before,
            self.limit,
        );
        let (column, value) = self.cells[field].clone();
        findings.add(Finding {
            code,
            source: self.source.clone(),
            place: self.place.clone(),
            column,
            value,
            suggestion: None,
        });
    }
}

#[cfg(test)]
mod tests;
