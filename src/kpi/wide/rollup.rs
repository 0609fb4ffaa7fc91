use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::{CellRows, Dimension, LevelOf, MEASURES, Sums};
use crate::domain::Month;

/// Sums of a group of areas, and behind them how many have a cell. It fills a line of the processor's cache, and no
/// two share one.
#[derive(Debug, Clone, Copy, Default)]
#[repr(align(64))]
struct Slot([i64; MEASURES + 1]);

/// Sums over the areas of every level of some dimensions, by service and month.
#[derive(Debug)]
pub struct Rollup {
    dimensions: Vec<Dimension>,
    bundles: Vec<Bundle>,
    services: usize,
    first: Month,
    months: usize,
}

/// Several dimensions, of which the combinations of levels are added up, and the levels made of these in the end: a
/// cell is added once instead of once per dimension. Most time goes into waiting for the memory of a slot.
#[derive(Debug)]
struct Bundle {
    /// Numbers of the dimensions.
    dimensions: Vec<usize>,
    /// The combination of each area.
    of: Vec<LevelOf>,
    /// Of every combination that occurs the levels, in the order of `dimensions`.
    combinations: Vec<Vec<Option<u16>>>,
    /// Per combination, as soon as it has a cell: services (the last is all together) x months.
    slots: Vec<Option<Vec<Slot>>>,
}

/// Slots of a bundle, 64 MiB: dimensions that need more together, and more than each by itself, stay apart.
const MOST: usize = 1 << 20;

/// The rows of one level of a dimension, sorted by service (all together first) and month.
#[derive(Debug)]
pub struct RollupLevel<'a> {
    /// Name of the dimension.
    pub dimension: &'a str,
    /// Level.
    pub level: &'a str,
    /// The rows.
    pub rows: Vec<RollupRow>,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct RollupRow {
    /// Dense service number, `None` for all together.
    pub service: Option<u32>,
    /// Month.
    pub month: Month,
    /// Areas with a cell.
    pub areas: i64,
    /// Sums.
    pub sums: Sums,
}

impl Rollup {
    /// An empty roll-up of `services` services over the months from `first` to `last`.
    #[must_use]
    pub fn new(dimensions: Vec<Dimension>, services: usize, first: Month, last: Month) -> Self {
        let months = usize::try_from(last.since(first) + 1).unwrap_or(0);
        let most = MOST / ((services + 1) * months).max(1);
        let mut bundles: Vec<Bundle> = Vec::new();
        for (at, dimension) in dimensions.iter().enumerate() {
            let mut known = bundles.iter().enumerate();
            let joined = known.find_map(|(to, bundle)| Some((to, bundle.with(at, dimension, most)?)));
            match joined {
                Some((to, bundle)) => bundles[to] = bundle,
                None => bundles.push(Bundle::of(at, dimension)),
            }
        }
        Self { dimensions, bundles, services, first, months }
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
        for bundle in &mut self.bundles {
            for (area, run) in &areas {
                let level = bundle.of[*area as usize];
                let cells = places[run.clone()].iter().zip(&rows.sums[run.clone()]);
                if let LevelOf::Always(level) = level {
                    let slots = opened(&mut bundle.slots, level, size);
                    cells.for_each(|(&place, sums)| slots[place].add(sums, 1));
                    continue;
                }
                for ((&place, sums), month) in cells.zip(&rows.month[run.clone()]) {
                    if let Some(level) = level.at(*month) {
                        opened(&mut bundle.slots, level, size)[place].add(sums, 1);
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
                together[usize::try_from(month.since(self.first)).unwrap_or(0)].add(sums, 1);
            }
            for (month, slot) in together.iter_mut().enumerate().filter(|(_, slot)| !slot.is_empty()) {
                let date = self.first.plus(i32::try_from(month).unwrap_or(0));
                for bundle in &mut self.bundles {
                    if let Some(level) = bundle.of[*area as usize].at(date) {
                        opened(&mut bundle.slots, level, size)[together_from + month].add(slot.parts().0, 1);
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
            self.parts(d).into_iter().zip(&dimension.levels).filter_map(move |(parts, level)| {
                let rows = self.rows(&together(&parts)?);
                Some(RollupLevel { dimension: &dimension.name, level, rows })
            })
        })
    }

    /// For each level of dimension `d` the slots of all combinations with it that have a cell.
    fn parts(&self, d: usize) -> Vec<Vec<&[Slot]>> {
        let mut out = vec![Vec::new(); self.dimensions[d].levels.len()];
        for bundle in &self.bundles {
            let Some(at) = bundle.dimensions.iter().position(|&other| other == d) else { continue };
            for (levels, slots) in bundle.combinations.iter().zip(&bundle.slots) {
                if let (Some(level), Some(slots)) = (levels[at], slots) {
                    out[usize::from(level)].push(slots.as_slice());
                }
            }
        }
        out
    }

    fn rows(&self, slots: &[Slot]) -> Vec<RollupRow> {
        let services = std::iter::once(self.services).chain(0..self.services);
        let rows = services.flat_map(|service| {
            let slots = &slots[service * self.months..(service + 1) * self.months];
            slots.iter().enumerate().filter(|(_, slot)| !slot.is_empty()).map(move |(month, slot)| {
                let (&sums, areas) = slot.parts();
                let month = self.first.plus(i32::try_from(month).unwrap_or(0));
                let service = u32::try_from(service).ok().filter(|_| service < self.services);
                RollupRow { service, month, areas, sums }
            })
        });
        rows.collect()
    }
}

/// The sums of all `parts`; `None` of none.
fn together<'a>(parts: &[&'a [Slot]]) -> Option<Cow<'a, [Slot]>> {
    let (first, others) = parts.split_first()?;
    let mut out = Cow::Borrowed(*first);
    for slots in others {
        for (sum, slot) in out.to_mut().iter_mut().zip(*slots).filter(|(_, slot)| !slot.is_empty()) {
            let (sums, areas) = slot.parts();
            sum.add(sums, areas);
        }
    }
    Some(out)
}

impl Bundle {
    /// The dimension with this number by itself.
    fn of(number: usize, dimension: &Dimension) -> Self {
        let combinations: Vec<Vec<Option<u16>>> =
            (0..=u16::MAX).take(dimension.levels.len()).map(|level| vec![Some(level)]).collect();
        let slots = vec![None; combinations.len()];
        Self { dimensions: vec![number], of: dimension.of.clone(), combinations, slots }
    }

    /// The still empty bundle of this one and one more dimension; `None` if that has more combinations than `most`
    /// and than either has, or if an area changes its level in both.
    fn with(&self, number: usize, dimension: &Dimension, most: usize) -> Option<Self> {
        let most = most.max(self.combinations.len()).max(dimension.levels.len());
        let mut numbers: BTreeMap<(Option<u16>, Option<u16>), u16> = BTreeMap::new();
        let mut of = Vec::with_capacity(self.of.len());
        for (own, other) in self.of.iter().zip(&dimension.of) {
            let date = match (own.date(), other.date()) {
                (Some(_), Some(_)) => return None,
                (own, other) => own.or(other),
            };
            let mut ends = [None; 2];
            for (end, pair) in ends.iter_mut().zip(own.ends().into_iter().zip(other.ends())) {
                let next = u16::try_from(numbers.len()).ok()?;
                *end = (pair != (None, None)).then(|| *numbers.entry(pair).or_insert(next));
            }
            if numbers.len() > most {
                return None;
            }
            of.push(LevelOf::new(date, ends));
        }
        let mut combinations = vec![Vec::new(); numbers.len()];
        for ((own, other), number) in numbers {
            let own = own.map(|own| self.combinations[usize::from(own)].clone());
            let own = own.unwrap_or_else(|| vec![None; self.dimensions.len()]);
            combinations[usize::from(number)] = own.into_iter().chain([other]).collect();
        }
        let dimensions = self.dimensions.iter().copied().chain([number]).collect();
        Some(Self { dimensions, of, slots: vec![None; combinations.len()], combinations })
    }
}

impl Slot {
    #[inline]
    fn add(&mut self, sums: &Sums, areas: i64) {
        // The processor adds several at once if there are as many as in a slot.
        let mut row = [areas; MEASURES + 1];
        row[..MEASURES].copy_from_slice(sums);
        // Cannot overflow: see `CellBuilder`.
        for (sum, value) in self.0.iter_mut().zip(row) {
            *sum = sum.wrapping_add(value);
        }
    }

    fn parts(&self) -> (&Sums, i64) {
        let [sums @ .., areas] = &self.0;
        (sums, *areas)
    }

    fn is_empty(&self) -> bool {
        self.parts().1 == 0
    }
}

/// The slots of a level, which it has from its first row on.
#[inline]
fn opened(levels: &mut [Option<Vec<Slot>>], level: u16, size: usize) -> &mut [Slot] {
    levels[usize::from(level)].get_or_insert_with(|| vec![Slot::default(); size])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

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
        lines_of(names.iter().map(|name| dimension(name)).collect(), calls)
    }

    fn lines_of(dimensions: Vec<Dimension>, calls: &[CellRows]) -> Vec<Line> {
        let mut rollup = Rollup::new(dimensions, 2, month(1), month(4));
        calls.iter().for_each(|call| rollup.add(call));
        let line = |of: &RollupLevel<'_>, row: &RollupRow| {
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

    #[test]
    fn dimensions_are_bundled_where_that_costs_little_memory() {
        let with = |bundle: &Bundle, name: &str, most: usize| bundle.with(9, &dimension(name), most);
        let land = Bundle::of(0, &dimension("land"));
        // The area 3 is in no Land, 2 has no kind: they make 01 and town, 02 alone, town alone.
        assert_eq!(with(&land, "kind", 3).unwrap().combinations.len(), 3);
        assert!(with(&land, "kind", 2).is_none());
        assert_eq!(with(&land, "all", 3).unwrap().combinations.len(), 3);
        assert!(with(&land, "land", 0).is_some(), "twice the same is no more than once");
        let phase = with(&land, "phase", 64).unwrap();
        assert!(with(&phase, "kind", 64).is_some());
        assert!(with(&phase, "phase", 64).is_none(), "one date only");
    }

    proptest! {
        /// Against sums taken dimension by dimension.
        #[test]
        fn bundles_come_to_the_same_as_each_dimension_by_itself(
            cells in proptest::collection::btree_map((0u32..4, 0u32..2, 1i32..5), 0i64..9, 0..20),
            wanted in proptest::sample::subsequence(vec!["all", "kind", "land", "phase", "phase", "size_class"], 0..=6),
        ) {
            let mut dimensions: Vec<Dimension> = wanted.iter().map(|name| dimension(name)).collect();
            for (at, dimension) in dimensions.iter_mut().enumerate() {
                dimension.name.insert_str(0, &at.to_string());
            }
            let mut expected: BTreeMap<_, (BTreeSet<u32>, i64, i64)> = BTreeMap::new();
            for (&(area, service, at), count) in &cells {
                for (d, dimension) in dimensions.iter().enumerate() {
                    let Some(level) = dimension.level(area, month(at)) else { continue };
                    for service in [None, Some(service)] {
                        let row = expected.entry((d, level, service, at)).or_default();
                        row.0.insert(area);
                        row.1 += count;
                        row.2 += 1;
                    }
                }
            }
            let expected: Vec<Line> = expected
                .into_iter()
                .map(|((d, level, service, at), (areas, count, cells))| {
                    let Dimension { name, levels, .. } = &dimensions[d];
                    let level = levels[usize::from(level)].clone();
                    (name.clone(), level, service, at, areas.len() as i64, count, cells)
                })
                .collect();
            let areas: Vec<_> = cells.into_iter().map(|((area, service, at), count)| (area, service, at, count)).collect();
            let calls: Vec<CellRows> = areas.chunk_by(|a, b| a.0 == b.0).map(rows).collect();
            prop_assert_eq!(lines_of(dimensions, &calls), expected);
        }
    }
}
