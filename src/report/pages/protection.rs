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
            "Weitere Zahlen sind gesperrt, damit sich die kleinen nicht aus Summen, Differenzen oder Anteilen zurückrechnen lassen. Sie können selbst groß sein.",
            "Further numbers are hidden so that the small ones cannot be computed back from sums, differences or shares. They may be large themselves.",
        ),
        book.say(
            "Wo einzelne Monate nicht gezeigt werden dürfen, sind sie zu Quartalen oder zum ganzen Zeitraum zusammengefasst.",
            "Where single months may not be shown they are combined to quarters or to the whole period.",
        ),
        book.say(
            "Kleine Orte, die auch dann nicht gezeigt werden dürfen, erscheinen nur in ihrer Größenklasse und ihrem Kreis.",
            "Small towns that still may not be shown appear only within their size class and their district.",
        ),
        book.say(
            "Summen über alle Leistungen enthalten nur Leistungen, deren Zahlen gezeigt werden; das steht jeweils dabei.",
            "Sums over all services contain only services whose numbers are shown; this is said where it applies.",
        ),
        book.say(
            "Einzelne Angaben, Freitexte und die Auffälligkeiten der Datenprüfung sind nicht Teil der Veröffentlichung.",
            "Single records, free texts and the findings of the data checks are no part of the release.",
        ),
        book.say(
            "Dieselben Sperrungen gelten für alle Tabellen, Diagramme und Sätze dieser Veröffentlichung.",
            "The same numbers are hidden in all tables, charts and sentences of this release.",
        ),
    ];
    let survey = (!book.r.surveys.is_empty()).then(|| {
        book.say(
            "Anteile aus der Befragung sind gesperrt, wenn sehr wenige Befragte dahinterstehen.",
            "Shares from the survey are hidden where very few respondents stand behind them.",
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
            "Dass sich gesperrte Zahlen nicht eingrenzen lassen: Aus den gezeigten Zahlen folgen Ober- und Untergrenzen.",
            "That hidden numbers cannot be bounded: the numbers shown imply upper and lower limits.",
        ),
        book.say(
            "Schutz über mehrere Veröffentlichungen: Wer diese mit einer früheren, späteren oder anders gegliederten vergleicht, kann Unterschiede bilden.",
            "Protection across releases: whoever compares this one with an earlier, later or differently broken down one can form differences.",
        ),
        book.say(
            "Schutz vor Vorwissen: Wer eigene oder fremde Fälle kennt, kann mehr ableiten.",
            "Protection against prior knowledge: whoever knows own or other cases can derive more.",
        ),
    ]
    .into_iter()
    .map(str::to_owned)
    .collect()
}
