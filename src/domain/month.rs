use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Lang;

/// A calendar month, counted from January of year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

const NAMES_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const NAMES_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SHORT_DE: [&str; 12] =
    ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."];
const SHORT_EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Month {
    /// The month of a year; `month` is 1 to 12. `None` outside the years 1 to 9999.
    #[must_use]
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let index = i32::try_from(month).ok()? - 1;
        ((0..12).contains(&index) && (1..=9999).contains(&year)).then(|| Self(year * 12 + index))
    }

    /// The month in which `date` lies.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + date.month0().cast_signed())
    }

    /// The calendar year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// The month of the year, 1 to 12.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.rem_euclid(12).cast_unsigned() + 1
    }

    /// Months since January of year 0.
    #[must_use]
    pub fn index(self) -> i32 {
        self.0
    }

    /// From [`Self::index`].
    #[must_use]
    pub fn from_index(index: i32) -> Self {
        Self(index)
    }

    /// This month moved by `months`, which may be negative.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Whole months from `earlier` to this month.
    #[must_use]
    pub fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.number(), 1).unwrap_or_default()
    }

    /// Number of days.
    #[must_use]
    pub fn days(self) -> u32 {
        u32::try_from((self.plus(1).first_day() - self.first_day()).num_days()).unwrap_or(0)
    }

    /// `März 2025`, `March 2025`.
    #[must_use]
    pub fn long(self, lang: Lang) -> String {
        format!("{} {}", self.name(lang), self.year())
    }

    /// The name alone: `März`, `March`.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        let names = if lang == Lang::De { &NAMES_DE } else { &NAMES_EN };
        names[self.0.rem_euclid(12) as usize]
    }

    /// The abbreviated name alone: `Sept.`, `Sep`.
    #[must_use]
    pub fn short_name(self, lang: Lang) -> &'static str {
        let names = if lang == Lang::De { &SHORT_DE } else { &SHORT_EN };
        names[self.0.rem_euclid(12) as usize]
    }

    /// The number (1 to 12) of a month named in German or English, in full or abbreviated.
    #[must_use]
    pub fn number_of_name(name: &str) -> Option<u32> {
        let wanted = name.trim().trim_end_matches('.').to_lowercase();
        if wanted == "mrz" || wanted == "maerz" || wanted == "mär" {
            return Some(3);
        }
        [NAMES_DE, NAMES_EN, SHORT_DE, SHORT_EN].iter().find_map(|names| {
            let at = names.iter().position(|n| n.trim_end_matches('.').to_lowercase() == wanted)?;
            u32::try_from(at + 1).ok()
        })
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let month = text.split_once('-').and_then(|(year, month)| {
            let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
            (digits(year, 4) && digits(month, 2)).then(|| Self::new(year.parse().ok()?, month.parse().ok()?))?
        });
        month.ok_or_else(|| D::Error::custom(format!("\"{text}\" is not a month such as 2025-06")))
    }
}

/// `2025-03`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_count_across_years() {
        let december = Month::new(2024, 12).unwrap();
        assert_eq!(december.plus(1).to_string(), "2025-01");
        assert_eq!(december.plus(-12).to_string(), "2023-12");
        assert_eq!(Month::new(2026, 2).unwrap().since(december), 14);
        assert_eq!(Month::new(2025, 13), None);
        assert_eq!(Month::new(2025, 0), None);
    }

    #[test]
    fn names_are_read_in_both_languages() {
        for (name, number) in [("März", 3), ("mrz", 3), ("Dez.", 12), ("December", 12), ("Okt", 10), ("may", 5)] {
            assert_eq!(Month::number_of_name(name), Some(number), "{name}");
        }
        assert_eq!(Month::number_of_name("Brumaire"), None);
    }
}
