//! A sink that keeps what a reader finds, as text.

use super::{Fields, RowSink};
use crate::Result;
use crate::ingest::finding::Code;
use crate::ingest::spec::SourceSpec;

/// What was found: the header, then one line per call.
#[derive(Default)]
pub(super) struct Kept(pub(super) Vec<String>);

impl Kept {
    fn row(&mut self, line: u64, mark: &str, fields: &dyn Fields) {
        let cell = |at| match fields.number(at) {
            Some(number) => format!("{}={number}", fields.text(at)),
            None => fields.text(at).to_owned(),
        };
        let cells: Vec<String> = (0..fields.len()).map(cell).collect();
        self.0.push(format!("{line}{mark}: {}", cells.join("|")));
    }
}

impl RowSink for Kept {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        self.0.push(headers.join("|"));
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        assert!(record > 0);
        self.row(line, "", fields);
    }

    fn unreadable(&mut self, _record: u64, line: u64, code: Code) {
        self.0.push(format!("{line}! {}", code.id()));
    }

    fn superseded(&mut self, _record: u64, line: u64, fields: &dyn Fields) {
        self.row(line, " superseded", fields);
    }

    fn about_file(&mut self, code: Code, value: &str) {
        self.0.push(format!("file! {} {value}", code.id()));
    }
}

/// A source of `kind` with further settings.
pub(super) fn spec(kind: &str, more: &str) -> SourceSpec {
    toml::from_str(&format!("name = \"q\"\nkind = \"{kind}\"\nfiles = \"x\"\n{more}")).unwrap()
}
