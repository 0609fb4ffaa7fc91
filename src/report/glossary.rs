//! Definitions for the glossary page and for `explain`: one source for both.

mod methods;
mod settings;

pub use self::methods::{METHODS, Method};
pub use self::settings::{RULES, RULES_ID, SETTINGS, Setting};
use super::view::{GlossaryPage, KpiEntry, TermEntry};
use crate::domain::{Lang, Text};
use crate::ingest::{Code, Severity};
use crate::kpi::{CATALOGUE, IntervalMethod, Kpi, Unit, position};

/// One line of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The name in machine-readable output, the same in every language.
    pub key: &'static str,
    /// The label that a reader sees.
    pub label: &'static str,
    /// The text.
    pub text: String,
}

/// The explanation, line by line, of a key figure, a finding code, a setting, a method or the rules.
#[must_use]
pub fn explain(topic: &str, lang: Lang) -> Option<Vec<Line>> {
    let line = |key: &'static str, de: &'static str, en: &'static str, text: &str| Line {
        key,
        label: Text::new(de, en).get(lang),
        text: text.to_owned(),
    };
    if let Some(kpi) = position(topic).map(|at| &CATALOGUE[at]) {
        let entry = entry(kpi, lang);
        let all = [
            line("id", "Kennzahl", "Key figure", &format!("{} ({})", entry.name, entry.id)),
            line("numerator", "Zähler", "Numerator", &entry.numerator),
            line("denominator", "Nenner", "Denominator", &entry.denominator),
            line("unit", "Einheit", "Unit", &entry.unit),
            line("interval", "Spanne", "Interval", &entry.interval),
            line("minimum", "Mindestzahl", "Minimum", &entry.minimum_n),
            line("caveat", "Zu beachten", "Caveat", &entry.caveat),
            line("source", "Quelle", "Source", &entry.source),
        ];
        return Some(all.into_iter().filter(|line| !line.text.is_empty()).collect());
    }
    if let Some(code) = Code::ALL.iter().find(|c| c.id() == topic) {
        let title = format!("{} ({})", code.title().get(lang), code.id());
        return Some(vec![
            line("id", "Befund", "Finding", &title),
            line("severity", "Schwere", "Severity", code.severity().label(lang)),
            line("meaning", "Bedeutung", "Meaning", code.meaning().get(lang)),
            line("cause", "So kommt es dazu", "How it happens", code.cause().get(lang)),
            line("cure", "Abhilfe an der Quelle", "Cure at the source", code.cure().get(lang)),
            line("treatment", "Was das Programm tut", "What the program does", code.fate().text().get(lang)),
            line("settings", "Einstellungen dazu", "Settings", &settings_of(*code, lang)),
            line("example", "Beispiel", "Example", code.example()),
        ]);
    }
    if let Some(setting) = SETTINGS.iter().find(|s| s.id == topic) {
        let title = format!("{} ({})", setting.name.get(lang), setting.id);
        return Some(vec![
            line("id", "Einstellung", "Setting", &title),
            line("meaning", "Bedeutung", "Meaning", setting.text.get(lang)),
            line("values", "Werte", "Values", setting.values.get(lang)),
            line("example", "Beispiel", "Example", setting.example),
        ]);
    }
    if topic == RULES_ID {
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.get(lang)).collect();
        let title = Text::new("Reihenfolge der Prüfungen (rules)", "Order of the rules (rules)");
        return Some(vec![
            line("id", "Thema", "Topic", title.get(lang)),
            line("rules", "Regeln", "Rules", &rules.join("\n")),
        ]);
    }
    let method = METHODS.iter().find(|m| m.id == topic)?;
    Some(vec![
        line("id", "Verfahren", "Method", &format!("{} ({})", method.name.get(lang), method.id)),
        line("meaning", "Bedeutung", "Meaning", method.text.get(lang)),
        line("source", "Quelle", "Source", method.source),
    ])
}

/// The settings of a source that change what becomes of the finding.
fn settings_of(code: Code, lang: Lang) -> String {
    let mut ids: Vec<&str> = code.settings().to_vec();
    if code.severity() == Severity::Error {
        ids.push("error_budget");
    }
    let names: Vec<String> = SETTINGS
        .iter()
        .filter(|setting| ids.contains(&setting.id))
        .map(|setting| format!("{} ({})", setting.id, setting.name.get(lang)))
        .collect();
    if names.is_empty() { Text::new("keine", "none").get(lang).to_owned() } else { names.join("; ") }
}

/// Every topic of [`explain`] with its name, in the groups in which a reader looks for them.
#[must_use]
pub fn topics(lang: Lang) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let rules = Text::new("In welcher Reihenfolge geprüft wird", "In which order the rules are checked");
    let settings = SETTINGS.iter().map(|setting| (setting.id, setting.name.get(lang)));
    vec![
        (
            Text::new("Kennzahlen", "Key figures").get(lang),
            CATALOGUE.iter().map(|kpi| (kpi.id, kpi.name.get(lang))).collect(),
        ),
        (
            Text::new("Befunde", "Findings").get(lang),
            Code::ALL.iter().map(|code| (code.id(), code.title().get(lang))).collect(),
        ),
        (
            Text::new("Einstellungen einer Quelle", "Settings of a source").get(lang),
            std::iter::once((RULES_ID, rules.get(lang))).chain(settings).collect(),
        ),
        (
            Text::new("Verfahren", "Methods").get(lang),
            METHODS.iter().map(|method| (method.id, method.name.get(lang))).collect(),
        ),
    ]
}

/// The glossary page.
#[must_use]
pub fn page(lang: Lang) -> GlossaryPage {
    let terms = METHODS
        .iter()
        .map(|m| TermEntry { term: m.name.get(lang).to_owned(), text: format!("{} ({})", m.text.get(lang), m.source) })
        .collect();
    GlossaryPage { kpis: CATALOGUE.iter().map(|kpi| entry(kpi, lang)).collect(), terms }
}

fn entry(kpi: &Kpi, lang: Lang) -> KpiEntry {
    let unit = match kpi.unit {
        Unit::Share => Text::new("Anteil in Prozent", "share in percent").get(lang),
        Unit::Count => Text::new("Anzahl", "count").get(lang),
        _ => kpi.unit_text(lang),
    };
    let interval = match kpi.interval {
        IntervalMethod::Wilson => Text::new(
            "ein Ort: Wilson (95 %); Gruppen von Orten: Jackknife über Orte",
            "one town: Wilson (95 %); groups of towns: jackknife over towns",
        ),
        IntervalMethod::Poisson => Text::new(
            "exakt unter zehn Ereignissen, sonst Byar (95 %); Gruppen von Orten: Jackknife über Orte",
            "exact below ten events, else Byar (95 %); groups of towns: jackknife over towns",
        ),
        IntervalMethod::Survey => {
            Text::new("Taylor-Linearisierung, Logit-Skala (95 %)", "Taylor linearisation, logit scale (95 %)")
        }
        IntervalMethod::None => Text::new("keine: die Daten enthalten nur Summen", "none: the data hold only sums"),
    };
    let numerator = kpi.numerator.get(lang).to_owned();
    let denominator = kpi.denominator.get(lang).to_owned();
    let formula = if kpi.unit == Unit::Count { numerator.clone() } else { format!("{numerator} / {denominator}") };
    KpiEntry {
        id: kpi.id.to_owned(),
        name: kpi.name.get(lang).to_owned(),
        formula,
        numerator,
        denominator: if kpi.unit == Unit::Count { String::new() } else { denominator },
        unit: unit.to_owned(),
        interval: interval.get(lang).to_owned(),
        minimum_n: if kpi.minimum_n > 0 { kpi.minimum_n.to_string() } else { String::new() },
        caveat: kpi.caveat.get(lang).to_owned(),
        source: kpi.source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn said(topic: &str, lang: Lang) -> String {
        let lines = explain(topic, lang).unwrap();
        lines.iter().map(|line| format!("{}: {}\n", line.label, line.text)).collect()
    }

    #[test]
    fn every_topic_is_explained_in_both_languages() {
        let mut seen = BTreeSet::new();
        for (topic, _) in topics(Lang::De).into_iter().flat_map(|(_, topics)| topics) {
            assert!(seen.insert(topic), "two topics are called {topic}");
            for lang in [Lang::De, Lang::En] {
                let lines = explain(topic, lang).unwrap();
                assert!(lines.len() >= 2 && lines.iter().all(|line| !line.text.is_empty()), "{topic}");
                let keys: BTreeSet<_> = lines.iter().map(|line| line.key).collect();
                assert_eq!(keys.len(), lines.len(), "{topic}");
            }
        }
        assert!(explain("nothing", Lang::De).is_none());
    }

    #[test]
    fn a_finding_says_what_becomes_of_the_row_and_which_setting_decides() {
        let area = said("unknown_area", Lang::De);
        for part in [
            "Befund: Der Gebietsschlüssel steht nicht im Register (unknown_area)\nSchwere: Fehler\nBedeutung: Nur ",
            "\nWas das Programm tut: Die Angabe wird nicht verwendet, ",
            "\nEinstellungen dazu: error_budget (Fehlerbudget); repair (",
            "\nBeispiel: 99009999\n",
        ] {
            assert!(area.contains(part), "{part:?} in {area}");
        }
        let replaced = said("replaced", Lang::En);
        assert!(replaced.contains("Severity: notice\n"), "{replaced}");
        assert!(replaced.contains("Settings: on_duplicate ("), "costs no budget: {replaced}");
        assert!(said("total_row", Lang::De).contains("Einstellungen dazu: keine"));
    }

    #[test]
    fn the_error_budget_says_what_it_counts() {
        let text = said("error_budget", Lang::En);
        for part in ["Only findings of severity \"error\" count", "every entry read", "exit code 1", "0.05"] {
            assert!(text.contains(part), "{part}");
        }
    }
}
