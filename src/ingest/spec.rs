//! The settings of one source as written in `resonanz.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::outcome::KEPT_QUARANTINE;

use crate::domain::{Month, Period};

/// What a source contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Areas: keys, names, population.
    Register,
    /// Changes of territory: mergers, splits, new keys.
    Territory,
    /// The service catalogue.
    Services,
    /// Which area offers which service since when.
    Offer,
    /// Counts of use.
    Usage,
    /// Results of the feedback buttons.
    Feedback,
    /// Respondents of a survey.
    Survey,
    /// Launches, campaigns, participation.
    Events,
    /// Handling times and queries.
    Work,
    /// Values to be reached by a date.
    Targets,
}

impl SourceKind {
    /// All kinds in the order in which they must be read.
    pub const ALL: [Self; 10] = [
        Self::Register,
        Self::Territory,
        Self::Services,
        Self::Offer,
        Self::Events,
        Self::Targets,
        Self::Usage,
        Self::Feedback,
        Self::Work,
        Self::Survey,
    ];

    /// The name used in configuration and tables.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Territory => "territory",
            Self::Services => "services",
            Self::Offer => "offer",
            Self::Usage => "usage",
            Self::Feedback => "feedback",
            Self::Survey => "survey",
            Self::Events => "events",
            Self::Work => "work",
            Self::Targets => "targets",
        }
    }
}

/// The file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Delimited text.
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// Apache Parquet.
    Parquet,
    /// An array of flat JSON objects, or a delivery to the EU Single Digital Gateway.
    Json,
    /// The official German municipality register, fixed width.
    Gv100ad,
    /// The official German municipality register as a workbook (`Auszug GV`).
    AuszugGv,
}

/// How a text file is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// `utf-8` (a byte order mark is allowed) or `windows-1252`.
    pub encoding: String,
    /// One character between fields.
    pub delimiter: char,
    /// The decimal sign: `,` or `.`; the other one separates thousands.
    pub decimal: char,
    /// The quote character.
    pub quote: char,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { encoding: "utf-8".into(), delimiter: ',', decimal: '.', quote: '"' }
    }
}

/// How records and numbers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One number per record.
    #[default]
    Long,
    /// Several numbers per record, told apart by their column header.
    Wide,
    /// Each record is one case and counts 1.
    OneRowPerCase,
}

/// What happens to a second record with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicate {
    /// The first stays, the later one is an error and counts towards the error budget.
    #[default]
    Reject,
    /// The first stays, the later one is expected and does not count towards the budget.
    First,
    /// The later one replaces the first.
    Replace,
}

/// What an absent month of a delivered series means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The number is missing.
    #[default]
    Missing,
    /// The system leaves empty months out: nothing happened.
    Zero,
}

/// What a date in the period column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// For that day.
    #[default]
    Day,
    /// For its month: workbooks keep `Januar 2025` as the date 01.01.2025.
    Month,
}

/// Which of the first two numbers of `03/04/2025` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// The 3rd of April.
    DayFirst,
    /// The 4th of March.
    MonthFirst,
}

/// The only form in which a file writes its dates or months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateFormat {
    /// `2025-03-17`
    #[serde(rename = "YYYY-MM-DD")]
    Day,
    /// `2025-03`
    #[serde(rename = "YYYY-MM")]
    Month,
    /// `17.03.2025`
    #[serde(rename = "DD.MM.YYYY")]
    GermanDay,
    /// `2025-03-17T08:15:00`
    #[serde(rename = "YYYY-MM-DDTHH:MM:SS")]
    Time,
    /// `2025-03-17 08:15:00`
    #[serde(rename = "YYYY-MM-DD HH:MM:SS")]
    SpacedTime,
}

/// How the name of a file tells when it was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryDate {
    /// `2025-03-17`
    #[serde(rename = "YYYY-MM-DD")]
    Day,
    /// `2025-03`
    #[serde(rename = "YYYY-MM")]
    Month,
    /// `20250317`
    #[serde(rename = "YYYYMMDD")]
    PackedDay,
    /// `202503`
    #[serde(rename = "YYYYMM")]
    PackedMonth,
    /// `17.03.2025`
    #[serde(rename = "DD.MM.YYYY")]
    GermanDay,
}

impl DeliveryDate {
    /// The form as the configuration writes it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Day => "YYYY-MM-DD",
            Self::Month => "YYYY-MM",
            Self::PackedDay => "YYYYMMDD",
            Self::PackedMonth => "YYYYMM",
            Self::GermanDay => "DD.MM.YYYY",
        }
    }

    /// The only date in this form in `name`, as year, month and day (0 in a form without days); `None` if there is
    /// none, or one date and another. A part of a longer number or date is none.
    #[must_use]
    pub fn find(self, name: &str) -> Option<(u32, u32, u32)> {
        let (name, form) = (name.as_bytes(), self.id().as_bytes());
        let mut found = None;
        for from in 0..(name.len() + 1).saturating_sub(form.len()) {
            let to = from + form.len();
            let Some(date) = read_date(&name[from..to], form) else { continue };
            let digit = |at: Option<usize>| at.and_then(|at| name.get(at)).is_some_and(u8::is_ascii_digit);
            let of_a_day = self == Self::Month && name.get(to) == Some(&b'-') && digit(Some(to + 1));
            if digit(from.checked_sub(1)) || digit(Some(to)) || of_a_day {
                continue;
            }
            if found.is_some_and(|other| other != date) {
                return None;
            }
            found = Some(date);
        }
        found
    }
}

/// The date that `text` is if it has this `form` and there is such a day.
fn read_date(text: &[u8], form: &[u8]) -> Option<(u32, u32, u32)> {
    let (mut year, mut month, mut day) = (0, 0, 0);
    for (&byte, &sign) in text.iter().zip(form) {
        let number = match sign {
            b'Y' => &mut year,
            b'M' => &mut month,
            b'D' => &mut day,
            sign if sign == byte => continue,
            _ => return None,
        };
        *number = 10 * *number + char::from(byte).to_digit(10)?;
    }
    let days = Month::new(year.cast_signed(), month)?.days();
    let fits = !form.contains(&b'D') || (1..=days).contains(&day);
    (fits && (1900..2200).contains(&year)).then_some((year, month, day))
}

/// The months that a source is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first.
    pub from: Month,
    /// The last.
    pub until: Month,
}

impl Window {
    /// Whether `period` lies in it.
    #[must_use]
    pub fn holds(&self, period: Period) -> bool {
        self.from <= period.start && period.end() <= self.until
    }
}

/// One file pattern or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Files {
    /// One pattern.
    One(String),
    /// Several patterns, read in this order.
    Many(Vec<String>),
}

impl Files {
    /// The patterns.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        match self {
            Self::One(pattern) => std::slice::from_ref(pattern),
            Self::Many(patterns) => patterns,
        }
    }
}

/// A rule for the columns of a wide table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WideRule {
    /// The column header, with `{period}`, `{channel}`, `{stage}` where these stand in it.
    pub pattern: String,
    /// Fields that the header does not say.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
}

/// What a survey question measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionMeasure {
    /// Had a reason to use the service in the period asked for.
    Need,
    /// Knows that it can be done online.
    Awareness,
    /// Did it online.
    Usage,
    /// The reason for not doing it online.
    Barrier,
    /// A point on a scale of whole numbers, higher is better.
    Rating,
}

/// One line of the codebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The column header.
    pub column: String,
    /// What it measures.
    pub measure: QuestionMeasure,
    /// The service it asks about; absent for online services in general.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Answers that mean yes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yes: Vec<String>,
    /// Answers that mean no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no: Vec<String>,
    /// Answers of a single-choice question and their codes; of a rating the texts that stand for a point.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// Lowest and highest point of a rating; [`Self::points`] says what holds where nothing is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<[i16; 2]>,
}

impl Question {
    /// Lowest and highest point of a rating, 1 and 5 unless stated; `None` for any other measure.
    #[must_use]
    pub fn points(&self) -> Option<[i16; 2]> {
        (self.measure == QuestionMeasure::Rating).then(|| self.scale.unwrap_or([1, 5]))
    }
}

/// One `[[source]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// A name that findings and tables refer to.
    pub name: String,
    /// What it contains.
    pub kind: SourceKind,
    /// Files relative to the configuration; `*` and `?` are allowed.
    pub files: Files,
    /// The date of delivery in the names of the files: they are read in its order, those of one date by path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryDate>,
    /// The format; told by the file's ending if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// How text is written.
    #[serde(default)]
    pub dialect: Dialect,
    /// Sheet of a workbook; the first if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The line (or sheet row) with the column names, from 1.
    #[serde(default = "one")]
    pub header_row: u32,
    /// Rows that the column names take up; the names of merged cells are joined from top to bottom.
    #[serde(default = "one")]
    pub header_rows: u32,
    /// How records and numbers relate.
    #[serde(default)]
    pub layout: Layout,
    /// Field -> column header.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Field -> value for every record.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// Field -> raw value -> value.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Columns of a wide table.
    #[serde(default)]
    pub wide: Vec<WideRule>,
    /// Further columns of a register kept as attributes of the area.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// The codebook of a survey.
    #[serde(default)]
    pub question: Vec<Question>,
    /// Texts that mean "not provided"; the empty cell always does.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Texts that mean "not applicable".
    #[serde(default)]
    pub not_applicable: Vec<String>,
    /// Texts that mean "hidden by the deliverer".
    #[serde(default)]
    pub suppressed: Vec<String>,
    /// Field -> unit of its numbers, where it is not the field's own: `seconds`, `days`, ...
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// Maturity model -> its levels, lowest first.
    #[serde(default)]
    pub maturity_models: BTreeMap<String, Vec<String>>,
    /// Second record with the same key.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// Meaning of an absent month; [`Self::absent`] says what holds where nothing is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<Absent>,
    /// Whether comments are kept (masked, in the internal folder) or only counted.
    #[serde(default = "yes")]
    pub keep_comments: bool,
    /// Whether a lost leading zero of a key is restored (with a finding).
    #[serde(default = "yes")]
    pub repair: bool,
    /// Rejected records that are kept as they were delivered; beyond it they are only counted.
    #[serde(default = "kept", skip_serializing_if = "is_kept")]
    pub quarantine_limit: usize,
    /// Share of records that may be quarantined before the run stops, 0 to 1.
    #[serde(default = "five_percent")]
    pub error_budget: f64,
    /// What a date in the period column stands for.
    #[serde(default)]
    pub grain: Grain,
    /// How dates with slashes are read; without it they are refused, because nobody can tell the
    /// day from the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// The form of every date or month; without it, all forms are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_format: Option<DateFormat>,
    /// Records of other months are set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Whether the file keeps to a fixed interface, so that every text counts as it stands: nothing is trimmed
    /// or taken for a heading, sum or footnote; a field with `values` has no others; an empty count is an
    /// error unless `missing` lists it.
    #[serde(default)]
    pub exact: bool,
    /// Of territory changes the last day that counts, from `[period]`.
    #[serde(skip)]
    pub territorial_date: Option<chrono::NaiveDate>,
    /// First month (1 to 12) of a business year such as `2023-2024`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_year_from: Option<u32>,
}

impl SourceSpec {
    /// A source in `files` of which nothing is stated but a name.
    pub(crate) fn blank(name: String, files: &str) -> Self {
        Self {
            name,
            kind: SourceKind::Usage,
            files: Files::One(files.to_owned()),
            delivery: None,
            format: None,
            dialect: Dialect::default(),
            sheet: None,
            header_row: 1,
            header_rows: 1,
            layout: Layout::default(),
            columns: BTreeMap::new(),
            constants: BTreeMap::new(),
            values: BTreeMap::new(),
            wide: Vec::new(),
            attributes: Vec::new(),
            question: Vec::new(),
            missing: Vec::new(),
            not_applicable: Vec::new(),
            suppressed: Vec::new(),
            units: BTreeMap::new(),
            maturity_models: BTreeMap::new(),
            on_duplicate: OnDuplicate::default(),
            absent: None,
            keep_comments: true,
            quarantine_limit: KEPT_QUARANTINE,
            date_format: None,
            window: None,
            exact: false,
            repair: true,
            error_budget: 0.05,
            grain: Grain::default(),
            date_order: None,
            territorial_date: None,
            business_year_from: None,
        }
    }

    /// What an absent month means: the number is missing unless the source states otherwise.
    #[must_use]
    pub fn absent(&self) -> Absent {
        self.absent.unwrap_or_default()
    }
}

fn one() -> u32 {
    1
}

fn kept() -> usize {
    KEPT_QUARANTINE
}

fn is_kept(limit: &usize) -> bool {
    *limit == KEPT_QUARANTINE
}

fn yes() -> bool {
    true
}

fn five_percent() -> f64 {
    0.05
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_delivery_is_the_only_one_in_its_form() {
        use DeliveryDate::*;
        for (form, name, date) in [
            (Day, "faelle_2025-03-17.csv", Some((2025, 3, 17))),
            (Day, "faelle_2025-02_geliefert_2025-03-17T0815.csv", Some((2025, 3, 17))),
            (Day, "2025-03-17_2025-03-17.csv", Some((2025, 3, 17))),
            (Day, "2025-03-17_2025-03-18.csv", None),
            (Day, "faelle-1-2025-03-17-neu.csv", Some((2025, 3, 17))),
            (Day, "2025-02-29.csv", None),
            (Day, "2025-03.csv", None),
            (Month, "faelle-2025-03.csv", Some((2025, 3, 0))),
            (Month, "2025-03-17.csv", None),
            (Month, "12025-03.csv", None),
            (PackedDay, "export20250317.csv", Some((2025, 3, 17))),
            (PackedDay, "export202503171.csv", None),
            (PackedDay, "20250317-20250318.csv", None),
            (PackedMonth, "202503-korrektur.csv", Some((2025, 3, 0))),
            (PackedMonth, "20250317.csv", None),
            (GermanDay, "17.03.2025 Größe.csv", Some((2025, 3, 17))),
            (GermanDay, "", None),
        ] {
            assert_eq!(form.find(name), date, "{} in {name}", form.id());
        }
    }
}
