use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};

use super::{Fields, RowSink};
use crate::domain::{Label, Text, say};
use crate::ingest::spec::SourceSpec;
use crate::{Error, Result};

struct Record<'a>(&'a csv::StringRecord);

impl Fields for Record<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn text(&self, at: usize) -> &str {
        self.0.get(at).unwrap_or("")
    }
}

pub(super) fn read(spec: &SourceSpec, file: &str, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    refuse_foreign_content(file, bytes)?;
    let text = decode(spec, file, bytes)?;
    let (body, skipped) = skip_to_header(&text, spec.header_row, file)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(ascii(spec.dialect.delimiter, "delimiter", spec)?)
        .quote(ascii(spec.dialect.quote, "quote", spec)?)
        .has_headers(false)
        .flexible(true)
        .from_reader(body.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    let mut have_header = false;
    let mut record_start = csv::Position::new();
    loop {
        let line = reader.position().line() + skipped;
        match reader.read_record(&mut record) {
            Ok(true) => {
                if let Some(position) = record.position() {
                    record_start = position.clone();
                }
            }
            Ok(false) => break,
            Err(error) => {
                return Err(Error::input(say!("{file}: Zeile {line}: {error}", "{file}: line {line}: {error}")));
            }
        }
        if have_header {
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            number += 1;
            let begins = record.position().map_or(0, |p| p.line() + skipped);
            sink.record(number, begins, &Record(&record));
        } else {
            let headers: Vec<String> = record.iter().map(|name| name.trim().to_owned()).collect();
            sink.columns(&headers)?;
            have_header = true;
        }
    }
    if have_header { closed_quote(spec, file, body, &record_start, skipped) } else { Err(empty(file)) }
}

/// A quote that is never closed swallows the rest of the file into one field.
fn closed_quote(spec: &SourceSpec, file: &str, body: &str, start: &csv::Position, skipped: u64) -> Result<()> {
    let at = usize::try_from(start.byte()).unwrap_or(usize::MAX);
    let last = body.get(at..).unwrap_or("").trim_end();
    if last.matches(spec.dialect.quote).count().is_multiple_of(2) || !last.contains('\n') {
        return Ok(());
    }
    let line = start.line() + skipped;
    Err(Error::input(say!(
        "{file}: Zeile {line}: Ein Anführungszeichen wird geöffnet, aber bis zum Ende der Datei nicht geschlossen",
        "{file}: line {line}: a quote is opened, but not closed before the end of the file"
    ))
    .hint(say!(
        "fehlendes Anführungszeichen ergänzen; ein Anführungszeichen im Feld wird verdoppelt",
        "add the missing quote; a quote inside a field is doubled"
    )))
}

fn empty(file: &str) -> Error {
    Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
        .hint(say!("Den Export noch einmal anfordern.", "ask the sender for the export again"))
}

fn refuse_foreign_content(file: &str, bytes: &[u8]) -> Result<()> {
    let kind = match bytes {
        [b'P', b'K', 3, 4, ..] => {
            Text::new("eine Excel-Arbeitsmappe oder ein ZIP-Archiv", "an Excel workbook or ZIP archive")
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Text::new("eine Excel-Arbeitsmappe im alten Format", "an old Excel workbook"),
        [b'P', b'A', b'R', b'1', ..] => Text::new("eine Parquet-Datei", "a Parquet file"),
        [0x1F, 0x8B, ..] => Text::new("eine mit gzip gepackte Datei", "gzip-compressed"),
        [b'%', b'P', b'D', b'F', ..] => Text::new("ein PDF-Dokument", "a PDF document"),
        _ => return Ok(()),
    };
    Err(Error::input(Label::new(
        format!("{file}: Das ist {}, keine Textdatei", kind.de),
        format!("{file}: this is {}, not a text file", kind.en),
    ))
    .hint(say!(
        "In der Quelle das richtige `format` angeben oder die Datei als CSV speichern.",
        "state the right `format` in the source, or save it as CSV"
    )))
}

fn ascii(c: char, what: &str, spec: &SourceSpec) -> Result<u8> {
    u8::try_from(c).ok().filter(u8::is_ascii).ok_or_else(|| {
        Error::config(say!(
            "Quelle „{}“: dialect.{what} = \"{c}\" ist kein einfaches ASCII-Zeichen",
            "source \"{}\": dialect.{what} = \"{c}\" is not a plain ASCII character",
            spec.name
        ))
    })
}

/// Decodes the whole file; a byte order mark wins over the declared encoding.
fn decode<'a>(spec: &SourceSpec, file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    let declared = spec.dialect.encoding.as_str();
    let encoding = Encoding::for_label(declared.as_bytes()).ok_or_else(|| {
        Error::config(say!(
            "Quelle „{}“: dialect.encoding = \"{declared}\" ist keine bekannte Zeichenkodierung",
            "source \"{}\": dialect.encoding = \"{declared}\" is not a known encoding",
            spec.name
        ))
        .hint(say!("Angeben: \"utf-8\" oder \"windows-1252\"", "use \"utf-8\" or \"windows-1252\""))
    })?;
    let (encoding, bom) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    let body = &bytes[bom..];
    if encoding == UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => {
                let at = error.valid_up_to();
                let line = body[..at].iter().filter(|&&b| b == b'\n').count() + 1;
                let byte = body.get(at).copied().unwrap_or(0);
                Err(Error::input(say!(
                    "{file}: Zeile {line}: Das Byte 0x{byte:02X} ist kein UTF-8-Zeichen",
                    "{file}: line {line}: byte 0x{byte:02X} is no UTF-8 character"
                ))
                .hint(windows_encoding(&spec.name)))
            }
        };
    }
    encoding.decode_without_bom_handling_and_without_replacement(body).ok_or_else(|| {
        Error::input(say!(
            "{file}: enthält Bytes, die in {} kein Zeichen sind",
            "{file}: bytes that are no character in {}",
            encoding.name()
        ))
        .hint(say!("dialect.encoding der Quelle prüfen.", "check dialect.encoding of the source"))
    })
}

fn windows_encoding(source: &str) -> Label {
    let cure = "dialect = { encoding = \"windows-1252\" }";
    say!(
        "Die Datei hat vermutlich die Windows-Kodierung: {cure} in der Quelle „{source}“",
        "the file is probably in the Windows encoding: {cure} in source \"{source}\""
    )
}

/// The text from the header line on, and the number of lines before it.
fn skip_to_header<'a>(text: &'a str, header_row: u32, file: &str) -> Result<(&'a str, u64)> {
    let mut rest = text;
    let mut skipped = 0;
    let first = rest.lines().next().unwrap_or("");
    let separator_line = first.len() <= 6 && first.trim().to_lowercase().starts_with("sep=");
    for _ in 0..(header_row.saturating_sub(1) + u32::from(separator_line && header_row == 1)) {
        let Some(end) = rest.find('\n') else {
            return Err(Error::input(say!(
                "{file}: Es gibt keine Zeile {header_row} für die Spaltennamen",
                "{file}: there is no line {header_row} for the column names"
            ))
            .hint(say!("`header_row` der Quelle prüfen.", "check `header_row` of the source")));
        };
        rest = &rest[end + 1..];
        skipped += 1;
    }
    if rest.trim().is_empty() { Err(empty(file)) } else { Ok((rest, skipped)) }
}
