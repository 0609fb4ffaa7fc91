//! The influence of units on an estimate.

use std::ops::Range;

/// The change of an estimate by each unit: φ with estimate - truth ≈ Σφ. Units are ordered by cohort, so that only
/// the cohort itself and all units from some point on can have an influence.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Influence {
    own: Range<usize>,
    from: usize,
    values: Vec<f64>,
}

impl Influence {
    /// `values` are those of the units `own` (before `from`), then those of all units from `from` on.
    pub(super) fn new(own: Range<usize>, from: usize, values: Vec<f64>) -> Self {
        Self { own, from, values }
    }

    /// Its two runs of units: number of the first unit, values.
    pub(super) fn runs(&self) -> [(usize, &[f64]); 2] {
        let (own, rest) = self.values.split_at(self.own.len().min(self.values.len()));
        [(self.own.start, own), (self.from, rest)]
    }

    /// Adds it to a vector over all units.
    pub(super) fn add_to(&self, factor: f64, out: &mut [f64]) {
        for (start, run) in self.runs() {
            out[start..start + run.len()].iter_mut().zip(run).for_each(|(out, value)| *out += factor * value);
        }
    }

    /// Σφψ.
    pub(super) fn product(&self, other: &Self) -> f64 {
        let mut sum = 0.0;
        for (a, left) in self.runs() {
            for (b, right) in other.runs() {
                let (start, end) = (a.max(b), (a + left.len()).min(b + right.len()));
                if start < end {
                    sum += dot(&left[start - a..end - a], &right[start - b..end - b]);
                }
            }
        }
        sum
    }

    /// Its sums by cluster.
    pub(super) fn collapse(&self, clusters: &Clusters) -> Vec<f64> {
        let mut out = vec![0.0; clusters.count];
        for (start, run) in self.runs() {
            clusters.of[start..start + run.len()].iter().zip(run).for_each(|(c, value)| out[*c] += value);
        }
        out
    }

    /// √Σφ², or over the sums by cluster; `None` where it is zero up to rounding.
    pub(super) fn error(&self, clusters: Option<&Clusters>) -> Option<f64> {
        let own = self.product(self);
        match clusters {
            None => positive(own.sqrt(), 0.0),
            Some(clusters) => {
                let sums = self.collapse(clusters);
                positive(dot(&sums, &sums).sqrt(), own.sqrt())
            }
        }
    }
}

/// The cluster of each unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clusters {
    /// Number of the cluster of each unit.
    pub(super) of: Vec<usize>,
    /// How many clusters.
    pub(super) count: usize,
}

impl Clusters {
    /// √Σ(Σφ)² of a vector over all units.
    pub(super) fn error(&self, phi: &[f64]) -> Option<f64> {
        let mut sums = vec![0.0; self.count];
        self.of.iter().zip(phi).for_each(|(c, value)| sums[*c] += value);
        positive(dot(&sums, &sums).sqrt(), dot(phi, phi).sqrt())
    }
}

/// An error that is more than the rounding of its parts.
pub(super) fn positive(error: f64, parts: f64) -> Option<f64> {
    (error.is_finite() && error > 1e-14 * parts && error > 0.0).then_some(error)
}

/// The scalar product with four running sums, which the compiler can keep in registers.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}
