use std::collections::{BTreeMap, BTreeSet};

use super::super::view::*;
use super::HtmlReport;
use super::fixtures::{HOSTILE, LONG, Made};
use crate::domain::Lang;

const LANGS: [Lang; 2] = [Lang::De, Lang::En];

/// The tags of a page in order: name, attributes, and whether it closes. Stops at anything that
/// is no well-formed tag.
fn tags(html: &str) -> Vec<(String, BTreeMap<String, String>, bool)> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with('!') {
            continue;
        }
        let end = rest.find('>').expect("an unclosed tag");
        let (inside, after) = (&rest[..end], &rest[end + 1..]);
        let closes = inside.starts_with('/');
        let inside = inside.trim_start_matches('/').trim_end_matches('/');
        let (name, attributes) = inside.split_once([' ', '\n']).unwrap_or((inside, ""));
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "tag <{inside}>");
        let mut found = BTreeMap::new();
        let mut text = attributes.trim();
        while !text.is_empty() {
            match text.split_once("=\"") {
                Some((key, value)) if !key.contains(' ') => {
                    let (value, after) = value.split_once('"').expect("an unclosed attribute");
                    assert!(found.insert(key.to_owned(), value.to_owned()).is_none(), "{key} twice in <{inside}>");
                    text = after.trim();
                }
                _ => {
                    let (key, after) = text.split_once(' ').unwrap_or((text, ""));
                    found.insert(key.to_owned(), String::new());
                    text = after.trim();
                }
            }
        }
        out.push((name.to_owned(), found, closes));
        rest = after;
        if !closes && (name == "style" || name == "script") {
            rest = &rest[rest.find(&format!("</{name}>")).expect("an unclosed element")..];
        }
    }
    out
}

fn check_structure(path: &str, html: &str) {
    const VOID: [&str; 4] = ["meta", "link", "br", "img"];
    let mut open: Vec<String> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut references = Vec::new();
    let mut level = 0;
    let mut mains = 0;
    for (name, attributes, closes) in tags(html) {
        if closes {
            assert_eq!(open.pop().as_ref(), Some(&name), "{path}: wrong closing tag");
            continue;
        }
        let drawing = open.iter().any(|n| n == "svg") || name == "svg";
        let shape = drawing && matches!(name.as_str(), "path" | "polyline");
        if !shape && !VOID.contains(&name.as_str()) {
            open.push(name.clone());
        }
        if let Some(id) = attributes.get("id") {
            assert!(!id.is_empty() && ids.insert(id.clone()), "{path}: id {id} is empty or twice");
        }
        if let Some(by) = attributes.get("aria-labelledby") {
            references.push(by.clone());
        }
        if let Some(heading) = name.strip_prefix('h').and_then(|n| n.parse::<u32>().ok()) {
            assert!(heading <= level + 1, "{path}: h{heading} after h{level}");
            level = heading;
        }
        mains += u32::from(name == "main");
        let outside = |v: &String| v.contains("://") || v.starts_with("//");
        for key in ["src", "href"] {
            assert!(!attributes.get(key).is_some_and(outside), "{path}: loads something from elsewhere");
        }
    }
    assert!(open.is_empty(), "{path}: {open:?} not closed");
    assert_eq!(mains, 1, "{path}");
    for by in references {
        assert!(ids.contains(&by), "{path}: nothing has the id {by}");
    }
    assert_eq!(html.matches("<h1>").count(), 1, "{path}");
    assert!(html.matches("<table").count() == html.matches("<caption").count(), "{path}: a table without caption");
    assert!(html.lines().all(|l| !l.is_empty() && l.trim_end() == l), "{path}: untidy");
}

#[test]
fn every_page_is_well_formed_in_both_languages() {
    for lang in LANGS {
        for (path, html) in (Made { lang }).pages() {
            check_structure(&path, &html);
            assert!(html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{}\">", lang.tag())), "{path}");
            let (_, body) = html.split_once("</style>").unwrap();
            assert!(["undefined", ">none<", "{{", "{%"].iter().all(|left| !body.contains(left)), "{path}");
        }
    }
}

#[test]
fn delivered_texts_are_escaped() {
    for (path, html) in (Made { lang: Lang::De }).pages() {
        assert!(!html.contains(HOSTILE), "{path}");
    }
    let report = HtmlReport::new(&Made { lang: Lang::De }.site()).unwrap();
    let page = AreaPage { name: HOSTILE.to_owned(), ..AreaPage::default() };
    let html = report.render_area(&page).unwrap();
    assert!(html.contains("<h1>&lt;script&gt;alert(1)&lt;&#x2f;script&gt;</h1>"));
    let site = Site { project: "\"><b>".to_owned(), audience: "<i>".to_owned(), ..Site::default() };
    let html = HtmlReport::new(&site).unwrap().render_start(&StartPage::default()).unwrap();
    assert!(!html.contains("<b>") && !html.contains("<i>"));
}

#[test]
fn a_delivered_text_never_becomes_a_link() {
    let report = HtmlReport::new(&Site::default()).unwrap();
    let mut page = StartPage::default();
    page.known.push(Statement { href: Some("javascript:alert(1)".to_owned()), ..Statement::new("a") });
    let error = report.render_start(&page).unwrap_err();
    assert!(error.to_string().contains("is no link inside the report"), "{error}");
}

#[test]
fn every_link_leads_to_a_page_and_a_place() {
    for lang in LANGS {
        let pages: BTreeMap<String, String> = (Made { lang }).pages().into_iter().collect();
        let mut followed = 0;
        for (path, html) in &pages {
            for (name, attributes, _) in tags(html) {
                let Some(href) = attributes.get("href").filter(|_| name == "a") else { continue };
                let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
                let target = match (file, file.strip_prefix("../")) {
                    ("", _) => path.clone(),
                    (_, Some(up)) => up.to_owned(),
                    _ => file.to_owned(),
                };
                assert!(file.is_empty() || file.starts_with("../") == path.contains('/'), "{path}: {href}");
                let html = pages.get(&target).unwrap_or_else(|| panic!("{path}: {href} leads nowhere"));
                assert!(anchor.is_empty() || html.contains(&format!("id=\"{anchor}\"")), "{path}: {href} has no place");
                followed += 1;
            }
        }
        assert!(followed > 500);
    }
}

#[test]
fn pages_without_anything_still_stand() {
    for lang in LANGS {
        let site = Site { lang, ..Site::default() };
        let report = HtmlReport::new(&site).unwrap();
        let pages = [
            report.render_start(&StartPage::default()),
            report.render_area(&AreaPage { name: "A".to_owned(), ..AreaPage::default() }),
            report.render_service(&ServicePage { name: "B".to_owned(), ..ServicePage::default() }),
            report.render_comparison(&ComparisonPage::default()),
            report.render_quality(&QualityPage::default()),
            report.render_protection(&ProtectionPage::default()),
            report.render_glossary(&GlossaryPage::default()),
            report.render_survey(&SurveyPage::default()),
        ];
        for html in pages {
            check_structure("empty", &html.unwrap());
        }
    }
}

#[test]
fn a_sign_is_spoken_and_a_missing_month_is_not_only_a_colour() {
    let made = Made { lang: Lang::De };
    let report = HtmlReport::new(&made.site()).unwrap();
    let html = report.render_area(&made.area(0)).unwrap();
    assert!(html.contains("<span class=\"sign\" aria-hidden=\"true\">·</span><span class=\"vh\">gesperrt: kleine Zahlen oder zu deren Schutz"));
    assert!(html.contains("<td class=\"n key\">0,0\u{a0}% <span class=\"ci\">0,0 bis 8,8 %</span></td>"));
    let html = report.render_quality(&made.quality(3, 3)).unwrap();
    assert!(
        html.contains("<td class=\"none\"><span aria-hidden=\"true\">○</span><span class=\"vh\">0 von 14</span></td>")
    );
    assert!(html.contains(
        "<td class=\"part low\"><span aria-hidden=\"true\">21</span><span class=\"vh\">3 von 14</span></td>"
    ));
}

#[test]
fn a_sum_that_does_not_balance_is_loud() {
    let made = Made { lang: Lang::De };
    let report = HtmlReport::new(&made.site()).unwrap();
    let mut page = made.quality(1, 1);
    assert!(!report.render_quality(&page).unwrap().contains("Die Summe geht nicht auf"));
    page.sources[0].balanced = false;
    assert!(report.render_quality(&page).unwrap().contains("Die Summe geht nicht auf"));
}

#[test]
fn the_same_view_gives_the_same_bytes() {
    let made = Made { lang: Lang::De };
    assert_eq!(made.pages(), made.pages());
}

#[test]
fn invented_data_and_the_audience_are_named_on_every_page() {
    for (path, html) in (Made { lang: Lang::De }).pages() {
        assert!(html.contains("Fiktive Daten: Alle Orte und Zahlen sind erfunden."), "{path}");
        assert!(html.contains("intern – nicht zur Weitergabe bestimmt"), "{path}");
        assert!(html.contains("Stand der Daten"), "{path}");
    }
    let site = Site::default();
    let html = HtmlReport::new(&site).unwrap().render_start(&StartPage::default()).unwrap();
    assert!(!html.contains("Fiktive Daten"));
}

#[test]
fn a_town_uses_its_own_words() {
    let made = Made { lang: Lang::De };
    let report = HtmlReport::adapted(&made.site(), "[start]\ntitle = { de = \"Zahlen & Fakten\" }").unwrap();
    assert!(report.render_start(&made.start()).unwrap().contains("<h1>Zahlen &amp; Fakten</h1>"));
}

#[test]
fn the_report_is_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&HtmlReport::new(&Site::default()).unwrap());
    assert!(LONG.chars().count() >= 60);
}

/// Writes the invented report to the folder named by `RESONANZ_GALLERY`, to be looked at.
#[test]
fn gallery() {
    let Some(folder) = std::env::var_os("RESONANZ_GALLERY") else { return };
    for lang in LANGS {
        let made = Made { lang };
        let root = std::path::Path::new(&folder).join(report_folder(lang));
        let report = HtmlReport::new(&made.site()).unwrap();
        let mut pages = made.pages();
        pages.push(("matrix-60x30.html".to_owned(), report.render_quality(&made.quality(60, 30)).unwrap()));
        pages.push(("empty.html".to_owned(), report.render_area(&AreaPage::default()).unwrap()));
        for (path, html) in pages {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, html).unwrap();
        }
    }
}
