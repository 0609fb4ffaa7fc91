use serde::{Deserialize, Serialize};

use super::{Lang, Text};

/// The way an application reaches the administration.
///
/// E-mail and fax are kept apart from `Other`: several administrations count them, and a
/// mailed PDF is not an online service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Through the online service.
    Online,
    /// On a paper form.
    Paper,
    /// In person at the counter.
    Counter,
    /// By telephone.
    Phone,
    /// By letter.
    Mail,
    /// By e-mail.
    Email,
    /// By fax.
    Fax,
    /// Any other way.
    Other,
    /// No channel: the number covers all channels together.
    All,
}

impl Channel {
    /// All channels in their fixed order.
    pub const ALL: [Self; 9] = [
        Self::Online,
        Self::Paper,
        Self::Counter,
        Self::Phone,
        Self::Mail,
        Self::Email,
        Self::Fax,
        Self::Other,
        Self::All,
    ];

    /// The name used in tables and configuration.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Paper => "paper",
            Self::Counter => "counter",
            Self::Phone => "phone",
            Self::Mail => "mail",
            Self::Email => "email",
            Self::Fax => "fax",
            Self::Other => "other",
            Self::All => "all",
        }
    }

    /// The name a reader sees.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        let text = match self {
            Self::Online => Text::new("online", "online"),
            Self::Paper => Text::new("Papier", "paper"),
            Self::Counter => Text::new("vor Ort", "in person"),
            Self::Phone => Text::new("Telefon", "phone"),
            Self::Mail => Text::new("Post", "mail"),
            Self::Email => Text::new("E-Mail", "e-mail"),
            Self::Fax => Text::new("Fax", "fax"),
            Self::Other => Text::new("sonstige", "other"),
            Self::All => Text::new("alle Wege", "all channels"),
        };
        text.get(lang)
    }

    /// Reads an id or a usual German or English name; `None` if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        Some(match lower.as_str() {
            "online" | "digital" | "elektronisch" | "web" | "internet" => Self::Online,
            "paper" | "papier" | "schriftlich" | "formular" => Self::Paper,
            "counter" | "vor ort" | "schalter" | "persönlich" | "in person" | "in_person" | "bürgerbüro" => {
                Self::Counter
            }
            "phone" | "telefon" | "telefonisch" => Self::Phone,
            "mail" | "post" | "postalisch" | "brief" => Self::Mail,
            "email" | "e-mail" => Self::Email,
            "fax" => Self::Fax,
            "other" | "sonstige" | "sonstiges" | "andere" => Self::Other,
            "all" | "gesamt" | "insgesamt" | "alle" => Self::All,
            _ => return None,
        })
    }
}

/// What was counted. Stages are units: they are never added to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// A page was shown.
    PageView,
    /// A visit of the service's page.
    Visit,
    /// A form was opened.
    FormStart,
    /// An application was submitted.
    FormSubmit,
    /// A case was decided.
    Completed,
    /// All cases of the service, through every channel.
    CaseTotal,
}

impl Stage {
    /// All stages in their fixed order.
    pub const ALL: [Self; 6] =
        [Self::PageView, Self::Visit, Self::FormStart, Self::FormSubmit, Self::Completed, Self::CaseTotal];

    /// The name used in tables and configuration.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::PageView => "page_view",
            Self::Visit => "visit",
            Self::FormStart => "form_start",
            Self::FormSubmit => "form_submit",
            Self::Completed => "completed",
            Self::CaseTotal => "case_total",
        }
    }

    /// The name a reader sees, in the plural.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        let text = match self {
            Self::PageView => Text::new("Seitenaufrufe", "page views"),
            Self::Visit => Text::new("Besuche", "visits"),
            Self::FormStart => Text::new("begonnene Formulare", "forms started"),
            Self::FormSubmit => Text::new("Anträge", "applications"),
            Self::Completed => Text::new("abgeschlossene Fälle", "completed cases"),
            Self::CaseTotal => Text::new("Fälle insgesamt", "cases in total"),
        };
        text.get(lang)
    }

    /// Whether `text` names unique visitors. They are no stage: who comes in two months is one
    /// visitor in each and one in both together, so that no sum over periods, services or areas
    /// is right.
    #[must_use]
    pub fn means_unique_visitors(text: &str) -> bool {
        let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        plain == "uniques"
            || (has(&["eindeutig", "unique", "uniq"]) && has(&["besuch", "nutzer", "nutzend", "visit", "user"]))
    }

    /// Reads an id; `None` if it is none. Stages have no synonyms: the user declares them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.into_iter().find(|stage| stage.id() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unique_visitors_are_no_stage() {
        let names = ["unique_visitors", "Eindeutige Besucher", "nb_uniq_visitors", "Unique Users", "uniques"];
        for name in names {
            assert!(Stage::means_unique_visitors(name), "{name}");
            assert_eq!(Stage::parse(name), None, "{name}");
        }
        for name in ["visit", "Besuche", "Seitenansichten", "eindeutige Seitenansichten", "nb_visits"] {
            assert!(!Stage::means_unique_visitors(name), "{name}");
        }
    }
}
