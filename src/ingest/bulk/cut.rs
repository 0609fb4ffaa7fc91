//! Where records end, in text that is read block by block.

use memchr::{memchr, memrchr, memrchr2};

use crate::ingest::read::csv::Signs;

/// The length of the whole records at the beginning of `text`, which begins with a record. 0 if not
/// even the first one ends here.
///
/// A quote opens a field only where the field begins; elsewhere it is a character like any other.
pub(in crate::ingest) fn whole_records(text: &[u8], signs: Signs) -> usize {
    let mut end = 0;
    let mut from = 0;
    loop {
        let opening = open_quote(text, from, signs);
        let plain = &text[from..opening.unwrap_or(text.len())];
        if let Some(at) = last_line_end(plain, opening.is_none()) {
            end = from + at;
        }
        let Some(opening) = opening else { return end };
        match closing_quote(text, opening, signs.quote) {
            Some(closing) => from = closing + 1,
            None => return end,
        }
    }
}

/// As [`whole_records`], of a text without quotes.
pub(super) fn whole_lines(text: &[u8]) -> usize {
    last_line_end(text, true).unwrap_or(0)
}

/// The next quote from `from` on that opens a field.
fn open_quote(text: &[u8], mut from: usize, signs: Signs) -> Option<usize> {
    loop {
        let at = from + memchr(signs.quote, &text[from..])?;
        let begins_field = at == 0 || matches!(text[at - 1], b'\n' | b'\r') || text[at - 1] == signs.delimiter;
        if begins_field {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The quote that closes the field opened at `opening`; `None` if the text ends before. A quote at
/// the very end may be the first half of a doubled one.
pub(super) fn closing_quote(text: &[u8], opening: usize, quote: u8) -> Option<usize> {
    let mut at = opening + 1;
    loop {
        at += memchr(quote, text.get(at..)?)?;
        if *text.get(at + 1)? == quote {
            at += 2;
        } else {
            return Some(at);
        }
    }
}

/// Behind the last line end of `plain`. A carriage return at the very end of the text may be the first
/// half of a Windows line end.
fn last_line_end(plain: &[u8], at_end: bool) -> Option<usize> {
    let at = memrchr2(b'\n', b'\r', plain)?;
    if at_end && plain[at] == b'\r' && at + 1 == plain.len() {
        return memrchr(b'\n', plain).max(memrchr(b'\r', &plain[..at])).map(|at| at + 1);
    }
    Some(at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNS: Signs = Signs { delimiter: b',', quote: b'"' };

    fn cut(text: &str) -> &str {
        &text[..whole_records(text.as_bytes(), SIGNS)]
    }

    #[test]
    fn a_line_end_in_quotes_ends_no_record() {
        assert_eq!(cut("a,b\nc,d"), "a,b\n");
        assert_eq!(cut("a,b\r\nc,\"d\ne"), "a,b\r\n");
        assert_eq!(cut("a,\"b\nc\"\nd"), "a,\"b\nc\"\n");
        assert_eq!(cut("a,\"b\"\"\nc\"\nd"), "a,\"b\"\"\nc\"\n");
        assert_eq!(cut("a,b\nx,\"\""), "a,b\n", "the quote at the end may be doubled");
        assert_eq!(cut("a,5\" disk\nb,\"c\nd"), "a,5\" disk\n", "a quote amid a field is a character");
        assert_eq!(cut("a,b\r"), "", "half a line end");
        assert_eq!(cut("a\rb\r"), "a\r");
        assert_eq!(cut(""), "");
    }

    proptest! {
        #[test]
        fn without_quotes_lines_are_records(text in "[ab,\n\r]{0,60}") {
            prop_assert_eq!(whole_lines(text.as_bytes()), whole_records(text.as_bytes(), SIGNS));
        }

        /// Wherever the text is cut, the records are those that the csv crate finds in the whole.
        #[test]
        fn records_are_those_of_the_whole_text(text in "[ab,\"\n\r]{0,60}", size in 1usize..20) {
            let records = |text: &[u8]| {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
                reader.byte_records().map(Result::unwrap).collect::<Vec<_>>()
            };
            let bytes = text.as_bytes();
            let (mut found, mut rest, mut upto) = (Vec::new(), 0, 0);
            while upto < bytes.len() {
                upto = (upto + size).min(bytes.len());
                let end = if upto == bytes.len() { upto } else { rest + whole_records(&bytes[rest..upto], SIGNS) };
                found.extend(records(&bytes[rest..end]));
                rest = end;
            }
            prop_assert_eq!(found, records(bytes));
        }
    }
}
