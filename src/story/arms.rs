use super::Sentence;
use super::refusal::refusal_text;
use super::words::{interval_points, ratio_text};
use crate::compare::{ArmComparison, Verdict};
use crate::domain::{Lang, Text, format_decimal, format_percent, format_points};
use crate::stats::MIN_CLUSTERS;

const NOT_AN_EFFECT: Text = Text::new(
    "Das ist ein Unterschied zwischen Gruppen von Orten, keine nachgewiesene Wirkung: Die Orte haben sich selbst für oder gegen ein solches Vorgehen entschieden und können sich auch in Größe, Plattform, Reifegrad, Engagement und in der Zeit seit dem Start unterscheiden.",
    "This is a difference between groups of towns, not a proven effect: the towns chose for themselves and may also differ in size, platform, maturity, commitment and time since launch.",
);

const OTHER_MIX: Text = Text::new(
    "Die Anteile über alle Leistungen zeigen in die andere Richtung, weil die beiden Gruppen verschiedene Leistungen haben; sie sind nicht vergleichbar.",
    "The shares over all services point the other way, because the two groups have different services; they are not comparable.",
);

/// The verdict in two or three words.
#[must_use]
pub fn arms_short(verdict: Verdict, lang: Lang) -> &'static str {
    match verdict {
        Verdict::Higher => Text::new("Höherer Anteil, Ursache offen", "Higher share, cause open"),
        Verdict::Lower => Text::new("Niedrigerer Anteil, Ursache offen", "Lower share, cause open"),
        Verdict::NotShown => Text::new("Unterschied nicht belegt", "Difference not shown"),
        Verdict::TooFewTowns => Text::new("Zu wenige Orte", "Too few towns"),
        Verdict::NoTowns => Text::new("Kein Vergleich möglich", "No comparison possible"),
        Verdict::Refused => Text::new("Nicht auswertbar", "Cannot be evaluated"),
    }
    .get(lang)
}

fn rates(a: &ArmComparison, lang: Lang) -> Option<(String, String)> {
    Some((format_percent(a.with.rate?, 1, lang), format_percent(a.without.rate?, 1, lang)))
}

/// What the comparison shows, in plain words, with what it does not show; `what` names the event.
#[must_use]
pub fn arms_sentence(a: &ArmComparison, what: &str, lang: Lang) -> Sentence {
    let Some((with, without)) = rates(a, lang) else {
        return Sentence::new(
            Text::new(
                "Auf mindestens einer Seite gibt es keinen Ort mit auswertbaren Zahlen; ein Vergleich ist nicht möglich.",
                "On at least one side there is no town with usable numbers; no comparison is possible.",
            )
            .get(lang),
        );
    };
    let (n, m) = (a.with.towns.len(), a.without.towns.len());
    let Ok(d) = &a.difference else {
        return Sentence { text: arms_refusal(a, what, lang).unwrap_or_default(), note: arms_positions(a, what, lang) };
    };
    let span = interval_points(d.lower, d.upper, lang);
    let points = format_points(d.value.abs(), 1, lang).trim_start_matches('+').to_owned();
    let ratio = a.ratio.as_ref().ok().map_or_else(String::new, |r| {
        let (lower, upper) = (format_decimal(r.lower, 2, lang), format_decimal(r.upper, 2, lang));
        match lang {
            Lang::De => {
                format!(", das {}e (Spanne: {lower} bis {upper})", ratio_text(r.value, lang).replace("-fach", "-Fach"))
            }
            Lang::En => format!(", {} as high (interval: {lower} to {upper})", ratio_text(r.value, lang)),
        }
    });
    let both = match lang {
        Lang::De => format!(
            "In den {n} Orten mit {what} wurden {with} der Anträge online gestellt, in den {m} Orten ohne {what} {without}"
        ),
        Lang::En => format!(
            "In the {n} towns with {what}, {with} of applications were made online, in the {m} towns without {without}"
        ),
    };
    let within = match lang {
        _ if !a.within_services => "",
        Lang::De => "innerhalb derselben Leistungen verglichen ",
        Lang::En => "compared within the same services ",
    };
    let word = match (a.verdict, lang) {
        (Verdict::Higher, Lang::De) => "mehr",
        (Verdict::Higher, Lang::En) => "more",
        (_, Lang::De) => "weniger",
        (_, Lang::En) => "less",
    };
    let text = match (a.verdict, lang) {
        (Verdict::Higher | Verdict::Lower, Lang::De) => {
            format!("{both}: {within}{points} {word} (Spanne: {span}){ratio}.")
        }
        (Verdict::Higher | Verdict::Lower, Lang::En) => {
            format!("{both}: {within}{points} {word} (interval: {span}){ratio}.")
        }
        (_, Lang::De) => format!("{both}; {within}ist ein Unterschied nicht belegt (Spanne: {span})."),
        (_, Lang::En) => format!("{both}; {within}a difference is not shown (interval: {span})."),
    };
    let crude = a.with.rate.zip(a.without.rate).map_or(0.0, |(with, without)| with - without);
    let mixed = a.within_services && crude * d.value < 0.0;
    let mut notes = Vec::new();
    if mixed {
        notes.push(OTHER_MIX.get(lang));
    }
    if matches!(a.verdict, Verdict::Higher | Verdict::Lower) {
        notes.push(NOT_AN_EFFECT.get(lang));
    }
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    Sentence { text, note }
}

/// Why there is no interval; `None` where there is one.
#[must_use]
pub fn arms_refusal(a: &ArmComparison, what: &str, lang: Lang) -> Option<String> {
    let refusal = a.difference.as_ref().err()?;
    let (n, m, why) = (a.with.towns.len(), a.without.towns.len(), refusal_text(refusal, lang));
    Some(match (a.verdict, lang) {
        (Verdict::NoTowns, Lang::De) => "Auf einer Seite gibt es keinen Ort mit auswertbaren Zahlen.".to_owned(),
        (Verdict::NoTowns, Lang::En) => "On one side there is no town with usable numbers.".to_owned(),
        (Verdict::TooFewTowns, Lang::De) => {
            format!(
                "{}, {m} ohne: Unter {MIN_CLUSTERS} Orten je Seite gibt es keine Spanne, und ohne Spanne keine Aussage über den Unterschied.",
                counted(n, what, lang)
            )
        }
        (Verdict::TooFewTowns, Lang::En) => {
            format!(
                "{}, {m} without: below {MIN_CLUSTERS} towns on a side there is no interval, and without one no statement about the difference.",
                counted(n, what, lang)
            )
        }
        (_, Lang::De) => format!(
            "Das Verfahren hat keine Spanne ergeben ({why}); eine Aussage über den Unterschied wird nicht gemacht."
        ),
        (_, Lang::En) => format!("The method gave no interval ({why}); no statement about the difference is made."),
    })
}

/// `1 Ort mit Beteiligung`, `3 Orte mit Beteiligung`.
fn counted(n: usize, what: &str, lang: Lang) -> String {
    match (n, lang) {
        (1, Lang::De) => format!("1 Ort mit {what}"),
        (1, Lang::En) => format!("1 town with {what}"),
        (_, Lang::De) => format!("{n} Orte mit {what}"),
        (_, Lang::En) => format!("{n} towns with {what}"),
    }
}

/// Where the towns of the smaller arm stand among all, where there is no interval.
#[must_use]
pub fn arms_positions(a: &ArmComparison, what: &str, lang: Lang) -> Option<String> {
    if a.verdict != Verdict::TooFewTowns {
        return None;
    }
    let all: Vec<f64> = a.with.towns.iter().chain(&a.without.towns).map(|t| t.1).collect();
    let with_is_smaller = a.with.towns.len() <= a.without.towns.len();
    let smaller = if with_is_smaller { &a.with } else { &a.without };
    let places: Vec<String> =
        smaller.towns.iter().map(|t| (1 + all.iter().filter(|v| **v > t.1).count()).to_string()).collect();
    let (last, first) = places.split_last()?;
    let and = Text::new("und", "and").get(lang);
    let list = if first.is_empty() { last.clone() } else { format!("{} {and} {last}", first.join(", ")) };
    let one = first.is_empty();
    let side = match (with_is_smaller, lang) {
        (true, Lang::De) => format!("mit {what}"),
        (false, Lang::De) => format!("ohne {what}"),
        (true, Lang::En) => format!("with {what}"),
        (false, Lang::En) => format!("without {what}"),
    };
    let n = all.len();
    Some(match (one, lang) {
        (true, Lang::De) => format!("Ort {side}: Platz {list} von {n}"),
        (false, Lang::De) => format!("Orte {side}: Plätze {list} von {n}"),
        (true, Lang::En) => format!("Town {side}: position {list} of {n}"),
        (false, Lang::En) => format!("Towns {side}: positions {list} of {n}"),
    })
}

/// The headline of a chart about the arms.
#[must_use]
pub fn arms_headline(a: &ArmComparison, title: &str, what: &str, lang: Lang) -> String {
    match rates(a, lang) {
        None => format!("{title}: {}", arms_short(Verdict::NoTowns, lang)),
        Some((with, without)) => match lang {
            Lang::De => format!("{title}: {with} online in Orten mit {what}, {without} in Orten ohne"),
            Lang::En => format!("{title}: {with} online in towns with {what}, {without} in towns without"),
        },
    }
}
