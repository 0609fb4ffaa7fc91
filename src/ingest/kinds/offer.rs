use super::Kind;
use crate::domain::say;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::Ledger;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Offer;
use crate::ingest::spec::{SourceKind, SourceSpec};
use crate::{Error, Result};

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

/// Checks `maturity_models`.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    if spec.kind == SourceKind::Offer || spec.maturity_models.is_empty() {
        return Ok(());
    }
    Err(Error::config(say!(
        "Quelle „{}“: maturity_models gibt es nur für kind = \"offer\"",
        "source \"{}\": maturity_models is for kind = \"offer\" only",
        spec.name
    )))
}

/// What a record says about maturity, and what is wrong with it: the field and what it allows.
struct Maturity {
    model: Option<String>,
    level: Option<String>,
    doubt: Option<(usize, Option<Suggestion>)>,
}

impl Maturity {
    /// A level without its model, and one that the model does not have, mean nothing: they are left out.
    fn of(context: &Context<'_>, entry: &Entry<'_>) -> Self {
        let text = |field: usize| {
            let text = context.mapped(entry, field);
            context.states.state(text).is_none().then(|| text.to_owned())
        };
        let (model, level) = (text(MATURITY_MODEL), text(MATURITY));
        let models = &context.spec.maturity_models;
        let allowed = |names: Vec<&str>| Some(Suggestion::Allowed(names.join(", ")));
        let doubt = match (&model, &level) {
            (_, None) => None,
            (None, Some(_)) => Some((MATURITY, None)),
            (Some(_), Some(_)) if models.is_empty() => None,
            (Some(model), Some(level)) => match models.get(model) {
                None => Some((MATURITY_MODEL, allowed(models.keys().map(String::as_str).collect()))),
                Some(levels) if levels.contains(level) => None,
                Some(levels) => Some((MATURITY, allowed(levels.iter().map(String::as_str).collect()))),
            },
        };
        Self { model, level: level.filter(|_| doubt.is_none()), doubt }
    }
}

impl Kind for OfferKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let area = context.area(entry, AREA)?;
        let service = context.service(entry, SERVICE)?;
        let live_from = context.date(entry, LIVE_FROM)?;
        let live_to = context.date(entry, LIVE_TO)?;
        if let (Some(from), Some(to)) = (live_from, live_to)
            && to < from
        {
            return Err(Reject::new(Code::ImpossibleDate, LIVE_TO));
        }
        let platform = Some(context.public(entry, PLATFORM)).filter(|text| context.states.state(text).is_none());
        let Maturity { model, level, doubt } = Maturity::of(context, entry);
        let offer = Offer {
            area,
            service,
            owed: context.yes_no(entry, OWED)?,
            live_from,
            live_to,
            maturity: level,
            maturity_model: model,
            platform,
            efa: context.yes_no(entry, EFA)?,
        };
        let accepted = self.ledger.store(&mut self.offers, (area, service), offer, context, entry, AREA)?;
        if let Some((field, allowed)) = doubt {
            context.note(entry, Code::UnknownMaturity, field, allowed);
        }
        Ok(accepted)
    }
}
