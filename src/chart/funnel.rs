//! Units by size and value against limits that narrow with size (funnel plot).
//!
//! Reference: Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, EndLabel, Frame, Key, RIGHT, Sign, WIDTH, end_labels, value_axis};
use super::spec::{FunnelChart, FunnelCurve, FunnelLimits, FunnelPoint};
use super::style::{
    AXIS, GRID, GROUP, GROUP_EDGE, GROUP_LABEL, INK, LABEL, LABEL_BOLD, MUTED, OWN, OWN_LABEL, TICK, Type, width, wrap,
};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Text, format_count, format_decimal, format_percent};

/// Most units that are named in the picture.
pub(super) const LABELLED: usize = 8;
/// Height of the plot.
const PLOT: f64 = 330.0;
/// Radii of a dot within the limits, between them and beyond.
const RADII: [f64; 3] = [3.2, 3.8, 4.6];
/// Widest name in the picture.
const NAME: f64 = 190.0;

/// Where a unit lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Within,
    Between,
    Above,
    Below,
}

pub(super) fn side(point: &FunnelPoint) -> Side {
    let FunnelLimits { inner, outer } = point.limits;
    if point.value > outer.1 {
        Side::Above
    } else if point.value < outer.0 {
        Side::Below
    } else if point.value > inner.1 || point.value < inner.0 {
        Side::Between
    } else {
        Side::Within
    }
}

/// Units by how far they lie from the target, the most extreme first, ties by name.
pub(super) fn ranked(chart: &FunnelChart) -> Vec<&FunnelPoint> {
    let mut points: Vec<&FunnelPoint> = chart.points.iter().collect();
    points.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()).then_with(|| a.name.cmp(&b.name)));
    points
}

/// `95-%` before a noun in German, `95%` in English.
pub(super) fn level(level: f64, lang: Lang) -> String {
    match lang {
        Lang::De => format!("{}-%", decimal(level, lang)),
        Lang::En => format!("{}%", decimal(level, lang)),
    }
}

fn decimal(level: f64, lang: Lang) -> String {
    format_decimal(level * 100.0, decimals(level), lang)
}

fn decimals(level: f64) -> usize {
    usize::from((level * 100.0 - (level * 100.0).round()).abs() > 1e-6)
}

/// A size as the reader sees it.
pub(super) fn size(size: f64, lang: Lang) -> String {
    format_count(size.round() as i64, lang)
}

/// The horizontal axis: sizes on a logarithmic scale.
struct Sizes {
    lo: f64,
    hi: f64,
    left: f64,
    right: f64,
}

impl Sizes {
    fn new(chart: &FunnelChart, left: f64, right: f64) -> Self {
        let all = chart.points.iter().map(|p| p.size).chain(chart.curves.iter().map(|c| c.size));
        let (lo, hi) = all.filter(|s| *s > 0.0).fold((f64::INFINITY, 0.0f64), |(lo, hi), s| (lo.min(s), hi.max(s)));
        // Towns of one size still need a width.
        let (lo, hi) = if hi > lo * 1.5 { (lo, hi) } else { (lo / 1.5, hi * 1.5) };
        Self { lo: lo.ln(), hi: hi.ln(), left: left + 8.0, right: right - 8.0 }
    }

    fn x(&self, size: f64) -> f64 {
        let share = (size.ln() - self.lo) / (self.hi - self.lo);
        self.left + share.clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// Round sizes that stand far enough apart to be read.
    fn ticks(&self, lang: Lang) -> Vec<(f64, String)> {
        let (lo, hi) = (self.lo.exp() * 0.999, self.hi.exp() * 1.001);
        let decades = (lo.log10().floor() as i32)..=(hi.log10().ceil() as i32);
        let marks: [&[f64]; 4] = [&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        let of = |marks: &[f64]| -> Vec<(f64, String)> {
            let sizes = decades.clone().flat_map(|d| marks.iter().map(move |m| m * 10f64.powi(d)));
            sizes.filter(|s| (lo..=hi).contains(s) && *s >= 1.0).map(|s| (s, size(s, lang))).collect()
        };
        let apart = |ticks: &[(f64, String)]| {
            let ends = |(s, text): &(f64, String)| (self.x(*s), width(text, TICK) / 2.0);
            ticks.windows(2).all(|pair| {
                let ((a, half), (b, other)) = (ends(&pair[0]), ends(&pair[1]));
                b - a >= half + other + 10.0
            })
        };
        let mut found = marks.into_iter().map(of).find(|ticks| apart(ticks)).unwrap_or_default();
        if found.len() < 2 {
            // A narrow range: its ends.
            found = [self.lo.exp(), self.hi.exp()].map(|s| (s.round(), size(s, lang))).to_vec();
        }
        found
    }
}

/// The vertical axis: all values and the target, and of the curves what lies near them.
fn values(chart: &FunnelChart) -> Axis {
    let most = chart.points.iter().map(|p| p.value).fold(chart.target, f64::max);
    // At few cases the limits reach the end of the range; they may leave the picture at the top.
    let middle = chart.curves.get(chart.curves.len() / 3).map_or(most, |c| c.limits.outer.1);
    let least = chart.points.iter().map(|p| p.value).fold(0.0, f64::min);
    Axis::new([least, most, middle.min(most.max(chart.target * 2.0) * 1.15)], &chart.unit, 6.0)
}

pub(super) fn draw(chart: &FunnelChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let axis = values(chart);
    let left = EDGE + axis.label_width(&chart.unit, chart.lang) + 9.0;
    let target =
        wrap(&format!("{}: {}", chart.target_label, chart.unit.label(chart.target, chart.lang)), LABEL_BOLD, 118.0, 4);
    let percent = |level: f64| format_percent(level, decimals(level), chart.lang);
    let (inner, outer) = (percent(chart.levels.0), percent(chart.levels.1));
    let column = target.iter().map(|l| width(l, LABEL_BOLD)).chain([width(&outer, LABEL)]).fold(0.0, f64::max);
    let right = RIGHT - column - 22.0;
    let sizes = Sizes::new(chart, left, right);
    let top = frame.top + 16.0;
    let bottom = top + PLOT;
    let key = Key::new(key(chart));
    let height = bottom + 48.0 + key.height() + frame.foot;
    let y = |v: f64| bottom - axis.share(v.clamp(axis.lo, axis.hi)) * PLOT;
    let ticks: Vec<(f64, String)> =
        axis.ticks.iter().map(|t| (y(*t), chart.unit.tick(*t, axis.step, chart.lang))).collect();
    let curves: Vec<&FunnelCurve> = chart.curves.iter().filter(|c| c.size > 0.0).collect();
    let curve = |pick: &dyn Fn(&FunnelCurve) -> f64| -> Vec<(f64, f64)> {
        let points = curves.iter().map(|c| (sizes.x(c.size), bottom - axis.share(pick(c)) * PLOT)).collect::<Vec<_>>();
        inside(&points, top, bottom)
    };

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        for pick in [|l: &FunnelLimits| l.outer, |l: &FunnelLimits| l.inner] {
            let upper = curves.iter().map(|c| (sizes.x(c.size), y(pick(&c.limits).1)));
            let lower = curves.iter().rev().map(|c| (sizes.x(c.size), y(pick(&c.limits).0)));
            let area: Vec<(f64, f64)> = upper.chain(lower).collect();
            if area.len() > 2 {
                canvas.fill(&area, GROUP_EDGE, 0.13);
            }
        }
        value_axis(canvas, &ticks, (left, right), y(0.0));
        canvas.text(EDGE, frame.top + 6.0, Anchor::Start, TICK, &chart.value_label);
        for (at, label) in sizes.ticks(chart.lang) {
            canvas.line(&[(sizes.x(at), bottom), (sizes.x(at), bottom + 5.0)], Stroke::solid(AXIS, 1.0));
            canvas.text(sizes.x(at), bottom + 18.0, Anchor::Middle, TICK, &label);
        }
        canvas.line(&[(left, bottom), (right, bottom)], Stroke::solid(GRID, 0.8));
        let caption = Text::new("logarithmisch geteilt", "logarithmic scale").get(chart.lang);
        canvas.text(right, bottom + 36.0, Anchor::End, TICK, &format!("{} ({caption})", chart.size_label));
        for pick in [
            |l: &FunnelLimits| l.outer.0,
            |l: &FunnelLimits| l.outer.1,
            |l: &FunnelLimits| l.inner.0,
            |l: &FunnelLimits| l.inner.1,
        ] {
            canvas.line(&curve(&|c| pick(&c.chance)), Stroke::dashed(MUTED, 0.9, 1.5, 2.5));
        }
        for upper in [false, true] {
            let end = move |(lo, hi): (f64, f64)| if upper { hi } else { lo };
            canvas.line(&curve(&|c| end(c.limits.outer)), Stroke::solid(GROUP, 1.8));
            canvas.line(&curve(&|c| end(c.limits.inner)), Stroke::dashed(GROUP, 1.5, 6.0, 3.5));
        }
        canvas.line(&[(left, y(chart.target)), (right, y(chart.target))], Stroke::solid(INK, 1.4));
        let labels = ends(chart, &curves, (&inner, &outer), &target, right, &y);
        end_labels(canvas, &labels, right + 18.0, top - 6.0, bottom + 6.0);
        // The most extreme last, so that they lie on top.
        let ranked = ranked(chart);
        for point in ranked.iter().rev() {
            mark(canvas, point, (sizes.x(point.size), y(point.value)));
        }
        let dots: Vec<(f64, f64)> = ranked.iter().map(|p| (sizes.x(p.size), y(p.value))).collect();
        let named = ranked.iter().zip(&dots).filter(|(p, _)| matches!(side(p), Side::Above | Side::Below));
        let named: Vec<(&str, (f64, f64))> = named.take(LABELLED).map(|(p, at)| (p.name.as_str(), *at)).collect();
        names(canvas, &named, &dots, (left + 2.0, top, right - 2.0, bottom - 2.0));
        key.draw(canvas, bottom + 48.0);
    })
}

fn mark(canvas: &mut Canvas<'_>, point: &FunnelPoint, at: (f64, f64)) {
    match side(point) {
        Side::Within => canvas.marker(at, RADII[0], Marker::Circle, GROUP, true),
        Side::Between => canvas.marker(at, RADII[1], Marker::Circle, GROUP, false),
        Side::Above | Side::Below => canvas.marker(at, RADII[2], Marker::Diamond, OWN, false),
    }
}

/// The part of a falling or rising curve that lies in the picture; where it leaves, it is cut at the edge.
fn inside(points: &[(f64, f64)], top: f64, bottom: f64) -> Vec<(f64, f64)> {
    let mut out: Vec<(f64, f64)> = Vec::new();
    for (i, &(x, y)) in points.iter().enumerate() {
        let here = (top..=bottom).contains(&y);
        if let Some(&(px, py)) = i.checked_sub(1).and_then(|before| points.get(before))
            && here != (top..=bottom).contains(&py)
        {
            let edge = if y < top || py < top { top } else { bottom };
            out.push((px + (x - px) * (edge - py) / (y - py), edge));
        }
        if here {
            out.push((x, y));
        }
    }
    out
}

/// What stands at the right end of the curves.
fn ends(
    chart: &FunnelChart,
    curves: &[&FunnelCurve],
    (inner, outer): (&str, &str),
    target: &[String],
    right: f64,
    y: &dyn Fn(f64) -> f64,
) -> Vec<EndLabel> {
    let solid = Stroke::solid(GROUP, 1.8);
    let label = |v: f64, text: &str, stroke| EndLabel {
        from: (right - 8.0, y(v)),
        lines: vec![(text.to_owned(), GROUP_LABEL)],
        stroke,
    };
    let mut out = Vec::new();
    if let Some(last) = curves.last() {
        let FunnelLimits { inner: within, outer: beyond } = last.limits;
        out.push(label(beyond.1, outer, solid));
        out.push(label(within.1, inner, solid));
        out.push(EndLabel {
            from: (right, y(chart.target)),
            lines: target.iter().map(|l| (l.clone(), LABEL_BOLD)).collect(),
            stroke: Stroke::solid(INK, 1.4),
        });
        out.push(label(within.0, inner, solid));
        out.push(label(beyond.0, outer, solid));
    }
    out
}

/// A box in the picture.
#[derive(Debug, Clone, Copy)]
struct Area {
    x0: f64,
    y0: f64,
    x1: f64,
    y1: f64,
}

impl Area {
    fn meets(&self, other: &Self) -> bool {
        self.x0 < other.x1 && other.x0 < self.x1 && self.y0 < other.y1 && other.y0 < self.y1
    }

    fn around((x, y): (f64, f64), r: f64) -> Self {
        Self { x0: x - r, y0: y - r, x1: x + r, y1: y + r }
    }
}

/// Writes the names of `named` points beside them: never over another name or a named point, and over as few other
/// `dots` as can be. A name that finds no place stays in the data table alone.
fn names(
    canvas: &mut Canvas<'_>,
    named: &[(&str, (f64, f64))],
    dots: &[(f64, f64)],
    (left, top, right, bottom): (f64, f64, f64, f64),
) {
    const KIND: Type = OWN_LABEL;
    let mut taken: Vec<Area> = named.iter().map(|(_, at)| Area::around(*at, RADII[2] * 1.3)).collect();
    for (name, (x, y)) in named {
        let lines = wrap(name, KIND, NAME, 3);
        let wide = lines.iter().map(|l| width(l, KIND)).fold(0.0, f64::max);
        let tall = lines.len() as f64 * KIND.leading();
        let place = |dx: f64, dy: f64| {
            let (x0, y0) = (x + dx, y + dy);
            Area { x0, y0, x1: x0 + wide, y1: y0 + tall }
        };
        let mut best: Option<(usize, Area, bool)> = None;
        // Beside the point, above and below it, then farther off with a leader.
        for (step, gap) in [8.0, 20.0, 36.0, 56.0, 80.0, 110.0].into_iter().enumerate() {
            let far = step > 0;
            let up = -tall - gap;
            let candidates = [
                place(gap, -tall / 2.0),
                place(-wide - gap, -tall / 2.0),
                place(-wide / 2.0, up),
                place(-wide / 2.0, gap),
                place(gap, up + 4.0),
                place(-wide - gap, up + 4.0),
                place(gap, gap - 4.0),
                place(-wide - gap, gap - 4.0),
            ];
            for area in candidates {
                let fits = area.x0 >= left && area.x1 <= right && area.y0 >= top && area.y1 <= bottom;
                if !fits || taken.iter().any(|other| other.meets(&area)) {
                    continue;
                }
                let covered = dots.iter().filter(|dot| Area::around(**dot, RADII[1]).meets(&area)).count();
                let cost = covered * 2 + step;
                if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    best = Some((cost, area, far));
                }
            }
        }
        let Some((_, area, far)) = best else { continue };
        if far {
            let near = (x.clamp(area.x0, area.x1), y.clamp(area.y0, area.y1));
            canvas.line(&[(*x, *y), near], Stroke { color: OWN, width: 0.8, dash: Some((1.5, 2.0)) });
        }
        let first = area.y0 + KIND.size * 0.77 + (KIND.leading() - KIND.size) / 2.0;
        canvas.lines((area.x0 + area.x1) / 2.0, first, Anchor::Middle, KIND, &lines);
        taken.push(Area { x0: area.x0 - 4.0, x1: area.x1 + 4.0, ..area });
    }
}

fn key(chart: &FunnelChart) -> Vec<(Sign, String)> {
    let (inner, outer) = (level(chart.levels.0, chart.lang), level(chart.levels.1, chart.lang));
    let any = |wanted: fn(Side) -> bool| chart.points.iter().any(|p| wanted(side(p)));
    let mut out = Vec::new();
    let mut add = |sign, there: bool, de: String, en: String| {
        if there {
            out.push((sign, if chart.lang == Lang::De { de } else { en }));
        }
    };
    add(
        Sign::Outside,
        any(|s| matches!(s, Side::Above | Side::Below)),
        format!("außerhalb der {outer}-Grenzen"),
        format!("outside the {outer} limits"),
    );
    add(
        Sign::Filled,
        any(|s| s == Side::Between),
        format!("nur außerhalb der {inner}-Grenzen"),
        format!("outside the {inner} limits only"),
    );
    add(Sign::Hollow, any(|s| s == Side::Within), "innerhalb".to_owned(), "inside".to_owned());
    add(Sign::Thin, !chart.chance_label.is_empty(), chart.chance_label.clone(), chart.chance_label.clone());
    let beyond = chart.points.iter().filter(|p| matches!(side(p), Side::Above | Side::Below)).count();
    if beyond > LABELLED {
        out.push((
            Sign::Plain,
            match chart.lang {
                Lang::De => format!("Namen der {LABELLED} auffälligsten"),
                Lang::En => format!("names of the {LABELLED} that stand out most"),
            },
        ));
    }
    out.extend(words::caption(&chart.unit, chart.lang).map(|text| (Sign::Plain, text)));
    out
}

pub(super) fn table(chart: &FunnelChart) -> DataTable {
    let lang = chart.lang;
    let limits = |of: f64| match lang {
        Lang::De => format!("{}-Grenzen", level(of, lang)),
        Lang::En => format!("{} limits", level(of, lang)),
    };
    let place = |p: &FunnelPoint| {
        match side(p) {
            Side::Within => Text::new("innerhalb", "inside"),
            Side::Between if p.value > p.limits.inner.1 => Text::new("über der inneren", "above the inner"),
            Side::Between => Text::new("unter der inneren", "below the inner"),
            Side::Above => Text::new("über der äußeren", "above the outer"),
            Side::Below => Text::new("unter der äußeren", "below the outer"),
        }
        .get(lang)
        .to_owned()
    };
    let smoothed = chart.points.iter().any(|p| p.smoothed.value.is_some());
    let mut columns = vec![
        chart.row_label.clone(),
        chart.size_label.clone(),
        chart.value_label.clone(),
        limits(chart.levels.0),
        limits(chart.levels.1),
        Text::new("Lage zur Grenze", "Place by limit").get(lang).to_owned(),
    ];
    if smoothed {
        columns.push(chart.smoothed_label.clone());
    }
    let row = |p: &FunnelPoint| {
        let mut row = vec![
            p.name.clone(),
            size(p.size, lang),
            chart.unit.format(p.value, lang),
            words::limits(Some(p.limits.inner), &chart.unit, lang),
            words::limits(Some(p.limits.outer), &chart.unit, lang),
            place(p),
        ];
        if smoothed {
            let span = p.smoothed.limits().map(|l| format!(" ({})", words::limits(Some(l), &chart.unit, lang)));
            row.push(format!("{}{}", words::value(&p.smoothed, &chart.unit, lang), span.unwrap_or_default()));
        }
        row
    };
    DataTable { columns, rows: ranked(chart).into_iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_cut_where_it_leaves_the_picture() {
        // From 20 above the top to 20 below it: it enters half way.
        assert_eq!(
            inside(&[(0.0, -20.0), (10.0, 20.0), (20.0, 30.0)], 0.0, 100.0),
            [(5.0, 0.0), (10.0, 20.0), (20.0, 30.0)]
        );
        assert_eq!(inside(&[(0.0, 90.0), (10.0, 110.0)], 0.0, 100.0), [(0.0, 90.0), (5.0, 100.0)]);
        assert!(inside(&[(0.0, -5.0), (10.0, -1.0)], 0.0, 100.0).is_empty());
    }

    #[test]
    fn levels_have_the_decimals_that_they_need() {
        assert_eq!((level(0.95, Lang::De), level(0.998, Lang::De)), ("95-%".to_owned(), "99,8-%".to_owned()));
        assert_eq!((level(0.95, Lang::En), level(0.998, Lang::En)), ("95%".to_owned(), "99.8%".to_owned()));
    }
}
