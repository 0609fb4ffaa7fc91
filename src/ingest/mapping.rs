//! From the columns of a file to the fields of a source kind.

use std::collections::BTreeMap;

use super::look_alike::folded;
use super::read::Fields;
use super::spec::{Layout, SourceSpec};
use super::value::trimmed;
use crate::domain::{Channel, Label, Stage, parse_date, parse_period, say};
use crate::text::mask;
use crate::{Error, Result};

/// A field that a source kind understands.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The name in `columns` and `constants`.
    pub name: &'static str,
    /// Whether a source of this kind must map it.
    pub required: bool,
    /// Free text, or the number of a case or person: never quoted in a finding, never quarantined.
    pub free_text: bool,
}

/// A required field.
#[must_use]
pub const fn required(name: &'static str) -> FieldSpec {
    FieldSpec { name, required: true, free_text: false }
}

/// An optional field.
#[must_use]
pub const fn optional(name: &'static str) -> FieldSpec {
    FieldSpec { name, required: false, free_text: false }
}

/// An optional field that is never quoted.
#[must_use]
pub const fn free_text(name: &'static str) -> FieldSpec {
    FieldSpec { name, required: false, free_text: true }
}

#[derive(Debug, Clone)]
enum Origin {
    Column(usize),
    Constant(String),
    Header,
    Nowhere,
}

/// One number column of a wide table: what its header says.
#[derive(Debug, Clone)]
struct WideColumn {
    at: usize,
    /// Per field the text taken from the header or the rule's constants.
    texts: Vec<Option<String>>,
}

/// How the fields of a source kind are filled from one file.
#[derive(Debug, Clone)]
pub struct ColumnMap {
    origins: Vec<Origin>,
    headers: Vec<String>,
    wide: Vec<WideColumn>,
    count_field: Option<usize>,
    /// Columns of fields that are numbers.
    numbers: Vec<usize>,
    exact: bool,
}

/// Fields that are numbers.
pub(super) const NUMBERS: [&str; 8] =
    ["count", "n", "value", "population", "handling_minutes", "throughput_days", "queries", "rekeyed"];

/// One entry: a record, or one number of a wide record.
pub struct Entry<'a> {
    map: &'a ColumnMap,
    wide: Option<&'a WideColumn>,
    fields: &'a dyn Fields,
    /// Record number from 1.
    pub record: u64,
    /// Line from 1, 0 if unknown.
    pub line: u64,
}

impl<'a> Entry<'a> {
    /// The text of field `field`, trimmed; empty if it is not mapped.
    #[must_use]
    pub fn text(&self, field: usize) -> &'a str {
        if let Some(wide) = self.wide {
            if let Some(text) = wide.texts.get(field).and_then(Option::as_deref) {
                return text;
            }
            if Some(field) == self.map.count_field {
                return trimmed(self.fields.text(wide.at));
            }
        }
        match &self.map.origins[field] {
            Origin::Column(at) if self.map.exact => self.fields.text(*at),
            Origin::Column(at) => trimmed(self.fields.text(*at)),
            Origin::Constant(text) => text,
            Origin::Header | Origin::Nowhere => "",
        }
    }

    /// Whether field `field` is read from somewhere: a column, a constant or the header of a wide table.
    #[must_use]
    pub fn is_mapped(&self, field: usize) -> bool {
        let in_header = self.wide.is_some_and(|wide| wide.texts.get(field).is_some_and(Option::is_some));
        in_header || !matches!(self.map.origins[field], Origin::Nowhere)
    }

    /// The number of field `field` where the file format says that it is one.
    #[must_use]
    pub fn number(&self, field: usize) -> Option<f64> {
        match (self.wide, &self.map.origins[field]) {
            (Some(wide), _) if Some(field) == self.map.count_field => self.fields.number(wide.at),
            (_, Origin::Column(at)) => self.fields.number(*at),
            _ => None,
        }
    }

    /// The header of the column behind `field`, or the field's own name.
    #[must_use]
    pub fn column<'b>(&'b self, field: usize, name: &'b str) -> &'b str {
        match (self.wide, &self.map.origins[field]) {
            (Some(wide), Origin::Header) => &self.map.headers[wide.at],
            (Some(wide), _) if Some(field) == self.map.count_field => &self.map.headers[wide.at],
            (_, Origin::Column(at)) => &self.map.headers[*at],
            _ => name,
        }
    }

    /// Number of columns in the header.
    #[must_use]
    pub fn width(&self) -> usize {
        self.map.width()
    }

    /// The column that field `field` is read from.
    #[must_use]
    pub fn column_of(&self, field: usize) -> Option<usize> {
        match (self.wide, &self.map.origins[field]) {
            (Some(wide), _) if Some(field) == self.map.count_field => Some(wide.at),
            (_, Origin::Column(at)) => Some(*at),
            _ => None,
        }
    }

    /// The field that is read from column `at`.
    #[must_use]
    pub fn field_of(&self, at: usize) -> Option<usize> {
        self.map.origins.iter().position(|origin| matches!(origin, Origin::Column(column) if *column == at))
    }

    /// Whether a number is read from column `at`: of a wide table, or for a field that is no key.
    #[must_use]
    pub fn holds_number(&self, at: usize) -> bool {
        self.map.wide.iter().any(|wide| wide.at == at) || self.map.numbers.contains(&at)
    }

    /// The text of column `at` of the file, trimmed.
    #[must_use]
    pub fn raw(&self, at: usize) -> &'a str {
        trimmed(self.fields.text(at))
    }

    /// The text and, where the file format says that it is one, the number of column `at`: trimmed like
    /// the text of a field.
    #[must_use]
    pub fn cell(&self, at: usize) -> (&'a str, Option<f64>) {
        let text = self.fields.text(at);
        (if self.map.exact { text } else { trimmed(text) }, self.fields.number(at))
    }
}

impl ColumnMap {
    /// Finds every mapped column among `headers`.
    ///
    /// # Errors
    /// For a field that the kind does not know, a required field without origin, a column that the
    /// file does not have, or a wide table without a matching column.
    pub fn resolve(spec: &SourceSpec, fields: &[FieldSpec], headers: &[String], file: &str) -> Result<Self> {
        check_names(spec, fields)?;
        let count_field = fields.iter().position(|f| f.name == "count");
        let mut map = Self {
            origins: Vec::new(),
            headers: headers.to_vec(),
            wide: Vec::new(),
            count_field,
            numbers: Vec::new(),
            exact: spec.exact,
        };
        for field in fields {
            map.origins.push(match (spec.columns.get(field.name), spec.constants.get(field.name)) {
                (Some(column), _) => Origin::Column(find_column(spec, headers, column, file)?),
                (None, Some(text)) => Origin::Constant(text.clone()),
                (None, None) => Origin::Nowhere,
            });
        }
        let numbers = fields.iter().zip(&map.origins).filter(|(field, _)| NUMBERS.contains(&field.name));
        map.numbers =
            numbers.filter_map(|(_, origin)| if let Origin::Column(at) = origin { Some(*at) } else { None }).collect();
        if spec.layout == Layout::Wide {
            map.resolve_wide(spec, fields, file)?;
        }
        for (field, origin) in fields.iter().zip(&map.origins) {
            let counted = field.name == "count" && spec.layout != Layout::Long;
            if field.required && !counted && matches!(origin, Origin::Nowhere) {
                return Err(not_mapped(spec, field.name, headers));
            }
        }
        Ok(map)
    }

    fn resolve_wide(&mut self, spec: &SourceSpec, fields: &[FieldSpec], file: &str) -> Result<()> {
        if spec.wide.is_empty() {
            return Err(Error::config(say!(
                "Quelle „{}“: layout = \"wide\" braucht [[source.wide]]",
                "source \"{}\": layout = \"wide\" needs [[source.wide]]",
                spec.name
            ))
            .hint(say!(
                "Zum Beispiel: pattern = \"{{period}} {{channel}}\"",
                "for example: pattern = \"{{period}} {{channel}}\""
            )));
        }
        for rule in &spec.wide {
            let before = self.wide.len();
            for (at, header) in self.headers.iter().enumerate() {
                let Some(found) = match_pattern(&rule.pattern, header, spec) else { continue };
                let texts = fields
                    .iter()
                    .map(|field| found.get(field.name).or_else(|| rule.constants.get(field.name)).cloned())
                    .collect();
                self.wide.push(WideColumn { at, texts });
            }
            if self.wide.len() == before {
                return Err(Error::input(say!(
                    "{file}: Kein Spaltenname passt zum Muster „{}“ der Quelle „{}“",
                    "{file}: no column name fits the pattern \"{}\" of source \"{}\"",
                    rule.pattern,
                    spec.name
                ))
                .hint(columns_are(&self.headers)));
            }
        }
        for (i, origin) in self.origins.iter_mut().enumerate() {
            let always = self.wide.iter().all(|column| column.texts.get(i).is_some_and(Option::is_some));
            if matches!(origin, Origin::Nowhere) && always {
                *origin = Origin::Header;
            }
        }
        Ok(())
    }

    /// Calls `each` for every entry of a record: once, or once per number column of a wide table.
    pub fn entries(&self, record: u64, line: u64, fields: &dyn Fields, mut each: impl FnMut(&Entry<'_>)) {
        if self.wide.is_empty() {
            each(&Entry { map: self, wide: None, fields, record, line });
        } else {
            for wide in &self.wide {
                each(&Entry { map: self, wide: Some(wide), fields, record, line });
            }
        }
    }

    /// The column behind `field`.
    #[must_use]
    pub fn column_of(&self, field: usize) -> Option<usize> {
        if let Origin::Column(at) = self.origins[field] { Some(at) } else { None }
    }

    /// The header of the column behind `field`.
    #[must_use]
    pub fn header_of(&self, field: usize) -> Option<&str> {
        self.column_of(field).map(|at| self.headers[at].as_str())
    }

    /// The text that `field` has in every record.
    #[must_use]
    pub fn constant_of(&self, field: usize) -> Option<&str> {
        if let Origin::Constant(text) = &self.origins[field] { Some(text) } else { None }
    }

    /// Number of columns in the header.
    #[must_use]
    pub fn width(&self) -> usize {
        self.headers.len()
    }

    /// Whether the record is the header once more, as in files that were joined.
    #[must_use]
    pub fn is_header(&self, fields: &dyn Fields) -> bool {
        fields.len() == self.headers.len()
            && self.headers.iter().any(|header| !header.is_empty())
            && self.headers.iter().enumerate().all(|(at, header)| trimmed(fields.text(at)) == trimmed(header))
    }

    /// The columns that no field uses: position and header.
    pub fn unused<'a>(&'a self, also_used: &'a [usize]) -> impl Iterator<Item = (usize, &'a str)> {
        let mut used = vec![false; self.headers.len()];
        let of_fields = self.origins.iter().filter_map(|o| if let Origin::Column(at) = o { Some(*at) } else { None });
        for at in also_used.iter().copied().chain(self.wide.iter().map(|wide| wide.at)).chain(of_fields) {
            used.get_mut(at).into_iter().for_each(|used| *used = true);
        }
        self.headers.iter().enumerate().filter(move |(at, _)| !used[*at]).map(|(at, header)| (at, header.as_str()))
    }
}

fn check_names(spec: &SourceSpec, fields: &[FieldSpec]) -> Result<()> {
    let tables: [(&str, Vec<&String>); 3] = [
        ("columns", spec.columns.keys().collect()),
        ("constants", spec.constants.keys().collect()),
        ("values", spec.values.keys().collect()),
    ];
    for (table, names) in tables {
        for name in names {
            if !fields.iter().any(|f| f.name == name) {
                let known: Vec<String> = fields.iter().map(|f| f.name.to_owned()).collect();
                let error = Error::config(say!(
                    "Quelle „{}“: {table}.{name}: Eine Quelle mit kind = \"{}\" hat dieses Feld nicht",
                    "source \"{}\": {table}.{name}: a source of kind \"{}\" has no such field",
                    spec.name,
                    spec.kind.id()
                ));
                return Err(match closest(name, &known) {
                    Some(similar) => error.did_you_mean(similar),
                    None => error.hint(say!("Ihre Felder sind: {}", "its fields are: {}", known.join(", "))),
                });
            }
        }
    }
    Ok(())
}

/// The position of `column` among `headers`: an exact match first, else one that differs only in case,
/// else the only one that differs in blanks, line breaks, dashes or look-alike letters.
pub(super) fn find_column(spec: &SourceSpec, headers: &[String], column: &str, file: &str) -> Result<usize> {
    let lower = column.trim().to_lowercase();
    let found = match only(headers, |header| header == column) {
        Alike::None => only(headers, |header| header.to_lowercase() == lower),
        exact => exact,
    };
    let found = match found {
        Alike::None => None,
        Alike::One(at) => Some(at),
        Alike::Several(first, second) => return Err(twice(spec, column, file, first + 1, second + 1)),
    };
    let found = found.or_else(|| {
        let wanted = folded_name(column);
        let mut alike =
            headers.iter().enumerate().filter(|(_, header)| folded_name(header) == wanted).map(|(at, _)| at);
        alike.next().filter(|_| alike.next().is_none())
    });
    found.ok_or_else(|| {
        let error = Error::input(say!(
            "{file}: Es gibt keine Spalte „{column}“ (Quelle „{}“)",
            "{file}: there is no column \"{column}\" (source \"{}\")",
            spec.name
        ));
        let only = headers.first().map_or("", String::as_str);
        let other = [';', ',', '\t', '|'].into_iter().find(|&d| headers.len() == 1 && only.contains(d));
        match (other, closest(column, headers)) {
            (Some(d), _) => error.hint(say!(
                "Die Spalten scheinen durch {:?} getrennt zu sein: dialect = {{ delimiter = {:?} }}",
                "the header seems to be separated by {:?}: dialect = {{ delimiter = {:?} }}",
                d.to_string(),
                d.to_string()
            )),
            (None, Some(similar)) => error.did_you_mean(similar),
            (None, None) => error.hint(columns_are(headers)),
        }
    })
}

/// Which of the headers fit.
enum Alike {
    None,
    One(usize),
    Several(usize, usize),
}

fn only(headers: &[String], fits: impl Fn(&str) -> bool) -> Alike {
    let mut found = headers.iter().enumerate().filter(|(_, header)| fits(header)).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (None, _) => Alike::None,
        (Some(at), None) => Alike::One(at),
        (Some(first), Some(second)) => Alike::Several(first, second),
    }
}

fn twice(spec: &SourceSpec, column: &str, file: &str, first: usize, second: usize) -> Error {
    Error::input(say!(
        "{file}: Die Spalte „{column}“ gibt es mehrfach, zuerst als {first}. und {second}. Spalte (Quelle „{}“)",
        "{file}: there are several columns \"{column}\", the first two are columns {first} and {second} (source \"{}\")",
        spec.name
    ))
    .hint(say!(
        "Welche gemeint ist, lässt sich nicht erkennen: die andere umbenennen oder weglassen.",
        "there is no telling which one is meant: rename the other or leave it out"
    ))
}

fn folded_name(name: &str) -> String {
    folded(name).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The most similar of `candidates`, if it is similar enough to be worth naming.
#[must_use]
pub fn closest<'a>(wanted: &str, candidates: &'a [String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    candidates
        .iter()
        .map(|c| (strsim::jaro_winkler(&wanted, &c.to_lowercase()), c.as_str()))
        .filter(|(score, _)| *score > 0.84)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

fn not_mapped(spec: &SourceSpec, field: &str, headers: &[String]) -> Error {
    let among = shortened(headers);
    Error::config(say!(
        "Quelle „{}“: Das Feld „{field}“ ist nicht zugeordnet",
        "source \"{}\": field \"{field}\" is not mapped",
        spec.name
    ))
    .hint(Label::new(
        format!("Unter `columns` ergänzen ({field} = \"...\", möglich: {}) oder unter `constants`", among.de),
        format!("add it to `columns` ({field} = \"...\", one of: {}) or to `constants`", among.en),
    ))
}

fn columns_are(headers: &[String]) -> Label {
    let shown = shortened(headers);
    Label::new(format!("Die Spalten sind: {}", shown.de), format!("the columns are: {}", shown.en))
}

fn shortened(names: &[String]) -> Label {
    // Of a file without a header row, or where `header_row` is wrong, these are the cells of a record.
    if names.iter().any(|name| looks_like_a_cell(name)) {
        return say!(
            "nicht aufgeführt, weil die Zeile nach Daten aussieht; `header_row` prüfen",
            "not listed, because the row looks like data; check `header_row`"
        );
    }
    let shown = names.iter().take(12).map(|name| mask(name).text).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(12);
    if more > 0 { say!("{shown} und {more} weitere", "{shown} and {more} more") } else { Label::from(shown) }
}

/// Whether a name is rather the cell of a record: a day, a number that is no year or month, or a key. Such
/// a number stands in nearly every record, and in a name only along with words.
fn looks_like_a_cell(name: &str) -> bool {
    let name = trimmed(name);
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = digits > 0 && name.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | ' ' | ':'));
    let period = parse_period(name, None).is_ok_and(|period| period.day == 0);
    parse_date(name).is_ok() || (plain && !period && digits > 2) || mask(name).changed()
}

/// Bytes of the longest header that can say a period, a channel and a stage.
const LONGEST_HEADER: usize = 300;

/// The fields that a header says under `pattern`, or `None` if it does not fit.
pub(crate) fn match_pattern(pattern: &str, header: &str, spec: &SourceSpec) -> Option<BTreeMap<String, String>> {
    // The search tries every way to cut the header: of text without end it would not come back.
    if header.len() > LONGEST_HEADER {
        return None;
    }
    let (literal, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let header = header.strip_prefix(literal)?;
    if !pattern.contains('{') {
        return header.is_empty().then(BTreeMap::new);
    }
    let (field, tail) = rest.split_once('}')?;
    let ends: Vec<usize> = header.char_indices().map(|(i, c)| i + c.len_utf8()).collect();
    ends.into_iter().find_map(|end| {
        let value = header[..end].trim();
        if !means_something(field, value, spec) {
            return None;
        }
        let mut found = match_pattern(tail, &header[end..], spec)?;
        found.insert(field.to_owned(), value.to_owned());
        Some(found)
    })
}

fn means_something(field: &str, value: &str, spec: &SourceSpec) -> bool {
    if spec.values.get(field).is_some_and(|values| values.contains_key(value)) {
        return true;
    }
    match field {
        "period" => parse_period(value, spec.business_year_from).is_ok(),
        "channel" => Channel::parse(value).is_some(),
        "stage" => Stage::parse(value).is_some(),
        _ => !value.is_empty(),
    }
}
