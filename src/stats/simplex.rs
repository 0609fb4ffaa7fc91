//! Least squares with weights that are not negative and sum to one.

use super::linalg::{Matrix, dot, independent_columns, least_squares};

/// A point of the simplex and how near it is to the best one.
#[derive(Debug, Clone, PartialEq)]
pub struct SimplexFit {
    /// The weights: none negative, sum 1; exactly 0 where a column has no part.
    pub weights: Vec<f64>,
    /// ||A w - b||² + ridge ||w||².
    pub objective: f64,
    /// Upper bound of how far the objective lies above its minimum (the duality gap), relative to the largest
    /// squared distance of a column from b.
    pub gap: f64,
    /// Whether the columns that may carry weight at the minimum are affinely independent, so that no other
    /// weights reach it. `false` says only that other weights may fit as well.
    pub unique: bool,
}

/// Relative duality gap that counts as reached.
pub const OPTIMAL: f64 = 1e-10;

/// The minimum of ||A w - b||² + `ridge` ||w||² over weights w that are not negative and sum to one.
///
/// As the weights sum to one this is the point nearest to the origin in the convex hull of the columns of A
/// less b, which Wolfe's method finds in a finite number of steps: a growing set of columns, of which each
/// that would get a negative weight leaves. On the final set the solution is that of a linear system, so its
/// accuracy is that of least squares, not that of a stopping rule. The optimality conditions and the
/// constraints are checked on the result. Of equally good solutions it gives the one its steps come upon.
///
/// `None` where there is no column, an input is not finite, or the check fails.
///
/// Reference: Wolfe 1976, Mathematical Programming 11.
#[must_use]
pub fn simplex_least_squares(a: &Matrix, b: &[f64], ridge: f64) -> Option<SimplexFit> {
    let hull = Hull::of(a, b, ridge)?;
    let mut state = State::start(&hull);
    let mut blocked = vec![false; hull.points.len()];
    for _ in 0..10 * (hull.points.len() + hull.rows) + 100 {
        let (x, size) = hull.combine(&state);
        let lowest = (0..hull.points.len())
            .filter(|j| !blocked[*j])
            .map(|j| (j, hull.slope(&x, &state, j)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((entering, slope)) = lowest else { break };
        // What rounding alone makes of the difference.
        let noise = 1e-12 * size.sqrt() * hull.scale + 1e-15 * hull.scale * hull.scale;
        if slope >= size - noise || state.members.contains(&entering) {
            break;
        }
        let before = state.clone();
        if !state.enter(&hull, entering) {
            // The column is a combination of those present: it cannot improve the fit beyond rounding.
            state = before;
            blocked[entering] = true;
        }
    }
    hull.checked(&state)
}

/// The columns of A less b.
struct Hull {
    points: Vec<Vec<f64>>,
    rows: usize,
    ridge: f64,
    /// Largest distance of a point from the origin.
    scale: f64,
}

/// The columns with weight.
#[derive(Clone)]
struct State {
    members: Vec<usize>,
    weights: Vec<f64>,
}

impl Hull {
    fn of(a: &Matrix, b: &[f64], ridge: f64) -> Option<Self> {
        if a.columns() == 0 || a.rows() != b.len() || !(ridge >= 0.0 && ridge.is_finite()) {
            return None;
        }
        let points: Vec<Vec<f64>> =
            (0..a.columns()).map(|j| (0..a.rows()).map(|i| a.get(i, j) - b[i]).collect()).collect();
        let largest = points.iter().map(|p| dot(p, p)).fold(0.0, f64::max) + ridge;
        let finite = points.iter().flatten().all(|v| v.is_finite()) && largest.is_finite();
        finite.then(|| Self { points, rows: a.rows(), ridge, scale: largest.sqrt() })
    }

    /// The point of the hull and its squared distance from the origin, ridge included.
    fn combine(&self, state: &State) -> (Vec<f64>, f64) {
        let mut x = vec![0.0; self.rows];
        for (j, weight) in state.members.iter().zip(&state.weights) {
            x.iter_mut().zip(&self.points[*j]).for_each(|(x, p)| *x += weight * p);
        }
        let size = dot(&x, &x) + self.ridge * dot(&state.weights, &state.weights);
        (x, size)
    }

    /// Half the derivative of the objective with respect to the weight of column `j`.
    fn slope(&self, x: &[f64], state: &State, j: usize) -> f64 {
        let own = state.members.iter().position(|m| *m == j).map_or(0.0, |at| state.weights[at]);
        dot(x, &self.points[j]) + self.ridge * own
    }

    /// The weights with sum one, of any sign, that are best for the columns in `members`.
    fn affine(&self, members: &[usize]) -> Option<Vec<f64>> {
        let (base, rest) = members.split_first()?;
        if rest.is_empty() {
            return Some(vec![1.0]);
        }
        let extra = if self.ridge > 0.0 { members.len() } else { 0 };
        let root = self.ridge.sqrt();
        let mut x = Matrix::zeros(self.rows + extra, rest.len());
        let mut y: Vec<f64> = self.points[*base].iter().map(|p| -p).collect();
        y.resize(self.rows + extra, 0.0);
        for (column, j) in rest.iter().enumerate() {
            for row in 0..self.rows {
                x.set(row, column, self.points[*j][row] - self.points[*base][row]);
            }
            if extra > 0 {
                x.set(self.rows, column, -root);
                x.set(self.rows + 1 + column, column, root);
            }
        }
        if extra > 0 {
            y[self.rows] = -root;
        }
        let solution = least_squares(&x, &y, None)?;
        let first = 1.0 - solution.iter().sum::<f64>();
        Some(std::iter::once(first).chain(solution).collect())
    }

    fn checked(&self, state: &State) -> Option<SimplexFit> {
        let mut weights = vec![0.0; self.points.len()];
        state.members.iter().zip(&state.weights).for_each(|(j, w)| weights[*j] = *w);
        let (x, size) = self.combine(state);
        let slopes: Vec<f64> = (0..self.points.len()).map(|j| self.slope(&x, state, j)).collect();
        let lowest = slopes.iter().copied().fold(f64::INFINITY, f64::min);
        let square = self.scale * self.scale;
        let gap = if square > 0.0 { (2.0 * (size - lowest)).max(0.0) / square } else { 0.0 };
        let feasible = weights.iter().all(|w| *w >= 0.0) && (weights.iter().sum::<f64>() - 1.0).abs() < 1e-10;
        if !(feasible && gap <= OPTIMAL) {
            return None;
        }
        let near = 1e-9 * size.sqrt() * self.scale + 1e-12 * square;
        let face: Vec<usize> = (0..self.points.len()).filter(|j| slopes[*j] <= size + near).collect();
        let unique = self.ridge > 0.0 || self.affinely_independent(&face);
        Some(SimplexFit { weights, objective: size, gap, unique })
    }

    fn affinely_independent(&self, face: &[usize]) -> bool {
        let Some((base, rest)) = face.split_first() else { return true };
        if rest.len() > self.rows {
            return false;
        }
        let mut x = Matrix::zeros(self.rows, rest.len());
        for (column, j) in rest.iter().enumerate() {
            (0..self.rows).for_each(|row| x.set(row, column, self.points[*j][row] - self.points[*base][row]));
        }
        independent_columns(&x, None).len() == rest.len()
    }
}

impl State {
    /// The column nearest to b.
    fn start(hull: &Hull) -> Self {
        let sizes = hull.points.iter().map(|p| dot(p, p));
        let nearest = sizes.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(j, _)| j);
        Self { members: vec![nearest], weights: vec![1.0] }
    }

    /// Lets a column enter and those whose weight would be negative leave; `false` where that fails for
    /// collinearity.
    fn enter(&mut self, hull: &Hull, column: usize) -> bool {
        self.members.push(column);
        self.weights.push(0.0);
        while !self.members.is_empty() {
            let Some(best) = hull.affine(&self.members) else { return false };
            if best.iter().all(|w| *w > 0.0) {
                self.weights = best;
                return true;
            }
            // As far towards the best point as no weight becomes negative.
            let step = |(w, v): (&f64, &f64)| if *v <= 0.0 { w / (w - v) } else { f64::INFINITY };
            let steps: Vec<f64> = self.weights.iter().zip(&best).map(step).collect();
            // A weight of zero that would fall further has 0/0.
            let steps: Vec<f64> = steps.into_iter().map(|s| if s.is_nan() { 0.0 } else { s }).collect();
            let shortest = steps.iter().copied().fold(1.0, f64::min);
            self.weights.iter_mut().zip(&best).for_each(|(w, v)| *w += shortest * (v - *w));
            let stays: Vec<bool> =
                steps.iter().zip(&self.weights).map(|(step, w)| *step > shortest && *w > 0.0).collect();
            let mut keep = stays.iter();
            self.members.retain(|_| *keep.next().unwrap_or(&false));
            let mut keep = stays.iter();
            self.weights.retain(|_| *keep.next().unwrap_or(&false));
        }
        false
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    fn solve(columns: &[&[f64]], b: &[f64], ridge: f64) -> SimplexFit {
        simplex_least_squares(&Matrix::from_columns(columns), b, ridge).unwrap()
    }

    #[test]
    fn solutions_by_hand() {
        // The point (0.3, 0.7) is 0.3 of (1, 0) and 0.7 of (0, 1).
        let fit = solve(&[&[1.0, 0.0], &[0.0, 1.0], &[5.0, 5.0]], &[0.3, 0.7], 0.0);
        close(fit.weights[0], 0.3, 1e-14);
        close(fit.weights[1], 0.7, 1e-14);
        assert_eq!(fit.weights[2], 0.0);
        assert!(fit.objective < 1e-28);
        // Beyond a corner: the corner. The distance from (3, 0) to (1, 0) is 2.
        let fit = solve(&[&[1.0, 0.0], &[0.0, 1.0]], &[3.0, 0.0], 0.0);
        assert_eq!(fit.weights, [1.0, 0.0]);
        close(fit.objective, 4.0, 1e-14);
        assert!(fit.unique);
        // With a ridge: w and 1 - w on the line from (1, 0) to (0, 1), b = (1, 0): the derivative of
        // 2 (1-w)² + r (w² + (1-w)²) is zero at w = (2 + r) / (2 + 2 r).
        let fit = solve(&[&[1.0, 0.0], &[0.0, 1.0]], &[1.0, 0.0], 0.5);
        close(fit.weights[0], 2.5 / 3.0, 1e-14);
    }

    #[test]
    fn other_weights_that_fit_as_well_are_noticed() {
        // The middle of a square is half of either diagonal.
        let square: [&[f64]; 4] = [&[0.0, 0.0], &[1.0, 1.0], &[0.0, 1.0], &[1.0, 0.0]];
        assert!(!solve(&square, &[0.5, 0.5], 0.0).unique);
        assert!(solve(&square, &[0.5, 0.5], 0.1).unique);
        assert!(solve(&square, &[2.0, 2.0], 0.0).unique);
        let twins = solve(&[&[1.0], &[1.0]], &[0.0], 0.0);
        assert!(!twins.unique);
        close(twins.weights.iter().sum(), 1.0, 1e-15);
    }

    #[test]
    fn what_is_no_problem_is_refused() {
        assert!(simplex_least_squares(&Matrix::zeros(2, 0), &[0.0; 2], 0.0).is_none());
        assert!(simplex_least_squares(&Matrix::zeros(2, 1), &[0.0; 3], 0.0).is_none());
        assert!(simplex_least_squares(&Matrix::zeros(2, 1), &[0.0, f64::NAN], 0.0).is_none());
        assert!(simplex_least_squares(&Matrix::zeros(2, 1), &[0.0; 2], -1.0).is_none());
    }

    proptest! {
        #[test]
        fn no_feasible_direction_improves(
            values in prop::collection::vec(-100.0..100.0f64, 60),
            b in prop::collection::vec(-60.0..60.0f64, 5),
            ridge in prop_oneof![Just(0.0), 0.0..50.0f64],
            wide in any::<bool>(),
        ) {
            // More columns than rows, and fewer.
            let (rows, columns) = if wide { (5, 12) } else { (12, 5) };
            let mut target = b.clone();
            target.resize(rows, 1.0);
            let a = Matrix::from_rows(rows, columns, values);
            let fit = simplex_least_squares(&a, &target, ridge).unwrap();
            let objective = |w: &[f64]| {
                let error: Vec<f64> = a.apply(w).iter().zip(&target).map(|(x, y)| x - y).collect();
                dot(&error, &error) + ridge * dot(w, w)
            };
            prop_assert!((objective(&fit.weights) - fit.objective).abs() <= 1e-9 * (1.0 + fit.objective));
            for j in 0..columns {
                for step in [1e-6, 1e-3, 0.1, 1.0] {
                    let moved: Vec<f64> = fit.weights.iter().enumerate()
                        .map(|(i, w)| w * (1.0 - step) + if i == j { step } else { 0.0 })
                        .collect();
                    prop_assert!(objective(&moved) >= fit.objective - 1e-7 * (1.0 + fit.objective));
                }
            }
        }
    }
}
