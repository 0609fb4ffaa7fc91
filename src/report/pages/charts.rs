//! Chart specifications from estimates; headlines come from the story.

use super::{Book, number};
use crate::chart::{
    ChartSpec, DotChart, DotRow, GroupLine, GroupPoint, LaunchChart, Line, Point, Reference, SlopeChart, SlopeItem,
    Unit,
};
use crate::compare::{LaunchPoint, band_since_launch, curve_since_launch};
use crate::domain::{Aggregation, Estimate, EstimateKey, EstimateState, Flag, Lang, Period, Text};
use crate::kpi::CATALOGUE;
use crate::stats;
use crate::story;

/// Months shown since launch.
pub(super) const LAUNCH_MONTHS: usize = 18;
/// Rows of a ranked chart; more would not be legible on a page.
const MAX_ROWS: usize = 60;
pub(super) const SHARE: Unit = Unit::Share { decimals: 1 };

pub(super) fn interval_name(lang: Lang) -> String {
    Text::new("95-%-Spanne", "95% interval").get(lang).to_owned()
}

pub(super) fn point(e: Option<&Estimate>) -> Point {
    match e.and_then(|e| e.value.map(|v| (v, e.interval()))) {
        Some((value, Some((lower, upper)))) => Point::interval(value, lower, upper),
        Some((value, None)) => Point::value(value),
        None => Point::absent(),
    }
}

/// In place of a value that disclosure control hides.
pub(super) fn hidden_point() -> Point {
    Point::absent_because(Text::new("· gesperrt", "· hidden"))
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
    // Months that are hidden would look like months that were not delivered.
    let withheld = |a: u32| book.public && hides_months(book, a, service);
    let own = area.filter(|&a| comparable(a) && !withheld(a)).and_then(curve);
    if own.is_none() && (area.is_some() || band.iter().all(|p| p.median.is_none())) {
        return None;
    }
    // A column without any value reads like missing data.
    let banded = band.iter().any(|p| p.median.is_some());
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
    let mut subtitle = match lang {
        Lang::De => "Online-Anteil nach Monaten seit dem Start (Monat 0 = Startmonat)".to_owned(),
        Lang::En => "Online share by months since launch (month 0 = month of launch)".to_owned(),
    };
    if book.hides(service) {
        subtitle.push_str(
            book.say("; nur Orte, deren Monatswerte gezeigt werden", "; only towns whose monthly values are shown"),
        );
    }
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
        group: (!others.is_empty() && (!book.public || banded)).then(|| group_line(&band, others.len(), book)),
    }))
}

/// Whether a month since the launch is hidden.
fn hides_months(book: &Book<'_>, area: u32, service: u32) -> bool {
    let Some(launch) = book.r.panel.launch(area, service) else { return false };
    let months = i32::try_from(LAUNCH_MONTHS).unwrap_or(0);
    (0..months).any(|k| {
        let period = Period::month(launch.plus(k));
        let key = EstimateKey { kpi: book.share, unit: area, service, period, aggregation: Aggregation::Own };
        super::hidden(book.r.evaluation.months.get(&key).as_ref())
    })
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
    let mut hidden = 0;
    for (key, e) in r.evaluation.periods.iter() {
        let wanted = key.kpi == book.share
            && key.service == service
            && key.period == r.periods.current
            && key.aggregation == Aggregation::Own;
        if wanted && e.state == EstimateState::Suppressed {
            hidden += 1;
        } else if wanted {
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
    let least = CATALOGUE[usize::from(book.share)].minimum_n;
    let headline = match (few && !firm.is_empty(), hidden > 0, lang) {
        (true, false, Lang::De) => format!("{headline} (Orte ab {least} Fällen)"),
        (true, true, Lang::De) => format!("{headline} (gezeigte Orte ab {least} Fällen)"),
        (true, false, Lang::En) => format!("{headline} (towns from {least} cases)"),
        (true, true, Lang::En) => format!("{headline} (towns shown, from {least} cases)"),
        (false, true, Lang::De) => format!("{headline} (gezeigte Orte)"),
        (false, true, Lang::En) => format!("{headline} (towns shown)"),
        (false, false, _) => headline,
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
    match (hidden, lang) {
        (0, _) => {}
        (1, Lang::De) => subtitle.push_str("; ein Ort mit gesperrtem Wert ist nicht im Bild"),
        (1, Lang::En) => subtitle.push_str("; one town whose value is hidden is not in the picture"),
        (n, Lang::De) => {
            subtitle.push_str(&format!("; {} Orte mit gesperrtem Wert sind nicht im Bild", book.count(n)));
        }
        (n, Lang::En) => {
            subtitle.push_str(&format!("; {} towns whose values are hidden are not in the picture", book.count(n)));
        }
    }
    let middle = if hidden > 0 {
        book.say("Median der gezeigten Orte", "median of the towns shown")
    } else {
        book.say("Median der Orte", "median of towns")
    };
    ChartSpec::Dots(DotChart {
        header: book.chart_header("ranking", headline, subtitle),
        lang,
        unit: SHARE,
        row_label: book.say("Ort", "Town").to_owned(),
        rows: rows.into_iter().map(|(_, row, _, _)| row).collect(),
        interval: interval_name(lang),
        reference: median.map(|value| Reference { label: middle.to_owned(), value }),
    })
}

/// The services before and now, all areas together.
pub(super) fn slope(book: &Book<'_>) -> Option<ChartSpec> {
    let r = book.r;
    let lang = book.lang;
    let all = book.everything();
    let mut items: Vec<(f64, SlopeItem)> = Vec::new();
    let mut hidden = false;
    for &service in book.service_slugs.keys() {
        let now = book.pooled(book.share, all, service, r.periods.current);
        let before = book.pooled(book.share, all, service, r.periods.previous);
        let (Some(now), Some(before)) = (now, before) else { continue };
        hidden |= [&now, &before].iter().any(|e| e.state == EstimateState::Suppressed);
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
    let n = items.len();
    let headline = match (hidden, lang) {
        (false, Lang::De) => format!("Die {n} antragsstärksten Leistungen: {low} bis {high} kommen online"),
        (true, Lang::De) => {
            format!("Die {n} antragsstärksten gezeigten Leistungen: {low} bis {high} kommen online")
        }
        (false, Lang::En) => format!("The {n} services with most applications: {low} to {high} are made online"),
        (true, Lang::En) => {
            format!("The {n} services shown with most applications: {low} to {high} are made online")
        }
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

/// Number of online applications of an area in the reference period.
pub(super) fn online_count(book: &Book<'_>, area: u32, service: u32) -> Option<Estimate> {
    book.own(number("online_applications"), area, service, book.r.periods.current)
}
