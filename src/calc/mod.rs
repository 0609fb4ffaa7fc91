//! Any one method on any tidy table: what an analyst would open R for.
//!
//! One file per method: its options, the way from columns to the plain numbers that [`crate::stats`] works
//! on, and the way back to an [`Answer`]. A new method is one file and one line in each list below.

mod adjust;
mod answer;
mod balance;
mod block;
mod breaks;
mod calendar;
mod characteristics;
mod cutpoints;
mod did;
mod dsr;
mod funnel;
mod group;
mod its;
mod matching;
mod options;
mod panel;
mod peers;
mod periods;
mod power;
mod proportion;
mod randinf;
mod rate;
mod ratio;
mod render;
mod said;
mod sdid;
mod series;
mod shrink;
mod smr;
mod spc;
mod stl;
mod strata;
mod synth;
mod table;
mod timeline;
mod trend;
mod twfe;
mod units;
mod wildboot;

use std::path::Path;

use clap::Subcommand;

pub use self::answer::{Answer, Dropped, Estimate, Note};
use self::said::{listed, nothing, refused_at, said};
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
    /// Effects of events that units meet at different times (Callaway and Sant'Anna), against untreated units
    Did(did::Options),
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
    /// Units against the limits of chance around a common value (funnel plot)
    Funnel(funnel::Options),
    /// Values of small units drawn towards the mean of all (empirical Bayes), beside their own
    Shrink(shrink::Options),
    /// Control chart of one series, with limits and rules
    Spc(spc::Options),
    /// Two-way fixed effects regression of a panel, for comparison only; event study with --sunab
    Twfe(twfe::Options),
    /// Panel regression with few clusters: wild cluster bootstrap
    Wildboot(wildboot::Options),
    /// Difference of two groups of units against all other choices of as many (randomisation inference)
    Randinf(randinf::Options),
    /// Before you start: power, smallest detectable effect, towns and months needed
    Power(power::Options),
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
            Self::Did(options) => did::run(options, open),
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
            Self::Funnel(options) => funnel::run(options, open),
            Self::Shrink(options) => shrink::run(options, open),
            Self::Spc(options) => spc::run(options, open),
            Self::Twfe(options) => twfe::run(options, open),
            Self::Wildboot(options) => wildboot::run(options, open),
            Self::Randinf(options) => randinf::run(options, open),
            Self::Power(options) => power::run(options, open),
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
            "Effects of events that units meet at different times (Callaway and Sant'Anna), against untreated units",
            "Effekte von Ereignissen zu verschiedenen Zeiten (Callaway und Sant’Anna), gegen unbehandelte Einheiten",
        ),
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
        ("Candidates for changes of level in one series", "Kandidaten für Niveauwechsel in einer Reihe"),
        ("Season, trend and remainder of one series (STL)", "Saison, Trend und Rest einer Reihe (STL)"),
        (
            "Units against the limits of chance around a common value (funnel plot)",
            "Einheiten gegen die Grenzen des Zufalls um einen gemeinsamen Wert (Trichterdiagramm)",
        ),
        (
            "Values of small units drawn towards the mean of all (empirical Bayes), beside their own",
            "Werte kleiner Einheiten, zum Mittel aller gezogen (empirischer Bayes), neben den eigenen",
        ),
        ("Control chart of one series, with limits and rules", "Regelkarte einer Reihe, mit Grenzen und Regeln"),
        (
            "Two-way fixed effects regression of a panel, for comparison only; event study with --sunab",
            "Panelregression mit Niveaus für Einheiten und Zeitabschnitte, nur zum Vergleich; mit --sunab Ereignisstudie",
        ),
        (
            "Panel regression with few clusters: wild cluster bootstrap",
            "Panelregression mit wenigen Gruppen: Wild-Cluster-Bootstrap",
        ),
        (
            "Difference of two groups of units against all other choices of as many (randomisation inference)",
            "Unterschied zweier Gruppen von Einheiten gegen alle anderen Auswahlen (Randomisierungstest)",
        ),
        (
            "Before you start: power, smallest detectable effect, towns and months needed",
            "Vor dem Start: Trennschärfe, kleinster erkennbarer Effekt, nötige Orte und Monate",
        ),
    ],
    options::GERMAN,
    proportion::GERMAN,
    adjust::GERMAN,
    did::GERMAN,
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
    funnel::GERMAN,
    shrink::GERMAN,
    spc::GERMAN,
    panel::GERMAN,
    twfe::GERMAN,
    wildboot::GERMAN,
    randinf::GERMAN,
    power::GERMAN,
];
