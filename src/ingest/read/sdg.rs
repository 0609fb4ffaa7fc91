//! Deliveries to the EU Single Digital Gateway (Regulation (EU) 2018/1724, Articles 24 and 25), as
//! its national components hand them on.
//!
//! A delivery has an id, a reference period and either statistics (visits per page, country and
//! device) or feedback. They become tables with these columns:
//!
//! | statistics | |
//! |---|---|
//! | `unique_id` | id of the delivery |
//! | `period` | `2020-01`, `2020-Q1`, `2020` where the reference period is one, else its two days |
//! | `source_url` | the page |
//! | `nb_visits` | visits |
//! | `device_type`, `originating_country` | only where `columns` of the source names one of them |
//!
//! | feedback | |
//! |---|---|
//! | `unique_id` | id of the delivery and position of the entry in it: `123456789/1` |
//! | `time` | last day of the reference period |
//! | `source_url`, `category`, `rating`, `found_information`, `comment` | as delivered |
//!
//! Visits are added up over countries and devices, and over the pages that the source maps to one
//! service. Where a summand is no count, the sum is what stands there: part of a sum is no sum.
//!
//! A reference period is the days as they are written, in the calendar of whoever delivers: the last of
//! January until midnight stays in January, whatever time zone stands behind it. The transfer date is a
//! moment: one with an offset is compared as universal time, one without counts as such.
//!
//! A delivery with an id that was delivered before replaces the earlier one **as a whole**: of two
//! deliveries the one with the later transfer date counts, at the same date the one read later.
//! Every record of the other is read and replaced, also where the correction has fewer.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};
use serde::Deserialize;

use super::json::{self, Cell, Place, Row, Shape, elements};
use super::{RowSink, text};
use crate::domain::{parse_date, say};
use crate::ingest::spec::{SourceKind, SourceSpec};
use crate::ingest::trimmed;
use crate::{Error, Result};

/// One of the files of a source.
#[derive(Debug, Clone, Copy)]
pub(in crate::ingest) struct File<'a> {
    /// Its position among them.
    pub(in crate::ingest) number: usize,
    /// Its path, relative to the configuration.
    pub(in crate::ingest) name: &'a str,
}

/// Which delivery counts for each id.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Deliveries {
    latest: BTreeMap<String, Latest>,
}

#[derive(Debug)]
struct Latest {
    transferred: Option<NaiveDateTime>,
    file: usize,
    position: usize,
}

impl Deliveries {
    /// Notes the deliveries in `bytes`, which is unpacked; nothing happens where there are none.
    ///
    /// # Errors
    /// If the file is no JSON.
    pub(in crate::ingest) fn note(&mut self, spec: &SourceSpec, file: File<'_>, bytes: &[u8]) -> Result<()> {
        let text = json::decoded(spec, file.name, bytes)?;
        if text::no_data(&text).is_some() {
            return Ok(());
        }
        let Shape::Gateway(place) = json::shape(file.name, &text)? else { return Ok(()) };
        let mut position = 0;
        elements(file.name, &text, &place, |delivery: Head, _| {
            let id = trimmed(&delivery.unique_id.text);
            let transferred = moment(&delivery.transfer_date.text);
            let later = self.latest.get(id).is_none_or(|known| known.transferred <= transferred);
            if later && !id.is_empty() {
                self.latest.insert(id.to_owned(), Latest { transferred, file: file.number, position });
            }
            position += 1;
        })
    }

    fn counts(&self, id: &str, file: usize, position: usize) -> bool {
        self.latest.get(id).is_none_or(|latest| (latest.file, latest.position) == (file, position))
    }
}

/// `2020-02-01 00:00:00`, `2020-02-01T00:00:00Z`, `2020-02-01T01:00:00+01:00` or a plain date, as universal
/// time.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let plain = trimmed(text).replace('T', " ");
    let zoned = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"];
    if let Some(zoned) = zoned.iter().find_map(|format| DateTime::parse_from_str(&plain, format).ok()) {
        return Some(zoned.naive_utc());
    }
    let plain = plain.trim_end_matches('Z');
    let seconds = plain.get(..19).unwrap_or(plain);
    NaiveDateTime::parse_from_str(seconds, "%Y-%m-%d %H:%M:%S").ok().or_else(|| day(plain)?.and_hms_opt(0, 0, 0))
}

/// The day of a moment, whatever time of day and zone stands behind it.
fn day(text: &str) -> Option<NaiveDate> {
    parse_date(trimmed(text).get(..10)?).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    #[serde(default)]
    unique_id: Cell,
    #[serde(default)]
    transfer_date: Cell,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    #[serde(default)]
    unique_id: Cell,
    #[serde(default)]
    reference_period: Reference,
    sources: Option<Vec<SourceEntry>>,
    feedbacks: Option<Vec<FeedbackEntry>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Reference {
    start_date: Cell,
    end_date: Cell,
}

#[derive(Deserialize)]
struct SourceEntry {
    source: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    source_url: Cell,
    statistics: Option<Vec<Statistic>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Statistic {
    device_type: Cell,
    nb_visits: Cell,
    originating_country: Cell,
}

#[derive(Deserialize)]
struct FeedbackEntry {
    feedback: Feedback,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Feedback {
    category: Cell,
    rating: Cell,
    source: Cell,
    found_information: Cell,
    help_us_improve: Cell,
}

impl Reference {
    /// A month, quarter, half-year or year if it is exactly one, else the two days as delivered.
    fn period(&self) -> String {
        let (start, end) = (trimmed(&self.start_date.text), trimmed(&self.end_date.text));
        let whole = || {
            let (first, last) = (day(start)?, day(end)?);
            let behind = last.succ_opt()?;
            if first == last {
                return Some(first.to_string());
            }
            if first.day() != 1 || behind.day() != 1 || last < first {
                return None;
            }
            let months =
                (behind.year() - first.year()) * 12 + behind.month().cast_signed() - first.month().cast_signed();
            let (year, month) = (first.year(), first.month());
            match (months, month) {
                (1, _) => Some(format!("{year}-{month:02}")),
                (3, 1 | 4 | 7 | 10) => Some(format!("{year}-Q{}", month / 3 + 1)),
                (6, 1 | 7) => Some(format!("{year}-H{}", month / 6 + 1)),
                (12, 1) => Some(year.to_string()),
                _ => None,
            }
        };
        whole().unwrap_or_else(|| format!("{start}..{end}"))
    }

    fn last_day(&self) -> String {
        let end = trimmed(&self.end_date.text);
        day(end).map_or_else(|| end.to_owned(), |day| day.to_string())
    }
}

pub(super) fn read(
    spec: &SourceSpec,
    file: File<'_>,
    text: &str,
    place: &Place,
    deliveries: &Deliveries,
    sink: &mut dyn RowSink,
) -> Result<()> {
    let feedback = spec.kind == SourceKind::Feedback;
    let split = spec.columns.values().any(|column| column == "device_type" || column == "originating_country");
    let mut columns = if feedback {
        vec!["unique_id", "time", "source_url", "category", "rating", "found_information", "comment"]
    } else {
        vec!["unique_id", "period", "source_url", "nb_visits"]
    };
    if split && !feedback {
        columns.extend(["device_type", "originating_country"]);
    }
    sink.columns(&columns.into_iter().map(str::to_owned).collect::<Vec<_>>())?;
    let (mut position, mut record, mut of_the_other_kind) = (0, 0, 0);
    elements(file.name, text, place, |delivery: Delivery, line| {
        let counts = deliveries.counts(trimmed(&delivery.unique_id.text), file.number, position);
        position += 1;
        of_the_other_kind +=
            u64::from(if feedback { delivery.sources.is_some() } else { delivery.feedbacks.is_some() });
        let rows = if feedback { feedback_rows(delivery) } else { statistics_rows(spec, delivery, split) };
        for cells in rows {
            record += 1;
            let row = Row { cells };
            if counts {
                sink.record(record, line, &row);
            } else {
                sink.superseded(record, line, &row);
            }
        }
    })?;
    if record == 0 && of_the_other_kind > 0 { Err(other_kind(spec, file.name)) } else { Ok(()) }
}

fn other_kind(spec: &SourceSpec, file: &str) -> Error {
    let kind = spec.kind.id();
    if spec.kind == SourceKind::Feedback {
        Error::input(say!(
            "{file}: Die Lieferung enthält Statistik, die Quelle „{}“ hat kind = \"{kind}\"",
            "{file}: the delivery has statistics, but source \"{}\" is of kind \"{kind}\"",
            spec.name
        ))
        .hint(say!("Als Quelle mit kind = \"usage\" angeben.", "declare it as a source of kind \"usage\""))
    } else {
        Error::input(say!(
            "{file}: Die Lieferung enthält Rückmeldungen, die Quelle „{}“ hat kind = \"{kind}\"",
            "{file}: the delivery has feedback, but source \"{}\" is of kind \"{kind}\"",
            spec.name
        ))
        .hint(say!("Als Quelle mit kind = \"feedback\" angeben.", "declare it as a source of kind \"feedback\""))
    }
}

fn feedback_rows(delivery: Delivery) -> Vec<Vec<Cell>> {
    let (id, time) = (trimmed(&delivery.unique_id.text).to_owned(), delivery.reference_period.last_day());
    let entries = delivery.feedbacks.unwrap_or_default().into_iter().zip(1u64..);
    let row = |(FeedbackEntry { feedback }, number)| {
        let id = if id.is_empty() { String::new() } else { format!("{id}/{number}") };
        vec![
            Cell::of(id),
            Cell::of(time.clone()),
            feedback.source,
            feedback.category,
            feedback.rating,
            feedback.found_information,
            feedback.help_us_improve,
        ]
    };
    entries.map(row).collect()
}

/// A sum of visits.
enum Visits {
    Sum(i64),
    /// A summand that is no count, as delivered.
    Not(Cell),
}

impl Visits {
    fn add(&mut self, cell: &Cell) {
        let Self::Sum(sum) = self else { return };
        let count = trimmed(&cell.text).parse::<i64>().ok().filter(|count| *count >= 0);
        *self = match count.and_then(|count| sum.checked_add(count)) {
            Some(sum) => Self::Sum(sum),
            None => Self::Not(cell.clone()),
        };
    }

    fn cell(self) -> Cell {
        match self {
            Self::Sum(sum) => Cell::count(sum),
            Self::Not(cell) => cell,
        }
    }
}

fn statistics_rows(spec: &SourceSpec, delivery: Delivery, split: bool) -> Vec<Vec<Cell>> {
    let (id, period) = (trimmed(&delivery.unique_id.text).to_owned(), delivery.reference_period.period());
    let services =
        spec.values.get("service").filter(|_| spec.columns.get("service").is_some_and(|c| c == "source_url"));
    // In the order delivered; the position of each key.
    let mut sums: Vec<(Vec<Cell>, Visits)> = Vec::new();
    let mut known: BTreeMap<[String; 3], usize> = BTreeMap::new();
    for SourceEntry { source: page } in delivery.sources.unwrap_or_default() {
        let url = trimmed(&page.source_url.text);
        let service = services.and_then(|services| services.get(url)).map_or(url, String::as_str);
        for statistic in page.statistics.unwrap_or_default() {
            let country = country(&statistic.originating_country.text);
            let device = trimmed(&statistic.device_type.text).to_owned();
            let mut key = [service.to_owned(), String::new(), String::new()];
            if split {
                key = [key[0].clone(), device.clone(), country.clone()];
            }
            let at = *known.entry(key).or_insert_with(|| {
                let mut keys = vec![Cell::of(id.clone()), Cell::of(period.clone()), Cell::of(url)];
                if split {
                    keys.extend([Cell::of(device), Cell::of(country)]);
                }
                sums.push((keys, Visits::Sum(0)));
                sums.len() - 1
            });
            sums[at].1.add(&statistic.nb_visits);
        }
    }
    sums.into_iter()
        .map(|(mut row, visits)| {
            row.insert(3, visits.cell());
            row
        })
        .collect()
}

/// The country by ISO 3166: European institutions write Greece `EL` and the United Kingdom `UK`.
fn country(text: &str) -> String {
    match trimmed(text).to_uppercase().as_str() {
        "EL" => "GR".to_owned(),
        "UK" => "GB".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests;
