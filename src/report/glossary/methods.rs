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
    Method {
        id: "synth",
        name: Text::new("Synthetische Kontrolle", "Synthetic control"),
        text: Text::new(
            "Bildet den Verlauf eines Ortes ohne Maßnahme aus einem gewichteten Mittel anderer Orte nach, das ihm vorher glich; die Wirkung ist der Abstand danach. Beurteilt wird sie am Rang unter Scheinversuchen mit jedem anderen Ort und daran, was ohne jeden beteiligten Ort herauskommt. Verweigert Lücken, doppelte Zeilen und weniger als drei Vergleichsorte; Merkmale müssen vor der Maßnahme liegen. Zeigt nicht, ob zur selben Zeit noch anderes geschah; eine schlechte Nachbildung vorher macht die Wirkung wertlos, und mit wenigen Orten kann der p-Wert nicht klein werden.",
            "Rebuilds the course of one town without the treatment from a weighted mean of other towns that resembled it before; the effect is the distance afterwards. It is judged by its rank among placebo runs with every other town and by the result without each town involved. Refuses gaps, duplicate rows and fewer than three towns to compare with; predictors must lie before the start. Does not show whether something else happened at that time; a poor fit before makes the effect worthless, and with few towns the p value cannot become small.",
        ),
        source: "Abadie, Diamond & Hainmueller 2010",
    },
    Method {
        id: "sdid",
        name: Text::new("Synthetische Differenz-von-Differenzen", "Synthetic difference-in-differences"),
        text: Text::new(
            "Doppelte Differenz, bei der Orte und Zeitpunkte so gewichtet sind, dass der Vergleich vorher parallel lief; Unterschiede im Niveau stören nicht. Der Standardfehler beruht auf Scheinversuchen an Orten ohne Maßnahme, bei mehreren Orten mit Maßnahme auch auf Weglassen oder neuem Ziehen. Verweigert Lücken, doppelte Zeilen und zu wenige Vergleichsorte. Setzt voraus, dass der Ort mit Maßnahme so schwankt wie die anderen und zur selben Zeit nichts anderes geschah.",
            "Double difference with towns and periods weighted so that the comparison ran parallel before; differences in level do no harm. The standard error rests on placebo runs with untreated towns, with several treated towns also on leaving out or redrawing. Refuses gaps, duplicate rows and too few towns to compare with. Assumes that the treated town varies as the others do and that nothing else happened at that time.",
        ),
        source: "Arkhangelsky et al. 2021",
    },
    Method {
        id: "its",
        name: Text::new("Unterbrochene Zeitreihe", "Interrupted time series"),
        text: Text::new(
            "Niveau und Trend einer Reihe vor und nach einem Ereignis, auf Wunsch mit Saison; Fehler nach Newey und West, die Ähnlichkeit benachbarter Werte zulassen. Verweigert Lücken, weniger als vier Zeitpunkte auf einer Seite und Reihen ohne Abweichungen. Ohne Vergleichsreihe gilt als Wirkung alles, was zur selben Zeit anders wurde, und der Verlauf vorher ist geradlinig fortgeschrieben.",
            "Level and trend of one series before and after an event, with a season if asked; errors after Newey and West, which allow neighbouring values to resemble each other. Refuses gaps, fewer than four periods on one side and series without deviations. Without a series to compare with, everything that changed at that time counts as effect, and the course before is carried on in a straight line.",
        ),
        source: "Wagner et al. 2002; Newey & West 1987",
    },
    Method {
        id: "trend",
        name: Text::new("Trendtest", "Trend test"),
        text: Text::new(
            "Ob eine Reihe steigt oder fällt, ohne dass die Saison mitspielt: gegen denselben Zeitpunkt der Saison davor oder nach Abzug der Saison (STL). Regression mit Newey-West-Fehlern und Kendall-Test. Verweigert, wenn die Saison nicht berücksichtigt wird, bei weniger als zwei Saisons und bei Lücken. Nennt keine Ursache; der Kendall-Test hält ähnliche Nachbarn für unabhängig.",
            "Whether a series rises or falls without the season taking part: against the same period of the season before or with the season taken off (STL). Regression with Newey-West errors and Kendall's test. Refuses where the season is not dealt with, below two seasons and with gaps. Names no cause; Kendall's test takes neighbours that resemble each other for independent.",
        ),
        source: "Mann 1945; Hirsch, Slack & Smith 1982",
    },
    Method {
        id: "breaks",
        name: Text::new("Bruchstellen", "Change points"),
        text: Text::new(
            "Stellen, an denen sich das mittlere Niveau einer Reihe geändert haben könnte; ihre Zahl wählt das BIC. Nur Kandidaten: Trends, Saison und anhaltender Zufall ergeben ebenfalls Bruchstellen, und eine Ursache nennt das Verfahren nicht. Verweigert Lücken, gleiche Werte und zu kurze Reihen.",
            "Places at which the mean level of a series may have changed; their number is chosen by the BIC. Candidates only: trends, seasons and lasting chance make breaks as well, and the method names no cause. Refuses gaps, equal values and series that are too short.",
        ),
        source: "Bai & Perron 2003",
    },
    Method {
        id: "stl",
        name: Text::new("Saisonbereinigung (STL)", "Seasonal adjustment (STL)"),
        text: Text::new(
            "Zerlegt eine Reihe in Saison, Trend und Rest durch örtliche Regression. Verweigert Lücken und Reihen bis zu zwei Saisons. Der Rest an den Enden ist unsicherer als in der Mitte; ein Sprung wird im Trend verschliffen.",
            "Splits a series into season, trend and remainder by local regression. Refuses gaps and series of up to two seasons. At the ends the parts are less certain than in the middle; a jump is smoothed within the trend.",
        ),
        source: "Cleveland et al. 1990",
    },
    Method {
        id: "funnel",
        name: Text::new("Trichterdiagramm", "Funnel plot"),
        text: Text::new(
            "Setzt jeden Ort gegen die Grenzen, die der Zufall bei seiner Größe um den gemeinsamen Wert zieht, und gegen weitere, die gewöhnliche Unterschiede zwischen Orten zulassen (Überdispersion). Zähler von null zählen mit; Orte ohne Fälle bleiben außen vor und werden gezählt. Verweigert doppelte Orte, einen einzelnen Ort ohne vorgegebenen Vergleichswert und gemeinsame Werte von 0 oder 1. Im Bericht steht es bei jeder Leistung mit mindestens zehn Orten, mit additiver Überdispersion. Ein Ort außerhalb der Grenzen ist ein Anlass zum Nachsehen, kein Urteil; eine Rangfolge ergibt sich daraus nicht.",
            "Sets every town against the limits that chance draws around the common value at its size, and against wider ones that allow for ordinary differences between towns (overdispersion). Numerators of zero take part; towns without cases stay out and are counted. Refuses towns named twice, a single town without a stated target, and common values of 0 or 1. In the report it stands with every service of at least ten towns, with additive overdispersion. A town outside the limits is a reason to look, no verdict; no ranking follows from it.",
        ),
        source: "Spiegelhalter 2005",
    },
    Method {
        id: "shrink",
        name: Text::new("Empirische Bayes-Schätzung", "Empirical Bayes estimate"),
        text: Text::new(
            "Zieht die Werte kleiner Orte zum gemeinsamen Mittel, um so stärker, je weniger Fälle ein Ort hat: Betaverteilung für Anteile, Gammaverteilung für Raten, beide aus allen Orten geschätzt. Der gezogene Wert steht neben dem eigenen, nie an seiner Stelle. Unterscheiden sich die Orte nicht mehr als durch Zufall, wird ganz zum Mittel gezogen, ohne Spanne. Verweigert weniger als drei Orte, doppelte Orte und Daten ohne Fälle. Ein einzelner Ort, der wirklich anders ist, wird ebenfalls zur Mitte gezogen.",
            "Draws the values of small towns towards the common mean, the more so the fewer cases a town has: beta distribution for shares, gamma distribution for rates, both estimated from all towns. The value drawn stands beside the town's own, never in its place. Where towns differ no more than by chance, all are drawn wholly to the mean, without an interval. Refuses fewer than three towns, towns named twice and data without cases. A single town that really is different is drawn to the middle as well.",
        ),
        source: "Clayton & Kaldor 1987; Marshall 1991",
    },
    Method {
        id: "spc",
        name: Text::new("Regelkarte", "Control chart"),
        text: Text::new(
            "Zeigt, ob eine Reihe mehr tut, als um ihr eigenes Niveau zu schwanken: Grenzen drei Sigma um das Mittel, Sigma aus benachbarten Punkten (XmR, p′, u′) oder aus der Verteilung (p, u, c). Vier Regeln: ein Punkt jenseits von drei Sigma; zwei von drei jenseits von zwei; vier von fünf jenseits von einem; acht auf einer Seite; dazu Läufe nach Anhøj. Phasen legt ein Mensch fest. Verweigert unter sechs Punkten je Phase, doppelte Zeitpunkte und Reihen ohne Schwankung; unter 20 Punkten steht ein Hinweis, Lücken werden genannt. Saison und Trend kennt die Karte nicht, eine Ursache nennt sie nicht.",
            "Shows whether a series does more than vary around its own level: limits three sigma around the mean, sigma from neighbouring points (XmR, p′, u′) or from the distribution (p, u, c). Four rules: one point beyond three sigma; two of three beyond two; four of five beyond one; eight on one side; and Anhøj's runs. Phases are set by a person. Refuses below six points per phase, times named twice and series without variation; below 20 points there is a note, gaps are named. The chart knows no season or trend, and names no cause.",
        ),
        source: "Western Electric 1956; Laney 2002; Anhøj & Olesen 2014",
    },
    Method {
        id: "did",
        name: Text::new("Gestaffelte Differenz von Differenzen", "Staggered difference in differences"),
        text: Text::new(
            "Die Wirkung eines Ereignisses, das Orte zu verschiedenen Zeiten trifft: für jeden Beginn und jeden Zeitabschnitt die Veränderung der betroffenen Orte seit dem letzten Zeitabschnitt davor, abzüglich der Veränderung von Orten, die es nie oder noch nicht traf. Kovariaten gleichen Unterschiede aus. Schon Betroffene dienen anderen nie als Vergleich, anders als in der üblichen Panelregression. Zusammengefasst wird über alles, nach Abstand vom Beginn, nach Beginn und nach Zeitabschnitt. Verweigert ohne Orte zum Vergleich, mit einem einzigen betroffenen Ort, bei Merkmalen, die linear zusammenhängen, und bei Orten, deren Beginn sich ändert; einzelne Vergleiche ohne Überschneidung der Merkmale fehlen mit Grund. Setzt voraus, dass sich ohne das Ereignis alle gleich entwickelt hätten, auf der gewählten Skala: Das zeigt keine Zahl, auch kein unauffälliger Test der Zeit davor.",
            "The effect of an event that meets towns at different times: for every start and every period the change of the towns it met since the last period before, less the change of towns it never met or has not met yet. Covariates even out differences. Towns already met never serve as comparison for others, unlike in the usual panel regression. Summaries are over everything, by time since the start, by start and by period. Refuses without towns to compare with, with a single town met, with collinear covariates and with towns whose start changes; single comparisons without overlap of the covariates are missing with their reason. Assumes that all would have developed alike without the event, on the scale chosen: no number shows that, nor does an inconspicuous test of the time before.",
        ),
        source: "Callaway & Sant’Anna 2021; Sant’Anna & Zhao 2020; Roth 2022",
    },
    Method {
        id: "twfe",
        name: Text::new("Panelregression mit zwei Niveaus", "Two-way fixed effects regression"),
        text: Text::new(
            "Jeder Ort und jeder Zeitabschnitt bekommt ein eigenes Niveau; was dann noch mit der Maßnahme zusammenhängt, gilt als ihr Effekt. Die Fehler rechnen mit unabhängigen Zeilen, mit Gruppen in einer oder zwei Spalten oder (CR2, CR3) mit wenigen Gruppen. Nur zum Vergleich: Beginnt die Maßnahme zu verschiedenen Zeiten und wirkt sie verschieden, kann die Zahl sogar das Vorzeichen verfehlen, weil schon Behandelte anderen als Vergleich dienen. Die Ereignisstudie (--sunab) vermeidet das, vergleicht aber nur mit nie Behandelten. Verweigert bei nur einem Ort oder Zeitabschnitt, bei einer Maßnahme, die sich nirgends anders ändert als überall, und wenn nichts unerklärt bleibt. Zeigt nicht, ob sich die Orte sonst gleich entwickelt hätten.",
            "Every town and every period gets a level of its own; what then still goes with the measure counts as its effect. Errors assume independent rows, clusters in one or two columns, or (CR2, CR3) few clusters. For comparison only: where the measure starts at different times and works differently, the number can even miss the sign, because the already treated serve as comparison for others. The event study (--sunab) avoids that but compares with the never treated only. Refuses with a single town or period, with a measure that changes nowhere differently from everywhere, and where nothing is left unexplained. Does not show whether the towns would otherwise have developed alike.",
        ),
        source: "Frisch & Waugh 1933; Cameron, Gelbach & Miller 2011; Pustejovsky & Tipton 2018; Sun & Abraham 2021",
    },
    Method {
        id: "wildboot",
        name: Text::new("Wild-Cluster-Bootstrap", "Wild cluster bootstrap"),
        text: Text::new(
            "p-Wert und Spanne einer Panelregression mit wenigen Gruppen: Die Residuen ohne Effekt erhalten je Gruppe ein zufälliges Gewicht, und gezählt wird, wie oft der t-Wert dann weiter von null liegt. Bei wenigen Gruppen werden alle Kombinationen durchgegangen. Verweigert bei nur einer Gruppe und wie die Panelregression. Sind nur wenige Gruppen behandelt, versagt das Verfahren; dann hilft der Randomisierungstest.",
            "P value and interval of a panel regression with few clusters: the residuals without an effect get a random weight per cluster, and it is counted how often the t value is then farther from zero. With few clusters all combinations are gone through. Refuses with a single cluster and as the panel regression does. With few treated clusters the method fails; the randomisation test helps then.",
        ),
        source: "Cameron, Gelbach & Miller 2008; Roodman, Nielsen, MacKinnon & Webb 2019; MacKinnon & Webb 2017",
    },
    Method {
        id: "randinf",
        name: Text::new("Randomisierungstest", "Randomisation test"),
        text: Text::new(
            "Wie groß wäre der Unterschied, wenn andere Orte in gleicher Zahl die Maßnahme gehabt hätten? p ist der Anteil der Auswahlen mit mindestens so großem Unterschied, die wirkliche mitgezählt; gibt es nicht zu viele, werden alle durchgegangen. Gilt auch mit einem einzigen behandelten Ort, dessen p dann sein Rang ist. Verweigert ohne behandelte oder ohne unbehandelte Orte, bei gleichen Werten überall und bei Orten, die in ihren Zeilen verschieden behandelt sind. Zeigt nicht, ob sich die Orte selbst ausgesucht haben.",
            "How large would the difference be had other towns, as many, had the measure? p is the share of choices with a difference at least as large, the real one included; where they are not too many, all are gone through. Also holds with a single treated town, whose p is then its rank. Refuses without treated or without untreated towns, with equal values everywhere, and with towns that are treated differently in their rows. Does not show whether the towns chose themselves.",
        ),
        source: "Fisher 1935; Phipson & Smyth 2010",
    },
    Method {
        id: "power",
        name: Text::new("Trennschärfe eines Plans", "Power of a plan"),
        text: Text::new(
            "Mit welcher Wahrscheinlichkeit ein Vergleich zweier Gruppen von Orten einen Unterschied im Anteil fände, welchen Unterschied er gerade noch fände und wie viele Orte oder Monate nötig wären. Fälle desselben Ortes ähneln sich; der Designeffekt 1 + (m - 1) ρ rechnet das ein. Mehr Monate helfen nur bis zu den Unterschieden zwischen Orten. Verweigert Anteile außerhalb von 0 und 1 und leere Gruppen. Zeigt nicht, ob die angenommenen Zahlen stimmen, und verspricht unter zehn Orten je Gruppe zu viel. Mit einer Tabelle wirklicher Orte werden Anteil, Fälle und Ähnlichkeit geschätzt (Momentenschätzer, Orte gleich gewichtet), und eine Simulation zieht Orte und zusammenhängende Monate aus ihr, gibt einem zufälligen Teil den Effekt und zählt, wie oft ein t-Test ihn findet und wie oft er ohne Effekt anschlägt.",
            "With what probability a comparison of two groups of towns would find a difference in a share, which difference it would just find, and how many towns or months that would take. Cases of a town are alike; the design effect 1 + (m - 1) ρ counts that in. More months help only down to the differences between towns. Refuses shares outside 0 and 1 and empty groups. Does not show whether the assumed numbers are right, and promises too much below ten towns per group. With a table of real towns, share, cases and likeness are estimated (moments, towns weighted equally), and a simulation draws towns and consecutive months from it, gives the effect to a random part and counts how often a t test finds it and how often it gives an alarm without one.",
        ),
        source: "Fleiss, Levin & Paik 2003; Donner & Klar 2000; Kleinman 1973",
    },
];
