//! Random variates of the simulated towns.

use crate::stats::random::Random;

/// Gamma distribution (Marsaglia and Tsang 2000, ACM TOMS 26, 363-372); below shape 1 by a power of a uniform.
fn gamma(random: &mut Random, shape: f64) -> f64 {
    if shape < 1.0 {
        let up = gamma(random, shape + 1.0);
        return up * (1.0 - random.uniform()).powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = random.normal();
        let v = (1.0 + c * z).powi(3);
        if v > 0.0 && (1.0 - random.uniform()).ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

pub(super) fn beta(random: &mut Random, a: f64, b: f64) -> f64 {
    let (x, y) = (gamma(random, a), gamma(random, b));
    // Both can underflow where a + b is tiny: then the distribution has all its mass at 0 and 1.
    if x + y > 0.0 { x / (x + y) } else { f64::from(u8::from(random.uniform() < a / (a + b))) }
}

/// Binomial distribution: large numbers are halved at a beta-distributed order statistic (Devroye 1986,
/// Non-Uniform Random Variate Generation, X.4.3).
pub(super) fn binomial(random: &mut Random, mut n: u64, mut p: f64) -> u64 {
    let mut out = 0;
    while n > 30 {
        if p <= 0.0 {
            return out;
        }
        if p >= 1.0 {
            return out + n;
        }
        let at = n / 2 + 1;
        let cut = beta(random, at as f64, (n + 1 - at) as f64);
        if cut <= p {
            out += at;
            n -= at;
            p = (p - cut) / (1.0 - cut);
        } else {
            n = at - 1;
            p /= cut;
        }
    }
    out + (0..n).filter(|_| random.uniform() < p).count() as u64
}
