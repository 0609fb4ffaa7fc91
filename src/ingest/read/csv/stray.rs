//! Quotes that swallow rows.
//!
//! A field in quotes may hold line breaks, as comments do. A stray quote where a field begins makes one
//! field of everything up to the next quote, which may stand many rows below. What was swallowed tells
//! one from the other: lines of a comment are no records.

/// The signs between fields and around them.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct Signs {
    pub(in crate::ingest) delimiter: u8,
    pub(in crate::ingest) quote: u8,
}

/// Where the second line of `record` begins, if its first one is a record with a stray quote in it:
/// if more than half of the lines below are records as well, each taken for itself. They have `width`
/// fields and, in most of them, digits, letters or nothing where the first line has them.
pub(super) fn swallowed(record: &str, signs: Signs, width: usize) -> Option<usize> {
    look_for(record, signs, width, |first, line| {
        let alike = first.iter().zip(line).filter(|(a, b)| a == b);
        2 * alike.clone().count() > width && alike.map(|(shape, _)| *shape).any(|shape| shape == Shape::Number)
    })
}

/// Whether rows were swallowed by a stray quote in the line of the column names, which are of other
/// shapes than what stands below them.
pub(super) fn swallowed_by_header(record: &str, signs: Signs, width: usize) -> bool {
    look_for(record, signs, width, |_, _| true).is_some()
}

fn look_for(record: &str, signs: Signs, width: usize, alike: impl Fn(&[Shape], &[Shape]) -> bool) -> Option<usize> {
    // Without a delimiter any text is a record.
    if width < 2 {
        return None;
    }
    let second = record.find(['\r', '\n'])?;
    let first = shapes(&record[..second], signs, width)?;
    let (mut records, mut lines) = (0, 0);
    for line in record[second..].split(['\r', '\n']).filter(|line| !line.trim().is_empty()) {
        lines += 1;
        records += usize::from(shapes(line, signs, width).is_some_and(|line| alike(&first, &line)));
    }
    let begins = second + record[second..].find(|c| !matches!(c, '\r' | '\n'))?;
    (2 * records > lines).then_some(begins)
}

/// What a field looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nothing,
    Number,
    Text,
}

impl Shape {
    fn of(field: &str, signs: Signs) -> Self {
        let plain = field.trim_matches(|c: char| c.is_whitespace() || c == '-' || c == char::from(signs.quote));
        match plain.bytes().next() {
            None => Self::Nothing,
            Some(b'0'..=b'9') => Self::Number,
            Some(_) => Self::Text,
        }
    }
}

/// The shapes of the fields of one line if there are `width`: with quotes as signs like any other,
/// which the stray one is, or else with their meaning.
fn shapes(line: &str, signs: Signs, width: usize) -> Option<Vec<Shape>> {
    let of = |fields: Vec<&str>| {
        let surplus = fields.get(width..)?.iter().all(|field| field.trim().is_empty());
        surplus.then(|| fields[..width].iter().map(|field| Shape::of(field, signs)).collect())
    };
    let delimiter = char::from(signs.delimiter);
    of(line.split(delimiter).collect()).or_else(|| {
        let quote = char::from(signs.quote);
        let (mut begins, mut within) = (true, false);
        of(line
            .split(|c: char| {
                let ends = c == delimiter && !within;
                if c == quote && (within || begins) {
                    within = !within;
                }
                begins = ends || (begins && c == quote && !within);
                ends
            })
            .collect())
    })
}
