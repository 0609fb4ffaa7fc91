use serde_json::{Map, Value, json};

use super::manifest::pretty;
use super::{ColumnKind, FileHash, Label, Staging, Table, csv_bytes, parquet_bytes, safe_file_name};
use crate::Result;
use crate::domain::Lang;

/// Under what terms the data may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Identifier, for example `dl-de/by-2-0`.
    pub name: String,
    /// Full name.
    pub title: String,
    /// Address of the text.
    pub path: String,
}

/// What a data package says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageInfo {
    /// Short name; it is turned into a safe one.
    pub name: String,
    /// Title.
    pub title: Label,
    /// Description.
    pub description: Label,
    /// Language of the standard's own fields; the other one stands beside them.
    pub lang: Lang,
    /// Terms of use, where the publisher has set them.
    pub licence: Option<Licence>,
}

/// A table that was written, with the digest of its CSV file.
struct Written<'a> {
    table: &'a Table,
    csv: FileHash,
}

/// Writes every table as CSV and Parquet into `dir` (relative to the output folder, with `/`), and
/// beside them a `datapackage.json` that describes both (Frictionless Data Package, version 1).
pub fn write_tables<'a>(
    stage: &Staging,
    dir: &str,
    tables: impl IntoIterator<Item = &'a Table>,
    info: &PackageInfo,
) -> Result<()> {
    let mut written = Vec::new();
    for table in tables {
        let csv = stage.write(&format!("{dir}/{}.csv", table.name()), &csv_bytes(table)?)?;
        stage.write(&format!("{dir}/{}.parquet", table.name()), &parquet_bytes(table)?)?;
        written.push(Written { table, csv });
    }
    stage.write(&format!("{dir}/datapackage.json"), &pretty(&descriptor(info, &written)))?;
    Ok(())
}

fn descriptor(info: &PackageInfo, written: &[Written<'_>]) -> Value {
    let mut package = Map::new();
    package.insert("profile".into(), json!("tabular-data-package"));
    package.insert("name".into(), json!(safe_file_name(&info.name)));
    put_label(&mut package, "title", &info.title, info.lang);
    put_label(&mut package, "description", &info.description, info.lang);
    if let Some(Licence { name, title, path }) = &info.licence {
        package.insert("licenses".into(), json!([{ "name": name, "title": title, "path": path }]));
    }
    let note = Label::new(
        "Ein Text, der in der CSV-Datei mit = + - @, einem Tabulator oder Zeilenumbruch beginnen würde, trägt einen vorangestellten Apostroph, damit keine Tabellenkalkulation ihn als Formel ausführt; die Parquet-Datei enthält ihn unverändert.",
        "A text that would begin with = + - @, a tab or a line break in the CSV file is preceded by an apostrophe, so that no spreadsheet runs it as a formula; the Parquet file has it unchanged.",
    );
    put_label(&mut package, "note", &note, info.lang);
    let csv = written.iter().map(|w| csv_resource(w, info.lang));
    let parquet = written.iter().map(|w| parquet_resource(w.table, info.lang));
    package.insert("resources".into(), csv.chain(parquet).collect());
    Value::Object(package)
}

fn csv_resource(written: &Written<'_>, lang: Lang) -> Value {
    let table = written.table;
    let mut resource = resource(table, table.name(), "csv", "text/csv", lang);
    resource.insert("bytes".into(), json!(written.csv.bytes));
    resource.insert("hash".into(), json!(format!("sha256:{}", written.csv.sha256)));
    resource.insert("encoding".into(), json!("utf-8"));
    resource.insert(
        "dialect".into(),
        json!({ "delimiter": ",", "lineTerminator": "\n", "quoteChar": "\"", "doubleQuote": true, "header": true }),
    );
    let mut schema = schema(table, lang, "yearmonth");
    schema.insert("missingValues".into(), json!([""]));
    resource.insert("schema".into(), Value::Object(schema));
    Value::Object(resource)
}

/// Without size and digest: the standard's own validator cannot check them for this format and
/// rejects the package. The manifest has both.
fn parquet_resource(table: &Table, lang: Lang) -> Value {
    let name = format!("{}-parquet", table.name());
    let mut resource = resource(table, &name, "parquet", "application/vnd.apache.parquet", lang);
    resource.insert("schema".into(), Value::Object(schema(table, lang, "date")));
    Value::Object(resource)
}

fn resource(table: &Table, name: &str, format: &str, mediatype: &str, lang: Lang) -> Map<String, Value> {
    let mut resource = Map::new();
    resource.insert("profile".into(), json!("tabular-data-resource"));
    resource.insert("name".into(), json!(name));
    resource.insert("path".into(), json!(format!("{}.{format}", table.name())));
    put_label(&mut resource, "title", table.title(), lang);
    put_label(&mut resource, "description", table.description(), lang);
    resource.insert("format".into(), json!(format));
    resource.insert("mediatype".into(), json!(mediatype));
    resource
}

fn schema(table: &Table, lang: Lang, month: &str) -> Map<String, Value> {
    let fields = table.columns().iter().map(|column| {
        let kind = match column.kind {
            ColumnKind::Text => "string",
            ColumnKind::Integer => "integer",
            ColumnKind::Number => "number",
            ColumnKind::Boolean => "boolean",
            ColumnKind::Month => month,
            ColumnKind::Date => "date",
        };
        let mut field = Map::new();
        field.insert("name".into(), json!(column.name));
        field.insert("type".into(), json!(kind));
        put_label(&mut field, "title", &column.title, lang);
        put_label(&mut field, "description", &column.description, lang);
        if let Some(unit) = &column.unit {
            field.insert("unit".into(), json!(unit));
        }
        Value::Object(field)
    });
    let mut schema = Map::new();
    schema.insert("fields".into(), fields.collect());
    if !table.key().is_empty() {
        schema.insert("primaryKey".into(), json!(table.key()));
    }
    schema
}

/// The standard has one language; the other one stands beside it with its tag.
fn put_label(map: &mut Map<String, Value>, key: &str, label: &Label, lang: Lang) {
    let other = if lang == Lang::De { Lang::En } else { Lang::De };
    if !label.get(lang).is_empty() {
        map.insert(key.to_owned(), json!(label.get(lang)));
    }
    if !label.get(other).is_empty() {
        map.insert(format!("{key}_{}", other.tag()), json!(label.get(other)));
    }
}
