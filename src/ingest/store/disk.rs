//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::domain::say;
use crate::ingest::read::files;
use crate::ingest::{InputFile, hex};
use crate::{Error, Result};

/// The ending of a file that is being written.
pub(super) const UNFINISHED: &str = ".unfinished";

/// That the store cannot be read or written at `path`.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    Error::internal(say!(
        "{}: Der Zwischenspeicher kann nicht benutzt werden: {error}",
        "{}: the store cannot be used: {error}",
        path.display()
    ))
    .hint(say!(
        "Prüfen, ob dort Platz ist und geschrieben werden darf, oder unter [store] einen anderen Ordner angeben.",
        "check that there is room and that you may write there, or name another folder in [store]"
    ))
}

/// Puts `bytes` under the name, in place of what stands there.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    write_with(path, |file| file.write_all(bytes.as_ref()).map_err(|error| failed(path, &error)))
}

/// As [`write`], with what `content` writes.
pub(super) fn write_with<T>(path: &Path, content: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(UNFINISHED);
    let beside = Path::new(&beside);
    let mut file = File::create(beside).map_err(|error| failed(beside, &error))?;
    let out = content(&mut file)?;
    file.sync_all().map_err(|error| failed(beside, &error))?;
    drop(file);
    fs::rename(beside, path).map_err(|error| failed(path, &error))?;
    // Windows brings names to the disk by itself.
    if let Some(dir) = path.parent().filter(|_| cfg!(unix)) {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| failed(dir, &error))?;
    }
    Ok(out)
}

/// Writes `value` in one line of JSON and its digest in the next.
pub(super) fn write_sealed(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string(value).map_err(|error| Error::internal(error.to_string()))?;
    let seal = hex(Sha256::new_with_prefix(text.as_bytes()));
    text.push_str(&format!("\n\"{seal}\"\n"));
    write(path, text)
}

/// What [`write_sealed`] wrote; `None` if there is no such file, or another one.
pub(super) fn read_sealed<T: DeserializeOwned>(path: &Path) -> Option<T> {
    try_read_sealed(path).unwrap_or_else(|why| {
        log::warn!("{}: {why}", path.display());
        None
    })
}

/// As [`read_sealed`]; what is wrong with a file that is there is an error.
pub(super) fn try_read_sealed<T: DeserializeOwned>(path: &Path) -> std::result::Result<Option<T>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let (value, seal) = text.trim_end().rsplit_once('\n').ok_or("no seal")?;
    if seal.trim_matches('"') != hex(Sha256::new_with_prefix(value.as_bytes())) {
        return Err("broken seal".to_owned());
    }
    serde_json::from_str(value).map(Some).map_err(|error| error.to_string())
}

/// The names in a folder.
pub(super) fn names(dir: &Path) -> Result<Vec<String>> {
    let cannot = |error: io::Error| failed(dir, &error);
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).map_err(cannot)? {
        out.push(entry.map_err(cannot)?.file_name().to_string_lossy().into_owned());
    }
    Ok(out)
}

/// Size and digest of an input file.
pub(super) fn hash(path: &Path, file: &str) -> Result<InputFile> {
    let unreadable = |error: io::Error| files::failed(file, &error);
    let mut open = File::open(path).map_err(unreadable)?;
    let (mut hash, mut bytes, mut room) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let read = open.read(&mut room).map_err(unreadable)?;
        if read == 0 {
            return Ok(InputFile { path: file.to_owned(), bytes, sha256: hex(hash) });
        }
        hash.update(&room[..read]);
        bytes += read as u64;
    }
}
