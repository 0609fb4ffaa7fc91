//! Effects of events at different times against csdid 0.4.3 and R did 2.1.2 on the county panel of Callaway and
//! Sant'Anna.

use std::path::Path;

use serde_json::Value;

use super::{calc, close, json, reference, refused};

/// Relative tolerances: linear algebra alone, values behind a logistic fit that the references stop early, errors.
const EXACT: f64 = 1e-10;
const ITERATED: f64 = 1e-8;
const ERROR: f64 = 1e-6;

fn on_counties(data: &Path, more: &[&str]) -> Value {
    let data = data.join("mpdta.csv");
    let columns = ["--unit", "countyreal", "--time", "year", "--cohort", "first.treat", "--outcome", "lemp"];
    let all: Vec<&str> =
        ["did", "--data", data.to_str().unwrap()].into_iter().chain(columns).chain(more.iter().copied()).collect();
    calc(&all)
}

/// The options of a scenario such as `nevertreated|dr|lpop|universal|ant0`.
fn options(scenario: &str) -> Vec<&str> {
    let mut parts = scenario.split('|');
    let mut next = || parts.next().unwrap();
    let control = if next() == "nevertreated" { "never" } else { "notyet" };
    let method = next();
    let covariate = next();
    let mut out = vec!["--control", control, "--method", method, "--base", next()];
    if covariate != "1" {
        out.extend(["--covariates", covariate]);
    }
    out
}

/// A number of the reference; csdid nests some in lists.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Array(items) => items.first().and_then(number),
        other => other.as_f64(),
    }
}

fn list(value: &Value) -> Vec<Option<f64>> {
    let items = value.as_array().unwrap();
    let flat = if items.len() == 1 && items[0].is_array() { items[0].as_array().unwrap() } else { items };
    flat.iter().map(Value::as_f64).collect()
}

#[track_caller]
fn same(found: &Value, wanted: Option<f64>, tolerance: f64, what: &str) {
    match wanted {
        Some(wanted) => close(found, wanted, tolerance, what),
        None => assert!(found.is_null(), "{what}: {found}, wanted nothing"),
    }
}

/// Compares one scenario and says how many numbers it had.
fn compare(found: &Value, wanted: &Value, scenario: &str, group_error: bool) -> usize {
    let tolerance = if scenario.contains("lpop") && !scenario.contains("|reg|") { ITERATED } else { EXACT };
    let estimates = found["estimates"].as_array().unwrap();
    let (groups, times) = (list(&wanted["group"]), list(&wanted["time"]));
    assert_eq!(estimates.len(), groups.len(), "{scenario}");
    let (att, se) = (list(&wanted["att"]), list(&wanted["se"]));
    let mut compared = 0;
    for at in 0..groups.len() {
        let is = |e: &&Value| e["group"].as_f64() == groups[at] && e["time"].as_f64() == times[at];
        let estimate = estimates.iter().find(is).unwrap();
        same(&estimate["value"], att[at], tolerance, &format!("{scenario} {:?} {:?}", groups[at], times[at]));
        same(&estimate["se"], se[at], ERROR, &format!("{scenario} se {:?} {:?}", groups[at], times[at]));
        compared += 2;
    }
    for kind in ["simple", "dynamic", "group", "calendar"] {
        let (found, wanted) = (&found["aggregates"][kind], &wanted[format!("agg_{kind}")]);
        same(&found["value"], number(&wanted["overall_att"]), tolerance, &format!("{scenario} {kind}"));
        if kind != "group" || group_error {
            same(&found["se"], number(&wanted["overall_se"]), ERROR, &format!("{scenario} se of {kind}"));
        }
        compared += 2;
        if !wanted["egt"].is_array() {
            continue;
        }
        let (keys, att, se) = (list(&wanted["egt"]), list(&wanted["att_egt"]), list(&wanted["se_egt"]));
        let by = found["by"].as_array().unwrap();
        assert_eq!(by.len(), keys.len(), "{scenario} {kind}");
        for at in 0..keys.len() {
            assert_eq!(by[at]["key"].as_f64(), keys[at]);
            same(&by[at]["value"], att[at], tolerance, &format!("{scenario} {kind} {:?}", keys[at]));
            same(&by[at]["se"], se[at], ERROR, &format!("{scenario} se of {kind} {:?}", keys[at]));
            compared += 2;
        }
    }
    compared
}

#[test]
fn effects_and_summaries_agree_with_csdid() {
    let Some(folder) = reference("did_mpdta") else { return };
    let expected = json(&folder.join("expected_csdid.json"));
    let mut compared = 0;
    for (scenario, wanted) in expected["scenarios"].as_object().unwrap() {
        let found = on_counties(&folder, &options(scenario));
        compared += compare(&found, wanted, scenario, true);
        let pretest = &found["diagnostics"]["pretest"];
        same(&pretest["statistic"], number(&wanted["wald_pretest"]["W"]), ITERATED, scenario);
        // The reference rounds to five decimals.
        let p = wanted["wald_pretest"]["p"].as_f64().unwrap();
        assert!((pretest["p"].as_f64().unwrap() - p).abs() < 6e-6, "{scenario}");
    }
    assert!(compared >= 1200, "{compared} numbers");
}

#[test]
fn effects_and_summaries_agree_with_r() {
    let Some(folder) = reference("did_mpdta") else { return };
    let expected = json(&folder.join("expected_did_R.json"));
    let mut compared = 0;
    for (scenario, wanted) in expected.as_object().unwrap().iter().filter(|(name, _)| name.contains('|')) {
        let found = on_counties(&folder, &options(scenario));
        // did 2.1.2 looks the cohorts of the group weights up in the list of effects; csdid and moderndid do not.
        compared += compare(&found, wanted, scenario, false);
        same(&found["diagnostics"]["pretest"]["statistic"], number(&wanted["W"]), ITERATED, scenario);
    }
    assert!(compared >= 600, "{compared} numbers");
}

#[test]
fn effects_and_summaries_agree_with_moderndid() {
    let Some(folder) = reference("did_mpdta") else { return };
    let expected = json(&folder.join("expected_moderndid.json"));
    let mut compared = 0;
    for (scenario, wanted) in expected["scenarios"].as_object().unwrap() {
        let scenario = format!("{scenario}|varying");
        compared += compare(&on_counties(&folder, &options(&scenario)), wanted, &scenario, true);
    }
    assert!(compared >= 600, "{compared} numbers");
}

#[test]
fn anticipation_agrees_with_r() {
    let Some(folder) = reference("did_mpdta") else { return };
    let wanted = &json(&folder.join("expected_did_R.json"))["anticipation1"];
    let found = on_counties(&folder, &["--anticipation", "1"]);
    let estimates = found["estimates"].as_array().unwrap();
    let (att, se) = (list(&wanted["att"]), list(&wanted["se"]));
    assert_eq!(estimates.len(), att.len());
    for (at, estimate) in estimates.iter().enumerate() {
        assert_eq!(estimate["group"], wanted["group"][at]);
        assert_eq!(estimate["time"], wanted["time"][at]);
        same(&estimate["value"], att[at], EXACT, "anticipation");
        same(&estimate["se"], se[at], ERROR, "anticipation");
    }
    assert_eq!(found["dropped"][0]["why"], "always_treated");
    assert_eq!(found["dropped"][0]["n"], 20);
}

#[test]
fn the_bootstrap_agrees_with_r() {
    let Some(folder) = reference("did_mpdta") else { return };
    let wanted = &json(&folder.join("expected_did_R.json"))["bootstrap_25000"];
    let found = on_counties(&folder, &["--bootstrap", "25000"]);
    // Errors from quartiles of 25,000 draws: 1.17 / √25000 on either side, three of them.
    let tolerance = 3.0 * 1.17 * (2.0f64 / 25_000.0).sqrt();
    for (list_of, ours) in [("se_gt", &found["estimates"]), ("se_dynamic", &found["aggregates"]["dynamic"]["by"])] {
        for (at, wanted) in list(&wanted[list_of]).into_iter().enumerate() {
            close(&ours[at]["se"], wanted.unwrap(), tolerance, list_of);
        }
    }
    close(&found["diagnostics"]["critical"], number(&wanted["crit_gt"]).unwrap(), 0.01, "critical value");
    close(
        &found["aggregates"]["dynamic"]["critical"],
        number(&wanted["crit_dynamic"]).unwrap(),
        0.01,
        "of the event study",
    );
    let estimate = &found["estimates"][0];
    let half = estimate["upper"].as_f64().unwrap() - estimate["value"].as_f64().unwrap();
    close(&found["diagnostics"]["critical"], half / estimate["se"].as_f64().unwrap(), 1e-9, "the band");
}

const PANEL: [&str; 9] =
    ["did", "--time", "quarter", "--cohort", "campaign", "--outcome", "share", "--data", "datasets/calc/panel.csv"];

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

#[test]
fn every_option_is_told_and_periods_keep_their_writing() {
    let found = calc(&with(&PANEL, &["--unit", "town", "--bootstrap", "99", "--control", "notyet"]));
    for (option, value) in [
        ("control", Value::from("notyet")),
        ("method", "dr".into()),
        ("base", "varying".into()),
        ("anticipation", 0.into()),
        ("scale", "level".into()),
        ("bootstrap", 99.into()),
        ("seed", 1.into()),
        ("level", 0.95.into()),
        ("repeated_cross_sections", false.into()),
        ("unbalanced", false.into()),
    ] {
        assert_eq!(found["options"][option], value, "{option}");
    }
    assert!(found["notes"].as_array().unwrap().iter().any(|note| note["code"] == "pretest"));

    // The same with months in place of numbers.
    let text = std::fs::read_to_string("datasets/calc/panel.csv").unwrap();
    let month = |number: &str| format!("2024-{number:0>2}");
    let mut lines = text.lines();
    let mut dated = vec![lines.next().unwrap().to_owned()];
    for line in lines {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        cells[1] = month(&cells[1]);
        if cells[2] != "0" {
            cells[2] = month(&cells[2]);
        }
        dated.push(cells.join(","));
    }
    let work = crate::support::Work::new();
    work.file("months.csv", dated.join("\n"));
    let path = work.path("months.csv");
    let by_month = calc(
        &[&PANEL[..8], &[path.to_str().unwrap(), "--unit", "town", "--bootstrap", "99", "--control", "notyet"]]
            .concat(),
    );
    assert_eq!(by_month["estimates"][0]["group"], "2024-05");
    assert_eq!(by_month["estimates"][0]["value"], found["estimates"][0]["value"]);
    assert_eq!(by_month["aggregates"]["dynamic"], found["aggregates"]["dynamic"]);
}

#[test]
fn refusals_name_the_place_and_a_cure() {
    let text = std::fs::read_to_string("datasets/calc/panel.csv").unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let refused_with = |lines: &[String], more: &[&str]| {
        let work = crate::support::Work::new();
        work.file("panel.csv", lines.join("\n"));
        let path = work.path("panel.csv");
        refused(&[&PANEL[..8], &[path.to_str().unwrap(), "--unit", "town"], more].concat())
    };
    let all = |keep: &dyn Fn(&[&str]) -> bool| -> Vec<String> {
        let row = |line: &&&str| keep(&line.split(',').collect::<Vec<_>>());
        lines[..1].iter().chain(lines[1..].iter().filter(row)).map(|line| (*line).to_owned()).collect()
    };
    let mut doubled = all(&|_| true);
    doubled.push(lines[7].to_owned());
    let said = refused_with(&doubled, &[]);
    assert!(said.contains("record 481, column \"town\": the same unit in the same period as in record 7"), "{said}");
    let mut changed = all(&|_| true);
    changed[4] = changed[4].replacen(",5,", ",9,", 1);
    assert!(refused_with(&changed, &[]).contains("another start than in record"), "{}", changed[4]);
    assert!(refused_with(&all(&|row| row[2] != "0"), &[]).contains("--control notyet"));
    assert!(refused_with(&all(&|row| row[2] == "0"), &[]).contains("no unit is first treated"));
    assert!(refused_with(&all(&|row| row[2] == "5"), &["--control", "notyet"]).contains("all are treated at once"));
    let one = all(&|row| row[2] == "0" || row[0] == "Alspelhagen");
    assert!(refused_with(&one, &[]).contains("a single unit is treated"));
    assert!(refused_with(&all(&|_| true), &["--bootstrap", "5"]).contains("at least 50"));
    assert!(refused_with(&all(&|_| true), &["--covariates", "size,size"]).contains("\"size\" is constant or follows"));
    let mut negative = all(&|_| true);
    negative[9] = negative[9].replace(",0.", ",-0.");
    let said = refused_with(&negative, &["--scale", "log"]);
    assert!(said.contains("record 9, column \"share\"") && said.contains("no logarithm"), "{said}");
}

/// The lines of the example panel, each changed by `change`; the first is the header.
fn changed(change: impl Fn(usize, &mut Vec<String>)) -> crate::support::Work {
    let text = std::fs::read_to_string("datasets/calc/panel.csv").unwrap();
    let line = |(at, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        change(at, &mut cells);
        cells.join(",") + "\n"
    };
    let work = crate::support::Work::new();
    work.file("panel.csv", text.lines().enumerate().map(line).collect::<String>());
    work
}

#[test]
fn periods_may_be_dates() {
    let more = ["--unit", "town", "--control", "notyet", "--anticipation", "1"];
    let plain = calc(&with(&PANEL, &more));
    let quarter = |number: &str| {
        let places = number.parse::<usize>().unwrap() - 1;
        format!("{}-{:02}-01", 2022 + places / 4, places % 4 * 3 + 1)
    };
    for midnight in ["", " 00:00:00"] {
        let work = changed(|at, cells| {
            if at > 0 {
                cells[1] = quarter(&cells[1]) + midnight;
                cells[2] = if cells[2] == "0" { String::new() } else { quarter(&cells[2]) };
            }
        });
        let path = work.path("panel.csv");
        let dated = calc(&with(&PANEL[..8], &with(&[path.to_str().unwrap()], &more)));
        assert_eq!(dated["aggregates"]["dynamic"], plain["aggregates"]["dynamic"]);
        assert_eq!(dated["estimates"].as_array().unwrap().len(), plain["estimates"].as_array().unwrap().len());
        for (found, wanted) in dated["estimates"].as_array().unwrap().iter().zip(plain["estimates"].as_array().unwrap())
        {
            assert_eq!(found["value"], wanted["value"]);
            assert_eq!(found["group"].as_str().unwrap(), quarter(&wanted["group"].to_string()) + midnight);
        }
        assert!(!dated["notes"].to_string().contains("gaps_in_time"), "{}", dated["notes"]);
    }
    let mixed = changed(|at, cells| {
        if at == 7 {
            cells[1] = quarter(&cells[1]);
        }
    });
    let path = mixed.path("panel.csv");
    let said = refused(&with(&PANEL[..8], &[path.to_str().unwrap(), "--unit", "town"]));
    assert!(said.contains("record 7, column \"quarter\"") && said.contains("another way"), "{said}");
}

/// Every third town has another platform. The values are csdid's (0.4.3) with two columns of 0 and 1 in its place.
#[test]
fn text_is_a_category() {
    let text = std::fs::read_to_string("datasets/calc/panel.csv").unwrap();
    let mut towns: Vec<&str> = text.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    towns.sort_unstable();
    towns.dedup();
    let with_platform = |names: [&str; 3]| {
        changed(|at, cells| {
            let platform = towns.iter().position(|town| *town == cells[0]).map_or("platform", |place| names[place % 3]);
            cells.push(if at == 0 { "platform" } else { platform }.to_owned());
        })
    };
    for (method, value, se) in [
        ("dr", 0.041_673_063_776_114_63, 0.005_041_448_335_584_341),
        ("reg", 0.042_044_600_875_014_33, 0.004_916_506_541_414_216),
        ("ipw", 0.041_758_133_177_242_3, 0.004_831_020_972_713_833),
    ] {
        for (names, categorical) in [(["A", "B", "C"], &[][..]), (["7", "8", "19"], &["--categorical", "platform"])] {
            let work = with_platform(names);
            let path = work.path("panel.csv");
            let more = ["--unit", "town", "--control", "notyet", "--method", method, "--covariates", "platform,size"];
            let found = calc(&with(&PANEL[..8], &[&[path.to_str().unwrap()], &more[..], categorical].concat()));
            let found = &found["aggregates"]["simple"];
            close(&found["value"], value, if method == "reg" { EXACT } else { ITERATED }, method);
            close(&found["se"], se, ERROR, method);
        }
    }
    let mixed = with_platform(["1", "2", "x"]);
    let path = mixed.path("panel.csv");
    let path = path.to_str().unwrap();
    let refused_with = |more: &[&str]| refused(&with(&PANEL[..8], &[&[path, "--unit", "town"], more].concat()));
    assert!(refused_with(&["--covariates", "platform"]).contains("name the column with --categorical"));
    assert!(refused_with(&["--covariates", "size", "--categorical", "platform"]).contains("none of the covariates"));
}
