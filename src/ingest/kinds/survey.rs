//! Respondents of a survey. The rules of a record, in order: respondent, wave, area, weight, answers,
//! then the record beside the others (the same respondent in the same wave).

use super::Kind;
use crate::domain::say;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Finding, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, find_column, optional};
use crate::ingest::records::{Answer, CodebookItem, Respondent, Survey};
use crate::ingest::spec::{Question, QuestionMeasure, SourceSpec};
use crate::ingest::value::parse_decimal;
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

    fn answers(&self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Vec<Answer>, Reject> {
        let mut answers = Vec::with_capacity(self.questions.len());
        let mut unknown = Vec::new();
        for (question, &at) in self.questions.iter().zip(&self.columns) {
            if let Some(scale) = question.points() {
                answers.push(rating(question, scale, entry.cell(at), context)?);
                continue;
            }
            let (text, _) = entry.cell(at);
            let is = |texts: &[String]| texts.iter().any(|t| t == text);
            // The codebook first: it may say that an empty cell is a no.
            answers.push(if is(&question.yes) {
                Answer::Yes
            } else if is(&question.no) {
                Answer::No
            } else if let Some(code) = question.values.get(text) {
                Answer::Code(code.clone())
            } else if text.is_empty() || context.states.state(text).is_some() {
                Answer::None
            } else {
                unknown.push(Finding {
                    code: Code::UnknownAnswer,
                    source: context.spec.name.clone(),
                    place: context.place(entry),
                    column: question.column.clone(),
                    value: quoted(text),
                    suggestion: None,
                });
                Answer::None
            });
        }
        unknown.into_iter().for_each(|finding| context.findings.add(finding));
        Ok(answers)
    }
}

/// The codebooks of surveys.
///
/// # Errors
/// Kind `Config` for a scale that is none or that belongs to no rating, and for a rating whose answers
/// are not points of its scale or whose column is rated twice.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    let is_rating = |question: &&Question| question.measure == QuestionMeasure::Rating;
    for (at, question) in spec.question.iter().enumerate() {
        let (source, name) = (&spec.name, &question.column);
        let Some([low, high]) = question.points() else {
            if question.scale.is_some() {
                return Err(Error::config(say!(
                    "Quelle „{source}“: Frage „{name}“: scale gehört zu measure = \"rating\"",
                    "source \"{source}\": question \"{name}\": scale goes with measure = \"rating\""
                )));
            }
            continue;
        };
        if i32::from(high) - i32::from(low) < 2 {
            return Err(Error::config(say!(
                "Quelle „{source}“: Frage „{name}“: scale = [{low}, {high}] hat keine drei Stufen",
                "source \"{source}\": question \"{name}\": scale = [{low}, {high}] has no three points"
            ))
            .hint(say!(
                "Die niedrigste Stufe steht zuerst, die höchste ist die beste: scale = [1, 5]",
                "the lowest point comes first, the highest is the best: scale = [1, 5]"
            )));
        }
        if !question.yes.is_empty() || !question.no.is_empty() {
            return Err(Error::config(say!(
                "Quelle „{source}“: Frage „{name}“: Eine Bewertung hat Zahlen als Antworten, yes und no gehören nicht dazu",
                "source \"{source}\": question \"{name}\": the answers of a rating are numbers, yes and no do not go with it"
            ))
            .hint(say!(
                "Texte einer Stufe zuordnen: values = {{ \"sehr gut\" = \"5\" }}",
                "map texts to points: values = {{ \"very good\" = \"5\" }}"
            )));
        }
        let on_scale = |text: &String| text.parse().is_ok_and(|point: i16| (low..=high).contains(&point));
        if let Some(value) = question.values.values().find(|&value| !on_scale(value)) {
            return Err(Error::config(say!(
                "Quelle „{source}“: Frage „{name}“: „{value}“ unter values ist keine Stufe der Skala von {low} bis {high}",
                "source \"{source}\": question \"{name}\": \"{value}\" in values is no point of the scale from {low} to {high}"
            )));
        }
        if spec.question[..at].iter().filter(is_rating).any(|earlier| earlier.column == *name) {
            return Err(Error::config(say!(
                "Quelle „{source}“: Zwei Bewertungen lesen die Spalte „{name}“",
                "source \"{source}\": two ratings read the column \"{name}\""
            )));
        }
    }
    Ok(())
}

/// The answer to a rating question.
///
/// # Errors
/// [`Code::UnknownValue`] for anything that is neither a point of the scale nor an empty or missing cell.
fn rating(
    question: &Question,
    [low, high]: [i16; 2],
    (text, number): (&str, Option<f64>),
    context: &Context<'_>,
) -> std::result::Result<Answer, Reject> {
    let stands_for = question.values.get(text);
    if stands_for.is_none() && (text.is_empty() || context.states.of_cell(text, number).is_some()) {
        return Ok(Answer::None);
    }
    let point = match stands_for.map_or(text, String::as_str).parse::<i16>() {
        Ok(point) => {
            Some(point).filter(|point| !context.spec.exact || stands_for.is_some() || point.to_string() == text)
        }
        // `4.0` is what a column of whole numbers with gaps becomes in many programs.
        Err(_) if context.spec.exact && number.is_none() => None,
        Err(_) => number
            .or_else(|| parse_decimal(text, context.spec.dialect.decimal).ok())
            .and_then(|number| (low..=high).find(|&point| f64::from(point) == number)),
    };
    point.filter(|point| (low..=high).contains(point)).map(Answer::Rating).ok_or_else(|| Reject {
        cell: Some((question.column.clone(), quoted(text))),
        ..Reject::new(Code::UnknownValue, RESPONDENT).suggest(Suggestion::Allowed(points(low, high)))
    })
}

/// `1, 2, 3, 4, 5`; of a long scale the ends.
fn points(low: i16, high: i16) -> String {
    const LISTED: i32 = 11;
    if i32::from(high) - i32::from(low) >= LISTED {
        return format!("{low}, …, {high}");
    }
    (low..=high).map(|point| point.to_string()).collect::<Vec<_>>().join(", ")
}

/// What of an answer may be quoted.
fn quoted(text: &str) -> String {
    if is_code(text) { text.to_owned() } else { String::new() }
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
        // Whatever stands for a state is no id: all who have it would be one person.
        let id = context.needed(entry, RESPONDENT)?.to_owned();
        if context.states.state(&id).is_some() {
            return Err(Reject::new(Code::MissingKey, RESPONDENT));
        }
        if !context.is_declared(WAVE, entry.text(WAVE)) {
            let waves = context.spec.values.get(FIELDS[WAVE].name).into_iter().flat_map(|waves| waves.keys().cloned());
            let waves = Suggestion::Allowed(waves.collect::<Vec<_>>().join(", "));
            return Err(Reject::new(Code::UnknownValue, WAVE).suggest(waves));
        }
        let wave = context.public(entry, WAVE);
        let nowhere = !entry.is_mapped(AREA) || context.states.state(entry.text(AREA)).is_some();
        let area = if nowhere { None } else { Some(context.area(entry, AREA)?) };
        // Respondents without a stratum or unit are not in one of their own.
        let of_design = |field: usize| {
            let text = context.mapped(entry, field);
            if context.states.state(text).is_some() { String::new() } else { text.to_owned() }
        };
        let (stratum, psu) = (of_design(STRATUM), of_design(PSU));
        let weight = match context.decimal(entry, WEIGHT) {
            _ if !entry.is_mapped(WEIGHT) => 1.0,
            Ok(Some(weight)) if weight > 0.0 && weight.is_finite() => weight,
            _ => return Err(Reject::new(Code::BadWeight, WEIGHT)),
        };
        let answers = self.answers(context, entry)?;
        let respondent = Respondent { area, weight, stratum, psu, answers, wave: wave.clone() };
        self.ledger.store(&mut self.survey.respondents, (id, wave), respondent, context, entry, RESPONDENT)
    }

    fn further_columns(&self) -> &[usize] {
        &self.columns
    }
}
