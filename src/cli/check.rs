use std::path::{Path, PathBuf};

use serde_json::json;

use super::output::Output;
use crate::config::Project;
use crate::domain::{Lang, Text, format_count, format_percent, say};
use crate::ingest::{Balance, Code, Finding, Findings, KEPT_PER_CODE, KEPT_QUARANTINE};
use crate::panel::Panel;
use crate::publish::{check_single, csv_bytes, parquet_bytes, write_single};
use crate::report::audit::{self, Budget};
use crate::run::READING;
use crate::{Error, Result};

/// Width of the lines on the screen.
const WIDTH: usize = 100;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder with resonanz.toml, or the file itself
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Examples shown per kind of finding and source
    #[arg(long, default_value_t = 3)]
    examples: usize,
    /// Also write the findings to a file: .csv or .parquet for machines, .xlsx for the audit workbook
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Overwrite the file of --table if it exists
    #[arg(long, requires = "table")]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let project = Project::load(&arguments.path)?;
    let target = arguments.table.as_deref().map(|path| target(path, &project, arguments.force)).transpose()?;
    output.step(READING);
    let mut read = crate::run::read(&project)?;
    let panel = Panel::build(&read.records)?;
    panel.findings(&read.records).into_iter().for_each(|finding| read.findings.add(finding));
    if let Some((path, kind)) = target {
        write_single(path, &table(kind, &project, &read.findings)?, arguments.force)?;
    }
    output.finish();
    if output.json() {
        output.value(&as_json(&project, &read.findings));
    } else {
        let mut lines = balances(&project, &read.findings);
        lines.extend(list(&read.findings, project.lang, arguments.examples));
        lines.extend(ending(&project, &read.findings, arguments.table.as_deref()));
        lines.iter().for_each(|line| output.line(line));
    }
    read.check_budgets(&project.sources)
}

/// What `--table` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TableKind {
    Csv,
    Parquet,
    Workbook,
}

/// The file of `--table`, checked before the work.
fn target<'a>(path: &'a Path, project: &Project, force: bool) -> Result<(&'a Path, TableKind)> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    let kind = match ending.as_deref() {
        Some("csv") => TableKind::Csv,
        Some("parquet") => TableKind::Parquet,
        Some("xlsx") => TableKind::Workbook,
        _ => {
            return Err(Error::config(say!(
                "--table {}: Die Endung sagt, was geschrieben wird",
                "--table {}: the ending says what is written",
                path.display()
            ))
            .hint(say!(
                ".csv oder .parquet für Maschinen, .xlsx für den Prüfbericht, zum Beispiel befunde.xlsx",
                ".csv or .parquet for machines, .xlsx for the audit workbook, for example findings.xlsx"
            )));
        }
    };
    outside_output(path, "--table", project)?;
    check_single(path, force)?;
    Ok((path, kind))
}

/// Refuses a file within the output folder.
pub(super) fn outside_output(path: &Path, option: &str, project: &Project) -> Result<()> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    if !absolute(path).starts_with(absolute(&project.output)) {
        return Ok(());
    }
    Err(Error::config(say!(
        "{option} {}: Der Ausgabeordner wird bei jedem Lauf ersetzt",
        "{option} {}: the output folder is replaced by every run",
        path.display()
    ))
    .hint(say!("Einen anderen Ordner wählen.", "choose another folder")))
}

fn table(kind: TableKind, project: &Project, findings: &Findings) -> Result<Vec<u8>> {
    match kind {
        TableKind::Csv => csv_bytes(&audit::findings(findings, project.lang)?),
        TableKind::Parquet => parquet_bytes(&audit::findings(findings, project.lang)?),
        TableKind::Workbook => audit::workbook(project, findings, &audit::tables(project, findings)?),
    }
}

fn count(n: u64, lang: Lang) -> String {
    format_count(i64::try_from(n).unwrap_or(i64::MAX), lang)
}

/// One line per source, numbers under their headings.
pub(super) fn balances(project: &Project, findings: &Findings) -> Vec<String> {
    let lang = project.lang;
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang).to_owned();
    let mut rows = vec![[
        say("Quelle", "source"),
        say("gelesen", "read"),
        say("verwendet", "used"),
        say("Quarantäne", "quarantine"),
        say("ersetzt", "replaced"),
        say("fehlerhaft", "errors"),
        say("erlaubt", "allowed"),
    ]];
    let mut over = vec![String::new()];
    for (name, b) in &findings.balances {
        let budget = Budget::of(&project.sources, name, b);
        let percent = |pick: fn(&Budget) -> f64| budget.as_ref().map(pick).map(|x| format_percent(x, 1, lang));
        rows.push([
            name.clone(),
            count(b.read, lang),
            count(b.accepted, lang),
            count(b.quarantined, lang),
            count(b.replaced, lang),
            percent(|b| b.share).unwrap_or_default(),
            percent(|b| b.allowed).unwrap_or_default(),
        ]);
        let exceeded = budget.is_some_and(|budget| budget.exceeded());
        over.push(if exceeded { format!("  {}", say("über Budget", "over budget")) } else { String::new() });
    }
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    rows.iter()
        .zip(over)
        .map(|(row, over)| {
            let [name, numbers @ ..] = row;
            let cells: String = (1..).zip(numbers).map(|(at, text)| format!("  {text:>0$}", width(at))).collect();
            format!("{name:0$}{cells}{over}", width(0))
        })
        .collect()
}

/// The findings by code, errors first; under each code its sources with the first examples.
fn list(findings: &Findings, lang: Lang, examples: usize) -> Vec<String> {
    let mut out = Vec::new();
    for (code, total, sources) in audit::by_code(findings) {
        out.push(String::new());
        out.push(format!(
            "{}: {} ({}, {} ×)",
            code.severity().label(lang),
            code.title().get(lang),
            code.id(),
            count(total, lang)
        ));
        for &(source, found) in &sources {
            let shown: Vec<&Finding> =
                findings.kept.iter().filter(|f| f.code == code && f.source == source).take(examples).collect();
            if sources.len() > 1 || examples == 0 {
                out.push(format!("  {source}: {} ×", count(found, lang)));
            }
            out.extend(aligned(&shown, lang));
            let more = found - shown.len() as u64;
            if more > 0 && examples > 0 {
                let text = Text::new("und {n} weitere", "and {n} more").get(lang);
                out.push(format!("    {}", text.replace("{n}", &count(more, lang))));
            }
        }
        let cure = Text::new("Abhilfe:", "Cure:").get(lang);
        out.extend(wrapped(&format!("{cure} {}", code.cure().get(lang)), 2));
    }
    out
}

/// Places under one another, behind them column, value and hint.
fn aligned(findings: &[&Finding], lang: Lang) -> Vec<String> {
    let places: Vec<String> = findings.iter().map(|f| f.place_text(lang)).collect();
    let widest = places.iter().map(|place| place.chars().count()).max().unwrap_or(0);
    let line = |(place, finding): (&String, &&Finding)| {
        let hint = finding.suggestion.as_ref().map(|suggestion| suggestion.text(lang));
        let said: Vec<String> =
            [finding.detail(lang)].into_iter().chain(hint).filter(|text| !text.is_empty()).collect();
        let gap = if place.is_empty() { "" } else { "  " };
        format!("    {place:widest$}{gap}{}", said.join("; ")).trim_end().to_owned()
    };
    places.iter().zip(findings).map(line).collect()
}

/// The verdict, where the table is, and where to read more.
fn ending(project: &Project, findings: &Findings, table: Option<&Path>) -> Vec<String> {
    let lang = project.lang;
    let mut out = vec![String::new()];
    out.extend(wrapped(&audit::verdict(project, findings, lang), 0));
    if let Some(path) = table {
        out.push(format!("{} {}", Text::new("Befunde als Tabelle:", "Findings as a table:").get(lang), path.display()));
    }
    if let Some((code, ..)) = audit::by_code(findings).first() {
        let more = Text::new("Ausführlich zu einem Befund:", "More about a finding:").get(lang);
        out.push(format!("{more} resonanz explain {}", code.id()));
    }
    out
}

/// The text in lines of limited width, each indented.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let mut lines = vec![" ".repeat(indent)];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.chars().count());
        let fits = used == indent || used + 1 + word.chars().count() <= WIDTH;
        match lines.last_mut() {
            Some(line) if fits => {
                if used > indent {
                    line.push(' ');
                }
                line.push_str(word);
            }
            _ => lines.push(format!("{:indent$}{word}", "")),
        }
    }
    lines
}

/// Everything for machines: names of fields and ids never change, texts are in the project's
/// language. `sources` balance; `counts` count all findings, `findings` lists them up to the limits
/// in `limits`; `codes` explains those that occur.
fn as_json(project: &Project, findings: &Findings) -> serde_json::Value {
    let lang = project.lang;
    let source = |(name, b): &(String, Balance)| {
        let budget = Budget::of(&project.sources, name, b);
        json!({"source": name, "files": b.files, "read": b.read, "accepted": b.accepted,
               "quarantined": b.quarantined, "replaced": b.replaced, "errors": b.errors,
               "error_share": budget.map(|x| x.share), "error_budget": budget.map(|x| x.allowed),
               "over_budget": budget.map(|x| x.exceeded())})
    };
    let counted = |entry: (&(String, Code), &u64)| {
        let ((source, code), count) = entry;
        json!({"source": source, "code": code.id(), "severity": code.severity().id(), "count": count})
    };
    let listed = |f: &Finding| {
        json!({"source": f.source, "code": f.code.id(), "severity": f.code.severity().id(), "file": f.place.file,
               "sheet": f.place.sheet, "record": f.place.record, "line": f.place.line, "column": f.column,
               "value": f.value, "message": f.message(lang),
               "hint": f.suggestion.as_ref().map(|suggestion| suggestion.text(lang))})
    };
    let codes: serde_json::Map<String, serde_json::Value> = audit::by_code(findings)
        .into_iter()
        .map(|(code, count, _)| {
            let explained = json!({"severity": code.severity().id(), "count": count, "treatment": code.fate().id(),
                "title": code.title().get(lang), "meaning": code.meaning().get(lang), "cause": code.cause().get(lang),
                "cure": code.cure().get(lang), "settings": code.settings(), "example": code.example()});
            (code.id().to_owned(), explained)
        })
        .collect();
    let over = findings
        .balances
        .iter()
        .any(|(name, b)| Budget::of(&project.sources, name, b).is_some_and(|budget| budget.exceeded()));
    json!({
        "within_budget": !over,
        "verdict": audit::verdict(project, findings, lang),
        "sources": findings.balances.iter().map(source).collect::<Vec<_>>(),
        "counts": findings.counts.iter().map(counted).collect::<Vec<_>>(),
        "codes": codes,
        "findings": findings.kept.iter().map(listed).collect::<Vec<_>>(),
        "limits": {"findings_per_source_and_code": KEPT_PER_CODE, "quarantine_per_source": KEPT_QUARANTINE},
    })
}
