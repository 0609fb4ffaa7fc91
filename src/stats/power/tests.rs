use super::*;
use crate::stats::testing::close;

fn plan() -> Plan {
    Plan { base: 0.2, effect: 0.05, treated: 20, untreated: 20, periods: 12, cases: 1.0, icc: 0.02, level: 0.95 }
}

/// statsmodels 0.15, `power_proportions_2indep` with the cases of a group divided by the design effect.
#[test]
fn power_agrees_with_statsmodels() {
    close(plan().power().unwrap(), 0.220_320_817_207_844_9, 1e-12);
    let other = Plan { treated: 100, untreated: 300, periods: 6, cases: 30.0, icc: 0.05, level: 0.9, ..plan() };
    close(other.power().unwrap(), 0.997_022_507_694_656_7, 1e-12);
    let down =
        Plan { base: 0.6, effect: -0.1, treated: 20, untreated: 10, periods: 3, cases: 5.0, icc: 0.0, level: 0.95 };
    close(down.power().unwrap(), 0.517_976_938_793_389_1, 1e-12);
    close(plan().design_effect(), 1.22, 1e-14);
}

#[test]
fn what_is_needed_is_just_enough() {
    let wanted = 0.8;
    let effect = plan().smallest_effect(wanted).unwrap().unwrap();
    close(Plan { effect, ..plan() }.power().unwrap(), wanted, 1e-9);
    let units = plan().units_needed(wanted).unwrap().unwrap();
    assert_eq!(units, 223);
    assert!(plan().with_units(units).power().unwrap() >= wanted);
    assert!(plan().with_units(units - 1).power().unwrap() < wanted);
    // With differences between towns, months alone never suffice here; without, they do.
    assert_eq!(plan().periods_needed(wanted).unwrap(), None);
    let alike = Plan { icc: 0.0, ..plan() };
    let periods = alike.periods_needed(wanted).unwrap().unwrap();
    assert!(Plan { periods, ..alike }.power().unwrap() >= wanted);
    assert!(Plan { periods: periods - 1, ..alike }.power().unwrap() < wanted);
    let tiny = Plan { treated: 1, untreated: 1, periods: 1, ..plan() };
    assert_eq!(tiny.smallest_effect(0.99).unwrap(), None);
}

#[test]
fn simulation_agrees_with_the_formula_where_towns_are_many() {
    let plan = Plan { treated: 60, untreated: 60, periods: 12, cases: 40.0, icc: 0.03, ..plan() };
    let (formula, found) = (plan.power().unwrap(), plan.simulate(2_000, 4).unwrap());
    assert!((formula - found).abs() < 3.0 * (formula * (1.0 - formula) / 2_000.0).sqrt() + 0.02, "{formula} {found}");
    assert_eq!(found, plan.simulate(2_000, 4).unwrap());
    // Under no difference to speak of, the test keeps its level.
    let none = Plan { effect: 1e-9, treated: 8, untreated: 8, ..plan };
    let found = none.simulate(4_000, 9).unwrap();
    assert!((found - 0.05).abs() < 4.0 * (0.05f64 * 0.95 / 4_000.0).sqrt(), "{found}");
}

#[test]
fn random_variates_have_their_moments() {
    let mut random = Random::new(2, 0);
    let n = 20_000;
    let moments = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64)
    };
    // Beta(2, 6): mean 1/4, variance 2·6 / (64·9); Beta(0.3, 0.7): mean 0.3, variance 0.21/2.
    for (a, b) in [(2.0, 6.0), (0.3, 0.7)] {
        let values: Vec<f64> = (0..n).map(|_| beta(&mut random, a, b)).collect();
        let (mean, variance) = moments(&values);
        let wanted = a * b / ((a + b) * (a + b) * (a + b + 1.0));
        assert!((mean - a / (a + b)).abs() < 4.0 * (wanted / f64::from(n)).sqrt());
        assert!((variance / wanted - 1.0).abs() < 0.06, "{variance} {wanted}");
    }
    for (count, p) in [(12, 0.3), (1_000, 0.04), (1_000, 0.97)] {
        let values: Vec<f64> = (0..n).map(|_| binomial(&mut random, count, p) as f64).collect();
        let (mean, variance) = moments(&values);
        let wanted = count as f64 * p * (1.0 - p);
        assert!((mean - count as f64 * p).abs() < 4.0 * (wanted / f64::from(n)).sqrt());
        assert!((variance / wanted - 1.0).abs() < 0.06, "{variance} {wanted}");
    }
}

#[test]
fn refusals() {
    let of = |plan: Plan| plan.power().err();
    assert_eq!(of(Plan { base: 0.98, ..plan() }), Some(PowerRefusal::Share));
    assert_eq!(of(Plan { base: f64::NAN, ..plan() }), Some(PowerRefusal::Share));
    assert_eq!(of(Plan { effect: 0.0, ..plan() }), Some(PowerRefusal::NoEffect));
    assert_eq!(of(Plan { treated: 0, ..plan() }), Some(PowerRefusal::EmptyGroup));
    assert_eq!(of(Plan { icc: 1.0, ..plan() }), Some(PowerRefusal::Icc));
    assert_eq!(of(Plan { level: 95.0, ..plan() }), Some(PowerRefusal::InvalidLevel));
    assert_eq!(plan().units_needed(1.0), Err(PowerRefusal::InvalidLevel));
    assert_eq!(Plan { treated: 1, untreated: 1, ..plan() }.simulate(10, 1), Err(PowerRefusal::FewUnits));
}
