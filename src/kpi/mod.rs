//! Key figures: definitions as data ([`CATALOGUE`]) and their evaluation on the panel.

mod catalogue;
mod definition;
mod evaluate;
mod series;
mod sums;
mod terms;
pub mod wide;

pub use catalogue::{CATALOGUE, position};
pub use definition::{AbsentCell, Direction, Formula, IntervalMethod, Kpi, Selector, Unit};
pub use evaluate::{Evaluation, Everything, Shown, estimates, evaluate};
pub use sums::{Contribution, Periods, Row, Sheets, Span, Sums, contributions, sums};

use crate::domain::{Estimate, Lang, Text, format_count, format_decimal, format_percent};

/// The number of a key figure that the program itself names.
///
/// An id that the catalogue does not have gets a number that no estimate has, never that of another
/// key figure; debug builds, and so the tests, stop there.
#[must_use]
pub fn number(id: &str) -> u16 {
    let found = position(id).and_then(|at| u16::try_from(at).ok());
    debug_assert!(found.is_some(), "the catalogue has no {id}");
    found.unwrap_or(u16::MAX)
}

impl Kpi {
    /// A value in the unit of this key figure, as a reader sees it.
    #[must_use]
    pub fn format(&self, value: f64, lang: Lang) -> String {
        match self.unit {
            Unit::Share => format_percent(value, 1, lang),
            Unit::Count => format_count(value.round() as i64, lang),
            Unit::PerThousand | Unit::Minutes | Unit::Days | Unit::Stars => format_decimal(value, 1, lang),
            Unit::PerCase => format_decimal(value, 2, lang),
        }
    }

    /// The unit in words, empty for a share (the % sign says it).
    #[must_use]
    pub fn unit_text(&self, lang: Lang) -> &'static str {
        match self.unit {
            Unit::Share | Unit::Count => "",
            Unit::PerThousand => Text::new("je 1.000 und Jahr", "per 1,000 and year").get(lang),
            Unit::Minutes => Text::new("Minuten", "minutes").get(lang),
            Unit::Days => Text::new("Tage", "days").get(lang),
            Unit::PerCase => Text::new("je Fall", "per case").get(lang),
            Unit::Stars => Text::new("von 5 Sternen", "of 5 stars").get(lang),
        }
    }

    /// Value and sign of an estimate: a number, or the sign that says why there is none.
    #[must_use]
    pub fn show(&self, estimate: &Estimate, lang: Lang) -> String {
        estimate.value.map_or_else(|| sign(estimate).to_owned(), |value| self.format(value, lang))
    }
}

/// The sign printed where there is no value.
#[must_use]
pub fn sign(estimate: &Estimate) -> &'static str {
    use crate::domain::EstimateState::{Computed, NotApplicable, NotProvided, Refused, Suppressed, SuppressedAtSource};
    match estimate.state {
        Computed => "",
        NotProvided => ".",
        NotApplicable => "x",
        Refused => "/",
        Suppressed | SuppressedAtSource => "·",
    }
}
