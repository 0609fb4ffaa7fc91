//! Times of a series: their order, and where some are missing.

use std::collections::HashMap;

/// Times in the order of time.
#[derive(Debug, PartialEq)]
pub(super) struct Order {
    /// Rows in time.
    pub(super) rows: Vec<usize>,
    /// Whether times are missing before each of them.
    pub(super) gaps: Vec<bool>,
    /// Whether the times could be read; if not, the order is that of the file and gaps are unknown.
    pub(super) read: bool,
}

/// The order of times, all of which must be different.
pub(super) fn order(times: &[&str]) -> Order {
    let forms: [fn(&str) -> Option<i64>; 5] = [month, quarter, week, date, whole];
    let read = forms.iter().find_map(|form| times.iter().map(|t| form(t)).collect::<Option<Vec<i64>>>());
    let Some(mut places) = read else {
        return Order { rows: (0..times.len()).collect(), gaps: vec![false; times.len()], read: false };
    };
    if let Some(months) = monthly(times) {
        places = months;
    }
    let mut rows: Vec<usize> = (0..times.len()).collect();
    rows.sort_by_key(|row| places[*row]);
    let steps: Vec<i64> = rows.windows(2).map(|pair| places[pair[1]] - places[pair[0]]).collect();
    let usual = usual(&steps);
    let gaps = std::iter::once(false).chain(steps.iter().map(|step| *step > usual)).take(rows.len()).collect();
    Order { rows, gaps, read: true }
}

/// The most frequent step, the smallest of several.
fn usual(steps: &[i64]) -> i64 {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    steps.iter().for_each(|step| *counts.entry(*step).or_default() += 1);
    counts.into_iter().max_by_key(|(step, count)| (*count, -step)).map_or(1, |(step, _)| step)
}

fn digits(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn year_month(year: i64, month: i64) -> Option<i64> {
    (1..=12).contains(&month).then(|| year * 12 + month - 1)
}

/// `2025-03`, `2025/03`, `202503`, `03.2025`, `03/2025`.
fn month(text: &str) -> Option<i64> {
    if let Some(number) = digits(text, 6) {
        return (1900..2200).contains(&(number / 100)).then(|| year_month(number / 100, number % 100)).flatten();
    }
    let (first, second) = text.split_once(['-', '/', '.'])?;
    match (digits(first, 4), digits(second, 2)) {
        (Some(year), Some(month)) => year_month(year, month),
        _ => year_month(digits(second, 4)?, digits(first, 2)?),
    }
}

/// `2025-Q1`, `2025Q1`, `2025 Q1`.
fn quarter(text: &str) -> Option<i64> {
    let (year, quarter) = text.split_once(['Q', 'q'])?;
    let quarter = digits(quarter, 1).filter(|q| (1..=4).contains(q))?;
    Some(digits(year.trim_end_matches(['-', ' ']), 4)? * 4 + quarter - 1)
}

/// `2025-W07`: weeks since a Monday.
fn week(text: &str) -> Option<i64> {
    let (year, week) = text.split_once(['W', 'w'])?;
    let (year, week) = (digits(year.trim_end_matches(['-', ' ']), 4)?, digits(week, 2)?);
    // The fourth of January is in week 1; day 0 was a Thursday.
    let fourth = days(year, 1, 4)?;
    (1..=53).contains(&week).then(|| (fourth + 3).div_euclid(7) + week - 1)
}

/// `2025-03-01`, `01.03.2025`: days since 1970-01-01.
fn date(text: &str) -> Option<i64> {
    let (year, month, day) = parts(text)?;
    days(year, month, day)
}

fn parts(text: &str) -> Option<(i64, i64, i64)> {
    let mut pieces = text.split(['-', '.']);
    let (first, second, third) = (pieces.next()?, pieces.next()?, pieces.next()?);
    let (year, day) = if first.len() == 4 { (first, third) } else { (third, first) };
    if pieces.next().is_some() {
        return None;
    }
    Some((digits(year, 4)?, digits(second, 2)?, digits(day, 2)?))
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > length(year, month) {
        return None;
    }
    // Years that begin in March put the leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(before + (153 * month + 2) / 5 + day - 1 - 719_468)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Months, where dates are all of the same day, or all of the last day, of different months.
fn monthly(times: &[&str]) -> Option<Vec<i64>> {
    let dates: Vec<(i64, i64, i64)> = times.iter().map(|t| parts(t)).collect::<Option<_>>()?;
    let same = dates.windows(2).all(|pair| pair[0].2 == pair[1].2);
    let last = dates.iter().all(|(year, month, day)| *day == length(*year, *month));
    if same || last { dates.iter().map(|(year, month, _)| year_month(*year, *month)).collect() } else { None }
}

fn whole(text: &str) -> Option<i64> {
    // Differences of such numbers cannot overflow.
    text.parse().ok().filter(|number: &i64| number.abs() < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_put_in_order_and_gaps_found() {
        let order = order(&["2024-12", "2024-10", "2025-02", "2024-11"]);
        assert_eq!((order.rows, order.gaps, order.read), (vec![1, 3, 0, 2], vec![false, false, false, true], true));
    }

    #[test]
    fn forms_of_times() {
        let steps = |times: &[&str]| order(times).gaps.iter().filter(|gap| **gap).count();
        assert_eq!(steps(&["202411", "202412", "202501"]), 0);
        assert_eq!(steps(&["11.2024", "12.2024", "02.2025"]), 1);
        assert_eq!(steps(&["2024-Q3", "2024-Q4", "2025-Q1"]), 0);
        // 2020 had 53 weeks.
        assert_eq!(steps(&["2020-W52", "2020-W53", "2021-W01"]), 0);
        assert_eq!(steps(&["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]), 0);
        assert_eq!(steps(&["2024-01-01", "2024-02-01", "2024-04-01"]), 1);
        assert_eq!(steps(&["27.02.2024", "28.02.2024", "29.02.2024", "01.03.2024", "03.03.2024"]), 1);
        assert_eq!(steps(&["2015", "2017", "2019", "2023"]), 1);
        assert_eq!(steps(&["1", "2", "4"]), 1);
        let words = order(&["spring", "summer"]);
        assert!(!words.read && words.rows == [0, 1]);
        assert!(!order(&["2024-13", "2024-01"]).read && !order(&["2023-02-29"]).read);
        assert_eq!(order(&[]).rows, Vec::<usize>::new());
    }

    #[test]
    fn days_of_known_dates() {
        assert_eq!((date("1970-01-01"), date("2000-03-01"), date("1969-12-31")), (Some(0), Some(11_017), Some(-1)));
    }
}
