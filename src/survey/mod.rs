//! Survey results: need, awareness, use, the usage gap and barriers, weighted by design.
//!
//! The gap is 1 minus online use *among people with a need*, split into not offered here, not
//! known, and known but chosen otherwise. It is not awareness minus usage.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Estimate, EstimateState, Flag, Month};
use crate::ingest::spec::QuestionMeasure;
use crate::ingest::{Answer, Respondent, Survey};
use crate::panel::Panel;
use crate::stats;

/// One estimate from a survey.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyResult {
    /// Name of the survey's source.
    pub survey: String,
    /// Wave.
    pub wave: String,
    /// Key figure id, for example `usage_gap`.
    pub kpi: &'static str,
    /// Dense service number; `None` = online services in general.
    pub service: Option<u32>,
    /// Code of the answer for `barriers`, else empty.
    pub answer: String,
    /// The estimate; `n` counts respondents in the denominator.
    pub estimate: Estimate,
}

/// Evaluates a survey for each of its waves.
///
/// `asked_in` is the last month of the reference period: with it the panel says what was offered
/// where a respondent lives.
#[must_use]
pub fn evaluate(survey: &Survey, panel: &Panel, asked_in: Month) -> Vec<SurveyResult> {
    let waves: BTreeSet<&str> = survey.respondents.iter().map(|r| r.wave.as_str()).collect();
    let mut out = Vec::new();
    for wave in waves {
        let people: Vec<&Respondent> = survey.respondents.iter().filter(|r| r.wave == wave).collect();
        let design = Design::of(&people);
        let mut add = |kpi, service, answer: &str, y: Vec<f64>, x: Vec<f64>| {
            out.push(SurveyResult {
                survey: survey.source.clone(),
                wave: wave.to_owned(),
                kpi,
                service,
                answer: answer.to_owned(),
                estimate: design.share(&y, &x),
            });
        };
        let services: BTreeSet<Option<u32>> = survey
            .codebook
            .iter()
            .filter(|item| item.measure != QuestionMeasure::Barrier)
            .map(|item| item.service)
            .collect();
        for service in services {
            let question = |measure| survey.codebook.iter().position(|i| i.measure == measure && i.service == service);
            let need = question(QuestionMeasure::Need);
            let aware = question(QuestionMeasure::Awareness);
            let usage = question(QuestionMeasure::Usage);
            let is = |at: Option<usize>, r: &Respondent, wanted: &Answer| at.is_some_and(|at| &r.answers[at] == wanted);
            let yes = |at, r: &Respondent| is(at, r, &Answer::Yes);
            let answered = |at, r: &Respondent| yes(at, r) || is(at, r, &Answer::No);
            let column = |test: &dyn Fn(&Respondent) -> bool| -> Vec<f64> {
                people.iter().map(|r| f64::from(u8::from(test(r)))).collect()
            };
            if need.is_some() {
                add("need", service, "", column(&|r| yes(need, r)), column(&|r| answered(need, r)));
            }
            let in_need = |r: &Respondent| need.is_none() || yes(need, r);
            if aware.is_some() {
                let asked = |r: &Respondent| in_need(r) && answered(aware, r);
                add("awareness", service, "", column(&|r| asked(r) && yes(aware, r)), column(&asked));
            }
            if usage.is_none() || need.is_none() {
                continue;
            }
            let asked = |r: &Respondent| in_need(r) && answered(usage, r);
            let gap = |r: &Respondent| asked(r) && !yes(usage, r);
            add("usage", service, "", column(&|r| asked(r) && yes(usage, r)), column(&asked));
            add("usage_gap", service, "", column(&gap), column(&asked));
            // The split is complete only where every respondent of the gap can be assigned.
            let not_offered = |r: &Respondent| matches!((r.area, service), (Some(area), Some(service)) if panel.live(area, service, asked_in) == Some(false));
            let known =
                aware.is_some() && people.iter().filter(|r| gap(r)).all(|r| not_offered(r) || answered(aware, r));
            if known {
                add("usage_gap.not_offered", service, "", column(&|r| gap(r) && not_offered(r)), column(&asked));
                let unknown = |r: &Respondent| gap(r) && !not_offered(r) && !yes(aware, r);
                add("usage_gap.not_known", service, "", column(&unknown), column(&asked));
                let otherwise = |r: &Respondent| gap(r) && !not_offered(r) && yes(aware, r);
                add("usage_gap.chosen_otherwise", service, "", column(&otherwise), column(&asked));
            }
        }
        for (at, item) in survey.codebook.iter().enumerate().filter(|(_, i)| i.measure == QuestionMeasure::Barrier) {
            let code = |r: &Respondent| match &r.answers[at] {
                Answer::Code(code) => Some(code.clone()),
                _ => None,
            };
            let codes: BTreeSet<String> = people.iter().filter_map(|r| code(r)).collect();
            let named: Vec<f64> = people.iter().map(|r| f64::from(u8::from(code(r).is_some()))).collect();
            for wanted in codes {
                let y = people.iter().map(|r| f64::from(u8::from(code(r).as_ref() == Some(&wanted)))).collect();
                add("barriers", item.service, &wanted, y, named.clone());
            }
        }
    }
    out
}

/// The sampling design of one wave, with strata and sampling units as dense numbers.
struct Design {
    rows: Vec<(f64, u32, u32)>,
}

impl Design {
    fn of(people: &[&Respondent]) -> Self {
        let mut strata: BTreeMap<&str, u32> = BTreeMap::new();
        let mut units: BTreeMap<(u32, &str), u32> = BTreeMap::new();
        let mut rows = Vec::with_capacity(people.len());
        let mut next_unit = 0;
        for r in people {
            let next = u32::try_from(strata.len()).unwrap_or(u32::MAX);
            let stratum = *strata.entry(r.stratum.as_str()).or_insert(next);
            let mut fresh = || {
                next_unit += 1;
                next_unit - 1
            };
            let unit =
                if r.psu.is_empty() { fresh() } else { *units.entry((stratum, r.psu.as_str())).or_insert_with(fresh) };
            rows.push((r.weight, stratum, unit));
        }
        Self { rows }
    }

    fn share(&self, y: &[f64], x: &[f64]) -> Estimate {
        let obs: Vec<stats::Respondent> = self
            .rows
            .iter()
            .zip(y.iter().zip(x))
            .map(|(&(weight, stratum, psu), (&y, &x))| stats::Respondent { y, x, weight, stratum, psu })
            .collect();
        let n = x.iter().filter(|x| **x > 0.0).count() as u64;
        let weighted = |of: &[f64]| self.rows.iter().zip(of).map(|(row, v)| row.0 * v).sum::<f64>();
        let mut out = Estimate::absent(EstimateState::Refused);
        out.n = n;
        out.provided = u32::try_from(n).unwrap_or(u32::MAX);
        out.expected = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        (out.numerator, out.denominator) = (Some(weighted(y)), Some(weighted(x)));
        if n < 30 {
            out.flag(Flag::SmallNumber);
        }
        if let Ok(e) = stats::weighted_share(&obs, 0.95) {
            out.state = EstimateState::Computed;
            out.value = Some(e.value);
            (out.lower, out.upper, out.method) = (Some(e.lower), Some(e.upper), e.method);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::CodebookItem;

    fn person(weight: f64, answers: &[Answer; 3]) -> Respondent {
        Respondent {
            wave: "1".into(),
            area: None,
            weight,
            stratum: String::new(),
            psu: String::new(),
            answers: answers.to_vec(),
        }
    }

    #[test]
    fn the_gap_is_among_people_with_a_need_and_its_parts_add_up() {
        use Answer::{No, None, Yes};
        use QuestionMeasure::{Awareness, Need, Usage};
        let codebook = [Need, Awareness, Usage].map(|measure| CodebookItem { measure, service: Option::None }).to_vec();
        let respondents = vec![
            person(1.0, &[Yes, Yes, Yes]),
            person(1.0, &[Yes, Yes, No]),
            person(2.0, &[Yes, No, No]),
            person(5.0, &[No, Yes, No]),
            person(4.0, &[None, None, None]),
        ];
        let survey = Survey { source: "s".into(), codebook, respondents };
        let results = evaluate(&survey, &Panel::default(), Month::new(2025, 6).unwrap());
        let value = |kpi| results.iter().find(|r| r.kpi == kpi).and_then(|r| r.estimate.value).unwrap();
        // By hand: with a need are weights 1 + 1 + 2 = 4, of these online 1.
        assert!((value("usage") - 0.25).abs() < 1e-12);
        assert!((value("usage_gap") - 0.75).abs() < 1e-12);
        assert!((value("need") - 4.0 / 9.0).abs() < 1e-12);
        let parts = value("usage_gap.not_offered") + value("usage_gap.not_known") + value("usage_gap.chosen_otherwise");
        assert!((parts - value("usage_gap")).abs() < 1e-12);
        assert!((value("usage_gap.not_known") - 0.5).abs() < 1e-12);
    }
}
