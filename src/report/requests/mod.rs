//! Requests for missing numbers (`Datenanforderung`): ready to send, one per recipient.
//!
//! ```text
//! internal/anforderungen/uebersicht.csv              all that is missing, whom to ask, what comes first
//! internal/anforderungen/<recipient>/anforderung.eml   a draft with the workbook attached
//! internal/anforderungen/<recipient>/anforderung.html  the same as a letter
//! internal/anforderungen/<recipient>/vorlage.xlsx      the workbook to fill in
//! internal/anforderungen/<recipient>/quelle.toml       the [[source]] that reads it
//! ```
//!
//! The first `[[contact]]` that fits a number is asked for it. Without one, a source that delivers
//! for many and is silent for a whole month is asked for it, else the town. A letter to a town
//! holds nothing of another town. Numbers are only named, never quoted; the one exception are the
//! working times beside a missing one, which the same recipient delivered.

mod letter;
mod mail;
mod missing;
mod recipients;
mod spec;
mod template;
mod words;

use rayon::prelude::*;

pub use self::spec::{Contact, RequestSpec, Role};

use self::letter::{Letter, Texts};
use self::missing::{Missing, Need};
use self::recipients::Request;
use self::template::{Known, MAX_ROWS};
use crate::Result;
use crate::config::Project;
use crate::disclosure::Results;
use crate::domain::{Lang, Period, Text, say};
use crate::ingest::Records;
use crate::publish::{self, Column, INTERNAL, PackageInfo, Staging, Table};

const FOLDER: Text = Text::new("anforderungen", "requests");
const OVERVIEW: Text = Text::new("uebersicht", "overview");
const LETTER: Text = Text::new("anforderung", "request");
const TEMPLATE: Text = Text::new("vorlage", "template");
const SOURCE: Text = Text::new("quelle", "source");
const READ_ME: Text = Text::new("LIESMICH.txt", "README.txt");

/// Writes the requests of a run; nothing where no number is missing or none is wanted.
///
/// # Errors
/// If a contact names an area or a service that does not exist, or a file cannot be written.
pub(super) fn write(project: &Project, results: &Results, info: &PackageInfo, stage: &Staging) -> Result<()> {
    let spec = &project.requests;
    if !spec.enabled {
        return Ok(());
    }
    let missing = missing::find(&results.panel, window(spec, results), results.periods.current);
    let requests = recipients::assign(&results.records, &spec.contacts, &missing)?;
    if requests.is_empty() {
        return Ok(());
    }
    let lang = project.lang;
    let folder = format!("{INTERNAL}/{}", FOLDER.get(lang));
    publish::write_tables(stage, &folder, &[overview(&requests, &results.records, lang)?], info)?;
    let few = requests.len() <= spec.at_most;
    stage.write(&format!("{folder}/{}", READ_ME.get(lang)), read_me(&requests, spec, lang).as_bytes())?;
    if few {
        let texts = Texts::new()?;
        let written = requests.par_iter().filter(|r| r.items.len() <= MAX_ROWS);
        written.try_for_each(|request| write_one(project, results, &texts, request, &folder, stage))?;
    }
    Ok(())
}

/// The months that are looked at.
fn window(spec: &RequestSpec, results: &Results) -> Period {
    let current = results.periods.current;
    let months = spec.months.unwrap_or_else(|| current.months.saturating_mul(2));
    Period::span(current.end().plus(1 - i32::from(months)), months)
}

fn write_one(
    project: &Project,
    results: &Results,
    texts: &Texts,
    request: &Request,
    folder: &str,
    stage: &Staging,
) -> Result<()> {
    let (lang, spec) = (project.lang, &project.requests);
    let known = Known { records: &results.records, panel: &results.panel, lang };
    // The workbook comes back under this name: it must not be that of another recipient.
    let file = format!("{}-{}.xlsx", TEMPLATE.get(lang), request.slug);
    let letter = || Letter::new(project, &results.records, &results.periods, request, &file);
    let workbook = template::workbook(request, &known)?;
    let html = texts.html(&letter(), lang)?;
    let (subject, body) = texts.mail(letter(), lang)?;
    let sender = spec.sender.as_deref().and_then(|s| s.lines().next()).unwrap_or(&project.name);
    let draft = mail::Draft {
        from: spec.sender_email.as_deref().map(|address| (sender, address)),
        to: request.email.as_deref().map(|address| (request.name.as_str(), address)),
        subject: &subject,
        body: &body,
        file_name: &file,
        attachment: &workbook,
    };
    let path = |name: Text, ending: &str| format!("{folder}/{}/{}.{ending}", request.slug, name.get(lang));
    stage.write(&path(LETTER, "eml"), &draft.bytes())?;
    stage.write(&path(LETTER, "html"), html.as_bytes())?;
    stage.write(&path(SOURCE, "toml"), template::source(request, &known, &file).as_bytes())?;
    stage.write(&path(TEMPLATE, "xlsx"), &workbook)?;
    Ok(())
}

fn read_me(requests: &[Request], spec: &RequestSpec, lang: Lang) -> String {
    let (count, most) = (requests.len(), spec.at_most);
    let overview = OVERVIEW.get(lang);
    let mut out = say!(
        "Anforderungen fehlender Zahlen\n\n{overview}.csv sagt, welche Zahlen fehlen, wer sie vermutlich hat und was zuerst \
         gebraucht wird\n(needed_for = share: Ohne diese Zahl gibt es keine Nutzungsrate).\n",
        "Requests for missing numbers\n\n{overview}.csv says which numbers are missing, who probably has them, and what \
         comes first\n(needed_for = share: without this number there is no adoption rate).\n"
    )
    .get(lang)
    .to_owned();
    out += if count > most {
        say!(
            "\nEs wären {count} Anforderungen, mehr als {most}: Geschrieben wurde nur die Übersicht. Wer alle braucht, erhöht\n\
             at_most unter [requests]; oft hilft ein [[contact]], der für viele Orte antwortet.\n",
            "\nThere would be {count} requests, more than {most}: only the overview was written. To get them all, raise\n\
             at_most under [requests]; a [[contact]] that answers for many places often helps.\n"
        )
    } else {
        say!(
            "\nJe Empfänger gibt es einen Ordner: anforderung.eml öffnet das E-Mail-Programm als Entwurf mit der Vorlage im\n\
             Anhang, anforderung.html ist dieselbe Bitte als Brief zum Ausdrucken. Die ausgefüllte Vorlage kommt in den\n\
             Ordner mit den Lieferungen; quelle.toml enthält die Zeilen für resonanz.toml, die sie einlesen.\n",
            "\nThere is one folder per recipient: request.eml opens as a draft in the mail program, with the template attached;\n\
             request.html is the same as a letter to print. The filled-in template goes into the folder with the deliveries;\n\
             source.toml holds the lines for resonanz.toml that read it.\n"
        )
    }
    .get(lang);
    for request in requests.iter().filter(|r| count <= most && r.items.len() > MAX_ROWS) {
        let (name, items) = (&request.name, request.items.len());
        out += say!(
            "\n{name}: {items} Zahlen sind mehr, als ein Tabellenblatt fasst; sie stehen nur in der Übersicht.\n",
            "\n{name}: {items} numbers are more than a sheet holds; they stand in the overview only.\n"
        )
        .get(lang);
    }
    out
}

/// One line of the overview: a measure of one service in one area.
struct Line<'a> {
    request: &'a Request,
    first: &'a Missing,
    months: String,
    count: usize,
}

fn overview(requests: &[Request], records: &Records, lang: Lang) -> Result<Table> {
    let mut lines = Vec::new();
    for request in requests {
        let mut items: Vec<&Missing> = request.items.iter().filter(|m| !m.presumed_inapplicable).collect();
        let series = |m: &Missing| (m.need, m.area, m.service, m.measure);
        items.sort_by_key(|m| (series(m), m.period));
        for run in items.chunk_by(|a, b| series(a) == series(b)) {
            let periods: Vec<Period> = run.iter().map(|m| m.period).collect();
            lines.push(Line { request, first: run[0], months: words::months(&periods, lang), count: run.len() });
        }
    }
    let rows = || lines.iter();
    let area = |line: &Line<'_>| records.register.area(line.first.area);
    let service = |line: &Line<'_>| records.catalogue.service(line.first.service);
    let column = |name: &str, de: &str, en: &str| Column::new(name, de, en);
    Table::builder(OVERVIEW.get(lang), publish::Label::new("Fehlende Zahlen", "Missing numbers"))
        .describe(
            "Jede Zeile nennt die fehlenden Zahlen einer Reihe und wer danach gefragt wird.",
            "Each row names the missing numbers of a series and who is asked for them.",
        )
        .text(column("recipient", "Empfänger", "Recipient"), rows().map(|l| &l.request.name))
        .text(column("role", "Rolle", "Role"), rows().map(|l| l.request.role.id()))
        .text(column("folder", "Ordner", "Folder"), rows().map(|l| &l.request.slug))
        .text(
            column("needed_for", "Wofür", "What for").describe(
                "share: für die Nutzungsrate; other: für andere Kennzahlen; owed: noch nicht online angeboten",
                "share: for the adoption rate; other: for other key figures; owed: not online yet",
            ),
            rows().map(|l| match l.first.need {
                Need::Share => "share",
                Need::Other => "other",
                Need::Owed => "owed",
            }),
        )
        .text(column("area", "Gebietsschlüssel", "Area key"), rows().map(|l| &area(l).key))
        .text(column("area_name", "Gebiet", "Area"), rows().map(|l| &area(l).name))
        .text(column("service", "Leistung", "Service"), rows().map(|l| &service(l).key))
        .text(column("service_name", "Bezeichnung", "Name of the service"), rows().map(|l| &service(l).name))
        .text(
            column("measure", "Was gezählt wird", "What is counted"),
            rows().map(|l| super::tables::measure(l.first.measure)),
        )
        .text(column("channel", "Zugangsweg", "Channel"), rows().map(|l| words::channel(l.first.measure).id()))
        .text(column("months", "Zeitraum", "Months"), rows().map(|l| &l.months))
        .integer(column("count", "Fehlende Zahlen", "Missing numbers"), rows().map(|l| i64::try_from(l.count).ok()))
        .build()
}
