//! Times of a series: their order, and where some are missing.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::calc::calendar;

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
    let forms: [fn(&str) -> Option<i64>; 5] = [month, quarter, week, day, whole];
    let read = forms.iter().find_map(|form| times.iter().map(|t| form(t)).collect::<Option<Vec<i64>>>());
    let Some(mut places) = read else {
        return Order { rows: (0..times.len()).collect(), gaps: vec![false; times.len()], read: false };
    };
    let dates: Option<Vec<NaiveDate>> = times.iter().map(|t| calendar::date(t)).collect();
    if let Some(months) = dates.and_then(|dates| calendar::months_of(&dates)) {
        places = months.into_iter().map(i64::from).collect();
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

/// As [`calendar::month`], or 202503.
fn month(text: &str) -> Option<i64> {
    let packed = calendar::digits::<i32>(text, 6).filter(|number| (1900..2200).contains(&(number / 100)));
    let packed = packed.and_then(|number| calendar::year_month(number / 100, number % 100));
    packed.or_else(|| calendar::month(text)).map(i64::from)
}

fn quarter(text: &str) -> Option<i64> {
    calendar::quarter(text).map(i64::from)
}

/// `2025-W07`, in weeks.
fn week(text: &str) -> Option<i64> {
    let (year, week) = text.split_once(['W', 'w'])?;
    let year = calendar::digits(year.trim_end_matches(['-', ' ']), 4)?;
    let week: i64 = calendar::digits(week, 2).filter(|week| (1..=53).contains(week))?;
    let first = NaiveDate::from_isoywd_opt(year, 1, Weekday::Mon)?;
    Some(i64::from(first.num_days_from_ce() - 1).div_euclid(7) + week - 1)
}

fn day(text: &str) -> Option<i64> {
    calendar::date(text).map(|date| date.num_days_from_ce().into())
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
}
