use std::fmt::Write as _;

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::{ColumnData, Table};
use crate::domain::say;
use crate::{Error, Result};

/// The table as CSV: UTF-8 without a mark, comma, LF, quotes only where needed, a header line, a
/// missing value is an empty cell, floats in their shortest exact form with a decimal point.
///
/// A text beginning with `=`, `+`, `-`, `@` (their full-width forms and blanks before them
/// included), a tab or a line break is preceded by an apostrophe, so that no spreadsheet runs it as
/// a formula. Numbers are never changed, and the Parquet file keeps the original text.
pub fn csv_bytes(table: &Table) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::internal(say!("Tabelle „{}“: {e}", "table \"{}\": {e}", table.name()));
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::Any(b'\n'))
        .quote_style(QuoteStyle::Necessary)
        .from_writer(Vec::new());
    writer.write_record(table.columns().iter().map(|column| &column.name)).map_err(failed)?;
    let mut cell = String::new();
    for row in 0..table.rows() {
        for data in table.data() {
            cell.clear();
            put(&mut cell, data, row);
            writer.write_field(&cell).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.into_inner().map_err(|e| Error::internal(say!("Tabelle „{}“: {e}", "table \"{}\": {e}", table.name())))
}

/// Whether a spreadsheet may take the text for a formula.
pub(super) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

/// Writing to a `String` cannot fail, so its results are dropped.
fn put(out: &mut String, data: &ColumnData, row: usize) {
    match data {
        ColumnData::Text(cells) => {
            if let Some(text) = &cells[row] {
                if looks_like_formula(text) {
                    out.push('\'');
                }
                out.push_str(text);
            }
        }
        ColumnData::Integer(cells) => {
            if let Some(value) = cells[row] {
                let _ = write!(out, "{value}");
            }
        }
        ColumnData::Number(cells) => {
            if let Some(value) = cells[row] {
                put_number(out, value);
            }
        }
        ColumnData::Boolean(cells) => {
            if let Some(value) = cells[row] {
                out.push_str(if value { "true" } else { "false" });
            }
        }
        ColumnData::Month(cells) => {
            if let Some(value) = cells[row] {
                let _ = write!(out, "{value}");
            }
        }
        ColumnData::Date(cells) => {
            if let Some(value) = cells[row] {
                let _ = write!(out, "{}", value.format("%Y-%m-%d"));
            }
        }
    }
}

/// A text as it stands in the file.
pub(super) fn put_text(out: &mut String, text: &str) {
    let guard = if looks_like_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        let _ = write!(out, "\"{guard}{}\"", text.replace('"', "\"\""));
    } else {
        out.push_str(guard);
        out.push_str(text);
    }
}

/// Both forms read back as the same number; the exponent spares a row of zeros.
pub(super) fn put_number(out: &mut String, value: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = if value.is_finite() { buffer.format_finite(value) } else { "" };
    if !text.is_empty() && !text.contains('e') {
        out.push_str(text.strip_suffix(".0").unwrap_or(text));
        return;
    }
    let plain = (1e-6..1e17).contains(&value.abs());
    let _ = if plain { write!(out, "{value}") } else { write!(out, "{value:e}") };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::publish::{Column, Label};

    fn one_text(text: &str) -> String {
        let table = Table::builder("t", Label::default()).text(Column::new("a", "", ""), [text]).build().unwrap();
        String::from_utf8(csv_bytes(&table).unwrap()).unwrap()
    }

    #[test]
    fn formula_cells_are_neutralised() {
        for text in
            ["=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "\rx", " =1+1", "\u{a0}=1", "\u{ff1d}1+1", "=cmd|' /C calc'!A0"]
        {
            assert!(one_text(text).contains(&format!("'{text}")), "{text}");
        }
        for text in ["a=b", "–", "'quoted'", "Anträge"] {
            assert_eq!(one_text(text), format!("a\n{text}\n"));
        }
        assert_eq!(one_text("=\"a\",b"), "a\n\"'=\"\"a\"\",b\"\n");
    }

    #[test]
    fn negative_numbers_stay_numbers() {
        let table = Table::builder("t", Label::default())
            .integer(Column::new("n", "", ""), [Some(-5), None, Some(i64::MAX)])
            .number(Column::new("x", "", ""), [Some(-0.5), Some(-0.0), None])
            .build()
            .unwrap();
        let csv = String::from_utf8(csv_bytes(&table).unwrap()).unwrap();
        assert_eq!(csv, "n,x\n-5,-0.5\n,0\n9223372036854775807,\n");
    }

    #[test]
    fn a_row_of_one_missing_cell_is_not_an_empty_line() {
        assert_eq!(one_text(""), "a\n\"\"\n");
    }

    proptest! {
        #[test]
        fn floats_read_back_exactly(
            value in prop_oneof![
                proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL,
                (-4f64..9.0).prop_map(|power| 10f64.powf(power)),
            ]
        ) {
            let mut out = String::new();
            put_number(&mut out, value);
            prop_assert_eq!(out.parse::<f64>().unwrap().to_bits(), value.to_bits());
            prop_assert!(out.len() < 30);
            // Of two shortest forms that are equally near, `Display` may take the other one.
            if (1e-5..1e15).contains(&value.abs()) {
                prop_assert_eq!(out.len(), value.to_string().len());
                prop_assert!(!out.contains('e'));
            }
        }
    }

    #[test]
    fn a_number_between_two_shortest_forms_reads_back_exactly() {
        let value = 733_771_870_775_488.0 + 0.25;
        let mut out = String::new();
        put_number(&mut out, value);
        assert!(["733771870775488.2", "733771870775488.3"].contains(&out.as_str()), "{out}");
        assert_eq!(out.parse::<f64>().unwrap().to_bits(), f64::to_bits(value));
    }
}
