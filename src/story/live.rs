//! The ladder of an event on live services in words.

use super::ladder::{few_clusters, points, rung_name, unbalanced, with_clusters};
use super::others::others_sentence;
use super::refusal::refusal_text;
use super::words::interval_points;
use crate::compare::ladder::{LiveLadder, Missed, Rung, Step};
use crate::domain::{Label, Lang, Text, format_count, format_decimal, format_points, say};
use crate::stats::did::DidRefusal;
use crate::stats::{PairedEstimate, Refusal};

/// The name of a rung where the event met a live service.
#[must_use]
pub fn live_rung_name(rung: Rung, lang: Lang) -> &'static str {
    match rung {
        Rung::Raw => Text::new("Roher Unterschied der Veränderungen", "Raw difference in changes").get(lang),
        Rung::Control => {
            Text::new("Mit Verlauf vor dem Ereignis als Gegenprobe", "With the course before the event as a check")
                .get(lang)
        }
        other => rung_name(other, lang),
    }
}

/// What has to hold for a rung to be reached where the event met a live service.
#[must_use]
pub fn live_rung_rule(rung: Rung, lang: Lang) -> &'static str {
    match rung {
        Rung::Raw => Text::new(
            "Auf beiden Seiten gibt es Orte mit Zahlen für das Jahr vor und das Jahr nach dem Ereignis. Folgt ein zweites Ereignis derselben Art, zählt ein Ort nur bis dahin.",
            "Both sides have towns with numbers for the year before and the year after the event. Where a second event of the same kind follows, a town counts only up to it.",
        ),
        Rung::Interval => Text::new(
            "Die Spanne des Unterschieds der Veränderungen, mit Orten als Einheiten, schließt die Null aus.",
            "The interval of the difference in changes, with towns as units, excludes zero.",
        ),
        Rung::Matched => Text::new(
            "Jeder Ort mit Ereignis wird mit dem ähnlichsten Ort ohne verglichen. In jedem Merkmal, auch im Anteil vor dem Ereignis, liegen beide Seiten weniger als eine viertel Standardabweichung auseinander, die Spanne schließt die Null aus, und höchstens 5 % der Vertauschungen innerhalb der Paare ergeben einen so großen Abstand.",
            "Every town with the event is compared with the most similar town without. In every characteristic, the share before the event included, the sides are less than a quarter of a standard deviation apart, the interval excludes zero, and at most 5% of the exchanges within pairs give as large a gap.",
        ),
        Rung::Control => Text::new(
            "Der Effekt über Quartale (Callaway und Sant’Anna, Orte ohne Ereignis als Vergleich) schließt die Null aus, höchstens 5 % zufälliger Zuordnungen der Ereignisse zu Orten ergeben einen so großen, und vor dem Ereignis verliefen die Orte nicht nachweisbar verschieden: Mehr als 5 % zufälliger Zuordnungen ergeben dort einen so großen Abstand.",
            "The effect over quarters (Callaway and Sant'Anna, towns without an event as controls) excludes zero, at most 5% of random assignments of the events to towns give one as large, and before the event the towns did not demonstrably differ in their course: more than 5% of random assignments give courses as far apart.",
        ),
        Rung::Robust => Text::new(
            "Welcher Ort mit Ereignis auch wegbleibt: Die Spanne des Effekts schließt die Null weiterhin aus.",
            "Whichever town with the event is left out, the interval of the effect still excludes zero.",
        ),
    }
    .get(lang)
}

fn both(f: &dyn Fn(Lang) -> String) -> (String, String) {
    (f(Lang::De), f(Lang::En))
}

/// Whether a rung is reached and what was found there, in one sentence; `what` names the event.
#[must_use]
pub fn live_step(ladder: &LiveLadder, step: &Step, what: &str, lang: Lang) -> String {
    let label = match &step.missed {
        None => reached(ladder, step.rung, what),
        Some(missed) => missing(ladder, step.rung, missed),
    };
    // The rung of the design says an interval only where it is reached or where that holds zero.
    let says_interval =
        matches!((step.rung, &step.missed), (Rung::Interval, _) | (Rung::Control, None | Some(Missed::IncludesZero)));
    let grouped = ladder.clusters.as_ref().filter(|_| says_interval);
    let mut text = with_clusters(label.get(lang), grouped, lang);
    if step.rung == Rung::Raw && ladder.repeated > 0 {
        text.push(' ');
        text.push_str(repeated(ladder.repeated).get(lang));
    }
    text
}

/// What becomes of towns with several events.
fn repeated(towns: usize) -> Label {
    let (de, en) = if towns == 1 {
        ("In einem Ort mit Ereignis folgte".to_owned(), "In one town with the event".to_owned())
    } else {
        (format!("In {towns} Orten mit Ereignis folgte"), format!("In {towns} towns with the event"))
    };
    Label::new(
        format!("{de} später ein weiteres dieser Art: Was von da an geschah, zählt nicht mit."),
        format!("{en} another of its kind followed later: what happened from then on does not count."),
    )
}

fn estimate(ladder: &LiveLadder, rung: Rung) -> Option<PairedEstimate> {
    match rung {
        Rung::Raw | Rung::Interval => ladder.raw.ok(),
        Rung::Matched => ladder.matched.ok(),
        Rung::Control | Rung::Robust => ladder.effect.as_ref().ok().map(|e| PairedEstimate {
            value: e.by_town.value,
            se: e.by_town.se,
            lower: e.by_town.lower,
            upper: e.by_town.upper,
            n: e.units,
        }),
    }
}

fn reached(ladder: &LiveLadder, rung: Rung, what: &str) -> Label {
    let found = estimate(ladder, rung).map_or_else(<(String, String)>::default, |e| both(&|l| points(&e, l)));
    match rung {
        Rung::Raw => {
            let ((with, without), (n, m)) = (ladder.changes, ladder.towns);
            let (a, a_en) = both(&|l| format_points(with, 1, l));
            let (b, b_en) = both(&|l| format_points(without, 1, l));
            Label::new(
                format!("Vom Jahr vor zum Jahr nach dem Ereignis ({what}) änderte sich der Online-Anteil in {n} Orten um {a}, in {m} Orten ohne in denselben Jahren um {b}."),
                format!("From the year before to the year after the event ({what}) the online share changed by {a_en} in {n} towns, and by {b_en} over the same years in {m} towns without."),
            )
        }
        Rung::Interval => Label::new(
            format!("Der Unterschied der Veränderungen beträgt {}.", found.0),
            format!("The difference in changes is {}.", found.1),
        ),
        Rung::Matched => {
            let n = ladder.pairs.len();
            Label::new(
                format!("In {n} Paaren ähnlicher Orte beträgt der Unterschied der Veränderungen {}.", found.0),
                format!("In {n} pairs of similar towns the difference in changes is {}.", found.1),
            )
        }
        Rung::Control => {
            let p = ladder.effect.as_ref().ok().and_then(|e| e.pretest).map_or(1.0, |t| t.p);
            let (p, p_en) = both(&|l| format_decimal(p, 3, l));
            Label::new(
                format!("Nach Quartalen geschätzt beträgt der Effekt {}; Unterschiede im Verlauf davor sind nicht nachweisbar (p = {p}), was gleiche Verläufe nicht beweist.", found.0),
                format!("Estimated by quarters, the effect is {}; differences in the course before are not demonstrable (p = {p_en}), which does not prove equal courses.", found.1),
            )
        }
        Rung::Robust => ladder.left_out.map_or_else(Label::default, |(low, high)| {
            let (s, s_en) = both(&|l| interval_points(low, high, l));
            Label::new(
                format!("Lässt man reihum einen Ort weg, reicht der Effekt von {s}; die Spanne schließt die Null jedes Mal aus."),
                format!("Leaving out one town after the other, the effect ranges from {s_en}; the interval excludes zero every time."),
            )
        }),
    }
}

fn missing(ladder: &LiveLadder, rung: Rung, missed: &Missed) -> Label {
    let (de, en) =
        estimate(ladder, rung).map_or_else(<(String, String)>::default, |e| both(&|l| format!(": {}", points(&e, l))));
    match missed {
        Missed::NoTowns => say!(
            "Auf mindestens einer Seite gibt es keinen Ort mit einem vollen Jahr vor und nach dem Ereignis, in dem die Leistung schon online war. Vor dem Start gibt es keine Onlinefälle: Ein Vorher-nachher-Vergleich über den Start hinweg beweist nichts und wird nicht gerechnet; dafür ist timing = \"before_launch\" da.",
            "On at least one side there is no town with a full year before and after the event in which the service was online already. Before a launch there are no online cases: a before-after comparison across the launch proves nothing and is not made; timing = \"before_launch\" is there for that."
        ),
        Missed::IncludesZero => Label::new(
            format!("Die Spanne schließt die Null ein{de}. Ein Unterschied ist nicht belegt."),
            format!("The interval includes zero{en}. A difference is not shown."),
        ),
        Missed::ByChance => say!(
            "Eine zufällige Zuordnung ergibt zu oft einen so großen Abstand.",
            "A random assignment gives as large a gap too often."
        ),
        Missed::OtherDirection => Label::new(
            format!("Der Unterschied zeigt hier in die andere Richtung als der rohe{de}."),
            format!("Here the difference points the other way than the raw one{en}."),
        ),
        Missed::Unbalanced(which) => unbalanced(which, &ladder.balance, &ladder.traits),
        Missed::PreTrend => say!(
            "Schon vor dem Ereignis verliefen die Orte verschieden. Das spricht dafür, dass sich die Orte unterscheiden und nicht das Ereignis wirkt.",
            "The towns took different courses before the event already. This suggests that the towns differ, not that the event works."
        ),
        Missed::NoPreTrend => say!(
            "Über den Verlauf vor dem Ereignis lässt sich nichts sagen: Es fehlen Quartale davor, oder es gibt zu wenige Orte für die Zahl der Quartale.",
            "Nothing can be said about the course before the event: quarters before it are missing, or there are too few towns for the number of quarters."
        ),
        Missed::NoDesign(DidRefusal::FewClusters { found, needed }) => few_clusters(*found, *needed),
        Missed::Refused(Refusal::FewClusters { found, needed })
            if rung == Rung::Interval && ladder.clusters.is_some() =>
        {
            few_clusters(*found, *needed)
        }
        Missed::NoDesign(refusal) => Label::new(
            format!("Der Effekt über Quartale lässt sich nicht schätzen: {}.", design_text(*refusal)),
            format!("The effect over quarters cannot be estimated: {refusal}."),
        ),
        Missed::Refused(refusal) => Label::new(
            format!("Das Verfahren gibt keine Spanne: {}.", refusal_text(refusal, Lang::De)),
            format!("The method gives no interval: {}.", refusal_text(refusal, Lang::En)),
        ),
        Missed::RestsOn(towns) => {
            let n = towns.len();
            say!(
                "Der Befund hängt an einzelnen Orten: Bei {n} von ihnen genügt es, einen wegzulassen, und die Spanne schließt die Null ein.",
                "The finding rests on single towns: for {n} of them, leaving out one is enough for the interval to include zero."
            )
        }
        Missed::NoControl(_) | Missed::ControlDiffers | Missed::NothingLeft => Label::default(),
    }
}

/// Why the design for events at different times gives no number; what can arise here.
pub(super) fn design_text(refusal: DidRefusal) -> &'static str {
    match refusal {
        DidRefusal::SingleTreatedUnit => "nur ein Ort mit Ereignis ist auswertbar",
        DidRefusal::NoTreated => "kein Ereignis liegt innerhalb der Quartale mit Zahlen",
        DidRefusal::NoNever | DidRefusal::NoControls | DidRefusal::FewControls { .. } => {
            "es gibt zu wenige Orte ohne Ereignis"
        }
        DidRefusal::NothingBalanced => "kein Ort hat Zahlen für alle Quartale",
        DidRefusal::OnePeriod | DidRefusal::Empty => "es gibt keine zwei Quartale mit Zahlen",
        DidRefusal::ConstantOutcome => "der Anteil ändert sich nirgends",
        _ => "die Zahlen reichen dafür nicht aus",
    }
}

/// Where the answer stands, and what may be said there.
#[must_use]
pub fn live_answer(ladder: &LiveLadder, what: &str, lang: Lang) -> String {
    let higher = ladder.raw.as_ref().is_ok_and(|d| d.value > 0.0);
    let (de, en) = if higher {
        ("stärker gestiegen (oder weniger gesunken)", "rose more (or fell less)")
    } else {
        ("weniger gestiegen (oder stärker gesunken)", "rose less (or fell more)")
    };
    match ladder.stands_on() {
        None => say!(
            "Veränderungen in Orten mit und ohne {what} lassen sich mit diesen Zahlen nicht vergleichen.",
            "Changes in towns with and without {what} cannot be compared with these numbers."
        ),
        Some(Rung::Raw) => say!(
            "Ob sich der Online-Anteil mit {what} anders verändert hat als ohne, ist nicht belegt.",
            "Whether the online share changed differently with {what} than without is not shown."
        ),
        Some(Rung::Interval) => say!(
            "Mit {what} ist der Online-Anteil {de} als ohne. Ob das Ereignis dazu beiträgt oder ob sich die Orte auch sonst unterscheiden, ist offen.",
            "With {what} the online share {en} than without. Whether the event contributes to it or the towns differ anyway is open.",
        ),
        Some(Rung::Matched) => say!(
            "Auch zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}. Der Verlauf nach Quartalen stützt das nicht; die Ursache bleibt offen.",
            "Between similar towns, too, the online share {en} with {what}. The course by quarters does not support it; the cause remains open.",
        ),
        Some(Rung::Control) => say!(
            "Zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}, und davor verliefen die Orte nicht nachweisbar verschieden. Der Befund hängt aber an einzelnen Orten.",
            "Between similar towns the online share {en} with {what}, and before it the towns did not demonstrably differ in their course. But the finding rests on single towns.",
        ),
        Some(Rung::Robust) => say!(
            "Zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}, davor verliefen die Orte nicht nachweisbar verschieden, und der Befund hängt an keinem einzelnen Ort. Das spricht dafür, dass das Ereignis dazu beiträgt; ein Beweis ist es nicht.",
            "Between similar towns the online share {en} with {what}, before it the towns did not demonstrably differ in their course, and the finding rests on no single town. This suggests that the event contributes to it; it is no proof.",
        ),
    }
    .get(lang)
    .to_owned()
}

/// What could still explain a difference in changes on the rung where the answer stands.
#[must_use]
pub fn live_alternatives(ladder: &LiveLadder, lang: Lang) -> Vec<String> {
    if ladder.stands_on().is_none_or(|rung| rung < Rung::Interval) {
        return Vec::new();
    }
    let standing = |de: &'static str, en: &'static str| Text::new(de, en).get(lang).to_owned();
    let mut out = vec![
        standing(
            "Selbstauswahl: Orte, die ohnehin im Aufwind sind, entscheiden sich vielleicht eher dafür.",
            "Self-selection: towns that are on the rise anyway may choose it more often.",
        ),
        ladder.others.as_ref().map_or_else(
            || {
                standing(
                    "Anderes in denselben Monaten: weitere Werbung, Schulungen, eine neue Fassung des Dienstes, Störungen.",
                    "Something else in the same months: other campaigns, training, a new version of the service, outages.",
                )
            },
            |others| others_sentence(others, lang),
        ),
        standing(
            "Ausstrahlung: Wirkt das Ereignis auch in Nachbarorten, fällt der Unterschied zu klein aus.",
            "Spillover: if the event also works in neighbouring towns, the difference comes out too small.",
        ),
    ];
    if ladder.stands_on() < Some(Rung::Matched) {
        out.push(standing(
            "Andere Unterschiede der Orte: Sie sind auf dieser Stufe nicht herausgerechnet.",
            "Other differences between the towns: on this rung they are not adjusted for.",
        ));
    }
    out
}

/// What an additional application cost, where that can be said.
#[must_use]
pub fn cost_sentence(ladder: &LiveLadder, lang: Lang) -> Option<String> {
    let (value, lower, upper) = ladder.cost_per_case?;
    let euro = |v: f64| format_count(v.round() as i64, lang);
    Some(match lang {
        Lang::De => format!(
            "Kosten je zusätzlichem Antrag in den Quartalen mit Zahlen: {} Euro (Spanne: {} bis {}).",
            euro(value),
            euro(lower),
            euro(upper)
        ),
        Lang::En => format!(
            "Cost per additional application in the quarters with numbers: {} euros (interval: {} to {}).",
            euro(value),
            euro(lower),
            euro(upper)
        ),
    })
}
