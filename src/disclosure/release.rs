//! Applies a mask to everything that was estimated.

use std::collections::BTreeSet;

use super::mask::Mask;
use super::results::Results;
use super::{DisclosureSpec, Protection};
use crate::compare::{ComparisonKind, compare_arms, peer_results};
use crate::domain::{Estimate, EstimateState};
use crate::ingest::Findings;
use crate::kpi::{self, Sheets};
use crate::survey::SurveyResult;

/// Respondents that a published survey figure must at least have in its denominator.
const FEWEST_RESPONDENTS: u64 = 10;

/// What `results` may tell everybody.
pub(super) fn public(results: Results, spec: &DisclosureSpec) -> Results {
    let sheets = kpi::sums(&results.panel, &results.records.register, &results.periods, true);
    let Results { panel, records, units, periods, .. } = &results;
    let mask = Mask::find(panel, &records.register, units, periods, &sheets, spec.minimum);
    masked(results, &sheets, &mask, spec)
}

/// `results` without what `mask` hides. Comparisons are made anew from the numbers shown, and what
/// was delivered is left out, so that everything in the release follows from the numbers shown.
pub(super) fn masked(results: Results, sheets: &Sheets, mask: &Mask, spec: &DisclosureSpec) -> Results {
    let Results { mut records, panel, units, periods, comparisons, mut peers, mut arms, mut surveys, .. } = results;
    let evaluation = kpi::estimates(sheets, &panel, &records.register, &units, mask);
    let share = kpi::number("online_share");
    for (set, found) in &mut peers {
        *found = peer_results(set, share, &evaluation.periods, periods.current);
    }
    for (at, found) in &mut arms {
        if let ComparisonKind::Event(kind, timing) = comparisons[*at].kind() {
            let table = &evaluation.periods;
            *found = compare_arms(kind, timing, &records.events, &panel, share, table, periods.current);
        }
    }
    hide_small_surveys(&mut surveys, spec.minimum);
    records.facts.clear();
    records.surveys.iter_mut().for_each(|survey| survey.respondents.clear());
    Results {
        findings: Findings::default(),
        panel: panel.without_cells(),
        protection: Some(Protection { minimum: spec.minimum }),
        records,
        units,
        periods,
        evaluation,
        comparisons,
        peers,
        arms,
        surveys,
    }
}

/// Figures of one survey, wave and service add up to one another: one that is too small hides all.
fn hide_small_surveys(surveys: &mut [SurveyResult], minimum: u64) {
    let key = |s: &SurveyResult| (s.survey.clone(), s.wave.clone(), s.service);
    let mut hidden: BTreeSet<_> = surveys.iter().filter(|s| too_small(s, minimum)).map(key).collect();
    // Two figures whose respondents differ by one or two tell what these answered.
    for (at, one) in surveys.iter().enumerate() {
        let near = |other: &&SurveyResult| {
            let apart = other.estimate.n.abs_diff(one.estimate.n);
            other.estimate.n > 0 && one.estimate.n > 0 && (1..minimum).contains(&apart)
        };
        hidden.extend(surveys[..at].iter().filter(|other| key(other) == key(one)).find(near).map(key));
    }
    for survey in surveys.iter_mut().filter(|s| hidden.contains(&key(s))) {
        let Estimate { level, .. } = survey.estimate;
        survey.estimate = Estimate { level, ..Estimate::absent(EstimateState::Suppressed) };
        survey.refusal = None;
        survey.stratum = None;
    }
}

/// Whether too few were asked, or too few gave this answer or another one.
fn too_small(result: &SurveyResult, minimum: u64) -> bool {
    let n = result.estimate.n;
    let small = |people: u64| (1..minimum).contains(&people);
    n > 0 && (n < FEWEST_RESPONDENTS.max(minimum) || small(result.agreeing) || small(n.saturating_sub(result.agreeing)))
}
