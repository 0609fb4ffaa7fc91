//! Columns of a row group as Parquet pages, each in the one encoding that suits what it holds: keys, months and
//! repeated ratios by their place in a dictionary, whole numbers by their differences, other decimal numbers as
//! they are.
//!
//! Reference: Apache Parquet, Encodings.md (RLE / bit-packing hybrid, `DELTA_BINARY_PACKED`).

use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::{self, Compression};
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::error::ParquetResult;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::{
    CompressedDataPage, CompressedDictPage, CompressedPage, DataPageHeader, DataPageHeaderV1,
};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::write::CompressionOptions;

/// The pages of one column, as they are made.
pub(super) struct Pages {
    kind: PrimitiveType,
    rows: usize,
}

/// Values that are spelled once, in the order of their numbers.
pub(super) struct Dictionary {
    bytes: Vec<u8>,
    len: usize,
}

impl Dictionary {
    pub(super) fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut out = Self { bytes: Vec::new(), len: 0 };
        for text in texts {
            out.bytes.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.bytes.extend_from_slice(text.as_bytes());
            out.len += 1;
        }
        out
    }

    pub(super) fn of_numbers<const N: usize>(numbers: impl Iterator<Item = [u8; N]>) -> Self {
        let mut out = Self { bytes: Vec::new(), len: 0 };
        for number in numbers {
            out.bytes.extend_from_slice(&number);
            out.len += 1;
        }
        out
    }
}

impl Pages {
    /// For a column of this type with so many rows.
    pub(super) fn new(kind: PrimitiveType, rows: usize) -> Self {
        Self { kind, rows }
    }

    /// Numbers of dictionary entries, of the rows that have a value; `valid` says which have, where some have none.
    pub(super) fn coded(&self, dictionary: Dictionary, codes: &[u32], valid: Option<&[u8]>) -> Vec<CompressedPage> {
        let width = width(u64::try_from(dictionary.len.saturating_sub(1)).unwrap_or(u64::MAX));
        let mut bytes = self.levels(valid);
        bytes.push(width as u8);
        hybrid(codes, width, &mut bytes);
        let len = dictionary.bytes.len();
        let dictionary = CompressedDictPage::new(
            CowBuffer::Owned(dictionary.bytes),
            Compression::Uncompressed,
            len,
            dictionary.len,
            false,
        );
        vec![CompressedPage::Dict(dictionary), self.page(Encoding::RleDictionary, bytes)]
    }

    /// Whole numbers of the rows that have one.
    pub(super) fn whole(&self, len: usize, value: impl Fn(usize) -> i64, valid: Option<&[u8]>) -> Vec<CompressedPage> {
        let mut bytes = self.levels(valid);
        differences(len, value, &mut bytes);
        vec![self.page(Encoding::DeltaBinaryPacked, bytes)]
    }

    /// Decimal numbers of the rows that have one, compressed.
    ///
    /// # Errors
    /// If the compression fails.
    pub(super) fn plain(
        &self,
        values: impl Iterator<Item = f64>,
        valid: Option<&[u8]>,
    ) -> ParquetResult<Vec<CompressedPage>> {
        let mut bytes = self.levels(valid);
        bytes.reserve(8 * self.rows);
        for value in values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let mut small = Vec::new();
        compression::compress(CompressionOptions::Snappy, &bytes, &mut small)?;
        Ok(vec![self.finished(Encoding::Plain, small, Compression::Snappy, bytes.len())])
    }

    fn is_optional(&self) -> bool {
        self.kind.field_info.repetition == polars_parquet::parquet::schema::Repetition::Optional
    }

    /// The definition levels: which rows have a value. A column whose rows must have one has none.
    fn levels(&self, valid: Option<&[u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.is_optional() {
            return out;
        }
        out.extend_from_slice(&[0; 4]);
        match valid {
            None => {
                leb128(u64::try_from(self.rows << 1).unwrap_or(u64::MAX), &mut out);
                out.push(1);
            }
            Some(bits) => {
                leb128(u64::try_from(bits.len() << 1 | 1).unwrap_or(u64::MAX), &mut out);
                out.extend_from_slice(bits);
            }
        }
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX).to_le_bytes();
        out[..4].copy_from_slice(&length);
        out
    }

    fn page(&self, encoding: Encoding, bytes: Vec<u8>) -> CompressedPage {
        let len = bytes.len();
        self.finished(encoding, bytes, Compression::Uncompressed, len)
    }

    fn finished(&self, encoding: Encoding, bytes: Vec<u8>, compression: Compression, len: usize) -> CompressedPage {
        let header = DataPageHeader::V1(DataPageHeaderV1 {
            num_values: i32::try_from(self.rows).unwrap_or(i32::MAX),
            encoding: encoding.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: None,
        });
        let descriptor = Descriptor {
            primitive_type: self.kind.clone(),
            max_def_level: i16::from(self.is_optional()),
            max_rep_level: 0,
        };
        let buffer = CowBuffer::Owned(bytes);
        CompressedPage::Data(CompressedDataPage::new(header, buffer, compression, len, descriptor, self.rows))
    }
}

/// Which rows have a value, a bit for each from the lowest of the first byte on; `None` if all have.
pub(super) fn valid_rows(has_value: impl Iterator<Item = bool>) -> Option<Vec<u8>> {
    let (mut bits, mut byte, mut at, mut all) = (Vec::new(), 0u8, 0u32, true);
    for has in has_value {
        all &= has;
        byte |= u8::from(has) << at;
        at += 1;
        if at == 8 {
            bits.push(byte);
            (byte, at) = (0, 0);
        }
    }
    if at > 0 {
        bits.push(byte);
    }
    (!all).then_some(bits)
}

/// Bits that `largest` takes.
fn width(largest: u64) -> u32 {
    u64::BITS - largest.leading_zeros()
}

fn leb128(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

/// The lowest `width` bits of each value, one behind the other; values have no others.
#[inline]
fn packed(values: &[u64], width: u32, out: &mut Vec<u8>) {
    let (mut word, mut filled) = (0u64, 0);
    for &value in values {
        word |= value << filled;
        filled += width;
        if filled >= u64::BITS {
            out.extend_from_slice(&word.to_le_bytes());
            filled -= u64::BITS;
            word = if filled == 0 { 0 } else { value >> (width - filled) };
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..filled.div_ceil(8) as usize]);
}

/// Groups of this many values are packed together.
const GROUP: usize = 8;
/// So many equal values in a row are written once.
const RUN: usize = 3 * GROUP;

/// Small numbers of `width` bits: long runs of one number as its length, others packed.
fn hybrid(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    let bytes = width.div_ceil(8) as usize;
    let (mut from, mut at) = (0, 0);
    while at < codes.len() {
        let first = codes[at];
        let run = match codes[at..].get(..RUN) {
            Some(next) if next.iter().all(|&code| code == first) => {
                codes[at..].iter().take_while(|&&code| code == first).count()
            }
            _ => 0,
        };
        if run == 0 {
            at = (at + GROUP).min(codes.len());
            continue;
        }
        groups(&codes[from..at], width, out);
        leb128((run as u64) << 1, out);
        out.extend_from_slice(&first.to_le_bytes()[..bytes]);
        at += run;
        from = at;
    }
    groups(&codes[from..], width, out);
}

/// Packed groups; the last may hold fewer values, then zeros fill it.
fn groups(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    if codes.is_empty() {
        return;
    }
    let groups = codes.len().div_ceil(GROUP);
    leb128((groups as u64) << 1 | 1, out);
    out.reserve(groups * width as usize);
    let mut room = [0u64; 8 * GROUP];
    for codes in codes.chunks(room.len()) {
        let len = codes.len().next_multiple_of(GROUP);
        room[codes.len()..len].fill(0);
        for (slot, &code) in room.iter_mut().zip(codes) {
            *slot = u64::from(code);
        }
        packed(&room[..len], width, out);
    }
}

/// Values of a block, and of the quarters of it that are packed with one width each.
const BLOCK: usize = 128;
const QUARTER: usize = BLOCK / 4;

/// Whole numbers as the first one and the differences of neighbours.
fn differences(len: usize, value: impl Fn(usize) -> i64, out: &mut Vec<u8>) {
    leb128(BLOCK as u64, out);
    leb128((BLOCK / QUARTER) as u64, out);
    leb128(len as u64, out);
    let mut last = if len > 0 { value(0) } else { 0 };
    leb128(zigzag(last), out);
    out.reserve(len);
    let mut room = [0i64; BLOCK];
    let mut from = 1;
    while from < len {
        let count = BLOCK.min(len - from);
        for (slot, at) in room.iter_mut().zip(from..from + count) {
            let next = value(at);
            *slot = next.wrapping_sub(last);
            last = next;
        }
        let least = room[..count].iter().copied().min().unwrap_or(0);
        room[count..].fill(least);
        let above = room.map(|difference| difference.wrapping_sub(least).cast_unsigned());
        leb128(zigzag(least), out);
        let (quarters, _) = above.as_chunks::<QUARTER>();
        let widths = quarters.iter().map(|quarter| width(quarter.iter().fold(0, |bits, value| bits | value)));
        let widths: [u32; BLOCK / QUARTER] = std::array::from_fn({
            let mut widths = widths;
            move |_| widths.next().unwrap_or(0)
        });
        out.extend(widths.map(|width| width as u8));
        for (quarter, width) in quarters.iter().zip(widths).take(count.div_ceil(QUARTER)) {
            packed(quarter, width, out);
        }
        from += count;
    }
}

#[cfg(test)]
mod tests;
