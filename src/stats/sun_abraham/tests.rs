use super::*;
use crate::stats::random::Random;
use crate::stats::testing::close;

const LAST: u32 = 6;

/// Unit, period, time, cohort, outcome.
type Columns = (Vec<u32>, Vec<u32>, Vec<f64>, Vec<f64>, Vec<f64>);

/// Nine units: cohorts 3, 5 and none.
fn panel() -> Columns {
    let mut random = Random::new(11, 0);
    let (mut unit, mut period, mut time, mut cohort, mut y) = (vec![], vec![], vec![], vec![], vec![]);
    for u in 0..9u32 {
        for t in 1..=LAST {
            unit.push(u);
            period.push(t);
            time.push(f64::from(t));
            cohort.push([3.0, 5.0, f64::INFINITY][(u % 3) as usize]);
            y.push(random.normal() + f64::from(u * t));
        }
    }
    (unit, period, time, cohort, y)
}

#[test]
fn every_cell_is_a_difference_in_differences() {
    // Balanced and without covariates, each cell is the change of its cohort since the period before the start less
    // the same change of the untreated.
    let (unit, period, time, cohort, y) = panel();
    let rows = Rows { outcome: &y, covariates: &[], unit: &unit, period: &period, time: &time, cohort: &cohort };
    let study = event_study(rows, Vcov::Cluster(&unit)).unwrap();
    let mean = |start: f64, at: f64| {
        let chosen: Vec<f64> = (0..y.len()).filter(|i| cohort[*i] == start && time[*i] == at).map(|i| y[i]).collect();
        chosen.iter().sum::<f64>() / chosen.len() as f64
    };
    assert_eq!(study.cells.len(), 2 * (LAST as usize - 1));
    let mut att = 0.0;
    let mut count = 0.0;
    for (cell, found) in &study.cells {
        let change = |start: f64| mean(start, cell.cohort + cell.event) - mean(start, cell.cohort - 1.0);
        close(found.value, change(cell.cohort) - change(f64::INFINITY), 1e-10);
        if cell.event >= 0.0 {
            att += found.value;
            count += 1.0;
        }
    }
    // Three units in each cohort: equal weights.
    close(study.att.value, att / count, 1e-10);
    assert_eq!(study.events.first().map(|e| e.0), Some(-4.0));
    assert!(study.lost.is_empty() && study.events.iter().all(|e| e.0 != -1.0));
    assert_eq!(study.att.df, 8.0);
}

#[test]
fn refusals() {
    let (unit, period, time, mut cohort, y) = panel();
    let run = |cohort: &[f64]| {
        let rows = Rows { outcome: &y, covariates: &[], unit: &unit, period: &period, time: &time, cohort };
        event_study(rows, Vcov::Cluster(&unit)).err()
    };
    assert_eq!(run(&vec![f64::INFINITY; y.len()]), Some(EventStudyRefusal::NoneTreated));
    assert_eq!(run(&vec![99.0; y.len()]), Some(EventStudyRefusal::NoneTreated));
    cohort.iter_mut().for_each(|c| *c = c.min(4.0));
    assert_eq!(run(&cohort), Some(EventStudyRefusal::NoneUntreated));
}
