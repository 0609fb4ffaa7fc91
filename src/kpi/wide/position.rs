use super::{CellRows, Dimension, MEASURES, Rates, Sums};
use crate::domain::{Month, Period};

/// Sums of one area and service over a period, its place among its peers, and the course within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PositionRow {
    /// Dense area number.
    pub area: u32,
    /// Dense service number, `None` for all together.
    pub service: Option<u32>,
    /// Sums over the period.
    pub sums: Sums,
    /// 1 + peers with a higher online share; `None` without a share of its own.
    pub rank: Option<u32>,
    /// Peers with an online share, this one included.
    pub ranked: u32,
    /// Percent of the comparison group below, those equal counted half; `None` without a share or group.
    pub percentile: Option<f64>,
    /// Areas of the comparison group with an online share.
    pub compared: u32,
    /// Months of the period with a case.
    pub months: u32,
    /// Least-squares slope of the monthly online share per month; `None` below three months.
    pub slope: Option<f64>,
}

/// The positions of all areas.
#[derive(Debug)]
pub struct Positions {
    period: Period,
    peers: Dimension,
    reference: Vec<bool>,
    /// The rows of every call.
    parts: Vec<Vec<PositionRow>>,
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

    fn slope(&self) -> Option<f64> {
        (self.n >= 3.0).then(|| (self.n * self.xy - self.x * self.y) / (self.n * self.xx - self.x * self.x))
    }
}

impl Positions {
    /// No row yet. `reference` says of every area whether it belongs to the comparison group.
    #[must_use]
    pub fn new(period: Period, peers: Dimension, reference: Vec<bool>) -> Self {
        Self { period, peers, reference, parts: Vec::new() }
    }

    /// Adds rows; those of an area must not be divided among several calls.
    pub fn add(&mut self, rows: &CellRows) {
        let months = usize::from(self.period.months);
        let mut together: Vec<Option<Sums>> = vec![None; months];
        let month = |month: Month| usize::try_from(month.since(self.period.start)).ok().filter(|&at| at < months);
        let mut part: Vec<PositionRow> = Vec::new();
        let mut at = 0;
        while at < rows.len() {
            let area = rows.area[at];
            let end = at + rows.area[at..].iter().take_while(|&&other| other == area).count();
            together.fill(None);
            let first = part.len();
            let mut line = Line::default();
            for row in at..end {
                let Some(month) = month(rows.month[row]) else { continue };
                let service = Some(rows.service[row]);
                if part.len() == first || part.last().is_some_and(|last| last.service != service) {
                    line = Line::default();
                    part.push(blank(area, service));
                }
                if let Some(last) = part.last_mut() {
                    add(&mut last.sums, &rows.sums[row]);
                    line.add(month as f64, &rows.sums[row]);
                    (last.months, last.slope) = (line.n as u32, line.slope());
                }
                add(together[month].get_or_insert([0; MEASURES]), &rows.sums[row]);
            }
            if part.len() > first {
                let (mut whole, mut line) = (blank(area, None), Line::default());
                for (month, sums) in together.iter().enumerate() {
                    if let Some(sums) = sums {
                        add(&mut whole.sums, sums);
                        line.add(month as f64, sums);
                    }
                }
                (whole.months, whole.slope) = (line.n as u32, line.slope());
                part.insert(first, whole);
            }
            at = end;
        }
        part.shrink_to_fit();
        self.parts.push(part);
    }

    /// All rows with their positions, sorted by area and service, all together first; as many parts as there
    /// were calls.
    #[must_use]
    pub fn finish(mut self) -> Vec<Vec<PositionRow>> {
        let mut order: Vec<Ranked> = Vec::with_capacity(self.parts.iter().map(Vec::len).sum());
        for (part, rows) in self.parts.iter().enumerate() {
            for (at, row) in rows.iter().enumerate() {
                let Some(level) = self.peers.level(row.area, self.period.end()) else { continue };
                let service = row.service.map_or(0, |service| u64::from(service) + 1);
                // Rows without a share come before all others of their group.
                let share = Rates::of(&row.sums).online_share.unwrap_or(f64::NEG_INFINITY);
                order.push(Ranked { group: service << 16 | u64::from(level), share, place: (part as u32, at as u32) });
            }
        }
        order.sort_unstable_by(|a, b| {
            a.group.cmp(&b.group).then(a.share.total_cmp(&b.share)).then(a.place.cmp(&b.place))
        });
        for group in order.chunk_by(|a, b| a.group == b.group) {
            let unranked = group.iter().take_while(|row| row.share == f64::NEG_INFINITY).count();
            let ranked = &group[unranked..];
            let compared = self.compared(ranked);
            let (mut below, mut passed) = (0, 0);
            for ties in ranked.chunk_by(|a, b| a.share == b.share) {
                let equal = self.compared(ties);
                passed += ties.len();
                for row in ties {
                    let row = &mut self.parts[row.place.0 as usize][row.place.1 as usize];
                    row.rank = u32::try_from(1 + ranked.len() - passed).ok();
                    row.percentile =
                        (compared > 0).then(|| 100.0 * (below as f64 + equal as f64 / 2.0) / compared as f64);
                }
                below += equal;
            }
            for row in group {
                let row = &mut self.parts[row.place.0 as usize][row.place.1 as usize];
                row.ranked = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
                row.compared = u32::try_from(compared).unwrap_or(u32::MAX);
            }
        }
        self.parts
    }

    /// How many of these rows belong to the comparison group.
    fn compared(&self, rows: &[Ranked]) -> usize {
        let area = |row: &Ranked| self.parts[row.place.0 as usize][row.place.1 as usize].area as usize;
        rows.iter().filter(|row| self.reference[area(row)]).count()
    }
}

/// A row on its way to its rank.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    /// Service and level of the peers.
    group: u64,
    share: f64,
    place: (u32, u32),
}

fn blank(area: u32, service: Option<u32>) -> PositionRow {
    PositionRow {
        area,
        service,
        sums: [0; MEASURES],
        rank: None,
        ranked: 0,
        percentile: None,
        compared: 0,
        months: 0,
        slope: None,
    }
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
    fn positions(peers: &str, calls: &[CellRows]) -> Vec<PositionRow> {
        let reference = vec![false, true, true, false];
        let mut positions = Positions::new(Period::span(month(1), 12), dimension(peers), reference);
        calls.iter().for_each(|call| positions.add(call));
        let parts = positions.finish();
        assert_eq!(parts.len(), calls.len());
        parts.concat()
    }

    fn place(row: &PositionRow) -> (u32, Option<u32>, Option<u32>, u32, Option<f64>, u32) {
        (row.area, row.service, row.rank, row.ranked, row.percentile, row.compared)
    }

    /// Shares of all together: 1/2, 1/4, 1/2 and none.
    #[test]
    fn ties_share_a_rank_and_half_of_the_equal_count_as_below() {
        let found = positions(
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
        let found = positions("land", &[rows(&[(0, 0, 1, 1, 2), (1, 0, 1, 1, 4), (2, 0, 1, 1, 1), (3, 0, 1, 1, 1)])]);
        let together: Vec<_> = found.iter().filter(|row| row.service.is_none()).map(place).collect();
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
        let found = positions("all", &[rows(&[&of_0[..], &of_1[..]].concat())]);
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
