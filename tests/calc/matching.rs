//! Matching against MatchIt 4.7.1, optmatch and ebal on the Lalonde data.

use serde_json::Value;

use super::{calc, close, json, reference, refused};

const COVARIATES: &str = "age,educ,race,married,nodegree,re74,re75";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn matched(covariates: &str, more: &[&str]) -> Option<Value> {
    let data = reference("matching")?.join("lalonde.csv");
    let all = ["match", "--data", data.to_str().unwrap(), "--treatment", "treat", "--unit", "rowname"];
    let all = [&all[..], &["--covariates", covariates, "--outcome", "re78"], more].concat();
    Some(calc(&all))
}

/// The name that R gives a column.
fn column(row: &Value) -> String {
    let covariate = row["covariate"].as_str().unwrap();
    if covariate == "propensity_score" {
        return "distance".to_owned();
    }
    format!("{covariate}{}", row["level"].as_str().unwrap_or(""))
}

/// Compares a balance table; returns how many numbers were compared.
fn compare_balance(found: &Value, rows: &Value, table: &Value, when: &str, name: &str) -> usize {
    let mut compared = 0;
    for (at, row) in rows.as_array().unwrap().iter().enumerate() {
        let mine = found.as_array().unwrap().iter().find(|b| column(b) == row.as_str().unwrap()).unwrap();
        for (own, theirs) in [
            ("mean_treated", "Means Treated"),
            ("mean_control", "Means Control"),
            ("smd", "Std. Mean Diff."),
            ("variance_ratio", "Var. Ratio"),
            ("ecdf_mean", "eCDF Mean"),
            ("ecdf_max", "eCDF Max"),
        ] {
            let wanted = &table[theirs][at];
            let what = format!("{name} {when} {row} {own}");
            if wanted.is_null() {
                assert!(mine[when][own].is_null(), "{what}");
            } else if number(wanted).abs() < 1e-9 {
                assert!(number(&mine[when][own]).abs() < 1e-9, "{what}");
            } else {
                // The score comes from an iteration that R ends early.
                close(&mine[when][own], number(wanted), if row == "distance" { 1e-6 } else { 1e-9 }, &what);
            }
            compared += 1;
        }
        // Where the means agree the reference leaves the distance without its standard deviation.
        let (apart, difference) = (&table["Std. Pair Dist."][at], number(&table["Std. Mean Diff."][at]));
        if when == "after" && difference.abs() > 1e-7 {
            close(&mine["pair_distance"], number(apart), 1e-6, &format!("{name} {row} pairs"));
            compared += 1;
        }
    }
    compared
}

#[test]
fn matching_agrees_with_matchit() {
    let Some(folder) = reference("matching") else { return };
    let expected = json(&folder.join("expected_matchit.json"));
    let mut compared = 0;
    for (name, covariates, options) in [
        ("nn_ps_default", COVARIATES, &[][..]),
        ("nn_ps_replace", COVARIATES, &["--replace"]),
        ("nn_ps_ratio2", COVARIATES, &["--ratio", "2"]),
        ("nn_caliper0.2", COVARIATES, &["--caliper", "0.2"]),
        ("nn_mahalanobis", COVARIATES, &["--distance", "mahalanobis"]),
        ("nn_exact_married", COVARIATES, &["--exact", "married"]),
        ("cem_auto", COVARIATES, &["--method", "cem"]),
        ("exact", "race,married,nodegree", &["--method", "exact"]),
    ] {
        let found = matched(covariates, options).unwrap();
        let (wanted, diagnostics) = (&expected[name], &found["diagnostics"]);
        for (when, rows, table) in [("before", "un_rows", "un"), ("after", "matched_rows", "matched")] {
            let balance = &wanted["balance"];
            compared += compare_balance(&diagnostics["balance"], &balance[rows], &balance[table], when, name);
        }
        for (own, theirs) in [("controls", "Control"), ("treated", "Treated")] {
            let sizes = &wanted["balance"]["nn"][theirs];
            close(&diagnostics[own]["effective"], number(&sizes[2]), 1e-9, name);
            close(&diagnostics[own]["matched"], number(&sizes[3]), 0.0, name);
            close(&diagnostics[own]["left_out"], number(&sizes[4]), 0.0, name);
        }
        // Without ties the weights agree unit by unit, and with them the effect.
        close(&found["estimates"][0]["value"], number(&wanted["att_re78"]["unadj"]), 1e-8, name);
        let weights = diagnostics["weights"].as_array().unwrap();
        for (mine, wanted) in weights.iter().zip(numbers(&wanted["weights"])) {
            close(&mine["weight"], wanted, 1e-9, name);
        }
        if !wanted["distance"].is_null() {
            for (mine, wanted) in weights.iter().zip(numbers(&expected["ps"])) {
                close(&mine["propensity_score"], wanted, 1e-6, name);
            }
        }
        // The partners' distances, from the reference's own pairs and scores.
        if let (Some(rows), false) = (wanted["match_matrix"].as_array(), wanted["distance"].is_null()) {
            let index = |unit: &Value| weights.iter().position(|w| w["unit"] == *unit).unwrap();
            let score = numbers(&expected["ps"]);
            let treated = weights.iter().enumerate().filter(|(_, w)| w["treated"] == 1).map(|(at, _)| at);
            let total: f64 = treated
                .zip(rows)
                .flat_map(|(t, row)| {
                    row.as_array().map_or_else(|| vec![row], |r| r.iter().collect()).into_iter().map(move |c| (t, c))
                })
                .filter(|(_, c)| !c.is_null() && **c != "NA")
                .map(|(t, c)| (score[t] - score[index(c)]).abs())
                .sum();
            close(&diagnostics["total_distance"], total, 1e-6, name);
        }
    }
    assert!(compared > 850, "{compared} numbers compared");
}

/// The reference groups two of three categories as well: here they are one in the table.
#[test]
fn cutpoints_agree_with_matchit() {
    let Some(folder) = reference("matching") else { return };
    let wanted = &json(&folder.join("expected_matchit.json"))["cem_cutpoints"];
    let text = std::fs::read_to_string(folder.join("lalonde.csv")).unwrap();
    let work = crate::support::Work::new();
    work.file("lalonde.csv", text.replace("\"black\"", "other").replace("\"hispan\"", "other"));
    let path = work.path("lalonde.csv");
    let columns = ["--treatment", "treat", "--covariates", "age,educ,race,married,nodegree", "--outcome", "re78"];
    let cuts = ["--cutpoints", "age=20/25/30/40,educ=12/8/11"];
    let data = ["match", "--data", path.to_str().unwrap(), "--method", "cem"];
    let found = calc(&[&data[..], &columns, &cuts].concat());
    assert_eq!(found["options"]["cutpoints"], serde_json::json!(["age=20/25/30/40", "educ=8/11/12"]));
    close(&found["estimates"][0]["value"], number(&wanted["att_re78"]["unadj"]), 1e-10, "effect");
    let weights = found["diagnostics"]["weights"].as_array().unwrap();
    assert_eq!(weights.len(), 614);
    for (mine, wanted) in weights.iter().zip(numbers(&wanted["weights"])) {
        close(&mine["weight"], wanted, 1e-10, "weight");
    }
    let refused_with = |more: &[&str]| refused(&[&data[..3], &columns, more].concat());
    assert!(refused_with(&cuts).contains("does not know --cutpoints"));
    assert!(refused_with(&["--method", "cem", "--cutpoints", "race=1"]).contains("no column of numbers"));
}

#[test]
fn optimal_matching_agrees_with_optmatch() {
    let Some(folder) = reference("matching") else { return };
    let wanted = &json(&folder.join("expected_ebal_full.json"))["optimal"];
    let found = matched(COVARIATES, &["--method", "optimal"]).unwrap();
    close(&found["diagnostics"]["total_distance"], number(&wanted["total_ps_distance"]), 1e-7, "total");
    let sets = wanted["subclass"].as_array().unwrap().iter().filter(|s| !s.is_null()).count() / 2;
    assert_eq!(found["diagnostics"]["pairs"].as_array().unwrap().len(), sets);
}

#[test]
fn entropy_balancing_agrees_with_ebal() {
    let Some(folder) = reference("matching") else { return };
    let wanted = &json(&folder.join("expected_ebal_full.json"))["ebal"];
    let found = matched(COVARIATES, &["--method", "ebal"]).unwrap();
    let units = found["diagnostics"]["weights"].as_array().unwrap();
    let mut weights = units.iter().filter(|u| u["treated"] == 0);
    for wanted in numbers(&wanted["w_control"]) {
        close(&weights.next().unwrap()["weight"], wanted, 1e-8, "weight");
    }
    assert!(weights.next().is_none());
    close(&found["estimates"][0]["value"], number(&wanted["att"]), 1e-9, "att");
    close(&found["diagnostics"]["controls"]["effective"], number(&wanted["ess"]), 1e-9, "ess");
}

#[test]
fn balance_alone_agrees_with_the_summary_of_matchit() {
    let Some(folder) = reference("matching") else { return };
    let expected = json(&folder.join("expected_matchit.json"));
    let wanted = &expected["nn_mahalanobis"]["balance"];
    let data = folder.join("lalonde.csv");
    let found =
        calc(&["balance", "--data", data.to_str().unwrap(), "--treatment", "treat", "--covariates", COVARIATES]);
    let rows = found["estimates"].as_array().unwrap();
    assert_eq!(rows.len(), wanted["un_rows"].as_array().unwrap().len());
    for (at, row) in rows.iter().enumerate() {
        close(&row["value"], number(&wanted["un"]["Std. Mean Diff."][at]), 1e-11, "difference");
        close(&row["ecdf_max"], number(&wanted["un"]["eCDF Max"][at]), 1e-11, "ecdf");
    }
}

#[test]
fn peers_by_hand() {
    // Standard deviation of 0, 2, 4 and 6 is the root of 20/3.
    let work = crate::support::Work::new();
    work.file("a.csv", "ort;wert;art\nA;0;x\nB;2;y\nC;4;x\nD;6;x\nE;;x\n");
    let path = work.path("a.csv");
    let path = path.to_str().unwrap();
    let all = ["peers", "--data", path, "--unit", "ort", "--of", "A", "--characteristics", "wert,art"];
    let found = calc(&[&all[..], &["--weights", "1,4", "--neighbours", "2"]].concat());
    let ranked: Vec<&str> =
        found["estimates"].as_array().unwrap().iter().map(|e| e["unit"].as_str().unwrap()).collect();
    assert_eq!(ranked, ["C", "B"]);
    close(&found["estimates"][0]["value"], (16.0f64 * 3.0 / 20.0).sqrt(), 1e-12, "C");
    close(&found["estimates"][1]["value"], (4.0f64 * 3.0 / 20.0 + 4.0).sqrt(), 1e-12, "B");
    assert_eq!(found["dropped"][0]["why"], "missing_characteristic");
    let say = |of: &str| refused(&["peers", "--data", path, "--unit", "ort", "--of", of, "--characteristics", "wert"]);
    assert!(say("E").contains("lacks this characteristic"));
    assert!(say("X").contains("has no unit"));
}

#[test]
fn bad_input_is_refused_and_named() {
    let work = crate::support::Work::new();
    work.file(
        "a.csv",
        "u;t;x;c;z;y\n1;1;5;a;1;0,1\n2;1;6;a;1;0,2\n3;0;1;b;1;0,3\n4;0;2;b;1;0,1\n5;0;3;a;1;0,4\n6;1;2,5;b;1;0,3\n",
    );
    let path = work.path("a.csv");
    let path = path.to_str().unwrap();
    fn all<'a>(path: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        [&["match", "--data", path, "--treatment", "t"], more].concat()
    }
    let no = |more: &[&str]| refused(&all(path, more));
    assert!(no(&["--covariates", "z"]).contains("the same for all units"));
    assert!(no(&["--covariates", "x,x"]).contains("named twice"));
    assert!(no(&["--covariates", "x", "--method", "ebal", "--ratio", "2"]).contains("--ratio"));
    assert!(no(&["--covariates", "x", "--method", "cem", "--distance", "logit"]).contains("--distance"));
    assert!(no(&["--covariates", "x", "--distance", "mahalanobis", "--caliper", "0.2"]).contains("--distance logit"));
    assert!(no(&["--covariates", "t"]).contains("separate"));
    assert!(no(&["--covariates", "x", "--method", "ebal"]).contains("farthest away is \"x\""));
    assert!(no(&["--covariates", "x", "--cluster", "c"]).contains("--outcome"));
    assert!(no(&["--covariates", "x", "--unit", "t"]).contains("stands in record 1 already"));
    let found = calc(&all(path, &["--covariates", "x,z", "--outcome", "y"]));
    assert_eq!(found["notes"][0]["code"], "constant_covariate");
}
