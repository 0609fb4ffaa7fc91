use chrono::NaiveDate;

use crate::domain::Channel;

/// What a contact is: decides how a letter is cut and worded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// An office within an administration.
    Department,
    /// Whoever runs a form server or a specialist system, for many administrations.
    Vendor,
    /// A municipality: its letter never holds a number of another one.
    Town,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Department, Self::Vendor, Self::Town];

    /// The name used in tables and configuration.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Department => "department",
            Self::Vendor => "vendor",
            Self::Town => "town",
        }
    }
}

/// Whoever answers for numbers. An empty list sets no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The office.
    pub name: String,
    /// Its address.
    pub email: Option<String>,
    /// What it is.
    pub role: Role,
    /// Area keys.
    pub areas: Vec<String>,
    /// Service keys.
    pub services: Vec<String>,
    /// Names of sources: only numbers that such a source delivered in other months.
    pub sources: Vec<String>,
    /// Channels.
    pub channels: Vec<Channel>,
}

/// How missing numbers are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSpec {
    /// Whether requests are written.
    pub enabled: bool,
    /// Who signs; may have several lines.
    pub sender: Option<String>,
    /// The address to which the numbers come back.
    pub sender_email: Option<String>,
    /// The day by which they are needed.
    pub deadline: Option<NaiveDate>,
    /// How many months before the end of the reference period are looked at; `None` = the
    /// reference period and the one before.
    pub months: Option<u16>,
    /// With more requests than this only the overview is written.
    pub at_most: usize,
    /// Contacts: the first that fits a number is asked for it.
    pub contacts: Vec<Contact>,
}

impl Default for RequestSpec {
    fn default() -> Self {
        Self {
            enabled: true,
            sender: None,
            sender_email: None,
            deadline: None,
            months: None,
            at_most: 500,
            contacts: Vec::new(),
        }
    }
}
