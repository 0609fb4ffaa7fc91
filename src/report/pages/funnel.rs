//! The towns of a service against what is to be expected at their number of cases.

use super::Book;
use super::charts::SHARE;
use crate::chart::{ChartSpec, FunnelChart, FunnelCurve, FunnelLimits, FunnelPoint, Point};
use crate::compare::{FUNNEL_LEVELS, Funnel, FunnelPlace, FunnelResult, FunnelTown, LeftOut, Place};
use crate::domain::{Lang, Text};
use crate::stats::Interval;
use crate::stats::shrink::Shrunken;
use crate::story;

/// Towns in one picture.
const MAX_POINTS: usize = 300;
/// Points of a curve.
const STEPS: u32 = 96;

fn funnel<'a>(book: &Book<'a>, service: u32) -> Option<&'a Funnel> {
    book.r.funnels.iter().find(|f| f.service == service)
}

/// Why a service with several towns has no funnel.
pub(super) fn refusal(book: &Book<'_>, service: u32) -> Option<String> {
    let found = funnel(book, service).filter(|f| f.towns.len() > 1)?;
    found.result.as_ref().err().map(|why| story::funnel_refusal(why, book.hides(service), book.lang))
}

/// The funnel of a service, if there is one.
pub(super) fn chart(book: &Book<'_>, service: u32) -> Option<ChartSpec> {
    let lang = book.lang;
    let found = funnel(book, service)?;
    let result = found.result.as_ref().ok()?;
    let towns = shown(found, result);
    let hidden = book.hides(service);
    let headline = format!("{}: {}", book.service_name(service), story::funnel_headline(result, hidden, lang));
    let when = story::period_text(book.r.periods.current, lang);
    let mut subtitle = story::funnel_subtitle(result, &when, lang);
    for remark in remarks(book, found, hidden, towns.len()) {
        subtitle.push_str("; ");
        subtitle.push_str(&remark);
    }
    let say = |de, en| Text::new(de, en).get(lang).to_owned();
    Some(ChartSpec::Funnel(FunnelChart {
        header: book.chart_header("funnel", headline, subtitle),
        lang,
        unit: SHARE,
        row_label: say("Ort", "Town"),
        size_label: say("Anträge", "Applications"),
        value_label: say("Online-Anteil", "Online share"),
        smoothed_label: say("Geglättet (95-%-Spanne)", "Smoothed (95% interval)"),
        target_label: say("Gemeinsamer Anteil", "Common share"),
        target: result.target,
        chance_label: if result.tau2 > 0.0 {
            say("Grenzen allein aus Zufall", "limits of chance alone")
        } else {
            say("exakte Grenzen aus Zufall", "exact limits of chance")
        },
        levels: (FUNNEL_LEVELS[0], FUNNEL_LEVELS[1]),
        points: towns.into_iter().filter_map(|(town, place)| point(book, town, place)).collect(),
        curves: curves(found, result),
    }))
}

/// All towns; of very many those beyond the inner limits, most extreme first, then those with most cases.
fn shown<'a>(found: &'a Funnel, result: &'a FunnelResult) -> Vec<(&'a FunnelTown, &'a FunnelPlace)> {
    let mut towns: Vec<_> = found.towns.iter().zip(&result.places).collect();
    if towns.len() > MAX_POINTS {
        let rank = |place: &FunnelPlace| match place.wide {
            Place::AboveOuter | Place::BelowOuter => 0,
            Place::AboveInner | Place::BelowInner => 1,
            Place::Within => 2,
        };
        towns.sort_by(|(a, p), (b, q)| {
            let within = |place: &FunnelPlace, town: &FunnelTown| {
                if place.wide == Place::Within { town.cases } else { place.score.abs() }
            };
            rank(p).cmp(&rank(q)).then(within(q, b).total_cmp(&within(p, a))).then(a.area.cmp(&b.area))
        });
        towns.truncate(MAX_POINTS);
    }
    towns
}

fn remarks(book: &Book<'_>, found: &Funnel, hidden: bool, drawn: usize) -> Vec<String> {
    let mut out = Vec::new();
    let all = found.towns.len();
    if drawn < all {
        let all = book.count(all);
        out.push(match book.lang {
            Lang::De => format!("im Bild {drawn} von {all} Orten: die auffälligen und die mit den meisten Anträgen"),
            Lang::En => {
                format!("in the picture {drawn} of {all} towns: those that stand out and those with most applications")
            }
        });
    }
    if hidden {
        out.push(book.say("nur Orte, deren Werte gezeigt werden", "only towns whose values are shown").to_owned());
    }
    let count = |why| found.left_out.iter().filter(|(_, w)| *w == why).count();
    for (n, de, en) in [
        (count(LeftOut::Above100), "mit mehr als 100 %", "above 100%"),
        (count(LeftOut::PartlyOnline), "nur zum Teil online", "online for a part of the span"),
    ] {
        match (n, book.lang) {
            (0, _) => {}
            (1, Lang::De) => out.push(format!("ohne einen Ort ({de})")),
            (1, Lang::En) => out.push(format!("without one town ({en})")),
            (n, Lang::De) => out.push(format!("ohne {n} Orte ({de})")),
            (n, Lang::En) => out.push(format!("without {n} towns ({en})")),
        }
    }
    out
}

fn point(book: &Book<'_>, town: &FunnelTown, place: &FunnelPlace) -> Option<FunnelPoint> {
    Some(FunnelPoint {
        name: book.area_name(town.area).to_owned(),
        size: town.cases,
        value: town.value()?,
        limits: limits(place.limits.wide),
        score: place.score,
        smoothed: place.shrunken.as_ref().map_or_else(Point::absent, smoothed),
    })
}

fn smoothed(s: &Shrunken) -> Point {
    s.interval.map_or_else(|| Point::value(s.value), |i| Point::interval(s.value, i.lower, i.upper))
}

fn limits([inner, outer]: [Interval; 2]) -> FunnelLimits {
    let pair = |i: Interval| (i.lower, i.upper);
    FunnelLimits { inner: pair(inner), outer: pair(outer) }
}

/// The curves from the least to the most cases of a town, with some width where these are close.
fn curves(found: &Funnel, result: &FunnelResult) -> Vec<FunnelCurve> {
    let cases = found.towns.iter().map(|t| t.cases);
    let (low, high) = cases.fold((f64::INFINITY, 0.0f64), |(low, high), n| (low.min(n), high.max(n)));
    let (low, high) = if high > low * 1.5 { (low, high) } else { (low / 1.5, high * 1.5) };
    let at = |step: u32| {
        let size = low * (high / low).powf(f64::from(step) / f64::from(STEPS));
        let found = result.limits(size).ok()?;
        Some(FunnelCurve { size, limits: limits(found.wide), chance: limits(found.exact) })
    };
    (0..=STEPS).filter_map(at).collect()
}
