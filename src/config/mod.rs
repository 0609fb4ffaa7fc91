//! `resonanz.toml`: as written ([`raw`]) and as checked ([`Project`]).

mod contacts;
mod memory;
mod raw;
pub mod recognise;
pub mod starter;
mod syntax;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use self::syntax::syntax_error;
use crate::compare::{ComparisonSpec, ControlSpec};
use crate::disclosure::{Audience, DisclosureSpec};
use crate::domain::{Channel, Lang, Month, PeriodError, Stage, Text, parse_date, parse_period, say};
use crate::ingest::closest;
use crate::ingest::spec::{SourceKind, SourceSpec};
use crate::kpi::wide::WideSpec;
use crate::panel::engine::EngineSpec;
use crate::panel::{GroupSpec, SizeClasses};
use crate::report::{AreaSelection, ReportSpec, RequestSpec};
use crate::{Error, Result};

/// The version of the configuration format that this program reads.
pub const SCHEMA_VERSION: i64 = 1;
/// The name of the configuration file.
pub const FILE_NAME: &str = "resonanz.toml";

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder of `resonanz.toml`; all paths are relative to it.
    pub base: PathBuf,
    /// Name of the project.
    pub name: String,
    /// Language of everything a reader sees.
    pub lang: Lang,
    /// Who may see the output.
    pub audience: Audience,
    /// How a public release is protected.
    pub disclosure: DisclosureSpec,
    /// Whether the data are invented.
    pub fictional: bool,
    /// Output folder.
    pub output: PathBuf,
    /// The folder in which runs keep what they have read; `None` = every run reads everything.
    pub store: Option<PathBuf>,
    /// Bytes of memory that a run may take; `None` = as many as it needs.
    pub memory_limit: Option<u64>,
    /// Last month of the reference period; `None` = last month with usage data.
    pub until: Option<Month>,
    /// Length of the reference period in months.
    pub months: u16,
    /// Size classes by population.
    pub size_classes: SizeClasses,
    /// Focus services by key.
    pub focus: Vec<String>,
    /// The sources.
    pub sources: Vec<SourceSpec>,
    /// Groups of areas.
    pub groups: Vec<GroupSpec>,
    /// Comparisons.
    pub comparisons: Vec<ComparisonSpec>,
    /// Control charts of the services.
    pub control: ControlSpec,
    /// What is written.
    pub report: ReportSpec,
    /// Wide tables in the internal folder.
    pub tables: WideSpec,
    /// The engine that settles which numbers count; `None` = the one in this process.
    pub engine: Option<EngineSpec>,
    /// How missing numbers are asked for, and whom.
    pub requests: RequestSpec,
    /// The configuration as parsed, for the manifest.
    pub echo: serde_json::Value,
}

impl Project {
    /// Reads the project at `path`: a folder with a `resonanz.toml`, or the file itself.
    ///
    /// # Errors
    /// With the line and column of a syntax error, or the name and a hint for a wrong setting.
    pub fn load(path: &Path) -> Result<Self> {
        let file = if path.is_dir() { path.join(FILE_NAME) } else { path.to_path_buf() };
        if file.is_dir() {
            return Err(Error::config(say!(
                "{} ist ein Ordner, keine Datei",
                "{} is a folder, not a file",
                file.display()
            ))
            .hint(say!(
                "Den Ordner umbenennen und eine Konfiguration dieses Namens anlegen: resonanz init",
                "rename the folder and write a configuration of this name with: resonanz init"
            )));
        }
        let text = std::fs::read_to_string(&file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::config(say!("{} wurde nicht gefunden", "{} not found", file.display()))
                    .hint(say!(
                        "Eine erste Konfiguration anlegen: resonanz init {}",
                        "write a first configuration with: resonanz init {}",
                        path.display()
                    ))
                    .hint(say!(
                        "Oder ein vollständiges Beispiel ansehen: resonanz demo",
                        "or look at a complete example with: resonanz demo"
                    ))
            }
            std::io::ErrorKind::InvalidData => Error::config(say!(
                "{}: Der Text ist nicht in UTF-8 gespeichert",
                "{}: the text is not stored as UTF-8",
                file.display()
            ))
            .hint(say!(
                "Im Editor mit der Kodierung UTF-8 neu speichern.",
                "save it again in the editor, with the encoding UTF-8"
            )),
            _ => Error::config(say!(
                "{} kann nicht gelesen werden: {error}",
                "{} cannot be read: {error}",
                file.display()
            )),
        })?;
        let base = file.parent().map(Path::to_path_buf).unwrap_or_default();
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&text, &base).map_err(|error| error.at(&name))
    }

    /// Checks a configuration text; `base` is its folder.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(text: &str, base: &Path) -> Result<Self> {
        let table: toml::Table = text.parse().map_err(|error| syntax_error(text, &error))?;
        match table.get("schema_version") {
            None => {
                return Err(Error::config(say!("schema_version fehlt", "schema_version is missing")).hint(say!(
                    "Ergänzen: schema_version = {SCHEMA_VERSION}",
                    "add: schema_version = {SCHEMA_VERSION}"
                )));
            }
            Some(version) if version.as_integer() != Some(SCHEMA_VERSION) => {
                return Err(Error::config(say!(
                    "schema_version = {version} kennt dieses Programm nicht",
                    "schema_version = {version} is not known to this program"
                ))
                .hint(say!(
                    "Diese Version von resonanz liest schema_version = {SCHEMA_VERSION}",
                    "this version of resonanz reads schema_version = {SCHEMA_VERSION}"
                )));
            }
            Some(_) => {}
        }
        recognise::refuse_open_questions(&table, text)?;
        let raw: raw::File = toml::from_str(text).map_err(|error| syntax_error(text, &error))?;
        let mut echo = serde_json::to_value(&table).map_err(|error| Error::internal(error.to_string()))?;
        if let Some(fields) = echo.as_object_mut() {
            fields.shift_remove("engine");
            fields.shift_remove("memory_limit");
        }
        forget_folders(&mut echo);
        check(raw, base, echo)
    }
}

/// The manifest repeats the configuration, but not how a machine is organised: which engine does the work changes no
/// number, and its command may name accounts; of an absolute path only the file name stays.
fn forget_folders(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if Path::new(text.as_str()).is_absolute() => {
            if let Some(name) = Path::new(text.as_str()).file_name() {
                *text = name.to_string_lossy().into_owned();
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_folders),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(forget_folders),
        _ => {}
    }
}

fn check(mut raw: raw::File, base: &Path, echo: serde_json::Value) -> Result<Project> {
    check_sources(&raw.source)?;
    let until = match &raw.period.until {
        None => None,
        Some(text) => Some(match parse_period(text, None) {
            Ok(period) if period.months == 1 => period.start,
            Ok(_) | Err(PeriodError::Unknown | PeriodError::BusinessYear) => {
                return Err(Error::config(say!(
                    "period.until = \"{text}\" ist kein Monat",
                    "period.until = \"{text}\" is not a month"
                ))
                .hint(say!("Den Monat so schreiben: 2025-06", "write it as 2025-06")));
            }
            Err(PeriodError::OutOfRange) => {
                return Err(Error::config(say!(
                    "period.until = \"{text}\": Diesen Monat gibt es nicht",
                    "period.until = \"{text}\": there is no such month"
                )));
            }
        }),
    };
    let territorial_date = raw.period.territorial_date.as_deref().map(territorial_date).transpose()?;
    for source in raw.source.iter_mut().filter(|source| source.kind == SourceKind::Territory) {
        source.territorial_date = territorial_date;
    }
    if !(1..=120).contains(&raw.period.months) {
        return Err(Error::config(say!(
            "period.months = {} liegt nicht zwischen 1 und 120",
            "period.months = {} is not between 1 and 120",
            raw.period.months
        )));
    }
    let mut names = BTreeMap::new();
    for name in raw.comparison.iter().map(|c| &c.name).chain(raw.group.iter().map(|g| &g.name)) {
        if names.insert(name.clone(), ()).is_some() {
            return Err(Error::config(say!(
                "Zwei Gruppen oder Vergleiche heißen „{name}“",
                "two groups or comparisons are named \"{name}\""
            )));
        }
    }
    raw.comparison.iter().try_for_each(ComparisonSpec::check)?;
    // Pages show a town beside its peers: without a declared group these are towns of its size.
    let mut comparisons = raw.comparison;
    if !comparisons.iter().any(|c| c.by.is_some()) {
        comparisons.insert(0, ComparisonSpec::by_size_class(raw.project.language));
    }
    let output = base.join(&raw.project.output);
    Ok(Project {
        store: raw.store.map(|store| store_folder(&store.dir, base, &output)).transpose()?,
        output,
        memory_limit: raw.memory_limit.as_deref().map(memory::limit).transpose()?,
        base: base.to_path_buf(),
        name: raw.project.name,
        lang: raw.project.language,
        audience: raw.project.audience,
        disclosure: raw.disclosure.check()?,
        fictional: raw.project.fictional,
        until,
        months: raw.period.months,
        size_classes: SizeClasses::new(raw.size_classes.bounds)?,
        focus: raw.focus.services,
        requests: contacts::check(raw.requests, raw.contact, &raw.source)?,
        sources: raw.source,
        groups: raw.group,
        comparisons,
        control: raw.control.check()?,
        report: ReportSpec {
            areas: match raw.report.areas {
                raw::Areas::Word(word) => match word.as_str() {
                    "auto" => AreaSelection::Auto,
                    "all" => AreaSelection::All,
                    "none" => AreaSelection::None,
                    other => {
                        return Err(Error::config(say!(
                            "report.areas = \"{other}\" gibt es nicht",
                            "report.areas = \"{other}\" is not known"
                        ))
                        .hint(say!(
                            "Möglich: \"all\", \"none\" oder eine Liste von Schlüsseln, etwa [\"01001000\"]",
                            "write \"all\", \"none\" or a list of keys, for example [\"01001000\"]"
                        )));
                    }
                },
                raw::Areas::Keys(keys) => AreaSelection::Keys(keys),
            },
            html: raw.report.html,
            charts: raw.report.charts,
            png: raw.report.png,
            data: raw.report.data,
        },
        tables: raw.tables,
        engine: raw.engine.map(|engine| engine.check(base)).transpose()?,
        echo,
    })
}

/// The output folder is replaced as a whole, and the store removes what it does not need.
fn store_folder(dir: &str, base: &Path, output: &Path) -> Result<PathBuf> {
    let store = base.join(dir);
    let (here, there) = (flat(&store), flat(output));
    if !dir.trim().is_empty() && !here.starts_with(&there) && !there.starts_with(&here) {
        return Ok(store);
    }
    Err(Error::config(say!(
        "store.dir = \"{dir}\": Der Zwischenspeicher braucht einen eigenen Ordner, der weder im Ausgabeordner liegt noch ihn enthält",
        "store.dir = \"{dir}\": the store needs a folder of its own, neither within the output folder nor around it"
    ))
    .hint(say!("Zum Beispiel: dir = \"speicher\"", "for example: dir = \"store\"")))
}

/// The path from the root on, as it is written: without `.` and `..`.
fn flat(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn territorial_date(text: &str) -> Result<chrono::NaiveDate> {
    parse_date(text).map_err(|_| {
        Error::config(say!(
            "period.territorial_date = \"{text}\" ist kein Tag",
            "period.territorial_date = \"{text}\" is not a day"
        ))
        .hint(say!("Den Tag so schreiben: 2025-01-01", "write it as 2025-01-01"))
    })
}

/// Far more than anyone declares by hand; sources are numbered in 16 bits.
const MOST_SOURCES: usize = 10_000;

fn check_sources(sources: &[SourceSpec]) -> Result<()> {
    if sources.len() > MOST_SOURCES {
        return Err(Error::config(say!(
            "{} Quellen sind zu viele; möglich sind {MOST_SOURCES}",
            "{} sources are too many; {MOST_SOURCES} are possible",
            sources.len()
        ))
        .hint(say!(
            "Gleich aufgebaute Dateien in einer Quelle zusammenfassen: files = \"eingang/*.csv\"",
            "declare files of one layout as one source: files = \"input/*.csv\""
        )));
    }
    let mut names = BTreeMap::new();
    for source in sources {
        if names.insert(source.name.as_str(), ()).is_some() {
            return Err(Error::config(say!("Zwei Quellen heißen „{}“", "two sources are named \"{}\"", source.name)));
        }
        if !(0.0..=1.0).contains(&source.error_budget) {
            return Err(Error::config(say!(
                "Quelle „{}“: error_budget = {} liegt nicht zwischen 0 und 1",
                "source \"{}\": error_budget = {} is not between 0 and 1",
                source.name,
                source.error_budget
            )));
        }
        if !matches!(source.dialect.decimal, ',' | '.') {
            return Err(Error::config(say!(
                "Quelle „{}“: dialect.decimal = \"{}\" ist weder \",\" noch \".\"",
                "source \"{}\": dialect.decimal = \"{}\" is neither \",\" nor \".\"",
                source.name,
                source.dialect.decimal
            )));
        }
        crate::ingest::check_spec(source)?;
        check_words(source)?;
        if source.business_year_from.is_some_and(|month| !(1..=12).contains(&month)) {
            return Err(Error::config(say!(
                "Quelle „{}“: business_year_from liegt nicht zwischen 1 und 12",
                "source \"{}\": business_year_from is not between 1 and 12",
                source.name
            )));
        }
    }
    for (kind, why) in [
        (
            SourceKind::Register,
            Text::new(
                "Darin stehen die Gebiete; eine CSV-Datei mit je einer Spalte für Schlüssel und Namen genügt.",
                "it lists the areas; a CSV with the columns key and name is enough",
            ),
        ),
        (
            SourceKind::Services,
            Text::new(
                "Darin stehen die Leistungen; eine CSV-Datei mit je einer Spalte für Schlüssel und Namen genügt.",
                "it lists the services; a CSV with the columns key and name is enough",
            ),
        ),
    ] {
        if !sources.iter().any(|s| s.kind == kind) {
            return Err(Error::config(say!(
                "Es gibt keine [[source]] mit kind = \"{}\"",
                "there is no [[source]] with kind = \"{}\"",
                kind.id()
            ))
            .hint(why));
        }
    }
    Ok(())
}

/// The words that a field of this kind of source allows; `None` where any text is right.
fn words_of(kind: SourceKind, field: &str) -> Option<Vec<&'static str>> {
    match (kind, field) {
        (SourceKind::Usage, "stage") => Some(Stage::ALL.map(Stage::id).to_vec()),
        (SourceKind::Usage | SourceKind::Work, "channel") => Some(Channel::ALL.map(Channel::id).to_vec()),
        (SourceKind::Feedback, "place") => Some(vec!["page", "form_end"]),
        (SourceKind::Feedback, "scale") => Some(vec!["binary", "three_way", "stars"]),
        _ => None,
    }
}

/// Words in the configuration are wrong for every record or for none: they are checked before any is read.
fn check_words(source: &SourceSpec) -> Result<()> {
    let constants = source.constants.iter().chain(source.wide.iter().flat_map(|rule| &rule.constants));
    let unmapped =
        |(field, text): &(&String, &String)| !source.values.get(*field).is_some_and(|v| v.contains_key(*text));
    let constants = constants.filter(unmapped).map(|(field, text)| ("constants", field, text));
    let values = source.values.iter().flat_map(|(field, map)| map.values().map(move |text| ("values", field, text)));
    for (table, field, text) in constants.chain(values) {
        let Some(words) = words_of(source.kind, field) else { continue };
        if words.contains(&text.as_str()) || (field == "channel" && Channel::parse(text).is_some()) {
            continue;
        }
        let known: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let (name, allowed) = (&source.name, known.join(", "));
        let error = Error::config(say!(
            "Quelle „{name}“: {table}.{field}: „{text}“ gibt es nicht",
            "source \"{name}\": {table}.{field}: \"{text}\" is not known"
        ));
        return Err(match closest(text, &known) {
            Some(similar) => error.did_you_mean(similar),
            None => error.hint(say!("Erlaubt sind: {allowed}", "allowed are: {allowed}")),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: &str = r#"
[[source]]
name = "r"
kind = "register"
files = "r.csv"
columns = { area = "AGS" }
[[source]]
name = "s"
kind = "services"
files = "s.csv"
columns = { service = "OZG" }
"#;

    fn parse(head: &str) -> Result<Project> {
        Project::parse(&format!("{head}\n{SOURCES}"), Path::new("."))
    }

    fn shown(result: Result<Project>) -> String {
        let error = result.unwrap_err();
        let hints: Vec<&str> = error.hints().iter().map(|h| h.get(Lang::En)).collect();
        format!("{error} | {}", hints.join(" | "))
    }

    #[test]
    fn a_small_configuration_has_sensible_defaults() {
        let project = parse("schema_version = 1\n[project]\nname = \"Test\"").unwrap();
        assert_eq!((project.lang, project.months, project.fictional), (Lang::De, 12, false));
        assert_eq!(project.comparisons.len(), 1);
    }

    #[test]
    fn mistakes_are_named_with_place_and_cure() {
        insta::assert_snapshot!(shown(parse("[project]\nname = \"Test\"")), @"schema_version is missing | add: schema_version = 1");
        insta::assert_snapshot!(shown(parse("schema_version = 7\n[project]\nname = \"Test\"")), @"schema_version = 7 is not known to this program | this version of resonanz reads schema_version = 1");
        insta::assert_snapshot!(shown(parse("schema_version = 1\n[project]\nnmae = \"Test\"")), @r#"line 3, column 1: `nmae = "Test"`: unknown field `nmae`, expected one of `name`, `language`, `audience`, `fictional`, `output` | did you mean "name"?"#);
        insta::assert_snapshot!(shown(parse("schema_version = 1\n[project]\nname = \"Test\"\n[period]\nuntil = \"gestern\"")), @r#"period.until = "gestern" is not a month | write it as 2025-06"#);
        insta::assert_snapshot!(shown(Project::parse("schema_version = 1\n[project]\nname = \"Test\"", Path::new("."))), @r#"there is no [[source]] with kind = "register" | it lists the areas; a CSV with the columns key and name is enough"#);
    }
}
