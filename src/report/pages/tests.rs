//! A small invented release, from its facts to its pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;
use crate::compare::{
    ComparisonKind, ComparisonSpec, ControlPlan, Controls, PeerSet, Timing, compare_arms, controls, funnels, ladders,
    peer_results,
};
use crate::disclosure::{DisclosureSpec, protect};
use crate::domain::{CellState, Channel, EstimateTable, Month, Stage};
use crate::ingest::{Catalogue, Event, Fact, Findings, Measure, Offer, Records, Register, Service, Survey};
use crate::kpi::Periods;
use crate::panel::{Panel, SizeClasses, Units};
use crate::publish::ColumnData;
use crate::survey::{Base, SurveyResult};

const MONTHS: i32 = 24;
/// What every configuration must have; nothing is read from it here.
const SOURCES: &str = r#"
[[source]]
name = "r"
kind = "register"
files = "r.csv"
columns = { area = "AGS" }
[[source]]
name = "s"
kind = "services"
files = "s.csv"
columns = { service = "OZG" }
"#;

pub(super) fn first() -> Month {
    Month::new(2023, 7).unwrap()
}

/// Applications of a town for a service in a month: online and on paper.
fn cases(town: u32, service: u32, month: i32) -> Option<(i64, i64)> {
    let wave = i64::from(month % 5);
    match (town, service) {
        // A hamlet: one online case a year, and one on paper.
        (0, 0) => Some((i64::from(month % 12 == 5), i64::from(month % 12 == 6))),
        (0, _) | (4, 2) => None,
        // Enough for quarters, not for months.
        (1, 0) => Some((i64::from(month % 3 == 0) + 2 * i64::from(month % 3 == 1), 31)),
        (1, 1) => Some((1 + i64::from(month % 2), 9)),
        // Enough for a year.
        (2, 1) => Some((i64::from(month % 4 == 0), 25)),
        (town, service) => {
            let size = 40 + 13 * i64::from(town) + 7 * i64::from(service);
            Some((size + 3 * i64::from(month) + wave, size + 57 - wave))
        }
    }
}

pub(super) fn records() -> Records {
    let areas = (0..12u32).map(|i| Area {
        key: format!("99{i:06}"),
        name: format!("Ort {}", char::from(b'A' + u8::try_from(i).unwrap())),
        population: Some(if i < 3 { 4_000 } else { 6_300 } + u64::from(i)),
        land: "99".into(),
        kreis: format!("9900{}", i % 2),
        ..Area::default()
    });
    let names = ["Wohnsitz anmelden", "Hund anmelden", "Wohngeld beantragen"];
    let services = names.iter().zip(1..).map(|(name, i)| Service {
        key: format!("S{i}"),
        name: (*name).into(),
        ..Service::default()
    });
    let mut records = Records {
        register: Register::new(areas.collect()),
        catalogue: Catalogue::new(services.collect()),
        sources: vec![("u".into(), Default::default())],
        ..Records::default()
    };
    for (area, service) in (0..12).flat_map(|area| (0..3).map(move |service| (area, service))) {
        if cases(area, service, 0).is_none() {
            continue;
        }
        for month in 0..MONTHS {
            let Some((online, paper)) = cases(area, service, month) else { continue };
            for (channel, value) in [(Channel::Online, online), (Channel::Paper, paper)] {
                records.facts.push(Fact {
                    area,
                    service,
                    period: Period::month(first().plus(month)),
                    measure: Measure::Count(Stage::FormSubmit, channel),
                    state: CellState::Observed,
                    value,
                    source: 0,
                });
            }
        }
        let live_from = Some(first().plus(if area % 4 == 3 { 0 } else { -12 }).first_day());
        records.offers.push(Offer { area, service, owed: Some(true), live_from, ..Offer::default() });
    }
    records.events = [3, 7]
        .into_iter()
        .map(|area| Event {
            area: Some(area),
            service: None,
            kind: "participation".into(),
            from: first().plus(-1).first_day(),
            to: None,
            cost: None,
            label: "Runde".into(),
        })
        .collect();
    records.surveys = vec![Survey { source: "bef".into(), ..Survey::default() }];
    records
}

fn answer(kpi: &'static str, answer: &str, n: u64, share: f64) -> SurveyResult {
    let mut estimate = Estimate::absent(EstimateState::Computed);
    (estimate.value, estimate.lower, estimate.upper) = (Some(share), Some(share - 0.05), Some(share + 0.05));
    estimate.n = n;
    SurveyResult {
        survey: "bef".into(),
        wave: "2".into(),
        kpi,
        service: (kpi == "barriers").then_some(0),
        answer: answer.into(),
        base: Base::Need,
        weighted: false,
        agreeing: (share * n as f64).round() as u64,
        estimate,
        refusal: None,
        stratum: None,
    }
}

fn control(records: &Records, panel: &Panel, periods: Periods, months: &EstimateTable) -> Controls {
    let plan = ControlPlan { towns: (0..12).collect(), ..ControlPlan::default() };
    let launch = |area, service| panel.launch(area, service);
    controls(plan, number("online_share"), months, periods.series, &records.events, &launch)
}

fn results(lang: Lang) -> Results {
    let spec = |by: ComparisonSpec| ComparisonSpec {
        event: Some("participation".into()),
        timing: Timing::BeforeLaunch,
        by: None,
        name: "mit".into(),
        ..by
    };
    results_of(lang, records(), vec![spec(ComparisonSpec::by_size_class(lang))])
}

/// The results of `records` with these comparisons by event.
pub(super) fn results_of(lang: Lang, records: Records, events: Vec<ComparisonSpec>) -> Results {
    let panel = Panel::build(&records).unwrap();
    let classes = SizeClasses::new(vec![1_000, 5_000]).unwrap();
    let units = Units::build(&records.register, &classes, &[], lang).unwrap();
    let periods = Periods::new(first().plus(MONTHS - 1), 12, first());
    let evaluation = kpi::evaluate(&panel, &records.register, &units, &periods);
    let by = ComparisonSpec::by_size_class(lang);
    let share = number("online_share");
    let set = PeerSet::build(0, &by, &records.register, &panel, &classes).unwrap().unwrap();
    let peers = peer_results(&set, share, &evaluation.periods, periods.current);
    let arms = |event: &ComparisonSpec| {
        let ComparisonKind::Event(kind, timing) = event.kind() else { panic!("an event") };
        compare_arms(kind, timing, &records.events, &panel, share, &evaluation.periods, periods.current)
    };
    let arms = events.iter().map(arms).zip(1..).map(|(arms, at)| (at, arms)).collect();
    let comparisons: Vec<ComparisonSpec> = [by].into_iter().chain(events).collect();
    Results {
        ladders: ladders(&comparisons, &records, &panel, share, &evaluation.months),
        methods: Vec::new(),
        findings: Findings::default(),
        funnels: funnels(share, &evaluation.periods, periods.current),
        controls: control(&records, &panel, periods, &evaluation.months),
        surveys: vec![answer("need", "", 120, 0.4), answer("barriers", "habit", 4, 0.25)],
        comparisons,
        peers: vec![(set, peers)],
        arms,
        protection: None,
        panel,
        units,
        periods,
        evaluation,
        records,
    }
}

/// The pages of a report by path, without style sheet and fonts.
fn pages(lang: Lang, audience: Audience) -> (Protected<Results>, BTreeMap<String, String>) {
    let (protected, pages, _) = pages_of(results(lang), lang, audience);
    (protected, pages)
}

/// The pages of these results, and the names of the chart files.
pub(super) fn pages_of(
    results: Results,
    lang: Lang,
    audience: Audience,
) -> (Protected<Results>, BTreeMap<String, String>, BTreeSet<String>) {
    let dir = tempfile::tempdir().unwrap();
    let head = format!("schema_version = 1\n[project]\nname = \"Probe\"\nlanguage = \"{}\"\n", lang.tag());
    let text = format!("{head}{SOURCES}");
    let project = Project::parse(&text, dir.path()).unwrap();
    let protected = protect(results, audience, &DisclosureSpec::default());
    let stage = Staging::begin(&dir.path().join("out")).unwrap();
    write(&project, &protected, &stage).unwrap();
    stage.commit(&crate::report::manifest(&project, &[], &Findings::default())).unwrap();
    let root = dir.path().join("out").join(PUBLISH).join(report_folder(lang));
    let mut found = BTreeMap::new();
    collect(&root, &root, &mut found);
    let charts = std::fs::read_dir(dir.path().join("out").join(PUBLISH).join("charts")).unwrap();
    let charts = charts.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    (protected, found, charts)
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            let body = text.split_once("</style>").map_or(text.as_str(), |(_, body)| body);
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.insert(name, body.replace(['\u{a0}', '\u{202f}', '\u{2011}'], " "));
        }
    }
}

/// A page without its legend, which explains every sign.
fn told(page: &str) -> &str {
    page.split("<section class=\"legend\"").next().unwrap()
}

/// The words of a page, tags and drawings removed.
pub(super) fn words(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<svg") { "</svg>" } else { ">" };
        rest = &rest[at + rest[at..].find(end).unwrap() + end.len()..];
        out.push(' ');
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The table row that begins with `name`.
pub(super) fn row(page: &str, name: &str) -> String {
    let rows = page.split("<tr").filter(|row| row.contains("<th scope=\"row\""));
    let cut = |row: &str| words(&format!("<tr{}", row.split("</tr>").next().unwrap()));
    let found = rows.map(cut).find(|row| row.starts_with(name));
    found.unwrap_or_else(|| panic!("no row {name}"))
}

#[test]
fn nothing_hidden_stands_on_a_page() {
    let open = results(Lang::De).evaluation;
    let (protected, pages) = pages(Lang::De, Audience::Public);
    let shown = &protected.get().evaluation;
    let parts =
        |e: &Estimate| [e.numerator, e.denominator, e.value, e.denominator.zip(e.numerator).map(|(d, n)| d - n)];
    let counts = |e: &Estimate| -> Vec<i64> {
        parts(e).into_iter().flatten().filter(|n| *n >= 100.0 && n.fract() == 0.0).map(|n| n as i64).collect()
    };
    let tables = [(&open.periods, &shown.periods), (&open.months, &shown.months)];
    let public: BTreeSet<i64> = [&shown.periods, &shown.months, &shown.quarters]
        .into_iter()
        .flat_map(EstimateTable::iter)
        .flat_map(|(_, e)| counts(&e))
        // What everybody knows: the denominator of rates per inhabitant.
        .chain((0..12).filter_map(|i| protected.get().records.register.area(i).population.map(|p| p as i64)))
        .collect();
    let mut looked_for = 0;
    for (open, shown) in tables {
        for (key, e) in open.iter().filter(|(key, _)| hidden(shown.get(key).as_ref())) {
            for n in counts(&e).into_iter().filter(|n| !public.contains(n)) {
                looked_for += 1;
                let text = format_count(n, Lang::De);
                for (path, page) in &pages {
                    let text_of_page = words(told(page));
                    let alone = text_of_page.split([' ', '(', ')', ';']).any(|w| w.trim_matches([',', '.']) == text);
                    assert!(!alone, "{path}: {text} of {key:?}");
                }
            }
        }
    }
    assert!(looked_for > 5, "{looked_for}");
}

#[test]
fn hidden_is_not_missing() {
    for (lang, words_of_absence) in [
        (Lang::De, ["eine Daten", "eine Angabe", "noch kein Online-Anteil", "fehlen Zahlen", "zurückgestellt"]),
        (Lang::En, ["o data", "no value", "can be given", "are missing", "set aside"]),
    ] {
        let (_, pages) = pages(lang, Audience::Public);
        for (path, page) in pages.iter().filter(|(path, _)| !path.starts_with("gloss")) {
            let text = words(told(page));
            for absence in words_of_absence {
                assert!(!text.contains(absence), "{path}: {absence}");
            }
            let empty = page.contains("<td class=\"n\"></td>") || page.contains("<td class=\"n key\"></td>");
            assert!(!empty, "{path}: an empty cell");
        }
        let label = Audience::Public.label(lang);
        assert!(pages.values().all(|page| page.contains(label) && !page.contains("noindex")));
        assert!(!pages.contains_key(Section::Quality.path(lang)));
        assert!(pages.contains_key(Section::Protection.path(lang)));
    }
}

#[test]
fn a_town_of_which_nothing_may_be_shown_has_no_page() {
    let (_, pages) = pages(Lang::De, Audience::Public);
    assert!(!pages.contains_key("orte/ort-a.html"));
    assert!(pages.contains_key("orte/ort-b.html"));
    let start = &pages["index.html"];
    let service = &pages["leistungen/wohnsitz-anmelden.html"];
    for (page, signs) in [(start, 2), (service, 5)] {
        let row = row(page, "Ort A");
        assert_eq!(row.matches("· gesperrt: kleine Zahlen oder zu deren Schutz").count(), signs, "{row}");
        assert!(!row.contains("nicht bekannt"), "{row}");
    }
    assert!(start.contains("Ein Ort hat keine eigene Seite, weil keine seiner Nutzungszahlen gezeigt werden darf"));
}

#[test]
fn a_chart_over_services_adds_only_those_shown_throughout() {
    let (_, pages) = pages(Lang::De, Audience::Public);
    let town = &pages["orte/ort-b.html"];
    // By hand: 4 quarters of 1 + 2 online, 12 times 31 on paper; 6 times 1 + 2, 12 times 9.
    let (residence, dog) = (row(town, "Wohnsitz"), row(town, "Hund"));
    assert!(residence.starts_with("Wohnsitz anmelden 12 372 384 3,1 % "), "{residence}");
    assert!(dog.starts_with("Hund anmelden 18 108 126 14,3 % "), "{dog}");
    let caption = town.split("<figcaption").nth(1).unwrap().split("</figcaption>").next().unwrap();
    insta::assert_snapshot!(words(&format!("<{caption}")), @"Ort B: zuletzt 53,5 % online (nur „Wohngeld beantragen“) Online-Anteil der Anträge je Monat, nur „Wohngeld beantragen“ mit vollständigen Zahlen; neue Leistungen beginnen bei null");
}

#[test]
fn the_page_on_disclosure_control_counts_its_own_tables() {
    let (protected, pages) = pages(Lang::De, Audience::Public);
    let page = &pages["datenschutz.html"];
    assert!(page.contains("Anzahlen von 1 bis 2 sind gesperrt, ebenso Anteile, die aus ihnen gebildet sind."));
    let evaluation = &protected.get().evaluation;
    let tables =
        [("Orte, Monate", &evaluation.months), ("Orte, Berichtszeitraum und Zeitraum davor", &evaluation.periods)];
    for (label, table) in tables {
        let count = |wanted: fn(&Estimate) -> bool| {
            let own = table.iter().filter(|(k, e)| k.aggregation == Aggregation::Own && wanted(e));
            format_count(i64::try_from(own.count()).unwrap(), Lang::De)
        };
        let (shown, hidden) = (count(|e| e.value.is_some()), count(|e| e.state == EstimateState::Suppressed));
        assert_eq!(row(page, label), format!("{label} {shown} {hidden}"));
        assert_ne!(hidden, "0");
    }
}

#[test]
fn a_survey_of_few_people_is_hidden() {
    let (_, pages) = pages(Lang::De, Audience::Public);
    let page = &pages["befragung.html"];
    insta::assert_snapshot!(row(page, "Online-Dienste allgemein"), @"Online-Dienste allgemein: Bedarf Befragte mit Bedarf 40,0 % 35,0 bis 45,0 % 120");
    insta::assert_snapshot!(row(page, "Gewohnheit"), @"Gewohnheit Befragte, die eine Hürde nennen · gesperrt: kleine Zahlen oder zu deren Schutz · gesperrt: kleine Zahlen oder zu deren Schutz");
    assert!(page.contains("Von 2 Anteilen aus Befragungen ist einer gesperrt."));
}

#[test]
fn the_own_staff_sees_everything() {
    let (_, pages) = pages(Lang::De, Audience::Internal);
    assert!(pages.contains_key("orte/ort-a.html") && pages.contains_key("datenqualitaet.html"));
    assert!(!pages.contains_key("datenschutz.html"));
    for (path, page) in &pages {
        assert!(page.contains("Intern: nur für die eigene Verwaltung"), "{path}");
        assert!(path == "glossar.html" || !told(page).contains("gesperrt"), "{path}");
    }
}

#[test]
fn the_page_on_participation_says_how_far_the_comparison_carries() {
    for (lang, path, title) in [
        (Lang::De, "beteiligung.html", "Wie weit trägt der Vergleich?"),
        (Lang::En, "participation.html", "How far does the comparison carry?"),
    ] {
        for audience in [Audience::Internal, Audience::Public] {
            let (protected, pages) = pages(lang, audience);
            let page = &pages[path];
            let (before, section) = page.split_once("<section aria-labelledby=\"ladder\">").unwrap();
            assert!(words(section).starts_with(title));
            // Right after the verdict, and before all else.
            assert_eq!(before.matches("<section").count(), 1);
            let section = section.split("</section>").next().unwrap();
            assert_eq!(section.matches("<p class=\"rung\">").count(), 5);
            let only = lang == Lang::De && audience == Audience::Public;
            assert_eq!(section.contains("zählen nur Orte, deren Monatswerte gezeigt werden."), only);
            // Which towns are in pairs is not told.
            let names = protected.get().records.register.areas().iter().map(|a| a.name.as_str());
            assert!(names.into_iter().all(|name| !words(section).contains(name)), "{section}");
        }
    }
}

#[test]
fn the_ladder_is_in_the_data_package() {
    let protected = protect(results(Lang::De), Audience::Public, &DisclosureSpec::default());
    let tables = crate::report::tables::published(&protected).unwrap();
    let find = |name: &str| tables.iter().find(|table| table.name() == name).unwrap();
    let rungs = find("comparison_ladder");
    let column = |table: &crate::publish::Table, name: &str| {
        let at = table.columns().iter().position(|c| c.name == name).unwrap();
        table.data()[at].clone()
    };
    assert_eq!((rungs.rows(), rungs.key()), (5, &["comparison".to_owned(), "rung".to_owned()][..]));
    let ladder = &protected.get().ladders.launch[0].1;
    let reached: Vec<Option<bool>> = ladder.steps.iter().map(|step| Some(step.missed.is_none())).collect();
    assert_eq!(column(rungs, "reached"), ColumnData::Boolean(reached.clone()));
    let decisive = |at: usize| Some(reached[..at].iter().all(|r| *r == Some(true)));
    assert_eq!(column(rungs, "decisive"), ColumnData::Boolean((0..5).map(decisive).collect()));
    let balance = find("comparison_balance");
    assert_eq!(balance.rows(), ladder.balance.len());
    assert!(balance.rows() > 0);
    let before = ladder.balance.iter().map(|b| Some(b.before).filter(|_| ladder.towns.1 > 0)).collect();
    assert_eq!(column(balance, "before"), ColumnData::Number(before));
}

#[test]
fn every_town_stands_against_what_is_to_be_expected_at_its_number_of_cases() {
    for (lang, audience) in
        [(Lang::De, Audience::Internal), (Lang::En, Audience::Internal), (Lang::De, Audience::Public)]
    {
        let (protected, pages) = pages(lang, audience);
        let page = |slug: &str| &pages[&service_path(lang, slug)];
        // Twelve towns (public: one of them hidden), eleven, and ten.
        for (at, slug) in ["wohnsitz-anmelden", "hund-anmelden", "wohngeld-beantragen"].iter().enumerate() {
            let funnel = protected.get().funnels.iter().find(|f| f.service == at as u32).unwrap();
            let section = page(slug).split_once("<section aria-labelledby=\"expected\">");
            assert_eq!(section.is_some(), funnel.result.is_ok(), "{slug}: {:?}", funnel.result.as_ref().err());
            assert_eq!(funnel.result.is_ok(), funnel.towns.len() >= crate::compare::MIN_FUNNEL_TOWNS);
            // Only numbers shown set limits.
            let shown = &protected.get().evaluation.periods;
            let sums = funnel.towns.iter().map(|t| {
                let key = EstimateKey {
                    kpi: number("online_share"),
                    unit: t.area,
                    service: funnel.service,
                    period: protected.get().periods.current,
                    aggregation: Aggregation::Own,
                };
                let e = shown.get(&key).unwrap();
                (e.numerator.unwrap(), e.denominator.unwrap())
            });
            let (online, all) = sums.fold((0.0, 0.0), |(a, b), (x, n)| (a + x, b + n));
            let Ok(result) = &funnel.result else {
                assert!(words(page(slug)).contains(&format!(" {}", funnel.towns.len())));
                continue;
            };
            assert!((result.target - online / all).abs() < 1e-12);
            let section = section.unwrap().1.split("</section>").next().unwrap();
            let headline = story::funnel_headline(result, audience == Audience::Public, lang);
            assert!(section.contains(&headline) || audience == Audience::Public, "{section}");
            assert_eq!(section.matches("<th scope=\"row\">").count(), funnel.towns.len());
        }
    }
}

#[test]
fn the_funnel_is_in_the_data_package() {
    let protected = protect(results(Lang::De), Audience::Public, &DisclosureSpec::default());
    let tables = crate::report::tables::published(&protected).unwrap();
    let table = tables.iter().find(|table| table.name() == "funnel").unwrap();
    let funnels = &protected.get().funnels;
    assert_eq!(table.rows(), funnels.iter().map(|f| f.towns.len() + f.left_out.len()).sum::<usize>());
    assert!(table.rows() > 30 && funnels.iter().any(|f| f.service == ALL_SERVICES));
    let at = table.columns().iter().position(|c| c.name == "target").unwrap();
    let ColumnData::Number(targets) = &table.data()[at] else { panic!("numbers") };
    let expected: Vec<Option<f64>> =
        funnels.iter().flat_map(|f| f.towns.iter().map(|_| f.result.as_ref().ok().map(|r| r.target))).collect();
    assert_eq!(*targets, expected);
}

#[test]
fn every_service_stands_within_what_is_usual_for_it_by_shown_months_alone() {
    for (lang, audience) in [(Lang::De, Audience::Internal), (Lang::En, Audience::Public)] {
        let (protected, pages) = pages(lang, audience);
        let r = protected.get();
        let month = |unit: u32, service: u32, at: i32| {
            let period = Period::month(first().plus(at));
            let aggregation = Aggregation::Own;
            let key = EstimateKey { kpi: number("online_share"), unit, service, period, aggregation };
            r.evaluation.months.get(&key).and_then(|e| e.numerator.zip(e.denominator))
        };
        for (service, slug) in (0u32..).zip(["wohnsitz-anmelden", "hund-anmelden", "wohngeld-beantragen"]) {
            let control = r.controls.of_all(service).unwrap();
            let complete: Vec<u32> =
                (0..12).filter(|a| (0..MONTHS).all(|at| month(*a, service, at).is_some())).collect();
            assert_eq!((control.towns, control.first), (complete.len(), first()), "{slug}");
            for (at, share) in (0..MONTHS).zip(&control.months) {
                let sums = complete.iter().filter_map(|a| month(*a, service, at));
                let sum = sums.fold((0.0, 0.0), |(x, n), (online, all)| (x + online, n + all));
                assert_eq!(share.map(|s| (s.online, s.all)), Some(sum), "{slug}");
            }
            let page = &pages[&service_path(lang, slug)];
            let chart = control.chart.as_ref().unwrap();
            for text in [story::control_sentence(control, chart, lang), story::trend_sentence(&control.trend, lang)] {
                assert!(words(page).contains(&text.replace('\u{a0}', " ")), "{slug}: {text}");
            }
            assert!(page.contains("id=\"chart-control\""), "{slug}");
            let others = r.controls.series.iter().filter(|c| c.service == service && c.area.is_some());
            for (at, share) in others.flat_map(|c| c.months.iter().enumerate().map(move |(at, s)| ((c, at), s))) {
                let ((c, at), Some(share)) = (at, share) else { continue };
                let shown = month(c.area.unwrap(), service, c.month(at).since(first()));
                assert_eq!(Some((share.online, share.all)), shown);
            }
        }
        // The small town is in the sum only where its months may be seen.
        assert_eq!(r.controls.of_all(0).unwrap().towns == 12, audience == Audience::Internal);
    }
}
