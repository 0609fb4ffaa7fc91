//! The raw rows of a file, before anything is known about it.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::domain::{Label, say};
use crate::ingest::spec::{Dialect, Format};
use crate::ingest::{first_rows, unpacked};
use crate::{Error, Result};

/// Rows kept per sheet: enough to find the header and to judge the delimiter.
const ROWS: usize = 200;

/// One table of a file: the file itself, or one sheet of a workbook.
pub(super) struct Sample {
    pub sheet: Option<String>,
    pub format: Format,
    /// Whether the format must be stated because the ending does not tell it.
    pub state_format: bool,
    pub dialect: Dialect,
    /// What was found out about the dialect.
    pub notes: Vec<Label>,
    /// The rows with their number in the file, from 1.
    pub rows: Vec<(u32, Vec<String>)>,
}

/// The tables of `bytes`, told by the content and not by the name.
pub(super) fn samples(file: &str, bytes: &[u8]) -> Result<Vec<Sample>> {
    if bytes.is_empty() {
        return Err(Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
            .hint(say!("Den Export noch einmal anfordern.", "ask the sender for the export again")));
    }
    match bytes {
        [b'%', b'P', b'D', b'F', ..] => Err(foreign(file, "ein PDF-Dokument", "a PDF document")),
        [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => workbook(file, bytes),
        [b'P', b'A', b'R', b'1', ..] => Ok(vec![typed(file, Format::Parquet)]),
        [0x1F, 0x8B, ..] => {
            let unpacked = unpacked(file, bytes)?;
            let inner = file.strip_suffix(".gz").unwrap_or(file);
            let mut sample = text(file, inner, &unpacked)?;
            sample.notes.insert(0, say!("mit gzip gepackt; wird so gelesen", "packed with gzip; read as it is"));
            Ok(vec![sample])
        }
        _ => Ok(vec![text(file, file, bytes)?]),
    }
}

fn foreign(file: &str, de: &str, en: &str) -> Error {
    Error::input(say!("{file}: Das ist {de}, keine Tabelle", "{file}: this is {en}, not a table")).hint(say!(
        "Die Zahlen als Excel-Arbeitsmappe (.xlsx) oder CSV-Datei anfordern.",
        "ask for the numbers as an Excel workbook (.xlsx) or a CSV file"
    ))
}

fn typed(file: &str, format: Format) -> Sample {
    let ending = match format {
        Format::Parquet => ".parquet",
        _ => ".json",
    };
    Sample {
        sheet: None,
        format,
        state_format: !file.to_lowercase().ends_with(ending),
        dialect: Dialect::default(),
        notes: Vec::new(),
        rows: Vec::new(),
    }
}

fn workbook(file: &str, bytes: &[u8]) -> Result<Vec<Sample>> {
    let lower = file.to_lowercase();
    let state_format = ![".xlsx", ".xlsm", ".xls", ".ods"].iter().any(|ending| lower.ends_with(ending));
    let sheets = first_rows(file, bytes, ROWS)?;
    let filled = sheets.iter().filter(|(_, rows)| !rows.is_empty()).count();
    let only = filled == 1 && sheets.first().is_some_and(|(_, rows)| !rows.is_empty());
    let sample = |(name, rows): (String, Vec<(u32, Vec<String>)>)| Sample {
        // The only sheet is found without its name, whatever it is called next time.
        sheet: (!only).then_some(name),
        format: Format::Xlsx,
        state_format,
        dialect: Dialect::default(),
        notes: Vec::new(),
        rows,
    };
    let out: Vec<Sample> = sheets.into_iter().filter(|(_, rows)| !rows.is_empty()).map(sample).collect();
    if out.is_empty() {
        return Err(Error::input(say!("{file}: Die Arbeitsmappe ist leer", "{file}: the workbook is empty"))
            .hint(say!("Die Arbeitsmappe noch einmal anfordern.", "ask the sender for the workbook again")));
    }
    Ok(out)
}

fn text(file: &str, inner: &str, bytes: &[u8]) -> Result<Sample> {
    let (encoding, body) = encoding(bytes);
    let whole = encoding.0.decode_without_bom_handling(body).0;
    if whole.trim().is_empty() {
        return Err(Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
            .hint(say!("Den Export noch einmal anfordern.", "ask the sender for the export again")));
    }
    if whole.contains('\0') {
        return Err(foreign(file, "keine Textdatei, die sich lesen ließe", "no text that could be read"));
    }
    let start = whole.trim_start();
    if start.starts_with('{') || start.starts_with("[{") || start.starts_with("[\n") || start.starts_with("[\r") {
        return Ok(typed(inner, Format::Json));
    }
    let mut notes = vec![encoding.1];
    let lower = inner.to_lowercase();
    let known_ending = [".csv", ".txt", ".tsv"].iter().any(|ending| lower.ends_with(ending));
    if is_gv100ad(&whole) {
        let dialect = Dialect::default();
        return Ok(Sample {
            sheet: None,
            format: Format::Gv100ad,
            state_format: true,
            dialect,
            notes,
            rows: Vec::new(),
        });
    }
    let (delimiter, note) = delimiter(&whole);
    notes.push(note);
    let quote = quote(&whole, delimiter);
    if quote != '"' {
        notes.push(say!("Anführungszeichen „{quote}“", "quote character {quote}"));
    }
    let dialect = Dialect { encoding: encoding.0.name().to_lowercase(), delimiter, decimal: ',', quote };
    let rows = records(&whole, delimiter, quote, ROWS);
    Ok(Sample { sheet: None, format: Format::Csv, state_format: !known_ending, dialect, notes, rows })
}

type Known = (&'static Encoding, Label);

fn encoding(bytes: &[u8]) -> (Known, &[u8]) {
    if let Some((found, length)) = Encoding::for_bom(bytes) {
        let name = found.name();
        let note = say!(
            "Zeichenkodierung {name}: Die Datei beginnt mit einer Kennung dafür (BOM)",
            "encoding {name}: the file begins with a byte order mark"
        );
        return ((found, note), &bytes[length..]);
    }
    let zeros = |odd: usize| bytes.iter().take(2000).skip(odd).step_by(2).filter(|&&b| b == 0).count();
    let half = bytes.len().min(2000) / 2;
    for (found, odd) in [(UTF_16LE, 1), (UTF_16BE, 0)] {
        if half > 4 && zeros(odd) * 10 > half * 7 {
            let name = found.name();
            return ((found, say!("Zeichenkodierung {name}, ohne Kennung", "encoding {name}, without a mark")), bytes);
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(_) if bytes.is_ascii() => {
            let note = say!(
                "Zeichenkodierung: nur einfache Zeichen, jede passt",
                "encoding: plain characters only, any would do"
            );
            ((encoding_rs::UTF_8, note), bytes)
        }
        Ok(_) => ((encoding_rs::UTF_8, say!("Zeichenkodierung UTF-8: gültig", "encoding UTF-8: valid")), bytes),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
            let note = say!(
                "Zeichenkodierung Windows-1252: Zeile {line} ist kein gültiges UTF-8",
                "encoding Windows-1252: line {line} is not valid UTF-8"
            );
            ((WINDOWS_1252, note), bytes)
        }
    }
}

/// Lines of the official register: 220 characters that begin with a record type and a date.
fn is_gv100ad(text: &str) -> bool {
    let fits = |line: &str| {
        line.chars().count() >= 180 && line.chars().take(10).all(|c| c.is_ascii_digit()) && !line.contains([';', '\t'])
    };
    let mut lines = text.lines().take(5).peekable();
    lines.peek().is_some() && lines.all(fits)
}

fn delimiter(text: &str) -> (char, Label) {
    let first = text.lines().next().unwrap_or("").trim();
    if let Some(stated) = first.to_lowercase().strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
        let shown = shown(stated);
        return (
            stated,
            say!("Trennzeichen {shown}: Die erste Zeile sagt es", "delimiter {shown}: the first line says so"),
        );
    }
    let judge = |delimiter: char| {
        let rows = records(text, delimiter, '"', 60);
        let widths: Vec<usize> = rows.iter().map(|(_, row)| row.len()).collect();
        let usual = widths.iter().copied().max_by_key(|w| widths.iter().filter(|v| *v == w).count()).unwrap_or(1);
        let fitting = widths.iter().filter(|w| **w == usual).count();
        let score = if usual > 1 { fitting * 10 / widths.len().max(1) * 10 + usual.min(9) } else { 0 };
        (score, fitting, widths.len(), usual, delimiter)
    };
    let best = [';', '\t', ',', '|'].into_iter().map(judge).rev().max_by_key(|judged| judged.0);
    let Some((score, fitting, of, columns, delimiter)) = best.filter(|judged| judged.0 > 0) else {
        return (';', say!("nur eine Spalte", "one column only"));
    };
    debug_assert!(score > 0);
    let shown = shown(delimiter);
    (
        delimiter,
        say!(
            "Trennzeichen {shown}: {fitting} von {of} Zeilen ergeben {columns} Spalten",
            "delimiter {shown}: {fitting} of {of} lines give {columns} columns"
        ),
    )
}

fn shown(delimiter: char) -> String {
    if delimiter == '\t' { "Tab".into() } else { format!("\"{delimiter}\"") }
}

fn quote(text: &str, delimiter: char) -> char {
    let fields = || text.lines().take(60).flat_map(|line| line.split(delimiter)).map(str::trim);
    let quoted = |quote: char| fields().filter(|f| f.len() > 1 && f.starts_with(quote) && f.ends_with(quote)).count();
    if quoted('\'') > 2 && quoted('"') == 0 { '\'' } else { '"' }
}

/// The records with the number of the line on which each begins.
fn records(text: &str, delimiter: char, quote: char, most: usize) -> Vec<(u32, Vec<String>)> {
    let byte = |c: char| u8::try_from(c).unwrap_or(b';');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(byte(delimiter))
        .quote(byte(quote))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut out = Vec::new();
    for record in reader.records().take(most).filter_map(std::result::Result::ok) {
        let mut at = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        let mut line = record.position().map_or(0, csv::Position::line);
        // The position of a record is the end of the one before: blank lines lie between.
        while let Some(rest) = text.get(at..)
            && let Some(blank) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))
        {
            at = text.len() - blank.len();
            line += 1;
        }
        out.push((u32::try_from(line).unwrap_or(u32::MAX), record.iter().map(|f| f.trim().to_owned()).collect()));
    }
    out
}
