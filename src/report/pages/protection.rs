//! What a public release hides: counted in its own tables, and what hiding cannot promise.

use std::collections::BTreeMap;

use super::Book;
use crate::domain::{ALL_SERVICES, Aggregation, EstimateKey, EstimateState, EstimateTable, Lang, Period};
use crate::report::view::{Fact, ProtectionPage, ProtectionRow};

/// Towns without a page that are named; more are counted.
const NAMED: usize = 200;

pub(super) fn page(book: &Book<'_>) -> ProtectionPage {
    ProtectionPage {
        hidden: what_is_hidden(book),
        values: values(book),
        courses: courses(book),
        towns: towns(book),
        open: not_guaranteed(book),
    }
}

fn what_is_hidden(book: &Book<'_>) -> Vec<String> {
    let least = book.r.protection.as_ref().map_or(3, |p| p.minimum);
    let counts = match (least, book.lang) {
        (..=1, _) => None,
        (2, Lang::De) => Some("Anzahlen von 1 sind gesperrt, ebenso Anteile, die aus ihnen gebildet sind.".to_owned()),
        (2, Lang::En) => Some("Counts of 1 are hidden, and so are shares made of them.".to_owned()),
        (n, Lang::De) => {
            Some(format!("Anzahlen von 1 bis {} sind gesperrt, ebenso Anteile, die aus ihnen gebildet sind.", n - 1))
        }
        (n, Lang::En) => Some(format!("Counts of 1 to {} are hidden, and so are shares made of them.", n - 1)),
    };
    let always = [
        book.say(
            "Das gilt für Zähler, Nenner und den Rest (Nenner minus Zähler). Die Null wird gezeigt.",
            "This holds for numerators, denominators and the rest (denominator minus numerator). Zero is shown.",
        ),
        book.say(
            "Weitere Zahlen sind gesperrt, damit keine gesperrte aus Summen, Differenzen und Anteilen dieser Veröffentlichung berechnet werden kann. Sie können selbst groß sein.",
            "Further numbers are hidden so that no hidden one can be computed from sums, differences and shares of this release. They may be large themselves.",
        ),
        book.say(
            "Für jeden Ort und jede Leistung werden Monate zu Quartalen oder zum ganzen Zeitraum zusammengefasst, bis keine Anzahl mehr zu klein ist. Was auch dann zu klein bleibt, zählt nur in Kreis, Land, Größenklasse und anderen Gruppen.",
            "For each town and service, months are combined to quarters or to the whole period until no count is too small. What still is too small counts within district, Land, size class and other groups only.",
        ),
        book.say(
            "Bei Gruppen werden einzelne Werte gesperrt. Arbeitszeiten werden für Gruppen nur gezeigt, wenn mindestens fünf Orte und zehn Fälle dahinterstehen.",
            "Of groups, single values are hidden. Working times of groups are shown only where at least five towns and ten cases stand behind them.",
        ),
        book.say(
            "Summen über alle Leistungen enthalten nur Leistungen, deren Zahlen gezeigt werden; das steht jeweils dabei.",
            "Sums over all services contain only services whose numbers are shown; this is said where it applies.",
        ),
        book.say(
            "Nicht veröffentlicht werden Kennzahlen, die getrennt geschützte Zahlen verbinden: Abschlussquote, Rücklaufquoten, mittlere Sterne; für Gruppen auch die Anzahl aller Anträge. Der Anteil genutzter Leistungen fehlt, wo eine Leistung gesperrt ist.",
            "Key figures that link numbers protected apart are not published: completion rate, response rates, mean stars; for groups also the count of all applications. The share of services in use is missing where a service is hidden.",
        ),
        book.say(
            "Einzelne Datensätze, Freitexte und die Auffälligkeiten der Datenprüfung sind nicht Teil der Veröffentlichung.",
            "Single records, free texts and the findings of the data checks are no part of the release.",
        ),
        book.say(
            "Tabellen, Diagramme, Plätze und Sätze werden aus den gezeigten Zahlen gebildet.",
            "Tables, charts, positions and sentences are made from the numbers shown.",
        ),
        book.say(
            "Wie viele Monatswerte geliefert und wie viele erwartet wurden, wird auch bei gesperrten Zahlen gezeigt.",
            "How many monthly values were delivered and how many were expected is shown for hidden numbers, too.",
        ),
    ];
    let survey = (!book.r.surveys.is_empty()).then(|| {
        book.say(
            "Alle Anteile einer Befragung, Welle und Leistung sind gesperrt, wenn zu einem von ihnen weniger als zehn Befragte geantwortet haben, zu wenige so oder anders antworteten oder die Differenz zweier Anteile zu wenige Befragte beträfe. Das gilt auch für eine Befragung, deren Befragte sämtlich zu einer anderen gehören.",
            "All shares of a survey, wave and service are hidden where for one of them fewer than ten respondents gave an answer, where too few gave this answer or another one, or where the difference of two shares would concern too few respondents. This also holds for a survey whose respondents all belong to another one.",
        )
    });
    counts.into_iter().chain(always.into_iter().chain(survey).map(str::to_owned)).collect()
}

/// Shown and hidden values of a table, for towns or for groups.
fn row(book: &Book<'_>, label: &str, table: &EstimateTable, aggregation: Aggregation) -> Option<ProtectionRow> {
    let months = &book.r.evaluation.months;
    // A quarter that is shown by its months is not hidden.
    let by_month = |key: EstimateKey| {
        let month = |k| EstimateKey { period: Period::month(key.period.start.plus(k)), ..key };
        key.period.months == 3 && (0..3).any(|k| months.value(&month(k)).is_some())
    };
    let count = |wanted| {
        let rows = table.states().filter(|(k, s)| k.aggregation == aggregation && *s == wanted);
        rows.filter(|(k, s)| *s != EstimateState::Suppressed || !by_month(*k)).count()
    };
    let (shown, hidden) = (count(EstimateState::Computed), count(EstimateState::Suppressed));
    (shown + hidden > 0).then(|| ProtectionRow {
        label: label.to_owned(),
        shown: book.count(shown),
        hidden: book.count(hidden),
    })
}

fn values(book: &Book<'_>) -> Vec<ProtectionRow> {
    let e = &book.r.evaluation;
    let (own, sum) = (Aggregation::Own, Aggregation::RatioOfSums);
    let rows = [
        (
            book.say("Orte, Berichtszeitraum und Zeitraum davor", "Towns, reference period and the one before"),
            &e.periods,
            own,
        ),
        (book.say("Orte, Quartale", "Towns, quarters"), &e.quarters, own),
        (book.say("Orte, Monate", "Towns, months"), &e.months, own),
        (
            book.say("Gruppen, Berichtszeitraum und Zeitraum davor", "Groups, reference period and the one before"),
            &e.periods,
            sum,
        ),
        (book.say("Gruppen, Quartale", "Groups, quarters"), &e.quarters, sum),
        (book.say("Gruppen, Monate", "Groups, months"), &e.months, sum),
    ];
    let survey = {
        let count = |wanted| book.r.surveys.iter().filter(|s| s.estimate.state == wanted).count();
        let (shown, hidden) = (count(EstimateState::Computed), count(EstimateState::Suppressed));
        (shown + hidden > 0).then(|| ProtectionRow {
            label: book.say("Befragung", "Survey").to_owned(),
            shown: book.count(shown),
            hidden: book.count(hidden),
        })
    };
    rows.into_iter().filter_map(|(label, table, by)| row(book, label, table, by)).chain(survey).collect()
}

/// What is shown of one town and service, from fine to coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fineness {
    Months,
    Quarters,
    Period,
    Nothing,
}

/// Pairs of town and service with hidden or shown shares, by how finely these are shown.
fn courses(book: &Book<'_>) -> Vec<Fact> {
    let e = &book.r.evaluation;
    let mut pairs: BTreeMap<(u32, u32), Fineness> = BTreeMap::new();
    for (table, fineness) in
        [(&e.months, Fineness::Months), (&e.quarters, Fineness::Quarters), (&e.periods, Fineness::Period)]
    {
        for (key, state) in table.states() {
            let wanted = key.kpi == book.share && key.aggregation == Aggregation::Own && key.service != ALL_SERVICES;
            let found = match state {
                EstimateState::Computed => fineness,
                EstimateState::Suppressed => Fineness::Nothing,
                _ => continue,
            };
            if wanted {
                let known = pairs.entry((key.unit, key.service)).or_insert(found);
                *known = found.min(*known);
            }
        }
    }
    if pairs.is_empty() {
        return Vec::new();
    }
    [
        (Fineness::Months, book.say("nach Monaten", "by month")),
        (Fineness::Quarters, book.say("nach Quartalen", "by quarter")),
        (Fineness::Period, book.say("nur der ganze Zeitraum", "the whole period only")),
        (Fineness::Nothing, book.say("gesperrt", "hidden")),
    ]
    .into_iter()
    .map(|(fineness, label)| Fact {
        label: label.to_owned(),
        value: book.count(pairs.values().filter(|f| **f == fineness).count()),
    })
    .collect()
}

fn towns(book: &Book<'_>) -> Vec<String> {
    let gone: Vec<u32> = book.listed.iter().copied().filter(|a| !book.pages.contains(a)).collect();
    let mut out: Vec<String> = gone.iter().take(NAMED).map(|&a| book.area_name(a).to_owned()).collect();
    if gone.len() > NAMED {
        let more = book.count(gone.len() - NAMED);
        out.push(match book.lang {
            Lang::De => format!("{more} weitere"),
            Lang::En => format!("{more} more"),
        });
    }
    out
}

fn not_guaranteed(book: &Book<'_>) -> Vec<String> {
    [
        book.say(
            "Dass sich gesperrte Zahlen nicht eingrenzen lassen: Aus den gezeigten Zahlen folgen Ober- und Untergrenzen. Weil keine Anzahl negativ ist, können sie im Einzelfall sehr eng sein. Wer auch die Regeln der Sperrung auswertet, kann eine kleine Anzahl im Einzelfall erschließen.",
            "That hidden numbers cannot be bounded: the numbers shown imply upper and lower limits. As no count is negative, these may be very close in single cases. Whoever also reasons from the rules of hiding may infer a small count in single cases.",
        ),
        book.say(
            "Dass unbekannt bleibt, ob es überhaupt Fälle gab: Die Null ist nicht geschützt.",
            "That it stays unknown whether there were cases at all: zero is not protected.",
        ),
        book.say(
            "Schutz über mehrere Veröffentlichungen: Wer diese mit einer früheren, späteren oder anders gegliederten vergleicht, kann Differenzen bilden. Auch mehr als zwei Befragungen mit denselben Befragten werden nicht gemeinsam geprüft.",
            "Protection across releases: whoever compares this one with an earlier, later or differently broken down one can form differences. Nor are more than two surveys of the same respondents checked together.",
        ),
        book.say(
            "Schutz vor Vorwissen: Wer eigene oder fremde Fälle kennt oder weiß, dass zwei Quellen dieselben Fälle zählen, kann mehr ableiten. Geprüft ist nur die Annahme, dass die Fälle der Arbeitszeiten die gezählten sind.",
            "Protection against prior knowledge: whoever knows own or other cases, or knows that two sources count the same cases, can derive more. Only the assumption that the cases behind working times are those counted is checked.",
        ),
    ]
    .into_iter()
    .map(str::to_owned)
    .collect()
}
