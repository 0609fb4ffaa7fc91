//! Where towns lie against what is to be expected at their number of cases.

use crate::compare::{FUNNEL_LEVELS, FunnelRefusal, FunnelResult, MIN_FUNNEL_TOWNS};
use crate::domain::{Lang, Text, format_percent};

/// How many towns stand out, of all or of those shown.
#[must_use]
pub fn funnel_headline(result: &FunnelResult, some_hidden: bool, lang: Lang) -> String {
    let n = result.places.len();
    let all = match (some_hidden, lang) {
        (false, Lang::De) => format!("{n} Orten"),
        (true, Lang::De) => format!("{n} gezeigten Orten"),
        (false, Lang::En) => format!("{n} towns"),
        (true, Lang::En) => format!("{n} towns shown"),
    };
    let (above, below) = result.outside();
    let one = above + below == 1;
    match (above, below, lang) {
        (0, 0, Lang::De) if some_hidden => {
            "Kein gezeigter Ort weicht stärker ab, als bei seiner Fallzahl zu erwarten ist".to_owned()
        }
        (0, 0, Lang::De) => "Kein Ort weicht stärker ab, als bei seiner Fallzahl zu erwarten ist".to_owned(),
        (0, 0, Lang::En) => {
            let which = if some_hidden { "town shown" } else { "town" };
            format!("No {which} deviates more than is to be expected at its number of cases")
        }
        (above, below, Lang::De) if above > 0 && below > 0 => {
            let verb = if above == 1 { "liegt" } else { "liegen" };
            format!(
                "{above} von {all} {verb} deutlich über, {below} deutlich unter dem, was bei ihrer Fallzahl zu erwarten ist"
            )
        }
        (above, below, Lang::En) if above > 0 && below > 0 => {
            let verb = if above == 1 { "lies" } else { "lie" };
            format!(
                "{above} of {all} {verb} well above and {below} well below what is to be expected at their number of cases"
            )
        }
        (_, below, Lang::De) => {
            let side = if below == 0 { "über" } else { "unter" };
            let (verb, whose) = if one { ("liegt", "seiner") } else { ("liegen", "ihrer") };
            let count = above + below;
            format!("{count} von {all} {verb} deutlich {side} dem, was bei {whose} Fallzahl zu erwarten ist")
        }
        (_, below, Lang::En) => {
            let side = if below == 0 { "above" } else { "below" };
            let (verb, whose) = if one { ("lies", "its") } else { ("lie", "their") };
            let count = above + below;
            format!("{count} of {all} {verb} well {side} what is to be expected at {whose} number of cases")
        }
    }
}

/// What the limits are, for the line below the headline.
#[must_use]
pub fn funnel_subtitle(result: &FunnelResult, when: &str, lang: Lang) -> String {
    let [inner, outer] = FUNNEL_LEVELS.map(|level| format_percent(level, usize::from(level > 0.99), lang));
    let extra = match (result.tau2 > 0.0, lang) {
        (true, Lang::De) => "aus Zufall und gewöhnlichen Unterschieden zwischen Orten",
        (true, Lang::En) => "of chance and ordinary differences between towns",
        (false, Lang::De) => "allein aus Zufall, weil sich die Orte darüber hinaus nicht unterscheiden",
        (false, Lang::En) => "of chance alone, since towns do not differ beyond it",
    };
    match lang {
        Lang::De => {
            format!("Online-Anteil je Ort nach Zahl der Anträge, {when}; Grenzen ({inner} und {outer}) {extra}")
        }
        Lang::En => {
            format!("Online share by town and number of applications, {when}; limits ({inner} and {outer}) {extra}")
        }
    }
}

/// How the picture is to be read.
#[must_use]
pub fn funnel_reading(lang: Lang) -> &'static str {
    Text::new(
        "Bei wenigen Fällen schwankt ein Anteil stark: Darum sind die Grenzen links weit und rechts eng, und eine Rangliste der Anteile führt in die Irre. Ein Ort außerhalb der äußeren Grenzen ist ein Anlass zum Nachsehen, kein Urteil. Der geglättete Anteil in der Datentabelle ist zur Mitte aller Orte gezogen, umso stärker, je weniger Fälle ein Ort hat; er steht neben dem eigenen Anteil und ersetzt ihn nicht.",
        "With few cases a share swings widely: so the limits are wide at the left and narrow at the right, and a league table of shares misleads. A town outside the outer limits is a reason to look, not a verdict. The smoothed share in the data table is drawn towards the middle of all towns, the more so the fewer cases a town has; it stands beside the town's own share and does not replace it.",
    )
    .get(lang)
}

/// Why there is no funnel of all towns, or of those shown.
#[must_use]
pub fn funnel_refusal(refusal: &FunnelRefusal, some_hidden: bool, lang: Lang) -> String {
    match (refusal, lang) {
        (FunnelRefusal::FewTowns(n), Lang::De) => {
            let which = if some_hidden { "gezeigten Orten" } else { "Orten" };
            format!(
                "Was bei welcher Fallzahl zu erwarten ist, lässt sich erst ab {MIN_FUNNEL_TOWNS} {which} mit Fällen sagen; hier sind es {n}."
            )
        }
        (FunnelRefusal::FewTowns(n), Lang::En) => {
            let which = if some_hidden { "towns shown" } else { "towns" };
            format!(
                "What is to be expected at which number of cases can be said from {MIN_FUNNEL_TOWNS} {which} with cases on; here there are {n}."
            )
        }
        (FunnelRefusal::AllOrNone, Lang::De) => {
            "In allen Orten kommen alle Anträge online oder keiner: Der Zufall setzt dann keine Grenzen.".to_owned()
        }
        (FunnelRefusal::AllOrNone, Lang::En) => {
            "In all towns all applications are made online, or none: chance then sets no limits.".to_owned()
        }
        (FunnelRefusal::Method(_), Lang::De) => "Das Verfahren gibt für diese Zahlen keine Grenzen an.".to_owned(),
        (FunnelRefusal::Method(_), Lang::En) => "The method gives no limits for these numbers.".to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::funnels;
    use crate::domain::{Aggregation, Estimate, EstimateKey, EstimateState, EstimateTable, Month, Period};

    /// Twelve towns of 1,000 cases around one half, some of them far above or below.
    fn result(above: u32, below: u32) -> FunnelResult {
        let period = Period::span(Month::new(2025, 1).unwrap(), 12);
        let row = |unit: u32| {
            let share = match unit {
                u if u < above => 0.9,
                u if u < above + below => 0.1,
                u => 0.48 + 0.01 * f64::from(u % 5),
            };
            let mut e = Estimate::absent(EstimateState::Computed);
            (e.value, e.numerator, e.denominator) = (Some(share), Some((share * 1000.0).round()), Some(1000.0));
            (EstimateKey { kpi: 0, unit, service: 0, period, aggregation: Aggregation::Own }, e)
        };
        let table = EstimateTable::new((0..24).map(row).collect());
        funnels(0, &table, period).remove(0).result.unwrap()
    }

    #[test]
    fn the_headline_counts_what_stands_out() {
        let say = |above, below, hidden, lang| funnel_headline(&result(above, below), hidden, lang);
        assert_eq!(say(0, 0, false, Lang::De), "Kein Ort weicht stärker ab, als bei seiner Fallzahl zu erwarten ist");
        assert_eq!(
            say(1, 0, false, Lang::De),
            "1 von 24 Orten liegt deutlich über dem, was bei seiner Fallzahl zu erwarten ist"
        );
        assert_eq!(
            say(0, 2, true, Lang::De),
            "2 von 24 gezeigten Orten liegen deutlich unter dem, was bei ihrer Fallzahl zu erwarten ist"
        );
        assert_eq!(
            say(1, 1, false, Lang::De),
            "1 von 24 Orten liegt deutlich über, 1 deutlich unter dem, was bei ihrer Fallzahl zu erwarten ist"
        );
        assert_eq!(
            say(2, 0, false, Lang::En),
            "2 of 24 towns lie well above what is to be expected at their number of cases"
        );
        assert_eq!(
            say(0, 0, true, Lang::En),
            "No town shown deviates more than is to be expected at its number of cases"
        );
    }

    #[test]
    fn the_subtitle_says_what_the_limits_are_made_of() {
        let text = funnel_subtitle(&result(1, 0), "2025", Lang::De).replace('\u{a0}', " ");
        assert_eq!(
            text,
            "Online-Anteil je Ort nach Zahl der Anträge, 2025; Grenzen (95 % und 99,8 %) aus Zufall und gewöhnlichen Unterschieden zwischen Orten"
        );
        assert!(
            funnel_subtitle(&result(0, 0), "2025", Lang::En)
                .ends_with("of chance alone, since towns do not differ beyond it")
        );
        assert!(
            funnel_refusal(&FunnelRefusal::FewTowns(4), false, Lang::De)
                .ends_with("10 Orten mit Fällen sagen; hier sind es 4.")
        );
        assert!(funnel_refusal(&FunnelRefusal::FewTowns(4), true, Lang::De).contains("10 gezeigten Orten mit"));
    }
}
