//! The effect before and after an event, measured from the last period before it (event study).
//!
//! Reference: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230, section 4.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, Frame, Key, RIGHT, Sign, WIDTH, value_axis};
use super::spec::{Header, Point, Unit};
use super::style::{
    AXIS, EVENT, GROUP, GROUP_EDGE, GROUP_LABEL, INK, LABEL_BOLD, OWN, OWN_EDGE, OWN_LABEL, OWN_TINT, SMALL, TICK,
    Type, shorten, width,
};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Text, format_count};

/// Height of the plot.
const PLOT: f64 = 250.0;
/// Half the width of the box of a band, of the distance between quarters.
const BOX: f64 = 0.27;
/// Values are written where quarters stand at least so far apart.
const ROOM: f64 = 54.0;
const RADIUS: f64 = 4.6;

/// One quarter of an event study.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudyPoint {
    /// Quarters since the event, negative before it.
    pub quarter: i32,
    /// The difference with its pointwise limits.
    pub point: Point,
    /// Limits that hold for all quarters at once.
    pub band: Option<(f64, f64)>,
    /// Towns with the event that are seen in this quarter.
    pub n: u32,
}

/// Differences by quarters before and after an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventStudyChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How differences are written.
    pub unit: Unit,
    /// The quarters, in any order.
    pub points: Vec<StudyPoint>,
    /// The quarter from which all are measured, where the difference is zero by definition.
    pub reference: i32,
    /// What stands over the quarters before, for example `vor der Kampagne`.
    pub before: String,
    /// What stands over the others, for example `ab dem Quartal der Kampagne`.
    pub after: String,
    /// What the difference is, for example `Unterschied`.
    pub value_label: String,
    /// Name of the pointwise intervals.
    pub interval: String,
    /// Name of the limits for all quarters at once.
    pub band: String,
    /// What is counted under the axis, for example `Orte mit Kampagne`.
    pub count_label: String,
}

impl EventStudyChart {
    pub(super) fn numbers(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        let band = |p: &StudyPoint| [p.band.map(|b| b.0), p.band.map(|b| b.1)];
        self.points.iter().flat_map(move |p| [p.point.value, p.point.lower, p.point.upper].into_iter().chain(band(p)))
    }

    pub(super) fn has_values(&self) -> bool {
        self.points.iter().any(|p| p.point.value.is_some() && p.quarter != self.reference)
    }

    /// The quarters in order.
    fn ordered(&self) -> Vec<&StudyPoint> {
        let mut points: Vec<&StudyPoint> = self.points.iter().collect();
        points.sort_by_key(|p| p.quarter);
        points
    }

    fn ends(&self) -> (i32, i32) {
        let quarters = || self.points.iter().map(|p| p.quarter).chain([self.reference]);
        (quarters().min().unwrap_or(0), quarters().max().unwrap_or(0))
    }

    /// From first to last, gaps counted.
    pub(super) fn quarters(&self) -> usize {
        let (first, last) = self.ends();
        usize::try_from(i64::from(last) - i64::from(first)).unwrap_or(usize::MAX).saturating_add(1)
    }
}

/// `−2`, `0`, `3`.
fn quarter(at: i32) -> String {
    if at < 0 { format!("\u{2212}{}", at.unsigned_abs()) } else { at.to_string() }
}

/// With a plus sign above zero.
fn signed(text: String) -> String {
    let positive = !text.starts_with(['\u{2212}', '-']) && text.contains(|c: char| ('1'..='9').contains(&c));
    if positive { format!("+{text}") } else { text }
}

/// Positions on the finished plot.
struct Scale {
    first: i32,
    left: f64,
    pitch: f64,
    top: f64,
    bottom: f64,
    axis: Axis,
}

impl Scale {
    fn x(&self, quarter: f64) -> f64 {
        self.left + (quarter - f64::from(self.first) + 0.5) * self.pitch
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.share(value) * (self.bottom - self.top)
    }
}

pub(super) fn draw(chart: &EventStudyChart) -> Result<Drawing, ChartError> {
    let frame = Frame::new(&chart.header);
    let axis = Axis::new(chart.numbers().flatten(), &chart.unit, 6.0);
    let (first, last) = chart.ends();
    let left = (EDGE + axis.label_width(&chart.unit, chart.lang) + 8.0).max(EDGE + width("n", TICK) + 14.0);
    let pitch = (RIGHT - left) / f64::from(last - first + 1);
    let key = Key::new(key(chart));
    let top = frame.top + 31.0;
    let scale = Scale { first, left, pitch, top, bottom: top + PLOT, axis };
    let height = scale.bottom + 42.0 + 17.0 + key.height() + frame.foot;
    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        let border = scale.x(-0.5).clamp(scale.left, RIGHT);
        canvas.rect(border, scale.top, RIGHT, scale.bottom, OWN_TINT);
        let ticks = scale.axis.ticks.iter();
        let grid: Vec<(f64, String)> =
            ticks.map(|t| (scale.y(*t), chart.unit.tick(*t, scale.axis.step, chart.lang))).collect();
        value_axis(canvas, &grid, (scale.left, RIGHT), scale.y(0.0));
        canvas.line(&[(scale.left, scale.y(0.0)), (RIGHT, scale.y(0.0))], Stroke::solid(INK, 1.6));
        captions(canvas, chart, &scale, border);
        quarter_axis(canvas, chart, &scale);
        let points = chart.ordered();
        points.iter().for_each(|p| shape(canvas, chart, &scale, p));
        if pitch >= ROOM {
            points.iter().for_each(|p| value(canvas, chart, &scale, p));
        }
        canvas.text(scale.left, scale.bottom + 52.0, Anchor::Start, SMALL, &axis_title(chart));
        key.draw(canvas, scale.bottom + 62.0);
    })
}

fn key(chart: &EventStudyChart) -> Vec<(Sign, String)> {
    let there = |pick: &dyn Fn(&StudyPoint) -> bool| chart.points.iter().any(pick);
    let reference = Text::new("Bezugsquartal, das letzte davor", "reference quarter, the last before");
    let mut out = vec![(Sign::Reference, reference.get(chart.lang).to_owned())];
    if there(&|p| p.quarter < chart.reference && p.point.value.is_some()) {
        out.push((Sign::Hollow, Text::new("vorher", "before").get(chart.lang).to_owned()));
    }
    if there(&|p| p.quarter > chart.reference && p.point.value.is_some()) {
        out.push((Sign::Own, Text::new("nachher", "after").get(chart.lang).to_owned()));
    }
    if there(&|p| p.point.limits().is_some()) {
        out.push((Sign::Interval, words::interval_name(&chart.interval, chart.lang)));
    }
    if there(&|p| p.band.is_some()) {
        out.push((Sign::Box, chart.band.clone()));
    }
    out.extend(words::caption(&chart.unit, chart.lang).map(|text| (Sign::Plain, text)));
    out
}

/// The line between before and after, and what is on either side of it.
fn captions(canvas: &mut Canvas<'_>, chart: &EventStudyChart, scale: &Scale, border: f64) {
    canvas.line(&[(border, scale.top - 21.0), (border, scale.bottom)], Stroke::dashed(EVENT, 1.3, 3.5, 2.5));
    let base = scale.top - 12.0;
    let before = shorten(&format!("← {}", chart.before), GROUP_LABEL, border - 6.0 - EDGE);
    canvas.text(border - 6.0, base, Anchor::End, GROUP_LABEL, &before);
    let after = shorten(&format!("{} →", chart.after), OWN_LABEL, RIGHT - border - 6.0);
    canvas.text(border + 6.0, base, Anchor::Start, OWN_LABEL, &after);
}

fn quarter_axis(canvas: &mut Canvas<'_>, chart: &EventStudyChart, scale: &Scale) {
    let step = [1, 2, 4, 8].into_iter().find(|s| f64::from(*s) * scale.pitch >= 30.0).unwrap_or(16);
    for point in chart.ordered() {
        let x = scale.x(f64::from(point.quarter));
        canvas.line(&[(x, scale.bottom), (x, scale.bottom + 5.0)], Stroke::solid(AXIS, 1.0));
        if point.quarter % step == 0 || (step == 1 && point.quarter == chart.reference) {
            canvas.text(x, scale.bottom + 19.0, Anchor::Middle, TICK, &quarter(point.quarter));
            let n = format_count(i64::from(point.n), chart.lang);
            canvas.text(x, scale.bottom + 35.0, Anchor::Middle, TICK, &n);
        }
    }
    canvas.text(EDGE, scale.bottom + 35.0, Anchor::Start, TICK, "n");
}

fn axis_title(chart: &EventStudyChart) -> String {
    let quarters = Text::new(
        "Quartale seit dem Ereignis, 0 = Quartal, in dem es begann",
        "Quarters since the event, 0 = quarter in which it began",
    );
    let title = format!("{}; n: {}", quarters.get(chart.lang), chart.count_label);
    shorten(&title, SMALL, RIGHT - EDGE)
}

/// Box, whisker and dot of a quarter.
fn shape(canvas: &mut Canvas<'_>, chart: &EventStudyChart, scale: &Scale, point: &StudyPoint) {
    let x = scale.x(f64::from(point.quarter));
    if point.quarter == chart.reference {
        canvas.marker((x, scale.y(0.0)), RADIUS, Marker::Diamond, INK, true);
        return;
    }
    let Some(v) = point.point.value else { return };
    let after = point.quarter > chart.reference;
    let (color, edge, alpha) = if after { (OWN, OWN_EDGE, 0.3) } else { (GROUP, GROUP_EDGE, 0.22) };
    if let Some((lower, upper)) = point.band {
        let (half, y0, y1) = ((BOX * scale.pitch).min(18.0), scale.y(upper), scale.y(lower));
        let ring = [(x - half, y0), (x + half, y0), (x + half, y1), (x - half, y1)];
        canvas.fill(&ring, edge, alpha);
        let stroke = if after { Stroke::solid(edge, 0.8) } else { Stroke::dashed(edge, 0.9, 2.0, 2.0) };
        canvas.line(&[ring[0], ring[1]], stroke);
        canvas.line(&[ring[3], ring[2]], stroke);
    }
    if let Some((lower, upper)) = point.point.limits() {
        let (y0, y1) = (scale.y(upper), scale.y(lower));
        canvas.line(&[(x, y0), (x, y1)], Stroke::solid(color, 1.6));
        for y in [y0, y1] {
            canvas.line(&[(x - 4.0, y), (x + 4.0, y)], Stroke::solid(color, 1.6));
        }
    }
    canvas.marker((x, scale.y(v)), RADIUS, Marker::Circle, color, !after);
}

/// The value beside its dot, on the side that no whisker takes.
fn value(canvas: &mut Canvas<'_>, chart: &EventStudyChart, scale: &Scale, point: &StudyPoint) {
    let Some(v) = point.point.value.filter(|_| point.quarter != chart.reference) else { return };
    let after = point.quarter > chart.reference;
    let kind: Type = if after { LABEL_BOLD } else { GROUP_LABEL };
    let text = signed(chart.unit.label(v, chart.lang));
    let x = scale.x(f64::from(point.quarter)) + RADIUS + 3.0;
    // Not on the zero line, where it could not be read.
    let y = scale.y(v) + if (scale.y(v) - scale.y(0.0)).abs() < 8.0 { -8.0 } else { 4.2 };
    canvas.text(x, y, Anchor::Start, kind, &text);
}

pub(super) fn table(chart: &EventStudyChart) -> DataTable {
    let lang = chart.lang;
    let reference = Text::new("Bezugsquartal", "reference quarter").get(lang);
    let row = |p: &&StudyPoint| {
        let is_reference = p.quarter == chart.reference;
        let name = quarter(p.quarter);
        let shown = match p.point.value {
            Some(v) if !is_reference => signed(chart.unit.format(v, lang)),
            _ if is_reference => chart.unit.format(0.0, lang),
            _ => words::value(&p.point, &chart.unit, lang),
        };
        vec![
            if is_reference { format!("{name} ({reference})") } else { name },
            shown,
            words::limits(p.point.limits(), &chart.unit, lang),
            words::limits(p.band, &chart.unit, lang),
            format_count(i64::from(p.n), lang),
        ]
    };
    DataTable {
        columns: vec![
            Text::new("Quartale seit dem Ereignis", "Quarters since the event").get(lang).to_owned(),
            chart.value_label.clone(),
            words::interval_name(&chart.interval, lang),
            chart.band.clone(),
            chart.count_label.clone(),
        ],
        rows: chart.ordered().iter().map(row).collect(),
    }
}

/// The picture in words.
pub(super) fn sentences(chart: &EventStudyChart) -> Vec<String> {
    let (first, last) = chart.ends();
    let (from, to, reference) = (quarter(first), quarter(last), quarter(chart.reference));
    let mut out = vec![match chart.lang {
        Lang::De => format!("Quartale {from} bis {to} seit dem Ereignis, gemessen am Quartal {reference}"),
        Lang::En => format!("Quarters {from} to {to} since the event, measured from quarter {reference}"),
    }];
    let before: Vec<&StudyPoint> = chart.ordered().into_iter().filter(|p| p.quarter < chart.reference).collect();
    let after: Vec<&StudyPoint> = chart.ordered().into_iter().filter(|p| p.quarter > chart.reference).collect();
    for (name, points) in [(Text::new("Vorher", "Before"), before), (Text::new("Nachher", "After"), after)] {
        let name = name.get(chart.lang);
        let known: Vec<(f64, &StudyPoint)> = points.iter().filter_map(|p| Some((p.point.value?, *p))).collect();
        let at = |(v, p): &(f64, &StudyPoint)| {
            let shown = signed(chart.unit.format(*v, chart.lang));
            match chart.lang {
                Lang::De => format!("{shown} (Quartal {})", quarter(p.quarter)),
                Lang::En => format!("{shown} (quarter {})", quarter(p.quarter)),
            }
        };
        let ends = known.iter().min_by(|a, b| a.0.total_cmp(&b.0)).zip(known.iter().max_by(|a, b| a.0.total_cmp(&b.0)));
        let Some((least, most)) = ends else {
            out.push(format!("{name}: {}", words::no_value(chart.lang)));
            continue;
        };
        let limits: Vec<(f64, f64)> = known.iter().filter_map(|(_, p)| p.point.limits()).collect();
        let beyond = limits.iter().filter(|(lower, upper)| *lower > 0.0 || *upper < 0.0).count();
        let (least, most, all) = (at(least), at(most), limits.len());
        out.push(match chart.lang {
            Lang::De => format!(
                "{name}: kleinster Unterschied {least}, größter {most}; Spannen, die die Null ausschließen: {beyond} von {all}"
            ),
            Lang::En => format!(
                "{name}: smallest difference {least}, largest {most}; intervals that exclude zero: {beyond} of {all}"
            ),
        });
    }
    out.push(
        Text::new(
            "Alle Werte und Spannen stehen in der Datentabelle",
            "All values and intervals are in the data table",
        )
        .get(chart.lang)
        .to_owned(),
    );
    out
}

#[cfg(test)]
pub(super) mod tests;
