//! What the TOML parser and serde say, with the place, in both languages.

use crate::Error;
use crate::domain::{Label, Text};
use crate::ingest::closest;

/// The error with line, column and the line itself, and what was probably meant.
pub(super) fn syntax_error(text: &str, error: &toml::de::Error) -> Error {
    let message = error.message().trim();
    let said = in_both(message.lines().next().unwrap_or(""));
    let out = Error::config(match error.span() {
        None => said,
        Some(span) => {
            let before = &text[..span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
            let shown = around(text.lines().nth(line - 1).unwrap_or(""), column);
            Label::new(
                format!("Zeile {line}, Spalte {column}: `{shown}`: {}", said.de),
                format!("line {line}, column {column}: `{shown}`: {}", said.en),
            )
        }
    });
    match unknown_name(message).and_then(|(_, wrong, known)| closest(wrong, &known).map(str::to_owned)) {
        Some(similar) => out.did_you_mean(&similar),
        None => out,
    }
}

/// The line, or the part of a long one that surrounds the column (from 1).
fn around(line: &str, column: usize) -> String {
    const BEFORE: usize = 60;
    const SHOWN: usize = 120;
    let length = line.chars().count();
    if length <= SHOWN {
        return line.trim().to_owned();
    }
    let from = column.saturating_sub(BEFORE).min(length - SHOWN);
    let part: String = line.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + SHOWN < length { "…" } else { "" };
    format!("{before}{}{after}", part.trim())
}

/// The common messages in German; any other stays as it is.
fn in_both(message: &str) -> Label {
    if message.starts_with("data did not match any variant of untagged enum") {
        return Text::new(
            "Hier gehört ein Text in Anführungszeichen oder eine Liste solcher Texte hin",
            "a text in quotes or a list of such texts is expected here",
        )
        .into();
    }
    if message == "wanted string or table" {
        return Text::new("Hier gehört ein Text in Anführungszeichen hin", "a text in quotes is expected here").into();
    }
    let mismatch = wrong_value(message);
    let de = unknown_name(message)
        .map(|(is_setting, wrong, known)| unknown_in_german(is_setting, wrong, &known))
        .or_else(|| quoted(message, "missing field `").map(|name| format!("Die Einstellung `{name}` fehlt")))
        .or_else(|| {
            quoted(message, "duplicate field `").map(|name| format!("Die Einstellung `{name}` steht doppelt da"))
        })
        .or_else(|| mismatch.as_ref().map(|label| label.de.clone()))
        .or_else(|| broken_in_german(message));
    let en = mismatch.map_or_else(|| message.to_owned(), |label| label.en);
    Label::new(de.unwrap_or_else(|| en.clone()), en)
}

/// From serde's "unknown field `colums`, expected one of `columns`, `files`": whether it is a setting (else a value),
/// what stands there, and what could.
fn unknown_name(message: &str) -> Option<(bool, &str, Vec<String>)> {
    let (is_setting, rest) = match message.strip_prefix("unknown field `") {
        Some(rest) => (true, rest),
        None => (false, message.strip_prefix("unknown variant `")?),
    };
    let mut names = rest.split('`').step_by(2);
    let wrong = names.next()?;
    Some((is_setting, wrong, names.filter(|n| !n.is_empty()).map(str::to_owned).collect()))
}

fn unknown_in_german(is_setting: bool, wrong: &str, known: &[String]) -> String {
    let what = if is_setting { "Die Einstellung" } else { "Den Wert" };
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => format!("{what} `{wrong}` gibt es hier nicht"),
        Some((only, [])) => format!("{what} `{wrong}` gibt es hier nicht; möglich ist nur {only}"),
        Some((last, others)) => {
            format!("{what} `{wrong}` gibt es hier nicht; möglich sind {} und {last}", others.join(", "))
        }
    }
}

fn quoted<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.split('`').next()
}

/// Of serde's "invalid type: integer `5`, expected a string".
fn wrong_value(message: &str) -> Option<Label> {
    let (is_type, rest) = match message.strip_prefix("invalid type: ") {
        Some(rest) => (true, rest),
        None => (false, message.strip_prefix("invalid value: ")?),
    };
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let (found_de, expected) = (found_in_german(found)?, expectation(expected)?);
    let en = if is_type { "invalid type" } else { "invalid value" };
    Some(Label::new(
        format!("Hier steht {found_de}, erwartet wird {}", expected.de),
        format!("{en}: {found}, expected {}", expected.en),
    ))
}

fn found_in_german(found: &str) -> Option<String> {
    let kinds = [
        ("boolean `", "der Wahrheitswert `"),
        ("integer `", "die Zahl `"),
        ("floating point `", "die Zahl `"),
        ("character `", "das Zeichen `"),
        ("string \"", "der Text \""),
    ];
    match found {
        "sequence" => Some("eine Liste".to_owned()),
        "map" => Some("eine Tabelle".to_owned()),
        _ => kinds.iter().find_map(|(en, de)| found.strip_prefix(en).map(|rest| format!("{de}{rest}"))),
    }
}

/// What serde expects, without the names of the program's own types.
fn expectation(expected: &str) -> Option<Text> {
    Some(match expected {
        "a string" | "string" => Text::new("ein Text in Anführungszeichen", "a string"),
        "a boolean" | "boolean" => Text::new("`true` oder `false`", "`true` or `false`"),
        "a character" => Text::new("ein einzelnes Zeichen in Anführungszeichen", "a single character in quotes"),
        "u8" | "u16" | "u32" | "u64" | "usize" => Text::new("eine ganze Zahl ab 0", "a whole number from 0"),
        "i8" | "i16" | "i32" | "i64" | "isize" => Text::new("eine ganze Zahl", "a whole number"),
        "f32" | "f64" => Text::new("eine Zahl", "a number"),
        "a sequence" => Text::new("eine Liste", "a list"),
        "a map" => Text::new("eine Tabelle", "a table"),
        _ if expected.starts_with("struct ") => Text::new("eine Tabelle", "a table"),
        _ => return None,
    })
}

/// What the parser says of text that is no TOML: a description and perhaps "expected" with a sign.
fn broken_in_german(message: &str) -> Option<String> {
    let (what, expected) = match message.split_once(", expected ") {
        Some((what, expected)) => (what, expected),
        None => (message, ""),
    };
    let de = match what {
        _ if what.starts_with("cannot recurse further") => "Das ist zu tief verschachtelt",
        "duplicate key" => "Diesen Namen gibt es hier schon",
        "invalid basic string" | "invalid literal string" if matches!(expected, "`\"`" | "`'`") => {
            return Some("Diesem Text fehlt das schließende Anführungszeichen".to_owned());
        }
        "invalid basic string" | "invalid literal string" => "Dieser Text ist nicht richtig geschrieben",
        "invalid boolean" => return Some("Das ist kein Wert; Texte müssen in Anführungszeichen stehen".to_owned()),
        "invalid multi-line basic string" | "invalid multi-line literal string" => {
            "Der mehrzeilige Text ist nicht richtig geschrieben"
        }
        "invalid unquoted key" => "In diesem Namen steht ein Zeichen, das dort nicht vorkommen darf",
        "unquoted keys cannot be empty" => "Hier fehlt ein Name",
        "string values must be quoted" => "Texte müssen in Anführungszeichen stehen",
        "key with no value" | "missing value for key" | "missing value" => "Hier fehlt ein Wert",
        "invalid value" => "Dieser Wert ist kein gültiges TOML",
        "invalid key-value pair" => "Das ist keine Zuweisung der Form name = Wert",
        "extra `=`" => "Hier steht ein `=` zu viel",
        "extra comma in array" | "extra comma in inline table" => "Hier steht ein Komma zu viel",
        "missing comma between array elements" | "missing comma between key-value pairs" => {
            "Zwischen zwei Einträgen fehlt das Trennzeichen"
        }
        "missing assignment between key-value pairs" => "Hier fehlt ein `=`",
        "unclosed array" => "Die Liste ist nicht geschlossen",
        "unclosed table" | "unclosed array table" => "Die eckige Klammer ist nicht geschlossen",
        "unclosed inline table" => "Die geschweifte Klammer ist nicht geschlossen",
        "unexpected content" | "unexpected key or value" => "Damit ist hier nicht zu rechnen",
        "unexpected leading zero" => {
            "Zahlen dürfen nicht mit einer Null beginnen; Schlüssel gehören in Anführungszeichen"
        }
        _ => return None,
    };
    Some(if expected.starts_with('`') { format!("{de}; erwartet wird {expected}") } else { de.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Project;
    use super::*;
    use crate::domain::Lang;

    fn both(body: &str) -> (String, String) {
        let error = Project::parse(&format!("schema_version = 1\n{body}"), Path::new(".")).unwrap_err();
        (error.message(Lang::De).to_owned(), error.message(Lang::En).to_owned())
    }

    fn german(body: &str) -> String {
        both(body).0
    }

    #[test]
    fn the_common_mistakes_are_told_in_german() {
        insta::assert_snapshot!(german("[project]\nnmae = \"Test\""), @r#"Zeile 3, Spalte 1: `nmae = "Test"`: Die Einstellung `nmae` gibt es hier nicht; möglich sind `name`, `language`, `audience`, `fictional` und `output`"#);
        insta::assert_snapshot!(german("[project]\nname = \"T\"\nlanguage = \"fr\""), @r#"Zeile 4, Spalte 12: `language = "fr"`: Den Wert `fr` gibt es hier nicht; möglich sind `de` und `en`"#);
        insta::assert_snapshot!(german("[project]\nlanguage = \"de\""), @"Zeile 2, Spalte 1: `[project]`: Die Einstellung `name` fehlt");
        insta::assert_snapshot!(german("[project]\nname = \"T\"\nname = \"U\""), @r#"Zeile 4, Spalte 1: `name = "U"`: Diesen Namen gibt es hier schon"#);
        insta::assert_snapshot!(german("[project]\nname = 5"), @"Zeile 3, Spalte 8: `name = 5`: Hier steht die Zahl `5`, erwartet wird ein Text in Anführungszeichen");
        insta::assert_snapshot!(german("project = \"T\""), @r#"Zeile 2, Spalte 11: `project = "T"`: Hier steht der Text "T", erwartet wird eine Tabelle"#);
        insta::assert_snapshot!(german("[project]\nname = \"T\"\nlanguage = 5"), @"Zeile 4, Spalte 12: `language = 5`: Hier gehört ein Text in Anführungszeichen hin");
        insta::assert_snapshot!(german("[project]\nname = \"T\"\n[period]\nmonths = -1"), @"Zeile 5, Spalte 10: `months = -1`: Hier steht die Zahl `-1`, erwartet wird eine ganze Zahl ab 0");
        insta::assert_snapshot!(german("[project]\nname = \"T\"\n[period]\nmonths = \"zwölf\""), @r#"Zeile 5, Spalte 10: `months = "zwölf"`: Hier steht der Text "zwölf", erwartet wird eine ganze Zahl ab 0"#);
        insta::assert_snapshot!(german("[project]\nname = \"T\"\nfictional = \"ja\""), @r#"Zeile 4, Spalte 13: `fictional = "ja"`: Hier steht der Text "ja", erwartet wird `true` oder `false`"#);
        insta::assert_snapshot!(german("[project]\nname = \"T"), @r#"Zeile 3, Spalte 10: `name = "T`: Diesem Text fehlt das schließende Anführungszeichen"#);
        insta::assert_snapshot!(german("[project]\nname = T"), @"Zeile 3, Spalte 8: `name = T`: Das ist kein Wert; Texte müssen in Anführungszeichen stehen");
        insta::assert_snapshot!(german("[project\nname = \"T\""), @"Zeile 2, Spalte 9: `[project`: Die eckige Klammer ist nicht geschlossen; erwartet wird `]`");
        insta::assert_snapshot!(german("[project]\nname"), @"Zeile 3, Spalte 5: `name`: Hier fehlt ein Wert; erwartet wird `=`");
        insta::assert_snapshot!(german("[focus]\nservices = [\"a\" \"b\"]"), @r#"Zeile 3, Spalte 17: `services = ["a" "b"]`: Zwischen zwei Einträgen fehlt das Trennzeichen; erwartet wird `,`"#);
        insta::assert_snapshot!(german("[focus]\nservices = [\"a\""), @r#"Zeile 3, Spalte 16: `services = ["a"`: Die Liste ist nicht geschlossen; erwartet wird `]`"#);
        insta::assert_snapshot!(german("[focus]\nservices = [01001000]"), @"Zeile 3, Spalte 13: `services = [01001000]`: Zahlen dürfen nicht mit einer Null beginnen; Schlüssel gehören in Anführungszeichen");
    }

    #[test]
    fn types_of_the_program_are_not_named() {
        insta::assert_snapshot!(both("project = 5").1, @"line 2, column 11: `project = 5`: invalid type: integer `5`, expected a table");
        insta::assert_snapshot!(both("[project]\nname = \"T\"\n[report]\nareas = 5").1, @"line 5, column 9: `areas = 5`: a text in quotes or a list of such texts is expected here");
    }

    #[test]
    fn too_deep_is_told_in_german() {
        let said = german(&format!("x = {}", "[".repeat(100_000)));
        assert!(said.ends_with("Das ist zu tief verschachtelt"), "{said}");
    }

    #[test]
    fn of_a_long_line_the_place_is_shown() {
        let body = format!(
            "[focus]\nservices = [{}, x, {}]",
            "\"10124\", ".repeat(40).trim_end_matches(", "),
            "1".repeat(5_000)
        );
        let said = both(&body).1;
        assert!(said.contains("line 3, column") && said.contains(", x, 111"), "{said}");
        assert!(said.chars().count() < 300, "{said}");
        assert_eq!(around("  short  ", 3), "short");
        assert_eq!(around(&"ab".repeat(100), 1), format!("{}…", "ab".repeat(60)));
        assert_eq!(around(&"ab".repeat(100), 200), format!("…{}", "ab".repeat(60)));
    }

    #[test]
    fn an_unknown_message_stays_as_it_is() {
        assert_eq!(in_both("something new"), Label::from("something new"));
    }
}
