//! `resonanz compare` on the built-in example, whose truth is known: participation raises the share by half, and eager
//! towns, which nobody can observe, participate more often.

use serde_json::Value;

use crate::support::Work;

fn compared(work: &Work, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["compare", "demo", "--json"].iter().chain(more).copied().collect();
    serde_json::from_str(&work.ok(&arguments).stdout).unwrap()
}

fn demo() -> Work {
    let work = Work::new();
    work.ok(&["demo", "demo", "--no-run"]);
    work
}

#[test]
fn eagerness_is_part_of_the_raw_ratio_and_nothing_is_called_proven() {
    let work = demo();
    let found = compared(&work, &["--claim-ratio", "2"]);
    let ladder = &found["comparisons"][0];
    assert_eq!(ladder["name"], "beteiligung");
    let steps = ladder["steps"].as_array().unwrap();
    let rungs: Vec<&str> = steps.iter().map(|s| s["rung"].as_str().unwrap()).collect();
    assert_eq!(rungs, ["raw", "interval", "matched", "control", "robust"]);
    assert!(ladder["raw"]["lower"].as_f64().unwrap() > 0.0);
    // Participation does raise the share here, but by less than the raw ratio says: eagerness is in that as well.
    let ratio = |key: &str| ladder[key]["value"].as_f64().unwrap();
    assert!(ratio("raw_ratio") > 1.5 && ratio("ratio") < ratio("raw_ratio"), "{ladder}");
    assert!(ladder["alternatives"][0].as_str().unwrap().starts_with("Self-selection"));
    assert!(ladder["answer"].as_str().unwrap().contains("no proof") || ladder["stands_on"] != "robust");
    assert_ne!(ladder["claim"]["verdict"], "supported");
    assert!(steps.iter().all(|s| !s["text"].as_str().unwrap().is_empty() && !s["rule"].as_str().unwrap().is_empty()));
    assert_eq!(compared(&work, &["--claim-ratio", "2"]), found, "the same input gives the same answer");
}

#[test]
fn the_answer_reads_well_in_both_languages() {
    let work = demo();
    let english = work.ok(&["compare", "demo"]).stdout;
    assert!(english.contains("[x] Raw difference\n"), "{english}");
    assert!(english.contains("\nAnswer: ") && english.contains("\nWhat else could explain it:\n"), "{english}");
    let german = work.ok(&["compare", "demo", "--lang", "de"]).stdout;
    assert!(german.contains("[x] Roher Unterschied\n") && german.contains("\nAntwort: "), "{german}");
    assert!(!german.contains("Raw") && !german.contains("interval"), "{german}");
}

#[test]
fn a_campaign_on_live_services_is_another_ladder() {
    let work = demo();
    work.edit(
        "demo/resonanz.toml",
        "[report]\n",
        "[[comparison]]\nname = \"kampagne\"\ntitle = \"Kampagnen\"\nevent = \"campaign\"\ntiming = \"live\"\n\n[report]\n",
    );
    let found = compared(&work, &["--name", "kampagne"]);
    let ladder = &found["comparisons"][0];
    assert_eq!((found["comparisons"].as_array().unwrap().len(), &ladder["name"]), (1, &Value::from("kampagne")));
    assert_eq!(ladder["steps"].as_array().unwrap().len(), 5);
    assert!(ladder["effect"].is_object());
    let said = work.run(&["compare", "demo", "--name", "kampange"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("did you mean \"kampagne\"?"), "{}", said.stderr);
}

#[test]
fn what_cannot_be_claimed_is_refused() {
    let work = demo();
    for (from, to, hint) in [
        ("timing = \"before_launch\"", "timing = \"before_launch\"\nmatch_on = [\"populaton\"]", "population"),
        (
            "timing = \"before_launch\"",
            "timing = \"before_launch\"\nclaim = { measure = \"star_mean\", ratio = 2.0 }",
            "online_share",
        ),
        ("timing = \"before_launch\"", "timing = \"before_launch\"\nclaim = { measure = \"online_share\" }", "ratio"),
    ] {
        let before = work.read("demo/resonanz.toml");
        work.edit("demo/resonanz.toml", from, to);
        let said = work.run(&["compare", "demo"]);
        assert_eq!(said.code, 2, "{to}: {}", said.stderr);
        assert!(said.stderr.contains(hint), "{to}: {}", said.stderr);
        work.file("demo/resonanz.toml", before);
    }
    work.edit("demo/resonanz.toml", "event = \"participation\"\ntiming = \"before_launch\"", "by = \"all\"");
    let said = work.run(&["compare", "demo"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("before_launch"), "{}", said.stderr);
}
