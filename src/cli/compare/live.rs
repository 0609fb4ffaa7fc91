use serde_json::{Value, json};

use super::{balance, claim, clusters, event_name, others, paired, rungs};
use crate::compare::ComparisonSpec;
use crate::compare::ladder::{CoursePoint, Effect, LiveLadder, Step};
use crate::domain::{Lang, Text};
use crate::story;

pub(super) fn lines(spec: &ComparisonSpec, ladder: &LiveLadder, lang: Lang) -> Vec<String> {
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    let what = event_name(spec, lang);
    let mut out = vec![spec.title.clone(), String::new()];
    let text = |step: &Step| (story::live_rung_name(step.rung, lang), story::live_step(ladder, step, what, lang));
    rungs(&ladder.steps, &text, &mut out);
    out.push(String::new());
    out.push(format!("{}: {}", say("Antwort", "Answer"), story::live_answer(ladder, what, lang)));
    out.extend(story::cost_sentence(ladder, lang));
    if let Some(claim) = &ladder.claim {
        out.push(format!("{}: {}", say("Aussage", "Claim"), story::claim_sentence(claim, lang)));
    }
    let others = story::live_alternatives(ladder, lang);
    if !others.is_empty() {
        out.push(format!("{}:", say("Was es sonst erklären könnte", "What else could explain it")));
        out.extend(others.iter().map(|text| format!("  - {text}")));
    }
    out
}

pub(super) fn value(spec: &ComparisonSpec, ladder: &LiveLadder, lang: Lang) -> Value {
    let what = event_name(spec, lang);
    let steps: Vec<Value> = ladder
        .steps
        .iter()
        .map(|step| {
            json!({
                "rung": step.rung,
                "reached": step.missed.is_none(),
                "text": story::live_step(ladder, step, what, lang),
                "rule": story::live_rung_rule(step.rung, lang),
            })
        })
        .collect();
    let estimate = |e: &Effect| json!({ "value": e.value, "se": e.se, "lower": e.lower, "upper": e.upper });
    let limits = |(value, lower, upper): (f64, f64, f64)| json!({ "value": value, "lower": lower, "upper": upper });
    let quarter = |point: &CoursePoint| {
        json!({
            "quarter": point.quarter,
            "reference": point.quarter == CoursePoint::REFERENCE,
            "effect": point.effect.as_ref().map(estimate),
            "band": point.band.map(|(lower, upper)| json!({ "lower": lower, "upper": upper })),
            "pairs": point.units,
            "towns": point.towns,
        })
    };
    let effect = match &ladder.effect {
        Err(refusal) => json!({ "refused": refusal.to_string() }),
        Ok(e) => json!({
            "by_town": estimate(&e.by_town),
            "by_case": e.by_case.as_ref().map(estimate),
            "p": e.p,
            "pretest": e.pretest.map(|before| json!({ "apart": before.apart, "quarters": before.quarters, "p": before.p })),
            "course": e.course.iter().map(quarter).collect::<Vec<_>>(),
            "units": e.units,
            "towns": { "with": e.towns.0, "without": e.towns.1 },
            "left_out": e.incomplete,
            "additional": limits(e.additional),
        }),
    };
    json!({
        "name": spec.name,
        "title": spec.title,
        "stands_on": ladder.stands_on(),
        "answer": story::live_answer(ladder, what, lang),
        "steps": steps,
        "alternatives": story::live_alternatives(ladder, lang),
        "towns": { "with": ladder.towns.0, "without": ladder.towns.1, "pairs": ladder.pairs.len() },
        "changes": { "with": ladder.changes.0, "without": ladder.changes.1 },
        "raw": paired(&ladder.raw),
        "matched": paired(&ladder.matched),
        "p": ladder.p,
        "effect": effect,
        "left_out": ladder.left_out.map(|(low, high)| json!({ "smallest": low, "largest": high })),
        "cost_per_case": ladder.cost_per_case.map(limits),
        "balance": balance(&ladder.balance, &ladder.traits),
        "claim": claim(ladder.claim.as_ref(), lang),
        "repeated": ladder.repeated,
        "others": others(ladder.others.as_ref()),
        "clusters": clusters(ladder.clusters.as_ref()),
    })
}
