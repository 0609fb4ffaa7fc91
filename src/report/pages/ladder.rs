use super::{Book, comparison};
use crate::chart::{ChartSpec, LoveChart, LoveRow};
use crate::compare::ladder::{BALANCED_BELOW, Balance, Horizon, Ladder};
use crate::domain::{Lang, Text, format_count, format_decimal, format_points};
use crate::publish::Staging;
use crate::report::view::{BalanceRow, Figure, HorizonRow, LadderView, RungState, RungView, Sign, Statement};
use crate::stats::{PairedEstimate, Refusal};
use crate::{Result, story};

/// The ladder of the comparison `at`, where it has one.
pub(super) fn section(book: &Book<'_>, at: usize, stage: &Staging) -> Result<Option<LadderView>> {
    let Some((_, ladder)) = book.r.ladders.launch.iter().find(|(of, _)| *of == at) else { return Ok(None) };
    let what = comparison::event_name(book, at);
    let chart = love(book, ladder, what);
    let chart = book.draw(chart.as_ref(), Some((stage, "event-comparison-balance")))?;
    let mut view = LadderView { chart, ..view(ladder, what, book.lang) };
    if let (true, Some(note)) = (book.public, &mut view.answer.note) {
        note.push_str(book.say(
            " In dieser Veröffentlichung zählen nur Orte, deren Monatswerte gezeigt werden.",
            " In this release only towns whose monthly values are shown count.",
        ));
    }
    Ok(Some(view))
}

fn view(ladder: &Ladder, what: &str, lang: Lang) -> LadderView {
    let mut open = true;
    let mut rungs = Vec::new();
    for step in &ladder.steps {
        let (state, label) = match (open, step.missed.is_none()) {
            (true, true) => (RungState::Reached, Text::new("erreicht", "reached")),
            (true, false) => (RungState::Missed, Text::new("nicht erreicht", "not reached")),
            (false, _) => (RungState::NotDecisive, Text::new("nicht maßgeblich", "not decisive")),
        };
        open &= step.missed.is_none();
        rungs.push(RungView {
            name: story::rung_name(step.rung, lang).to_owned(),
            state,
            state_label: label.get(lang).to_owned(),
            found: story::ladder_step(ladder, step, what, lang),
            rule: story::rung_rule(step.rung, lang).to_owned(),
        });
    }
    LadderView {
        rungs,
        answer: Statement {
            note: Some(stands_on(ladder, lang)),
            ..Statement::new(story::ladder_answer(ladder, what, lang).text)
        },
        claim: ladder.claim.as_ref().map(|claim| Statement::new(story::claim_sentence(claim, lang))),
        alternatives: story::ladder_alternatives(ladder, lang),
        horizons: ladder.horizons.iter().map(|h| horizon(ladder, h, lang)).collect(),
        chart: None,
        balance: ladder.balance.iter().map(|b| balance(ladder, b, lang)).collect(),
    }
}

fn stands_on(ladder: &Ladder, lang: Lang) -> String {
    let all = ladder.steps.len();
    let reached = ladder.steps.iter().take_while(|step| step.missed.is_none()).count();
    match (ladder.stands_on().map(|rung| story::rung_name(rung, lang)), lang) {
        (None, Lang::De) => "Keine Stufe ist erreicht.".to_owned(),
        (None, Lang::En) => "No rung is reached.".to_owned(),
        (Some(name), Lang::De) => format!("Die Antwort steht auf Stufe {reached} von {all}: „{name}“."),
        (Some(name), Lang::En) => format!("The answer stands on rung {reached} of {all}: \"{name}\"."),
    }
}

fn horizon(ladder: &Ladder, h: &Horizon, lang: Lang) -> HorizonRow {
    let difference = |e: &std::result::Result<PairedEstimate, Refusal>| {
        e.as_ref().map_or_else(
            |_| Figure::sign(Sign::Uncertain),
            |e| Figure::new(format_points(e.value, 1, lang)).interval(story::interval_points(e.lower, e.upper, lang)),
        )
    };
    let decisive = h.window == ladder.window && h.pairs > 0;
    HorizonRow {
        months: format!("{} {} {}", h.window.from, Text::new("bis", "to").get(lang), h.window.until),
        remark: decisive.then(|| Text::new("maßgeblich", "decisive").get(lang).to_owned()),
        pairs: match h.pairs {
            0 => Figure::sign(Sign::Zero),
            n => Figure::new(format_count(i64::try_from(n).unwrap_or(i64::MAX), lang)),
        },
        by_town: difference(&h.by_town),
        by_case: difference(&h.by_case),
        // Where the pairs are too few for an interval they are for this.
        p: h.p
            .filter(|_| h.by_town.is_ok())
            .map_or_else(|| Figure::sign(Sign::Uncertain), |p| Figure::new(story::probability_text(p, lang))),
    }
}

/// Differences of sides on which there is somebody; over no town they are none, not zero.
fn gaps(ladder: &Ladder, b: &Balance) -> (Option<f64>, Option<f64>) {
    let (with, without) = ladder.towns;
    (Some(b.before).filter(|_| with > 0 && without > 0), Some(b.after).filter(|_| !ladder.pairs.is_empty()))
}

fn characteristic(ladder: &Ladder, b: &Balance, lang: Lang) -> String {
    let name = ladder.traits.get(b.at).map_or("", String::as_str);
    let name = story::trait_name(name, b.label.as_deref(), lang);
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn balance(ladder: &Ladder, b: &Balance, lang: Lang) -> BalanceRow {
    let (before, after) = gaps(ladder, b);
    let figure = |value: Option<f64>| {
        value.map_or_else(|| Figure::sign(Sign::NotApplicable), |v| Figure::new(format_decimal(v, 2, lang)))
    };
    let mut out = BalanceRow { name: characteristic(ladder, b, lang), before: figure(before), after: figure(after) };
    if after.is_some_and(|v| v.abs() >= BALANCED_BELOW) {
        out.after = out.after.remark(Text::new("zu groß", "too large").get(lang));
    }
    out
}

/// How similar the towns are before and after matching; nothing to draw where there is no pair.
fn love(book: &Book<'_>, ladder: &Ladder, what: &str) -> Option<ChartSpec> {
    let lang = book.lang;
    if ladder.pairs.is_empty() || ladder.balance.is_empty() {
        return None;
    }
    let ((with, without), pairs) = (ladder.towns, ladder.pairs.len());
    let [with, without, pairs] = [with, without, pairs].map(|n| book.count(n));
    let shown = book.say("; nur Orte, deren Zahlen gezeigt werden", "; only towns whose numbers are shown");
    let shown = if book.public { shown } else { "" };
    let subtitle = match lang {
        Lang::De => format!(
            "Standardisierte Unterschiede, Orte mit minus Orte ohne {what}, in Standardabweichungen der Orte mit; vorher {with} und {without} Orte, nachher {pairs} Paare{shown}"
        ),
        Lang::En => format!(
            "Standardised differences, towns with minus towns without {what}, in standard deviations of the towns with; before {with} and {without} towns, after {pairs} pairs{shown}"
        ),
    };
    let rows = ladder.balance.iter().map(|b| {
        let (before, after) = gaps(ladder, b);
        LoveRow { name: characteristic(ladder, b, lang), before, after }
    });
    Some(ChartSpec::Love(LoveChart {
        header: book.chart_header("balance", story::balance_headline(ladder, lang), subtitle),
        lang,
        row_label: book.say("Merkmal", "Characteristic").to_owned(),
        before: book.say("vorher", "before").to_owned(),
        after: book.say("nachher", "after").to_owned(),
        lower: format!("{} {what} {}", book.say("ohne", "without"), book.say("höher", "higher")),
        higher: format!("{} {what} {}", book.say("mit", "with"), book.say("höher", "higher")),
        limit: BALANCED_BELOW,
        rows: rows.collect(),
    }))
}

#[cfg(test)]
mod tests;
