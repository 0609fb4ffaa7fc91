//! What the methods for one series over time share.

/// Why a method for a series gives no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeriesRefusal {
    /// Too few values.
    #[error("{found} periods, at least {needed} are needed")]
    Short {
        /// Periods found.
        found: usize,
        /// The least number the method accepts.
        needed: usize,
    },
    /// Fewer than two full seasons.
    #[error("{found} periods are no two full seasons of {season}")]
    FewSeasons {
        /// Periods found.
        found: usize,
        /// Periods of a season.
        season: usize,
    },
    /// A season of fewer than two periods.
    #[error("a season has at least 2 periods")]
    Season,
    /// A smoothing window below three.
    #[error("the window must be an odd number from 3 on")]
    Window,
    /// A value is infinite, not a number, or so large that its square is.
    #[error("a value is not a finite number of usable size")]
    NonFinite,
    /// All values are equal.
    #[error("all values are equal")]
    Constant,
    /// Too few periods before or after the event.
    #[error("{before} periods before and {after} from the event on, at least {needed} each are needed")]
    Event {
        /// Periods before the event.
        before: usize,
        /// Periods from the event on.
        after: usize,
        /// Needed on either side.
        needed: usize,
    },
    /// More parameters than the series supports, or columns that are combinations of others.
    #[error("the terms of the regression cannot be told apart")]
    Collinear,
    /// The model fits the values exactly: there are no deviations to measure errors by.
    #[error("the model fits the values exactly, so there is no error to estimate")]
    ExactFit,
    /// More lags than the series has.
    #[error("{lag} lags are too many for {found} periods")]
    Lag {
        /// Lags asked for.
        lag: usize,
        /// Periods found.
        found: usize,
    },
    /// The shortest segment leaves no room for a break.
    #[error("segments of at least {segment} periods leave no room for a break in {found} periods")]
    Segment {
        /// Periods of the shortest segment.
        segment: usize,
        /// Periods found.
        found: usize,
    },
}

/// Size from which on sums of squares could overflow.
pub(super) const LARGEST: f64 = 1e100;

/// Whether all values are finite and of usable size.
pub(super) fn finite(values: &[f64]) -> Result<(), SeriesRefusal> {
    if values.iter().all(|v| v.abs() < LARGEST) { Ok(()) } else { Err(SeriesRefusal::NonFinite) }
}

/// Whether all values are equal.
pub(super) fn constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}
