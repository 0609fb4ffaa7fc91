//! Large Parquet files, part by part. A part is encoded by whichever thread has its numbers, and each
//! column in the way that suits it, instead of looking for one: keys by their numbers, whole numbers by
//! their differences, decimal numbers as they are.

use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::types::NativeType;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FallibleStreamingIterator, FileWriter,
    StatisticsOptions, Version, WriteOptions, array_to_columns, compress, to_parquet_type,
};

use polars::prelude::{self as pl, PolarsResult};

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
            Self::Integers(_) => (ArrowDataType::Int64, false),
            Self::Counts(_) => (ArrowDataType::UInt32, true),
            Self::Numbers(_) => (ArrowDataType::Float64, true),
        };
        Field::new(name.into(), dtype, nullable)
    }

    fn encoding(&self) -> Encoding {
        match self {
            Self::Keys(..) => Encoding::RleDictionary,
            Self::Months(_) | Self::Integers(_) | Self::Counts(_) => Encoding::DeltaBinaryPacked,
            Self::Numbers(_) => Encoding::Plain,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Keys(numbers, _) => numbers.len(),
            Self::Months(months) => months.len(),
            Self::Integers(values) => values.len(),
            Self::Counts(values) => values.len(),
            Self::Numbers(values) => values.len(),
        }
    }

    fn array(self) -> PolarsResult<Box<dyn Array>> {
        Ok(match self {
            Self::Keys(numbers, texts) => by_number(numbers, texts)?.boxed(),
            Self::Months(months) => {
                let first = months.iter().min().copied();
                let span = first.zip(months.iter().max()).map_or(0, |(first, last)| last.since(first) + 1);
                let days: Vec<i32> = first
                    .into_iter()
                    .flat_map(|first| (0..span).map(move |step| first.plus(step).first_day().to_epoch_days()))
                    .collect();
                let since = |month: Month| first.map_or(0, |first| month.since(first)) as usize;
                let days: Vec<i32> = months.iter().map(|&month| days[since(month)]).collect();
                PrimitiveArray::new(ArrowDataType::Date32, days.into(), None).boxed()
            }
            Self::Integers(values) => PrimitiveArray::from_vec(values).boxed(),
            Self::Counts(values) => sparse(&values, ArrowDataType::UInt32).boxed(),
            Self::Numbers(values) => sparse(&values, ArrowDataType::Float64).boxed(),
        })
    }
}

/// The texts that occur, and which of them each row has.
fn by_number(numbers: &[u32], texts: &[String]) -> PolarsResult<DictionaryArray<u32>> {
    let star = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    let mut place = vec![u32::MAX; texts.len() + 1];
    let mut used: Vec<&str> = Vec::new();
    let keys = numbers.iter().map(|&number| {
        let number = number.min(star) as usize;
        if place[number] == u32::MAX {
            place[number] = u32::try_from(used.len()).unwrap_or(u32::MAX);
            used.push(texts.get(number).map_or("*", String::as_str));
        }
        place[number]
    });
    let keys = PrimitiveArray::from_vec(keys.collect());
    DictionaryArray::try_from_keys(keys, Utf8ViewArray::from_slice_values(&used).boxed(), false)
}

fn sparse<T: NativeType>(values: &[Option<T>], dtype: ArrowDataType) -> PrimitiveArray<T> {
    let valid = Bitmap::from_trusted_len_iter(values.iter().map(Option::is_some));
    let values: Vec<T> = values.iter().map(|value| value.unwrap_or_default()).collect();
    let valid = (valid.unset_bits() > 0).then_some(valid);
    PrimitiveArray::new(dtype, values.into(), valid)
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
    pub fn of(columns: Vec<(&str, WideColumn<'_>)>) -> Result<Self> {
        let rows = columns.first().map_or(0, |(_, column)| column.len()) as u64;
        let encode = |(name, column): (&str, WideColumn<'_>)| -> PolarsResult<Vec<CompressedPage>> {
            let (kind, encoding) = (to_parquet_type(&column.field(name))?, column.encoding());
            // Numbers packed to a few bits each do not get smaller.
            let compression = match encoding {
                Encoding::DeltaBinaryPacked => CompressionOptions::Uncompressed,
                _ => OPTIONS.compression,
            };
            let pages = array_to_columns(column.array()?, kind, OPTIONS, &[encoding])?;
            pages.into_iter().flatten().map(|page| Ok(compress(page?, Vec::new(), compression)?)).collect()
        };
        let columns: PolarsResult<_> = columns.into_iter().map(encode).collect();
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
        let columns = part.columns.into_iter().map(|pages| Ok(DynStreamingIterator::new(Pages::of(pages))));
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
struct Pages {
    rest: std::vec::IntoIter<CompressedPage>,
    page: Option<CompressedPage>,
}

impl Pages {
    fn of(pages: Vec<CompressedPage>) -> Self {
        Self { rest: pages.into_iter(), page: None }
    }
}

impl FallibleStreamingIterator for Pages {
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
