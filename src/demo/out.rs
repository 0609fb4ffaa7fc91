//! Writing the files: the errors, the tables and the list of what was written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::domain::say;
use crate::{Error, Result};

use super::{DemoFile, DemoSummary, DirtyRows};

/// The folder of the deliveries inside the project.
pub(super) const INPUT: &str = "eingang";

/// Turns a failed write of `path` into the program's error.
pub(super) fn failed<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> Error + '_ {
    move |error| {
        Error::internal(say!("{} kann nicht geschrieben werden: {error}", "cannot write {}: {error}", path.display()))
    }
}

/// Opens a buffered file for writing.
pub(super) fn create(path: &Path) -> Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 18, File::create(path).map_err(failed(path))?))
}

/// A semicolon table in UTF-8, counted while it is written.
pub(super) struct Table {
    path: PathBuf,
    name: String,
    csv: csv::Writer<BufWriter<File>>,
    rows: u64,
}

impl Table {
    /// Starts `name` in the input folder of `dir`. With `bom`, as Excel saves it: byte order mark, everything quoted.
    pub(super) fn create(dir: &Path, name: &str, header: &[&str], bom: bool) -> Result<Self> {
        let path = dir.join(INPUT).join(name);
        let mut file = create(&path)?;
        let mut builder = csv::WriterBuilder::new();
        builder.delimiter(b';');
        if bom {
            file.write_all("\u{feff}".as_bytes()).map_err(failed(&path))?;
            builder.quote_style(csv::QuoteStyle::Always).terminator(csv::Terminator::CRLF);
        }
        let mut csv = builder.from_writer(file);
        csv.write_record(header).map_err(failed(&path))?;
        Ok(Self { path, name: format!("{INPUT}/{name}"), csv, rows: 0 })
    }

    /// Writes one record.
    pub(super) fn row<I, T>(&mut self, fields: I) -> Result<()>
    where
        I: IntoIterator<Item = T>,
        T: AsRef<[u8]>,
    {
        self.rows += 1;
        self.csv.write_record(fields).map_err(failed(&self.path))
    }

    /// Ends the file and notes it in `summary`.
    pub(super) fn finish(mut self, summary: &mut DemoSummary) -> Result<()> {
        self.csv.flush().map_err(failed(&self.path))?;
        summary.files.push(DemoFile { path: self.name, rows: self.rows });
        Ok(())
    }
}

/// Says after which good row a dirty one follows, of which kind, and counts them.
pub(super) struct Dirt {
    rng: ChaCha8Rng,
    kinds: &'static [&'static str],
    next: usize,
    wait: u32,
    counts: BTreeMap<(String, &'static str), u64>,
}

impl Dirt {
    /// The kinds follow each other in turn, so that even a small file has each.
    pub(super) fn new(mut rng: ChaCha8Rng, kinds: &'static [&'static str]) -> Self {
        let wait = rng.random_range(100..200);
        Self { rng, kinds, next: 0, wait, counts: BTreeMap::new() }
    }

    /// To be asked after every good row of `file`: the kind of the dirty row that follows, in 3 of 1,000 cases.
    pub(super) fn after_row(&mut self, file: &str) -> Option<&'static str> {
        if self.wait > 0 {
            self.wait -= 1;
            return None;
        }
        self.wait = self.rng.random_range(200..=464);
        let kind = self.kinds[self.next % self.kinds.len()];
        self.next += 1;
        self.note(file, kind);
        Some(kind)
    }

    /// Counts a dirty row that was written outside the turn.
    pub(super) fn note(&mut self, file: &str, kind: &'static str) {
        if let Some(rows) = self.counts.get_mut(&(file.to_owned(), kind)) {
            *rows += 1;
        } else {
            self.counts.insert((file.to_owned(), kind), 1);
        }
    }

    /// Hands the counts over.
    pub(super) fn finish(self, summary: &mut DemoSummary) {
        let rows = self.counts.into_iter().map(|((file, kind), rows)| DirtyRows { file, kind, rows });
        summary.dirty.extend(rows);
    }
}

/// A number with a decimal comma.
pub(super) fn comma(value: f64, decimals: usize) -> String {
    format!("{value:.decimals$}").replace('.', ",")
}
