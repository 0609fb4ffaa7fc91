#![allow(clippy::excessive_precision, reason = "reference values keep all their digits")]

use super::*;
use crate::stats::testing::close;
use crate::stats::wilson;
use proptest::prelude::*;

/// Clopper-Pearson and Jeffreys limits: the continued fraction of the incomplete beta function, inverted with 40
/// digits (mpmath).
#[test]
fn exact_and_jeffreys_limits_agree_with_forty_digits() {
    for (x, n, level, [lower, upper, jeffreys_lower, jeffreys_upper]) in [
        (
            1,
            8,
            0.95,
            [
                0.003_159_723_531_251_906_4,
                0.526_509_670_875_206_56,
                0.013_838_233_790_320_755,
                0.453_719_321_032_414_63,
            ],
        ),
        (
            1,
            8,
            0.998,
            [
                0.000_125_054_721_704_273_21,
                0.711_276_380_701_367_55,
                0.001_567_722_422_823_854_4,
                0.651_209_518_519_581_02,
            ],
        ),
        (
            3,
            37,
            0.95,
            [0.017_043_530_695_818_796, 0.219_096_206_238_000_18, 0.023_367_489_643_180_377, 0.200_831_394_055_721_98],
        ),
        (
            3,
            37,
            0.998,
            [
                0.005_280_032_047_345_357,
                0.308_305_564_156_880_92,
                0.008_338_856_005_924_109_9,
                0.288_677_105_352_622_44,
            ],
        ),
        (
            5,
            10,
            0.95,
            [0.187_086_028_447_398_53, 0.812_913_971_552_601_47, 0.223_528_670_252_705_19, 0.776_471_329_747_294_81],
        ),
        (
            5,
            10,
            0.998,
            [0.089_813_189_811_854_266, 0.910_186_810_188_145_73, 0.114_136_764_767_139_71, 0.885_863_235_232_860_29],
        ),
        (
            81,
            263,
            0.95,
            [0.252_736_745_585_271_16, 0.367_621_922_601_351_36, 0.254_521_934_991_023_47, 0.365_647_499_174_082_42],
        ),
        (
            81,
            263,
            0.998,
            [0.223_937_607_889_862_18, 0.401_982_319_626_623_53, 0.225_642_538_519_586_14, 0.399_982_205_354_117_78],
        ),
        (
            999,
            2_000,
            0.95,
            [0.477_351_299_108_812_24, 0.521_650_168_760_985_15, 0.477_600_923_934_257_47, 0.521_400_522_049_932_13],
        ),
        (
            999,
            2_000,
            0.998,
            [0.464_748_205_013_257_71, 0.534_255_173_640_836_29, 0.464_997_347_427_205_11, 0.534_005_996_766_821_04],
        ),
        (
            1,
            80_000_000,
            0.95,
            [
                3.164_725_997_535_459_9e-10,
                6.964_554_039_677_011_8e-8,
                1.348_720_519_704_589_8e-9,
                5.842_752_100_379_926_2e-8,
            ],
        ),
        (
            1,
            80_000_000,
            0.998,
            [
                1.250_625_416_971_596_6e-11,
                1.154_176_625_163_863_4e-7,
                1.518_599_118_111_110_9e-10,
                1.016_639_713_764_063_6e-7,
            ],
        ),
        (
            12_345,
            80_000_000,
            0.95,
            [
                0.000_151_602_465_848_475_66,
                0.000_157_058_811_894_842_1,
                0.000_151_608_660_735_677_46,
                0.000_157_052_506_783_607_12,
            ],
        ),
        (
            12_345,
            80_000_000,
            0.998,
            [
                0.000_150_056_545_168_609_06,
                0.000_158_652_348_087_703_27,
                0.000_150_062_708_274_430_35,
                0.000_158_646_011_196_298_94,
            ],
        ),
        (
            40_000_000,
            80_000_000,
            0.95,
            [0.499_890_428_434_085_83, 0.500_109_571_565_914_17, 0.499_890_434_684_085_6, 0.500_109_565_315_914_4],
        ),
        (
            40_000_000,
            80_000_000,
            0.998,
            [0.499_827_244_518_124_17, 0.500_172_755_481_875_83, 0.499_827_250_768_123_65, 0.500_172_749_231_876_35],
        ),
        (
            79_999_999,
            80_000_000,
            0.95,
            [0.999_999_930_354_459_6, 0.999_999_999_683_527_4, 0.999_999_941_572_479, 0.999_999_998_651_279_48],
        ),
        (
            79_999_999,
            80_000_000,
            0.998,
            [0.999_999_884_582_337_48, 0.999_999_999_987_493_75, 0.999_999_898_336_028_62, 0.999_999_999_848_140_09],
        ),
    ] {
        let exact = clopper_pearson(x, n, level).unwrap();
        close(exact.lower, lower, 1e-12);
        close(exact.upper, upper, 1e-12);
        let posterior = jeffreys(x, n, level).unwrap();
        close(posterior.lower, jeffreys_lower, 1e-12);
        close(posterior.upper, jeffreys_upper, 1e-12);
    }
}

#[test]
fn no_case_and_all_cases_are_elementary() {
    // P(X = 0) = (1-u)^n = α/2.
    for n in [1u64, 10, 1_000, 80_000_000] {
        let wanted = -(0.025f64.ln() / n as f64).exp_m1();
        let none = clopper_pearson(0, n, 0.95).unwrap();
        assert_eq!(none.lower, 0.0);
        close(none.upper, wanted, 1e-12);
        let all = clopper_pearson(n, n, 0.95).unwrap();
        assert_eq!(all.upper, 1.0);
        close(all.lower, 1.0 - wanted, 1e-12);
    }
    // The posterior after no case of 80 million: 40-digit arithmetic as above.
    let none = jeffreys(0, 80_000_000, 0.95).unwrap();
    close(none.lower, 6.137_931_963_145_475e-12, 1e-12);
    close(none.upper, 3.139_928_807_963_762e-8, 1e-12);
}

#[test]
fn agresti_coull_by_hand() {
    // 2 of 4 at z = 2 (level 0.954 499 736 103 641 6): n' = 8, p' = 1/2, half width 2 √(1/32) = 1/√8.
    let i = agresti_coull(2, 4, 0.954_499_736_103_641_6).unwrap();
    close(i.lower, 0.5 - 8f64.sqrt().recip(), 1e-13);
    close(i.upper, 0.5 + 8f64.sqrt().recip(), 1e-13);
    assert_eq!(agresti_coull(0, 10, 0.95).unwrap().lower, 0.0);
    assert_eq!(agresti_coull(10, 10, 0.95).unwrap().upper, 1.0);
}

#[test]
fn bad_input_is_refused() {
    for f in [clopper_pearson, jeffreys, agresti_coull] {
        assert_eq!(f(0, 0, 0.95), Err(Refusal::ZeroDenominator));
        assert_eq!(f(3, 2, 0.95), Err(Refusal::CountExceedsDenominator));
        assert_eq!(f(1, 2, 1.0), Err(Refusal::InvalidLevel));
    }
}

proptest! {
    // The limits are defined by binomial tails: for few trials these are finite sums.
    #[test]
    fn exact_limits_leave_the_tail_outside(n in 1u64..60, part in 0.0..=1.0f64, level in 0.05..0.9999f64) {
        let x = (n as f64 * part) as u64;
        let i = clopper_pearson(x, n, level).unwrap();
        let at_most = |x: u64, p: f64| {
            let mut term = (1.0 - p).powi(n as i32);
            let mut sum = 0.0;
            for k in 0..=x {
                sum += term;
                term *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            }
            sum
        };
        if x < n {
            prop_assert!((at_most(x, i.upper) - (1.0 - level) / 2.0).abs() < 1e-11);
        }
        if x > 0 {
            prop_assert!((1.0 - at_most(x - 1, i.lower) - (1.0 - level) / 2.0).abs() < 1e-11);
        }
    }

    #[test]
    fn the_exact_interval_holds_the_others_and_all_mirror(n in 1u64..80_000_000, part in 0.0..=1.0f64) {
        let x = (n as f64 * part) as u64;
        let (exact, posterior) = (clopper_pearson(x, n, 0.95).unwrap(), jeffreys(x, n, 0.95).unwrap());
        prop_assert!(exact.lower <= posterior.lower && posterior.upper <= exact.upper);
        let (adjusted, score) = (agresti_coull(x, n, 0.95).unwrap(), wilson(x, n, 0.95).unwrap());
        prop_assert!(adjusted.lower <= score.lower + 1e-15 && score.upper <= adjusted.upper + 1e-15);
        for f in [clopper_pearson, jeffreys, agresti_coull] {
            let (i, mirror) = (f(x, n, 0.9).unwrap(), f(n - x, n, 0.9).unwrap());
            prop_assert!((i.lower - (1.0 - mirror.upper)).abs() < 1e-15);
            prop_assert!(0.0 <= i.lower && i.lower < i.upper && i.upper <= 1.0);
        }
    }
}
