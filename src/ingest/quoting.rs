//! What of a record that is not used may be shown and kept.

use super::context::Context;
use super::finding::Code;
use super::mapping::{Entry, NUMBERS};
use super::value::parse_decimal_or_percent;
use crate::domain::{Channel, Stage, parse_period};
use crate::text::mask;

/// Characters quoted of a value.
const QUOTED: usize = 120;
/// So many words in place of a number are a remark; `keine Angabe` is a code to declare.
const REMARK: usize = 3;

/// Whether the cells of a record with this finding stand in the fields that they are meant for.
///
/// In a record with too many or too few fields they have moved: a name may stand where a key
/// belongs. A footnote names whom to ask, and a line that is no record may hold anything. Of these
/// only the record number is kept.
pub(super) fn cells_are_safe(code: Code) -> bool {
    !matches!(code, Code::WrongFieldCount | Code::NoteRow | Code::RecordTooLong | Code::StrayQuote)
}

/// A value as it may be stored and shown: masked, and cut where it is too long to be a key, number
/// or date.
pub(super) fn quotable(text: &str) -> String {
    let masked = mask(text).text;
    match masked.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}

impl Context<'_> {
    /// Whether words stand in a field for something else, which stands right beside it: the cells of the
    /// record are one column off, and the words may be those of a comment.
    pub(super) fn cells_have_moved(&self, entry: &Entry<'_>) -> bool {
        (0..self.fields.len()).filter(|&field| !self.fields[field].free_text).any(|field| {
            let Some(at) = entry.column_of(field) else { return false };
            let name = self.fields[field].name;
            let own = self.mapped(entry, field);
            let fewest = if NUMBERS.contains(&name) { REMARK } else { 1 };
            if words(own) < fewest || self.fits(name, own) {
                return false;
            }
            let in_place = |at: usize| {
                entry.field_of(at).is_some_and(|field| self.fits(self.fields[field].name, self.mapped(entry, field)))
            };
            [at.checked_sub(1), Some(at + 1)].into_iter().flatten().any(|at| {
                let beside = entry.raw(at);
                !beside.is_empty() && self.fits(name, beside) && !in_place(at)
            })
        })
    }

    /// Whether `text` is what a field of this `name` is made for; of a field that may hold any text, nothing is.
    fn fits(&self, name: &str, text: &str) -> bool {
        match name {
            "area" => self.register.find(text).is_some() || !self.register.named(text).is_empty(),
            "service" => self.catalogue.find(text).is_some(),
            "period" | "time" | "date" | "from" | "to" | "live_from" | "live_to" => {
                self.states.state(text).is_some() || parse_period(text, self.spec.business_year_from).is_ok()
            }
            "channel" => Channel::parse(text).is_some(),
            "stage" => Stage::parse(text).is_some(),
            _ if NUMBERS.contains(&name) => {
                self.states.state(text).is_some() || parse_decimal_or_percent(text, self.spec.dialect.decimal).is_ok()
            }
            _ => false,
        }
    }
}

/// Words of three letters or more: `KW 12` and `k. A.` have none.
fn words(text: &str) -> usize {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().nth(2).is_some()).count()
}
