use super::*;
use crate::stats::testing::close;
use proptest::prelude::*;

fn series(values: &[f64]) -> Vec<Sample> {
    values.iter().map(|count| Sample { count: *count, size: 1.0, gap: false }).collect()
}

fn shares(counts: &[(f64, f64)]) -> Vec<Sample> {
    counts.iter().map(|(count, size)| Sample { count: *count, size: *size, gap: false }).collect()
}

#[test]
fn single_values_by_hand() {
    // Ranges 2, 1, 3, 2, 2: mean 2; values: mean 12.
    let found = chart(Chart::Xmr, &series(&[11.0, 13.0, 12.0, 9.0, 11.0, 16.0]), true).unwrap();
    assert_eq!(found.center, 12.0);
    let ranges = found.ranges.unwrap();
    close(ranges.mean, 13.0 / 5.0, 1e-15);
    close(found.points[0].sigma, 2.6 / 1.128, 1e-14);
    close(found.points[0].upper, 12.0 + 3.0 * 2.6 / 1.128, 1e-14);
    assert_eq!((found.points[0].range, found.points[1].range, found.sigma_z), (None, Some(2.0), None));
}

#[test]
fn large_ranges_are_screened_once() {
    // Nine ranges of 1 and one of 21: mean 3, limit 9.801; screened mean 1.
    let values = [0.0, 1.0, 0.0, 1.0, 0.0, 21.0, 20.0, 21.0, 20.0, 21.0, 20.0];
    let found = chart(Chart::Xmr, &series(&values), true).unwrap().ranges.unwrap();
    assert_eq!((found.mean, found.unscreened, found.screened), (1.0, 3.0, 1));
    close(found.limit, 9.801, 1e-14);
    let all = chart(Chart::Xmr, &series(&values), false).unwrap().ranges.unwrap();
    assert_eq!((all.mean, all.screened), (3.0, 0));
}

#[test]
fn a_gap_is_no_change() {
    let mut samples = series(&[1.0, 2.0, 1.0, 8.0, 9.0, 8.0]);
    samples[3].gap = true;
    let found = chart(Chart::Xmr, &samples, false).unwrap();
    assert_eq!(found.ranges.unwrap().mean, 1.0);
    assert_eq!(found.points[3].range, None);
    samples.iter_mut().for_each(|s| s.gap = true);
    assert_eq!(chart(Chart::Xmr, &samples, false), Err(SpcError::NoNeighbours));
    // A chart of counts does not need neighbours.
    assert!(chart(Chart::C, &samples, false).is_ok());
}

#[test]
fn shares_rates_and_counts_by_hand() {
    let counts = [(20.0, 100.0), (60.0, 200.0), (20.0, 100.0), (20.0, 50.0), (10.0, 100.0), (20.0, 50.0)];
    // 150 of 600.
    let p = chart(Chart::P, &shares(&counts), true).unwrap();
    assert_eq!(p.center, 0.25);
    close(p.points[0].upper, 0.25 + 3.0 * (0.25f64 * 0.75 / 100.0).sqrt(), 1e-14);
    let prime = chart(Chart::PPrime, &shares(&counts), true).unwrap();
    // Scores in units of √(0.1875/n): the z of each, and the mean of the five differences.
    let z: Vec<f64> = counts.iter().map(|(x, n)| (x / n - 0.25) / (0.1875 / n).sqrt()).collect();
    let mean = z.windows(2).map(|w| (w[1] - w[0]).abs()).sum::<f64>() / 5.0;
    close(prime.sigma_z.unwrap(), mean / 1.128, 1e-13);
    close(prime.points[1].sigma, mean / 1.128 * (0.1875f64 / 200.0).sqrt(), 1e-13);
    assert!(prime.points.iter().all(|p| p.lower >= 0.0 && p.upper <= 1.0));
    let u = chart(Chart::U, &shares(&counts), true).unwrap();
    close(u.points[3].sigma, (0.25f64 / 50.0).sqrt(), 1e-14);
    let uprime = chart(Chart::UPrime, &shares(&counts), true).unwrap();
    close(uprime.points[3].sigma, uprime.sigma_z.unwrap() * u.points[3].sigma, 1e-14);
    let c = chart(Chart::C, &series(&[4.0, 9.0, 6.0, 14.0, 10.0, 11.0]), true).unwrap();
    assert_eq!((c.center, c.points[0].sigma, c.points[0].lower, c.points[0].upper), (9.0, 3.0, 0.0, 18.0));
    assert_eq!((c.ranges, c.sigma_z), (None, None));
}

#[test]
fn a_point_on_the_line_is_on_neither_side() {
    // The mean of 0.1, 0.2 and 0.3 twice is 0.2 but for rounding.
    let found = chart(Chart::Xmr, &series(&[0.1, 0.2, 0.3, 0.3, 0.2, 0.1]), true).unwrap();
    assert_eq!(found.runs.useful, 4);
}

#[test]
fn refusals() {
    let of = |kind, samples: &[Sample]| chart(kind, samples, true).err();
    assert_eq!(of(Chart::Xmr, &series(&[1.0; 5])), Some(SpcError::FewPoints(5)));
    assert_eq!(of(Chart::Xmr, &series(&[])), Some(SpcError::FewPoints(0)));
    assert_eq!(of(Chart::Xmr, &series(&[0.1; 9])), Some(SpcError::NoVariation));
    // A single jump: screened out, nothing is left.
    let mut jump = [5.0; 12];
    jump[6..].fill(9.0);
    assert_eq!(of(Chart::Xmr, &series(&jump)), Some(SpcError::NoVariation));
    assert_eq!(chart(Chart::Xmr, &series(&jump), false).unwrap().ranges.unwrap().mean, 4.0 / 11.0);
    assert_eq!(of(Chart::P, &shares(&[(0.0, 9.0); 8])), Some(SpcError::NoVariation));
    assert_eq!(of(Chart::P, &shares(&[(9.0, 9.0); 8])), Some(SpcError::NoVariation));
    assert_eq!(of(Chart::PPrime, &shares(&[(3.0, 9.0); 8])), Some(SpcError::NoVariation));
    assert_eq!(of(Chart::C, &series(&[0.0; 8])), Some(SpcError::NoVariation));
    assert_eq!(of(Chart::P, &shares(&[(1.0, 2.0), (3.0, 2.0)])), Some(SpcError::Count(1)));
    assert_eq!(of(Chart::U, &shares(&[(1.0, 2.0), (3.0, 0.0)])), Some(SpcError::Size(1)));
    assert_eq!(of(Chart::C, &series(&[-1.0])), Some(SpcError::Count(0)));
    assert_eq!(of(Chart::Xmr, &series(&[1e308; 8])), Some(SpcError::Refusal(Refusal::NonFinite)));
    assert_eq!(of(Chart::Xmr, &series(&[f64::INFINITY])), Some(SpcError::Refusal(Refusal::NonFinite)));
}

proptest! {
    // All charts are finite, and do not mind the unit of the values.
    #[test]
    fn charts_are_finite_and_scale(values in prop::collection::vec((0u32..200, 1u32..200), 6..40)) {
        let samples: Vec<Sample> = values
            .iter()
            .map(|(x, n)| Sample { count: f64::from(*x.min(n)), size: f64::from(*n), gap: false })
            .collect();
        for kind in [Chart::Xmr, Chart::P, Chart::PPrime, Chart::U, Chart::UPrime, Chart::C] {
            let Ok(found) = chart(kind, &samples, true) else { continue };
            for point in &found.points {
                prop_assert!(point.sigma > 0.0 && point.sigma.is_finite());
                prop_assert!(point.lower <= found.center && found.center <= point.upper);
            }
        }
        let scaled: Vec<Sample> = samples.iter().map(|s| Sample { count: s.count * 1024.0, ..*s }).collect();
        if let (Ok(one), Ok(other)) = (chart(Chart::Xmr, &samples, true), chart(Chart::Xmr, &scaled, true)) {
            for (a, b) in one.points.iter().zip(&other.points) {
                prop_assert_eq!(a.upper * 1024.0, b.upper);
                prop_assert_eq!(&a.rules, &b.rules);
            }
        }
    }
}
