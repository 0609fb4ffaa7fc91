use serde::{Deserialize, Serialize};

/// The language of everything a reader sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// German, with German number and date formats.
    #[default]
    De,
    /// English.
    En,
}

impl Lang {
    /// The BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }
}

impl std::str::FromStr for Lang {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "de" => Ok(Self::De),
            "en" => Ok(Self::En),
            _ => Err("the languages are de and en"),
        }
    }
}

/// A fixed text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// German.
    pub de: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// A text from its two versions.
    #[must_use]
    pub const fn new(de: &'static str, en: &'static str) -> Self {
        Self { de, en }
    }

    /// The version in `lang`.
    #[must_use]
    pub const fn get(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::De => self.de,
            Lang::En => self.en,
        }
    }
}

/// An owned text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// German.
    pub de: String,
    /// English.
    pub en: String,
}

impl Label {
    /// A label from its two versions.
    pub fn new(de: impl Into<String>, en: impl Into<String>) -> Self {
        Self { de: de.into(), en: en.into() }
    }

    /// The version in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::De => &self.de,
            Lang::En => &self.en,
        }
    }
}

impl From<Text> for Label {
    fn from(text: Text) -> Self {
        Self::new(text.de, text.en)
    }
}

/// A text that is the same in both languages, such as a message of the operating system.
impl From<String> for Label {
    fn from(text: String) -> Self {
        Self { de: text.clone(), en: text }
    }
}

/// As from a `String`.
impl From<&str> for Label {
    fn from(text: &str) -> Self {
        Self::new(text, text)
    }
}

/// A [`Label`] from a German and an English format string with the same arguments.
macro_rules! say {
    ($de:literal, $en:literal $(, $argument:expr)* $(,)?) => {
        $crate::domain::Label::new(format!($de $(, $argument)*), format!($en $(, $argument)*))
    };
}
pub(crate) use say;
