//! Which files a source has, and their bytes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use crate::domain::say;
use crate::ingest::spec::{DeliveryDate, SourceSpec};
use crate::text::mask_file_name;
use crate::{Error, Result};

/// The files of a source, and the paths that fit its patterns but cannot be read.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Found {
    /// Sorted within each pattern; no file twice, whatever links lead to it.
    pub(in crate::ingest) files: Vec<PathBuf>,
    /// Broken links, folders without permission, pipes and devices.
    pub(in crate::ingest) unreadable: Vec<PathBuf>,
}

/// The files of `spec`; its patterns are relative to `base`.
///
/// # Errors
/// If a pattern has no file, or names a folder or something else that is no file.
pub(in crate::ingest) fn expand(base: &Path, spec: &SourceSpec) -> Result<Found> {
    let mut out = Found::default();
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    for pattern in spec.files.patterns() {
        let full = base.join(pattern);
        let mut found = if pattern.contains(['*', '?', '[']) {
            matching(spec, pattern, &full, &mut out.unreadable)?
        } else if full.is_dir() {
            return Err(Error::input(say!(
                "Quelle „{}“: „{pattern}“ ist ein Ordner, keine Datei",
                "source \"{}\": \"{pattern}\" is a folder, not a file",
                spec.name
            ))
            .hint(say!(
                "Um alle CSV-Dateien darin zu lesen, \"{pattern}/*.csv\" schreiben.",
                "to read all CSV files in it, write \"{pattern}/*.csv\""
            )));
        } else if full.is_file() {
            vec![full.clone()]
        } else if full.symlink_metadata().is_ok() {
            return Err(no_file(&relative(base, &full)));
        } else {
            Vec::new()
        };
        if found.is_empty() {
            return Err(Error::input(say!(
                "Quelle „{}“: Es gibt keine Datei „{pattern}“",
                "source \"{}\": no file \"{pattern}\"",
                spec.name
            ))
            .hint(say!("Gesucht wurde {}", "looked for {}", full.display()))
            .hint(say!(
                "Pfade gelten ab dem Ordner, in dem resonanz.toml steht.",
                "paths are relative to resonanz.toml"
            )));
        }
        found.sort();
        // Links in a loop lead to one file on many ways.
        found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
        out.files.extend(found);
    }
    if let Some(form) = spec.delivery {
        out.files = by_delivery(base, spec, form, out.files)?;
    }
    out.unreadable.sort();
    out.unreadable.dedup();
    Ok(out)
}

/// By date of delivery, then by path.
fn by_delivery(base: &Path, spec: &SourceSpec, form: DeliveryDate, files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let dated = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let date = form.find(&name).ok_or_else(|| {
            Error::config(say!(
                "Quelle „{}“: {}: Im Namen der Datei steht nicht genau ein Datum der Form {}",
                "source \"{}\": {}: the name of the file does not hold exactly one date of the form {}",
                spec.name,
                relative(base, &path),
                form.id()
            ))
            .hint(say!(
                "Die Datei umbenennen, die Form unter `delivery` ändern oder `delivery` weglassen: Dann wird in der \
                 Reihenfolge der Pfade gelesen.",
                "rename the file, change the form in `delivery`, or leave `delivery` out: then files are read in the \
                 order of their paths"
            ))
        })?;
        Ok((date, path))
    };
    let mut dated = files.into_iter().map(dated).collect::<Result<Vec<_>>>()?;
    dated.sort();
    Ok(dated.into_iter().map(|(_, path)| path).collect())
}

fn matching(spec: &SourceSpec, pattern: &str, full: &Path, unreadable: &mut Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let text = full.to_str().ok_or_else(|| {
        Error::config(say!("Der Pfad {} ist kein gültiges Unicode", "the path {} is not Unicode", full.display()))
    })?;
    let invalid = |error: glob::PatternError| {
        Error::config(say!(
            "Quelle „{}“: Muster „{pattern}“: {error}",
            "source \"{}\": pattern \"{pattern}\": {error}",
            spec.name
        ))
    };
    let mut paths = Vec::new();
    if text.contains("**") {
        let wanted = glob::Pattern::new(text).map_err(invalid)?;
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
        let fixed = full.components().take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']));
        walk(&fixed.collect::<PathBuf>(), &mut BTreeSet::new(), &mut paths);
        paths.retain(|path| wanted.matches_path_with(path, options));
    } else {
        for path in glob::glob(text).map_err(invalid)? {
            paths.push(path.unwrap_or_else(|error| error.path().to_path_buf()));
        }
    }
    let mut found = Vec::new();
    for path in paths {
        if path.is_file() {
            found.push(path);
        } else if !path.is_dir() || path.read_dir().is_err() {
            unreadable.push(path);
        }
    }
    Ok(found)
}

/// Everything below `folder`. No folder is entered twice, so that links in a loop come to an end; real
/// folders go before links to them.
fn walk(folder: &Path, entered: &mut BTreeSet<PathBuf>, out: &mut Vec<PathBuf>) {
    let Ok(real) = folder.canonicalize() else { return };
    let Ok(entries) = folder.read_dir() else { return };
    if !entered.insert(real) {
        return;
    }
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    paths.sort_by_key(|path| (path.is_symlink(), path.clone()));
    for path in paths {
        let folder = path.is_dir();
        out.push(path.clone());
        if folder {
            walk(&path, entered, out);
        }
    }
}

fn no_file(file: &str) -> Error {
    Error::input(say!(
        "{file}: Das ist keine Datei, sondern eine Verknüpfung ins Leere, ein Gerät oder eine Pipe",
        "{file}: this is no file but a broken link, a device or a pipe"
    ))
    .hint(say!(
        "Den Export in eine gewöhnliche Datei schreiben und diese angeben.",
        "write the export to an ordinary file and name that"
    ))
}

/// The bytes of the file at `path`, which messages call `file`.
///
/// # Errors
/// If it is no ordinary file, cannot be read, or changes meanwhile.
pub(in crate::ingest) fn load(path: &Path, file: &str) -> Result<Vec<u8>> {
    load_with(path, file, || {})
}

/// [`load`]; `meanwhile` happens between the first look at the file and the last.
fn load_with(path: &Path, file: &str, meanwhile: impl FnOnce()) -> Result<Vec<u8>> {
    let before = state(path, file)?;
    let mut bytes = Vec::with_capacity(usize::try_from(before.0).unwrap_or(0));
    let mut open = File::open(path).map_err(|error| failed(file, &error))?;
    open.read_to_end(&mut bytes).map_err(|error| failed(file, &error))?;
    meanwhile();
    if state(path, file)? != before || before.0 != bytes.len() as u64 {
        return Err(changed(file));
    }
    Ok(bytes)
}

/// The error that a file cannot be read.
pub(in crate::ingest) fn failed(file: &str, error: &std::io::Error) -> Error {
    Error::input(say!("{file} kann nicht gelesen werden: {error}", "{file}: cannot be read: {error}")).hint(say!(
        "Prüfen, ob die Datei vorhanden ist und gelesen werden darf.",
        "check that the file is there and may be read"
    ))
}

/// The error that a file is not what it was a moment ago.
pub(in crate::ingest) fn changed(file: &str) -> Error {
    Error::input(say!(
        "{file}: Die Datei wurde geändert, während sie gelesen wurde",
        "{file}: the file changed while it was being read"
    ))
    .hint(say!(
        "Warten, bis die Übertragung abgeschlossen ist, und noch einmal starten.",
        "wait until the transfer is complete and start again"
    ))
}

/// Length and time of an ordinary file: what tells whether it changes. To be asked before it is opened: a
/// pipe without a writer would wait for ever.
///
/// # Errors
/// If it is no ordinary file or cannot be looked at.
pub(in crate::ingest) fn state(path: &Path, file: &str) -> Result<(u64, Option<SystemTime>)> {
    let metadata = path.metadata().map_err(|error| failed(file, &error))?;
    if !metadata.is_file() {
        return Err(no_file(file));
    }
    Ok((metadata.len(), metadata.modified().ok()))
}

/// The path below the project's folder; of a file elsewhere only the name, so that no output tells
/// how a machine is organised. An address or number of a person in it is masked like any other text.
pub(in crate::ingest) fn relative(base: &Path, path: &Path) -> String {
    let outside = || path.file_name().map_or(path, Path::new);
    // Matches of a pattern come without the leading `./` of a project in the working directory.
    let here = |path: &Path| path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
    let below = here(path).strip_prefix(here(base)).map(Path::to_path_buf);
    let path = below.as_deref().unwrap_or_else(|_| outside());
    let path = if path.is_absolute() { outside() } else { path };
    let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    mask_file_name(&parts.join("/"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn paths_are_told_from_the_project_on() {
        for (base, path, told) in [
            (".", "eingang/a.csv", "eingang/a.csv"),
            (".", "./eingang/a.csv", "eingang/a.csv"),
            ("/x/projekt", "/x/projekt/eingang/a.csv", "eingang/a.csv"),
            ("/x/projekt", "/x/anderswo/a.csv", "a.csv"),
            (".", "/x/anderswo/a.csv", "a.csv"),
        ] {
            assert_eq!(relative(Path::new(base), Path::new(path)), told, "{base} {path}");
        }
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        fs::write(&path, "a;b\n1;2\n").unwrap();
        assert_eq!(load(&path, "a.csv").unwrap(), b"a;b\n1;2\n");
        let changes: [&dyn Fn(); 3] =
            [&|| fs::write(&path, "a;b\n1;2\n3;4\n").unwrap(), &|| fs::write(&path, "").unwrap(), &|| {
                let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
                File::options().write(true).open(&path).unwrap().set_modified(past).unwrap();
            }];
        for change in changes {
            let error = load_with(&path, "a.csv", change).unwrap_err();
            assert_eq!(error.to_string(), "a.csv: the file changed while it was being read");
        }
        assert!(load_with(&path, "a.csv", || fs::remove_file(&path).unwrap()).is_err());
    }
}
