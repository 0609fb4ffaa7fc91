use std::collections::BTreeMap;

use super::{Book, MANY_AREAS, charts, completeness, hidden, number, of, trend};
use crate::Result;
use crate::domain::{ALL_SERVICES, Aggregation, Estimate, Flag, Lang, Month, format_count};
use crate::ingest::Area;
use crate::publish::{Staging, safe_file_name};
use crate::report::view::{Figure, GroupRow, ServiceRow, Sign, SourceRow, StartPage, Statement, Tile, TownRow};
use crate::stats;
use crate::story;

/// Services listed where there are too many for a page each.
const MOST_SERVICES: usize = 50;

pub(super) fn page(book: &Book<'_>, stage: &Staging) -> Result<StartPage> {
    let r = book.r;
    let all = book.everything();
    let current = r.periods.current;
    let share = book.pooled(book.share, all, ALL_SERVICES, current);
    let before = book.before(|period| book.pooled(book.share, all, ALL_SERVICES, period));
    let mut known = Vec::new();
    if let Some(e) = &share {
        let place = book.say("in allen Orten zusammen", "in all towns together");
        if let Some(s) = story::adoption(place, e, current, book.lang) {
            let notes: Vec<String> = s.note.into_iter().chain(outside(book, all, e)).collect();
            let note = (!notes.is_empty()).then(|| notes.join(" "));
            known.push(Statement { text: s.text, note, href: Some("#services".into()) });
        }
    }
    if hidden(share.as_ref()) {
        known.push(Statement::new(book.say(
            "Der Online-Anteil aller Orte und Leistungen zusammen ist gesperrt.",
            "The online share of all towns and services together is hidden.",
        )));
    }
    known.extend(spread(book));
    for event in &book.events {
        let what = super::comparison::event_name(book, event.at);
        let live = r.ladders.live.iter().find(|(at, _)| *at == event.at);
        let (said, note) = match (live, event.arms.first()) {
            (Some((_, ladder)), _) => (story::live_answer(ladder, what, book.lang), None),
            (None, Some(all)) => {
                let s = story::arms_sentence(all, what, book.lang);
                (s.text, s.note)
            }
            (None, None) => continue,
        };
        let text = format!("{}: {said}", r.comparisons[event.at].title);
        known.push(Statement { text, note, href: Some(event.path(book.lang)) });
    }
    let mut changes = Vec::new();
    if let (Some(now), Some(before)) = (&share, &before)
        && let Some(s) = story::change(now, before, r.periods.previous, book.lang)
    {
        changes.push(Statement { text: s.text, note: launched_note(book), href: None });
    }
    let mut drawn = Vec::new();
    let course = trend::trend_of_all(book, ALL_SERVICES);
    drawn.extend(book.draw(course.chart(), Some((stage, "all-trend")))?);
    drawn.extend(book.draw(charts::slope(book).as_ref(), Some((stage, "all-slope")))?);
    Ok(StartPage {
        tiles: tiles(book, all),
        known,
        changes,
        charts: drawn,
        charts_note: course.note(book.lang),
        completeness: completeness(share.as_ref()),
        sources: sources(book),
        share_label: book.say("Online-Anteil", "Online share").to_owned(),
        towns: towns(book),
        towns_note: without_page(book),
        groups: if book.public { groups(book) } else { Vec::new() },
        services: services(book),
        limits: limits(book),
    })
}

fn tiles(book: &Book<'_>, all: u32) -> Vec<Tile> {
    let current = book.r.periods.current;
    ["online_share", "online_applications", "applications", "availability", "helpful_share"]
        .iter()
        .filter_map(|id| {
            let e = book.pooled(number(id), all, ALL_SERVICES, current)?;
            (e.value.is_some() || hidden(Some(&e))).then(|| book.tile(id, Some(&e)))
        })
        .collect()
}

/// Applications that the share cannot count, so that nobody divides the tiles by each other.
fn outside(book: &Book<'_>, all: u32, share: &Estimate) -> Option<String> {
    let total = book.pooled(number("applications"), all, ALL_SERVICES, book.r.periods.current)?;
    // Two sums that leave out hidden services may leave out different ones.
    if [&total, share].iter().any(|e| e.flags.contains(&Flag::WithoutSuppressed)) {
        return None;
    }
    let rest = total.value? - share.denominator?;
    (rest > 0.0).then(|| {
        let rest = format_count(rest.round() as i64, book.lang);
        match book.lang {
            Lang::De => format!(
                "Weitere {rest} Anträge zählen nicht mit: Die Leistung war noch nicht online, oder es fehlt die Zahl der Onlineanträge."
            ),
            Lang::En => format!(
                "Another {rest} applications are not counted: the service was not online, or the number of online applications is missing."
            ),
        }
    })
}

/// Median and middle half of the towns.
fn spread(book: &Book<'_>) -> Option<Statement> {
    let r = book.r;
    let values: Vec<f64> = r
        .evaluation
        .periods
        .iter()
        .filter(|(k, _)| {
            k.kpi == book.share
                && k.service == ALL_SERVICES
                && k.period == r.periods.current
                && k.aggregation == Aggregation::Own
        })
        .filter_map(|(_, e)| e.value)
        .collect();
    let q = stats::median_quartiles(&values).filter(|q| q.n >= 5)?;
    let (median, middle) =
        (crate::domain::format_percent(q.median, 1, book.lang), story::interval_share(q.q1, q.q3, book.lang));
    Some(Statement::new(match book.lang {
        Lang::De if book.public => format!(
            "Der Median der {} Orte, deren Zahlen gezeigt werden, beträgt {median}; die mittlere Hälfte dieser Orte reicht von {middle}.",
            q.n
        ),
        Lang::En if book.public => format!(
            "The median of the {} towns whose numbers are shown is {median}; the middle half of these towns ranges from {middle}.",
            q.n
        ),
        Lang::De => format!(
            "Der Median der {} Orte mit Zahlen beträgt {median}; die mittlere Hälfte der Orte reicht von {middle}.",
            q.n
        ),
        Lang::En => format!(
            "The median of the {} towns with numbers is {median}; the middle half of the towns ranges from {middle}.",
            q.n
        ),
    }))
}

/// New launches make two periods differ in what they contain.
fn launched_note(book: &Book<'_>) -> Option<String> {
    let r = book.r;
    let launched = r
        .panel
        .offers_sorted()
        .filter(|((area, service), _)| {
            r.panel
                .launch(*area, *service)
                .is_some_and(|m| r.periods.previous.start < m && m <= r.periods.current.end())
        })
        .count();
    (launched > 0).then(|| match book.lang {
        Lang::De => format!(
            "In diesen beiden Zeiträumen gingen {launched} Angebote (Leistung in einem Ort) online; die Werte beziehen sich deshalb nicht auf dieselben Angebote."
        ),
        Lang::En => format!(
            "In these two periods {launched} offers (a service in a town) went online; the values therefore do not cover the same offers."
        ),
    })
}

fn sources(book: &Book<'_>) -> Vec<SourceRow> {
    let kind = |name: &str| book.project.sources.iter().find(|s| s.name == name).map(|s| s.kind);
    let records = &book.r.records;
    let mut periods: BTreeMap<&str, (Month, Month)> = BTreeMap::new();
    for fact in &records.facts {
        let Some((name, _)) = records.sources.get(usize::from(fact.source)) else { continue };
        let span = periods.entry(name).or_insert((fact.period.start, fact.period.end()));
        *span = (span.0.min(fact.period.start), span.1.max(fact.period.end()));
    }
    let balances = &book.r.findings.balances;
    balances
        .iter()
        .map(|(name, b)| SourceRow {
            name: name.clone(),
            kind: kind(name).map_or_else(String::new, |k| super::quality::kind_name(k, book.lang).to_owned()),
            period: periods.get(name.as_str()).map_or_else(
                || Sign::NotApplicable.text().to_owned(),
                |&(from, to)| {
                    let months = u16::try_from(to.since(from) + 1).unwrap_or(1);
                    story::period_text(crate::domain::Period::span(from, months), book.lang)
                },
            ),
            // Repeated records and totals that are passed over as declared are no loss.
            completeness: crate::report::view::Completeness {
                provided: u32::try_from(b.accepted).unwrap_or(u32::MAX),
                expected: u32::try_from(b.accepted + b.errors).unwrap_or(u32::MAX),
            },
            quarantined: if b.quarantined == 0 {
                Sign::Zero.text().to_owned()
            } else {
                book.count(usize::try_from(b.quarantined).unwrap_or(usize::MAX))
            },
        })
        .collect()
}

fn towns(book: &Book<'_>) -> Vec<TownRow> {
    let r = book.r;
    let population = |a: &Area| a.population.map(|p| p as f64);
    let mut sorted = book.listed.clone();
    sorted.sort_by_cached_key(|area| {
        book.area_slugs.get(area).cloned().unwrap_or_else(|| safe_file_name(book.area_name(*area)))
    });
    sorted
        .into_iter()
        .map(|area| {
            let share = book.own(book.share, area, ALL_SERVICES, r.periods.current);
            TownRow {
                town: book.area_link(area),
                population: book.plain(population(r.records.register.area(area))),
                live: match book.live_services(area, r.periods.current) {
                    Some((live, all)) => Figure::new(of(live, all, book.lang)),
                    None => Figure::sign(Sign::Unknown),
                },
                share: book.figure(book.share, share.as_ref()),
                position: super::area::position(book, area, ALL_SERVICES),
                completeness: completeness(share.as_ref()),
            }
        })
        .collect()
}

/// Says of how many towns nothing may be shown.
fn without_page(book: &Book<'_>) -> Option<String> {
    let n = book.listed.len() - book.pages.len();
    match (n, book.lang) {
        (0, _) => None,
        (1, Lang::De) => Some(
            "Ein Ort hat keine eigene Seite, weil keine seiner Nutzungszahlen gezeigt werden darf; in den Listen steht dafür „·“. Seine Fälle zählen in den Summen der Gruppen mit, soweit diese gezeigt werden.".to_owned(),
        ),
        (1, Lang::En) => Some(
            "One town has no page of its own because none of its numbers of use may be shown; lists print “·” instead. Its cases count in the sums of the groups, as far as these are shown.".to_owned(),
        ),
        (n, Lang::De) => Some(format!(
            "{} Orte haben keine eigene Seite, weil keine ihrer Nutzungszahlen gezeigt werden darf; in den Listen steht dafür „·“. Ihre Fälle zählen in den Summen der Gruppen mit, soweit diese gezeigt werden.",
            book.count(n)
        )),
        (n, Lang::En) => Some(format!(
            "{} towns have no page of their own because none of their numbers of use may be shown; lists print “·” instead. Their cases count in the sums of the groups, as far as these are shown.",
            book.count(n)
        )),
    }
}

/// Size classes and Kreise, in which towns with hidden numbers are counted.
fn groups(book: &Book<'_>) -> Vec<GroupRow> {
    let r = book.r;
    let of_kind = |kind: &'static str| r.units.groups().filter(move |(_, u)| u.dimension == kind);
    let kreise = of_kind("kreis").take(MANY_AREAS).map(|(unit, u)| (unit, u, book.say("Kreis", "District")));
    let classes = of_kind("size_class").map(|(unit, u)| (unit, u, book.say("Größenklasse", "Size class")));
    classes
        .chain(kreise)
        .filter_map(|(unit, u, kind)| {
            let share = book.pooled(book.share, unit, ALL_SERVICES, r.periods.current)?;
            Some(GroupRow {
                kind: kind.to_owned(),
                name: u.name.clone(),
                towns: book.count(u.members.len()),
                online: book.online(Some(&share)),
                total: book.total(Some(&share)),
                share: book.figure(book.share, Some(&share)),
            })
        })
        .collect()
}

/// All services with numbers; where these are too many for pages, the ones with most applications.
fn shown_services(book: &Book<'_>) -> Vec<u32> {
    if !book.service_slugs.is_empty() {
        return book.in_order(book.service_slugs.keys().copied());
    }
    let (all, current) = (book.everything(), book.r.periods.current);
    let size = |service: u32| book.pooled(number("applications"), all, service, current).and_then(|e| e.value);
    let mut sized: Vec<(f64, u32)> = book.presence.used.iter().filter_map(|&s| Some((size(s)?, s))).collect();
    sized.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    sized.into_iter().take(MOST_SERVICES).map(|(_, s)| s).collect()
}

fn services(book: &Book<'_>) -> Vec<ServiceRow> {
    let r = book.r;
    let all = book.everything();
    shown_services(book)
        .into_iter()
        .map(|service| {
            let share = book.pooled(book.share, all, service, r.periods.current);
            let values: Vec<f64> = (0..r.units.areas())
                .filter_map(|a| {
                    let area = u32::try_from(a).ok()?;
                    r.evaluation.periods.value(&crate::domain::EstimateKey {
                        kpi: book.share,
                        unit: area,
                        service,
                        period: r.periods.current,
                        aggregation: Aggregation::Own,
                    })
                })
                .collect();
            let offers = || r.panel.offers_sorted().filter(|((_, s), o)| *s == service && o.owed != Some(false));
            let live =
                offers().filter(|((a, s), _)| r.panel.live(*a, *s, r.periods.current.end()) == Some(true)).count();
            ServiceRow {
                service: book.service_link(service),
                live: if r.panel.knows_offers() {
                    Figure::new(of(live, offers().count(), book.lang))
                } else {
                    Figure::sign(Sign::Unknown)
                },
                online: book.online(share.as_ref()),
                total: book.total(share.as_ref()),
                share: book.figure(book.share, share.as_ref()),
                median: match stats::median_quartiles(&values) {
                    Some(q) => Figure::new(crate::domain::format_percent(q.median, 1, book.lang)),
                    None if book.hides(service) => Figure::sign(Sign::Suppressed),
                    None => Figure::sign(Sign::Unknown),
                },
            }
        })
        .collect()
}

fn limits(book: &Book<'_>) -> Vec<String> {
    let mut out = vec![
        book.say(
            "Die Zahl der Onlineanträge umfasst alle Monate, für die sie geliefert wurde; der Online-Anteil nur Monate, für die auch die anderen Eingangswege vorliegen.",
            "The number of online applications covers all months for which it was delivered; the online share only months with the other channels as well.",
        ),
        book.say(
            "Fälle sind keine Personen: Wer zwei Anträge stellt, zählt zweimal.",
            "Cases are not persons: whoever makes two applications counts twice.",
        ),
        book.say(
            "Der Online-Anteil zählt nur Monate, in denen die Leistung online war und alle Eingangswege geliefert wurden.",
            "The online share counts only months in which the service was online and all channels were delivered.",
        ),
        book.say(
            "Unterschiede zwischen Orten sagen nicht, woran sie liegen: Größe, Plattform, Reifegrad und Werbung wirken zugleich.",
            "Differences between towns do not say what causes them: size, platform, maturity and advertising act at the same time.",
        ),
    ];
    if !book.r.panel.knows_offers() {
        out.push(book.say(
            "Was wo seit wann angeboten wird, wurde nicht geliefert; Verfügbarkeit und Starttermine fehlen deshalb.",
            "What is offered where since when was not delivered; availability and launch dates are therefore missing.",
        ));
    }
    if book.public {
        out.push(book.say(
            "Zahlen mit dem Zeichen „·“ sind gesperrt; die Seite „Datenschutz“ erklärt, warum.",
            "Numbers with the sign “·” are hidden; the page “Disclosure control” explains why.",
        ));
        out.push(book.say(
            "Mediane, Quartile, Plätze und Vergleiche beziehen sich nur auf Orte, deren Zahlen gezeigt werden.",
            "Medians, quartiles, positions and comparisons cover only towns whose numbers are shown.",
        ));
    }
    if book.listed.is_empty() {
        out.push(book.say(
            "Für einzelne Orte wurden keine Seiten geschrieben; „report.areas“ in resonanz.toml legt fest, für welche es Seiten gibt.",
            "No pages were written for single towns; \"report.areas\" in resonanz.toml says for which there are pages.",
        ));
    }
    if book.service_slugs.is_empty() {
        out.push(book.say(
            "Für so viele Leistungen gibt es keine einzelnen Seiten; die Liste nennt die antragsstärksten, alle stehen in den Tabellen unter data.",
            "There are no single pages for so many services; the list names those with most applications, all are in the tables under data.",
        ));
    }
    out.into_iter().map(str::to_owned).collect()
}
