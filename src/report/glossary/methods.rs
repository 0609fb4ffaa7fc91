use crate::domain::Text;

/// A method and what to mind when reading its numbers.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The name used in tables.
    pub id: &'static str,
    /// What it is called.
    pub name: Text,
    /// What it does and when it refuses.
    pub text: Text,
    /// Reference.
    pub source: &'static str,
}

/// The methods whose names stand in tables.
pub const METHODS: &[Method] = &[
    Method {
        id: "wilson",
        name: Text::new("Wilson-Intervall", "Wilson interval"),
        text: Text::new(
            "Spanne für den eigenen Anteil eines Ortes; hat auch bei 0 % und 100 % eine Breite. Gilt nicht für Gruppen von Orten.",
            "Interval for the share of one town; has a width at 0 % and 100 % too. Not for groups of towns.",
        ),
        source: "Wilson 1927; Newcombe 1998",
    },
    Method {
        id: "poisson_exact",
        name: Text::new("Exaktes Poisson-Intervall", "Exact Poisson interval"),
        text: Text::new(
            "Spanne für Raten mit weniger als zehn Ereignissen.",
            "Interval for rates with fewer than ten events.",
        ),
        source: "Garwood 1936",
    },
    Method {
        id: "byar",
        name: Text::new("Byar-Intervall", "Byar interval"),
        text: Text::new("Spanne für Raten ab zehn Ereignissen.", "Interval for rates from ten events on."),
        source: "Breslow & Day 1987",
    },
    Method {
        id: "jackknife",
        name: Text::new("Jackknife über Orte", "Jackknife over towns"),
        text: Text::new(
            "Spanne für eine Gruppe von Orten: Reihum bleibt ein Ort weg. Sie weiß, dass Orte sich unterscheiden; unter fünf Orten gibt es keine.",
            "Interval for a group of towns: each town is left out in turn. It knows that towns differ; below five towns there is none.",
        ),
        source: "Efron & Tibshirani 1993",
    },
    Method {
        id: "ratio_of_sums",
        name: Text::new("Summe durch Summe", "Ratio of sums"),
        text: Text::new(
            "Jeder Fall zählt gleich viel: Große Orte bestimmen den Wert.",
            "Every case counts the same: large towns decide the value.",
        ),
        source: "–",
    },
    Method {
        id: "mean_of_ratios",
        name: Text::new("Mittel der Ortswerte", "Mean of ratios"),
        text: Text::new(
            "Jeder Ort zählt gleich viel, auch der kleinste.",
            "Every town counts the same, the smallest too.",
        ),
        source: "–",
    },
    Method {
        id: "taylor_logit",
        name: Text::new("Stichprobenspanne der Befragung", "Survey interval"),
        text: Text::new(
            "Gewichtete Befragung: Taylor-Linearisierung nach Schichten und Auswahleinheiten, Spanne auf der Logit-Skala.",
            "Weighted survey: Taylor linearisation by strata and sampling units, interval on the logit scale.",
        ),
        source: "Lumley 2010; Särndal, Swensson & Wretman 1992",
    },
    Method {
        id: "suppression",
        name: Text::new("Schutz kleiner Zahlen", "Protection of small numbers"),
        text: Text::new(
            "Nur in einer Veröffentlichung (audience = \"public\"): Anzahlen unter der Mindestzahl werden gesperrt (·), zuerst durch Zusammenfassen von Monaten zu Quartalen und Zeiträumen. Weitere Zahlen werden gesperrt, bis keine gesperrte Zahl aus den gezeigten derselben Veröffentlichung berechnet werden kann. Die Null wird gezeigt. Nicht ausgeschlossen ist, dass sich eine gesperrte Zahl eingrenzen lässt, im Einzelfall sehr eng, oder dass Vorwissen und andere Veröffentlichungen mehr verraten.",
            "In a release only (audience = \"public\"): counts below the minimum are hidden (·), first by combining months to quarters and periods. Further numbers are hidden until no hidden one can be computed from those shown in the same release. Zero is shown. It is not ruled out that a hidden number can be bounded, in single cases very closely, or that prior knowledge and other releases tell more.",
        ),
        source: "Hundepool et al. 2012",
    },
];
