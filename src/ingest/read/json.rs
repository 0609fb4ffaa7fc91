//! JSON: an array of flat objects, alone or in a wrapper such as `{"data": [...]}`, or one object a
//! line. Deliveries to the EU Single Digital Gateway are told by their keys and read by [`sdg`].
//!
//! The file is parsed as often as something must be known about it; of its values only one record
//! is held at a time. Objects within a record become columns with a dotted name (`place.key`), arrays
//! within a record are no columns. Where one of them stands in a column that has single values in
//! other records, it is the cell `[…]` or `{…}`, which is no key and no number. `serde_json` stops at
//! 128 levels.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::{Deliveries, Fields, File, MOST_COLUMNS, RECORD_LIMIT, RowSink, sdg, text};
use crate::domain::{Text, say};
use crate::ingest::finding::Code;
use crate::ingest::spec::SourceSpec;
use crate::{Error, Result};

/// Keys of a wrapper that hold the records, where several hold objects.
const WRAPPERS: [&str; 7] = ["data", "records", "rows", "items", "results", "values", "content"];

pub(super) fn read(
    spec: &SourceSpec,
    file: File<'_>,
    bytes: &[u8],
    deliveries: &Deliveries,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let text = decoded(spec, file.name, bytes)?;
    if let Some(message) = text::no_data(&text) {
        sink.about_file(Code::NoDataReport, message);
        return Ok(());
    }
    match shape(file.name, &text)? {
        Shape::Gateway(place) => sdg::read(spec, file, &text, &place, deliveries, sink),
        Shape::Nothing => Ok(()),
        Shape::Rows(place) => flat(file.name, &text, &place, sink),
    }
}

/// The text of a JSON file.
///
/// # Errors
/// As [`text::decode`], or if the file is empty or the message of a server.
pub(super) fn decoded<'a>(spec: &SourceSpec, file: &str, bytes: &'a [u8]) -> Result<std::borrow::Cow<'a, str>> {
    let text = text::decode(spec, file, bytes)?;
    if text.trim().is_empty() {
        return Err(Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
            .hint(say!("Den Export noch einmal anfordern.", "ask the sender for the export again")));
    }
    if !text.trim_start().starts_with(['{', '[']) {
        text::refuse_message(file, &text)?;
    }
    Ok(text)
}

/// Where the records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In the array that is the file.
    Array,
    /// In the array under this key.
    Key(String),
    /// One after the other.
    Lines,
}

#[derive(Debug)]
pub(super) enum Shape {
    Rows(Place),
    Gateway(Place),
    /// An array without elements.
    Nothing,
}

/// What stands where, without the values.
enum Outline {
    Scalar,
    /// With the first element.
    Array(Option<Box<Outline>>),
    Object(Vec<(String, Outline)>),
}

impl Outline {
    fn has(&self, keys: &[&str]) -> bool {
        let Self::Object(entries) = self else { return false };
        keys.iter().all(|key| entries.iter().any(|(name, _)| name == key))
    }

    fn is_delivery(&self) -> bool {
        self.has(&["uniqueId", "referencePeriod"])
    }
}

pub(super) fn shape(file: &str, text: &str) -> Result<Shape> {
    let mut json = serde_json::Deserializer::from_str(text);
    let outline = Outline::deserialize(&mut json).map_err(|error| broken(file, &error))?;
    let alone = json.end();
    if matches!(&outline, Outline::Object(_)) && alone.is_err() {
        return Ok(if outline.is_delivery() { Shape::Gateway(Place::Lines) } else { Shape::Rows(Place::Lines) });
    }
    alone.map_err(|error| broken(file, &error))?;
    match &outline {
        _ if outline.is_delivery() => Ok(Shape::Gateway(Place::Lines)),
        Outline::Array(None) => Ok(Shape::Nothing),
        Outline::Array(Some(first)) if first.is_delivery() => Ok(Shape::Gateway(Place::Array)),
        Outline::Array(Some(first)) if matches!(**first, Outline::Object(_)) => Ok(Shape::Rows(Place::Array)),
        Outline::Object(entries) => wrapped(file, text, entries),
        Outline::Scalar | Outline::Array(_) => Err(no_records(file)),
    }
}

/// Of a wrapper, or of an object that is a record itself.
fn wrapped(file: &str, text: &str, entries: &[(String, Outline)]) -> Result<Shape> {
    let holds = |wanted: fn(&Outline) -> bool| {
        entries.iter().filter(move |(_, value)| matches!(value, Outline::Array(Some(first)) if wanted(first)))
    };
    if let Some((key, _)) = holds(Outline::is_delivery).next() {
        return Ok(Shape::Gateway(Place::Key(key.clone())));
    }
    let objects: Vec<&str> = holds(|first| matches!(first, Outline::Object(_))).map(|(key, _)| key.as_str()).collect();
    let named = WRAPPERS.into_iter().find(|name| objects.contains(name));
    match (objects.as_slice(), named) {
        ([only], _) => Ok(Shape::Rows(Place::Key((*only).to_owned()))),
        ([], _) => {
            let says_error =
                |key: &str| matches!(key.to_lowercase().as_str(), "error" | "errors" | "exception" | "fault");
            let result = text.to_lowercase();
            let failed =
                ["\"result\":\"error\"", "\"result\": \"error\"", "\"status\":\"error\"", "\"status\": \"error\""];
            if entries.iter().any(|(key, _)| says_error(key)) || failed.iter().any(|it| result.contains(it)) {
                return Err(text::message(
                    file,
                    Text::new("eine Fehlermeldung", "an error message"),
                    text.trim_start(),
                ));
            }
            let has_array = entries.iter().any(|(_, value)| matches!(value, Outline::Array(None)));
            Ok(if has_array { Shape::Nothing } else { Shape::Rows(Place::Lines) })
        }
        (_, Some(name)) => Ok(Shape::Rows(Place::Key(name.to_owned()))),
        (several, None) => Err(Error::input(say!(
            "{file}: Mehrere Schlüssel enthalten Datensätze: {}",
            "{file}: several keys hold records: {}",
            several.join(", ")
        ))
        .hint(say!(
            "Die Datensätze als ein Array oder unter dem Schlüssel „data“ liefern.",
            "deliver the records as one array or under the key \"data\""
        ))),
    }
}

fn no_records(file: &str) -> Error {
    Error::input(say!(
        "{file}: Die JSON-Datei enthält keine Datensätze, sondern einzelne Werte",
        "{file}: the JSON file holds single values, not records"
    ))
    .hint(say!(
        "Erwartet wird ein Array von Objekten, etwa [{{\"ags\": \"99001001\", \"anzahl\": 3}}].",
        "expected is an array of objects such as [{{\"ags\": \"99001001\", \"anzahl\": 3}}]"
    ))
}

/// The error that `file` is no JSON.
pub(super) fn broken(file: &str, error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    if error.to_string().starts_with("recursion limit exceeded") {
        return Error::input(say!(
            "{file}: Zeile {line}, Zeichen {column}: Die JSON-Datei ist mehr als 127 Ebenen tief verschachtelt",
            "{file}: line {line}, character {column}: the JSON file is nested more than 127 levels deep"
        ))
        .hint(say!(
            "Keine echte Lieferung ist so gebaut; die Datei neu anfordern.",
            "no real delivery is built like this; ask for the file again"
        ));
    }
    let reason = reason(error);
    Error::input(say!(
        "{file}: Zeile {line}, Zeichen {column}: kein lesbares JSON ({reason})",
        "{file}: line {line}, character {column}: no readable JSON ({reason})"
    ))
    .hint(say!(
        "Die Datei ist abgeschnitten oder von Hand geändert; noch einmal anfordern.",
        "the file is cut off or was edited by hand; ask for it again"
    ))
}

/// What `serde_json` says, without the value of the file that it quotes where one of another type was
/// expected.
fn reason(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let of_program = ["missing field", "duplicate field"].iter().any(|begin| said.starts_with(begin));
    match said.rsplit_once(", expected ") {
        _ if error.classify() != Category::Data || of_program => said.to_owned(),
        Some((_, expected)) => format!("expected {expected}"),
        None => "unexpected value".to_owned(),
    }
}

/// Calls `each` for every element at `place`, with the line on which it begins where that is known.
pub(super) fn elements<'a, T: Deserialize<'a>>(
    file: &str,
    text: &'a str,
    place: &Place,
    mut each: impl FnMut(T, u64),
) -> Result<()> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut take = |item: T| each(item, 0);
    match place {
        Place::Array => Elements { each: &mut take, item: PhantomData }.deserialize(&mut json),
        Place::Key(key) => Under { key, each: &mut take, item: PhantomData }.deserialize(&mut json),
        Place::Lines => {
            let mut items = json.into_iter::<T>();
            let (mut at, mut line) = (0, 1);
            loop {
                let begins = at + text[at..].len() - text[at..].trim_start().len();
                line += text[at..begins].matches('\n').count() as u64;
                match items.next() {
                    None => break Ok(()),
                    Some(Err(error)) => break Err(error),
                    Some(Ok(item)) => each(item, line),
                }
                let end = items.byte_offset();
                line += text[begins..end].matches('\n').count() as u64;
                at = end;
            }
        }
    }
    .map_err(|error| broken(file, &error))
}

fn flat(file: &str, text: &str, place: &Place, sink: &mut dyn RowSink) -> Result<()> {
    let mut columns: Vec<String> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    elements(file, text, place, |item: Item, _| {
        for (name, cell) in item.0.into_iter().flatten() {
            if !cell.nested && columns.len() <= MOST_COLUMNS && !index.contains_key(&name) {
                index.insert(name.clone(), columns.len());
                columns.push(name);
            }
        }
    })?;
    if columns.len() > MOST_COLUMNS {
        return Err(Error::input(say!(
            "{file}: Die Datensätze haben zusammen mehr als 16.384 verschiedene Schlüssel",
            "{file}: the records have more than 16,384 different keys"
        ))
        .hint(say!(
            "Schlüssel sind Spaltennamen; wechselnde Werte (Monate, Orte) gehören in ein eigenes Feld.",
            "keys are column names; values that vary (months, places) belong into a field of their own"
        )));
    }
    if columns.is_empty() {
        return Err(no_records(file));
    }
    sink.columns(&columns)?;
    let mut row = Row { cells: vec![Cell::default(); columns.len()] };
    let mut record = 0;
    let mut seen = HashSet::new();
    elements(file, text, place, |item: Item, line| {
        record += 1;
        let Some(entries) = item.0 else {
            sink.unreadable(record, line, Code::WrongFieldCount);
            return;
        };
        if entries.iter().map(|(name, cell)| name.len() + cell.text.len()).sum::<usize>() > RECORD_LIMIT {
            sink.unreadable(record, line, Code::RecordTooLong);
            return;
        }
        row.cells.fill(Cell::default());
        seen.clear();
        let mut ambiguous = false;
        for (name, cell) in entries {
            let Some(&at) = index.get(&name) else { continue };
            // A key that occurs twice has one value at most.
            ambiguous |= !seen.insert(at) && row.cells[at] != cell;
            row.cells[at] = cell;
        }
        if ambiguous {
            sink.unreadable(record, line, Code::WrongFieldCount);
        } else {
            sink.record(record, line, &row);
        }
    })
}

/// A scalar as text, and as a number where it is one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) number: Option<f64>,
    /// It stands for an array or object.
    nested: bool,
}

impl Cell {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn count(number: i64) -> Self {
        Self { text: number.to_string(), number: Some(number as f64), nested: false }
    }

    /// For an array or object; one without content is no value.
    fn nested(empty: bool, mark: &str) -> Self {
        if empty { Self::default() } else { Self { nested: true, ..Self::of(mark) } }
    }

    fn array(empty: bool) -> Self {
        Self::nested(empty, "[…]")
    }

    fn object(entries: &[(String, Self)]) -> Self {
        Self::nested(entries.is_empty(), "{…}")
    }
}

pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
}

impl Fields for Row {
    fn len(&self) -> usize {
        self.cells.len()
    }

    fn text(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", |cell| cell.text.as_str())
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.cells.get(at).and_then(|cell| cell.number)
    }
}

/// One element: its scalars with their names, or `None` where it is no object.
struct Item(Option<Vec<(String, Cell)>>);

/// A value of any kind, with what is wanted of it.
enum Value {
    Scalar(Cell),
    Object(Vec<(String, Cell)>),
    Array(Cell),
}

struct AnyValue;

macro_rules! scalars {
    ($($method:ident: $kind:ty => |$value:ident| $number:expr),*) => {
        $(fn $method<E>(self, $value: $kind) -> std::result::Result<Value, E> {
            Ok(Value::Scalar(Cell { text: $value.to_string(), number: $number, nested: false }))
        })*
    };
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars!(
        visit_str: &str => |v| None,
        visit_bool: bool => |v| None,
        visit_i64: i64 => |v| Some(v as f64),
        visit_u64: u64 => |v| Some(v as f64),
        visit_f64: f64 => |v| Some(v)
    );

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Scalar(Cell::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Value, A::Error> {
        let mut empty = true;
        while seq.next_element::<Value>()?.is_some() {
            empty = false;
        }
        Ok(Value::Array(Cell::array(empty)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match map.next_value::<Value>()? {
                Value::Scalar(cell) | Value::Array(cell) => out.push((name, cell)),
                Value::Object(inner) => {
                    out.push((name.clone(), Cell::object(&inner)));
                    out.extend(inner.into_iter().map(|(below, cell)| (format!("{name}.{below}"), cell)));
                }
            }
        }
        Ok(Value::Object(out))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Object(entries) => Some(entries),
            Value::Scalar(_) | Value::Array(_) => None,
        }))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Scalar(cell) | Value::Array(cell) => cell,
            Value::Object(entries) => Self::object(&entries),
        })
    }
}

struct AnyOutline;

impl<'de> Visitor<'de> for AnyOutline {
    type Value = Outline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_unit<E>(self) -> std::result::Result<Outline, E> {
        Ok(Outline::Scalar)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<Outline, A::Error> {
        let first = seq.next_element::<Outline>()?;
        while seq.next_element::<Outline>()?.is_some() {}
        Ok(Outline::Array(first.map(Box::new)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Outline, A::Error> {
        let mut out = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value::<Outline>()?;
            if out.len() < MOST_COLUMNS {
                out.push((key, value));
            }
        }
        Ok(Outline::Object(out))
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(AnyOutline)
    }
}

/// The elements of an array, one at a time.
struct Elements<'e, T> {
    each: &'e mut dyn FnMut(T),
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Elements<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> std::result::Result<(), A::Error> {
        while let Some(item) = seq.next_element::<T>()? {
            (self.each)(item);
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Elements<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

/// The elements of the array under a key.
struct Under<'e, T> {
    key: &'e str,
    each: &'e mut dyn FnMut(T),
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Under<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == self.key {
                map.next_value_seed(Elements { each: &mut *self.each, item: PhantomData })?;
            } else {
                map.next_value::<Value>()?;
            }
        }
        Ok(())
    }
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Under<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[cfg(test)]
mod tests;
