//! Between a reader and a kind: columns become fields, and every entry goes through the rules in their order.

use std::cell::OnceCell;
use std::sync::Arc;

use super::bulk;
use super::context::{Accepted, Context, Reject};
use super::facts::FactFile;
use super::finding::{Code, Finding, Place, Severity, Suggestion};
use super::kinds::Kind;
use super::look_alike;
use super::mapping::{ColumnMap, Entry, FieldSpec};
use super::outcome::Balance;
use super::personal::Watch;
use super::read::{Fields, RowSink};
use super::value::similar_number;
use crate::Result;
use crate::domain::parse_period;

/// Takes the records of one file.
pub(super) struct Sink<'a, 'b> {
    pub(super) kind: &'a mut dyn Kind,
    pub(super) map: Option<ColumnMap>,
    pub(super) balance: &'a mut Balance,
    pub(super) context: Context<'b>,
    pub(super) records: u64,
    /// Whether a finding says why there is no record.
    pub(super) explained: bool,
    pub(super) watch: Watch,
    pub(super) fact_file: &'a mut FactFile,
}

impl Sink<'_, '_> {
    /// The file has plain records, which `plain` can spell again.
    pub(super) fn plain_file(&mut self, plain: &bulk::Plain) {
        let Some(map) = &self.map else { return };
        let header = |(at, field): (usize, &FieldSpec)| map.header_of(at).unwrap_or(field.name).to_owned();
        self.fact_file.columns = self.context.fields.iter().enumerate().map(header).collect();
        self.fact_file.speller = plain.speller().map(Arc::new);
    }

    /// So many records are plain, and used.
    pub(super) fn plain_records(&mut self, records: u64) {
        self.records += records;
        self.balance.read += records;
        self.balance.accepted += records;
    }

    /// Lists the personal columns that were not read, once the first records have been seen.
    pub(super) fn list_personal_columns(&mut self) {
        for column in std::mem::take(&mut self.watch).personal() {
            self.context.findings.add(Finding {
                code: Code::PersonalColumn,
                source: self.context.spec.name.clone(),
                place: Place { file: self.context.file.clone(), ..Place::default() },
                column,
                value: String::new(),
                suggestion: None,
            });
        }
    }
}

impl RowSink for Sink<'_, '_> {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        let (spec, file) = (self.context.spec, self.context.file.clone());
        let map = ColumnMap::resolve(spec, self.context.fields, headers, &file)?;
        self.kind.begin(spec, headers, &file)?;
        self.watch = Watch::new(spec, &map, self.kind.further_columns());
        self.map = Some(map);
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let Some(map) = &self.map else { return };
        self.records += 1;
        self.watch.record(fields);
        let Self { kind, balance, context, .. } = self;
        let exact = context.spec.exact;
        let repeated_header = !exact && map.is_header(fields);
        // Looked for once per record: a wide table may have thousands of entries in each.
        let (note_row, labelled_as_sum) = (OnceCell::new(), OnceCell::new());
        map.entries(record, line, fields, |entry| {
            balance.read += 1;
            let outcome = if repeated_header {
                Err(Reject::new(Code::RepeatedHeader, 0))
            } else if !exact && let Some(field) = note_row.get_or_init(|| context.note_row(entry, fields)) {
                Err(Reject::new(Code::NoteRow, *field))
            } else if fields.len() != map.width() {
                Err(Reject::new(Code::WrongFieldCount, 0))
            } else if !exact
                && let Some(field) =
                    context.total_row(entry, || *labelled_as_sum.get_or_init(|| context.labelled_as_sum(entry, fields)))
            {
                Err(Reject::new(Code::TotalRow, field))
            } else {
                kind.entry(context, entry)
            };
            match outcome {
                Ok(Accepted::Used) => balance.accepted += 1,
                Ok(Accepted::Replacing(field, earlier)) => {
                    balance.replaced += 1;
                    context.note(entry, Code::Replaced, field, Some(earlier));
                }
                Err(mut reject) => {
                    reject.suggestion =
                        reject.suggestion.or_else(|| similar(context, entry, reject.code, reject.field));
                    balance.quarantined += 1;
                    if reject.code.severity() == Severity::Error {
                        balance.errors += 1;
                    }
                    context.quarantine(entry, reject);
                }
            }
        });
    }

    fn unreadable(&mut self, record: u64, line: u64, code: Code) {
        self.records += 1;
        self.balance.read += 1;
        self.balance.quarantined += 1;
        self.balance.errors += u64::from(code.severity() == Severity::Error);
        let (file, sheet) = (self.context.file.clone(), self.context.sheet.clone());
        let finding = Finding {
            code,
            source: self.context.spec.name.clone(),
            place: Place { file, sheet, record, line },
            column: String::new(),
            value: String::new(),
            suggestion: None,
        };
        let limit = self.context.spec.quarantine_limit;
        self.context.findings.add_rejected(finding, self.context.quarantined, limit);
        self.context.quarantined += 1;
    }

    fn superseded(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let Some(map) = &self.map else { return };
        self.records += 1;
        let Self { balance, context, .. } = self;
        map.entries(record, line, fields, |entry| {
            balance.read += 1;
            balance.replaced += 1;
            let id = context.fields.iter().position(|field| field.name == "id" && !field.free_text);
            context.note(entry, Code::Replaced, id.unwrap_or(0), None);
        });
    }

    fn about_file(&mut self, code: Code, value: &str) {
        self.explained = true;
        self.context.findings.add(Finding {
            code,
            source: self.context.spec.name.clone(),
            place: Place { file: self.context.file.clone(), ..Place::default() },
            column: String::new(),
            value: value.to_owned(),
            suggestion: None,
        });
    }
}

/// What a number or period that cannot be read looks like.
fn similar(context: &Context<'_>, entry: &Entry<'_>, code: Code, field: usize) -> Option<Suggestion> {
    let text = entry.text(field);
    let similar = match code {
        Code::BadNumber => similar_number(text, context.spec.dialect.decimal)?,
        Code::BadPeriod => {
            let similar = look_alike::folded_digits(text).unwrap_or_else(|| look_alike::folded(text).into_owned());
            parse_period(&similar, context.spec.business_year_from).ok().filter(|_| similar != text)?;
            similar
        }
        _ => return None,
    };
    Some(Suggestion::DidYouMean(similar))
}
