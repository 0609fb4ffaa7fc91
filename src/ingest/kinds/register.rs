use std::collections::BTreeMap;

use super::Kind;
use crate::Result;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, find_column, optional, required};
use crate::ingest::records::Area;
use crate::ingest::spec::SourceSpec;
use crate::ingest::value::parse_count;
use crate::text::mask;

const AREA: usize = 0;
const NAME: usize = 1;
const POPULATION: usize = 2;
const AREA_KM2: usize = 3;
const LAND: usize = 4;
const KREIS: usize = 5;
const TYPE: usize = 6;
const URBANITY: usize = 7;
const FIELDS: &[FieldSpec] = &[
    required("area"),
    optional("name"),
    optional("population"),
    optional("area_km2"),
    optional("land"),
    optional("kreis"),
    optional("type"),
    optional("urbanity"),
];

/// A register as a table.
#[derive(Default)]
pub(in crate::ingest) struct RegisterKind {
    pub(in crate::ingest) areas: Vec<Area>,
    ledger: Ledger<String>,
    attributes: Vec<(String, usize)>,
    attribute_columns: Vec<usize>,
}

impl Kind for RegisterKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn begin(&mut self, spec: &SourceSpec, headers: &[String], file: &str) -> Result<()> {
        self.attributes.clear();
        for name in &spec.attributes {
            self.attributes.push((name.clone(), find_column(spec, headers, name, file)?));
        }
        self.attribute_columns = self.attributes.iter().map(|(_, at)| *at).collect();
        Ok(())
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let key = context.public_key(entry, AREA)?;
        let population = population(context, entry)?;
        let german = key.len() == 8 && key.bytes().all(|b| b.is_ascii_digit());
        let mut or_prefix = |field: usize, digits: usize| {
            let text = context.public(entry, field);
            if text.is_empty() && german { key[..digits].to_owned() } else { text }
        };
        let (land, kreis) = (or_prefix(LAND, 2), or_prefix(KREIS, 5));
        let name = context.public(entry, NAME);
        let area = Area {
            name: if name.is_empty() { key.clone() } else { name },
            population,
            area_km2: context.decimal(entry, AREA_KM2)?,
            land,
            kreis,
            kind: context.public(entry, TYPE),
            urbanity: context.public(entry, URBANITY),
            attributes: self
                .attributes
                .iter()
                .map(|(name, at)| (name.clone(), mask(entry.raw(*at)).text.into_owned()))
                .collect::<BTreeMap<_, _>>(),
            key,
        };
        self.ledger.store(&mut self.areas, area.key.clone(), area, context, entry, AREA)
    }

    fn further_columns(&self) -> &[usize] {
        &self.attribute_columns
    }
}

fn population(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<Option<u64>, Reject> {
    let text = entry.text(POPULATION);
    let typed = entry.number(POPULATION);
    if context.states.of_cell(text, typed).is_some() {
        return Ok(None);
    }
    parse_count(text, typed, context.spec.dialect.decimal)
        .map(|count| Some(count.unsigned_abs()))
        .map_err(|code| Reject::new(code, POPULATION))
}
