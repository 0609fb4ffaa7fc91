//! Who may see what: between the estimates and everything a reader sees.
//!
//! Later stages accept only [`Protected`] values, and only this module makes them, so nothing
//! reaches a reader around it.
//!
//! For now there is one audience, the administration's own staff with its own numbers, for which
//! nothing is hidden. A public release needs primary and complementary suppression over all tables
//! at once; until that exists the public audience is refused instead of being half protected.

mod results;

use serde::{Deserialize, Serialize};

pub use results::Results;

use crate::domain::{Lang, Text, say};
use crate::{Error, Result};

/// Who reads the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// The administration's own staff.
    #[default]
    Internal,
    /// Everybody.
    Public,
}

impl Audience {
    /// Refuses an audience that cannot be protected.
    ///
    /// # Errors
    /// For [`Audience::Public`].
    pub fn check(self) -> Result<Self> {
        match self {
            Self::Internal => Ok(self),
            Self::Public => Err(Error::config(say!(
                "project.audience = \"public\" gibt es in dieser Version noch nicht",
                "project.audience = \"public\" is not available in this version"
            ))
            .hint(say!(
                "Kleine Zahlen ließen sich zurückrechnen; audience = \"internal\" angeben und nichts weitergeben.",
                "small numbers would be recoverable; use audience = \"internal\" and do not pass the output on"
            ))),
        }
    }

    /// What is printed on every page.
    #[must_use]
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Internal => Text::new(
                "Intern: nur für die eigene Verwaltung, nicht zur Weitergabe bestimmt",
                "Internal: for the administration's own staff, not for passing on",
            ),
            Self::Public => Text::new("Öffentlich", "Public"),
        }
        .get(lang)
    }
}

/// A value that its audience may see.
#[derive(Debug, Clone)]
pub struct Protected<T> {
    value: T,
    audience: Audience,
}

impl<T> Protected<T> {
    /// The value.
    #[must_use]
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The audience it is protected for.
    #[must_use]
    pub fn audience(&self) -> Audience {
        self.audience
    }
}

/// Protects `value` for `audience`.
///
/// # Errors
/// If the audience cannot be protected, see [`Audience::check`].
pub fn protect<T>(value: T, audience: Audience) -> Result<Protected<T>> {
    let audience = audience.check()?;
    Ok(Protected { value, audience })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_published_half_protected() {
        assert!(protect(1, Audience::Public).is_err());
        assert_eq!(*protect(1, Audience::Internal).unwrap().get(), 1);
    }
}
