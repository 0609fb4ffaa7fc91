//! `resonanz compare` on the built-in example, whose truth is known: participation raises the share by half, and eager
//! towns, which nobody can observe, participate more often.

use resonanz::demo::DemoSize;
use resonanz::demo::world::World;
use serde_json::Value;

use crate::support::Work;

fn compared(work: &Work, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["compare", "demo", "--json"].iter().chain(more).copied().collect();
    serde_json::from_str(&work.ok(&arguments).stdout).unwrap()
}

fn demo() -> Work {
    let work = Work::new();
    work.ok(&["demo", "demo", "--no-run"]);
    work
}

#[test]
fn eagerness_is_part_of_the_raw_ratio_and_nothing_is_called_proven() {
    let work = demo();
    let found = compared(&work, &["--claim-ratio", "2"]);
    let ladder = &found["comparisons"][0];
    assert_eq!(ladder["name"], "beteiligung");
    let steps = ladder["steps"].as_array().unwrap();
    let rungs: Vec<&str> = steps.iter().map(|s| s["rung"].as_str().unwrap()).collect();
    assert_eq!(rungs, ["raw", "interval", "matched", "control", "robust"]);
    assert!(ladder["raw"]["lower"].as_f64().unwrap() > 0.0);
    // Participation does raise the share here, but by less than the raw ratio says: eagerness is in that as well.
    let ratio = |key: &str| ladder[key]["value"].as_f64().unwrap();
    assert!(ratio("raw_ratio") > 1.5 && ratio("ratio") < ratio("raw_ratio"), "{ladder}");
    assert!(ladder["alternatives"][0].as_str().unwrap().starts_with("Self-selection"));
    assert!(ladder["answer"].as_str().unwrap().contains("no proof") || ladder["stands_on"] != "robust");
    assert_ne!(ladder["claim"]["verdict"], "supported");
    assert!(steps.iter().all(|s| !s["text"].as_str().unwrap().is_empty() && !s["rule"].as_str().unwrap().is_empty()));
    assert_eq!(compared(&work, &["--claim-ratio", "2"]), found, "the same input gives the same answer");
}

#[test]
fn the_answer_reads_well_in_both_languages() {
    let work = demo();
    let english = work.ok(&["compare", "demo"]).stdout;
    assert!(english.contains("[x] Raw difference\n"), "{english}");
    assert!(english.contains("\nAnswer: ") && english.contains("\nWhat else could explain it:\n"), "{english}");
    let german = work.ok(&["compare", "demo", "--lang", "de"]).stdout;
    assert!(german.contains("[x] Roher Unterschied\n") && german.contains("\nAntwort: "), "{german}");
    assert!(!german.contains("Raw") && !german.contains("interval"), "{german}");
}

#[test]
fn a_campaign_on_live_services_is_another_ladder() {
    let work = demo();
    let found = compared(&work, &["--name", "kampagne"]);
    let ladder = &found["comparisons"][0];
    assert_eq!((found["comparisons"].as_array().unwrap().len(), &ladder["name"]), (1, &Value::from("kampagne")));
    assert_eq!(ladder["steps"].as_array().unwrap().len(), 5);
    assert!(ladder["effect"].is_object());
    let said = work.run(&["compare", "demo", "--name", "kampange"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("did you mean \"kampagne\"?"), "{}", said.stderr);
}

/// The mean that the campaigns of the example add from the quarter on in which they begin, over the services that
/// were online before the data begin: known, since the example is invented.
fn true_effect() -> f64 {
    let world = World::new(&DemoSize::default()).unwrap();
    let (mut sum, mut n) = (0.0, 0.0);
    for town in 0..world.towns.len() {
        for offer in world.offers(town) {
            let Some(live) = offer.live.as_ref().filter(|live| live.month < 0) else { continue };
            let Some(campaign) = live.campaign else { continue };
            let mut without = offer.clone();
            without.live.as_mut().unwrap().campaign = None;
            // The window begins with a quarter.
            for month in campaign.month / 3 * 3..world.months {
                let platform = world.towns[town].platform;
                sum += world.share(platform, &offer, month) - world.share(platform, &without, month);
                n += 1.0;
            }
        }
    }
    sum / n
}

#[test]
fn a_campaign_that_works_reaches_the_upper_rungs_with_the_true_effect_in_its_interval() {
    let truth = true_effect();
    assert!((0.04..0.06).contains(&truth), "{truth}");
    let work = demo();
    let found = compared(&work, &["--name", "kampagne"]);
    let ladder = &found["comparisons"][0];
    assert_eq!(ladder["stands_on"], "robust", "{ladder}");
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{value}"));
    let effect = &ladder["effect"]["by_town"];
    let (lower, upper) = (number(&effect["lower"]), number(&effect["upper"]));
    assert!(lower > 0.0 && lower < truth && truth < upper, "{truth} in {effect}");
    // Before the event the band for all quarters at once holds zero, in the quarter after it began it does not.
    let course = ladder["effect"]["course"].as_array().unwrap();
    let band = |quarter: i64| {
        let point = course.iter().find(|p| p["quarter"] == quarter).unwrap_or_else(|| panic!("{course:?}"));
        (number(&point["band"]["lower"]), number(&point["band"]["upper"]))
    };
    for quarter in [-4, -3, -2] {
        assert!(band(quarter).0 < 0.0 && band(quarter).1 > 0.0, "{quarter}: {course:?}");
    }
    assert!(band(1).0 > 0.0, "{course:?}");
    assert!(course.iter().any(|p| p["reference"] == true && p["quarter"] == -1 && p["effect"].is_null()));
    assert!(number(&ladder["cost_per_case"]["lower"]) > 0.0);
}

#[test]
fn page_picture_and_table_show_what_the_command_says() {
    for audience in ["internal", "public"] {
        let work = demo();
        work.edit("demo/resonanz.toml", "audience = \"internal\"", &format!("audience = \"{audience}\""));
        work.ok(&["run", "demo"]);
        let found = compared(&work, &[]);
        let ladder = |at: usize| &found["comparisons"][at];
        // What is published is what follows from the numbers of this audience.
        let table = |name: &str| work.table(&format!("demo/out/publish/data/{name}.csv"));
        let close = |cell: &str, value: &Value| match value.as_f64() {
            Some(v) => (cell.parse::<f64>().unwrap() - v).abs() < 1e-12,
            None => cell.is_empty(),
        };
        let rows = table("comparison_course");
        let course = ladder(1)["effect"]["course"].as_array().unwrap();
        assert_eq!(rows.len(), course.len());
        for (row, point) in rows.iter().zip(course) {
            assert_eq!(row["quarter"], point["quarter"].to_string());
            assert!(close(&row["upper"], &point["effect"]["upper"]), "{row:?} {point}");
            assert!(close(&row["band_lower"], &point["band"]["lower"]), "{row:?} {point}");
        }
        let rows = table("comparison_horizons");
        let horizons = ladder(0)["horizons"].as_array().unwrap();
        assert_eq!(rows.len(), horizons.len());
        for (row, horizon) in rows.iter().zip(horizons) {
            assert_eq!(row["pairs"], horizon["pairs"].to_string());
            assert!(close(&row["by_town"], &horizon["by_town"]["value"]), "{row:?} {horizon}");
        }
        let rungs = table("comparison_ladder");
        let timings: Vec<&str> = rungs.iter().map(|row| row["timing"].as_str()).collect();
        assert_eq!(timings, [["before_launch"; 5], ["live"; 5]].concat());
        for (row, step) in rungs.iter().zip((0..2).flat_map(|at| ladder(at)["steps"].as_array().unwrap())) {
            assert_eq!(row["text_en"], step["text"].as_str().unwrap());
        }
        let page = work.read("demo/out/publish/bericht/vergleiche/kampagne.html");
        assert!(page.contains("id=\"chart-course\"") && page.contains("<h1>Orte mit und ohne Kampagne</h1>"));
        assert_eq!(page.contains("nur Orte, deren Zahlen gezeigt werden"), audience == "public");
        assert!(work.read("demo/out/publish/bericht/index.html").contains("href=\"vergleiche/kampagne.html\""));
        let png = std::fs::read(work.path("demo/out/publish/charts/comparison-kampagne-course.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }
}

#[test]
fn what_cannot_be_claimed_is_refused() {
    let work = demo();
    for (from, to, hint) in [
        ("timing = \"before_launch\"", "timing = \"before_launch\"\nmatch_on = [\"populaton\"]", "population"),
        (
            "timing = \"before_launch\"",
            "timing = \"before_launch\"\nclaim = { measure = \"star_mean\", ratio = 2.0 }",
            "online_share",
        ),
        ("timing = \"before_launch\"", "timing = \"before_launch\"\nclaim = { measure = \"online_share\" }", "ratio"),
    ] {
        let before = work.read("demo/resonanz.toml");
        work.edit("demo/resonanz.toml", from, to);
        let said = work.run(&["compare", "demo"]);
        assert_eq!(said.code, 2, "{to}: {}", said.stderr);
        assert!(said.stderr.contains(hint), "{to}: {}", said.stderr);
        work.file("demo/resonanz.toml", before);
    }
    work.edit("demo/resonanz.toml", "event = \"participation\"\ntiming = \"before_launch\"", "by = \"all\"");
    work.edit("demo/resonanz.toml", "timing = \"live\"", "timing = \"any\"");
    let said = work.run(&["compare", "demo"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("before_launch"), "{}", said.stderr);
}

#[test]
fn later_campaigns_are_no_part_of_the_first_one() {
    let work = demo();
    let ladder = |work: &Work| compared(work, &["--name", "kampagne"])["comparisons"][0].clone();
    let before = ladder(&work);
    assert_eq!(before["repeated"], 0);
    let towns = before["towns"]["with"].as_u64().unwrap();
    assert!(towns > 5, "{before}");
    // Every campaign is held again in the next month: nowhere is there a year after the first one alone.
    let events = work.read("demo/eingang/ereignisse.csv");
    let again: Vec<String> = events.lines().filter(|line| line.contains(";Kampagne;")).map(next_month).collect();
    work.file("demo/eingang/ereignisse.csv", format!("{}\n{}\n", events.trim_end(), again.join("\n")));
    let after = ladder(&work);
    assert!(after["repeated"].as_u64().unwrap() >= towns, "{after}");
    assert_eq!(after["towns"]["with"], 0);
    let said = after["steps"][0]["text"].as_str().unwrap();
    assert!(said.contains("towns with the event another of its kind followed later"), "{said}");
}

/// A line of events with both days a month later, at the beginning of that month.
fn next_month(line: &str) -> String {
    let mut cells: Vec<String> = line.split(';').map(str::to_owned).collect();
    for cell in &mut cells[3..5] {
        let parts: Vec<u32> = cell.split('.').map(|part| part.parse().unwrap()).collect();
        let months = parts[2] * 12 + parts[1];
        *cell = format!("01.{:02}.{}", months % 12 + 1, months / 12);
    }
    cells.join(";")
}

#[test]
fn what_else_happened_in_the_same_months_is_looked_up() {
    let work = demo();
    let others = |work: &Work| -> Vec<Value> {
        let found = compared(work, &[]);
        found["comparisons"].as_array().unwrap().iter().map(|c| c["others"].clone()).collect()
    };
    let kind =
        |others: &Value, kind: &str| others["kinds"].as_array().unwrap().iter().find(|k| k["kind"] == kind).cloned();
    for (others, own) in others(&work).iter().zip(["participation", "campaign"]) {
        assert!(kind(others, own).is_none() && kind(others, "outage").is_some(), "{own}: {others}");
        assert!(others["with"]["towns"].as_u64() <= others["with"]["of"].as_u64());
    }
    // A training for everybody and everything over all months touches every town.
    let events = work.read("demo/eingang/ereignisse.csv");
    let line = "*;*;Schulung;01.01.2023;31.12.2025;;Schulung im ganzen Land";
    work.file("demo/eingang/ereignisse.csv", format!("{}\n{line}\n", events.trim_end()));
    for others in others(&work) {
        let of = |side: &str| others[side]["of"].clone();
        assert!(of("with").as_u64() > Some(5) && of("without").as_u64() > Some(5), "{others}");
        assert_eq!((&others["with"]["towns"], &others["without"]["towns"]), (&of("with"), &of("without")));
        let training = kind(&others, "training").unwrap();
        assert_eq!((&training["with"], &training["without"]), (&of("with"), &of("without")));
    }
    let german = work.ok(&["compare", "demo", "--lang", "de"]).stdout;
    assert!(german.contains("gab es im selben Zeitraum auch anderes: ") && german.contains("Schulung ("), "{german}");
}

#[test]
fn towns_of_a_district_count_as_one() {
    let work = demo();
    let found = |work: &Work| compared(work, &["--name", "kampagne"])["comparisons"][0].clone();
    let by_town = found(&work);
    assert!(by_town["clusters"].is_null());
    work.edit("demo/resonanz.toml", "timing = \"live\"\n", "timing = \"live\"\ncluster = \"kreis\"\n");
    let by_district = found(&work);
    // The estimate is that of the towns, its error another, and there are fewer units than towns.
    assert_eq!(by_district["raw"]["value"], by_town["raw"]["value"]);
    assert_eq!(by_district["effect"]["by_town"]["value"], by_town["effect"]["by_town"]["value"]);
    for (a, b) in
        [(&by_district["raw"], &by_town["raw"]), (&by_district["effect"]["by_town"], &by_town["effect"]["by_town"])]
    {
        assert!(a["se"].as_f64().unwrap() > 0.0 && a["se"] != b["se"], "{a} {b}");
    }
    let clusters = &by_district["clusters"];
    assert!(clusters["by"] == "kreis" && clusters["with"].as_u64() < by_town["towns"]["with"].as_u64(), "{clusters}");
    let said = by_district["steps"][1]["text"].as_str().unwrap();
    assert!(said.contains("groups of towns by district"), "{said}");
    // A single state is no measure of chance.
    work.edit("demo/resonanz.toml", "cluster = \"kreis\"", "cluster = \"land\"");
    let by_state = found(&work);
    assert!(by_state["raw"]["refused"].is_string() && by_state["effect"]["refused"].is_string(), "{by_state}");
    let said = by_state["steps"][1]["text"].as_str().unwrap();
    assert!(said.contains("groups of towns, at least 5 are needed"), "{said}");
    for (wrong, words) in [("kries", "did you mean \"kreis\"?"), ("population", "attribute:NAME")] {
        work.edit("demo/resonanz.toml", "cluster = \"land\"", &format!("cluster = \"{wrong}\""));
        let said = work.run(&["compare", "demo"]);
        assert!(said.code == 2 && said.stderr.contains(words), "{}", said.stderr);
        work.edit("demo/resonanz.toml", &format!("cluster = \"{wrong}\""), "cluster = \"land\"");
    }
}
