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
    rows: Vec<PositionRow>,
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
        Self { period, peers, reference, rows: Vec::new() }
    }

    /// Adds rows; those of an area must not be divided among several calls.
    pub fn add(&mut self, rows: &CellRows) {
        let months = usize::from(self.period.months);
        let mut together: Vec<Option<Sums>> = vec![None; months];
        let month = |month: Month| usize::try_from(month.since(self.period.start)).ok().filter(|&at| at < months);
        let mut at = 0;
        while at < rows.len() {
            let area = rows.area[at];
            let end = at + rows.area[at..].iter().take_while(|&&other| other == area).count();
            together.fill(None);
            let first = self.rows.len();
            let mut line = Line::default();
            for row in at..end {
                let Some(month) = month(rows.month[row]) else { continue };
                let service = Some(rows.service[row]);
                if self.rows.len() == first || self.rows.last().is_some_and(|last| last.service != service) {
                    line = Line::default();
                    self.rows.push(blank(area, service));
                }
                if let Some(last) = self.rows.last_mut() {
                    add(&mut last.sums, &rows.sums[row]);
                    line.add(month as f64, &rows.sums[row]);
                    (last.months, last.slope) = (line.n as u32, line.slope());
                }
                add(together[month].get_or_insert([0; MEASURES]), &rows.sums[row]);
            }
            if self.rows.len() > first {
                let (mut whole, mut line) = (blank(area, None), Line::default());
                for (month, sums) in together.iter().enumerate() {
                    if let Some(sums) = sums {
                        add(&mut whole.sums, sums);
                        line.add(month as f64, sums);
                    }
                }
                (whole.months, whole.slope) = (line.n as u32, line.slope());
                self.rows.insert(first, whole);
            }
            at = end;
        }
    }

    /// All rows with their positions, sorted by area and service, all together first.
    #[must_use]
    pub fn finish(mut self) -> Vec<PositionRow> {
        let share = |row: &PositionRow| Rates::of(&row.sums).online_share;
        let level = |row: &PositionRow| self.peers.level(row.area, self.period.end());
        let mut order: Vec<(u64, f64, u32)> = Vec::with_capacity(self.rows.len());
        for (row, at) in self.rows.iter().zip(0u32..) {
            if let Some(level) = level(row) {
                let service = row.service.map_or(0, |service| u64::from(service) + 1);
                // Rows without a share come before all others of their group.
                order.push((service << 16 | u64::from(level), share(row).unwrap_or(f64::NEG_INFINITY), at));
            }
        }
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let unranked = group.iter().take_while(|row| row.1 == f64::NEG_INFINITY).count();
            let ranked = &group[unranked..];
            let compared = ranked.iter().filter(|row| self.reference[self.rows[row.2 as usize].area as usize]).count();
            let mut below = 0;
            let mut passed = 0;
            for ties in ranked.chunk_by(|a, b| a.1 == b.1) {
                let equal = ties.iter().filter(|row| self.reference[self.rows[row.2 as usize].area as usize]).count();
                passed += ties.len();
                for row in ties {
                    let row = &mut self.rows[row.2 as usize];
                    row.rank = u32::try_from(1 + ranked.len() - passed).ok();
                    row.percentile =
                        (compared > 0).then(|| 100.0 * (below as f64 + equal as f64 / 2.0) / compared as f64);
                }
                below += equal;
            }
            for row in group {
                let row = &mut self.rows[row.2 as usize];
                row.ranked = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
                row.compared = u32::try_from(compared).unwrap_or(u32::MAX);
            }
        }
        self.rows
    }
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
