//! The plot over months that trend and launch charts share.

use super::axis::{Axis, Tick};
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::layout::{EDGE, EndLabel, Frame, Key, RIGHT, Sign, Stack, WIDTH, end_labels, value_axis};
use super::spec::{GroupLine, Header, Line, MarkKind, Point, Unit};
use super::style::{
    AXIS, EVENT, GROUP, GROUP_EDGE, GROUP_LABEL, INK, LABEL, LABEL_BOLD, OWN, OWN_EDGE, OWN_LABEL, SMALL, TARGET, TICK,
    Type, width, wrap,
};
use super::{ChartError, words};
use crate::domain::Lang;

/// A vertical mark at a slot.
pub(super) struct SlotMark {
    pub slot: usize,
    pub label: String,
    pub kind: MarkKind,
}

/// A target at a slot, or across the whole plot.
pub(super) struct SlotTarget {
    pub slot: Option<usize>,
    pub value: f64,
    pub label: String,
}

/// All that is drawn over `slots` months.
pub(super) struct TimePlot<'s> {
    pub header: &'s Header,
    pub lang: Lang,
    pub unit: &'s Unit,
    pub own: &'s Line,
    pub interval: &'s str,
    pub group: Option<&'s GroupLine>,
    pub slots: usize,
    /// In the order of their slots.
    pub marks: Vec<SlotMark>,
    pub targets: Vec<SlotTarget>,
    /// What a slot is called beside a value that is not the newest.
    pub slot_name: &'s dyn Fn(usize) -> String,
    /// Ticks for a distance between slots.
    pub ticks: &'s dyn Fn(f64) -> Vec<Tick>,
    /// Name of the second row of tick labels, written in the margin.
    pub second_name: &'s str,
    pub axis_title: Option<String>,
}

const INSET: f64 = 8.0;

/// Positions on the finished plot.
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
        (self.right - self.left - 2.0 * INSET) / (self.slots.max(2) - 1) as f64
    }

    fn x(&self, slot: usize) -> f64 {
        if self.slots < 2 {
            f64::midpoint(self.left, self.right)
        } else {
            self.left + INSET + self.pitch() * slot as f64
        }
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - self.axis.share(value) * (self.bottom - self.top)
    }

    fn at(&self, slot: usize, value: f64) -> (f64, f64) {
        (self.x(slot), self.y(value))
    }
}

/// Runs of neighbouring slots that have a value.
fn runs<T: Copy>(values: impl Iterator<Item = Option<T>>) -> Vec<Vec<(usize, T)>> {
    let mut out: Vec<Vec<(usize, T)>> = Vec::new();
    let mut open = false;
    for (slot, value) in values.enumerate() {
        match value {
            Some(v) if open => {
                if let Some(run) = out.last_mut() {
                    run.push((slot, v));
                }
            }
            Some(v) => out.push(vec![(slot, v)]),
            None => {}
        }
        open = value.is_some();
    }
    out
}

/// Intervals as they are drawn: a month between gaps has no band, its interval is in the table.
fn bands(limits: impl Iterator<Item = Option<(f64, f64)>>) -> Vec<Option<(f64, f64)>> {
    let all: Vec<Option<(f64, f64)>> = limits.collect();
    let there = |i: Option<usize>| i.and_then(|i| all.get(i)).is_some_and(Option::is_some);
    (0..all.len()).map(|i| all[i].filter(|_| there(i.checked_sub(1)) || there(Some(i + 1)))).collect()
}

impl TimePlot<'_> {
    fn own_bands(&self) -> Vec<Option<(f64, f64)>> {
        bands(self.own.points.iter().map(Point::limits))
    }

    fn group_bands(&self) -> Vec<Option<(f64, f64)>> {
        bands(self.group.iter().flat_map(|g| &g.points).map(|p| p.lower.zip(p.upper)))
    }

    fn values(&self) -> Vec<f64> {
        let own = self.own.points.iter().filter_map(|p| p.value);
        let group = self.group.iter().flat_map(|g| &g.points).filter_map(|p| p.median);
        let limits = self.own_bands().into_iter().chain(self.group_bands()).flatten().flat_map(|(lo, hi)| [lo, hi]);
        own.chain(group).chain(limits).chain(self.targets.iter().map(|t| t.value)).collect()
    }

    pub fn draw(&self) -> Result<Drawing, ChartError> {
        let frame = Frame::new(self.header);
        let axis = Axis::new(self.values(), self.unit, 5.0);
        let left =
            (EDGE + axis.label_width(self.unit, self.lang) + 8.0).max(EDGE + width(self.second_name, TICK) + 14.0);
        let names = self.names();
        // A mark near the right end needs room for its label.
        let late = self.marks.last().is_some_and(|m| (m.slot + 1) * 5 > self.slots * 4);
        let least = if late { 140.0 } else { 90.0 };
        let column =
            names.iter().flat_map(|l| &l.lines).map(|(line, kind)| width(line, *kind)).fold(least, f64::max) + 12.0;
        let right = RIGHT - column;
        let mut scale = Scale { left, right, top: 0.0, bottom: 0.0, slots: self.slots, axis };

        let placed: Vec<(f64, &str, Type)> = self
            .marks
            .iter()
            .map(|m| {
                (scale.x(m.slot), m.label.as_str(), if m.kind == MarkKind::Launch { LABEL_BOLD } else { mark_type() })
            })
            .collect();
        let stack = Stack::new(&placed);
        let ticks = (self.ticks)(scale.pitch());
        let second = if ticks.iter().any(|t| !t.second.is_empty()) { 16.0 } else { 0.0 };
        let title = if self.axis_title.is_some() { 17.0 } else { 0.0 };
        let key = Key::new(self.key());
        scale.top = frame.top + stack.height + 10.0;
        let below = 26.0 + second + title + key.height() + frame.foot;
        let label_height = names.iter().map(|l| l.lines.len() as f64 * LABEL.leading() + 3.0).sum::<f64>();
        let plot = (400.0 - scale.top - below).max(210.0).max(label_height);
        scale.bottom = scale.top + plot;
        let height = scale.bottom + below;

        Canvas::paint(WIDTH, height, |canvas| {
            frame.draw(canvas, height);
            let grid: Vec<(f64, String)> = (scale.axis.ticks.iter())
                .map(|t| (scale.y(*t), self.unit.tick(*t, scale.axis.step, self.lang)))
                .collect();
            value_axis(canvas, &grid, (scale.left, scale.right), scale.y(0.0));
            self.draw_ticks(canvas, &scale, &ticks);
            let mut y = scale.bottom + 26.0 + second;
            if let Some(title) = &self.axis_title {
                canvas.text(scale.left, y + 9.0, Anchor::Start, SMALL, title);
                y += 17.0;
            }
            key.draw(canvas, y + 3.0);
            self.draw_group_band(canvas, &scale);
            self.draw_own_band(canvas, &scale);
            self.draw_marks(canvas, &scale, &stack);
            self.draw_targets(canvas, &scale);
            self.draw_group_line(canvas, &scale);
            self.draw_own_line(canvas, &scale);
            let mut beside: Vec<(f64, f64, f64, f64)> = Vec::new();
            let mut column = Vec::new();
            for name in names {
                match self.room_beside(&name, &scale, &beside) {
                    Some((x, y, area)) => {
                        beside.push(area);
                        for (i, (line, kind)) in name.lines.iter().enumerate() {
                            canvas.text(x, y + i as f64 * LABEL.leading(), Anchor::Start, *kind, line);
                        }
                    }
                    None => column.push(name.placed(&scale)),
                }
            }
            end_labels(canvas, &column, scale.right + 10.0, scale.top - 4.0, scale.bottom + 6.0);
        })
    }

    fn key(&self) -> Vec<(Sign, String)> {
        let mut out = Vec::new();
        if self.own_bands().iter().any(Option::is_some) && !self.interval.is_empty() {
            out.push((Sign::OwnBand, format!("{}: {}", self.own.name, self.interval)));
        }
        if let Some(group) = self.group
            && self.group_bands().iter().any(Option::is_some)
            && !group.band.is_empty()
        {
            out.push((Sign::GroupBand, group.band.clone()));
        }
        out.extend(words::caption(self.unit, self.lang).map(|text| (Sign::Plain, text)));
        out
    }

    fn draw_ticks(&self, canvas: &mut Canvas<'_>, scale: &Scale, ticks: &[Tick]) {
        let minor = scale.pitch() >= 5.0;
        for slot in 0..self.slots {
            let major = ticks.iter().any(|t| t.slot == slot);
            if major || minor {
                let x = scale.x(slot);
                let length = if major { 6.0 } else { 3.0 };
                canvas.line(&[(x, scale.bottom), (x, scale.bottom + length)], Stroke::solid(AXIS, 1.0));
            }
        }
        for tick in ticks {
            let x = scale.x(tick.slot);
            canvas.text(x, scale.bottom + 19.0, Anchor::Middle, TICK, &tick.label);
            canvas.text(x, scale.bottom + 35.0, Anchor::Middle, TICK, &tick.second);
        }
        if ticks.iter().any(|t| !t.second.is_empty()) {
            canvas.text(EDGE, scale.bottom + 35.0, Anchor::Start, TICK, self.second_name);
        }
    }

    fn draw_own_band(&self, canvas: &mut Canvas<'_>, scale: &Scale) {
        for run in runs(self.own_bands().into_iter()) {
            band(canvas, scale, &run, OWN_EDGE, 0.3, Stroke::solid(OWN_EDGE, 0.8));
        }
    }

    fn draw_group_band(&self, canvas: &mut Canvas<'_>, scale: &Scale) {
        for run in runs(self.group_bands().into_iter()) {
            band(canvas, scale, &run, GROUP_EDGE, 0.22, Stroke::dashed(GROUP_EDGE, 0.9, 2.0, 2.0));
        }
    }

    fn draw_group_line(&self, canvas: &mut Canvas<'_>, scale: &Scale) {
        let Some(group) = self.group else { return };
        for run in runs(group.points.iter().map(|p| p.median)) {
            let path: Vec<(f64, f64)> = run.iter().map(|(slot, v)| scale.at(*slot, *v)).collect();
            canvas.line(&path, Stroke::dashed(GROUP, 1.8, 6.0, 3.5));
            if let [only] = path.as_slice() {
                canvas.marker(*only, 3.4, Marker::Square, GROUP, true);
            }
        }
    }

    fn draw_own_line(&self, canvas: &mut Canvas<'_>, scale: &Scale) {
        let all_dots = self.slots <= 24;
        for run in runs(self.own.points.iter().map(|p| p.value)) {
            let path: Vec<(f64, f64)> = run.iter().map(|(slot, v)| scale.at(*slot, *v)).collect();
            canvas.line(&path, Stroke::solid(OWN, 2.4));
            for (i, at) in path.iter().enumerate() {
                if all_dots || i == 0 || i + 1 == path.len() {
                    let alone = path.len() == 1;
                    canvas.marker(*at, if alone { 3.6 } else { 3.0 }, Marker::Circle, OWN, alone);
                }
            }
        }
    }

    fn draw_marks(&self, canvas: &mut Canvas<'_>, scale: &Scale, stack: &Stack) {
        for (i, mark) in self.marks.iter().enumerate() {
            let x = scale.x(mark.slot);
            let kind = if mark.kind == MarkKind::Launch { LABEL_BOLD } else { mark_type() };
            let stroke = match mark.kind {
                MarkKind::Launch => Stroke::solid(INK, 1.4),
                MarkKind::Event => Stroke::dashed(EVENT, 1.3, 3.5, 2.5),
            };
            let lower = scale.top - 6.0 - stack.offsets[i];
            let upper = lower - stack.lines[i].len() as f64 * kind.leading();
            canvas.line(&[(x, scale.bottom), (x, upper)], stroke);
            let base = upper + kind.size - 0.5;
            if stack.bullets[i] {
                canvas.marker((x + 7.5, base - kind.size * 0.32), 1.9, Marker::Circle, kind.color, false);
            }
            canvas.lines(x + stack.indent(i), base, Anchor::Start, kind, &stack.lines[i]);
        }
    }

    fn draw_targets(&self, canvas: &mut Canvas<'_>, scale: &Scale) {
        for target in &self.targets {
            let y = scale.y(target.value);
            match target.slot {
                None => canvas.line(&[(scale.left, y), (scale.right, y)], Stroke::dashed(TARGET, 1.5, 10.0, 4.0)),
                Some(slot) => canvas.marker((scale.x(slot), y), 4.6, Marker::Diamond, TARGET, true),
            }
        }
    }

    /// Where a label may stand beside a line that ends before the plot does: the position of its
    /// first line and the area it takes. `None` if anything is drawn there.
    #[allow(clippy::type_complexity)]
    fn room_beside(
        &self,
        name: &Name,
        scale: &Scale,
        taken: &[(f64, f64, f64, f64)],
    ) -> Option<(f64, f64, (f64, f64, f64, f64))> {
        let (slot, value) = name.at.filter(|(slot, _)| *slot < self.slots)?;
        let (x, y) = scale.at(slot, value);
        if scale.right - x < 40.0 {
            return None;
        }
        let wide = name.lines.iter().map(|(line, kind)| width(line, *kind)).fold(0.0, f64::max);
        let tall = name.lines.len() as f64 * LABEL.leading();
        let (x0, x1) = (x + 9.0, x + 13.0 + wide);
        if x1 > scale.right {
            return None;
        }
        let covered = |s: usize| scale.x(s) + scale.pitch() >= x0 && scale.x(s) - scale.pitch() <= x1;
        if self.marks.iter().any(|m| (x0 - 2.0..=x1).contains(&scale.x(m.slot))) {
            return None;
        }
        // What is drawn over the months that the label covers, from top to bottom.
        let mut drawn: Vec<(f64, f64)> = Vec::new();
        let (own_bands, group_bands) = (self.own_bands(), self.group_bands());
        let limits = |bands: &[Option<(f64, f64)>], s: usize| bands.get(s).copied().flatten();
        for s in (0..self.slots).filter(|s| *s != slot && covered(*s)) {
            let own = self.own.points.get(s).and_then(|p| Some((p.value?, limits(&own_bands, s))));
            let group =
                self.group.and_then(|g| g.points.get(s)).and_then(|p| Some((p.median?, limits(&group_bands, s))));
            for (v, limits) in own.into_iter().chain(group) {
                let (lo, hi) = limits.unwrap_or((v, v));
                drawn.push((scale.y(hi.max(v)), scale.y(lo.min(v))));
            }
        }
        for target in &self.targets {
            if target.slot.is_none_or(covered) {
                drawn.push((scale.y(target.value) - 6.0, scale.y(target.value) + 6.0));
            }
        }
        [0.0, -9.0, 9.0, -16.0, 16.0].into_iter().find_map(|shift| {
            let (y0, y1) = (y + shift - tall / 2.0, y + shift + tall / 2.0);
            let free = y0 >= scale.top - 2.0
                && y1 <= scale.bottom - 2.0
                && drawn.iter().all(|(a, b)| *b < y0 - 3.0 || *a > y1 + 3.0)
                && taken.iter().all(|t| t.2 < x0 || t.0 > x1 || t.3 < y0 || t.1 > y1);
            free.then_some((x0, y0 + LABEL.size - 0.2, (x0, y0, x1, y1)))
        })
    }

    /// The labels of the right column; their heights are known once the plot is placed.
    fn names(&self) -> Vec<Name> {
        let fold = |text: &str, kind: Type| -> Vec<(String, Type)> {
            wrap(text, kind, 158.0, 3).into_iter().map(|l| (l, kind)).collect()
        };
        let newest = self.own.points.len().max(self.group.map_or(0, |g| g.points.len())).saturating_sub(1);
        let dated = |slot: usize, value: f64| {
            let shown = self.unit.label(value, self.lang);
            if slot == newest { shown } else { format!("{shown} ({})", (self.slot_name)(slot)) }
        };
        let mut out = Vec::new();
        if !self.own.is_absent() {
            let mut lines = fold(&self.own.name, OWN_LABEL);
            let last = self.own.points.iter().enumerate().filter_map(|(i, p)| p.value.map(|v| (i, v))).next_back();
            let value = last.map_or_else(|| words::no_value(self.lang).to_owned(), |(slot, v)| dated(slot, v));
            lines.push((value, OWN_LABEL));
            out.push(Name { at: last, lines, stroke: Stroke::solid(OWN, 1.0) });
        }
        if let Some(group) = self.group
            && let Some((slot, v)) =
                group.points.iter().enumerate().filter_map(|(i, p)| Some((i, p.median?))).next_back()
        {
            let mut lines = fold(&group.name, GROUP_LABEL);
            lines.push((dated(slot, v), GROUP_LABEL));
            out.push(Name { at: Some((slot, v)), lines, stroke: Stroke::solid(GROUP, 1.0) });
        }
        for target in &self.targets {
            let kind = Type::new(12.0, false, TARGET);
            let at = (target.slot.unwrap_or(usize::MAX), target.value);
            out.push(Name { at: Some(at), lines: fold(&target.label, kind), stroke: Stroke::solid(TARGET, 1.0) });
        }
        out
    }
}

struct Name {
    at: Option<(usize, f64)>,
    lines: Vec<(String, Type)>,
    stroke: Stroke,
}

impl Name {
    fn placed(self, scale: &Scale) -> EndLabel {
        let from = match self.at {
            Some((usize::MAX, v)) => (scale.right, scale.y(v)),
            Some((slot, v)) => scale.at(slot, v),
            // Nothing to point at: the label stands at the axis.
            None => (scale.right, scale.bottom),
        };
        EndLabel { from, lines: self.lines, stroke: self.stroke }
    }
}

const fn mark_type() -> Type {
    Type::new(12.0, false, EVENT)
}

fn band(
    canvas: &mut Canvas<'_>,
    scale: &Scale,
    run: &[(usize, (f64, f64))],
    color: plotters::style::RGBColor,
    alpha: f64,
    edge: Stroke,
) {
    let lower: Vec<(f64, f64)> = run.iter().map(|(slot, (lo, _))| scale.at(*slot, *lo)).collect();
    let upper: Vec<(f64, f64)> = run.iter().map(|(slot, (_, hi))| scale.at(*slot, *hi)).collect();
    let ring: Vec<(f64, f64)> = upper.iter().chain(lower.iter().rev()).copied().collect();
    canvas.fill(&ring, color, alpha);
    canvas.line(&upper, edge);
    canvas.line(&lower, edge);
}
