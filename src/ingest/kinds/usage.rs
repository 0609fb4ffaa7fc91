use std::collections::BTreeMap;

use super::Kind;
use crate::domain::{CellState, Channel, Period, Stage, say};
use crate::ingest::bulk::plain::{PlainUsage, Spelling, When, plain_count};
use crate::ingest::bulk::{Plain, Sample};
use crate::ingest::context::{Accepted, Context, Reject};
use crate::ingest::facts::{Evidence, FactBlock, FactKey, Facts, LooseFact};
use crate::ingest::finding::{Code, Suggestion};
use crate::ingest::ledger::{Ledger, Spans, is_week, own_id};
use crate::ingest::losses::{Losses, PartOfKey};
use crate::ingest::mapping::{ColumnMap, Entry, FieldSpec, free_text, optional, required};
use crate::ingest::part::Numbers;
use crate::ingest::records::{Fact, Lost, Measure};
use crate::ingest::spec::{DateFormat, Grain, Layout, SourceSpec};
use crate::ingest::value::{parse_count, parse_exact_count};
use crate::{Error, Result};

const AREA: usize = 0;
const SERVICE: usize = 1;
pub(in crate::ingest) const PERIOD: usize = 2;
const CHANNEL: usize = 3;
const STAGE: usize = 4;
pub(in crate::ingest) const COUNT: usize = 5;
const ID: usize = 6;
const YEAR: usize = 7;
pub(in crate::ingest) const FIELDS: &[FieldSpec] = &[
    required("area"),
    required("service"),
    required("period"),
    optional("channel"),
    required("stage"),
    required("count"),
    // Not quoted: the number of a case leads back to a person.
    free_text("id"),
    optional("year"),
];

/// Refuses a source that declares unique visitors to be a stage or the count of one.
pub(super) fn check(spec: &SourceSpec) -> Result<()> {
    let stages = spec.values.get("stage").into_iter().flat_map(|map| map.iter().flat_map(|(from, to)| [from, to]));
    let of_stage = |table: &BTreeMap<String, String>| table.get("stage").cloned();
    let declared = stages
        .map(|text| ("values.stage", text.clone()))
        .chain(of_stage(&spec.constants).map(|text| ("constants.stage", text)))
        .chain(spec.columns.get("count").map(|text| ("columns.count", text.clone())))
        .chain(spec.wide.iter().map(|rule| ("wide.pattern", rule.pattern.clone())))
        .chain(spec.wide.iter().filter_map(|rule| Some(("wide.constants.stage", of_stage(&rule.constants)?))));
    let Some((place, text)) = declared.into_iter().find(|(_, text)| Stage::means_unique_visitors(text)) else {
        return Ok(());
    };
    Err(Error::config(say!(
        "Quelle „{}“: {place}: „{text}“ lässt sich nicht über Zeiträume, Leistungen oder Orte addieren",
        "source \"{}\": {place}: \"{text}\" cannot be added over periods, services or areas",
        spec.name
    ))
    .hint(say!(
        "Wer in zwei Monaten kommt, zählt in jedem einmal, im ganzen Zeitraum aber auch nur einmal.",
        "who comes in two months is one in each of them, but also one in both together"
    ))
    .hint(say!("Stattdessen die Besuche liefern: stage = \"visit\".", "deliver the visits instead: stage = \"visit\"")))
}

/// What is counted where.
type Series = (u32, u32, Measure);

/// Counts of use.
#[derive(Default)]
pub(in crate::ingest) struct UsageKind {
    numbers: Numbers,
    /// Facts of single cases.
    cases: Vec<Fact>,
    /// By source as well: two systems may number their cases alike.
    ids: Ledger<(u16, String)>,
    /// Spans of cases: they may come by day and by month, for each is counted once.
    case_spans: Spans<Series>,
    lost_cases: Losses,
}

impl UsageKind {
    /// Hands the facts on; returns what rejected cases leave unknown.
    pub(in crate::ingest) fn finish(self, facts: &mut Facts) -> Vec<Lost> {
        facts.blocks.extend(self.numbers.blocks);
        facts.loose.extend(self.numbers.loose);
        facts.lost.extend(self.numbers.lost.records());
        let lost = self.lost_cases.of_cases(self.cases.iter().copied());
        facts.loose.extend(self.cases.into_iter().map(LooseFact::summand));
        lost
    }

    fn number(
        &mut self,
        context: &mut Context<'_>,
        entry: &Entry<'_>,
        read: &mut PartOfKey,
    ) -> std::result::Result<Accepted, Reject> {
        let mut period = context.period_of_year(entry, PERIOD, YEAR)?;
        if context.spec.grain == Grain::Month {
            period.day = 0;
        }
        read.period = Some(period);
        let area = context.area(entry, AREA)?;
        read.area = Some(area);
        let service = context.service(entry, SERVICE)?;
        read.service = Some(service);
        let measure = measure(context, entry)?;
        read.measure = Some(measure);
        if context.spec.layout == Layout::OneRowPerCase {
            let fact =
                Fact { area, service, period, measure, state: CellState::Observed, value: 1, source: context.source };
            return self.case(context, entry, fact);
        }
        let text = context.mapped(entry, COUNT);
        // A number that the source maps to another is no longer the one in the file.
        let typed = entry.number(COUNT).filter(|_| text == entry.text(COUNT));
        let empty = typed.is_none() && text.is_empty();
        let stands_for = context.states.of_cell(text, typed);
        let (state, value) = match stands_for.filter(|_| !empty || context.states.empty_count_is_fine()) {
            Some(state) => (state, 0),
            None => {
                let count = if context.spec.exact && typed.is_none() {
                    parse_exact_count(text)
                } else {
                    parse_count(text, typed, context.spec.dialect.decimal)
                };
                (CellState::Observed, count.map_err(|code| Reject::new(code, COUNT))?)
            }
        };
        let fact = Fact { area, service, period, measure, state, value, source: context.source };
        let weekly = is_week(period, context.mapped(entry, PERIOD));
        let texts = (0..FIELDS.len()).map(|at| if FIELDS[at].free_text { "" } else { entry.text(at) });
        let columns = [COUNT, PERIOD].map(|at| entry.column(at, FIELDS[at].name).to_owned());
        let of_record = |last: &&LooseFact| (last.file, last.record) == (context.file_number, entry.record);
        self.numbers.loose.push(LooseFact {
            fact,
            additive: false,
            weekly,
            file: context.file_number,
            record: entry.record,
            entry: self.numbers.loose.last().filter(of_record).map_or(0, |last| last.entry + 1),
            line: entry.line,
            evidence: Some(Box::new(Evidence { texts: texts.map(str::to_owned).collect(), columns })),
        });
        Ok(Accepted::Used)
    }

    fn case(&mut self, context: &Context<'_>, entry: &Entry<'_>, fact: Fact) -> std::result::Result<Accepted, Reject> {
        let span = Period { day: 0, ..fact.period };
        self.case_spans.cover((fact.area, fact.service, fact.measure), span, false, PERIOD)?;
        if let Some(id) = own_id(context, entry, ID) {
            return self.ids.store(&mut self.cases, id, fact, context, entry, ID);
        }
        self.cases.push(fact);
        Ok(Accepted::Used)
    }
}

impl Kind for UsageKind {
    fn fields(&self) -> &'static [FieldSpec] {
        FIELDS
    }

    fn entry(&mut self, context: &mut Context<'_>, entry: &Entry<'_>) -> std::result::Result<Accepted, Reject> {
        let mut read = PartOfKey::default();
        let outcome = self.number(context, entry, &mut read);
        if let Err(reject) = &outcome {
            read.measure = read.measure.or_else(|| measure(context, entry).ok());
            let cases = context.spec.layout == Layout::OneRowPerCase;
            let lost = if cases { &mut self.lost_cases } else { &mut self.numbers.lost };
            lost.note(context, entry, read, [AREA, SERVICE], reject);
        }
        outcome
    }

    fn plain(&self, context: &Context<'_>, map: &ColumnMap, sample: &Sample) -> Option<Plain> {
        let unused = [ID, YEAR].into_iter().all(|at| map.column_of(at).is_none() && map.constant_of(at).is_none());
        let (period, count) = (map.column_of(PERIOD)?, map.column_of(COUNT)?);
        let register = context.register.areas().iter().map(|area| area.key.as_str());
        let catalogue = context.catalogue.services().iter().map(|service| service.key.as_str());
        let texts = |at: usize| map.column_of(at).into_iter().flat_map(|column| sample.texts(column));
        let exact = context.spec.exact;
        let channel = |text: &str| channel_of(text, exact).map(|channel| channel as u32);
        let stage = |text: &str| Stage::parse(text).map(|stage| stage as u32);
        let form = context.spec.date_format.or_else(|| sample.texts(period).find_map(DateFormat::of));
        let plain = PlainUsage {
            when: When {
                column: period,
                form: form.filter(|form| !matches!(form, DateFormat::Time | DateFormat::SpacedTime))?,
                grain: context.spec.grain,
                unusual: context
                    .spec
                    .values
                    .get(FIELDS[PERIOD].name)
                    .into_iter()
                    .flat_map(|v| v.keys().cloned())
                    .collect(),
                window: context.spec.window,
            },
            area: Spelling::of(context, map, AREA, register, |key| context.register.find(key))?,
            service: Spelling::of(context, map, SERVICE, catalogue, |key| context.catalogue.find(key))?,
            // A sorted file may begin with one of them only.
            channel: Spelling::of(context, map, CHANNEL, texts(CHANNEL).chain(Channel::ALL.map(Channel::id)), channel)?,
            stage: Spelling::of(context, map, STAGE, texts(STAGE).chain(Stage::ALL.map(Stage::id)), stage)?,
            count,
            special: context
                .states
                .codes()
                .chain(context.spec.values.get(FIELDS[COUNT].name).into_iter().flat_map(|v| v.keys().cloned()))
                .filter_map(|text| plain_count(text.as_bytes()))
                .collect(),
        };
        let fits = FactKey::fits(context.register.areas().len(), context.catalogue.services().len());
        (unused && fits && context.spec.layout == Layout::Long).then(|| std::sync::Arc::new(plain) as Plain)
    }

    fn block(&mut self, block: FactBlock) {
        self.numbers.blocks.push(block);
    }

    /// Cases have ids, of which another file may have the same, and cover months together.
    fn numbers(&mut self, spec: &SourceSpec) -> Option<&mut Numbers> {
        (spec.layout != Layout::OneRowPerCase).then_some(&mut self.numbers)
    }
}

fn measure(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<Measure, Reject> {
    let (stage, channel) = stage_and_channel(context, entry)?;
    Ok(Measure::Count(stage, channel))
}

fn channel_of(text: &str, exact: bool) -> Option<Channel> {
    if exact { Channel::ALL.into_iter().find(|channel| channel.id() == text) } else { Channel::parse(text) }
}

/// The channel is looked at first. It may be empty where the stage covers all channels.
fn stage_and_channel(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<(Stage, Channel), Reject> {
    let ids = |names: Vec<&str>| Suggestion::Allowed(names.join(", "));
    let text = context.mapped(entry, CHANNEL);
    let channel = if text.is_empty() {
        None
    } else {
        let found = channel_of(text, context.spec.exact).filter(|_| context.is_declared(CHANNEL, entry.text(CHANNEL)));
        Some(found.ok_or_else(|| {
            Reject::new(Code::UnknownValue, CHANNEL).suggest(ids(Channel::ALL.iter().map(|c| c.id()).collect()))
        })?)
    };
    let stage = stage(context, entry);
    let channel = match channel {
        Some(channel) => channel,
        None if stage.as_ref().is_ok_and(|&stage| stage == Stage::CaseTotal) => Channel::All,
        // Without a channel only one stage would do, whatever else is wrong with it.
        None if context.spec.exact || stage.is_ok() => return Err(Reject::new(Code::MissingKey, CHANNEL)),
        None => Channel::All,
    };
    Ok((stage?, channel))
}

fn stage(context: &Context<'_>, entry: &Entry<'_>) -> std::result::Result<Stage, Reject> {
    let text = context.needed(entry, STAGE)?;
    Stage::parse(text).filter(|_| context.is_declared(STAGE, entry.text(STAGE))).ok_or_else(|| {
        if Stage::means_unique_visitors(text) {
            return Reject::new(Code::NotAdditive, STAGE).suggest(Suggestion::DidYouMean(Stage::Visit.id().into()));
        }
        let ids: Vec<&str> = Stage::ALL.iter().map(|stage| stage.id()).collect();
        Reject::new(Code::UnknownValue, STAGE).suggest(Suggestion::Allowed(ids.join(", ")))
    })
}
