use std::num::NonZeroU32;

use super::{CellRows, Dimension, MEASURES, Rates, Sums};
use crate::domain::Period;

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
    pub rank: Option<NonZeroU32>,
    /// Peers with an online share, this one included.
    pub ranked: u32,
    /// Areas of the comparison group with an online share.
    pub compared: u32,
    /// Twice those of them with a lower share, and once those with the same.
    below: u32,
}

impl Position {
    /// Percent of the comparison group below, those equal counted half; `None` without a share or group.
    #[must_use]
    pub fn percentile(&self) -> Option<f64> {
        let compared = Some(f64::from(self.compared)).filter(|&compared| compared > 0.0 && self.rank.is_some())?;
        Some(100.0 * (f64::from(self.below) / 2.0) / compared)
    }
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
    /// Dense service number + 1, 0 for all together.
    service: u32,
    /// Level of the peers.
    level: u16,
    role: Role,
    /// Rows without a share come before all others of their group.
    share: f64,
}

/// What an area is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It has no peers.
    Alone,
    /// It has peers.
    Peer,
    /// And they are compared with it.
    Reference,
}

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
        let mut together: Vec<Sums> = vec![[0; MEASURES]; usize::from(self.period.months)];
        let mut out: Vec<PeriodRow> = Vec::new();
        let mut from = 0;
        for run in rows.area.chunk_by(|a, b| a == b) {
            let (area, until) = (run[0], from + run.len());
            let blank = |service: Option<u32>| PeriodRow { area, service, sums: [0; MEASURES], months: 0, slope: None };
            let whole = out.len();
            out.push(blank(None));
            let mut line = Line::default();
            let mut service = None;
            for row in from..until {
                let month = usize::try_from(rows.month[row].since(self.period.start)).unwrap_or(usize::MAX);
                let (Some(of_month), sums) = (together.get_mut(month), &rows.sums[row]) else { continue };
                if service != Some(rows.service[row]) {
                    line.close(out.last_mut());
                    service = Some(rows.service[row]);
                    out.push(blank(service));
                }
                if let Some(last) = out.last_mut() {
                    add(&mut last.sums, sums);
                }
                line.add(month as f64, sums);
                add(of_month, sums);
            }
            line.close(out.last_mut());
            if service.is_none() {
                out.pop();
            } else {
                for (month, sums) in together.iter_mut().enumerate() {
                    add(&mut out[whole].sums, sums);
                    line.add(month as f64, sums);
                    *sums = [0; MEASURES];
                }
                line.close(out.get_mut(whole));
            }
            from = until;
        }
        out
    }

    /// What these rows are ranked by.
    #[must_use]
    pub fn standings(&self, rows: &[PeriodRow]) -> Vec<Standing> {
        let standing = |row: &PeriodRow| {
            let level = self.peers.level(row.area, self.period.end());
            let known = if self.reference[row.area as usize] { Role::Reference } else { Role::Peer };
            Standing {
                service: row.service.map_or(0, |service| service + 1),
                level: level.unwrap_or(0),
                role: if level.is_some() { known } else { Role::Alone },
                share: Rates::of(&row.sums).online_share.unwrap_or(f64::NEG_INFINITY),
            }
        };
        rows.iter().map(standing).collect()
    }
}

/// The positions of all rows, in the order of `standings`.
#[must_use]
pub fn positions(standings: &[Standing]) -> Vec<Position> {
    let services = standings.iter().map(|row| row.service as usize + 1).max().unwrap_or(0);
    // In the place after that of a service, where its next row goes: in the beginning where its rows begin, in the end
    // where they end.
    let mut starts = vec![0u32; services + 2];
    standings.iter().for_each(|row| starts[row.service as usize + 2] += 1);
    for service in 2..starts.len() {
        starts[service] += starts[service - 1];
    }
    let mut order = vec![0u32; standings.len()];
    for (number, row) in (0u32..).zip(standings) {
        let next = &mut starts[row.service as usize + 1];
        order[*next as usize] = number;
        *next += 1;
    }
    let mut out = vec![Position::default(); standings.len()];
    let mut rows: Vec<(u32, Standing)> = Vec::new();
    for of_service in starts.windows(2).map(|ends| &order[ends[0] as usize..ends[1] as usize]) {
        let with = of_service.iter().map(|&row| (row, standings[row as usize]));
        rows.clear();
        rows.extend(with.filter(|row| row.1.role != Role::Alone));
        rows.sort_unstable_by(|(_, a), (_, b)| a.level.cmp(&b.level).then(a.share.total_cmp(&b.share)));
        rows.chunk_by(|a, b| a.1.level == b.1.level).for_each(|group| place(group, &mut out));
    }
    out
}

/// Places the rows of one group, which are sorted by their shares.
fn place(group: &[(u32, Standing)], out: &mut [Position]) {
    let compared_of = |rows: &[(u32, Standing)]| rows.iter().filter(|row| row.1.role == Role::Reference).count() as u32;
    let (unranked, ranked) = group.split_at(group.partition_point(|row| row.1.share == f64::NEG_INFINITY));
    let mut left = ranked.len() as u32;
    let among = Position { ranked: left, compared: compared_of(ranked), ..Position::default() };
    unranked.iter().for_each(|row| out[row.0 as usize] = among);
    let mut below = 0;
    for ties in ranked.chunk_by(|a, b| a.1.share == b.1.share) {
        let equal = compared_of(ties);
        left -= ties.len() as u32;
        let position = Position { rank: NonZeroU32::new(left + 1), below: 2 * below + equal, ..among };
        ties.iter().for_each(|row| out[row.0 as usize] = position);
        below += equal;
    }
}

#[inline]
fn add(to: &mut Sums, sums: &Sums) {
    // Cannot overflow: see `CellBuilder`.
    for (sum, value) in to.iter_mut().zip(sums) {
        *sum = sum.wrapping_add(*value);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn shown((row, at): &(PeriodRow, Position)) -> (u32, Option<u32>, Option<u32>, u32, Option<f64>, u32) {
        (row.area, row.service, at.rank.map(NonZeroU32::get), at.ranked, at.percentile(), at.compared)
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
        assert_eq!(found.iter().map(shown).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn peers_are_of_one_level_and_who_has_none_has_no_place() {
        let found = placed("land", &[rows(&[(0, 0, 1, 1, 2), (1, 0, 1, 1, 4), (2, 0, 1, 1, 1), (3, 0, 1, 1, 1)])]);
        let together: Vec<_> = found.iter().filter(|row| row.0.service.is_none()).map(shown).collect();
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

    proptest! {
        /// Against a look at all other rows for each.
        #[test]
        fn places_are_those_among_rows_of_the_same_service_and_level(
            rows in proptest::collection::vec((0u32..3, 0u16..3, 0usize..3, 0u32..6), 0..60),
        ) {
            let standing = |&(service, level, role, share): &(u32, u16, usize, u32)| Standing {
                service,
                level,
                role: [Role::Alone, Role::Peer, Role::Reference][role],
                share: if share == 0 { f64::NEG_INFINITY } else { f64::from(share) / 5.0 },
            };
            let found = positions(&rows.iter().map(standing).collect::<Vec<_>>());
            for (row, position) in rows.iter().zip(&found) {
                let peers = rows.iter().filter(|other| (other.0, other.1) == (row.0, row.1) && other.2 > 0 && row.2 > 0);
                let shares: Vec<(u32, bool)> = peers.filter(|peer| peer.3 > 0).map(|peer| (peer.3, peer.2 == 2)).collect();
                let count = |wanted: &dyn Fn(u32, bool) -> bool| shares.iter().filter(|peer| wanted(peer.0, peer.1)).count();
                let compared = count(&|_, reference| reference);
                let below = count(&|share, reference| reference && share < row.3);
                let equal = count(&|share, reference| reference && share == row.3);
                let has_share = row.2 > 0 && row.3 > 0;
                prop_assert_eq!(position.ranked as usize, shares.len());
                prop_assert_eq!(position.compared as usize, compared);
                prop_assert_eq!(
                    position.rank.map(|rank| rank.get() as usize),
                    has_share.then(|| 1 + count(&|share, _| share > row.3))
                );
                prop_assert_eq!(
                    position.percentile(),
                    (has_share && compared > 0)
                        .then(|| 100.0 * (below as f64 + equal as f64 / 2.0) / compared as f64)
                );
            }
        }
    }
}
