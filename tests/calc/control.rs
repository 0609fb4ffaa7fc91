//! Control charts, through the program.

use serde_json::Value;

use super::{calc, close, json, reference, refused};
use crate::support::Work;

fn estimates(answer: &Value) -> &Vec<Value> {
    answer["estimates"].as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}

fn arguments<'a>(path: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["spc", "--data", path, "--time", "t"][..], more].concat()
}

#[track_caller]
fn on(rows: &str, more: &[&str]) -> Value {
    let work = Work::new();
    work.file("table.csv", rows);
    calc(&arguments(work.path("table.csv").to_str().unwrap(), more))
}

#[track_caller]
fn refused_on(rows: &str, more: &[&str]) -> String {
    let work = Work::new();
    work.file("table.csv", rows);
    refused(&arguments(work.path("table.csv").to_str().unwrap(), more))
}

/// A table of months from 2023-01 on with the columns given.
fn months(header: &str, rows: impl IntoIterator<Item = String>) -> String {
    let lines = rows.into_iter().enumerate().map(|(at, row)| format!("{}-{:02},{row}\n", 2023 + at / 12, at % 12 + 1));
    std::iter::once(format!("t,{header}\n")).chain(lines).collect()
}

const PLAIN: [u32; 8] = [41, 44, 40, 43, 45, 42, 44, 41];

#[test]
fn single_values_agree_with_the_reference() {
    let Some(folder) = reference("spc") else { return };
    let values = json(&folder.join("expected.json"));
    let wanted = &values["xmr"];
    let rows = months("v", wanted["x"].as_array().unwrap().iter().map(Value::to_string));
    let answer = on(&rows, &["--value", "v"]);
    assert_eq!(answer["aggregates"]["chart"], "xmr");
    for (key, name) in [
        ("center", "mean"),
        ("mr_bar", "mr_bar"),
        ("sigma", "sigma"),
        ("lower", "lcl"),
        ("upper", "ucl"),
        ("mr_upper", "mr_ucl"),
    ] {
        close(&answer["aggregates"][key], number(&wanted[name]), 1e-13, key);
    }
    // Two of the last four points are above three sigma of a mean they raised themselves: 60.7 alone is beyond 59.58.
    let beyond: Vec<&Value> = estimates(&answer)
        .iter()
        .filter(|point| point["signals"].to_string().contains("beyond_3_sigma"))
        .map(|point| &point["time"])
        .collect();
    assert_eq!(beyond, ["2024-10"]);
}

#[test]
fn shares_agree_with_the_reference() {
    let Some(folder) = reference("spc") else { return };
    let values = json(&folder.join("expected.json"));
    let wanted = &values["p_prime"];
    let pairs = wanted["num"].as_array().unwrap().iter().zip(wanted["den"].as_array().unwrap());
    let rows = months("x,n", pairs.map(|(x, n)| format!("{x},{n}")));
    let columns = ["--numerator", "x", "--denominator", "n"];
    let answer = on(&rows, &columns);
    assert_eq!(answer["aggregates"]["chart"], "pprime");
    assert!(codes(&answer).contains(&"chart_chosen"));
    close(&answer["aggregates"]["center"], number(&wanted["pbar"]), 1e-13, "mean");
    close(&answer["aggregates"]["sigma_z"], number(&wanted["sigma_z"]), 1e-13, "sigma z");
    let plain = on(&rows, &[&columns[..], &["--chart", "p"]].concat());
    for (at, (prime, plain)) in estimates(&answer).iter().zip(estimates(&plain)).enumerate() {
        close(&prime["upper"], number(&wanted["ucl"][at]), 1e-13, "upper");
        close(&prime["lower"], number(&wanted["lcl"][at]), 1e-13, "lower");
        close(&plain["upper"], number(&wanted["p_ucl"][at]), 1e-13, "upper of p");
    }
}

#[test]
fn the_chart_follows_the_data() {
    let rows = months("x,n", PLAIN.iter().map(|x| format!("{x},100")));
    let chart = |more: &[&str]| on(&rows, more)["aggregates"]["chart"].clone();
    assert_eq!(chart(&["--value", "x"]), "xmr");
    assert_eq!(chart(&["--numerator", "x"]), "c");
    assert_eq!(chart(&["--numerator", "x", "--denominator", "n"]), "pprime");
    assert_eq!(chart(&["--numerator", "n", "--denominator", "x"]), "uprime");
    assert_eq!(chart(&["--numerator", "x", "--denominator", "n", "--chart", "u"]), "u");
    assert!(refused_on(&rows, &["--value", "x", "--chart", "p"]).contains("needs --numerator and --denominator"));
    assert!(
        refused_on(&rows, &["--numerator", "x", "--denominator", "n", "--chart", "c"])
            .contains("without a denominator")
    );
    assert!(codes(&on(&rows, &["--value", "x"])).contains(&"few_points"));
}

#[test]
fn a_missing_month_is_no_change() {
    // Without May 2023; one value is missing, and rows are not in order.
    let rows =
        "t,v\n2023-02,11\n2023-01,10\n2023-03,10\n2023-04,11\n2023-06,20\n2023-07,21\n2023-08,\n2023-09,5\n2023-10,6\n";
    let answer = on(rows, &["--value", "v"]);
    // Ranges 1, 1, 1 | 1 | 1; none across the gaps of 9 and 16.
    assert_eq!(answer["aggregates"]["mr_bar"], 1.0);
    assert_eq!(answer["n"], 8);
    assert_eq!(answer["dropped"][0]["why"], "missing_value");
    assert!(codes(&answer).contains(&"gaps") && codes(&answer).contains(&"sorted"));
    let note = answer["notes"].as_array().unwrap().iter().find(|note| note["code"] == "gaps").unwrap();
    assert!(note["text"].as_str().unwrap().contains("2023-04 – 2023-06, 2023-07 – 2023-09"), "{note}");
    let words = "t,v\nspring,1\nsummer,2\nautumn,1\nwinter,3\nspring 2,1\nsummer 2,2\n";
    assert!(codes(&on(words, &["--value", "v"])).contains(&"times_not_read"));
    // A month without cases has no share.
    let empty = months("x,n", ["3,9", "4,9", "0,0", "3,9", "5,9", "4,9", "3,9"].map(str::to_owned));
    let answer = on(&empty, &["--numerator", "x", "--denominator", "n"]);
    assert_eq!(answer["dropped"][0]["why"], "zero_denominator");
}

#[test]
fn phases_have_limits_of_their_own() {
    let rows =
        months("v,p", PLAIN.iter().map(|v| format!("{v},a")).chain(PLAIN.iter().map(|v| format!("{},b", v + 30))));
    let answer = on(&rows, &["--value", "v", "--phase", "p"]);
    let by = answer["aggregates"]["by"].as_array().unwrap();
    assert_eq!((by.len(), &by[1]["key"]), (2, &Value::from("b")));
    close(&by[1]["center"], number(&by[0]["center"]) + 30.0, 1e-13, "level");
    close(&by[1]["mr_bar"], number(&by[0]["mr_bar"]), 1e-13, "ranges");
    assert!(estimates(&answer)[8]["moving_range"].is_null());
    assert_eq!(estimates(&answer)[8]["phase"], "b");
    // As one phase the change of level breaks rules.
    let one = on(&rows, &["--value", "v"]);
    assert!(number(&one["aggregates"]["signals"]) > 0.0);
    assert_eq!(one["aggregates"]["runs"]["signal"], true);
    let back = months("v,p", (0..24).map(|at| format!("{},{}", PLAIN[at % 8], ["a", "b", "a"][at / 8])));
    assert!(refused_on(&back, &["--value", "v", "--phase", "p"]).contains("record 17, column \"p\""));
}

#[test]
fn what_makes_no_chart_is_refused() {
    let value = ["--value", "v"];
    assert!(refused_on(&months("v", (0..5).map(|v| v.to_string())), &value).contains("5 points, at least 6"));
    assert!(refused_on(&months("v", (0..9).map(|_| "3.1".to_owned())), &value).contains("do not differ"));
    assert!(refused_on("t,v\n2023-01,1\n2023-01,2\n", &value).contains("\"2023-01\" is already in record 1"));
    assert!(refused_on("t,v\n2023-01,1\n,2\n", &value).contains("a value is missing"));
    assert!(refused_on("t,v\n2023-01,inf\n2023-02,2\n", &value).contains("not a finite number"));
    assert!(refused_on("t,v\n", &value).contains("no observations"));
    let shares = ["--numerator", "x", "--denominator", "n", "--chart", "p"];
    let rows = |last: &str| months("x,n", ["1,9", "2,9", "3,9", "4,9", "3,9", last].map(str::to_owned));
    assert!(refused_on(&rows("10,9"), &shares).contains("record 6, column \"x\""));
    assert!(refused_on(&rows("-1,9"), &shares).contains("record 6, column \"x\""));
    assert!(refused_on(&rows("1,0"), &shares).contains("record 6, column \"n\""));
    assert!(refused_on(&rows("1,9"), &[]).contains("--value"));
}
