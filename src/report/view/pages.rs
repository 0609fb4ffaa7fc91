use serde::Serialize;

use super::{ChartView, Completeness, Fact, Figure, LadderView, Link, Statement, Tile};

/// The overview: `index.html`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StartPage {
    /// Key figures, three to five.
    pub tiles: Vec<Tile>,
    /// What is known.
    pub known: Vec<Statement>,
    /// What changed.
    pub changes: Vec<Statement>,
    /// Charts for the whole group.
    pub charts: Vec<ChartView>,
    /// Why there is no chart of the development.
    pub charts_note: Option<String>,
    /// Completeness of all sources together.
    pub completeness: Completeness,
    /// Completeness by source.
    pub sources: Vec<SourceRow>,
    /// The KPI in the towns' table: `Online-Anteil aller Leistungen`. Empty: the standard heading.
    pub share_label: String,
    /// All towns, in the order to print.
    pub towns: Vec<TownRow>,
    /// How many towns have no page because their numbers are hidden.
    pub towns_note: Option<String>,
    /// Size classes and Kreise, in which towns with hidden numbers are counted.
    pub groups: Vec<GroupRow>,
    /// All services, in the order to print.
    pub services: Vec<ServiceRow>,
    /// What the report cannot say, one sentence each.
    pub limits: Vec<String>,
}

/// A source on the overview.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceRow {
    /// Name of the source.
    pub name: String,
    /// What it delivers: `Nutzung`, `Rückmeldungen`.
    pub kind: String,
    /// The time it covers: `Juli 2024 bis Juni 2025`.
    pub period: String,
    /// Delivered and expected values.
    pub completeness: Completeness,
    /// Rows in quarantine, formatted.
    pub quarantined: String,
}

/// A town on the overview.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TownRow {
    /// Name and page.
    pub town: Link,
    /// Inhabitants.
    pub population: Figure,
    /// Services live: `9 von 12`.
    pub live: Figure,
    /// Online share with interval.
    pub share: Figure,
    /// `4. von 17`, or a sign.
    pub position: String,
    /// Delivered and expected monthly values.
    pub completeness: Completeness,
}

/// A group of towns on the overview.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupRow {
    /// `Kreis`, `Größenklasse`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Towns in it, formatted.
    pub towns: String,
    /// Online applications.
    pub online: Figure,
    /// All applications.
    pub total: Figure,
    /// Sum of online applications by sum of all.
    pub share: Figure,
}

/// A service on the overview.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ServiceRow {
    /// Name and page.
    pub service: Link,
    /// Towns in which it is live: `11 von 17`.
    pub live: Figure,
    /// Online applications.
    pub online: Figure,
    /// All applications.
    pub total: Figure,
    /// Share of all towns together (sum of applications).
    pub share: Figure,
    /// Median of the towns.
    pub median: Figure,
}

/// One town: a first council update.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AreaPage {
    /// Safe file name.
    pub slug: String,
    /// Name of the town.
    pub name: String,
    /// Kind, Kreis, population, key.
    pub facts: Vec<Fact>,
    /// The comparison group in words: `17 Städte mit 10.000 bis 20.000 Einwohnern`.
    pub group: Option<String>,
    /// The most important sentences first.
    pub summary: Vec<Statement>,
    /// Key figures.
    pub tiles: Vec<Tile>,
    /// One row per service.
    pub services: Vec<AreaServiceRow>,
    /// Online share over time.
    pub trend: Option<ChartView>,
    /// Why there is no chart of it.
    pub trend_note: Option<String>,
    /// Course since launch against the group.
    pub launch: Option<ChartView>,
    /// Feedback and working time.
    pub experience: Vec<Statement>,
    /// Numbers that are missing, and whom to ask.
    pub missing: Vec<MissingRow>,
    /// Method in one line each.
    pub notes: Vec<String>,
}

/// A service of one town.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AreaServiceRow {
    /// Anchor on the page; letters, digits, `-`, `_`.
    pub id: String,
    /// Name and page.
    pub service: Link,
    /// Online applications.
    pub online: Figure,
    /// Applications on paper and other ways.
    pub other: Figure,
    /// All applications.
    pub total: Figure,
    /// Online share with interval.
    pub share: Figure,
    /// Share of the group, pooled without this town.
    pub group: Figure,
    /// Median of the group's towns; the quartiles as its interval.
    pub median: Figure,
    /// `4. von 17`, or a sign.
    pub position: String,
    /// Months delivered.
    pub months: Completeness,
}

/// Numbers that nobody delivered yet.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MissingRow {
    /// The service.
    pub service: String,
    /// `März und April 2025`.
    pub months: String,
    /// `Papier`.
    pub channel: String,
    /// Who could deliver them; `None` where nobody is named in the project.
    pub ask: Option<String>,
}

/// One service in all towns.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ServicePage {
    /// Safe file name.
    pub slug: String,
    /// Name of the service.
    pub name: String,
    /// Keys, maturity, platform.
    pub facts: Vec<Fact>,
    /// The most important sentences first.
    pub summary: Vec<Statement>,
    /// Key figures.
    pub tiles: Vec<Tile>,
    /// Ranked dot chart of the towns.
    pub ranking: Option<ChartView>,
    /// One row per town.
    pub towns: Vec<ServiceTownRow>,
    /// All towns together (sum of applications); `None` where it cannot be given.
    pub pooled: Option<PooledRow>,
    /// Median of the towns; the quartiles as its interval.
    pub median: Option<Figure>,
    /// The towns against what is to be expected at their number of cases.
    pub funnel: Option<ChartView>,
    /// How the funnel is to be read.
    pub funnel_reading: Option<String>,
    /// Course since launch.
    pub launch: Option<ChartView>,
    /// Course over time.
    pub trend: Option<ChartView>,
    /// Why there is no chart of it.
    pub trend_note: Option<String>,
    /// The months within the limits of their usual variation.
    pub control: Option<ChartView>,
    /// What that chart says, whether the share rises or falls, and where its level may have changed.
    pub control_sentences: Vec<String>,
    /// How the control chart is to be read.
    pub control_reading: Option<String>,
    /// What changed in one town, or in all, from an event on.
    pub changes: Vec<ChangeRow>,
    /// What these rows need and what they do not show.
    pub changes_note: Option<String>,
    /// Launches, campaigns, participation, outages.
    pub events: Vec<EventRow>,
    /// Method in one line each.
    pub notes: Vec<String>,
}

/// One series before an event and from it on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChangeRow {
    /// Name and page, or all towns.
    pub town: Link,
    /// The kinds of events.
    pub what: String,
    /// `März 2024`.
    pub when: String,
    /// Change of level with interval.
    pub level: Figure,
    /// Change of the slope per month with interval.
    pub slope: Figure,
    /// Months before and from it on: `14 / 16`.
    pub months: String,
}

/// A town that has the service.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ServiceTownRow {
    /// Anchor on the page; letters, digits, `-`, `_`.
    pub id: String,
    /// Name and page.
    pub town: Link,
    /// Online applications.
    pub online: Figure,
    /// Applications on paper and other ways.
    pub other: Figure,
    /// All applications.
    pub total: Figure,
    /// Online share with interval.
    pub share: Figure,
    /// `4. von 17`, or a sign.
    pub position: String,
    /// Month of launch: `März 2024`, or a sign.
    pub launched: String,
    /// Months delivered.
    pub months: Completeness,
}

/// All towns of a service together.
#[derive(Debug, Clone, Default, Serialize)]
pub struct PooledRow {
    /// Online applications.
    pub online: Figure,
    /// Applications on paper and other ways.
    pub other: Figure,
    /// All applications.
    pub total: Figure,
    /// Sum of online applications by sum of all.
    pub share: Figure,
}

/// Something that happened to a service.
#[derive(Debug, Clone, Default, Serialize)]
pub struct EventRow {
    /// `März 2024` or `März bis Mai 2024`.
    pub when: String,
    /// The town, or all towns.
    pub town: Link,
    /// `Einführung`, `Kampagne`.
    pub kind: String,
    /// What the deliverer called it.
    pub label: String,
}

/// Towns with an event against towns without.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ComparisonPage {
    /// File name of the page in the folder of comparisons; `None` for the one at
    /// [`Section::Participation`](super::Section::Participation).
    pub slug: Option<String>,
    /// The event as it stands behind `mit` and `ohne`: `Beteiligung`, `a campaign`.
    pub what: String,
    /// The title of the comparison, where another one is about the same kind of event.
    pub name: Option<String>,
    /// The other comparisons by event.
    pub others: Vec<Link>,
    /// The answer in a few words: `Nicht belegt`.
    pub verdict: String,
    /// The answer in plain sentences.
    pub explanation: Vec<Statement>,
    /// How far the comparison carries; only where it is one by event before launch or on live services.
    pub ladder: Option<LadderView>,
    /// What was compared: arms, period, claim.
    pub facts: Vec<Fact>,
    /// Key figures.
    pub tiles: Vec<Tile>,
    /// One row per service.
    pub rows: Vec<ComparisonRow>,
    /// Charts.
    pub charts: Vec<ChartView>,
    /// What this comparison can show.
    pub can: Vec<String>,
    /// What it cannot show.
    pub cannot: Vec<String>,
    /// Method in one line each.
    pub notes: Vec<String>,
}

/// One service in both arms.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ComparisonRow {
    /// Anchor on the page; letters, digits, `-`, `_`.
    pub id: String,
    /// Name and page.
    pub service: Link,
    /// Towns with the event.
    pub with: ArmView,
    /// Towns without.
    pub without: ArmView,
    /// Difference of the pooled rates in percentage points. Not printed when refused.
    pub difference: Figure,
    /// Ratio of the pooled rates. Not printed when refused.
    pub ratio: Figure,
    /// Why there is no difference, as a sentence.
    pub refusal: Option<String>,
    /// Where the towns stand instead: `Plätze 2, 5 und 9 von 17`.
    pub positions: Option<String>,
}

/// One arm of a comparison.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ArmView {
    /// Number of towns.
    pub towns: Figure,
    /// All applications.
    pub applications: Figure,
    /// Pooled online share.
    pub share: Figure,
}

/// Sources, findings and completeness.
#[derive(Debug, Clone, Default, Serialize)]
pub struct QualityPage {
    /// The most important sentences first.
    pub summary: Vec<Statement>,
    /// Sums of each source.
    pub sources: Vec<SourceSums>,
    /// Findings, worst first.
    pub findings: Vec<FindingView>,
    /// Which months were delivered.
    pub matrices: Vec<MatrixView>,
    /// Remarks in one line each.
    pub notes: Vec<String>,
}

/// What a public release hides, why, and what it cannot promise.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProtectionPage {
    /// What is hidden, one sentence each.
    pub hidden: Vec<String>,
    /// How many values are shown and hidden.
    pub values: Vec<ProtectionRow>,
    /// How finely the courses over time are shown.
    pub courses: Vec<Fact>,
    /// Towns without a page of their own.
    pub towns: Vec<String>,
    /// What is not guaranteed, one sentence each.
    pub open: Vec<String>,
}

/// Values of one kind in a public release.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProtectionRow {
    /// What kind.
    pub label: String,
    /// Values shown, formatted.
    pub shown: String,
    /// Values hidden, formatted.
    pub hidden: String,
}

/// read = accepted + quarantined + replaced, formatted.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SourceSums {
    /// Name of the source.
    pub name: String,
    /// What it delivers.
    pub kind: String,
    /// Number of files.
    pub files: String,
    /// Rows read.
    pub read: String,
    /// Rows used.
    pub accepted: String,
    /// Rows set aside.
    pub quarantined: String,
    /// Rows replaced by later ones.
    pub replaced: String,
    /// Whether the sums balance. They always do; if not, the page says so loudly.
    pub balanced: bool,
}

/// How bad a finding is; decides its mark beside [`FindingView::severity_label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeverityView {
    /// Worth knowing.
    #[default]
    Notice,
    /// Repaired or suspicious.
    Warning,
    /// Not used.
    Error,
}

/// All findings of one code.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FindingView {
    /// The frozen code.
    pub code: String,
    /// What it means, in one line.
    pub title: String,
    /// How bad.
    pub severity: SeverityView,
    /// `Fehler`.
    pub severity_label: String,
    /// How many, formatted.
    pub count: String,
    /// How to cure it at the source.
    pub cure: String,
    /// The first few.
    pub examples: Vec<FindingExample>,
}

/// One finding.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FindingExample {
    /// File, with sheet where there is one.
    pub file: String,
    /// Record number; empty where the whole file is meant.
    pub row: String,
    /// Column; may be empty.
    pub column: String,
    /// The offending value as delivered; may be empty.
    pub value: String,
    /// What is wrong.
    pub message: String,
    /// A hint; may be empty.
    pub hint: String,
}

/// Which months were delivered, per town or Kreis.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MatrixView {
    /// Unique on its page; letters, digits, `-`, `_`.
    pub id: String,
    /// What is counted: `Nutzung: gelieferte Monatswerte je Ort`.
    pub caption: String,
    /// Set where rows are Kreise because there are too many towns.
    pub summarised: bool,
    /// The columns grouped by year: heading and number of months.
    pub years: Vec<MatrixYear>,
    /// The months, as many as the years say together.
    pub months: Vec<MatrixMonth>,
    /// One row per town or Kreis.
    pub rows: Vec<MatrixRow>,
}

/// A year above the months of a matrix.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MatrixYear {
    /// `2025`.
    pub label: String,
    /// Number of months below it.
    pub months: u32,
}

/// A column of a matrix.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MatrixMonth {
    /// Printed: `3`.
    pub short: String,
    /// Spoken: `März 2025`.
    pub long: String,
}

/// A row of a matrix.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MatrixRow {
    /// Town or Kreis.
    pub label: Link,
    /// One per month.
    pub cells: Vec<Completeness>,
    /// All months together.
    pub total: Completeness,
}

/// Definitions.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GlossaryPage {
    /// The catalogue.
    pub kpis: Vec<KpiEntry>,
    /// Further terms; the signs are printed by the template.
    pub terms: Vec<TermEntry>,
}

/// A KPI of the catalogue. Empty texts are not printed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct KpiEntry {
    /// The id, also the anchor.
    pub id: String,
    /// The name.
    pub name: String,
    /// The formula in one line.
    pub formula: String,
    /// The numerator.
    pub numerator: String,
    /// The denominator.
    pub denominator: String,
    /// The unit.
    pub unit: String,
    /// How the interval is made.
    pub interval: String,
    /// From how many cases on the value is printed without a remark.
    pub minimum_n: String,
    /// What it does not say.
    pub caveat: String,
    /// Where the definition comes from.
    pub source: String,
}

/// A term and what it means.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TermEntry {
    /// The term.
    pub term: String,
    /// What it means.
    pub text: String,
}

/// The survey.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SurveyPage {
    /// Wave, field time, respondents, weighting.
    pub facts: Vec<Fact>,
    /// The most important sentences first.
    pub summary: Vec<Statement>,
    /// Key figures.
    pub tiles: Vec<Tile>,
    /// Need, awareness, usage.
    pub measures: Vec<SurveyRow>,
    /// The parts of the usage gap, which sum to it.
    pub gap: Vec<SurveyRow>,
    /// Why people did not use the online service.
    pub barriers: Vec<SurveyRow>,
    /// Charts.
    pub charts: Vec<ChartView>,
    /// Method in one line each.
    pub notes: Vec<String>,
}

/// An estimate of the survey.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SurveyRow {
    /// What was measured.
    pub label: String,
    /// Among whom: `Befragte mit Bedarf`; may be empty.
    pub base: String,
    /// The share with interval.
    pub share: Figure,
    /// Respondents behind it, unweighted.
    pub n: String,
}
