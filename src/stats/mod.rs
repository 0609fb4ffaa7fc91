//! Statistical methods on plain numbers: intervals for counts and shares, inference that treats towns
//! as clusters, design-based estimates of a survey. One file per family of methods; nothing here knows
//! tables or the domain.
//!
//! Every function computes or refuses: there is no NaN, no infinite limit and no silent fallback. A
//! confidence level is a probability between 0 and 1, both excluded (0.95, not 95).

mod frank_wolfe;
mod gamma;
mod refusal;
mod root;
#[cfg(test)]
pub(crate) mod testing;

pub mod adjust;
pub mod assignment;
pub mod beta;
pub mod breaks;
pub mod characteristic;
pub mod cluster;
pub mod contrast;
pub mod did;
pub mod fixed_effects;
pub mod funnel;
pub mod interval;
pub mod its;
pub mod kish;
pub mod linalg;
pub mod logit;
pub mod matching;
pub mod neighbours;
pub mod newey_west;
pub mod normal;
pub mod paired;
pub mod permutation;
pub mod power;
pub mod probability;
pub mod projection;
pub mod proportion;
pub mod quantile;
pub mod random;
pub mod rate;
pub mod sandwich;
pub mod sdid;
pub mod series;
pub mod shrink;
pub mod simplex;
pub mod spc;
pub mod standardise;
pub mod stl;
pub mod stratified;
pub mod sun_abraham;
pub mod survey;
pub mod synth;
pub mod trend;
pub mod wild_bootstrap;

pub use cluster::{Cluster, Contrast, MIN_CLUSTERS, RatioEstimate, difference, mean_of_ratios, pooled_rate, ratio};
pub use interval::{Interval, byar, poisson, poisson_exact, wilson, wilson_95};
pub use paired::PairedEstimate;
pub use quantile::{Quartiles, median_quartiles, quantile};
pub use stratified::{StratumCluster, stratified_difference, stratified_ratio};
pub use survey::{Respondent, SurveyEstimate, weighted_share};

pub use refusal::Refusal;
pub(crate) use refusal::{finite, non_negative, tail};
