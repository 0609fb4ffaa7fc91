//! Methods for one series against R (stats, strucchange, sandwich, lmtest).

use std::path::Path;

use serde_json::Value;

use super::{calc, close, json, reference, refused};
use crate::support::Work;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn on(file: &Path, method: &str, more: &[&str]) -> Value {
    calc(&[&[method, "--data", file.to_str().unwrap(), "--time", "t", "--value", "y"][..], more].concat())
}

#[track_caller]
fn near(estimates: &Value, part: &str, wanted: &Value, tolerance: f64) {
    for (at, wanted) in wanted.as_array().unwrap().iter().enumerate() {
        let found = number(&estimates[at][part]);
        assert!((found - number(wanted)).abs() <= tolerance, "{part} {at}: {found} is not {wanted}");
    }
}

#[test]
fn stl_is_that_of_r() {
    let Some(folder) = reference("timeseries") else { return };
    let expected = json(&folder.join("expected.json"));
    let answer = on(&folder.join("nottem.csv"), "stl", &[]);
    let wanted = &expected["stl_nottem_periodic"];
    near(&answer["estimates"], "seasonal", &wanted["seasonal12"], 1e-11);
    near(&answer["estimates"], "trend", &wanted["trend"], 1e-11);

    let work = Work::new();
    let passengers = std::fs::read_to_string(folder.join("AirPassengers.csv")).unwrap();
    let logs = passengers.lines().skip(1).map(|line| {
        let (t, y) = line.split_once(',').unwrap();
        format!("{t},{}\n", y.parse::<f64>().unwrap().ln())
    });
    work.file("log.csv", "t,y\n".to_owned() + &logs.collect::<String>());
    let answer = on(&work.path("log.csv"), "stl", &["--window", "7", "--robust"]);
    let wanted = &expected["stl_logair_s7_robust"];
    near(&answer["estimates"], "seasonal", &wanted["seasonal"], 1e-11);
    near(&answer["estimates"], "trend", &wanted["trend"], 1e-11);
}

#[test]
fn breaks_are_those_of_strucchange() {
    let Some(folder) = reference("timeseries") else { return };
    let expected = &json(&folder.join("expected.json"))["bp_Nile"];
    let answer = on(&folder.join("Nile.csv"), "breaks", &[]);
    let estimates = answer["estimates"].as_array().unwrap();
    assert_eq!(estimates.len(), 1);
    assert_eq!(estimates[0]["last_before"], expected["breakpoints"]);
    assert_eq!(estimates[0]["place_lower"], expected["ci"][0][0]);
    assert_eq!(estimates[0]["place_upper"], expected["ci"][0][2]);
    assert_eq!(estimates[0]["time"], "1898");
}

#[test]
fn an_interrupted_series_is_that_of_lm_with_newey_west() {
    let Some(folder) = reference("timeseries") else { return };
    let expected = &json(&folder.join("expected.json"))["its_Nile_1899"];
    let answer = on(&folder.join("Nile.csv"), "its", &["--event", "1899", "--lag", "3"]);
    let names = ["intercept", "trend", "level_change", "trend_change"];
    for (at, name) in names.into_iter().enumerate() {
        let found = &answer["estimates"][at];
        assert_eq!(found["name"], name);
        close(&found["value"], number(&expected["coef"][at]), 1e-10, name);
        close(&found["se"], number(&expected["se_nw3"][at]), 1e-10, name);
        close(&found["se_ols"], number(&expected["se_ols"][at]), 1e-10, name);
    }
    close(&answer["diagnostics"]["durbin_watson"], number(&expected["dw"]), 1e-10, "Durbin-Watson");
}

#[test]
fn series_that_cannot_be_used_are_refused() {
    let work = Work::new();
    let path = work.path("s.csv");
    let path = path.to_str().unwrap();
    let run = |rows: &[String], method: &str, more: &[&str]| {
        work.file("s.csv", "t,y\n".to_owned() + &rows.join("\n") + "\n");
        refused(&[&[method, "--data", path, "--time", "t", "--value", "y"][..], more].concat())
    };
    let months = |n: usize, y: fn(usize) -> f64| -> Vec<String> {
        (0..n).map(|m| format!("{}-{:02},{}", 2020 + m / 12, m % 12 + 1, y(m))).collect()
    };
    let waves = |m: usize| (m * m % 17) as f64;
    let plain = months(36, waves);
    let mut gap = plain.clone();
    gap.remove(5);
    let mut twice = plain.clone();
    twice.insert(7, plain[6].clone());
    let mut empty = plain.clone();
    empty[4] = "2020-05,".to_owned();
    let adjusted = ["--adjust", "same-month-last-year"];
    for (method, more) in [("stl", &[][..]), ("breaks", &[]), ("trend", &adjusted), ("its", &["--event", "2021-06"])] {
        assert!(run(&gap, method, more).contains("2020-05 – 2020-07"), "{method}");
        assert!(run(&twice, method, more).contains("period 2020-07 has two rows (records 7 and 8)"), "{method}");
        assert!(run(&empty, method, more).contains("record 5, column \"y\": a value is missing here"), "{method}");
    }
    assert!(run(&plain, "trend", &[]).contains("takes the season for a trend"));
    assert!(run(&months(23, waves), "trend", &adjusted).contains("23 periods are no two full seasons"));
    assert!(run(&months(24, waves), "trend", &["--adjust", "stl"]).contains("no two full seasons"));
    assert!(run(&months(24, waves), "stl", &[]).contains("no two full seasons"));
    assert!(run(&plain, "its", &["--event", "2020-03"]).contains("2 periods before and 34 from the event on"));
    assert!(run(&plain, "its", &["--event", "2023-01"]).contains("0 from the event on"));
    assert!(run(&plain, "its", &["--event", "2021-06", "--lag", "40"]).contains("40 lags are too many"));
    for method in ["breaks", "its"] {
        let more: &[&str] = if method == "its" { &["--event", "2021-06"] } else { &[] };
        assert!(run(&months(36, |_| 3.0), method, more).contains("all values are equal"), "{method}");
    }
    assert!(run(&months(36, |m| m as f64), "its", &["--event", "2021-06"]).contains("fits the values exactly"));
    assert!(run(&months(8, waves), "breaks", &[]).contains("no room for a break"));
}
