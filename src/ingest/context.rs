//! What a record is checked against, and what is found on the way.

use std::collections::BTreeMap;

use super::finding::{Code, Finding, Place, Suggestion};
use super::mapping::{Entry, FieldSpec};
use super::read::Fields;
use super::records::{Catalogue, Register};
use super::spec::SourceSpec;
use super::value::StateTexts;
use crate::domain::{Period, PeriodError, parse_date, parse_period};

/// Findings kept in full per source and code; beyond it only the counters grow.
const KEPT_PER_CODE: u64 = 10_000;
/// Quarantined records kept per source; beyond it only the counters grow.
const KEPT_QUARANTINE: usize = 100_000;

/// Why a record is not used.
#[derive(Debug)]
pub struct Reject {
    /// What is wrong.
    pub code: Code,
    /// The field at fault.
    pub field: usize,
    /// What was probably meant.
    pub suggestion: Option<Suggestion>,
}

impl Reject {
    /// A rejection because of `field`.
    #[must_use]
    pub fn new(code: Code, field: usize) -> Self {
        Self { code, field, suggestion: None }
    }

    /// With a suggestion.
    #[must_use]
    pub fn suggest(mut self, suggestion: Suggestion) -> Self {
        self.suggestion = Some(suggestion);
        self
    }
}

/// What became of an entry that was not rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is used.
    Used,
    /// It is used instead of an earlier one, which no longer counts as accepted; the field with the key.
    Replacing(usize),
    /// Of this entry and an earlier one with the same key, one said nothing; only the other counts.
    Filled,
}

/// A record that is not used, as delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The source.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The first rule that failed.
    pub code: Code,
    /// The mapped fields and their original values; free text is left out.
    pub values: Vec<(String, String)>,
}

/// How the records of a source were used: `read = accepted + quarantined + replaced`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    /// Quarantined records, at most 100,000 per source.
    pub quarantine: Vec<Quarantined>,
    /// Per source in the order of reading.
    pub balances: Vec<(String, Balance)>,
}

impl Findings {
    /// Adds a finding.
    pub fn add(&mut self, finding: Finding) {
        let count = self.counts.entry((finding.source.clone(), finding.code)).or_insert(0);
        *count += 1;
        if *count <= KEPT_PER_CODE {
            self.kept.push(finding);
        }
    }
}

/// What the records of one file are checked against.
pub struct Context<'a> {
    /// The source.
    pub spec: &'a SourceSpec,
    /// The source's number.
    pub source: u16,
    /// The fields of the kind.
    pub fields: &'static [FieldSpec],
    /// The register (empty while the register itself is read).
    pub register: &'a Register,
    /// The catalogue (empty while it is read).
    pub catalogue: &'a Catalogue,
    /// Texts that stand for a state.
    pub states: StateTexts,
    /// The file, relative to the configuration.
    pub file: String,
    /// Its sheet.
    pub sheet: Option<String>,
    /// Findings so far.
    pub findings: &'a mut Findings,
    /// Quarantined records of this source so far.
    pub quarantined: usize,
}

impl Context<'_> {
    /// The place of an entry.
    #[must_use]
    pub fn place(&self, entry: &Entry<'_>) -> Place {
        Place { file: self.file.clone(), sheet: self.sheet.clone(), record: entry.record, line: entry.line }
    }

    fn finding(&self, entry: &Entry<'_>, code: Code, field: usize, suggestion: Option<Suggestion>) -> Finding {
        let spec = self.fields[field];
        Finding {
            code,
            source: self.spec.name.clone(),
            place: self.place(entry),
            column: entry.column(field, spec.name).to_owned(),
            value: if spec.free_text { String::new() } else { entry.text(field).to_owned() },
            suggestion,
        }
    }

    /// Notes something about an entry that is used all the same.
    pub fn note(&mut self, entry: &Entry<'_>, code: Code, field: usize, suggestion: Option<Suggestion>) {
        let finding = self.finding(entry, code, field, suggestion);
        self.findings.add(finding);
    }

    /// Puts an entry into quarantine.
    pub fn quarantine(&mut self, entry: &Entry<'_>, reject: Reject) {
        let finding = self.finding(entry, reject.code, reject.field, reject.suggestion);
        if self.quarantined < KEPT_QUARANTINE {
            let values = self
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| !field.free_text)
                .map(|(at, field)| (field.name.to_owned(), entry.text(at).to_owned()))
                .filter(|(_, value)| !value.is_empty())
                .collect();
            self.findings.quarantine.push(Quarantined {
                source: finding.source.clone(),
                place: finding.place.clone(),
                code: finding.code,
                values,
            });
        }
        self.quarantined += 1;
        self.findings.add(finding);
    }

    /// The field that holds the only text of a record which needs several: a footnote or heading.
    #[must_use]
    pub fn note_row(&self, entry: &Entry<'_>, fields: &dyn Fields) -> Option<usize> {
        let mut filled = (0..fields.len()).filter(|&at| !entry.raw(at).is_empty());
        let only = filled.next()?;
        let alone = filled.next().is_none() && fields.len() > 2;
        let needed = self.fields.iter().filter(|f| f.required && self.spec.columns.contains_key(f.name)).count();
        let named = self.register.find(entry.raw(only)).is_some();
        (alone && needed > 1 && !named).then(|| entry.field_of(only).unwrap_or(0))
    }

    /// The field with the area if it names a sum instead of an area.
    #[must_use]
    pub fn total_row(&self, entry: &Entry<'_>) -> Option<usize> {
        let field = self.fields.iter().position(|f| f.name == "area")?;
        let text = entry.text(field);
        (is_total(text) && self.register.find(text).is_none()).then_some(field)
    }

    /// The text of `field` after the value mapping of the source.
    #[must_use]
    pub fn mapped<'e>(&'e self, entry: &Entry<'e>, field: usize) -> &'e str {
        let text = entry.text(field);
        let values = self.spec.values.get(self.fields[field].name);
        values.and_then(|values| values.get(text)).map_or(text, String::as_str)
    }

    /// The mapped text of a field that must not be empty.
    ///
    /// # Errors
    /// [`Code::MissingKey`].
    pub fn needed<'e>(&'e self, entry: &Entry<'e>, field: usize) -> Result<&'e str, Reject> {
        let text = self.mapped(entry, field);
        if text.is_empty() || self.spec.missing.iter().any(|m| m == text) {
            Err(Reject::new(Code::MissingKey, field))
        } else {
            Ok(text)
        }
    }

    /// The dense number of the area in `field`.
    ///
    /// A key that the register does not have is looked up once more with its lost leading zero
    /// (7 or 11 digits) and as the AGS within a 12-digit ARS; the register decides.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::DestroyedKey`] or [`Code::UnknownArea`].
    pub fn area(&mut self, entry: &Entry<'_>, field: usize) -> Result<u32, Reject> {
        let key = self.needed(entry, field)?;
        if let Some(id) = self.register.find(key) {
            return Ok(id);
        }
        if is_destroyed(key) {
            return Err(Reject::new(Code::DestroyedKey, field));
        }
        if self.spec.repair
            && let Some(repaired) = repaired_area_key(key)
            && let Some(id) = self.register.find(&repaired)
        {
            self.note(entry, Code::RepairedAreaKey, field, Some(Suggestion::UsedInstead(repaired)));
            return Ok(id);
        }
        let reject = Reject::new(Code::UnknownArea, field);
        let by_name = self.register.areas().iter().filter(|area| area.name == key).collect::<Vec<_>>();
        Err(match by_name.as_slice() {
            [] => reject,
            areas => {
                let keys: Vec<&str> = areas.iter().take(3).map(|area| area.key.as_str()).collect();
                reject.suggest(Suggestion::DidYouMean(keys.join(" / ")))
            }
        })
    }

    /// The dense number of the service in `field`.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::DestroyedKey`] or [`Code::UnknownService`].
    pub fn service(&self, entry: &Entry<'_>, field: usize) -> Result<u32, Reject> {
        let key = self.needed(entry, field)?;
        if let Some(id) = self.catalogue.find(key) {
            return Ok(id);
        }
        if is_destroyed(key) {
            return Err(Reject::new(Code::DestroyedKey, field));
        }
        let reject = Reject::new(Code::UnknownService, field);
        let named = self.catalogue.services().iter().find(|service| service.name == key);
        Err(match named {
            Some(service) => reject.suggest(Suggestion::DidYouMean(service.key.clone())),
            None => reject,
        })
    }

    /// `*` means all, and so does a field that the source does not map. A cell left empty by
    /// mistake does not: what was meant for one area must not count for every other.
    ///
    /// # Errors
    /// As [`Self::area`].
    pub fn area_or_all(&mut self, entry: &Entry<'_>, field: usize) -> Result<Option<u32>, Reject> {
        if self.means_all(entry, field) { Ok(None) } else { self.area(entry, field).map(Some) }
    }

    /// As [`Self::area_or_all`], for services.
    ///
    /// # Errors
    /// As [`Self::service`].
    pub fn service_or_all(&self, entry: &Entry<'_>, field: usize) -> Result<Option<u32>, Reject> {
        if self.means_all(entry, field) { Ok(None) } else { self.service(entry, field).map(Some) }
    }

    fn means_all(&self, entry: &Entry<'_>, field: usize) -> bool {
        !entry.is_mapped(field) || self.mapped(entry, field) == "*"
    }

    /// The period in `field`.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::BadPeriod`], [`Code::ImpossibleDate`] or [`Code::BusinessYear`].
    pub fn period(&self, entry: &Entry<'_>, field: usize) -> Result<Period, Reject> {
        let text = self.needed(entry, field)?;
        parse_period(text, self.spec.business_year_from).map_err(|error| period_reject(error, field))
    }

    /// The date in `field`, `None` if it is empty or stands for a missing value.
    ///
    /// # Errors
    /// [`Code::BadPeriod`] or [`Code::ImpossibleDate`].
    pub fn date(&self, entry: &Entry<'_>, field: usize) -> Result<Option<chrono::NaiveDate>, Reject> {
        let text = entry.text(field);
        if self.states.state(text).is_some() {
            return Ok(None);
        }
        parse_date(text).map(Some).map_err(|error| period_reject(error, field))
    }

    /// Yes or no in `field`, `None` if empty.
    ///
    /// # Errors
    /// [`Code::UnknownValue`].
    pub fn yes_no(&self, entry: &Entry<'_>, field: usize) -> Result<Option<bool>, Reject> {
        let text = self.mapped(entry, field).to_lowercase();
        match text.as_str() {
            "" => Ok(None),
            "ja" | "yes" | "true" | "wahr" | "1" | "x" | "j" | "y" => Ok(Some(true)),
            "nein" | "no" | "false" | "falsch" | "0" | "n" => Ok(Some(false)),
            _ => {
                Err(Reject::new(Code::UnknownValue, field)
                    .suggest(Suggestion::Allowed("ja, nein, yes, no, 1, 0".into())))
            }
        }
    }

    /// A decimal number in `field`, `None` if empty or standing for a missing value.
    ///
    /// # Errors
    /// [`Code::BadNumber`].
    pub fn decimal(&self, entry: &Entry<'_>, field: usize) -> Result<Option<f64>, Reject> {
        if let Some(number) = entry.number(field) {
            return Ok(Some(number));
        }
        let text = entry.text(field);
        if self.states.state(text).is_some() {
            return Ok(None);
        }
        super::value::parse_decimal(text, self.spec.dialect.decimal).map(Some).map_err(|code| Reject::new(code, field))
    }
}

fn period_reject(error: PeriodError, field: usize) -> Reject {
    Reject::new(
        match error {
            PeriodError::Unknown => Code::BadPeriod,
            PeriodError::OutOfRange => Code::ImpossibleDate,
            PeriodError::BusinessYear => Code::BusinessYear,
        },
        field,
    )
}

fn is_total(key: &str) -> bool {
    let lower = key.to_lowercase();
    ["summe", "gesamt", "insgesamt", "gesamtsumme", "total", "sum", "zwischensumme", "gesamtergebnis"]
        .iter()
        .any(|word| lower.trim_end_matches(':') == *word || lower.starts_with(&format!("{word} ")))
}

/// `9,90500121E+13` is what Excel leaves of a long key.
pub(super) fn is_destroyed(key: &str) -> bool {
    let upper = key.to_uppercase();
    let Some((mantissa, exponent)) = upper.split_once("E+") else { return false };
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
    number(mantissa) && number(exponent)
}

fn repaired_area_key(key: &str) -> Option<String> {
    if !key.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ags_of = |ars: &str| format!("{}{}", &ars[..5], &ars[9..]);
    match key.len() {
        7 => Some(format!("0{key}")),
        11 => Some(ags_of(&format!("0{key}"))),
        12 => Some(ags_of(key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_repaired_only_where_the_damage_is_known() {
        assert_eq!(repaired_area_key("1001000").as_deref(), Some("01001000"));
        assert_eq!(repaired_area_key("010010000000").as_deref(), Some("01001000"));
        assert_eq!(repaired_area_key("10510163016").as_deref(), Some("01051016"));
        assert_eq!(repaired_area_key("123456"), None);
        assert_eq!(repaired_area_key("0100100x"), None);
    }

    #[test]
    fn totals_and_destroyed_keys_are_seen() {
        assert!(is_total("Summe") && is_total("GESAMT") && is_total("Insgesamt:") && is_total("Summe Kreis"));
        assert!(!is_total("Summerhausen") && !is_total("Totalheim"));
        assert!(is_destroyed("9,90500121E+13") && is_destroyed("1.2e+10"));
        assert!(!is_destroyed("99050012104000") && !is_destroyed("E+") && !is_destroyed("HE+LE"));
    }
}
