//! Cells as numbers and states, in the notation that the source declares.

use super::finding::Code;
use crate::domain::CellState;

/// Trims blanks of every kind, the no-break spaces of exports included.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{a0}' | '\u{202f}' | '\u{feff}' | '\u{200b}'))
}

/// Reads a decimal number with `decimal` as its decimal sign; the other sign may group thousands.
///
/// # Errors
/// [`Code::BadNumber`] if the text is no number in this notation. `1.23` is no number where the
/// point groups thousands: groups have three digits.
pub fn parse_decimal(text: &str, decimal: char) -> Result<f64, Code> {
    let plain = plain_number(trimmed(text), decimal).ok_or(Code::BadNumber)?;
    plain.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or(Code::BadNumber)
}

/// Reads a count: a whole number not below zero.
///
/// # Errors
/// [`Code::BadNumber`], [`Code::NotAnInteger`], [`Code::NegativeCount`] or [`Code::CountTooLarge`].
pub fn parse_count(text: &str, typed: Option<f64>, decimal: char) -> Result<i64, Code> {
    let plain = match typed {
        Some(number) if number.is_finite() => number.to_string(),
        Some(_) => return Err(Code::BadNumber),
        None => plain_number(trimmed(text), decimal).ok_or(Code::BadNumber)?,
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain.as_str(), ""));
    if fraction.bytes().any(|b| b != b'0') {
        return Err(Code::NotAnInteger);
    }
    let value: i64 = whole.parse().map_err(|_| Code::CountTooLarge)?;
    if value < 0 { Err(Code::NegativeCount) } else { Ok(value) }
}

/// `1.234,5` with decimal comma becomes `1234.5`; `None` if it is no number.
fn plain_number(text: &str, decimal: char) -> Option<String> {
    let (sign, body) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = match body.split_once(decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (body, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let grouping = if decimal == ',' { '.' } else { ',' };
    let separator = [grouping, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}']
        .into_iter()
        .find(|&separator| whole.contains(separator));
    let whole = match separator {
        None => digits(whole).then(|| whole.to_owned())?,
        Some(separator) => {
            let groups: Vec<&str> = whole.split(separator).collect();
            let (first, rest) = groups.split_first()?;
            let well_grouped = digits(first) && first.len() <= 3 && rest.iter().all(|g| digits(g) && g.len() == 3);
            well_grouped.then(|| groups.concat())?
        }
    };
    match fraction {
        None => Some(format!("{sign}{whole}")),
        Some(fraction) => digits(fraction).then(|| format!("{sign}{whole}.{fraction}")),
    }
}

/// The texts of a source that stand for a state instead of a number.
#[derive(Debug, Clone, Default)]
pub struct StateTexts {
    /// Not provided; the empty text always is.
    pub missing: Vec<String>,
    /// Not applicable.
    pub not_applicable: Vec<String>,
    /// Suppressed by the deliverer.
    pub suppressed: Vec<String>,
}

impl StateTexts {
    /// The state that `text` stands for, or `None` if it should be a number.
    #[must_use]
    pub fn state(&self, text: &str) -> Option<CellState> {
        let text = trimmed(text);
        let has = |texts: &[String]| texts.iter().any(|t| t == text);
        if text.is_empty() || has(&self.missing) {
            Some(CellState::NotProvided)
        } else if has(&self.not_applicable) {
            Some(CellState::NotApplicable)
        } else if has(&self.suppressed) {
            Some(CellState::SuppressedAtSource)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn notation_decides_what_a_point_means() {
        assert_eq!(parse_count("1.234", None, ','), Ok(1234));
        assert_eq!(parse_count("1.234", None, '.'), Err(Code::NotAnInteger));
        assert_eq!(parse_count("1,234", None, '.'), Ok(1234));
        assert_eq!(parse_count("1\u{a0}234\u{a0}567", None, ','), Ok(1_234_567));
        assert_eq!(parse_count("12,0", None, ','), Ok(12));
        assert_eq!(parse_count("12,5", None, ','), Err(Code::NotAnInteger));
        assert_eq!(parse_count("1.23", None, ','), Err(Code::BadNumber));
        assert_eq!(parse_count("-3", None, ','), Err(Code::NegativeCount));
        assert_eq!(parse_count("99999999999999999999", None, ','), Err(Code::CountTooLarge));
        assert_eq!(parse_count("ignored", Some(17.0), ','), Ok(17));
        assert_eq!(parse_count("", Some(17.5), ','), Err(Code::NotAnInteger));
        for text in ["", "k. A.", "1..2", ",5", "5,", "0x10", "1e3", "١٢"] {
            assert_eq!(parse_count(text, None, ','), Err(Code::BadNumber), "{text}");
        }
        assert_eq!(parse_decimal("1.234,56", ','), Ok(1234.56));
        assert_eq!(parse_decimal("1e400", '.'), Err(Code::BadNumber));
    }

    #[test]
    fn a_true_zero_is_not_a_state() {
        let texts = StateTexts {
            missing: vec!["k. A.".into()],
            not_applicable: vec!["x".into()],
            suppressed: vec!["*".into()],
        };
        assert_eq!(texts.state("0"), None);
        assert_eq!(texts.state(" \u{a0}"), Some(CellState::NotProvided));
        assert_eq!(texts.state("k. A."), Some(CellState::NotProvided));
        assert_eq!(texts.state("x"), Some(CellState::NotApplicable));
        assert_eq!(texts.state("*"), Some(CellState::SuppressedAtSource));
    }

    proptest! {
        #[test]
        fn german_counts_read_back(value in 0i64..1_000_000_000_000) {
            let text = crate::domain::format_count(value, crate::domain::Lang::De);
            prop_assert_eq!(parse_count(&text, None, ','), Ok(value));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,16}") {
            let _ = parse_count(&text, None, ',');
            let _ = parse_decimal(&text, '.');
        }
    }
}
