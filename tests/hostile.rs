//! Hostile and broken inputs through the program: one clear error or a finding, and bounded memory.

use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;
use polars::prelude::{Column, DataFrame, ParquetWriter};
use zip::write::SimpleFileOptions;

use crate::support::{Outcome, Work};

const PROJECT: &str = r#"schema_version = 1
[project]
name = "Bosheit"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "AGS" }
[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
columns = { service = "ID" }
[[source]]
name = "q"
kind = "usage"
files = "eingang/*"
columns = { area = "AGS", service = "ID", period = "Monat", count = "Anzahl" }
constants = { channel = "online", stage = "form_submit" }
"#;
const HEADER: &str = "AGS,ID,Monat,Anzahl\n";
const ROW: &str = "99001001,10124,2025-01,5\n";

fn project(name: &str, content: impl AsRef<[u8]>) -> Work {
    let work = Work::new();
    work.file("resonanz.toml", PROJECT)
        .file("register.csv", "AGS\n99001001\n")
        .file("leistungen.csv", "ID\n10124\n")
        .file(&format!("eingang/{name}"), content);
    work
}

/// `check` with two gigabytes of address space and a minute of processor time.
fn check(work: &Work, arguments: &[&str]) -> Outcome {
    let plain = work.command(&[]);
    let limit = if cfg!(target_os = "linux") { "ulimit -v 2097152; ulimit -t 60; " } else { "" };
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{limit}exec \"$0\" check \"$@\"")])
        .arg(plain.get_program())
        .args(arguments)
        .current_dir(work.path(""))
        .env("LANG", "en_GB.UTF-8")
        .env("RAYON_NUM_THREADS", "2")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .stdin(Stdio::null());
    work.finish(&mut shell)
}

/// The message with exit code 3: the input cannot be read.
#[track_caller]
fn refused(work: &Work) -> String {
    let outcome = check(work, &[]);
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    outcome.stderr
}

/// Read, accepted and quarantined records of the source under test.
#[track_caller]
fn counts(outcome: &Outcome) -> [u64; 3] {
    let said: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let source = said["sources"].as_array().unwrap().iter().find(|source| source["source"] == "q").unwrap();
    ["read", "accepted", "quarantined"].map(|name| source[name].as_u64().unwrap())
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook whose one sheet has the given XML.
fn workbook(sheet: &[u8]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet();
    let mut archive = zip::ZipArchive::new(Cursor::new(book.save_to_buffer().unwrap())).unwrap();
    let mut entries = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let (name, mut content) = (entry.name().unwrap().into_owned(), Vec::new());
        entry.read_to_end(&mut content).unwrap();
        if name == "xl/worksheets/sheet1.xml" {
            content = sheet.to_vec();
        }
        entries.push((name, content));
    }
    let entries: Vec<(&str, &[u8])> =
        entries.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    zip(&entries)
}

fn sheet(dimension: &str, more: &str) -> Vec<u8> {
    let mut rows = String::new();
    for (line, row) in [HEADER, ROW].iter().zip(1..) {
        write!(rows, "<row r=\"{row}\">").unwrap();
        for (cell, column) in line.trim().split(',').zip('A'..) {
            write!(rows, "<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>").unwrap();
        }
        rows.push_str("</row>");
    }
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <dimension ref=\"{dimension}\"/><sheetData>{rows}{more}</sheetData></worksheet>"
    )
    .into_bytes()
}

#[test]
fn hostile_sheet_that_claims_every_cell_there_can_be() {
    let stray = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    for more in ["", stray] {
        let work = project("a.xlsx", workbook(&sheet("A1:XFD1048576", more)));
        let outcome = check(&work, &["--json"]);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(counts(&outcome), [1, 1, 0]);
    }
    let beyond = "<row r=\"3\"><c r=\"ZZZZ3\"><v>1</v></c></row>";
    let said = refused(&project("a.xlsx", workbook(&sheet("A1", beyond))));
    assert!(said.starts_with("error: eingang/a.xlsx: the workbook cannot be read"), "{said}");
}

/// The decoder would quote what stands there.
#[test]
fn hostile_cells_that_claim_to_be_errors_are_not_quoted() {
    let cell = "<row r=\"3\"><c r=\"A3\" t=\"e\"><v>Frau Kanarienvogel</v></c></row>";
    let said = refused(&project("a.xlsx", workbook(&sheet("A1:D3", cell))));
    assert!(said.starts_with("error: eingang/a.xlsx: the workbook cannot be read"), "{said}");
    assert!(!said.contains("Kanarien"), "{said}");
}

/// A page head that says it has fewer values than none made the decoder ask for 2^61 bytes, which ended
/// the program with a signal.
#[test]
fn hostile_parquet_page_with_a_negative_number_of_values() {
    let mut frame = DataFrame::new_infer_height(vec![
        Column::new("AGS".into(), [Some("99001001"), None]),
        Column::new("ID".into(), ["10124"; 2]),
        Column::new("Monat".into(), ["2025-01", "2025-02"]),
        Column::new("Anzahl".into(), [Some(5i64), None]),
    ])
    .unwrap();
    let mut whole = Vec::new();
    ParquetWriter::new(&mut whole).finish(&mut frame).unwrap();
    assert_eq!(check(&project("a.parquet", &whole), &[]).code, 1, "one of two keys is missing");
    // A structure's first field, a number of 32 bits (0x15), is 2 (zigzag 4): the values of a page. 3 is -2.
    let mut refusals = 0;
    for at in (1..whole.len() - 8).filter(|&at| whole[at - 1..=at] == [0x15, 4]) {
        let mut damaged = whole.clone();
        damaged[at] = 3;
        let outcome = check(&project("a.parquet", &damaged), &[]);
        assert!(matches!(outcome.code, 0 | 1 | 3), "at {at}: {}", outcome.stderr);
        refusals += u32::from(outcome.stderr.contains("fewer than none"));
    }
    assert!(refusals >= 4, "one page per column at least: {refusals}");
}

#[test]
fn hostile_zip_bomb_in_a_workbook() {
    let mut bomb = sheet("A1:D2", "");
    bomb.extend(vec![b' '; 400 << 20]);
    assert_snapshot!(refused(&project("a.xlsx", workbook(&bomb))), @r"
    error: eingang/a.xlsx: the packed file becomes too large: allowed are 1024 MiB and, from 64 MiB on, 200 times its packed size
    hint: no real table packs that well; if this is one, deliver it unpacked or in parts
    ");
}

#[test]
fn hostile_gzip_bomb_and_a_gzip_file_cut_off() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let chunk = vec![b'1'; 1 << 20];
    for _ in 0..300 {
        encoder.write_all(&chunk).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let said = refused(&project("a.csv.gz", &bomb));
    assert!(
        said.starts_with("error: eingang/a.csv.gz: the packed file becomes too large: allowed are 4096 MiB"),
        "{said}"
    );

    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(format!("{HEADER}{ROW}").as_bytes()).unwrap();
    let whole = encoder.finish().unwrap();
    assert_eq!(check(&project("a.csv.gz", &whole), &[]).code, 0);
    let said = refused(&project("a.csv.gz", &whole[..whole.len() - 6]));
    assert!(said.contains("the packed file cannot be unpacked"), "{said}");
}

#[test]
fn hostile_json_nested_without_end() {
    for text in ["[".repeat(5_000_000), format!("{}1{}", "{\"a\":".repeat(1_000_000), "}".repeat(1_000_000))] {
        let said = refused(&project("a.json", text));
        assert!(said.contains("nested more than 127 levels deep"), "{said}");
    }
    assert_snapshot!(refused(&project("a.json", "[".repeat(200))), @r"
    error: eingang/a.json: line 1, character 128: the JSON file is nested more than 127 levels deep
    hint: no real delivery is built like this; ask for the file again
    ");
}

#[test]
fn hostile_json_of_millions_of_empty_values() {
    let many = format!("[{}{{\"AGS\":1}}]", "{},".repeat(5_000_000));
    let said = refused(&project("a.json", many));
    assert!(said.contains("there is no column"), "{said}");
}

#[test]
fn hostile_line_of_a_hundred_megabytes() {
    let long = "x".repeat(100 << 20);
    let work = project("a.csv", format!("{HEADER}{ROW}{long}\n{}", ROW.replace("2025-01", "2025-02")));
    let outcome = check(&work, &["--json"]);
    // One of three records is beyond the error budget; what stands behind it was read.
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(counts(&outcome), [3, 2, 1]);
    assert!(outcome.stdout.contains("record_too_long"));
    assert!(outcome.stdout.len() < 20_000, "the line itself is not quoted");

    let said = refused(&project("a.csv", &long));
    assert!(said.starts_with("error: eingang/a.csv: line 1: the line with the column names is longer"), "{said}");
}

#[test]
fn hostile_bodies_in_place_of_an_export() {
    assert_snapshot!(refused(&project("a.csv", "Error: Invalid token_auth")), @r#"
    error: eingang/a.csv: this is an error message, not a table: "Error: Invalid token_auth"
    hint: ask for the export again; check credentials, permissions and period of the request
    hint: if it is the right file after all, state the `format` of the source
    "#);
    let page = "<!DOCTYPE html><html><head><title>Anmeldung</title></head></html>";
    assert!(refused(&project("a.csv", page)).contains("a web page (perhaps a login)"));
    assert!(refused(&project("a.json", page)).contains("a web page (perhaps a login)"));
    assert!(refused(&project("a.csv", format!("{HEADER}{ROW}\0\0\0"))).contains("line 3: a zero byte"));

    let outcome = check(&project("a.csv", "\u{feff}No data available"), &["--json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("no_data_report"), "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("empty_file"), "said once: {}", outcome.stdout);
}

/// A pipe without a writer would wait for ever, a device would never end.
#[cfg(unix)]
#[test]
fn hostile_pipes_and_devices_are_no_files() {
    let work = project("a.csv", format!("{HEADER}{ROW}"));
    let made = Command::new("mkfifo").arg(work.path("eingang/b.csv")).status().unwrap();
    assert!(made.success());
    let outcome = check(&work, &["--json"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("unreadable_path"), "{}", outcome.stdout);

    work.edit("resonanz.toml", "eingang/*", "eingang/b.csv");
    assert_snapshot!(refused(&work), @r"
    error: eingang/b.csv: this is no file but a broken link, a device or a pipe
    hint: write the export to an ordinary file and name that
    ");
    let zero = "format = \"csv\"\nfiles = \"/dev/zero\"";
    work.edit("resonanz.toml", "files = \"eingang/b.csv\"", zero);
    assert!(refused(&work).contains("no file but a broken link, a device or a pipe"));
}
