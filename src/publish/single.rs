//! One file beside the output folder, written where the user asked for it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::files::{CREATE, SYNC, WRITE, failed, remove_file, rename, stands};
use crate::domain::say;
use crate::{Error, Result};

/// Whether a file may be written to `path`; to be asked before the work and not after it.
///
/// # Errors
/// Kind `Config` if a folder stands there or is missing above, or if a file stands there and
/// `force` is not given.
pub fn check_single(path: &Path, force: bool) -> Result<()> {
    if path.is_dir() {
        return Err(Error::config(say!(
            "{} ist ein Ordner, keine Datei",
            "{} is a folder, not a file",
            path.display()
        ))
        .hint(say!("Einen Dateinamen anhängen.", "add a file name")));
    }
    if stands(path) && !force {
        return Err(Error::config(say!(
            "{} gibt es schon; es wurde nichts geschrieben",
            "{} exists already; nothing was written",
            path.display()
        ))
        .hint(say!(
            "Einen anderen Namen wählen oder mit --force überschreiben.",
            "choose another name, or overwrite it with --force"
        )));
    }
    let folder = folder(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::config(say!("Den Ordner {} gibt es nicht", "there is no folder {}", folder.display()))
        .hint(say!("Den Ordner vorher anlegen.", "make the folder first")))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file in one step: whatever is interrupted, the former one or the new one stands there.
///
/// # Errors
/// As [`check_single`], or if it cannot be written; then nothing is left behind.
pub fn write_single(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    check_single(path, force)?;
    let beside = beside(path);
    let done = create(&beside, bytes).and_then(|()| rename(&beside, path));
    if done.is_err() {
        // The first failure is the one to tell; what cannot be removed stands there to be seen.
        let _ = remove_file(&beside);
    }
    done
}

/// A name in the same folder, so that the rename stays on one disk.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    path.with_file_name(format!(".{name}.resonanz-writing"))
}

fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let open = || OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = match open() {
        // The rest of an interrupted attempt.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path).and_then(|()| open()).map_err(|e| failed(path, CREATE, &e))?
        }
        other => other.map_err(|e| failed(path, CREATE, &e))?,
    };
    file.write_all(bytes).map_err(|e| failed(path, WRITE, &e))?;
    file.sync_all().map_err(|e| failed(path, SYNC, &e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn an_existing_file_is_replaced_only_by_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("befunde.csv");
        write_single(&path, b"one", false).unwrap();
        let error = write_single(&path, b"two", false).unwrap_err();
        assert_eq!((error.kind(), error.hints().len()), (ErrorKind::Config, 1));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        fs::write(beside(&path), b"rest of an interrupted attempt").unwrap();
        write_single(&path, b"two", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_folder_that_is_missing_or_in_the_way_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path().to_path_buf(), dir.path().join("no/x.csv")] {
            assert_eq!(write_single(&path, b"x", true).unwrap_err().kind(), ErrorKind::Config);
        }
    }
}
