//! Nearest neighbour matching.

use super::distance::Space;
use super::kd::{Best, Tree};
use super::{Design, Pair};

/// Greedy nearest neighbour matching: round by round (one control per round) each treated unit takes the
/// nearest control of its stratum that is free, on a line from the largest position to the smallest (ties in
/// the order of the units), otherwise in the order of the units. With `replace` no control is used up.
///
/// Of equally near controls on a line the one before (below, or earlier in the order of the units) is taken; in
/// space the one farthest along the first coordinate: the rules of MatchIt 4.7.
///
/// On a line the controls are sorted once and those in use are skipped by path compression, so a search takes
/// nearly constant time; in space a k-d tree that forgets the controls in use.
#[must_use]
pub fn nearest(design: &Design, space: &Space, ratio: usize, width: Option<f64>, replace: bool) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for stratum in strata(design) {
        match space {
            Space::Line(score) => line(design, score, &stratum, ratio, width, replace, &mut pairs),
            Space::Points { .. } => points(design, space, &stratum, ratio, replace, &mut pairs),
        }
    }
    // The sort is stable: the controls of a treated unit stay in the order in which they were found.
    pairs.sort_by_key(|pair| pair.treated);
    pairs
}

/// The units of each stratum, in their order.
pub(super) fn strata(design: &Design) -> Vec<Vec<usize>> {
    if design.exact.is_empty() {
        return vec![(0..design.treated.len()).collect()];
    }
    let mut out = std::collections::BTreeMap::<usize, Vec<usize>>::new();
    design.exact.iter().enumerate().for_each(|(unit, stratum)| out.entry(*stratum).or_default().push(unit));
    out.into_values().collect()
}

/// Places on a line that are used up one by one. Place 0 and the last are sentinels that never are.
struct Free {
    left: Vec<u32>,
    right: Vec<u32>,
}

impl Free {
    fn new(places: usize) -> Self {
        let all: Vec<u32> = (0..places as u32 + 2).collect();
        Self { left: all.clone(), right: all }
    }

    fn find(links: &mut [u32], from: usize) -> usize {
        let mut root = from;
        while links[root] as usize != root {
            root = links[root] as usize;
        }
        let mut at = from;
        while links[at] as usize != root {
            (at, links[at]) = (links[at] as usize, root as u32);
        }
        root
    }

    fn take(&mut self, place: usize) {
        self.left[place] = place as u32 - 1;
        self.right[place] = place as u32 + 1;
    }
}

fn line(
    design: &Design,
    score: &[f64],
    stratum: &[usize],
    ratio: usize,
    width: Option<f64>,
    replace: bool,
    pairs: &mut Vec<Pair>,
) {
    let mut sorted = stratum.to_vec();
    sorted.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
    let mut controls = Vec::new();
    // A treated unit and how many controls lie before it.
    let mut treated = Vec::new();
    for unit in sorted {
        if design.treated[unit] {
            treated.push((unit, controls.len()));
        } else {
            controls.push(unit);
        }
    }
    treated.sort_by(|(a, _), (b, _)| score[*b].total_cmp(&score[*a]).then(a.cmp(b)));
    let far = |unit: usize, place: usize| {
        place.checked_sub(1).and_then(|p| controls.get(p)).map_or(f64::INFINITY, |c| (score[unit] - score[*c]).abs())
    };
    let width = width.unwrap_or(f64::MAX);
    if replace {
        for (unit, before) in treated {
            let (mut left, mut right) = (before, before + 1);
            for _ in 0..ratio {
                let (l, r) = (far(unit, left), far(unit, right));
                let distance = l.min(r);
                if distance > width {
                    break;
                }
                let place = if l <= r { left } else { right };
                if l <= r {
                    left -= 1;
                } else {
                    right += 1;
                }
                pairs.push(Pair { treated: unit, control: controls[place - 1], distance });
            }
        }
        return;
    }
    let mut free = Free::new(controls.len());
    for _ in 0..ratio {
        for (unit, before) in &treated {
            let left = Free::find(&mut free.left, *before);
            let right = Free::find(&mut free.right, before + 1);
            let (l, r) = (far(*unit, left), far(*unit, right));
            let distance = l.min(r);
            if distance <= width {
                let place = if l <= r { left } else { right };
                free.take(place);
                pairs.push(Pair { treated: *unit, control: controls[place - 1], distance });
            }
        }
    }
}

fn points(design: &Design, space: &Space, stratum: &[usize], ratio: usize, replace: bool, pairs: &mut Vec<Pair>) {
    let mut sorted = stratum.to_vec();
    sorted.sort_by(|a, b| space.point(*a)[0].total_cmp(&space.point(*b)[0]));
    // Units with their ranks along the first coordinate.
    let ranked = || sorted.iter().copied().enumerate().map(|(rank, unit)| (unit, rank));
    let controls: Vec<(usize, usize)> = ranked().filter(|(unit, _)| !design.treated[*unit]).collect();
    let mut treated: Vec<(usize, usize)> = ranked().filter(|(unit, _)| design.treated[*unit]).collect();
    treated.sort_unstable();
    let mut tree = Tree::new(space, &controls);
    let rounds = if replace { 1 } else { ratio };
    for _ in 0..rounds {
        for (unit, rank) in &treated {
            let mut best = Best::new(if replace { ratio } else { 1 });
            tree.search(space.point(*unit), *rank, &mut best);
            for found in best.found {
                pairs.push(Pair { treated: *unit, control: found.unit, distance: found.squared.sqrt() });
                if !replace {
                    tree.remove(found.place);
                }
            }
        }
    }
}
