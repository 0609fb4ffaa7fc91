use clap::Args;
use serde::Serialize;

use crate::calc::Table;
use crate::calc::characteristics::Categories;
use crate::calc::options::{Data, Level};
use crate::domain::say;
use crate::stats::did::{self, Sampling};
use crate::{Error, Result};

/// Options of `calc did`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) data: Data,
    /// Column that tells units apart: the towns
    #[arg(long, value_name = "UNIT", required_unless_present = "repeated_cross_sections")]
    pub(super) unit: Option<String>,
    /// Column that tells periods apart
    #[arg(long, value_name = "TIME")]
    pub(super) time: String,
    /// Column with the first period of treatment; 0 or empty: never treated
    #[arg(long, value_name = "COLUMN")]
    pub(super) cohort: String,
    /// Column with the outcome
    #[arg(long, value_name = "COLUMN")]
    pub(super) outcome: String,
    /// Columns with covariates, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(super) covariates: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) categories: Categories,
    /// Whom to compare with: units never treated, or all that are not treated yet
    #[arg(long, value_enum, default_value = "never")]
    pub(super) control: Control,
    /// Adjustment for covariates: doubly robust, regression, or inverse probability weights
    #[arg(long, value_enum, default_value = "dr")]
    pub(super) method: Method,
    /// Effects before treatment: against the period before (varying), or against the last one untreated (universal)
    #[arg(long, value_enum, default_value = "varying")]
    pub(super) base: Base,
    /// Periods before treatment in which units may already react
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(super) anticipation: u32,
    /// Column with groups of units that may depend on each other; default: each unit for itself
    #[arg(long, value_name = "COLUMN")]
    pub(super) cluster: Option<String>,
    /// Column with sampling weights
    #[arg(long, value_name = "COLUMN")]
    pub(super) weights: Option<String>,
    /// Every row is an observation of its own: other units in each period
    #[arg(long, conflicts_with = "unbalanced")]
    pub(super) repeated_cross_sections: bool,
    /// Keep units that miss some periods; default: leave them out
    #[arg(long)]
    pub(super) unbalanced: bool,
    /// Scale on which trends are parallel; logit for shares between 0 and 1
    #[arg(long, value_enum, default_value = "level")]
    pub(super) scale: Scale,
    /// Multiplier bootstrap with this many draws: errors from it, and bands that hold for all effects at once
    #[arg(long, value_name = "DRAWS")]
    pub(super) bootstrap: Option<usize>,
    /// Start of the random numbers of the bootstrap
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(super) seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc did --data datasets/calc/panel.csv --unit town --time quarter --cohort campaign --outcome share --covariates size --control notyet";

pub(crate) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc did --data datasets/calc/panel.csv --unit town --time quarter --cohort campaign --outcome share --covariates size --control notyet",
    ),
    (
        "Whom to compare with: units never treated, or all that are not treated yet",
        "Womit verglichen wird: mit nie behandelten Einheiten (never) oder mit allen noch nicht behandelten (notyet)",
    ),
    (
        "Adjustment for covariates: doubly robust, regression, or inverse probability weights",
        "Ausgleich der Kovariaten: doppelt robust (dr), Regression (reg) oder Gewichte aus inversen Wahrscheinlichkeiten (ipw)",
    ),
    (
        "Effects before treatment: against the period before (varying), or against the last one untreated (universal)",
        "Effekte vor der Maßnahme: gegen den Zeitabschnitt davor (varying) oder gegen den letzten unbehandelten (universal)",
    ),
    (
        "Periods before treatment in which units may already react",
        "Zeitabschnitte vor der Maßnahme, in denen Einheiten schon reagieren können",
    ),
    (
        "Column with groups of units that may depend on each other; default: each unit for itself",
        "Spalte mit Gruppen von Einheiten, die voneinander abhängen können; ohne Angabe jede Einheit für sich",
    ),
    ("Column with sampling weights", "Spalte mit Stichprobengewichten"),
    (
        "Every row is an observation of its own: other units in each period",
        "Jede Zeile ist eine Beobachtung für sich: in jedem Zeitabschnitt andere Einheiten",
    ),
    (
        "Keep units that miss some periods; default: leave them out",
        "Einheiten behalten, denen Zeitabschnitte fehlen; ohne Angabe werden sie weggelassen",
    ),
    (
        "Scale on which trends are parallel; logit for shares between 0 and 1",
        "Skala, auf der die Verläufe parallel sind; logit für Anteile zwischen 0 und 1",
    ),
    (
        "Multiplier bootstrap with this many draws: errors from it, and bands that hold for all effects at once",
        "Multiplikator-Bootstrap mit so vielen Ziehungen: Fehler daraus und Bänder, die für alle Effekte zugleich gelten",
    ),
    ("Start of the random numbers of the bootstrap", "Startwert der Zufallszahlen des Bootstraps"),
];

impl Options {
    pub(super) fn sampling(&self) -> Sampling {
        match (self.repeated_cross_sections, self.unbalanced) {
            (true, _) => Sampling::CrossSections,
            (false, true) => Sampling::Unbalanced,
            (false, false) => Sampling::Panel,
        }
    }
}

/// The comparison groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Control {
    Never,
    #[value(name = "notyet")]
    NotYet,
}

impl From<Control> for did::Control {
    fn from(control: Control) -> Self {
        match control {
            Control::Never => Self::Never,
            Control::NotYet => Self::NotYet,
        }
    }
}

/// The adjustments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Method {
    Dr,
    Reg,
    Ipw,
}

impl From<Method> for did::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Dr => Self::Dr,
            Method::Reg => Self::Reg,
            Method::Ipw => Self::Ipw,
        }
    }
}

/// The base periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Base {
    Varying,
    Universal,
}

impl From<Base> for did::Base {
    fn from(base: Base) -> Self {
        match base {
            Base::Varying => Self::Varying,
            Base::Universal => Self::Universal,
        }
    }
}

/// The scales of the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scale {
    Level,
    Log,
    Logit,
}

impl Scale {
    /// The outcomes on the scale; `rows` are those of the table.
    pub(super) fn apply(self, table: &Table, name: &str, rows: &[usize], outcome: &[f64]) -> Result<Vec<f64>> {
        let outside = |row: usize, what| Err(Error::refused(table.at(name, row, &what)));
        let one = |(y, row): (&f64, &usize)| match self {
            Self::Level => Ok(*y),
            Self::Log if *y > 0.0 => Ok(y.ln()),
            Self::Logit if *y > 0.0 && *y < 1.0 => Ok((y / (1.0 - y)).ln()),
            Self::Log => outside(*row, say!("{y} hat keinen Logarithmus", "{y} has no logarithm")),
            Self::Logit => outside(
                *row,
                say!(
                    "{y} hat keinen Logit: nur Werte zwischen 0 und 1, beide ausgeschlossen",
                    "{y} has no logit: only values between 0 and 1, both excluded"
                ),
            ),
        };
        outcome.iter().zip(rows).map(one).collect()
    }
}
