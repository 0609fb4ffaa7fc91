//! Formats and dialects from outside: each delivery in a form that a real system writes, with a
//! `resonanz.toml` that reads it.

mod losses;

use std::collections::BTreeMap;

use flate2::Compression;
use flate2::write::GzEncoder;
use resonanz::config::Project;
use resonanz::domain::CellState;
use resonanz::ingest::{Answer, Balance, Ingested, Measure, Scale};
use rust_xlsxwriter::{Format, FormatAlign, Formula, Workbook};
use sha2::{Digest, Sha256};
use std::io::Write;

use crate::support::{Work, reference};

const HEAD: &str = r#"schema_version = 1
[project]
name = "Formate"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "AGS", population = "EW" }
[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
columns = { service = "ID", name = "Name" }
"#;

fn project(sources: &str) -> Work {
    let work = Work::new();
    work.file("resonanz.toml", format!("{HEAD}{sources}"))
        .file("register.csv", "AGS,EW\n99001001,1000\n99001002,2000\n09001003,3000\n")
        .file("leistungen.csv", "ID,Name\n10124,Ummeldung\n10513,Hundesteuer\nK-1,Eigene\n");
    work
}

/// Reads a project; whatever it found, the sums balance.
fn read(work: &Work) -> Ingested {
    let project = Project::load(&work.path("")).unwrap();
    let read = resonanz::run::read(&project).unwrap();
    for (name, balance) in &read.findings.balances {
        assert!(balance.holds(), "{name}: {balance:?}");
        let kept = read.findings.quarantine.iter().filter(|record| &record.source == name).count();
        assert_eq!(kept as u64, balance.quarantined, "{name}");
    }
    read
}

fn error(work: &Work) -> String {
    let project = Project::load(&work.path("")).unwrap();
    resonanz::run::read(&project).unwrap_err().to_string()
}

fn balance(read: &Ingested) -> Balance {
    read.findings.balances.iter().find(|(name, _)| name == "q").unwrap().1
}

/// Line and code of every finding; the suggestion behind it.
fn found(read: &Ingested) -> Vec<String> {
    let text = |f: &resonanz::ingest::Finding| {
        let suggestion = f.suggestion.as_ref().map(|s| format!(" {}", s.text(resonanz::domain::Lang::En)));
        format!("{} {}{}", f.place.line, f.code.id(), suggestion.unwrap_or_default())
    };
    read.findings.kept.iter().map(text).collect()
}

/// `area service period value`, sorted; a state in place of the value where nothing was observed.
fn facts(read: &Ingested) -> Vec<String> {
    let records = &read.records;
    let mut facts: Vec<String> = records
        .facts
        .iter()
        .map(|fact| {
            let value =
                if fact.state == CellState::Observed { fact.value.to_string() } else { format!("{:?}", fact.state) };
            let (area, service) = (records.register.area(fact.area), records.catalogue.service(fact.service));
            format!("{} {} {} {value}", area.key, service.key, fact.period.id())
        })
        .collect();
    facts.sort();
    facts
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

const LONG: &str = r#"[[source]]
name = "q"
kind = "usage"
files = "q.*"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", count = "Anzahl" }
constants = { channel = "online", stage = "form_submit" }
missing = ["k. A.", "-"]
not_applicable = ["x"]
"#;

// --- Packed -----------------------------------------------------------------------------------

#[test]
fn formats_gzip_is_unpacked_and_hashed_as_it_is() {
    let packed = gzip(b"AGS;OZG-ID;Monat;Anzahl\n99001001;10124;2025-01;1.234\n");
    for name in ["q.csv.gz", "q.csv"] {
        let work = project(LONG);
        work.file(name, &packed);
        let read = read(&work);
        assert_eq!(facts(&read), ["99001001 10124 2025-01 1234"]);
        let input = read.inputs.iter().find(|input| input.path == name).unwrap();
        let sha256: String = Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((input.bytes, &input.sha256), (packed.len() as u64, &sha256));
    }
    let work = project(LONG);
    let json = r#"[{"AGS":"99001001","OZG-ID":10124,"Monat":"2025-01","Anzahl":7}]"#;
    work.file("q.json.gz", gzip(json.as_bytes()));
    assert_eq!(facts(&read(&work)), ["99001001 10124 2025-01 7"]);
}

// --- JSON -------------------------------------------------------------------------------------

#[test]
fn formats_flat_json_in_three_shapes() {
    let objects = [
        r#"{"AGS": "99001001", "OZG-ID": "10124", "Monat": "2025-01", "Anzahl": 5}"#,
        r#"{"AGS": "99001002", "OZG-ID": 10124, "Monat": "2025-01", "Anzahl": null}"#,
        r#"{"AGS": 9001003, "OZG-ID": "10124", "Monat": "2025-01", "Anzahl": "k.A."}"#,
    ];
    let shapes = [
        format!("[{}]", objects.join(",")),
        format!("{{\"meta\": {{\"n\": 3}}, \"data\": [{}]}}", objects.join(",")),
        objects.join("\n"),
    ];
    for shape in shapes {
        let work = project(LONG);
        work.file("q.json", shape);
        let read = read(&work);
        assert_eq!(
            facts(&read),
            ["09001003 10124 2025-01 NotProvided", "99001001 10124 2025-01 5", "99001002 10124 2025-01 NotProvided"]
        );
        assert_eq!(balance(&read).accepted, 3);
    }
}

const GATEWAY_STATISTICS: &str = r#"[[source]]
name = "q"
kind = "usage"
files = "statistik*.json"
columns = { service = "source_url", period = "period", count = "nb_visits" }
constants = { area = "99001001", channel = "online", stage = "visit" }
values = { service = { "https://a.example/ummelden" = "10124", "https://a.example/ummelden/start" = "10124", "https://a.example/hund" = "10513" } }
"#;

fn delivery(id: &str, transferred: &str, body: &str) -> String {
    format!(
        r#"{{"uniqueId": "{id}", "referencePeriod": {{"startDate": "2020-01-01 00:00:00", "endDate": "2020-01-31 00:00:00"}},
            "transferDate": "{transferred}", "transferType": "API", "nbEntries": 1, {body}}}"#
    )
}

fn content(deliveries: &[String]) -> String {
    format!(r#"{{"isSDG": true, "content": [{}]}}"#, deliveries.join(","))
}

fn visits(page: &str, entries: &[(&str, &str, i64)]) -> String {
    let entry = |(device, country, n): &(&str, &str, i64)| {
        format!(r#"{{"deviceType": "{device}", "nbVisits": {n}, "originatingCountry": "{country}"}}"#)
    };
    let entries: Vec<String> = entries.iter().map(entry).collect();
    format!(r#"{{"source": {{"sourceUrl": "https://a.example/{page}", "statistics": [{}]}}}}"#, entries.join(","))
}

fn statistics(id: &str, transferred: &str, pages: &[String]) -> String {
    delivery(id, transferred, &format!(r#""sources": [{}]"#, pages.join(",")))
}

#[test]
fn formats_gateway_statistics_add_up_to_one_number_per_service_and_month() {
    let work = project(GATEWAY_STATISTICS);
    let pages = [
        visits("ummelden", &[("Mobile", "EL", 3), ("PC", "DE", 4)]),
        visits("ummelden/start", &[("PC", "DE", 10)]),
        visits("hund", &[("PC", "AT", 5), ("Tablet", "AT", 6)]),
    ];
    work.file("statistik.json", content(&[statistics("1", "2020-02-01 00:00:00", &pages)]));
    let read = read(&work);
    assert_eq!(facts(&read), ["99001001 10124 2020-01 17", "99001001 10513 2020-01 11"]);
    assert_eq!(found(&read), Vec::<String>::new());
}

/// What the correction leaves out is gone, and stays in the balance.
#[test]
fn formats_a_corrected_gateway_delivery_replaces_all_of_the_earlier_one() {
    let first = statistics(
        "1",
        "2020-02-01 00:00:00",
        &[visits("ummelden", &[("PC", "DE", 4)]), visits("hund", &[("PC", "AT", 5)])],
    );
    let corrected = statistics("1", "2020-02-09T08:00:00", &[visits("ummelden", &[("PC", "DE", 9)])]);
    // Whether it comes in the same file, in a later or in an earlier one by name.
    let files: [&[(&str, &[String])]; 3] = [
        &[("statistik.json", &[first.clone(), corrected.clone()])],
        &[("statistik-1.json", std::slice::from_ref(&first)), ("statistik-2.json", std::slice::from_ref(&corrected))],
        &[("statistik-1.json", std::slice::from_ref(&corrected)), ("statistik-2.json", std::slice::from_ref(&first))],
    ];
    for files in files {
        let work = project(GATEWAY_STATISTICS);
        for (name, deliveries) in files {
            work.file(name, content(deliveries));
        }
        let read = read(&work);
        assert_eq!(facts(&read), ["99001001 10124 2020-01 9"]);
        let b = balance(&read);
        assert_eq!((b.read, b.accepted, b.quarantined, b.replaced), (3, 1, 0, 2));
        assert_eq!(found(&read), ["0 replaced", "0 replaced"]);
    }
}

const GATEWAY_FEEDBACK: &str = r#"[[source]]
name = "q"
kind = "feedback"
files = "rueckmeldung*.json"
columns = { id = "unique_id", time = "time", service = "source_url", value = "rating", comment = "comment" }
constants = { area = "99001001", place = "page", scale = "stars" }
values = { service = { "www.a.example" = "10124" } }
"#;

fn feedback(id: &str, transferred: &str, ratings: &[u8]) -> String {
    let entry = |rating: &u8| {
        format!(
            r#"{{"feedback": {{"category": "Procedure", "rating": {rating}, "source": "www.a.example ",
                 "foundInformation": "Partly", "helpUsImprove": "Lorem ipsum"}}}}"#
        )
    };
    let entries: Vec<String> = ratings.iter().map(entry).collect();
    delivery(id, transferred, &format!(r#""feedbacks": [{}]"#, entries.join(",")))
}

fn stars(read: &Ingested) -> BTreeMap<u8, i64> {
    let mut out = BTreeMap::new();
    for fact in &read.records.facts {
        if let Measure::Feedback(_, Scale::Stars, stars) = fact.measure {
            *out.entry(stars).or_default() += fact.value;
        }
    }
    out
}

#[test]
fn formats_gateway_feedback_counts_each_entry_once_and_corrections_replace() {
    let work = project(GATEWAY_FEEDBACK);
    let early = "2020-02-01 00:00:00";
    work.file("rueckmeldung-1.json", content(&[feedback("1", early, &[1, 2, 5]), feedback("2", early, &[4, 4])]));
    let before = read(&work);
    assert_eq!(stars(&before), BTreeMap::from([(1, 1), (2, 1), (4, 2), (5, 1)]));
    assert_eq!((balance(&before).accepted, before.records.comments.len()), (5, 5));

    work.file("rueckmeldung-2.json", content(&[feedback("1", "2020-03-01 00:00:00", &[3])]));
    let after = read(&work);
    assert_eq!(stars(&after), BTreeMap::from([(3, 1), (4, 2)]));
    let b = balance(&after);
    assert_eq!((b.read, b.accepted, b.replaced), (6, 3, 3));

    // The third question of the form, as a source of its own.
    let found_it = GATEWAY_FEEDBACK
        .replace("value = \"rating\"", "value = \"found_information\"")
        .replace("\"stars\"", "\"three_way\"");
    work.file("resonanz.toml", format!("{HEAD}{found_it}"));
    assert_eq!(balance(&read(&work)).accepted, 3);
}

#[test]
fn formats_gateway_examples_of_the_reference() {
    let Some(statistics) = reference("data/sdg_api_example_information.json") else { return };
    let Some(feedback) = reference("data/sdg_api_example_feedback.json") else { return };
    let work = project(
        &GATEWAY_STATISTICS
            .replace("https://a.example/hund", "http://www1.ipq.pt/PT/IPQ/Pages/IPQ.aspx")
            .replace("statistik*", "sdg"),
    );
    std::fs::copy(statistics, work.path("sdg.json")).unwrap();
    assert_eq!(facts(&read(&work)), ["99001001 10513 2020-01 2"]);

    let pages = "\"www.konsumenteuropa.se\" = \"10124\", \"http://www.amsfl.li/\" = \"10513\"";
    let work =
        project(&GATEWAY_FEEDBACK.replace("\"www.a.example\" = \"10124\"", pages).replace("rueckmeldung*", "sdg"));
    std::fs::copy(feedback, work.path("sdg.json")).unwrap();
    let read = read(&work);
    assert_eq!(stars(&read), BTreeMap::from([(1, 1), (2, 1)]));
    assert_eq!(found(&read), Vec::<String>::new());
}

// --- Matomo, LimeSurvey -----------------------------------------------------------------------

#[test]
fn formats_matomo_exports_are_read_by_their_mark() {
    let folder = "data/matomo";
    let Some(visits) = reference(&format!("{folder}/test_csvExport_xp0__VisitsSummary.get_day.csv")) else { return };
    let contents = format!("{folder}/test_csvExport_xp1_inner1_trans-de__Contents.getContentNames_day.csv");
    let Some(contents) = reference(&contents) else { return };
    let work = project(
        r#"[[source]]
name = "q"
kind = "usage"
files = "visits.csv"
format = "csv"
columns = { count = "nb_visits" }
constants = { area = "99001001", service = "10124", period = "2010-01-03", channel = "online", stage = "visit" }
[[source]]
name = "inhalte"
kind = "targets"
files = "contents.csv"
format = "csv"
dialect = { decimal = "," }
columns = { value = "Interaktionsrate", label = "Bezeichnung" }
constants = { area = "99001001", service = "10124", measure = "online_share", date = "2010-01-03" }
"#,
    );
    std::fs::copy(visits, work.path("visits.csv")).unwrap();
    std::fs::copy(contents, work.path("contents.csv")).unwrap();
    let read = read(&work);
    assert_eq!(facts(&read), ["99001001 10124 2010-01 2"]);
    assert_eq!(found(&read), Vec::<String>::new());
    let rates: Vec<f64> = read.records.targets.iter().map(|target| target.value).collect();
    assert_eq!(rates.len(), 9);
    let wanted = [0.25, 0.6667, 0.5, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    assert!(rates.iter().zip(wanted).all(|(found, wanted)| (found - wanted).abs() < 1e-12), "{rates:?}");
    assert_eq!(read.records.targets[0].label, "ImageAd");
}

#[test]
fn formats_an_empty_matomo_report_is_named_as_one() {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for body in [
        b"No data available".to_vec(),
        utf_16("\u{feff}No data available"),
        b"\"Keine Daten verf\xC3\xBCgbar\"\r\n".to_vec(),
    ] {
        let work = project(LONG);
        work.file("q.csv", body);
        let read = read(&work);
        assert_eq!((found(&read), balance(&read).read), (vec!["0 no_data_report".to_owned()], 0));
    }
}

#[test]
fn formats_limesurvey_export_is_a_survey() {
    let work = project(
        r#"[[source]]
name = "q"
kind = "survey"
files = "survey.csv"
dialect = { delimiter = ";" }
columns = { respondent = "id", wave = "seed" }
[[source.question]]
column = "G01Q01[SQ001]"
measure = "awareness"
yes = ["Y"]
no = ["N"]
[[source.question]]
column = "G01Q02"
measure = "usage"
service = "10124"
yes = ["Y"]
no = ["N"]
[[source.question]]
column = "G01Q03[other]"
measure = "barrier"
values = { "A1" = "did_not_know" }
"#,
    );
    let header = "\"id\";\"submitdate\";\"seed\";\"G01Q01[SQ001]\";\"G01Q02\";\"G01Q03[other]\"";
    let text = format!(
        "\u{feff}{header}\r\n\"1\";\"2025-03-01 10:00:00\";\"w1\";\"Y\";\"N\";\"A1\"\r\n\
         \"2\";\"2025-03-01 10:05:00\";\"w1\";\"\";\"Y\";\"\"\r\n\"3\";\"\";\"w1\";\"\";\"\";\"ein \"\"Grund\"\";\r\nzweizeilig\"\r\n\r\n"
    );
    work.file("survey.csv", text);
    let read = read(&work);
    let survey = &read.records.surveys[0];
    let answers: Vec<Vec<Answer>> = survey.respondents.iter().map(|r| r.answers.clone()).collect();
    assert_eq!(
        answers,
        [
            vec![Answer::Yes, Answer::No, Answer::Code("did_not_know".into())],
            // An empty multiple choice is not "no": nobody can tell it from a skipped question.
            vec![Answer::None, Answer::Yes, Answer::None],
            vec![Answer::None, Answer::None, Answer::None],
        ]
    );
    assert_eq!(found(&read), ["4 unknown_answer"]);
    assert_eq!(balance(&read).read, 3);
}

// --- Damaged text -----------------------------------------------------------------------------

#[test]
fn formats_joined_files_with_three_kinds_of_line_ends() {
    let header = "AGS;OZG-ID;Monat;Anzahl";
    let work = project(LONG);
    work.file(
        "q.csv",
        format!(
            "\u{feff}{header}\r\n99001001;10124;2025-01;1\u{a0}234 \r\n\u{feff}{header}\n99001002;10124;2025-01;12\u{202f}345\r\
             99001001;10513;2025-01;1\u{2009}000\r\r\n{header}\n99001002;10513;2025-01;5;\n"
        ),
    );
    let read = read(&work);
    assert_eq!(
        facts(&read),
        [
            "99001001 10124 2025-01 1234",
            "99001001 10513 2025-01 1000",
            "99001002 10124 2025-01 12345",
            "99001002 10513 2025-01 5"
        ]
    );
    assert_eq!(found(&read), ["3 repeated_header", "7 repeated_header"]);
    let b = balance(&read);
    assert_eq!((b.read, b.accepted, b.quarantined, b.errors), (6, 4, 2, 0));
}

#[test]
fn formats_look_alike_characters_in_keys_states_and_numbers() {
    let work = project(LONG);
    let rows = [
        "９９００１００１;10124;2025-01;1",
        "990O1001;10124;2025-02;2",
        "9001003;10124;2025-03;3",
        "99001001;К\u{2011}1;2025-01;4",
        "99001001;10124;2025-03;K.\u{a0}A.",
        "99001001;10124;2025-04;–",
        "99001001;10124;2025-05;Х",
        "99001001;10124;2025-06;1O",
        "99001001;10124;2025-07;１２",
        "99001001;10124;2025\u{2011}08;5",
        "99001001;10125;2025-09;5",
    ];
    work.file("q.csv", format!("AGS;OZG-ID;Monat;Anzahl\n{}\n", rows.join("\n")));
    let out = read(&work);
    assert_eq!(
        found(&out),
        [
            "2 look_alike \"99001001\" is used instead",
            "3 look_alike \"99001001\" is used instead",
            "4 repaired_area_key \"09001003\" is used instead",
            "5 look_alike \"K-1\" is used instead",
            "9 bad_number did you mean \"10\"?",
            "10 bad_number did you mean \"12\"?",
            "11 bad_period did you mean \"2025-08\"?",
            "12 unknown_service",
        ]
    );
    let seen = facts(&out);
    for wanted in [
        "99001001 10124 2025-03 NotProvided",
        "99001001 10124 2025-04 NotProvided",
        "99001001 10124 2025-05 NotApplicable",
        "99001001 K-1 2025-01 4",
    ] {
        assert!(seen.iter().any(|fact| fact == wanted), "{wanted}: {seen:?}");
    }
    assert_eq!(balance(&out).accepted, 7);

    // Without repair a key is what is written.
    work.file("resonanz.toml", format!("{HEAD}{LONG}repair = false\n"));
    let strict = read(&work);
    let codes: Vec<&str> = strict.findings.kept.iter().take(4).map(|f| f.code.id()).collect();
    assert_eq!(codes, ["unknown_area", "unknown_area", "unknown_area", "unknown_service"]);
}

// --- Workbooks --------------------------------------------------------------------------------

#[test]
fn formats_a_workbook_as_people_build_it() {
    let mut book = Workbook::new();
    let notes = book.add_worksheet().set_name("Notizen").unwrap();
    notes.write(0, 0, "versteckt").unwrap();
    notes.set_hidden(true);
    let sheet = book.add_worksheet().set_name("Fälle").unwrap();
    sheet.set_active(true);
    let (center, date) = (Format::new().set_align(FormatAlign::Center), Format::new().set_num_format("mmmm yyyy"));
    sheet.write(0, 0, "Auswertung der Fälle").unwrap();
    sheet.merge_range(2, 0, 3, 0, "AGS", &center).unwrap();
    sheet.merge_range(2, 1, 3, 1, "Monat", &center).unwrap();
    sheet.merge_range(2, 2, 2, 3, "Anträge\nOZG 10124", &center).unwrap();
    sheet.write(3, 2, "online").unwrap().write(3, 3, "Papier").unwrap();
    sheet.write(3, 5, "Bemerkung").unwrap();
    let january = rust_xlsxwriter::ExcelDateTime::from_ymd(2025, 1, 1).unwrap();
    for row in 4..7 {
        sheet.write_with_format(row, 1, &january, &date).unwrap();
    }
    // A number key, a number stored as text, a formula; an error; a total and a footnote.
    sheet.write(4, 0, 99_001_001).unwrap().write(4, 2, "1.234").unwrap();
    sheet.write_formula(4, 3, Formula::new("=2+3").set_result("5")).unwrap();
    sheet.write(5, 0, "99001002").unwrap().write(5, 2, "#DIV/0!").unwrap().write(5, 3, 0).unwrap();
    sheet.write(6, 0, "09001003").unwrap().write(6, 3, 7).unwrap();
    sheet.write_formula(6, 2, Formula::new("=A1/0").set_result("#DIV/0!")).unwrap();
    sheet.write(8, 0, "Summe").unwrap().write(8, 2, 99).unwrap().write(8, 3, 12).unwrap();
    sheet.write(10, 0, "Quelle: eigene Zählung").unwrap();
    let work = project(
        r#"[[source]]
name = "q"
kind = "usage"
files = "q.xlsx"
layout = "wide"
header_row = 3
header_rows = 2
grain = "month"
dialect = { decimal = "," }
columns = { area = "AGS", period = "Monat" }
constants = { service = "10124", stage = "form_submit" }
[[source.wide]]
pattern = "Anträge OZG 10124 {channel}"
"#,
    );
    book.save(work.path("q.xlsx")).unwrap();
    let read = read(&work);
    assert_eq!(
        facts(&read),
        [
            "09001003 10124 2025-01 7",
            "99001001 10124 2025-01 1234",
            "99001001 10124 2025-01 5",
            "99001002 10124 2025-01 0"
        ]
    );
    let codes = found(&read);
    assert_eq!(codes.iter().filter(|code| code.ends_with("bad_number")).count(), 2, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "9 total_row").count(), 2, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| *code == "11 note_row").count(), 2, "{codes:?}");
    assert_eq!((codes.len(), balance(&read).read), (6, 10));
}

/// The register of the Federal Statistical Office as a workbook carries a whole project.
#[test]
fn formats_auszug_gv_is_a_register() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "Deckblatt").unwrap();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Gebietsstand: 31.12.2023").unwrap();
    let rows = [
        vec!["10", "", "09", "", "", "", "", "Musterland"],
        vec!["60", "64", "9", "0", "1", "5163", "3", "Oberau", "12,5", "3000"],
        vec!["60", "63", "09", "0", "01", "0000", "004", "Unterau", "7", "20"],
    ];
    for (cells, row) in rows.iter().zip(6..) {
        for (cell, column) in cells.iter().zip(0..) {
            sheet.write(row, column, *cell).unwrap();
        }
    }
    let work = project(LONG);
    let auszug = "files = \"register.xlsx\"\nformat = \"auszug_gv\"\n";
    work.edit("resonanz.toml", "files = \"register.csv\"\ncolumns = { area = \"AGS\", population = \"EW\" }\n", auszug);
    book.save(work.path("register.xlsx")).unwrap();
    work.file("q.csv", "AGS;OZG-ID;Monat;Anzahl\n09001003;10124;2025-01;1\n");
    let read = read(&work);
    let register = &read.records.register;
    assert_eq!(facts(&read), ["09001003 10124 2025-01 1"]);
    assert_eq!((register.areas().len(), register.area(0).population), (2, Some(3000)));
    assert_eq!(register.region_names["09"], "Musterland");
    assert_eq!(register.territorial_date.as_deref(), Some("2023-12-31"));
}

// --- Paths ------------------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn formats_links_in_a_loop_end_and_broken_ones_are_findings() {
    use std::os::unix::fs::symlink;

    let work = project(&LONG.replace("q.*", "eingang/**/*.csv"));
    work.file("eingang/a.csv", "AGS;OZG-ID;Monat;Anzahl\n99001001;10124;2025-01;1\n");
    work.file("eingang/tief/b.csv", "AGS;OZG-ID;Monat;Anzahl\n99001001;10124;2025-02;2\n");
    symlink(work.path("eingang"), work.path("eingang/tief/kreis")).unwrap();
    symlink(work.path("eingang/tief"), work.path("eingang/kreis")).unwrap();
    symlink(work.path("eingang/a.csv"), work.path("eingang/zweimal.csv")).unwrap();
    symlink(work.path("nirgends.csv"), work.path("eingang/leer.csv")).unwrap();
    let read = read(&work);
    assert_eq!(facts(&read), ["99001001 10124 2025-01 1", "99001001 10124 2025-02 2"]);
    assert_eq!(balance(&read).files, 2);
    let unreadable: Vec<&str> = read.findings.kept.iter().map(|f| f.place.file.as_str()).collect();
    assert_eq!((found(&read), unreadable), (vec!["0 unreadable_path".to_owned()], vec!["eingang/leer.csv"]));

    let named = project(&LONG.replace("q.*", "leer.csv"));
    symlink(named.path("nirgends.csv"), named.path("leer.csv")).unwrap();
    assert_eq!(error(&named), "leer.csv: this is no file but a broken link, a device or a pipe");
}
