use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

proptest! {
    // Products and sums, one factor after the other.
    #[test]
    fn rises_are_products_and_sums(log in -6.0..12.0f64, x in 0u32..400) {
        let a = 10f64.powf(log);
        let (mut product, mut sum) = (0.0, 0.0);
        for j in 0..x {
            product += (f64::from(j) / a).ln_1p();
            sum += 1.0 / (a + f64::from(j));
        }
        close(ln_rising(a, f64::from(x)), product, 1e-11);
        close(digamma_rise(a, f64::from(x)), sum, 1e-12);
    }
}

#[test]
fn fractions_follow_the_recurrence() {
    // Γ(y+1) = y Γ(y) and ψ(y+1) = ψ(y) + 1/y.
    for (a, x) in [(0.3, 0.7), (5.0, 20.5), (1e6, 2.5)] {
        close(ln_rising(a, x + 1.0) - ln_rising(a, x), (x / a).ln_1p(), 1e-9);
        close(digamma_rise(a, x + 1.0) - digamma_rise(a, x), 1.0 / (a + x), 1e-9);
    }
}
