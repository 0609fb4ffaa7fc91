//! From the bytes of a text file to its characters.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::domain::{Label, Text, say};
use crate::ingest::spec::SourceSpec;
use crate::text::mask;
use crate::{Error, Result};

/// Bytes from which the pattern of UTF-16 is told.
const SAMPLE: usize = 4096;
/// A body longer than this is data, whatever it begins with.
const LONGEST_MESSAGE: usize = 400;
/// Characters of a message that are shown.
const SHOWN: usize = 80;

/// Decodes the whole file; a byte order mark wins over the declared encoding.
///
/// # Errors
/// If the bytes are no text in this encoding. A declared single-byte encoding accepts every byte;
/// it is refused where the file is UTF-8 from end to end, for it would turn every umlaut into two
/// other characters without a word.
pub(super) fn decode<'a>(spec: &SourceSpec, file: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>> {
    refuse_foreign_content(file, bytes)?;
    let declared = spec.dialect.encoding.as_str();
    let encoding = Encoding::for_label(declared.as_bytes()).ok_or_else(|| {
        Error::config(say!(
            "Quelle „{}“: dialect.encoding = \"{declared}\" ist keine bekannte Zeichenkodierung",
            "source \"{}\": dialect.encoding = \"{declared}\" is not a known encoding",
            spec.name
        ))
        .hint(say!("Angeben: \"utf-8\" oder \"windows-1252\"", "use \"utf-8\" or \"windows-1252\""))
    })?;
    let mark = Encoding::for_bom(bytes);
    if mark.is_none() && encoding != UTF_16LE && encoding != UTF_16BE {
        refuse_unmarked_utf_16(spec, file, bytes)?;
    }
    let (encoding, bom) = mark.unwrap_or((encoding, 0));
    let body = &bytes[bom..];
    let text = if encoding == UTF_8 { utf_8(spec, file, body)? } else { other(spec, file, body, encoding)? };
    match text.find('\0') {
        None => Ok(text),
        Some(at) => Err(no_text(file, &text, at)),
    }
}

fn utf_8<'a>(spec: &SourceSpec, file: &str, body: &'a [u8]) -> Result<Cow<'a, str>> {
    std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        let line = body[..at].iter().filter(|&&b| b == b'\n').count() + 1;
        let byte = body.get(at).copied().unwrap_or(0);
        Error::input(say!(
            "{file}: Zeile {line}: Das Byte 0x{byte:02X} ist kein UTF-8-Zeichen",
            "{file}: line {line}: byte 0x{byte:02X} is no UTF-8 character"
        ))
        .hint(use_encoding(
            &spec.name,
            "windows-1252",
            &Text::new("die Windows-Kodierung", "in the Windows encoding"),
        ))
    })
}

fn other<'a>(spec: &SourceSpec, file: &str, body: &'a [u8], encoding: &'static Encoding) -> Result<Cow<'a, str>> {
    if encoding.is_single_byte() && !body.is_ascii() && std::str::from_utf8(body).is_ok() {
        let at = body.iter().position(|b| !b.is_ascii()).unwrap_or(0);
        let line = body[..at].iter().filter(|&&b| b == b'\n').count() + 1;
        return Err(Error::input(say!(
            "{file}: Die Datei ist UTF-8 (zuerst in Zeile {line}), angegeben ist {}",
            "{file}: the file is UTF-8 (first seen in line {line}), declared is {}",
            spec.dialect.encoding
        ))
        .hint(use_encoding(&spec.name, "utf-8", &Text::new("die Kodierung UTF-8", "in UTF-8"))));
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

fn use_encoding(source: &str, label: &str, name: &Text) -> Label {
    let cure = format!("dialect = {{ encoding = \"{label}\" }}");
    Label::new(
        format!("Die Datei hat vermutlich {}: {cure} in der Quelle „{source}“", name.de),
        format!("the file is probably {}: {cure} in source \"{source}\"", name.en),
    )
}

fn refuse_unmarked_utf_16(spec: &SourceSpec, file: &str, bytes: &[u8]) -> Result<()> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let (first, second, pairs) = (zeros(0), zeros(1), sample.len() / 2);
    let label = if pairs >= 2 && second > pairs / 2 && first < pairs / 10 + 1 {
        "utf-16le"
    } else if pairs >= 2 && first > pairs / 2 && second < pairs / 10 + 1 {
        "utf-16be"
    } else {
        return Ok(());
    };
    Err(Error::input(say!(
        "{file}: Jedes zweite Byte ist null: Das ist UTF-16 ohne Kennzeichen am Anfang",
        "{file}: every second byte is zero: this is UTF-16 without its mark at the beginning"
    ))
    .hint(use_encoding(&spec.name, label, &Text::new("die Kodierung UTF-16", "in UTF-16"))))
}

fn no_text(file: &str, text: &str, at: usize) -> Error {
    let line = text[..at].matches('\n').count() + 1;
    Error::input(say!(
        "{file}: Zeile {line}: Hier steht ein Null-Byte, das es in Text nicht gibt",
        "{file}: line {line}: a zero byte, which no text contains"
    ))
    .hint(say!(
        "Die Datei ist beschädigt (etwa bei der Übertragung) oder kein Text; noch einmal anfordern.",
        "the file was damaged (in transfer perhaps) or is no text; ask for it again"
    ))
}

pub(in crate::ingest) fn refuse_foreign_content(file: &str, bytes: &[u8]) -> Result<()> {
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

/// The message of an export that has nothing to export, if `text` is one.
pub(super) fn no_data(text: &str) -> Option<&str> {
    const MESSAGES: [&str; 6] = [
        "no data available",
        "no data",
        "no data found",
        "keine daten verfügbar",
        "keine daten vorhanden",
        "keine daten",
    ];
    if text.len() > LONGEST_MESSAGE {
        return None;
    }
    let message =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '.' | ';' | ',' | '\u{feff}'));
    MESSAGES.contains(&message.to_lowercase().as_str()).then_some(message)
}

/// Refuses the message of a server that was saved in place of an export.
///
/// # Errors
/// Kind `Input` with the first words of the message.
pub(super) fn refuse_message(file: &str, text: &str) -> Result<()> {
    let body = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\u{feff}'));
    let head: String = body.chars().take(200).flat_map(char::to_lowercase).collect();
    let begins = |starts: &[&str]| starts.iter().any(|start| head.starts_with(start));
    let what = if begins(&["error:", "fehler:", "exception:", "warning:", "fatal error:"]) {
        Text::new("eine Fehlermeldung", "an error message")
    } else if begins(&["<!doctype html", "<html", "<head", "<body"]) {
        Text::new("eine Webseite (vielleicht die Anmeldung)", "a web page (perhaps a login)")
    } else if begins(&["<?xml", "<error", "<result", "<soap"]) {
        Text::new("ein XML-Dokument", "an XML document")
    } else if begins(&["{\"", "{ \"", "[{", "{\n", "{\r\n"]) {
        Text::new("ein JSON-Dokument", "a JSON document")
    } else {
        return Ok(());
    };
    Err(message(file, what, body))
}

/// The error that `file` holds `what` instead of a table.
pub(super) fn message(file: &str, what: Text, body: &str) -> Error {
    let words = first_words(body);
    Error::input(Label::new(
        format!("{file}: Das ist {}, keine Tabelle: „{words}“", what.de),
        format!("{file}: this is {}, not a table: \"{words}\"", what.en),
    ))
    .hint(say!(
        "Den Export noch einmal anfordern; Zugangsdaten, Rechte und Zeitraum der Abfrage prüfen.",
        "ask for the export again; check credentials, permissions and period of the request"
    ))
    .hint(say!(
        "Ist es doch die richtige Datei, das `format` der Quelle angeben.",
        "if it is the right file after all, state the `format` of the source"
    ))
}

fn first_words(body: &str) -> String {
    let head: String = body.chars().take(4 * SHOWN).collect();
    let words = head.split_whitespace().collect::<Vec<_>>().join(" ");
    let masked = mask(words.trim_end_matches('"')).text;
    match masked.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}
