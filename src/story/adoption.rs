use super::words::{interval_points, interval_share, when_text};
use super::{Sentence, difference, limits};
use crate::compare::PeerResult;
use crate::domain::{Estimate, EstimateState, Flag, Lang, Period, Text, format_count, format_percent, format_points};
use crate::stats::MIN_CLUSTERS;

/// How many applications came online, as a share with its interval. `None` without a value.
#[must_use]
pub fn adoption(place: &str, share: &Estimate, period: Period, lang: Lang) -> Option<Sentence> {
    let (value, numerator, denominator) = (share.value?, share.numerator?, share.denominator?);
    let count = |n: f64| format_count(n.round() as i64, lang);
    let (online, all) = (count(numerator), count(denominator));
    let percent = format_percent(value, 1, lang);
    let span = share.interval().map(|(lower, upper)| match lang {
        Lang::De => format!(" (95-%-Spanne: {})", interval_share(lower, upper, lang)),
        Lang::En => format!(" (95% interval: {})", interval_share(lower, upper, lang)),
    });
    let span = span.unwrap_or_default();
    let when = when_text(period, lang);
    if share.flags.contains(&Flag::Above100) {
        return Some(Sentence::new(match lang {
            Lang::De => format!(
                "{when} sind {place} mehr Onlineanträge ({online}) als Fälle insgesamt ({all}) gemeldet; ein Anteil lässt sich so nicht angeben."
            ),
            Lang::En => format!(
                "{when}, more online applications ({online}) than cases in total ({all}) were reported {place}; no share can be given."
            ),
        }));
    }
    let were = if numerator == 1.0 { "wurde" } else { "wurden" };
    let text = match lang {
        Lang::De => {
            format!("{when} {were} {place} {online} von {all} Anträgen online gestellt, das sind {percent}{span}.")
        }
        Lang::En => format!("{when}, {online} of {all} applications {place} were made online: {percent}{span}."),
    };
    let mut notes = Vec::new();
    if share.provided < share.expected {
        let (provided, expected) = (count(f64::from(share.provided)), count(f64::from(share.expected)));
        notes.push(match lang {
            Lang::De => format!("Ausgewertet sind {provided} von {expected} erwarteten Monatswerten."),
            Lang::En => format!("{provided} of {expected} expected monthly values were delivered."),
        });
    }
    if partial(share) {
        notes.push(WITHOUT_HIDDEN.get(lang).to_owned());
    }
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    Some(Sentence { text, note })
}

const WITHOUT_HIDDEN: Text = Text::new(
    "Leistungen mit gesperrten Zahlen sind nicht enthalten.",
    "Services whose numbers are hidden are not included.",
);

/// Whether a sum over services leaves out some whose numbers are hidden.
fn partial(e: &Estimate) -> bool {
    e.flags.contains(&Flag::WithoutSuppressed)
}

/// The town beside the other towns of its group.
#[must_use]
pub fn against_group(own: &Estimate, peer: &PeerResult, group: &str, lang: Lang) -> Option<Sentence> {
    let pooled = peer.pooled?;
    let others = peer.quartiles.as_ref().map_or(0, |q| q.n);
    if others == 1 {
        let value = format_percent(pooled, 1, lang);
        return Some(Sentence::new(match lang {
            Lang::De => format!(
                "Der andere Ort der Gruppe „{group}“ kommt auf {value}; bei nur einem anderen Ort wird der Abstand nicht bewertet."
            ),
            Lang::En => format!(
                "The other town of the group \"{group}\" reaches {value}; with only one other town the distance is not judged."
            ),
        }));
    }
    let value = format_percent(pooled, 1, lang);
    let tested = limits(own).and_then(|own| difference(own, (pooled, peer.pooled_interval)));
    let Some((d, lower, upper)) = tested else {
        return Some(Sentence::new(match lang {
            Lang::De if others >= MIN_CLUSTERS => format!(
                "Die {others} anderen Orte der Gruppe „{group}“ kommen zusammen auf {value}; ohne Spanne wird der Abstand nicht bewertet."
            ),
            Lang::En if others >= MIN_CLUSTERS => format!(
                "The {others} other towns of the group \"{group}\" reach {value} together; without an interval the distance is not judged."
            ),
            Lang::De => format!(
                "Die anderen Orte der Gruppe „{group}“ kommen zusammen auf {value}; bei {others} anderen Orten wird der Abstand nicht bewertet."
            ),
            Lang::En => format!(
                "The other towns of the group \"{group}\" reach {value} together; with {others} other towns the distance is not judged."
            ),
        }));
    };
    let span = interval_points(lower, upper, lang);
    let points = format_points(d.abs(), 1, lang).trim_start_matches('+').to_owned();
    Some(Sentence::new(match (lower > 0.0, upper < 0.0, lang) {
        (true, _, Lang::De) => format!(
            "Das sind {points} mehr als in den {others} anderen Orten der Gruppe „{group}“ zusammen ({value}; Spanne des Unterschieds: {span})."
        ),
        (true, _, Lang::En) => format!(
            "That is {points} more than in the {others} other towns of the group \"{group}\" together ({value}; interval of the difference: {span})."
        ),
        (_, true, Lang::De) => format!(
            "Das sind {points} weniger als in den {others} anderen Orten der Gruppe „{group}“ zusammen ({value}; Spanne des Unterschieds: {span})."
        ),
        (_, true, Lang::En) => format!(
            "That is {points} less than in the {others} other towns of the group \"{group}\" together ({value}; interval of the difference: {span})."
        ),
        (_, _, Lang::De) => format!(
            "Ein Unterschied zu den {others} anderen Orten der Gruppe „{group}“ ({value}) ist nicht belegt (Spanne des Unterschieds: {span})."
        ),
        (_, _, Lang::En) => format!(
            "A difference from the {others} other towns of the group \"{group}\" ({value}) is not shown (interval of the difference: {span})."
        ),
    }))
}

/// This period beside the one before. Two sums that leave out hidden services are not judged: they
/// may leave out different ones.
#[must_use]
pub fn change(now: &Estimate, before: &Estimate, previous: Period, lang: Lang) -> Option<Sentence> {
    let differ = partial(now) || partial(before);
    let (now, before) = (limits(now)?, limits(before)?);
    let old = format_percent(before.0, 1, lang);
    let when = when_text(previous, lang);
    if differ {
        return Some(Sentence::new(match lang {
            Lang::De => format!(
                "{when} waren es {old}; die Veränderung wird nicht bewertet, weil in den Zeiträumen verschiedene Leistungen gesperrt sein können."
            ),
            Lang::En => format!(
                "{when} it was {old}; the change is not judged, because different services may be hidden in the two periods."
            ),
        }));
    }
    let Some((d, lower, upper)) = difference(now, before) else {
        return Some(Sentence::new(match lang {
            Lang::De => format!("{when} waren es {old}; ohne Spanne wird die Veränderung nicht bewertet."),
            Lang::En => format!("{when} it was {old}; without an interval the change is not judged."),
        }));
    };
    let span = interval_points(lower, upper, lang);
    let points = format_points(d.abs(), 1, lang).trim_start_matches('+').to_owned();
    Some(Sentence::new(match (lower > 0.0, upper < 0.0, lang) {
        (true, _, Lang::De) => {
            format!("{when} waren es {old}; der Anteil ist um {points} gestiegen (Spanne der Veränderung: {span}).")
        }
        (true, _, Lang::En) => {
            format!("{when} it was {old}; the share rose by {points} (interval of the change: {span}).")
        }
        (_, true, Lang::De) => {
            format!("{when} waren es {old}; der Anteil ist um {points} gesunken (Spanne der Veränderung: {span}).")
        }
        (_, true, Lang::En) => {
            format!("{when} it was {old}; the share fell by {points} (interval of the change: {span}).")
        }
        (_, _, Lang::De) => {
            format!("{when} waren es {old}; eine Veränderung ist nicht belegt (Spanne der Veränderung: {span}).")
        }
        (_, _, Lang::En) => {
            format!("{when} it was {old}; a change is not shown (interval of the change: {span}).")
        }
    }))
}

/// The headline of a trend chart: the values of both periods, and a direction only where it is shown.
#[must_use]
pub fn trend_headline(place: &str, now: Option<&Estimate>, before: Option<&Estimate>, lang: Lang) -> String {
    let Some((value, own)) = now.and_then(limits) else {
        let hidden = now.is_some_and(|e| e.state == EstimateState::Suppressed);
        let text = if hidden {
            Text::new("Online-Anteil des Zeitraums gesperrt", "online share of this period hidden")
        } else {
            Text::new("kein Online-Anteil für den Zeitraum", "no online share for this period")
        };
        return format!("{place}: {}", text.get(lang));
    };
    let percent = format_percent(value, 1, lang);
    let before = before.filter(|before| !partial(before) && !now.is_some_and(partial));
    let Some((old, other)) = before.and_then(limits) else {
        return match lang {
            Lang::De => format!("{place}: {percent} der Anträge kommen online"),
            Lang::En => format!("{place}: {percent} of applications are made online"),
        };
    };
    let old_percent = format_percent(old, 1, lang);
    let tested = difference((value, own), (old, other));
    match (tested, lang) {
        (Some((_, lower, _)), Lang::De) if lower > 0.0 => {
            format!("{place}: Online-Anteil von {old_percent} auf {percent} gestiegen")
        }
        (Some((_, lower, _)), Lang::En) if lower > 0.0 => {
            format!("{place}: online share up from {old_percent} to {percent}")
        }
        (Some((_, _, upper)), Lang::De) if upper < 0.0 => {
            format!("{place}: Online-Anteil von {old_percent} auf {percent} gesunken")
        }
        (Some((_, _, upper)), Lang::En) if upper < 0.0 => {
            format!("{place}: online share down from {old_percent} to {percent}")
        }
        (_, Lang::De) => {
            format!("{place}: {percent} der Anträge kommen online, Veränderung gegenüber {old_percent} nicht belegt")
        }
        (_, Lang::En) => {
            format!("{place}: {percent} of applications are made online, change from {old_percent} not shown")
        }
    }
}

/// The headline of a course that adds up only some services: its last value, and what is added up.
#[must_use]
pub fn last_headline(place: &str, last: f64, what: &str, lang: Lang) -> String {
    let percent = format_percent(last, 1, lang);
    match lang {
        Lang::De => format!("{place}: zuletzt {percent} online ({what})"),
        Lang::En => format!("{place}: {percent} online most recently ({what})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EstimateState, Month};
    use crate::stats;

    fn share(x: u64, n: u64) -> Estimate {
        let mut e = Estimate::absent(EstimateState::Computed);
        let i = stats::wilson(x, n, 0.95).unwrap();
        (e.value, e.lower, e.upper) = (Some(x as f64 / n as f64), Some(i.lower), Some(i.upper));
        (e.numerator, e.denominator) = (Some(x as f64), Some(n as f64));
        (e.provided, e.expected) = (11, 12);
        e
    }

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    fn previous() -> Period {
        Period::span(Month::new(2023, 7).unwrap(), 12)
    }

    #[test]
    fn sentences_read_well_in_both_languages() {
        let now = Period::span(Month::new(2024, 7).unwrap(), 12);
        let e = share(512, 1234);
        let sentence = adoption("in Oberau", &e, now, Lang::De).unwrap();
        insta::assert_snapshot!(plain(&sentence.text), @"Von Juli 2024 bis Juni 2025 wurden in Oberau 512 von 1.234 Anträgen online gestellt, das sind 41,5 % (95-%-Spanne: 38,8 bis 44,3 %).");
        insta::assert_snapshot!(sentence.note.unwrap(), @"Ausgewertet sind 11 von 12 erwarteten Monatswerten.");
        let sentence = adoption("in Oberau", &e, now, Lang::En).unwrap();
        insta::assert_snapshot!(plain(&sentence.text), @"From July 2024 to June 2025, 512 of 1,234 applications in Oberau were made online: 41.5% (95% interval: 38.8 to 44.3%).");
    }

    #[test]
    fn a_change_is_claimed_only_where_its_interval_excludes_zero() {
        let text = |now, before| change(&now, &before, previous(), Lang::De).unwrap().text;
        assert!(text(share(600, 1000), share(500, 1000)).contains("gestiegen"));
        assert!(text(share(400, 1000), share(500, 1000)).contains("gesunken"));
        let unclear = text(share(6, 10), share(5, 10));
        assert!(unclear.contains("nicht belegt") && !unclear.contains("gestiegen"));
        let headline = trend_headline("Oberau", Some(&share(6, 10)), Some(&share(5, 10)), Lang::De);
        assert!(headline.contains("nicht belegt"));
    }

    #[test]
    fn hidden_services_are_named_and_nothing_is_judged_across_them() {
        let now = Period::span(Month::new(2024, 7).unwrap(), 12);
        let mut e = share(600, 1000);
        e.flag(Flag::WithoutSuppressed);
        let sentence = adoption("in Oberau", &e, now, Lang::De).unwrap();
        insta::assert_snapshot!(sentence.note.unwrap(), @"Ausgewertet sind 11 von 12 erwarteten Monatswerten. Leistungen mit gesperrten Zahlen sind nicht enthalten.");
        let text = change(&e, &share(300, 1000), previous(), Lang::De).unwrap().text;
        insta::assert_snapshot!(plain(&text), @"Von Juli 2023 bis Juni 2024 waren es 30,0 %; die Veränderung wird nicht bewertet, weil in den Zeiträumen verschiedene Leistungen gesperrt sein können.");
        let headline = trend_headline("Oberau", Some(&e), Some(&share(300, 1000)), Lang::De);
        insta::assert_snapshot!(plain(&headline), @"Oberau: 60,0 % der Anträge kommen online");
        let hidden = Estimate::absent(EstimateState::Suppressed);
        assert!(adoption("in Oberau", &hidden, now, Lang::De).is_none());
        assert_eq!(
            trend_headline("Oberau", Some(&hidden), None, Lang::De),
            "Oberau: Online-Anteil des Zeitraums gesperrt"
        );
    }

    #[test]
    fn without_an_interval_nothing_is_judged() {
        let mut e = share(6, 10);
        (e.lower, e.upper) = (None, None);
        let text = change(&e, &share(5, 10), previous(), Lang::De).unwrap().text;
        assert!(text.contains("nicht bewertet"));
    }
}
