//! Requests for missing numbers: what is asked for, of whom, and that an answer closes the gap.
//!
//! Three towns, two services, January to June 2025. Every gap below is made by hand and counted in
//! the comments.

use std::collections::BTreeMap;
use std::io::Cursor;

use base64::Engine as _;
use calamine::{Data, Reader, open_workbook_auto_from_rs};
use rust_xlsxwriter::Workbook;

use crate::support::{Work, close, number, row, rows, sum};

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Kleinland"
fictional = true
[period]
months = 6
[report]
areas = "none"
charts = false
html = false
[requests]
months = 6
sender = "Stabsstelle Digitalisierung\nLand Kleinland"
sender_email = "zahlen@beispiel.example"
deadline = "2025-09-30"
[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", name = "Name" }
[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "Schlüssel", name = "Leistung" }
[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", owed = "geschuldet", live_from = "online seit" }
[[source]]
name = "faelle"
kind = "usage"
files = "faelle.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Weg", count = "Anzahl" }
constants = { stage = "form_submit" }
missing = ["k. A."]
not_applicable = ["x"]
suppressed = ["*"]
[[source]]
name = "formulare"
kind = "usage"
files = "formulare.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", period = "Monat", count = "Anzahl" }
constants = { stage = "form_start", channel = "online" }
[[source]]
name = "zeiten"
kind = "work"
files = "zeiten.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Monat", channel = "Weg", n = "Fälle", handling_minutes = "Minuten", queries = "Rückfragen" }
"#;

/// Town, service, channel, and a cell per month; "-" is a row that was not delivered.
const CASES: [(&str, &str, &str, [&str; 6]); 8] = [
    // Paper lacks January to March and June: 4 numbers.
    ("99001001", "10124", "online", ["10", "20", "30", "0", "40", "50"]),
    ("99001001", "10124", "Papier", ["k. A.", "k. A.", "-", "40", "60", ""]),
    ("99001001", "10124", "vor Ort", ["x"; 6]),
    // Online numbers alone: the total of 6 months.
    ("99001002", "10124", "online", ["5"; 6]),
    // April is missing altogether: online and paper, and the counter does not exist. February is hidden.
    ("99001003", "10124", "online", ["7", "*", "7", "-", "7", "7"]),
    ("99001003", "10124", "Papier", ["3", "3", "3", "-", "3", "3"]),
    ("99001003", "10124", "vor Ort", ["x", "x", "x", "-", "x", "x"]),
    // Not offered, not asked for.
    ("99001001", "10513", "Papier", ["x", "-", "-", "-", "-", "-"]),
];

fn project(configuration: &str) -> Work {
    let work = Work::new();
    let mut cases = String::from("AGS;Leistung;Monat;Weg;Anzahl\n");
    for (town, service, channel, cells) in CASES {
        for (month, cell) in cells.iter().enumerate().filter(|(_, cell)| **cell != "-") {
            cases += &format!("{town};{service};2025-0{};{channel};{cell}\n", month + 1);
        }
    }
    // The form server delivered until April: May and June of two towns, 4 numbers.
    let mut forms = String::from("AGS;Leistung;Monat;Anzahl\n");
    for month in 1..=4 {
        forms += &format!("99001001;10124;2025-0{month};80\n99001002;10124;2025-0{month};9\n");
    }
    work.file("resonanz.toml", configuration)
        .file("register.csv", "AGS;Name\n99001001;Aheim\n99001002;Bördorf\n99001003;<script>alert(1)</script>\n")
        .file("leistungen.csv", "Schlüssel;Leistung\n10124;Wohnsitzmeldung\n10513;=1+1\n")
        .file(
            "angebot.csv",
            "AGS;Leistung;geschuldet;online seit\n99001001;10124;ja;01.01.2024\n99001002;10124;ja;01.01.2024\n\
             99001003;10124;ja;01.01.2024\n99001001;10513;nein;\n\
             99001002;10513;ja;20.05.2025\n99001003;10513;ja;\n",
        )
        .file("faelle.csv", cases)
        .file("formulare.csv", forms)
        // February is a gap (3 numbers), and March has no queries (1 number).
        .file(
            "zeiten.csv",
            "AGS;Leistung;Monat;Weg;Fälle;Minuten;Rückfragen\n\
             99001001;10124;2025-01;online;10;150;1\n99001001;10124;2025-03;online;12;200;\n",
        );
    work
}

const FOLDER: &str = "out/internal/anforderungen";
const AHEIM: &str = "99001001-aheim";
const BOERDORF: &str = "99001002-boerdorf";
const SCRIPT: &str = "99001003-script-alert-1-script";

fn overview(work: &Work) -> Vec<[String; 7]> {
    let line = |row: &crate::support::Row| {
        ["folder", "needed_for", "area", "service", "measure", "months", "count"].map(|column| row[column].clone())
    };
    let mut lines: Vec<_> = work.table(&format!("{FOLDER}/uebersicht.csv")).iter().map(line).collect();
    lines.sort();
    lines
}

fn cells(bytes: &[u8]) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut book = open_workbook_auto_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    let names = book.sheet_names();
    for name in &names {
        assert!(book.worksheet_formula(name).unwrap().is_empty(), "a formula in {name}");
    }
    let mut sheet = |name: &String| book.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect();
    names.iter().map(|name| (name.clone(), sheet(name))).collect()
}

/// Headers, texts and body of a message, decoded; the bytes of its attachment.
fn message(bytes: &[u8]) -> (String, String, Vec<u8>) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n']));
    let (headers, rest) = text.split_once("\r\n\r\n").unwrap();
    let boundary = headers.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let parts: Vec<&str> = rest.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[3]), (4, "--\r\n"));
    let body = |part: &str| part.split_once("\r\n\r\n").unwrap().1.to_owned();
    let decode = |text: &str| base64::engine::general_purpose::STANDARD.decode(text).unwrap();
    let mut plain = Vec::new();
    let quoted = body(parts[1]).replace("=\r\n", "");
    let mut left = quoted.as_bytes();
    while let [first, tail @ ..] = left {
        if *first == b'=' {
            plain.push(u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).unwrap());
            left = &tail[2..];
        } else {
            plain.push(*first);
            left = tail;
        }
    }
    let headers = headers.replace("\r\n ", " ").replace("?= =?UTF-8?B?", "|");
    let mut shown = String::new();
    for line in headers.split("\r\n") {
        let (before, after) = line.split_once("=?UTF-8?B?").unwrap_or((line, ""));
        let (coded, after) = after.split_once("?=").unwrap_or(("", after));
        let decoded: String = coded.split('|').map(|word| String::from_utf8(decode(word)).unwrap()).collect();
        shown += &format!("{before}{decoded}{after}\n");
    }
    let attachment = decode(&body(parts[2]).replace("\r\n", ""));
    (shown, String::from_utf8(plain).unwrap().replace("\r\n", "\n"), attachment)
}

#[test]
fn requests_list_exactly_the_numbers_that_are_missing() {
    let work = project(CONFIGURATION);
    work.ok(&["run"]);
    let line = |folder: &str, need: &str, area: &str, service: &str, measure: &str, months: &str, count: &str| {
        [folder, need, area, service, measure, months, count].map(str::to_owned)
    };
    let mut expected = vec![
        line(AHEIM, "share", "99001001", "10124", "form_submit", "Januar bis März 2025, Juni 2025", "4"),
        line(AHEIM, "other", "99001001", "10124", "work.n", "Februar 2025", "1"),
        line(AHEIM, "other", "99001001", "10124", "work.handling_minutes", "Februar 2025", "1"),
        line(AHEIM, "other", "99001001", "10124", "work.queries", "Februar und März 2025", "2"),
        line(BOERDORF, "share", "99001002", "10124", "case_total", "Januar bis Juni 2025", "6"),
        // Live since May and silent.
        line(BOERDORF, "share", "99001002", "10513", "form_submit", "Mai und Juni 2025", "2"),
        line(BOERDORF, "share", "99001002", "10513", "case_total", "Mai und Juni 2025", "2"),
        line(SCRIPT, "share", "99001003", "10124", "form_submit", "April 2025", "1"),
        line(SCRIPT, "share", "99001003", "10124", "form_submit", "April 2025", "1"),
        // Owed, not online, silent.
        line(SCRIPT, "owed", "99001003", "10513", "case_total", "Januar bis Juni 2025", "6"),
        line("formulare", "other", "99001001", "10124", "form_start", "Mai und Juni 2025", "2"),
        line("formulare", "other", "99001002", "10124", "form_start", "Mai und Juni 2025", "2"),
    ];
    expected.sort();
    assert_eq!(overview(&work), expected);
}

#[test]
fn requests_are_courteous_and_hold_no_other_town() {
    let work = project(CONFIGURATION);
    work.ok(&["run"]);
    let read = |name: &str| std::fs::read(work.path(&format!("{FOLDER}/{name}"))).unwrap();
    let (headers, body, attachment) = message(&read(&format!("{AHEIM}/anforderung.eml")));
    assert_eq!(attachment, read(&format!("{AHEIM}/vorlage.xlsx")));
    insta::assert_snapshot!(headers, @r#"
    X-Unsent: 1
    From: Stabsstelle Digitalisierung <zahlen@beispiel.example>
    Subject: Bitte um fehlende Zahlen zu Online-Diensten bis zum 30. September 2025: Aheim
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="=_resonanz_request"
    "#);
    insta::assert_snapshot!(body, @r#"
    (Fiktives Beispiel: Alle Orte und Zahlen sind erfunden.)

    Guten Tag,

    für die Auswertung „Kleinland“ fehlen uns noch 8 Zahlen (Berichtszeitraum: Januar bis Juni 2025). Bitte tragen Sie diese Zahlen in die beigefügte Tabelle vorlage-99001001-aheim.xlsx ein und senden Sie die Tabelle bis zum 30. September 2025 an uns zurück (zahlen@beispiel.example).

    Zuerst benötigt (ohne diese Angaben lässt sich der Anteil der Online-Anträge nicht berechnen):

    Wohnsitzmeldung
    - Anträge: Papier; Januar bis März 2025, Juni 2025 (4 Zahlen)

    Außerdem hilfreich:

    Wohnsitzmeldung
    - Arbeitszeiten (online): Fälle der Stichprobe, Minuten Bearbeitung; Februar 2025 (2 Zahlen)
    - Arbeitszeiten (online): Rückfragen; Februar und März 2025 (2 Zahlen)

    So füllen Sie die Tabelle aus: Bitte tragen Sie nur in die gelben Zellen etwas ein (auch im Blatt „Arbeitszeiten“) und lassen Sie alle anderen unverändert.
    - 0: Es wurde gezählt, und es gab keinen Fall.
    - leer: Die Zahl ist nicht bekannt. Bitte schätzen Sie nicht.
    - x: Diesen Zugangsweg gibt es bei dieser Leistung nicht.
    - *: Die Zahl ist bekannt, darf aber nicht weitergegeben werden.

    Falls eine andere Stelle zuständig ist, leiten Sie diese Bitte gern weiter. Vielen Dank für Ihre Unterstützung!

    Mit freundlichen Grüßen
    Stabsstelle Digitalisierung
    Land Kleinland
    "#);
    let vendor = message(&read("formulare/anforderung.eml")).1;
    insta::assert_snapshot!(vendor.lines().skip(4).take(8).collect::<Vec<_>>().join("\n"), @r#"
    für die Auswertung „Kleinland“ fehlen uns in der Lieferung „formulare“ noch 4 Zahlen (Berichtszeitraum: Januar bis Juni 2025). Bitte tragen Sie diese Zahlen in die beigefügte Tabelle vorlage-formulare.xlsx ein und senden Sie die Tabelle bis zum 30. September 2025 an uns zurück (zahlen@beispiel.example).

    Benötigte Zahlen:

    Aheim: Wohnsitzmeldung
    - Begonnene Formulare: online; Mai und Juni 2025 (2 Zahlen)

    Bördorf: Wohnsitzmeldung
    "#);

    let html = String::from_utf8(read(&format!("{SCRIPT}/anforderung.html"))).unwrap();
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"));
    assert!(
        html.contains("bis zum <strong>30. September 2025</strong>") && html.contains("Noch nicht online angeboten")
    );
    let own = [(AHEIM, "99001001", "Aheim"), (BOERDORF, "99001002", "Bördorf"), (SCRIPT, "99001003", "script")];
    for (folder, ..) in own {
        let mail = message(&read(&format!("{folder}/anforderung.eml"))).1;
        let page = String::from_utf8(read(&format!("{folder}/anforderung.html"))).unwrap();
        let toml = String::from_utf8(read(&format!("{folder}/quelle.toml"))).unwrap();
        let book = format!("{:?}", cells(&read(&format!("{folder}/vorlage.xlsx"))));
        for (_, key, name) in own.into_iter().filter(|(other, ..)| *other != folder) {
            for text in [&mail, &page, &toml, &book] {
                assert!(!text.contains(key) && !text.contains(name), "{name} in {folder}");
            }
        }
    }
}

#[test]
fn requests_ask_on_a_sheet_that_says_what_is_known() {
    let work = project(CONFIGURATION);
    work.ok(&["run"]);
    let book = cells(&std::fs::read(work.path(&format!("{FOLDER}/{SCRIPT}/vorlage.xlsx"))).unwrap());
    let shown: Vec<String> =
        book["Zahlen"].iter().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    Gemeindeschlüssel|Ort|Leistungsschlüssel|Leistung|Zeitraum|Was gezählt wird|Zugangsweg|Anzahl
    99001003|<script>alert(1)</script>|10124|Wohnsitzmeldung|2025-04|Anträge|online|
    99001003|<script>alert(1)</script>|10124|Wohnsitzmeldung|2025-04|Anträge|Papier|
    99001003|<script>alert(1)</script>|10124|Wohnsitzmeldung|2025-04|Anträge|vor Ort|x
    99001003|<script>alert(1)</script>|10513|=1+1|2025-01|Fälle insgesamt|alle Wege|
    99001003|<script>alert(1)</script>|10513|=1+1|2025-02|Fälle insgesamt|alle Wege|
    99001003|<script>alert(1)</script>|10513|=1+1|2025-03|Fälle insgesamt|alle Wege|
    99001003|<script>alert(1)</script>|10513|=1+1|2025-04|Fälle insgesamt|alle Wege|
    99001003|<script>alert(1)</script>|10513|=1+1|2025-05|Fälle insgesamt|alle Wege|
    99001003|<script>alert(1)</script>|10513|=1+1|2025-06|Fälle insgesamt|alle Wege|
    "#);
    assert!(book["Zahlen"][1..].iter().all(|row| row[..7].iter().all(|c| matches!(c, Data::String(_)))));
    let times = &cells(&std::fs::read(work.path(&format!("{FOLDER}/{AHEIM}/vorlage.xlsx"))).unwrap())["Arbeitszeiten"];
    let shown: Vec<String> =
        times.iter().map(|row| row[4..].iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    Zeitraum|Zugangsweg|Fälle der Stichprobe|Minuten Bearbeitung|Rückfragen
    2025-02|online|||
    2025-03|online|12|200|
    "#);
}

/// What a recipient enters: by what is counted, channel or header, so that sums can be told by hand.
fn answer(bytes: &[u8]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, table) in cells(bytes) {
        let sheet = book.add_worksheet().set_name(&name).unwrap();
        for (at, row) in (0u32..).zip(&table) {
            for (column, cell) in (0u16..).zip(row) {
                let known = match (name.as_str(), at, cell) {
                    ("Zahlen", 1.., Data::Empty) => match (row[5].to_string().as_str(), row[6].to_string().as_str()) {
                        ("Begonnene Formulare", "online") => Some(9.0),
                        ("Anträge", "online") => Some(4.0),
                        ("Anträge", "Papier") => Some(7.0),
                        ("Fälle insgesamt", "alle Wege") => Some(30.0),
                        other => panic!("{other:?}"),
                    },
                    ("Arbeitszeiten", 1.., Data::Empty) => match table[0][usize::from(column)].to_string().as_str() {
                        "Fälle der Stichprobe" => Some(8.0),
                        "Minuten Bearbeitung" => Some(100.0),
                        "Rückfragen" => Some(2.0),
                        other => panic!("{other}"),
                    },
                    (_, _, Data::Float(value)) => Some(*value),
                    _ => None,
                };
                match known {
                    Some(value) => sheet.write_number(at, column, value).unwrap(),
                    None => sheet.write_string(at, column, cell.to_string()).unwrap(),
                };
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn requests_answered_close_the_gap_with_the_known_sums() {
    let work = project(CONFIGURATION);
    work.ok(&["run"]);
    let mut configuration = CONFIGURATION.to_owned();
    for folder in [AHEIM, BOERDORF, SCRIPT, "formulare"] {
        let template = std::fs::read(work.path(&format!("{FOLDER}/{folder}/vorlage.xlsx"))).unwrap();
        work.file(&format!("eingang/vorlage-{folder}.xlsx"), answer(&template));
        configuration += &work.read(&format!("{FOLDER}/{folder}/quelle.toml"));
    }
    work.file("resonanz.toml", configuration);
    work.ok(&["run"]);
    assert!(!work.path(FOLDER).exists(), "{:?}", work.read(&format!("{FOLDER}/uebersicht.csv")));

    let balances = work.table("out/internal/data/balances.csv");
    assert!(balances.iter().all(|row| row["quarantined"] == "0"), "{balances:?}");
    let panel = work.table("out/internal/data/panel.csv");
    let total = |area: &str, service: &str, measure: &str, channel: &str| {
        let wanted = [("area", area), ("service", service), ("measure", measure), ("channel", channel)];
        sum(&rows(&panel, &wanted), "value")
    };
    assert_eq!(total("99001001", "10124", "form_submit", "paper"), 40 + 60 + 4 * 7);
    assert_eq!(total("99001002", "10124", "case_total", "all"), 6 * 30);
    assert_eq!(total("99001002", "10513", "form_submit", "online"), 2 * 4);
    assert_eq!(total("99001002", "10513", "case_total", "all"), 2 * 30);
    // Four delivered months of 7, one of which is hidden, and 4 in April.
    assert_eq!(total("99001003", "10124", "form_submit", "online"), 4 * 7 + 4);
    assert_eq!(total("99001003", "10124", "form_submit", "paper"), 5 * 3 + 7);
    assert_eq!(total("99001003", "10513", "case_total", "all"), 6 * 30);
    assert_eq!(total("99001001", "10124", "form_start", "online"), 4 * 80 + 2 * 9);
    // January 10 cases in 150 minutes with 1 query, February as answered, March 12 in 200 with 2.
    assert_eq!(total("99001001", "10124", "work.n", "online"), 10 + 8 + 12);
    assert_eq!(total("99001001", "10124", "work.handling_minutes", "online"), 150 + 100 + 200);
    assert_eq!(total("99001001", "10124", "work.queries", "online"), 1 + 2 + 2);
    let april = [("area", "99001003"), ("period", "2025-04"), ("channel", "counter")];
    assert_eq!(row(&panel, &april)["state"], "not_applicable");

    let periods = work.table("out/publish/data/estimates_period.csv");
    let share = |area: &str, service: &str| {
        let wanted = [("kpi", "online_share"), ("unit", area), ("service", service), ("period", "2025-01/2025-06")];
        row(&periods, &wanted).clone()
    };
    let aheim = share("99001001", "10124");
    close(number(&aheim, "value"), 150.0 / (150.0 + 128.0), "Aheim");
    assert_eq!((aheim["provided"].as_str(), aheim["expected"].as_str()), ("6", "6"));
    close(number(&share("99001002", "10124"), "value"), 30.0 / 180.0, "Bördorf");
    // The hidden month stays out: it is known to the town and was not asked for.
    let third = share("99001003", "10124");
    assert_eq!((third["provided"].as_str(), third["expected"].as_str()), ("5", "6"));
}

#[test]
fn requests_left_empty_are_asked_again() {
    let work = project(CONFIGURATION);
    work.ok(&["run"]);
    let before = overview(&work);
    let mut configuration = CONFIGURATION.to_owned();
    for folder in [AHEIM, BOERDORF] {
        let template = std::fs::read(work.path(&format!("{FOLDER}/{folder}/vorlage.xlsx"))).unwrap();
        work.file(&format!("eingang/vorlage-{folder}.xlsx"), template);
        configuration += &work.read(&format!("{FOLDER}/{folder}/quelle.toml"));
    }
    work.file("resonanz.toml", configuration);
    work.ok(&["run"]);
    assert_eq!(overview(&work), before);
}

const CONTACTS: &str = r#"
[[contact]]
name = "Rechenzentrum"
role = "vendor"
email = "formulare@beispiel.example"
sources = ["formulare"]
[[contact]]
name = "Meldestelle Aheim"
role = "department"
areas = ["99001001"]
services = ["10124"]
channels = ["Papier"]
[[contact]]
name = "Verwaltungsgemeinschaft"
role = "town"
areas = ["99001002", "99001003"]
"#;

#[test]
fn requests_go_to_the_first_contact_that_fits() {
    let work = project(&format!("{CONFIGURATION}{CONTACTS}"));
    work.ok(&["run"]);
    let table = work.table(&format!("{FOLDER}/uebersicht.csv"));
    let of = |recipient: &str| sum(&rows(&table, &[("recipient", recipient)]), "count");
    assert_eq!((of("Rechenzentrum"), of("Meldestelle Aheim"), of("Aheim")), (4, 4, 4));
    // One letter per town even though one office answers for both: 10 numbers of the one, 8 of the other.
    let office = rows(&table, &[("recipient", "Verwaltungsgemeinschaft")]);
    let of_folder = |folder: &str| office.iter().filter(|row| row["folder"] == folder).copied().collect::<Vec<_>>();
    assert_eq!((sum(&of_folder(BOERDORF), "count"), sum(&of_folder(SCRIPT), "count")), (10, 8));
    assert_eq!(sum(&table.iter().collect::<Vec<_>>(), "count"), 4 + 4 + 4 + 10 + 8);
    let mail = std::fs::read(work.path(&format!("{FOLDER}/rechenzentrum/anforderung.eml"))).unwrap();
    let headers = message(&mail).0;
    assert!(headers.contains("To: Rechenzentrum <formulare@beispiel.example>"), "{headers}");
    assert!(message(&mail).1.contains("Bördorf: Wohnsitzmeldung"));

    for (from, to, said) in [
        ("areas = [\"99001001\"]", "areas = [\"99001009\"]", "areas: there is no \"99001009\""),
        ("services = [\"10124\"]", "services = [\"10125\"]", "services: there is no \"10125\""),
    ] {
        work.file("resonanz.toml", format!("{CONFIGURATION}{}", CONTACTS.replace(from, to)));
        let outcome = work.run(&["run"]);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
}

#[test]
fn requests_speak_english_and_can_be_few_or_none() {
    let english = CONFIGURATION.replace("fictional = true", "language = \"en\"");
    let work = project(&english);
    work.ok(&["run"]);
    let first = work.tree("out/internal/requests");
    let (headers, body, _) = message(&first["99001002-boerdorf/request.eml"]);
    assert!(
        headers.contains("Request for missing numbers on online services by 30 September 2025: Bördorf"),
        "{headers}"
    );
    insta::assert_snapshot!(body, @r#"
    Dear colleagues,

    For the evaluation "Kleinland" we are still missing 10 numbers (reference period: January to June 2025). Please enter them in the enclosed table template-99001002-boerdorf.xlsx and return the table to us (zahlen@beispiel.example) by 30 September 2025.

    Needed first (without these the share of online applications cannot be computed):

    Wohnsitzmeldung
    - Cases in total: all channels; January to June 2025 (6 numbers)

    =1+1
    - Applications: online; May and June 2025 (2 numbers)
    - Cases in total: all channels; May and June 2025 (2 numbers)

    How to fill in the table: please enter something in the yellow cells only and leave all others as they are.
    - 0: it was counted, and there was no case.
    - empty: the number is not known. Please do not estimate.
    - x: the service does not have this channel.
    - *: the number is known but must not be passed on.

    If another office is responsible, please forward this request. Thank you for your support!

    Kind regards
    Stabsstelle Digitalisierung
    Land Kleinland
    "#);
    for name in ["request.html", "template.xlsx", "source.toml"] {
        assert!(first.contains_key(&format!("99001001-aheim/{name}")), "{name}");
    }
    work.ok(&["run"]);
    assert_eq!(work.tree("out/internal/requests"), first, "the same numbers, other bytes");

    work.file("resonanz.toml", CONFIGURATION.replace("[requests]", "[requests]\nat_most = 3"));
    work.ok(&["run"]);
    let names: Vec<String> = work.tree(FOLDER).into_keys().collect();
    assert_eq!(names, ["LIESMICH.txt", "datapackage.json", "uebersicht.csv", "uebersicht.parquet"]);
    assert!(work.read(&format!("{FOLDER}/LIESMICH.txt")).contains("4 Anforderungen, mehr als 3"));
    work.file("resonanz.toml", CONFIGURATION.replace("[requests]", "[requests]\nenabled = false"));
    work.ok(&["run"]);
    assert!(!work.path(FOLDER).exists());
}
