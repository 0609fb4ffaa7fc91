//! Synthetic control and synthetic difference-in-differences against synthdid 0.0.9, quadprog and pysyncon 1.7.0.

use std::path::Path;

use serde_json::Value;

use super::{calc, close, json, reference, refused};
use crate::support::Work;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn by<'a>(answer: &'a Value, name: &str, list: &str) -> &'a Vec<Value> {
    answer["aggregates"][name][list].as_array().unwrap()
}

/// Compares values in order, absolutely.
#[track_caller]
fn near(found: &[Value], wanted: &Value, tolerance: f64, what: &str) {
    let wanted = wanted.as_array().unwrap();
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (found, wanted) in found.iter().zip(wanted) {
        let error = (number(&found["value"]) - number(wanted)).abs();
        assert!(error <= tolerance, "{what} {}: {} is not {wanted}", found["key"], found["value"]);
    }
}

fn smoking(folder: &Path, method: &str, more: &[&str]) -> Value {
    let data = folder.join("california_prop99.csv");
    let columns = ["--unit", "State", "--time", "Year", "--outcome", "PacksPerCapita"];
    let event = ["--treated-unit", "California", "--start", "1989"];
    calc(&[&[method, "--data", data.to_str().unwrap()][..], &columns, &event, more].concat())
}

#[test]
fn the_smoking_estimates_are_those_of_synthdid() {
    let Some(folder) = reference("synth") else { return };
    let expected = json(&folder.join("expected_prop99_synthdid.json"));
    let exact = smoking(&folder, "sdid", &[]);
    let drawn = smoking(&folder, "sdid", &["--draws", "200", "--seed", "7"]);
    for (at, name) in ["sdid", "sc", "did"].into_iter().enumerate() {
        let (found, wanted) = (&exact["estimates"][at], &expected[name]);
        assert_eq!(found["name"], name);
        close(&found["value"], number(&wanted["estimate"]), 1e-8, name);
        near(by(&exact, name, "omega"), &wanted["omega"], 1e-8, "omega");
        near(by(&exact, name, "lambda"), &wanted["lambda"], 1e-8, "lambda");
        near(by(&exact, name, "by"), &wanted["effect_curve"], 1e-7, "effect by year");
        // 200 draws of one in 38 placebo estimates: the error of a standard deviation with heavy tails is near 10 %.
        close(&found["se"], number(&wanted["placebo_se_200"]), 0.3, "placebo error");
        close(&drawn["estimates"][at]["se"], number(&found["se"]), 0.3, "drawn placebo error");
    }
    let measured = &exact["diagnostics"]["sdid"];
    close(&measured["noise_level"], number(&expected["noise_level"]), 1e-12, "noise");
    close(&measured["zeta_omega"], number(&expected["sdid"]["opts"]["zeta.omega"]), 1e-12, "penalty");
    close(&measured["omega_sum"], 1.0, 1e-12, "sum of weights");
}

#[test]
fn the_outcome_only_synthetic_control_is_that_of_quadratic_programming() {
    let Some(folder) = reference("synth") else { return };
    let expected = json(&folder.join("expected_prop99_synthdid.json"));
    let expected = &expected["sc_outcome_only_qp"];
    let answer = smoking(&folder, "synth", &[]);
    for weight in by(&answer, "weights", "by") {
        let wanted = number(&expected["weights"][weight["key"].as_str().unwrap()]);
        assert!((number(&weight["value"]) - wanted).abs() < 2e-8, "{weight}");
    }
    near(by(&answer, "gaps", "by"), &expected["gap"], 1e-6, "gap");
    close(&answer["diagnostics"]["pre_rmspe"], number(&expected["pre_rmspe"]), 1e-8, "fit before");
    close(&answer["estimates"][0]["p"], number(&expected["placebo"]["p_rank"]), 1e-12, "rank");
    for (at, placebo) in by(&answer, "placebo_ratios", "by").iter().enumerate() {
        let wanted = &expected["placebo"];
        assert_eq!(placebo["key"], wanted["unit"][at]);
        close(&placebo["value"], number(&wanted["ratio"][at]), 1e-7, "ratio");
        close(&placebo["pre_rmspe"], number(&wanted["pre_rmspe"][at]), 1e-7, "before");
    }
    close(&answer["diagnostics"]["weights_sum"], 1.0, 1e-12, "sum of weights");
}

#[test]
fn with_given_predictor_weights_the_control_is_that_of_pysyncon() {
    let Some(folder) = reference("synth") else { return };
    let expected = json(&folder.join("expected_basque_pysyncon.json"));
    let v: Vec<String> = expected["V"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let early = ["school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest"];
    let sectors = ["agriculture", "energy", "industry", "construction", "services.venta", "services.nonventa"];
    let mut predictors: Vec<String> = early.iter().map(|name| format!("{name}:1964:1969")).collect();
    predictors.push("gdpcap:1960:1969".to_owned());
    predictors.extend(sectors.iter().map(|name| format!("sec.{name}:1961:1969")));
    predictors.push("popdens:1969".to_owned());
    let data = folder.join("basque.csv");
    let treated = "Basque Country (Pais Vasco)";
    let columns = ["--unit", "regionname", "--time", "year", "--outcome", "gdpcap", "--treated-unit", treated];
    let more = ["--start", "1975", "--covariates", &predictors.join(","), "--v", &v.join(",")];
    let answer = calc(&[&["synth", "--data", data.to_str().unwrap()][..], &columns, &more].concat());
    for (found, wanted) in
        answer["diagnostics"]["predictors"].as_array().unwrap().iter().zip(expected["X1"].as_object().unwrap())
    {
        close(&found["treated"], number(wanted.1), 1e-12, wanted.0);
    }
    // The reference solves this problem iteratively, to about 2e-6.
    for weight in by(&answer, "weights", "by") {
        let wanted = number(&expected["weights"][weight["key"].as_str().unwrap()]);
        assert!((number(&weight["value"]) - wanted).abs() < 5e-6, "{weight}");
    }
    close(&answer["estimates"][0]["value"], number(&expected["att_1975_1997"]["att"]), 5e-6, "effect");
}

/// Five units, six periods.
fn panel(change: impl Fn(&str, usize) -> Option<String>) -> String {
    let mut out = "unit,year,y,size\n".to_owned();
    for (at, unit) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        for year in 2001..2007 {
            let y = (at * at) as f64 + ((year * (at + 3)) % 7) as f64 + year as f64 / 10.0;
            let line = change(unit, year).unwrap_or_else(|| format!("{unit},{year},{y},{at}\n"));
            out.push_str(&line);
        }
    }
    out
}

#[test]
fn panels_that_cannot_be_used_are_refused_with_the_place() {
    let work = Work::new();
    let path = work.path("p.csv");
    let path = path.to_str().unwrap();
    let run = |table: String, method: &str, unit: &str, start: &str, more: &[&str]| {
        work.file("p.csv", table);
        let columns = ["--unit", "unit", "--time", "year", "--outcome", "y", "--treated-unit", unit, "--start", start];
        refused(&[&[method, "--data", path][..], &columns, more].concat())
    };
    for method in ["synth", "sdid"] {
        let plain = || panel(|_, _| None);
        let hole = |unit: &str, year| (unit == "b" && year == 2003).then(String::new);
        assert!(run(panel(hole), method, "a", "2005", &[]).contains("unit \"b\", period 2003: the value is missing"));
        let empty = |unit: &str, year| (unit == "b" && year == 2003).then(|| "b,2003,NA,1\n".to_owned());
        assert!(run(panel(empty), method, "a", "2005", &[]).contains("unit \"b\", period 2003: the value is missing"));
        let twice = |unit: &str, year| (unit == "c" && year == 2004).then(|| "c,2004,1,1\nc,2004,2,1\n".to_owned());
        assert!(
            run(panel(twice), method, "a", "2005", &[])
                .contains("unit \"c\", period 2004: two rows (records 16 and 17)")
        );
        let gap = |_: &str, year| (year == 2004).then(String::new);
        assert!(run(panel(gap), method, "a", "2005", &[]).contains("2003 – 2005"));
        assert!(run(plain(), method, "z", "2005", &[]).contains("there is no unit \"z\""));
        assert!(run(plain(), method, "a", "2002", &[]).contains("1 periods before the start"));
        assert!(run(plain(), method, "a", "2007", &[]).contains("no period from the start on"));
        assert!(run(plain(), method, "a", "May", &[]).contains("no point in time"));
    }
    let plain = || panel(|_, _| None);
    assert!(run(plain(), "synth", "a,b", "2005", &[]).contains("exactly one treated unit"));
    assert!(run(plain(), "synth", "a", "2005", &["--v", "1,2"]).contains("predictor weights"));
    assert!(run(plain(), "synth", "a", "2005", &["--covariates", "size:2005"]).contains("before the start"));
    let same = |unit: &str, year: usize| Some(format!("{unit},{year},{},7\n", (year * unit.len() + year % 3) as f64));
    assert!(
        run(panel(same), "synth", "a", "2005", &["--covariates", "size"]).contains("predictor size has the same value")
    );
    assert!(run(plain(), "sdid", "a", "2005", &["--se", "jackknife"]).contains("at least two treated units"));
    assert!(run(plain(), "sdid", "a,b,c", "2005", &[]).contains("2 untreated for 3 treated units"));
    let still = |unit: &str, year: usize| Some(format!("{unit},{year},{},1\n", if unit == "a" { year } else { 5 }));
    assert!(run(panel(still), "sdid", "a", "2005", &[]).contains("do not change before the start"));
}

#[test]
fn several_treated_units_and_covariates() {
    let work = Work::new();
    let path = work.path("p.csv");
    // The outcome is levels and 2 x, and 3 more for units e and "f, g" from 2008 on.
    let mut rows = "unit;year;y;x\n".to_owned();
    for (at, unit) in ["a", "b", "c", "d", "e", "f, g", "h", "i"].into_iter().enumerate() {
        for year in 2001..2011 {
            let x = ((at * 7 + year * 5) % 11) as f64;
            let noise = ((at * at * 3 + year * year) % 7) as f64 / 100.0;
            let effect = if matches!(unit, "e" | "f, g") && year >= 2008 { 3.0 } else { 0.0 };
            let y = at as f64 + ((year * year) % 5) as f64 + 2.0 * x + noise + effect;
            rows.push_str(&format!("{unit};{year};{y};{x}\n"));
        }
    }
    work.file("p.csv", rows);
    let columns = ["--unit", "unit", "--time", "year", "--outcome", "y", "--start", "2008", "--covariates", "x"];
    let units = ["--treated-unit", "f, g", "--treated-unit", "e"];
    for se in ["placebo", "jackknife", "bootstrap"] {
        let answer = calc(&[&["sdid", "--data", path.to_str().unwrap(), "--se", se][..], &columns, &units].concat());
        let found = &answer["estimates"][0];
        assert!((number(&found["value"]) - 3.0).abs() < 0.05 && number(&found["se"]) < 0.1, "{found}");
        assert!((number(&answer["diagnostics"]["covariates"][0]["value"]) - 2.0).abs() < 0.01);
        assert_eq!(answer["diagnostics"]["treated_units"], 2);
    }
}

#[test]
fn numbers_name_units_and_times_however_they_are_written() {
    let work = Work::new();
    let path = work.path("p.csv");
    let run = |method: &str, unit: &str, start: &str, decimals: bool| {
        let write = |number: i32| if decimals { format!("{number}.0") } else { number.to_string() };
        let mut rows = "unit,t,y\n".to_owned();
        for unit in 1..8 {
            for t in -5..3 {
                let y = (unit * 3 + t * unit * unit) % 7 + t;
                rows.push_str(&format!("{},{},{y}\n", write(unit), write(t)));
            }
        }
        work.file("p.csv", rows);
        let columns = ["--unit", "unit", "--time", "t", "--outcome", "y", "--treated-unit", unit, "--start", start];
        calc(&[&[method, "--data", path.to_str().unwrap()][..], &columns].concat())["estimates"][0]["value"].clone()
    };
    for method in ["synth", "sdid"] {
        let wanted = run(method, "3", "-1", false);
        assert!(wanted.is_f64());
        assert_eq!(run(method, "3", "-1", true), wanted);
        assert_eq!(run(method, "3.0", "-1.0", false), wanted);
    }
}
