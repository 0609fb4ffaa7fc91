//! `resonanz calc` against values made by independent implementations, and what it says of bad input. The
//! folder of reference values is named by `RESONANZ_REFERENCE` (default `../shared`); where it is absent the
//! tests say so and pass.

mod control;
mod did;
mod funnel;
mod matching;
mod panels;
mod power;
mod proportions;
mod series;
mod synthetic;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The folder of a set of reference values.
pub fn reference(set: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RESONANZ_REFERENCE").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = root.join("golden").join("dev").join(set);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no reference values for {set} (set RESONANZ_REFERENCE)");
    None
}

/// A JSON file.
#[track_caller]
pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The program, run in the project's folder; its messages are English.
pub fn resonanz(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resonanz"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).args(["--lang", "en"]);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The answer of `calc` as JSON.
#[track_caller]
pub fn calc(arguments: &[&str]) -> Value {
    let all: Vec<&str> = ["calc"].iter().chain(arguments).chain(&["--json"]).copied().collect();
    let (code, stdout, stderr) = resonanz(&all);
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap()
}

/// What `calc` says where it gives no answer.
#[track_caller]
pub fn refused(arguments: &[&str]) -> String {
    let all: Vec<&str> = ["calc"].iter().chain(arguments).chain(&["--json"]).copied().collect();
    let (code, stdout, stderr) = resonanz(&all);
    assert!((1..=3).contains(&code) && stdout.is_empty(), "{arguments:?}: {code} {stdout} {stderr}");
    stderr
}

/// Asserts that a number of the answer agrees with the reference up to the relative tolerance (absolute below 1e-10).
#[track_caller]
pub fn close(found: &Value, wanted: f64, tolerance: f64, what: &str) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{what}: {found} is no number, wanted {wanted}"));
    let error = (number - wanted).abs() / wanted.abs().max(1e-10);
    assert!(
        number == wanted || error <= tolerance,
        "{what}: found {number:e}, wanted {wanted:e}, relative error {error:e}"
    );
}

#[test]
fn every_example_of_the_help_runs() {
    let (_, help, _) = resonanz(&["calc", "--help"]);
    let commands = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let methods: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(!methods.is_empty());
    for method in methods {
        let (_, help, _) = resonanz(&["calc", method, "--help"]);
        // Wrapped to the width of the terminal, where it is long.
        let example = format!("resonanz calc{}", help.rsplit("resonanz calc").next().unwrap());
        let words: Vec<&str> = example.split_whitespace().collect();
        assert_eq!(words.get(..3), Some(&["resonanz", "calc", method][..]), "{help}");
        let answer = calc(&words[2..]);
        assert_eq!(answer["method"], method);
        assert!(!answer["estimates"].as_array().unwrap().is_empty(), "{method}: {answer}");
        assert!(!resonanz(&words[1..]).1.is_empty());
    }
}

#[test]
fn a_table_that_cannot_be_used_is_named_with_its_cure() {
    let work = crate::support::Work::new();
    work.file("n.csv", "ort;faelle;alle\nA;1;10\nB;2,5;10\nC;;10\n");
    let path = work.path("n.csv");
    let path = path.to_str().unwrap();
    let shares = |numerator: &str, path: &str| {
        refused(&["proportion", "--data", path, "--numerator", numerator, "--denominator", "alle"])
    };
    assert!(shares("faelle", path).contains("record 3, column \"faelle\": a value is missing here"));
    assert!(shares("faele", path).contains("did you mean \"faelle\"?"));
    assert!(shares("ort", path).contains("record 1, column \"ort\": \"A\" is not a finite number"));
    assert!(shares("faelle", "no-such.csv").contains("no-such.csv"));
    assert!(shares("faelle", "datasets").contains("folder"));
}
