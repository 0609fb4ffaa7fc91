//! A series by month with its limits (control chart).

use super::axis::{Axis, month_ticks};
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, EndLabel, Frame, Key, RIGHT, Sign, Stack, WIDTH, end_labels, value_axis};
use super::spec::{Header, Point, Unit};
use super::style::{AXIS, EVENT, GROUP, GROUP_EDGE, GROUP_LABEL, INK, LABEL_BOLD, OWN, SMALL, TICK, Type, width, wrap};
use super::{ChartError, DataTable, words};
use crate::domain::{Lang, Month, Text};

/// How a month stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Signal {
    /// Not at all.
    #[default]
    None,
    /// It lies beyond the limits.
    Beyond,
    /// It completes an unusual run.
    Run,
}

/// A month of a control chart.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ControlMonth {
    /// The value, with the limits at this month as its interval.
    pub point: Point,
    /// How it stands out.
    pub signal: Signal,
}

/// Months with a middle line of their own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlStretch {
    /// Place of the first month.
    pub from: usize,
    /// Place behind the last month.
    pub until: usize,
    /// What begins here; empty for the first one.
    pub label: String,
    /// The middle line, where there is one.
    pub center: Option<f64>,
}

/// A series by month against the limits of its usual variation.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// The first month.
    pub first: Month,
    /// What the value is, for example `Online-Anteil`.
    pub value_label: String,
    /// The months in order.
    pub months: Vec<ControlMonth>,
    /// The phases in order, over all months.
    pub phases: Vec<ControlStretch>,
}

const INSET: f64 = 10.0;
const PLOT: f64 = 260.0;
const CENTER: Text = Text::new("Mittellinie", "middle line");
const UPPER: Text = Text::new("obere Grenze", "upper limit");
const LOWER: Text = Text::new("untere Grenze", "lower limit");
const MARK: Type = Type::new(12.0, false, EVENT);

impl ControlChart {
    pub(super) fn numbers(&self) -> impl Iterator<Item = Option<f64>> {
        let months = self.months.iter().flat_map(|m| [m.point.value, m.point.lower, m.point.upper]);
        months.chain(self.phases.iter().map(|p| p.center))
    }

    pub(super) fn has_values(&self) -> bool {
        self.months.iter().any(|m| m.point.value.is_some())
    }

    fn month(&self, at: usize) -> Month {
        self.first.plus(i32::try_from(at).unwrap_or(i32::MAX))
    }

    fn center(&self, at: usize) -> Option<f64> {
        self.phases.iter().find(|p| (p.from..p.until).contains(&at)).and_then(|p| p.center)
    }

    fn any(&self, signal: Signal) -> bool {
        self.months.iter().any(|m| m.signal == signal)
    }

    /// The values of the vertical axis. It need not begin at zero: what counts is the distance from the limits.
    fn axis(&self) -> Axis {
        let values: Vec<f64> = self.numbers().flatten().collect();
        let (lo, hi) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), v| (lo.min(*v), hi.max(*v)));
        let whole = Axis::new(values, &self.unit, 5.0);
        if lo <= 0.5 * hi {
            return whole;
        }
        // The steps of an axis over the range alone, moved up to where the values lie.
        let Axis { step, .. } = Axis::new([hi - lo], &self.unit, 4.0);
        let (from, to) = ((lo / step + 1e-9).floor(), (hi / step - 1e-9).ceil().max((lo / step + 1e-9).floor() + 1.0));
        let ticks: Vec<f64> = (0..=((to - from) as usize)).map(|i| (from + i as f64) * step).collect();
        Axis { lo: from * step, hi: to * step, step, ticks }
    }
}

/// Positions on the plot.
struct Scale {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    slots: usize,
    axis: Axis,
}

impl Scale {
    fn pitch(&self) -> f64 {
        (self.right - self.left - 2.0 * INSET) / self.slots.max(1) as f64
    }

    /// The middle of a month.
    fn x(&self, slot: usize) -> f64 {
        self.left + INSET + (slot as f64 + 0.5) * self.pitch()
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.share(value) * (self.bottom - self.top)
    }

    /// A line of steps, as wide as the months.
    fn steps(&self, values: &[(usize, f64)]) -> Vec<(f64, f64)> {
        let half = self.pitch() / 2.0;
        values.iter().flat_map(|(at, v)| [(self.x(*at) - half, self.y(*v)), (self.x(*at) + half, self.y(*v))]).collect()
    }
}

pub(super) fn draw(chart: &ControlChart) -> Result<Drawing, ChartError> {
    let lang = chart.lang;
    let frame = Frame::new(&chart.header);
    let axis = chart.axis();
    let cropped = axis.lo > 0.0;
    let left = EDGE + axis.label_width(&chart.unit, lang) + 9.0;
    let ends = ends(chart);
    let column = ends.iter().flat_map(|e| &e.lines).map(|(line, kind)| width(line, *kind)).fold(60.0, f64::max);
    let right = RIGHT - column - 18.0;
    let slots = chart.months.len();
    let mut scale = Scale { left, right, top: 0.0, bottom: 0.0, slots, axis };
    let borders: Vec<(f64, &str, Type)> = chart
        .phases
        .iter()
        .filter(|p| p.from > 0)
        .map(|p| (scale.x(p.from) - scale.pitch() / 2.0, p.label.as_str(), MARK))
        .collect();
    let stack = Stack::new(&borders);
    let ticks = month_ticks(chart.first, slots, scale.pitch(), lang);
    let second = if ticks.iter().any(|t| !t.second.is_empty()) { 16.0 } else { 0.0 };
    let key = Key::new(key(chart));
    let note = if cropped { 17.0 } else { 0.0 };
    scale.top = frame.top + stack.height + 26.0;
    scale.bottom = scale.top + PLOT;
    let height = scale.bottom + 28.0 + second + note + key.height() + frame.foot;

    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        canvas.text(EDGE, frame.top + stack.height + 10.0, Anchor::Start, TICK, &chart.value_label);
        draw_limits(canvas, chart, &scale);
        let grid: Vec<(f64, String)> =
            scale.axis.ticks.iter().map(|t| (scale.y(*t), chart.unit.tick(*t, scale.axis.step, lang))).collect();
        value_axis(canvas, &grid, (left, right), scale.bottom);
        for tick in &ticks {
            let x = scale.x(tick.slot);
            canvas.line(&[(x, scale.bottom), (x, scale.bottom + 5.0)], Stroke::solid(AXIS, 1.0));
            canvas.text(x, scale.bottom + 19.0, Anchor::Middle, TICK, &tick.label);
            canvas.text(x, scale.bottom + 35.0, Anchor::Middle, TICK, &tick.second);
        }
        for (i, (x, ..)) in borders.iter().enumerate() {
            let lower = scale.top - 22.0 - stack.offsets[i];
            let upper = lower - stack.lines[i].len() as f64 * MARK.leading();
            canvas.line(&[(*x, scale.bottom), (*x, upper)], Stroke::dashed(EVENT, 1.3, 3.5, 2.5));
            let base = upper + MARK.size - 0.5;
            canvas.lines(x + stack.indent(i), base, Anchor::Start, MARK, &stack.lines[i]);
        }
        draw_series(canvas, chart, &scale);
        let placed: Vec<EndLabel> = ends
            .into_iter()
            .map(|e| EndLabel {
                from: (scale.x(e.at) + scale.pitch() / 2.0, scale.y(e.value)),
                lines: e.lines,
                stroke: e.stroke,
            })
            .collect();
        end_labels(canvas, &placed, right + 12.0, scale.top - 8.0, scale.bottom + 8.0);
        let below = scale.bottom + 26.0 + second;
        if cropped {
            let text =
                Text::new("Die senkrechte Achse beginnt nicht bei null", "The vertical axis does not begin at zero");
            canvas.text(EDGE, below + 12.0, Anchor::Start, SMALL, text.get(lang));
        }
        key.draw(canvas, below + note);
    })
}

/// The limits as steps and the middle line, phase by phase.
fn draw_limits(canvas: &mut Canvas<'_>, chart: &ControlChart, scale: &Scale) {
    for phase in &chart.phases {
        let months = (phase.from..phase.until.min(chart.months.len())).collect::<Vec<_>>();
        let limits = |at: &usize| chart.months[*at].point.limits();
        for run in months.chunk_by(|a, b| limits(a).is_some() == limits(b).is_some()) {
            let known: Vec<(usize, (f64, f64))> = run.iter().filter_map(|at| Some((*at, limits(at)?))).collect();
            let lower = scale.steps(&known.iter().map(|(at, l)| (*at, l.0)).collect::<Vec<_>>());
            let upper = scale.steps(&known.iter().map(|(at, l)| (*at, l.1)).collect::<Vec<_>>());
            let ring: Vec<(f64, f64)> = upper.iter().chain(lower.iter().rev()).copied().collect();
            if ring.len() > 2 {
                canvas.fill(&ring, GROUP_EDGE, 0.13);
            }
            for edge in [&upper, &lower] {
                canvas.line(edge, Stroke::dashed(GROUP, 1.4, 6.0, 3.0));
            }
        }
        if let (Some(center), Some(first), Some(last)) = (phase.center, months.first(), months.last()) {
            canvas.line(&scale.steps(&[(*first, center), (*last, center)]), Stroke::solid(INK, 1.2));
        }
    }
}

fn draw_series(canvas: &mut Canvas<'_>, chart: &ControlChart, scale: &Scale) {
    let known: Vec<(usize, f64)> =
        chart.months.iter().enumerate().filter_map(|(at, m)| m.point.value.map(|v| (at, v))).collect();
    for run in known.chunk_by(|a, b| a.0 + 1 == b.0) {
        let path: Vec<(f64, f64)> = run.iter().map(|(at, v)| (scale.x(*at), scale.y(*v))).collect();
        canvas.line(&path, Stroke::solid(OWN, 1.8));
    }
    for (at, value) in known {
        let place = (scale.x(at), scale.y(value));
        match chart.months[at].signal {
            Signal::None => canvas.marker(place, 2.6, Marker::Circle, OWN, false),
            Signal::Beyond => canvas.marker(place, 4.8, Marker::Diamond, OWN, false),
            Signal::Run => canvas.marker(place, 4.8, Marker::Square, OWN, true),
        }
    }
}

/// What is written at the right end of the last limits.
struct End {
    at: usize,
    value: f64,
    lines: Vec<(String, Type)>,
    stroke: Stroke,
}

fn ends(chart: &ControlChart) -> Vec<End> {
    let lang = chart.lang;
    let last = chart.months.iter().enumerate().rev().find_map(|(at, m)| m.point.limits().map(|l| (at, l)));
    let Some((at, (lower, upper))) = last else { return Vec::new() };
    let fold = |name: Text, value: f64, kind: Type| -> Vec<(String, Type)> {
        let text = format!("{} {}", name.get(lang), chart.unit.label(value, lang));
        wrap(&text, kind, 110.0, 3).into_iter().map(|line| (line, kind)).collect()
    };
    let thin = Stroke::solid(GROUP, 1.0);
    let mut out = vec![End { at, value: upper, lines: fold(UPPER, upper, GROUP_LABEL), stroke: thin }];
    if let Some(center) = chart.center(at) {
        out.push(End { at, value: center, lines: fold(CENTER, center, LABEL_BOLD), stroke: Stroke::solid(INK, 1.0) });
    }
    out.push(End { at, value: lower, lines: fold(LOWER, lower, GROUP_LABEL), stroke: thin });
    out
}

fn key(chart: &ControlChart) -> Vec<(Sign, String)> {
    let signs = [
        (Signal::Beyond, Sign::Outside, Text::new("außerhalb der Grenzen", "outside the limits")),
        (Signal::Run, Sign::Run, Text::new("Ende einer auffälligen Folge", "end of an unusual run")),
    ];
    let mut out: Vec<(Sign, String)> = signs
        .into_iter()
        .filter(|(signal, ..)| chart.any(*signal))
        .map(|(_, sign, text)| (sign, text.get(chart.lang).to_owned()))
        .collect();
    out.extend(words::caption(&chart.unit, chart.lang).map(|text| (Sign::Plain, text)));
    out
}

/// What stands out, in a cell of the data table.
fn said(signal: Signal, lang: Lang) -> &'static str {
    match signal {
        Signal::None => Text::new("nein", "no").get(lang),
        Signal::Beyond => Text::new("außerhalb der Grenzen", "outside the limits").get(lang),
        Signal::Run => Text::new("Ende einer auffälligen Folge", "end of an unusual run").get(lang),
    }
}

pub(super) fn table(chart: &ControlChart) -> DataTable {
    let lang = chart.lang;
    let say = |de, en| Text::new(de, en).get(lang).to_owned();
    let columns = vec![
        say("Monat", "Month"),
        chart.value_label.clone(),
        CENTER.get(lang).to_owned(),
        say("Grenzen", "Limits"),
        say("Auffällig", "Stands out"),
    ];
    let row = |(at, month): (usize, &ControlMonth)| {
        let center = chart.center(at).filter(|_| month.point.limits().is_some());
        vec![
            chart.month(at).long(lang),
            words::value(&month.point, &chart.unit, lang),
            center.map_or_else(|| "–".to_owned(), |v| chart.unit.format(v, lang)),
            words::limits(month.point.limits(), &chart.unit, lang),
            said(month.signal, lang).to_owned(),
        ]
    };
    DataTable { columns, rows: chart.months.iter().enumerate().map(row).collect() }
}

/// The picture in words.
pub(super) fn sentences(chart: &ControlChart) -> Vec<String> {
    let lang = chart.lang;
    let known: Vec<(usize, f64)> =
        chart.months.iter().enumerate().filter_map(|(at, m)| m.point.value.map(|v| (at, v))).collect();
    let mut out = Vec::new();
    if let (Some((a, first)), Some((b, last))) = (known.first(), known.last()) {
        let (n, gaps) = (known.len(), chart.months.len() - known.len());
        let shown = |v: f64| chart.unit.format(v, lang);
        let (from, to) = (chart.month(*a).long(lang), chart.month(*b).long(lang));
        let (first, last) = (shown(*first), shown(*last));
        out.push(match lang {
            Lang::De => format!("{n} Monate, erster Wert {first} ({from}), letzter Wert {last} ({to}); Lücken: {gaps}"),
            Lang::En => format!("{n} months, first value {first} ({from}), last value {last} ({to}); gaps: {gaps}"),
        });
    }
    for phase in &chart.phases {
        let Some(center) = phase.center else { continue };
        let center = chart.unit.format(center, lang);
        let from = chart.month(phase.from).long(lang);
        out.push(match (phase.label.is_empty(), lang) {
            (true, _) => format!("{} {center}", CENTER.get(lang)),
            (false, Lang::De) => format!("Ab {from} ({}) neue Phase, Mittellinie {center}", phase.label),
            (false, Lang::En) => format!("From {from} ({}) a new phase, middle line {center}", phase.label),
        });
    }
    for (signal, de, en) in [
        (Signal::Beyond, "Außerhalb der Grenzen", "Outside the limits"),
        (Signal::Run, "Ende einer auffälligen Folge", "End of an unusual run"),
    ] {
        let months = chart.months.iter().enumerate().filter(|(_, m)| m.signal == signal);
        let months: Vec<String> = months
            .filter_map(|(at, m)| {
                let value = chart.unit.format(m.point.value?, lang);
                Some(format!("{} ({value})", chart.month(at).long(lang)))
            })
            .collect();
        if !months.is_empty() {
            out.push(format!("{}: {}", Text::new(de, en).get(lang), months.join("; ")));
        }
    }
    out.push(
        Text::new(
            "Die Grenzen jedes Monats stehen in der Datentabelle",
            "The limits of every month are in the data table",
        )
        .get(lang)
        .to_owned(),
    );
    out
}
