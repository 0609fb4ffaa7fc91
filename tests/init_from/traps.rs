//! What looks like a count, a town, a channel or a star and is none: asked about, left out with a
//! comment, or refused, but never counted in silence.

use resonanz::domain::{Channel, Stage};
use resonanz::ingest::spec::SourceKind;
use rust_xlsxwriter::Workbook;

use super::{Read, TOWNS, asked, number, recognised};
use crate::support::Work;

/// Town, service, month, online, paper and what `more` adds; the sums of online and paper.
fn wide(head: &str, more: impl Fn(i64, i64) -> String) -> (String, [i64; 2]) {
    let mut text = format!("Gemeinde;Leistung;Monat;Anträge online;Anträge Papier{head}\n");
    let mut sums = [0, 0];
    for (t, (_, name)) in TOWNS.iter().enumerate() {
        for month in 1..=3 {
            let [a, b] = [0, 1].map(|c| number(t, month, c));
            sums[0] += a;
            sums[1] += b;
            text += &format!("{name};10124;2025-{month:02};{a};{b}{}\n", more(a, b));
        }
    }
    (text, sums)
}

#[track_caller]
fn totals(read: &Read, [online, paper]: [i64; 2]) {
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), online);
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Paper)), paper);
    assert_eq!(read.total(Stage::FormSubmit, None), online + paper);
}

/// The first place named in the register that was made.
fn places(read: &Read) -> Vec<&str> {
    read.ingested.records.register.areas().iter().map(|area| area.name.as_str()).collect()
}

#[track_caller]
fn refused(file: &str, content: impl AsRef<[u8]>, said: &str) {
    let work = Work::new();
    work.file(file, content);
    let outcome = work.run(&["init", ".", "--from", file]);
    assert_eq!(outcome.code, 3, "{}", outcome.stdout);
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    assert_eq!(work.tree(".").len(), 1, "nothing is written");
}

fn questions(work: &Work, arguments: &[&str]) -> Vec<String> {
    asked(work, arguments).into_iter().map(|(_, question)| question).collect()
}

#[test]
fn init_from_shares_targets_and_changes_are_no_counts() {
    for (head, more) in
        [("online in %", "50"), ("Onlinequote", "45,3 %"), ("Anteil online", "0,45"), ("Vorjahr online", "7")]
    {
        let work = Work::new();
        let (text, sums) = wide(&format!(";{head}"), |_, _| format!(";{more}"));
        work.file("zahlen.csv", text);
        let read = recognised(&work, &["zahlen.csv"]);
        totals(&read, sums);
        assert!(work.read("resonanz.toml").contains(head), "{head}");
    }
}

#[test]
fn init_from_a_second_table_below_is_refused_and_one_beside_is_not_read() {
    let (text, _) = wide("", |_, _| String::new());
    let below = format!("{text};;;;\nGemeinde;Leistung;Monat;Bescheide;Onlinequote\nAbach;10124;2025-01;7;50\n");
    refused("zahlen.csv", below, "a second table begins in line 12");

    let mut lines = text.lines();
    let mut beside = format!("{};;Ort;Einwohner\n", lines.next().unwrap());
    lines.for_each(|line| beside += &format!("{line};;Abach;4711\n"));
    let (_, sums) = wide("", |_, _| String::new());
    let work = Work::new();
    work.file("zahlen.csv", &beside);
    totals(&recognised(&work, &["zahlen.csv"]), sums);
    assert!(work.read("resonanz.toml").contains("second table beside (Ort, Einwohner)"));
    refused("zahlen.csv", beside.replacen("Einwohner", "Anträge online", 1), "both have a column \"Anträge online\"");
}

#[test]
fn init_from_months_with_points_do_not_decide_the_decimal_sign() {
    let mut long = "AGS;Leistung;Monat;Kanal;Anträge\n".to_owned();
    let mut wide = "AGS;Leistung;Kanal;01.2025;02.2025\n".to_owned();
    for (t, (key, _)) in TOWNS.iter().enumerate() {
        let [a, b] = [1, 2].map(|month| number(t, month, 0));
        long += &format!("{key};10124;01.2025;online;1.{a}\n{key};10124;02.2025;online;1.{b}\n");
        wide += &format!("{key};10124;online;1.{a};1.{b}\n");
    }
    // Three towns, two months: 108 + 115, 208 + 215 and 308 + 315, and six thousands.
    let total = 6000 + 108 + 115 + 208 + 215 + 308 + 315;
    for (text, stage) in [(long, "stage=form_submit"), (wide, "stage=form_submit")] {
        let work = Work::new();
        work.file("zahlen.csv", &text);
        assert_eq!(questions(&work, &["zahlen.csv", "--answer", stage]), ["decimal"]);
        let again = Work::new();
        again.file("zahlen.csv", &text);
        let read = recognised(&again, &["zahlen.csv", "--answer", stage, "--answer", "decimal=,"]);
        assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), total);
    }
}

#[test]
fn init_from_sums_of_any_wording_are_no_town() {
    let labels = [
        "Summe Stadt",
        "gesamt",
        "Σ",
        "∑",
        "Insgesamt",
        "Alle",
        "Total",
        "Zusammen",
        "Kreissumme",
        "Endsumme",
        "Zw.-Summe",
        "Alle Gemeinden",
        "Durchschnitt",
        "Onlinequote",
    ];
    for label in labels {
        let work = Work::new();
        let (text, sums) = wide("", |_, _| String::new());
        work.file("zahlen.csv", format!("{text}{label};10124;2025-03;{};{}\n", sums[0], sums[1]));
        let read = recognised(&work, &["zahlen.csv"]);
        totals(&read, sums);
        assert_eq!(places(&read), ["Abach", "Börde", "Cella"], "{label}");
        let services = text.replace("Abach;10124", "Abach;Ausweis");
        let work = Work::new();
        work.file("zahlen.csv", format!("{services}Abach;Zwischensumme;2025-03;{};{}\n", sums[0], sums[1]));
        totals(&recognised(&work, &["zahlen.csv"]), sums);
    }
}

/// The district above its towns, by `key` and `name`; `extra` is what its numbers exceed the sum by.
fn district(key: &str, name: &str, extra: i64) -> (String, [i64; 2]) {
    let mut text = "AGS;Gebiet;Leistung;Monat;Anträge online;Anträge Papier\n".to_owned();
    let mut sums = [0, 0];
    for month in 1..=3 {
        let of = |c: usize| (0..3).map(|t| number(t, month, c)).sum::<i64>();
        sums[0] += of(0);
        sums[1] += of(1);
        text += &format!("{key};{name};10124;2025-{month:02};{};{}\n", of(0) + extra, of(1));
        for (t, (key, name)) in TOWNS.iter().enumerate() {
            text += &format!("{key};{name};10124;2025-{month:02};{};{}\n", number(t, month, 0), number(t, month, 1));
        }
    }
    (text, sums)
}

#[test]
fn init_from_the_row_of_a_district_is_no_town() {
    for (key, name) in [("99001", "Nordtal"), ("99001000", "Nordtal"), ("99009999", "Landkreis Nordtal")] {
        let work = Work::new();
        let (text, sums) = district(key, name, 0);
        work.file("zahlen.csv", text.replace("Gebiet", "Gemeindename"));
        totals(&recognised(&work, &["zahlen.csv"]), sums);
        let toml = work.read("resonanz.toml");
        assert!(toml.contains(&format!("values.area = {{ {key} = \"Summe\" }}")), "{toml}");
    }
    // Numbers that do not add up may be its own.
    let (text, sums) = district("99001000", "Nordtal", 5);
    let work = Work::new();
    work.file("zahlen.csv", &text);
    assert_eq!(questions(&work, &["zahlen.csv"]), ["sum 99001000"]);
    let of = |answer: &str| {
        let work = Work::new();
        work.file("zahlen.csv", &text);
        recognised(&work, &["zahlen.csv", "--answer", &format!("sum 99001000={answer}")])
    };
    totals(&of("Summe"), sums);
    totals(&of("99001000"), [2 * sums[0] + 15, 2 * sums[1]]);
}

#[test]
fn init_from_a_label_that_adds_up_is_asked_about() {
    let work = Work::new();
    let (text, _) = district("99009999", "Nordtal", 0);
    work.file("zahlen.csv", text);
    assert_eq!(questions(&work, &["zahlen.csv"]), ["sum 99009999"]);
    let work = Work::new();
    let (text, _) = wide("", |_, _| String::new());
    work.file("zahlen.csv", format!("{text}davon Altstadt;10124;2025-03;3;4\n"));
    assert_eq!(questions(&work, &["zahlen.csv", "--answer", "absent=missing"]), ["sum davon Altstadt"]);
}

#[test]
fn init_from_grades_are_not_stars() {
    let votes = |header: &str, values: &[&str]| {
        let mut text = format!("Datum;AGS;Dienst;{header}\n");
        for n in 0..20 {
            text += &format!("{:02}.03.2025;99001001;10124;{}\n", n + 1, values[n % values.len()]);
        }
        text
    };
    let five = ["1", "2", "3", "4", "5"];
    for (header, values) in [
        ("Schulnote", &five[..]),
        ("Note", &five),
        ("Bewertung (1 = sehr gut)", &five),
        ("Bewertung", &["1", "2", "6"]),
        ("Bewertung", &["1 (sehr gut)", "3 (befriedigend)"]),
    ] {
        refused("noten.csv", votes(header, values), "holds grades");
    }
    let work = Work::new();
    work.file("werte.csv", votes("Zufriedenheit", &five));
    assert_eq!(questions(&work, &["werte.csv", "--answer", "place=page"]), ["scale"]);
    let work = Work::new();
    work.file("werte.csv", votes("Zufriedenheit", &five));
    let read = recognised(&work, &["werte.csv", "--answer", "place=page", "--answer", "scale=stars"]);
    assert_eq!(read.source("werte").kind, SourceKind::Feedback);
    assert_eq!(read.source("werte").constants["scale"], "stars");
}

#[test]
fn init_from_a_channel_column_of_any_name() {
    let channels = [
        ("E-Mail", Channel::Email),
        ("persönlich", Channel::Counter),
        ("vor Ort", Channel::Counter),
        ("Post", Channel::Mail),
        ("Mail", Channel::Email),
        ("Fax", Channel::Fax),
        ("Internet", Channel::Online),
        ("Online-Antrag", Channel::Online),
        ("OZG", Channel::Online),
        ("Portal", Channel::Online),
        ("telefonisch", Channel::Phone),
        ("Papierformular", Channel::Paper),
    ];
    let names = ["Eingangsweg", "Weg", "Art der Antragstellung", "Medium", "Antragsart", "Art", "Quelle", "Spalte 4"];
    for name in names {
        let work = Work::new();
        let mut text = format!("AGS;Leistung;Monat;{name};Anträge\n");
        for (at, (channel, _)) in channels.iter().enumerate() {
            text += &format!("99001001;Dienst {at};2025-01;{channel};{}\n", 1 << at);
        }
        work.file("zahlen.csv", text);
        let read = recognised(&work, &["zahlen.csv"]);
        for wanted in Channel::ALL {
            let sum: i64 = channels.iter().enumerate().filter(|(_, (_, c))| *c == wanted).map(|(at, _)| 1 << at).sum();
            assert_eq!(read.total(Stage::FormSubmit, Some(wanted)), sum, "{name}, {wanted:?}");
        }
    }
    // What names two ways, none of them, or a share is asked about.
    let work = Work::new();
    let text = "AGS;Leistung;Monat;Kanal;Anträge\n99001001;a;2025-01;online;5\n99001001;a;2025-01;Post/Fax;6\n\
                99001001;a;2025-01;nicht online;7\n99001001;a;2025-01;Anteil online;8\n";
    work.file("zahlen.csv", text);
    let wanted = ["channel Anteil online", "channel Post/Fax", "channel nicht online"];
    assert_eq!(questions(&work, &["zahlen.csv"]), wanted);
}

#[test]
fn init_from_keys_in_groups_sheets_per_month_and_hidden_small_numbers() {
    let work = Work::new();
    let mut text = "ARS;Leistung;Monat;Kanal;Anträge\n".to_owned();
    for town in 1..=3 {
        text += &format!("99 0 01 5001 00{town};10124;2025-01;online;{}\n", town * town);
    }
    work.file("zahlen.csv", text);
    let read = recognised(&work, &["zahlen.csv"]);
    assert_eq!(read.total(Stage::FormSubmit, Some(Channel::Online)), 14);
    assert_eq!(read.ingested.records.register.areas()[0].key.as_str(), "99001001");

    let mut book = Workbook::new();
    for (month, name) in (1..).zip(["Januar 2025", "Februar 2025"]) {
        let sheet = book.add_worksheet();
        sheet.set_name(name).unwrap();
        ["AGS", "online", "Papier"].iter().zip(0..).for_each(|(name, at)| {
            sheet.write(0, at, *name).unwrap();
        });
        sheet.write(1, 0, "99001001").unwrap().write(1, 1, month * 10).unwrap().write(1, 2, month * 7).unwrap();
    }
    let work = Work::new();
    work.file("zahlen.xlsx", book.save_to_buffer().unwrap());
    let answers = ["zahlen.xlsx", "--answer", "service=Ausweis", "--answer", "stage=form_submit"];
    totals(&recognised(&work, &answers), [30, 21]);

    let work = Work::new();
    work.file(
        "zahlen.csv",
        "AGS;Leistung;Monat;Kanal;Anträge\n99001001;a;2025-01;online;< 3\n99001001;a;2025-02;online;8\n",
    );
    assert_eq!(questions(&work, &["zahlen.csv"]), ["mark < 3"]);
}

#[test]
fn init_help_names_from_with_an_example() {
    let work = Work::new();
    for (lang, example) in [("de", "init meine-stadt --from zahlen.xlsx"), ("en", "init my-town --from numbers.xlsx")] {
        for command in [&["--lang", lang, "--help"][..], &["--lang", lang, "init", "--help"]] {
            let help = work.ok(command).stdout;
            assert!(help.contains(example), "{help}");
        }
    }
}
