//! Facts of a block in as little memory as can be: mostly a word each.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::ingest::facts::{FactKey, PlainFact};
use crate::ingest::short_key::{ShortKeys, low, wide};

/// How a fact is packed into one word: from the highest bit its short key, count, and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packing {
    keys: ShortKeys,
    count_bits: u32,
    row_bits: u32,
}

/// What the facts of a block reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    pub(super) first_month: u32,
    pub(super) last_month: u32,
    pub(super) service: u32,
    counts: u32,
    rows: u32,
}

impl Default for Reach {
    fn default() -> Self {
        Self { first_month: u32::MAX, last_month: 0, service: 0, counts: 0, rows: 0 }
    }
}

impl Reach {
    #[inline]
    pub(super) fn add(&mut self, fact: &PlainFact) {
        let month = fact.key.month_index();
        self.first_month = self.first_month.min(month);
        self.last_month = self.last_month.max(month);
        self.service = self.service.max(fact.key.service());
        // Of counts and rows only counts how many bits they need.
        self.counts |= fact.count;
        self.rows |= fact.row;
    }
}

impl Packing {
    /// A packing for facts of this reach; `None` if they are too different for a word. `area_bits` tell the areas of a
    /// share apart.
    pub(super) fn of(reach: &Reach, area_bits: u32) -> Option<Self> {
        let keys = ShortKeys::of(area_bits, reach.service, (reach.first_month, reach.last_month))?;
        let (count_bits, row_bits) = (wide(reach.counts), wide(reach.rows));
        (keys.bits() + count_bits + row_bits <= u64::BITS).then_some(Self { keys, count_bits, row_bits })
    }

    /// `area` is the first of the fact's share.
    #[inline]
    pub(super) fn pack(self, fact: &PlainFact, area: u32) -> u64 {
        let key = self.keys.pack(fact.key, area);
        (key << self.count_bits | u64::from(fact.count)) << self.row_bits | u64::from(fact.row)
    }

    #[inline]
    fn unpack(self, word: u64, area: u32) -> PlainFact {
        let (row, word) = (low(word, self.row_bits) as u32, word >> self.row_bits);
        let (count, key) = (low(word, self.count_bits) as u32, word >> self.count_bits);
        PlainFact { key: self.keys.unpack(key, area), count, row }
    }
}

/// The facts of one share of a block, in file order.
#[derive(Debug, Clone, Default)]
pub struct Lane<'a> {
    words: Cow<'a, [u64]>,
    packing: Option<Packing>,
    area: u32,
}

impl<'a> Lane<'a> {
    /// Facts packed as `packing` says, in two words each where it is `None`; `area` is the first of their share.
    pub(super) fn new(words: Cow<'a, [u64]>, packing: Option<Packing>, area: u32) -> Self {
        Self { words, packing, area }
    }

    /// Number of facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len() / words_of_fact(self.packing)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// One of the facts.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    #[inline]
    pub fn get(&self, at: usize) -> PlainFact {
        match self.packing {
            Some(packing) => packing.unpack(self.words[at], self.area),
            None => of_two(self.words[2 * at], self.words[2 * at + 1]),
        }
    }

    /// A fact of this row.
    #[must_use]
    pub fn of_row(&self, row: u32) -> Option<PlainFact> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let at = usize::midpoint(from, to);
            let fact = self.get(at);
            match fact.row.cmp(&row) {
                Ordering::Equal => return Some(fact),
                Ordering::Less => from = at + 1,
                Ordering::Greater => to = at,
            }
        }
        None
    }

    /// Calls `each` with the key of every fact, as `keys` shorten it, and its count.
    #[inline]
    pub fn each_short(&self, keys: &ShortKeys, mut each: impl FnMut(u64, u32)) {
        let Some(packing) = self.packing else {
            return self.iter().for_each(|fact| each(keys.pack(fact.key, self.area), fact.count));
        };
        for &word in self.words.iter() {
            let word = word >> packing.row_bits;
            let key = packing.keys.convert(word >> packing.count_bits, keys);
            each(key, low(word, packing.count_bits) as u32);
        }
    }

    /// All facts.
    pub fn iter(&self) -> impl Iterator<Item = PlainFact> {
        (0..self.len()).map(|at| self.get(at))
    }
}

/// Words that a fact takes.
pub(super) fn words_of_fact(packing: Option<Packing>) -> usize {
    if packing.is_some() { 1 } else { 2 }
}

/// A fact that does not fit into one word.
pub(super) fn in_two(fact: &PlainFact) -> [u64; 2] {
    [fact.key.raw(), u64::from(fact.count) << 32 | u64::from(fact.row)]
}

fn of_two(key: u64, rest: u64) -> PlainFact {
    PlainFact { key: FactKey::from_raw(key), count: (rest >> 32) as u32, row: rest as u32 }
}
