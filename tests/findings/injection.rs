//! Texts that would be formulas, scripts or templates elsewhere.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use polars::prelude::{ParquetReader, SerReader};

use super::{TOWNS, cases, project, sheets, text};

const SCRIPT: &str = "<script>alert(1)</script>";
const IMAGE: &str = "\"><img src=x onerror=alert(1)>";
const TEMPLATE: &str = "{{ 7*7 }}";

#[test]
fn findings_no_delivered_text_becomes_markup_a_template_or_a_formula() {
    let work = project();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let names = [SCRIPT, "=1+1", "@SUM(A1)"];
    let register: String =
        TOWNS.iter().zip(names).map(|((key, _), name)| format!("{key};{};4000\n", quoted(name))).collect();
    work.file("register.csv", format!("AGS;Name;Einwohner\n{register}"));
    work.file("leistungen.csv", format!("OZG-ID;Leistung\n10124;{}\n10513;{}\n", quoted(IMAGE), quoted(TEMPLATE)));
    // Also in what is set aside, in titles and in the project's name.
    work.file("faelle.csv", cases() + &format!("{};10124;2025-01;online;=2+3\n", quoted(SCRIPT)));
    work.edit("resonanz.toml", "name = \"Kleinland\"", &format!("name = '{SCRIPT}{TEMPLATE}'"));
    work.edit("resonanz.toml", "title = \"Alle Orte\"", &format!("title = '{IMAGE}{TEMPLATE}'"));
    work.ok(&["run"]);

    let tree = work.tree("out");
    let (mut pages, mut seen) = (0, BTreeSet::new());
    for (name, bytes) in &tree {
        let ending = name.rsplit('.').next().unwrap();
        if ["html", "svg", "xml"].contains(&ending) {
            pages += 1;
            no_markup(name, std::str::from_utf8(bytes).unwrap(), &mut seen);
        } else if ["xlsx", "docx"].contains(&ending) {
            let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            for at in 0..zip.len() {
                let mut part = zip.by_index(at).unwrap();
                let mut text = String::new();
                if part.read_to_string(&mut text).is_ok() {
                    no_markup(name, &text, &mut BTreeSet::new());
                    assert!(!text.contains("<f>"), "{name} has a formula");
                }
            }
        } else if ending == "json" {
            serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        }
    }
    assert!(pages > 8, "{pages} pages");
    assert_eq!(seen, BTreeSet::from(["script", "image", "template"]), "the names are shown as they are");

    // No text of the CSV files begins like a formula, and Parquet keeps what was delivered.
    let mut apostrophes = 0;
    for (name, bytes) in tree.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[..]);
        for record in reader.records() {
            for field in &record.unwrap() {
                let formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
                assert!(!formula || field.parse::<f64>().is_ok(), "{name}: {field:?}");
                apostrophes += usize::from(field.starts_with("'=") || field.starts_with("'@"));
            }
        }
    }
    assert!(apostrophes >= 3, "{apostrophes}");
    let areas = Cursor::new(tree["publish/data/areas.parquet"].clone());
    let frame = ParquetReader::new(areas).finish().unwrap();
    let kept: Vec<_> = frame.column("name").unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect();
    assert_eq!(kept, names);
    // In the workbook they are texts.
    let book = sheets(&tree["internal/pruefbericht.xlsx"]);
    let values: Vec<&str> = book["Befunde"].iter().map(|row| text(&row[8])).collect();
    assert!(values.contains(&SCRIPT), "{values:?}");
}

/// Nothing delivered is markup here; adds which of the texts are shown in escaped form.
fn no_markup(name: &str, text: &str, seen: &mut BTreeSet<&'static str>) {
    let plain = text.to_lowercase();
    for markup in ["<script>alert", "<img src=x", "onerror=alert(1)>"] {
        assert!(!plain.contains(markup), "{name}: {markup}");
    }
    for (what, escaped) in [
        ("script", &["&lt;script&gt;alert(1)", "&lt;script>alert(1)"][..]),
        ("image", &["&gt;&lt;img src=x onerror=alert(1)&gt;", "&quot;>&lt;img", "\">&lt;img"]),
        ("template", &["{{ 7*7 }}", "&#123;&#123; 7*7"]),
    ] {
        if escaped.iter().any(|escaped| text.contains(escaped)) {
            seen.insert(what);
        }
    }
}
