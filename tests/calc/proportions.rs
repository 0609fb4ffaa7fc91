//! Shares, rates, their comparison, standardisation and adjusted p values, through the program.

use std::path::Path;

use serde_json::Value;

use super::{calc, close, json, reference, refused};
use crate::support::{Work, table};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The program's answer on a table that is written first.
#[track_caller]
fn on(rows: &[String], arguments: &[&str]) -> Value {
    let work = Work::new();
    work.file("table.csv", rows.join("\n") + "\n");
    let path = work.path("table.csv");
    let data = ["--data", path.to_str().unwrap()];
    calc(&[&arguments[..1], &data, &arguments[1..]].concat())
}

#[track_caller]
fn refused_on(rows: &str, arguments: &[&str]) -> String {
    let work = Work::new();
    work.file("table.csv", rows);
    let path = work.path("table.csv");
    let data = ["--data", path.to_str().unwrap()];
    refused(&[&arguments[..1], &data, &arguments[1..]].concat())
}

fn estimates(answer: &Value) -> &Vec<Value> {
    answer["estimates"].as_array().unwrap()
}

#[test]
fn intervals_of_shares_agree_with_statsmodels() {
    let Some(folder) = reference("proportions") else { return };
    let values = json(&folder.join("expected_statsmodels.json"));
    let cases = values["one_sample_proportion"].as_array().unwrap();
    let mut compared = 0;
    for (alpha, level) in [(0.05, "0.95"), (0.002, "0.998"), (0.1, "0.9")] {
        let cases: Vec<&Value> = cases.iter().filter(|c| number(&c["alpha"]) == alpha).collect();
        let rows = cases.iter().map(|c| format!("{},{}", c["x"], c["n"]));
        let rows: Vec<String> = std::iter::once("x,n".to_owned()).chain(rows).collect();
        for method in ["wilson", "clopper-pearson", "agresti-coull", "jeffreys"] {
            let options =
                ["proportion", "--numerator", "x", "--denominator", "n", "--method", method, "--level", level];
            let answer = on(&rows, &options);
            assert_eq!(estimates(&answer).len(), cases.len());
            for (found, case) in estimates(&answer).iter().zip(&cases) {
                let wanted = &case[method.replace('-', "_").as_str()];
                close(&found["value"], number(&case["p"]), 1e-14, method);
                // Their Wilson limits of no case are rounding errors of 1e-17.
                close(
                    &found["lower"],
                    if number(&case["x"]) == 0.0 && method == "wilson" { 0.0 } else { number(&wanted[0]) },
                    1e-12,
                    method,
                );
                close(&found["upper"], number(&wanted[1]), 1e-12, method);
                compared += 1;
            }
        }
    }
    assert!(compared >= 240, "{compared}");
}

#[test]
fn intervals_of_rates_agree_with_statsmodels() {
    let Some(folder) = reference("proportions") else { return };
    let values = json(&folder.join("expected_statsmodels.json"));
    let cases = values["one_sample_rate"].as_array().unwrap();
    let mut compared = 0;
    for (alpha, level) in [(0.05, "0.95"), (0.002, "0.998")] {
        let cases: Vec<&Value> = cases.iter().filter(|c| number(&c["alpha"]) == alpha).collect();
        let rows = cases.iter().map(|c| format!("{},{}", c["x"], c["exposure"]));
        let rows: Vec<String> = std::iter::once("x,e".to_owned()).chain(rows).collect();
        for method in ["byar", "exact", "midp"] {
            let options = ["rate", "--numerator", "x", "--denominator", "e", "--method", method, "--level", level];
            let answer = on(&rows, &options);
            for (found, case) in estimates(&answer).iter().zip(&cases) {
                let (x, exposure) = (number(&case["x"]), number(&case["exposure"]));
                let wanted = match method {
                    "byar" if x >= 10.0 => &case["byar_formula"],
                    "midp" => &case["midp-c"],
                    _ => &case["exact-c"],
                };
                close(&found["value"], x / exposure, 1e-14, method);
                if method == "midp" {
                    // Theirs is a root to 1e-8 in the p value and fails in places: near the exact value only.
                    for (limit, wanted) in [("lower", &wanted[0]), ("upper", &wanted[1])] {
                        if (1.0..10_000.0).contains(&x) {
                            close(&found[limit], number(wanted), 2e-5, method);
                        }
                    }
                } else {
                    close(&found["lower"], number(&wanted[0]), 1e-11, method);
                    close(&found["upper"], number(&wanted[1]), 1e-11, method);
                }
                compared += 1;
            }
        }
    }
    assert!(compared >= 60, "{compared}");
}

/// The groups of `cases` as two rows each.
fn pairs(cases: &[Value], size: &str) -> Vec<String> {
    let rows = cases.iter().enumerate().flat_map(|(i, case)| {
        ["1", "2"].map(|arm| format!("g{i},{},{}", case[format!("x{arm}")], case[format!("{size}{arm}")]))
    });
    std::iter::once("g,x,n".to_owned()).chain(rows).collect()
}

/// Compares the limits of all groups for which the reference has them; how many.
#[track_caller]
fn compare(cases: &[Value], size: &str, key: &str, tolerance: f64, options: &[&str]) -> usize {
    let fixed = ["ratio", "--group", "g", "--numerator", "x", "--denominator", "n"];
    let answer = on(&pairs(cases, size), &[&fixed[..], options].concat());
    assert_eq!(estimates(&answer).len(), cases.len());
    let mut compared = 0;
    for (found, case) in estimates(&answer).iter().zip(cases) {
        let what = format!("{key} of {case}");
        // Where the second count is 0, their score interval of two rates is an artefact.
        let artefact = case["x2"] == 0 && size == "e" && key == "ratio:score";
        let Some(wanted) = case[key].as_array().filter(|_| !artefact) else { continue };
        for (limit, wanted) in [("lower", &wanted[0]), ("upper", &wanted[1])] {
            match wanted.as_f64() {
                Some(wanted) => close(&found[limit], wanted, tolerance, &what),
                None => assert!(found[limit].is_null(), "{what}: {found}"),
            }
        }
        compared += 1;
    }
    compared
}

#[test]
fn comparisons_agree_with_statsmodels() {
    let Some(folder) = reference("proportions") else { return };
    let values = json(&folder.join("expected_statsmodels.json"));
    let cases = values["two_sample_proportion"].as_array().unwrap();
    let n = |key, options: &[&str]| compare(cases, "n", key, 1e-12, options);
    assert!(n("diff:newcomb", &["--method", "newcombe"]) >= 10);
    assert!(n("diff:newcomb", &["--method", "mover"]) >= 10);
    assert!(n("ratio:score", &["--measure", "risk-ratio", "--method", "score"]) >= 10);
    assert!(n("ratio:log", &["--measure", "risk-ratio", "--method", "log"]) >= 5);
    assert!(n("ratio:mover_r_wilson_formula", &["--measure", "risk-ratio", "--method", "mover"]) >= 5);
    let cases = values["two_sample_rate"].as_array().unwrap();
    let e = |key, tolerance, options: &[&str]| compare(cases, "e", key, tolerance, options);
    assert!(e("ratio:wald-log", 1e-12, &["--measure", "rate-ratio", "--method", "log"]) >= 3);
    assert!(e("ratio:mover", 1e-12, &["--measure", "rate-ratio", "--method", "mover"]) >= 4);
    assert!(e("diff:mover", 1e-12, &["--kind", "rate", "--method", "mover"]) >= 4);
    assert!(e("ratio:score", 1e-8, &["--measure", "rate-ratio", "--method", "score"]) >= 3);
    // Their search stops at 1e-8 of a p value, which is some 1e-5 of rates as small as these.
    assert!(e("diff:score", 1e-4, &["--kind", "rate", "--method", "score"]) >= 4);
}

/// The score interval of a difference of shares is not compared with statsmodels 0.15.0: its cubic equation for
/// the likeliest shares has x₂ where n₂ belongs. Newcombe (1998), table II, has the limits to four decimals.
#[test]
fn the_score_interval_of_a_difference_is_the_published_one() {
    let rows = ["g,x,n", "a,56,70", "a,48,80", "b,9,10", "b,3,10"].map(str::to_owned);
    let answer = on(&rows, &["ratio", "--group", "g", "--numerator", "x", "--denominator", "n", "--method", "score"]);
    for (found, wanted) in estimates(&answer).iter().zip([[0.0528, 0.3382], [0.1700, 0.8406]]) {
        assert!((number(&found["lower"]) - wanted[0]).abs() < 5.1e-5, "{found}");
        assert!((number(&found["upper"]) - wanted[1]).abs() < 5.1e-5, "{found}");
    }
}

#[test]
fn adjusted_p_values_agree_with_statsmodels() {
    let Some(folder) = reference("proportions") else { return };
    let values = json(&folder.join("expected_statsmodels.json"));
    let family = &values["multiple_testing"];
    let p = family["p"].as_array().unwrap();
    let rows: Vec<String> = std::iter::once("p".to_owned()).chain(p.iter().map(Value::to_string)).collect();
    for (method, key) in [("bh", "fdr_bh"), ("holm", "holm"), ("by", "fdr_by")] {
        let answer = on(&rows, &["adjust", "--p", "p", "--method", method]);
        let wanted = &family[key];
        for (i, found) in estimates(&answer).iter().enumerate() {
            close(&found["value"], number(&wanted["adjusted"][i]), 1e-13, method);
            close(&found["p"], number(&p[i]), 1e-15, method);
            assert_eq!(found["rejected"], wanted["reject05"][i], "{method} {i}");
        }
    }
}

fn standard(folder: &Path, level: &str, multiplier: &str) -> Value {
    let data = folder.join("dsr_input_multiarea.csv");
    let standard = folder.join("esp2013.csv");
    let (data, standard) = (data.to_str().unwrap(), standard.to_str().unwrap());
    let columns = ["--unit", "area", "--stratum", "ageband", "--events", "count", "--population", "pop"];
    let rest = ["--standard", standard, "--level", level, "--multiplier", multiplier];
    calc(&[&["dsr", "--data", data], &columns[..], &rest].concat())
}

#[test]
fn standardised_rates_agree_with_the_public_health_fixtures() {
    let Some(folder) = reference("phe") else { return };
    let expected = table(&folder.join("dsr_expected.csv"), b',');
    let mut compared = 0;
    for (level, suffix) in [("0.95", "95_0cl"), ("0.998", "99_8cl")] {
        for multiplier in ["10000", "100000"] {
            let answer = standard(&folder, level, multiplier);
            for row in &expected {
                let wanted = |column: &str| row[column].parse::<f64>().unwrap();
                if row["statistic"] == format!("dsr per {multiplier}") && row["method"] == "Dobson" {
                    let found = estimates(&answer).iter().find(|e| e["unit"] == row["area"].as_str());
                    // The fixture of 1976 has a file of its own, below.
                    let Some(found) = found else { continue };
                    close(&found["value"], wanted("value"), 1e-12, &row["area"]);
                    close(&found["lower"], wanted(&format!("lower{suffix}")), 1e-11, &row["area"]);
                    close(&found["upper"], wanted(&format!("upper{suffix}")), 1e-11, &row["area"]);
                    compared += 1;
                }
            }
            // Nine events, and a stratum without a count: the fixture has no value either.
            let tiny = &estimates(&answer)[2];
            assert!(tiny["unit"] == "testdata_tiny" && tiny["value"].is_null() && tiny["upper"].is_null(), "{tiny}");
            assert_eq!(answer["dropped"][0]["n"], 1);
            assert!(answer["notes"][0]["code"] == "standard_by_order", "{}", answer["notes"]);
        }
    }
    assert_eq!(compared, 8);
    // The standard population in a column of its own; the fixture's 99.8 % limits are off by a factor of ten.
    let path = folder.join("dsr_input_1976.csv");
    let path = path.to_str().unwrap();
    let columns = ["--stratum", "Age Band", "--events", "count", "--population", "pop"];
    let rest = ["--standard", path, "--standard-population", "esp1976", "--multiplier", "10000"];
    let answer = calc(&[&["dsr", "--data", path], &columns[..], &rest].concat());
    let row = expected.iter().find(|row| row["area"] == "testdata_1976").unwrap();
    for (key, column) in [("value", "value"), ("lower", "lower95_0cl"), ("upper", "upper95_0cl")] {
        close(&estimates(&answer)[0][key], row[column].parse().unwrap(), 1e-12, column);
    }
}

#[test]
fn grouped_shares_agree_with_the_public_health_fixtures() {
    let Some(folder) = reference("phe") else { return };
    let rows = table(&folder.join("proportion_grouped_expected.csv"), b',');
    let rows: Vec<_> = rows.iter().filter(|row| !row["value"].is_empty()).collect();
    let lines = rows.iter().map(|row| format!("{},{}", row["Numerator"], row["Denominator"]));
    let lines: Vec<String> = std::iter::once("x,n".to_owned()).chain(lines).collect();
    let answer = on(&lines, &["proportion", "--numerator", "x", "--denominator", "n"]);
    assert!(rows.len() >= 8);
    for (found, row) in estimates(&answer).iter().zip(rows) {
        for (key, column) in [("value", "value"), ("lower", "lowercl"), ("upper", "uppercl")] {
            close(&found[key], row[column].parse().unwrap(), 1e-12, &row["Area"]);
        }
    }
}

#[test]
fn observed_over_expected_through_the_program() {
    let work = Work::new();
    work.file("town.csv", "town,age,events,people\nA,y,9,100\nA,o,5,50\nB,y,1,0\nB,o,2,10\n");
    work.file("reference.csv", "age,events,people\no,1,10\ny,4,200\nx,1,5\n");
    let (data, reference) = (work.path("town.csv"), work.path("reference.csv"));
    let columns = ["--unit", "town", "--stratum", "age", "--events", "events", "--population", "people"];
    let files = ["--data", data.to_str().unwrap(), "--reference", reference.to_str().unwrap()];
    let said = refused(&[&["smr"], &files[..], &columns].concat());
    assert!(said.contains("record 3, column \"people\": the denominator is zero"), "{said}");
    work.file("town.csv", "town,age,events,people\nA,y,9,100\nA,o,5,50\nB,y,0,0\nB,o,2,10\n");
    let answer = calc(&[&["smr"], &files[..], &columns].concat());
    // 100·4/200 + 50·1/10 = 7 expected in A, 10·1/10 = 1 in B.
    let [a, b] = &estimates(&answer)[..] else { panic!("{answer}") };
    close(&a["value"], 2.0, 1e-14, "A");
    close(&a["expected"], 7.0, 1e-14, "A");
    close(&b["value"], 2.0, 1e-14, "B");
    // Two events: Garwood's 0.2422 and 7.2247.
    assert!((number(&b["lower"]) - 0.2422).abs() < 5e-5 && (number(&b["upper"]) - 7.2247).abs() < 5e-5, "{b}");
    assert_eq!(answer["dropped"][0]["what"], "strata");
    work.file("reference.csv", "age,deaths,n\no,1,10\ny,4,200\n");
    let named = ["--reference-events", "deaths", "--reference-population", "n"];
    let other = calc(&[&["smr"], &files[..], &columns, &named].concat());
    assert_eq!(estimates(&other)[0]["expected"], a["expected"]);
    assert_eq!(other["options"]["reference_events"], "deaths");
}

#[test]
fn towns_as_clusters_through_the_program() {
    // Rates 0.1 to 0.5 of 10 cases each: mean 0.3, standard deviation √0.025, t(4) = 2.776 445 105 197 793.
    let arm = |arm: u8, shift: usize| {
        (1..=5).map(move |i| format!("{arm}{i},{},10,{arm}", i + shift)).chain([format!("{arm}empty,0,0,{arm}")])
    };
    let rows: Vec<String> = std::iter::once("town,x,n,arm".to_owned()).chain(arm(0, 0)).chain(arm(1, 2)).collect();
    let columns = ["group", "--unit", "town", "--numerator", "x", "--denominator", "n"];
    let answer = on(&rows, &[&columns[..], &["--arm", "arm"]].concat());
    let find = |name: &str, arm: Value| {
        estimates(&answer).iter().find(|e| e["name"] == name && e["arm"] == arm).unwrap_or_else(|| panic!("{answer}"))
    };
    let (se, t) = ((0.025f64 / 5.0).sqrt(), 2.776_445_105_197_793);
    for name in ["pooled_rate", "mean_of_ratios"] {
        close(&find(name, 0.into())["value"], 0.3, 1e-12, name);
        close(&find(name, 0.into())["upper"], 0.3 + t * se, 1e-10, name);
        close(&find(name, 1.into())["value"], 0.5, 1e-12, name);
    }
    let difference = find("difference", Value::Null);
    close(&difference["value"], 0.2, 1e-12, "difference");
    close(&difference["lower"], 0.2 - t * se * 2f64.sqrt(), 1e-9, "difference");
    close(&find("ratio", Value::Null)["value"], 5.0 / 3.0, 1e-12, "ratio");
    assert_eq!(answer["dropped"][0]["n"], 2);
    // Without its largest rate the second group has (1+2+3+4)/40, without its smallest (2+3+4+5)/40.
    let range = &answer["diagnostics"]["without_one_unit"][1];
    assert!(range["arm"] == 0 && range["lowest"] == 0.25 && range["highest"] == 0.35, "{range}");
    assert!(range["lowest_without"] == "05" && range["highest_without"] == "01", "{range}");
    let few = refused_on("town,x,n\na,1,2\nb,1,3\n", &columns);
    assert!(few.contains("2 clusters, at least 5 are needed"), "{few}");
    let both = refused_on("town,x,n,arm\na,1,2,0\na,1,3,1\n", &[&columns[..], &["--arm", "arm"]].concat());
    assert!(both.contains("\"a\" is in both groups"), "{both}");
}

#[test]
fn the_arm_tells_which_row_is_first() {
    let rows = ["g,arm,x,n", "a,0,1,10", "b,1,3,10", "a,1,4,10", "b,0,1,20"].map(str::to_owned);
    let columns = ["ratio", "--group", "g", "--numerator", "x", "--denominator", "n", "--measure", "risk-ratio"];
    let by_file = on(&rows, &columns);
    let by_arm = on(&rows, &[&columns[..], &["--arm", "arm"]].concat());
    let values = |answer: &Value| estimates(answer).iter().map(|e| number(&e["value"])).collect::<Vec<_>>();
    for (found, wanted) in [(values(&by_file), [0.25, 6.0]), (values(&by_arm), [4.0, 6.0])] {
        found.iter().zip(wanted).for_each(|(f, w)| assert!((f - w).abs() < 1e-12, "{found:?}"));
    }
}

#[test]
fn bad_tables_are_refused_with_their_place() {
    let shares = ["proportion", "--numerator", "x", "--denominator", "n"];
    let said = refused_on("x,n\n1,2\n0,0\n", &shares);
    assert!(said.contains("record 2, column \"n\": the denominator is zero"), "{said}");
    assert!(refused_on("x,n\n3,2\n", &shares).contains("the count exceeds its denominator"));
    assert!(refused_on("x,n\n1.5,2\n", &shares).contains("1.5 is no count"));
    assert!(refused_on("x,n\n", &shares).contains("there are no observations"));
    let level = refused_on("x,n\n1,2\n", &[&shares[..], &["--level", "95"]].concat());
    assert!(level.contains("--level: a confidence level must lie between 0 and 1"), "{level}");
    let rates = ["rate", "--numerator", "x", "--denominator", "n"];
    assert!(refused_on("x,n\n1,-2\n", &rates).contains("record 1, column \"n\": an input is negative"));
    assert!(refused_on("x,n\n1,0\n", &rates).contains("the denominator is zero"));
    let adjust = ["adjust", "--p", "p"];
    assert!(refused_on("p\n0.5\n1.5\n", &adjust).contains("record 2, column \"p\": 1.5 is no p value"));
    assert!(refused_on("p\n0.5\nNA\n", &adjust).contains("a value is missing here"));
}

#[test]
fn impossible_comparisons_are_refused_with_a_hint() {
    let columns = ["ratio", "--numerator", "x", "--denominator", "n"];
    let with = |rows: &str, more: &[&str]| refused_on(rows, &[&columns[..], more].concat());
    let rows = "g,x,n\na,1,5\na,2,5\n";
    let newcombe = with(rows, &["--measure", "risk-ratio", "--method", "newcombe"]);
    assert!(newcombe.contains("--method mover is the same method"), "{newcombe}");
    assert!(with(rows, &["--method", "log"]).contains("use --method score or --method mover"));
    assert!(with(rows, &["--measure", "rate-ratio", "--kind", "proportion"]).contains("use --measure risk-ratio"));
    assert!(with(rows, &["--measure", "risk-ratio", "--kind", "rate"]).contains("use --measure rate-ratio"));
    assert!(with(rows, &["--uncorrected", "--method", "mover"]).contains("--uncorrected"));
    assert!(with("g,x,n\na,1,5\n", &["--group", "g"]).contains("group \"a\" has 1"));
    assert!(with("x,n\n1,5\n2,5\n3,5\n", &[]).contains("name the column that joins two rows each with --group"));
    let arms = with("g,x,n,t\na,1,5,1\na,2,5,1\n", &["--group", "g", "--arm", "t"]);
    assert!(arms.contains("both rows of the group have 1"), "{arms}");
    assert!(with("x,n\n0,5\n0,5\n", &["--measure", "risk-ratio"]).contains("a rate of zero allows no ratio"));
}

#[test]
fn a_comparison_without_an_interval_stays_with_its_reason() {
    let rows = ["g,x,n", "a,0,10", "a,4,10", "b,5,10", "b,0,10", "c,3,10", "c,2,10"].map(str::to_owned);
    let columns = ["ratio", "--group", "g", "--numerator", "x", "--denominator", "n", "--measure", "risk-ratio"];
    let log = on(&rows, &[&columns[..], &["--method", "log"]].concat());
    let [a, b, c] = &estimates(&log)[..] else { panic!("{log}") };
    assert!(a["value"] == 0.0 && a["upper"].is_null() && b["value"].is_null() && c["upper"].is_number(), "{log}");
    assert_eq!(
        log["notes"][0]["text"],
        "no interval – a: a rate of zero allows no ratio; b: a rate of zero allows no ratio"
    );
    let score = on(&rows, &[&columns[..], &["--method", "score"]].concat());
    assert!(estimates(&score)[1]["lower"].is_number() && estimates(&score)[1]["upper"].is_null(), "{score}");
    assert_eq!(score["notes"][0]["code"], "no_upper_limit");
}

#[test]
fn strata_must_match_and_be_there_once() {
    let work = Work::new();
    work.file("standard.csv", "age,people\ny,10\no,20\n");
    let standard = work.path("standard.csv");
    let columns = ["dsr", "--stratum", "age", "--events", "x", "--population", "people"];
    let all = [&columns[..], &["--unit", "town", "--standard", standard.to_str().unwrap()]].concat();
    let rows = |text: &str| format!("town,age,x,people\n{text}");
    let said = refused_on(&rows("a,y,10,100\na,o,10,100\nb,y,10,100\n"), &all);
    assert!(said.contains("\"b\" has no stratum \"o\"") && said.contains("missing is not zero"), "{said}");
    let said = refused_on(&rows("a,y,10,100\na,y,10,100\na,o,1,1\n"), &all);
    assert!(said.contains("stratum \"y\" of \"a\" is there twice"), "{said}");
    assert!(refused_on(&rows("a,y,10,100\na,z,10,100\n"), &all).contains("stratum \"z\" is missing"));
    assert!(refused_on(&rows("a,y,10,100\n"), &all).contains("not in the data: o"));
    assert!(refused_on(&rows("a,y,5,100\na,o,4,100\n"), &all).contains("9 events, at least 10 are needed"));
    assert!(refused_on(&rows("a,y,50,0\na,o,4,100\n"), &all).contains("stratum \"y\" has no population"));
    work.file("standard.csv", "age,people\ny,10\no,20\ny,1\n");
    assert!(refused_on(&rows("a,y,10,100\na,o,10,100\n"), &all).contains("stratum \"y\" is there twice"));
    work.file("standard.csv", "band,people\ny,10\no,20\n");
    assert!(refused_on(&rows("a,y,10,100\na,o,10,100\n"), &all).contains("there is no column \"age\""));
}
