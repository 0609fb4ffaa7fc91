use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use super::output::Output;
use crate::Result;
use crate::config::Project;
use crate::domain::{Lang, Text, format_count};
use crate::ingest::{Code, Findings, ingest};
use crate::panel::Panel;
use crate::run::READING;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder with resonanz.toml, or the file itself
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Examples shown per kind of finding
    #[arg(long, default_value_t = 3)]
    examples: usize,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let project = Project::load(&arguments.path)?;
    output.step(READING);
    let mut read = ingest(&project.base, &project.sources)?;
    let panel = Panel::build(&read.records)?;
    panel.findings(&read.records).into_iter().for_each(|finding| read.findings.add(finding));
    output.finish();
    if output.json() {
        output.value(&as_json(&read.findings, project.lang));
    } else {
        balances(&read.findings, project.lang, output);
        list(&read.findings, project.lang, arguments.examples, output);
    }
    read.check_budgets(&project.sources)
}

fn balances(findings: &Findings, lang: Lang, output: &Output) {
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX), lang);
    let widest = findings.balances.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(6);
    output.line(&format!(
        "{:widest$}  {:>12}  {:>12}  {:>12}  {:>12}",
        say("Quelle", "source"),
        say("gelesen", "read"),
        say("verwendet", "used"),
        say("Quarantäne", "quarantine"),
        say("ersetzt", "replaced"),
    ));
    for (name, b) in &findings.balances {
        output.line(&format!(
            "{name:widest$}  {:>12}  {:>12}  {:>12}  {:>12}",
            count(b.read),
            count(b.accepted),
            count(b.quarantined),
            count(b.replaced)
        ));
    }
}

fn list(findings: &Findings, lang: Lang, examples: usize, output: &Output) {
    let mut codes: BTreeMap<Code, u64> = BTreeMap::new();
    for ((_, code), count) in &findings.counts {
        *codes.entry(*code).or_default() += count;
    }
    let mut sorted: Vec<(Code, u64)> = codes.into_iter().collect();
    sorted.sort_by_key(|(code, _)| (std::cmp::Reverse(code.severity()), *code));
    for (code, count) in sorted {
        output.line("");
        output.line(&format!(
            "{} × {}: {} ({})",
            format_count(i64::try_from(count).unwrap_or(i64::MAX), lang),
            code.severity().label(lang),
            code.title().get(lang),
            code.id()
        ));
        for finding in findings.kept.iter().filter(|f| f.code == code).take(examples) {
            output.line(&format!("    {}: {}", finding.place_text(lang), finding.message(lang)));
        }
        output.line(&format!("    {} {}", Text::new("Abhilfe:", "Cure:").get(lang), code.cure().get(lang)));
    }
}

fn as_json(findings: &Findings, lang: Lang) -> serde_json::Value {
    let sources: Vec<_> = findings
        .balances
        .iter()
        .map(|(name, b)| {
            json!({"source": name, "read": b.read, "accepted": b.accepted,
                   "quarantined": b.quarantined, "replaced": b.replaced, "errors": b.errors})
        })
        .collect();
    let counts: Vec<_> = findings
        .counts
        .iter()
        .map(|((source, code), count)| json!({"source": source, "code": code.id(), "severity": code.severity().id(), "count": count}))
        .collect();
    let kept: Vec<_> = findings
        .kept
        .iter()
        .map(|f| {
            json!({"source": f.source, "code": f.code.id(), "severity": f.code.severity().id(), "file": f.place.file,
                   "sheet": f.place.sheet, "record": f.place.record, "line": f.place.line, "column": f.column,
                   "value": f.value, "message": f.message(lang)})
        })
        .collect();
    json!({"sources": sources, "counts": counts, "findings": kept})
}
