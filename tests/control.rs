//! Control charts, trends and events of single series on the built-in example, held against the published months.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Row, Work, number, rows};

const SERVICE: &str = "90001";
const RELAUNCH: &str = "2024-03";

/// A project of twelve towns in which a form was renewed everywhere in one month.
fn project(audience: &str) -> Work {
    let work = Work::new();
    work.ok(&["demo", "land", "--municipalities", "12", "--services", "3", "--months", "40", "--no-run"]);
    let events = work.read("land/eingang/ereignisse.csv");
    work.file("land/eingang/ereignisse.csv", format!("{events}*;{SERVICE};Relaunch;01.03.2024;;;Neues Formular\n"));
    work.edit("land/resonanz.toml", "[report]\n", "[control]\nphase_events = [\"Relaunch\"]\n\n[report]\n");
    work.edit("land/resonanz.toml", "audience = \"internal\"", &format!("audience = \"{audience}\""));
    work.ok(&["run", "land"]);
    work
}

/// Online and all cases by town and month, as published.
fn months(work: &Work, service: &str) -> BTreeMap<String, BTreeMap<String, (f64, f64)>> {
    let all = work.table("land/out/publish/data/estimates_month.csv");
    let mut out: BTreeMap<String, BTreeMap<String, (f64, f64)>> = BTreeMap::new();
    for row in
        rows(&all, &[("kpi", "online_share"), ("dimension", "area"), ("service", service), ("aggregation", "own")])
    {
        if let (Some(online), Some(all)) = (number(row, "numerator"), number(row, "denominator")) {
            assert!(!row["flags"].contains("above_100"), "the example has none: {row:?}");
            out.entry(row["unit"].clone()).or_default().insert(row["period"].clone(), (online, all));
        }
    }
    out
}

/// p or p′ limits of one phase, by the formulas of Shewhart and Laney; `at` are the places of the months, and there is no
/// range across a gap.
fn limits(at: &[usize], shares: &[(f64, f64)]) -> (f64, Vec<(f64, f64)>, &'static str) {
    let (online, all) = shares.iter().fold((0.0, 0.0), |(a, b), (x, n)| (a + x, b + n));
    let p = online / all;
    let z: Vec<f64> = shares.iter().map(|(x, n)| (x / n - p) / (p * (1.0 - p) / n).sqrt()).collect();
    let neighbours = |k: &usize| at[*k] == at[*k - 1] + 1;
    let ranges: Vec<f64> = (1..z.len()).filter(neighbours).map(|k| (z[k] - z[k - 1]).abs()).collect();
    let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
    let most = 3.267 * mean(&ranges);
    let kept: Vec<f64> = ranges.into_iter().filter(|r| *r < most).collect();
    let sigma = mean(&kept) / 1.128;
    let half = |n: f64| 3.0 * (p * (1.0 - p) / n).sqrt() * sigma.max(1.0);
    let both = shares.iter().map(|(_, n)| ((p - half(*n)).max(0.0), (p + half(*n)).min(1.0))).collect();
    (p, both, if sigma > 1.0 { "pprime" } else { "p" })
}

fn close(row: &Row, column: &str, expected: f64) {
    let found = number(row, column).unwrap();
    assert!((found - expected).abs() < 1e-9, "{column}: {expected} in {row:?}");
}

/// Position in the series, row, and online and all cases.
type Month<'a> = (usize, &'a Row, (f64, f64));

/// Holds the published sum of all towns against the published months of the towns.
fn check(work: &Work, service: &str) {
    let control = work.table("land/out/publish/data/control.csv");
    let series = rows(&control, &[("service", service), ("area", "*")]);
    assert!(series.len() >= 20, "{}", series.len());
    let towns = months(work, service);
    let told = |row: &&&Row| !row["value"].is_empty();
    let span: Vec<&str> = series.iter().filter(told).map(|row| row["month"].as_str()).collect();
    // Towns that were there in the first month and have every month since that is no gap of the sum.
    let early = |town: &&BTreeMap<String, (f64, f64)>| town.keys().next().is_some_and(|m| *m <= series[0]["month"]);
    let complete: Vec<_> =
        towns.values().filter(early).filter(|town| span.iter().all(|month| town.contains_key(*month))).collect();
    let begun = towns.values().filter(early).count();
    assert!(2 * begun >= towns.len(), "the series begins when half of the towns are online");
    let mut phases: BTreeMap<&str, Vec<Month<'_>>> = BTreeMap::new();
    for (at, row) in series.iter().enumerate().filter(|(_, row)| told(row)) {
        let share = complete.iter().fold((0.0, 0.0), |(x, n), town| {
            let (online, all) = town[&row["month"]];
            (x + online, n + all)
        });
        close(row, "value", share.0 / share.1);
        close(row, "cases", share.1);
        close(row, "towns", complete.len() as f64);
        close(row, "towns_known", towns.len() as f64);
        assert_eq!(row["phase"], if service != SERVICE || row["month"].as_str() < RELAUNCH { "1" } else { "2" });
        assert_eq!(row["phase_event"], if row["phase"] == "1" { "" } else { "Relaunch" });
        phases.entry(&row["phase"]).or_default().push((at, row, share));
    }
    assert_eq!(phases.len(), if service == SERVICE { 2 } else { 1 });
    for phase in phases.values() {
        let shares: Vec<(f64, f64)> = phase.iter().map(|(_, _, share)| *share).collect();
        let places: Vec<usize> = phase.iter().map(|(at, ..)| *at).collect();
        let (center, both, kind) = limits(&places, &shares);
        for ((_, row, share), (lower, upper)) in phase.iter().zip(both) {
            close(row, "center", center);
            close(row, "lower", lower);
            close(row, "upper", upper);
            assert_eq!(row["chart"], kind);
            let value = share.0 / share.1;
            assert_eq!(row["rules"].contains("beyond_3_sigma"), value < lower || value > upper, "{row:?}");
        }
    }
    // What is not relaunched has one phase.
    assert!(control.iter().all(|row| row["service"] == SERVICE || row["phase"] == "1"));
    // A single town's months are its published ones.
    for row in control.iter().filter(|row| row["area"] != "*" && row["service"] == service) {
        let (online, all) = towns[&row["area"]].get(&row["month"]).copied().unwrap_or_default();
        match number(row, "value") {
            Some(value) => assert!((value - online / all).abs() < 1e-9, "{row:?}"),
            None => assert_eq!(all, 0.0, "{row:?}"),
        }
    }
}

#[test]
fn a_service_stands_within_limits_of_its_own_and_what_changed_is_told() {
    let work = project("internal");
    check(&work, SERVICE);
    let changes = work.table("land/out/publish/data/series_change.csv");
    let what: BTreeSet<&str> = changes.iter().map(|row| row["what"].as_str()).collect();
    assert!(["trend", "level", "control"].iter().all(|w| what.contains(w)), "{what:?}");
    for row in &changes {
        let refused = !row["refusal_de"].is_empty();
        assert_eq!(refused, !row["refusal_en"].is_empty(), "{row:?}");
        assert_eq!(refused, row["value"].is_empty(), "{row:?}");
        assert!(!row["event"].contains("outage") && !row["event"].contains("launch "), "{row:?}");
        if let (Some(value), Some(lower), Some(upper)) =
            (number(row, "value"), number(row, "lower"), number(row, "upper"))
        {
            assert!(lower < value && value < upper, "{row:?}");
            // The p value of a trend is the larger of two.
            let shown = number(row, "p").unwrap() < 0.05;
            let excludes = lower > 0.0 || upper < 0.0;
            assert!(if row["what"] == "trend" { excludes || !shown } else { excludes == shown }, "{row:?}");
        }
    }
    // The relaunch concerned all towns: their sum before and from it on.
    let jump = rows(&changes, &[("service", SERVICE), ("area", "*"), ("what", "level"), ("month", RELAUNCH)]);
    assert_eq!(jump.len(), 1);
    assert_eq!(jump[0]["event"], "Relaunch");
    let trend = rows(&changes, &[("service", SERVICE), ("area", "*"), ("what", "trend")])[0];
    assert!(trend["refusal_en"].is_empty() || trend["refusal_en"].contains("at least 36 months"), "{trend:?}");

    let page = work.read("land/out/publish/bericht/leistungen/wohnsitzanmeldung.html");
    let section =
        page.split_once("<section aria-labelledby=\"control\">").unwrap().1.split("</section>").next().unwrap();
    for part in ["Was in dieser Reihe gewöhnlich ist", "Zwischen den Grenzen", "Relaunch"] {
        assert!(section.contains(part), "{part}");
    }
    assert!(work.path("land/out/publish/charts/wohnsitzanmeldung-control.svg").is_file());
}

#[test]
fn a_release_shows_limits_of_shown_months_alone() {
    // Of this service enough towns may be seen month by month; of the other none, and that is said.
    const SEEN: &str = "90002";
    let work = project("public");
    check(&work, SEEN);
    let changes = work.table("land/out/publish/data/series_change.csv");
    let none = rows(&changes, &[("service", SERVICE), ("area", "*"), ("what", "control")]);
    assert_eq!(none[0]["refusal_en"], "no town has a number for every month");
    let towns = |work: &Work| {
        let control = work.table("land/out/publish/data/control.csv");
        number(rows(&control, &[("service", SEEN), ("area", "*")])[0], "towns").unwrap()
    };
    let public = towns(&work);
    work.edit("land/resonanz.toml", "audience = \"public\"", "audience = \"internal\"");
    work.ok(&["run", "land"]);
    assert!(public < towns(&work));
}

#[test]
fn phases_that_no_event_can_begin_are_refused() {
    let work = Work::new();
    work.ok(&["demo", "land", "--municipalities", "3", "--services", "1", "--months", "3", "--no-run"]);
    for kinds in ["[\"\"]", "[\"Relaunch\", \"Relaunch\"]", "\"Relaunch\""] {
        let before = work.read("land/resonanz.toml");
        work.edit("land/resonanz.toml", "[report]\n", &format!("[control]\nphase_events = {kinds}\n\n[report]\n"));
        let said = work.run(&["check", "land"]);
        assert_eq!(said.code, 2, "{kinds}: {}", said.stderr);
        assert!(said.stderr.contains("phase_events"), "{}", said.stderr);
        work.file("land/resonanz.toml", before);
    }
}
