//! The heavy step on an engine of the site: every file of a run must be the one that this program writes alone.
//!
//! The fixture has what an engine must get right (counts delivered twice within and across files under each of the
//! three declarations, days and months, votes, counts of nine digits) and what stays here (quarters, missing codes,
//! counts beyond 32 bits, rejected records, days that meet months of the same count).

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use polars::prelude::{Column, ParquetReader, ParquetWriter, SerReader};

use crate::support::Work;

/// Numbers without pattern; the same ones every time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

const AREAS: u64 = 25;
const SERVICES: u64 = 5;
const HEADER: &str = "period,ags,service,channel,stage,count\n";

/// A pair that only has numbers of months, by far most of them plain.
fn of_months(draw: &mut Draw) -> (u64, u64) {
    (draw.below(AREAS), draw.below(SERVICES - 1))
}

fn usage(draw: &mut Draw, records: usize, damaged: bool) -> String {
    let mut out = HEADER.to_owned();
    for _ in 0..records {
        let (area, service) = of_months(draw);
        let month = 1 + draw.below(12);
        let channel = ["online", "paper", "phone"][draw.below(3) as usize];
        let stage = ["form_start", "form_submit", "completed"][draw.below(3) as usize];
        let (mut period, mut count, mut ags) =
            (format!("2025-{month:02}"), draw.below(1_000).to_string(), format!("9900{area:04}"));
        match draw.below(40) {
            0 => count = (999_999_000 + draw.below(1_000)).to_string(),
            1 if damaged && area < 4 => count = "5000000001".into(),
            2 if damaged && area < 4 => count = "k. A.".into(),
            3 if damaged && area < 4 => period = format!("2025-Q{}", 1 + month / 4),
            4 if damaged => count = "viele".into(),
            5 if damaged => ags = "12345678".into(),
            6 if damaged => period = "2025-13".into(),
            _ => {}
        }
        writeln!(out, "{period},{ags},S{service},{channel},{stage},{count}").unwrap();
    }
    out
}

/// Days of a service that others count by months; in areas from 20 on both meet.
fn days(draw: &mut Draw, records: usize) -> String {
    let mut out = HEADER.to_owned();
    for _ in 0..records {
        let (area, month, day) = (draw.below(AREAS), 1 + draw.below(12), 1 + draw.below(28));
        let whole = area >= 20 && draw.below(30) == 0;
        let period = if whole { format!("2025-{month:02}") } else { format!("2025-{month:02}-{day:02}") };
        writeln!(out, "{period},9900{area:04},S{},online,completed,{}", SERVICES - 1, draw.below(100)).unwrap();
    }
    out
}

fn votes(draw: &mut Draw, records: usize) -> String {
    let mut out = "time,ags,service,helpful,comment\n".to_owned();
    for _ in 0..records {
        let (area, service) = (draw.below(AREAS), draw.below(SERVICES));
        let (month, day) = (1 + draw.below(12), 1 + draw.below(28));
        let answer = match draw.below(100) {
            0 => "vielleicht",
            1..30 => "no",
            _ => "yes",
        };
        let comment = if draw.below(5) == 0 { "gut" } else { "" };
        writeln!(out, "2025-{month:02}-{day:02}T10:00:00,9900{area:04},S{service},{answer},{comment}").unwrap();
    }
    out
}

const PROJECT: &str = r#"
schema_version = 1
[project]
name = "Engines"
language = "en"
fictional = true
[period]
until = "2025-12"
[report]
html = false
charts = false
png = false
[tables]
cells = true
rollup = ["all", "state"]
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "ags", name = "name", land = "state", population = "population" }
attributes = ["state"]
[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }
[[source]]
name = "votes"
kind = "feedback"
files = "votes.csv"
columns = { time = "time", area = "ags", service = "service", value = "helpful", comment = "comment" }
constants = { place = "form_end", scale = "binary" }
values = { value = { yes = "yes", no = "no" } }
keep_comments = false
exact = true
date_format = "YYYY-MM-DDTHH:MM:SS"
error_budget = 1.0
"#;

/// Sources by what they declare about a second number; all of them count partly the same.
const SOURCES: [(&str, &str, &str); 4] = [
    ("once", "reject", "absent = \"zero\""),
    ("early", "first", ""),
    ("late", "replace", ""),
    ("daily", "replace", ""),
];

fn fixture() -> Work {
    let work = Work::new();
    let mut draw = Draw(2025);
    let areas: String =
        (0..AREAS).map(|n| format!("9900{n:04},Ort {n},{},{}\n", ["N", "S"][n as usize % 2], 900 + n)).collect();
    let services: String = (0..SERVICES).map(|n| format!("S{n},Leistung {n}\n")).collect();
    let mut project = PROJECT.to_owned();
    for (name, on_duplicate, more) in SOURCES {
        write!(
            project,
            r#"
[[source]]
name = "{name}"
kind = "usage"
files = "{name}-*.csv"
columns = {{ period = "period", area = "ags", service = "service", channel = "channel", stage = "stage", count = "count" }}
missing = ["k. A."]
on_duplicate = "{on_duplicate}"
error_budget = 1.0
{more}
"#
        )
        .unwrap();
    }
    work.file("register.csv", format!("ags,name,state,population\n{areas}"))
        .file("services.csv", format!("key,name\n{services}"))
        .file("votes.csv", votes(&mut draw, 6_000))
        .file("once-1.csv", usage(&mut draw, 2_000, true))
        .file("once-2.csv", usage(&mut draw, 1_000, false))
        .file("early-1.csv", usage(&mut draw, 1_500, false))
        .file("early-2.csv", usage(&mut draw, 500, true))
        .file("late-1.csv", usage(&mut draw, 1_500, false))
        .file("late-2.csv", usage(&mut draw, 1_500, true))
        .file("daily-1.csv", days(&mut draw, 4_000))
        .file("resonanz.toml", project);
    fs::create_dir(work.path("exchange")).unwrap();
    work
}

/// Adds the table `[engine]`; what is exchanged goes to a folder that can be looked into.
fn with_engine(work: &Work, kind: &str, command: &[String]) {
    let project = work.read("resonanz.toml");
    let command = serde_json::to_string(command).unwrap();
    work.file(
        "resonanz.toml",
        format!("{project}\n[engine]\nkind = \"{kind}\"\nwork = \"exchange\"\ncommand = {command}\n"),
    );
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

/// Runs the fixture alone and on the engine, and compares every byte of both outputs.
fn agrees(kind: &str, command: &[String]) {
    let (alone, engine) = (fixture(), fixture());
    with_engine(&engine, kind, command);
    alone.ok(&["run"]);
    let said = engine.ok(&["--log-level", "info", "run"]).stderr;
    // By far most numbers have gone the other way; 25 areas with 4 services are 100 series with counts of months.
    let handed_over = said.split_once("[engine]: ").unwrap().1.split_whitespace().next().unwrap();
    assert!(handed_over.parse::<u32>().unwrap() > 12_000, "{said}");
    assert!(is_empty(&engine.path("exchange")), "what was exchanged is gone");
    let (wanted, found) = (alone.tree("out"), engine.tree("out"));
    assert!(wanted.len() > 10);
    assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
    for (name, bytes) in &wanted {
        assert!(found[name] == *bytes, "{name} differs");
    }
    // The fixture has what it is meant to have.
    let findings = String::from_utf8(wanted["internal/data/findings.csv"].clone()).unwrap();
    for code in ["duplicate", "duplicate_ignored", "replaced", "period_overlap", "bad_number", "unknown_area"] {
        assert!(findings.contains(&format!(",{code},")) || findings.contains(&format!("\n{code},")), "{code}");
    }
}

/// A sum beyond 64 bits breaks the job off: of a job whose counts are then made as large as 64 bits hold. `start`
/// is what begins the client, `enlarge` is told the folder with the facts.
fn overflows(kind: &str, start: &[String], enlarge: &dyn Fn(&Path)) -> String {
    let work = fixture();
    let kept = work.path("kept");
    // Not a client, but it keeps the job.
    let keep = ["cp", "-r", "-t", &kept.to_string_lossy(), "."].map(str::to_owned);
    fs::create_dir(&kept).unwrap();
    with_engine(&work, kind, &keep);
    assert_eq!(work.run(&["run"]).code, 4, "there are no results");
    let job = fs::read_to_string(kept.join("job.sql")).unwrap();
    let place = job.split("file://").nth(1).and_then(|rest| rest.split("/facts.parquet").next()).unwrap_or("nowhere");
    fs::write(kept.join("job.sql"), job.replace(place, &kept.to_string_lossy())).unwrap();
    enlarge(&kept);
    let output = Command::new(&start[0]).args(&start[1..]).args(["-f", "job.sql"]).current_dir(&kept).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn texts(command: &[&str]) -> Vec<String> {
    command.iter().map(|&text| text.to_owned()).collect()
}

/// A PostgreSQL of its own, reachable through a socket in its folder only.
struct Cluster {
    dir: tempfile::TempDir,
    programs: PathBuf,
}

impl Cluster {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql").map_or_else(
            |_| Vec::new(),
            |entries| {
                entries
                    .map(|entry| entry.unwrap().path().join("bin"))
                    .filter(|bin| bin.join("initdb").exists())
                    .collect()
            },
        );
        versions.sort();
        let asked = || {
            let output = Command::new("pg_config").arg("--bindir").output();
            let output = output.unwrap_or_else(|e| panic!("pg_config: {e}"));
            PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
        };
        let out = Self { programs: versions.pop().unwrap_or_else(asked), dir };
        // The server refuses to run as root.
        if is_root() {
            finish(Command::new("chown").arg("postgres").arg(out.dir.path()));
        }
        let data = out.data();
        finish(
            out.program("initdb")
                .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync", "-D"])
                .arg(&data),
        );
        let socket = out.dir.path().display();
        let settings = format!("listen_addresses = ''\nunix_socket_directories = '{socket}'\nfsync = off\n");
        let file = data.join("postgresql.conf");
        fs::write(&file, fs::read_to_string(&file).unwrap() + &settings).unwrap();
        finish(out.control("start").arg("-l").arg(out.dir.path().join("log")));
        out
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() { Command::new("setpriv") } else { Command::new(&path) };
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(&path);
        }
        command.current_dir(self.dir.path()).env("LC_ALL", "C");
        command
    }

    fn control(&self, what: &str) -> Command {
        let mut command = self.program("pg_ctl");
        command.args([what, "-w", "-D"]).arg(self.data());
        command
    }

    fn client(&self) -> Vec<String> {
        let psql = self.programs.join("psql");
        let (psql, socket) = (psql.to_string_lossy(), self.dir.path().to_string_lossy());
        texts(&[
            &psql,
            "--no-psqlrc",
            "--no-password",
            "--host",
            &socket,
            "--username",
            "postgres",
            "--dbname",
            "postgres",
        ])
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.control("stop").args(["-m", "immediate"]).stdout(Stdio::null()).status();
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}

fn finish(command: &mut Command) {
    // A server that goes on must not hold the pipe of its starter open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit()).status();
    let status = status.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(status.success(), "{command:?}: {status}");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn engines_postgresql_gives_the_same_bytes() {
    let cluster = Cluster::start();
    agrees("postgresql", &cluster.client());
    let said = overflows("postgresql", &cluster.client(), &|kept| {
        let file = kept.join("facts.csv");
        let largest = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            format!("{},{},{}\n", fields[..8].join(","), i64::MAX, fields[9])
        };
        let text: String = fs::read_to_string(&file).unwrap().lines().map(largest).collect();
        fs::write(file, text).unwrap();
    });
    assert!(said.contains("bigint out of range"), "{said}");

    let unreachable = fixture();
    let mut command = cluster.client();
    command.push("--port=1".into());
    with_engine(&unreachable, "postgresql", &command);
    let outcome = unreachable.run(&["run"]);
    assert_eq!(outcome.code, 4);
    assert!(
        outcome.stderr.contains("[engine]: \"psql\" has broken the job off (exit status: 2)"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains(".s.PGSQL.1"), "what the client says is shown: {}", outcome.stderr);
    assert!(!outcome.stderr.contains("--dbname"), "but not its arguments: {}", outcome.stderr);
    assert!(!unreachable.path("out").exists() && is_empty(&unreachable.path("exchange")));
}

/// The client of a small Spark on this machine, which talks to nobody.
fn spark() -> Vec<String> {
    let program = std::env::var("RESONANZ_SPARK_SQL").unwrap_or_else(|_| "spark-sql".into());
    let mut command = texts(&[&program, "--master", "local[1]", "--driver-memory", "1g"]);
    for setting in [
        "spark.driver.host=127.0.0.1",
        "spark.driver.bindAddress=127.0.0.1",
        "spark.ui.enabled=false",
        "spark.sql.shuffle.partitions=2",
        "spark.sql.catalogImplementation=in-memory",
    ] {
        command.extend(["--conf".to_owned(), setting.to_owned()]);
    }
    command
}

#[test]
#[ignore = "needs spark-sql and Java"]
fn engines_spark_gives_the_same_bytes() {
    agrees("spark", &spark());
    let said = overflows("spark", &spark(), &|kept| {
        let file = kept.join("facts.parquet");
        let mut frame = ParquetReader::new(fs::File::open(&file).unwrap()).finish().unwrap();
        let largest = Column::new("value".into(), vec![i64::MAX; frame.height()]);
        frame.with_column(largest).unwrap();
        ParquetWriter::new(fs::File::create(&file).unwrap()).finish(&mut frame).unwrap();
    });
    assert!(said.contains("ARITHMETIC_OVERFLOW"), "{said}");
}

/// The program itself as a client that knows no `-f`, and as one that does nothing.
fn refused(command: &[&str]) -> String {
    let work = fixture();
    with_engine(&work, "postgresql", &texts(command));
    let outcome = work.run(&["run"]);
    assert!(outcome.code == 2 || outcome.code == 4, "{}", outcome.stderr);
    assert!(!work.path("out").exists(), "nothing is published");
    assert!(is_empty(&work.path("exchange")), "what was exchanged is gone");
    outcome.stderr
}

#[test]
fn engines_that_fail_publish_nothing() {
    let said = refused(&["resonanz-has-no-such-client", "--password=geheim"]);
    insta::assert_snapshot!(said, @r#"
    error: [engine]: the program "resonanz-has-no-such-client" was not found
    hint: install it, or give its full path as the first entry of command
    hint: without [engine] this program does the job itself, with the same result
    "#);
    let this = env!("CARGO_BIN_EXE_resonanz");
    let said = refused(&[this, "calculate"]);
    assert!(said.contains("has broken the job off (exit "), "{said}");
    assert!(said.contains("unrecognized subcommand 'calculate'"), "{said}");
    let said = refused(&[this, "--help"]);
    assert!(said.contains("ended without an error but written no result sums.csv"), "{said}");
}

#[test]
fn engines_leave_the_manifest_alone() {
    let work = fixture();
    with_engine(&work, "spark", &texts(&["no-such-client", "--password=geheim"]));
    // Nothing is plain: the engine has nothing to do.
    for name in ["once-1", "once-2", "early-1", "early-2", "late-1", "late-2", "daily-1"] {
        work.file(&format!("{name}.csv"), HEADER);
    }
    work.file("once-1.csv", format!("{HEADER}2025-Q1,99000001,S1,online,completed,5\n"));
    work.file("votes.csv", "time,ags,service,helpful,comment\n");
    let outcome = work.ok(&["run"]);
    assert!(outcome.stderr.contains("there is no number to hand over"), "{}", outcome.stderr);
    let manifest = work.read("out/internal/manifest.json");
    assert!(manifest.contains("on_duplicate") && !manifest.contains("geheim") && !manifest.contains("spark"));
}
