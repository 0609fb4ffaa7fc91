//! What else was recorded in the towns of a comparison, in words.

use super::ladder::trait_name;
use super::words::{event_name, event_phrase};
use crate::compare::ladder::{ClusterCount, Others};
use crate::domain::Lang;

/// How many towns of either side had something else in the months in which they are compared, and what it was.
#[must_use]
pub fn others_sentence(others: &Others, lang: Lang) -> String {
    let what = event_phrase(&others.event, lang);
    let ((a, n), (b, m)) = (others.with, others.without);
    if others.kinds.is_empty() {
        return match lang {
            Lang::De => "Anderes in denselben Monaten (Werbung, Schulungen, Störungen): Erfasst ist für keinen der Orte etwas; nicht Erfasstes kann es gegeben haben.".to_owned(),
            Lang::En => "Something else in the same months (campaigns, training, outages): nothing is recorded for any of the towns; things that were not recorded there may have been.".to_owned(),
        };
    }
    let kinds: Vec<String> = others
        .kinds
        .iter()
        .map(|(kind, with, without)| match lang {
            Lang::De => format!("{} ({with} und {without})", event_name(kind, lang)),
            Lang::En => format!("{} ({with} and {without})", event_name(kind, lang)),
        })
        .collect();
    let kinds = kinds.join(", ");
    match lang {
        Lang::De => format!(
            "In {a} von {n} Orten mit {what}, in {b} von {m} ohne gab es im selben Zeitraum auch anderes: {kinds}. Nicht Erfasstes kann hinzukommen."
        ),
        Lang::En => format!(
            "In {a} of {n} towns with {what}, and in {b} of {m} without, there was something else in the same period: {kinds}. What was not recorded may come on top."
        ),
    }
}

/// What counts as one in the errors, where towns are grouped.
pub(super) fn clusters_sentence(clusters: &ClusterCount, lang: Lang) -> String {
    let (name, a, b) = (trait_name(&clusters.name, None, lang), clusters.with, clusters.without);
    match lang {
        Lang::De => format!(
            "Als Einheiten zählen nicht einzelne Orte, sondern Gruppen von Orten nach {name}: {a} mit Ereignis, {b} ohne."
        ),
        Lang::En => {
            format!("Not single towns count as units, but groups of towns by {name}: {a} with the event, {b} without.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_both_sides_and_their_kinds() {
        let mut others = Others {
            event: "participation".into(),
            with: (3, 12),
            without: (1, 14),
            kinds: vec![("campaign".into(), 2, 0), ("training".into(), 1, 1)],
        };
        insta::assert_snapshot!(others_sentence(&others, Lang::De), @"In 3 von 12 Orten mit Beteiligung, in 1 von 14 ohne gab es im selben Zeitraum auch anderes: Kampagne (2 und 0), Schulung (1 und 1). Nicht Erfasstes kann hinzukommen.");
        insta::assert_snapshot!(others_sentence(&others, Lang::En), @"In 3 of 12 towns with participation, and in 1 of 14 without, there was something else in the same period: campaign (2 and 0), training (1 and 1). What was not recorded may come on top.");
        others.kinds.clear();
        assert!(others_sentence(&others, Lang::De).contains("für keinen der Orte etwas"));
    }
}
