//! From a user's own files to a configuration: `resonanz init --from`.
//!
//! ```text
//!  bytes -> sample (raw rows) -> header, table -> clues (kinds, notation, usage) -> proposal -> text
//! ```
//!
//! A table is read through the readers of the ingest, so that what is recognised is what will be
//! read. What the files do not say is a [`Question`]; one that nobody answers is written as `"?"`,
//! and a configuration with such a line does not load.

mod header;
mod keys;
mod kinds;
mod notation;
mod open;
mod period;
mod proposal;
mod question;
mod sample;
mod sums;
mod table;
mod times;
mod usage;
mod voices;
mod words;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use self::open::refuse_open_questions;
pub use self::question::{Ask, Choice, Nobody, OPEN, Question};

use self::keys::{Known, Listed};
use self::kinds::Assigned;
use self::proposal::{Proposal, kind_name};
use self::question::Desk;
use self::sample::Sample;
use super::{FILE_NAME, starter};
use crate::domain::{Label, Lang, Text, say};
use crate::ingest::spec::{Dialect, Format, SourceKind, SourceSpec};
use crate::{Error, Result};

const REGISTER_FILE: Text = Text::new("register.csv", "register.csv");
const SERVICES_FILE: Text = Text::new("leistungen.csv", "services.csv");

/// A new project made from files.
pub struct Draft {
    /// The files to write: path relative to the project's folder, with `/`, and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// What the user should know: copied files, generated lists, sheets left out.
    pub remarks: Vec<Label>,
    /// The questions that nobody answered.
    pub open: Vec<Question>,
}

/// Reads `paths` and drafts a project in `dir`; nothing is written.
///
/// `answers` are pairs of a question, or of source and question with a point between, and its answer.
///
/// # Errors
/// If a file is missing, is no file, or holds nothing that is recognised; for an impossible answer.
pub fn draft(
    dir: &Path,
    paths: &[PathBuf],
    lang: Lang,
    answers: &[(String, String)],
    ask: &mut dyn Ask,
) -> Result<Draft> {
    let mut desk = Desk::new(answers, ask);
    let mut out = Draft { files: Vec::new(), remarks: Vec::new(), open: Vec::new() };
    let (mut proposals, mut left) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for path in paths {
        let bytes = load(path)?;
        let place = place(dir, path, &bytes, lang, &mut out)?;
        let before = proposals.len();
        for sample in sample::samples(&place, &bytes)? {
            match propose(&place, &bytes, &sample, lang, &mut names, &mut desk)? {
                Ok(proposal) => proposals.push(proposal),
                Err(why) => left.push(why),
            }
        }
        if proposals.len() == before && left.is_empty() {
            left.push(say!("{place}: nicht erkannt", "{place}: not recognised"));
        }
    }
    if proposals.is_empty() {
        let error = left.into_iter().fold(
            Error::input(say!(
                "In keiner Datei wurde eine Tabelle erkannt, die resonanz auswertet",
                "no file holds a table that resonanz evaluates"
            )),
            Error::hint,
        );
        return Err(error.hint(say!(
            "Fallzahlen brauchen Spalten wie Gemeindeschlüssel, Leistung, Monat, Kanal und Anzahl; `resonanz init` schreibt Vorlagen.",
            "counts of use need columns such as area, service, month, channel and count; `resonanz init` writes templates"
        )));
    }
    let lists = complete(&mut proposals, dir, lang, &mut out, &mut desk)?;
    proposals.sort_by_key(|p| SourceKind::ALL.iter().position(|kind| *kind == p.spec.kind));
    let mut blocks: Vec<String> = lists;
    blocks.extend(proposals.iter().map(|p| write::source(p, lang)));
    out.remarks.extend(left.iter().cloned());
    let text = write::project(&project_name(dir, lang), lang, &blocks, &left);
    out.files.insert(0, (FILE_NAME.to_owned(), text.into_bytes()));
    out.open = desk.open;
    Ok(out)
}

fn load(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Error::input(say!("{shown} ist ein Ordner, keine Datei", "{shown} is a folder, not a file")).hint(
            say!("Die Dateien darin einzeln nennen: --from a.xlsx b.csv", "name the files in it: --from a.xlsx b.csv"),
        ));
    }
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::input(say!("Es gibt keine Datei {shown}", "there is no file {shown}"))
            .hint(say!("Pfade gelten ab dem Ordner, in dem Sie sind.", "paths are relative to the folder you are in")),
        _ => Error::input(say!("{shown} kann nicht gelesen werden: {error}", "{shown} cannot be read: {error}")),
    })
}

/// The path of a file within the project: where it is, or where a copy of it will be.
fn place(dir: &Path, path: &Path, bytes: &[u8], lang: Lang, out: &mut Draft) -> Result<String> {
    let full = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if let Ok(inside) = full(path).strip_prefix(full(dir)) {
        let parts: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        return Ok(parts.join("/"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let wanted = format!("{}/{name}", starter::INPUT.get(lang));
    if std::fs::read(dir.join(&wanted)).is_ok_and(|there| there == bytes) {
        return Ok(wanted);
    }
    let to = free_name(dir, &wanted, out);
    out.remarks.push(say!(
        "{name}: Kopie in {to}; das Original bleibt, wo es ist",
        "{name}: copied to {to}; the original stays where it is"
    ));
    out.files.push((to.clone(), bytes.to_vec()));
    Ok(to)
}

/// `wanted`, or with a number if that is taken: nothing is ever overwritten.
fn free_name(dir: &Path, wanted: &str, out: &Draft) -> String {
    let (stem, ending) = wanted.rsplit_once('.').unwrap_or((wanted, ""));
    let names = std::iter::once(wanted.to_owned()).chain((2..).map(|n| format!("{stem}-{n}.{ending}")));
    let taken =
        |name: &String| out.files.iter().any(|(other, _)| other == name) || dir.join(name).symlink_metadata().is_ok();
    names.into_iter().find(|name| !taken(name)).unwrap_or_else(|| wanted.to_owned())
}

/// A name for a source: file and sheet in plain characters, each name once.
fn source_name(place: &str, sheet: Option<&str>, names: &mut BTreeSet<String>) -> String {
    let file = place.rsplit('/').next().unwrap_or(place);
    let stem = file.split('.').next().unwrap_or(file);
    let text = format!("{stem} {}", sheet.unwrap_or("")).to_lowercase();
    let text = text.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let base = if words.is_empty() { "quelle".to_owned() } else { words.join("-") };
    let candidates = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}-{n}")));
    let name = candidates.into_iter().find(|name| !names.contains(name)).unwrap_or(base);
    names.insert(name.clone());
    name
}

/// The source that a sample would be, or why it is none.
fn propose(
    place: &str,
    bytes: &[u8],
    sample: &Sample,
    lang: Lang,
    names: &mut BTreeSet<String>,
    desk: &mut Desk<'_>,
) -> Result<std::result::Result<Proposal, Label>> {
    let shown = sample.sheet.as_ref().map_or_else(|| place.to_owned(), |sheet| format!("{place}, {sheet}"));
    let mut spec = SourceSpec::blank(String::new(), place);
    spec.sheet.clone_from(&sample.sheet);
    spec.dialect = sample.dialect.clone();
    spec.format = sample.state_format.then_some(sample.format);
    let mut notes: Vec<(String, Label)> = sample.notes.iter().map(|note| ("dialect".into(), note.clone())).collect();
    let mut around = Vec::new();
    if sample.format == Format::Gv100ad {
        spec.name = source_name(place, None, names);
        spec.kind = SourceKind::Register;
        notes.push((
            "kind".into(),
            say!("Das amtliche Gemeindeverzeichnis (GV100AD)", "the official municipality register (GV100AD)"),
        ));
        spec.dialect = Dialect::default();
        return Ok(Ok(Proposal {
            spec,
            notes,
            open: Vec::new(),
            unmeasured: BTreeSet::new(),
            table: table::Table::default(),
            found: Assigned::default(),
            around,
            scope: place.to_owned(),
            refused: None,
        }));
    }
    if !sample.rows.is_empty() {
        let Some(header) = header::find(sample) else {
            return Ok(Err(say!(
                "{shown}: Es wurde keine Zeile mit Spaltennamen erkannt",
                "{shown}: no row of column names was recognised"
            )));
        };
        spec.header_row = header.row;
        spec.header_rows = header.rows;
        notes.extend(header.note().map(|note| ("header_row".into(), note)));
        around.extend(header.titles);
    }
    around.extend(sample.sheet.clone());
    let file = place.rsplit('/').next().unwrap_or(place);
    around.push(file.split('.').next().unwrap_or(file).replace(['_', '-'], " "));
    let table = table::read(&spec, sample.format, place, bytes)?;
    if let Some((line, names)) = &table.below {
        return Ok(Err(say!(
            "{shown}: In Zeile {line} beginnt eine zweite Tabelle ({names}). Es wird nur eine je Blatt oder Datei gelesen: die zweite in ein eigenes Blatt verschieben und noch einmal beginnen",
            "{shown}: a second table begins in line {line} ({names}). Only one per sheet or file is read: move the second to a sheet of its own and begin again"
        )));
    }
    if let Some(at) = table.beside
        && let Some(twice) = (at..table.headers.len())
            .map(|at| &table.headers[at])
            .find(|name| !name.is_empty() && table.headers[..at].contains(*name))
    {
        return Ok(Err(say!(
            "{shown}: Neben der Tabelle steht eine zweite, in beiden heißt eine Spalte „{twice}“. Die zweite in ein eigenes Blatt verschieben und noch einmal beginnen",
            "{shown}: beside the table stands a second one, and both have a column \"{twice}\". Move the second to a sheet of its own and begin again"
        )));
    }
    if table.asides > 0 {
        let n = table.asides;
        notes.push((
            "header_row".into(),
            say!("Summenzeilen und Fußnoten, die ausgelassen werden: {n}", "sums and footnotes that are left out: {n}"),
        ));
    }
    let ranked = proposal::kinds(&table);
    let Some((first, points, _)) = ranked.first() else {
        let columns = table.headers.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        return Ok(Err(say!(
            "{shown}: Was die Tabelle enthält, ist nicht zu erkennen; Spalten: {columns}",
            "{shown}: what the table holds cannot be told; columns: {columns}"
        )));
    };
    spec.name = source_name(place, sample.sheet.as_deref(), names);
    let tied: Vec<SourceKind> = ranked.iter().filter(|(_, p, _)| p == points).map(|(kind, ..)| *kind).collect();
    let mut open = Vec::new();
    let mut kind = *first;
    if tied.len() > 1 {
        let question = Question::new("kind", &spec.name, say!("Was enthält {shown}?", "What does {shown} hold?"));
        let question = tied.iter().fold(question, |question, kind| {
            let name = kind_name(*kind);
            question.choice(kind.id(), &name.de, &name.en)
        });
        let (said, values) = (question.text.clone(), question.values());
        match desk.settle(place, question)? {
            Some(answer) => {
                kind = tied.iter().copied().find(|kind| kind.id() == answer).unwrap_or(kind);
                notes.push(("kind".into(), notation::answered(&said)));
            }
            None => {
                open.push("kind");
                notes.push((
                    "kind".into(),
                    Label::new(
                        format!(
                            "FRAGE kind: {} Möglich: {values}. Die Spalten unten passen zu \"{}\".",
                            said.de,
                            kind.id()
                        ),
                        format!(
                            "QUESTION kind: {} Possible: {values}. The columns below fit \"{}\".",
                            said.en,
                            kind.id()
                        ),
                    ),
                ));
            }
        }
    }
    spec.kind = kind;
    let found = ranked.iter().find(|(k, ..)| *k == kind).map(|(.., found)| found.clone()).unwrap_or_default();
    if open.is_empty() {
        let mut seen: Vec<&str> = found.columns.iter().map(|(_, at)| table.headers[*at].as_str()).collect();
        if kind == SourceKind::Usage
            && let Some(usage) = usage::find(&table, &found)
        {
            seen.extend(usage.columns().take(4).map(|at| table.headers[at].as_str()));
        }
        let (seen, name) = (seen.join(", "), kind_name(kind));
        let next = ranked.iter().find(|(k, ..)| *k != kind).map(|(k, p, _)| (k.id(), *p));
        let (de, en) = next.map_or_else(
            || (String::new(), String::new()),
            |(k, p)| (format!("; nächste Art: {k} mit {p}"), format!("; next kind: {k} with {p}")),
        );
        let (kind_de, kind_en) = (name.de, name.en);
        notes.push((
            "kind".into(),
            Label::new(
                format!("{kind_de} ({points} Punkte{de}), erkannt an: {seen}"),
                format!("{kind_en} ({points} points{en}), told by: {seen}"),
            ),
        ));
    }
    let scope = place.to_owned();
    let mut proposal =
        Proposal { spec, notes, open, unmeasured: BTreeSet::new(), table, found, around, scope, refused: None };
    proposal.fill(lang, desk)?;
    Ok(proposal.refused.take().map_or_else(|| Ok(proposal), Err))
}

/// Places and services: constants where a file names none, and lists where no file is one.
fn complete(
    proposals: &mut [Proposal],
    dir: &Path,
    lang: Lang,
    out: &mut Draft,
    desk: &mut Desk<'_>,
) -> Result<Vec<String>> {
    let mut blocks = Vec::new();
    for listed in [Listed::Areas, Listed::Services] {
        let mut known = keys::collect(listed, proposals);
        keys::translate(listed, proposals, &known);
        keys::constants(listed, proposals, &mut known, desk)?;
        let listed_already = proposals.iter().any(|p| p.spec.kind == listed.kind());
        if listed_already || (listed == Listed::Areas && keys::has_official_register(proposals)) {
            continue;
        }
        let wanted = match listed {
            Listed::Areas => REGISTER_FILE,
            Listed::Services => SERVICES_FILE,
        };
        let file = free_name(dir, &format!("{}/{}", starter::INPUT.get(lang), wanted.get(lang)), out);
        blocks.push(list_block(listed, &file, known.len(), lang));
        out.remarks.push(list_remark(listed, &file, known.len()));
        out.files.push((file, list_file(listed, &known, lang)));
    }
    Ok(blocks)
}

const AREA_COLUMNS: [Text; 3] =
    [Text::new("Gemeindeschlüssel", "Area key"), Text::new("Name", "Name"), Text::new("Bevölkerung", "Population")];
const SERVICE_COLUMNS: [Text; 2] =
    [Text::new("Leistungsschlüssel", "Service key"), Text::new("Bezeichnung", "Service")];

fn list_file(listed: Listed, known: &Known, lang: Lang) -> Vec<u8> {
    let cell = |text: &str| {
        if text.contains([';', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
    };
    let names = |columns: &[Text]| columns.iter().map(|c| c.get(lang)).collect::<Vec<_>>().join(";");
    let (head, end) = match listed {
        Listed::Areas => (names(&AREA_COLUMNS), ";"),
        Listed::Services => (names(&SERVICE_COLUMNS), ""),
    };
    let mut text = format!("\u{feff}{head}\r\n");
    for (key, name) in known {
        text.push_str(&format!("{};{}{end}\r\n", cell(key), cell(name)));
    }
    text.into_bytes()
}

fn list_block(listed: Listed, file: &str, n: usize, lang: Lang) -> String {
    let mut out = String::new();
    let (name, columns) = match listed {
        Listed::Areas => {
            let text = say!(
                "Kein Verzeichnis der Orte war dabei: {file} führt die Orte der anderen Dateien auf ({n}). Tragen Sie Namen und Bevölkerung ein: Ohne Bevölkerung gibt es keine Werte je 1.000 Personen und keine Größenklassen. Vorsicht: Excel nimmt Schlüsseln die führende Null.",
                "No register of places was given: {file} lists the places of the other files ({n}). Add names and population: without it there are no rates per 1,000 inhabitants and no size classes. Beware: Excel removes leading zeros of keys."
            );
            write::comment(text.get(lang), &mut out);
            let [area, name, population] = AREA_COLUMNS.map(|column| write::quoted(column.get(lang)));
            ("register", format!("{{ area = {area}, name = {name}, population = {population} }}"))
        }
        Listed::Services => {
            let text = say!(
                "Kein Verzeichnis der Leistungen war dabei: {file} führt die Leistungen der anderen Dateien auf ({n}). Die Bezeichnungen stehen so im Bericht.",
                "No catalogue of services was given: {file} lists the services of the other files ({n}). The names appear in the report."
            );
            write::comment(text.get(lang), &mut out);
            let [service, name] = SERVICE_COLUMNS.map(|column| write::quoted(column.get(lang)));
            (Text::new("leistungen", "services").get(lang), format!("{{ service = {service}, name = {name} }}"))
        }
    };
    let kind = listed.kind().id();
    let name = if listed == Listed::Areas { "register" } else { name };
    out.push_str(&format!(
        "[[source]]\nname = \"{name}-init\"\nkind = \"{kind}\"\nfiles = {}\ndialect = {{ delimiter = \";\", decimal = \",\" }}\ncolumns = {columns}\n",
        write::quoted(file)
    ));
    out
}

fn list_remark(listed: Listed, file: &str, n: usize) -> Label {
    match listed {
        Listed::Areas => say!(
            "{file} angelegt (Orte: {n}). Namen und Bevölkerung eintragen, sonst fehlen Werte je 1.000 Personen",
            "{file} made (places: {n}). Add names and population, or rates per 1,000 inhabitants are missing"
        ),
        Listed::Services => say!(
            "{file} angelegt (Leistungen: {n}). Bezeichnungen prüfen, sie stehen so im Bericht",
            "{file} made (services: {n}). Check the names, the report uses them"
        ),
    }
}

fn project_name(dir: &Path, lang: Lang) -> String {
    let folder = std::fs::canonicalize(dir).unwrap_or_else(|_| dir.to_path_buf());
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let usual = || Text::new("Unser Projekt", "Our project").get(lang).to_owned();
    name.filter(|name| !name.starts_with('.')).unwrap_or_else(usual)
}
