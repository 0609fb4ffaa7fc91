//! The store as the program uses it: what it says, and what a run that is killed leaves behind.

use std::fs::{self, File, FileTimes};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use crate::support::Work;

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Probe"
language = "en"
[report]
html = false
charts = false
[store]
dir = "store"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "key", name = "name" }
[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }
[[source]]
name = "usage"
kind = "usage"
files = "in/usage-*.csv"
columns = { period = "date", area = "ags", service = "service", channel = "channel", count = "n" }
constants = { stage = "form_submit" }
on_duplicate = "replace"
error_budget = 1.0
[[source]]
name = "votes"
kind = "feedback"
files = "in/votes-*.csv"
columns = { time = "time", area = "ags", service = "service", value = "vote", comment = "comment" }
constants = { place = "form_end", scale = "binary" }
"#;

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Some thousand rows, a few of them wrong, and many with the same key as others.
fn usage(seed: u64, rows: u64) -> String {
    let mut state = seed;
    let mut out = "date,ags,service,channel,n\n".to_owned();
    for row in 0..rows {
        let (area, month) = (random(&mut state) % 41, 1 + random(&mut state) % 12);
        let channel = if row % 50 == 0 { "fax?" } else { ["online", "paper", "\"online\""][(row % 3) as usize] };
        out += &format!("2025-{month:02},0100{area:04},S{},{channel},{}\n", 1 + row % 3, random(&mut state) % 90);
    }
    out
}

fn votes(seed: u64, rows: u64) -> String {
    let mut state = seed;
    let mut out = "time,ags,service,vote,comment\n".to_owned();
    for _ in 0..rows {
        let (area, day) = (random(&mut state) % 40, 1 + random(&mut state) % 28);
        let vote = ["yes", "no"][(random(&mut state) % 2) as usize];
        let comment = ["", "", "good", "\"two\nlines\""][(random(&mut state) % 4) as usize];
        out += &format!("2025-03-{day:02},0100{area:04},S1,{vote},{comment}\n");
    }
    out
}

fn project(work: &Work) {
    let areas: String = (0..40).map(|area| format!("0100{area:04},Ort {area}\n")).collect();
    work.file("resonanz.toml", CONFIGURATION)
        .file("register.csv", format!("key,name\n{areas}"))
        .file("services.csv", "key,name\nS1,Pass\nS2,Kita\nS3,Hund\n")
        .file("in/usage-1.csv", usage(1, 6_000))
        .file("in/votes-1.csv", votes(1, 2_000));
}

/// The same project in a folder without a store.
fn from_scratch(work: &Work) -> std::collections::BTreeMap<String, Vec<u8>> {
    let other = Work::new();
    for (name, bytes) in work.tree("in") {
        other.file(&format!("in/{name}"), bytes);
    }
    for name in ["resonanz.toml", "register.csv", "services.csv"] {
        other.file(name, work.read(name));
    }
    other.ok(&["run"]);
    other.tree("out")
}

/// Whatever moment a process dies at, the next run opens the store and writes what a run from scratch writes.
#[test]
fn a_run_killed_at_any_moment_leaves_a_store_that_the_next_one_opens() {
    let work = Work::new();
    project(&work);
    let mut state = 20_250_317;
    let (mut killed, mut longest) = (0, 400);
    for round in 2..14 {
        // Something is new every time, and something gone or corrected now and then.
        work.file(&format!("in/usage-{}.csv", round % 5), usage(round, 3_000));
        work.file(&format!("in/votes-{}.csv", round % 3), votes(round, 1_000));
        let mut run = work.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random(&mut state) % longest));
        run.kill().unwrap();
        if run.wait().unwrap().success() {
            // It was faster: the next one is given less time.
            longest = (longest * 2 / 3).max(20);
        } else {
            killed += 1;
        }
        if round % 4 == 0 {
            let outcome = work.ok(&["run"]);
            assert!(!outcome.stderr.contains("damaged"), "{}", outcome.stderr);
            assert!(work.tree("out") == from_scratch(&work), "round {round}: not what a run from scratch writes");
        }
    }
    assert!(killed > 3, "only {killed} runs were killed");
    work.ok(&["run"]);
    assert!(work.tree("out") == from_scratch(&work));
    let rest: Vec<String> = work.tree("store").into_keys().filter(|name| name.ends_with(".unfinished")).collect();
    assert_eq!(rest, Vec::<String>::new());
}

#[test]
fn a_run_without_anything_new_says_so_in_one_sentence() {
    let work = Work::new();
    project(&work);
    let first = work.ok(&["run"]);
    assert!(first.stdout.starts_with("Probe: 8,043 entries read"), "{}", first.stdout);
    let output = work.tree("out");
    insta::assert_snapshot!(work.ok(&["run"]).stdout, @"Probe: Nothing new: files and settings are those of the last run, and the output stays as it is.");
    let json: serde_json::Value = serde_json::from_str(&work.ok(&["run", "--json"]).stdout).unwrap();
    assert_eq!((&json["nothing_new"], &json["read"]), (&true.into(), &8_043.into()));
    let german = work.edit("resonanz.toml", "\"en\"", "\"de\"").ok(&["run"]);
    assert!(german.stdout.contains("Angaben gelesen"));
    insta::assert_snapshot!(work.ok(&["run"]).stdout, @"Probe: Nichts Neues: Dateien und Einstellungen sind wie beim letzten Lauf, die Ausgabe bleibt, wie sie ist.");
    work.edit("resonanz.toml", "\"de\"", "\"en\"").ok(&["run"]);
    assert!(work.tree("out") == output);
    let note = work.read("store/LIESMICH.txt");
    assert!(note.contains("NICHT WEITERGEBEN") && note.contains("DO NOT PASS ON"));
}

/// Neither size nor time tells of this change: asked to, the program looks at the bytes.
#[test]
fn rehash_sees_a_change_that_keeps_size_and_time() {
    let work = Work::new();
    project(&work);
    let path = work.path("in/usage-1.csv");
    let age = || {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        File::options().write(true).open(&path).unwrap().set_times(FileTimes::new().set_modified(then)).unwrap();
    };
    age();
    work.ok(&["run"]);
    let text = work.read("in/usage-1.csv");
    let changed = text.replacen("S1,", "S2,", 1);
    assert!(changed != text && changed.len() == text.len());
    fs::write(&path, changed).unwrap();
    age();
    assert!(work.ok(&["run"]).stdout.contains("Nothing new"));
    assert!(!work.ok(&["run", "--rehash"]).stdout.contains("Nothing new"));
    assert!(work.tree("out") == from_scratch(&work));
}

/// Over the budget nothing is published, however often the same files are run.
#[test]
fn a_run_over_its_error_budget_is_not_taken_for_a_finished_one() {
    let work = Work::new();
    project(&work);
    work.ok(&["run"]);
    work.edit("resonanz.toml", "error_budget = 1.0", "error_budget = 0.0");
    for _ in 0..2 {
        let outcome = work.run(&["run"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    }
    work.edit("resonanz.toml", "error_budget = 0.0", "error_budget = 1.0");
    assert!(!work.ok(&["run"]).stdout.contains("Nothing new"), "the internal folder is of another run");
    assert!(work.tree("out") == from_scratch(&work));
}
