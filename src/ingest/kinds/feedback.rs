use std::collections::HashSet;

use super::Kind;
use crate::domain::{CellState, Period};
use crate::ingest::bulk::plain::{PlainVotes, Spelling, When};
use crate::ingest::bulk::{Plain, Sample};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::facts::{FactBlock, FactKey, Facts, LooseFact, PlainFact};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::{Ledger, own_id};
use crate::ingest::losses::{Losses, PartOfKey};
use crate::ingest::mapping::{ColumnMap, Entry, FieldSpec, free_text, required};
use crate::ingest::part::Numbers;
use crate::ingest::records::{Comment, Fact, FeedbackPlace, Lost, Measure, Scale};
use crate::ingest::spec::{DateFormat, Grain, Layout, SourceSpec};
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
    numbers: Numbers,
    /// By source as well.
    ids: Ledger<(u16, String)>,
}

/// A vote that is not plain.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ingest) struct Vote {
    pub(in crate::ingest) fact: Fact,
    pub(in crate::ingest) place: FeedbackPlace,
    pub(in crate::ingest) scale: Scale,
    pub(in crate::ingest) answer: u8,
    pub(in crate::ingest) commented: bool,
    /// Masked; empty if there is none or it is only counted.
    pub(in crate::ingest) comment: String,
}

impl FeedbackKind {
    /// Hands one fact per vote on, and one more where it has a comment. Returns what rejected votes leave
    /// unknown, and the comments.
    pub(in crate::ingest) fn finish(self, facts: &mut Facts) -> (Vec<Lost>, Vec<Comment>) {
        let Numbers { blocks, votes, lost, .. } = self.numbers;
        let touched = Touched::by(&lost);
        let shares = if touched.is_empty() { 0 } else { facts.split.shares() };
        let plain = blocks.iter().flat_map(|block| (0..shares).flat_map(|share| touched.votes(block, share)));
        let lost = lost.of_cases(votes.iter().map(|vote| vote.fact).chain(plain));
        facts.blocks.extend(blocks);
        let mut comments = Vec::new();
        for vote in votes {
            let fact = vote.fact;
            facts.loose.push(LooseFact::summand(fact));
            if !vote.commented {
                continue;
            }
            facts.loose.push(LooseFact::summand(Fact { measure: Measure::Comments, ..fact }));
            if vote.comment.is_empty() {
                continue;
            }
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
        (lost, comments)
    }
}

impl Kind for FeedbackKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let mut read = PartOfKey::default();
        let outcome = self.vote(context, entry, &mut read);
        if let Err(reject) = &outcome {
            self.numbers.lost.note(context, entry, read, [AREA, SERVICE], reject);
        }
        outcome
    }

    fn plain(&self, context: &Context<'_>, map: &ColumnMap, sample: &Sample) -> Option<Plain> {
        let time = map.column_of(TIME)?;
        let register = context.register.areas().iter().map(|area| area.key.as_str());
        let catalogue = context.catalogue.services().iter().map(|service| service.key.as_str());
        let constant = |field: usize| map.constant_of(field).map(|text| context.mapped_text(field, text));
        let (place, scale) = (place(constant(PLACE)?)?, scale(constant(SCALE)?)?);
        let texts = map.column_of(VALUE).into_iter().flat_map(|column| sample.texts(column));
        let form = context.spec.date_format.or_else(|| sample.texts(time).find_map(DateFormat::of));
        let plain = PlainVotes {
            when: When {
                column: time,
                form: form?,
                grain: Grain::Day,
                unusual: context
                    .spec
                    .values
                    .get(FIELDS[TIME].name)
                    .into_iter()
                    .flat_map(|v| v.keys().cloned())
                    .collect(),
                window: context.spec.window,
            },
            area: Spelling::of(context, map, AREA, register, |key| context.register.find(key))?,
            service: Spelling::of(context, map, SERVICE, catalogue, |key| context.catalogue.find(key))?,
            vote: Spelling::of(context, map, VALUE, texts, |text| answer_on(scale, text).map(u32::from))?,
            votes: (0..=5).map(|answer| Measure::Feedback(place, scale, answer)).collect(),
            comment: map.column_of(COMMENT).map(|column| (column, !context.spec.keep_comments)),
        };
        let fits = FactKey::fits(context.register.areas().len(), context.catalogue.services().len());
        let unused = map.column_of(ID).is_none() && map.constant_of(ID).is_none() && map.constant_of(COMMENT).is_none();
        (unused && fits && context.spec.layout == Layout::Long).then(|| std::sync::Arc::new(plain) as Plain)
    }

    fn block(&mut self, block: FactBlock) {
        self.numbers.blocks.push(block);
    }

    /// A vote replaces an earlier one with the same id, in whatever file.
    fn numbers(&mut self, spec: &SourceSpec) -> Option<&mut Numbers> {
        let id = FIELDS[ID].name;
        (!spec.columns.contains_key(id) && !spec.constants.contains_key(id)).then_some(&mut self.numbers)
    }
}

impl FeedbackKind {
    fn vote(&mut self, context: &mut Context<'_>, entry: &Entry<'_>, read: &mut PartOfKey) -> Result<Accepted, Reject> {
        let period = context.period(entry, TIME)?;
        if period.months > 1 {
            let allowed = Suggestion::Allowed("2025-03-17, 17.03.2025, 2025-03".to_owned());
            return Err(Reject::new(Code::BadPeriod, TIME).suggest(allowed));
        }
        read.period = Some(period);
        let area = context.area(entry, AREA)?;
        read.area = Some(area);
        let service = context.service(entry, SERVICE)?;
        read.service = Some(service);
        let place = place(context.needed(entry, PLACE)?).ok_or_else(|| unknown(PLACE, "page, form_end"))?;
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
        if masked.changed() && context.spec.keep_comments {
            context.note(entry, Code::CommentMasked, COMMENT, None);
        }
        let keep = context.spec.keep_comments;
        let comment = if keep { shortened(&masked.text) } else { String::new() };
        let vote = Vote { fact, place, scale, answer, commented: !masked.text.is_empty(), comment };
        let Some(id) = own_id(context, entry, ID) else {
            self.numbers.votes.push(vote);
            return Ok(Accepted::Used);
        };
        if let Some((at, replacing)) = self.ids.replacing(&id, ID) {
            self.numbers.votes[at] = vote;
            return Ok(replacing);
        }
        self.ids.enter(id, self.numbers.votes.len(), context, entry);
        self.numbers.votes.push(vote);
        Ok(Accepted::Used)
    }
}

/// The areas and services of lost records.
struct Touched {
    /// For each area the services by the lowest six bits of their numbers, a bit each: says no to almost all others.
    maybe: Vec<u64>,
    pairs: HashSet<(u32, u32)>,
}

impl Touched {
    fn by(lost: &Losses) -> Self {
        let pairs = lost.pairs();
        let mut maybe = vec![0; pairs.iter().map(|pair| pair.0 as usize + 1).max().unwrap_or(0)];
        pairs.iter().for_each(|pair| maybe[pair.0 as usize] |= 1 << (pair.1 % u64::BITS));
        Self { maybe, pairs }
    }

    fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The votes of a share that are about one of them.
    fn votes(&self, block: &FactBlock, share: usize) -> Vec<Fact> {
        let is_touched = |fact: &PlainFact| {
            let (area, service) = (fact.key.area(), fact.key.service());
            let maybe = self.maybe.get(area as usize).is_some_and(|bits| bits >> (service % u64::BITS) & 1 == 1);
            maybe && self.pairs.contains(&(area, service))
        };
        let facts = block.facts.share(share);
        let touched = facts.iter().filter(is_touched).map(|fact| fact.fact(block.source));
        touched.filter(|fact| matches!(fact.measure, Measure::Feedback(..))).collect()
    }
}

/// The text up to the limit, at the border of a character.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(COMMENT_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn place(text: &str) -> Option<FeedbackPlace> {
    match text {
        "page" => Some(FeedbackPlace::Page),
        "form_end" => Some(FeedbackPlace::FormEnd),
        _ => None,
    }
}

fn scale(text: &str) -> Option<Scale> {
    match text {
        "binary" => Some(Scale::Binary),
        "three_way" => Some(Scale::ThreeWay),
        "stars" => Some(Scale::Stars),
        _ => None,
    }
}

fn answer_on(scale: Scale, text: &str) -> Option<u8> {
    match (scale, text.to_lowercase().as_str()) {
        (Scale::Binary | Scale::ThreeWay, "yes" | "ja") => Some(1),
        (Scale::ThreeWay, "partly" | "teilweise") => Some(2),
        (Scale::Binary | Scale::ThreeWay, "no" | "nein") => Some(3),
        (Scale::Stars, stars) => stars.parse::<u8>().ok().filter(|stars| (1..=5).contains(stars)),
        _ => None,
    }
}

fn answer(context: &Context<'_>, entry: &Entry<'_>) -> Result<(Scale, u8), Reject> {
    let scale = scale(context.needed(entry, SCALE)?).ok_or_else(|| unknown(SCALE, "binary, three_way, stars"))?;
    let allowed = match scale {
        Scale::Binary => "yes, no",
        Scale::ThreeWay => "yes, partly, no",
        Scale::Stars => "1, 2, 3, 4, 5",
    };
    let answer =
        answer_on(scale, context.needed(entry, VALUE)?).filter(|_| context.is_declared(VALUE, entry.text(VALUE)));
    let answer = answer.ok_or_else(|| unknown(VALUE, allowed))?;
    Ok((scale, answer))
}

fn unknown(field: usize, allowed: &str) -> Reject {
    Reject::new(Code::UnknownValue, field).suggest(Suggestion::Allowed(allowed.to_owned()))
}
