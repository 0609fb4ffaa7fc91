#![allow(clippy::unwrap_used)]

use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

fn rows(rows: &[(u8, u8, u8, u32, u32)]) -> Vec<Respondent> {
    let row = |&(y, x, w, stratum, psu): &(u8, u8, u8, u32, u32)| Respondent {
        y: y.into(),
        x: x.into(),
        weight: w.into(),
        stratum,
        psu,
    };
    rows.iter().map(row).collect()
}

/// y, x, weight, stratum, PSU: two strata with three and two PSUs; two rows lie outside the domain.
fn small() -> Vec<Respondent> {
    rows(&[
        (1, 1, 2, 1, 1),
        (0, 1, 3, 1, 1),
        (1, 1, 1, 1, 2),
        (0, 0, 4, 1, 2),
        (0, 1, 2, 1, 3),
        (1, 1, 5, 2, 1),
        (0, 1, 1, 2, 1),
        (0, 1, 2, 2, 2),
        (0, 0, 1, 2, 2),
        (1, 1, 1, 2, 2),
    ])
}

// Expected values: exact fractions (Python's `fractions`) and 30-digit arithmetic for t(3) and the logit.
#[test]
fn weighted_share_agrees_with_exact_fractions() {
    let e = weighted_share(&small(), 0.95).unwrap();
    close(e.value, 9.0 / 17.0, 1e-15);
    close(e.se, (2_224.0f64 / 83_521.0).sqrt(), 1e-14);
    close(e.lower, 0.122_745_013_901_842_34, 1e-12);
    close(e.upper, 0.900_451_794_196_199_3, 1e-12);
    close(e.deff.unwrap(), 1_946.0 / 2_601.0, 1e-13);
    close(e.n_eff, 8.0 * 2_601.0 / 1_946.0, 1e-13);
    assert_eq!((e.n, e.df, e.method), (8, 3, "taylor_logit"));
    let r = weighted_ratio(&small(), 0.95).unwrap();
    close(r.lower, 0.010_097_043_824_890_097, 1e-11);
    assert_eq!((r.value, r.se, r.method), (e.value, e.se, "taylor_t"));
}

#[test]
fn finite_population_correction_by_hand() {
    // Half of the PSUs of each stratum were drawn: the variance halves.
    let population = Population::from([(1, 6.0), (2, 4.0)]);
    let e = weighted_share_fpc(&small(), &population, 0.95).unwrap();
    close(e.se, (1_112.0f64 / 83_521.0).sqrt(), 1e-14);
    let one = weighted_ratio_fpc(&small(), &Population::from([(2, 4.0)]), 0.95).unwrap();
    assert!(one.se > e.se && one.se < weighted_ratio(&small(), 0.95).unwrap().se);
    for bad in [2.0, f64::NAN, -6.0, f64::INFINITY] {
        let refused = Err(Refusal::InvalidPopulation { stratum: 1 });
        assert_eq!(weighted_share_fpc(&small(), &Population::from([(1, bad)]), 0.95), refused);
    }
    let census = Population::from([(1, 3.0), (2, 2.0)]);
    assert_eq!(weighted_share_fpc(&small(), &census, 0.95), Err(Refusal::NoVariation));
}

#[test]
fn a_share_of_zero_or_one_takes_wilson_with_kishs_n() {
    let all: Vec<_> = small().iter().map(|r| Respondent { y: r.x, ..*r }).collect();
    let none: Vec<_> = small().iter().map(|r| Respondent { y: 0.0, ..*r }).collect();
    // Weights 2 3 1 2 5 1 2 1: 17² / 49; Wilson's limit at x = n is n/(n+z²).
    let n_eff = 289.0 / 49.0;
    let e = weighted_share(&all, 0.95).unwrap();
    assert_eq!((e.value, e.upper, e.se, e.deff, e.method), (1.0, 1.0, 0.0, None, "wilson_kish"));
    close(e.n_eff, n_eff, 1e-14);
    close(e.lower, n_eff / (n_eff + 3.841_458_820_694_124), 1e-13);
    let e = weighted_share(&none, 0.95).unwrap();
    assert_eq!((e.value, e.lower), (0.0, 0.0));
    close(e.upper, 3.841_458_820_694_124 / (n_eff + 3.841_458_820_694_124), 1e-13);
    assert_eq!(weighted_ratio(&none, 0.95), Err(Refusal::NoVariation));
}

#[test]
fn rows_outside_the_domain_stay_in_the_design() {
    // Dropping them removes nothing from the estimate, but PSU 3 of stratum 1 would vanish.
    let mut whole = small();
    whole[4] = Respondent { x: 0.0, ..whole[4] };
    let domain: Vec<_> = whole.iter().filter(|r| r.x > 0.0).copied().collect();
    let (whole, domain) = (weighted_share(&whole, 0.95).unwrap(), weighted_share(&domain, 0.95).unwrap());
    close(whole.value, domain.value, 1e-15);
    assert!((whole.se / domain.se - 1.0).abs() > 0.01);
    assert_eq!((whole.df, domain.df), (2, 2));
}

#[test]
fn refusals() {
    let with = |at: usize, change: fn(&mut Respondent)| {
        let mut rows = small();
        change(&mut rows[at]);
        rows
    };
    let mut single = small();
    single.truncate(7);
    let empty: Vec<_> = small().iter().map(|r| Respondent { x: 0.0, y: 0.0, ..*r }).collect();
    let weightless: Vec<_> = small().iter().map(|r| Respondent { weight: 0.0, ..*r }).collect();
    let one: Vec<_> =
        small().iter().enumerate().map(|(i, r)| if i < 2 { *r } else { Respondent { x: 0.0, y: 0.0, ..*r } }).collect();
    for (rows, wanted) in [
        (vec![], Refusal::EmptyInput),
        (empty, Refusal::ZeroDenominator),
        (weightless, Refusal::ZeroDenominator),
        (single, Refusal::SinglePsu { stratum: 2 }),
        (one, Refusal::FewClusters { found: 1, needed: 2 }),
        (with(3, |r| r.y = 1.0), Refusal::NumeratorOutsideDomain),
        (with(0, |r| r.weight = -1.0), Refusal::Negative),
        (with(0, |r| r.x = -1.0), Refusal::Negative),
        (with(0, |r| r.y = f64::NAN), Refusal::NonFinite),
        (with(0, |r| r.weight = f64::INFINITY), Refusal::NonFinite),
    ] {
        assert_eq!(weighted_share(&rows, 0.95), Err(wanted));
        assert_eq!(weighted_ratio(&rows, 0.95), Err(wanted));
    }
    assert_eq!(weighted_share(&with(0, |r| r.y = 1.5), 0.95), Err(Refusal::CountExceedsDenominator));
    assert!(weighted_ratio(&with(0, |r| r.y = 1.5), 0.95).is_ok());
    assert_eq!(weighted_share(&small(), 1.0), Err(Refusal::InvalidLevel));
    // Every PSU has the same mixture: a linearised variance of zero is no certainty.
    let same: Vec<_> =
        (0..12).map(|i| Respondent { y: f64::from(i % 2), x: 1.0, weight: 0.1, stratum: 1, psu: i / 2 }).collect();
    assert_eq!(weighted_share(&same, 0.95), Err(Refusal::NoVariation));
}

proptest! {
    #[test]
    fn share_lies_in_its_interval_whatever_order_and_scale(
        input in prop::collection::vec((any::<bool>(), any::<bool>(), 0.1..50.0f64, 0u32..3), 12..80),
        level in 0.1..0.99f64,
        scale in 1e-6..1e6f64,
    ) {
        let mut rows: Vec<_> = input.iter().enumerate().map(|(i, &(y, x, weight, stratum))| Respondent {
            y: f64::from(u8::from(x && y)), x: f64::from(u8::from(x)), weight, stratum, psu: i as u32 / 2,
        }).collect();
        let Ok(e) = weighted_share(&rows, level) else { return Ok(()) };
        prop_assert!(0.0 <= e.lower && e.lower <= e.value && e.value <= e.upper && e.upper <= 1.0);
        let wider = weighted_share(&rows, level + 0.005).unwrap();
        prop_assert!(wider.lower <= e.lower && wider.upper >= e.upper);
        // With one degree of freedom the limits may already round to 0 and 1.
        prop_assert!(e.upper - e.lower > 0.999_999 || wider.upper - wider.lower > e.upper - e.lower);
        rows.reverse();
        for row in &mut rows {
            row.weight *= scale;
        }
        let f = weighted_share(&rows, level).unwrap();
        prop_assert!((f.value - e.value).abs() < 1e-12 && (f.se - e.se).abs() < 1e-12);
        // The share of those without the property mirrors.
        let others: Vec<_> = rows.iter().map(|r| Respondent { y: r.x - r.y, ..*r }).collect();
        let g = weighted_share(&others, level).unwrap();
        prop_assert!((g.value + e.value - 1.0).abs() < 1e-12 && (g.lower + e.upper - 1.0).abs() < 1e-9);
    }

    // One stratum, each row its own PSU, equal weights: the textbook variance p(1-p)/(n-1).
    #[test]
    fn simple_random_sample(n in 3u32..200, part in 0.01..0.99f64) {
        let hits = ((f64::from(n) * part) as u32).clamp(1, n - 1);
        let rows: Vec<_> = (0..n).map(|i| Respondent {
            y: f64::from(u8::from(i < hits)), x: 1.0, weight: 3.5, stratum: 7, psu: i,
        }).collect();
        let e = weighted_share(&rows, 0.95).unwrap();
        let p = f64::from(hits) / f64::from(n);
        close(e.value, p, 1e-12);
        close(e.se, (p * (1.0 - p) / f64::from(n - 1)).sqrt(), 1e-10);
        close(e.deff.unwrap(), 1.0, 1e-9);
        prop_assert_eq!(e.df, u64::from(n - 1));
    }
}
