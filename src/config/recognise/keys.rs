//! The keys of places and services: read from a register where there is one, else collected from
//! the files that name them.

use std::collections::{BTreeMap, BTreeSet};

use super::proposal::Proposal;
use super::question::{Desk, OPEN, Question};
use super::table::is_area_key;
use super::words::{Concept, is_total, names};
use crate::Result;
use crate::domain::{Label, say};
use crate::ingest::spec::{Format, SourceKind};

/// What is listed: places or services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    Areas,
    Services,
}

impl Listed {
    fn field(self) -> &'static str {
        match self {
            Self::Areas => "area",
            Self::Services => "service",
        }
    }

    pub(super) fn kind(self) -> SourceKind {
        match self {
            Self::Areas => SourceKind::Register,
            Self::Services => SourceKind::Services,
        }
    }

    fn key_concept(self) -> Concept {
        match self {
            Self::Areas => Concept::AreaKey,
            Self::Services => Concept::ServiceKey,
        }
    }

    fn name_concept(self) -> Concept {
        match self {
            Self::Areas => Concept::AreaName,
            Self::Services => Concept::ServiceName,
        }
    }

    /// Whether a source of `kind` has to say which place or service a record belongs to.
    fn is_required(self, kind: SourceKind) -> bool {
        match kind {
            SourceKind::Usage | SourceKind::Feedback | SourceKind::Offer | SourceKind::Work => true,
            SourceKind::Events => self == Self::Areas,
            SourceKind::Register
            | SourceKind::Territory
            | SourceKind::Services
            | SourceKind::Survey
            | SourceKind::Targets => false,
        }
    }
}

/// Keys with their names; the name is empty where no file says it.
pub(super) type Known = BTreeMap<String, String>;

/// The key as a register would have it: with the leading zero that Excel takes away, the AGS of an ARS.
fn repaired(listed: Listed, text: &str) -> String {
    // An ARS is often written in groups: 09 1 71 5101 111.
    let spaced = listed == Listed::Areas && text.bytes().all(|b| b.is_ascii_digit() || b == b' ');
    let text = &if spaced { text.replace(' ', "") } else { text.to_owned() };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match (listed, text.len(), digits) {
        (Listed::Areas, 7, true) => format!("0{text}"),
        (Listed::Areas, 11 | 12, true) => {
            let full = format!("{text:0>12}");
            format!("{}{}", &full[..5], &full[9..])
        }
        _ => text.to_owned(),
    }
}

fn is_key(text: &str) -> bool {
    let destroyed = text.to_uppercase().contains("E+");
    !text.is_empty() && text != "*" && !destroyed && !is_total(text)
}

/// The column with the names that belong to the keys in column `key`.
fn name_column(listed: Listed, proposal: &Proposal, key: usize) -> Option<usize> {
    let headers = &proposal.table.headers;
    let named = |at: &usize| *at != key && names(&headers[*at], listed.name_concept()) >= 2;
    (names(&headers[key], listed.key_concept()) >= 2 || proposal.table.mostly(key, is_area_key) == Some(true))
        .then(|| (0..headers.len()).find(named))
        .flatten()
}

/// All keys that the sources name.
pub(super) fn collect(listed: Listed, proposals: &[Proposal]) -> Known {
    let register = proposals.iter().find(|p| p.spec.kind == listed.kind());
    if let Some(register) = register {
        let (key, name) = (register.found.column(listed.field()), register.found.column("name"));
        let Some(key) = key else { return Known::new() };
        let row = |row: &Vec<super::table::Cell>| {
            (row[key].text.clone(), name.map(|at| row[at].text.clone()).unwrap_or_default())
        };
        return register.table.rows.iter().map(row).filter(|(key, _)| is_key(key)).collect();
    }
    let mut known = Known::new();
    let mut only_names = BTreeSet::new();
    for proposal in proposals {
        let Some(key) = proposal.found.column(listed.field()) else { continue };
        let name = name_column(listed, proposal, key);
        let by_key = names(&proposal.table.headers[key], listed.key_concept()) >= 2
            || proposal.table.mostly(key, |cell| cell.text.bytes().all(|b| b.is_ascii_digit() || b == b' '))
                == Some(true);
        for row in proposal.table.rows.iter().filter(|row| is_key(&row[key].text)) {
            let text = repaired(listed, &row[key].text);
            if !by_key {
                only_names.insert(text);
                continue;
            }
            let named = known.entry(text).or_default();
            if let Some(at) = name
                && named.is_empty()
            {
                named.clone_from(&row[at].text);
            }
        }
    }
    for name in only_names {
        if !known.contains_key(&name) && !known.values().any(|n| n == &name) {
            known.insert(name.clone(), name);
        }
    }
    known
}

/// Lets sources that only name a place or service say which key is meant.
pub(super) fn translate(listed: Listed, proposals: &mut [Proposal], known: &Known) {
    for proposal in proposals.iter_mut().filter(|p| p.spec.kind != listed.kind()) {
        let Some(at) = proposal.found.column(listed.field()) else { continue };
        let texts: Vec<String> = proposal.table.distinct(at).into_iter().map(str::to_owned).collect();
        let mut translated = Vec::new();
        let (spaced, texts): (Vec<String>, Vec<String>) = texts.into_iter().partition(|text| {
            listed == Listed::Areas && text.contains(' ') && known.contains_key(&repaired(listed, text))
        });
        if !spaced.is_empty() {
            let keys = spaced.into_iter().map(|text| (text.clone(), repaired(listed, &text)));
            proposal.spec.values.entry(listed.field().into()).or_default().extend(keys);
            let note = say!(
                "Schlüssel in Gruppen geschrieben, hier ohne Lücken",
                "keys written in groups, here without blanks"
            );
            proposal.notes.push((format!("values.{}", listed.field()), note));
        }
        for text in texts.iter().filter(|text| is_key(text) && !known.contains_key(*text)) {
            let keys: Vec<&String> = known.iter().filter(|(_, name)| *name == text).map(|(key, _)| key).collect();
            if let [key] = keys.as_slice() {
                translated.push((text.clone(), (*key).clone()));
            }
        }
        if !translated.is_empty() {
            let header = &proposal.table.headers[at];
            proposal.notes.push((format!("values.{}", listed.field()), say!(
                "„{header}“ nennt Namen; die Schlüssel dazu stehen in den anderen Dateien, jeder Name kommt dort nur einmal vor",
                "\"{header}\" holds names; their keys are in the other files, where each name stands once only"
            )));
            proposal.spec.values.entry(listed.field().into()).or_default().extend(translated);
        }
    }
}

/// Fills in place or service where a source has no column for it.
pub(super) fn constants(
    listed: Listed,
    proposals: &mut [Proposal],
    known: &mut Known,
    desk: &mut Desk<'_>,
) -> Result<()> {
    let field = listed.field();
    let register = proposals.iter().any(|p| p.spec.kind == listed.kind());
    let counted: Vec<String> = proposals
        .iter()
        .filter(|p| p.spec.kind == SourceKind::Usage && p.found.column(field).is_some())
        .map(|p| p.scope.clone())
        .collect();
    for proposal in proposals.iter_mut() {
        let kind = proposal.spec.kind;
        if !listed.is_required(kind) || proposal.found.column(field).is_some() {
            continue;
        }
        if listed == Listed::Areas && kind == SourceKind::Events {
            proposal.spec.constants.insert(field.into(), "*".into());
            proposal.notes.push((
                format!("constants.{field}"),
                say!(
                    "Keine Spalte nennt den Ort: Die Ereignisse gelten für alle",
                    "no column names the place: the events hold for all"
                ),
            ));
            continue;
        }
        let only = (known.len() == 1).then(|| known.keys().next().cloned()).flatten();
        if let (Some(key), Listed::Areas) = (&only, listed) {
            proposal.spec.constants.insert(field.into(), key.clone());
            proposal.notes.push((
                format!("constants.{field}"),
                say!("Der einzige Ort, den die Dateien nennen", "the only place that the files name"),
            ));
            continue;
        }
        let question = match listed {
            Listed::Areas => Question::new(
                field,
                &proposal.spec.name,
                say!(
                    "Für welchen Ort gelten die Zahlen? Gemeindeschlüssel, gern mit Namen: 01234567 Musterstadt",
                    "Which place do the numbers belong to? Its key, with the name if you like: 01234567 Sampletown"
                ),
            ),
            // A sheet with a summary has no column for what another sheet of the file tells apart.
            Listed::Services if counted.contains(&proposal.scope) => Question::new(
                field,
                &proposal.spec.name,
                say!(
                    "Zu welcher Leistung gehören die Zahlen? Schlüssel oder Name. Fassen sie ein anderes Blatt der Datei zusammen, löschen Sie diese Quelle: Sonst zählt alles doppelt",
                    "Which service do the numbers belong to? Its key or name. If they sum up another sheet of the file, delete this source, or everything counts twice"
                ),
            ),
            Listed::Services => Question::new(
                field,
                &proposal.spec.name,
                say!(
                    "Zu welcher Leistung gehören die Zahlen? Schlüssel oder Name",
                    "Which service do the numbers belong to? Its key or name"
                ),
            ),
        };
        let question = known.iter().take(12).fold(question, |question, (key, name)| {
            let label = if name.is_empty() { key } else { name };
            question.choice(key, label, label)
        });
        let candidates = proposal.around.iter().filter(|text| text.chars().count() <= 60);
        let question = if listed == Listed::Services && known.is_empty() {
            candidates.take(3).fold(question, |q, text| q.choice(text, text, text))
        } else {
            question
        };
        let said = question.text.clone();
        let scope = if listed == Listed::Areas { String::new() } else { proposal.scope.clone() };
        let answer = desk.settle(&scope, if register { question } else { question.free() })?;
        let Some(answer) = answer else {
            proposal.spec.constants.insert(field.into(), OPEN.into());
            let text = Label::new(format!("FRAGE {field}: {}", said.de), format!("QUESTION {field}: {}", said.en));
            proposal.notes.push((format!("constants.{field}"), text));
            continue;
        };
        let (key, name) = match answer.split_once(' ') {
            Some((key, name)) if listed == Listed::Areas && key.bytes().all(|b| b.is_ascii_digit()) => (key, name),
            _ => (answer.as_str(), answer.as_str()),
        };
        proposal.spec.constants.insert(field.into(), key.to_owned());
        proposal.notes.push((format!("constants.{field}"), super::notation::answered(&said)));
        known.entry(key.to_owned()).or_insert_with(|| name.trim().to_owned());
    }
    Ok(())
}

/// Whether a register of a fixed format is among the sources: its keys are not looked at here.
pub(super) fn has_official_register(proposals: &[Proposal]) -> bool {
    let official = |p: &&Proposal| matches!(p.spec.format, Some(Format::Gv100ad | Format::AuszugGv));
    proposals.iter().any(|p| official(&p))
}
