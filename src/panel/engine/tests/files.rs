//! A plain record and the same record read by the rules must come to the same: text files are read
//! block by block, packed ones as a whole; and so must the same records in another format.

use std::fs;
use std::io::Write;

use polars::prelude::{Column, DataFrame, ParquetWriter};
use proptest::prelude::*;

use crate::ingest::spec::SourceSpec;
use crate::ingest::{Ingested, Shelf, ingest, ingest_with};
use crate::panel::engine::{Local, settle_records};

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

fn usage(name: &str, files: &str, more: &str) -> String {
    format!(
        r#"
[[source]]
name = "{name}"
kind = "usage"
files = "{files}"
columns = {{ period = "date", area = "ags", service = "service", channel = "channel", stage = "stage", count = "n" }}
values = {{ stage = {{ started = "form_start", done = "completed" }}, count = {{ "99" = "missing" }} }}
missing = ["k. A."]
not_applicable = ["888"]
{more}
"#
    )
}

/// Everything that reading `text` comes to, as text.
fn outcome(text: &[u8], more: &str, packed: bool) -> String {
    if !packed {
        return outcome_of("in.csv", text, more);
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    outcome_of("in.csv.gz", &encoder.finish().unwrap(), more).replace(".gz", "")
}

/// As [`outcome`] for the file of this name.
fn outcome_of(file: &str, bytes: &[u8], more: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let register: String = (0..30).map(|n| format!("0100{n:04},Ort {n}\n")).collect();
    fs::write(dir.path().join("register.csv"), format!("key,name\n{register}")).unwrap();
    fs::write(dir.path().join("services.csv"), "key,name\nS1,Pass\nS2,Kita\n99050012104000,Meldung\n").unwrap();
    fs::write(dir.path().join(file), bytes).unwrap();
    let sources = toml::from_str::<Sources>(&format!("{BASE}{}", more.replace("FILE", file))).unwrap().source;
    // Half of the files leave no room in memory for plain facts.
    let shelf = Shelf::new(dir.path(), bytes.len().is_multiple_of(2).then_some(0));
    let read = ingest_with(dir.path(), &sources, shelf, None);
    match read.and_then(|mut read| settle_records(&Local, &mut read, &sources).map(|()| read)) {
        Err(error) => error.to_string(),
        Ok(read) => told(&read),
    }
}

/// The same records as CSV and as Parquet with nothing but texts, without lines and names of files.
fn both_formats(header: &[&str], records: &[Vec<&str>], more: &str) -> (String, String) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).unwrap();
    records.iter().for_each(|record| writer.write_record(record).unwrap());
    let text = writer.into_inner().unwrap();
    let column = |(at, name): (usize, &&str)| {
        let texts = records.iter().map(|record| Some(record[at]).filter(|text| !text.is_empty()));
        Column::new((*name).into(), texts.collect::<Vec<Option<&str>>>())
    };
    let columns: Vec<Column> = header.iter().enumerate().map(column).collect();
    let mut frame = DataFrame::new(records.len(), columns).unwrap();
    let mut parquet = Vec::new();
    ParquetWriter::new(&mut parquet).with_row_group_size(Some(10)).finish(&mut frame).unwrap();
    let of_parquet = outcome_of("in.parquet", &parquet, more).replace("in.parquet", "in.csv");
    (without_lines(&outcome_of("in.csv", &text, more)), without_lines(&of_parquet))
}

/// Parquet has no lines.
fn without_lines(told: &str) -> String {
    let mut parts = told.split("line: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + "line: " + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

fn told(read: &Ingested) -> String {
    let mut facts: Vec<String> = read.records.facts.iter().map(|fact| format!("{fact:?}")).collect();
    facts.sort();
    let findings: Vec<String> = read.findings.kept.iter().map(|finding| format!("{finding:?}")).collect();
    let quarantine: Vec<String> = read.findings.quarantine.iter().map(|record| format!("{record:?}")).collect();
    assert!(read.findings.balances.iter().all(|(_, balance)| balance.holds()));
    [
        facts.join("\n"),
        findings.join("\n"),
        quarantine.join("\n"),
        format!("{:?}", read.records.lost),
        format!("{:?}", read.findings.balances),
        format!("{:?}", read.findings.counts),
        format!("{:?}", read.records.comments),
    ]
    .join("\n\n")
}

fn pick(from: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(from)
}

fn record() -> impl Strategy<Value = String> {
    let date = prop_oneof![
        6 => (1u32..3, 1u32..4).prop_map(|(m, d)| format!("2025-{m:02}-{d:02}")),
        1 => pick(&["", "2025-02", "2025-02-30", "17.03.2025", "2025-Q1", "KW 5 2025", "Januar 2025", "2025-1-3", " 2025-01-01", "Summe"])
            .prop_map(str::to_owned),
    ];
    let area = prop_oneof![
        8 => (0u32..12).prop_map(|n| format!("0100{n:04}")),
        1 => pick(&["", "1000003", "99999999", "0100000O", "Ort 3", "\"01000004\"", "01000005 ", "Summe", "\"0100\n0006\""]).prop_map(str::to_owned),
    ];
    let service = prop_oneof![8 => pick(&["S1", "S2", "99050012104000"]), 1 => pick(&["", "s1", "9,90500121E+13", "\"S\"\"1\"", "S1\""])];
    let channel =
        prop_oneof![8 => pick(&["online", "paper"]), 1 => pick(&["", "Online", "Papier", "all", "fax", "quer"])];
    let stage = prop_oneof![8 => pick(&["started", "done", "form_submit"]), 1 => pick(&["", "completed", "case_total", "unique_visitors"])];
    let count = prop_oneof![
        8 => (0u32..130).prop_map(|n| n.to_string()),
        1 => pick(&["", "k. A.", "888", "1.5", "\"1,000\"", "-3", "007", "5000000000", "99999999999999999999", "\"12\"", "x"]).prop_map(str::to_owned),
    ];
    (date, area, service, channel, stage, count).prop_map(|(a, b, c, d, e, f)| format!("{a},{b},{c},{d},{e},{f}"))
}

fn line() -> impl Strategy<Value = String> {
    let end = pick(&["\n", "\n", "\n", "\n", "\r\n", "\n\n", "\r"]);
    let other = pick(&[
        "date,ags,service,channel,stage,n",
        ",,,,,",
        " , ,\"\",,,",
        "",
        "Quelle: Amt",
        ",,,,,12",
        "a,b,c",
        "2025-01-01,01000001,S1,online,started,5,",
        "2025-01-01,01000001,S1,online,started,5,6",
        "\u{feff}2025-01-01,01000001,S1,online,started,7",
        "2025-01-01,\"01000002,S1,online,started,8",
    ]);
    (prop_oneof![12 => record(), 1 => other.prop_map(str::to_owned)], end).prop_map(|(text, end)| text + end)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn counts_in_blocks_and_as_a_whole_are_the_same(
        lines in proptest::collection::vec(line(), 0..60),
        on_duplicate in pick(&["reject", "first", "replace"]),
        grain in pick(&["day", "day", "month"]),
    ) {
        let text = format!("date,ags,service,channel,stage,n\n{}", lines.concat());
        let more = format!("on_duplicate = \"{on_duplicate}\"\ngrain = \"{grain}\"\nabsent = \"zero\"");
        let source = usage("in", "FILE", &more);
        prop_assert_eq!(outcome(text.as_bytes(), &source, false), outcome(text.as_bytes(), &source, true));
    }

    #[test]
    fn votes_in_blocks_and_as_a_whole_are_the_same(
        votes in proptest::collection::vec((
            pick(&["2025-03-01T10:00:00", "2025-03-02T23:59:59", "2025-02-30T10:00:00", "2025-03-01T25:00:00", "gestern", ""]),
            0u32..14,
            pick(&["S1", "S2", "S3"]),
            pick(&["yes", "no", "ja", "", "YES", "vielleicht"]),
            pick(&["", "", "", "gut", "\"gut, aber\"", "\"zwei\nZeilen\"", "\"sagte \"\"nein\"\"\"", "  ", "mail@example.org", "\u{a0}"]),
        ), 0..60),
        keep in any::<bool>(),
        cut in proptest::option::of(0usize..1_500),
    ) {
        let lines: String =
            votes.iter().map(|(time, area, service, vote, comment)| format!("{time},0100{area:04},{service},{vote},{comment}\n")).collect();
        let mut text = format!("time,ags,service,vote,comment\n{lines}");
        // A file may end anywhere, also within quotes.
        text.truncate(cut.map_or(text.len(), |cut| text.floor_char_boundary(cut.min(text.len()))));
        let source = format!(r#"
[[source]]
name = "votes"
kind = "feedback"
files = "FILE"
columns = {{ time = "time", area = "ags", service = "service", value = "vote", comment = "comment" }}
constants = {{ place = "form_end", scale = "binary" }}
keep_comments = {keep}
"#);
        prop_assert_eq!(outcome(text.as_bytes(), &source, false), outcome(text.as_bytes(), &source, true));
    }
}

/// Cells of a record; in text files a record with nothing in it is an empty line, which no other format has.
fn cells() -> impl Strategy<Value = Vec<String>> {
    let date = prop_oneof![
        8 => (1u32..3, 1u32..4).prop_map(|(m, d)| format!("2025-{m:02}-{d:02}")),
        1 => pick(&["", "2025-02", "2025-02-30", "17.03.2025", "2025-Q1", "2025-1-3", " 2025-01-01", "Summe", "2024-12-31"])
            .prop_map(str::to_owned),
    ];
    let area = prop_oneof![
        10 => (0u32..12).prop_map(|n| format!("0100{n:04}")),
        1 => pick(&["", "1000003", "99999999", "0100000O", "Ort 3", "01000005 ", "Summe"]).prop_map(str::to_owned),
    ];
    let service = prop_oneof![
        10 => pick(&["S1", "S2", "99050012104000"]),
        1 => pick(&["", "s1", "9,90500121E+13", "S\"1\"", "Pass"]),
    ];
    let channel = prop_oneof![10 => pick(&["online", "paper"]), 1 => pick(&["", "Online", "Papier", "all", "quer"])];
    let stage =
        prop_oneof![10 => pick(&["started", "done", "form_submit"]), 1 => pick(&["", "completed", "case_total"])];
    let count = prop_oneof![
        10 => (0u32..130).prop_map(|n| n.to_string()),
        1 => pick(&["", "k. A.", "888", "1.5", "1,000", "-3", "007", "+5", " 5", "-007", "5000000000", "99999999999999999999", "x"])
            .prop_map(str::to_owned),
    ];
    let texts = |text: &str| text.to_owned();
    let record = (date, area, service, channel, stage, count)
        .prop_map(move |(a, b, c, d, e, f)| vec![a, b, texts(c), texts(d), texts(e), f]);
    let note = Just([&["Quelle: Amt".to_owned()][..], &vec![String::new(); 5]].concat());
    prop_oneof![30 => record, 1 => note]
        .prop_filter("an empty line", |record| record.iter().any(|cell| !cell.trim().is_empty()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn counts_as_text_and_as_parquet_are_the_same(
        records in proptest::collection::vec(cells(), 0..60),
        on_duplicate in pick(&["reject", "first", "replace"]),
        more in pick(&[
            "",
            "repair = false\nexact = true",
            "repair = false\nexact = true\ndate_format = \"YYYY-MM-DD\"\nwindow = { from = \"2025-01\", until = \"2025-02\" }",
            "grain = \"month\"\nabsent = \"zero\"",
            "window = { from = \"2025-02\", until = \"2025-02\" }",
        ]),
    ) {
        let records: Vec<Vec<&str>> = records.iter().map(|record| record.iter().map(String::as_str).collect()).collect();
        let source = usage("in", "FILE", &format!("on_duplicate = \"{on_duplicate}\"\n{more}"));
        let (text, parquet) = both_formats(&["date", "ags", "service", "channel", "stage", "n"], &records, &source);
        prop_assert_eq!(text, parquet);
    }

    #[test]
    fn votes_as_text_and_as_parquet_are_the_same(
        votes in proptest::collection::vec((
            pick(&["2025-03-01T10:00:00", "2025-03-02T23:59:59", "2025-02-30T10:00:00", "2025-03-01T25:00:00", "2024-12-31T23:59:59", "gestern", ""]),
            (0u32..14).prop_map(|area| format!("0100{area:04}")),
            pick(&["S1", "S2", "S3"]),
            pick(&["yes", "no", "ja", "", "YES", "vielleicht"]),
            pick(&["", "", "", "gut", "gut, aber", "zwei\nZeilen", "sagte \"nein\"", "  ", "mail@example.org", "\u{a0}"]),
        ), 0..60),
        more in pick(&[
            "",
            "keep_comments = false",
            "keep_comments = false\nexact = true\nrepair = false\ndate_format = \"YYYY-MM-DDTHH:MM:SS\"\nwindow = { from = \"2025-01\", until = \"2025-12\" }",
        ]),
    ) {
        let records: Vec<Vec<&str>> = votes.iter().map(|vote| vec![vote.0, &*vote.1, vote.2, vote.3, vote.4]).collect();
        let source = format!(r#"
[[source]]
name = "votes"
kind = "feedback"
files = "FILE"
columns = {{ time = "time", area = "ags", service = "service", value = "vote", comment = "comment" }}
constants = {{ place = "form_end", scale = "binary" }}
{more}
"#);
        let (text, parquet) = both_formats(&["time", "ags", "service", "vote", "comment"], &records, &source);
        prop_assert_eq!(text, parquet);
    }
}

#[test]
fn most_records_of_a_clean_file_are_plain() {
    // What comes up after the first block is known by its id.
    let of = |n: u32| if n < 100 { "online,started" } else { "paper,form_submit" };
    let lines: String =
        (0..200).map(|n| format!("2025-01-{:02},0100{:04},S1,{},{n}\n", n % 28 + 1, n % 30, of(n))).collect();
    let dir = tempfile::tempdir().unwrap();
    let register: String = (0..30).map(|n| format!("0100{n:04},Ort {n}\n")).collect();
    fs::write(dir.path().join("register.csv"), format!("key,name\n{register}")).unwrap();
    fs::write(dir.path().join("services.csv"), "key,name\nS1,Pass\n").unwrap();
    fs::write(dir.path().join("in.csv"), format!("date,ags,service,channel,stage,n\n{lines}")).unwrap();
    let sources = toml::from_str::<Sources>(&format!("{BASE}{}", usage("in", "in.csv", ""))).unwrap().source;
    let read = ingest(dir.path(), &sources).unwrap();
    let plain: usize = read.facts.blocks.iter().map(|block| block.facts.iter().count()).sum();
    assert_eq!((plain, read.facts.loose.len()), (199, 1), "99 is a code of the source");
}

#[test]
fn a_record_cut_within_quotes_is_set_aside() {
    let source = r#"
[[source]]
name = "votes"
kind = "feedback"
files = "FILE"
columns = { time = "time", area = "ags", service = "service", value = "vote", comment = "comment" }
constants = { place = "page", scale = "binary" }
keep_comments = false
"#;
    let vote = |comment: &str| format!("2025-03-01T10:00:00,01000001,S1,yes,{comment}");
    let whole = format!("time,ags,service,vote,comment\n{}\n", vec![vote("\"gut, aber\""); 40].join("\n"));
    for packed in [false, true] {
        let told = |end: &str| outcome(format!("{whole}{}", vote(end)).as_bytes(), source, packed);
        for end in ["\"gut, a", "\"", "\"gut\"\"", "\"gut\n"] {
            let told = told(end);
            assert!(told.contains("code: StrayQuote") && told.contains("line: 42"), "{end:?}: {told}");
            assert!(told.contains("accepted: 40, quarantined: 1"), "{end:?}: {told}");
        }
        for end in ["\"gut\"", "gut \"so", "\"gut \"\"so\"\"\""] {
            assert!(told(end).contains("accepted: 41, quarantined: 0"), "{end:?}: {}", told(end));
        }
        let of_file = told("\"zwei\nZei");
        assert!(of_file.contains("line 42: a quote is opened, but not closed before the end of the file"), "{of_file}");
    }
}
