//! Cells as numbers and states, in the notation that the source declares.

use super::finding::Code;
use super::look_alike::{folded_digits, folded_state};
use super::spec::SourceSpec;
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

/// [`parse_decimal`], also of a percentage: `66,67 %` is 0.6667, with a blank of any kind or none.
///
/// # Errors
/// As [`parse_decimal`].
pub fn parse_decimal_or_percent(text: &str, decimal: char) -> Result<f64, Code> {
    match trimmed(text).strip_suffix(['%', '\u{ff05}']) {
        Some(percent) => parse_decimal(percent, decimal).map(|percent| percent / 100.0),
        None => parse_decimal(text, decimal),
    }
}

/// The number that `text` looks like, where letters or foreign digits stand in it. It is only ever a
/// suggestion: whoever typed `l2` may have meant something else.
pub(super) fn similar_number(text: &str, decimal: char) -> Option<String> {
    let similar = folded_digits(trimmed(text))?;
    parse_decimal(&similar, decimal).is_ok().then_some(similar)
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

/// [`parse_count`] of a text that counts as it stands: digits, perhaps behind a minus sign.
///
/// # Errors
/// As [`parse_count`].
pub(super) fn parse_exact_count(text: &str) -> Result<i64, Code> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Code::BadNumber);
    }
    let beyond = if text.starts_with('-') { Code::NegativeCount } else { Code::CountTooLarge };
    let value: i64 = text.parse().map_err(|_| beyond)?;
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
    let separator =
        [grouping, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2007}', '\u{2008}', '\u{200a}', '\'', '\u{2019}']
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
    /// Whether every text counts as it stands.
    pub exact: bool,
}

impl StateTexts {
    /// The texts that `spec` declares. A value mapping of counts may name a state as well:
    /// `values = { count = { "-" = "missing" } }`.
    #[must_use]
    pub fn of(spec: &SourceSpec) -> Self {
        let mut texts = Self {
            missing: spec.missing.clone(),
            not_applicable: spec.not_applicable.clone(),
            suppressed: spec.suppressed.clone(),
            exact: spec.exact,
        };
        for state in spec.values.get("count").into_iter().flat_map(|values| values.values()) {
            match state.as_str() {
                "missing" => texts.missing.push(state.clone()),
                "not_applicable" => texts.not_applicable.push(state.clone()),
                "suppressed" => texts.suppressed.push(state.clone()),
                _ => {}
            }
        }
        texts
    }

    /// Whether a count may be left empty: in a source with a fixed interface only if it says so.
    pub(super) fn empty_count_is_fine(&self) -> bool {
        !self.exact || self.codes().any(|code| code.is_empty())
    }

    /// All declared texts.
    pub(super) fn codes(&self) -> impl Iterator<Item = String> {
        self.missing.iter().chain(&self.not_applicable).chain(&self.suppressed).cloned()
    }

    /// The state that `text` stands for, or `None` if it should be a number. Capitals, blanks, dashes
    /// and look-alike letters make no difference: `K.A.` is `k. A.`.
    #[must_use]
    pub fn state(&self, text: &str) -> Option<CellState> {
        let text = if self.exact { text } else { trimmed(text) };
        if text.is_empty() {
            return Some(CellState::NotProvided);
        }
        if self.exact {
            return self.state_where(|declared| declared == text);
        }
        let exact = self.state_where(|declared| declared == text);
        // Nearly every cell is a number; none of them looks like a declared text that it is not.
        if exact.is_some() || text.bytes().all(|b| b.is_ascii_digit()) {
            return exact;
        }
        let folded = folded_state(text);
        self.state_where(|declared| folded_state(declared) == folded)
    }

    /// As [`Self::state`] for a cell that the file may type as a number: of a number, only a declared text
    /// is a state. `999.0` and `9.99e2` are `999`.
    #[must_use]
    pub fn of_cell(&self, text: &str, number: Option<f64>) -> Option<CellState> {
        match number {
            None => self.state(text),
            Some(_) if self.missing.is_empty() && self.not_applicable.is_empty() && self.suppressed.is_empty() => None,
            Some(number) => Some(text)
                .filter(|text| !trimmed(text).is_empty())
                .and_then(|text| self.state(text))
                .or_else(|| self.state(&number.to_string())),
        }
    }

    /// Whether `text` stands for a value that is not provided.
    pub(super) fn is_missing(&self, text: &str) -> bool {
        !self.missing.is_empty() && self.state(text) == Some(CellState::NotProvided)
    }

    fn state_where(&self, is: impl Fn(&str) -> bool) -> Option<CellState> {
        let any = |texts: &[String]| texts.iter().any(|text| is(text));
        if any(&self.missing) {
            Some(CellState::NotProvided)
        } else if any(&self.not_applicable) {
            Some(CellState::NotApplicable)
        } else if any(&self.suppressed) {
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
            exact: false,
        };
        assert_eq!(texts.state("0"), None);
        assert_eq!(texts.state(" \u{a0}"), Some(CellState::NotProvided));
        assert_eq!(texts.state("k. A."), Some(CellState::NotProvided));
        assert_eq!(texts.state("x"), Some(CellState::NotApplicable));
        assert_eq!(texts.state("*"), Some(CellState::SuppressedAtSource));
        for text in ["k.A.", "K. A.", "k.\u{a0}A.", "\u{202f}k.A.", "к. А."] {
            assert_eq!(texts.state(text), Some(CellState::NotProvided), "{text}");
        }
        assert_eq!(texts.state("X"), Some(CellState::NotApplicable));
        assert_eq!(texts.state("х"), Some(CellState::NotApplicable), "a Cyrillic letter");
        let dash = StateTexts { missing: vec!["-".into()], suppressed: vec!["-99".into()], ..StateTexts::default() };
        for text in ["-", "–", "—", "\u{2011}", "\u{2212}"] {
            assert_eq!(dash.state(text), Some(CellState::NotProvided), "{text}");
        }
        assert_eq!(dash.state("\u{2212}99"), Some(CellState::SuppressedAtSource));
        assert_eq!(dash.state("-5"), None);
    }

    #[test]
    fn a_declared_code_is_a_state_for_typed_numbers_as_well() {
        let texts = StateTexts {
            missing: vec!["999".into(), "-99".into()],
            suppressed: vec!["0,5".into()],
            ..StateTexts::default()
        };
        for (text, number) in [("999", 999.0), ("999.0", 999.0), ("-99", -99.0), ("9.99e2", 999.0)] {
            assert_eq!(texts.of_cell(text, Some(number)), Some(CellState::NotProvided), "{text}");
        }
        for (text, number) in [("99", 99.0), ("999.5", 999.5), ("0", 0.0), ("", 0.0)] {
            assert_eq!(texts.of_cell(text, Some(number)), None, "{text}");
        }
        assert_eq!(texts.of_cell("", None), Some(CellState::NotProvided), "an empty cell has no number");
        assert_eq!(StateTexts::default().of_cell("", Some(3.0)), None);
    }

    #[test]
    fn a_number_of_look_alikes_is_suggested_and_never_used() {
        for (text, similar) in [("1O", "10"), ("l2", "12"), ("１２３", "123"), ("1.2З4", ""), ("12", ""), ("Ol", "")]
        {
            if text != "12" {
                assert_eq!(parse_count(text, None, ','), Err(Code::BadNumber), "{text}");
            }
            assert_eq!(similar_number(text, ',').unwrap_or_default(), similar, "{text}");
        }
    }

    #[test]
    fn percentages_are_shares() {
        for (text, value) in [("66,67\u{a0}%", 0.6667), ("66,67 %", 0.6667), ("25%", 0.25), ("0,5", 0.5)] {
            assert!((parse_decimal_or_percent(text, ',').unwrap() - value).abs() < 1e-12, "{text}");
        }
        for text in ["%", "5 % %", "%5", "5 ‰"] {
            assert_eq!(parse_decimal_or_percent(text, ','), Err(Code::BadNumber), "{text}");
        }
        assert_eq!(parse_count("25 %", None, ','), Err(Code::BadNumber));
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
