//! The ladder in words: what each rung found, where the answer stands, and what could still explain it.

use super::Sentence;
use super::others::{clusters_sentence, others_sentence};
use super::refusal::refusal_text;
use super::words::{interval_points, probability_text, ratio_text};
use crate::compare::ladder::{Balance, Checked, ClaimVerdict, ClusterCount, Ladder, Missed, Rung, Step};
use crate::domain::{Label, Lang, Text, format_decimal, format_percent, format_points, say};
use crate::stats::{PairedEstimate, Refusal};

/// The name of a rung.
#[must_use]
pub fn rung_name(rung: Rung, lang: Lang) -> &'static str {
    match rung {
        Rung::Raw => Text::new("Roher Unterschied", "Raw difference"),
        Rung::Interval => Text::new("Mit Spanne über Orte", "With an interval over towns"),
        Rung::Matched => Text::new("Zwischen ähnlichen Orten", "Between similar towns"),
        Rung::Control => Text::new("Mit Gegenprobe an früheren Leistungen", "With earlier services as a check"),
        Rung::Robust => Text::new("Ohne jeden einzelnen Ort", "Leaving out any town"),
    }
    .get(lang)
}

/// What has to hold for a rung to be reached.
#[must_use]
pub fn rung_rule(rung: Rung, lang: Lang) -> &'static str {
    match rung {
        Rung::Raw => Text::new(
            "Auf beiden Seiten gibt es Orte mit Zahlen für die verglichenen Monate seit dem Start.",
            "Both sides have towns with numbers for the months since launch that are compared.",
        ),
        Rung::Interval => Text::new(
            "Die Spanne des Unterschieds innerhalb derselben Leistungen, mit Orten als Einheiten, schließt die Null aus.",
            "The interval of the difference within the same services, with towns as units, excludes zero.",
        ),
        Rung::Matched => Text::new(
            "Jeder Ort mit dem Ereignis wird mit dem ähnlichsten Ort ohne verglichen. In jedem Merkmal liegen beide Seiten weniger als eine viertel Standardabweichung auseinander, die Spanne schließt die Null aus, und höchstens 5 % der Vertauschungen innerhalb der Paare ergeben einen so großen Abstand.",
            "Every town with the event is compared with the most similar town without. In every characteristic the sides are less than a quarter of a standard deviation apart, the interval excludes zero, and at most 5% of the exchanges within pairs give as large a gap.",
        ),
        Rung::Control => Text::new(
            "Leistungen, die in beiden Orten schon vorher online waren und von diesem Ereignis nicht berührt sein können, unterscheiden sich zwischen denselben Paaren nicht nachweisbar (die Spanne enthält die Null); zieht man ihren Abstand ab, bleibt ein Unterschied.",
            "Services that were online in both towns before, and that this event cannot have moved, do not differ demonstrably between the same pairs (the interval includes zero); with their gap taken off, a difference remains.",
        ),
        Rung::Robust => Text::new(
            "Welches Paar auch wegbleibt: Die Spanne schließt die Null weiterhin aus.",
            "Whichever pair is left out, the interval still excludes zero.",
        ),
    }
    .get(lang)
}

pub(super) fn points(estimate: &PairedEstimate, lang: Lang) -> String {
    let span = interval_points(estimate.lower, estimate.upper, lang);
    match lang {
        Lang::De => format!("{} (Spanne: {span})", format_points(estimate.value, 1, lang)),
        Lang::En => format!("{} (interval: {span})", format_points(estimate.value, 1, lang)),
    }
}

/// The name of a characteristic, with its label where it has one.
#[must_use]
pub fn trait_name(name: &str, label: Option<&str>, lang: Lang) -> String {
    let known = match name {
        "population" => Text::new("Einwohnerzahl", "population"),
        "density" => Text::new("Einwohnerdichte", "population density"),
        "kreis" => Text::new("Kreis", "district"),
        "land" => Text::new("Land", "state"),
        "urbanity" => Text::new("Siedlungstyp", "degree of urbanisation"),
        "platform" => Text::new("Plattform", "platform"),
        "maturity" => Text::new("Reifegrad", "maturity"),
        "launch" => Text::new("Zeitpunkt des Starts", "time of launch"),
        "baseline" => Text::new("Anteil vor dem Ereignis", "share before the event"),
        _ => Text::new("", ""),
    }
    .get(lang);
    let name = if known.is_empty() { name.strip_prefix("attribute:").unwrap_or(name) } else { known };
    label.map_or_else(|| name.to_owned(), |label| format!("{name} {label}"))
}

/// Whether a rung is reached and what was found there, in one sentence; `what` names the event.
#[must_use]
pub fn ladder_step(ladder: &Ladder, step: &Step, what: &str, lang: Lang) -> String {
    let label = match &step.missed {
        None => reached(ladder, step.rung, what),
        Some(missed) => missing(ladder, step.rung, missed),
    };
    let grouped = ladder.clusters.as_ref().filter(|_| step.rung == Rung::Interval);
    with_clusters(label.get(lang), grouped, lang)
}

/// A sentence, and what its interval counts as one.
pub(super) fn with_clusters(text: &str, clusters: Option<&ClusterCount>, lang: Lang) -> String {
    clusters.map_or_else(|| text.to_owned(), |clusters| format!("{text} {}", clusters_sentence(clusters, lang)))
}

fn reached(ladder: &Ladder, rung: Rung, what: &str) -> Label {
    let both = |f: &dyn Fn(Lang) -> String| (f(Lang::De), f(Lang::En));
    match rung {
        Rung::Raw => {
            let ((with, without), (n, m)) = (ladder.sums, ladder.towns);
            let (a, a_en) = both(&|l| format_percent(with.rate(), 1, l));
            let (b, b_en) = both(&|l| format_percent(without.rate(), 1, l));
            let (first, last) = (ladder.window.from, ladder.window.until);
            Label::new(
                format!("In den Monaten {first} bis {last} nach dem Start wurden {a} der Anträge in {n} Orten mit {what} online gestellt und {b} in {m} Orten ohne."),
                format!("In months {first} to {last} after the launch, {a_en} of applications were made online in {n} towns with {what}, and {b_en} in {m} towns without."),
            )
        }
        Rung::Interval => ladder.raw.as_ref().map_or_else(|_| Label::default(), |d| {
            let (v, v_en) = both(&|l| format_points(d.value, 1, l));
            let (s, s_en) = both(&|l| interval_points(d.lower, d.upper, l));
            Label::new(
                format!("Innerhalb derselben Leistungen beträgt der Unterschied {v} (Spanne: {s})."),
                format!("Within the same services the difference is {v_en} (interval: {s_en})."),
            )
        }),
        Rung::Matched => match ladder.main().map(|main| (&main.by_town, main.p)) {
            Some((Ok(e), p)) => {
                let n = ladder.pairs.len();
                let (v, v_en) = both(&|l| points(e, l));
                let (p, p_en) = both(&|l| probability_text(p.unwrap_or(1.0), l));
                Label::new(
                    format!("In {n} Paaren ähnlicher Orte beträgt der mittlere Unterschied {v}; durch Zufall innerhalb der Paare entstünde ein so großer mit einer Wahrscheinlichkeit von {p}."),
                    format!("In {n} pairs of similar towns the mean difference is {v_en}; by chance within pairs one as large would arise with a probability of {p_en}."),
                )
            }
            _ => Label::default(),
        },
        Rung::Control => match (&ladder.control, &ladder.net) {
            (Ok(control), Ok(net)) => {
                let (c, c_en) = both(&|l| points(control, l));
                let (v, v_en) = both(&|l| points(net, l));
                Label::new(
                    format!("Bei Leistungen, die vorher schon online waren, unterscheiden sich dieselben Orte nicht nachweisbar: {c}. Zieht man das ab, bleiben {v}."),
                    format!("In services that were online before, the same towns do not differ demonstrably: {c_en}. With that taken off, {v_en} remain."),
                )
            }
            _ => Label::default(),
        },
        Rung::Robust => ladder.left_out.map_or_else(Label::default, |(low, high)| {
            let (s, s_en) = both(&|l| interval_points(low, high, l));
            Label::new(
                format!("Lässt man reihum ein Paar weg, reicht der mittlere Unterschied von {s}; die Spanne schließt die Null jedes Mal aus."),
                format!("Leaving out one pair after the other, the mean difference ranges from {s_en}; the interval excludes zero every time."),
            )
        }),
    }
}

fn missing(ladder: &Ladder, rung: Rung, missed: &Missed) -> Label {
    let both = |f: &dyn Fn(Lang) -> String| (f(Lang::De), f(Lang::En));
    let found = |e: Option<&PairedEstimate>| {
        e.map_or_else(|| (String::new(), String::new()), |e| both(&|l| format!(": {}", points(e, l))))
    };
    let matched = || ladder.main().and_then(|main| main.by_town.as_ref().ok());
    match missed {
        Missed::NoTowns => say!(
            "Auf mindestens einer Seite gibt es keinen Ort mit Zahlen für diese Monate.",
            "On at least one side there is no town with numbers for these months."
        ),
        Missed::Refused(Refusal::FewClusters { found, needed }) if rung >= Rung::Matched => say!(
            "Paare ähnlicher Orte: {found}; nötig sind mindestens {needed}.",
            "Pairs of similar towns: {found}; at least {needed} are needed."
        ),
        Missed::Refused(Refusal::FewClusters { found, needed }) if ladder.clusters.is_some() => {
            few_clusters(*found, *needed)
        }
        Missed::Refused(refusal) => Label::new(
            format!("Das Verfahren gibt keine Spanne: {}.", refusal_text(refusal, Lang::De)),
            format!("The method gives no interval: {}.", refusal_text(refusal, Lang::En)),
        ),
        Missed::IncludesZero => {
            let (de, en) = match (rung, &ladder.raw) {
                (Rung::Interval, Ok(d)) => both(&|l| format!(": {}", interval_points(d.lower, d.upper, l))),
                _ => found(matched()),
            };
            Label::new(
                format!("Die Spanne schließt die Null ein{de}. Ein Unterschied ist nicht belegt."),
                format!("The interval includes zero{en}. A difference is not shown."),
            )
        }
        Missed::ByChance => say!(
            "Vertauscht man innerhalb der Paare, welcher Ort welcher ist, entsteht ein so großer Abstand zu oft durch Zufall.",
            "Exchanging the towns within pairs gives as large a gap too often by chance."
        ),
        Missed::Unbalanced(which) => unbalanced(which, &ladder.balance, &ladder.traits),
        Missed::OtherDirection => {
            let (de, en) = found(matched());
            Label::new(
                format!("Der Unterschied zeigt hier in die andere Richtung als der rohe{de}."),
                format!("Here the difference points the other way than the raw one{en}."),
            )
        }
        Missed::NoControl(n) => say!(
            "Für die Gegenprobe fehlen Leistungen, die in beiden Orten schon vorher online waren. Zahl der Paare, in denen es sie gibt: {n}; nötig sind fünf.",
            "The check lacks services that were online in both towns before. Pairs that have them: {n}; five are needed."
        ),
        Missed::ControlDiffers => {
            let (de, en) = found(ladder.control.as_ref().ok());
            Label::new(
                format!(
                    "Auch bei Leistungen, die davon nicht berührt sein können, unterscheiden sich die Orte{de}. Das spricht dafür, dass sich die Orte unterscheiden und nicht das Vorgehen wirkt."
                ),
                format!(
                    "In services that it cannot have moved the towns differ as well{en}. This suggests that the towns differ, not that the approach works."
                ),
            )
        }
        // Of events on live services only, see `live`.
        Missed::NoDesign(_) | Missed::PreTrend | Missed::NoPreTrend => Label::default(),
        Missed::NothingLeft => {
            let (de, en) = found(ladder.net.as_ref().ok());
            Label::new(
                format!("Zieht man den Abstand bei früheren Leistungen ab, ist kein Unterschied mehr belegt{de}."),
                format!("With the gap in earlier services taken off, no difference is shown any more{en}."),
            )
        }
        Missed::RestsOn(towns) => {
            let n = towns.len();
            say!(
                "Der Befund hängt an einzelnen Orten: Bei {n} der Paare genügt es, eines wegzulassen, und die Spanne schließt die Null ein.",
                "The finding rests on single towns: for {n} of the pairs, leaving out one is enough for the interval to include zero."
            )
        }
    }
}

/// Too few groups of towns for an interval.
pub(super) fn few_clusters(found: usize, needed: usize) -> Label {
    say!(
        "Das Verfahren gibt keine Spanne: Auf einer Seite sind es {found} Gruppen von Orten, nötig sind mindestens {needed}.",
        "The method gives no interval: one side has {found} groups of towns, at least {needed} are needed."
    )
}

/// Which characteristics are too far apart.
pub(super) fn unbalanced(which: &[usize], balance: &[Balance], traits: &[String]) -> Label {
    let names = |lang: Lang| {
        let name = |at: &usize| {
            let balance = balance.get(*at)?;
            let gap = format_decimal(balance.after, 2, lang);
            Some(format!("{} ({gap})", trait_name(traits.get(balance.at)?, balance.label.as_deref(), lang)))
        };
        which.iter().filter_map(name).collect::<Vec<_>>().join(", ")
    };
    Label::new(
        format!("Die Vergleichsorte sind nicht ähnlich genug. Abstand in Standardabweichungen: {}.", names(Lang::De)),
        format!("The towns compared are not similar enough. Gap in standard deviations: {}.", names(Lang::En)),
    )
}

/// Where the answer stands, and what may be said there.
#[must_use]
pub fn ladder_answer(ladder: &Ladder, what: &str, lang: Lang) -> Sentence {
    let higher = ladder.raw.as_ref().is_ok_and(|d| d.value > 0.0);
    let (de, en) = if higher { ("höher", "higher") } else { ("niedriger", "lower") };
    let text = match ladder.stands_on() {
        None => say!(
            "Ein Vergleich von Orten mit und ohne {what} ist mit diesen Zahlen nicht möglich.",
            "Towns with and without {what} cannot be compared with these numbers."
        ),
        Some(Rung::Raw) => say!(
            "Ob sich Orte mit und ohne {what} unterscheiden, ist nicht belegt.",
            "Whether towns with and without {what} differ is not shown."
        ),
        Some(Rung::Interval) => Label::new(
            format!(
                "In Orten mit {what} ist der Online-Anteil {de} als in Orten ohne. Ob {what} dazu beiträgt oder ob sich die Orte auch sonst unterscheiden, ist offen."
            ),
            format!(
                "In towns with {what} the online share is {en} than in towns without. Whether {what} contributes to it or the towns differ anyway is open."
            ),
        ),
        Some(Rung::Matched) => Label::new(
            format!(
                "Auch zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}. Die Gegenprobe an früheren Leistungen stützt das nicht; die Ursache bleibt offen."
            ),
            format!(
                "Between similar towns, too, the online share is {en} with {what}. The check with earlier services does not support it; the cause remains open."
            ),
        ),
        Some(Rung::Control) => Label::new(
            format!(
                "Zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}, bei früheren Leistungen ist kein Unterschied nachweisbar. Der Befund hängt aber an einzelnen Orten."
            ),
            format!(
                "Between similar towns the online share is {en} with {what}, and in earlier services no difference is demonstrable. But the finding rests on single towns."
            ),
        ),
        Some(Rung::Robust) => Label::new(
            format!(
                "Zwischen ähnlichen Orten ist der Online-Anteil mit {what} {de}, bei früheren Leistungen ist kein Unterschied nachweisbar, und der Befund hängt an keinem einzelnen Ort. Das spricht dafür, dass {what} dazu beiträgt; ein Beweis ist es nicht."
            ),
            format!(
                "Between similar towns the online share is {en} with {what}, in earlier services no difference is demonstrable, and the finding rests on no single town. This suggests that {what} contributes to it; it is no proof."
            ),
        ),
    };
    Sentence { text: text.get(lang).to_owned(), note: None }
}

/// The answer in a few words.
#[must_use]
pub fn ladder_short(ladder: &Ladder, lang: Lang) -> &'static str {
    let higher = ladder.raw.as_ref().is_ok_and(|d| d.value > 0.0);
    match (ladder.stands_on(), higher) {
        (None, _) => Text::new("Kein Vergleich möglich", "No comparison possible"),
        (Some(Rung::Raw), _) => Text::new("Unterschied nicht belegt", "Difference not shown"),
        (Some(Rung::Interval), true) => Text::new("Höherer Anteil, Ursache offen", "Higher share, cause open"),
        (Some(Rung::Interval), false) => Text::new("Niedrigerer Anteil, Ursache offen", "Lower share, cause open"),
        (Some(Rung::Matched), true) => Text::new(
            "Auch zwischen ähnlichen Orten höher, Ursache offen",
            "Higher between similar towns too, cause open",
        ),
        (Some(Rung::Matched), false) => Text::new(
            "Auch zwischen ähnlichen Orten niedriger, Ursache offen",
            "Lower between similar towns too, cause open",
        ),
        (Some(Rung::Control), true) => {
            Text::new("Höherer Anteil, hängt aber an einzelnen Orten", "Higher share, but it rests on single towns")
        }
        (Some(Rung::Control), false) => {
            Text::new("Niedrigerer Anteil, hängt aber an einzelnen Orten", "Lower share, but it rests on single towns")
        }
        (Some(Rung::Robust), true) => {
            Text::new("Höherer Anteil auf allen Stufen, kein Beweis", "Higher share on every rung, no proof")
        }
        (Some(Rung::Robust), false) => {
            Text::new("Niedrigerer Anteil auf allen Stufen, kein Beweis", "Lower share on every rung, no proof")
        }
    }
    .get(lang)
}

/// What could still explain a difference on the rung where the answer stands.
#[must_use]
pub fn ladder_alternatives(ladder: &Ladder, lang: Lang) -> Vec<String> {
    let stands = ladder.stands_on();
    if stands.is_none_or(|rung| rung < Rung::Interval) {
        return Vec::new();
    }
    let mut out = vec![
        Text::new(
            "Selbstauswahl: Engagierte Orte entscheiden sich eher für Beteiligung und wären vielleicht auch ohne sie weiter.",
            "Self-selection: committed towns choose participation more often and might be ahead without it too.",
        )
        .get(lang)
        .to_owned(),
    ];
    let list = |names: Vec<String>| names.join(", ");
    let named = |names: &[String]| list(names.iter().map(|name| trait_name(name, None, lang)).collect());
    if stands < Some(Rung::Matched) {
        out.push(match lang {
            Lang::De => {
                format!("Unterschiede in {}: Sie sind auf dieser Stufe nicht herausgerechnet.", named(&ladder.traits))
            }
            Lang::En => format!("Differences in {}: on this rung they are not adjusted for.", named(&ladder.traits)),
        });
    }
    if !ladder.unknown.is_empty() {
        out.push(match lang {
            Lang::De => format!("Unbekannt und daher nicht verglichen: {}.", named(&ladder.unknown)),
            Lang::En => format!("Unknown and therefore not compared: {}.", named(&ladder.unknown)),
        });
    }
    out.push(ladder.others.as_ref().map_or_else(
        || {
            Text::new(
                "Werbung, Schulungen oder Störungen in denselben Monaten, wenn sie auf einer Seite häufiger waren.",
                "Campaigns, training or outages in the same months, if one side had more of them.",
            )
            .get(lang)
            .to_owned()
        },
        |others| others_sentence(others, lang),
    ));
    if ladder.alone() > 0 {
        let n = ladder.alone();
        out.push(match lang {
            Lang::De => format!("Orte ohne ähnlichen Vergleichsort: {n}; über sie sagt der Vergleich nichts."),
            Lang::En => {
                format!("Towns without a similar one to compare with: {n}; the comparison says nothing about them.")
            }
        });
    }
    out
}

/// What the data say to a claim, in one sentence.
#[must_use]
pub fn claim_sentence(checked: &Checked, lang: Lang) -> String {
    let claim = &checked.claim;
    let number = |value: f64| match claim.ratio {
        Some(_) => format_decimal(value, 2, lang),
        None => format_points(value, 1, lang),
    };
    let claimed = match (claim.ratio, claim.difference) {
        (Some(ratio), _) => match lang {
            Lang::De => format!("„mindestens das {}e“", ratio_text(ratio, lang).replace("-fach", "-Fach")),
            Lang::En => format!("\"at least {} as high\"", ratio_text(ratio, lang)),
        },
        (None, difference) => match lang {
            Lang::De => format!("„mindestens {} höher“", format_points(difference.unwrap_or(0.0), 1, lang)),
            Lang::En => format!("\"at least {} higher\"", format_points(difference.unwrap_or(0.0), 1, lang)),
        },
    };
    let found = checked.estimate.map(|(value, lower, upper)| match lang {
        Lang::De => format!("wurde {} gefunden (Spanne: {} bis {})", number(value), number(lower), number(upper)),
        Lang::En => format!("it is {} (interval: {} to {})", number(value), number(lower), number(upper)),
    });
    let found = found.unwrap_or_default();
    match (checked.verdict, lang) {
        (ClaimVerdict::Supported, Lang::De) => {
            format!("Die Aussage {claimed} ist durch die Daten gestützt: Zwischen ähnlichen Orten {found}.")
        }
        (ClaimVerdict::Supported, Lang::En) => {
            format!("The claim {claimed} is supported by the data: between similar towns {found}.")
        }
        (ClaimVerdict::Contradicted, Lang::De) => {
            format!("Die Aussage {claimed} widerspricht den Daten: Zwischen ähnlichen Orten {found}.")
        }
        (ClaimVerdict::Contradicted, Lang::En) => {
            format!("The claim {claimed} is contradicted by the data: between similar towns {found}.")
        }
        (ClaimVerdict::NotShown, Lang::De) if checked.matched => format!(
            "Die Aussage {claimed} ist mit den Daten vereinbar, aber nicht belegt: Zwischen ähnlichen Orten {found}."
        ),
        (ClaimVerdict::NotShown, Lang::En) if checked.matched => {
            format!("The claim {claimed} is compatible with the data but not shown: between similar towns {found}.")
        }
        (ClaimVerdict::NotShown, Lang::De) => format!(
            "Die Aussage {claimed} ist nicht belegt, weil ähnliche Orte zum Vergleich fehlen; unter allen Orten {found}."
        ),
        (ClaimVerdict::NotShown, Lang::En) => format!(
            "The claim {claimed} is not shown, because similar towns to compare with are missing; among all towns {found}."
        ),
        (ClaimVerdict::CannotTell, Lang::De) => {
            format!("Zur Aussage {claimed} lässt sich mit diesen Zahlen nichts sagen.")
        }
        (ClaimVerdict::CannotTell, Lang::En) => {
            format!("Nothing can be said about the claim {claimed} with these numbers.")
        }
    }
}
