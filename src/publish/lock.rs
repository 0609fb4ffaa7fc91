use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::files::{CREATE, LOCK, failed};
use crate::domain::say;
use crate::{Error, Result};

/// Held while one process works on an output folder. The system lets go of it when a process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock or says that another process has it. `out` is named in the message.
    pub(super) fn acquire(path: &Path, out: &Path) -> Result<Self> {
        loop {
            let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
            let file = open.map_err(|e| failed(path, CREATE, &e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::config(say!(
                        "{}: Ein anderer Lauf schreibt gerade in diesen Ausgabeordner",
                        "{}: another run is writing this output folder",
                        out.display()
                    ))
                    .hint(say!(
                        "Warten, bis er beendet ist, oder einen anderen Ausgabeordner wählen.",
                        "wait until it has ended, or choose another output folder"
                    )));
                }
                // Some network drives know no locks; working without one beats not working there.
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(e)) => return Err(failed(path, LOCK, &e)),
            }
            // The last holder may have removed the name between our opening and our locking.
            if is_at(&file, path) {
                return Ok(Self { _file: file, path: path.to_owned() });
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Elsewhere the check above cannot be made, and an empty file stays.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_no_trace_after() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".out.lock");
        let held = Lock::acquire(&path, dir.path()).unwrap();
        let refused = Lock::acquire(&path, dir.path()).unwrap_err();
        assert!(refused.to_string().contains("another run"));
        drop(held);
        drop(Lock::acquire(&path, dir.path()).unwrap());
        assert_eq!(path.exists(), cfg!(not(unix)));
    }

    #[test]
    fn a_file_left_by_a_dead_process_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".out.lock");
        fs::write(&path, "").unwrap();
        Lock::acquire(&path, dir.path()).unwrap();
    }
}
