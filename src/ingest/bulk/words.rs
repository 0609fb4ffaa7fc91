//! Short texts and the numbers they stand for.

use std::collections::HashMap;

use super::plain::Cells;

/// Bytes of a text that is compared as two machine words.
pub(super) const WORD: usize = 16;

/// A text of at most 16 bytes, padded with zeros. Text has no zero byte, so that two texts of
/// different length never look alike.
pub(super) type Packed = [u64; 2];

/// Texts and their numbers: exact, and a short text is found without a string comparison, an allocation or a branch that
/// the processor could guess wrongly.
#[derive(Debug, Clone, Default)]
pub(in crate::ingest) struct Words {
    short: Short,
    /// Longer texts, and those that found no slot.
    others: HashMap<Vec<u8>, u32>,
}

/// Texts of one word need half the memory: whatever is not near the processor has to be waited for.
#[derive(Debug, Clone)]
enum Short {
    Word(Table<u64>),
    Packed(Table<Packed>),
}

impl Default for Short {
    fn default() -> Self {
        Self::Word(Table::of(std::iter::empty()).0)
    }
}

impl Words {
    /// Each text with a number, the last one of several. An empty text has none.
    pub(in crate::ingest) fn of<'a>(pairs: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let mut texts: Vec<(&str, u32)> = pairs.filter(|(text, _)| !text.is_empty()).collect();
        texts.reverse();
        texts.sort_by_key(|(text, _)| *text);
        texts.dedup_by_key(|(text, _)| *text);
        let (short, mut others): (Vec<_>, Vec<_>) = texts.into_iter().partition(|(text, _)| text.len() <= WORD);
        let (table, left) = if short.iter().all(|(text, _)| text.len() <= 8) {
            let (table, left) = Table::of(short.iter().map(|(text, value)| (word(text.as_bytes()), *value)));
            (Short::Word(table), left)
        } else {
            let (table, left) = Table::of(short.iter().map(|(text, value)| (pack(text.as_bytes()), *value)));
            (Short::Packed(table), left)
        };
        others.extend(left.into_iter().map(|at| short[at]));
        let others = others.into_iter().map(|(text, value)| (text.as_bytes().to_vec(), value)).collect();
        Self { short: table, others }
    }

    /// The number of `text`.
    #[inline]
    pub(in crate::ingest) fn get(&self, text: &[u8]) -> Option<u32> {
        let found = match &self.short {
            Short::Word(table) if text.len() <= 8 => table.find(word(text)),
            Short::Packed(table) if text.len() <= WORD => table.find(pack(text)),
            _ => None,
        };
        found.or_else(|| self.other(text))
    }

    /// The number of the text in this column.
    #[inline(always)]
    pub(super) fn read<C: Cells>(&self, cells: &C, column: usize) -> Option<u32> {
        // No closures: they would stay calls.
        match &self.short {
            Short::Word(table) => {
                if let Some(text) = cells.word(column)
                    && let Some(value) = table.find(text)
                {
                    return Some(value);
                }
            }
            Short::Packed(table) => {
                if let Some(text) = cells.packed(column)
                    && let Some(value) = table.find(text)
                {
                    return Some(value);
                }
            }
        }
        self.other(cells.text(column))
    }

    #[cold]
    #[inline(never)]
    fn other(&self, text: &[u8]) -> Option<u32> {
        if self.others.is_empty() { None } else { self.others.get(text).copied() }
    }
}

/// A short text in machine words.
trait Key: Copy + Eq + std::fmt::Debug {
    /// What no text is: its bytes are not UTF-8.
    const VACANT: Self;

    fn hash(self) -> u64;
}

/// The golden ratio spreads neighbours: the highest bits of the product depend on every letter.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Key for u64 {
    const VACANT: Self = u64::MAX;

    #[inline(always)]
    fn hash(self) -> u64 {
        self.wrapping_mul(GOLDEN)
    }
}

impl Key for Packed {
    const VACANT: Self = [u64::MAX; 2];

    #[inline(always)]
    fn hash(self) -> u64 {
        (self[0] ^ self[1].rotate_left(29)).wrapping_mul(GOLDEN)
    }
}

/// A perfect hash table: every text has a slot of its own, so that a look-up never searches. The first hash leads to a
/// turn, the second, turned by it, to the slot; turns are chosen so that no two texts meet (hash and displace,
/// Pagh 1999).
#[derive(Debug, Clone)]
struct Table<K: Key> {
    turns: Vec<u8>,
    slots: Vec<Slot<K>>,
    /// How far a hash is shifted to be a slot.
    shift: u32,
}

/// A text beside its number: to wait for memory once is enough.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
struct Slot<K: Key> {
    text: K,
    value: u32,
}

impl<K: Key> Table<K> {
    /// A table of different texts, and the places of those that find no slot.
    fn of(pairs: impl Iterator<Item = (K, u32)>) -> (Self, Vec<usize>) {
        let pairs: Vec<(K, u32)> = pairs.collect();
        // Three of four slots at most are taken, and about three texts share a turn.
        let slots = (4 * pairs.len() / 3 + 1).next_power_of_two().max(8);
        let mut out = Self {
            turns: vec![0; slots / SHARING],
            slots: vec![Slot { text: K::VACANT, value: 0 }; slots],
            shift: u64::BITS - slots.ilog2(),
        };
        let mut sharing: Vec<(usize, usize)> =
            pairs.iter().enumerate().map(|(at, (text, _))| (out.turn_of(text.hash()), at)).collect();
        sharing.sort_unstable();
        let mut groups: Vec<&[(usize, usize)]> = sharing.chunk_by(|a, b| a.0 == b.0).collect();
        // Large groups need more free slots.
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        let (mut left, mut taken) = (Vec::new(), Vec::new());
        for group in groups {
            let fits = |turn: &u8| {
                taken.clear();
                group.iter().all(|&(_, at)| {
                    let slot = out.slot_of(pairs[at].0.hash(), *turn);
                    let free = { out.slots[slot].text } == K::VACANT && !taken.contains(&slot);
                    taken.push(slot);
                    free
                })
            };
            match (0..=u8::MAX).find(fits) {
                None => left.extend(group.iter().map(|(_, at)| *at)),
                Some(turn) => {
                    out.turns[group[0].0] = turn;
                    for (&slot, &(_, at)) in taken.iter().zip(group) {
                        let (text, value) = pairs[at];
                        out.slots[slot] = Slot { text, value };
                    }
                }
            }
        }
        (out, left)
    }

    #[inline(always)]
    fn find(&self, text: K) -> Option<u32> {
        let hash = text.hash();
        let slot = self.slot_of(hash, *self.turns.get(self.turn_of(hash))?);
        let Slot { text: found, value } = *self.slots.get(slot)?;
        if found == text { Some(value) } else { None }
    }

    #[inline(always)]
    fn turn_of(&self, hash: u64) -> usize {
        (hash >> (self.shift + SHARING.ilog2())) as usize
    }

    #[inline(always)]
    fn slot_of(&self, hash: u64, turn: u8) -> usize {
        const SPREAD: u64 = 0xD6E8_FEB8_6659_FD93;
        ((hash ^ u64::from(turn).wrapping_mul(SPREAD)).wrapping_mul(SPREAD) >> self.shift) as usize
    }
}

/// Slots for every turn.
const SHARING: usize = 4;

/// The first `length` of these bytes, at most all of them.
#[inline(always)]
pub(super) fn pack_first(text: &[u8; WORD], length: usize) -> Packed {
    let [low, high] = text.as_chunks().0 else { return [0; 2] };
    let [first, second] = FIRST[length.min(WORD)];
    [u64::from_le_bytes(*low) & first, u64::from_le_bytes(*high) & second]
}

/// As [`pack_first`], of at most eight bytes.
#[inline(always)]
pub(super) fn word_first(text: [u8; 8], length: usize) -> u64 {
    u64::from_le_bytes(text) & FIRST[length.min(8)][0]
}

/// By length, the bits of the first so many bytes.
const FIRST: [Packed; WORD + 1] = {
    let mut out = [[0; 2]; WORD + 1];
    let mut length = 1;
    while length <= WORD {
        out[length] = out[length - 1];
        out[length][(length - 1) / 8] = out[length - 1][(length - 1) / 8] << 8 | 0xFF;
        length += 1;
    }
    out
};

/// Only for texts of at most 16 bytes; a zero byte ends the text.
#[inline]
pub(super) fn pack(text: &[u8]) -> Packed {
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        // The last eight bytes may overlap the first: what they share is shifted out.
        (Some(first), Some(last)) if text.len() > 8 => {
            [u64::from_le_bytes(*first), u64::from_le_bytes(*last) >> (8 * (WORD - text.len()))]
        }
        _ => [word(text), 0],
    }
}

#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => {
            // Two reads of fixed size that may overlap are faster than a copy of unknown length.
            let n = bytes.len();
            if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << (8 * (n - 4));
            }
            let byte = |at: usize| u64::from(bytes[at]) << (8 * at);
            if n == 0 { 0 } else { byte(0) | byte(n / 2) | byte(n - 1) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_length_is_told_apart() {
        for longest in [8, 16, 40] {
            let texts: Vec<String> = (0..=longest).map(|n| "x".repeat(n)).collect();
            let words = Words::of(texts.iter().map(String::as_str).zip(0..));
            assert_eq!(words.get(b""), None);
            for (text, value) in texts.iter().zip(0..).skip(1) {
                assert_eq!(words.get(text.as_bytes()), Some(value), "{text}");
            }
            assert_eq!(words.get("x".repeat(longest + 1).as_bytes()), None);
            assert_eq!(words.get(b"xy"), None);
        }
    }

    #[test]
    fn of_texts_with_one_hash_all_are_found() {
        // The upper halves undo what the lower ones differ in.
        let low = |n: u64| u64::from_le_bytes(*b"abcdefgh") + n;
        let texts: Vec<Packed> =
            (0..9).map(|n| [low(n), (low(n) ^ low(0) ^ 0x6161_6161_6161_6161).rotate_right(29)]).collect();
        let hashes: HashSet<u64> = texts.iter().map(|text| text.hash()).collect();
        assert_eq!(hashes.len(), 1);
        let (table, left) = Table::of(texts.iter().copied().zip(0..));
        assert_eq!(left.len(), texts.len());
        assert!(texts.iter().all(|text| table.find(*text).is_none()));
    }

    #[test]
    fn the_first_bytes_are_packed_like_a_text_of_their_own() {
        let text = b"0123456789abcdef";
        assert!((0..=WORD).all(|length| pack_first(text, length) == pack(&text[..length])));
        assert!((0..=8).all(|length| word_first(*b"01234567", length) == word(&text[..length])));
    }

    proptest! {
        #[test]
        fn behaves_like_a_map(pairs in proptest::collection::vec(("[0-9a-zäß-]{0,20}", 0u32..1000), 0..300)) {
            let words = Words::of(pairs.iter().map(|(text, value)| (text.as_str(), *value)));
            let mut map: HashMap<&str, u32> = pairs.iter().map(|(text, value)| (text.as_str(), *value)).collect();
            map.remove("");
            for (text, _) in &pairs {
                prop_assert_eq!(words.get(text.as_bytes()), map.get(text.as_str()).copied());
                let other = format!("{text}0");
                prop_assert_eq!(words.get(other.as_bytes()), map.get(other.as_str()).copied());
            }
        }
    }
}
