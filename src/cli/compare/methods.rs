//! What the methods of a comparison say, below its ladder.

use serde_json::{Value, json};

use crate::compare::{ComparisonSpec, Estimated, MethodAnswer, Rows, tidy};
use crate::domain::{Lang, Text};
use crate::publish::{csv_bytes, sha256_hex};
use crate::report;

/// The JSON of `resonanz calc`; the hash of an input is that of the file that `--panel` writes.
pub(super) fn value(
    answer: &MethodAnswer,
    (at, spec): (usize, &ComparisonSpec),
    estimated: &Estimated<'_>,
    lang: Lang,
) -> Value {
    let area = answer.area.as_deref();
    let hash = |name: &str| {
        let rows = if name == answer.rows.id() { answer.rows } else { Rows::Services };
        let table = report::tables::tidy(&tidy(at, spec, rows, area, estimated).ok()?).ok()?;
        Some(sha256_hex(&csv_bytes(&table).ok()?))
    };
    let mut out = match &answer.outcome {
        Ok(found) => found.json(lang),
        Err(refused) => json!({
            "method": answer.method,
            "refused": {
                "text": refused.message.get(lang),
                "hints": refused.hints.iter().map(|hint| hint.get(lang)).collect::<Vec<_>>(),
            },
        }),
    };
    if let Some(inputs) = out.get_mut("inputs").and_then(Value::as_array_mut) {
        for input in inputs {
            let hash = input["file"].as_str().filter(|_| answer.rows != Rows::Tests).and_then(hash);
            input["sha256"] = hash.into();
        }
    }
    out["position"] = answer.position.into();
    out["rows"] = answer.rows.id().into();
    out
}

pub(super) fn lines(answer: &MethodAnswer, lang: Lang) -> Vec<String> {
    let title = Text::new("Verfahren", "Method").get(lang);
    let mut out = vec![String::new(), format!("{title} {} ({}):", answer.position, answer.rows.id())];
    match &answer.outcome {
        Ok(found) => out.extend(found.lines(lang)),
        Err(refused) => {
            let none = Text::new("kein Ergebnis", "no result").get(lang);
            out.push(format!("{}: {none}: {}", answer.method, refused.message.get(lang)));
            let hint = Text::new("Hinweis", "Hint").get(lang);
            out.extend(refused.hints.iter().map(|text| format!("{hint}: {}", text.get(lang))));
        }
    }
    out
}
