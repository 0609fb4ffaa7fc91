//! Any one method on any tidy table: what an analyst would open R for.
//!
//! One file per method: its options, the way from columns to the plain numbers that [`crate::stats`] works
//! on, and the way back to an [`Answer`]. A new method is one file and one line in each list below.

mod adjust;
mod answer;
mod balance;
mod block;
mod breaks;
mod characteristics;
mod dsr;
mod group;
mod its;
mod matching;
mod options;
mod peers;
mod periods;
mod proportion;
mod rate;
mod ratio;
mod render;
mod said;
mod sdid;
mod series;
mod smr;
mod stl;
mod strata;
mod synth;
mod table;
mod trend;

use std::path::Path;

use clap::Subcommand;

pub use self::answer::{Answer, Dropped, Estimate, Note};
use self::said::{nothing, refused_at, said};
pub use self::table::Table;
use crate::Result;

/// Opens a table. The second argument is the decimal sign where the user states it.
pub type Open<'a> = &'a dyn Fn(&Path, Option<char>) -> Result<Table>;

/// The methods.
#[derive(Debug, Subcommand)]
pub enum Method {
    /// Shares of cases with an interval, row by row
    Proportion(proportion::Options),
    /// P values adjusted for the number of tests
    Adjust(adjust::Options),
    /// How alike treated and untreated units are: standardised differences and distributions
    Balance(balance::Options),
    /// Directly standardised rates with Dobson's interval
    Dsr(dsr::Options),
    /// Rate of a group of towns, and of two groups compared, with towns as clusters
    Group(group::Options),
    /// Comparison of treated units with untreated ones that resemble them (matching, weighting)
    Match(matching::Options),
    /// The units most like one unit
    Peers(peers::Options),
    /// Rates of events with an interval, row by row
    Rate(rate::Options),
    /// Difference or ratio of two shares or rates with an interval
    Ratio(ratio::Options),
    /// Indirectly standardised ratios: events observed over events expected
    Smr(smr::Options),
    /// Effect on one unit against a weighted mean of others (synthetic control)
    Synth(synth::Options),
    /// Effect on a few units with unit and time weights (synthetic difference-in-differences)
    Sdid(sdid::Options),
    /// Change of level and trend in one series at an event (interrupted time series)
    Its(its::Options),
    /// Test for a trend in one series that keeps the season out
    Trend(trend::Options),
    /// Candidates for changes of level in one series
    Breaks(breaks::Options),
    /// Season, trend and remainder of one series (STL)
    Stl(stl::Options),
}

impl Method {
    /// Computes the answer on the tables that `open` reads.
    ///
    /// # Errors
    /// If a table cannot be read, a column does not hold what the method needs, or the method refuses.
    pub fn run(&self, open: Open<'_>) -> Result<Answer> {
        match self {
            Self::Proportion(options) => proportion::run(options, open),
            Self::Adjust(options) => adjust::run(options, open),
            Self::Balance(options) => balance::run(options, open),
            Self::Dsr(options) => dsr::run(options, open),
            Self::Group(options) => group::run(options, open),
            Self::Match(options) => matching::run(options, open),
            Self::Peers(options) => peers::run(options, open),
            Self::Rate(options) => rate::run(options, open),
            Self::Ratio(options) => ratio::run(options, open),
            Self::Smr(options) => smr::run(options, open),
            Self::Synth(options) => synth::run(options, open),
            Self::Sdid(options) => sdid::run(options, open),
            Self::Its(options) => its::run(options, open),
            Self::Trend(options) => trend::run(options, open),
            Self::Breaks(options) => breaks::run(options, open),
            Self::Stl(options) => stl::run(options, open),
        }
    }
}

/// German versions of the texts of the help, from the files that hold the English ones.
pub const GERMAN: &[&[(&str, &str)]] = &[
    &[
        ("Shares of cases with an interval, row by row", "Anteile von Fällen mit Spanne, Zeile für Zeile"),
        ("P values adjusted for the number of tests", "P-Werte, korrigiert für die Zahl der Tests"),
        (
            "How alike treated and untreated units are: standardised differences and distributions",
            "Wie ähnlich sich behandelte und unbehandelte Einheiten sind: standardisierte Differenzen und Verteilungen",
        ),
        (
            "Comparison of treated units with untreated ones that resemble them (matching, weighting)",
            "Vergleich behandelter Einheiten mit ähnlichen unbehandelten (Matching, Gewichtung)",
        ),
        ("The units most like one unit", "Die Einheiten, die einer Einheit am ähnlichsten sind"),
        (
            "Directly standardised rates with Dobson's interval",
            "Direkt standardisierte Raten mit der Spanne von Dobson",
        ),
        (
            "Rate of a group of towns, and of two groups compared, with towns as clusters",
            "Rate einer Gruppe von Orten und Vergleich zweier Gruppen, mit Orten als Einheiten",
        ),
        ("Rates of events with an interval, row by row", "Raten von Ereignissen mit Spanne, Zeile für Zeile"),
        (
            "Difference or ratio of two shares or rates with an interval",
            "Differenz oder Verhältnis zweier Anteile oder Raten mit Spanne",
        ),
        (
            "Indirectly standardised ratios: events observed over events expected",
            "Indirekt standardisierte Verhältnisse: beobachtete durch erwartete Ereignisse",
        ),
        (
            "Effect on one unit against a weighted mean of others (synthetic control)",
            "Wirkung auf eine Einheit gegen ein gewichtetes Mittel anderer (synthetische Kontrolle)",
        ),
        (
            "Effect on a few units with unit and time weights (synthetic difference-in-differences)",
            "Wirkung auf wenige Einheiten mit Gewichten für Einheiten und Zeiten (synthetische Differenz-von-Differenzen)",
        ),
        (
            "Change of level and trend in one series at an event (interrupted time series)",
            "Änderung von Niveau und Trend einer Reihe bei einem Ereignis (unterbrochene Zeitreihe)",
        ),
        (
            "Test for a trend in one series that keeps the season out",
            "Test auf einen Trend in einer Reihe, bei dem die Saison außen vor bleibt",
        ),
        (
            "Candidates for changes of level in one series",
            "Kandidaten für Niveauwechsel in einer Reihe",
        ),
        (
            "Season, trend and remainder of one series (STL)",
            "Saison, Trend und Rest einer Reihe (STL)",
        ),
    ],
    options::GERMAN,
    proportion::GERMAN,
    adjust::GERMAN,
    dsr::GERMAN,
    group::GERMAN,
    rate::GERMAN,
    ratio::GERMAN,
    smr::GERMAN,
    strata::GERMAN,
    balance::GERMAN,
    characteristics::GERMAN,
    matching::GERMAN,
    peers::GERMAN,
    block::GERMAN,
    series::GERMAN,
    synth::GERMAN,
    sdid::GERMAN,
    its::GERMAN,
    trend::GERMAN,
    breaks::GERMAN,
    stl::GERMAN,
];
