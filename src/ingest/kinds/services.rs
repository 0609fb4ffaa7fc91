use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject, is_destroyed};
use crate::ingest::finding::Code;
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Service;

const SERVICE: usize = 0;
const NAME: usize = 1;
const FIELD: usize = 2;
const FIELDS: &[FieldSpec] = &[required("service"), optional("name"), optional("field")];

/// The service catalogue.
#[derive(Default)]
pub(in crate::ingest) struct ServicesKind {
    pub(in crate::ingest) services: Vec<Service>,
    ledger: Ledger<String>,
}

impl Kind for ServicesKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let key = context.needed(entry, SERVICE)?.to_owned();
        if is_destroyed(&key) {
            return Err(Reject::new(Code::DestroyedKey, SERVICE));
        }
        let name = context.mapped(entry, NAME);
        let service = Service {
            name: if name.is_empty() { key.clone() } else { name.to_owned() },
            field: context.mapped(entry, FIELD).to_owned(),
            key,
        };
        self.ledger.store(&mut self.services, service.key.clone(), service, context, entry, SERVICE)
    }
}
