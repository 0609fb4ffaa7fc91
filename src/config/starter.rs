//! The first files of a new project: a commented `resonanz.toml` and one empty template per source.
//!
//! Settings that are switched off begin with `#` and no blank, explanations with `# `: a reader
//! can tell them apart, and so can the tests. The templates of tables that people keep by hand are
//! workbooks whose key columns are text, because Excel takes the leading zero of `01001000` away
//! when it opens a CSV file; those of exports are CSV files.

mod templates;
#[cfg(test)]
mod tests;
mod workbook;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use self::templates::{Content, TEMPLATES, Template};
use super::FILE_NAME;
use crate::domain::{Lang, Text, say};
use crate::{Error, Result};

/// The folder of the templates.
pub const INPUT: Text = Text::new("eingang", "input");
/// The templates that must be filled in; the others are optional.
pub const NEEDED: Text =
    Text::new("register.xlsx, leistungen.xlsx, fallzahlen.xlsx", "register.xlsx, services.xlsx, usage.xlsx");

const PROJECT: Text = Text::new(include_str!("starter/de.toml"), include_str!("starter/en.toml"));
const README_NAME: Text = Text::new("LIESMICH.txt", "README.txt");
const README: Text = Text::new(include_str!("starter/LIESMICH.txt"), include_str!("starter/README.txt"));
/// Width of the lines in the readme.
const WIDTH: usize = 100;

/// Writes the first files of a project into `dir` and returns their paths.
///
/// # Errors
/// If one of the files exists already: nothing is written then. If writing fails, what was written
/// is removed again.
pub fn write(dir: &Path, lang: Lang) -> Result<Vec<PathBuf>> {
    write_files(dir, &files(lang)?, lang)
}

/// Writes `files`, paths relative to `dir` with `/`, and returns their paths.
///
/// # Errors
/// As [`write`].
pub fn write_files(dir: &Path, files: &[(String, Vec<u8>)], lang: Lang) -> Result<Vec<PathBuf>> {
    let input = dir.join(INPUT.get(lang));
    if let Some(file) = [dir, &input].into_iter().find(|path| path.exists() && !path.is_dir()) {
        return Err(Error::config(say!(
            "{} ist eine Datei, kein Ordner",
            "{} is a file, not a folder",
            file.display()
        )));
    }
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| dir.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(in_the_way(path));
    }
    fs::create_dir_all(&input).map_err(|error| failed(&input, &error))?;
    for (at, (path, (_, bytes))) in paths.iter().zip(files).enumerate() {
        if let Err(error) = create(path, bytes) {
            // The first cause is what matters; what cannot be removed stands there to be seen.
            paths[..at].iter().for_each(|written| drop(fs::remove_file(written)));
            return Err(error);
        }
    }
    Ok(paths)
}

/// Creates a file that must not exist yet.
fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => in_the_way(path),
        _ => failed(path, &error),
    })?;
    file.write_all(bytes).map_err(|error| {
        let _ = fs::remove_file(path);
        failed(path, &error)
    })
}

pub(crate) fn in_the_way(path: &Path) -> Error {
    Error::config(say!(
        "{} gibt es schon; es wurde nichts geschrieben",
        "{} exists already; nothing was written",
        path.display()
    ))
    .hint(say!(
        "Vorhandene Dateien werden nie überschrieben: einen neuen Ordner wählen, etwa: resonanz init neues-projekt",
        "existing files are never overwritten: choose a new folder, for example: resonanz init new-project"
    ))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(say!("{} kann nicht geschrieben werden: {error}", "cannot write {}: {error}", path.display()))
}

/// The files of a new project in `lang`: paths relative to its folder, with `/`, and contents.
///
/// The same call gives the same bytes on every day and machine.
///
/// # Errors
/// If a workbook cannot be made.
pub fn files(lang: Lang) -> Result<Vec<(String, Vec<u8>)>> {
    let input = INPUT.get(lang);
    let mut out = vec![
        (FILE_NAME.to_owned(), PROJECT.get(lang).into()),
        (format!("{input}/{}", README_NAME.get(lang)), readme(lang).into_bytes()),
    ];
    for template in TEMPLATES {
        let name = template.file.get(lang);
        let bytes = match template.content {
            Content::Csv => csv(template, lang).into_bytes(),
            Content::Workbook { .. } => {
                let book = workbook::workbook(template, lang).and_then(|mut book| book.save_to_buffer());
                book.map_err(|error| {
                    Error::internal(say!("{name} kann nicht erzeugt werden: {error}", "cannot make {name}: {error}"))
                })?
            }
        };
        out.push((format!("{input}/{name}"), bytes));
    }
    Ok(out)
}

/// The header line. By the byte order mark Excel sees that the file is UTF-8.
fn csv(template: &Template, lang: Lang) -> String {
    let names: Vec<&str> = template.columns.iter().map(|column| column.name.get(lang)).collect();
    format!("\u{feff}{}\r\n", names.join(";"))
}

/// How to fill in the templates, and for CSV files, which have no place for notes, every column.
fn readme(lang: Lang) -> String {
    let mut out = README.get(lang).to_owned();
    for template in TEMPLATES {
        out.push('\n');
        wrap(&format!("{}: {}", template.file.get(lang), template.about.get(lang)), 0, &mut out);
        if matches!(template.content, Content::Workbook { .. }) {
            continue;
        }
        let widest = template.columns.iter().map(|c| c.name.get(lang).chars().count()).max().unwrap_or(0);
        for column in template.columns {
            let [name, what, allowed, example] =
                [column.name, column.what, column.allowed, column.example].map(|text| text.get(lang));
            let [allowed_label, example_label] =
                [Text::new("Erlaubt", "Allowed"), Text::new("Beispiel", "Example")].map(|text| text.get(lang));
            let line = format!("{name:widest$}  {what} {allowed_label}: {allowed} {example_label}: {example}");
            wrap(&line, widest + 2, &mut out);
        }
    }
    out
}

/// Adds `text` as lines of limited width; all but the first are indented. The first `indent`
/// characters stay as they are.
fn wrap(text: &str, indent: usize, out: &mut String) {
    let (start, rest) = text.split_at(text.char_indices().nth(indent).map_or(text.len(), |(at, _)| at));
    out.push_str(start);
    let mut used = indent;
    for (at, word) in rest.split_whitespace().enumerate() {
        let length = word.chars().count();
        if at > 0 && used + 1 + length > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = indent;
        } else if at > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out.push('\n');
}
