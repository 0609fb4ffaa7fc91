use super::super::fixed_effects::example::{pairs, panel};
use super::super::fixed_effects::two_way;
use super::*;
use crate::stats::testing::close;

fn fitted(y: &[f64]) -> (Fit, Vec<u32>) {
    let p = panel();
    (two_way(y, &[&p.treated, &p.x], &p.unit, &p.time).unwrap(), p.unit)
}

#[test]
fn all_combinations_agree_with_wildboottest() {
    // wildboottest 0.3.2, all 2^6 and 2^3 combinations: none is strictly more extreme; 2 of 64 and 2 of 8 are ties.
    let (fit, unit) = fitted(&panel().y);
    let run = |clusters: &[u32]| wild_bootstrap(&fit, clusters, 0, Weights::Rademacher, Draws::All, 1, 0.95).unwrap();
    let found = run(&unit);
    assert_eq!((found.draws, found.enumerated, found.clusters), (64, true, 6));
    close(found.p_ties, 2.0 / 64.0, 1e-12);
    assert_eq!(found.p, 0.0);
    close(found.estimate.se, 2.536_573_009_449_41, 1e-11);
    let found = run(&pairs(&unit));
    assert_eq!((found.p, found.p_ties, found.draws), (0.0, 0.25, 8));
}

#[test]
fn draws_bracket_the_enumeration() {
    let (fit, unit) = fitted(&[
        11.0, 15.0, 19.0, 27.0, 13.0, 21.0, 16.0, 21.0, 23.0, 16.0, 22.0, 26.0, 28.0, 12.0, 30.0, 37.0, 24.0, 32.0,
        31.0, 24.0, 20.0, 40.0, 27.0, 27.0, 39.0, 34.0, 33.0,
    ]);
    let all = wild_bootstrap(&fit, &unit, 0, Weights::Rademacher, Draws::Number(64), 1, 0.9).unwrap();
    assert!(all.enumerated);
    // Fewer draws than combinations: at random. Three Monte Carlo errors.
    let (webb, again) = {
        let run = |seed| wild_bootstrap(&fit, &unit, 0, Weights::Webb, Draws::Number(4_000), seed, 0.9).unwrap();
        (run(3), run(3))
    };
    assert_eq!(webb, again);
    assert!(!webb.enumerated);
    let few = wild_bootstrap(&fit, &unit, 0, Weights::Webb, Draws::All, 1, 0.9).unwrap();
    assert_eq!(few.draws, 46_656);
    assert!((webb.p - few.p).abs() < 3.0 * (few.p * (1.0 - few.p) / 4_000.0).sqrt(), "{} {}", webb.p, few.p);
}

#[test]
fn limits_are_where_the_test_begins_to_reject() {
    let y = panel().y;
    let (fit, unit) = fitted(&y);
    let found = wild_bootstrap(&fit, &unit, 0, Weights::Webb, Draws::All, 1, 0.8).unwrap();
    for (limit, outward) in [(found.lower.unwrap(), -1.0), (found.upper.unwrap(), 1.0)] {
        let p_at = |value: f64| {
            let p = panel();
            let moved: Vec<f64> = y.iter().zip(&p.treated).map(|(y, d)| y - value * d).collect();
            wild_bootstrap(&fitted(&moved).0, &unit, 0, Weights::Webb, Draws::All, 1, 0.8).unwrap().p
        };
        let step = 1e-4 * found.estimate.se;
        assert!(p_at(limit - outward * step) > 0.2 && p_at(limit + outward * step) <= 0.2 + 1e-3);
    }
}

#[test]
fn scale_and_level_of_the_outcome_do_not_matter() {
    let y = panel().y;
    let moved: Vec<f64> = y.iter().map(|y| 1e4 + 250.0 * y).collect();
    let run = |y: &[f64]| {
        let (fit, unit) = fitted(y);
        wild_bootstrap(&fit, &unit, 0, Weights::Webb, Draws::Number(999), 7, 0.95).unwrap()
    };
    let (one, two) = (run(&y), run(&moved));
    assert_eq!((one.p, one.p_ties), (two.p, two.p_ties));
    close(two.lower.unwrap(), 250.0 * one.lower.unwrap(), 1e-5);
}

#[test]
fn refusals() {
    let (fit, unit) = fitted(&panel().y);
    let run = |draws, level| wild_bootstrap(&fit, &unit, 0, Weights::Rademacher, draws, 1, level).err();
    assert_eq!(run(Draws::Number(10), 0.95), Some(BootstrapRefusal::FewDraws));
    assert_eq!(run(Draws::All, 95.0), Some(BootstrapRefusal::InvalidLevel));
    let rows: Vec<u32> = (0..27).collect();
    let run = |draws| wild_bootstrap(&fit, &rows, 0, Weights::Webb, draws, 1, 0.95).err();
    assert_eq!(run(Draws::Number(MOST_DRAWS + 1)), Some(BootstrapRefusal::ManyDraws));
    assert_eq!(run(Draws::All), Some(BootstrapRefusal::ManyCombinations { clusters: 27 }));
}
