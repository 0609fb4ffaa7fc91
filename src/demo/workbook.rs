//! Deliveries in other formats: the workbook of one Kreis and the form server's Parquet file.

use std::path::Path;

use polars::prelude::{BatchedWriter, Column, DataFrame, DataType, Field, ParquetWriter, Schema};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::Result;
use crate::domain::Lang;

use super::draw::{Part, poisson, stream};
use super::out::{INPUT, create, failed};
use super::usage::is_online;
use super::world::{WAYS, WORKBOOK_SERVICES, World};
use super::{DemoFile, DemoSummary, DirtyRows};

/// Channel words in the column headers of the workbook.
const WAY_WORDS: [&str; WAYS] = ["online", "Papier", "Schalter", "Telefon", "Post"];
const KEYS: [&str; 4] = ["Gemeindeschlüssel", "Gemeinde", "Leistung", "Bezeichnung"];
const XLSX: &str = "faelle-kreis.xlsx";
const PARQUET: &str = "formulare.parquet";
/// The header stands in this row (from 1), below two title rows.
pub(super) const HEADER_ROW: u32 = 3;
/// Rows per row group of the Parquet file: fixed, so that the bytes are.
const GROUP: usize = 100_000;

/// Writes the workbook, if a Kreis delivers one.
pub(super) fn write_xlsx(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    if !world.towns.iter().any(|town| town.in_workbook && town.population > 0) {
        return Ok(());
    }
    let path = dir.join(INPUT).join(XLSX);
    let (mut book, rows, dirty) = workbook(world).map_err(failed(&path))?;
    book.save(&path).map_err(failed(&path))?;
    let file = format!("{INPUT}/{XLSX}");
    summary.dirty.extend(dirty.into_iter().map(|kind| DirtyRows { file: file.clone(), kind, rows: 1 }));
    summary.files.push(DemoFile { path: file, rows });
    Ok(())
}

/// Whether the example has a workbook.
pub(super) fn has_xlsx(world: &World) -> bool {
    world.towns.iter().any(|town| town.in_workbook && town.population > 0)
}

fn workbook(world: &World) -> std::result::Result<(Workbook, u64, Vec<&'static str>), XlsxError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_ymd(2025, 7, 15)?;
    book.set_properties(&DocProperties::new().set_title("Fallzahlen (erfunden)").set_creation_datetime(&created));
    let bold = Format::new().set_bold();
    let notes = book.add_worksheet().set_name("Hinweise")?;
    notes.write(0, 0, "Alle Zahlen sind erfunden.")?;
    notes.write(1, 0, "x = gibt es hier nicht; leer = nicht geliefert")?;
    let sheet = book.add_worksheet().set_name("Fallzahlen")?;
    let kreis = world.kreise.last().map_or("", String::as_str);
    sheet.write_with_format(0, 0, format!("{kreis}: Fälle der Online-Dienste nach Zugangsweg"), &bold)?;
    sheet.write(1, 0, "Stand: 15.07.2025, erfundene Zahlen")?;
    let header = HEADER_ROW - 1;
    for (column, name) in KEYS.iter().enumerate() {
        sheet.write_with_format(header, column as u16, *name, &bold)?;
    }
    for month in 0..world.months {
        for (way, word) in WAY_WORDS.iter().enumerate() {
            let name = format!("{} {word}", world.month(month).long(Lang::De));
            sheet.write_with_format(header, column(month, way), name, &bold)?;
        }
    }
    let mut rows = 0;
    let mut totals = vec![0u64; world.months as usize * WAYS];
    for town in (0..world.towns.len()).filter(|t| world.towns[*t].in_workbook && world.towns[*t].population > 0) {
        let offers = world.offers(town);
        for (service, offer) in offers.iter().enumerate().take(WORKBOOK_SERVICES) {
            write_pair(sheet, header + 1 + rows, world, (town, service), offer, &mut totals)?;
            rows += 1;
        }
    }
    let mut dirty = Vec::new();
    // With few rows the total and the footnote would weigh too much in the error budget.
    if rows >= 60 {
        sheet.write(header + 1 + rows, 0, "Summe")?;
        for (at, total) in totals.iter().enumerate() {
            sheet.write(header + 1 + rows, (KEYS.len() + at) as u16, *total as f64)?;
        }
        dirty.push(super::usage::TOTAL_ROW);
        rows += 1;
    }
    sheet.set_freeze_panes(header + 1, KEYS.len() as u16)?;
    Ok((book, u64::from(rows), dirty))
}

fn write_pair(
    sheet: &mut Worksheet,
    row: u32,
    world: &World,
    (town, service): (usize, usize),
    offer: &super::world::Offer,
    totals: &mut [u64],
) -> std::result::Result<(), XlsxError> {
    let (place, kind) = (&world.towns[town], &world.services[service]);
    for (at, text) in [&place.key, &place.name, &kind.key, &kind.name].into_iter().enumerate() {
        sheet.write(row, at as u16, text)?;
    }
    for (month, counts) in (0..world.months).zip(world.counts(town, service, offer)) {
        if place.delivered >> month & 1 == 0 {
            continue;
        }
        for (way, &count) in counts.iter().enumerate() {
            let exists = if way == 0 { is_online(offer, month) } else { kind.mix[way - 1] > 0.0 };
            if exists && kind.suppresses && (1..=2).contains(&count) {
                sheet.write(row, column(month, way), "*")?;
            } else if exists {
                sheet.write(row, column(month, way), count as f64)?;
                totals[month as usize * WAYS + way] += count;
            } else {
                sheet.write(row, column(month, way), "x")?;
            }
        }
    }
    Ok(())
}

fn column(month: i32, way: usize) -> u16 {
    (KEYS.len() + month as usize * WAYS + way) as u16
}

/// Writes what the form server of one IT provider counted: visits and started forms, empty months left out.
///
/// Submitted forms are not in it: they are in the case numbers, and must not be counted twice.
pub(super) fn write_parquet(dir: &Path, world: &World, summary: &mut DemoSummary) -> Result<()> {
    let path = dir.join(INPUT).join(PARQUET);
    let fields = ["ags", "leistung", "monat", "stufe"].map(|name| Field::new(name.into(), DataType::String));
    let schema: Schema = fields.into_iter().chain([Field::new("anzahl".into(), DataType::Int64)]).collect();
    let mut writer = ParquetWriter::new(create(&path)?).batched(&schema).map_err(failed(&path))?;
    let mut batch = Batch::default();
    let mut rows = 0;
    for (town, place) in world.towns.iter().enumerate().filter(|(_, t)| t.provider == "Wirle-Rechenzentrum") {
        for (service, offer) in world.offers(town).iter().enumerate().take(WORKBOOK_SERVICES) {
            let mut rng = stream(world.seed, Part::Forms, (town as u64) << 16 | service as u64);
            for (month, counts) in (0..world.months).zip(world.counts(town, service, offer)) {
                if !is_online(offer, month) {
                    continue;
                }
                let starts = counts[0] + poisson(&mut rng, counts[0] as f64 * 0.45 + 0.2);
                let visits = starts + poisson(&mut rng, starts as f64 * 2.3 + 1.0);
                for (stage, count) in [("visit", visits), ("form_start", starts)] {
                    if count > 0 {
                        batch.push(
                            &place.key,
                            &world.services[service].key,
                            &world.month(month).to_string(),
                            stage,
                            count,
                        );
                    }
                }
            }
        }
        if batch.counts.len() >= GROUP {
            rows += batch.flush(&mut writer).map_err(failed(&path))?;
        }
    }
    rows += batch.flush(&mut writer).map_err(failed(&path))?;
    writer.finish().map_err(failed(&path))?;
    summary.files.push(DemoFile { path: format!("{INPUT}/{PARQUET}"), rows });
    Ok(())
}

#[derive(Default)]
struct Batch {
    texts: [Vec<String>; 4],
    counts: Vec<i64>,
}

impl Batch {
    fn push(&mut self, area: &str, service: &str, month: &str, stage: &str, count: u64) {
        for (column, text) in self.texts.iter_mut().zip([area, service, month, stage]) {
            column.push(text.to_owned());
        }
        self.counts.push(count.cast_signed());
    }

    /// Writes the batch as one row group and empties it.
    fn flush<W: std::io::Write>(&mut self, writer: &mut BatchedWriter<W>) -> polars::prelude::PolarsResult<u64> {
        let Self { texts, counts } = std::mem::take(self);
        let rows = counts.len();
        if rows == 0 {
            return Ok(0);
        }
        let [areas, services, months, stages] = texts;
        let columns = vec![
            Column::new("ags".into(), areas),
            Column::new("leistung".into(), services),
            Column::new("monat".into(), months),
            Column::new("stufe".into(), stages),
            Column::new("anzahl".into(), counts),
        ];
        writer.write_batch(&DataFrame::new(rows, columns)?)?;
        Ok(rows as u64)
    }
}
