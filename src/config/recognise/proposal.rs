//! From the clues of one table to the settings of one source.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::{Assigned, assign, is_personal};
use super::notation::{answered, date_order, decimal, marks};
use super::question::{Desk, OPEN, Question};
use super::table::{Table, is_mark};
use super::usage::{self, Numbers, Usage};
use super::words::{self, Concept, names};
use crate::Result;
use crate::domain::{Channel, Label, Lang, Stage, parse_period, say};
use crate::ingest::spec::{Absent, Grain, Layout, OnDuplicate, SourceKind, SourceSpec};

/// One source as it would be declared, with what led to it.
pub(super) struct Proposal {
    pub spec: SourceSpec,
    /// Setting and comment.
    pub notes: Vec<(String, Label)>,
    /// Settings that are still to be answered.
    pub open: Vec<&'static str>,
    /// Columns of questions whose measure is still to be answered.
    pub unmeasured: BTreeSet<String>,
    pub table: Table,
    pub found: Assigned,
    /// Titles, sheet and file name: what surrounds the table.
    pub around: Vec<String>,
    /// The file, so that a question about it is asked once.
    pub scope: String,
    /// Why the table is not read after all.
    pub refused: Option<Label>,
}

/// The kinds that fit, best first, each with its columns and points.
pub(super) fn kinds(table: &Table) -> Vec<(SourceKind, u32, Assigned)> {
    let mut out: Vec<(SourceKind, u32, Assigned)> = Vec::new();
    for kind in SourceKind::ALL {
        let found = assign(kind, table);
        let points = match kind {
            SourceKind::Usage => usage::find(table, &found).map_or(0, |usage| found.points + usage.points),
            _ => found.points,
        };
        if points > 0 {
            out.push((kind, points, found));
        }
    }
    out.sort_by_key(|(_, points, _)| std::cmp::Reverse(*points));
    out
}

/// The name of a kind for a reader.
pub(super) fn kind_name(kind: SourceKind) -> Label {
    let (de, en) = match kind {
        SourceKind::Register => ("Verzeichnis der Orte", "register of places"),
        SourceKind::Territory => ("Gebietsänderungen", "territory changes"),
        SourceKind::Services => ("Verzeichnis der Leistungen", "catalogue of services"),
        SourceKind::Offer => ("Angebot: wer bietet was seit wann an", "offer: who offers what since when"),
        SourceKind::Usage => ("Nutzungszahlen", "counts of use"),
        SourceKind::Feedback => ("Rückmeldungen", "feedback"),
        SourceKind::Survey => ("Befragung", "survey"),
        SourceKind::Events => ("Ereignisse", "events"),
        SourceKind::Work => ("Arbeitszeiten", "working times"),
        SourceKind::Targets => ("Ziele", "targets"),
    };
    Label::new(de, en)
}

impl Proposal {
    pub(super) fn note(&mut self, setting: &str, label: Label) {
        self.notes.push((setting.to_owned(), label));
    }

    pub(super) fn header(&self, at: usize) -> String {
        self.table.headers[at].clone()
    }

    pub(super) fn map(&mut self, field: &str, at: usize) {
        self.spec.columns.insert(field.to_owned(), self.header(at));
    }

    /// Settles a question whose answer is a text of the configuration, `?` while it is open.
    pub(super) fn settle(&mut self, desk: &mut Desk<'_>, setting: &str, question: Question) -> Result<String> {
        let (said, values, id) = (question.text.clone(), question.values(), question.id.clone());
        let answer = desk.settle(&self.scope, question)?;
        let note = match (&answer, values.is_empty()) {
            (Some(_), _) => answered(&said),
            (None, true) => Label::new(format!("FRAGE {id}: {}", said.de), format!("QUESTION {id}: {}", said.en)),
            (None, false) => Label::new(
                format!("FRAGE {id}: {} Möglich: {values}", said.de),
                format!("QUESTION {id}: {} Possible: {values}", said.en),
            ),
        };
        self.note(setting, note);
        Ok(answer.unwrap_or_else(|| OPEN.to_owned()))
    }

    /// Fills the settings that the table itself decides.
    pub(super) fn fill(&mut self, lang: Lang, desk: &mut Desk<'_>) -> Result<()> {
        for (field, at) in self.found.columns.clone() {
            if self.spec.kind != SourceKind::Usage || !matches!(field, "id" | "count") {
                self.map(field, at);
            }
        }
        let mut counts = Vec::new();
        match self.spec.kind {
            SourceKind::Usage => counts = self.usage(desk)?,
            SourceKind::Feedback => self.feedback(desk)?,
            SourceKind::Survey => self.survey(desk)?,
            SourceKind::Events => self.events(),
            SourceKind::Work => {
                self.sums(desk)?;
                self.channels(desk)?;
            }
            _ => {}
        }
        let scope = self.scope.clone();
        let numbers = ["population", "area_km2", "weight", "cost", "value", "n", "handling_minutes", "throughput_days"];
        let mapped = numbers.iter().filter_map(|field| self.found.column(field)).filter(|&at| self.table.is_number(at));
        let mapped: Vec<usize> = mapped.chain(counts.iter().copied()).collect();
        if !mapped.is_empty() {
            let around = (scope.as_str(), lang);
            decimal(&mut self.spec, &mut self.notes, &self.table, &mapped, around, desk)?;
        }
        if self.spec.kind == SourceKind::Usage {
            marks(&mut self.spec, &mut self.notes, &self.table, &counts, &scope, desk)?;
            self.empty_cells(&counts, desk)?;
        } else {
            let found: BTreeSet<String> = mapped
                .iter()
                .flat_map(|&at| self.table.cells(at))
                .filter(|cell| cell.number.is_none() && is_mark(&cell.text))
                .map(|cell| cell.text.clone())
                .collect();
            self.spec.missing.extend(found);
        }
        let times = ["period", "time", "from", "to", "live_from", "live_to", "date"];
        let times: Vec<usize> = times.iter().filter_map(|field| self.found.column(field)).collect();
        date_order(&mut self.spec, &mut self.notes, &mut self.open, &self.table, &times, &scope, desk)?;
        self.left_out();
        Ok(())
    }

    fn usage(&mut self, desk: &mut Desk<'_>) -> Result<Vec<usize>> {
        self.sums(desk)?;
        let Some(Usage { numbers, notes, .. }) = usage::find(&self.table, &self.found) else { return Ok(Vec::new()) };
        notes.into_iter().for_each(|note| self.note("columns", note));
        let counts = match &numbers {
            Numbers::Long(at) => vec![*at],
            Numbers::Wide(columns) => columns.iter().map(|c| c.at).collect(),
            Numbers::Cases => Vec::new(),
        };
        let wide: &[usage::WideColumn] = if let Numbers::Wide(columns) = &numbers { columns } else { &[] };
        if wide.iter().any(|c| c.period.is_some()) {
            self.spec.columns.remove("period");
        }
        self.stage(&numbers, desk)?;
        match &numbers {
            Numbers::Long(at) => {
                self.map("count", *at);
                if let Some(year) = usage::year_column(&self.table, &self.found) {
                    self.map("year", year);
                    let note = say!("Das Jahr steht in einer eigenen Spalte", "the year stands in a column of its own");
                    self.note("columns", note);
                }
            }
            Numbers::Wide(columns) => {
                self.spec.layout = Layout::Wide;
                let year = if usage::needs_year(columns) { self.year(desk)? } else { String::new() };
                self.spec.wide = usage::rules(&self.spec, &self.table, columns, &year);
                let n = columns.len();
                self.note(
                    "layout",
                    say!(
                        "{n} Spalten mit Zahlen; was gezählt wird, sagt ihr Name",
                        "{n} columns of numbers; their names say what is counted"
                    ),
                );
            }
            Numbers::Cases => {
                self.spec.layout = Layout::OneRowPerCase;
                self.note(
                    "layout",
                    say!(
                        "Jede Zeile ist ein Fall: Es gibt keine Spalte mit Anzahlen",
                        "each row is one case: there is no column of counts"
                    ),
                );
                if let Some(at) = self.found.column("id") {
                    self.map("id", at);
                }
                self.case_status();
            }
        }
        self.channel_of(wide, &numbers, desk)?;
        self.period_of(wide, desk)?;
        self.absent(&numbers, desk)?;
        Ok(counts)
    }

    fn stage(&mut self, numbers: &Numbers, desk: &mut Desk<'_>) -> Result<()> {
        if self.found.column("stage").is_some() {
            return self.stage_values(desk);
        }
        let headers: Vec<String> = match numbers {
            Numbers::Long(at) => vec![self.header(*at)],
            Numbers::Wide(columns) => columns.iter().map(|c| self.header(c.at)).collect(),
            Numbers::Cases => self.found.column("period").map(|at| self.header(at)).into_iter().collect(),
        };
        if let Numbers::Wide(columns) = numbers {
            let stages: BTreeSet<_> = columns.iter().filter_map(|c| c.stage).collect();
            if stages.len() > 1 && columns.iter().all(|c| c.stage.is_some()) {
                return Ok(());
            }
        }
        let said = headers.iter().find_map(|text| words::stage(text).map(|stage| (stage, text.clone())));
        let received = matches!(numbers, Numbers::Cases)
            .then(|| headers.iter().find(|text| names(text, Concept::Received) > 1))
            .flatten()
            .map(|text| (Stage::FormSubmit, text.clone()));
        let around = self.around.iter().find_map(|text| words::stage(text).map(|stage| (stage, text.clone())));
        if let Some((stage, text)) = said.or(received).or(around) {
            let (id, de, en) = (stage.id(), stage.label(Lang::De), stage.label(Lang::En));
            self.spec.constants.insert("stage".into(), id.into());
            self.note(
                "constants.stage",
                say!("Gezählt werden: {de}. So steht es in „{text}“", "counted are: {en}, as in \"{text}\""),
            );
            return Ok(());
        }
        let what = match headers.as_slice() {
            [first, .., last] => format!("{first} … {last}"),
            [only] => only.clone(),
            [] => self.around.last().cloned().unwrap_or_default(),
        };
        let question = stage_question("stage", &self.spec.name, &what);
        let answer = self.settle(desk, "constants.stage", question)?;
        self.spec.constants.insert("stage".into(), answer);
        Ok(())
    }

    fn stage_values(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let Some(at) = self.found.column("stage") else { return Ok(()) };
        let texts: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
        for text in texts.into_iter().filter(|text| Stage::parse(text).is_none()).take(12) {
            let value = match words::stage(&text) {
                Some(stage) => stage.id().to_owned(),
                None => {
                    let question = stage_question(&format!("stage {text}"), &self.spec.name, &text);
                    self.settle(desk, "values.stage", question)?
                }
            };
            self.spec.values.entry("stage".into()).or_default().insert(text, value);
        }
        Ok(())
    }

    /// The channel where neither a column nor a header says it.
    fn channel_of(&mut self, wide: &[usage::WideColumn], numbers: &Numbers, desk: &mut Desk<'_>) -> Result<()> {
        if self.found.column("channel").is_some() {
            return self.channels(desk);
        }
        let in_headers = !wide.is_empty() && wide.iter().all(|c| c.channel.is_some() || c.total);
        let stage = self.spec.constants.get("stage").and_then(|text| Stage::parse(text));
        let before_applying = |stage: Stage| matches!(stage, Stage::Visit | Stage::PageView | Stage::FormStart);
        let all_before = !wide.is_empty() && wide.iter().all(|c| c.stage.is_some_and(before_applying));
        if in_headers || stage == Some(Stage::CaseTotal) {
            return Ok(());
        }
        let header = if let Numbers::Long(at) = numbers { vec![self.header(*at)] } else { Vec::new() };
        let around: Vec<String> = header.into_iter().chain(self.around.iter().cloned()).collect();
        let said = around.iter().find_map(|text| words::channel(text).map(|channel| (channel, text.clone())));
        let channel = if stage.is_some_and(before_applying) || all_before {
            self.note(
                "constants.channel",
                say!("Besuche und Aufrufe gibt es nur online", "visits and views exist online only"),
            );
            Channel::Online.id().to_owned()
        } else if let Some((channel, text)) = said {
            let (de, en) = (channel.label(Lang::De), channel.label(Lang::En));
            self.note(
                "constants.channel",
                say!("Zugangsweg: {de}. So steht es in „{text}“", "channel: {en}, as in \"{text}\""),
            );
            channel.id().to_owned()
        } else {
            let question = Question::new(
                "channel",
                &self.spec.name,
                say!("Auf welchem Weg kamen diese Fälle?", "By which channel did these cases come?"),
            )
            .choice("online", "nur online", "online only")
            .choice("paper", "nur auf Papier", "on paper only")
            .choice("counter", "nur vor Ort", "in person only")
            .choice("all", "auf allen Wegen zusammen", "all channels together");
            self.settle(desk, "constants.channel", question)?
        };
        self.spec.constants.insert("channel".into(), channel);
        Ok(())
    }

    /// The words of a channel column that are not understood as they are.
    fn channels(&mut self, desk: &mut Desk<'_>) -> Result<()> {
        let Some(at) = self.found.column("channel") else { return Ok(()) };
        let texts: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
        let mut guessed = Vec::new();
        let mail: Vec<String> = texts.iter().filter(|text| words::is_bare_mail(text)).cloned().collect();
        for text in mail {
            let by_others = words::mail_beside(|| texts.iter().map(String::as_str));
            let channel = match by_others {
                Some(channel) => channel.id().to_owned(),
                None => {
                    let question = Question::new(
                        &format!("channel {text}"),
                        &self.spec.name,
                        say!("Ist „{text}“ die E-Mail oder der Brief?", "Is \"{text}\" e-mail or a letter?"),
                    );
                    let question = question.choice("email", "E-Mail", "e-mail").choice("mail", "Brief", "a letter");
                    self.settle(desk, "values.channel", question)?
                }
            };
            self.spec.values.entry("channel".into()).or_default().insert(text, channel);
        }
        let unknown = |text: &String| Channel::parse(text).is_none() && !words::is_bare_mail(text);
        for text in texts.into_iter().filter(unknown).take(24) {
            let value = if words::is_sum(&text) {
                Channel::All.id().to_owned()
            } else if let Some(channel) = words::channel(&text).filter(|_| !words::is_derived(&text)) {
                guessed.push(format!("{text} → {}", channel.id()));
                channel.id().to_owned()
            } else {
                let question = Channel::ALL.into_iter().fold(
                    Question::new(
                        &format!("channel {text}"),
                        &self.spec.name,
                        say!("Welcher Zugangsweg ist „{text}“?", "Which channel is \"{text}\"?"),
                    ),
                    |question, c| question.choice(c.id(), c.label(Lang::De), c.label(Lang::En)),
                );
                self.settle(desk, "values.channel", question)?
            };
            self.spec.values.entry("channel".into()).or_default().insert(text, value);
        }
        if !guessed.is_empty() {
            let list = guessed.join(", ");
            self.note(
                "values.channel",
                say!("Zugangswege nach ihren Namen: {list}", "channels by their names: {list}"),
            );
        }
        Ok(())
    }

    fn case_status(&mut self) {
        let status = (0..self.table.headers.len()).find(|&at| names(&self.table.headers[at], Concept::Status) > 1);
        let Some(at) = status else { return };
        let values = self.table.distinct(at);
        if values.len() > 12 {
            return;
        }
        let (name, list) = (self.header(at), values.into_iter().collect::<Vec<_>>().join(", "));
        self.note(
            "layout",
            say!(
                "Alle Zeilen zählen, gleich was in „{name}“ steht ({list}). Abgebrochenes vorher aus der Datei nehmen",
                "all rows count, whatever \"{name}\" says ({list}). Take what was abandoned out of the file first"
            ),
        );
    }

    /// What a month without a record means.
    fn absent(&mut self, numbers: &Numbers, desk: &mut Desk<'_>) -> Result<()> {
        let holes = match numbers {
            Numbers::Wide(_) => 0,
            Numbers::Cases => 1,
            Numbers::Long(at) => self.series(*at, desk)?,
        };
        if holes == 0 {
            self.spec.absent = Some(Absent::Missing);
            self.note(
                "absent",
                say!(
                    "Es fehlt kein Monat; käme einer dazu, wäre seine Zahl unbekannt",
                    "no month is absent; the number of one that were would be unknown"
                ),
            );
            return Ok(());
        }
        let text = if matches!(numbers, Numbers::Cases) {
            say!(
                "Was heißt es, wenn es in einem Monat keine Zeile gibt?",
                "What does it mean if there is no row in a month?"
            )
        } else {
            say!(
                "Reihen, in denen Monate fehlen: {holes}. Was heißt ein fehlender Monat?",
                "Series that lack months: {holes}. What does an absent month mean?"
            )
        };
        let question = Question::new("absent", &self.spec.name, text)
            .choice("zero", "Es gab keinen Fall", "there was no case")
            .choice("missing", "Die Zahl ist unbekannt", "the number is unknown");
        match self.settle(desk, "absent", question)?.as_str() {
            "zero" => self.spec.absent = Some(Absent::Zero),
            "missing" => self.spec.absent = Some(Absent::Missing),
            _ => self.open.push("absent"),
        }
        Ok(())
    }

    /// The number of series with gaps; asks what a second number for the same key means.
    fn series(&mut self, count: usize, desk: &mut Desk<'_>) -> Result<usize> {
        let fields = ["area", "service", "channel", "stage"];
        let keys: Vec<usize> = fields.iter().filter_map(|field| self.found.column(field)).collect();
        let year = self.spec.columns.get("year").and_then(|name| self.table.headers.iter().position(|h| h == name));
        let Some(period) = self.found.column("period") else { return Ok(0) };
        let mut series: BTreeMap<Vec<&str>, BTreeSet<i64>> = BTreeMap::new();
        let (mut twice, mut lengths) = (0, BTreeSet::new());
        let (mut all, mut filled) = (BTreeSet::new(), BTreeSet::new());
        for row in &self.table.rows {
            let text = &row[period].text;
            let text = self.spec.values.get("period").and_then(|values| values.get(text)).unwrap_or(text);
            let text = year.map_or_else(|| text.clone(), |at| format!("{text} {}", row[at].text));
            let Ok(found) = parse_period(&text, None) else { continue };
            lengths.insert(found.months);
            let month = i64::from(found.start.year()) * 12 + i64::from(found.start.number());
            all.insert(month);
            let key: Vec<&str> = keys.iter().map(|&at| row[at].text.as_str()).collect();
            let day = found.day > 0 && self.spec.grain == Grain::Day;
            if !row[count].text.is_empty() && !day {
                twice += usize::from(!filled.insert((key.clone(), month)));
            }
            // A row with an empty cell is no absent month.
            series.entry(key).or_default().insert(month);
        }
        let step = i64::from(lengths.first().copied().unwrap_or(1));
        let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(0) };
        let expected = usize::try_from((last - first) / step.max(1) + 1).unwrap_or(0);
        let gaps = series.values().filter(|months| months.len() < expected).count();
        let gaps = if lengths.len() > 1 { 0 } else { gaps };
        if twice > 0 {
            let question = Question::new(
                "on_duplicate",
                &self.spec.name,
                say!(
                    "Angaben, die ein zweites Mal vorkommen: {twice}. Welche gilt?",
                    "Numbers that come a second time: {twice}. Which one holds?"
                ),
            )
            .choice("replace", "die spätere: Sie berichtigt die erste", "the later one: it corrects the first")
            .choice("first", "die erste", "the first one")
            .choice(
                "reject",
                "keine: Die zweite ist ein Fehler und wird gemeldet",
                "none: the second is an error and is reported",
            );
            match self.settle(desk, "on_duplicate", question)?.as_str() {
                "replace" => self.spec.on_duplicate = OnDuplicate::Replace,
                "first" => self.spec.on_duplicate = OnDuplicate::First,
                "reject" => self.spec.on_duplicate = OnDuplicate::Reject,
                _ => self.open.push("on_duplicate"),
            }
        }
        Ok(gaps)
    }

    fn empty_cells(&mut self, counts: &[usize], desk: &mut Desk<'_>) -> Result<()> {
        let cells = || counts.iter().flat_map(|&at| self.table.rows.iter().filter_map(move |row| row.get(at)));
        let empty = cells().filter(|cell| cell.text.is_empty()).count();
        if empty == 0 {
            return Ok(());
        }
        let zeros = cells().filter(|cell| cell.text == "0" || cell.number == Some(0.0)).count();
        if zeros > 0 {
            self.note(
                "missing",
                say!(
                    "Leere Zellen: {empty}, also nicht geliefert; eine Null ist eigens geschrieben ({zeros}-mal)",
                    "empty cells: {empty}, so not provided; a zero is written as one ({zeros} times)"
                ),
            );
            return Ok(());
        }
        let question = Question::new(
            "empty",
            &self.spec.name,
            say!(
                "Leere Zellen: {empty}, und nirgends steht eine 0. Was bedeutet eine leere Zelle?",
                "Empty cells: {empty}, and nowhere is a 0. What does an empty cell mean?"
            ),
        )
        .choice("missing", "Die Zahl wurde nicht geliefert", "the number was not provided")
        .choice("0", "Es gab keinen Fall: eine echte Null", "there was no case: a true zero");
        let answer = self.settle(desk, "values.count.", question)?;
        if answer != "missing" {
            self.spec.values.entry("count".into()).or_default().insert(String::new(), answer);
        }
        Ok(())
    }

    /// Lists the columns that nothing reads.
    fn left_out(&mut self) {
        let per_person = matches!(self.spec.kind, SourceKind::Feedback | SourceKind::Survey)
            || self.spec.layout == Layout::OneRowPerCase;
        let used = |header: &String| {
            self.spec.columns.values().any(|name| name == header)
                || self.spec.wide.iter().any(|rule| {
                    &rule.pattern == header
                        || (rule.pattern.contains('{')
                            && crate::ingest::match_pattern(&rule.pattern, header, &self.spec).is_some())
                })
                || self.spec.question.iter().any(|question| &question.column == header)
        };
        let (mut personal, mut others) = (Vec::new(), Vec::new());
        for (at, header) in
            self.table.headers.iter().enumerate().filter(|(_, header)| !header.is_empty() && !used(header))
        {
            if is_personal(&self.table, at, per_person) {
                personal.push(header.as_str());
            } else {
                others.push(header.as_str());
            }
        }
        let (personal, others) = (personal.join(", "), others.join(", "));
        if !personal.is_empty() {
            self.note(
                "columns",
                say!(
                    "Nicht gelesen und nicht gespeichert, weil personenbezogen: {personal}",
                    "neither read nor stored, because personal: {personal}"
                ),
            );
        }
        if !others.is_empty() {
            self.note("columns", say!("Nicht zugeordnet: {others}", "not mapped: {others}"));
        }
    }
}

fn stage_question(id: &str, source: &str, what: &str) -> Question {
    let question = Question::new(id, source, say!("Was zählt „{what}“?", "What does \"{what}\" count?"));
    [Stage::FormSubmit, Stage::Completed, Stage::CaseTotal, Stage::FormStart, Stage::Visit, Stage::PageView]
        .into_iter()
        .fold(question, |question, stage| question.choice(stage.id(), stage.label(Lang::De), stage.label(Lang::En)))
}
