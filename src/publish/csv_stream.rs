use std::io::Write;

use super::csv_file::{put_number, put_text};
use super::files::{WRITE, failed};
use super::staging::StagedFile;
use super::{FileHash, Staging, WideColumn};
use crate::Result;
use crate::domain::Month;

/// A CSV file that is written part by part, in the form of [`super::csv_bytes`].
pub struct CsvStream {
    path: String,
    file: StagedFile,
    text: String,
}

impl CsvStream {
    /// Begins the file `path` with columns such as those of `empty`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(stage: &Staging, path: &str, empty: &[(&str, WideColumn<'_>)]) -> Result<Self> {
        let names: Vec<&str> = empty.iter().map(|(name, _)| *name).collect();
        let mut out = Self { path: path.to_owned(), file: stage.stream(path)?, text: names.join(",") };
        out.text.push('\n');
        out.flush()?;
        Ok(out)
    }

    /// Writes a part.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, columns: &[(&str, WideColumn<'_>)]) -> Result<()> {
        let columns: Vec<Column<'_>> = columns.iter().map(|(_, column)| Column::of(column)).collect();
        let rows = columns.first().map_or(0, Column::rows);
        let mut number = itoa::Buffer::new();
        for row in 0..rows {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.text.push(',');
                }
                column.put(row, &mut number, &mut self.text);
            }
            self.text.push('\n');
            if self.text.len() > 1 << 16 {
                self.flush()?;
            }
        }
        self.flush()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self, stage: &Staging) -> Result<FileHash> {
        stage.streamed(&self.path, self.file)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(self.text.as_bytes()).map_err(|error| failed(self.path.as_ref(), WRITE, &error))?;
        self.text.clear();
        Ok(())
    }
}

/// A column, its texts as they stand in the file.
struct Column<'a> {
    of: &'a WideColumn<'a>,
    texts: Vec<String>,
    months: Option<(Month, Vec<String>)>,
    /// Repeated numbers row by row.
    repeated: Vec<Option<f64>>,
}

impl<'a> Column<'a> {
    fn of(of: &'a WideColumn<'a>) -> Self {
        let text = |text: &String| {
            let mut out = String::new();
            put_text(&mut out, text);
            out
        };
        let texts = if let WideColumn::Keys(_, texts) = of { texts.iter().map(text).collect() } else { Vec::new() };
        let months = match of {
            WideColumn::Months(months) => months.iter().min().zip(months.iter().max()).map(|(&first, &last)| {
                (first, (0..=last.since(first)).map(|step| first.plus(step).to_string()).collect())
            }),
            _ => None,
        };
        let repeated = match of {
            WideColumn::Repeated(places, values) => {
                let mut codes = places.codes.iter();
                let mut value = || values.get(*codes.next()? as usize).copied();
                let has = |row: usize| places.valid[row / 8] >> (row % 8) & 1 == 1;
                (0..places.rows).map(|row| if has(row) { value() } else { None }).collect()
            }
            _ => Vec::new(),
        };
        Self { of, texts, months, repeated }
    }

    fn rows(&self) -> usize {
        self.of.len()
    }

    fn put(&self, row: usize, number: &mut itoa::Buffer, out: &mut String) {
        match self.of {
            WideColumn::Keys(numbers, _) => {
                out.push_str(self.texts.get(numbers[row] as usize).map_or("*", String::as_str));
            }
            WideColumn::Months(months) => {
                let text = self.months.as_ref().and_then(|(first, texts)| {
                    texts.get(usize::try_from(months[row].since(*first)).unwrap_or(usize::MAX))
                });
                out.push_str(text.map_or("", String::as_str));
            }
            WideColumn::Integers(values) => out.push_str(number.format(values[row])),
            WideColumn::Counts(values) => out.push_str(values[row].map_or("", |value| number.format(value))),
            WideColumn::Every(values, step, first) => out.push_str(number.format(values[first + row * step])),
            WideColumn::Numbers(values) => {
                if let Some(value) = values[row] {
                    put_number(out, value);
                }
            }
            WideColumn::Repeated(..) => {
                if let Some(value) = self.repeated.get(row).copied().flatten() {
                    put_number(out, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::publish::{Manifest, Places};

    #[test]
    fn parts_follow_each_other_in_the_form_of_a_whole_table() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let stage = Staging::begin(&out).unwrap();
        let texts = ["a,b".to_owned(), "=1".to_owned(), "say \"x\"".to_owned()];
        let months = [Month::new(2025, 3).unwrap(), Month::new(2024, 12).unwrap()];
        let part = |keys: &'static [u32], n: usize| {
            vec![
                ("key", WideColumn::Keys(keys, &texts)),
                ("month", WideColumn::Months(&months[..n])),
                ("whole", WideColumn::Integers([i64::MIN, 0][..n].to_vec())),
                ("count", WideColumn::Counts([None, Some(7)][..n].to_vec())),
                ("number", WideColumn::Numbers([Some(0.1), None][..n].to_vec())),
                (
                    "share",
                    WideColumn::Repeated(
                        Places { rows: n, valid: &[0b10], codes: if n == 2 { &[0] } else { &[] } },
                        vec![0.25],
                    ),
                ),
            ]
        };
        let mut csv = CsvStream::begin(&stage, "internal/t.csv", &part(&[], 0)).unwrap();
        csv.write(&part(&[0, 1], 2)).unwrap();
        csv.write(&part(&[], 0)).unwrap();
        csv.write(&part(&[2], 1)).unwrap();
        let hash = csv.finish(&stage).unwrap();
        let text = "key,month,whole,count,number,share\n\"a,b\",2025-03,-9223372036854775808,,0.1,\n\
            '=1,2024-12,0,7,,0.25\n\"say \"\"x\"\"\",2025-03,-9223372036854775808,,0.1,\n";
        assert_eq!(hash, FileHash::of(text.as_bytes()));
        stage.commit(&Manifest::default()).unwrap();
        assert_eq!(fs::read_to_string(out.join("internal/t.csv")).unwrap(), text);
    }
}
