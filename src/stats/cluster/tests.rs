#![allow(clippy::unwrap_used)]

use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

fn clusters(pairs: &[(u32, u32)]) -> Vec<Cluster> {
    pairs.iter().map(|&(n, d)| Cluster { numerator: n.into(), denominator: d.into() }).collect()
}

fn first() -> Vec<Cluster> {
    clusters(&[(12, 40), (30, 50), (5, 10), (60, 200), (9, 30)])
}

fn second() -> Vec<Cluster> {
    clusters(&[(3, 20), (10, 100), (8, 30), (1, 25), (22, 150), (0, 10), (4, 16)])
}

// Expected values of the next two tests: exact fractions (Python's `fractions`), for example
// 116/330 and variance 1602060308209/250715556000000 for the first group; t(4) = 2.7764451051977943.
#[test]
fn pooled_rate_agrees_with_exact_fractions() {
    let r = pooled_rate(&first(), 0.95).unwrap();
    close(r.value, 116.0 / 330.0, 1e-15);
    close(r.se, (1_602_060_308_209.0 / 250_715_556_000_000.0f64).sqrt(), 1e-13);
    close(r.lower, 0.129_573_976_518_044_13, 1e-12);
    close(r.upper, 0.573_456_326_512_258_9, 1e-12);
    assert_eq!((r.df, r.clusters, r.dropped, r.method), (4.0, 5, 0, "jackknife"));
    // 330² / (40² + 50² + 10² + 200² + 30²) = 108900 / 45100.
    close(r.effective_clusters, 108_900.0 / 45_100.0, 1e-14);
    let r = pooled_rate(&second(), 0.95).unwrap();
    close(r.value, 48.0 / 351.0, 1e-15);
    close(r.se, 0.021_062_617_088_830_482, 1e-13);
}

#[test]
fn contrasts_agree_with_exact_fractions() {
    let d = difference(&first(), &second(), 0.95).unwrap();
    close(d.value, 0.214_763_014_763_014_76, 1e-14);
    close(d.se, 0.082_665_504_281_905_07, 1e-13);
    close(d.lower, -0.014_753_219_969_187_87, 1e-11);
    close(d.upper, 0.444_279_249_495_217_4, 1e-12);
    assert_eq!((d.df, d.clusters, d.method), (4.0, [5, 7], "jackknife_difference"));
    let r = ratio(&first(), &second(), 0.95).unwrap();
    close(r.value, 2.570_454_545_454_545_5, 1e-14);
    close(r.se, 0.274_656_950_524_646_9, 1e-13);
    close(r.lower, 1.199_029_888_164_121_2, 1e-12);
    close(r.upper, 5.510_485_297_713_902, 1e-12);
    assert_eq!((r.df, r.method), (4.0, "jackknife_log_ratio"));
}

#[test]
fn mean_of_ratios_by_hand() {
    // Rates 0.1 to 0.5: mean 0.3, s² = 0.1/4, se = √0.005; t(4) at 90 % = 2.131846786326649 (printed: 2.132).
    let r = mean_of_ratios(&clusters(&[(1, 10), (4, 20), (9, 30), (2, 5), (50, 100)]), 0.9).unwrap();
    close(r.value, 0.3, 1e-14);
    close(r.se, 0.005f64.sqrt(), 1e-14);
    close(r.upper, 0.3 + 2.131_846_786_326_649 * 0.005f64.sqrt(), 1e-12);
    assert_eq!((r.clusters, r.effective_clusters, r.method), (5, 5.0, "mean_of_ratios"));
}

#[test]
fn a_share_does_not_fall_below_zero_but_a_difference_may() {
    let rare = clusters(&[(0, 100), (0, 90), (1, 110), (0, 95), (0, 105)]);
    assert_eq!(pooled_rate(&rare, 0.95).unwrap().lower, 0.0);
    assert_eq!(mean_of_ratios(&rare, 0.95).unwrap().lower, 0.0);
    assert!(difference(&rare, &second(), 0.95).unwrap().lower < -0.1);
    // A rate above 1 is possible (several cases per head) and not capped.
    assert!(pooled_rate(&clusters(&[(9, 5), (3, 2), (7, 5), (12, 9), (1, 1)]), 0.95).unwrap().upper > 1.0);
}

/// Each cluster left out by hand.
#[test]
fn the_range_when_one_cluster_is_left_out() {
    let (a, b) = (first(), second());
    let rate = |list: &[Cluster], out: Option<usize>| {
        let rest = list.iter().enumerate().filter(|(at, _)| Some(*at) != out).map(|(_, c)| c);
        let (x, n) = rest.fold((0.0, 0.0), |(x, n), c| (x + c.numerator, n + c.denominator));
        x / n
    };
    let pairs = (0..a.len()).map(|out| (rate(&a, Some(out)), rate(&b, None)));
    let pairs: Vec<(f64, f64)> = pairs.chain((0..b.len()).map(|out| (rate(&a, None), rate(&b, Some(out))))).collect();
    for (found, of) in
        [(difference(&a, &b, 0.95), (|(a, b)| a - b) as fn(&(f64, f64)) -> f64), (ratio(&a, &b, 0.95), |(a, b)| a / b)]
    {
        let (low, high) = found.unwrap().left_out.unwrap();
        let wanted: Vec<f64> = pairs.iter().map(of).collect();
        let end = |pick: fn(f64, f64) -> f64| wanted.iter().copied().reduce(pick).unwrap();
        assert!((low - end(f64::min)).abs() < 1e-12 && (high - end(f64::max)).abs() < 1e-12, "{low} {high} {wanted:?}");
    }
}

#[test]
fn clusters_without_denominator_are_dropped_and_counted() {
    let mut with = first();
    with.insert(2, Cluster { numerator: 0.0, denominator: 0.0 });
    let r = pooled_rate(&with, 0.95).unwrap();
    assert_eq!((r.clusters, r.dropped), (5, 1));
    assert_eq!(r.value, pooled_rate(&first(), 0.95).unwrap().value);
    assert_eq!(mean_of_ratios(&with, 0.95).unwrap().dropped, 1);
    assert_eq!(difference(&second(), &with, 0.95).unwrap().dropped, [0, 1]);
    assert_eq!(ratio(&with, &second(), 0.95).unwrap().dropped, [1, 0]);
}

#[test]
fn refusals() {
    let nothing = Cluster { numerator: 0.0, denominator: 0.0 };
    let mut four = first();
    four.pop();
    four.push(nothing);
    let few = Refusal::FewClusters { found: 4, needed: 5 };
    let flat = clusters(&[(1, 10), (2, 20), (3, 30), (7, 70), (9, 90)]);
    let zero = clusters(&[(0, 10), (0, 20), (0, 30), (0, 70), (0, 90)]);
    for (input, wanted) in [
        (vec![], Refusal::EmptyInput),
        (vec![nothing; 9], Refusal::ZeroDenominator),
        (four, few),
        (flat, Refusal::NoVariation),
        (zero.clone(), Refusal::NoVariation),
        (vec![Cluster { numerator: -1.0, denominator: 3.0 }; 6], Refusal::Negative),
        (vec![Cluster { numerator: f64::NAN, denominator: 3.0 }; 6], Refusal::NonFinite),
        (vec![Cluster { numerator: 1.0, denominator: f64::INFINITY }; 6], Refusal::NonFinite),
    ] {
        assert_eq!(pooled_rate(&input, 0.95), Err(wanted));
        assert_eq!(mean_of_ratios(&input, 0.95), Err(wanted));
        assert_eq!(difference(&input, &first(), 0.95), Err(wanted));
        assert_eq!(difference(&first(), &input, 0.95), Err(wanted));
        if input != zero {
            assert_eq!(ratio(&first(), &input, 0.95), Err(wanted));
        }
    }
    assert_eq!(ratio(&first(), &zero, 0.95), Err(Refusal::ZeroRate));
    assert_eq!(ratio(&zero, &first(), 0.95), Err(Refusal::ZeroRate));
    assert_eq!(pooled_rate(&first(), 95.0), Err(Refusal::InvalidLevel));
    assert_eq!(pooled_rate(&[], f64::NAN), Err(Refusal::InvalidLevel));
}

#[test]
fn one_overwhelming_cluster_leaves_no_rounding_noise() {
    // Without the giant the rate is exactly 1/4, with it 1/2: only that replicate differs (by hand:
    // se = √(4/5) · √(Σ (R_i - mean)²) with four replicates near 1/2 and one of 1/4 = 0.8 · 0.25).
    let mut input = vec![Cluster { numerator: 1.0, denominator: 4.0 }; 4];
    input.push(Cluster { numerator: 5e17, denominator: 1e18 });
    let r = pooled_rate(&input, 0.95).unwrap();
    close(r.se, 0.2, 1e-9);
    close(r.effective_clusters, 1.0, 1e-9);
}

fn towns(least: usize) -> impl Strategy<Value = Vec<Cluster>> {
    prop::collection::vec((1u32..80_000_000, 0.01..0.99f64), least..40).prop_map(|rows| {
        rows.into_iter().map(|(d, p)| Cluster { numerator: (f64::from(d) * p).ceil(), denominator: d.into() }).collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_clusters_does_not_matter(input in towns(6), by in 1usize..6) {
        let a = pooled_rate(&input, 0.95).unwrap();
        let mut turned = input.clone();
        turned.rotate_left(by);
        turned.swap(0, 1);
        let b = pooled_rate(&turned, 0.95).unwrap();
        close(a.value, b.value, 1e-12);
        prop_assert!((a.se - b.se).abs() <= 1e-9 * a.se + 1e-13 * a.value);
    }

    // With equal denominators the jackknife of the pooled rate is the t interval of the mean.
    #[test]
    fn equal_denominators_give_the_textbook_interval(counts in prop::collection::vec(0u32..1000, 5..40)) {
        prop_assume!(counts.iter().any(|c| *c != counts[0]));
        let input: Vec<_> = counts.iter().map(|&n| Cluster { numerator: n.into(), denominator: 1000.0 }).collect();
        let (a, b) = (pooled_rate(&input, 0.95).unwrap(), mean_of_ratios(&input, 0.95).unwrap());
        close(a.se, b.se, 1e-9);
        close(a.value, b.value, 1e-12);
    }

    #[test]
    fn intervals_contain_the_value_and_widen(a in towns(5), b in towns(5), level in 0.1..0.99f64) {
        for f in [pooled_rate, mean_of_ratios] {
            let (i, wider) = (f(&a, level).unwrap(), f(&a, level + 0.005).unwrap());
            prop_assert!(i.lower <= i.value && i.value <= i.upper);
            prop_assert!(wider.lower <= i.lower && wider.upper > i.upper);
        }
        for f in [difference, ratio] {
            let (i, wider) = (f(&a, &b, level).unwrap(), f(&a, &b, level + 0.005).unwrap());
            prop_assert!(i.lower <= i.value && i.value <= i.upper);
            prop_assert!(wider.lower < i.lower && wider.upper > i.upper);
        }
    }

    // Swapping the groups turns the sign of the difference and inverts the ratio.
    #[test]
    fn contrasts_are_antisymmetric(a in towns(5), b in towns(5)) {
        let (d, e) = (difference(&a, &b, 0.95).unwrap(), difference(&b, &a, 0.95).unwrap());
        prop_assert_eq!((d.value, d.lower, d.upper), (-e.value, -e.upper, -e.lower));
        let (r, s) = (ratio(&a, &b, 0.95).unwrap(), ratio(&b, &a, 0.95).unwrap());
        close(r.value, 1.0 / s.value, 1e-12);
        // Log-scale errors may be large: limits over many orders of magnitude only agree loosely.
        prop_assert!((r.lower.ln() + s.upper.ln()).abs() < 1e-9);
    }
}

#[test]
fn each_cluster_can_be_left_out() {
    let cluster = |numerator: f64, denominator: f64| Cluster { numerator, denominator };
    let found = pooled_without_each(&[cluster(1.0, 2.0), cluster(0.0, 0.0), cluster(3.0, 4.0), cluster(1.0, 4.0)]);
    assert_eq!(found, [Some(0.5), None, Some(2.0 / 6.0), Some(4.0 / 6.0)]);
    assert_eq!(pooled_without_each(&[cluster(1.0, 2.0)]), [None]);
}
