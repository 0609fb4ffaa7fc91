//! The cells that a key figure is made of, brought to common periods.

use std::collections::BTreeSet;

use super::definition::Formula;
use crate::domain::{CellState, Channel, Period, Stage};
use crate::ingest::Measure;
use crate::panel::Cell;

/// Whether cells of `measure` say anything about `formula`.
fn concerns(formula: &Formula, measure: Measure) -> bool {
    match formula {
        Formula::OnlineShare(stage) | Formula::TotalCount(stage) => match measure {
            Measure::Count(found, _) => found == *stage || found == Stage::CaseTotal,
            _ => false,
        },
        Formula::OnlineCount(stage) => measure == Measure::Count(*stage, Channel::Online),
        Formula::Ratio(above, below) => (above.matches)(measure) || (below.matches)(measure),
        Formula::MeanAnswer(votes, _) => (votes.matches)(measure),
        Formula::PerPopulation(cases) => (cases.matches)(measure),
        Formula::Availability | Formula::ActiveShare | Formula::Survey => false,
    }
}

/// The cells of one area and service that concern `formula`, sorted by period and measure.
///
/// Where one number comes by month and another by year (online cases monthly, totals yearly), the
/// finer one is added up to the longer span if every month of it was delivered; else the span lacks it.
pub(super) fn of(formula: &Formula, pair: &[Cell]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = pair.iter().filter(|c| concerns(formula, c.measure)).copied().collect();
    let of_stage = |stage: Stage| cells.iter().any(|c| matches!(c.measure, Measure::Count(found, _) if found == stage));
    if let Formula::OnlineShare(stage) = formula
        && !of_stage(*stage)
    {
        return Vec::new();
    }
    let mut spans: Vec<Period> = cells.iter().map(|c| c.period).filter(|p| p.months > 1).collect();
    spans.sort_by_key(|p| (std::cmp::Reverse(p.months), *p));
    spans.dedup();
    for span in spans {
        let (inside, outside): (Vec<Cell>, Vec<Cell>) =
            cells.into_iter().partition(|c| c.period.months < span.months && span.contains(c.period));
        cells = outside;
        let measures: BTreeSet<Measure> = inside.iter().map(|c| c.measure).collect();
        for measure in measures {
            if cells.iter().any(|c| c.measure == measure && c.period == span) {
                continue;
            }
            let parts: Vec<&Cell> = inside.iter().filter(|c| c.measure == measure).collect();
            cells.push(joined(&parts, span));
        }
    }
    cells.sort_by_key(|c| (c.period, c.measure));
    cells
}

/// Cells of one measure added up to `span`.
fn joined(parts: &[&Cell], span: Period) -> Cell {
    let covered: u32 = parts.iter().map(|c| u32::from(c.period.months)).sum();
    let any = |state| parts.iter().any(|c| c.state == state);
    let state = if covered != u32::from(span.months) || any(CellState::NotProvided) {
        CellState::NotProvided
    } else if any(CellState::SuppressedAtSource) {
        CellState::SuppressedAtSource
    } else if any(CellState::Observed) {
        CellState::Observed
    } else {
        CellState::NotApplicable
    };
    let value =
        if state == CellState::Observed { parts.iter().fold(0i64, |sum, c| sum.saturating_add(c.value)) } else { 0 };
    let rebased = parts.iter().any(|c| c.rebased);
    Cell { period: span, state, value, rebased, ..*parts[0] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Month;

    fn cell(month: u32, months: u16, stage: Stage, channel: Channel, value: i64) -> Cell {
        let period = Period::span(Month::new(2024, month).unwrap(), months);
        let measure = Measure::Count(stage, channel);
        Cell { area: 0, service: 0, period, measure, state: CellState::Observed, value, rebased: false }
    }

    #[test]
    fn monthly_online_cases_meet_yearly_totals() {
        let mut pair: Vec<Cell> =
            (1..=12).map(|m| cell(m, 1, Stage::FormSubmit, Channel::Online, i64::from(m))).collect();
        pair.push(cell(1, 12, Stage::CaseTotal, Channel::All, 400));
        pair.push(cell(1, 1, Stage::Visit, Channel::Online, 999));
        let cells = of(&Formula::OnlineShare(Stage::FormSubmit), &pair);
        let seen: Vec<_> = cells.iter().map(|c| (c.period.months, c.value)).collect();
        assert_eq!(seen, [(12, 78), (12, 400)]);
        pair.remove(4);
        let cells = of(&Formula::OnlineShare(Stage::FormSubmit), &pair);
        assert_eq!(cells[0].state, CellState::NotProvided);
        pair.push(cell(5, 1, Stage::FormSubmit, Channel::Online, 0));
        pair[0].state = CellState::SuppressedAtSource;
        let cells = of(&Formula::OnlineShare(Stage::FormSubmit), &pair);
        assert_eq!(cells[0].state, CellState::SuppressedAtSource);
    }
}
