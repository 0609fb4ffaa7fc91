//! Several comparisons by event, from facts to pages and tables.

use std::collections::{BTreeMap, BTreeSet};

use super::super::number;
use super::super::tests::{first, pages_of, records, results_of, row, words};
use super::*;
use crate::compare::ComparisonSpec;
use crate::compare::ladder::{climb_live, tests::live};
use crate::disclosure::{Audience, DisclosureSpec, Results, protect};
use crate::domain::{Aggregation, EstimateKey, Period};
use crate::ingest::Event;
use crate::publish::{ColumnData, Table};
use crate::report::pages::ladder::tests::ladder;
use crate::report::tables::published;

fn spec(name: &str, title: &str, event: &str, timing: Timing) -> ComparisonSpec {
    let by = ComparisonSpec::by_size_class(Lang::De);
    ComparisonSpec {
        name: name.into(),
        title: title.into(),
        event: Some(event.into()),
        timing,
        by: None,
        match_on: vec!["population".into()],
        ..by
    }
}

const SEVERAL: [(&str, &str, &str, Timing); 4] = [
    ("Werbung", "Werbung für laufende Dienste", "campaign", Timing::Live),
    ("vor", "Beteiligung vor dem Start", "participation", Timing::BeforeLaunch),
    ("je", "Beteiligung <zu> irgendeiner Zeit", "participation", Timing::Any),
    ("störung", "Ausfälle", "outage", Timing::Live),
];

const WITH: [u32; 5] = [4, 5, 6, 8, 9];

/// Towns E, F, G, I and J advertise everything after a year; all services were online a year before the data.
fn several(lang: Lang) -> Results {
    let mut records = records();
    records.offers.iter_mut().for_each(|offer| offer.live_from = Some(first().plus(-12).first_day()));
    records.events.extend(WITH.map(|area| Event {
        area: Some(area),
        service: None,
        kind: "campaign".into(),
        from: first().plus(12).first_day(),
        to: None,
        cost: Some(500.0),
        label: "Plakate".into(),
    }));
    results_of(lang, records, SEVERAL.map(|(name, title, event, timing)| spec(name, title, event, timing)).to_vec())
}

#[test]
fn every_comparison_by_event_has_a_page_that_all_others_lead_to() {
    let (_, pages, charts) = pages_of(several(Lang::De), Lang::De, Audience::Internal);
    let expected: BTreeMap<&str, [&str; 2]> = [
        // Participation stands first, wherever it is configured.
        ("beteiligung.html", ["Beteiligung vor dem Start", "Beteiligung vor dem Start: Orte mit und ohne Beteiligung"]),
        ("vergleiche/werbung.html", ["Werbung für laufende Dienste", "Orte mit und ohne Kampagne"]),
        (
            "vergleiche/je.html",
            [
                "Beteiligung &lt;zu&gt; irgendeiner Zeit",
                "Beteiligung &lt;zu&gt; irgendeiner Zeit: Orte mit und ohne Beteiligung",
            ],
        ),
        ("vergleiche/stoerung.html", ["Ausfälle", "Orte mit und ohne Störung"]),
    ]
    .into();
    for (path, page) in &pages {
        let nav = page.split("<nav class=\"main-nav\"").nth(1).unwrap().split("</nav>").next().unwrap();
        let root = if path.contains('/') { "../" } else { "" };
        for (target, [title, _]) in &expected {
            let here = if path == target { " aria-current=\"page\"" } else { "" };
            assert!(nav.contains(&format!("<a href=\"{root}{target}\"{here}>{title}</a>")), "{path}: {nav}");
        }
        assert_eq!(
            nav.matches("aria-current").count(),
            usize::from(!path.contains('/') || expected.contains_key(&**path))
        );
    }
    for (path, [title, heading]) in &expected {
        let page = &pages[*path];
        assert!(page.contains(&format!("<h1>{heading}</h1>")), "{path}");
        let others = page.split("<nav class=\"others\"").nth(1).unwrap().split("</nav>").next().unwrap();
        let told: Vec<&str> =
            expected.values().map(|[t, _]| *t).filter(|t| others.contains(&format!(">{t}</a>"))).collect();
        assert_eq!(told.len(), 3, "{others}");
        assert!(!told.contains(title));
        let start = &pages["index.html"];
        assert!(start.contains(&format!("href=\"{path}\"")) && words(start).contains(&format!("{title}: ")), "{path}");
    }
    for name in
        ["event-comparison", "comparison-werbung-difference", "comparison-werbung-course", "comparison-je-difference"]
    {
        assert!(
            charts.contains(&format!("{name}.svg")) && charts.contains(&format!("{name}.png")),
            "{name}: {charts:?}"
        );
    }
}

#[test]
fn a_single_comparison_stands_in_the_navigation_in_one_word_if_it_is_about_participation() {
    for (lang, path, event, word, heading) in [
        (Lang::De, "beteiligung.html", "participation", "Beteiligung", "Orte mit und ohne Beteiligung"),
        (Lang::De, "beteiligung.html", "campaign", "Der Titel", "Orte mit und ohne Kampagne"),
        (Lang::En, "participation.html", "campaign", "Der Titel", "Towns with and without a campaign"),
    ] {
        let one = results_of(lang, records(), vec![spec("a", "Der Titel", event, Timing::Live)]);
        let (_, pages, _) = pages_of(one, lang, Audience::Internal);
        let page = &pages[path];
        assert!(page.contains(&format!("aria-current=\"page\">{word}</a>")) && !page.contains("class=\"others\""));
        assert!(page.contains(&format!("<h1>{heading}</h1>")), "{page}");
    }
}

#[test]
fn no_two_chart_files_have_one_name() {
    let slugs = [None, Some("a"), Some("a-launch"), Some("a-difference"), Some("launch"), Some("event-comparison")];
    let kinds = ["difference", "launch", "balance", "course"];
    let page = |slug: Option<&str>| EventPage { at: 0, arms: &[], slug: slug.map(str::to_owned) };
    let names: BTreeSet<String> = slugs.iter().flat_map(|s| kinds.map(|kind| page(*s).chart(kind))).collect();
    assert_eq!(names.len(), slugs.len() * kinds.len(), "{names:?}");
}

#[test]
fn a_campaign_is_told_quarter_by_quarter_or_why_not() {
    for (lang, folder) in [(Lang::De, "vergleiche"), (Lang::En, "comparisons")] {
        for audience in [Audience::Internal, Audience::Public] {
            let (protected, pages, _) = pages_of(several(lang), lang, audience);
            let live = &protected.get().ladders.live;
            let page = &pages[&format!("{folder}/werbung.html")];
            // The year's change is not a course since launch.
            assert!(!page.contains("id=\"chart-since-launch\"") && page.contains("id=\"chart-difference\""));
            // Nobody had an outage: no picture, and the reason in words.
            let outage = &pages[&format!("{folder}/stoerung.html")];
            let refusal = story::course_refusal(&live[1].1.effect, lang).unwrap();
            assert!(words(outage).contains(&refusal), "{refusal} in {outage}");
            assert!(!outage.contains("chart-course"));
            // Only towns count of which a service is shown in every month.
            let shown = |area: u32| {
                (0..3).any(|service| {
                    (0..24).all(|month| {
                        let period = Period::month(first().plus(month));
                        let (kpi, aggregation) = (number("online_share"), Aggregation::Own);
                        let key = EstimateKey { kpi, unit: area, service, period, aggregation };
                        let e = protected.get().evaluation.months.get(&key);
                        e.is_some_and(|e| e.numerator.is_some() && e.denominator.is_some_and(|n| n > 0.0))
                    })
                })
            };
            let effect = live[0].1.effect.as_ref().unwrap();
            let (with, without) = (0..12u32).filter(|a| shown(*a)).partition::<Vec<u32>, _>(|a| WITH.contains(a));
            assert_eq!(effect.complete, (with.len(), without.len()), "{audience:?}");
            assert!(audience == Audience::Public || effect.complete == (5, 6));
            if without.len() < 5 {
                let refusal = story::course_refusal(&live[0].1.effect, lang).unwrap();
                assert!(words(page).contains(&refusal) && !page.contains("chart-course"), "{refusal} in {page}");
                continue;
            }
            let figure = page.split("id=\"chart-course\"").nth(1).unwrap().split("</figure>").next().unwrap();
            let headline = story::course_headline(effect, story::event_name("campaign", lang), lang);
            assert!(figure.contains(&headline.replace('\u{a0}', " ")), "{headline} in {figure}");
            // One row per quarter, and one that is zero by definition.
            assert_eq!(figure.matches("<th scope=\"row\">").count(), effect.course.len());
            let reference = row(figure, "\u{2212}1 (");
            assert!(reference.contains(" 0,0 ") || reference.contains(" 0.0 "), "{reference}");
        }
    }
}

/// The cells of a column.
fn column<'t>(table: &'t Table, name: &str) -> &'t ColumnData {
    &table.data()[table.columns().iter().position(|c| c.name == name).unwrap_or_else(|| panic!("{name}"))]
}

fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    match column(table, name) {
        ColumnData::Number(cells) => cells.clone(),
        other => panic!("{other:?}"),
    }
}

fn integers(table: &Table, name: &str) -> Vec<i64> {
    match column(table, name) {
        ColumnData::Integer(cells) => cells.iter().map(|c| c.unwrap()).collect(),
        other => panic!("{other:?}"),
    }
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    match column(table, name) {
        ColumnData::Text(cells) => cells.iter().map(|c| c.clone().unwrap_or_default()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn all_that_ladders_know_is_in_the_data_package() {
    let mut results = several(Lang::De);
    results.ladders.launch = vec![(2, ladder(0.0, 0.0))];
    let costs = BTreeMap::new();
    results.ladders.live =
        vec![(1, climb_live(&live::study(0.08, 0.0), &costs)), (4, climb_live(&live::study(0.0, 0.0), &costs))];
    let protected = protect(results, Audience::Internal, &DisclosureSpec::default());
    let tables = published(&protected).unwrap();
    let find = |name: &str| tables.iter().find(|t| t.name() == name).unwrap_or_else(|| panic!("{name}"));

    let rungs = find("comparison_ladder");
    let of = |name: &str| vec![name.to_owned(); 5];
    assert_eq!(texts(rungs, "comparison"), [of("Werbung"), of("vor"), of("störung")].concat());
    assert_eq!(texts(rungs, "timing"), [of("live"), of("before_launch"), of("live")].concat());
    assert_eq!(integers(rungs, "position"), [1, 2, 3, 4, 5].repeat(3));
    let live = &protected.get().ladders.live[0].1;
    let effect = live.effect.as_ref().unwrap();
    let estimates = numbers(rungs, "estimate");
    // By hand: the difference in mean changes; eight towns with and eight without; pairs; and all sixteen.
    assert!((estimates[0].unwrap() - (live.changes.0 - live.changes.1)).abs() < 1e-15);
    assert!((estimates[0].unwrap() - 0.08).abs() < 0.005 && (estimates[2].unwrap() - 0.08).abs() < 0.005);
    assert_eq!((estimates[3], estimates[4]), (Some(effect.by_town.value), Some(effect.by_town.value)));
    assert_eq!(integers(rungs, "n")[..5], [16, 16, i64::try_from(live.pairs.len()).unwrap(), 16, 16]);
    let (lower, upper) = (numbers(rungs, "lower"), numbers(rungs, "upper"));
    assert_eq!((lower[0], lower[3]), (None, Some(effect.by_town.lower)));
    assert_eq!((lower[4], upper[4]), (live.left_out.map(|l| l.0), live.left_out.map(|l| l.1)));

    let balance = find("comparison_balance");
    assert_eq!(texts(balance, "timing")[0], "live");
    assert_eq!(texts(balance, "comparison").last().unwrap(), "störung");
    assert_eq!(balance.rows(), protected.get().ladders.live.iter().map(|(_, l)| l.balance.len()).sum::<usize>() + 2);

    let horizons = find("comparison_horizons");
    assert_eq!(integers(horizons, "from_month"), [1, 4, 7]);
    assert_eq!(integers(horizons, "to_month"), [3, 6, 12]);
    assert_eq!(column(horizons, "decisive"), &ColumnData::Boolean([false, false, true].map(Some).to_vec()));
    assert_eq!(integers(horizons, "pairs"), [6, 6, 6]);
    // By hand: gaps of 18, 20 and 22 points, twice each; of 64 patterns two are as far from zero.
    let se = (0.0016f64 / 5.0 / 6.0).sqrt();
    for (name, expected) in [("by_town", 0.2), ("by_town_se", se), ("by_case", 0.2), ("p", 2.0 / 64.0)] {
        assert!(numbers(horizons, name).iter().all(|v| (v.unwrap() - expected).abs() < 1e-12), "{name}");
    }
    let half = numbers(horizons, "by_town_upper")[2].unwrap() - 0.2;
    assert!((half - 2.570_582 * se).abs() < 1e-6, "{half}");

    let course = find("comparison_course");
    let point = |name: &str| numbers(course, name)[..effect.course.len()].to_vec();
    let quarters = integers(course, "quarter")[..effect.course.len()].to_vec();
    // The campaign is in month 18 of 36, in the seventh of twelve quarters.
    assert_eq!(quarters, (-6..=5).collect::<Vec<i64>>());
    let at = |quarter: i64| usize::try_from(quarter + 6).unwrap();
    assert_eq!((point("value")[at(-1)], point("se")[at(-1)], point("band_lower")[at(-1)]), (Some(0.0), None, None));
    for quarter in [1, 2, 3, 4, 5] {
        assert!((point("value")[at(quarter)].unwrap() - 0.08).abs() < 0.01, "{quarter}");
    }
    for (i, quarter) in quarters.iter().enumerate().filter(|(_, q)| **q != -1) {
        let [value, se, lower, upper, low, high] =
            ["value", "se", "lower", "upper", "band_lower", "band_upper"].map(|name| point(name)[i].unwrap());
        assert!(
            (lower - (value - 1.959_964 * se)).abs() < 1e-6 && (upper + lower - 2.0 * value).abs() < 1e-12,
            "{quarter}"
        );
        assert!(low <= lower && upper <= high, "{quarter}: the band is no narrower than a single interval");
    }
    assert!(integers(course, "towns").iter().chain(&integers(course, "pairs")).all(|n| *n == 8));
    assert_eq!(texts(course, "comparison").iter().filter(|name| *name == "störung").count(), 12);
}
