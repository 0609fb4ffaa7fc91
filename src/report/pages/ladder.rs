use super::{Book, EventPage, comparison, course};
use crate::chart::{ChartSpec, LoveChart, LoveRow};
use crate::compare::ladder::{BALANCED_BELOW, Balance, Horizon, Ladder, LiveLadder, Step};
use crate::domain::{Lang, Text, format_count, format_decimal, format_points};
use crate::publish::Staging;
use crate::report::view::{BalanceRow, Figure, HorizonRow, LadderView, RungState, RungView, Sign, Statement};
use crate::stats::{PairedEstimate, Refusal};
use crate::{Result, story};

/// The ladder of a comparison, where it has one.
pub(super) fn section(book: &Book<'_>, event: &EventPage<'_>, stage: &Staging) -> Result<Option<LadderView>> {
    let at = event.at;
    let what = comparison::event_name(book, at);
    let launch = book.r.ladders.launch.iter().find(|(of, _)| *of == at).map(|(_, ladder)| ladder);
    let live = book.r.ladders.live.iter().find(|(of, _)| *of == at).map(|(_, ladder)| ladder);
    let (sides, view) = match (launch, live) {
        (Some(ladder), _) => (Sides::of(ladder), view(ladder, what, book.lang)),
        (None, Some(ladder)) => (Sides::of_live(ladder), live_view(ladder, what, book.lang)),
        (None, None) => return Ok(None),
    };
    let chart = book.draw(love(book, &sides, what).as_ref(), Some((stage, &event.chart("balance"))))?;
    let effect = live.and_then(|ladder| ladder.effect.as_ref().ok()).filter(|effect| !effect.course.is_empty());
    let course = effect.map(|effect| course::chart(book, effect, what));
    let course = book.draw(course.as_ref(), Some((stage, &event.chart("course"))))?;
    let mut view = LadderView { course, chart, ..view };
    if let (true, Some(note)) = (book.public, &mut view.answer.note) {
        note.push_str(book.say(
            " In dieser Veröffentlichung zählen nur Orte, deren Monatswerte gezeigt werden.",
            " In this release only towns whose monthly values are shown count.",
        ));
    }
    Ok(Some(view))
}

/// Who is likened to whom.
struct Sides<'a> {
    towns: (usize, usize),
    pairs: usize,
    traits: &'a [String],
    balance: &'a [Balance],
}

impl<'a> Sides<'a> {
    fn of(ladder: &'a Ladder) -> Self {
        Self { towns: ladder.towns, pairs: ladder.pairs.len(), traits: &ladder.traits, balance: &ladder.balance }
    }

    fn of_live(ladder: &'a LiveLadder) -> Self {
        Self { towns: ladder.towns, pairs: ladder.pairs.len(), traits: &ladder.traits, balance: &ladder.balance }
    }
}

impl Sides<'_> {
    fn rows(&self, lang: Lang) -> Vec<BalanceRow> {
        self.balance.iter().map(|b| balance(self, b, lang)).collect()
    }
}

/// Name, finding and rule of a rung.
type Said<'a> = dyn Fn(&Step) -> [String; 3] + 'a;

fn rungs(steps: &[Step], said: &Said<'_>, lang: Lang) -> Vec<RungView> {
    let mut open = true;
    let mut out = Vec::new();
    for step in steps {
        let (state, label) = match (open, step.missed.is_none()) {
            (true, true) => (RungState::Reached, Text::new("erreicht", "reached")),
            (true, false) => (RungState::Missed, Text::new("nicht erreicht", "not reached")),
            (false, _) => (RungState::NotDecisive, Text::new("nicht maßgeblich", "not decisive")),
        };
        open &= step.missed.is_none();
        let [name, found, rule] = said(step);
        out.push(RungView { name, state, state_label: label.get(lang).to_owned(), found, rule });
    }
    out
}

fn view(ladder: &Ladder, what: &str, lang: Lang) -> LadderView {
    let said = |step: &Step| {
        let (name, rule) = (story::rung_name(step.rung, lang), story::rung_rule(step.rung, lang));
        [name.to_owned(), story::ladder_step(ladder, step, what, lang), rule.to_owned()]
    };
    let name = ladder.stands_on().map(|rung| story::rung_name(rung, lang));
    LadderView {
        rungs: rungs(&ladder.steps, &said, lang),
        answer: Statement {
            note: Some(stands_on(&ladder.steps, name, lang)),
            ..Statement::new(story::ladder_answer(ladder, what, lang).text)
        },
        claim: ladder.claim.as_ref().map(|claim| Statement::new(story::claim_sentence(claim, lang))),
        alternatives: story::ladder_alternatives(ladder, lang),
        horizons: ladder.horizons.iter().map(|h| horizon(ladder, h, lang)).collect(),
        balance: Sides::of(ladder).rows(lang),
        ..LadderView::default()
    }
}

fn live_view(ladder: &LiveLadder, what: &str, lang: Lang) -> LadderView {
    let said = |step: &Step| {
        let (name, rule) = (story::live_rung_name(step.rung, lang), story::live_rung_rule(step.rung, lang));
        [name.to_owned(), story::live_step(ladder, step, what, lang), rule.to_owned()]
    };
    let name = ladder.stands_on().map(|rung| story::live_rung_name(rung, lang));
    let cost = story::cost_sentence(ladder, lang).map_or_else(String::new, |cost| format!(" {cost}"));
    LadderView {
        live: true,
        rungs: rungs(&ladder.steps, &said, lang),
        answer: Statement {
            note: Some(stands_on(&ladder.steps, name, lang)),
            ..Statement::new(format!("{}{cost}", story::live_answer(ladder, what, lang)))
        },
        claim: ladder.claim.as_ref().map(|claim| Statement::new(story::claim_sentence(claim, lang))),
        alternatives: story::live_alternatives(ladder, lang),
        course_refusal: story::course_refusal(&ladder.effect, lang),
        balance: Sides::of_live(ladder).rows(lang),
        ..LadderView::default()
    }
}

fn stands_on(steps: &[Step], name: Option<&str>, lang: Lang) -> String {
    let all = steps.len();
    let reached = steps.iter().take_while(|step| step.missed.is_none()).count();
    match (name, lang) {
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
fn gaps(sides: &Sides<'_>, b: &Balance) -> (Option<f64>, Option<f64>) {
    let (with, without) = sides.towns;
    (Some(b.before).filter(|_| with > 0 && without > 0), Some(b.after).filter(|_| sides.pairs > 0))
}

fn characteristic(sides: &Sides<'_>, b: &Balance, lang: Lang) -> String {
    let name = sides.traits.get(b.at).map_or("", String::as_str);
    let name = story::trait_name(name, b.label.as_deref(), lang);
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn balance(sides: &Sides<'_>, b: &Balance, lang: Lang) -> BalanceRow {
    let (before, after) = gaps(sides, b);
    let figure = |value: Option<f64>| {
        value.map_or_else(|| Figure::sign(Sign::NotApplicable), |v| Figure::new(format_decimal(v, 2, lang)))
    };
    let mut out = BalanceRow { name: characteristic(sides, b, lang), before: figure(before), after: figure(after) };
    if after.is_some_and(|v| v.abs() >= BALANCED_BELOW) {
        out.after = out.after.remark(Text::new("zu groß", "too large").get(lang));
    }
    out
}

/// How similar the towns are before and after matching; nothing to draw where there is no pair.
fn love(book: &Book<'_>, sides: &Sides<'_>, what: &str) -> Option<ChartSpec> {
    let lang = book.lang;
    if sides.pairs == 0 || sides.balance.is_empty() {
        return None;
    }
    let ((with, without), pairs) = (sides.towns, sides.pairs);
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
    let rows = sides.balance.iter().map(|b| {
        let (before, after) = gaps(sides, b);
        LoveRow { name: characteristic(sides, b, lang), before, after }
    });
    Some(ChartSpec::Love(LoveChart {
        header: book.chart_header(
            "balance",
            story::balance_headline(sides.balance, sides.traits, sides.pairs, lang),
            subtitle,
        ),
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
pub(super) mod tests;
