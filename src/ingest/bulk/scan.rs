//! The fields of the records in a block of delimited text.

use memchr::memchr2_iter;

use super::cut::closing_quote;
use super::plain::Cells;
use super::words::{Packed, WORD, pack};
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

    /// As [`Self::next_record`] where the record has as many fields as there is room for and none in quotes;
    /// `None`, and nothing done, otherwise. A field of a `closed` column is taken to be as wide as that of the
    /// record before wherever a delimiter stands behind so many characters: whoever uses it has to make sure
    /// that there is none within.
    ///
    /// `fields` hold those of the record before; where the first `same` of them begin this record as well, they are
    /// not looked for again. Returns how many were not.
    #[inline]
    pub(super) fn guess_record(
        &mut self,
        fields: &mut [Field],
        widths: &mut [u32],
        closed: &[bool],
        same: usize,
    ) -> Option<(Span, usize)> {
        let (start, line) = (self.at, self.lines);
        let mut at = start;
        let last = fields.len().checked_sub(1)?;
        let same = if same > 0 { self.repeated(fields.get_mut(..same)?, &mut at) } else { 0 };
        for (column, field) in fields.iter_mut().enumerate().skip(same) {
            if self.block.get(at) == Some(&self.quote) {
                return None;
            }
            let guess = at + widths[column] as usize;
            let end = match self.block.get(guess) {
                Some(&byte) if closed[column] && byte == self.delimiter && column != last => guess,
                Some(&byte) if closed[column] && matches!(byte, b'\n' | b'\r') && column == last => guess,
                _ => {
                    let end = self.end_of_field(at)?;
                    widths[column] = offset(end - at);
                    end
                }
            };
            if (self.block[end] == self.delimiter) == (column == last) {
                return None;
            }
            *field = Field { start: offset(at), end: offset(end), twisted: false };
            at = end + 1;
        }
        let end = at - 1;
        if start == end {
            return None;
        }
        self.at = end;
        self.pass_line_end();
        Some((Span { start, end, fields: fields.len(), line, multiline: false }, same))
    }

    /// How many fields stand at `at` as they stand in `fields`, all or none: moves both behind them.
    #[inline]
    fn repeated(&self, fields: &mut [Field], at: &mut usize) -> usize {
        let ([first, .., last] | [first @ last]) = &*fields else { return 0 };
        let before = first.start as usize..last.end as usize + 1;
        let here = *at..*at + before.len();
        let (Some(text), Some(other)) = (self.block.get(before.clone()), self.block.get(here.clone())) else {
            return 0;
        };
        if !alike(text, other) {
            return 0;
        }
        let moved = offset(here.start - before.start);
        for field in fields.iter_mut() {
            field.start += moved;
            field.end += moved;
        }
        *at = here.end;
        fields.len()
    }

    /// Goes back to the beginning of a record.
    pub(super) fn back_to(&mut self, span: &Span) {
        (self.at, self.lines) = (span.start, span.line);
    }

    /// The next delimiter or line end from `at` on; `None` if there is none.
    #[inline]
    fn end_of_field(&self, mut at: usize) -> Option<usize> {
        loop {
            let found = self.specials(at);
            if found != 0 {
                return Some(at + (found.trailing_zeros() / 8) as usize);
            }
            at += 8;
            if at >= self.block.len() {
                return None;
            }
        }
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

/// Whether two texts of one length are the same; short ones without a call.
#[inline]
fn alike(a: &[u8], b: &[u8]) -> bool {
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(last), Some(other)) => {
            let (words, others) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
            u64::from_le_bytes(*last) == u64::from_le_bytes(*other)
                && words.iter().zip(others).all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
        }
        _ => a == b,
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
        let mut fields = [Field::default(); 40];
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

    /// Guessing or not, a record has the same fields.
    #[test]
    fn a_guess_is_checked_by_whoever_knows_the_texts() {
        let text = b"2025,ab,7\n2025,ab,10\n2026,abc,1\n\n2,b\n2025,\"x\",1\n2025,ab,3";
        let mut scan = Scan::new(text, SIGNS);
        let (mut fields, mut widths) = ([Field::default(); 3], [0; 3]);
        let mut guess = |scan: &mut Scan<'_>| {
            let (span, _) = scan.guess_record(&mut fields, &mut widths, &[true, true, false], 0)?;
            Some((fields.map(|field| String::from_utf8_lossy(field.of(text)).into_owned()), span.line))
        };
        let record = |texts: [&str; 3], line| Some((texts.map(str::to_owned), line));
        assert_eq!(guess(&mut scan), record(["2025", "ab", "7"], 0));
        assert_eq!(guess(&mut scan), record(["2025", "ab", "10"], 1));
        assert_eq!(guess(&mut scan), record(["2026", "abc", "1"], 2));
        // An empty line, too few fields, quotes, no line end: the way for all records.
        let mut fields = [Field::default(); 3];
        for lines in [4, 5, 6] {
            assert_eq!(guess(&mut scan), None);
            assert_eq!(scan.next_record(&mut fields).map(|span| span.line), Some(lines));
        }
        assert_eq!((guess(&mut scan), scan.next_record(&mut fields)), (None, None));
    }

    /// A delimiter closes what is compared: a text that only begins alike is another one.
    #[test]
    fn what_two_records_begin_with_is_not_looked_for_twice() {
        let text = b"2025,ab,7\n2025,ab,10\n2025,abc,1\n2025,abc,22\n2025,ab";
        let mut scan = Scan::new(text, SIGNS);
        let (mut fields, mut widths) = ([Field::default(); 3], [0; 3]);
        let mut found = Vec::new();
        for same in [0, 2, 2, 2] {
            let (span, same) = scan.guess_record(&mut fields, &mut widths, &[true, true, false], same).unwrap();
            let texts = fields.map(|field| String::from_utf8_lossy(field.of(text)).into_owned());
            found.push((same, span.line, texts));
        }
        let record = |same, line, texts: [&str; 3]| (same, line, texts.map(str::to_owned));
        let wanted = [
            record(0, 0, ["2025", "ab", "7"]),
            record(2, 1, ["2025", "ab", "10"]),
            record(0, 2, ["2025", "abc", "1"]),
            record(2, 3, ["2025", "abc", "22"]),
        ];
        assert_eq!(found, wanted);
        assert_eq!(scan.guess_record(&mut fields, &mut widths, &[true, true, false], 2), None);
    }

    proptest! {
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
