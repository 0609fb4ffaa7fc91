//! Nothing that leads to a person reaches an output: strings that occur nowhere else stand in every
//! place of every kind of source, and are looked for in everything the program prints and writes.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use polars::prelude::{ParquetReader, SerReader};

use crate::support::{Work, row, rows};

const MAIL: &str = "kanarie.eins@voliere.example";
const PHONE: &str = "0201 / 987654-3";
const IBAN: &str = "DE02 1203 0000 0000 2020 51";
const IP: &str = "203.0.113.77";
/// Stands in columns of names.
const NAME: &str = "Kanarienvogelschutz";

/// Parts that must be nowhere, however a number is split or a text is cut.
const CANARIES: [&str; 9] = [
    "kanarie.eins",
    "voliere",
    "987654",
    "1203 0000",
    "12030000",
    "203.0.113",
    "Kanarienvogel",
    "kanarienvogel",
    "2020 51",
];

const PROJECT: &str = r#"schema_version = 1
[project]
name = "Kanarien"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", name = "Name", population = "Einwohner", urbanity = "Typ" }
attributes = ["Dienstleister"]
error_budget = 1.0
[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "Leistung", name = "Titel", field = "Feld" }
error_budget = 1.0
[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", live_from = "seit", platform = "Plattform" }
error_budget = 1.0
[[source]]
name = "faelle"
kind = "usage"
files = "faelle*.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Weg", count = "Anzahl" }
constants = { stage = "form_submit" }
error_budget = 1.0
[[source]]
name = "einzelfaelle"
kind = "usage"
files = "einzelfaelle.csv"
dialect = { delimiter = ";" }
layout = "one_row_per_case"
absent = "zero"
columns = { area = "AGS", service = "Leistung", period = "Tag", channel = "Weg", id = "Vorgang" }
constants = { stage = "completed" }
error_budget = 1.0
[[source]]
name = "feedback"
kind = "feedback"
files = "feedback.csv"
dialect = { delimiter = ";" }
columns = { id = "id", time = "Zeit", area = "AGS", service = "Leistung", value = "Votum", comment = "Kommentar" }
constants = { place = "form_end", scale = "binary" }
error_budget = 1.0
[[source]]
name = "befragung"
kind = "survey"
files = "befragung.csv"
dialect = { delimiter = ";" }
columns = { respondent = "id", area = "AGS", wave = "Welle" }
error_budget = 1.0
[[source.question]]
column = "F1"
measure = "usage"
service = "10124"
yes = ["Y"]
no = ["N"]
[[source]]
name = "ereignisse"
kind = "events"
files = "ereignisse.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", kind = "Art", from = "von", label = "Was" }
error_budget = 1.0
[[source]]
name = "arbeit"
kind = "work"
files = "arbeit.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Weg", n = "Fälle" }
error_budget = 1.0
[[source]]
name = "ziele"
kind = "targets"
files = "ziele.csv"
dialect = { delimiter = ";" }
columns = { service = "Leistung", measure = "Kennzahl", date = "bis", value = "Wert", label = "Was" }
error_budget = 1.0
[[comparison]]
name = "dl"
title = "Gleicher Dienstleister"
by = "attribute:Dienstleister"
"#;

/// `{m}`, `{p}`, `{i}`, `{a}`, `{n}` stand for mail, phone, IBAN, address of a device and name.
fn filled(text: &str) -> String {
    [("{m}", MAIL), ("{p}", PHONE), ("{i}", IBAN), ("{a}", IP), ("{n}", NAME)]
        .iter()
        .fold(text.to_owned(), |text, (mark, canary)| text.replace(mark, canary))
}

fn project() -> Work {
    let work = Work::new();
    let file = |name: &str, text: &str| {
        work.file(&filled(name), filled(text));
    };
    file("resonanz.toml", PROJECT);
    file(
        "register.csv",
        "AGS;Name;Einwohner;Typ;Dienstleister;Nachname;Notiz {m}\n\
         99001001;Anstadt {m};1000;Stadt {p};X {a};{n};{m}\n\
         99001002;Bedorf {p};2000;Land {i};X {a};{n};{i}\n\
         {m};Cehausen;10;Land;Y;{n};{a}\n\
         99001004;{n};keine {m};Land;Y\n\
         Stand: 31.12.2024, Auskunft {n}, {m}\n",
    );
    file(
        "leistungen.csv",
        "Leistung;Titel;Feld;E-Mail\n10124;Wohnsitz {m} {a};Umzug {p};{m}\n10513;Pass;Reisen {i};{m}\n{m};Verirrt;Feld;{n}\n",
    );
    file(
        "angebot.csv",
        "AGS;Leistung;seit;Plattform;Ansprechpartner\n\
         99001001;10124;2024-06-01;Portal {m} {a};{n}\n{m};10124;2024-06-01;x;{n}\n99001002;{i};{p};x;{n}\n",
    );
    let mut cases = String::from("AGS;Leistung;Monat;Weg;Anzahl;Name, Vorname;IP-Adresse;Bemerkung\n");
    for month in 1..=12 {
        for (area, count) in [("99001001", 40 + month), ("99001002", 60 + month)] {
            for (channel, more) in [("online", 0), ("Papier", 9)] {
                cases.push_str(&format!("{area};10124;2025-{month:02};{channel};{};{{n}};{{a}};{{m}}\n", count + more));
            }
        }
    }
    cases.push_str(
        "{m};10124;2025-01;online;1;{n};{a};x\n99001001;{p};2025-01;online;1;{n};{a};x\n\
         99001001;10124;{a};online;1;{n};{a};x\n99001001;10124;2025-01;{i};1;{n};{a};x\n\
         99001001;10124;2025-01;online;{p};{n};{a};x\n99001001;10513;2025-02;online;{n};3;{n};{a};x\n\
         {n};99001001;10124\n;;;;;{n};;\n",
    );
    file("faelle.csv", &cases);
    // A file name and a file whose first line is no header but data in the columns that nothing reads.
    file(
        "faelle {m} {a}.csv",
        "AGS;Leistung;Monat;Weg;Anzahl;{m};{p}\n99001001;10513;2025-03;online;7;{m};{p}\n99001001;10513;2025-03;Papier;kaputt {m};{m};{p}\n",
    );
    file(
        "einzelfaelle.csv",
        "AGS;Leistung;Tag;Weg;Vorgang;Antragsteller*in;Telefon\n\
         99001001;10124;2025-03-01;online;{m};{n};{p}\n99001001;10124;2025-03-01;online;{m};{n};{p}\n\
         99001001;10124;2025-03-01;Papier;{n};{n};{p}\n99001001;10124;2025-03-01;Papier;{n};{n};{p}\n",
    );
    file(
        "feedback.csv",
        "id;Zeit;AGS;Leistung;Votum;Kommentar;ipaddr;user_agent;refurl;visitorId\n\
         1;2025-03-17 08:15:00;99001001;10124;ja;Bitte melden: {m}, {p}, {i}, {a};{a};{n};{m};{n}\n\
         1;2025-03-18 08:15:00;99001001;10124;ja;Berichtigt, Tel. {p};{a};{n};{m};{n}\n\
         {m};2025-03-19;99001002;10124;nein;Alles gut;{a};{n};{m};{n}\n\
         {m};2025-03-19;99001002;10124;nein;Alles noch besser;{a};{n};{m};{n}\n\
         {n};2025-03-19;99001002;10124;{m};{n} war {m};{a};{n};{m};{n}\n\
         4;2025-03-19;99001002;10124;nein;zu {n} viele;{m};Felder;{a};{n};{m};{n}\n",
    );
    file(
        "befragung.csv",
        "id;AGS;Welle;F1;token;firstname;email\n\
         1;99001001;2025 {m};Y;{n};{n};{m}\n2;99001001;2025 {m};{m};{n};{n};{m}\n3;99001001;2025 {m};{n};{n};{n};{m}\n\
         {m};99001001;2025;N;{n};{n};{m}\n{m};99001001;2025;N;{n};{n};{m}\n{n};{p};2025;N;{n};{n};{m}\n5;99001001;2025;{a};{n};{n};{m}\n",
    );
    file(
        "ereignisse.csv",
        "AGS;Leistung;Art;von;Was;Name der zuständigen Person\n\
         99001001;10124;campaign;2025-03-01;Aktion mit {m} und {p};{n}\n99001001;*;{m};2025-03-01;{a};{n}\n{m};*;campaign;{p};x;{n}\n",
    );
    file(
        "arbeit.csv",
        "AGS;Leistung;Monat;Weg;Fälle;Sachbearbeiter/in\n99001001;10124;2025-03;online;12;{n}\n{m};10124;2025-03;{p};12;{n}\n",
    );
    file(
        "ziele.csv",
        "Leistung;Kennzahl;bis;Wert;Was;Kontakt\n10124;online_share;2025-12-31;0.5;Ziel von {m};{n}\n{m};online_share;2025-12-31;0.5;x;{n}\n10124;{p};{a};{i};x;{n}\n",
    );
    work
}

#[track_caller]
fn clean(what: &str, text: &str) {
    for canary in CANARIES {
        if let Some(at) = text.find(canary) {
            let from = text[..at].char_indices().rev().nth(80).map_or(0, |(at, _)| at);
            panic!("{what}: {canary} in ...{}", text[from..].chars().take(200).collect::<String>());
        }
    }
}

/// Everything that a file says, compressed parts included.
fn contents(name: &str, bytes: &[u8]) -> String {
    if bytes.starts_with(b"PK") {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut out = String::new();
        for at in 0..archive.len() {
            let mut part = Vec::new();
            archive.by_index(at).unwrap().read_to_end(&mut part).unwrap();
            out.push_str(&String::from_utf8_lossy(&part));
        }
        return out;
    }
    if !name.ends_with(".parquet") {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let frame = ParquetReader::new(Cursor::new(bytes.to_vec())).finish().unwrap();
    let mut out = String::from_utf8_lossy(bytes).into_owned();
    for column in frame.columns() {
        out.push_str(column.name());
        for at in 0..column.len() {
            out.push('\n');
            out.push_str(&column.get(at).unwrap().to_string());
        }
    }
    out
}

#[test]
fn personal_data_reach_no_output() {
    let work = project();
    for arguments in [&["check"][..], &["check", "--json"], &["check", "--examples", "1000"]] {
        let outcome = work.run(arguments);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        clean("stdout", &outcome.stdout);
        clean("stderr", &outcome.stderr);
    }
    let run = work.ok(&["run"]);
    clean("stdout of run", &run.stdout);
    clean("stderr of run", &run.stderr);

    let output = work.tree("out");
    assert!(output.keys().any(|name| name.ends_with(".html")) && output.keys().any(|name| name.ends_with(".svg")));
    for (name, bytes) in &output {
        clean("file name", name);
        clean(name, &contents(name, bytes));
    }
    // The search can find something: the masked texts are there.
    let all: BTreeMap<&str, String> =
        output.iter().map(|(name, bytes)| (name.as_str(), contents(name, bytes))).collect();
    assert!(all["publish/data/areas.csv"].contains("Anstadt [E-Mail]"));
    assert!(all["publish/data/areas.parquet"].contains("Bedorf [Telefon]"));
    assert!(all["publish/data/services.csv"].contains("Wohnsitz [E-Mail] [IP]"));
    let named =
        |(name, text): (&&str, &String)| name.ends_with("manifest.json") && text.contains("faelle [E-Mail] [IP].csv");
    assert!(all.iter().any(named));
}

#[test]
fn personal_columns_are_listed_by_name_and_by_content() {
    let work = project();
    work.ok(&["run"]);
    let findings = work.table("out/internal/data/findings.csv");
    let listed = |source: &str| -> Vec<String> {
        rows(&findings, &[("source", source), ("code", "personal_column")])
            .iter()
            .map(|f| f["column"].clone())
            .collect()
    };
    assert_eq!(listed("register"), ["Nachname", "Notiz [E-Mail]"]);
    assert_eq!(listed("leistungen"), ["E-Mail"]);
    assert_eq!(listed("angebot"), ["Ansprechpartner"]);
    assert_eq!(listed("faelle"), ["[E-Mail]", "[Telefon]", "Name, Vorname", "IP-Adresse", "Bemerkung"]);
    assert_eq!(listed("einzelfaelle"), ["Antragsteller*in", "Telefon"]);
    assert_eq!(listed("feedback"), ["ipaddr", "user_agent", "refurl", "visitorId"]);
    assert_eq!(listed("befragung"), ["token", "firstname", "email"]);
    assert_eq!(listed("ereignisse"), ["Name der zuständigen Person"]);
    assert_eq!(listed("arbeit"), ["Sachbearbeiter/in"]);
}

/// In a record with too many or too few fields a name may stand where a key belongs.
#[test]
fn personal_values_of_shifted_records_are_not_kept() {
    let work = project();
    work.ok(&["run"]);
    let quarantine = work.table("out/internal/data/quarantine.csv");
    let findings = work.table("out/internal/data/findings.csv");
    for (code, wanted) in [("wrong_field_count", 5), ("note_row", 1)] {
        let found = rows(&findings, &[("code", code)]);
        let kept = rows(&quarantine, &[("code", code)]);
        assert_eq!((found.len(), kept.len()), (wanted, wanted), "{code}");
        assert!(found.iter().all(|f| f["value"].is_empty() && !f["record"].is_empty()), "{found:?}");
        assert!(kept.iter().all(|q| q["values"].is_empty()), "{kept:?}");
    }
    let unknown = row(&findings, &[("source", "angebot"), ("code", "unknown_area")]);
    assert_eq!(unknown["value"], "[E-Mail]");
}

#[test]
fn personal_data_in_comments_are_masked_and_stay_inside() {
    let work = project();
    work.ok(&["run"]);
    let comments = work.table("out/internal/data/comments.csv");
    let texts: Vec<&str> = comments.iter().map(|c| c["comment"].as_str()).collect();
    // The second delivery of an id replaces the vote and the comment.
    assert_eq!(texts, ["Berichtigt, Tel. [Telefon]", "Alles noch besser"]);
    let first = &comments[0];
    assert_eq!(
        ["area", "service", "month", "place", "scale", "answer"].map(|name| first[name].as_str()),
        ["99001001", "10124", "2025-03", "form_end", "binary", "1"]
    );
    let findings = work.table("out/internal/data/findings.csv");
    let masked = rows(&findings, &[("source", "feedback"), ("code", "comment_masked")]);
    assert_eq!(masked.len(), 2);
    assert!(masked.iter().all(|f| f["value"].is_empty() && f["column"] == "Kommentar"));
    for (name, bytes) in work.tree("out/publish") {
        let text = contents(&name, &bytes);
        assert!(!text.contains("Alles noch besser") && !text.contains("Berichtigt"), "{name}");
    }
}

#[test]
fn personal_comments_beyond_the_limit_are_cut_between_characters() {
    let work = project();
    let long = "ä😀".repeat(5_000);
    let feedback = format!(
        "id;Zeit;AGS;Leistung;Votum;Kommentar\n1;2025-03-17;99001001;10124;ja;{long}\n2;2025-03-17;99001001;10124;ja;{}{MAIL}\n",
        "x ".repeat(1_995)
    );
    work.file("feedback.csv", feedback);
    work.ok(&["run"]);
    let comments = work.table("out/internal/data/comments.csv");
    let lengths: Vec<usize> = comments.iter().map(|c| c["comment"].chars().count()).collect();
    assert_eq!(lengths, [3_998, 4_001]);
    assert!(!fs::read_to_string(work.path("out/internal/data/comments.csv")).unwrap().contains("kanarie"));
}

#[test]
fn personal_answers_of_a_survey_are_quoted_only_as_codes() {
    let work = project();
    work.file(
        "befragung.csv",
        "id;AGS;Welle;F1\n1;99001001;1;Y\n2;99001001;1;AO7\n3;99001001;1;weil der Nachbar es so wollte\n4;99001001;1;Amsel\n5;99001001;1;N\n",
    );
    work.ok(&["run"]);
    let findings = work.table("out/internal/data/findings.csv");
    let quoted: Vec<&str> =
        rows(&findings, &[("code", "unknown_answer")]).iter().map(|f| f["value"].as_str()).collect();
    assert_eq!(quoted, ["AO7", "", ""]);
}

/// Where `header_row` is wrong, or missing from the file, the names of the columns are those of people.
#[test]
fn personal_values_are_no_column_names_in_an_error() {
    for line in [
        format!("7;2025-03-17;99001001;10124;ja;{NAME} war da"),
        format!("7;2025-03-17 08:15:00;Anstadt;Umzug;ja;{NAME}"),
        format!("99001001;{NAME};ja"),
    ] {
        let work = project();
        work.file("feedback.csv", format!("{line}\n{line}\n"));
        let outcome = work.run(&["check"]);
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        clean("stderr", &outcome.stderr);
        assert!(outcome.stderr.contains("header_row"), "{}", outcome.stderr);
    }
}

/// One cell too many or too few in a row of a sheet moves all behind it.
#[test]
fn personal_remarks_that_have_moved_below_a_key_are_not_quoted() {
    let remark = format!("Frau {NAME} hat angerufen");
    let header = ["Bemerkung", "AGS", "Leistung", "Monat", "Weg", "Anzahl", "Notiz", "Hinweis"];
    let rows_of_sheet: [&[&str]; 4] = [
        &["", &remark, "99001001", "10124", "2025-03", "online", "5"],
        &["99001001", "10124", "2025-03", "online", "5", &remark],
        &["", "99001001", &remark, "10124", "2025-03", "online", "5"],
        &["", "99001001", "10124", "2025-03", "online", &remark, "5"],
    ];
    for cells in rows_of_sheet {
        let work = project();
        work.edit("resonanz.toml", "faelle*.csv", "faelle.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (row, cells) in [(0, &header[..]), (1, cells)] {
            cells.iter().zip(0..).for_each(|(cell, at)| {
                sheet.write(row, at, *cell).unwrap();
            });
        }
        book.save(work.path("faelle.xlsx")).unwrap();
        let outcome = work.ok(&["check", "--json", "--examples", "1000"]);
        clean("stdout", &outcome.stdout);
        work.run(&["run"]);
        for (name, bytes) in work.tree("out") {
            clean(&name, &contents(&name, &bytes));
        }
    }
}
