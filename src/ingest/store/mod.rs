//! What is kept of files that were read, so that the next run reads only what is new.
//!
//! A *fragment* is everything that reading one file of a `usage` or `feedback` source comes to, *before*
//! it is decided which of several numbers with one key counts: facts with the place where each was read,
//! findings, quarantine, balance, and what rejected records leave unknown. It depends on the bytes of the
//! file and on what they are read with, and on nothing else; its key is a hash of all of these. A run
//! takes the fragments of the files it finds, in the order in which it would read them, and goes on as if
//! it had read them: no state is carried from run to run, so that a corrected file replaces exactly its
//! rows, and the rows that lost to those of a removed file count again.
//!
//! # Which of several numbers with one key comes first
//!
//! The order of reading, with or without a store: sources as the configuration lists them; the files of
//! a source by date of delivery where `delivery` says how their names tell it, else by pattern, then by
//! path; the records of a file as they stand in it; the numbers of a wide record from left to right.
//! Which of two counts then, the earlier or the later one, says `on_duplicate` of the later one's source.
//!
//! # What is always read anew
//!
//! Single cases (`layout = "one_row_per_case"`) and feedback with ids, because a record may replace one of
//! another file; deliveries in JSON, for the same reason; and all small kinds: register, catalogue,
//! offers, events, targets, work, surveys. `resonanz check` reads everything: who checks wants to see
//! what is there.
//!
//! # Layout
//!
//! ```text
//! store.json                   version of this layout
//! LIESMICH.txt                 what this folder is
//! lock                         held by the process that works here
//! index.jsonl                  digests of files by name, size and time
//! last-run.jsonl               what the last finished run had read and written
//! fragments/<size>-<key>.parquet   facts: string keys, readable dates
//! fragments/<size>-<key>.jsonl     all else, and size and digest of the Parquet file
//! ```
//!
//! Every file is written beside its place, brought to the disk and renamed, and carries its own digest or
//! is named with one: a fragment is complete or it is absent, whatever interrupts a run. What is damaged
//! is read anew, with a warning. The size stands in the names so that a new file, of whose size there is no
//! fragment, is not read twice, once for its digest and once for its records.
//!
//! The store is a part of `ingest` because fragments are made of what only readers and kinds know, and
//! nothing to the left of the panel may depend on it.

mod disk;
mod fragment;
mod index;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use self::disk::failed;
use self::index::Index;
pub(super) use self::index::Seen;
use super::part::{Part, Reading};
use super::read::files;
use super::{InputFile, Records, SourceSpec, hex};
use crate::domain::say;
use crate::{Error, Result};

/// Version of the layout of a store.
const SCHEMA_VERSION: u32 = 1;
/// To be raised whenever reading the same file with the same settings comes to something else than before.
const RULES: u32 = 1;
/// Settings of a source that say nothing about reading one of its files: which files it has, in which
/// order, and what is made of all of them together.
const LATER_SETTINGS: [&str; 5] = ["files", "delivery", "on_duplicate", "absent", "error_budget"];

const VERSION: &str = "store.json";
const NOTE: &str = "LIESMICH.txt";
const LOCK: &str = "lock";
const INDEX: &str = "index.jsonl";
const LAST_RUN: &str = "last-run.jsonl";
const FRAGMENTS: &str = "fragments";

const NOTE_TEXT: &str = "\
NICHT WEITERGEBEN

Hier merkt sich resonanz, was in früheren Läufen eingelesen wurde: ungeschützte Zahlen, zurückgewiesene
Zeilen und Befunde. Der Ordner darf jederzeit gelöscht werden; der nächste Lauf liest dann alles neu.


DO NOT PASS ON

This is where resonanz keeps what earlier runs have read: unprotected numbers, rejected rows and findings.
The folder may be deleted at any time: the next run then reads everything anew.
";

/// What is kept of files that were read. One process at a time works with a store.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    index: Index,
    /// Sizes of the files of which there is a fragment.
    sizes: BTreeSet<u64>,
    /// Digest of register, territory changes and catalogue.
    world: String,
    /// The names of fragments that this run has made or used.
    used: BTreeSet<String>,
    /// What this run has read, by source.
    read: BTreeMap<String, Delivered>,
    // The system lets go of it when a process dies.
    _lock: File,
}

/// The files of a source as they were read, and the paths that could not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Delivered {
    files: Vec<InputFile>,
    unreadable: Vec<String>,
}

/// What the last finished run did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LastRun {
    schema_version: u32,
    /// Digest of everything but the files that its output depends on.
    settings: String,
    sources: BTreeMap<String, Delivered>,
    /// Digest of the manifest that it wrote.
    pub output: String,
    /// What it told.
    pub summary: Value,
}

impl Store {
    /// Opens the store in `dir`, or makes one. `rehash` distrusts size and time of files.
    ///
    /// # Errors
    /// If the folder holds something else or the store of another version, another process works with it,
    /// or it cannot be written.
    pub fn open(dir: &Path, rehash: bool) -> Result<Self> {
        let fragments = dir.join(FRAGMENTS);
        fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
        check_own(dir)?;
        let lock = lock(dir)?;
        fs::create_dir_all(&fragments).map_err(|error| failed(&fragments, &error))?;
        check_version(dir)?;
        if !dir.join(NOTE).exists() {
            disk::write(&dir.join(NOTE), NOTE_TEXT.as_bytes())?;
        }
        let now = lock.metadata().and_then(|metadata| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        let sizes = disk::names(&fragments)?.iter().filter_map(|name| name.split_once('-')?.0.parse().ok()).collect();
        let known = if rehash { None } else { disk::read_sealed(&dir.join(INDEX)) };
        Ok(Self {
            dir: dir.to_owned(),
            index: Index::new(now, known.unwrap_or_default()),
            sizes,
            world: String::new(),
            used: BTreeSet::new(),
            read: BTreeMap::new(),
            _lock: lock,
        })
    }

    /// Whether the files of `sources` and everything else that an output depends on, of which `settings` is the
    /// digest, are those of the last finished run, and which one that was. A failure to look at a file is a
    /// difference: who reads it will tell.
    pub fn nothing_new(&mut self, base: &Path, sources: &[SourceSpec], settings: &str) -> Option<LastRun> {
        let last: LastRun = disk::read_sealed(&self.dir.join(LAST_RUN))?;
        if last.schema_version != SCHEMA_VERSION || last.settings != settings || last.sources.len() != sources.len() {
            return None;
        }
        let mut wanted = Vec::new();
        for spec in sources {
            let before = last.sources.get(&spec.name)?;
            let found = files::expand(base, spec).ok()?;
            let unreadable: Vec<String> = found.unreadable.iter().map(|path| files::relative(base, path)).collect();
            if unreadable != before.unreadable || found.files.len() != before.files.len() {
                return None;
            }
            wanted.extend(found.files.into_iter().zip(&before.files));
        }
        // What a glance tells comes first: of a thousand files, one of another size saves reading the others.
        for (path, before) in &wanted {
            let size = path.metadata().ok()?.len();
            if files::relative(base, path) != before.path || size != before.bytes {
                return None;
            }
        }
        for (path, before) in &wanted {
            let seen = self.look(path, &before.path).ok()?;
            if self.digest(&seen).ok()?.sha256 != before.sha256 {
                return None;
            }
        }
        // Not worth failing for: without it, files touched without a change are hashed again.
        if let Err(error) = self.save_index() {
            log::warn!("{error}");
        }
        Some(last)
    }

    /// What the files are read with. To be called before the first of them.
    pub(super) fn begin(&mut self, records: &Records) {
        let mut hash = Hashing(Sha256::new());
        let register = &records.register;
        for id in (0..).take(register.ids()) {
            let _ = writeln!(hash, "{:?}", register.area(id));
        }
        let _ = write!(hash, "{:?}\n{:?}", records.catalogue.services(), records.changes);
        self.world = hash.hex();
    }

    /// Looks at a file before it is read.
    pub(super) fn look(&self, path: &Path, file: &str) -> Result<Seen> {
        let (bytes, modified) = files::state(path, file)?;
        Ok(Seen::new(path, file, bytes, modified))
    }

    /// Notes that `seen` was read as `input`.
    pub(super) fn note(&mut self, seen: &Seen, input: &InputFile) {
        self.index.note(seen, input);
    }

    /// The file that `seen` is, hashed unless it is known.
    fn digest(&mut self, seen: &Seen) -> Result<InputFile> {
        if let Some(known) = self.index.get(seen) {
            return Ok(known);
        }
        let input = disk::hash(&seen.path, &seen.file)?;
        if self.look(&seen.path, &seen.file)? != *seen || input.bytes != seen.bytes {
            return Err(files::changed(&seen.file));
        }
        self.index.note(seen, &input);
        Ok(input)
    }

    /// What reading the file came to before, if that was with the same settings.
    pub(super) fn recall(&mut self, seen: &Seen, reading: &Reading<'_>) -> Result<Option<Part>> {
        if !self.sizes.contains(&seen.bytes) {
            return Ok(None);
        }
        let input = self.digest(seen)?;
        let name = self.name(reading, &input)?;
        match fragment::load(&self.dir.join(FRAGMENTS), &name, reading) {
            Ok(Some(part)) if part.input == input => {
                self.used.insert(name);
                Ok(Some(part))
            }
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                log::warn!("{}: the stored fragment is of another file; reading it anew", reading.file);
                Ok(None)
            }
            Err(why) => {
                log::warn!("{}: the stored fragment is damaged ({why}); reading it anew", reading.file);
                Ok(None)
            }
        }
    }

    /// Keeps what reading the file came to.
    pub(super) fn keep(&mut self, reading: &Reading<'_>, part: &Part) -> Result<()> {
        let name = self.name(reading, &part.input)?;
        fragment::save(&self.dir.join(FRAGMENTS), &name, reading, part)?;
        self.sizes.insert(part.input.bytes);
        self.used.insert(name);
        Ok(())
    }

    /// Size and key of a fragment.
    fn name(&self, reading: &Reading<'_>, input: &InputFile) -> Result<String> {
        let mut settings = serde_json::to_value(reading.spec).map_err(|error| Error::internal(error.to_string()))?;
        if let Some(settings) = settings.as_object_mut() {
            settings.retain(|name, _| !LATER_SETTINGS.contains(&name.as_str()));
        }
        let version = env!("CARGO_PKG_VERSION");
        let all = json!([SCHEMA_VERSION, RULES, version, self.world, settings, input.path, input.bytes, input.sha256]);
        let mut hash = Hashing(Sha256::new());
        let _ = write!(hash, "{all}");
        Ok(format!("{}-{}", input.bytes, hash.hex()))
    }

    /// Notes which files a source has.
    pub(super) fn note_source(&mut self, source: &str, files: Vec<InputFile>, unreadable: Vec<String>) {
        self.read.insert(source.to_owned(), Delivered { files, unreadable });
    }

    /// Writes down what is known of the files of this run.
    pub(super) fn save_index(&self) -> Result<()> {
        disk::write_sealed(&self.dir.join(INDEX), &self.index.known())
    }

    /// Ends a run whose output stands: notes what it was, and removes the fragments that it did not need.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn finish(self, settings: &str, output: String, summary: Value) -> Result<()> {
        let (schema_version, settings) = (SCHEMA_VERSION, settings.to_owned());
        let last = LastRun { schema_version, settings, sources: self.read, output, summary };
        disk::write_sealed(&self.dir.join(LAST_RUN), &last)?;
        let fragments = self.dir.join(FRAGMENTS);
        for name in disk::names(&fragments)? {
            let key = name.rsplit_once('.').map_or(name.as_str(), |(key, _)| key);
            if !self.used.contains(key) {
                let path = fragments.join(&name);
                fs::remove_file(&path).map_err(|error| failed(&path, &error))?;
            }
        }
        Ok(())
    }
}

/// Refuses a folder that holds anything else: what a store does not need, it removes.
fn check_own(dir: &Path) -> Result<()> {
    if dir.join(VERSION).exists() {
        return Ok(());
    }
    // A store whose making was interrupted has a part of this.
    let own = |name: &&String| name.ends_with(disk::UNFINISHED) || [NOTE, LOCK, FRAGMENTS].contains(&name.as_str());
    match disk::names(dir)?.iter().find(|name| !own(name)) {
        None => Ok(()),
        Some(name) => Err(Error::config(say!(
            "{}: Diesen Ordner hat nicht resonanz angelegt (er enthält {name}); er taugt nicht als Zwischenspeicher",
            "{}: this folder was not made by resonanz (it holds {name}) and cannot be its store",
            dir.display()
        ))
        .hint(say!(
            "Unter [store] dir einen neuen oder leeren Ordner angeben.",
            "name a new or an empty folder in [store] dir"
        ))),
    }
}

fn check_version(dir: &Path) -> Result<()> {
    let path = dir.join(VERSION);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = env!("CARGO_PKG_NAME");
            return disk::write(&path, format!("{:#}\n", json!({ "program": name, "schema_version": SCHEMA_VERSION })));
        }
        Err(error) => return Err(failed(&path, &error)),
    };
    let version = serde_json::from_str(&text).map_or(Value::Null, |mut found: Value| found["schema_version"].take());
    if version == json!(SCHEMA_VERSION) {
        return Ok(());
    }
    Err(Error::config(say!(
        "{}: Die Version {version} dieses Zwischenspeichers kennt das Programm nicht; es arbeitet mit {SCHEMA_VERSION}",
        "{}: this store has version {version}, which is not known to this program; it works with {SCHEMA_VERSION}",
        dir.display()
    ))
    .hint(say!(
        "Den Ordner löschen (der nächste Lauf liest dann alles neu) oder einen anderen angeben.",
        "delete the folder (the next run then reads everything anew) or name another one"
    )))
}

/// Takes the lock. Its file stays: its time, set here, tells the time of the disk.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK);
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let mut file = open.map_err(|error| failed(&path, &error))?;
    match file.try_lock() {
        Ok(()) => {}
        // Some network drives know no locks; working without one beats not working there.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(failed(&path, &error)),
        Err(TryLockError::WouldBlock) => {
            return Err(Error::config(say!(
                "{}: Ein anderer Lauf arbeitet gerade mit diesem Zwischenspeicher",
                "{}: another run is using this store",
                dir.display()
            ))
            .hint(say!("Warten, bis er beendet ist.", "wait until it has ended")));
        }
    }
    io::Write::write_all(&mut file, b"-").map_err(|error| failed(&path, &error))?;
    Ok(file)
}

/// A digest of what is written to it.
struct Hashing(Sha256);

impl Hashing {
    fn hex(self) -> String {
        hex(self.0)
    }
}

impl std::fmt::Write for Hashing {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// The SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn digest_of(text: std::fmt::Arguments<'_>) -> String {
    let mut hash = Hashing(Sha256::new());
    let _ = hash.write_fmt(text);
    hash.hex()
}
