//! The HTML report: every page is one file that works offline, on a phone and on paper.
//!
//! Templates stand in `reports/html/`, their fixed words in `reports/texts.toml`, where the German
//! and the English version of a block stand side by side: who changes one sees the other, a test
//! proves that both are there, and a town lays its own words over them without touching markup
//! ([`HtmlReport::adapted`]).
//!
//! Which texts may carry markup and where links may lead is decided here and nowhere else: when a
//! page becomes template data, only `svg` is marked safe and every `href` is checked and made
//! relative. All else is escaped, so a template cannot forget it.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::view::{
    AreaPage, ComparisonPage, GlossaryPage, Link, ProtectionPage, QualityPage, Section, ServicePage, Sign, Site,
    StartPage, SurveyPage, comparison_path,
};
use crate::chart::{FONT_BOLD_WOFF2, FONT_REGULAR_WOFF2};
use crate::domain::{Lang, format_count, format_percent, say};
use crate::{Error, Result};

mod data;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;
mod texts;

use data::to_value;

const TEMPLATES: [(&str, &str); 14] = [
    ("base.html", include_str!("../../reports/html/base.html")),
    ("macros.html", include_str!("../../reports/html/macros.html")),
    ("crumbs.html", include_str!("../../reports/html/crumbs.html")),
    ("start.html", include_str!("../../reports/html/start.html")),
    ("area.html", include_str!("../../reports/html/area.html")),
    ("service.html", include_str!("../../reports/html/service.html")),
    ("comparison.html", include_str!("../../reports/html/comparison.html")),
    ("ladder.html", include_str!("../../reports/html/ladder.html")),
    ("quality.html", include_str!("../../reports/html/quality.html")),
    ("protection.html", include_str!("../../reports/html/protection.html")),
    ("glossary.html", include_str!("../../reports/html/glossary.html")),
    ("survey.html", include_str!("../../reports/html/survey.html")),
    ("style.css", include_str!("../../reports/html/style.css")),
    ("towns.js", include_str!("../../reports/html/towns.js")),
];

/// The signs in the order of the legend, with the name of their text block.
const SIGNS: [(Sign, &str); 6] = [
    (Sign::Zero, "zero"),
    (Sign::Suppressed, "suppressed"),
    (Sign::NotYet, "not_yet"),
    (Sign::Unknown, "unknown"),
    (Sign::Uncertain, "uncertain"),
    (Sign::NotApplicable, "not_applicable"),
];

/// Renders the pages of one report. It is made once and shared: rendering only reads it.
pub struct HtmlReport {
    env: Environment<'static>,
    texts: Value,
    lang: Lang,
    sections: Vec<Section>,
    /// Stand in the navigation in place of [`Section::Participation`], if there are any.
    comparisons: Vec<Link>,
}

/// Where a page stands below the report folder; decides how its links begin.
#[derive(Clone, Copy)]
enum Place<'a> {
    Section(Section),
    /// A further comparison, by its file name.
    Comparison(&'a str),
    Town,
    Service,
}

impl HtmlReport {
    /// A report with the standard words.
    ///
    /// # Errors
    /// Only if the program was built with a broken template or text block.
    pub fn new(site: &Site) -> Result<Self> {
        Self::adapted(site, "")
    }

    /// A report with a town's own words: `own_texts` is a TOML text with the blocks of
    /// `reports/texts.toml` that it changes.
    ///
    /// # Errors
    /// If `own_texts` is no TOML or names a block that does not exist.
    pub fn adapted(site: &Site, own_texts: &str) -> Result<Self> {
        let texts = texts::load(own_texts, site.lang)?;
        let mut env = Environment::new();
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(|e| broken(&e))?;
        env.set_syntax(syntax);
        for (name, source) in TEMPLATES {
            env.add_template(name, source).map_err(|e| broken(&e))?;
        }
        let lang = site.lang;
        env.add_filter("number", move |count: i64| format_count(count, lang));
        env.add_function("percent", |c: Value| whole_percent(&c));
        env.add_function("percent_text", move |c: Value| {
            whole_percent(&c).map(|p| format_percent(f64::from(p) / 100.0, 0, lang))
        });
        env.add_global("t", texts.clone());
        env.add_global("site", to_value(site, "")?);
        env.add_global(
            "fonts",
            Value::from_pairs([("regular", base64(FONT_REGULAR_WOFF2)), ("bold", base64(FONT_BOLD_WOFF2))]),
        );
        let mut signs = Vec::new();
        for (sign, block) in SIGNS {
            signs.push((sign.text(), text_of(&texts, "signs", block)?));
        }
        env.add_global("spoken", Value::from_pairs(signs.iter().cloned()));
        let legend =
            signs.into_iter().map(|(sign, text)| Value::from_pairs([("sign", Value::from(sign)), ("text", text)]));
        env.add_global("signs", legend.collect::<Value>());
        Ok(Self { env, texts, lang, sections: site.sections.clone(), comparisons: site.comparisons.clone() })
    }

    /// The overview, at [`Section::Start`].
    ///
    /// # Errors
    /// If a link in `page` leaves the report. The same holds for all pages.
    pub fn render_start(&self, page: &StartPage) -> Result<String> {
        self.section("start.html", Section::Start, "start", page)
    }

    /// A town, at [`area_path`](super::view::area_path).
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_area(&self, page: &AreaPage) -> Result<String> {
        self.render("area.html", Place::Town, Value::from(&page.name), page)
    }

    /// A service, at [`service_path`](super::view::service_path).
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_service(&self, page: &ServicePage) -> Result<String> {
        self.render("service.html", Place::Service, Value::from(&page.name), page)
    }

    /// A comparison by event, at [`Section::Participation`] or [`comparison_path`].
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_comparison(&self, page: &ComparisonPage) -> Result<String> {
        let place = page.slug.as_deref().map_or(Place::Section(Section::Participation), Place::Comparison);
        let title = text_of(&self.texts, "comparison", "title")?;
        let title = title.as_str().unwrap_or_default().replace("{what}", &page.what);
        let title = page.name.as_ref().map_or_else(|| title.clone(), |name| format!("{name}: {title}"));
        self.render("comparison.html", place, Value::from(title.trim_end()), page)
    }

    /// The quality of the data, at [`Section::Quality`].
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_quality(&self, page: &QualityPage) -> Result<String> {
        self.section("quality.html", Section::Quality, "quality", page)
    }

    /// What a public release hides, at [`Section::Protection`].
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_protection(&self, page: &ProtectionPage) -> Result<String> {
        self.section("protection.html", Section::Protection, "protection", page)
    }

    /// The definitions, at [`Section::Glossary`].
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_glossary(&self, page: &GlossaryPage) -> Result<String> {
        self.section("glossary.html", Section::Glossary, "glossary", page)
    }

    /// The survey, at [`Section::Survey`].
    ///
    /// # Errors
    /// See [`Self::render_start`].
    pub fn render_survey(&self, page: &SurveyPage) -> Result<String> {
        self.section("survey.html", Section::Survey, "survey", page)
    }

    fn section<P: Serialize>(&self, template: &str, section: Section, group: &str, page: &P) -> Result<String> {
        self.render(template, Place::Section(section), text_of(&self.texts, group, "title")?, page)
    }

    fn render<P: Serialize>(&self, template: &str, place: Place<'_>, title: Value, page: &P) -> Result<String> {
        let root = if matches!(place, Place::Section(_)) { "" } else { "../" };
        let home = format!("{root}{}", Section::Start.path(self.lang));
        let list = match place {
            Place::Section(_) | Place::Comparison(_) => None,
            Place::Town => Some("towns"),
            Place::Service => Some("services"),
        };
        let mut crumbs = Vec::new();
        if let Some(list) = list {
            crumbs.push(item(text_of(&self.texts, "nav", "start")?, Some(&home), false));
            crumbs.push(item(text_of(&self.texts, "nav", list)?, Some(&format!("{home}#{list}")), false));
            crumbs.push(item(title.clone(), None, true));
        }
        let glossary =
            self.sections.contains(&Section::Glossary) && !matches!(place, Place::Section(Section::Glossary));
        let glossary = glossary.then(|| link_value(&format!("{root}{}", Section::Glossary.path(self.lang))));
        let context = Value::from_pairs([
            ("title", title),
            ("page", to_value(page, root)?),
            ("nav", Value::from(self.nav(place, root)?.as_slice())),
            ("crumbs", Value::from(crumbs.as_slice())),
            ("home", item(Value::from(""), Some(&home), false)),
            ("glossary", Value::from(glossary)),
        ]);
        let html = self.env.get_template(template).and_then(|t| t.render(context)).map_err(|e| broken(&e))?;
        Ok(tidy(&html))
    }
}

impl HtmlReport {
    fn nav(&self, place: Place<'_>, root: &str) -> Result<Vec<Value>> {
        let here = match place {
            Place::Section(section) => section.path(self.lang).to_owned(),
            Place::Comparison(slug) => comparison_path(self.lang, slug),
            Place::Town | Place::Service => String::new(),
        };
        let mut nav = Vec::new();
        let mut entry = |text: Value, path: &str| {
            nav.push(item(text, Some(&format!("{root}{path}")), path == here));
        };
        for section in Section::ALL.into_iter().filter(|s| self.sections.contains(s)) {
            if section == Section::Participation && !self.comparisons.is_empty() {
                for link in &self.comparisons {
                    entry(Value::from(&link.text), link.href.as_deref().unwrap_or_default());
                }
            } else {
                entry(text_of(&self.texts, "nav", block_of(section))?, section.path(self.lang));
            }
        }
        Ok(nav)
    }
}

fn block_of(section: Section) -> &'static str {
    match section {
        Section::Start => "start",
        Section::Participation => "participation",
        Section::Survey => "survey",
        Section::Quality => "quality",
        Section::Protection => "protection",
        Section::Glossary => "glossary",
    }
}

/// An entry of a navigation. `href` was made here, so it needs no escaping.
fn item(text: Value, href: Option<&str>, current: bool) -> Value {
    let href = Value::from(href.map(link_value));
    Value::from_pairs([("text", text), ("href", href), ("current", Value::from(current))])
}

fn link_value(href: &str) -> Value {
    Value::from_safe_string(href.to_owned())
}

fn text_of(texts: &Value, group: &str, block: &str) -> Result<Value> {
    let text = texts.get_attr(group).and_then(|group| group.get_attr(block)).map_err(|e| broken(&e))?;
    if text.is_undefined() {
        Err(Error::internal(say!(
            "Einen Textbaustein {group}.{block} gibt es nicht",
            "there is no text block {group}.{block}"
        )))
    } else {
        Ok(text)
    }
}

fn base64(bytes: &[u8]) -> Value {
    use base64::Engine as _;
    Value::from_safe_string(base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// Whole per cent, rounded down: only what is complete is 100.
fn whole_percent(completeness: &Value) -> std::result::Result<u32, minijinja::Error> {
    let number = |name: &str| completeness.get_attr(name).map(|v| v.as_i64().unwrap_or(0).max(0));
    let (provided, expected) = (number("provided")?, number("expected")?);
    let percent = if expected == 0 { 0 } else { (provided.saturating_mul(100) / expected).min(100) };
    Ok(u32::try_from(percent).unwrap_or(100))
}

/// Drops empty lines and spaces at the end of lines, which templates leave behind.
fn tidy(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for line in html.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn broken(error: &minijinja::Error) -> Error {
    Error::internal(say!(
        "Eine Seite des Berichts kann nicht erzeugt werden: {error}",
        "a page of the report cannot be made: {error}"
    ))
}
