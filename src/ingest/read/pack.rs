//! Packed files: how much may come out of them.

use std::borrow::Cow;
use std::io::{Cursor, Read, Write};

use flate2::read::MultiGzDecoder;

use crate::domain::say;
use crate::{Error, Result};

const MIB: u64 = 1 << 20;

/// How much may come out of a packed file.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes in all.
    total: u64,
    /// Times the packed size, once `from` bytes have come out. Tables pack to a tenth or a
    /// fiftieth, a bomb to a thousandth.
    ratio: u64,
    from: u64,
}

const GZIP: Limits = Limits { total: 4096 * MIB, ratio: 200, from: 64 * MIB };
/// A workbook of Excel's full million rows and ten columns has about half of it.
const WORKBOOK: Limits = Limits { total: 1024 * MIB, ratio: 200, from: 64 * MIB };
/// A deflated byte never yields more.
const DEFLATE_MOST: u64 = 1032;

impl Limits {
    /// The most that may come out of `packed` bytes.
    fn most(self, packed: u64) -> u64 {
        self.total.min(packed.saturating_mul(self.ratio).max(self.from))
    }

    fn exceeded(self, file: &str) -> Error {
        let (total, ratio, from) = (self.total / MIB, self.ratio, self.from / MIB);
        Error::input(say!(
            "{file}: Die gepackte Datei wird beim Entpacken zu groß: Erlaubt sind {total} MiB und, ab {from} MiB, \
             das {ratio}-Fache der gepackten Größe",
            "{file}: the packed file becomes too large: allowed are {total} MiB and, from {from} MiB on, \
             {ratio} times its packed size"
        ))
        .hint(say!(
            "So stark lässt sich keine echte Tabelle packen; ist sie es doch, entpackt oder in Teilen liefern.",
            "no real table packs that well; if this is one, deliver it unpacked or in parts"
        ))
    }
}

/// `bytes`, or what gzip packed into them. Told by the content, not by the name.
///
/// # Errors
/// If the archive is damaged or holds more than a delivery can.
pub(in crate::ingest) fn unpacked<'a>(file: &str, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>> {
    gunzip(file, bytes, GZIP)
}

fn gunzip<'a>(file: &str, bytes: &'a [u8], limits: Limits) -> Result<Cow<'a, [u8]>> {
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let most = limits.most(bytes.len() as u64);
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut out).map_err(|error| {
        Error::input(say!(
            "{file}: Die gepackte Datei kann nicht entpackt werden: {error}",
            "{file}: the packed file cannot be unpacked: {error}"
        ))
        .hint(say!(
            "Die Datei ist abgeschnitten oder beschädigt; noch einmal übertragen.",
            "the file is cut off or damaged; transfer it again"
        ))
    })?;
    if out.len() as u64 > most { Err(limits.exceeded(file)) } else { Ok(Cow::Owned(out)) }
}

/// Refuses a workbook that unpacks to more than a table can have, before anything of it is kept.
/// What is no ZIP archive passes: the reader of workbooks says what is wrong with it.
///
/// # Errors
/// By the sizes the archive declares, and by those it really has where these could differ.
pub(super) fn check_workbook(file: &str, bytes: &[u8]) -> Result<()> {
    check_zip(file, bytes, WORKBOOK)?;
    check_claimed_texts(file, bytes)
}

/// The decoder makes room for as many texts as the workbook says it has, and ends the program where
/// there is none: more texts than the part has bytes for are damage.
fn check_claimed_texts(file: &str, bytes: &[u8]) -> Result<()> {
    const SHORTEST: u64 = "<si/>".len() as u64;
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    for at in 0..archive.len() {
        let Ok(entry) = archive.by_index(at) else { continue };
        if !entry.name().is_ok_and(|name| name.to_lowercase().ends_with("sharedstrings.xml")) {
            continue;
        }
        let (room, mut head) = (entry.size() / SHORTEST, Vec::new());
        // A damaged part ends early here.
        let _ = entry.take(MIB).read_to_end(&mut head);
        if claimed_texts(&String::from_utf8_lossy(&head)).is_some_and(|claimed| claimed > room) {
            return Err(Error::input(say!(
                "{file}: Die Arbeitsmappe ist beschädigt: Sie gibt mehr Texte an, als sie enthalten kann",
                "{file}: the workbook is damaged: it claims more texts than it can hold"
            ))
            .hint(say!(
                "In Excel oder LibreOffice öffnen und erneut als .xlsx speichern.",
                "open it in Excel or LibreOffice and save it again as .xlsx"
            )));
        }
    }
    Ok(())
}

/// The largest claim: in damaged text only the decoder knows which it will find.
fn claimed_texts(xml: &str) -> Option<u64> {
    const NAME: &str = "uniqueCount";
    let claims = xml.match_indices(NAME).filter_map(|(at, _)| {
        let value = xml[at + NAME.len()..].trim_start().strip_prefix('=')?.trim_start();
        let value = value.trim_start_matches(['"', '\'', '+', ' ']);
        let digits = value.find(|c: char| !c.is_ascii_digit()).map_or(value, |end| &value[..end]);
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
    });
    claims.max()
}

fn check_zip(file: &str, bytes: &[u8], limits: Limits) -> Result<()> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let most = limits.most(bytes.len() as u64);
    let (mut declared, mut packed) = (0u64, 0u64);
    for at in 0..archive.len() {
        if let Ok(entry) = archive.by_index_raw(at) {
            declared = declared.saturating_add(entry.size());
            packed = packed.saturating_add(entry.compressed_size());
        }
    }
    if declared > most {
        return Err(limits.exceeded(file));
    }
    if packed.saturating_mul(DEFLATE_MOST) <= most {
        return Ok(());
    }
    let mut left = most;
    for at in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(at) else { continue };
        let mut out = Counted(0);
        // A damaged entry ends early here and is named by the reader of workbooks.
        let _ = std::io::copy(&mut entry.by_ref().take(left + 1), &mut out);
        left = left.checked_sub(out.0).ok_or_else(|| limits.exceeded(file))?;
    }
    Ok(())
}

/// Counts what is written to it.
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const SMALL: Limits = Limits { total: 100_000, ratio: 20, from: 1_000 };

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn zip(content: &[u8]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn gzip_comes_out_whole_even_in_several_members() {
        let packed = [gzip(b"a;b\n"), gzip(b"1;2\n")].concat();
        assert_eq!(unpacked("a.csv.gz", &packed).unwrap().as_ref(), b"a;b\n1;2\n");
        assert!(matches!(unpacked("a.csv", b"a;b\n").unwrap(), Cow::Borrowed(b"a;b\n")));
        let error = unpacked("a.csv.gz", &packed[..packed.len() - 9]).unwrap_err();
        assert!(error.to_string().starts_with("a.csv.gz: the packed file cannot be unpacked"), "{error}");
    }

    #[test]
    fn a_bomb_is_refused_by_size_and_by_ratio() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        };
        let noise: Vec<u8> = (0..200_000).map(|_| random()).collect();
        for (content, fits) in
            [(vec![b' '; 900], true), (vec![b' '; 50_000], false), (noise[..90_000].to_vec(), true), (noise, false)]
        {
            assert_eq!(gunzip("a", &gzip(&content), SMALL).is_ok(), fits, "gzip of {}", content.len());
            assert_eq!(check_zip("a", &zip(&content), SMALL).is_ok(), fits, "zip of {}", content.len());
        }
        assert!(gunzip("a", &gzip(&[0; 50_000]), GZIP).is_ok(), "too small to harm");
    }

    /// The sizes in the directory of a ZIP archive are what the sender wrote there.
    #[test]
    fn an_archive_that_lies_about_its_sizes_is_measured() {
        let mut bytes = zip(&vec![b' '; 50_000]);
        let size = 50_000u32.to_le_bytes();
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == size).collect();
        assert!(!places.is_empty());
        for at in places {
            bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
        }
        let limits = Limits { total: 10_000, ratio: 20, from: 10_000 };
        let refused = check_zip("a", &bytes, limits).is_err();
        let mut out = Vec::new();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
        let _ = archive.by_index(0).unwrap().read_to_end(&mut out);
        assert!(refused || out.len() < 10_000, "neither refused nor cut off: {} bytes", out.len());
    }

    #[test]
    fn more_texts_than_the_workbook_has_room_for_are_damage() {
        assert_eq!(claimed_texts("<sst count=\"9\" uniqueCount=\"3\"><si>"), Some(3));
        assert_eq!(claimed_texts("<sst uniqueCount = '99999999999999999999'>"), Some(u64::MAX));
        assert_eq!(claimed_texts("<sst count=\"9\">"), None);
        assert_eq!(claimed_texts("<sst co5\" uniqueCount=\"9\"><unt=\"15\" uniqueCount=\"12\">"), Some(12));
        let book = |claimed: &str| {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(format!("<sst uniqueCount=\"{claimed}\"><si/><si/></sst>").as_bytes()).unwrap();
            zip.finish().unwrap().into_inner()
        };
        assert!(check_workbook("a.xlsx", &book("2")).is_ok());
        let error = check_workbook("a.xlsx", &book("2147483648")).unwrap_err();
        assert!(error.to_string().starts_with("a.xlsx: the workbook is damaged"), "{error}");
    }
}
