use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::templates::{Cells, Column, Content, Template};
use crate::domain::{Lang, Month, Text};

/// The year in the headers of the wide template; the notes say that it is to be changed.
const YEAR: i32 = 2025;
/// The channels for which the wide template has columns.
const CHANNELS: [Text; 3] =
    [Text::new("online", "online"), Text::new("Papier", "paper"), Text::new("vor Ort", "in person")];
/// Excel's built-in format for text.
const TEXT_FORMAT: u8 = 49;
const NOTES: Text = Text::new("Hinweise", "Notes");
const NOTES_HEADER: [Text; 4] = [
    Text::new("Spalte", "Column"),
    Text::new("Was hineingehört", "What belongs here"),
    Text::new("Erlaubt", "Allowed"),
    Text::new("Beispiel (erfunden)", "Example (invented)"),
];
const NOTES_WIDTHS: [f64; 4] = [24.0, 52.0, 52.0, 26.0];

/// The headers of the data sheet, without and with months.
pub(super) fn headers(template: &Template, lang: Lang) -> Vec<String> {
    let mut out: Vec<String> = template.columns.iter().map(|column| column.name.get(lang).to_owned()).collect();
    if let Content::Workbook { months: Some(_), .. } = template.content {
        for month in (1..=12).filter_map(|month| Month::new(YEAR, month)) {
            out.extend(CHANNELS.iter().map(|channel| format!("{} {}", month.long(lang), channel.get(lang))));
        }
    }
    out
}

/// An empty template: the data sheet with nothing but its header, and a sheet that explains it.
pub(super) fn workbook(template: &Template, lang: Lang) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    // A fixed date: the same template has the same bytes on every day.
    let created = ExcelDateTime::from_ymd(2025, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let Content::Workbook { sheet, months } = template.content else { return Ok(book) };
    data_sheet(book.add_worksheet().set_name(sheet.get(lang))?, template, lang)?;
    notes_sheet(book.add_worksheet().set_name(NOTES.get(lang))?, template, months, lang)?;
    Ok(book)
}

fn data_sheet(sheet: &mut Worksheet, template: &Template, lang: Lang) -> Result<(), XlsxError> {
    for (at, header) in (0u16..).zip(headers(template, lang)) {
        let cells = template.columns.get(usize::from(at)).map_or(Cells::Number, |column| column.cells);
        let format = match cells {
            Cells::Text => Format::new().set_num_format_index(TEXT_FORMAT),
            Cells::Date => Format::new().set_num_format(Text::new("dd.mm.yyyy", "yyyy-mm-dd").get(lang)),
            Cells::Number => Format::new(),
        };
        sheet.set_column_format(at, &format)?;
        sheet.set_column_width(at, f64::from(u32::try_from(header.chars().count()).unwrap_or(0).max(12)) + 2.0)?;
        sheet.write_with_format(0, at, header, &head())?;
    }
    let keys = template.columns.iter().take_while(|column| column.key).count();
    sheet.set_freeze_panes(1, u16::try_from(keys).unwrap_or(0))?;
    Ok(())
}

fn notes_sheet(
    sheet: &mut Worksheet,
    template: &Template,
    months: Option<&Column>,
    lang: Lang,
) -> Result<(), XlsxError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.write(0, 0, template.about.get(lang))?;
    sheet.write(1, 0, Text::new("Dieses Blatt wird nicht gelesen.", "This sheet is not read.").get(lang))?;
    for ((at, name), width) in (0u16..).zip(NOTES_HEADER).zip(NOTES_WIDTHS) {
        sheet.set_column_width(at, width)?;
        sheet.write_with_format(3, at, name.get(lang), &head())?;
    }
    for (row, column) in (4u32..).zip(template.columns.iter().chain(months)) {
        for (at, text) in (0u16..).zip([column.name, column.what, column.allowed, column.example]) {
            sheet.write_with_format(row, at, text.get(lang), &wrapped)?;
        }
    }
    sheet.set_freeze_panes(4, 0)?;
    Ok(())
}

fn head() -> Format {
    Format::new().set_bold().set_border_bottom(FormatBorder::Thin)
}
