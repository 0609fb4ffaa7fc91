//! What must not vanish without a word on its way from the file to the facts.

use std::time::{Duration, Instant};

use polars::prelude::{Column, DataFrame, ParquetWriter};

use super::*;

/// A code that a source declares holds whether the format types it as a number or not.
#[test]
fn formats_declared_codes_hold_for_typed_numbers() {
    let settings = format!("{}suppressed = [\"-99\", \"999\"]\n", LONG.replace("\"-\"]", "\"-\", \"888\"]"));
    let numbers = [5.0, 888.0, -99.0, 999.0, 0.0];
    let months: Vec<String> = (1..=5).map(|month| format!("2025-0{month}")).collect();
    let wanted = [
        "99001001 10124 2025-01 5",
        "99001001 10124 2025-02 NotProvided",
        "99001001 10124 2025-03 SuppressedAtSource",
        "99001001 10124 2025-04 SuppressedAtSource",
        "99001001 10124 2025-05 0",
    ];

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (name, at) in ["AGS", "OZG-ID", "Monat", "Anzahl"].into_iter().zip(0..) {
        sheet.write(0, at, name).unwrap();
    }
    for ((month, number), row) in months.iter().zip(numbers).zip(1..) {
        sheet.write(row, 0, "99001001").unwrap().write(row, 1, 10124).unwrap();
        sheet.write(row, 2, month.as_str()).unwrap().write(row, 3, number).unwrap();
    }
    let objects: Vec<String> = months
        .iter()
        .zip(["5", "888", "-99.0", "9.99e2", "0"])
        .map(|(month, n)| format!("{{\"AGS\":\"99001001\",\"OZG-ID\":10124,\"Monat\":\"{month}\",\"Anzahl\":{n}}}"))
        .collect();
    let mut frame = DataFrame::new_infer_height(vec![
        Column::new("AGS".into(), ["99001001"; 5]),
        Column::new("OZG-ID".into(), [10124i32; 5]),
        Column::new("Monat".into(), months),
        Column::new("Anzahl".into(), numbers),
    ])
    .unwrap();
    let mut parquet = Vec::new();
    ParquetWriter::new(&mut parquet).finish(&mut frame).unwrap();
    let files = [
        ("q.xlsx", book.save_to_buffer().unwrap()),
        ("q.json", format!("[{}]", objects.join(",")).into_bytes()),
        ("q.parquet", parquet),
    ];
    for (name, bytes) in files {
        let work = project(&settings);
        work.file(name, bytes);
        assert_eq!(facts(&read(&work)), wanted, "{name}");
    }
}

/// A footnote is a text; a number whose keys were lost is an error.
#[test]
fn formats_a_lone_count_is_no_footnote() {
    let work = project(LONG);
    work.file(
        "q.csv",
        "AGS;OZG-ID;Monat;Anzahl\n99001001;10124;2025-01;5\n;;;17\nStand: heute;;;\n2025;;;\n;;;siehe oben\n",
    );
    let out = read(&work);
    assert_eq!(found(&out), ["3 missing_key", "4 note_row", "5 note_row", "6 note_row"]);
    assert_eq!((balance(&out).accepted, balance(&out).errors), (1, 1));

    let wide = LONG
        .replace(", count = \"Anzahl\"", "")
        .replace("channel = \"online\", ", "")
        .replace("missing =", "layout = \"wide\"\nmissing =");
    let work = project(&format!("{wide}[[source.wide]]\npattern = \"{{channel}}\"\n"));
    work.file("q.csv", "AGS;OZG-ID;Monat;online;Papier\n99001001;10124;2025-01;5;6\n;;;;17\n;;;Quelle;\n");
    let out = read(&work);
    assert_eq!(found(&out), ["3 missing_key", "3 missing_key", "4 note_row", "4 note_row"]);
}

#[test]
fn formats_a_column_that_occurs_twice_is_ambiguous_only_where_it_is_read() {
    for (header, said) in [
        ("AGS;OZG-ID;Monat;Anzahl;Anzahl", "\"Anzahl\", the first two are columns 4 and 5"),
        ("AGS;OZG-ID;Monat;ANZAHL;anzahl", "\"Anzahl\", the first two are columns 4 and 5"),
        ("AGS;ags;OZG-ID;AGS;Monat;Anzahl", "\"AGS\", the first two are columns 1 and 4"),
    ] {
        let work = project(LONG);
        work.file("q.csv", format!("{header}\n99001001;10124;2025-01;5;6\n"));
        assert!(error(&work).contains(said), "{header}: {}", error(&work));
    }
    let work = project(LONG);
    work.file("q.csv", "AGS;x;OZG-ID;x;Monat;Anzahl;anzahl\n99001001;1;10124;2;2025-01;5;6\n");
    assert_eq!(facts(&read(&work)), ["99001001 10124 2025-01 5"]);
}

#[test]
fn formats_a_stray_quote_is_one_error_and_the_rows_below_count() {
    let work = project(LONG);
    let row = |month: u32, remark: &str| format!("99001001;10124;2025-{month:02};{remark};{month}");
    let remarks = ["", "\"zuletzt", "", "", "wie oben\"", "\"a;b\nc\""];
    let rows: Vec<String> = remarks.iter().zip(1..).map(|(remark, month)| row(month, remark)).collect();
    work.file("q.csv", format!("AGS;OZG-ID;Monat;Bemerkung;Anzahl\n{}\n", rows.join("\n")));
    let out = read(&work);
    let wanted = [1, 3, 4, 5, 6].map(|month| format!("99001001 10124 2025-{month:02} {month}"));
    assert_eq!((facts(&out), found(&out)), (wanted.to_vec(), vec!["3 stray_quote".to_owned()]));
    let b = balance(&out);
    assert_eq!((b.read, b.accepted, b.quarantined, b.errors), (6, 5, 1, 1));
}

/// Looking at every cell for every number took 10 billion looks.
#[test]
fn formats_a_wide_table_of_16_000_columns_takes_no_square_of_it() {
    let settings = LONG
        .replace("service = \"OZG-ID\", period = \"Monat\", count = \"Anzahl\"", "")
        .replace("missing =", "layout = \"wide\"\nmissing =");
    let work = project(&format!("{settings}[[source.wide]]\npattern = \"{{service}} {{period}}\"\n"));
    let columns: Vec<String> = (0..16_000).map(|n| format!("{} 2025-{:02}", n / 12, n % 12 + 1)).collect();
    let empty = ";".repeat(columns.len());
    work.file("q.csv", format!("AGS;{}\n{}", columns.join(";"), format!("99009999{empty}1\n").repeat(40)));
    let started = Instant::now();
    let out = read_unchecked(&work);
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!((balance(&out).read, balance(&out).quarantined), (640_000, 640_000));
}

/// Of so many records not all are kept.
fn read_unchecked(work: &Work) -> Ingested {
    let project = Project::load(&work.path("")).unwrap();
    resonanz::run::read(&project).unwrap()
}
