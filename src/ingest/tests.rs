use std::fs;

use tempfile::TempDir;

use super::spec::Absent;
use super::*;

#[derive(serde::Deserialize)]
struct Sources {
    source: Vec<SourceSpec>,
}

const BASE: &str = r#"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "key", name = "name" }

[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }
"#;

fn specs(more: &str) -> Vec<SourceSpec> {
    toml::from_str::<Sources>(&format!("{BASE}{more}")).unwrap().source
}

/// Reads `content` as the file `in.csv` of the source `more`.
fn read(more: &str, content: &str) -> Result<Ingested> {
    let dir = TempDir::new().unwrap();
    for (file, text) in [("register.csv", "key,name\nA,Anstadt\n"), ("services.csv", "key,name\nS,Pass\n")] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    fs::write(dir.path().join("in.csv"), content).unwrap();
    ingest(dir.path(), &specs(more))
}

/// Lines and codes of the findings.
fn found(read: &Ingested) -> Vec<(u64, Code)> {
    assert!(read.findings.balances.iter().all(|(_, balance)| balance.holds()));
    read.findings.kept.iter().map(|finding| (finding.place.line, finding.code)).collect()
}

const EVENTS: &str = r#"
[[source]]
name = "events"
kind = "events"
files = "in.csv"
columns = { area = "area", service = "service", kind = "kind", from = "from" }
values = { area = { "alle" = "*" } }
"#;

#[test]
fn an_empty_cell_is_not_all_areas_or_services() {
    let content = "area,service,kind,from\n*,*,campaign,2025-01-01\nA,S,campaign,2025-01-01\n\
                   ,S,campaign,2025-01-01\nA,,campaign,2025-01-01\nalle,S,campaign,2025-01-01\n";
    let out = read(EVENTS, content).unwrap();
    assert_eq!(found(&out), [(4, Code::MissingKey), (5, Code::MissingKey)]);
    let seen: Vec<_> = out.records.events.iter().map(|event| (event.area, event.service)).collect();
    assert_eq!(seen, [(None, None), (Some(0), Some(0)), (None, Some(0))]);

    let one_area = "[[source]]\nname = \"events\"\nkind = \"events\"\nfiles = \"in.csv\"\n\
                    columns = { kind = \"kind\", from = \"from\" }\nconstants = { area = \"A\" }\n";
    let out = read(one_area, "kind,from,note\ncampaign,2025-01-01,x\n").unwrap();
    assert_eq!((out.records.events[0].area, out.records.events[0].service), (Some(0), None), "service is not mapped");
    let nothing = one_area.replace("\"A\"", "\"\"");
    assert_eq!(found(&read(&nothing, "kind,from,note\ncampaign,2025-01-01,x\n").unwrap()), [(2, Code::MissingKey)]);
}

const TARGETS: &str = r#"
[[source]]
name = "targets"
kind = "targets"
files = "in.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "area", measure = "measure", date = "date", value = "value" }
"#;

#[test]
fn targets_are_read_in_per_cent_and_shares_are_shares() {
    let content = "area;measure;date;value\n\
                   A;online_share;2025-12-31;40 %\n\
                   A;online_share;2025-12-31;12,5\u{a0}%\n\
                   A;online_share;2025-12-31;0,4\n\
                   A;online_applications;2025-12-31;1.200\n\
                   A;online_share;2025-12-31;40\n\
                   A;online_share.completed;2025-12-31;40\n\
                   A;completion_rate;2025-12-31;-0,1\n\
                   A;availability;2025-12-31;990 %\n\
                   A;online_share;2025-12-31;vierzig %\n\
                   A;online_share;2025-12-31;\n\
                   ;online_share;2025-12-31;0,4\n";
    let out = read(TARGETS, content).unwrap();
    let values: Vec<f64> = out.records.targets.iter().map(|target| target.value).collect();
    assert_eq!(values, [0.4, 0.125, 0.4, 1200.0]);
    assert!(out.records.targets.iter().all(|target| (target.area, target.service) == (Some(0), None)));
    let out_of_range = [6, 7, 8, 9].map(|line| (line, Code::TargetOutOfRange));
    assert_eq!(found(&out)[..4], out_of_range);
    assert_eq!(found(&out)[4..], [(10, Code::BadNumber), (11, Code::MissingKey), (12, Code::MissingKey)]);
}

#[test]
fn feedback_of_a_quarter_or_year_is_not_booked_to_its_first_month() {
    let spec = "[[source]]\nname = \"feedback\"\nkind = \"feedback\"\nfiles = \"in.csv\"\n\
                columns = { time = \"time\", area = \"area\", service = \"service\", value = \"value\" }\n\
                constants = { place = \"page\", scale = \"binary\" }\n";
    let content = "time,area,service,value\n2025-03-17,A,S,yes\n2025-03,A,S,no\n2025-Q1,A,S,yes\n2025,A,S,yes\n";
    let out = read(spec, content).unwrap();
    assert_eq!(found(&out), [(4, Code::BadPeriod), (5, Code::BadPeriod)]);
    assert!(out.records.facts.iter().all(|fact| fact.period.id() == "2025-03"));
    assert_eq!(out.records.facts.len(), 2);
}

#[test]
fn one_row_per_case_must_say_what_an_absent_month_means() {
    let spec = "[[source]]\nname = \"cases\"\nkind = \"usage\"\nfiles = \"in.csv\"\nlayout = \"one_row_per_case\"\n\
                columns = { area = \"area\", service = \"service\", period = \"day\", channel = \"channel\" }\n\
                constants = { stage = \"form_submit\" }\n";
    let content = "day,area,service,channel\n2025-03-17,A,S,online\n";
    let error = read(spec, content).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.message(Lang::En),
        "source \"cases\": layout = \"one_row_per_case\" needs `absent`: a month without a case has no row"
    );
    assert!(error.hints()[0].get(Lang::De).starts_with("absent = \"zero\" ist richtig, wenn jeder Fall"));

    for (stated, absent) in [("zero", Absent::Zero), ("missing", Absent::Missing)] {
        let out = read(&format!("{spec}absent = \"{stated}\"\n"), content).unwrap();
        assert_eq!(out.records.sources[2], ("cases".to_owned(), absent));
    }
    let long = spec.replace("one_row_per_case", "long");
    assert_eq!(specs(&long)[2].absent(), Absent::Missing, "where numbers are listed, a missing one is missing");
    check_spec(&specs(&long)[2]).unwrap();
}

#[test]
fn beyond_the_budget_the_hints_say_where_the_findings_are() {
    let content = "area,service,kind,from\n,S,campaign,2025-01-01\n";
    let error = read(EVENTS, content).unwrap().check_budgets(&specs(EVENTS)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Budget);
    assert!(error.hints()[0].get(Lang::De).contains("`resonanz check` listet die Befunde auf"));
    assert!(error.hints()[0].get(Lang::En).contains("`resonanz check` lists the findings"));
}
