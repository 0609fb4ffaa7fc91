//! The order of the rules and the sums, in the process.

use std::collections::BTreeSet;

use proptest::prelude::*;
use resonanz::domain::Lang;
use resonanz::ingest::spec::SourceSpec;
use resonanz::ingest::{Code, Fate, Ingested, KEPT_PER_CODE, KEPT_QUARANTINE, Quarantined, ingest};

use crate::support::Work;

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

const USAGE: &str = r#"
[[source]]
name = "usage"
kind = "usage"
files = ["a.csv", "b.csv"]
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "OZG", period = "Monat", channel = "Kanal", count = "Anzahl" }
constants = { stage = "form_submit" }
missing = ["k. A."]
"#;

const HEADER: &str = "AGS;OZG;Monat;Kanal;Anzahl\n";

fn read(more: &str, files: &[(&str, String)]) -> Ingested {
    let work = Work::new();
    work.file("register.csv", "key,name\n01001000,Amstadt\n01001001,Anstadt\n99001002,Bedorf\n");
    work.file("services.csv", "key,name\n10124,Ummeldung\n10513,Bauantrag\n");
    for (name, text) in files {
        work.file(name, text);
    }
    let sources: Sources = toml::from_str(&format!("{BASE}{more}")).unwrap();
    let mut read = ingest(&work.path("."), &sources.source).unwrap();
    resonanz::panel::engine::settle_records(&resonanz::panel::engine::Local, &mut read, &sources.source).unwrap();
    read
}

fn usage(more: &str, first: &str, second: &str) -> Ingested {
    let files = [("a.csv", format!("{HEADER}{first}")), ("b.csv", format!("{HEADER}{second}"))];
    read(&format!("{USAGE}{more}"), &files)
}

/// A record that breaks several rules is named by the first, and counted once.
#[test]
fn findings_the_first_rule_that_fails_names_the_row() {
    let cases: [(&str, Code); 13] = [
        // The column names once more, in the middle of the data.
        ("AGS;OZG;Monat;Kanal;Anzahl", Code::RepeatedHeader),
        // A single field: a footnote, whatever else it lacks.
        ("Quelle: Fachverfahren;;;;", Code::NoteRow),
        // Too few fields, an unknown area, no number.
        ("99;10124;E-Antrag", Code::WrongFieldCount),
        // A total row with an unreadable period and number.
        ("Summe;10124;alle;online;viele", Code::TotalRow),
        // Period before area before service before channel before number.
        ("99;99;KW 12;E-Antrag;viele", Code::BadPeriod),
        ("99;99;2025-13;E-Antrag;viele", Code::ImpossibleDate),
        ("99;99;;E-Antrag;viele", Code::MissingKey),
        ("99;99;2025-01;E-Antrag;viele", Code::UnknownArea),
        ("9,9E+07;99;2025-01;E-Antrag;viele", Code::DestroyedKey),
        ("99001002;99;2025-01;E-Antrag;viele", Code::UnknownService),
        ("99001002;10124;2025-01;E-Antrag;viele", Code::UnknownValue),
        ("99001002;10124;2025-01;online;viele", Code::BadNumber),
        // Well formed at last, but a year over its own months.
        ("01001001;10124;2025;online;12", Code::PeriodOverlap),
    ];
    for (line, code) in cases {
        let found = usage("", &format!("01001001;10124;2025-01;online;5\n{line}\n"), "");
        let of_usage: Vec<_> = found.findings.kept.iter().filter(|f| f.place.record == 2).map(|f| f.code).collect();
        assert_eq!(of_usage, [code], "{line}");
        let (_, balance) = &found.findings.balances[2];
        assert_eq!((balance.read, balance.accepted, balance.quarantined, balance.replaced), (2, 1, 1, 0), "{line}");
        assert_eq!(balance.errors, u64::from(code.fate() == Fate::SetAside), "{line}");
        assert_eq!(found.findings.quarantine.len(), 1, "{line}");
        assert_eq!(found.findings.quarantine[0].code, code, "{line}");
    }
    // The same key and a bad number: the number is looked at first, so the key is not yet known.
    let found = usage("", "01001001;10124;2025-01;online;5\n01001001;10124;2025-01;online;-1\n", "");
    assert_eq!(found.findings.kept[0].code, Code::NegativeCount);
}

/// The example that `explain` gives for a finding is one: put in its field, it is found.
#[test]
fn findings_the_examples_of_explain_are_found() {
    let spec = USAGE.replace("missing = [\"k. A.\"]\n", "");
    let fields = ["AGS", "OZG", "Monat", "Kanal", "Anzahl"];
    let good = ["01001001", "10124", "2025-01", "online", "5"];
    for (column, code) in [
        (0, Code::UnknownArea),
        (0, Code::RepairedAreaKey),
        (0, Code::TotalRow),
        (1, Code::UnknownService),
        (1, Code::DestroyedKey),
        (1, Code::LookAlike),
        (2, Code::BadPeriod),
        (2, Code::ImpossibleDate),
        (2, Code::BusinessYear),
        (3, Code::UnknownValue),
        (4, Code::BadNumber),
        (4, Code::NotAnInteger),
        (4, Code::NegativeCount),
        (4, Code::CountTooLarge),
    ] {
        let mut cells = good;
        cells[column] = code.example();
        let files =
            [("a.csv", format!("{HEADER}{}\n", cells.join(";"))), ("b.csv", format!("{HEADER}{}\n", good.join(";")))];
        let found = read(&spec, &files);
        let first = found.findings.kept.iter().find(|f| f.place.file == "a.csv");
        assert_eq!(first.map(|f| (f.code, f.column.as_str())), Some((code, fields[column])));
    }
}

/// A repaired key is noted beside the rule that fails later.
#[test]
fn findings_a_repair_does_not_hide_an_error() {
    let found = usage("", "1001001;10124;2025-01;online;x1\n1001001;10124;2025-02;online;4\n", "");
    let codes: Vec<_> = found.findings.kept.iter().map(|f| (f.place.record, f.code)).collect();
    assert_eq!(codes[..3], [(1, Code::RepairedAreaKey), (1, Code::BadNumber), (2, Code::RepairedAreaKey)], "{codes:?}");
    let (_, balance) = &found.findings.balances[2];
    assert_eq!((balance.read, balance.accepted, balance.errors), (2, 1, 1));
    let strict = usage("repair = false\n", "1001001;10124;2025-02;online;4\n", "");
    assert_eq!(strict.findings.kept[0].code, Code::UnknownArea);
}

#[test]
fn findings_of_second_records_name_the_first() {
    let (first, second) =
        ("01001001;10124;2025-01;online;5\n99001002;10124;2025-01;online;7\n", "99001002;10124;2025-01;online;8\n");
    let cases = [
        ("", Code::Duplicate, (3, 2, 1, 0, 1), 7),
        ("on_duplicate = \"first\"\n", Code::DuplicateIgnored, (3, 2, 1, 0, 0), 7),
        ("on_duplicate = \"replace\"\n", Code::Replaced, (3, 2, 0, 1, 0), 8),
    ];
    for (setting, code, sums, value) in cases {
        let found = usage(setting, first, second);
        let [finding] = &found.findings.kept[..] else { panic!("{:?}", found.findings.kept) };
        assert_eq!((finding.code, finding.place.file.as_str(), finding.place.line), (code, "b.csv", 2));
        assert!(finding.message(Lang::En).ends_with("first in a.csv, record 2"), "{finding:?}");
        let (_, b) = &found.findings.balances[2];
        assert_eq!((b.read, b.accepted, b.quarantined, b.replaced, b.errors), sums, "{setting}");
        assert_eq!(found.records.facts.iter().map(|fact| fact.value).collect::<Vec<_>>(), [5, value], "{setting}");
    }
}

/// Feedback that was sent again replaces the earlier one, and the finding says which.
#[test]
fn findings_feedback_sent_again_names_the_first() {
    let spec = "[[source]]\nname = \"feedback\"\nkind = \"feedback\"\nfiles = \"f.csv\"\n\
        columns = { id = \"id\", time = \"time\", area = \"area\", service = \"service\", value = \"value\" }\n\
        constants = { place = \"page\", scale = \"binary\" }\n";
    let text = "id,time,area,service,value\nx1,2025-03-17,01001001,10124,yes\nx2,2025-03-17,01001001,10124,no\n\
        x1,2025-03-18,01001001,10124,no\n";
    let found = read(spec, &[("f.csv", text.to_owned())]);
    let again = found.findings.kept.iter().find(|f| f.code == Code::Replaced).unwrap();
    assert_eq!(again.place.record, 3);
    assert!(again.message(Lang::De).ends_with("zuerst in f.csv, Datensatz 1"), "{again:?}");
    let (_, balance) = &found.findings.balances[2];
    assert_eq!((balance.read, balance.accepted, balance.replaced), (3, 2, 1));
}

/// Beyond the limits only counters grow, and the sums still balance.
#[test]
fn findings_beyond_the_limits_are_counted_and_balance() {
    let bad = KEPT_QUARANTINE + 7;
    let mut text = String::new();
    for record in 0..bad {
        text.push_str(if record % 50 == 0 { "Summe;;;;9\n" } else { "77777777;10124;2025-01;online;1\n" });
    }
    text.push_str("01001001;10124;2025-01;online;5\n");
    let found = usage("", &text, "");
    let (_, balance) = &found.findings.balances[2];
    let totals = bad.div_ceil(50) as u64;
    assert_eq!((balance.read, balance.accepted, balance.quarantined), (bad as u64 + 1, 1, bad as u64));
    assert_eq!(balance.errors, bad as u64 - totals);
    assert_eq!(found.findings.counts[&("usage".to_owned(), Code::UnknownArea)], bad as u64 - totals);
    assert_eq!(found.findings.counts[&("usage".to_owned(), Code::TotalRow)], totals);
    let listed = found.findings.kept.iter().filter(|f| f.code == Code::UnknownArea).count();
    assert_eq!((listed as u64, found.findings.quarantine.len()), (KEPT_PER_CODE, KEPT_QUARANTINE));
    assert!(balance.holds() && (balance.error_share() - balance.errors as f64 / balance.read as f64).abs() < 1e-15);
}

/// A cell of a messy delivery: mostly right, often enough not.
fn cell(right: &'static [&'static str], wrong: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => proptest::sample::select(right), 1 => proptest::sample::select(wrong)]
}

fn messy_row() -> impl Strategy<Value = String> {
    let fields = (
        cell(&["01001001", "99001002", "1001001"], &["", "Summe", "Anstadt", "77777777", "9,9E+07", "=1+1"]),
        cell(&["10124", "10513"], &["", "99999", "9,90500121E+13"]),
        cell(&["2025-01", "2025-02", "März 2025"], &["", "2025", "2025-Q1", "KW 3", "2025-13"]),
        cell(&["online", "paper"], &["", "E-Antrag"]),
        cell(&["0", "7", "1.234", "", "k. A."], &["-1", "1,5", "x", "99999999999999999999"]),
    );
    let record = fields.prop_map(|(a, b, c, d, e)| format!("{a};{b};{c};{d};{e}"));
    prop_oneof![
        20 => record,
        1 => Just("AGS;OZG;Monat;Kanal;Anzahl".to_owned()),
        1 => Just("Summe;;;;99".to_owned()),
        1 => Just("Quelle: eigene Erhebung;;;;".to_owned()),
        1 => Just("zu;wenige".to_owned()),
        1 => Just("a;b;c;d;e;f;g".to_owned()),
        1 => Just("\"mit;Trenner\";10124;2025-01;online;3".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn findings_every_messy_source_balances(
        first in proptest::collection::vec(messy_row(), 0..40),
        second in proptest::collection::vec(messy_row(), 0..40),
        setting in proptest::sample::select(&["reject", "first", "replace"][..]),
        repair in any::<bool>(),
    ) {
        let more = format!("on_duplicate = \"{setting}\"\nrepair = {repair}\n");
        let text = |rows: &[String]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
        let found = usage(&more, &text(&first), &text(&second));
        let findings = &found.findings;
        for (name, balance) in &findings.balances {
            prop_assert!(balance.holds(), "{} {:?}", name, balance);
        }
        let (_, balance) = &findings.balances[2];
        // Counted independently of the balance.
        prop_assert_eq!(balance.read, (first.len() + second.len()) as u64);
        prop_assert_eq!(balance.accepted, found.records.facts.len() as u64);
        prop_assert_eq!(balance.quarantined, findings.quarantine.len() as u64);
        let set_aside = findings.quarantine.iter().filter(|q| q.code.fate() == Fate::SetAside).count();
        prop_assert_eq!(balance.errors, set_aside as u64);
        let passed = |q: &&Quarantined| matches!(q.code.fate(), Fate::SetAside | Fate::PassedOver);
        prop_assert!(findings.quarantine.iter().all(|q| passed(&q)));
        // Every row set aside has its finding at the same place, and no other.
        let places = |fates: &[Fate]| -> BTreeSet<_> {
            let kept = findings.kept.iter().filter(|f| fates.contains(&f.code.fate()) && f.place.record > 0);
            kept.map(|f| (f.place.clone(), f.code)).collect()
        };
        let quarantined: BTreeSet<_> = findings.quarantine.iter().map(|q| (q.place.clone(), q.code)).collect();
        prop_assert_eq!(places(&[Fate::SetAside, Fate::PassedOver]), quarantined);
        if setting != "replace" {
            prop_assert_eq!(places(&[Fate::Replaces]).len(), 0);
        }
        prop_assert_eq!(findings.counts.values().sum::<u64>(), findings.kept.len() as u64);
        // The same files give the same answer.
        let again = usage(&more, &text(&first), &text(&second));
        prop_assert_eq!(&again.findings.kept, &findings.kept);
    }

    /// In a wide table each number is an entry, and one bad key sets all of its row aside.
    #[test]
    fn findings_every_messy_wide_table_balances(
        table in proptest::collection::vec(
            (cell(&["01001001", "99001002"], &["", "Summe", "x"]), proptest::collection::vec(
                cell(&["3", "0", ""], &["-1", "viele"]), 3)),
            0..30,
        ),
        setting in proptest::sample::select(&["reject", "first", "replace"][..]),
    ) {
        let spec = format!(
            "[[source]]\nname = \"wide\"\nkind = \"usage\"\nfiles = \"w.csv\"\nlayout = \"wide\"\n\
             columns = {{ area = \"AGS\", service = \"OZG\" }}\n\
             constants = {{ stage = \"form_submit\", channel = \"online\" }}\non_duplicate = \"{setting}\"\n\
             [[source.wide]]\npattern = \"{{period}}\"\n"
        );
        let mut text = "AGS,OZG,2025-01,2025-02,2025-03\n".to_owned();
        for (area, counts) in &table {
            text.push_str(&format!("{area},10124,{}\n", counts.join(",")));
        }
        let found = read(&spec, &[("w.csv", text)]);
        let (_, balance) = &found.findings.balances[2];
        prop_assert!(balance.holds(), "{balance:?}");
        prop_assert_eq!(balance.read, 3 * table.len() as u64);
        prop_assert_eq!(balance.accepted, found.records.facts.len() as u64);
    }
}
