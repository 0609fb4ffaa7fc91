//! Damage inside packed files: unpack, damage a part, pack again. Without this nearly every
//! damaged byte would only ever reach the checksum.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use rand::RngExt;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::engine::Damage;

pub const XML_WORDS: &[&str] = &[
    "<row r=\"",
    "<c r=\"A1\" t=\"s\"><v>0</v></c>",
    "<c r=\"XFD1048576\"><v>1</v></c>",
    "t=\"s\"",
    "t=\"inlineStr\"",
    "t=\"b\"",
    "t=\"e\"",
    "t=\"d\"",
    "t=\"str\"",
    "<v>",
    "</v>",
    "<f>A1</f>",
    "<is><t>",
    "A1:XFD1048576",
    "ref=\"",
    "r=\"",
    "s=\"1\"",
    "&amp;",
    "&#0;",
    "&#x110000;",
    "<![CDATA[",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "&a;",
    "<mergeCell ref=\"A1:E2\"/>",
    "numFmtId=\"14\"",
    "numFmtId=\"22\"",
    "45658",
    "2958466",
    "-1",
    "1e308",
    "NaN",
    "date1904=\"1\"",
    "xml:space=\"preserve\"",
    "ZZZZZZZ1",
    "A0",
    "A4294967296",
    "state=\"hidden\"",
];

/// A workbook as offices keep them; `dated` has serial dates and a sheet before the data.
pub fn workbook(dated: bool) -> Vec<u8> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_ymd(2025, 1, 1).unwrap();
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = book.add_worksheet();
    for (column, name) in (0u16..).zip(["AGS", "OZG-ID", "Monat", "Kanal", "Anzahl"]) {
        sheet.write(0, column, name).unwrap();
    }
    for row in 1..5u32 {
        sheet.write(row, 0, "99001001").unwrap();
        sheet.write(row, 1, 10124).unwrap();
        if dated {
            let day = ExcelDateTime::from_ymd(2025, u8::try_from(row).unwrap(), 1).unwrap();
            sheet.write_with_format(row, 2, day, &Format::new().set_num_format("dd.mm.yyyy")).unwrap();
        } else {
            sheet.write(row, 2, format!("2025-0{row}")).unwrap();
        }
        sheet.write(row, 3, "online").unwrap();
        sheet.write(row, 4, f64::from(row) * 1.5).unwrap();
    }
    sheet.write(5, 0, "Summe").unwrap();
    sheet.write_formula(5, 4, "SUM(E2:E5)").unwrap();
    sheet.merge_range(7, 0, 7, 4, "Stand: Juni 2025", &Format::new()).unwrap();
    book.save_to_buffer().unwrap()
}

/// A workbook that stores the ninth row, with the column names, before the second.
pub fn unordered_workbook() -> Vec<u8> {
    let mut parts = parts(&workbook(false)).unwrap();
    let sheet = parts.iter_mut().find(|(name, _)| name.ends_with("sheet1.xml")).unwrap();
    let xml = String::from_utf8(sheet.1.clone()).unwrap();
    let (before, rows) = xml.split_once("<sheetData>").unwrap();
    let (first, others) = rows.split_once("</row>").unwrap();
    let first = ["A", "B", "C", "D", "E"].iter().fold(first.replace("<row r=\"1\"", "<row r=\"9\""), |row, column| {
        row.replace(&format!("r=\"{column}1\""), &format!("r=\"{column}9\""))
    });
    sheet.1 = format!("{before}<sheetData>{first}</row>{others}").into_bytes();
    pack(&parts).unwrap()
}

/// One input in four as bytes, the others part by part. The first byte is the route.
pub fn damage_workbook(damage: &mut Damage, input: &[u8], other: &[u8]) -> Vec<u8> {
    let whole = |damage: &mut Damage| damage.apply(input, other);
    if damage.one_in(4) || input.is_empty() {
        return whole(damage);
    }
    let Some(mut parts) = parts(&input[1..]) else { return whole(damage) };
    for _ in 0..damage.rng.random_range(1..3) {
        let telling: Vec<usize> = (0..parts.len())
            .filter(|&at| {
                ["sheet1.xml", "sharedStrings.xml", "styles.xml", "workbook.xml"]
                    .iter()
                    .any(|n| parts[at].0.ends_with(n))
            })
            .collect();
        let any = damage.rng.random_range(0..parts.len());
        let at = if telling.is_empty() || damage.one_in(6) {
            any
        } else {
            telling[damage.rng.random_range(0..telling.len())]
        };
        match damage.rng.random_range(0..20) {
            0 => drop(parts.remove(at)),
            1 => parts[at].1 = parts[any].1.clone(),
            _ => parts[at].1 = damage.apply(&parts[at].1, &parts[any].1),
        }
        if parts.is_empty() {
            break;
        }
    }
    pack(&parts).map_or_else(|| whole(damage), |packed| [vec![input[0]], packed].concat())
}

fn parts(bytes: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut out = Vec::new();
    for at in 0..archive.len().min(64) {
        let file = archive.by_index(at).ok()?;
        let name = file.name().ok()?.into_owned();
        let mut content = Vec::new();
        file.take(1 << 20).read_to_end(&mut content).ok()?;
        out.push((name, content));
    }
    (!out.is_empty()).then_some(out)
}

fn pack(parts: &[(String, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        writer.start_file(name.as_str(), options).ok()?;
        writer.write_all(content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Half of the inputs damaged inside, half outside. The first byte is the route.
pub fn damage_gzip(damage: &mut Damage, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let readable = input
        .split_first()
        .is_some_and(|(_, packed)| GzDecoder::new(packed).take(1 << 18).read_to_end(&mut content).is_ok());
    if damage.one_in(2) || !readable {
        return damage.apply(input, other);
    }
    let content = damage.apply(&content, other);
    let twice = damage.one_in(30);
    let packed = gzip(&content);
    [vec![input[0]], if twice { gzip(&packed) } else { packed }].concat()
}
