use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::files::{FOLLOW, failed, list, stands};
use super::lock::Lock;
use super::{INTERNAL, MANIFEST, NOTICE, PUBLISH};
use crate::domain::{Label, say};
use crate::{Error, Result};

/// In a staging folder that is being written.
pub(super) const WRITING: &str = ".resonanz-writing";
/// In a staging folder that is complete; renamed from [`WRITING`], which is one indivisible step.
pub(super) const COMPLETE: &str = ".resonanz-complete";
/// In a folder that is being removed.
pub(super) const DISCARDED: &str = ".resonanz-discarded";

/// Files that systems strew into folders without asking; they are no one's work.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// An output folder and its neighbours.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) parent: PathBuf,
    pub(super) out: PathBuf,
    pub(super) staging: PathBuf,
    pub(super) old: PathBuf,
    lock: PathBuf,
}

impl Place {
    pub(super) fn new(out: &Path) -> Result<Self> {
        let no_folder = || {
            Error::config(say!(
                "{}: Das kann kein Ausgabeordner sein",
                "{}: this cannot be an output folder",
                out.display()
            ))
            .hint(say!(
                "Einen Ordner unterhalb eines vorhandenen angeben, zum Beispiel ./out",
                "name a folder below an existing one, for example ./out"
            ))
        };
        let mut path = std::path::absolute(out).map_err(|_| no_folder())?;
        // The folder a link points to is swapped, not the link.
        if path.is_symlink() {
            path = fs::canonicalize(&path).map_err(|e| failed(&path, FOLLOW, &e))?;
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return Err(no_folder());
        };
        let beside = |ending: &str| parent.join(format!(".{name}.{ending}"));
        Ok(Self {
            parent: parent.to_owned(),
            staging: beside("new"),
            old: beside("old"),
            lock: beside("lock"),
            out: path,
        })
    }

    pub(super) fn lock(&self) -> Result<Lock> {
        Lock::acquire(&self.lock, &self.out)
    }

    /// Refuses a folder that a rename cannot replace, before the work and not after it.
    pub(super) fn check_mount(&self) -> Result<()> {
        if is_mount(&self.out, &self.parent) {
            return Err(Error::config(say!(
                "{}: Dieser Ordner ist ein eigenes Laufwerk (Einhängepunkt) und kann nicht in einem Schritt ersetzt werden",
                "{}: this folder is a mount point and cannot be replaced in one step",
                self.out.display()
            ))
            .hint(say!("Einen Ordner darin angeben, zum Beispiel mit /out am Ende.", "name a folder inside it, for example with /out at the end")));
        }
        Ok(())
    }

    /// Refuses an output folder that holds anything the program did not write.
    pub(super) fn check_foreign(&self) -> Result<()> {
        let out = &self.out;
        if !stands(out) {
            return Ok(());
        }
        if !out.is_dir() {
            return Err(Error::config(say!(
                "{}: Wo der Ausgabeordner hingehört, steht eine Datei",
                "{}: a file stands where the output folder should be",
                out.display()
            ))
            .hint(say!("Einen anderen Ausgabeordner wählen.", "choose another output folder")));
        }
        let found = list(out)?;
        let Some(known) = contents(out) else {
            return match found.iter().find(|path| !is_litter(path)) {
                None => Ok(()),
                Some(first) => Err(Error::config(say!(
                    "{}: Diesen Ordner hat nicht resonanz geschrieben (er enthält {first}); er bleibt unberührt",
                    "{}: this folder was not written by resonanz (it holds {first}) and is left untouched",
                    out.display()
                ))
                .hint(say!("Einen neuen oder leeren Ausgabeordner wählen.", "choose a new or an empty output folder"))),
            };
        };
        let foreign: Vec<&str> =
            found.iter().map(String::as_str).filter(|path| !known.contains(*path) && !is_litter(path)).collect();
        if foreign.is_empty() {
            return Ok(());
        }
        let named = foreign.iter().take(5).copied().collect::<Vec<_>>().join(", ");
        let more = foreign.len().saturating_sub(5);
        let more = if more > 0 { say!(" und {more} weitere", " and {more} more") } else { Label::default() };
        Err(Error::config(Label::new(
            format!("{}: Diese Dateien hat nicht resonanz geschrieben: {named}{}", out.display(), more.de),
            format!("{}: files that resonanz did not write: {named}{}", out.display(), more.en),
        ))
        .hint(say!(
            "Der Ausgabeordner wird als Ganzes ersetzt: eigene Dateien vorher an einen anderen Ort verschieben.",
            "the output folder is replaced as a whole: move your own files elsewhere first"
        )))
    }

    /// Refuses to touch a neighbour that only happens to have our name.
    pub(super) fn check_own(dir: &Path) -> Result<()> {
        let marked = [WRITING, COMPLETE, DISCARDED].iter().any(|mark| dir.join(mark).exists());
        let own = dir.is_dir() && (marked || contents(dir).is_some() || list(dir)?.is_empty());
        if own {
            return Ok(());
        }
        Err(Error::config(say!(
            "{}: resonanz braucht diesen Namen, hat aber nicht geschrieben, was dort steht",
            "{}: resonanz needs this name, but did not write what stands there",
            dir.display()
        ))
        .hint(say!("Den Inhalt an einen anderen Ort verschieben.", "move it elsewhere")))
    }
}

fn is_litter(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| LITTER.contains(&name))
}

/// The files that the manifests in `dir` list, with `/`, from `dir`; `None` if no manifest is ours.
fn contents(dir: &Path) -> Option<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    let mut ours = false;
    for (folder, prefix) in [(PUBLISH, "publish/"), (INTERNAL, "")] {
        let Ok(bytes) = fs::read(dir.join(folder).join(MANIFEST)) else { continue };
        let Ok(manifest) = serde_json::from_slice::<Value>(&bytes) else { continue };
        if manifest["program"]["name"] != env!("CARGO_PKG_NAME") {
            continue;
        }
        ours = true;
        let outputs = manifest["outputs"].as_array().into_iter().flatten();
        known.extend(outputs.filter_map(|file| file["path"].as_str()).map(|path| format!("{prefix}{path}")));
        known.insert(format!("{folder}/{MANIFEST}"));
    }
    known.extend([COMPLETE.to_owned(), format!("{INTERNAL}/{NOTICE}")]);
    ours.then_some(known)
}

#[cfg(unix)]
fn is_mount(out: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(out), fs::metadata(parent)) {
        (Ok(out), Ok(parent)) => out.dev() != parent.dev(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_mount(_out: &Path, _parent: &Path) -> bool {
    false
}
