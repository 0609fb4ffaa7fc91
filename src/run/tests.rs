//! A run that takes over what earlier runs have read must write what a run from scratch writes, byte by byte.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const CONFIGURATION: &str = r#"
schema_version = 1
[project]
name = "Probe"
[report]
html = false
charts = false
[store]
dir = "store"
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
[[source]]
name = "long"
kind = "usage"
files = "in/long-*.csv"
columns = { period = "date", area = "ags", service = "service", channel = "channel", stage = "stage", count = "n" }
values = { stage = { started = "form_start" }, area = { nord = "01001000" } }
missing = ["k. A."]
on_duplicate = "DUPLICATE"
error_budget = 1.0
quarantine_limit = 4
[[source]]
name = "wide"
kind = "usage"
files = "in/wide-*.csv"
layout = "wide"
columns = { area = "ags", service = "service" }
error_budget = 1.0
absent = "zero"
[[source.wide]]
pattern = "{period} {channel}"
constants = { stage = "form_submit" }
[[source]]
name = "votes"
kind = "feedback"
files = "in/votes-*.csv"
columns = { time = "time", area = "ags", service = "service", value = "vote", comment = "comment" }
constants = { place = "form_end", scale = "three_way" }
error_budget = 0.2
[[source]]
name = "numbered"
kind = "feedback"
files = "in/numbered-*.csv"
columns = { id = "id", time = "time", area = "ags", service = "service", value = "vote" }
constants = { place = "page", scale = "binary" }
error_budget = 1.0
"#;

const KINDS: [(&str, &str, &str); 4] = [
    ("long", "date,ags,service,channel,stage,n", "2025-01,01001000,S1,online,form_submit,5\n"),
    ("wide", "ags,service,2025-01 online,2025-01 paper,2025-02 online", "01001000,S2,3,4,\n"),
    ("votes", "time,ags,service,vote,comment", "2025-01-05,01001000,S1,yes,\n"),
    ("numbered", "id,time,ags,service,vote", "a,2025-01-05,01001000,S1,yes\n"),
];

struct Towns {
    dir: TempDir,
    configuration: String,
}

impl Towns {
    fn new(on_duplicate: &str) -> Self {
        let towns =
            Self { dir: TempDir::new().unwrap(), configuration: CONFIGURATION.replace("DUPLICATE", on_duplicate) };
        towns.file("register.csv", "key,name\n01001000,Nordstadt\n01002000,Südstadt\n01003000,Weststadt\n");
        towns.file("services.csv", "key,name\nS1,Pass\nS2,Kita\n");
        for (kind, header, row) in KINDS {
            towns.file(&format!("in/{kind}-0.csv"), &format!("{header}\n{row}"));
        }
        towns
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn project(&self) -> Project {
        Project::parse(&self.configuration, self.dir.path()).unwrap()
    }

    fn run(&self, trust: Trust) -> Summary {
        run_from(&self.project(), trust, &|_| {}).unwrap()
    }

    /// What a run from scratch writes.
    fn scratch(&self) -> BTreeMap<String, Vec<u8>> {
        let project = Project { output: self.path("scratch"), store: None, ..self.project() };
        run(&project, &|_| {}).unwrap();
        tree(&project.output)
    }

    #[track_caller]
    fn assert_as_from_scratch(&self) {
        assert_same(&tree(&self.path("out")), &self.scratch());
    }

    /// The files of the fragments that there are.
    fn fragments(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> =
            fs::read_dir(self.path("store/fragments")).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    }

    /// Makes the inputs look as if they had been there for a while.
    fn age(&self) {
        for name in ["register.csv", "services.csv"] {
            set_time(&self.path(name));
        }
        for entry in fs::read_dir(self.path("in")).unwrap() {
            set_time(&entry.unwrap().path());
        }
    }
}

fn set_time(path: &Path) {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    File::options().write(true).open(path).unwrap().set_times(FileTimes::new().set_modified(then)).unwrap();
}

fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                out.insert(path.strip_prefix(root).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    out
}

#[track_caller]
fn assert_same(found: &BTreeMap<String, Vec<u8>>, wanted: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (name, bytes) in wanted {
        if found[name] != *bytes {
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(6_000).collect::<String>();
            panic!("{name} differs\n--- found\n{}\n--- from scratch\n{}", shown(&found[name]), shown(bytes));
        }
    }
}

fn cell(kind: &'static str, column: usize) -> impl Strategy<Value = &'static str> {
    const AREAS: &[&str] = &["01001000", "01002000", "01003000", "\"01002000\"", "1001000", "01009000", "nord"];
    const SERVICES: &[&str] = &["S1", "S2", "S1", "S2", "\"S1\"", "S9"];
    const DATES: &[&str] = &["2025-01", "2025-02", "2025-01-15", "2025-02-03", "2025-Q1", "2025-W05", "gestern"];
    const NUMBERS: &[&str] = &["0", "7", "12", "12", "\"8\"", "007", "1.000", "k. A.", "", "x"];
    const VOTES: &[&str] = &["yes", "partly", "no", "ja", "\"no\"", "vielleicht"];
    let cells: &[&str] = match (kind, column) {
        ("long" | "votes", 1) | ("wide", 0) | ("numbered", 2) => AREAS,
        ("long" | "votes", 2) | ("wide", 1) | ("numbered", 3) => SERVICES,
        ("long", 0) => DATES,
        ("long", 3) => &["online", "paper", "online", "Papier", "\"online\"", ""],
        ("long", 4) => &["form_submit", "form_submit", "started", "completed", "case_total", "unique_visitors"],
        ("long", 5) | ("wide", _) => NUMBERS,
        ("votes", 0) | ("numbered", 1) => &["2025-01-05", "2025-01-05", "2025-02-09", "2025-02", "12.01.2025"],
        ("votes", 3) | ("numbered", 4) => VOTES,
        ("votes", _) => &["", "", "gut", "\"zwei\nZeilen\"", "Mail an a@b.example"],
        _ => &["a", "b", "c", "d", ""],
    };
    proptest::sample::select(cells)
}

fn row(kind: &'static str, width: usize) -> impl Strategy<Value = String> {
    let cells: Vec<_> = (0..width).map(|column| cell(kind, column).boxed()).collect();
    let whole = cells.prop_map(|cells| cells.join(","));
    prop_oneof![20 => whole, 1 => Just(String::new()), 1 => Just("Summe,,".to_owned()), 1 => Just("\"a".to_owned())]
}

/// The new text of a file, or none if it is removed.
fn step() -> impl Strategy<Value = (String, Option<String>)> {
    let of = |(kind, header, _): (&'static str, &'static str, &'static str)| {
        let rows = proptest::collection::vec(row(kind, header.split(',').count()), 0..25);
        let text = rows.prop_map(move |rows| format!("{header}\n{}\n", rows.join("\n")));
        (1..3, proptest::option::weighted(0.75, text)).prop_map(move |(at, text)| (format!("in/{kind}-{at}.csv"), text))
    };
    let [long, wide, votes, numbered] = KINDS.map(of);
    prop_oneof![4 => long, 2 => wide, 2 => votes, 1 => numbered]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn files_added_corrected_and_removed_come_to_what_a_run_from_scratch_writes(
        on_duplicate in proptest::sample::select(vec!["reject", "first", "replace"]),
        steps in proptest::collection::vec(step(), 1..6),
        aged in any::<bool>(),
    ) {
        let towns = Towns::new(on_duplicate);
        towns.run(Trust::SizeAndTime);
        for (name, text) in steps {
            match text {
                Some(text) => towns.file(&name, &text),
                None if towns.path(&name).exists() => fs::remove_file(towns.path(&name)).unwrap(),
                None => {}
            }
            // Of files that are new every time and of the same size there is none here with the same time.
            if aged && !towns.path(&name).exists() {
                towns.age();
            }
            let stored = run_from(&towns.project(), Trust::SizeAndTime, &|_| {}).map_err(|error| error.to_string());
            match stored {
                Ok(_) => towns.assert_as_from_scratch(),
                // A quote that is not closed: no run can read the file, and neither can this one.
                Err(error) => {
                    let scratch = Project { output: towns.path("scratch"), store: None, ..towns.project() };
                    assert_eq!(run(&scratch, &|_| {}).unwrap_err().to_string(), error);
                    fs::remove_file(towns.path(&name)).unwrap();
                }
            }
        }
    }
}

#[test]
fn a_run_without_anything_new_leaves_the_output_alone() {
    let mut towns = Towns::new("reject");
    let first = towns.run(Trust::SizeAndTime);
    let written = |towns: &Towns| fs::metadata(towns.path("out/internal/manifest.json")).unwrap().modified().unwrap();
    let then = written(&towns);
    let second = towns.run(Trust::SizeAndTime);
    assert_eq!((first.nothing_new, &second), (false, &Summary { nothing_new: true, ..first.clone() }));
    assert_eq!(written(&towns), then);
    // A file touched is a file unchanged.
    set_time(&towns.path("in/long-0.csv"));
    assert!(towns.run(Trust::SizeAndTime).nothing_new && towns.run(Trust::Bytes).nothing_new);
    // Each of these would change the output, or has.
    fs::remove_file(towns.path("out/internal/data/findings.csv")).unwrap();
    assert!(!towns.run(Trust::SizeAndTime).nothing_new);
    towns.configuration = towns.configuration.replace("\"Probe\"", "\"Versuch\"");
    assert!(!towns.run(Trust::SizeAndTime).nothing_new);
    towns.file("register.csv", "key,name\n01001000,Nordstadt\n01002000,Süddorf\n");
    assert!(!towns.run(Trust::SizeAndTime).nothing_new);
    fs::copy(towns.path("in/long-0.csv"), towns.path("in/long-1.csv")).unwrap();
    assert!(!towns.run(Trust::SizeAndTime).nothing_new);
    towns.assert_as_from_scratch();
    assert!(towns.run(Trust::SizeAndTime).nothing_new);
}

/// The date of a file can be set by whoever writes it: then only its bytes tell.
#[test]
fn a_change_that_keeps_size_and_time_is_seen_by_its_bytes_alone() {
    let towns = Towns::new("reject");
    towns.age();
    towns.run(Trust::SizeAndTime);
    let before = tree(&towns.path("out"));
    towns.file("in/long-0.csv", "date,ags,service,channel,stage,n\n2025-01,01001000,S1,online,form_submit,6\n");
    towns.age();
    assert!(towns.run(Trust::SizeAndTime).nothing_new);
    assert_same(&tree(&towns.path("out")), &before);
    // Another file is new: of the first one the fragment is taken, which shows that it is not read.
    towns.file("in/long-1.csv", "date,ags,service,channel,stage,n\n");
    assert!(!towns.run(Trust::SizeAndTime).nothing_new);
    let values = |towns: &Towns| -> Vec<String> {
        let mut panel = csv::Reader::from_path(towns.path("out/internal/data/panel.csv")).unwrap();
        panel.deserialize().map(|row| row.unwrap()).map(|row: BTreeMap<String, String>| row["value"].clone()).collect()
    };
    let (five, six) = ("5".to_owned(), "6".to_owned());
    assert!(values(&towns).contains(&five) && !values(&towns).contains(&six), "{:?}", values(&towns));
    assert!(!towns.run(Trust::Bytes).nothing_new);
    assert!(values(&towns).contains(&six) && !values(&towns).contains(&five));
    towns.assert_as_from_scratch();
}

#[test]
fn a_damaged_store_costs_time_and_nothing_else() {
    let towns = Towns::new("replace");
    towns.age();
    towns.run(Trust::SizeAndTime);
    let files = towns.fragments();
    // Of long, wide and votes one Parquet file and one of JSON each; of feedback with ids none.
    assert_eq!(files.len(), 6, "{files:?}");
    let damages: [&dyn Fn(&Path); 4] = [
        &|path| fs::remove_file(path).unwrap(),
        &|path| fs::write(path, "").unwrap(),
        &|path| fs::write(path, &fs::read(path).unwrap()[1..]).unwrap(),
        &|path| {
            let mut bytes = fs::read(path).unwrap();
            let at = bytes.len() / 2;
            bytes[at] ^= 1;
            fs::write(path, bytes).unwrap();
        },
    ];
    for file in &files {
        let whole = fs::read(file).unwrap();
        for damage in damages {
            damage(file);
            fs::remove_dir_all(towns.path("out")).unwrap();
            towns.run(Trust::SizeAndTime);
            towns.assert_as_from_scratch();
            assert_eq!(fs::read(file).unwrap(), whole, "{} is made anew", file.display());
        }
    }
    for name in ["index.jsonl", "last-run.jsonl"] {
        for damage in damages {
            damage(&towns.path("store").join(name));
            towns.run(Trust::SizeAndTime);
            towns.assert_as_from_scratch();
        }
    }
    assert_eq!(towns.fragments(), files);
}

#[test]
fn what_no_run_needs_any_more_is_removed() {
    let towns = Towns::new("reject");
    towns.run(Trust::SizeAndTime);
    let before = towns.fragments();
    towns.file("in/long-1.csv", "date,ags,service,channel,stage,n\n2025-02,01002000,S1,online,form_submit,6\n");
    towns.file("store/fragments/12-ab.parquet.unfinished", "rest of an interrupted run");
    towns.run(Trust::SizeAndTime);
    assert_eq!(towns.fragments().len(), before.len() + 2);
    fs::remove_file(towns.path("in/long-1.csv")).unwrap();
    towns.run(Trust::SizeAndTime);
    assert_eq!(towns.fragments(), before);
    // With another register every key may mean something else.
    towns.file("register.csv", "key,name\n01001000,Nordstadt\n");
    towns.run(Trust::SizeAndTime);
    towns.assert_as_from_scratch();
    let after = towns.fragments();
    assert!(after.len() == before.len() && after.iter().all(|file| !before.contains(file)));
}

#[test]
fn a_store_of_another_version_or_in_use_is_refused_and_a_foreign_folder_left_alone() {
    let towns = Towns::new("reject");
    towns.run(Trust::SizeAndTime);
    let refused = || run_from(&towns.project(), Trust::SizeAndTime, &|_| {}).unwrap_err();
    let held = Store::open(&towns.path("store"), false).unwrap();
    assert!(refused().to_string().ends_with("another run is using this store"));
    drop(held);
    towns.file("store/store.json", "{\"program\": \"resonanz\", \"schema_version\": 2}\n");
    let error = refused();
    assert!(
        error.to_string().ends_with("this store has version 2, which is not known to this program; it works with 1")
    );
    assert_eq!(error.exit_code(), 2);
    fs::remove_dir_all(towns.path("store")).unwrap();
    towns.file("store/brief.txt", "mine");
    assert!(refused().to_string().ends_with("(it holds brief.txt) and cannot be its store"));
    assert_eq!(fs::read_dir(towns.path("store")).unwrap().count(), 1);
}

#[test]
fn the_store_stands_apart_from_the_output() {
    let base = Path::new("/projekt");
    let with = |dir: &str| {
        let text = CONFIGURATION.replace("DUPLICATE", "first").replace("\"store\"", &format!("{dir:?}"));
        Project::parse(&text, base).map(|project| project.store)
    };
    assert_eq!(with("../speicher").unwrap(), Some(base.join("../speicher")));
    assert_eq!(with("outer").unwrap(), Some(base.join("outer")));
    for dir in ["", " ", ".", "out", "out/store", "in/../out/internal", ".."] {
        assert!(with(dir).unwrap_err().to_string().contains("the store needs a folder of its own"), "{dir}");
    }
}

/// Hand-worked: the later delivery counts, whatever the paths say; removed, it revives what lost to it.
#[test]
fn of_two_deliveries_the_later_one_counts_and_a_removed_one_revives_what_lost_to_it() {
    let mut towns = Towns::new("replace");
    towns.configuration = towns.configuration.replace(
        "files = \"in/long-*.csv\"",
        "files = [\"in/long-*.csv\", \"in/nach-*.csv\"]\ndelivery = \"YYYYMMDD\"",
    );
    fs::rename(towns.path("in/long-0.csv"), towns.path("in/long-b-20250301.csv")).unwrap();
    let header = "date,ags,service,channel,stage,n\n2025-01,01001000,S1,online,form_submit,";
    towns.file("in/long-a-20250401.csv", &format!("{header}6\n"));
    towns.file("in/nach-20250315.csv", &format!("{header}8\n"));
    let value = |towns: &Towns| {
        towns.run(Trust::SizeAndTime);
        towns.assert_as_from_scratch();
        let mut panel = csv::Reader::from_path(towns.path("out/internal/data/panel.csv")).unwrap();
        let rows = panel.deserialize().map(|row| row.unwrap());
        let of_form =
            |row: &BTreeMap<String, String>| row["service"] == "S1" && row.values().any(|cell| cell == "form_submit");
        rows.filter(of_form).map(|row| row["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(value(&towns), ["6"]);
    fs::remove_file(towns.path("in/long-a-20250401.csv")).unwrap();
    assert_eq!(value(&towns), ["8"]);
    // A corrected delivery takes the place of the one that it corrects, not of the later ones.
    towns.file("in/long-b-20250301.csv", &format!("{header}9\n"));
    assert_eq!(value(&towns), ["8"]);
    fs::remove_file(towns.path("in/nach-20250315.csv")).unwrap();
    towns.configuration = towns.configuration.replace("\"in/long-*.csv\", \"in/nach-*.csv\"", "\"in/long-*.csv\"");
    assert_eq!(value(&towns), ["9"]);
    towns.file("in/long-neu.csv", &format!("{header}1\n"));
    let error = run_from(&towns.project(), Trust::SizeAndTime, &|_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "source \"long\": in/long-neu.csv: the name of the file does not hold exactly one date of the form YYYYMMDD"
    );
    assert_eq!(error.exit_code(), 2);
}

/// What little of a file shows in an output: where a plain record stands, how it spells its keys, how many
/// votes of a month were rejected.
#[test]
fn a_fragment_tells_all_that_a_finding_about_its_file_may_say() {
    let mut towns = Towns::new("reject");
    // The quarantine has room for what is decided last.
    towns.configuration = towns.configuration.replace("quarantine_limit = 4", "quarantine_limit = 40");
    let header = "date,ags,service,channel,stage,n";
    // A blank line, a rejected record and a record of two lines before plain ones; keys that are mapped.
    let rows = "\n2025-01,01009000,S1,online,form_submit,1\n2025-02,nord,S1,online,form_submit,4\n\
                2025-02,\"01002000\",S1,\"on\nline\",form_submit,1\n2025-02,nord,S1,online,started,9\n\n\
                2025-02,01003000,S2,online,form_submit,4\n";
    towns.file("in/long-1.csv", &format!("{header}\n{rows}"));
    towns.file("in/long-2.csv", &format!("{header}\n{rows}"));
    let votes = |vote: &str, times: usize| format!("2025-02-05,01002000,S2,{vote},\n").repeat(times);
    // Of the file 3 of 30 are lost, but of this month 3 of 10, more than the budget of 20 per cent.
    let others = "2025-01-05,01003000,S1,no,\n".repeat(20);
    let votes = [votes("yes", 7), votes("?", 3), others].concat();
    towns.file("in/votes-1.csv", &format!("time,ags,service,vote,comment\n{votes}"));
    towns.run(Trust::SizeAndTime);
    towns.assert_as_from_scratch();
    towns.file("in/wide-1.csv", "ags,service,2025-01 online,2025-01 paper,2025-02 online\n");
    towns.run(Trust::SizeAndTime);
    towns.assert_as_from_scratch();
    let findings = fs::read_to_string(towns.path("out/internal/data/findings.csv")).unwrap();
    assert_eq!(findings.matches("duplicate").count(), 3, "{findings}");
    let quarantine = fs::read_to_string(towns.path("out/internal/data/quarantine.csv")).unwrap();
    assert!(quarantine.contains("nord") && quarantine.contains("started"), "{quarantine}");
}
