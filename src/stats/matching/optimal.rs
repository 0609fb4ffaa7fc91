//! Optimal pair matching.

use super::distance::Space;
use super::nearest::strata;
use super::{Design, Pair};
use crate::stats::assignment::assigned;

/// The pairs with the smallest total distance among those with as many pairs as possible: `ratio` controls per
/// treated unit, each control once. In a stratum with fewer controls than `ratio` per treated unit all controls
/// are used and each treated unit has at least their average number, rounded down; with fewer controls than
/// treated units each treated unit has at most one.
///
/// On a line pairs that cross can be uncrossed without loss, so dynamic programming over both sorted groups finds
/// the exact optimum, under a caliper too; in space the assignment problem is solved by shortest augmenting paths
/// with dual prices (exact).
///
/// Reference: Rosenbaum (1989), Journal of the American Statistical Association 84, 1024-1032; Hansen and Klopfer
/// (2006), Journal of Computational and Graphical Statistics 15, 609-627; Jonker and Volgenant (1987),
/// Computing 38, 325-340.
#[must_use]
pub fn optimal(design: &Design, space: &Space, ratio: usize, width: Option<f64>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for stratum in strata(design) {
        let (treated, controls): (Vec<usize>, Vec<usize>) = stratum.iter().partition(|unit| design.treated[**unit]);
        if treated.is_empty() || controls.is_empty() {
            continue;
        }
        let plan = Plan::of(treated.len(), controls.len(), ratio);
        let found = match space {
            Space::Line(score) => line(score, treated, controls, &plan, width.unwrap_or(f64::MAX)),
            Space::Points { .. } => assignment(space, &treated, &controls, &plan),
        };
        pairs.extend(found.into_iter().map(|(treated, control)| Pair {
            treated,
            control,
            distance: space.distance(treated, control),
        }));
    }
    pairs.sort_by(|a, b| {
        a.treated.cmp(&b.treated).then(a.distance.total_cmp(&b.distance)).then(a.control.cmp(&b.control))
    });
    pairs
}

/// Pairs of a stratum, each with one byte.
const MOST: usize = 1 << 30;

/// Whether all strata are small enough.
#[must_use]
pub fn fits(design: &Design, ratio: usize) -> bool {
    strata(design).iter().all(|stratum| {
        let treated = stratum.iter().filter(|unit| design.treated[**unit]).count();
        treated.saturating_mul(ratio).saturating_mul(stratum.len() - treated) <= MOST
    })
}

/// How many controls each treated unit of a stratum may and must have.
struct Plan {
    /// Most controls per treated unit.
    most: usize,
    /// Least controls per treated unit, where controls are scarce.
    least: usize,
    /// Whether there are fewer controls than asked for, so that all of them are used.
    scarce: bool,
}

impl Plan {
    fn of(treated: usize, controls: usize, ratio: usize) -> Self {
        if controls < treated {
            return Self { most: 1, least: 0, scarce: true };
        }
        let scarce = controls < treated * ratio;
        Self { most: ratio, least: if scarce { controls / treated } else { ratio }, scarce }
    }
}

/// Wishes not fulfilled, then distance: compared in this order.
type Cost = (u32, f64);

fn less(a: Cost, b: Cost) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}

fn line(
    score: &[f64],
    mut treated: Vec<usize>,
    mut controls: Vec<usize>,
    plan: &Plan,
    width: f64,
) -> Vec<(usize, usize)> {
    let by_score = |a: &usize, b: &usize| score[*a].total_cmp(&score[*b]).then(a.cmp(b));
    treated.sort_by(by_score);
    controls.sort_by(by_score);
    // Places for controls: a treated unit has `most` of them, and the first `least` ask to be filled.
    let places: Vec<(usize, u32)> =
        treated.iter().flat_map(|unit| (0..plan.most).map(move |copy| (*unit, u32::from(copy < plan.least)))).collect();
    let passed = u32::from(plan.scarce);
    let columns = controls.len() + 1;
    // What was done last: 0 a pair, 1 a place left empty, 2 a control passed over.
    let mut step = vec![2u8; (places.len() + 1) * columns];
    let mut before: Vec<Cost> = (0..columns).map(|j| (passed * j as u32, 0.0)).collect();
    for (i, (unit, wish)) in places.iter().enumerate() {
        let mut now = Vec::with_capacity(columns);
        now.push((before[0].0 + wish, before[0].1));
        let steps = &mut step[(i + 1) * columns..(i + 2) * columns];
        steps[0] = 1;
        for (j, control) in controls.iter().enumerate() {
            let distance = (score[*unit] - score[*control]).abs();
            let (mut best, mut how) = ((now[j].0 + passed, now[j].1), 2);
            let empty = (before[j + 1].0 + wish, before[j + 1].1);
            if less(empty, best) {
                (best, how) = (empty, 1);
            }
            let pair = (before[j].0, before[j].1 + distance);
            if distance <= width && !less(best, pair) {
                (best, how) = (pair, 0);
            }
            now.push(best);
            steps[j + 1] = how;
        }
        before = now;
    }
    let (mut i, mut j) = (places.len(), controls.len());
    let mut out = Vec::new();
    while i > 0 || j > 0 {
        match step[i * columns + j] {
            0 => {
                (i, j) = (i - 1, j - 1);
                out.push((places[i].0, controls[j]));
            }
            1 => i -= 1,
            _ => j -= 1,
        }
    }
    out
}

fn assignment(space: &Space, treated: &[usize], controls: &[usize], plan: &Plan) -> Vec<(usize, usize)> {
    let places: Vec<(usize, bool)> =
        treated.iter().flat_map(|unit| (0..plan.most).map(move |copy| (*unit, copy < plan.least))).collect();
    if plan.scarce {
        // A reward larger than all distances together fills the places that ask for it.
        let reach = |unit: &usize| controls.iter().map(|c| space.distance(*unit, *c)).fold(0.0, f64::max);
        let reward = 1.0 + treated.iter().map(reach).fold(0.0, f64::max) * 2.0 * controls.len() as f64;
        let cost = |row: usize, column: usize| {
            let (unit, wish) = places[column];
            space.distance(unit, controls[row]) - if wish { reward } else { 0.0 }
        };
        let found = assigned(controls.len(), places.len(), cost);
        return found.into_iter().enumerate().map(|(row, column)| (places[column].0, controls[row])).collect();
    }
    let cost = |row: usize, column: usize| space.distance(places[row].0, controls[column]);
    let found = assigned(places.len(), controls.len(), cost);
    found.into_iter().enumerate().map(|(row, column)| (places[row].0, controls[column])).collect()
}
