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
mod ledger;
pub(crate) mod look_alike;
mod losses;
mod mapping;
mod outcome;
mod personal;
mod quoting;
mod read;
mod records;
pub mod spec;
mod value;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

pub(crate) use self::context::is_total;
pub use self::context::{Balance, Findings, KEPT_PER_CODE, KEPT_QUARANTINE, Quarantined};
pub use self::facts::{Evidence, FactBlock, FactFile, FactKey, Facts, Lanes, LooseFact, PlainFact, Spelled, Split};
pub use self::finding::{Code, Fate, Finding, Place, Severity, Suggestion};
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
pub use self::value::{parse_count, parse_decimal, trimmed};

use self::context::{Accepted, Context, Reject};
use self::kinds::Kind;
use self::mapping::{ColumnMap, Entry};
use self::personal::Watch;
use self::read::{Deliveries, files};
use self::spec::{Format, Layout, SourceKind, SourceSpec};
use self::value::{StateTexts, similar_number};
use crate::domain::{Label, Lang, format_count, format_percent, parse_period, say};
use crate::{Error, ErrorKind, Result};

/// Shares into which the areas of a register are divided for work on their facts.
const SHARES: usize = 128;

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
    sources.iter().try_for_each(check_spec)?;
    let mut job = Job { base, out: Ingested::default(), inputs: BTreeMap::new() };
    job.register(&of_kind(sources, SourceKind::Register))?;
    let mut territory = kinds::territory::TerritoryKind::default();
    job.read_all(&of_kind(sources, SourceKind::Territory), &mut territory)?;
    job.out.records.changes = territory.finish(&mut job.out.records.register, &mut job.out.findings);
    job.out.facts.split = Split::new(job.out.records.register.ids(), SHARES);
    let mut services = kinds::services::ServicesKind::default();
    job.read_all(&of_kind(sources, SourceKind::Services), &mut services)?;
    let (catalogue, bad_parents) = services.finish();
    bad_parents.into_iter().for_each(|finding| job.out.findings.add(finding));
    job.out.records.catalogue = catalogue;

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
}

impl Job<'_> {
    fn register(&mut self, sources: &[(u16, &SourceSpec)]) -> Result<()> {
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

    fn read_all(&mut self, sources: &[(u16, &SourceSpec)], kind: &mut dyn Kind) -> Result<()> {
        for &(number, spec) in sources {
            let mut balance = Balance::default();
            let mut quarantined = 0;
            let paths = self.files(spec)?;
            let deliveries = self.deliveries(spec, &paths)?;
            for (position, path) in paths.iter().enumerate() {
                let file = files::relative(self.base, path);
                balance.files += 1;
                let format = read::format_of(spec, &file)?;
                let file_number = u32::try_from(self.out.facts.files.len()).unwrap_or(u32::MAX);
                self.out.facts.files.push(FactFile { name: file.clone(), plain: None, columns: Vec::new() });
                let split = self.out.facts.split;
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
                        states: StateTexts::of(spec),
                        file: file.clone(),
                        file_number,
                        sheet: spec.sheet.clone(),
                        findings: &mut self.out.findings,
                        quarantined,
                    },
                    records: 0,
                    explained: false,
                    watch: Watch::default(),
                    fact_file: &mut self.out.facts.files[file_number as usize],
                };
                sink.context.fields = sink.kind.fields();
                let input = match bulk::read(path, format, split, &mut sink)? {
                    Some(input) => input,
                    None => {
                        let bytes = files::load(path, &file)?;
                        if format == Format::Json {
                            let file = read::File { number: position, name: &file };
                            read::read_deliveries(spec, file, &bytes, &deliveries, &mut sink)?;
                        } else {
                            read::read(spec, &file, format, &bytes, &mut sink)?;
                        }
                        input_file(&file, &bytes)
                    }
                };
                let records_read = sink.records;
                let explained = sink.explained;
                sink.list_personal_columns();
                quarantined = sink.context.quarantined;
                if records_read == 0 && !explained {
                    self.out.findings.add(Finding {
                        code: Code::EmptyFile,
                        source: spec.name.clone(),
                        place: Place { file, ..Place::default() },
                        column: String::new(),
                        value: String::new(),
                        suggestion: None,
                    });
                }
                self.note_input(path, &input)?;
            }
            self.out.findings.balances.push((spec.name.clone(), balance));
        }
        Ok(())
    }

    /// The files of a source; paths that cannot be read are findings.
    fn files(&mut self, spec: &SourceSpec) -> Result<Vec<PathBuf>> {
        let found = files::expand(self.base, spec)?;
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
        let bytes = files::load(path, &file)?;
        self.note_input(path, &input_file(&file, &bytes))?;
        Ok((file, bytes))
    }

    fn note_input(&mut self, path: &Path, input: &InputFile) -> Result<()> {
        // Deliveries in JSON are looked at twice.
        match self.inputs.insert(path.to_path_buf(), input.clone()) {
            Some(earlier) if earlier != *input => Err(files::changed(&input.path)),
            _ => Ok(()),
        }
    }
}

fn input_file(file: &str, bytes: &[u8]) -> InputFile {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    InputFile { path: file.to_owned(), bytes: bytes.len() as u64, sha256 }
}

struct Sink<'a, 'b> {
    kind: &'a mut dyn Kind,
    map: Option<ColumnMap>,
    balance: &'a mut Balance,
    context: Context<'b>,
    records: u64,
    /// Whether a finding says why there is no record.
    explained: bool,
    watch: Watch,
    fact_file: &'a mut FactFile,
}

impl Sink<'_, '_> {
    /// The file has plain records, which `plain` can spell again.
    fn plain_file(&mut self, plain: &bulk::Plain) {
        let Some(map) = &self.map else { return };
        let header = |(at, field): (usize, &mapping::FieldSpec)| map.header_of(at).unwrap_or(field.name).to_owned();
        self.fact_file.columns = self.context.fields.iter().enumerate().map(header).collect();
        self.fact_file.plain = Some(bulk::Plain::clone(plain));
    }

    /// So many records are plain, and used.
    fn plain_records(&mut self, records: u64) {
        self.records += records;
        self.balance.read += records;
        self.balance.accepted += records;
    }

    /// Lists the personal columns that were not read, once the first records have been seen.
    fn list_personal_columns(&mut self) {
        for column in std::mem::take(&mut self.watch).personal() {
            self.context.findings.add(Finding {
                code: Code::PersonalColumn,
                source: self.context.spec.name.clone(),
                place: Place { file: self.context.file.clone(), ..Place::default() },
                column,
                value: String::new(),
                suggestion: None,
            });
        }
    }
}

impl RowSink for Sink<'_, '_> {
    fn columns(&mut self, headers: &[String]) -> Result<()> {
        let (spec, file) = (self.context.spec, self.context.file.clone());
        let map = ColumnMap::resolve(spec, self.context.fields, headers, &file)?;
        self.kind.begin(spec, headers, &file)?;
        self.watch = Watch::new(spec, &map, self.kind.further_columns());
        self.map = Some(map);
        Ok(())
    }

    fn record(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let Some(map) = &self.map else { return };
        self.records += 1;
        self.watch.record(fields);
        let Self { kind, balance, context, .. } = self;
        let exact = context.spec.exact;
        let repeated_header = !exact && map.is_header(fields);
        // Looked for once per record: a wide table may have thousands of entries in each.
        let (note_row, labelled_as_sum) = (OnceCell::new(), OnceCell::new());
        map.entries(record, line, fields, |entry| {
            balance.read += 1;
            let outcome = if repeated_header {
                Err(Reject::new(Code::RepeatedHeader, 0))
            } else if let Some(field) = note_row.get_or_init(|| context.note_row(entry, fields).filter(|_| !exact)) {
                Err(Reject::new(Code::NoteRow, *field))
            } else if fields.len() != map.width() {
                Err(Reject::new(Code::WrongFieldCount, 0))
            } else if let Some(field) = context
                .total_row(entry, || *labelled_as_sum.get_or_init(|| context.labelled_as_sum(entry, fields)))
                .filter(|_| !exact)
            {
                Err(Reject::new(Code::TotalRow, field))
            } else {
                kind.entry(context, entry)
            };
            match outcome {
                Ok(Accepted::Used) => balance.accepted += 1,
                Ok(Accepted::Replacing(field, earlier)) => {
                    balance.replaced += 1;
                    context.note(entry, Code::Replaced, field, Some(earlier));
                }
                Err(mut reject) => {
                    reject.suggestion =
                        reject.suggestion.or_else(|| look_alike(context, entry, reject.code, reject.field));
                    balance.quarantined += 1;
                    if reject.code.severity() == Severity::Error {
                        balance.errors += 1;
                    }
                    context.quarantine(entry, reject);
                }
            }
        });
    }

    fn unreadable(&mut self, record: u64, line: u64, code: Code) {
        self.records += 1;
        self.balance.read += 1;
        self.balance.quarantined += 1;
        self.balance.errors += u64::from(code.severity() == Severity::Error);
        let (file, sheet) = (self.context.file.clone(), self.context.sheet.clone());
        let finding = Finding {
            code,
            source: self.context.spec.name.clone(),
            place: Place { file, sheet, record, line },
            column: String::new(),
            value: String::new(),
            suggestion: None,
        };
        let limit = self.context.spec.quarantine_limit;
        self.context.findings.add_rejected(finding, self.context.quarantined, limit);
        self.context.quarantined += 1;
    }

    fn superseded(&mut self, record: u64, line: u64, fields: &dyn Fields) {
        let Some(map) = &self.map else { return };
        self.records += 1;
        let Self { balance, context, .. } = self;
        map.entries(record, line, fields, |entry| {
            balance.read += 1;
            balance.replaced += 1;
            let id = context.fields.iter().position(|field| field.name == "id" && !field.free_text);
            context.note(entry, Code::Replaced, id.unwrap_or(0), None);
        });
    }

    fn about_file(&mut self, code: Code, value: &str) {
        self.explained = true;
        self.context.findings.add(Finding {
            code,
            source: self.context.spec.name.clone(),
            place: Place { file: self.context.file.clone(), ..Place::default() },
            column: String::new(),
            value: value.to_owned(),
            suggestion: None,
        });
    }
}

/// What a number or period that cannot be read looks like.
fn look_alike(context: &Context<'_>, entry: &Entry<'_>, code: Code, field: usize) -> Option<Suggestion> {
    let text = entry.text(field);
    let similar = match code {
        Code::BadNumber => similar_number(text, context.spec.dialect.decimal)?,
        Code::BadPeriod => {
            let similar = look_alike::folded_digits(text).unwrap_or_else(|| look_alike::folded(text).into_owned());
            parse_period(&similar, context.spec.business_year_from).ok().filter(|_| similar != text)?;
            similar
        }
        _ => return None,
    };
    Some(Suggestion::DidYouMean(similar))
}

#[cfg(test)]
mod tests;
