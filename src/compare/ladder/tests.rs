use std::collections::BTreeMap;

use super::*;
use crate::domain::Month;

const NEW: u32 = 1;
const OLD: u32 = 0;

fn start() -> Month {
    Month::new(2023, 1).unwrap()
}

/// A town with 100 cases a month; the shares of the new and the old service are the same in every month.
fn town(id: u32, with: bool, size: f64, new: f64, old: f64) -> Town {
    let course = |service: u32, launch: Month, rate: f64| Course {
        service,
        launch,
        concerned: with && service == NEW,
        months: (0..20)
            .map(|k| (start().plus(k), Share { online: 100.0 * rate, all: 100.0 }))
            .filter(|(month, _)| *month >= launch)
            .collect::<BTreeMap<_, _>>(),
    };
    Town {
        id,
        with,
        event: with.then(|| start().plus(3)),
        traits: vec![Some(Trait::Number(size))],
        courses: vec![course(OLD, start(), old), course(NEW, start().plus(5), new)],
    }
}

/// Six towns of either side, of sizes 1 to 6, that differ by `gaps` in the new service and by `old` in the old one.
pub(crate) fn study(gaps: [f64; 6], old: [f64; 6]) -> Study {
    let base = [0.20, 0.22, 0.24, 0.26, 0.28, 0.30];
    let mut towns: Vec<Town> =
        (0..6).map(|i| town(i as u32, true, i as f64, base[i] + gaps[i], 0.3 + 0.01 * i as f64 + old[i])).collect();
    towns.extend((0..6).map(|i| town(10 + i as u32, false, i as f64, base[i], 0.3 + 0.01 * i as f64)));
    Study { traits: vec!["population".into()], unknown: Vec::new(), towns, caliper: None, claim: None, clusters: None }
}

pub(crate) const CLEAR: [f64; 6] = [0.18, 0.20, 0.22, 0.18, 0.20, 0.22];
const NOISE: [f64; 6] = [0.01, -0.01, 0.02, -0.02, 0.01, -0.01];

fn missed(ladder: &Ladder, rung: Rung) -> &Missed {
    ladder.steps.iter().find(|step| step.rung == rung).unwrap().missed.as_ref().unwrap()
}

#[test]
fn a_clear_difference_climbs_to_the_top() {
    let ladder = climb(&study(CLEAR, NOISE));
    assert_eq!(ladder.stands_on(), Some(Rung::Robust), "{:?}", ladder.steps);
    // Each town meets the one of its size: the mean of the gaps is 0.20, their standard deviation sqrt(0.0016/5).
    let main = ladder.main().unwrap();
    assert_eq!((main.pairs, ladder.window.until), (6, 12));
    let by_town = main.by_town.unwrap();
    assert!((by_town.value - 0.20).abs() < 1e-12);
    assert!((by_town.se - (0.0016f64 / 5.0 / 6.0).sqrt()).abs() < 1e-12);
    // All six of one sign: 2 of 64 patterns.
    assert_eq!(main.p, Some(2.0 / 64.0));
    // Without the largest gap the mean is 0.98/5, without the smallest 1.02/5.
    let (low, high) = ladder.left_out.unwrap();
    assert!((low - 0.196).abs() < 1e-12 && (high - 0.204).abs() < 1e-12);
    // The mean of the noise is zero.
    assert!(ladder.control.unwrap().value.abs() < 1e-12);
    // Shares 0.25 + 0.20 against 0.25 on average.
    assert!((ladder.ratio.unwrap().value - 0.45 / 0.25).abs() < 1e-12);
}

#[test]
fn towns_that_differ_anyway_fail_the_control() {
    let ladder = climb(&study(CLEAR, [0.15, 0.16, 0.17, 0.15, 0.16, 0.17]));
    assert_eq!(ladder.stands_on(), Some(Rung::Matched));
    assert_eq!(missed(&ladder, Rung::Control), &Missed::ControlDiffers);
    assert!((ladder.net.unwrap().value - 0.04).abs() < 1e-12);
}

#[test]
fn without_earlier_services_there_is_no_control() {
    let mut study = study(CLEAR, NOISE);
    study.towns.iter_mut().for_each(|town| town.courses.retain(|c| c.service == NEW));
    let ladder = climb(&study);
    assert_eq!(missed(&ladder, Rung::Control), &Missed::NoControl(0));
    assert_eq!(ladder.stands_on(), Some(Rung::Matched));
}

#[test]
fn a_difference_by_chance_stays_below() {
    let ladder = climb(&study([0.1, -0.1, 0.08, -0.08, 0.02, -0.01], NOISE));
    assert_eq!(ladder.stands_on(), Some(Rung::Raw));
    assert_eq!(missed(&ladder, Rung::Interval), &Missed::IncludesZero);
}

#[test]
fn unlike_towns_are_no_comparison() {
    let mut study = study(CLEAR, NOISE);
    study.towns.iter_mut().filter(|t| t.with).for_each(|t| {
        if let Some(Some(Trait::Number(size))) = t.traits.get_mut(0) {
            *size += 100.0;
        }
    });
    let ladder = climb(&study);
    assert_eq!(missed(&ladder, Rung::Matched), &Missed::Unbalanced(vec![0]));
    // With a limit to the distance there is no pair at all.
    study.caliper = Some(0.5);
    let ladder = climb(&study);
    assert!(ladder.pairs.is_empty() && ladder.alone() == 6);
    assert!(matches!(missed(&ladder, Rung::Matched), Missed::Refused(Refusal::FewClusters { found: 0, .. })));
}

#[test]
fn what_rests_on_single_towns_is_said() {
    // By hand: over all six 0.143 ± 2.571 · 0.041; without the pair of 0.20, 0.21 or 0.22 the lower limit is below
    // zero (0.132 - 2.776 · 0.049, 0.130 - 2.776 · 0.048, 0.128 - 2.776 · 0.047), without 0.02 or 0.01 it is above.
    let ladder = climb(&study([0.02, 0.20, 0.21, 0.22, 0.20, 0.01], NOISE));
    assert_eq!(missed(&ladder, Rung::Robust), &Missed::RestsOn(vec![1, 2, 3, 4]));
    assert_eq!(ladder.stands_on(), Some(Rung::Control), "{:?}", ladder.steps);
}

#[test]
fn months_before_the_launch_count_for_nothing_and_gaps_are_no_zeros() {
    let mut one = town(1, true, 0.0, 0.5, 0.3);
    let course = &mut one.courses[1];
    assert_eq!(course.since_launch(1, 3), Some(Share { online: 150.0, all: 300.0 }));
    course.months.remove(&course.launch.plus(2));
    assert_eq!(course.since_launch(1, 3), None);
    assert_eq!(course.since_launch(-2, 1), None);
}

#[test]
fn a_claim_is_held_against_matched_towns_only_where_they_are_alike() {
    let claim = |ratio| Some(Claim { measure: "online_share".into(), ratio: Some(ratio), difference: None });
    let verdict = |ratio: f64, balanced: bool| {
        let mut study = study(CLEAR, NOISE);
        study.claim = claim(ratio);
        if !balanced {
            study.towns.iter_mut().filter(|t| t.with).for_each(|t| t.traits = vec![Some(Trait::Number(50.0))]);
        }
        climb(&study).claim.unwrap().verdict
    };
    assert_eq!(verdict(1.2, true), ClaimVerdict::Supported);
    assert_eq!(verdict(1.8, true), ClaimVerdict::NotShown);
    assert_eq!(verdict(3.0, true), ClaimVerdict::Contradicted);
    assert_eq!(verdict(3.0, false), ClaimVerdict::NotShown);
}

#[test]
fn the_least_similar_pairs_are_left_out_until_the_sides_are_alike() {
    let mut study = study(CLEAR, NOISE);
    // One town with the event is far larger than any without.
    study.towns[5].traits = vec![Some(Trait::Number(40.0))];
    let ladder = climb(&study);
    assert_eq!(ladder.pairs.iter().map(|p| p.with).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert!(ladder.balance[0].before.abs() > BALANCED_BELOW && ladder.balance[0].after.abs() < BALANCED_BELOW);
    assert_eq!(ladder.alone(), 1);
}

pub(crate) mod live {
    use super::*;
    use crate::compare::ladder::{LiveLadder, climb_live};

    /// Eight towns with a campaign in month 18 of 36 that adds `effect` from the month after on, and eight without;
    /// shares drift alike by a point a quarter, with a small wave of their own.
    pub(crate) fn study(effect: f64, drift_with: f64) -> Study {
        let towns = (0..16u32)
            .map(|id| {
                let with = id < 8;
                let months = (0..36i32)
                    .map(|k| {
                        let wave = 0.004 * f64::from((k * 7 + id as i32 * 5) % 11 - 5);
                        let drift = if with { drift_with } else { 0.0 };
                        let after = if with && k > 18 { effect } else { 0.0 };
                        let rate =
                            0.2 + 0.01 * f64::from(id % 8) + f64::from(k) / 300.0 + drift * f64::from(k) + after + wave;
                        (start().plus(k), Share { online: 200.0 * rate, all: 200.0 })
                    })
                    .collect();
                let course = Course { service: 0, launch: start().plus(-30), concerned: with, months };
                Town {
                    id,
                    with,
                    event: with.then(|| start().plus(18)),
                    traits: vec![Some(Trait::Number(f64::from(id % 8)))],
                    courses: vec![course],
                }
            })
            .collect();
        Study {
            traits: vec!["population".into()],
            unknown: Vec::new(),
            towns,
            caliper: None,
            claim: None,
            clusters: None,
        }
    }

    fn missed(ladder: &LiveLadder, rung: Rung) -> Option<&Missed> {
        ladder.steps.iter().find(|step| step.rung == rung).unwrap().missed.as_ref()
    }

    #[test]
    fn a_campaign_that_works_climbs_to_the_top() {
        let costs = (0..8).map(|id| (id, 1_000.0)).collect();
        let ladder = climb_live(&study(0.08, 0.0), &costs);
        assert_eq!(ladder.stands_on(), Some(Rung::Robust), "{:?}", ladder.steps);
        // The drift is common: the difference in changes is the effect, up to the waves.
        assert!((ladder.raw.unwrap().value - 0.08).abs() < 0.005);
        assert!((ladder.matched.unwrap().value - 0.08).abs() < 0.005);
        let effect = ladder.effect.as_ref().unwrap();
        // The quarter of the event has two of three months with the effect, the later five all.
        assert!((effect.by_town.value - 0.08 * (2.0 / 3.0 + 5.0) / 6.0).abs() < 0.01, "{:?}", effect.by_town);
        assert!(effect.p <= 0.05);
        // Six quarters of 600 cases each.
        assert!((effect.additional.0 - effect.by_town.value * 3_600.0).abs() < 1e-9);
        let (cost, lower, upper) = ladder.cost_per_case.unwrap();
        assert!((cost - 1_000.0 / effect.additional.0).abs() < 1e-9 && lower < cost && cost < upper);
        assert!(climb_live(&study(0.08, 0.0), &BTreeMap::new()).cost_per_case.is_none());
    }

    #[test]
    fn a_campaign_that_does_nothing_stays_below() {
        let ladder = climb_live(&study(0.0, 0.0), &BTreeMap::new());
        assert_eq!(missed(&ladder, Rung::Interval), Some(&Missed::IncludesZero));
        assert!(ladder.cost_per_case.is_none());
    }

    #[test]
    fn towns_on_another_course_before_fail_the_check() {
        let ladder = climb_live(&study(0.0, 0.004), &BTreeMap::new());
        assert_eq!(missed(&ladder, Rung::Interval), None);
        assert_eq!(missed(&ladder, Rung::Control), Some(&Missed::PreTrend), "{:?}", ladder.effect);
        assert!(ladder.stands_on() <= Some(Rung::Matched));
    }

    #[test]
    fn without_a_year_before_there_is_no_answer() {
        let mut study = study(0.08, 0.0);
        study.towns.iter_mut().filter(|t| t.with).for_each(|t| t.event = Some(start().plus(5)));
        let ladder = climb_live(&study, &BTreeMap::new());
        assert_eq!(missed(&ladder, Rung::Raw), Some(&Missed::NoTowns));
        assert_eq!(ladder.stands_on(), None);
    }
}
