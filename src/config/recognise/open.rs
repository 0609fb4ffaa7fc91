//! A configuration with open questions does not load.

use super::question::OPEN;
use crate::domain::{Label, say};
use crate::{Error, Result};

/// Refuses a configuration in which a `"?"` still stands for an answer.
///
/// # Errors
/// One error that names each open question with its line.
pub fn refuse_open_questions(table: &toml::Table, text: &str) -> Result<()> {
    if !table.get("source").is_some_and(has_open) {
        return Ok(());
    }
    let mut source = String::new();
    let mut open: Vec<Label> = Vec::new();
    let mut n = 0;
    let mut comment: Vec<&str> = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let line = line.trim();
        if let Some(said) = line.strip_prefix('#') {
            comment.push(said.trim());
            continue;
        }
        if let Some(name) = line.strip_prefix("name = ") {
            name.trim_matches('"').clone_into(&mut source);
        }
        if line.contains(&format!("\"{OPEN}\"")) {
            let setting = line.split(['=', '{']).next().unwrap_or(line).trim();
            let said = comment.join(" ");
            let asked = ["FRAGE", "QUESTION"].iter().find_map(|word| said.find(word)).map_or("", |at| &said[at..]);
            let asked = if asked.is_empty() { String::new() } else { format!(": {asked}") };
            n += line.matches(&format!("\"{OPEN}\"")).count();
            open.push(say!(
                "Zeile {number}, Quelle „{source}“, {setting}{asked}",
                "line {number}, source \"{source}\", {setting}{asked}"
            ));
        }
        comment.clear();
    }
    let error = Error::config(say!(
        "Offene Fragen: {n}. In der Konfiguration steht noch \"?\" statt einer Antwort",
        "open questions: {n}. The configuration still has \"?\" in place of an answer"
    ));
    Err(open.into_iter().fold(error, Error::hint))
}

fn has_open(value: &toml::Value) -> bool {
    match value {
        toml::Value::Array(items) => items.iter().filter(|item| !item.is_str()).any(has_open),
        toml::Value::Table(fields) => fields.values().any(|field| field.as_str() == Some(OPEN) || has_open(field)),
        _ => false,
    }
}
