//! Speed of the stages: on a demo project reading, panel and key figures; of a large delivery parsing, duplicates,
//! sums, roll-up and positions; disclosure control, intervals, territory changes.
//!
//! `cargo bench` prints time per iteration; nothing here is asserted. `benches/national/` compares whole runs with
//! other programs.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot set up its data may stop; criterion writes the groups"
)]

mod methods;

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use resonanz::config::Project;
use resonanz::demo::{DemoSize, write};
use resonanz::disclosure::Mask;
use resonanz::domain::{CellState, Channel, Month, Period, Stage};
use resonanz::ingest::spec::OnDuplicate;
use resonanz::ingest::{Fact, Facts, Ingested, Measure, TerritoryChange, ingest};
use resonanz::kpi::wide::{CellBuilder, CellRows, Dimension, Peers, Rollup, positions};
use resonanz::kpi::{Periods, evaluate, sums};
use resonanz::panel::engine::{Consumer, Local, Numbers, Policy, settle};
use resonanz::panel::{Panel, Units, territory};
use resonanz::stats;

fn project(dir: &Path) -> Project {
    let size = DemoSize { municipalities: 60, services: 12, months: 24, ..DemoSize::default() };
    write(dir, &size).expect("the demo can be written");
    Project::load(dir).expect("the demo's configuration is valid")
}

fn stages(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let project = project(dir.path());
    let read = resonanz::run::read(&project).expect("the demo can be read");
    let entries: u64 = read.findings.balances.iter().map(|(_, b)| b.read).sum();

    let mut group = c.benchmark_group("stages");
    group.sample_size(10);
    group.throughput(Throughput::Elements(entries));
    group.bench_function("ingest", |b| b.iter(|| ingest(black_box(&project.base), &project.sources)));
    group.throughput(Throughput::Elements(read.records.facts.len() as u64));
    group.bench_function("panel", |b| b.iter(|| Panel::build(black_box(&read.records))));
    let panel = Panel::build(&read.records).expect("the demo fits");
    let units = Units::build(&read.records.register, &project.size_classes, &project.groups, project.lang)
        .expect("the demo's groups exist");
    let (first, last) = panel.span.expect("the demo has usage");
    let periods = Periods::new(last, 12, first);
    group.throughput(Throughput::Elements(panel.cells().len() as u64));
    group.bench_function("key_figures", |b| {
        b.iter(|| evaluate(black_box(&panel), &read.records.register, &units, &periods));
    });
    group.finish();
}

/// One service of 2,000 towns over a year: finding what a public release must hide.
fn disclosure(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let size = DemoSize { municipalities: 2_000, services: 1, months: 12, ..DemoSize::default() };
    write(dir.path(), &size).expect("the demo can be written");
    let project = Project::load(dir.path()).expect("the demo's configuration is valid");
    let records = resonanz::run::read(&project).expect("the demo can be read").records;
    let panel = Panel::build(&records).expect("the demo fits");
    let units = Units::build(&records.register, &project.size_classes, &project.groups, project.lang)
        .expect("the demo's groups exist");
    let (first, last) = panel.span.expect("the demo has usage");
    let periods = Periods::new(last, 12, first);
    let sheets = sums(&panel, &records.register, &periods, true);
    let mut group = c.benchmark_group("disclosure");
    group.sample_size(10);
    group.throughput(Throughput::Elements(2_000));
    group.bench_function("mask", |b| {
        b.iter(|| Mask::find(black_box(&panel), &records.register, &units, &periods, &sheets, 3));
    });
    group.finish();
}

fn intervals(c: &mut Criterion) {
    c.bench_function("wilson", |b| b.iter(|| stats::wilson(black_box(512), black_box(1234), 0.95)));
    c.bench_function("poisson_exact", |b| b.iter(|| stats::poisson_exact(black_box(7), 0.95)));
}

/// The heavy step of a large delivery, stage by stage: 200,000 counts of 1,000 areas, 40 services and 24 months, some of
/// them delivered twice. Throughput is in delivered rows, but for the last two: rows of area, service and month.
fn national(c: &mut Criterion) {
    const ROWS: u32 = 200_000;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let text =
        |name: &str, text: String| std::fs::write(dir.path().join(name), text).expect("the input can be written");
    let areas = (0..1_000).map(|n| format!("{n:08},Ort {n},{},{}\n", n % 16, n * 31 % 90_000));
    text("register.csv", format!("key,name,state,population\n{}", areas.collect::<String>()));
    text("services.csv", format!("key,name\n{}", (0..40).map(|n| format!("S{n},S\n")).collect::<String>()));
    // Steps without a common factor with what they run through: neighbours differ in everything. Every fortieth
    // row has the key of the one before.
    let usage = (0..ROWS).map(|n| {
        let key = n - u32::from(n % 40 == 39);
        let (area, service, part) = (key * 617 % 1_000, key / 1_000 * 23 % 40, key / 40_000);
        let (month, stage) = (part / 3 * 7, ["form_start", "form_submit", "completed"][part as usize % 3]);
        let channel = ["online", "paper"][key as usize % 2];
        let (year, month) = (2024 + month / 12, month % 12 + 1);
        format!("{year}-{month:02},{area:08},S{service},{channel},{stage},{}\n", n % 900)
    });
    text("usage.csv", format!("month,area,service,channel,stage,n\n{}", usage.collect::<String>()));
    let project = Project::parse(NATIONAL, dir.path()).expect("the configuration is valid");
    let read = || ingest(&project.base, &project.sources).expect("the input can be read");

    let mut group = c.benchmark_group("national");
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::from(ROWS)));
    group.bench_function("parse_and_validate", |b| b.iter(read));
    let Ingested { records, facts, .. } = read();
    let first = [OnDuplicate::First; 3];
    let policy = Policy::new(&first);
    // Nothing but the decision which of several numbers counts, and the sums of days to months.
    group.bench_function("duplicates", |b| {
        let settle = |mut facts| settle(&Local, &mut facts, &policy, &|_| Ignored, &mut |_| Ok(()));
        b.iter_batched(|| facts.clone(), settle, BatchSize::LargeInput);
    });
    let cells = |facts: &mut Facts| {
        let mut parts = Vec::new();
        let settled = settle(
            &Local,
            facts,
            &policy,
            &|facts| CellBuilder::for_facts(facts, CellRows::default()),
            &mut |part: CellBuilder| {
                parts.push(part.rows);
                Ok(())
            },
        );
        settled.map(|_| parts).expect("the sums are small")
    };
    group.bench_function("duplicates_and_aggregation", |b| {
        b.iter_batched(|| facts.clone(), |mut facts| cells(&mut facts), BatchSize::LargeInput);
    });
    let (from, until) = facts.months().expect("there are facts");
    let parts = cells(&mut facts.clone());
    let rows: usize = parts.iter().map(CellRows::len).sum();
    group.throughput(Throughput::Elements(rows as u64));
    let dimension = |name: &str| {
        Dimension::resolve(name, &project.tables, &records.register, &project.size_classes)
            .expect("the dimension exists")
    };
    group.bench_function("roll_up", |b| {
        let dimensions = || ["all", "state", "size_class"].map(dimension).to_vec();
        b.iter_batched(
            || Rollup::new(dimensions(), records.catalogue.services().len(), from, until),
            |mut rollup| parts.iter().for_each(|part| rollup.add(part)),
            BatchSize::LargeInput,
        );
    });
    let peers = Peers::new(Period::span(from, 24), dimension("size_class"), vec![true; 1_000]);
    group.bench_function("position", |b| {
        b.iter(|| {
            let rows = parts.iter().map(|part| peers.rows(black_box(part)));
            positions(&rows.flat_map(|rows| peers.standings(&rows)).collect::<Vec<_>>())
        });
    });
    group.finish();
}

struct Ignored;

impl Consumer for Ignored {
    fn pair(&mut self, numbers: Numbers<'_>) -> resonanz::Result<()> {
        black_box(numbers);
        Ok(())
    }
}

const NATIONAL: &str = r#"
schema_version = 1
[project]
name = "bench"
[tables]
cells = true
rollup = ["all", "state", "size_class"]
[[source]]
name = "register"
kind = "register"
files = "register.csv"
columns = { area = "key", name = "name", population = "population" }
attributes = ["state"]
[[source]]
name = "services"
kind = "services"
files = "services.csv"
columns = { service = "key", name = "name" }
[[source]]
name = "usage"
kind = "usage"
files = "usage.csv"
columns = { period = "month", area = "area", service = "service", channel = "channel", stage = "stage", count = "n" }
on_duplicate = "first"
"#;

/// Ten years of changes in a country of 10,981 areas: every tenth merges with its neighbour or is divided.
fn rebase(c: &mut Criterion) {
    const AREAS: u32 = 10_981;
    let day = |year| chrono::NaiveDate::from_ymd_opt(year, 1, 1).expect("a day");
    let mut changes = Vec::new();
    for (number, year) in (0..AREAS / 10).zip((2015..2025).cycle()) {
        let (area, former) = (number * 10, AREAS + number);
        let change = |from, to, share| TerritoryChange { from, to, date: day(year), share };
        changes.extend([change(area, area, 1.0), change(area + 1, area + 1, 1.0)]);
        match number % 2 {
            0 => changes.push(change(former, area, 1.0)),
            _ => changes.extend([change(former, area, 0.3), change(former, area + 1, 0.7)]),
        }
    }
    let fact = |number: u32| Fact {
        area: number * 7 % (AREAS + AREAS / 10),
        service: number % 20,
        period: Period::month(Month::of(day(2014)).plus((number % 120).cast_signed())),
        measure: Measure::Count(Stage::FormSubmit, Channel::Online),
        state: CellState::Observed,
        value: i64::from(number % 100),
        source: 0,
    };
    let facts: Vec<Fact> = (0..200_000).map(fact).collect();
    let plan = territory::Plan::new(&changes, AREAS);
    let mut group = c.benchmark_group("territory");
    group.throughput(Throughput::Elements(facts.len() as u64));
    group.bench_function("rebase", |b| {
        b.iter_batched(|| facts.clone(), |facts| territory::rebase(facts, &plan), BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, stages, national, disclosure, intervals, rebase, methods::methods);
criterion_main!(benches);
