use proptest::prelude::*;

use super::super::testing::{Kept, spec};
use super::*;

fn rows_with(more: &str, bytes: &[u8]) -> Result<Vec<String>> {
    let mut kept = Kept::default();
    read(&spec("usage", more), "a.csv", bytes, &mut kept)?;
    Ok(kept.0)
}

fn rows(text: &str) -> Vec<String> {
    rows_with("dialect = { delimiter = \";\" }", text.as_bytes()).unwrap()
}

fn refused(more: &str, bytes: &[u8]) -> String {
    let error = rows_with(more, bytes).unwrap_err();
    let hint = error.hints().first().map(|hint| hint.en.clone()).unwrap_or_default();
    format!("{error} ({hint})")
}

#[test]
fn line_ends_of_three_systems_in_one_file() {
    let wanted = ["A|B", "2: 1|2", "3: 3|4", "5: 5|6", "7: 7\n7|8", "10: 9|9"];
    assert_eq!(rows("A;B\r\n1;2\n3;4\r\r5;6\r\n\n\"7\n7\";8\r\r\n9;9"), wanted);
    assert_eq!(rows("A;B\r1;2\r3;4\r"), ["A|B", "2: 1|2", "3: 3|4"]);
    assert_eq!(rows("A;B\r\n1;2\r\n\r\n"), ["A|B", "2: 1|2"]);
    let skipping = "dialect = { delimiter = \";\" }\nheader_row = 3";
    assert_eq!(rows_with(skipping, b"Titel\r\rA;B\r1;2\r").unwrap(), ["A|B", "4: 1|2"]);
}

#[test]
fn sep_line_wins_over_the_dialect() {
    for sep in ["sep=;\r\n", "\"sep=;\"\n", "SEP=;\r", "\u{feff}sep=;;;\n"] {
        let text = format!("{sep}A;B\n1;2\n");
        assert_eq!(rows_with("", text.as_bytes()).unwrap(), ["A|B", "3: 1|2"], "{sep:?}");
    }
    assert_eq!(rows("separat;B\n1;2\n"), ["separat|B", "2: 1|2"]);
}

#[test]
fn joined_files_have_marks_and_headers_in_the_middle() {
    let header = "\"A\";\"B\"";
    let wanted = ["A|B", "2: 1|2", "3: A|B", "4: 3|4"];
    assert_eq!(rows(&format!("\u{feff}{header}\r\n1;2\r\n\u{feff}{header}\r\n3;4\r\n")), wanted);
    assert_eq!(rows(&format!("\u{feff}{header}\n1;2\u{feff}{header}\n3;4")), wanted, "no line end before the mark");
    assert_eq!(rows("A;B\n1;2\u{feff}3\n"), ["A|B", "2: 1|2\u{feff}3"], "part of a value");
}

#[test]
fn delimiters_at_the_end_make_no_column() {
    assert_eq!(rows("A;B;\n1;2;\n3;4\n5;6;x\n7\n"), ["A|B", "2: 1|2", "3: 3|4", "4: 5|6", "5: 7"]);
    assert_eq!(rows("A;B\n1;2;;\n3;4; ;\n5;6;7\n;;\n"), ["A|B", "2: 1|2", "3: 3|4", "4: 5|6|7"]);
}

#[test]
fn headers_of_several_rows() {
    let more = "dialect = { delimiter = \";\" }\nheader_rows = 2";
    let text = "AGS;2025;;\n;online;Papier;\n1;2;3;\n";
    assert_eq!(rows_with(more, text.as_bytes()).unwrap(), ["AGS|2025 online|2025 Papier", "3: 1|2|3"]);
    insta::assert_snapshot!(refused(more, b"AGS;2025\n"), @"a.csv: the file ends before the last of the 2 lines with column names (check `header_rows` of the source)");
}

#[test]
fn a_line_that_is_too_long_is_one_record_and_the_rest_is_read() {
    let long = "x".repeat(RECORD_LIMIT + 1);
    assert_eq!(rows(&format!("A;B\n1;2\n{long};3\n4;5\n")), ["A|B", "2: 1|2", "3! record_too_long", "4: 4|5"]);
    assert_eq!(rows(&format!("A;B\n1;{}\n", &long[..RECORD_LIMIT - 1])).len(), 2, "just within");
    assert!(refused("", long.as_bytes()).starts_with("a.csv: line 1: the line with the column names is longer"));
    let open = format!("A;B\n1;\"{long}\n2;3\n");
    assert!(refused("dialect = { delimiter = \";\" }", open.as_bytes()).contains("line 2: a quote is opened"));
}

/// Before, the rows below were one text in a field that nobody reads.
#[test]
fn a_stray_quote_costs_its_own_line_and_no_other() {
    let row = |n: u32, remark: &str| format!("9900100{n};2025-0{n};{remark};{n}");
    let text = |third: &str, fifth: &str| {
        let remarks = ["", "", third, "", fifth, "\"zwei; drei\n vier\""];
        let rows: Vec<String> = remarks.iter().zip(1..).map(|(remark, n)| row(n, remark)).collect();
        format!("AGS;Monat;Bemerkung;Anzahl\n{}\n", rows.join("\n"))
    };
    for (third, fifth, read) in [
        ("\"Nachtrag", "siehe\"", "siehe\""),
        // The next quote is that of a field that is written as it should be, and must not lose its line.
        ("\"Nachtrag", "\"a;\nb\"", "a;\nb"),
        ("\"", "\"c\"", "c"),
    ] {
        let later = if read.contains('\n') { 8 } else { 7 };
        assert_eq!(
            rows(&text(third, fifth)),
            [
                "AGS|Monat|Bemerkung|Anzahl".to_owned(),
                "2: 99001001|2025-01||1".to_owned(),
                "3: 99001002|2025-02||2".to_owned(),
                "4! stray_quote".to_owned(),
                "5: 99001004|2025-04||4".to_owned(),
                format!("6: 99001005|2025-05|{read}|5"),
                format!("{later}: 99001006|2025-06|zwei; drei\n vier|6"),
            ],
            "{third} {fifth}"
        );
    }
    // Two in a row: the second is never closed.
    let open = text("\"Nachtrag", "\"noch einer").replace("\"zwei; drei\n vier\"", "");
    assert!(refused("dialect = { delimiter = \";\" }", open.as_bytes()).contains("line 6: a quote is opened"));
    // Every field in quotes, one of them not closed.
    let quoted = "\"A\";\"B\";\"C\"\n\"1\";\"x\";\"y\n\"2\";\"x\";\"y\"\n\"3\";\"x\";\"y\"\n";
    assert_eq!(rows(quoted), ["A|B|C", "2! stray_quote", "3: 2|x|y", "4: 3|x|y"]);
    // More than a record may have was one of them before.
    let many: String = (0..60_000).map(|n| format!("99001001;2025-01;;{n}\n")).collect();
    let long = rows(&format!("AGS;Monat;Bemerkung;Anzahl\n99001001;2025-01;\"x;1\n{many}99001001;2025-01;y\";2\n"));
    assert_eq!((long.len(), long[1].as_str()), (60_003, "2! stray_quote"));
}

#[test]
fn comments_of_several_lines_stay_whole() {
    let comments = [
        "Gut.\r\nDanke; bis bald",
        "1; eins\n2; zwei\n3; drei",
        "Siehe; dort; ja\n\nund; hier; auch",
        ";;\n;;\n;;",
        "a \"\"b\"\";c\n\"\"d\"\"",
        "\n\n",
        "99001001 fehlt\n99001002 auch",
    ];
    for comment in comments {
        let shown = comment.replace("\"\"", "\"");
        let three = rows(&format!("AGS;K;N\n99001001;\"{comment}\";5\n99001002;x;6\n"));
        assert_eq!((three.len(), &three[1]), (3, &format!("2: 99001001|{shown}|5")), "{comment}");
        let two = rows(&format!("AGS;K\n99001001;\"{comment}\"\n99001002;x\n"));
        assert_eq!((two.len(), &two[1]), (3, &format!("2: 99001001|{shown}")), "{comment}");
        let one = rows_with("", format!("K\n\"{comment}\"\nx\n").as_bytes()).unwrap();
        let line = 3 + comment.matches('\n').count();
        assert_eq!(one.last(), Some(&format!("{line}: x")), "{comment}");
    }
    let header = "\"AGS\";\"Anträge\nonline\";\"Anträge\nPapier\"\n1;2;3\n";
    assert_eq!(rows(header), ["AGS|Anträge online|Anträge Papier", "4: 1|2|3"]);
    let swallowed = "AGS;N;\"Bemerkung\n1;2;x\n3;4;y\"\n5;6;z\n";
    assert!(refused("dialect = { delimiter = \";\" }", swallowed.as_bytes()).contains("line 1: a quote in the line"));
}

#[test]
fn a_report_without_data_says_so() {
    let utf_16: Vec<u8> = "\u{feff}No data available".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(rows_with("", &utf_16).unwrap(), ["file! no_data_report No data available"]);
    for text in ["No data available", "\"No data available\"\r\n", "\u{feff}no data available.\n"] {
        assert!(rows(text)[0].starts_with("file! no_data_report"), "{text:?}");
    }
    assert_eq!(rows("\u{feff}\"Keine Daten verfügbar\"\r\n"), ["file! no_data_report Keine Daten verfügbar"]);
    assert_eq!(rows("No data available;B\n1;2\n"), ["No data available|B", "2: 1|2"]);
}

#[test]
fn a_message_in_place_of_an_export_is_quoted() {
    insta::assert_snapshot!(refused("", "\u{feff}Error: You can't access this\nresource as user 'view' of meldestelle@beispiel.example".as_bytes()), @r#"a.csv: this is an error message, not a table: "Error: You can't access this resource as user 'view' of [E-Mail]" (ask for the export again; check credentials, permissions and period of the request)"#);
    for (text, what) in [
        ("Fehler: Zeitüberschreitung", "an error message"),
        ("<!DOCTYPE html>\n<html><title>Anmeldung</title>", "a web page (perhaps a login)"),
        ("  <HTML lang=de>", "a web page"),
        ("<?xml version=\"1.0\"?><result><error message=\"x\"/></result>", "an XML document"),
        ("{\"result\":\"error\",\"message\":\"x\"}", "a JSON document"),
    ] {
        assert!(refused("", text.as_bytes()).starts_with(&format!("a.csv: this is {what}")), "{text}");
    }
    assert_eq!(rows("Fehler;B\n1;2\n"), ["Fehler|B", "2: 1|2"]);
}

#[test]
fn an_encoding_that_accepts_everything_is_checked_all_the_same() {
    let text = "Monat;Anzahl\nMärz;1\n";
    let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let declared = |label: &str| format!("dialect = {{ delimiter = \";\", encoding = \"{label}\" }}");
    let wanted = ["Monat|Anzahl", "2: März|1"];
    assert_eq!(rows_with(&declared("windows-1252"), &windows).unwrap(), wanted);
    assert_eq!(rows_with(&declared("utf-8"), text.as_bytes()).unwrap(), wanted);
    insta::assert_snapshot!(refused(&declared("windows-1252"), text.as_bytes()), @r#"a.csv: the file is UTF-8 (first seen in line 2), declared is windows-1252 (the file is probably in UTF-8: dialect = { encoding = "utf-8" } in source "q")"#);
    insta::assert_snapshot!(refused(&declared("utf-8"), &windows), @r#"a.csv: line 2: byte 0xE4 is no UTF-8 character (the file is probably in the Windows encoding: dialect = { encoding = "windows-1252" } in source "q")"#);
    // Plain ASCII is both.
    assert_eq!(rows_with(&declared("windows-1252"), b"A\n1\n").unwrap(), ["A", "2: 1"]);
}

#[test]
fn utf_16_without_its_mark_is_told_and_can_be_declared() {
    let text = "Monat;Anzahl\nMärz;1\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    insta::assert_snapshot!(refused("", &little), @r#"a.csv: every second byte is zero: this is UTF-16 without its mark at the beginning (the file is probably in UTF-16: dialect = { encoding = "utf-16le" } in source "q")"#);
    for (label, bytes) in [("utf-16le", &little), ("utf-16be", &big)] {
        assert!(refused("dialect = { encoding = \"windows-1252\" }", bytes).contains(label));
        let more = format!("dialect = {{ delimiter = \";\", encoding = \"{label}\" }}");
        assert_eq!(rows_with(&more, bytes).unwrap(), ["Monat|Anzahl", "2: März|1"]);
    }
    insta::assert_snapshot!(refused("", b"A,B\n1,2\n\0\0\0\0\0\0"), @"a.csv: line 3: a zero byte, which no text contains (the file was damaged (in transfer perhaps) or is no text; ask for it again)");
}

proptest! {
    /// The line of a record, counted a second time by cutting the text into lines.
    #[test]
    fn every_record_knows_its_line(ends in prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n"]), 1..30)) {
        let mut text = "A;B".to_owned();
        let mut wanted = vec!["A|B".to_owned()];
        let mut line = 1;
        for (number, end) in ends.iter().enumerate() {
            text.push_str(end);
            line += if *end == "\n\n" { 2 } else { 1 };
            // A blank end behind a lone CR would be one CRLF.
            let cell = number % 3;
            text.push_str(&format!("{number};{cell}"));
            wanted.push(format!("{line}: {number}|{cell}"));
        }
        prop_assert_eq!(rows(&text), wanted);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for more in ["", "dialect = { delimiter = \";\", encoding = \"windows-1252\" }\nheader_rows = 2"] {
            let _ = rows_with(more, &bytes);
        }
    }

    #[test]
    fn no_table_panics(text in "[A;,\"\\r\\n\u{feff}=sep01 ]{0,60}") {
        let _ = rows_with("dialect = { delimiter = \";\" }\nheader_row = 2", text.as_bytes());
        let _ = rows_with("", text.as_bytes());
    }
}
