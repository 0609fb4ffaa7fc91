//! Column names that take up several rows.

use crate::ingest::trimmed;

/// A heading that spans columns `from` to `to` of the header row `row`, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) row: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// One name per column: its cells joined from top to bottom with a blank.
///
/// A cell that spans columns names all of them. Without any `spans` (text files, sheets whose merged
/// cells were lost) a heading also names the empty cells to its right, as long as there is something
/// below both: `2025` over `online` and `Papier` spreads, `AGS` over nothing does not. Empty names at
/// the end are dropped.
pub(super) fn joined(mut rows: Vec<Vec<String>>, spans: &[Span]) -> Vec<String> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    for row in &mut rows {
        row.iter_mut().for_each(|name| *name = clean(name));
        row.resize(width, String::new());
    }
    for span in spans {
        let Some(row) = rows.get_mut(span.row) else { continue };
        let name = row.get(span.from).cloned().unwrap_or_default();
        row.iter_mut().take(span.to + 1).skip(span.from).for_each(|cell| cell.clone_from(&name));
    }
    if spans.is_empty() {
        for at in 0..rows.len().saturating_sub(1) {
            for column in 1..width {
                let below = |column: usize| rows[at + 1..].iter().any(|row| !row[column].is_empty());
                if rows[at][column].is_empty() && below(column) && below(column - 1) {
                    rows[at][column] = rows[at][column - 1].clone();
                }
            }
        }
    }
    let name = |column: usize| {
        let parts: Vec<&str> = rows.iter().map(|row| row[column].as_str()).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    };
    let mut names: Vec<String> = (0..width).map(name).collect();
    while names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    names
}

/// A name in one line: line breaks and runs of blanks of any kind are one blank.
fn clean(name: &str) -> String {
    trimmed(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split(';').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn headings_spread_over_what_stands_below_them() {
        assert_eq!(
            joined(rows("AGS;2025;;2026;;\n;online;Papier;online;Papier;"), &[]),
            ["AGS", "2025 online", "2025 Papier", "2026 online", "2026 Papier"]
        );
        assert_eq!(joined(rows(" AGS ;Anzahl\u{a0} online;;"), &[]), ["AGS", "Anzahl online"]);
        assert_eq!(joined(rows("A;B\nx"), &[]), ["A x", "B"]);
        assert!(joined(Vec::new(), &[]).is_empty());
    }

    #[test]
    fn merged_cells_name_the_columns_they_span_and_no_others() {
        let spans = [Span { row: 0, from: 1, to: 2 }];
        assert_eq!(
            joined(rows("AGS;2025;;\n;online;Papier;Summe"), &spans),
            ["AGS", "2025 online", "2025 Papier", "Summe"]
        );
        assert_eq!(joined(rows("A"), &[Span { row: 7, from: 3, to: 2 }]), ["A"]);
    }
}
