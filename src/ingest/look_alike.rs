//! Characters that only look like others: full-width digits, Cyrillic and Greek letters, dashes and
//! blanks of every kind, letters in place of digits. They come from documents, from text recognition
//! and from keyboards set to another language.

use std::borrow::Cow;

use crate::text::look_alike;

/// `text` with every character replaced by the plain one that it looks like; blanks become spaces,
/// what is invisible is left out. Borrowed where there is nothing to replace.
pub(crate) fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let folded: String = text.chars().filter(|&c| !is_invisible(c)).map(plain).collect();
    if folded == text { Cow::Borrowed(text) } else { Cow::Owned(folded) }
}

/// For texts that stand for a state: [`folded`], in lower case and without blanks, so that `k.A.`,
/// `K. A.` and `k. A.` with no-break spaces are one.
pub(crate) fn folded_state(text: &str) -> String {
    folded(text).chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// [`folded`] with letters that look like digits as these digits, if that leaves nothing but a key of
/// digits or a number; `None` if the text has no digit at all or is one already.
pub(crate) fn folded_digits(text: &str) -> Option<String> {
    let plain = folded(text);
    if !plain.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits: String = plain
        .chars()
        .map(|c| match c {
            'O' | 'o' | 'Q' => '0',
            'l' | 'I' | 'i' | '|' => '1',
            other => other,
        })
        .collect();
    let numeric = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '-' | '\''));
    (numeric && digits != text).then_some(digits)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn plain(c: char) -> char {
    if c.is_whitespace() { ' ' } else { look_alike(c) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_alike_is_alike() {
        for (text, wanted) in [
            ("９９００１００１", "99001001"),
            ("k.\u{a0}А.", "k. A."),
            ("2025\u{2011}03", "2025-03"),
            ("–", "-"),
            ("\u{2212}5", "-5"),
            ("1\u{202f}234", "1 234"),
            ("99001\u{200b}001", "99001001"),
            ("Ｋ－１", "K-1"),
            ("Öhringen", "Öhringen"),
        ] {
            assert_eq!(folded(text), wanted);
        }
        for text in ["k.A.", "K. A.", "k.\u{a0}A.", "к. А.", " k . a . "] {
            assert_eq!(folded_state(text), "k.a.", "{text}");
        }
        assert_ne!(folded_state("n. v."), "k.a.");
    }

    #[test]
    fn letters_are_digits_only_among_digits() {
        assert_eq!(folded_digits("990O1OO1").as_deref(), Some("99001001"));
        assert_eq!(folded_digits("l2З").as_deref(), None, "no digit looks like this letter");
        assert_eq!(folded_digits("1.2l4").as_deref(), Some("1.214"));
        for text in ["Ol", "12", "12 Anträge", "", "—"] {
            assert_eq!(folded_digits(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing_more(text in "\\PC{0,24}") {
            let once = folded(&text).into_owned();
            prop_assert_eq!(folded(&once).into_owned(), once.clone());
            let _ = (folded_state(&text), folded_digits(&text));
        }
    }
}
