//! What the methods of comparisons say, and the numbers that they work on.

use serde_json::Value;

use super::{column, int};
use crate::Result;
use crate::calc::{Answer, Estimate};
use crate::compare::{Cells, MethodAnswer, Rows, Tidy};
use crate::disclosure::Results;
use crate::domain::Lang;
use crate::publish::{Column, ColumnData, Label, Table};

/// One row per estimate, summary, remark or refusal; `None` where no comparison has a method.
pub(super) fn answers(r: &Results) -> Result<Option<Table>> {
    if r.methods.is_empty() {
        return Ok(None);
    }
    let of = |(at, answers): &(usize, Vec<MethodAnswer>)| -> Vec<(usize, usize, String, Row)> {
        let rows = |a: &MethodAnswer| rows(a).into_iter().map(|row| (*at, a.position, a.method.clone(), row)).collect();
        answers.iter().flat_map(|a| -> Vec<_> { rows(a) }).collect()
    };
    let rows: Vec<_> = r.methods.iter().flat_map(of).collect();
    let mut last = (usize::MAX, 0, 0);
    let numbers: Vec<u64> = rows
        .iter()
        .map(|(at, position, ..)| {
            last =
                if (last.0, last.1) == (*at, *position) { (*at, *position, last.2 + 1) } else { (*at, *position, 1) };
            last.2
        })
        .collect();
    let number = |pick: fn(&Estimate) -> Option<f64>| rows.iter().map(move |row| pick(&row.3.estimate));
    let text = |lang: Lang| rows.iter().map(move |row| row.3.text.as_ref().map(|text| text.get(lang).to_owned()));
    Table::builder("comparison_methods", Label::new("Verfahren zu den Vergleichen", "Methods of the comparisons"))
        .describe(
            "Was die Verfahren aus [[comparison.method]] ergeben, berechnet aus den Zahlen dieses Berichts. Ein Unterschied ist keine Wirkung; was ein Verfahren annimmt, sagt resonanz explain.",
            "What the methods of [[comparison.method]] give, computed from the numbers of this report. A difference is no effect; resonanz explain says what a method assumes.",
        )
        .key(&["comparison", "position", "row"])
        .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|row| &r.comparisons[row.0].name))
        .integer(
            column("position", "Das wievielte Verfahren des Vergleichs", "Which method of the comparison"),
            rows.iter().map(|row| int(row.1 as u64)),
        )
        .text(column("method", "Verfahren", "Method"), rows.iter().map(|row| &row.2))
        .integer(column("row", "Zeile seiner Antwort", "Row of its answer"), numbers.into_iter().map(int))
        .text(
            column("part", "Teil der Antwort", "Part of the answer").describe(
                "estimate: Schätzung; aggregate: Zusammenfassung; dropped: weggelassen; note: Hinweis; refused: kein Ergebnis, mit Grund.",
                "estimate: estimate; aggregate: summary; dropped: left out; note: remark; refused: no result, with the reason.",
            ),
            rows.iter().map(|row| row.3.part),
        )
        .text(column("name", "Wovon", "Of what"), rows.iter().map(|row| row.3.estimate.name()))
        .number(column("value", "Wert", "Value"), number(|e| e.value))
        .number(column("se", "Standardfehler", "Standard error"), number(|e| e.se))
        .number(column("lower", "Untere Grenze", "Lower limit"), number(|e| e.lower))
        .number(column("upper", "Obere Grenze", "Upper limit"), number(|e| e.upper))
        .number(column("level", "Vertrauensniveau", "Confidence level"), number(|e| e.level))
        .number(column("p", "P-Wert, zweiseitig", "P value, two-sided"), number(|e| e.p))
        .text(column("text_de", "In Worten, deutsch", "In words, in German"), text(Lang::De))
        .text(column("text_en", "In Worten, englisch", "In words, in English"), text(Lang::En))
        .build()
        .map(Some)
}

/// A row of the answer: numbers, words or both.
struct Row {
    part: &'static str,
    estimate: Estimate,
    text: Option<Label>,
}

fn rows(answer: &MethodAnswer) -> Vec<Row> {
    match &answer.outcome {
        Ok(found) => found_rows(found),
        Err(refused) => {
            let text = Some(refused.message.clone());
            vec![Row { part: "refused", estimate: Estimate::named(""), text }]
        }
    }
}

fn found_rows(found: &Answer) -> Vec<Row> {
    let finite = |e: &Estimate| {
        let finite = |value: Option<f64>| value.filter(|v| v.is_finite());
        Estimate {
            keys: e.keys.clone(),
            value: finite(e.value),
            se: finite(e.se),
            lower: finite(e.lower),
            upper: finite(e.upper),
            level: finite(e.level),
            p: finite(e.p),
            more: Vec::new(),
        }
    };
    let mut out: Vec<Row> =
        found.estimates.iter().map(|e| Row { part: "estimate", estimate: finite(e), text: None }).collect();
    for (name, value) in &found.aggregates {
        summaries(name, value, &mut out);
    }
    let mut words = |part, name: String, text: &Label| {
        out.push(Row { part, estimate: Estimate::named(name), text: Some(text.clone()) });
    };
    for dropped in &found.dropped {
        let n = dropped.n;
        let text = Label::new(format!("{}: {n}", dropped.text.de), format!("{}: {n}", dropped.text.en));
        words("dropped", format!("{} {}", dropped.what, dropped.why), &text);
    }
    found.notes.iter().for_each(|note| words("note", note.code.to_owned(), &note.text));
    out
}

/// The numbers and words of a summary, those within it named after it.
fn summaries(name: &str, value: &Value, out: &mut Vec<Row>) {
    let row = |estimate, text| Row { part: "aggregate", estimate, text };
    match value {
        Value::Null => {}
        Value::Number(number) => {
            out.push(row(Estimate { value: number.as_f64(), ..Estimate::named(name) }, None));
        }
        Value::String(text) => out.push(row(Estimate::named(name), Some(Label::new(text.clone(), text.clone())))),
        Value::Bool(yes) => {
            let text = if *yes { Label::new("ja", "yes") } else { Label::new("nein", "no") };
            out.push(row(Estimate::named(name), Some(text)));
        }
        Value::Array(items) => {
            for (item, nth) in items.iter().zip(1..) {
                let key = item
                    .get("key")
                    .map_or_else(|| nth.to_string(), |key| key.as_str().map_or_else(|| key.to_string(), str::to_owned));
                summaries(&format!("{name} {key}"), item, out);
            }
        }
        Value::Object(fields) => {
            let number = |key: &str| fields.get(key).and_then(Value::as_f64);
            if fields.contains_key("value") {
                let estimate = Estimate {
                    value: number("value"),
                    se: number("se"),
                    lower: number("lower"),
                    upper: number("upper"),
                    level: number("level"),
                    p: number("p"),
                    ..Estimate::named(name)
                };
                out.push(row(estimate, None));
            }
            let own = ["key", "value", "se", "lower", "upper", "level", "p"];
            let has_value = fields.contains_key("value");
            for (below, value) in fields {
                match below.as_str() {
                    "key" => {}
                    "by" => summaries(name, value, out),
                    field if has_value && own.contains(&field) => {}
                    field => summaries(&format!("{name} {field}"), value, out),
                }
            }
        }
    }
}

/// The numbers that methods work on.
///
/// # Errors
/// If a value cannot be written.
pub fn tidy(tidy: &Tidy) -> Result<Table> {
    let title = match tidy.rows {
        Rows::Panel | Rows::BalancedPanel => Label::new("Orte je Monat", "Towns by month"),
        Rows::Towns | Rows::CompleteTowns => Label::new("Orte im Berichtszeitraum", "Towns in the reference period"),
        Rows::Months => Label::new("Zahlen je Monat", "Numbers by month"),
        Rows::TownServices => Label::new("Leistungen der Orte", "Services of the towns"),
        Rows::Sides => Label::new("Beide Seiten", "Both sides"),
        Rows::ServiceSides => Label::new("Leistungen beider Seiten", "Services of both sides"),
        Rows::Services => Label::new("Leistungen", "Services"),
        Rows::Tests => Label::new("p-Werte", "P values"),
    };
    let mut builder = Table::builder(tidy.rows.id(), title);
    for found in &tidy.columns {
        let data = match &found.cells {
            Cells::Text(cells) => ColumnData::Text(cells.iter().cloned().map(Some).collect()),
            Cells::Number(cells) => ColumnData::Number(cells.clone()),
        };
        builder = builder.column(Column::new(&found.name, &found.name, &found.name), data);
    }
    builder.build()
}
