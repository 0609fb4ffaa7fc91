mod live;
mod methods;
mod panel;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::output::Output;
use crate::compare::ladder::{Balance, Checked, Claim, ClusterCount, Ladder, Others, Step};
use crate::compare::{ComparisonKind, ComparisonSpec, MethodAnswer, Rows, Timing};
use crate::config::Project;
use crate::disclosure::Results;
use crate::domain::{Lang, Text, say};
use crate::run::compare;
use crate::stats::{Contrast, PairedEstimate, Refusal};
use crate::{Error, Result, story};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folder with resonanz.toml, or the file itself
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Only the comparison of this name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Hold "at least so many times as high" against the data, for example 2
    #[arg(long, value_name = "RATIO", conflicts_with = "claim_difference")]
    claim_ratio: Option<f64>,
    /// Hold "at least so much higher" against the data, as a share: 0.05 is five percentage points
    #[arg(long, value_name = "DIFFERENCE", allow_negative_numbers = true)]
    claim_difference: Option<f64>,
    /// Write the numbers of the comparison to a file, .csv or .parquet, so that other software can check a figure
    #[arg(long, value_name = "FILE", conflicts_with_all = ["claim_ratio", "claim_difference"])]
    panel: Option<PathBuf>,
    /// What one row of the file of --panel is
    #[arg(long, value_enum, default_value = "panel", requires = "panel")]
    rows: Rows,
    /// Key of the only area in the file of --panel where a row is a month
    #[arg(long, value_name = "AREA", requires = "panel")]
    area: Option<String>,
    /// Overwrite the file of --panel if it exists
    #[arg(long, requires = "panel")]
    force: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let mut project = Project::load(&arguments.path)?;
    choose(&mut project.comparisons, arguments)?;
    let target = panel::target(arguments, &project)?;
    let protected = compare(&project, &|step| output.step(step))?;
    output.finish();
    let found = protected.get();
    if let Some(target) = target {
        return panel::write(&target, arguments, &protected, output);
    }
    let lang = output.lang();
    let specs = found.comparisons.iter().enumerate();
    if output.json() {
        let all = specs.filter_map(|(at, spec)| {
            let launch = ladder_at(&found.ladders.launch, at).map(|ladder| value(spec, ladder, lang));
            let live = || ladder_at(&found.ladders.live, at).map(|ladder| live::value(spec, ladder, lang));
            let answers = answers_at(found, at);
            let alone = || (!answers.is_empty()).then(|| json!({ "name": spec.name, "title": spec.title }));
            let mut out = launch.or_else(live).or_else(alone)?;
            out["methods"] =
                answers.iter().map(|answer| methods::value(answer, (at, spec), &found.estimated(), lang)).collect();
            Some(out)
        });
        output.value(&json!({ "comparisons": all.collect::<Vec<Value>>() }));
        return Ok(());
    }
    let mut nth = 0;
    for (at, spec) in specs {
        let launch = ladder_at(&found.ladders.launch, at).map(|ladder| lines(spec, ladder, lang));
        let live = || ladder_at(&found.ladders.live, at).map(|ladder| live::lines(spec, ladder, lang));
        let answers = answers_at(found, at);
        let alone = || (!answers.is_empty()).then(|| vec![spec.title.clone()]);
        let Some(mut lines) = launch.or_else(live).or_else(alone) else { continue };
        answers.iter().for_each(|answer| lines.extend(methods::lines(answer, lang)));
        if nth > 0 {
            output.line("");
        }
        nth += 1;
        lines.iter().for_each(|line| output.line(line));
    }
    Ok(())
}

fn ladder_at<L>(ladders: &[(usize, L)], at: usize) -> Option<&L> {
    ladders.iter().find(|(position, _)| *position == at).map(|(_, ladder)| ladder)
}

fn answers_at(found: &Results, at: usize) -> &[MethodAnswer] {
    found.methods.iter().find(|(position, _)| *position == at).map_or(&[], |(_, answers)| answers)
}

/// Leaves the comparisons that are asked for, with the claim of the command line.
fn choose(comparisons: &mut Vec<ComparisonSpec>, arguments: &Arguments) -> Result<()> {
    if let Some(name) = &arguments.name {
        let known: Vec<String> = comparisons.iter().map(|c| c.name.clone()).collect();
        comparisons.retain(|c| c.name == *name);
        if comparisons.is_empty() {
            let error =
                Error::config(say!("Einen Vergleich „{name}“ gibt es nicht", "there is no comparison \"{name}\""));
            return Err(match crate::ingest::closest(name, &known) {
                Some(similar) => error.did_you_mean(similar),
                None => error.hint(say!("Vergleiche: {}", "comparisons: {}", known.join(", "))),
            });
        }
    }
    if arguments.panel.is_some() {
        return panel::only(comparisons);
    }
    let event = |c: &ComparisonSpec| matches!(c.kind(), ComparisonKind::Event(_, Timing::BeforeLaunch | Timing::Live));
    if !comparisons.iter().any(|c| event(c) || !c.methods.is_empty()) {
        return Err(Error::config(say!(
            "Es gibt keinen Vergleich mit einem Ereignis vor dem Start oder im Betrieb und keinen mit einem Verfahren",
            "there is no comparison with an event before the launch or on a live service, and none with a method"
        ))
        .hint(say!(
            "Zum Beispiel: [[comparison]] mit event = \"participation\" und timing = \"before_launch\", oder mit event = \"campaign\" und timing = \"live\"",
            "for example: a [[comparison]] with event = \"participation\" and timing = \"before_launch\", or with event = \"campaign\" and timing = \"live\""
        ))
        .hint(say!(
            "Oder ein Verfahren zu einem Vergleich: [[comparison.method]] mit use = \"funnel\"",
            "or a method in a comparison: [[comparison.method]] with use = \"funnel\""
        )));
    }
    if arguments.claim_ratio.is_some() || arguments.claim_difference.is_some() {
        for comparison in comparisons.iter_mut() {
            let claim = Claim {
                measure: "online_share".to_owned(),
                ratio: arguments.claim_ratio,
                difference: arguments.claim_difference,
            };
            claim.check(&comparison.name)?;
            comparison.claim = Some(claim);
        }
    }
    Ok(())
}

fn event_name(spec: &ComparisonSpec, lang: Lang) -> &str {
    match spec.kind() {
        ComparisonKind::Event(kind, _) => story::event_name(kind, lang),
        ComparisonKind::Peers(_) => "",
    }
}

fn lines(spec: &ComparisonSpec, ladder: &Ladder, lang: Lang) -> Vec<String> {
    let say = |de: &'static str, en: &'static str| Text::new(de, en).get(lang);
    let what = event_name(spec, lang);
    let mut out = vec![spec.title.clone(), String::new()];
    let text = |step: &Step| (story::rung_name(step.rung, lang), story::ladder_step(ladder, step, what, lang));
    rungs(&ladder.steps, &text, &mut out);
    out.push(String::new());
    out.push(format!("{}: {}", say("Antwort", "Answer"), story::ladder_answer(ladder, what, lang).text));
    if let Some(claim) = &ladder.claim {
        out.push(format!("{}: {}", say("Aussage", "Claim"), story::claim_sentence(claim, lang)));
    }
    let others = story::ladder_alternatives(ladder, lang);
    if !others.is_empty() {
        out.push(format!("{}:", say("Was es sonst erklären könnte", "What else could explain it")));
        out.extend(others.iter().map(|text| format!("  - {text}")));
    }
    out
}

/// One line per rung and one below it. A rung above a missed one is shown, but does not carry.
fn rungs(steps: &[Step], text: &dyn Fn(&Step) -> (&'static str, String), out: &mut Vec<String>) {
    let mut open = true;
    for step in steps {
        open &= step.missed.is_none();
        let (name, found) = text(step);
        out.push(format!("{} {name}", if open { "[x]" } else { "[ ]" }));
        out.push(format!("    {found}"));
    }
}

fn paired(e: &std::result::Result<PairedEstimate, Refusal>) -> Value {
    match e {
        Ok(e) => json!({ "value": e.value, "se": e.se, "lower": e.lower, "upper": e.upper, "n": e.n }),
        Err(refusal) => json!({ "refused": refusal.to_string() }),
    }
}

fn balance(list: &[Balance], traits: &[String]) -> Vec<Value> {
    let row = |b: &Balance| json!({ "characteristic": traits.get(b.at), "label": b.label, "before": b.before, "after": b.after });
    list.iter().map(row).collect()
}

fn claim(checked: Option<&Checked>, lang: Lang) -> Option<Value> {
    let limits = |(value, lower, upper)| json!({ "value": value, "lower": lower, "upper": upper });
    checked.map(|c| {
        json!({
            "claim": c.claim,
            "verdict": c.verdict,
            "estimate": c.estimate.map(limits),
            "matched": c.matched,
            "text": story::claim_sentence(c, lang),
        })
    })
}

fn value(spec: &ComparisonSpec, ladder: &Ladder, lang: Lang) -> Value {
    let what = event_name(spec, lang);
    let contrast = |e: &std::result::Result<Contrast, Refusal>| match e {
        Ok(e) => json!({ "value": e.value, "se": e.se, "lower": e.lower, "upper": e.upper }),
        Err(refusal) => json!({ "refused": refusal.to_string() }),
    };
    let steps: Vec<Value> = ladder
        .steps
        .iter()
        .map(|step| {
            json!({
                "rung": step.rung,
                "reached": step.missed.is_none(),
                "text": story::ladder_step(ladder, step, what, lang),
                "rule": story::rung_rule(step.rung, lang),
            })
        })
        .collect();
    let horizons: Vec<Value> = ladder
        .horizons
        .iter()
        .map(|h| {
            json!({
                "from_month": h.window.from,
                "to_month": h.window.until,
                "pairs": h.pairs,
                "by_town": paired(&h.by_town),
                "by_case": paired(&h.by_case),
                "p": h.p,
            })
        })
        .collect();
    json!({
        "name": spec.name,
        "title": spec.title,
        "stands_on": ladder.stands_on(),
        "answer": story::ladder_answer(ladder, what, lang).text,
        "steps": steps,
        "alternatives": story::ladder_alternatives(ladder, lang),
        "towns": { "with": ladder.towns.0, "without": ladder.towns.1, "pairs": ladder.pairs.len() },
        "raw": contrast(&ladder.raw),
        "raw_ratio": contrast(&ladder.raw_ratio),
        "ratio": paired(&ladder.ratio),
        "control": paired(&ladder.control),
        "net": paired(&ladder.net),
        "left_out": ladder.left_out.map(|(low, high)| json!({ "smallest": low, "largest": high })),
        "horizons": horizons,
        "balance": balance(&ladder.balance, &ladder.traits),
        "claim": claim(ladder.claim.as_ref(), lang),
        "others": others(ladder.others.as_ref()),
        "clusters": clusters(ladder.clusters.as_ref()),
    })
}

/// What counts as one in the errors.
fn clusters(found: Option<&ClusterCount>) -> Option<Value> {
    found.map(|c| json!({ "by": c.name, "with": c.with, "without": c.without }))
}

/// What else was recorded in the towns in the same months.
fn others(found: Option<&Others>) -> Option<Value> {
    let side = |(towns, of): (usize, usize)| json!({ "towns": towns, "of": of });
    let kind =
        |(kind, with, without): &(String, usize, usize)| json!({ "kind": kind, "with": with, "without": without });
    found.map(|o| {
        json!({
            "with": side(o.with),
            "without": side(o.without),
            "kinds": o.kinds.iter().map(kind).collect::<Vec<_>>(),
        })
    })
}
