use super::Sentence;
use super::refusal::refusal_text;
use super::words::{interval_points, ratio_text};
use crate::compare::{ArmComparison, Verdict};
use crate::domain::{Lang, Text, format_decimal, format_percent, format_points};
use crate::stats::MIN_CLUSTERS;

const NOT_AN_EFFECT: Text = Text::new(
    "Das ist ein Unterschied zwischen Gruppen von Orten, keine nachgewiesene Wirkung: Die Orte haben sich selbst für oder gegen ein solches Vorgehen entschieden und können sich auch in Größe, Plattform, Reifegrad und Engagement unterscheiden.",
    "This is a difference between groups of towns, not a proven effect: the towns chose for themselves and may also differ in size, platform, maturity and commitment.",
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
    let text = match (a.verdict, lang) {
        (Verdict::Higher | Verdict::Lower, Lang::De) => {
            let word = if a.verdict == Verdict::Higher { "mehr" } else { "weniger" };
            format!(
                "In den {n} Orten mit {what} wurden {with} der Anträge online gestellt, in den {m} Orten ohne {what} {without}: {points} {word} (Spanne: {span}){ratio}."
            )
        }
        (Verdict::Higher | Verdict::Lower, Lang::En) => {
            let word = if a.verdict == Verdict::Higher { "more" } else { "less" };
            format!(
                "In the {n} towns with {what}, {with} of applications were made online, in the {m} towns without {without}: {points} {word} (interval: {span}){ratio}."
            )
        }
        (_, Lang::De) => format!(
            "In den {n} Orten mit {what} wurden {with} der Anträge online gestellt, in den {m} Orten ohne {what} {without}; ein Unterschied ist damit nicht belegt (Spanne: {span})."
        ),
        (_, Lang::En) => format!(
            "In the {n} towns with {what}, {with} of applications were made online, in the {m} towns without {without}; a difference is not shown (interval: {span})."
        ),
    };
    let note = matches!(a.verdict, Verdict::Higher | Verdict::Lower).then(|| NOT_AN_EFFECT.get(lang).to_owned());
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
                "{n} Orte mit {what}, {m} ohne: Unter {MIN_CLUSTERS} Orten je Seite gibt es keine Spanne, und ohne Spanne keine Aussage über den Unterschied."
            )
        }
        (Verdict::TooFewTowns, Lang::En) => {
            format!(
                "{n} towns with {what}, {m} without: below {MIN_CLUSTERS} towns on a side there is no interval, and without one no statement about the difference."
            )
        }
        (_, Lang::De) => format!(
            "Das Verfahren hat keine Spanne ergeben ({why}); eine Aussage über den Unterschied wird nicht gemacht."
        ),
        (_, Lang::En) => format!("The method gave no interval ({why}); no statement about the difference is made."),
    })
}

/// Where the towns of the smaller arm stand among all, where there is no interval.
#[must_use]
pub fn arms_positions(a: &ArmComparison, what: &str, lang: Lang) -> Option<String> {
    if a.verdict != Verdict::TooFewTowns {
        return None;
    }
    let all: Vec<f64> = a.with.towns.iter().chain(&a.without.towns).map(|t| t.1).collect();
    let places: Vec<String> =
        a.with.towns.iter().map(|t| (1 + all.iter().filter(|v| **v > t.1).count()).to_string()).collect();
    let (last, first) = places.split_last()?;
    let and = Text::new("und", "and").get(lang);
    let list = if first.is_empty() { last.clone() } else { format!("{} {and} {last}", first.join(", ")) };
    Some(match lang {
        Lang::De => {
            format!("Orte mit {what}: {} {list} von {}", if places.len() == 1 { "Platz" } else { "Plätze" }, all.len())
        }
        Lang::En => format!(
            "Towns with {what}: {} {list} of {}",
            if places.len() == 1 { "position" } else { "positions" },
            all.len()
        ),
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
