use super::Kind;
use crate::domain::{CellState, Channel, Period};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::{Fact, Measure, WorkItem};
use crate::ingest::value::parse_count;

const AREA: usize = 0;
const SERVICE: usize = 1;
const PERIOD: usize = 2;
const CHANNEL: usize = 3;
const CASES: usize = 4;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    required("period"),
    required("channel"),
    required("n"),
    optional("handling_minutes"),
    optional("throughput_days"),
    optional("queries"),
    optional("rekeyed"),
];
const ITEMS: [(usize, WorkItem); 5] = [
    (CASES, WorkItem::Cases),
    (5, WorkItem::HandlingMinutes),
    (6, WorkItem::ThroughputDays),
    (7, WorkItem::Queries),
    (8, WorkItem::Rekeyed),
];

/// Working times as sums over the cases observed.
#[derive(Default)]
pub(in crate::ingest) struct WorkKind {
    /// One group of facts per record.
    pub(in crate::ingest) groups: Vec<Vec<Fact>>,
    ledger: Ledger<(u32, u32, Period, Channel)>,
}

impl Kind for WorkKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let period = context.period(entry, PERIOD)?;
        let area = context.area(entry, AREA)?;
        let service = context.service(entry, SERVICE)?;
        let channel =
            Channel::parse(context.needed(entry, CHANNEL)?).ok_or_else(|| Reject::new(Code::UnknownValue, CHANNEL))?;
        let mut facts = Vec::new();
        for (field, item) in ITEMS {
            let (text, typed) = (entry.text(field), entry.number(field));
            let (state, value) = match context.states.state(text) {
                Some(state) if typed.is_none() => (state, 0),
                _ => {
                    let count = parse_count(text, typed, context.spec.dialect.decimal);
                    (CellState::Observed, count.map_err(|code| Reject::new(code, field))?)
                }
            };
            if field == CASES && state != CellState::Observed {
                return Err(Reject::new(Code::MissingKey, CASES));
            }
            let measure = Measure::Work(item, channel);
            facts.push(Fact { area, service, period, measure, state, value, source: context.source });
        }
        self.ledger.store(&mut self.groups, (area, service, period, channel), facts, context, entry, PERIOD)
    }
}
