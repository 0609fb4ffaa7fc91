//! Text files block by block: blocks in parallel, what is not plain in the order of the file.
//!
//! A block is cut at the end of a record, its plain records become facts at once, and all others go
//! through the reader and the rules for single records. Where framing itself is in doubt (a stray
//! quote, a byte order mark amid the text), the file is read again as a whole from there on: nothing
//! depends on which way a record took.

pub(in crate::ingest) mod cut;
mod parquet;
pub(in crate::ingest) mod plain;
mod scan;
pub(in crate::ingest) mod words;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use memchr::{memchr, memmem};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use wide::u8x16;

use self::cut::{whole_lines, whole_records};
use self::plain::{Recent, Recognise, Record};
use self::scan::{Field, NO_STARTS, Row, Scan, Span};
use super::facts::{FactBlock, PlainFact};
use super::lanes::{Lanes, Split};
use super::read::csv::{self, Head};
use super::read::{Fields, RECORD_LIMIT, RowSink, files, text};
use super::spec::{Format, Layout, SourceKind, SourceSpec};
use super::{Code, InputFile, Sink, hex};
use crate::Result;

/// Bytes of a block; few in tests, so that every file has several.
const BLOCK: usize = if cfg!(test) { 300 } else { 4 << 20 };
/// Bytes read and hashed at a time.
const PIECE: usize = if cfg!(test) { 70 } else { 256 << 10 };
/// Blocks that are read while as many are worked on.
const WAVE: usize = 4;
/// Records looked at to see how the file spells its values.
const SAMPLE: usize = 5_000;
/// Different texts of a column that are remembered.
const SAMPLE_TEXTS: usize = 64;

/// The first texts of every column, each once, in the order of the file.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Sample {
    columns: Vec<Vec<String>>,
}

impl Sample {
    fn of(block: &[u8], head: &Head) -> Self {
        let width = head.headers.len();
        let mut out = Self { columns: vec![Vec::new(); width] };
        let mut scan = Scan::new(block, head.signs);
        let mut fields = vec![Field::default(); width];
        for _ in 0..SAMPLE {
            let Some(span) = scan.next_record(&mut fields) else { break };
            for (texts, field) in out.columns.iter_mut().zip(&fields).take(span.fields) {
                let Ok(text) = std::str::from_utf8(field.of(block)) else { continue };
                if texts.len() < SAMPLE_TEXTS && !field.twisted && texts.iter().all(|known| known != text) {
                    texts.push(text.to_owned());
                }
            }
        }
        out
    }

    /// The texts of a column.
    pub(in crate::ingest) fn texts(&self, column: usize) -> impl Iterator<Item = &str> {
        self.columns.get(column).into_iter().flatten().map(String::as_str)
    }
}

/// What a block holds.
#[derive(Default)]
pub(in crate::ingest) struct Parsed {
    facts: Lanes,
    /// Records in it.
    rows: u32,
    /// Records that are not plain: row, line within the block, where its text stands.
    odd: Vec<(u32, u32, std::ops::Range<usize>)>,
    /// Line of every row, where rows and lines differ.
    lines: Option<Vec<u32>>,
    /// Line ends in it.
    line_ends: u32,
}

impl Parsed {
    /// One more row. Most files have a line for every record: only where one has not, all are kept.
    #[inline]
    fn row(&mut self, line: u32, lines: &mut Vec<u32>) {
        if lines.is_empty() && line != self.rows {
            lines.extend(0..self.rows);
        }
        if line != self.rows || !lines.is_empty() {
            lines.push(line);
        }
        self.rows += 1;
    }
}

/// Reads the file at `path` into `sink`, with whatever of it is plain kept as such. `None`, and
/// nothing done, where the file must be read as a whole.
///
/// # Errors
/// If the file cannot be read, or is not what the configuration says it is.
pub(super) fn read(path: &Path, format: Format, split: Split, sink: &mut Sink<'_, '_>) -> Result<Option<InputFile>> {
    let (spec, file) = (sink.context.spec, sink.context.file.clone());
    if spec.layout != Layout::Long || !matches!(spec.kind, SourceKind::Usage | SourceKind::Feedback) {
        return Ok(None);
    }
    if format == Format::Parquet {
        return parquet::read(path, split, sink);
    }
    if format != Format::Csv || !is_utf_8(spec) {
        return Ok(None);
    }
    let mut blocks = Blocks::open(path, &file)?;
    let mut first = Vec::new();
    blocks.more(&mut first, 0)?;
    let beginning = beginning_of(&first);
    // A character may be cut in two at the end of the block.
    let is_text = beginning.len() + 3 >= first.len();
    if text::refuse_foreign_content(&file, &first).is_err() || !is_text {
        return Ok(None);
    }
    let Some(head) = csv::head(spec, &file, beginning) else { return Ok(None) };
    sink.columns(&head.headers)?;
    let whole = head.length + whole_records(&first[head.length..], head.signs);
    let sample = Sample::of(&first[head.length..whole.max(head.length)], &head);
    let Some(map) = &sink.map else { return Ok(None) };
    let Some(plain) = sink.kind.plain(&sink.context, map, &sample) else { return Ok(None) };
    let job = Job { head: &head, split, wanted: plain.free_column() };
    blocks.carry = first[head.length..].to_vec();
    drop(first);

    csv::first_records(beginning_of(&blocks.carry), &head, &mut |fields| sink.watch.record(fields));
    sink.watch.has_seen_enough();
    let (mut record, mut line) = (1u64, head.line);
    let mut wave = blocks.wave(head.signs)?;
    let mut rooms = vec![Vec::new(); WAVE];
    sink.plain_file(&plain);
    while !wave.is_empty() {
        let (next, parsed) = rayon::join(
            || blocks.wave(head.signs),
            || {
                let blocks = wave.par_iter().zip(rooms.par_iter_mut());
                blocks.map(|(block, room)| plain.block(&job, block, room)).collect::<Vec<Option<Parsed>>>()
            },
        );
        for (block, parsed) in wave.iter().zip(parsed) {
            let Some(parsed) = parsed else {
                return from_here_as_a_whole(path, record - 1, sink).map(Some);
            };
            let rows = u64::from(parsed.rows);
            sink.plain_records(rows - parsed.odd.len() as u64);
            job.odd_records(&block.text, &parsed, record, line, sink);
            let (source, file) = (sink.context.source, sink.context.file_number);
            let Parsed { facts, lines, .. } = parsed;
            let facts = sink.context.shelf.put(facts)?;
            sink.kind.block(FactBlock { source, file, first_record: record, first_line: line, lines, facts });
            record += rows;
            line += u64::from(parsed.line_ends);
        }
        blocks.spare.extend(wave.into_iter().map(|block| block.text));
        wave = next?;
    }
    blocks.close().map(Some)
}

fn beginning_of(bytes: &[u8]) -> &str {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    std::str::from_utf8(&bytes[..valid]).unwrap_or_default()
}

fn is_utf_8(spec: &SourceSpec) -> bool {
    let label = spec.dialect.encoding.as_bytes();
    encoding_rs::Encoding::for_label(label) == Some(encoding_rs::UTF_8)
}

/// The rest of a file behind its first `records`, which have been dealt with.
fn from_here_as_a_whole(path: &Path, records: u64, sink: &mut Sink<'_, '_>) -> Result<InputFile> {
    let (spec, file) = (sink.context.spec, sink.context.file.clone());
    let bytes = files::load(path, &file)?;
    super::read::read(spec, &file, Format::Csv, &bytes, &mut Behind { records, sink })?;
    Ok(super::input_file(&file, &bytes))
}

/// Leaves out the records that have been dealt with.
struct Behind<'a, 'b, 'c> {
    records: u64,
    sink: &'a mut Sink<'b, 'c>,
}

impl RowSink for Behind<'_, '_, '_> {
    fn columns(&mut self, _: &[String]) -> Result<()> {
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        if record > self.records {
            self.sink.record(record, line, fields);
        }
    }

    fn unreadable(&mut self, record: u64, line: u64, code: Code) {
        if record > self.records {
            self.sink.unreadable(record, line, code);
        }
    }
}

/// What all blocks of a file have in common.
pub(in crate::ingest) struct Job<'a> {
    head: &'a Head,
    split: Split,
    /// The column of free text.
    wanted: Option<usize>,
}

impl Job<'_> {
    /// `None` if the block must be read with the rest of its file. `facts` is room to work in.
    fn parse(&self, plain: &impl Record, block: &Block, facts: &mut Vec<PlainFact>) -> Option<Parsed> {
        // Fields are told by 32 bits.
        if u32::try_from(block.text.len()).is_err() || block.content.strange && is_foreign(&block.text) {
            return None;
        }
        let block = block.text.as_slice();
        let text = |span: &Span| std::str::from_utf8(&block[span.start..span.end]).unwrap_or_default();
        let (signs, width) = (self.head.signs, self.head.headers.len());
        let mut out = Parsed::default();
        facts.clear();
        let mut scan = Scan::new(block, signs);
        let mut fields = vec![Field::default(); width];
        let mut starts = NO_STARTS;
        let mut lines = Vec::new();
        let mut recent = Recent::default();
        loop {
            if let Some((near, length)) = scan.simple_record(width, &mut starts)
                && plain.record(&near, None, out.rows, &mut recent, facts)
            {
                out.row(scan.lines(), &mut lines);
                scan.pass(length);
                continue;
            }
            let Some(span) = scan.next_record(&mut fields) else { break };
            let twisted = |(at, field): (usize, &Field)| field.twisted && Some(at) != self.wanted;
            let whole = span.fields == width && !fields.iter().enumerate().any(twisted);
            let is_cut_off = || span.end == block.len() && csv::ends_within_quotes(text(&span), signs);
            if span.multiline && csv::has_swallowed(text(&span), signs, self.head.width) || is_cut_off() {
                return None;
            }
            let short = span.end - span.start <= RECORD_LIMIT;
            let row = Row { block, fields: &fields };
            let is_plain = whole && short && plain.record(&row, None, out.rows, &mut recent, facts);
            if !is_plain {
                if csv::is_blank(text(&span), signs) {
                    continue;
                }
                out.odd.push((out.rows, span.line, span.start..span.end));
            }
            out.row(span.line, &mut lines);
        }
        out.line_ends = scan.lines();
        out.lines = (!lines.is_empty()).then_some(lines);
        out.facts = Lanes::group(facts, self.split);
        Some(out)
    }

    fn odd_records(&self, block: &[u8], parsed: &Parsed, record: u64, line: u64, sink: &mut Sink<'_, '_>) {
        for (row, lines, range) in &parsed.odd {
            let text = std::str::from_utf8(&block[range.clone()]).unwrap_or_default();
            let (number, line) = (record + u64::from(*row), line + u64::from(*lines));
            csv::lone(text, self.head.signs, self.head.width, number, line, sink);
        }
    }
}

/// Whether a text holds what no plain text does.
fn is_foreign(text: &[u8]) -> bool {
    let mark = "\u{feff}".as_bytes();
    memchr(0, text).is_some() || std::str::from_utf8(text).is_err() || memmem::find(text, mark).is_some()
}

/// A part of a file.
#[derive(Debug)]
pub(in crate::ingest) struct Block {
    text: Vec<u8>,
    content: Content,
}

/// What a text may hold; what it says no to is not there. One look at all characters, so that most need no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Content {
    quotes: bool,
    /// Zeros or characters beyond ASCII.
    strange: bool,
}

impl Content {
    fn of(text: &[u8], quote: u8) -> Self {
        let (chunks, rest) = text.as_chunks::<16>();
        let [quote_16, zero] = [quote, 0].map(u8x16::splat);
        let [mut quotes, mut zeros, mut all] = [zero; 3];
        for chunk in chunks {
            let chars = u8x16::new(*chunk);
            quotes |= chars.simd_eq(quote_16);
            zeros |= chars.simd_eq(zero);
            all |= chars;
        }
        Self {
            quotes: quotes.to_bitmask() != 0 || rest.contains(&quote),
            // The mask is of the highest bits, which no character of ASCII has.
            strange: (zeros | all).to_bitmask() != 0 || rest.contains(&0) || !rest.is_ascii(),
        }
    }
}

/// A file, read and hashed from the beginning to the end.
struct Blocks<'a> {
    file: &'a str,
    path: &'a Path,
    open: File,
    state: (u64, Option<std::time::SystemTime>),
    hash: Sha256,
    length: u64,
    carry: Vec<u8>,
    /// Blocks that have been worked on: their memory is used again.
    spare: Vec<Vec<u8>>,
    done: bool,
}

impl<'a> Blocks<'a> {
    fn open(path: &'a Path, file: &'a str) -> Result<Self> {
        let state = files::state(path, file)?;
        let open = File::open(path).map_err(|error| files::failed(file, &error))?;
        Ok(Self {
            file,
            path,
            open,
            state,
            hash: Sha256::new(),
            length: 0,
            carry: Vec::new(),
            spare: Vec::new(),
            done: false,
        })
    }

    /// Puts the next bytes of the file behind the first `filled` ones of `block`, in place of what is there.
    fn more(&mut self, block: &mut Vec<u8>, filled: usize) -> Result<()> {
        let (mut at, end) = (filled, filled + BLOCK);
        block.resize(end, 0);
        while at < end && !self.done {
            let piece = &mut block[at..end.min(at + PIECE)];
            match self.open.read(piece) {
                Ok(read) => {
                    // As long as it is near the processor.
                    self.hash.update(&piece[..read]);
                    self.done = read == 0;
                    at += read;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(files::failed(self.file, &error)),
            }
        }
        block.truncate(at);
        self.length += (at - filled) as u64;
        Ok(())
    }

    /// The text behind the last record that was handed on, and more of the file up to its last whole record.
    fn next(&mut self, signs: csv::Signs) -> Result<Block> {
        let mut block = self.spare.pop().unwrap_or_default();
        // What it holds is overwritten: to clear it would be to write zeros into it again.
        let mut filled = self.carry.len();
        block.resize(block.len().max(filled), 0);
        block[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        loop {
            self.more(&mut block, filled)?;
            filled = block.len();
            let content = Content::of(&block, signs.quote);
            if self.done {
                // An editor of old may end the file with Ctrl-Z.
                let end = block.iter().rposition(|&byte| byte != 0x1A).map_or(0, |at| at + 1);
                block.truncate(end);
                return Ok(Block { text: block, content });
            }
            let whole = if content.quotes { whole_records(&block, signs) } else { whole_lines(&block) };
            if whole > 0 {
                self.carry.extend_from_slice(&block[whole..]);
                block.truncate(whole);
                return Ok(Block { text: block, content });
            }
        }
    }

    fn wave(&mut self, signs: csv::Signs) -> Result<Vec<Block>> {
        let mut out = Vec::with_capacity(WAVE);
        while out.len() < WAVE && !(self.done && self.carry.is_empty()) {
            let block = self.next(signs)?;
            if !block.text.is_empty() {
                out.push(block);
            }
        }
        Ok(out)
    }

    fn close(self) -> Result<InputFile> {
        if files::state(self.path, self.file)? != self.state || self.state.0 != self.length {
            return Err(files::changed(self.file));
        }
        Ok(InputFile { path: self.file.to_owned(), bytes: self.length, sha256: hex(self.hash) })
    }
}

/// The recogniser of a file, shared with the facts read from it.
pub(in crate::ingest) type Plain = Arc<dyn Recognise>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_quote_zero_or_letter_beyond_ascii_is_overlooked(
            before in "[a,\n]{0,40}", odd in "[\"\u{0}\u{e4}a]?", after in "[a;]{0,40}"
        ) {
            let text = format!("{before}{odd}{after}");
            let wanted = Content { quotes: odd == "\"", strange: odd == "\u{0}" || odd == "\u{e4}" };
            prop_assert_eq!(Content::of(text.as_bytes(), b'"'), wanted);
        }
    }
}
