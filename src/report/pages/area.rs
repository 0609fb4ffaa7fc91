use std::collections::BTreeMap;

use super::{Book, charts, completeness, hidden, number, of, trend};
use crate::Result;
use crate::compare::PeerResult;
use crate::domain::{
    ALL_SERVICES, CellState, Channel, Estimate, EstimateState, Flag, Lang, Month, Period, Stage, format_count,
    format_decimal,
};
use crate::ingest::Measure;
use crate::publish::{Staging, safe_file_name};
use crate::report::view::{AreaPage, AreaServiceRow, Fact, Figure, MissingRow, Sign, Statement, Tile};
use crate::story;

/// Below this number of cases in the reference period a course by month is noise.
const LAUNCH_CASES: f64 = 60.0;

pub(super) fn page(book: &Book<'_>, stage: &Staging, area: u32) -> Result<AreaPage> {
    let r = book.r;
    let current = r.periods.current;
    let slug = book.area_slugs.get(&area).cloned().unwrap_or_default();
    let share = book.own(book.share, area, ALL_SERVICES, current);
    let course = trend::trend(book, area, ALL_SERVICES);
    let trend = book.draw(course.chart(), Some((stage, &format!("{slug}-trend"))))?;
    let launch = launched_service(book, area).and_then(|service| charts::launch(book, Some(area), service));
    let launch = book.draw(launch.as_ref(), None)?;
    Ok(AreaPage {
        slug,
        name: book.area_name(area).to_owned(),
        facts: facts(book, area),
        group: group(book, area),
        summary: summary(book, area, share.as_ref()),
        tiles: tiles(book, area),
        services: book.in_order(book.services_of(area)).into_iter().map(|service| row(book, area, service)).collect(),
        trend,
        trend_note: course.note(book.lang),
        launch,
        experience: experience(book, area),
        // A list of what to ask for is for the own staff.
        missing: if book.public { Vec::new() } else { missing(book, area) },
        notes: notes(book, group(book, area).is_some()),
    })
}

fn facts(book: &Book<'_>, area: u32) -> Vec<Fact> {
    let a = book.r.records.register.area(area);
    let region = |key: &String| book.r.records.register.region_names.get(key).unwrap_or(key).clone();
    let mut out = vec![Fact { label: book.say("Schlüssel", "Key").into(), value: a.key.clone() }];
    let mut add = |label: &str, value: String| {
        if !value.is_empty() {
            out.push(Fact { label: label.into(), value });
        }
    };
    add(book.say("Art", "Type"), a.kind.clone());
    add("Kreis", region(&a.kreis));
    let people = a.population.map(|p| format_count(i64::try_from(p).unwrap_or(i64::MAX), book.lang));
    add(book.say("Bevölkerung", "Population"), people.unwrap_or_default());
    if let Some((live, all)) = book.live_services(area, book.r.periods.current) {
        add(book.say("Leistungen online", "Services online"), of(live, all, book.lang));
    }
    out
}

/// The result of the comparison that pages show, for one area and service.
fn peer<'a>(book: &'a Book<'_>, area: u32, service: u32) -> Option<&'a PeerResult> {
    let (_, results) = &book.r.peers[book.peers?];
    results.binary_search_by_key(&(area, service), |p| (p.area, p.service)).ok().map(|at| &results[at])
}

/// `4. von 17`, or the sign in its place.
pub(super) fn position(book: &Book<'_>, area: u32, service: u32) -> String {
    let own = || book.own(book.share, area, service, book.r.periods.current);
    let few = || own().is_some_and(|e| e.flags.contains(&Flag::SmallNumber));
    let Some(p) = peer(book, area, service) else {
        let compared = book.peers.is_some_and(|at| book.r.peers[at].0.group(area, service).is_some());
        let sign = match compared {
            _ if book.public && hidden(own().as_ref()) => Sign::Suppressed,
            true => Sign::Unknown,
            false => Sign::NotApplicable,
        };
        return sign.text().to_owned();
    };
    match p.position {
        Some(_) if p.n < 2 => Sign::NotApplicable.text().to_owned(),
        Some(_) if few() => Sign::Uncertain.text().to_owned(),
        Some(at) => story::position_text(at, p.n, book.lang),
        None => Sign::Uncertain.text().to_owned(),
    }
}

fn group(book: &Book<'_>, area: u32) -> Option<String> {
    let at = book.peers?;
    let all = book.r.peers[at].0.peers(area, ALL_SERVICES).len();
    let known = peer(book, area, ALL_SERVICES).and_then(|p| p.quartiles.as_ref()).map_or(0, |q| q.n);
    let title = &book.r.comparisons[book.r.peers[at].0.comparison].title;
    let (known, count) = (book.count(known), book.count(all));
    let own_hidden = book.public && peer(book, area, ALL_SERVICES).is_none();
    (all > 0).then(|| match (all, book.lang) {
        (2.., Lang::De) if own_hidden => format!("{title}: {count} andere Orte"),
        (2.., Lang::En) if own_hidden => format!("{title}: {count} other towns"),
        (2.., Lang::De) if book.public => format!("{title}: {count} andere Orte, {known} davon mit gezeigten Zahlen"),
        (2.., Lang::En) if book.public => format!("{title}: {count} other towns, numbers shown for {known} of them"),
        (1, Lang::De) => format!("{title}: ein anderer Ort"),
        (1, Lang::En) => format!("{title}: one other town"),
        (_, Lang::De) => format!("{title}: {count} andere Orte, {known} davon mit Zahlen"),
        (_, Lang::En) => format!("{title}: {count} other towns, {known} of them with numbers"),
    })
}

fn summary(book: &Book<'_>, area: u32, share: Option<&Estimate>) -> Vec<Statement> {
    let r = book.r;
    let place = format!("in {}", book.area_name(area));
    let mut out = Vec::new();
    let Some(share) = share.filter(|e| e.value.is_some()) else {
        out.push(Statement::new(if hidden(share) {
            book.say(
                "Der Online-Anteil über alle Leistungen ist für diesen Ort gesperrt.",
                "The online share of all services is hidden for this town.",
            )
        } else if book.public && share.is_some_and(|e| e.expected > 0) {
            book.say(
                "Für diesen Ort lässt sich kein Online-Anteil angeben: Dazu fehlen Zahlen.",
                "No online share can be given for this town: numbers are missing.",
            )
        } else if share.is_some_and(|e| e.expected > 0) {
            book.say(
                "Für diesen Ort lässt sich noch kein Online-Anteil angeben: Es fehlen Zahlen. Welche, steht unten.",
                "No online share can be given for this town yet: numbers are missing. Which ones is listed below.",
            )
        } else {
            book.say(
                "Für diesen Ort lässt sich kein Online-Anteil angeben: In diesem Zeitraum war keine Leistung online, für die Fälle gezählt werden.",
                "No online share can be given for this town: no service with counted cases was online in this period.",
            )
        }));
        return out;
    };
    if let Some(s) = story::adoption(&place, share, r.periods.current, book.lang) {
        out.push(Statement { text: s.text, note: s.note, href: None });
    }
    if let Some(p) = peer(book, area, ALL_SERVICES) {
        let title = &r.comparisons[p.comparison].title;
        if let Some(s) = story::against_group(share, p, title, book.lang) {
            out.push(Statement { text: s.text, note: s.note, href: None });
        }
    }
    if peer(book, area, ALL_SERVICES).is_none_or(|p| p.quartiles.is_none()) {
        out.push(Statement::new(if book.public {
            book.say(
                "In der Vergleichsgruppe gibt es keinen anderen Ort mit gezeigten Zahlen; ein Vergleich ist nicht möglich.",
                "No numbers of another town in the comparison group are shown; no comparison is possible.",
            )
        } else {
            book.say(
                "Es gibt keinen anderen Ort mit Zahlen in der Vergleichsgruppe; ein Vergleich ist nicht möglich.",
                "There is no other town with numbers in the comparison group; no comparison is possible.",
            )
        }));
    }
    if let Some(before) = book.before(|period| book.own(book.share, area, ALL_SERVICES, period))
        && let Some(s) = story::change(share, &before, r.periods.previous, book.lang)
    {
        let new = new_offers(book, area);
        let note = (new > 0).then(|| match (book.lang, new) {
            (Lang::De, 1) => "Eine Leistung ging seit Beginn des früheren Zeitraums online; die Werte beziehen sich nicht auf dieselben Leistungen.".to_owned(),
            (Lang::De, _) => format!("{new} Leistungen gingen seit Beginn des früheren Zeitraums online; die Werte beziehen sich nicht auf dieselben Leistungen."),
            (Lang::En, 1) => "One service went online since the start of the earlier period; the values do not cover the same services.".to_owned(),
            (Lang::En, _) => format!("{new} services went online since the start of the earlier period; the values do not cover the same services."),
        });
        out.push(Statement { text: s.text, note, href: None });
    }
    out
}

fn new_offers(book: &Book<'_>, area: u32) -> usize {
    let periods = &book.r.periods;
    book.services_of(area)
        .into_iter()
        .filter(|&s| {
            book.r.panel.launch(area, s).is_some_and(|m| periods.previous.start < m && m <= periods.current.end())
        })
        .count()
}

fn tiles(book: &Book<'_>, area: u32) -> Vec<Tile> {
    let current = book.r.periods.current;
    let mut out: Vec<Tile> =
        ["online_share", "online_applications", "availability", "online_per_1000", "helpful_share"]
            .iter()
            .filter_map(|id| {
                let e = book.own(number(id), area, ALL_SERVICES, current)?;
                (e.value.is_some() || hidden(Some(&e))).then(|| book.tile(id, Some(&e)))
            })
            .collect();
    out.truncate(4);
    out
}

fn row(book: &Book<'_>, area: u32, service: u32) -> AreaServiceRow {
    let current = book.r.periods.current;
    let share = book.own(book.share, area, service, current);
    let not_live = (book.r.panel.live(area, service, current.end()) == Some(false)).then_some(Sign::NotApplicable);
    let known = share.as_ref().filter(|e| e.numerator.is_some());
    let online = known.and_then(|e| e.numerator);
    let total = known.and_then(|e| e.denominator);
    let (alone, all) =
        (charts::online_count(book, area, service), book.own(number("applications"), area, service, current));
    let withheld = hidden(share.as_ref());
    // A count that is missing because it, or the share that it belongs to, is hidden.
    let count = |n: Option<f64>, of: &Option<Estimate>| match n {
        None if withheld || hidden(of.as_ref()) => Figure::sign(Sign::Suppressed),
        n => book.plain(n),
    };
    let (alone_value, all_value) = (alone.as_ref().and_then(|e| e.value), all.as_ref().and_then(|e| e.value));
    let peer = peer(book, area, service);
    let percent = |v: f64| crate::domain::format_percent(v, 1, book.lang);
    let no_cases = share.as_ref().is_some_and(|e| e.provided > 0 || e.state == EstimateState::NotApplicable);
    let no_group = match peer {
        None if withheld => Sign::Suppressed,
        None if not_live.is_none() && !no_cases => Sign::Unknown,
        _ => Sign::NotApplicable,
    };
    AreaServiceRow {
        id: format!("s-{}", safe_file_name(&book.r.records.catalogue.service(service).key)),
        service: book.service_link(service),
        online: match not_live {
            Some(sign)
                if online.is_none() && alone_value.unwrap_or(0.0) == 0.0 && !withheld && !hidden(alone.as_ref()) =>
            {
                Figure::sign(sign)
            }
            _ => count(online.or(alone_value), &alone),
        },
        other: if not_live.is_some() && online.is_none() && !withheld {
            count(all_value, &all)
        } else {
            count(total.zip(online).map(|(t, o)| t - o), &None)
        },
        total: count(total.or(all_value), &all),
        share: match (&share, not_live) {
            (None, Some(sign)) => Figure::sign(sign),
            (Some(e), _) if e.flags.contains(&Flag::ZeroDenominator) => {
                Figure::sign(Sign::NotApplicable).remark(book.say("keine Fälle", "no cases"))
            }
            (e, _) => book.figure(book.share, e.as_ref()),
        },
        group: peer.and_then(|p| p.pooled).map_or_else(|| Figure::sign(no_group), |v| Figure::new(percent(v))),
        median: peer.and_then(|p| p.quartiles.as_ref()).map_or_else(
            || Figure::sign(no_group),
            |q| {
                let figure = Figure::new(percent(q.median));
                if q.n < 5 { figure } else { figure.interval(story::interval_share(q.q1, q.q3, book.lang)) }
            },
        ),
        position: match peer {
            Some(_) => position(book, area, service),
            None => no_group.text().to_owned(),
        },
        months: completeness(share.as_ref()),
    }
}

/// The service whose launch is best seen: launched within the data, with most applications.
fn launched_service(book: &Book<'_>, area: u32) -> Option<u32> {
    let r = book.r;
    book.services_of(area)
        .into_iter()
        .filter(|&s| {
            r.panel.launch(area, s).is_some_and(|m| r.periods.series.0 <= m && m <= r.periods.series.1.plus(-3))
        })
        .filter_map(|s| Some((book.own(book.share, area, s, r.periods.current)?.denominator?, s)))
        .filter(|(cases, _)| *cases >= LAUNCH_CASES)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, s)| s)
}

/// Feedback and working times: facts, no comparison without a test.
fn experience(book: &Book<'_>, area: u32) -> Vec<Statement> {
    let current = book.r.periods.current;
    let get = |id: &str| book.own(number(id), area, ALL_SERVICES, current).filter(|e| e.value.is_some());
    let mut out = Vec::new();
    if let Some(e) = get("helpful_share").filter(|e| !e.flags.contains(&Flag::SmallNumber)) {
        let figure = book.figure(number("helpful_share"), Some(&e));
        let n = format_count(e.denominator.unwrap_or(0.0) as i64, book.lang);
        let span = figure.interval.map_or_else(String::new, |i| match book.lang {
            Lang::De => format!(" (95-%-Spanne: {i})"),
            Lang::En => format!(" (95% interval: {i})"),
        });
        let mut statement = Statement::new(match book.lang {
            Lang::De => {
                format!("Von {n} Stimmen der Feedback-Schaltfläche nannten {} die Seite hilfreich{span}.", figure.text)
            }
            Lang::En => format!("Of {n} votes of the feedback button, {} found the page helpful{span}.", figure.text),
        });
        statement.note = Some(
            book.say(
                "Wer Erfolg hatte, antwortet freundlicher und eher; die Stimmen sind keine Stichprobe.",
                "People who succeeded answer more kindly and more often; the votes are no sample.",
            )
            .to_owned(),
        );
        out.push(statement);
    }
    if let (Some(online), Some(other)) = (get("handling_minutes.online"), get("handling_minutes.other")) {
        let minutes = |e: &Estimate| format_decimal(e.value.unwrap_or(0.0), 0, book.lang);
        let cases = |e: &Estimate| format_count(e.denominator.unwrap_or(0.0) as i64, book.lang);
        let mut statement = Statement::new(match book.lang {
            Lang::De => format!(
                "Die Bearbeitung dauerte online im Mittel {} Minuten ({} Fälle), auf anderen Wegen {} Minuten ({} Fälle).",
                minutes(&online),
                cases(&online),
                minutes(&other),
                cases(&other)
            ),
            Lang::En => format!(
                "Handling took {} minutes online on average ({} cases) and {} minutes otherwise ({} cases).",
                minutes(&online),
                cases(&online),
                minutes(&other),
                cases(&other)
            ),
        });
        statement.note = Some(
            book.say(
                "Mittelwerte erfasster Fälle, ohne Prüfung des Unterschieds: Die Fälle können sich in ihrer Schwierigkeit unterscheiden.",
                "Means of the cases observed, the difference is not tested: the cases may differ in difficulty.",
            )
            .to_owned(),
        );
        out.push(statement);
    }
    out
}

/// Services named in one row of the missing numbers; more are counted.
const NAMED_SERVICES: usize = 3;

/// Months of the reference period for which a channel was not delivered although the service was live.
fn missing(book: &Book<'_>, area: u32) -> Vec<MissingRow> {
    let r = book.r;
    let mut gaps: BTreeMap<(Vec<Month>, String), Vec<u32>> = BTreeMap::new();
    for service in book.services_of(area) {
        let cells = r.panel.pair(area, service);
        let counts = |m: Measure| matches!(m, Measure::Count(Stage::FormSubmit | Stage::CaseTotal, _));
        let first = cells.iter().filter(|c| counts(c.measure)).map(|c| c.period.start).min();
        let due = |m: Month| r.panel.live(area, service, m).unwrap_or_else(|| first.is_some_and(|first| first <= m));
        let months: Vec<Month> = (0..i32::from(r.periods.current.months))
            .map(|k| r.periods.current.start.plus(k))
            .filter(|&m| due(m))
            .collect();
        let mut measures: Vec<Measure> = cells.iter().map(|c| c.measure).filter(|&m| counts(m)).collect();
        measures.sort_unstable();
        measures.dedup();
        let state = |measure: Measure, m: Month| {
            cells.iter().find(|c| c.measure == measure && c.period.contains(Period::month(m))).map(|c| c.state)
        };
        let lacking = |measure: Measure| -> Vec<Month> {
            let gap = |m: Month| matches!(state(measure, m), None | Some(CellState::NotProvided));
            months.iter().copied().filter(|&m| gap(m)).collect()
        };
        let hidden: Vec<Month> = months
            .iter()
            .copied()
            .filter(|&m| measures.iter().any(|&x| state(x, m) == Some(CellState::SuppressedAtSource)))
            .collect();
        let mut by_months: Vec<(Vec<Month>, Vec<&'static str>)> = Vec::new();
        for &measure in &measures {
            let gap = lacking(measure);
            let Measure::Count(stage, channel) = measure else { continue };
            let name = if channel == Channel::All { stage.label(book.lang) } else { channel.label(book.lang) };
            match by_months.iter_mut().find(|(m, _)| *m == gap) {
                _ if gap.is_empty() => {}
                Some((_, names)) => names.push(name),
                None => by_months.push((gap, vec![name])),
            }
        }
        if measures.is_empty() && !months.is_empty() {
            by_months.push((months.clone(), vec![Channel::All.label(book.lang)]));
        }
        if !hidden.is_empty() {
            by_months.push((hidden, vec![book.say("beim Lieferanten unterdrückt", "suppressed by the deliverer")]));
        }
        for (gap, names) in by_months {
            let channel =
                if names.len() == measures.len() { Channel::All.label(book.lang).to_owned() } else { names.join(", ") };
            gaps.entry((gap, channel)).or_default().push(service);
        }
    }
    gaps.into_iter()
        .map(|((gap, channel), services)| MissingRow {
            service: match (services.len(), book.lang) {
                (..=NAMED_SERVICES, _) => services.iter().map(|&s| book.service_name(s)).collect::<Vec<_>>().join(", "),
                (n, Lang::De) => format!("{n} Leistungen"),
                (n, Lang::En) => format!("{n} services"),
            },
            months: story::month_list(&gap, book.lang),
            channel,
            ask: None,
        })
        .collect()
}

fn notes(book: &Book<'_>, compared: bool) -> Vec<String> {
    let group = book.say(
        "Vergleichswerte enthalten den Ort selbst nicht; der Platz zählt ihn mit.",
        "Group values do not contain the town itself; the position includes it.",
    );
    let always = [
        book.say(
            "Spanne: 95-%-Vertrauensbereich nach Wilson. Je weniger Fälle, desto breiter.",
            "Interval: 95% Wilson interval. The fewer cases, the wider.",
        ),
        book.say(
            "Differenzen sind aus ungerundeten Werten berechnet.",
            "Differences are computed from unrounded values.",
        ),
        book.say(
            "Die Zahl der Onlineanträge umfasst alle Monate, für die sie geliefert wurde; der Online-Anteil nur Monate, für die auch die anderen Eingangswege vorliegen.",
            "The number of online applications covers all months for which it was delivered; the online share only months with the other channels as well.",
        ),
    ];
    let shown = book.say(
        "Vergleichswerte, Quartile und Plätze beziehen sich nur auf Orte, deren Zahlen gezeigt werden.",
        "Group values, quartiles and positions cover only towns whose numbers are shown.",
    );
    let shown = (compared && book.public).then_some(shown);
    always.into_iter().chain(compared.then_some(group)).chain(shown).map(str::to_owned).collect()
}
