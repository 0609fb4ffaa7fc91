//! The tests that see the program from outside, in one binary: every link of polars costs.

// Allowed in test functions by clippy.toml; the helpers beside them need it said here.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod browser;
mod canada;
mod demo;
mod golden_stats;
mod layouts;
mod mistakes;
mod real_registers;
mod small_town;
mod support;
