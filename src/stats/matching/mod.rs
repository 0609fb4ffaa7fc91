//! Matching and weighting: comparison units that resemble the treated ones in what was known before.
//!
//! All methods aim at the average effect for the treated units (ATT). [`matched`] is the one way in; each
//! constraint asked for is checked again on its result. Conventions are those of the R packages MatchIt 4.7,
//! optmatch and ebal, so that results can be compared: the propensity score is the fitted probability of a
//! logistic regression; the caliper is in standard deviations of the score over all units; Mahalanobis
//! distances use the covariance within the two groups; weights of control units have mean 1 over the matched
//! ones (entropy balancing: they sum to the number of treated units). Two tools differ in *which* of equally
//! near controls they take: results compare by total distance, number matched and balance.
//!
//! References: Stuart (2010), Statistical Science 25, 1-21; Ho, Imai, King and Stuart (2011), Journal of
//! Statistical Software 42(8); Iacus, King and Porro (2012), Political Analysis 20, 1-24; Hainmueller (2012),
//! Political Analysis 20, 25-46; Rubin (1980), Biometrics 36, 293-298.

pub mod balance;
pub mod check;
pub mod distance;
pub mod effect;
pub mod entropy;
mod kd;
pub mod nearest;
pub mod optimal;
pub mod strata;
#[cfg(test)]
mod tests;

use super::characteristic::Characteristic;
use super::logit::LogitRefusal;
pub use balance::{Balance, Partners, Sample, balance, effective_size};
pub use distance::{Space, mahalanobis, propensity};
pub use effect::{Effect, ErrorsBy, effect};

/// Units, who of them is treated, and what they are compared on.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Whether a unit is treated.
    pub treated: Vec<bool>,
    /// What the units are compared on; known before the treatment.
    pub covariates: Vec<Characteristic>,
    /// The number of each unit's stratum, within which partners must lie; empty where there are none.
    pub exact: Vec<usize>,
}

/// The methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Each treated unit in turn takes the nearest control that is still free.
    Nearest,
    /// The pairs with the smallest total distance.
    Optimal,
    /// Exact strata of coarsened covariates.
    Coarsened,
    /// Exact strata of the covariates as they are.
    Exact,
    /// Weights of the controls that equal the treated units' means exactly.
    Entropy,
}

/// How far apart two units are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Difference of propensity scores.
    Logit,
    /// Mahalanobis distance of the covariates.
    Mahalanobis,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The method.
    pub method: Method,
    /// The distance, for nearest and optimal matching.
    pub distance: Distance,
    /// Controls per treated unit, for nearest and optimal matching.
    pub ratio: usize,
    /// Largest difference of propensity scores of partners, in standard deviations of the score over all units.
    pub caliper: Option<f64>,
    /// Whether a control may be the partner of several treated units (nearest matching).
    pub replace: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { method: Method::Nearest, distance: Distance::Logit, ratio: 1, caliper: None, replace: false }
    }
}

/// A treated unit and one of its controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Number of the treated unit.
    pub treated: usize,
    /// Number of the control unit.
    pub control: usize,
    /// Their distance.
    pub distance: f64,
}

/// A remark on the covariates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// The covariate is the same for all units: it plays no part.
    Constant(String),
    /// The covariate is a linear combination of those before it: it adds nothing.
    Collinear(String),
}

/// The result of matching.
#[derive(Debug, Clone, PartialEq)]
pub struct Matched {
    /// One weight per unit, 0 for those left out. Treated units have weight 1.
    pub weights: Vec<f64>,
    /// The number of each unit's matched set, from 1 on; `None` for those left out, and for all where controls
    /// may belong to several sets or the method has no sets.
    pub set: Vec<Option<usize>>,
    /// The pairs, by treated unit (nearest and optimal matching).
    pub pairs: Vec<Pair>,
    /// Propensity scores, where the distance is their difference.
    pub score: Option<Vec<f64>>,
    /// The caliper in units of the score.
    pub width: Option<f64>,
    /// Remarks.
    pub remarks: Vec<Remark>,
}

impl Matched {
    /// The sum of the distances of all pairs; `None` for methods without pairs.
    #[must_use]
    pub fn total_distance(&self) -> Option<f64> {
        (!self.pairs.is_empty()).then(|| self.pairs.iter().map(|p| p.distance).sum())
    }

    /// Who belongs together.
    #[must_use]
    pub fn partners(&self) -> Partners<'_> {
        if !self.pairs.is_empty() {
            Partners::Pairs(&self.pairs)
        } else if self.has_sets() {
            Partners::Sets(&self.set)
        } else {
            Partners::None
        }
    }

    /// Whether the units have numbers of matched sets.
    #[must_use]
    pub fn has_sets(&self) -> bool {
        self.set.iter().any(Option::is_some)
    }
}

/// Why there is no match.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MatchRefusal {
    /// There are no units.
    #[error("there are no units")]
    Empty,
    /// Columns differ in length.
    #[error("the columns differ in length")]
    Lengths,
    /// There is nothing to compare the units on.
    #[error("there are no covariates")]
    NoCovariates,
    /// No unit is treated.
    #[error("no unit is treated")]
    NoTreated,
    /// All units are treated.
    #[error("all units are treated: there is nothing to compare with")]
    NoControls,
    /// A value is not a finite number, or too large to be squared.
    #[error("covariate \"{covariate}\" of unit {unit} is not finite or too large")]
    NonFinite {
        /// The covariate.
        covariate: String,
        /// The unit, from 1 on.
        unit: usize,
    },
    /// A weight is negative or not a number.
    #[error("the weight of unit {unit} is negative or not a finite number")]
    InvalidWeight {
        /// The unit, from 1 on.
        unit: usize,
    },
    /// All weights of a group are zero.
    #[error("all weights of a group are zero")]
    NoWeight,
    /// A ratio of zero.
    #[error("there must be at least one control per treated unit")]
    Ratio,
    /// The caliper is not above zero.
    #[error("the caliper must be a number above zero")]
    Caliper,
    /// A caliper is in standard deviations of the propensity score, which other distances do not have.
    #[error("a caliper needs the propensity score as distance")]
    CaliperNeedsScore,
    /// An option that the method does not have.
    #[error("the method has no {0}")]
    NotApplicable(&'static str),
    /// All covariates are the same for all units.
    #[error("all covariates are constant")]
    AllConstant,
    /// The covariate's values (or one category) occur in one of the groups only.
    #[error("\"{0}\" separates the groups: it occurs in one of them only")]
    SeparatedBy(String),
    /// The propensity score cannot be estimated.
    #[error("the propensity score cannot be estimated: {0}")]
    Score(#[from] LogitRefusal),
    /// No treated unit has a partner.
    #[error("no treated unit has a partner")]
    NoMatch,
    /// No positive weights of the controls have the means of the treated units.
    #[error("no weights of the controls reach the treated units' mean of \"{0}\"")]
    Infeasible(String),
    /// The outcome is the same for all matched units.
    #[error("the outcome is the same for all matched units")]
    ConstantOutcome,
    /// Optimal matching needs memory for every pair of a stratum.
    #[error("a stratum has too many units for optimal matching")]
    TooLarge,
    /// The result does not keep a constraint that was asked for.
    #[error("the result does not keep what was asked for: {0}")]
    Broken(&'static str),
}

/// Matches, or weights, control units to the treated ones.
///
/// # Errors
/// [`MatchRefusal`]; [`MatchRefusal::Broken`] would be a fault of this library.
pub fn matched(design: &Design, settings: &Settings) -> Result<Matched, MatchRefusal> {
    check::input(design, settings)?;
    let out = match settings.method {
        Method::Nearest | Method::Optimal => {
            let (space, remarks) = distance::space(design, settings.distance)?;
            let width = settings.caliper.and_then(|c| space.score().map(|s| c * distance::spread(s)));
            let pairs = if settings.method == Method::Nearest {
                nearest::nearest(design, &space, settings.ratio, width, settings.replace)
            } else {
                if !optimal::fits(design, settings.ratio) {
                    return Err(MatchRefusal::TooLarge);
                }
                optimal::optimal(design, &space, settings.ratio, width)
            };
            if pairs.is_empty() {
                return Err(MatchRefusal::NoMatch);
            }
            let weights = strata::weights_of_pairs(&design.treated, &pairs);
            let set = if settings.replace { vec![None; design.treated.len()] } else { sets(design, &pairs) };
            Matched { weights, set, pairs, score: space.into_score(), width, remarks }
        }
        Method::Coarsened | Method::Exact => {
            let set = strata::strata(design, settings.method == Method::Coarsened)?;
            let weights = strata::weights_of_sets(&design.treated, &set);
            Matched { weights, set, pairs: Vec::new(), score: None, width: None, remarks: Vec::new() }
        }
        Method::Entropy => {
            let (weights, remarks) = entropy::entropy(design)?;
            let set = vec![None; design.treated.len()];
            Matched { weights, set, pairs: Vec::new(), score: None, width: None, remarks }
        }
    };
    check::kept(design, settings, &out)?;
    Ok(out)
}

/// Numbers of the sets that pairs without reuse form, in the order of the treated units.
fn sets(design: &Design, pairs: &[Pair]) -> Vec<Option<usize>> {
    let mut set = vec![None; design.treated.len()];
    let mut last = 0;
    for pair in pairs {
        if set[pair.treated].is_none() {
            last += 1;
            set[pair.treated] = Some(last);
        }
        set[pair.control] = set[pair.treated];
    }
    set
}
