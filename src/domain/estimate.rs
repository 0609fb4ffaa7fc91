use serde::Serialize;

/// Whether an estimate carries a number, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EstimateState {
    /// A value was computed.
    Computed,
    /// The data needed were not delivered.
    NotProvided,
    /// There is nothing to measure here.
    NotApplicable,
    /// Numbers are there, but a method refused them; a flag says why.
    Refused,
    /// Hidden by disclosure control.
    Suppressed,
    /// All data needed were delivered, but whoever delivered them hid numbers.
    SuppressedAtSource,
}

impl EstimateState {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Computed => "computed",
            Self::NotProvided => "not_provided",
            Self::NotApplicable => "not_applicable",
            Self::Refused => "refused",
            Self::Suppressed => "suppressed",
            Self::SuppressedAtSource => "suppressed_at_source",
        }
    }
}

/// A remark that travels with an estimate. Flags are a set; the order is fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Fewer months (or areas) were delivered than expected.
    Incomplete,
    /// The numerator exceeds the denominator: they may cover different periods.
    Above100,
    /// Fewer cases than the catalogue's minimum: read the interval, not the value.
    SmallNumber,
    /// The denominator is the sum of the delivered channels, not a delivered total.
    SumOfChannels,
    /// Fewer than five towns: no interval is given.
    FewClusters,
    /// A denominator of zero.
    ZeroDenominator,
    /// A longer span was online only in part: its cases before the launch count as not online.
    PartlyOnline,
    /// A sum over services that leaves out those whose number disclosure control hides.
    WithoutSuppressed,
    /// A number in it was delivered for another territory: for a former unit, or for one that has given
    /// away a part.
    Rebased,
}

impl Flag {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Above100 => "above_100",
            Self::SmallNumber => "small_number",
            Self::SumOfChannels => "sum_of_channels",
            Self::FewClusters => "few_clusters",
            Self::ZeroDenominator => "zero_denominator",
            Self::PartlyOnline => "partly_online",
            Self::WithoutSuppressed => "without_suppressed",
            Self::Rebased => "rebased",
        }
    }
}

/// A number that may leave the program, with all that is needed to judge it.
///
/// Shares are between 0 and 1 (a rate above 1 is possible and flagged), rates are in the unit of
/// their KPI. `lower` and `upper` are absent where no interval may be given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The point estimate.
    pub value: Option<f64>,
    /// Lower limit of the interval.
    pub lower: Option<f64>,
    /// Upper limit of the interval.
    pub upper: Option<f64>,
    /// Confidence level of the interval, for example 0.95.
    pub level: f64,
    /// Name of the interval method, for example `wilson`; `none` where there is no interval.
    pub method: &'static str,
    /// Numerator, in the KPI's unit of count.
    pub numerator: Option<f64>,
    /// Denominator.
    pub denominator: Option<f64>,
    /// Number of units behind the value: cases, respondents or towns, as the method says.
    pub n: u64,
    /// Delivered cells behind the value.
    pub provided: u32,
    /// Cells that should have been delivered.
    pub expected: u32,
    /// Whether there is a value.
    pub state: EstimateState,
    /// Remarks, sorted, each at most once.
    pub flags: Vec<Flag>,
}

impl Estimate {
    /// An estimate without a value.
    #[must_use]
    pub fn absent(state: EstimateState) -> Self {
        Self {
            value: None,
            lower: None,
            upper: None,
            level: 0.95,
            method: "none",
            numerator: None,
            denominator: None,
            n: 0,
            provided: 0,
            expected: 0,
            state,
            flags: Vec::new(),
        }
    }

    /// Adds a remark, keeping the flags sorted and unique.
    pub fn flag(&mut self, flag: Flag) {
        if let Err(at) = self.flags.binary_search(&flag) {
            self.flags.insert(at, flag);
        }
    }

    /// The interval, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.lower.zip(self.upper)
    }
}
