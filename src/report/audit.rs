//! What became of every record: balances, findings and quarantine as tables and as a workbook for
//! an auditor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::glossary;
use crate::Result;
use crate::config::Project;
use crate::domain::{Lang, Text, format_count, format_percent};
use crate::ingest::spec::SourceSpec;
use crate::ingest::{Balance, Code, Findings, KEPT_PER_CODE, KEPT_QUARANTINE, Severity};
use crate::publish::{Column, INTERNAL, Label, Sheet, SheetContent, Staging, Table, workbook_bytes};

/// The name of the workbook in the internal folder.
pub const WORKBOOK: Text = Text::new("pruefbericht.xlsx", "audit.xlsx");

/// How a source stands to its error budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Errors / entries read.
    pub share: f64,
    /// The share that is allowed.
    pub allowed: f64,
}

impl Budget {
    /// The budget of the source `name`; `None` if the project does not declare such a source.
    #[must_use]
    pub fn of(sources: &[SourceSpec], name: &str, balance: &Balance) -> Option<Self> {
        let spec = sources.iter().find(|spec| spec.name == name)?;
        Some(Self { share: balance.error_share(), allowed: spec.error_budget })
    }

    /// Whether a run stops before publishing.
    #[must_use]
    pub fn exceeded(&self) -> bool {
        self.share > self.allowed
    }
}

/// Sources and how often something was found in each.
type Counts<'a> = Vec<(&'a str, u64)>;

/// How often each code was found, in which sources, errors first.
#[must_use]
pub fn by_code(findings: &Findings) -> Vec<(Code, u64, Counts<'_>)> {
    let mut codes: BTreeMap<Code, (u64, Counts<'_>)> = BTreeMap::new();
    for ((source, code), &count) in &findings.counts {
        let (total, sources) = codes.entry(*code).or_default();
        *total += count;
        sources.push((source.as_str(), count));
    }
    let mut out: Vec<_> = codes.into_iter().map(|(code, (total, sources))| (code, total, sources)).collect();
    out.sort_by_key(|(code, ..)| (std::cmp::Reverse(code.severity()), *code));
    out
}

/// The outcome in one line, and what to do next.
#[must_use]
pub fn verdict(project: &Project, findings: &Findings, lang: Lang) -> String {
    let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX), lang);
    let over: Vec<String> = findings
        .balances
        .iter()
        .filter_map(|(name, balance)| Some((name, Budget::of(&project.sources, name, balance)?)))
        .filter(|(_, budget)| budget.exceeded())
        .map(|(name, budget)| {
            let [share, allowed] = [budget.share, budget.allowed].map(|x| format_percent(x, 1, lang));
            match lang {
                Lang::De => format!("{name} ({share} fehlerhaft, erlaubt {allowed})"),
                Lang::En => format!("{name} ({share} with errors, allowed {allowed})"),
            }
        })
        .collect();
    let sum = |pick: fn(&Balance) -> u64| findings.balances.iter().map(|(_, balance)| pick(balance)).sum::<u64>();
    let (read, errors) = (count(sum(|b| b.read)), sum(|b| b.errors));
    match (over.is_empty(), errors, lang) {
        (false, _, Lang::De) => format!(
            "Über dem Fehlerbudget: {}. Ein Lauf hält vor dem Veröffentlichen an. Die Dateien an der Quelle \
             berichtigen oder, wenn der Verlust hinnehmbar ist, error_budget der Quelle erhöhen.",
            over.join("; ")
        ),
        (false, _, Lang::En) => format!(
            "Over the error budget: {}. A run stops before publishing. Cure the files at the source or, if you \
             accept the loss, raise error_budget of the source.",
            over.join("; ")
        ),
        (true, 0, Lang::De) => format!("Keine Fehler in {read} Angaben. Es kann ausgewertet werden: resonanz run"),
        (true, 0, Lang::En) => format!("No errors in {read} entries. Ready to evaluate: resonanz run"),
        (true, _, Lang::De) => format!(
            "Innerhalb der Fehlerbudgets: {} von {read} Angaben sind fehlerhaft und werden nicht verwendet. Es kann \
             ausgewertet werden: resonanz run",
            count(errors)
        ),
        (true, _, Lang::En) => format!(
            "Within the error budgets: {} of {read} entries have errors and are not used. Ready to evaluate: \
             resonanz run",
            count(errors)
        ),
    }
}

/// Balances, counts per code, findings and quarantine. Messages are in the project's language.
///
/// # Errors
/// If a value cannot be written.
pub fn tables(project: &Project, findings: &Findings) -> Result<[Table; 4]> {
    Ok([
        balances(project, findings)?,
        counts(findings)?,
        self::findings(findings, project.lang)?,
        quarantine(findings)?,
    ])
}

/// The findings one by one, for machines.
///
/// # Errors
/// If a value cannot be written.
pub fn findings(findings: &Findings, lang: Lang) -> Result<Table> {
    let kept = || findings.kept.iter();
    Table::builder("findings", Label::new("Befunde", "Findings"))
        .describe(
            "Eine Zeile je Befund; bei sehr vielen gleichen Befunden einer Quelle nur die ersten, die Tabelle finding_counts zählt alle.",
            "One row per finding; of very many equal findings of a source only the first, the table finding_counts counts all.",
        )
        .text(column("source", "Quelle", "Source"), kept().map(|f| &f.source))
        .text(column("code", "Befund", "Code"), kept().map(|f| f.code.id()))
        .text(column("severity", "Schwere", "Severity"), kept().map(|f| f.code.severity().id()))
        .text(column("file", "Datei", "File"), kept().map(|f| &f.place.file))
        .text(column("sheet", "Blatt", "Sheet"), kept().map(|f| f.place.sheet.clone()))
        .integer(
            column("record", "Datensatz", "Record").describe(
                "Ab 1, die Kopfzeile zählt nicht mit; leer, wenn die ganze Datei gemeint ist.",
                "From 1, the header not counted; empty where the whole file is meant.",
            ),
            kept().map(|f| place(f.place.record)),
        )
        .integer(
            column("line", "Zeile", "Line")
                .describe("Zeile der Datei oder des Blatts, ab 1.", "Line of the file or sheet, from 1."),
            kept().map(|f| place(f.place.line)),
        )
        .text(column("column", "Spalte", "Column"), kept().map(|f| &f.column))
        .text(column("value", "Wert", "Value"), kept().map(|f| &f.value))
        .text(column("message", "Meldung", "Message"), kept().map(|f| f.message(lang)))
        .build()
}

fn balances(project: &Project, findings: &Findings) -> Result<Table> {
    let rows = || findings.balances.iter();
    let budget = |pick: fn(&Budget) -> f64| {
        rows().map(move |(name, b)| Budget::of(&project.sources, name, b).map(|budget| pick(&budget)))
    };
    Table::builder("balances", Label::new("Bilanz der Quellen", "Balance of the sources"))
        .describe("gelesen = verwendet + Quarantäne + ersetzt", "read = accepted + quarantined + replaced")
        .key(&["source"])
        .text(column("source", "Quelle", "Source"), rows().map(|(name, _)| name))
        .integer(column("files", "Dateien", "Files"), rows().map(|(_, b)| int(b.files)))
        .integer(column("read", "gelesen", "read"), rows().map(|(_, b)| int(b.read)))
        .integer(column("accepted", "verwendet", "accepted"), rows().map(|(_, b)| int(b.accepted)))
        .integer(column("quarantined", "Quarantäne", "quarantined"), rows().map(|(_, b)| int(b.quarantined)))
        .integer(column("errors", "davon Fehler", "of these errors"), rows().map(|(_, b)| int(b.errors)))
        .integer(column("replaced", "ersetzt", "replaced"), rows().map(|(_, b)| int(b.replaced)))
        .boolean(column("balanced", "Bilanz stimmt", "Sums balance"), rows().map(|(_, b)| b.holds()))
        .number(
            column("error_share", "Anteil fehlerhaft", "Share with errors")
                .describe("Fehler durch gelesene Angaben.", "Errors divided by entries read.")
                .unit("share"),
            budget(|b| b.share),
        )
        .number(column("error_budget", "Erlaubter Anteil", "Share allowed").unit("share"), budget(|b| b.allowed))
        .boolean(
            column("over_budget", "Über dem Fehlerbudget", "Over the error budget"),
            rows().map(|(name, b)| Budget::of(&project.sources, name, b).map(|budget| budget.exceeded())),
        )
        .build()
}

fn counts(findings: &Findings) -> Result<Table> {
    let mut listed: BTreeMap<(&str, Code), u64> = BTreeMap::new();
    for finding in &findings.kept {
        *listed.entry((finding.source.as_str(), finding.code)).or_default() += 1;
    }
    let rows = || findings.counts.iter();
    Table::builder("finding_counts", Label::new("Befunde gezählt", "Findings counted"))
        .describe(
            "Wie oft jeder Befund je Quelle vorkam, auch wenn nicht alle einzeln aufgeführt sind.",
            "How often each finding occurred per source, even if not all are listed one by one.",
        )
        .key(&["source", "code"])
        .text(column("source", "Quelle", "Source"), rows().map(|((source, _), _)| source))
        .text(column("code", "Befund", "Code"), rows().map(|((_, code), _)| code.id()))
        .text(column("severity", "Schwere", "Severity"), rows().map(|((_, code), _)| code.severity().id()))
        .integer(column("count", "Anzahl", "Count"), rows().map(|(_, count)| int(*count)))
        .integer(
            column("listed", "Einzeln aufgeführt", "Listed one by one"),
            rows().map(|((source, code), _)| listed.get(&(source.as_str(), *code)).copied().map_or(Some(0), int)),
        )
        .build()
}

fn quarantine(findings: &Findings) -> Result<Table> {
    let rows = || findings.quarantine.iter();
    let values = |values: &[(String, String)]| {
        values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    };
    Table::builder("quarantine", Label::new("Quarantäne", "Quarantine"))
        .describe(
            "Nicht verwendete Angaben mit ihren ursprünglichen Werten; Freitext wird nie gespeichert, Adressen und Nummern von Personen sind ersetzt. Hat eine Zeile zu viele oder zu wenige Felder, stehen die Werte am falschen Platz und fehlen hier.",
            "Entries that are not used, with their original values; free text is never stored, addresses and numbers of people are replaced. Where a record has too many or too few fields, the values have moved and are left out.",
        )
        .text(column("source", "Quelle", "Source"), rows().map(|q| &q.source))
        .text(column("file", "Datei", "File"), rows().map(|q| &q.place.file))
        .text(column("sheet", "Blatt", "Sheet"), rows().map(|q| q.place.sheet.clone()))
        .integer(column("record", "Datensatz", "Record"), rows().map(|q| place(q.place.record)))
        .integer(column("line", "Zeile", "Line"), rows().map(|q| place(q.place.line)))
        .text(column("code", "Befund", "Code"), rows().map(|q| q.code.id()))
        .text(column("values", "Werte", "Values"), rows().map(|q| values(&q.values)))
        .build()
}

/// What each code found means and how to cure it, for readers.
fn explained(findings: &Findings, lang: Lang) -> Result<Table> {
    let found = by_code(findings);
    let rows = || found.iter();
    let text = |pick: fn(Code) -> Text| rows().map(move |(code, ..)| pick(*code).get(lang));
    let sources = |sources: &[(&str, u64)]| {
        let counted = |(name, n): &(&str, u64)| format!("{name}: {}", format_count(int(*n).unwrap_or(i64::MAX), lang));
        sources.iter().map(counted).collect::<Vec<_>>().join("; ")
    };
    Table::builder("findings_explained", Label::new("Befunde nach Art", "Findings by kind"))
        .text(column("code", "Befund", "Code"), rows().map(|(code, ..)| code.id()))
        .text(column("severity", "Schwere", "Severity"), rows().map(|(code, ..)| code.severity().label(lang)))
        .integer(column("count", "Anzahl", "Count"), rows().map(|(_, count, _)| int(*count)))
        .text(column("title", "Was ist los?", "What is wrong?"), text(Code::title))
        .text(column("sources", "Je Quelle", "By source"), rows().map(|(_, _, found)| sources(found)))
        .text(column("meaning", "Bedeutung", "Meaning"), text(Code::meaning))
        .text(column("cause", "So kommt es dazu", "How it happens"), text(Code::cause))
        .text(column("cure", "Abhilfe an der Quelle", "Cure at the source"), text(Code::cure))
        .text(column("treatment", "Was das Programm tut", "What the program does"), text(|code| code.fate().text()))
        .build()
}

/// The workbook for an auditor, in the project's language.
///
/// # Errors
/// If a value cannot be written.
pub fn workbook(project: &Project, findings: &Findings, tables: &[Table; 4]) -> Result<Vec<u8>> {
    let lang = project.lang;
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    let [balances, _, one_by_one, quarantine] = tables;
    let tables = [
        (say("Bilanz", "Balance"), balances),
        (say("Nach Art", "By kind"), &explained(findings, lang)?),
        (say("Befunde", "Findings"), one_by_one),
        (say("Quarantäne", "Quarantine"), quarantine),
    ];
    let title = format!("{}: {}", say("Prüfbericht", "Audit of the input"), project.name);
    let mut sheets = vec![Sheet {
        name: say("Hinweise", "Notes").to_owned(),
        content: SheetContent::Notes(notes(project, findings, &title)),
    }];
    for (name, table) in tables {
        let file = format!("{INTERNAL}/data/{}", table.name());
        let elsewhere = format!("{file}.csv, {file}.parquet");
        sheets.push(Sheet { name: name.to_owned(), content: SheetContent::Table(table, elsewhere) });
    }
    workbook_bytes(&title, &sheets, lang)
}

fn notes(project: &Project, findings: &Findings, title: &str) -> Vec<(String, String)> {
    let lang = project.lang;
    let count = |n: u64| format_count(int(n).unwrap_or(i64::MAX), lang);
    let mut out: Vec<(String, String)> = Vec::new();
    let mut line = |de: &'static str, en: &'static str, text: String| {
        out.push((Text::new(de, en).get(lang).to_owned(), text));
    };
    let fixed = |de: &'static str, en: &'static str| Text::new(de, en).get(lang).to_owned();
    line("Titel", "Title", title.to_owned());
    line(
        "Zweck",
        "Purpose",
        fixed(
            "Weist für jede gelesene Angabe nach, ob sie verwendet, ersetzt oder zurückgestellt wurde, und nennt jeden Befund mit Datei, Zeile, Spalte und Wert.",
            "Shows for every entry read whether it was used, replaced or set aside, and names every finding with its file, line, column and value.",
        ),
    );
    if project.fictional {
        line("Daten", "Data", fixed("Alle Orte und Zahlen sind erfunden.", "All places and numbers are invented."));
    }
    line(
        "Weitergabe",
        "Passing on",
        fixed(
            "Nicht zur Weitergabe bestimmt: Die Mappe enthält ungeschützte Zahlen und zurückgestellte Zeilen.",
            "Not for passing on: the workbook holds unprotected numbers and rows set aside.",
        ),
    );
    line("Ergebnis", "Outcome", verdict(project, findings, lang));
    line(
        "Bilanz",
        "Balance",
        fixed(
            "Je Quelle gilt: gelesen = verwendet + Quarantäne + ersetzt. In breiten Tabellen ist jede Zahl eine Angabe.",
            "For every source: read = accepted + quarantined + replaced. In wide tables each number is an entry.",
        ),
    );
    for topic in ["error_budget", glossary::RULES_ID] {
        for found in glossary::explain(topic, lang).unwrap_or_default() {
            match found.key {
                "meaning" => line("Fehlerbudget", "Error budget", found.text),
                "rules" => line("Reihenfolge", "Order of the rules", found.text),
                _ => {}
            }
        }
    }
    let [per_code, rows] = [count(KEPT_PER_CODE), count(KEPT_QUARANTINE as u64)];
    line(
        "Umfang",
        "Extent",
        match lang {
            Lang::De => format!(
                "Einzeln aufgeführt sind je Quelle und Befund höchstens {per_code} Befunde und je Quelle höchstens {rows} zurückgestellte Zeilen; gezählt sind alle."
            ),
            Lang::En => format!(
                "Listed one by one are at most {per_code} findings per source and code and at most {rows} rows set aside per source; all of them are counted."
            ),
        },
    );
    let severities = BTreeSet::from([Severity::Error, Severity::Warning, Severity::Notice]);
    let of = |severity: Severity| -> u64 {
        findings.counts.iter().filter(|((_, code), _)| code.severity() == severity).map(|(_, n)| n).sum()
    };
    let counted: Vec<String> =
        severities.iter().rev().map(|&s| format!("{}: {}", s.label(lang), count(of(s)))).collect();
    line("Befunde", "Findings", counted.join("; "));
    for source in &project.sources {
        let files: Vec<String> = source.files.patterns().iter().map(|pattern| without_folders(pattern)).collect();
        line("Quelle", "Source", format!("{} ({}): {}", source.name, source.kind.id(), files.join(", ")));
    }
    line(
        "Mehr",
        "More",
        fixed(
            "resonanz explain BEFUND sagt zu jedem Befund, wie er entsteht und was hilft, zum Beispiel: resonanz explain unknown_area",
            "resonanz explain CODE says of every finding how it comes about and what helps, for example: resonanz explain unknown_area",
        ),
    );
    out
}

/// No output tells how a machine is organised: of an absolute path only the name stays.
fn without_folders(pattern: &str) -> String {
    let path = Path::new(pattern);
    let name = path.file_name().filter(|_| path.is_absolute());
    name.map_or_else(|| pattern.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Writes the workbook into the internal folder.
///
/// # Errors
/// If it cannot be written.
pub fn write(project: &Project, findings: &Findings, tables: &[Table; 4], stage: &Staging) -> Result<()> {
    let path = format!("{INTERNAL}/{}", WORKBOOK.get(project.lang));
    stage.write(&path, &workbook(project, findings, tables)?).map(drop)
}

fn column(name: &str, de: &str, en: &str) -> Column {
    Column::new(name, de, en)
}

fn int(n: u64) -> Option<i64> {
    i64::try_from(n).ok()
}

/// A record or line; 0 is none.
fn place(n: u64) -> Option<i64> {
    if n == 0 { None } else { int(n) }
}
