//! Difficult charts of every kind: input of the tests, and pictures to look at.
//!
//! `RESONANZ_GALLERY=folder cargo test --locked --lib chart::gallery -- --ignored` writes them.

use super::*;
use crate::domain::{Lang, Month, Text};

const LONG: &str = "Samtgemeinde Mittelhohenwarthe-Überseebach an der Großen Schnäpel";

pub(super) fn header(id: &str, headline: &str, subtitle: &str) -> Header {
    Header {
        id: id.to_owned(),
        headline: headline.to_owned(),
        subtitle: subtitle.to_owned(),
        source: "Quelle: Fachverfahren der Stadt und OZG-Plattform, Lieferung vom 3. Februar 2026; 23 von 24 Monaten geliefert."
            .to_owned(),
        note: Some("Fiktive Daten".to_owned()),
    }
}

pub(super) fn month(year: i32, number: u32) -> Month {
    Month::new(year, number).unwrap()
}

/// A repeatable wave between 0 and 1.
fn wave(i: usize, seed: usize) -> f64 {
    let x = (i * 37 + seed * 101) % 97;
    (x as f64 / 97.0 + (i as f64 * 0.35 + seed as f64).sin()) * 0.25 + 0.4
}

fn own(n: usize, from: f64, to: f64, half: f64) -> Vec<Point> {
    (0..n)
        .map(|i| {
            let v = from + (to - from) * i as f64 / (n.max(2) - 1) as f64 + (wave(i, 1) - 0.45) * 0.06 * to.max(from);
            let v = v.clamp(0.0, to.max(from).max(1.0));
            Point::interval(
                v,
                (v - half * to.max(from)).max(0.0),
                (v + half * to.max(from)).min(if to <= 1.0 { 1.0 } else { f64::MAX }),
            )
        })
        .collect()
}

fn group(n: usize, level: f64) -> GroupLine {
    let points = (0..n)
        .map(|i| {
            let m = level * (0.8 + 0.3 * i as f64 / n as f64 + 0.05 * wave(i, 4));
            GroupPoint { median: Some(m), lower: Some(m * 0.75), upper: Some(m * 1.25), n: None }
        })
        .collect();
    GroupLine {
        name: "Median der 23 Vergleichsstädte".to_owned(),
        band: "mittlere Hälfte der Vergleichsstädte".to_owned(),
        points,
    }
}

pub(super) fn mark(year: i32, number: u32, label: &str, kind: MarkKind) -> Mark {
    Mark { month: month(year, number), label: label.to_owned(), kind }
}

pub(super) fn trend(id: &str, points: Vec<Point>, first: Month) -> TrendChart {
    TrendChart {
        header: header(
            id,
            "In Ülzburg stieg der Anteil der Online-Anträge auf 46,7 %",
            "Nutzungsrate der Wohngeldanträge in Prozent aller Anträge, monatlich, mit 95-%-Intervall (Wilson)",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        first,
        step: 1,
        own: Line { name: "Ülzburg".to_owned(), points },
        interval: "95-%-Intervall".to_owned(),
        group: None,
        marks: Vec::new(),
        targets: Vec::new(),
    }
}

fn trends() -> Vec<ChartSpec> {
    let mut plain = trend("trend-24", own(24, 0.08, 0.46, 0.12), month(2024, 2));
    for gap in [6, 7, 15, 17] {
        plain.own.points[gap] = Point::absent();
    }
    plain.group = Some(group(24, 0.3));
    plain.marks = vec![
        mark(2024, 4, "Start des Online-Dienstes", MarkKind::Launch),
        mark(2025, 3, "Plakataktion im Bürgerbüro", MarkKind::Event),
    ];
    plain.targets =
        vec![Target { value: 0.5, due: Some(month(2026, 12)), label: "Ziel: 50 % bis Ende 2026".to_owned() }];

    let mut events = trend("trend-60", own(60, 0.02, 0.97, 0.06), month(2020, 11));
    events.own.name = LONG.to_owned();
    events.header.headline = format!(
        "{LONG}: Der Anteil der Online-Anträge auf Erteilung einer Sondernutzungserlaubnis liegt inzwischen bei 97 % und damit deutlich über dem Median der Vergleichsgruppe aller Samtgemeinden"
    );
    events.group = Some(group(60, 0.6));
    for i in 20..24 {
        events.own.points[i] = Point::absent_because(Text::new("geheim gehalten", "withheld"));
    }
    events.marks = vec![
        mark(2021, 1, "Start", MarkKind::Launch),
        mark(2021, 3, "Neue Gebührensatzung tritt in Kraft", MarkKind::Event),
        mark(2021, 4, "Umstellung der Authentifizierung auf das Nutzerkonto Bund (BundID)", MarkKind::Event),
        mark(2022, 6, "Ausfall der Plattform", MarkKind::Event),
        mark(2022, 7, "Zweite Formularversion", MarkKind::Event),
        mark(2024, 1, "Kampagne", MarkKind::Event),
        mark(2025, 9, "Schließung der Außenstelle Überseebach-Süd", MarkKind::Event),
        mark(2025, 10, "Bezahlfunktion", MarkKind::Event),
    ];
    events.targets = vec![Target { value: 0.8, due: None, label: "Ziel des Rates: 80 %".to_owned() }];

    let mut six = trend("trend-6", own(6, 30.0, 3.0, 0.0), month(2025, 7));
    six.unit = Unit::Count;
    six.header.note = None;
    six.own.points = [14.0, 0.0, 3.0, 11.0, 8.0, 2.0].map(Point::value).to_vec();
    six.header.headline = "Noch wenige Anträge".to_owned();
    six.header.subtitle = "Online gestellte Anträge je Monat, Juli bis Dezember 2025".to_owned();
    six.marks = vec![
        mark(2025, 7, "Start", MarkKind::Launch),
        mark(2025, 7, "Pressemitteilung", MarkKind::Event),
        mark(2025, 12, "Kampagne an allen Schulen der Stadt", MarkKind::Event),
    ];

    let mut english = trend("trend-en", own(36, 900.0, 12_400.0, 0.05), month(2023, 1));
    english.lang = Lang::En;
    english.unit = Unit::Count;
    english.own.name = "Ülzburg".to_owned();
    english.header.headline = "Online applications rose to more than 12,000 a month".to_owned();
    english.header.subtitle = "Applications submitted online per month, with 95% interval".to_owned();
    english.header.note = Some("Fictional data".to_owned());
    english.interval = "95% interval".to_owned();
    english.own.points.truncate(30);
    english.own.points.extend([Point::absent(); 6]);
    english.group = Some(GroupLine {
        name: "Median of 23 towns".to_owned(),
        band: "middle half of the towns".to_owned(),
        ..group(36, 8000.0)
    });

    let mut low = trend("trend-zero", own(12, 0.0, 0.004, 0.4), month(2025, 1));
    low.own.points[0] = Point::interval(0.0, 0.0, 0.003);
    low.group = Some(group(12, 0.99));
    low.header.headline = "Kaum genutzt: <script>alert('x')</script> & Co. \"0,4 %\"".to_owned();
    low.own.name = "<script>alert(1)</script>".to_owned();

    let mut none = trend("trend-none", vec![Point::absent(); 12], month(2025, 1));
    none.header.headline = "Für 2025 liegen keine Zahlen vor".to_owned();
    let mut group_only = trend("trend-group", vec![Point::absent(); 12], month(2025, 1));
    group_only.group = Some(group(12, 0.4));
    let mut scattered = trend("trend-dots", own(12, 0.3, 0.5, 0.1), month(2025, 1));
    for i in (1..12).step_by(2) {
        scattered.own.points[i] = Point::absent();
    }
    let mut twice = trend("trend-twice", own(24, 0.1, 0.4, 0.1), month(2024, 1));
    twice.marks = vec![
        mark(2024, 4, "Start: Sondernutzung der Straße und des öffentlichen Raums", MarkKind::Launch),
        mark(2024, 4, "Kampagne: 5 Leistungen", MarkKind::Event),
        mark(2024, 5, "Schulung", MarkKind::Event),
        mark(2024, 9, "Start: Wohngeld", MarkKind::Launch),
        mark(2025, 9, "Start: Erteilung einer Sondernutzungserlaubnis", MarkKind::Launch),
        mark(2025, 11, "Start: Bewohnerparkausweis und Handwerkerparkausweis", MarkKind::Launch),
        mark(2025, 11, "Störung: 3 Leistungen", MarkKind::Event),
    ];
    let milestone =
        |value: f64, year: i32, label: &str| Target { value, due: Some(month(year, 12)), label: label.to_owned() };
    twice.targets = vec![
        milestone(0.25, 2025, "Meilenstein Monat 12: 25,0\u{a0}%"),
        milestone(0.4, 2026, "Meilenstein Monat 24: 40,0\u{a0}%"),
    ];
    let mut above = trend("trend-above", own(1, 1.1, 1.1, 0.05), month(2025, 1));
    above.own.points = vec![Point::value(1.12)];
    let mut long = trend("trend-240", own(240, 0.1, 0.5, 0.05), month(2005, 1));
    long.header.source = "Quelle: ".to_owned()
        + &"lange Fußnote mit vielen Einzelheiten zur Vollständigkeit der Lieferungen. ".repeat(4);
    [plain, events, six, english, low, none, group_only, scattered, twice, above, long]
        .into_iter()
        .map(ChartSpec::Trend)
        .collect()
}

pub(super) fn dots(id: &str, n: usize) -> DotChart {
    const NAMES: [&str; 12] = [
        "Ülzburg",
        "Ahrenstedt",
        "Bad Neuöd",
        "Cölbheim",
        "Dörpen-Süd",
        "Eßlach",
        "Flächow",
        "Groß Üxel",
        "Höchberg",
        "Ihringsau",
        "Jübeck",
        "Königswalde",
    ];
    let rows = (0..n)
        .map(|i| {
            let v = (wave(i, 9) * 1.1 - 0.05).clamp(0.0, 1.0);
            let point = match i {
                i if i % 14 == 5 => Point::value(v),
                i if i % 17 == 3 => Point::absent(),
                i if i % 23 == 7 => Point::absent_because(Text::new("geheim gehalten", "withheld")),
                i if i % 11 == 4 => Point::interval(1.0, 0.93, 1.0),
                i if i % 19 == 6 => Point::interval(0.0, 0.0, 0.08),
                _ => Point::interval(v, (v - 0.07).max(0.0), (v + 0.07).min(1.0)),
            };
            let name = match i {
                2 => LONG.to_owned(),
                i if i < 12 => NAMES[i].to_owned(),
                i => format!("{} {}", NAMES[i % 12], i / 12 + 1),
            };
            DotRow { name, point, own: i == 0 }
        })
        .collect();
    DotChart {
        header: header(
            id,
            "Ülzburg liegt über dem Median der Gruppe",
            "Nutzungsrate 2025 in Prozent, mit 95-%-Intervall",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        row_label: "Stadt".to_owned(),
        rows,
        interval: "95-%-Intervall".to_owned(),
        reference: Some(Reference { label: "Median der Gruppe".to_owned(), value: 0.384 }),
    }
}

pub(super) fn slope(id: &str, pairs: &[(&str, Option<f64>, Option<f64>)]) -> SlopeChart {
    let items = pairs
        .iter()
        .enumerate()
        .map(|(i, (name, before, after))| SlopeItem {
            name: (*name).to_owned(),
            before: *before,
            after: *after,
            own: i == 1,
        })
        .collect();
    SlopeChart {
        header: header(id, "Nach dem Start stieg die Nutzung in fünf von sieben Diensten", "Nutzungsrate in Prozent"),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        row_label: "Dienst".to_owned(),
        before: "2024".to_owned(),
        after: "2025".to_owned(),
        items,
    }
}

pub(super) fn bars(id: &str) -> BarChart {
    let rows: [(&str, Point, bool); 7] = [
        ("Ich wusste nicht, dass es diesen Antrag auch online gibt", Point::interval(0.41, 0.36, 0.46), true),
        (
            "Ich gehe lieber persönlich ins Bürgerbüro, weil ich dort gleich Fragen stellen kann",
            Point::interval(0.33, 0.28, 0.38),
            false,
        ),
        (
            "Die Anmeldung mit dem elektronischen Personalausweis war mir zu umständlich oder hat nicht funktioniert",
            Point::interval(0.21, 0.17, 0.26),
            false,
        ),
        (
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
            Point::interval(0.055, 0.03, 0.09),
            false,
        ),
        ("Datenschutz", Point::value(0.004), false),
        ("Anderes", Point::value(0.0), false),
        ("Schlechte Erfahrung", Point::absent(), false),
    ];
    BarChart {
        header: header(
            id,
            "Die häufigste Hürde: Der Online-Antrag ist nicht bekannt",
            "Nennungen in Prozent der Befragten mit Bedarf (n = 384), mehrere Antworten möglich",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        row_label: "Grund".to_owned(),
        bars: rows.into_iter().map(|(label, point, own)| Bar { label: label.to_owned(), point, own }).collect(),
        interval: "95-%-Intervall".to_owned(),
    }
}

fn launch(id: &str, n: usize, own_months: usize) -> LaunchChart {
    let mut group = group(n, 0.4);
    group.name = "Median vergleichbarer Starts".to_owned();
    group.band = "mittlere Hälfte der vergleichbaren Starts".to_owned();
    for (i, p) in group.points.iter_mut().enumerate() {
        p.n = Some(24u32.saturating_sub(i as u32));
        if i > 20 {
            *p = GroupPoint { n: Some(3), ..GroupPoint::default() };
        }
    }
    LaunchChart {
        header: header(
            id,
            "Ülzburg startete langsamer, holte aber auf",
            "Nutzungsrate in Prozent nach Monaten seit dem Start des Online-Dienstes",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        own: Line { name: "Ülzburg".to_owned(), points: own(own_months, 0.05, 0.42, 0.1) },
        interval: "95-%-Intervall".to_owned(),
        group: Some(group),
    }
}

pub(super) fn love(id: &str, rows: &[(&str, Option<f64>, Option<f64>)]) -> LoveChart {
    LoveChart {
        header: header(
            id,
            "Nach der Paarbildung sind sich die Orte in allen Merkmalen ähnlich",
            "Standardisierte Unterschiede, Orte mit minus Orte ohne Beteiligung, in Standardabweichungen",
        ),
        lang: Lang::De,
        row_label: "Merkmal".to_owned(),
        before: "vorher".to_owned(),
        after: "nachher".to_owned(),
        lower: "ohne Beteiligung höher".to_owned(),
        higher: "mit Beteiligung höher".to_owned(),
        limit: 0.25,
        rows: rows
            .iter()
            .map(|(name, before, after)| LoveRow { name: (*name).to_owned(), before: *before, after: *after })
            .collect(),
    }
}

fn loves() -> [LoveChart; 3] {
    let usual = love(
        "love-8",
        &[
            ("Einwohnerzahl", Some(0.82), Some(0.08)),
            ("Plattform Formularserver der kommunalen Zweckverbände", Some(-0.63), Some(-0.12)),
            ("Plattform Eigenentwicklung", Some(0.41), Some(0.0)),
            ("Reifegrad 1.1 2", Some(-0.31), Some(-0.19)),
            ("Reifegrad 1.1 3", Some(0.22), Some(0.21)),
            ("Zeitpunkt des Starts", Some(0.05), Some(-0.04)),
            ("Land Überseebach-Mittelhohenwarthe", Some(0.0), Some(0.0)),
            ("Siedlungstyp", None, None),
        ],
    );
    let mut apart = love(
        "love-apart",
        &[(LONG, Some(-6.4), Some(-5.2)), ("Einwohnerzahl", Some(1.9), Some(0.25)), ("Land", Some(0.3), None)],
    );
    apart.header.headline =
        format!("Auch nach der Paarbildung unterscheiden sich die Orte zu stark im Merkmal „{LONG}“");
    apart.before = "vor der Paarbildung".to_owned();
    apart.after = "nach der Paarbildung".to_owned();
    let names: Vec<String> = (1..=24).map(|i| format!("Platform number {i}")).collect();
    let gap = |i: usize| (wave(i, 3) - 0.4) * 1.6;
    let rows: Vec<(&str, Option<f64>, Option<f64>)> =
        names.iter().enumerate().map(|(i, n)| (n.as_str(), Some(gap(i)), Some(gap(i) * 0.3))).collect();
    let mut many = love("love-en", &rows);
    many.lang = Lang::En;
    many.header.headline = "After matching the towns are similar in every characteristic".to_owned();
    many.header.subtitle =
        "Standardised differences, towns with minus towns without, in standard deviations".to_owned();
    many.row_label = "Characteristic".to_owned();
    (many.before, many.after) = ("before".to_owned(), "after".to_owned());
    (many.lower, many.higher) = ("without participation higher".to_owned(), "with participation higher".to_owned());
    [usual, apart, many]
}

/// A funnel of `n` units around 35 % with limits made up for the picture, of which every `stray`th stands out.
pub(super) fn funnel(id: &str, n: usize, stray: usize) -> FunnelChart {
    let target = 0.35;
    let limits = |size: f64, extra: f64| {
        let half = |z: f64| z * (target * (1.0 - target) / size + extra).sqrt();
        let span = |z: f64| ((target - half(z)).max(0.0), (target + half(z)).min(1.0));
        FunnelLimits { inner: span(1.96), outer: span(3.09) }
    };
    let sizes: Vec<f64> = (0..n).map(|i| (6.0 * 1.14f64.powi((i * 31 % 60) as i32)).round()).collect();
    let points: Vec<FunnelPoint> = (0..n)
        .map(|i| {
            let out = if stray > 0 && i % stray == 1 { 3.6 } else { 1.0 };
            let size = sizes[i];
            let z = (wave(i, 5) - 0.4) * 5.0 * out;
            let value = (target + z * (target * (1.0 - target) / size + 0.0015).sqrt()).clamp(0.0, 1.0);
            let name = if i == 25 { LONG.to_owned() } else { format!("Ülzburg {i}") };
            let smoothed = target + (value - target) * size / (size + 40.0);
            let smoothed = Point::interval(smoothed, smoothed * 0.9, (smoothed * 1.1).min(1.0));
            FunnelPoint { name, size, value, limits: limits(size, 0.0015), score: z, smoothed }
        })
        .collect();
    let (least, most) = sizes.iter().fold((f64::INFINITY, 1.0f64), |(lo, hi), s| (lo.min(*s), hi.max(*s)));
    let curve = |i: i32| {
        let size = least * (most / least).powf(f64::from(i) / 80.0);
        FunnelCurve { size, limits: limits(size, 0.0015), chance: limits(size, 0.0) }
    };
    FunnelChart {
        header: header(
            id,
            "3 von 54 Orten liegen deutlich über dem, was bei ihrer Fallzahl zu erwarten ist",
            "Online-Anteil 2025 nach Zahl der Anträge, mit Grenzen um den gemeinsamen Anteil (Summe durch Summe)",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        row_label: "Ort".to_owned(),
        size_label: "Anträge".to_owned(),
        value_label: "Online-Anteil".to_owned(),
        smoothed_label: "geglätteter Anteil".to_owned(),
        target_label: "Gemeinsamer Anteil".to_owned(),
        target,
        chance_label: "Grenzen allein aus Zufall".to_owned(),
        levels: (0.95, 0.998),
        points,
        curves: (0..=80).map(curve).collect(),
    }
}

fn funnels() -> [FunnelChart; 5] {
    let mut english = funnel("funnel-en", 400, 20);
    english.lang = Lang::En;
    english.header.headline =
        "12 of 400 towns lie far above, 8 far below what their number of cases leads one to expect".to_owned();
    english.header.subtitle = "Online share by number of applications, with limits around the common share".to_owned();
    english.size_label = "applications".to_owned();
    english.value_label = "Online share".to_owned();
    english.target_label = "Common share".to_owned();
    english.chance_label = "limits of chance alone".to_owned();
    let mut same = funnel("funnel-same", 12, 0);
    same.header.headline = "Kein Ort weicht stärker ab, als bei seiner Fallzahl zu erwarten ist".to_owned();
    for (i, point) in same.points.iter_mut().enumerate() {
        (point.size, point.value, point.limits) = (250.0, 0.24 + 0.02 * i as f64, same.curves[40].limits);
    }
    same.curves = [160.0, 400.0].map(|size| FunnelCurve { size, ..same.curves[40] }).to_vec();
    let mut low = funnel("funnel-low", 30, 9);
    let shrink = |l: &mut FunnelLimits| {
        for end in [&mut l.inner.0, &mut l.inner.1, &mut l.outer.0, &mut l.outer.1] {
            *end *= 0.02;
        }
    };
    low.target *= 0.02;
    for point in &mut low.points {
        point.value *= 0.02;
        point.smoothed = Point::absent();
        shrink(&mut point.limits);
    }
    for curve in &mut low.curves {
        shrink(&mut curve.limits);
        shrink(&mut curve.chance);
    }
    [funnel("funnel-54", 54, 12), english, same, low, funnel("funnel-10", 10, 3)]
}

/// `n` months around `level`; every month that `beyond` names lies outside, the one that `run` names ends a run.
pub(super) fn control(id: &str, n: usize, level: f64, beyond: &[usize], run: Option<usize>) -> ControlChart {
    let month = |at: usize| {
        let half = level * 0.12 * (1.0 + 0.25 * wave(at, 2));
        let swing = if beyond.contains(&at) {
            if at.is_multiple_of(2) { 1.5 } else { -1.4 }
        } else {
            (wave(at, 7) - 0.4) * 1.8
        };
        let value = level + swing * half;
        let signal = if beyond.contains(&at) {
            Signal::Beyond
        } else if run == Some(at) {
            Signal::Run
        } else {
            Signal::None
        };
        ControlMonth {
            point: Point { value: Some(value), lower: Some(level - half), upper: Some(level + half), missing: None },
            signal,
        }
    };
    ControlChart {
        header: header(
            id,
            "Wohngeld beantragen: Zwei Monate außerhalb der Grenzen: Mai und Oktober 2024",
            "Online-Anteil je Monat, Summe von 23 der 54 Orte, immer denselben: seit Januar 2023 online und mit Zahlen zu jedem Monat; Grenzen: drei Sigma um die Mittellinie",
        ),
        lang: Lang::De,
        unit: Unit::Share { decimals: 1 },
        first: self::month(2024, 2),
        value_label: "Online-Anteil".to_owned(),
        months: (0..n).map(month).collect(),
        phases: vec![ControlStretch { from: 0, until: n, label: String::new(), center: Some(level) }],
    }
}

fn controls() -> [ControlChart; 5] {
    let usual = control("control-24", 24, 0.38, &[3, 8], Some(17));
    let mut phases = control("control-phases", 48, 0.1, &[5, 30, 31], None);
    phases.header.headline =
        format!("{LONG}, Erteilung einer Sondernutzungserlaubnis: 3 von 44 Monaten liegen außerhalb der Grenzen");
    let later = control("later", 48, 0.46, &[30, 31], None);
    phases.months[20..].copy_from_slice(&later.months[20..]);
    for gap in [12, 13, 33] {
        phases.months[gap] = ControlMonth { point: Point::absent(), signal: Signal::None };
    }
    for young in 45..48 {
        (phases.months[young].point.lower, phases.months[young].point.upper) = (None, None);
    }
    phases.phases = [
        (0, 20, "", Some(0.1)),
        (20, 45, "Umstellung der Authentifizierung auf das Nutzerkonto Bund (BundID)", Some(0.46)),
        (45, 48, "Relaunch", None),
    ]
    .map(|(from, until, label, center)| ControlStretch { from, until, label: label.to_owned(), center })
    .to_vec();
    let mut english = control("control-en", 60, 0.93, &[], None);
    english.lang = Lang::En;
    english.header.headline = "Parking permit: The share varies only as usual".to_owned();
    english.header.subtitle = "Online share by month; limits: three sigma around the middle line".to_owned();
    english.value_label = "Online share".to_owned();
    let mut none = control("control-none", 12, 0.3, &[], None);
    none.months.fill(ControlMonth::default());
    let mut low = control("control-low", 7, 0.012, &[2], None);
    low.months[6].point = Point::absent();
    [usual, phases, english, none, low]
}

/// All charts of the gallery.
pub(super) fn all() -> Vec<ChartSpec> {
    let mut out = trends();
    out.push(ChartSpec::Launch(launch("launch-18", 19, 13)));
    out.push(ChartSpec::Launch(launch("launch-36", 36, 36)));
    let mut band = launch("launch-band", 19, 0);
    band.own = Line::default();
    out.push(ChartSpec::Launch(band));
    out.push(ChartSpec::Dots(dots("dots-12", 12)));
    out.push(ChartSpec::Dots(dots("dots-60", 60)));
    let mut extreme = dots("dots-edge", 8);
    extreme.lang = Lang::En;
    extreme.reference = Some(Reference { label: format!("Median of all towns in the group of {LONG}"), value: 0.99 });
    out.push(ChartSpec::Dots(extreme));
    let same = |v| (Some(v), Some(v));
    let (a, b) = same(0.25);
    out.push(ChartSpec::Slope(slope(
        "slope-7",
        &[
            ("Wohngeld", Some(0.12), Some(0.31)),
            (LONG, Some(0.25), Some(0.46)),
            ("Hundesteuer", a, b),
            ("Gewerbeanmeldung", a, b),
            ("Ummeldung", a, b),
            ("Personenstandsurkunden", Some(0.98), Some(1.0)),
            ("Bewohnerparkausweis", None, Some(0.3)),
        ],
    )));
    let names: Vec<String> = (1..=12).map(|i| format!("Dienst Nummer {i} mit Äöü")).collect();
    let many: Vec<(&str, Option<f64>, Option<f64>)> =
        names.iter().enumerate().map(|(i, n)| (n.as_str(), Some(0.5), Some(if i < 6 { 0.0 } else { 0.52 }))).collect();
    out.push(ChartSpec::Slope(slope("slope-12", &many)));
    out.push(ChartSpec::Slope(slope(
        "slope-2",
        &[("Papier", Some(0.88), Some(0.54)), ("Online", Some(0.12), Some(0.46))],
    )));
    out.push(ChartSpec::Slope(slope(
        "slope-high",
        &[
            ("Wohngeld", Some(0.71), Some(0.83)),
            (LONG, Some(0.62), Some(0.91)),
            ("Hundesteuer", Some(0.78), Some(0.76)),
        ],
    )));
    out.push(ChartSpec::Bars(bars("bars")));
    let mut points = bars("bars-points");
    points.unit = Unit::Decimal { decimals: 1, suffix: "Prozentpunkte".to_owned() };
    points.interval = "95-%-Spanne".to_owned();
    for (i, bar) in points.bars.iter_mut().enumerate() {
        let v = 9.0 - 2.5 * i as f64;
        bar.point = Point::interval(v, v - 2.0, v + 2.0);
    }
    out.push(ChartSpec::Bars(points));
    let mut minutes = bars("bars-minutes");
    minutes.unit = Unit::Decimal { decimals: 1, suffix: "Min.".to_owned() };
    minutes.header.headline = "Zwei Dienste kosten mehr Zeit als vorher".to_owned();
    minutes.header.subtitle = "Ersparte Bearbeitungszeit je Fall in Minuten".to_owned();
    for (i, bar) in minutes.bars.iter_mut().enumerate() {
        let v = 14.0 - 4.5 * i as f64;
        bar.point = Point::interval(v, v - 3.0, v + 3.0);
    }
    out.push(ChartSpec::Bars(minutes));
    out.extend(loves().map(ChartSpec::Love));
    out.extend(funnels().map(ChartSpec::Funnel));
    out.extend(controls().map(ChartSpec::Control));
    out.extend(event_study::tests::studies().map(ChartSpec::EventStudy));
    out
}

#[test]
#[ignore = "writes pictures to look at into the folder RESONANZ_GALLERY"]
fn write_gallery() {
    let folder = std::path::PathBuf::from(std::env::var_os("RESONANZ_GALLERY").unwrap());
    std::fs::create_dir_all(&folder).unwrap();
    for spec in all() {
        let chart = render(&spec).unwrap();
        let name = &spec.header().id;
        std::fs::write(folder.join(format!("{name}.svg")), &chart.svg).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png(&chart, 1.0).unwrap()).unwrap();
        let rows: Vec<String> = chart.table.rows.iter().map(|r| r.join(" | ")).collect();
        let words = format!("{}\n\n{}\n{}\n", chart.alt, chart.table.columns.join(" | "), rows.join("\n"));
        std::fs::write(folder.join(format!("{name}.txt")), words).unwrap();
    }
}
