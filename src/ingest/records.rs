//! What the sources say, typed and keyed: areas and services as dense numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::spec::{Absent, QuestionMeasure};
use crate::domain::{CellState, Channel, Month, Period, Stage};

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
    /// Units that only the territory changes know, numbered behind the areas.
    former: Vec<Area>,
    former_index: HashMap<String, u32>,
    /// By name, and by the part of it before a comma (`Aheim, Stadt`).
    names: HashMap<String, Vec<u32>>,
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
        let mut names: HashMap<String, Vec<u32>> = HashMap::new();
        for (area, id) in areas.iter().zip(0u32..) {
            names.entry(area.name.clone()).or_default().push(id);
            if let Some((short, _)) = area.name.split_once(',') {
                names.entry(short.trim_end().to_owned()).or_default().push(id);
            }
        }
        Self { areas, index, names, ..Self::default() }
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

    /// As [`Self::find`], also for a key that only the territory changes know. Nothing is ever shown of
    /// such a unit: its numbers count for its successors.
    #[must_use]
    pub fn find_ever(&self, key: &str) -> Option<u32> {
        self.find(key).or_else(|| self.former_index.get(key).copied())
    }

    /// Gives those of `keys` a number that the register does not have.
    pub fn add_former<'k>(&mut self, keys: impl IntoIterator<Item = &'k str>) {
        for key in keys {
            if self.find_ever(key).is_none() {
                let Ok(id) = u32::try_from(self.areas.len() + self.former.len()) else { return };
                self.former_index.insert(key.to_owned(), id);
                self.former.push(Area { key: key.to_owned(), ..Area::default() });
            }
        }
    }

    /// Whether `id` is a unit that the register does not have.
    #[must_use]
    pub fn is_former(&self, id: u32) -> bool {
        id as usize >= self.areas.len()
    }

    /// How many dense numbers there are, those of former units included.
    #[must_use]
    pub fn ids(&self) -> usize {
        self.areas.len() + self.former.len()
    }

    /// [`Self::territorial_date`] as a date.
    #[must_use]
    pub fn territorial_day(&self) -> Option<NaiveDate> {
        self.territorial_date.as_ref().and_then(|date| date.parse().ok())
    }

    /// The areas called `name`, in key order: to suggest keys, never to join by.
    #[must_use]
    pub fn named(&self, name: &str) -> &[u32] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The area with dense number `id`.
    #[must_use]
    pub fn area(&self, id: u32) -> &Area {
        let id = id as usize;
        self.areas.get(id).unwrap_or_else(|| &self.former[id - self.areas.len()])
    }
}

/// A unit, or a share of it, becomes part of another one or of itself under a new key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TerritoryChange {
    /// Dense number of the old unit.
    pub from: u32,
    /// Dense number of the new unit; the old one for the part that it keeps.
    pub to: u32,
    /// The first day of the new territory.
    pub date: NaiveDate,
    /// How much of the old unit, above 0 and at most 1.
    pub share: f64,
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
    /// Key of the service that this one is a part of, where the catalogue states it.
    pub parent: Option<String>,
}

/// All services, sorted by key; the position is the dense number.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    services: Vec<Service>,
    index: HashMap<String, u32>,
    parents: Vec<Option<u32>>,
}

impl Catalogue {
    /// A catalogue from services with unique keys.
    ///
    /// A LeiKa key is part of the nearest level above it that the catalogue has; where there is
    /// none, and for every other key, a service is part of the one that it states as its parent. A
    /// stated parent that the catalogue does not have, or that is itself part of the service, is no
    /// parent: see [`Self::unusable_parents`].
    #[must_use]
    pub fn new(mut services: Vec<Service>) -> Self {
        services.sort_by(|a, b| a.key.cmp(&b.key));
        let index: HashMap<String, u32> =
            services.iter().zip(0u32..).map(|(service, i)| (service.key.clone(), i)).collect();
        let mut catalogue = Self { parents: vec![None; services.len()], services, index };
        for at in 0..catalogue.services.len() {
            let service = &catalogue.services[at];
            let implied = leika_levels(&service.key).into_iter().flatten().find_map(|key| catalogue.find(&key));
            let stated = || service.parent.as_ref().and_then(|key| catalogue.find(key));
            let parent = implied.or_else(stated);
            let own = u32::try_from(at).unwrap_or(u32::MAX);
            catalogue.parents[at] =
                parent.filter(|&parent| parent != own && !catalogue.ancestors(parent).any(|id| id == own));
        }
        catalogue
    }

    /// The service that `id` is directly part of.
    #[must_use]
    pub fn parent(&self, id: u32) -> Option<u32> {
        self.parents[id as usize]
    }

    /// The services that `id` is part of, from the nearest to the topmost.
    pub fn ancestors(&self, id: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// Services whose stated parent is unknown or closes a circle.
    pub fn unusable_parents(&self) -> impl Iterator<Item = &Service> {
        let both = self.services.iter().zip(&self.parents);
        both.filter(|(service, parent)| service.parent.is_some() && parent.is_none()).map(|(service, _)| service)
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

/// The keys of the levels above a LeiKa key (`99`, group, object, procedure and detail of 3 digits
/// each), the nearest first: the procedure without detail, the object without procedure.
fn leika_levels(key: &str) -> [Option<String>; 2] {
    if key.len() != 14 || !key.starts_with("99") || !key.bytes().all(|b| b.is_ascii_digit()) {
        return [None, None];
    }
    let above = |digits: usize| Some(format!("{:0<14}", &key[..digits])).filter(|level| level != key);
    [above(11), above(8)]
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

/// A rejected record that was delivered all the same: what it counts is unknown, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lost {
    /// The source that delivered it.
    pub source: u16,
    /// Dense area number.
    pub area: u32,
    /// Dense service number.
    pub service: u32,
    /// When; `None` if that cannot be read: any month.
    pub period: Option<Period>,
    /// What; `None` if that cannot be read: anything that the source counts here.
    pub measure: Option<Measure>,
    /// Whether what else was delivered for the month does not tell its number either.
    pub partial: bool,
}

/// What somebody wrote into the comment field of a feedback button.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Comment {
    /// Dense area number.
    pub area: u32,
    /// Dense service number.
    pub service: u32,
    /// The month: the day could tell who wrote.
    pub month: Month,
    /// Where the button stands.
    pub place: FeedbackPlace,
    /// The scale.
    pub scale: Scale,
    /// The vote: 1 yes, 2 partly, 3 no; or the number of stars.
    pub answer: u8,
    /// The text: masked, and cut if it is very long.
    pub text: String,
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
    /// A point on the scale of a rating.
    Rating(i16),
}

/// A question with its service resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodebookItem {
    /// What it measures.
    pub measure: QuestionMeasure,
    /// Dense service number; `None` = online services in general.
    pub service: Option<u32>,
    /// What is rated; `None` for any other measure.
    pub rating: Option<Rating>,
}

/// A rating question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The question: its column as the codebook names it.
    pub question: String,
    /// Lowest and highest point.
    pub scale: [i16; 2],
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
    /// Changes of territory, sorted by date and keys.
    pub changes: Vec<TerritoryChange>,
    /// Cells (area, service, period, measure) with a number that was delivered for another territory.
    pub rebased: HashSet<(u32, u32, Period, Measure)>,
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
    /// What rejected records leave unknown, each once.
    pub lost: Vec<Lost>,
    /// Comments, sorted: their order does not tell which came first.
    pub comments: Vec<Comment>,
    /// Surveys.
    pub surveys: Vec<Survey>,
    /// Names and absence rules of the sources, by source number.
    pub sources: Vec<(String, Absent)>,
}
