//! Every town's online share against what is to be expected at its number of cases.

use super::{column, int, service_key};
use crate::Result;
use crate::compare::{Funnel, FunnelPlace, FunnelRefusal, FunnelTown};
use crate::disclosure::Results;
use crate::publish::{Label, Table};

struct Row<'a> {
    service: u32,
    town: &'a FunnelTown,
    state: &'static str,
    target: Option<f64>,
    place: Option<&'a FunnelPlace>,
}

/// One row per service and town.
pub(super) fn table(r: &Results) -> Result<Table> {
    let rows: Vec<Row<'_>> = r.funnels.iter().flat_map(rows).collect();
    let number = |pick: &dyn Fn(&FunnelPlace) -> Option<f64>| -> Vec<Option<f64>> {
        rows.iter().map(|row| row.place.and_then(pick)).collect()
    };
    let text = |pick: &dyn Fn(&FunnelPlace) -> &'static str| -> Vec<Option<&'static str>> {
        rows.iter().map(|row| row.place.map(pick)).collect()
    };
    Table::builder(
        "funnel",
        Label::new("Online-Anteile gegen das bei der Fallzahl zu Erwartende", "Online shares against what is to be expected at the number of cases"),
    )
    .describe(
        "Eine Zeile je Leistung (* = alle zusammen) und Ort mit eigenem Wert im Berichtszeitraum. Exakte Grenzen: allein aus Zufall, nach der Binomialverteilung. Weite Grenzen: dazu gewöhnliche Unterschiede zwischen Orten (additive Varianz auf der Arkussinus-Skala, je ein Zehntel der Werte an beiden Enden winsorisiert; Spiegelhalter 2005), nirgends enger als die exakten. Außerhalb heißt: ein Anlass zum Nachsehen, kein Urteil. Über alle Leistungen zusammen haben Orte auch verschiedene Leistungen.",
        "One row per service (* = all together) and town with a value of its own in the reference period. Exact limits: of chance alone, by the binomial distribution. Wide limits: with ordinary differences between towns as well (additive variance on the arcsine scale, a tenth of the scores winsorised at each end; Spiegelhalter 2005), nowhere narrower than the exact ones. Outside means a reason to look, not a verdict. Over all services together towns also have different services.",
    )
    .key(&["service", "area"])
    .text(column("service", "Leistung, * = alle", "Service, * = all"), rows.iter().map(|row| service_key(r, row.service)))
    .text(column("area", "Gebietsschlüssel", "Area key"), rows.iter().map(|row| &r.units.get(row.town.area).key))
    .text(
        column("state", "Ob der Ort Grenzen hat", "Whether the town has limits").describe(
            "computed: ja; above_100: mehr online als Fälle, bleibt außen vor; partly_online: Zahl umfasst Monate vor dem Start, bleibt außen vor; no_cases: ohne Fälle, bleibt außen vor; few_towns: weniger als zehn Orte mit Fällen; all_or_none: alle Anträge online oder keiner; refused: das Verfahren gibt keine Grenzen.",
            "computed: yes; above_100: more online than cases, left out; partly_online: the number covers months before the launch, left out; no_cases: without cases, left out; few_towns: fewer than ten towns with cases; all_or_none: all applications online or none; refused: the method gives no limits.",
        ),
        rows.iter().map(|row| row.state),
    )
    .number(column("value", "Online-Anteil", "Online share"), rows.iter().map(|row| row.town.value()))
    .integer(column("cases", "Fälle", "Cases"), rows.iter().map(|row| int(row.town.cases.round() as u64)))
    .number(
        column("target", "Gemeinsamer Anteil der Orte, Summe durch Summe", "Common share of the towns, ratio of sums"),
        rows.iter().map(|row| row.target),
    )
    .number(column("exact_lower_95", "Exakte untere 95-%-Grenze", "Exact lower 95% limit"), number(&|p| Some(p.limits.exact[0].lower)))
    .number(column("exact_upper_95", "Exakte obere 95-%-Grenze", "Exact upper 95% limit"), number(&|p| Some(p.limits.exact[0].upper)))
    .number(column("exact_lower_998", "Exakte untere 99,8-%-Grenze", "Exact lower 99.8% limit"), number(&|p| Some(p.limits.exact[1].lower)))
    .number(column("exact_upper_998", "Exakte obere 99,8-%-Grenze", "Exact upper 99.8% limit"), number(&|p| Some(p.limits.exact[1].upper)))
    .number(column("wide_lower_95", "Weite untere 95-%-Grenze", "Wide lower 95% limit"), number(&|p| Some(p.limits.wide[0].lower)))
    .number(column("wide_upper_95", "Weite obere 95-%-Grenze", "Wide upper 95% limit"), number(&|p| Some(p.limits.wide[0].upper)))
    .number(column("wide_lower_998", "Weite untere 99,8-%-Grenze", "Wide lower 99.8% limit"), number(&|p| Some(p.limits.wide[1].lower)))
    .number(column("wide_upper_998", "Weite obere 99,8-%-Grenze", "Wide upper 99.8% limit"), number(&|p| Some(p.limits.wide[1].upper)))
    .text(
        column("exact_class", "Lage zu den exakten Grenzen", "Place by the exact limits").describe(
            "within: innerhalb; above_95 und below_95: nur außerhalb der 95-%-Grenzen; above_998 und below_998: außerhalb der 99,8-%-Grenzen.",
            "within: inside; above_95 and below_95: outside the 95% limits only; above_998 and below_998: outside the 99.8% limits.",
        ),
        text(&|p| p.exact.id()),
    )
    .text(
        column("wide_class", "Lage zu den weiten Grenzen", "Place by the wide limits")
            .describe("Wie exact_class.", "As exact_class."),
        text(&|p| p.wide.id()),
    )
    .number(
        column("shrunken", "Geglätteter Anteil", "Smoothed share").describe(
            "Der eigene Anteil, zur Mitte aller Orte gezogen, umso stärker, je weniger Fälle (empirisches Bayes-Verfahren, Betaverteilung). Steht neben value, nie an seiner Stelle.",
            "The town's own share drawn towards the middle of all towns, the more so the fewer cases (empirical Bayes, beta distribution). Stands beside value, never in its place.",
        ),
        number(&|p| p.shrunken.map(|s| s.value)),
    )
    .number(
        column("shrunken_lower", "Geglättet, untere Grenze (95 %)", "Smoothed, lower limit (95%)").describe(
            "Leer, wenn sich die Orte nicht mehr als durch Zufall unterscheiden.",
            "Empty where towns differ no more than by chance.",
        ),
        number(&|p| p.shrunken.and_then(|s| s.interval).map(|i| i.lower)),
    )
    .number(
        column("shrunken_upper", "Geglättet, obere Grenze (95 %)", "Smoothed, upper limit (95%)"),
        number(&|p| p.shrunken.and_then(|s| s.interval).map(|i| i.upper)),
    )
    .build()
}

fn rows(funnel: &Funnel) -> Vec<Row<'_>> {
    let service = funnel.service;
    let state = match &funnel.result {
        Ok(_) => "computed",
        Err(FunnelRefusal::FewTowns(_)) => "few_towns",
        Err(FunnelRefusal::AllOrNone) => "all_or_none",
        Err(FunnelRefusal::Method(_)) => "refused",
    };
    let result = funnel.result.as_ref().ok();
    let used = funnel.towns.iter().enumerate().map(|(at, town)| Row {
        service,
        town,
        state,
        target: result.map(|r| r.target),
        place: result.and_then(|r| r.places.get(at)),
    });
    let out =
        funnel.left_out.iter().map(|(town, why)| Row { service, town, state: why.id(), target: None, place: None });
    let mut rows: Vec<Row<'_>> = used.chain(out).collect();
    rows.sort_by_key(|row| row.town.area);
    rows
}
