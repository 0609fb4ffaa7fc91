//! The demo's reports as a reader meets them: opened from disk in Chromium, on a wide and a narrow
//! window and on paper. The checks themselves are in `tests/browser/check.mjs`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Pages opened of a folder with many pages of one kind.
const SAMPLE: &str = "5";

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    output
}

/// The checks with their packages, in a folder of their own: the work tree stays clean.
fn install_checks(into: &Path) {
    fs::create_dir(into).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    for name in ["package.json", "package-lock.json", "check.mjs"] {
        fs::copy(from.join(name), into.join(name)).unwrap();
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(into));
}

#[test]
#[ignore = "needs Chromium and node"]
fn browser_reports_are_accessible_and_work_offline() {
    let dir = tempfile::tempdir().unwrap();
    let demo = dir.path().join("demo");
    let checks = dir.path().join("checks");
    run(Command::new(env!("CARGO_BIN_EXE_resonanz")).arg("demo").arg(&demo));
    let published = demo.join("out").join("publish");
    for page in ["index", "beteiligung", "datenqualitaet", "glossar"] {
        assert!(published.join(format!("bericht/{page}.html")).is_file(), "{page}");
    }

    install_checks(&checks);
    let output = run(Command::new("node")
        .arg("check.mjs")
        .arg(&published)
        .args(["--sample", SAMPLE, "--max-print-pages", "2", "--print-kind", "orte"])
        .current_dir(&checks));
    let summary = String::from_utf8(output.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(summary.trim()).unwrap();
    // Towns and services are there besides the entry pages.
    assert!(summary["pages"].as_u64().unwrap() > 4, "{summary}");
}
