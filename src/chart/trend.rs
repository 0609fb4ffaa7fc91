//! Development over months or quarters.

use super::axis::{month_ticks, quarter_ticks};
use super::canvas::Drawing;
use super::plot::{SlotMark, SlotTarget, TimePlot};
use super::spec::{Line, TrendChart, Unit};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Month, Text};

/// Months by which the axis may be extended to a dated target.
const EXTENSION: usize = 24;

/// Points that carry data.
pub(super) fn months(chart: &TrendChart) -> usize {
    chart.own.points.len().max(chart.group.as_ref().map_or(0, |g| g.points.len()))
}

/// Months per point.
fn step(chart: &TrendChart) -> usize {
    usize::from(chart.step.max(1))
}

/// First and last month of the points from one to another.
pub(super) fn span(chart: &TrendChart, from: usize, to: usize) -> (Month, Month) {
    let at = |months: usize| chart.first.plus(i32::try_from(months).unwrap_or(i32::MAX));
    (at(from * step(chart)), at((to + 1) * step(chart) - 1))
}

/// `März 2025`, `Januar bis März 2025`.
pub(super) fn span_name(chart: &TrendChart, from: usize, to: usize) -> String {
    let (a, b) = span(chart, from, to);
    let to = Text::new("bis", "to").get(chart.lang);
    if a == b {
        a.long(chart.lang)
    } else if a.year() == b.year() {
        format!("{} {to} {}", a.name(chart.lang), b.long(chart.lang))
    } else {
        format!("{} {to} {}", a.long(chart.lang), b.long(chart.lang))
    }
}

/// `März 2025`, `Jan.–März 2025`, as it stands beside a value.
fn short_name(chart: &TrendChart, slot: usize) -> String {
    let (a, b) = span(chart, slot, slot);
    if a == b {
        format!("{} {}", a.short_name(chart.lang), a.year())
    } else {
        format!("{}–{} {}", a.short_name(chart.lang), b.short_name(chart.lang), b.year())
    }
}

pub(super) fn draw(chart: &TrendChart) -> Result<Drawing, ChartError> {
    let data = months(chart);
    let step = step(chart);
    let slot = |month: Month| usize::try_from(month.since(chart.first)).ok().map(|months| months / step);
    let dated = |t: &super::spec::Target| t.due.and_then(slot).filter(|s| *s < data + EXTENSION / step);
    let slots = chart.targets.iter().filter_map(dated).map(|s| s + 1).fold(data, usize::max);
    let mut marks: Vec<SlotMark> = chart
        .marks
        .iter()
        .filter_map(|m| {
            let slot = slot(m.month).filter(|s| *s < slots)?;
            Some(SlotMark { slot, label: m.label.clone(), kind: m.kind })
        })
        .collect();
    marks.sort_by_key(|m| m.slot);
    let targets =
        chart.targets.iter().map(|t| SlotTarget { slot: dated(t), value: t.value, label: t.label.clone() }).collect();
    TimePlot {
        header: &chart.header,
        lang: chart.lang,
        unit: &chart.unit,
        own: &chart.own,
        interval: &chart.interval,
        group: chart.group.as_ref(),
        slots,
        marks,
        targets,
        slot_name: &|slot| short_name(chart, slot),
        ticks: &|pitch| {
            if step == 1 {
                month_ticks(chart.first, slots, pitch, chart.lang)
            } else {
                quarter_ticks(chart.first, step, slots, pitch, chart.lang)
            }
        },
        second_name: "",
        axis_title: (step > 1).then(|| axis_title(chart).to_owned()),
    }
    .draw()
}

/// Says that a point is more than a month, and what its tick names.
fn axis_title(chart: &TrendChart) -> &'static str {
    if chart.step == 3 {
        Text::new("Quartale, bezeichnet mit ihrem ersten Monat", "Quarters, named by their first month")
    } else {
        Text::new("Zeiträume, bezeichnet mit ihrem ersten Monat", "Periods, named by their first month")
    }
    .get(chart.lang)
}

pub(super) fn table(chart: &TrendChart) -> DataTable {
    let lang = chart.lang;
    let mut table = DataTable::default();
    let heading = match chart.step {
        0 | 1 => Text::new("Monat", "Month"),
        3 => Text::new("Quartal", "Quarter"),
        _ => Text::new("Zeitraum", "Period"),
    };
    table.columns.push(heading.get(lang).to_owned());
    let empty = Vec::new();
    let group = chart.group.as_ref();
    let (head, cells) = time_columns(
        &chart.own,
        &chart.interval,
        group.map(|g| (g.name.as_str(), g.band.as_str())),
        group.map_or(&empty, |g| &g.points),
        months(chart),
        &chart.unit,
        lang,
    );
    table.columns.extend(head);
    for (i, row) in cells.into_iter().enumerate() {
        let mut all = vec![span_name(chart, i, i)];
        all.extend(row);
        table.rows.push(all);
    }
    table
}

/// Columns of own values and group, with a column only where there is something to say.
#[allow(clippy::too_many_arguments)]
pub(super) fn time_columns(
    own: &Line,
    interval: &str,
    group: Option<(&str, &str)>,
    points: &[super::spec::GroupPoint],
    months: usize,
    unit: &Unit,
    lang: Lang,
) -> (Vec<String>, Vec<Vec<String>>) {
    let intervals = own.points.iter().any(|p| p.limits().is_some());
    let bands = points.iter().any(|p| p.lower.and(p.upper).is_some());
    let counts = points.iter().any(|p| p.n.is_some());
    let mut head = Vec::new();
    if !own.is_absent() {
        head.push(own.name.clone());
    }
    if intervals {
        head.push(words::interval_name(interval, lang));
    }
    if let Some((name, band)) = group {
        head.push(name.to_owned());
        if bands {
            let quartiles = Text::new("mittlere Hälfte", "middle half").get(lang);
            head.push(if band.is_empty() { quartiles.to_owned() } else { band.to_owned() });
        }
        if counts {
            head.push(Text::new("Zahl der Orte", "Number of towns").get(lang).to_owned());
        }
    }
    let absent = words::no_value(lang);
    let rows = (0..months)
        .map(|i| {
            let point = own.points.get(i).copied().unwrap_or_default();
            let mut row = Vec::new();
            if !own.is_absent() {
                row.push(words::value(&point, unit, lang));
            }
            if intervals {
                row.push(words::limits(point.limits(), unit, lang));
            }
            if group.is_some() {
                let at = points.get(i).copied().unwrap_or_default();
                row.push(at.median.map_or_else(|| absent.to_owned(), |v| unit.format(v, lang)));
                if bands {
                    row.push(words::limits(at.lower.zip(at.upper), unit, lang));
                }
                if counts {
                    row.push(at.n.map_or_else(|| absent.to_owned(), |n| n.to_string()));
                }
            }
            row
        })
        .collect();
    (head, rows)
}
