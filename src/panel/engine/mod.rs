//! The one heavy step: of all validated numbers those that count, added up to area x service x month.
//!
//! It stands behind [`Engine`]: [`Local`] does it in this process, and an engine of `[engine]` as SQL on a system of
//! the site. What comes out is the same: sums in the order of areas and services, which number lost against which, and what
//! rejected records leave unknown.

mod explain;
mod local;
mod sort;
mod sql;

use std::sync::{Mutex, PoisonError};

pub use self::sql::EngineSpec;
use crate::Result;
use crate::domain::{CellState, Period};
use crate::ingest::spec::{OnDuplicate, SourceSpec};
use crate::ingest::{Fact, FactKey, Facts, Ingested, Lost};

/// Takes the settled numbers of an area and a service, pair by pair in this order.
pub trait Consumer: Send {
    /// All numbers of one area and service: days added up to months, sorted by month and measure.
    ///
    /// # Errors
    /// If a sum exceeds what 64 bits hold.
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()>;

    /// There are no more pairs: what can be done with them before they are handed on in order.
    ///
    /// # Errors
    /// If it fails.
    fn end(&mut self) -> Result<()> {
        Ok(())
    }
}

/// The numbers of one area and service.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'a> {
    /// Of any kind.
    Any(&'a [Fact]),
    /// Sums of plain facts: observed, each of one month.
    Sums(&'a [MonthSum]),
}

/// What plain facts of one month and source add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthSum {
    /// What it is about; the day says nothing.
    pub key: FactKey,
    /// The source that delivered the facts.
    pub source: u16,
    /// The sum.
    pub value: i64,
}

impl Numbers<'_> {
    /// They one by one.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        let (any, sums): (&[Fact], &[MonthSum]) = match self {
            Self::Any(facts) => (facts, &[]),
            Self::Sums(sums) => (&[], sums),
        };
        any.iter().copied().chain(sums.iter().map(MonthSum::fact))
    }
}

impl MonthSum {
    fn fact(&self) -> Fact {
        let Self { key, source, value } = *self;
        let period = Period { day: 0, ..key.period() };
        let (area, service, measure) = (key.area(), key.service(), key.measure());
        Fact { area, service, period, measure, state: CellState::Observed, value, source }
    }
}

/// Where an engine puts the numbers of one share of the areas.
pub trait Outlet: Consumer {
    /// Hands them on; called for one share after the other, in order.
    ///
    /// # Errors
    /// If whoever takes them fails.
    fn hand_on(self: Box<Self>) -> Result<()>;
}

/// Makes the outlet of a share, with room for so many plain facts.
pub type Open<'c> = dyn Fn(usize) -> Box<dyn Outlet + 'c> + Sync + 'c;

/// Decides for every key which number counts, and adds up.
pub trait Engine {
    /// Settles `facts` into one outlet per share of the areas, and lets go of those that are plain on the way.
    ///
    /// # Errors
    /// If a sum exceeds what 64 bits hold, an outlet fails, or a system that does the work.
    fn settle<'c>(&self, facts: &mut Facts, policy: &Policy<'_>, open: &Open<'c>) -> Result<Settled>;
}

/// The engine in this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Local;

impl Engine for Local {
    fn settle<'c>(&self, facts: &mut Facts, policy: &Policy<'_>, open: &Open<'c>) -> Result<Settled> {
        let new = |_, numbers: usize| open(numbers);
        local::settle(facts, policy, &new, &mut |outlet: Box<dyn Outlet + 'c>| outlet.hand_on())
    }
}

/// The engine that the configuration names; without one the one in this process.
#[must_use]
pub fn engine(spec: Option<&EngineSpec>) -> Box<dyn Engine> {
    match spec {
        None => Box::new(Local),
        Some(spec) => Box::new(sql::Sql { spec: spec.clone() }),
    }
}

impl Consumer for Box<dyn Outlet + '_> {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        (**self).pair(numbers)
    }

    fn end(&mut self) -> Result<()> {
        (**self).end()
    }
}

/// A consumer, and who takes it in the end.
struct Taken<'a, C, D> {
    consumer: C,
    done: &'a Mutex<D>,
}

impl<C: Consumer, D: FnMut(C) -> Result<()> + Send> Consumer for Taken<'_, C, D> {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        self.consumer.pair(numbers)
    }

    fn end(&mut self) -> Result<()> {
        self.consumer.end()
    }
}

impl<C: Consumer, D: FnMut(C) -> Result<()> + Send> Outlet for Taken<'_, C, D> {
    fn hand_on(self: Box<Self>) -> Result<()> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done(self.consumer)
    }
}

/// What the sources want done with a second number of the same key.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    on_duplicate: &'a [OnDuplicate],
}

impl<'a> Policy<'a> {
    /// By source number.
    #[must_use]
    pub fn new(on_duplicate: &'a [OnDuplicate]) -> Self {
        Self { on_duplicate }
    }

    fn on_duplicate(&self, source: u16) -> OnDuplicate {
        self.on_duplicate.get(usize::from(source)).copied().unwrap_or_default()
    }
}

/// Where a number was read. Places in order are numbers in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Number of the file.
    pub file: u32,
    /// Record number from 1.
    pub record: u64,
    /// Which number of the record, from 0.
    pub entry: u32,
    /// Line from 1; 0 if the format has none.
    pub line: u64,
}

/// Why two numbers do not both count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They have one key: the earlier one counts.
    Duplicate,
    /// They have one key: the later one counts.
    Replaces,
    /// They have one key, and one says nothing.
    Filled,
    /// The later one covers a month or day that others of its series cover in another way.
    Overlap,
}

/// A number as its record says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Where it was read.
    pub place: Place,
    /// The number itself where it is plain, so that its record can be spelled again.
    pub plain: Option<Fact>,
}

/// Two numbers of which one does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loser {
    /// The source of the later one.
    pub source: u16,
    /// Which does not count, and why.
    pub why: Why,
    /// The later one.
    pub about: Said,
    /// Where the earlier one was read.
    pub other: Place,
}

/// What settling has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Numbers that do not count, in the order of reading.
    pub losers: Vec<Loser>,
    /// What rejected records leave unknown.
    pub lost: Vec<Lost>,
}

/// Has `engine` decide for every key which number counts, add days up to months, and hand the result on: to one
/// consumer per share of the areas, which `new` makes for so many plain facts, `done` with them in the order of the
/// shares.
///
/// # Errors
/// As [`Engine::settle`].
pub fn settle<C: Consumer>(
    engine: &dyn Engine,
    facts: &mut Facts,
    policy: &Policy<'_>,
    new: &(dyn Fn(usize) -> C + Sync),
    done: &mut (dyn FnMut(C) -> Result<()> + Send),
) -> Result<Settled> {
    let done = Mutex::new(done);
    engine.settle(facts, policy, &|numbers| Box::new(Taken { consumer: new(numbers), done: &done }))
}

/// Settles the numbers of `read` into its records, and tells there what became of each.
///
/// # Errors
/// As [`settle`].
pub fn settle_records(engine: &dyn Engine, read: &mut Ingested, sources: &[SourceSpec]) -> Result<()> {
    let mut found = Vec::new();
    settle_into(engine, read, sources, &|_| Gathered::default(), &mut |part: Gathered| {
        found.extend(part.0);
        Ok(())
    })?;
    found.append(&mut read.records.facts);
    read.records.facts = found;
    Ok(())
}

/// As [`settle_records`], but hands the numbers on instead of keeping them.
///
/// # Errors
/// As [`settle`].
pub fn settle_into<C: Consumer>(
    engine: &dyn Engine,
    read: &mut Ingested,
    sources: &[SourceSpec],
    new: &(dyn Fn(usize) -> C + Sync),
    done: &mut (dyn FnMut(C) -> Result<()> + Send),
) -> Result<()> {
    let on_duplicate: Vec<OnDuplicate> = sources.iter().map(|source| source.on_duplicate).collect();
    let settled = settle(engine, &mut read.facts, &Policy::new(&on_duplicate), new, done)?;
    read.facts.shelf.check()?;
    explain::explain(read, sources, &settled);
    read.facts.blocks = Vec::new();
    read.facts.loose = Vec::new();
    read.records.lost.extend(settled.lost);
    Ok(())
}

/// All numbers as they come.
#[derive(Default)]
struct Gathered(Vec<Fact>);

impl Consumer for Gathered {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        self.0.extend(numbers.facts());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
