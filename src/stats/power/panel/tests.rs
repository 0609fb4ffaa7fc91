use super::*;
use crate::stats::power::variates::beta;
use crate::stats::power::{Plan, Spread};
use crate::stats::testing::close;

/// One period each.
fn single(counts: &[(u64, u64)]) -> Counts {
    Counts::new(&counts.iter().map(|c| vec![Some(*c)]).collect::<Vec<_>>())
}

#[test]
fn towns_are_described_by_hand() {
    // Mean 0.3, variance 0.025, h = 0.1: (0.025 / 0.21 - 0.1) / 0.9.
    let towns = single(&[(1, 10), (2, 10), (3, 10), (4, 10), (5, 10)]).describe(0, 1).unwrap();
    close(towns.base, 0.3, 1e-14);
    close(towns.icc, (0.025 / 0.21 - 0.1) / 0.9, 1e-12);
    close(towns.cases, 10.0, 1e-14);
    close(towns.sd, 0.025f64.sqrt(), 1e-14);
    // Python, exact fractions.
    let towns = single(&[(1, 4), (4, 10), (5, 20), (20, 40), (3, 8)]).describe(0, 1).unwrap();
    close(towns.base, 0.355, 1e-14);
    close(towns.icc, -0.067_777_626_476_566_92, 1e-12);
    close(towns.cases, 100.0 / 11.0, 1e-14);
    close(towns.mean_cases, 16.4, 1e-14);
    close(towns.sd, 0.106_653_645_038_507_7, 1e-12);
}

#[test]
fn stretches_are_complete_and_their_changes_are_compared() {
    // Shares of two periods: changes 0.1, 0.2, 0.3, 0.4, 0.5 in the first pair of periods, none in the second.
    let mut lists: Vec<Vec<Option<(u64, u64)>>> =
        (1..=5).map(|k| vec![Some((2, 20)), Some((2 + 2 * k, 20)), Some((2 + 2 * k, 20))]).collect();
    let towns = Counts::new(&lists).describe(1, 1).unwrap();
    // Variances 0.025 and 0.
    close(towns.sd, 0.0125f64.sqrt(), 1e-12);
    assert_eq!((towns.stretches, towns.towns, towns.used), (2, (5, 5), 5));
    // A town that lacks the last month, and one without a case in it, are in the first stretch only: five are left.
    lists.extend([vec![Some((1, 9)), Some((2, 9)), None], vec![Some((1, 9)), Some((2, 9)), Some((0, 0))]]);
    let towns = Counts::new(&lists).describe(1, 1).unwrap();
    assert_eq!((towns.stretches, towns.towns, towns.used), (2, (5, 7), 7));
    // Over both months the empty one does no harm, the missing one does.
    assert_eq!(Counts::new(&lists).describe(1, 2).unwrap().used, 6);
}

#[test]
fn where_a_town_has_no_room_the_others_go_further() {
    // 0.1 + 2 c = 0.6.
    close(filled(vec![0.5, 0.1, 0.5], 0.2).unwrap(), 0.25, 1e-14);
    close(filled(vec![0.5, 0.1, 0.5], 0.1).unwrap(), 0.1, 1e-14);
    assert!(filled(vec![0.5, 0.1, 0.5], 1.1 / 3.0).is_some());
    assert_eq!(filled(vec![0.5, 0.1, 0.5], 0.37), None);
}

/// Towns whose own share is drawn once from a beta distribution with mean 0.4; each has 50 cases a period.
fn world(towns: u64, periods: usize, icc: f64) -> (Counts, Vec<f64>) {
    let mut random = Random::new(11, 0);
    let size = 1.0 / icc - 1.0;
    let own: Vec<f64> = (0..towns).map(|_| beta(&mut random, 0.4 * size, 0.6 * size)).collect();
    let mut cells = |p: f64| (0..periods).map(|_| Some((binomial(&mut random, 50, p), 50))).collect::<Vec<_>>();
    let lists: Vec<_> = own.iter().map(|p| cells(*p)).collect();
    (Counts::new(&lists), own)
}

#[test]
fn a_world_of_known_correlation_is_recognised_and_agrees_with_the_formula() {
    let (counts, own) = world(300, 24, 0.04);
    let towns = counts.describe(0, 12).unwrap();
    // The correlation of these very towns: the variance of their own shares over p (1 - p).
    let p = mean(own.iter().copied());
    assert!((towns.base - p).abs() < 0.003 && (towns.cases - 50.0).abs() < 1e-9);
    assert!((towns.icc - spread(own.iter().copied()) / (p * (1.0 - p))).abs() < 0.002, "{towns:?}");
    let (level, worlds) = (0.95, 4_000);
    let rollout = Rollout { treated: 40, untreated: 40, before: 0, after: 12, level };
    let trial = counts.trial(rollout).unwrap();
    let plan = Plan {
        base: towns.base,
        effect: 0.06,
        treated: 40,
        untreated: 40,
        periods: 12,
        cases: towns.cases,
        icc: towns.icc,
        level,
    };
    let error = |p: f64| (p * (1.0 - p) / worlds as f64).sqrt();
    let (formula, found) = (plan.power().unwrap(), trial.simulate(0.06, worlds, 5).unwrap());
    // Beside the Monte Carlo error: the t quantile of 78 degrees of freedom, worth half a percentage point here.
    assert!((formula - found).abs() < 3.0 * error(formula) + 0.01, "{formula} {found}");
    let alarms = trial.simulate(0.0, worlds, 5).unwrap();
    assert!((alarms - 0.05).abs() < 3.0 * error(0.05), "{alarms}");
    // Changes of towns whose own share stays: only the binomial variance of both years is left.
    let towns = counts.describe(12, 12).unwrap();
    let binomial = mean(own.iter().map(|p| p * (1.0 - p) * 2.0 / 600.0));
    assert!((towns.sd.powi(2) / binomial - 1.0).abs() < 0.25, "{towns:?} {binomial}");
    let trial = counts.trial(Rollout { before: 12, ..rollout }).unwrap();
    let effect = -0.018;
    let spread = Spread { sd: towns.sd, effect, reach: p, treated: 40, untreated: 40, level };
    let (formula, found) = (spread.power().unwrap(), trial.simulate(effect, worlds, 5).unwrap());
    // The cases that cease add a little noise of their own: 0.018 · (1 - 0.018/0.4) / 600, a tenth of the binomial.
    assert!((formula - found).abs() < 3.0 * error(formula) + 0.05, "{formula} {found}");
    let alarms = trial.simulate(0.0, worlds, 5).unwrap();
    assert!((alarms - 0.05).abs() < 3.0 * error(0.05), "{alarms}");
}

#[test]
fn worlds_are_repeatable_whatever_the_threads() {
    let (counts, _) = world(30, 6, 0.1);
    let trial = counts.trial(Rollout { treated: 5, untreated: 9, before: 2, after: 2, level: 0.9 }).unwrap();
    let found = trial.simulate(0.1, 500, 7).unwrap();
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(alone.install(|| trial.simulate(0.1, 500, 7).unwrap()), found);
    assert_ne!(trial.simulate(0.1, 500, 8).unwrap(), found);
    // An effect as large as can be is always found.
    assert_eq!(trial.simulate(trial.reach(true), 200, 7).unwrap(), 1.0);
    assert_eq!(trial.simulate(-trial.reach(false), 200, 7).unwrap(), 1.0);
}

#[test]
fn more_towns_than_the_panel_has_are_drawn_again() {
    let (counts, _) = world(20, 4, 0.05);
    let rollout = Rollout { treated: 10, untreated: 10, before: 0, after: 2, level: 0.95 };
    assert!(!counts.trial(rollout).unwrap().replaced);
    let trial = counts.trial(Rollout { untreated: 30, ..rollout }).unwrap();
    assert!(trial.replaced);
    let alarms = trial.simulate(0.0, 4_000, 2).unwrap();
    assert!((alarms - 0.05).abs() < 4.0 * (0.05f64 * 0.95 / 4_000.0).sqrt(), "{alarms}");
}

#[test]
fn refusals() {
    let (counts, _) = world(8, 4, 0.05);
    assert_eq!(counts.describe(2, 3), Err(PanelRefusal::Short { found: 4, needed: 5 }));
    assert_eq!(counts.describe(2, 0), Err(PanelRefusal::Short { found: 4, needed: 3 }));
    assert_eq!(single(&[(1, 2); 4]).describe(0, 1), Err(PanelRefusal::FewTowns { found: 4 }));
    assert_eq!(single(&[(0, 9); 6]).describe(0, 1), Err(PanelRefusal::Extreme));
    assert_eq!(single(&[(1, 1), (0, 1), (1, 1), (0, 1), (0, 1)]).describe(0, 1), Err(PanelRefusal::OneCase));
    assert_eq!(Counts::new(&[]).describe(0, 1), Err(PanelRefusal::Short { found: 0, needed: 1 }));
    let rollout = Rollout { treated: 3, untreated: 3, before: 0, after: 2, level: 0.95 };
    let trial = counts.trial(rollout).unwrap();
    assert!(matches!(trial.simulate(0.9, 100, 1), Err(PanelRefusal::Unreachable { .. })));
    assert!(matches!(trial.simulate(-0.9, 100, 1), Err(PanelRefusal::Unreachable { .. })));
    for (treated, untreated) in [(0, 5), (5, 0), (1, 1)] {
        assert_eq!(counts.trial(Rollout { treated, untreated, ..rollout }), Err(PanelRefusal::FewUnits));
    }
    assert_eq!(counts.trial(Rollout { level: 95.0, ..rollout }), Err(PanelRefusal::InvalidLevel));
}
