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

/// Whoever reads German gets German: every message and every hint.
#[test]
fn mistakes_are_told_in_german_as_well() {
    let break_it: [(&str, &str, &str); 8] = [
        ("eingang/faelle.csv", ";Anzahl", ";Menge"),
        ("eingang/faelle.csv", ";", ","),
        ("eingang/faelle.csv", "99001002", "99001009"),
        ("resonanz.toml", "eingang/faelle.csv", "eingang"),
        ("resonanz.toml", "eingang/faelle.csv", "eingang/fehlt.csv"),
        ("resonanz.toml", "by = \"size_class\"", "by = \"mondphase\""),
        ("resonanz.toml", "schema_version = 1", "schema_version = 9"),
        ("resonanz.toml", "[project]", "[disclosure]\nminimum = 1\n\n[project]"),
    ];
    let mut untranslated = Vec::new();
    for (file, from, to) in break_it {
        let standing = Standing::new();
        standing.work.edit(file, from, to);
        let english = standing.work.run(&["run"]);
        let german = standing.work.run(&["run", "--lang", "de"]);
        assert_eq!(english.code, german.code);
        assert_eq!(english.stderr.lines().count(), german.stderr.lines().count());
        for (e, g) in english.stderr.lines().zip(german.stderr.lines()) {
            let text = |line: &str| line.split_once(": ").unwrap_or_default().1.to_owned();
            if text(e) == text(g) {
                untranslated.push(text(e));
            }
        }
    }
    assert!(untranslated.is_empty(), "{untranslated:#?}");
}

// --- Files ------------------------------------------------------------------------------------

#[test]
fn mistakes_a_missing_column() {
    let standing = Standing::new();
    standing.work.edit("eingang/faelle.csv", ";Anzahl", ";Anzahlen");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.csv: there is no column "Anzahl" (source "faelle")
    hint: did you mean "Anzahlen"?
    "#);
    standing.work.edit("eingang/faelle.csv", ";Anzahlen", ";Menge");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.csv: there is no column "Anzahl" (source "faelle")
    hint: the columns are: AGS, OZG-ID, Monat, Kanal, Menge
    "#);
}

#[test]
fn mistakes_a_wrong_delimiter() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", cases().replace(';', ","));
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.csv: there is no column "AGS" (source "faelle")
    hint: the header seems to be separated by ",": dialect = { delimiter = "," }
    "#);
}

#[test]
fn mistakes_a_wrong_encoding() {
    let standing = Standing::new();
    let bytes = encoding_rs::WINDOWS_1252.encode(REGISTER).0.into_owned();
    standing.work.file("eingang/register.csv", bytes);
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/register.csv: line 3: byte 0xF6 is no UTF-8 character
    hint: the file is probably in the Windows encoding: dialect = { encoding = "windows-1252" } in source "register"
    "#);
}

#[test]
fn mistakes_an_unknown_encoding() {
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "dialect = { delimiter = \";\" }",
        "dialect = { delimiter = \";\", encoding = \"ansii\" }",
    );
    assert_snapshot!(standing.refused_by_both(2), @r#"
    error: source "leistungen": dialect.encoding = "ansii" is not a known encoding
    hint: use "utf-8" or "windows-1252"
    "#);
}

fn with_workbook(bytes: &[u8]) -> Standing {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.xlsx", bytes).edit("resonanz.toml", "faelle.csv", "faelle.xlsx");
    standing
}

#[test]
fn mistakes_a_workbook_of_garbage() {
    assert_snapshot!(with_workbook(b"this is no workbook").refused_by_both(3), @r"
    error: eingang/faelle.xlsx: the workbook cannot be read: Cannot detect file format
    hint: open it in Excel or LibreOffice and save it again as .xlsx; a password must be removed
    ");
}

#[test]
fn mistakes_a_workbook_that_is_a_broken_archive() {
    assert_snapshot!(with_workbook(b"PK\x03\x04 and then nothing of a ZIP archive").refused_by_both(3), @r"
    error: eingang/faelle.xlsx: the workbook cannot be read: Cannot detect file format
    hint: open it in Excel or LibreOffice and save it again as .xlsx; a password must be removed
    ");
}

#[test]
fn mistakes_a_workbook_with_a_password() {
    // Excel wraps an encrypted workbook in an old compound file.
    let mut bytes = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    bytes.extend([0; 600]);
    assert_snapshot!(with_workbook(&bytes).refused_by_both(3), @r"
    error: eingang/faelle.xlsx: the workbook cannot be read: Cannot detect file format
    hint: open it in Excel or LibreOffice and save it again as .xlsx; a password must be removed
    ");
}

#[test]
fn mistakes_an_empty_workbook() {
    assert_snapshot!(with_workbook(b"").refused_by_both(3), @r"
    error: eingang/faelle.xlsx: the file is empty
    hint: ask the sender for the workbook again
    ");
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
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.xlsx: there is no sheet "Fälle"
    hint: the workbook has: Fälle 2025
    "#);
}

#[test]
fn mistakes_a_workbook_where_a_csv_is_declared() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", b"PK\x03\x04 a workbook with another ending");
    assert_snapshot!(standing.refused_by_both(3), @r"
    error: eingang/faelle.csv: this is an Excel workbook or ZIP archive, not a text file
    hint: state the right `format` in the source, or save it as CSV
    ");
}

#[test]
fn mistakes_a_parquet_file_of_garbage() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.parquet", b"PAR1 cut off").edit("resonanz.toml", "faelle.csv", "faelle.parquet");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.parquet: not a readable Parquet file: parquet: File out of specification: The file must end with PAR1
    hint: ask the sender to write the file again; if it is a CSV, rename it or state format = "csv"
    "#);
}

#[test]
fn mistakes_a_gv100ad_file_that_is_none() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "kind = \"register\"", "kind = \"register\"\nformat = \"gv100ad\"");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/register.csv: no municipality (record type 60) in this file
    hint: format = "gv100ad" expects the fixed-width GV100AD file; for a table state format = "csv" or "xlsx"
    "#);
}

#[test]
fn mistakes_an_empty_file() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", "");
    let said = standing.refused_by_both(3);
    assert_snapshot!(said, @r"
    error: eingang/faelle.csv: the file is empty
    hint: ask the sender for the export again
    ");
    for empty in ["\n", "\u{feff}", " \r\n\r\n"] {
        standing.work.file("eingang/faelle.csv", empty);
        assert_eq!(standing.refused_by_both(3), said, "{empty:?}");
    }
}

#[test]
fn mistakes_a_file_with_nothing_but_a_header() {
    let standing = Standing::new();
    standing.work.file("eingang/faelle.csv", "AGS;OZG-ID;Monat;Kanal;Anzahl\n");
    assert_snapshot!(standing.refused(3), @r#"
    error: no source delivered a count of use: there is nothing to evaluate
    hint: fill in or check the files of: faelle; `resonanz check` lists what was read
    "#);
    let check = standing.work.ok(&["check"]);
    assert!(check.stdout.contains("empty_file"), "{}", check.stdout);
}

#[test]
fn mistakes_a_folder_instead_of_a_file() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "eingang/faelle.csv", "eingang");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: source "faelle": "eingang" is a folder, not a file
    hint: to read all CSV files in it, write "eingang/*.csv"
    "#);
}

#[test]
fn mistakes_no_file() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "eingang/faelle.csv", "eingang/fälle.csv");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: source "faelle": no file "eingang/fälle.csv"
    hint: looked for ./eingang/fälle.csv
    hint: paths are relative to resonanz.toml
    "#);
    standing.work.edit("resonanz.toml", "eingang/fälle.csv", "eingang/faelle-*.csv");
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: source "faelle": no file "eingang/faelle-*.csv"
    hint: looked for ./eingang/faelle-*.csv
    hint: paths are relative to resonanz.toml
    "#);
}

/// A quote that never closes swallows the rest of the file as one field: half of the records here,
/// far more than the error budget, although it is one bad record among fifty.
#[test]
fn mistakes_an_open_quote_does_not_swallow_half_a_file() {
    let standing = Standing::new();
    let mut cases = "AGS;OZG-ID;Monat;Kanal;Anzahl\n".to_owned();
    for record in 0..100 {
        let quote = if record == 50 { "\"" } else { "" };
        let (month, day) = (1 + record / 25, 1 + record % 25);
        cases.push_str(&format!("99001001;{quote}10124;2025-0{month}-{day:02};online;7\n"));
    }
    standing.work.file("eingang/faelle.csv", cases);
    assert_snapshot!(standing.refused_by_both(3), @r"
    error: eingang/faelle.csv: line 52: a quote is opened, but not closed before the end of the file
    hint: add the missing quote; a quote inside a field is doubled
    ");
}

#[test]
fn mistakes_a_header_row_beyond_the_end() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "kind = \"usage\"", "kind = \"usage\"\nheader_row = 99");
    assert_snapshot!(standing.refused_by_both(3), @r"
    error: eingang/faelle.csv: there is no line 99 for the column names
    hint: check `header_row` of the source
    ");
}

#[test]
fn mistakes_a_wide_table_without_a_matching_column() {
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "constants = { stage = \"form_submit\" }",
        "layout = \"wide\"\n[[source.wide]]\npattern = \"Anzahl {channel}\"\nconstants = { stage = \"form_submit\" }",
    );
    assert_snapshot!(standing.refused_by_both(3), @r#"
    error: eingang/faelle.csv: no column name fits the pattern "Anzahl {channel}" of source "faelle"
    hint: the columns are: AGS, OZG-ID, Monat, Kanal, Anzahl
    "#);
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
    assert_snapshot!(run.stderr, @r#"
    error: source "zweites": 2 of 2 records have errors (100.0 %), allowed are 5.0 %
    hint: `resonanz check` lists the findings, `resonanz run` keeps them in the internal folder; nothing was published
    hint: cure the files, or raise `error_budget` of the source if you accept the loss
    "#);
}

// --- Findings ---------------------------------------------------------------------------------

#[test]
fn mistakes_beyond_the_error_budget_nothing_is_published() {
    let standing = Standing::new();
    // Two of twenty records: 10 %, allowed are 5 %.
    standing.work.edit("eingang/faelle.csv", "99001002;10124;2025-05", "99001009;10124;2025-05");
    let run = standing.work.run(&["run"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_snapshot!(run.stderr, @r#"
    error: source "faelle": 2 of 20 records have errors (10.0 %), allowed are 5.0 %
    hint: `resonanz check` lists the findings, `resonanz run` keeps them in the internal folder; nothing was published
    hint: cure the files, or raise `error_budget` of the source if you accept the loss
    "#);

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
    assert_snapshot!(check.stdout, @r"
    Quelle      gelesen  verwendet  Quarantäne  ersetzt  fehlerhaft  erlaubt
    register          2          2           0        0       0,0 %    5,0 %
    leistungen        1          1           0        0       0,0 %    5,0 %
    faelle           20         18           2        0      10,0 %    5,0 %  über Budget

    Fehler: Der Gebietsschlüssel steht nicht im Register (unknown_area, 2 ×)
        eingang/faelle.csv, Zeile 20  AGS: „99001009“
        eingang/faelle.csv, Zeile 21  AGS: „99001009“
      Abhilfe: Schlüssel und Gebietsstand prüfen; Summenzeilen aus dem Export entfernen.

    Über dem Fehlerbudget: faelle (10,0 % fehlerhaft, erlaubt 5,0 %). Ein Lauf hält vor dem
    Veröffentlichen an. Die Dateien an der Quelle berichtigen oder, wenn der Verlust hinnehmbar ist,
    error_budget der Quelle erhöhen.
    Ausführlich zu einem Befund: resonanz explain unknown_area
    ");

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
    assert_snapshot!(run.stdout, @r"
    Zwei Orte: 23 Angaben gelesen, 22 verwendet, 1 in Quarantäne, 0 ersetzt
    Bericht: ./out/publish/bericht/index.html
    Ausgabe: ./out
    ");
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
    assert_snapshot!(configuration("name = \"Zwei Orte\"", "nmae = \"Zwei Orte\""), @r#"
    error: resonanz.toml: line 4, column 1: `nmae = "Zwei Orte"`: unknown field `nmae`, expected one of `name`, `language`, `audience`, `fictional`, `output`
    hint: did you mean "name"?
    "#);
    assert_snapshot!(configuration("columns = { service", "colums = { service"), @r#"
    error: resonanz.toml: line 18, column 1: `colums = { service = "OZG-ID", name = "Leistung" }`: unknown field `colums`, expected one of `name`, `kind`, `files`, `delivery`, `format`, `dialect`, `sheet`, `header_row`, `header_rows`, `layout`, `columns`, `constants`, `values`, `wide`, `attributes`, `question`, `missing`, `not_applicable`, `suppressed`, `units`, `maturity_models`, `on_duplicate`, `absent`, `keep_comments`, `repair`, `quarantine_limit`, `error_budget`, `grain`, `date_order`, `date_format`, `window`, `exact`, `business_year_from`
    hint: did you mean "columns"?
    "#);
    assert_snapshot!(configuration("[report]", "[raport]"), @r#"
    error: resonanz.toml: line 33, column 2: `[raport]`: unknown field `raport`, expected one of `schema_version`, `memory_limit`, `project`, `period`, `size_classes`, `focus`, `disclosure`, `source`, `group`, `comparison`, `control`, `report`, `tables`, `engine`, `requests`, `contact`, `store`
    hint: did you mean "report"?
    "#);
    assert_snapshot!(configuration("delimiter = \";\" }", "delimeter = \";\" }"), @r#"
    error: resonanz.toml: line 17, column 13: `dialect = { delimeter = ";" }`: unknown field `delimeter`, expected one of `encoding`, `delimiter`, `decimal`, `quote`
    hint: did you mean "delimiter"?
    "#);
}

#[test]
fn mistakes_an_unknown_field_of_a_source() {
    assert_snapshot!(configuration("population = \"Einwohner\"", "populaton = \"Einwohner\""), @r#"
    error: source "register": columns.populaton: a source of kind "register" has no such field
    hint: did you mean "population"?
    "#);
    assert_snapshot!(configuration("channel = \"Kanal\"", "weg = \"Kanal\""), @r#"
    error: source "faelle": columns.weg: a source of kind "usage" has no such field
    hint: its fields are: area, service, period, channel, stage, count, id, year
    "#);
}

#[test]
fn mistakes_a_required_field_that_is_not_mapped() {
    assert_snapshot!(configuration("period = \"Monat\", ", ""), @r#"
    error: source "faelle": field "period" is not mapped
    hint: add it to `columns` (period = "...", one of: AGS, OZG-ID, Monat, Kanal, Anzahl) or to `constants`
    "#);
}

#[test]
fn mistakes_an_unknown_kind_or_word() {
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usge\""), @r#"
    error: resonanz.toml: line 22, column 8: `kind = "usge"`: unknown variant `usge`, expected one of `register`, `territory`, `services`, `offer`, `usage`, `feedback`, `survey`, `events`, `work`, `targets`
    hint: did you mean "usage"?
    "#);
    assert_snapshot!(configuration("[project]", "[project]\nlanguage = \"fr\""), @r#"error: resonanz.toml: line 4, column 12: `language = "fr"`: unknown variant `fr`, expected `de` or `en`"#);
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usage\"\non_duplicate = \"last\""), @r#"error: resonanz.toml: line 23, column 16: `on_duplicate = "last"`: unknown variant `last`, expected one of `reject`, `first`, `replace`"#);
}

/// A constant is configuration: a wrong one is not the fault of every single record.
#[test]
fn mistakes_an_unknown_stage_or_channel_in_the_constants() {
    assert_snapshot!(configuration("stage = \"form_submit\"", "stage = \"submitted\""), @r#"
    error: resonanz.toml: source "faelle": constants.stage: "submitted" is not known
    hint: allowed are: page_view, visit, form_start, form_submit, completed, case_total
    "#);
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "channel = \"Kanal\", ", "");
    standing.work.edit("resonanz.toml", "stage = \"form_submit\"", "stage = \"form_submit\", channel = \"onlin\"");
    assert_snapshot!(standing.refused_by_both(2), @r#"
    error: resonanz.toml: source "faelle": constants.channel: "onlin" is not known
    hint: did you mean "online"?
    "#);
}

/// And so is the right side of a value mapping.
#[test]
fn mistakes_a_value_mapped_to_an_unknown_channel() {
    let standing = Standing::new();
    let values = "constants = { stage = \"form_submit\" }\nvalues = { channel = { Papier = \"papr\" } }";
    standing.work.edit("resonanz.toml", "constants = { stage = \"form_submit\" }", values);
    assert_snapshot!(standing.refused_by_both(2), @r#"
    error: resonanz.toml: source "faelle": values.channel: "papr" is not known
    hint: did you mean "paper"?
    "#);
}

#[test]
fn mistakes_an_unknown_schema_version() {
    assert_snapshot!(configuration("schema_version = 1", "schema_version = 2"), @r"
    error: resonanz.toml: schema_version = 2 is not known to this program
    hint: this version of resonanz reads schema_version = 1
    ");
    assert_snapshot!(configuration("schema_version = 1", ""), @r"
    error: resonanz.toml: schema_version is missing
    hint: add: schema_version = 1
    ");
}

#[test]
fn mistakes_a_syntax_error() {
    assert_snapshot!(configuration("name = \"Zwei Orte\"", "name = \"Zwei Orte"), @r#"error: resonanz.toml: line 4, column 18: `name = "Zwei Orte`: invalid basic string, expected `"`"#);
}

#[test]
fn mistakes_an_unknown_grouping() {
    assert_snapshot!(configuration("by = \"size_class\"", "by = \"size_clas\""), @r#"
    error: resonanz.toml: comparison "groesse": by = "size_clas" is not known
    hint: did you mean "size_class"?
    "#);
    assert_snapshot!(configuration("by = \"size_class\"", "by = \"mondphase\""), @r#"
    error: resonanz.toml: comparison "groesse": by = "mondphase" is not known
    hint: use one of size_class, land, kreis, urbanity, platform, maturity, all, list, nearest or attribute:NAME
    "#);
    assert_snapshot!(configuration("by = \"size_class\"", ""), @r#"
    error: resonanz.toml: comparison "groesse": says neither `by` nor `event`
    hint: for example: by = "size_class", or event = "participation" with timing = "before_launch"
    "#);
}

#[test]
fn mistakes_an_attribute_or_area_that_the_register_does_not_have() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "by = \"size_class\"", "by = \"attribute:Dienstleister\"");
    assert_snapshot!(standing.refused(2), @r#"
    error: comparison "groesse": the register has no attribute "Dienstleister"
    hint: name the column in `attributes` of the register source
    "#);
    let standing = Standing::new();
    standing.work.edit(
        "resonanz.toml",
        "[report]",
        "[[group]]\nname = \"netz\"\ntitle = \"Netz\"\nareas = [\"99001003\"]\n\n[report]",
    );
    assert_snapshot!(standing.refused(2), @r#"error: group "netz": area "99001003" is not in the register"#);
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[report]\nareas = [\"99001003\"]");
    assert_snapshot!(standing.refused(2), @r#"
    error: report.areas: "99001003" is not in the register
    hint: write the keys as the register does, for example "01001000"
    "#);
}

#[test]
fn mistakes_a_focus_service_that_the_catalogue_does_not_have() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[focus]\nservices = [\"10125\"]\n\n[report]");
    assert_snapshot!(standing.refused(2), @r#"error: focus.services: "10125" is not in the service catalogue"#);
}

#[test]
fn mistakes_a_release_that_would_hide_nothing() {
    assert_snapshot!(configuration("[report]", "[disclosure]\nminimum = 1\n\n[report]"), @r#"
    error: resonanz.toml: disclosure.minimum = 1 does not protect: what is hidden would have one possible value only
    hint: 3 is usual: counts of 1 and 2 are hidden. For your own staff use project.audience = "internal".
    "#);
}

#[test]
fn mistakes_an_impossible_period_or_budget() {
    assert_snapshot!(configuration("[report]", "[period]\nuntil = \"2025\"\n\n[report]"), @r#"
    error: resonanz.toml: period.until = "2025" is not a month
    hint: write it as 2025-06
    "#);
    assert_snapshot!(configuration("[report]", "[period]\nmonths = 0\n\n[report]"), @"error: resonanz.toml: period.months = 0 is not between 1 and 120");
    assert_snapshot!(configuration("kind = \"usage\"", "kind = \"usage\"\nerror_budget = 5"), @r#"error: resonanz.toml: source "faelle": error_budget = 5 is not between 0 and 1"#);
}

/// A mistyped year would publish an empty report over a good one.
#[test]
fn mistakes_a_period_without_any_delivery() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "[report]", "[period]\nuntil = \"2015-06\"\n\n[report]");
    assert_snapshot!(standing.refused(2), @r#"
    error: there is no count of use for the reference period 2014-07/2015-06; the data cover 2025-01 to 2025-05
    hint: set [period] until = "2025-05" in resonanz.toml, or more months
    "#);
}

#[test]
fn mistakes_a_source_that_is_missing_or_named_twice() {
    assert_snapshot!(configuration("kind = \"services\"", "kind = \"register\""), @r#"
    error: resonanz.toml: there is no [[source]] with kind = "services"
    hint: it lists the services; a CSV with the columns key and name is enough
    "#);
    assert_snapshot!(configuration("name = \"leistungen\"", "name = \"faelle\""), @r#"error: resonanz.toml: two sources are named "faelle""#);
}

// --- Folders and commands ---------------------------------------------------------------------

#[test]
fn mistakes_a_folder_without_a_project() {
    let work = Work::new();
    work.file("sub/other.txt", "");
    let said = |arguments: &[&str]| {
        let run = work.run(&[&["run"], arguments].concat());
        let check = work.run(&[&["check"], arguments].concat());
        assert_eq!((run.code, check.code, &run.stderr), (2, 2, &check.stderr));
        run.stderr
    };
    assert_snapshot!(said(&[]), @r"
    error: ./resonanz.toml not found
    hint: write a first configuration with: resonanz init .
    hint: or look at a complete example with: resonanz demo
    ");
    assert_snapshot!(said(&["sub"]), @r"
    error: sub/resonanz.toml not found
    hint: write a first configuration with: resonanz init sub
    hint: or look at a complete example with: resonanz demo
    ");
    assert_snapshot!(said(&["nowhere"]), @r"
    error: nowhere not found
    hint: write a first configuration with: resonanz init nowhere
    hint: or look at a complete example with: resonanz demo
    ");
    assert_eq!(work.tree("").into_keys().collect::<Vec<_>>(), ["sub/other.txt"]);
}

#[test]
fn mistakes_an_output_folder_with_files_of_someone_else() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "name = \"Zwei Orte\"", "name = \"Zwei Orte\"\noutput = \"akten\"");
    standing.work.file("akten/Vermerk.docx", "important");
    let run = standing.work.run(&["run"]);
    assert_eq!(run.code, 2);
    assert_snapshot!(run.stderr, @r"
    error: [work]/akten: this folder was not written by resonanz (it holds Vermerk.docx) and is left untouched
    hint: choose a new or an empty output folder
    ");
    assert_eq!(standing.work.tree("akten").into_keys().collect::<Vec<_>>(), ["Vermerk.docx"]);
    assert!(standing.work.tree("out") == standing.output);
}

#[test]
fn mistakes_a_file_of_someone_else_within_the_output() {
    let mut standing = Standing::new();
    standing.work.file("out/publish/Notizen.txt", "mine");
    standing.output = standing.work.tree("out");
    assert_snapshot!(standing.refused(2), @r"
    error: [work]/out: files that resonanz did not write: publish/Notizen.txt
    hint: the output folder is replaced as a whole: move your own files elsewhere first
    ");
}

#[test]
fn mistakes_the_output_folder_is_the_project_folder() {
    let standing = Standing::new();
    standing.work.edit("resonanz.toml", "name = \"Zwei Orte\"", "name = \"Zwei Orte\"\noutput = \".\"");
    assert_snapshot!(standing.refused(2), @r"
    error: [work]: this folder was not written by resonanz (it holds eingang/faelle.csv) and is left untouched
    hint: choose a new or an empty output folder
    ");
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
    assert_snapshot!(said(&["chekc"]), @r"
    error: unrecognized subcommand 'chekc'

      tip: a similar subcommand exists: 'check'

    Usage: resonanz [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(said(&["run", "--jsno"]), @r"
    error: unexpected argument '--jsno' found

      tip: a similar argument exists: '--json'

    Usage: resonanz run --json [PATH]

    For more information, try '--help'.
    ");
    assert_snapshot!(said(&["demo", "d", "--municipalities", "viele"]), @r"
    error: invalid value 'viele' for '--municipalities <MUNICIPALITIES>': invalid digit found in string

    For more information, try '--help'.
    ");
    assert_snapshot!(said(&["demo", "d", "--municipalities", "0"]), @r"
    error: demo: municipalities = 0 is not possible
    hint: choose 1 to 50000
    ");
    assert_snapshot!(said(&["demo", "d", "--months", "100000"]), @r"
    error: demo: months = 100000 is not possible
    hint: choose 1 to 120
    ");
    assert_snapshot!(said(&["explain", "wilsn"]), @r#"
    error: nothing is known about "wilsn"
    hint: did you mean "wilson"?
    "#);
    assert!(work.tree("").is_empty());
}
