use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

const Z_95: f64 = 1.959_963_984_540_054;

fn share(x: u64, n: u64) -> Share {
    Share { x, n }
}

fn rate(x: u64, exposure: f64) -> Rate {
    Rate { x, exposure }
}

#[track_caller]
fn limits(found: Comparison, lower: f64, upper: f64, tolerance: f64) {
    let (l, u) = (found.lower.unwrap(), found.upper.unwrap());
    assert!((l - lower).abs() <= tolerance && (u - upper).abs() <= tolerance, "{found:?}, wanted {lower} to {upper}");
}

/// Newcombe (1998), table II: the limits of methods 6 (Miettinen and Nurminen) and 10 (his own), four decimals.
#[test]
fn differences_agree_with_newcombes_table() {
    for (a, b, score, own) in [
        (share(56, 70), share(48, 80), [0.0528, 0.3382], [0.0524, 0.3339]),
        (share(9, 10), share(3, 10), [0.1700, 0.8406], [0.1705, 0.8090]),
        (share(6, 7), share(2, 7), [0.0342, 0.8534], [0.0582, 0.8062]),
        (share(5, 56), share(0, 29), [-0.0326, 0.1933], [-0.0381, 0.1926]),
        (share(0, 10), share(0, 20), [-0.1658, 0.2844], [-0.1611, 0.2775]),
        (share(0, 10), share(0, 10), [-0.2879, 0.2879], [-0.2775, 0.2775]),
        (share(10, 10), share(0, 20), [0.7156, 1.0], [0.6791, 1.0]),
        (share(10, 10), share(0, 10), [0.6636, 1.0], [0.6075, 1.0]),
    ] {
        limits(score_difference(a, b, 0.95, true).unwrap(), score[0], score[1], 5.1e-5);
        limits(newcombe(a, b, 0.95).unwrap(), own[0], own[1], 5.1e-5);
    }
    // Method 5 (Mee), the same without the factor N/(N-1).
    limits(score_difference(share(56, 70), share(48, 80), 0.95, false).unwrap(), 0.0533, 0.3377, 5.1e-5);
    limits(score_difference(share(9, 10), share(3, 10), 0.95, false).unwrap(), 0.1821, 0.8370, 5.1e-5);
}

/// Koopman (1984): 36 of 40 against 16 of 80, two decimals.
#[test]
fn a_ratio_agrees_with_koopmans_example() {
    let found = risk_ratio_score(share(36, 40), share(16, 80), 0.95, false).unwrap();
    close(found.value.unwrap(), 4.5, 1e-14);
    limits(found, 2.94, 7.15, 5.1e-3);
}

#[test]
fn ratios_by_hand() {
    // 10 of 20 against 5 of 20: variance 1/10 - 1/20 + 1/5 - 1/20 = 1/5.
    let found = risk_ratio_log(share(10, 20), share(5, 20), 0.95).unwrap();
    close(found.value.unwrap(), 2.0, 1e-14);
    close(found.se_log.unwrap(), 0.2f64.sqrt(), 1e-14);
    close(found.lower.unwrap(), 2.0 * (-Z_95 * 0.2f64.sqrt()).exp(), 1e-13);
    // 8 events in 2 units against 2 in 1: variance 1/8 + 1/2.
    let found = rate_ratio_log(rate(8, 2.0), rate(2, 1.0), 0.95).unwrap();
    close(found.upper.unwrap(), 2.0 * (Z_95 * 0.625f64.sqrt()).exp(), 1e-13);
    // Score limits of a rate solve x - μ = ±z √μ: for no event 0 and z².
    let none = rate_difference_mover(rate(0, 1.0), rate(0, 2.0), 0.95).unwrap();
    limits(none, -Z_95 * Z_95 / 2.0, Z_95 * Z_95, 1e-13);
    // No event in either: the likeliest rates under d are d and 0, so d/√(d/e) = z.
    let none = rate_difference_score(rate(0, 1.0), rate(0, 2.0), 0.95).unwrap();
    limits(none, -Z_95 * Z_95 / 2.0, Z_95 * Z_95, 1e-12);
    assert_eq!(none.p, Some(1.0));
}

#[test]
fn zeros_leave_limits_open_and_say_so() {
    for found in [
        risk_ratio_score(share(5, 56), share(0, 29), 0.95, true).unwrap(),
        risk_ratio_mover(share(5, 56), share(0, 29), 0.95).unwrap(),
        rate_ratio_score(rate(5, 56.0), rate(0, 29.0), 0.95).unwrap(),
        rate_ratio_mover(rate(5, 56.0), rate(0, 29.0), 0.95).unwrap(),
    ] {
        assert!(found.value.is_none() && found.upper.is_none() && found.lower.unwrap() > 0.0, "{found:?}");
    }
    for found in [
        risk_ratio_score(share(0, 56), share(5, 29), 0.95, true).unwrap(),
        risk_ratio_mover(share(0, 56), share(5, 29), 0.95).unwrap(),
        rate_ratio_score(rate(0, 56.0), rate(5, 29.0), 0.95).unwrap(),
        rate_ratio_mover(rate(0, 56.0), rate(5, 29.0), 0.95).unwrap(),
    ] {
        assert!(found.value == Some(0.0) && found.lower == Some(0.0) && found.upper.unwrap() > 0.0, "{found:?}");
    }
    // All cases on both sides: the ratio is 1, its limits are where 1/θ no longer fits.
    let all = risk_ratio_score(share(10, 10), share(20, 20), 0.95, true).unwrap();
    assert!(all.value == Some(1.0) && all.lower.unwrap() < 1.0 && all.upper.unwrap() > 1.0, "{all:?}");
    let all = score_difference(share(10, 10), share(20, 20), 0.95, true).unwrap();
    assert!(all.value == Some(0.0) && all.lower.unwrap() < 0.0 && all.upper.unwrap() > 0.0, "{all:?}");
    // A single trial each: N - 1 = 1, no more.
    assert!(score_difference(share(1, 1), share(0, 1), 0.95, true).unwrap().lower.unwrap() < 0.0);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let (none, some) = (share(0, 10), share(3, 10));
    for f in [risk_ratio_mover, risk_ratio_log] {
        assert_eq!(f(none, none, 0.95), Err(Refusal::ZeroRate));
        assert_eq!(f(some, share(0, 0), 0.95), Err(Refusal::ZeroDenominator));
        assert_eq!(f(share(4, 3), some, 0.95), Err(Refusal::CountExceedsDenominator));
        assert_eq!(f(some, some, 95.0), Err(Refusal::InvalidLevel));
    }
    assert_eq!(risk_ratio_score(none, none, 0.95, true), Err(Refusal::ZeroRate));
    assert_eq!(risk_ratio_log(some, none, 0.95), Err(Refusal::ZeroRate));
    assert_eq!(risk_ratio_log(share(4, 4), share(9, 9), 0.95), Err(Refusal::NoVariation));
    assert_eq!(score_difference(some, some, 1.0, true), Err(Refusal::InvalidLevel));
    assert_eq!(newcombe(some, share(0, 0), 0.95), Err(Refusal::ZeroDenominator));
    for f in [rate_ratio_log, rate_ratio_mover, rate_ratio_score] {
        assert_eq!(f(rate(0, 1.0), rate(0, 2.0), 0.95), Err(Refusal::ZeroRate));
        assert_eq!(f(rate(1, 0.0), rate(1, 2.0), 0.95), Err(Refusal::ZeroDenominator));
        assert_eq!(f(rate(1, -1.0), rate(1, 2.0), 0.95), Err(Refusal::Negative));
        assert_eq!(f(rate(1, f64::NAN), rate(1, 2.0), 0.95), Err(Refusal::NonFinite));
    }
}

/// The likeliest second share under a difference d as the root of the cubic equation, in closed form.
fn closed_form([x1, n1, x2, n2]: [f64; 4], d: f64) -> f64 {
    let n = n1 + n2;
    let (b, c) = ((n1 + 2.0 * n2) * d - n - x1 - x2, (n2 * d - n - 2.0 * x2) * d + x1 + x2);
    let e = x2 * d * (1.0 - d);
    let q = (b / (3.0 * n)).powi(3) - b * c / (6.0 * n * n) + e / (2.0 * n);
    let p = ((b / (3.0 * n)).powi(2) - c / (3.0 * n)).sqrt().copysign(q);
    let angle = (std::f64::consts::PI + (q / p.powi(3)).clamp(-1.0, 1.0).acos()) / 3.0;
    2.0 * p * angle.cos() - b / (3.0 * n)
}

proptest! {
    #[test]
    fn score_limits_of_shares_solve_their_equation(
        n1 in 2u64..5000, n2 in 2u64..5000, p1 in 0.02..0.98f64, p2 in 0.02..0.98f64,
    ) {
        let (a, b) = (share((n1 as f64 * p1) as u64, n1), share((n2 as f64 * p2) as u64, n2));
        let numbers = [a.x as f64, n1 as f64, b.x as f64, n2 as f64];
        let [x1, m1, x2, m2] = numbers;
        let factor = (m1 + m2) / (m1 + m2 - 1.0);
        let found = score_difference(a, b, 0.95, true).unwrap();
        for (d, z) in [(found.lower.unwrap(), Z_95), (found.upper.unwrap(), -Z_95)] {
            if d.abs() < 0.999 {
                let second = closed_form(numbers, d);
                let first = second + d;
                let variance = first * (1.0 - first) / m1 + second * (1.0 - second) / m2;
                let statistic = (x1 / m1 - x2 / m2 - d) / (factor * variance).sqrt();
                prop_assert!((statistic - z).abs() < 1e-5, "{statistic} at {d}");
            }
        }
    }

    #[test]
    fn score_limits_of_rates_solve_their_equation(
        x1 in 0u64..500, x2 in 0u64..500, e1 in 0.1..1e6f64, e2 in 0.1..1e6f64,
    ) {
        prop_assume!(x1 + x2 > 0);
        let (y1, y2) = (x1 as f64, x2 as f64);
        let difference = rate_difference_score(rate(x1, e1), rate(x2, e2), 0.95).unwrap();
        for (d, z) in [(difference.lower.unwrap(), Z_95), (difference.upper.unwrap(), -Z_95)] {
            // The larger root of r² - (pooled - d) r - d x₂/(e₁+e₂) = 0 is the second rate.
            let t = (y1 + y2) / (e1 + e2) - d;
            let second = (t + (t * t + 4.0 * d * y2 / (e1 + e2)).max(0.0).sqrt()) / 2.0;
            let variance = (second + d) / e1 + second / e2;
            let statistic = (y1 / e1 - y2 / e2 - d) / variance.sqrt();
            prop_assert!((statistic - z).abs() < 1e-5, "{statistic} at {d}");
        }
        let ratio = rate_ratio_score(rate(x1, e1), rate(x2, e2), 0.95).unwrap();
        for (limit, z) in [(ratio.lower, Z_95), (ratio.upper, -Z_95)] {
            if let Some(r) = limit.filter(|r| *r > 0.0) {
                let second = (y1 + y2) / (e1 * r + e2);
                let variance = r * second / e1 + r * r * second / e2;
                let statistic = (y1 / e1 - r * y2 / e2) / variance.sqrt();
                prop_assert!((statistic - z).abs() < 1e-9, "{statistic} at {r}");
            }
        }
    }

    // Exchanging both sides turns a difference around and a ratio upside down.
    #[test]
    fn sides_can_be_exchanged(x1 in 1u64..400, x2 in 1u64..400, n1 in 400u64..100_000, n2 in 400u64..100_000) {
        let (a, b) = (share(x1, n1), share(x2, n2));
        let (c, d) = (rate(x1, n1 as f64), rate(x2, n2 as f64));
        let differences = |a, b, c, d| [
            newcombe(a, b, 0.95), score_difference(a, b, 0.95, true), score_difference(a, b, 0.95, false),
            rate_difference_mover(c, d, 0.95), rate_difference_score(c, d, 0.95),
        ];
        for (one, other) in differences(a, b, c, d).into_iter().zip(differences(b, a, d, c)) {
            let (one, other) = (one.unwrap(), other.unwrap());
            prop_assert!((one.lower.unwrap() + other.upper.unwrap()).abs() < 1e-12);
            prop_assert!(one.lower.unwrap() < one.value.unwrap() && one.value.unwrap() < one.upper.unwrap());
        }
        let ratios = |a, b, c, d| [
            risk_ratio_mover(a, b, 0.95), risk_ratio_score(a, b, 0.95, true), risk_ratio_score(a, b, 0.95, false),
            risk_ratio_log(a, b, 0.95), rate_ratio_mover(c, d, 0.95), rate_ratio_score(c, d, 0.95),
            rate_ratio_log(c, d, 0.95),
        ];
        for (one, other) in ratios(a, b, c, d).into_iter().zip(ratios(b, a, d, c)) {
            let (one, other) = (one.unwrap(), other.unwrap());
            close(one.lower.unwrap() * other.upper.unwrap(), 1.0, 1e-9);
            prop_assert!(one.lower.unwrap() < one.value.unwrap() && one.value.unwrap() < one.upper.unwrap());
        }
    }

    // With millions of rare cases shares behave like rates, and all intervals agree.
    #[test]
    fn rare_shares_are_rates(x1 in 300u64..5000, x2 in 300u64..5000) {
        let n = 80_000_000;
        let shares = risk_ratio_score(share(x1, n), share(x2, n), 0.95, true).unwrap();
        let rates = rate_ratio_score(rate(x1, n as f64), rate(x2, n as f64), 0.95).unwrap();
        close(shares.lower.unwrap(), rates.lower.unwrap(), 1e-4);
        close(shares.upper.unwrap(), rates.upper.unwrap(), 1e-4);
    }
}
