//! What settling means for the records: findings, quarantine and balances, as if it had been decided
//! record by record.

use std::collections::HashMap;

use super::{Loser, Said, Settled, Why};
use crate::ingest::spec::{OnDuplicate, SourceSpec};
use crate::ingest::{Balance, Code, Finding, Ingested, Place, Quarantined, Severity, Spelled, Suggestion};

/// Writes into `read` what `settled` has decided about its records.
pub(super) fn explain(read: &mut Ingested, sources: &[SourceSpec], settled: &Settled) {
    if settled.losers.is_empty() {
        return;
    }
    let loose: HashMap<(u32, u64, u32), usize> = read
        .facts
        .loose
        .iter()
        .enumerate()
        .filter(|(_, loose)| !loose.additive)
        .map(|(at, loose)| ((loose.file, loose.record, loose.entry), at))
        .collect();
    let (known_findings, known_quarantined) = (read.findings.kept.len(), read.findings.quarantine.len());
    for loser in &settled.losers {
        let Some(spec) = sources.get(usize::from(loser.source)) else { continue };
        let code = code(loser, spec);
        let Some((_, balance)) = read.findings.balances.iter_mut().find(|(name, _)| *name == spec.name) else {
            continue;
        };
        let before = balance.quarantined;
        take_back(balance, loser.why, code);
        if loser.why == Why::Filled {
            continue;
        }
        let Said { place, plain } = loser.about;
        let at = loose.get(&(place.file, place.record, place.entry)).copied();
        let Some(spelled) = read.facts.spell(place.file, plain.as_ref(), at) else { continue };
        let name = |file: u32| read.facts.files.get(file as usize).map_or(String::new(), |file| file.name.clone());
        let found = Place { file: name(place.file), sheet: spec.sheet.clone(), record: place.record, line: place.line };
        let Spelled { values, count, period } = spelled;
        let (column, value) = if loser.why == Why::Overlap { period } else { count };
        let earlier = Suggestion::EarlierRecord(name(loser.other.file), loser.other.record);
        let finding = Finding {
            code,
            source: spec.name.clone(),
            place: found.clone(),
            column,
            value,
            suggestion: (loser.why != Why::Overlap).then_some(earlier),
        };
        if loser.why != Why::Replaces {
            let source = spec.name.clone();
            read.findings.keep_quarantined(
                Quarantined { source, place: found, code, values },
                before,
                spec.quarantine_limit,
            );
        }
        read.findings.add(finding);
    }
    let rank: HashMap<&str, usize> = read.facts.files.iter().map(|file| file.name.as_str()).zip(0..).collect();
    // In the order of the files again: what concerns a file as a whole stands behind its records.
    let order = |place: &Place| {
        (rank.get(place.file.as_str()).copied(), if place.record == 0 { u64::MAX } else { place.record })
    };
    if read.findings.kept.len() > known_findings {
        read.findings.kept.sort_by_cached_key(|finding| order(&finding.place));
    }
    if read.findings.quarantine.len() > known_quarantined {
        read.findings.quarantine.sort_by_cached_key(|record| order(&record.place));
    }
}

fn code(loser: &Loser, spec: &SourceSpec) -> Code {
    match loser.why {
        Why::Duplicate if spec.on_duplicate == OnDuplicate::First => Code::DuplicateIgnored,
        Why::Duplicate => Code::Duplicate,
        Why::Replaces | Why::Filled => Code::Replaced,
        Why::Overlap => Code::PeriodOverlap,
    }
}

fn take_back(balance: &mut Balance, why: Why, code: Code) {
    balance.accepted -= 1;
    match why {
        Why::Replaces | Why::Filled => balance.replaced += 1,
        Why::Duplicate | Why::Overlap => {
            balance.quarantined += 1;
            balance.errors += u64::from(code.severity() == Severity::Error);
        }
    }
}
