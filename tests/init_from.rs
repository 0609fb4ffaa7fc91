//! `init --from`: files as form servers, Fachverfahren and people build them. Each test writes its
//! file from numbers it knows; what the program then reads must add up to them.

use std::collections::BTreeMap;
use std::io::Write as _;

use polars::prelude::{Column, DataFrame, ParquetWriter};
use resonanz::config::Project;
use resonanz::domain::{CellState, Channel, Stage};
use resonanz::ingest::spec::{Absent, DateOrder, Layout, SourceKind, SourceSpec};
use resonanz::ingest::{Ingested, Measure};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::Value;

use crate::support::{Outcome, Work};

mod traps;

const TOWNS: [(&str, &str); 3] = [("99001001", "Abach"), ("99001002", "Börde"), ("99001003", "Cella")];

/// A number that no other place, month and channel has.
fn number(town: usize, month: usize, channel: usize) -> i64 {
    i64::try_from(100 * (town + 1) + 7 * month + 3 * channel + 1).unwrap()
}

/// The number as German offices write it.
fn german(value: i64) -> String {
    let digits = value.to_string();
    if digits.len() <= 3 { digits } else { format!("{}.{}", &digits[..digits.len() - 3], &digits[digits.len() - 3..]) }
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

fn utf_16le(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

struct Read {
    project: Project,
    ingested: Ingested,
}

impl Read {
    fn source(&self, name: &str) -> &SourceSpec {
        let names: Vec<&str> = self.project.sources.iter().map(|s| s.name.as_str()).collect();
        self.project.sources.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("{name} not in {names:?}"))
    }

    /// Sum of the counts of a stage, in one channel or all.
    fn total(&self, stage: Stage, channel: Option<Channel>) -> i64 {
        let facts = self.ingested.records.facts.iter().filter(|fact| fact.state == CellState::Observed);
        facts
            .filter(|fact| match fact.measure {
                Measure::Count(of, by) => of == stage && channel.is_none_or(|channel| channel == by),
                _ => false,
            })
            .map(|fact| fact.value)
            .sum()
    }

    fn balances(&self) {
        for (name, balance) in &self.ingested.findings.balances {
            assert!(balance.holds(), "{name}: {balance:?}");
            assert_eq!(balance.errors, 0, "{name}: {:?}", self.ingested.findings.kept);
        }
    }
}

/// Runs `init . --from FILES ...` and reads what it wrote.
#[track_caller]
fn recognised(work: &Work, arguments: &[&str]) -> Read {
    let command: Vec<&str> = ["init", ".", "--from"].iter().chain(arguments).copied().collect();
    let outcome = work.ok(&command);
    assert!(!outcome.stdout.contains("pen questions"), "{}\n{}", outcome.stdout, work.read("resonanz.toml"));
    work.ok(&["check"]);
    let project = Project::load(&work.path("resonanz.toml")).unwrap();
    let ingested = resonanz::run::read(&project).unwrap();
    let read = Read { project, ingested };
    read.balances();
    read
}

/// Runs it where questions stay open, and checks that the configuration does not load until then.
#[track_caller]
fn asked(work: &Work, arguments: &[&str]) -> Vec<(String, String)> {
    let command: Vec<&str> = ["init", ".", "--json", "--from"].iter().chain(arguments).copied().collect();
    let outcome = work.ok(&command);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let text = |question: &Value, name: &str| question[name].as_str().unwrap().to_owned();
    let open: Vec<_> =
        value["open"].as_array().unwrap().iter().map(|q| (text(q, "source"), text(q, "question"))).collect();
    assert!(!open.is_empty(), "{}", work.read("resonanz.toml"));
    let check = work.run(&["check"]);
    assert_eq!(check.code, 2, "{}", check.stderr);
    assert!(check.stderr.contains(&format!("open questions: {}", open.len())), "{}", check.stderr);
    open
}

fn columns(spec: &SourceSpec) -> BTreeMap<&str, &str> {
    spec.columns.iter().map(|(field, column)| (field.as_str(), column.as_str())).collect()
}

fn has(spec: &SourceSpec, wanted: &[(&str, &str)]) {
    assert_eq!(columns(spec), wanted.iter().copied().collect(), "{}", spec.name);
}

/// Runs the report, which must come out.
fn report(work: &Work) -> Outcome {
    let outcome = work.ok(&["run"]);
    assert!(work.path("out/publish/report/index.html").is_file(), "{}", outcome.stdout);
    outcome
}

/// AGS, service, month, channel, count; `cost` gives the evidence on the decimal sign.
fn long(separator: char, cost: bool, write: impl Fn(i64) -> String) -> (String, i64) {
    let s = separator;
    let mut text = format!("Gemeindeschlüssel{s}Leistung{s}Monat{s}Zugangsweg{s}Anträge");
    text += &if cost { format!("{s}Gebühren\r\n") } else { "\r\n".to_owned() };
    let mut total = 0;
    for (t, (key, _)) in TOWNS.iter().enumerate() {
        for month in 1..=12 {
            for (c, channel) in ["Online-Antrag", "Papier", "Bürgerbüro"].iter().enumerate() {
                let value = number(t, month, c) * 5;
                total += value;
                let value = write(value);
                text += &format!("{key}{s}10124{s}{month:02}/2025{s}{channel}{s}{value}");
                text += &if cost { format!("{s}12,50\r\n") } else { "\r\n".to_owned() };
            }
        }
    }
    (text, total)
}

#[test]
fn init_from_german_excel_csv() {
    let work = Work::new();
    let (text, total) = long(';', true, german);
    work.file("fallzahlen.csv", windows_1252(&text));
    let read = recognised(&work, &["fallzahlen.csv"]);
    let spec = read.source("fallzahlen");
    assert_eq!((spec.kind, spec.layout), (SourceKind::Usage, Layout::Long));
    let dialect = &spec.dialect;
    assert_eq!((dialect.encoding.as_str(), dialect.delimiter, dialect.decimal), ("windows-1252", ';', ','));
    has(
        spec,
        &[
            ("area", "Gemeindeschlüssel"),
            ("service", "Leistung"),
            ("period", "Monat"),
            ("channel", "Zugangsweg"),
            ("count", "Anträge"),
        ],
    );
    assert_eq!(read.total(Stage::FormSubmit, None), total);
    assert_eq!(read.ingested.records.register.areas().len(), 3);
    let toml = work.read("resonanz.toml");
    assert!(toml.contains("cells such as \"12,50\""), "{toml}");
    report(&work);
}

#[test]
fn init_from_csv_with_sep_line_and_titles() {
    let work = Work::new();
    let (text, total) = long(';', false, |value| value.to_string());
    work.file(
        "export.csv",
        format!(
            "\u{feff}sep=;\r\nAuswertung der Abteilung 3\r\nStand: 01.02.2026\r\n\r\n{text}Quelle: Fachverfahren\r\n"
        ),
    );
    let read = recognised(&work, &["export.csv"]);
    let spec = read.source("export");
    assert_eq!((spec.kind, spec.header_row, spec.dialect.delimiter), (SourceKind::Usage, 5, ';'));
    assert_eq!(read.total(Stage::FormSubmit, None), total);
    report(&work);
}

#[test]
fn init_from_workbook_wide_by_month_with_one_sheet_per_year() {
    let work = Work::new();
    let date = Format::new().set_num_format("mmm yyyy");
    let mut book = Workbook::new();
    let mut total = 0;
    for (y, year) in [2024u16, 2025].into_iter().enumerate() {
        let sheet = book.add_worksheet();
        sheet.set_name(year.to_string()).unwrap();
        sheet.write(0, 0, "AGS").unwrap();
        sheet.write(0, 1, "Ort").unwrap();
        for month in 1..=12u8 {
            let day = ExcelDateTime::from_ymd(year, month, 1).unwrap();
            sheet.write_with_format(0, u16::from(month) + 1, &day, &date).unwrap();
        }
        for (t, (key, name)) in TOWNS.iter().enumerate() {
            let row = u32::try_from(t).unwrap() + 1;
            sheet.write(row, 0, *key).unwrap();
            sheet.write(row, 1, *name).unwrap();
            for month in 1..=12u16 {
                let value = number(t, usize::from(month), y);
                total += value;
                sheet.write(row, month + 1, u32::try_from(value).unwrap()).unwrap();
            }
        }
    }
    work.file("Onlineanträge.xlsx", book.save_to_buffer().unwrap());
    let read = recognised(&work, &["Onlineanträge.xlsx", "--answer", "service=Ausweis"]);
    for year in ["2024", "2025"] {
        let spec = read.source(&format!("onlineantraege-{year}"));
        assert_eq!((spec.kind, spec.layout, spec.sheet.as_deref()), (SourceKind::Usage, Layout::Wide, Some(year)));
        assert_eq!(spec.wide.len(), 1);
        assert_eq!(spec.wide[0].pattern, "{period}");
        has(spec, &[("area", "AGS")]);
    }
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), total);
    let names: Vec<&str> = read.ingested.records.register.areas().iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["Abach", "Börde", "Cella"]);
    report(&work);
}

/// Year over month over channel, merged, with sums and notes below.
fn merged_workbook() -> (Vec<u8>, [i64; 2]) {
    let plain = Format::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Anträge auf Wohngeld").unwrap();
    sheet.merge_range(2, 0, 3, 0, "Gemeindeschlüssel", &plain).unwrap();
    sheet.merge_range(2, 1, 3, 1, "Gemeinde", &plain).unwrap();
    let mut totals = [0, 0];
    let months = ["Januar 2025", "Februar 2025", "März 2025", "April 2025"];
    for (m, month) in months.iter().enumerate() {
        let at = u16::try_from(2 + 2 * m).unwrap();
        sheet.merge_range(2, at, 2, at + 1, month, &plain).unwrap();
        sheet.write(3, at, "online").unwrap();
        sheet.write(3, at + 1, "Papier").unwrap();
    }
    let mut sums = [0; 8];
    for (t, (key, name)) in TOWNS.iter().enumerate() {
        let row = u32::try_from(t).unwrap() + 4;
        sheet.write(row, 0, *key).unwrap();
        sheet.write(row, 1, *name).unwrap();
        for (m, _) in months.iter().enumerate() {
            for c in 0..2 {
                let value = number(t, m, c);
                totals[c] += value;
                sums[2 * m + c] += value;
                sheet.write(row, u16::try_from(2 + 2 * m + c).unwrap(), u32::try_from(value).unwrap()).unwrap();
            }
        }
    }
    sheet.write(7, 0, "Summe").unwrap();
    for (c, sum) in sums.into_iter().enumerate() {
        sheet.write(7, u16::try_from(c + 2).unwrap(), u32::try_from(sum).unwrap()).unwrap();
    }
    sheet.write(9, 0, "Quelle: Fachverfahren Wohngeld").unwrap();
    sheet.write(10, 0, "Vorläufige Zahlen").unwrap();
    (book.save_to_buffer().unwrap(), totals)
}

#[test]
fn init_from_workbook_with_merged_header_rows_sums_and_notes() {
    let work = Work::new();
    let (bytes, [online, paper]) = merged_workbook();
    work.file("wohngeld.xlsx", bytes);
    let read = recognised(&work, &["wohngeld.xlsx", "--answer", "service=Wohngeld"]);
    let spec = read.source("wohngeld");
    assert_eq!((spec.kind, spec.layout, spec.header_row, spec.header_rows), (SourceKind::Usage, Layout::Wide, 3, 2));
    assert_eq!(spec.wide.len(), 1);
    assert_eq!(spec.wide[0].pattern, "{period} {channel}");
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), online);
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Paper)), paper);
    report(&work);
}

#[test]
fn init_from_case_list_of_a_form_server() {
    let work = Work::new();
    let mut text = "Antragsnummer;Eingangsdatum;Vorname;Nachname;E-Mail;Status;Leistung\r\n".to_owned();
    let mut cases = 0;
    for month in 1..=6 {
        for n in 0..month * 2 {
            cases += 1;
            text += &format!(
                "A-{cases:05};{:02}.{month:02}.2025 09:15;Muster;Beispiel;meldestelle@beispiel.example;erledigt;Hundesteuer\r\n",
                n + 1
            );
        }
    }
    work.file("faelle.csv", &text);
    let answers =
        ["faelle.csv", "--answer", "area=99001001 Abach", "--answer", "channel=online", "--answer", "absent=zero"];
    let read = recognised(&work, &answers);
    let spec = read.source("faelle");
    assert_eq!((spec.kind, spec.layout, spec.absent), (SourceKind::Usage, Layout::OneRowPerCase, Some(Absent::Zero)));
    has(spec, &[("id", "Antragsnummer"), ("period", "Eingangsdatum"), ("service", "Leistung")]);
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), cases);
    let toml = work.read("resonanz.toml");
    let line = toml.lines().find(|line| line.contains("because personal")).unwrap();
    assert!(["Vorname", "Nachname", "E-Mail"].iter().all(|name| line.contains(name)), "{toml}");
    assert!(!toml.contains("meldestelle@"), "{toml}");
    report(&work);
}

#[test]
fn init_from_english_long_csv_of_a_fixed_system() {
    let work = Work::new();
    let mut text = "municipality_code,service_id,month,channel,applications,fee\n".to_owned();
    let mut total = 0;
    for (t, (key, _)) in TOWNS.iter().enumerate() {
        for month in 1..=6 {
            let value = number(t, month, 0);
            total += value;
            text += &format!("{key},10124,2025-{month:02}-01,online,{value},12.5\n");
        }
    }
    work.file("usage.csv", &text);
    let read = recognised(&work, &["usage.csv"]);
    let spec = read.source("usage");
    assert_eq!((spec.dialect.delimiter, spec.dialect.decimal), (',', '.'));
    has(
        spec,
        &[
            ("area", "municipality_code"),
            ("service", "service_id"),
            ("period", "month"),
            ("channel", "channel"),
            ("count", "applications"),
        ],
    );
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), total);
    assert!(work.read("resonanz.toml").contains("grain = \"month\""));
    report(&work);
}

#[test]
fn init_from_matomo_does_not_add_unique_visitors() {
    let work = Work::new();
    let mut text = "Date,nb_uniq_visitors,nb_visits,nb_pageviews,bounce_rate\n".to_owned();
    let (mut visits, mut views) = (0, 0);
    for month in 1..=6i64 {
        text += &format!("2025-{month:02},{},{},{},\"66,67\u{a0}%\"\n", 40 + month, 90 + month, 300 + month);
        visits += 90 + month;
        views += 300 + month;
    }
    work.file("matomo.csv", utf_16le(&text));
    let read = recognised(&work, &["matomo.csv", "--answer", "area=99001001", "--answer", "service=10124"]);
    let spec = read.source("matomo");
    assert_eq!((spec.kind, spec.layout, spec.dialect.encoding.as_str()), (SourceKind::Usage, Layout::Wide, "utf-16le"));
    assert_eq!(read.total(Stage::Visit, Some(Channel::Online)), visits);
    assert_eq!(read.total(Stage::PageView, Some(Channel::Online)), views);
    let toml = work.read("resonanz.toml");
    assert!(toml.contains("not read: \"nb_uniq_visitors\""), "{toml}");
    report(&work);
}

fn usage_file(work: &Work) -> i64 {
    let (text, total) = long(';', true, german);
    work.file("fallzahlen.csv", &text);
    total
}

#[test]
fn init_from_limesurvey_export() {
    let work = Work::new();
    let mut text = "\u{feff}\"Antwort ID\";\"Datum abgeschickt\";\"Letzte Seite\";\"Start-Sprache\";\"Hatten Sie im letzten Jahr Bedarf?\";\"Wissen Sie, dass es online geht?\";\"F3\";\"F4[SQ001]\";\"IP-Adresse\"\r\n".to_owned();
    for id in 1..=20 {
        let yes = |every: i32| if id % every == 0 { "Ja" } else { "Nein" };
        text += &format!(
            "\"{id}\";\"2025-05-{id:02} 10:00:00\";\"3\";\"de\";\"{}\";\"{}\";\"{}\";\"Y\";\"192.0.2.1\"\r\n",
            yes(2),
            yes(3),
            yes(4)
        );
    }
    text += "\r\n";
    work.file("befragung.csv", &text);
    let total = usage_file(&work);
    let read = recognised(&work, &["befragung.csv", "fallzahlen.csv", "--answer", "measure F3=usage"]);
    let spec = read.source("befragung");
    assert_eq!((spec.kind, spec.dialect.delimiter), (SourceKind::Survey, ';'));
    has(spec, &[("respondent", "Antwort ID")]);
    let measures: Vec<_> = spec.question.iter().map(|q| (q.column.as_str(), format!("{:?}", q.measure))).collect();
    assert_eq!(
        measures,
        [
            ("Hatten Sie im letzten Jahr Bedarf?", "Need".into()),
            ("Wissen Sie, dass es online geht?", "Awareness".into()),
            ("F3", "Usage".to_owned())
        ]
    );
    assert_eq!(read.ingested.records.surveys[0].respondents.len(), 20);
    assert_eq!(read.total(Stage::FormSubmit, None), total);
    report(&work);
}

fn votes(read: &Read) -> i64 {
    let votes = read.ingested.records.facts.iter().filter(|f| matches!(f.measure, Measure::Feedback(..)));
    votes.map(|fact| fact.value).sum()
}

#[test]
fn init_from_feedback_with_stars() {
    let work = Work::new();
    let mut text = "Nr;Datum;Seite;Bewertung;Kommentar;IP\n".to_owned();
    for n in 1..=30 {
        text += &format!("{n};{:02}.03.2025;/ausweis;{} Sterne;alles gut;192.0.2.7\n", n % 28 + 1, n % 5 + 1);
    }
    work.file("sterne.csv", &text);
    usage_file(&work);
    let read = recognised(
        &work,
        &["sterne.csv", "fallzahlen.csv", "--answer", "area=99001001", "--answer", "sterne.service=10124"],
    );
    let spec = read.source("sterne");
    assert_eq!(spec.kind, SourceKind::Feedback);
    assert_eq!((spec.constants["scale"].as_str(), spec.constants["place"].as_str()), ("stars", "page"));
    has(spec, &[("id", "Nr"), ("time", "Datum"), ("value", "Bewertung"), ("comment", "Kommentar")]);
    assert_eq!(votes(&read), 30);
    report(&work);
}

#[test]
fn init_from_feedback_with_three_answers() {
    let work = Work::new();
    let mut text = "Zeitstempel\tGemeindeschlüssel\tDienst\tWar das hilfreich?\tFreitext\n".to_owned();
    for n in 0..24usize {
        let answer = ["ja", "teilweise", "nein"][n % 3];
        text += &format!("2025-04-{:02} 12:00:00\t{}\t10124\t{answer}\t\n", n + 1, TOWNS[n % 3].0);
    }
    work.file("rueckmeldungen.tsv", &text);
    let read = recognised(&work, &["rueckmeldungen.tsv", "--answer", "place=form_end"]);
    let spec = read.source("rueckmeldungen");
    assert_eq!((spec.kind, spec.dialect.delimiter), (SourceKind::Feedback, '\t'));
    assert_eq!((spec.constants["scale"].as_str(), spec.constants["place"].as_str()), ("three_way", "form_end"));
    assert_eq!(votes(&read), 24);
}

#[test]
fn init_from_tsv_with_quarters_and_a_total_beside_the_channels() {
    let work = Work::new();
    let mut text = "Kommune\tQuartal\tAnträge online\tAnträge Papier\tAnträge gesamt\n".to_owned();
    let mut totals = [0, 0];
    for (t, (_, name)) in TOWNS.iter().enumerate() {
        for quarter in 1..=4 {
            let [a, b] = [0, 1].map(|c| number(t, quarter, c));
            totals[0] += a;
            totals[1] += b;
            text += &format!("{name}\t{quarter}. Quartal 2025\t{a}\t{b}\t{}\n", a + b);
        }
    }
    work.file("quartale.txt", &text);
    let read = recognised(&work, &["quartale.txt", "--answer", "service=Ausweis"]);
    let spec = read.source("quartale");
    assert_eq!((spec.kind, spec.layout, spec.dialect.delimiter), (SourceKind::Usage, Layout::Wide, '\t'));
    has(spec, &[("area", "Kommune"), ("period", "Quartal")]);
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), totals[0]);
    assert_eq!(read.total(Stage::FormSubmit, None), totals[0] + totals[1]);
    assert!(work.read("resonanz.toml").contains("Each row holds the sum of the channels"));
    report(&work);
}

#[test]
fn init_from_single_town_workbook_without_keys() {
    let work = Work::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Online-Anträge 2025").unwrap();
    sheet.write(2, 0, "Dienst").unwrap();
    let months = ["Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];
    for (at, month) in (1..).zip(months) {
        sheet.write(2, at, month).unwrap();
    }
    sheet.write(2, 13, "Summe").unwrap();
    let mut total = 0;
    for (s, service) in ["Hundesteuer", "Wohnsitz", "Parkausweis"].into_iter().enumerate() {
        let row = u32::try_from(s).unwrap() + 3;
        sheet.write(row, 0, service).unwrap();
        let mut sum = 0;
        for month in 0..12u16 {
            let value = number(s, usize::from(month), 0);
            sum += value;
            sheet.write(row, month + 1, u32::try_from(value).unwrap()).unwrap();
        }
        sheet.write(row, 13, u32::try_from(sum).unwrap()).unwrap();
        total += sum;
    }
    sheet.write(6, 0, "Summe").unwrap();
    sheet.write(6, 13, u32::try_from(total).unwrap()).unwrap();
    work.file("unsere zahlen.xlsx", book.save_to_buffer().unwrap());
    let read = recognised(&work, &["unsere zahlen.xlsx", "--answer", "area=99001001 Abach"]);
    let spec = read.source("unsere-zahlen");
    assert_eq!((spec.kind, spec.layout, spec.header_row), (SourceKind::Usage, Layout::Wide, 3));
    has(spec, &[("service", "Dienst")]);
    assert_eq!(spec.wide.len(), 12);
    assert_eq!(spec.wide[2].constants["period"], "2025-03");
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), total);
    let area = &read.ingested.records.register.areas()[0];
    assert_eq!((area.key.as_str(), area.name.as_str()), ("99001001", "Abach"));
    report(&work);
}

#[test]
fn init_from_parquet() {
    let work = Work::new();
    let (mut keys, mut months, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (t, (key, _)) in TOWNS.iter().enumerate() {
        for month in 1..=12 {
            keys.push((*key).to_owned());
            months.push(format!("2025-{month:02}"));
            counts.push(number(t, month, 0));
        }
    }
    let total: i64 = counts.iter().sum();
    let height = keys.len();
    let columns = vec![
        Column::new("ags".into(), keys),
        Column::new("leika_id".into(), vec!["99050012104000"; height]),
        Column::new("monat".into(), months),
        Column::new("kanal".into(), vec!["online"; height]),
        Column::new("anzahl".into(), counts),
    ];
    let mut frame = DataFrame::new(height, columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    work.file("daten.parquet", bytes);
    let read = recognised(&work, &["daten.parquet", "--answer", "stage=completed"]);
    let spec = read.source("daten");
    has(
        spec,
        &[("area", "ags"), ("service", "leika_id"), ("period", "monat"), ("channel", "kanal"), ("count", "anzahl")],
    );
    assert_eq!(read.total(Stage::Completed, Some(Channel::Online)), total);
    report(&work);
}

#[test]
fn init_from_packed_csv() {
    let work = Work::new();
    let (text, total) = long(';', true, german);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    work.file("fallzahlen.csv.gz", packer.finish().unwrap());
    let read = recognised(&work, &["fallzahlen.csv.gz"]);
    assert_eq!(read.source("fallzahlen").kind, SourceKind::Usage);
    assert_eq!(read.total(Stage::FormSubmit, None), total);
    report(&work);
}

#[test]
fn init_from_ambiguous_thousands_asks() {
    let work = Work::new();
    let (text, total) = long(';', false, german);
    work.file("fallzahlen.csv", &text);
    assert_eq!(asked(&work, &["fallzahlen.csv"]), [("fallzahlen".to_owned(), "decimal".to_owned())]);
    let toml = work.read("resonanz.toml");
    assert!(toml.contains("decimal = \"?\""), "{toml}");
    // The user answers in the file.
    work.edit("resonanz.toml", "decimal = \"?\"", "decimal = \",\"");
    work.ok(&["check"]);
    let project = Project::load(&work.path("resonanz.toml")).unwrap();
    let ingested = resonanz::run::read(&project).unwrap();
    assert_eq!(Read { project, ingested }.total(Stage::FormSubmit, None), total);

    let again = Work::new();
    again.file("fallzahlen.csv", &text);
    assert_eq!(recognised(&again, &["fallzahlen.csv", "--answer", "decimal=,"]).total(Stage::FormSubmit, None), total);
    let wrong = Work::new();
    wrong.file("fallzahlen.csv", &text);
    let outcome = wrong.run(&["init", ".", "--from", "fallzahlen.csv", "--answer", "decimal=;"]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert_eq!(wrong.tree(".").len(), 1, "nothing is written");
}

#[test]
fn init_from_register_and_catalogue() {
    let work = Work::new();
    work.file("orte.csv", "AGS;Gemeinde;Einwohner;Fläche\n99001001;Abach;12.345;10,5\n99001002;Börde;2.345;20,25\n99001003;Cella;345;3,5\n")
        .file("katalog.csv", "OZG-ID;Leistung;Themenfeld\n10124;Wohnsitz;Ummeldung\n10513;Hundesteuer;Steuern\n");
    // Names only: the keys are in the register and the catalogue.
    let mut text = "Gemeinde;Leistung;Jahr;Monat;Kanal;Anträge\n".to_owned();
    let mut total = 0;
    for (t, (_, name)) in TOWNS.iter().enumerate() {
        for year in [2024, 2025] {
            for month in 1..=12 {
                let value = number(t, month, 0);
                total += value;
                text += &format!("{name};Wohnsitz;{year};{month};online;{value}\n");
            }
        }
    }
    work.file("zahlen.csv", &text);
    let read = recognised(&work, &["zahlen.csv", "katalog.csv", "orte.csv"]);
    assert_eq!(read.source("orte").kind, SourceKind::Register);
    has(
        read.source("orte"),
        &[("area", "AGS"), ("name", "Gemeinde"), ("population", "Einwohner"), ("area_km2", "Fläche")],
    );
    assert_eq!(read.source("katalog").kind, SourceKind::Services);
    has(read.source("katalog"), &[("service", "OZG-ID"), ("name", "Leistung"), ("field", "Themenfeld")]);
    let spec = read.source("zahlen");
    has(
        spec,
        &[
            ("area", "Gemeinde"),
            ("service", "Leistung"),
            ("period", "Monat"),
            ("year", "Jahr"),
            ("channel", "Kanal"),
            ("count", "Anträge"),
        ],
    );
    assert_eq!(spec.values["area"]["Börde"], "99001002");
    assert_eq!(spec.values["service"]["Wohnsitz"], "10124");
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), total);
    assert_eq!(read.ingested.records.register.areas()[0].population, Some(12_345));
    report(&work);
}

#[test]
fn init_from_slashed_dates_asks_for_their_order() {
    let mut text = "Case ID,Date submitted,Service,Channel\n".to_owned();
    for n in 1..=12 {
        text += &format!("C{n},{n:02}/05/2025,Permit,online\n");
    }
    let work = Work::new();
    work.file("cases.csv", &text);
    let open = asked(&work, &["cases.csv", "--answer", "area=99001001", "--answer", "absent=zero"]);
    assert_eq!(open, [("cases".to_owned(), "date_order".to_owned())]);
    let read = |order: &str| {
        let work = Work::new();
        work.file("cases.csv", &text);
        let answer = format!("date_order={order}");
        recognised(&work, &["cases.csv", "--answer", "area=99001001", "--answer", "absent=zero", "--answer", &answer])
    };
    let months = |read: &Read| {
        let mut months: Vec<String> = read.ingested.records.facts.iter().map(|f| f.period.start.to_string()).collect();
        months.dedup();
        months
    };
    let day_first = read("day_first");
    assert_eq!(day_first.source("cases").date_order, Some(DateOrder::DayFirst));
    assert_eq!(months(&day_first), ["2025-05"]);
    assert_eq!(months(&read("month_first")).len(), 12);
    // A 13 settles it.
    let work = Work::new();
    work.file("cases.csv", format!("{text}C13,05/13/2025,Permit,online\n"));
    let read = recognised(&work, &["cases.csv", "--answer", "area=99001001", "--answer", "absent=zero"]);
    assert_eq!(read.source("cases").date_order, Some(DateOrder::MonthFirst));
}

#[test]
fn init_from_marks_and_empty_cells_are_asked_about() {
    let text = "AGS;OZG-ID;Monat;Kanal;Fälle\n99001001;10124;2025-01;online;-\n99001001;10124;2025-02;online;4\n\
                99001002;10124;2025-01;online;k. A.\n99001002;10124;2025-02;online;\n99001003;10124;2025-01;online;x\n\
                99001003;10124;2025-02;online;6\n";
    let work = Work::new();
    work.file("zahlen.csv", text);
    let open: Vec<String> = asked(&work, &["zahlen.csv"]).into_iter().map(|(_, question)| question).collect();
    assert_eq!(open, ["stage", "mark -", "mark x", "empty"]);
    let toml = work.read("resonanz.toml");
    work.file(
        "resonanz.toml",
        toml.replace("stage = \"?\"", "stage = \"completed\"")
            .replace("\"-\" = \"?\"", "\"-\" = \"0\"")
            .replace("count.x = \"?\"", "count.x = \"not_applicable\"")
            .replace("\"\" = \"?\"", "\"\" = \"missing\""),
    );
    let outcome = work.ok(&["check"]);
    let project = Project::load(&work.path("resonanz.toml")).unwrap();
    let ingested = resonanz::run::read(&project).unwrap();
    let states = |state| ingested.records.facts.iter().filter(|f| f.state == state).count();
    let found = [CellState::Observed, CellState::NotProvided, CellState::NotApplicable].map(states);
    assert_eq!(found, [3, 2, 1], "{}", outcome.stdout);
}

#[test]
fn init_from_events_and_offer() {
    let work = Work::new();
    usage_file(&work);
    work.file("termine.csv", "Datum;Maßnahme;Beschreibung;Kosten in Euro\n12.01.2025;Fokusgruppe;Gespräch mit Eltern;1.200,50\n01.03.2025;Kampagne;Plakate;300,00\n")
        .file("angebot.csv", "AGS;OZG-ID;geschuldet;online seit;Reifegrad\n99001001;10124;ja;01.02.2025;3\n99001002;10124;ja;;1\n");
    let read = recognised(&work, &["fallzahlen.csv", "termine.csv", "angebot.csv"]);
    let spec = read.source("termine");
    assert_eq!(spec.kind, SourceKind::Events);
    has(spec, &[("from", "Datum"), ("kind", "Maßnahme"), ("label", "Beschreibung"), ("cost", "Kosten in Euro")]);
    let kinds: Vec<&str> = read.ingested.records.events.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["participation", "campaign"]);
    assert_eq!(read.source("angebot").kind, SourceKind::Offer);
    assert_eq!(read.ingested.records.offers.len(), 2);
    report(&work);
}

#[test]
fn init_from_copies_files_of_other_folders_and_overwrites_nothing() {
    let work = Work::new();
    let (text, total) = long(';', true, german);
    work.file("exporte/fallzahlen.csv", &text).file("neu/input/fallzahlen.csv", "another\n");
    let outcome = work.ok(&["init", "neu", "--from", "exporte/fallzahlen.csv"]);
    assert!(outcome.stdout.contains("copied to input/fallzahlen-2.csv"), "{}", outcome.stdout);
    assert_eq!(work.read("neu/input/fallzahlen.csv"), "another\n");
    assert_eq!(work.read("exporte/fallzahlen.csv"), text);
    assert_eq!(work.read("neu/input/fallzahlen-2.csv"), text);
    let project = Project::load(&work.path("neu/resonanz.toml")).unwrap();
    let ingested = resonanz::run::read(&project).unwrap();
    assert_eq!(Read { project, ingested }.total(Stage::FormSubmit, None), total);
    let again = work.run(&["init", "neu", "--from", "exporte/fallzahlen.csv"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
}

#[test]
fn init_from_what_is_no_table_is_one_error_and_writes_nothing() {
    let work = Work::new();
    work.file("bericht.pdf", "%PDF-1.7 text")
        .file("leer.csv", "")
        .file("ordner/a.csv", "x;y\n1;2\n")
        .file("prosa.txt", "Nur ein Satz.\n");
    for (file, said) in [
        ("fehlt.csv", "there is no file fehlt.csv"),
        ("ordner", "is a folder"),
        ("bericht.pdf", "a PDF document"),
        ("leer.csv", "the file is empty"),
        ("prosa.txt", "no file holds a table"),
    ] {
        let outcome = work.run(&["init", "neu", "--from", file]);
        assert_eq!(outcome.code, 3, "{file}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains(said) && outcome.stderr.contains("hint:"), "{file}: {}", outcome.stderr);
        assert!(!work.path("neu").exists(), "{file}");
    }
}

#[test]
fn init_from_gives_the_same_bytes_and_json() {
    let work = Work::new();
    let total = usage_file(&work);
    let outcome = work.ok(&["init", "a", "--json", "--from", "fallzahlen.csv"]);
    let value: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(total > 0);
    let sources = value["sources"].as_array().unwrap();
    let usage = sources.iter().find(|source| source["source"] == "fallzahlen").unwrap();
    assert_eq!((usage["read"].as_u64(), usage["accepted"].as_u64()), (Some(108), Some(108)));
    assert_eq!(value["open"].as_array().unwrap().len(), 0);
    work.ok(&["init", "b/a", "--from", "fallzahlen.csv"]);
    assert_eq!(work.tree("a"), work.tree("b/a"));
}
