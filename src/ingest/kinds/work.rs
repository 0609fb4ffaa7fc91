//! Working times. Durations are sums over the cases of a record, in the unit that the source
//! declares under `units`, else in the field's own.
//!
//! They are kept in milliseconds, exactly, and converted only as the sum of a month (or longer
//! span): records of 20 seconds each add up to minutes instead of vanishing one by one. The sum is
//! rounded half to even, so that it is off by at most half a minute or half a day.

use std::collections::BTreeMap;

use super::Kind;
use crate::domain::{CellState, Channel, Month, Period, say};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::ledger::{Ledger, Spans, is_week};
use crate::ingest::losses::{Losses, PartOfKey};
use crate::ingest::mapping::{Entry, FieldSpec, closest, optional, required};
use crate::ingest::records::{Fact, Lost, Measure, WorkItem};
use crate::ingest::spec::{SourceKind, SourceSpec};
use crate::ingest::value::{parse_count, parse_decimal};
use crate::{Error, Result};

const AREA: usize = 0;
const SERVICE: usize = 1;
const PERIOD: usize = 2;
const CHANNEL: usize = 3;
const CASES: usize = 4;
const HANDLING: usize = 5;
const THROUGHPUT: usize = 6;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    required("period"),
    required("channel"),
    required("n"),
    optional("handling_minutes"),
    optional("throughput_days"),
    optional("queries"),
    optional("rekeyed"),
];
const ITEMS: [(usize, WorkItem); 5] = [
    (CASES, WorkItem::Cases),
    (HANDLING, WorkItem::HandlingMinutes),
    (THROUGHPUT, WorkItem::ThroughputDays),
    (7, WorkItem::Queries),
    (8, WorkItem::Rekeyed),
];

const MINUTE: i128 = 60_000;
const DAY: i128 = 24 * 60 * MINUTE;
/// Units of time and their length in milliseconds.
const UNITS: [(&str, i128); 6] = [
    ("milliseconds", 1),
    ("seconds", 1_000),
    ("minutes", MINUTE),
    ("hours", 60 * MINUTE),
    ("days", DAY),
    ("weeks", 7 * DAY),
];
/// A longer mean per case is no handling time: only few kinds of cases take three working days, while
/// 30 minutes delivered as seconds would be 30 hours.
const LONGEST_HANDLING: i128 = DAY;
/// Nor does a case last longer than ten years on average.
const LONGEST_THROUGHPUT: i128 = 3_653 * DAY;

/// The length of the unit that a duration field itself is in, and the longest plausible mean per case.
fn duration(field: usize) -> Option<(i128, i128)> {
    match field {
        HANDLING => Some((MINUTE, LONGEST_HANDLING)),
        THROUGHPUT => Some((DAY, LONGEST_THROUGHPUT)),
        _ => None,
    }
}

/// The length of the unit that the source delivers a duration field in.
fn delivered_in(spec: &SourceSpec, field: usize, own: i128) -> i128 {
    let unit = spec.units.get(FIELDS[field].name);
    unit.and_then(|unit| UNITS.iter().find(|(name, _)| name == unit)).map_or(own, |(_, length)| *length)
}

/// Checks `units`.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    for (field, unit) in &spec.units {
        let at = FIELDS.iter().position(|f| f.name == field);
        if spec.kind != SourceKind::Work || at.and_then(duration).is_none() {
            return Err(Error::config(say!(
                "Quelle „{}“: units.{field}: Dieses Feld hat keine Zeiteinheit",
                "source \"{}\": units.{field}: this field has no unit of time",
                spec.name
            ))
            .hint(say!(
                "Zeiteinheiten gibt es für kind = \"work\": handling_minutes und throughput_days",
                "units are for kind = \"work\": handling_minutes and throughput_days"
            )));
        }
        if UNITS.iter().all(|(name, _)| name != unit) {
            let known: Vec<String> = UNITS.iter().map(|(name, _)| (*name).to_owned()).collect();
            let error = Error::config(say!(
                "Quelle „{}“: units.{field}: „{unit}“ gibt es nicht",
                "source \"{}\": units.{field}: \"{unit}\" is not known",
                spec.name
            ));
            let allowed = known.join(", ");
            return Err(match closest(unit, &known) {
                Some(similar) => error.did_you_mean(similar),
                None => error.hint(say!("Erlaubt sind: {allowed}", "allowed are: {allowed}")),
            });
        }
    }
    Ok(())
}

/// A number of a record; durations with their exact length in milliseconds.
struct Number {
    fact: Fact,
    length: Option<i128>,
}

/// Working times as sums over the cases observed.
#[derive(Default)]
pub(in crate::ingest) struct WorkKind {
    /// One group of numbers per record.
    groups: Vec<Vec<Number>>,
    ledger: Ledger<(u32, u32, Period, Channel)>,
    spans: Spans<(u32, u32, Channel)>,
    lost: Losses,
}

impl WorkKind {
    /// What rejected records leave unknown: all numbers of each. They are known by the one of cases.
    pub(in crate::ingest) fn lost(&mut self) -> Vec<Lost> {
        let series = |lost: &Lost, measure| (lost.area, lost.service, channel_of(measure));
        let known = |lost: &Lost, period, measure| {
            self.ledger.position(&(lost.area, lost.service, period, channel_of(measure))).is_some()
        };
        let records = std::mem::take(&mut self.lost).of_numbers(&self.spans, series, known);
        let all = |lost: Lost| {
            let of_channel = lost.measure.map(channel_of);
            let measure = move |item| of_channel.map(|channel| Measure::Work(item, channel));
            let items = if of_channel.is_some() { &ITEMS[..] } else { &ITEMS[..1] };
            items.iter().map(move |&(_, item)| Lost { measure: measure(item), ..lost })
        };
        records.into_iter().flat_map(all).collect()
    }

    /// The facts; durations in the field's own unit, so that they add up to the rounded sum of
    /// each month or longer span.
    pub(in crate::ingest) fn facts(self) -> impl Iterator<Item = Fact> {
        let mut sums: BTreeMap<(u32, u32, Month, u16, Measure), i128> = BTreeMap::new();
        self.groups.into_iter().flatten().map(move |Number { mut fact, length }| {
            if let (Some(length), Some(own)) = (length, own_unit(fact.measure)) {
                let key = (fact.area, fact.service, fact.period.start, fact.period.months, fact.measure);
                let sum = sums.entry(key).or_default();
                let before = rounded(*sum, own);
                *sum = sum.saturating_add(length);
                fact.value = i64::try_from(rounded(*sum, own) - before).unwrap_or(i64::MAX);
            }
            fact
        })
    }
}

fn channel_of(measure: Measure) -> Channel {
    if let Measure::Work(_, channel) = measure { channel } else { Channel::All }
}

fn own_unit(measure: Measure) -> Option<i128> {
    match measure {
        Measure::Work(WorkItem::HandlingMinutes, _) => Some(MINUTE),
        Measure::Work(WorkItem::ThroughputDays, _) => Some(DAY),
        _ => None,
    }
}

/// `length / unit`, rounded half to even.
fn rounded(length: i128, unit: i128) -> i128 {
    let (whole, rest) = (length.div_euclid(unit), length.rem_euclid(unit));
    let up = 2 * rest > unit || (2 * rest == unit && whole % 2 != 0);
    whole + i128::from(up)
}

impl Kind for WorkKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let mut read = PartOfKey::default();
        let outcome = self.record(context, entry, &mut read);
        if let Err(reject) = &outcome {
            let measure = || Some(Measure::Work(WorkItem::Cases, channel(context, entry).ok()?));
            read.measure = read.measure.or_else(measure);
            self.lost.note(context, entry, read, [AREA, SERVICE], reject);
        }
        outcome
    }
}

impl WorkKind {
    fn record(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry<'_>,
        read: &mut PartOfKey,
    ) -> std::result::Result<Accepted, Reject> {
        let period = context.period(entry, PERIOD)?;
        read.period = Some(period);
        let area = context.area(entry, AREA)?;
        read.area = Some(area);
        let service = context.service(entry, SERVICE)?;
        read.service = Some(service);
        let channel = channel(context, entry)?;
        let mut numbers = Vec::new();
        let mut cases = 0;
        let mut implausible = Vec::new();
        for (field, item) in ITEMS {
            let state = context.states.of_cell(entry.text(field), entry.number(field));
            let mut length = None;
            let value = match (state, duration(field)) {
                (Some(_), _) => 0,
                (None, None) => count(context, entry, field)?,
                (None, Some((own, longest))) => {
                    let exact = length_of(context, entry, field, own)?;
                    if exact > longest.saturating_mul(i128::from(cases).max(1)) {
                        implausible.push(field);
                    }
                    length = Some(exact);
                    i64::try_from(rounded(exact, own)).map_err(|_| Reject::new(Code::CountTooLarge, field))?
                }
            };
            if field == CASES {
                if state.is_some() {
                    return Err(Reject::new(Code::MissingKey, CASES));
                }
                cases = value;
            }
            let (state, measure) = (state.unwrap_or(CellState::Observed), Measure::Work(item, channel));
            let fact = Fact { area, service, period, measure, state, value, source: context.source };
            numbers.push(Number { fact, length });
        }
        let weekly = is_week(period, context.mapped(entry, PERIOD));
        self.spans.cover((area, service, channel), period, weekly, PERIOD)?;
        let key = (area, service, period, channel);
        let accepted = self.ledger.store(&mut self.groups, key, numbers, context, entry, PERIOD)?;
        for field in implausible {
            context.note(entry, Code::ImplausibleDuration, field, None);
        }
        Ok(accepted)
    }
}

fn channel(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<Channel, Reject> {
    Channel::parse(context.needed(entry, CHANNEL)?).ok_or_else(|| Reject::new(Code::UnknownValue, CHANNEL))
}

fn count(context: &Context<'_>, entry: &Entry<'_>, field: usize) -> std::result::Result<i64, Reject> {
    parse_count(entry.text(field), entry.number(field), context.spec.dialect.decimal)
        .map_err(|code| Reject::new(code, field))
}

/// The milliseconds of a duration. Decimals are read where the declared unit is longer than the
/// field's own (`1,5` hours); `1.234` minutes are rather thousands in another notation.
fn length_of(context: &Context<'_>, entry: &Entry<'_>, field: usize, own: i128) -> std::result::Result<i128, Reject> {
    let unit = delivered_in(context.spec, field, own);
    if unit <= own {
        return Ok(i128::from(count(context, entry, field)?) * unit);
    }
    let number = match entry.number(field) {
        Some(number) => Ok(number),
        None => parse_decimal(entry.text(field), context.spec.dialect.decimal),
    };
    let length = number.map_err(|code| Reject::new(code, field))? * unit as f64;
    if length < 0.0 {
        Err(Reject::new(Code::NegativeCount, field))
    } else if length > i64::MAX as f64 {
        Err(Reject::new(Code::CountTooLarge, field))
    } else {
        Ok(length.round_ties_even() as i128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let minutes = [(29, 0), (30, 0), (31, 1), (60, 1), (90, 2), (91, 2), (150, 2), (151, 3)];
        for (seconds, wanted) in minutes {
            assert_eq!(rounded(seconds * 1_000, MINUTE), wanted, "{seconds} s");
        }
    }
}
