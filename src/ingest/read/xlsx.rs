use super::header::{Span, joined};
use super::sheet::{Book, Cell, Pick, SheetRow};
use super::{Fields, RECORD_LIMIT, RowSink};
use crate::domain::say;
use crate::ingest::finding::Code;
use crate::ingest::spec::SourceSpec;
use crate::{Error, Result};

/// The cells below the column names; what stands to their right has no name and is left out.
struct Row {
    cells: Vec<Cell>,
    /// The filled ones of the row before.
    filled: Vec<usize>,
}

impl Row {
    /// Takes over the cells of `row`; whether there is any below a name.
    fn fill(&mut self, row: &SheetRow) -> bool {
        for at in self.filled.drain(..) {
            self.cells[at] = Cell::default();
        }
        for (at, cell) in &row.cells {
            if let Some(slot) = self.cells.get_mut(*at) {
                slot.clone_from(cell);
                self.filled.push(*at);
            }
        }
        !self.filled.is_empty()
    }
}

impl Fields for Row {
    fn len(&self) -> usize {
        self.cells.len()
    }

    fn text(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", |cell| cell.text.as_str())
    }

    fn number(&self, at: usize) -> Option<f64> {
        self.cells.get(at).and_then(|cell| cell.number)
    }
}

pub(super) fn read(spec: &SourceSpec, file: &str, bytes: &[u8], sink: &mut dyn RowSink) -> Result<()> {
    let mut book = Book::open(file, bytes, spec.sheet.as_deref().map_or(Pick::First, Pick::Named))?;
    let merged = if spec.header_rows > 1 { book.merged()? } else { Vec::new() };
    let first = spec.header_row.saturating_sub(1);
    let mut filled = 0u64;
    let mut top: Option<u32> = None;
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut row: Option<Row> = None;
    let mut record = 0;
    book.rows(|cells| {
        filled += 1;
        if cells.index < first {
            return Ok(());
        }
        let top = *top.get_or_insert(cells.index);
        // The header would be missed, or lose a row.
        let below = cells.index.checked_sub(top).filter(|&below| row.is_some() || below as usize >= names.len());
        let below = below.ok_or_else(|| {
            Error::input(say!(
                "{file}: Die Arbeitsmappe ist beschädigt: Ihre Zeilen stehen nicht in der richtigen Reihenfolge",
                "{file}: the workbook is damaged: its rows are not in order"
            ))
            .hint(say!(
                "In Excel oder LibreOffice öffnen und erneut als .xlsx speichern.",
                "open it in Excel or LibreOffice and save it again as .xlsx"
            ))
        })?;
        if below < spec.header_rows.max(1) {
            names.resize(below as usize, Vec::new());
            names.push(header_cells(cells));
            return Ok(());
        }
        if row.is_none() {
            row = Some(begin(&mut names, top, &merged, sink)?);
        }
        let Some(row) = &mut row else { return Ok(()) };
        if row.fill(cells) {
            record += 1;
            let line = u64::from(cells.index) + 1;
            if cells.cells.iter().map(|(_, cell)| cell.text.len()).sum::<usize>() > RECORD_LIMIT {
                sink.unreadable(record, line, Code::RecordTooLong);
            } else {
                sink.record(record, line, row);
            }
        }
        Ok(())
    })?;
    match top {
        None if filled == 0 => Err(book.empty()),
        None => Err(Error::input(say!(
            "{file}: Es gibt keine Zeile {} für die Spaltennamen",
            "{file}: there is no row {} for the column names",
            spec.header_row
        ))
        .hint(say!("`header_row` und `sheet` der Quelle prüfen.", "check `header_row` and `sheet` of the source"))),
        Some(top) if row.is_none() => begin(&mut names, top, &merged, sink).map(|_| ()),
        Some(_) => Ok(()),
    }
}

fn header_cells(row: &SheetRow) -> Vec<String> {
    let width = row.cells.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
    let mut names = vec![String::new(); width];
    row.cells.iter().for_each(|(at, cell)| names[*at].clone_from(&cell.text));
    names
}

/// Hands the column names to the sink.
fn begin(
    names: &mut Vec<Vec<String>>,
    top: u32,
    merged: &[calamine::Dimensions],
    sink: &mut dyn RowSink,
) -> Result<Row> {
    let names = std::mem::take(names);
    let spans: Vec<Span> = merged
        .iter()
        .filter(|area| area.start.0 >= top && ((area.start.0 - top) as usize) < names.len())
        .map(|area| Span { row: (area.start.0 - top) as usize, from: area.start.1 as usize, to: area.end.1 as usize })
        .collect();
    let headers = joined(names, &spans);
    sink.columns(&headers)?;
    Ok(Row { cells: vec![Cell::default(); headers.len()], filled: Vec::new() })
}
