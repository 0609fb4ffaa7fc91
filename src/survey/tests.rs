use super::*;
use crate::ingest::{Area, Catalogue, CodebookItem, Offer, Records, Register, Service};
use crate::stats::Refusal;
use Answer::{No, None as Missing, Yes};
use QuestionMeasure::{Awareness, Barrier, Need, Usage};

fn person(weight: f64, answers: &[Answer]) -> Respondent {
    Respondent {
        wave: "1".into(),
        area: None,
        weight,
        stratum: String::new(),
        psu: String::new(),
        answers: answers.to_vec(),
    }
}

fn survey(measures: &[QuestionMeasure], service: Option<u32>, respondents: Vec<Respondent>) -> Survey {
    let codebook = measures.iter().map(|&measure| CodebookItem { measure, service, rating: None }).collect();
    Survey { source: "s".into(), codebook, respondents }
}

fn june() -> Month {
    Month::new(2025, 6).unwrap()
}

fn results(survey: &Survey) -> Vec<SurveyResult> {
    evaluate(survey, &Panel::default(), june())
}

fn one<'a>(results: &'a [SurveyResult], kpi: &str) -> &'a SurveyResult {
    results.iter().find(|r| r.kpi == kpi).unwrap()
}

#[track_caller]
fn is(results: &[SurveyResult], kpi: &str, wanted: f64) {
    let found = one(results, kpi).estimate.value.unwrap();
    assert!((found - wanted).abs() < 1e-12, "{kpi}: {found}, not {wanted}");
}

#[test]
fn the_gap_is_among_people_with_a_need_and_its_parts_add_up() {
    let respondents = vec![
        person(1.0, &[Yes, Yes, Yes]),
        person(1.0, &[Yes, Yes, No]),
        person(2.0, &[Yes, No, No]),
        person(5.0, &[No, Yes, No]),
        person(4.0, &[Missing, Missing, Missing]),
    ];
    let found = results(&survey(&[Need, Awareness, Usage], None, respondents));
    // By hand: with a need are weights 1 + 1 + 2 = 4, of these online 1.
    is(&found, "usage", 0.25);
    is(&found, "usage_gap", 0.75);
    is(&found, "need", 4.0 / 9.0);
    is(&found, "usage_gap.not_offered", 0.0);
    is(&found, "usage_gap.not_known", 0.5);
    is(&found, "usage_gap.chosen_otherwise", 0.25);
    assert!(found.iter().all(|r| r.kpi != "usage_gap.not_stated"));
    assert_eq!((one(&found, "need").base, one(&found, "awareness").base), (Base::Everyone, Base::Need));
    assert!(found.iter().all(|r| r.weighted && r.refusal.is_none()));
}

#[test]
fn who_does_not_say_whether_the_service_is_known_is_a_part_of_the_gap() {
    let respondents = vec![
        person(2.0, &[Yes, Yes, Yes]),
        person(1.0, &[Yes, Yes, No]),
        person(1.0, &[Yes, No, No]),
        person(3.0, &[Yes, Missing, No]),
        person(1.0, &[Yes, Missing, Yes]),
    ];
    let found = results(&survey(&[Need, Awareness, Usage], None, respondents));
    // By hand: of the weight 8 are 5 in the gap: 1 not known, 1 chosen otherwise, 3 without a word.
    is(&found, "usage_gap", 0.625);
    is(&found, "usage_gap.not_known", 0.125);
    is(&found, "usage_gap.chosen_otherwise", 0.125);
    is(&found, "usage_gap.not_stated", 0.375);
    let parts: f64 = found.iter().filter(|r| r.kpi.starts_with("usage_gap.")).filter_map(|r| r.estimate.value).sum();
    assert!((parts - 0.625).abs() < 1e-12);
    // Awareness itself is among those who answered: 2 + 1 of 2 + 1 + 1.
    is(&found, "awareness", 0.75);
}

#[test]
fn only_the_last_wave_is_split_and_ten_comes_after_nine() {
    let offer = Offer { area: 0, service: 0, live_from: Some(june().plus(1).first_day()), ..Offer::default() };
    let records = Records {
        register: Register::new(vec![Area { key: "A".into(), ..Area::default() }]),
        catalogue: Catalogue::new(vec![Service { key: "S".into(), name: "S".into(), ..Service::default() }]),
        offers: vec![offer],
        ..Records::default()
    };
    let panel = Panel::build(&records).unwrap();
    let mut respondents = Vec::new();
    for wave in ["10", "9"] {
        for (area, aware, usage) in [(None, Yes, Yes), (Some(0), Yes, No), (None, No, No), (None, Yes, Yes)] {
            respondents.push(Respondent { wave: wave.into(), area, ..person(1.0, &[Yes, aware, usage]) });
        }
    }
    let survey = survey(&[Need, Awareness, Usage], Some(0), respondents);
    assert_eq!(last_wave(&survey), Some("10"));
    let found = evaluate(&survey, &panel, june());
    let kpis = |wave: &str| found.iter().filter(|r| r.wave == wave).map(|r| r.kpi).collect::<Vec<_>>();
    assert_eq!(kpis("9"), ["need", "awareness", "usage", "usage_gap"]);
    assert_eq!(kpis("10")[4..], ["usage_gap.not_offered", "usage_gap.not_known", "usage_gap.chosen_otherwise"]);
    assert_eq!(found[0].wave, "9");
    // By hand: of 4 one lives where the service starts in July, one does not know it.
    is(&found, "usage_gap", 0.5);
    is(&found, "usage_gap.not_offered", 0.25);
    is(&found, "usage_gap.not_known", 0.25);
    is(&found, "usage_gap.chosen_otherwise", 0.0);
}

#[test]
fn without_a_question_about_the_need_shares_are_among_everyone_and_there_is_no_gap() {
    let respondents = vec![
        person(1.0, &[Yes, Yes]),
        person(1.0, &[Yes, No]),
        person(1.0, &[Yes, No]),
        person(1.0, &[No, No]),
        person(1.0, &[No, Missing]),
    ];
    let found = results(&survey(&[Awareness, Usage], None, respondents));
    assert_eq!(found.iter().map(|r| r.kpi).collect::<Vec<_>>(), ["awareness", "usage"]);
    assert!(found.iter().all(|r| r.base == Base::Everyone && !r.weighted));
    // By hand: 3 of 5 know it, 1 of the 4 who answered used it.
    is(&found, "awareness", 0.6);
    is(&found, "usage", 0.25);
    assert_eq!(one(&found, "usage").estimate.n, 4);
}

#[test]
fn a_stratum_with_one_respondent_is_named() {
    let mut respondents = vec![person(1.0, &[Yes]), person(1.0, &[No]), person(1.0, &[Yes])];
    for (r, stratum) in respondents.iter_mut().zip(["Stadt", "Stadt", "Land"]) {
        r.stratum = stratum.into();
    }
    let found = results(&survey(&[Awareness], None, respondents));
    assert_eq!(found[0].refusal, Some(Refusal::SinglePsu { stratum: 1 }));
    assert_eq!(found[0].stratum.as_deref(), Some("Land"));
    assert_eq!((found[0].estimate.value, found[0].estimate.n), (None, 3));
}

#[test]
fn barriers_of_two_services_stay_apart() {
    let code = |text: &str| Answer::Code(text.into());
    let mut survey = survey(
        &[Barrier],
        Some(0),
        vec![
            person(1.0, &[code("habit"), code("habit")]),
            person(1.0, &[code("distrust"), code("habit")]),
            person(1.0, &[code("habit"), Missing]),
            person(1.0, &[code("habit"), code("distrust")]),
        ],
    );
    survey.codebook.push(CodebookItem { measure: Barrier, service: Some(1), rating: None });
    let found = results(&survey);
    let habit = |service| found.iter().find(|r| r.service == Some(service) && r.answer == "habit").unwrap();
    // By hand: 3 of 4, and 2 of the 3 who name one.
    assert!((habit(0).estimate.value.unwrap() - 0.75).abs() < 1e-12);
    assert!((habit(1).estimate.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(habit(1).estimate.n, 3);
}
