//! Bad input and bad configuration: one clear message, the designed exit code, and an earlier
//! output that stands as it was, byte for byte.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::support::{Work, row, rows};

const CONFIGURATION: &str = r#"schema_version = 1

[project]
name = "Zwei Orte"

[[source]]
name = "register"
kind = "register"
files = "eingang/register.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", name = "Name", population = "Einwohner" }

[[source]]
name = "leistungen"
kind = "services"
files = "eingang/leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "OZG-ID", name = "Leistung" }

[[source]]
name = "faelle"
kind = "usage"
files = "eingang/faelle.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }

[[comparison]]
name = "groesse"
title = "Orte gleicher Größe"
by = "size_class"

[report]
png = false
"#;

const REGISTER: &str = "AGS;Name;Einwohner\n99001001;Aheim;4.000\n99001002;Bördorf;2.000\n";

/// Twenty records: five months, two towns, two channels.
fn cases() -> String {
    let mut out = "AGS;OZG-ID;Monat;Kanal;Anzahl\n".to_owned();
    for month in 1..=5 {
        for town in ["99001001", "99001002"] {
            out.push_str(&format!("{town};10124;2025-0{month};online;{}\n", 10 + month));
            out.push_str(&format!("{town};10124;2025-0{month};Papier;{}\n", 40 - month));
        }
    }
    out
}

/// A project with an output that must survive.
struct Standing {
    work: Work,
    output: BTreeMap<String, Vec<u8>>,
}

impl Standing {
    fn new() -> Self {
        let work = Work::new();
        work.file("resonanz.toml", CONFIGURATION)
            .file("eingang/register.csv", REGISTER)
            .file("eingang/leistungen.csv", "OZG-ID;Leistung\n10124;Wohnsitzmeldung\n")
            .file("eingang/faelle.csv", cases());
        work.ok(&["run"]);
        let output = work.tree("out");
        assert!(output.contains_key("publish/data/estimates_period.csv"));
        assert!(output.contains_key("publish/bericht/index.html"));
        Self { work, output }
    }

    /// `run` and `check` refuse with `code` and the same words, which are returned.
    #[track_caller]
    fn refused(&self, code: i32) -> String {
        let run = self.work.run(&["run"]);
        assert_eq!(run.code, code, "{}{}", run.stdout, run.stderr);
        assert_eq!(run.stdout, "", "a failure has no result");
        assert!(self.work.tree("out") == self.output, "the earlier output was touched");
        let left: Vec<_> = std::fs::read_dir(self.work.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".out")), "{left:?}");
        run.stderr
    }

    /// As [`Self::refused`], where `check` finds the mistake as well.
    #[track_caller]
    fn refused_by_both(&self, code: i32) -> String {
        let said = self.refused(code);
        let check = self.work.run(&["check"]);
        assert_eq!((check.code, check.stderr.as_str()), (code, said.as_str()), "`check` says something else");
        said
    }
}

#[test]
fn mistakes_a_good_project_runs_twice_to_the_same_bytes() {
    let standing = Standing::new();
    standing.work.ok(&["run"]);
    assert!(standing.work.tree("out") == standing.output);
    standing.work.ok(&["check"]);
    assert!(standing.work.tree("out") == standing.output, "`check` wrote into the output");
}

// --- Files ------------------------------------------------------------------------------------

#[test]
fn mistakes_a_missing_column() {
    let standing = Standing::new();
    standing.work.edit("eingang/faelle.csv", ";Anzahl", ";Anzahlen");
    assert_snapshot!(standing.refused_by_both(3), @"");
    standing.work.edit("eingang/faelle.csv", ";Anzahlen", ";Menge");
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_wrong_delimiter() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", cases().replace(';', ","));
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_wrong_encoding() {
    let standing = Standing::new();
    let bytes = encoding_rs::WINDOWS_1252.encode(REGISTER).0.into_owned();
    standing.work.file("eingang/register.csv", bytes);
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_an_unknown_encoding() {
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "dialect = { delimiter = \";\" }",
        "dialect = { delimiter = \";\", encoding = \"ansii\" }",
    );
    assert_snapshot!(standing.refused_by_both(2), @"");
}

fn with_workbook(bytes: &[u8]) -> Standing {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.xlsx", bytes).edit("resonanz.toml", "faelle.csv", "faelle.xlsx");
    standing
}

#[test]
fn mistakes_a_workbook_of_garbage() {
    assert_snapshot!(with_workbook(b"this is no workbook").refused_by_both(3), @"");
}

#[test]
fn mistakes_a_workbook_that_is_a_broken_archive() {
    assert_snapshot!(with_workbook(b"PK\x03\x04 and then nothing of a ZIP archive").refused_by_both(3), @"");
}

#[test]
fn mistakes_a_workbook_with_a_password() {
    // Excel wraps an encrypted workbook in an old compound file.
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.extend([0; 600]);
    assert_snapshot!(with_workbook(&bytes).refused_by_both(3), @"");
}

#[test]
fn mistakes_an_empty_workbook() {
    assert_snapshot!(with_workbook(b"").refused_by_both(3), @"");
}

#[test]
fn mistakes_a_sheet_that_is_not_there() {
    let standing = Standing::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Fälle 2025").unwrap().write(0, 0, "AGS").unwrap();
    book.save(standing.work.path("eingang/faelle.xlsx")).unwrap();
    standing.work.edit(
        "resonanz.toml",
        "files = \"eingang/faelle.csv\"",
        "files = \"eingang/faelle.xlsx\"\nsheet = \"Fälle\"",
    );
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_workbook_where_a_csv_is_declared() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", b"PK\x03\x04 a workbook with another ending");
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_parquet_file_of_garbage() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.parquet", b"PAR1 cut off").edit(
        "resonanz.toml",
        "faelle.csv",
        "faelle.parquet",
    );
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_gv100ad_file_that_is_none() {
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "kind = \"register\"",
        "kind = \"register\"\nformat = \"gv100ad\"",
    );
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_an_empty_file() {
    for empty in ["", "\n", "\u{feff}"] {
        let standing = Standing::new();
        standing.work.file("eingang/faelle.csv", empty);
        assert_snapshot!(standing.refused_by_both(3), @"");
    }
}

#[test]
fn mistakes_a_file_with_nothing_but_a_header() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", "AGS;OZG-ID;Monat;Kanal;Anzahl\n");
    assert_snapshot!(standing.refused(3), @"");
    let check = standing.work.ok(&["check"]);
    assert!(check.stdout.contains("empty_file"), "{}", check.stdout);
}

#[test]
fn mistakes_a_folder_instead_of_a_file() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "eingang/faelle.csv", "eingang");
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_no_file() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "eingang/faelle.csv", "eingang/fälle.csv");
    assert_snapshot!(standing.refused_by_both(3), @"");
    standing.work.edit("resonanz.toml", "eingang/fälle.csv", "eingang/faelle-*.csv");
    assert_snapshot!(standing.refused_by_both(3), @"");
}

/// A quote that never closes would swallow the rest of the file as one field.
#[test]
fn mistakes_an_open_quote() {
    let standing = Standing::new();
    standing.work.edit("eingang/faelle.csv", "99001002;10124;2025-05;online;15", "\"99001002;10124;2025-05;online;15");
    let run = standing.work.run(&["run"]);
    assert_ne!(run.code, 0, "two records vanished in a field and nobody was told: {}", run.stdout);
}

#[test]
fn mistakes_a_header_row_beyond_the_end() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "kind = \"usage\"", "kind = \"usage\"\nheader_row = 99");
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_a_wide_table_without_a_matching_column() {
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "constants = { stage = \"form_submit\" }",
        "layout = \"wide\"\n[[source.wide]]\npattern = \"Anzahl {channel}\"\nconstants = { stage = \"form_submit\" }",
    );
    assert_snapshot!(standing.refused_by_both(3), @"");
}

#[test]
fn mistakes_two_registers_with_the_same_town() {
    let standing = Standing::new();
    let again = "[[source]]\nname = \"zweites\"\nkind = \"register\"\nfiles = \"eingang/register.csv\"\n\
                 format = \"csv\"\ndialect = { delimiter = \";\", decimal = \",\" }\ncolumns = { area = \"AGS\" }\n\n[report]";
    standing.work.edit("resonanz.toml", "[report]", again);
    // The second register is a repetition from end to end.
    let run = standing.work.run(&["run"]);
    assert_eq!(run.code, 1);
    assert_snapshot!(run.stderr, @"");
}

// --- Findings ---------------------------------------------------------------------------------

#[test]
fn mistakes_beyond_the_error_budget_nothing_is_published() {
    let standing = Standing::new();
    // Two of twenty records: 10 %, allowed are 5 %.
    standing.work.edit("eingang/faelle.csv", "99001002;10124;2025-05", "99001009;10124;2025-05");
    let run = standing.work.run(&["run"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_snapshot!(run.stderr, @"");

    let now = standing.work.tree("out");
    let published = |tree: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        tree.iter().filter(|(name, _)| name.starts_with("publish/")).map(|(n, b)| (n.clone(), b.clone())).collect()
    };
    assert!(published(&now) == published(&standing.output), "the publication was touched");
    let findings = standing.work.table("out/internal/data/findings.csv");
    let unknown = rows(&findings, &[("code", "unknown_area")]);
    assert_eq!(unknown.len(), 2);
    let first = unknown[0];
    assert_eq!(
        ["file", "line", "record", "column", "value"].map(|column| first[column].as_str()),
        ["eingang/faelle.csv", "20", "19", "AGS", "99001009"]
    );
    let quarantine = standing.work.table("out/internal/data/quarantine.csv");
    assert_eq!(quarantine.len(), 2);
    assert!(quarantine[0]["values"].contains("count=15"), "{:?}", quarantine[0]);
    let balances = standing.work.table("out/internal/data/balances.csv");
    assert_eq!(row(&balances, &[("source", "faelle")])["errors"], "2");

    // `check` finds the same and lists it with its cure.
    let check = standing.work.run(&["check"]);
    assert_eq!((check.code, &check.stderr), (1, &run.stderr));
    assert_snapshot!(check.stdout, @"");

    // Cured, everything is as it was.
    standing.work.file("eingang/faelle.csv", cases());
    standing.work.ok(&["run"]);
    assert!(standing.work.tree("out") == standing.output);
}

#[test]
fn mistakes_a_first_run_beyond_the_budget_publishes_nothing_at_all() {
    let standing = Standing::new();
    std::fs::remove_dir_all(standing.work.path("out")).unwrap();
    standing.work.edit("eingang/faelle.csv", "99001002;10124;2025-05", "99001009;10124;2025-05");
    assert_eq!(standing.work.run(&["run"]).code, 1);
    assert!(!standing.work.path("out/publish").exists());
    assert!(standing.work.path("out/internal/data/findings.csv").is_file());
}

#[test]
fn mistakes_within_the_budget_are_quarantined_and_told() {
    let standing = Standing::new();
    standing.work.edit("eingang/faelle.csv", "99001002;10124;2025-05;online;15", "99001002;10124;2025-05;online;15,5");
    let run = standing.work.ok(&["run"]);
    assert_snapshot!(run.stdout, @"");
    let findings = standing.work.table("out/internal/data/findings.csv");
    let found = row(&findings, &[("code", "not_an_integer")]);
    assert_eq!((found["line"].as_str(), found["value"].as_str()), ("20", "15,5"));
}

// --- Configuration ----------------------------------------------------------------------------

#[track_caller]
fn configuration(from: &str, to: &str) -> String {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", from, to);
    standing.refused_by_both(2)
}

#[test]
fn mistakes_an_unknown_key() {
    assert_snapshot!(configuration("name = \"Zwei Orte\"", "nmae = \"Zwei Orte\""), @"");
    assert_snapshot!(configuration("columns = { service", "colums = { service"), @"");
    assert_snapshot!(configuration("[report]", "[raport]"), @"");
    assert_snapshot!(configuration("delimiter = \";\" }", "delimeter = \";\" }"), @"");
}

#[test]
fn mistakes_an_unknown_field_of_a_source() {
    assert_snapshot!(configuration("population = \"Einwohner\"", "populaton = \"Einwohner\""), @"");
    assert_snapshot!(configuration("channel = \"Kanal\"", "weg = \"Kanal\""), @"");
}

#[test]
fn mistakes_a_required_field_that_is_not_mapped() {
    assert_snapshot!(configuration("period = \"Monat\", ", ""), @"");
}

#[test]
fn mistakes_an_unknown_kind_or_word() {
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usge\""), @"");
    assert_snapshot!(configuration("[project]", "[project]\nlanguage = \"fr\""), @"");
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usage\"\non_duplicate = \"last\""), @"");
}

#[test]
fn mistakes_an_unknown_stage_or_channel_in_the_constants() {
    assert_snapshot!(configuration("stage = \"form_submit\"", "stage = \"submitted\""), @"");
}

#[test]
fn mistakes_an_unknown_schema_version() {
    assert_snapshot!(configuration("schema_version = 1", "schema_version = 2"), @"");
    assert_snapshot!(configuration("schema_version = 1", ""), @"");
}

#[test]
fn mistakes_a_syntax_error() {
    assert_snapshot!(configuration("name = \"Zwei Orte\"", "name = \"Zwei Orte"), @"");
}

#[test]
fn mistakes_an_unknown_grouping() {
    assert_snapshot!(configuration("by = \"size_class\"", "by = \"size_clas\""), @"");
    assert_snapshot!(configuration("by = \"size_class\"", "by = \"mondphase\""), @"");
    assert_snapshot!(configuration("by = \"size_class\"", ""), @"");
}

#[test]
fn mistakes_an_attribute_or_area_that_the_register_does_not_have() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "by = \"size_class\"", "by = \"attribute:Dienstleister\"");
    assert_snapshot!(standing.refused(2), @"");
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[[group]]\nname = \"netz\"\ntitle = \"Netz\"\nareas = [\"99001003\"]\n\n[report]");
    assert_snapshot!(standing.refused(2), @"");
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[report]\nareas = [\"99001003\"]");
    assert_snapshot!(standing.refused(2), @"");
}

#[test]
fn mistakes_a_focus_service_that_the_catalogue_does_not_have() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[focus]\nservices = [\"10125\"]\n\n[report]");
    assert_snapshot!(standing.refused(2), @"");
}

#[test]
fn mistakes_the_public_audience_is_refused() {
    assert_snapshot!(configuration("[project]", "[project]\naudience = \"public\""), @"");
}

#[test]
fn mistakes_an_impossible_period_or_budget() {
    assert_snapshot!(configuration("[report]", "[period]\nuntil = \"2025\"\n\n[report]"), @"");
    assert_snapshot!(configuration("[report]", "[period]\nmonths = 0\n\n[report]"), @"");
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usage\"\nerror_budget = 5"), @"");
}

#[test]
fn mistakes_a_period_without_any_delivery() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[period]\nuntil = \"2015-06\"\n\n[report]");
    assert_snapshot!(standing.refused(2), @"");
}

#[test]
fn mistakes_a_source_that_is_missing_or_named_twice() {
    assert_snapshot!(configuration("kind = \"services\"", "kind = \"register\""), @"");
    assert_snapshot!(configuration("name = \"leistungen\"", "name = \"faelle\""), @"");
}

// --- Folders and commands ---------------------------------------------------------------------

#[test]
fn mistakes_a_folder_without_a_project() {
    let work = Work::new();
    work.file("sub/other.txt", "");
    for verb in ["run", "check"] {
        let here = work.run(&[verb]);
        assert_eq!(here.code, 2);
        assert_snapshot!(here.stderr, @"");
        let sub = work.run(&[verb, "sub"]);
        assert_eq!(sub.code, 2);
        assert_snapshot!(sub.stderr, @"");
        let nowhere = work.run(&[verb, "nowhere"]);
        assert_eq!(nowhere.code, 2);
        assert_snapshot!(nowhere.stderr, @"");
    }
    assert_eq!(work.tree("").into_keys().collect::<Vec<_>>(), ["sub/other.txt"]);
}

#[test]
fn mistakes_an_output_folder_with_files_of_someone_else() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "name = \"Zwei Orte\"", "name = \"Zwei Orte\"\noutput = \"akten\"");
    standing.work.file("akten/Vermerk.docx", "important");
    let run = standing.work.run(&["run"]);
    assert_eq!(run.code, 2);
    assert_snapshot!(run.stderr, @"");
    assert_eq!(standing.work.tree("akten").into_keys().collect::<Vec<_>>(), ["Vermerk.docx"]);
    assert!(standing.work.tree("out") == standing.output);
}

#[test]
fn mistakes_a_file_of_someone_else_within_the_output() {
    let mut standing = Standing::new();
    standing.work.file("out/publish/Notizen.txt", "mine");
    standing.output = standing.work.tree("out");
    assert_snapshot!(standing.refused(2), @"");
}

#[test]
fn mistakes_the_output_folder_is_the_project_folder() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "name = \"Zwei Orte\"", "name = \"Zwei Orte\"\noutput = \".\"");
    assert_snapshot!(standing.refused(2), @"");
    assert!(standing.work.path("eingang/faelle.csv").is_file());
}

#[test]
fn mistakes_on_the_command_line() {
    let work = Work::new();
    let said = |arguments: &[&str]| {
        let outcome = work.run(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
        outcome.stderr.replace(".exe", "")
    };
    assert_snapshot!(said(&["chekc"]), @"");
    assert_snapshot!(said(&["run", "--jsno"]), @"");
    assert_snapshot!(said(&["demo", "d", "--municipalities", "viele"]), @"");
    assert_snapshot!(said(&["demo", "d", "--municipalities", "0"]), @"");
    assert_snapshot!(said(&["demo", "d", "--months", "100000"]), @"");
    assert_snapshot!(said(&["explain", "wilsn"]), @"");
    assert!(work.tree("").is_empty());
}
