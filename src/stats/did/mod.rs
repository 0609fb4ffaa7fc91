//! Group-time average treatment effects on events that units meet at different times.
//!
//! ATT(g, t) is the mean effect in period t on the units first treated in period g: their change since the last
//! period before g, less the change of units that are not treated by then. Each is a comparison of two groups and
//! two periods, computed by regression, by inverse probability weights or by both (doubly robust); summaries are
//! weighted means of them, and everything is inferred from influence functions. With two periods and one cohort
//! this is the plain difference in differences.
//!
//! Assumptions: no anticipation before the stated number of periods, treatment is never switched off, and parallel
//! trends of the untreated outcome on the scale used, given the covariates before treatment, which no statistic
//! can prove.
//!
//! Conventions, where implementations differ: errors are √Σφ² over the influence φ of each unit, without a
//! small-sample factor; clusters enter by the sums of φ within them; not-yet-treated controls of a period are
//! those treated after it by more than the anticipation; effects within the anticipation window are measured
//! from the last period before it; cohorts after the end of the data (plus anticipation) count as never treated;
//! without a never-treated group the last cohort serves as control only and periods from its treatment on are
//! left out; covariates and weights of a panel are those of the earlier of the two periods, and cohort sizes in
//! summaries are weighted by the first period; in unbalanced panels and repeated cross-sections each row has its
//! own, and cohort sizes are weighted by the mean of the unit. Controls with a propensity of 0.995 or more have
//! no weight; a comparison in which any propensity reaches 0.999 is not estimated.
//!
//! References: Callaway and Sant'Anna (2021), Journal of Econometrics 225, 200-230; Sant'Anna and Zhao (2020),
//! Journal of Econometrics 219, 101-122.

mod aggregate;
mod att_gt;
mod bootstrap;
mod influence;
mod panel;
mod pretest;
mod propensity;
mod two_period;

#[cfg(test)]
mod tests;

use self::influence::Influence;
use super::{normal, tail};

pub use self::aggregate::{Aggregate, Aggregates, Summary};
pub use self::panel::{CohortSize, Left};
pub use self::pretest::{NoPretest, Pretest};

/// Fewest draws of a bootstrap: with fewer the quartiles of the draws say nothing.
pub const MIN_DRAWS: usize = 50;

/// How a comparison of two groups and two periods is adjusted for covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Doubly robust: right where either the propensity or the regression is. Logistic maximum likelihood and
    /// least squares among controls; the locally efficient form in cross-sections.
    Dr,
    /// Regression of the change among controls.
    Reg,
    /// Inverse probability weights, normalised (Hájek).
    Ipw,
}

/// Who a cohort is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Units never treated.
    Never,
    /// Units not yet treated, including those never treated.
    NotYet,
}

/// The period that effects before treatment are measured from; after it, it is always the last one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The period before.
    Varying,
    /// The last period before treatment.
    Universal,
}

/// What the rows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// The same units in all periods; units that miss one are left out.
    Panel,
    /// The same units, not all of them in all periods; rows are compared as in cross-sections.
    Unbalanced,
    /// Other units in each period; unit numbers are not looked at.
    CrossSections,
}

/// What is to be estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Design {
    /// The adjustment for covariates.
    pub method: Method,
    /// The comparison group.
    pub control: Control,
    /// The base period before treatment.
    pub base: Base,
    /// Periods before treatment in which units may already react, in units of time.
    pub anticipation: u32,
    /// What the rows are.
    pub sampling: Sampling,
}

/// How uncertainty is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inference {
    /// Confidence level, between 0 and 1.
    pub level: f64,
    /// Multiplier bootstrap: draws and seed. Without it errors are analytic and limits pointwise.
    pub bootstrap: Option<(usize, u64)>,
}

/// A table in long form: one row per unit and period, all slices of the same length, nothing missing.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Number of the unit. Draws of the bootstrap follow the order of these numbers, not that of the rows.
    pub unit: &'a [usize],
    /// Period.
    pub time: &'a [f64],
    /// Period of first treatment, 0 for never.
    pub cohort: &'a [f64],
    /// Outcome.
    pub outcome: &'a [f64],
    /// Covariates, column by column.
    pub covariates: &'a [&'a [f64]],
    /// Sampling weights, not below 0.
    pub weights: Option<&'a [f64]>,
    /// Number of the cluster of the unit, the same in all its rows.
    pub cluster: Option<&'a [usize]>,
}

/// Why there is no analysis at all. Rows count from 0.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DidRefusal {
    /// No rows, or columns of unequal length.
    #[error("there are no observations")]
    Empty,
    /// A value is infinite or not a number.
    #[error("row {row} has a value that is not a finite number")]
    NonFinite {
        /// The row.
        row: usize,
    },
    /// A period of first treatment below 0.
    #[error("row {row} has a negative period of first treatment")]
    NegativeCohort {
        /// The row.
        row: usize,
    },
    /// A weight below 0.
    #[error("row {row} has a negative weight")]
    NegativeWeight {
        /// The row.
        row: usize,
    },
    /// All weights are zero.
    #[error("all weights are zero")]
    ZeroWeights,
    /// A unit twice in one period.
    #[error("rows {first} and {row} are the same unit in the same period")]
    Duplicate {
        /// The first of the rows.
        first: usize,
        /// The second.
        row: usize,
    },
    /// A unit whose period of first treatment is not the same in all its rows.
    #[error("rows {first} and {row} are one unit with two periods of first treatment")]
    CohortChanges {
        /// The first of the rows.
        first: usize,
        /// The second.
        row: usize,
    },
    /// A unit that is not in the same cluster in all its rows.
    #[error("rows {first} and {row} are one unit in two clusters")]
    ClusterChanges {
        /// The first of the rows.
        first: usize,
        /// The second.
        row: usize,
    },
    /// Fewer than two clusters.
    #[error("there is a single cluster")]
    SingleCluster,
    /// Fewer clusters than whoever asks wants to rest errors on.
    #[error("{found} clusters with or without treatment, at least {needed} are needed")]
    FewClusters {
        /// Clusters of the smaller group.
        found: usize,
        /// Needed for an answer.
        needed: usize,
    },
    /// No unit was seen in all periods.
    #[error("no unit is observed in all periods")]
    NothingBalanced,
    /// Fewer than two periods.
    #[error("there are fewer than two periods with a comparison")]
    OnePeriod,
    /// No cohort is first treated after the first period.
    #[error("no unit is first treated within the periods observed")]
    NoTreated,
    /// No never-treated units where they were asked for.
    #[error("there are no never-treated units")]
    NoNever,
    /// Nobody is left to compare with.
    #[error("there are no untreated units to compare with")]
    NoControls,
    /// Too few never-treated units.
    #[error("{found} never-treated units, at least {needed} are needed")]
    FewControls {
        /// Units there are.
        found: usize,
        /// Covariates + 5.
        needed: usize,
    },
    /// One unit is ever treated: its own shocks cannot be told from the effect.
    #[error("a single unit is treated")]
    SingleTreatedUnit,
    /// The outcome never changes.
    #[error("the outcome does not vary")]
    ConstantOutcome,
    /// A covariate that is constant or a linear combination of those before it.
    #[error("covariate {column} is constant or a combination of those before it")]
    Collinear {
        /// Its number, from 0.
        column: usize,
    },
    /// No comparison could be estimated.
    #[error("no group and period can be estimated: {0}")]
    NoEstimate(Missing),
    /// No level between 0 and 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
    /// Too few draws.
    #[error("{found} draws, at least {MIN_DRAWS} are needed")]
    FewDraws {
        /// Draws asked for.
        found: usize,
    },
}

/// Why one group and period has no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Missing {
    /// Nobody is untreated by then.
    #[error("no controls")]
    NoControls,
    /// Nobody of the cohort was observed in one of the two periods.
    #[error("no treated observations")]
    NoTreated,
    /// Some units are almost certain to be treated given their covariates (propensity of 0.999 or more).
    #[error("no overlap")]
    NoOverlap,
    /// Covariates separate the groups so far that the propensity cannot be fitted.
    #[error("separation")]
    Separation,
    /// The covariates are collinear among those compared, or there are too few of them.
    #[error("collinear covariates")]
    Collinear,
    /// A group has no weight.
    #[error("zero weight")]
    ZeroWeight,
}

/// The effect on one cohort in one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Period of first treatment of the cohort.
    pub group: f64,
    /// Period.
    pub time: f64,
    /// Period it is measured from.
    pub base: f64,
    /// Whether the cohort is treated by then.
    pub post: bool,
    /// ATT(g, t) in the unit of the outcome; 0 by definition in a universal base period.
    pub value: Option<f64>,
    /// Its standard error; none in a universal base period or where nothing varies.
    pub se: Option<f64>,
    /// Rows (units of a panel) of the cohort.
    pub treated: usize,
    /// Rows (units of a panel) it is compared with.
    pub controls: usize,
    /// Controls without weight because of a propensity of 0.995 or more.
    pub trimmed: usize,
    /// Whether some controls have practically no weight because no treated unit has their values of the covariates.
    pub separated: bool,
    /// Why there is no value.
    pub missing: Option<Missing>,
}

/// All results.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Effects by cohort and period.
    pub effects: Vec<Effect>,
    /// Half the width of an interval of `effects` in standard errors: of the uniform band with a bootstrap, else
    /// the normal quantile.
    pub critical: f64,
    /// The normal quantile of the level.
    pub pointwise: f64,
    /// Summaries.
    pub aggregates: Aggregates,
    /// The Wald test of all effects before treatment (and before the anticipation window) being zero, with the
    /// analytic covariance.
    pub pretest: Result<Pretest, NoPretest>,
    /// What was left out.
    pub left: Left,
    /// Rows in use.
    pub rows: usize,
    /// Units in use (rows in cross-sections).
    pub units: usize,
    /// Clusters, where stated.
    pub clusters: Option<usize>,
    /// Periods in use.
    pub periods: Vec<f64>,
    /// Sizes of the cohorts in use, the never-treated last.
    pub cohorts: Vec<CohortSize>,
    /// Whether rows were compared as panel of units.
    pub balanced: bool,
}

/// Computes everything.
///
/// Bootstrap: Rademacher multipliers, one per unit or cluster; errors are interquartile ranges of the draws over
/// that of the normal distribution, the critical value of a band is the quantile (type 1) of the largest absolute
/// t value over its members. All summaries use the same draws.
///
/// # Errors
/// [`DidRefusal`].
pub fn fit(rows: &Rows<'_>, design: &Design, inference: &Inference) -> Result<Fit, DidRefusal> {
    let pointwise = tail(inference.level)
        .and_then(|tail| normal::normal_quantile(1.0 - tail))
        .map_err(|_| DidRefusal::InvalidLevel)?;
    if let Some((found, _)) = inference.bootstrap.filter(|(draws, _)| *draws < MIN_DRAWS) {
        return Err(DidRefusal::FewDraws { found });
    }
    let sample = panel::prepare(rows, design)?;
    let mut cells = att_gt::estimate(&sample, design);
    if cells.iter().all(|cell| cell.is_base || cell.effect.value.is_none()) {
        let reason = cells.iter().find_map(|cell| cell.effect.missing).unwrap_or(Missing::NoControls);
        return Err(DidRefusal::NoEstimate(reason));
    }
    if cells.iter().all(|cell| cell.is_base || cell.effect.se.is_none()) {
        return Err(DidRefusal::ConstantOutcome);
    }
    let pretest = pretest::wald(&sample, &cells, design);
    let draws = inference.bootstrap.map(|(draws, seed)| bootstrap::draws(&sample, &cells, draws, seed));
    let mut critical = pointwise;
    if let Some(draws) = &draws {
        let columns: Vec<&[f64]> = draws.cells.iter().map(Vec::as_slice).collect();
        let band = bootstrap::band(&columns, inference.level);
        for (cell, se) in cells.iter_mut().zip(&band.se) {
            cell.effect.se = cell.effect.se.and(*se);
        }
        critical = band.critical.map_or(pointwise, |c| c.max(pointwise));
    }
    let aggregates = aggregate::all(&sample, &cells, draws.as_ref(), inference.level, pointwise);
    Ok(Fit {
        critical,
        pointwise,
        aggregates,
        pretest,
        left: sample.left.clone(),
        rows: sample.rows,
        units: sample.units,
        clusters: sample.clusters.as_ref().map(|c| c.count),
        periods: sample.periods.clone(),
        cohorts: sample.sizes(),
        balanced: sample.is_panel(),
        effects: cells.into_iter().map(|cell| cell.effect).collect(),
    })
}

/// An effect with the influence of each unit on it.
struct Cell {
    effect: Effect,
    /// Number of the cohort in the sample.
    cohort: usize,
    influence: Influence,
    /// The universal base period itself.
    is_base: bool,
}
