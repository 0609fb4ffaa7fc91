//! What a Parquet file says of itself before anything is decoded.
//!
//! The decoder makes room for as many values as a page says it has. A damaged page may claim 2^64 of
//! them, and where there is no such room the program ends without a word: no panic that could be
//! caught. So the footer and the heads of all pages are read first (Thrift in its compact form) and
//! what no table can have is refused. What cannot be read here is left to the decoder to refuse.

use std::ops::RangeInclusive;

/// Values of a page: writers put 20 thousand to a million rows into one.
const OF_PAGE: RangeInclusive<i64> = 0..=1 << 24;
/// Values of a column in a group of rows.
const OF_CHUNK: RangeInclusive<i64> = 0..=1 << 28;
/// Bytes of an unpacked page: writers end a page at one MiB.
const UNPACKED: RangeInclusive<i64> = 0..=256 << 20;
/// Structures within structures; the format has fewer than ten.
const DEEPEST: u8 = 32;

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const STRUCT: u8 = 12;

/// Whether the file claims more, or less than nothing, of what a table can have.
pub(super) fn impossible(bytes: &[u8]) -> bool {
    let Some(chunks) = chunks(bytes) else { return false };
    chunks.iter().any(|chunk| !OF_CHUNK.contains(&chunk.values) || pages_are_impossible(bytes, chunk) == Some(true))
}

/// The pages of one column in one group of rows.
#[derive(Default)]
struct Chunk {
    values: i64,
    bytes: i64,
    data: i64,
    dictionary: Option<i64>,
}

fn chunks(bytes: &[u8]) -> Option<Vec<Chunk>> {
    let (rest, mark) = bytes.split_last_chunk::<4>()?;
    let (rest, length) = rest.split_last_chunk::<4>()?;
    if mark != b"PAR1" {
        return None;
    }
    let begins = rest.len().checked_sub(u32::from_le_bytes(*length) as usize)?;
    let mut out = Vec::new();
    Thrift { bytes: rest, at: begins }.fields(|file, id, kind| match (id, kind) {
        (4, 9) => file.each(|group| {
            group.fields(|group, id, kind| match (id, kind) {
                (1, 9) => group.each(|column| {
                    column.fields(|column, id, kind| match (id, kind) {
                        (3, STRUCT) => {
                            out.push(chunk(column)?);
                            Some(())
                        }
                        _ => column.skip(kind, 0),
                    })
                }),
                _ => group.skip(kind, 0),
            })
        }),
        _ => file.skip(kind, 0),
    })?;
    Some(out)
}

fn chunk(meta: &mut Thrift<'_>) -> Option<Chunk> {
    let mut chunk = Chunk::default();
    meta.fields(|meta, id, kind| {
        match id {
            5 => chunk.values = meta.integer()?,
            7 => chunk.bytes = meta.integer()?,
            9 => chunk.data = meta.integer()?,
            11 => chunk.dictionary = Some(meta.integer()?),
            _ => meta.skip(kind, 0)?,
        }
        Some(())
    })?;
    Some(chunk)
}

fn pages_are_impossible(bytes: &[u8], chunk: &Chunk) -> Option<bool> {
    let begins = usize::try_from(chunk.dictionary.unwrap_or(chunk.data)).ok()?;
    let end = begins.checked_add(usize::try_from(chunk.bytes).ok()?)?;
    let mut thrift = Thrift { bytes: bytes.get(..end)?, at: begins };
    while thrift.at < end {
        let (mut packed, mut impossible) = (0, false);
        thrift.fields(|head, id, kind| {
            match (id, kind) {
                (2, _) => impossible |= !UNPACKED.contains(&head.integer()?),
                (3, _) => packed = head.integer()?,
                // Of data, of a dictionary, and of data in the second version of the format.
                (5 | 7 | 8, STRUCT) => head.fields(|page, of_page, kind| {
                    match (id, of_page) {
                        (_, 1) => impossible |= !OF_PAGE.contains(&page.integer()?),
                        (8, 2 | 3 | 5 | 6) => impossible |= page.integer()? < 0,
                        _ => page.skip(kind, 0)?,
                    }
                    Some(())
                })?,
                _ => head.skip(kind, 0)?,
            }
            Some(())
        })?;
        if impossible || packed < 0 {
            return Some(true);
        }
        thrift.at = thrift.at.checked_add(usize::try_from(packed).ok()?)?;
    }
    Some(false)
}

/// A reader of the compact protocol; `None` where the bytes end or make no sense.
struct Thrift<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        self.at = self.at.checked_add(usize::try_from(bytes).ok()?).filter(|&at| at <= self.bytes.len())?;
        Some(())
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn integer(&mut self) -> Option<i64> {
        let zigzag = self.unsigned()?;
        Some((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
    }

    /// Calls `each` with the number and type of every field of a structure; it must pass over the value.
    fn fields(&mut self, mut each: impl FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            id = if head >> 4 == 0 { self.integer()? } else { id + i64::from(head >> 4) };
            each(self, id, head & 0x0f)?;
        }
    }

    /// Calls `each` for every structure of a list; it must pass over it.
    fn each(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let (length, kind) = self.list()?;
        if kind != STRUCT {
            return None;
        }
        (0..length).try_for_each(|_| each(self))
    }

    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        Some((length, head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            TRUE | FALSE => Some(()),
            3 => self.pass(1),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(length)
            }
            9 | 10 => {
                let (length, kind) = self.list()?;
                (0..length).try_for_each(|_| self.skip_element(kind, depth))
            }
            11 => {
                let length = self.unsigned()?;
                let kinds = if length > 0 { self.byte()? } else { 0 };
                (0..length).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)
                })
            }
            STRUCT => self.fields(|this, _, kind| this.skip(kind, depth + 1)),
            _ => None,
        }
    }

    /// Within lists a truth value takes a byte.
    fn skip_element(&mut self, kind: u8, depth: u8) -> Option<()> {
        if matches!(kind, TRUE | FALSE) { self.pass(1) } else { self.skip(kind, depth + 1) }
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, DataFrame, ParquetWriter};
    use proptest::prelude::*;

    use super::*;

    fn table() -> Vec<u8> {
        let counts: Vec<Option<i64>> = (0..40).map(|n| (n % 5 > 0).then_some(n)).collect();
        let mut frame =
            DataFrame::new_infer_height(vec![Column::new("n".into(), counts), Column::new("t".into(), ["a"; 40])])
                .unwrap();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        bytes
    }

    #[test]
    fn a_page_with_fewer_values_than_none_is_refused() {
        let mut bytes = table();
        assert!(!impossible(&bytes));
        let found = chunks(&bytes).unwrap();
        assert_eq!(found.iter().map(|chunk| chunk.values).collect::<Vec<_>>(), [40, 40]);
        // Behind the magic number and the dictionary, if any, the head of the first page: somewhere in it
        // 40 stands as the zigzag 80. 79 is -40.
        let begins = usize::try_from(found[0].data).unwrap();
        let at = begins + bytes[begins..].iter().position(|&b| b == 80).unwrap();
        bytes[at] = 79;
        assert!(impossible(&bytes));
        let said = super::super::read("a.parquet", &bytes, &mut crate::ingest::read::testing::Kept::default());
        assert!(said.unwrap_err().to_string().contains("the file is damaged"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_or_hang(at in 0usize..2000, with in prop::collection::vec(any::<u8>(), 1..12)) {
            let mut bytes = table();
            let at = at % bytes.len();
            with.iter().zip(&mut bytes[at..]).for_each(|(new, old)| *old = *new);
            let _ = impossible(&bytes);
        }
    }
}
