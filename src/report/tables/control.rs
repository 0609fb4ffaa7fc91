//! Every month of a series against its limits, and what changed in the series.

use super::{column, int, service_key};
use crate::compare::ladder::Share;
use crate::compare::{Control, ControlEvent, ControlPoint, ControlRefusal, Term};
use crate::disclosure::Results;
use crate::domain::{Lang, Month};
use crate::publish::{Column, Label, Table};
use crate::stats::spc::Rule;
use crate::{Result, story};

/// A month of a control chart.
struct Row<'a> {
    control: &'a Control,
    month: Month,
    value: Option<f64>,
    cases: Option<f64>,
    /// Number of the phase, the events that begin it, its middle line and whether months differ beyond chance.
    phase: (usize, String, Option<(f64, bool)>),
    point: Option<&'a ControlPoint>,
}

/// One row per series with a chart and month.
pub(super) fn table(r: &Results) -> Result<Table> {
    let rows: Vec<Row<'_>> = r.controls.series.iter().flat_map(rows).collect();
    let limit =
        |pick: fn(&ControlPoint) -> f64| rows.iter().map(move |row| row.point.map(pick)).collect::<Vec<Option<f64>>>();
    Table::builder("control", Label::new("Monatswerte in ihren Grenzen (Regelkarten)", "Monthly values within their limits (control charts)"))
        .describe(
            "Eine Zeile je Leistung, Reihe und Monat; Reihen ohne Regelkarte stehen mit dem Grund in series_change. Reihe: ein Ort, oder * = die Summe von immer denselben Orten, nämlich denen, die im ersten Monat der Reihe online waren und zu jedem Monat eine Zahl haben; sie beginnt, wenn die Hälfte der Orte online ist. Grenzen: drei Sigma um die Mittellinie einer Phase. Phasen legt die Projektdatei fest (control.phase_events), nie das Programm. Ein Monat außerhalb ist ein Anlass zum Nachsehen, keine Ursache.",
            "One row per service, series and month; series without a chart are in series_change with the reason. Series: a town, or * = the sum of always the same towns, those that were online in the first month of the series and have a number for every month; it begins when half of the towns are online. Limits: three sigma around the middle line of a phase. Phases are set by the project file (control.phase_events), never by the program. A month outside is a reason to look, not a cause.",
        )
        .key(&["service", "area", "month"])
        .text(column("service", "Leistung", "Service"), rows.iter().map(|row| service_key(r, row.control.service)))
        .text(area_column(), rows.iter().map(|row| area_key(r, row.control.area)))
        .month(column("month", "Monat", "Month"), rows.iter().map(|row| row.month))
        .number(
            column("value", "Online-Anteil", "Online share")
                .describe("Leer: eine Lücke, der Monat fehlt oder hat keine Fälle.", "Empty: a gap, the month is missing or has no cases."),
            rows.iter().map(|row| row.value),
        )
        .integer(column("cases", "Fälle", "Cases"), rows.iter().map(|row| row.cases.and_then(|n| int(n.round() as u64))))
        .number(
            column("center", "Mittellinie der Phase, Summe durch Summe", "Middle line of the phase, ratio of sums"),
            rows.iter().map(|row| row.phase.2.map(|(center, _)| center)),
        )
        .number(column("lower", "Untere Grenze", "Lower limit"), limit(|p| p.lower))
        .number(column("upper", "Obere Grenze", "Upper limit"), limit(|p| p.upper))
        .integer(column("phase", "Nummer der Phase", "Number of the phase"), rows.iter().map(|row| int(row.phase.0 as u64)))
        .text(
            column("phase_event", "Ereignisse, mit denen die Phase beginnt", "Events that begin the phase"),
            rows.iter().map(|row| row.phase.1.as_str()),
        )
        .text(
            column("chart", "Art der Karte", "Kind of chart").describe(
                "pprime: Monate unterscheiden sich stärker als durch Zufall, die Grenzen lassen das zu (Laney 2002); p: allein Zufall (Binomialverteilung). Leer: Die Phase ist zu kurz für Grenzen.",
                "pprime: months differ by more than chance, and the limits allow for it (Laney 2002); p: chance alone (binomial). Empty: the phase is too short for limits.",
            ),
            rows.iter().map(|row| row.phase.2.map(|(_, beyond)| if beyond { "pprime" } else { "p" })),
        )
        .text(
            column("rules", "Verletzte Regeln", "Rules broken").describe(
                "beyond_3_sigma: jenseits der Grenzen; 2_of_3_beyond_2_sigma, 4_of_5_beyond_1_sigma, run_of_8: Ende einer auffälligen Folge auf einer Seite der Mittellinie (Western Electric 1956).",
                "beyond_3_sigma: beyond the limits; 2_of_3_beyond_2_sigma, 4_of_5_beyond_1_sigma, run_of_8: end of an unusual run on one side of the middle line (Western Electric 1956).",
            ),
            rows.iter().map(|row| row.point.map(|p| p.rules.iter().map(|r| rule(*r)).collect::<Vec<_>>().join(" "))),
        )
        .integer(column("towns", "Orte in der Reihe", "Towns in the series"), rows.iter().map(|row| int(row.control.towns as u64)))
        .integer(
            column("towns_known", "Orte mit Zahlen zu dieser Leistung", "Towns with numbers of this service"),
            rows.iter().map(|row| int(row.control.known as u64)),
        )
        .build()
}

fn rows(control: &Control) -> Vec<Row<'_>> {
    let Ok(chart) = &control.chart else { return Vec::new() };
    let mut out = Vec::with_capacity(control.months.len());
    for (number, phase) in chart.phases.iter().enumerate() {
        let limits = phase.result.as_ref().ok();
        let mut points = limits.iter().flat_map(|l| &l.points).peekable();
        for at in phase.from..phase.until {
            let share = control.months[at];
            out.push(Row {
                control,
                month: control.month(at),
                value: share.map(Share::rate),
                cases: share.map(|s| s.all),
                phase: (number + 1, phase.kinds.join(" "), limits.map(|l| (l.center, l.beyond_chance()))),
                point: points.next_if(|p| p.at == at),
            });
        }
    }
    out
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Beyond3Sigma => "beyond_3_sigma",
        Rule::TwoOfThree => "2_of_3_beyond_2_sigma",
        Rule::FourOfFive => "4_of_5_beyond_1_sigma",
        Rule::RunOfEight => "run_of_8",
    }
}

fn area_column() -> Column {
    column("area", "Gebietsschlüssel, * = alle Orte zusammen", "Area key, * = all towns together")
}

fn area_key(r: &Results, area: Option<u32>) -> String {
    area.map_or_else(|| "*".to_owned(), |area| r.units.get(area).key.clone())
}

/// What a method says of a series.
#[derive(Default)]
struct Change {
    service: u32,
    area: Option<u32>,
    what: &'static str,
    month: Option<Month>,
    event: String,
    value: Option<f64>,
    term: Option<Term>,
    n: Option<usize>,
    between: (Option<Month>, Option<Month>),
    refusal: Option<ControlRefusal>,
}

/// One row per series and method: trend, event, candidate; and why there is no chart.
pub(super) fn changes(r: &Results) -> Result<Table> {
    let mut rows: Vec<Change> = r.controls.series.iter().flat_map(of_series).collect();
    rows.extend(r.controls.events.iter().flat_map(of_event));
    rows.sort_by_key(|c| (c.service, c.area, c.month, c.what));
    let number = |pick: fn(&Term) -> f64| rows.iter().map(move |c| c.term.as_ref().map(pick)).collect::<Vec<_>>();
    let why = |lang: Lang| {
        rows.iter().map(move |c| c.refusal.as_ref().map(|why| story::control_refusal(why, lang))).collect::<Vec<_>>()
    };
    Table::builder("series_change", Label::new("Veränderungen einzelner Reihen", "Changes of single series"))
        .describe(
            "Was Verfahren für eine einzelne Reihe sagen; Reihen wie in control. Ohne Vergleichsgruppe: Was sich zur selben Zeit sonst geändert hat, steckt mit in den Zahlen. Alle Werte sind Anteile (0,05 = fünf Prozentpunkte), Spannen zu 95 %. Fehler: das Größere aus Newey-West und gewöhnlichem Fehler; ähneln sich Nachbarmonate stark, sind die Spannen eher zu schmal. Bei vielen Reihen ist auch ohne jede Veränderung etwa eine von zwanzig auffällig.",
            "What methods for a single series say; series as in control. Without a comparison group: whatever else changed at the same time is in the numbers. All values are shares (0.05 = five percentage points), intervals at 95%. Errors: the larger of Newey-West and the classical one; where neighbouring months resemble each other strongly, intervals are rather too narrow. Among many series about one in twenty stands out without any change.",
        )
        .key(&["service", "area", "what", "month"])
        .text(column("service", "Leistung", "Service"), rows.iter().map(|c| service_key(r, c.service)))
        .text(area_column(), rows.iter().map(|c| area_key(r, c.area)))
        .text(
            column("what", "Was", "What").describe(
                "trend: mittlere Veränderung gegenüber dem gleichen Monat des Vorjahres (36 Monate ohne Lücke); level, slope: Sprung und Änderung des Anstiegs je Monat ab einem Ereignis nach dem Start der Leistung (unterbrochene Zeitreihe mit Monaten als Saison, je zwölf Monate ohne Lücke davor, ohne das erste Jahr nach dem Start, und ab ihm); candidate: vorgeschlagener Beginn eines anderen Niveaus, kein Befund; control: nur wo es keine Regelkarte gibt, mit dem Grund.",
                "trend: mean change against the same month of the year before (36 months without a gap); level, slope: jump and change of the rise per month from an event after the launch of the service on (interrupted time series with months as season, twelve months each without a gap before, the first year after the launch left out, and from it on); candidate: proposed start of another level, no finding; control: only where there is no control chart, with the reason.",
            ),
            rows.iter().map(|c| c.what),
        )
        .text(
            column("month", "Monat des Ereignisses oder Kandidaten, * = ganze Reihe", "Month of the event or candidate, * = whole series"),
            rows.iter().map(|c| c.month.map_or_else(|| "*".to_owned(), |m| m.to_string())),
        )
        .text(
            column("event", "Arten der Ereignisse dieses Monats", "Kinds of the events of this month")
                .describe("Mehrere in einem Monat lassen sich nicht trennen. Starts und Störungen zählen nicht.", "Several in one month cannot be told apart. Launches and outages do not count."),
            rows.iter().map(|c| c.event.as_str()),
        )
        .number(column("value", "Veränderung als Anteil", "Change as a share"), rows.iter().map(|c| c.value))
        .number(column("se", "Standardfehler", "Standard error"), number(|t| t.se))
        .number(column("lower", "Untere Grenze (95 %)", "Lower limit (95%)"), number(|t| t.lower))
        .number(column("upper", "Obere Grenze (95 %)", "Upper limit (95%)"), number(|t| t.upper))
        .number(
            column("p", "p-Wert, zweiseitig", "Two-sided p value").describe(
                "Beim Trend der größere von zweien: für das Mittel und nach Kendall innerhalb der Kalendermonate.",
                "Of the trend the larger of two: of the mean, and Kendall's within the months of the year.",
            ),
            number(|t| t.p),
        )
        .integer(column("n", "Monate der Rechnung, ohne Lücke", "Months used, without a gap"), rows.iter().map(|c| c.n.and_then(|n| int(n as u64))))
        .month(
            column("month_lower", "Kandidat: frühester Monat (95 %)", "Candidate: earliest month (95%)")
                .describe("Leer, wo das Verfahren keine Spanne angibt.", "Empty where the method gives no interval."),
            rows.iter().map(|c| c.between.0),
        )
        .month(column("month_upper", "Kandidat: spätester Monat (95 %)", "Candidate: latest month (95%)"), rows.iter().map(|c| c.between.1))
        .text(column("refusal_de", "Grund, wenn kein Ergebnis", "Reason where there is no result, in German"), why(Lang::De))
        .text(column("refusal_en", "Grund, wenn kein Ergebnis, englisch", "Reason where there is no result"), why(Lang::En))
        .build()
}

fn of_series(control: &Control) -> Vec<Change> {
    let new = |what| Change { service: control.service, area: control.area, what, ..Change::default() };
    let mut out = Vec::new();
    if let Err(why) = control.chart {
        out.push(Change { refusal: Some(why), ..new("control") });
    }
    out.push(match control.trend {
        Ok(trend) => {
            Change { value: Some(trend.term.value), term: Some(trend.term), n: Some(trend.months), ..new("trend") }
        }
        Err(why) => Change { refusal: Some(why), ..new("trend") },
    });
    for candidate in &control.candidates {
        let place = |at: i64| i32::try_from(at).ok().map(|at| control.first.plus(at));
        let between = candidate.between.map_or((None, None), |(a, b)| (place(a), place(b)));
        out.push(Change {
            month: Some(control.month(candidate.at)),
            value: Some(candidate.change),
            n: Some(candidate.months),
            between,
            ..new("candidate")
        });
    }
    out
}

fn of_event(event: &ControlEvent) -> Vec<Change> {
    let new = |what| Change {
        service: event.service,
        area: event.area,
        what,
        month: Some(event.month),
        event: event.kinds.join(" "),
        ..Change::default()
    };
    match &event.result {
        Ok(found) => [("level", found.level), ("slope", found.slope)]
            .map(|(what, term)| Change {
                value: Some(term.value),
                term: Some(term),
                n: Some(found.before + found.after),
                ..new(what)
            })
            .into(),
        Err(why) => vec![Change { refusal: Some(*why), ..new("level") }],
    }
}
