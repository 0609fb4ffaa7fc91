//! The engine in this process: share by share of the areas, shares in parallel.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::sort::{Plain, Room};
use super::{Consumer, Loser, MonthSum, Numbers, Place, Policy, Said, Settled, Why};
use crate::domain::{CellState, Period, say};
use crate::ingest::spec::OnDuplicate;
use crate::ingest::{Fact, FactBlock, FactKey, Facts, LooseFact, Lost, Measure, PlainFact, Spans, Split};
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
    let mut rooms: Vec<Room> = (0..WAVE).map(|_| Room::default()).collect();
    let mut waiting: Vec<C> = Vec::new();
    for wave in shares.chunks(WAVE) {
        let work = |(&share, room): (&usize, &mut Room)| {
            let of_share = |area: u32| split.share(area).cmp(&share);
            let mut job = Share {
                policy,
                blocks: &*blocks,
                split,
                share,
                loose: range(&loose, |loose| of_share(loose.fact.area)),
                lost: range(&lost, |lost| of_share(lost.area)),
                losers: Vec::new(),
                unknown: Vec::new(),
                sums: Vec::new(),
                summed: 0,
                out: Vec::new(),
            };
            let mut consumer = new(share, blocks.iter().map(|block| block.facts.share_len(share)).sum());
            job.run(room, &mut consumer)?;
            consumer.end()?;
            Ok((consumer, job.losers, job.unknown))
        };
        // What the wave before has made is handed on meanwhile.
        let (results, handed_on) = rayon::join(
            || wave.par_iter().zip(rooms.par_iter_mut()).map(work).collect::<Vec<Result<_>>>(),
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
    split: Split,
    share: usize,
    /// Sorted by area and service.
    loose: &'a [&'a LooseFact],
    lost: &'a [&'a Lost],
    losers: Vec<Loser>,
    unknown: Vec<Lost>,
    /// Room for the sums of a pair, and how many there are.
    sums: Vec<MonthSum>,
    summed: usize,
    /// The numbers of a pair that is not plain.
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

impl Read {
    /// A fact that stands with its turn in place of its row.
    fn plain(plain: &Plain<'_>, fact: &PlainFact) -> Self {
        let (block, read) = plain.read(fact.row);
        let (record, line) = block.place(read.row);
        Self { place: Place { file: block.file, record, entry: 0, line }, fact: fact.fact(block.source), loose: None }
    }
}

impl Share<'_> {
    fn run(&mut self, room: &mut Room, consumer: &mut impl Consumer) -> Result<()> {
        let plain = Plain::of(self.blocks, self.split, self.share);
        // Pairs with anything that is not plain.
        let of_loose = self.loose.iter().map(|loose| (loose.fact.area, loose.fact.service));
        let special: BTreeSet<(u32, u32)> =
            of_loose.chain(self.lost.iter().map(|lost| (lost.area, lost.service))).collect();
        let mut special = special.into_iter().peekable();
        plain.pairs(room, |facts| {
            let key = (facts[0].key.area(), facts[0].key.service());
            while let Some(other) = special.next_if(|other| *other < key) {
                self.replay(&plain, &[], other)?;
                self.hand_on(consumer)?;
            }
            let special = special.next_if_eq(&key).is_some();
            let loose =
                special && !range(self.loose, |loose| (loose.fact.area, loose.fact.service).cmp(&key)).is_empty();
            if loose || !self.straight(&plain, facts) {
                self.replay(&plain, facts, key)?;
            } else if special {
                let lost = range(self.lost, |lost| (lost.area, lost.service).cmp(&key));
                self.unknown.extend(lost.iter().filter_map(|lost| beside_plain(lost, facts)));
            }
            self.hand_on(consumer)
        })?;
        for other in special {
            self.replay(&plain, &[], other)?;
            self.hand_on(consumer)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, consumer: &mut impl Consumer) -> Result<()> {
        if self.summed > 0 {
            consumer.pair(Numbers::Sums(&self.sums[..self.summed]))?;
            self.summed = 0;
        }
        if !self.out.is_empty() {
            consumer.pair(Numbers::Any(&self.out))?;
            self.out.clear();
        }
        Ok(())
    }

    /// A pair with nothing but plain facts, sorted: duplicates stand side by side. `false`, and nothing
    /// done, where days and months of one count meet: then the order of reading decides.
    fn straight(&mut self, plain: &Plain<'_>, pair: &[PlainFact]) -> bool {
        if self.simple(plain, pair) {
            return true;
        }
        let before = self.losers.len();
        for month in pair.chunk_by(|a, b| a.key.monthly() == b.key.monthly()) {
            let (key, last) = (month[0].key, month[month.len() - 1].key);
            let additive = key.is_additive();
            if !additive && key.is_day() != last.is_day() {
                self.losers.truncate(before);
                self.summed = 0;
                return false;
            }
            let (mut source, mut sum) = (None, 0i64);
            for same in month.chunk_by(|a, b| a.key == b.key) {
                let winner = if additive { None } else { Some([self.winner(plain, same)]) };
                for fact in winner.as_ref().map_or(same, |winner| winner) {
                    let from = plain.source(plain.source_number(fact.row));
                    if source != Some(from) {
                        self.push(key, source, sum);
                        (source, sum) = (Some(from), 0);
                    }
                    // A plain count has 32 bits, and a share fewer than 2^32 of them.
                    sum += i64::from(fact.count);
                }
            }
            self.push(key, source, sum);
        }
        true
    }

    /// A pair of which every fact counts, and those of one month and measure are of one source. `false`, and nothing
    /// done, where that is not so. Nearly all pairs are such: hence no branch depends on what a fact says.
    fn simple(&mut self, plain: &Plain<'_>, pair: &[PlainFact]) -> bool {
        let Some(first) = pair.first().map(|fact| fact.key) else { return true };
        if self.sums.len() < pair.len() {
            self.sums.resize(pair.len(), MonthSum { key: first, source: 0, value: 0 });
        }
        // Before the first fact stands one of another month.
        let (mut last, mut last_source) = (FactKey::from_raw(!first.raw()), 0);
        let (mut summed, mut value, mut simple) = (0, 0, true);
        for fact in pair {
            let (key, source) = (fact.key, plain.source(plain.source_number(fact.row)));
            let goes_on = key.monthly() == last.monthly();
            let each_counts = key.is_additive() | ((key != last) & (key.is_day() == last.is_day()));
            simple &= !goes_on | ((source == last_source) & each_counts);
            summed += usize::from(!goes_on);
            value = i64::from(fact.count) + if goes_on { value } else { 0 };
            self.sums[summed - 1] = MonthSum { key, source, value };
            (last, last_source) = (key, source);
        }
        self.summed = if simple { summed } else { 0 };
        simple
    }

    fn push(&mut self, key: FactKey, source: Option<u16>, value: i64) {
        let Some(source) = source else { return };
        self.sums.truncate(self.summed);
        self.sums.push(MonthSum { key, source, value });
        self.summed += 1;
    }

    /// Which of the facts with one key, in the order of reading, counts.
    fn winner(&mut self, plain: &Plain<'_>, same: &[PlainFact]) -> PlainFact {
        let mut winner = same[0];
        for &later in &same[1..] {
            let (earlier, next) = (Read::plain(plain, &winner), Read::plain(plain, &later));
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
    fn replay(&mut self, plain: &Plain<'_>, pair: &[PlainFact], key: (u32, u32)) -> Result<()> {
        let loose = range(self.loose, |loose| (loose.fact.area, loose.fact.service).cmp(&key));
        let of_loose = |loose: &&LooseFact| Read {
            place: Place { file: loose.file, record: loose.record, entry: loose.entry, line: loose.line },
            fact: loose.fact,
            loose: Some((loose.additive, loose.weekly)),
        };
        let mut reads: Vec<Read> =
            pair.iter().map(|fact| Read::plain(plain, fact)).chain(loose.iter().map(of_loose)).collect();
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
