use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Component, Path};

use serde_json::{Map, Value, json};

use super::FileHash;
use crate::domain::say;
use crate::{Error, Result};

/// Version of the manifest's layout.
const SCHEMA_VERSION: u32 = 1;

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Relative path with `/`.
    pub path: String,
    /// Size and digest.
    pub hash: FileHash,
}

impl InputFile {
    /// A file read into memory; `path` is relative, with `/`.
    pub fn new(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self { path: path.into(), hash: FileHash::of(bytes) }
    }

    /// Reads the file at `path` and names it relative to `root`. A file elsewhere is named
    /// `external/` and its file name: no absolute path reaches an output.
    pub fn read(root: &Path, path: &Path) -> Result<Self> {
        let unreadable = |e: std::io::Error| {
            Error::input(say!("{} kann nicht gelesen werden: {e}", "{}: cannot read: {e}", path.display()))
        };
        let file = File::open(path).map_err(unreadable)?;
        let hash = FileHash::of_reader(file).map_err(unreadable)?;
        Ok(Self { path: relative(root, path), hash })
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let parts = |path: &Path| -> Vec<String> {
        path.components()
            .filter_map(|part| match part {
                Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
                Component::ParentDir => Some("..".to_owned()),
                _ => None,
            })
            .collect()
    };
    match path.strip_prefix(root) {
        Ok(inside) => parts(inside).join("/"),
        Err(_) if path.is_relative() => parts(path).join("/"),
        Err(_) => format!("external/{}", path.file_name().unwrap_or_default().to_string_lossy()),
    }
}

/// What went in and what came out, so that a run can be repeated and checked. It holds no clock and
/// no absolute path.
///
/// It is written twice: into the internal folder in full, and into the publish folder with that
/// folder's files. Where small numbers were hidden, call [`Manifest::withhold_inputs`]: from the
/// digest or the row count of an input a reader could find out a hidden count by trying.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    configuration: Value,
    seeds: BTreeMap<String, u64>,
    inputs: BTreeMap<String, FileHash>,
    rows: BTreeMap<String, BTreeMap<String, u64>>,
    withhold: bool,
}

impl Manifest {
    /// A manifest with the configuration in force.
    #[must_use]
    pub fn new(configuration: Value) -> Self {
        Self { configuration, ..Self::default() }
    }

    /// Adds a random seed.
    pub fn seed(&mut self, name: impl Into<String>, seed: u64) {
        self.seeds.insert(name.into(), seed);
    }

    /// Adds an input file.
    pub fn input(&mut self, file: InputFile) {
        self.inputs.insert(file.path, file.hash);
    }

    /// Sets a row count of a source, for example `("usage", "quarantined", 12)`.
    pub fn rows(&mut self, source: impl Into<String>, what: impl Into<String>, count: u64) {
        self.rows.entry(source.into()).or_default().insert(what.into(), count);
    }

    /// Leaves sizes, digests and row counts of the inputs out of the published manifest.
    pub fn withhold_inputs(&mut self) {
        self.withhold = true;
    }

    /// The manifest of the publish folder; paths are relative to that folder.
    pub(super) fn published<'a>(&self, outputs: impl Iterator<Item = (&'a str, &'a FileHash)>) -> Vec<u8> {
        self.render(self.withhold, ".", outputs)
    }

    /// The manifest of everything; paths are relative to the output folder, one above its own.
    pub(super) fn internal<'a>(&self, outputs: impl Iterator<Item = (&'a str, &'a FileHash)>) -> Vec<u8> {
        self.render(false, "..", outputs)
    }

    fn render<'a>(
        &self,
        withhold: bool,
        paths_from: &str,
        outputs: impl Iterator<Item = (&'a str, &'a FileHash)>,
    ) -> Vec<u8> {
        let file = |path: &str, hash: &FileHash| json!({ "path": path, "bytes": hash.bytes, "sha256": hash.sha256 });
        let configuration = sorted(&self.configuration);
        let inputs: Vec<Value> = self
            .inputs
            .iter()
            .map(|(path, hash)| if withhold { json!({ "path": path }) } else { file(path, hash) })
            .collect();
        let mut manifest = json!({
            "schema_version": SCHEMA_VERSION,
            "program": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "configuration": {
                "sha256": super::sha256_hex(configuration.to_string().as_bytes()),
                "values": configuration,
            },
            "seeds": self.seeds,
            "inputs": inputs,
        });
        if !withhold {
            manifest["rows"] = json!(self.rows);
        }
        manifest["paths_from"] = json!(paths_from);
        manifest["outputs"] = outputs.map(|(path, hash)| file(path, hash)).collect();
        pretty(&manifest)
    }
}

/// Indented JSON with a line break at its end.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

/// The same value with the keys of every object in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let keys: BTreeMap<&String, &Value> = map.iter().collect();
            Value::Object(keys.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_have_slashes() {
        let root = Path::new("/data/project");
        assert_eq!(relative(root, &root.join("in").join("usage.csv")), "in/usage.csv");
        assert_eq!(relative(root, Path::new("/home/someone/x.csv")), "external/x.csv");
        assert_eq!(relative(root, Path::new("./in/x.csv")), "in/x.csv");
    }

    #[test]
    fn the_order_of_calls_does_not_show() {
        let render = |turn: bool| {
            let configuration =
                if turn { json!({"b": 1, "a": {"d": 2, "c": 3}}) } else { json!({"a": {"c": 3, "d": 2}, "b": 1}) };
            let mut manifest = Manifest::new(configuration);
            let mut files = [InputFile::new("a.csv", b"a"), InputFile::new("b.csv", b"b")];
            if turn {
                files.reverse();
            }
            files.into_iter().for_each(|file| manifest.input(file));
            manifest.seed("bootstrap", 42);
            manifest.rows("usage", "read", 3);
            String::from_utf8(manifest.internal(std::iter::empty())).unwrap()
        };
        assert_eq!(render(true), render(false));
        assert!(render(true).contains("\"bootstrap\": 42"));
    }

    #[test]
    fn a_protected_publication_tells_nothing_about_its_inputs() {
        let mut manifest = Manifest::new(json!({}));
        manifest.input(InputFile::new("usage.csv", b"a;1"));
        manifest.rows("usage", "read", 3);
        manifest.withhold_inputs();
        let published = String::from_utf8(manifest.published(std::iter::empty())).unwrap();
        assert!(published.contains("usage.csv"));
        assert!(!published.contains(&super::super::sha256_hex(b"a;1")) && !published.contains("\"rows\""));
        let internal = String::from_utf8(manifest.internal(std::iter::empty())).unwrap();
        assert!(internal.contains(&super::super::sha256_hex(b"a;1")) && internal.contains("\"rows\""));
    }
}
