//! What reading one file came to, on the disk: facts in a Parquet file, all else in a line of JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::table::{self, Table};
use super::{SCHEMA_VERSION, disk};
use crate::Result;
use crate::domain::{Channel, Month, Period, Stage};
use crate::ingest::bulk::plain::Speller;
use crate::ingest::facts::FactFile;
use crate::ingest::losses::Losses;
use crate::ingest::part::{Numbers, Part, Reading};
use crate::ingest::records::{Catalogue, Lost, Register};
use crate::ingest::spec::DateFormat;
use crate::ingest::{Balance, Code, Finding, Findings, InputFile, Quarantined};

/// All of a fragment but its facts.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    schema_version: u32,
    input: Cow<'a, InputFile>,
    balance: Balance,
    quarantined: usize,
    findings: Cow<'a, [Finding]>,
    /// How often each code was found, in the findings and beyond them.
    counts: Vec<(Code, u64)>,
    quarantine: Cow<'a, [Quarantined]>,
    lost: Vec<StoredLoss>,
    /// The headers by field.
    columns: Cow<'a, [String]>,
    speller: Option<StoredSpeller>,
    /// The Parquet file, if there are facts.
    table: Option<Table>,
}

#[derive(Serialize, Deserialize)]
struct StoredLoss {
    area: String,
    service: String,
    /// First month, months, day.
    period: Option<(Month, u16, u8)>,
    measure: Option<String>,
    records: u64,
}

#[derive(Serialize, Deserialize)]
struct StoredSpeller {
    form: DateFormat,
    /// Of areas and services only those that are not spelled like their keys, by key.
    areas: BTreeMap<String, String>,
    services: BTreeMap<String, String>,
    channels: BTreeMap<String, String>,
    stages: BTreeMap<String, String>,
}

/// Writes the fragment `name` into `folder`.
pub(super) fn save(folder: &Path, name: &str, reading: &Reading<'_>, part: &Part) -> Result<()> {
    let table = table::save(&folder.join(format!("{name}.parquet")), reading, &part.numbers)?;
    // Facts that could not be taken from the shelf are missing in the table.
    reading.shelf.check()?;
    let stored = Stored {
        schema_version: SCHEMA_VERSION,
        input: Cow::Borrowed(&part.input),
        balance: part.balance,
        quarantined: part.quarantined,
        findings: Cow::Borrowed(&part.findings.kept),
        counts: part.findings.counts.iter().map(|((_, code), count)| (*code, *count)).collect(),
        quarantine: Cow::Borrowed(&part.findings.quarantine),
        lost: part.numbers.lost.iter().map(|(lost, records)| stored_loss(lost, records, reading)).collect(),
        columns: Cow::Borrowed(&part.file.columns),
        speller: part.file.speller.as_deref().map(|speller| stored_speller(speller, reading)),
        table,
    };
    disk::write_sealed(&folder.join(format!("{name}.jsonl")), &stored)
}

/// The fragment `name`; `None` if there is none. The error says what is wrong with it.
pub(super) fn load(folder: &Path, name: &str, reading: &Reading<'_>) -> std::result::Result<Option<Part>, String> {
    let path = folder.join(format!("{name}.jsonl"));
    let Some(stored) = disk::try_read_sealed::<Stored<'static>>(&path)? else { return Ok(None) };
    if stored.schema_version != SCHEMA_VERSION {
        return Err(format!("version {}", stored.schema_version));
    }
    let mut numbers = match &stored.table {
        Some(table) => table::load(&folder.join(format!("{name}.parquet")), table, reading)?,
        None => Numbers::default(),
    };
    numbers.lost = losses(&stored.lost, reading)?;
    let source = &reading.spec.name;
    let findings = Findings {
        kept: stored.findings.into_owned(),
        counts: stored.counts.into_iter().map(|(code, count)| ((source.clone(), code), count)).collect(),
        quarantine: stored.quarantine.into_owned(),
        balances: Vec::new(),
    };
    let file = FactFile {
        name: reading.file.clone(),
        speller: stored.speller.map(|stored| Arc::new(speller(stored, reading))),
        columns: stored.columns.into_owned(),
    };
    let (input, balance, quarantined) = (stored.input.into_owned(), stored.balance, stored.quarantined);
    Ok(Some(Part { input, file, findings, balance, quarantined, numbers }))
}

fn stored_loss(lost: &Lost, records: u64, reading: &Reading<'_>) -> StoredLoss {
    StoredLoss {
        area: reading.register.area(lost.area).key.clone(),
        service: reading.catalogue.service(lost.service).key.clone(),
        period: lost.period.map(|period| (period.start, period.months, period.day)),
        measure: lost.measure.map(table::measure_id),
        records,
    }
}

fn losses(stored: &[StoredLoss], reading: &Reading<'_>) -> std::result::Result<Losses, String> {
    let measures: BTreeMap<String, _> =
        table::measures().map(|measure| (table::measure_id(measure), measure)).collect();
    let lost = |stored: &StoredLoss| {
        let measure = match &stored.measure {
            None => None,
            Some(id) => Some(*measures.get(id)?),
        };
        let lost = Lost {
            source: reading.source,
            area: reading.register.find_ever(&stored.area)?,
            service: reading.catalogue.find(&stored.service)?,
            period: stored.period.map(|(start, months, day)| Period { start, months, day }),
            measure,
            partial: false,
        };
        Some((lost, stored.records))
    };
    let records = stored.iter().map(lost).collect::<Option<_>>().ok_or("a key that there is not")?;
    Ok(Losses::of_source(records, reading.spec))
}

fn stored_speller(speller: &Speller, reading: &Reading<'_>) -> StoredSpeller {
    let [areas, services, channels, stages] = &speller.texts;
    StoredSpeller {
        form: speller.form,
        areas: unlike(areas, area_keys(reading.register)),
        services: unlike(services, service_keys(reading.catalogue)),
        channels: unlike(channels, Channel::ALL.iter().map(|channel| channel.id())),
        stages: unlike(stages, Stage::ALL.iter().map(|stage| stage.id())),
    }
}

fn speller(stored: StoredSpeller, reading: &Reading<'_>) -> Speller {
    let StoredSpeller { form, areas, services, channels, stages } = stored;
    let texts = [
        spelled(areas, area_keys(reading.register)),
        spelled(services, service_keys(reading.catalogue)),
        spelled(channels, Channel::ALL.iter().map(|channel| channel.id())),
        spelled(stages, Stage::ALL.iter().map(|stage| stage.id())),
    ];
    Speller { form, texts }
}

/// Plain facts know no former areas.
fn area_keys(register: &Register) -> impl Iterator<Item = &str> {
    register.areas().iter().map(|area| area.key.as_str())
}

fn service_keys(catalogue: &Catalogue) -> impl Iterator<Item = &str> {
    catalogue.services().iter().map(|service| service.key.as_str())
}

/// The texts that differ from their keys, by key.
fn unlike<'k>(texts: &[Option<String>], keys: impl Iterator<Item = &'k str>) -> BTreeMap<String, String> {
    let both = keys.zip(texts).filter_map(|(key, text)| Some((key, text.as_deref()?)));
    both.filter(|(key, text)| key != text).map(|(key, text)| (key.to_owned(), text.to_owned())).collect()
}

/// The text of every key. Of those that the file spells in no way there is no fact to spell.
fn spelled<'k>(mut unlike: BTreeMap<String, String>, keys: impl Iterator<Item = &'k str>) -> Vec<Option<String>> {
    keys.map(|key| Some(unlike.remove(key).unwrap_or_else(|| key.to_owned()))).collect()
}
