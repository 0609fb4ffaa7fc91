//! From protected results to pages: one file per page.

mod area;
mod charts;
mod comparison;
mod control;
mod course;
mod funnel;
mod ladder;
mod matrix;
mod presence;
mod protection;
mod quality;
mod service;
mod start;
mod survey;
#[cfg(test)]
mod tests;
mod trend;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::html::HtmlReport;
use super::view::{
    ChartView, Completeness, Figure, Link, Section, Sign, Site, Tile, area_path, comparison_path, report_folder,
    service_path,
};
use super::{AreaSelection, glossary};
use crate::chart::{self, ChartSpec};
use crate::compare::ArmComparison;
use crate::config::Project;
use crate::disclosure::{Audience, Protected, Results};
use crate::domain::{
    ALL_SERVICES, Aggregation, Estimate, EstimateKey, EstimateState, Flag, Label, Lang, Period, Text, format_count, say,
};
use crate::ingest::Area;
use crate::kpi::{self, CATALOGUE, Unit, number};
use crate::publish::{PUBLISH, Staging, safe_file_name};
use crate::story;
use crate::{Error, Result};

/// Above this number of areas pages are written only for those that are asked for.
pub(crate) const MANY_AREAS: usize = 500;

/// Writes the whole report; returns the start page relative to the output folder.
pub(super) fn write(project: &Project, results: &Protected<Results>, stage: &Staging) -> Result<String> {
    let book = Book::new(project, results.get(), results.audience())?;
    let html = HtmlReport::new(&book.site())?;
    let folder = format!("{PUBLISH}/{}", report_folder(book.lang));
    let put = |path: &str, text: String| stage.write(&format!("{folder}/{path}"), text.as_bytes()).map(|_| ());

    put(Section::Start.path(book.lang), html.render_start(&start::page(&book, stage)?)?)?;
    book.pages.par_iter().try_for_each(|&area| {
        let page = area::page(&book, stage, area)?;
        put(&area_path(book.lang, &page.slug), html.render_area(&page)?)
    })?;
    book.service_slugs.par_iter().try_for_each(|(&service, _)| {
        let page = service::page(&book, stage, service)?;
        put(&service_path(book.lang, &page.slug), html.render_service(&page)?)
    })?;
    for event in &book.events {
        put(&event.path(book.lang), html.render_comparison(&comparison::page(&book, event, stage)?)?)?;
    }
    if !book.r.surveys.is_empty() {
        put(Section::Survey.path(book.lang), html.render_survey(&survey::page(&book, stage)?)?)?;
    }
    if book.public {
        put(Section::Protection.path(book.lang), html.render_protection(&protection::page(&book))?)?;
    } else {
        put(Section::Quality.path(book.lang), html.render_quality(&quality::page(&book))?)?;
    }
    put(Section::Glossary.path(book.lang), html.render_glossary(&glossary::page(book.lang))?)?;
    Ok(format!("{folder}/{}", Section::Start.path(book.lang)))
}

/// What all pages are built from.
struct Book<'a> {
    project: &'a Project,
    r: &'a Results,
    lang: Lang,
    audience: Audience,
    /// Whether everybody may read the report, so that some numbers are hidden.
    public: bool,
    /// Where there are numbers.
    presence: presence::Presence,
    /// Areas that lists name, ascending.
    listed: Vec<u32>,
    /// Areas with a page, ascending: those listed of which something may be shown.
    pages: Vec<u32>,
    area_slugs: BTreeMap<u32, String>,
    service_slugs: BTreeMap<u32, String>,
    /// The focus services, which come first in every list.
    focus: BTreeSet<u32>,
    /// Names with key of the areas whose name is not unique.
    shared_names: BTreeMap<u32, String>,
    share: u16,
    /// Position of the peer comparison that the pages show.
    peers: Option<usize>,
    /// The comparisons by event, each with a page.
    events: Vec<EventPage<'a>>,
}

impl<'a> Book<'a> {
    fn new(project: &'a Project, r: &'a Results, audience: Audience) -> Result<Self> {
        let register = &r.records.register;
        let share = number("online_share");
        let presence = presence::Presence::of(r, share);
        let offering = r.panel.offers_sorted().filter(|(_, o)| o.live_from.is_some()).map(|((area, _), _)| area);
        let known: BTreeSet<u32> = presence.areas().chain(offering).collect();
        let listed = match &project.report.areas {
            AreaSelection::None => Vec::new(),
            AreaSelection::Auto if known.len() > MANY_AREAS => {
                let said = say!(
                    "{} Gebiete haben Zahlen: Seiten für einzelne Gebiete gibt es nur, wenn report.areas sie aufzählt",
                    "{} areas have numbers: no page per area unless report.areas lists them",
                    known.len()
                );
                log::warn!("{}", said.get(project.lang));
                Vec::new()
            }
            AreaSelection::Auto | AreaSelection::All => known.into_iter().collect(),
            AreaSelection::Keys(keys) => {
                let find = |key: &String| {
                    register.find(key).ok_or_else(|| {
                        Error::config(say!(
                            "report.areas: „{key}“ steht nicht im Register",
                            "report.areas: \"{key}\" is not in the register"
                        ))
                        .hint(say!(
                            "Die Schlüssel wie im Register schreiben, zum Beispiel \"01001000\"",
                            "write the keys as the register does, for example \"01001000\""
                        ))
                    })
                };
                let found: BTreeSet<u32> = keys.iter().map(find).collect::<Result<_>>()?;
                found.into_iter().collect()
            }
        };
        let mut focus = BTreeSet::new();
        for key in &project.focus {
            focus.insert(r.records.catalogue.find(key).ok_or_else(|| {
                Error::config(say!(
                    "focus.services: „{key}“ steht nicht im Leistungskatalog",
                    "focus.services: \"{key}\" is not in the service catalogue"
                ))
            })?);
        }
        let services = if presence.used.len() > MANY_AREAS { BTreeSet::new() } else { presence.used.clone() };
        let pages: Vec<u32> = listed.iter().copied().filter(|area| !presence.hidden_areas.contains(area)).collect();
        let area_name = |id: u32| (register.area(id).name.clone(), register.area(id).key.clone());
        let service_name =
            |id: u32| (r.records.catalogue.service(id).name.clone(), r.records.catalogue.service(id).key.clone());
        Ok(Self {
            lang: project.lang,
            audience,
            public: audience == Audience::Public,
            area_slugs: slugs(pages.iter().copied(), area_name),
            service_slugs: slugs(services.into_iter(), service_name),
            presence,
            listed,
            pages,
            focus,
            shared_names: shared_names(register.areas()),
            share,
            peers: (!r.peers.is_empty()).then_some(0),
            events: EventPage::all(r),
            project,
            r,
        })
    }

    fn site(&self) -> Site {
        let mut sections = vec![Section::Start];
        if !self.events.is_empty() {
            sections.push(Section::Participation);
        }
        if !self.r.surveys.is_empty() {
            sections.push(Section::Survey);
        }
        sections.push(if self.public { Section::Protection } else { Section::Quality });
        sections.push(Section::Glossary);
        Site {
            lang: self.lang,
            project: self.project.name.clone(),
            period: story::period_text(self.r.periods.current, self.lang),
            data_status: self.r.periods.current.end().long(self.lang),
            audience: self.audience.label(self.lang).to_owned(),
            internal: !self.public,
            fictional: self.project.fictional,
            sections,
            comparisons: match self.events.as_slice() {
                [one] if self.r.comparisons[one.at].event.as_deref() == Some("participation") => Vec::new(),
                _ => self.event_links(),
            },
            program: format!("resonanz {}", env!("CARGO_PKG_VERSION")),
        }
    }

    fn say(&self, de: &'static str, en: &'static str) -> &'static str {
        Text::new(de, en).get(self.lang)
    }

    fn count(&self, n: usize) -> String {
        format_count(i64::try_from(n).unwrap_or(i64::MAX), self.lang)
    }

    /// The name, with the key behind it where several areas share the name.
    fn area_name(&self, area: u32) -> &str {
        self.shared_names.get(&area).map_or(&self.r.records.register.area(area).name, |name| name)
    }

    fn service_name(&self, service: u32) -> &'a str {
        &self.r.records.catalogue.service(service).name
    }

    fn area_link(&self, area: u32) -> Link {
        match self.area_slugs.get(&area) {
            Some(slug) => Link::to(self.area_name(area), area_path(self.lang, slug)),
            None => Link::plain(self.area_name(area)),
        }
    }

    /// The services with the focus services first, then in the order of their keys.
    fn in_order(&self, services: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let mut out: Vec<u32> = services.into_iter().collect();
        out.sort_by_key(|s| (!self.focus.contains(s), *s));
        out
    }

    fn service_link(&self, service: u32) -> Link {
        match self.service_slugs.get(&service) {
            Some(slug) => Link::to(self.service_name(service), service_path(self.lang, slug)),
            None => Link::plain(self.service_name(service)),
        }
    }

    /// Whether the value of a town for this service (or all) is hidden.
    fn hides(&self, service: u32) -> bool {
        self.presence.hidden_services.contains(&service)
    }

    /// The services that an area has numbers or an offer for.
    fn services_of(&self, area: u32) -> BTreeSet<u32> {
        let offered = self.r.panel.offers_of(area).map(|((_, s), _)| s);
        self.presence.services(area).chain(offered).filter(|s| *s != ALL_SERVICES).collect()
    }

    /// An area's own estimate.
    fn own(&self, kpi: u16, area: u32, service: u32, period: Period) -> Option<Estimate> {
        self.get(kpi, area, service, period, Aggregation::Own)
    }

    /// The estimate of a group of areas, sum over sum.
    fn pooled(&self, kpi: u16, unit: u32, service: u32, period: Period) -> Option<Estimate> {
        self.get(kpi, unit, service, period, Aggregation::RatioOfSums)
    }

    fn get(&self, kpi: u16, unit: u32, service: u32, period: Period, aggregation: Aggregation) -> Option<Estimate> {
        self.r.evaluation.periods.get(&EstimateKey { kpi, unit, service, period, aggregation })
    }

    /// The unit of all areas together.
    fn everything(&self) -> u32 {
        self.r.units.find("all", "all").unwrap_or(u32::MAX)
    }

    /// A number in the unit of its key figure, with interval and remark, or the sign in its place.
    fn figure(&self, kpi: u16, estimate: Option<&Estimate>) -> Figure {
        let definition = &CATALOGUE[usize::from(kpi)];
        let Some(e) = estimate else { return Figure::sign(Sign::Unknown) };
        if definition.unit == Unit::Count && e.value == Some(0.0) {
            return Figure::sign(Sign::Zero);
        }
        let mut out = Figure::new(definition.show(e, self.lang));
        out.interval = self.interval(kpi, e);
        out.remark = self.remark(e);
        out
    }

    fn interval(&self, kpi: u16, e: &Estimate) -> Option<String> {
        let (lower, upper) = e.interval()?;
        let definition = &CATALOGUE[usize::from(kpi)];
        Some(match definition.unit {
            Unit::Share => story::interval_share(lower, upper, self.lang),
            _ => format!(
                "{} {} {}",
                definition.format(lower, self.lang),
                self.say("bis", "to"),
                definition.format(upper, self.lang)
            ),
        })
    }

    fn remark(&self, e: &Estimate) -> Option<String> {
        let has = |flag| e.flags.contains(&flag);
        let mut out = Vec::new();
        if has(Flag::Above100) {
            out.push(self.say("über 100 %: Zähler und Nenner prüfen", "above 100%: check numerator and denominator"));
        } else if has(Flag::ZeroDenominator) {
            out.push(self.say("keine Fälle", "no cases"));
        } else if has(Flag::PartlyOnline) {
            out.push(self.say("Zeitraum nur zum Teil online", "online for a part of the span"));
        } else if has(Flag::SmallNumber) && e.state == EstimateState::Computed {
            out.push(self.say("wenige Fälle", "few cases"));
        }
        if has(Flag::WithoutSuppressed) {
            out.push(self.say("ohne Leistungen mit gesperrten Zahlen", "without services whose numbers are hidden"));
        }
        if has(Flag::Rebased) {
            out.push(self.say("auf den Gebietsstand umgerechnet", "converted to the territory in use"));
        }
        (!out.is_empty()).then(|| out.join(", "))
    }

    /// A count from the share's own sums, so that both belong to the same months.
    fn plain(&self, n: Option<f64>) -> Figure {
        match n {
            None => Figure::sign(Sign::Unknown),
            Some(0.0) => Figure::sign(Sign::Zero),
            Some(n) => Figure::new(format_count(n.round() as i64, self.lang)),
        }
    }

    /// A count that belongs to an estimate and is hidden with it.
    fn part(&self, e: Option<&Estimate>, n: Option<f64>) -> Figure {
        if n.is_none() && hidden(e) { Figure::sign(Sign::Suppressed) } else { self.plain(n) }
    }

    /// Online cases behind a share.
    fn online(&self, e: Option<&Estimate>) -> Figure {
        self.part(e, e.and_then(|e| e.numerator))
    }

    /// All cases behind a share.
    fn total(&self, e: Option<&Estimate>) -> Figure {
        self.part(e, e.and_then(|e| e.denominator))
    }

    /// Cases through other channels; fewer than none cannot be, so the sources contradict each other.
    fn other(&self, e: Option<&Estimate>) -> Figure {
        let n = e.and_then(|e| e.denominator.zip(e.numerator)).map(|(d, n)| d - n);
        if n.is_some_and(|n| n < 0.0) { Figure::sign(Sign::Uncertain) } else { self.part(e, n) }
    }

    /// A value of the earlier period; `None` where the data do not cover it.
    fn before(&self, get: impl Fn(Period) -> Option<Estimate>) -> Option<Estimate> {
        let previous = self.r.periods.previous;
        let covered = self.r.panel.span.is_some_and(|(first, _)| first <= previous.start);
        get(previous).filter(|_| covered)
    }

    fn tile(&self, kpi: &str, estimate: Option<&Estimate>) -> Tile {
        let at = number(kpi);
        let definition = &CATALOGUE[usize::from(at)];
        let figure = self.figure(at, estimate);
        let cases = matches!(
            definition.formula,
            kpi::Formula::OnlineShare(_) | kpi::Formula::OnlineCount(_) | kpi::Formula::TotalCount(_)
        );
        Tile {
            label: definition.name.get(self.lang).to_owned(),
            value: figure.text,
            interval: figure.interval,
            completeness: estimate.filter(|e| cases && e.expected > 1).map(|e| self.completeness_text(e)),
            note: figure.remark.or_else(|| Some(definition.unit_text(self.lang).to_owned()).filter(|t| !t.is_empty())),
        }
    }

    fn completeness_text(&self, e: &Estimate) -> String {
        let (provided, expected) = (self.count(e.provided as usize), self.count(e.expected as usize));
        match self.lang {
            Lang::De => format!("{provided} von {expected} Monatswerten"),
            Lang::En => format!("{provided} of {expected} monthly values"),
        }
    }

    /// Draws a chart where there is something to draw; with `stage` it is also written as SVG and PNG files.
    fn draw(&self, spec: Option<&ChartSpec>, file: Option<(&Staging, &str)>) -> Result<Option<ChartView>> {
        let Some(spec) = spec.filter(|_| self.project.report.charts) else { return Ok(None) };
        let failed = |error: chart::ChartError| {
            let (id, why) = (&spec.header().id, error.label());
            Error::internal(Label::new(format!("Diagramm {id}: {}", why.de), format!("chart {id}: {}", why.en)))
        };
        let drawn = chart::render(spec).map_err(failed)?;
        if let (Some((stage, name)), true) = (file, self.project.report.png) {
            let path = format!("{PUBLISH}/charts/{name}");
            stage.write(&format!("{path}.svg"), drawn.svg.as_bytes())?;
            stage.write(&format!("{path}.png"), &chart::png(&drawn, 2.0).map_err(failed)?)?;
        }
        Ok(Some(ChartView {
            id: spec.header().id.clone(),
            svg: drawn.svg,
            alt: drawn.alt,
            title: spec.header().headline.clone(),
            caption: spec.header().subtitle.clone(),
            columns: drawn.table.columns,
            rows: drawn.table.rows,
        }))
    }

    /// The words under every chart of this project.
    fn chart_header(&self, id: &str, headline: String, subtitle: String) -> chart::Header {
        let status = self.r.periods.current.end().long(self.lang);
        chart::Header {
            id: id.to_owned(),
            headline,
            subtitle,
            source: match self.lang {
                Lang::De => format!("Quelle: Fallzahlen der Orte, Stand {status}; eigene Berechnung"),
                Lang::En => format!("Source: case numbers of the towns, as of {status}; own calculation"),
            },
            note: self.project.fictional.then(|| {
                self.say(
                    "Fiktive Daten: alle Orte und Zahlen sind erfunden",
                    "Fictional data: all places and numbers are invented",
                )
                .to_owned()
            }),
        }
    }

    /// The comparisons by event as the navigation lists them, by their titles.
    fn event_links(&self) -> Vec<Link> {
        let link = |event: &EventPage<'_>| Link::to(&self.r.comparisons[event.at].title, event.path(self.lang));
        self.events.iter().map(link).collect()
    }

    /// Services online in `area` at the end of `period`, of those offered or owed.
    fn live_services(&self, area: u32, period: Period) -> Option<(usize, usize)> {
        let (mut live, mut all) = (0, 0);
        for ((a, service), offer) in self.r.panel.offers_of(area) {
            all += usize::from(offer.owed != Some(false));
            live += usize::from(self.r.panel.live(a, service, period.end()) == Some(true));
        }
        (all > 0).then_some((live, all))
    }
}

/// A comparison by event and where its page is.
struct EventPage<'a> {
    /// Position in the configuration.
    at: usize,
    arms: &'a [ArmComparison],
    /// File name of the page in the folder of comparisons; `None` for the one at [`Section::Participation`].
    slug: Option<String>,
}

impl<'a> EventPage<'a> {
    /// Participation first, where it is compared; then in the order of the configuration.
    fn all(r: &'a Results) -> Vec<Self> {
        let participation = |at: usize| r.comparisons[at].event.as_deref() == Some("participation");
        let first = r.arms.iter().map(|(at, _)| *at).find(|at| participation(*at));
        let first = first.or_else(|| r.arms.first().map(|(at, _)| *at));
        let name = |at: u32| (r.comparisons[at as usize].name.clone(), at.to_string());
        let others = r.arms.iter().filter(|(at, _)| Some(*at) != first).filter_map(|(at, _)| u32::try_from(*at).ok());
        let slugs = slugs(others, name);
        let page = |(at, arms): &'a (usize, Vec<ArmComparison>)| {
            let slug = u32::try_from(*at).ok().and_then(|at| slugs.get(&at).cloned());
            Self { at: *at, arms: arms.as_slice(), slug }
        };
        let (head, tail): (Vec<Self>, Vec<Self>) = r.arms.iter().map(page).partition(|p| p.slug.is_none());
        head.into_iter().chain(tail).collect()
    }

    fn path(&self, lang: Lang) -> String {
        match &self.slug {
            None => Section::Participation.path(lang).to_owned(),
            Some(slug) => comparison_path(lang, slug),
        }
    }

    /// Name of a chart file. Of a further comparison the kind stands last, so that no two names are the same.
    fn chart(&self, kind: &str) -> String {
        match (&self.slug, kind) {
            (None, "difference") => "event-comparison".to_owned(),
            (None, kind) => format!("event-comparison-{kind}"),
            (Some(slug), kind) => format!("comparison-{slug}-{kind}"),
        }
    }
}

/// Whether disclosure control hides the value.
fn hidden(e: Option<&Estimate>) -> bool {
    e.is_some_and(|e| e.state == EstimateState::Suppressed)
}

fn completeness(e: Option<&Estimate>) -> Completeness {
    e.map_or(Completeness::default(), |e| Completeness { provided: e.provided, expected: e.expected })
}

fn of(part: usize, whole: usize, lang: Lang) -> String {
    format!("{part} {} {whole}", Text::new("von", "of").get(lang))
}

fn shared_names(areas: &[Area]) -> BTreeMap<u32, String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    areas.iter().for_each(|a| *count.entry(&a.name).or_default() += 1);
    let shared = areas.iter().zip(0u32..).filter(|(a, _)| count.get(a.name.as_str()).is_some_and(|n| *n > 1));
    shared.map(|(a, i)| (i, format!("{} ({})", a.name, a.key))).collect()
}

/// File names from names; equal names get their key.
fn slugs(ids: impl Iterator<Item = u32>, name: impl Fn(u32) -> (String, String)) -> BTreeMap<u32, String> {
    let mut by_slug: BTreeMap<String, Vec<(u32, String)>> = BTreeMap::new();
    for id in ids {
        let (name, key) = name(id);
        by_slug.entry(safe_file_name(&name)).or_default().push((id, key));
    }
    let mut out = BTreeMap::new();
    for (slug, entries) in by_slug {
        let alone = entries.len() == 1;
        for (id, key) in entries {
            out.insert(id, if alone { slug.clone() } else { safe_file_name(&format!("{slug}-{key}")) });
        }
    }
    out
}
