use super::Kind;
use crate::domain::say;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Finding};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, find_column, optional};
use crate::ingest::records::{Answer, CodebookItem, Respondent, Survey};
use crate::ingest::spec::{Question, SourceSpec};
use crate::text::mask;
use crate::{Error, Result};

const RESPONDENT: usize = 0;
const WAVE: usize = 1;
const AREA: usize = 2;
const WEIGHT: usize = 3;
const STRATUM: usize = 4;
const PSU: usize = 5;
const FIELDS: &[FieldSpec] = &[
    // Not quoted: the number of a respondent leads back to a person.
    FieldSpec { name: "respondent", required: true, free_text: true },
    optional("wave"),
    optional("area"),
    optional("weight"),
    optional("stratum"),
    optional("psu"),
];

/// Respondents of one survey.
#[derive(Default)]
pub(in crate::ingest) struct SurveyKind {
    pub(in crate::ingest) survey: Survey,
    questions: Vec<Question>,
    columns: Vec<usize>,
    ledger: Ledger<(String, String)>,
}

impl SurveyKind {
    pub(in crate::ingest) fn new(source: &SourceSpec, codebook: Vec<CodebookItem>) -> Self {
        let survey = Survey { source: source.name.clone(), codebook, respondents: Vec::new() };
        Self { survey, questions: source.question.clone(), ..Self::default() }
    }

    fn answers(&self, context: &mut Context<'_>, entry: &Entry<'_>) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(self.questions.len());
        for (question, &at) in self.questions.iter().zip(&self.columns) {
            let text = entry.raw(at);
            let is = |texts: &[String]| texts.iter().any(|t| t == text);
            answers.push(if context.states.state(text).is_some() {
                Answer::None
            } else if is(&question.yes) {
                Answer::Yes
            } else if is(&question.no) {
                Answer::No
            } else if let Some(code) = question.values.get(text) {
                Answer::Code(code.clone())
            } else {
                let finding = Finding {
                    code: Code::UnknownAnswer,
                    source: context.spec.name.clone(),
                    place: context.place(entry),
                    column: question.column.clone(),
                    value: if is_code(text) { text.to_owned() } else { String::new() },
                    suggestion: None,
                };
                context.findings.add(finding);
                Answer::None
            });
        }
        answers
    }
}

/// Whether an answer is short and plain enough to be a code (`A2`, `AO03`, `NA`). Anything else may be
/// an open answer, and a single word of it a name: it is not quoted, the record number finds it.
fn is_code(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    plain && text.len() <= if digit { 8 } else { 3 } && !mask(text).changed()
}

impl Kind for SurveyKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn begin(&mut self, spec: &SourceSpec, headers: &[String], file: &str) -> Result<()> {
        if self.questions.is_empty() {
            return Err(Error::config(say!(
                "Quelle „{}“: Eine Befragung braucht mindestens eine [[source.question]]",
                "source \"{}\": a survey needs at least one [[source.question]]",
                spec.name
            ))
            .hint(say!(
                "Zum Beispiel: column = \"F1\", measure = \"usage\", yes = [\"Ja\"], no = [\"Nein\"]",
                "for example: column = \"F1\", measure = \"usage\", yes = [\"Ja\"], no = [\"Nein\"]"
            )));
        }
        self.columns.clear();
        for question in &self.questions {
            self.columns.push(find_column(spec, headers, &question.column, file)?);
        }
        Ok(())
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let id = context.needed(entry, RESPONDENT)?.to_owned();
        let wave = context.public(entry, WAVE);
        let area = if entry.text(AREA).is_empty() { None } else { Some(context.area(entry, AREA)?) };
        let weight = match context.decimal(entry, WEIGHT) {
            Ok(Some(weight)) if weight > 0.0 => weight,
            Ok(None) if !context.spec.columns.contains_key("weight") => 1.0,
            _ => return Err(Reject::new(Code::BadWeight, WEIGHT)),
        };
        let respondent = Respondent {
            area,
            weight,
            stratum: context.mapped(entry, STRATUM).to_owned(),
            psu: context.mapped(entry, PSU).to_owned(),
            answers: self.answers(context, entry),
            wave: wave.clone(),
        };
        self.ledger.store(&mut self.survey.respondents, (id, wave), respondent, context, entry, RESPONDENT)
    }

    fn further_columns(&self) -> &[usize] {
        &self.columns
    }
}
