//! Which bytes a file had, told by its size and time without reading it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::digest_of;
use crate::ingest::InputFile;

/// The coarsest clock of a file system in use, that of FAT.
const TICK: Duration = Duration::from_secs(2);

/// A file as it was found: read it later, and the result is noted for this state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ingest) struct Seen {
    pub(super) path: PathBuf,
    /// Its path relative to the configuration.
    pub(super) file: String,
    pub(super) bytes: u64,
    modified: Option<SystemTime>,
}

impl Seen {
    pub(super) fn new(path: &Path, file: &str, bytes: u64, modified: Option<SystemTime>) -> Self {
        Self { path: path.to_owned(), file: file.to_owned(), bytes, modified }
    }

    /// Its name in the index: the same from every working directory, and none that would tell a person's.
    fn key(&self) -> String {
        let real = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        digest_of(format_args!("{:?}", real.as_os_str()))
    }

    /// Nanoseconds since 1970.
    fn time(&self) -> Option<u64> {
        u64::try_from(self.modified?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    bytes: u64,
    modified: u64,
    sha256: String,
}

/// Digests of files by the digest of their path.
#[derive(Debug)]
pub(super) struct Index {
    /// When this run began, in the time of the disk.
    now: SystemTime,
    before: BTreeMap<String, Known>,
    /// Of the files of this run; whether size and time will tell them later.
    here: BTreeMap<String, (Known, bool)>,
}

impl Index {
    pub(super) fn new(now: SystemTime, before: BTreeMap<String, Known>) -> Self {
        Self { now, before, here: BTreeMap::new() }
    }

    /// The file in the state in which it was seen, if it is known.
    pub(super) fn get(&mut self, seen: &Seen) -> Option<InputFile> {
        let (key, time) = (seen.key(), seen.time()?);
        let known = match self.here.get(&key) {
            Some((known, _)) => known.clone(),
            None => self.before.get(&key)?.clone(),
        };
        if (known.bytes, known.modified) != (seen.bytes, time) {
            return None;
        }
        let input = InputFile { path: seen.file.clone(), bytes: known.bytes, sha256: known.sha256.clone() };
        self.here.entry(key).or_insert((known, true));
        Some(input)
    }

    /// Notes that a file which was `seen` before was then read as `input`.
    ///
    /// A file changed at the very moment at which it is read may change once more within the same tick of the
    /// clock, and keep size and time: what is as young as this run is not remembered beyond it, as in git.
    pub(super) fn note(&mut self, seen: &Seen, input: &InputFile) {
        let Some(modified) = seen.time() else { return };
        let lasting = seen.modified.is_some_and(|modified| modified + TICK < self.now);
        let known = Known { bytes: input.bytes, modified, sha256: input.sha256.clone() };
        self.here.insert(seen.key(), (known, lasting));
    }

    /// What the next run may rely on.
    pub(super) fn known(&self) -> BTreeMap<&str, &Known> {
        self.here.iter().filter(|(_, (_, lasting))| *lasting).map(|(key, (known, _))| (key.as_str(), known)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_older_than_the_run_is_told_by_size_and_time() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let seen = |bytes, seconds| Seen::new(Path::new("/nowhere/a.csv"), "a.csv", bytes, Some(at(seconds)));
        let input = InputFile { path: "a.csv".into(), bytes: 5, sha256: "ab".into() };
        let mut index = Index::new(at(100), BTreeMap::new());
        index.note(&seen(5, 98), &input);
        assert_eq!(index.get(&seen(5, 98)), Some(input.clone()), "known to the run that read it");
        assert!(index.known().is_empty(), "two seconds are one tick of a coarse clock");
        index.note(&seen(5, 97), &input);
        let known = serde_json::to_string(&index.known()).unwrap();
        let mut later = Index::new(at(200), serde_json::from_str(&known).unwrap());
        assert_eq!([later.get(&seen(6, 97)), later.get(&seen(5, 96))], [None, None]);
        assert!(later.known().is_empty(), "a file that is gone is forgotten");
        assert_eq!(later.get(&seen(5, 97)), Some(input));
        assert_eq!(later.known().len(), 1);
        assert!(!known.contains("nowhere"));
    }
}
