//! A single table outside any project: its notation is told by the file itself.

use std::path::Path;

use super::read::{self, RowSink, format_of, unpacked};
use super::spec::{Format, SourceSpec};
use crate::domain::say;
use crate::{Error, Result};

/// Bytes in which the notation of a text file is looked for.
const SAMPLE: usize = 1 << 16;

/// Reads the one table in `path` into `sink`; returns the SHA-256 of the bytes of the file.
///
/// Text is UTF-8, UTF-16 with a byte order mark or Windows-1252; the delimiter is the one of comma,
/// semicolon and tab that the first line has most of.
///
/// # Errors
/// If there is no such file, or it is no table.
pub fn tidy(path: &Path, sink: &mut dyn RowSink) -> Result<String> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| {
        let said = Error::input(say!("{file}: {error}", "{file}: {error}"));
        if path.is_dir() {
            Error::input(say!("{file}: Das ist ein Ordner, keine Datei", "{file}: this is a folder, not a file"))
        } else {
            said
        }
    })?;
    let mut spec = SourceSpec::blank("data".to_owned(), &file);
    let format = format_of(&spec, &file)?;
    if format == Format::Csv {
        let sample = unpacked(&file, &bytes)?;
        let marked = sample.starts_with(&[0xff, 0xfe]) || sample.starts_with(&[0xfe, 0xff]);
        if !marked && std::str::from_utf8(&sample).is_err() {
            "windows-1252".clone_into(&mut spec.dialect.encoding);
        }
        spec.dialect.delimiter = delimiter(sample.get(..SAMPLE).unwrap_or(&sample));
    }
    read::read(&spec, &file, format, &bytes, sink)?;
    Ok(super::sha256_hex(&bytes))
}

fn delimiter(sample: &[u8]) -> char {
    let line = sample.split(|b| *b == b'\n').next().unwrap_or_default();
    let times = |sign: char| line.iter().filter(|b| char::from(**b) == sign).count();
    // The last of equals wins: a comma, which is also what a single column has.
    ['\t', ';', ','].into_iter().max_by_key(|sign| times(*sign)).unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_tells_the_delimiter() {
        assert_eq!(delimiter("a;b,c;d\n1,5;2,5".as_bytes()), ';');
        assert_eq!(delimiter(b"a\tb\n"), '\t');
        assert_eq!(delimiter(b"a,b\n"), ',');
        assert_eq!(delimiter(b"a\n"), ',');
    }
}
