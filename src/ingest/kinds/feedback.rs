use std::collections::HashMap;

use super::Kind;
use crate::domain::{CellState, Period};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::mapping::{Entry, FieldSpec, free_text, optional, required};
use crate::ingest::records::{Fact, FeedbackPlace, Measure, Scale};

const ID: usize = 0;
const TIME: usize = 1;
const AREA: usize = 2;
const SERVICE: usize = 3;
const PLACE: usize = 4;
const SCALE: usize = 5;
const VALUE: usize = 6;
const COMMENT: usize = 7;
const FIELDS: &[FieldSpec] = &[
    optional("id"),
    required("time"),
    required("area"),
    required("service"),
    required("place"),
    required("scale"),
    required("value"),
    free_text("comment"),
];

/// Results of the feedback buttons. Comments are counted; their text is not kept.
#[derive(Default)]
pub(in crate::ingest) struct FeedbackKind {
    votes: Vec<Vote>,
    ids: HashMap<String, usize>,
}

struct Vote {
    fact: Fact,
    commented: bool,
}

impl FeedbackKind {
    /// One fact per vote, and one more where it has a comment.
    pub(in crate::ingest) fn facts(self) -> impl Iterator<Item = Fact> {
        self.votes.into_iter().flat_map(|vote| {
            let comment = vote.commented.then_some(Fact { measure: Measure::Comments, ..vote.fact });
            [Some(vote.fact), comment].into_iter().flatten()
        })
    }
}

impl Kind for FeedbackKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let period = context.period(entry, TIME)?;
        if period.months > 1 {
            let allowed = Suggestion::Allowed("2025-03-17, 17.03.2025, 2025-03".to_owned());
            return Err(Reject::new(Code::BadPeriod, TIME).suggest(allowed));
        }
        let area = context.area(entry, AREA)?;
        let service = context.service(entry, SERVICE)?;
        let place = match context.needed(entry, PLACE)? {
            "page" => FeedbackPlace::Page,
            "form_end" => FeedbackPlace::FormEnd,
            _ => return Err(unknown(PLACE, "page, form_end")),
        };
        let (scale, answer) = answer(context, entry)?;
        let fact = Fact {
            area,
            service,
            period: Period::month(period.start),
            measure: Measure::Feedback(place, scale, answer),
            state: CellState::Observed,
            value: 1,
            source: context.source,
        };
        let vote = Vote { fact, commented: !entry.text(COMMENT).is_empty() };
        let id = entry.text(ID);
        if id.is_empty() {
            self.votes.push(vote);
            return Ok(Accepted::Used);
        }
        if let Some(&at) = self.ids.get(id) {
            self.votes[at] = vote;
            return Ok(Accepted::Replacing(ID));
        }
        self.ids.insert(id.to_owned(), self.votes.len());
        self.votes.push(vote);
        Ok(Accepted::Used)
    }
}

fn answer(context: &Context<'_>, entry: &Entry<'_>) -> Result<(Scale, u8), Reject> {
    let scale = match context.needed(entry, SCALE)? {
        "binary" => Scale::Binary,
        "three_way" => Scale::ThreeWay,
        "stars" => Scale::Stars,
        _ => return Err(unknown(SCALE, "binary, three_way, stars")),
    };
    let text = context.needed(entry, VALUE)?.to_lowercase();
    let answer = match (scale, text.as_str()) {
        (Scale::Binary | Scale::ThreeWay, "yes" | "ja") => 1,
        (Scale::ThreeWay, "partly" | "teilweise") => 2,
        (Scale::Binary | Scale::ThreeWay, "no" | "nein") => 3,
        (Scale::Stars, stars) => match stars.parse::<u8>() {
            Ok(stars @ 1..=5) => stars,
            _ => return Err(unknown(VALUE, "1, 2, 3, 4, 5")),
        },
        (Scale::Binary, _) => return Err(unknown(VALUE, "yes, no")),
        (Scale::ThreeWay, _) => return Err(unknown(VALUE, "yes, partly, no")),
    };
    Ok((scale, answer))
}

fn unknown(field: usize, allowed: &str) -> Reject {
    Reject::new(Code::UnknownValue, field).suggest(Suggestion::Allowed(allowed.to_owned()))
}
