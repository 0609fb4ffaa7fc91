//! Every parser is fed damaged input: it must neither panic nor hang, its sums must balance, and
//! what it refuses it must refuse in words.
//!
//! `cargo test` feeds a fixed number of inputs from a fixed seed. The long run takes its time from
//! `RESONANZ_FUZZ_SECONDS` (per target, 8 unless set), its seed from `RESONANZ_FUZZ_SEED` (drawn
//! from the clock unless set) and may be narrowed with `RESONANZ_FUZZ_TARGET`:
//!
//! ```text
//! RESONANZ_FUZZ_SECONDS=60 cargo test --test main -- --ignored fuzz --nocapture
//! ```
//!
//! An input that fails is kept in the folder for temporary files. Once its cause is mended, it goes
//! to `tests/fuzz/corpus/<target>/`, where it is fed for ever after.

mod command_line;
mod engine;
mod packed;
mod routes;
mod targets;
mod whole;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use self::engine::{Target, Until, feed, fuzz};

/// The seed of the short run.
const SEED: u64 = 20_250_601;
/// Inputs per target in the short run.
const ROUNDS: u64 = 150;
/// Inputs to the Parquet reader in the long run.
const PARQUET_ROUNDS: u64 = 10_000;

/// A folder in memory where the system has one.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("resonanz-fuzz-").tempdir_in(place).unwrap()
}

/// Files of the corpus that belong to a target.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn with_corpus(mut target: Target) -> Target {
    target.seeds.extend(corpus(target.name).into_iter().map(|(_, bytes)| bytes));
    target
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|text| text.parse().ok().unwrap_or_else(|| panic!("{name} = {text:?}")))
}

#[test]
fn fuzz_a_fixed_set_of_inputs() {
    let folder = folder();
    let mut failures = Vec::new();
    for target in targets::all(folder.path()) {
        let mut target = with_corpus(target);
        let outcome = fuzz(&mut target, SEED, Until::Rounds(ROUNDS), folder.path());
        assert!(outcome.behaviours > 1, "{}: every input did the same", target.name);
        failures.extend(outcome.failures);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
#[ignore = "takes minutes"]
fn fuzz_for_a_stated_time() {
    let seconds: u64 = variable("RESONANZ_FUZZ_SECONDS").unwrap_or(8);
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(SEED, |time| time.as_secs());
    let seed = variable("RESONANZ_FUZZ_SEED").unwrap_or_else(clock);
    let only: Option<String> = variable("RESONANZ_FUZZ_TARGET");
    let folder = folder();
    eprintln!("seed {seed}, {seconds} s per target, files in {}", folder.path().display());
    let mut failures = Vec::new();
    for target in targets::all(folder.path()) {
        if only.as_ref().is_some_and(|only| only != target.name) {
            continue;
        }
        let mut target = with_corpus(target);
        // A damaged run length inside a page makes the Parquet decoder ask for more memory than there
        // is, which ends the process and cannot be caught: only inputs known to come back are fed.
        let (seed, until) = match target.name {
            "parquet" => (SEED, Until::Rounds(PARQUET_ROUNDS)),
            _ => (seed, Until::Time(Duration::from_secs(seconds))),
        };
        let outcome = fuzz(&mut target, seed, until, folder.path());
        eprintln!(
            "{:<14} {:>8} inputs in {:>5.1} s, {:>4} behaviours, slowest {:>5.0} ms, {} failures",
            target.name,
            outcome.rounds,
            outcome.seconds,
            outcome.behaviours,
            outcome.slowest.as_secs_f64() * 1e3,
            outcome.failures.len(),
        );
        outcome.failures.iter().take(20).for_each(|failure| eprintln!("{failure}"));
        failures.extend(outcome.failures);
    }
    assert!(failures.is_empty(), "seed {seed}\n{}", failures.join("\n"));
}

/// The watching must be able to fail.
#[test]
fn fuzz_a_parser_that_panics_is_caught() {
    let folder = folder();
    let mut target = Target {
        name: "self_test",
        seeds: vec![b"a=1".to_vec()],
        words: &["boom"],
        damage: |damage, input, other| damage.apply(input, other),
        run: Box::new(|input| {
            assert!(!input.windows(4).any(|part| part == b"boom"), "found");
            Ok(String::new())
        }),
    };
    let outcome = fuzz(&mut target, SEED, Until::Rounds(400), folder.path());
    assert_eq!(outcome.failures.len(), 1, "{:?}", outcome.failures);
    assert!(outcome.failures[0].contains("panicked: found"));
    let again = fuzz(&mut target, SEED, Until::Rounds(400), folder.path());
    let cause = |text: &str| text.split(':').next().map(str::to_owned);
    assert_eq!(cause(&again.failures[0]), cause(&outcome.failures[0]), "the same seed fails in the same round");
    assert!(feed(&mut target, b"fine").0.is_ok());
}

/// The number of a row was taken from that of the header, which stood below it.
#[test]
fn fuzz_found_rows_of_a_workbook_out_of_order() {
    let folder = folder();
    let mut target = targets::all(folder.path()).into_iter().find(|target| target.name == "xlsx").unwrap();
    let (verdict, _) = feed(&mut target, &[vec![0], packed::unordered_workbook()].concat());
    let behaviour = verdict.unwrap();
    assert!(behaviour.contains("rows are not in order"), "{behaviour}");
}

/// The corpus is read by people: small files, each with its target.
#[test]
fn fuzz_the_corpus_is_small_and_has_targets() {
    let folder = folder();
    let names: Vec<&str> = targets::all(folder.path()).iter().map(|target| target.name).collect();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut bytes = 0;
    for entry in fs::read_dir(dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name.as_str()), "no target is named {name}");
        bytes += corpus(&name).iter().map(|(_, content)| content.len()).sum::<usize>();
    }
    assert!(bytes < 100_000, "{bytes}");
}
