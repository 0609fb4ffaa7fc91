use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Event;

const AREA: usize = 0;
const SERVICE: usize = 1;
const KIND: usize = 2;
const FROM: usize = 3;
const TO: usize = 4;
const COST: usize = 5;
const LABEL: usize = 6;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    optional("service"),
    required("kind"),
    required("from"),
    optional("to"),
    optional("cost"),
    optional("label"),
];

/// Launches, campaigns, participation and whatever else happened.
#[derive(Default)]
pub(in crate::ingest) struct EventsKind {
    pub(in crate::ingest) events: Vec<Event>,
}

impl Kind for EventsKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let area = context.area_or_all(entry, AREA)?;
        let service = context.service_or_all(entry, SERVICE)?;
        context.needed(entry, KIND)?;
        let kind = context.public(entry, KIND);
        let from = context.date(entry, FROM)?.ok_or_else(|| Reject::new(Code::MissingKey, FROM))?;
        let to = context.date(entry, TO)?;
        if to.is_some_and(|to| to < from) {
            return Err(Reject::new(Code::ImpossibleDate, TO));
        }
        let cost = context.decimal(entry, COST)?;
        let label = context.public(entry, LABEL);
        let label = if label.is_empty() { kind.clone() } else { label };
        self.events.push(Event { area, service, kind, from, to, cost, label });
        Ok(Accepted::Used)
    }
}
