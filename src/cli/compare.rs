mod live;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::output::Output;
use crate::compare::ladder::{Balance, Checked, Claim, Ladder, Step};
use crate::compare::{ComparisonKind, ComparisonSpec, Timing};
use crate::config::Project;
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
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<()> {
    let mut project = Project::load(&arguments.path)?;
    choose(&mut project.comparisons, arguments)?;
    let found = compare(&project, &|step| output.step(step))?;
    output.finish();
    let lang = output.lang();
    let spec = |at: usize| &project.comparisons[at];
    if output.json() {
        let launch = found.launch.iter().map(|(at, ladder)| (*at, value(spec(*at), ladder, lang)));
        let live = found.live.iter().map(|(at, ladder)| (*at, live::value(spec(*at), ladder, lang)));
        let all: BTreeMap<usize, Value> = launch.chain(live).collect();
        output.value(&json!({ "comparisons": all.into_values().collect::<Vec<_>>() }));
        return Ok(());
    }
    let launch = found.launch.iter().map(|(at, ladder)| (*at, lines(spec(*at), ladder, lang)));
    let live = found.live.iter().map(|(at, ladder)| (*at, live::lines(spec(*at), ladder, lang)));
    let all: BTreeMap<usize, Vec<String>> = launch.chain(live).collect();
    for (nth, lines) in all.into_values().enumerate() {
        if nth > 0 {
            output.line("");
        }
        lines.iter().for_each(|line| output.line(line));
    }
    Ok(())
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
    let event = |c: &ComparisonSpec| matches!(c.kind(), ComparisonKind::Event(_, Timing::BeforeLaunch | Timing::Live));
    if !comparisons.iter().any(event) {
        return Err(Error::config(say!(
            "Es gibt keinen Vergleich mit einem Ereignis vor dem Start oder im Betrieb",
            "there is no comparison with an event before the launch or on a live service"
        ))
        .hint(say!(
            "Zum Beispiel: [[comparison]] mit event = \"participation\" und timing = \"before_launch\", oder mit event = \"campaign\" und timing = \"live\"",
            "for example: a [[comparison]] with event = \"participation\" and timing = \"before_launch\", or with event = \"campaign\" and timing = \"live\""
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
    })
}
