//! Columns of numbers cut at given values, for coarsened exact matching.

use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::domain::say;
use crate::stats::characteristic::{Characteristic, Values};
use crate::{Error, Result};

/// A column and the values at which it is cut, as in `age=20/25/30`; a value on a cut belongs to the upper part.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    column: String,
    at: Vec<f64>,
}

impl FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let wrong = || "COLUMN=NUMBER/NUMBER, such as age=20/25/30".to_owned();
        let (column, cuts) = text.rsplit_once('=').ok_or_else(wrong)?;
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong);
        let mut at = cuts.split('/').map(number).collect::<std::result::Result<Vec<_>, _>>()?;
        at.sort_by(f64::total_cmp);
        Ok(Self { column: column.trim().to_owned(), at })
    }
}

impl Serialize for Cut {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let cuts: Vec<String> = self.at.iter().map(f64::to_string).collect();
        serializer.serialize_str(&format!("{}={}", self.column, cuts.join("/")))
    }
}

/// The characteristics with the numbers of the columns named replaced by the part they lie in.
///
/// # Errors
/// If a column is none of the characteristics, is a category, or is named twice.
pub(super) fn coarsened(characteristics: &[Characteristic], cuts: &[Cut]) -> Result<Vec<Characteristic>> {
    let refused = |cut: &Cut| {
        let name = &cut.column;
        let what = say!(
            "„{name}“ ist keine Spalte mit Zahlen unter den verglichenen, oder zweimal genannt",
            "\"{name}\" is no column of numbers among those compared, or is named twice"
        );
        Error::config(what).at("--cutpoints")
    };
    let mut out = characteristics.to_vec();
    for cut in cuts {
        let own = out.iter_mut().find(|c| c.name == cut.column).ok_or_else(|| refused(cut))?;
        let Values::Number(values) = &own.values else { return Err(refused(cut)) };
        let part = |value: &f64| cut.at.partition_point(|border| border <= value);
        let labels: Vec<String> = values.iter().map(|value| format!("{:06}", part(value))).collect();
        *own = Characteristic::category(&cut.column, &labels.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_parts() {
        let all = [Characteristic::number("a=b", vec![1.0, 2.0, 2.5, 9.0]), Characteristic::number("c", vec![0.0; 4])];
        let cut: Cut = "a=b=5/2".parse().unwrap();
        let out = coarsened(&all, std::slice::from_ref(&cut)).unwrap();
        let Values::Category { codes, .. } = &out[0].values else { panic!("no category") };
        assert_eq!(codes, &[0, 1, 1, 2]);
        assert_eq!(out[1], all[1]);
        assert_eq!(serde_json::to_value(&cut).unwrap(), "a=b=2/5");
        assert!(coarsened(&all, &[cut.clone(), cut]).is_err());
        assert!(coarsened(&all, &["x=1".parse().unwrap()]).is_err());
        for wrong in ["c", "c=", "c=1/", "c=a", "c=inf"] {
            assert!(wrong.parse::<Cut>().is_err(), "{wrong}");
        }
    }
}
