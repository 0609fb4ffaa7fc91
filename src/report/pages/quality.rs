use std::collections::BTreeMap;

use super::{Book, matrix};
use crate::domain::{Lang, Text};
use crate::ingest::spec::SourceKind;
use crate::ingest::{Code, Severity};
use crate::report::view::{FindingExample, FindingView, QualityPage, SeverityView, SourceSums, Statement};

/// Examples printed per kind of finding.
const EXAMPLES: usize = 3;

/// The name of a kind of source.
pub(super) fn kind_name(kind: SourceKind, lang: Lang) -> &'static str {
    match kind {
        SourceKind::Register => Text::new("Register", "register"),
        SourceKind::Territory => Text::new("Gebietsänderungen", "territory changes"),
        SourceKind::Services => Text::new("Leistungskatalog", "service catalogue"),
        SourceKind::Offer => Text::new("Angebot", "offer"),
        SourceKind::Usage => Text::new("Nutzung", "usage"),
        SourceKind::Feedback => Text::new("Rückmeldungen", "feedback"),
        SourceKind::Survey => Text::new("Befragung", "survey"),
        SourceKind::Events => Text::new("Ereignisse", "events"),
        SourceKind::Work => Text::new("Arbeitszeiten", "working times"),
        SourceKind::Targets => Text::new("Ziele", "targets"),
    }
    .get(lang)
}

pub(super) fn page(book: &Book<'_>) -> QualityPage {
    QualityPage {
        summary: summary(book),
        sources: sources(book),
        findings: findings(book),
        matrices: matrix::matrix(book).into_iter().collect(),
        notes: vec![
            book.say(
                "Bei Tabellen mit mehreren Zahlen je Zeile zählt jede Zahl.",
                "In tables with several numbers per row every number counts.",
            )
            .to_owned(),
        ],
    }
}

fn summary(book: &Book<'_>) -> Vec<Statement> {
    let sum = |pick: fn(&crate::ingest::Balance) -> u64| {
        let total: u64 = book.r.findings.balances.iter().map(|(_, b)| pick(b)).sum();
        book.count(usize::try_from(total).unwrap_or(usize::MAX))
    };
    let passed: u64 = book.r.findings.balances.iter().map(|(_, b)| b.quarantined - b.errors).sum();
    let passed = book.count(usize::try_from(passed).unwrap_or(usize::MAX));
    let (read, used, aside) = (sum(|b| b.read), sum(|b| b.accepted), sum(|b| b.quarantined));
    vec![Statement::new(match book.lang {
        Lang::De => format!(
            "Von {read} gelesenen Angaben wurden {used} übernommen; {aside} sind zurückgestellt (Quarantäne), jede mit ihrem Grund; davon {passed} wie erwartet, zum Beispiel Summenzeilen."
        ),
        Lang::En => {
            format!(
                "Of {read} entries read, {used} were used; {aside} are in quarantine, each with its reason; of these {passed} as expected, for example total rows."
            )
        }
    })]
}

fn sources(book: &Book<'_>) -> Vec<SourceSums> {
    let count = |n: u64| book.count(usize::try_from(n).unwrap_or(usize::MAX));
    book.r
        .findings
        .balances
        .iter()
        .map(|(name, b)| {
            let spec = book.project.sources.iter().find(|s| &s.name == name);
            SourceSums {
                name: name.clone(),
                kind: spec.map_or_else(String::new, |s| kind_name(s.kind, book.lang).to_owned()),
                files: count(b.files),
                read: count(b.read),
                accepted: count(b.accepted),
                quarantined: count(b.quarantined),
                replaced: count(b.replaced),
                balanced: b.holds(),
            }
        })
        .collect()
}

fn findings(book: &Book<'_>) -> Vec<FindingView> {
    let mut counts: BTreeMap<Code, u64> = BTreeMap::new();
    for ((_, code), n) in &book.r.findings.counts {
        *counts.entry(*code).or_default() += n;
    }
    let mut sorted: Vec<(Code, u64)> = counts.into_iter().collect();
    sorted.sort_by_key(|(code, _)| (std::cmp::Reverse(code.severity()), *code));
    sorted
        .into_iter()
        .map(|(code, n)| FindingView {
            code: code.id().to_owned(),
            title: code.title().get(book.lang).to_owned(),
            severity: match code.severity() {
                Severity::Notice => SeverityView::Notice,
                Severity::Warning => SeverityView::Warning,
                Severity::Error => SeverityView::Error,
            },
            severity_label: code.severity().label(book.lang).to_owned(),
            count: book.count(usize::try_from(n).unwrap_or(usize::MAX)),
            cure: code.cure().get(book.lang).to_owned(),
            examples: book
                .r
                .findings
                .kept
                .iter()
                .filter(|f| f.code == code)
                .take(EXAMPLES)
                .map(|f| FindingExample {
                    file: match &f.place.sheet {
                        Some(sheet) => format!("{} ({sheet})", f.place.file),
                        None => f.place.file.clone(),
                    },
                    row: if f.place.line > 0 { f.place.line.to_string() } else { String::new() },
                    column: f.column.clone(),
                    value: f.value.clone(),
                    message: f.code.title().get(book.lang).to_owned(),
                    hint: f.suggestion.as_ref().map_or_else(String::new, |s| s.text(book.lang)),
                })
                .collect(),
        })
        .collect()
}
