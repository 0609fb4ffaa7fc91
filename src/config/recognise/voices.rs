//! Feedback, surveys and events: what their answers and words mean.

use std::collections::BTreeMap;

use super::kinds::{is_personal, is_question_code, stars};
use super::proposal::Proposal;
use super::question::{Desk, OPEN, Question};
use super::words::{self, Concept, names};
use crate::Result;
use crate::domain::{Label, say};
use crate::ingest::spec::{OnDuplicate, QuestionMeasure};

/// Grades are not turned into stars: they have six steps, and the best is the lowest.
fn grades(place: &str, header: &str) -> Label {
    say!(
        "{place}: „{header}“ enthält Schulnoten (1 ist die beste). Ausgewertet werden Ja/Nein, Ja/Teilweise/Nein und Sterne von 1 bis 5 (5 ist das Beste); umgerechnet wird nicht",
        "{place}: \"{header}\" holds grades (1 is the best). Evaluated are yes/no, yes/partly/no and stars from 1 to 5 (5 is the best); nothing is converted"
    )
}

impl Proposal {
    pub(super) fn feedback(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let Some(at) = self.found.column("value") else { return Ok(()) };
        let texts: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
        let header = self.header(at);
        let graded = |text: &str| text.trim_start().starts_with(|c: char| ('1'..='6').contains(&c));
        let is_graded = self.table.mostly(at, |cell| graded(&cell.text)) == Some(true);
        let said: Vec<&str> = std::iter::once(header.as_str()).chain(texts.iter().map(String::as_str)).collect();
        let six = texts.iter().any(|text| text == "6");
        if is_graded && (six || said.iter().any(|text| words::says_grades(text))) {
            self.refused = Some(grades(&self.scope, &header));
            return Ok(());
        }
        let is_stars = self.table.mostly(at, |cell| stars(&cell.text).is_some()) == Some(true);
        let partly = texts.iter().any(|text| words::answer(text) == Some("partly"));
        let scale = if is_stars {
            "stars"
        } else if partly {
            "three_way"
        } else {
            "binary"
        };
        let list = texts.iter().take(6).cloned().collect::<Vec<_>>().join(", ");
        let mut scale = scale.to_owned();
        if is_stars && !said.iter().any(|text| words::says_stars(text)) {
            let question = Question::new(
                "scale",
                &self.spec.name,
                say!(
                    "Welches ist der beste Wert in „{header}“ ({list})?",
                    "Which is the best value in \"{header}\" ({list})?"
                ),
            )
            .choice("stars", "5: wie Sterne", "5: as with stars")
            .choice(
                "grades",
                "1: wie Schulnoten, die nicht ausgewertet werden",
                "1: as with grades, which are not evaluated",
            );
            scale = self.settle(desk, "constants.scale", question)?;
            if scale == "grades" {
                self.refused = Some(grades(&self.scope, &header));
                return Ok(());
            }
        } else {
            self.note("constants.scale", say!("Skala nach den Antworten: {list}", "scale by the answers: {list}"));
        }
        self.spec.constants.insert("scale".into(), scale);
        for text in texts.iter().take(40) {
            let (meant, plain) = if is_stars {
                (stars(text).map(|n| n.to_string()), text.parse::<u8>().is_ok())
            } else {
                let known = ["ja", "nein", "teilweise", "yes", "no", "partly"].contains(&text.to_lowercase().as_str());
                (words::answer(text).map(str::to_owned), known)
            };
            if let (Some(meant), false) = (meant, plain) {
                self.spec.values.entry("value".into()).or_default().insert(text.clone(), meant);
            }
        }
        let page = self.table.headers.iter().find(|header| names(header, Concept::Page) > 1).cloned();
        let place = if let Some(header) = page {
            self.note(
                "constants.place",
                say!(
                    "Ort des Knopfs: auf Seiten, denn es gibt die Spalte „{header}“",
                    "place of the button: on pages, as there is a column \"{header}\""
                ),
            );
            "page".to_owned()
        } else {
            let question = Question::new(
                "place",
                &self.spec.name,
                say!("Wo stand der Knopf für die Rückmeldung?", "Where was the feedback button?"),
            )
            .choice("page", "auf Seiten des Portals", "on pages of the portal")
            .choice("form_end", "am Ende eines Formulars", "at the end of a form");
            self.settle(desk, "constants.place", question)?
        };
        self.spec.constants.insert("place".into(), place);
        if self.found.column("time").is_none() {
            let question = Question::new(
                "time",
                &self.spec.name,
                say!(
                    "Aus welchem Monat sind die Rückmeldungen, etwa 2025-06?",
                    "Which month is the feedback from, for example 2025-06?"
                ),
            );
            let answer = self.settle(desk, "constants.time", question.free())?;
            self.spec.constants.insert("time".into(), answer);
        }
        if let Some(id) = self.found.column("id")
            && !self.table.is_unique(id)
        {
            self.spec.on_duplicate = OnDuplicate::Replace;
            self.note(
                "on_duplicate",
                say!(
                    "Nummern kommen mehrfach vor: Die letzte Rückmeldung gilt",
                    "numbers repeat: the last feedback holds"
                ),
            );
        }
        Ok(())
    }

    pub(super) fn survey(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let mut skipped = Vec::new();
        for at in 0..self.table.headers.len() {
            let header = self.header(at);
            let asks = is_question_code(&header) || words::question(&header).is_some();
            if self.found.uses(at) || !asks || is_personal(&self.table, at, true) {
                continue;
            }
            let answers: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
            let of =
                |wanted: &str| answers.iter().filter(|a| words::answer(a) == Some(wanted)).cloned().collect::<Vec<_>>();
            let (yes, no) = (of("yes"), of("no"));
            let said = words::question(&header);
            let binary = !yes.is_empty() && yes.len() + no.len() + 1 >= answers.len() && !header.contains('[');
            let choice = said == Some("barrier") && (2..=12).contains(&answers.len());
            if !binary && !choice {
                skipped.push(header);
                continue;
            }
            let measure = if let Some(measure) = said {
                measure.to_owned()
            } else {
                let question = Question::new(
                    &format!("measure {header}"),
                    &self.spec.name,
                    say!("Was fragt „{header}“?", "What does \"{header}\" ask?"),
                )
                .choice("need", "Bedarf: Gab es einen Anlass?", "need: was there a reason to use it?")
                .choice(
                    "awareness",
                    "Bekanntheit: Weiß die Person, dass es online geht?",
                    "awareness: does the person know it exists online?",
                )
                .choice("usage", "Nutzung: Wurde es online erledigt?", "usage: was it done online?")
                .choice("none", "etwas anderes: nicht auswerten", "something else: leave it out");
                self.settle(desk, "question", question)?
            };
            let (open, kind) = match measure.as_str() {
                "need" => (false, QuestionMeasure::Need),
                "awareness" => (false, QuestionMeasure::Awareness),
                "usage" => (false, QuestionMeasure::Usage),
                "barrier" => (false, QuestionMeasure::Barrier),
                OPEN => (true, QuestionMeasure::Need),
                _ => {
                    skipped.push(header);
                    continue;
                }
            };
            let codes = |answer: &String| (answer.clone(), words::plain(answer).replace(' ', "_"));
            let values = if choice { answers.iter().map(codes).collect() } else { BTreeMap::new() };
            let (yes, no) = if choice { (Vec::new(), Vec::new()) } else { (yes, no) };
            if open {
                self.unmeasured.insert(header.clone());
            }
            let (column, measure, service) = (header, kind, None);
            self.spec.question.push(crate::ingest::spec::Question {
                column,
                measure,
                service,
                yes,
                no,
                values,
                scale: None,
            });
        }
        if !skipped.is_empty() {
            let list = skipped.join(", ");
            self.note("question", say!("Nicht ausgewertete Fragen: {list}", "questions left out: {list}"));
        }
        Ok(())
    }

    pub(super) fn events(&mut self) {
        let Some(at) = self.found.column("kind") else { return };
        let texts: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for text in texts.into_iter().take(60) {
            match words::event(&text) {
                Some(event) if event == text => {}
                Some(event) => {
                    known.push(format!("{text} → {event}"));
                    self.spec.values.entry("kind".into()).or_default().insert(text, event.to_owned());
                }
                None => unknown.push(text),
            }
        }
        if !known.is_empty() {
            let list = known.join(", ");
            self.note(
                "values.kind",
                say!("Arten von Ereignissen nach ihren Namen: {list}", "kinds of events by their names: {list}"),
            );
        }
        if !unknown.is_empty() {
            let list = unknown.join(", ");
            self.note(
                "columns",
                say!(
                    "Eigene Arten von Ereignissen, die so bleiben: {list}",
                    "kinds of your own that stay as they are: {list}"
                ),
            );
        }
    }
}
