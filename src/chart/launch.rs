//! Months since launch, beside comparable launches.

use super::axis::Tick;
use super::canvas::Drawing;
use super::plot::TimePlot;
use super::spec::LaunchChart;
use super::trend::time_columns;
use super::{ChartError, DataTable};
use crate::domain::{Lang, Text, format_count};

pub(super) fn months(chart: &LaunchChart) -> usize {
    chart.own.points.len().max(chart.group.as_ref().map_or(0, |g| g.points.len()))
}

/// `Monat 3`, `month 3`.
pub(super) fn month_name(month: usize, lang: Lang) -> String {
    match lang {
        Lang::De => format!("Monat {month}"),
        Lang::En => format!("month {month}"),
    }
}

/// `Monat 3 bis 5`, `months 3 to 5`.
pub(super) fn month_span(from: usize, to: usize, lang: Lang) -> String {
    match lang {
        _ if from == to => month_name(from, lang),
        Lang::De => format!("Monat {from} bis {to}"),
        Lang::En => format!("months {from} to {to}"),
    }
}

pub(super) fn draw(chart: &LaunchChart) -> Result<Drawing, ChartError> {
    let slots = months(chart);
    let n = |slot: usize| chart.group.as_ref().and_then(|g| g.points.get(slot)).and_then(|p| p.n);
    let counted = (0..slots).any(|slot| n(slot).is_some());
    let title = if counted {
        Text::new(
            "Monate seit dem Start; n: Zahl der verglichenen Orte",
            "Months since launch; n: number of towns compared",
        )
    } else {
        Text::new("Monate seit dem Start", "Months since launch")
    };
    TimePlot {
        header: &chart.header,
        lang: chart.lang,
        unit: &chart.unit,
        own: &chart.own,
        interval: &chart.interval,
        group: chart.group.as_ref(),
        slots,
        marks: Vec::new(),
        targets: Vec::new(),
        slot_name: &|slot| month_name(slot, chart.lang),
        ticks: &|pitch| {
            let step = [1usize, 3, 6, 12, 24].into_iter().find(|s| *s as f64 * pitch >= 30.0).unwrap_or(60);
            (0..slots)
                .filter(|slot| slot.is_multiple_of(step))
                .map(|slot| {
                    let second = match n(slot) {
                        Some(n) => format_count(i64::from(n), chart.lang),
                        None if counted => "–".to_owned(),
                        None => String::new(),
                    };
                    Tick { slot, label: slot.to_string(), second }
                })
                .collect()
        },
        second_name: "n",
        axis_title: Some(title.get(chart.lang).to_owned()),
    }
    .draw()
}

pub(super) fn table(chart: &LaunchChart) -> DataTable {
    let lang = chart.lang;
    let mut table = DataTable::default();
    table.columns.push(Text::new("Monate seit dem Start", "Months since launch").get(lang).to_owned());
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
        let mut all = vec![i.to_string()];
        all.extend(row);
        table.rows.push(all);
    }
    table
}
