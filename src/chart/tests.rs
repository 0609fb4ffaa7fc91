use resvg::usvg::roxmltree::Document;

use super::gallery::{all, bars, control, dots, funnel, love, mark, month, slope, trend};
use super::*;
use crate::domain::Lang;

fn overlap(a: &canvas::LabelBox, b: &canvas::LabelBox) -> bool {
    a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1
}

fn own_paths(svg: &str) -> usize {
    svg.lines()
        .filter(|l| l.starts_with("<polyline") && l.contains("#0B3C73") && l.contains("stroke-width=\"24\""))
        .count()
}

#[test]
fn labels_neither_overlap_nor_leave_the_picture() {
    for spec in all() {
        let id = &spec.header().id;
        let (chart, labels) = render_with_labels(&spec).unwrap();
        for (i, a) in labels.iter().enumerate() {
            let inside =
                a.x0 >= 0.0 && a.y0 >= 0.0 && a.x1 <= f64::from(chart.width) && a.y1 <= f64::from(chart.height);
            assert!(inside, "{id}: {a:?} of {} x {}", chart.width, chart.height);
            for b in &labels[i + 1..] {
                assert!(!overlap(a, b), "{id}: {a:?} and {b:?}");
            }
        }
    }
}

/// A repeatable sequence of numbers below `below`.
fn sequence(mut state: u64) -> impl FnMut(u64) -> usize {
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % below).unwrap()
    }
}

#[test]
fn labels_keep_apart_wherever_the_data_lie() {
    const WORDS: [&str; 5] = [
        "Start",
        "Kampagne an allen Schulen",
        "Umstellung der Authentifizierung auf BundID",
        "Ausfall",
        "Gebührensatzung",
    ];
    for seed in 0..150 {
        let mut next = sequence(seed);
        let months = 1 + next(70);
        let mut point =
            |gaps: u64| if next(gaps) == 0 { Point::absent() } else { Point::value(next(1000) as f64 / 1000.0) };
        let points: Vec<Point> = (0..months).map(|_| point(5)).collect();
        let group: Vec<GroupPoint> =
            (0..months).map(|_| point(6)).map(|p| GroupPoint { median: p.value, ..GroupPoint::default() }).collect();
        let mut t = trend("t", points, month(2020, 1));
        t.group =
            Some(GroupLine { name: "Median der 23 Vergleichsstädte".to_owned(), band: String::new(), points: group });
        for _ in 0..next(9) {
            let at = month(2020, 1).plus(i32::try_from(next(months as u64)).unwrap());
            let kind = if next(3) == 0 { MarkKind::Launch } else { MarkKind::Event };
            t.marks.push(Mark { month: at, label: WORDS[next(5)].to_owned(), kind });
        }
        for _ in 0..next(3) {
            let due = (next(2) == 0).then(|| month(2020, 1).plus(i32::try_from(next(100)).unwrap()));
            t.targets.push(Target { value: next(100) as f64 / 100.0, due, label: "Ziel des Rates".to_owned() });
        }
        let names: Vec<String> = (0..2 + next(11)).map(|i| format!("{} {i}", WORDS[next(5)])).collect();
        let mut value = || (next(6) > 0).then(|| next(20) as f64 / 19.0);
        let pairs: Vec<_> = names.iter().map(|n| (n.as_str(), value(), value())).collect();
        for spec in [ChartSpec::Trend(t), ChartSpec::Slope(slope("s", &pairs))] {
            let (chart, labels) = render_with_labels(&spec).unwrap();
            for (i, a) in labels.iter().enumerate() {
                let inside = a.x0 >= 0.0 && a.y0 >= 0.0 && a.x1 <= 760.0 && a.y1 <= f64::from(chart.height);
                assert!(inside, "{seed}: {a:?}");
                assert!(labels[i + 1..].iter().all(|b| !overlap(a, b)), "{seed}: {a:?} in {labels:?}");
            }
        }
    }
}

#[test]
fn svg_is_well_formed_and_described() {
    for spec in all() {
        let chart = render(&spec).unwrap();
        let document = Document::parse(&chart.svg).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("lang"), Some(spec.lang().tag()));
        assert_eq!(root.attribute("width"), Some(chart.width.to_string().as_str()));
        let text = |name: &str| root.children().find(|n| n.has_tag_name(name)).unwrap();
        let ids = format!("{0}-title {0}-desc", spec.header().id);
        assert_eq!(root.attribute("aria-labelledby"), Some(ids.as_str()));
        assert_eq!(text("title").attribute("id"), ids.split(' ').next());
        assert_eq!(text("title").text(), Some(spec.header().headline.as_str()));
        assert_eq!(text("desc").text(), Some(chart.alt.as_str()));
        assert!(chart.alt.contains(&spec.header().headline));
        for node in document.descendants().filter(|n| n.has_tag_name("text")) {
            assert_eq!(node.attribute("font-family"), Some("Open Sans, sans-serif"));
            let size: f64 = node.attribute("font-size").unwrap().parse().unwrap();
            assert!(size >= 11.0 * canvas::UNITS, "{size}");
        }
        assert!(chart.table.rows.iter().all(|r| r.len() == chart.table.columns.len()));
    }
}

#[test]
fn bytes_repeat() {
    for spec in all() {
        assert_eq!(render(&spec).unwrap(), render(&spec).unwrap());
    }
}

#[test]
fn a_gap_breaks_the_line() {
    let values = |gaps: &[usize]| {
        let points = (0..12).map(|i| if gaps.contains(&i) { Point::absent() } else { Point::value(0.3) });
        render(&ChartSpec::Trend(trend("t", points.collect(), month(2025, 1)))).unwrap()
    };
    assert_eq!(own_paths(&values(&[]).svg), 1);
    assert_eq!(own_paths(&values(&[4]).svg), 2);
    assert_eq!(own_paths(&values(&[4, 5, 8]).svg), 3);
    // The month between two gaps is a dot, not a line.
    assert_eq!(own_paths(&values(&[4, 6]).svg), 2);
    let table = values(&[4]).table;
    assert_eq!(table.rows[4], ["Mai 2025", "keine Angabe"]);
    assert_eq!(table.rows[5], ["Juni 2025", "30,0\u{a0}%"]);
}

#[test]
fn texts_are_escaped() {
    let hostile = "<script>alert(\"x\")</script> & 'y'";
    let mut t = trend("a\" onload=\"b", vec![Point::value(0.1), Point::value(0.2)], month(2025, 1));
    t.header.headline = hostile.to_owned();
    t.header.note = Some(hostile.to_owned());
    t.own.name = hostile.to_owned();
    t.marks = vec![mark(2025, 1, hostile, MarkKind::Event)];
    let chart = render(&ChartSpec::Trend(t)).unwrap();
    assert!(Document::parse(&chart.svg).is_ok());
    assert!(!chart.svg.contains("<script") && !chart.svg.contains("onload=\""));
}

#[test]
fn no_data_is_said() {
    for (lang, sentence) in [(Lang::De, "Keine Daten für diesen Zeitraum"), (Lang::En, "No data for this period")] {
        let mut t = trend("t", Vec::new(), month(2025, 1));
        t.lang = lang;
        let mut d = dots("d", 0);
        d.lang = lang;
        let mut s = slope("s", &[("a", None, None)]);
        s.lang = lang;
        let mut b = bars("b");
        b.lang = lang;
        b.bars.clear();
        for spec in [ChartSpec::Trend(t), ChartSpec::Dots(d), ChartSpec::Slope(s), ChartSpec::Bars(b)] {
            let chart = render(&spec).unwrap();
            assert!(chart.svg.contains(sentence) && chart.alt.contains(sentence), "{}", chart.alt);
        }
    }
}

#[test]
fn a_missing_row_is_not_a_zero() {
    let chart = render(&ChartSpec::Dots(dots("d", 12))).unwrap();
    let last = chart.table.rows.iter().find(|r| r[0] == "Cölbheim").unwrap();
    assert_eq!(last[1], "keine Angabe");
    assert!(chart.svg.contains(">keine Angabe<"));
    assert!(chart.svg.contains(">geheim gehalten<"));
    assert!(chart.alt.contains("Keine Angabe: "), "{}", chart.alt);
}

#[test]
fn alt_text_names_first_last_and_extremes() {
    let points = [0.2, 0.1, 0.5, 0.4].map(Point::value).to_vec();
    let mut t = trend("t", points, month(2025, 1));
    let german = render(&ChartSpec::Trend(t.clone())).unwrap().alt;
    let expected = "erster Wert 20,0\u{a0}% (Januar 2025), letzter Wert 40,0\u{a0}% (April 2025), \
                    niedrigster 10,0\u{a0}% (Februar 2025), höchster 50,0\u{a0}% (März 2025).";
    assert!(german.starts_with("Liniendiagramm: ") && german.contains(expected), "{german}");
    t.lang = Lang::En;
    let english = render(&ChartSpec::Trend(t)).unwrap().alt;
    assert!(english.contains("first value 20.0% (January 2025)"), "{english}");
    let ranking = render(&ChartSpec::Dots(dots("d", 12))).unwrap().alt;
    assert!(ranking.contains("Platz ") && ranking.contains("der höchste Wert ist 100,0\u{a0}%"), "{ranking}");
}

#[test]
fn alt_text_names_gaps_targets_and_where_the_intervals_are() {
    let mut t = trend("t", vec![Point::interval(0.2, 0.1, 0.3); 14], month(2023, 12));
    t.header.subtitle = "gezählt je Monat".to_owned();
    for gap in [2, 3, 4, 7, 12, 13] {
        t.own.points[gap] = Point::absent();
    }
    let target =
        |value: f64, due: Option<crate::domain::Month>, label: &str| Target { value, due, label: label.to_owned() };
    t.targets = vec![
        target(0.25, Some(month(2024, 12)), "Meilenstein Monat 12: 25,0\u{a0}%"),
        target(0.5, None, "Ziel: 50 %"),
        target(0.05, None, "mehr als die 15 % von früher"),
    ];
    let alt = render(&ChartSpec::Trend(t.clone())).unwrap().alt;
    for expected in [
        " Gezählt je Monat. ",
        "; kein Wert für Februar bis April 2024, Juli 2024 und Dezember 2024 bis Januar 2025.",
        " Die Intervalle (95-%-Intervall) stehen in der Datentabelle.",
        " Meilenstein Monat 12: 25,0\u{a0}% (Dezember 2024).",
        " Ziel: 50 %.",
        " Mehr als die 15 % von früher (5,0\u{a0}%).",
    ] {
        assert!(alt.contains(expected), "{expected} in {alt}");
    }
    for gap in [5, 10] {
        t.own.points[gap] = Point::absent();
    }
    t.own.points[9] = Point::absent();
    t.own.points[5] = Point::value(0.1);
    t.own.points[0] = Point::absent();
    let alt = render(&ChartSpec::Trend(t)).unwrap().alt;
    assert!(alt.contains("; kein Wert für 9 Monate."), "{alt}");
}

#[test]
fn without_own_line_nothing_is_said_of_it() {
    let band = all().into_iter().find(|s| s.header().id == "launch-band").unwrap();
    let (chart, labels) = render_with_labels(&band).unwrap();
    assert!(labels.iter().all(|l| l.text != "keine Angabe"));
    assert_eq!(own_paths(&chart.svg), 0);
    assert!(!chart.alt.contains("keine Angabe") && !chart.alt.contains(". :"), "{}", chart.alt);
    assert_eq!(chart.table.columns[..2], ["Monate seit dem Start", "Median vergleichbarer Starts"]);
    assert!(chart.table.rows.iter().all(|r| r.len() == chart.table.columns.len()));
}

#[test]
fn a_month_between_gaps_is_a_hollow_dot_without_interval() {
    let mut t = trend("t", vec![Point::interval(0.3, 0.2, 0.4); 5], month(2025, 1));
    let band = |chart: &Chart| chart.svg.contains("#4A7FB8");
    assert!(band(&render(&ChartSpec::Trend(t.clone())).unwrap()));
    for gap in [1, 3] {
        t.own.points[gap] = Point::absent();
    }
    let (chart, labels) = render_with_labels(&ChartSpec::Trend(t)).unwrap();
    assert!(!band(&chart) && own_paths(&chart.svg) == 0);
    assert_eq!(chart.svg.lines().filter(|l| l.starts_with("<circle") && l.contains("stroke=\"#0B3C73\"")).count(), 3);
    // No sign in the reading aid for what is not drawn; the interval is in the table.
    assert!(labels.iter().all(|l| !l.text.contains("Ülzburg: 95-%-Intervall")));
    assert_eq!(chart.table.rows[2][2], "20,0\u{a0}% bis 40,0\u{a0}%");
}

#[test]
fn a_long_unit_stands_once_in_the_picture() {
    let mut b = bars("b");
    b.unit = Unit::Decimal { decimals: 1, suffix: "Prozentpunkte".to_owned() };
    b.bars.truncate(1);
    b.bars[0].point = Point::interval(-2.5, -4.0, 1.0);
    let (chart, labels) = render_with_labels(&ChartSpec::Bars(b.clone())).unwrap();
    let with = |text: &str| labels.iter().filter(|l| l.text.contains(text)).count();
    assert_eq!((with("Prozentpunkte"), with("Einheit: Prozentpunkte")), (1, 1));
    let value = chart.table.rows[0][1].clone();
    assert!(value.ends_with("2,5\u{a0}Prozentpunkte") && chart.alt.contains(&value), "{}", chart.alt);
    b.unit = Unit::Decimal { decimals: 1, suffix: "Min.".to_owned() };
    let (_, labels) = render_with_labels(&ChartSpec::Bars(b)).unwrap();
    assert!(
        labels.iter().any(|l| l.text.ends_with("2,5\u{a0}Min.")) && !labels.iter().any(|l| l.text.contains("Einheit"))
    );
}

#[test]
fn long_names_take_two_lines_in_long_rankings() {
    let (_, labels) = render_with_labels(&ChartSpec::Dots(dots("d", 60))).unwrap();
    assert!(labels.iter().any(|l| l.text.ends_with("Großen Schnäpel")), "{labels:?}");
}

#[test]
fn numbers_that_cannot_be_drawn_are_refused() {
    for value in [f64::NAN, f64::INFINITY, 1e300] {
        let t = trend("t", vec![Point::value(value)], month(2025, 1));
        assert!(matches!(render(&ChartSpec::Trend(t)), Err(ChartError::Value { .. })));
    }
    let t = trend("t", vec![Point::value(0.1); 601], month(2025, 1));
    assert!(matches!(render(&ChartSpec::Trend(t)), Err(ChartError::TooMany { size: 601, .. })));
}

#[test]
fn png_has_the_size_of_the_chart() {
    let chart = render(&ChartSpec::Bars(bars("b"))).unwrap();
    for scale in [1.0f32, 2.0] {
        let bytes = png(&chart, scale).unwrap();
        let image = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
        assert_eq!(image.width(), (chart.width as f32 * scale) as u32);
        assert_eq!(image.height(), (chart.height as f32 * scale).round() as u32);
        // Text is drawn: the top left corner, where the headline stands, is not blank.
        let dark = |x: u32, y: u32| image.pixel(x, y).is_some_and(|p| p.red() < 100);
        let edge = (60.0 * scale) as u32;
        assert!((0..edge).any(|y| (0..2 * edge).any(|x| dark(x, y))));
    }
    assert!(matches!(png(&chart, 0.0), Err(ChartError::Scale(_))));
    assert!(matches!(png(&chart, f32::NAN), Err(ChartError::Scale(_))));
    assert!(matches!(png(&chart, 1000.0), Err(ChartError::Scale(_))));
}

#[test]
fn quarters_are_named_as_such_in_picture_words_and_table() {
    let hidden = crate::domain::Text::new("· gesperrt", "· hidden");
    let values = [0.12, 0.15, 0.14, 0.21, 0.25, 0.3, 0.33, 0.36];
    let mut points: Vec<Point> = values.iter().map(|v| Point::value(*v)).collect();
    points[2] = Point::absent_because(hidden);
    points[5] = Point::absent();
    let mut t = trend("quarters", points, month(2023, 7));
    t.step = 3;
    t.marks = vec![mark(2023, 12, "Start", MarkKind::Launch), mark(2025, 2, "Kampagne", MarkKind::Event)];
    let (chart, labels) = render_with_labels(&ChartSpec::Trend(t)).unwrap();
    assert!(chart.svg.contains("Quartale, bezeichnet mit ihrem ersten Monat"));
    assert_eq!(chart.table.columns[0], "Quartal");
    let first: Vec<&str> = chart.table.rows.iter().map(|r| r[0].as_str()).take(3).collect();
    assert_eq!(first, ["Juli bis September 2023", "Oktober bis Dezember 2023", "Januar bis März 2024"]);
    assert_eq!(chart.table.rows[2][1], "· gesperrt");
    let alt = chart.alt.replace('\u{a0}', " ");
    assert!(alt.contains("letzter Wert 36,0 % (April bis Juni 2025)"), "{alt}");
    assert!(alt.contains("; gesperrt für Januar bis März 2024; kein Wert für Oktober bis Dezember 2024."), "{alt}");
    for (i, a) in labels.iter().enumerate() {
        assert!(labels[i + 1..].iter().all(|b| !overlap(a, b)), "{a:?}");
    }
}

#[test]
fn balance_is_told_in_picture_words_and_table() {
    let rows = [("Land", Some(0.0), Some(0.0)), ("Größe", Some(-0.8), Some(-0.25)), ("Alter", Some(0.3), Some(0.1))];
    let (chart, labels) = render_with_labels(&ChartSpec::Love(love("l", &rows))).unwrap();
    assert_eq!(chart.table.columns, ["Merkmal", "vorher", "nachher"]);
    // The largest difference before stands first, whatever its sign.
    assert_eq!(chart.table.rows[0], ["Größe", "\u{2212}0,80", "\u{2212}0,25"]);
    assert_eq!(chart.table.rows[2], ["Land", "0,00", "0,00"]);
    let expected = "Grenze ±0,25; nachher unter der Grenze: 2 von 3. Größe: vorher \u{2212}0,80, nachher \u{2212}0,25; \
                    Alter: vorher 0,30, nachher 0,10; Land: vorher 0,00, nachher 0,00.";
    assert!(chart.alt.starts_with("Punktdiagramm vor und nach der Paarbildung: "), "{}", chart.alt);
    assert!(chart.alt.ends_with(expected), "{}", chart.alt);
    for text in ["Grenze ±0,25", "← ohne Beteiligung höher", "mit Beteiligung höher →", "vorher", "nachher"] {
        assert_eq!(labels.iter().filter(|l| l.text == text).count(), 1, "{text}");
    }
    let circles: Vec<&str> = chart.svg.lines().filter(|l| l.starts_with("<circle")).collect();
    // Before: a white disc with a ring, after: a filled one; both also in the headings.
    assert_eq!(circles.iter().filter(|l| l.contains("fill=\"#0B3C73\"")).count(), 4);
    assert_eq!(circles.iter().filter(|l| l.contains("stroke=\"#606060\"")).count(), 4);
    // What did not move has no line: the rasteriser warns of one without length.
    let moved = |l: &&str| l.starts_with("<polyline") && l.contains("#767676") && l.contains("stroke-width=\"10\"");
    assert_eq!(chart.svg.lines().filter(moved).count(), 2);
    // One limit on each side, dashed.
    assert_eq!(chart.svg.lines().filter(|l| l.contains("stroke-dasharray=\"60 35\"")).count(), 2);
}

#[test]
fn towns_beyond_the_limits_are_told_in_picture_words_and_table() {
    let mut f = funnel("f", 12, 0);
    let limits = FunnelLimits { inner: (0.2, 0.5), outer: (0.1, 0.6) };
    for (i, point) in f.points.iter_mut().enumerate() {
        let value = [0.7, 0.05, 0.55, 0.15].get(i).copied().unwrap_or(0.3);
        *point = FunnelPoint {
            name: format!("Ort {i}"),
            size: 1000.0 + 300.0 * i as f64,
            value,
            limits,
            score: value - 0.35,
            smoothed: Point::interval(0.4, 0.35, 0.45),
        };
    }
    let (chart, labels) = render_with_labels(&ChartSpec::Funnel(f.clone())).unwrap();
    let plain = |text: &str| text.replace('\u{a0}', " ");
    assert_eq!(chart.table.rows.len(), 12);
    let row: Vec<String> = chart.table.rows[0].iter().map(|c| plain(c)).collect();
    let expected = ["Ort 0", "1.000", "70,0 %", "20,0 % bis 50,0 %", "10,0 % bis 60,0 %", "über der äußeren"];
    assert_eq!(row[..6], expected);
    assert_eq!(row[6], "40,0 % (35,0 % bis 45,0 %)");
    assert_eq!(chart.table.columns[3..5], ["95-%-Grenzen", "99,8-%-Grenzen"]);
    for said in [
        "12 Punkte; Gemeinsamer Anteil: 35,0 %.",
        "Über der 99,8-%-Grenze: Ort 0 (70,0 %; Anträge: 1.000).",
        "Unter der 99,8-%-Grenze: Ort 1 (5,0 %; Anträge: 1.300).",
        "Zwischen der 95-%- und der 99,8-%-Grenze: 2.",
    ] {
        assert!(plain(&chart.alt).contains(said), "{said} in {}", chart.alt);
    }
    // Only what lies beyond the outer limits is named in the picture.
    let named = |name: &str| labels.iter().filter(|l| l.text == name).count();
    assert_eq!((named("Ort 0"), named("Ort 1"), named("Ort 2"), named("Ort 5")), (1, 1, 0, 0));
    for text in ["außerhalb der 99,8-%-Grenzen", "nur außerhalb der 95-%-Grenzen", "innerhalb"] {
        assert_eq!(named(text), 1, "{text}");
    }
    // Eight at most, the most extreme.
    f.points.iter_mut().for_each(|p| p.value = 0.9);
    let (_, labels) = render_with_labels(&ChartSpec::Funnel(f)).unwrap();
    assert!((4..=8).contains(&labels.iter().filter(|l| l.text.starts_with("Ort ")).count()));
}

#[test]
fn names_in_a_funnel_keep_apart_wherever_the_towns_lie() {
    for seed in 0..80 {
        let mut next = sequence(seed);
        let mut f = funnel("f", 10 + next(200), 1 + next(9));
        for point in &mut f.points {
            if next(3) == 0 {
                point.value = next(1001) as f64 / 1000.0;
                point.name =
                    ["Eßlach", "Samtgemeinde Mittelhohenwarthe-Überseebach an der Großen Schnäpel"][next(2)].to_owned();
            }
        }
        let (chart, labels) = render_with_labels(&ChartSpec::Funnel(f)).unwrap();
        for (i, a) in labels.iter().enumerate() {
            assert!(a.x0 >= 0.0 && a.y0 >= 0.0 && a.x1 <= 760.0 && a.y1 <= f64::from(chart.height), "{seed}: {a:?}");
            assert!(labels[i + 1..].iter().all(|b| !overlap(a, b)), "{seed}: {a:?} in {labels:?}");
        }
    }
}

#[test]
fn a_control_chart_marks_months_by_shape_and_breaks_at_gaps() {
    let mut c = control("c", 24, 0.4, &[3, 8], Some(17));
    let chart = render(&ChartSpec::Control(c.clone())).unwrap();
    let lines = |svg: &str| {
        svg.lines()
            .filter(|l| l.starts_with("<polyline") && l.contains("#0B3C73") && l.contains("stroke-width=\"18\""))
            .count()
    };
    assert_eq!(lines(&chart.svg), 1);
    // Two diamonds and that of the key; shapes, not colours alone.
    let filled = |color: &str| chart.svg.lines().filter(|l| l.starts_with("<polygon") && l.contains(color)).count();
    assert_eq!(filled("#0B3C73"), 3);
    assert_eq!(chart.table.rows[3][4], "außerhalb der Grenzen");
    assert_eq!(chart.table.rows[17][4], "Ende einer auffälligen Folge");
    assert!(chart.alt.contains("Außerhalb der Grenzen: Mai 2024 ("), "{}", chart.alt);
    assert!(chart.alt.starts_with("Regelkarte: ") && chart.alt.contains("Mittellinie 40,0"), "{}", chart.alt);
    c.months[10] = ControlMonth::default();
    let gap = render(&ChartSpec::Control(c)).unwrap();
    assert_eq!(lines(&gap.svg), 2);
    assert_eq!(gap.table.rows[10][1..], ["keine Angabe", "–", "–", "nein"]);
}
