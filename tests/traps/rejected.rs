//! What a rejected record leaves unknown, ids that are none, and spans that overlap.

use std::collections::BTreeMap;

use resonanz::domain::{CellState, Channel, Month, Stage};
use resonanz::ingest::{Ingested, Measure, WorkItem};
use resonanz::panel::Panel;

use super::{CASES, CASES_HEADER, Trap, balance, counts, found};
use crate::support::row;

/// The first half of 2025 of one measure in the first town: digits, `?` not provided, `*` hidden, `_` none.
fn half(read: &Ingested, measure: Measure) -> String {
    let panel = Panel::build(&read.records).unwrap();
    let town = read.records.register.find("01990001").unwrap();
    let service = read.records.catalogue.find("10124").unwrap();
    let sign = |number| {
        let month = Month::new(2025, number).unwrap();
        let at = |c: &&resonanz::panel::Cell| c.measure == measure && c.period.months == 1 && c.period.start == month;
        panel.pair(town, service).iter().find(at).map_or("_".to_owned(), |c| match c.state {
            CellState::Observed => c.value.to_string(),
            CellState::NotProvided => "?".to_owned(),
            _ => "*".to_owned(),
        })
    };
    (1..=6).map(sign).collect::<Vec<_>>().join(" ")
}

fn online(read: &Ingested) -> String {
    half(read, Measure::Count(Stage::FormSubmit, Channel::Online))
}

fn paper(read: &Ingested) -> String {
    half(read, Measure::Count(Stage::FormSubmit, Channel::Paper))
}

const FIRST_AND_LAST: &str = "01990001;10124;2025-01;online;4\n01990001;10124;2025-06;online;9\n\
                              01990001;10124;2025-01;Papier;7\n01990001;10124;2025-06;Papier;8\n";

fn with_zeros(rows: &str) -> Ingested {
    Trap::new().cases(&format!("{FIRST_AND_LAST}{rows}")).with("absent = \"zero\"\nerror_budget = 1.0\n").read()
}

/// A month that was delivered and rejected is unknown. Only the months left out are zero.
#[test]
fn rejected_numbers_are_not_zeros() {
    let of = |rows: &str| {
        let read = with_zeros(rows);
        (online(&read), paper(&read))
    };
    let said = |online: &str, paper: &str| (online.to_owned(), paper.to_owned());
    assert_eq!(of(""), said("4 0 0 0 0 9", "7 0 0 0 0 8"));
    // Everything but the number can be read.
    for count in ["viele", "-3", "1,5", "99999999999999999999"] {
        let row = format!("01990001;10124;2025-03;online;{count}\n");
        assert_eq!(of(&row), said("4 0 ? 0 0 9", "7 0 0 0 0 8"), "{count}");
    }
    assert_eq!(of("01990001;10124;2025-Q1;online;viele\n"), said("4 ? ? 0 0 9", "7 0 0 0 0 8"), "a quarter");
    // The channel cannot be read: it may be any.
    assert_eq!(of("01990001;10124;2025-03;Brieftaube;3\n"), said("4 0 ? 0 0 9", "7 0 ? 0 0 8"));
    // The month cannot: it may be any, of this channel.
    assert_eq!(of("01990001;10124;neulich;online;3\n"), said("4 ? ? ? ? 9", "7 0 0 0 0 8"));
    assert_eq!(of("01990001;10124;2025-13;Brieftaube;3\n"), said("4 ? ? ? ? 9", "7 ? ? ? ? 8"));
    // Of another town or service, or nobody knows of which.
    for key in ["01990002;10124", "01990001;10513", "99999999;10124", "01990001;99999", ";10124"] {
        assert_eq!(of(&format!("{key};2025-03;online;viele\n")), said("4 0 0 0 0 9", "7 0 0 0 0 8"), "{key}");
    }
    // A sum is no number of its own, and a number that was rejected twice or delivered again is known.
    assert_eq!(of("Summe;10124;2025-03;online;viele\n"), said("4 0 0 0 0 9", "7 0 0 0 0 8"));
    let again = "01990001;10124;2025-03;online;viele\n01990001;10124;2025-03;online;5\n";
    assert_eq!(of(again), said("4 0 5 0 0 9", "7 0 0 0 0 8"));
    assert_eq!(of("01990001;10124;2025-01;online;5\n"), said("4 0 0 0 0 9", "7 0 0 0 0 8"), "a duplicate");
    // Nothing else of this channel was delivered: its other months are zero, as for any channel.
    let mail = with_zeros("01990001;10124;2025-03;mail;viele\n");
    assert_eq!(half(&mail, Measure::Count(Stage::FormSubmit, Channel::Mail)), "0 0 ? 0 0 0");
}

/// The other source fills no gap that this one left by a mistake, but its number does.
#[test]
fn rejected_numbers_and_another_source() {
    let second = CASES.replace("\"faelle\"", "\"zweite\"").replace("faelle.csv", "zweite.csv");
    let of = |rows: &str| {
        let read = Trap::new()
            .cases(&format!("{FIRST_AND_LAST}01990001;10124;2025-03;online;viele\n"))
            .with("absent = \"zero\"\nerror_budget = 1.0\n")
            .with(&second)
            .with("absent = \"zero\"\n")
            .file("zweite.csv", format!("{CASES_HEADER}{rows}"))
            .read();
        online(&read)
    };
    assert_eq!(of("01990001;10124;2025-02;online;2\n01990001;10124;2025-04;online;3\n"), "4 2 ? 3 0 9");
    assert_eq!(of("01990001;10124;2025-03;online;5\n"), "4 0 5 0 0 9");
}

/// A month of which a day or week was rejected is unknown, whatever its other days add up to.
#[test]
fn rejected_days_leave_their_month_unknown() {
    let days = "01990001;10124;2025-01-02;online;1\n01990001;10124;2025-02-03;online;2\n\
                01990001;10124;2025-02-04;online;3\n01990001;10124;2025-03-05;online;5\n";
    let of = |rows: &str| {
        let read = Trap::new().cases(&format!("{days}{rows}")).with("error_budget = 1.0\n").read();
        online(&read)
    };
    assert_eq!(of(""), "1 5 5 _ _ _");
    assert_eq!(of("01990001;10124;2025-02-10;online;viele\n"), "1 ? 5 _ _ _");
    assert_eq!(of("01990001;10124;2025-W07;online;viele\n"), "1 ? 5 _ _ _");
    let again = "01990001;10124;2025-02-10;online;viele\n01990001;10124;2025-02-10;online;7\n";
    assert_eq!(of(again), "1 12 5 _ _ _");
    // The days tell what the month does not.
    assert_eq!(of("01990001;10124;2025-02;online;viele\n"), "1 5 5 _ _ _");
}

const BY_CASE: &str = r#"
[[source]]
name = "vorgaenge"
kind = "usage"
files = "vorgaenge.csv"
layout = "one_row_per_case"
absent = "zero"
dialect = { delimiter = ";" }
columns = { id = "Id", area = "AGS", service = "Leistung", period = "Eingang", channel = "Weg" }
constants = { stage = "form_submit" }
missing = ["k. A."]
"#;

fn by_case(settings: &str, rows: &str) -> Trap {
    let content = format!("Id;AGS;Leistung;Eingang;Weg\n{rows}");
    Trap::new().with(BY_CASE).with(settings).file("vorgaenge.csv", content)
}

/// A rejected case makes its month too small. The numbers of a month stay as long as the loss is within
/// the error budget; a zero is made in none.
#[test]
fn rejected_cases_make_no_zero_and_spoil_a_month_beyond_the_budget() {
    let case = |month: u32, channel: &str, times: usize| {
        format!(";01990001;10124;2025-{month:02}-05;{channel}\n").repeat(times)
    };
    let rows = [case(1, "online", 9), case(1, "Brieftaube", 1), case(2, "online", 8), case(2, "Brieftaube", 1)];
    let rows = [rows.concat(), case(3, "Brieftaube", 1), case(5, "online", 2), case(5, "Papier", 1)].concat();
    let of = |budget: &str| {
        let read = by_case(&format!("error_budget = {budget}\n"), &rows).read();
        (online(&read), paper(&read))
    };
    // One of ten in January, one of nine in February, the only one in March, none in April and May.
    assert_eq!(of("0.1"), ("9 ? ? 0 2 _".to_owned(), "? ? ? 0 1 _".to_owned()));
    assert_eq!(of("0.05"), ("? ? ? 0 2 _".to_owned(), "? ? ? 0 1 _".to_owned()));
    assert_eq!(of("0.2"), ("9 8 ? 0 2 _".to_owned(), "? ? ? 0 1 _".to_owned()));
}

/// A text that stands for a missing value is no id: three cases are three.
#[test]
fn missing_texts_are_no_ids_of_cases() {
    let rows = ["k. A.", "k.A.", ""].map(|id| format!("{id};01990001;10124;2025-01-05;online\n")).concat();
    for setting in ["reject", "first", "replace"] {
        let read = by_case(&format!("on_duplicate = \"{setting}\"\n"), &rows).read();
        assert_eq!((online(&read).as_str(), balance(&read, "vorgaenge").accepted), ("3 _ _ _ _ _", 3), "{setting}");
    }
}

/// A case of a whole year among those of its months would stand for the year alone.
#[test]
fn cases_of_a_longer_span_are_not_mixed_with_those_of_months() {
    let rows = "a;01990001;10124;2025-01-05;online\nb;01990001;10124;2025-01;online\nc;01990001;10124;2025;online\n";
    let read = by_case("", rows).read();
    assert_eq!((found(&read, "vorgaenge"), online(&read).as_str()), (vec![(3, "period_overlap")], "2 _ _ _ _ _"));
}

const FEEDBACK: &str = r#"
[[source]]
name = "NAME"
kind = "feedback"
files = "NAME.csv"
dialect = { delimiter = ";" }
columns = { id = "Id", time = "Zeit", area = "AGS", service = "Leistung", value = "Wert" }
constants = { place = "page", scale = "stars" }
missing = ["k. A."]
"#;

fn votes(read: &Ingested, stars: u8) -> String {
    use resonanz::ingest::{FeedbackPlace, Scale};
    half(read, Measure::Feedback(FeedbackPlace::Page, Scale::Stars, stars))
}

fn feedback(settings: &str, rows: &str) -> Trap {
    let content = format!("Id;Zeit;AGS;Leistung;Wert\n{rows}");
    Trap::new().with(&FEEDBACK.replace("NAME", "stimmen")).with(settings).file("stimmen.csv", content)
}

/// Two systems number their votes alike; one sends a vote again. Votes without an id are not the same.
#[test]
fn ids_of_votes_are_those_of_their_source() {
    let read = feedback(
        "",
        "1;2025-01-03;01990001;10124;5\n1;2025-01-03;01990001;10124;4\nk. A.;2025-01-03;01990001;10124;3\n\
         k.A.;2025-01-03;01990001;10124;3\n;2025-01-03;01990001;10124;3\n",
    )
    .with(&FEEDBACK.replace("NAME", "zweite"))
    .file("zweite.csv", "Id;Zeit;AGS;Leistung;Wert\n1;2025-01-04;01990001;10124;4\n")
    .read();
    assert_eq!([5, 4, 3].map(|stars| votes(&read, stars).remove(0)), ['_', '2', '3']);
    assert_eq!((balance(&read, "stimmen").replaced, balance(&read, "zweite").replaced), (1, 0));
}

/// A vote that cannot be read is not a month without votes.
#[test]
fn rejected_votes_make_no_zero() {
    let rows = "1;2025-01-03;01990001;10124;5\n2;2025-02-03;01990001;10124;gut\n3;2025-04-03;01990001;10124;5\n";
    let read = feedback("absent = \"zero\"\nerror_budget = 0.5\n", rows).read();
    assert_eq!(votes(&read, 5), "1 ? 0 1 _ _");
    let read = feedback("error_budget = 0.5\n", rows).read();
    assert_eq!(votes(&read, 5), "1 ? _ 1 _ _", "nobody says that there were none");
}

/// The same for votes without an id, which are kept in blocks.
#[test]
fn rejected_votes_spoil_a_month_beyond_the_budget() {
    let vote =
        |month: u32, stars: &str, times: usize| format!("2025-{month:02}-05;01990001;10124;{stars}\n").repeat(times);
    let rows = [vote(1, "5", 9), vote(1, "gut", 1), vote(2, "5", 8), vote(2, "gut", 1), vote(4, "5", 1)].concat();
    let source = FEEDBACK.replace("NAME", "stimmen").replace("id = \"Id\", ", "");
    let of = |budget: &str| {
        let trap = Trap::new().with(&source).with(&format!("error_budget = {budget}\n"));
        votes(&trap.file("stimmen.csv", format!("Zeit;AGS;Leistung;Wert\n{rows}")).read(), 5)
    };
    assert_eq!(of("0.1"), "9 ? _ 1 _ _");
    assert_eq!(of("0.2"), "9 8 _ 1 _ _");
}

/// The same for whoever is asked: without an id nobody can tell that they were asked twice, so a
/// text that stands for none is refused like an empty cell, and none replaces the other.
#[test]
fn missing_texts_are_no_ids_of_respondents() {
    let survey = r#"
[[source]]
name = "befragung"
kind = "survey"
files = "befragung.csv"
dialect = { delimiter = ";" }
columns = { respondent = "Id" }
missing = ["k. A."]
suppressed = ["*"]
error_budget = 1.0
[[source.question]]
column = "F1"
measure = "usage"
yes = ["Ja"]
no = ["Nein"]
"#;
    let content = "Id;F1\n1;Ja\nk. A.;Ja\nk.A.;Nein\n*;Ja\n*;Nein\n;Ja\n2;Nein\n";
    for setting in ["reject", "first", "replace"] {
        let trap =
            Trap::new().with(&survey.replace("error_budget", &format!("on_duplicate = \"{setting}\"\nerror_budget")));
        let read = trap.file("befragung.csv", content).read();
        assert_eq!(counts(&read, "befragung"), BTreeMap::from([("missing_key", 5)]), "{setting}");
        assert_eq!(read.records.surveys[0].respondents.len(), 2, "{setting}");
    }
}

/// A text that stands for none is no town, no stratum and no sampling unit of its own; an empty cell is
/// the answer that the codebook says it is.
#[test]
fn missing_texts_are_no_design_and_the_codebook_reads_empty_cells() {
    let survey = r#"
[[source]]
name = "befragung"
kind = "survey"
files = "befragung.csv"
dialect = { delimiter = ";" }
columns = { respondent = "Id", area = "Ort", stratum = "Schicht", psu = "Einheit" }
missing = ["k. A."]
[[source.question]]
column = "F1"
measure = "usage"
yes = ["Y"]
no = [""]
[[source.question]]
column = "F2"
measure = "awareness"
yes = ["Y"]
no = ["N"]
"#;
    let content = "Id;Ort;Schicht;Einheit;F1;F2\n1;k. A.;k. A.;k. A.;;\n2;01990001;S;E;Y;k. A.\n";
    let read = Trap::new().with(survey).file("befragung.csv", content).read();
    assert_eq!(counts(&read, "befragung"), BTreeMap::new());
    use resonanz::ingest::Answer::{No, None, Yes};
    let [first, second] = &read.records.surveys[0].respondents[..] else { panic!() };
    assert_eq!((first.area.is_none(), first.stratum.as_str(), first.psu.as_str()), (true, "", ""));
    assert_eq!((second.stratum.as_str(), second.psu.as_str()), ("S", "E"));
    assert_eq!((&first.answers[..], &second.answers[..]), (&[No, None][..], &[Yes, None][..]));
}

/// A platform that nobody named is not one that several towns share.
#[test]
fn missing_texts_are_no_platform() {
    let offer = r#"
[[source]]
name = "angebot"
kind = "offer"
files = "angebot.csv"
dialect = { delimiter = ";" }
columns = { area = "AGS", service = "Leistung", platform = "Plattform" }
missing = ["k. A."]
"#;
    let content = "AGS;Leistung;Plattform\n01990001;10124;k. A.\n01990002;10124;Portal\n02990001;10124;\n";
    let read = Trap::new().with(offer).file("angebot.csv", content).read();
    let platforms: Vec<_> = read.records.offers.iter().map(|offer| offer.platform.as_deref()).collect();
    assert_eq!(platforms, [None, Some("Portal"), None]);
}

/// Two numbers of one series never cover the same days: of each pair the second is set aside.
#[test]
fn spans_of_numbers_do_not_overlap() {
    let of = |first: &str, second: &str| {
        let rows = format!("01990001;10124;{first};online;4\n01990001;10124;{second};online;9\n");
        let usage = Trap::new().cases(&rows).with("error_budget = 1.0\nbusiness_year_from = 4\n").read();
        let rows = format!("01990001;10124;{first};online;4;1\n01990001;10124;{second};online;9;1\n");
        let work = work("", &rows).read();
        let found = counts(&usage, "faelle");
        assert_eq!(found, counts(&work, "arbeit"), "{first} {second}");
        found.into_keys().next().unwrap_or("")
    };
    let overlap = "period_overlap";
    for (first, second, code) in [
        ("2025-01", "2025-02", ""),
        ("2025-01", "2025-01", "duplicate"),
        ("2025-01", "2025", overlap),
        ("2025-H1", "2025-Q2", overlap),
        // Of the same length, half a year apart or less.
        ("2023-2024", "2024", overlap),
        ("2024", "2025", ""),
        // Days and weeks.
        ("2025-01-30", "2025-01-31", ""),
        ("2025-01-30", "2025-01", overlap),
        ("2025-01", "2025-W05", overlap),
        ("2025-W05", "2025-W06", ""),
        ("2025-W05", "2025-W05", "duplicate"),
        // The week from 27 January to 2 February: its Thursday, a day of the other month, the day after.
        ("2025-W05", "2025-01-30", overlap),
        ("2025-01-30", "2025-W05", overlap),
        ("2025-W05", "2025-02-02", overlap),
        ("2025-02-02", "2025-W05", overlap),
        ("2025-W05", "2025-02-03", ""),
        ("2025-W05", "2025-01-26", ""),
    ] {
        assert_eq!(of(first, second), code, "{first} {second}");
    }
    // The week is not replaced by its Thursday.
    let rows = "01990001;10124;2025-W05;online;40\n01990001;10124;2025-01-30;online;9\n";
    let read = Trap::new().cases(rows).with("on_duplicate = \"replace\"\nerror_budget = 1.0\n").read();
    assert_eq!((online(&read).as_str(), counts(&read, "faelle")), ("40 _ _ _ _ _", BTreeMap::from([(overlap, 1)])));
}

fn work(settings: &str, rows: &str) -> Trap {
    let source = r#"
[[source]]
name = "arbeit"
kind = "work"
files = "arbeit.csv"
business_year_from = 4
dialect = { delimiter = ";", decimal = "," }
columns = { area = "AGS", service = "Leistung", period = "Zeitraum", channel = "Weg", n = "Fälle", handling_minutes = "Bearbeitung" }
error_budget = 1.0
"#;
    let content = format!("AGS;Leistung;Zeitraum;Weg;Fälle;Bearbeitung\n{rows}");
    Trap::new().with(source).with(settings).file("arbeit.csv", content)
}

/// Neither cases nor minutes of a rejected record of work are zero; those of the other channel are.
#[test]
fn rejected_work_is_not_zero() {
    let rows = "01990001;10124;2025-01;online;4;60\n01990001;10124;2025-02;online;4;lange\n\
                01990001;10124;2025-04;online;5;70\n01990001;10124;2025-01;Papier;1;9\n";
    let read = work("absent = \"zero\"\n", rows).read();
    let of = |item, channel| half(&read, Measure::Work(item, channel));
    assert_eq!(of(WorkItem::Cases, Channel::Online), "4 ? 0 5 _ _");
    assert_eq!(of(WorkItem::HandlingMinutes, Channel::Online), "60 ? 0 70 _ _");
    assert_eq!(of(WorkItem::HandlingMinutes, Channel::Paper), "9 0 0 0 _ _");
}

/// A number hidden by the sender stays one up to the estimates: of the month, of the quarter where
/// nothing else is unknown, of active services. Beside a missing month it is just not known.
#[test]
fn numbers_hidden_at_the_source_are_not_missing_ones() {
    let town = |town: &str, cells: [&str; 3]| {
        let of = |(month, cell): (u32, &str)| {
            format!("{town};10124;2025-{month:02};online;{cell}\n{town};10124;2025-{month:02};Papier;40\n")
        };
        (1..).zip(cells).map(of).collect::<String>()
    };
    let rows =
        [town("01990001", ["*", "*", "*"]), town("01990002", ["*", "k. A.", "*"]), town("02990001", ["10", "*", "10"])];
    let work = Trap::new()
        .cases(&rows.concat())
        .with("missing = [\"k. A.\"]\nsuppressed = [\"*\"]\n[period]\nmonths = 3\n")
        .run();
    let table = work.table("out/publish/data/estimates_period.csv");
    let of = |kpi: &str, unit: &str| {
        let found = row(&table, &[("kpi", kpi), ("unit", unit), ("service", "10124"), ("period", "2025-01/2025-03")]);
        [found["state"].clone(), found["value"].clone(), found["provided"].clone(), found["expected"].clone()]
    };
    for kpi in ["online_share", "online_applications"] {
        assert_eq!(of(kpi, "01990001"), ["suppressed_at_source", "", "0", "3"], "{kpi}");
        assert_eq!(of(kpi, "01990002"), ["not_provided", "", "0", "3"], "{kpi}");
    }
    assert_eq!(of("online_share", "02990001"), ["computed", "0.2", "2", "3"], "20 of 100");
    let internal = work.table("out/publish/data/estimates_month.csv");
    let month = |unit: &str, month: &str| {
        row(&internal, &[("kpi", "online_share"), ("unit", unit), ("service", "10124"), ("period", month)])["state"]
            .clone()
    };
    assert_eq!(month("01990002", "2025-01"), "suppressed_at_source");
    assert_eq!(month("01990002", "2025-02"), "not_provided");
}
