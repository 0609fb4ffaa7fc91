use std::collections::BTreeMap;

use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject, is_destroyed};
use crate::ingest::finding::{Code, Finding};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::{Catalogue, Service};

const SERVICE: usize = 0;
const NAME: usize = 1;
const FIELD: usize = 2;
const PARENT: usize = 3;
const FIELDS: &[FieldSpec] = &[required("service"), optional("name"), optional("field"), optional("parent")];

/// The service catalogue.
#[derive(Default)]
pub(in crate::ingest) struct ServicesKind {
    services: Vec<Service>,
    ledger: Ledger<String>,
    /// The findings that are due if the parent stated for a service is none.
    doubts: Vec<(String, Finding)>,
}

impl ServicesKind {
    /// The catalogue and the parents that it cannot use: whether one exists shows only at the end.
    pub(in crate::ingest) fn finish(self) -> (Catalogue, Vec<Finding>) {
        let catalogue = Catalogue::new(self.services);
        let unusable: BTreeMap<&str, Option<&str>> =
            catalogue.unusable_parents().map(|service| (service.key.as_str(), service.parent.as_deref())).collect();
        let wrong = |(key, doubt): &(String, Finding)| unusable.get(key.as_str()) == Some(&Some(doubt.value.as_str()));
        let findings = self.doubts.into_iter().filter(wrong).map(|(_, doubt)| doubt).collect();
        (catalogue, findings)
    }
}

impl Kind for ServicesKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let key = context.public_key(entry, SERVICE)?;
        if is_destroyed(&key) {
            return Err(Reject::new(Code::DestroyedKey, SERVICE));
        }
        let name = context.public(entry, NAME);
        let field = context.public(entry, FIELD);
        let parent = context.mapped(entry, PARENT);
        let service = Service {
            name: if name.is_empty() { key.clone() } else { name },
            field,
            parent: (context.states.state(parent).is_none()).then(|| parent.to_owned()),
            key,
        };
        let doubt = service.parent.as_ref().map(|parent| {
            let finding = Finding {
                code: Code::BadParent,
                source: context.spec.name.clone(),
                place: context.place(entry),
                column: entry.column(PARENT, FIELDS[PARENT].name).to_owned(),
                value: parent.clone(),
                suggestion: None,
            };
            (service.key.clone(), finding)
        });
        let key = service.key.clone();
        let accepted = self.ledger.store(&mut self.services, key, service, context, entry, SERVICE)?;
        self.doubts.extend(doubt);
        Ok(accepted)
    }
}
