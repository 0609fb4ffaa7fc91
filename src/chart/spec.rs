//! What a chart shows: plain data, no knowledge of panels or KPIs.

use super::control::ControlChart;
use super::event_study::EventStudyChart;
use crate::domain::{Lang, Month, Text, format_count, format_decimal, format_percent};

/// The texts around a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    /// Unique on a page; title and description of the SVG derive their ids from it.
    pub id: String,
    /// The finding, as a sentence.
    pub headline: String,
    /// What is shown: measure, unit, period, interval.
    pub subtitle: String,
    /// Footnote: source and completeness.
    pub source: String,
    /// A remark that must not be overlooked, for example that the data are fictional.
    pub note: Option<String>,
}

/// How values are written. Shares are between 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// A share, written as a percentage.
    Share {
        /// Decimals of value labels.
        decimals: usize,
    },
    /// A count; a value that is not whole (a median of counts) gets one decimal.
    Count,
    /// Any other number.
    Decimal {
        /// Decimals of value labels.
        decimals: usize,
        /// Written behind the value, for example `Min.`; may be empty. One of more than six
        /// characters, for example `Prozentpunkte`, stands in words and table and once below the
        /// picture, not at every value.
        suffix: String,
    },
}

impl Unit {
    /// A value as the reader sees it.
    #[must_use]
    pub fn format(&self, value: f64, lang: Lang) -> String {
        match self {
            Self::Share { decimals } => format_percent(value, *decimals, lang),
            Self::Count if (value - value.round()).abs() > 1e-9 => format_decimal(value, 1, lang),
            Self::Count => format_count(value.round() as i64, lang),
            Self::Decimal { decimals, suffix } => suffixed(format_decimal(value, *decimals, lang), suffix),
        }
    }

    /// The suffix, if it is too long to stand at every value of the picture.
    pub(super) fn caption(&self) -> Option<&str> {
        match self {
            Self::Decimal { suffix, .. } if suffix.chars().count() > SHORT_SUFFIX => Some(suffix),
            _ => None,
        }
    }

    /// A value as it stands in the picture: like [`Unit::format`], but without a long suffix.
    pub(super) fn label(&self, value: f64, lang: Lang) -> String {
        match self {
            Self::Decimal { decimals, .. } if self.caption().is_some() => format_decimal(value, *decimals, lang),
            _ => self.format(value, lang),
        }
    }

    /// A tick label: as many decimals as `step` needs.
    pub(super) fn tick(&self, value: f64, step: f64, lang: Lang) -> String {
        match self {
            Self::Decimal { .. } if self.caption().is_some() => format_decimal(value, decimals_of(step), lang),
            Self::Share { .. } => format_percent(value, decimals_of(step * 100.0), lang),
            Self::Count => format_count(value.round() as i64, lang),
            Self::Decimal { suffix, .. } => suffixed(format_decimal(value, decimals_of(step), lang), suffix),
        }
    }
}

/// Characters up to which a suffix stands at every value.
const SHORT_SUFFIX: usize = 6;

fn suffixed(number: String, suffix: &str) -> String {
    if suffix.is_empty() { number } else { format!("{number}\u{a0}{suffix}") }
}

fn decimals_of(step: f64) -> usize {
    (0..4)
        .find(|d| {
            let scaled = step * 10f64.powi(*d);
            (scaled - scaled.round()).abs() < 1e-6
        })
        .map_or(4, |d| d as usize)
}

/// A value with its interval. Without a value nothing is drawn: no zero, no interpolation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// The value, if there is one.
    pub value: Option<f64>,
    /// Lower limit of the interval.
    pub lower: Option<f64>,
    /// Upper limit of the interval.
    pub upper: Option<f64>,
    /// What stands in place of a missing value; `keine Angabe` where this is absent.
    pub missing: Option<Text>,
}

impl Point {
    /// A value without an interval.
    #[must_use]
    pub fn value(value: f64) -> Self {
        Self { value: Some(value), ..Self::default() }
    }

    /// A value with its interval.
    #[must_use]
    pub fn interval(value: f64, lower: f64, upper: f64) -> Self {
        Self { value: Some(value), lower: Some(lower), upper: Some(upper), missing: None }
    }

    /// No value.
    #[must_use]
    pub fn absent() -> Self {
        Self::default()
    }

    /// No value, and the words or sign to write instead.
    #[must_use]
    pub fn absent_because(missing: Text) -> Self {
        Self { missing: Some(missing), ..Self::default() }
    }

    /// The interval, where value and both limits are there.
    pub(super) fn limits(&self) -> Option<(f64, f64)> {
        self.value.and_then(|_| self.lower.zip(self.upper))
    }
}

/// A named series of values. Without a name and without points there is no such line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Written at the end of the line.
    pub name: String,
    /// One point per month (or quarter), in order.
    pub points: Vec<Point>,
}

impl Line {
    /// Whether there is no line at all, as opposed to one without values.
    pub(super) fn is_absent(&self) -> bool {
        self.name.is_empty() && self.points.is_empty()
    }
}

/// The comparison group at one month.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GroupPoint {
    /// Median of the group.
    pub median: Option<f64>,
    /// Lower quartile.
    pub lower: Option<f64>,
    /// Upper quartile.
    pub upper: Option<f64>,
    /// Number of towns behind the median.
    pub n: Option<u32>,
}

/// The median line of a comparison group with its quartile band.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupLine {
    /// Written at the end of the line, for example `Median der 23 Städte`.
    pub name: String,
    /// What the band is, for example `mittlere Hälfte der Städte`.
    pub band: String,
    /// One point per month, in the months of the own line.
    pub points: Vec<GroupPoint>,
}

/// What a vertical mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// The service went live.
    Launch,
    /// Anything else that happened.
    Event,
}

/// A vertical mark at a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where it stands. A mark outside the months shown is not drawn, but named in the alt text.
    pub month: Month,
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: MarkKind,
}

/// A target to be reached: a horizontal line, or a diamond at the month by which it is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// The value to be reached.
    pub value: f64,
    /// When it is due. The time axis is extended to it by up to 24 months.
    pub due: Option<Month>,
    /// Its label, for example `Ziel: 50 % bis Ende 2026`.
    pub label: String,
}

/// Development of one value over months or quarters, beside a comparison group.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// The month of the first point, or the first month of a longer one.
    pub first: Month,
    /// Months that a point stands for, which is also the distance to the next: 1, or 3 for quarters.
    pub step: u16,
    /// The own line.
    pub own: Line,
    /// Name of the own interval, for example `95-%-Intervall`.
    pub interval: String,
    /// The comparison group.
    pub group: Option<GroupLine>,
    /// Launch and events.
    pub marks: Vec<Mark>,
    /// Targets.
    pub targets: Vec<Target>,
}

/// One town's months since its launch beside those of comparable launches.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// The own curve; the first point is month 0, the month of the launch.
    pub own: Line,
    /// Name of the own interval.
    pub interval: String,
    /// Comparable launches. Their `n` is written under the axis.
    pub group: Option<GroupLine>,
}

/// One row of a dot chart.
#[derive(Debug, Clone, PartialEq)]
pub struct DotRow {
    /// Name of the town or service.
    pub name: String,
    /// Its value.
    pub point: Point,
    /// Whether this is the reader's own row.
    pub own: bool,
}

/// A reference value, drawn as a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// What it is, for example `Median der Gruppe`. The value is added.
    pub label: String,
    /// The value.
    pub value: f64,
}

/// Rows ranked by value, highest first; rows without a value stand at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct DotChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// Heading of the first table column, for example `Stadt`.
    pub row_label: String,
    /// The rows, in any order.
    pub rows: Vec<DotRow>,
    /// Name of the intervals.
    pub interval: String,
    /// The group median.
    pub reference: Option<Reference>,
}

/// One item before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct SlopeItem {
    /// Its name.
    pub name: String,
    /// The value before.
    pub before: Option<f64>,
    /// The value after.
    pub after: Option<f64>,
    /// Whether this is the reader's own item.
    pub own: bool,
}

/// Two points in time for a few items.
#[derive(Debug, Clone, PartialEq)]
pub struct SlopeChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// Heading of the first table column.
    pub row_label: String,
    /// Name of the first point in time.
    pub before: String,
    /// Name of the second point in time.
    pub after: String,
    /// 2 to 12 items.
    pub items: Vec<SlopeItem>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it counts; wrapped, so it may be a sentence.
    pub label: String,
    /// Its value.
    pub point: Point,
    /// Whether it is emphasised.
    pub own: bool,
}

/// Horizontal bars, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub struct BarChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// Heading of the first table column, for example `Grund`.
    pub row_label: String,
    /// The bars.
    pub bars: Vec<Bar>,
    /// Name of the intervals.
    pub interval: String,
}

/// One characteristic of a Love plot.
#[derive(Debug, Clone, PartialEq)]
pub struct LoveRow {
    /// Its name.
    pub name: String,
    /// Standardised difference of all units.
    pub before: Option<f64>,
    /// Standardised difference of the matched units.
    pub after: Option<f64>,
}

/// How similar two groups are before and after matching; the largest difference before stands first.
#[derive(Debug, Clone, PartialEq)]
pub struct LoveChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// Heading of the first table column.
    pub row_label: String,
    /// Heading of the differences before.
    pub before: String,
    /// Heading of the differences after.
    pub after: String,
    /// What a difference below zero means, for example `ohne Beteiligung höher`.
    pub lower: String,
    /// What a difference above zero means.
    pub higher: String,
    /// Differences of this size and beyond are too large.
    pub limit: f64,
    /// The characteristics, in any order.
    pub rows: Vec<LoveRow>,
}

/// Lower and upper limits of a funnel at one size.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FunnelLimits {
    /// The inner ones.
    pub inner: (f64, f64),
    /// The outer ones.
    pub outer: (f64, f64),
}

/// The curves of a funnel at one size.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FunnelCurve {
    /// The size.
    pub size: f64,
    /// The limits that count.
    pub limits: FunnelLimits,
    /// The limits of chance alone, drawn thin.
    pub chance: FunnelLimits,
}

/// One unit of a funnel plot.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelPoint {
    /// Its name.
    pub name: String,
    /// Its size, above zero.
    pub size: f64,
    /// Its value.
    pub value: f64,
    /// The limits at its size.
    pub limits: FunnelLimits,
    /// How far it lies from the target, by which the most extreme ones are found.
    pub score: f64,
    /// Its value drawn towards the target, for the data table.
    pub smoothed: Point,
}

/// Units by size and value against limits that narrow with size.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelChart {
    /// Texts.
    pub header: Header,
    /// Language of everything that the chart adds.
    pub lang: Lang,
    /// How values are written.
    pub unit: Unit,
    /// Heading of the first table column, for example `Ort`.
    pub row_label: String,
    /// What the size is, for example `Anträge`.
    pub size_label: String,
    /// What the value is, for example `Online-Anteil`.
    pub value_label: String,
    /// What the value drawn towards the target is called.
    pub smoothed_label: String,
    /// What the target is, for example `gemeinsamer Anteil`. The value is added.
    pub target_label: String,
    /// The target.
    pub target: f64,
    /// What the thin curves are.
    pub chance_label: String,
    /// Levels of the inner and the outer limits, between 0 and 1.
    pub levels: (f64, f64),
    /// The units, in any order.
    pub points: Vec<FunnelPoint>,
    /// The curves, by size, over the sizes of all units.
    pub curves: Vec<FunnelCurve>,
}

/// A chart of any kind.
#[derive(Debug, Clone, PartialEq)]
pub enum ChartSpec {
    /// Development over months or quarters.
    Trend(TrendChart),
    /// Ranked dots.
    Dots(DotChart),
    /// Before and after.
    Slope(SlopeChart),
    /// Horizontal bars.
    Bars(BarChart),
    /// Months since launch.
    Launch(LaunchChart),
    /// Balance before and after matching.
    Love(LoveChart),
    /// Units against limits by size.
    Funnel(FunnelChart),
    /// Before and after an event.
    EventStudy(EventStudyChart),
    /// A series against its limits.
    Control(ControlChart),
}

impl ChartSpec {
    /// The texts.
    #[must_use]
    pub fn header(&self) -> &Header {
        match self {
            Self::Trend(c) => &c.header,
            Self::Dots(c) => &c.header,
            Self::Slope(c) => &c.header,
            Self::Bars(c) => &c.header,
            Self::Launch(c) => &c.header,
            Self::Love(c) => &c.header,
            Self::Funnel(c) => &c.header,
            Self::EventStudy(c) => &c.header,
            Self::Control(c) => &c.header,
        }
    }

    /// The language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        match self {
            Self::Trend(c) => c.lang,
            Self::Dots(c) => c.lang,
            Self::Slope(c) => c.lang,
            Self::Bars(c) => c.lang,
            Self::Launch(c) => c.lang,
            Self::Love(c) => c.lang,
            Self::Funnel(c) => c.lang,
            Self::EventStudy(c) => c.lang,
            Self::Control(c) => c.lang,
        }
    }

    /// Every number of the picture, to refuse those that cannot be drawn.
    pub(super) fn numbers(&self) -> Vec<f64> {
        let point = |p: &Point| [p.value, p.lower, p.upper];
        let group = |g: &Option<GroupLine>| -> Vec<Option<f64>> {
            g.iter().flat_map(|g| &g.points).flat_map(|p| [p.median, p.lower, p.upper]).collect()
        };
        let all: Vec<Option<f64>> = match self {
            Self::Trend(c) => {
                let own = c.own.points.iter().flat_map(point);
                own.chain(group(&c.group)).chain(c.targets.iter().map(|t| Some(t.value))).collect()
            }
            Self::Launch(c) => c.own.points.iter().flat_map(point).chain(group(&c.group)).collect(),
            Self::Dots(c) => {
                let rows = c.rows.iter().flat_map(|r| point(&r.point));
                rows.chain(c.reference.iter().map(|r| Some(r.value))).collect()
            }
            Self::Slope(c) => c.items.iter().flat_map(|i| [i.before, i.after]).collect(),
            Self::Bars(c) => c.bars.iter().flat_map(|b| point(&b.point)).collect(),
            Self::EventStudy(c) => c.numbers().collect(),
            Self::Control(c) => c.numbers().collect(),
            Self::Love(c) => c.rows.iter().flat_map(|r| [r.before, r.after]).chain([Some(c.limit)]).collect(),
            Self::Funnel(c) => {
                let limits = |l: &FunnelLimits| [l.inner.0, l.inner.1, l.outer.0, l.outer.1].map(Some);
                let curves = c.curves.iter().flat_map(|k| limits(&k.limits).into_iter().chain(limits(&k.chance)));
                let sizes = c.points.iter().map(|p| p.size).chain(c.curves.iter().map(|k| k.size));
                let points = c
                    .points
                    .iter()
                    .flat_map(|p| limits(&p.limits).into_iter().chain(point(&p.smoothed)).chain([Some(p.value)]));
                points.chain(curves).chain(sizes.map(Some)).chain([Some(c.target)]).collect()
            }
        };
        all.into_iter().flatten().collect()
    }

    /// Whether there is a value to draw; a target or a reference alone is none.
    pub(super) fn has_values(&self) -> bool {
        let own = |line: &Line| line.points.iter().any(|p| p.value.is_some());
        let group = |g: &Option<GroupLine>| g.iter().flat_map(|g| &g.points).any(|p| p.median.is_some());
        match self {
            Self::Trend(c) => own(&c.own) || group(&c.group),
            Self::Launch(c) => own(&c.own) || group(&c.group),
            Self::Dots(c) => c.rows.iter().any(|r| r.point.value.is_some()),
            Self::Slope(c) => c.items.iter().any(|i| i.before.is_some() || i.after.is_some()),
            Self::Bars(c) => c.bars.iter().any(|b| b.point.value.is_some()),
            Self::Love(c) => c.rows.iter().any(|r| r.before.or(r.after).is_some()),
            Self::Funnel(c) => c.points.iter().any(|p| p.size > 0.0),
            Self::EventStudy(c) => c.has_values(),
            Self::Control(c) => c.has_values(),
        }
    }

    /// Rows, months, items: what the size of the picture depends on.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Trend(c) => c.own.points.len().max(c.group.as_ref().map_or(0, |g| g.points.len())),
            Self::Launch(c) => c.own.points.len().max(c.group.as_ref().map_or(0, |g| g.points.len())),
            Self::Dots(c) => c.rows.len(),
            Self::Slope(c) => c.items.len(),
            Self::Bars(c) => c.bars.len(),
            Self::Love(c) => c.rows.len(),
            Self::Funnel(c) => c.points.len(),
            Self::EventStudy(c) => c.quarters(),
            Self::Control(c) => c.months.len(),
        }
    }
}
