//! What a stranger does to the command line and to folders: one clear error each, with the designed
//! exit code, and nothing written that was not asked for.

use std::time::{Duration, Instant};

use crate::support::{Outcome, Work};

const CONFIGURATION: &str = r#"schema_version = 1
[project]
name = "Zwei Orte"
[[source]]
name = "register"
kind = "register"
files = "eingang/register.csv"
columns = { area = "AGS", name = "Name", population = "Einwohner" }
[[source]]
name = "leistungen"
kind = "services"
files = "eingang/leistungen.csv"
columns = { service = "OZG-ID", name = "Leistung" }
[[source]]
name = "faelle"
kind = "usage"
files = "eingang/faelle.csv"
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }
[report]
png = false
html = false
charts = false
"#;
const CASES: &str = "AGS,OZG-ID,Monat,Kanal,Anzahl\n99001001,10124,2025-01,online,5\n99001001,10124,2025-01,Papier,7\n";

/// A project in the folder `at`, which ends in `/` or is empty.
fn project(at: &str) -> Work {
    let work = Work::new();
    work.file(&format!("{at}resonanz.toml"), CONFIGURATION)
        .file(&format!("{at}eingang/register.csv"), "AGS,Name,Einwohner\n99001001,Aheim,4000\n99001002,Bdorf,10\n")
        .file(&format!("{at}eingang/leistungen.csv"), "OZG-ID,Leistung\n10124,Wohnsitzmeldung\n")
        .file(&format!("{at}eingang/faelle.csv"), CASES);
    work
}

/// One error of few lines with the wanted exit code; no word of a panic.
#[track_caller]
fn refused(outcome: &Outcome, code: i32, says: &str) {
    let said = &outcome.stderr;
    assert_eq!(outcome.code, code, "{said}");
    assert!(said.contains(says), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.chars().count() < 3_000 && said.lines().count() <= 8, "{said}");
    assert!(!said.contains("panicked") && outcome.stdout.is_empty(), "{said}{}", outcome.stdout);
}

#[test]
fn fuzz_command_line_arguments_of_a_stranger() {
    let work = project("");
    for arguments in [
        &["run", "--verbose"][..],
        &["run", ".", "."],
        &["run", ""],
        &["run", "--lang", "fr"],
        &["check", "--examples", "-1"],
        &["check", "--examples", "99999999999999999999999"],
        &["--color", "rot", "run"],
        &["lauf"],
    ] {
        refused(&work.run(arguments), 2, "error: ");
    }
    let long = "x".repeat(5_000);
    refused(&work.run(&["run", &long]), 2, "cannot be read");
    refused(&work.run(&["explain", &long]), 2, "nothing is known");
    refused(&work.run(&["explain", "\u{1b}[31mrot\u{202e}"]), 2, "\u{fffd}[31mrot\u{fffd}");
    assert!(work.tree("out").is_empty());
}

#[test]
fn fuzz_command_line_unusual_folder_names() {
    for name in ["Zahlen der Stadt – Größe (neu) [1] 100 %/", "-run/", "a'b\"c$HOME/", "ein/sehr/".repeat(40).as_str()]
    {
        let work = project(name);
        let path = format!("./{}", name.trim_end_matches('/'));
        let done = work.ok(&["run", &path]);
        assert!(done.stdout.contains("Zwei Orte"), "{}", done.stdout);
        assert!(work.path(&format!("{name}out/publish")).is_dir());
    }
}

#[test]
fn fuzz_command_line_a_file_where_a_folder_belongs_and_the_reverse() {
    let work = project("");
    refused(&work.run(&["run", "eingang/faelle.csv"]), 2, "faelle.csv: line 1");
    refused(&work.run(&["check", "eingang/faelle.csv"]), 2, "faelle.csv: line 1");
    refused(&work.run(&["init", "eingang/faelle.csv"]), 2, "is a file, not a folder");
    refused(&work.run(&["demo", "eingang/faelle.csv"]), 2, "is a file, not a folder");
    refused(&work.run(&["run", "eingang/faelle.csv/tief"]), 2, "cannot be read");
    assert_eq!(work.read("eingang/faelle.csv"), CASES);
    work.file("d/resonanz.toml/x", "");
    refused(&work.run(&["run", "d"]), 2, "d/resonanz.toml is a folder, not a file");
}

#[test]
fn fuzz_command_line_an_output_that_cannot_be_written() {
    let work = project("");
    let with = |output: &str| {
        CONFIGURATION.replace("name = \"Zwei Orte\"", &format!("name = \"Zwei Orte\"\noutput = \"{output}\""))
    };
    work.file("resonanz.toml", with("eingang/faelle.csv"));
    refused(&work.run(&["run"]), 2, "eingang/faelle.csv");
    work.file("resonanz.toml", with("eingang/faelle.csv/out"));
    refused(&work.run(&["run"]), 4, "eingang/faelle.csv");
    if cfg!(target_os = "linux") {
        work.file("resonanz.toml", with("/proc/out"));
        refused(&work.run(&["run"]), 4, "/proc/");
    }
    work.file("resonanz.toml", with("eingang"));
    refused(&work.run(&["run"]), 2, "this folder was not written by resonanz");
    assert_eq!(work.read("eingang/faelle.csv"), CASES);
    assert_eq!(work.tree("eingang").len(), 3);
    work.file("resonanz.toml", with("eingang/out"));
    work.ok(&["run"]);
    let first = work.tree("eingang/out");
    work.ok(&["run"]);
    assert!(!first.is_empty() && work.tree("eingang/out") == first, "below the input, and twice the same");
}

#[test]
fn fuzz_command_line_a_configuration_of_another_kind() {
    let work = project("");
    let swift = |work: &Work| {
        let begin = Instant::now();
        let outcome = work.run(&["check"]);
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
        outcome
    };
    work.file("resonanz.toml", b"\xFF\xFEs\0c\0h\0e\0m\0a\0".as_slice());
    refused(&swift(&work), 2, "not stored as UTF-8");
    work.file("resonanz.toml", b"name = \"Gr\xF6\xDFe\"".as_slice());
    refused(&swift(&work), 2, "not stored as UTF-8");
    work.file("resonanz.toml", "");
    refused(&swift(&work), 2, "schema_version is missing");
    work.file("resonanz.toml", format!("\u{feff}{CONFIGURATION}").replace('\n', "\r\n"));
    assert_eq!(swift(&work).code, 0);
    work.file("resonanz.toml", format!("{CONFIGURATION}\n{}", "# Kommentar\n".repeat(900_000)));
    assert_eq!(swift(&work).code, 0, "10 MB of comments are a configuration");
    work.file("resonanz.toml", format!("{CONFIGURATION}\nx = \"{}\"", "y".repeat(10_000_000)));
    refused(&swift(&work), 2, "unknown field `x`");
    work.file("resonanz.toml", format!("{CONFIGURATION}\nx = {}", "[".repeat(1_000_000)));
    refused(&swift(&work), 2, "cannot recurse further");
    let source = |at: usize| format!("[[source]]\nname = \"s{at}\"\nkind = \"events\"\nfiles = \"e.csv\"\n");
    work.file("resonanz.toml", format!("{CONFIGURATION}\n{}", (0..100_000).map(source).collect::<String>()));
    refused(&swift(&work), 2, "100003 sources are too many");
}

/// The same file in two sources of one kind would count everything twice.
#[test]
fn fuzz_command_line_one_file_in_two_sources_counts_once() {
    let work = project("");
    let usage = CONFIGURATION.split("[[source]]\n").nth(3).unwrap().split("[report]").next().unwrap();
    let twice = format!("{CONFIGURATION}\n[[source]]\n{}", usage.replace("\"faelle\"", "\"nochmal\""));
    work.file("resonanz.toml", twice);
    let outcome = work.run(&["run"]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("source \"nochmal\": 2 of 2 records have errors"), "{}", outcome.stderr);
    assert!(work.tree("out/publish").is_empty());
    work.edit("resonanz.toml", "\"nochmal\"", "\"nochmal\"\non_duplicate = \"first\"");
    work.ok(&["run"]);
    work.file(
        "resonanz.toml",
        CONFIGURATION.replace("\"eingang/faelle.csv\"", "[\"eingang/faelle.csv\", \"eingang/f*.csv\"]"),
    );
    let once = work.ok(&["run", "--json"]);
    assert!(once.stdout.contains("\"read\": 5,"), "each file is read once: {}", once.stdout);
}

#[test]
fn fuzz_command_line_a_pattern_that_fits_thousands_of_files() {
    let work = project("");
    work.file("resonanz.toml", CONFIGURATION.replace("eingang/faelle.csv", "viele/*.csv"));
    for at in 0..3_000 {
        let (year, month) = (1950 + at / 12 % 200, at % 12 + 1);
        let town = if at / 2_400 == 0 { "99001001" } else { "99001002" };
        work.file(
            &format!("viele/{at:05}.csv"),
            format!("AGS,OZG-ID,Monat,Kanal,Anzahl\n{town},10124,{year}-{month:02},online,5\n"),
        );
    }
    let begin = Instant::now();
    let outcome = work.ok(&["check", "--json"]);
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    let said: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let read: Vec<u64> =
        said["sources"].as_array().unwrap().iter().map(|source| source["read"].as_u64().unwrap()).collect();
    assert_eq!(read.iter().sum::<u64>(), 3_003);
}
