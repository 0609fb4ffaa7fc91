use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Target;

const AREA: usize = 0;
const SERVICE: usize = 1;
const MEASURE: usize = 2;
const DATE: usize = 3;
const VALUE: usize = 4;
const LABEL: usize = 5;
const FIELDS: &[FieldSpec] = &[
    optional("area"),
    optional("service"),
    required("measure"),
    required("date"),
    required("value"),
    optional("label"),
];

/// Values to be reached.
#[derive(Default)]
pub(in crate::ingest) struct TargetsKind {
    pub(in crate::ingest) targets: Vec<Target>,
}

impl Kind for TargetsKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> Result<Accepted, Reject> {
        let area = context.area_or_all(entry, AREA)?;
        let service = context.service_or_all(entry, SERVICE)?;
        let measure = context.needed(entry, MEASURE)?.to_owned();
        let date = context.date(entry, DATE)?.ok_or_else(|| Reject::new(Code::MissingKey, DATE))?;
        let value = context.decimal(entry, VALUE)?.ok_or_else(|| Reject::new(Code::MissingKey, VALUE))?;
        let label = context.mapped(entry, LABEL).to_owned();
        self.targets.push(Target { area, service, measure, date, value, label });
        Ok(Accepted::Used)
    }
}
