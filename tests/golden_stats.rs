//! The statistical methods against values made by independent implementations. The folder is named by
//! `RESONANZ_REFERENCE` (default `../shared`); where it is absent the tests say so and pass.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

use std::path::PathBuf;

use resonanz::stats::cluster::{Cluster, mean_of_ratios, pooled_rate};
use resonanz::stats::survey::{self, Population, Respondent, SurveyEstimate};
use resonanz::stats::{Refusal, interval, kish};
use serde_json::Value;

fn reference(set: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RESONANZ_REFERENCE").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = root.join("golden").join("dev").join(set);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: no reference values for {set} (set RESONANZ_REFERENCE)");
    None
}

#[track_caller]
fn close(found: f64, wanted: f64, tolerance: f64, what: &str) {
    let error = (found - wanted).abs() / wanted.abs().max(1e-12);
    assert!(error <= tolerance, "{what}: found {found:e}, wanted {wanted:e}, relative error {error:e}");
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The rows of a CSV file as maps from column to text.
fn table(path: PathBuf) -> Vec<std::collections::BTreeMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn pair(value: &Value) -> (f64, f64) {
    (value[0].as_f64().unwrap(), value[1].as_f64().unwrap())
}

#[test]
fn wilson_and_poisson_agree_with_statsmodels() {
    let Some(folder) = reference("proportions") else { return };
    let values = json(folder.join("expected_statsmodels.json"));
    let mut compared = 0;
    for case in values["one_sample_proportion"].as_array().unwrap() {
        let (x, n) = (case["x"].as_u64().unwrap(), case["n"].as_u64().unwrap());
        let level = 1.0 - case["alpha"].as_f64().unwrap();
        let found = interval::wilson(x, n, level).unwrap();
        let (lower, upper) = pair(&case["wilson"]);
        // Their lower limit cancels to 1e-17 for no case; the tolerance is absolute there.
        assert!((found.lower - lower).abs() < 1e-13 && (found.upper - upper).abs() < 1e-13, "{case}");
        compared += 1;
    }
    assert!(compared >= 60, "{compared} proportions");
    compared = 0;
    for case in values["one_sample_rate"].as_array().unwrap() {
        let (x, exposure) = (case["x"].as_u64().unwrap(), case["exposure"].as_f64().unwrap());
        let level = 1.0 - case["alpha"].as_f64().unwrap();
        let exact = interval::poisson_exact(x, level).unwrap();
        let byar = interval::byar(x, level).unwrap();
        for (found, key, tolerance) in [(exact, "exact-c", 1e-11), (byar, "byar_formula", 1e-12)] {
            let (lower, upper) = pair(&case[key]);
            close(found.lower / exposure, lower.max(0.0), tolerance, &format!("lower {key} of {x}"));
            close(found.upper / exposure, upper, tolerance, &format!("upper {key} of {x}"));
        }
        compared += 1;
    }
    assert!(compared >= 20, "{compared} rates");
}

#[test]
fn byar_and_wilson_agree_with_the_public_health_fixtures() {
    let Some(folder) = reference("phe") else { return };
    let mut compared = 0;
    for row in table(folder.join("byars_wilson_expected.csv")) {
        let level = row["confidence"].trim_end_matches('%').parse::<f64>().unwrap() / 100.0;
        let x: f64 = row["x"].parse().unwrap();
        let found = if row["method"] == "Byars" {
            interval::byar(x as u64, level).unwrap()
        } else {
            interval::wilson_real(x, row["n"].parse().unwrap(), level).unwrap()
        };
        // A blank lower limit belongs to one event at 99.8 %, where the formula falls below zero.
        if row["lowercl"].is_empty() {
            assert_eq!(found.lower, 0.0);
        } else {
            close(found.lower, row["lowercl"].parse().unwrap(), 1e-12, &row["x"]);
        }
        close(found.upper, row["uppercl"].parse().unwrap(), 1e-12, &row["x"]);
        compared += 1;
    }
    for row in table(folder.join("proportion_expected.csv")) {
        let (Ok(x), Ok(n)) = (row["Numerator"].parse(), row["Denominator"].parse()) else { continue };
        let multiplier: f64 = row["multiplier"].parse().unwrap();
        for (level, suffix) in [(0.95, "95_0cl"), (0.998, "99_8cl")] {
            let Ok(lower) = row[&format!("lower{suffix}")].parse() else { continue };
            let found = interval::wilson(x, n, level).unwrap();
            close(found.lower * multiplier, lower, 1e-12, &row["Area"]);
            close(found.upper * multiplier, row[&format!("upper{suffix}")].parse().unwrap(), 1e-12, &row["Area"]);
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared} intervals");
}

#[test]
fn t_intervals_agree_with_the_public_health_fixtures() {
    let Some(folder) = reference("phe") else { return };
    let inputs = table(folder.join("mean_input.csv"));
    let mut compared = 0;
    for row in table(folder.join("mean_expected.csv")) {
        let values: Vec<Cluster> = inputs
            .iter()
            .filter(|i| row["area"] == "No grouping" || i["area"] == row["area"])
            .map(|i| Cluster { numerator: i["values"].parse().unwrap(), denominator: 1.0 })
            .collect();
        for (level, suffix) in [(0.95, "95_0cl"), (0.998, "99_8cl")] {
            // With denominators of one the jackknife is the t interval of the mean as well.
            for (method, tolerance) in [(mean_of_ratios as fn(&[Cluster], f64) -> _, 1e-12), (pooled_rate, 1e-10)] {
                let found = method(&values, level).unwrap();
                close(found.value, row["value"].parse().unwrap(), 1e-12, &row["area"]);
                close(found.lower, row[&format!("lower{suffix}")].parse().unwrap(), tolerance, &row["area"]);
                close(found.upper, row[&format!("upper{suffix}")].parse().unwrap(), tolerance, &row["area"]);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 12);
}

/// A school survey under one of the reference's designs.
struct Design {
    rows: Vec<std::collections::BTreeMap<String, String>>,
    stratified: bool,
    clustered: bool,
    corrected: bool,
}

impl Design {
    fn number(&self, i: usize, column: &str) -> f64 {
        self.rows[i][column].parse().unwrap()
    }

    fn stratum(&self, i: usize) -> u32 {
        if self.stratified { "EHM".find(&self.rows[i]["stype"]).unwrap() as u32 } else { 0 }
    }

    fn respondents(&self, yx: impl Fn(usize) -> (f64, f64)) -> Vec<Respondent> {
        let respondent = |i: usize| {
            let (y, x) = yx(i);
            let psu = if self.clustered { self.number(i, "dnum") as u32 } else { i as u32 };
            Respondent { y, x, weight: self.number(i, "pw"), stratum: self.stratum(i), psu }
        };
        (0..self.rows.len()).map(respondent).collect()
    }

    fn population(&self) -> Population {
        let sizes = (0..self.rows.len()).map(|i| (self.stratum(i), self.number(i, "fpc")));
        if self.corrected { sizes.collect() } else { Population::new() }
    }

    fn ratio(&self, yx: impl Fn(usize) -> (f64, f64)) -> Result<SurveyEstimate, Refusal> {
        survey::weighted_ratio_fpc(&self.respondents(yx), &self.population(), 0.95)
    }

    fn is(&self, i: usize, column: &str, value: &str) -> f64 {
        f64::from(u8::from(self.rows[i][column] == value))
    }
}

#[test]
fn survey_estimates_agree_with_r_survey() {
    let Some(folder) = reference("survey") else { return };
    let expected = json(folder.join("expected_survey.json"));
    for (name, file, stratified, clustered, corrected) in [
        ("dsrs", "apisrs.csv", false, false, true),
        ("dsrs_nofpc", "apisrs.csv", false, false, false),
        ("dstrat", "apistrat.csv", true, false, true),
        ("dstrat_nofpc", "apistrat.csv", true, false, false),
        ("dclus1", "apiclus1.csv", false, true, true),
    ] {
        let d = Design { rows: table(folder.join(file)), stratified, clustered, corrected };
        let e = &expected[name];
        let check = |found: &SurveyEstimate, est: &Value, se: &Value, what: &str| {
            close(found.value, est.as_f64().unwrap(), 1e-11, &format!("{name} {what}"));
            close(found.se, se.as_f64().unwrap(), 1e-9, &format!("{name} se of {what}"));
        };

        let mean = d.ratio(|i| (d.number(i, "api00"), 1.0)).unwrap();
        let wanted = &e["mean_api00"];
        check(&mean, &wanted["est"]["api00"], &wanted["se"]["api00"], "mean");
        close(mean.deff.unwrap(), wanted["deff_replace"].as_f64().unwrap(), 1e-9, name);
        assert_eq!(mean.df, e["degf"].as_u64().unwrap(), "{name}");
        let weights: Vec<f64> = (0..d.rows.len()).map(|i| d.number(i, "pw")).collect();
        close(kish::design_effect(&weights).unwrap(), e["kish_deff"].as_f64().unwrap(), 1e-12, name);

        let ratio = d.ratio(|i| (d.number(i, "api.stu"), d.number(i, "enroll"))).unwrap();
        check(&ratio, &e["ratio_apistu_enroll"]["est"], &e["ratio_apistu_enroll"]["se"], "ratio");

        for (at, level) in ["E", "H", "M"].into_iter().enumerate() {
            let inside = |i| d.is(i, "stype", level);
            let found = d.ratio(|i| (d.number(i, "api00") * inside(i), inside(i))).unwrap();
            let wanted = &e["by_stype_mean_api00"];
            assert_eq!(wanted["level"][at], level);
            check(&found, &wanted["est"][at], &wanted["se"][at], level);
        }
        let inside = |i| d.is(i, "comp.imp", "Yes");
        let found = d.ratio(|i| (d.number(i, "api00") * inside(i), inside(i))).unwrap();
        let wanted = &e["domain_compimp_mean_api00"];
        check(&found, &wanted["est"]["api00"], &wanted["se"]["api00"], "domain");

        let rows = d.respondents(|i| (d.is(i, "sch.wide", "Yes"), 1.0));
        let share = survey::weighted_share_fpc(&rows, &d.population(), 0.95).unwrap();
        let wanted = &e["mean_schwide"];
        check(&share, &wanted["est"]["sch.wideYes"], &wanted["se"]["sch.wideYes"], "share");
        let (lower, upper) = pair(&e["ciprop_schwide_xlogit"]["ci"]);
        close(share.lower, lower, 1e-9, name);
        close(share.upper, upper, 1e-9, name);
        assert_eq!(share.method, "taylor_logit");
    }
}
