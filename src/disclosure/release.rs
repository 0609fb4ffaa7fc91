//! Applies a mask to everything that was estimated.

use super::mask::Mask;
use super::results::Results;
use super::surveys::{self, Respondents};
use super::{DisclosureSpec, Protection};
use crate::compare::{ComparisonKind, compare_arms, controls, funnels, ladders, peer_results};
use crate::ingest::Findings;
use crate::kpi::{self, Sheets};

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
    let Results {
        mut records, panel, units, periods, comparisons, mut peers, mut arms, mut surveys, controls: c, ..
    } = results;
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
    let ladders = ladders(&comparisons, &records, &panel, share, &evaluation.months);
    let funnels = funnels(share, &evaluation.periods, periods.current);
    let launch = |area, service| panel.launch(area, service);
    let controls = controls(c.plan, share, &evaluation.months, periods.series, &records.events, &launch);
    surveys::hide_small(&mut surveys, &records.surveys, Respondents::new(spec.minimum));
    records.facts.clear();
    records.surveys.iter_mut().for_each(|survey| survey.respondents.clear());
    let shown = Results {
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
        ladders,
        methods: Vec::new(),
        funnels,
        controls,
        surveys,
    };
    shown.with_methods()
}
