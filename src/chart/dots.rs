//! Ranked dots with intervals.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, Frame, Key, RIGHT, Sign, WIDTH};
use super::spec::{DotChart, DotRow, Reference};
use super::style::{
    AXIS, GRID, GROUP, GROUP_LABEL, LABEL, LABEL_BOLD, OWN, OWN_LABEL, OWN_TINT, TICK, Type, width, wrap,
};
use super::{ChartError, DataTable, words};
use crate::domain::Text;

/// Widest column of names.
const NAMES: f64 = 250.0;
/// With more rows than these the axis is written above them, too.
const ROOMY: usize = 25;

/// Rows by value, highest first, ties by name; rows without a value last.
pub(super) fn ranked(chart: &DotChart) -> Vec<&DotRow> {
    let mut rows: Vec<&DotRow> = chart.rows.iter().collect();
    rows.sort_by(|a, b| match (a.point.value, b.point.value) {
        (Some(x), Some(y)) => y.total_cmp(&x).then_with(|| a.name.cmp(&b.name)),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a.name.cmp(&b.name),
    });
    rows
}

fn name_type(row: &DotRow) -> Type {
    if row.own { OWN_LABEL } else { LABEL }
}

pub(super) fn draw(chart: &DotChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let rows = ranked(chart);
    let names: Vec<Vec<String>> = rows.iter().map(|r| wrap(&r.name, name_type(r), NAMES, 2)).collect();
    let widest =
        rows.iter().zip(&names).flat_map(|(r, n)| n.iter().map(|l| width(l, name_type(r)))).fold(60.0, f64::max);
    let text = |r: &DotRow| words::label(&r.point, &chart.unit, chart.lang);
    let values = rows.iter().filter(|r| r.point.value.is_some());
    let column = values.map(|r| width(&text(r), LABEL_BOLD)).fold(30.0, f64::max) + 14.0;
    let axis = Axis::new(
        rows.iter()
            .flat_map(|r| [r.point.value, r.point.limits().map(|l| l.0), r.point.limits().map(|l| l.1)])
            .flatten()
            .chain(chart.reference.iter().map(|r| r.value)),
        &chart.unit,
        6.0,
    );
    let (left, right) = (EDGE + 8.0 + widest + 16.0, RIGHT - column - 8.0);
    let x = |v: f64| left + axis.share(v) * (right - left);
    let heights: Vec<f64> = names.iter().map(|n| if n.len() > 1 { 35.0 } else { 20.0 }).collect();
    let reference = chart.reference.as_ref().map(|r| (x(r.value), reference_lines(r, chart)));
    let double = rows.len() > ROOMY;
    let above = reference.as_ref().map_or(0.0, |(_, l)| l.len() as f64 * LABEL.leading() + 2.0);
    let top = frame.top + above + if double { 22.0 } else { 4.0 };
    // Rows without a value stand below the axis: they have no place on it.
    let valued = rows.iter().filter(|r| r.point.value.is_some()).count();
    let bottom = top + heights[..valued].iter().sum::<f64>() + 4.0;
    let rest = bottom + 26.0;
    let row_top = |i: usize| {
        let (from, first) = if i < valued { (top, 0) } else { (rest, valued) };
        from + heights[first..i].iter().sum::<f64>()
    };
    let end = rest + heights[valued..].iter().sum::<f64>();
    let key = Key::new(key(chart));
    let gap = if valued < rows.len() { 9.0 } else { 0.0 };
    let height = end + gap + key.height() + frame.foot;

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        for (i, row) in rows.iter().enumerate() {
            if row.own {
                canvas.rect(EDGE, row_top(i), RIGHT, row_top(i) + heights[i], OWN_TINT);
            }
        }
        for tick in &axis.ticks {
            canvas.line(&[(x(*tick), top), (x(*tick), bottom)], Stroke::solid(GRID, 0.8));
            let label = chart.unit.tick(*tick, axis.step, chart.lang);
            canvas.text(x(*tick), bottom + 17.0, Anchor::Middle, TICK, &label);
            if double {
                canvas.text(x(*tick), frame.top + 9.0, Anchor::Middle, TICK, &label);
            }
        }
        canvas.line(&[(x(0.0), top), (x(0.0), bottom)], Stroke::solid(AXIS, 1.2));
        if let Some((at, lines)) = &reference {
            canvas.line(&[(*at, top - 4.0), (*at, bottom)], Stroke::dashed(GROUP, 1.8, 6.0, 3.5));
            let half = lines.iter().map(|l| width(l, GROUP_LABEL)).fold(0.0, f64::max) / 2.0;
            let middle = at.max(EDGE + half).min(RIGHT - half);
            canvas.lines(middle, top - above + 7.0, Anchor::Middle, GROUP_LABEL, lines);
        }
        for (i, (row, name)) in rows.iter().zip(&names).enumerate() {
            let middle = row_top(i) + heights[i] / 2.0;
            draw_row(canvas, row, name, middle, &x);
            if row.point.value.is_some() {
                canvas.text(RIGHT - 8.0, middle + 4.2, Anchor::End, name_type(row), &text(row));
            } else {
                let absent = super::style::shorten(&text(row), GROUP_LABEL, RIGHT - left - 16.0);
                canvas.text(left + 8.0, middle + 4.2, Anchor::Start, GROUP_LABEL, &absent);
            }
        }
        key.draw(canvas, end + gap);
    })
}

fn draw_row(canvas: &mut Canvas<'_>, row: &DotRow, name: &[String], y: f64, x: &dyn Fn(f64) -> f64) {
    let kind = name_type(row);
    let first = y + 4.2 - (name.len() as f64 - 1.0) * kind.leading() / 2.0;
    canvas.lines(EDGE + 8.0, first, Anchor::Start, kind, name);
    let Some(value) = row.point.value else { return };
    let color = if row.own { OWN } else { GROUP };
    if let Some((lo, hi)) = row.point.limits() {
        canvas.line(&[(x(lo), y), (x(hi), y)], Stroke::solid(color, if row.own { 2.4 } else { 1.5 }));
        for end in [lo, hi] {
            canvas.line(&[(x(end), y - 3.0), (x(end), y + 3.0)], Stroke::solid(color, 1.5));
        }
    }
    let hollow = row.point.limits().is_none();
    let (marker, r) = if row.own { (Marker::Diamond, 5.0) } else { (Marker::Circle, 4.0) };
    canvas.marker((x(value), y), r, marker, color, hollow);
}

fn reference_lines(reference: &Reference, chart: &DotChart) -> Vec<String> {
    let text = format!("{}: {}", reference.label, chart.unit.label(reference.value, chart.lang));
    wrap(&text, GROUP_LABEL, 420.0, 2)
}

fn key(chart: &DotChart) -> Vec<(Sign, String)> {
    let with = chart.rows.iter().any(|r| r.point.limits().is_some());
    let without = chart.rows.iter().any(|r| r.point.value.is_some() && r.point.limits().is_none());
    let mut out = Vec::new();
    if with {
        out.push((Sign::Interval, words::interval_name(&chart.interval, chart.lang)));
    }
    if without {
        out.push((Sign::Hollow, Text::new("ohne Intervall", "without interval").get(chart.lang).to_owned()));
    }
    out.extend(words::caption(&chart.unit, chart.lang).map(|text| (Sign::Plain, text)));
    out
}

pub(super) fn table(chart: &DotChart) -> DataTable {
    let lang = chart.lang;
    let intervals = chart.rows.iter().any(|r| r.point.limits().is_some());
    let mut columns = vec![chart.row_label.clone(), Text::new("Wert", "Value").get(lang).to_owned()];
    if intervals {
        columns.push(words::interval_name(&chart.interval, lang));
    }
    let row = |name: &str, value: String, limits: Option<(f64, f64)>| {
        let mut row = vec![name.to_owned(), value];
        if intervals {
            row.push(words::limits(limits, &chart.unit, lang));
        }
        row
    };
    let mut rows: Vec<Vec<String>> = ranked(chart)
        .into_iter()
        .map(|r| row(&r.name, words::value(&r.point, &chart.unit, lang), r.point.limits()))
        .collect();
    if let Some(reference) = &chart.reference {
        rows.push(row(&reference.label, chart.unit.format(reference.value, lang), None));
    }
    DataTable { columns, rows }
}
