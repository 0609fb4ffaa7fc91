//! The folder that is shared with the engine, and the client that is started in it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::domain::say;
use crate::{Error, Result};

/// A folder of its own for one job; removed when it goes out of use.
#[derive(Debug)]
pub(super) struct Folder {
    dir: TempDir,
}

impl Folder {
    /// A new folder below `work`; without one, below that of the system for temporary files, and then only for the
    /// own account: the workers of a cluster may have others.
    pub(super) fn create(work: Option<&Path>) -> Result<Self> {
        let parent = work.map_or_else(std::env::temp_dir, Path::to_path_buf);
        let parent = std::path::absolute(&parent).unwrap_or(parent);
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        if work.is_none() {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        }
        let dir = builder.prefix("resonanz-").tempdir_in(&parent).map_err(|error| no_folder(&parent, &error))?;
        Ok(Self { dir })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The path as a `file:` URI that can stand in quotes in SQL.
    pub(super) fn uri(&self) -> Result<String> {
        let text = self.path().to_string_lossy();
        let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text.into_owned() };
        let fits = |c: char| c.is_alphanumeric() || " /-_.~+@,=()".contains(c) || (cfg!(windows) && c == ':');
        if text.chars().all(fits) {
            return Ok(format!("file://{text}"));
        }
        Err(Error::config(say!(
            "[engine]: Spark nimmt den Pfad {text} nicht an: Darin sind nur Buchstaben, Ziffern, Leerzeichen und -_.~+@,=() möglich",
            "[engine]: Spark does not take the path {text}: only letters, digits, blanks and -_.~+@,=() are possible in it"
        ))
        .hint(say!("Mit work = \"...\" einen anderen Ordner angeben.", "name another folder with work = \"...\"")))
    }

    /// Puts the script into the folder.
    pub(super) fn script(&self, text: &str) -> Result<PathBuf> {
        let path = self.path().join("job.sql");
        fs::write(&path, text).map_err(|error| not_written(&path, &error))?;
        Ok(path)
    }
}

pub(super) fn not_written(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::internal(say!(
        "[engine]: {} kann nicht geschrieben werden: {error}",
        "[engine]: {} cannot be written: {error}",
        path.display()
    ))
    .hint(say!(
        "Dort Platz schaffen, oder mit work = \"...\" einen anderen Ordner angeben.",
        "make room there, or name another folder with work = \"...\""
    ))
}

fn no_folder(parent: &Path, error: &io::Error) -> Error {
    Error::config(say!(
        "[engine]: In {} kann kein Ordner angelegt werden: {error}",
        "[engine]: no folder can be made in {}: {error}",
        parent.display()
    ))
    .hint(say!(
        "Mit work = \"...\" einen vorhandenen Ordner angeben, in den geschrieben werden darf.",
        "name an existing folder that may be written to with work = \"...\""
    ))
}

/// The site's client.
#[derive(Debug)]
pub(super) struct Client<'a> {
    command: &'a [String],
}

/// How much of what a client says is kept.
const KEPT_BYTES: usize = 8 << 10;
const KEPT_LINES: usize = 8;

impl<'a> Client<'a> {
    /// The program and its arguments.
    pub(super) fn new(command: &'a [String]) -> Self {
        Self { command }
    }

    /// Has it carry out the script, in `folder`. No shell is involved, and nothing is asked of anybody: it has the
    /// environment and the files of whoever started this program, and its passwords from there.
    pub(super) fn run(&self, folder: &Path, script: &Path) -> Result<()> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Error::internal("[engine] command is empty"));
        };
        // Arguments are not repeated in messages: a site might have written a password there.
        let name = Path::new(program).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let started = Command::new(program)
            .args(arguments)
            .arg("-f")
            .arg(script)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|error| not_started(&name, &error))?;
        let said = child.stderr.take().map(last_of).transpose();
        let ended = child.wait();
        match (said, ended) {
            (Ok(_), Ok(status)) if status.success() => Ok(()),
            (Ok(said), Ok(status)) => Err(failed(&name, &status.to_string(), &said.unwrap_or_default())),
            (Err(error), _) | (_, Err(error)) => Err(failed(&name, &error.to_string(), "")),
        }
    }
}

fn not_started(name: &str, error: &io::Error) -> Error {
    let out = if error.kind() == io::ErrorKind::NotFound {
        Error::config(say!(
            "[engine]: Das Programm „{name}“ wurde nicht gefunden",
            "[engine]: the program \"{name}\" was not found"
        ))
        .hint(say!(
            "Es installieren, oder in command als erstes seinen vollständigen Pfad angeben.",
            "install it, or give its full path as the first entry of command"
        ))
    } else {
        Error::config(say!(
            "[engine]: Das Programm „{name}“ lässt sich nicht starten: {error}",
            "[engine]: the program \"{name}\" cannot be started: {error}"
        ))
    };
    out.hint(without())
}

fn failed(name: &str, status: &str, said: &str) -> Error {
    let said = if said.is_empty() { String::new() } else { format!(":\n{said}") };
    Error::internal(say!(
        "[engine]: „{name}“ hat die Berechnung abgebrochen ({status}){said}",
        "[engine]: \"{name}\" has broken the job off ({status}){said}"
    ))
    .hint(say!(
        "Ob das Programm sein System erreicht, zeigt derselbe Aufruf von Hand mit einer kleinen Abfrage.",
        "start it by hand in the same way with a small query, to see whether it reaches its system"
    ))
    .hint(without())
}

pub(super) fn without() -> crate::domain::Label {
    say!(
        "Ohne [engine] rechnet das Programm selbst, mit demselben Ergebnis.",
        "without [engine] this program does the job itself, with the same result"
    )
}

/// The last lines of what a client says, without the frames of a Java stack, which would displace its cause.
fn last_of(mut stream: impl Read) -> io::Result<String> {
    let mut kept: Vec<u8> = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        kept.extend_from_slice(&buffer[..n]);
        if kept.len() > 2 * KEPT_BYTES {
            kept.drain(..kept.len() - KEPT_BYTES);
        }
    }
    let text = String::from_utf8_lossy(&kept);
    let is_frame = |line: &str| line.starts_with([' ', '\t']) && line.trim_start().starts_with("at ");
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !is_frame(line)).collect();
    let last = &lines[lines.len().saturating_sub(KEPT_LINES)..];
    Ok(last.join("\n").chars().filter(|c| !c.is_control() || *c == '\n').collect())
}

/// Opens a result: a file, or the parts of a folder in the order of their names.
pub(super) fn open_result(folder: &Folder, name: &str) -> Result<Box<dyn Read>> {
    let path = folder.path().join(format!("{name}.csv"));
    let missing = |error: io::Error| {
        Error::internal(say!(
            "[engine]: Das Programm hat sich ohne Fehler beendet, aber kein Ergebnis {name}.csv geschrieben: {error}",
            "[engine]: the program has ended without an error but written no result {name}.csv: {error}"
        ))
        .hint(say!(
            "Der Ordner work muss für das Programm und, bei Spark, für alle Rechner derselbe sein.",
            "the folder work must be the same one for the program and, with Spark, for all machines"
        ))
    };
    if !path.is_dir() {
        return Ok(Box::new(File::open(&path).map_err(missing)?));
    }
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(&path).map_err(missing)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let is_part =
        |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("part-"));
    let mut parts: Vec<PathBuf> = entries.map_err(missing)?.into_iter().filter(is_part).collect();
    parts.sort();
    let mut out: Box<dyn Read> = Box::new(io::empty());
    for part in parts {
        out = Box::new(out.chain(File::open(part).map_err(missing)?));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_client_says_the_cause_remains() {
        let mut text = "26/01/01 WARN NativeCodeLoader\n".repeat(5_000);
        text += "[ARITHMETIC_OVERFLOW] long overflow.\n\n";
        text += &"\tat org.apache.spark.Adder.add(Adder.scala:1)\n".repeat(90);
        text += "Caused by: long\u{7} overflow\n";
        let said = last_of(text.as_bytes()).unwrap();
        assert!(said.ends_with("[ARITHMETIC_OVERFLOW] long overflow.\nCaused by: long overflow"), "{said}");
        assert_eq!(said.lines().count(), KEPT_LINES);
        assert_eq!(last_of(&b""[..]).unwrap(), "");
    }

    #[test]
    fn every_job_has_a_folder_of_its_own_that_is_gone_afterwards() {
        let parent = tempfile::tempdir().unwrap();
        let (one, two) = (Folder::create(Some(parent.path())).unwrap(), Folder::create(Some(parent.path())).unwrap());
        assert_ne!(one.path(), two.path());
        one.script("SELECT 1;").unwrap();
        drop((one, two));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
        let error = Folder::create(Some(&parent.path().join("none"))).unwrap_err();
        assert!(error.to_string().starts_with("[engine]: no folder can be made in "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_the_folder_of_the_system() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::create(None).unwrap();
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_path_that_would_end_the_quotes_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let of = |name: &str| {
            fs::create_dir(parent.path().join(name)).unwrap();
            Folder::create(Some(&parent.path().join(name))).unwrap().uri()
        };
        assert!(of("Zähl werk").unwrap().contains("/Zähl werk/resonanz-"));
        let error = of("it's").unwrap_err().to_string();
        assert!(error.starts_with("[engine]: Spark does not take the path "), "{error}");
    }

    #[test]
    fn the_parts_of_a_folder_are_one_result() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::create(Some(parent.path())).unwrap();
        let parts = folder.path().join("sums.csv");
        fs::create_dir(&parts).unwrap();
        for (name, text) in
            [("part-00001-x.csv", "2\n"), ("part-00000-x.csv", "1\n"), ("_SUCCESS", ""), (".part-00000-x.csv.crc", "!")]
        {
            fs::write(parts.join(name), text).unwrap();
        }
        let mut text = String::new();
        open_result(&folder, "sums").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "1\n2\n");
        let error = open_result(&folder, "losers").err().unwrap().to_string();
        assert!(error.starts_with("[engine]: the program has ended without an error but written no result losers.csv"));
    }
}
