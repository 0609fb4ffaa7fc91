//! Monthly development.

use super::axis::month_ticks;
use super::canvas::Drawing;
use super::plot::{SlotMark, SlotTarget, TimePlot};
use super::spec::{Line, TrendChart, Unit};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Text};

/// Months by which the axis may be extended to a dated target.
const EXTENSION: usize = 24;

/// Months that carry data.
pub(super) fn months(chart: &TrendChart) -> usize {
    chart.own.points.len().max(chart.group.as_ref().map_or(0, |g| g.points.len()))
}

pub(super) fn draw(chart: &TrendChart) -> Result<Drawing, ChartError> {
    let data = months(chart);
    let slot = |month: crate::domain::Month| usize::try_from(month.since(chart.first)).ok();
    let dated = |t: &super::spec::Target| t.due.and_then(slot).filter(|s| *s < data + EXTENSION);
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
        slot_name: &|slot| {
            let month = chart.first.plus(slot as i32);
            format!("{} {}", month.short_name(chart.lang), month.year())
        },
        ticks: &|pitch| month_ticks(chart.first, slots, pitch, chart.lang),
        second_name: "",
        axis_title: None,
    }
    .draw()
}

pub(super) fn table(chart: &TrendChart) -> DataTable {
    let lang = chart.lang;
    let mut table = DataTable::default();
    table.columns.push(Text::new("Monat", "Month").get(lang).to_owned());
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
        let mut all = vec![chart.first.plus(i as i32).long(lang)];
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
