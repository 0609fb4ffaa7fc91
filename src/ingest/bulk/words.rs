//! Short texts and the numbers they stand for.

use std::collections::HashMap;

/// Bytes of a text that is compared as two machine words.
pub(super) const WORD: usize = 16;

/// A text of at most 16 bytes, padded with zeros. Text has no zero byte, so that two texts of
/// different length never look alike.
pub(super) type Packed = [u64; 2];

/// A table from texts to numbers: exact, and without a string comparison or an allocation per look-up.
///
/// Those of a whole register are to fit near the processor: texts of one word stand in their slots, the slots of
/// others hold places among the entries.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct Words {
    short: Short,
    slots: Vec<u32>,
    entries: Vec<(Packed, u32)>,
    long: HashMap<Vec<u8>, u32>,
}

/// Of a slot without an entry.
const VACANT: u32 = u32::MAX;

impl Default for Words {
    fn default() -> Self {
        Self { short: Short::default(), slots: vec![VACANT; 16], entries: Vec::new(), long: HashMap::new() }
    }
}

impl Words {
    /// The number of `text`. An empty text has none.
    #[inline]
    pub(in crate::ingest) fn get(&self, text: &[u8]) -> Option<u32> {
        if text.len() > WORD {
            return self.long.get(text).copied();
        }
        self.find(pack(text))
    }

    /// As [`Words::get`], of a short text.
    #[inline(always)]
    pub(in crate::ingest) fn find(&self, packed: Packed) -> Option<u32> {
        if packed[1] == 0 {
            return self.short.find(packed[0]);
        }
        self.entries.get(self.slots[self.slot(packed)] as usize).map(|entry| entry.1)
    }

    /// Gives `text` a number, in place of the one it had. An empty text is left out.
    pub(in crate::ingest) fn insert(&mut self, text: &[u8], value: u32) {
        if text.len() > WORD {
            self.long.insert(text.to_vec(), value);
            return;
        }
        let packed = pack(text);
        if text.is_empty() {
            return;
        }
        if packed[1] == 0 {
            return self.short.insert(packed[0], value);
        }
        if 2 * (self.entries.len() + 1) > self.slots.len() {
            self.slots = vec![VACANT; 2 * self.slots.len()];
            for at in 0..self.entries.len() {
                let slot = self.slot(self.entries[at].0);
                self.slots[slot] = u32::try_from(at).unwrap_or(VACANT);
            }
        }
        let slot = self.slot(packed);
        match self.entries.get_mut(self.slots[slot] as usize) {
            Some(entry) => entry.1 = value,
            None => {
                self.slots[slot] = u32::try_from(self.entries.len()).unwrap_or(VACANT);
                self.entries.push((packed, value));
            }
        }
    }

    /// Where `text` is, or would be.
    #[inline]
    fn slot(&self, text: Packed) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = home(text, self.slots.len());
        while self.entries.get(self.slots[at] as usize).is_some_and(|entry| entry.0 != text) {
            at = (at + 1) & mask;
        }
        at
    }
}

/// Texts of at most eight bytes, in as little memory as can be: whatever is not near the processor has to be waited for.
#[derive(Debug, Clone)]
struct Short {
    /// No text is 0.
    texts: Vec<u64>,
    values: Vec<u32>,
    len: usize,
}

impl Default for Short {
    fn default() -> Self {
        Self { texts: vec![0; 16], values: vec![0; 16], len: 0 }
    }
}

impl Short {
    #[inline(always)]
    fn find(&self, text: u64) -> Option<u32> {
        let slot = self.slot(text);
        let value = self.values[slot];
        (self.texts[slot] != 0).then_some(value)
    }

    fn insert(&mut self, text: u64, value: u32) {
        // Two of three slots at most are taken.
        if 3 * (self.len + 1) > 2 * self.texts.len() {
            let slots = 2 * self.texts.len();
            let before = std::mem::replace(self, Self { texts: vec![0; slots], values: vec![0; slots], len: 0 });
            let taken = before.texts.into_iter().zip(before.values).filter(|(text, _)| *text != 0);
            taken.for_each(|(text, value)| self.put(text, value));
        }
        self.put(text, value);
    }

    fn put(&mut self, text: u64, value: u32) {
        let slot = self.slot(text);
        self.len += usize::from(self.texts[slot] == 0);
        (self.texts[slot], self.values[slot]) = (text, value);
    }

    /// Where `text` is, or would be.
    #[inline(always)]
    fn slot(&self, text: u64) -> usize {
        let mask = self.texts.len() - 1;
        // It is below anyhow: the mask spares a check.
        let mut at = home([text, 0], self.texts.len()) & mask;
        while self.texts[at] != text && self.texts[at] != 0 {
            at = (at + 1) & mask;
        }
        at
    }
}

/// The first `length` of these bytes, at most all of them.
#[inline(always)]
pub(super) fn pack_first(text: &[u8; WORD], length: usize) -> Packed {
    let [low, high] = text.as_chunks().0 else { return [0; 2] };
    [first(*low, length), first(*high, length.saturating_sub(8))]
}

#[inline(always)]
fn first(bytes: [u8; 8], length: usize) -> u64 {
    let all = u64::from_le_bytes(bytes);
    if length < 8 { all & ((1 << (8 * length)) - 1) } else { all }
}

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

/// Where the search for a text begins among so many slots, a power of two above 1.
#[inline(always)]
fn home([low, high]: Packed, slots: usize) -> usize {
    // The golden ratio spreads neighbours, and only the highest bits of the product depend on the last letter.
    let product = (low ^ high.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product >> (u64::BITS - slots.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_length_is_told_apart() {
        let texts: Vec<String> = (0..=40).map(|n| "x".repeat(n)).collect();
        let mut words = Words::default();
        for (text, value) in texts.iter().zip(0u32..) {
            words.insert(text.as_bytes(), value);
        }
        assert_eq!(words.get(b""), None);
        for (text, value) in texts.iter().zip(0u32..).skip(1) {
            assert_eq!(words.get(text.as_bytes()), Some(value), "{text}");
        }
        assert_eq!(words.get(b"xy"), None);
    }

    #[test]
    fn the_first_bytes_are_packed_like_a_text_of_their_own() {
        let text = b"0123456789abcdef";
        assert!((0..=WORD).all(|length| pack_first(text, length) == pack(&text[..length])));
    }

    proptest! {
        #[test]
        fn behaves_like_a_map(pairs in proptest::collection::vec(("[0-9a-zäß-]{0,20}", 0u32..1000), 0..300)) {
            let mut words = Words::default();
            let mut map = HashMap::new();
            for (text, value) in &pairs {
                words.insert(text.as_bytes(), *value);
                if !text.is_empty() {
                    map.insert(text.clone(), *value);
                }
            }
            for (text, _) in &pairs {
                prop_assert_eq!(words.get(text.as_bytes()), map.get(text).copied());
                let other = format!("{text}0");
                prop_assert_eq!(words.get(other.as_bytes()), map.get(&other).copied());
            }
        }
    }
}
