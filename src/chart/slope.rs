//! Before and after.

use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, Frame, RIGHT, WIDTH, spread};
use super::spec::{SlopeChart, SlopeItem};
use super::style::{AXIS, GROUP, LABEL, LABEL_BOLD, OWN, OWN_LABEL, SMALL, Type, width, wrap};
use super::{ChartError, DataTable, words};
use crate::domain::Text;

/// Width of the label columns at both sides.
const COLUMN: f64 = 236.0;
/// Height of a label beyond its lines.
const ROW: f64 = 3.0;
/// Space between a label and its dot, for the leader.
const GAP: f64 = 26.0;

pub(super) fn draw(chart: &SlopeChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let (lo, hi) = range(chart.items.iter().flat_map(|i| [i.before, i.after]).flatten());
    let gone = [words::caption(&chart.unit, chart.lang).map(|c| c + ".").unwrap_or_default(), incomplete(chart)];
    let gone = gone.join(" ").trim().to_owned();
    let gone_lines = wrap(&gone, SMALL, RIGHT - EDGE, 4);
    let heads = [&chart.before, &chart.after].map(|h| wrap(h, LABEL_BOLD, COLUMN, 2));
    let head = heads.iter().map(Vec::len).max().unwrap_or(0) as f64 * LABEL.leading();
    let top = frame.top + head + 14.0;
    let before = labels(chart, Side::Before);
    let after = labels(chart, Side::After);
    let tallest = [&before, &after].map(|l| l.iter().map(|l| l.height).sum::<f64>()).into_iter().fold(0.0, f64::max);
    let plot = (tallest * 1.25).max(260.0);
    let bottom = top + plot;
    let below = 18.0 + gone_lines.len() as f64 * SMALL.leading() + if gone.is_empty() { 0.0 } else { 8.0 } + frame.foot;
    let height = bottom + below;
    let (x0, x1) = (EDGE + COLUMN + GAP, RIGHT - COLUMN - GAP);
    let y = |v: f64| bottom - (v - lo) / (hi - lo) * plot;

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        for x in [x0, x1] {
            canvas.line(&[(x, top - 6.0), (x, bottom + 4.0)], Stroke::solid(AXIS, 1.0));
        }
        canvas.lines(x0, frame.top + 12.0, Anchor::End, LABEL_BOLD, &heads[0]);
        canvas.lines(x1, frame.top + 12.0, Anchor::Start, LABEL_BOLD, &heads[1]);
        // The own items last, so that they lie on top.
        let mut order: Vec<&SlopeItem> = chart.items.iter().collect();
        order.sort_by_key(|i| i.own);
        for item in order {
            draw_item(canvas, item, (x0, x1), &y);
        }
        for (side, x, labels) in [(Side::Before, x0, &before), (Side::After, x1, &after)] {
            draw_labels(canvas, labels, side, x, (top - 6.0, bottom + 8.0), &y);
        }
        canvas.lines(EDGE, bottom + 18.0 + SMALL.size, Anchor::Start, SMALL, &gone_lines);
    })
}

/// The range of the picture: no zero is needed, lines are compared by their ends. It spans at least
/// a fifth of the largest value, so that a small change does not look like a steep one.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (lo, hi) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(v), hi.max(v)));
    let least = 0.2 * lo.abs().max(hi.abs());
    let extra = ((least - (hi - lo)) / 2.0).max(0.06 * (hi - lo));
    let (from, to) = (if lo >= 0.0 { (lo - extra).max(0.0) } else { lo - extra }, hi + extra);
    if to > from { (from, to) } else { (from, from + 1.0) }
}

fn draw_item(canvas: &mut Canvas<'_>, item: &SlopeItem, (x0, x1): (f64, f64), y: &dyn Fn(f64) -> f64) {
    let (color, width) = if item.own { (OWN, 2.8) } else { (GROUP, 1.5) };
    if let Some((a, b)) = item.before.zip(item.after) {
        canvas.line(&[(x0, y(a)), (x1, y(b))], Stroke::solid(color, width));
    }
    for (x, value) in [(x0, item.before), (x1, item.after)] {
        if let Some(v) = value {
            let marker = if item.own { Marker::Diamond } else { Marker::Circle };
            let alone = item.before.is_none() || item.after.is_none();
            canvas.marker((x, y(v)), if item.own { 4.6 } else { 3.6 }, marker, color, alone);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// The label of one end of an item.
struct End<'s> {
    item: &'s SlopeItem,
    value: f64,
    number: String,
    number_width: f64,
    name: Vec<String>,
    height: f64,
}

fn label_type(item: &SlopeItem) -> Type {
    if item.own { OWN_LABEL } else { LABEL }
}

/// The labels of one side, highest value first.
fn labels(chart: &SlopeChart, side: Side) -> Vec<End<'_>> {
    let mut ends: Vec<(&SlopeItem, f64)> =
        chart.items.iter().filter_map(|i| Some((i, if side == Side::Before { i.before? } else { i.after? }))).collect();
    // Equal values stand in the order of their other end, then of their names.
    ends.sort_by(|(a, v), (b, w)| {
        let other = |i: &SlopeItem| if side == Side::Before { i.after } else { i.before }.unwrap_or(f64::NEG_INFINITY);
        w.total_cmp(v).then(other(b).total_cmp(&other(a))).then_with(|| a.name.cmp(&b.name))
    });
    let number = |v: f64| chart.unit.label(v, chart.lang);
    let number_width = ends.iter().map(|(_, v)| width(&number(*v), LABEL_BOLD)).fold(0.0, f64::max);
    ends.into_iter()
        .map(|(item, value)| {
            let name = wrap(&item.name, label_type(item), COLUMN - number_width - 10.0, 3);
            let height = name.len().max(1) as f64 * LABEL.leading() + ROW;
            End { item, value, number: number(value), number_width, name, height }
        })
        .collect()
}

fn draw_labels(
    canvas: &mut Canvas<'_>,
    ends: &[End<'_>],
    side: Side,
    x: f64,
    (lo, hi): (f64, f64),
    y: &dyn Fn(f64) -> f64,
) {
    let wanted: Vec<f64> = ends.iter().map(|e| y(e.value)).collect();
    let heights: Vec<f64> = ends.iter().map(|e| e.height).collect();
    let sign = if side == Side::Before { -1.0 } else { 1.0 };
    for (end, (dot, centre)) in ends.iter().zip(wanted.iter().zip(spread(&wanted, &heights, lo, hi))) {
        let kind = label_type(end.item);
        let color = if end.item.own { OWN } else { GROUP };
        canvas.line(
            &[(x + sign * 6.0, *dot), (x + sign * (GAP - 4.0), centre)],
            Stroke { color, width: 0.8, dash: Some((1.5, 2.0)) },
        );
        let at = x + sign * GAP;
        let number_end = if side == Side::Before { at } else { at + end.number_width };
        canvas.text(number_end, centre + 4.2, Anchor::End, Type { bold: true, ..kind }, &end.number);
        let first = centre + 4.2 - (end.name.len() as f64 - 1.0) * kind.leading() / 2.0;
        let anchor = if side == Side::Before { Anchor::End } else { Anchor::Start };
        canvas.lines(at + sign * (end.number_width + 8.0), first, anchor, kind, &end.name);
    }
}

/// Names the items that lack a value.
pub(super) fn incomplete(chart: &SlopeChart) -> String {
    let name = |text: Text, missing: &dyn Fn(&SlopeItem) -> bool| {
        let names: Vec<&str> = chart.items.iter().filter(|i| missing(i)).map(|i| i.name.as_str()).collect();
        if names.is_empty() { String::new() } else { format!("{} {}. ", text.get(chart.lang), names.join("; ")) }
    };
    let both = name(Text::new("Zu beiden Zeitpunkten keine Angabe:", "No data at either time:"), &|i| {
        i.before.is_none() && i.after.is_none()
    });
    let one = name(
        Text::new("Nur zu einem Zeitpunkt eine Angabe (hohler Punkt):", "Data at one time only (hollow dot):"),
        &|i| i.before.is_some() != i.after.is_some(),
    );
    format!("{one}{both}").trim_end().to_owned()
}

pub(super) fn table(chart: &SlopeChart) -> DataTable {
    let cell =
        |v: Option<f64>| v.map_or_else(|| words::no_value(chart.lang).to_owned(), |v| chart.unit.format(v, chart.lang));
    DataTable {
        columns: vec![chart.row_label.clone(), chart.before.clone(), chart.after.clone()],
        rows: chart.items.iter().map(|i| vec![i.name.clone(), cell(i.before), cell(i.after)]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn the_range_follows_the_values() {
        let (lo, hi) = range([0.6, 0.9, 0.7].into_iter());
        assert!(lo > 0.55 && lo < 0.6 && hi > 0.9 && hi < 0.95, "{lo} {hi}");
        // A small change stays small.
        let (lo, hi) = range([0.50, 0.51].into_iter());
        assert!(hi - lo > 0.1 && lo < 0.5, "{lo} {hi}");
        assert_eq!(range([0.0, 0.4].into_iter()).0, 0.0);
        assert!(range([-2.0, 3.0].into_iter()).0 < -2.0);
        for same in [0.0, 0.3, -4.0] {
            let (lo, hi) = range([same, same].into_iter());
            assert!(hi > lo && lo <= same && same <= hi, "{same}: {lo} {hi}");
        }
    }
}
