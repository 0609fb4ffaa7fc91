//! International bank account numbers (ISO 13616): country, two check digits, account.

use super::{Span, is_blank, is_dash, starts_with_word};

/// Length per country as in the register of SWIFT.
const LENGTHS: [(&str, usize); 84] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
];
/// Longest in any country.
const LONGEST: usize = 34;
/// Digits of a German one, and the fewest that are still meant as one: a digit or more was forgotten.
const GERMAN: usize = 20;
const GERMAN_FEWEST: usize = 16;

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let mut at = 0;
    while at + 15 <= chars.len() {
        match iban(chars, at) {
            Some(end) => {
                out.push((at, end));
                at = end;
            }
            None => at += 1,
        }
    }
    out
}

fn iban(chars: &[char], start: usize) -> Option<usize> {
    if !chars[start].is_ascii_alphabetic() || !begins(chars, start) {
        return None;
    }
    let (text, ends) = compact(chars, start);
    let bytes = text.as_bytes();
    let shape = bytes.len() >= 15
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit);
    if !shape {
        return None;
    }
    let known = LENGTHS.iter().find(|(country, _)| text.starts_with(country)).map(|(_, length)| *length);
    let length = known.unwrap_or(bytes.len());
    if bytes.len() >= length && checks(&bytes[..length]) {
        return Some(ends[length - 1]);
    }
    let digits = bytes[2..].iter().take_while(|b| b.is_ascii_digit()).count();
    if !text.starts_with("DE") || digits < GERMAN_FEWEST {
        return None;
    }
    let mut end = ends[1 + digits.min(GERMAN)];
    while chars.get(end).is_some_and(char::is_ascii_digit) {
        end += 1;
    }
    Some(end)
}

/// Whether a word begins at `start`, the word `IBAN` glued to it apart.
fn begins(chars: &[char], start: usize) -> bool {
    start == 0 || !chars[start - 1].is_alphanumeric() || (start >= 4 && starts_with_word(&chars[start - 4..], "iban"))
}

/// Letters and digits from `start` in capitals without the blanks, dashes and dots between them, and
/// the position after each.
fn compact(chars: &[char], start: usize) -> (String, Vec<usize>) {
    let (mut text, mut ends) = (String::new(), Vec::new());
    let (mut at, mut gap) = (start, 0);
    while let Some(&c) = chars.get(at)
        && text.len() < LONGEST
    {
        if c.is_ascii_alphanumeric() {
            text.push(c.to_ascii_uppercase());
            ends.push(at + 1);
            gap = 0;
        } else if gap < 2 && (is_blank(c) || is_dash(c) || matches!(c, '.' | '/')) {
            gap += 1;
        } else {
            break;
        }
        at += 1;
    }
    (text, ends)
}

/// ISO 7064 MOD 97-10: the first four characters go to the end, letters become 10 to 35.
fn checks(iban: &[u8]) -> bool {
    let rest = iban[4..].iter().chain(&iban[..4]).try_fold(0u32, |rest, &byte| match byte {
        b'0'..=b'9' => Some((rest * 10 + u32::from(byte - b'0')) % 97),
        b'A'..=b'Z' => Some((rest * 100 + u32::from(byte - b'A') + 10) % 97),
        _ => None,
    });
    rest == Some(1)
}
