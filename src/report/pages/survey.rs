use super::Book;
use crate::Result;
use crate::chart::{Bar, BarChart, ChartSpec, Point, Unit};
use crate::domain::{Estimate, Lang, Text, format_percent};
use crate::kpi::{CATALOGUE, position};
use crate::publish::Staging;
use crate::report::view::{Fact, Figure, Sign, Statement, SurveyPage, SurveyRow};
use crate::story;
use crate::survey::SurveyResult;

/// The last wave of each survey.
fn last_wave<'a>(book: &Book<'a>) -> Vec<&'a SurveyResult> {
    let last = |survey: &str| {
        book.r.surveys.iter().filter(|s| s.survey == survey).map(|s| s.wave.as_str()).max().unwrap_or("")
    };
    book.r.surveys.iter().filter(|s| s.wave == last(&s.survey)).collect()
}

pub(super) fn page(book: &Book<'_>, stage: &Staging) -> Result<SurveyPage> {
    let shown = last_wave(book);
    let of =
        |kpis: &[&str]| -> Vec<&SurveyResult> { shown.iter().copied().filter(|s| kpis.contains(&s.kpi)).collect() };
    let rows = |list: Vec<&SurveyResult>| list.into_iter().map(|s| row(book, s)).collect::<Vec<_>>();
    let mut barriers = of(&["barriers"]);
    barriers.sort_by(|a, b| b.estimate.value.unwrap_or(-1.0).total_cmp(&a.estimate.value.unwrap_or(-1.0)));
    let mut charts = Vec::new();
    if !barriers.is_empty() {
        charts.extend(book.draw(Some(&barrier_chart(book, &barriers)), Some((stage, "barriers")))?);
    }
    Ok(SurveyPage {
        facts: facts(book, &shown),
        summary: of(&["usage_gap"]).into_iter().filter_map(|s| gap_sentence(book, s)).collect(),
        tiles: Vec::new(),
        measures: rows(of(&["need", "awareness", "usage"])),
        gap: rows(of(&["usage_gap", "usage_gap.not_offered", "usage_gap.not_known", "usage_gap.chosen_otherwise"])),
        barriers: rows(barriers),
        charts,
        notes: vec![
            book.say(
                "Gewichtete Anteile; die Spanne (95 %) zeigt den Stichprobenfehler, nicht die Verzerrung durch Menschen, die nicht geantwortet haben.",
                "Weighted shares; the interval (95%) shows the sampling error, not the bias from people who did not answer.",
            )
            .to_owned(),
            book.say(
                "Die Digitale Nutzungslücke ist der Anteil der Menschen mit Bedarf, die die Leistung nicht online genutzt haben.",
                "The digital usage gap is the share of people with a need who did not use the service online.",
            )
            .to_owned(),
        ],
    })
}

fn facts(book: &Book<'_>, shown: &[&SurveyResult]) -> Vec<Fact> {
    let mut out = Vec::new();
    for survey in &book.r.records.surveys {
        let wave = shown.iter().find(|s| s.survey == survey.source).map_or("", |s| s.wave.as_str());
        let n = survey.respondents.iter().filter(|r| r.wave == wave).count();
        out.push(Fact { label: book.say("Befragung", "Survey").into(), value: survey.source.clone() });
        if !wave.is_empty() {
            out.push(Fact { label: book.say("Welle", "Wave").into(), value: wave.to_owned() });
        }
        out.push(Fact { label: book.say("Befragte", "Respondents").into(), value: book.count(n) });
    }
    out
}

fn service(book: &Book<'_>, s: &SurveyResult) -> String {
    s.service.map_or_else(
        || book.say("Online-Dienste allgemein", "Online services in general").to_owned(),
        |id| book.service_name(id).to_owned(),
    )
}

fn figure(book: &Book<'_>, e: &Estimate) -> Figure {
    match e.value {
        None => Figure::sign(Sign::Uncertain),
        Some(value) => {
            let figure = Figure::new(format_percent(value, 1, book.lang));
            match e.interval() {
                Some((lower, upper)) => figure.interval(story::interval_share(lower, upper, book.lang)),
                None => figure,
            }
        }
    }
}

fn row(book: &Book<'_>, s: &SurveyResult) -> SurveyRow {
    let kpi = position(s.kpi).map(|at| &CATALOGUE[at]);
    let name = kpi.map_or_else(String::new, |k| k.name.get(book.lang).to_owned());
    let label = if s.kpi == "barriers" {
        barrier_name(&s.answer, book.lang).to_owned()
    } else {
        format!("{}: {name}", service(book, s))
    };
    SurveyRow {
        label,
        base: kpi.map_or_else(String::new, |k| k.denominator.get(book.lang).to_owned()),
        share: figure(book, &s.estimate),
        n: book.count(usize::try_from(s.estimate.n).unwrap_or(usize::MAX)),
    }
}

fn gap_sentence(book: &Book<'_>, s: &SurveyResult) -> Option<Statement> {
    let value = format_percent(s.estimate.value?, 1, book.lang);
    let name = service(book, s);
    let n = book.count(usize::try_from(s.estimate.n).unwrap_or(usize::MAX));
    let span =
        s.estimate.interval().map(|(lower, upper)| story::interval_share(lower, upper, book.lang)).unwrap_or_default();
    Some(Statement::new(match book.lang {
        Lang::De => format!(
            "{name}: {value} der Befragten mit Bedarf haben die Leistung nicht online genutzt (95-%-Spanne: {span}; {n} Befragte)."
        ),
        Lang::En => format!(
            "{name}: {value} of respondents with a need did not use the service online (95% interval: {span}; {n} respondents)."
        ),
    }))
}

fn barrier_name(code: &str, lang: Lang) -> &str {
    match code {
        "habit" => Text::new("Gewohnheit", "habit"),
        "not_known" => Text::new("Angebot nicht bekannt", "did not know of it"),
        "distrust" => Text::new("Misstrauen", "distrust"),
        "overload" => Text::new("Überforderung", "too difficult"),
        "bad_experience" => Text::new("Schlechte Erfahrung", "bad experience"),
        _ => return code,
    }
    .get(lang)
}

fn barrier_chart(book: &Book<'_>, barriers: &[&SurveyResult]) -> ChartSpec {
    let lang = book.lang;
    let bars: Vec<Bar> = barriers
        .iter()
        .map(|s| Bar {
            label: barrier_name(&s.answer, lang).to_owned(),
            point: match (s.estimate.value, s.estimate.interval()) {
                (Some(v), Some((lower, upper))) => Point::interval(v, lower, upper),
                (Some(v), None) => Point::value(v),
                (None, _) => Point::absent(),
            },
            own: false,
        })
        .collect();
    let named: Vec<String> = barriers
        .iter()
        .take(2)
        .filter_map(|s| {
            Some(format!("{} {}", barrier_name(&s.answer, lang), format_percent(s.estimate.value?, 1, lang)))
        })
        .collect();
    let headline = format!("{}: {}", book.say("Genannte Hürden", "Barriers named"), named.join(", "));
    let n = barriers.first().map_or(0, |s| s.estimate.n);
    let subtitle = match lang {
        Lang::De => format!(
            "Anteil der {n} Befragten, die eine Hürde nennen, gewichtet, mit 95-%-Spanne; überdecken sich Spannen, ist die Reihenfolge unsicher"
        ),
        Lang::En => format!(
            "Share of the {n} respondents who name a barrier, weighted, with 95% interval; where intervals overlap the order is uncertain"
        ),
    };
    let mut header = book.chart_header("barriers", headline, subtitle);
    header.source = book.say("Quelle: Befragung, eigene Berechnung", "Source: survey, own calculation").to_owned();
    ChartSpec::Bars(BarChart {
        header,
        lang,
        unit: Unit::Share { decimals: 1 },
        row_label: book.say("Hürde", "Barrier").to_owned(),
        bars,
        interval: book.say("95-%-Spanne", "95% interval").to_owned(),
    })
}
