//! A sentence as numbers, and whether the data carry it.

use serde::{Deserialize, Serialize};

use crate::domain::say;
use crate::{Error, Result};

/// What a sentence claims: `claim = { measure = "online_share", ratio = 2.0 }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The key figure; so far `online_share`.
    pub measure: String,
    /// "At least this many times as high."
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// "At least this much higher", as a share: 0.05 is five percentage points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
}

impl Claim {
    /// Checks the numbers of a claim about comparison `name`.
    ///
    /// # Errors
    /// If it claims nothing, two things at once, or something that cannot be.
    pub fn check(&self, name: &str) -> Result<()> {
        let wrong = |de: &str, en: &str| {
            Err(Error::config(crate::domain::Label::new(
                format!("Vergleich „{name}“: claim: {de}"),
                format!("comparison \"{name}\": claim: {en}"),
            ))
            .hint(say!(
                "Zum Beispiel: claim = {{ measure = \"online_share\", ratio = 2.0 }}",
                "for example: claim = {{ measure = \"online_share\", ratio = 2.0 }}"
            )))
        };
        if self.measure != "online_share" {
            return wrong("measure kann nur \"online_share\" sein", "measure can only be \"online_share\"");
        }
        match (self.ratio, self.difference) {
            (Some(_), Some(_)) | (None, None) => {
                wrong("entweder ratio oder difference angeben", "state either ratio or difference")
            }
            (Some(ratio), None) if !(ratio > 0.0 && ratio.is_finite()) => {
                wrong("ratio muss über 0 liegen", "ratio must be above 0")
            }
            (None, Some(difference)) if difference.is_nan() || difference.abs() >= 1.0 => wrong(
                "difference ist ein Anteil zwischen -1 und 1: 0.05 sind fünf Prozentpunkte",
                "difference is a share between -1 and 1: 0.05 is five percentage points",
            ),
            _ => Ok(()),
        }
    }
}

/// What the data say to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimVerdict {
    /// The whole interval of the matched comparison lies at or above what is claimed.
    Supported,
    /// The interval of the matched comparison reaches what is claimed, but also less; or it lies above it and the
    /// towns are not comparable.
    NotShown,
    /// The whole interval of the matched comparison lies below what is claimed.
    Contradicted,
    /// There is no interval to hold it against.
    CannotTell,
}

/// A claim with the estimate that it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The claim.
    pub claim: Claim,
    /// The verdict.
    pub verdict: ClaimVerdict,
    /// Estimate, lower and upper limit, in the terms of the claim.
    pub estimate: Option<(f64, f64, f64)>,
    /// Whether the estimate is of matched towns.
    pub matched: bool,
}

/// Holds a claim against an interval. `matched` says that it is of towns that were found comparable: a raw
/// difference can contradict nothing and support nothing that is said of comparable towns.
#[must_use]
pub fn check(claim: &Claim, estimate: Option<(f64, f64, f64)>, matched: bool) -> Checked {
    let claimed = claim.ratio.or(claim.difference);
    let verdict = match (estimate, claimed) {
        (Some((_, lower, _)), Some(claimed)) if matched && lower >= claimed => ClaimVerdict::Supported,
        (Some((_, _, upper)), Some(claimed)) if matched && upper < claimed => ClaimVerdict::Contradicted,
        (Some(_), Some(_)) => ClaimVerdict::NotShown,
        _ => ClaimVerdict::CannotTell,
    };
    Checked { claim: claim.clone(), verdict, estimate, matched }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice() -> Claim {
        Claim { measure: "online_share".into(), ratio: Some(2.0), difference: None }
    }

    #[test]
    fn the_verdict_follows_the_interval() {
        let verdict = |lower, upper, matched| check(&twice(), Some((2.0, lower, upper)), matched).verdict;
        assert_eq!(verdict(2.1, 3.0, true), ClaimVerdict::Supported);
        assert_eq!(verdict(1.2, 2.4, true), ClaimVerdict::NotShown);
        assert_eq!(verdict(1.2, 1.9, true), ClaimVerdict::Contradicted);
        assert_eq!(verdict(2.1, 3.0, false), ClaimVerdict::NotShown);
        assert_eq!(verdict(1.2, 1.9, false), ClaimVerdict::NotShown);
        assert_eq!(check(&twice(), None, true).verdict, ClaimVerdict::CannotTell);
    }

    #[test]
    fn a_claim_says_one_thing() {
        assert!(twice().check("b").is_ok());
        assert!(Claim { difference: Some(0.1), ..twice() }.check("b").is_err());
        assert!(Claim { ratio: None, ..twice() }.check("b").is_err());
        assert!(Claim { ratio: Some(-1.0), ..twice() }.check("b").is_err());
        assert!(Claim { ratio: None, difference: Some(5.0), ..twice() }.check("b").is_err());
        assert!(Claim { measure: "star_mean".into(), ..twice() }.check("b").is_err());
    }
}
