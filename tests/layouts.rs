//! Layouts: periods in the header, channels in the header, one row per case; coarse and fine periods
//! of one share; groups by attribute and list.

use crate::support::{Work, row};

const PROJECT: &str = r#"schema_version = 1
[project]
name = "Weit"
[[source]]
name = "r"
kind = "register"
files = "r.csv"
columns = { area = "k", population = "p", urbanity = "u" }
attributes = ["dl"]
[[source]]
name = "s"
kind = "services"
files = "s.csv"
columns = { service = "k" }
[[source]]
name = "online-nach-quartal"
kind = "usage"
files = "w.csv"
layout = "wide"
columns = { area = "k" }
constants = { service = "10124" }
[[source.wide]]
pattern = "{period}"
constants = { stage = "form_submit", channel = "online" }
[[source]]
name = "papier-nach-weg"
kind = "usage"
files = "c.csv"
layout = "wide"
columns = { area = "k", period = "wann" }
constants = { service = "10124", stage = "form_submit" }
[[source.wide]]
pattern = "Anträge {channel}"
[[source]]
name = "faelle"
kind = "usage"
files = "f.csv"
layout = "one_row_per_case"
absent = "zero"
columns = { area = "k", period = "am", channel = "weg" }
constants = { service = "10513", stage = "form_submit" }
[[group]]
name = "g"
title = "Gruppe"
areas = ["99001001", "99001002"]
[[comparison]]
name = "dl"
title = "Gleicher Dienstleister"
by = "attribute:dl"
[[comparison]]
name = "liste"
title = "Liste"
by = "list"
areas = ["99001001", "99001003"]
"#;

fn project() -> Work {
    let work = Work::new();
    work.file("resonanz.toml", PROJECT)
        .file("r.csv", "k,p,u,dl\n99001001,1000,Stadt,X\n99001002,2000,Land,X\n99001003,3000,Land,Y\n")
        .file("s.csv", "k\n10124\n10513\n")
        .file("w.csv", "k,I/2025,2. Quartal 2025,2025-Q3,Q4/2025\n99001001,10,10,10,10\n99001002,20,20,20,20\n99001003,5,5,5,5\n")
        .file("c.csv", "k,wann,Anträge Papier,Anträge Schalter\n99001001,2025,30,10\n99001002,2025,60,20\n99001003,2025,20,0\n")
        .file("f.csv", "k,am,weg\n99001001,03.01.2025,online\n99001001,05.01.2025,Papier\n99001001,2025-03-09T10:00:00,Papier\n99001001,2025-12-01,online\n");
    work
}

#[test]
fn layouts_of_every_kind_meet_in_one_share() {
    let work = project();
    work.ok(&["run"]);
    let table = work.table("out/publish/data/estimates_period.csv");
    let share = |dimension: &str, unit: &str, service: &str, aggregation: &str| {
        let key = [
            ("kpi", "online_share"),
            ("dimension", dimension),
            ("unit", unit),
            ("service", service),
            ("period", "2025-01/2025-12"),
            ("aggregation", aggregation),
        ];
        let found = row(&table, &key);
        ["numerator", "denominator", "provided", "expected"].map(|name| found[name].clone())
    };
    // Quarters online (4 x 10), the year on paper (30) and at the counter (10).
    assert_eq!(share("area", "99001001", "10124", "own"), ["40", "80", "12", "12"]);
    // Two cases online and two on paper; the months between are empty, not missing.
    assert_eq!(share("area", "99001001", "10513", "own"), ["2", "4", "12", "12"]);
    assert_eq!(share("area", "99001001", "*", "own"), ["42", "84", "24", "24"]);
    assert_eq!(share("urbanity", "Land", "10124", "ratio_of_sums"), ["100", "200", "24", "24"]);
    assert_eq!(share("group", "g", "10124", "ratio_of_sums"), ["120", "240", "24", "24"]);
    assert_eq!(share("kreis", "99001", "*", "ratio_of_sums"), ["142", "284", "48", "48"]);

    let peers = work.table("out/publish/data/peers.csv");
    let group = |comparison: &str, area: &str| {
        row(&peers, &[("comparison", comparison), ("area", area), ("service", "10124")])["n"].clone()
    };
    assert_eq!([group("dl", "99001001"), group("dl", "99001003")], ["2", "1"]);
    assert_eq!([group("liste", "99001001"), group("liste", "99001003")], ["2", "2"]);
}

#[test]
fn layouts_one_row_per_case_must_say_what_an_absent_month_means() {
    let work = project();
    work.edit("resonanz.toml", "absent = \"zero\"\n", "");
    let outcome = work.run(&["run"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("absent"), "{}", outcome.stderr);
}
