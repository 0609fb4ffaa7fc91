//! Personal data in free text become tokens: e-mail addresses, telephone numbers, IBANs and IP
//! addresses.
//!
//! The tokens `[E-Mail]`, `[Telefon]`, `[IBAN]` and `[IP]` are the same in every language of a
//! project: a comment is stored once, read in both, and the masked text must not depend on a
//! setting. They are words that German and English readers both understand.
//!
//! Where a text can be read both ways, the choice leans towards masking: a lost number does less
//! harm than a published one. Dates, times, amounts, postcodes, area and service keys (AGS, ARS,
//! OZG-ID, LeiKa) and file references stay, because comments lose their sense without them.
//!
//! **Not masked**: names of people, postal addresses, dates of birth, account numbers of the time
//! before IBAN, tax and insurance numbers, registration plates, links to profiles, numbers written
//! as words, a local telephone number without any word that announces it, and a text in which a
//! person can be recognised by what it tells. Masked text is less delicate, not anonymous: it stays
//! in the internal folder.
//!
//! The text is scanned a fixed number of times from left to right, each step looking at a bounded
//! neighbourhood: the time grows with the length of the text, whatever it says.

mod alike;
mod email;
mod iban;
mod ip;
mod phone;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;

pub(crate) use self::alike::look_alike;

/// What is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// An e-mail address, also where it is spelled out (`name (at) ort punkt de`), and the user part
    /// of a web address.
    Email,
    /// A telephone or fax number.
    Phone,
    /// An international bank account number.
    Iban,
    /// An address of a device on the internet, version 4 or 6.
    Ip,
}

impl Category {
    /// All categories.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Iban, Self::Ip];

    /// What stands in the masked text.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Email => "[E-Mail]",
            Self::Phone => "[Telefon]",
            Self::Iban => "[IBAN]",
            Self::Ip => "[IP]",
        }
    }
}

/// A text without the personal data that were recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked<'a> {
    /// The text; borrowed where nothing was masked.
    pub text: Cow<'a, str>,
    counts: [u32; 4],
}

impl Masked<'_> {
    /// How often something of `category` was masked.
    #[must_use]
    pub fn count(&self, category: Category) -> u32 {
        self.counts[category as usize]
    }

    /// Whether anything was masked.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.counts.iter().any(|&count| count > 0)
    }
}

/// Positions of characters: from, up to but not including.
type Span = (usize, usize);

/// Stands for what is masked already; belongs to no word, number or address.
const BARRIER: char = '\u{0}';

/// What one search hides may be the border that the next one needs: searches repeat until nothing
/// new is found. More than two rounds need a text made for it.
const ROUNDS: usize = 12;

/// Finds one category of personal data.
type Search = fn(&[char]) -> Vec<Span>;

/// Bytes of a text that is remembered, and how many such texts are.
const SHORT: usize = 16;
const REMEMBERED: usize = 4096;

thread_local! {
    /// Short texts without personal data: keys, waves and wrong values are mostly the same as before.
    static CLEAN: RefCell<HashSet<String>> = RefCell::default();
}

/// Masks the personal data in `text`. Masking a masked text changes nothing.
#[must_use]
pub fn mask(text: &str) -> Masked<'_> {
    let short = text.len() <= SHORT;
    if short && CLEAN.with_borrow(|clean| clean.contains(text)) {
        return Masked { text: Cow::Borrowed(text), counts: [0; 4] };
    }
    let masked = searched(text);
    if short && !masked.changed() {
        CLEAN.with_borrow_mut(|clean| {
            if clean.len() == REMEMBERED {
                clean.clear();
            }
            clean.insert(text.to_owned());
        });
    }
    masked
}

fn searched(text: &str) -> Masked<'_> {
    // The digits and letters that look like those of an address do its work: they are read as these.
    let mut chars: Vec<char> = text.chars().map(|c| if c.is_ascii() { c } else { look_alike(c) }).collect();
    hide_tokens(&mut chars);
    // Each search in the order in which it may claim a text: a telephone number is whatever digits
    // the others leave.
    let searches: [(Category, Search); 4] = [
        (Category::Email, email::find),
        (Category::Iban, iban::find),
        (Category::Ip, ip::find),
        (Category::Phone, phone::find),
    ];
    let mut found: Vec<(Span, Category)> = Vec::new();
    for _ in 0..ROUNDS {
        let before = found.len();
        for (category, search) in searches {
            let mut hide = |chars: &mut [char], spans: Vec<Span>| {
                for (start, end) in spans {
                    chars[start..end].fill(BARRIER);
                    found.push(((start, end), category));
                }
            };
            let spans = search(&chars);
            hide(&mut chars, spans);
            // Second, for an account number may have such a letter of its own.
            if matches!(category, Category::Iban | Category::Phone)
                && let Some(digits) = alike::letters_as_digits(&chars)
            {
                hide(&mut chars, search(&digits));
            }
        }
        if found.len() == before {
            break;
        }
    }
    let mut counts = [0; 4];
    if found.is_empty() {
        return Masked { text: Cow::Borrowed(text), counts };
    }
    found.sort_unstable_by_key(|(span, _)| *span);
    let mut out = String::with_capacity(text.len());
    let mut spans = found.into_iter().peekable();
    for (at, c) in text.chars().enumerate() {
        while spans.next_if(|((_, end), _)| *end <= at).is_some() {}
        match spans.peek() {
            Some(((start, _), category)) if *start == at => {
                out.push_str(category.token());
                counts[*category as usize] += 1;
            }
            Some(((start, _), _)) if *start < at => {}
            _ => out.push(c),
        }
    }
    Masked { text: Cow::Owned(out), counts }
}

/// Masks a path part by part and keeps the endings, which tell the format.
#[must_use]
pub fn mask_file_name(path: &str) -> String {
    let part = |part: &str| match part.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{}.{ending}", mask(stem).text),
        _ => mask(part).text.into_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn hide_tokens(chars: &mut [char]) {
    let mut at = 0;
    while at < chars.len() {
        let token = Category::ALL.iter().map(|c| c.token()).find(|token| starts_with(&chars[at..], token));
        match token {
            Some(token) => {
                let end = at + token.chars().count();
                chars[at..end].fill(BARRIER);
                at = end;
            }
            None => at += 1,
        }
    }
}

fn starts_with(chars: &[char], text: &str) -> bool {
    let mut rest = chars.iter();
    text.chars().all(|c| rest.next() == Some(&c))
}

/// Whether `chars` begin with `lower`, in whatever case.
fn starts_with_word(chars: &[char], lower: &str) -> bool {
    let mut rest = chars.iter();
    let is = |found: char, c: char| {
        if found.is_ascii() { found.to_ascii_lowercase() == c } else { found.to_lowercase().eq([c]) }
    };
    lower.chars().all(|c| rest.next().is_some_and(|&found| is(found, c)))
}

/// A blank within a line.
fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t' || matches!(c, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Skips at most two blanks.
fn skip_blanks(chars: &[char], mut at: usize) -> usize {
    let last = at + 2;
    while at < last && chars.get(at).is_some_and(|&c| is_blank(c)) {
        at += 1;
    }
    at
}

/// Skips at most two blanks towards the beginning.
fn skip_blanks_back(chars: &[char], mut at: usize) -> usize {
    let last = at.saturating_sub(2);
    while at > last && is_blank(chars[at - 1]) {
        at -= 1;
    }
    at
}

/// The words before `at`, nearest first, in small letters. A line's beginning, a digit or something
/// masked ends them.
fn words_before(chars: &[char], at: usize, most: usize) -> Vec<String> {
    const REACH: usize = 60;
    let mut words = Vec::new();
    let (mut end, floor) = (at, at.saturating_sub(REACH));
    while words.len() < most {
        while end > floor && !chars[end - 1].is_alphabetic() {
            let c = chars[end - 1];
            if c == BARRIER || c == '\n' || c.is_numeric() {
                return words;
            }
            end -= 1;
        }
        let mut start = end;
        while start > floor && chars[start - 1].is_alphabetic() {
            start -= 1;
        }
        if start == end {
            break;
        }
        words.push(chars[start..end].iter().flat_map(|c| c.to_lowercase()).collect());
        end = start;
    }
    words
}
