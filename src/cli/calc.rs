use std::path::Path;

use super::output::Output;
use crate::calc::{Method, Table};
use crate::domain::say;
use crate::ingest::finding::Code;
use crate::ingest::{Fields, RowSink, tidy};
use crate::{Error, Result};

/// Computes one method on one table; the answer goes to stdout, as JSON with --json.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    method: Method,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let answer = arguments.method.run(&open)?;
    if output.json() {
        output.value(&answer.json(output.lang()));
    } else {
        answer.lines(output.lang()).iter().for_each(|line| output.line(line));
    }
    Ok(())
}

fn open(path: &Path, decimal: Option<char>) -> Result<Table> {
    if let Some(sign) = decimal
        && !matches!(sign, '.' | ',')
    {
        return Err(Error::config(say!(
            "--decimal ist „.“ oder „,“, nicht „{sign}“",
            "--decimal is \".\" or \",\", not \"{sign}\""
        )));
    }
    let mut reading = Reading { file: path.display().to_string(), table: Table::default(), wrong: None };
    let sha256 = tidy(path, &mut reading)?;
    if let Some(error) = reading.wrong {
        return Err(error);
    }
    let mut table = reading.table;
    table.sha256 = sha256;
    let is_text = path.extension().is_some_and(|e| !e.eq_ignore_ascii_case("parquet"));
    let decimal = match decimal {
        Some(sign) => sign,
        None if is_text => table.told_decimal()?,
        None => '.',
    };
    Ok(table.with_decimal(decimal))
}

/// Fills a table with the records of a file.
struct Reading {
    file: String,
    table: Table,
    wrong: Option<Error>,
}

impl Reading {
    fn refuse(&mut self, record: u64, line: u64, de: &str, en: &str) {
        let file = &self.file;
        self.wrong.get_or_insert_with(|| {
            Error::input(crate::domain::Label::new(
                format!("{file}: Datensatz {record} (Zeile {line}): {de}"),
                format!("{file}: record {record} (line {line}): {en}"),
            ))
        });
    }
}

impl RowSink for Reading {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = headers.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::input(say!(
                "{}: Die Spalte „{twice}“ kommt mehrmals vor",
                "{}: the column \"{twice}\" occurs more than once",
                self.file
            )));
        }
        self.table = Table::new(&self.file, headers.to_vec());
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let names = self.table.names().len();
        if fields.len() != names {
            let n = fields.len();
            let (de, en) = (format!("{n} Felder statt {names}"), format!("{n} fields instead of {names}"));
            return self.refuse(record, line, &de, &en);
        }
        let cells: Vec<String> = (0..names)
            .map(|at| fields.number(at).map_or_else(|| fields.text(at).to_owned(), |number| number.to_string()))
            .collect();
        self.table.push(cells.iter().map(String::as_str));
    }

    fn unreadable(&mut self, record: u64, line: u64, _code: Code) {
        self.refuse(record, line, "Der Datensatz ist nicht lesbar", "the record cannot be read");
    }
}
