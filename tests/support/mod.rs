//! A folder to work in, the built program, and what it said.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A table row as a map from column to text.
pub type Row = BTreeMap<String, String>;

/// A folder that is removed at the end of the test.
pub struct Work {
    dir: TempDir,
}

/// What the program did.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Work {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.dir.path().to_path_buf(), |path, part| path.join(part))
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// Replaces `from` in a text file; it must be there.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) -> &Self {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not contain {from:?}");
        self.file(name, text.replace(from, to))
    }

    /// The program with this folder as its working directory; its messages are English.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_resonanz"));
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        for name in ["RAYON_NUM_THREADS", "RUST_LOG", "CLICOLOR_FORCE", "LC_ALL", "LC_MESSAGES"] {
            command.env_remove(name);
        }
        command.env("LANG", "en_GB.UTF-8");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.finish(&mut self.command(arguments))
    }

    /// Runs and demands exit code 0.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {}{}", outcome.stdout, outcome.stderr);
        outcome
    }

    pub fn finish(&self, command: &mut Command) -> Outcome {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| self.masked(&String::from_utf8(bytes).unwrap());
        Outcome { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Without the name of this folder and with `/` on every system.
    fn masked(&self, text: &str) -> String {
        let dir = self.dir.path().to_string_lossy().into_owned();
        let text = text.replace(&dir, "[work]");
        if cfg!(windows) { text.replace('\\', "/") } else { text }
    }

    /// A table that the program wrote.
    pub fn table(&self, name: &str) -> Vec<Row> {
        table(&self.path(name), b',')
    }

    /// Every file below `name` with its bytes; empty if there is no such folder.
    pub fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let root = self.path(name);
        let mut out = BTreeMap::new();
        collect(&root, &root, &mut out);
        out
    }
}

fn collect(root: &Path, dir: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, out);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            out.insert(name, fs::read(&path).unwrap());
        }
    }
}

/// The records of a delimited UTF-8 file, with or without a byte order mark.
pub fn table(path: &Path, delimiter: u8) -> Vec<Row> {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    csv::ReaderBuilder::new().delimiter(delimiter).from_reader(body).deserialize().map(Result::unwrap).collect()
}

/// The rows in which every given column has the given text.
pub fn rows<'a>(table: &'a [Row], wanted: &[(&str, &str)]) -> Vec<&'a Row> {
    table.iter().filter(|row| wanted.iter().all(|(column, text)| row[*column] == *text)).collect()
}

/// The only such row.
#[track_caller]
pub fn row<'a>(table: &'a [Row], wanted: &[(&str, &str)]) -> &'a Row {
    let found = rows(table, wanted);
    assert_eq!(found.len(), 1, "{wanted:?}: {found:?}");
    found[0]
}

/// The number in a column, `None` for an empty cell.
#[track_caller]
pub fn number(row: &Row, column: &str) -> Option<f64> {
    Some(row[column].as_str()).filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
}

/// The sum of a column; empty cells do not count.
pub fn sum(rows: &[&Row], column: &str) -> i64 {
    rows.iter().filter(|row| !row[column].is_empty()).map(|row| row[column].parse::<i64>().unwrap()).sum()
}

/// Demands that two numbers agree to about 13 digits.
#[track_caller]
pub fn close(found: Option<f64>, wanted: f64, what: &str) {
    let found = found.unwrap_or_else(|| panic!("{what}: no value, wanted {wanted}"));
    let error = (found - wanted).abs() / wanted.abs().max(1e-9);
    assert!(error < 1e-12, "{what}: found {found}, wanted {wanted}");
}

/// A file of the reference folder: `RESONANZ_REFERENCE`, by default beside the project. Says so
/// and returns `None` where it is absent.
pub fn reference(name: &str) -> Option<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = std::env::var_os("RESONANZ_REFERENCE").map_or_else(|| manifest.join("../shared"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {name} not found (set RESONANZ_REFERENCE)");
    None
}
