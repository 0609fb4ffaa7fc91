#![allow(clippy::excessive_precision, reason = "reference values keep all their digits")]

use super::*;
use crate::stats::interval::poisson_exact;
use crate::stats::testing::close;
use proptest::prelude::*;

/// The tails as sums and their inversion with 40 digits (mpmath).
#[test]
fn midp_limits_agree_with_forty_digits() {
    for (x, level, lower, upper) in [
        (0, 0.95, 0.0, 2.995_732_273_553_991),
        (0, 0.998, 0.0, 6.214_608_098_422_191_7),
        (1, 0.95, 0.050_020_344_835_335_49, 4.931_860_524_706_773_4),
        (1, 0.998, 0.002_000_001_332_003_460_1, 8.572_902_454_195_625_5),
        (9, 0.95, 4.389_068_434_569_088_1, 16.516_425_469_041_79),
        (9, 0.998, 2.626_916_228_347_219_8, 22.063_793_361_197_747),
        (389, 0.95, 351.762_217_585_836_9, 429.132_346_893_481_98),
        (389, 0.998, 331.331_015_799_760_51, 453.368_447_665_554_31),
        (10_000, 0.95, 9_805.445_129_376_991_3, 10_197.449_186_562_409),
        (10_000, 0.998, 9_694.312_833_638_002_3, 10_312.386_847_974_396),
        (1_000_000, 0.95, 998_041.482_605_425_95, 1_001_961.411_700_555_1),
        (1_000_000, 0.998, 996_913.116_161_334_87, 1_003_093.583_529_047_3),
        (80_000_000, 0.95, 79_982_470.996_278_461, 80_017_531.898_027_421),
    ] {
        let i = poisson_midp(x, level).unwrap();
        close(i.lower, lower, 1e-12);
        close(i.upper, upper, 1e-12);
    }
}

/// Both branches meet: the distance of a limit from the count changes by 5e-9 of itself from one count to the next.
#[test]
fn large_counts_hand_over_smoothly() {
    let (below, above) = (poisson_midp(99_999_999, 0.998).unwrap(), poisson_midp(100_000_000, 0.998).unwrap());
    close(99_999_999.0 - below.lower, 100_000_000.0 - above.lower, 1e-7);
    close(below.upper - 99_999_999.0, above.upper - 100_000_000.0, 1e-7);
}

#[test]
fn no_event_and_bad_levels() {
    // Half of e^-u is α/2.
    let none = poisson_midp(0, 0.95).unwrap();
    assert_eq!(none.lower, 0.0);
    close(none.upper, 20f64.ln(), 1e-14);
    assert_eq!(poisson_midp(3, 1.0), Err(Refusal::InvalidLevel));
}

proptest! {
    #[test]
    fn midp_lies_within_the_exact_interval(x in 0u64..20_000, level in 0.3..0.999f64) {
        let (midp, exact) = (poisson_midp(x, level).unwrap(), poisson_exact(x, level).unwrap());
        prop_assert!(exact.lower <= midp.lower && midp.lower <= x as f64);
        prop_assert!(x as f64 <= midp.upper && midp.upper < exact.upper);
    }
}
