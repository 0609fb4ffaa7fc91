//! The letter and the text of the e-mail.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use super::missing::{Missing, Need};
use super::recipients::Request;
use super::spec::{RequestSpec, Role};
use super::words;
use crate::config::Project;
use crate::domain::{Channel, Lang, Period, Stage, Text};
use crate::ingest::{Measure, Records};
use crate::kpi::Periods;
use crate::{Error, Result};

const TEMPLATES: [(&str, &str); 5] = [
    ("style.css", include_str!("../../../reports/requests/style.css")),
    ("de.html", include_str!("../../../reports/requests/letter.de.html")),
    ("en.html", include_str!("../../../reports/requests/letter.en.html")),
    ("de.txt", include_str!("../../../reports/requests/mail.de.txt")),
    ("en.txt", include_str!("../../../reports/requests/mail.en.txt")),
];
/// An e-mail lists no more rows: the table attached has them all.
const ROWS_IN_MAIL: usize = 40;

/// The templates.
pub(super) struct Texts {
    env: Environment<'static>,
}

/// What a letter says.
#[derive(Debug)]
pub(super) struct Letter {
    project: String,
    fictional: bool,
    recipient: String,
    source: Option<String>,
    sender: Vec<String>,
    sender_email: Option<String>,
    deadline: Option<String>,
    period: String,
    /// How many numbers are asked for, as a number and in words.
    count: usize,
    numbers: String,
    file: String,
    /// Whether rows must say the place.
    many_places: bool,
    has_times: bool,
    sections: Vec<Section>,
    /// Rows that the e-mail leaves out.
    more: usize,
}

/// The numbers that are needed for one purpose.
#[derive(Debug)]
struct Section {
    need: &'static str,
    services: Vec<Service>,
}

#[derive(Debug)]
struct Service {
    place: String,
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    what: String,
    months: String,
    count: usize,
    numbers: String,
}

impl Letter {
    /// What is said to the recipient of `request`, who returns the workbook `file`.
    pub(super) fn new(project: &Project, records: &Records, periods: &Periods, request: &Request, file: &str) -> Self {
        let (lang, spec): (Lang, &RequestSpec) = (project.lang, &project.requests);
        let items: Vec<&Missing> = request.items.iter().filter(|m| !m.presumed_inapplicable).collect();
        let many_places = request.role != Role::Town && items.windows(2).any(|pair| pair[0].area != pair[1].area);
        Self {
            project: project.name.clone(),
            fictional: project.fictional,
            recipient: request.name.clone(),
            source: request.source.clone(),
            sender: spec.sender.iter().flat_map(|s| s.lines()).map(str::to_owned).collect(),
            sender_email: spec.sender_email.clone(),
            deadline: spec.deadline.map(|date| words::day(date, lang)),
            period: words::months(
                &(0..i32::from(periods.current.months))
                    .map(|k| Period::month(periods.current.start.plus(k)))
                    .collect::<Vec<_>>(),
                lang,
            ),
            count: items.len(),
            numbers: words::numbers(items.len(), lang),
            file: file.to_owned(),
            many_places,
            has_times: items.iter().any(|m| matches!(m.measure, Measure::Work(..))),
            sections: sections(&items, records, lang),
            more: 0,
        }
    }

    fn value(&self) -> Value {
        Value::from_pairs([
            ("project", Value::from(self.project.as_str())),
            ("fictional", Value::from(self.fictional)),
            ("recipient", Value::from(self.recipient.as_str())),
            ("source", Value::from(self.source.as_deref())),
            ("sender", self.sender.iter().map(|line| Value::from(line.as_str())).collect()),
            ("sender_email", Value::from(self.sender_email.as_deref())),
            ("deadline", Value::from(self.deadline.as_deref())),
            ("period", Value::from(self.period.as_str())),
            ("count", Value::from(self.count)),
            ("numbers", Value::from(self.numbers.as_str())),
            ("file", Value::from(self.file.as_str())),
            ("many_places", Value::from(self.many_places)),
            ("has_times", Value::from(self.has_times)),
            ("sections", self.sections.iter().map(Section::value).collect()),
            ("more", Value::from(self.more)),
        ])
    }

    /// The same with only as many rows as one reads in an e-mail.
    fn shortened(&mut self) {
        let mut left = ROWS_IN_MAIL;
        for service in self.sections.iter_mut().flat_map(|s| &mut s.services) {
            let kept = service.rows.len().min(left);
            self.more += service.rows.len() - kept;
            service.rows.truncate(kept);
            left -= kept;
        }
        for section in &mut self.sections {
            section.services.retain(|service| !service.rows.is_empty());
        }
        self.sections.retain(|section| !section.services.is_empty());
    }
}

impl Section {
    fn value(&self) -> Value {
        let services: Value = self.services.iter().map(Service::value).collect();
        Value::from_pairs([("need", Value::from(self.need)), ("services", services)])
    }
}

impl Service {
    fn value(&self) -> Value {
        let rows: Value = self.rows.iter().map(Row::value).collect();
        let (place, name) = (Value::from(self.place.as_str()), Value::from(self.name.as_str()));
        Value::from_pairs([("place", place), ("name", name), ("rows", rows)])
    }
}

impl Row {
    fn value(&self) -> Value {
        Value::from_pairs([
            ("what", Value::from(self.what.as_str())),
            ("months", Value::from(self.months.as_str())),
            ("count", Value::from(self.count)),
            ("numbers", Value::from(self.numbers.as_str())),
        ])
    }
}

/// What a row of the letter names together: channels of one stage, or working times of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Count(Stage),
    Times(Channel),
}

fn sections(items: &[&Missing], records: &Records, lang: Lang) -> Vec<Section> {
    type Topics = BTreeMap<Topic, BTreeMap<Measure, Vec<Period>>>;
    let mut found: BTreeMap<Need, BTreeMap<(u32, u32), Topics>> = BTreeMap::new();
    for item in items {
        let topic = match item.measure {
            Measure::Count(stage, _) => Topic::Count(stage),
            Measure::Work(_, channel) => Topic::Times(channel),
            Measure::Feedback(..) | Measure::Comments => continue,
        };
        let services = found.entry(item.need).or_default().entry((item.area, item.service)).or_default();
        services.entry(topic).or_default().entry(item.measure).or_default().push(item.period);
    }
    // Names are not unique: two places of one name are told apart by their keys.
    let places: BTreeSet<u32> = items.iter().map(|item| item.area).collect();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for &area in &places {
        *names.entry(&records.register.area(area).name).or_default() += 1;
    }
    let place = |area: u32| {
        let area = records.register.area(area);
        let alone = names.get(area.name.as_str()).is_none_or(|&n| n < 2);
        if alone { area.name.clone() } else { format!("{} ({})", area.name, area.key) }
    };
    let service = |((area, service), topics): ((u32, u32), Topics)| Service {
        place: place(area),
        name: records.catalogue.service(service).name.clone(),
        rows: topics.into_iter().flat_map(|(topic, measures)| rows(topic, measures, lang)).collect(),
    };
    let section = |(need, services): (Need, BTreeMap<(u32, u32), Topics>)| Section {
        need: match need {
            Need::Share => "share",
            Need::Other => "other",
            Need::Owed => "owed",
        },
        services: services.into_iter().map(service).collect(),
    };
    found.into_iter().map(section).collect()
}

/// One row for all measures that lack the same months.
fn rows(topic: Topic, measures: BTreeMap<Measure, Vec<Period>>, lang: Lang) -> Vec<Row> {
    let mut groups: Vec<(Vec<Period>, Vec<Measure>)> = Vec::new();
    for (measure, periods) in measures {
        match groups.iter_mut().find(|(known, _)| *known == periods) {
            Some((_, known)) => known.push(measure),
            None => groups.push((periods, vec![measure])),
        }
    }
    let row = |(periods, measures): (Vec<Period>, Vec<Measure>)| {
        let joined = |names: Vec<&str>| names.join(", ");
        let what = match topic {
            Topic::Count(_) => {
                let channels = measures.iter().map(|m| words::channel(*m).label(lang)).collect();
                format!("{}: {}", words::counted(measures[0], lang), joined(channels))
            }
            Topic::Times(channel) => {
                let times = Text::new("Arbeitszeiten", "Handling times").get(lang);
                let items = measures.iter().map(|m| words::counted(*m, lang)).collect();
                format!("{times} ({}): {}", channel.label(lang), joined(items))
            }
        };
        let count = periods.len() * measures.len();
        Row { what, months: words::months(&periods, lang), count, numbers: words::numbers(count, lang) }
    };
    groups.into_iter().map(row).collect()
}

impl Texts {
    /// # Errors
    /// Only if the program was built with a broken template.
    pub(super) fn new() -> Result<Self> {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(|e| broken(&e))?;
        env.set_syntax(syntax);
        for (name, source) in TEMPLATES {
            env.add_template(name, source).map_err(|e| broken(&e))?;
        }
        Ok(Self { env })
    }

    /// The printable letter.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) fn html(&self, letter: &Letter, lang: Lang) -> Result<String> {
        self.render(&format!("{}.html", lang.tag()), letter)
    }

    /// Subject and body of the e-mail.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) fn mail(&self, mut letter: Letter, lang: Lang) -> Result<(String, String)> {
        letter.shortened();
        let text = self.render(&format!("{}.txt", lang.tag()), &letter)?;
        let (subject, body) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
        Ok((subject.trim().to_owned(), format!("{}\n", body.trim())))
    }

    fn render(&self, name: &str, letter: &Letter) -> Result<String> {
        self.env.get_template(name).and_then(|t| t.render(letter.value())).map_err(|e| broken(&e))
    }
}

fn broken(error: &minijinja::Error) -> Error {
    Error::internal(format!("reports/requests: {error:#}"))
}
