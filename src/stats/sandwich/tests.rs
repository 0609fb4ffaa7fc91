use super::super::fixed_effects::example::{pairs, panel};
use super::super::fixed_effects::two_way;
use super::*;
use crate::stats::probability::student_two_sided;
use crate::stats::testing::close;

fn fitted() -> (Fit, Vec<u32>, Vec<u32>) {
    let p = panel();
    (two_way(&p.y, &[&p.treated, &p.x], &p.unit, &p.time).unwrap(), p.unit, p.time)
}

fn errors(fit: &Fit, vcov: Vcov<'_>) -> Inference {
    inference(fit, vcov, &[vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap()
}

/// Standard errors and p values by pyfixest 0.60 with its defaults and a tolerance of 1e-13.
#[test]
fn errors_agree_with_pyfixest() {
    let (fit, unit, time) = fitted();
    let pairs = pairs(&unit);
    for (vcov, se, p) in [
        (Vcov::Iid, [4.076_006_336_125_28, 0.451_070_830_482_754], [0.078_133_993_179_020_6, 0.148_188_426_355_828]),
        (Vcov::Hc1, [3.475_632_264_258_65, 0.499_531_804_694_082], [0.042_464_005_199_980_9, 0.188_836_567_919_34]),
        (
            Vcov::Cluster(&unit),
            [2.536_573_009_449_41, 0.555_821_901_835_237],
            [0.028_808_819_018_797_6, 0.270_949_398_306_094],
        ),
        (
            Vcov::Cluster(&pairs),
            [1.006_747_574_727_84, 0.609_063_889_100_598],
            [0.016_640_145_319_975_8, 0.376_090_887_918_459],
        ),
        (
            Vcov::TwoWay(&unit, &time),
            [3.662_554_307_704, 0.417_470_628_536_884],
            [0.103_164_453_037_777, 0.174_862_559_638_604],
        ),
        (
            Vcov::Cr3(&unit),
            [4.129_157_733_947_05, 1.015_258_436_209_48],
            [0.120_970_065_448_307, 0.528_267_833_667_278],
        ),
    ] {
        let found = errors(&fit, vcov);
        for ((c, se), p) in found.combinations.iter().zip(se).zip(p) {
            close(c.se, se, 1e-11);
            close(student_two_sided(c.value / c.se, c.df), p, 1e-10);
        }
    }
}

/// Errors and degrees of freedom by clubSandwich 0.5.8 on R's lm with indicators for units and periods.
#[test]
fn bias_reduced_errors_agree_with_clubsandwich() {
    let (fit, unit, time) = fitted();
    let pairs = pairs(&unit);
    for (clusters, se, df) in [
        (&unit, [2.519_404_702_497_39, 0.595_977_127_799_789], [3.959_945_597_056_58, 3.270_735_927_305_61]),
        (&pairs, [2.157_730_951_490_04, 0.645_742_558_909_006], [1.815_634_349_806_73, 1.801_599_714_162_24]),
        (&time, [4.617_841_611_215_17, 0.385_023_667_719_193], [3.425_272_459_436_56, 2.643_021_398_738_05]),
    ] {
        let found = errors(&fit, Vcov::Cr2(clusters));
        for ((c, se), df) in found.combinations.iter().zip(se).zip(df) {
            close(c.se, se, 1e-11);
            close(c.df, df, 1e-11);
        }
    }
}

#[test]
fn a_cluster_that_carries_the_effect_is_named() {
    let p = panel();
    let one: Vec<f64> = p.unit.iter().zip(&p.time).map(|(u, t)| f64::from(u8::from(*u == 4 && *t > 1))).collect();
    let fit = two_way(&p.y, &[&one], &p.unit, &p.time).unwrap();
    let found = inference(&fit, Vcov::Cr3(&p.unit), &[vec![1.0]]);
    assert_eq!(found, Err(PanelRefusal::Unidentified { cluster: 4 }));
    if let Ok(found) = inference(&fit, Vcov::Cr2(&p.unit), &[vec![1.0]]) {
        assert_eq!(found.carried_by, Some(4));
    }
}

#[test]
fn one_cluster_is_refused() {
    let (fit, unit, _) = fitted();
    let one = vec![7; unit.len()];
    let contrast = [vec![1.0, 0.0]];
    for vcov in [Vcov::Cluster(&one), Vcov::Cr2(&one), Vcov::Cr3(&one), Vcov::TwoWay(&unit, &one)] {
        assert_eq!(inference(&fit, vcov, &contrast), Err(PanelRefusal::FewClusters { found: 1 }));
    }
}

#[test]
fn series_and_eigenvalues_agree() {
    // 40 units x 3 periods: little leverage per unit. The series is exact to rounding where it is used.
    let mut random = crate::stats::random::Random::new(5, 0);
    let (mut unit, mut time, mut y, mut d) = (vec![], vec![], vec![], vec![]);
    for u in 0..40u32 {
        for t in 0..3u32 {
            unit.push(u);
            time.push(t);
            d.push(random.normal());
            y.push(random.normal());
        }
    }
    let fit = two_way(&y, &[&d], &unit, &time).unwrap();
    let projection = Projection::new(&fit, &unit, 40).unwrap();
    let w: Vec<f64> = (0..3).map(|_| random.normal()).collect();
    for power in [-0.5, -1.0] {
        let (by_series, by_eigenvalues) = projection.both(0, power, &w);
        by_series.iter().zip(by_eigenvalues).for_each(|(a, b)| close(*a, b, 1e-13));
    }
}
