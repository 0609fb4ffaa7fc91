use polars::prelude::{
    self as pl, BatchedWriter, DataFrame, DataType, IntoColumn, NamedFrom, NewChunkedArray, ParquetCompression,
    ParquetWriter, PolarsResult, Schema, Series, StringChunked,
};

use polars::io::parquet::write::StatisticsOptions;

use super::staging::StagedFile;
use super::{FileHash, Staging};
use crate::domain::{Month, say};
use crate::{Error, Result};

/// A column of a large table.
#[derive(Debug)]
pub enum WideColumn<'a> {
    /// Numbers of texts, and the texts; a number beyond them stands for `*`.
    Keys(&'a [u32], &'a [String]),
    /// Months, stored as their first day.
    Months(&'a [Month]),
    /// Whole numbers.
    Integers(Vec<i64>),
    /// Whole numbers that may be missing.
    Counts(Vec<Option<u32>>),
    /// Decimal numbers that may be missing.
    Numbers(Vec<Option<f64>>),
}

/// A Parquet file that is written part by part; each part is one row group.
pub struct ParquetStream {
    path: String,
    writer: BatchedWriter<StagedFile>,
}

impl ParquetStream {
    /// Begins the file `path` with columns such as those of `empty`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(stage: &Staging, path: &str, empty: &[(&str, WideColumn<'_>)]) -> Result<Self> {
        let file = stage.stream(path)?;
        let begin = || {
            let frame = data_frame(empty)?;
            let schema: &Schema = frame.schema().as_ref();
            ParquetWriter::new(file)
                .with_compression(ParquetCompression::Snappy)
                .with_statistics(StatisticsOptions::empty())
                .batched(schema)
        };
        Ok(Self { path: path.to_owned(), writer: begin().map_err(|error| failed(path, &error))? })
    }

    /// Writes a part.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, columns: &[(&str, WideColumn<'_>)]) -> Result<()> {
        let written = data_frame(columns).and_then(|frame| self.writer.write_batch(&frame));
        written.map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self, stage: &Staging) -> Result<FileHash> {
        self.writer.finish().map_err(|error| failed(&self.path, &error))?;
        stage.streamed(&self.path)
    }
}

fn failed(path: &str, error: &pl::PolarsError) -> Error {
    Error::internal(say!(
        "{path}: Parquet kann nicht geschrieben werden: {error}",
        "{path}: cannot write Parquet: {error}"
    ))
}

fn data_frame(columns: &[(&str, WideColumn<'_>)]) -> PolarsResult<DataFrame> {
    let mut height = 0;
    let mut out: Vec<pl::Column> = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        let name = pl::PlSmallStr::from_str(name);
        let column = match column {
            WideColumn::Keys(numbers, texts) => {
                let text = |&number: &u32| texts.get(number as usize).map_or("*", String::as_str);
                StringChunked::from_iter_values(name, numbers.iter().map(text)).into_column()
            }
            WideColumn::Months(months) => {
                let mut known: Option<(Month, i32)> = None;
                let mut day = |month: Month| match known {
                    Some((of, day)) if of == month => day,
                    _ => {
                        let day = month.first_day().to_epoch_days();
                        known = Some((month, day));
                        day
                    }
                };
                let days: Vec<i32> = months.iter().map(|&month| day(month)).collect();
                Series::new(name, days).cast(&DataType::Date)?.into_column()
            }
            WideColumn::Integers(values) => Series::new(name, values).into_column(),
            WideColumn::Counts(values) => Series::new(name, values).into_column(),
            WideColumn::Numbers(values) => Series::new(name, values).into_column(),
        };
        height = column.len();
        out.push(column);
    }
    DataFrame::new(height, out)
}
