//! The first minutes with the program: the example, its repetition, its size, and the small verbs.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use crate::support::{Work, row, table};

/// A size that runs in about a second and still has every kind of file.
const SMALL: [&str; 6] = ["--municipalities", "8", "--services", "3", "--months", "12"];

fn demo<'a>(dir: &'a str, size: &[&'a str]) -> Vec<&'a str> {
    [&["demo", dir], size].concat()
}

#[test]
fn demo_first_success_in_one_command() {
    let work = Work::new();
    let outcome = work.ok(&["demo", "land"]);
    assert_eq!(outcome.stderr, "");
    insta::assert_snapshot!(outcome.stdout, @r"
    Land Wirlemark: 104.607 Angaben gelesen, 104.260 verwendet, 342 in Quarantäne, 5 ersetzt
    Bericht: land/out/publish/bericht/index.html
    Ausgabe: land/out
    ");
    let page = work.read("land/out/publish/bericht/index.html");
    assert!(page.contains("erfunden"), "the data are invented and the page does not say so");
    assert!(work.read("land/out/publish/bericht/beteiligung.html").contains("Wie weit trägt der Vergleich?"));
    let rungs = work.table("land/out/publish/data/comparison_ladder.csv");
    let names: Vec<&str> = rungs.iter().map(|row| row["rung"].as_str()).collect();
    assert_eq!(names, ["raw", "interval", "matched", "control", "robust"].repeat(2));
    assert_eq!(row(&rungs, &[("timing", "live"), ("rung", "raw")])["decisive"], "true");
    for name in ["publish/manifest.json", "publish/data/datapackage.json", "internal/manifest.json"] {
        let text = work.read(&format!("land/out/{name}"));
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let dir = work.path("").to_string_lossy().into_owned();
        assert!(!text.contains(dir.trim_end_matches(std::path::is_separator)), "{name} names the folder");
    }
}

#[test]
fn demo_same_bytes_in_any_folder_and_with_any_number_of_threads() {
    let work = Work::new();
    let mut trees: Vec<BTreeMap<String, Vec<u8>>> = Vec::new();
    for (dir, threads) in [("one", "1"), ("four", "4"), ("deeper/one", "1")] {
        let outcome = work.finish(work.command(&demo(dir, &SMALL)).env("RAYON_NUM_THREADS", threads));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        trees.push(work.tree(dir));
    }
    // A second run over the first gives the same again.
    work.ok(&demo("one", &SMALL));
    trees.push(work.tree("one"));
    assert!(trees[0].len() > 20);
    for tree in &trees[1..] {
        assert_eq!(tree.keys().collect::<Vec<_>>(), trees[0].keys().collect::<Vec<_>>());
        for (name, bytes) in tree {
            assert!(bytes == &trees[0][name], "{name} differs");
        }
    }
}

#[test]
fn demo_other_sizes_and_seeds() {
    let work = Work::new();
    work.ok(&["demo", "small", "--municipalities", "8", "--services", "3", "--months", "9"]);
    assert!(work.path("small/out/publish/bericht/index.html").is_file());
    assert_eq!(work.read("small/eingang/register.csv").lines().count(), 9);
    work.ok(&["demo", "other", "--municipalities", "8", "--services", "3", "--months", "9", "--seed", "7", "--no-run"]);
    assert!(!work.path("other/out").exists());
    assert_ne!(work.read("other/eingang/register.csv"), work.read("small/eingang/register.csv"));
}

/// The least size that the command accepts is a success as well.
#[test]
fn demo_of_one_town_one_service_and_one_month() {
    let work = Work::new();
    work.ok(&["demo", "least", "--municipalities", "1", "--services", "1", "--months", "1"]);
    assert_eq!(work.read("least/eingang/register.csv").lines().count(), 2);
}

#[test]
fn demo_never_writes_into_a_folder_of_someone_else() {
    let work = Work::new();
    work.file("mine/notes.txt", "important");
    let outcome = work.run(&demo("mine", &SMALL));
    assert_eq!(outcome.code, 2);
    insta::assert_snapshot!(outcome.stderr, @r"
    error: mine is not empty and holds no earlier example
    hint: choose a new folder: resonanz demo beispiel
    ");
    assert_eq!(work.tree("mine").into_keys().collect::<Vec<_>>(), ["notes.txt"]);
}

#[test]
fn demo_quiet_says_nothing_and_json_only_json() {
    let work = Work::new();
    let quiet = work.ok(&[&["--quiet"], &demo("land", &SMALL)[..]].concat());
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    let json = work.ok(&["run", "land", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let part = |name: &str| summary[name].as_u64().unwrap();
    assert!(part("accepted") > 0 && part("accepted") + part("quarantined") <= part("read"), "{summary}");
    assert!(work.path("land/out").join(summary["start_page"].as_str().unwrap()).is_file(), "{summary}");
    assert!(!json.stdout.contains('\u{1b}'));
}

/// Addresses of citizens are in the feedback file and nowhere in the output; what they wrote is kept
/// in the internal folder alone, without the addresses and numbers in it.
#[test]
fn demo_personal_columns_and_comments_never_reach_the_output() {
    let work = Work::new();
    work.ok(&demo("land", &SMALL));
    let votes = table(&work.path("land/eingang/feedback.csv"), b';');
    let of = |column: &str| votes.iter().map(|vote| vote[column].as_str()).filter(|text| text.len() > 6).collect();
    let (addresses, comments): (Vec<&str>, Vec<&str>) = (of("IP-Adresse"), of("Kommentar"));
    assert!(addresses.len() + comments.len() > votes.len(), "the example has addresses and comments");
    assert!(comments.iter().any(|comment| comment.contains("@example.org")));
    for (name, bytes) in work.tree("land/out") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!addresses.iter().any(|address| text.contains(address)), "{name}");
        let inside = name.starts_with("internal/data/comments.");
        assert!(inside || !comments.iter().any(|comment| text.contains(comment)), "{name}");
        assert!(!inside || !text.contains("@example.org") && !text.contains("23125"), "{name}");
    }
    let kept = work.table("land/out/internal/data/comments.csv");
    let written = votes.iter().filter(|vote| !vote["Kommentar"].is_empty()).count();
    assert!(kept.len() > written / 2 && kept.len() <= written, "{} of {written}", kept.len());
    assert!(kept.iter().any(|comment| comment["comment"].contains("[E-Mail]")));
    let findings = work.table("land/out/internal/data/findings.csv");
    assert_eq!(row(&findings, &[("code", "personal_column")])["column"], "IP-Adresse");
}

#[test]
fn demo_check_reports_balanced_sums_as_json() {
    let work = Work::new();
    work.ok(&[&demo("land", &SMALL)[..], &["--no-run"]].concat());
    let before = work.tree("land");
    let outcome = work.ok(&["check", "land", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let sources = report["sources"].as_array().unwrap();
    assert!(sources.len() >= 9, "{sources:?}");
    for source in sources {
        let part = |name: &str| source[name].as_u64().unwrap();
        assert!(part("read") > 0, "{source}");
        assert_eq!(part("read"), part("accepted") + part("quarantined") + part("replaced"), "{source}");
        assert!(part("errors") <= part("quarantined"), "{source}");
    }
    let counted: u64 = report["counts"].as_array().unwrap().iter().map(|c| c["count"].as_u64().unwrap()).sum();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(counted, findings.len() as u64);
    assert!(findings.iter().any(|f| f["severity"] == "error"), "the example is meant to have dirty rows");
    // Every finding of the example is explained.
    for code in report["counts"].as_array().unwrap() {
        work.ok(&["explain", code["code"].as_str().unwrap()]);
    }
    assert!(work.tree("land") == before, "`check` changed the folder");
}

#[test]
fn demo_explains_figures_findings_and_methods_in_both_languages() {
    let work = Work::new();
    let topics = work.ok(&["explain"]).stdout;
    for topic in topics.lines().filter(|line| !line.is_empty()).map(|line| line.split(' ').next().unwrap()) {
        let german = work.ok(&["explain", topic, "--lang", "de"]).stdout;
        let english = work.ok(&["explain", topic, "--lang", "en"]).stdout;
        assert!(german.lines().count() >= 2 && english.lines().count() >= 2, "{topic}: {german}{english}");
        assert_ne!(german, english, "{topic}");
    }
    for topic in ["online_share", "unknown_area", "wilson"] {
        assert!(topics.contains(topic), "{topic} is not listed");
        let json = work.ok(&["explain", topic, "--json"]).stdout;
        assert!(serde_json::from_str::<serde_json::Value>(&json).unwrap().is_object(), "{topic}");
    }
    let unknown = work.run(&["explain", "online_shar"]);
    assert_eq!(unknown.code, 2);
    insta::assert_snapshot!(unknown.stderr, @r#"
    error: nothing is known about "online_shar"
    hint: did you mean "online_share"?
    "#);
}

#[test]
fn demo_a_closed_pipe_is_no_failure() {
    let work = Work::new();
    work.ok(&[&demo("land", &SMALL)[..], &["--no-run"]].concat());
    for arguments in [&["explain"][..], &["check", "land"], &["check", "land", "--json"], &["run", "land"], &["--help"]]
    {
        let mut child = work.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
    assert!(work.path("land/out/publish/bericht/index.html").is_file(), "the output stands all the same");
}

#[test]
fn demo_help_mentions_every_verb() {
    let work = Work::new();
    let help = work.ok(&["--help"]).stdout;
    for verb in ["demo", "init", "check", "run", "explain"] {
        assert!(help.lines().any(|line| line.trim_start().starts_with(verb)), "{verb}: {help}");
        let own = work.ok(&[verb, "--help"]).stdout;
        assert!(own.contains("Usage: resonanz"), "{own}");
    }
    assert!(work.ok(&["--version"]).stdout.contains(env!("CARGO_PKG_VERSION")));
    assert_eq!(work.run(&["rum"]).code, 2);
    assert_eq!(work.run(&[]).code, 2);
}

#[test]
fn demo_a_written_start_kit_is_a_project() {
    let work = Work::new();
    for lang in ["de", "en"] {
        work.ok(&["init", lang, "--lang", lang]);
        assert!(work.path(&format!("{lang}/resonanz.toml")).is_file());
        let before = work.tree(lang);
        let again = work.run(&["init", lang, "--lang", lang]);
        assert!(work.tree(lang) == before, "{}", again.stderr);
    }
}

/// The copy in `datasets/demo` is what the generator writes.
#[test]
fn demo_the_committed_copy_is_what_the_generator_writes() {
    let copy = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets/demo");
    if !copy.is_dir() {
        eprintln!("skipped: datasets/demo not found");
        return;
    }
    let work = Work::new();
    work.ok(&[&demo("land", &SMALL)[..], &["--no-run"]].concat());
    for (name, bytes) in work.tree("land") {
        let path = copy.join(&name);
        let committed = std::fs::read(&path).unwrap_or_else(|e| panic!("datasets/demo/{name}: {e}"));
        assert!(committed == bytes, "datasets/demo/{name} differs from what the generator writes");
    }
}
