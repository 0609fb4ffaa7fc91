//! The workbook to fill in, and the `[[source]]` that reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};

use super::missing::Missing;
use super::recipients::Request;
use super::words;
use crate::domain::{CellState, Channel, Lang, Period, Text, say};
use crate::ingest::{Measure, Records, WorkItem};
use crate::panel::Panel;
use crate::{Error, Result};

/// Excel's built-in format for text.
const TEXT_FORMAT: u8 = 49;
/// Rows of a worksheet below its header.
pub(super) const MAX_ROWS: usize = 1_048_575;
const NUMBERS: Text = Text::new("Zahlen", "Numbers");
const WORK: Text = Text::new("Arbeitszeiten", "Handling times");
const NOTES: Text = Text::new("Hinweise", "Notes");
const INAPPLICABLE: &str = "x";
const SUPPRESSED: &str = "*";

/// A key column: its field in `[[source]]` (none for names, which are for the reader) and its header.
type KeyColumn = (Option<&'static str>, Text, f64);
const PLACE: [KeyColumn; 4] = [
    (Some("area"), Text::new("Gemeindeschlüssel", "Area key"), 18.0),
    (None, Text::new("Ort", "Place"), 26.0),
    (Some("service"), Text::new("Leistungsschlüssel", "Service key"), 18.0),
    (None, Text::new("Leistung", "Service"), 38.0),
];
const MONTH: KeyColumn = (Some("period"), Text::new("Zeitraum", "Period"), 12.0);
const STAGE: KeyColumn = (Some("stage"), Text::new("Was gezählt wird", "What is counted"), 24.0);
const CHANNEL: KeyColumn = (Some("channel"), Text::new("Zugangsweg", "Channel"), 14.0);
const COUNT: Text = Text::new("Anzahl", "Count");

const ABOUT: [Text; 9] = [
    Text::new("So füllen Sie diese Mappe aus", "How to fill in this workbook"),
    Text::new(
        "Tragen Sie nur in die gelben Zellen etwas ein und lassen Sie alle anderen unverändert.",
        "Enter something in the yellow cells only and leave all others as they are.",
    ),
    Text::new("0: Es wurde gezählt, und es gab keinen Fall.", "0: it was counted, and there was no case."),
    Text::new(
        "Leere Zelle: Die Zahl ist nicht bekannt. Bitte schätzen Sie nicht.",
        "Empty cell: the number is not known. Please do not estimate.",
    ),
    Text::new(
        "x: Diesen Zugangsweg gibt es bei dieser Leistung nicht. Wo schon ein x steht, stand es auch in früheren \
         Monaten; bitte ersetzen Sie es, falls es nicht mehr stimmt.",
        "x: the service does not have this channel. Where an x stands already, it stood in other months, too; please \
         replace it if it is no longer right.",
    ),
    Text::new(
        "*: Die Zahl ist bekannt, darf aber nicht weitergegeben werden.",
        "*: the number is known but must not be passed on.",
    ),
    Text::new(
        "Zeitraum: 2025-03 ist der März 2025, 2025-Q1 das erste Quartal, 2025-H1 das erste Halbjahr, 2025 das ganze \
         Jahr.",
        "Period: 2025-03 is March 2025, 2025-Q1 the first quarter, 2025-H1 the first half-year, 2025 the whole year.",
    ),
    Text::new(
        "„alle Wege“: eine Zahl für alle Zugangswege zusammen, online eingeschlossen.",
        "\"all channels\": one number for all channels together, online included.",
    ),
    Text::new("Dieses Blatt wird nicht eingelesen.", "This sheet is not read."),
];
const ABOUT_WORK: Text = Text::new(
    "Blatt „Arbeitszeiten“: Minuten, Tage, Rückfragen und doppelt erfasste Fälle sind Summen über alle Fälle der \
     Zeile, keine Mittelwerte. Bereits gelieferte Angaben stehen schon da.",
    "Sheet \"Handling times\": minutes, days, queries and cases typed in twice are sums over all cases of the row, not \
     means. What was delivered already is filled in.",
);

/// Where the numbers come from that stand beside the missing ones.
pub(super) struct Known<'a> {
    pub records: &'a Records,
    pub panel: &'a Panel,
    pub lang: Lang,
}

/// A row of working times: all items, because a corrected row replaces the former one.
type WorkRow = (u32, u32, Period, Channel);

fn counts(request: &Request) -> impl Iterator<Item = &Missing> {
    request.items.iter().filter(|m| matches!(m.measure, Measure::Count(..)))
}

fn work_rows(request: &Request) -> BTreeSet<WorkRow> {
    let row = |m: &Missing| match m.measure {
        Measure::Work(_, channel) => Some((m.area, m.service, m.period, channel)),
        _ => None,
    };
    request.items.iter().filter_map(row).collect()
}

/// The items that the project counts at all.
fn work_items(request: &Request, known: &Known<'_>, rows: &BTreeSet<WorkRow>) -> Vec<WorkItem> {
    let mut items: BTreeSet<WorkItem> = BTreeSet::from([WorkItem::Cases]);
    items.extend(request.items.iter().filter_map(|m| match m.measure {
        Measure::Work(item, _) => Some(item),
        _ => None,
    }));
    for &(area, service, period, _) in rows {
        let delivered = known.panel.pair(area, service).iter().filter(|c| c.period == period);
        items.extend(delivered.filter(|c| c.state != CellState::NotProvided).filter_map(|c| match c.measure {
            Measure::Work(item, _) => Some(item),
            _ => None,
        }));
    }
    items.into_iter().collect()
}

/// The workbook: a sheet per kind of number and one that explains how to fill them in.
///
/// # Errors
/// If there are more rows than a sheet holds.
pub(super) fn workbook(request: &Request, known: &Known<'_>) -> Result<Vec<u8>> {
    let name = &request.name;
    written(request, known)
        .map_err(|e| Error::internal(say!("Vorlage für „{name}“: {e}", "template for \"{name}\": {e}")))
}

fn written(request: &Request, known: &Known<'_>) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A fixed date: the same template has the same bytes on every day.
    let created = ExcelDateTime::from_ymd(2025, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let formats = Formats::new();
    if counts(request).next().is_some() {
        count_sheet(book.add_worksheet(), request, known, &formats)?;
    }
    let rows = work_rows(request);
    if !rows.is_empty() {
        work_sheet(book.add_worksheet(), &rows, &work_items(request, known, &rows), known, &formats)?;
    }
    let sheet = book.add_worksheet().set_name(NOTES.get(known.lang))?;
    sheet.set_column_width(0, 100)?;
    let work = (!rows.is_empty()).then_some(ABOUT_WORK);
    for (row, text) in (0u32..).zip(ABOUT.into_iter().chain(work)) {
        let format = if row == 0 { &formats.head } else { &formats.wrapped };
        sheet.write_string_with_format(row, 0, text.get(known.lang), format)?;
    }
    book.save_to_buffer()
}

struct Formats {
    head: Format,
    text: Format,
    entry: Format,
    wrapped: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            head: Format::new().set_bold().set_border_bottom(FormatBorder::Thin),
            text: Format::new().set_num_format_index(TEXT_FORMAT),
            entry: Format::new()
                .set_background_color(Color::RGB(0x00FF_F6D5))
                .set_border(FormatBorder::Thin)
                .set_border_color(Color::RGB(0x00B5_A76A))
                .set_align(FormatAlign::Right),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// Writes the header and makes the key columns text, so that no leading zero is lost.
fn head(
    sheet: &mut Worksheet,
    keys: &[KeyColumn],
    entries: &[&str],
    rows: usize,
    (lang, formats): (Lang, &Formats),
) -> std::result::Result<(), XlsxError> {
    for (at, (_, title, width)) in (0u16..).zip(keys) {
        sheet.set_column_width(at, *width)?;
        sheet.set_column_format(at, &formats.text)?;
        sheet.write_string_with_format(0, at, title.get(lang), &formats.head)?;
    }
    let first = u16::try_from(keys.len()).unwrap_or(0);
    for (at, title) in (first..).zip(entries) {
        let width = u32::try_from(title.chars().count()).unwrap_or(0).max(12);
        sheet.set_column_width(at, f64::from(width) + 2.0)?;
        sheet.write_string_with_format(0, at, *title, &formats.head)?;
    }
    let (last_row, last_column) = (u32::try_from(rows).unwrap_or(0), first.saturating_sub(1));
    sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    Ok(())
}

fn count_sheet(
    sheet: &mut Worksheet,
    request: &Request,
    known: &Known<'_>,
    formats: &Formats,
) -> std::result::Result<(), XlsxError> {
    let lang = known.lang;
    sheet.set_name(NUMBERS.get(lang))?;
    let keys: Vec<KeyColumn> = PLACE.into_iter().chain([MONTH, STAGE, CHANNEL]).collect();
    head(sheet, &keys, &[COUNT.get(lang)], counts(request).count(), (lang, formats))?;
    for (row, item) in (1u32..).zip(counts(request)) {
        let place = place(known.records, item.area, item.service);
        let (channel, stage) = (words::channel(item.measure), words::counted(item.measure, lang));
        let period = words::key(item.period);
        let texts = place.into_iter().chain([period.as_str(), stage, channel.label(lang)]);
        for (at, text) in (0u16..).zip(texts) {
            sheet.write_string_with_format(row, at, text, &formats.text)?;
        }
        if item.presumed_inapplicable {
            sheet.write_string_with_format(row, 7, INAPPLICABLE, &formats.entry)?;
        } else {
            sheet.write_blank(row, 7, &formats.entry)?;
        }
    }
    Ok(())
}

fn work_sheet(
    sheet: &mut Worksheet,
    rows: &BTreeSet<WorkRow>,
    items: &[WorkItem],
    known: &Known<'_>,
    formats: &Formats,
) -> std::result::Result<(), XlsxError> {
    let lang = known.lang;
    sheet.set_name(WORK.get(lang))?;
    let keys: Vec<KeyColumn> = PLACE.into_iter().chain([MONTH, CHANNEL]).collect();
    let titles: Vec<&str> = items.iter().map(|item| words::work(*item, lang)).collect();
    head(sheet, &keys, &titles, rows.len(), (lang, formats))?;
    for (row, &(area, service, period, channel)) in (1u32..).zip(rows) {
        let period_text = words::key(period);
        let texts = place(known.records, area, service).into_iter().chain([period_text.as_str(), channel.label(lang)]);
        for (at, text) in (0u16..).zip(texts) {
            sheet.write_string_with_format(row, at, text, &formats.text)?;
        }
        let cells = known.panel.pair(area, service);
        for (at, &item) in (6u16..).zip(items) {
            let measure = Measure::Work(item, channel);
            match cells.iter().find(|c| (c.period, c.measure) == (period, measure)).map(|c| (c.state, c.value)) {
                Some((CellState::Observed, value)) => {
                    sheet.write_number_with_format(row, at, value as f64, &formats.entry)?
                }
                Some((CellState::NotApplicable, _)) => {
                    sheet.write_string_with_format(row, at, INAPPLICABLE, &formats.entry)?
                }
                Some((CellState::SuppressedAtSource, _)) => {
                    sheet.write_string_with_format(row, at, SUPPRESSED, &formats.entry)?
                }
                Some((CellState::NotProvided, _)) | None => sheet.write_blank(row, at, &formats.entry)?,
            };
        }
    }
    Ok(())
}

fn place(records: &Records, area: u32, service: u32) -> [&str; 4] {
    let (area, service) = (records.register.area(area), records.catalogue.service(service));
    [&area.key, &area.name, &service.key, &service.name]
}

/// The part of `resonanz.toml` that reads the filled-in workbook `file`.
pub(super) fn source(request: &Request, known: &Known<'_>, file: &str) -> String {
    let lang = known.lang;
    let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let table = |pairs: &BTreeMap<&str, &str>| {
        let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{} = {}", text(key), text(value))).collect();
        format!("{{ {} }}", pairs.join(", "))
    };
    let columns = |keys: &[KeyColumn], entries: &[(&str, &str)]| {
        let keys = keys.iter().filter_map(|(field, title, _)| Some(((*field)?, title.get(lang))));
        let pairs: Vec<String> =
            keys.chain(entries.iter().copied()).map(|(field, title)| format!("{field} = {}", text(title))).collect();
        format!("{{ {} }}", pairs.join(", "))
    };
    let channels =
        |used: BTreeSet<Channel>| table(&used.into_iter().map(|channel| (channel.label(lang), channel.id())).collect());
    let folder = Text::new("eingang", "input").get(lang);
    let decimal = if lang == Lang::De { "," } else { "." };
    let intro = Text::new(
        "# Die ausgefüllte Vorlage in den Ordner „eingang“ legen und diese Zeilen ans Ende der resonanz.toml\n\
         # setzen. Was eine andere Quelle schon liefert, gilt weiter.\n",
        "# Put the filled-in template into the folder \"input\" and these lines at the end of resonanz.toml.\n\
         # What another source delivers stays as it is.\n",
    );
    let mut out = intro.get(lang).to_owned();
    let begin = |out: &mut String, kind: &str, sheet: Text, name: &str| {
        let _ = writeln!(
            out,
            "\n[[source]]\nname = {}\nkind = \"{kind}\"\nfiles = {}\nsheet = {}\ndialect = {{ decimal = \"{decimal}\" }}",
            text(name),
            text(&format!("{folder}/{file}")),
            text(sheet.get(lang))
        );
    };
    let name = format!("{}-{}", Text::new("anforderung", "request").get(lang), request.slug);
    let states = format!("not_applicable = [\"{INAPPLICABLE}\", \"X\"]\nsuppressed = [\"{SUPPRESSED}\"]");
    if counts(request).next().is_some() {
        begin(&mut out, "usage", NUMBERS, &name);
        let keys: Vec<KeyColumn> = PLACE.into_iter().chain([MONTH, STAGE, CHANNEL]).collect();
        let stages: BTreeMap<&str, &str> = counts(request)
            .filter_map(|m| match m.measure {
                Measure::Count(stage, _) => Some((words::counted(m.measure, lang), stage.id())),
                _ => None,
            })
            .collect();
        let used = counts(request).map(|m| words::channel(m.measure)).collect();
        let _ = writeln!(
            out,
            "columns = {}\nvalues = {{ stage = {}, channel = {} }}\n{states}\non_duplicate = \"first\"",
            columns(&keys, &[("count", COUNT.get(lang))]),
            table(&stages),
            channels(used)
        );
    }
    let rows = work_rows(request);
    if !rows.is_empty() {
        begin(&mut out, "work", WORK, &format!("{name}-{}", Text::new("zeiten", "times").get(lang)));
        let keys: Vec<KeyColumn> = PLACE.into_iter().chain([MONTH, CHANNEL]).collect();
        let fields: Vec<(&str, &str)> =
            work_items(request, known, &rows).into_iter().map(|item| (field(item), words::work(item, lang))).collect();
        let note = Text::new(
            "# Eine Zeile ohne Fallzahl wird zurückgewiesen; das ist hier kein Fehler.",
            "# A row without a number of cases is rejected; that is no error here.",
        );
        let _ = writeln!(
            out,
            "columns = {}\nvalues = {{ channel = {} }}\n{states}\non_duplicate = \"replace\"\n{}\nerror_budget = 1.0",
            columns(&keys, &fields),
            channels(rows.iter().map(|row| row.3).collect()),
            note.get(lang)
        );
    }
    out
}

fn field(item: WorkItem) -> &'static str {
    match item {
        WorkItem::Cases => "n",
        WorkItem::HandlingMinutes => "handling_minutes",
        WorkItem::ThroughputDays => "throughput_days",
        WorkItem::Queries => "queries",
        WorkItem::Rekeyed => "rekeyed",
    }
}
