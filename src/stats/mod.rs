//! Statistical methods on plain numbers: intervals for counts and shares, inference that treats towns
//! as clusters, design-based estimates of a survey. One file per family of methods; nothing here knows
//! tables or the domain.
//!
//! Every function computes or refuses: there is no NaN, no infinite limit and no silent fallback. A
//! confidence level is a probability between 0 and 1, both excluded (0.95, not 95).

mod gamma;
mod refusal;
#[cfg(test)]
pub(crate) mod testing;

pub mod cluster;
pub mod interval;
pub mod kish;
pub mod linalg;
pub mod logit;
pub mod normal;
pub mod probability;
pub mod quantile;
pub mod random;
pub mod stratified;
pub mod survey;

pub use cluster::{Cluster, Contrast, MIN_CLUSTERS, RatioEstimate, difference, mean_of_ratios, pooled_rate, ratio};
pub use interval::{Interval, byar, poisson, poisson_exact, wilson, wilson_95};
pub use quantile::{Quartiles, median_quartiles, quantile};
pub use stratified::{StratumCluster, stratified_difference, stratified_ratio};
pub use survey::{Respondent, SurveyEstimate, weighted_share};

pub use refusal::Refusal;
pub(crate) use refusal::{finite, non_negative, tail};
