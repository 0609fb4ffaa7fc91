use serde::{Deserialize, Serialize};

/// What a cell of a delivery says. A true zero is `Observed` with value 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// A number was delivered.
    Observed,
    /// The number exists or may exist, but was not delivered.
    NotProvided,
    /// There is nothing to count here, for example a channel that the service does not have.
    NotApplicable,
    /// The deliverer hid the number.
    SuppressedAtSource,
}

impl CellState {
    /// All states in their fixed order.
    pub const ALL: [Self; 4] = [Self::Observed, Self::NotProvided, Self::NotApplicable, Self::SuppressedAtSource];

    /// The name used in tables and configuration.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::NotProvided => "not_provided",
            Self::NotApplicable => "not_applicable",
            Self::SuppressedAtSource => "suppressed_at_source",
        }
    }
}
