//! Numerator and denominator of a key figure in one month of one area and service.

use super::definition::{AbsentCell, Formula, Selector};
use crate::domain::{CellState, Channel, Stage};
use crate::ingest::Measure;
use crate::panel::Cell;

/// What one block of cells contributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terms {
    /// Numerator, denominator, and whether the denominator is a sum of channels.
    Known { numerator: i64, denominator: i64, summed: bool },
    /// A number that belongs here was not delivered.
    NotProvided,
    /// All numbers that belong here were delivered, but the deliverer hid at least one.
    Hidden,
    /// There is nothing to count here.
    NotApplicable,
    /// Nothing of this kind was ever delivered here.
    Nothing,
}

/// What a series of one area and service has delivered at any time: decides what is missing in a month.
pub(super) struct Delivered {
    measures: Vec<Measure>,
    /// Measures with at least one number.
    observed: Vec<Measure>,
}

impl Delivered {
    pub(super) fn of(pair: &[Cell]) -> Self {
        let sorted = |cells: &mut dyn Iterator<Item = &Cell>| {
            let mut measures: Vec<Measure> = cells.map(|c| c.measure).collect();
            measures.sort_unstable();
            measures.dedup();
            measures
        };
        Self {
            measures: sorted(&mut pair.iter()),
            observed: sorted(&mut pair.iter().filter(|c| c.state == CellState::Observed)),
        }
    }

    fn has(&self, measure: Measure) -> bool {
        self.measures.binary_search(&measure).is_ok()
    }
}

/// A cell of a block: its value, or why there is none.
fn cell(block: &[Cell], measure: Measure, delivered: &Delivered) -> Terms {
    match block.iter().find(|c| c.measure == measure) {
        Some(c) => match c.state {
            CellState::Observed => Terms::Known { numerator: c.value, denominator: 0, summed: false },
            CellState::NotApplicable => Terms::NotApplicable,
            CellState::NotProvided => Terms::NotProvided,
            CellState::SuppressedAtSource => Terms::Hidden,
        },
        None if delivered.has(measure) => Terms::NotProvided,
        None => Terms::Nothing,
    }
}

/// All cases of a stage: a delivered total, else the sum over the channels that the series has.
///
/// Within one series the rule never changes from month to month. A series with nothing but the
/// online channel has no total: its share would be 100 % by construction.
fn total(block: &[Cell], stage: Stage, delivered: &Delivered) -> Terms {
    for measure in [Measure::Count(Stage::CaseTotal, Channel::All), Measure::Count(stage, Channel::All)] {
        // A total that was announced but never filled in does not stand in the way of the channels.
        if delivered.observed.binary_search(&measure).is_ok() {
            return cell(block, measure, delivered);
        }
    }
    let channels: Vec<Measure> = Channel::ALL
        .into_iter()
        .filter(|&c| c != Channel::All)
        .map(|c| Measure::Count(stage, c))
        .filter(|&m| delivered.has(m))
        .collect();
    if !channels.iter().any(|&m| m != Measure::Count(stage, Channel::Online)) {
        return if channels.is_empty() { Terms::Nothing } else { Terms::NotProvided };
    }
    let (mut sum, mut any, mut hidden) = (0i64, false, false);
    for measure in channels {
        match cell(block, measure, delivered) {
            Terms::Known { numerator, .. } => {
                sum = sum.saturating_add(numerator);
                any = true;
            }
            Terms::NotApplicable => {}
            Terms::Hidden => hidden = true,
            other => return other,
        }
    }
    if hidden {
        return Terms::Hidden;
    }
    if any { Terms::Known { numerator: sum, denominator: 0, summed: true } } else { Terms::NotApplicable }
}

/// Why the cells that `selector` takes cannot be added up: a missing number outweighs a hidden one, since
/// to see that would not tell the sum.
fn gap(block: &[Cell], selector: &Selector) -> Option<Terms> {
    let any = |state| block.iter().any(|c| (selector.matches)(c.measure) && c.state == state);
    if any(CellState::NotProvided) {
        return Some(Terms::NotProvided);
    }
    any(CellState::SuppressedAtSource).then_some(Terms::Hidden)
}

fn selected(block: &[Cell], selector: &Selector, delivered: &Delivered) -> Terms {
    if let Some(gap) = gap(block, selector) {
        return gap;
    }
    let (mut sum, mut any) = (0i64, false);
    for c in block.iter().filter(|c| (selector.matches)(c.measure) && c.state == CellState::Observed) {
        sum = sum.saturating_add(c.value);
        any = true;
    }
    let ever = || delivered.measures.iter().any(|&m| (selector.matches)(m));
    match selector.absent {
        _ if any => Terms::Known { numerator: sum, denominator: 0, summed: false },
        AbsentCell::Zero => Terms::Known { numerator: 0, denominator: 0, summed: false },
        AbsentCell::ZeroIfEver if ever() => Terms::Known { numerator: 0, denominator: 0, summed: false },
        AbsentCell::Missing if ever() => Terms::NotProvided,
        AbsentCell::Missing | AbsentCell::ZeroIfEver => Terms::Nothing,
    }
}

fn joined(numerator: Terms, denominator: Terms) -> Terms {
    match (numerator, denominator) {
        (Terms::Known { numerator, .. }, Terms::Known { numerator: denominator, summed, .. }) => {
            Terms::Known { numerator, denominator, summed }
        }
        (Terms::Nothing, _) | (_, Terms::Nothing) => Terms::Nothing,
        (Terms::NotApplicable, _) => Terms::NotApplicable,
        (Terms::NotProvided, _) | (_, Terms::NotProvided) => Terms::NotProvided,
        (Terms::Hidden, _) | (_, Terms::Hidden) => Terms::Hidden,
        (_, Terms::NotApplicable) => Terms::NotApplicable,
    }
}

/// What `block` contributes to `formula`; availability and surveys are not made of cells.
pub(super) fn terms(formula: &Formula, block: &[Cell], delivered: &Delivered) -> Terms {
    let online = |stage| Measure::Count(stage, Channel::Online);
    match formula {
        Formula::OnlineShare(stage) => joined(cell(block, online(*stage), delivered), total(block, *stage, delivered)),
        Formula::OnlineCount(stage) => cell(block, online(*stage), delivered),
        Formula::TotalCount(stage) => total(block, *stage, delivered),
        Formula::Ratio(numerator, denominator) => {
            let below = selected(block, denominator, delivered);
            match below {
                Terms::Known { numerator: 0, .. } if denominator.absent == AbsentCell::Zero => Terms::Nothing,
                _ => joined(selected(block, numerator, delivered), below),
            }
        }
        Formula::MeanAnswer(votes, weight) => {
            if let Some(gap) = gap(block, votes) {
                return gap;
            }
            let known = block.iter().filter(|c| (votes.matches)(c.measure) && c.state == CellState::Observed);
            let (sum, n) = known.fold((0i64, 0i64), |(sum, n), c| {
                (sum.saturating_add(c.value.saturating_mul(weight(c.measure))), n.saturating_add(c.value))
            });
            if n > 0 { Terms::Known { numerator: sum, denominator: n, summed: false } } else { Terms::Nothing }
        }
        Formula::PerPopulation(selector) => selected(block, selector, delivered),
        Formula::Availability | Formula::ActiveShare | Formula::Survey => Terms::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Month, Period};
    use crate::ingest::{FeedbackPlace, Scale};

    const SHARE: Formula = Formula::OnlineShare(FormSubmit);

    fn block(cells: &[(Stage, Channel, CellState, i64)]) -> Vec<Cell> {
        let period = Period::month(Month::new(2025, 1).unwrap());
        let mut out: Vec<Cell> = cells
            .iter()
            .map(|&(stage, channel, state, value)| Cell {
                area: 0,
                service: 0,
                period,
                measure: Measure::Count(stage, channel),
                state,
                value,
                rebased: false,
            })
            .collect();
        out.sort_by_key(|c| c.measure);
        out
    }

    fn share(cells: &[(Stage, Channel, CellState, i64)]) -> Terms {
        let block = block(cells);
        terms(&SHARE, &block, &Delivered::of(&block))
    }

    use Channel::{All, Counter, Online, Paper};
    use Stage::{CaseTotal, Completed, FormSubmit, Visit};

    #[test]
    fn zero_online_of_forty_on_paper_is_zero_percent() {
        let terms =
            share(&[(FormSubmit, Online, CellState::Observed, 0), (FormSubmit, Paper, CellState::Observed, 40)]);
        assert_eq!(terms, Terms::Known { numerator: 0, denominator: 40, summed: true });
    }

    #[test]
    fn a_missing_channel_makes_the_month_unusable_and_an_inapplicable_one_does_not() {
        let with = |state| {
            share(&[
                (FormSubmit, Online, CellState::Observed, 5),
                (FormSubmit, Paper, CellState::Observed, 10),
                (FormSubmit, Counter, state, 0),
            ])
        };
        assert_eq!(with(CellState::NotProvided), Terms::NotProvided);
        assert_eq!(with(CellState::SuppressedAtSource), Terms::Hidden);
        assert_eq!(with(CellState::NotApplicable), Terms::Known { numerator: 5, denominator: 15, summed: true });
    }

    /// What is hidden is told from what is missing; where both are, to see the hidden one would not help.
    #[test]
    fn a_hidden_number_is_not_a_missing_one_and_a_missing_one_outweighs_it() {
        let of = |online, paper, counter| {
            share(&[(FormSubmit, Online, online, 5), (FormSubmit, Paper, paper, 5), (FormSubmit, Counter, counter, 5)])
        };
        use CellState::{NotProvided, Observed, SuppressedAtSource as Hidden};
        assert_eq!(of(Hidden, Observed, Observed), Terms::Hidden);
        assert_eq!(of(Observed, Hidden, Hidden), Terms::Hidden);
        assert_eq!(of(Hidden, Observed, NotProvided), Terms::NotProvided);
        assert_eq!(of(Observed, Hidden, NotProvided), Terms::NotProvided);
        assert_eq!(of(NotProvided, Hidden, Observed), Terms::NotProvided);
    }

    /// The mean of the votes that are known is not the mean of all.
    #[test]
    fn stars_are_not_averaged_over_what_is_left() {
        let period = Period::month(Month::new(2025, 1).unwrap());
        let stars = |stars| Measure::Feedback(FeedbackPlace::Page, Scale::Stars, stars);
        let cell = |measure, state, value| Cell { area: 0, service: 0, period, measure, state, value, rebased: false };
        let mean = crate::kpi::CATALOGUE.iter().find(|kpi| kpi.id == "star_mean").unwrap();
        let of = |state| {
            let block = [cell(stars(1), CellState::Observed, 2), cell(stars(5), state, 0)];
            terms(&mean.formula, &block, &Delivered::of(&block))
        };
        assert_eq!(of(CellState::Observed), Terms::Known { numerator: 2, denominator: 2, summed: false });
        assert_eq!(of(CellState::NotProvided), Terms::NotProvided);
        assert_eq!(of(CellState::SuppressedAtSource), Terms::Hidden);
    }

    #[test]
    fn a_delivered_total_wins_and_stages_are_never_mixed() {
        let terms = share(&[
            (FormSubmit, Online, CellState::Observed, 5),
            (FormSubmit, Paper, CellState::Observed, 10),
            (CaseTotal, All, CellState::Observed, 20),
        ]);
        assert_eq!(terms, Terms::Known { numerator: 5, denominator: 20, summed: false });
        let visits = share(&[(Visit, Online, CellState::Observed, 500), (FormSubmit, Paper, CellState::Observed, 10)]);
        assert_eq!(visits, Terms::Nothing);
        let completed =
            share(&[(Completed, Online, CellState::Observed, 5), (Completed, Paper, CellState::Observed, 5)]);
        assert_eq!(completed, Terms::Nothing);
    }

    #[test]
    fn only_online_numbers_give_no_share() {
        assert_eq!(share(&[(FormSubmit, Online, CellState::Observed, 5)]), Terms::NotProvided);
    }

    #[test]
    fn a_channel_delivered_in_other_months_is_missing_in_this_one() {
        let january =
            block(&[(FormSubmit, Online, CellState::Observed, 5), (FormSubmit, Paper, CellState::Observed, 10)]);
        let mut february = block(&[(FormSubmit, Online, CellState::Observed, 6)]);
        for c in &mut february {
            c.period = Period::month(Month::new(2025, 2).unwrap());
        }
        let both: Vec<Cell> = january.iter().chain(&february).copied().collect();
        assert_eq!(terms(&SHARE, &february, &Delivered::of(&both)), Terms::NotProvided);
    }
}
