//! Charts for reports and council papers: a plain specification in, an SVG picture with its words
//! and its data table out.
//!
//! [`render`] draws with plotters in an embedded font, so that texts are measured as they are
//! shown; [`png`] rasterises the same SVG. A chart states its finding in the headline, names its
//! lines directly, uses colours that also differ in grey, in line style and in marker shape, and
//! never draws a value that is not there: a month without one is a gap, a row without one says so.
//! The bytes depend on the specification alone.

mod alt;
mod axis;
mod bars;
mod canvas;
mod control;
mod dots;
mod event_study;
mod funnel;
#[cfg(test)]
mod gallery;
mod launch;
mod layout;
mod love;
mod plot;
mod png;
mod slope;
mod spec;
mod style;
mod svg;
#[cfg(test)]
mod tests;
mod trend;
mod words;

pub use control::{ControlChart, ControlMonth, ControlStretch, Signal};
pub use event_study::{EventStudyChart, StudyPoint};
pub use png::png;
pub use spec::{
    Bar, BarChart, ChartSpec, DotChart, DotRow, FunnelChart, FunnelCurve, FunnelLimits, FunnelPoint, GroupLine,
    GroupPoint, Header, LaunchChart, Line, LoveChart, LoveRow, Mark, MarkKind, Point, Reference, SlopeChart, SlopeItem,
    Target, TrendChart, Unit,
};
pub use style::{FONT_BOLD_TTF, FONT_BOLD_WOFF2, FONT_REGULAR_TTF, FONT_REGULAR_WOFF2};

use crate::domain::Label;

/// Most rows or months of one chart.
const LARGEST: usize = 600;
/// Values beyond this cannot be drawn or labelled sensibly.
const LARGEST_VALUE: f64 = 1e12;

/// Why a chart could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The embedded fonts cannot be read.
    #[error("the embedded fonts cannot be read")]
    Font,
    /// A number that is not finite, or too large to be drawn.
    #[error("chart `{id}`: the value {value} cannot be drawn")]
    Value {
        /// Id of the chart.
        id: String,
        /// The value.
        value: f64,
    },
    /// More rows or months than one picture can show.
    #[error("chart `{id}`: {size} rows or months are too many for one picture (at most {LARGEST})")]
    TooMany {
        /// Id of the chart.
        id: String,
        /// Rows or months.
        size: usize,
    },
    /// The drawing failed.
    #[error("drawing failed: {0}")]
    Draw(String),
    /// A scale that gives an empty or a huge image.
    #[error("a scale of {0} gives no usable image")]
    Scale(f32),
    /// Rasterising failed.
    #[error("rasterising failed: {0}")]
    Png(String),
}

impl ChartError {
    /// What went wrong, in both languages; the English is that of `Display`.
    #[must_use]
    pub fn label(&self) -> Label {
        let de = match self {
            Self::Font => "Die eingebetteten Schriften können nicht gelesen werden".to_owned(),
            Self::Value { id, value } => format!("Diagramm `{id}`: Der Wert {value} kann nicht gezeichnet werden"),
            Self::TooMany { id, size } => {
                format!("Diagramm `{id}`: {size} Zeilen oder Monate sind zu viele für ein Bild (höchstens {LARGEST})")
            }
            Self::Draw(why) => format!("Das Zeichnen ist fehlgeschlagen: {why}"),
            Self::Scale(scale) => format!("Der Maßstab {scale} ergibt kein brauchbares Bild"),
            Self::Png(why) => format!("Das Rastern ist fehlgeschlagen: {why}"),
        };
        Label::new(de, self.to_string())
    }
}

/// The data of a chart as the reader may see them: formatted, in the language of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataTable {
    /// Headings.
    pub columns: Vec<String>,
    /// Rows, each as long as the headings. The texts are not escaped.
    pub rows: Vec<Vec<String>>,
}

/// A finished chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The picture: a complete `<svg>` element without XML declaration.
    pub svg: String,
    /// The picture in words. Not escaped.
    pub alt: String,
    /// The data behind the picture.
    pub table: DataTable,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Draws a chart. A chart without any value becomes a small picture that says so.
///
/// # Errors
///
/// [`ChartError::Value`] for numbers that are not finite or beyond 10^12, [`ChartError::TooMany`]
/// for more than 600 rows or months, [`ChartError::Font`] and [`ChartError::Draw`] if the machinery
/// fails.
pub fn render(spec: &ChartSpec) -> Result<Chart, ChartError> {
    let (chart, _) = render_with_labels(spec)?;
    Ok(chart)
}

fn render_with_labels(spec: &ChartSpec) -> Result<(Chart, Vec<canvas::LabelBox>), ChartError> {
    if !style::fonts_ready() {
        return Err(ChartError::Font);
    }
    let header = spec.header();
    let numbers = spec.numbers();
    if let Some(value) = numbers.iter().find(|v| !v.is_finite() || v.abs() > LARGEST_VALUE) {
        return Err(ChartError::Value { id: header.id.clone(), value: *value });
    }
    if spec.size() > LARGEST {
        return Err(ChartError::TooMany { id: header.id.clone(), size: spec.size() });
    }
    let table = match spec {
        ChartSpec::Trend(c) => trend::table(c),
        ChartSpec::Dots(c) => dots::table(c),
        ChartSpec::Slope(c) => slope::table(c),
        ChartSpec::Bars(c) => bars::table(c),
        ChartSpec::Launch(c) => launch::table(c),
        ChartSpec::Love(c) => love::table(c),
        ChartSpec::Funnel(c) => funnel::table(c),
        ChartSpec::EventStudy(c) => event_study::table(c),
        ChartSpec::Control(c) => control::table(c),
    };
    let empty = !spec.has_values();
    let drawing = match spec {
        _ if empty => layout::sentence_only(header, words::nothing_to_show(spec.lang())),
        ChartSpec::Trend(c) => trend::draw(c),
        ChartSpec::Dots(c) => dots::draw(c),
        ChartSpec::Slope(c) => slope::draw(c),
        ChartSpec::Bars(c) => bars::draw(c),
        ChartSpec::Launch(c) => launch::draw(c),
        ChartSpec::Love(c) => love::draw(c),
        ChartSpec::Funnel(c) => funnel::draw(c),
        ChartSpec::EventStudy(c) => event_study::draw(c),
        ChartSpec::Control(c) => control::draw(c),
    }?;
    let mut alt = style::clean(&alt::text(spec));
    if empty {
        alt = format!("{} {}.", alt, words::nothing_to_show(spec.lang()));
    }
    let svg = svg::finish(&drawing, &header.id, &header.headline, &alt, spec.lang());
    let (width, height) = (drawing.width.round() as u32, drawing.height.round() as u32);
    Ok((Chart { svg, alt, table, width, height }, drawing.labels))
}
