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
    let mut out = Assignment { partner: vec![None; cost.len()], total: 0.0 };
    for (row, column) in assigned(cost.len(), all, at).into_iter().enumerate().filter(|(_, column)| *column < columns) {
        out.partner[row] = Some(column);
        out.total += at(row, column);
    }
    out
}

const NONE: usize = usize::MAX;

/// The column of each row with the smallest total cost, each column at most once; `rows` is at most `columns`. An
/// infinite cost forbids a pair; every row must have a column that it can reach.
///
/// Shortest augmenting paths with dual prices, in O(rows² · columns).
/// Reference: Jonker and Volgenant (1987), Computing 38, 325-340.
pub(crate) fn assigned(rows: usize, columns: usize, cost: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    let mut price_of_row = vec![0.0; rows];
    let mut price_of_column = vec![0.0; columns];
    let mut row_of = vec![NONE; columns];
    let mut column_of = vec![NONE; rows];
    let mut shortest = vec![f64::INFINITY; columns];
    let mut came_from = vec![NONE; columns];
    let mut open: Vec<usize> = Vec::with_capacity(columns);
    for start in 0..rows {
        shortest.fill(f64::INFINITY);
        open.clear();
        open.extend(0..columns);
        let mut closed: Vec<usize> = Vec::new();
        let (mut row, mut length) = (start, 0.0);
        let end = loop {
            let (mut nearest, mut least, mut free) = (0, f64::INFINITY, false);
            let base = length - price_of_row[row];
            for (at, column) in open.iter().enumerate() {
                let through = base + cost(row, *column) - price_of_column[*column];
                if through < shortest[*column] {
                    shortest[*column] = through;
                    came_from[*column] = row;
                }
                let value = shortest[*column];
                if value < least || (value == least && !free && row_of[*column] == NONE) {
                    (nearest, least, free) = (at, value, row_of[*column] == NONE);
                }
            }
            if open.is_empty() {
                break NONE;
            }
            let column = open.swap_remove(nearest);
            length = least;
            if row_of[column] == NONE {
                break column;
            }
            closed.push(column);
            row = row_of[column];
        };
        price_of_row[start] += length;
        for column in closed {
            price_of_row[row_of[column]] += length - shortest[column];
            price_of_column[column] -= length - shortest[column];
        }
        let mut column = end;
        while column != NONE {
            let row = came_from[column];
            row_of[column] = row;
            std::mem::swap(&mut column_of[row], &mut column);
            if row == start {
                break;
            }
        }
    }
    column_of
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

    #[test]
    fn an_assignment_by_hand() {
        // The rows' own minima collide in column 0; the best total is 1 + 2 + 2 = 5 (all six permutations tried).
        let costs = [[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]];
        assert_eq!(assigned(3, 3, |i, j| costs[i][j]), [1, 0, 2]);
        assert_eq!(assigned(1, 3, |_, j| [3.0, 1.0, 2.0][j]), [1]);
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
