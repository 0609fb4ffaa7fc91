//! The engine of the site: the same job as SQL, run by the site's own client.
//!
//! What goes out are the plain facts of all pairs of an area and a service that have nothing but plain facts:
//! dense numbers, no texts and no names of files. What comes back are sums by area, service, month, measure and
//! source, and which number lost against which. What is different stays here, and takes the way of the engine in this
//! process, whose pairs and those of the other engine are then handed on in one order:
//!
//! * pairs with a number that is not plain (a quarter, a code for a missing value, a case by case file);
//! * pairs in which days and months of one count meet, which the other engine finds: the order of reading decides
//!   there, number by number;
//! * what rejected records leave unknown: a look at whether another record has their number.
//!
//! Facts are numbered in the order of reading (`turn`), so that the engine needs neither files nor lines to tell
//! which one counts; with the number that comes back, its record is found here. Nothing of what comes back is
//! believed before rows and sums on both sides agree ([`answer`]).

mod answer;
mod client;
mod export;
mod job;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use self::answer::Answer;
use self::client::{Client, Folder};
use self::job::Dialect;
use super::local::{beside_plain, settle as settle_here};
use super::{Consumer, Engine, Local, Numbers, Open, Outlet, Policy, Settled};
use crate::domain::say;
use crate::ingest::{Fact, FactKey, Facts, Lanes, Lost, PlainFact};
use crate::{Error, Result};

/// An engine outside of this process: the table `[engine]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSpec {
    /// Which SQL it speaks.
    kind: Dialect,
    /// Its client: the program and its arguments.
    command: Vec<String>,
    /// Folder for what is exchanged; by default that of the system for temporary files.
    work: Option<PathBuf>,
}

impl EngineSpec {
    /// Checks it; paths become relative to `base`, the folder of the configuration.
    ///
    /// # Errors
    /// If there is no command.
    pub fn check(mut self, base: &Path) -> Result<Self> {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            let example = self.kind.example();
            return Err(Error::config(say!("[engine] command ist leer", "[engine] command is empty"))
                .hint(say!("Zum Beispiel: command = {example}", "for example: command = {example}")));
        }
        self.work = self.work.map(|work| base.join(work));
        // A program in a folder of the project; a bare name is looked for where the system keeps programs.
        if Path::new(&self.command[0]).components().count() > 1 {
            let program = base.join(&self.command[0]);
            self.command[0] = std::path::absolute(&program).unwrap_or(program).to_string_lossy().into_owned();
        }
        Ok(self)
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Sql {
    pub(super) spec: EngineSpec,
}

impl Engine for Sql {
    fn settle<'c>(&self, facts: &mut Facts, policy: &Policy<'_>, open: &Open<'c>) -> Result<Settled> {
        let folder = Folder::create(self.spec.work.as_deref())?;
        let client = Client::new(&self.spec.command);
        settle(self.spec.kind, facts, policy, open, &folder, &|script| client.run(folder.path(), script))
    }
}

/// A pair of area and service.
type Pair = (u32, u32);

/// Settles `facts` with the help of `run`, which carries out the script of this path within `folder`.
fn settle<'c>(
    dialect: Dialect,
    facts: &mut Facts,
    policy: &Policy<'_>,
    open: &Open<'c>,
    folder: &Folder,
    run: &dyn Fn(&Path) -> Result<()>,
) -> Result<Settled> {
    let mut here: HashSet<Pair> = facts.loose.iter().map(|loose| (loose.fact.area, loose.fact.service)).collect();
    let sent = export::write(facts, policy, &here, dialect, folder)?;
    log::info!("[engine]: {} numbers are handed over, {} series are settled here", sent.numbers, here.len());
    if sent.numbers == 0 {
        log::warn!("[engine]: there is no number to hand over: all are settled in this process");
        return Local.settle(facts, policy, open);
    }
    run(&folder.script(&job::script(dialect, folder)?)?)?;
    let answer = Answer::read(folder, facts, &sent, &here)?;
    let losers = answer.losers(facts, policy)?;
    answer.reconcile(&sent, facts, &losers)?;

    here.extend(&answer.crossed);
    let (lost_here, lost_there): (Vec<Lost>, Vec<Lost>) =
        facts.lost.drain(..).partition(|lost| here.contains(&(lost.area, lost.service)));
    let unknown = beside_handed_over(&lost_there, facts);
    facts.lost = lost_here;
    keep(facts, &here)?;
    let sums = &answer.sums;
    let split = facts.split;
    let new = |share: usize, numbers: usize| {
        let from = sums.partition_point(|sum| split.share(sum.area) < share);
        let to = sums.partition_point(|sum| split.share(sum.area) <= share);
        // One row of a result is as good as two facts: room is made for half as many cells as facts.
        Merged { outlet: open(numbers + 2 * (to - from)), sums: &sums[from..to] }
    };
    let mut settled = settle_here(facts, policy, &new, &mut |merged: Merged<'_, 'c>| merged.outlet.hand_on())?;
    settled.losers.extend(losers.into_iter().map(|(loser, _)| loser));
    settled.losers.sort_by_key(|loser| loser.about.place);
    settled.lost.extend(unknown);
    settled.lost.sort_unstable();
    Ok(settled)
}

/// What rejected records leave unknown in pairs that were handed over.
fn beside_handed_over(lost: &[Lost], facts: &Facts) -> Vec<Lost> {
    let key = |lost: &Lost| FactKey::of(lost.area, lost.service, lost.period?, lost.measure?);
    let months: HashSet<u64> = lost.iter().filter_map(key).map(FactKey::monthly).collect();
    if months.is_empty() {
        return lost.to_vec();
    }
    let plain = facts.blocks.iter().flat_map(|block| block.facts.iter());
    let mut near: Vec<PlainFact> = plain.filter(|fact| months.contains(&fact.key.monthly())).collect();
    near.sort_unstable_by_key(|fact| fact.key);
    lost.iter().filter_map(|lost| beside_plain(lost, &near)).collect()
}

/// Lets go of all plain facts but those of the pairs of `here`.
fn keep(facts: &mut Facts, here: &HashSet<Pair>) -> Result<()> {
    let Facts { split, shelf, blocks, .. } = facts;
    if here.is_empty() {
        blocks.clear();
    }
    for block in blocks.iter_mut() {
        let is_kept = |fact: &PlainFact| here.contains(&(fact.key.area(), fact.key.service()));
        let kept: Vec<PlainFact> = block.facts.iter().filter(is_kept).collect();
        block.facts = shelf.put(Lanes::group(&kept, *split))?;
    }
    blocks.retain(|block| !block.facts.is_empty());
    Ok(())
}

/// Pairs settled here, and between them those that the other engine has added up.
struct Merged<'s, 'c> {
    outlet: Box<dyn Outlet + 'c>,
    /// Sorted by area and service.
    sums: &'s [Fact],
}

impl Merged<'_, '_> {
    fn up_to(&mut self, end: Option<Pair>) -> Result<()> {
        while let Some(next) = self.sums.first() {
            let pair = (next.area, next.service);
            if end.is_some_and(|end| pair >= end) {
                break;
            }
            let (of_pair, rest) = self.sums.split_at(self.sums.partition_point(|sum| (sum.area, sum.service) <= pair));
            self.outlet.pair(Numbers::Any(of_pair))?;
            self.sums = rest;
        }
        Ok(())
    }
}

impl Consumer for Merged<'_, '_> {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        self.up_to(numbers.facts().next().map(|fact| (fact.area, fact.service)))?;
        self.outlet.pair(numbers)
    }

    fn end(&mut self) -> Result<()> {
        self.up_to(None)?;
        self.outlet.end()
    }
}

#[cfg(test)]
mod tests;
