//! Methods of `resonanz calc` on the project's own panel, through `[[comparison.method]]`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Row, Work, close, number, rows};

const COMPARISONS: &str = r#"
[[comparison]]
name = "kampagnen"
title = "Kampagnen"
event = "campaign"
timing = "live"
match_on = ["population", "attribute:Dienstleister"]

[[comparison.method]]
use = "did"
options = { control = "notyet", bootstrap = 199, covariates = ["log_population"] }
[[comparison.method]]
use = "twfe"
[[comparison.method]]
use = "funnel"
options = { levels = [0.95] }
[[comparison.method]]
use = "randinf"
options = { draws = 999 }
[[comparison.method]]
use = "match"
[[comparison.method]]
use = "spc"
[[comparison.method]]
use = "spc"
area = "99001004"
options = { value = "share" }
[[comparison.method]]
use = "ratio"
options = { measure = "risk-ratio" }
[[comparison.method]]
use = "dsr"
[[comparison.method]]
use = "power"
options = { units = 20 }
[[comparison.method]]
use = "synth"
options = { treated_unit = "99009999", start = "2024-10" }
[[comparison.method]]
use = "adjust"

[[comparison]]
name = "gebiete"
title = "Alle Gebiete"
by = "all"
[[comparison.method]]
use = "shrink"

[report]
"#;

fn demo() -> Work {
    let work = Work::new();
    work.ok(&["demo", "demo", "--no-run", "--lang", "de"]);
    work.edit("demo/resonanz.toml", "[report]\n", COMPARISONS);
    work
}

fn json(work: &Work, arguments: &[&str]) -> Value {
    serde_json::from_str(&work.ok(&[arguments, &["--json"]].concat()).stdout).unwrap()
}

/// What of an answer follows from the numbers: all but where they stand.
fn numbers(answer: &Value) -> Value {
    serde_json::json!([answer["method"], answer["n"], answer["estimates"], answer["aggregates"], answer["diagnostics"]])
}

#[test]
fn the_configuration_and_calc_on_the_exported_panel_say_the_same() {
    let work = demo();
    let found = json(&work, &["compare", "demo", "--name", "kampagnen"]);
    let methods = found["comparisons"][0]["methods"].as_array().unwrap();
    assert_eq!(methods.len(), 12);
    work.ok(&["compare", "demo", "--name", "kampagnen", "--panel", "services.csv", "--rows", "services"]);
    let mut checked = Vec::new();
    for (rows, area) in [
        ("panel", None),
        ("towns", None),
        ("complete_towns", None),
        ("months", None),
        ("months", Some("99001004")),
        ("sides", None),
        ("service_sides", None),
    ] {
        for ending in ["csv", "parquet"] {
            let file = format!("{rows}{}.{ending}", area.unwrap_or(""));
            let mut arguments = vec!["compare", "demo", "--name", "kampagnen", "--panel", &file, "--rows", rows];
            arguments.extend(area.iter().flat_map(|area| ["--area", area]));
            let written = json(&work, &arguments);
            let commands: Vec<&str> =
                written["commands"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
            assert!(!commands.is_empty(), "{rows}");
            for command in commands {
                let words: Vec<&str> = command.split(' ').skip(1).collect();
                let alone = json(&work, &words);
                let same = methods.iter().filter(|m| m["rows"] == rows && m["refused"].is_null());
                let same: Vec<&Value> = same.filter(|m| numbers(m) == numbers(&alone)).collect();
                assert_eq!(same.len(), 1, "{command}\n{alone}");
                if ending == "csv" {
                    let hash = |answer: &Value| answer["inputs"][0]["sha256"].clone();
                    assert_eq!(hash(&alone), hash(same[0]), "the hash is that of the file: {command}");
                }
                checked.push(same[0]["position"].as_u64().unwrap());
            }
        }
    }
    checked.sort_unstable();
    assert_eq!(checked, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10]);
    // A refusal is a result with a reason; the other methods are not stopped by it.
    let refused = &methods[10]["refused"];
    assert!(refused["text"].as_str().unwrap().contains("99009999"), "{refused}");
    assert!(methods[11]["estimates"].as_array().unwrap().len() > 1);
}

#[test]
fn the_panel_adds_up_the_numbers_of_the_report() {
    let work = demo();
    work.ok(&["run", "demo"]);
    work.ok(&["compare", "demo", "--name", "gebiete", "--panel", "panel.csv"]);
    work.ok(&["compare", "demo", "--name", "gebiete", "--panel", "towns.csv", "--rows", "towns"]);
    let sums = |table: &str, only: Option<&str>| -> BTreeMap<(String, String), (f64, f64, usize)> {
        let mut out: BTreeMap<_, (f64, f64, usize)> = BTreeMap::new();
        let table = work.table(table);
        let own = rows(&table, &[("kpi", "online_share"), ("dimension", "area"), ("aggregation", "own")]);
        let own =
            own.into_iter().filter(|row| row["service"] != "*" && only.is_none_or(|period| row["period"] == period));
        for row in own {
            let (Some(online), Some(all)) = (number(row, "numerator"), number(row, "denominator")) else { continue };
            let slot = out.entry((row["unit"].clone(), row["period"].clone())).or_default();
            *slot = (slot.0 + online, slot.1 + all, slot.2 + 1);
        }
        out.retain(|_, sum| sum.1 > 0.0);
        out
    };
    let read = |row: &Row| {
        let online = number(row, "online").unwrap();
        (online, number(row, "all").unwrap(), number(row, "services").unwrap() as usize)
    };
    let monthly = sums("demo/out/publish/data/estimates_month.csv", None);
    let panel = work.table("panel.csv");
    let found: BTreeMap<_, _> = panel.iter().map(|r| ((r["area"].clone(), r["month"].clone()), read(r))).collect();
    assert!(found.len() > 500 && found == monthly);
    let period = work.table("demo/out/publish/data/estimates_period.csv");
    let period = &rows(&period, &[("kpi", "online_share"), ("dimension", "area")]).last().unwrap()["period"];
    let year = sums("demo/out/publish/data/estimates_period.csv", Some(period));
    let towns = work.table("towns.csv");
    let found: BTreeMap<_, _> = towns.iter().map(|r| ((r["area"].clone(), period.clone()), read(r))).collect();
    assert!(found.len() > 40 && found == year, "{period}");
    assert!(towns.iter().all(|r| number(r, "share").unwrap() == read(r).0 / read(r).1));
}

#[test]
fn a_run_writes_the_answers_as_a_table() {
    let work = demo();
    work.ok(&["run", "demo"]);
    let table = work.table("demo/out/publish/data/comparison_methods.csv");
    let found = json(&work, &["compare", "demo", "--name", "kampagnen"]);
    let methods = found["comparisons"][0]["methods"].as_array().unwrap();
    let of = |position: &str, part: &str| {
        rows(&table, &[("comparison", "kampagnen"), ("position", position), ("part", part)])
    };
    let same = |found: Option<f64>, wanted: &Value| match wanted.as_f64() {
        Some(wanted) => close(found, wanted, "a number of the answer"),
        None => assert_eq!(found, None),
    };
    for (position, answer) in methods.iter().enumerate().filter(|(_, m)| m["refused"].is_null()) {
        let rows = of(&(position + 1).to_string(), "estimate");
        let wanted = answer["estimates"].as_array().unwrap();
        assert_eq!(rows.len(), wanted.len());
        for (row, wanted) in rows.iter().zip(wanted) {
            ["value", "se", "lower", "upper", "level", "p"].iter().for_each(|c| same(number(row, c), &wanted[*c]));
        }
    }
    let simple = rows(&table, &[("position", "1"), ("comparison", "kampagnen"), ("name", "simple")]);
    same(number(simple[0], "value"), &methods[0]["aggregates"]["simple"]["value"]);
    let dynamic = table.iter().filter(|r| r["position"] == "1" && r["name"].starts_with("dynamic ")).count();
    assert!(dynamic >= methods[0]["aggregates"]["dynamic"]["by"].as_array().unwrap().len());
    let refused = of("11", "refused");
    assert_eq!(refused.len(), 1);
    assert!(refused[0]["text_de"].contains("gibt es") && refused[0]["text_en"].contains("there is no unit"));
    assert!(table.iter().any(|r| r["comparison"] == "gebiete" && r["method"] == "shrink"));
    let before = work.tree("demo/out/publish");
    work.ok(&["run", "demo"]);
    assert!(before == work.tree("demo/out/publish"), "the same input gives the same bytes");
}

#[test]
fn answers_stand_below_the_ladder_in_both_languages() {
    let work = demo();
    let german = work.ok(&["compare", "demo", "--name", "kampagnen", "--lang", "de"]).stdout;
    assert!(german.find("\nAntwort: ").unwrap() < german.find("\nVerfahren 1 (panel):\ndid  n = ").unwrap());
    assert!(
        german.contains("\nsynth: kein Ergebnis: ")
            && german.contains("\nHinweis: Weggelassen: Orte ohne Zahl in jedem Monat")
    );
    let english = work.ok(&["compare", "demo", "--name", "gebiete", "--lang", "en"]).stdout;
    assert!(english.starts_with("Alle Gebiete\n\nMethod 1 (towns):\nshrink  n = "), "{english}");
}

#[test]
fn mistakes_are_found_before_anything_is_read() {
    let work = demo();
    let good = work.read("demo/resonanz.toml");
    for (from, to, en, de) in [
        ("use = \"twfe\"", "use = \"twfee\"", "there is no method \"twfee\"", "Ein Verfahren „twfee“ gibt es nicht"),
        ("draws = 999 }", "drows = 999 }", "there is no option \"drows\"", "Eine Option „drows“ gibt es nicht"),
        ("\"risk-ratio\" }", "\"risk\" }", "there is no such value", "Diesen Wert gibt es nicht"),
        (
            "[\"log_population\"] }",
            "[\"inhabitants\"] }",
            "has no such column",
            "Diese Spalte hat die Tabelle des Vergleichs nicht",
        ),
        (
            "{ units = 20 }",
            "{ units = 20, data = \"a.csv\" }",
            "there is no option data here",
            "Die Option data gibt es hier nicht",
        ),
        ("use = \"shrink\"", "use = \"shrink\"\nuses = 1", "uses", "uses"),
    ] {
        work.edit("demo/resonanz.toml", from, to);
        for (lang, wanted) in [("en", en), ("de", de)] {
            let said = work.run(&["check", "demo", "--lang", lang]);
            assert_eq!(said.code, 2, "{to}: {}", said.stderr);
            assert!(said.stderr.contains(wanted), "{to}: {}", said.stderr);
        }
        work.file("demo/resonanz.toml", &good);
    }
}

#[test]
fn a_file_is_not_overwritten_and_holds_one_comparison() {
    let work = demo();
    let said = |arguments: &[&str]| {
        let outcome = work.run(&[&["compare", "demo"], arguments].concat());
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        outcome.stderr
    };
    assert!(said(&["--panel", "p.csv"]).contains("choose one with --name"));
    let one = ["--name", "gebiete", "--panel"];
    assert!(said(&[&one[..], &["p.txt"]].concat()).contains(".csv, .parquet"));
    assert!(said(&[&one[..], &["demo/out/p.csv"]].concat()).contains("replaced by every run"));
    assert!(said(&[&one[..], &["p.csv", "--area", "99001001"]].concat()).contains("--rows months"));
    assert!(said(&[&one[..], &["p.csv", "--rows", "sides"]].concat()).contains("event"));
    work.file("p.csv", "mine");
    assert!(said(&[&one[..], &["p.csv"]].concat()).contains("exists already"));
    assert_eq!(work.read("p.csv"), "mine");
    let written = work.ok(&[&["compare", "demo"], &one[..], &["p.csv", "--force"]].concat()).stdout;
    assert!(written.contains("Internal"), "{written}");
    assert!(work.read("p.csv").starts_with("area,name,month,online,all,share,services,population"));
}

/// The methods of a release see what it shows, and nothing else.
#[test]
fn a_release_tells_no_more_through_its_methods() {
    let methods = r#"
[[comparison.method]]
use = "proportion"
[[comparison.method]]
use = "funnel"
[[comparison.method]]
use = "spc"
[[comparison.method]]
use = "smr"
[[comparison.method]]
use = "peers"
options = { of = "99010003" }
"#;
    let with_methods = |villages| {
        let work = crate::disclosure::network(villages);
        let configuration = work.read("resonanz.toml") + methods;
        work.file("resonanz.toml", configuration);
        work.ok(&["run"]);
        work
    };
    // Two villages and their mirror image: who had one case and who had two is hidden.
    let (one, two) = (with_methods([1, 2, 9, 8]), with_methods([2, 1, 9, 8]));
    assert!(one.tree("out/publish") == two.tree("out/publish"));
    let shown = one.table("out/publish/data/estimates_period.csv");
    let table = one.table("out/publish/data/comparison_methods.csv");
    let proportions = rows(&table, &[("method", "proportion"), ("part", "estimate")]);
    let own = |area: &str| {
        let of = [("kpi", "online_share"), ("unit", area), ("service", "10124"), ("aggregation", "own")];
        rows(&shown, &of).into_iter().max_by_key(|row| row["period"].clone()).and_then(|row| number(row, "value"))
    };
    let mut named = 0;
    for kreis in 1..=2 {
        for place in 1..=5 {
            let area = format!("990{kreis}00{place:02}");
            let found = proportions.iter().find(|row| row["name"].ends_with(&format!("area {area}")));
            assert_eq!(found.map(|row| number(row, "value")), own(&area).map(Some), "{area}");
            named += usize::from(found.is_some());
        }
    }
    assert!((6..10).contains(&named), "some are hidden, the towns are not: {named}");
    // One's own staff sees all ten.
    one.edit("resonanz.toml", "audience = \"public\"", "audience = \"internal\"").ok(&["run"]);
    let table = one.table("out/publish/data/comparison_methods.csv");
    assert_eq!(rows(&table, &[("method", "proportion"), ("part", "estimate")]).len(), 10);
}
