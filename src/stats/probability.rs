//! Tail probabilities: from a test statistic to its p value.

use super::gamma::upper_tail;
use super::normal::student_tail;

/// Degrees of freedom from which on Student's t is the normal distribution to working precision.
const NORMAL_FROM: f64 = 1e7;

/// P(|Z| >= |z|) for a standard normal Z; 0 for infinite `z`.
#[must_use]
pub fn normal_two_sided(z: f64) -> f64 {
    if z.is_infinite() { 0.0 } else { chi_square_upper(z * z, 1.0) }
}

/// P(|T| >= |t|) for Student's t with `df` degrees of freedom, above 0; infinite `df` is the normal distribution.
#[must_use]
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    let t = t.abs();
    match t {
        0.0 => 1.0,
        _ if t.is_infinite() => 0.0,
        _ if df >= NORMAL_FROM => normal_two_sided(t),
        _ => 2.0 * student_tail(t, df).0,
    }
}

/// P(X >= x) for a chi-square X with `df` degrees of freedom, above 0.
#[must_use]
pub fn chi_square_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { upper_tail(df / 2.0, x / 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    #[test]
    fn tails_with_closed_forms() {
        // Chi-square with 2 degrees of freedom is exponential; t with 1 is Cauchy, with 2 has a square root.
        close(chi_square_upper(5.0, 2.0), (-2.5f64).exp(), 1e-14);
        close(student_two_sided(1.0, 1.0), 0.5, 1e-14);
        close(student_two_sided(2.0, 2.0), 1.0 - 2.0 / 6f64.sqrt(), 1e-13);
        assert_eq!(student_two_sided(0.0, 3.0), 1.0);
        assert_eq!(chi_square_upper(0.0, 3.0), 1.0);
    }

    #[test]
    fn the_normal_tail_agrees_with_its_quantiles() {
        close(normal_two_sided(1.959_963_984_540_054), 0.05, 1e-13);
        close(normal_two_sided(-3.290_526_731_491_896), 0.001, 1e-12);
        close(student_two_sided(1.959_963_984_540_054, f64::INFINITY), 0.05, 1e-13);
        // 6 standard deviations: 1.973175290075396e-9 (40-digit arithmetic).
        close(normal_two_sided(6.0), 1.973_175_290_075_396e-9, 1e-12);
    }
}
