//! Panel regressions, few clusters, and planning.

use serde_json::Value;

use super::{calc, close, json, reference, refused};
use crate::support::Work;

/// The reference's panel with the column that its scripts add.
fn staggered() -> Option<(Work, String, std::path::PathBuf)> {
    let folder = reference("twfe_sunab")?;
    let text = std::fs::read_to_string(folder.join("base_stagg.csv")).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
    let (start, distance) = (at("year_treated"), at("time_to_treatment"));
    let mut out = format!("{},treatpost\n", names.join(","));
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        let on = number(start) <= 1000.0 && number(distance) >= 0.0;
        out.push_str(&format!("{line},{}\n", u8::from(on)));
    }
    let work = Work::new();
    work.file("stagg.csv", out);
    let path = work.path("stagg.csv").to_str().unwrap().to_owned();
    Some((work, path, folder))
}

#[track_caller]
fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let found: Vec<&Value> = list.as_array().unwrap().iter().filter(|e| e[key] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {list}");
    found[0]
}

/// jsonlite writes vectors of length one as scalars.
fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn codes(answer: &Value) -> Vec<String> {
    answer["notes"].as_array().unwrap().iter().map(|n| n["code"].as_str().unwrap().to_owned()).collect()
}

const PANEL: [&str; 6] = ["--unit", "id", "--time", "year", "--outcome", "y"];

#[test]
fn two_way_fixed_effects_agree_with_fixest_and_pyfixest() {
    let Some((_work, data, folder)) = staggered() else { return };
    let (r, python) = (json(&folder.join("expected_fixest.json")), json(&folder.join("expected_pyfixest.json")));
    for (python_name, r_name, more) in [
        ("iid", Some("twfe_iid"), &["--vcov", "iid"][..]),
        ("HC1", Some("twfe_hetero"), &["--vcov", "hc1"]),
        ("CRV1:id", Some("twfe_cluster_id"), &["--vcov", "cluster"]),
        ("CRV1:id+year", Some("twfe_twoway"), &["--vcov", "cluster", "--cluster", "id+year"]),
        ("CRV3:id", None, &["--vcov", "cr3", "--cluster", "id"]),
    ] {
        let mut arguments = vec!["twfe", "--data", &data, "--treatment", "treatpost", "--covariates", "x1"];
        arguments.extend(PANEL.iter().chain(more));
        let answer = calc(&arguments);
        assert_eq!(answer["n"], 950);
        assert!(codes(&answer).contains(&"comparison_only".to_owned()));
        for term in ["treatpost", "x1"] {
            let found = named(&answer["estimates"], "name", term);
            let wanted = &python["models"][format!("twfe_static|{python_name}")][term];
            for (at, key, tolerance) in
                [(0, "value", 1e-8), (1, "se", 1e-8), (2, "t", 1e-8), (4, "lower", 1e-8), (5, "upper", 1e-8)]
            {
                close(&found[key], wanted[at].as_f64().unwrap(), tolerance, &format!("{python_name} {term} {key}"));
            }
            let Some(r_name) = r_name else { continue };
            let wanted = &r[r_name];
            let at = wanted["term"].as_array().unwrap().iter().position(|t| t == term).unwrap();
            for (key, theirs) in [("value", "est"), ("se", "se"), ("p", "p")] {
                close(&found[key], wanted[theirs][at].as_f64().unwrap(), 1e-8, &format!("{r_name} {term} {key}"));
            }
        }
    }
}

#[test]
fn the_event_study_agrees_with_fixest() {
    let Some((_work, data, folder)) = staggered() else { return };
    let r = json(&folder.join("expected_fixest.json"));
    for (prefix, more) in [("sunab", &["--covariates", "x1"][..]), ("sunab_nocov", &[])] {
        let mut arguments = vec!["twfe", "--data", &data, "--sunab", "--cohort", "year_treated"];
        arguments.extend(PANEL.iter().chain(more));
        let answer = calc(&arguments);
        let wanted = &r[format!("{prefix}_event")];
        let terms = listed(&wanted["term"]);
        assert_eq!(answer["estimates"].as_array().unwrap().len(), terms.len());
        for (at, term) in terms.iter().enumerate() {
            let found = named(&answer["estimates"], "name", term.as_str().unwrap());
            for (key, theirs) in [("value", "est"), ("se", "se"), ("p", "p")] {
                close(&found[key], wanted[theirs][at].as_f64().unwrap(), 1e-6, &format!("{prefix} {term} {key}"));
            }
        }
        let wanted = &r[format!("{prefix}_att")];
        for (key, theirs) in [("value", "est"), ("se", "se"), ("p", "p")] {
            let last = listed(&wanted[theirs]).last().unwrap().as_f64().unwrap();
            close(&answer["aggregates"]["att"][key], last, 1e-8, &format!("{prefix} att {key}"));
        }
        if prefix != "sunab" {
            continue;
        }
        let wanted = &r["sunab_cohort"];
        for (at, term) in listed(&wanted["term"]).iter().enumerate().skip(1) {
            let cohort: i64 = term.as_str().unwrap().rsplit("::").next().unwrap().parse().unwrap();
            let by = answer["aggregates"]["cohort"]["by"].as_array().unwrap();
            let found = by.iter().find(|e| e["key"] == cohort).unwrap();
            close(&found["value"], wanted["est"][at].as_f64().unwrap(), 1e-8, &format!("cohort {cohort}"));
            close(&found["se"], wanted["se"][at].as_f64().unwrap(), 1e-8, &format!("se of cohort {cohort}"));
        }
        let wanted = &r["sunab_raw_catt"];
        let cells = answer["aggregates"]["group_event"]["by"].as_array().unwrap();
        assert_eq!(cells.len() + 1, listed(&wanted["term"]).len());
        for cell in cells {
            let name = format!("year::{}:cohort::{}", cell["event"], cell["group"]);
            let at = listed(&wanted["term"]).iter().position(|t| *t == name).unwrap();
            close(&cell["value"], wanted["est"][at].as_f64().unwrap(), 1e-6, &name);
            close(&cell["se"], wanted["se"][at].as_f64().unwrap(), 1e-6, &format!("se of {name}"));
        }
        arguments.extend(["--vcov", "iid"]);
        let answer = calc(&arguments);
        let wanted = r["sunab_iid_att"]["se"][1].as_f64().unwrap();
        close(&answer["aggregates"]["att"]["se"], wanted, 1e-8, "att se iid");
    }
}

/// Six units, five periods; unit 0 to 2 treated at different times. The values by wildboottest, clubSandwich and
/// enumeration stand beside the code; here is what the command line adds.
fn small(edit: impl Fn(u32, u32, u32) -> Option<String>) -> (Work, String) {
    let work = Work::new();
    let mut out = String::from("u,t,d,c,y\n");
    for u in 0..6u32 {
        for t in 1..6u32 {
            let on = u32::from((u < 2 && t >= 3) || (u == 2 && t >= 4));
            let y = (u * 7 + t * 5 + u * t * 3) % 11 + 4 * on;
            let cohort = ["3", "3", "4", "0", "", "never"][u as usize];
            let line = edit(u, t, on).unwrap_or_else(|| format!("{u},{t},{on},{cohort},{y}"));
            out.push_str(&line);
            out.push('\n');
        }
    }
    work.file("p.csv", out);
    let path = work.path("p.csv").to_str().unwrap().to_owned();
    (work, path)
}

fn arguments<'a>(method: &'a str, path: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut out = vec![method, "--data", path, "--unit", "u", "--outcome", "y"];
    if method != "randinf" {
        out.extend(["--time", "t"]);
    }
    out.extend(more);
    out
}

#[test]
fn missing_values_doubles_and_gaps_are_said() {
    let (_work, path) = small(|u, t, on| match (u, t) {
        (3, 2) => Some("3,2,0,0,".to_owned()),
        (4, 5) => Some(format!("4,4,{on},,3")),
        _ => None,
    });
    let answer = calc(&arguments("twfe", &path, &["--treatment", "d"]));
    assert_eq!(answer["n"], 29);
    assert_eq!((&answer["dropped"][0]["why"], &answer["dropped"][0]["n"]), (&"missing_outcome".into(), &1.into()));
    let notes = codes(&answer);
    for code in ["duplicate_unit_time", "unbalanced_panel", "staggered_timing", "few_clusters", "few_treated_clusters"]
    {
        assert!(notes.iter().any(|n| n == code), "{code}: {notes:?}");
    }
    let doubled =
        &answer["notes"].as_array().unwrap().iter().find(|n| n["code"] == "duplicate_unit_time").unwrap()["text"];
    assert!(doubled.as_str().unwrap().contains("record 25"), "{doubled}");
}

#[test]
fn never_treated_may_be_written_in_several_ways() {
    let (_work, path) = small(|_, _, _| None);
    let answer = calc(&arguments("twfe", &path, &["--sunab", "--cohort", "c"]));
    assert_eq!(answer["n"], 30);
    let keys: Vec<i64> =
        answer["aggregates"]["cohort"]["by"].as_array().unwrap().iter().map(|e| e["key"].as_i64().unwrap()).collect();
    assert_eq!(keys, [3, 4]);
    // Months and quarters as periods give the same.
    let text = std::fs::read_to_string(&path).unwrap();
    let work = Work::new();
    let months: String = text
        .lines()
        .map(|line| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            for at in [1, 3] {
                if let Some(n) = cells[at].parse::<u32>().ok().filter(|n| *n > 0) {
                    cells[at] = format!("{}-{:02}", 2023 + (n + 9) / 12, (n + 9) % 12 + 1);
                }
            }
            cells.join(",") + "\n"
        })
        .collect();
    work.file("m.csv", months);
    let other = calc(&arguments("twfe", work.path("m.csv").to_str().unwrap(), &["--sunab", "--cohort", "c"]));
    assert_eq!(answer["aggregates"]["att"], other["aggregates"]["att"]);
    let keys: Vec<&str> =
        other["aggregates"]["cohort"]["by"].as_array().unwrap().iter().map(|e| e["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["2024-01", "2024-02"]);
    // A treatment may be named beside the starts, and a period missing for all is said.
    let (_work, path) = small(|_, t, _| (t == 2).then(String::new));
    let answer = calc(&arguments("twfe", &path, &["--sunab", "--cohort", "c", "--treatment", "d"]));
    let notes = codes(&answer);
    assert!(["treatment_unused", "gaps_in_time"].iter().all(|code| notes.iter().any(|n| n == code)), "{notes:?}");
    // A unit treated from the first period on is left out and counted.
    let (_work, path) = small(|u, t, on| (u == 5).then(|| format!("5,{t},{on},1,{}", t * t)));
    let answer = calc(&arguments("twfe", &path, &["--sunab", "--cohort", "c"]));
    assert_eq!(answer["dropped"][0]["why"], "always_treated");
    assert_eq!((&answer["dropped"][0]["n"], &answer["n"]), (&1.into(), &25.into()));
}

#[test]
fn bad_panels_are_refused_with_a_reason() {
    let (_work, path) = small(|_, _, _| None);
    let says = |more: &[&str], words: &str| {
        let said = refused(&arguments("twfe", &path, more));
        assert!(said.contains(words), "{more:?}: {said}");
    };
    says(&["--treatment", "u2"], "no column \"u2\"");
    says(&["--treatment", "y"], "named twice");
    says(&["--treatment", "t"], "units and periods explain the column completely");
    says(&["--treatment", "d", "--vcov", "cr2", "--cluster", "u+t"], "one cluster column");
    says(&["--treatment", "d", "--cluster", "u+t+d"], "one or two columns");
    says(&["--treatment", "d", "--level", "95"], "level");
    says(&["--sunab", "--cohort", "t"], "more than one start");
    let (_work, constant) = small(|u, t, on| Some(format!("{u},{t},{on},0,5")));
    assert!(refused(&arguments("twfe", &constant, &["--treatment", "d"])).contains("explained completely"));
    assert!(refused(&arguments("twfe", &constant, &["--sunab", "--cohort", "c"])).contains("no unit starts"));
    let (_work, all) = small(|u, t, on| (u > 2).then(|| format!("{u},{t},{on},2,{}", u + t * t)));
    assert!(refused(&arguments("twfe", &all, &["--sunab", "--cohort", "c"])).contains("without treatment"));
    let (_work, broken) = small(|u, t, _| (u == 1 && t == 1).then(|| "1,1,0,3,inf".to_owned()));
    assert!(refused(&arguments("twfe", &broken, &["--treatment", "d"])).contains("record 6"));
}

#[test]
fn few_clusters_and_few_units() {
    let (_work, path) = small(|_, _, _| None);
    let answer = calc(&arguments("wildboot", &path, &["--treatment", "d", "--vcov", "cluster", "--draws", "all"]));
    assert_eq!((&answer["diagnostics"]["draws"], &answer["diagnostics"]["enumerated"]), (&64.into(), &true.into()));
    let found = &answer["estimates"][0];
    let whole = found["p"].as_f64().unwrap() * 64.0;
    close(&whole.round().into(), whole, 1e-9, "p is a multiple of 1/64");
    close(&found["p_ties"], found["p"].as_f64().unwrap() + 2.0 / 64.0, 1e-9, "the observed one and its mirror image");
    assert!(codes(&answer).contains(&"few_treated_clusters".to_owned()));
    // The same coefficient and error as the regression with errors by cluster.
    let regression = calc(&arguments("twfe", &path, &["--treatment", "d"]));
    for key in ["value", "se"] {
        assert_eq!(regression["estimates"][0][key], found[key]);
    }
    let seeded = |seed: &str| {
        let more = ["--treatment", "d", "--weights", "webb", "--draws", "499", "--seed", seed];
        calc(&arguments("wildboot", &path, &more))["estimates"].clone()
    };
    assert_eq!(seeded("5"), seeded("5"));
    let work = Work::new();
    // Treated 7 and 9, others 1, 4, 3: only the observed of ten choices is as far apart.
    work.file("r.csv", "u,d,y\na,1,7\nb,0,1\nc,1,9\nd,0,4\ne,0,3\nf,0,\n");
    let file = work.path("r.csv");
    let file = file.to_str().unwrap();
    let answer = calc(&arguments("randinf", file, &["--treatment", "d", "--draws", "all"]));
    close(&answer["estimates"][0]["p"], 0.1, 1e-12, "p");
    close(&answer["estimates"][0]["value"], 16.0 / 3.0, 1e-12, "difference");
    assert_eq!((&answer["n"], &answer["dropped"][0]["why"]), (&5.into(), &"missing_outcome".into()));
    assert!(codes(&answer).contains(&"p_floor".to_owned()));
    assert!(refused(&arguments("randinf", &path, &["--treatment", "d"])).contains("not treated alike"));
    assert!(refused(&arguments("randinf", file, &["--treatment", "y"])).contains("neither 0 nor 1"));
    assert!(refused(&arguments("randinf", file, &["--treatment", "d", "--draws", "many"])).contains("--draws"));
}

#[test]
fn planning_needs_no_file() {
    let plan = |more: &[&str]| {
        let mut arguments = vec!["power", "--base", "0.2", "--effect", "0.05", "--units", "40"];
        arguments.extend(["--periods", "12", "--icc", "0.02"]);
        arguments.extend(more);
        calc(&arguments)
    };
    let answer = plan(&[]);
    // statsmodels 0.15: power_proportions_2indep on the cases of each group divided by 1.22.
    close(&named(&answer["estimates"], "name", "power")["value"], 0.220_320_817_207_844_9, 1e-10, "power");
    close(&named(&answer["estimates"], "name", "units_needed")["value"], 223.0, 1e-12, "units");
    assert!(named(&answer["estimates"], "name", "periods_needed")["value"].is_null());
    assert!(codes(&answer).contains(&"periods_do_not_suffice".to_owned()));
    let answer = plan(&["--cases-per-period", "30", "--simulate", "500"]);
    let simulated = named(&answer["estimates"], "name", "power_simulated");
    let formula = named(&answer["estimates"], "name", "power")["value"].as_f64().unwrap();
    let (value, se) = (simulated["value"].as_f64().unwrap(), simulated["se"].as_f64().unwrap());
    assert!((value - formula).abs() < 3.0 * se + 0.03, "{value} {formula}");
    for (more, words) in [
        (&["--base", "0.99"][..], "--base plus --effect"),
        (&["--icc", "1"], "--icc"),
        (&["--treated", "40"], "at least one town"),
        (&["--power", "2"], "--power"),
    ] {
        let mut arguments = vec!["power", "--units", "40", "--periods", "3"];
        for (name, value) in [("--base", "0.2"), ("--icc", "0")] {
            if more[0] != name {
                arguments.extend([name, value]);
            }
        }
        arguments.extend(more);
        let said = refused(&arguments);
        assert!(said.contains(words), "{more:?}: {said}");
    }
}
