//! Speed of the stages on a demo project: reading, panel, key figures, disclosure control, intervals.
//!
//! `cargo bench` prints time per iteration; nothing here is asserted. Comparisons with other
//! programs come with the national job.

#![allow(
    clippy::expect_used,
    missing_docs,
    reason = "a bench that cannot set up its data may stop; criterion writes the groups"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use resonanz::config::Project;
use resonanz::demo::{DemoSize, write};
use resonanz::disclosure::Mask;
use resonanz::domain::{CellState, Channel, Month, Period, Stage};
use resonanz::ingest::{Fact, Measure, TerritoryChange, ingest};
use resonanz::kpi::{Periods, evaluate, sums};
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

criterion_group!(benches, stages, disclosure, intervals, rebase);
criterion_main!(benches);
