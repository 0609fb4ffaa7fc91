use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::ingest::Survey;

/// Compares names as people read them: numbers within the text count as numbers, so `9` comes before
/// `10` and `Welle 2` before `Welle 11`.
#[must_use]
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while !left.is_empty() || !right.is_empty() {
        let (x, y) = (next_run(&mut left), next_run(&mut right));
        let order = match (digits(x), digits(y)) {
            (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
            _ => x.cmp(y),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.cmp(b)
}

/// Cuts off the leading digits, or everything up to the next digit.
fn next_run<'a>(text: &mut &'a str) -> &'a str {
    let number = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != number).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    run
}

/// The digits of a number without leading zeros.
fn digits(run: &str) -> Option<&str> {
    run.starts_with(|c: char| c.is_ascii_digit()).then(|| run.trim_start_matches('0'))
}

/// The waves of a survey in natural order.
pub(super) fn waves(survey: &Survey) -> Vec<&str> {
    let distinct: BTreeSet<&str> = survey.respondents.iter().map(|r| r.wave.as_str()).collect();
    let mut out: Vec<&str> = distinct.into_iter().collect();
    out.sort_by(|a, b| natural_order(a, b));
    out
}

/// The last wave of a survey in natural order; `None` without respondents.
#[must_use]
pub fn last_wave(survey: &Survey) -> Option<&str> {
    waves(survey).last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["10", "9", "Welle 11", "", "Welle 2", "2024-10", "2024-9", "09", "2024"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["", "09", "9", "10", "2024", "2024-9", "2024-10", "Welle 2", "Welle 11"]);
        assert_eq!(natural_order("99999999999999999999998", "99999999999999999999999"), Ordering::Less);
        assert_eq!(natural_order("Welle 2b", "Welle 2a"), Ordering::Greater);
    }
}
