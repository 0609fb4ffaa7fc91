//! The configuration as text, with a comment on each guess.

use std::collections::BTreeMap;

use super::proposal::Proposal;
use super::question::OPEN;
use crate::domain::{Label, Lang, Text};
use crate::ingest::spec::{Absent, DateOrder, Dialect, Files, Format, Grain, Layout, OnDuplicate, QuestionMeasure};

/// Width of comment lines.
const WIDTH: usize = 98;

/// Writes a string as TOML does.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if bare { text.to_owned() } else { quoted(text) }
}

fn inline(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = map.iter().map(|(name, text)| format!("{} = {}", key(name), quoted(text))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A comment, broken into lines.
pub(super) fn comment(text: &str, out: &mut String) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.len() > 1 {
            out.push_str(&line);
            out.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

struct Block<'a> {
    proposal: &'a Proposal,
    lang: Lang,
    out: String,
}

impl Block<'_> {
    fn notes(&mut self, settings: &[&str]) {
        let mut said: Vec<&Label> = Vec::new();
        for (setting, label) in &self.proposal.notes {
            if settings.contains(&setting.as_str()) && !said.contains(&label) {
                said.push(label);
                let text = label.get(self.lang);
                let stop = if text.ends_with(['.', '?', '!', '"', '“']) || text.contains("FRAGE") { "" } else { "." };
                comment(&format!("{text}{stop}"), &mut self.out);
            }
        }
    }

    fn line(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!("{name} = {value}\n"));
    }

    fn open(&self, setting: &str) -> bool {
        self.proposal.open.contains(&setting)
    }
}

/// One `[[source]]`.
pub(super) fn source(proposal: &Proposal, lang: Lang) -> String {
    let spec = &proposal.spec;
    let mut block = Block { proposal, lang, out: String::from("[[source]]\n") };
    block.line("name", &quoted(&spec.name));
    block.notes(&["kind"]);
    block.line("kind", &if block.open("kind") { quoted(OPEN) } else { quoted(spec.kind.id()) });
    block.notes(&["files"]);
    match &spec.files {
        Files::One(file) => block.line("files", &quoted(file)),
        Files::Many(files) => block.line("files", &list(files)),
    }
    if let Some(format) = spec.format {
        block.line("format", &quoted(format_id(format)));
    }
    if let Some(sheet) = &spec.sheet {
        block.line("sheet", &quoted(sheet));
    }
    block.notes(&["dialect"]);
    if let Some(dialect) = dialect(&spec.dialect, matches!(spec.format, None | Some(Format::Csv))) {
        block.line("dialect", &dialect);
    }
    block.notes(&["header_row"]);
    if spec.header_row != 1 {
        block.line("header_row", &spec.header_row.to_string());
    }
    if spec.header_rows != 1 {
        block.line("header_rows", &spec.header_rows.to_string());
    }
    block.notes(&["layout"]);
    match spec.layout {
        Layout::Long => {}
        Layout::Wide => block.line("layout", "\"wide\""),
        Layout::OneRowPerCase => block.line("layout", "\"one_row_per_case\""),
    }
    block.notes(&["columns"]);
    if !spec.columns.is_empty() {
        block.line("columns", &inline(&spec.columns));
    }
    for (field, text) in &spec.constants {
        let setting = format!("constants.{field}");
        block.notes(&[&setting]);
        block.line(&setting, &quoted(text));
    }
    for (field, values) in &spec.values {
        let setting = format!("values.{field}");
        block.notes(&[&setting]);
        if field != "count" {
            block.line(&setting, &inline(values));
            continue;
        }
        for (mark, text) in values {
            block.notes(&[&format!("{setting}.{mark}")]);
            block.line(&format!("{setting}.{}", key(mark)), &quoted(text));
        }
    }
    block.notes(&["missing"]);
    for (name, texts) in
        [("missing", &spec.missing), ("not_applicable", &spec.not_applicable), ("suppressed", &spec.suppressed)]
    {
        if !texts.is_empty() {
            block.line(name, &list(texts));
        }
    }
    block.notes(&["grain"]);
    if spec.grain == Grain::Month {
        block.line("grain", "\"month\"");
    }
    block.notes(&["date_order"]);
    if block.open("date_order") {
        block.line("date_order", &quoted(OPEN));
    }
    if let Some(order) = spec.date_order {
        block.line("date_order", if order == DateOrder::DayFirst { "\"day_first\"" } else { "\"month_first\"" });
    }
    block.notes(&["on_duplicate"]);
    match spec.on_duplicate {
        _ if block.open("on_duplicate") => block.line("on_duplicate", &quoted(OPEN)),
        OnDuplicate::Reject => {}
        OnDuplicate::First => block.line("on_duplicate", "\"first\""),
        OnDuplicate::Replace => block.line("on_duplicate", "\"replace\""),
    }
    block.notes(&["absent"]);
    match spec.absent {
        _ if block.open("absent") => block.line("absent", &quoted(OPEN)),
        Some(Absent::Zero) => block.line("absent", "\"zero\""),
        Some(Absent::Missing) => block.line("absent", "\"missing\""),
        None => {}
    }
    block.notes(&["wide", "question"]);
    for rule in &spec.wide {
        block.out.push_str("[[source.wide]]\n");
        block.line("pattern", &quoted(&rule.pattern));
        if !rule.constants.is_empty() {
            block.line("constants", &inline(&rule.constants));
        }
    }
    for question in &spec.question {
        block.out.push_str("[[source.question]]\n");
        block.line("column", &quoted(&question.column));
        let measure = match question.measure {
            _ if proposal.unmeasured.contains(&question.column) => OPEN,
            QuestionMeasure::Need => "need",
            QuestionMeasure::Awareness => "awareness",
            QuestionMeasure::Usage => "usage",
            QuestionMeasure::Barrier => "barrier",
            QuestionMeasure::Rating => "rating",
        };
        block.line("measure", &quoted(measure));
        if !question.yes.is_empty() || !question.no.is_empty() {
            block.line("yes", &list(&question.yes));
            block.line("no", &list(&question.no));
        }
        if let Some([low, high]) = question.scale {
            block.line("scale", &format!("[{low}, {high}]"));
        }
        if !question.values.is_empty() {
            block.line("values", &inline(&question.values));
        }
    }
    block.out
}

fn format_id(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Xlsx => "xlsx",
        Format::Parquet => "parquet",
        Format::Json => "json",
        Format::Gv100ad => "gv100ad",
        Format::AuszugGv => "auszug_gv",
    }
}

/// Only what differs from the default.
fn dialect(dialect: &Dialect, is_text: bool) -> Option<String> {
    let default = Dialect::default();
    let mut parts = Vec::new();
    if is_text && dialect.encoding != default.encoding {
        parts.push(format!("encoding = {}", quoted(&dialect.encoding)));
    }
    let mut sign = |name: &str, found: char, usual: char| {
        if found != usual {
            parts.push(format!("{name} = {}", quoted(&found.to_string())));
        }
    };
    sign("delimiter", dialect.delimiter, default.delimiter);
    sign("decimal", dialect.decimal, default.decimal);
    sign("quote", dialect.quote, default.quote);
    (!parts.is_empty()).then(|| format!("{{ {} }}", parts.join(", ")))
}

const HEAD: Text = Text::new(
    "Aus Ihren Dateien erkannt von `resonanz init --from`. Über jeder Einstellung steht, woran sie erkannt wurde; \
     was nicht stimmt, ändern Sie hier. Zeilen mit FRAGE sind noch zu beantworten: das \"?\" ersetzen. Was nicht gelesen \
     werden soll, etwa ein Blatt mit einer Übersicht, löschen Sie von [[source]] bis vor das nächste [[source]].",
    "Recognised from your files by `resonanz init --from`. Above each setting stands what it was told by; change here \
     what is wrong. Lines with QUESTION are still to be answered: replace the \"?\". What is not to be read, such as a \
     sheet with a summary, you delete from its [[source]] to the next [[source]].",
);
const AUDIENCE: Text = Text::new(
    "\"internal\": für die eigene Verwaltung, nicht zur Weitergabe; \"public\" schützt kleine Zahlen",
    "\"internal\": for your own administration, not for passing on; \"public\" protects small numbers",
);
const PERIOD: Text = Text::new(
    "Der Berichtszeitraum: so viele Monate bis zum letzten Monat mit Fallzahlen.",
    "The reference period: so many months up to the last month with numbers.",
);

/// The whole configuration.
pub(super) fn project(name: &str, lang: Lang, sources: &[String], left: &[Label]) -> String {
    let mut out = String::new();
    comment(HEAD.get(lang), &mut out);
    out.push_str(&format!("schema_version = {}\n\n[project]\n", super::super::SCHEMA_VERSION));
    out.push_str(&format!("name = {}\nlanguage = \"{}\"\n", quoted(name), lang.tag()));
    comment(AUDIENCE.get(lang), &mut out);
    out.push_str("audience = \"internal\"\n\n");
    comment(PERIOD.get(lang), &mut out);
    out.push_str("[period]\nmonths = 12\n");
    for label in left {
        out.push('\n');
        comment(label.get(lang), &mut out);
    }
    for source in sources {
        out.push('\n');
        out.push_str(source);
    }
    out
}
