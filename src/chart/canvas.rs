//! Drawing in pixels on plotters' SVG backend.

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, RGBColor, ShapeStyle, TextStyle};

use super::ChartError;
use super::style::{FAMILY, PAPER, Type, clean, font_style, width};

/// plotters draws on whole units: a pixel is ten of them, the view box scales back.
pub(super) const UNITS: f64 = 10.0;

/// Where a text stands, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabelBox {
    pub x0: f64,
    pub y0: f64,
    pub x1: f64,
    pub y1: f64,
    pub text: String,
}

/// Horizontal anchor of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Line style.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub color: RGBColor,
    pub width: f64,
    /// Lengths of dash and gap.
    pub dash: Option<(f64, f64)>,
}

impl Stroke {
    pub const fn solid(color: RGBColor, width: f64) -> Self {
        Self { color, width, dash: None }
    }

    pub const fn dashed(color: RGBColor, width: f64, on: f64, off: f64) -> Self {
        Self { color, width, dash: Some((on, off)) }
    }
}

/// Shape of a data point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Diamond,
    Square,
}

/// A picture in the making. The first failure is kept and reported at the end.
pub(super) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    labels: Vec<LabelBox>,
    dashes: Vec<Option<(i32, i32)>>,
    failure: Option<String>,
}

/// A finished picture.
pub(super) struct Drawing {
    /// The SVG as plotters wrote it.
    pub svg: String,
    pub labels: Vec<LabelBox>,
    /// Dash and gap of each `polyline`, in the order and the units of the SVG; plotters has no dashes.
    pub dashes: Vec<Option<(i32, i32)>>,
    pub width: f64,
    pub height: f64,
}

fn units(v: f64) -> i32 {
    (v * UNITS).round() as i32
}

impl Canvas<'_> {
    /// Draws a picture of `size` pixels.
    pub fn paint(width: f64, height: f64, draw: impl FnOnce(&mut Canvas<'_>)) -> Result<Drawing, ChartError> {
        let mut svg = String::new();
        let height = height.ceil();
        let size = (units(width).unsigned_abs(), units(height).unsigned_abs());
        // The backend borrows the text until it is dropped, at the end of the block.
        let (labels, dashes, failure) = {
            let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            let mut canvas = Canvas { area, labels: Vec::new(), dashes: Vec::new(), failure: None };
            canvas.rect(0.0, 0.0, width, height, PAPER);
            draw(&mut canvas);
            let presented = canvas.area.present().map_err(|e| e.to_string());
            canvas.keep(presented);
            (canvas.labels, canvas.dashes, canvas.failure)
        };
        match failure {
            Some(message) => Err(ChartError::Draw(message)),
            None => Ok(Drawing { svg, labels, dashes, width, height }),
        }
    }

    fn keep(&mut self, result: Result<(), String>) {
        if let Err(message) = result {
            self.failure.get_or_insert(message);
        }
    }

    /// A line through `points`: one `polyline`, whose dashes are added to the finished SVG.
    pub fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() < 2 {
            return;
        }
        let stroke_width = units(stroke.width).unsigned_abs();
        let style = ShapeStyle { color: stroke.color.to_rgba(), filled: false, stroke_width };
        let path: Vec<(i32, i32)> = points.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        let drawn = self.area.draw(&PathElement::new(path, style)).map_err(|e| e.to_string());
        self.keep(drawn);
        self.dashes.push(stroke.dash.map(|(on, off)| (units(on), units(off))));
    }

    /// A filled area.
    pub fn fill(&mut self, points: &[(f64, f64)], color: RGBColor, alpha: f64) {
        let path: Vec<(i32, i32)> = points.iter().map(|(x, y)| (units(*x), units(*y))).collect();
        let drawn = self.area.draw(&Polygon::new(path, color.mix(alpha).filled())).map_err(|e| e.to_string());
        self.keep(drawn);
    }

    /// A filled rectangle.
    pub fn rect(&mut self, x0: f64, y0: f64, x1: f64, y1: f64, color: RGBColor) {
        let corners = [(units(x0), units(y0)), (units(x1), units(y1))];
        let drawn = self.area.draw(&Rectangle::new(corners, color.filled())).map_err(|e| e.to_string());
        self.keep(drawn);
    }

    /// A data point of radius `r`; a hollow one is white inside.
    pub fn marker(&mut self, (x, y): (f64, f64), r: f64, marker: Marker, color: RGBColor, hollow: bool) {
        if marker == Marker::Circle {
            let at = (units(x), units(y));
            let inside = if hollow { PAPER } else { color };
            let disc = self.area.draw(&Circle::new(at, units(r), inside.filled())).map_err(|e| e.to_string());
            self.keep(disc);
            if hollow {
                let style =
                    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(1.6).unsigned_abs() };
                let ring = self.area.draw(&Circle::new(at, units(r), style)).map_err(|e| e.to_string());
                self.keep(ring);
            }
            return;
        }
        let r = if marker == Marker::Diamond { r * 1.3 } else { r * 0.9 };
        let corners = match marker {
            Marker::Diamond => [(x, y - r), (x + r, y), (x, y + r), (x - r, y)],
            _ => [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)],
        };
        self.fill(&corners, if hollow { PAPER } else { color }, 1.0);
        if hollow {
            let closed = [corners[0], corners[1], corners[2], corners[3], corners[0], corners[1]];
            self.line(&closed, Stroke::solid(color, 1.6));
        }
    }

    /// One line of text on its base line.
    pub fn text(&mut self, x: f64, baseline: f64, anchor: Anchor, kind: Type, text: &str) {
        let text = clean(text);
        if text.is_empty() {
            return;
        }
        let w = width(&text, kind);
        let (x0, h_pos) = match anchor {
            Anchor::Start => (x, HPos::Left),
            Anchor::Middle => (x - w / 2.0, HPos::Center),
            Anchor::End => (x - w, HPos::Right),
        };
        // plotters divides by 1.24 to come from line height to font size.
        let font = FontDesc::new(FontFamily::Name(FAMILY), kind.size * UNITS * 1.24, font_style(kind.bold));
        let style = TextStyle::from(font).color(&kind.color).pos(Pos::new(h_pos, VPos::Bottom));
        let element = Text::new(text.as_str(), (units(x), units(baseline)), style);
        let drawn = self.area.draw(&element).map_err(|e| e.to_string());
        self.keep(drawn);
        let (y0, y1) = (baseline - kind.size * 0.77, baseline + kind.size * 0.23);
        self.labels.push(LabelBox { x0, y0, x1: x0 + w, y1, text });
    }

    /// Lines of text, the first on `baseline`.
    pub fn lines(&mut self, x: f64, baseline: f64, anchor: Anchor, kind: Type, lines: &[String]) {
        for (i, line) in lines.iter().enumerate() {
            self.text(x, baseline + i as f64 * kind.leading(), anchor, kind, line);
        }
    }
}
