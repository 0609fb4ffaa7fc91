//! Planning on the numbers of real towns.

use serde_json::Value;

use super::{calc, close, refused, resonanz};
use crate::support::Work;

const TABLE: [&str; 10] = [
    "power",
    "--data",
    "datasets/calc/usage.csv",
    "--unit",
    "town",
    "--time",
    "month",
    "--numerator",
    "online",
    "--denominator",
];

fn plan(more: &[&str]) -> Value {
    calc(&[&TABLE[..], &["cases"], more].concat())
}

fn estimate<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["estimates"].as_array().unwrap().iter().find(|e| e["name"] == name).unwrap()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["notes"].as_array().unwrap().iter().map(|note| note["code"].as_str().unwrap()).collect()
}

/// Computed anew in Python (numpy): moments over all stretches.
#[test]
fn the_towns_of_a_table_are_described() {
    for (more, wanted) in [
        (
            &[][..],
            [0.285_994_641_292_857_05, 0.053_518_106_762_144_51, 21.895_804_451_136_943, 0.107_970_979_440_279_81],
        ),
        (
            &["--periods", "6", "--before", "6"],
            [0.294_732_310_258_037_5, 0.052_174_809_079_093_706, 21.370_397_373_284_955, 0.045_879_178_010_870_38],
        ),
        (
            &["--periods", "3"],
            [0.286_824_992_440_912_4, 0.052_291_104_877_588_14, 21.491_559_710_258_922, 0.116_897_760_495_909_98],
        ),
    ] {
        let answer = plan(more);
        let names = ["base", "icc_estimated", "cases_per_period", "standard_deviation"];
        for (name, wanted) in names.into_iter().zip(wanted) {
            close(&answer["diagnostics"][name], wanted, 1e-12, name);
        }
        // What was not stated is written down as it was taken.
        assert_eq!(answer["options"]["icc"], answer["diagnostics"]["icc"]);
        assert_eq!(answer["options"]["units"], 40);
    }
}

/// The same simulation in numpy with scipy's t test, 8,000 worlds each: what of them finds an effect.
#[test]
fn the_simulation_agrees_with_another_one() {
    let worlds = ["--simulate", "2000"];
    for (more, name, other) in [
        (&["--units", "20", "--periods", "6", "--before", "6"][..], "power_simulated", 0.612_125),
        (&["--units", "20", "--periods", "6", "--before", "6"], "false_alarms_simulated", 0.0495),
        (&["--effect", "0.1", "--units", "30", "--treated", "10", "--periods", "3"], "power_simulated", 0.534_125),
        (&["--effect", "0.1"], "power_simulated", 0.809_125),
    ] {
        let answer = plan(&[&worlds, more].concat());
        let found = estimate(&answer, name)["value"].as_f64().unwrap();
        let error = (other * (1.0 - other) * (1.0 / 2_000.0 + 1.0 / 8_000.0f64)).sqrt();
        assert!((found - other).abs() < 3.5 * error, "{name} {more:?}: {found} {other}");
        assert_eq!(answer, plan(&[&worlds, more].concat()));
    }
}

#[test]
fn months_and_towns_until_an_effect_is_seen() {
    let answer = plan(&["--effect", "0.1", "--periods", "12", "--simulate", "1000"]);
    let months = answer["aggregates"]["by_periods"].as_array().unwrap();
    assert_eq!(months.len(), 12);
    // The months named are the first from which on the table of months stays above the wanted power.
    let needed = estimate(&answer, "periods_needed_simulated")["value"].as_f64().map(|months| months as u64);
    let seen = |month: &Value| month["power_simulated"].as_f64().unwrap() >= 0.8;
    let stays = |from: usize| months[from..].iter().all(seen);
    assert_eq!(needed, (0..12).find(|from| stays(*from)).map(|from| from as u64 + 1));
    let formula: Vec<f64> = months.iter().map(|month| month["power"].as_f64().unwrap()).collect();
    assert!(formula.windows(2).all(|pair| pair[0] < pair[1]), "{formula:?}");
    let units = answer["aggregates"]["by_units"].as_array().unwrap();
    let of = |key: &str| units.iter().map(|row| row[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("units"), [10, 20, 30, 40, 60, 80]);
    // The table has 40 towns.
    assert_eq!(of("with_replacement"), [false, false, false, false, true, true]);
    // The smallest effect on the grid is just found: a step less is not.
    let smallest = estimate(&answer, "smallest_detectable_effect_simulated");
    let value = smallest["value"].as_f64().unwrap();
    let power = |effect: f64| {
        let answer = plan(&["--effect", &format!("{effect:.3}"), "--periods", "12", "--simulate", "1000"]);
        estimate(&answer, "power_simulated")["value"].as_f64().unwrap()
    };
    assert_eq!(smallest["grid_step"], 0.001);
    assert!(power(value) >= 0.8 && power(value - 0.001) < 0.8, "{value}");
}

#[test]
fn the_plan_says_where_formula_and_simulation_part() {
    // Four towns a group: the t test is stricter than the formula by far.
    let answer = plan(&["--units", "8", "--periods", "6", "--before", "6", "--effect", "0.1", "--simulate", "2000"]);
    assert!(codes(&answer).contains(&"formula_differs"), "{:?}", codes(&answer));
    assert!(!codes(&answer).contains(&"with_replacement"));
    let answer = plan(&["--units", "60", "--simulate", "200", "--icc", "0.2", "--periods", "18"]);
    for code in ["with_replacement", "stated_values", "few_stretches"] {
        assert!(codes(&answer).contains(&code), "{code}: {:?}", codes(&answer));
    }
}

/// Eight towns, four months.
fn table(edit: &dyn Fn(&mut Vec<Vec<String>>)) -> (Work, String) {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for town in 0..8 {
        for month in 1..=4 {
            let online = 3 + (town * 5 + month * 3) % 7;
            rows.push(vec![format!("T{town}"), format!("2025-0{month}"), online.to_string(), "20".to_owned()]);
        }
    }
    edit(&mut rows);
    let work = Work::new();
    let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
    work.file("t.csv", format!("town,month,online,cases\n{}\n", lines.join("\n")));
    let path = work.path("t.csv").to_str().unwrap().to_owned();
    (work, path)
}

fn arguments<'a>(path: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut out = TABLE.to_vec();
    out[2] = path;
    out.push("cases");
    out.extend(more);
    out
}

#[test]
fn hostile_tables_are_refused_with_their_place() {
    type Edit = fn(&mut Vec<Vec<String>>);
    let set = |edit: Edit, more: &[&str], words: &[&str]| {
        let (_work, path) = table(&edit);
        let said = refused(&arguments(&path, more));
        words.iter().for_each(|word| assert!(said.contains(word), "{word}: {said}"));
    };
    set(|rows| rows[4][1] = "2025-02".to_owned(), &[], &["t.csv", "record 6", "column \"town\"", "already record 5"]);
    set(
        |rows| rows[2][2] = "21".to_owned(),
        &[],
        &["t.csv", "record 3", "column \"online\"", "more than the denominator 20"],
    );
    set(|rows| rows[2][2] = "-1".to_owned(), &[], &["record 3", "column \"online\"", "no count"]);
    set(|rows| rows[2][3] = "many".to_owned(), &[], &["record 3", "column \"cases\"", "not a finite number"]);
    set(|rows| rows[2][0] = String::new(), &[], &["record 3", "column \"town\"", "missing"]);
    set(|rows| rows.retain(|row| row[1] != "2025-03"), &[], &["periods are missing", "2025-02"]);
    set(|rows| rows.truncate(16), &[], &["t.csv", "for 4 at most, 5 are needed"]);
    set(Vec::clear, &[], &["t.csv"]);
    set(|rows| rows.iter_mut().for_each(|row| row[2] = "0".to_owned()), &[], &["all shares are 0"]);
    set(|_| (), &["--periods", "3", "--before", "2"], &["takes 5 periods, the table has 4"]);
    set(|_| (), &["--periods", "0"], &["at least one town"]);
    set(|_| (), &["--before", "18446744073709551615"], &["takes 18446744073709551615 periods, the table has 4"]);
    set(|_| (), &["--effect", "0.9"], &["--effect", "mean share"]);
    set(|_| (), &["--effect", "0"], &["--effect must not be zero"]);
    set(|_| (), &["--treated", "8"], &["at least one town"]);
    set(|_| (), &["--simulate", "20"], &["--simulate"]);
    set(|_| (), &["--simulate", "1000000", "--units", "4000"], &["--simulate", "50000000 are possible"]);
    let (code, _, stderr) = resonanz(&["calc", "power", "--base", "0.2", "--units", "40", "--periods", "3"]);
    assert!(code == 2 && stderr.contains("--icc"), "{stderr}");
    let (code, _, stderr) = resonanz(&["calc", "power", "--data", "datasets/calc/usage.csv", "--unit", "town"]);
    assert!(code == 2 && stderr.contains("--numerator"), "{stderr}");
}

#[test]
fn missing_counts_are_no_zeros() {
    let (_work, path) = table(&|rows| {
        rows[3][2] = String::new();
        rows[7][3] = "NA".to_owned();
    });
    let answer = calc(&arguments(&path, &["--periods", "4"]));
    let dropped =
        |what: &str| answer["dropped"].as_array().unwrap().iter().find(|d| d["what"] == what).unwrap()["n"].clone();
    // Two towns lack the last month, so that the only stretch of four months has six.
    assert_eq!((dropped("rows"), dropped("units")), (2.into(), 2.into()));
    assert_eq!(answer["diagnostics"]["panel_units"], 6);
    assert_eq!(answer["options"]["units"], 6);
}
