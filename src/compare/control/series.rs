//! From monthly estimates to series of always the same towns.

use std::collections::BTreeMap;

use super::Launches;
use crate::compare::ladder::Share;
use crate::domain::{ALL_SERVICES, Aggregation, EstimateTable, Flag, Month};

/// Longer series leave out the earliest months: hardly a town delivers every month of many years.
const MOST_MONTHS: usize = 60;

/// The months of all series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    first: Month,
    len: usize,
}

impl Axis {
    pub(super) fn of((first, last): (Month, Month)) -> Self {
        Self { first, len: usize::try_from(last.since(first) + 1).unwrap_or(0) }
    }

    pub(super) fn place(self, month: Month) -> Option<usize> {
        usize::try_from(month.since(self.first)).ok().filter(|at| *at < self.len)
    }

    pub(super) fn month(self, at: usize) -> Month {
        self.first.plus(i32::try_from(at).unwrap_or(i32::MAX))
    }
}

/// The cases of every month; a month without a case is there with zeros, one that was not delivered, is hidden or
/// lies before the launch is not.
pub(super) type Line = Vec<Option<Share>>;

/// Lines by town.
pub(super) type Lines = BTreeMap<u32, Line>;

/// The lines of every service.
pub(super) fn lines(kpi: u16, months: &EstimateTable, axis: Axis, launch: &Launches<'_>) -> BTreeMap<u32, Lines> {
    let mut out: BTreeMap<u32, Lines> = BTreeMap::new();
    let keys = months.keys();
    let (from, to) = (keys.partition_point(|k| k.kpi < kpi), keys.partition_point(|k| k.kpi <= kpi));
    for (row, key) in keys.iter().enumerate().take(to).skip(from) {
        if key.aggregation != Aggregation::Own || key.service == ALL_SERVICES || key.period.months != 1 {
            continue;
        }
        let Some(at) = axis.place(key.period.start) else { continue };
        let e = months.row(row);
        // More online cases than cases are an error in the data, not a share.
        if let (Some(online), Some(all)) = (e.numerator, e.denominator)
            && !e.flags.contains(&Flag::Above100)
        {
            let line = out.entry(key.service).or_default().entry(key.unit).or_insert_with(|| vec![None; axis.len]);
            line[at] = Some(Share { online, all });
        }
    }
    for (service, lines) in &mut out {
        for (area, line) in lines.iter_mut() {
            // Where nobody says when a service went online, its first online case does.
            let begins = launch(*area, *service)
                .map(|month| usize::try_from(month.since(axis.first)).unwrap_or(0))
                .or_else(|| line.iter().position(|m| m.is_some_and(|s| s.online > 0.0)))
                .unwrap_or(line.len());
            line.iter_mut().take(begins).for_each(|month| *month = None);
        }
        lines.retain(|_, line| start(line).is_some());
    }
    out.retain(|_, lines| !lines.is_empty());
    out
}

/// The first month with a number.
pub(super) fn start(line: &[Option<Share>]) -> Option<usize> {
    line.iter().position(Option::is_some)
}

/// The place of the first month after the year that follows a launch; 0 where a service was online before the data
/// begin and nobody says since when.
pub(super) fn settled(line: &[Option<Share>], axis: Axis, launch: Option<Month>) -> usize {
    const YEAR: i32 = 12;
    let since = |month: Month| usize::try_from(month.plus(YEAR).since(axis.first)).unwrap_or(0);
    launch.map_or_else(|| start(line).filter(|at| *at > 0).map_or(0, |at| since(axis.month(at))), since)
}

/// The towns of a service added up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pooled {
    /// The first month of the series.
    pub from: usize,
    /// The towns in it, ascending.
    pub towns: Vec<u32>,
    /// Their sums, on the axis of all months.
    pub line: Line,
}

/// Always the same towns: the series begins with the month in which half of the towns were online, and has those that
/// were by then and have a number for every month since.
///
/// A month that most of these towns lack is a gap of the series rather than a reason to leave them out.
pub(super) fn pooled(lines: &Lines) -> Pooled {
    let len = lines.values().map(Vec::len).max().unwrap_or(0);
    let mut starts: Vec<usize> = lines.values().filter_map(|line| start(line)).collect();
    starts.sort_unstable();
    let half = starts.get(starts.len().div_ceil(2).saturating_sub(1)).copied().unwrap_or(len);
    let from = half.max(len.saturating_sub(MOST_MONTHS));
    let early = || lines.iter().filter(|(_, line)| start(line).is_some_and(|at| at <= from));
    let n = early().count();
    let told: Vec<bool> =
        (0..len).map(|at| at >= from && 2 * early().filter(|(_, line)| line[at].is_some()).count() > n).collect();
    let complete = |line: &Line| told.iter().zip(line).all(|(told, month)| !told || month.is_some());
    let mut towns = Vec::new();
    let mut sums: Line = told.iter().map(|told| told.then(Share::default)).collect();
    for (area, line) in early().filter(|(_, line)| complete(line)) {
        towns.push(*area);
        for (sum, month) in sums.iter_mut().zip(line) {
            if let (Some(sum), Some(month)) = (sum, month) {
                *sum = sum.plus(*month);
            }
        }
    }
    Pooled { from, towns, line: sums }
}
