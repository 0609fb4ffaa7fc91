//! A planned rollout tried out on a panel: towns and months as they were, with an effect added to some of them.
//!
//! Every world takes one stretch of consecutive periods, the same for all towns, so that season and trend are shared
//! as they will be; draws towns that delivered all of it; gives the measure to a random part of them; and compares
//! the means of their shares after the start, or of the changes of their shares, by the t test of [`super::Plan`].

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::variates::binomial;
use crate::stats::normal::student_quantile;
use crate::stats::random::Random;

/// Fewest towns of a stretch of periods.
pub const MIN_TOWNS: usize = 5;

/// Cases through the online channel and all cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Cell {
    online: u64,
    all: u64,
}

impl Cell {
    fn share(self) -> f64 {
        self.online as f64 / self.all as f64
    }
}

/// The counts of every town, period by period.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    periods: usize,
    /// Per town the sums over the periods before each place, and how many of them are missing.
    sums: Vec<Vec<(Cell, usize)>>,
}

impl Counts {
    /// One list per town with the cases online and all cases of every period; `None` where nothing is known. The lists
    /// are equally long.
    #[must_use]
    pub fn new(towns: &[Vec<Option<(u64, u64)>>]) -> Self {
        let sums = towns.iter().map(|cells| {
            let mut sum = (Cell::default(), 0);
            let next = cells.iter().map(|cell| {
                let (online, all) = cell.unwrap_or_default();
                sum.0 = Cell { online: sum.0.online + online, all: sum.0.all + all };
                sum.1 += usize::from(cell.is_none());
                sum
            });
            std::iter::once((Cell::default(), 0)).chain(next.collect::<Vec<_>>()).collect()
        });
        Self { periods: towns.first().map_or(0, Vec::len), sums: sums.collect() }
    }

    /// Number of periods.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.periods
    }

    /// Number of towns.
    #[must_use]
    pub fn towns(&self) -> usize {
        self.sums.len()
    }

    /// The sum over `length` periods of a town; `None` if one is missing or there are no cases.
    fn sum(&self, town: usize, from: usize, length: usize) -> Option<Cell> {
        let sums = self.sums.get(town)?;
        let ((first, missing), (last, missing_then)) = (sums.get(from)?, sums.get(from + length)?);
        let cell = Cell { online: last.online - first.online, all: last.all - first.all };
        (missing == missing_then && cell.all > 0).then_some(cell)
    }
}

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rollout {
    /// Towns with the measure.
    pub treated: usize,
    /// Towns without.
    pub untreated: usize,
    /// Periods before the start; with 0 the shares after it are compared, else their changes.
    pub before: usize,
    /// Periods after the start.
    pub after: usize,
    /// Confidence level of the test, two-sided.
    pub level: f64,
}

impl Rollout {
    fn units(&self) -> usize {
        self.treated + self.untreated
    }
}

/// Why a plan cannot be tried out on a panel.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PanelRefusal {
    /// The panel is shorter than the plan.
    #[error("the plan takes {needed} periods, the panel has {found}")]
    Short {
        /// Periods of the panel.
        found: usize,
        /// Periods of the plan.
        needed: usize,
    },
    /// Too few towns delivered all periods of a stretch.
    #[error("no stretch of the panel is complete for enough towns: at most {found}, {MIN_TOWNS} are needed")]
    FewTowns {
        /// Towns of the best stretch.
        found: usize,
    },
    /// No case online at all, or every one.
    #[error("the towns' shares are all 0 or all 1")]
    Extreme,
    /// One case per town: whether cases of a town are alike cannot be seen.
    #[error("the towns have one case each")]
    OneCase,
    /// An effect that would take the share beyond 0 or 1.
    #[error("the mean share of {share:.3} cannot change by the effect")]
    Unreachable {
        /// The mean share of a stretch.
        share: f64,
    },
    /// A group without a town, or fewer than three towns.
    #[error("a simulation needs at least three towns, and one in each group")]
    FewUnits,
    /// A level outside 0 to 1.
    #[error("a confidence level must lie between 0 and 1")]
    InvalidLevel,
}

/// Consecutive periods, and the towns that delivered them all.
#[derive(Debug, Clone, PartialEq)]
struct Stretch {
    /// The mean share of the towns after the start.
    share: f64,
    towns: Vec<Town>,
}

/// A town in a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Town {
    id: usize,
    before: Option<Cell>,
    after: Cell,
}

impl Town {
    /// How far its share can change in the direction of the effect.
    fn room(&self, effect: f64) -> f64 {
        if effect > 0.0 { 1.0 - self.after.share() } else { self.after.share() }
    }
}

/// What the towns of a panel are like over stretches of as many periods as planned, averaged over all stretches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Towns {
    /// Mean of the towns' shares.
    pub base: f64,
    /// Correlation of two cases of a town. With p̄ the mean and s² the variance of the k towns' shares and h the mean
    /// of 1/n over their cases n, it is (s² / p̄(1 - p̄) - h) / (1 - h): the moment estimator of the beta-binomial model
    /// with equal weights (Kleinman 1973, JASA 68, 46-54). It can come out below zero.
    pub icc: f64,
    /// Harmonic mean of the cases per town and period. Each town counts the same, so small ones set the noise.
    pub cases: f64,
    /// Arithmetic mean of them.
    pub mean_cases: f64,
    /// Standard deviation between towns of what is compared: shares, or their changes.
    pub sd: f64,
    /// Stretches.
    pub stretches: usize,
    /// Fewest and most towns of a stretch.
    pub towns: (usize, usize),
    /// Towns that are in some stretch.
    pub used: usize,
}

/// A plan laid out on a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    plan: Rollout,
    critical: f64,
    stretches: Vec<Stretch>,
    /// Whether towns are drawn with replacement, because the plan has more than the panel.
    pub replaced: bool,
}

impl Counts {
    fn stretches(&self, before: usize, after: usize) -> Result<Vec<Stretch>, PanelRefusal> {
        let needed = before.saturating_add(after);
        if after == 0 || needed > self.periods {
            return Err(PanelRefusal::Short { found: self.periods, needed: needed.max(before.saturating_add(1)) });
        }
        let all: Vec<Stretch> = (0..=self.periods - needed)
            .map(|from| {
                let town = |at: usize| {
                    let first = if before > 0 { Some(self.sum(at, from, before)?) } else { None };
                    Some(Town { id: at, before: first, after: self.sum(at, from + before, after)? })
                };
                let towns: Vec<_> = (0..self.sums.len()).filter_map(town).collect();
                Stretch { share: mean(towns.iter().map(|t| t.after.share())), towns }
            })
            .collect();
        let found = all.iter().map(|s| s.towns.len()).max().unwrap_or(0);
        if found < MIN_TOWNS {
            return Err(PanelRefusal::FewTowns { found });
        }
        Ok(all.into_iter().filter(|s| s.towns.len() >= MIN_TOWNS).collect())
    }

    /// What the towns are like over `after` periods, `before` periods before them being known too.
    ///
    /// # Errors
    /// [`PanelRefusal`].
    pub fn describe(&self, before: usize, after: usize) -> Result<Towns, PanelRefusal> {
        let stretches = self.stretches(before, after)?;
        let (mut base, mut icc, mut inverse, mut cases, mut variance) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for stretch in &stretches {
            let p = stretch.share;
            let h = mean(stretch.towns.iter().map(|t| 1.0 / t.after.all as f64));
            if p <= 0.0 || p >= 1.0 {
                return Err(PanelRefusal::Extreme);
            }
            if h >= 1.0 {
                return Err(PanelRefusal::OneCase);
            }
            let shares = stretch.towns.iter().map(|t| t.after.share());
            icc += (spread(shares) / (p * (1.0 - p)) - h) / (1.0 - h);
            base += p;
            inverse += h;
            cases += mean(stretch.towns.iter().map(|t| t.after.all as f64));
            variance += spread(stretch.towns.iter().map(|t| compared(t.before, t.after)));
        }
        let (n, periods) = (stretches.len() as f64, after as f64);
        let sizes = || stretches.iter().map(|s| s.towns.len());
        Ok(Towns {
            base: base / n,
            icc: icc / n,
            cases: n / inverse / periods,
            mean_cases: cases / n / periods,
            sd: (variance / n).sqrt(),
            stretches: stretches.len(),
            towns: (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0)),
            used: stretches.iter().flat_map(|s| s.towns.iter().map(|t| t.id)).collect::<BTreeSet<_>>().len(),
        })
    }

    /// Lays `plan` out on the panel: on the stretches with as many towns as it takes, so that no town is drawn twice;
    /// where there is none, on all, with towns drawn with replacement.
    ///
    /// # Errors
    /// [`PanelRefusal`].
    pub fn trial(&self, plan: Rollout) -> Result<Trial, PanelRefusal> {
        if plan.treated == 0 || plan.untreated == 0 || plan.units() < 3 {
            return Err(PanelRefusal::FewUnits);
        }
        let critical = student_quantile(f64::midpoint(1.0, plan.level), plan.units() as f64 - 2.0)
            .map_err(|_| PanelRefusal::InvalidLevel)?;
        let all = self.stretches(plan.before, plan.after)?;
        let (enough, fewer): (Vec<_>, Vec<_>) = all.into_iter().partition(|s| s.towns.len() >= plan.units());
        let replaced = enough.is_empty();
        Ok(Trial { plan, critical, stretches: if replaced { fewer } else { enough }, replaced })
    }
}

impl Trial {
    /// The largest effect in a direction that keeps the mean share of every stretch between 0 and 1.
    #[must_use]
    pub fn reach(&self, up: bool) -> f64 {
        let room = |s: &Stretch| if up { 1.0 - s.share } else { s.share };
        self.stretches.iter().map(room).fold(1.0, f64::min)
    }

    /// The share of `worlds` in which the test finds a difference when the measure changes the expected share of a town
    /// by `effect`: each of its cases not online becomes so with the probability that adds up to that (and with a
    /// negative effect each case online ceases to be so). A town that has no room for it goes to the end of the scale,
    /// and the others of the stretch further, so that their mean still changes by the effect. With 0 it is the rate of
    /// false alarms. World number i has its own random numbers, the same for every effect.
    ///
    /// # Errors
    /// [`PanelRefusal::Unreachable`].
    pub fn simulate(&self, effect: f64, worlds: u64, seed: u64) -> Result<f64, PanelRefusal> {
        let steps = self.stretches.iter().map(|stretch| {
            let room = stretch.towns.iter().map(|town| town.room(effect));
            filled(room.collect(), effect.abs()).ok_or(PanelRefusal::Unreachable { share: stretch.share })
        });
        let steps: Vec<f64> = steps.collect::<Result<_, _>>()?;
        let found = (0..worlds)
            .into_par_iter()
            .filter(|world| self.finds(effect > 0.0, &steps, &mut Random::new(seed, *world)))
            .count();
        Ok(found as f64 / worlds.max(1) as f64)
    }

    /// One world; `steps` are the changes of the treated towns of every stretch, up or down.
    fn finds(&self, up: bool, steps: &[f64], random: &mut Random) -> bool {
        let at = random.below(self.stretches.len());
        let (Some(stretch), Some(step)) = (self.stretches.get(at), steps.get(at)) else { return false };
        let units = self.plan.units();
        let mut order: Vec<usize> = if self.replaced {
            (0..units).map(|_| random.below(stretch.towns.len())).collect()
        } else {
            (0..stretch.towns.len()).collect()
        };
        if !self.replaced {
            for at in 0..units {
                let with = at + random.below(order.len() - at);
                order.swap(at, with);
            }
        }
        let values = order.iter().take(units).enumerate().filter_map(|(at, town)| {
            let town = stretch.towns.get(*town)?;
            let (before, mut after) = (town.before, town.after);
            if at < self.plan.treated && *step > 0.0 {
                let moving = if up { after.all - after.online } else { after.online };
                let moved = binomial(random, moving, (step * after.all as f64 / moving.max(1) as f64).min(1.0));
                after.online = if up { after.online + moved } else { after.online - moved };
            }
            Some(compared(before, after))
        });
        let values: Vec<f64> = values.collect();
        let (with, without) = values.split_at(self.plan.treated.min(values.len()));
        let (n1, n0) = (with.len() as f64, without.len() as f64);
        let squares = |group: &[f64]| (group.len() as f64 - 1.0) * spread(group.iter().copied());
        let variance = (squares(with) + squares(without)) / (n1 + n0 - 2.0) * (1.0 / n1 + 1.0 / n0);
        let difference = mean(with.iter().copied()) - mean(without.iter().copied());
        difference.abs() > self.critical * variance.sqrt()
    }
}

/// The step c for which the mean of min(c, room) is `wanted`; `None` where there is not so much room.
fn filled(mut room: Vec<f64>, wanted: f64) -> Option<f64> {
    room.sort_by(f64::total_cmp);
    let (mut left, mut rest) = (wanted * room.len() as f64, room.len());
    for own in room {
        let step = left / rest as f64;
        // Rounding must not refuse what just fits.
        if step <= own * (1.0 + 1e-12) {
            return Some(step.max(0.0));
        }
        left -= own;
        rest -= 1;
    }
    None
}

/// What of a town is compared: its share, or the change of it.
fn compared(before: Option<Cell>, after: Cell) -> f64 {
    after.share() - before.map_or(0.0, Cell::share)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + value, n + 1));
    sum / n.max(1) as f64
}

/// The variance with n - 1; 0 of a single value.
fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let average = mean(values.clone());
    let (sum, n) = values.fold((0.0, 0usize), |(sum, n), value| (sum + (value - average).powi(2), n + 1));
    sum / n.saturating_sub(1).max(1) as f64
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
