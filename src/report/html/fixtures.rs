//! An invented report with awkward names, for tests and for looking at pages.

use super::super::view::*;
use super::HtmlReport;
use crate::domain::{Lang, Text, format_count, format_decimal, format_percent};

mod network;

pub(super) const HOSTILE: &str = "<script>alert(1)</script>";
pub(super) const LONG: &str = "Sankt Margarethen-Niederkirchheim am Großen Lindenwalder Moor";

const TOWNS: [&str; 17] = [
    "Lindenfurt",
    "Morgental",
    "Steinwehr",
    "Auental",
    "Kirchmoor",
    LONG,
    "Falkenrode",
    "Hohenlund",
    "Wiesbruch",
    "Eschenhain",
    "Sandförde",
    HOSTILE,
    "Tannwalde",
    "Brunnhausen",
    "Ostermark",
    "Klarwasser",
    "Rabenfels",
];
const SERVICES: [(&str, &str); 14] = [
    ("Wohnsitz anmelden", "Register a residence"),
    ("Hund anmelden", "Register a dog"),
    ("Gewerbe anmelden", "Register a business"),
    ("Kita-Platz beantragen", "Apply for a nursery place"),
    ("Wohngeld beantragen", "Apply for housing benefit"),
    ("Führungszeugnis beantragen", "Request a certificate of conduct"),
    ("Parkausweis für Bewohnerinnen und Bewohner", "Residents' parking permit"),
    ("Geburtsurkunde anfordern", "Order a birth certificate"),
    ("Eheschließung anmelden", "Register a marriage"),
    ("Sondernutzung von Straßen", "Special use of roads"),
    ("Baugenehmigung im vereinfachten Verfahren", "Simplified building permit"),
    ("Elterngeld beantragen", "Apply for parental allowance"),
    ("Fischereischein verlängern", "Renew a fishing licence"),
    ("Meldebescheinigung anfordern", "Order a certificate of registration"),
];

pub(super) struct Made {
    pub lang: Lang,
}

impl Made {
    fn t(&self, de: &'static str, en: &'static str) -> String {
        Text::new(de, en).get(self.lang).to_owned()
    }

    fn said(&self, de: &'static str, en: &'static str) -> Statement {
        Statement::new(self.t(de, en))
    }

    fn count(&self, n: usize) -> Figure {
        if n == 0 { Figure::sign(Sign::Zero) } else { Figure::new(format_count(n as i64, self.lang)) }
    }

    fn share(&self, p: f64) -> Figure {
        let bare = |x: f64| format_decimal(x * 100.0, 1, self.lang);
        let upper = format_percent(p + 0.023, 1, self.lang);
        Figure::new(format_percent(p, 1, self.lang)).interval(format!(
            "{} {} {upper}",
            bare((p - 0.021).max(0.0)),
            self.t("bis", "to")
        ))
    }

    fn rank(&self, n: usize) -> String {
        if self.lang == Lang::De { format!("{n}. von 17") } else { format!("{n} of 17") }
    }

    pub(super) fn site(&self) -> Site {
        Site {
            lang: self.lang,
            project: self.t("Online-Dienste im Musterland", "Online services in Musterland"),
            period: self.t("Juli 2024 bis Juni 2025", "July 2024 to June 2025"),
            data_status: self.t("Juni 2025", "June 2025"),
            audience: self.t("intern – nicht zur Weitergabe bestimmt", "internal – not for passing on"),
            internal: true,
            fictional: true,
            sections: Section::ALL.to_vec(),
            comparisons: vec![
                Link::to(self.t("Beteiligung", "Participation"), Section::Participation.path(self.lang)),
                Link::to(HOSTILE, comparison_path(self.lang, "werbung")),
            ],
            program: "resonanz 0.1.0".to_owned(),
        }
    }

    fn town(&self, i: usize) -> Link {
        Link::to(TOWNS[i], area_path(self.lang, &format!("ort-{i}")))
    }

    fn service(&self, i: usize) -> Link {
        let (de, en) = SERVICES[i];
        Link::to(self.t(de, en), service_path(self.lang, &format!("leistung-{i}")))
    }

    fn tiles(&self) -> Vec<Tile> {
        vec![
            Tile {
                label: self.t("Online-Anteil aller Leistungen", "Online share of all services"),
                value: format_percent(0.384, 1, self.lang),
                interval: Some(self.t("36,1 bis 40,8 %", "36.1 to 40.8%")),
                completeness: Some(self.t("118 von 120 Monatswerten", "118 of 120 monthly values")),
                note: None,
            },
            Tile {
                label: self.t("Online-Anträge", "Online applications"),
                value: format_count(12_512, self.lang),
                completeness: Some(self.t("118 von 120 Monatswerten", "118 of 120 monthly values")),
                ..Tile::default()
            },
            Tile {
                label: self.t("Leistungen mit mindestens einem Antrag", "Services with at least one application"),
                value: self.t("9 von 12", "9 of 12"),
                note: Some(self.t("Kreiswert 7 von 12", "District 7 of 12")),
                ..Tile::default()
            },
            Tile {
                label: self.t("Hilfreich-Anteil der Rückmeldungen", "Share of helpful votes"),
                value: Sign::Uncertain.text().to_owned(),
                note: Some(self.t("nur 14 Stimmen", "only 14 votes")),
                ..Tile::default()
            },
        ]
    }

    fn chart(&self, id: &str) -> ChartView {
        let mut points = String::new();
        let mut rows = Vec::new();
        for m in 0..12u32 {
            let p = 0.22 + 0.014 * f64::from(m) + if m % 3 == 0 { 0.012 } else { 0.0 };
            points.push_str(&format!("{},{} ", 50 + m * 58, (290.0 - p * 480.0).round()));
            rows.push(vec![format!("{:02}/2024", m + 1), format_percent(p, 1, self.lang), ".".to_owned()]);
        }
        let headline = self.t("Der Online-Anteil wächst seit Juli", "The online share has grown since July");
        ChartView {
            id: id.to_owned(),
            svg: format!(
                "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"760\" height=\"320\" \
                 viewBox=\"0 0 760 320\" font-family=\"Open Sans, sans-serif\">\n<text x=\"0\" y=\"22\" font-size=\"18\" \
                 font-weight=\"700\" fill=\"#1a1a1a\">{headline}</text>\n<path d=\"M40 290H720M40 194H720M40 98H720\" \
                 stroke=\"#dcdcdc\"/>\n<polyline points=\"{points}\" fill=\"none\" stroke=\"#0b3c6f\" stroke-width=\"3\"/>\n</svg>"
            ),
            alt: self.t(
                "Liniendiagramm: Der Online-Anteil steigt von 23,2 % auf 37,4 %.",
                "Line chart: the online share rises from 23.2% to 37.4%.",
            ),
            title: headline.clone(),
            caption: self.t("Online-Anteil in Prozent, je Monat", "Online share in per cent, by month"),
            columns: vec![self.t("Monat", "Month"), "Lindenfurt".to_owned(), self.t("Vergleichsgruppe", "Group")],
            rows,
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            self.t(
                "Der Online-Anteil ist die Zahl der Online-Anträge, geteilt durch alle Anträge desselben Zeitraums.",
                "The online share is the number of online applications divided by all applications of the same period.",
            ),
            self.t(
                "Bereiche nach Wilson, 95 %. Anträge sind keine Personen: Wer zweimal beantragt, zählt zweimal.",
                "Wilson intervals, 95%. Applications are not persons: who applies twice counts twice.",
            ),
        ]
    }

    pub(super) fn start(&self) -> StartPage {
        let mut live =
            self.said("In Lindenfurt sind 9 von 12 Leistungen online.", "In Lindenfurt 9 of 12 services are online.");
        live.href = Some("#towns".to_owned());
        let mut known = self.said(
            "Von 32.583 Anträgen wurden 12.512 online gestellt, das sind 38,4 %.",
            "Of 32,583 applications 12,512 were made online, which is 38.4%.",
        );
        known.note = Some(self.t("Zwei Monatswerte fehlen.", "Two monthly values are missing."));
        known.href = Some("#services".to_owned());
        StartPage {
            tiles: self.tiles(),
            known: vec![known, live],
            changes: vec![self.said(
                "Der Online-Anteil ist gegenüber dem Vorjahr um 6,2 Prozentpunkte gestiegen (95 %-Bereich 4,0 bis 8,4).",
                "The online share rose by 6.2 percentage points on the year before (95% interval 4.0 to 8.4).",
            )],
            charts: vec![self.chart("overview")],
            charts_note: None,
            completeness: Completeness { provided: 2381, expected: 2448 },
            sources: vec![
                SourceRow {
                    name: "formularserver".to_owned(),
                    kind: self.t("Nutzung", "Usage"),
                    period: self.t("Juli 2024 bis Juni 2025", "July 2024 to June 2025"),
                    completeness: Completeness { provided: 2040, expected: 2040 },
                    quarantined: format_count(41, self.lang),
                },
                SourceRow {
                    name: HOSTILE.to_owned(),
                    kind: self.t("Rückmeldungen", "Feedback"),
                    period: ".".to_owned(),
                    completeness: Completeness::default(),
                    quarantined: "–".to_owned(),
                },
            ],
            share_label: String::new(),
            towns: (0..17)
                .map(|i| TownRow {
                    town: self.town(i),
                    population: self.count(1_800 + i * 977),
                    live: Figure::new(format!("{} {} 14", 14 - i % 6, self.t("von", "of"))),
                    share: if i == 4 { Figure::sign(Sign::Suppressed) } else { self.share(0.52 - 0.021 * i as f64) },
                    position: if i == 4 { Sign::Suppressed.text().to_owned() } else { self.rank(i + 1) },
                    completeness: Completeness { provided: 168 - (i as u32 * 7) % 61, expected: 168 },
                })
                .collect(),
            towns_note: Some(self.t("Ein Ort hat keine eigene Seite.", "One town has no page of its own.")),
            groups: vec![GroupRow {
                kind: self.t("Kreis", "District"),
                name: HOSTILE.to_owned(),
                towns: "17".to_owned(),
                online: Figure::sign(Sign::Suppressed),
                total: self.count(1_200),
                share: Figure::sign(Sign::Suppressed),
            }],
            services: (0..14)
                .map(|i| ServiceRow {
                    service: self.service(i),
                    live: Figure::new(format!("{} {} 17", 17 - i, self.t("von", "of"))),
                    online: self.count(4_210 / (i + 1)),
                    total: self.count(9_800 / (i + 1)),
                    share: self.share(0.43),
                    median: Figure::new(format_percent(0.391, 1, self.lang)),
                })
                .collect(),
            limits: vec![
                self.t(
                    "Ob mehr Menschen den Dienst kennen, lässt sich aus Antragszahlen nicht ablesen.",
                    "Application numbers do not show whether more people know the service.",
                ),
                self.t(
                    "Orte, die Papieranträge nicht zählen, haben keinen Online-Anteil.",
                    "Places that do not count paper applications have no online share.",
                ),
            ],
        }
    }

    pub(super) fn area(&self, i: usize) -> AreaPage {
        let mut first = self.said(
            "Bei neun von zwölf Leistungen liegt der Online-Anteil über dem Wert der Vergleichsgruppe.",
            "For nine of twelve services the online share is above the value of the comparison group.",
        );
        first.note = Some(
            self.t("Drei Leistungen haben weniger als 30 Anträge.", "Three services have fewer than 30 applications."),
        );
        first.href = Some("#s-0".to_owned());
        AreaPage {
            slug: format!("ort-{i}"),
            name: TOWNS[i].to_owned(),
            facts: vec![
                Fact { label: self.t("Landkreis", "District"), value: self.t("Musterkreis", "Musterkreis") },
                Fact { label: self.t("Einwohnerzahl", "Population"), value: format_count(16_020, self.lang) },
                Fact { label: "AGS".to_owned(), value: "99001001".to_owned() },
            ],
            group: Some(self.t("17 Orte mit 10.000 bis 20.000 Einwohnerinnen und Einwohnern", "17 places with 10,000 to 20,000 inhabitants")),
            summary: vec![
                first,
                self.said(
                    "Bereits 512 Hundeanmeldungen wurden online gestellt, das sind 61,0 % aller Anmeldungen.",
                    "512 dog registrations have been made online, 61.0% of all.",
                ),
                self.said(
                    "Für das Wohngeld reichen die Zahlen noch nicht für eine Aussage.",
                    "For housing benefit the numbers do not yet carry a statement.",
                ),
            ],
            tiles: self.tiles(),
            services: (0..14).map(|s| self.area_service(s)).collect(),
            trend: Some(self.chart("trend")),
            trend_note: None,
            launch: None,
            experience: vec![self.said(
                "Von 214 Rückmeldungen am Ende des Formulars waren 176 positiv (82,2 %). Wer fertig wird, urteilt freundlicher.",
                "Of 214 votes at the end of the form 176 were positive (82.2%). Those who finish judge more kindly.",
            )],
            missing: vec![
                MissingRow {
                    service: self.t("Wohngeld beantragen", "Apply for housing benefit"),
                    months: self.t("März und April 2025", "March and April 2025"),
                    channel: self.t("Papier", "paper"),
                    ask: Some(self.t("Fachdienst Soziales", "Social services")),
                },
                MissingRow {
                    service: self.t("Hund anmelden", "Register a dog"),
                    months: self.t("Juni 2025", "June 2025"),
                    channel: self.t("vor Ort", "in person"),
                    ask: None,
                },
            ],
            notes: self.notes(),
        }
    }

    fn area_service(&self, s: usize) -> AreaServiceRow {
        let id = format!("s-{s}");
        let service = self.service(s);
        let months = Completeness { provided: 12 - (s as u32 % 3), expected: 12 };
        let position = self.rank(1 + s);
        let median =
            Figure::new(format_percent(0.362, 1, self.lang)).interval(self.t("28,0 bis 44,1 %", "28.0 to 44.1%"));
        let group = Figure::new(format_percent(0.351, 1, self.lang));
        match s {
            3 => AreaServiceRow {
                id,
                service,
                online: Figure::sign(Sign::Suppressed),
                other: Figure::sign(Sign::Suppressed),
                total: self.count(17),
                share: Figure::sign(Sign::Suppressed),
                group,
                median,
                position: "·".to_owned(),
                months,
            },
            6 => AreaServiceRow {
                id,
                service,
                online: self.count(0),
                other: self.count(40),
                total: self.count(40),
                share: Figure::new(format_percent(0.0, 1, self.lang)).interval(self.t("0,0 bis 8,8 %", "0.0 to 8.8%")),
                group,
                median,
                position,
                months,
            },
            9 => AreaServiceRow {
                id,
                service,
                online: Figure::sign(Sign::NotApplicable),
                other: Figure::sign(Sign::Unknown),
                total: Figure::sign(Sign::Unknown),
                share: Figure::sign(Sign::NotApplicable),
                group: Figure::sign(Sign::NotYet),
                median: Figure::sign(Sign::NotYet),
                position: "x".to_owned(),
                months: Completeness::default(),
            },
            _ => AreaServiceRow {
                id,
                service,
                online: self.count(1_512 / (s + 1)),
                other: self.count(2_310 / (s + 1)),
                total: self.count(3_822 / (s + 1)),
                share: self.share(0.62 - 0.03 * s as f64),
                group,
                median,
                position,
                months,
            },
        }
    }

    pub(super) fn service_page(&self, i: usize) -> ServicePage {
        let (de, en) = SERVICES[i];
        ServicePage {
            slug: format!("leistung-{i}"),
            name: self.t(de, en),
            facts: vec![Fact { label: "OZG-ID".to_owned(), value: "10124".to_owned() }],
            summary: vec![self.said(
                "In 11 von 17 Orten ist die Leistung online; der mittlere Ort erreicht 39,1 %.",
                "The service is online in 11 of 17 places; the middle place reaches 39.1%.",
            )],
            tiles: self.tiles(),
            ranking: Some(self.chart("ranking")),
            towns: (0..17)
                .map(|t| ServiceTownRow {
                    id: format!("o-{t}"),
                    town: self.town(t),
                    online: self.count(401 / (t + 1)),
                    other: self.count(520 / (t + 1)),
                    total: self.count(921 / (t + 1)),
                    share: self.share(0.55 - 0.02 * t as f64),
                    position: self.rank(t + 1),
                    launched: if t == 3 { ".".to_owned() } else { self.t("März 2024", "March 2024") },
                    months: Completeness { provided: 12, expected: 12 },
                })
                .collect(),
            pooled: Some(PooledRow {
                online: self.count(1_320),
                other: self.count(1_830),
                total: self.count(3_150),
                share: Figure::new(format_percent(0.419, 1, self.lang)),
            }),
            median: Some(
                Figure::new(format_percent(0.391, 1, self.lang)).interval(self.t("28,0 bis 44,1 %", "28.0 to 44.1%")),
            ),
            funnel: Some(self.chart("funnel")),
            funnel_reading: Some(self.t("Links weit, rechts eng.", "Wide at the left, narrow at the right.")),
            launch: Some(self.chart("launch-chart")),
            trend: None,
            trend_note: Some(self.t("Die Monatswerte sind gesperrt.", "The monthly values are hidden.")),
            control: Some(self.chart("control-chart")),
            control_sentences: vec![self.t("Ein Monat lag außerhalb.", "One month was outside.")],
            control_reading: Some(
                self.t("Zwischen den Grenzen bedeutet ein Monat nichts.", "Between the limits a month means nothing."),
            ),
            changes: vec![ChangeRow {
                town: self.town(3),
                what: self.t("Kampagne", "campaign"),
                when: self.t("März 2024", "March 2024"),
                level: Figure::new(self.t("+4,1 Prozentpunkte", "+4.1 percentage points")),
                slope: Figure::new(self.t("0,0 Prozentpunkte", "0.0 percentage points")),
                months: "14 / 16".into(),
            }],
            changes_note: Some(self.t("Nötig sind je zwölf Monate.", "Twelve months each are needed.")),
            events: vec![EventRow {
                when: self.t("März bis Mai 2024", "March to May 2024"),
                town: self.town(0),
                kind: self.t("Beteiligung", "Participation"),
                label: self.t("Gesprächsrunden vor der Einführung", "Focus groups before launch"),
            }],
            notes: self.notes(),
        }
    }

    /// Every page of the invented report with its path below the report folder.
    pub(super) fn pages(&self) -> Vec<(String, String)> {
        let report = HtmlReport::new(&self.site()).unwrap();
        let at = |section: Section| section.path(self.lang).to_owned();
        let mut pages = vec![
            (at(Section::Start), report.render_start(&self.start()).unwrap()),
            (at(Section::Participation), report.render_comparison(&self.comparison()).unwrap()),
            (comparison_path(self.lang, "werbung"), report.render_comparison(&self.further_comparison()).unwrap()),
            (at(Section::Survey), report.render_survey(&self.survey()).unwrap()),
            (at(Section::Quality), report.render_quality(&self.quality(17, 30)).unwrap()),
            (at(Section::Protection), report.render_protection(&self.protection()).unwrap()),
            (at(Section::Glossary), report.render_glossary(&self.glossary()).unwrap()),
        ];
        for i in 0..TOWNS.len() {
            let page = self.area(i);
            pages.push((area_path(self.lang, &page.slug), report.render_area(&page).unwrap()));
        }
        for i in 0..SERVICES.len() {
            let page = self.service_page(i);
            pages.push((service_path(self.lang, &page.slug), report.render_service(&page).unwrap()));
        }
        pages
    }
}
