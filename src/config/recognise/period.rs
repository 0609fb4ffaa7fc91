//! Periods as people write them in headers and cells, wider than what a source reads by itself.

use crate::domain::{Month, Period, PeriodError, parse_period};

/// What a text says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// A period that a source reads as it is.
    Plain(Period),
    /// A period in a form that the configuration has to translate, for example `Jan 25`.
    Translated(Period),
    /// A month or quarter without its year, in a form that a source reads once the year stands beside it.
    WithoutYear(String),
}

/// Reads `text`.
pub(super) fn when(text: &str) -> Option<When> {
    let text = text.trim();
    match parse_period(text, None) {
        Ok(period) => return Some(When::Plain(period)),
        // There is no such month, but it was meant to be one.
        Err(PeriodError::OutOfRange | PeriodError::BusinessYear) => return None,
        Err(PeriodError::Unknown) => {}
    }
    if let Some(month) = Month::number_of_name(text) {
        return Some(When::WithoutYear(format!("{month:02}")));
    }
    let short = parse_period(&format!("{text} 2000"), None).ok();
    if short.is_some() && text.contains(|c: char| c.is_alphabetic()) && !text.contains(|c: char| c.is_ascii_digit()) {
        return Some(When::WithoutYear(text.to_owned()));
    }
    if short.is_some_and(|period| period.months == 3) {
        return Some(When::WithoutYear(text.to_owned()));
    }
    let (name, year) = text.rsplit_once([' ', '-', '.', '/', '\''])?;
    let month = Month::number_of_name(name.trim_end_matches([' ', '.', '-', '\'']))?;
    let year: i32 = (year.len() == 2).then(|| year.parse().ok()).flatten()?;
    Month::new(2000 + year, month).map(|month| When::Translated(Period::month(month)))
}

/// The longest run of words in a header that names a period, and what is left without it.
pub(super) fn within(header: &str) -> Option<(String, When, String)> {
    let words: Vec<&str> = header.split_whitespace().collect();
    for length in (1..=words.len().min(4)).rev() {
        for start in 0..=words.len() - length {
            let text = words[start..start + length].join(" ");
            let bare = text.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ':' | '|'));
            if let Some(found) = when(bare) {
                let rest = [&words[..start], &words[start + length..]].concat().join(" ");
                return Some((bare.to_owned(), found, rest));
            }
        }
    }
    None
}

/// The only month or quarter that titles, sheet and file name state, with the text that does.
///
/// A day is none of it: it is the date of the export.
pub(super) fn stated(around: &[String]) -> Option<(String, String)> {
    let mut found: Vec<(Period, &String)> = Vec::new();
    for text in around {
        let Some((_, When::Plain(period) | When::Translated(period), _)) = within(text) else { continue };
        if period.day == 0 && period.months <= 3 && !found.iter().any(|(other, _)| *other == period) {
            found.push((period, text));
        }
    }
    if let [(period, text)] = found.as_slice() { Some((period.id(), (*text).clone())) } else { None }
}

/// The only year named in `text`.
pub(super) fn only_year(text: &str) -> Option<String> {
    let mut years: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|word| word.len() == 4 && (word.starts_with("19") || word.starts_with("20")))
        .collect();
    years.dedup();
    if let [year] = years.as_slice() { Some((*year).to_owned()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_with_short_years_and_without_years_are_told_apart() {
        let january = Period::month(Month::new(2025, 1).unwrap());
        assert_eq!(when("Januar 2025"), Some(When::Plain(january)));
        assert_eq!(when("Jan 25"), Some(When::Translated(january)));
        assert_eq!(when("Jan. 25"), Some(When::Translated(january)));
        assert_eq!(when("Januar"), Some(When::WithoutYear("01".into())));
        assert_eq!(when("Q3"), Some(When::WithoutYear("Q3".into())));
        for text in ["online", "7", "Summe", "2025-13", "", "AGS", "Leistung"] {
            assert_eq!(when(text), None, "{text}");
        }
    }

    #[test]
    fn a_period_is_found_within_a_header() {
        let (text, _, rest) = within("2025 Januar online").unwrap();
        assert_eq!((text.as_str(), rest.as_str()), ("2025 Januar", "online"));
        assert_eq!(within("Anträge Papier"), None);
        assert_eq!(only_year("Fallzahlen 2024"), Some("2024".into()));
        assert_eq!(only_year("2024 und 2025"), None);
    }
}
