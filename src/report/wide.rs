//! The wide tables as files of the internal folder.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Result;
use crate::config::Project;
use crate::domain::{Month, Period};
use crate::ingest::{Fact, Facts, Records};
use crate::kpi;
use crate::kpi::wide::{
    CellBuilder, CellRows, Dimension, MEASURES, Peers, PeriodRow, Position, Rates, Repeated, RepeatedRates, Rollup,
    RollupLevel, Standing, Sums, positions,
};
use crate::panel::engine::{Consumer, Numbers};
use crate::publish::{CsvStream, EncodedPart, INTERNAL, ParquetStream, Places, Staging, WideColumn};

/// The wide tables of a run, while the numbers are being settled.
pub struct Wide {
    maker: Arc<Maker>,
    cells: Option<ParquetStream>,
    rollup: Option<Rollup>,
    /// Of every part the rows of the period, encoded but for their positions.
    periods: Vec<EncodedPart>,
    standings: Vec<Standing>,
}

/// Makes parts of the tables, in any thread.
pub struct Maker {
    keys: Keys,
    cells: bool,
    peers: Option<Peers>,
    /// Rows that have been worked on: their memory is used again.
    spare: Mutex<Vec<CellRows>>,
}

/// Rows from which on a part is full.
const ROWS_OF_PART: usize = 1 << 16;

/// What the areas of one share contribute to the tables.
pub struct Part {
    rows: CellRows,
    cells: Option<EncodedPart>,
    period: Option<EncodedPart>,
    standings: Vec<Standing>,
}

impl Maker {
    /// A builder with room for the rows of so many plain facts.
    #[must_use]
    pub fn cells(&self, facts: usize) -> CellBuilder {
        let spare = self.spare().pop();
        CellBuilder::for_facts(facts, spare.unwrap_or_default())
    }

    fn spare(&self) -> MutexGuard<'_, Vec<CellRows>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The part that has these rows.
    ///
    /// # Errors
    /// If it cannot be encoded.
    pub fn part(&self, rows: CellRows) -> Result<Part> {
        let cells = if self.cells && !rows.is_empty() { Some(self.encoded(&rows)?) } else { None };
        let period = self.peers.as_ref().map(|peers| (peers, peers.rows(&rows)));
        let (mut standings, mut encoded) = (Vec::new(), None);
        if let Some((peers, period)) = period.filter(|(_, rows)| !rows.is_empty()) {
            standings = peers.standings(&period);
            encoded = Some(EncodedPart::of(&Periods::of(&period).columns(&self.keys))?);
        }
        Ok(Part { rows, cells, period: encoded, standings })
    }

    fn encoded(&self, rows: &CellRows) -> Result<EncodedPart> {
        EncodedPart::of(&cells(&self.keys, rows, &RepeatedRates::of(&rows.sums)))
    }
}

impl Wide {
    /// Begins the tables that `project` asks for; `None` if it asks for none, or nothing was delivered.
    ///
    /// # Errors
    /// If a dimension does not exist or a file cannot be written.
    pub fn begin(project: &Project, records: &Records, facts: &Facts, stage: &Staging) -> Result<Option<Self>> {
        let spec = &project.tables;
        let Some((first, last)) = facts.months().filter(|_| spec.any()) else { return Ok(None) };
        let keys = Keys {
            areas: records.register.areas().iter().map(|area| area.key.clone()).collect(),
            services: records.catalogue.services().iter().map(|service| service.key.clone()).collect(),
        };
        let dimension = |name: &str| Dimension::resolve(name, spec, &records.register, &project.size_classes);
        let cells = if spec.cells {
            let file = format!("{INTERNAL}/data/cells.parquet");
            let (rows, rates) = (CellRows::default(), RepeatedRates::of(&[]));
            Some(ParquetStream::begin(stage, &file, &cells(&keys, &rows, &rates))?)
        } else {
            None
        };
        let rollup = if spec.rollup.is_empty() {
            None
        } else {
            let names: BTreeSet<&String> = spec.rollup.iter().collect();
            let dimensions = names.into_iter().map(|name| dimension(name)).collect::<Result<Vec<_>>>()?;
            Some(Rollup::new(dimensions, records.catalogue.services().len(), first, last))
        };
        let peers = match &spec.position {
            None => None,
            Some(position) => {
                let peers = dimension(&position.peers)?;
                let period: Period = kpi::Periods::new(project.until.unwrap_or(last), project.months, first).current;
                let wanted: Vec<(Dimension, &String)> = position
                    .reference
                    .iter()
                    .map(|(name, value)| Ok((dimension(name)?, value)))
                    .collect::<Result<_>>()?;
                let areas = (0u32..).take(records.register.areas().len());
                let reference = areas.map(|area| {
                    wanted.iter().all(|(of, value)| {
                        let level = of.level(area, period.end()).and_then(|level| of.levels.get(usize::from(level)));
                        level.map_or("", String::as_str) == value.as_str()
                    })
                });
                Some(Peers::new(period, peers, reference.collect()))
            }
        };
        let maker = Arc::new(Maker { keys, cells: cells.is_some(), peers, spare: Mutex::default() });
        Ok(Some(Self { maker, cells, rollup, periods: Vec::new(), standings: Vec::new() }))
    }

    /// Makes the parts.
    #[must_use]
    pub fn maker(&self) -> Arc<Maker> {
        Arc::clone(&self.maker)
    }

    /// Takes the part of the next share of the areas.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn add(&mut self, part: Part) -> Result<()> {
        if let (Some(stream), Some(cells)) = (&mut self.cells, part.cells) {
            stream.write(cells)?;
        }
        if let Some(rollup) = &mut self.rollup {
            rollup.add(&part.rows);
        }
        self.periods.extend(part.period);
        self.standings.extend(part.standings);
        self.maker.spare().push(part.rows);
        Ok(())
    }

    /// Takes settled facts of all areas, and sorts them.
    ///
    /// # Errors
    /// If a sum is too large, or they cannot be written.
    pub fn add_facts(&mut self, facts: &mut [Fact]) -> Result<()> {
        facts.sort_by_key(|fact| (fact.area, fact.service, fact.period, fact.measure, fact.source));
        let maker = self.maker();
        let mut cells = maker.cells(0);
        for pair in facts.chunk_by(|a, b| (a.area, a.service) == (b.area, b.service)) {
            let is_full = cells.rows.len() >= ROWS_OF_PART;
            if is_full && cells.rows.area.last() != pair.first().map(|fact| &fact.area) {
                let full = std::mem::replace(&mut cells, maker.cells(0));
                self.add(maker.part(full.rows)?)?;
            }
            cells.pair(Numbers::Any(pair))?;
        }
        self.add(maker.part(cells.rows)?)
    }

    /// Finishes the tables.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn finish(self, stage: &Staging) -> Result<()> {
        let Self { maker, cells, rollup, periods, standings } = self;
        if let Some(stream) = cells {
            stream.finish(stage)?;
        }
        if let Some(rollup) = rollup {
            write_rollup(&rollup, &maker.keys, stage)?;
        }
        if maker.peers.is_some() {
            let places = positions(&standings);
            drop(standings);
            let file = format!("{INTERNAL}/data/positions.parquet");
            let empty = Periods::of(&[]);
            let columns: Columns<'_> = empty.columns(&maker.keys).into_iter().chain(place_columns(&[])).collect();
            let mut stream = ParquetStream::begin(stage, &file, &columns)?;
            let mut rest = places.as_slice();
            for period in periods {
                let (of_part, others) = rest.split_at(period.rows());
                rest = others;
                stream.write(period.beside(EncodedPart::of(&place_columns(of_part))?))?;
            }
            stream.finish(stage)?;
        }
        Ok(())
    }
}

/// The texts behind the dense numbers.
struct Keys {
    areas: Vec<String>,
    services: Vec<String>,
}

type Columns<'a> = Vec<(&'static str, WideColumn<'a>)>;

/// The columns of counts that all wide tables share.
const COUNTS: [&str; MEASURES] =
    ["started_online", "submitted_online", "completed_online", "completed_all", "votes", "votes_yes", "comments"];
/// The columns of rates that all wide tables share.
const RATES: [&str; 5] = ["online_share", "completion_rate", "helpful_share", "helpful_lower", "helpful_upper"];

fn counts<'a, I: Iterator<Item = &'a Sums>>(sums: impl Fn() -> I) -> Columns<'static> {
    let column =
        |(at, name): (usize, &&'static str)| (*name, WideColumn::Integers(sums().map(|sums| sums[at]).collect()));
    COUNTS.iter().enumerate().map(column).collect()
}

fn rates<'a>(sums: impl ExactSizeIterator<Item = &'a Sums>) -> Columns<'static> {
    let mut columns = RATES.map(|_| Vec::with_capacity(sums.len()));
    for rates in sums.map(Rates::of) {
        let limits = rates.helpful_limits.unzip();
        let values = [rates.online_share, rates.completion, rates.helpful, limits.0, limits.1];
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    RATES.into_iter().zip(columns.map(WideColumn::Numbers)).collect()
}

fn cells<'a>(keys: &'a Keys, rows: &'a CellRows, rates: &'a RepeatedRates) -> Columns<'a> {
    let mut out = vec![
        ("area", WideColumn::Keys(&rows.area, &keys.areas)),
        ("service", WideColumn::Keys(&rows.service, &keys.services)),
        ("month", WideColumn::Months(&rows.month)),
    ];
    let sums = rows.sums.as_flattened();
    out.extend(COUNTS.iter().enumerate().map(|(at, name)| (*name, WideColumn::Every(sums, MEASURES, at))));
    let column = |of: &'a Repeated, values: Vec<f64>| {
        WideColumn::Repeated(Places { rows: of.rows, valid: &of.valid, codes: &of.codes }, values)
    };
    let (lower, upper) = rates.helpful.limits();
    let values = [rates.online_share.values(), rates.completion.values(), rates.helpful.values(), lower, upper];
    let of = [&rates.online_share, &rates.completion, &rates.helpful, &rates.helpful, &rates.helpful];
    out.extend(RATES.iter().zip(of.into_iter().zip(values)).map(|(name, (of, values))| (*name, column(of, values))));
    out
}

/// Sums over the period, with their keys column by column.
struct Periods<'a> {
    rows: &'a [PeriodRow],
    area: Vec<u32>,
    service: Vec<u32>,
}

impl<'a> Periods<'a> {
    fn of(rows: &'a [PeriodRow]) -> Self {
        let area = rows.iter().map(|row| row.area).collect();
        Self { rows, area, service: rows.iter().map(|row| row.service.unwrap_or(u32::MAX)).collect() }
    }

    fn columns<'k: 'b, 'b>(&'b self, keys: &'k Keys) -> Columns<'b> {
        let mut out: Columns<'b> = vec![
            ("area", WideColumn::Keys(&self.area, &keys.areas)),
            ("service", WideColumn::Keys(&self.service, &keys.services)),
        ];
        let sums = || self.rows.iter().map(|row| &row.sums);
        out.extend(counts(sums));
        out.extend(rates(sums()));
        out.push(("trend_months", WideColumn::Counts(self.rows.iter().map(|row| Some(row.months)).collect())));
        out.push(("trend_slope", WideColumn::Numbers(self.rows.iter().map(|row| row.slope).collect())));
        out
    }
}

fn place_columns(places: &[Position]) -> Columns<'static> {
    let count = |of: fn(&Position) -> Option<u32>| WideColumn::Counts(places.iter().map(of).collect());
    vec![
        ("rank", count(|place| place.rank.map(NonZeroU32::get))),
        ("ranked", count(|place| Some(place.ranked))),
        ("percentile", WideColumn::Numbers(places.iter().map(Position::percentile).collect())),
        ("compared", count(|place| Some(place.compared))),
    ]
}

/// The rows of one level of a dimension, with their keys column by column.
struct Level<'a> {
    of: RollupLevel<'a>,
    names: [[String; 1]; 2],
    first: Vec<u32>,
    service: Vec<u32>,
    month: Vec<Month>,
}

impl<'a> Level<'a> {
    fn of(of: RollupLevel<'a>) -> Self {
        Self {
            names: [[of.dimension.to_owned()], [of.level.to_owned()]],
            first: vec![0; of.rows.len()],
            service: of.rows.iter().map(|row| row.service.unwrap_or(u32::MAX)).collect(),
            month: of.rows.iter().map(|row| row.month).collect(),
            of,
        }
    }

    fn columns<'k: 'b, 'b>(&'b self, keys: &'k Keys) -> Columns<'b> {
        let [dimension, level] = &self.names;
        let mut out: Columns<'b> = vec![
            ("dimension", WideColumn::Keys(&self.first, dimension)),
            ("level", WideColumn::Keys(&self.first, level)),
            ("service", WideColumn::Keys(&self.service, &keys.services)),
            ("month", WideColumn::Months(&self.month)),
            ("areas", WideColumn::Integers(self.of.rows.iter().map(|row| row.areas).collect())),
        ];
        let sums = || self.of.rows.iter().map(|row| &row.sums);
        out.extend(counts(sums));
        out.extend(rates(sums()));
        out
    }
}

fn write_rollup(rollup: &Rollup, keys: &Keys, stage: &Staging) -> Result<()> {
    let empty = Level::of(RollupLevel { dimension: "", level: "", rows: Vec::new() });
    let columns = empty.columns(keys);
    let mut parquet = ParquetStream::begin(stage, &format!("{INTERNAL}/data/rollup.parquet"), &columns)?;
    let mut csv = CsvStream::begin(stage, &format!("{INTERNAL}/data/rollup.csv"), &columns)?;
    for level in rollup.levels().map(Level::of) {
        let columns = level.columns(keys);
        csv.write(&columns)?;
        parquet.write(EncodedPart::of(&columns)?)?;
    }
    csv.finish(stage)?;
    parquet.finish(stage)?;
    Ok(())
}
