//! The course before and after an event on live services in words.

use super::live::design_text;
use crate::compare::ladder::{CoursePoint, LiveEffect, LiveLadder, PreTrend, Rung};
use crate::domain::{Label, Lang, Text, format_points, say};
use crate::stats::MIN_CLUSTERS;
use crate::stats::did::DidRefusal;

/// p values below this are taken for a difference.
const ALPHA: f64 = 0.05;

/// What the quarters before the event show.
enum Before {
    /// Nothing that tells the towns apart.
    Alike,
    /// The towns took different courses already.
    Apart,
    /// No test of them is possible.
    Unknown,
}

fn before(effect: &LiveEffect) -> Before {
    let Some(PreTrend { p, .. }) = effect.pretest else { return Before::Unknown };
    let apart = |point: &CoursePoint| {
        let limits = point.band.or(point.effect.map(|e| (e.lower, e.upper)));
        point.quarter < CoursePoint::REFERENCE && limits.is_some_and(|(lower, upper)| lower > 0.0 || upper < 0.0)
    };
    if p <= ALPHA || effect.course.iter().any(apart) { Before::Apart } else { Before::Alike }
}

/// The mean effect after the event where its interval excludes zero and chance alone rarely gives as much.
fn after(effect: &LiveEffect) -> Option<f64> {
    let e = &effect.by_town;
    ((e.lower > 0.0 || e.upper < 0.0) && effect.p <= ALPHA).then_some(e.value)
}

/// What the quarters before and after the event show, and no more.
#[must_use]
pub fn course_headline(effect: &LiveEffect, what: &str, lang: Lang) -> String {
    let found = after(effect);
    let points = |lang| format_points(found.unwrap_or(0.0), 1, lang);
    let (de, en) = (points(Lang::De), points(Lang::En));
    match (before(effect), found.is_some()) {
        (Before::Alike, true) => say!(
            "Vor dem Ereignis ({what}) kein erkennbarer Unterschied im Verlauf, danach im Mittel {de}",
            "Before the event ({what}) no recognisable difference in the course, after it {en} on average"
        ),
        (Before::Alike, false) => say!(
            "Vor dem Ereignis ({what}) kein erkennbarer Unterschied im Verlauf, danach ist im Mittel keiner belegt",
            "Before the event ({what}) no recognisable difference in the course, after it none is shown on average"
        ),
        (Before::Apart, true) => say!(
            "Schon vor dem Ereignis ({what}) verliefen die Orte verschieden; {de} danach lassen sich ihm nicht zuschreiben",
            "Before the event ({what}) the towns took different courses already; {en} after it cannot be put down to it"
        ),
        (Before::Apart, false) => say!(
            "Schon vor dem Ereignis ({what}) verliefen die Orte verschieden; danach ist im Mittel kein Unterschied belegt",
            "Before the event ({what}) the towns took different courses already; after it no difference is shown on average"
        ),
        (Before::Unknown, true) => say!(
            "Nach dem Ereignis ({what}) im Mittel {de}; über den Verlauf davor lässt sich nichts sagen",
            "After the event ({what}) {en} on average; nothing can be said about the course before it"
        ),
        (Before::Unknown, false) => say!(
            "Nach dem Ereignis ({what}) ist im Mittel kein Unterschied belegt; über den Verlauf davor lässt sich nichts sagen",
            "After the event ({what}) no difference is shown on average; nothing can be said about the course before it"
        ),
    }
    .get(lang)
    .to_owned()
}

/// Why there is no course by quarters; `None` where there is one.
#[must_use]
pub fn course_refusal(effect: &Result<LiveEffect, DidRefusal>, lang: Lang) -> Option<String> {
    let label = match effect {
        Err(refusal) => Label::new(
            format!("Der Verlauf nach Quartalen lässt sich nicht schätzen: {}.", design_text(*refusal)),
            format!("The course by quarters cannot be estimated: {refusal}."),
        ),
        Ok(effect) if effect.course.is_empty() => {
            let (with, without) = effect.complete;
            say!(
                "Der Verlauf nach Quartalen wird nicht gezeigt: Zahlen für alle Quartale haben nur {with} Orte mit und {without} ohne Ereignis; nötig sind auf jeder Seite {MIN_CLUSTERS}.",
                "The course by quarters is not shown: only {with} towns with the event and {without} without have numbers for every quarter; {MIN_CLUSTERS} on each side are needed."
            )
        }
        Ok(_) => return None,
    };
    Some(label.get(lang).to_owned())
}

/// The answer about an event on live services in a few words.
#[must_use]
pub fn live_short(ladder: &LiveLadder, lang: Lang) -> &'static str {
    let higher = ladder.raw.as_ref().is_ok_and(|d| d.value > 0.0);
    match (ladder.stands_on(), higher) {
        (None, _) => Text::new("Kein Vergleich möglich", "No comparison possible"),
        (Some(Rung::Raw), _) => {
            Text::new("Unterschied der Veränderungen nicht belegt", "Difference in changes not shown")
        }
        (Some(Rung::Interval), true) => Text::new("Größerer Zuwachs, Ursache offen", "Larger rise, cause open"),
        (Some(Rung::Interval), false) => Text::new("Geringerer Zuwachs, Ursache offen", "Smaller rise, cause open"),
        (Some(Rung::Matched), true) => Text::new(
            "Größerer Zuwachs auch zwischen ähnlichen Orten, Ursache offen",
            "Larger rise between similar towns too, cause open",
        ),
        (Some(Rung::Matched), false) => Text::new(
            "Geringerer Zuwachs auch zwischen ähnlichen Orten, Ursache offen",
            "Smaller rise between similar towns too, cause open",
        ),
        (Some(Rung::Control), true) => {
            Text::new("Größerer Zuwachs, hängt aber an einzelnen Orten", "Larger rise, but it rests on single towns")
        }
        (Some(Rung::Control), false) => {
            Text::new("Geringerer Zuwachs, hängt aber an einzelnen Orten", "Smaller rise, but it rests on single towns")
        }
        (Some(Rung::Robust), true) => {
            Text::new("Größerer Zuwachs auf allen Stufen, kein Beweis", "Larger rise on every rung, no proof")
        }
        (Some(Rung::Robust), false) => {
            Text::new("Geringerer Zuwachs auf allen Stufen, kein Beweis", "Smaller rise on every rung, no proof")
        }
    }
    .get(lang)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::ladder::Effect;

    fn effect(value: f64, half: f64, p: f64, pretest: Option<f64>, early: f64) -> LiveEffect {
        let of = |value: f64| Effect { value, se: half / 2.0, lower: value - half, upper: value + half };
        let point = |quarter, value: f64| CoursePoint {
            quarter,
            effect: (quarter != CoursePoint::REFERENCE).then(|| of(value)),
            band: None,
            units: 9,
            towns: 9,
        };
        LiveEffect {
            by_town: of(value),
            by_case: None,
            course: vec![point(-2, early), point(-1, 0.0), point(0, value)],
            pretest: pretest.map(|p| PreTrend { apart: 0.1, quarters: 1, p }),
            p,
            units: 30,
            towns: (9, 20),
            complete: (9, 20),
            incomplete: 0,
            additional: (1.0, 1.0, 1.0),
        }
    }

    fn said(effect: &LiveEffect) -> [String; 2] {
        [(Lang::De, "Kampagne"), (Lang::En, "campaign")]
            .map(|(lang, what)| course_headline(effect, what, lang).replace('\u{a0}', " "))
    }

    #[test]
    fn the_headline_says_what_intervals_say() {
        let [de, en] = said(&effect(0.041, 0.02, 0.01, Some(0.6), 0.005));
        assert_eq!(
            de,
            "Vor dem Ereignis (Kampagne) kein erkennbarer Unterschied im Verlauf, danach im Mittel +4,1 Prozentpunkte"
        );
        assert_eq!(
            en,
            "Before the event (campaign) no recognisable difference in the course, after it +4.1 percentage points on average"
        );
        // An interval with zero in it, or a gap that a lot gives as often, is no finding.
        for nothing in [effect(0.01, 0.02, 0.01, Some(0.6), 0.0), effect(0.041, 0.02, 0.2, Some(0.6), 0.0)] {
            let [de, en] = said(&nothing);
            assert!(de.ends_with("danach ist im Mittel keiner belegt") && !de.contains("punkte"), "{de}");
            assert!(en.ends_with("none is shown on average") && !en.contains("points"), "{en}");
        }
    }

    #[test]
    fn what_went_apart_before_is_not_put_down_to_the_event() {
        // By the joint test, and by a single quarter whose limits exclude zero.
        for apart in [effect(0.041, 0.02, 0.01, Some(0.04), 0.0), effect(0.041, 0.02, 0.01, Some(0.3), -0.03)] {
            let [de, en] = said(&apart);
            assert!(
                de.starts_with("Schon vor dem Ereignis") && de.ends_with("lassen sich ihm nicht zuschreiben"),
                "{de}"
            );
            assert!(en.ends_with("cannot be put down to it"), "{en}");
        }
        // The band counts where there is one: of many quarters one is beyond its own limits now and then.
        let mut wide = effect(0.041, 0.02, 0.01, Some(0.3), -0.03);
        wide.course[0].band = Some((-0.07, 0.01));
        assert!(said(&wide)[0].starts_with("Vor dem Ereignis (Kampagne) kein"));
        let [de, en] = said(&effect(0.041, 0.02, 0.01, None, 0.0));
        assert!(de.ends_with("über den Verlauf davor lässt sich nichts sagen"), "{de}");
        assert!(en.starts_with("After the event (campaign) +4.1 percentage points on average;"), "{en}");
    }

    #[test]
    fn a_refusal_is_said_in_both_languages() {
        let of = |lang| course_refusal(&Err(DidRefusal::SingleTreatedUnit), lang).unwrap();
        assert_eq!(
            of(Lang::De),
            "Der Verlauf nach Quartalen lässt sich nicht schätzen: nur ein Ort mit Ereignis ist auswertbar."
        );
        assert_eq!(of(Lang::En), "The course by quarters cannot be estimated: a single unit is treated.");
        let mut few = effect(0.041, 0.02, 0.01, Some(0.6), 0.0);
        assert_eq!(course_refusal(&Ok(few.clone()), Lang::De), None);
        (few.course, few.complete) = (Vec::new(), (4, 20));
        let [de, en] = [Lang::De, Lang::En].map(|lang| course_refusal(&Ok(few.clone()), lang).unwrap());
        assert!(de.contains("haben nur 4 Orte mit und 20 ohne Ereignis; nötig sind auf jeder Seite 5."), "{de}");
        assert!(en.contains("only 4 towns with the event and 20 without"), "{en}");
    }
}
