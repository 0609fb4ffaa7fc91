//! Standardised differences before and after matching (Love plot).
//!
//! Reference: Love, Cebul, Thomas and Dawson (2003), Pharmacoepidemiology and Drug Safety 12, S1, 29.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, Frame, RIGHT, WIDTH};
use super::spec::{LoveChart, LoveRow, Unit};
use super::style::{
    AXIS, GRID, GROUP, GROUP_LABEL, LABEL, LABEL_BOLD, OWN, OWN_TINT, TICK, Type, shorten, width, wrap,
};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Text};

/// Widest column of names.
const NAMES: f64 = 235.0;
/// Widest heading of a column of numbers.
const HEADING: f64 = 96.0;
/// Radius of the dot before; the one after is smaller, so that both are seen where they meet.
const BEFORE: f64 = 5.6;
const AFTER: f64 = 4.0;

const UNIT: Unit = Unit::Decimal { decimals: 2, suffix: String::new() };

/// Rows by their difference before, largest first, ties by name; rows without one last.
pub(super) fn ranked(chart: &LoveChart) -> Vec<&LoveRow> {
    let mut rows: Vec<&LoveRow> = chart.rows.iter().collect();
    let size = |row: &LoveRow| row.before.map_or(-1.0, f64::abs);
    rows.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    rows
}

/// Whether a row is still beyond the limit.
pub(super) fn beyond(chart: &LoveChart, row: &LoveRow) -> bool {
    row.after.is_some_and(|v| v.abs() >= chart.limit)
}

fn name_type(chart: &LoveChart, row: &LoveRow) -> Type {
    if beyond(chart, row) { LABEL_BOLD } else { LABEL }
}

fn number(value: Option<f64>, lang: Lang) -> String {
    value.map_or_else(|| "–".to_owned(), |v| UNIT.format(v, lang))
}

/// `Grenze ±0,25`.
pub(super) fn limit(chart: &LoveChart) -> String {
    let value = UNIT.format(chart.limit, chart.lang);
    format!("{} ±{value}", Text::new("Grenze", "limit").get(chart.lang))
}

/// A column of numbers at the right: its heading and how wide it is.
struct Column<'c> {
    heading: Vec<String>,
    wide: f64,
    right: f64,
    pick: fn(&LoveRow) -> Option<f64>,
    name: &'c str,
}

fn columns(chart: &LoveChart) -> [Column<'_>; 2] {
    let column = |name, pick: fn(&LoveRow) -> Option<f64>| {
        let heading = wrap(name, LABEL_BOLD, HEADING, 3);
        let numbers = chart.rows.iter().map(|r| width(&number(pick(r), chart.lang), LABEL_BOLD));
        let heads = heading.iter().map(|l| width(l, LABEL_BOLD) + 2.0 * BEFORE + 6.0);
        Column { wide: numbers.chain(heads).fold(36.0, f64::max), heading, right: RIGHT - 4.0, pick, name }
    };
    let (mut before, after) = (column(&chart.before, |r| r.before), column(&chart.after, |r| r.after));
    before.right = after.right - after.wide - 18.0;
    [before, after]
}

pub(super) fn draw(chart: &LoveChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let rows = ranked(chart);
    let names: Vec<Vec<String>> = rows.iter().map(|r| wrap(&r.name, name_type(chart, r), NAMES, 3)).collect();
    let widest =
        rows.iter().zip(&names).flat_map(|(r, n)| n.iter().map(|l| width(l, name_type(chart, r)))).fold(60.0, f64::max);
    let columns = columns(chart);
    let values = rows.iter().flat_map(|r| [r.before, r.after]).flatten();
    let axis = Axis::new(values.chain([-chart.limit, chart.limit]), &UNIT, 6.0);
    let (left, right) = (EDGE + widest + 20.0, columns[0].right - columns[0].wide - 24.0);
    let x = |v: f64| left + axis.share(v) * (right - left);
    let heights: Vec<f64> = names.iter().map(|n| (n.len() as f64 * LABEL.leading() + 9.0).max(25.0)).collect();
    let head = columns.iter().map(|c| c.heading.len()).max().unwrap_or(1) as f64 * LABEL.leading();
    let top = frame.top + head + 9.0;
    let bottom = top + heights.iter().sum::<f64>();
    let height = bottom + 46.0 + frame.foot;

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        canvas.rect(x(-chart.limit), top, x(chart.limit), bottom, OWN_TINT);
        for tick in &axis.ticks {
            canvas.line(&[(x(*tick), top), (x(*tick), bottom)], Stroke::solid(GRID, 0.8));
            let label = UNIT.tick(*tick, axis.step, chart.lang);
            canvas.text(x(*tick), bottom + 17.0, Anchor::Middle, TICK, &label);
        }
        canvas.line(&[(x(0.0), top), (x(0.0), bottom)], Stroke::solid(AXIS, 1.2));
        for at in [-chart.limit, chart.limit] {
            canvas.line(&[(x(at), top - 3.0), (x(at), bottom)], Stroke::dashed(GROUP, 1.8, 6.0, 3.5));
        }
        let label = limit(chart);
        let half = width(&label, GROUP_LABEL) / 2.0;
        canvas.text(x(0.0).max(left + half).min(right - half), top - 7.0, Anchor::Middle, GROUP_LABEL, &label);
        // Both captions run outwards from zero.
        let (to, from) = (x(0.0) - 6.0, x(0.0) + 6.0);
        let lower = shorten(&format!("← {}", chart.lower), GROUP_LABEL, to - EDGE);
        let higher = shorten(&format!("{} →", chart.higher), GROUP_LABEL, RIGHT - from);
        canvas.text(to, bottom + 35.0, Anchor::End, GROUP_LABEL, &lower);
        canvas.text(from, bottom + 35.0, Anchor::Start, GROUP_LABEL, &higher);
        for (column, hollow) in columns.iter().zip([true, false]) {
            head_of(canvas, column, hollow, top - 7.0);
        }
        let mut y = top;
        for ((row, name), h) in rows.iter().zip(&names).zip(&heights) {
            let middle = y + h / 2.0;
            let kind = name_type(chart, row);
            let first = middle + 4.2 - (name.len() as f64 - 1.0) * kind.leading() / 2.0;
            canvas.lines(EDGE, first, Anchor::Start, kind, name);
            // A line of no length is none: the rasteriser complains about it.
            if let Some((a, b)) = row.before.zip(row.after).filter(|(a, b)| (x(*a) - x(*b)).abs() > 1.0) {
                canvas.line(&[(x(a), middle), (x(b), middle)], Stroke::solid(AXIS, 1.0));
            }
            if let Some(v) = row.before {
                canvas.marker((x(v), middle), BEFORE, Marker::Circle, GROUP, true);
            }
            if let Some(v) = row.after {
                canvas.marker((x(v), middle), AFTER, Marker::Circle, OWN, false);
            }
            for (column, kind) in columns.iter().zip([LABEL, kind]) {
                canvas.text(column.right, middle + 4.2, Anchor::End, kind, &number((column.pick)(row), chart.lang));
            }
            y += h;
        }
    })
}

/// The heading of a column with the dot that stands for it, its last line on `base`.
fn head_of(canvas: &mut Canvas<'_>, column: &Column<'_>, hollow: bool, base: f64) {
    let first = base - (column.heading.len() as f64 - 1.0) * LABEL_BOLD.leading();
    canvas.lines(column.right, first, Anchor::End, LABEL_BOLD, &column.heading);
    let line = column.heading.first().map_or(0.0, |l| width(l, LABEL_BOLD));
    let (r, color) = if hollow { (BEFORE, GROUP) } else { (AFTER, OWN) };
    canvas.marker((column.right - line - BEFORE - 5.0, first - 4.2), r, Marker::Circle, color, hollow);
}

pub(super) fn table(chart: &LoveChart) -> DataTable {
    let lang = chart.lang;
    let cell = |v: Option<f64>| v.map_or_else(|| words::no_value(lang).to_owned(), |v| UNIT.format(v, lang));
    let [before, after] = columns(chart).map(|c| c.name.to_owned());
    DataTable {
        columns: vec![chart.row_label.clone(), before, after],
        rows: ranked(chart).into_iter().map(|r| vec![r.name.clone(), cell(r.before), cell(r.after)]).collect(),
    }
}
