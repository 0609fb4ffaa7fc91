//! What the sources say, typed and keyed: areas and services as dense numbers.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::spec::{Absent, QuestionMeasure};
use crate::domain::{CellState, Channel, Period, Stage};

/// An area of the register: a municipality, an organisation, whatever the register lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Area {
    /// Key as text: for German municipalities the AGS with 8 digits.
    pub key: String,
    /// Name; not unique.
    pub name: String,
    /// Inhabitants; `None` if the register does not say, 0 is a true zero.
    pub population: Option<u64>,
    /// Area in square kilometres.
    pub area_km2: Option<f64>,
    /// Key of the Land (or the top level in use).
    pub land: String,
    /// Key of the Kreis (or the middle level in use).
    pub kreis: String,
    /// Type, for example `Stadt`.
    pub kind: String,
    /// Degree of urbanisation as the register words it.
    pub urbanity: String,
    /// Further columns kept by the configuration.
    pub attributes: BTreeMap<String, String>,
}

/// All areas, sorted by key; the position is the dense number.
#[derive(Debug, Clone, Default)]
pub struct Register {
    areas: Vec<Area>,
    index: HashMap<String, u32>,
    /// Names of Länder and Kreise by key.
    pub region_names: BTreeMap<String, String>,
    /// Territorial date `YYYY-MM-DD` where the register states one.
    pub territorial_date: Option<String>,
}

impl Register {
    /// A register from areas with unique keys.
    #[must_use]
    pub fn new(mut areas: Vec<Area>) -> Self {
        areas.sort_by(|a, b| a.key.cmp(&b.key));
        let index = areas.iter().zip(0u32..).map(|(area, i)| (area.key.clone(), i)).collect();
        Self { areas, index, region_names: BTreeMap::new(), territorial_date: None }
    }

    /// The areas in key order.
    #[must_use]
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The dense number of `key`.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<u32> {
        self.index.get(key).copied()
    }

    /// The area with dense number `id`.
    #[must_use]
    pub fn area(&self, id: u32) -> &Area {
        &self.areas[id as usize]
    }
}

/// A service of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// Key as text.
    pub key: String,
    /// Name.
    pub name: String,
    /// Field of life (`Themenfeld`), empty if unknown.
    pub field: String,
}

/// All services, sorted by key; the position is the dense number.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    services: Vec<Service>,
    index: HashMap<String, u32>,
}

impl Catalogue {
    /// A catalogue from services with unique keys.
    #[must_use]
    pub fn new(mut services: Vec<Service>) -> Self {
        services.sort_by(|a, b| a.key.cmp(&b.key));
        let index = services.iter().zip(0u32..).map(|(service, i)| (service.key.clone(), i)).collect();
        Self { services, index }
    }

    /// The services in key order.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The dense number of `key`.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<u32> {
        self.index.get(key).copied()
    }

    /// The service with dense number `id`.
    #[must_use]
    pub fn service(&self, id: u32) -> &Service {
        &self.services[id as usize]
    }
}

/// What an area offers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// Dense area number.
    pub area: u32,
    /// Dense service number.
    pub service: u32,
    /// Whether the area has to offer it; `None` if not stated.
    pub owed: Option<bool>,
    /// First day online.
    pub live_from: Option<NaiveDate>,
    /// Last day online.
    pub live_to: Option<NaiveDate>,
    /// Level within `maturity_model`.
    pub maturity: Option<String>,
    /// Name of the maturity model; levels of different models are never compared.
    pub maturity_model: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// Taken over from another administration (`Einer für Alle`).
    pub efa: Option<bool>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Dense area number; `None` = all areas.
    pub area: Option<u32>,
    /// Dense service number; `None` = all services.
    pub service: Option<u32>,
    /// Kind, for example `participation`, `campaign`, `training`, `outage`.
    pub kind: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: Option<NaiveDate>,
    /// Cost in the currency of the project.
    pub cost: Option<f64>,
    /// A short name.
    pub label: String,
}

/// A value to be reached by a date.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Dense area number; `None` = all.
    pub area: Option<u32>,
    /// Dense service number; `None` = all together.
    pub service: Option<u32>,
    /// KPI id.
    pub measure: String,
    /// The date.
    pub date: NaiveDate,
    /// The value, in the KPI's unit (a share between 0 and 1).
    pub value: f64,
    /// A short name.
    pub label: String,
}

/// Where a feedback button stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedbackPlace {
    /// On every page.
    Page,
    /// At the end of a form.
    FormEnd,
}

/// The scale of a feedback button; scales are never averaged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scale {
    /// Yes or no.
    Binary,
    /// Yes, partly or no.
    ThreeWay,
    /// One to five stars.
    Stars,
}

/// What happened to the cases of the `work` source; values are sums over the cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkItem {
    /// Number of cases observed.
    Cases,
    /// Minutes of handling.
    HandlingMinutes,
    /// Days from receipt to decision.
    ThroughputDays,
    /// Follow-up questions.
    Queries,
    /// Cases typed in a second time.
    Rekeyed,
}

/// What a cell of the panel counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Use of the service.
    Count(Stage, Channel),
    /// Votes with this answer: 1 yes, 2 partly, 3 no; or the number of stars.
    Feedback(FeedbackPlace, Scale, u8),
    /// Votes with a comment.
    Comments,
    /// Working times.
    Work(WorkItem, Channel),
}

/// One number of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Dense area number.
    pub area: u32,
    /// Dense service number.
    pub service: u32,
    /// When.
    pub period: Period,
    /// What.
    pub measure: Measure,
    /// State of the cell.
    pub state: CellState,
    /// The number where observed, else 0.
    pub value: i64,
    /// The source that delivered it.
    pub source: u16,
}

/// A respondent's answers: one slot per question of the codebook.
#[derive(Debug, Clone, PartialEq)]
pub struct Respondent {
    /// The wave, as text.
    pub wave: String,
    /// Dense area number where known.
    pub area: Option<u32>,
    /// Design weight, above 0.
    pub weight: f64,
    /// Stratum, empty if none.
    pub stratum: String,
    /// Primary sampling unit, empty if each respondent is one.
    pub psu: String,
    /// Answers in codebook order.
    pub answers: Vec<Answer>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Not asked or not answered.
    None,
    /// Yes.
    Yes,
    /// No.
    No,
    /// A code of a single-choice question.
    Code(String),
}

/// A question with its service resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodebookItem {
    /// What it measures.
    pub measure: QuestionMeasure,
    /// Dense service number; `None` = online services in general.
    pub service: Option<u32>,
}

/// A survey: its codebook and its respondents.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Survey {
    /// Name of the source.
    pub source: String,
    /// The questions.
    pub codebook: Vec<CodebookItem>,
    /// The respondents.
    pub respondents: Vec<Respondent>,
}

/// Everything that was read.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// The register.
    pub register: Register,
    /// The service catalogue.
    pub catalogue: Catalogue,
    /// Offers, sorted by area and service.
    pub offers: Vec<Offer>,
    /// Events in the order delivered.
    pub events: Vec<Event>,
    /// Targets in the order delivered.
    pub targets: Vec<Target>,
    /// Numbers for the panel, in no particular order.
    pub facts: Vec<Fact>,
    /// Surveys.
    pub surveys: Vec<Survey>,
    /// Names and absence rules of the sources, by source number.
    pub sources: Vec<(String, Absent)>,
}
