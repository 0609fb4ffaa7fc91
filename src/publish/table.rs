use chrono::NaiveDate;

use crate::domain::{Label, Month, say};
use crate::{Error, Result};

/// The type of a column's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A finite decimal number.
    Number,
    /// True or false.
    Boolean,
    /// A calendar month: `2025-03` in CSV, its first day in Parquet, which has no month type.
    Month,
    /// A calendar day.
    Date,
}

/// What a column is called and what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in the files: `a`-`z`, `0`-`9` and `_`, beginning with a letter.
    pub name: String,
    /// The type. [`TableBuilder`] sets it from the data.
    pub kind: ColumnKind,
    /// A short title.
    pub title: Label,
    /// The definition.
    pub description: Label,
    /// The unit of the numbers, for example `minutes`.
    pub unit: Option<String>,
}

impl Column {
    /// A column with its German and English title.
    pub fn new(name: impl Into<String>, de: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: ColumnKind::Text,
            title: Label::new(de, en),
            description: Label::default(),
            unit: None,
        }
    }

    /// Adds the definition in German and English.
    #[must_use]
    pub fn describe(mut self, de: impl Into<String>, en: impl Into<String>) -> Self {
        self.description = Label::new(de, en);
        self
    }

    /// Adds the unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }
}

/// The cells of one column; `None` is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub enum ColumnData {
    /// Texts. An empty text is a missing value.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Finite numbers.
    Number(Vec<Option<f64>>),
    /// Truth values.
    Boolean(Vec<Option<bool>>),
    /// Months.
    Month(Vec<Option<Month>>),
    /// Days.
    Date(Vec<Option<NaiveDate>>),
}

impl ColumnData {
    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Number(cells) => cells.len(),
            Self::Boolean(cells) => cells.len(),
            Self::Month(cells) => cells.len(),
            Self::Date(cells) => cells.len(),
        }
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the cells.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Text(_) => ColumnKind::Text,
            Self::Integer(_) => ColumnKind::Integer,
            Self::Number(_) => ColumnKind::Number,
            Self::Boolean(_) => ColumnKind::Boolean,
            Self::Month(_) => ColumnKind::Month,
            Self::Date(_) => ColumnKind::Date,
        }
    }
}

/// A value that can stand in a text column.
pub trait TextCell {
    /// The text, `None` where it is missing.
    fn into_cell(self) -> Option<String>;
}

impl TextCell for String {
    fn into_cell(self) -> Option<String> {
        Some(self)
    }
}

impl TextCell for &str {
    fn into_cell(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl TextCell for &String {
    fn into_cell(self) -> Option<String> {
        Some(self.clone())
    }
}

impl<T: TextCell> TextCell for Option<T> {
    fn into_cell(self) -> Option<String> {
        self.and_then(TextCell::into_cell)
    }
}

/// A table with the documentation of its columns. All columns have the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    name: String,
    title: Label,
    description: Label,
    columns: Vec<Column>,
    data: Vec<ColumnData>,
    key: Vec<String>,
    rows: usize,
}

impl Table {
    /// Starts a table. The name becomes the file name: `a`-`z`, `0`-`9`, `_` and `-`.
    pub fn builder(name: impl Into<String>, title: Label) -> TableBuilder {
        TableBuilder {
            name: name.into(),
            title,
            description: Label::default(),
            columns: Vec::new(),
            data: Vec::new(),
            key: Vec::new(),
        }
    }

    /// The name, also of its files.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &Label {
        &self.title
    }

    /// The description; empty texts where there is none.
    #[must_use]
    pub fn description(&self) -> &Label {
        &self.description
    }

    /// The columns, left to right.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells of the columns, in the order of [`Table::columns`].
    #[must_use]
    pub fn data(&self) -> &[ColumnData] {
        &self.data
    }

    /// Names of the columns whose values together name a row; empty where none was declared.
    #[must_use]
    pub fn key(&self) -> &[String] {
        &self.key
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// Collects columns; [`TableBuilder::build`] checks them.
#[derive(Debug, Clone)]
pub struct TableBuilder {
    name: String,
    title: Label,
    description: Label,
    columns: Vec<Column>,
    data: Vec<ColumnData>,
    key: Vec<String>,
}

impl TableBuilder {
    /// Adds the description of the table.
    #[must_use]
    pub fn describe(mut self, de: impl Into<String>, en: impl Into<String>) -> Self {
        self.description = Label::new(de, en);
        self
    }

    /// Declares the columns that together name a row. The caller vouches that they do.
    #[must_use]
    pub fn key(mut self, columns: &[&str]) -> Self {
        self.key = columns.iter().map(ToString::to_string).collect();
        self
    }

    /// Adds a column; its kind follows the data.
    #[must_use]
    pub fn column(mut self, mut column: Column, data: ColumnData) -> Self {
        column.kind = data.kind();
        self.columns.push(column);
        self.data.push(data);
        self
    }

    /// Adds a text column.
    #[must_use]
    pub fn text<C: TextCell>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Text(cells.into_iter().map(TextCell::into_cell).collect()))
    }

    /// Adds a column of whole numbers.
    #[must_use]
    pub fn integer<C: Into<Option<i64>>>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Integer(cells.into_iter().map(Into::into).collect()))
    }

    /// Adds a column of decimal numbers.
    #[must_use]
    pub fn number<C: Into<Option<f64>>>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Number(cells.into_iter().map(Into::into).collect()))
    }

    /// Adds a column of truth values.
    #[must_use]
    pub fn boolean<C: Into<Option<bool>>>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Boolean(cells.into_iter().map(Into::into).collect()))
    }

    /// Adds a column of months.
    #[must_use]
    pub fn month<C: Into<Option<Month>>>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Month(cells.into_iter().map(Into::into).collect()))
    }

    /// Adds a column of days.
    #[must_use]
    pub fn date<C: Into<Option<NaiveDate>>>(self, column: Column, cells: impl IntoIterator<Item = C>) -> Self {
        self.column(column, ColumnData::Date(cells.into_iter().map(Into::into).collect()))
    }

    /// The finished table. Fails on names that do not fit, columns of unequal length, a number that
    /// is not finite and a key that is no column.
    pub fn build(mut self) -> Result<Table> {
        let table = &self.name;
        let fail = |what: Label| {
            Err(Error::internal(Label::new(
                format!("Tabelle „{table}“: {}", what.de),
                format!("table \"{table}\": {}", what.en),
            )))
        };
        if !is_name(table, b"_-") {
            return fail(say!("Ihr Name ist kein Dateiname", "its name is no file name"));
        }
        let Some(rows) = self.data.first().map(ColumnData::len) else {
            return fail(say!("Sie hat keine Spalten", "it has no columns"));
        };
        for (i, (column, data)) in self.columns.iter().zip(&self.data).enumerate() {
            let name = &column.name;
            if !is_name(name, b"_") {
                return fail(say!(
                    "Der Spaltenname „{name}“ besteht nicht nur aus a-z, 0-9 und _",
                    "column name \"{name}\" is not made of a-z, 0-9 and _"
                ));
            }
            if self.columns[..i].iter().any(|other| other.name == *name) {
                return fail(say!("Zwei Spalten heißen „{name}“", "two columns are called \"{name}\""));
            }
            if data.len() != rows {
                return fail(say!(
                    "Die Spalte „{name}“ hat {} Zellen, die erste Spalte hat {rows}",
                    "column \"{name}\" has {} cells, the first column has {rows}",
                    data.len()
                ));
            }
            if let ColumnData::Number(cells) = data
                && let Some(row) = cells.iter().position(|cell| cell.is_some_and(|x| !x.is_finite()))
            {
                return fail(say!(
                    "Die Spalte „{name}“ enthält in Zeile {} eine Zahl, die nicht endlich ist",
                    "column \"{name}\" has a number that is not finite in row {}",
                    row + 1
                ));
            }
        }
        if let Some(missing) = self.key.iter().find(|key| self.columns.iter().all(|c| c.name != **key)) {
            return fail(say!("Ihr Schlüssel „{missing}“ ist keine Spalte", "its key \"{missing}\" is no column"));
        }
        self.data.iter_mut().for_each(normalise);
        let Self { name, title, description, columns, data, key } = self;
        Ok(Table { name, title, description, columns, data, key, rows })
    }
}

fn is_name(name: &str, also: &[u8]) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || also.contains(&b))
}

/// CSV knows neither an empty text beside a missing one nor a readable negative zero.
fn normalise(data: &mut ColumnData) {
    match data {
        ColumnData::Text(cells) => {
            for cell in cells.iter_mut().filter(|cell| cell.as_deref() == Some("")) {
                *cell = None;
            }
        }
        ColumnData::Number(cells) => {
            for cell in cells.iter_mut().flatten().filter(|x| **x == 0.0) {
                *cell = 0.0;
            }
        }
        _ => {}
    }
}
