use std::collections::{BTreeMap, HashMap};

use super::Kind;
use crate::domain::{CellState, Channel, Month, Period, Stage, say};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, free_text, optional, required};
use crate::ingest::records::{Fact, Measure};
use crate::ingest::spec::{Grain, Layout, SourceSpec};
use crate::ingest::value::parse_count;
use crate::{Error, Result};

const AREA: usize = 0;
const SERVICE: usize = 1;
const PERIOD: usize = 2;
const CHANNEL: usize = 3;
const STAGE: usize = 4;
const COUNT: usize = 5;
const ID: usize = 6;
const YEAR: usize = 7;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    required("period"),
    optional("channel"),
    required("stage"),
    required("count"),
    // Not quoted: the number of a case leads back to a person.
    free_text("id"),
    optional("year"),
];

type Key = (u32, u32, Period, Measure);

/// Refuses a source that declares unique visitors to be a stage or the count of one.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    let stages = spec.values.get("stage").into_iter().flat_map(|map| map.iter().flat_map(|(from, to)| [from, to]));
    let of_stage = |table: &BTreeMap<String, String>| table.get("stage").cloned();
    let declared = stages
        .map(|text| ("values.stage", text.clone()))
        .chain(of_stage(&spec.constants).map(|text| ("constants.stage", text)))
        .chain(spec.columns.get("count").map(|text| ("columns.count", text.clone())))
        .chain(spec.wide.iter().map(|rule| ("wide.pattern", rule.pattern.clone())))
        .chain(spec.wide.iter().filter_map(|rule| Some(("wide.constants.stage", of_stage(&rule.constants)?))));
    let Some((place, text)) = declared.into_iter().find(|(_, text)| Stage::means_unique_visitors(text)) else {
        return Ok(());
    };
    Err(Error::config(say!(
        "Quelle „{}“: {place}: „{text}“ lässt sich nicht über Zeiträume, Leistungen oder Orte addieren",
        "source \"{}\": {place}: \"{text}\" cannot be added over periods, services or areas",
        spec.name
    ))
    .hint(say!(
        "Wer in zwei Monaten kommt, zählt in jedem einmal, im ganzen Zeitraum aber auch nur einmal.",
        "who comes in two months is one in each of them, but also one in both together"
    ))
    .hint(say!("Stattdessen die Besuche liefern: stage = \"visit\".", "deliver the visits instead: stage = \"visit\"")))
}

/// Counts of use.
#[derive(Default)]
pub(in crate::ingest) struct UsageKind {
    pub(in crate::ingest) facts: Vec<Fact>,
    ledger: Ledger<Key>,
    /// By source as well: two systems may number their cases alike.
    ids: Ledger<(u16, String)>,
    /// The length of the period that covers a month of a series: 0 for days.
    grain: HashMap<(u32, u32, Measure, Month), u16>,
}

impl UsageKind {
    /// Monthly and yearly numbers of the same series would count twice.
    fn check_grain(&mut self, fact: &Fact) -> std::result::Result<(), Reject> {
        let grain = if fact.period.day > 0 { 0 } else { fact.period.months };
        let months = (0..i32::from(fact.period.months)).map(|i| fact.period.start.plus(i));
        let key = |month| (fact.area, fact.service, fact.measure, month);
        if months.clone().any(|month| self.grain.get(&key(month)).is_some_and(|&known| known != grain)) {
            return Err(Reject::new(Code::PeriodOverlap, PERIOD));
        }
        for month in months {
            self.grain.insert(key(month), grain);
        }
        Ok(())
    }
}

impl Kind for UsageKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let mut period = context.period_of_year(entry, PERIOD, YEAR)?;
        if context.spec.grain == Grain::Month {
            period.day = 0;
        }
        let area = context.area(entry, AREA)?;
        let service = context.service(entry, SERVICE)?;
        let (stage, channel) = stage_and_channel(context, entry)?;
        let measure = Measure::Count(stage, channel);
        if context.spec.layout == Layout::OneRowPerCase {
            let fact =
                Fact { area, service, period, measure, state: CellState::Observed, value: 1, source: context.source };
            return self.case(context, entry, fact);
        }
        let text = context.mapped(entry, COUNT);
        let typed = entry.number(COUNT);
        let (state, value) = match context.states.state(text) {
            Some(state) if typed.is_none() => (state, 0),
            _ => {
                let count = parse_count(text, typed, context.spec.dialect.decimal);
                (CellState::Observed, count.map_err(|code| Reject::new(code, COUNT))?)
            }
        };
        let fact = Fact { area, service, period, measure, state, value, source: context.source };
        let key = (area, service, period, measure);
        // An empty cell does not claim its key: another source may deliver the number.
        if let Some(at) = self.ledger.position(&key) {
            if self.facts[at].state == CellState::NotProvided {
                self.facts[at] = fact;
                return Ok(Accepted::Filled);
            }
            if state == CellState::NotProvided {
                return Ok(Accepted::Filled);
            }
        }
        if let Some((at, replacing)) = self.ledger.earlier(&key, context, COUNT)? {
            self.facts[at] = fact;
            return Ok(replacing);
        }
        self.check_grain(&fact)?;
        self.ledger.enter(key, self.facts.len(), context, entry);
        self.facts.push(fact);
        Ok(Accepted::Used)
    }
}

impl UsageKind {
    fn case(&mut self, context: &Context<'_>, entry: &Entry<'_>, fact: Fact) -> std::result::Result<Accepted, Reject> {
        let id = entry.text(ID);
        if id.is_empty() {
            self.facts.push(fact);
            return Ok(Accepted::Used);
        }
        self.ids.store(&mut self.facts, (context.source, id.to_owned()), fact, context, entry, ID)
    }
}

fn stage_and_channel(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<(Stage, Channel), Reject> {
    let ids = |names: Vec<&str>| Suggestion::Allowed(names.join(", "));
    let text = context.needed(entry, STAGE)?;
    let stage = Stage::parse(text).ok_or_else(|| {
        if Stage::means_unique_visitors(text) {
            return Reject::new(Code::NotAdditive, STAGE).suggest(Suggestion::DidYouMean(Stage::Visit.id().into()));
        }
        Reject::new(Code::UnknownValue, STAGE).suggest(ids(Stage::ALL.iter().map(|s| s.id()).collect()))
    })?;
    let text = context.mapped(entry, CHANNEL);
    let channel = if text.is_empty() && stage == Stage::CaseTotal {
        Channel::All
    } else if text.is_empty() {
        return Err(Reject::new(Code::MissingKey, CHANNEL));
    } else {
        Channel::parse(text).ok_or_else(|| {
            Reject::new(Code::UnknownValue, CHANNEL).suggest(ids(Channel::ALL.iter().map(|c| c.id()).collect()))
        })?
    };
    Ok((stage, channel))
}
