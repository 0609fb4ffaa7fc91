//! Addresses of devices on the internet.

use std::net::Ipv6Addr;

use super::{Span, words_before};

/// Longer than any address.
const LONGEST: usize = 48;
/// Words before four numbers that are a version or a section instead.
const OTHER: [&str; 13] = [
    "version",
    "ver",
    "release",
    "build",
    "update",
    "abschnitt",
    "kapitel",
    "ziffer",
    "gliederung",
    "section",
    "chapter",
    "produkt",
    "anlage",
];

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let signs = |sign: char| chars.iter().filter(|&&c| c == sign).count();
    // An address of version 6 has two colons at least, one of version 4 three points.
    if signs(':') < 2 && signs('.') < 3 {
        return Vec::new();
    }
    let mut out = runs(chars, |c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'), version_6);
    let four = runs(chars, |c| c.is_ascii_digit() || c == '.', version_4);
    let six = out.clone();
    out.extend(four.into_iter().filter(|(start, end)| six.iter().all(|(s, e)| end <= s || e <= start)));
    out.sort_unstable();
    out
}

/// The spans that `read` finds in the longest runs of `part`.
fn runs(chars: &[char], part: fn(char) -> bool, read: fn(&[char], Span) -> Option<Span>) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !part(chars[at]) {
            at += 1;
            continue;
        }
        let mut start = at;
        while at < chars.len() && part(chars[at]) {
            at += 1;
        }
        // The colon of `Adresse:2001:db8::1` stands after letters that an address may contain.
        if start > 0 && chars[start - 1].is_alphanumeric() {
            start = (start..at).find(|&colon| chars[colon] == ':').unwrap_or(start);
        }
        let left = start == 0 || chars[start] == ':' || !chars[start - 1].is_alphanumeric();
        let right = chars.get(at).is_none_or(|c| !c.is_alphanumeric());
        if left && right && at - start <= LONGEST {
            out.extend(read(chars, (start, at)));
        }
    }
    out
}

fn version_6(chars: &[char], (mut start, mut end): Span) -> Option<Span> {
    while end > start && chars[end - 1] == '.' {
        end -= 1;
    }
    let single = |at: usize, next: usize| chars[at] == ':' && chars[next] != ':';
    if end - start >= 2 && single(start, start + 1) {
        start += 1;
    }
    if end - start >= 2 && single(end - 1, end - 2) {
        end -= 1;
    }
    let text: String = chars[start..end].iter().collect();
    let groups: Vec<&str> = text.split(':').filter(|group| !group.is_empty()).collect();
    // `12::30` is a slip of the pen.
    let long = groups.len() >= 3 || (groups.len() == 2 && groups[0].len() >= 3);
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    (long && digit && text.parse::<Ipv6Addr>().is_ok()).then_some((start, end))
}

fn version_4(chars: &[char], (mut start, mut end): Span) -> Option<Span> {
    while end > start && chars[end - 1] == '.' {
        end -= 1;
    }
    while start < end && chars[start] == '.' {
        start += 1;
    }
    let text: String = chars[start..end].iter().collect();
    let groups: Vec<&str> = text.split('.').collect();
    // No leading zeros: `1.12.02.03` is a product of a municipal budget.
    let number = |group: &&str| group.parse::<u8>().is_ok() && (group.len() == 1 || !group.starts_with('0'));
    let other = words_before(chars, start, 1).first().is_some_and(|word| OTHER.contains(&word.as_str()));
    // Sections of a regulation (`IMDG-Code 4.1.1.15`) have small numbers only, addresses hardly ever.
    let section = groups.iter().all(|group| group.parse::<u8>().is_ok_and(|number| number < 32));
    (groups.len() == 4 && groups.iter().all(number) && !section && !other).then_some((start, end))
}
