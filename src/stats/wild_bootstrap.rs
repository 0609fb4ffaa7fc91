//! Wild cluster bootstrap of one coefficient of a panel regression, with the null hypothesis imposed.

use rayon::prelude::*;

use super::fixed_effects::{Fit, PanelRefusal};
use super::linalg::{Matrix, dot};
use super::random::Random;
use super::sandwich::{Combination, Projection, Vcov, clusters_in_use, inference};

/// Distribution of the weight of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// -1 or 1.
    Rademacher,
    /// Plus or minus the roots of 1/2, 1 and 3/2 (Webb 2023): more different draws where clusters are few.
    Webb,
}

/// How many draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draws {
    /// This many from the seed; all where there are no more than that.
    Number(usize),
    /// Every combination of weights.
    All,
}

/// Fewest random draws.
pub const FEWEST_DRAWS: usize = 99;
/// Most draws held in memory.
pub const MOST_DRAWS: usize = 1 << 22;

/// Why there is no bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapRefusal {
    /// Too few draws for a p value, or none.
    #[error("at least 99 draws are needed")]
    FewDraws,
    /// More than can be held.
    #[error("more than 4194304 draws")]
    ManyDraws,
    /// All combinations are too many.
    #[error("{clusters} clusters have too many combinations of weights to go through all")]
    ManyCombinations {
        /// Clusters.
        clusters: usize,
    },
    /// A level outside 0 to 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
    /// The regression or its error.
    #[error(transparent)]
    Panel(#[from] PanelRefusal),
}

/// A bootstrapped coefficient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WildBootstrap {
    /// Estimate, cluster-robust error (CR1) and degrees of freedom.
    pub estimate: Combination,
    /// Share of draws with a t statistic farther from 0 than the observed one.
    pub p: f64,
    /// The same with ties counted. With all draws the observed statistic itself and its mirror image are ties.
    pub p_ties: f64,
    /// Lower limit: the values that the test does not reject. `None` where no value is rejected on that side.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Draws.
    pub draws: usize,
    /// Whether these are all there are.
    pub enumerated: bool,
    /// Clusters.
    pub clusters: usize,
}

/// What one draw says of any value under test: with δ the distance of the estimate from that value, the bootstrap
/// coefficient is `n0 + δ n1` and the square of its error, without the factor, `q0 + δ q1 + δ² q2`.
#[derive(Debug, Clone, Copy)]
struct Draw {
    n0: f64,
    n1: f64,
    q0: f64,
    q1: f64,
    q2: f64,
}

impl Draw {
    /// The t statistic; an error of zero is a statistic of zero or infinity.
    fn t(&self, delta: f64, factor: f64) -> f64 {
        let coefficient = self.n0 + delta * self.n1;
        let square = factor * (self.q0 + delta * (self.q1 + delta * self.q2));
        if coefficient == 0.0 { 0.0 } else { (coefficient / square.max(0.0).sqrt()).abs() }
    }
}

/// Rounding within which two t statistics are equal.
const TIE: f64 = 1e-9;

/// The restricted wild cluster bootstrap (WCR, type 11) of coefficient number `at`: residuals of the model in which
/// the coefficient has the value under test, multiplied by one random weight per cluster, make new outcomes; the t
/// statistic with the CR1 error is computed on each. Levels of units and periods are estimated anew in every draw,
/// as if they were columns.
///
/// p is the share of draws with |t*| > |t|, the convention of wildboottest and fwildclusterboot; `p_ties` counts
/// equal values (up to 1e-9) too. Rademacher weights are enumerated where 2^G is no more than the draws asked for.
/// Limits by inverting the test with the same draws.
///
/// Reference: Cameron, Gelbach and Miller (2008), Rev. Econ. Stat. 90, 414-427; Roodman, Nielsen, MacKinnon and Webb
/// (2019), Stata Journal 19, 4-60; Webb (2023), Canadian J. Econ. 56, 839-858; on few treated clusters MacKinnon and
/// Webb (2017), J. Applied Econometrics 32, 233-254.
///
/// # Errors
/// [`BootstrapRefusal`].
pub fn wild_bootstrap(
    fit: &Fit,
    clusters: &[u32],
    at: usize,
    weights: Weights,
    draws: Draws,
    seed: u64,
    level: f64,
) -> Result<WildBootstrap, BootstrapRefusal> {
    if !(level > 0.0 && level < 1.0) {
        return Err(BootstrapRefusal::InvalidLevel);
    }
    let k = fit.beta.len();
    let contrast: Vec<f64> = (0..k).map(|i| f64::from(u8::from(i == at))).collect();
    let base = inference(fit, Vcov::Cluster(clusters), std::slice::from_ref(&contrast))?;
    let estimate = *base.combinations.first().ok_or(PanelRefusal::NoVariance)?;
    let (codes, names) = clusters_in_use(fit, clusters);
    let g = names.len();
    let choices: usize = if weights == Weights::Rademacher { 2 } else { 6 };
    let all = u32::try_from(g).ok().and_then(|g| choices.checked_pow(g)).filter(|all| *all <= MOST_DRAWS);
    let enumerated = match (draws, all) {
        (Draws::All, None) => return Err(BootstrapRefusal::ManyCombinations { clusters: g }),
        (Draws::All, Some(all)) => Some(all),
        (Draws::Number(n), Some(all)) if weights == Weights::Rademacher && all <= n => Some(all),
        (Draws::Number(n), _) if n < FEWEST_DRAWS => return Err(BootstrapRefusal::FewDraws),
        (Draws::Number(n), _) if n > MOST_DRAWS => return Err(BootstrapRefusal::ManyDraws),
        (Draws::Number(_), _) => None,
    };
    let count = match (enumerated, draws) {
        (Some(all), _) => all,
        (None, Draws::Number(n)) => n,
        (None, Draws::All) => return Err(BootstrapRefusal::ManyCombinations { clusters: g }),
    };
    let parts = Parts::of(fit, &codes, g, &contrast)?;
    // -v gives the mirror image of v: half of all draws are enough.
    let made = if enumerated.is_some() { count / 2 } else { count };
    let list: Vec<Draw> = (0..made)
        .into_par_iter()
        .map(|number| {
            let v: Vec<f64> = if enumerated.is_some() {
                let mut rest = number;
                let mut digit = || {
                    let out = rest % choices;
                    rest /= choices;
                    value(weights, out)
                };
                // The last cluster has the largest place value: in the first half it stays in its lower half.
                (0..g).map(|_| digit()).collect()
            } else {
                let mut random = Random::new(seed, number as u64);
                (0..g).map(|_| value(weights, random.below(choices))).collect()
            };
            parts.draw(&v)
        })
        .collect();
    let mut square = 0.0;
    for g in 0..g {
        square += parts.own[g] * parts.own[g];
    }
    let factor = estimate.se * estimate.se / square;
    let share = |delta: f64, ties: bool| {
        let t = (delta / estimate.se).abs();
        let beyond = if ties { t * (1.0 - TIE) } else { t * (1.0 + TIE) };
        let count = list.par_iter().filter(|draw| {
            let star = draw.t(delta, factor);
            if ties { star >= beyond } else { star > beyond }
        });
        count.count() as f64 / list.len() as f64
    };
    let (p, p_ties) = (share(estimate.value, false), share(estimate.value, true));
    let limit = |side: f64| {
        // δ runs from the estimate outwards; a lower limit is a positive δ.
        let mut inside = 0.0;
        let mut outside = 2.0 * estimate.se;
        let mut tries = 0;
        while share(side * outside, false) > 1.0 - level {
            inside = outside;
            outside *= 2.0;
            tries += 1;
            if tries > 30 {
                return None;
            }
        }
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if share(side * middle, false) > 1.0 - level {
                inside = middle;
            } else {
                outside = middle;
            }
            if outside - inside <= 1e-9 * estimate.se {
                break;
            }
        }
        Some(estimate.value - side * f64::midpoint(inside, outside))
    };
    Ok(WildBootstrap {
        estimate,
        p,
        p_ties,
        lower: limit(1.0),
        upper: limit(-1.0),
        draws: count,
        enumerated: enumerated.is_some(),
        clusters: g,
    })
}

/// Weight number `choice`; the second half mirrors the first.
fn value(weights: Weights, choice: usize) -> f64 {
    match (weights, choice) {
        (Weights::Rademacher, 0) => 1.0,
        (Weights::Rademacher, _) => -1.0,
        (Weights::Webb, 0) => 0.5f64.sqrt(),
        (Weights::Webb, 1) => 1.0,
        (Weights::Webb, 2) => 1.5f64.sqrt(),
        (Weights::Webb, 3) => -(0.5f64.sqrt()),
        (Weights::Webb, 4) => -1.0,
        (Weights::Webb, _) => -(1.5f64.sqrt()),
    }
}

/// Sums by cluster, with and without the part that grows with δ.
struct Parts {
    /// Contribution to the coefficient.
    own: Vec<f64>,
    grown: Vec<f64>,
    /// B'residual.
    sums: Matrix,
    sums_grown: Matrix,
    /// B'w.
    along: Matrix,
}

impl Parts {
    fn of(fit: &Fit, codes: &[u32], g: usize, contrast: &[f64]) -> Result<Self, PanelRefusal> {
        let projection = Projection::new(fit, codes, g)?;
        let direction = fit.bread.apply(contrast);
        let w = fit.combined(&direction);
        let size = dot(contrast, &direction);
        let p = projection.basis.columns();
        let mut out = Self {
            own: vec![0.0; g],
            grown: vec![0.0; g],
            sums: Matrix::zeros(g, p),
            sums_grown: Matrix::zeros(g, p),
            along: Matrix::zeros(g, p),
        };
        for (cluster, rows) in projection.members.iter().enumerate() {
            for row in rows {
                let (w, e, b) = (w[*row], fit.residual[*row], projection.basis.row(*row));
                let grown = w / size;
                out.own[cluster] += w * e;
                out.grown[cluster] += w * grown;
                for (to, times) in [(&mut out.sums, e), (&mut out.sums_grown, grown), (&mut out.along, w)] {
                    to.row_mut(cluster).iter_mut().zip(b).for_each(|(to, b)| *to += times * b);
                }
            }
        }
        Ok(out)
    }

    fn draw(&self, v: &[f64]) -> Draw {
        let (moved, moved_grown) = (self.sums.apply_transposed(v), self.sums_grown.apply_transposed(v));
        let mut out = Draw { n0: 0.0, n1: 0.0, q0: 0.0, q1: 0.0, q2: 0.0 };
        for (cluster, v) in v.iter().enumerate() {
            let along = self.along.row(cluster);
            let (c0, c1) = (v * self.own[cluster], v * self.grown[cluster]);
            let (z0, z1) = (c0 - dot(along, &moved), c1 - dot(along, &moved_grown));
            out.n0 += c0;
            out.n1 += c1;
            out.q0 += z0 * z0;
            out.q1 += 2.0 * z0 * z1;
            out.q2 += z1 * z1;
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
