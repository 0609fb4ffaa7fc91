//! What the engine answers, and whether the accounts balance.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::Pair;
use super::client::{Folder, open_result, without};
use super::export::{Sent, find};
use crate::domain::{CellState, Month, Period, Text, say};
use crate::ingest::spec::OnDuplicate;
use crate::ingest::{Fact, FactKey, Facts, Measure};
use crate::panel::engine::{Loser, Policy, Said, Why};
use crate::{Error, Result};

/// The results of the job.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Sums by area, service, month, measure and source, in this order.
    pub(super) sums: Vec<Fact>,
    /// Facts in them.
    numbers: u64,
    losers: Vec<Row>,
    /// Pairs in which days and months of one count meet.
    pub(super) crossed: BTreeSet<Pair>,
    /// Rows and sums of the parts of the job as the engine has counted them.
    control: BTreeMap<String, (u64, i128)>,
}

/// Of a loser the area, the turn of the later number, and that of the earlier one.
type Row = (u32, u64, u64);

/// A loser, and the value that does not count.
type Lost = (Loser, i64);

impl Answer {
    /// Reads the results in `folder`; `here` are the pairs that were not handed over.
    pub(super) fn read(folder: &Folder, facts: &Facts, sent: &Sent, here: &HashSet<Pair>) -> Result<Self> {
        let mut out = Self::default();
        let known = |area: u32, service: u32| {
            facts.split.share(area) < facts.split.shares()
                && service <= sent.last_service
                && !here.contains(&(area, service))
        };
        rows(folder, "sums", |row: [i64; 7]| {
            let [area, service, month, measure, source, value, numbers] = row;
            let month = Month::new(i32::try_from(month / 100).ok()?, u32::try_from(month % 100).ok()?)?;
            let fact = Fact {
                area: u32::try_from(area).ok()?,
                service: u32::try_from(service).ok()?,
                period: Period::month(month),
                measure: Measure::of_code(u8::try_from(measure).ok()?)?,
                state: CellState::Observed,
                value,
                source: u16::try_from(source).ok()?,
            };
            out.numbers = out.numbers.checked_add(u64::try_from(numbers).ok()?)?;
            known(fact.area, fact.service).then(|| out.sums.push(fact))
        })?;
        let key = |fact: &Fact| (FactKey::of(fact.area, fact.service, fact.period, fact.measure), fact.source);
        out.sums.sort_unstable_by_key(key);
        rows(folder, "losers", |[area, turn, other]: [i64; 3]| {
            out.losers.push((u32::try_from(area).ok()?, u64::try_from(turn).ok()?, u64::try_from(other).ok()?));
            Some(())
        })?;
        rows(folder, "crossed", |[area, service]: [i64; 2]| {
            let pair = (u32::try_from(area).ok()?, u32::try_from(service).ok()?);
            (known(pair.0, pair.1) && out.crossed.insert(pair)).then_some(())
        })?;
        records(folder, "control", |record| {
            let [part, numbers, total] = record[..] else { return None };
            out.control.insert(part.to_owned(), (numbers.parse().ok()?, total.parse().ok()?)).is_none().then_some(())
        })?;
        Ok(out)
    }

    /// The losers with their places, and the values that do not count.
    pub(super) fn losers(&self, facts: &Facts, policy: &Policy<'_>) -> Result<Vec<Lost>> {
        let share = |row: &Row| facts.split.share(row.0);
        let mut rows: Vec<&Row> = self.losers.iter().collect();
        rows.sort_unstable_by_key(|row| share(row));
        let mut out = Vec::with_capacity(rows.len());
        for of_share in rows.chunk_by(|a, b| share(a) == share(b)) {
            let plain: Vec<_> = facts.blocks.iter().map(|block| block.facts.share(share(of_share[0]))).collect();
            for &row in of_share {
                let &(_, turn, other) = row;
                let pair = find(&facts.blocks, &plain, turn).zip(find(&facts.blocks, &plain, other));
                let pair = pair.filter(|((_, _, later), (_, _, earlier))| later.key == earlier.key && other < turn);
                let ((place, source, fact), (earlier, _, beaten)) =
                    pair.ok_or_else(|| unfit("losers", &format!("{row:?}")))?;
                let replaces = policy.on_duplicate(source) == OnDuplicate::Replace;
                let (why, value) = if replaces { (Why::Replaces, beaten.count) } else { (Why::Duplicate, fact.count) };
                let about = Said { place, plain: Some(fact.fact(source)) };
                out.push((Loser { source, why, about, other: earlier }, i64::from(value)));
            }
        }
        Ok(out)
    }

    /// Compares what was sent, what the engine has counted, and what came back.
    ///
    /// # Errors
    /// If two numbers that must be equal are not.
    pub(super) fn reconcile(&self, sent: &Sent, facts: &Facts, losers: &[Lost]) -> Result<()> {
        let part = |name: &str| self.control.get(name).copied().ok_or_else(|| unfit("control", name));
        let sum = |values: &mut dyn Iterator<Item = i64>| values.map(i128::from).sum::<i128>();
        let (crossed_numbers, crossed_total) = self.of_crossed(facts);
        let (sums_total, losers_total) =
            (sum(&mut self.sums.iter().map(|sum| sum.value)), sum(&mut losers.iter().map(|(_, value)| *value)));
        let own = [
            ("facts", (sent.numbers, sent.total), Text::new("übergebene Zahlen", "numbers handed over")),
            ("sums", (self.sums.len() as u64, sums_total), Text::new("Summen", "sums")),
            ("losers", (losers.len() as u64, losers_total), Text::new("doppelte Zahlen", "duplicate numbers")),
            (
                "crossed",
                (crossed_numbers, crossed_total),
                Text::new(
                    "Zahlen, bei denen sich Tage und Monate überschneiden",
                    "numbers of which days and months overlap",
                ),
            ),
        ];
        for (name, (numbers, total), what) in own {
            let (there, total_there) = part(name)?;
            equal(what, "Zeilen", "rows", numbers.into(), there.into())?;
            equal(what, "Summe", "total", total, total_there)?;
        }
        let pairs = Text::new("überschnittene Reihen", "overlapping series");
        equal(pairs, "Zeilen", "rows", self.crossed.len() as i128, part("pairs")?.0.into())?;
        let all =
            Text::new("gezählte, doppelte und überschnittene Zahlen", "counted, duplicate and overlapping numbers");
        let numbers = self.numbers + losers.len() as u64 + crossed_numbers;
        equal(all, "Zeilen", "rows", sent.numbers.into(), numbers.into())?;
        equal(all, "Summe", "total", sent.total, sums_total + losers_total + crossed_total)
    }

    fn of_crossed(&self, facts: &Facts) -> (u64, i128) {
        if self.crossed.is_empty() {
            return (0, 0);
        }
        let plain = facts.blocks.iter().flat_map(|block| block.facts.iter());
        plain
            .filter(|fact| self.crossed.contains(&(fact.key.area(), fact.key.service())))
            .fold((0, 0), |(numbers, total), fact| (numbers + 1, total + i128::from(fact.count)))
    }
}

fn equal(what: Text, unit_de: &str, unit_en: &str, here: i128, there: i128) -> Result<()> {
    if here == there {
        return Ok(());
    }
    let (de, en) = (what.de, what.en);
    Err(Error::internal(say!(
        "[engine]: Die Rechnung geht nicht auf: {de}, {unit_de}: hier {here}, dort {there}",
        "[engine]: the accounts do not balance: {en}, {unit_en}: {here} here, {there} there"
    ))
    .hint(say!(
        "Nichts wurde veröffentlicht. Den Lauf wiederholen; bleibt es dabei, arbeitet das andere System nicht verlässlich.",
        "nothing was published; run it again, and if it stays so the other system is not reliable"
    ))
    .hint(without()))
}

fn unfit(name: &str, text: &str) -> Error {
    let shown: String = text.chars().take(100).collect();
    Error::internal(say!(
        "[engine]: Das Ergebnis {name}.csv enthält eine Zeile, die zu den übergebenen Zahlen nicht passt: {shown}",
        "[engine]: the result {name}.csv has a row that does not fit the numbers handed over: {shown}"
    ))
    .hint(without())
}

/// Every record of a result; `take` says `None` to one that does not fit.
fn records(folder: &Folder, name: &str, mut take: impl FnMut(&[&str]) -> Option<()>) -> Result<()> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(open_result(folder, name)?);
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                let fields: Vec<&str> = record.iter().collect();
                take(&fields).ok_or_else(|| unfit(name, &fields.join(",")))?;
            }
            Err(error) => return Err(unfit(name, &error.to_string())),
        }
    }
}

/// As [`records`], of whole numbers.
fn rows<const N: usize>(folder: &Folder, name: &str, mut take: impl FnMut([i64; N]) -> Option<()>) -> Result<()> {
    records(folder, name, |fields| {
        let mut row = [0; N];
        if fields.len() != N {
            return None;
        }
        for (number, field) in row.iter_mut().zip(fields) {
            *number = field.parse().ok()?;
        }
        take(row)
    })
}
