//! What is wrong with a delivery, where, and how to cure it.
//!
//! # The order of the rules
//!
//! Every entry (a record, or one number of a wide record) is checked from the outside in, and the
//! first rule that fails names it, so that one mistake is counted once and under its cause:
//!
//! 1. Is it a record at all? A repeated header or a footnote is passed over.
//! 2. Has it the fields of the header ([`Code::WrongFieldCount`])? Without them no value can be
//!    told from another.
//! 3. Is it a total row? It is passed over before its key is looked up.
//! 4. Each field in the order of the kind: period, area, service, then what is counted (stage,
//!    channel, scale), then the number. Within a field: empty, destroyed by Excel, unknown.
//! 5. The entry beside the others: a second one with the same key, a period that overlaps.
//!
//! Offers, events and targets have no period and begin with the area; a register, a catalogue and a
//! survey with their key. What is said of entries that are used (repaired, look-alike, above 100
//! per cent) is added beside this order and never instead of it.

mod codes;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::codes::Code;
use crate::domain::{Lang, Text};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing was lost.
    Notice,
    /// A value was repaired or is suspicious; it is used.
    Warning,
    /// The record is not used and stands in the quarantine.
    Error,
}

impl Severity {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The name a reader sees.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Notice => Text::new("Hinweis", "notice"),
            Self::Warning => Text::new("Warnung", "warning"),
            Self::Error => Text::new("Fehler", "error"),
        }
        .get(lang)
    }
}

/// What becomes of a record, column or file with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The record is used as it is.
    Used,
    /// The record is used with a repaired value.
    Repaired,
    /// The record is used, its free text with personal data masked.
    Masked,
    /// The record is used, the one value counts as not provided.
    Blank,
    /// The record is used instead of an earlier one.
    Replaces,
    /// The record is not used, which is expected and costs no budget.
    PassedOver,
    /// The record is not used and counts towards the error budget.
    SetAside,
    /// The record is read, its number is left out of the panel.
    NumberLeftOut,
    /// The column is not read, the records are.
    ColumnLeftOut,
    /// Nothing comes from this file, the others are read.
    FileLeftOut,
}

impl Fate {
    /// The name used in machine-readable output.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Repaired => "repaired",
            Self::Masked => "masked",
            Self::Blank => "blank",
            Self::Replaces => "replaces",
            Self::PassedOver => "passed_over",
            Self::SetAside => "set_aside",
            Self::NumberLeftOut => "number_left_out",
            Self::ColumnLeftOut => "column_left_out",
            Self::FileLeftOut => "file_left_out",
        }
    }

    /// What the program does, in a sentence or two.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Used => Text::new(
                "Die Angabe wird verwendet, wie sie geliefert ist; der Befund bleibt als Warnung stehen.",
                "The entry is used as delivered; the finding stays as a warning.",
            ),
            Self::Repaired => Text::new(
                "Die Angabe wird mit dem berichtigten Wert verwendet; der Befund nennt den gelieferten und den verwendeten.",
                "The entry is used with the repaired value; the finding names the delivered and the used one.",
            ),
            Self::Masked => Text::new(
                "Die Angabe wird verwendet; die erkannten Stellen im Freitext sind ersetzt und werden nirgends gespeichert.",
                "The entry is used; what was recognised in the free text is replaced and stored nowhere.",
            ),
            Self::Blank => Text::new(
                "Der Datensatz wird verwendet; dieser eine Wert gilt als nicht angegeben.",
                "The record is used; this one value counts as not provided.",
            ),
            Self::Replaces => Text::new(
                "Die spätere Angabe wird verwendet; die frühere zählt in der Bilanz als ersetzt.",
                "The later entry is used; the earlier one is booked as replaced.",
            ),
            Self::PassedOver => Text::new(
                "Die Zeile wird nicht verwendet und steht in der Quarantäne; zum Fehlerbudget zählt sie nicht.",
                "The row is not used and stands in the quarantine; it does not count towards the error budget.",
            ),
            Self::SetAside => Text::new(
                "Die Angabe wird nicht verwendet, steht mit ihren ursprünglichen Werten in der Quarantäne und zählt zum \
                 Fehlerbudget; ist es überschritten, endet der Lauf vor dem Veröffentlichen.",
                "The entry is not used, stands in the quarantine with its original values and counts towards the \
                 error budget; once that is exceeded, the run stops before publishing.",
            ),
            Self::NumberLeftOut => Text::new(
                "Die Zeile ist eingelesen, ihre Zahl zählt aber nirgends mit; zum Fehlerbudget zählt sie nicht.",
                "The row has been read, but its number counts nowhere; it does not count towards the error budget.",
            ),
            Self::ColumnLeftOut => Text::new(
                "Die Spalte wird nicht eingelesen und nirgends gespeichert; die Zeilen werden verwendet.",
                "The column is not read and stored nowhere; the rows are used.",
            ),
            Self::FileLeftOut => Text::new(
                "Aus dieser Datei kommt keine Angabe; die anderen Dateien werden gelesen.",
                "No entry comes from this file; the other files are read.",
            ),
        }
    }
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Place {
    /// The file, relative to the configuration, with `/`.
    pub file: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The record, from 1, the header not counted; 0 for the whole file.
    pub record: u64,
    /// The line (or sheet row) on which the record begins, from 1; 0 if unknown.
    pub line: u64,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub code: Code,
    /// The source's name.
    pub source: String,
    /// Where.
    pub place: Place,
    /// The column header, or the field's name where there is no column.
    pub column: String,
    /// The value as delivered; free text is never here.
    pub value: String,
    /// What was probably meant, or what was done.
    pub suggestion: Option<Suggestion>,
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().copied().find(|code| code.id() == id);
        known.ok_or_else(|| serde::de::Error::custom(format!("unknown code {id}")))
    }
}

/// The helpful half of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suggestion {
    /// A similar allowed value.
    DidYouMean(String),
    /// The value that is used instead.
    UsedInstead(String),
    /// The earlier record with the same key: file and record number.
    EarlierRecord(String, u64),
    /// The values that are allowed.
    Allowed(String),
}

impl Finding {
    /// The finding in one sentence, without its place.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        let detail = self.detail(lang);
        let title = self.code.title().get(lang);
        let mut out = if detail.is_empty() { title.to_owned() } else { format!("{title} ({detail})") };
        if let Some(suggestion) = &self.suggestion {
            out.push_str("; ");
            out.push_str(&suggestion.text(lang));
        }
        out
    }

    /// `OZG-ID: „10125“`: the column and the value, as far as there are any.
    #[must_use]
    pub fn detail(&self, lang: Lang) -> String {
        match (self.column.as_str(), self.value.as_str()) {
            (column, "") => column.to_owned(),
            ("", value) => quoted(value, lang),
            (column, value) => format!("{column}: {}", quoted(value, lang)),
        }
    }

    /// `datei.csv, Blatt Fälle, Zeile 17`.
    #[must_use]
    pub fn place_text(&self, lang: Lang) -> String {
        let mut out = self.place.file.clone();
        if let Some(sheet) = &self.place.sheet {
            out.push_str(&format!(", {} {sheet}", Text::new("Blatt", "sheet").get(lang)));
        }
        if self.place.line > 0 {
            out.push_str(&format!(", {} {}", Text::new("Zeile", "line").get(lang), self.place.line));
        } else if self.place.record > 0 {
            out.push_str(&format!(", {} {}", Text::new("Datensatz", "record").get(lang), self.place.record));
        }
        out
    }
}

impl Suggestion {
    /// The suggestion in words.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let quoted = |text: &str| quoted(text, lang);
        match (self, lang) {
            (Self::DidYouMean(what), Lang::De) => format!("gemeint ist vielleicht {}", quoted(what)),
            (Self::DidYouMean(what), Lang::En) => format!("did you mean {}?", quoted(what)),
            (Self::UsedInstead(what), Lang::De) => format!("verwendet wird {}", quoted(what)),
            (Self::UsedInstead(what), Lang::En) => format!("{} is used instead", quoted(what)),
            (Self::EarlierRecord(file, record), Lang::De) => format!("zuerst in {file}, Datensatz {record}"),
            (Self::EarlierRecord(file, record), Lang::En) => format!("first in {file}, record {record}"),
            (Self::Allowed(what), Lang::De) => format!("erlaubt: {what}"),
            (Self::Allowed(what), Lang::En) => format!("allowed: {what}"),
        }
    }
}

fn quoted(text: &str, lang: Lang) -> String {
    const SHOWN: usize = 160;
    let more = if text.chars().count() > SHOWN { "…" } else { "" };
    let text: String = text.chars().take(SHOWN).chain(more.chars()).collect();
    match lang {
        Lang::De => format!("„{text}“"),
        Lang::En => format!("\"{text}\""),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_plain() {
        let ids: BTreeSet<_> = Code::ALL.iter().map(|c| c.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')));
    }

    #[test]
    fn a_message_names_column_value_and_cure() {
        let finding = Finding {
            code: Code::UnknownService,
            source: "faelle".into(),
            place: Place { file: "a.csv".into(), sheet: None, record: 3, line: 4 },
            column: "OZG-ID".into(),
            value: "10125".into(),
            suggestion: Some(Suggestion::DidYouMean("10124".into())),
        };
        assert_eq!(
            finding.message(Lang::De),
            "Der Leistungsschlüssel steht nicht im Katalog (OZG-ID: „10125“); gemeint ist vielleicht „10124“"
        );
        assert_eq!(finding.place_text(Lang::De), "a.csv, Zeile 4");
        assert_eq!(
            finding.message(Lang::En),
            "The service key is not in the catalogue (OZG-ID: \"10125\"); did you mean \"10124\"?"
        );
    }

    #[test]
    fn every_code_says_what_how_and_what_to_do() {
        for code in Code::ALL {
            let id = code.id();
            assert!(!code.example().trim().is_empty(), "{id} has no example");
            for text in [code.meaning(), code.cause(), code.cure(), code.fate().text()] {
                for lang in [Lang::De, Lang::En] {
                    let said = text.get(lang);
                    assert!(said.len() > 20 && said.ends_with(['.', '?', '!']), "{id}: {said:?}");
                    assert!(!said.contains("  ") && said.trim() == said, "{id}: {said:?}");
                }
                assert_ne!(text.de, text.en, "{id}");
            }
            let title = code.title();
            for said in [title.de, title.en] {
                assert!(!said.is_empty() && !said.ends_with('.'), "{id}: {said:?}");
            }
            assert_ne!(title.de, title.en, "{id}");
            let texts = [title.de, code.meaning().de, code.cause().de, code.cure().de];
            assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "{id} repeats itself");
        }
    }

    #[test]
    fn errors_and_only_errors_are_set_aside_at_the_cost_of_the_budget() {
        for code in Code::ALL {
            assert_eq!(code.severity() == Severity::Error, code.fate() == Fate::SetAside, "{}", code.id());
        }
    }
}
