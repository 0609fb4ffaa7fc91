use super::*;
use crate::compare::ladder::tests::live;
use crate::compare::ladder::{Claim, Course, Share, Study, Town, Trait, climb, climb_live};
use crate::domain::Month;
use crate::report::html::HtmlReport;
use crate::report::pages::tests::{row, words};
use crate::report::view::{ComparisonPage, Site};

/// Six towns with and six without, alike in size, that differ by 20 points on average in the new service; in the old
/// one by `old`, with some noise. The towns with are `apart` larger.
fn study(old: f64, apart: f64) -> Study {
    let start = Month::new(2023, 1).unwrap();
    let course = |service: u32, launch: i32, rate: f64, concerned: bool| Course {
        service,
        launch: start.plus(launch),
        concerned,
        months: (launch..20).map(|k| (start.plus(k), Share { online: 100.0 * rate, all: 100.0 })).collect(),
    };
    let town = |i: u32, with: bool| {
        let (f, sign) = (f64::from(i), if i.is_multiple_of(2) { 1.0 } else { -1.0 });
        let gap = if with { 0.18 + 0.02 * f64::from(i % 3) } else { 0.0 };
        let before = if with { old + 0.01 * sign } else { 0.0 };
        Town {
            id: if with { i } else { 10 + i },
            with,
            event: with.then(|| start.plus(3)),
            traits: vec![Some(Trait::Number(f + if with { apart } else { 0.0 })), Some(Trait::Label("<b>".into()))],
            courses: vec![course(0, 0, 0.3 + before, false), course(1, 5, 0.2 + 0.02 * f + gap, with)],
        }
    };
    Study {
        traits: vec!["population".into(), "platform".into()],
        unknown: Vec::new(),
        towns: (0..6).map(|i| town(i, true)).chain((0..6).map(|i| town(i, false))).collect(),
        caliper: None,
        claim: Some(Claim { measure: "online_share".into(), ratio: Some(2.0), difference: None }),
        clusters: None,
    }
}

pub(in crate::report::pages) fn ladder(old: f64, apart: f64) -> Ladder {
    climb(&study(old, apart))
}

/// The section as a reader finds it on the page.
fn html(ladder: &Ladder, lang: Lang) -> String {
    rendered(view(ladder, story::event_name("participation", lang), lang), lang)
}

fn rendered(view: LadderView, lang: Lang) -> String {
    let page = ComparisonPage { ladder: Some(view), ..ComparisonPage::default() };
    let page = HtmlReport::new(&Site { lang, ..Site::default() }).unwrap().render_comparison(&page).unwrap();
    let section =
        page.split("<section aria-labelledby=\"ladder\">").nth(1).unwrap().split("</section>").next().unwrap();
    section.replace(['\u{a0}', '\u{202f}', '\u{2011}'], " ")
}

fn states(html: &str) -> Vec<String> {
    let list = html.split("<ol class=\"ladder\">").nth(1).unwrap().split("</ol>").next().unwrap();
    let rungs = list.split("<li").skip(1).map(|rung| words(&format!("<li{}", rung.split("</p>").next().unwrap())));
    rungs.collect()
}

#[test]
fn every_rung_says_in_words_how_it_stands() {
    let top = ladder(0.0, 0.0);
    let (de, en) = (html(&top, Lang::De), html(&top, Lang::En));
    assert_eq!(states(&de), Rungs::of(Lang::De).with(["erreicht"; 5]));
    assert_eq!(states(&en), Rungs::of(Lang::En).with(["reached"; 5]));
    assert!(words(&de).starts_with("Wie weit trägt der Vergleich? Vor dem Start"), "{de}");
    assert!(words(&en).starts_with("How far does the comparison carry? Before its launch"), "{en}");
    assert!(words(&de).contains("Die Antwort steht auf Stufe 5 von 5: „Ohne jeden einzelnen Ort“."), "{de}");
    assert!(words(&en).contains("The answer stands on rung 5 of 5: &quot;Leaving out any town&quot;."), "{en}");
    for said in [de.matches("Dafür muss gelten:").count(), en.matches("What has to hold:").count()] {
        assert_eq!(said, 5);
    }
}

#[test]
fn an_event_on_live_services_is_told_as_a_change() {
    let costs = (0..8).map(|id| (id, 1_000.0)).collect();
    let ladder = climb_live(&live::study(0.08, 0.0), &costs);
    let html = |lang| rendered(live_view(&ladder, story::event_name("campaign", lang), lang), lang);
    let (de, en) = (html(Lang::De), html(Lang::En));
    assert!(words(&de).starts_with("Wie weit trägt der Vergleich? Die Leistungen waren schon vorher online."), "{de}");
    assert!(
        words(&de).contains("Das spricht dafür, dass das Ereignis dazu beiträgt; ein Beweis ist es nicht. Kosten je"),
        "{de}"
    );
    assert!(words(&en).contains("Cost per additional application in the quarters with numbers:"), "{en}");
    assert!(!de.contains("class=\"horizons\"") && de.contains("Selbstauswahl"), "{de}");
    assert_eq!(de.matches("erreicht</span>").count(), 5, "{de}");
}

#[test]
fn rungs_above_a_missed_one_are_not_decisive() {
    let control = ladder(0.15, 0.0);
    let words_de = ["erreicht", "erreicht", "erreicht", "nicht erreicht", "nicht maßgeblich"];
    assert_eq!(states(&html(&control, Lang::De)), Rungs::of(Lang::De).with(words_de));
    let apart = html(&ladder(0.0, 100.0), Lang::En);
    let words_en = ["reached", "reached", "not reached", "not decisive", "not decisive"];
    assert_eq!(states(&apart), Rungs::of(Lang::En).with(words_en));
    assert!(apart.contains("<li class=\"missed\">") && apart.contains("<li class=\"not_decisive\">"));
    assert!(words(&apart).contains("What else could explain it Self-selection"), "{apart}");
    // The sizes 0 to 5 have the standard deviation 1.8708; all towns have the one platform.
    let population = row(&apart, "Population");
    assert!(population.starts_with("Population 53.45 ") && population.ends_with(" too large"), "{population}");
    assert_eq!(row(&apart, "Platform"), "Platform &lt;b&gt; 0.00 0.00");
}

#[test]
fn the_matched_comparison_is_told_for_every_span_of_months() {
    let de = html(&ladder(0.0, 0.0), Lang::De);
    // By hand: the mean gap is 0.20, its standard error sqrt(0.0016 / 5 / 6), the t quantile 2.5706; all six pairs
    // have one sign: 2 of 64 patterns. Towns have equal cases.
    let gap = "+20,0 Prozentpunkte +18,1 bis +21,9 Prozentpunkte";
    assert_eq!(row(&de, "7 bis 12"), format!("7 bis 12 maßgeblich 6 {gap} {gap} 0,031"));
    assert_eq!(row(&de, "1 bis 3"), format!("1 bis 3 6 {gap} {gap} 0,031"));
    assert!(words(&de).contains("Zur Aussage, die geprüft wird Die Aussage"), "{de}");
    assert!(de.contains("<th scope=\"colgroup\" colspan=\"2\" class=\"g\">Mittlerer Unterschied</th>"));
}

#[test]
fn without_pairs_there_are_signs_and_no_zeros() {
    let alone = html(&climb(&Study { caliper: Some(0.5), ..study(0.0, 100.0) }), Lang::De);
    let uncertain = "&#x2f; zu unsicher, um genannt zu werden";
    let none = format!("– genau null {uncertain} {uncertain} {uncertain}");
    assert_eq!(row(&alone, "7 bis 12"), format!("7 bis 12 {none}"));
    assert_eq!(row(&alone, "Einwohnerzahl"), "Einwohnerzahl 53,45 x trifft nicht zu");

    let nobody = climb(&Study { towns: Vec::new(), claim: None, ..study(0.0, 0.0) });
    let nobody = html(&nobody, Lang::De);
    assert!(nobody.contains("Keine Stufe ist erreicht."));
    assert!(!nobody.contains("Was es sonst erklären könnte") && !nobody.contains("Zur Aussage"));
    assert!(states(&nobody)[0].ends_with(" nicht erreicht"));
}

#[test]
fn a_probability_is_never_zero() {
    assert_eq!(story::probability_text(0.0001, Lang::De), "unter 0,001");
    assert_eq!(story::probability_text(0.0001, Lang::En), "below 0.001");
    assert_eq!(story::probability_text(0.05, Lang::De), "0,050");
}

/// The names of the rungs with their states.
struct Rungs([&'static str; 5]);

impl Rungs {
    fn of(lang: Lang) -> Self {
        Self(crate::compare::ladder::Rung::ALL.map(|rung| story::rung_name(rung, lang)))
    }

    fn with(self, states: [&str; 5]) -> Vec<String> {
        self.0.iter().zip(states).map(|(name, state)| format!("{name} {state}")).collect()
    }
}
