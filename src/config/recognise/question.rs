//! What the files do not say: asked about, never guessed.

use std::collections::BTreeMap;

use crate::domain::{Label, say};
use crate::{Error, Result};

/// Stands in the configuration where an answer is still to be given.
pub const OPEN: &str = "?";

/// One of the answers to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is written into the configuration.
    pub value: String,
    /// What it means.
    pub label: Label,
}

/// Something that only the user knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked for, for example `decimal`.
    pub id: String,
    /// The source it is about.
    pub source: String,
    /// The question with what was seen in the file.
    pub text: Label,
    /// The answers to choose from.
    pub choices: Vec<Choice>,
    /// Whether any other text is an answer as well.
    pub free: bool,
}

impl Question {
    pub(super) fn new(id: &str, source: &str, text: Label) -> Self {
        Self { id: id.to_owned(), source: source.to_owned(), text, choices: Vec::new(), free: false }
    }

    pub(super) fn choice(mut self, value: &str, de: &str, en: &str) -> Self {
        self.choices.push(Choice { value: value.to_owned(), label: Label::new(de, en) });
        self
    }

    pub(super) fn free(mut self) -> Self {
        self.free = true;
        self
    }

    /// The values to choose from, for a comment.
    pub(super) fn values(&self) -> String {
        self.choices.iter().map(|choice| format!("\"{}\"", choice.value)).collect::<Vec<_>>().join(", ")
    }
}

/// Whoever can be asked.
pub trait Ask {
    /// The answer to `question`, `None` if there is none.
    fn ask(&mut self, question: &Question) -> Option<String>;
}

/// Nobody is there to be asked.
pub struct Nobody;

impl Ask for Nobody {
    fn ask(&mut self, _question: &Question) -> Option<String> {
        None
    }
}

/// Answers given beforehand, answers given now, and the questions that stay open.
pub(super) struct Desk<'a> {
    given: &'a [(String, String)],
    ask: &'a mut dyn Ask,
    /// The same question about another sheet of the same file is not asked twice.
    settled: BTreeMap<(String, String), Option<String>>,
    pub open: Vec<Question>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(given: &'a [(String, String)], ask: &'a mut dyn Ask) -> Self {
        Self { given, ask, settled: BTreeMap::new(), open: Vec::new() }
    }

    /// The answer to `question`, asked once per `scope`; `None` leaves it open.
    pub(super) fn settle(&mut self, scope: &str, question: Question) -> Result<Option<String>> {
        let exact = format!("{}.{}", question.source, question.id);
        let given = |key: &str| self.given.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        if let Some(answer) = given(&exact).or_else(|| given(&question.id)) {
            return accepted(&question, answer).map(Some);
        }
        let key = (scope.to_owned(), question.id.clone());
        if let Some(earlier) = self.settled.get(&key) {
            if earlier.is_none() {
                self.open.push(question);
            }
            return Ok(earlier.clone());
        }
        let answer = self.ask.ask(&question);
        self.settled.insert(key, answer.clone());
        match answer {
            Some(answer) => accepted(&question, answer).map(Some),
            None => {
                self.open.push(question);
                Ok(None)
            }
        }
    }
}

fn accepted(question: &Question, answer: String) -> Result<String> {
    if (question.free && !answer.trim().is_empty() && answer != OPEN)
        || question.choices.iter().any(|choice| choice.value == answer)
    {
        return Ok(answer);
    }
    let id = &question.id;
    Err(Error::config(say!("Die Antwort {id}={answer} gibt es nicht", "there is no answer {id}={answer}")).hint(say!(
        "Möglich sind: {}",
        "possible are: {}",
        question.values()
    )))
}
