use super::{CellRows, Dimension, MEASURES, Rates, Sums};
use crate::domain::{Month, Period};

/// Sums of one area and service over a period, and the course within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PeriodRow {
    /// Dense area number.
    pub area: u32,
    /// Dense service number, `None` for all together.
    pub service: Option<u32>,
    /// Sums over the period.
    pub sums: Sums,
    /// Months of the period with a case.
    pub months: u32,
    /// Least-squares slope of the monthly online share per month; `None` below three months.
    pub slope: Option<f64>,
}

/// The place of a [`PeriodRow`] among its peers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Position {
    /// 1 + peers with a higher online share; `None` without a share of its own.
    pub rank: Option<u32>,
    /// Peers with an online share, this one included.
    pub ranked: u32,
    /// Percent of the comparison group below, those equal counted half; `None` without a share or group.
    pub percentile: Option<f64>,
    /// Areas of the comparison group with an online share.
    pub compared: u32,
}

/// Who is compared with whom over which period.
#[derive(Debug)]
pub struct Peers {
    period: Period,
    peers: Dimension,
    reference: Vec<bool>,
}

/// What a row is ranked by: all that has to be kept of it until those of all areas are known.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Service and level of the peers, and in the lowest bit whether it belongs to the comparison group.
    group: u64,
    /// Rows without a share come before all others of their group.
    share: f64,
}

/// The group of rows whose area has no peers.
const ALONE: u64 = u64::MAX >> 1;

/// Sums for a least-squares line through the monthly shares; x counts months from the period's first.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    n: f64,
    x: f64,
    xx: f64,
    y: f64,
    xy: f64,
}

impl Line {
    fn add(&mut self, x: f64, sums: &Sums) {
        if sums[3] > 0 {
            let y = sums[2] as f64 / sums[3] as f64;
            self.n += 1.0;
            self.x += x;
            self.xx += x * x;
            self.y += y;
            self.xy += x * y;
        }
    }

    /// Writes the line into its row, and begins a new one.
    fn close(&mut self, row: Option<&mut PeriodRow>) {
        if let Some(row) = row {
            (row.months, row.slope) = (self.n as u32, self.slope());
        }
        *self = Self::default();
    }

    fn slope(&self) -> Option<f64> {
        (self.n >= 3.0).then(|| (self.n * self.xy - self.x * self.y) / (self.n * self.xx - self.x * self.x))
    }
}

impl Peers {
    /// Peers have one level of `peers`; `reference` says of every area whether it belongs to the comparison group.
    #[must_use]
    pub fn new(period: Period, peers: Dimension, reference: Vec<bool>) -> Self {
        Self { period, peers, reference }
    }

    /// The sums over the period, sorted by area and service, all together first. `rows` hold all of an area.
    #[must_use]
    pub fn rows(&self, rows: &CellRows) -> Vec<PeriodRow> {
        let months = usize::from(self.period.months);
        let mut together: Vec<Option<Sums>> = vec![None; months];
        let month = |month: Month| usize::try_from(month.since(self.period.start)).ok().filter(|&at| at < months);
        let mut out: Vec<PeriodRow> = Vec::new();
        let mut at = 0;
        while at < rows.len() {
            let area = rows.area[at];
            let end = at + rows.area[at..].iter().take_while(|&&other| other == area).count();
            together.fill(None);
            let blank = |service: Option<u32>| PeriodRow { area, service, sums: [0; MEASURES], months: 0, slope: None };
            let whole = out.len();
            out.push(blank(None));
            let mut line = Line::default();
            for row in at..end {
                let Some(month) = month(rows.month[row]) else { continue };
                let service = Some(rows.service[row]);
                if out.last().is_some_and(|last| last.service != service) {
                    line.close(out.last_mut());
                    out.push(blank(service));
                }
                if let Some(last) = out.last_mut() {
                    add(&mut last.sums, &rows.sums[row]);
                    line.add(month as f64, &rows.sums[row]);
                }
                add(together[month].get_or_insert([0; MEASURES]), &rows.sums[row]);
            }
            line.close(out.last_mut());
            if out.len() == whole + 1 {
                out.pop();
            } else {
                for (month, sums) in together.iter().enumerate() {
                    if let Some(sums) = sums {
                        add(&mut out[whole].sums, sums);
                        line.add(month as f64, sums);
                    }
                }
                line.close(out.get_mut(whole));
            }
            at = end;
        }
        out
    }

    /// What these rows are ranked by.
    #[must_use]
    pub fn standings(&self, rows: &[PeriodRow]) -> Vec<Standing> {
        let standing = |row: &PeriodRow| {
            let service = row.service.map_or(0, |service| u64::from(service) + 1);
            let level = self.peers.level(row.area, self.period.end());
            let group = level.map_or(ALONE, |level| service << 16 | u64::from(level));
            Standing {
                group: group << 1 | u64::from(self.reference[row.area as usize]),
                share: Rates::of(&row.sums).online_share.unwrap_or(f64::NEG_INFINITY),
            }
        };
        rows.iter().map(standing).collect()
    }
}

/// The positions of all rows, in the order of `standings`.
#[must_use]
pub fn positions(standings: &[Standing]) -> Vec<Position> {
    let mut out = vec![Position::default(); standings.len()];
    let grouped = (0u32..).zip(standings).map(|(row, standing)| (standing.group >> 1, standing.share, row));
    let mut order: Vec<(u64, f64, u32)> = grouped.filter(|row| row.0 != ALONE).collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let compared_of =
        |rows: &[(u64, f64, u32)]| rows.iter().filter(|row| standings[row.2 as usize].group & 1 == 1).count();
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let unranked = group.iter().take_while(|row| row.1 == f64::NEG_INFINITY).count();
        let ranked = &group[unranked..];
        let compared = compared_of(ranked);
        for row in group {
            let row = &mut out[row.2 as usize];
            row.ranked = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
            row.compared = u32::try_from(compared).unwrap_or(u32::MAX);
        }
        let (mut below, mut passed) = (0, 0);
        for ties in ranked.chunk_by(|a, b| a.1 == b.1) {
            let equal = compared_of(ties);
            passed += ties.len();
            let percentile = (compared > 0).then(|| 100.0 * (below as f64 + equal as f64 / 2.0) / compared as f64);
            for row in ties {
                let row = &mut out[row.2 as usize];
                (row.rank, row.percentile) = (u32::try_from(1 + ranked.len() - passed).ok(), percentile);
            }
            below += equal;
        }
    }
    out
}

fn add(to: &mut Sums, sums: &Sums) {
    for (sum, value) in to.iter_mut().zip(sums) {
        *sum = sum.saturating_add(*value);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{dimension, month};
    use super::*;

    /// Rows of area, service, month, completed online and completed.
    fn rows(rows: &[(u32, u32, i32, i64, i64)]) -> CellRows {
        CellRows {
            area: rows.iter().map(|row| row.0).collect(),
            service: rows.iter().map(|row| row.1).collect(),
            month: rows.iter().map(|row| month(row.2)).collect(),
            sums: rows.iter().map(|row| [0, 0, row.3, row.4, 0, 0, 0]).collect(),
        }
    }

    /// The rows of 2025 among `peers`; the areas 1 and 2 are compared with.
    fn placed(peers: &str, calls: &[CellRows]) -> Vec<(PeriodRow, Position)> {
        let reference = vec![false, true, true, false];
        let peers = Peers::new(Period::span(month(1), 12), dimension(peers), reference);
        let rows: Vec<PeriodRow> = calls.iter().flat_map(|call| peers.rows(call)).collect();
        let found = positions(&peers.standings(&rows));
        rows.into_iter().zip(found).collect()
    }

    fn place((row, at): &(PeriodRow, Position)) -> (u32, Option<u32>, Option<u32>, u32, Option<f64>, u32) {
        (row.area, row.service, at.rank, at.ranked, at.percentile, at.compared)
    }

    /// Shares of all together: 1/2, 1/4, 1/2 and none.
    #[test]
    fn ties_share_a_rank_and_half_of_the_equal_count_as_below() {
        let found = placed(
            "all",
            &[
                rows(&[(0, 0, 1, 1, 2), (1, 0, 1, 1, 2), (1, 1, 2, 0, 2)]),
                rows(&[]),
                rows(&[(2, 1, 3, 1, 2), (3, 0, 4, 0, 0)]),
            ],
        );
        let wanted = [
            // Below is the area 1, equal the area 2 of the group.
            (0, None, Some(1), 3, Some(75.0), 2),
            (0, Some(0), Some(1), 2, Some(50.0), 1),
            (1, None, Some(3), 3, Some(25.0), 2),
            (1, Some(0), Some(1), 2, Some(50.0), 1),
            (1, Some(1), Some(2), 2, Some(25.0), 2),
            (2, None, Some(1), 3, Some(75.0), 2),
            (2, Some(1), Some(1), 2, Some(75.0), 2),
            (3, None, None, 3, None, 2),
            (3, Some(0), None, 2, None, 1),
        ];
        assert_eq!(found.iter().map(place).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn peers_are_of_one_level_and_who_has_none_has_no_place() {
        let found = placed("land", &[rows(&[(0, 0, 1, 1, 2), (1, 0, 1, 1, 4), (2, 0, 1, 1, 1), (3, 0, 1, 1, 1)])]);
        let together: Vec<_> = found.iter().filter(|row| row.0.service.is_none()).map(place).collect();
        let wanted = [
            (0, None, Some(1), 2, Some(100.0), 1),
            (1, None, Some(2), 2, Some(50.0), 1),
            (2, None, Some(1), 1, Some(50.0), 1),
            (3, None, None, 0, None, 0),
        ];
        assert_eq!(together, wanted);
    }

    /// January, March and April of service 0 are 1/4, 1/2, 3/4: (3 * 13/4 - 5 * 3/2) / (3 * 13 - 25) = 9/56.
    /// With the 3 of 10 of service 1 in January, y is 4/14, 1/2, 3/4: 29/196.
    #[test]
    fn the_trend_needs_three_months_with_cases_within_the_period() {
        let of_0 =
            [(0, 0, 0, 1, 1), (0, 0, 1, 1, 4), (0, 0, 2, 0, 0), (0, 0, 3, 1, 2), (0, 0, 4, 3, 4), (0, 0, 13, 0, 9)];
        let of_1 = [(0, 1, 1, 3, 10), (0, 1, 12, 0, 0), (1, 0, 1, 1, 2), (1, 0, 12, 2, 2), (2, 0, 13, 1, 1)];
        let found: Vec<PeriodRow> =
            placed("all", &[rows(&[&of_0[..], &of_1[..]].concat())]).into_iter().map(|row| row.0).collect();
        let trend: Vec<_> =
            found.iter().map(|row| (row.area, row.service, row.sums[2], row.sums[3], row.months)).collect();
        let wanted = [
            (0, None, 8, 20, 3),
            (0, Some(0), 5, 10, 3),
            (0, Some(1), 3, 10, 1),
            (1, None, 3, 4, 2),
            (1, Some(0), 3, 4, 2),
        ];
        assert_eq!(trend, wanted, "the area 2 has numbers of other years only");
        let near = |found: Option<f64>, wanted: f64| (found.unwrap() - wanted).abs() < 1e-12;
        assert!(near(found[0].slope, 29.0 / 196.0) && near(found[1].slope, 9.0 / 56.0), "{found:?}");
        assert!(found[2..].iter().all(|row| row.slope.is_none()));
    }
}
