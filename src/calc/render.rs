//! An answer as lines of text.

use serde_json::{Map, Value};

use super::answer::{Answer, Estimate};
use crate::domain::{Lang, Text};

/// Significant digits of a number in a table; JSON has them all.
const DIGITS: i32 = 6;

pub(super) fn lines(answer: &Answer, lang: Lang) -> Vec<String> {
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    let mut out = vec![format!("{}  n = {}", answer.method, answer.n)];
    if !answer.estimates.is_empty() {
        out.push(String::new());
        out.extend(table(&answer.estimates, lang));
    }
    for (title, map) in [
        (say("Zusammenfassung", "Aggregates"), &answer.aggregates),
        (say("Diagnose", "Diagnostics"), &answer.diagnostics),
    ] {
        if !map.is_empty() {
            out.push(String::new());
            out.push(format!("{title}:"));
            tree(map, 1, lang, &mut out);
        }
    }
    let dropped =
        answer.dropped.iter().map(|d| (say("Weggelassen", "Left out"), format!("{} ({})", d.text.get(lang), d.n)));
    let notes = answer.notes.iter().map(|n| (say("Hinweis", "Note"), n.text.get(lang).to_owned()));
    for (at, (title, text)) in dropped.chain(notes).enumerate() {
        if at == 0 {
            out.push(String::new());
        }
        out.push(format!("{title}: {text}"));
    }
    out
}

/// Columns that no estimate fills are left out, and those that are tables themselves: JSON has them.
fn table(estimates: &[Estimate], lang: Lang) -> Vec<String> {
    let rows: Vec<Map<String, Value>> = estimates.iter().map(Estimate::object).collect();
    let mut names: Vec<&String> = Vec::new();
    for row in &rows {
        for (name, value) in row {
            let is_table = |v: &Value| v.is_object() || v.as_array().is_some_and(|a| a.iter().any(Value::is_object));
            if !value.is_null() && !is_table(value) && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let cell = |row: &Map<String, Value>, name: &str| row.get(name).map_or(String::new(), |value| text(value, lang));
    let columns: Vec<Vec<String>> = names
        .iter()
        .map(|name| std::iter::once((*name).clone()).chain(rows.iter().map(|row| cell(row, name))).collect())
        .collect();
    let widths: Vec<usize> = columns.iter().map(|c| c.iter().map(|t| t.chars().count()).max().unwrap_or(0)).collect();
    let numeric: Vec<bool> = names
        .iter()
        .map(|name| rows.iter().filter_map(|row| row.get(*name)).all(|v| v.is_number() || v.is_null()))
        .collect();
    (0..=rows.len())
        .map(|line| {
            let cells = columns.iter().zip(&widths).zip(&numeric).map(|((column, width), numeric)| {
                let text = column.get(line).map_or("", String::as_str);
                let pad = " ".repeat(width.saturating_sub(text.chars().count()));
                if *numeric { format!("{pad}{text}") } else { format!("{text}{pad}") }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

fn tree(map: &Map<String, Value>, depth: usize, lang: Lang, out: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    for (name, value) in map {
        match value {
            Value::Object(below) => {
                out.push(format!("{indent}{name}:"));
                tree(below, depth + 1, lang, out);
            }
            Value::Array(items) if items.iter().any(Value::is_object) => {
                out.push(format!("{indent}{name}:"));
                for item in items {
                    let line = match item {
                        Value::Object(fields) => {
                            fields.iter().map(|(k, v)| format!("{k} {}", text(v, lang))).collect::<Vec<_>>().join("  ")
                        }
                        other => text(other, lang),
                    };
                    out.push(format!("{indent}  {line}"));
                }
            }
            other => out.push(format!("{indent}{name}: {}", text(other, lang))),
        }
    }
}

fn text(value: &Value, lang: Lang) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(true) => Text::new("ja", "yes").get(lang).to_owned(),
        Value::Bool(false) => Text::new("nein", "no").get(lang).to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(n) if !number.is_i64() && !number.is_u64() => rounded(n, lang),
            _ => number.to_string(),
        },
        Value::Array(items) => items.iter().map(|item| text(item, lang)).collect::<Vec<_>>().join(", "),
        Value::Object(map) => map.iter().map(|(k, v)| format!("{k} {}", text(v, lang))).collect::<Vec<_>>().join(", "),
    }
}

/// To [`DIGITS`] significant digits, without an exponent where that is readable.
fn rounded(value: f64, lang: Lang) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    let plain = if (-5..15).contains(&magnitude) {
        let decimals = usize::try_from(DIGITS - 1 - magnitude).unwrap_or(0);
        let fixed = format!("{value:.decimals$}");
        if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.').to_owned() } else { fixed }
    } else {
        format!("{value:.5e}")
    };
    if lang == Lang::De { plain.replace('.', ",") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::say;

    #[test]
    fn numbers_are_rounded_for_the_eye() {
        assert_eq!(rounded(0.123_456_789, Lang::De), "0,123457");
        assert_eq!(rounded(1234.5, Lang::En), "1234.5");
        assert_eq!(rounded(0.0, Lang::En), "0");
        assert_eq!(rounded(1e-9, Lang::En), "1.00000e-9");
        assert_eq!(rounded(123_456_789.4, Lang::En), "123456789");
    }

    #[test]
    fn an_answer_reads_as_a_table() {
        let mut answer = Answer { method: "did", n: 12, ..Answer::default() };
        for (town, value) in [("Ährenau", 0.25), ("Bad Born", 1.5)] {
            answer.estimates.push(Estimate { value: Some(value), ..Estimate::named(town) });
        }
        answer
            .aggregates
            .insert("simple".into(), serde_json::json!({ "value": 0.5, "by": [{"key": 1, "value": 0.25}] }));
        answer.note("few", say!("wenige Orte", "few towns"));
        insta::assert_snapshot!(lines(&answer, Lang::De).join("\n"), @r"
        did  n = 12

        name      value
        Ährenau    0,25
        Bad Born    1,5

        Zusammenfassung:
          simple:
            value: 0,5
            by:
              key 1  value 0,25

        Hinweis: wenige Orte
        ");
    }
}
