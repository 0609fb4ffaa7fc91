//! A service by month within its limits, and what changed in single towns.

use super::Book;
use super::charts::SHARE;
use crate::chart::{ChartSpec, ControlChart, ControlMonth, ControlStretch, Point, Signal};
use crate::compare::{Control, ControlEvent, ControlResult, Interrupted, Term};
use crate::domain::{Text, format_points};
use crate::report::view::{ChangeRow, Figure, Link};
use crate::stats::spc::Rule;
use crate::story;

/// Events with a result in the table of a page; the rest is in the data.
const MAX_ROWS: usize = 15;

/// The control chart of a service, if there is one.
pub(super) fn chart(book: &Book<'_>, service: u32) -> Option<ChartSpec> {
    let lang = book.lang;
    let control = book.r.controls.of_all(service)?;
    let found = control.chart.as_ref().ok()?;
    let finding = story::control_headline(control, found, lang);
    let headline = format!("{}: {finding}", book.service_name(service));
    Some(ChartSpec::Control(ControlChart {
        header: book.chart_header("control", headline, story::control_subtitle(control, book.public, lang)),
        lang,
        unit: SHARE,
        first: control.first,
        value_label: book.say("Online-Anteil", "Online share").to_owned(),
        months: months(book, control, found),
        phases: found
            .phases
            .iter()
            .map(|phase| ControlStretch {
                from: phase.from,
                until: phase.until,
                label: kinds(book, &phase.kinds),
                center: phase.result.as_ref().ok().map(|l| l.center),
            })
            .collect(),
    }))
}

fn months(book: &Book<'_>, control: &Control, found: &ControlResult) -> Vec<ControlMonth> {
    let missing = if book.public {
        Text::new("keine Angabe oder gesperrt", "no data, or hidden")
    } else {
        Text::new("keine Angabe", "no data")
    };
    let value = |share: &Option<_>| {
        share.map_or_else(|| Point::absent_because(missing), |s: crate::compare::ladder::Share| Point::value(s.rate()))
    };
    let mut out: Vec<ControlMonth> =
        control.months.iter().map(|share| ControlMonth { point: value(share), signal: Signal::None }).collect();
    for point in found.points() {
        out[point.at] = ControlMonth {
            point: Point::interval(point.value, point.lower, point.upper),
            signal: match point.rules.as_slice() {
                [] => Signal::None,
                rules if rules.contains(&Rule::Beyond3Sigma) => Signal::Beyond,
                _ => Signal::Run,
            },
        };
    }
    out
}

fn kinds(book: &Book<'_>, kinds: &[String]) -> String {
    kinds.iter().map(|kind| story::event_name(kind, book.lang)).collect::<Vec<_>>().join(", ")
}

/// What the chart says, whether the share rises, and where the level may have changed.
pub(super) fn sentences(book: &Book<'_>, service: u32) -> Vec<String> {
    let lang = book.lang;
    let Some(control) = book.r.controls.of_all(service) else { return Vec::new() };
    let Ok(found) = &control.chart else { return Vec::new() };
    let mut out = vec![story::control_sentence(control, found, lang), story::trend_sentence(&control.trend, lang)];
    out.extend(story::candidate_sentence(control, lang));
    out
}

/// How the chart is to be read.
pub(super) fn reading(book: &Book<'_>, service: u32) -> Option<String> {
    let control = book.r.controls.of_all(service)?;
    control.chart.as_ref().ok().map(|found| story::control_reading(found, book.lang))
}

/// Why a service has no control chart.
pub(super) fn refusal(book: &Book<'_>, service: u32) -> Option<String> {
    let control = book.r.controls.of_all(service)?;
    control.chart.as_ref().err().map(|why| story::control_missing(why, book.lang))
}

/// The events of a service with a result, the latest first.
pub(super) fn changes(book: &Book<'_>, service: u32) -> Vec<ChangeRow> {
    let mut found: Vec<(&ControlEvent, &Interrupted)> = book
        .r
        .controls
        .events
        .iter()
        .filter(|e| e.service == service)
        .filter_map(|e| e.result.as_ref().ok().map(|result| (e, result)))
        .collect();
    found.sort_by_key(|(e, _)| (std::cmp::Reverse(e.month), e.area));
    let figure = |term: &Term| {
        Figure::new(format_points(term.value, 1, book.lang))
            .interval(story::interval_points(term.lower, term.upper, book.lang))
    };
    found
        .into_iter()
        .take(MAX_ROWS)
        .map(|(event, result)| ChangeRow {
            town: event
                .area
                .map_or_else(|| Link::plain(book.say("alle Orte", "all towns")), |area| book.area_link(area)),
            what: kinds(book, &event.kinds),
            when: event.month.long(book.lang),
            level: figure(&result.level),
            slope: figure(&result.slope),
            months: format!("{} / {}", result.before, result.after),
        })
        .collect()
}
