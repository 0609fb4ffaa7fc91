//! The whole pipeline, top to bottom: sources -> records -> panel -> estimates -> protected
//! results -> tables, charts, pages -> one atomic swap of the output folder.

mod memory;

use serde::{Deserialize, Serialize};

use crate::compare::{ComparisonKind, ControlPlan, PeerSet, compare_arms, controls, funnels, ladders, peer_results};
use crate::config::Project;
use crate::disclosure::{Audience, Protected, Results, protect};
use crate::domain::{Month, Text, say};
use crate::ingest::spec::SourceKind;
use crate::ingest::{Fact, Findings, Ingested, Shelf, Store, ingest_with};
use crate::kpi::wide::CellBuilder;
use crate::kpi::{self, Periods};
use crate::panel::engine::{Consumer, Numbers, engine, settle_into, settle_records};
use crate::panel::territory::rebase_records;
use crate::panel::{Panel, Units};
use crate::publish::{PUBLISH, Staging};
use crate::report::wide::{Maker, Part, Wide};
use crate::{Error, Result, report, survey};

/// The first step, which a mere check shares.
pub(crate) const READING: Text = Text::new("Einlesen", "reading");

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Records read, used and set aside, over all sources.
    pub read: u64,
    /// Records in use.
    pub accepted: u64,
    /// Records in quarantine.
    pub quarantined: u64,
    /// Records that a later one replaced.
    pub replaced: u64,
    /// Findings of every severity.
    pub findings: u64,
    /// The page to open first, relative to the output folder; `None` without a report.
    pub start_page: Option<String>,
    /// Whether the run left the output of the last one as it stands, because it would have written the same.
    #[serde(skip)]
    pub nothing_new: bool,
}

/// Reads what `project` declares, and settles which numbers count.
///
/// # Errors
/// If a file cannot be read or does not fit its declaration.
pub fn read(project: &Project) -> Result<Ingested> {
    let mut read = ingest_with(&project.base, &project.sources, shelf(project), None)?;
    settle_records(&*engine(project.engine.as_ref()), &mut read, &project.sources)?;
    rebase_records(&mut read);
    Ok(read)
}

/// The place beside the output for what memory has no room for.
fn shelf(project: &Project) -> Shelf {
    Shelf::new(project.output.parent().unwrap_or(&project.base), project.memory_limit)
}

/// Runs `project`; `step` is told what begins.
///
/// # Errors
/// See [`crate::ErrorKind`]. Whatever fails, the earlier output still stands.
pub fn run(project: &Project, step: &dyn Fn(Text)) -> Result<Summary> {
    run_from(project, Trust::SizeAndTime, step)
}

/// What tells the store of a project that a file is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Its size and time are as they were.
    SizeAndTime,
    /// Only its bytes.
    Bytes,
}

/// As [`run`], with the store, if the project has one, trusting in files as stated.
///
/// # Errors
/// As [`run`], or if the store cannot be used.
pub fn run_from(project: &Project, trust: Trust, step: &dyn Fn(Text)) -> Result<Summary> {
    step(READING);
    let Some(dir) = &project.store else { return run_whole(project, None, step) };
    let mut store = Store::open(dir, trust == Trust::Bytes)?;
    if let Some(summary) = memory::nothing_new(project, &mut store)? {
        return Ok(summary);
    }
    let summary = run_whole(project, Some(&mut store), step)?;
    memory::finish(project, store, &summary)?;
    Ok(summary)
}

/// The comparisons and what they rest on, as the audience of `project` may see them. Nothing is written.
///
/// # Errors
/// As [`run`].
pub fn compare(project: &Project, step: &dyn Fn(Text)) -> Result<Protected<Results>> {
    step(READING);
    let read = read(project)?;
    let panel = Panel::build(&read.records)?;
    read.check_budgets(&project.sources)?;
    step(Text::new("Auswerten", "evaluating"));
    let results = estimate(project, read, panel)?;
    Ok(protect(results, project.audience, &project.disclosure))
}

fn run_whole(project: &Project, store: Option<&mut Store>, step: &dyn Fn(Text)) -> Result<Summary> {
    let mut read = ingest_with(&project.base, &project.sources, shelf(project), store)?;
    let stage = Staging::begin(&project.output)?;
    settle(project, &mut read, &stage)?;
    if !project.report.html && !project.report.data {
        return tables_alone(project, &read, stage, step);
    }
    let panel = Panel::build(&read.records)?;
    panel.findings(&read.records).into_iter().for_each(|finding| read.findings.add(finding));
    if let Err(over_budget) = read.check_budgets(&project.sources) {
        drop(stage);
        keep_findings(project, &read)?;
        return Err(over_budget);
    }
    step(Text::new("Auswerten", "evaluating"));
    let inputs = read.inputs.clone();
    let results = estimate(project, read, panel)?;
    let summary = summary(&results.findings);
    let mut manifest = report::manifest(project, &inputs, &results.findings);
    if project.audience == Audience::Public {
        manifest.withhold_inputs();
    }

    step(WRITING);
    report::write_internal(project, &results, &stage)?;
    let protected = protect(results, project.audience, &project.disclosure);
    let start_page = report::write(project, &protected, &stage)?;
    stage.commit(&manifest)?;
    Ok(Summary { start_page, ..summary })
}

const WRITING: Text = Text::new("Schreiben", "writing");

/// Records -> the numbers that count, for the panel, the wide tables or both.
fn settle(project: &Project, read: &mut Ingested, stage: &Staging) -> Result<()> {
    let mut wide = Wide::begin(project, &read.records, &read.facts, stage)?;
    // What belongs to another area today may stand in another share: then all numbers are converted first.
    let converted = !read.records.changes.is_empty();
    let for_panel = project.report.html || project.report.data;
    let maker = wide.as_ref().filter(|_| !converted).map(Wide::maker);
    let new = |facts: usize| Settling {
        facts: (for_panel || converted).then(Vec::new),
        cells: maker.as_deref().map(|maker| (maker.cells(facts), maker)),
        part: None,
    };
    let mut facts = Vec::new();
    settle_into(&*engine(project.engine.as_ref()), read, &project.sources, &new, &mut |settled: Settling<'_>| {
        facts.extend(settled.facts.into_iter().flatten());
        match (&mut wide, settled.part) {
            (Some(wide), Some(part)) => wide.add(part),
            _ => Ok(()),
        }
    })?;
    facts.append(&mut read.records.facts);
    read.records.facts = facts;
    rebase_records(read);
    let Some(mut wide) = wide else { return Ok(()) };
    if converted {
        wide.add_facts(&mut read.records.facts)?;
    }
    wide.finish(stage)
}

/// The numbers of one share of the areas on their way to where they are wanted.
struct Settling<'a> {
    facts: Option<Vec<Fact>>,
    cells: Option<(CellBuilder, &'a Maker)>,
    part: Option<Part>,
}

impl Consumer for Settling<'_> {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        if let Some(kept) = &mut self.facts {
            kept.extend(numbers.facts());
        }
        self.cells.as_mut().map_or(Ok(()), |(cells, _)| cells.pair(numbers))
    }

    fn end(&mut self) -> Result<()> {
        if let Some((cells, maker)) = self.cells.take() {
            self.part = Some(maker.part(cells.rows)?);
        }
        Ok(())
    }
}

/// A run that publishes neither a report nor key figures: the wide tables, and what was wrong.
fn tables_alone(project: &Project, read: &Ingested, stage: Staging, step: &dyn Fn(Text)) -> Result<Summary> {
    if let Err(over_budget) = read.check_budgets(&project.sources) {
        drop(stage);
        keep_findings(project, read)?;
        return Err(over_budget);
    }
    step(WRITING);
    let units = Units::build(&read.records.register, &project.size_classes, &project.groups, project.lang)?;
    let ratings = report::tables::survey_ratings(&read.records, &units)?;
    report::write_findings(project, &read.findings, ratings, &stage)?;
    stage.commit(&report::manifest(project, &read.inputs, &read.findings))?;
    Ok(summary(&read.findings))
}

/// Panel -> key figures, comparisons, survey.
fn estimate(project: &Project, read: Ingested, panel: Panel) -> Result<Results> {
    let records = read.records;
    let units = Units::build(&records.register, &project.size_classes, &project.groups, project.lang)?;
    let periods = periods(project, &panel)?;
    let evaluation = kpi::evaluate(&panel, &records.register, &units, &periods);
    let share = kpi::number("online_share");
    let (mut peers, mut arms) = (Vec::new(), Vec::new());
    for (at, spec) in project.comparisons.iter().enumerate() {
        if let Some(set) = PeerSet::build(at, spec, &records.register, &panel, &project.size_classes)? {
            let found = peer_results(&set, share, &evaluation.periods, periods.current);
            peers.push((set, found));
        }
        if let ComparisonKind::Event(kind, timing) = spec.kind() {
            let table = &evaluation.periods;
            arms.push((at, compare_arms(kind, timing, &records.events, &panel, share, table, periods.current)));
        }
    }
    let ladders = ladders(&project.comparisons, &records, &panel, share, &evaluation.months);
    let funnels = funnels(share, &evaluation.periods, periods.current);
    // The series of single towns are for the tables alone.
    let towns = if project.report.data { project.report.areas.towns(&records.register, &panel) } else { Vec::new() };
    let plan = ControlPlan { spec: project.control.clone(), towns };
    let launch = |area, service| panel.launch(area, service);
    let controls = controls(plan, share, &evaluation.months, periods.series, &records.events, &launch);
    let last = periods.current.end();
    let surveys = records.surveys.iter().flat_map(|s| survey::evaluate(s, &panel, last)).collect();
    Ok(Results {
        findings: read.findings,
        comparisons: project.comparisons.clone(),
        records,
        panel,
        units,
        periods,
        evaluation,
        peers,
        arms,
        ladders,
        methods: Vec::new(),
        funnels,
        controls,
        surveys,
        protection: None,
    })
}

fn periods(project: &Project, panel: &Panel) -> Result<Periods> {
    let (first, last): (Month, Month) = panel.span.ok_or_else(|| {
        let error = Error::input(say!(
            "Keine Quelle hat Nutzungszahlen geliefert: Es gibt nichts auszuwerten",
            "no source delivered a count of use: there is nothing to evaluate"
        ));
        let usage = project.sources.iter().filter(|s| s.kind == SourceKind::Usage).map(|s| s.name.as_str());
        match usage.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => error.hint(say!(
                "Eine [[source]] mit kind = \"usage\" angeben.",
                "declare a [[source]] with kind = \"usage\""
            )),
            names => error.hint(say!(
                "Die Dateien der Quellen ausfüllen oder prüfen: {names}; `resonanz check` zeigt, was gelesen wurde.",
                "fill in or check the files of: {names}; `resonanz check` lists what was read"
            )),
        }
    })?;
    let periods = Periods::new(project.until.unwrap_or(last), project.months, first);
    if panel.observed_in(periods.current) {
        return Ok(periods);
    }
    let (from, to, wanted) = (first.to_string(), last.to_string(), periods.current.id());
    Err(Error::config(say!(
        "Für den Berichtszeitraum {wanted} liegt keine Nutzungszahl vor; die Daten reichen von {from} bis {to}",
        "there is no count of use for the reference period {wanted}; the data cover {from} to {to}"
    ))
    .hint(say!(
        "In resonanz.toml [period] until = \"{to}\" setzen oder months vergrößern",
        "set [period] until = \"{to}\" in resonanz.toml, or more months"
    )))
}

/// The earlier publication stays; only the internal folder learns what was wrong.
fn keep_findings(project: &Project, read: &Ingested) -> Result<()> {
    let stage = Staging::begin(&project.output)?;
    report::write_findings(project, &read.findings, None, &stage)?;
    stage.carry_over(PUBLISH)?;
    stage.commit(&report::manifest(project, &read.inputs, &read.findings))
}

fn summary(findings: &Findings) -> Summary {
    let balances = || findings.balances.iter().map(|(_, balance)| balance);
    Summary {
        read: balances().map(|b| b.read).sum(),
        accepted: balances().map(|b| b.accepted).sum(),
        quarantined: balances().map(|b| b.quarantined).sum(),
        replaced: balances().map(|b| b.replaced).sum(),
        findings: findings.counts.values().sum(),
        start_page: None,
        nothing_new: false,
    }
}

#[cfg(test)]
mod tests;
