//! Points in time as tables write them.

use chrono::{Datelike, NaiveDate};

/// A whole number of exactly `count` digits.
pub(super) fn digits<T: std::str::FromStr>(text: &str, count: usize) -> Option<T> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// 2024-05-31 or 31.05.2024; midnight may follow, as files that only know points in time write a day.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let midnight = |clock: &str| !clock.is_empty() && clock.bytes().all(|b| matches!(b, b'0' | b':' | b'.'));
    let text = match text.split_once(['T', ' ']) {
        Some((day, clock))
            if ["", "Z", " UTC", "+00:00"].iter().any(|zone| clock.strip_suffix(zone).is_some_and(midnight)) =>
        {
            day
        }
        _ => text,
    };
    let parts = |sign| text.split(sign).collect::<Vec<_>>();
    match (parts('-').as_slice(), parts('.').as_slice()) {
        ([y, m, d], _) | (_, [d, m, y]) => NaiveDate::from_ymd_opt(digits(y, 4)?, digits(m, 2)?, digits(d, 2)?),
        _ => None,
    }
}

/// 2024-05, 2024/05, 05/2024 or 05.2024, in months since year 0.
pub(super) fn month(text: &str) -> Option<i32> {
    let iso = text.split_once('-').or_else(|| text.split_once('/'));
    let german = text.split_once('.').or_else(|| text.split_once('/'));
    let first = iso.and_then(|(y, m)| Some((digits(y, 4)?, digits(m, 2)?)));
    let (year, month) = first.or_else(|| german.and_then(|(m, y)| Some((digits(y, 4)?, digits(m, 2)?))))?;
    year_month(year, month)
}

/// Months since year 0; `month` is 1 to 12.
pub(super) fn year_month(year: i32, month: i32) -> Option<i32> {
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

/// 2024-Q2 or 2024Q2, in quarters since year 0.
pub(super) fn quarter(text: &str) -> Option<i32> {
    let (year, quarter) = text.split_once(['Q', 'q'])?;
    let quarter: i32 = digits(quarter, 1).filter(|q| (1..=4).contains(q))?;
    let year: i32 = digits(year.trim_end_matches(['-', ' ', '/']), 4)?;
    Some(year * 4 + quarter - 1)
}

/// The months of dates that stand for months: all on one day of the month, or all on the last. `None` for others.
pub(super) fn months_of(dates: &[NaiveDate]) -> Option<Vec<i32>> {
    let same = dates.windows(2).all(|pair| pair[0].day() == pair[1].day());
    let last = dates.iter().all(|date| date.succ_opt().is_none_or(|next| next.day() == 1));
    (same || last).then(|| dates.iter().map(|date| date.year() * 12 + date.month0().cast_signed()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_times() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
        assert_eq!((date("2024-02-29"), date("29.02.2024")), (day(2024, 2, 29), day(2024, 2, 29)));
        assert_eq!((date("2023-02-29"), date("2024-2-9"), date("1.5")), (None, None, None));
        for text in ["2024-02-29 00:00:00", "2024-02-29T00:00:00.000Z", "2024-02-29 00:00:00 UTC", "29.02.2024 00:00"] {
            assert_eq!(date(text), day(2024, 2, 29), "{text}");
        }
        assert_eq!((date("2024-02-29 07:30"), date("2024-02-29 "), date("2024-02-29TZ")), (None, None, None));
        for text in ["2024-05", "2024/05", "05/2024", "05.2024"] {
            assert_eq!(month(text), Some(2024 * 12 + 4), "{text}");
        }
        // A decimal number is no month.
        assert_eq!((month("1949.08"), month("2024-13")), (None, None));
        assert_eq!((quarter("2024-Q2"), quarter("2024q4"), quarter("2024-Q5")), (Some(8097), Some(8099), None));
    }

    #[test]
    fn dates_that_stand_for_months() {
        let months = |texts: &[&str]| months_of(&texts.iter().filter_map(|t| date(t)).collect::<Vec<_>>());
        assert_eq!(months(&["2024-01-31", "2024-02-29"]), Some(vec![24_288, 24_289]));
        assert_eq!(months(&["2024-01-15", "2024-03-15"]), Some(vec![24_288, 24_290]));
        assert_eq!(months(&["2024-01-15", "2024-01-16"]), None);
    }
}
