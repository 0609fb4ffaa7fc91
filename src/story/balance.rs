//! Whether matched towns are alike, in one sentence.

use super::ladder::trait_name;
use crate::compare::ladder::{BALANCED_BELOW, Balance};
use crate::domain::{Lang, Text};

/// Most characteristics that a headline names; more are counted.
const NAMED: usize = 3;

/// Whether the towns compared are similar in every characteristic, or in which they are not.
#[must_use]
pub fn balance_headline(balance: &[Balance], traits: &[String], pairs: usize, lang: Lang) -> String {
    if pairs == 0 {
        return Text::new(
            "Zu keinem Ort fand sich ein ähnlicher Vergleichsort",
            "For no town a similar one was found to compare with",
        )
        .get(lang)
        .to_owned();
    }
    let apart = balance.iter().filter(|b| b.after.abs() >= BALANCED_BELOW);
    let name = |name: &str, label: Option<&str>| match lang {
        Lang::De => format!("„{}“", trait_name(name, label, lang)),
        Lang::En => format!("\"{}\"", trait_name(name, label, lang)),
    };
    let names: Vec<String> = apart.filter_map(|b| Some(name(traits.get(b.at)?, b.label.as_deref()))).collect();
    let (n, all) = (names.len(), balance.len());
    let which = match names.split_last() {
        None => {
            return Text::new(
                "Nach der Paarbildung sind sich die Orte in allen Merkmalen ähnlich",
                "After matching the towns are similar in every characteristic",
            )
            .get(lang)
            .to_owned();
        }
        Some(_) if n > NAMED => match lang {
            Lang::De => format!("in {n} von {all} Merkmalen"),
            Lang::En => format!("in {n} of {all} characteristics"),
        },
        Some((last, [])) => match lang {
            Lang::De => format!("im Merkmal {last}"),
            Lang::En => format!("in {last}"),
        },
        Some((last, before)) => match lang {
            Lang::De => format!("in den Merkmalen {} und {last}", before.join(", ")),
            Lang::En => format!("in {} and {last}", before.join(", ")),
        },
    };
    match lang {
        Lang::De => format!("Auch nach der Paarbildung unterscheiden sich die Orte zu stark {which}"),
        Lang::En => format!("After matching, too, the towns differ too much {which}"),
    }
}
