//! What an auditor relies on: every entry accounted for, every finding in its place, nothing
//! published beyond the budget, and no delivered text that runs as a formula or a script.

mod injection;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader, Xlsx};
use insta::assert_snapshot;
use polars::prelude::{ParquetReader, SerReader};
use resonanz::ingest::Code;

use crate::support::{Work, row, rows};

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Kleinland"
fictional = true
[period]
months = 6

[[source]]
name = "register"
kind = "register"
files = "register.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", name = "Name", population = "Einwohner" }

[[source]]
name = "leistungen"
kind = "services"
files = "leistungen.csv"
dialect = { delimiter = ";" }
columns = { service = "OZG-ID", name = "Leistung" }

[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "OZG-ID", live_from = "online seit" }

[[source]]
name = "faelle"
kind = "usage"
files = "faelle.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG-ID", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }

[[comparison]]
name = "alle"
title = "Alle Orte"
by = "all"

[report]
areas = "all"
png = false
"#;

const TOWNS: [(&str, &str); 3] = [("99001001", "Aheim"), ("99001002", "Bördorf"), ("99001003", "Ceburg")];

/// Three towns, two services, six months, online and on paper: 72 clean records.
fn cases() -> String {
    let mut out = "AGS;OZG-ID;Monat;Kanal;Anzahl\n".to_owned();
    for (at, (town, _)) in TOWNS.iter().enumerate() {
        for service in ["10124", "10513"] {
            for month in 1..=6 {
                out.push_str(&format!("{town};{service};2025-0{month};online;{}\n", 10 + 5 * at + month));
                out.push_str(&format!("{town};{service};2025-0{month};paper;{}\n", 40 - month));
            }
        }
    }
    out
}

fn project() -> Work {
    let work = Work::new();
    let register: String = TOWNS.iter().map(|(key, name)| format!("{key};{name};4000\n")).collect();
    let offers: String =
        TOWNS.iter().map(|(key, _)| format!("{key};10124;01.01.2024\n{key};10513;01.03.2024\n")).collect();
    work.file("resonanz.toml", CONFIGURATION)
        .file("register.csv", format!("AGS;Name;Einwohner\n{register}"))
        .file("leistungen.csv", "OZG-ID;Leistung\n10124;Wohnsitzmeldung\n10513;Bauantrag\n")
        .file("angebot.csv", format!("AGS;OZG-ID;online seit\n{offers}"))
        .file("faelle.csv", cases());
    work
}

/// Five mistakes and a total row among 78 records: 6.4 per cent, more than the budget allows.
fn messy() -> Work {
    let work = project();
    work.file(
        "faelle.csv",
        cases()
            + "99001009;10124;2025-01;online;4\n99001009;10124;2025-02;online;4\n9001001;10124;2025-01;online;7\n\
               99001001;10124;2025-01;online;11\n99001001;10124;2025-07;online;1.5\nSumme;;;;2000\n",
    );
    work
}

fn sheets(bytes: &[u8]) -> BTreeMap<String, Vec<Vec<Data>>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let names = book.sheet_names();
    for name in &names {
        let formulas = book.worksheet_formula(name).unwrap();
        assert!(formulas.rows().flatten().all(String::is_empty), "{name} has a formula");
    }
    let read = |name: String| {
        let rows = book.worksheet_range(&name).unwrap().rows().map(<[Data]>::to_vec).collect();
        (name, rows)
    };
    names.into_iter().map(read).collect()
}

fn text(cell: &Data) -> &str {
    if let Data::String(text) = cell { text } else { "" }
}

#[test]
fn findings_check_shows_a_messy_file_so_that_it_can_be_cured() {
    let work = messy();
    let before = work.tree(".");
    let outcome = work.run(&["check"]);
    assert_eq!(outcome.code, 1);
    assert_snapshot!(outcome.stdout, @r"
    Quelle      gelesen  verwendet  Quarantäne  ersetzt  fehlerhaft  erlaubt
    register          3          3           0        0       0,0 %    5,0 %
    leistungen        2          2           0        0       0,0 %    5,0 %
    angebot           6          6           0        0       0,0 %    5,0 %
    faelle           78         72           6        0       6,4 %    5,0 %  über Budget

    Fehler: Der Gebietsschlüssel steht nicht im Register (unknown_area, 3 ×)
        faelle.csv, Zeile 74  AGS: „99001009“
        faelle.csv, Zeile 75  AGS: „99001009“
        faelle.csv, Zeile 76  AGS: „9001001“
      Abhilfe: Schlüssel und Gebietsstand prüfen; Summenzeilen aus dem Export entfernen.

    Fehler: Der Wert ist keine Zahl in der angegebenen Schreibweise (bad_number, 1 ×)
        faelle.csv, Zeile 78  Anzahl: „1.5“
      Abhilfe: dialect.decimal prüfen; Kürzel für fehlende Werte unter missing nennen.

    Fehler: Für diesen Schlüssel gibt es schon eine Zeile (duplicate, 1 ×)
        faelle.csv, Zeile 77  Anzahl: „11“; zuerst in faelle.csv, Datensatz 1
      Abhilfe: Doppelte Lieferung entfernen oder on_duplicate angeben.

    Hinweis: Eine Summenzeile wurde übergangen (total_row, 1 ×)
        faelle.csv, Zeile 79  AGS: „Summe“
      Abhilfe: Nichts zu tun; Summen rechnet das Programm selbst.

    Über dem Fehlerbudget: faelle (6,4 % fehlerhaft, erlaubt 5,0 %). Ein Lauf hält vor dem
    Veröffentlichen an. Die Dateien an der Quelle berichtigen oder, wenn der Verlust hinnehmbar ist,
    error_budget der Quelle erhöhen.
    Ausführlich zu einem Befund: resonanz explain unknown_area
    ");
    assert!(work.tree(".") == before, "`check` writes nothing unless it is told to");
    // Cured, it says that one can go on.
    work.file("faelle.csv", cases());
    let outcome = work.ok(&["check"]);
    assert_snapshot!(outcome.stdout, @r"
    Quelle      gelesen  verwendet  Quarantäne  ersetzt  fehlerhaft  erlaubt
    register          3          3           0        0       0,0 %    5,0 %
    leistungen        2          2           0        0       0,0 %    5,0 %
    angebot           6          6           0        0       0,0 %    5,0 %
    faelle           72         72           0        0       0,0 %    5,0 %

    Keine Fehler in 83 Angaben. Es kann ausgewertet werden: resonanz run
    ");
}

#[test]
fn findings_check_speaks_the_language_of_the_project() {
    let work = messy();
    work.edit("resonanz.toml", "fictional = true", "fictional = true\nlanguage = \"en\"");
    work.edit("resonanz.toml", "png = false", "png = false\nhtml = false");
    work.edit(
        "resonanz.toml",
        "constants = { stage = \"form_submit\" }",
        "constants = { stage = \"form_submit\" }\nerror_budget = 0.5",
    );
    let outcome = work.ok(&["check", "--examples", "1"]);
    assert_snapshot!(outcome.stdout, @r#"
    source      read  used  quarantine  replaced  errors  allowed
    register       3     3           0         0    0.0%     5.0%
    leistungen     2     2           0         0    0.0%     5.0%
    angebot        6     6           0         0    0.0%     5.0%
    faelle        78    72           6         0    6.4%    50.0%

    error: The area key is not in the register (unknown_area, 3 ×)
        faelle.csv, line 74  AGS: "99001009"
        and 2 more
      Cure: Check the key and the territorial date; remove total rows from the export.

    error: The value is no number in the declared notation (bad_number, 1 ×)
        faelle.csv, line 78  Anzahl: "1.5"
      Cure: Check dialect.decimal; list abbreviations for missing values under missing.

    error: There is an earlier record with this key (duplicate, 1 ×)
        faelle.csv, line 77  Anzahl: "11"; first in faelle.csv, record 1
      Cure: Remove the second delivery or declare on_duplicate.

    notice: A total row was passed over (total_row, 1 ×)
        faelle.csv, line 79  AGS: "Summe"
      Cure: Nothing to do; the program adds up itself.

    Within the error budgets: 5 of 89 entries have errors and are not used. Ready to evaluate: resonanz
    run
    More about a finding: resonanz explain unknown_area
    "#);
    work.ok(&["run"]);
    let findings = work.table("out/internal/data/findings.csv");
    assert!(rows(&findings, &[("code", "unknown_area")])[0]["message"].starts_with("The area key is not in"));
    let book = sheets(&fs::read(work.path("out/internal/audit.xlsx")).unwrap());
    assert_eq!(book.keys().collect::<Vec<_>>(), ["Balance", "By kind", "Findings", "Notes", "Quarantine"]);
}

#[test]
fn findings_as_json_carry_cause_cure_and_budget() {
    let outcome = messy().run(&["check", "--json"]);
    assert_eq!(outcome.code, 1);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["within_budget"], false);
    let faelle = report["sources"].as_array().unwrap().iter().find(|s| s["source"] == "faelle").unwrap();
    assert_eq!(
        (faelle["read"].as_u64(), faelle["quarantined"].as_u64(), faelle["errors"].as_u64()),
        (Some(78), Some(6), Some(5))
    );
    assert!((faelle["error_share"].as_f64().unwrap() - 5.0 / 78.0).abs() < 1e-12);
    assert_eq!((&faelle["error_budget"], &faelle["over_budget"]), (&0.05.into(), &true.into()));
    let unknown = &report["codes"]["unknown_area"];
    assert_eq!((unknown["count"].as_u64(), unknown["treatment"].as_str()), (Some(3), Some("set_aside")));
    for text in ["title", "meaning", "cause", "cure", "example"] {
        assert!(!unknown[text].as_str().unwrap().is_empty(), "{text}");
    }
    let findings = report["findings"].as_array().unwrap();
    let duplicate = findings.iter().find(|f| f["code"] == "duplicate").unwrap();
    assert_eq!(duplicate["hint"], "zuerst in faelle.csv, Datensatz 1");
    assert_eq!(
        (duplicate["file"].as_str(), duplicate["line"].as_u64(), duplicate["column"].as_str()),
        (Some("faelle.csv"), Some(77), Some("Anzahl"))
    );
}

#[test]
fn findings_beyond_the_budget_stop_before_publishing_and_stay_to_be_read() {
    let work = project();
    work.ok(&["run"]);
    let good = work.tree("out");
    let dirty = messy();
    work.file("faelle.csv", dirty.read("faelle.csv"));
    let outcome = work.run(&["run"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(outcome.stderr.contains("5 of 78 records have errors (6.4 %), allowed are 5.0 %"), "{}", outcome.stderr);
    let stopped = work.tree("out");
    let published = |tree: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        tree.iter().filter(|(name, _)| name.starts_with("publish/")).map(|(n, b)| (n.clone(), b.clone())).collect()
    };
    assert!(!published(&good).is_empty() && published(&good) == published(&stopped), "the publication was touched");
    let internal: BTreeSet<&str> =
        stopped.keys().filter(|name| name.starts_with("internal/")).map(String::as_str).collect();
    for name in ["balances.csv", "finding_counts.csv", "findings.csv", "quarantine.csv", "findings.parquet"] {
        assert!(internal.contains(format!("internal/data/{name}").as_str()), "{name}");
    }
    let balances = work.table("out/internal/data/balances.csv");
    let faelle = row(&balances, &[("source", "faelle")]);
    assert_eq!((faelle["over_budget"].as_str(), faelle["balanced"].as_str()), ("true", "true"));
    assert_eq!(row(&balances, &[("source", "register")])["over_budget"], "false");
    // Again, and the bytes are the same, the workbook's too.
    assert_eq!(work.run(&["run"]).code, 1);
    assert!(work.tree("out") == stopped);
    // With a budget that allows it, the same delivery is published without the bad rows.
    let constant = "constants = { stage = \"form_submit\" }";
    work.edit("resonanz.toml", constant, &format!("{constant}\nerror_budget = 0.065"));
    work.ok(&["run"]);
    // Exactly at the budget is within it: 5 of 78 have errors.
    work.edit("resonanz.toml", "error_budget = 0.065", "error_budget = 0.064");
    assert_eq!(work.run(&["run"]).code, 1);
}

/// Only errors count: any number of total rows, footnotes and repairs costs no budget.
#[test]
fn findings_that_are_no_errors_cost_no_budget() {
    let work = project();
    let totals = "Summe;;;;2000\n".repeat(60) + &"Fußnote;;;;\n".repeat(60);
    work.file("faelle.csv", cases() + &totals);
    let outcome = work.ok(&["check", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    let faelle = report["sources"].as_array().unwrap().iter().find(|s| s["source"] == "faelle").unwrap();
    assert_eq!((faelle["read"].as_u64(), faelle["quarantined"].as_u64()), (Some(192), Some(120)));
    assert_eq!(faelle["errors"].as_u64(), Some(0));
}

#[test]
fn findings_workbook_holds_balance_explanations_findings_and_quarantine() {
    let work = messy();
    assert_eq!(work.run(&["run"]).code, 1);
    let bytes = fs::read(work.path("out/internal/pruefbericht.xlsx")).unwrap();
    let book = sheets(&bytes);
    assert_eq!(book.keys().collect::<Vec<_>>(), ["Befunde", "Bilanz", "Hinweise", "Nach Art", "Quarantäne"]);
    let column = |sheet: &str, name: &str| {
        book[sheet][0].iter().position(|cell| text(cell) == name).unwrap_or_else(|| panic!("{sheet}: {name}"))
    };
    let faelle = book["Bilanz"].iter().find(|row| text(&row[0]) == "faelle").unwrap();
    let number = |name: &str| &faelle[column("Bilanz", name)];
    for (name, wanted) in
        [("gelesen", 78.0), ("verwendet", 72.0), ("Quarantäne", 6.0), ("davon Fehler", 5.0), ("ersetzt", 0.0)]
    {
        assert_eq!(number(name), &Data::Float(wanted), "{name}");
    }
    assert_eq!(number("Über dem Fehlerbudget"), &Data::Bool(true));
    let kinds: BTreeMap<&str, &Data> =
        book["Nach Art"][1..].iter().map(|row| (text(&row[0]), &row[column("Nach Art", "Anzahl")])).collect();
    assert_eq!(kinds["unknown_area"], &Data::Float(3.0));
    assert_eq!(kinds["total_row"], &Data::Float(1.0));
    // One row per finding, in the order of the files, with the place to look at.
    let unknown = book["Befunde"].iter().find(|row| text(&row[1]) == "unknown_area").unwrap();
    let cells: Vec<String> = unknown.iter().map(ToString::to_string).collect();
    assert_eq!(cells[..9], ["faelle", "unknown_area", "error", "faelle.csv", "", "73", "74", "AGS", "99001009"]);
    assert_eq!(book["Befunde"].len() - 1, 6);
    assert_eq!(book["Quarantäne"].len() - 1, 6);
    let notes: BTreeMap<&str, &str> = book["Hinweise"].iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
    assert!(notes["Weitergabe"].starts_with("Nicht zur Weitergabe bestimmt"));
    assert!(notes["Bilanz"].contains("gelesen = verwendet + Quarantäne + ersetzt"));
    assert!(
        notes["Ergebnis"].starts_with("Über dem Fehlerbudget: faelle (6,4\u{a0}% fehlerhaft, erlaubt 5,0\u{a0}%)"),
        "{}",
        notes["Ergebnis"]
    );
    // Headers are bold, frozen and have a filter; nothing says when the file was made.
    let xml = |name: &str| {
        let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    for sheet in 2..=5 {
        let xml = xml(&format!("xl/worksheets/sheet{sheet}.xml"));
        assert!(
            xml.contains("ySplit=\"1\"") && xml.contains("state=\"frozen\"") && xml.contains("<autoFilter"),
            "{sheet}"
        );
    }
    assert!(xml("docProps/core.xml").contains("2000-01-01T00:00:00Z"));
}

#[test]
fn findings_are_written_as_a_table_on_request() {
    let work = messy();
    let before = work.tree(".");
    for (arguments, message) in [
        (&["check", "--table", "befunde.txt"][..], "the ending says what is written"),
        (&["check", "--table", "out/befunde.csv"], "the output folder is replaced by every run"),
        (&["check", "--table", "nirgends/befunde.csv"], "there is no folder nirgends"),
        (&["check", "--table", "faelle.csv"], "exists already; nothing was written"),
    ] {
        let refused = work.run(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(message) && refused.stderr.contains("hint:"), "{}", refused.stderr);
    }
    assert!(work.tree(".") == before);

    let outcome = work.run(&["check", "--table", "befunde.csv"]);
    assert_eq!(outcome.code, 1, "beyond the budget the table is wanted most");
    assert!(outcome.stdout.contains("Befunde als Tabelle: befunde.csv"), "{}", outcome.stdout);
    let table = work.table("befunde.csv");
    assert_eq!(table.len(), 6);
    let first = rows(&table, &[("code", "unknown_area")])[0];
    assert_eq!([&first["line"], &first["column"], &first["value"]], ["74", "AGS", "99001009"]);
    assert_eq!(work.run(&["check", "--table", "befunde.csv"]).code, 2);
    assert_eq!(work.run(&["check", "--table", "befunde.csv", "--force"]).code, 1);
    assert_eq!(work.run(&["check", "--force"]).code, 2, "without a table there is nothing to force");

    work.run(&["check", "--table", "befunde.parquet", "--quiet"]);
    let frame = ParquetReader::new(fs::File::open(work.path("befunde.parquet")).unwrap()).finish().unwrap();
    assert_eq!(frame.height(), 6);
    work.run(&["check", "--table", "pruefung.xlsx", "--json"]);
    let book = fs::read(work.path("pruefung.xlsx")).unwrap();
    assert_eq!(work.run(&["run"]).code, 1);
    assert!(fs::read(work.path("out/internal/pruefbericht.xlsx")).unwrap() == book, "the same workbook as of a run");
}

// --- explain ------------------------------------------------------------------------------------

#[test]
fn findings_are_explained_for_readers_and_machines() {
    let work = Work::new();
    assert_snapshot!(work.ok(&["explain", "duplicate", "--lang", "de"]).stdout, @r"
    Befund: Für diesen Schlüssel gibt es schon eine Zeile (duplicate)
    Schwere: Fehler
    Bedeutung: Zwei Zeilen sprechen von demselben Ort, derselben Leistung, demselben Zeitraum und demselben Weg; die erste gilt, die Meldung nennt ihren Platz.
    So kommt es dazu: Eine Datei liegt zweimal im Ordner, eine Korrektur kam als weitere Zeile, oder die Lieferung ist feiner gegliedert als zugeordnet.
    Abhilfe an der Quelle: Doppelte Lieferung entfernen oder on_duplicate angeben.
    Was das Programm tut: Die Angabe wird nicht verwendet, steht mit ihren ursprünglichen Werten in der Quarantäne und zählt zum Fehlerbudget; ist es überschritten, endet der Lauf vor dem Veröffentlichen.
    Einstellungen dazu: error_budget (Fehlerbudget); on_duplicate (Zweite Zeile mit gleichem Schlüssel)
    Beispiel: 99001001 / 10124 / 2025-03 / online
    ");
    assert_snapshot!(work.ok(&["explain", "rules"]).stdout, @r"
    Topic: Order of the rules (rules)
    Rules:
    Rules have an order, and the first that fails names the entry: one mistake is counted once, and under its cause.
    1. Is it a record at all? Footnotes and repeated headers are passed over (note_row, repeated_header).
    2. Has it as many fields as the header (wrong_field_count)? Otherwise no value is certain.
    3. Is it a total row? It is passed over (total_row).
    4. Field by field: period, area, service, then what is counted, at last the number. Within a field: empty (missing_key), destroyed by Excel (destroyed_key), unknown or unreadable.
    5. Beside the others: a second entry with the same key (duplicate, duplicate_ignored, replaced), an overlapping period (period_overlap).
    For every source: read = accepted + quarantined + replaced.
    ");
    let budget = work.ok(&["explain", "error_budget"]).stdout;
    assert!(budget.contains("Only findings of severity \"error\" count") && budget.contains("every entry read"));
    for code in Code::ALL {
        let json = work.ok(&["explain", code.id(), "--json"]).stdout;
        let page: BTreeMap<String, String> = serde_json::from_str(&json).unwrap();
        assert_eq!(page["id"], code.id());
        let keys: Vec<&str> = page.keys().map(String::as_str).collect();
        let wanted = ["cause", "cure", "example", "id", "meaning", "settings", "severity", "title", "treatment"];
        assert_eq!(keys, wanted, "{}", code.id());
        assert!(page.values().all(|text| !text.is_empty()), "{}", code.id());
    }
}
