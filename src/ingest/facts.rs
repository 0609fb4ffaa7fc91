//! Validated numbers on their way to the panel, before it is decided which of several with the same
//! key counts.
//!
//! Most numbers of a large delivery are plain: a count of one day or month, spelled in the one way
//! in which the file spells it. They are kept in one or two machine words, see [`Lanes`]. Everything else is
//! a [`LooseFact`].

use super::bulk::plain::Speller;
use super::kinds::usage::{COUNT, FIELDS, PERIOD};
use super::lanes::{Lanes, Shelf, Split};
use super::records::{Fact, FeedbackPlace, Lost, Measure, Scale};
use crate::domain::{CellState, Channel, Month, Period, Stage};

/// Areas that a key has room for.
const AREAS: u32 = 1 << 17;
/// Services that a key has room for.
const SERVICES: u32 = 1 << 15;

/// Area, service, month, measure and day, in this order from the highest bit: numbers sorted by key
/// are sorted by area, service and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey(u64);

const DAY_BITS: u32 = 5;
const MEASURE_BITS: u32 = 7;
const MONTH_BITS: u32 = 15;
const SERVICE_BITS: u32 = 15;
const MEASURE_AT: u32 = DAY_BITS;
const MONTH_AT: u32 = MEASURE_AT + MEASURE_BITS;
const SERVICE_AT: u32 = MONTH_AT + MONTH_BITS;
const AREA_AT: u32 = SERVICE_AT + SERVICE_BITS;

impl FactKey {
    /// Bits of the day, which stand lowest.
    pub const DAY: u32 = DAY_BITS;
    /// Bits below the month: of measure and day.
    pub const BELOW_MONTH: u32 = MONTH_AT;

    /// Whether keys have room for a register of `areas` and a catalogue of `services`.
    #[must_use]
    pub fn fits(areas: usize, services: usize) -> bool {
        areas <= AREAS as usize && services <= SERVICES as usize
    }

    /// The key of a number of one month or day; `None` for another span or measure, or beyond [`Self::fits`].
    #[must_use]
    #[inline]
    pub fn of(area: u32, service: u32, period: Period, measure: Measure) -> Option<Self> {
        let month = u64::try_from(period.start.index()).ok().filter(|&month| month < 1 << MONTH_BITS)?;
        if period.months != 1 || area >= AREAS || service >= SERVICES {
            return None;
        }
        let key = u64::from(area) << AREA_AT
            | u64::from(service) << SERVICE_AT
            | month << MONTH_AT
            | u64::from(measure_code(measure)?) << MEASURE_AT
            | u64::from(period.day);
        Some(Self(key))
    }

    /// The same key in an area and of a service of those that [fit](Self::fits), where `self` has the first ones.
    #[inline(always)]
    pub(in crate::ingest) fn of_area(self, area: u32, service: u32) -> Self {
        debug_assert!(area < AREAS && service < SERVICES);
        Self(self.0 | u64::from(area) << AREA_AT | u64::from(service) << SERVICE_AT)
    }

    /// The same key of a count of use by the numbers of stage and channel, where `self` has the first measure.
    #[inline(always)]
    pub(in crate::ingest) fn of_count(self, stage: u32, channel: u32) -> Self {
        debug_assert!(stage < Stage::ALL.len() as u32 && channel < u32::from(CHANNELS));
        let measure = stage.wrapping_mul(u32::from(CHANNELS)).wrapping_add(channel);
        Self(self.0 | u64::from(measure) << MEASURE_AT)
    }

    /// The same key of the month as a whole.
    #[inline]
    pub(in crate::ingest) fn whole_month(self) -> Self {
        Self(self.0 >> DAY_BITS << DAY_BITS)
    }

    /// The least key of an area, a service and a month, each of them out of a key.
    #[must_use]
    pub fn least(area: u32, service: u32, month_index: u32) -> Self {
        Self(u64::from(area) << AREA_AT | u64::from(service) << SERVICE_AT | u64::from(month_index) << MONTH_AT)
    }

    /// Dense area number.
    #[must_use]
    pub fn area(self) -> u32 {
        (self.0 >> AREA_AT) as u32
    }

    /// Dense service number.
    #[must_use]
    pub fn service(self) -> u32 {
        self.bits(SERVICE_AT, SERVICE_BITS)
    }

    /// [`Month::index`] of the month.
    #[must_use]
    #[inline]
    pub fn month_index(self) -> u32 {
        self.bits(MONTH_AT, MONTH_BITS)
    }

    /// The month, or the day.
    #[must_use]
    pub fn period(self) -> Period {
        Period {
            start: Month::from_index(self.month_index().cast_signed()),
            months: 1,
            day: self.bits(0, DAY_BITS) as u8,
        }
    }

    /// What is counted.
    #[must_use]
    pub fn measure(self) -> Measure {
        MEASURES[usize::from(self.code())]
    }

    /// Number of what is counted, see [`Measure::code`].
    #[must_use]
    #[inline]
    pub fn code(self) -> u8 {
        self.bits(MEASURE_AT, MEASURE_BITS) as u8
    }

    /// The same key of another measure; `None` for one that keys have no room for.
    #[must_use]
    #[inline]
    pub fn with(self, measure: Measure) -> Option<Self> {
        let others = !(((1 << MEASURE_BITS) - 1) << MEASURE_AT);
        Some(Self(self.0 & others | u64::from(measure_code(measure)?) << MEASURE_AT))
    }

    /// Whether several numbers of its month are added, see [`Measure::is_additive`].
    #[must_use]
    #[inline]
    pub fn is_additive(self) -> bool {
        self.code() >= COUNTS
    }

    /// Area and service alone, comparable with those of other keys.
    #[must_use]
    pub fn pair(self) -> u64 {
        self.0 >> SERVICE_AT
    }

    /// All but the day: numbers of the same month and measure.
    #[must_use]
    pub fn monthly(self) -> u64 {
        self.0 >> DAY_BITS
    }

    /// Whether the key is of a single day.
    #[must_use]
    pub fn is_day(self) -> bool {
        self.bits(0, DAY_BITS) > 0
    }

    /// The bits themselves, for sorting.
    #[must_use]
    pub fn raw(self) -> u64 {
        self.0
    }

    /// From [`Self::raw`].
    #[must_use]
    pub fn from_raw(raw: u64) -> Self {
        Self(raw)
    }

    fn bits(self, at: u32, bits: u32) -> u32 {
        ((self.0 >> at) & ((1 << bits) - 1)) as u32
    }
}

/// Answers of the feedback buttons: place x (binary 2, three-way 3, stars 5).
const ANSWERS: u8 = 10;
const CHANNELS: u8 = Channel::ALL.len() as u8;
const COUNTS: u8 = Stage::ALL.len() as u8 * CHANNELS;
const COMMENTS: u8 = COUNTS + 2 * ANSWERS;

#[inline]
fn measure_code(measure: Measure) -> Option<u8> {
    Some(match measure {
        Measure::Count(stage, channel) => stage as u8 * CHANNELS + channel as u8,
        Measure::Feedback(place, scale, answer) => {
            let at = match scale {
                Scale::Binary => u8::from(answer != 1),
                Scale::ThreeWay => 1 + answer,
                Scale::Stars => 4 + answer,
            };
            COUNTS + if place == FeedbackPlace::FormEnd { ANSWERS } else { 0 } + at
        }
        Measure::Comments => COMMENTS,
        Measure::Work(..) => return None,
    })
}

/// Everything that a key can count.
pub(in crate::ingest) fn measures() -> impl Iterator<Item = Measure> {
    (0..=COMMENTS).map(measure_of)
}

/// What each number counts.
static MEASURES: [Measure; 1 << MEASURE_BITS] = {
    let mut all = [Measure::Comments; 1 << MEASURE_BITS];
    let mut code = 0;
    while code < COMMENTS {
        all[code as usize] = measure_of(code);
        code += 1;
    }
    all
};

const fn measure_of(code: u8) -> Measure {
    if code < COUNTS {
        return Measure::Count(Stage::ALL[(code / CHANNELS) as usize], Channel::ALL[(code % CHANNELS) as usize]);
    }
    if code >= COMMENTS {
        return Measure::Comments;
    }
    let at = code - COUNTS;
    let place = if at >= ANSWERS { FeedbackPlace::FormEnd } else { FeedbackPlace::Page };
    let (scale, answer) = match at % ANSWERS {
        0 => (Scale::Binary, 1),
        1 => (Scale::Binary, 3),
        answer @ 2..=4 => (Scale::ThreeWay, answer - 1),
        stars => (Scale::Stars, stars - 4),
    };
    Measure::Feedback(place, scale, answer)
}

impl Measure {
    /// Whether several numbers of the same month are added: votes and working times are told one by
    /// one, while a count of use is delivered once.
    #[must_use]
    pub fn is_additive(self) -> bool {
        !matches!(self, Self::Count(..))
    }

    /// Its number in a [`FactKey`]; `None` where a key has no room for it.
    #[must_use]
    pub fn code(self) -> Option<u8> {
        measure_code(self)
    }

    /// The measure of this number.
    #[must_use]
    pub const fn of_code(code: u8) -> Option<Self> {
        if code <= COMMENTS { Some(measure_of(code)) } else { None }
    }
}

/// An observed number of one day or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainFact {
    /// What it is about.
    pub key: FactKey,
    /// The number.
    pub count: u32,
    /// Records of its block before its own.
    pub row: u32,
}

/// The plain facts of consecutive records of one file.
#[derive(Debug, Clone, Default)]
pub struct FactBlock {
    /// Number of the source.
    pub source: u16,
    /// Number of the file, in the order of reading.
    pub file: u32,
    /// The record with row 0, counted from 1.
    pub first_record: u64,
    /// Line of that record; 0 if the format has none.
    pub first_line: u64,
    /// For each row the lines since `first_line`, where rows and lines differ.
    pub lines: Option<Vec<u32>>,
    /// The facts: those of one share of the areas together, in file order within.
    pub facts: Lanes,
}

impl FactBlock {
    /// Record and line of a row, from 1; the line is 0 where the format has none.
    #[must_use]
    pub fn place(&self, row: u32) -> (u64, u64) {
        let line = match &self.lines {
            _ if self.first_line == 0 => 0,
            Some(lines) => self.first_line + u64::from(lines[row as usize]),
            None => self.first_line + u64::from(row),
        };
        (self.first_record + u64::from(row), line)
    }
}

/// A number that is not plain: of a quarter or year, without a value, or spelled in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseFact {
    /// The number.
    pub fact: Fact,
    /// Whether it is one of several that are added up, as single cases are.
    pub additive: bool,
    /// Whether its day stands for the week.
    pub weekly: bool,
    /// Number of the file, in the order of reading.
    pub file: u32,
    /// Record number from 1.
    pub record: u64,
    /// Which number of the record, from 0.
    pub entry: u32,
    /// Line from 1; 0 if the format has none.
    pub line: u64,
    /// What its record says, for the case that another one counts.
    pub evidence: Option<Box<Evidence>>,
}

impl LooseFact {
    /// One of several numbers that are added up.
    #[must_use]
    pub fn summand(fact: Fact) -> Self {
        Self { fact, additive: true, weekly: false, file: 0, record: 0, entry: 0, line: 0, evidence: None }
    }
}

/// The texts of an entry that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// By field, as delivered; empty for free text.
    pub texts: Vec<String>,
    /// The headers of the columns with the count and with the period.
    pub columns: [String; 2],
}

/// A file that facts were read from.
#[derive(Debug, Clone)]
pub struct FactFile {
    /// Its path relative to the configuration.
    pub name: String,
    /// Spells its plain counts of use again, where it has any.
    pub(in crate::ingest) speller: Option<std::sync::Arc<Speller>>,
    /// The headers by field.
    pub(in crate::ingest) columns: Vec<String>,
}

/// Everything that was read and passed the rules for single records.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// How the areas are divided into shares.
    pub split: Split,
    /// Where plain facts are that do not fit into memory.
    pub shelf: std::sync::Arc<Shelf>,
    /// The files, by number.
    pub files: Vec<FactFile>,
    /// Plain facts, in the order of reading.
    pub blocks: Vec<FactBlock>,
    /// The others, in the order of reading.
    pub loose: Vec<LooseFact>,
    /// Rejected records of numbers, each once.
    pub lost: Vec<Lost>,
}

/// The texts of an entry, for a finding about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelled {
    /// Field and text, without empty ones.
    pub values: Vec<(String, String)>,
    /// Column and text of the count.
    pub count: (String, String),
    /// Column and text of the period.
    pub period: (String, String),
}

impl Facts {
    /// The first and the last month that a number is about.
    #[must_use]
    pub fn months(&self) -> Option<(Month, Month)> {
        let plain = self.blocks.iter().filter_map(|block| block.facts.months());
        let loose = self.loose.iter().map(|loose| (loose.fact.period.start, loose.fact.period.end()));
        plain.chain(loose).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The texts of a count of use: of a plain one by its file and what it says, of another one by its position
    /// among [`Self::loose`].
    #[must_use]
    pub fn spell(&self, file: u32, plain: Option<&Fact>, loose: Option<usize>) -> Option<Spelled> {
        let (texts, columns) = match plain {
            Some(fact) => {
                let file = self.files.get(file as usize)?;
                (
                    file.speller.as_ref()?.spell(fact),
                    [file.columns.get(COUNT)?.clone(), file.columns.get(PERIOD)?.clone()],
                )
            }
            None => {
                let evidence = self.loose.get(loose?)?.evidence.as_deref()?;
                (evidence.texts.clone(), evidence.columns.clone())
            }
        };
        let text = |field: usize| texts.get(field).cloned().unwrap_or_default();
        let [count, period] = columns;
        let (count, period) = ((count, text(COUNT)), (period, text(PERIOD)));
        let named = FIELDS.iter().zip(texts).filter(|(_, text)| !text.is_empty());
        Some(Spelled { values: named.map(|(field, text)| (field.name.to_owned(), text)).collect(), count, period })
    }
}

impl PlainFact {
    /// As a fact of `source`.
    #[must_use]
    pub fn fact(self, source: u16) -> Fact {
        Fact {
            area: self.key.area(),
            service: self.key.service(),
            period: self.key.period(),
            measure: self.key.measure(),
            state: CellState::Observed,
            value: i64::from(self.count),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measures() -> Vec<Measure> {
        let counts = Stage::ALL.into_iter().flat_map(|s| Channel::ALL.map(|c| Measure::Count(s, c)));
        let votes = [FeedbackPlace::Page, FeedbackPlace::FormEnd].into_iter().flat_map(|place| {
            let of = |scale, answers: &'static [u8]| answers.iter().map(move |&a| Measure::Feedback(place, scale, a));
            of(Scale::Binary, &[1, 3]).chain(of(Scale::ThreeWay, &[1, 2, 3])).chain(of(Scale::Stars, &[1, 2, 3, 4, 5]))
        });
        counts.chain(votes).chain([Measure::Comments]).collect()
    }

    #[test]
    fn a_key_says_what_went_in_and_sorts_by_area_service_month() {
        let mut keys = Vec::new();
        for (area, service) in [(0, 0), (0, 1), (1, 0), (AREAS - 1, SERVICES - 1)] {
            for (year, month, day) in [(1900, 1, 0), (2025, 2, 28), (2199, 12, 31)] {
                for measure in measures() {
                    let period = Period { start: Month::new(year, month).unwrap(), months: 1, day };
                    let key = FactKey::of(area, service, period, measure).unwrap();
                    assert_eq!(
                        (key.area(), key.service(), key.period(), key.measure()),
                        (area, service, period, measure)
                    );
                    assert_eq!((key.is_day(), key.is_additive()), (day > 0, measure.is_additive()));
                    let rest = u64::from(measure.code().unwrap()) << FactKey::DAY | u64::from(day);
                    assert!(rest < 1 << FactKey::BELOW_MONTH);
                    assert_eq!(FactKey::least(area, service, key.month_index()).raw() + rest, key.raw());
                    assert!(
                        measures()
                            .into_iter()
                            .all(|other| { key.with(other) == FactKey::of(area, service, period, other) })
                    );
                    keys.push((area, service, period.start, key));
                }
            }
        }
        keys.sort_by_key(|(.., key)| *key);
        assert!(keys.windows(2).all(|w| (w[0].0, w[0].1, w[0].2) <= (w[1].0, w[1].1, w[1].2)));
        let month = Period::month(Month::new(2025, 1).unwrap());
        let count = Measure::Count(Stage::Visit, Channel::Online);
        let blank = FactKey::of(0, 0, month, measure_of(0)).unwrap();
        let near = blank.of_area(7, 9);
        for (stage, channel) in Stage::ALL.into_iter().flat_map(|s| Channel::ALL.map(|c| (s, c))) {
            let key = FactKey::of(7, 9, month, Measure::Count(stage, channel));
            assert_eq!(Some(near.of_count(stage as u32, channel as u32)), key);
        }
        let day = FactKey::of(7, 9, Period { day: 31, ..month }, measure_of(0)).unwrap();
        assert_eq!((day.whole_month(), near.whole_month()), (near, near));
        assert_eq!(FactKey::of(AREAS, 0, month, count), None);
        assert_eq!(FactKey::of(0, SERVICES, month, count), None);
        assert_eq!(FactKey::of(0, 0, Period::span(month.start, 3), count), None);
        assert!(FactKey::fits(10_981, 5_000) && !FactKey::fits(200_000, 1));
    }
}
