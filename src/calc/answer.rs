//! What a method answers: one shape for all methods, as JSON and as a table.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Table;
use crate::domain::{Label, Lang};

/// A row that has no part in the result, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropped {
    /// What it is, as a stable word: `rows`, `units`, `strata`, `matched_units`.
    pub what: &'static str,
    /// How many.
    pub n: usize,
    /// Why, as a stable word: `missing_outcome`, `always_treated`.
    pub why: &'static str,
    /// The same in words.
    pub text: Label,
}

/// A remark without which a number would mislead.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// A stable name: `single_treated_unit`.
    pub code: &'static str,
    /// The remark in words.
    pub text: Label,
}

/// One estimate. What a method does not give stays `None` and is `null` in JSON; nothing here is ever NaN.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimate {
    /// What it is an estimate of: a name, or keys such as group and time, in their order.
    pub keys: Vec<(&'static str, Value)>,
    /// The estimate.
    pub value: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Confidence level of the limits.
    pub level: Option<f64>,
    /// Two-sided p value.
    pub p: Option<f64>,
    /// Further results of the method, in their order.
    pub more: Vec<(&'static str, Value)>,
}

impl Estimate {
    /// An estimate of what `name` says.
    pub fn named(name: impl Into<String>) -> Self {
        Self { keys: vec![("name", Value::from(name.into()))], ..Self::default() }
    }

    /// An estimate with keys.
    #[must_use]
    pub fn keyed(keys: Vec<(&'static str, Value)>) -> Self {
        Self { keys, ..Self::default() }
    }

    /// Its keys in one line: a name alone, else each with what it is.
    #[must_use]
    pub fn name(&self) -> String {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match self.keys.as_slice() {
            [("name", name)] => text(name),
            keys => keys.iter().map(|(key, value)| format!("{key} {}", text(value))).collect::<Vec<_>>().join(", "),
        }
    }

    pub(super) fn object(&self) -> Map<String, Value> {
        let number = |value: Option<f64>| value.map_or(Value::Null, Value::from);
        let own = [
            ("value", number(self.value)),
            ("se", number(self.se)),
            ("lower", number(self.lower)),
            ("upper", number(self.upper)),
            ("level", number(self.level)),
            ("p", number(self.p)),
        ];
        self.keys.iter().cloned().chain(own).chain(self.more.iter().cloned()).map(|(k, v)| (k.to_owned(), v)).collect()
    }
}

/// The answer of a method.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Name of the method, as on the command line.
    pub method: &'static str,
    /// Every option with the value in use, defaults included.
    pub options: Map<String, Value>,
    /// Files read and the SHA-256 of their bytes.
    pub inputs: Vec<(String, String)>,
    /// Rows in use.
    pub n: usize,
    /// What was left out.
    pub dropped: Vec<Dropped>,
    /// The estimates, in the order of the input or of their keys.
    pub estimates: Vec<Estimate>,
    /// Summaries over estimates, by name.
    pub aggregates: Map<String, Value>,
    /// Tests and measures that tell how far the estimates can be trusted, by name.
    pub diagnostics: Map<String, Value>,
    /// Remarks.
    pub notes: Vec<Note>,
}

impl Answer {
    /// An empty answer of `method` with its options written down.
    pub fn of(method: &'static str, options: &impl Serialize) -> Self {
        let options = match serde_json::to_value(options) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        };
        Self { method, options, ..Self::default() }
    }

    /// Says that the answer rests on `table`.
    pub fn reads(&mut self, table: &Table) {
        self.inputs.push((table.file.clone(), table.sha256.clone()));
    }

    /// Adds a remark.
    pub fn note(&mut self, code: &'static str, text: Label) {
        self.notes.push(Note { code, text });
    }

    /// Says that `n` things were left out; nothing where `n` is zero.
    pub fn drop(&mut self, what: &'static str, n: usize, why: &'static str, text: Label) {
        if n > 0 {
            self.dropped.push(Dropped { what, n, why, text });
        }
    }

    /// The answer as JSON with words in `lang`.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let dropped = self
            .dropped
            .iter()
            .map(|d| serde_json::json!({ "what": d.what, "n": d.n, "why": d.why, "text": d.text.get(lang) }));
        let notes = self.notes.iter().map(|n| serde_json::json!({ "code": n.code, "text": n.text.get(lang) }));
        let inputs = self.inputs.iter().map(|(file, hash)| serde_json::json!({ "file": file, "sha256": hash }));
        serde_json::json!({
            "method": self.method,
            "program": concat!("resonanz ", env!("CARGO_PKG_VERSION")),
            "options": self.options,
            "inputs": inputs.collect::<Vec<_>>(),
            "n": self.n,
            "dropped": dropped.collect::<Vec<_>>(),
            "estimates": self.estimates.iter().map(Estimate::object).collect::<Vec<_>>(),
            "aggregates": self.aggregates,
            "diagnostics": self.diagnostics,
            "notes": notes.collect::<Vec<_>>(),
        })
    }

    /// The answer as lines of text: a table of the estimates, then all else.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        super::render::lines(self, lang)
    }
}

/// A number of an answer; a whole one without a decimal point.
pub(super) fn whole(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { Value::from(value as i64) } else { Value::from(value) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::say;

    #[test]
    fn what_a_method_does_not_give_is_null() {
        let mut answer = Answer::of("proportion", &serde_json::json!({ "level": 0.95 }));
        answer.estimates.push(Estimate { value: Some(0.5), upper: Some(f64::NAN), ..Estimate::named("row 1") });
        answer.note("few", say!("wenige", "few"));
        answer.drop("rows", 0, "missing", say!("leer", "empty"));
        let json = answer.json(Lang::De);
        assert_eq!(json["estimates"][0]["name"], "row 1");
        assert!(json["estimates"][0]["se"].is_null() && json["estimates"][0]["upper"].is_null());
        assert_eq!(json["notes"][0]["text"], "wenige");
        assert!(json["dropped"].as_array().unwrap().is_empty());
        assert_eq!(json["options"]["level"], 0.95);
    }
}
