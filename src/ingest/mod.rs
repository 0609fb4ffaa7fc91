//! Sources in, typed records and findings out.
//!
//! The bytes of a file are hashed, a reader pushes its records into a sink, the sink maps columns to
//! fields, and the kind of the source says what a record means. Rules have an order and the first
//! that fails names the record. Per source `read = accepted + quarantined + replaced`. Large CSV and
//! Parquet files of counts and votes are read in blocks, see [`bulk`]; which of several counts with
//! one key is used is decided when all have been read ([`Facts`]).

mod bulk;
mod context;
mod facts;
pub mod finding;
mod kinds;
mod lanes;
mod ledger;
pub(crate) mod look_alike;
mod losses;
mod mapping;
mod outcome;
mod part;
mod personal;
mod quoting;
mod read;
mod records;
pub(crate) mod short_key;
mod sink;
pub mod spec;
mod store;
mod tidy;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

pub(crate) use self::context::is_total;
pub use self::context::{Balance, Findings, KEPT_PER_CODE, KEPT_QUARANTINE, Quarantined};
pub use self::facts::{Evidence, FactBlock, FactFile, FactKey, Facts, LooseFact, PlainFact, Spelled};
pub use self::finding::{Code, Fate, Finding, Place, Severity, Suggestion};
pub use self::lanes::{Lane, Lanes, Shelf, Split};
pub use self::ledger::Spans;
pub use self::mapping::closest;
pub(crate) use self::mapping::match_pattern;
pub(crate) use self::personal::looks_personal;
pub(crate) use self::read::read as read_records;
pub(crate) use self::read::sheet::first_rows;
pub use self::read::{Fields, RowSink};
pub use self::records::{
    Answer, Area, Catalogue, CodebookItem, Comment, Event, Fact, FeedbackPlace, Lost, Measure, Offer, Rating, Records,
    Register, Respondent, Scale, Service, Survey, Target, TerritoryChange, WorkItem,
};
pub use self::store::{LastRun, Store, digest_of};
pub use self::tidy::tidy;
pub use self::value::{parse_count, parse_decimal, trimmed};

use self::context::Context;
use self::kinds::Kind;
use self::part::{Numbers, Part, Reading};
use self::personal::Watch;
use self::read::{Deliveries, files};
use self::sink::Sink;
use self::spec::{Format, Layout, SourceKind, SourceSpec};
use self::value::StateTexts;
use crate::domain::{Label, Lang, format_count, format_percent, say};
use crate::{Error, ErrorKind, Result};

/// Shares into which the areas of a register are divided for work on their facts.
const SHARES: usize = 128;

/// An input file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InputFile {
    /// Path relative to the configuration, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
}

/// What a whole ingest yields.
#[derive(Debug, Clone, Default)]
pub struct Ingested {
    /// The records; of the numbers only those of the `work` source, until the others are settled.
    pub records: Records,
    /// Numbers of which it is not yet decided which counts where several have one key.
    pub facts: Facts,
    /// The findings, quarantine and balances.
    pub findings: Findings,
    /// Input files, sorted by path, each once.
    pub inputs: Vec<InputFile>,
}

impl Ingested {
    /// Stops where a source has more errors than its budget allows.
    ///
    /// # Errors
    /// Kind `Budget`, naming each source with its numbers.
    pub fn check_budgets(&self, sources: &[SourceSpec]) -> Result<()> {
        let mut over = Vec::new();
        for (name, balance) in &self.findings.balances {
            let Some(spec) = sources.iter().find(|s| &s.name == name) else { continue };
            let share = balance.error_share();
            if share > spec.error_budget {
                let count = |n: u64| format_count(i64::try_from(n).unwrap_or(i64::MAX), Lang::De);
                let percent = |share: f64| format_percent(share, 1, Lang::De);
                over.push(Label::new(
                    format!(
                        "Quelle „{name}“: {} von {} Datensätzen sind fehlerhaft ({}), erlaubt sind {}",
                        count(balance.errors),
                        count(balance.read),
                        percent(share),
                        percent(spec.error_budget)
                    ),
                    format!(
                        "source \"{name}\": {} of {} records have errors ({:.1} %), allowed are {:.1} %",
                        balance.errors,
                        balance.read,
                        share * 100.0,
                        spec.error_budget * 100.0
                    ),
                ));
            }
        }
        if over.is_empty() {
            return Ok(());
        }
        let (de, en): (Vec<String>, Vec<String>) = over.into_iter().map(|label| (label.de, label.en)).unzip();
        Err(Error::new(ErrorKind::Budget, Label::new(de.join("; "), en.join("; ")))
            .hint(say!(
                "`resonanz check` listet die Befunde auf, `resonanz run` legt sie im Ordner „internal“ ab; \
                 veröffentlicht wurde nichts.",
                "`resonanz check` lists the findings, `resonanz run` keeps them in the internal folder; \
                 nothing was published"
            ))
            .hint(say!(
                "Die Dateien berichtigen oder, wenn der Verlust hinnehmbar ist, `error_budget` der Quelle erhöhen.",
                "cure the files, or raise `error_budget` of the source if you accept the loss"
            )))
    }
}

/// Reads all `sources`; paths are relative to `base`.
///
/// # Errors
/// If a file cannot be read or does not fit its declaration. What is wrong with single records is
/// in the findings.
pub fn ingest(base: &Path, sources: &[SourceSpec]) -> Result<Ingested> {
    ingest_with(base, sources, Shelf::default(), None)
}

/// As [`ingest`], with a shelf for facts that memory has no room for, and with what `store` has of files read
/// before in place of reading them again.
///
/// # Errors
/// As [`ingest`], or if the store cannot be written.
pub fn ingest_with(base: &Path, sources: &[SourceSpec], shelf: Shelf, store: Option<&mut Store>) -> Result<Ingested> {
    sources.iter().try_for_each(check_spec)?;
    let mut job = Job { base, out: Ingested::default(), inputs: BTreeMap::new(), store, paths: Vec::new() };
    job.register(&of_kind(sources, SourceKind::Register))?;
    let mut territory = kinds::territory::TerritoryKind::default();
    job.read_all(&of_kind(sources, SourceKind::Territory), &mut territory)?;
    job.out.records.changes = territory.finish(&mut job.out.records.register, &mut job.out.findings);
    job.out.facts.shelf = Arc::new(shelf);
    job.out.facts.split = Split::new(job.out.records.register.ids(), SHARES);
    let mut services = kinds::services::ServicesKind::default();
    job.read_all(&of_kind(sources, SourceKind::Services), &mut services)?;
    let (catalogue, bad_parents) = services.finish();
    bad_parents.into_iter().for_each(|finding| job.out.findings.add(finding));
    job.out.records.catalogue = catalogue;
    if let Some(store) = &mut job.store {
        store.begin(&job.out.records);
    }

    let mut offers = kinds::offer::OfferKind::default();
    job.read_all(&of_kind(sources, SourceKind::Offer), &mut offers)?;
    offers.offers.sort_by_key(|offer| (offer.area, offer.service));
    job.out.records.offers = offers.offers;

    let mut events = kinds::events::EventsKind::default();
    job.read_all(&of_kind(sources, SourceKind::Events), &mut events)?;
    job.out.records.events = events.events;

    let mut targets = kinds::targets::TargetsKind::default();
    job.read_all(&of_kind(sources, SourceKind::Targets), &mut targets)?;
    job.out.records.targets = targets.targets;

    let mut usage = kinds::usage::UsageKind::default();
    job.read_all(&of_kind(sources, SourceKind::Usage), &mut usage)?;
    job.out.records.lost = usage.finish(&mut job.out.facts);

    let mut feedback = kinds::feedback::FeedbackKind::default();
    job.read_all(&of_kind(sources, SourceKind::Feedback), &mut feedback)?;
    let (lost, comments) = feedback.finish(&mut job.out.facts);
    job.out.records.lost.extend(lost);
    job.out.records.comments = comments;

    let mut work = kinds::work::WorkKind::default();
    job.read_all(&of_kind(sources, SourceKind::Work), &mut work)?;
    job.out.records.lost.extend(work.lost());
    job.out.records.facts.extend(work.facts());

    for (number, spec) in of_kind(sources, SourceKind::Survey) {
        let codebook = codebook(spec, &job.out.records.catalogue)?;
        let mut survey = kinds::survey::SurveyKind::new(spec, codebook);
        job.read_all(&[(number, spec)], &mut survey)?;
        job.out.records.surveys.push(survey.survey);
    }
    job.tell_store()?;
    job.out.records.sources = sources.iter().map(|s| (s.name.clone(), s.absent())).collect();
    job.out.inputs = job.inputs.into_values().collect();
    job.out.inputs.sort_by(|a, b| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)));
    job.out.inputs.dedup();
    Ok(job.out)
}

/// The bytes of a text file, unpacked if they are packed with gzip.
///
/// # Errors
/// If the archive is damaged, or unpacks to more than a table can have.
pub(crate) fn unpacked<'a>(file: &str, bytes: &'a [u8]) -> Result<std::borrow::Cow<'a, [u8]>> {
    read::unpacked(file, bytes)
}

/// What the settings of one source must say together.
///
/// # Errors
/// Kind `Config` if every record is one case but nothing says what a month without a case means, or
/// for a setting that the kind of the source cannot use.
pub fn check_spec(spec: &SourceSpec) -> Result<()> {
    kinds::check(spec)?;
    if let Some(window) = spec.window.filter(|window| window.until < window.from) {
        return Err(Error::config(say!(
            "Quelle „{}“: window endet mit {} vor dem ersten Monat {}",
            "source \"{}\": window ends with {} before its first month {}",
            spec.name,
            window.until,
            window.from
        )));
    }
    if spec.layout != Layout::OneRowPerCase || spec.absent.is_some() {
        return Ok(());
    }
    Err(Error::config(say!(
        "Quelle „{}“: layout = \"one_row_per_case\" braucht die Angabe `absent`: Ein Monat ohne Fall hat keine Zeile",
        "source \"{}\": layout = \"one_row_per_case\" needs `absent`: a month without a case has no row",
        spec.name
    ))
    .hint(say!(
        "absent = \"zero\" ist richtig, wenn jeder Fall in der Lieferung steht: Dann gab es in einem solchen Monat keinen.",
        "absent = \"zero\" is right where every case is listed: such a month had none"
    ))
    .hint(say!(
        "absent = \"missing\", wenn Fälle fehlen können: Dann ist die Zahl eines solchen Monats unbekannt.",
        "absent = \"missing\" where cases may be left out: the number of such a month is unknown"
    )))
}

fn of_kind(sources: &[SourceSpec], kind: SourceKind) -> Vec<(u16, &SourceSpec)> {
    sources.iter().zip(0u16..).filter(|(s, _)| s.kind == kind).map(|(s, i)| (i, s)).collect()
}

fn codebook(spec: &SourceSpec, catalogue: &Catalogue) -> Result<Vec<CodebookItem>> {
    let resolve = |question: &spec::Question| {
        let service = match &question.service {
            None => None,
            Some(key) => Some(catalogue.find(key).ok_or_else(|| {
                Error::config(say!(
                    "Quelle „{}“: Frage „{}“: Die Leistung „{key}“ steht nicht im Katalog",
                    "source \"{}\": question \"{}\": service \"{key}\" is not in the catalogue",
                    spec.name,
                    question.column
                ))
            })?),
        };
        let rating = question.points().map(|scale| Rating { question: question.column.clone(), scale });
        Ok(CodebookItem { measure: question.measure, service, rating })
    };
    spec.question.iter().map(resolve).collect()
}

struct Job<'a> {
    base: &'a Path,
    out: Ingested,
    /// By full path: files of other folders may share a name.
    inputs: BTreeMap<PathBuf, InputFile>,
    store: Option<&'a mut Store>,
    /// By source, for the store: the files, and the paths that cannot be read.
    paths: Vec<(&'a str, Vec<PathBuf>, Vec<String>)>,
}

impl<'a> Job<'a> {
    fn register(&mut self, sources: &[(u16, &'a SourceSpec)]) -> Result<()> {
        let mut table = kinds::register::RegisterKind::default();
        for &(number, spec) in sources {
            if !matches!(spec.format, Some(Format::Gv100ad | Format::AuszugGv)) {
                self.read_all(&[(number, spec)], &mut table)?;
                continue;
            }
            let mut balance = Balance::default();
            let mut quarantined = 0;
            for path in self.files(spec)? {
                balance.files += 1;
                let (file, bytes) = self.load(&path)?;
                let read = if spec.format == Some(Format::AuszugGv) {
                    kinds::auszug_gv::read(spec, &file, &bytes)?
                } else {
                    kinds::gv100ad::read(&spec.name, &file, &read::unpacked(&file, &bytes)?)?
                };
                balance.read += read.lines;
                balance.quarantined += read.rejected;
                balance.errors += read.rejected - read.notes;
                balance.accepted += read.lines - read.rejected;
                for finding in read.findings {
                    self.out.findings.add_rejected(finding, quarantined, spec.quarantine_limit);
                    quarantined += 1;
                }
                self.out.records.register.region_names.extend(read.register.region_names.clone());
                self.out.records.register.territorial_date.clone_from(&read.register.territorial_date);
                table.areas.extend(read.register.areas().iter().cloned());
            }
            self.out.findings.balances.push((spec.name.clone(), balance));
        }
        let mut register = Register::new(table.areas);
        register.region_names.clone_from(&self.out.records.register.region_names);
        register.territorial_date.clone_from(&self.out.records.register.territorial_date);
        for (at, pair) in register.areas().windows(2).enumerate() {
            if pair[0].key == pair[1].key {
                return Err(Error::input(say!(
                    "Zwei Register führen das Gebiet „{}“ (Nummer {at})",
                    "two registers list the area \"{}\" (number {at})",
                    pair[0].key
                ))
                .hint(say!(
                    "Nur ein Register angeben oder Register ohne gemeinsame Schlüssel.",
                    "declare one register, or registers without common keys"
                )));
            }
        }
        self.out.records.register = register;
        Ok(())
    }

    fn read_all(&mut self, sources: &[(u16, &'a SourceSpec)], kind: &mut dyn Kind) -> Result<()> {
        for &(number, spec) in sources {
            let mut balance = Balance::default();
            let mut quarantined = 0;
            let paths = self.files(spec)?;
            let deliveries = self.deliveries(spec, &paths)?;
            for (position, path) in paths.iter().enumerate() {
                let file = files::relative(self.base, path);
                let format = read::format_of(spec, &file)?;
                let Ingested { records, facts, .. } = &self.out;
                let reading = Reading {
                    spec,
                    source: number,
                    file,
                    number: u32::try_from(facts.files.len()).unwrap_or(u32::MAX),
                    split: facts.split,
                    shelf: &facts.shelf,
                    register: &records.register,
                    catalogue: &records.catalogue,
                };
                // Of deliveries in JSON files a later one may replace an earlier one.
                let alone = format != Format::Json && kind.numbers(spec).is_some();
                let part = match self.store.as_deref_mut() {
                    None => read_file(&reading, path, format, (position, &deliveries), kind)?,
                    Some(store) => {
                        let seen = store.look(path, &reading.file)?;
                        match if alone { store.recall(&seen, &reading)? } else { None } {
                            Some(part) => part,
                            None => {
                                let before = kind.numbers(spec).filter(|_| alone).map(std::mem::take);
                                let mut part = read_file(&reading, path, format, (position, &deliveries), kind)?;
                                if let (Some(before), Some(now)) = (before, kind.numbers(spec)) {
                                    part.numbers = std::mem::replace(now, before);
                                }
                                store.note(&seen, &part.input);
                                if alone {
                                    store.keep(&reading, &part)?;
                                }
                                part
                            }
                        }
                    }
                };
                if let Some(numbers) = kind.numbers(spec) {
                    numbers.append(part.numbers);
                }
                balance.add(part.balance);
                self.out.findings.append(part.findings, quarantined, spec.quarantine_limit);
                quarantined += part.quarantined;
                self.out.facts.files.push(part.file);
                self.note_input(path, &part.input)?;
            }
            self.out.findings.balances.push((spec.name.clone(), balance));
        }
        Ok(())
    }

    /// The files of a source; paths that cannot be read are findings.
    fn files(&mut self, spec: &'a SourceSpec) -> Result<Vec<PathBuf>> {
        let found = files::expand(self.base, spec)?;
        if self.store.is_some() {
            let unreadable = found.unreadable.iter().map(|path| files::relative(self.base, path)).collect();
            self.paths.push((&spec.name, found.files.clone(), unreadable));
        }
        for path in found.unreadable {
            self.out.findings.add(Finding {
                code: Code::UnreadablePath,
                source: spec.name.clone(),
                place: Place { file: files::relative(self.base, &path), ..Place::default() },
                column: String::new(),
                value: String::new(),
                suggestion: None,
            });
        }
        Ok(found.files)
    }

    /// Which of the deliveries in JSON files count. A correction may stand in a later file, so that
    /// all of them are looked at before the first record is used.
    fn deliveries(&mut self, spec: &SourceSpec, paths: &[PathBuf]) -> Result<Deliveries> {
        let mut out = Deliveries::default();
        for (number, path) in paths.iter().enumerate() {
            if read::format_of(spec, &files::relative(self.base, path))? == Format::Json {
                let (file, bytes) = self.load(path)?;
                out.note(spec, read::File { number, name: &file }, &read::unpacked(&file, &bytes)?)?;
            }
        }
        Ok(out)
    }

    fn load(&mut self, path: &Path) -> Result<(String, Vec<u8>)> {
        let file = files::relative(self.base, path);
        let seen = self.store.as_deref().map(|store| store.look(path, &file)).transpose()?;
        let bytes = files::load(path, &file)?;
        let input = input_file(&file, &bytes);
        if let (Some(store), Some(seen)) = (self.store.as_deref_mut(), seen) {
            store.note(&seen, &input);
        }
        self.note_input(path, &input)?;
        Ok((file, bytes))
    }

    /// Tells the store what was read.
    fn tell_store(&mut self) -> Result<()> {
        let Some(store) = self.store.as_deref_mut() else { return Ok(()) };
        for (source, paths, unreadable) in std::mem::take(&mut self.paths) {
            let files = paths.iter().filter_map(|path| self.inputs.get(path).cloned()).collect();
            store.note_source(source, files, unreadable);
        }
        store.save_index()
    }

    fn note_input(&mut self, path: &Path, input: &InputFile) -> Result<()> {
        // Deliveries in JSON are looked at twice.
        match self.inputs.insert(path.to_path_buf(), input.clone()) {
            Some(earlier) if earlier != *input => Err(files::changed(&input.path)),
            _ => Ok(()),
        }
    }
}

/// Reads a file: `place` is its position among the files of its source, of which `Deliveries` says what
/// replaces what.
fn read_file(
    reading: &Reading<'_>,
    path: &Path,
    format: Format,
    place: (usize, &Deliveries),
    kind: &mut dyn Kind,
) -> Result<Part> {
    let (spec, file) = (reading.spec, &reading.file);
    let (mut findings, mut balance) = (Findings::default(), Balance { files: 1, ..Balance::default() });
    let mut fact_file = FactFile { name: file.clone(), speller: None, columns: Vec::new() };
    let fields = kind.fields();
    let mut sink = Sink {
        kind,
        map: None,
        balance: &mut balance,
        context: Context {
            spec,
            source: reading.source,
            fields,
            register: reading.register,
            catalogue: reading.catalogue,
            states: StateTexts::of(spec),
            shelf: reading.shelf,
            file: file.clone(),
            file_number: reading.number,
            sheet: spec.sheet.clone(),
            findings: &mut findings,
            quarantined: 0,
        },
        records: 0,
        explained: false,
        watch: Watch::default(),
        fact_file: &mut fact_file,
    };
    let input = match bulk::read(path, format, reading.split, &mut sink)? {
        Some(input) => input,
        None => {
            let bytes = files::load(path, file)?;
            if format == Format::Json {
                let (number, deliveries) = place;
                read::read_deliveries(spec, read::File { number, name: file }, &bytes, deliveries, &mut sink)?;
            } else {
                read::read(spec, file, format, &bytes, &mut sink)?;
            }
            input_file(file, &bytes)
        }
    };
    sink.list_personal_columns();
    if sink.records == 0 && !sink.explained {
        sink.about_file(Code::EmptyFile, "");
    }
    let quarantined = sink.context.quarantined;
    Ok(Part { input, file: fact_file, findings, balance, quarantined, numbers: Numbers::default() })
}

fn input_file(file: &str, bytes: &[u8]) -> InputFile {
    let sha256 = hex(Sha256::new_with_prefix(bytes));
    InputFile { path: file.to_owned(), bytes: bytes.len() as u64, sha256 }
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
fn sha256_hex(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// The digest in lower-case hexadecimal.
fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
