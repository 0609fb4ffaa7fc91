use std::fs;

use tempfile::TempDir;

use crate::domain::Lang;
use crate::ingest::finding::Code;
use crate::ingest::spec::SourceSpec;
use crate::ingest::{Ingested, ingest};
use crate::panel::Panel;
use crate::panel::engine::{Local, settle_records};
use crate::panel::territory::rebase_records;

#[derive(serde::Deserialize)]
struct Sources {
    source: Vec<SourceSpec>,
}

const SOURCES: &str = r#"
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
[[source]]
name = "changes"
kind = "territory"
files = "changes.csv"
columns = { from = "from", to = "to", date = "date", share = "share" }
[[source]]
name = "usage"
kind = "usage"
files = "usage.csv"
columns = { area = "area", service = "service", period = "period", count = "count" }
constants = { channel = "online", stage = "form_submit" }
"#;

/// Reads with a register of A and B.
fn read(changes: &str, usage: &str) -> (Ingested, Vec<SourceSpec>) {
    read_until(None, changes, usage)
}

fn read_until(date: Option<&str>, changes: &str, usage: &str) -> (Ingested, Vec<SourceSpec>) {
    let dir = TempDir::new().unwrap();
    for (file, text) in [
        ("register.csv", "key,name\nA,Anstadt\nB,Bestadt\n".to_owned()),
        ("services.csv", "key,name\nS,Pass\n".to_owned()),
        ("changes.csv", format!("from,to,date,share\n{changes}")),
        ("usage.csv", format!("area,service,period,count\n{usage}")),
    ] {
        fs::write(dir.path().join(file), text).unwrap();
    }
    let mut sources = toml::from_str::<Sources>(SOURCES).unwrap().source;
    sources[2].territorial_date = date.map(|date| date.parse().unwrap());
    (ingest(dir.path(), &sources).unwrap(), sources)
}

/// Lines and codes of the findings about the changes; every balance holds.
fn found(read: &Ingested) -> Vec<(u64, Code)> {
    assert!(read.findings.balances.iter().all(|(_, balance)| balance.holds()));
    let about = read.findings.kept.iter().filter(|finding| finding.source == "changes");
    about.map(|finding| (finding.place.line, finding.code)).collect()
}

#[test]
fn shares_that_do_not_add_up_to_one_set_all_rows_of_the_unit_aside() {
    let (read, _) =
        read("X,A,2020-01-01,0.6\nX,B,2020-01-01,0.3\nY,A,2020-01-01,0.3\nY,B,2020-01-01,0.7\n", "A,S,2025-01,1\n");
    assert_eq!(found(&read), [(2, Code::TerritoryShares), (3, Code::TerritoryShares)]);
    assert_eq!(read.records.changes.len(), 2);
    let balance = read.findings.balances.iter().find(|(name, _)| name == "changes").unwrap().1;
    assert_eq!((balance.read, balance.accepted, balance.quarantined, balance.errors), (4, 2, 2, 2));
    assert_eq!(read.findings.quarantine.len(), 2);
    assert_eq!(read.records.register.find_ever("X"), None);
    // 1/3 three times, written with seven digits.
    let (read, _) = self::read("X,A,2020-01-01,0.3333333\nX,B,2020-01-01,0.6666667\n", "A,S,2025-01,1\n");
    assert_eq!(found(&read), []);
}

#[test]
fn targets_must_be_in_the_register_or_change_again_and_not_lead_back() {
    let rows = "X,Y,2020-01-01,\nY,A,2023-01-01,\nU,V,2020-01-01,\nP,Q,2020-01-01,\nQ,P,2021-01-01,\n\
                M,N,2020-01-01,\nN,M,2020-01-01,\nF,G,2022-01-01,\nG,A,2021-01-01,\n";
    let (read, _) = read(rows, "A,S,2025-01,1\n");
    // X follows Y to A. Nobody knows V. P and Q, M and N lead back. G has changed before F comes to it.
    let cycle = Code::TerritoryCycle;
    let target = Code::TerritoryTarget;
    assert_eq!(found(&read), [(4, target), (5, cycle), (6, cycle), (7, cycle), (8, cycle), (9, target)]);
    assert_eq!(read.records.changes.len(), 3);
}

#[test]
fn values_and_duplicates_are_checked_row_by_row() {
    let rows = "X,A,2020-01-01,0\nX,A,2020-01-01,1.5\nX,A,,1\n,A,2020-01-01,1\nX,A,2020-01-01,1\nX,A,2020-01-01,1\n";
    let (read, _) = read(rows, "A,S,2025-01,1\n");
    let codes: Vec<Code> = found(&read).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, [Code::BadNumber, Code::BadNumber, Code::MissingKey, Code::MissingKey, Code::Duplicate]);
}

#[test]
fn later_changes_than_the_territorial_date_are_passed_over() {
    let rows = "X,A,2024-01-01,1\nB,A,2025-01-02,1\n";
    let (read, _) = read_until(Some("2025-01-01"), rows, "A,S,2025-01,1\n");
    assert_eq!(found(&read), [(3, Code::TerritoryLater)]);
    assert_eq!(read.findings.balances[2].1.errors, 0);
}

#[test]
fn numbers_of_an_old_key_count_for_the_new_unit_to_the_last_one() {
    let rows = "X,A,2025-02-01,0.5\nX,B,2025-02-01,0.5\nA,A,2025-02-01,1\nB,B,2025-02-01,1\n";
    let usage = "A,S,2025-01,10\nB,S,2025-01,20\nX,S,2025-01,5\nX,S,2025-02,4\nW,S,2025-01,1\nA,S,2025-02,11\n";
    let (mut read, sources) = read(rows, usage);
    settle_records(&Local, &mut read, &sources).unwrap();
    rebase_records(&mut read);
    let panel = Panel::build(&read.records).unwrap();
    let cells: Vec<_> = panel.cells().iter().map(|c| (c.area, c.period.start.number(), c.value, c.rebased)).collect();
    // 5 is 2.5 each: the unit left over goes to A.
    assert_eq!(cells, [(0, 1, 13, true), (0, 2, 11, false), (1, 1, 22, true)]);
    let mut codes: Vec<Code> = read.findings.kept.iter().map(|finding| finding.code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Code::UnknownArea, Code::FormerKey]);
    let former = read.findings.kept.iter().find(|finding| finding.code == Code::FormerKey).unwrap();
    let german = "Das Gebiet gab es in diesem Zeitraum nicht mehr (X / S / 2025-02: „4“)";
    assert_eq!(former.message(Lang::De), german);
    assert_eq!(read.records.register.areas().len(), 2, "X is never shown");
}
