//! A k-d tree that forgets points (Bentley 1975, Communications of the ACM 18, 509-517).

use super::distance::Space;

/// Points per leaf. Coordinates are laid out so that all points of a leaf are measured at once.
const LEAF: usize = 16;

/// Rounding must not hide a point as near as the best one.
const SLACK: f64 = 1.0 + 1e-12;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Points not removed.
    live: usize,
    /// The number of the right child; the left one follows the node. 0 in a leaf.
    right: usize,
    /// The number of a leaf among the leaves.
    leaf: usize,
    parent: usize,
}

/// The tree.
#[derive(Debug)]
pub(super) struct Tree {
    dimensions: usize,
    nodes: Vec<Node>,
    /// Smallest, then largest coordinates of each node's points.
    boxes: Vec<f64>,
    /// By leaf, coordinate and place in the leaf; the live points come first.
    points: Vec<f64>,
    /// Unit and rank, by leaf and place in the leaf.
    units: Vec<(usize, usize)>,
    /// The node of each leaf.
    node_of: Vec<usize>,
}

/// A point found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Found {
    pub unit: usize,
    pub place: usize,
    pub squared: f64,
    /// Steps along the first coordinate, doubled, and one more to the right: of equally near points the one with
    /// more is taken.
    key: usize,
}

/// The nearest points so far, nearest first.
#[derive(Debug)]
pub(super) struct Best {
    wanted: usize,
    pub found: Vec<Found>,
}

impl Best {
    pub(super) fn new(wanted: usize) -> Self {
        Self { wanted, found: Vec::with_capacity(wanted + 1) }
    }

    fn bound(&self) -> f64 {
        if self.found.len() < self.wanted { f64::INFINITY } else { self.found.last().map_or(0.0, |f| f.squared) }
    }

    fn offer(&mut self, new: Found) {
        let before = |f: &Found| f.squared < new.squared || (f.squared == new.squared && f.key > new.key);
        let at = self.found.partition_point(before);
        self.found.insert(at, new);
        self.found.truncate(self.wanted);
    }
}

impl Tree {
    /// A tree of units (with their ranks along the first coordinate).
    pub(super) fn new(space: &Space, units: &[(usize, usize)]) -> Self {
        let dimensions = units.first().map_or(1, |(unit, _)| space.point(*unit).len());
        let mut tree = Self {
            dimensions,
            nodes: Vec::new(),
            boxes: Vec::new(),
            points: Vec::new(),
            units: Vec::new(),
            node_of: Vec::new(),
        };
        if !units.is_empty() {
            tree.build(space, &mut units.to_vec(), 0);
        }
        tree
    }

    fn build(&mut self, space: &Space, units: &mut [(usize, usize)], parent: usize) {
        let number = self.nodes.len();
        self.nodes.push(Node { live: units.len(), right: 0, leaf: self.node_of.len(), parent });
        let mut low = vec![f64::INFINITY; self.dimensions];
        let mut high = vec![f64::NEG_INFINITY; self.dimensions];
        for (unit, _) in units.iter() {
            for ((low, high), value) in low.iter_mut().zip(&mut high).zip(space.point(*unit)) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
        let width = |d: &usize| high[*d] - low[*d];
        let widest = (0..self.dimensions).max_by(|a, b| width(a).total_cmp(&width(b))).unwrap_or(0);
        self.boxes.extend(low.iter().chain(&high));
        if units.len() <= LEAF {
            self.node_of.push(number);
            for d in 0..self.dimensions {
                let values = (0..LEAF).map(|slot| units.get(slot).map_or(0.0, |(unit, _)| space.point(*unit)[d]));
                self.points.extend(values);
            }
            self.units.extend((0..LEAF).map(|slot| units.get(slot).copied().unwrap_or_default()));
            return;
        }
        let middle = units.len() / 2;
        units.select_nth_unstable_by(middle, |(a, _), (b, _)| {
            space.point(*a)[widest].total_cmp(&space.point(*b)[widest]).then(a.cmp(b))
        });
        let (left, right) = units.split_at_mut(middle);
        self.build(space, left, number);
        self.nodes[number].right = self.nodes.len();
        self.build(space, right, number);
    }

    /// The squared distance of a point to the box of a node.
    #[inline]
    fn outside(&self, node: usize, point: &[f64]) -> f64 {
        let at = node * 2 * self.dimensions;
        let (low, high) = self.boxes[at..at + 2 * self.dimensions].split_at(self.dimensions);
        let beyond = |(p, (low, high)): (&f64, (&f64, &f64))| {
            let off = (low - p).max(p - high).max(0.0);
            off * off
        };
        point.iter().zip(low.iter().zip(high)).map(beyond).sum()
    }

    /// Searches the points nearest to `point`, whose rank along the first coordinate is `rank`.
    pub(super) fn search(&self, point: &[f64], rank: usize, best: &mut Best) {
        if self.nodes.first().is_some_and(|root| root.live > 0) {
            self.visit(0, point, rank, best);
        }
    }

    fn visit(&self, number: usize, point: &[f64], rank: usize, best: &mut Best) {
        let node = self.nodes[number];
        if node.right == 0 {
            let size = LEAF * self.dimensions;
            let mut squares = [0.0; LEAF];
            let coordinates = self.points[node.leaf * size..(node.leaf + 1) * size].chunks_exact(LEAF);
            for (p, values) in point.iter().zip(coordinates) {
                squares.iter_mut().zip(values).for_each(|(sum, value)| *sum += (p - value) * (p - value));
            }
            for (slot, squared) in squares.iter().enumerate().take(node.live) {
                if *squared <= best.bound() {
                    let place = node.leaf * LEAF + slot;
                    let (unit, other) = self.units[place];
                    let key = 2 * other.abs_diff(rank) + usize::from(other > rank);
                    best.offer(Found { unit, place, squared: *squared, key });
                }
            }
            return;
        }
        let mut children = [number + 1, node.right].map(|child| (self.outside(child, point), child));
        if children[1].0 < children[0].0 {
            children.swap(0, 1);
        }
        for (bound, child) in children {
            if self.nodes[child].live > 0 && bound <= best.bound() * SLACK {
                self.visit(child, point, rank, best);
            }
        }
    }

    /// Forgets the point at a place.
    pub(super) fn remove(&mut self, place: usize) {
        let (leaf, slot) = (place / LEAF, place % LEAF);
        let mut at = self.node_of[leaf];
        let last = self.nodes[at].live - 1;
        self.units.swap(place, leaf * LEAF + last);
        for d in 0..self.dimensions {
            let row = (leaf * self.dimensions + d) * LEAF;
            self.points.swap(row + slot, row + last);
        }
        loop {
            self.nodes[at].live -= 1;
            if at == 0 {
                break;
            }
            at = self.nodes[at].parent;
        }
    }
}
