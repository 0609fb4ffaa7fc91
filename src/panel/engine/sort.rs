//! The plain facts of one share of the areas, in the order of reading and sorted by their key.

use crate::Result;
use crate::ingest::short_key::{ShortKeys, low, wide};
use crate::ingest::{FactBlock, FactKey, Lane, Lanes, PlainFact, Split};

/// The plain facts of a share in the order of reading: each has a turn.
pub(super) struct Plain<'a> {
    blocks: &'a [FactBlock],
    /// Those of each block.
    lanes: Vec<Lane<'a>>,
    /// Turns at which the facts of each block begin.
    starts: Vec<u32>,
    /// Turns at which the facts of another source begin, with the source.
    sources: Vec<(u32, u16)>,
    /// `None` if facts are sorted as they are.
    packing: Option<Packing>,
}

impl<'a> Plain<'a> {
    pub(super) fn of(blocks: &'a [FactBlock], split: Split, share: usize) -> Self {
        let lanes: Vec<Lane<'_>> = blocks.iter().map(|block| block.facts.share(share)).collect();
        let (mut starts, mut sources) = (Vec::with_capacity(blocks.len()), Vec::new());
        let mut turn = 0;
        for (block, lane) in blocks.iter().zip(&lanes) {
            starts.push(turn);
            if sources.last().is_none_or(|(_, source)| *source != block.source) {
                sources.push((turn, block.source));
            }
            // A share has fewer than 2^32 facts.
            turn += lane.len() as u32;
        }
        Self { blocks, lanes, starts, sources, packing: Packing::of(blocks, split, share) }
    }

    /// What was read at a turn, and in which block.
    pub(super) fn read(&self, turn: u32) -> (&FactBlock, PlainFact) {
        let block = self.starts.partition_point(|&start| start <= turn) - 1;
        (&self.blocks[block], self.lanes[block].get((turn - self.starts[block]) as usize))
    }

    /// Number among [`Self::source`] of what was read at a turn.
    #[inline]
    pub(super) fn source_number(&self, turn: u32) -> usize {
        self.sources[1..].partition_point(|&(start, _)| start <= turn)
    }

    #[inline]
    pub(super) fn source(&self, number: usize) -> u16 {
        self.sources[number].1
    }

    /// Calls `each` with the facts of every area and service, sorted by key, those of one key in the order of reading.
    /// In place of its row each has its turn.
    pub(super) fn pairs(&self, room: &mut Room, mut each: impl FnMut(&[PlainFact]) -> Result<()>) -> Result<()> {
        let Some(packing) = self.packing else {
            let mut facts: Vec<PlainFact> =
                self.lanes.iter().flat_map(Lane::iter).zip(0..).map(|(fact, row)| PlainFact { row, ..fact }).collect();
            facts.sort_by_key(|fact| fact.key);
            return facts.chunk_by(|a, b| a.key.pair() == b.key.pair()).try_for_each(each);
        };
        let Room { words, spare, facts } = room;
        words.clear();
        words.reserve(self.lanes.iter().map(Lane::len).sum());
        for (lane, &start) in self.lanes.iter().zip(&self.starts) {
            let mut turn = start;
            lane.each_short(&packing.keys, |key, count| {
                words.push(packing.pack(key, turn, count));
                turn += 1;
            });
        }
        packing.sort_months(words, spare);
        let pair = packing.pair_at();
        for words in words.chunk_by_mut(|a, b| a >> pair == b >> pair) {
            // Files mostly go from day to day: then each month is sorted already.
            if !words.is_sorted() {
                words.sort_unstable();
            }
            facts.clear();
            packing.unpack(words, |turn| self.read(turn).1.count, facts);
            each(facts)?;
        }
        Ok(())
    }
}

/// Room to sort a share in, used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Room {
    words: Vec<u64>,
    spare: Vec<u64>,
    facts: Vec<PlainFact>,
}

/// How a fact is packed into one word that sorts by key and turn: from the highest bit the short key, the turn, and as
/// much of the count as there is room for.
#[derive(Debug, Clone, Copy)]
struct Packing {
    keys: ShortKeys,
    /// The first area of the share.
    area: u32,
    turn_bits: u32,
    count_bits: u32,
}

/// Most bits that one pass of the radix sort looks at, and fewest.
const DIGIT: u32 = 14;
const SMALL_DIGIT: u32 = 8;

impl Packing {
    /// A packing for the facts of a share; `None` if there are none, too many, or too different ones for a word.
    fn of(blocks: &[FactBlock], split: Split, share: usize) -> Option<Self> {
        let lanes = || blocks.iter().map(|block| &block.facts);
        let (from, to) = lanes().filter_map(Lanes::months).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        let months = (from.index().cast_unsigned(), to.index().cast_unsigned());
        let keys = ShortKeys::of(split.area_bits(), lanes().map(Lanes::last_service).max()?, months)?;
        let turn_bits = wide(u32::try_from(lanes().map(|lanes| lanes.share_len(share)).sum::<usize>()).ok()?);
        // The highest bit stays free, so that every part of a word can be shifted out.
        let count_bits = (u64::BITS - 1).checked_sub(keys.bits() + turn_bits)?.min(u32::BITS);
        Some(Self { keys, area: split.first_area(share), turn_bits, count_bits })
    }

    /// The lowest bit of the key.
    fn key_at(&self) -> u32 {
        self.turn_bits + self.count_bits
    }

    /// The lowest bit of area and service.
    fn pair_at(&self) -> u32 {
        self.keys.below_pair() + self.key_at()
    }

    #[inline]
    fn pack(&self, key: u64, turn: u32, count: u32) -> u64 {
        let count = u64::from(count).min(low(u64::MAX, self.count_bits));
        (key << self.turn_bits | u64::from(turn)) << self.count_bits | count
    }

    /// Adds the facts behind the words of one pair to `facts`. The largest count that there is room for may stand for
    /// a larger one, which `count` tells.
    #[inline]
    fn unpack(&self, words: &[u64], count: impl Fn(u32) -> u32, facts: &mut Vec<PlainFact>) {
        let Some(pair) = words.first().map(|word| word >> self.pair_at()) else { return };
        let first = self.keys.unpack(pair << self.keys.below_pair(), self.area).raw();
        let most = low(u64::MAX, self.count_bits);
        facts.extend(words.iter().map(|word| {
            let turn = low(word >> self.count_bits, self.turn_bits) as u32;
            let key = low(word >> self.key_at(), self.keys.below_pair());
            let kept = low(*word, self.count_bits);
            let count = if kept < most { kept as u32 } else { count(turn) };
            PlainFact { key: FactKey::from_raw(first + key), count, row: turn }
        }));
    }

    /// Sorts words whose turns ascend by all of the key but the day, those alike in the order of their turns: radix sort
    /// from the lowest digit upwards. `spare` is room to work in.
    fn sort_months(&self, words: &mut Vec<u64>, spare: &mut Vec<u64>) {
        let (lowest, bits) = (FactKey::DAY + self.key_at(), self.keys.bits() - FactKey::DAY);
        // As many buckets as there are words are enough.
        let digits = bits.div_ceil(words.len().max(1).ilog2().clamp(SMALL_DIGIT, DIGIT));
        let width = bits.div_ceil(digits);
        let mut next = vec![0u32; 1 << width];
        spare.resize(words.len(), 0);
        for digit in 0..digits {
            let shift = lowest + digit * width;
            let bucket = |word: u64| low(word >> shift, width) as usize;
            next.fill(0);
            words.iter().for_each(|&word| next[bucket(word)] += 1);
            let mut start = 0;
            for slot in &mut next {
                start += std::mem::replace(slot, start);
            }
            for &word in words.iter() {
                let slot = &mut next[bucket(word)];
                spare[*slot as usize] = word;
                *slot += 1;
            }
            std::mem::swap(words, spare);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Month, Period};
    use crate::ingest::Measure;

    proptest! {
        /// Whether there is room for all of the count, for a part of it, for nothing of it, or not even for the turn.
        #[test]
        fn pairs_come_sorted_by_key_and_turn(
            facts in proptest::collection::vec((0u32..5, 0u32..3, 0i32..4, 0u8..3, 0u8..70, any::<u32>()), 0..300),
            (areas, services, months) in prop_oneof![Just((1, 1, 1)), Just((26_000, 13_000, 8_000)), Just((0, 0, 8_000))],
            shares in 1usize..6,
            block in 1usize..100,
        ) {
            let all: Vec<PlainFact> = facts
                .into_iter()
                .zip(0..)
                .map(|((area, service, month, day, measure, count), row)| {
                    let start = Month::new(400, 1).unwrap().plus(months * month);
                    let measure = Measure::of_code(measure).unwrap();
                    let key = FactKey::of(area * areas, service * services, Period { start, months: 1, day }, measure);
                    PlainFact { key: key.unwrap(), count: count >> (count % 32), row }
                })
                .collect();
            let split = Split::new(5 * areas as usize, shares);
            let blocks: Vec<FactBlock> = all
                .chunks(block)
                .zip(0..)
                .map(|(facts, n)| FactBlock { source: n / 3, facts: Lanes::group(facts, split), ..FactBlock::default() })
                .collect();
            let mut room = Room::default();
            for share in 0..split.shares() {
                let mine: Vec<PlainFact> =
                    all.iter().filter(|fact| split.share(fact.key.area()) == share).copied().collect();
                let packed = Plain::of(&blocks, split, share);
                let whole = Plain { packing: None, ..Plain::of(&blocks, split, share) };
                for plain in [packed, whole] {
                    let mut found: Vec<PlainFact> = Vec::new();
                    plain.pairs(&mut room, |facts| {
                        assert!(facts.iter().all(|fact| fact.key.pair() == facts[0].key.pair()));
                        assert!(found.last().is_none_or(|last| last.key.pair() < facts[0].key.pair()));
                        found.extend(facts);
                        Ok(())
                    }).unwrap();
                    for fact in &mut found {
                        let (block, read) = plain.read(fact.row);
                        prop_assert_eq!(block.source, plain.source(plain.source_number(fact.row)));
                        fact.row = read.row;
                    }
                    let mut expected = mine.clone();
                    expected.sort_by_key(|fact| (fact.key, fact.row));
                    prop_assert_eq!(found, expected);
                }
            }
        }
    }
}
