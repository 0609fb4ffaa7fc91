//! The tests that see the program from outside, in one binary: every link of polars costs.

// Allowed in test functions by clippy.toml; the helpers beside them need it said here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod browser;
mod calc;
mod canada;
mod compare;
mod compare_methods;
mod control;
mod demo;
mod disclosure;
mod engines;
mod findings;
mod formats;
mod full_disk;
mod fuzz;
mod golden_stats;
mod hostile;
mod init_from;
mod layouts;
mod mistakes;
mod national;
mod personal;
mod real_registers;
mod requests;
mod small_town;
mod store;
mod support;
mod traps;
mod worlds;
