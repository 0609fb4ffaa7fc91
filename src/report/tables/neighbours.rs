//! The most similar areas that an area is compared with.

use super::{column, int};
use crate::Result;
use crate::disclosure::Results;
use crate::publish::{Label, Table};

/// One row per area and neighbour; `None` where no comparison is with the nearest.
pub(super) fn nearest(r: &Results) -> Result<Option<Table>> {
    let rows: Vec<_> = r
        .peers
        .iter()
        .flat_map(|(set, _)| {
            set.nearest().iter().flat_map(move |(area, list)| {
                list.iter().zip(1u64..).map(move |(n, rank)| (set.comparison, *area, rank, *n))
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(None);
    }
    Table::builder("neighbours", Label::new("Ähnlichste Orte", "Most similar areas"))
        .describe(
            "Mit welchen Orten ein Ort verglichen wird: die ähnlichsten in den Merkmalen von match_on. Der Abstand ist die Wurzel der gewichteten Summe quadrierter Unterschiede, Zahlen in Standardabweichungen, Bezeichnungen 0 oder 1.",
            "Which areas an area is compared with: those most similar in the characteristics of match_on. The distance is the root of the weighted sum of squared differences, numbers in standard deviations, labels 0 or 1.",
        )
        .key(&["comparison", "area", "rank"])
        .text(column("comparison", "Vergleich", "Comparison"), rows.iter().map(|row| &r.comparisons[row.0].name))
        .text(column("area", "Gebietsschlüssel", "Area key"), rows.iter().map(|row| &r.units.get(row.1).key))
        .integer(column("rank", "Rang, 1 = am ähnlichsten", "Rank, 1 = most similar"), rows.iter().map(|row| int(row.2)))
        .text(
            column("neighbour", "Schlüssel des ähnlichen Gebiets", "Key of the similar area"),
            rows.iter().map(|row| &r.units.get(row.3.area).key),
        )
        .number(column("distance", "Abstand", "Distance"), rows.iter().map(|row| row.3.distance))
        .build()
        .map(Some)
}
