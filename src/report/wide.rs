//! The wide tables as files of the internal folder.

use std::collections::BTreeSet;

use crate::Result;
use crate::config::Project;
use crate::domain::Period;
use crate::ingest::{Facts, Records};
use crate::kpi::Periods;
use crate::kpi::wide::{CellRows, Dimension, PositionRow, Positions, Rates, Rollup, RollupRow, Sums};
use crate::publish::{Column, INTERNAL, Label, ParquetStream, Staging, Table, WideColumn};

/// The wide tables of a run, while the numbers are being settled.
pub struct Wide {
    keys: Keys,
    cells: Option<ParquetStream>,
    rollup: Option<Rollup>,
    positions: Option<Positions>,
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
            Some(ParquetStream::begin(stage, &file, &cells(&keys, &CellRows::default()))?)
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
        let positions = match &spec.position {
            None => None,
            Some(position) => {
                let peers = dimension(&position.peers)?;
                let period: Period = Periods::new(project.until.unwrap_or(last), project.months, first).current;
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
                Some(Positions::new(period, peers, reference.collect()))
            }
        };
        Ok(Some(Self { keys, cells, rollup, positions }))
    }

    /// Takes the rows of the next share of the areas.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn add(&mut self, rows: &CellRows) -> Result<()> {
        if let Some(stream) = &mut self.cells
            && !rows.is_empty()
        {
            stream.write(&cells(&self.keys, rows))?;
        }
        if let Some(rollup) = &mut self.rollup {
            rollup.add(rows);
        }
        if let Some(positions) = &mut self.positions {
            positions.add(rows);
        }
        Ok(())
    }

    /// Finishes the tables.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn finish(self, stage: &Staging) -> Result<()> {
        if let Some(stream) = self.cells {
            stream.finish(stage)?;
        }
        if let Some(rollup) = &self.rollup {
            let rows: Vec<RollupRow<'_>> = rollup.rows().collect();
            let table = rolled_up(&self.keys, &rows)?;
            stage.write(&format!("{INTERNAL}/data/rollup.csv"), &crate::publish::csv_bytes(&table)?)?;
            stage.write(&format!("{INTERNAL}/data/rollup.parquet"), &crate::publish::parquet_bytes(&table)?)?;
        }
        if let Some(positions) = self.positions {
            let parts = positions.finish();
            let file = format!("{INTERNAL}/data/positions.parquet");
            let mut stream = ParquetStream::begin(stage, &file, &Places::of(&[]).columns(&self.keys))?;
            for part in parts.into_iter().filter(|part| !part.is_empty()) {
                stream.write(&Places::of(&part).columns(&self.keys))?;
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

/// The columns of counts and rates that all wide tables share: name, German and English title.
const COUNTS: [(&str, &str, &str); 7] = [
    ("started_online", "Online begonnene Formulare", "Forms begun online"),
    ("submitted_online", "Online gestellte Anträge", "Applications submitted online"),
    ("completed_online", "Online abgeschlossene Fälle", "Cases completed online"),
    ("completed_all", "Abgeschlossene Fälle, alle Wege", "Cases completed, all channels"),
    ("votes", "Stimmen ja/nein", "Votes yes/no"),
    ("votes_yes", "Davon ja", "Yes votes"),
    ("comments", "Stimmen mit Kommentar", "Votes with a comment"),
];

fn counts<'a, I: Iterator<Item = &'a Sums>>(sums: impl Fn() -> I) -> Columns<'static> {
    let column = |(at, (name, ..)): (usize, &(&'static str, &str, &str))| {
        (*name, WideColumn::Integers(sums().map(|sums| sums[at]).collect()))
    };
    COUNTS.iter().enumerate().map(column).collect()
}

fn rates<'a>(sums: impl Iterator<Item = &'a Sums>) -> Columns<'static> {
    let (mut share, mut completion, mut helpful, mut lower, mut upper) = (vec![], vec![], vec![], vec![], vec![]);
    for rates in sums.map(Rates::of) {
        share.push(rates.online_share);
        completion.push(rates.completion);
        helpful.push(rates.helpful);
        lower.push(rates.helpful_limits.map(|limits| limits.0));
        upper.push(rates.helpful_limits.map(|limits| limits.1));
    }
    vec![
        ("online_share", WideColumn::Numbers(share)),
        ("completion_rate", WideColumn::Numbers(completion)),
        ("helpful_share", WideColumn::Numbers(helpful)),
        ("helpful_lower", WideColumn::Numbers(lower)),
        ("helpful_upper", WideColumn::Numbers(upper)),
    ]
}

fn cells<'a>(keys: &'a Keys, rows: &'a CellRows) -> Columns<'a> {
    let mut out = vec![
        ("area", WideColumn::Keys(&rows.area, &keys.areas)),
        ("service", WideColumn::Keys(&rows.service, &keys.services)),
        ("month", WideColumn::Months(&rows.month)),
    ];
    out.extend(counts(|| rows.sums.iter()));
    out.extend(rates(rows.sums.iter()));
    out
}

/// Positions, with their keys column by column.
struct Places<'a> {
    rows: &'a [PositionRow],
    area: Vec<u32>,
    service: Vec<u32>,
}

impl<'a> Places<'a> {
    fn of(rows: &'a [PositionRow]) -> Self {
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
        let count = |pick: fn(&PositionRow) -> Option<u32>| WideColumn::Counts(self.rows.iter().map(pick).collect());
        out.push(("rank", count(|row| row.rank)));
        out.push(("ranked", count(|row| Some(row.ranked))));
        out.push(("percentile", WideColumn::Numbers(self.rows.iter().map(|row| row.percentile).collect())));
        out.push(("compared", count(|row| Some(row.compared))));
        out.push(("trend_months", count(|row| Some(row.months))));
        out.push(("trend_slope", WideColumn::Numbers(self.rows.iter().map(|row| row.slope).collect())));
        out
    }
}

fn rolled_up(keys: &Keys, rows: &[RollupRow<'_>]) -> Result<Table> {
    let service = |row: &RollupRow<'_>| row.service.map_or("*", |at| keys.services[at as usize].as_str()).to_owned();
    let mut builder =
        Table::builder("rollup", Label::new("Summen über Gruppen von Gebieten", "Sums over groups of areas"))
            .describe(
                "Summen der angenommenen Datensätze; Raten als Summe durch Summe.",
                "Sums of the accepted records; rates as ratio of sums.",
            )
            .key(&["dimension", "level", "service", "month"])
            .text(column("dimension", "Einteilung der Gebiete", "Dimension"), rows.iter().map(|row| row.dimension))
            .text(column("level", "Gruppe", "Level"), rows.iter().map(|row| row.level))
            .text(column("service", "Leistung, * = alle", "Service, * = all"), rows.iter().map(service))
            .month(column("month", "Monat", "Month"), rows.iter().map(|row| row.month))
            .integer(
                column("areas", "Gebiete mit einer Zahl", "Areas with a number"),
                rows.iter().map(|row| row.areas),
            );
    for (at, (name, de, en)) in COUNTS.iter().enumerate() {
        builder = builder.integer(column(name, de, en), rows.iter().map(|row| row.sums[at]));
    }
    let rates: Vec<Rates> = rows.iter().map(|row| Rates::of(row.sums)).collect();
    builder
        .number(
            column("online_share", "Online-Anteil der abgeschlossenen Fälle", "Online share of completed cases"),
            rates.iter().map(|r| r.online_share),
        )
        .number(
            column("completion_rate", "Abgeschlossen je begonnen", "Completed per begun"),
            rates.iter().map(|r| r.completion),
        )
        .number(column("helpful_share", "Anteil ja", "Share of yes"), rates.iter().map(|r| r.helpful))
        .number(
            column("helpful_lower", "Untere Grenze, 95 %", "Lower limit, 95 %"),
            rates.iter().map(|r| r.helpful_limits.map(|l| l.0)),
        )
        .number(
            column("helpful_upper", "Obere Grenze, 95 %", "Upper limit, 95 %"),
            rates.iter().map(|r| r.helpful_limits.map(|l| l.1)),
        )
        .build()
}

fn column(name: &str, de: &str, en: &str) -> Column {
    Column::new(name, de, en)
}
