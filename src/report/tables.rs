//! The results as open tables: CSV and Parquet with a data package.

mod control;
mod funnel;
mod ladder;
mod methods;
mod neighbours;

pub use self::methods::tidy;
use crate::compare::ArmComparison;
use crate::disclosure::{Protected, Results};
use crate::domain::{ALL_SERVICES, Aggregation, Channel, Estimate, EstimateState, EstimateTable, Stage};
use crate::ingest::{FeedbackPlace, Measure, Records, Scale, WorkItem};
use crate::kpi::{self, CATALOGUE};
use crate::panel::Units;
use crate::publish::{Column, Label, Table};
use crate::survey::{self, RatingResult};
use crate::{Result, stats};

/// The tables that the audience may see.
///
/// # Errors
/// If a value cannot be written.
pub fn published(results: &Protected<Results>) -> Result<Vec<Table>> {
    let r = results.get();
    let mut tables = vec![
        areas(r)?,
        services(r)?,
        estimates(
            r,
            &r.evaluation.periods,
            "estimates_period",
            Label::new(
                "Kennzahlen im Berichtszeitraum und im Zeitraum davor",
                "Key figures in the reference period and the one before",
            ),
        )?,
        estimates(
            r,
            &r.evaluation.months,
            "estimates_month",
            Label::new("Kennzahlen je Monat", "Key figures by month"),
        )?,
        peers(r)?,
        funnel::table(r)?,
        control::table(r)?,
        control::changes(r)?,
        since_launch(r)?,
        arms(r)?,
        ladder::rungs(r)?,
        ladder::balance(r)?,
        ladder::horizons(r)?,
        ladder::course(r)?,
        surveys(r)?,
    ];
    tables.extend(neighbours::nearest(r)?);
    tables.extend(methods::answers(r)?);
    Ok(tables)
}

/// The tables for the internal folder.
///
/// # Errors
/// If a value cannot be written.
pub fn internal(results: &Results) -> Result<Vec<Table>> {
    let mut tables = vec![panel(results)?, comments(results)?];
    tables.extend(survey_ratings(&results.records, &results.units)?);
    Ok(tables)
}

fn areas(r: &Results) -> Result<Table> {
    let areas = r.records.register.areas();
    Table::builder("areas", Label::new("Gebiete", "Areas"))
        .key(&["area"])
        .text(column("area", "Gebietsschlüssel", "Area key"), areas.iter().map(|a| &a.key))
        .text(column("name", "Name", "Name"), areas.iter().map(|a| &a.name))
        .integer(
            column("population", "Bevölkerung", "Population"),
            areas.iter().map(|a| a.population.and_then(|p| i64::try_from(p).ok())),
        )
        .number(column("area_km2", "Fläche in km²", "Area in km²").unit("km²"), areas.iter().map(|a| a.area_km2))
        .text(column("land", "Land", "Land"), areas.iter().map(|a| &a.land))
        .text(column("kreis", "Kreis", "Kreis"), areas.iter().map(|a| &a.kreis))
        .text(column("type", "Art", "Type"), areas.iter().map(|a| &a.kind))
        .text(column("urbanity", "Siedlungstyp", "Urbanity"), areas.iter().map(|a| &a.urbanity))
        .build()
}

fn services(r: &Results) -> Result<Table> {
    let services = r.records.catalogue.services();
    Table::builder("services", Label::new("Leistungen", "Services"))
        .key(&["service"])
        .text(column("service", "Leistungsschlüssel", "Service key"), services.iter().map(|s| &s.key))
        .text(column("name", "Name", "Name"), services.iter().map(|s| &s.name))
        .text(column("field", "Themenfeld", "Field"), services.iter().map(|s| &s.field))
        .build()
}

fn service_key(r: &Results, service: u32) -> String {
    if service == ALL_SERVICES { "*".to_owned() } else { r.records.catalogue.service(service).key.clone() }
}

fn estimates(r: &Results, table: &EstimateTable, name: &str, title: Label) -> Result<Table> {
    let keys = || table.keys().iter();
    let rows: Vec<_> = table.iter().map(|(_, e)| e).collect();
    let unit = |u: u32| r.units.get(u);
    Table::builder(name, title)
        .describe(
            "Eine Zeile je Einheit, Kennzahl, Leistung (* = alle zusammen), Zeitraum und Bildungsweise.",
            "One row per unit, key figure, service (* = all together), period and aggregation.",
        )
        .key(&["kpi", "dimension", "unit", "service", "period", "aggregation"])
        .text(column("kpi", "Kennzahl", "Key figure"), keys().map(|k| CATALOGUE[usize::from(k.kpi)].id))
        .text(column("dimension", "Art der Einheit", "Kind of unit"), keys().map(|k| unit(k.unit).dimension))
        .text(column("unit", "Schlüssel der Einheit", "Key of the unit"), keys().map(|k| &unit(k.unit).key))
        .text(column("unit_name", "Name der Einheit", "Name of the unit"), keys().map(|k| &unit(k.unit).name))
        .text(column("service", "Leistung, * = alle", "Service, * = all"), keys().map(|k| service_key(r, k.service)))
        .text(column("period", "Monat oder Zeitraum", "Month or period"), keys().map(|k| k.period.id()))
        .text(column("aggregation", "Bildungsweise", "Aggregation"), keys().map(|k| k.aggregation.id()))
        .number(
            column("value", "Wert; Anteile zwischen 0 und 1", "Value; shares between 0 and 1"),
            rows.iter().map(|e| e.value),
        )
        .number(column("lower", "Untere Grenze", "Lower limit"), rows.iter().map(|e| e.lower))
        .number(column("upper", "Obere Grenze", "Upper limit"), rows.iter().map(|e| e.upper))
        .number(column("level", "Vertrauensniveau", "Confidence level"), rows.iter().map(|e| e.level))
        .text(column("method", "Verfahren der Spanne", "Interval method"), rows.iter().map(|e| e.method))
        .number(column("numerator", "Zähler", "Numerator"), rows.iter().map(|e| e.numerator))
        .number(column("denominator", "Nenner", "Denominator"), rows.iter().map(|e| e.denominator))
        .integer(column("n", "Zugrunde liegende Fälle oder Orte", "Cases or towns behind it"), rows.iter().map(cases))
        .integer(
            column("provided", "Gelieferte Monatswerte", "Values provided"),
            rows.iter().map(|e| int(e.provided.into())),
        )
        .integer(
            column("expected", "Erwartete Monatswerte", "Values expected"),
            rows.iter().map(|e| int(e.expected.into())),
        )
        .text(column("state", "Zustand", "State"), rows.iter().map(|e| e.state.id()))
        .text(
            column("flags", "Merkmale", "Flags"),
            rows.iter().map(|e| e.flags.iter().map(|f| f.id()).collect::<Vec<_>>().join(" ")),
        )
        .build()
}

fn peers(r: &Results) -> Result<Table> {
    let rows: Vec<_> = r.peers.iter().flat_map(|(_, results)| results).collect();
    let quartile = |pick: fn(&stats::Quartiles) -> f64| {
        rows.iter().map(move |p| p.quartiles.as_ref().map(pick)).collect::<Vec<_>>()
    };
    Table::builder("peers", Label::new("Orte in ihren Vergleichsgruppen", "Areas within their groups"))
        .describe(
            "Gruppenwerte ohne den Ort selbst; der Platz zählt den Ort mit.",
            "Group values without the area itself; the position includes it.",
        )
        .key(&["comparison", "area", "service"])
        .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|p| &r.comparisons[p.comparison].name))
        .text(column("group", "Gruppe", "Group"), rows.iter().map(|p| &p.group))
        .text(column("kpi", "Kennzahl", "Key figure"), rows.iter().map(|p| CATALOGUE[usize::from(p.kpi)].id))
        .text(column("area", "Gebietsschlüssel", "Area key"), rows.iter().map(|p| &r.units.get(p.area).key))
        .text(
            column("service", "Leistung, * = alle", "Service, * = all"),
            rows.iter().map(|p| service_key(r, p.service)),
        )
        .number(column("own", "Eigener Wert", "Own value"), rows.iter().map(|p| p.own))
        .number(column("pooled", "Gruppe, Summe durch Summe", "Group, ratio of sums"), rows.iter().map(|p| p.pooled))
        .number(column("q1", "Unteres Quartil", "Lower quartile"), quartile(|q| q.q1))
        .number(column("median", "Median", "Median"), quartile(|q| q.median))
        .number(column("q3", "Oberes Quartil", "Upper quartile"), quartile(|q| q.q3))
        .integer(
            column("n_others", "Andere Orte mit Wert", "Other areas with a value"),
            rows.iter().map(|p| p.quartiles.as_ref().map_or(Some(0), |q| int(q.n as u64))),
        )
        .integer(
            column("position", "Platz, 1 = höchster Wert", "Position, 1 = highest"),
            rows.iter().map(|p| p.position.and_then(|n| int(n as u64))),
        )
        .integer(column("n", "Orte mit Platz", "Areas with a position"), rows.iter().map(|p| int(p.n as u64)))
        .build()
}

/// The online share by months since launch, the data behind the launch charts.
fn since_launch(r: &Results) -> Result<Table> {
    let share = kpi::number("online_share");
    let mut rows: Vec<(u32, u32, i64, f64)> = Vec::new();
    for (key, e) in r.evaluation.months.iter() {
        let own = key.kpi == share && key.aggregation == Aggregation::Own && key.service != ALL_SERVICES;
        if let (true, Some(value), Some(launch)) = (own, e.value, r.panel.launch(key.unit, key.service)) {
            rows.push((key.service, key.unit, i64::from(key.period.start.since(launch)), value));
        }
    }
    rows.sort_by_key(|row| (row.0, row.1, row.2));
    Table::builder(
        "since_launch",
        Label::new("Online-Anteil nach Monaten seit dem Start", "Online share by months since launch"),
    )
    .key(&["service", "area", "month"])
    .text(column("service", "Leistung", "Service"), rows.iter().map(|row| service_key(r, row.0)))
    .text(column("area", "Gebietsschlüssel", "Area key"), rows.iter().map(|row| &r.units.get(row.1).key))
    .integer(
        column("month", "Monate seit dem Start, 0 = Startmonat", "Months since launch, 0 = month of launch"),
        rows.iter().map(|row| row.2),
    )
    .number(column("value", "Online-Anteil", "Online share"), rows.iter().map(|row| row.3))
    .build()
}

fn arms(r: &Results) -> Result<Table> {
    let rows: Vec<(usize, &ArmComparison)> =
        r.arms.iter().flat_map(|(at, list)| list.iter().map(move |a| (*at, a))).collect();
    let number = |pick: &dyn Fn(&ArmComparison) -> Option<f64>| rows.iter().map(|(_, a)| pick(a)).collect::<Vec<_>>();
    Table::builder("event_comparison", Label::new("Orte mit und ohne Ereignis", "Areas with and without an event"))
        .describe(
            "Unterschiede zwischen Gruppen von Orten, keine Wirkungen. Ohne Spanne bei weniger als fünf Orten je Seite.",
            "Differences between groups of towns, not effects. No interval below five towns on a side.",
        )
        .key(&["comparison", "service"])
        .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|(at, _)| &r.comparisons[*at].name))
        .text(column("service", "Leistung, * = alle", "Service, * = all"), rows.iter().map(|(_, a)| service_key(r, a.service)))
        .integer(column("towns_with", "Orte mit", "Towns with"), rows.iter().map(|(_, a)| int(a.with.towns.len() as u64)))
        .integer(column("towns_without", "Orte ohne", "Towns without"), rows.iter().map(|(_, a)| int(a.without.towns.len() as u64)))
        .integer(column("excluded", "Nicht zugeordnete Orte", "Towns in neither arm"), rows.iter().map(|(_, a)| int(a.excluded as u64)))
        .number(column("rate_with", "Anteil mit, Summe durch Summe", "Rate with, ratio of sums"), number(&|a| a.with.rate))
        .number(column("rate_without", "Anteil ohne, Summe durch Summe", "Rate without, ratio of sums"), number(&|a| a.without.rate))
        .number(column("mean_with", "Mittel der Ortswerte mit", "Mean of ratios with"), number(&|a| a.with.mean.as_ref().ok().map(|m| m.value)))
        .number(column("mean_without", "Mittel der Ortswerte ohne", "Mean of ratios without"), number(&|a| a.without.mean.as_ref().ok().map(|m| m.value)))
        .number(column("difference", "Unterschied", "Difference"), number(&|a| a.difference.as_ref().ok().map(|c| c.value)))
        .number(column("difference_lower", "Unterschied, untere Grenze", "Difference, lower limit"), number(&|a| a.difference.as_ref().ok().map(|c| c.lower)))
        .number(column("difference_upper", "Unterschied, obere Grenze", "Difference, upper limit"), number(&|a| a.difference.as_ref().ok().map(|c| c.upper)))
        .number(
            column("difference_without_one_lowest", "Kleinster Unterschied, wenn ein Ort wegbleibt", "Smallest difference when one town is left out"),
            number(&|a| a.difference.as_ref().ok().and_then(|c| c.left_out).map(|ends| ends.0)),
        )
        .number(
            column("difference_without_one_highest", "Größter Unterschied, wenn ein Ort wegbleibt", "Largest difference when one town is left out"),
            number(&|a| a.difference.as_ref().ok().and_then(|c| c.left_out).map(|ends| ends.1)),
        )
        .number(column("ratio", "Verhältnis", "Ratio"), number(&|a| a.ratio.as_ref().ok().map(|c| c.value)))
        .number(column("ratio_lower", "Verhältnis, untere Grenze", "Ratio, lower limit"), number(&|a| a.ratio.as_ref().ok().map(|c| c.lower)))
        .number(column("ratio_upper", "Verhältnis, obere Grenze", "Ratio, upper limit"), number(&|a| a.ratio.as_ref().ok().map(|c| c.upper)))
        .text(
            column("refusal", "Grund, wenn keine Spanne", "Reason where there is no interval"),
            rows.iter().map(|(_, a)| a.difference.as_ref().err().map(ToString::to_string)),
        )
        .build()
}

fn surveys(r: &Results) -> Result<Table> {
    let rows = || r.surveys.iter();
    Table::builder("survey", Label::new("Befragung", "Survey"))
        .key(&["survey", "wave", "kpi", "service", "answer"])
        .text(column("survey", "Befragung", "Survey"), rows().map(|s| &s.survey))
        .text(column("wave", "Welle", "Wave"), rows().map(|s| if s.wave.is_empty() { "1" } else { s.wave.as_str() }))
        .text(column("kpi", "Kennzahl", "Key figure"), rows().map(|s| s.kpi))
        .text(
            column("service", "Leistung, * = allgemein", "Service, * = in general"),
            rows().map(|s| s.service.map_or_else(|| "*".to_owned(), |id| service_key(r, id))),
        )
        .text(
            column("answer", "Antwort", "Answer"),
            rows().map(|s| if s.answer.is_empty() { "*" } else { s.answer.as_str() }),
        )
        .number(column("value", "Anteil", "Share"), rows().map(|s| s.estimate.value))
        .number(column("lower", "Untere Grenze", "Lower limit"), rows().map(|s| s.estimate.lower))
        .number(column("upper", "Obere Grenze", "Upper limit"), rows().map(|s| s.estimate.upper))
        .text(column("method", "Verfahren", "Method"), rows().map(|s| s.estimate.method))
        .integer(
            column("n", "Befragte im Nenner", "Respondents in the denominator"),
            rows().map(|s| cases(&s.estimate)),
        )
        .text(column("state", "Zustand", "State"), rows().map(|s| s.estimate.state.id()))
        .build()
}

/// Ratings are for the house only: disclosure control does not know them yet, and a mean or share of few
/// respondents tells what one of them answered.
/// The ratings of all surveys, if any has a question for one.
///
/// # Errors
/// If a value cannot be written.
pub fn survey_ratings(records: &Records, units: &Units) -> Result<Option<Table>> {
    if records.surveys.iter().flat_map(|survey| &survey.codebook).all(|item| item.rating.is_none()) {
        return Ok(None);
    }
    let of = |survey| survey::ratings(survey, &records.register, units);
    let mut rows: Vec<RatingResult> = records.surveys.iter().flat_map(of).collect();
    rows.sort_by(|a, b| a.survey.cmp(&b.survey));
    let rows = || rows.iter();
    Table::builder("survey_ratings", Label::new("Bewertungen in Befragungen", "Ratings in surveys"))
        .describe(
            "Eine Zeile je Welle, Gruppe der Befragten und Frage; gezählt ist, wer geantwortet hat. Der Schutz kleiner Zahlen kennt Bewertungen noch nicht: Sie stehen in keiner Veröffentlichung. Nicht zur Weitergabe.",
            "One row per wave, group of respondents and question; who answered is counted. The protection of small numbers does not know ratings yet: they are in no release. Not for passing on.",
        )
        .key(&["survey", "wave", "dimension", "level", "question"])
        .text(column("survey", "Befragung", "Survey"), rows().map(|s| &s.survey))
        .text(column("wave", "Welle", "Wave"), rows().map(|s| if s.wave.is_empty() { "1" } else { s.wave.as_str() }))
        .text(
            column("dimension", "Art der Gruppe", "Kind of group").describe(
                "country: alle Befragten; land, kreis, size_class, urbanity, group: wie in estimates_period; attribute:Spalte: Merkmal im Register; stratum: Schicht.",
                "country: all respondents; land, kreis, size_class, urbanity, group: as in estimates_period; attribute:column: attribute in the register; stratum: stratum.",
            ),
            rows().map(|s| &s.dimension),
        )
        .text(column("level", "Schlüssel der Gruppe", "Key of the group"), rows().map(|s| &s.level))
        .text(column("question", "Spalte der Frage", "Column of the question"), rows().map(|s| &s.question))
        .integer(column("n", "Befragte mit Antwort", "Respondents with an answer"), rows().map(|s| int(s.n)))
        .number(column("weight_sum", "Summe ihrer Gewichte", "Sum of their weights"), rows().map(|s| s.weight_sum))
        .number(column("mean", "Gewichtetes Mittel, in Stufen", "Weighted mean, in points"), rows().map(|s| s.mean))
        .number(
            column("top2_share", "Gewichteter Anteil der beiden höchsten Stufen", "Weighted share of the two highest points"),
            rows().map(|s| s.top2_share),
        )
        .number(
            column("n_effective", "Effektive Zahl der Befragten (Kish)", "Effective number of respondents (Kish)"),
            rows().map(|s| s.n_effective),
        )
        .build()
        .map(Some)
}

fn panel(r: &Results) -> Result<Table> {
    let cells = || r.panel.cells().iter();
    Table::builder("panel", Label::new("Panel", "Panel"))
        .describe("Alle Zellen mit ihrem Zustand.", "All cells with their state.")
        .key(&["area", "service", "period", "measure", "channel"])
        .text(column("area", "Gebietsschlüssel", "Area key"), cells().map(|c| &r.records.register.area(c.area).key))
        .text(column("service", "Leistung", "Service"), cells().map(|c| &r.records.catalogue.service(c.service).key))
        .text(column("period", "Monat oder Zeitraum", "Month or period"), cells().map(|c| c.period.id()))
        .text(column("measure", "Was gezählt wird", "What is counted"), cells().map(|c| measure(c.measure)))
        .text(column("channel", "Eingangsweg", "Channel"), cells().map(|c| channel(c.measure)))
        .text(column("state", "Zustand", "State"), cells().map(|c| c.state.id()))
        .integer(
            column("value", "Anzahl", "Count"),
            cells().map(|c| (c.state == crate::domain::CellState::Observed).then_some(c.value)),
        )
        .build()
}

fn comments(r: &Results) -> Result<Table> {
    let rows = || r.records.comments.iter();
    Table::builder("comments", Label::new("Kommentare der Rückmeldungen", "Comments of the feedback buttons"))
        .describe(
            "E-Mail-Adressen, Rufnummern, IBAN und IP-Adressen sind ersetzt; Namen und anderes, was eine Person erkennen lässt, können noch darin stehen. Nicht zur Weitergabe.",
            "E-mail addresses, telephone numbers, IBANs and IP addresses are replaced; names and whatever else tells a person may still be in them. Not for passing on.",
        )
        .text(column("area", "Gebietsschlüssel", "Area key"), rows().map(|c| &r.records.register.area(c.area).key))
        .text(column("service", "Leistung", "Service"), rows().map(|c| &r.records.catalogue.service(c.service).key))
        .month(column("month", "Monat", "Month"), rows().map(|c| c.month))
        .text(column("place", "Ort des Knopfes", "Place of the button"), rows().map(|c| place(c.place)))
        .text(column("scale", "Skala", "Scale"), rows().map(|c| scale(c.scale)))
        .integer(
            column("answer", "1 ja, 2 teilweise, 3 nein; oder Sterne", "1 yes, 2 partly, 3 no; or stars"),
            rows().map(|c| i64::from(c.answer)),
        )
        .text(column("comment", "Kommentar", "Comment"), rows().map(|c| &c.text))
        .build()
}

fn place(place: FeedbackPlace) -> &'static str {
    if place == FeedbackPlace::Page { "page" } else { "form_end" }
}

fn scale(scale: Scale) -> &'static str {
    match scale {
        Scale::Binary => "binary",
        Scale::ThreeWay => "three_way",
        Scale::Stars => "stars",
    }
}

/// The name of a measure in tables.
#[must_use]
pub fn measure(measure: Measure) -> String {
    match measure {
        Measure::Count(stage, _) => Stage::id(stage).to_owned(),
        Measure::Feedback(at, of, answer) => format!("feedback.{}.{}.{answer}", place(at), scale(of)),
        Measure::Comments => "comments".to_owned(),
        Measure::Work(item, _) => format!(
            "work.{}",
            match item {
                WorkItem::Cases => "n",
                WorkItem::HandlingMinutes => "handling_minutes",
                WorkItem::ThroughputDays => "throughput_days",
                WorkItem::Queries => "queries",
                WorkItem::Rekeyed => "rekeyed",
            }
        ),
    }
}

fn channel(measure: Measure) -> &'static str {
    match measure {
        Measure::Count(_, channel) | Measure::Work(_, channel) => Channel::id(channel),
        Measure::Feedback(..) | Measure::Comments => "-",
    }
}

fn column(name: &str, de: &str, en: &str) -> Column {
    Column::new(name, de, en)
}

/// What stands behind a number; of a hidden one it is not told, which is not zero.
fn cases(estimate: &Estimate) -> Option<i64> {
    if estimate.state == EstimateState::Suppressed { None } else { int(estimate.n) }
}

fn int(n: u64) -> Option<i64> {
    i64::try_from(n).ok()
}
