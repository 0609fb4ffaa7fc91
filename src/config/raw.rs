use serde::Deserialize;

use crate::compare::{ComparisonSpec, ControlSpec};
use crate::disclosure::{Audience, DisclosureSpec};
use crate::domain::Lang;
use crate::ingest::spec::SourceSpec;
use crate::kpi::wide::WideSpec;
use crate::panel::GroupSpec;
use crate::panel::engine::EngineSpec;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "schema_version")]
    _schema_version: i64,
    pub memory_limit: Option<String>,
    pub project: ProjectTable,
    #[serde(default)]
    pub period: PeriodTable,
    #[serde(default)]
    pub size_classes: SizeClassTable,
    #[serde(default)]
    pub focus: FocusTable,
    #[serde(default)]
    pub disclosure: DisclosureSpec,
    #[serde(default)]
    pub source: Vec<SourceSpec>,
    #[serde(default)]
    pub group: Vec<GroupSpec>,
    #[serde(default)]
    pub comparison: Vec<ComparisonSpec>,
    #[serde(default)]
    pub control: ControlSpec,
    #[serde(default)]
    pub report: ReportTable,
    #[serde(default)]
    pub tables: WideSpec,
    pub engine: Option<EngineSpec>,
    #[serde(default)]
    pub requests: super::contacts::RequestTable,
    #[serde(default)]
    pub contact: Vec<super::contacts::ContactTable>,
    pub store: Option<StoreTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreTable {
    pub dir: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectTable {
    pub name: String,
    #[serde(default)]
    pub language: Lang,
    #[serde(default)]
    pub audience: Audience,
    #[serde(default)]
    pub fictional: bool,
    #[serde(default = "out")]
    pub output: String,
}

fn out() -> String {
    "out".into()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PeriodTable {
    pub until: Option<String>,
    pub months: u16,
    pub territorial_date: Option<String>,
}

impl Default for PeriodTable {
    fn default() -> Self {
        Self { until: None, months: 12, territorial_date: None }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SizeClassTable {
    pub bounds: Vec<u64>,
}

impl Default for SizeClassTable {
    fn default() -> Self {
        Self { bounds: vec![5_000, 20_000, 100_000] }
    }
}

#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FocusTable {
    pub services: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Areas {
    Word(String),
    Keys(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReportTable {
    pub areas: Areas,
    pub html: bool,
    pub charts: bool,
    pub png: bool,
    pub data: bool,
}

impl Default for ReportTable {
    fn default() -> Self {
        Self { areas: Areas::Word("auto".into()), html: true, charts: true, png: true, data: true }
    }
}
