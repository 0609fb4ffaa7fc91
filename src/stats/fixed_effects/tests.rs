use proptest::prelude::*;

use super::example::panel;
use super::*;
use crate::stats::linalg::least_squares;
use crate::stats::testing::close;

#[test]
fn a_two_by_two_panel_is_a_difference_in_differences() {
    // (10 - 4) - (7 - 5) = 4; two more rows of the untreated unit's twin leave residuals.
    let (unit, time) = ([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]);
    let treated = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    let fit = two_way(&[4.0, 10.0, 5.0, 7.0, 5.0, 8.0], &[&treated], &unit, &time).unwrap();
    // The untreated change is 2 in one, 3 in the other: 2.5 on average.
    close(fit.beta[0], 3.5, 1e-12);
}

#[test]
fn coefficients_of_an_unbalanced_panel() {
    // pyfixest 0.60 (tolerance 1e-13) and R's lm with indicators agree on these.
    let p = panel();
    let fit = two_way(&p.y, &[&p.treated, &p.x], &p.unit, &p.time).unwrap();
    close(fit.beta[0], 7.706_705_221_937_5, 1e-12);
    close(fit.beta[1], -0.687_657_070_216_782, 1e-12);
    assert_eq!((fit.rows.len(), fit.singletons, fit.levels.units, fit.levels.times), (27, 0, 6, 5));
}

#[test]
fn what_is_alone_or_explained_is_left_out_and_said() {
    let p = panel();
    // A unit with one row, a period with one row, which leaves another unit with one row.
    let (mut unit, mut time, mut y, mut d, mut x) = (p.unit, p.time, p.y, p.treated, p.x);
    for (u, t) in [(50, 1), (51, 9), (51, 2)] {
        unit.push(u);
        time.push(t);
        y.push(1.0);
        d.push(0.0);
        x.push(3.0);
    }
    let region: Vec<f64> = unit.iter().map(|u| f64::from(u / 3)).collect();
    let twice: Vec<f64> = x.iter().zip(&d).map(|(x, d)| 2.0 * x - d).collect();
    let fit = two_way(&y, &[&d, &region, &x, &twice], &unit, &time).unwrap();
    assert_eq!((fit.singletons, fit.rows.len()), (3, 27));
    assert_eq!((fit.kept, fit.collinear), (vec![0, 2], vec![1, 3]));
    close(fit.beta[0], 7.706_705_221_937_5, 1e-12);
}

#[test]
fn refusals() {
    let p = panel();
    let of = |y: &[f64], d: &[f64], unit: &[u32], time: &[u32]| two_way(y, &[d], unit, time).unwrap_err();
    assert_eq!(of(&[], &[], &[], &[]), PanelRefusal::Empty);
    assert_eq!(of(&[1.0, 2.0], &[0.0, 1.0], &[0, 1], &[0, 1]), PanelRefusal::Empty);
    let one = vec![0; p.y.len()];
    let rows: Vec<u32> = (0..p.y.len() as u32).map(|i| i / 3).collect();
    assert_eq!(of(&p.y, &p.treated, &one, &rows), PanelRefusal::OneUnit);
    assert_eq!(of(&p.y, &p.treated, &rows, &one), PanelRefusal::OnePeriod);
    let fixed: Vec<f64> = p.unit.iter().map(|u| f64::from(u8::from(*u > 3))).collect();
    assert_eq!(of(&p.y, &fixed, &p.unit, &p.time), PanelRefusal::Absorbed { column: 0 });
    assert_eq!(of(&vec![3.0; p.y.len()], &p.treated, &p.unit, &p.time), PanelRefusal::NoResidual);
    assert_eq!(of(&p.treated, &p.treated, &p.unit, &p.time), PanelRefusal::NoResidual);
    let mut broken = p.y.clone();
    broken[3] = f64::NAN;
    assert_eq!(of(&broken, &p.treated, &p.unit, &p.time), PanelRefusal::NonFinite);
    assert_eq!(
        of(&[1.0, 2.0, 4.0, 5.0], &[0.0, 0.0, 0.0, 1.0], &[0, 0, 1, 1], &[0, 1, 0, 1]),
        PanelRefusal::TooFewRows { rows: 4, parameters: 4 }
    );
}

proptest! {
    #[test]
    fn what_remains_sums_to_zero_in_every_unit_and_period(
        cells in prop::collection::vec((0u32..7, 0u32..5, -1e3..1e3f64), 1..60)
    ) {
        let unit: Vec<u32> = cells.iter().map(|c| c.0).collect();
        let time: Vec<u32> = cells.iter().map(|c| c.1).collect();
        let values: Vec<f64> = cells.iter().map(|c| c.2).collect();
        let levels = Levels::new(&unit, &time);
        let rest = levels.within(&values).unwrap();
        for (codes, n) in [(&levels.unit, levels.units), (&levels.time, levels.times)] {
            let mut sums = vec![0.0; n];
            codes.iter().zip(&rest).for_each(|(c, r)| sums[*c as usize] += r);
            prop_assert!(sums.iter().all(|s: &f64| s.abs() < 1e-8), "{sums:?}");
        }
        // Once more changes nothing.
        let again = levels.within(&rest).unwrap();
        prop_assert!(again.iter().zip(&rest).all(|(a, b)| (a - b).abs() < 1e-8));
    }

    #[test]
    fn least_squares_with_indicators_agrees(seed in 0u64..200) {
        let mut random = crate::stats::random::Random::new(seed, 0);
        let (mut unit, mut time, mut y, mut d) = (vec![], vec![], vec![], vec![]);
        for u in 0..6u32 {
            for t in 0..6u32 {
                if random.uniform() < 0.75 {
                    unit.push(u);
                    time.push(t);
                    d.push(random.normal());
                    y.push(random.normal() * 10.0 + f64::from(u));
                }
            }
        }
        let fit = two_way(&y, &[&d], &unit, &time);
        prop_assume!(fit.is_ok());
        let fit = fit.unwrap();
        let indicator = |codes: &[u32], level: u32| -> Vec<f64> {
            fit.rows.iter().map(|row| f64::from(u8::from(codes[*row] == level))).collect()
        };
        let mut columns = vec![fit.rows.iter().map(|row| d[*row]).collect::<Vec<f64>>()];
        columns.extend((0..6).map(|u| indicator(&unit, u)));
        columns.extend((1..6).map(|t| indicator(&time, t)));
        let references: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let x = Matrix::from_columns(&references);
        let y: Vec<f64> = fit.rows.iter().map(|row| y[*row]).collect();
        // Levels without a row, or a panel in two parts, leave fewer columns; then there is nothing to compare.
        if let Some(beta) = least_squares(&x, &y, None) {
            prop_assert!((beta[0] - fit.beta[0]).abs() < 1e-8, "{} {}", beta[0], fit.beta[0]);
        }
    }
}
