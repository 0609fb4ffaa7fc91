//! What all charts share: header, footer, reading aid, and placing labels without overlap.

use super::ChartError;
use super::canvas::{Anchor, Canvas, Drawing, Marker, Stroke};
use super::spec::Header;
use super::style::{
    AXIS, EVENT, GROUP, GROUP_EDGE, HEADLINE, INK, LABEL, MUTED, NOTE, OWN, OWN_EDGE, SMALL, SUBTITLE, Type, clean,
    width, wrap,
};

/// Width of every chart in pixels: 16 cm in print.
pub(super) const WIDTH: f64 = 760.0;
/// Distance to the edge of the picture.
pub(super) const EDGE: f64 = 16.0;
/// Right end of everything.
pub(super) const RIGHT: f64 = WIDTH - EDGE;

/// Header and footer, already broken into lines.
pub(super) struct Frame {
    note: Option<String>,
    headline: Vec<String>,
    subtitle: Vec<String>,
    source: Vec<String>,
    /// Where the picture begins.
    pub top: f64,
    /// Height of the footer with the lower edge.
    pub foot: f64,
}

impl Frame {
    pub fn new(header: &Header) -> Self {
        let space = RIGHT - EDGE;
        let note = header.note.as_deref().map(clean).filter(|n| !n.is_empty());
        let headline = wrap(&header.headline, HEADLINE, space, 3);
        let subtitle = wrap(&header.subtitle, SUBTITLE, space, 3);
        let source = wrap(&header.source, SMALL, space, 6);
        let mut top = EDGE;
        if note.is_some() {
            top += 24.0;
        }
        top += headline.len() as f64 * HEADLINE.leading() + subtitle.len() as f64 * SUBTITLE.leading() + 10.0;
        let foot = if source.is_empty() { EDGE } else { source.len() as f64 * SMALL.leading() + EDGE };
        Self { note, headline, subtitle, source, top, foot }
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>, height: f64) {
        let mut y = EDGE;
        if let Some(note) = &self.note {
            let shown = super::style::shorten(note, NOTE, RIGHT - EDGE - 16.0);
            let x1 = EDGE + width(&shown, NOTE) + 16.0;
            let border = [(EDGE, y), (x1, y), (x1, y + 18.0), (EDGE, y + 18.0), (EDGE, y)];
            canvas.line(&border, Stroke::solid(EVENT, 1.2));
            canvas.text(EDGE + 8.0, y + 13.0, Anchor::Start, NOTE, &shown);
            y += 24.0;
        }
        canvas.lines(EDGE, y + 14.0, Anchor::Start, HEADLINE, &self.headline);
        y += self.headline.len() as f64 * HEADLINE.leading();
        canvas.lines(EDGE, y + 12.0, Anchor::Start, SUBTITLE, &self.subtitle);
        let base = height - self.foot + SMALL.size;
        canvas.lines(EDGE, base, Anchor::Start, SMALL, &self.source);
    }
}

/// A picture that says `sentence` in place of data.
pub(super) fn sentence_only(header: &Header, sentence: &str) -> Result<Drawing, ChartError> {
    let frame = Frame::new(header);
    let height = frame.top + 70.0 + frame.foot;
    Canvas::paint(WIDTH, height, |canvas| {
        frame.draw(canvas, height);
        canvas.text(WIDTH / 2.0, frame.top + 38.0, Anchor::Middle, SUBTITLE, sentence);
    })
}

/// A drawn sign of the reading aid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    OwnBand,
    GroupBand,
    Interval,
    Hollow,
    /// A filled dot.
    Filled,
    /// A filled diamond of the own colour.
    Outside,
    /// A filled dot of the own colour.
    Own,
    /// A hollow diamond.
    Reference,
    /// A shaded box.
    Box,
    /// A hollow square of the own colour.
    Run,
    /// A thin dotted line.
    Thin,
    /// No sign, only the words.
    Plain,
}

/// Signs with their meaning, in lines below the picture.
pub(super) struct Key {
    rows: Vec<Vec<(Sign, String, f64)>>,
}

const SIGN: f64 = 30.0;

impl Sign {
    /// From where on the words stand.
    fn space(self) -> f64 {
        if self == Self::Plain { 0.0 } else { SIGN }
    }
}

impl Key {
    pub fn new(items: Vec<(Sign, String)>) -> Self {
        let mut rows: Vec<Vec<(Sign, String, f64)>> = Vec::new();
        let mut x = f64::INFINITY;
        for (sign, text) in items {
            let text = super::style::shorten(&text, SMALL, RIGHT - EDGE - sign.space());
            let w = sign.space() + width(&text, SMALL);
            if x + w > RIGHT {
                rows.push(Vec::new());
                x = EDGE;
            }
            if let Some(row) = rows.last_mut() {
                row.push((sign, text, x));
            }
            x += w + 18.0;
        }
        Self { rows }
    }

    pub fn height(&self) -> f64 {
        if self.rows.is_empty() { 0.0 } else { self.rows.len() as f64 * 17.0 + 6.0 }
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>, top: f64) {
        for (i, row) in self.rows.iter().enumerate() {
            let y = top + i as f64 * 17.0 + 6.0;
            for (sign, text, x) in row {
                let (a, b) = (*x, *x + 22.0);
                let area = [(a, y - 6.0), (b, y - 6.0), (b, y + 6.0), (a, y + 6.0)];
                let middle = [(a, y), (b, y)];
                match sign {
                    Sign::OwnBand => {
                        canvas.fill(&area, OWN_EDGE, 0.3);
                        canvas.line(&[area[0], area[1]], Stroke::solid(OWN_EDGE, 0.8));
                        canvas.line(&[area[3], area[2]], Stroke::solid(OWN_EDGE, 0.8));
                        canvas.line(&middle, Stroke::solid(OWN, 2.4));
                    }
                    Sign::GroupBand => {
                        canvas.fill(&area, GROUP_EDGE, 0.22);
                        canvas.line(&[area[0], area[1]], Stroke::dashed(GROUP_EDGE, 0.9, 2.0, 2.0));
                        canvas.line(&[area[3], area[2]], Stroke::dashed(GROUP_EDGE, 0.9, 2.0, 2.0));
                        canvas.line(&middle, Stroke::dashed(GROUP, 1.8, 6.0, 3.5));
                    }
                    Sign::Interval => {
                        canvas.line(&middle, Stroke::solid(GROUP, 1.6));
                        for end in [a, b] {
                            canvas.line(&[(end, y - 4.0), (end, y + 4.0)], Stroke::solid(GROUP, 1.6));
                        }
                    }
                    Sign::Hollow => canvas.marker((a + 11.0, y), 4.2, Marker::Circle, GROUP, true),
                    Sign::Filled => canvas.marker((a + 11.0, y), 4.2, Marker::Circle, GROUP, false),
                    Sign::Outside => canvas.marker((a + 11.0, y), 4.6, Marker::Diamond, OWN, false),
                    Sign::Own => canvas.marker((a + 11.0, y), 4.6, Marker::Circle, OWN, false),
                    Sign::Reference => canvas.marker((a + 11.0, y), 4.6, Marker::Diamond, INK, true),
                    Sign::Box => {
                        canvas.fill(&area, OWN_EDGE, 0.3);
                        canvas.line(&[area[0], area[1]], Stroke::solid(OWN_EDGE, 0.8));
                        canvas.line(&[area[3], area[2]], Stroke::solid(OWN_EDGE, 0.8));
                    }
                    Sign::Run => canvas.marker((a + 11.0, y), 4.6, Marker::Square, OWN, true),
                    Sign::Thin => canvas.line(&middle, Stroke::dashed(MUTED, 0.9, 1.5, 2.5)),
                    Sign::Plain => {}
                }
                canvas.text(a + sign.space(), y + 4.0, Anchor::Start, SMALL, text);
            }
        }
    }
}

/// Moves boxes of `heights` as little as possible from their wanted centres so that they neither
/// overlap nor leave `lo..hi`. Returns the centres, in the order given.
pub(super) fn spread(wanted: &[f64], heights: &[f64], lo: f64, hi: f64) -> Vec<f64> {
    struct Block {
        members: Vec<usize>,
        height: f64,
        anchors: f64,
    }
    impl Block {
        fn top(&self, lo: f64, hi: f64) -> f64 {
            (self.anchors / self.members.len() as f64).min(hi - self.height).max(lo)
        }
    }
    let mut order: Vec<usize> = (0..wanted.len().min(heights.len())).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut blocks: Vec<Block> = Vec::new();
    for i in order {
        let mut block = Block { members: vec![i], height: heights[i], anchors: wanted[i] - heights[i] / 2.0 };
        while let Some(before) = blocks.pop() {
            if before.top(lo, hi) + before.height <= block.top(lo, hi) {
                blocks.push(before);
                break;
            }
            let anchors = before.anchors + block.anchors - block.members.len() as f64 * before.height;
            let mut members = before.members;
            members.extend(block.members);
            block = Block { members, height: before.height + block.height, anchors };
        }
        blocks.push(block);
    }
    let mut centres = vec![0.0; wanted.len()];
    for block in &blocks {
        let mut y = block.top(lo, hi);
        for i in &block.members {
            centres[*i] = y + heights[*i] / 2.0;
            y += heights[*i];
        }
    }
    centres
}

/// Labels that stand above a plot, each to the right of its mark.
///
/// A label lies above all labels of the marks that it covers, so no leader crosses a text.
pub(super) struct Stack {
    /// Lines of each label.
    pub lines: Vec<Vec<String>>,
    /// Lower end of each label above the plot.
    pub offsets: Vec<f64>,
    /// Whether another mark stands at the same place, so that a bullet has to tell the labels apart.
    pub bullets: Vec<bool>,
    /// Height of the whole stack.
    pub height: f64,
}

/// Highest stack of labels in narrow columns; beyond it each label becomes one long line.
const STACK: f64 = 130.0;
/// Distance of a label from its mark.
const BESIDE: f64 = 5.0;
/// Width of a bullet with the space behind it.
const BULLET: f64 = 9.0;

impl Stack {
    /// `marks` are horizontal positions with their labels, from left to right.
    pub fn new(marks: &[(f64, &str, Type)]) -> Self {
        let narrow = Self::with(marks, 200.0, 2);
        if narrow.height <= STACK && !narrow.cut(marks) {
            return narrow;
        }
        // Where labels pile up or are long, one line each; what even this cuts gets further lines.
        Self::with(marks, 420.0, 1)
    }

    /// Distance of a label's words from its mark.
    pub fn indent(&self, i: usize) -> f64 {
        BESIDE + if self.bullets[i] { BULLET } else { 0.0 }
    }

    /// Whether a label is not whole.
    fn cut(&self, marks: &[(f64, &str, Type)]) -> bool {
        marks.iter().zip(&self.lines).any(|((_, text, _), lines)| is_cut(text, lines))
    }

    fn with(marks: &[(f64, &str, Type)], max: f64, lines: usize) -> Self {
        let same = |a: f64, b: f64| (a - b).abs() < 0.01;
        let bullets: Vec<bool> =
            marks.iter().map(|m| marks.iter().filter(|other| same(m.0, other.0)).count() > 1).collect();
        let mut stack = Self { lines: Vec::new(), offsets: vec![0.0f64; marks.len()], bullets, height: 0.0 };
        for (i, (x, text, kind)) in marks.iter().enumerate() {
            let space = max.min(RIGHT - x - stack.indent(i));
            let whole = (lines..=3).map(|n| wrap(text, *kind, space, n)).find(|l| !is_cut(text, l));
            stack.lines.push(whole.unwrap_or_else(|| wrap(text, *kind, space, 3)));
        }
        for i in (0..marks.len()).rev() {
            let (x, _, kind) = marks[i];
            let end = x + stack.indent(i) + 6.0 + stack.lines[i].iter().map(|l| width(l, kind)).fold(0.0, f64::max);
            for (j, (right, _, other)) in marks.iter().enumerate().skip(i + 1) {
                if *right <= end {
                    let above = stack.offsets[j] + tall(&stack.lines[j], *other);
                    stack.offsets[i] = stack.offsets[i].max(above);
                }
            }
            stack.height = stack.height.max(stack.offsets[i] + tall(&stack.lines[i], kind));
        }
        stack
    }
}

/// Whether `lines` hold only the beginning of `text`.
fn is_cut(text: &str, lines: &[String]) -> bool {
    lines.last().is_some_and(|l| l.ends_with('…')) && !clean(text).ends_with('…')
}

fn tall(lines: &[String], kind: Type) -> f64 {
    lines.len() as f64 * kind.leading() + 4.0
}

/// A label in the column at the right, at the height of what it names.
pub(super) struct EndLabel {
    /// Where the line ends.
    pub from: (f64, f64),
    pub lines: Vec<(String, Type)>,
    pub stroke: Stroke,
}

/// Draws end labels from `x` on, de-overlapped, with leaders where a label is not beside its line.
pub(super) fn end_labels(canvas: &mut Canvas<'_>, labels: &[EndLabel], x: f64, lo: f64, hi: f64) {
    let height = |l: &EndLabel| l.lines.len() as f64 * LABEL.leading() + 3.0;
    let wanted: Vec<f64> = labels.iter().map(|l| l.from.1).collect();
    let heights: Vec<f64> = labels.iter().map(height).collect();
    for (label, centre) in labels.iter().zip(spread(&wanted, &heights, lo, hi)) {
        let (fx, fy) = label.from;
        if x - fx > 20.0 || (centre - fy).abs() > heights[0] / 2.0 {
            let thin = Stroke { width: 0.8, dash: Some((1.5, 2.5)), ..label.stroke };
            let knee = if x - fx > 20.0 { x - 12.0 } else { fx + 4.0 };
            canvas.line(&[(fx + 4.0, fy), (knee, fy), (x - 2.0, centre)], thin);
        }
        let mut y = centre - (label.lines.len() as f64 - 1.0) * LABEL.leading() / 2.0 + 4.2;
        for (line, kind) in &label.lines {
            canvas.text(x, y, Anchor::Start, *kind, line);
            y += LABEL.leading();
        }
    }
}

/// A vertical value axis: grid lines and labels at the left of `x0..x1`.
pub(super) fn value_axis(canvas: &mut Canvas<'_>, ticks: &[(f64, String)], (x0, x1): (f64, f64), zero: f64) {
    for (y, label) in ticks {
        canvas.line(&[(x0, *y), (x1, *y)], Stroke::solid(super::style::GRID, 0.8));
        canvas.text(x0 - 7.0, y + 4.2, Anchor::End, super::style::TICK, label);
    }
    canvas.line(&[(x0, zero), (x1, zero)], Stroke::solid(AXIS, 1.2));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_keeps_order_and_limits() {
        assert_eq!(spread(&[10.0, 50.0], &[10.0, 10.0], 0.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 50.0], &[10.0, 10.0], 0.0, 100.0), [45.0, 55.0]);
        let edge = spread(&[99.0, 98.0, 97.0, 3.0], &[10.0; 4], 0.0, 100.0);
        assert_eq!(edge, [95.0, 85.0, 75.0, 5.0]);
        assert!(spread(&[], &[], 0.0, 1.0).is_empty());
    }

    #[test]
    fn labels_of_marks_are_whole_where_there_is_space() {
        assert!(super::super::style::fonts_ready());
        let long = "Start: Sondernutzung der Straße und des öffentlichen Raums beantragen";
        let joined = |stack: &Stack| stack.lines.iter().map(|l| l.join(" ")).collect::<Vec<_>>();
        let marks: Vec<(f64, &str, Type)> = (0..9).map(|i| (80.0 + 20.0 * f64::from(i), long, LABEL)).collect();
        let stack = Stack::new(&marks);
        assert_eq!(joined(&stack), vec![long; 9]);
        assert!(stack.lines.iter().all(|l| l.len() == 1));
        // Near the right edge there is less space: lines in place of an ellipsis.
        let late = Stack::new(&[(560.0, long, LABEL)]);
        assert_eq!(joined(&late), [long]);
        assert!(late.lines[0].len() > 1 && late.lines[0].iter().all(|l| 565.0 + width(l, LABEL) <= RIGHT));
    }

    #[test]
    fn marks_of_one_month_have_bullets() {
        assert!(super::super::style::fonts_ready());
        let stack = Stack::new(&[(90.0, "Start", LABEL), (90.0, "Pressemitteilung", LABEL), (300.0, "Start", LABEL)]);
        assert_eq!(stack.bullets, [true, true, false]);
        assert!(stack.indent(0) > stack.indent(2));
        assert!(stack.offsets[0] > stack.offsets[1]);
    }
}
