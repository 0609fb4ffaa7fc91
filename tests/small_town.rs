//! A small project whose every figure is computed by hand in the comments.
//!
//! Three towns and an uninhabited area, two services, January to June 2025, delivered as German
//! offices deliver. Interval limits are the published formulas evaluated with 50 digits elsewhere.

use polars::prelude::{Column, DataFrame, ParquetWriter};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::support::{Row, Work, close, number, row, rows};

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Kleinland"
fictional = true
[period]
months = 6

[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { encoding = "windows-1252", delimiter = ";", decimal = "," }
columns = { area = "AGS", name = "Name", population = "Einwohner", area_km2 = "Fläche" }

[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "OZG-ID", name = "Leistung" }

[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "OZG-ID", owed = "geschuldet", live_from = "online seit" }

[[source]]
name = "faelle"
kind = "usage"
files = "faelle.csv"
dialect = { encoding = "windows-1252", delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }
values = { channel = { "E-Antrag" = "online", "Bürgerbüro" = "counter" } }
missing = ["k. A."]
not_applicable = ["x"]
suppressed = ["*"]

# One number of the first delivery was wrong.
[[source]]
name = "korrektur"
kind = "usage"
files = "korrektur.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }
on_duplicate = "replace"

[[source]]
name = "gesamt"
kind = "usage"
files = "gesamt.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", count = "Fälle" }
constants = { stage = "case_total" }

# The form server leaves months without an event out.
[[source]]
name = "formulare"
kind = "usage"
files = "formulare.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", stage = "Stufe", count = "Anzahl" }
constants = { channel = "online" }
absent = "zero"

[[source]]
name = "ereignisse"
kind = "events"
files = "ereignisse.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", kind = "Art", from = "von" }
values = { kind = { "Fokusgruppe" = "participation" } }

[[comparison]]
name = "groesse"
title = "Orte gleicher Größe"
by = "size_class"

[[comparison]]
name = "alle"
title = "Alle Orte"
by = "all"

[[comparison]]
name = "beteiligung"
title = "Beteiligung vor dem Start"
event = "participation"
timing = "before_launch"

[report]
areas = "all"
png = false
"#;

const MONTHS: [&str; 6] = ["Januar 2025", "Februar 2025", "März 2025", "April 2025", "Mai 2025", "Juni 2025"];

/// Town, service, channel, and a cell per month; "-" is a row that was not delivered.
const CASES: [(&str, &str, &str, [&str; 6]); 10] = [
    ("99001001", "10124", "E-Antrag", ["10", "20", "30", "0", "40", "50"]),
    ("99001001", "10124", "Papier", ["1.095", "80", "70", "40", "60", "50"]), // January is corrected to 90
    ("99001001", "10124", "Bürgerbüro", ["x"; 6]),
    ("99001002", "10124", "E-Antrag", ["5", "k. A.", "", "*", "-", "10"]),
    ("99001002", "10124", "Papier", ["15", "20", "10", "10", "-", "10"]),
    ("99001003", "10124", "E-Antrag", ["25"; 6]),
    ("99001004", "10124", "E-Antrag", ["3"; 6]),
    ("99001004", "10124", "Papier", ["7"; 6]),
    ("99001004", "10513", "E-Antrag", ["x"; 6]),
    ("99001004", "10513", "Papier", ["2"; 6]),
];

const HEADER: [&str; 5] = ["AGS", "OZG-ID", "Monat", "Kanal", "Anzahl"];

fn cases() -> Vec<[&'static str; 5]> {
    let of_month = |month: usize| {
        let delivered = CASES.into_iter().filter(move |case| case.3[month] != "-");
        delivered.map(move |(town, service, channel, cells)| [town, service, MONTHS[month], channel, cells[month]])
    };
    (0..6).flat_map(of_month).collect()
}

fn csv_text(cases: &[[&str; 5]]) -> String {
    let lines = cases.iter().map(|case| case.join(";"));
    std::iter::once(HEADER.join(";")).chain(lines).map(|line| line + "\r\n").collect()
}

fn windows_1252(text: &str) -> Vec<u8> {
    encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
}

fn project() -> Work {
    let work = Work::new();
    work.file("resonanz.toml", CONFIGURATION)
        .file(
            "register.csv",
            windows_1252(
                "AGS;Name;Einwohner;Fläche\n99001001;Aheim;4.000;10,5\n99001002;Bördorf;2.000;4\n\
                 99001003;Ceburg;1.000;2\n99001004;Wald, gemeindefrei;0;99,25\n",
            ),
        )
        .file("leistungen.csv", "OZG-ID;Leistung\n10124;Wohnsitzmeldung\n10513;Bauantrag\n")
        .file(
            "angebot.csv",
            "AGS;OZG-ID;geschuldet;online seit\n\
             99001001;10124;ja;01.01.2024\n99001001;10513;ja;15.01.2025\n\
             99001002;10124;ja;01.02.2024\n99001002;10513;ja;01.03.2025\n\
             99001003;10124;ja;01.05.2024\n99001003;10513;ja;01.06.2025\n\
             99001004;10124;ja;01.01.2024\n99001004;10513;ja;\n",
        )
        .file("faelle.csv", windows_1252(&csv_text(&cases())))
        .file("korrektur.csv", "AGS;OZG-ID;Monat;Kanal;Anzahl\n99001001;10124;Januar 2025;Papier;90\n")
        .file(
            "gesamt.csv",
            std::iter::once("AGS;OZG-ID;Monat;Fälle\n".to_owned())
                .chain(MONTHS.map(|month| format!("99001003;10124;{month};20\n")))
                .collect::<String>(),
        )
        .file(
            "formulare.csv",
            "AGS;OZG-ID;Monat;Stufe;Anzahl\n\
             99001001;10513;2025-01;form_start;8\n99001001;10513;2025-04;form_start;12\n\
             99001001;10513;2025-01;form_submit;4\n99001001;10513;2025-04;form_submit;6\n\
             99001002;10513;2025-03;form_submit;1\n99001002;10513;2025-06;form_submit;2\n",
        )
        .file("ereignisse.csv", "AGS;OZG-ID;Art;von\n99001001;10124;Fokusgruppe;15.11.2023\n");
    work
}

const HALF_YEAR: &str = "2025-01/2025-06";

struct Run {
    work: Work,
    periods: Vec<Row>,
}

impl Run {
    fn new(work: Work) -> Self {
        work.ok(&["run"]);
        let periods = work.table("out/publish/data/estimates_period.csv");
        Self { work, periods }
    }

    /// The rows of a key figure in the reference period, at most one.
    fn find(&self, kpi: &str, dimension: &str, unit: &str, service: &str, aggregation: &str) -> Option<&Row> {
        let wanted = [
            ("kpi", kpi),
            ("dimension", dimension),
            ("unit", unit),
            ("service", service),
            ("aggregation", aggregation),
            ("period", HALF_YEAR),
        ];
        let found = rows(&self.periods, &wanted);
        assert!(found.len() <= 1, "{wanted:?}");
        found.first().copied()
    }

    #[track_caller]
    fn own(&self, kpi: &str, town: &str, service: &str) -> &Row {
        self.find(kpi, "area", town, service, "own").unwrap_or_else(|| panic!("no {kpi} of {town}, {service}"))
    }

    #[track_caller]
    fn group(&self, kpi: &str, dimension: &str, unit: &str, service: &str, aggregation: &str) -> &Row {
        self.find(kpi, dimension, unit, service, aggregation).unwrap_or_else(|| panic!("no {kpi} of {unit}, {service}"))
    }
}

/// Provided and expected months.
fn completeness(row: &Row) -> (&str, &str) {
    (&row["provided"], &row["expected"])
}

#[test]
fn small_town_shares_and_wilson_limits() {
    let run = Run::new(project());
    // Aheim: online 10+20+30+0+40+50 = 150; paper 90 (corrected) +80+70+40+60+50 = 390; the counter
    // does not exist there. 150/540 = 27.8 %. Wilson, 95 %.
    let aheim = run.own("online_share", "99001001", "10124");
    close(number(aheim, "numerator"), 150.0, "numerator");
    close(number(aheim, "denominator"), 540.0, "denominator");
    close(number(aheim, "value"), 150.0 / 540.0, "value");
    close(number(aheim, "lower"), 0.241_670_716_784_955_39, "lower");
    close(number(aheim, "upper"), 0.317_024_200_442_514_4, "upper");
    assert_eq!((aheim["method"].as_str(), aheim["level"].as_str()), ("wilson", "0.95"));
    assert_eq!(completeness(aheim), ("6", "6"));
    assert_eq!((aheim["state"].as_str(), aheim["flags"].as_str()), ("computed", "sum_of_channels"));

    // Bördorf: only January (5 of 20) and June (10 of 20) have both numbers: 15/40.
    let boerdorf = run.own("online_share", "99001002", "10124");
    assert_eq!(boerdorf["unit_name"], "Bördorf");
    close(number(boerdorf, "value"), 15.0 / 40.0, "value");
    close(number(boerdorf, "lower"), 0.242_229_791_672_332_7, "lower");
    close(number(boerdorf, "upper"), 0.529_675_608_626_988_9, "upper");
    assert_eq!(completeness(boerdorf), ("2", "6"));
    assert_eq!(boerdorf["flags"], "incomplete sum_of_channels");

    // The uninhabited area has cases all the same: 18 of 60.
    let wald = run.own("online_share", "99001004", "10124");
    close(number(wald, "value"), 0.3, "value");
    close(number(wald, "lower"), 0.198_981_661_387_691_08, "lower");
    close(number(wald, "upper"), 0.425_087_079_469_144_87, "upper");
}

#[test]
fn small_town_counts_and_their_completeness() {
    let run = Run::new(project());
    for (kpi, town, service, value, months) in [
        ("online_applications", "99001001", "10124", 150.0, ("6", "6")),
        ("applications", "99001001", "10124", 540.0, ("6", "6")),
        // Six months were due; February to May bring no usable number.
        ("online_applications", "99001002", "10124", 15.0, ("2", "6")),
        // Paper alone is no total: 5+15 and 10+10.
        ("applications", "99001002", "10124", 40.0, ("2", "6")),
        // Delivered totals, 20 a month.
        ("applications", "99001003", "10124", 120.0, ("6", "6")),
        // Left-out months are zeros: 4+0+0+6+0+0, and from its first month on 1+0+0+2.
        ("online_applications", "99001001", "10513", 10.0, ("6", "6")),
        ("online_applications", "99001002", "10513", 3.0, ("4", "4")),
        // 60 of one service and 12 on paper of the other.
        ("applications", "99001004", "*", 72.0, ("12", "12")),
    ] {
        let found = run.own(kpi, town, service);
        assert_eq!(number(found, "value"), Some(value), "{kpi} {town} {service}");
        assert_eq!(completeness(found), months, "{kpi} {town} {service}");
    }
    // Ceburg's second service is live in June and silent: due and not delivered.
    let silent = run.own("online_share", "99001003", "10513");
    assert_eq!((silent["state"].as_str(), silent["value"].as_str()), ("not_provided", ""));
    assert_eq!(completeness(silent), ("0", "1"));
    assert_eq!(completeness(run.own("online_share", "99001003", "*")), ("6", "7"));
    // Online numbers alone make no share: it would be 100 % by construction.
    let alone = run.own("online_share", "99001001", "10513");
    assert_eq!((alone["state"].as_str(), alone["value"].as_str()), ("not_provided", ""));
    assert_eq!(completeness(alone), ("0", "6"));
    // What is not offered has no share and is not expected to have one.
    let inapplicable = run.own("online_share", "99001004", "10513");
    assert_eq!((inapplicable["state"].as_str(), inapplicable["value"].as_str()), ("not_applicable", ""));
    assert_eq!(completeness(inapplicable), ("0", "0"));
    assert_eq!(completeness(run.own("online_share", "99001004", "*")), ("6", "6"));
}

#[test]
fn small_town_the_half_year_before_is_unknown_and_not_zero() {
    let run = Run::new(project());
    let wanted = [("kpi", "online_share"), ("unit", "99001001"), ("service", "10124"), ("period", "2024-07/2024-12")];
    let before = row(&run.periods, &wanted);
    assert_eq!((before["state"].as_str(), before["value"].as_str()), ("not_provided", ""));
    assert_eq!(completeness(before), ("0", "6"));
}

#[test]
fn small_town_zero_missing_not_applicable_and_suppressed_stay_apart() {
    let run = Run::new(project());
    let panel = run.work.table("out/internal/data/panel.csv");
    let cell = |town: &str, service: &str, month: &str, channel: &str| {
        let wanted =
            [("area", town), ("service", service), ("period", month), ("measure", "form_submit"), ("channel", channel)];
        let found = rows(&panel, &wanted);
        assert!(found.len() <= 1);
        found.first().map(|c| (c["state"].clone(), c["value"].clone()))
    };
    let is = |state: &str, value: &str| Some((state.to_owned(), value.to_owned()));
    assert_eq!(cell("99001001", "10124", "2025-04", "online"), is("observed", "0"));
    assert_eq!(cell("99001001", "10124", "2025-04", "counter"), is("not_applicable", ""));
    assert_eq!(cell("99001002", "10124", "2025-02", "online"), is("not_provided", ""));
    assert_eq!(cell("99001002", "10124", "2025-03", "online"), is("not_provided", ""));
    assert_eq!(cell("99001002", "10124", "2025-04", "online"), is("suppressed_at_source", ""));
    assert_eq!(cell("99001002", "10124", "2025-05", "online"), None);
    assert_eq!(cell("99001001", "10513", "2025-02", "online"), is("observed", "0"));
    assert_eq!(cell("99001002", "10513", "2025-02", "online"), None);

    let months = run.work.table("out/publish/data/estimates_month.csv");
    let share = |town: &str, month: &str| {
        let wanted = [
            ("kpi", "online_share"),
            ("dimension", "area"),
            ("unit", town),
            ("service", "10124"),
            ("period", month),
            ("aggregation", "own"),
        ];
        rows(&months, &wanted).first().map(|r| (*r).clone())
    };
    // 0 online of 40 on paper is 0 %, with an upper limit of z²/(40+z²).
    let april = share("99001001", "2025-04").unwrap();
    assert_eq!((number(&april, "value"), number(&april, "lower")), (Some(0.0), Some(0.0)));
    close(number(&april, "upper"), 0.087_621_601_197_286_65, "upper");
    let unknown = [("2025-02", "not_provided"), ("2025-03", "not_provided"), ("2025-04", "suppressed_at_source")];
    for (month, state) in unknown {
        let unknown = share("99001002", month).unwrap();
        assert_eq!((unknown["state"].as_str(), unknown["value"].as_str()), (state, ""), "{month}");
    }
    assert!(share("99001002", "2025-05").is_none_or(|r| r["value"].is_empty()));
}

#[test]
fn small_town_rates_per_thousand_and_year() {
    let run = Run::new(project());
    // Aheim: 150 in 6 months of 4,000 people: 150 / (4000 * 6/12) * 1000 = 75. Byar.
    let aheim = run.own("online_per_1000", "99001001", "10124");
    close(number(aheim, "value"), 75.0, "value");
    close(number(aheim, "denominator"), 2_000.0, "denominator");
    close(number(aheim, "lower"), 63.477_336_758_062_07, "lower");
    close(number(aheim, "upper"), 88.009_079_140_949_92, "upper");
    assert_eq!(aheim["method"], "byar");
    // Bördorf: 15 in the two months known, of 2,000 people: 15 / (2000 * 2/12) * 1000 = 45.
    let boerdorf = run.own("online_per_1000", "99001002", "10124");
    close(number(boerdorf, "value"), 45.0, "value");
    close(number(boerdorf, "lower"), 25.167_792_039_642_137, "lower");
    close(number(boerdorf, "upper"), 74.224_894_029_717_77, "upper");
    // And 3 in four months: 4.5; below ten events the exact Poisson limits.
    let exact = run.own("online_per_1000", "99001002", "10513");
    close(number(exact, "value"), 4.5, "value");
    close(number(exact, "lower"), 0.928_008_184_343_401_9, "lower");
    close(number(exact, "upper"), 13.150_909_604_613_489, "upper");
    assert_eq!(exact["method"], "poisson_exact");
    // Nobody lives in the forest: no rate, and none in the sum. 315 / (2000 + 333.3 + 500) * 1000.
    for service in ["10124", "*"] {
        assert!(run.find("online_per_1000", "area", "99001004", service, "own").is_none());
    }
    let all = run.group("online_per_1000", "all", "all", "10124", "ratio_of_sums");
    close(number(all, "value"), 315_000.0 / (2_000.0 + 1_000.0 / 3.0 + 500.0), "all");
}

/// Bördorf delivers one service for two months (45 per 1,000) and the other for four (4.5). Months
/// that are missing for one service are no zeros of the two together.
#[test]
fn small_town_all_services_together_are_not_rarer_than_one_of_them() {
    let run = Run::new(project());
    let one = number(run.own("online_per_1000", "99001002", "10124"), "value").unwrap();
    let all = number(run.own("online_per_1000", "99001002", "*"), "value");
    assert!(all.is_none_or(|all| all >= one), "{all:?} of all services, {one} of one of them");
}

/// The same six months are due, whatever is made of the numbers.
#[test]
fn small_town_rates_per_thousand_tell_their_completeness() {
    let run = Run::new(project());
    assert_eq!(completeness(run.own("online_per_1000", "99001001", "10124")), ("6", "6"));
    let boerdorf = run.own("online_per_1000", "99001002", "10124");
    assert_eq!(completeness(boerdorf), ("2", "6"), "flags: {}", boerdorf["flags"]);
}

#[test]
fn small_town_availability_use_and_completion() {
    let run = Run::new(project());
    // Live at the end of June of what is owed: 2/2, 2/2, 2/2 and 1/2; together 7 of 8.
    // In use of what is live and counted: 2/2, 2/2, 1/1 (the second service delivered nothing, which is
    // not a zero) and 1/1; together 6 of 6.
    for (kpi, towns, sum, mean) in
        [("availability", [1.0, 1.0, 1.0, 0.5], 7.0 / 8.0, 0.875), ("active_share", [1.0, 1.0, 1.0, 1.0], 1.0, 1.0)]
    {
        for (town, value) in ["99001001", "99001002", "99001003", "99001004"].into_iter().zip(towns) {
            close(number(run.own(kpi, town, "*"), "value"), value, town);
        }
        close(number(run.group(kpi, "all", "all", "*", "ratio_of_sums"), "value"), sum, kpi);
        close(number(run.group(kpi, "all", "all", "*", "mean_of_ratios"), "value"), mean, kpi);
    }
    // 8 + 12 forms started, 4 + 6 submitted.
    let completion = run.own("completion_rate", "99001001", "10513");
    close(number(completion, "value"), 0.5, "value");
    close(number(completion, "lower"), 0.299_298_008_198_212_34, "lower");
    close(number(completion, "upper"), 0.700_701_991_801_787_7, "upper");
}

#[test]
fn small_town_groups_name_how_they_are_made() {
    let run = Run::new(project());
    // (150 + 15 + 150 + 18) / (540 + 40 + 120 + 60); four towns are too few for an interval.
    let all = run.group("online_share", "all", "all", "10124", "ratio_of_sums");
    close(number(all, "value"), 333.0 / 760.0, "ratio of sums");
    assert_eq!((all["lower"].as_str(), all["upper"].as_str(), all["n"].as_str()), ("", "", "4"));
    assert!(all["flags"].contains("few_clusters"), "{}", all["flags"]);
    let mean = run.group("online_share", "all", "all", "10124", "mean_of_ratios");
    close(number(mean, "value"), (150.0 / 540.0 + 0.375 + 1.25 + 0.3) / 4.0, "mean of ratios");
    // The uninhabited area is in no size class.
    let class = run.group("online_share", "size_class", "0", "10124", "ratio_of_sums");
    close(number(class, "value"), 315.0 / 700.0, "size class");
    assert_eq!(class["unit_name"], "unter 5.000 Einwohnerinnen und Einwohner");
}

#[test]
fn small_town_a_town_is_not_part_of_its_own_benchmark() {
    let run = Run::new(project());
    let peers = run.work.table("out/publish/data/peers.csv");
    let find = |comparison: &str, town: &str| {
        row(&peers, &[("comparison", comparison), ("area", town), ("service", "10124"), ("kpi", "online_share")])
    };
    // Own, the others pooled, position, places. Ceburg's rate above 100 % has no position and is no
    // benchmark for others. Aheim: 15/40; Bördorf: 150/540; Ceburg: (150+15)/(540+40).
    for (town, own, pooled, position) in [
        ("99001001", 150.0 / 540.0, 0.375, "2"),
        ("99001002", 0.375, 150.0 / 540.0, "1"),
        ("99001003", 1.25, 165.0 / 580.0, ""),
    ] {
        let found = find("groesse", town);
        close(number(found, "own"), own, town);
        close(number(found, "pooled"), pooled, town);
        assert_eq!((found["position"].as_str(), found["n"].as_str()), (position, "2"), "{town}");
    }
    // Ceburg's others are 0.2778 and 0.375: median in the middle, quartiles a quarter of the way.
    let (low, high) = (150.0 / 540.0, 0.375);
    let ceburg = find("groesse", "99001003");
    close(number(ceburg, "q1"), low + 0.25 * (high - low), "q1");
    close(number(ceburg, "median"), (low + high) / 2.0, "median");
    close(number(ceburg, "q3"), low + 0.75 * (high - low), "q3");
    assert_eq!(ceburg["n_others"], "2");
    assert!(rows(&peers, &[("comparison", "groesse"), ("area", "99001004")]).is_empty());
    // Among all: Bördorf 37.5 %, Wald 30 %, Aheim 27.8 %.
    for (town, position) in [("99001002", "1"), ("99001004", "2"), ("99001001", "3"), ("99001003", "")] {
        let found = find("alle", town);
        assert_eq!((found["position"].as_str(), found["n"].as_str()), (position, "3"), "{town}");
    }
    close(number(find("alle", "99001001"), "pooled"), 33.0 / 100.0, "pooled");
}

#[test]
fn small_town_participation_with_one_town_is_no_evidence() {
    let run = Run::new(project());
    let arms = run.work.table("out/publish/data/event_comparison.csv");
    let found = row(&arms, &[("comparison", "beteiligung"), ("service", "10124")]);
    assert_eq!((found["towns_with"].as_str(), found["towns_without"].as_str()), ("1", "3"));
    close(number(found, "rate_with"), 150.0 / 540.0, "with");
    close(number(found, "rate_without"), 183.0 / 220.0, "without");
    for column in ["difference", "difference_lower", "difference_upper", "ratio", "ratio_lower", "ratio_upper"] {
        assert_eq!(found[column], "", "{column}");
    }
    assert_ne!(found["refusal"], "");
}

#[test]
fn small_town_a_replaced_number_counts_once() {
    let run = Run::new(project());
    let balances = run.work.table("out/internal/data/balances.csv");
    let parts = |source: &str| {
        let b = row(&balances, &[("source", source)]);
        ["read", "accepted", "quarantined", "errors", "replaced"].map(|part| b[part].parse::<u64>().unwrap())
    };
    // Ten series of six months, two rows not delivered.
    assert_eq!(parts("faelle"), [58, 58, 0, 0, 0]);
    assert_eq!(parts("korrektur"), [1, 0, 0, 0, 1]);
    // Without the declaration the second number is an error and the first stays.
    let work = project();
    work.edit("resonanz.toml", "on_duplicate = \"replace\"", "error_budget = 1.0");
    let run = Run::new(work);
    let findings = run.work.table("out/internal/data/findings.csv");
    assert_eq!(rows(&findings, &[("code", "duplicate")]).len(), 1);
    close(number(run.own("applications", "99001001", "10124"), "value"), 540.0 + 1_005.0, "uncorrected");
}

#[test]
fn small_town_a_replaced_number_is_noted() {
    let run = Run::new(project());
    let findings = run.work.table("out/internal/data/findings.csv");
    let replaced = row(&findings, &[("code", "replaced")]);
    assert_eq!((replaced["file"].as_str(), replaced["line"].as_str()), ("korrektur.csv", "2"));
}

/// Ceburg: 150 online of 120 cases.
#[test]
fn small_town_a_rate_above_100_percent_is_shown_and_flagged() {
    let run = Run::new(project());
    let ceburg = run.own("online_share", "99001003", "10124");
    close(number(ceburg, "value"), 1.25, "value");
    assert_eq!((ceburg["lower"].as_str(), ceburg["upper"].as_str()), ("", ""));
    assert_eq!(ceburg["flags"], "above_100");
}

#[test]
fn small_town_a_rate_above_100_percent_is_a_finding() {
    let run = Run::new(project());
    let findings = run.work.table("out/internal/data/findings.csv");
    assert_eq!(rows(&findings, &[("code", "rate_above_100")]).len(), 1);
}

/// No feedback button is declared: nobody knows a response rate.
#[test]
fn small_town_no_feedback_is_no_response_rate_of_zero() {
    let run = Run::new(project());
    let rates: Vec<_> = run.periods.iter().filter(|r| r["kpi"].starts_with("response_rate")).collect();
    assert!(rates.is_empty(), "{:?}", rates.first());
}

/// A file outside the project may be read, but its folder on this machine is nobody's business.
#[test]
fn small_town_a_file_from_elsewhere_leaves_no_path_in_the_output() {
    let work = project();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("leistungen.csv");
    std::fs::copy(work.path("leistungen.csv"), &file).unwrap();
    work.edit("resonanz.toml", "files = \"leistungen.csv\"", &format!("files = {:?}", file.to_str().unwrap()));
    work.ok(&["run"]);
    let dir = elsewhere.path().file_name().unwrap().to_string_lossy().into_owned();
    for (name, bytes) in work.tree("out") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&dir), "{name} names the folder");
    }
}

/// Everything that does not depend on how the case numbers were packed.
fn results(work: &Work) -> Vec<(String, Vec<u8>)> {
    work.ok(&["run"]);
    let data = work.tree("out/publish/data").into_iter().filter(|(name, _)| name.ends_with(".csv"));
    let panel = std::fs::read(work.path("out/internal/data/panel.csv")).unwrap();
    data.chain([("panel.csv".to_owned(), panel)]).collect()
}

#[track_caller]
fn same(found: &[(String, Vec<u8>)], wanted: &[(String, Vec<u8>)]) {
    assert_eq!(found.len(), wanted.len());
    for ((name, found), (_, wanted)) in found.iter().zip(wanted) {
        assert!(found == wanted, "{name} differs");
    }
}

#[test]
fn small_town_text_dialects_give_the_same_tables() {
    let wanted = results(&project());
    let text = csv_text(&cases());
    let dialect = "dialect = { encoding = \"windows-1252\", delimiter = \";\", decimal = \",\" }\n\
                   columns = { area = \"AGS\", service";
    let plain = dialect.replace("encoding = \"windows-1252\", ", "");
    // As Excel saves "CSV UTF-8": byte order mark, everything quoted, a line that names the separator.
    let quoted: String = cases().iter().map(|case| case.map(|cell| format!("\"{cell}\"")).join(";") + "\r\n").collect();
    let variants: [(&str, Vec<u8>); 4] = [
        ("byte order mark", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
        ("sep= line", format!("sep=;\r\n{text}").into_bytes()),
        ("all quoted", format!("{}\r\n{quoted}\r\n\r\n", HEADER.join(";")).into_bytes()),
        ("UTF-16", [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()),
    ];
    for (name, bytes) in variants {
        let work = project();
        work.edit("resonanz.toml", dialect, &plain).file("faelle.csv", bytes);
        let found = results(&work);
        assert!(found == wanted, "{name}");
    }
}

/// The case numbers as a workbook: numbers as numbers, months as dates, two title rows and a sum.
fn workbook(work: &Work, footnote: Option<&str>) {
    let mut book = Workbook::new();
    let date = Format::new().set_num_format("mmm yy");
    book.add_worksheet().set_name("Hinweise").unwrap().write(0, 0, "Bitte das zweite Blatt lesen").unwrap();
    let sheet = book.add_worksheet().set_name("Fälle").unwrap();
    sheet.write(0, 0, "Fallzahlen der Orte").unwrap();
    sheet.write(1, 0, "Stand: 15.07.2025").unwrap();
    for (column, name) in (0u16..).zip(HEADER) {
        sheet.write(3, column, name).unwrap();
    }
    let cases = cases();
    for (line, [town, service, month, channel, count]) in (4u32..).zip(cases.iter().copied()) {
        let number = u8::try_from(MONTHS.iter().position(|m| *m == month).unwrap() + 1).unwrap();
        sheet.write(line, 0, town.parse::<u32>().unwrap()).unwrap();
        sheet.write(line, 1, service).unwrap();
        sheet.write_with_format(line, 2, ExcelDateTime::from_ymd(2025, number, 1).unwrap(), &date).unwrap();
        sheet.write(line, 3, channel).unwrap();
        match count.replace('.', "").parse::<u32>() {
            Ok(count) => sheet.write(line, 4, count).unwrap(),
            Err(_) => sheet.write(line, 4, count).unwrap(),
        };
    }
    let end = 4 + u32::try_from(cases.len()).unwrap();
    sheet.write(end, 0, "Summe").unwrap().write(end, 4, 2_000).unwrap();
    if let Some(footnote) = footnote {
        sheet.write(end + 2, 0, footnote).unwrap();
    }
    book.save(work.path("faelle.xlsx")).unwrap();
    // A month written as a date is a day; the correction must name the same.
    work.edit("korrektur.csv", "Januar 2025", "01.01.2025").edit(
        "resonanz.toml",
        "files = \"faelle.csv\"",
        "files = \"faelle.xlsx\"\nsheet = \"Fälle\"\nheader_row = 4",
    );
}

#[test]
fn small_town_a_workbook_gives_the_same_tables() {
    let wanted = results(&project());
    let work = project();
    workbook(&work, None);
    same(&results(&work), &wanted);
    let findings = work.table("out/internal/data/findings.csv");
    let total = row(&findings, &[("code", "total_row")]);
    // Four lines above the records, 58 records.
    assert_eq!((total["sheet"].as_str(), total["line"].as_str(), total["value"].as_str()), ("Fälle", "63", "Summe"));
}

/// The last line of many workbooks.
#[test]
fn small_town_a_footnote_below_the_table_is_no_error() {
    let work = project();
    workbook(&work, Some("Quelle: Fachverfahren der Orte"));
    work.ok(&["run"]);
    let balances = work.table("out/internal/data/balances.csv");
    assert_eq!(row(&balances, &[("source", "faelle")])["errors"], "0");
}

fn parquet(work: &Work, columns: Vec<Column>) {
    let mut frame = DataFrame::new(columns[0].len(), columns).unwrap();
    let file = std::fs::File::create(work.path("faelle.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut frame).unwrap();
    work.edit("resonanz.toml", "files = \"faelle.csv\"", "files = \"faelle.parquet\"");
}

#[test]
fn small_town_parquet_gives_the_same_tables() {
    let wanted = results(&project());
    let cases = cases();
    let texts =
        |at: usize| -> Column { Column::new(HEADER[at].into(), cases.iter().map(|case| case[at]).collect::<Vec<_>>()) };
    let work = project();
    parquet(&work, (0..5).map(texts).collect());
    same(&results(&work), &wanted);

    // Typed: numbers, and nulls where a text said that there is none.
    let plain: Vec<[&str; 5]> = cases
        .iter()
        .filter(|case| case[4] != "x")
        .map(|case| [case[0], case[1], case[2], case[3], if matches!(case[4], "k. A." | "*") { "" } else { case[4] }])
        .collect();
    let csv = project();
    csv.file("faelle.csv", windows_1252(&csv_text(&plain)));
    let work = project();
    let text = |at: usize| Column::new(HEADER[at].into(), plain.iter().map(|case| case[at]).collect::<Vec<_>>());
    let key = |at: usize| {
        Column::new(HEADER[at].into(), plain.iter().map(|case| case[at].parse::<i64>().unwrap()).collect::<Vec<_>>())
    };
    let counts: Vec<Option<i64>> = plain.iter().map(|case| case[4].replace('.', "").parse().ok()).collect();
    parquet(&work, vec![key(0), key(1), text(2), text(3), Column::new("Anzahl".into(), counts)]);
    same(&results(&work), &results(&csv));
}
