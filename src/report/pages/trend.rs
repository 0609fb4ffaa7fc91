//! The online share over time: by month, or by quarter where single months are hidden.

use std::collections::{BTreeMap, BTreeSet};

use super::charts::{SHARE, hidden_point, interval_name, point};
use super::{Book, hidden};
use crate::chart::{ChartSpec, GroupLine, GroupPoint, Line, Mark, MarkKind, Point, Target, TrendChart};
use crate::domain::{ALL_SERVICES, Aggregation, Estimate, EstimateKey, EstimateState, Flag, Lang, Month, Period, Text};
use crate::stats;
use crate::story;

/// A group of fewer towns draws no band.
const MIN_BAND: usize = 5;
/// Months of a quarter.
const QUARTER: u16 = 3;

/// What there is to draw of a course over time.
pub(super) enum Course {
    /// A chart.
    Chart(Box<ChartSpec>),
    /// Nothing, because disclosure control hides the values.
    Hidden,
    /// Nothing.
    Nothing,
}

impl Course {
    /// The chart, where there is one.
    pub(super) fn chart(&self) -> Option<&ChartSpec> {
        if let Self::Chart(spec) = self { Some(spec) } else { None }
    }

    /// What stands in place of a chart of hidden values.
    pub(super) fn note(&self, lang: Lang) -> Option<String> {
        matches!(self, Self::Hidden).then(|| {
            Text::new(
                "Zur Entwicklung gibt es hier kein Diagramm: Die Werte einzelner Monate und Quartale sind gesperrt.",
                "There is no chart of the development: the values of single months and quarters are hidden.",
            )
            .get(lang)
            .to_owned()
        })
    }
}

/// A course at equal distances.
struct Series {
    /// The periods, each as long as the others and next to the one before.
    periods: Vec<Period>,
    points: Vec<Point>,
    /// The services added up, where these are not all.
    only: Option<Vec<u32>>,
}

impl Series {
    /// A course over time needs two values.
    fn drawable(&self) -> bool {
        self.points.iter().filter(|p| p.value.is_some()).count() >= 2
    }

    fn step(&self) -> u16 {
        self.periods.first().map_or(1, |p| p.months)
    }

    /// What is added up, if not all services.
    fn what(&self, book: &Book<'_>) -> Option<String> {
        self.only.as_ref().map(|only| match (only.as_slice(), book.lang) {
            ([one], Lang::De) => format!("nur „{}“", book.service_name(*one)),
            ([one], Lang::En) => format!("only “{}”", book.service_name(*one)),
            (list, Lang::De) => format!("{} Leistungen mit durchgehend gezeigten Werten", list.len()),
            (list, Lang::En) => format!("{} services whose values are shown throughout", list.len()),
        })
    }

    /// What stands in the subtitle where a point is more than a month.
    fn remark(&self, lang: Lang) -> &'static str {
        let text = Text::new(
            "; Quartalswerte, weil einzelne Monate gesperrt sind",
            "; values by quarter, because single months are hidden",
        );
        if self.step() > 1 { text.get(lang) } else { "" }
    }

    fn last(&self) -> Option<f64> {
        self.points.iter().rev().find_map(|p| p.value)
    }
}

/// What the tables say about one unit, service and period.
enum Found {
    Known(f64, f64),
    Hidden,
    Missing,
}

/// One unit and the way its values are made.
#[derive(Clone, Copy)]
struct Of {
    unit: u32,
    aggregation: Aggregation,
}

impl Of {
    fn key(self, book: &Book<'_>, service: u32, period: Period) -> EstimateKey {
        EstimateKey { kpi: book.share, unit: self.unit, service, period, aggregation: self.aggregation }
    }

    fn month(self, book: &Book<'_>, service: u32, month: Month) -> Option<Estimate> {
        book.r.evaluation.months.get(&self.key(book, service, Period::month(month)))
    }

    /// The sums of a month or quarter; a quarter may be shown as such or by its months.
    fn found(self, book: &Book<'_>, service: u32, period: Period) -> Found {
        let sums = |e: &Estimate| e.value.and(e.numerator.zip(e.denominator));
        let quarter = book.r.evaluation.quarters.get(&self.key(book, service, period));
        if let Some((numerator, denominator)) = quarter.as_ref().and_then(sums) {
            return Found::Known(numerator, denominator);
        }
        let months = (0..i32::from(period.months)).map(|k| self.month(book, service, period.start.plus(k)));
        let months: Vec<Estimate> = months.flatten().collect();
        if months.iter().any(|e| hidden(Some(e))) || (months.is_empty() && hidden(quarter.as_ref())) {
            return Found::Hidden;
        }
        let total = months.iter().filter_map(sums).fold((0.0, 0.0), |(n, d), s| (n + s.0, d + s.1));
        if total.1 > 0.0 { Found::Known(total.0, total.1) } else { Found::Missing }
    }

    /// A share from sums; a town's own one has the interval of its cases.
    fn point(self, numerator: f64, denominator: f64) -> Point {
        let share = numerator / denominator;
        let own = self.aggregation == Aggregation::Own && numerator <= denominator;
        match stats::wilson(numerator as u64, denominator as u64, 0.95) {
            Ok(i) if own => Point::interval(share, i.lower, i.upper),
            _ => Point::value(share),
        }
    }
}

/// The months of the reference series, or its quarters; empty where the period has none.
fn periods(book: &Book<'_>, step: u16) -> Vec<Period> {
    let (first, last) = book.r.periods.series;
    if step == 1 {
        return (0..=last.since(first)).map(|k| Period::month(first.plus(k))).collect();
    }
    let mut out: Vec<Period> = book.r.periods.quarters().into_iter().filter(|q| q.start >= first).collect();
    out.sort_unstable();
    out
}

/// A course by month as estimated, or by quarter from what is shown of each.
fn of_service(book: &Book<'_>, of: Of, service: u32, step: u16) -> Series {
    let periods = periods(book, step);
    let one = |&period: &Period| {
        let table = if step == 1 { &book.r.evaluation.months } else { &book.r.evaluation.quarters };
        match table.get(&of.key(book, service, period)) {
            Some(e) if e.value.is_some() => point(Some(&e)),
            _ => match of.found(book, service, period) {
                Found::Known(numerator, denominator) if step > 1 => of.point(numerator, denominator),
                Found::Hidden => hidden_point(),
                _ => Point::absent(),
            },
        }
    };
    let points = periods.iter().map(one).collect();
    Series { periods, points, only: None }
}

/// The sum of the services that are shown in all months or quarters: always the same services, or a
/// change of what is hidden would look like a change of use.
fn of_same_services(
    book: &Book<'_>,
    of: Of,
    services: &BTreeSet<u32>,
    from: Month,
    step: u16,
) -> Option<(usize, Series)> {
    let mut periods = periods(book, step);
    periods.retain(|p| p.start >= from);
    let mut sums = vec![(0.0, 0.0); periods.len()];
    let mut only = Vec::new();
    for &service in services {
        let found: Vec<Found> = periods.iter().map(|&p| of.found(book, service, p)).collect();
        let known = found.iter().any(|f| matches!(f, Found::Known(..)));
        if !known || found.iter().any(|f| matches!(f, Found::Hidden)) {
            continue;
        }
        only.push(service);
        for (sum, found) in sums.iter_mut().zip(found) {
            if let Found::Known(numerator, denominator) = found {
                *sum = (sum.0 + numerator, sum.1 + denominator);
            }
        }
    }
    let point = |&(n, d): &(f64, f64)| if d > 0.0 { of.point(n, d) } else { Point::absent() };
    let points = sums.iter().map(point).collect();
    let count = only.len();
    Some(Series { periods, points, only: Some(only) }).filter(Series::drawable).map(|series| (count, series))
}

/// Of the longest and finest course first: the first with at least half of the services that any has.
fn longest(book: &Book<'_>, of: Of, services: &BTreeSet<u32>) -> Option<Series> {
    let r = &book.r.periods;
    let starts = [r.series.0, r.previous.start, r.current.start].into_iter().filter(|&m| m >= r.series.0);
    let found: Vec<(usize, Series)> = starts
        .flat_map(|from| [1, QUARTER].map(|step| of_same_services(book, of, services, from, step)))
        .flatten()
        .collect();
    let most = found.iter().map(|(n, _)| *n).max()?;
    found.into_iter().find(|(n, _)| 2 * n >= most).map(|(_, series)| series)
}

/// The series to draw: months, or quarters where months are hidden.
fn series(book: &Book<'_>, of: Of, service: u32) -> Result<Series, Course> {
    let months = of_service(book, of, service, 1);
    let (first, last) = book.r.periods.series;
    let touched = (0..=last.since(first)).filter_map(|k| of.month(book, service, first.plus(k)));
    let complete = |e: &Estimate| e.state != EstimateState::Suppressed && !e.flags.contains(&Flag::WithoutSuppressed);
    if touched.into_iter().all(|e| complete(&e)) {
        return if months.drawable() { Ok(months) } else { Err(Course::Nothing) };
    }
    let found = if service == ALL_SERVICES {
        let services: BTreeSet<u32> = match of.aggregation {
            Aggregation::Own => book.presence.services(of.unit).collect(),
            _ => book.presence.used.clone(),
        };
        longest(book, of, &services)
    } else {
        // Two quarters among many hidden ones are no course.
        let told = |s: &Series| 2 * s.points.iter().filter(|p| p.value.is_some()).count() >= s.points.len();
        Some(of_service(book, of, service, QUARTER)).filter(|s| s.drawable() && told(s))
    };
    found.ok_or(Course::Hidden)
}

/// An area's value for a month, or for a quarter from what is shown of it.
fn value(book: &Book<'_>, area: u32, service: u32, period: Period) -> Option<f64> {
    let of = Of { unit: area, aggregation: Aggregation::Own };
    if period.months == 1 {
        return book.r.evaluation.months.value(&of.key(book, service, period));
    }
    match of.found(book, service, period) {
        Found::Known(numerator, denominator) => Some(numerator / denominator),
        _ => None,
    }
}

/// The online share of one area and service (or all) beside its peers, over time.
pub(super) fn trend(book: &Book<'_>, area: u32, service: u32) -> Course {
    let lang = book.lang;
    let r = book.r;
    let series = match series(book, Of { unit: area, aggregation: Aggregation::Own }, service) {
        Ok(series) => series,
        Err(nothing) => return nothing,
    };
    let place = book.area_name(area);
    let now = book.own(book.share, area, service, r.periods.current);
    let before = book.before(|period| book.own(book.share, area, service, period));
    let only = series.what(book);
    let headline = match (&only, series.last()) {
        (Some(what), Some(last)) => story::last_headline(place, last, what, lang),
        _ => story::trend_headline(place, now.as_ref(), before.as_ref(), lang),
    };
    let all = match service {
        ALL_SERVICES => book.say("alle dann online angebotenen Leistungen", "all services online at the time"),
        one => book.service_name(one),
    };
    let what = only.as_deref().unwrap_or(all);
    let remark = series.remark(lang);
    let subtitle = match (series.step(), lang) {
        (1, Lang::De) => format!(
            "Online-Anteil der Anträge je Monat, {what} mit vollständigen Zahlen; neue Leistungen beginnen bei null"
        ),
        (1, Lang::En) => format!(
            "Share of applications made online by month, {what} with complete numbers; new services begin at zero"
        ),
        (_, Lang::De) => {
            format!("Online-Anteil der Anträge je Quartal, {what}; neue Leistungen beginnen bei null{remark}")
        }
        (_, Lang::En) => {
            format!("Share of applications made online by quarter, {what}; new services begin at zero{remark}")
        }
    };
    Course::Chart(Box::new(ChartSpec::Trend(TrendChart {
        header: book.chart_header("trend", headline, subtitle),
        lang,
        unit: SHARE,
        first: series.periods.first().map_or(r.periods.series.0, |p| p.start),
        step: series.step(),
        // Other towns show other services.
        group: if only.is_none() { group(book, area, service, &series.periods) } else { None },
        own: Line { name: place.to_owned(), points: series.points },
        interval: interval_name(lang),
        marks: marks(book, area, service),
        targets: targets(book, area, service),
    })))
}

/// The peers of an area over time.
fn group(book: &Book<'_>, area: u32, service: u32, periods: &[Period]) -> Option<GroupLine> {
    let peers: Vec<u32> = book.peers.map_or_else(Vec::new, |at| book.r.peers[at].0.peers(area, service));
    let with_values = |p: &&u32| periods.iter().any(|&at| value(book, **p, service, at).is_some());
    let n = peers.iter().filter(with_values).count();
    (n >= MIN_BAND).then(|| GroupLine {
        name: match book.lang {
            Lang::De => format!("Median von {} anderen Orten", book.count(n)),
            Lang::En => format!("median of {} other towns", book.count(n)),
        },
        band: book.say("mittlere Hälfte der anderen Orte", "middle half of the other towns").to_owned(),
        points: periods
            .iter()
            .map(|&at| {
                let values: Vec<f64> = peers.iter().filter_map(|&p| value(book, p, service, at)).collect();
                group_point(&values)
            })
            .collect(),
    })
}

/// The share of all areas together over time, or of one service in all areas.
pub(super) fn trend_of_all(book: &Book<'_>, service: u32) -> Course {
    let r = book.r;
    let lang = book.lang;
    let all = book.everything();
    let series = match series(book, Of { unit: all, aggregation: Aggregation::RatioOfSums }, service) {
        Ok(series) => series,
        Err(nothing) => return nothing,
    };
    let name = if service == ALL_SERVICES { book.say("Alle Orte", "All towns") } else { book.service_name(service) };
    let now = book.pooled(book.share, all, service, r.periods.current);
    let before = book.before(|period| book.pooled(book.share, all, service, period));
    let only = series.what(book);
    let headline = match (&only, series.last()) {
        (Some(what), Some(last)) => story::last_headline(name, last, what, lang),
        _ => story::trend_headline(name, now.as_ref(), before.as_ref(), lang),
    };
    let mut subtitle = match (series.step(), lang) {
        (1, Lang::De) => "Online-Anteil aller Orte zusammen je Monat",
        (1, Lang::En) => "Online share of all towns together by month",
        (_, Lang::De) => "Online-Anteil aller Orte zusammen je Quartal",
        (_, Lang::En) => "Online share of all towns together by quarter",
    }
    .to_owned();
    if let Some(what) = &only {
        subtitle.push_str(&format!(", {what}"));
    }
    if series.points.iter().any(|p| p.lower.is_some()) {
        subtitle.push_str(book.say(
            "; die Spanne berücksichtigt, dass Orte sich unterscheiden",
            "; the interval knows that towns differ",
        ));
    }
    subtitle.push_str(series.remark(lang));
    Course::Chart(Box::new(ChartSpec::Trend(TrendChart {
        header: book.chart_header("trend", headline, subtitle),
        lang,
        unit: SHARE,
        first: series.periods.first().map_or(r.periods.series.0, |p| p.start),
        step: series.step(),
        own: Line { name: book.say("alle Orte", "all towns").to_owned(), points: series.points },
        interval: interval_name(lang),
        group: None,
        marks: widespread(book, service),
        targets: targets(book, u32::MAX, service),
    })))
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
    let launch = story::event_name("launch", book.lang);
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
            grouped.entry((month, story::event_name(&event.kind, book.lang))).or_default().extend(event.service);
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
            grouped.entry((month, story::event_name(&event.kind, book.lang))).or_default().insert(event.area);
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
