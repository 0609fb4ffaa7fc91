//! Large Parquet files, part by part. A part is encoded by whichever thread has its numbers, see [`super::pages`].

use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_parquet::parquet::schema::types::ParquetType;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, FallibleStreamingIterator, FileWriter,
    StatisticsOptions, Version, WriteOptions, to_parquet_type,
};

use polars::prelude::{self as pl, PolarsResult};

use super::pages::{Dictionary, Pages, valid_rows};
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
    /// Every so many whole numbers of a list: its length, and the place of the first.
    Every(&'a [i64], usize, usize),
    /// Whole numbers that may be missing.
    Counts(Vec<Option<u32>>),
    /// Decimal numbers that may be missing.
    Numbers(Vec<Option<f64>>),
    /// Decimal numbers of which the same few occur again and again.
    Repeated(Places<'a>, Vec<f64>),
}

/// Which number each row has.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Number of rows.
    pub rows: usize,
    /// Which rows have a number, a bit for each from the lowest of the first byte on.
    pub valid: &'a [u8],
    /// Of every row that has one its place among the numbers.
    pub codes: &'a [u32],
}

const OPTIONS: WriteOptions = WriteOptions {
    statistics: StatisticsOptions {
        min_value: false,
        max_value: false,
        distinct_count: false,
        null_count: false,
        binary_statistics_truncate_length: None,
    },
    version: Version::V1,
    compression: CompressionOptions::Snappy,
    data_page_size: None,
};

impl WideColumn<'_> {
    fn field(&self, name: &str) -> Field {
        let (dtype, nullable) = match self {
            Self::Keys(..) => (ArrowDataType::Utf8View, false),
            Self::Months(_) => (ArrowDataType::Date32, false),
            Self::Integers(_) | Self::Every(..) => (ArrowDataType::Int64, false),
            Self::Counts(_) => (ArrowDataType::UInt32, true),
            Self::Numbers(_) | Self::Repeated(..) => (ArrowDataType::Float64, true),
        };
        Field::new(name.into(), dtype, nullable)
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Keys(numbers, _) => numbers.len(),
            Self::Repeated(places, _) => places.rows,
            Self::Months(months) => months.len(),
            Self::Integers(values) => values.len(),
            Self::Every(values, step, first) => values.len().saturating_sub(*first).div_ceil(*step),
            Self::Counts(values) => values.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    fn pages(&self, name: &str) -> PolarsResult<Vec<CompressedPage>> {
        let ParquetType::PrimitiveType(kind) = to_parquet_type(&self.field(name))? else { return Ok(Vec::new()) };
        let pages = Pages::new(kind, self.len());
        Ok(match self {
            Self::Keys(numbers, texts) => {
                let star = u32::try_from(texts.len()).unwrap_or(u32::MAX);
                let (codes, used) = recoded(numbers.iter().map(|&number| number.min(star)), texts.len() + 1);
                let text = |number: &u32| texts.get(*number as usize).map_or("*", String::as_str);
                pages.coded(Dictionary::of_texts(used.iter().map(text)), &codes, None)
            }
            Self::Months(months) => {
                let first = months.iter().min().copied();
                let since = |month: Month| first.map_or(0, |first| month.since(first)).cast_unsigned();
                let span = months.iter().max().map_or(0, |&last| since(last) as usize + 1);
                let (codes, used) = recoded(months.iter().map(|&month| since(month)), span);
                let day = |after: &u32| {
                    let month = first.map(|first| first.plus(after.cast_signed()));
                    month.map_or(0, |month| month.first_day().to_epoch_days()).to_le_bytes()
                };
                pages.coded(Dictionary::of_numbers(used.iter().map(day)), &codes, None)
            }
            Self::Integers(values) => pages.whole(values.len(), |at| values[at], None),
            Self::Every(values, step, first) => pages.whole(self.len(), |at| values[first + at * step], None),
            Self::Counts(values) => {
                let valid = valid_rows(values.iter().map(Option::is_some));
                // Parquet keeps 32 bits with a sign; the type says that there is none.
                let known: Vec<u32> = values.iter().flatten().copied().collect();
                pages.whole(known.len(), |at| i64::from(known[at].cast_signed()), valid.as_deref())
            }
            Self::Numbers(values) => {
                let valid = valid_rows(values.iter().map(Option::is_some));
                pages.plain(values.iter().flatten().copied(), valid.as_deref())?
            }
            Self::Repeated(Places { rows, valid, codes }, values) => {
                let valid = (codes.len() < *rows).then_some(*valid);
                // A dictionary of nearly as many entries as rows is no shorter than the rows.
                if 4 * values.len() > codes.len() + 64 {
                    let numbers = codes.iter().filter_map(|code| values.get(*code as usize).copied());
                    return Ok(pages.plain(numbers, valid)?);
                }
                pages.coded(Dictionary::of_numbers(values.iter().map(|value| value.to_le_bytes())), codes, valid)
            }
        })
    }
}

/// The numbers below `bound` that occur, in the order of their first use, and the place of each row's among them.
fn recoded(numbers: impl Iterator<Item = u32>, bound: usize) -> (Vec<u32>, Vec<u32>) {
    let mut place = vec![u32::MAX; bound];
    let mut used = Vec::new();
    let codes = numbers.map(|number| {
        let place = &mut place[number as usize];
        if *place == u32::MAX {
            *place = u32::try_from(used.len()).unwrap_or(u32::MAX);
            used.push(number);
        }
        *place
    });
    (codes.collect(), used)
}

/// Rows on their way into a [`ParquetStream`].
pub struct EncodedPart {
    rows: u64,
    columns: Vec<Vec<CompressedPage>>,
}

impl EncodedPart {
    /// Encodes rows.
    ///
    /// # Errors
    /// If a text is longer than Parquet allows.
    pub fn of(columns: &[(&str, WideColumn<'_>)]) -> Result<Self> {
        let rows = columns.first().map_or(0, |(_, column)| column.len()) as u64;
        let columns: PolarsResult<_> = columns.iter().map(|(name, column)| column.pages(name)).collect();
        Ok(Self { rows, columns: columns.map_err(|error| failed("", &error))? })
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// The same rows with the columns of `other` behind their own.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.columns.extend(other.columns);
        self
    }
}

/// A Parquet file that is written part by part; each part is one row group.
pub struct ParquetStream {
    path: String,
    writer: FileWriter<StagedFile>,
}

impl ParquetStream {
    /// Begins the file `path` with columns such as those of `empty`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn begin(stage: &Staging, path: &str, empty: &[(&str, WideColumn<'_>)]) -> Result<Self> {
        let schema: ArrowSchema = empty.iter().map(|(name, column)| column.field(name)).collect();
        let writer = FileWriter::try_new(stage.stream(path)?, schema, OPTIONS);
        Ok(Self { path: path.to_owned(), writer: writer.map_err(|error| failed(path, &error))? })
    }

    /// Writes a part.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&mut self, part: EncodedPart) -> Result<()> {
        let columns = part.columns.into_iter().map(|pages| Ok(DynStreamingIterator::new(Rest::of(pages))));
        self.writer.write(part.rows, DynIter::new(columns)).map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, stage: &Staging) -> Result<FileHash> {
        self.writer.end(None).map_err(|error| failed(&self.path, &error))?;
        stage.streamed(&self.path, self.writer.into_inner())
    }
}

/// Pages one after the other, as the writer wants them.
struct Rest {
    rest: std::vec::IntoIter<CompressedPage>,
    page: Option<CompressedPage>,
}

impl Rest {
    fn of(pages: Vec<CompressedPage>) -> Self {
        Self { rest: pages.into_iter(), page: None }
    }
}

impl FallibleStreamingIterator for Rest {
    type Item = CompressedPage;
    type Error = pl::PolarsError;

    fn advance(&mut self) -> PolarsResult<()> {
        self.page = self.rest.next();
        Ok(())
    }

    fn get(&self) -> Option<&CompressedPage> {
        self.page.as_ref()
    }
}

fn failed(path: &str, error: &pl::PolarsError) -> Error {
    Error::internal(say!(
        "{path}: Parquet kann nicht geschrieben werden: {error}",
        "{path}: cannot write Parquet: {error}"
    ))
}
