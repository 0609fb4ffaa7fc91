use std::collections::BTreeMap;

use super::*;
use crate::compare::ladder::tests::live;
use crate::compare::ladder::{LiveLadder, Town, climb_live};

/// The share of a town in the quarter that begins `months` after the start.
fn share(town: &Town, months: i32) -> f64 {
    let course = &town.courses[0];
    let first = *course.months.keys().next().unwrap();
    course.between(first.plus(months), first.plus(months + 2)).unwrap().rate()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn course(ladder: &LiveLadder) -> &[CoursePoint] {
    &ladder.effect.as_ref().unwrap().course
}

#[test]
fn every_quarter_is_a_difference_of_mean_changes_since_the_one_before_the_event() {
    let mut study = live::study(0.06, 0.0);
    // Three of the eight campaigns begin two quarters later: quarters 6 and 8 of 0 to 11.
    for town in study.towns.iter_mut().filter(|t| t.with && t.id >= 5) {
        town.event = town.event.map(|event| event.plus(6));
    }
    let ladder = climb_live(&study, &BTreeMap::new());
    let points = course(&ladder);
    assert_eq!(points.iter().map(|p| p.quarter).collect::<Vec<_>>(), (-8..=5).collect::<Vec<_>>());
    let without: Vec<&Town> = study.towns.iter().filter(|t| !t.with).collect();
    for point in points {
        let (mut sum, mut n) = (0.0, 0);
        for (cohort, late) in [(6, false), (8, true)] {
            let at = cohort + point.quarter;
            if !(0..12).contains(&at) {
                continue;
            }
            let change = |t: &Town| share(t, 3 * at) - share(t, 3 * (cohort - 1));
            let of: Vec<&Town> = study.towns.iter().filter(|t| t.with && (t.id >= 5) == late).collect();
            let effect = mean(of.iter().map(|t| change(t))) - mean(without.iter().map(|t| change(t)));
            sum += effect * of.len() as f64;
            n += of.len();
        }
        assert_eq!((point.units, point.towns), (n, n), "{point:?}");
        let expected = sum / n as f64;
        match point.effect {
            Some(e) => assert!((e.value - expected).abs() < 1e-12, "{point:?} {expected}"),
            None => assert!(point.quarter == CoursePoint::REFERENCE && expected.abs() < 1e-12, "{point:?}"),
        }
        assert_eq!(point.effect.is_some(), point.band.is_some());
        if let Some((e, (lower, upper))) = point.effect.zip(point.band) {
            assert!(lower <= e.lower && e.upper <= upper, "the band is no narrower: {point:?}");
        }
    }
    assert_eq!(ladder.effect.as_ref().unwrap().complete, (8, 8));
}

#[test]
fn few_towns_give_an_estimate_but_no_course() {
    let mut study = live::study(0.06, 0.0);
    study.towns.retain(|t| !t.with || t.id < 4);
    let few = climb_live(&study, &BTreeMap::new());
    assert!(course(&few).is_empty());
    assert_eq!(few.effect.as_ref().unwrap().complete, (4, 8));
    // A town that misses a month has no complete course.
    let mut study = live::study(0.06, 0.0);
    let month = *study.towns[0].courses[0].months.keys().next().unwrap();
    study.towns[0].courses[0].months.remove(&month.plus(4));
    let gap = climb_live(&study, &BTreeMap::new());
    assert_eq!(gap.effect.as_ref().unwrap().complete, (7, 8));
    assert!(course(&gap).iter().all(|p| p.towns == 7));
}

#[test]
fn the_draws_of_the_band_do_not_depend_on_anything_else() {
    let [a, b] = [(); 2].map(|()| climb_live(&live::study(0.06, 0.0), &BTreeMap::new()));
    assert_eq!(course(&a), course(&b));
}

/// The check before the event looks at the same distances as the course.
#[test]
fn how_far_apart_the_towns_were_is_the_mean_square_of_the_quarters_before() {
    let mut study = live::study(0.06, 0.0);
    for town in study.towns.iter_mut().filter(|t| t.with && t.id >= 5) {
        town.event = town.event.map(|event| event.plus(6));
    }
    let ladder = climb_live(&study, &BTreeMap::new());
    let before: Vec<f64> = course(&ladder)
        .iter()
        .filter(|point| point.quarter < CoursePoint::REFERENCE)
        .map(|point| point.effect.unwrap().value.powi(2))
        .collect();
    let found = ladder.effect.as_ref().unwrap().pretest.unwrap();
    assert!((found.apart - mean(before.iter().copied()).sqrt()).abs() < 1e-12, "{found:?} {before:?}");
    assert_eq!(found.quarters, before.len());
    let alike = climb_live(&live::study(0.06, 0.0), &BTreeMap::new());
    assert!(alike.effect.as_ref().unwrap().pretest.unwrap().p > 0.05);
    // Towns with the event that had been growing by a point a month before it.
    let growing = climb_live(&live::study(0.0, 0.01), &BTreeMap::new());
    let found = growing.effect.as_ref().unwrap().pretest.unwrap();
    assert!(found.p <= 0.05 && found.apart > 0.03, "{found:?}");
}
