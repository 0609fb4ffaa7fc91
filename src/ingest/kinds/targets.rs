use super::Kind;
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::finding::Code;
use crate::ingest::mapping::{Entry, FieldSpec, optional, required};
use crate::ingest::records::Target;
use crate::ingest::value::{parse_decimal, trimmed};

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
        // A value to be reached by a unit that no longer exists cannot become one of its successors.
        if area.is_some_and(|area| context.register.is_former(area)) {
            return Err(Reject::new(Code::UnknownArea, AREA));
        }
        let service = context.service_or_all(entry, SERVICE)?;
        let measure = context.needed(entry, MEASURE)?.to_owned();
        let date = context.date(entry, DATE)?.ok_or_else(|| Reject::new(Code::MissingKey, DATE))?;
        let value = value(context, entry)?;
        if is_share(&measure) && !PLAUSIBLE_SHARES.contains(&value) {
            return Err(Reject::new(Code::TargetOutOfRange, VALUE));
        }
        let label = context.public(entry, LABEL);
        self.targets.push(Target { area, service, measure, date, value, label });
        Ok(Accepted::Used)
    }
}

/// Above 1 leaves room for targets that are meant to be exceeded; 40 is a share in per cent.
const PLAUSIBLE_SHARES: std::ops::RangeInclusive<f64> = 0.0..=1.5;

/// The value, also written as `40 %`.
fn value(context: &Context<'_>, entry: &Entry<'_>) -> Result<f64, Reject> {
    if entry.number(VALUE).is_none()
        && let Some(percent) = entry.text(VALUE).strip_suffix('%')
    {
        let percent = parse_decimal(trimmed(percent), context.spec.dialect.decimal);
        return percent.map(|percent| percent / 100.0).map_err(|code| Reject::new(code, VALUE));
    }
    context.decimal(entry, VALUE)?.ok_or_else(|| Reject::new(Code::MissingKey, VALUE))
}

/// Whether the KPI is a share; a variant such as `online_share.completed` is one where its base is.
fn is_share(measure: &str) -> bool {
    let base = measure.split('.').next().unwrap_or(measure);
    base.ends_with("_share") || matches!(base, "completion_rate" | "availability")
}
