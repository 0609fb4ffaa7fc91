use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::files::{CREATE, READ, WRITE, discard, failed, list, rename, sync_dir, sync_file};
use super::hash::Hasher;
use super::lock::Lock;
use super::names::check_relative;
use super::place::{COMPLETE, Place, WRITING};
use super::swap::{Step, recover_locked, swap};
use super::{FileHash, INTERNAL, MANIFEST, Manifest, NOTICE, PUBLISH};
use crate::domain::say;
use crate::{Error, Result};

const NOTICE_TEXT: &str = "\
NICHT WEITERGEBEN

Dieser Ordner enthält ungeschützte Zahlen, zurückgewiesene Zeilen und Befunde. Er ist nur für die
eigene Verwaltung bestimmt. Zur Weitergabe ist allein der Ordner \"publish\" vorgesehen.


DO NOT PASS ON

This folder holds unprotected numbers, rejected rows and findings. It is for the administration's
own use only. The folder \"publish\" alone is meant to be passed on.
";

/// An output being written. It takes the place of the former one as a whole in
/// [`Staging::commit`]; dropped before that, it leaves no trace. The lock is held all the while.
#[derive(Debug)]
pub struct Staging {
    place: Place,
    written: Mutex<Written>,
    kept: bool,
    // Declared last: let go of only after everything else is done.
    _lock: Lock,
}

#[derive(Debug, Default)]
struct Written {
    files: BTreeMap<String, FileHash>,
    /// Lower-case paths: on most desktops `A.csv` and `a.csv` are one file.
    folded: BTreeSet<String>,
}

impl Staging {
    /// Starts an output for the folder `out`, which need not exist.
    ///
    /// Finishes or rolls back what an interrupted run left. Fails without touching anything where
    /// `out` holds files that the program did not write, or where another process works on it.
    pub fn begin(out: &Path) -> Result<Self> {
        let place = Place::new(out)?;
        fs::create_dir_all(&place.parent).map_err(|e| failed(&place.parent, CREATE, &e))?;
        place.check_mount()?;
        let lock = place.lock()?;
        recover_locked(&place)?;
        place.check_foreign()?;
        fs::create_dir(&place.staging).map_err(|e| failed(&place.staging, CREATE, &e))?;
        let stage = Self { place, written: Mutex::default(), kept: false, _lock: lock };
        let mark = stage.place.staging.join(WRITING);
        File::create(&mark).map_err(|e| failed(&mark, CREATE, &e))?;
        Ok(stage)
    }

    /// Writes a file; `path` is relative to the output folder, with `/`, and written only once.
    /// May be called from several threads.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<FileHash> {
        let target = self.claim(path)?;
        let mut file = File::create_new(&target).map_err(|e| failed(&target, CREATE, &e))?;
        file.write_all(bytes).map_err(|e| failed(&target, WRITE, &e))?;
        let hash = FileHash::of(bytes);
        self.written().files.insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    /// A file that is written piece by piece; [`Staging::streamed`] closes it.
    pub(super) fn stream(&self, path: &str) -> Result<StagedFile> {
        let target = self.claim(path)?;
        let file = File::create_new(&target).map_err(|e| failed(&target, CREATE, &e))?;
        Ok(StagedFile { file: BufWriter::with_capacity(1 << 18, Hashed { file, hash: Hasher::default() }) })
    }

    /// Notes that the file of [`Staging::stream`] is complete.
    pub(super) fn streamed(&self, path: &str, file: StagedFile) -> Result<FileHash> {
        let written = file.file.into_inner().map_err(|e| failed(&self.path(path), WRITE, e.error()))?;
        let hash = written.hash.finish();
        self.written().files.insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    /// The place of a new file, which no other may take.
    fn claim(&self, path: &str) -> Result<PathBuf> {
        check_relative(path)?;
        if !self.written().folded.insert(path.to_ascii_lowercase()) {
            return Err(Error::internal(say!(
                "Die Ausgabedatei {path} würde zweimal geschrieben",
                "output file {path} is written twice"
            )));
        }
        let target = self.path(path);
        if let Some(dir) = target.parent() {
            fs::create_dir_all(dir).map_err(|e| failed(dir, CREATE, &e))?;
        }
        Ok(target)
    }

    /// Takes a folder of the former output over as it stands there, for example [`PUBLISH`] where a
    /// run stops before it has anything to publish. Nothing happens where there is none.
    pub fn carry_over(&self, folder: &str) -> Result<()> {
        check_relative(folder)?;
        let from = self.place.out.join(folder);
        if !from.is_dir() {
            return Ok(());
        }
        for path in list(&from)? {
            if check_relative(&path).is_ok() {
                let source = from.join(&path);
                let bytes = fs::read(&source).map_err(|e| failed(&source, READ, &e))?;
                self.write(&format!("{folder}/{path}"), &bytes)?;
            }
        }
        Ok(())
    }

    /// The files written so far with their digests, sorted by path.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, FileHash> {
        self.written().files.clone()
    }

    /// Writes the manifests and the notice, brings everything to the disk and swaps it in.
    pub fn commit(self, manifest: &Manifest) -> Result<()> {
        self.commit_observed(manifest, &mut |_| Ok(()))
    }

    /// [`Staging::commit`], telling `after` each step done.
    pub(super) fn commit_observed(
        mut self,
        manifest: &Manifest,
        after: &mut dyn FnMut(Step) -> Result<()>,
    ) -> Result<()> {
        self.write_own(manifest)?;
        self.sync()?;
        after(Step::Synced)?;
        let staging = &self.place.staging;
        rename(&staging.join(WRITING), &staging.join(COMPLETE))?;
        self.kept = true;
        sync_dir(staging)?;
        sync_dir(&self.place.parent)?;
        after(Step::Marked)?;
        swap(&self.place, after)
    }

    fn write_own(&self, manifest: &Manifest) -> Result<()> {
        self.write(&format!("{INTERNAL}/{NOTICE}"), NOTICE_TEXT.as_bytes())?;
        let files = self.files();
        let mut published = files
            .iter()
            .filter_map(|(path, hash)| Some((path.strip_prefix(PUBLISH)?.strip_prefix('/')?, hash)))
            .peekable();
        let at = format!("{PUBLISH}/{MANIFEST}");
        // A folder carried over brings its own.
        if published.peek().is_some() && !files.contains_key(&at) {
            self.write(&at, &manifest.published(published))?;
        }
        let files = self.files();
        let bytes = manifest.internal(files.iter().map(|(path, hash)| (path.as_str(), hash)));
        self.write(&format!("{INTERNAL}/{MANIFEST}"), &bytes)?;
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        let files: Vec<String> = self.files().into_keys().collect();
        let mut dirs = BTreeSet::from([self.place.staging.clone()]);
        for path in &files {
            dirs.extend(path.match_indices('/').map(|(at, _)| self.path(&path[..at])));
        }
        files.par_iter().try_for_each(|path| sync_file(&self.path(path)))?;
        dirs.iter().try_for_each(|dir| sync_dir(dir))
    }

    fn path(&self, relative: &str) -> PathBuf {
        relative.split('/').fold(self.place.staging.clone(), |path, part| path.join(part))
    }

    /// A thread that panicked elsewhere leaves the list intact: it is only ever added to.
    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends as a power cut would: nothing is tidied up, only the lock is let go of.
    #[cfg(test)]
    pub(super) fn lose_power(mut self) {
        self.kept = true;
    }
}

/// A file of an output while it is written.
#[derive(Debug)]
pub(super) struct StagedFile {
    file: BufWriter<Hashed>,
}

/// What is written is hashed on the way.
#[derive(Debug)]
struct Hashed {
    file: File,
    hash: Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.kept {
            // A rest that cannot be removed now is removed by the next command.
            let _ = discard(&self.place.staging);
        }
    }
}
