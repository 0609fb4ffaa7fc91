use crate::domain::{CellState, Channel, Month, Stage, say};
use crate::ingest::{Fact, Measure, Scale};
use crate::panel::engine::Consumer;
use crate::{Error, Result, stats};

/// The counts of a row, in this order: forms begun online, submitted online, cases completed online and
/// through all channels, votes of yes-or-no buttons, those that say yes, comments.
pub const MEASURES: usize = 7;

/// The counts of a row, see [`MEASURES`].
pub type Sums = [i64; MEASURES];

const STARTED: usize = 0;
const SUBMITTED: usize = 1;
const COMPLETED: usize = 2;
const ALL: usize = 3;
const VOTES: usize = 4;
const HELPFUL: usize = 5;
const COMMENTS: usize = 6;

/// Rows of one share of the areas, sorted by area, service and month.
#[derive(Debug, Clone, Default)]
pub struct CellRows {
    /// Dense area numbers.
    pub area: Vec<u32>,
    /// Dense service numbers.
    pub service: Vec<u32>,
    /// Months.
    pub month: Vec<Month>,
    /// Counts.
    pub sums: Vec<Sums>,
}

/// The rates of a row; `None` where the denominator is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Cases completed online over all completed.
    pub online_share: Option<f64>,
    /// Cases completed online over forms begun online; may exceed 1.
    pub completion: Option<f64>,
    /// Yes votes over votes.
    pub helpful: Option<f64>,
    /// Wilson limits at 95 % of the share of yes votes.
    pub helpful_limits: Option<(f64, f64)>,
}

impl Rates {
    /// The rates of these counts.
    #[must_use]
    #[inline]
    pub fn of(sums: &Sums) -> Self {
        let ratio = |x: i64, n: i64| (n != 0).then(|| x as f64 / n as f64);
        let limits = || {
            let (x, n) = (u64::try_from(sums[HELPFUL]).ok()?, u64::try_from(sums[VOTES]).ok()?);
            stats::wilson_95(x, n).ok().map(|limits| (limits.lower, limits.upper))
        };
        Self {
            online_share: ratio(sums[COMPLETED], sums[ALL]),
            completion: ratio(sums[COMPLETED], sums[STARTED]),
            helpful: ratio(sums[HELPFUL], sums[VOTES]),
            helpful_limits: if sums[VOTES] > 0 { limits() } else { None },
        }
    }
}

/// Makes rows of settled numbers.
#[derive(Debug, Default)]
pub struct CellBuilder {
    /// The rows so far.
    pub rows: CellRows,
}

impl Consumer for CellBuilder {
    fn pair(&mut self, facts: &[Fact]) -> Result<()> {
        let monthly = |fact: &&Fact| fact.period.months == 1 && fact.state == CellState::Observed;
        let mut row = None;
        // A delivered total of all channels goes before their sum.
        let mut total: Option<i64> = None;
        for fact in facts.iter().filter(monthly) {
            if !matches!(fact.measure, Measure::Count(..) | Measure::Feedback(..) | Measure::Comments) {
                continue;
            }
            if row != Some(fact.period.start) {
                self.close(total.take());
                row = Some(fact.period.start);
                self.rows.area.push(fact.area);
                self.rows.service.push(fact.service);
                self.rows.month.push(fact.period.start);
                self.rows.sums.push([0; MEASURES]);
            }
            let Some(sums) = self.rows.sums.last_mut() else { continue };
            let mut add = |at: usize| {
                sums[at] = sums[at].checked_add(fact.value).ok_or_else(overflow)?;
                Ok::<(), Error>(())
            };
            match fact.measure {
                Measure::Count(Stage::FormStart, Channel::Online) => add(STARTED)?,
                Measure::Count(Stage::FormSubmit, Channel::Online) => add(SUBMITTED)?,
                Measure::Count(Stage::Completed, Channel::Online) => {
                    add(COMPLETED)?;
                    add(ALL)?;
                }
                Measure::Count(Stage::Completed, Channel::All) => {
                    total = Some(total.unwrap_or(0).checked_add(fact.value).ok_or_else(overflow)?);
                }
                Measure::Count(Stage::Completed, _) => add(ALL)?,
                Measure::Feedback(_, Scale::Binary, answer) => {
                    add(VOTES)?;
                    if answer == 1 {
                        add(HELPFUL)?;
                    }
                }
                Measure::Comments => add(COMMENTS)?,
                _ => {}
            }
        }
        self.close(total);
        let last = self.rows.sums.iter().rev().take(facts.len());
        if last.flatten().any(|&sum| sum > LARGEST) { Err(overflow()) } else { Ok(()) }
    }
}

/// The largest count of one area, service and month, 34 billion: 2^28 rows of it, more than there can be of
/// areas, services and months together, fit into 64 bits.
const LARGEST: i64 = 1 << 35;

impl CellBuilder {
    fn close(&mut self, total: Option<i64>) {
        if let (Some(total), Some(sums)) = (total, self.rows.sums.last_mut()) {
            sums[ALL] = total;
        }
    }
}

fn overflow() -> Error {
    Error::input(say!(
        "[tables]: Die Zahlen eines Gebiets in einem Monat sind größer als 34 Milliarden",
        "[tables]: the counts of an area in a month are above 34 billion"
    ))
}

impl CellRows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.area.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }
}
