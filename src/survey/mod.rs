//! Survey results: need, awareness, use, the usage gap and barriers, weighted by design.
//!
//! The gap is 1 minus online use *among people with a need*, split into not offered here, not
//! known, known but chosen otherwise, and not stated. It is not awareness minus usage. Without a
//! question about the need there is no gap: whoever was not online may have had no reason to be.

mod design;
mod rating;
mod wave;

use std::collections::BTreeSet;

pub use rating::{COUNTRY, RatingResult, ratings};
pub use wave::{last_wave, natural_order};

use crate::domain::{Estimate, Month};
use crate::ingest::spec::QuestionMeasure;
use crate::ingest::{Answer, Respondent, Survey};
use crate::panel::Panel;
use crate::stats;
use design::Design;

/// Among whom a share is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// Respondents with a need.
    Need,
    /// All respondents with a valid answer, because the question is put to everyone or because the
    /// survey does not ask about the need.
    Everyone,
}

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
    /// Among whom.
    pub base: Base,
    /// Whether the respondents of the wave have weights other than 1.
    pub weighted: bool,
    /// Respondents behind the numerator, each counted once whatever the weight.
    pub agreeing: u64,
    /// The estimate; `n` counts respondents in the denominator.
    pub estimate: Estimate,
    /// Why there is no value.
    pub refusal: Option<stats::Refusal>,
    /// The stratum that the refusal names, as delivered; empty for respondents without one.
    pub stratum: Option<String>,
}

/// Evaluates a survey for each of its waves, in natural order.
///
/// `asked_in` is the last month of the reference period: with it the panel says what was offered
/// where a respondent lives. An earlier wave was asked when the offer was another one, so the gap is
/// split for the last wave only; the earlier ones have the gap without its parts. The parts add up
/// to the gap: who belongs to it without saying whether the service is known is a part of its own,
/// `usage_gap.not_stated`, which is left out where nobody is in it.
#[must_use]
pub fn evaluate(survey: &Survey, panel: &Panel, asked_in: Month) -> Vec<SurveyResult> {
    let mut out = Vec::new();
    let waves = wave::waves(survey);
    for (at, &wave) in waves.iter().enumerate() {
        let asked_in = (at + 1 == waves.len()).then_some(asked_in);
        out.extend(Wave::of(survey, wave).evaluate(panel, asked_in));
    }
    out
}

/// One wave of a survey.
struct Wave<'a> {
    survey: &'a Survey,
    wave: &'a str,
    people: Vec<&'a Respondent>,
    design: Design<'a>,
    weighted: bool,
}

impl<'a> Wave<'a> {
    fn of(survey: &'a Survey, wave: &'a str) -> Self {
        let people: Vec<&Respondent> = survey.respondents.iter().filter(|r| r.wave == wave).collect();
        let design = Design::of(&people);
        let weighted = people.iter().any(|r| r.weight != 1.0);
        Self { survey, wave, people, design, weighted }
    }

    /// All results; the gap is split where `asked_in` says when the offer is judged.
    fn evaluate(&self, panel: &Panel, asked_in: Option<Month>) -> Vec<SurveyResult> {
        let codebook = &self.survey.codebook;
        let services: BTreeSet<Option<u32>> =
            codebook.iter().filter(|i| i.measure != QuestionMeasure::Barrier).map(|i| i.service).collect();
        let mut out = Vec::new();
        for service in services {
            self.service(service, panel, asked_in, &mut out);
        }
        for (at, item) in codebook.iter().enumerate().filter(|(_, i)| i.measure == QuestionMeasure::Barrier) {
            self.barriers(at, item.service, &mut out);
        }
        out
    }

    /// The share of `part` among `whole`.
    fn share(
        &self,
        kpi: &'static str,
        service: Option<u32>,
        base: Base,
        part: &dyn Fn(&Respondent) -> bool,
        whole: &dyn Fn(&Respondent) -> bool,
    ) -> SurveyResult {
        let y: Vec<bool> = self.people.iter().map(|r| whole(r) && part(r)).collect();
        let x: Vec<bool> = self.people.iter().map(|r| whole(r)).collect();
        let (estimate, refusal) = self.design.share(&y, &x);
        SurveyResult {
            survey: self.survey.source.clone(),
            wave: self.wave.to_owned(),
            kpi,
            service,
            answer: String::new(),
            base,
            weighted: self.weighted,
            agreeing: y.iter().filter(|&&agrees| agrees).count() as u64,
            estimate,
            refusal,
            stratum: refusal.and_then(|refusal| self.design.stratum(&refusal)).map(str::to_owned),
        }
    }

    fn service(&self, service: Option<u32>, panel: &Panel, asked_in: Option<Month>, out: &mut Vec<SurveyResult>) {
        let question = |measure| self.survey.codebook.iter().position(|i| i.measure == measure && i.service == service);
        let need = question(QuestionMeasure::Need);
        let aware = question(QuestionMeasure::Awareness);
        let usage = question(QuestionMeasure::Usage);
        let is = |at: Option<usize>, r: &Respondent, wanted: &Answer| at.is_some_and(|at| &r.answers[at] == wanted);
        let yes = |at, r: &Respondent| is(at, r, &Answer::Yes);
        let answered = |at, r: &Respondent| yes(at, r) || is(at, r, &Answer::No);
        if need.is_some() {
            out.push(self.share("need", service, Base::Everyone, &|r| yes(need, r), &|r| answered(need, r)));
        }
        let base = if need.is_some() { Base::Need } else { Base::Everyone };
        let in_base = |r: &Respondent| need.is_none() || yes(need, r);
        if aware.is_some() {
            let asked = |r: &Respondent| in_base(r) && answered(aware, r);
            out.push(self.share("awareness", service, base, &|r| yes(aware, r), &asked));
        }
        if usage.is_none() {
            return;
        }
        let asked = |r: &Respondent| in_base(r) && answered(usage, r);
        let offline = |r: &Respondent| !yes(usage, r);
        out.push(self.share("usage", service, base, &|r| yes(usage, r), &asked));
        if need.is_none() {
            return;
        }
        out.push(self.share("usage_gap", service, base, &offline, &asked));
        let (Some(asked_in), Some(_)) = (asked_in, aware) else { return };
        let not_offered = |r: &Respondent| matches!((r.area, service), (Some(area), Some(service)) if panel.live(area, service, asked_in) == Some(false));
        let offered = |r: &Respondent| offline(r) && !not_offered(r);
        let mut part = |kpi, test: &dyn Fn(&Respondent) -> bool| {
            out.push(self.share(kpi, service, base, test, &asked));
        };
        part("usage_gap.not_offered", &|r| offline(r) && not_offered(r));
        part("usage_gap.not_known", &|r| offered(r) && is(aware, r, &Answer::No));
        part("usage_gap.chosen_otherwise", &|r| offered(r) && yes(aware, r));
        let not_stated = |r: &Respondent| offered(r) && !answered(aware, r);
        if self.people.iter().any(|r| asked(r) && not_stated(r)) {
            part("usage_gap.not_stated", &not_stated);
        }
    }

    fn barriers(&self, at: usize, service: Option<u32>, out: &mut Vec<SurveyResult>) {
        let code = |r: &'a Respondent| match &r.answers[at] {
            Answer::Code(code) => Some(code.as_str()),
            _ => None,
        };
        let codes: BTreeSet<&str> = self.people.iter().filter_map(|r| code(r)).collect();
        for wanted in codes {
            let is = |r: &Respondent| matches!(&r.answers[at], Answer::Code(code) if code == wanted);
            let named = |r: &Respondent| matches!(r.answers[at], Answer::Code(_));
            let result = self.share("barriers", service, Base::Everyone, &is, &named);
            out.push(SurveyResult { answer: wanted.to_owned(), ..result });
        }
    }
}

#[cfg(test)]
mod tests;
