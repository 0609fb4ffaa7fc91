//! Traps 7 to 10, 14 and 22: what a count says, and what must not be made of it.

use resonanz::domain::Lang;

use super::{CASES, Trap, balance, found, values};
use crate::support::{Row, Work, close, number, row, rows};

const STATES: &str = "missing = [\"k. A.\"]\nnot_applicable = [\"x\"]\nsuppressed = [\"*\"]\n";

fn estimates(work: &Work) -> Vec<Row> {
    work.table("out/publish/data/estimates_period.csv")
}

/// Trap 7: missing, zero, hidden by the sender, not offered. Four towns with 40 cases on paper and
/// four different cells for the cases online; only the zero makes a share of 0 %.
#[test]
fn trap_07_missing_zero_suppressed_and_not_offered() {
    let cells = [("01990001", "0"), ("01990002", "k. A."), ("02990001", "*"), ("02990002", "x")];
    let line =
        |(town, cell): &(&str, &str)| format!("{town};10124;2025-01;online;{cell}\n{town};10124;2025-01;Papier;40\n");
    let trap = Trap::new().cases(&cells.iter().map(line).collect::<String>()).with(STATES);
    let trap = trap.with("[period]\nmonths = 1\n");
    let read = trap.read();
    assert_eq!((balance(&read, "faelle").accepted, found(&read, "faelle")), (8, vec![]));
    let work = trap.run();
    let panel = work.table("out/internal/data/panel.csv");
    let cell = |town: &str| {
        let found = row(&panel, &[("area", town), ("channel", "online")]);
        (found["state"].clone(), found["value"].clone())
    };
    let wanted = [("observed", "0"), ("not_provided", ""), ("suppressed_at_source", ""), ("not_applicable", "")];
    for ((town, _), (state, value)) in cells.iter().zip(wanted) {
        assert_eq!(cell(town), (state.to_owned(), value.to_owned()), "{town}");
    }
    let table = estimates(&work);
    let share = |town: &str| {
        let found = rows(&table, &[("kpi", "online_share"), ("unit", town), ("service", "10124")]);
        found.first().map(|r| (r["state"].clone(), r["value"].clone(), r["provided"].clone(), r["expected"].clone()))
    };
    let of = |state: &str, value: &str, provided: &str, expected: &str| {
        Some((state.to_owned(), value.to_owned(), provided.to_owned(), expected.to_owned()))
    };
    assert_eq!(share("01990001"), of("computed", "0", "1", "1"));
    assert_eq!(share("01990002"), of("not_provided", "", "0", "1"));
    assert_eq!(share("02990001"), of("suppressed_at_source", "", "0", "1"));
    assert_eq!(share("02990002"), of("not_applicable", "", "0", "0"));
    // The group is made of the one town that is known.
    let all = row(
        &table,
        &[("kpi", "online_share"), ("dimension", "all"), ("service", "10124"), ("aggregation", "ratio_of_sums")],
    );
    assert_eq!((all["numerator"].as_str(), all["denominator"].as_str()), ("0", "40"));
    assert_eq!((all["provided"].as_str(), all["expected"].as_str()), ("1", "3"));
    // On the page of the service: no case, a rate of 0,0 %; an unknown number; nothing to count.
    let page = work.read("out/publish/bericht/leistungen/wohnsitzmeldung.html");
    let cells = |slug: &str| -> Vec<String> {
        let link = format!("<th scope=\"row\"><a href=\"../orte/{slug}.html\">");
        let from = page.find(&link).unwrap_or_else(|| panic!("{slug} is not on the page"));
        let line = page[from..].split("</tr>").next().unwrap();
        line.split("<td").skip(1).map(|cell| plain(&format!("<td{cell}"))).collect()
    };
    let aheim = cells("aheim");
    assert_eq!((aheim[0].as_str(), aheim[1].as_str()), ("–genau null", "40"));
    assert!(aheim[3].starts_with("0,0\u{a0}%"), "{aheim:?}");
    for unknown in ["neustadt-01990002", "neustadt-02990001"] {
        let cells = cells(unknown);
        assert!(!cells[0].starts_with('–') && !cells[3].contains("0,0"), "{cells:?}");
    }
    assert_eq!(cells("neustadt-01990002")[3], ".nicht bekannt oder nicht geliefert");
    assert!(cells("neustadt-02990001")[3].starts_with('·'), "{:?}", cells("neustadt-02990001"));
    assert_eq!(cells("hochmoor-gemeindefrei")[3], "xtrifft nicht zu");
    // On the pages of the towns: what is hidden by the sender is not asked for like what is missing.
    let hidden = "beim Lieferanten unterdrückt";
    for (slug, says) in [("aheim", false), ("neustadt-01990002", false), ("neustadt-02990001", true)] {
        assert_eq!(work.read(&format!("out/publish/bericht/orte/{slug}.html")).contains(hidden), says, "{slug}");
    }
}

/// The text of a piece of HTML.
fn plain(html: &str) -> String {
    let mut inside = false;
    let text: String = html
        .chars()
        .filter(|&c| {
            inside = (inside || c == '<') && c != '>';
            !inside && c != '>'
        })
        .collect();
    text.trim().to_owned()
}

/// Trap 8: a visit is no application. With visits, page views and paper cases there is no online
/// share, no rate per inhabitant, no completion rate and no count of applications.
#[test]
fn trap_08_visits_are_not_applications() {
    let source = CASES
        .replace("constants = { stage = \"form_submit\" }\n", "")
        .replace("count = \"Anzahl\"", "stage = \"Stufe\", count = \"Anzahl\"");
    let rows_of = |online: &str| {
        format!(
            "AGS;Leistung;Monat;Weg;Stufe;Anzahl\n01990001;10124;2025-01;online;page_view;9000\n\
             01990001;10124;2025-01;online;visit;3000\n01990001;10124;2025-01;Papier;form_submit;100\n{online}"
        )
    };
    let run = |online: &str| {
        let trap = Trap::new().with(&source).with("[period]\nmonths = 1\n").file("faelle.csv", rows_of(online));
        estimates(&trap.run())
    };
    let valued = |table: &[Row], kpi: &str| {
        rows(table, &[("kpi", kpi)])
            .into_iter()
            .filter(|r| !r["value"].is_empty())
            .map(|r| r["value"].clone())
            .collect::<Vec<_>>()
    };
    let kpis = ["online_share", "online_share.completed", "online_applications", "online_per_1000", "completion_rate"];
    let table = run("");
    for kpi in kpis {
        assert_eq!(valued(&table, kpi), Vec::<String>::new(), "{kpi}");
    }
    // The same with the applications: the visits change none of it.
    let table = run("01990001;10124;2025-01;online;form_submit;25\n01990001;10124;2025-01;online;form_start;50\n");
    let own = |kpi: &str| number(row(&table, &[("kpi", kpi), ("dimension", "area"), ("service", "10124")]), "value");
    close(own("online_share"), 25.0 / 125.0, "share");
    close(own("completion_rate"), 0.5, "completion");
    close(own("online_applications"), 25.0, "applications");
    close(own("online_per_1000"), 25.0 / 4.0 * 12.0, "per 1,000");
}

/// Trap 9: more online applications than cases. The rate is shown as it is (not cut to 100 %), is
/// flagged, has no interval, is a finding, and is no benchmark for others.
#[test]
fn trap_09_a_rate_above_100_percent() {
    let total = CASES
        .replace("\"faelle\"", "\"gesamt\"")
        .replace("faelle.csv", "gesamt.csv")
        .replace("form_submit", "case_total");
    let total = total.replace("channel = \"Weg\", ", "");
    let work = Trap::new()
        .cases("01990001;10124;2025-01;online;50\n01990002;10124;2025-01;online;10\n02990001;10124;2025-01;online;20\n")
        .with(&total)
        .with("[period]\nmonths = 1\n[[comparison]]\nname = \"alle\"\ntitle = \"Alle\"\nby = \"all\"\n")
        .file("gesamt.csv", "AGS;Leistung;Monat;Anzahl\n01990001;10124;2025-01;40\n01990002;10124;2025-01;100\n02990001;10124;2025-01;100\n")
        .run();
    let table = estimates(&work);
    let own = row(&table, &[("kpi", "online_share"), ("unit", "01990001"), ("service", "10124")]);
    assert_eq!((own["value"].as_str(), own["lower"].as_str(), own["upper"].as_str()), ("1.25", "", ""));
    assert!(own["flags"].split(' ').any(|flag| flag == "above_100"), "{own:?}");
    let findings = work.table("out/internal/data/findings.csv");
    let found = rows(&findings, &[("code", "rate_above_100")]);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0]["column"].as_str(), found[0]["value"].as_str()), ("01990001 / 10124 / 2025-01", "50"));
    let peers = work.table("out/publish/data/peers.csv");
    let peer =
        |town: &str| number(row(&peers, &[("area", town), ("service", "10124"), ("comparison", "alle")]), "pooled");
    close(peer("01990002"), 20.0 / 100.0, "without the town above 100 %");
}

/// Trap 10: unique visitors. Who comes in January and February is one visitor in each and one in
/// both: no sum is right. They are refused wherever they are declared, and as a value of a row.
#[test]
fn trap_10_unique_visitors_are_not_additive() {
    let refused = |from: &str, to: &str| {
        let trap = Trap::new().with(&CASES.replace(from, to)).file("faelle.csv", "AGS;Leistung;Monat;Weg;Anzahl\n");
        let error = trap.try_read().unwrap_err();
        assert_eq!(error.kind(), resonanz::ErrorKind::Config);
        let hints = error.hints().iter().map(|hint| format!("\nhint: {}", hint.get(Lang::En)));
        format!("{}{}", error.message(Lang::En), hints.collect::<String>())
    };
    insta::assert_snapshot!(refused("stage = \"form_submit\"", "stage = \"unique_visitors\""), @r#"
    source "faelle": constants.stage: "unique_visitors" cannot be added over periods, services or areas
    hint: who comes in two months is one in each of them, but also one in both together
    hint: deliver the visits instead: stage = "visit"
    "#);
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    assert_eq!(
        first_line(refused("count = \"Anzahl\"", "count = \"Eindeutige Besucher\"")),
        "source \"faelle\": columns.count: \"Eindeutige Besucher\" cannot be added over periods, services or areas"
    );
    let by_stage = "columns = { stage = \"Stufe\", ";
    let values = "values = { stage = { \"Eindeutige Besucher\" = \"visit\" } }\n";
    assert_eq!(
        first_line(refused("constants = { stage = \"form_submit\" }\n", values)),
        "source \"faelle\": values.stage: \"Eindeutige Besucher\" cannot be added over periods, services or areas"
    );
    let wide = "layout = \"wide\"\nconstants = { stage = \"visit\", channel = \"online\" }\n[[source.wide]]\npattern = \"Eindeutige Besucher {period}\"\n";
    assert_eq!(
        first_line(refused("constants = { stage = \"form_submit\" }\n", wide)),
        "source \"faelle\": wide.pattern: \"Eindeutige Besucher {period}\" cannot be added over periods, services or areas"
    );

    let source = CASES.replace("constants = { stage = \"form_submit\" }\n", "").replace("columns = { ", by_stage);
    let content = "AGS;Leistung;Monat;Weg;Stufe;Anzahl\n01990001;10124;2025-01;online;visit;30\n\
                   01990001;10124;2025-01;online;unique_visitors;20\n01990001;10124;2025-01;online;Eindeutige Besucher;20\n\
                   01990001;10124;2025-01;online;Besuche;30\n";
    let read = Trap::new().with(&source).file("faelle.csv", content).read();
    assert_eq!(found(&read, "faelle"), [(2, "not_additive"), (3, "not_additive"), (4, "unknown_value")]);
    assert_eq!(values_of(&read), [30]);
}

fn values_of(read: &resonanz::ingest::Ingested) -> Vec<i64> {
    values(read).into_iter().map(|(_, value)| value).collect()
}

/// Trap 14: a town inside its own benchmark, and the ratio of sums taken for the mean of ratios.
/// Shares of 500/1000, 1/10 and 30/100: the first town's benchmark is 31/110, not 531/1110; all
/// together the ratio of sums is 531/1110 = 47.8 %, the mean of the three shares 30.0 %.
#[test]
fn trap_14_the_own_town_and_the_two_averages() {
    let towns = [("01990001", 500, 500), ("01990002", 1, 9), ("02990001", 30, 70)];
    let line = |(town, online, paper): &(&str, i32, i32)| {
        format!("{town};10124;2025-01;online;{online}\n{town};10124;2025-01;Papier;{paper}\n")
    };
    let work = Trap::new()
        .cases(&towns.iter().map(line).collect::<String>())
        .with("[period]\nmonths = 1\n[[comparison]]\nname = \"alle\"\ntitle = \"Alle\"\nby = \"all\"\n")
        .run();
    let peers = work.table("out/publish/data/peers.csv");
    let peer = |town: &str| row(&peers, &[("area", town), ("service", "10124"), ("comparison", "alle")]);
    close(number(peer("01990001"), "pooled"), 31.0 / 110.0, "benchmark of the first");
    close(number(peer("01990002"), "pooled"), 530.0 / 1100.0, "benchmark of the second");
    close(number(peer("01990001"), "median"), 0.2, "median of 10 % and 30 %");
    // The place is one among all three, the town included.
    let places: Vec<_> =
        towns.iter().map(|(town, ..)| (peer(town)["position"].clone(), peer(town)["n"].clone())).collect();
    assert_eq!(places, [("1", "3"), ("3", "3"), ("2", "3")].map(|(at, n)| (at.to_owned(), n.to_owned())));
    let table = estimates(&work);
    let all = |aggregation: &str| {
        let wanted =
            [("kpi", "online_share"), ("dimension", "all"), ("service", "10124"), ("aggregation", aggregation)];
        number(row(&table, &wanted), "value")
    };
    close(all("ratio_of_sums"), 531.0 / 1110.0, "ratio of sums");
    close(all("mean_of_ratios"), 0.3, "mean of ratios");
}

/// Trap 22: a form server leaves out months in which nothing was submitted. Whether such a month is
/// a zero or unknown is declared, and both give other numbers; nothing is filled beyond the months
/// that the source covers.
#[test]
fn trap_22_months_that_a_form_server_leaves_out() {
    let online =
        "01990001;10124;2025-01;online;10\n01990001;10124;2025-04;online;30\n01990002;10124;2025-06;online;1\n";
    let paper: String = (1..=6).map(|month| format!("01990001;10124;2025-0{month};Papier;10\n")).collect();
    let run = |absent: &str| {
        let server = CASES.replace("\"faelle\"", "\"formulare\"").replace("faelle.csv", "formulare.csv");
        let trap = Trap::new().cases(&paper).with(&server).with(absent).with("[period]\nmonths = 6\n");
        let work = trap.file("formulare.csv", format!("{}{online}", super::CASES_HEADER)).run();
        let (estimates, panel) = (estimates(&work), work.table("out/internal/data/panel.csv"));
        let share = row(&estimates, &[("kpi", "online_share"), ("unit", "01990001"), ("service", "10124")]);
        let text = |column: &str| share[column].clone();
        let zeros = rows(&panel, &[("area", "01990001"), ("channel", "online"), ("value", "0")]);
        let zeros: Vec<String> = zeros.into_iter().map(|r| r["period"].clone()).collect();
        (["numerator", "denominator", "provided", "expected"].map(text), text("flags").contains("incomplete"), zeros)
    };
    let (zero, incomplete, zeros) = run("absent = \"zero\"\n");
    assert_eq!(zero, ["40", "100", "6", "6"]);
    assert!(!incomplete);
    assert_eq!(zeros, ["2025-02", "2025-03", "2025-05", "2025-06"]);
    for stated in ["absent = \"missing\"\n", ""] {
        let (missing, incomplete, zeros) = run(stated);
        assert_eq!(missing, ["40", "60", "2", "6"], "only January and April have both numbers");
        assert!(incomplete);
        assert_eq!(zeros, Vec::<String>::new());
    }
}
