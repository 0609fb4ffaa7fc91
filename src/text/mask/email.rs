//! E-mail addresses, as they are and as people spell them out for fear of robots.

use super::{BARRIER, Span, is_blank, skip_blanks, skip_blanks_back, starts_with_word};

/// How the sign between name and domain is written, and how much of a domain it needs to be one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// `@`.
    Sign,
    /// `(at)`, `[at]`.
    Bracketed,
    /// `(a)` and the `%40` of web addresses: no blank around them.
    Tight,
    /// ` at ` between blanks, also an English word: needs a domain that is spelled out or known.
    Word,
}

/// Domains of mail providers: `look at example.org` is no address, `name at posteo.de` is one.
const PROVIDERS: [&str; 18] = [
    "gmx",
    "web",
    "t-online",
    "gmail",
    "googlemail",
    "outlook",
    "hotmail",
    "yahoo",
    "icloud",
    "posteo",
    "mailbox",
    "freenet",
    "aol",
    "live",
    "arcor",
    "mail",
    "protonmail",
    "proton",
];

pub(super) fn find(chars: &[char]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let (mut at, mut floor) = (0, 0);
    while at < chars.len() {
        let Some((kind, after)) = sign(chars, at) else {
            at += 1;
            continue;
        };
        match address(chars, floor, at, after, kind) {
            Some(span) => {
                floor = span.1;
                at = span.1;
                out.push(span);
            }
            None => at += 1,
        }
    }
    out
}

/// The sign at `at` and the position after it.
fn sign(chars: &[char], at: usize) -> Option<(At, usize)> {
    let rest = &chars[at..];
    let c = *rest.first()?;
    if is_sign(c) {
        return Some((At::Sign, at + 1));
    }
    if starts_with_word(rest, "%40") {
        return Some((At::Tight, at + 3));
    }
    if let Some(close) = closing(c) {
        let inner = skip_blanks(chars, at + 1);
        let (kind, end) = if chars.get(inner).is_some_and(|&c| is_sign(c)) {
            (At::Bracketed, inner + 1)
        } else if let Some(end) = at_word(chars, inner) {
            (At::Bracketed, end)
        } else if starts_with_word(&chars[inner.min(chars.len())..], "a") && inner == at + 1 {
            (At::Tight, inner + 1)
        } else {
            return None;
        };
        let end = skip_blanks(chars, end);
        return (chars.get(end) == Some(&close)).then_some((kind, end + 1));
    }
    if is_blank(c) {
        let end = at_word(chars, at + 1)?;
        return chars.get(end).is_some_and(|&c| is_blank(c)).then_some((At::Word, end));
    }
    None
}

fn is_sign(c: char) -> bool {
    matches!(c, '@' | '\u{ff20}' | '\u{fe6b}')
}

fn at_word(chars: &[char], at: usize) -> Option<usize> {
    let rest = chars.get(at..)?;
    let word = ["at", "ät", "aet", "klammeraffe"].into_iter().find(|word| starts_with_word(rest, word))?;
    Some(at + word.chars().count())
}

fn closing(open: char) -> Option<char> {
    match open {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        '<' => Some('>'),
        _ => None,
    }
}

fn address(chars: &[char], floor: usize, sign: usize, after: usize, kind: At) -> Option<Span> {
    let loose = kind != At::Tight;
    let name_end = if loose { skip_blanks_back(chars, sign).max(floor) } else { sign };
    let domain_start = if loose { skip_blanks(chars, after) } else { after };
    let mut start = name_start(chars, floor, name_end)?;
    let domain = domain(chars, domain_start)?;
    let blanks = name_end < sign || domain_start > after;
    let enough = match kind {
        At::Sign if !blanks => domain.dotted || (domain.letters >= 3 && name_end - start >= 2),
        At::Sign | At::Bracketed | At::Tight => domain.dotted,
        At::Word => domain.dotted && (domain.spelled || PROVIDERS.contains(&domain.first.as_str())),
    };
    if !enough {
        return None;
    }
    if domain.spelled || kind == At::Bracketed {
        start = spelled_name_start(chars, floor, start);
    }
    if kind == At::Sign && !blanks {
        start = user_info_start(chars, floor, start).unwrap_or(start);
    }
    Some((start, domain.end))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '~' | '!') || is_invisible(c)
}

/// Where the part before the sign begins, if there is one.
fn name_start(chars: &[char], floor: usize, end: usize) -> Option<usize> {
    // Longer than any address: bounds the work on a text that is one long word.
    let floor = floor.max(end.saturating_sub(400));
    let mut start = end;
    while start > floor && is_name(chars[start - 1]) {
        start -= 1;
    }
    (start..end).find(|&at| chars[at].is_alphanumeric())
}

/// `vorname punkt nachname`: the parts before a spelled dot belong to it.
fn spelled_name_start(chars: &[char], floor: usize, mut start: usize) -> usize {
    for _ in 0..3 {
        let Some(end) = spelled_dot_before(chars, floor, start) else { break };
        let Some(earlier) = name_start(chars, floor, end) else { break };
        start = earlier;
    }
    start
}

/// `https://name:password@host`: all between `//` and the sign.
fn user_info_start(chars: &[char], floor: usize, start: usize) -> Option<usize> {
    let mut at = start;
    while at > floor && !chars[at - 1].is_whitespace() && !matches!(chars[at - 1], '/' | '@' | BARRIER) {
        at -= 1;
    }
    let slashes = at >= floor + 2 && chars[at - 1] == '/' && chars[at - 2] == '/';
    (slashes && at < start).then_some(at)
}

struct Domain {
    end: usize,
    /// It ends in a label that can be a top-level domain.
    dotted: bool,
    /// A dot is written as a word.
    spelled: bool,
    /// The first label, in small letters, and its number of letters.
    first: String,
    letters: usize,
}

fn domain(chars: &[char], start: usize) -> Option<Domain> {
    let mut end = label_end(chars, start)?;
    let first: String = chars[start..end].iter().flat_map(|c| c.to_lowercase()).collect();
    let letters = first.chars().take_while(|c| c.is_alphabetic()).count();
    let mut out = Domain { end, dotted: false, spelled: false, first, letters };
    let mut spelled = false;
    // More labels than any real domain has.
    for _ in 0..12 {
        let next = if chars.get(end) == Some(&'.') {
            end + 1
        } else if let Some(next) = spelled_dot(chars, end) {
            spelled = true;
            next
        } else {
            break;
        };
        let Some(label) = label_end(chars, next) else { break };
        end = label;
        if is_top_level(&chars[next..end]) {
            out.end = end;
            out.dotted = true;
            out.spelled = spelled;
        }
    }
    Some(out)
}

fn label_end(chars: &[char], start: usize) -> Option<usize> {
    let rest = chars.get(start..)?;
    let is_label = |c: &&char| c.is_alphanumeric() || **c == '-' || is_invisible(**c);
    let mut end = start + rest.iter().take_while(is_label).count();
    while end > start && !chars[end - 1].is_alphanumeric() {
        end -= 1;
    }
    (end > start && chars[start].is_alphanumeric()).then_some(end)
}

fn is_top_level(label: &[char]) -> bool {
    let letters = label.iter().take_while(|c| c.is_alphabetic()).count();
    letters >= 2 && (letters == label.len() || starts_with_word(label, "xn-"))
}

const DOTS: [&str; 4] = ["punkt", "dot", "pkt", "."];

/// The position after ` punkt `, `(dot)`, `[.]` and the like at `at`.
fn spelled_dot(chars: &[char], at: usize) -> Option<usize> {
    let open = skip_blanks(chars, at);
    let close = closing(*chars.get(open)?);
    let word_start = if close.is_some() { skip_blanks(chars, open + 1) } else { open };
    let rest = chars.get(word_start..)?;
    let word = DOTS.into_iter().find(|word| starts_with_word(rest, word))?;
    let word_end = word_start + word.len();
    let end = skip_blanks(chars, word_end);
    match close {
        Some(close) => (chars.get(end) == Some(&close)).then(|| skip_blanks(chars, end + 1)),
        None => (word != "." && open > at && end > word_end).then_some(end),
    }
}

/// Where a spelled dot begins that ends at `at`.
fn spelled_dot_before(chars: &[char], floor: usize, at: usize) -> Option<usize> {
    // The longest is `  (  punkt  )  `.
    (floor.max(at.saturating_sub(15))..at).find(|&start| {
        let own = is_blank(chars[start]) || closing(chars[start]).is_some();
        own && spelled_dot(chars, start) == Some(at)
    })
}
