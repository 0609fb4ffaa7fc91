//! Traps 11, 12, 15, 17, 18 and 21: scales, corrections, units and what a file really is.

use std::collections::BTreeMap;

use resonanz::domain::Lang;
use resonanz::ingest::{Balance, Ingested, Measure, WorkItem};
use resonanz::panel::Panel;

use super::{CASES, CASES_HEADER, Trap, balance, counts, finding, found, values};
use crate::support::{close, number, row, rows};

const FEEDBACK: &str = r#"
[[source]]
name = "feedback"
kind = "feedback"
files = "feedback.csv"
dialect = { delimiter = ";" }
columns = { id = "Id", time = "Zeit", area = "AGS", service = "Leistung", scale = "Skala", value = "Wert" }
constants = { place = "page" }
"#;
const FEEDBACK_HEADER: &str = "Id;Zeit;AGS;Leistung;Skala;Wert\n";

/// Trap 11: yes/no, yes/partly/no and stars are three scales. A value of another scale is refused,
/// and no key figure takes votes of two scales.
#[test]
fn trap_11_rating_scales_are_not_mixed() {
    let votes = "1;2025-01-03;01990001;10124;binary;ja\n2;2025-01-03;01990001;10124;binary;ja\n\
                 3;2025-01-03;01990001;10124;binary;nein\n4;2025-01-03;01990001;10124;three_way;ja\n\
                 5;2025-01-03;01990001;10124;three_way;teilweise\n6;2025-01-03;01990001;10124;stars;5\n\
                 7;2025-01-03;01990001;10124;stars;2\n8;2025-01-03;01990001;10124;stars;2\n\
                 9;2025-01-03;01990001;10124;binary;5\n10;2025-01-03;01990001;10124;binary;teilweise\n\
                 11;2025-01-03;01990001;10124;stars;ja\n12;2025-01-03;01990001;10124;three_way;1\n\
                 13;2025-01-03;01990001;10124;stars;0\n14;2025-01-03;01990001;10124;stars;4,5\n";
    let trap = Trap::new()
        .cases("01990001;10124;2025-01;online;1\n")
        .with(FEEDBACK)
        .with("error_budget = 1.0\n[period]\nmonths = 1\n")
        .file("feedback.csv", format!("{FEEDBACK_HEADER}{votes}"));
    let read = trap.read();
    assert_eq!(found(&read, "feedback"), (9..=14).map(|record| (record, "unknown_value")).collect::<Vec<_>>());
    let work = trap.run();
    let table = work.table("out/publish/data/estimates_period.csv");
    let own = |kpi: &str| {
        let row = row(&table, &[("kpi", kpi), ("dimension", "area"), ("service", "10124")]);
        (number(row, "numerator"), number(row, "denominator"))
    };
    assert_eq!(own("helpful_share"), (Some(2.0), Some(3.0)));
    assert_eq!(own("helpful_share.three_way"), (Some(1.0), Some(2.0)));
    let stars = row(&table, &[("kpi", "star_mean"), ("dimension", "area"), ("service", "10124")]);
    close(number(stars, "value"), 3.0, "(5 + 2 + 2) / 3");
    // Nine votes in all; no figure about one scale has more than its own three.
    let votes = |kpi: &str| {
        rows(&table, &[("kpi", kpi)])
            .into_iter()
            .map(|r| number(r, "denominator"))
            .max_by(|a, b| a.partial_cmp(b).unwrap())
    };
    for kpi in ["helpful_share", "helpful_share.three_way", "star_mean", "star_top2"] {
        assert!(votes(kpi).flatten() <= Some(3.0), "{kpi}");
    }
}

const BY_CASE: &str = r#"
[[source]]
name = "vorgaenge"
kind = "usage"
files = "vorgaenge*.csv"
layout = "one_row_per_case"
absent = "missing"
dialect = { delimiter = ";" }
columns = { id = "Id", area = "AGS", service = "Leistung", period = "Eingang", channel = "Weg" }
constants = { stage = "form_submit" }
"#;

fn by_channel(read: &Ingested) -> Vec<String> {
    let channel = |measure: Measure| match measure {
        Measure::Count(_, channel) => channel.id(),
        _ => "",
    };
    read.records.facts.iter().map(|f| format!("{} {} {}", f.period.id(), channel(f.measure), f.value)).collect()
}

/// Trap 12: a corrected delivery repeats what was sent before. The same id replaces, it does not add
/// up; without the declaration it is refused as a duplicate; the balance holds either way.
#[test]
fn trap_12_a_corrected_case_replaces() {
    let header = "Id;AGS;Leistung;Eingang;Weg\n";
    let trap = |on_duplicate: &str| {
        Trap::new()
            .with(BY_CASE)
            .with(on_duplicate)
            .file(
                "vorgaenge-1.csv",
                format!("{header}a;01990001;10124;2025-01-03;online\nb;01990001;10124;2025-01-04;online\n"),
            )
            .file(
                "vorgaenge-2.csv",
                format!("{header}b;01990001;10124;2025-02-04;Papier\nc;01990001;10124;2025-02-05;online\n"),
            )
            .read()
    };
    let read = trap("on_duplicate = \"replace\"\n");
    let mut seen = by_channel(&read);
    seen.sort();
    assert_eq!(seen, ["2025-01 online 1", "2025-02 online 1", "2025-02 paper 1"]);
    assert_eq!(
        balance(&read, "vorgaenge"),
        Balance { files: 2, read: 4, accepted: 3, replaced: 1, ..Balance::default() }
    );
    assert_eq!(found(&read, "vorgaenge"), [(1, "replaced")]);
    let read = trap("");
    assert_eq!(by_channel(&read), ["2025-01 online 2", "2025-02 online 1"]);
    assert_eq!(counts(&read, "vorgaenge"), BTreeMap::from([("duplicate", 1)]));
    let read = trap("on_duplicate = \"first\"\n");
    assert_eq!(counts(&read, "vorgaenge"), BTreeMap::from([("duplicate_ignored", 1)]));
    assert_eq!(by_channel(&read), ["2025-01 online 2", "2025-02 online 1"]);
}

/// Trap 12: two systems number their cases alike; equal ids of different sources are different cases.
#[test]
fn trap_12_ids_of_two_sources_are_not_the_same_case() {
    let header = "Id;AGS;Leistung;Eingang;Weg\n";
    let second = BY_CASE.replace("\"vorgaenge\"", "\"zweite\"").replace("vorgaenge*.csv", "zweite.csv");
    let read = Trap::new()
        .with(BY_CASE)
        .with("on_duplicate = \"replace\"\n")
        .with(&second)
        .with("on_duplicate = \"replace\"\n")
        .file("vorgaenge.csv", format!("{header}1;01990001;10124;2025-01-03;online\n"))
        .file("zweite.csv", format!("{header}1;01990002;10124;2025-01-03;online\n"))
        .read();
    assert_eq!(values(&read), [("01990001", 1), ("01990002", 1)]);
}

/// Trap 12 for numbers and votes: the corrected number takes the place of the first one.
#[test]
fn trap_12_a_corrected_number_or_vote_replaces() {
    let correction = CASES.replace("\"faelle\"", "\"korrektur\"").replace("faelle.csv", "korrektur.csv");
    let trap = Trap::new()
        .cases("01990001;10124;2025-01;online;100\n01990001;10124;2025-02;online;7\n")
        .with(&correction)
        .with("on_duplicate = \"replace\"\n")
        .with(FEEDBACK)
        .file("korrektur.csv", format!("{CASES_HEADER}01990001;10124;2025-01;online;10\n"))
        .file(
            "feedback.csv",
            format!(
                "{FEEDBACK_HEADER}v1;2025-01-03;01990001;10124;binary;nein\nv1;2025-01-03;01990001;10124;binary;ja\n"
            ),
        );
    let read = trap.read();
    let mut seen = values(&read);
    seen.sort_unstable();
    assert_eq!(seen, [("01990001", 1), ("01990001", 7), ("01990001", 10)]);
    let yes = |fact: &&resonanz::ingest::Fact| matches!(fact.measure, Measure::Feedback(_, _, 1));
    assert_eq!(read.records.facts.iter().filter(yes).count(), 1, "the second vote says yes");
    let replaced = |source: &str| (balance(&read, source).accepted, balance(&read, source).replaced);
    assert_eq!([replaced("faelle"), replaced("korrektur"), replaced("feedback")], [(2, 0), (0, 1), (1, 1)]);
}

const WORK: &str = r#"
[[source]]
name = "arbeit"
kind = "work"
files = "arbeit.csv"
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Zeitraum", channel = "Weg", n = "Fälle", handling_minutes = "Bearbeitung", throughput_days = "Durchlauf" }
"#;

fn work(settings: &str, rows: &str) -> Trap {
    let content = format!("AGS;Leistung;Zeitraum;Weg;Fälle;Bearbeitung;Durchlauf\n{rows}");
    Trap::new().with(WORK).with(settings).file("arbeit.csv", content)
}

/// Sums of the panel: minutes of handling and days of throughput.
fn durations(read: &Ingested) -> (i64, i64) {
    let panel = Panel::build(&read.records).unwrap();
    let sum = |wanted: WorkItem| {
        let of = panel.cells().iter().filter(|c| matches!(c.measure, Measure::Work(item, _) if item == wanted));
        of.map(|c| c.value).sum()
    };
    (sum(WorkItem::HandlingMinutes), sum(WorkItem::ThroughputDays))
}

/// Trap 17: seconds, milliseconds and days. The unit is declared and converted; the same work is the
/// same number in every unit: 40 cases, 15 minutes and 6 days each.
#[test]
fn trap_17_durations_in_every_unit() {
    let of = |handling: &str, throughput: &str, cells: &str| {
        let settings = format!("units = {{ handling_minutes = \"{handling}\", throughput_days = \"{throughput}\" }}\n");
        let read = work(&settings, &format!("01990001;10124;2025-01;online;40;{cells}\n")).read();
        assert_eq!(counts(&read, "arbeit"), BTreeMap::new());
        durations(&read)
    };
    assert_eq!(of("minutes", "days", "600;240"), (600, 240));
    assert_eq!(of("seconds", "hours", "36.000;5.760"), (600, 240));
    assert_eq!(of("milliseconds", "milliseconds", "36.000.000;20.736.000.000"), (600, 240));
    assert_eq!(of("hours", "seconds", "10;20.736.000"), (600, 240));
    assert_eq!(of("hours", "weeks", "10,5;30,5"), (630, 214), "10.5 h; 213.5 days, a half to the even side");
}

/// Trap 17: short records do not vanish one by one; the sum of a month is rounded once.
#[test]
fn trap_17_the_sum_is_rounded_and_not_every_record() {
    let rows: String = (1..=30).map(|day| format!("01990001;10124;2025-06-{day:02};online;1;20;0\n")).collect();
    let read = work("units = { handling_minutes = \"seconds\" }\n", &rows).read();
    assert_eq!(durations(&read).0, 10, "30 times 20 seconds");
    let read = work(
        "units = { handling_minutes = \"seconds\" }\n",
        "01990001;10124;2025-06;online;1;90;0\n01990002;10124;2025-06;online;1;150;0\n",
    )
    .read();
    assert_eq!(durations(&read).0, 4, "1.5 and 2.5 minutes, both to the even side");
}

/// Trap 17: a wrong unit shows in an impossible mean per case. The number is used and flagged.
#[test]
fn trap_17_an_implausible_duration_is_a_finding() {
    // 45 minutes delivered as milliseconds, then as seconds; 10 days as seconds.
    let rows = "01990001;10124;2025-01;online;40;108000000;400\n01990001;10124;2025-02;online;40;108000;400\n\
                01990001;10124;2025-03;online;40;1800;34560000\n01990001;10124;2025-04;online;40;1800;400\n";
    let read = work("", rows).read();
    assert_eq!(found(&read, "arbeit"), [1, 2, 3].map(|record| (record, "implausible_duration")));
    assert_eq!(finding(&read, "implausible_duration").column, "Bearbeitung");
    assert_eq!(balance(&read, "arbeit").accepted, 4);
    let read =
        work("units = { handling_minutes = \"seconds\" }\n", "01990001;10124;2025-02;online;40;108000;400\n").read();
    assert_eq!((counts(&read, "arbeit"), durations(&read)), (BTreeMap::new(), (1_800, 400)));
}

/// Trap 17: an unknown unit, and a unit for something that has none, are refused before any reading.
#[test]
fn trap_17_units_that_do_not_exist() {
    let said = |settings: &str| {
        let error = work(settings, "").try_read().unwrap_err();
        assert_eq!(error.kind(), resonanz::ErrorKind::Config);
        let hints = error.hints().iter().map(|hint| format!("\nhint: {}", hint.get(Lang::En)));
        format!("{}{}", error.message(Lang::En), hints.collect::<String>())
    };
    insta::assert_snapshot!(said("units = { handling_minutes = \"secs\" }\n"), @r#"
    source "arbeit": units.handling_minutes: "secs" is not known
    hint: allowed are: milliseconds, seconds, minutes, hours, days, weeks
    "#);
    insta::assert_snapshot!(said("units = { queries = \"days\" }\n"), @r#"
    source "arbeit": units.queries: this field has no unit of time
    hint: units are for kind = "work": handling_minutes and throughput_days
    "#);
}

/// Trap 17: epoch timestamps. Seconds or milliseconds since 1970 are not guessed at, and no serial
/// number of a day is either.
#[test]
fn trap_17_epoch_timestamps_are_no_periods() {
    let rows = "01990001;10124;1735689600;online;1\n01990001;10124;1735689600000;online;2\n\
                01990001;10124;45658;online;4\n01990001;10124;20250101;online;8\n01990001;10124;2025-01;online;16\n";
    let read = Trap::new().cases(rows).read();
    assert_eq!(found(&read, "faelle"), [1, 2, 3, 4].map(|record| (record, "bad_period")));
    assert_eq!(values(&read), [("01990001", 16)]);
}

const WEB: &str = r#"
[[source]]
name = "web"
kind = "usage"
files = "web*.csv"
columns = { area = "AGS", service = "Leistung", period = "Monat", count = "Besuche" }
constants = { stage = "visit", channel = "online" }
absent = "zero"
"#;
const WEB_DATA: &str = "AGS,Leistung,Monat,Besuche\n01990001,10124,2025-01,30\n01990001,10124,2025-03,20\n";

/// UTF-16 as web statistics export it.
fn utf_16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Trap 15: `No data available` saved as an export. It is neither a table with this one column name nor
/// a delivered zero: a finding says so, and the other files of the source are read.
#[test]
fn trap_15_no_data_available_is_no_table() {
    for body in ["No data available", "No data available\r\n", "\"No data available\""] {
        let read = Trap::new().with(WEB).file("web-1.csv", utf_16(body)).file("web-2.csv", WEB_DATA).read();
        let finding = finding(&read, "no_data_report");
        assert_eq!((finding.source.as_str(), finding.place.file.as_str()), ("web", "web-1.csv"), "{body:?}");
        assert_eq!(counts(&read, "web"), BTreeMap::from([("no_data_report", 1)]));
        assert_eq!(values(&read), [("01990001", 30), ("01990001", 20)]);
        assert_eq!((balance(&read, "web").files, balance(&read, "web").read), (2, 2));
    }
    // The only file of its source: nothing was delivered, and nothing becomes a zero.
    let read = Trap::new().with(WEB).file("web.csv", "No data available\n").read();
    assert_eq!(counts(&read, "web"), BTreeMap::from([("no_data_report", 1)]));
    assert!(Panel::build(&read.records).unwrap().cells().is_empty());
}

/// Trap 15: the error message of a server saved as an export stops with its first words.
#[test]
fn trap_15_an_error_message_is_no_table() {
    let message = "Error: You must be logged in to access this functionality.";
    for body in [utf_16(message), message.as_bytes().to_vec()] {
        let trap = Trap::new().with(WEB).file("web-1.csv", body).file("web-2.csv", WEB_DATA);
        let error = trap.try_read().unwrap_err();
        assert_eq!(error.kind(), resonanz::ErrorKind::Input);
        let said = error.message(Lang::En);
        assert!(said.contains("web-1.csv") && said.contains("Error: You must be logged in"), "{said}");
    }
    // A column that is called so is a column.
    let named = WEB.replace("\"Besuche\"", "\"Error: 404\"");
    let content = WEB_DATA.replace("Besuche", "Error: 404");
    let read = Trap::new().with(&named).file("web.csv", content).read();
    assert_eq!(values(&read), [("01990001", 30), ("01990001", 20)]);
}

const GATEWAY: &str = r#"
[[source]]
name = "gateway"
kind = "usage"
files = "gateway.json"
columns = { area = "originating_country", service = "source_url", period = "period", count = "nb_visits" }
constants = { stage = "visit", channel = "online" }
"#;

/// Visits by country, all from one kind of device.
fn gateway(countries: &[(&str, u32)]) -> Trap {
    let visits: Vec<String> = countries
        .iter()
        .map(|(country, n)| format!(r#"{{"deviceType": "PC", "nbVisits": {n}, "originatingCountry": "{country}"}}"#))
        .collect();
    let delivery = format!(
        r#"{{"isSDG": true, "content": [{{"uniqueId": "1",
        "referencePeriod": {{"startDate": "2025-01-01 00:00:00", "endDate": "2025-01-31 00:00:00"}},
        "transferDate": "2025-02-01 00:00:00", "transferType": "API", "nbEntries": 1,
        "sources": [{{"source": {{"sourceUrl": "https://beispiel.example/a", "statistics": [{}]}}}}]}}]}}"#,
        visits.join(", ")
    );
    Trap::new()
        .with(GATEWAY)
        .file("register.csv", "AGS;Name;Einwohner\nAT;Österreich;\nGR;Griechenland;\nTR;Türkei;\nIQ;Irak;\n")
        .file(
            "katalog.csv",
            "Schlüssel;Leistung\nhttps://beispiel.example/a;A\nhttp://www1.ipq.pt/PT/IPQ/Pages/IPQ.aspx;B\n",
        )
        .file("gateway.json", delivery)
}

/// Trap 18: European institutions write `EL` for Greece, ISO 3166 has `GR`. Both are the same country:
/// its visits are neither rejected nor split in two.
#[test]
fn trap_18_el_is_greece() {
    let read = gateway(&[("EL", 5), ("AT", 2)]).read();
    assert_eq!(counts(&read, "gateway"), BTreeMap::new());
    let mut seen = values(&read);
    seen.sort_unstable();
    assert_eq!(seen, [("AT", 2), ("GR", 5)]);
    let read = gateway(&[("EL", 5), ("GR", 4), ("AT", 2)]).read();
    let of_greece: i64 = values(&read).into_iter().filter(|(country, _)| *country == "GR").map(|(_, n)| n).sum();
    assert_eq!((of_greece, counts(&read, "gateway")), (9, BTreeMap::new()));
}

/// Trap 18, real file: the example of the national component, one visit from Turkey and one from Iraq.
#[test]
fn trap_18_the_example_of_the_gateway() {
    let Some(file) = crate::support::reference("data/sdg_api_example_information.json") else { return };
    let read = gateway(&[]).file("gateway.json", std::fs::read(file).unwrap()).read();
    let mut seen = values(&read);
    seen.sort_unstable();
    assert_eq!(seen, [("IQ", 1), ("TR", 1)]);
    assert!(read.records.facts.iter().all(|fact| fact.period.id() == "2020-01"));
}

/// Trap 21: a check of the encoding that cannot fail. Every byte is a character of Windows-1252, so
/// UTF-8 declared as that would read as `BÃ¶rdorf` without a word; and bytes that are no UTF-8 are
/// not replaced by a sign that stands for anything.
#[test]
fn trap_21_a_wrong_encoding_is_refused() {
    let text = "AGS;Name;Einwohner\n01990001;Aheim;10\n01990002;Bördorf;20\n";
    let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let declared = |encoding: &str, bytes: &[u8]| {
        let mut trap = Trap::new().file("register.csv", bytes);
        let dialect = format!("dialect = {{ encoding = \"{encoding}\", delimiter = \";\"");
        trap.configuration = trap.configuration.replacen("dialect = { delimiter = \";\"", &dialect, 1);
        trap.try_read().map(|read| read.records.register.areas().iter().map(|a| a.name.clone()).collect::<Vec<_>>())
    };
    for (encoding, bytes) in [("utf-8", text.as_bytes()), ("windows-1252", &windows)] {
        assert_eq!(declared(encoding, bytes).unwrap(), ["Aheim", "Bördorf"], "{encoding}");
    }
    for (encoding, bytes, line) in [("windows-1252", text.as_bytes(), "line 3"), ("utf-8", &windows, "line 3")] {
        let error = declared(encoding, bytes).unwrap_err();
        let said = error.message(Lang::En);
        assert_eq!(error.kind(), resonanz::ErrorKind::Input, "{said}");
        assert!(said.contains("register.csv") && said.contains(line), "{said}");
        let cure = error.hints()[0].get(Lang::En);
        let other = if encoding == "utf-8" { "windows-1252" } else { "utf-8" };
        assert!(cure.contains(&format!("encoding = \"{other}\"")), "{cure}");
    }
    // Without a single umlaut both are the same.
    let plain = "AGS;Name;Einwohner\n01990001;Aheim;10\n";
    assert_eq!(declared("windows-1252", plain.as_bytes()).unwrap(), declared("utf-8", plain.as_bytes()).unwrap());
}
