//! Horizontal bars.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawing, Stroke};
use super::layout::{EDGE, Frame, Key, RIGHT, Sign, WIDTH};
use super::spec::{Bar, BarChart};
use super::style::{AXIS, BAR, GROUP_LABEL, INK, LABEL, LABEL_BOLD, OWN, OWN_LABEL, PAPER, Type, shorten, width, wrap};
use super::{ChartError, DataTable, words};
use crate::domain::Text;

/// Widest column of labels.
const LABELS: f64 = 290.0;

fn label_type(bar: &Bar) -> Type {
    if bar.own { OWN_LABEL } else { LABEL }
}

pub(super) fn draw(chart: &BarChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let labels: Vec<Vec<String>> = chart.bars.iter().map(|b| wrap(&b.label, label_type(b), LABELS, 4)).collect();
    let widest = chart
        .bars
        .iter()
        .zip(&labels)
        .flat_map(|(b, l)| l.iter().map(|l| width(l, label_type(b))))
        .fold(60.0, f64::max);
    let text = |b: &Bar| words::label(&b.point, &chart.unit, chart.lang);
    let numbers = chart.bars.iter().filter(|b| b.point.value.is_some());
    let column = numbers.map(|b| width(&text(b), LABEL_BOLD)).fold(30.0, f64::max) + 10.0;
    let ends = |b: &Bar| {
        let v = b.point.value?;
        let (lo, hi) = b.point.limits().unwrap_or((v, v));
        Some((lo.min(v).min(0.0), hi.max(v).max(0.0)))
    };
    let axis = Axis::new(chart.bars.iter().filter_map(ends).flat_map(|(lo, hi)| [lo, hi]), &chart.unit, 5.0);
    // Bars have their values beside them: the scale ends at the longest bar, not at a round number.
    let (lo, hi) = chart.bars.iter().filter_map(ends).fold((0.0f64, 0.0f64), |(a, b), (c, d)| (a.min(c), b.max(d)));
    let (lo, hi) = if hi > lo { (lo, hi) } else { (axis.lo, axis.hi) };
    let left = EDGE + widest + 12.0 + if lo < 0.0 { column } else { 0.0 };
    let right = RIGHT - column;
    let x = |v: f64| left + (v - lo) / (hi - lo) * (right - left);
    let heights: Vec<f64> = labels.iter().map(|l| (l.len() as f64 * LABEL.leading() + 10.0).max(30.0)).collect();
    let top = frame.top + 4.0;
    let bottom = top + heights.iter().sum::<f64>();
    let key = Key::new(key(chart));
    let height = bottom + 12.0 + key.height() + frame.foot;

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        let mut y = top;
        for ((bar, label), h) in chart.bars.iter().zip(&labels).zip(&heights) {
            let middle = y + h / 2.0;
            let kind = label_type(bar);
            let first = middle + 4.2 - (label.len() as f64 - 1.0) * kind.leading() / 2.0;
            canvas.lines(EDGE, first, Anchor::Start, kind, label);
            if let (Some(value), Some((from, to))) = (bar.point.value, ends(bar)) {
                let color = if bar.own { OWN } else { BAR };
                canvas.rect(x(value.min(0.0)), middle - 9.0, x(value.max(0.0)), middle + 9.0, color);
                if let Some(limits) = bar.point.limits() {
                    whisker(canvas, (x(limits.0), x(limits.1)), middle);
                }
                if value < 0.0 {
                    canvas.text(x(from) - 6.0, middle + 4.2, Anchor::End, kind, &text(bar));
                } else {
                    canvas.text(x(to) + 6.0, middle + 4.2, Anchor::Start, kind, &text(bar));
                }
            } else {
                let absent = shorten(&text(bar), GROUP_LABEL, RIGHT - x(0.0) - 6.0);
                canvas.text(x(0.0) + 6.0, middle + 4.2, Anchor::Start, GROUP_LABEL, &absent);
            }
            y += h;
        }
        canvas.line(&[(x(0.0), top), (x(0.0), bottom)], Stroke::solid(AXIS, 1.2));
        key.draw(canvas, bottom + 6.0);
    })
}

/// A dark line with a light rim, visible on the bar and beside it.
fn whisker(canvas: &mut Canvas<'_>, (a, b): (f64, f64), y: f64) {
    for (color, wide) in [(PAPER, 3.6), (INK, 1.4)] {
        canvas.line(&[(a, y), (b, y)], Stroke::solid(color, wide));
        for end in [a, b] {
            canvas.line(&[(end, y - 4.0), (end, y + 4.0)], Stroke::solid(color, wide));
        }
    }
}

fn key(chart: &BarChart) -> Vec<(Sign, String)> {
    let mut out = Vec::new();
    if chart.bars.iter().any(|b| b.point.limits().is_some()) {
        out.push((Sign::Interval, words::interval_name(&chart.interval, chart.lang)));
    }
    out.extend(words::caption(&chart.unit, chart.lang).map(|text| (Sign::Plain, text)));
    out
}

pub(super) fn table(chart: &BarChart) -> DataTable {
    let lang = chart.lang;
    let intervals = chart.bars.iter().any(|b| b.point.limits().is_some());
    let mut columns = vec![chart.row_label.clone(), Text::new("Wert", "Value").get(lang).to_owned()];
    if intervals {
        columns.push(words::interval_name(&chart.interval, lang));
    }
    let rows = chart
        .bars
        .iter()
        .map(|b| {
            let mut row = vec![b.label.clone(), words::value(&b.point, &chart.unit, lang)];
            if intervals {
                row.push(words::limits(b.point.limits(), &chart.unit, lang));
            }
            row
        })
        .collect();
    DataTable { columns, rows }
}
