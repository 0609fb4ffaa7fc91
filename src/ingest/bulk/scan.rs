//! The fields of the records in a block of delimited text.

use memchr::memchr2_iter;
use wide::u8x16;

use super::cut::closing_quote;
use super::plain::Cells;
use super::words::{Packed, WORD, pack, pack_first, word_first};
use crate::ingest::read::csv::Signs;

/// One field as it stands in the block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Field {
    start: u32,
    end: u32,
    /// Whether the value is not simply what stands between start and end: doubled quotes in it,
    /// characters behind the closing quote, no closing quote.
    pub(super) twisted: bool,
}

impl Field {
    /// What stands between the delimiters, without the quotes around it.
    #[inline]
    pub(super) fn of(self, block: &[u8]) -> &[u8] {
        block.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The fields of a record in its block.
pub(super) struct Row<'a> {
    pub(super) block: &'a [u8],
    pub(super) fields: &'a [Field],
}

impl Cells for Row<'_> {
    #[inline]
    fn text(&self, column: usize) -> &[u8] {
        self.fields[column].of(self.block)
    }

    #[inline]
    fn packed(&self, column: usize) -> Option<Packed> {
        let text = self.text(column);
        (text.len() <= WORD).then(|| pack(text))
    }
}

/// Characters that a simple record has at most.
const NEAR: usize = if cfg!(test) { 128 } else { 512 };
/// A simple record has fewer fields.
const STARTS: usize = 64;

/// Where the fields of a simple record begin: each ends one character before the next.
pub(super) type Starts = [u32; STARTS];
/// Room for them.
pub(super) const NO_STARTS: Starts = [0; STARTS];

/// The fields of a simple record.
pub(super) struct Near<'a> {
    /// The record, and enough of what follows to read short texts without looking where it ends.
    pub(super) window: &'a [u8; NEAR + WORD],
    pub(super) starts: &'a Starts,
}

impl Near<'_> {
    /// Where a field begins, and its length.
    #[inline(always)]
    fn field(&self, column: usize) -> (usize, usize) {
        // Places are below their limits anyhow: the masks spare checks.
        let (start, next) = (self.starts[column % STARTS], self.starts[(column + 1) % STARTS]);
        (start as usize % NEAR, next.wrapping_sub(start).wrapping_sub(1) as usize)
    }
}

impl Cells for Near<'_> {
    #[inline(always)]
    fn text(&self, column: usize) -> &[u8] {
        let (start, length) = self.field(column);
        self.window[start..].get(..length).unwrap_or_default()
    }

    #[inline(always)]
    fn packed(&self, column: usize) -> Option<Packed> {
        let (start, length) = self.field(column);
        let wide = self.window[start..].first_chunk()?;
        if length > WORD { None } else { Some(pack_first(wide, length)) }
    }

    #[inline(always)]
    fn word(&self, column: usize) -> Option<u64> {
        let (start, length) = self.field(column);
        let wide = self.window[start..].first_chunk()?;
        if length > 8 { None } else { Some(word_first(*wide, length)) }
    }
}

/// One record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Where its text begins.
    pub(super) start: usize,
    /// Behind its last character, before the line end.
    pub(super) end: usize,
    /// Number of fields, also of those beyond the room for them.
    pub(super) fields: usize,
    /// Line ends in the block before it.
    pub(super) line: u32,
    /// Whether a field holds a line end.
    pub(super) multiline: bool,
}

/// Walks over the records of a block of at most 4 GiB that begins and ends with whole ones.
pub(super) struct Scan<'a> {
    block: &'a [u8],
    quote: u8,
    delimiter: u8,
    needles: [u64; 3],
    at: usize,
    lines: u32,
    /// Delimiters and line ends among the eight bytes from `base` on that have not been met yet.
    pending: u64,
    base: usize,
}

/// Beyond every block: nothing has been looked at.
const NOWHERE: usize = usize::MAX / 2;
const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;

impl<'a> Scan<'a> {
    pub(super) fn new(block: &'a [u8], signs: Signs) -> Self {
        let needles = [signs.delimiter, b'\n', b'\r'].map(|byte| u64::from(byte) * ONES);
        let Signs { delimiter, quote } = signs;
        Self { block, quote, delimiter, needles, at: 0, lines: 0, pending: 0, base: NOWHERE }
    }

    /// Line ends up to here.
    pub(super) fn lines(&self) -> u32 {
        self.lines
    }

    /// The next record, its first fields written into `fields`. Empty lines are no records.
    #[inline]
    pub(super) fn next_record(&mut self, fields: &mut [Field]) -> Option<Span> {
        while let Some(b'\n' | b'\r') = self.block.get(self.at) {
            self.pass_line_end();
        }
        let (start, line) = (self.at, self.lines);
        if start >= self.block.len() {
            return None;
        }
        if start.wrapping_sub(self.base) >= 8 {
            self.look(start);
        }
        let (mut count, mut multiline) = (0, false);
        let end = loop {
            let (field, end) = if self.block.get(self.at) == Some(&self.quote) {
                self.quoted(&mut multiline)
            } else {
                let start = self.at;
                let end = self.special();
                (Field { start: offset(start), end: offset(end), twisted: false }, end)
            };
            if let Some(slot) = fields.get_mut(count) {
                *slot = field;
            }
            count += 1;
            self.at = end;
            match self.block.get(end) {
                None => break end,
                Some(b'\n' | b'\r') => {
                    self.pass_line_end();
                    break end;
                }
                Some(_) => self.at = end + 1,
            }
        };
        Some(Span { start, end, fields: count, line, multiline })
    }

    /// The next record if it is simple: of `width` fields, none in quotes, short, and not among the last of the block.
    /// With it comes its length up to the next one; nothing is done before [`Self::pass`].
    #[inline(always)]
    pub(super) fn simple_record<'s>(&self, width: usize, starts: &'s mut Starts) -> Option<(Near<'s>, usize)>
    where
        'a: 's,
    {
        let window: &[u8; NEAR + WORD] = self.block.get(self.at..)?.first_chunk()?;
        let mut fields = 0;
        starts[0] = 0;
        for base in (0..NEAR).step_by(CHUNK) {
            let marks = Marks::of(window[base..].first_chunk()?, self);
            // Those before the line end, or all, and the last of them.
            let before = marks.ends.wrapping_sub(1) & !marks.ends;
            let last = before ^ before >> 1;
            let others = marks.others & before;
            // One carriage return, right before the line end: that of Windows.
            let windows = marks.ends & (last << 1) != 0 && others == last && {
                let at = base + last.trailing_zeros() as usize;
                window.get(at) == Some(&b'\r')
            };
            if others != 0 && !windows {
                return None;
            }
            let mut delimiters = marks.delimiters & before;
            while delimiters != 0 {
                fields += 1;
                starts[fields % STARTS] = base as u32 + delimiters.trailing_zeros() + 1;
                delimiters &= delimiters - 1;
            }
            if marks.ends != 0 {
                let end = base + marks.ends.trailing_zeros() as usize;
                let end_of_text = end - usize::from(windows);
                fields += 1;
                starts[fields % STARTS] = end_of_text as u32 + 1;
                let simple = fields == width && fields < STARTS && end_of_text > 0;
                return simple.then_some((Near { window, starts }, end + 1));
            }
        }
        None
    }

    /// Steps over a simple record.
    #[inline(always)]
    pub(super) fn pass(&mut self, length: usize) {
        self.at += length;
        self.lines += 1;
    }

    /// A field that begins with a quote, and where the next delimiter or line end is.
    #[cold]
    fn quoted(&mut self, multiline: &mut bool) -> (Field, usize) {
        let start = self.at + 1;
        // Of the end of a file, a quote may be the last character.
        let last = self.block.len() - 1;
        let closing = closing_quote(self.block, self.at, self.quote)
            .or_else(|| (last >= start && self.block[last] == self.quote).then_some(last));
        let end_of_value = closing.unwrap_or(self.block.len());
        let value = &self.block[start..end_of_value];
        let before = self.lines;
        self.lines += line_ends(value);
        *multiline |= before < self.lines;
        self.at = (end_of_value + 1).min(self.block.len());
        if self.at > self.base + 8 {
            self.look(self.at);
        }
        let end = self.special();
        let twisted = value.contains(&self.quote) || closing.is_none_or(|closing| closing + 1 != end);
        (Field { start: offset(start), end: offset(end_of_value), twisted }, end)
    }

    /// Steps over one line end; that of Windows has two characters.
    #[inline]
    fn pass_line_end(&mut self) {
        let windows = self.block[self.at] == b'\r' && self.block.get(self.at + 1) == Some(&b'\n');
        self.at += if windows { 2 } else { 1 };
        self.lines += 1;
    }

    /// The next delimiter or line end from `self.at` on, or the end of the block.
    #[inline]
    fn special(&mut self) -> usize {
        loop {
            while self.pending != 0 {
                let found = self.base + (self.pending.trailing_zeros() / 8) as usize;
                self.pending &= self.pending - 1;
                if found >= self.at {
                    return found;
                }
            }
            let next = self.base + 8;
            if next >= self.block.len() {
                self.base = self.block.len();
                return self.block.len();
            }
            self.look(next);
        }
    }

    #[inline]
    fn look(&mut self, at: usize) {
        self.base = at;
        self.pending = self.specials(at);
    }

    /// The high bit of each of the eight bytes from `at` on that is a delimiter or line end.
    #[inline]
    fn specials(&self, at: usize) -> u64 {
        let rest = self.block.get(at..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        self.needles.iter().fold(0, |found, needle| found | zeros(word ^ needle))
    }
}

/// Characters looked at together.
const CHUNK: usize = 64;

/// Where certain characters stand in a chunk: a bit for each character, from the lowest on.
struct Marks {
    delimiters: u64,
    ends: u64,
    /// Quotes and carriage returns.
    others: u64,
}

impl Marks {
    #[inline(always)]
    fn of(chunk: &[u8; CHUNK], scan: &Scan<'_>) -> Self {
        let [delimiter, quote, end, return_] = [scan.delimiter, scan.quote, b'\n', b'\r'].map(u8x16::splat);
        let mut out = Self { delimiters: 0, ends: 0, others: 0 };
        for (part, bytes) in chunk.as_chunks::<16>().0.iter().enumerate() {
            let text = u8x16::new(*bytes);
            let bits = |mask: u8x16| u64::from(mask.to_bitmask()) << (16 * part);
            out.delimiters |= bits(text.simd_eq(delimiter));
            out.ends |= bits(text.simd_eq(end));
            out.others |= bits(text.simd_eq(quote) | text.simd_eq(return_));
        }
        out
    }
}

/// The high bit of each byte of `word` that is zero.
#[inline]
const fn zeros(word: u64) -> u64 {
    !((word & LOW).wrapping_add(LOW) | word | LOW)
}

#[inline]
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn line_ends(text: &[u8]) -> u32 {
    let ends = memchr2_iter(b'\n', b'\r', text).filter(|&at| text[at] == b'\n' || text.get(at + 1) != Some(&b'\n'));
    offset(ends.count())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNS: Signs = Signs { delimiter: b',', quote: b'"' };

    fn records(text: &str) -> Vec<(u32, bool, Vec<Option<String>>)> {
        let mut scan = Scan::new(text.as_bytes(), SIGNS);
        let mut fields = vec![Field::default(); 5_000];
        let mut out = Vec::new();
        while let Some(span) = scan.next_record(&mut fields) {
            let cells = fields[..span.fields]
                .iter()
                .map(|field| (!field.twisted).then(|| String::from_utf8(field.of(text.as_bytes()).to_vec()).unwrap()));
            out.push((span.line, span.multiline, cells.collect()));
        }
        out
    }

    fn cells(text: &str) -> Vec<Vec<Option<String>>> {
        records(text).into_iter().map(|(_, _, cells)| cells).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn fields_quotes_and_line_ends() {
        assert_eq!(cells("a,bb,\r\n\n,2"), [some(&["a", "bb", ""]), some(&["", "2"])]);
        assert_eq!(cells("\"a,\nb\",c"), [some(&["a,\nb", "c"])]);
        assert_eq!(cells("\"\",\"x\"\n"), [some(&["", "x"])]);
        assert_eq!(cells("\"a\"\"b\",c"), [vec![None, Some("c".into())]]);
        assert_eq!(cells("\"a\"b,c"), [vec![None, Some("c".into())]]);
        assert_eq!(cells("a\"b,c"), [some(&["a\"b", "c"])]);
        assert_eq!(cells("\"open,c"), [vec![None]]);
        assert_eq!(cells("x,"), [some(&["x", ""])]);
        assert_eq!(cells("\""), [vec![None]]);
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        let lines: Vec<u32> = records("a\nb\r\n\r\nc,\"x\ny\r\nz\"\rd").into_iter().map(|r| r.0).collect();
        assert_eq!(lines, [0, 1, 3, 6]);
        let multiline: Vec<bool> = records("a,\"b\nc\"\nd,\"e\"\n").into_iter().map(|r| r.1).collect();
        assert_eq!(multiline, [true, false]);
    }

    #[test]
    fn a_record_may_begin_anywhere() {
        for blank in 0..20 {
            let text = format!("{}a,b\nc,d\n", "\n".repeat(blank));
            let cells: Vec<Vec<String>> = cells(&text).into_iter().map(|r| r.into_iter().flatten().collect()).collect();
            assert_eq!(cells, [["a", "b"], ["c", "d"]], "{blank}");
        }
    }

    /// Line and texts of each record.
    type Lines = Vec<(u32, Vec<Option<String>>)>;

    /// What a block holds, the simple way wherever it goes, and how many records were simple.
    fn simply(text: &str, width: usize) -> (Lines, usize) {
        let mut scan = Scan::new(text.as_bytes(), SIGNS);
        let (mut fields, mut starts) = (vec![Field::default(); width], NO_STARTS);
        let (mut out, mut simple) = (Vec::new(), 0);
        loop {
            if let Some((near, length)) = scan.simple_record(width, &mut starts) {
                let cells = (0..width).map(|column| {
                    let text = near.text(column);
                    assert_eq!(near.packed(column), (text.len() <= WORD).then(|| pack(text)));
                    assert_eq!(near.word(column), (text.len() <= 8).then(|| pack(text)[0]));
                    Some(String::from_utf8(text.to_vec()).unwrap())
                });
                out.push((scan.lines(), cells.collect()));
                scan.pass(length);
                simple += 1;
                continue;
            }
            let Some(span) = scan.next_record(&mut fields) else { return (out, simple) };
            let cells = fields[..span.fields.min(width)]
                .iter()
                .map(|field| (!field.twisted).then(|| String::from_utf8(field.of(text.as_bytes()).to_vec()).unwrap()));
            out.push((span.line, cells.collect()));
        }
    }

    #[test]
    fn a_simple_record_has_all_fields_and_no_quotes() {
        let rest = "x".repeat(NEAR + WORD);
        let middle = &rest[..CHUNK];
        let record = |line, texts: &[&str]| (line, some(texts));
        let text = format!("a,b\nc,\r\n,d\n{middle},\u{e4}\r\n\n\"e\",f\ng\nh,i,j\nk,l\rm,n\"\n{rest}");
        let wanted = vec![
            record(0, &["a", "b"]),
            record(1, &["c", ""]),
            record(2, &["", "d"]),
            record(3, &[middle, "\u{e4}"]),
            record(5, &["e", "f"]),
            record(6, &["g"]),
            record(7, &["h", "i"]),
            record(8, &["k", "l"]),
            record(9, &["m", "n\""]),
            record(10, &[&rest]),
        ];
        assert_eq!(simply(&text, 2), (wanted, 4));
    }

    proptest! {
        /// Simple or not, a record is the same one.
        #[test]
        fn the_simple_way_leads_to_the_same_records(
            parts in proptest::collection::vec("a{0,70}|[ab]{1,3},b|a,|,|,{70}|\n|\r\n|\r|\"|\"b\"", 0..60),
            width in prop_oneof![3 => 1usize..4, 1 => 60usize..75],
        ) {
            let text = parts.concat() + &"\n".repeat(NEAR + WORD);
            let mut expected = records(&text);
            expected.iter_mut().for_each(|(_, _, cells)| cells.truncate(width));
            let expected: Vec<_> = expected.into_iter().map(|(line, _, cells)| (line, cells)).collect();
            prop_assert_eq!(simply(&text, width).0, expected);
        }

        #[test]
        fn the_values_are_those_of_the_csv_crate(text in "[abcdef,,\"\n\r]{0,80}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let found = cells(&text);
            prop_assert_eq!(found.len(), expected.len(), "{:?} {:?}", &found, &expected);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(expected) {
                    if let Some(found) = found {
                        prop_assert_eq!(found, expected);
                    }
                }
            }
        }
    }
}
