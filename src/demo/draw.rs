//! Random numbers: one stream per part of the world, so that a new part changes no other.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The parts of the world that draw. The numbers are frozen: they select the streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Names = 1,
    Towns = 2,
    Services = 3,
    Offers = 4,
    Gaps = 5,
    Cases = 6,
    Cells = 7,
    UsageDirt = 8,
    Forms = 9,
    Feedback = 10,
    FeedbackDirt = 11,
    Comments = 12,
    Survey = 13,
    Work = 14,
    Events = 15,
    Campaigns = 16,
}

/// The stream of `part`, of its element `index` where every element has its own.
pub(super) fn stream(seed: u64, part: Part, index: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(((part as u64) << 48) | index);
    rng
}

/// A standard normal number (Box and Muller 1958).
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A Poisson number: by inversion for small means, by its normal limit from 40 on.
pub(super) fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u64 {
    if mean <= 0.0 {
        return 0;
    }
    if mean >= 40.0 {
        return (mean + mean.sqrt() * normal(rng)).round().max(0.0) as u64;
    }
    let mut left = rng.random::<f64>();
    let mut probability = (-mean).exp();
    let mut count = 0;
    while left > probability && count < 400 {
        left -= probability;
        count += 1;
        probability *= mean / count as f64;
    }
    count
}

/// True with probability `p`; values outside 0 to 1 count as the nearest of the two.
pub(super) fn chance(rng: &mut ChaCha8Rng, p: f64) -> bool {
    rng.random::<f64>() < p
}

/// One of `items`, which must not be empty.
pub(super) fn pick<'a, T>(rng: &mut ChaCha8Rng, items: &'a [T]) -> &'a T {
    &items[rng.random_range(0..items.len())]
}

/// An index drawn in proportion to `weights`; the last one if rounding leaves none.
pub(super) fn weighted(rng: &mut ChaCha8Rng, weights: &[f64]) -> usize {
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (index, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return index;
        }
    }
    weights.len().saturating_sub(1)
}
