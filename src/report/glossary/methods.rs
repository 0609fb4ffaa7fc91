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
    Method {
        id: "proportion",
        name: Text::new("Anteile mit Spanne", "Shares with an interval"),
        text: Text::new(
            "Anteil je Zeile mit Spanne nach Wilson, Clopper-Pearson (exakt, eher zu breit), Agresti-Coull oder Jeffreys (enthält 0 % und 100 % selbst nicht). Verweigert Zeilen ohne Fälle und Anzahlen über ihrem Nenner. Zeigt nicht, wie sehr sich Orte unterscheiden: Für Gruppen von Orten gibt es group.",
            "Share of each row with the interval of Wilson, Clopper-Pearson (exact, rather too wide), Agresti-Coull or Jeffreys (does not contain 0 % and 100 % themselves). Refuses rows without cases and counts above their denominator. Does not show how much towns differ: for groups of towns use group.",
        ),
        source: "Wilson 1927; Clopper & Pearson 1934; Agresti & Coull 1998; Brown, Cai & DasGupta 2001",
    },
    Method {
        id: "rate",
        name: Text::new("Raten mit Spanne", "Rates with an interval"),
        text: Text::new(
            "Ereignisse je Bezugsgröße, je Zeile mit Spanne nach Byar (unter zehn Ereignissen exakt), exakt oder mit der Mid-P-Methode. Verweigert eine Bezugsgröße von null. Setzt unabhängige Ereignisse voraus: Kommen dieselben Personen mehrmals, ist die Spanne zu schmal.",
            "Events per exposure, row by row with the interval of Byar (exact below ten events), exact or by the mid-P method. Refuses an exposure of zero. Assumes independent events: where the same persons come several times the interval is too narrow.",
        ),
        source: "Garwood 1936; Breslow & Day 1987; Cohen & Yang 1994",
    },
    Method {
        id: "ratio",
        name: Text::new("Vergleich zweier Zeilen", "Two rows compared"),
        text: Text::new(
            "Differenz oder Verhältnis zweier Anteile oder Raten, erste Zeile gegen zweite: Score-Spanne (Miettinen-Nurminen, Koopman), Newcombe, MOVER oder logarithmisch. Bei einer zweiten Anzahl von null hat ein Verhältnis keine Obergrenze; sind beide null, gibt es keines. Zeigt nicht, woran der Unterschied liegt.",
            "Difference or ratio of two shares or rates, first row against second: score interval (Miettinen-Nurminen, Koopman), Newcombe, MOVER or logarithmic. With a second count of zero a ratio has no upper limit; if both are zero there is none. Does not show what the difference is due to.",
        ),
        source: "Miettinen & Nurminen 1985; Koopman 1984; Newcombe 1998; Donner & Zou 2012; Katz et al. 1978",
    },
    Method {
        id: "dsr",
        name: Text::new("Direkte Standardisierung", "Direct standardisation"),
        text: Text::new(
            "Rate, die ein Ort hätte, wenn seine Schichten (etwa Altersgruppen) so groß wären wie die der Standardbevölkerung, mit der Spanne von Dobson. Unter zehn Ereignissen oder bei fehlenden Werten gibt es keine. Gleicht nur die genannten Schichten aus, sonst nichts.",
            "The rate a town would have if its strata (age groups, say) were as large as those of the standard population, with Dobson's interval. Below ten events or with missing values there is none. Evens out the strata named and nothing else.",
        ),
        source: "Dobson et al. 1991",
    },
    Method {
        id: "smr",
        name: Text::new("Indirekte Standardisierung", "Indirect standardisation"),
        text: Text::new(
            "Beobachtete Ereignisse geteilt durch die, die nach den Raten einer Vergleichsbevölkerung zu erwarten wären; 1 heißt: so viele wie erwartet. Verweigert, wo kein Ereignis zu erwarten ist. Zwei Orte lassen sich damit nicht miteinander vergleichen, nur jeder mit der Vergleichsbevölkerung.",
            "Events observed over those expected at the rates of a reference population; 1 means as many as expected. Refuses where no event is expected. Does not compare two towns with each other, only each with the reference.",
        ),
        source: "Breslow & Day 1987",
    },
    Method {
        id: "adjust",
        name: Text::new("Korrektur für viele Tests", "Adjustment for many tests"),
        text: Text::new(
            "P-Werte so vergrößert, dass die Zahl der Tests berücksichtigt ist: Benjamini-Hochberg und Benjamini-Yekutieli begrenzen den Anteil falscher Treffer, Holm die Gefahr auch nur eines einzigen. Verweigert Werte, die keine Wahrscheinlichkeiten sind. Wirkt nur, wenn alle Tests dabei sind, auch die ohne Ergebnis.",
            "P values enlarged so that the number of tests is allowed for: Benjamini-Hochberg and Benjamini-Yekutieli limit the share of false discoveries, Holm the danger of even one. Refuses values that are no probabilities. Works only if all tests are included, also those that found nothing.",
        ),
        source: "Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001; Holm 1979",
    },
    Method {
        id: "group",
        name: Text::new("Gruppen von Orten", "Groups of towns"),
        text: Text::new(
            "Rate einer Gruppe von Orten, nach Fällen gewichtet (Jackknife) und als Mittel der Ortswerte, und auf Wunsch Differenz und Verhältnis zweier Gruppen. Die Spannen beruhen darauf, wie sehr sich die Orte unterscheiden; unter fünf Orten oder bei gleichen Werten gibt es keine. Zeigt nicht, ob die Gruppen sonst vergleichbar sind.",
            "Rate of a group of towns, weighted by cases (jackknife) and as the mean of the towns' values, and if asked the difference and ratio of two groups. The intervals rest on how much the towns differ; below five towns or with equal values there are none. Does not show whether the groups are comparable otherwise.",
        ),
        source: "Efron & Stein 1981; Cameron & Miller 2015",
    },
    Method {
        id: "match",
        name: Text::new("Matching", "Matching"),
        text: Text::new(
            "Vergleicht behandelte Orte mit unbehandelten, die ihnen vorher glichen: mit dem nächsten nach Propensity Score oder Mahalanobis-Abstand, mit den Paaren der kleinsten Abstandssumme, in gleichen (auch vergröberten) Gruppen oder mit Gewichten, die die Mittelwerte angleichen. Die Tabelle der Balance sagt, ob es gelungen ist; Orte ohne Gegenüber fallen weg und werden gezählt. Verweigert, wenn die Merkmale die Gruppen trennen oder es keine passenden Orte gibt. Gleicht nur an, was in den Daten steht: Wer sich aus anderen Gründen für die Teilnahme entscheidet, bleibt verschieden. Merkmale müssen vor der Behandlung feststehen. Der Standardfehler nimmt die Auswahl der Paare als gegeben.",
            "Compares treated towns with untreated ones that resembled them before: with the nearest by propensity score or Mahalanobis distance, with the pairs of the smallest total distance, within equal (or coarsened) groups, or with weights that align the means. The balance table says whether it worked; towns without a counterpart are left out and counted. Refuses where the covariates separate the groups or no suitable town exists. It aligns only what is in the data: who takes part for other reasons remains different. Covariates must be settled before the treatment. The standard error takes the choice of pairs as given.",
        ),
        source: "Stuart 2010; Iacus, King & Porro 2012; Hainmueller 2012; Abadie & Spiess 2022",
    },
    Method {
        id: "balance",
        name: Text::new("Balance", "Balance"),
        text: Text::new(
            "Wie ähnlich sich zwei Gruppen sind, Merkmal für Merkmal: Differenz der Mittelwerte in Standardabweichungen der behandelten Gruppe, Verhältnis der Varianzen, mittlerer und größter Abstand der Verteilungen. Über 0,1 gilt eine Differenz gewöhnlich als unausgeglichen. Kein Test, und kein Wort über Merkmale, die nicht erhoben sind.",
            "How alike two groups are, covariate by covariate: difference of means in standard deviations of the treated group, ratio of variances, mean and largest distance of the distributions. Above 0.1 a difference is commonly read as imbalance. Not a test, and silent on what was not measured.",
        ),
        source: "Austin 2009; Stuart 2010",
    },
    Method {
        id: "peers",
        name: Text::new("Nächste Nachbarn", "Nearest neighbours"),
        text: Text::new(
            "Die Orte, die einem Ort am ähnlichsten sind: Zahlen unterscheiden sich in Standardabweichungen, Kategorien um 0 oder 1, jedes Merkmal mit seinem Gewicht; der Abstand steht dabei. Bei gleichem Abstand gilt die Reihenfolge der Datei. Orte, denen ein Merkmal fehlt, werden gezählt und bleiben außen vor. Was ähnlich heißt, bestimmen die gewählten Merkmale und Gewichte.",
            "The towns most like one town: numbers differ in standard deviations, categories by 0 or 1, each characteristic with its weight; the distance is shown. Equal distances keep the order of the file. Towns that lack a characteristic are counted and stay out. What similar means is decided by the characteristics and weights chosen.",
        ),
        source: "Stuart 2010",
    },
];
