//! The tests that see the program from outside, in one binary: every link of polars costs.

mod browser;
mod canada;
mod demo;
mod golden_stats;
mod mistakes;
mod real_registers;
mod small_town;
mod support;
