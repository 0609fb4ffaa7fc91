//! Documents from statements, charts and tables.

pub mod audit;
pub mod glossary;
pub mod html;
mod pages;
mod requests;
pub mod tables;
pub mod view;
pub mod wide;

pub(crate) use self::pages::MANY_AREAS;
pub use self::requests::{Contact, RequestSpec, Role};

use crate::Result;
use crate::config::Project;
use crate::disclosure::{Protected, Results};
use crate::domain::Text;
use crate::ingest::{Findings, InputFile, Register};
use crate::panel::Panel;
use crate::publish::{self, FileHash, INTERNAL, Label, Manifest, PUBLISH, PackageInfo, Staging, Table};

/// For which areas a page is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaSelection {
    /// All, up to 500 areas; above none, because nobody asked for so many.
    Auto,
    /// All, however many.
    All,
    /// None.
    None,
    /// These keys.
    Keys(Vec<String>),
}

impl AreaSelection {
    /// The areas, ascending, of those with a number; keys that the register does not know are left out.
    #[must_use]
    pub fn towns(&self, register: &Register, panel: &Panel) -> Vec<u32> {
        let mut towns: Vec<u32> = match self {
            Self::None => Vec::new(),
            Self::Keys(keys) => keys.iter().filter_map(|key| register.find(key)).collect(),
            Self::Auto | Self::All => panel.pairs().filter_map(|pair| pair.first()).map(|cell| cell.area).collect(),
        };
        towns.sort_unstable();
        towns.dedup();
        if *self == Self::Auto && towns.len() > MANY_AREAS { Vec::new() } else { towns }
    }
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSpec {
    /// Which areas get a page.
    pub areas: AreaSelection,
    /// Whether the HTML report is written.
    pub html: bool,
    /// Whether charts are drawn.
    pub charts: bool,
    /// Whether each chart is also written as SVG and PNG files.
    pub png: bool,
    /// Whether the key figures are published as tables.
    pub data: bool,
}

/// Writes what stays in the house: the unprotected panel, and what was wrong with the input.
///
/// # Errors
/// If a file cannot be written.
pub fn write_internal(project: &Project, results: &Results, stage: &Staging) -> Result<()> {
    let (own, audited) = (tables::internal(results)?, audit::tables(project, &results.findings)?);
    let tables = own.iter().chain(&audited);
    publish::write_tables(stage, &format!("{INTERNAL}/data"), tables, &package(project))?;
    audit::write(project, &results.findings, &audited, stage)?;
    requests::write(project, results, &package(project), stage)
}

/// Writes tables and report for the audience into `stage`; returns the start page relative to the
/// output folder.
///
/// # Errors
/// If a file cannot be written or an area that the configuration names does not exist.
pub fn write(project: &Project, results: &Protected<Results>, stage: &Staging) -> Result<Option<String>> {
    let info = package(project);
    if project.report.data {
        publish::write_tables(stage, &format!("{PUBLISH}/data"), &tables::published(results)?, &info)?;
    }
    if project.report.html { pages::write(project, results, stage).map(Some) } else { Ok(None) }
}

/// Writes what was wrong with the input, beside some tables, for a run that does not publish.
///
/// # Errors
/// If a file cannot be written.
pub fn write_findings(
    project: &Project,
    findings: &Findings,
    beside: impl IntoIterator<Item = Table>,
    stage: &Staging,
) -> Result<()> {
    let (beside, audited): (Vec<Table>, _) = (beside.into_iter().collect(), audit::tables(project, findings)?);
    publish::write_tables(stage, &format!("{INTERNAL}/data"), beside.iter().chain(&audited), &package(project))?;
    audit::write(project, findings, &audited, stage)
}

/// Input hashes, row counts and the configuration.
#[must_use]
pub fn manifest(project: &Project, inputs: &[InputFile], findings: &Findings) -> Manifest {
    let mut manifest = Manifest::new(project.echo.clone());
    for input in inputs {
        let hash = FileHash { bytes: input.bytes, sha256: input.sha256.clone() };
        manifest.input(publish::InputFile { path: input.path.clone(), hash });
    }
    for (source, balance) in &findings.balances {
        for (what, count) in [
            ("read", balance.read),
            ("accepted", balance.accepted),
            ("quarantined", balance.quarantined),
            ("replaced", balance.replaced),
        ] {
            manifest.rows(source.clone(), what, count);
        }
    }
    manifest
}

fn package(project: &Project) -> PackageInfo {
    let fictional = if project.fictional {
        Label::new(" Alle Orte und Zahlen sind erfunden.", " All places and numbers are invented.")
    } else {
        Label::default()
    };
    let text = Text::new(
        "Nutzung von Online-Diensten: Kennzahlen und Vergleiche.",
        "Use of online services: key figures and comparisons.",
    );
    PackageInfo {
        name: publish::safe_file_name(&project.name),
        title: Label::new(project.name.clone(), project.name.clone()),
        description: Label::new(format!("{}{}", text.de, fictional.de), format!("{}{}", text.en, fictional.en)),
        lang: project.lang,
        licence: None,
    }
}
