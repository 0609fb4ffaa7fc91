//! The case numbers as CSV: one file a year, long, as a German Excel saves it.
//!
//! Streams: the memory needed does not grow with the number of rows.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::domain::say;
use crate::{Error, Result};

use super::draw::{Part, chance, stream};
use super::out::{Dirt, INPUT, create, failed};
use super::world::{Offer, WAYS, World};
use super::{DemoFile, DemoSummary};

/// Channel names in the delivery; the project maps them.
pub(super) const WAY_NAMES: [&str; WAYS] = ["Online-Antrag", "Papier", "Bürgerbüro", "Telefon", "Post"];

const HEADER: &str = "Gemeindeschlüssel;Leistung;Monat;Zugangsweg;Anzahl";

/// Kinds of dirty rows in the yearly files. Each stands beside a good row and changes no good number.
pub const USAGE_DIRT: [&str; 8] = [
    "unknown_service",
    "short_area",
    "negative_count",
    "decimal_count",
    "impossible_month",
    "impossible_day",
    "exact_duplicate",
    "excel_service_key",
];
/// The total row at the end of each yearly file.
pub const TOTAL_ROW: &str = "total_row";

/// A file shorter than this gets no total row: it would weigh too much in the error budget.
const ROWS_FOR_TOTAL: u64 = 100;

/// Days into which a month can be split.
const DAYS: u64 = 28;

/// Writes the yearly files.
pub(super) fn write(dir: &Path, world: &World, wanted: Option<u64>, summary: &mut DemoSummary) -> Result<()> {
    let plan = Plan::new(world, wanted)?;
    let mut files = LongFiles::create(dir, world)?;
    let mut debt = 0.0;
    let (mut natural, mut kept) = (0u64, 0u64);
    for town in 0..world.towns.len() {
        if world.towns[town].population == 0 {
            continue;
        }
        let offers = world.offers(town);
        let count = offers.len();
        // When thinning, another service comes first in every town, so that none is left out everywhere.
        let turn = if plan.keep < 1.0 { town.wrapping_mul(7919) % count } else { 0 };
        for service in (0..count).map(|i| (i + turn) % count).filter(|s| !world.in_workbook(town, *s)) {
            let rows = pair_rows(world, town, service, &offers[service]);
            natural += rows;
            if kept as f64 + rows as f64 / 2.0 <= plan.keep * natural as f64 {
                kept += rows;
                files.pair(world, town, service, &offers[service], plan.repeat, &mut debt)?;
            }
        }
    }
    files.finish(summary)
}

/// How the number of rows that was asked for is reached.
struct Plan {
    /// Share of the town-service pairs that deliver.
    keep: f64,
    /// Rows per cell on average: days instead of months.
    repeat: f64,
}

impl Plan {
    fn new(world: &World, wanted: Option<u64>) -> Result<Self> {
        let Some(wanted) = wanted else { return Ok(Self { keep: 1.0, repeat: 1.0 }) };
        let natural: u64 = (0..world.towns.len())
            .filter(|town| world.towns[*town].population > 0)
            .map(|town| {
                let offers = world.offers(town);
                let pairs = offers.iter().enumerate().filter(|(s, _)| !world.in_workbook(town, *s));
                pairs.map(|(s, offer)| pair_rows(world, town, s, offer)).sum::<u64>()
            })
            .sum();
        let ratio = wanted as f64 / natural.max(1) as f64;
        if ratio > (DAYS - 2) as f64 || wanted == 0 {
            return Err(Error::config(say!(
                "demo: {wanted} Zeilen lassen sich aus dieser Welt nicht erzeugen",
                "demo: {wanted} rows cannot be made from this world"
            ))
            .hint(say!(
                "1 bis {} Zeilen wählen oder mehr Orte oder Leistungen.",
                "choose 1 to {} rows, or more municipalities or services",
                natural * (DAYS - 2)
            )));
        }
        Ok(Self { keep: ratio.min(1.0), repeat: ratio.max(1.0) })
    }
}

/// Rows of one town and service before any splitting.
fn pair_rows(world: &World, town: usize, service: usize, offer: &Offer) -> u64 {
    let delivered = world.towns[town].delivered;
    let kind = &world.services[service];
    let offline = (1..WAYS).filter(|way| kind.mix[way - 1] > 0.0 || kind.not_applicable == Some(*way)).count();
    let online = (0..world.months).filter(|m| delivered >> m & 1 == 1 && is_online(offer, *m)).count();
    u64::from(delivered.count_ones()) * offline as u64 + online as u64
}

/// Whether the online channel exists in this month.
pub(super) fn is_online(offer: &Offer, month: i32) -> bool {
    offer.live.as_ref().is_some_and(|live| live.month <= month && live.last.is_none_or(|last| month <= last))
}

/// A row as bytes in Windows-1252.
#[derive(Clone, Copy)]
struct Row<'a> {
    area: &'a str,
    service: &'a str,
    period: &'a str,
    way: &'a [u8],
    count: &'a str,
}

struct YearFile {
    path: PathBuf,
    name: String,
    out: BufWriter<File>,
    year: i32,
    rows: u64,
    total: u64,
}

struct LongFiles {
    files: Vec<YearFile>,
    ways: Vec<Vec<u8>>,
    dirt: Dirt,
    line: Vec<u8>,
    count: String,
    period: String,
}

impl LongFiles {
    fn create(dir: &Path, world: &World) -> Result<Self> {
        let encode = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        let mut files = Vec::new();
        for year in world.start.year()..=world.month(world.months - 1).year() {
            let name = format!("{INPUT}/faelle-{year}.csv");
            let path = dir.join(INPUT).join(format!("faelle-{year}.csv"));
            let mut out = create(&path)?;
            out.write_all(&encode(HEADER)).and_then(|()| out.write_all(b"\r\n")).map_err(failed(&path))?;
            files.push(YearFile { path, name, out, year, rows: 0, total: 0 });
        }
        Ok(Self {
            files,
            ways: WAY_NAMES.iter().map(|name| encode(name)).collect(),
            dirt: Dirt::new(stream(world.seed, Part::UsageDirt, 0), &USAGE_DIRT),
            line: Vec::with_capacity(80),
            count: String::new(),
            period: String::new(),
        })
    }

    /// Writes all months of one town and service; `debt` carries the rows still owed to the average.
    fn pair(
        &mut self,
        world: &World,
        town: usize,
        service: usize,
        offer: &Offer,
        repeat: f64,
        debt: &mut f64,
    ) -> Result<()> {
        let place = &world.towns[town];
        let kind = &world.services[service];
        let mut rng = stream(world.seed, Part::Cells, (town as u64) << 16 | service as u64);
        for (month, counts) in world.counts(town, service, offer).into_iter().enumerate() {
            let index = month as i32;
            if place.delivered >> index & 1 == 0 {
                continue;
            }
            let at = world.month(index);
            for (way, &count) in counts.iter().enumerate() {
                let exists = if way == 0 { is_online(offer, index) } else { kind.mix[way - 1] > 0.0 };
                let unknown = chance(&mut rng, 0.003);
                let special = if kind.not_applicable == Some(way) {
                    Some("x")
                } else if !exists {
                    continue;
                } else if unknown || (way == 3 && !place.counts_calls) {
                    Some("k. A.")
                } else if kind.suppresses && (1..=2).contains(&count) {
                    Some("*")
                } else {
                    None
                };
                *debt += repeat;
                let parts = if special.is_some() { 1 } else { (debt.floor() as u64).clamp(1, DAYS) };
                *debt -= parts as f64;
                let file = (at.year() - world.start.year()) as usize;
                // The remainder falls on other days each time; not drawn, so that splitting changes no other draw.
                let turn = (town * 31 + month * 7 + way * 3) as u64 % parts;
                for part in 0..parts {
                    self.period.clear();
                    if parts > 1 {
                        push_padded(&mut self.period, part * DAYS / parts + 1);
                        self.period.push('.');
                    }
                    push_padded(&mut self.period, u64::from(at.number()));
                    self.period.push(if parts > 1 { '.' } else { '/' });
                    self.period.push_str(itoa(&mut [0; 20], at.year().cast_unsigned().into()));
                    self.count.clear();
                    if let Some(text) = special {
                        self.count.push_str(text);
                    } else {
                        let here = count / parts + u64::from((part + turn) % parts < count % parts);
                        self.files[file].total += here;
                        push_grouped(&mut self.count, here);
                    }
                    self.row(file, &place.key, &kind.key, way)?;
                }
            }
        }
        Ok(())
    }

    /// Writes the row that `period` and `count` hold, and now and then a dirty one after it.
    fn row(&mut self, file: usize, area: &str, service: &str, way: usize) -> Result<()> {
        let Self { files, ways, dirt, line, count, period } = self;
        let file = &mut files[file];
        let row = Row { area, service, period, way: &ways[way], count };
        file.put(line, row)?;
        let Some(kind) = dirt.after_row(&file.name) else { return Ok(()) };
        let year = file.year;
        let (month, day) = (format!("13/{year}"), format!("31.02.{year}"));
        let bad = match kind {
            "unknown_service" => Row { service: "89999", ..row },
            "short_area" => Row { area: &area[..7], ..row },
            "negative_count" => Row { count: "-3", ..row },
            "decimal_count" => Row { count: "12,5", ..row },
            "impossible_month" => Row { period: &month, ..row },
            "impossible_day" => Row { period: &day, ..row },
            "excel_service_key" => Row { service: "9,90500121E+13", ..row },
            _ => row,
        };
        file.put(line, bad)
    }

    fn finish(mut self, summary: &mut DemoSummary) -> Result<()> {
        for mut file in self.files {
            if file.rows >= ROWS_FOR_TOTAL {
                self.count.clear();
                push_grouped(&mut self.count, file.total);
                let total = Row { area: "Summe", service: "", period: "", way: b"", count: &self.count };
                file.put(&mut self.line, total)?;
                self.dirt.note(&file.name, TOTAL_ROW);
            }
            file.out.flush().map_err(failed(&file.path))?;
            summary.files.push(DemoFile { path: file.name, rows: file.rows });
        }
        self.dirt.finish(summary);
        Ok(())
    }
}

impl YearFile {
    fn put(&mut self, line: &mut Vec<u8>, row: Row<'_>) -> Result<()> {
        line.clear();
        for field in [row.area.as_bytes(), row.service.as_bytes(), row.period.as_bytes(), row.way] {
            line.extend_from_slice(field);
            line.push(b';');
        }
        line.extend_from_slice(row.count.as_bytes());
        line.extend_from_slice(b"\r\n");
        self.rows += 1;
        self.out.write_all(line).map_err(failed(&self.path))
    }
}

/// Decimal digits without an allocation: the inner loop of a hundred million rows.
fn itoa(buffer: &mut [u8; 20], mut value: u64) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            return std::str::from_utf8(&buffer[at..]).unwrap_or("0");
        }
    }
}

fn push_padded(text: &mut String, value: u64) {
    if value < 10 {
        text.push('0');
    }
    text.push_str(itoa(&mut [0; 20], value));
}

/// `1234` as `1.234`.
fn push_grouped(text: &mut String, value: u64) {
    let mut buffer = [0; 20];
    let digits = itoa(&mut buffer, value);
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
}
