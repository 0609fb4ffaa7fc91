//! Refusals of the statistics in the words of the reader.

use super::Table;
use crate::Error;
use crate::domain::{Label, Lang};
use crate::stats::Refusal;
use crate::story::refusal_text;

/// A method's refusal in both languages.
pub(crate) fn said(refusal: &Refusal) -> Label {
    Label::new(refusal_text(refusal, Lang::De), refusal_text(refusal, Lang::En))
}

/// A method's refusal about one row; `row` counts from 0.
pub(crate) fn refused_at(table: &Table, column: &str, row: usize, refusal: &Refusal) -> Error {
    Error::refused(table.at(column, row, &said(refusal)))
}

/// A table without a record.
pub(crate) fn nothing(table: &Table) -> Error {
    Error::refused(said(&Refusal::EmptyInput)).at(&table.file)
}

/// Remarks about single units in one: the first ten in words, the others as a number.
pub(crate) fn listed(parts: &[Label]) -> Label {
    const SHOWN: usize = 10;
    let more = parts.len().saturating_sub(SHOWN);
    let join = |part: fn(&Label) -> &str, rest: &str| {
        let mut text = parts.iter().take(SHOWN).map(part).collect::<Vec<_>>().join("; ");
        if more > 0 {
            text.push_str(rest);
        }
        text
    };
    Label::new(join(|l| &l.de, &format!("; und {more} weitere")), join(|l| &l.en, &format!("; and {more} more")))
}
