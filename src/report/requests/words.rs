//! Measures, months and counts in words.

use super::missing::readable;
use crate::domain::{Channel, Lang, Month, Period, Stage, Text, format_count};
use crate::ingest::{Measure, WorkItem};

/// A day as a letter writes it: `30. September 2025`, `30 September 2025`.
pub(super) fn day(date: chrono::NaiveDate, lang: Lang) -> String {
    use chrono::Datelike as _;
    let month = Month::of(date).long(lang);
    let dot = if lang == Lang::De { "." } else { "" };
    format!("{}{dot} {month}", date.day())
}

/// `1 Zahl`, `1.200 Zahlen`.
pub(super) fn numbers(count: usize, lang: Lang) -> String {
    let word = if count == 1 { Text::new("Zahl", "number") } else { Text::new("Zahlen", "numbers") };
    format!("{}\u{a0}{}", format_count(i64::try_from(count).unwrap_or(i64::MAX), lang), word.get(lang))
}

/// Months joined to ranges: `Januar bis März 2025, Juni 2025`. `periods` are sorted.
pub(super) fn months(periods: &[Period], lang: Lang) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut run: Option<(Month, Month)> = None;
    for period in periods {
        if period.months == 1 {
            run = match run {
                Some((from, to)) if to.plus(1) == period.start => Some((from, period.start)),
                earlier => {
                    out.extend(earlier.map(|r| range(r, lang)));
                    Some((period.start, period.start))
                }
            };
        } else {
            out.extend(run.take().map(|r| range(r, lang)));
            out.push(span(*period, lang));
        }
    }
    out.extend(run.map(|r| range(r, lang)));
    out.join(", ")
}

fn range((from, to): (Month, Month), lang: Lang) -> String {
    let joint = match to.since(from) {
        0 => return from.long(lang),
        1 => Text::new("und", "and"),
        _ => Text::new("bis", "to"),
    };
    let start = if from.year() == to.year() { from.name(lang).to_owned() } else { from.long(lang) };
    format!("{start} {} {}", joint.get(lang), to.long(lang))
}

fn span(period: Period, lang: Lang) -> String {
    let year = period.start.year();
    let part = |length: u32| (period.start.number() - 1) / length + 1;
    match (period.months, lang) {
        (3, Lang::De) => format!("{}.\u{a0}Quartal {year}", part(3)),
        (3, Lang::En) => format!("quarter {} of {year}", part(3)),
        (6, Lang::De) => format!("{}.\u{a0}Halbjahr {year}", part(6)),
        (6, Lang::En) => format!("half-year {} of {year}", part(6)),
        (_, Lang::De) => format!("Jahr {year}"),
        (_, Lang::En) => format!("year {year}"),
    }
}

/// A period as it stands in a template: `2025-03`, `2025-Q1`, `2025`.
pub(super) fn key(period: Period) -> String {
    readable(period).unwrap_or_else(|| period.id())
}

/// What is counted, without the channel.
pub(super) fn counted(measure: Measure, lang: Lang) -> &'static str {
    match measure {
        Measure::Count(stage, _) => capital(stage, lang),
        Measure::Work(item, _) => work(item, lang),
        Measure::Feedback(..) | Measure::Comments => "",
    }
}

/// The stage as the first word of a line: German adjectives begin with a capital letter there.
fn capital(stage: Stage, lang: Lang) -> &'static str {
    let text = match stage {
        Stage::PageView => Text::new("Seitenaufrufe", "Page views"),
        Stage::Visit => Text::new("Besuche", "Visits"),
        Stage::FormStart => Text::new("Begonnene Formulare", "Forms started"),
        Stage::FormSubmit => Text::new("Anträge", "Applications"),
        Stage::Completed => Text::new("Abgeschlossene Fälle", "Completed cases"),
        Stage::CaseTotal => Text::new("Fälle insgesamt", "Cases in total"),
    };
    text.get(lang)
}

/// The column of a working time.
pub(super) fn work(item: WorkItem, lang: Lang) -> &'static str {
    let text = match item {
        WorkItem::Cases => Text::new("Fälle der Stichprobe", "Cases in the sample"),
        WorkItem::HandlingMinutes => Text::new("Minuten Bearbeitung", "Minutes of handling"),
        WorkItem::ThroughputDays => Text::new("Tage bis zur Entscheidung", "Days to the decision"),
        WorkItem::Queries => Text::new("Rückfragen", "Follow-up questions"),
        WorkItem::Rekeyed => Text::new("Doppelt erfasste Fälle", "Cases typed in twice"),
    };
    text.get(lang)
}

/// The channel of a measure.
pub(super) fn channel(measure: Measure) -> Channel {
    match measure {
        Measure::Count(_, channel) | Measure::Work(_, channel) => channel,
        Measure::Feedback(..) | Measure::Comments => Channel::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i32, month: u32) -> Period {
        Period::month(Month::new(year, month).unwrap())
    }

    #[test]
    fn months_are_joined_as_one_says_them() {
        let of = |list: &[(i32, u32)], lang| months(&list.iter().map(|&(y, m)| month(y, m)).collect::<Vec<_>>(), lang);
        assert_eq!(of(&[(2025, 1), (2025, 2), (2025, 3), (2025, 6)], Lang::De), "Januar bis März 2025, Juni 2025");
        assert_eq!(of(&[(2024, 11), (2024, 12), (2025, 1)], Lang::De), "November 2024 bis Januar 2025");
        assert_eq!(of(&[(2024, 12), (2025, 1)], Lang::De), "Dezember 2024 und Januar 2025");
        assert_eq!(of(&[(2025, 4), (2025, 5), (2025, 7)], Lang::En), "April and May 2025, July 2025");
        assert_eq!(of(&[], Lang::En), "");
        let quarter = Period::span(Month::new(2025, 4).unwrap(), 3);
        let year = Period::span(Month::new(2024, 1).unwrap(), 12);
        assert_eq!(months(&[year, month(2025, 1), quarter], Lang::De), "Jahr 2024, Januar 2025, 2.\u{a0}Quartal 2025");
        assert_eq!(months(&[quarter], Lang::En), "quarter 2 of 2025");
    }

    #[test]
    fn what_a_template_says_is_read_back() {
        for (months, starts) in [(1, vec![1, 7, 12]), (3, vec![1, 4, 7, 10]), (6, vec![1, 7]), (12, vec![1])] {
            for start in starts {
                let period = Period::span(Month::new(2025, start).unwrap(), months);
                let text = readable(period).unwrap();
                assert_eq!(crate::domain::parse_period(&text, None), Ok(period), "{text}");
            }
        }
        assert_eq!(readable(Period::span(Month::new(2025, 2).unwrap(), 3)), None);
    }

    #[test]
    fn counts_and_days_follow_the_language() {
        assert_eq!(numbers(1, Lang::De), "1\u{a0}Zahl");
        assert_eq!(numbers(1200, Lang::De), "1.200\u{a0}Zahlen");
        assert_eq!(numbers(2, Lang::En), "2\u{a0}numbers");
        let date = chrono::NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        assert_eq!(
            (day(date, Lang::De), day(date, Lang::En)),
            ("30. September 2025".into(), "30 September 2025".into())
        );
    }
}
