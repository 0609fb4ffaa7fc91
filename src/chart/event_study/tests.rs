use super::*;
use crate::chart::canvas::LabelBox;
use crate::chart::{ChartSpec, render, render_with_labels};

fn point(quarter: i32, value: f64, half: f64, n: u32) -> StudyPoint {
    StudyPoint {
        quarter,
        point: Point::interval(value, value - half, value + half),
        band: Some((value - 1.5 * half, value + 1.5 * half)),
        n,
    }
}

fn reference(n: u32) -> StudyPoint {
    StudyPoint { quarter: -1, point: Point::absent(), band: None, n }
}

fn study(id: &str, points: Vec<StudyPoint>) -> EventStudyChart {
    EventStudyChart {
        header: crate::chart::gallery::header(
            id,
            "Vor dem Ereignis (Kampagne) kein erkennbarer Unterschied im Verlauf, danach im Mittel +4,1 Prozentpunkte",
            "Wie viel mehr sich der Online-Anteil seit dem Quartal vor dem Ereignis verändert hat als in Orten ohne",
        ),
        lang: Lang::De,
        unit: Unit::Decimal { decimals: 1, suffix: "Prozentpunkte".to_owned() },
        points,
        reference: -1,
        before: "vor dem Ereignis".to_owned(),
        after: "ab dem Beginn (Kampagne)".to_owned(),
        value_label: "Unterschied".to_owned(),
        interval: "95-%-Spanne".to_owned(),
        band: "95-%-Band für alle Quartale zugleich".to_owned(),
        count_label: "Orte mit Kampagne".to_owned(),
    }
}

/// Pictures to look at, and input of the tests of all charts.
pub(in crate::chart) fn studies() -> [EventStudyChart; 4] {
    let values = [0.4, -0.9, 0.1, 0.0, 2.1, 4.6, 5.2, 3.9, 3.4, 3.1];
    let usual: Vec<StudyPoint> = values
        .iter()
        .zip(-4..)
        .map(|(v, q)| if q == -1 { reference(12) } else { point(q, *v, 1.9 + 0.2 * f64::from(q.abs()), 12) })
        .collect();
    let mut long = study("study-long", Vec::new());
    long.points =
        (-14..=16)
            .map(|q| {
                if q == -1 {
                    reference(9)
                } else {
                    point(q, if q < 0 { 0.3 } else { 4.0 - 0.2 * f64::from(q) }, 1.5, 9)
                }
            })
            .collect();
    long.points[3].point = Point::absent();
    long.points[3].band = None;
    long.after = "ab dem Beginn (Kampagne mit Plakaten, Amtsblatt und Beilage im Gebührenbescheid)".to_owned();
    let mut late = study("study-no-before", vec![reference(5), point(0, -3.0, 2.0, 5), point(1, -25.0, 8.0, 1_204)]);
    late.points[2].band = None;
    let mut english = study("study-en", usual.clone());
    english.lang = Lang::En;
    english.unit = Unit::Decimal { decimals: 1, suffix: "percentage points".to_owned() };
    english.header.headline =
        "Before the event (campaign) no recognisable difference in the course, after it +4.1 percentage points on average"
            .to_owned();
    english.header.subtitle =
        "How much more the online share has changed since the quarter before the event than in towns without"
            .to_owned();
    (english.before, english.after) = ("before the event".to_owned(), "from the start on (campaign)".to_owned());
    (english.value_label, english.interval) = ("Difference".to_owned(), "95% interval".to_owned());
    english.band = "95% band for all quarters at once".to_owned();
    english.count_label = "towns with campaign".to_owned();
    [study("study-10", usual), long, late, english]
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn before_and_after_are_told_in_picture_words_and_table() {
    let chart = study("s", vec![point(1, 4.0, 1.0, 7), point(-3, -0.5, 2.0, 6), reference(8), point(0, 0.5, 1.0, 8)]);
    let (drawn, labels) = render_with_labels(&ChartSpec::EventStudy(chart)).unwrap();
    assert_eq!(
        drawn.table.columns,
        [
            "Quartale seit dem Ereignis",
            "Unterschied",
            "95-%-Spanne",
            "95-%-Band für alle Quartale zugleich",
            "Orte mit Kampagne"
        ]
    );
    let rows: Vec<Vec<String>> = drawn.table.rows.iter().map(|r| r.iter().map(|c| plain(c)).collect()).collect();
    let p = "Prozentpunkte";
    let minus = '\u{2212}';
    assert_eq!(
        rows,
        [
            vec![
                format!("{minus}3"),
                format!("{minus}0,5 {p}"),
                format!("{minus}2,5 {p} bis 1,5 {p}"),
                format!("{minus}3,5 {p} bis 2,5 {p}"),
                "6".to_owned()
            ],
            vec![
                format!("{minus}1 (Bezugsquartal)"),
                format!("0,0 {p}"),
                "–".to_owned(),
                "–".to_owned(),
                "8".to_owned()
            ],
            vec![
                "0".to_owned(),
                format!("+0,5 {p}"),
                format!("{minus}0,5 {p} bis 1,5 {p}"),
                format!("{minus}1,0 {p} bis 2,0 {p}"),
                "8".to_owned()
            ],
            vec![
                "1".to_owned(),
                format!("+4,0 {p}"),
                format!("3,0 {p} bis 5,0 {p}"),
                format!("2,5 {p} bis 5,5 {p}"),
                "7".to_owned()
            ],
        ]
    );
    let alt = plain(&drawn.alt);
    for said in [
        format!("Quartale {minus}3 bis 1 seit dem Ereignis, gemessen am Quartal {minus}1."),
        format!(
            "Vorher: kleinster Unterschied {minus}0,5 {p} (Quartal {minus}3), größter {minus}0,5 {p} (Quartal {minus}3); Spannen, die die Null ausschließen: 0 von 1."
        ),
        format!(
            "Nachher: kleinster Unterschied +0,5 {p} (Quartal 0), größter +4,0 {p} (Quartal 1); Spannen, die die Null ausschließen: 1 von 2."
        ),
    ] {
        assert!(alt.contains(&said), "{said} in {alt}");
    }
    // Shape tells before from after: hollow and filled dots, each once in the reading aid.
    let circles: Vec<&str> = drawn.svg.lines().filter(|l| l.starts_with("<circle")).collect();
    assert_eq!(circles.iter().filter(|l| l.contains("stroke=\"#606060\"")).count(), 2);
    assert_eq!(circles.iter().filter(|l| l.contains("fill=\"#0B3C73\"")).count(), 3);
    for text in ["← vor dem Ereignis", "ab dem Beginn (Kampagne) →", "vorher", "nachher", "+4,0", "\u{2212}0,5"] {
        assert_eq!(labels.iter().filter(|l| l.text == text).count(), 1, "{text}");
    }
    // Values stand beside their dots, the later one to the right.
    let x = |text: &str| labels.iter().find(|l| l.text == text).unwrap().x0;
    assert!(x("\u{2212}0,5") < x("+0,5") && x("+0,5") < x("+4,0"));
}

#[test]
fn without_a_quarter_before_or_a_band_the_reading_aid_does_not_name_them() {
    let mut chart = study("s", vec![reference(5), point(0, 2.0, 1.0, 5)]);
    chart.points[1].band = None;
    let (drawn, labels) = render_with_labels(&ChartSpec::EventStudy(chart.clone())).unwrap();
    let named = |text: &str| labels.iter().any(|l| l.text == text);
    assert!(!named("vorher") && !named(&chart.band) && named("nachher") && named("95-%-Spanne"));
    assert!(drawn.alt.contains("Vorher: keine Angabe."), "{}", drawn.alt);
    // The reference alone is no finding.
    chart.points.truncate(1);
    let drawn = render(&ChartSpec::EventStudy(chart)).unwrap();
    assert!(drawn.alt.ends_with("Keine Daten für diesen Zeitraum."), "{}", drawn.alt);
}

#[test]
fn values_beside_dots_keep_apart_wherever_they_lie() {
    let overlap = |a: &LabelBox, b: &LabelBox| a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
    let mut state = 7u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..60 {
        let (before, after) = (i32::try_from(next(9)).unwrap(), i32::try_from(next(12)).unwrap());
        let points = (-1 - before..=after)
            .map(|q| if q == -1 { reference(3) } else { point(q, next(2_000) as f64 / 10.0 - 100.0, 3.0, 12) })
            .collect();
        let (drawn, labels) = render_with_labels(&ChartSpec::EventStudy(study("s", points))).unwrap();
        for (i, a) in labels.iter().enumerate() {
            assert!(a.x0 >= 0.0 && a.y0 >= 0.0 && a.x1 <= 760.0 && a.y1 <= f64::from(drawn.height), "{a:?}");
            assert!(labels[i + 1..].iter().all(|b| !overlap(a, b)), "{a:?} in {labels:?}");
        }
    }
}
