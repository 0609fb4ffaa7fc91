//! Assignment of the units of one side to those of another at the lowest total cost.

/// Who goes with whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// For every row the column assigned to it.
    pub partner: Vec<Option<usize>>,
    /// Sum of the costs of the pairs.
    pub total: f64,
}

/// Assigns rows to columns, each at most once: as many rows as possible, and among those assignments the one of the
/// lowest total cost. `None` forbids a pair; every cost is finite and at least 0. Of equal totals the same one is
/// always found.
///
/// Shortest augmenting paths with potentials, in O(rows² · columns).
/// Reference: Jonker and Volgenant (1987), Computing 38, 325-340.
#[must_use]
pub fn assign(cost: &[Vec<Option<f64>>]) -> Assignment {
    let columns = cost.iter().map(Vec::len).max().unwrap_or(0);
    let worst = cost.iter().flatten().flatten().fold(0.0f64, |a, b| a.max(*b));
    // A row left alone costs more than any exchange of pairs could save: every row has a column of its own for it.
    let alone = (worst + 1.0) * (cost.len() as f64 + 1.0);
    let all = columns + cost.len();
    let at = |row: usize, column: usize| {
        if column < columns {
            cost[row].get(column).copied().flatten().unwrap_or(f64::INFINITY)
        } else if column - columns == row {
            alone
        } else {
            f64::INFINITY
        }
    };
    let mut row_of: Vec<Option<usize>> = vec![None; all];
    let (mut u, mut v) = (vec![0.0; cost.len()], vec![0.0; all]);
    for start in 0..cost.len() {
        let mut distance = vec![f64::INFINITY; all];
        let mut before: Vec<Option<usize>> = vec![None; all];
        let mut done = vec![false; all];
        let (mut row, mut from, mut reached) = (start, None, 0.0);
        let end = loop {
            for column in (0..all).filter(|c| !done[*c]) {
                let through = reached + at(row, column) - u[row] - v[column];
                if through < distance[column] {
                    distance[column] = through;
                    before[column] = from;
                }
            }
            let nearest = (0..all).filter(|c| !done[*c]).min_by(|a, b| distance[*a].total_cmp(&distance[*b]));
            // The row's own column can always be reached.
            let Some(column) = nearest.filter(|c| distance[*c].is_finite()) else { break None };
            done[column] = true;
            reached = distance[column];
            match row_of[column] {
                None => break Some(column),
                Some(next) => (row, from) = (next, Some(column)),
            }
        };
        let Some(end) = end else { continue };
        u[start] += reached;
        for column in (0..all).filter(|c| done[*c]) {
            let slack = reached - distance[column];
            v[column] -= slack;
            if let Some(row) = row_of[column] {
                u[row] += slack;
            }
        }
        let mut column = end;
        while let Some(previous) = before[column] {
            row_of[column] = row_of[previous];
            column = previous;
        }
        row_of[column] = Some(start);
    }
    let mut out = Assignment { partner: vec![None; cost.len()], total: 0.0 };
    for (column, row) in row_of.iter().take(columns).enumerate() {
        if let Some(row) = *row {
            out.partner[row] = Some(column);
            out.total += at(row, column);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every assignment, tried out: number of pairs and total.
    fn best(cost: &[Vec<Option<f64>>], row: usize, used: &mut Vec<bool>) -> (usize, f64) {
        if row == cost.len() {
            return (0, 0.0);
        }
        let mut found = best(cost, row + 1, used);
        for column in 0..cost[row].len() {
            if let (false, Some(c)) = (used[column], cost[row][column]) {
                used[column] = true;
                let (pairs, total) = best(cost, row + 1, used);
                used[column] = false;
                if pairs + 1 > found.0 || (pairs + 1 == found.0 && total + c < found.1) {
                    found = (pairs + 1, total + c);
                }
            }
        }
        found
    }

    #[test]
    fn greedy_is_not_the_best() {
        // Greedy takes 1 and is left with 9; the best is 2 + 3.
        let cost = vec![vec![Some(1.0), Some(2.0)], vec![Some(3.0), Some(9.0)]];
        assert_eq!(assign(&cost), Assignment { partner: vec![Some(1), Some(0)], total: 5.0 });
        assert_eq!(assign(&[]).partner, []);
        assert_eq!(assign(&[vec![None], vec![Some(2.0)]]).partner, [None, Some(0)]);
    }

    proptest! {
        #[test]
        fn no_assignment_is_better(cells in prop::collection::vec(prop::option::weighted(0.7, 0u8..20), 20), columns in 1usize..6) {
            let cost: Vec<Vec<Option<f64>>> =
                cells.chunks(columns).take(5).map(|row| row.iter().map(|c| c.map(f64::from)).collect()).collect();
            let found = assign(&cost);
            let wanted = best(&cost, 0, &mut vec![false; columns]);
            let pairs = found.partner.iter().flatten().count();
            prop_assert_eq!((pairs, found.total), wanted);
            let mut taken: Vec<usize> = found.partner.iter().flatten().copied().collect();
            taken.sort_unstable();
            taken.dedup();
            prop_assert_eq!(taken.len(), pairs);
        }
    }
}
