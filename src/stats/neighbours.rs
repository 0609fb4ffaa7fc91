//! The units most like one unit.

use super::characteristic::{Characteristic, Values, constant, mean_and_sd, usable};

/// A neighbour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// The unit's number.
    pub unit: usize,
    /// Its distance.
    pub distance: f64,
}

/// Why there are no neighbours.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NeighbourRefusal {
    /// There is no other unit.
    #[error("there is no other unit to compare with")]
    Alone,
    /// There is no such unit.
    #[error("there is no unit number {0}")]
    NoUnit(usize),
    /// There is nothing to compare the units on.
    #[error("there are no characteristics")]
    NoCharacteristics,
    /// Characteristics or weights differ in number.
    #[error("the columns or weights differ in number")]
    Lengths,
    /// A weight is negative, not a number, or all are zero.
    #[error("weights must be numbers from 0 on, one of them above 0")]
    InvalidWeight,
    /// A value is not a finite number, or too large to be squared.
    #[error("characteristic \"{characteristic}\" of unit {unit} is not finite or too large")]
    NonFinite {
        /// The characteristic.
        characteristic: String,
        /// The unit, from 1 on.
        unit: usize,
    },
    /// No neighbours are asked for.
    #[error("at least one neighbour must be asked for")]
    NoneWanted,
    /// All characteristics with a weight are the same for all units.
    #[error("all characteristics are constant")]
    AllConstant,
}

/// The `wanted` units nearest to `unit`, nearest first; of equally near ones those that come first. Fewer where
/// there are fewer units.
///
/// The distance is the root of the weighted sum of squared differences. Numbers differ in standard deviations
/// (n - 1, over all units); categories differ by 0 or 1. A characteristic that is the same for all units adds
/// nothing. Distances of different runs compare only with the same characteristics, weights and units.
///
/// # Errors
/// [`NeighbourRefusal`].
pub fn neighbours(
    characteristics: &[Characteristic],
    weights: &[f64],
    unit: usize,
    wanted: usize,
) -> Result<Vec<Neighbour>, NeighbourRefusal> {
    let units = characteristics.first().ok_or(NeighbourRefusal::NoCharacteristics)?.len();
    if characteristics.iter().any(|c| c.len() != units) || weights.len() != characteristics.len() {
        return Err(NeighbourRefusal::Lengths);
    }
    if weights.iter().any(|w| !usable(*w) || *w < 0.0) || weights.iter().all(|w| *w == 0.0) {
        return Err(NeighbourRefusal::InvalidWeight);
    }
    if wanted == 0 {
        return Err(NeighbourRefusal::NoneWanted);
    }
    if unit >= units {
        return Err(NeighbourRefusal::NoUnit(unit));
    }
    if units < 2 {
        return Err(NeighbourRefusal::Alone);
    }
    if let Some((c, at)) = characteristics.iter().find_map(|c| c.not_usable().map(|at| (c, at))) {
        return Err(NeighbourRefusal::NonFinite { characteristic: c.name.clone(), unit: at + 1 });
    }
    if characteristics.iter().zip(weights).all(|(c, w)| *w == 0.0 || varies_not(c)) {
        return Err(NeighbourRefusal::AllConstant);
    }
    let mut squares = vec![0.0; units];
    for (characteristic, weight) in characteristics.iter().zip(weights) {
        match &characteristic.values {
            Values::Number(values) => {
                if constant(values) {
                    continue;
                }
                let (_, sd) = mean_and_sd(values);
                let add = |(sum, v): (&mut f64, &f64)| *sum += weight * ((v - values[unit]) / sd).powi(2);
                squares.iter_mut().zip(values).for_each(add);
            }
            Values::Category { codes, .. } => {
                let differ = |(sum, code): (&mut f64, &usize)| *sum += if *code == codes[unit] { 0.0 } else { *weight };
                squares.iter_mut().zip(codes).for_each(differ);
            }
        }
    }
    let others = squares.iter().enumerate().filter(|(other, _)| *other != unit);
    let mut out: Vec<Neighbour> = others.map(|(unit, s)| Neighbour { unit, distance: s.sqrt() }).collect();
    out.sort_by(|a, b| a.distance.total_cmp(&b.distance).then(a.unit.cmp(&b.unit)));
    out.truncate(wanted);
    Ok(out)
}

/// Whether a characteristic is the same for all units.
#[must_use]
pub fn varies_not(characteristic: &Characteristic) -> bool {
    match &characteristic.values {
        Values::Number(values) => constant(values),
        Values::Category { codes, .. } => codes.iter().all(|code| Some(code) == codes.first()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn towns() -> Vec<Characteristic> {
        // Standard deviation of 0, 2, 4: 2.
        vec![
            Characteristic::number("size", vec![0.0, 2.0, 4.0]),
            Characteristic::category("platform", &["A", "B", "A"]),
        ]
    }

    #[test]
    fn distances_by_hand() {
        let found = neighbours(&towns(), &[1.0, 1.0], 0, 10).unwrap();
        // Unit 1: 1 deviation and another platform; unit 2: 2 deviations, same platform.
        assert_eq!(found.iter().map(|n| n.unit).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(found.iter().map(|n| n.distance).collect::<Vec<_>>(), [2f64.sqrt(), 2.0]);
        // Platform counts four times: 1 + 4 = 5 against 4.
        let found = neighbours(&towns(), &[1.0, 4.0], 0, 1).unwrap();
        assert_eq!(found, [Neighbour { unit: 2, distance: 2.0 }]);
    }

    #[test]
    fn equally_near_units_come_in_their_order() {
        let found = neighbours(&towns(), &[1.0, 0.0], 1, 2).unwrap();
        assert_eq!(found.iter().map(|n| (n.unit, n.distance)).collect::<Vec<_>>(), [(0, 1.0), (2, 1.0)]);
    }

    #[test]
    fn refusals() {
        let one = |weights: &[f64], unit, wanted| neighbours(&towns(), weights, unit, wanted).unwrap_err();
        assert_eq!(one(&[1.0], 0, 1), NeighbourRefusal::Lengths);
        assert_eq!(one(&[0.0, 0.0], 0, 1), NeighbourRefusal::InvalidWeight);
        assert_eq!(one(&[1.0, f64::NAN], 0, 1), NeighbourRefusal::InvalidWeight);
        assert_eq!(one(&[1.0, 1.0], 3, 1), NeighbourRefusal::NoUnit(3));
        assert_eq!(one(&[1.0, 1.0], 0, 0), NeighbourRefusal::NoneWanted);
        let same = [Characteristic::number("x", vec![5.0, 5.0])];
        assert_eq!(neighbours(&same, &[1.0], 0, 1), Err(NeighbourRefusal::AllConstant));
        let alone = [Characteristic::number("x", vec![5.0])];
        assert_eq!(neighbours(&alone, &[1.0], 0, 1), Err(NeighbourRefusal::Alone));
    }

    proptest! {
        #[test]
        fn units_and_scale_of_a_number_do_not_matter(
            values in prop::collection::vec(-100.0..100.0f64, 3..20),
            factor in 0.1..50.0f64,
        ) {
            prop_assume!(!constant(&values));
            let scaled: Vec<f64> = values.iter().map(|v| v * factor + 7.0).collect();
            let of = |v: Vec<f64>| neighbours(&[Characteristic::number("x", v)], &[1.0], 0, 5).unwrap();
            let (a, b) = (of(values), of(scaled));
            for (a, b) in a.iter().zip(&b) {
                prop_assert!((a.distance - b.distance).abs() < 1e-9 * (1.0 + a.distance));
            }
        }
    }
}
