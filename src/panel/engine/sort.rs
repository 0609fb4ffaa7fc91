//! Sorting the facts of one share of the areas by their key, those with the same key in the order of
//! reading.

use crate::ingest::{FactKey, PlainFact};

/// Bits that one pass of the radix sort looks at.
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;

/// How key and place of a fact are packed into one word that sorts as the two do. Of a key only what
/// differs within the share is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packing {
    area: u32,
    month: u32,
    service_bits: u32,
    month_bits: u32,
    place_bits: u32,
    bits: u32,
}

const MEASURE_AND_DAY: u32 = 12;

impl Packing {
    /// A packing for `facts`; `None` if there are too many, or too different ones, for 64 bits.
    pub(super) fn of<'a>(facts: impl Iterator<Item = &'a PlainFact> + Clone, count: usize) -> Option<Self> {
        let (mut areas, mut months, mut service) = ((u32::MAX, 0), (u32::MAX, 0), 0);
        if count == 0 {
            return None;
        }
        for fact in facts {
            let (area, month) = (fact.key.area(), fact.key.month_index());
            areas = (areas.0.min(area), areas.1.max(area));
            months = (months.0.min(month), months.1.max(month));
            service = service.max(fact.key.service());
        }
        let wide = |largest: u32| u32::BITS - largest.leading_zeros();
        let place_bits = wide(u32::try_from(count).ok()?);
        let (service_bits, month_bits) = (wide(service), wide(months.1 - months.0));
        let bits = place_bits + MEASURE_AND_DAY + month_bits + service_bits + wide(areas.1 - areas.0);
        let packing = Self { area: areas.0, month: months.0, service_bits, month_bits, place_bits, bits };
        (bits <= u64::BITS).then_some(packing)
    }

    /// Key and place in one word.
    #[inline]
    pub(super) fn pack(&self, key: FactKey, place: usize) -> u64 {
        let raw = key.raw();
        let low = raw & ((1 << MEASURE_AND_DAY) - 1);
        let month = u64::from(key.month_index() - self.month);
        let above = u64::from(key.area() - self.area) << self.service_bits | u64::from(key.service());
        ((above << self.month_bits | month) << MEASURE_AND_DAY | low) << self.place_bits | place as u64
    }

    /// The place behind a word.
    #[inline]
    pub(super) fn place(&self, word: u64) -> usize {
        (word & ((1 << self.place_bits) - 1)) as usize
    }

    /// Sorts words whose places ascend. Radix sort from the lowest digit of the key upwards; `spare`
    /// is room to work in.
    pub(super) fn sort(&self, words: &mut Vec<u64>, spare: &mut Vec<u64>) {
        let digits = (self.bits - self.place_bits).div_ceil(DIGIT);
        let digit = |word: u64, pass: u32| (word >> (self.place_bits + pass * DIGIT)) as usize & (BUCKETS - 1);
        let mut counts = vec![[0u32; BUCKETS]; digits as usize];
        for &word in words.iter() {
            for (pass, counts) in (0..digits).zip(&mut counts) {
                counts[digit(word, pass)] += 1;
            }
        }
        spare.clear();
        spare.resize(words.len(), 0);
        for (pass, counts) in (0..digits).zip(&mut counts) {
            if counts.iter().filter(|&&n| n > 0).count() <= 1 {
                continue;
            }
            let mut next = 0;
            for slot in counts.iter_mut() {
                next += std::mem::replace(slot, next);
            }
            for &word in words.iter() {
                let slot = &mut counts[digit(word, pass)];
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
    use crate::domain::{Channel, Month, Period, Stage};
    use crate::ingest::Measure;

    proptest! {
        #[test]
        fn words_sort_by_key_and_then_by_place(
            facts in proptest::collection::vec((0u32..300, 0u32..600, 0i32..30, 0u8..3, 0usize..6), 1..400)
        ) {
            let facts: Vec<PlainFact> = facts
                .into_iter()
                .map(|(area, service, month, day, stage)| {
                    let period = Period { start: Month::new(2024, 1).unwrap().plus(month), months: 1, day };
                    let measure = Measure::Count(Stage::ALL[stage], Channel::Online);
                    PlainFact { key: FactKey::of(area, service, period, measure).unwrap(), count: 1, row: 0 }
                })
                .collect();
            let packing = Packing::of(facts.iter(), facts.len()).unwrap();
            let mut words: Vec<u64> = facts.iter().enumerate().map(|(i, f)| packing.pack(f.key, i)).collect();
            packing.sort(&mut words, &mut Vec::new());
            let mut expected: Vec<(FactKey, usize)> = facts.iter().enumerate().map(|(i, f)| (f.key, i)).collect();
            expected.sort();
            let found: Vec<(FactKey, usize)> =
                words.iter().map(|&w| (facts[packing.place(w)].key, packing.place(w))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
