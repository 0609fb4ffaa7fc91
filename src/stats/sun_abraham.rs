//! Event study with a separate effect for every cohort and event time, averaged over cohorts.

use std::collections::BTreeMap;

use super::fixed_effects::{Fit, PanelRefusal, two_way_of};
use super::sandwich::{Combination, Inference, Vcov, inference};

/// Why there is no event study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventStudyRefusal {
    /// Every unit is treated within the periods: the effects cannot be told from the common course over time.
    #[error("there is no unit without treatment to compare with")]
    NoneUntreated,
    /// No unit starts treatment within the periods.
    #[error("no unit starts treatment within the periods")]
    NoneTreated,
    /// No row at or after the start is left.
    #[error("no effect after the start can be estimated")]
    NoEffect,
    /// The regression refuses.
    #[error(transparent)]
    Panel(#[from] PanelRefusal),
}

/// The effect in one cohort at one event time, and rows of the cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// First period of treatment.
    pub cohort: f64,
    /// Periods since the start; below zero before it.
    pub event: f64,
    /// Rows in use.
    pub rows: usize,
}

/// An event study.
#[derive(Debug, Clone)]
pub struct EventStudy {
    /// The regression on covariates and cells.
    pub fit: Fit,
    /// Covariates in use (as numbers of those given) with their coefficients.
    pub covariates: Vec<(usize, Combination)>,
    /// By event time, averaged over cohorts by their rows.
    pub events: Vec<(f64, Combination)>,
    /// By cohort, averaged over the event times from 0 on by their rows.
    pub cohorts: Vec<(f64, Combination)>,
    /// Over all cells from event time 0 on, by their rows.
    pub att: Combination,
    /// Each cell.
    pub cells: Vec<(Cell, Combination)>,
    /// Cells that could not be estimated.
    pub lost: Vec<Cell>,
    /// Clusters and the like.
    pub inference: Inference,
}

/// What an event study is made from; all slices run over the same rows.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// The outcome.
    pub outcome: &'a [f64],
    /// Covariates, one slice each.
    pub covariates: &'a [&'a [f64]],
    /// Numbers that tell units apart.
    pub unit: &'a [u32],
    /// Numbers that tell periods apart.
    pub period: &'a [u32],
    /// The period on a scale with steps of one.
    pub time: &'a [f64],
    /// The first period of the unit's treatment; infinite if there is none.
    pub cohort: &'a [f64],
}

/// The interaction-weighted estimator: two-way fixed effects with an indicator for every cohort and event time but
/// the last before the start (-1), units without treatment as comparison; then averages over cohorts, each weighted
/// with its rows.
///
/// A cohort counts as untreated where it starts after the last period. Units treated from the first period on have
/// no period before and must be left out beforehand. The weights are taken as known: the errors are those of linear
/// combinations of the coefficients, as in fixest's `sunab`.
///
/// Reference: Sun and Abraham (2021), J. Econometrics 225, 175-199.
///
/// # Errors
/// [`EventStudyRefusal`].
pub fn event_study(rows: Rows<'_>, vcov: Vcov<'_>) -> Result<EventStudy, EventStudyRefusal> {
    let last = rows.time.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Event times differ by rounding where periods are no whole numbers.
    let key = |x: f64| (x * 1e6).round() as i64;
    let mut numbers: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    let cell_of = |row: usize| {
        let (time, cohort) = (rows.time[row], rows.cohort[row]);
        let event = time - cohort;
        (cohort <= last && key(event) != key(-1.0)).then_some((key(event), key(cohort)))
    };
    let mut treated = false;
    let mut untreated = false;
    for row in 0..rows.outcome.len() {
        untreated |= rows.cohort[row] > last;
        treated |= rows.cohort[row] <= last;
        if let Some(cell) = cell_of(row) {
            numbers.insert(cell, 0);
        }
    }
    if !treated {
        return Err(EventStudyRefusal::NoneTreated);
    }
    if !untreated {
        return Err(EventStudyRefusal::NoneUntreated);
    }
    numbers.values_mut().enumerate().for_each(|(at, slot)| *slot = at);
    let own_cell: Vec<Option<usize>> =
        (0..rows.outcome.len()).map(|row| cell_of(row).and_then(|cell| numbers.get(&cell).copied())).collect();
    let before = rows.covariates.len();
    let column = |number: usize, chosen: &[usize]| match rows.covariates.get(number) {
        Some(covariate) => chosen.iter().map(|row| covariate[*row]).collect(),
        None => {
            let cell = Some(number - before);
            chosen.iter().map(|row| f64::from(u8::from(own_cell[*row] == cell))).collect()
        }
    };
    let fit = two_way_of(rows.outcome, before + numbers.len(), &column, rows.unit, rows.period)?;
    let mut in_cell = vec![0; numbers.len()];
    fit.rows.iter().filter_map(|row| own_cell[*row]).for_each(|cell| in_cell[cell] += 1);
    let value = |key: i64| key as f64 / 1e6;
    let cells: Vec<Cell> = numbers
        .iter()
        .map(|((event, cohort), at)| Cell { cohort: value(*cohort), event: value(*event), rows: in_cell[*at] })
        .collect();
    let k = fit.kept.len();
    // Position of each kept cell among the coefficients.
    let kept: Vec<(usize, Cell)> = fit
        .kept
        .iter()
        .enumerate()
        .filter_map(|(at, column)| column.checked_sub(before).map(|cell| (at, cells[cell])))
        .collect();
    let lost = fit.collinear.iter().filter_map(|column| column.checked_sub(before)).map(|cell| cells[cell]).collect();
    let single = |at: usize| {
        let mut c = vec![0.0; k];
        c[at] = 1.0;
        c
    };
    let average = |chosen: &dyn Fn(&Cell) -> bool| {
        let mut c = vec![0.0; k];
        let all: f64 = kept.iter().filter(|(_, cell)| chosen(cell)).map(|(_, cell)| cell.rows as f64).sum();
        kept.iter().filter(|(_, cell)| chosen(cell)).for_each(|(at, cell)| c[*at] = cell.rows as f64 / all);
        c
    };
    let distinct = |of: &dyn Fn(&Cell) -> f64, only: &dyn Fn(&Cell) -> bool| {
        let mut out: Vec<f64> = kept.iter().filter(|(_, cell)| only(cell)).map(|(_, cell)| of(cell)).collect();
        out.sort_by(f64::total_cmp);
        out.dedup();
        out
    };
    let events = distinct(&|cell| cell.event, &|_| true);
    let cohorts = distinct(&|cell| cell.cohort, &|cell| cell.event >= 0.0);
    if cohorts.is_empty() {
        return Err(EventStudyRefusal::NoEffect);
    }
    let own: Vec<usize> = (0..k).filter(|at| fit.kept[*at] < before).collect();
    let contrasts: Vec<Vec<f64>> = own
        .iter()
        .map(|at| single(*at))
        .chain(events.iter().map(|event| average(&|cell: &Cell| cell.event == *event)))
        .chain(cohorts.iter().map(|cohort| average(&|cell: &Cell| cell.cohort == *cohort && cell.event >= 0.0)))
        .chain(kept.iter().map(|(at, _)| single(*at)))
        .chain(std::iter::once(average(&|cell: &Cell| cell.event >= 0.0)))
        .collect();
    let found = inference(&fit, vcov, &contrasts)?;
    let mut rest = found.combinations.iter().copied();
    let covariates = own.iter().zip(rest.by_ref()).map(|(at, c)| (fit.kept[*at], c)).collect();
    let events = events.into_iter().zip(rest.by_ref()).collect();
    let cohorts = cohorts.into_iter().zip(rest.by_ref()).collect();
    let cells = kept.iter().map(|(_, cell)| *cell).zip(rest.by_ref()).collect();
    let att = rest.next().ok_or(EventStudyRefusal::NoEffect)?;
    Ok(EventStudy { fit, covariates, events, cohorts, att, cells, lost, inference: found })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
