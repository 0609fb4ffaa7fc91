use std::collections::BTreeMap;

use crate::domain::{Estimate, EstimateState, Flag};
use crate::ingest::Respondent;
use crate::stats::{self, Refusal};

/// The sampling design of one wave, with strata and sampling units as dense numbers.
pub(super) struct Design<'a> {
    /// Weight, stratum and sampling unit of each respondent.
    rows: Vec<(f64, u32, u32)>,
    /// The strata as delivered, by number.
    strata: Vec<&'a str>,
}

impl<'a> Design<'a> {
    pub(super) fn of(people: &[&'a Respondent]) -> Self {
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let mut strata = Vec::new();
        let mut units: BTreeMap<(u32, &str), u32> = BTreeMap::new();
        let mut rows = Vec::with_capacity(people.len());
        let mut next_unit = 0;
        for r in people {
            let stratum = *numbers.entry(r.stratum.as_str()).or_insert_with(|| {
                strata.push(r.stratum.as_str());
                u32::try_from(strata.len() - 1).unwrap_or(u32::MAX)
            });
            let mut fresh = || {
                next_unit += 1;
                next_unit - 1
            };
            let unit =
                if r.psu.is_empty() { fresh() } else { *units.entry((stratum, r.psu.as_str())).or_insert_with(fresh) };
            rows.push((r.weight, stratum, unit));
        }
        Self { rows, strata }
    }

    /// The stratum that a refusal is about, as delivered.
    pub(super) fn stratum(&self, refusal: &Refusal) -> Option<&'a str> {
        match *refusal {
            Refusal::SinglePsu { stratum } | Refusal::InvalidPopulation { stratum } => {
                self.strata.get(usize::try_from(stratum).ok()?).copied()
            }
            _ => None,
        }
    }

    /// The weighted share of `y` among `x`, or why there is none.
    pub(super) fn share(&self, y: &[bool], x: &[bool]) -> (Estimate, Option<Refusal>) {
        let one = |is: bool| f64::from(u8::from(is));
        let obs: Vec<stats::Respondent> = self
            .rows
            .iter()
            .zip(y.iter().zip(x))
            .map(|(&(weight, stratum, psu), (&y, &x))| stats::Respondent { y: one(y), x: one(x), weight, stratum, psu })
            .collect();
        let n = x.iter().filter(|x| **x).count() as u64;
        let weighted = |of: &[bool]| self.rows.iter().zip(of).map(|(row, &v)| row.0 * one(v)).sum::<f64>();
        let mut out = Estimate::absent(EstimateState::Refused);
        out.n = n;
        out.provided = u32::try_from(n).unwrap_or(u32::MAX);
        out.expected = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        (out.numerator, out.denominator) = (Some(weighted(y)), Some(weighted(x)));
        if n < 30 {
            out.flag(Flag::SmallNumber);
        }
        match stats::weighted_share(&obs, 0.95) {
            Ok(e) => {
                out.state = EstimateState::Computed;
                out.value = Some(e.value);
                (out.lower, out.upper, out.method) = (Some(e.lower), Some(e.upper), e.method);
                (out, None)
            }
            Err(refusal) => (out, Some(refusal)),
        }
    }
}
