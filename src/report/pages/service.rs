use super::{Book, charts, completeness, control, funnel, hidden, of, trend};
use crate::Result;
use crate::domain::{Aggregation, Estimate, Month, Period};
use crate::publish::{Staging, safe_file_name};
use crate::report::view::{EventRow, Fact, Figure, Link, PooledRow, ServicePage, ServiceTownRow, Sign, Statement};
use crate::{stats, story};

/// Events listed on a page; the rest is in the data.
const MAX_EVENTS: usize = 40;

pub(super) fn page(book: &Book<'_>, stage: &Staging, service: u32) -> Result<ServicePage> {
    let r = book.r;
    let current = r.periods.current;
    let all = book.everything();
    let slug = book.service_slugs.get(&service).cloned().unwrap_or_default();
    let pooled = book.pooled(book.share, all, service, current);
    let mut summary = Vec::new();
    if let Some(e) = &pooled {
        let place = book.say("in allen Orten zusammen", "in all towns together");
        summary.extend(story::adoption(place, e, current, book.lang).map(|s| Statement {
            text: s.text,
            note: s.note,
            href: None,
        }));
        if let Some(before) = book.before(|period| book.pooled(book.share, all, service, period))
            && let Some(s) = story::change(e, &before, r.periods.previous, book.lang)
        {
            summary.push(Statement { text: s.text, note: s.note, href: None });
        }
    }
    if summary.is_empty() {
        summary.push(Statement::new(if hidden(pooled.as_ref()) {
            book.say("Der Online-Anteil dieser Leistung ist gesperrt.", "The online share of this service is hidden.")
        } else {
            book.say(
                "Für diese Leistung lässt sich noch kein Online-Anteil angeben.",
                "No online share can be given for this service yet.",
            )
        }));
    }
    let towns = towns(book, service);
    let values: Vec<f64> = towns.iter().filter_map(|(value, _)| *value).collect();
    let launch = charts::launch(book, None, service);
    let launch = book.draw(launch.as_ref(), Some((stage, &format!("{slug}-launch"))))?;
    let ranking = (!values.is_empty()).then(|| charts::ranking(book, service));
    let ranking = book.draw(ranking.as_ref(), Some((stage, &format!("{slug}-ranking"))))?;
    let expected = funnel::chart(book, service);
    let expected = book.draw(expected.as_ref(), Some((stage, &format!("{slug}-funnel"))))?;
    let course = trend::trend_of_all(book, service);
    let limits = control::chart(book, service);
    let changes = control::changes(book, service);
    Ok(ServicePage {
        name: book.service_name(service).to_owned(),
        facts: facts(book, service),
        summary,
        tiles: pooled.iter().map(|e| book.tile("online_share", Some(e))).collect(),
        ranking,
        pooled: pooled.as_ref().map(|e| PooledRow {
            online: book.online(Some(e)),
            other: book.other(Some(e)),
            total: book.total(Some(e)),
            share: book.figure(book.share, Some(e)),
        }),
        median: stats::median_quartiles(&values).map(|q| {
            Figure::new(crate::domain::format_percent(q.median, 1, book.lang))
                .interval(story::interval_share(q.q1, q.q3, book.lang))
        }),
        towns: towns.into_iter().map(|(_, row)| row).collect(),
        funnel_reading: expected.as_ref().map(|_| story::funnel_reading(book.lang).to_owned()),
        funnel: expected,
        launch,
        trend: book.draw(course.chart(), Some((stage, &format!("{slug}-trend"))))?,
        trend_note: course.note(book.lang),
        control: book.draw(limits.as_ref(), Some((stage, &format!("{slug}-control"))))?,
        control_sentences: control::sentences(book, service),
        control_reading: control::reading(book, service),
        changes_note: (!changes.is_empty()).then(|| story::change_note(book.lang)),
        changes,
        events: events(book, service),
        notes: notes(book, service, pooled.as_ref()),
        slug,
    })
}

fn notes(book: &Book<'_>, service: u32, pooled: Option<&Estimate>) -> Vec<String> {
    let method = book.say(
        "Je Ort: Wilson-Spanne. Alle Orte zusammen: Spanne, die berücksichtigt, dass Orte sich unterscheiden (Jackknife).",
        "By town: Wilson interval. All towns together: an interval that knows that towns differ (jackknife).",
    );
    let mut out = vec![method];
    if book.hides(service) {
        if pooled.is_some_and(|e| e.value.is_some() && e.interval().is_none()) {
            out.push(book.say(
                "Die Summe aller Orte enthält auch Orte, deren Zahlen gesperrt sind; sie hat deshalb keine Spanne.",
                "The sum of all towns contains towns whose numbers are hidden; it therefore has no interval.",
            ));
        }
        out.push(book.say(
            "Median, Quartile und Plätze beziehen sich nur auf Orte, deren Zahlen gezeigt werden.",
            "Median, quartiles and positions cover only towns whose numbers are shown.",
        ));
    }
    out.into_iter()
        .map(str::to_owned)
        .chain(funnel::refusal(book, service))
        .chain(control::refusal(book, service))
        .collect()
}

fn facts(book: &Book<'_>, service: u32) -> Vec<Fact> {
    let s = book.r.records.catalogue.service(service);
    let mut out = vec![Fact { label: book.say("Schlüssel", "Key").into(), value: s.key.clone() }];
    if !s.field.is_empty() {
        out.push(Fact { label: book.say("Themenfeld", "Field").into(), value: s.field.clone() });
    }
    if book.r.panel.knows_offers() {
        let offers = || book.r.panel.offers_sorted().filter(|((_, s), o)| *s == service && o.owed != Some(false));
        let last = book.r.periods.current.end();
        let live = offers().filter(|((a, s), _)| book.r.panel.live(*a, *s, last) == Some(true)).count();
        out.push(Fact {
            label: book.say("Orte online", "Towns online").into(),
            value: of(live, offers().count(), book.lang),
        });
    }
    out
}

fn towns(book: &Book<'_>, service: u32) -> Vec<(Option<f64>, ServiceTownRow)> {
    let r = book.r;
    let current = r.periods.current;
    let mut out = Vec::new();
    for (key, e) in r.evaluation.periods.iter() {
        let wanted = key.kpi == book.share
            && key.service == service
            && key.period == current
            && key.aggregation == Aggregation::Own;
        if !wanted {
            continue;
        }
        let area = key.unit;
        let counted = Some(&e).filter(|e| e.value.is_some() || hidden(Some(e)));
        out.push((
            e.value,
            ServiceTownRow {
                id: format!("o-{}", safe_file_name(&r.records.register.area(area).key)),
                town: book.area_link(area),
                online: book.online(counted),
                other: book.other(counted),
                total: book.total(counted),
                share: book.figure(book.share, Some(&e)),
                position: super::area::position(book, area, service),
                launched: r
                    .panel
                    .launch(area, service)
                    .map_or_else(|| Sign::Unknown.text().to_owned(), |m| m.long(book.lang)),
                months: completeness(Some(&e)),
            },
        ));
    }
    out.sort_by(|a, b| b.0.unwrap_or(-1.0).total_cmp(&a.0.unwrap_or(-1.0)));
    out
}

fn events(book: &Book<'_>, service: u32) -> Vec<EventRow> {
    let mut found: Vec<_> = book.r.records.events.iter().filter(|e| e.service.is_none_or(|s| s == service)).collect();
    found.sort_by_key(|e| (std::cmp::Reverse(e.from), e.area));
    let mut merged: Vec<(String, &str, &str, Vec<Option<u32>>)> = Vec::new();
    for e in found {
        let first = Month::of(e.from);
        let months = u16::try_from(e.to.map_or(first, Month::of).since(first) + 1).unwrap_or(1);
        let when = story::period_text(Period::span(first, months), book.lang);
        let kind = story::event_name(&e.kind, book.lang);
        match merged.iter_mut().find(|m| m.0 == when && m.1 == kind && m.2 == e.label) {
            Some(same) => same.3.push(e.area),
            None => merged.push((when, kind, &e.label, vec![e.area])),
        }
    }
    merged
        .into_iter()
        .take(MAX_EVENTS)
        .map(|(when, kind, label, areas)| EventRow {
            when,
            town: match areas.as_slice() {
                [Some(area)] => book.area_link(*area),
                list if list.contains(&None) => Link::plain(book.say("alle Orte", "all towns")),
                list => Link::plain(format!("{} {}", book.count(list.len()), book.say("Orte", "towns"))),
            },
            kind: kind.to_owned(),
            label: label.to_owned(),
        })
        .collect()
}
