use std::collections::HashMap;

use super::Kind;
use crate::domain::{CellState, Channel, Month, Period, Stage};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::{Fact, Measure};
use crate::ingest::spec::{Grain, Layout};
use crate::ingest::value::parse_count;

const AREA: usize = 0;
const SERVICE: usize = 1;
const PERIOD: usize = 2;
const CHANNEL: usize = 3;
const STAGE: usize = 4;
const COUNT: usize = 5;
const ID: usize = 6;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    required("period"),
    optional("channel"),
    required("stage"),
    required("count"),
    optional("id"),
];

type Key = (u32, u32, Period, Measure);

/// Counts of use.
#[derive(Default)]
pub(in crate::ingest) struct UsageKind {
    pub(in crate::ingest) facts: Vec<Fact>,
    ledger: Ledger<Key>,
    ids: Ledger<String>,
    /// The length of the period that covers a month of a series: 0 for days.
    grain: HashMap<(u32, u32, Measure, Month), u16>,
}

impl UsageKind {
    /// Monthly and yearly numbers of the same series would count twice.
    fn check_grain(&mut self, fact: &Fact) -> Result<(), Reject> {
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

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let mut period = context.period(entry, PERIOD)?;
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
        let text = entry.text(COUNT);
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
        if let Some(at) = self.ledger.earlier(&key, context, COUNT)? {
            self.facts[at] = fact;
            return Ok(Accepted::Replacing(COUNT));
        }
        self.check_grain(&fact)?;
        self.ledger.enter(key, self.facts.len(), context, entry);
        self.facts.push(fact);
        Ok(Accepted::Used)
    }
}

impl UsageKind {
    fn case(&mut self, context: &Context<'_>, entry: &Entry<'_>, fact: Fact) -> Result<Accepted, Reject> {
        let id = entry.text(ID);
        if id.is_empty() {
            self.facts.push(fact);
            return Ok(Accepted::Used);
        }
        self.ids.store(&mut self.facts, id.to_owned(), fact, context, entry, ID)
    }
}

fn stage_and_channel(context: &Context<'_>, entry: &Entry<'_>) -> Result<(Stage, Channel), Reject> {
    let ids = |names: Vec<&str>| Suggestion::Allowed(names.join(", "));
    let stage = Stage::parse(context.needed(entry, STAGE)?).ok_or_else(|| {
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
