//! What a record is checked against.

use std::borrow::Cow;

use super::finding::{Code, Finding, Place, Suggestion};
use super::lanes::Shelf;
use super::look_alike::{folded, folded_digits};
use super::mapping::{Entry, FieldSpec};
pub use super::outcome::{Accepted, Balance, Findings, KEPT_PER_CODE, KEPT_QUARANTINE, Quarantined, Reject};
use super::quoting::{cells_are_safe, quotable};
use super::read::Fields;
use super::records::{Catalogue, Register};
use super::spec::{DateOrder, Layout, SourceSpec};
use super::value::{StateTexts, parse_decimal_or_percent};
use crate::domain::{Period, PeriodError, parse_date, parse_period};
use crate::text::{Category, mask};

/// Keys listed for an area name that several areas have.
const MOST_KEYS: usize = 12;

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
    /// Where plain facts go.
    pub shelf: &'a std::sync::Arc<Shelf>,
    /// The file, relative to the configuration.
    pub file: String,
    /// Its number, in the order of reading.
    pub file_number: u32,
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
        let safe = !spec.free_text && cells_are_safe(code);
        Finding {
            code,
            source: self.spec.name.clone(),
            place: self.place(entry),
            column: entry.column(field, spec.name).to_owned(),
            value: if safe { entry.text(field).to_owned() } else { String::new() },
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
        let mut finding = self.finding(entry, reject.code, reject.field, reject.suggestion);
        if let Some((column, value)) = reject.cell {
            (finding.column, finding.value) = (column, value);
        }
        let moved = self.cells_have_moved(entry);
        if moved {
            finding.value = String::new();
            finding.suggestion = None;
        }
        if self.quarantined < self.spec.quarantine_limit {
            let values = self
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| !field.free_text && !moved && cells_are_safe(reject.code))
                .map(|(at, field)| (field.name.to_owned(), quotable(entry.text(at))))
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

    /// The mapped text of a field that names something in public: masked, with a notice if that
    /// changes it.
    pub fn public(&mut self, entry: &Entry<'_>, field: usize) -> String {
        let masked = mask(self.mapped(entry, field));
        let (text, changed) = (masked.text.to_string(), masked.changed());
        if changed {
            self.note(entry, Code::CommentMasked, field, None);
        }
        text
    }

    /// The mapped text of a key that every output shows.
    ///
    /// # Errors
    /// [`Code::MissingKey`], or [`Code::UnknownValue`] if it is an e-mail address or an account: a key
    /// cannot be masked, two of them would become one. Numbers are left alone, because own keys may
    /// look like telephone numbers.
    pub fn public_key(&self, entry: &Entry<'_>, field: usize) -> Result<String, Reject> {
        let key = self.needed(entry, field)?;
        let masked = mask(key);
        if masked.count(Category::Email) + masked.count(Category::Iban) > 0 {
            return Err(Reject::new(Code::UnknownValue, field));
        }
        Ok(key.to_owned())
    }

    /// The field that holds the only text of a record which needs several: a footnote or heading. A lone
    /// number below a heading for numbers is neither: its keys are missing. The same for all entries of
    /// a record.
    #[must_use]
    pub fn note_row(&self, entry: &Entry<'_>, fields: &dyn Fields) -> Option<usize> {
        let mut filled = (0..fields.len()).filter(|&at| !entry.raw(at).is_empty());
        let only = filled.next()?;
        let alone = filled.next().is_none() && entry.width() > 2;
        let needed = self.fields.iter().filter(|f| f.required && self.spec.columns.contains_key(f.name)).count();
        let counted = entry.holds_number(only) && self.is_number(entry, only, fields);
        let named = self.register.find(entry.raw(only)).is_some() || self.catalogue.find(entry.raw(only)).is_some();
        // Without a single number a record of a wide table says nothing, however few keys it needs.
        let needs_several = needed > 1 || self.spec.layout == Layout::Wide;
        (alone && needs_several && !named && !counted).then(|| entry.field_of(only).unwrap_or(0))
    }

    fn is_number(&self, entry: &Entry<'_>, at: usize, fields: &dyn Fields) -> bool {
        let decimal = self.spec.dialect.decimal;
        fields.number(at).is_some() || parse_decimal_or_percent(entry.raw(at), decimal).is_ok()
    }

    /// The field that names a sum instead of one area, service or period; the area if it is empty
    /// and the record is `labelled` as a sum in another column.
    #[must_use]
    pub fn total_row(&self, entry: &Entry<'_>, labelled: impl FnOnce() -> bool) -> Option<usize> {
        let position = |name: &str| self.fields.iter().position(|f| f.name == name);
        let area = position("area")?;
        let known = |name: &str, text: &str| match name {
            "area" => self.register.find(text).is_some(),
            "service" => self.catalogue.find(text).is_some(),
            _ => parse_period(text, self.spec.business_year_from).is_ok(),
        };
        let names_sum = |name: &str| {
            let Some(field) = position(name).filter(|&field| self.fields[field].required) else { return false };
            let text = self.mapped(entry, field);
            is_total(text) && !known(name, text)
        };
        if let Some(name) = ["area", "service", "period"].into_iter().find(|name| names_sum(name)) {
            return position(name);
        }
        (self.fields[area].required && entry.text(area).is_empty() && labelled()).then_some(area)
    }

    /// Whether a column that no field but a name is read from says that the record is a sum. The same
    /// for all entries of a record.
    #[must_use]
    pub fn labelled_as_sum(&self, entry: &Entry<'_>, fields: &dyn Fields) -> bool {
        let label = |at: usize| entry.field_of(at).is_none_or(|field| self.fields[field].name == "name");
        (0..fields.len()).any(|at| is_total(entry.raw(at)) && label(at))
    }

    /// Whether a field may have this text: a source with a fixed interface declares all of them.
    pub(super) fn is_declared(&self, field: usize, text: &str) -> bool {
        let values = self.spec.values.get(self.fields[field].name);
        !self.spec.exact || values.is_none_or(|values| values.contains_key(text))
    }

    /// `text` of `field` after the value mapping of the source.
    pub(super) fn mapped_text<'e>(&'e self, field: usize, text: &'e str) -> &'e str {
        let values = self.spec.values.get(self.fields[field].name);
        values.and_then(|values| values.get(text)).map_or(text, String::as_str)
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
        if text.is_empty() || self.states.is_missing(text) {
            Err(Reject::new(Code::MissingKey, field))
        } else {
            Ok(text)
        }
    }

    /// The dense number of the area in `field`.
    ///
    /// A key that the register does not have is looked up once more with its lost leading zero
    /// (7 or 11 digits), as the AGS within a 12-digit ARS, and with the characters that its own only
    /// look like; the register decides.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::DestroyedKey`] or [`Code::UnknownArea`].
    pub fn area(&mut self, entry: &Entry<'_>, field: usize) -> Result<u32, Reject> {
        let key = self.needed(entry, field)?;
        if let Some(id) = self.register.find_ever(key) {
            return Ok(id);
        }
        if is_destroyed(key) {
            return Err(Reject::new(Code::DestroyedKey, field));
        }
        if self.spec.repair
            && let Some(repaired) = repaired_area_key(key)
            && let Some(id) = self.register.find_ever(&repaired)
        {
            self.note(entry, Code::RepairedAreaKey, field, Some(Suggestion::UsedInstead(repaired)));
            return Ok(id);
        }
        let similar = self.look_alikes(key).into_iter().flat_map(|key| [repaired_area_key(&key), Some(key)]).flatten();
        if let Some((id, key)) = similar.rev().find_map(|key| Some((self.register.find(&key)?, key))) {
            self.note(entry, Code::LookAlike, field, Some(Suggestion::UsedInstead(key)));
            return Ok(id);
        }
        let reject = Reject::new(Code::UnknownArea, field);
        // A name is never joined by, not even a unique one: the next edition may have it twice.
        Err(match self.register.named(key) {
            [] => reject,
            areas => {
                let mut keys: Vec<&str> = areas.iter().map(|&id| self.register.area(id).key.as_str()).collect();
                if keys.len() > MOST_KEYS {
                    keys.truncate(MOST_KEYS);
                    keys.push("…");
                }
                reject.suggest(Suggestion::DidYouMean(keys.join(" / ")))
            }
        })
    }

    /// The key of a unit that need not be in the register (any more). A lost leading zero is restored where
    /// the register has the key then, or has keys of the official form.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::DestroyedKey`] or [`Code::UnknownValue`].
    pub fn former_key(&mut self, entry: &Entry<'_>, field: usize) -> Result<String, Reject> {
        let key = self.public_key(entry, field)?;
        if self.register.find(&key).is_some() {
            return Ok(key);
        }
        if is_destroyed(&key) {
            return Err(Reject::new(Code::DestroyedKey, field));
        }
        let official = |key: &str| key.len() == 8 && key.bytes().all(|b| b.is_ascii_digit());
        let all_official = || self.register.areas().first().is_some_and(|area| official(&area.key));
        match repaired_area_key(&key).filter(|_| self.spec.repair) {
            Some(repaired) if self.register.find(&repaired).is_some() || all_official() => {
                self.note(entry, Code::RepairedAreaKey, field, Some(Suggestion::UsedInstead(repaired.clone())));
                Ok(repaired)
            }
            _ => Ok(key),
        }
    }

    /// What a key says if its characters only look like others; empty if it is plain or must not be
    /// repaired.
    fn look_alikes(&self, key: &str) -> Vec<String> {
        if !self.spec.repair {
            return Vec::new();
        }
        let folded = folded(key);
        let plain = (folded != key).then(|| folded.trim().to_owned());
        folded_digits(key).into_iter().chain(plain).collect()
    }

    /// The dense number of the service in `field`; a key that the catalogue does not have is looked up
    /// once more with the characters that its own only look like.
    ///
    /// # Errors
    /// [`Code::MissingKey`], [`Code::DestroyedKey`] or [`Code::UnknownService`].
    pub fn service(&mut self, entry: &Entry<'_>, field: usize) -> Result<u32, Reject> {
        let key = self.needed(entry, field)?;
        if let Some(id) = self.catalogue.find(key) {
            return Ok(id);
        }
        if is_destroyed(key) {
            return Err(Reject::new(Code::DestroyedKey, field));
        }
        let similar = self.look_alikes(key).into_iter();
        if let Some((id, key)) = similar.rev().find_map(|key| Some((self.catalogue.find(&key)?, key))) {
            self.note(entry, Code::LookAlike, field, Some(Suggestion::UsedInstead(key)));
            return Ok(id);
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
    pub fn service_or_all(&mut self, entry: &Entry<'_>, field: usize) -> Result<Option<u32>, Reject> {
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
        let period = match self.spec.date_format {
            Some(format) => format.read(text.as_bytes()).ok_or_else(|| Reject::new(Code::BadPeriod, field))?,
            None => parse_period(&with_dashes(text, self.spec.date_order), self.spec.business_year_from)
                .map_err(|error| period_reject(error, field))?,
        };
        self.in_window(period, field)
    }

    fn in_window(&self, period: Period, field: usize) -> Result<Period, Reject> {
        let outside = self.spec.window.is_some_and(|window| !window.holds(period));
        if outside { Err(Reject::new(Code::OutsideWindow, field)) } else { Ok(period) }
    }

    /// As [`Self::period`], where the year stands in the field `year` if that is mapped: `3` or
    /// `März` in the one and `2025` in the other.
    ///
    /// # Errors
    /// As [`Self::period`].
    pub fn period_of_year(&self, entry: &Entry<'_>, field: usize, year: usize) -> Result<Period, Reject> {
        if !entry.is_mapped(year) {
            return self.period(entry, field);
        }
        let text = format!("{} {}", self.needed(entry, field)?, self.needed(entry, year)?);
        let period = parse_period(&text, self.spec.business_year_from).map_err(|error| period_reject(error, field))?;
        self.in_window(period, field)
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
        parse_date(&with_dashes(text, self.spec.date_order)).map(Some).map_err(|error| period_reject(error, field))
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
        let (text, number) = (entry.text(field), entry.number(field));
        if self.states.of_cell(text, number).is_some() {
            return Ok(None);
        }
        if number.is_some() {
            return Ok(number);
        }
        parse_decimal_or_percent(text, self.spec.dialect.decimal).map(Some).map_err(|code| Reject::new(code, field))
    }
}

/// `03/04/2025` as an ISO date in the declared order; any other text as it is.
fn with_dashes(text: &str, order: Option<DateOrder>) -> Cow<'_, str> {
    let date = text.split(' ').next().unwrap_or(text);
    let parts: Vec<&str> = date.split('/').collect();
    let ([first, second, year], Some(order)) = (parts.as_slice(), order) else { return Cow::Borrowed(text) };
    if year.len() != 4 {
        return Cow::Borrowed(text);
    }
    let (day, month) = if order == DateOrder::DayFirst { (first, second) } else { (second, first) };
    Cow::Owned(format!("{year}-{month:0>2}-{day:0>2}{}", &text[date.len()..]))
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

/// Whether a label is that of a sum over other records.
pub(crate) fn is_total(key: &str) -> bool {
    let lower = key.to_lowercase();
    let mut words = lower
        .split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '(' | ')' | '='))
        .filter(|word| !word.is_empty());
    let first = words.next();
    // `Gesamt 2025`, `Landkreis Nordtal gesamt`.
    first.into_iter().chain(words.next_back()).any(|word| TOTALS.contains(&word))
}

/// Words that a label of a sum begins or ends with.
const TOTALS: [&str; 15] = [
    "summe",
    "summen",
    "gesamt",
    "insgesamt",
    "gesamtsumme",
    "gesamtzahl",
    "gesamtergebnis",
    "zwischensumme",
    "zusammen",
    "total",
    "subtotal",
    "sum",
    "σ",
    "ς",
    "∑",
];

/// `9,90500121E+13` is what Excel leaves of a long key.
pub(super) fn is_destroyed(key: &str) -> bool {
    let upper = key.to_uppercase();
    let Some((mantissa, exponent)) = upper.split_once('E') else { return false };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = digits(&mantissa.replacen([',', '.'], "", 1));
    match exponent.strip_prefix('+') {
        Some(exponent) => number && digits(exponent),
        // Without its sign only where nothing else is meant: `3E2` may be somebody's own key.
        None => number && !digits(mantissa) && exponent.len() == 2 && digits(exponent),
    }
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
        assert!(is_total("Gesamt 2025") && is_total("Landkreis Nordtal gesamt") && is_total("Σ"));
        assert!(!is_total("Summerhausen") && !is_total("Totalheim") && !is_total("") && !is_total("Gesamtschule"));
        assert!(is_destroyed("9,90500121E+13") && is_destroyed("1.2e+10") && is_destroyed("9.905E13"));
        assert!(!is_destroyed("99050012104000") && !is_destroyed("E+") && !is_destroyed("HE+LE"));
    }
}
