use proptest::prelude::*;

use super::*;
use crate::stats::testing::close;

#[test]
fn five_units_by_hand() {
    // Treated 7 and 9, others 1, 4, 3: means 8 and 8/3. Of the ten pairs only the observed one is as far apart: sums of
    // pairs run from 4 to 16 around 9.6, and 4 (1 and 3) gives 2 - 20/3 = -14/3, nearer than 16/3.
    let found =
        permutation_test(&[7.0, 1.0, 9.0, 4.0, 3.0], &[true, false, true, false, false], Draws::All, 1, 0.8).unwrap();
    close(found.value, 16.0 / 3.0, 1e-12);
    assert_eq!((found.draws, found.extreme, found.exact), (10, 1, true));
    close(found.p, 0.1, 1e-12);
}

#[test]
fn ties_count() {
    // Two against two of 1, 2, 3, 4: {3, 4} and {1, 2} are equally far apart.
    let found = permutation_test(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true], Draws::All, 1, 0.95).unwrap();
    assert_eq!((found.extreme, found.draws), (2, 6));
    assert_eq!((found.lower, found.upper), (None, None));
    // A common level of a million and steps of 0.1 are no more distinct.
    let far = [1e6 + 0.1, 1e6 + 0.2, 1e6 + 0.3, 1e6 + 0.4];
    let found = permutation_test(&far, &[false, false, true, true], Draws::All, 1, 0.95).unwrap();
    assert_eq!(found.extreme, 2);
}

#[test]
fn whole_units_are_assigned() {
    // Units with 2, 1 and 3 rows; the mean is over rows: (10 + 6)/3 - 3/3, and so on for the other two choices.
    let units = [
        Unit { sum: 10.0, rows: 2.0, treated: true },
        Unit { sum: 6.0, rows: 1.0, treated: true },
        Unit { sum: 3.0, rows: 3.0, treated: false },
    ];
    let found = randomisation(&units, Draws::All, 1, 0.95).unwrap();
    close(found.value, 16.0 / 3.0 - 1.0, 1e-12);
    // The others: 13/5 - 6 = -3.4 and 9/4 - 5 = -2.75.
    assert_eq!((found.extreme, found.draws), (1, 3));
    close(found.spread, ((4.333_333_333_333_333f64.powi(2) + 3.4f64.powi(2) + 2.75f64.powi(2)) / 3.0).sqrt(), 1e-12);
}

#[test]
fn refusals() {
    let run = |y: &[f64], d: &[bool], draws| permutation_test(y, d, draws, 1, 0.95).err();
    assert_eq!(run(&[1.0, 2.0], &[false, false], Draws::All), Some(PermutationRefusal::NoneTreated));
    assert_eq!(run(&[1.0, 2.0], &[true, true], Draws::All), Some(PermutationRefusal::NoneUntreated));
    assert_eq!(run(&[0.1, 0.1, 0.1], &[true, false, false], Draws::All), Some(PermutationRefusal::NoVariation));
    assert_eq!(run(&[f64::NAN, 1.0], &[true, false], Draws::All), Some(PermutationRefusal::NonFinite));
    assert_eq!(run(&[1.0, 2.0], &[true, false], Draws::Number(5)), None);
    let (y, d): (Vec<f64>, Vec<bool>) = (0..60).map(|i| (f64::from(i), i % 2 == 0)).unzip();
    assert_eq!(run(&y, &d, Draws::Number(5)), Some(PermutationRefusal::FewDraws));
    assert_eq!(run(&y, &d, Draws::All), Some(PermutationRefusal::ManyAssignments { units: 60, treated: 30 }));
    assert_eq!(
        permutation_test(&[1.0, 2.0], &[true, false], Draws::All, 1, 1.0).err(),
        Some(PermutationRefusal::InvalidLevel)
    );
}

#[test]
fn numbers_of_choices() {
    assert_eq!(combinations(5, 2, 100), Some(10));
    assert_eq!(combinations(40, 20, 137_846_528_820), Some(137_846_528_820));
    assert_eq!(combinations(40, 20, 137_846_528_819), None);
    assert_eq!(combinations(10_000, 5_000, u64::MAX), None);
    assert_eq!(combinations(7, 7, 10), Some(1));
}

#[test]
fn every_remainder_is_equally_likely() {
    let mut random = Halves { random: Random::new(8, 0), rest: None };
    let mut counts = [0; 7];
    (0..70_000).for_each(|_| counts[random.below(7) as usize] += 1);
    // Chi-square with 6 degrees of freedom: 22.5 has probability 0.001.
    let chi: f64 = counts.iter().map(|n| (f64::from(*n) - 10_000.0).powi(2) / 10_000.0).sum();
    assert!(chi < 22.5, "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_choices_agree_with_all(seed in 0u64..500, k in 1usize..12) {
        let mut random = Random::new(seed, 99);
        let units: Vec<Unit> = (0..13)
            .map(|i| Unit { sum: random.normal() * 3.0, rows: 1.0 + (i % 3) as f64, treated: i < k })
            .collect();
        let all = randomisation(&units, Draws::All, 1, 0.9).unwrap();
        let n = combinations(13, k, u64::MAX).unwrap();
        prop_assert_eq!(all.draws, n);
        prop_assume!(n > 700);
        let draws = 700;
        let some = randomisation(&units, Draws::Number(draws), seed, 0.9).unwrap();
        prop_assert!(!some.exact);
        let error = (all.p * (1.0 - all.p) / draws as f64).sqrt();
        prop_assert!((some.p - all.p).abs() < 5.0 * error + 2.0 / draws as f64, "{} {}", some.p, all.p);
        prop_assert!((some.spread / all.spread - 1.0).abs() < 0.3);
    }

    #[test]
    fn the_interval_moves_with_the_treated(seed in 0u64..500, shift in -5.0..5.0f64) {
        let mut random = Random::new(seed, 3);
        let treated: Vec<bool> = (0..10).map(|i| i % 2 == 0).collect();
        let y: Vec<f64> = treated.iter().map(|_| random.normal()).collect();
        let moved: Vec<f64> = y.iter().zip(&treated).map(|(y, d)| if *d { y + shift } else { *y }).collect();
        let (one, two) = (
            permutation_test(&y, &treated, Draws::All, 1, 0.9).unwrap(),
            permutation_test(&moved, &treated, Draws::All, 1, 0.9).unwrap(),
        );
        prop_assert!((two.value - one.value - shift).abs() < 1e-9);
        prop_assert!((two.lower.unwrap() - one.lower.unwrap() - shift).abs() < 1e-6);
        prop_assert!((two.upper.unwrap() - one.upper.unwrap() - shift).abs() < 1e-6);
    }
}
