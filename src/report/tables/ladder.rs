//! How far each comparison by event before launch carries, as tables.

use super::{column, int};
use crate::Result;
use crate::compare::ComparisonKind;
use crate::compare::ladder::{Balance, Ladder, Rung, Step};
use crate::disclosure::Results;
use crate::domain::Lang;
use crate::publish::{Label, Table};
use crate::story;

/// One row per rung.
pub(super) fn rungs(r: &Results) -> Result<Table> {
    let rows: Vec<Row<'_>> = r.ladders.launch.iter().flat_map(|(at, ladder)| rows(*at, ladder)).collect();
    let text = |lang: Lang| -> Vec<String> {
        rows.iter().map(|row| story::ladder_step(row.ladder, row.step, event_name(r, row.at, lang), lang)).collect()
    };
    Table::builder("comparison_ladder", Label::new("Wie weit Vergleiche tragen", "How far comparisons carry"))
        .describe(
            "Eine Zeile je Vergleich mit Ereignis vor dem Start und Stufe. Die Antwort steht auf der höchsten Stufe mit decisive = true und reached = true.",
            "One row per comparison by event before launch and rung. The answer stands on the highest rung with decisive = true and reached = true.",
        )
        .key(&["comparison", "rung"])
        .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|row| &r.comparisons[row.at].name))
        .integer(column("position", "Stufe, 1 = unterste", "Rung, 1 = lowest"), rows.iter().map(|row| row.position))
        .text(
            column("rung", "Name der Stufe", "Name of the rung").describe(
                "raw: roher Unterschied; interval: mit Spanne über Orte; matched: zwischen ähnlichen Orten; control: mit Gegenprobe an früheren Leistungen; robust: ohne jeden einzelnen Ort.",
                "raw: raw difference; interval: with an interval over towns; matched: between similar towns; control: with earlier services as a check; robust: leaving out any town.",
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
                "Ort mit minus Ort ohne, 0,05 = fünf Prozentpunkte. raw: Summe durch Summe; interval: innerhalb derselben Leistungen; matched und robust: Mittel über Paare; control: nach Abzug des Unterschieds früherer Leistungen.",
                "Towns with minus towns without, 0.05 = five percentage points. raw: ratio of sums; interval: within the same services; matched and robust: mean over pairs; control: with the difference of earlier services taken off.",
            ),
            rows.iter().map(|row| row.numbers.map(|n| n.0)),
        )
        .number(
            column("lower", "Untere Grenze der 95-%-Spanne", "Lower limit of the 95% interval").describe(
                "robust: kleinster Unterschied, wenn reihum ein Paar wegbleibt; raw: keine.",
                "robust: smallest difference when one pair after the other is left out; raw: none.",
            ),
            rows.iter().map(|row| row.numbers.and_then(|n| n.1)),
        )
        .number(
            column("upper", "Obere Grenze der 95-%-Spanne", "Upper limit of the 95% interval").describe(
                "robust: größter Unterschied, wenn reihum ein Paar wegbleibt; raw: keine.",
                "robust: largest difference when one pair after the other is left out; raw: none.",
            ),
            rows.iter().map(|row| row.numbers.and_then(|n| n.2)),
        )
        .integer(
            column("n", "Orte; ab der Stufe matched Paare", "Towns; from the rung matched on, pairs"),
            rows.iter().map(|row| int(row.n as u64)),
        )
        .text(column("text_de", "Was gefunden wurde, deutsch", "What was found, in German"), text(Lang::De))
        .text(column("text_en", "Was gefunden wurde, englisch", "What was found, in English"), text(Lang::En))
        .build()
}

/// One row per characteristic, labels one by one.
pub(super) fn balance(r: &Results) -> Result<Table> {
    let rows: Vec<(usize, &Ladder, &Balance)> =
        r.ladders.launch.iter().flat_map(|(at, l)| l.balance.iter().map(move |b| (*at, l, b))).collect();
    Table::builder(
        "comparison_balance",
        Label::new("Wie ähnlich die verglichenen Orte sind", "How similar the towns compared are"),
    )
    .describe(
        "Standardisierte Unterschiede der Mittelwerte, Orte mit minus Orte ohne das Ereignis, in Standardabweichungen der Orte mit. Bei Bezeichnungen wird der Anteil der Orte verglichen, die sie tragen.",
        "Standardised differences of means, towns with minus towns without the event, in standard deviations of the towns with. For labels the share of towns that have them is compared.",
    )
    .key(&["comparison", "characteristic", "label"])
    .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|(at, ..)| &r.comparisons[*at].name))
    .text(
        column("characteristic", "Merkmal", "Characteristic").describe(
            "Wie in match_on; population und density als Logarithmus.",
            "As in match_on; population and density as logarithms.",
        ),
        rows.iter().map(|(_, ladder, b)| ladder.traits.get(b.at).map_or("", String::as_str)),
    )
    .text(
        column("label", "Bezeichnung, * bei Zahlen", "Label, * for numbers"),
        rows.iter().map(|(.., b)| b.label.as_deref().unwrap_or("*")),
    )
    .number(
        column("before", "Unterschied aller Orte", "Difference of all towns"),
        rows.iter().map(|(_, ladder, b)| Some(b.before).filter(|_| ladder.towns.0 > 0 && ladder.towns.1 > 0)),
    )
    .number(
        column("after", "Unterschied in Paaren", "Difference in pairs"),
        rows.iter().map(|(_, ladder, b)| Some(b.after).filter(|_| !ladder.pairs.is_empty())),
    )
    .build()
}

struct Row<'a> {
    at: usize,
    ladder: &'a Ladder,
    step: &'a Step,
    position: i64,
    decisive: bool,
    numbers: Numbers,
    n: usize,
}

fn rows(at: usize, ladder: &Ladder) -> Vec<Row<'_>> {
    let mut decisive = true;
    let mut out = Vec::new();
    for (step, position) in ladder.steps.iter().zip(1..) {
        let (numbers, n) = numbers(ladder, step.rung);
        out.push(Row { at, ladder, step, position, decisive, numbers, n });
        decisive &= step.missed.is_none();
    }
    out
}

/// Estimate and limits.
type Numbers = Option<(f64, Option<f64>, Option<f64>)>;

fn numbers(ladder: &Ladder, rung: Rung) -> (Numbers, usize) {
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
        Rung::Matched => (main.map(|e| (e.value, Some(e.lower), Some(e.upper))), ladder.pairs.len()),
        Rung::Control => {
            let net = ladder.net.as_ref().ok();
            let n = ladder.pairs.iter().filter(|pair| pair.control.is_some()).count();
            (net.map(|e| (e.value, Some(e.lower), Some(e.upper))), n)
        }
        Rung::Robust => {
            let ends = ladder.left_out;
            (main.map(|e| (e.value, ends.map(|l| l.0), ends.map(|l| l.1))), ladder.pairs.len())
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

fn event_name(r: &Results, at: usize, lang: Lang) -> &str {
    match r.comparisons[at].kind() {
        ComparisonKind::Event(kind, _) => story::event_name(kind, lang),
        ComparisonKind::Peers(_) => "",
    }
}
