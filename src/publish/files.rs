//! File operations that name the path and the cure when they fail.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use super::place::DISCARDED;
use crate::{Error, Result};

/// An I/O failure as the program's error.
pub(super) fn failed(path: &Path, doing: &str, error: &io::Error) -> Error {
    let out = Error::internal(format!("{}: cannot {doing}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => out.hint("free some disk space and run again"),
        io::ErrorKind::PermissionDenied => {
            out.hint("close programs that show files of this folder").hint("check that you may write there")
        }
        io::ErrorKind::ReadOnlyFilesystem => out.hint("name an output folder that can be written"),
        _ => out,
    }
}

/// Brings a file's bytes to the disk.
pub(super) fn sync_file(path: &Path) -> Result<()> {
    // Windows flushes only handles that may write.
    let file = OpenOptions::new().write(true).open(path).map_err(|e| failed(path, "open", &e))?;
    file.sync_all().map_err(|e| failed(path, "sync", &e))
}

/// Brings the names in a folder to the disk; Windows has no such call and does it by itself.
pub(super) fn sync_dir(path: &Path) -> Result<()> {
    if cfg!(unix) {
        let dir = File::open(path).map_err(|e| failed(path, "open", &e))?;
        dir.sync_all().map_err(|e| failed(path, "sync", &e))?;
    }
    Ok(())
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| failed(from, &format!("rename to {}", to.display()), &e))
}

/// Whether anything stands under the name, a broken link included.
pub(super) fn stands(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

pub(super) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed(path, "remove", &e)),
        _ => Ok(()),
    }
}

/// Removes one of the program's own folders. The mark goes first in and last out, so that a rest
/// left by an interruption is still known as ours and never taken for a complete output.
pub(super) fn discard(dir: &Path) -> Result<()> {
    let mark = dir.join(DISCARDED);
    File::create(&mark).map_err(|e| failed(&mark, "create", &e))?;
    let cannot = |e: io::Error| failed(dir, "remove", &e);
    for entry in fs::read_dir(dir).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = entry.path();
        if path == mark {
            continue;
        }
        if entry.file_type().map_err(cannot)?.is_dir() {
            fs::remove_dir_all(&path).map_err(|e| failed(&path, "remove", &e))?;
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
    let cannot = |e: io::Error| failed(dir, "read", &e);
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
