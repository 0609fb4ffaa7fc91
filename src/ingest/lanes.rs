//! Plain facts by shares of the areas, in memory or on a shelf.

mod shelf;
mod word;

use std::borrow::Cow;
use std::sync::Arc;

pub use self::shelf::Shelf;
pub use self::word::Lane;
use self::word::{Packing, Reach, in_two, words_of_fact};
use super::facts::PlainFact;
use crate::domain::Month;

/// How the areas are divided into shares that are worked on one after the other: each a run of
/// neighbouring area numbers, so that shares in order are areas in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// An area has the share of its number shifted by so many bits.
    bits: u32,
    shares: u32,
}

impl Default for Split {
    fn default() -> Self {
        Self { bits: 0, shares: 1 }
    }
}

impl Split {
    /// Between `shares` and twice as many shares of `areas` areas, or one for each area where there are fewer.
    #[must_use]
    pub fn new(areas: usize, shares: usize) -> Self {
        let areas = u32::try_from(areas.max(1)).unwrap_or(u32::MAX);
        let bits = (areas / u32::try_from(shares.max(1)).unwrap_or(u32::MAX)).max(1).ilog2();
        Self { bits, shares: ((areas - 1) >> bits) + 1 }
    }

    /// Number of shares.
    #[must_use]
    pub fn shares(self) -> usize {
        self.shares as usize
    }

    /// The share of an area.
    #[must_use]
    #[inline]
    pub fn share(&self, area: u32) -> usize {
        (area >> self.bits) as usize
    }

    /// The first area of a share.
    #[must_use]
    pub fn first_area(&self, share: usize) -> u32 {
        (share as u32) << self.bits
    }

    /// How many bits tell the areas of a share apart.
    #[must_use]
    pub fn area_bits(&self) -> u32 {
        self.bits
    }
}

/// Facts by shares of the areas: those of one share together, in file order within.
#[derive(Debug, Clone, Default)]
pub struct Lanes {
    at: Where,
    /// Where the facts of each share begin, counted from the first of all.
    starts: Vec<u32>,
    /// The first and the last month.
    months: Option<(Month, Month)>,
    /// The largest service number.
    last_service: u32,
    packing: Option<Packing>,
    split: Split,
}

#[derive(Debug, Clone)]
enum Where {
    /// A few pieces of neighbouring shares: what has been worked on can be let go of.
    Held(Vec<Box<[u64]>>),
    /// From this word of the shelf on.
    Shelved(Arc<Shelf>, u64),
}

impl Default for Where {
    fn default() -> Self {
        Self::Held(Vec::new())
    }
}

/// Shares of a piece.
const SHARES_OF_PIECE: usize = 16;

impl Lanes {
    /// Groups `facts`, which are in file order, by the shares of `split`.
    #[must_use]
    pub fn group(facts: &[PlainFact], split: Split) -> Self {
        let mut starts = vec![0u32; split.shares() + 1];
        let mut reach = Reach::default();
        for fact in facts {
            starts[split.share(fact.key.area()) + 1] += 1;
            reach.add(fact);
        }
        for share in 1..starts.len() {
            starts[share] += starts[share - 1];
        }
        let packing = Packing::of(&reach, split.bits);
        let words = words_of_fact(packing);
        let pieces = (0..split.shares()).step_by(SHARES_OF_PIECE);
        let length = |from: usize| starts[(from + SHARES_OF_PIECE).min(split.shares())] - starts[from];
        let mut pieces: Vec<Box<[u64]>> =
            pieces.map(|from| vec![0; words * length(from) as usize].into_boxed_slice()).collect();
        let mut next: Vec<u32> = (0..split.shares())
            .map(|share| starts[share] - starts[share / SHARES_OF_PIECE * SHARES_OF_PIECE])
            .collect();
        for fact in facts {
            let share = split.share(fact.key.area());
            let at = next[share] as usize;
            next[share] += 1;
            let piece = &mut pieces[share / SHARES_OF_PIECE];
            match packing {
                Some(packing) => piece[at] = packing.pack(fact, split.first_area(share)),
                None => piece[2 * at..2 * at + 2].copy_from_slice(&in_two(fact)),
            }
        }
        let month = |index: u32| Month::from_index(index.cast_signed());
        let months = (!facts.is_empty()).then(|| (month(reach.first_month), month(reach.last_month)));
        Self { at: Where::Held(pieces), starts, months, last_service: reach.service, packing, split }
    }

    /// Number of facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.last().map_or(0, |&end| end as usize)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first and the last month of the facts.
    #[must_use]
    pub fn months(&self) -> Option<(Month, Month)> {
        self.months
    }

    /// The largest service number of the facts; 0 if there are none.
    #[must_use]
    pub fn last_service(&self) -> u32 {
        self.last_service
    }

    /// Number of facts of one share.
    #[must_use]
    pub fn share_len(&self, share: usize) -> usize {
        self.starts.get(share..share + 2).map_or(0, |ends| (ends[1] - ends[0]) as usize)
    }

    /// The facts of one share; none if the shelf is in trouble.
    #[must_use]
    pub fn share(&self, share: usize) -> Lane<'_> {
        let Some(&[from, to]) = self.starts.get(share..share + 2).and_then(|ends| ends.first_chunk()) else {
            return Lane::default();
        };
        let words_of = |facts: u32| words_of_fact(self.packing) * facts as usize;
        let words = match &self.at {
            Where::Held(pieces) => {
                let first = self.starts[share / SHARES_OF_PIECE * SHARES_OF_PIECE];
                let piece = pieces.get(share / SHARES_OF_PIECE);
                let words = piece.and_then(|piece| piece.get(words_of(from - first)..words_of(to - first)));
                Cow::Borrowed(words.unwrap_or_default())
            }
            Where::Shelved(shelf, at) => Cow::Owned(shelf.fetch(at + words_of(from) as u64, words_of(to - from))),
        };
        Lane::new(words, self.packing, self.split.first_area(share))
    }

    /// Lets go of the facts of all shares before `share`.
    pub fn release(&mut self, share: usize) {
        if let Where::Held(pieces) = &mut self.at {
            pieces.iter_mut().take(share / SHARES_OF_PIECE).for_each(|piece| *piece = Box::default());
        }
    }

    /// All facts, share by share.
    pub fn iter(&self) -> impl Iterator<Item = PlainFact> {
        (0..self.starts.len().saturating_sub(1)).flat_map(|share| self.share(share).iter().collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Period;
    use crate::ingest::{FactBlock, FactKey, Measure};

    fn fact(area: u32, row: u32) -> PlainFact {
        let month = Period::month(Month::new(2025, 1 + row % 12).unwrap());
        PlainFact { key: FactKey::of(area, area, month, Measure::Comments).unwrap(), count: 7 + row, row }
    }

    fn rows(lanes: &Lanes, share: usize) -> Vec<u32> {
        assert_eq!(lanes.share(share).len(), lanes.share_len(share));
        lanes.share(share).iter().map(|fact| fact.row).collect()
    }

    #[test]
    fn shares_keep_areas_and_files_in_order() {
        let split = Split::new(10, 4);
        assert_eq!((split.shares(), split.share(0), split.share(2), split.share(3), split.share(9)), (5, 0, 1, 1, 4));
        assert_eq!((split.area_bits(), split.first_area(1), split.first_area(4)), (1, 2, 8));
        let facts = Lanes::group(&[fact(9, 0), fact(1, 1), fact(9, 2), fact(0, 3)], split);
        let block = FactBlock { first_record: 5, first_line: 7, facts, ..FactBlock::default() };
        assert_eq!([0, 1, 2, 4].map(|share| rows(&block.facts, share)), [vec![1, 3], vec![], vec![], vec![0, 2]]);
        assert_eq!((block.facts.last_service(), Lanes::default().last_service()), (9, 0));
        assert_eq!(block.facts.months(), Some((Month::new(2025, 1).unwrap(), Month::new(2025, 4).unwrap())));
        assert_eq!(block.place(2), (7, 9));
        assert_eq!(FactBlock { lines: Some(vec![0, 3, 4]), ..block }.place(2), (7, 11));
        let facts: Vec<PlainFact> = (0..100).map(|row| fact(99 - row, row)).collect();
        let mut lanes = Lanes::group(&facts, Split::new(100, 50));
        assert!((0..50u32).all(|share| rows(&lanes, share as usize) == [98 - 2 * share, 99 - 2 * share]));
        lanes.release(33);
        let rest: Vec<u32> = lanes.share(31).iter().chain(lanes.share(32).iter()).map(|fact| fact.row).collect();
        assert_eq!(rest, [34, 35]);
    }

    proptest! {
        /// Whether a fact fits into one word or needs two, it comes back as it was.
        #[test]
        fn facts_come_back_by_share_and_in_order(
            facts in proptest::collection::vec((0u32..100, 0u32..600, 0i32..40, 0u8..32, 0u8..70, any::<u32>()), 0..200),
            (bits, months, services) in (0u32..32, 1i32..2, 1u32..2).prop_union((31u32..32, 700i32..701, 54u32..55)),
            shares in 1usize..60,
        ) {
            let facts: Vec<PlainFact> = facts
                .into_iter()
                .zip(0..)
                .map(|((area, service, month, day, measure, count), row)| {
                    let period = Period { start: Month::new(400, 1).unwrap().plus(months * month), months: 1, day };
                    let key = FactKey::of(area, services * service, period, Measure::of_code(measure).unwrap()).unwrap();
                    PlainFact { key, count: count >> (31 - bits), row }
                })
                .collect();
            let split = Split::new(100, shares);
            let lanes = Lanes::group(&facts, split);
            for share in 0..split.shares() {
                let expected: Vec<PlainFact> =
                    facts.iter().filter(|fact| split.share(fact.key.area()) == share).copied().collect();
                let lane = lanes.share(share);
                prop_assert_eq!((lane.len(), lane.is_empty()), (expected.len(), expected.is_empty()));
                prop_assert!((0..101).all(|row| lane.of_row(row) == expected.iter().find(|fact| fact.row == row).copied()));
                prop_assert_eq!((0..lane.len()).map(|at| lane.get(at)).collect::<Vec<_>>(), expected);
            }
            prop_assert_eq!(lanes.iter().count(), facts.len());
            let months = facts.iter().map(|fact| fact.key.period().start);
            prop_assert_eq!(lanes.months(), months.clone().min().zip(months.max()));
            prop_assert_eq!(lanes.last_service(), facts.iter().map(|fact| fact.key.service()).max().unwrap_or(0));
        }
    }

    #[test]
    fn a_fact_takes_a_word_wherever_it_fits() {
        let words = |facts: &[PlainFact]| match Lanes::group(facts, Split::new(100, 50)).at {
            Where::Held(pieces) => pieces.iter().map(|piece| piece.len()).sum::<usize>(),
            Where::Shelved(..) => 0,
        };
        let facts: Vec<PlainFact> = (0..100).map(|row| fact(row, row)).collect();
        assert_eq!(words(&facts), 100);
        let large = PlainFact { count: u32::MAX, ..facts[99] };
        assert_eq!(words(&[facts[0], large]), 2, "there is room for 32 bits");
        let late = Period::month(Month::new(2199, 12).unwrap());
        let far = PlainFact { key: FactKey::of(99, 30_000, late, Measure::Comments).unwrap(), ..large };
        assert_eq!(words(&[facts[0], far]), 4);
    }
}
