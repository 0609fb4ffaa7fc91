//! The effect before and after an event, as a picture.

use super::{Book, charts};
use crate::chart::{ChartSpec, EventStudyChart, Point, StudyPoint, Unit};
use crate::compare::ladder::{CoursePoint, LiveEffect};
use crate::domain::Lang;
use crate::story;

pub(super) fn chart(book: &Book<'_>, effect: &LiveEffect, what: &str) -> ChartSpec {
    let lang = book.lang;
    let (with, without) = effect.complete;
    let [with, without, units] = [with, without, effect.units].map(|n| book.count(n));
    let shown = book.say("; nur Orte, deren Zahlen gezeigt werden", "; only towns whose numbers are shown");
    let shown = if book.public { shown } else { "" };
    let subtitle = match lang {
        Lang::De => format!(
            "Wie viel mehr sich der Online-Anteil seit dem Quartal vor dem Ereignis verändert hat als in Orten ohne {what}, in Prozentpunkten; {with} Orte mit, {without} ohne, zusammen {units} ihrer Leistungen (Verfahren: Callaway und Sant’Anna){shown}"
        ),
        Lang::En => format!(
            "How much more the online share has changed since the quarter before the event than in towns without {what}, in percentage points; {with} towns with, {without} without, {units} of their services in all (method: Callaway and Sant'Anna){shown}"
        ),
    };
    ChartSpec::EventStudy(EventStudyChart {
        header: book.chart_header("course", story::course_headline(effect, what, lang), subtitle),
        lang,
        unit: Unit::Decimal { decimals: 1, suffix: book.say("Prozentpunkte", "percentage points").to_owned() },
        points: effect.course.iter().map(point).collect(),
        reference: CoursePoint::REFERENCE,
        before: book.say("vor dem Ereignis", "before the event").to_owned(),
        after: format!("{} ({what})", book.say("ab dem Beginn", "from the start on")),
        value_label: book.say("Unterschied", "Difference").to_owned(),
        interval: charts::interval_name(lang),
        band: book.say("95-%-Band für alle Quartale zugleich", "95% band for all quarters at once").to_owned(),
        count_label: format!("{} {what}", book.say("Orte mit", "towns with")),
    })
}

fn point(p: &CoursePoint) -> StudyPoint {
    let percent = |v: f64| v * 100.0;
    StudyPoint {
        quarter: p.quarter,
        point: p
            .effect
            .map_or_else(Point::absent, |e| Point::interval(percent(e.value), percent(e.lower), percent(e.upper))),
        band: p.band.map(|(lower, upper)| (percent(lower), percent(upper))),
        n: u32::try_from(p.towns).unwrap_or(u32::MAX),
    }
}
