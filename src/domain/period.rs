use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};

use super::Month;

/// A span of whole months, or a day that lies in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first month.
    pub start: Month,
    /// Length in months: 1, 3, 6, 12 or what the user asked for.
    pub months: u16,
    /// The day of the month (1 to 31) where the delivery counts days, 0 otherwise.
    pub day: u8,
}

/// The years for which numbers are delivered.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// Why a text is not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Neither form is known.
    #[error("not a period")]
    Unknown,
    /// The form is known, but there is no such month, quarter or day.
    #[error("no such date")]
    OutOfRange,
    /// A span such as 2023-2024 that needs to know in which month a business year begins.
    #[error("business year without a first month")]
    BusinessYear,
}

impl Period {
    /// One calendar month.
    #[must_use]
    pub fn month(start: Month) -> Self {
        Self { start, months: 1, day: 0 }
    }

    /// `months` months from `start`.
    #[must_use]
    pub fn span(start: Month, months: u16) -> Self {
        Self { start, months, day: 0 }
    }

    /// One day.
    #[must_use]
    pub fn of_day(date: NaiveDate) -> Self {
        Self { start: Month::of(date), months: 1, day: u8::try_from(date.day()).unwrap_or(0) }
    }

    /// The last month.
    #[must_use]
    pub fn end(self) -> Month {
        self.start.plus(i32::from(self.months) - 1)
    }

    /// Whether `other` lies wholly inside this period.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end() <= self.end()
    }

    /// `2025-03` for a month, `2024-07/2025-06` for a span.
    #[must_use]
    pub fn id(self) -> String {
        if self.months == 1 { self.start.to_string() } else { format!("{}/{}", self.start, self.end()) }
    }
}

/// Reads a calendar date: ISO (with or without a time of day) or German `14.03.2025`.
///
/// Forms with slashes are not read: nobody can tell the day from the month.
///
/// # Errors
/// [`PeriodError::Unknown`] for another form, [`PeriodError::OutOfRange`] for the 31st of February.
pub fn parse_date(text: &str) -> Result<NaiveDate, PeriodError> {
    let text = text.trim();
    let day_part = text.split(['T', ' ']).next().unwrap_or(text);
    if day_part.len() < text.len()
        && NaiveDateTime::parse_from_str(&text.replace('T', " "), "%Y-%m-%d %H:%M:%S%.f").is_err()
    {
        let clock = &text[day_part.len() + 1..];
        let clock = clock.strip_suffix('Z').unwrap_or(clock);
        let well_formed = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"]
            .iter()
            .any(|format| chrono::NaiveTime::parse_from_str(clock, format).is_ok());
        if !well_formed {
            return Err(PeriodError::Unknown);
        }
    }
    let (year, month, day) = if let Some([y, m, d]) = numbers(day_part, '-', [4, 2, 2]) {
        (y, m, d)
    } else if let Some([d, m, y]) = numbers(day_part, '.', [2, 2, 4]) {
        (y, m, d)
    } else {
        return Err(PeriodError::Unknown);
    };
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day).ok_or(PeriodError::OutOfRange)
}

/// Three numbers between separators; each at most as many digits as `widths` say, a year exactly four.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[u32; 3]> {
    let mut out = [0; 3];
    let mut parts = text.split(separator);
    for (slot, width) in out.iter_mut().zip(widths) {
        let part = parts.next()?;
        let fits = if width == 4 { part.len() == 4 } else { (1..=width).contains(&part.len()) };
        if !fits || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *slot = part.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

/// Reads a period in the forms that German and English exports use.
///
/// Months (`2025-03`, `03/2025`, `März 2025`), quarters (`2025-Q1`, `1. Quartal 2025`, `I/2025`),
/// half-years, years, business years (`2023-2024`, with their first month given as
/// `business_year_from`, 1 to 12), days, and ISO weeks (`2025-W05`, which belong to the month of
/// their Thursday, as ISO 8601 assigns weeks to years).
///
/// # Errors
/// See [`PeriodError`].
pub fn parse_period(text: &str, business_year_from: Option<u32>) -> Result<Period, PeriodError> {
    let clean = text.trim().replace(['\u{a0}', '\u{202f}'], " ");
    match parse_date(&clean) {
        // A mistyped year would stretch the panel over millennia.
        Ok(date) if YEARS.contains(&date.year()) => return Ok(Period::of_day(date)),
        Ok(_) => return Err(PeriodError::OutOfRange),
        Err(PeriodError::OutOfRange) => return Err(PeriodError::OutOfRange),
        Err(_) => {}
    }
    if clean.starts_with(['-', '/', '_']) || clean.ends_with(['-', '/', '_']) {
        return Err(PeriodError::Unknown);
    }
    let words: Vec<&str> = clean.split([' ', '-', '/', '_']).filter(|w| !w.is_empty()).collect();
    match words.as_slice() {
        [one] => single_word(one),
        [a, b] => {
            if let (Some(first), Some(second)) = (year(a), year(b).or_else(|| short_year(a, b, &clean))) {
                return business_year(first, second, business_year_from);
            }
            if let Some(y) = year(a) {
                part_of_year(b, y)
            } else {
                part_of_year(a, year(b).ok_or(PeriodError::Unknown)?)
            }
        }
        [a, b, c] => {
            let word = b.to_lowercase();
            let y = year(c).ok_or(PeriodError::Unknown)?;
            let index = ordinal(a.trim_end_matches('.')).ok_or(PeriodError::Unknown)?;
            match word.as_str() {
                "quartal" | "vierteljahr" | "quarter" => quarter(index, y),
                "halbjahr" | "half" => half(index, y),
                _ => Err(PeriodError::Unknown),
            }
        }
        _ => Err(PeriodError::Unknown),
    }
}

fn single_word(word: &str) -> Result<Period, PeriodError> {
    if let Some(y) = year(word) {
        return Ok(Period::span(Month::new(y, 1).ok_or(PeriodError::OutOfRange)?, 12));
    }
    if let Some((month, y)) = word.split_once('.') {
        let y = year(y).ok_or(PeriodError::Unknown)?;
        return part_of_year(month, y);
    }
    if word.is_ascii() && word.len() == 6 {
        let (head, tail) = word.split_at(4);
        if let Some(y) = year(head) {
            return part_of_year(tail, y);
        }
        let (head, tail) = word.split_at(2);
        if let (Some(y), true) = (year(tail), head.to_ascii_lowercase().starts_with('q')) {
            return part_of_year(head, y);
        }
    }
    Err(PeriodError::Unknown)
}

fn year(text: &str) -> Option<i32> {
    let plausible = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|y| plausible && YEARS.contains(y))
}

/// The second year of `2023/24`; not of `2011-12`, which may be a month.
fn short_year(first: &str, second: &str, whole: &str) -> Option<i32> {
    let next = year(first)? + 1;
    let digits: i32 = (second.len() == 2).then(|| second.parse().ok()).flatten()?;
    (digits == next % 100 && (digits > 12 || whole.contains('/'))).then_some(next)
}

fn business_year(first: i32, second: i32, from: Option<u32>) -> Result<Period, PeriodError> {
    if second != first + 1 {
        return Err(PeriodError::OutOfRange);
    }
    let month = from.ok_or(PeriodError::BusinessYear)?;
    Ok(Period::span(Month::new(first, month).ok_or(PeriodError::OutOfRange)?, 12))
}

fn part_of_year(part: &str, y: i32) -> Result<Period, PeriodError> {
    let lower = part.to_lowercase();
    if let Some(month) = Month::number_of_name(&lower) {
        return month_of(y, month);
    }
    let digits = |prefix: char| lower.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
    if let Some(q) = digits('q') {
        return quarter(q, y);
    }
    if let Some(h) = digits('h') {
        return half(h, y);
    }
    if let Some(week) = digits('w').or_else(|| lower.strip_prefix("kw").and_then(|rest| rest.parse().ok())) {
        let thursday = NaiveDate::from_isoywd_opt(y, week, Weekday::Thu).ok_or(PeriodError::OutOfRange)?;
        return Ok(Period::of_day(thursday));
    }
    if part.bytes().all(|b| b.is_ascii_digit()) && (1..=2).contains(&part.len()) {
        return month_of(y, part.parse().map_err(|_| PeriodError::Unknown)?);
    }
    match part {
        "I" => quarter(1, y),
        "II" => quarter(2, y),
        "III" => quarter(3, y),
        "IV" => quarter(4, y),
        _ => Err(PeriodError::Unknown),
    }
}

fn ordinal(text: &str) -> Option<u32> {
    match text {
        "I" => Some(1),
        "II" => Some(2),
        "III" => Some(3),
        "IV" => Some(4),
        _ => text.parse().ok(),
    }
}

fn month_of(y: i32, month: u32) -> Result<Period, PeriodError> {
    Month::new(y, month).map(Period::month).ok_or(PeriodError::OutOfRange)
}

fn quarter(q: u32, y: i32) -> Result<Period, PeriodError> {
    let start = (1..=4).contains(&q).then(|| Month::new(y, 3 * q - 2)).flatten();
    start.map(|m| Period::span(m, 3)).ok_or(PeriodError::OutOfRange)
}

fn half(h: u32, y: i32) -> Result<Period, PeriodError> {
    let start = (1..=2).contains(&h).then(|| Month::new(y, 6 * h - 5)).flatten();
    start.map(|m| Period::span(m, 6)).ok_or(PeriodError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_month_quarter_and_year() {
        let cases = [
            ("2025-03", "2025-03"),
            ("2025/03", "2025-03"),
            ("03/2025", "2025-03"),
            ("3/2025", "2025-03"),
            ("03.2025", "2025-03"),
            ("202503", "2025-03"),
            ("März 2025", "2025-03"),
            ("Mrz. 2025", "2025-03"),
            ("März\u{a0}2025", "2025-03"),
            ("2025 March", "2025-03"),
            ("Jan. 2025", "2025-01"),
            ("2025-Q1", "2025-01/2025-03"),
            ("Q4/2025", "2025-10/2025-12"),
            ("2025Q2", "2025-04/2025-06"),
            ("1. Quartal 2025", "2025-01/2025-03"),
            ("IV. Quartal 2025", "2025-10/2025-12"),
            ("I/2025", "2025-01/2025-03"),
            ("III/2025", "2025-07/2025-09"),
            ("2. Halbjahr 2025", "2025-07/2025-12"),
            ("2025-H1", "2025-01/2025-06"),
            ("2025", "2025-01/2025-12"),
            ("2023-2024", "2023-04/2024-03"),
            ("2023/24", "2023-04/2024-03"),
            ("2011-12", "2011-12"),
            ("14.03.2025", "2025-03"),
            ("2025-03-14", "2025-03"),
            ("2025-03-14T09:30:00", "2025-03"),
            ("2020-01-31 00:00:00", "2020-01"),
            ("2025-W05", "2025-01"),
            ("2025-KW14", "2025-04"),
        ];
        for (text, id) in cases {
            assert_eq!(parse_period(text, Some(4)).map(Period::id), Ok(id.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        assert_eq!(parse_period("2023-2024", None), Err(PeriodError::BusinessYear));
        for text in ["", "gestern", "03/04/2025", "25-03", "2025-03-14 abc", "Summe", "2025-03-", "1.234"] {
            assert_eq!(parse_period(text, None), Err(PeriodError::Unknown), "{text}");
        }
        for text in ["2025-13", "13/2025", "31.02.2025", "5. Quartal 2025", "2025-W54", "2023-2025", "0205-03-14"] {
            assert_eq!(parse_period(text, Some(1)), Err(PeriodError::OutOfRange), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = parse_period(&text, Some(7));
        }

        #[test]
        fn a_month_reads_back(year in 1900i32..2200, month in 1u32..=12) {
            let expected = Month::new(year, month).unwrap();
            prop_assert_eq!(parse_period(&expected.to_string(), None), Ok(Period::month(expected)));
            prop_assert_eq!(parse_period(&format!("{month:02}/{year}"), None), Ok(Period::month(expected)));
        }
    }
}
