//! What of the surveys may be told.
//!
//! All figures of one survey, wave and service are hidden together, because they add up to one
//! another. They are hidden where few were asked, where few gave an answer or did not give it, and
//! where the difference of two figures is made of few respondents: of figures about the same people,
//! and of a survey whose respondents are all part of another one (a total and a group of it).

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Estimate, EstimateState};
use crate::ingest::{Answer, Respondent, Survey};
use crate::survey::SurveyResult;

/// Respondents that a published survey figure must at least have in its denominator.
const FEWEST_RESPONDENTS: u64 = 10;

/// How few people are too few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Respondents {
    asked: u64,
    minimum: u64,
}

/// Survey, wave, service.
type Key = (String, String, Option<u32>);

fn key(result: &SurveyResult) -> Key {
    (result.survey.clone(), result.wave.clone(), result.service)
}

/// Hides what is too small, or what would tell something too small.
pub(super) fn hide_small(results: &mut [SurveyResult], delivered: &[Survey], least: Respondents) {
    let mut hidden: BTreeSet<Key> = BTreeSet::new();
    for (at, one) in results.iter().enumerate() {
        if least.refuses(one.estimate.n, one.agreeing) {
            hidden.insert(key(one));
        }
        for other in results[..at].iter().filter(|other| key(other) == key(one)) {
            if differs_little(one, other, least) || differs_little(other, one, least) {
                hidden.insert(key(one));
            }
        }
    }
    hidden.extend(parts(results, delivered, least));
    for result in results.iter_mut().filter(|s| hidden.contains(&key(s))) {
        let Estimate { level, .. } = result.estimate;
        result.estimate = Estimate { level, ..Estimate::absent(EstimateState::Suppressed) };
        result.refusal = None;
        result.stratum = None;
    }
}

impl Respondents {
    /// Counts of people from 1 to below `minimum` are hidden.
    pub(super) fn new(minimum: u64) -> Self {
        Self { asked: FEWEST_RESPONDENTS.max(minimum), minimum }
    }

    /// Whether a count of people is above zero and too small to be told.
    fn few(self, people: u64) -> bool {
        (1..self.minimum).contains(&people)
    }

    /// Whether too few were asked, or too few gave this answer or another one.
    fn refuses(self, n: u64, agreeing: u64) -> bool {
        n > 0 && (n < self.asked || self.few(agreeing) || self.few(n.saturating_sub(agreeing)))
    }
}

/// Whether two figures of one survey, wave and service tell what one or two people answered.
fn differs_little(one: &SurveyResult, other: &SurveyResult, least: Respondents) -> bool {
    let asked = one.estimate.n > 0 && other.estimate.n > 0;
    let silent = match (one.kpi, other.kpi) {
        // Whoever has a need and is missing from a question about it did not answer it.
        ("need", "awareness" | "usage" | "usage_gap") => one.agreeing.abs_diff(other.estimate.n),
        // Whoever used the service knows it: the difference knows it and did not use it.
        ("awareness", "usage") => one.agreeing.abs_diff(other.agreeing),
        _ => 0,
    };
    asked && (least.few(one.estimate.n.abs_diff(other.estimate.n)) || least.few(silent))
}

/// Waves whose respondents are all part of another one, where the others there are too few: by
/// figure the total minus the part is what the others said.
fn parts(results: &[SurveyResult], delivered: &[Survey], least: Respondents) -> BTreeSet<Key> {
    let mut waves: BTreeMap<(&str, &str), (&Survey, Vec<&Respondent>)> = BTreeMap::new();
    for survey in delivered {
        for person in &survey.respondents {
            let wave = waves.entry((&survey.source, &person.wave)).or_insert_with(|| (survey, Vec::new()));
            wave.1.push(person);
        }
    }
    let of = |name: (&str, &str)| {
        let name = (name.0.to_owned(), name.1.to_owned());
        results.iter().filter(move |r| (&r.survey, &r.wave) == (&name.0, &name.1))
    };
    let mut out = BTreeSet::new();
    for (&part, (part_survey, few)) in &waves {
        for (&whole, (whole_survey, many)) in waves.iter().filter(|(name, _)| **name != part) {
            if few.len() >= many.len() || !contains((whole_survey, many), (part_survey, few)) {
                continue;
            }
            for one in of(part) {
                let same = |r: &&SurveyResult| {
                    (r.kpi, r.service, &r.answer, r.base) == (one.kpi, one.service, &one.answer, one.base)
                };
                let Some(total) = of(whole).find(same) else { continue };
                let (Some(n), Some(agreeing)) =
                    (total.estimate.n.checked_sub(one.estimate.n), total.agreeing.checked_sub(one.agreeing))
                else {
                    continue;
                };
                if one.estimate.n > 0 && least.refuses(n, agreeing) {
                    out.insert(key(one));
                }
            }
        }
    }
    out
}

/// A place and what was answered there.
type Person = (Option<u32>, Vec<(u8, String)>);

/// An answer that can be ordered.
fn told(answer: Answer) -> (u8, String) {
    match answer {
        Answer::None => (0, String::new()),
        Answer::Yes => (1, String::new()),
        Answer::No => (2, String::new()),
        Answer::Code(code) => (3, code),
        Answer::Rating(point) => (4, point.to_string()),
    }
}

/// Whether for everybody in `few` there is somebody in `many` of the same place and answers, as far
/// as both were asked the same.
fn contains((whole, many): (&Survey, &[&Respondent]), (part, few): (&Survey, &[&Respondent])) -> bool {
    let items = common(whole, part);
    let person = |r: &Respondent, pick: fn(&(usize, usize)) -> usize| -> Person {
        (r.area, items.iter().map(|item| r.answers[pick(item)].clone()).map(told).collect())
    };
    let mut there: BTreeMap<Person, u32> = BTreeMap::new();
    many.iter().for_each(|r| *there.entry(person(r, |item| item.0)).or_default() += 1);
    !items.is_empty()
        && few.iter().all(|r| match there.get_mut(&person(r, |item| item.1)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        })
}

/// Positions of the questions that both surveys ask. Ratings do not count: two of them may be about
/// different things.
fn common(whole: &Survey, part: &Survey) -> Vec<(usize, usize)> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut out = Vec::new();
    for (at, item) in whole.codebook.iter().enumerate().filter(|(_, item)| item.rating.is_none()) {
        let same = |i: &usize| {
            let other = &part.codebook[*i];
            other.measure == item.measure && other.service == item.service && !taken.contains(i)
        };
        let found = (0..part.codebook.len()).find(same);
        if let Some(other) = found {
            taken.insert(other);
            out.push((at, other));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::CodebookItem;
    use crate::ingest::spec::QuestionMeasure;
    use crate::survey::Base;

    fn result(survey: &str, kpi: &'static str, agreeing: u64, n: u64) -> SurveyResult {
        let state = EstimateState::Computed;
        SurveyResult {
            survey: survey.into(),
            wave: String::new(),
            kpi,
            service: None,
            answer: String::new(),
            base: Base::Everyone,
            weighted: true,
            agreeing,
            estimate: Estimate { n, value: Some(agreeing as f64 / n as f64), ..Estimate::absent(state) },
            refusal: None,
            stratum: None,
        }
    }

    fn hidden(mut results: Vec<SurveyResult>, delivered: &[Survey]) -> Vec<bool> {
        hide_small(&mut results, delivered, Respondents::new(3));
        results.iter().map(|r| r.estimate.state == EstimateState::Suppressed && r.estimate.value.is_none()).collect()
    }

    #[test]
    fn few_who_did_not_answer_or_know_and_do_not_use_are_not_told() {
        let need = |agreeing| result("s", "need", agreeing, 100);
        // 42 have a need, 40 of them said whether they used the service: two did not.
        assert_eq!(hidden(vec![need(42), result("s", "usage", 20, 40)], &[]), [true, true]);
        assert_eq!(hidden(vec![need(43), result("s", "usage", 20, 40)], &[]), [false, false]);
        // 21 know the service and 20 use it: one knows it and does not use it.
        let both = |known| vec![result("s", "awareness", known, 40), result("s", "usage", 20, 40)];
        assert_eq!(hidden(both(21), &[]), [true, true]);
        assert_eq!(hidden(both(30), &[]), [false, false]);
    }

    /// A survey about the need in which the first `yes` of `n` people say yes.
    fn survey(name: &str, yes: usize, n: usize) -> Survey {
        let person = |i| Respondent {
            wave: String::new(),
            area: Some(7),
            weight: 1.0,
            stratum: String::new(),
            psu: String::new(),
            answers: vec![if i < yes { Answer::Yes } else { Answer::No }],
        };
        Survey {
            source: name.into(),
            codebook: vec![CodebookItem { measure: QuestionMeasure::Need, service: None, rating: None }],
            respondents: (0..n).map(person).collect(),
        }
    }

    /// What is hidden of a total and of a group in it.
    fn pair(total: (usize, usize), group: (usize, usize)) -> Vec<bool> {
        let (all, part) = (survey("all", total.0, total.1), survey("part", group.0, group.1));
        let of = |name, (yes, n): (usize, usize)| result(name, "need", yes as u64, n as u64);
        hidden(vec![of("all", total), of("part", group)], &[all, part])
    }

    #[test]
    fn a_total_minus_a_group_singles_nobody_out() {
        assert_eq!(pair((80, 200), (60, 150)), [false, false], "the others are 50, 20 of them with a need");
        assert_eq!(pair((80, 200), (76, 195)), [false, true], "the others are 5");
        assert_eq!(pair((80, 200), (79, 150)), [false, true], "of the 50 others one has a need");
        assert_eq!(pair((80, 200), (31, 150)), [false, true], "of the 50 others one has no need");
        assert_eq!(pair((80, 200), (90, 195)), [false, false], "not part of it: more have a need");
    }
}
