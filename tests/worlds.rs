//! The ladder in worlds whose truth is known.

use resonanz::{compare, domain, stats};

#[path = "../benches/worlds/mod.rs"]
mod simulated;

use simulated::{Truth, tally};

#[test]
fn the_ladder_does_not_cry_wolf_and_sees_ten_points() {
    let none = tally(Truth::NoEffect, 40);
    assert_eq!(none.stands.iter().sum::<u32>(), 40);
    assert!(none.works <= 4, "{none:?}");
    let ten = tally(Truth::TenPoints, 40);
    assert!(ten.works >= 26, "{ten:?}");
    assert!((ten.matched - 0.1).abs() < 0.03, "{ten:?}");
    assert_eq!(tally(Truth::TenPoints, 3), tally(Truth::TenPoints, 3));
}

/// The report of benches/worlds/README.md: `cargo test --test main -- --ignored --nocapture worlds`.
#[test]
#[ignore = "takes a minute"]
fn five_hundred_worlds_of_each_kind() {
    println!("{}", simulated::report(500));
    assert!(tally(Truth::NoEffect, 500).works <= 34);
    assert!(tally(Truth::TenPoints, 500).works >= 400);
}
