//! Plain records: those of which one glance at the texts says what the rules would make of them.
//!
//! A record is plain if every field is spelled in the one way in which the file spells such values:
//! then it can be spelled again from its key, and nothing else of it is kept. Whatever is not plain
//! goes through the rules of its kind, which decide alone; a record taken for plain wrongly would be
//! a fault, one passed on needlessly only costs time.

use super::parquet::Rows;
use super::words::{Packed, Words, pack};
use super::{Block, Job, Parsed};
use crate::domain::{Month, Period};
use crate::ingest::context::Context;
use crate::ingest::facts::{FactKey, PlainFact};
use crate::ingest::mapping::ColumnMap;
use crate::ingest::records::{Fact, Measure};
use crate::ingest::spec::{DateFormat, Grain, Window};

/// What a field can say, and how the file spells it.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct Spelling {
    column: Option<usize>,
    words: Words,
    /// The number of every record where the source declares a constant.
    constant: Option<u32>,
    /// Number -> text.
    texts: Vec<Option<String>>,
}

impl Spelling {
    /// The spelling of `field`, whose values are numbered: `of` reads a mapped text, `canonical` are the
    /// texts that need no mapping. Of several texts for one value the first counts: those of the
    /// `values` of the source, then `canonical`.
    ///
    /// `None` if the field is not mapped, or is mapped to something that no value is.
    pub(in crate::ingest) fn of<'a>(
        context: &'a Context<'_>,
        map: &ColumnMap,
        field: usize,
        canonical: impl Iterator<Item = &'a str>,
        of: impl Fn(&str) -> Option<u32>,
    ) -> Option<Self> {
        let values = context.spec.values.get(context.fields[field].name);
        let read = |text: &str| {
            let mapped = values.and_then(|values| values.get(text)).map_or(text, String::as_str);
            if mapped.is_empty() || context.states.is_missing(mapped) { None } else { of(mapped) }
        };
        let mut out = Self { column: map.column_of(field), words: Words::default(), constant: None, texts: Vec::new() };
        if let Some(text) = map.constant_of(field) {
            let value = read(text)?;
            out.constant = Some(value);
            out.learn(text, value);
            return Some(out);
        }
        out.column?;
        let declared = values.into_iter().flat_map(|values| values.keys().map(String::as_str));
        for text in declared.chain(canonical).filter(|text| crate::ingest::trimmed(text) == *text) {
            if !context.is_declared(field, text) {
                continue;
            }
            if let Some(value) = read(text) {
                out.learn(text, value);
            }
        }
        let texts = out.texts.iter().zip(0..).filter_map(|(text, value)| Some((text.as_deref()?, value)));
        out.words = Words::of(texts);
        Some(out)
    }

    fn learn(&mut self, text: &str, value: u32) {
        let at = value as usize;
        if self.texts.len() <= at {
            self.texts.resize(at + 1, None);
        }
        if self.texts[at].is_none() && !text.is_empty() {
            self.texts[at] = Some(text.to_owned());
        }
    }

    #[inline(always)]
    fn read<C: Cells>(&self, cells: &C) -> Option<u32> {
        match self.column {
            Some(column) => self.words.read(cells, column),
            None => self.constant,
        }
    }
}

impl DateFormat {
    /// The form of `text`, if it is one of those.
    pub(in crate::ingest) fn of(text: &str) -> Option<Self> {
        let forms = [Self::Day, Self::Month, Self::GermanDay, Self::Time, Self::SpacedTime];
        forms.into_iter().find(|form| form.read(text.as_bytes()).is_some())
    }

    /// The day or month that `text` names in this form; `None` also where there is no such day.
    #[inline]
    pub(in crate::ingest) fn read(self, text: &[u8]) -> Option<Period> {
        let (year, month, day) = match (self, text) {
            (Self::Day, [a, b, c, d, b'-', e, f, b'-', g, h]) => (digits([*a, *b, *c, *d])?, [*e, *f], Some([*g, *h])),
            (Self::Month, [a, b, c, d, b'-', e, f]) => (digits([*a, *b, *c, *d])?, [*e, *f], None),
            (Self::GermanDay, [g, h, b'.', e, f, b'.', a, b, c, d]) => {
                (digits([*a, *b, *c, *d])?, [*e, *f], Some([*g, *h]))
            }
            (form, text) => {
                let (day, time) = text.split_first_chunk::<10>()?;
                return if is_time(time, form.clock()?) { Self::Day.read(day) } else { None };
            }
        };
        let month = digits(month)?;
        if !(1900..2200).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let start = Month::new(year.cast_signed(), month)?;
        let Some(day) = day else { return Some(Period::month(start)) };
        let day = digits(day)?;
        let fits = (1..=28).contains(&day) || (29..=31).contains(&day) && day <= start.days();
        fits.then_some(Period { start, months: 1, day: day as u8 })
    }

    /// The character between day and time, if there is a time.
    #[inline]
    fn clock(self) -> Option<u8> {
        match self {
            Self::Time => Some(b'T'),
            Self::SpacedTime => Some(b' '),
            Self::Day | Self::Month | Self::GermanDay => None,
        }
    }

    /// `period` in this form.
    pub(in crate::ingest) fn spell(self, period: Period) -> String {
        let (year, month, day) = (period.start.year(), period.start.number(), period.day.max(1));
        match self {
            Self::Month => period.start.to_string(),
            Self::GermanDay => format!("{day:02}.{month:02}.{year:04}"),
            Self::Day | Self::Time | Self::SpacedTime => format!("{year:04}-{month:02}-{day:02}"),
        }
    }
}

/// Whether `text` is a time of day behind this character.
#[inline]
fn is_time(text: &[u8], sign: u8) -> bool {
    let [first, h1, h2, b':', m1, m2, b':', s1, s2] = text else { return false };
    let below = |text: [u8; 2], limit: u32| digits(text).is_some_and(|number| number < limit);
    *first == sign && below([*h1, *h2], 24) && below([*m1, *m2], 60) && below([*s1, *s2], 60)
}

#[inline]
fn digits<const N: usize>(text: [u8; N]) -> Option<u32> {
    let mut out = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        out = 10 * out + u32::from(digit);
    }
    Some(out)
}

/// A whole number without sign, leading zeros or separators, as a computer writes it.
#[inline]
pub(in crate::ingest) fn plain_count(text: &[u8]) -> Option<u32> {
    let digits = match text {
        [] | [b'0', _, ..] => return None,
        digits if digits.len() <= 9 => digits,
        _ => return None,
    };
    let mut out = 0;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        out = 10 * out + u32::from(digit);
    }
    Some(out)
}

/// As [`plain_count`], of a text of at most eight bytes in a machine word. All digits at once: each is at most 9, two
/// neighbours become a number below 100, two of those one below 10,000.
#[inline(always)]
fn short_count(text: u64) -> Option<u32> {
    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);
    const LOW: u64 = u64::from_ne_bytes([0x7F; 8]);
    const HIGH: u64 = !LOW;
    /// Adds up to the high bit with whatever is above 9.
    const ABOVE_9: u64 = u64::from_ne_bytes([0x80 - 10; 8]);
    if text == 0 {
        return None;
    }
    let blank = text.leading_zeros() & !7;
    let digits = (text ^ (ZEROS >> blank)) << blank;
    let strange = (((digits & LOW) + ABOVE_9) | digits) & HIGH;
    let leading_zero = text as u8 == b'0' && blank < 56;
    if strange != 0 || leading_zero {
        return None;
    }
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    Some((fours * 10_000 + (fours >> 32)) as u32)
}

/// What the record before says of when it happened: neighbours mostly say the same.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Recent {
    text: Packed,
    key: Option<FactKey>,
}

/// The texts of one record.
pub(in crate::ingest) trait Cells {
    /// The text of a column.
    fn text(&self, column: usize) -> &[u8];

    /// The same as two machine words, if it is short enough.
    fn packed(&self, column: usize) -> Option<Packed>;

    /// The same as one machine word.
    #[inline(always)]
    fn word(&self, column: usize) -> Option<u64> {
        match self.packed(column)? {
            [word, 0] => Some(word),
            _ => None,
        }
    }
}

/// Recognises plain records.
pub(in crate::ingest) trait Record {
    /// Adds what the record with these cells says to `out`; `false`, and nothing added, if it is not
    /// plain. `count` is the number in the count column where the format types it.
    /// `recent` is of the records before, of the same file.
    fn record<C: Cells>(
        &self,
        cells: &C,
        count: Option<Option<i64>>,
        row: u32,
        recent: &mut Recent,
        out: &mut Vec<PlainFact>,
    ) -> bool;
}

/// Tells plain records of one file.
pub(in crate::ingest) trait Recognise: Send + Sync {
    /// What a block holds, see [`Job::parse`].
    fn block(&self, job: &Job<'_>, block: &Block, facts: &mut Vec<PlainFact>) -> Option<Parsed>;

    /// What some rows of a table hold, see [`Rows::parse`].
    fn rows(&self, rows: &Rows) -> Parsed;

    /// The column with the count, which a format may type.
    fn count_column(&self) -> Option<usize> {
        None
    }

    /// A column of free text, of which only counts whether there is any.
    fn free_column(&self) -> Option<usize> {
        None
    }

    /// How the file spells counts of use, if it has any.
    fn speller(&self) -> Option<Speller> {
        None
    }
}

/// How a file spells the counts of use that are plain.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ingest) struct Speller {
    pub(in crate::ingest) form: DateFormat,
    /// Texts by number: areas, services, channels, stages.
    pub(in crate::ingest) texts: [Vec<Option<String>>; 4],
}

impl Speller {
    /// The texts of a plain record by field, as the file has them.
    pub(in crate::ingest) fn spell(&self, fact: &Fact) -> Vec<String> {
        let Measure::Count(stage, channel) = fact.measure else { return Vec::new() };
        let numbers = [fact.area, fact.service, channel as u32, stage as u32];
        let [area, service, channel, stage] =
            std::array::from_fn(|at| self.texts[at].get(numbers[at] as usize).cloned().flatten().unwrap_or_default());
        vec![area, service, self.form.spell(fact.period), channel, stage, fact.value.to_string()]
    }
}

/// When it happened.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct When {
    pub(in crate::ingest) column: usize,
    pub(in crate::ingest) form: DateFormat,
    pub(in crate::ingest) grain: Grain,
    /// Texts that the source gives another meaning.
    pub(in crate::ingest) unusual: Vec<String>,
    /// The months that the source is read for.
    pub(in crate::ingest) window: Option<Window>,
}

impl When {
    /// The key of the period that [`Self::read`] finds, of the first area, service and measure; mostly it is that of the
    /// record before.
    #[inline(always)]
    fn key<C: Cells>(&self, cells: &C, recent: &mut Recent) -> Option<FactKey> {
        let read = || FactKey::of(0, 0, self.read(cells)?, Measure::of_code(0)?);
        let text = match self.form.clock() {
            None => cells.packed(self.column),
            // The day says all, if the rest is a time and no text means something else.
            Some(sign) => match cells.text(self.column).split_first_chunk::<10>() {
                Some((day, time)) if self.unusual.is_empty() && is_time(time, sign) => Some(pack(day)),
                _ => None,
            },
        };
        let Some(text) = text else { return read() };
        if text != recent.text {
            *recent = Recent { text, key: read() };
        }
        recent.key
    }

    #[inline]
    fn read<C: Cells>(&self, cells: &C) -> Option<Period> {
        let text = cells.text(self.column);
        let period = self.form.read(text)?;
        if self.window.is_some_and(|window| !window.holds(period)) {
            return None;
        }
        if self.unusual.iter().any(|unusual| unusual.as_bytes() == text) {
            return None;
        }
        match self.grain {
            Grain::Day => Some(period),
            // Of another day the date could not be spelled again.
            Grain::Month => (period.day <= 1).then_some(Period { day: 0, ..period }),
        }
    }
}

/// Plain records of counts of use.
pub(in crate::ingest) struct PlainUsage {
    pub(in crate::ingest) when: When,
    pub(in crate::ingest) area: Spelling,
    pub(in crate::ingest) service: Spelling,
    pub(in crate::ingest) channel: Spelling,
    pub(in crate::ingest) stage: Spelling,
    pub(in crate::ingest) count: usize,
    /// Counts that mean something else: codes for missing values, mapped values.
    pub(in crate::ingest) special: Vec<u32>,
}

impl PlainUsage {
    #[inline(always)]
    fn count<C: Cells>(&self, cells: &C, typed: Option<Option<i64>>) -> Option<u32> {
        let count = match (typed, cells.word(self.count)) {
            (Some(typed), _) => u32::try_from(typed?).ok().filter(|&count| count < 1_000_000_000)?,
            (None, Some(digits)) => short_count(digits)?,
            (None, None) => plain_count(cells.text(self.count))?,
        };
        (self.special.is_empty() || !self.special.contains(&count)).then_some(count)
    }
}

impl Record for PlainUsage {
    #[inline(always)]
    fn record<C: Cells>(
        &self,
        cells: &C,
        count: Option<Option<i64>>,
        row: u32,
        recent: &mut Recent,
        out: &mut Vec<PlainFact>,
    ) -> bool {
        let Some(count) = self.count(cells, count) else { return false };
        let Some(when) = self.when.key(cells, recent) else { return false };
        let (Some(area), Some(service)) = (self.area.read(cells), self.service.read(cells)) else { return false };
        let (Some(channel), Some(stage)) = (self.channel.read(cells), self.stage.read(cells)) else { return false };
        let key = when.of_area(area, service).of_count(stage, channel);
        out.push(PlainFact { key, count, row });
        true
    }
}

impl Recognise for PlainUsage {
    fn block(&self, job: &Job<'_>, block: &Block, facts: &mut Vec<PlainFact>) -> Option<Parsed> {
        job.parse(self, block, facts)
    }

    fn rows(&self, rows: &Rows) -> Parsed {
        rows.parse(self)
    }

    fn count_column(&self) -> Option<usize> {
        Some(self.count)
    }

    fn speller(&self) -> Option<Speller> {
        let texts = [&self.area, &self.service, &self.channel, &self.stage].map(|spelling| spelling.texts.clone());
        Some(Speller { form: self.when.form, texts })
    }
}

/// Plain votes of feedback buttons.
pub(in crate::ingest) struct PlainVotes {
    pub(in crate::ingest) when: When,
    pub(in crate::ingest) area: Spelling,
    pub(in crate::ingest) service: Spelling,
    /// Votes by the number of their spelling.
    pub(in crate::ingest) vote: Spelling,
    pub(in crate::ingest) votes: Vec<Measure>,
    /// The column with comments, and whether a comment is only counted.
    pub(in crate::ingest) comment: Option<(usize, bool)>,
}

impl Record for PlainVotes {
    #[inline(always)]
    fn record<C: Cells>(
        &self,
        cells: &C,
        _: Option<Option<i64>>,
        row: u32,
        recent: &mut Recent,
        out: &mut Vec<PlainFact>,
    ) -> bool {
        let Some(commented) = self.is_commented(cells) else { return false };
        let Some(when) = self.when.key(cells, recent) else { return false };
        let (Some(area), Some(service)) = (self.area.read(cells), self.service.read(cells)) else { return false };
        let Some(&measure) = self.vote.read(cells).and_then(|vote| self.votes.get(vote as usize)) else { return false };
        let Some(key) = when.whole_month().of_area(area, service).with(measure) else { return false };
        out.push(PlainFact { key, count: 1, row });
        if commented {
            out.extend(key.with(Measure::Comments).map(|key| PlainFact { key, count: 1, row }));
        }
        true
    }
}

impl PlainVotes {
    /// Whether there is a comment; `None` where only the rules can tell.
    #[inline(always)]
    fn is_commented<C: Cells>(&self, cells: &C) -> Option<bool> {
        let Some((column, only_counted)) = self.comment else { return Some(false) };
        let comment = cells.text(column);
        // Blanks alone are no comment; the rules know which characters are blank.
        let plain = comment.is_empty() || only_counted && comment[0] > b' ' && comment[0] < 0x80;
        plain.then_some(!comment.is_empty())
    }
}

impl Recognise for PlainVotes {
    fn block(&self, job: &Job<'_>, block: &Block, facts: &mut Vec<PlainFact>) -> Option<Parsed> {
        job.parse(self, block, facts)
    }

    fn rows(&self, rows: &Rows) -> Parsed {
        rows.parse(self)
    }

    fn free_column(&self) -> Option<usize> {
        self.comment.map(|(column, _)| column)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::parse_period;

    #[test]
    fn a_form_reads_what_the_rules_read_and_nothing_more() {
        let texts = [
            "2025-03-17",
            "2025-02-29",
            "2024-02-29",
            "2025-3-17",
            "2025-13-01",
            "2025-03-32",
            "2025-03",
            "2025-00",
            "2023-24",
            "17.03.2025",
            "31.04.2025",
            "1.3.2025",
            "2025-03-17T08:15:00",
            "2025-03-17 23:59:59",
            "2025-03-17T24:00:00",
            "2025-03-17T10:61:00",
            "2025-03-17T10:00:60",
            "1899-01-01",
            "2200-01-01",
            "",
            "2025-03-1x",
            "12.2025",
        ];
        for text in texts {
            let Some(form) = DateFormat::of(text) else { continue };
            assert_eq!(form.read(text.as_bytes()), parse_period(text, None).ok(), "{text}");
        }
        let formed: Vec<&str> = texts.into_iter().filter(|text| DateFormat::of(text).is_some()).collect();
        assert_eq!(
            formed,
            ["2025-03-17", "2024-02-29", "2025-03", "17.03.2025", "2025-03-17T08:15:00", "2025-03-17 23:59:59"]
        );
        for text in ["2025-03-17", "2025-03", "17.03.2025"] {
            let form = DateFormat::of(text).unwrap();
            assert_eq!(form.spell(form.read(text.as_bytes()).unwrap()), text);
        }
    }

    /// A record with one column.
    struct Only<'a>(&'a str);

    impl Cells for Only<'_> {
        fn text(&self, _: usize) -> &[u8] {
            self.0.as_bytes()
        }

        fn packed(&self, _: usize) -> Option<Packed> {
            (self.0.len() <= 16).then(|| pack(self.0.as_bytes()))
        }
    }

    proptest! {
        /// Whatever the records before say.
        #[test]
        fn a_date_is_remembered_only_with_what_it_says(
            days in proptest::collection::vec("2025-0[123]-(0[1-9]|31)|2025-03||0[1-9][.]0[123][.]2025", 0..30),
            times in proptest::collection::vec("|[T ](23|24):(00|59|60):(00|60)|T1:00:000", 30),
            (form, grain) in (0usize..5, any::<bool>()),
            unusual in "2025-02-01|2025-01-31T23:00:00|",
        ) {
            use DateFormat::{Day, GermanDay, Month as OfMonth, SpacedTime, Time};
            let form = [Day, OfMonth, GermanDay, Time, SpacedTime][form];
            let grain = if grain { Grain::Day } else { Grain::Month };
            let window = Some(Window { from: Month::new(2025, 1).unwrap(), until: Month::new(2025, 2).unwrap() });
            let unusual = Some(unusual).filter(|text| !text.is_empty()).into_iter().collect();
            let when = When { column: 0, form, grain, unusual, window };
            let mut recent = Recent::default();
            for (day, time) in days.iter().zip(&times) {
                let text = format!("{day}{time}");
                let read = when.read(&Only(&text)).and_then(|period| FactKey::of(0, 0, period, Measure::of_code(0)?));
                prop_assert_eq!(when.key(&Only(&text), &mut recent), read, "{}", text);
            }
        }

        #[test]
        fn a_count_is_plain_if_it_is_spelled_again(text in "[0-9/:;.,a ]{0,11}|[1-9][0-9]{0,9}") {
            let number = text.parse::<u32>().ok().filter(|&n| n < 1_000_000_000 && n.to_string() == text);
            prop_assert_eq!(plain_count(text.as_bytes()), number);
            if let Some([digits, 0]) = (text.len() <= 8).then(|| pack(text.as_bytes())) {
                prop_assert_eq!(short_count(digits), number);
            }
        }
    }

    #[test]
    fn only_counts_as_a_computer_writes_them_are_plain() {
        for (text, count) in [("0", 0), ("7", 7), ("120", 120), ("999999999", 999_999_999)] {
            assert_eq!(plain_count(text.as_bytes()), Some(count));
        }
        for text in ["", "00", "007", "-1", "+1", "1.5", "1 000", "1000000000", "١", "12a"] {
            assert_eq!(plain_count(text.as_bytes()), None, "{text}");
        }
    }
}
