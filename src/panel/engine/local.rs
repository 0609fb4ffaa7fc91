//! The engine in this process: share by share of the areas, shares in parallel.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use rayon::prelude::*;

use super::sort::Packing;
use super::{Consumer, Loser, Place, Policy, Said, Settled, Why};
use crate::domain::{CellState, Period, say};
use crate::ingest::spec::OnDuplicate;
use crate::ingest::{Fact, FactBlock, FactKey, Facts, LooseFact, Lost, Measure, PlainFact, Spans};
use crate::{Error, Result};

/// Shares worked on before the results of the first are handed on: bounds what waits in memory.
const WAVE: usize = 4;

/// See [`super::Engine::settle`]; `new` is told the share as well.
pub(super) fn settle<C: Consumer>(
    facts: &mut Facts,
    policy: &Policy<'_>,
    new: &(dyn Fn(usize, usize) -> C + Sync),
    done: &mut (dyn FnMut(C) -> Result<()> + Send),
) -> Result<Settled> {
    let Facts { split, blocks, loose, lost, .. } = facts;
    let split = *split;
    let mut loose: Vec<&LooseFact> = loose.iter().collect();
    // Stable: the order of reading is kept within a pair.
    loose.sort_by_key(|loose| (loose.fact.area, loose.fact.service));
    let mut lost: Vec<&Lost> = lost.iter().collect();
    lost.sort_by_key(|lost| (lost.area, lost.service));
    let shares: Vec<usize> = (0..split.shares()).collect();
    let mut settled = Settled::default();
    let mut waiting: Vec<C> = Vec::new();
    for wave in shares.chunks(WAVE) {
        let work = |&share: &usize| {
            let of_share = |area: u32| split.share(area).cmp(&share);
            let mut job = Share {
                policy,
                blocks: &*blocks,
                share,
                loose: range(&loose, |loose| of_share(loose.fact.area)),
                lost: range(&lost, |lost| of_share(lost.area)),
                losers: Vec::new(),
                unknown: Vec::new(),
                out: Vec::new(),
            };
            let mut consumer = new(share, blocks.iter().map(|block| block.facts.share_len(share)).sum());
            job.run(&mut consumer)?;
            consumer.end()?;
            Ok((consumer, job.losers, job.unknown))
        };
        // What the wave before has made is handed on meanwhile.
        let (results, handed_on) = rayon::join(
            || wave.par_iter().map(work).collect::<Vec<Result<_>>>(),
            || std::mem::take(&mut waiting).into_iter().try_for_each(&mut *done),
        );
        handed_on?;
        blocks.iter_mut().for_each(|block| block.facts.release(wave.last().map_or(0, |last| last + 1)));
        for result in results {
            let (consumer, losers, unknown) = result?;
            settled.losers.extend(losers);
            settled.lost.extend(unknown);
            waiting.push(consumer);
        }
    }
    waiting.into_iter().try_for_each(done)?;
    settled.losers.sort_by_key(|loser| loser.about.place);
    settled.lost.sort_unstable();
    Ok(settled)
}

/// The run of `sorted` for which `side` says equal.
fn range<T>(sorted: &[T], side: impl Fn(&T) -> Ordering) -> &[T] {
    let from = sorted.partition_point(|item| side(item).is_lt());
    let to = sorted.partition_point(|item| side(item).is_le());
    &sorted[from..to]
}

/// One share of the areas.
struct Share<'a> {
    policy: &'a Policy<'a>,
    blocks: &'a [FactBlock],
    share: usize,
    /// Sorted by area and service.
    loose: &'a [&'a LooseFact],
    lost: &'a [&'a Lost],
    losers: Vec<Loser>,
    unknown: Vec<Lost>,
    out: Vec<Fact>,
}

/// A fact with the place where it was read, which is also its turn.
#[derive(Clone, Copy)]
struct Read {
    place: Place,
    fact: Fact,
    /// Whether it is a summand, and whether it is of a week, unless it is plain.
    loose: Option<(bool, bool)>,
}

/// The plain facts of a share, sorted by key, those of one key in the order of reading.
struct Plain<'a> {
    blocks: &'a [FactBlock],
    facts: Vec<PlainFact>,
    /// Of every fact how many were read before it.
    turns: Vec<u32>,
    /// Turns at which the facts of each block begin.
    starts: Vec<usize>,
    /// Turns at which the facts of another source begin, with the source.
    sources: Vec<(usize, u16)>,
}

impl<'a> Plain<'a> {
    fn gather(blocks: &'a [FactBlock], share: usize) -> Self {
        let mut read = Vec::with_capacity(blocks.iter().map(|block| block.facts.share_len(share)).sum());
        let (mut starts, mut sources) = (Vec::with_capacity(blocks.len()), Vec::new());
        for block in blocks {
            starts.push(read.len());
            if sources.last().is_none_or(|(_, source)| *source != block.source) {
                sources.push((read.len(), block.source));
            }
            read.extend_from_slice(&block.facts.share(share));
        }
        let turns = sorted(&read);
        let facts = turns.iter().map(|&turn| read[turn as usize]).collect();
        Self { blocks, facts, turns, starts, sources }
    }

    /// The source that all facts are of.
    #[inline]
    fn only_source(&self) -> Option<u16> {
        if let [(_, only)] = self.sources[..] { Some(only) } else { None }
    }

    #[inline]
    fn source(&self, at: usize) -> u16 {
        if let Some(only) = self.only_source() {
            return only;
        }
        let turn = self.turns[at] as usize;
        self.sources[self.sources.partition_point(|&(start, _)| start <= turn) - 1].1
    }

    fn place(&self, at: usize) -> Place {
        let turn = self.turns[at] as usize;
        let block = &self.blocks[self.starts.partition_point(|&start| start <= turn) - 1];
        let (record, line) = block.place(self.facts[at].row);
        Place { file: block.file, record, entry: 0, line }
    }

    fn read(&self, at: usize) -> Read {
        Read { place: self.place(at), fact: self.facts[at].fact(self.source(at)), loose: None }
    }
}

impl Share<'_> {
    fn run(&mut self, consumer: &mut impl Consumer) -> Result<()> {
        let plain = Plain::gather(self.blocks, self.share);
        // Pairs with anything that is not plain.
        let of_loose = self.loose.iter().map(|loose| (loose.fact.area, loose.fact.service));
        let special: BTreeSet<(u32, u32)> =
            of_loose.chain(self.lost.iter().map(|lost| (lost.area, lost.service))).collect();
        let mut special = special.into_iter().peekable();
        let mut from = 0;
        for facts in plain.facts.chunk_by(|a, b| a.key.pair() == b.key.pair()) {
            let pair = from..from + facts.len();
            from = pair.end;
            let key = (facts[0].key.area(), facts[0].key.service());
            while let Some(other) = special.next_if(|other| *other < key) {
                self.replay(&plain, 0..0, other)?;
                self.hand_on(consumer)?;
            }
            let special = special.next_if_eq(&key).is_some();
            let loose =
                special && !range(self.loose, |loose| (loose.fact.area, loose.fact.service).cmp(&key)).is_empty();
            if loose || !self.straight(&plain, pair.clone()) {
                self.replay(&plain, pair, key)?;
            } else if special {
                let lost = range(self.lost, |lost| (lost.area, lost.service).cmp(&key));
                self.unknown.extend(lost.iter().filter_map(|lost| beside_plain(lost, facts)));
            }
            self.hand_on(consumer)?;
        }
        for other in special {
            self.replay(&plain, 0..0, other)?;
            self.hand_on(consumer)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, consumer: &mut impl Consumer) -> Result<()> {
        if !self.out.is_empty() {
            consumer.pair(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }

    /// A pair with nothing but plain facts, sorted: duplicates stand side by side. `false`, and nothing
    /// done, where days and months of one count meet: then the order of reading decides.
    fn straight(&mut self, plain: &Plain<'_>, pair: Range<usize>) -> bool {
        let before = self.losers.len();
        let facts = &plain.facts[..pair.end];
        let mut at = pair.start;
        while at < facts.len() {
            let key = facts[at].key;
            let month = facts[at..].iter().take_while(|fact| fact.key.monthly() == key.monthly()).count();
            if let (Some(source), Some(sum)) = (plain.only_source(), simple_sum(&facts[at..at + month])) {
                self.push(key, Some(source), sum);
                at += month;
                continue;
            }
            let (monthly, additive) = (key.monthly(), key.is_additive());
            let of_days = key.is_day();
            let (mut source, mut sum) = (None, 0i64);
            while let Some(day) = facts.get(at).map(|fact| fact.key).filter(|other| other.monthly() == monthly) {
                if !additive && day.is_day() != of_days {
                    self.losers.truncate(before);
                    self.out.clear();
                    return false;
                }
                let same = facts[at..].iter().take_while(|fact| fact.key == day).count();
                let counted = match additive {
                    true => at..at + same,
                    false => {
                        let winner = self.winner(plain, at..at + same);
                        winner..winner + 1
                    }
                };
                for i in counted {
                    let from = plain.source(i);
                    if source != Some(from) {
                        self.push(key, source, sum);
                        (source, sum) = (Some(from), 0);
                    }
                    // A plain count has 32 bits, and a share fewer than 2^32 of them.
                    sum += i64::from(facts[i].count);
                }
                at += same;
            }
            self.push(key, source, sum);
        }
        true
    }

    fn push(&mut self, key: FactKey, source: Option<u16>, value: i64) {
        let Some(source) = source else { return };
        let period = Period { day: 0, ..key.period() };
        self.out.push(Fact {
            area: key.area(),
            service: key.service(),
            period,
            measure: key.measure(),
            state: CellState::Observed,
            value,
            source,
        });
    }

    /// Which of the facts with one key, in the order of reading, counts.
    fn winner(&mut self, plain: &Plain<'_>, same: Range<usize>) -> usize {
        let mut winner = same.start;
        for later in same.skip(1) {
            let (earlier, next) = (plain.read(winner), plain.read(later));
            if self.policy.on_duplicate(next.fact.source) == OnDuplicate::Replace {
                self.lose(&earlier, &next, Why::Replaces);
                winner = later;
            } else {
                self.lose(&earlier, &next, Why::Duplicate);
            }
        }
        winner
    }

    /// Of two numbers with one key, `loser` does not count; `later` is the one that was read second.
    fn lose(&mut self, earlier: &Read, later: &Read, why: Why) {
        let said = |read: &Read| Said { place: read.place, plain: read.loose.is_none().then_some(read.fact) };
        self.losers.push(Loser { source: later.fact.source, why, about: said(later), other: earlier.place });
    }

    /// Any pair, number by number in the order of reading.
    fn replay(&mut self, plain: &Plain<'_>, pair: Range<usize>, key: (u32, u32)) -> Result<()> {
        let loose = range(self.loose, |loose| (loose.fact.area, loose.fact.service).cmp(&key));
        let of_loose = |loose: &&LooseFact| Read {
            place: Place { file: loose.file, record: loose.record, entry: loose.entry, line: loose.line },
            fact: loose.fact,
            loose: Some((loose.additive, loose.weekly)),
        };
        let mut reads: Vec<Read> = pair.map(|at| plain.read(at)).chain(loose.iter().map(of_loose)).collect();
        reads.sort_by_key(|read| read.place);
        let mut series = Series::default();
        for read in reads {
            if let Some((earlier, why)) = series.take(read, self.policy) {
                self.lose(&earlier, &read, why);
            }
        }
        for lost in range(self.lost, |lost| (lost.area, lost.service).cmp(&key)) {
            let known = |period, measure| series.at.contains_key(&(period, measure));
            self.unknown.extend(lost.beside(&series.spans, |measure| measure, known));
        }
        let mut facts: Vec<Fact> = series.kept.into_iter().map(|read| read.fact).collect();
        for fact in &mut facts {
            fact.period.day = 0;
        }
        facts.sort_by_key(|fact| (fact.period, fact.measure, fact.source, fact.state));
        for fact in facts {
            let same = |last: &Fact| Fact { value: 0, ..*last } == Fact { value: 0, ..fact };
            match self.out.last_mut().filter(|last| same(last)) {
                None => self.out.push(fact),
                Some(last) => {
                    last.value = last.value.checked_add(fact.value).ok_or_else(|| overflow(fact.period))?;
                }
            }
        }
        Ok(())
    }
}

/// The sum of facts of one month and measure, sorted by day, where each counts: they are added anyhow, or each is of
/// another day or alone.
#[inline]
fn simple_sum(facts: &[PlainFact]) -> Option<i64> {
    // A plain count has 32 bits, and a share fewer than 2^32 of them.
    let sum = || facts.iter().map(|fact| i64::from(fact.count)).sum();
    let [first, .., last] = facts else { return Some(sum()) };
    let alike = || first.key.is_day() == last.key.is_day() && facts.windows(2).all(|two| two[0].key != two[1].key);
    (first.key.is_additive() || alike()).then(sum)
}

/// [`Lost::beside`] for a pair with nothing but plain facts, which are sorted by key.
pub(super) fn beside_plain(lost: &Lost, sorted: &[PlainFact]) -> Option<Lost> {
    let (Some(period), Some(measure)) = (lost.period, lost.measure) else { return Some(*lost) };
    let Some(own) = FactKey::of(lost.area, lost.service, period, measure) else { return Some(*lost) };
    if sorted.binary_search_by_key(&own, |fact| fact.key).is_ok() {
        return None;
    }
    let month = sorted.partition_point(|fact| fact.key.monthly() < own.monthly());
    match sorted.get(month).map(|fact| fact.key).filter(|other| other.monthly() == own.monthly()) {
        None => Some(*lost),
        Some(other) if other.is_day() && own.is_day() => Some(Lost { partial: true, ..*lost }),
        Some(_) => None,
    }
}

fn overflow(period: Period) -> Error {
    Error::input(say!(
        "Die Zahlen eines Gebiets in {} ergeben zusammen mehr, als 64 Bit fassen",
        "the counts of an area in {} add up to more than 64 bits hold",
        period.id()
    ))
}

/// The places of `facts` in the order of their keys, those of one key in the order of reading.
fn sorted(facts: &[PlainFact]) -> Vec<u32> {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    match Packing::of(facts.iter(), facts.len()) {
        Some(packing) => {
            let mut words: Vec<u64> = facts.iter().enumerate().map(|(at, fact)| packing.pack(fact.key, at)).collect();
            packing.sort(&mut words, &mut Vec::new());
            words.into_iter().map(|word| place(packing.place(word))).collect()
        }
        None => {
            let mut places: Vec<u32> = (0..facts.len()).map(place).collect();
            places.sort_by_key(|&at| facts[at as usize].key);
            places
        }
    }
}

/// What the numbers of one area and service amount to, as they are read.
#[derive(Default)]
struct Series {
    kept: Vec<Read>,
    at: HashMap<(Period, Measure), usize>,
    spans: Spans<Measure>,
}

impl Series {
    /// Takes the next number. If it and an earlier one cannot both count, that one and why.
    fn take(&mut self, read: Read, policy: &Policy<'_>) -> Option<(Read, Why)> {
        let Fact { period, measure, state, source, .. } = read.fact;
        let (additive, weekly) = read.loose.unwrap_or_default();
        if additive || measure.is_additive() {
            self.kept.push(read);
            return None;
        }
        if !self.spans.add(measure, period, weekly) {
            return Some((read, Why::Overlap));
        }
        let Some(&at) = self.at.get(&(period, measure)) else {
            self.at.insert((period, measure), self.kept.len());
            self.kept.push(read);
            return None;
        };
        let earlier = self.kept[at];
        // An empty cell does not claim its key: another record may deliver the number.
        if earlier.fact.state == CellState::NotProvided {
            self.kept[at] = read;
            return Some((earlier, Why::Filled));
        }
        if state == CellState::NotProvided {
            return Some((earlier, Why::Filled));
        }
        if policy.on_duplicate(source) == OnDuplicate::Replace {
            self.kept[at] = read;
            return Some((earlier, Why::Replaces));
        }
        Some((earlier, Why::Duplicate))
    }
}
