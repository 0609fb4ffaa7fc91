//! File operations that name the path and the cure when they fail.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::place::DISCARDED;
use crate::domain::{Label, Text, say};
use crate::{Error, Result};

/// What [`failed`] says could not be done: after "kann nicht" (with "werden") and after "cannot".
pub(super) const CREATE: Text = Text::new("angelegt", "create");
pub(super) const FOLLOW: Text = Text::new("als Verknüpfung aufgelöst", "follow the link");
pub(super) const LOCK: Text = Text::new("gesperrt", "lock");
pub(super) const OPEN: Text = Text::new("geöffnet", "open");
pub(super) const READ: Text = Text::new("gelesen", "read");
pub(super) const REMOVE: Text = Text::new("entfernt", "remove");
pub(super) const SYNC: Text = Text::new("auf den Datenträger geschrieben", "sync");
pub(super) const WRITE: Text = Text::new("geschrieben", "write");

/// An I/O failure as the program's error.
pub(super) fn failed(path: &Path, doing: impl Into<Label>, error: &io::Error) -> Error {
    let (path, doing) = (path.display(), doing.into());
    let out = Error::internal(Label::new(
        format!("{path} kann nicht {} werden: {error}", doing.de),
        format!("{path}: cannot {}: {error}", doing.en),
    ));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            out.hint(say!("Speicherplatz freigeben und den Lauf wiederholen.", "free some disk space and run again"))
        }
        io::ErrorKind::PermissionDenied => out
            .hint(say!(
                "Programme schließen, die Dateien dieses Ordners anzeigen.",
                "close programs that show files of this folder"
            ))
            .hint(say!("Prüfen, ob dort geschrieben werden darf.", "check that you may write there")),
        io::ErrorKind::ReadOnlyFilesystem => out.hint(say!(
            "Einen Ausgabeordner angeben, in den geschrieben werden kann.",
            "name an output folder that can be written"
        )),
        _ => out,
    }
}

/// Brings a file's bytes to the disk.
pub(super) fn sync_file(path: &Path) -> Result<()> {
    // Windows flushes only handles that may write.
    let file = OpenOptions::new().write(true).open(path).map_err(|e| failed(path, OPEN, &e))?;
    file.sync_all().map_err(|e| failed(path, SYNC, &e))
}

/// Brings the names in a folder to the disk; Windows has no such call and does it by itself.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    if cfg!(unix) {
        let dir = File::open(path).map_err(|e| failed(path, OPEN, &e))?;
        dir.sync_all().map_err(|e| failed(path, SYNC, &e))?;
    }
    Ok(())
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| failed(from, say!("in {} umbenannt", "rename to {}", to.display()), &e))
}

/// Whether anything stands under the name, a broken link included.
pub(super) fn stands(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

pub(super) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(path, REMOVE, &e)),
        _ => Ok(()),
    }
}

/// Removes one of the program's own folders. The mark goes first in and last out, so that a rest
/// left by an interruption is still known as ours and never taken for a complete output.
pub(super) fn discard(dir: &Path) -> Result<()> {
    let mark = dir.join(DISCARDED);
    File::create(&mark).map_err(|e| failed(&mark, CREATE, &e))?;
    let cannot = |e: io::Error| failed(dir, REMOVE, &e);
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = entry.path();
        if path == mark {
            continue;
        }
        if entry.file_type().map_err(cannot)?.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| failed(&path, REMOVE, &e))?;
        } else {
            remove_file(&path)?;
        }
    }
    remove_file(&mark)?;
    fs::remove_dir(dir).map_err(cannot)
}

/// The files below `dir` as paths with `/`, sorted. A link counts as a file.
pub(super) fn list(dir: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    collect(dir, "", &mut found)?;
    found.sort_unstable();
    Ok(found)
}

fn collect(dir: &Path, prefix: &str, found: &mut Vec<String>) -> Result<()> {
    let cannot = |e: io::Error| failed(dir, READ, &e);
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(cannot)?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), found)?;
        } else {
            found.push(name);
        }
    }
    Ok(())
}
