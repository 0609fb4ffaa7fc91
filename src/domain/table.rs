use super::{Estimate, EstimateState, Flag, Period};

/// The service number that stands for all services together.
pub const ALL_SERVICES: u32 = u32::MAX;

/// How the value of a group of areas is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregation {
    /// The area's own value.
    Own,
    /// Sum of the numerators over sum of the denominators: every case counts the same.
    RatioOfSums,
    /// Mean of the areas' own values: every area counts the same.
    MeanOfRatios,
}

impl Aggregation {
    /// The name used in tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::RatioOfSums => "ratio_of_sums",
            Self::MeanOfRatios => "mean_of_ratios",
        }
    }
}

/// What an estimate is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EstimateKey {
    /// Position of the key figure in the catalogue.
    pub kpi: u16,
    /// Number of the unit (an area or a group of areas).
    pub unit: u32,
    /// Dense service number or [`ALL_SERVICES`].
    pub service: u32,
    /// Period.
    pub period: Period,
    /// How the value is made.
    pub aggregation: Aggregation,
}

/// Many estimates, column by column, sorted by key.
#[derive(Debug, Clone, Default)]
pub struct EstimateTable {
    keys: Vec<EstimateKey>,
    value: Vec<Option<f64>>,
    lower: Vec<Option<f64>>,
    upper: Vec<Option<f64>>,
    level: Vec<f64>,
    method: Vec<&'static str>,
    numerator: Vec<Option<f64>>,
    denominator: Vec<Option<f64>>,
    n: Vec<u64>,
    provided: Vec<u32>,
    expected: Vec<u32>,
    state: Vec<EstimateState>,
    flags: Vec<Vec<Flag>>,
}

impl EstimateTable {
    /// A table from estimates with unique keys, in any order.
    #[must_use]
    pub fn new(mut rows: Vec<(EstimateKey, Estimate)>) -> Self {
        rows.sort_by_key(|(key, _)| *key);
        let mut out = Self::default();
        for (key, e) in rows {
            out.keys.push(key);
            out.value.push(e.value);
            out.lower.push(e.lower);
            out.upper.push(e.upper);
            out.level.push(e.level);
            out.method.push(e.method);
            out.numerator.push(e.numerator);
            out.denominator.push(e.denominator);
            out.n.push(e.n);
            out.provided.push(e.provided);
            out.expected.push(e.expected);
            out.state.push(e.state);
            out.flags.push(e.flags);
        }
        out
    }

    /// Number of estimates.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> &[EstimateKey] {
        &self.keys
    }

    /// The estimate in row `at`.
    #[must_use]
    pub fn row(&self, at: usize) -> Estimate {
        Estimate {
            value: self.value[at],
            lower: self.lower[at],
            upper: self.upper[at],
            level: self.level[at],
            method: self.method[at],
            numerator: self.numerator[at],
            denominator: self.denominator[at],
            n: self.n[at],
            provided: self.provided[at],
            expected: self.expected[at],
            state: self.state[at],
            flags: self.flags[at].clone(),
        }
    }

    /// The estimate about `key`.
    #[must_use]
    pub fn get(&self, key: &EstimateKey) -> Option<Estimate> {
        self.keys.binary_search(key).ok().map(|at| self.row(at))
    }

    /// The value about `key`, where there is one.
    #[must_use]
    pub fn value(&self, key: &EstimateKey) -> Option<f64> {
        self.keys.binary_search(key).ok().and_then(|at| self.value[at])
    }

    /// All keys in order, with the state of their rows.
    pub fn states(&self) -> impl Iterator<Item = (EstimateKey, EstimateState)> {
        self.keys.iter().copied().zip(self.state.iter().copied())
    }

    /// All rows in key order.
    pub fn iter(&self) -> impl Iterator<Item = (EstimateKey, Estimate)> {
        (0..self.len()).map(|at| (self.keys[at], self.row(at)))
    }
}
