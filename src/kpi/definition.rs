//! What a key figure is made of: the form that the entries of the catalogue fill in.

use crate::domain::{Stage, Text};
use crate::ingest::Measure;

/// The unit of a key figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share between 0 and 1, shown as a percentage.
    Share,
    /// Cases per 1,000 inhabitants and year.
    PerThousand,
    /// Minutes per case.
    Minutes,
    /// Days per case.
    Days,
    /// A number per case.
    PerCase,
    /// Stars, 1 to 5.
    Stars,
    /// A plain count.
    Count,
}

/// Whether more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Higher is better.
    Up,
    /// Lower is better.
    Down,
    /// Neither.
    Neutral,
}

/// How the interval of one area's own value is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Wilson score interval of a proportion.
    Wilson,
    /// Exact Poisson below 10 events, Byar from 10.
    Poisson,
    /// Design-based, see the survey.
    Survey,
    /// None: the data hold only sums.
    None,
}

/// What it means that a month has no cell of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsentCell {
    /// Not delivered: cases are counted somewhere.
    Missing,
    /// Zero: nobody gave this answer.
    Zero,
    /// Zero where the button exists, that is where it was ever used; else nothing is known.
    ZeroIfEver,
}

/// Which cells are added up.
#[derive(Debug, Clone, Copy)]
pub struct Selector {
    /// Whether a measure belongs to the sum.
    pub matches: fn(Measure) -> bool,
    /// What it means that a month has no such cell.
    pub absent: AbsentCell,
}

/// How a key figure is computed.
#[derive(Debug, Clone, Copy)]
pub enum Formula {
    /// Online cases of a stage over all cases: a delivered total, else the sum of the channels.
    OnlineShare(Stage),
    /// One sum over another, both per area, service and month.
    Ratio(Selector, Selector),
    /// A weighted sum over a sum: the answers' values over the votes.
    MeanAnswer(Selector, fn(Measure) -> i64),
    /// A sum per 1,000 inhabitants and year.
    PerPopulation(Selector),
    /// Online cases.
    OnlineCount(Stage),
    /// All cases: a delivered total, else the sum of the channels.
    TotalCount(Stage),
    /// Services live over services owed.
    Availability,
    /// Services with at least one online case over services live.
    ActiveShare,
    /// Computed from a survey.
    Survey,
}

/// One key figure.
#[derive(Debug, Clone, Copy)]
pub struct Kpi {
    /// Id, frozen.
    pub id: &'static str,
    /// Name.
    pub name: Text,
    /// Numerator in words.
    pub numerator: Text,
    /// Denominator in words.
    pub denominator: Text,
    /// Unit.
    pub unit: Unit,
    /// Whether more is better.
    pub direction: Direction,
    /// Interval of one area's own value.
    pub interval: IntervalMethod,
    /// Below this denominator the value is flagged as a small number.
    pub minimum_n: u64,
    /// What to mind.
    pub caveat: Text,
    /// Where the definition comes from.
    pub source: &'static str,
    /// How it is computed.
    pub formula: Formula,
    /// Whether it is also computed for every single month.
    pub monthly: bool,
}
