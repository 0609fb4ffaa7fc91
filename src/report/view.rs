//! What a page shows: words and numbers already chosen, protected and formatted.
//!
//! Templates only place these texts. Every `String` is escaped when it is printed, except
//! [`ChartView::svg`]. An `href` is a path below the report folder ([`Section::path`],
//! [`area_path`], [`service_path`], [`comparison_path`]), optionally with `#id`, or `#id` alone for a place on the same
//! page; the renderer makes it relative to the page.

use serde::Serialize;

use crate::domain::Lang;

mod ladder;
mod pages;

pub use ladder::*;
pub use pages::*;

/// The folder of the report: `bericht` or `report`.
#[must_use]
pub fn report_folder(lang: Lang) -> &'static str {
    if lang == Lang::De { "bericht" } else { "report" }
}

/// Path of a town's page below the report folder; `slug` is a safe file name.
#[must_use]
pub fn area_path(lang: Lang, slug: &str) -> String {
    format!("{}/{slug}.html", if lang == Lang::De { "orte" } else { "places" })
}

/// Path of a service's page below the report folder; `slug` is a safe file name.
#[must_use]
pub fn service_path(lang: Lang, slug: &str) -> String {
    format!("{}/{slug}.html", if lang == Lang::De { "leistungen" } else { "services" })
}

/// Path of the page of a further comparison below the report folder; `slug` is a safe file name.
#[must_use]
pub fn comparison_path(lang: Lang, slug: &str) -> String {
    format!("{}/{slug}.html", if lang == Lang::De { "vergleiche" } else { "comparisons" })
}

/// The pages that exist once, in the order of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The overview.
    Start,
    /// Participation against none, or the first comparison by event.
    Participation,
    /// The survey.
    Survey,
    /// Sources, findings, completeness.
    Quality,
    /// What a public release hides, and why.
    Protection,
    /// Definitions of the key figures and terms.
    Glossary,
}

impl Section {
    /// All sections in their fixed order.
    pub const ALL: [Self; 6] =
        [Self::Start, Self::Participation, Self::Survey, Self::Quality, Self::Protection, Self::Glossary];

    /// Path below the report folder.
    #[must_use]
    pub fn path(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Start, _) => "index.html",
            (Self::Participation, Lang::De) => "beteiligung.html",
            (Self::Participation, Lang::En) => "participation.html",
            (Self::Survey, Lang::De) => "befragung.html",
            (Self::Survey, Lang::En) => "survey.html",
            (Self::Quality, Lang::De) => "datenqualitaet.html",
            (Self::Quality, Lang::En) => "data-quality.html",
            (Self::Protection, Lang::De) => "datenschutz.html",
            (Self::Protection, Lang::En) => "disclosure-control.html",
            (Self::Glossary, Lang::De) => "glossar.html",
            (Self::Glossary, Lang::En) => "glossary.html",
        }
    }
}

/// What all pages of one report share.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Site {
    /// Language of every page.
    pub lang: Lang,
    /// Name of the project: `Online-Dienste im Kreis Beispiel`.
    pub project: String,
    /// The period reported on: `Juli 2024 bis Juni 2025`.
    pub period: String,
    /// Newest month in the data, without words: `Juni 2025`. Never from a clock.
    pub data_status: String,
    /// Who may see it: `intern – nicht zur Weitergabe bestimmt`.
    pub audience: String,
    /// Whether the audience label is a warning.
    pub internal: bool,
    /// Whether towns and numbers are invented: every page then says so.
    pub fictional: bool,
    /// The pages that this report has; the navigation lists them.
    pub sections: Vec<Section>,
    /// The comparisons by event with their pages, which the navigation lists in place of [`Section::Participation`];
    /// empty where it names that section alone.
    pub comparisons: Vec<Link>,
    /// Name and version of the program: `resonanz 0.1.0`.
    pub program: String,
}

/// A text that may lead somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The text.
    pub text: String,
    /// Where it leads; see the module.
    pub href: Option<String>,
}

impl Link {
    /// A text that leads to `href`.
    pub fn to(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: Some(href.into()) }
    }

    /// A text that leads nowhere.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), href: None }
    }
}

/// The sign that stands where no number can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// A count of exactly zero.
    Zero,
    /// Hidden by disclosure control.
    Suppressed,
    /// Not yet available.
    NotYet,
    /// Not known or not provided.
    Unknown,
    /// Too uncertain to print.
    Uncertain,
    /// Not applicable.
    NotApplicable,
}

impl Sign {
    /// The printed sign. Templates add its meaning for people who listen to the page.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Zero => "–",
            Self::Suppressed => "·",
            Self::NotYet => "...",
            Self::Unknown => ".",
            Self::Uncertain => "/",
            Self::NotApplicable => "x",
        }
    }
}

/// A number as the reader sees it, with its unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// `38,4 %`, `1.234`, or a [`Sign`].
    pub text: String,
    /// `36,1 bis 40,8 %`.
    pub interval: Option<String>,
    /// A remark in a few words: `kleine Zahl`, `Summe der Wege`.
    pub remark: Option<String>,
}

impl Figure {
    /// A number without interval.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), interval: None, remark: None }
    }

    /// A sign in place of a number.
    #[must_use]
    pub fn sign(sign: Sign) -> Self {
        Self::new(sign.text())
    }

    /// Adds the interval.
    #[must_use]
    pub fn interval(mut self, interval: impl Into<String>) -> Self {
        self.interval = Some(interval.into());
        self
    }

    /// Adds a remark.
    #[must_use]
    pub fn remark(mut self, remark: impl Into<String>) -> Self {
        self.remark = Some(remark.into());
        self
    }
}

/// A sentence made by a statement rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The sentence, with its full stop.
    pub text: String,
    /// What limits it, in smaller print.
    pub note: Option<String>,
    /// The number it was made from: a row (`#id`) or another page.
    pub href: Option<String>,
}

impl Statement {
    /// A sentence without note and link.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), note: None, href: None }
    }
}

/// A key figure printed large.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// `Online-Anteil`.
    pub label: String,
    /// `38,4 %`, or a [`Sign`].
    pub value: String,
    /// `36,1 bis 40,8 %`.
    pub interval: Option<String>,
    /// `118 von 120 Monatswerten`.
    pub completeness: Option<String>,
    /// Anything else in a few words: `Kreiswert 31,0 %`.
    pub note: Option<String>,
}

/// How much of what was expected was delivered. Nothing expected means not applicable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// Delivered values.
    pub provided: u32,
    /// Values that should have been delivered.
    pub expected: u32,
}

/// A label and what stands beside it: `Landkreis: Musterkreis`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The label, without a colon.
    pub label: String,
    /// The value.
    pub value: String,
}

/// A chart with everything that must go with it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChartView {
    /// Unique on its page; letters, digits, `-`, `_`. The anchor of the figure is `#chart-` and the id.
    pub id: String,
    /// The drawing. Trusted: it is the only text that is not escaped.
    pub svg: String,
    /// What the drawing shows, for people who do not see it.
    pub alt: String,
    /// The headline of the drawing: repeated above it where the screen is too narrow for the drawing.
    pub title: String,
    /// What is drawn, the subtitle of the drawing. With the title it names the figure for people who
    /// do not see it, and it stands above its data table.
    pub caption: String,
    /// Column names of the data table; the first column names the row.
    pub columns: Vec<String>,
    /// The numbers behind the drawing, formatted.
    pub rows: Vec<Vec<String>>,
}
