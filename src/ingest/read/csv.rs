use std::borrow::Cow;
use std::io::Cursor;

pub(in crate::ingest) use self::stray::Signs;
use self::stray::{swallowed, swallowed_by_header};
use super::{Fields, MOST_COLUMNS, RECORD_LIMIT, RowSink, header, text};
use crate::domain::say;
use crate::ingest::bulk::cut::whole_records;
use crate::ingest::finding::Code;
use crate::ingest::spec::SourceSpec;
use crate::{Error, Result};

/// The fields below the column names; fields behind them are left out where they are empty or stand
/// below an empty name.
struct Record<'a> {
    fields: &'a csv::StringRecord,
    len: usize,
}

impl Fields for Record<'_> {
    fn len(&self) -> usize {
        self.len
    }

    fn text(&self, at: usize) -> &str {
        if at < self.len { self.fields.get(at).unwrap_or("") } else { "" }
    }
}

/// How many columns the file has.
#[derive(Clone, Copy)]
pub(in crate::ingest) struct Width {
    /// With a name.
    named: usize,
    /// With those whose name at the end of the header is empty.
    whole: usize,
}

impl Width {
    fn of(self, fields: &csv::StringRecord) -> usize {
        let len = fields.len();
        let surplus_is_empty = || fields.iter().skip(self.named).all(|field| field.trim().is_empty());
        if len > self.named && (len <= self.whole || surplus_is_empty()) { self.named } else { len }
    }
}

pub(super) fn read(spec: &SourceSpec, file: &str, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    let text = text::decode(spec, file, bytes)?;
    if let Some(message) = text::no_data(&text) {
        sink.about_file(Code::NoDataReport, message);
        return Ok(());
    }
    text::refuse_message(file, &text)?;
    let top = skip_to_header(&text, spec.header_row, file)?;
    // An editor of old may end the file with Ctrl-Z.
    let body = split_at_marks(top.body.trim_end_matches('\u{1a}'));
    let signs = Signs {
        delimiter: ascii(top.delimiter.unwrap_or(spec.dialect.delimiter), "delimiter", spec)?,
        quote: ascii(spec.dialect.quote, "quote", spec)?,
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(signs.delimiter)
        .quote(signs.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(Cursor::new(body.as_bytes()));
    let mut lines = Lines { body: &body, at: 0, line: top.skipped + 1 };
    let mut record = csv::StringRecord::new();
    let mut number = 0;
    let mut names = Vec::new();
    let mut width = None;
    let mut begins = 0;
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = lines.line_of(from).0;
                return Err(Error::input(say!("{file}: Zeile {line}: {error}", "{file}: line {line}: {error}")));
            }
        }
        let line;
        (line, begins) = lines.line_of(from);
        // Only a quote takes a record beyond the end of its line.
        let breaks = record.as_slice().bytes().any(|b| matches!(b, b'\n' | b'\r'));
        let several_lines = breaks.then(|| {
            let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
            body.get(begins..end.min(body.len())).unwrap_or("").trim_end_matches(['\r', '\n'])
        });
        let Some(width) = width else {
            if several_lines.is_some_and(|lines| swallowed_by_header(lines, signs, record.len())) {
                return Err(open_header(file, line));
            }
            if record.as_slice().len() > RECORD_LIMIT || record.len() > MOST_COLUMNS {
                return Err(long_header(file, line));
            }
            names.push(record.iter().map(str::to_owned).collect::<Vec<String>>());
            if names.len() >= spec.header_rows.max(1) as usize {
                let whole = names.iter().map(Vec::len).max().unwrap_or(0);
                let headers = header::joined(std::mem::take(&mut names), &[]);
                sink.columns(&headers)?;
                width = Some(Width { named: headers.len(), whole });
            }
            continue;
        };
        let rest = body.get(begins..).unwrap_or("");
        let is_last = usize::try_from(reader.position().byte()).is_ok_and(|end| end >= body.len());
        if is_last && ends_within_quotes(rest.trim_end(), signs) && !rest.trim_end().contains(['\n', '\r']) {
            sink.unreadable(number + 1, line, Code::StrayQuote);
            continue;
        }
        // What is never closed is an error of the whole file.
        let closed = |lines: &&str| begins + lines.len() < body.trim_end().len() || !is_open(lines, spec);
        if let Some(second) = several_lines.filter(closed).and_then(|lines| swallowed(lines, signs, width.named)) {
            number += 1;
            sink.unreadable(number, line, Code::StrayQuote);
            let mut position = csv::Position::new();
            position.set_byte((begins + second) as u64);
            reader.seek(position).map_err(|error| Error::input(say!("{file}: {error}", "{file}: {error}")))?;
        } else if record.as_slice().len() > RECORD_LIMIT {
            number += 1;
            sink.unreadable(number, line, Code::RecordTooLong);
            // Its buffer is not worth keeping for the short ones that follow.
            record = csv::StringRecord::new();
        } else if !record.iter().all(|field| field.trim().is_empty()) {
            number += 1;
            sink.record(number, line, &Record { fields: &record, len: width.of(&record) });
        }
    }
    if width.is_some() {
        closed_quote(spec, file, &body, begins, &mut lines)
    } else {
        Err(no_header(file, spec, !names.is_empty()))
    }
}

/// Records that tell what the columns hold that nothing reads.
const FIRST_RECORDS: usize = 100;

/// How a file begins.
pub(in crate::ingest) struct Head {
    pub(in crate::ingest) signs: Signs,
    pub(in crate::ingest) headers: Vec<String>,
    pub(in crate::ingest) width: Width,
    /// Bytes before the first record below the column names.
    pub(in crate::ingest) length: usize,
    /// Its line, from 1.
    pub(in crate::ingest) line: u64,
}

/// The head of a file that begins with `text`; `None` where it takes the whole file to read it, or to say
/// what is wrong with it.
pub(in crate::ingest) fn head(spec: &SourceSpec, file: &str, text: &str) -> Option<Head> {
    if text.trim_start_matches('\u{feff}').contains(['\u{feff}', '\0']) || text::no_data(text).is_some() {
        return None;
    }
    text::refuse_message(file, text).ok()?;
    let top = skip_to_header(text, spec.header_row, file).ok()?;
    let signs = Signs {
        delimiter: ascii(top.delimiter.unwrap_or(spec.dialect.delimiter), "delimiter", spec).ok()?,
        quote: ascii(spec.dialect.quote, "quote", spec).ok()?,
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(signs.delimiter)
        .quote(signs.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(top.body.as_bytes());
    let (mut names, mut record) = (Vec::new(), csv::StringRecord::new());
    while names.len() < spec.header_rows.max(1) as usize {
        let whole = reader.read_record(&mut record).ok()? && !reader.is_done();
        if !whole || record.as_slice().contains(['\n', '\r']) || record.as_slice().len() > RECORD_LIMIT {
            return None;
        }
        names.push(record.iter().map(str::to_owned).collect::<Vec<String>>());
    }
    let end = usize::try_from(reader.position().byte()).ok()?;
    // The reader stops amid the line end of Windows.
    let end = end + usize::from(top.body[..end].ends_with('\r') && top.body[end..].starts_with('\n'));
    let mut lines = Lines { body: top.body, at: 0, line: top.skipped + 1 };
    let line = lines.line_of(end).0;
    let blank = top.body[end..].len() - top.body[end..].trim_start_matches(['\r', '\n']).len();
    let whole = names.iter().map(Vec::len).max().unwrap_or(0);
    let headers = header::joined(names, &[]);
    if headers.len() > MOST_COLUMNS {
        return None;
    }
    let width = Width { named: headers.len(), whole };
    Some(Head { signs, headers, width, length: text.len() - top.body.len() + end + blank, line })
}

/// Hands the first records of `text`, which begins below the column names, to `each`.
pub(in crate::ingest) fn first_records(text: &str, head: &Head, each: &mut dyn FnMut(&dyn Fields)) {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(head.signs.delimiter)
        .quote(head.signs.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    for record in reader.records().map_while(std::result::Result::ok).take(FIRST_RECORDS) {
        each(&Record { fields: &record, len: head.width.of(&record) });
    }
}

/// Hands on one record, which stands alone in `text`. Its number and line are those in its file.
pub(in crate::ingest) fn lone(text: &str, signs: Signs, width: Width, number: u64, line: u64, sink: &mut dyn RowSink) {
    if memchr::memchr(signs.quote, text.as_bytes()).is_none() && text.len() <= RECORD_LIMIT {
        let fields: csv::StringRecord = text.split(char::from(signs.delimiter)).collect();
        sink.record(number, line, &Record { fields: &fields, len: width.of(&fields) });
        return;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(signs.delimiter)
        .quote(signs.quote)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(text.len().max(1))
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    if !reader.read_record(&mut record).unwrap_or(false) || record.as_slice().len() > RECORD_LIMIT {
        sink.unreadable(number, line, Code::RecordTooLong);
    } else {
        sink.record(number, line, &Record { fields: &record, len: width.of(&record) });
    }
}

/// Whether the record that is all of `text` has nothing in it but blanks.
pub(in crate::ingest) fn is_blank(text: &str, signs: Signs) -> bool {
    let sign = |c: char| c == char::from(signs.delimiter) || c == char::from(signs.quote) || c.is_whitespace();
    if !text.chars().all(sign) {
        return false;
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(signs.delimiter)
        .quote(signs.quote)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.records().all(|record| record.is_ok_and(|record| record.iter().all(|field| field.trim().is_empty())))
}

/// Whether a quote in the first line of the record that is all of `text` has swallowed the lines below.
pub(in crate::ingest) fn has_swallowed(text: &str, signs: Signs, width: Width) -> bool {
    text.matches(char::from(signs.quote)).count() % 2 == 1 || swallowed(text, signs, width.named).is_some()
}

/// Where records begin. The line ends of Windows, Unix and old Macintosh count alike, whichever of
/// them the file mixes.
struct Lines<'a> {
    body: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line and the place of the record behind `from`; empty lines before it are passed over.
    fn line_of(&mut self, from: usize) -> (u64, usize) {
        let bytes = self.body.as_bytes();
        let from = from.min(bytes.len());
        let blank = bytes[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let begins = from + blank;
        for at in self.at..begins {
            let ends = match bytes[at] {
                b'\n' => true,
                b'\r' => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends);
        }
        self.at = self.at.max(begins);
        (self.line, begins)
    }
}

/// Whether the text of the last record of a file ends before the quote that a field opens is closed, as where a
/// file was cut off.
pub(in crate::ingest) fn ends_within_quotes(text: &str, signs: Signs) -> bool {
    memchr::memchr(signs.quote, text.as_bytes()).is_some() && whole_records(format!("{text}\n").as_bytes(), signs) == 0
}

fn is_open(record: &str, spec: &SourceSpec) -> bool {
    !record.matches(spec.dialect.quote).count().is_multiple_of(2)
}

/// A quote that is never closed swallows the rest of the file into one field.
fn closed_quote(spec: &SourceSpec, file: &str, body: &str, begins: usize, lines: &mut Lines<'_>) -> Result<()> {
    let last = body.get(begins..).unwrap_or("").trim_end();
    if !is_open(last, spec) || !last.contains(['\n', '\r']) {
        return Ok(());
    }
    let line = lines.line;
    Err(Error::input(say!(
        "{file}: Zeile {line}: Ein Anführungszeichen wird geöffnet, aber bis zum Ende der Datei nicht geschlossen",
        "{file}: line {line}: a quote is opened, but not closed before the end of the file"
    ))
    .hint(say!(
        "fehlendes Anführungszeichen ergänzen; ein Anführungszeichen im Feld wird verdoppelt",
        "add the missing quote; a quote inside a field is doubled"
    )))
}

fn open_header(file: &str, line: u64) -> Error {
    Error::input(say!(
        "{file}: Zeile {line}: Ein Anführungszeichen in der Zeile mit den Spaltennamen wird erst in einer anderen Zeile \
         geschlossen",
        "{file}: line {line}: a quote in the line with the column names is closed in another line only"
    ))
    .hint(say!(
        "fehlendes Anführungszeichen ergänzen; ein Anführungszeichen im Feld wird verdoppelt",
        "add the missing quote; a quote inside a field is doubled"
    ))
}

fn long_header(file: &str, line: u64) -> Error {
    Error::input(say!(
        "{file}: Zeile {line}: Die Zeile mit den Spaltennamen ist länger als 1 MiB oder hat über 16.384 Spalten",
        "{file}: line {line}: the line with the column names is longer than 1 MiB or has more than 16,384 columns"
    ))
    .hint(say!(
        "Die Datei hat vermutlich keine Zeilenenden oder ist keine Tabelle; noch einmal anfordern.",
        "the file probably has no line ends or is no table; ask for it again"
    ))
}

fn no_header(file: &str, spec: &SourceSpec, begun: bool) -> Error {
    if !begun {
        return empty(file);
    }
    Error::input(say!(
        "{file}: Die Datei endet vor der letzten der {} Zeilen mit Spaltennamen",
        "{file}: the file ends before the last of the {} lines with column names",
        spec.header_rows
    ))
    .hint(say!("`header_rows` der Quelle prüfen.", "check `header_rows` of the source"))
}

fn empty(file: &str) -> Error {
    Error::input(say!("{file}: Die Datei ist leer", "{file}: the file is empty"))
        .hint(say!("Den Export noch einmal anfordern.", "ask the sender for the export again"))
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

/// The text from the header line on.
struct Top<'a> {
    body: &'a str,
    /// Lines before it.
    skipped: u64,
    /// What the line `sep=;` of Excel says.
    delimiter: Option<char>,
}

fn skip_to_header<'a>(text: &'a str, header_row: u32, file: &str) -> Result<Top<'a>> {
    let mut rest = text.trim_start_matches('\u{feff}');
    let delimiter = separator(line(rest).0);
    let mut skipped = 0;
    for _ in 0..(header_row.saturating_sub(1) + u32::from(delimiter.is_some() && header_row <= 1)) {
        let Some(behind) = line(rest).1 else {
            return Err(Error::input(say!(
                "{file}: Es gibt keine Zeile {header_row} für die Spaltennamen",
                "{file}: there is no line {header_row} for the column names"
            ))
            .hint(say!("`header_row` der Quelle prüfen.", "check `header_row` of the source")));
        };
        rest = behind;
        skipped += 1;
    }
    if rest.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return Err(empty(file));
    }
    Ok(Top { body: rest, skipped, delimiter })
}

/// The first line of `text`, and what stands behind its end if it has one.
fn line(text: &str) -> (&str, Option<&str>) {
    match text.find(['\r', '\n']) {
        None => (text, None),
        Some(end) => {
            let behind = &text[end..];
            (&text[..end], Some(behind.strip_prefix("\r\n").unwrap_or_else(|| &behind[1..])))
        }
    }
}

/// The delimiter that a line `sep=;` declares: like a byte order mark it is part of the file and wins.
fn separator(line: &str) -> Option<char> {
    let line = line.trim_matches(['"', ' ', '\u{feff}']);
    let (word, rest) = line.split_at_checked(4)?;
    let mut rest = rest.chars();
    let delimiter = rest.next()?;
    (word.eq_ignore_ascii_case("sep=") && rest.as_str().trim_matches([';', ',', '\t']).is_empty()).then_some(delimiter)
}

/// Files that were joined have byte order marks amid the text. Where one begins a line it is dropped;
/// where the last line before it had no end and the header follows, it stands for the line end. Any
/// other one may be part of a value and stays.
fn split_at_marks(body: &str) -> Cow<'_, str> {
    if !body.contains('\u{feff}') {
        return Cow::Borrowed(body);
    }
    let mut parts = body.split('\u{feff}');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        if !out.is_empty() && !out.ends_with(['\r', '\n']) {
            let header = line(&out).0;
            let joined = !header.is_empty() && header.len() < out.len() && line(part).0 == header;
            out.push(if joined { '\n' } else { '\u{feff}' });
        }
        out.push_str(part);
    }
    Cow::Owned(out)
}

mod stray;
#[cfg(test)]
mod tests;
