use chrono::NaiveDate;
use polars::prelude::{
    self as pl, DataFrame, DataType, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter, PolarsResult, Series,
};

use super::{ColumnData, Table};
use crate::domain::say;
use crate::{Error, Result};

/// Rows of a row group. Fixed, so that the bytes do not depend on threads or memory.
const ROW_GROUP: usize = 1 << 17;

/// The table as Parquet, compressed with zstd. Months are stored as their first day.
pub fn parquet_bytes(table: &Table) -> Result<Vec<u8>> {
    encode(table).map_err(|e| {
        Error::internal(say!(
            "Tabelle „{}“: Parquet kann nicht geschrieben werden: {e}",
            "table \"{}\": cannot write Parquet: {e}",
            table.name()
        ))
    })
}

fn encode(table: &Table) -> PolarsResult<Vec<u8>> {
    let frame = data_frame(table)?;
    let mut bytes = Vec::new();
    let mut writer = ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .batched(frame.schema().as_ref())?;
    // One slice is one row group: the writer's own splitting makes groups of varying size.
    let mut start = 0;
    while start < table.rows() {
        writer.write_batch(&frame.slice(i64::try_from(start).unwrap_or(i64::MAX), ROW_GROUP))?;
        start += ROW_GROUP;
    }
    writer.finish()?;
    drop(writer);
    Ok(bytes)
}

fn data_frame(table: &Table) -> PolarsResult<DataFrame> {
    let columns: PolarsResult<Vec<pl::Column>> = table
        .columns()
        .iter()
        .zip(table.data())
        .map(|(column, data)| series(column.name.as_str().into(), data))
        .collect();
    DataFrame::new(table.rows(), columns?)
}

fn series(name: pl::PlSmallStr, data: &ColumnData) -> PolarsResult<pl::Column> {
    Ok(match data {
        ColumnData::Text(cells) => Series::new(name, cells).into_column(),
        ColumnData::Integer(cells) => Series::new(name, cells).into_column(),
        ColumnData::Number(cells) => Series::new(name, cells).into_column(),
        ColumnData::Boolean(cells) => Series::new(name, cells).into_column(),
        ColumnData::Month(cells) => {
            let days: Vec<Option<i32>> = cells.iter().map(|cell| cell.map(|month| day(month.first_day()))).collect();
            Series::new(name, days).cast(&DataType::Date)?.into_column()
        }
        ColumnData::Date(cells) => {
            let days: Vec<Option<i32>> = cells.iter().map(|cell| cell.map(day)).collect();
            Series::new(name, days).cast(&DataType::Date)?.into_column()
        }
    })
}

/// Days since 1970-01-01.
fn day(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader};

    use super::*;
    use crate::domain::Month;
    use crate::publish::{Column, Label};

    fn read(bytes: Vec<u8>) -> DataFrame {
        ParquetReader::new(Cursor::new(bytes)).finish().unwrap()
    }

    #[test]
    fn a_table_reads_back_as_it_was() {
        let table = Table::builder("t", Label::default())
            .text(Column::new("name", "", ""), [Some("=Köln"), None, Some("")])
            .integer(Column::new("n", "", ""), [Some(-1), None, Some(i64::MAX)])
            .number(Column::new("x", "", ""), [Some(0.1), None, Some(-1e300)])
            .boolean(Column::new("ok", "", ""), [true, false, true])
            .month(Column::new("month", "", ""), [Month::new(2025, 3), None, Month::new(1969, 12)])
            .date(
                Column::new("day", "", ""),
                [NaiveDate::from_ymd_opt(2024, 2, 29), None, NaiveDate::from_ymd_opt(1, 1, 1)],
            )
            .build()
            .unwrap();
        let frame = read(parquet_bytes(&table).unwrap());
        assert!(frame.equals_missing(&data_frame(&table).unwrap()));
        let text = frame.column("name").unwrap().str().unwrap().iter().collect::<Vec<_>>();
        assert_eq!(text, [Some("=Köln"), None, None]);
        let months = frame.column("month").unwrap();
        assert_eq!(months.dtype(), &DataType::Date);
        assert_eq!(months.get(0).unwrap().to_string(), "2025-03-01");
        assert_eq!(frame.column("day").unwrap().get(0).unwrap().to_string(), "2024-02-29");
    }

    #[test]
    fn row_groups_have_a_fixed_size_and_the_bytes_repeat() {
        let rows = 2 * ROW_GROUP + 5;
        let table = Table::builder("t", Label::default())
            .integer(Column::new("n", "", ""), (0..rows).map(|n| i64::try_from(n).ok()))
            .text(Column::new("s", "", ""), (0..rows).map(|n| (n % 3 > 0).then(|| format!("s{}", n % 97))))
            .build()
            .unwrap();
        let bytes = parquet_bytes(&table).unwrap();
        assert_eq!(bytes, parquet_bytes(&table).unwrap());
        let mut reader = ParquetReader::new(Cursor::new(bytes.clone()));
        let groups = &reader.get_metadata().unwrap().row_groups;
        assert_eq!(groups.len(), 3);
        assert_eq!([groups[0].num_rows(), groups[1].num_rows(), groups[2].num_rows()], [ROW_GROUP, ROW_GROUP, 5]);
        assert!(read(bytes).equals_missing(&data_frame(&table).unwrap()));
    }

    #[test]
    fn a_table_without_rows_keeps_its_columns() {
        let table =
            Table::builder("t", Label::default()).number(Column::new("x", "", ""), Vec::<f64>::new()).build().unwrap();
        let frame = read(parquet_bytes(&table).unwrap());
        assert_eq!(frame.shape(), (0, 1));
        assert_eq!(frame.column("x").unwrap().dtype(), &DataType::Float64);
    }
}
