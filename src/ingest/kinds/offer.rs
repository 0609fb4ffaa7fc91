use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Offer;

const AREA: usize = 0;
const SERVICE: usize = 1;
const OWED: usize = 2;
const LIVE_FROM: usize = 3;
const LIVE_TO: usize = 4;
const MATURITY: usize = 5;
const MATURITY_MODEL: usize = 6;
const PLATFORM: usize = 7;
const EFA: usize = 8;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    optional("owed"),
    optional("live_from"),
    optional("live_to"),
    optional("maturity"),
    optional("maturity_model"),
    optional("platform"),
    optional("efa"),
];

/// What is offered where since when.
#[derive(Default)]
pub(in crate::ingest) struct OfferKind {
    pub(in crate::ingest) offers: Vec<Offer>,
    ledger: Ledger<(u32, u32)>,
}

impl Kind for OfferKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let area = context.area(entry, AREA)?;
        let service = context.service(entry, SERVICE)?;
        let some = |field: usize| Some(context.mapped(entry, field).to_owned()).filter(|text| !text.is_empty());
        let live_from = context.date(entry, LIVE_FROM)?;
        let live_to = context.date(entry, LIVE_TO)?;
        if let (Some(from), Some(to)) = (live_from, live_to)
            && to < from
        {
            return Err(Reject::new(Code::ImpossibleDate, LIVE_TO));
        }
        let offer = Offer {
            area,
            service,
            owed: context.yes_no(entry, OWED)?,
            live_from,
            live_to,
            maturity: some(MATURITY),
            maturity_model: some(MATURITY_MODEL),
            platform: some(PLATFORM),
            efa: context.yes_no(entry, EFA)?,
        };
        self.ledger.store(&mut self.offers, (area, service), offer, context, entry, AREA)
    }
}
