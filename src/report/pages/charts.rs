//! Chart specifications from estimates; headlines come from the story.

use std::collections::{BTreeMap, BTreeSet};

use super::{Book, number};
use crate::chart::{
    ChartSpec, DotChart, DotRow, GroupLine, GroupPoint, LaunchChart, Line, Mark, MarkKind, Point, Reference,
    SlopeChart, SlopeItem, Target, TrendChart, Unit,
};
use crate::compare::{LaunchPoint, band_since_launch, curve_since_launch};
use crate::domain::{ALL_SERVICES, Aggregation, Estimate, EstimateKey, Flag, Lang, Month, Period, Text};
use crate::kpi::CATALOGUE;
use crate::stats;
use crate::story;

/// A group of fewer towns draws no band.
const MIN_BAND: usize = 5;
/// Months shown since launch.
pub(super) const LAUNCH_MONTHS: usize = 18;
/// Rows of a ranked chart; more would not be legible on a page.
const MAX_ROWS: usize = 60;
const SHARE: Unit = Unit::Share { decimals: 1 };

fn interval_name(lang: Lang) -> String {
    Text::new("95-%-Spanne", "95% interval").get(lang).to_owned()
}

fn point(e: Option<&Estimate>) -> Point {
    match e.and_then(|e| e.value.map(|v| (v, e.interval()))) {
        Some((value, Some((lower, upper)))) => Point::interval(value, lower, upper),
        Some((value, None)) => Point::value(value),
        None => Point::absent(),
    }
}

fn months(book: &Book<'_>) -> Vec<Month> {
    let (first, last) = book.r.periods.series;
    (0..=last.since(first)).map(|k| first.plus(k)).collect()
}

/// The monthly online share of one area and service (or all) beside its peers.
pub(super) fn trend(book: &Book<'_>, area: u32, service: u32) -> Option<ChartSpec> {
    let lang = book.lang;
    let r = book.r;
    let months = months(book);
    let key = |unit: u32, month: Month| EstimateKey {
        kpi: book.share,
        unit,
        service,
        period: Period::month(month),
        aggregation: Aggregation::Own,
    };
    let own: Vec<Point> = months.iter().map(|&m| point(r.evaluation.months.get(&key(area, m)).as_ref())).collect();
    drawable(&own)?;
    let peers: Vec<u32> = book.peers.map_or_else(Vec::new, |at| r.peers[at].0.peers(area, service));
    let with_values = |p: &&u32| months.iter().any(|&m| r.evaluation.months.value(&key(**p, m)).is_some());
    let n = peers.iter().filter(with_values).count();
    let group = (n >= MIN_BAND).then(|| GroupLine {
        name: match lang {
            Lang::De => format!("Median von {} anderen Orten", book.count(n)),
            Lang::En => format!("median of {} other towns", book.count(n)),
        },
        band: book.say("mittlere Hälfte der anderen Orte", "middle half of the other towns").to_owned(),
        points: months
            .iter()
            .map(|&m| {
                let values: Vec<f64> = peers.iter().filter_map(|&p| r.evaluation.months.value(&key(p, m))).collect();
                group_point(&values)
            })
            .collect(),
    });
    let place = book.area_name(area);
    let now = book.own(book.share, area, service, r.periods.current);
    let before = book.before(|period| book.own(book.share, area, service, period));
    let what = if service == ALL_SERVICES {
        book.say("alle dann online angebotenen Leistungen", "all services online at the time")
    } else {
        book.service_name(service)
    };
    let subtitle = match lang {
        Lang::De => format!(
            "Online-Anteil der Anträge je Monat, {what} mit vollständigen Zahlen; neue Leistungen beginnen bei null"
        ),
        Lang::En => format!(
            "Share of applications made online by month, {what} with complete numbers; new services begin at zero"
        ),
    };
    Some(ChartSpec::Trend(TrendChart {
        header: book.chart_header("trend", story::trend_headline(place, now.as_ref(), before.as_ref(), lang), subtitle),
        lang,
        unit: SHARE,
        first: r.periods.series.0,
        own: Line { name: place.to_owned(), points: own },
        interval: interval_name(lang),
        group,
        marks: marks(book, area, service),
        targets: targets(book, area, service),
    }))
}

/// A course over time needs two months with a value.
fn drawable(points: &[Point]) -> Option<()> {
    (points.iter().filter(|p| p.value.is_some()).count() >= 2).then_some(())
}

fn group_point(values: &[f64]) -> GroupPoint {
    let band = (values.len() >= MIN_BAND).then(|| stats::median_quartiles(values)).flatten();
    GroupPoint {
        median: band.as_ref().map(|q| q.median),
        lower: band.as_ref().map(|q| q.q1),
        upper: band.as_ref().map(|q| q.q3),
        n: u32::try_from(values.len()).ok(),
    }
}

/// Launches and events of an area; events of the same month and name are one mark.
fn marks(book: &Book<'_>, area: u32, service: u32) -> Vec<Mark> {
    let r = book.r;
    let mut out: Vec<Mark> = Vec::new();
    let series = r.periods.series.0..=r.periods.series.1;
    let mut grouped: BTreeMap<(Month, &str), BTreeSet<u32>> = BTreeMap::new();
    let launch = kind_name("launch", book.lang);
    for ((a, s), _) in
        r.panel.offers_sorted().filter(|((a, s), _)| *a == area && (service == ALL_SERVICES || *s == service))
    {
        if let Some(month) = r.panel.launch(a, s).filter(|month| series.contains(month)) {
            grouped.entry((month, launch)).or_default().insert(s);
        }
    }
    for event in &r.records.events {
        let here = event.area.is_none_or(|a| a == area);
        let concerns = service == ALL_SERVICES || event.service.is_none_or(|s| s == service);
        let month = Month::of(event.from);
        let shown = series.contains(&month);
        // On the chart of all services only what is about live services belongs; what preceded a
        // launch is on the service's own chart.
        let live = service != ALL_SERVICES || event.kind != "participation";
        if here && concerns && live && shown {
            grouped.entry((month, kind_name(&event.kind, book.lang))).or_default().extend(event.service);
        }
    }
    for ((month, kind), services) in grouped {
        let label = match (services.first(), services.len(), book.lang) {
            (Some(one), 1, _) if service == ALL_SERVICES => format!("{kind}: {}", book.service_name(*one)),
            (_, 2.., Lang::De) if service == ALL_SERVICES => format!("{kind}: {} Leistungen", services.len()),
            (_, 2.., Lang::En) if service == ALL_SERVICES => format!("{kind}: {} services", services.len()),
            _ => kind.to_owned(),
        };
        let mark = if kind == launch { MarkKind::Launch } else { MarkKind::Event };
        out.push(Mark { month, label, kind: mark });
    }
    out
}

/// Fewer towns than this make no mark on the chart of all towns.
const WIDESPREAD: usize = 10;

/// Events that concerned many towns in the same month.
fn widespread(book: &Book<'_>, service: u32) -> Vec<Mark> {
    let series = book.r.periods.series.0..=book.r.periods.series.1;
    let mut grouped: BTreeMap<(Month, &str), BTreeSet<Option<u32>>> = BTreeMap::new();
    for event in &book.r.records.events {
        let month = Month::of(event.from);
        let concerns = service == ALL_SERVICES || event.service.is_none_or(|s| s == service);
        if concerns && event.kind != "participation" && series.contains(&month) {
            grouped.entry((month, kind_name(&event.kind, book.lang))).or_default().insert(event.area);
        }
    }
    let marks = grouped.into_iter().filter(|(_, areas)| areas.len() >= WIDESPREAD || areas.contains(&None));
    marks
        .map(|((month, kind), areas)| Mark {
            month,
            label: match book.lang {
                _ if areas.contains(&None) => kind.to_owned(),
                Lang::De => format!("{kind}: {} Orte", areas.len()),
                Lang::En => format!("{kind}: {} towns", areas.len()),
            },
            kind: MarkKind::Event,
        })
        .collect()
}

/// The usual kinds of events in words; an own kind stays as it is.
pub(super) fn kind_name(kind: &str, lang: Lang) -> &str {
    let text = match kind {
        "participation" => Text::new("Beteiligung", "participation"),
        "campaign" => Text::new("Kampagne", "campaign"),
        "training" => Text::new("Schulung", "training"),
        "advice" => Text::new("Beratung", "advice"),
        "outage" => Text::new("Störung", "outage"),
        "launch" => Text::new("Start", "launch"),
        "milestone" => Text::new("Meilenstein", "milestone"),
        _ => return kind,
    };
    text.get(lang)
}

fn targets(book: &Book<'_>, area: u32, service: u32) -> Vec<Target> {
    let wanted = (service != ALL_SERVICES).then_some(service);
    let mut out: Vec<Target> = book
        .r
        .records
        .targets
        .iter()
        .filter(|t| t.measure == "online_share" && t.area.is_none_or(|a| a == area) && t.service == wanted)
        .map(|t| {
            let value = SHARE.format(t.value, book.lang);
            let label = if t.label.is_empty() { book.say("Ziel", "target") } else { t.label.as_str() };
            Target { value: t.value, due: Some(Month::of(t.date)), label: format!("{label}: {value}") }
        })
        .collect();
    out.dedup();
    out
}

/// Months since launch of one area beside comparable launches of the same service.
pub(super) fn launch(book: &Book<'_>, area: Option<u32>, service: u32) -> Option<ChartSpec> {
    let r = book.r;
    let lang = book.lang;
    let curve = |a: u32| curve_since_launch(&r.panel, &r.evaluation.months, book.share, a, service, LAUNCH_MONTHS);
    // Only launches whose first months are in the data: a curve that begins in month 20 is not comparable.
    let comparable = |a: u32| r.panel.launch(a, service).is_some_and(|m| m >= r.periods.series.0);
    let towns: Vec<u32> = r.panel.offers_sorted().filter(|((_, s), _)| *s == service).map(|((a, _), _)| a).collect();
    let others: Vec<_> =
        towns.iter().copied().filter(|&a| Some(a) != area && comparable(a)).filter_map(curve).collect();
    let band = band_since_launch(&others, LAUNCH_MONTHS);
    let own = area.filter(|&a| comparable(a)).and_then(curve);
    if own.is_none() && (area.is_some() || band.iter().all(|p| p.median.is_none())) {
        return None;
    }
    let name = book.service_name(service);
    let headline = match (area, own.as_ref().and_then(|c| last_value(&c.values)), lang) {
        (Some(a), Some((k, value)), Lang::De) => {
            format!("{name} in {}: {} im Monat {k} nach dem Start", book.area_name(a), SHARE.format(value, lang))
        }
        (Some(a), Some((k, value)), Lang::En) => {
            format!("{name} in {}: {} in month {k} after launch", book.area_name(a), SHARE.format(value, lang))
        }
        _ => launch_headline(&band, name, lang),
    };
    let subtitle = match lang {
        Lang::De => "Online-Anteil nach Monaten seit dem Start (Monat 0 = Startmonat)".to_owned(),
        Lang::En => "Online share by months since launch (month 0 = month of launch)".to_owned(),
    };
    let own_line = Line {
        name: area.map_or_else(String::new, |a| book.area_name(a).to_owned()),
        points: own
            .map_or_else(Vec::new, |c| c.values.iter().map(|v| v.map_or_else(Point::absent, Point::value)).collect()),
    };
    Some(ChartSpec::Launch(LaunchChart {
        header: book.chart_header("launch", headline, subtitle),
        lang,
        unit: SHARE,
        own: own_line,
        interval: String::new(),
        group: (!others.is_empty()).then(|| group_line(&band, others.len(), book)),
    }))
}

fn last_value(values: &[Option<f64>]) -> Option<(usize, f64)> {
    values.iter().enumerate().rev().find_map(|(k, v)| v.map(|v| (k, v)))
}

fn launch_headline(band: &[LaunchPoint], name: &str, lang: Lang) -> String {
    let last = band.iter().enumerate().rev().find_map(|(k, p)| p.median.map(|m| (k, m, p.n)));
    match (last, lang) {
        (Some((k, median, n)), Lang::De) => {
            format!("{name}: {} nach {k} Monaten (Median von {n} Orten)", SHARE.format(median, lang))
        }
        (Some((k, median, n)), Lang::En) => {
            format!("{name}: {} after {k} months (median of {n} towns)", SHARE.format(median, lang))
        }
        (None, _) => name.to_owned(),
    }
}

pub(super) fn group_line(band: &[LaunchPoint], n: usize, book: &Book<'_>) -> GroupLine {
    let shown = band.iter().rposition(|p| p.median.is_some()).map_or(0, |at| at + 1);
    GroupLine {
        name: match book.lang {
            Lang::De => format!("Median von {n} Starts"),
            Lang::En => format!("median of {n} launches"),
        },
        band: book.say("mittlere Hälfte der Orte", "middle half of the towns").to_owned(),
        points: band
            .iter()
            .take(shown)
            .map(|p| GroupPoint { median: p.median, lower: p.q1, upper: p.q3, n: u32::try_from(p.n).ok() })
            .collect(),
    }
}

/// The towns of one service, ranked, with their intervals.
pub(super) fn ranking(book: &Book<'_>, service: u32) -> ChartSpec {
    let r = book.r;
    let lang = book.lang;
    let mut rows: Vec<(f64, DotRow, Option<f64>, bool)> = Vec::new();
    for (key, e) in r.evaluation.periods.iter() {
        let wanted = key.kpi == book.share
            && key.service == service
            && key.period == r.periods.current
            && key.aggregation == Aggregation::Own;
        if wanted {
            let row = DotRow { name: book.area_name(key.unit).to_owned(), point: point(Some(&e)), own: false };
            rows.push((e.denominator.unwrap_or(0.0), row, e.value, e.flags.contains(&Flag::SmallNumber)));
        }
    }
    let all = rows.len();
    let values: Vec<f64> = rows.iter().filter_map(|(_, _, v, _)| *v).collect();
    let median = stats::median_quartiles(&values).map(|q| q.median);
    let firm: Vec<f64> = rows.iter().filter(|(_, _, _, few)| !few).filter_map(|(_, _, v, _)| *v).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    rows.truncate(MAX_ROWS);
    let name = book.service_name(service);
    let range = firm.iter().copied().reduce(f64::min).zip(firm.iter().copied().reduce(f64::max));
    let headline = match (range, lang) {
        (Some((low, high)), Lang::De) => {
            format!("{name}: {} bis {} der Anträge kommen online", SHARE.format(low, lang), SHARE.format(high, lang))
        }
        (Some((low, high)), Lang::En) => {
            format!(
                "{name}: {} to {} of applications are made online",
                SHARE.format(low, lang),
                SHARE.format(high, lang)
            )
        }
        (None, _) => name.to_owned(),
    };
    // The headline leaves out towns with a handful of cases; the picture shows them.
    let few = values.len() > firm.len();
    let headline = match (few && !firm.is_empty(), lang) {
        (true, Lang::De) => format!("{headline} (Orte ab {} Fällen)", CATALOGUE[usize::from(book.share)].minimum_n),
        (true, Lang::En) => format!("{headline} (towns from {} cases)", CATALOGUE[usize::from(book.share)].minimum_n),
        (false, _) => headline,
    };
    let when = story::period_text(r.periods.current, lang);
    let mut subtitle = match lang {
        Lang::De => format!(
            "Online-Anteil je Ort mit 95-%-Spanne, {when}; Spannen, die sich überdecken, erlauben keine Reihenfolge"
        ),
        Lang::En => format!("Online share by town with 95% interval, {when}; overlapping intervals allow no order"),
    };
    if all > MAX_ROWS {
        subtitle.push_str(&match lang {
            Lang::De => format!("; die {MAX_ROWS} Orte mit den meisten Anträgen von {all}"),
            Lang::En => format!("; the {MAX_ROWS} towns with most applications of {all}"),
        });
    }
    ChartSpec::Dots(DotChart {
        header: book.chart_header("ranking", headline, subtitle),
        lang,
        unit: SHARE,
        row_label: book.say("Ort", "Town").to_owned(),
        rows: rows.into_iter().map(|(_, row, _, _)| row).collect(),
        interval: interval_name(lang),
        reference: median
            .map(|value| Reference { label: book.say("Median der Orte", "median of towns").to_owned(), value }),
    })
}

/// The services before and now, all areas together.
pub(super) fn slope(book: &Book<'_>) -> Option<ChartSpec> {
    let r = book.r;
    let lang = book.lang;
    let all = book.everything();
    let mut items: Vec<(f64, SlopeItem)> = Vec::new();
    for &service in book.service_slugs.keys() {
        let now = book.pooled(book.share, all, service, r.periods.current);
        let before = book.pooled(book.share, all, service, r.periods.previous);
        let (Some(now), Some(before)) = (now, before) else { continue };
        if now.value.is_none() || before.value.is_none() {
            continue;
        }
        items.push((
            now.denominator.unwrap_or(0.0),
            SlopeItem {
                name: book.service_name(service).to_owned(),
                before: before.value,
                after: now.value,
                own: false,
            },
        ));
    }
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    items.truncate(8);
    if items.len() < 2 {
        return None;
    }
    let (low, high) =
        items.iter().filter_map(|(_, i)| i.after).fold((1.0f64, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
    let (low, high) = (SHARE.format(low, lang), SHARE.format(high, lang));
    let headline = match lang {
        Lang::De => format!("Die {} antragsstärksten Leistungen: {low} bis {high} kommen online", items.len()),
        Lang::En => format!("The {} services with most applications: {low} to {high} are made online", items.len()),
    };
    let subtitle = match lang {
        Lang::De => {
            "Online-Anteil aller Orte zusammen, die antragsstärksten Leistungen; ob sich eine Leistung verändert hat, steht auf ihrer Seite"
        }
        Lang::En => {
            "Online share of all towns together, the services with most applications; whether a service changed is said on its page"
        }
    };
    Some(ChartSpec::Slope(SlopeChart {
        header: book.chart_header("slope", headline, subtitle.to_owned()),
        lang,
        unit: SHARE,
        row_label: book.say("Leistung", "Service").to_owned(),
        before: story::period_text(r.periods.previous, lang),
        after: story::period_text(r.periods.current, lang),
        items: items.into_iter().map(|(_, item)| item).collect(),
    }))
}

/// The monthly share of all areas together, or of one service in all areas.
pub(super) fn trend_of_all(book: &Book<'_>, service: u32) -> Option<ChartSpec> {
    let r = book.r;
    let lang = book.lang;
    let all = book.everything();
    let points: Vec<Point> = months(book)
        .iter()
        .map(|&m| {
            let key = EstimateKey {
                kpi: book.share,
                unit: all,
                service,
                period: Period::month(m),
                aggregation: Aggregation::RatioOfSums,
            };
            point(r.evaluation.months.get(&key).as_ref())
        })
        .collect();
    drawable(&points)?;
    let name = if service == ALL_SERVICES { book.say("Alle Orte", "All towns") } else { book.service_name(service) };
    let now = book.pooled(book.share, all, service, r.periods.current);
    let before = book.before(|period| book.pooled(book.share, all, service, period));
    let subtitle = match lang {
        Lang::De => {
            "Online-Anteil aller Orte zusammen je Monat; die Spanne berücksichtigt, dass Orte sich unterscheiden"
        }
        Lang::En => "Online share of all towns together by month; the interval knows that towns differ",
    };
    Some(ChartSpec::Trend(TrendChart {
        header: book.chart_header(
            "trend",
            story::trend_headline(name, now.as_ref(), before.as_ref(), lang),
            subtitle.to_owned(),
        ),
        lang,
        unit: SHARE,
        first: r.periods.series.0,
        own: Line { name: book.say("alle Orte", "all towns").to_owned(), points },
        interval: interval_name(lang),
        group: None,
        marks: widespread(book, service),
        targets: targets(book, u32::MAX, service),
    }))
}

/// Number of online applications of an area in the reference period.
pub(super) fn online_count(book: &Book<'_>, area: u32, service: u32) -> Option<Estimate> {
    book.own(number("online_applications"), area, service, book.r.periods.current)
}
