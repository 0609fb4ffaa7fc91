//! Who may see what: between the estimates and everything a reader sees.
//!
//! Later stages accept only [`Protected`] values, and only this module makes them, so nothing
//! reaches a reader around it.
//!
//! For the administration's own staff nothing is hidden. A public release hides counts from 1 to
//! below [`DisclosureSpec::minimum`], first by coarsening: a service of an area whose months are too
//! small is shown by quarter, then for the whole period, then only within Kreis, Land, size class and
//! the other groups. What is hidden must not be computed from what is shown, so further rows are
//! hidden until every hidden number could have been another one (`system`, `exchange`, `search`). One
//! mask holds for all outputs of a run: intervals, ranks, comparisons, charts and sentences are made
//! from the rows that it shows, and what was delivered does not travel on (`release`).
//!
//! Minutes and days are no counts, but where they are hidden nobody must compute them either; of
//! groups they are shown only if enough towns and cases carry them. The cases behind them are often
//! the ones counted elsewhere: whoever takes them for the same finds no hidden count.
//!
//! At any size, of a village or of a country, every hidden number has another value that leaves all
//! published sums as they are: no algebra computes it. For counts from 1 to below the minimum that
//! other value is also one that could have been delivered (no case too few, and the same rows too
//! small), if the search finds it. It looks at all towns of the same groups, and beyond them at those
//! kinds of towns that share most groups (`search` says how many). Where it finds none, whoever knows
//! the rules of hiding and that no count is negative may find the number; algebra still does not.
//!
//! Not promised: that a hidden number cannot be narrowed down (a town hidden beside another one with
//! a known sum has at most that sum; as no count is negative, the limits may meet), that zero stays
//! unknown, that two releases with different settings or data hide together what each of them hides,
//! that more than two surveys of the same people are checked together, and that whoever knows one
//! hidden number learns no other.

mod exchange;
mod mask;
mod release;
mod results;
mod search;
mod surveys;
mod system;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use mask::Mask;
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

/// How a public release is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DisclosureSpec {
    /// The smallest count above zero that a public release shows.
    pub minimum: u64,
}

impl Default for DisclosureSpec {
    fn default() -> Self {
        Self { minimum: 3 }
    }
}

impl DisclosureSpec {
    /// Refuses settings that protect nothing.
    ///
    /// # Errors
    /// If the minimum is below 3: hidden numbers of one possible value are no secret.
    pub fn check(self) -> Result<Self> {
        if self.minimum >= 3 {
            return Ok(self);
        }
        Err(Error::config(say!(
            "disclosure.minimum = {} schützt nicht: Was gesperrt ist, hätte nur einen möglichen Wert",
            "disclosure.minimum = {} does not protect: what is hidden would have one possible value only",
            self.minimum
        ))
        .hint(say!(
            "Üblich ist 3: Anzahlen von 1 und 2 werden gesperrt. Für die eigene Verwaltung project.audience = \"internal\".",
            "3 is usual: counts of 1 and 2 are hidden. For your own staff use project.audience = \"internal\"."
        )))
    }
}

/// How a release was protected, for those who read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection {
    /// The smallest count above zero that is shown.
    pub minimum: u64,
}

/// What `audience` may see of `results`.
#[must_use]
pub fn protect(results: Results, audience: Audience, spec: &DisclosureSpec) -> Protected<Results> {
    let value = match audience {
        Audience::Internal => results.with_methods(),
        Audience::Public => release::public(results, spec),
    };
    Protected { value, audience }
}
