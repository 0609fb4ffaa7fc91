//! The ground floor: keys, months, cell states, languages and estimates.
//!
//! Nothing here reads a file, knows a source or computes a statistic.

mod cell;
mod channel;
mod estimate;
mod lang;
mod month;
mod number;
mod period;
mod table;

pub use cell::CellState;
pub use channel::{Channel, Stage};
pub use estimate::{Estimate, EstimateState, Flag};
pub(crate) use lang::say;
pub use lang::{Label, Lang, Text};
pub use month::Month;
pub use number::{format_count, format_decimal, format_percent, format_points};
pub use period::{Period, PeriodError, parse_date, parse_period};
pub use table::{ALL_SERVICES, Aggregation, EstimateKey, EstimateTable};
