//! How far each comparison by event carries, as tables.

use super::{column, int};
use crate::Result;
use crate::compare::ComparisonKind;
use crate::compare::ladder::{Balance, CoursePoint, Effect, Horizon, Ladder, LiveLadder, Rung, Step};
use crate::disclosure::Results;
use crate::domain::Lang;
use crate::publish::{Column, Label, Table};
use crate::stats::PairedEstimate;
use crate::story;

/// The ladder of either timing, with the position of its comparison.
#[derive(Clone, Copy)]
enum Any<'a> {
    Launch(usize, &'a Ladder),
    Live(usize, &'a LiveLadder),
}

/// All ladders in the order of the configuration.
fn ladders(r: &Results) -> Vec<Any<'_>> {
    let launch = r.ladders.launch.iter().map(|(at, ladder)| Any::Launch(*at, ladder));
    let mut all: Vec<Any<'_>> =
        launch.chain(r.ladders.live.iter().map(|(at, ladder)| Any::Live(*at, ladder))).collect();
    all.sort_by_key(|any| any.at());
    all
}

impl<'a> Any<'a> {
    fn at(self) -> usize {
        match self {
            Self::Launch(at, _) | Self::Live(at, _) => at,
        }
    }

    fn timing(self) -> &'static str {
        match self {
            Self::Launch(..) => "before_launch",
            Self::Live(..) => "live",
        }
    }

    fn steps(self) -> &'a [Step] {
        match self {
            Self::Launch(_, ladder) => &ladder.steps,
            Self::Live(_, ladder) => &ladder.steps,
        }
    }

    fn text(self, r: &Results, step: &Step, lang: Lang) -> String {
        let what = match r.comparisons[self.at()].kind() {
            ComparisonKind::Event(kind, _) => story::event_name(kind, lang),
            ComparisonKind::Peers(_) => "",
        };
        match self {
            Self::Launch(_, ladder) => story::ladder_step(ladder, step, what, lang),
            Self::Live(_, ladder) => story::live_step(ladder, step, what, lang),
        }
    }

    /// Characteristics, their balance, whether both sides have towns, and whether there are pairs.
    fn sides(self) -> (&'a [String], &'a [Balance], bool, bool) {
        let of = |traits, balance, towns: (usize, usize), pairs: usize| {
            (traits, balance, towns.0 > 0 && towns.1 > 0, pairs > 0)
        };
        match self {
            Self::Launch(_, l) => of(l.traits.as_slice(), l.balance.as_slice(), l.towns, l.pairs.len()),
            Self::Live(_, l) => of(l.traits.as_slice(), l.balance.as_slice(), l.towns, l.pairs.len()),
        }
    }

    fn numbers(self, rung: Rung) -> (Numbers, usize) {
        match self {
            Self::Launch(_, ladder) => launch_numbers(ladder, rung),
            Self::Live(_, ladder) => live_numbers(ladder, rung),
        }
    }
}

fn comparison_column() -> Column {
    column("comparison", "Vergleich", "Comparison")
}

fn timing_column() -> Column {
    column("timing", "Zeitpunkt des Ereignisses", "Timing of the event").describe(
        "before_launch: vor dem Start, verglichen wird der Verlauf seit dem Start; live: während die Leistung online war, verglichen wird die Veränderung.",
        "before_launch: before the launch, the course since launch is compared; live: while the service was online, the change is compared.",
    )
}

/// One row per rung.
pub(super) fn rungs(r: &Results) -> Result<Table> {
    let rows: Vec<Row<'_>> = ladders(r).into_iter().flat_map(rows).collect();
    let text = |lang: Lang| -> Vec<String> { rows.iter().map(|row| row.ladder.text(r, row.step, lang)).collect() };
    Table::builder("comparison_ladder", Label::new("Wie weit Vergleiche tragen", "How far comparisons carry"))
        .describe(
            "Eine Zeile je Vergleich mit Ereignis (vor dem Start oder an laufenden Leistungen) und Stufe. Die Antwort steht auf der höchsten Stufe mit decisive = true und reached = true.",
            "One row per comparison by event (before launch or on live services) and rung. The answer stands on the highest rung with decisive = true and reached = true.",
        )
        .key(&["comparison", "rung"])
        .text(comparison_column(), rows.iter().map(|row| &r.comparisons[row.ladder.at()].name))
        .text(timing_column(), rows.iter().map(|row| row.ladder.timing()))
        .integer(column("position", "Stufe, 1 = unterste", "Rung, 1 = lowest"), rows.iter().map(|row| row.position))
        .text(
            column("rung", "Name der Stufe", "Name of the rung").describe(
                "raw: roher Unterschied; interval: mit Spanne über Orte; matched: zwischen ähnlichen Orten; control: mit Gegenprobe an früheren Leistungen (live: am Verlauf davor); robust: ohne jeden einzelnen Ort.",
                "raw: raw difference; interval: with an interval over towns; matched: between similar towns; control: with earlier services (live: the course before) as a check; robust: leaving out any town.",
            ),
            rows.iter().map(|row| id(row.step.rung)),
        )
        .boolean(
            column("reached", "Ob ihre eigene Bedingung erfüllt ist", "Whether its own condition holds"),
            rows.iter().map(|row| row.step.missed.is_none()),
        )
        .boolean(
            column("decisive", "Ob alle Stufen darunter erreicht sind", "Whether all rungs below are reached"),
            rows.iter().map(|row| row.decisive),
        )
        .number(
            column("estimate", "Unterschied des Online-Anteils", "Difference of the online share").describe(
                "Orte mit minus Orte ohne, 0,05 = fünf Prozentpunkte. before_launch: raw Summe durch Summe, interval innerhalb derselben Leistungen, matched und robust Mittel über Paare, control nach Abzug des Unterschieds früherer Leistungen. live: Unterschied der Veränderungen, raw und interval über alle Orte, matched Mittel über Paare, control und robust nach Quartalen geschätzt.",
                "Towns with minus towns without, 0.05 = five percentage points. before_launch: raw ratio of sums, interval within the same services, matched and robust mean over pairs, control with the difference of earlier services taken off. live: difference in changes, raw and interval over all towns, matched mean over pairs, control and robust estimated by quarters.",
            ),
            rows.iter().map(|row| row.numbers.map(|n| n.0)),
        )
        .number(
            column("lower", "Untere Grenze der 95-%-Spanne", "Lower limit of the 95% interval").describe(
                "robust: kleinster Unterschied, wenn reihum ein Paar (live: ein Ort mit Ereignis) wegbleibt; raw: keine.",
                "robust: smallest difference when one pair (live: one town with the event) after the other is left out; raw: none.",
            ),
            rows.iter().map(|row| row.numbers.and_then(|n| n.1)),
        )
        .number(
            column("upper", "Obere Grenze der 95-%-Spanne", "Upper limit of the 95% interval").describe(
                "robust: größter Unterschied, wenn reihum ein Paar (live: ein Ort mit Ereignis) wegbleibt; raw: keine.",
                "robust: largest difference when one pair (live: one town with the event) after the other is left out; raw: none.",
            ),
            rows.iter().map(|row| row.numbers.and_then(|n| n.2)),
        )
        .integer(
            column(
                "n",
                "Orte; Paare auf der Stufe matched und, wenn timing = before_launch, darüber",
                "Towns; pairs on the rung matched and, with timing = before_launch, above it",
            ),
            rows.iter().map(|row| int(row.n as u64)),
        )
        .text(column("text_de", "Was gefunden wurde, deutsch", "What was found, in German"), text(Lang::De))
        .text(column("text_en", "Was gefunden wurde, englisch", "What was found, in English"), text(Lang::En))
        .build()
}

/// One row per characteristic, labels one by one.
pub(super) fn balance(r: &Results) -> Result<Table> {
    let rows: Vec<(Any<'_>, &Balance)> =
        ladders(r).into_iter().flat_map(|any| any.sides().1.iter().map(move |b| (any, b))).collect();
    Table::builder(
        "comparison_balance",
        Label::new("Wie ähnlich die verglichenen Orte sind", "How similar the towns compared are"),
    )
    .describe(
        "Standardisierte Unterschiede der Mittelwerte, Orte mit minus Orte ohne das Ereignis, in Standardabweichungen der Orte mit. Bei Bezeichnungen wird der Anteil der Orte verglichen, die sie tragen.",
        "Standardised differences of means, towns with minus towns without the event, in standard deviations of the towns with. For labels the share of towns that have them is compared.",
    )
    .key(&["comparison", "characteristic", "label"])
    .text(comparison_column(), rows.iter().map(|(any, _)| &r.comparisons[any.at()].name))
    .text(timing_column(), rows.iter().map(|(any, _)| any.timing()))
    .text(
        column("characteristic", "Merkmal", "Characteristic").describe(
            "Wie in match_on; population und density als Logarithmus. baseline: Online-Anteil im Jahr vor dem ersten Ereignis.",
            "As in match_on; population and density as logarithms. baseline: online share in the year before the first event.",
        ),
        rows.iter().map(|(any, b)| any.sides().0.get(b.at).map_or("", String::as_str)),
    )
    .text(
        column("label", "Bezeichnung, * bei Zahlen", "Label, * for numbers"),
        rows.iter().map(|(_, b)| b.label.as_deref().unwrap_or("*")),
    )
    .number(
        column("before", "Unterschied aller Orte", "Difference of all towns"),
        rows.iter().map(|(any, b)| Some(b.before).filter(|_| any.sides().2)),
    )
    .number(
        column("after", "Unterschied in Paaren", "Difference in pairs"),
        rows.iter().map(|(any, b)| Some(b.after).filter(|_| any.sides().3)),
    )
    .build()
}

/// One row per comparison by event before launch and span of months.
pub(super) fn horizons(r: &Results) -> Result<Table> {
    let rows: Vec<(usize, &Ladder, &Horizon)> =
        r.ladders.launch.iter().flat_map(|(at, l)| l.horizons.iter().map(move |h| (*at, l, h))).collect();
    let of = |by: By, pick: fn(&PairedEstimate) -> f64| -> Vec<Option<f64>> {
        rows.iter().map(|(.., h)| by(h).map(pick)).collect()
    };
    let town: By = |h| h.by_town.as_ref().ok();
    let case: By = |h| h.by_case.as_ref().ok();
    let by_town = |name: &str, de: &str, en: &str| {
        column(name, &format!("{de}, jeder Ort zählt gleich"), &format!("{en}, every town counts the same"))
    };
    let by_case = |name: &str, de: &str, en: &str| {
        column(name, &format!("{de}, jeder Fall zählt gleich"), &format!("{en}, every case counts the same"))
    };
    let (lower, upper) = (
        ("Untere Grenze der 95-%-Spanne", "Lower limit of the 95% interval"),
        ("Obere Grenze der 95-%-Spanne", "Upper limit of the 95% interval"),
    );
    Table::builder(
        "comparison_horizons",
        Label::new("Ähnliche Orte nach Monaten seit dem Start", "Similar towns by months since launch"),
    )
    .describe(
        "Eine Zeile je Vergleich mit Ereignis vor dem Start und Spanne von Monaten: Unterschied des Online-Anteils innerhalb der Paare, Ort mit minus Ort ohne; 0,05 = fünf Prozentpunkte. Ohne Werte bei weniger als fünf Paaren.",
        "One row per comparison by event before launch and span of months: difference of the online share within pairs, town with minus town without; 0.05 = five percentage points. No values below five pairs.",
    )
    .key(&["comparison", "from_month"])
    .text(comparison_column(), rows.iter().map(|(at, ..)| &r.comparisons[*at].name))
    .integer(
        column("from_month", "Erster Monat seit dem Start", "First month since launch"),
        rows.iter().map(|(.., h)| i64::from(h.window.from)),
    )
    .integer(
        column("to_month", "Letzter Monat seit dem Start", "Last month since launch"),
        rows.iter().map(|(.., h)| i64::from(h.window.until)),
    )
    .boolean(
        column("decisive", "Ob die Stufen auf diesen Monaten beruhen", "Whether the rungs rest on these months"),
        rows.iter().map(|(_, ladder, h)| h.window == ladder.window && h.pairs > 0),
    )
    .integer(column("pairs", "Paare", "Pairs"), rows.iter().map(|(.., h)| int(h.pairs as u64)))
    .number(by_town("by_town", "Unterschied", "Difference"), of(town, |e| e.value))
    .number(by_town("by_town_se", "Standardfehler", "Standard error"), of(town, |e| e.se))
    .number(by_town("by_town_lower", lower.0, lower.1), of(town, |e| e.lower))
    .number(by_town("by_town_upper", upper.0, upper.1), of(town, |e| e.upper))
    .number(by_case("by_case", "Unterschied", "Difference"), of(case, |e| e.value))
    .number(by_case("by_case_se", "Standardfehler", "Standard error"), of(case, |e| e.se))
    .number(by_case("by_case_lower", lower.0, lower.1), of(case, |e| e.lower))
    .number(by_case("by_case_upper", upper.0, upper.1), of(case, |e| e.upper))
    .number(
        column("p", "Anteil der Vertauschungen mit so großem Unterschied", "Share of exchanges with as large a difference")
            .describe(
                "Vertauschungen innerhalb der Paare; jeder Ort zählt gleich.",
                "Exchanges within pairs; every town counts the same.",
            ),
        rows.iter().map(|(.., h)| h.p.filter(|_| h.by_town.is_ok())),
    )
    .build()
}

/// An estimate of a span of months.
type By = fn(&Horizon) -> Option<&PairedEstimate>;

/// One row per comparison by event on live services and quarter.
pub(super) fn course(r: &Results) -> Result<Table> {
    let all = r.ladders.live.iter().filter_map(|(at, ladder)| Some((*at, ladder.effect.as_ref().ok()?)));
    let rows: Vec<(usize, &CoursePoint)> =
        all.flat_map(|(at, effect)| effect.course.iter().map(move |point| (at, point))).collect();
    let of = |pick: fn(&Effect) -> f64| -> Vec<Option<f64>> {
        rows.iter().map(|(_, point)| point.effect.as_ref().map(pick)).collect()
    };
    Table::builder(
        "comparison_course",
        Label::new("Vor und nach dem Ereignis, nach Quartalen", "Before and after the event, by quarters"),
    )
    .describe(
        "Eine Zeile je Vergleich mit Ereignis an laufenden Leistungen und Quartal: wie viel mehr sich der Online-Anteil seit dem Quartal vor dem Ereignis verändert hat als in Orten ohne (Callaway und Sant’Anna, Fehler nach Orten); 0,05 = fünf Prozentpunkte.",
        "One row per comparison by event on live services and quarter: how much more the online share has changed since the quarter before the event than in towns without (Callaway and Sant'Anna, errors clustered by town); 0.05 = five percentage points.",
    )
    .key(&["comparison", "quarter"])
    .text(comparison_column(), rows.iter().map(|(at, _)| &r.comparisons[*at].name))
    .integer(
        column("quarter", "Quartale seit dem Ereignis", "Quarters since the event").describe(
            "0: Quartal, in dem es begann; -1: das letzte davor, an dem alle gemessen werden.",
            "0: quarter in which it began; -1: the last before it, from which all are measured.",
        ),
        rows.iter().map(|(_, point)| i64::from(point.quarter)),
    )
    .number(
        column("value", "Unterschied der Veränderungen", "Difference in changes"),
        rows.iter().map(|(_, point)| match point.effect {
            Some(effect) => Some(effect.value),
            None => (point.quarter == CoursePoint::REFERENCE).then_some(0.0),
        }),
    )
    .number(column("se", "Standardfehler", "Standard error"), of(|e| e.se))
    .number(column("lower", "Untere Grenze der 95-%-Spanne", "Lower limit of the 95% interval"), of(|e| e.lower))
    .number(column("upper", "Obere Grenze der 95-%-Spanne", "Upper limit of the 95% interval"), of(|e| e.upper))
    .number(
        column("band_lower", "Untere Grenze des 95-%-Bandes", "Lower limit of the 95% band").describe(
            "Das Band gilt für alle Quartale zugleich.",
            "The band holds for all quarters at once.",
        ),
        rows.iter().map(|(_, point)| point.band.map(|b| b.0)),
    )
    .number(
        column("band_upper", "Obere Grenze des 95-%-Bandes", "Upper limit of the 95% band"),
        rows.iter().map(|(_, point)| point.band.map(|b| b.1)),
    )
    .integer(
        column("pairs", "Leistungen in Orten mit Ereignis", "Services in towns with the event"),
        rows.iter().map(|(_, point)| int(point.units as u64)),
    )
    .integer(
        column("towns", "Orte mit Ereignis", "Towns with the event"),
        rows.iter().map(|(_, point)| int(point.towns as u64)),
    )
    .build()
}

struct Row<'a> {
    ladder: Any<'a>,
    step: &'a Step,
    position: i64,
    decisive: bool,
    numbers: Numbers,
    n: usize,
}

fn rows(ladder: Any<'_>) -> Vec<Row<'_>> {
    let mut decisive = true;
    let mut out = Vec::new();
    for (step, position) in ladder.steps().iter().zip(1..) {
        let (numbers, n) = ladder.numbers(step.rung);
        out.push(Row { ladder, step, position, decisive, numbers, n });
        decisive &= step.missed.is_none();
    }
    out
}

/// Estimate and limits.
type Numbers = Option<(f64, Option<f64>, Option<f64>)>;

fn limits(e: &PairedEstimate) -> (f64, Option<f64>, Option<f64>) {
    (e.value, Some(e.lower), Some(e.upper))
}

fn launch_numbers(ladder: &Ladder, rung: Rung) -> (Numbers, usize) {
    let (with, without) = ladder.towns;
    let main = ladder.main().and_then(|main| main.by_town.as_ref().ok());
    match rung {
        Rung::Raw => {
            let (a, b) = ladder.sums;
            let difference = (with > 0 && without > 0).then(|| (a.rate() - b.rate(), None, None));
            (difference, with + without)
        }
        Rung::Interval => {
            let raw = ladder.raw.as_ref().ok();
            (raw.map(|d| (d.value, Some(d.lower), Some(d.upper))), with + without)
        }
        Rung::Matched => (main.map(limits), ladder.pairs.len()),
        Rung::Control => {
            let n = ladder.pairs.iter().filter(|pair| pair.control.is_some()).count();
            (ladder.net.as_ref().ok().map(limits), n)
        }
        Rung::Robust => {
            let ends = ladder.left_out;
            (main.map(|e| (e.value, ends.map(|l| l.0), ends.map(|l| l.1))), ladder.pairs.len())
        }
    }
}

fn live_numbers(ladder: &LiveLadder, rung: Rung) -> (Numbers, usize) {
    let (with, without) = ladder.towns;
    let effect = ladder.effect.as_ref().ok();
    let counted = effect.map_or(0, |e| e.towns.0 + e.towns.1);
    match rung {
        Rung::Raw => {
            let (a, b) = ladder.changes;
            ((with > 0 && without > 0).then_some((a - b, None, None)), with + without)
        }
        Rung::Interval => (ladder.raw.as_ref().ok().map(limits), with + without),
        Rung::Matched => (ladder.matched.as_ref().ok().map(limits), ladder.pairs.len()),
        Rung::Control => (effect.map(|e| (e.by_town.value, Some(e.by_town.lower), Some(e.by_town.upper))), counted),
        Rung::Robust => {
            let ends = ladder.left_out;
            (effect.map(|e| (e.by_town.value, ends.map(|l| l.0), ends.map(|l| l.1))), counted)
        }
    }
}

fn id(rung: Rung) -> &'static str {
    match rung {
        Rung::Raw => "raw",
        Rung::Interval => "interval",
        Rung::Matched => "matched",
        Rung::Control => "control",
        Rung::Robust => "robust",
    }
}
