//! Which months were delivered, per town, or per Kreis where there are many towns.

use std::collections::BTreeMap;

use super::Book;
use crate::domain::{Aggregation, EstimateKey, Lang, Month, Period};
use crate::report::view::{Completeness, Link, MatrixMonth, MatrixRow, MatrixView, MatrixYear};

const MAX_ROWS: usize = 60;

/// The months shown: at most the last 36.
fn months(book: &Book<'_>) -> Vec<Month> {
    let (first, last) = book.r.periods.series;
    let first = first.max(last.plus(-35));
    (0..=last.since(first)).map(|k| first.plus(k)).collect()
}

pub(super) fn matrix(book: &Book<'_>) -> Option<MatrixView> {
    let r = book.r;
    let months = months(book);
    let mut areas: BTreeMap<u32, Vec<Completeness>> = BTreeMap::new();
    for pair in r.panel.pairs() {
        let (area, service) = (pair[0].area, pair[0].service);
        let monthly =
            pair.iter().filter(|c| matches!(c.measure, crate::ingest::Measure::Count(..)) && c.period.months == 1);
        let Some(first) = monthly.map(|c| c.period.start).min() else { continue };
        let cells = areas.entry(area).or_insert_with(|| vec![Completeness::default(); months.len()]);
        for (cell, &month) in cells.iter_mut().zip(&months) {
            let key = EstimateKey {
                kpi: book.share,
                unit: area,
                service,
                period: Period::month(month),
                aggregation: Aggregation::Own,
            };
            match r.evaluation.months.get(&key) {
                Some(e) => {
                    cell.provided += e.provided;
                    cell.expected += e.expected;
                }
                None => cell.expected += u32::from(r.panel.live(area, service, month).unwrap_or(first <= month)),
            }
        }
    }
    if areas.is_empty() {
        return None;
    }
    let summarised = areas.len() > MAX_ROWS;
    let mut rows: BTreeMap<(String, String), (Link, Vec<Completeness>)> = BTreeMap::new();
    for (area, cells) in areas {
        // Kreise share names: a town and the district around it.
        let (label, key) = if summarised {
            let kreis = &r.records.register.area(area).kreis;
            let name = r.records.register.region_names.get(kreis).unwrap_or(kreis);
            let text = if name == kreis { name.clone() } else { format!("{name} ({kreis})") };
            (Link::plain(text.clone()), (text, kreis.clone()))
        } else {
            let key = r.records.register.area(area).key.clone();
            (book.area_link(area), (crate::publish::safe_file_name(book.area_name(area)), key))
        };
        let (_, sum) = rows.entry(key).or_insert_with(|| (label, vec![Completeness::default(); months.len()]));
        for (sum, cell) in sum.iter_mut().zip(cells) {
            sum.provided += cell.provided;
            sum.expected += cell.expected;
        }
    }
    let rows = rows
        .into_iter()
        .map(|(_, (label, cells))| MatrixRow {
            label,
            total: cells.iter().fold(Completeness::default(), |t, c| Completeness {
                provided: t.provided + c.provided,
                expected: t.expected + c.expected,
            }),
            cells,
        })
        .collect();
    Some(MatrixView {
        id: "usage".into(),
        caption: match book.lang {
            Lang::De => "Fallzahlen: Leistungen mit vollständigen Monatszahlen von den online angebotenen".into(),
            Lang::En => "Case numbers: services with complete monthly numbers of those online".into(),
        },
        summarised,
        years: years(&months),
        months: months.iter().map(|m| MatrixMonth { short: m.number().to_string(), long: m.long(book.lang) }).collect(),
        rows,
    })
}

fn years(months: &[Month]) -> Vec<MatrixYear> {
    months
        .chunk_by(|a, b| a.year() == b.year())
        .map(|year| MatrixYear { label: year[0].year().to_string(), months: u32::try_from(year.len()).unwrap_or(0) })
        .collect()
}
