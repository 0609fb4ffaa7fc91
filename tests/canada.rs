//! Another country's open data with a configuration and not one line of code for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{Row, Work, close, number, reference, row, rows, sum, table};

const CONFIGURATION: &str = include_str!("canada/resonanz.toml");
const YEAR: &str = "2023-04/2024-03";
/// The channels as the file and as the panel name them.
const CHANNELS: [(&str, &str, i64); 7] = [
    ("num_applications_online", "online", 267_255_500),
    ("num_applications_in_person", "counter", 102_586_350),
    ("num_applications_by_mail", "mail", 21_405_785),
    ("num_applications_by_other", "other", 9_981_300),
    ("num_applications_by_phone", "phone", 3_809_010),
    ("num_applications_by_email", "email", 3_181_076),
    ("num_applications_by_fax", "fax", 115_814),
];

fn project() -> Option<(Work, Vec<Row>)> {
    let file = reference("data/ca_service_inventory_si_2024.csv")?;
    let work = Work::new();
    work.file("resonanz.toml", CONFIGURATION);
    fs::copy(&file, work.path("inventory.csv")).unwrap();
    let inventory = inventory(&file);
    Some((work, inventory))
}

/// The file with plain code, independent of the program's reader.
fn inventory(file: &Path) -> Vec<Row> {
    let rows = table(file, b',');
    assert_eq!(rows.len(), 1_752);
    rows
}

/// A number, or `None` for NA and ND.
fn count(row: &Row, column: &str) -> Option<i64> {
    row[column].parse().ok()
}

#[test]
fn canada_totals_agree_with_the_independent_ones() {
    let Some((work, inventory)) = project() else { return };
    work.ok(&["run"]);
    let panel = work.table("out/internal/data/panel.csv");
    assert_eq!(panel.len(), 1_752 * 8);
    for (column, channel, wanted) in CHANNELS {
        let cells = rows(&panel, &[("measure", "form_submit"), ("channel", channel)]);
        assert_eq!(sum(&cells, "value"), wanted, "{channel}");
        let by_hand: i64 = inventory.iter().filter_map(|r| count(r, column)).sum();
        assert_eq!(by_hand, wanted, "{column}");
        let states = |state: &str| cells.iter().filter(|c| c["state"] == state).count();
        let texts = |text: &str| inventory.iter().filter(|r| r[column] == text).count();
        assert_eq!(states("not_applicable"), texts("NA"), "{channel}");
        assert_eq!(states("not_provided"), texts("ND"), "{channel}");
        assert_eq!(states("observed"), 1_752 - texts("NA") - texts("ND"), "{channel}");
    }
    let total = rows(&panel, &[("measure", "case_total"), ("channel", "all")]);
    assert_eq!(sum(&total, "value"), 408_334_835);
    let online = rows(&panel, &[("measure", "form_submit"), ("channel", "online")]);
    assert_eq!(online.iter().filter(|c| c["state"] == "not_applicable").count(), 533);
    assert_eq!(online.iter().filter(|c| c["state"] == "not_provided").count(), 246);
}

#[test]
fn canada_the_single_row_of_another_year_stays_out_of_the_reference_period() {
    let Some((work, inventory)) = project() else { return };
    let other: Vec<_> = inventory.iter().filter(|r| r["fiscal_yr"] != "2023-2024").collect();
    assert_eq!((other.len(), other[0]["fiscal_yr"].as_str()), (1, "2024-2025"));
    work.ok(&["run"]);
    let panel = work.table("out/internal/data/panel.csv");
    assert_eq!(rows(&panel, &[("period", "2024-04/2025-03")]).len(), 8);
    let estimates = work.table("out/publish/data/estimates_period.csv");
    assert!(rows(&estimates, &[("period", "2024-04/2025-03")]).is_empty());
    let all = |kpi| {
        let at =
            [("kpi", kpi), ("dimension", "all"), ("service", "*"), ("period", YEAR), ("aggregation", "ratio_of_sums")];
        number(row(&estimates, &at), "value")
    };
    assert_eq!(all("online_applications"), Some(267_255_500.0));
    assert_eq!(all("applications"), Some(408_334_835.0));
}

#[test]
fn canada_online_shares_per_organisation() {
    let Some((work, inventory)) = project() else { return };
    // Over the rows in which online is a number: NA and ND count neither above nor below.
    let mut sums: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for r in inventory.iter().filter(|r| r["fiscal_yr"] == "2023-2024") {
        let total = count(r, "num_applications_total").unwrap();
        if let Some(online) = count(r, "num_applications_online") {
            let slot = sums.entry(&r["owner_org"]).or_default();
            slot.0 += online;
            slot.1 += total;
        }
    }
    work.ok(&["run"]);
    let estimates = work.table("out/publish/data/estimates_period.csv");
    let share = |dimension, unit, aggregation| {
        row(
            &estimates,
            &[
                ("kpi", "online_share"),
                ("dimension", dimension),
                ("unit", unit),
                ("service", "*"),
                ("period", YEAR),
                ("aggregation", aggregation),
            ],
        )
    };
    for organisation in ["cra-arc", "esdc-edsc", "cic", "vac-acc", "rcmp-grc"] {
        let (online, total) = sums[organisation];
        assert!(online > 0 && total > online, "{organisation}: {online} of {total} tells nothing");
        let found = share("area", organisation, "own");
        assert_eq!(number(found, "numerator"), Some(online as f64), "{organisation}");
        assert_eq!(number(found, "denominator"), Some(total as f64), "{organisation}");
        close(number(found, "value"), online as f64 / total as f64, organisation);
    }
    // Nobody is left out, and nobody without a case gets a rate.
    for (organisation, (online, total)) in &sums {
        let found = share("area", organisation, "own");
        let wanted = (*total > 0).then(|| *online as f64 / *total as f64);
        assert_eq!(number(found, "value").is_some(), wanted.is_some(), "{organisation}");
        assert_eq!(found["state"], if wanted.is_some() { "computed" } else { "refused" }, "{organisation}");
    }
    let (online, total) = sums.values().fold((0, 0), |(a, b), (x, y)| (a + x, b + y));
    close(number(share("all", "all", "ratio_of_sums"), "value"), online as f64 / total as f64, "ratio of sums");
    let shares: Vec<f64> = sums.values().filter(|s| s.1 > 0).map(|s| s.0 as f64 / s.1 as f64).collect();
    let mean = shares.iter().sum::<f64>() / shares.len() as f64;
    close(number(share("all", "all", "mean_of_ratios"), "value"), mean, "mean of ratios");
}

#[test]
fn canada_sums_of_all_sources_balance() {
    let Some((work, _)) = project() else { return };
    work.ok(&["run"]);
    let balances = work.table("out/internal/data/balances.csv");
    let found: Vec<_> = balances
        .iter()
        .map(|b| {
            let part = |column: &str| b[column].parse::<u64>().unwrap();
            assert_eq!(part("read"), part("accepted") + part("quarantined") + part("replaced"), "{b:?}");
            assert_eq!(part("errors"), 0, "{b:?}");
            (b["source"].as_str(), part("read"), part("accepted"))
        })
        .collect();
    // 79 organisations; 1,751 services, one of them reported for two years; 8 numbers per row.
    assert_eq!(found, [("organisations", 1_752, 79), ("services", 1_752, 1_751), ("applications", 14_016, 14_016)]);
}

/// Nothing was delivered about feedback: a response rate of 0 % would be a claim without data.
#[test]
fn canada_no_figure_is_made_of_what_nobody_delivered() {
    let Some((work, _)) = project() else { return };
    work.ok(&["run"]);
    let estimates = work.table("out/publish/data/estimates_period.csv");
    let mut kpis: Vec<&str> = estimates.iter().map(|e| e["kpi"].as_str()).collect();
    kpis.sort_unstable();
    kpis.dedup();
    assert_eq!(kpis, ["applications", "online_applications", "online_share"]);
}

/// Counts of applications by phone and e-mail are no personal data.
#[test]
fn canada_counts_by_phone_and_e_mail_are_not_taken_for_personal_data() {
    let Some((work, _)) = project() else { return };
    work.ok(&["run"]);
    let findings = work.table("out/internal/data/findings.csv");
    let personal = rows(&findings, &[("code", "personal_column")]);
    assert!(personal.is_empty(), "{:?}", personal.iter().map(|f| &f["column"]).collect::<Vec<_>>());
}
