use super::Kind;
use crate::domain::{CellState, Period};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, free_text, required};
use crate::ingest::records::{Comment, Fact, FeedbackPlace, Measure, Scale};
use crate::text::mask;

const ID: usize = 0;
const TIME: usize = 1;
const AREA: usize = 2;
const SERVICE: usize = 3;
const PLACE: usize = 4;
const SCALE: usize = 5;
const VALUE: usize = 6;
const COMMENT: usize = 7;
const FIELDS: &[FieldSpec] = &[
    // Not quoted either: systems use addresses and visitor numbers.
    free_text("id"),
    required("time"),
    required("area"),
    required("service"),
    required("place"),
    required("scale"),
    required("value"),
    free_text("comment"),
];

/// Characters kept of a comment, counted after masking. Form servers allow a few hundred to a few
/// thousand; what is longer was pasted, and a cut before masking could leave half an address.
const COMMENT_LIMIT: usize = 4_000;

/// Results of the feedback buttons. Comments are counted, and their masked text is kept for the
/// internal folder.
#[derive(Default)]
pub(in crate::ingest) struct FeedbackKind {
    votes: Vec<Vote>,
    ids: Ledger<String>,
}

struct Vote {
    fact: Fact,
    place: FeedbackPlace,
    scale: Scale,
    answer: u8,
    /// Masked; empty if there is none.
    comment: String,
}

impl FeedbackKind {
    /// One fact per vote, and one more where it has a comment; the comments.
    pub(in crate::ingest) fn finish(self) -> (Vec<Fact>, Vec<Comment>) {
        let (mut facts, mut comments) = (Vec::with_capacity(self.votes.len()), Vec::new());
        for vote in self.votes {
            let fact = vote.fact;
            facts.push(fact);
            if vote.comment.is_empty() {
                continue;
            }
            facts.push(Fact { measure: Measure::Comments, ..fact });
            comments.push(Comment {
                area: fact.area,
                service: fact.service,
                month: fact.period.start,
                place: vote.place,
                scale: vote.scale,
                answer: vote.answer,
                text: vote.comment,
            });
        }
        comments.sort();
        (facts, comments)
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
        let masked = mask(entry.text(COMMENT));
        if masked.changed() {
            context.note(entry, Code::CommentMasked, COMMENT, None);
        }
        let vote = Vote { fact, place, scale, answer, comment: shortened(&masked.text) };
        let id = entry.text(ID);
        if id.is_empty() {
            self.votes.push(vote);
            return Ok(Accepted::Used);
        }
        let id = id.to_owned();
        if let Some((at, replacing)) = self.ids.replacing(&id, ID) {
            self.votes[at] = vote;
            return Ok(replacing);
        }
        self.ids.enter(id, self.votes.len(), context, entry);
        self.votes.push(vote);
        Ok(Accepted::Used)
    }
}

/// The text up to the limit, at the border of a character.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(COMMENT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
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
