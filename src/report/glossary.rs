//! Definitions for the glossary page and for `explain`: one source for both.

use super::view::{GlossaryPage, KpiEntry, TermEntry};
use crate::domain::{Lang, Text};
use crate::ingest::Code;
use crate::kpi::{CATALOGUE, IntervalMethod, Kpi, Unit, position};

/// A method and what to mind when reading its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The name used in tables.
    pub id: &'static str,
    /// What it is called.
    pub name: Text,
    /// What it does and when it refuses.
    pub text: Text,
    /// Reference.
    pub source: &'static str,
}

/// The methods whose names stand in tables.
pub const METHODS: &[Method] = &[
    Method {
        id: "wilson",
        name: Text::new("Wilson-Intervall", "Wilson interval"),
        text: Text::new(
            "Spanne für den eigenen Anteil eines Ortes; hat auch bei 0 % und 100 % eine Breite. Gilt nicht für Gruppen von Orten.",
            "Interval for the share of one town; has a width at 0 % and 100 % too. Not for groups of towns.",
        ),
        source: "Wilson 1927; Newcombe 1998",
    },
    Method {
        id: "poisson_exact",
        name: Text::new("Exaktes Poisson-Intervall", "Exact Poisson interval"),
        text: Text::new(
            "Spanne für Raten mit weniger als zehn Ereignissen.",
            "Interval for rates with fewer than ten events.",
        ),
        source: "Garwood 1936",
    },
    Method {
        id: "byar",
        name: Text::new("Byar-Intervall", "Byar interval"),
        text: Text::new("Spanne für Raten ab zehn Ereignissen.", "Interval for rates from ten events on."),
        source: "Breslow & Day 1987",
    },
    Method {
        id: "jackknife",
        name: Text::new("Jackknife über Orte", "Jackknife over towns"),
        text: Text::new(
            "Spanne für eine Gruppe von Orten: Reihum bleibt ein Ort weg. Sie weiß, dass Orte sich unterscheiden; unter fünf Orten gibt es keine.",
            "Interval for a group of towns: each town is left out in turn. It knows that towns differ; below five towns there is none.",
        ),
        source: "Efron & Tibshirani 1993",
    },
    Method {
        id: "ratio_of_sums",
        name: Text::new("Summe durch Summe", "Ratio of sums"),
        text: Text::new(
            "Jeder Fall zählt gleich viel: Große Orte bestimmen den Wert.",
            "Every case counts the same: large towns decide the value.",
        ),
        source: "–",
    },
    Method {
        id: "mean_of_ratios",
        name: Text::new("Mittel der Ortswerte", "Mean of ratios"),
        text: Text::new(
            "Jeder Ort zählt gleich viel, auch der kleinste.",
            "Every town counts the same, the smallest too.",
        ),
        source: "–",
    },
    Method {
        id: "taylor_logit",
        name: Text::new("Stichprobenspanne der Befragung", "Survey interval"),
        text: Text::new(
            "Gewichtete Befragung: Taylor-Linearisierung nach Schichten und Auswahleinheiten, Spanne auf der Logit-Skala.",
            "Weighted survey: Taylor linearisation by strata and sampling units, interval on the logit scale.",
        ),
        source: "Lumley 2010; Särndal, Swensson & Wretman 1992",
    },
];

/// Label and text, line by line, for a key figure, a finding code or a method.
#[must_use]
pub fn explain(topic: &str, lang: Lang) -> Option<Vec<(String, String)>> {
    let line =
        |de: &'static str, en: &'static str, text: &str| (Text::new(de, en).get(lang).to_owned(), text.to_owned());
    if let Some(kpi) = position(topic).map(|at| &CATALOGUE[at]) {
        let entry = entry(kpi, lang);
        let all = [
            line("Kennzahl", "Key figure", &format!("{} ({})", entry.name, entry.id)),
            line("Zähler", "Numerator", &entry.numerator),
            line("Nenner", "Denominator", &entry.denominator),
            line("Einheit", "Unit", &entry.unit),
            line("Spanne", "Interval", &entry.interval),
            line("Mindestzahl", "Minimum", &entry.minimum_n),
            line("Zu beachten", "Caveat", &entry.caveat),
            line("Quelle", "Source", &entry.source),
        ];
        return Some(all.into_iter().filter(|(_, text)| !text.is_empty()).collect());
    }
    if let Some(code) = Code::ALL.iter().find(|c| c.id() == topic) {
        return Some(vec![
            line("Befund", "Finding", &format!("{} ({})", code.title().get(lang), code.id())),
            line("Schwere", "Severity", code.severity().label(lang)),
            line("Abhilfe", "Cure", code.cure().get(lang)),
        ]);
    }
    let method = METHODS.iter().find(|m| m.id == topic)?;
    Some(vec![
        line("Verfahren", "Method", &format!("{} ({})", method.name.get(lang), method.id)),
        line("Bedeutung", "Meaning", method.text.get(lang)),
        line("Quelle", "Source", method.source),
    ])
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
    use super::*;

    #[test]
    fn every_topic_is_explained_in_both_languages() {
        let topics =
            CATALOGUE.iter().map(|k| k.id).chain(Code::ALL.iter().map(|c| c.id())).chain(METHODS.iter().map(|m| m.id));
        for topic in topics {
            for lang in [Lang::De, Lang::En] {
                assert!(explain(topic, lang).is_some_and(|lines| lines.len() >= 3), "{topic}");
            }
        }
        assert!(explain("nothing", Lang::De).is_none());
    }
}
