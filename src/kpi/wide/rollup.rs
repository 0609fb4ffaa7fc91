use std::ops::Range;

use super::{CellRows, Dimension, Sums};
use crate::domain::Month;

/// Sums of a group of areas, and how many have a cell. It fills a line of the processor's cache, and no two share one.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Slot {
    sums: Sums,
    areas: i64,
}

/// Sums over the areas of every level of some dimensions, by service and month.
#[derive(Debug)]
pub struct Rollup {
    dimensions: Vec<Dimension>,
    services: usize,
    first: Month,
    months: usize,
    /// Per dimension and level, as soon as it has a cell: services (the last is all together) x months.
    levels: Vec<Vec<Option<Vec<Slot>>>>,
}

/// The rows of one level of a dimension, sorted by service (all together first) and month.
#[derive(Debug)]
pub struct RollupLevel<'a> {
    /// Name of the dimension.
    pub dimension: &'a str,
    /// Level.
    pub level: &'a str,
    /// The rows.
    pub rows: Vec<RollupRow<'a>>,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct RollupRow<'a> {
    /// Dense service number, `None` for all together.
    pub service: Option<u32>,
    /// Month.
    pub month: Month,
    /// Areas with a cell.
    pub areas: i64,
    /// Sums.
    pub sums: &'a Sums,
}

impl Rollup {
    /// An empty roll-up of `services` services over the months from `first` to `last`.
    #[must_use]
    pub fn new(dimensions: Vec<Dimension>, services: usize, first: Month, last: Month) -> Self {
        let months = usize::try_from(last.since(first) + 1).unwrap_or(0);
        let levels = dimensions.iter().map(|d| vec![None; d.levels.len()]).collect();
        Self { dimensions, services, first, months, levels }
    }

    /// Adds rows; those of an area must not be divided among several calls.
    pub fn add(&mut self, rows: &CellRows) {
        let size = (self.services + 1) * self.months;
        let month = |month: &Month| usize::try_from(month.since(self.first)).unwrap_or(0);
        let place = |(service, at): (&u32, &Month)| *service as usize * self.months + month(at);
        let places: Vec<usize> = rows.service.iter().zip(&rows.month).map(place).collect();
        let mut from = 0;
        let runs = rows.area.chunk_by(|a, b| a == b).map(|run| {
            from += run.len();
            (run[0], from - run.len()..from)
        });
        let areas: Vec<(u32, Range<usize>)> = runs.collect();
        self.add_together(rows, &areas);
        for (dimension, levels) in self.dimensions.iter().zip(&mut self.levels) {
            for (area, run) in &areas {
                let cells = places[run.clone()].iter().zip(&rows.sums[run.clone()]);
                if let Some(level) = dimension.only_level(*area) {
                    let slots = opened(levels, level, size);
                    cells.for_each(|(&place, sums)| add(&mut slots[place], sums));
                    continue;
                }
                for ((&place, sums), month) in cells.zip(&rows.month[run.clone()]) {
                    if let Some(level) = dimension.level(*area, *month) {
                        add(&mut opened(levels, level, size)[place], sums);
                    }
                }
            }
        }
    }

    /// Adds the rows of each area to those of all services together: an area with two services is one area.
    fn add_together(&mut self, rows: &CellRows, areas: &[(u32, Range<usize>)]) {
        let size = (self.services + 1) * self.months;
        let together_from = self.services * self.months;
        let mut together = vec![Slot::default(); self.months];
        for (area, run) in areas {
            for (month, sums) in rows.month[run.clone()].iter().zip(&rows.sums[run.clone()]) {
                add(&mut together[usize::try_from(month.since(self.first)).unwrap_or(0)], sums);
            }
            for (month, slot) in together.iter_mut().enumerate().filter(|(_, slot)| slot.areas > 0) {
                let date = self.first.plus(i32::try_from(month).unwrap_or(0));
                for (dimension, levels) in self.dimensions.iter().zip(&mut self.levels) {
                    if let Some(level) = dimension.level(*area, date) {
                        add(&mut opened(levels, level, size)[together_from + month], &slot.sums);
                    }
                }
                *slot = Slot::default();
            }
        }
    }

    /// The levels with a cell, sorted by dimension and level.
    pub fn levels(&self) -> impl Iterator<Item = RollupLevel<'_>> {
        let mut order: Vec<usize> = (0..self.dimensions.len()).collect();
        order.sort_by_key(|&d| &self.dimensions[d].name);
        order.into_iter().flat_map(move |d| {
            let dimension = &self.dimensions[d];
            let levels = dimension.levels.iter().zip(&self.levels[d]);
            levels.filter_map(|(level, slots)| {
                let rows = self.rows(slots.as_ref()?);
                Some(RollupLevel { dimension: &dimension.name, level, rows })
            })
        })
    }

    fn rows<'a>(&self, slots: &'a [Slot]) -> Vec<RollupRow<'a>> {
        let services = std::iter::once(self.services).chain(0..self.services);
        let rows = services.flat_map(|service| {
            let slots = &slots[service * self.months..(service + 1) * self.months];
            slots.iter().enumerate().filter(|(_, slot)| slot.areas > 0).map(move |(month, slot)| RollupRow {
                service: u32::try_from(service).ok().filter(|_| service < self.services),
                month: self.first.plus(i32::try_from(month).unwrap_or(0)),
                areas: slot.areas,
                sums: &slot.sums,
            })
        });
        rows.collect()
    }
}

/// The slots of a level, which it has from its first row on.
#[inline]
fn opened(levels: &mut [Option<Vec<Slot>>], level: u16, size: usize) -> &mut [Slot] {
    levels[usize::from(level)].get_or_insert_with(|| vec![Slot::default(); size])
}

#[inline]
fn add(slot: &mut Slot, sums: &Sums) {
    // Cannot overflow: see `CellBuilder`.
    for (sum, value) in slot.sums.iter_mut().zip(sums) {
        *sum = sum.wrapping_add(*value);
    }
    slot.areas += 1;
}

#[cfg(test)]
mod tests {
    use super::super::tests::{dimension, month};
    use super::*;

    /// Rows of area, service, month and a count.
    fn rows(rows: &[(u32, u32, i32, i64)]) -> CellRows {
        CellRows {
            area: rows.iter().map(|row| row.0).collect(),
            service: rows.iter().map(|row| row.1).collect(),
            month: rows.iter().map(|row| month(row.2)).collect(),
            sums: rows.iter().map(|row| [row.3, 0, 0, 0, 0, 0, 1]).collect(),
        }
    }

    /// Dimension, level, service, month, areas, count and number of rows of the cells.
    type Line = (String, String, Option<u32>, i32, i64, i64, i64);

    fn lines(names: &[&str], calls: &[CellRows]) -> Vec<Line> {
        let dimensions = names.iter().map(|name| dimension(name)).collect();
        let mut rollup = Rollup::new(dimensions, 2, month(1), month(4));
        calls.iter().for_each(|call| rollup.add(call));
        let line = |of: &RollupLevel<'_>, row: &RollupRow<'_>| {
            let number = row.month.since(month(1)) + 1;
            let (dimension, level) = (of.dimension.to_owned(), of.level.to_owned());
            (dimension, level, row.service, number, row.areas, row.sums[0], row.sums[6])
        };
        rollup.levels().flat_map(|of| of.rows.iter().map(|row| line(&of, row)).collect::<Vec<_>>()).collect()
    }

    fn cells() -> [CellRows; 3] {
        [
            rows(&[(0, 0, 2, 1), (0, 0, 3, 2), (0, 1, 2, 4), (1, 0, 2, 8)]),
            rows(&[]),
            rows(&[(2, 1, 2, 16), (3, 0, 4, 0)]),
        ]
    }

    #[test]
    fn an_area_with_two_services_is_one_area() {
        let line =
            |service, month, areas, count, cells| ("all".into(), "all".into(), service, month, areas, count, cells);
        let wanted = [
            line(None, 2, 3, 29, 4),
            line(None, 3, 1, 2, 1),
            // A row of zeros is a row.
            line(None, 4, 1, 0, 1),
            line(Some(0), 2, 2, 9, 2),
            line(Some(0), 3, 1, 2, 1),
            line(Some(0), 4, 1, 0, 1),
            line(Some(1), 2, 2, 20, 2),
        ];
        assert_eq!(lines(&["all"], &cells()), wanted);
    }

    /// The area 0 is treated from March on, 2 since 2024; the Land of the area 3 is not known.
    #[test]
    fn levels_follow_the_month_and_dimensions_their_names() {
        let land = |level: &str, service, month, areas, count, cells| {
            ("land".to_owned(), level.to_owned(), service, month, areas, count, cells)
        };
        let phase = |level: &str, service, month, areas, count, cells| {
            ("phase".to_owned(), level.to_owned(), service, month, areas, count, cells)
        };
        let wanted = [
            land("01", None, 2, 2, 13, 3),
            land("01", None, 3, 1, 2, 1),
            land("01", Some(0), 2, 2, 9, 2),
            land("01", Some(0), 3, 1, 2, 1),
            land("01", Some(1), 2, 1, 4, 1),
            land("02", None, 2, 1, 16, 1),
            land("02", Some(1), 2, 1, 16, 1),
            phase("comparison", None, 2, 1, 8, 1),
            phase("comparison", None, 4, 1, 0, 1),
            phase("comparison", Some(0), 2, 1, 8, 1),
            phase("comparison", Some(0), 4, 1, 0, 1),
            phase("not yet", None, 2, 1, 5, 2),
            phase("not yet", Some(0), 2, 1, 1, 1),
            phase("not yet", Some(1), 2, 1, 4, 1),
            phase("treated", None, 2, 1, 16, 1),
            phase("treated", None, 3, 1, 2, 1),
            phase("treated", Some(0), 3, 1, 2, 1),
            phase("treated", Some(1), 2, 1, 16, 1),
        ];
        assert_eq!(lines(&["phase", "land"], &cells()), wanted);
    }
}
