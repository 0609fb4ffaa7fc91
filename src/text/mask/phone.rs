//! Telephone numbers: international, German with area code or mobile prefix, and local ones after a
//! word that announces them.
//!
//! Groups of digits are collected as far as the signs between them are those of a telephone number;
//! what the digits look like and which word stands before them decides.

use super::{Span, is_blank, is_dash, words_before};

/// Digits of the longest number: 15 by ITU-T E.164, and the `00` before it.
const MOST: usize = 17;
/// Digits of the shortest, a local one.
const FEWEST: usize = 5;
/// Words that announce a number of another kind.
const OTHER: [&str; 16] = [
    "az",
    "aktenzeichen",
    "kassenzeichen",
    "geschäftszeichen",
    "zeichen",
    "ags",
    "ars",
    "ozg",
    "leika",
    "plz",
    "postleitzahl",
    "isbn",
    "ticket",
    "referenz",
    "artikel",
    "id",
];
/// Words that may stand between the announcement and the number.
const FILLERS: [&str; 18] = [
    "nr",
    "nummer",
    "no",
    "number",
    "ist",
    "is",
    "lautet",
    "unter",
    "mir",
    "mich",
    "meine",
    "der",
    "die",
    "zu",
    "am",
    "privat",
    "dienstlich",
    "abends",
];
/// Words that make a number without separators one to call.
const WEAK: [&str; 13] = [
    "unter",
    "nummer",
    "erreichbar",
    "erreichen",
    "anrufen",
    "ruf",
    "anruf",
    "rufen",
    "ruft",
    "zurückrufen",
    "rückruf",
    "call",
    "nr",
];

/// A run of digits; `blocked` where it is a date.
struct Run {
    start: usize,
    end: usize,
    blocked: bool,
}

impl Run {
    fn len(&self) -> usize {
        self.end - self.start
    }
}

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    if chars.iter().filter(|c| c.is_ascii_digit()).count() < FEWEST {
        return Vec::new();
    }
    let runs = runs(chars);
    let mut out: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        match number(chars, &runs, at) {
            Some((span, next)) => {
                out.push(span);
                at = next;
            }
            None => at += 1,
        }
    }
    out
}

fn runs(chars: &[char]) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        while chars.get(at).is_some_and(char::is_ascii_digit) {
            at += 1;
        }
        if at > start {
            out.push(Run { start, end: at, blocked: false });
        } else {
            at += 1;
        }
    }
    for at in 0..out.len().saturating_sub(2) {
        if is_date(chars, &out[at..at + 3]) && !(at > 0 && area_code_before(chars, &out[at - 1], &out[at])) {
            out[at..at + 3].iter_mut().for_each(|run| run.blocked = true);
        }
    }
    out
}

/// `31.12.2025`, `31/12/2025`, `31.12.25` or `2025-12-31`.
fn is_date(chars: &[char], runs: &[Run]) -> bool {
    let [a, b, c] = runs else { return false };
    let one = |from: &Run, to: &Run| (to.start == from.end + 1).then(|| chars[from.end]);
    let (Some(first), Some(second)) = (one(a, b), one(b, c)) else { return false };
    let value = |run: &Run| {
        chars[run.start..run.end].iter().take(5).filter_map(|c| c.to_digit(10)).fold(0, |sum, digit| sum * 10 + digit)
    };
    let day = |run: &Run| run.len() <= 2 && (1..=31).contains(&value(run));
    let month = |run: &Run| run.len() <= 2 && (1..=12).contains(&value(run));
    let year = |run: &Run| run.len() == 4 && (1900..2100).contains(&value(run));
    let same = first == second && (first == '.' || first == '/' || is_dash(first));
    same && ((day(a) && month(b) && (year(c) || (first == '.' && c.len() == 2)))
        || (year(a) && month(b) && day(c) && first != '.'))
}

/// `0171 12.03.45` is a number in pairs, not a date.
fn area_code_before(chars: &[char], before: &Run, date: &Run) -> bool {
    chars[before.start] == '0' && (3..=5).contains(&before.len()) && joins(&chars[before.end..date.start])
}

/// Whether `gap` may stand within a telephone number.
fn joins(gap: &[char]) -> bool {
    let allowed = |&c: &char| is_blank(c) || is_dash(c) || matches!(c, '/' | '(' | ')' | '.');
    let point = gap.contains(&'.');
    (1..=4).contains(&gap.len()) && gap.iter().all(allowed) && (!point || gap.len() == 1)
}

fn number(chars: &[char], runs: &[Run], at: usize) -> Option<(Span, usize)> {
    let first = &runs[at];
    if first.blocked || first.len() > MOST {
        return None;
    }
    let before = |back: usize| first.start.checked_sub(back).map(|at| chars[at]);
    let plus = before(1).is_some_and(is_plus) || (before(1).is_some_and(is_blank) && before(2).is_some_and(is_plus));
    let announced = Announced::by(chars, first.start);
    if !plus && !left_edge(before(1), before(2), announced) {
        return None;
    }
    let count = extent(chars, runs, at);
    let groups = &runs[at..at + count];
    let candidate = Candidate { chars, groups, announced };
    if !(candidate.national() || candidate.international(plus) || candidate.local()) {
        return None;
    }
    let end = groups.last().map_or(first.end, |run| run.end);
    let mut start = first.start;
    if plus {
        start -= if before(1).is_some_and(is_plus) { 1 } else { 2 };
    }
    if start > 0 && chars[start - 1] == '(' && chars[start..end].contains(&')') {
        start -= 1;
    }
    Some(((start, end), at + count))
}

fn is_plus(c: char) -> bool {
    matches!(c, '+' | '\u{ff0b}')
}

/// Whether a number may begin after `one`, before which `two` stands.
fn left_edge(one: Option<char>, two: Option<char>, announced: Announced) -> bool {
    let Some(one) = one else { return true };
    let digit = two.is_some_and(|c| c.is_ascii_digit());
    match one {
        _ if one.is_alphanumeric() => announced == Announced::Phone,
        // `1.234`, `12:30`, `1,5`
        ',' | '.' | ':' => !digit,
        // `AB-0123`: a reference, unless a word says otherwise.
        _ if is_dash(one) => announced == Announced::Phone || two.is_none_or(|c| !c.is_alphanumeric()),
        _ => true,
    }
}

/// How many runs from `at` belong together.
fn extent(chars: &[char], runs: &[Run], at: usize) -> usize {
    let mut count = 1;
    let mut digits = runs[at].len();
    while let Some(run) = runs.get(at + count) {
        let gap = &chars[runs[at + count - 1].end..run.start];
        let group = &chars[run.start..run.end];
        let tight = gap.len() == 1 && is_dash(gap[0]);
        // `0201 123456 / 0171 1234567`: the next number begins.
        let begins = !tight && group.len() >= 3 && group[0] == '0';
        // What follows a number written in one is not part of it, an extension apart.
        let complete = runs[at].len() > 6 && !(tight && group.len() <= 5);
        if run.blocked || !joins(gap) || begins || complete || digits + group.len() > MOST {
            break;
        }
        digits += group.len();
        count += 1;
    }
    count
}

/// What the words before a number say about it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Announced {
    Phone,
    Weakly,
    Other,
    Nothing,
}

impl Announced {
    fn by(chars: &[char], at: usize) -> Self {
        let words = words_before(chars, at, 5);
        let known = words.iter().find(|word| !FILLERS.contains(&word.as_str()));
        match known {
            Some(word) if is_phone_word(word) => Self::Phone,
            Some(word) if is_other_word(word) => Self::Other,
            _ if words.iter().any(|word| WEAK.contains(&word.as_str())) => Self::Weakly,
            _ => Self::Nothing,
        }
    }
}

fn is_phone_word(word: &str) -> bool {
    let begins = ["telef", "handy", "mobil", "rufnummer", "festnetz", "durchwahl", "whatsapp", "telnr", "phone"];
    matches!(word, "tel" | "fon" | "fax" | "cell" | "signal") || begins.iter().any(|begin| word.starts_with(begin))
}

fn is_other_word(word: &str) -> bool {
    let ends = ["schlüssel", "schluessel", "kennung", "vorgangsnummer", "antragsnummer", "kundennummer"];
    let begins = ["vorgang", "rechnung", "ticket", "referenz", "bestell", "postleitzahl"];
    OTHER.contains(&word)
        || ends.iter().any(|end| word.ends_with(end))
        || begins.iter().any(|begin| word.starts_with(begin))
}

/// Groups of digits that may be a telephone number.
struct Candidate<'a> {
    chars: &'a [char],
    groups: &'a [Run],
    announced: Announced,
}

impl Candidate<'_> {
    fn group(&self, at: usize) -> &[char] {
        self.groups.get(at).map_or(&[], |run| &self.chars[run.start..run.end])
    }

    fn digits(&self) -> usize {
        self.groups.iter().map(Run::len).sum()
    }

    fn gap(&self, at: usize) -> &[char] {
        &self.chars[self.groups[at].end..self.groups[at + 1].start]
    }

    fn in_one(&self) -> bool {
        self.groups.len() == 1
    }

    fn begins(&self, with: &str) -> bool {
        super::starts_with(self.group(0), with)
    }

    /// `1.234.567` and `1 234 567`.
    fn thousands(&self) -> bool {
        self.groups.len() > 1
            && self.group(0).len() <= 3
            && self.groups[1..].iter().all(|run| run.len() == 3)
            && (1..self.groups.len()).all(|at| self.gap(at - 1) == self.gap(0))
            && (self.gap(0) == ['.'] || is_blank(self.gap(0)[0]))
    }

    /// `0123/2024` and `045-2023` count files of a year.
    fn file_of_year(&self) -> bool {
        let year = self.group(1).len() == 4 && matches!(self.group(1), ['1', '9', ..] | ['2', '0', ..]);
        self.groups.len() == 2 && year && self.gap(0).iter().any(|&c| c == '/' || is_dash(c))
    }

    fn before(&self, texts: &[&str]) -> bool {
        let end = self.groups.last().map_or(0, |run| run.end);
        let rest = &self.chars[super::skip_blanks(self.chars, end)..];
        texts.iter().any(|text| super::starts_with_word(rest, text))
    }

    /// `0800 - 1200 Uhr` and `8.00-12.00 Uhr`.
    fn opening_hours(&self) -> bool {
        let clock = |run: &Run| run.len() <= 2 || (run.len() == 4 && self.chars[run.start + 2] < '6');
        self.groups.iter().all(clock) && self.before(&["uhr", "h"])
    }

    /// `0201 / 123-456`, `(0201) 12 34 56`, `01711234567`, `02 01 / 12 34 56`.
    fn national(&self) -> bool {
        let digits = self.digits();
        let first = self.group(0);
        if first.first() != Some(&'0') || first.get(1) == Some(&'0') || !(6..=14).contains(&digits) {
            return false;
        }
        if self.before(&["%", "€"]) || self.opening_hours() {
            return false;
        }
        let called = matches!(self.announced, Announced::Phone | Announced::Weakly);
        if self.in_one() {
            let other = self.announced == Announced::Other;
            return called || (digits >= 9 && !other && !is_regional_key(first));
        }
        if first.len() >= 3 {
            return digits >= 7 && digits - first.len() >= 3 && (called || !self.file_of_year());
        }
        // An area code in pairs needs a sign of the number behind it, else it is a date or a table.
        let pairs = if first.len() == 1 { (2..=4).contains(&self.group(1).len()) } else { self.group(1).len() == 2 };
        let marked =
            (1..self.groups.len() - 1).any(|at| self.gap(at).iter().any(|&c| matches!(c, '/' | ')') || is_dash(c)));
        let year = matches!(self.groups.last().map(Run::len), Some(4)) && digits == 8;
        is_blank(self.gap(0)[0]) && pairs && digits >= 8 && !year && (marked || self.announced == Announced::Phone)
    }

    /// `+49 201 1234567`, `0049...`, `49171...`.
    fn international(&self, plus: bool) -> bool {
        let digits = self.digits();
        let first = self.group(0);
        if plus {
            let own = ["49", "43", "41"].iter().any(|code| self.begins(code));
            return first.first() != Some(&'0') && (8..=15).contains(&digits) && (own || !self.thousands());
        }
        if self.begins("00") {
            let country = first.get(2).is_some_and(|c| ('1'..='9').contains(c));
            const NEAR: [&str; 10] = ["0031", "0032", "0033", "0039", "0041", "0043", "0044", "0048", "0049", "0090"];
            let written = !self.in_one() || NEAR.iter().any(|code| self.begins(code));
            return country && written && (10..=MOST).contains(&digits) && self.announced != Announced::Other;
        }
        let mobile = ["4915", "4916", "4917"].iter().any(|code| self.begins(code)) && (12..=13).contains(&digits);
        let spaced = first == ['4', '9'] && !self.in_one() && (11..=13).contains(&digits) && !self.thousands();
        (mobile && self.in_one()) || spaced
    }

    /// Any number right after `Tel.`, `Handy`, `Durchwahl`.
    fn local(&self) -> bool {
        self.announced == Announced::Phone
            && (FEWEST..=14).contains(&self.digits())
            && !(self.thousands() && self.gap(0) == ['.'])
            && !self.opening_hours()
    }
}

/// Twelve digits built like a German ARS: the part of the Verband is 0..., 5... or 9..., and no
/// mobile prefix stands before it.
fn is_regional_key(digits: &[char]) -> bool {
    digits.len() == 12 && matches!(digits[5], '0' | '5' | '9') && !matches!(digits, ['0', '1', '5' | '6' | '7', ..])
}
