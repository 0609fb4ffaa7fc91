mod files;

use proptest::prelude::*;

use super::*;
use crate::domain::{CellState, Channel, Month, Period, Stage};
use crate::ingest::{FactBlock, FactKey, FeedbackPlace, Lanes, LooseFact, Measure, PlainFact, Scale, Split};

/// One number as it is read: area, service, month, day, kind of measure, value, and what else is
/// special about it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    area: u32,
    service: u32,
    month: i32,
    day: u8,
    measure: u8,
    value: u32,
    source: u16,
    pub(super) special: u8,
}

pub(super) fn said() -> impl Strategy<Value = Said> {
    (0u32..5, 0u32..3, 0i32..4, 0u8..3, 0u8..4, 0u32..50, 0u16..3, 0u8..14).prop_map(
        |(area, service, month, day, measure, value, source, special)| Said {
            area,
            service,
            month,
            day,
            measure,
            value,
            source,
            special,
        },
    )
}

fn measure(code: u8) -> Measure {
    match code {
        0 => Measure::Count(Stage::FormSubmit, Channel::Online),
        1 => Measure::Count(Stage::FormSubmit, Channel::Paper),
        2 => Measure::Count(Stage::Completed, Channel::Online),
        _ => Measure::Feedback(FeedbackPlace::Page, Scale::Binary, 1),
    }
}

impl Said {
    fn fact(&self) -> Fact {
        let measure = measure(self.measure);
        let start = Month::new(2025, 1).unwrap().plus(self.month);
        let day = if measure.is_additive() { 0 } else { self.day };
        let (period, state) = match self.special {
            0 if !measure.is_additive() => (Period::span(start, 3), CellState::Observed),
            1 => (Period { start, months: 1, day }, CellState::NotProvided),
            2 => (Period { start, months: 1, day }, CellState::SuppressedAtSource),
            _ => (Period { start, months: 1, day }, CellState::Observed),
        };
        let value = if state == CellState::Observed { i64::from(self.value) } else { 0 };
        Fact { area: self.area, service: self.service, period, measure, state, value, source: self.source }
    }

    fn is_loose(&self) -> bool {
        self.special < 4
    }
}

pub(super) const ON_DUPLICATE: [OnDuplicate; 3] = [OnDuplicate::Reject, OnDuplicate::First, OnDuplicate::Replace];

/// Each number is held against all earlier ones that still count, one after the other.
fn oracle(said: &[Said]) -> (Vec<(usize, char, usize)>, Vec<Fact>) {
    let facts: Vec<Fact> = said.iter().map(Said::fact).collect();
    let mut kept: Vec<usize> = Vec::new();
    let mut lost = Vec::new();
    for (at, fact) in facts.iter().enumerate() {
        let additive = matches!(fact.measure, Measure::Feedback(..));
        let series =
            |other: &Fact| (other.area, other.service, other.measure) == (fact.area, fact.service, fact.measure);
        if let Some(slot) = kept.iter().position(|&k| !additive && series(&facts[k]) && facts[k].period == fact.period)
        {
            let earlier = kept[slot];
            if facts[earlier].state == CellState::NotProvided {
                lost.push((at, 'f', earlier));
                kept[slot] = at;
            } else if fact.state == CellState::NotProvided {
                lost.push((at, 'f', earlier));
            } else if ON_DUPLICATE[usize::from(fact.source)] == OnDuplicate::Replace {
                lost.push((at, 'r', earlier));
                kept[slot] = at;
            } else {
                lost.push((at, 'd', earlier));
            }
            continue;
        }
        let meet = |a: Period, b: Period| a.start <= b.end() && b.start <= a.end();
        let days = |k: usize| facts[k].period.day > 0 && fact.period.day > 0;
        let crossed = |&k: &usize| series(&facts[k]) && meet(facts[k].period, fact.period) && !days(k);
        if !additive && kept.iter().any(crossed) {
            lost.push((at, 'o', at));
        } else {
            kept.push(at);
        }
    }
    lost.sort_unstable();
    (lost, kept.into_iter().map(|k| facts[k]).collect())
}

#[derive(Default)]
pub(super) struct Collect(pub(super) Vec<Fact>);

impl Consumer for Collect {
    fn pair(&mut self, numbers: Numbers<'_>) -> Result<()> {
        let facts: Vec<Fact> = numbers.facts().collect();
        assert!(facts.windows(2).all(|w| (w[0].area, w[0].service) == (w[1].area, w[1].service)));
        self.0.extend(facts);
        Ok(())
    }
}

/// Numbers in blocks of one source each, the records counted on from block to block and file to file.
pub(super) fn facts(said: &[Said], split: &Split) -> Facts {
    let mut out = Facts { split: *split, ..Facts::default() };
    let mut record = 1;
    for (run, file) in said.chunk_by(|a, b| a.source == b.source).zip(0u32..) {
        let file = file / 2;
        let plain: Vec<PlainFact> = run
            .iter()
            .zip(0u32..)
            .filter(|(said, _)| !said.is_loose())
            .map(|(said, row)| {
                let fact = said.fact();
                let key = FactKey::of(fact.area, fact.service, fact.period, fact.measure).unwrap();
                PlainFact { key, count: said.value, row }
            })
            .collect();
        let loose = run.iter().zip(record..).filter(|(said, _)| said.is_loose());
        out.loose.extend(loose.map(|(said, record)| LooseFact {
            file,
            record,
            additive: false,
            ..LooseFact::summand(said.fact())
        }));
        let facts = Lanes::group(&plain, *split);
        out.blocks.push(FactBlock { source: run[0].source, file, first_record: record, facts, ..FactBlock::default() });
        record += run.len() as u64;
    }
    out
}

/// Value by area, service, period, measure and source, and where nothing was observed the state.
pub(super) fn sums(facts: &[Fact]) -> std::collections::BTreeMap<(u32, u32, Period, Measure, u16, CellState), i64> {
    let mut out = std::collections::BTreeMap::new();
    for f in facts {
        let period = Period { day: 0, ..f.period };
        *out.entry((f.area, f.service, period, f.measure, f.source, f.state)).or_insert(0) += f.value;
    }
    out
}

proptest! {
    #[test]
    fn what_counts_is_what_one_number_after_the_other_leaves(
        said in prop_oneof![
            proptest::collection::vec(said(), 0..120),
            // Few or many to a month.
            proptest::collection::vec(said(), 100..300),
        ],
        shares in 1usize..6,
        plain in any::<bool>(),
        // So far apart that one word has room for a part of a fact at most.
        wide in any::<bool>(),
    ) {
        let (area, service, month, value) = if wide { (26_000, 13_000, -8_000, 80_000_000) } else { (1, 1, 1, 1) };
        let said: Vec<Said> = said
            .into_iter()
            .map(|s| Said {
                area: s.area * area,
                service: s.service * service,
                month: s.month * month,
                value: s.value * value,
                special: if plain { 13 } else { s.special },
                ..s
            })
            .collect();
        let split = Split::new(5 * area as usize, shares);
        let mut facts = facts(&said, &split);
        let mut found = Vec::new();
        let policy = Policy::new(&ON_DUPLICATE);
        let settled = settle(&Local, &mut facts, &policy, &|_| Collect::default(), &mut |c: Collect| {
            found.extend(c.0);
            Ok(())
        })
        .unwrap();
        let (lost, kept) = oracle(&said);
        let at = |place: Place| usize::try_from(place.record - 1).unwrap();
        let found_lost: Vec<(usize, char, usize)> = settled
            .losers
            .iter()
            .map(|loser| {
                let why = match loser.why {
                    Why::Duplicate => 'd',
                    Why::Replaces => 'r',
                    Why::Filled => 'f',
                    Why::Overlap => 'o',
                };
                (at(loser.about.place), why, at(loser.other))
            })
            .collect();
        prop_assert_eq!(found_lost, lost);
        prop_assert_eq!(sums(&found), sums(&kept));
        let pairs: Vec<(u32, u32)> = found.iter().map(|f| (f.area, f.service)).collect();
        prop_assert!(pairs.is_sorted(), "areas and services in order");
    }
}
