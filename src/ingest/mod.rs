//! Sources in, typed records and findings out.
//!
//! A file is read whole, its bytes are hashed, a reader pushes its records into a sink, the sink
//! maps columns to fields, and the kind of the source says what a record means. Rules have an
//! order and the first that fails names the record. Per source
//! `read = accepted + quarantined + replaced`.

mod context;
pub mod finding;
mod kinds;
mod ledger;
mod mapping;
mod read;
mod records;
pub mod spec;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub use self::context::{Balance, Findings, Quarantined};
pub use self::finding::{Code, Finding, Place, Severity};
pub use self::mapping::closest;
pub use self::read::{Fields, RowSink};
pub use self::records::{
    Answer, Area, Catalogue, CodebookItem, Event, Fact, FeedbackPlace, Measure, Offer, Records, Register, Respondent,
    Scale, Service, Survey, Target, WorkItem,
};
pub use self::value::{parse_count, parse_decimal, trimmed};

use self::context::{Accepted, Context, Reject};
use self::kinds::Kind;
use self::mapping::ColumnMap;
use self::spec::{Format, Layout, SourceKind, SourceSpec};
use self::value::StateTexts;
use crate::domain::{Label, Lang, format_count, format_percent, say};
use crate::{Error, ErrorKind, Result};

/// An input file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The records.
    pub records: Records,
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
            let share = balance.errors as f64 / balance.read.max(1) as f64;
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
    sources.iter().try_for_each(check_spec)?;
    let mut job = Job { base, out: Ingested::default(), inputs: BTreeMap::new() };
    job.register(&of_kind(sources, SourceKind::Register))?;
    let mut services = kinds::services::ServicesKind::default();
    job.read_all(&of_kind(sources, SourceKind::Services), &mut services)?;
    job.out.records.catalogue = Catalogue::new(services.services);

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
    job.out.records.facts = usage.facts;

    let mut feedback = kinds::feedback::FeedbackKind::default();
    job.read_all(&of_kind(sources, SourceKind::Feedback), &mut feedback)?;
    job.out.records.facts.extend(feedback.facts());

    let mut work = kinds::work::WorkKind::default();
    job.read_all(&of_kind(sources, SourceKind::Work), &mut work)?;
    job.out.records.facts.extend(work.groups.into_iter().flatten());

    for (number, spec) in of_kind(sources, SourceKind::Survey) {
        let codebook = codebook(spec, &job.out.records.catalogue)?;
        let mut survey = kinds::survey::SurveyKind::new(spec, codebook);
        job.read_all(&[(number, spec)], &mut survey)?;
        job.out.records.surveys.push(survey.survey);
    }
    job.out.records.sources = sources.iter().map(|s| (s.name.clone(), s.absent())).collect();
    job.out.inputs = job.inputs.into_values().collect();
    job.out.inputs.sort_by(|a, b| (&a.path, &a.sha256).cmp(&(&b.path, &b.sha256)));
    job.out.inputs.dedup();
    Ok(job.out)
}

/// What the settings of one source must say together.
///
/// # Errors
/// Kind `Config` if every record is one case but nothing says what a month without a case means.
pub fn check_spec(spec: &SourceSpec) -> Result<()> {
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
        Ok(CodebookItem { measure: question.measure, service })
    };
    spec.question.iter().map(resolve).collect()
}

struct Job<'a> {
    base: &'a Path,
    out: Ingested,
    /// By full path: files of other folders may share a name.
    inputs: BTreeMap<PathBuf, InputFile>,
}

impl Job<'_> {
    fn register(&mut self, sources: &[(u16, &SourceSpec)]) -> Result<()> {
        let mut table = kinds::register::RegisterKind::default();
        for &(number, spec) in sources {
            if spec.format != Some(Format::Gv100ad) {
                self.read_all(&[(number, spec)], &mut table)?;
                continue;
            }
            let mut balance = Balance::default();
            for path in expand(self.base, spec)? {
                balance.files += 1;
                let (file, bytes) = self.load(&path)?;
                let read = kinds::gv100ad::read(&spec.name, &file, &bytes)?;
                balance.read += read.lines;
                balance.quarantined += read.rejected;
                balance.errors += read.rejected;
                balance.accepted += read.lines - read.rejected;
                read.findings.into_iter().for_each(|finding| self.out.findings.add(finding));
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

    fn read_all(&mut self, sources: &[(u16, &SourceSpec)], kind: &mut dyn Kind) -> Result<()> {
        for &(number, spec) in sources {
            let mut balance = Balance::default();
            let mut quarantined = 0;
            for path in expand(self.base, spec)? {
                let (file, bytes) = self.load(&path)?;
                balance.files += 1;
                let format = read::format_of(spec, &file)?;
                let records = &self.out.records;
                let mut sink = Sink {
                    kind,
                    map: None,
                    balance: &mut balance,
                    context: Context {
                        spec,
                        source: number,
                        fields: &[],
                        register: &records.register,
                        catalogue: &records.catalogue,
                        states: StateTexts {
                            missing: spec.missing.clone(),
                            not_applicable: spec.not_applicable.clone(),
                            suppressed: spec.suppressed.clone(),
                        },
                        file: file.clone(),
                        sheet: spec.sheet.clone(),
                        findings: &mut self.out.findings,
                        quarantined,
                    },
                    records: 0,
                };
                sink.context.fields = sink.kind.fields();
                read::read(spec, &file, format, &bytes, &mut sink)?;
                let records_read = sink.records;
                quarantined = sink.context.quarantined;
                if records_read == 0 {
                    self.out.findings.add(Finding {
                        code: Code::EmptyFile,
                        source: spec.name.clone(),
                        place: Place { file, ..Place::default() },
                        column: String::new(),
                        value: String::new(),
                        suggestion: None,
                    });
                }
            }
            self.out.findings.balances.push((spec.name.clone(), balance));
        }
        Ok(())
    }

    fn load(&mut self, path: &Path) -> Result<(String, Vec<u8>)> {
        let file = relative(self.base, path);
        let bytes = std::fs::read(path).map_err(|error| {
            Error::input(say!("{file} kann nicht gelesen werden: {error}", "{file}: cannot be read: {error}")).hint(
                say!(
                    "Prüfen, ob die Datei vorhanden ist und gelesen werden darf.",
                    "check that the file is there and may be read"
                ),
            )
        })?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let input = InputFile { path: file.clone(), bytes: bytes.len() as u64, sha256 };
        self.inputs.insert(path.to_path_buf(), input);
        Ok((file, bytes))
    }
}

/// The files of a source, sorted within each pattern.
fn expand(base: &Path, spec: &SourceSpec) -> Result<Vec<PathBuf>> {
    let mut out: Vec<PathBuf> = Vec::new();
    for pattern in spec.files.patterns() {
        let full = base.join(pattern);
        let none = || {
            Error::input(say!(
                "Quelle „{}“: Es gibt keine Datei „{pattern}“",
                "source \"{}\": no file \"{pattern}\"",
                spec.name
            ))
            .hint(say!("Gesucht wurde {}", "looked for {}", full.display()))
            .hint(say!(
                "Pfade gelten ab dem Ordner, in dem resonanz.toml steht.",
                "paths are relative to resonanz.toml"
            ))
        };
        let is_pattern = pattern.contains(['*', '?', '[']);
        let mut found = if is_pattern {
            let text = full.to_str().ok_or_else(|| {
                Error::config(say!(
                    "Der Pfad {} ist kein gültiges Unicode",
                    "the path {} is not Unicode",
                    full.display()
                ))
            })?;
            glob::glob(text)
                .map_err(|error| {
                    Error::config(say!(
                        "Quelle „{}“: Muster „{pattern}“: {error}",
                        "source \"{}\": pattern \"{pattern}\": {error}",
                        spec.name
                    ))
                })?
                .filter_map(std::result::Result::ok)
                .filter(|path| path.is_file())
                .collect()
        } else if full.is_dir() {
            return Err(Error::input(say!(
                "Quelle „{}“: „{pattern}“ ist ein Ordner, keine Datei",
                "source \"{}\": \"{pattern}\" is a folder, not a file",
                spec.name
            ))
            .hint(say!(
                "Um alle CSV-Dateien darin zu lesen, \"{pattern}/*.csv\" schreiben.",
                "to read all CSV files in it, write \"{pattern}/*.csv\""
            )));
        } else if full.is_file() {
            vec![full.clone()]
        } else {
            return Err(none());
        };
        if found.is_empty() {
            return Err(none());
        }
        found.sort();
        out.extend(found.into_iter().filter(|path| !out.contains(path)).collect::<Vec<_>>());
    }
    Ok(out)
}

/// The path below the project's folder; of a file elsewhere only the name, so that no output tells
/// how a machine is organised.
fn relative(base: &Path, path: &Path) -> String {
    let outside = || path.file_name().map_or(path, Path::new);
    let path = path.strip_prefix(base).unwrap_or_else(|_| outside());
    let path = if path.is_absolute() { outside() } else { path };
    let parts: Vec<_> = path.components().map(|c| c.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

struct Sink<'a, 'b> {
    kind: &'a mut dyn Kind,
    map: Option<ColumnMap>,
    balance: &'a mut Balance,
    context: Context<'b>,
    records: u64,
}

/// Column names that hold personal data wherever they stand in a name.
const PERSONAL_WORDS: [&str; 13] = [
    "vorname",
    "nachname",
    "familienname",
    "anschrift",
    "adresse",
    "straße",
    "geburtsdatum",
    "geburtstag",
    "iban",
    "ip",
    "firstname",
    "lastname",
    "birthday",
];
/// Column names that do so only if they stand alone: `E-Mail` is an address, `Anträge per E-Mail` a count.
const PERSONAL_NAMES: [&str; 12] = [
    "e-mail",
    "email",
    "mail",
    "telefon",
    "telefonnummer",
    "phone",
    "handy",
    "user-agent",
    "user_agent",
    "useragent",
    "ip_address",
    "e-mail-adresse",
];

fn looks_personal(header: &str) -> bool {
    let lower = header.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric());
    PERSONAL_NAMES.contains(&lower.as_str()) || words.any(|word| PERSONAL_WORDS.contains(&word))
}

impl RowSink for Sink<'_, '_> {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        let (spec, file) = (self.context.spec, self.context.file.clone());
        let map = ColumnMap::resolve(spec, self.context.fields, headers, &file)?;
        self.kind.begin(spec, headers, &file)?;
        for header in map.unused(self.kind.further_columns()) {
            if looks_personal(header) {
                self.context.findings.add(Finding {
                    code: Code::PersonalColumn,
                    source: spec.name.clone(),
                    place: Place { file: file.clone(), ..Place::default() },
                    column: header.to_owned(),
                    value: String::new(),
                    suggestion: None,
                });
            }
        }
        self.map = Some(map);
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let Some(map) = &self.map else { return };
        self.records += 1;
        let Self { kind, balance, context, .. } = self;
        map.entries(record, line, fields, |entry| {
            balance.read += 1;
            let outcome = if let Some(field) = context.note_row(entry, fields) {
                Err(Reject::new(Code::NoteRow, field))
            } else if fields.len() != map.width() {
                Err(Reject::new(Code::WrongFieldCount, 0))
            } else if let Some(field) = context.total_row(entry) {
                Err(Reject::new(Code::TotalRow, field))
            } else {
                kind.entry(context, entry)
            };
            match outcome {
                Ok(Accepted::Used) => balance.accepted += 1,
                Ok(Accepted::Replacing(field)) => {
                    balance.replaced += 1;
                    context.note(entry, Code::Replaced, field, None);
                }
                Ok(Accepted::Filled) => balance.replaced += 1,
                Err(reject) => {
                    balance.quarantined += 1;
                    if reject.code.severity() == Severity::Error {
                        balance.errors += 1;
                    }
                    context.quarantine(entry, reject);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests;
