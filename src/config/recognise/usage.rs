//! Counts of use: which columns hold the numbers, and what their headers say.

use super::kinds::Assigned;
use super::period::{When, only_year, when, within};
use super::table::{Table, is_fraction, whole};
use super::words::{self, Concept, is_derived, names};
use crate::domain::{Channel, Label, Stage, parse_period, say};
use crate::ingest::match_pattern;
use crate::ingest::spec::{SourceSpec, WideRule};

/// Where the numbers of a table of use stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Numbers {
    /// In one column.
    Long(usize),
    /// In several, told apart by their headers.
    Wide(Vec<WideColumn>),
    /// Nowhere: each record is one case.
    Cases,
}

/// One number column of a wide table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WideColumn {
    pub at: usize,
    /// The text of the header that names the period, and what it means.
    pub period: Option<(String, When)>,
    pub channel: Option<Channel>,
    pub stage: Option<Stage>,
    pub total: bool,
}

/// What was seen of a table of use.
pub(super) struct Usage {
    pub numbers: Numbers,
    pub points: u32,
    pub notes: Vec<Label>,
}

impl Usage {
    /// The columns with numbers.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        match &self.numbers {
            Numbers::Long(at) => vec![*at],
            Numbers::Wide(columns) => columns.iter().map(|column| column.at).collect(),
            Numbers::Cases => Vec::new(),
        }
        .into_iter()
    }
}

/// Finds the numbers; `None` if there are none.
pub(super) fn find(table: &Table, found: &Assigned) -> Option<Usage> {
    let mut notes = Vec::new();
    let free = |at: &usize| !found.uses(*at) && table.is_number(*at);
    let mut candidates = Vec::new();
    let mut derived = Vec::new();
    for at in (0..table.width()).filter(free) {
        let header = &table.headers[at];
        if names(header, Concept::UniqueVisitors) > 0 || Stage::means_unique_visitors(header) {
            notes.push(say!(
                "Nicht gelesen: „{header}“. Eindeutige Besucherinnen und Besucher lassen sich nicht über Monate addieren",
                "not read: \"{header}\". Unique visitors cannot be added over months"
            ));
            continue;
        }
        let fractions = table.cells(at).filter(|cell| is_fraction(cell)).count();
        if is_derived(header) || fractions * 4 > table.cells(at).count() {
            derived.push(header.as_str());
            continue;
        }
        candidates.push(described(table, at));
    }
    if !derived.is_empty() {
        let more = if derived.len() > 6 { ", …" } else { "" };
        let list = format!("{}{more}", derived.iter().take(6).copied().collect::<Vec<_>>().join(", "));
        notes.push(say!(
            "Nicht gelesen, weil keine Anzahl (Anteil, Mittelwert, Ziel oder Veränderung): {list}",
            "not read because it is no count (share, mean, target or change): {list}"
        ));
    }
    if let Some(at) = table.beside {
        let list = table.headers[at..].iter().filter(|name| !name.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        notes.push(say!(
            "Nicht gelesen: die zweite Tabelle daneben ({list})",
            "not read: the second table beside ({list})"
        ));
    }
    let periods: Vec<WideColumn> = candidates.iter().filter(|c| c.period.is_some()).cloned().collect();
    if periods.len() >= 2 && found.column("period").is_none_or(|at| table.distinct(at).len() < 2) {
        let months = |c: &WideColumn| match &c.period {
            Some((_, When::Plain(p) | When::Translated(p))) => p.months,
            _ => 1,
        };
        let shortest = periods.iter().map(months).min().unwrap_or(1);
        let (kept, sums): (Vec<_>, Vec<_>) = periods.into_iter().partition(|c| !c.total && months(c) == shortest);
        let (kept, of_channels) = without_sums(table, kept);
        left_out(table, &sums, &of_channels, &mut notes);
        let channels = kept.iter().filter(|c| c.channel.is_some()).count();
        return Some(Usage { numbers: Numbers::Wide(kept), points: 8 + u32::from(channels > 0) * 3, notes });
    }
    let channels = candidates.iter().filter(|c| c.channel.is_some()).count();
    let totals = candidates.iter().filter(|c| c.total).count();
    if channels >= 2 || (channels == 1 && totals == 1) {
        let kept: Vec<_> = candidates.iter().filter(|c| c.channel.is_some() || c.total).cloned().collect();
        let (kept, sums) = without_sums(table, kept);
        left_out(table, &[], &sums, &mut notes);
        return Some(Usage { numbers: Numbers::Wide(kept), points: 5, notes });
    }
    let mut stages: Vec<_> = candidates.iter().filter(|c| c.stage.is_some()).cloned().collect();
    stages.dedup_by_key(|c| c.stage);
    if stages.len() >= 2 {
        return Some(Usage { numbers: Numbers::Wide(stages), points: 5, notes });
    }
    let fit = |c: &WideColumn| {
        let header = &table.headers[c.at];
        names(header, Concept::Count) * 2 + u8::from(c.stage.is_some()) * 3 + u8::from(c.channel.is_some()) * 2
    };
    let best =
        candidates.iter().map(|c| (fit(c), c.at)).filter(|c| c.0 > 0).reduce(|a, b| if b.0 > a.0 { b } else { a });
    if let Some((_, at)) = best {
        return Some(Usage { numbers: Numbers::Long(at), points: 3, notes });
    }
    let received = found.column("period").is_some_and(|at| names(&table.headers[at], Concept::Received) > 1);
    let dated = found.column("period").is_some_and(|at| table.mostly(at, super::table::is_date) == Some(true));
    if dated && (received || found.column("id").is_some()) {
        return Some(Usage { numbers: Numbers::Cases, points: 3, notes });
    }
    None
}

fn described(table: &Table, at: usize) -> WideColumn {
    let header = &table.headers[at];
    let (period, rest) = match within(header) {
        Some((text, when, rest)) => (Some((text, when)), rest),
        None => (None, header.clone()),
    };
    WideColumn {
        at,
        period,
        channel: words::channel(&rest).or_else(|| mail(table, &rest)),
        stage: words::stage(&rest),
        total: words::is_total(&rest) && words::channel(&rest).is_none(),
    }
}

/// A column named `Mail` is a letter, unless letters have a column of their own.
fn mail(table: &Table, rest: &str) -> Option<Channel> {
    let others = || table.headers.iter().map(String::as_str);
    words::is_bare_mail(rest).then(|| words::mail_beside(others).unwrap_or(Channel::Mail))
}

/// Columns that hold the sum of the others of their period say nothing new.
fn without_sums(table: &Table, columns: Vec<WideColumn>) -> (Vec<WideColumn>, Vec<WideColumn>) {
    let number = |row: usize, at: usize| whole(&table.rows[row][at]);
    let is_sum = |column: &WideColumn| {
        let parts: Vec<usize> =
            columns.iter().filter(|c| c.period == column.period && !c.total).map(|c| c.at).collect();
        parts.len() > 1
            && (0..table.rows.len()).all(|row| {
                let sum: f64 = parts.iter().filter_map(|&at| number(row, at)).sum();
                number(row, column.at).is_none_or(|total| (total - sum).abs() < 0.5)
            })
    };
    let sums: Vec<usize> = columns.iter().filter(|c| c.total && is_sum(c)).map(|c| c.at).collect();
    columns.into_iter().partition(|column| !sums.contains(&column.at))
}

fn left_out(table: &Table, periods: &[WideColumn], sums: &[WideColumn], notes: &mut Vec<Label>) {
    let listed = |columns: &[WideColumn]| {
        let names: Vec<&str> = columns.iter().take(4).map(|c| table.headers[c.at].as_str()).collect();
        let more = if columns.len() > 4 { ", …" } else { "" };
        format!("{}{more}", names.join(", "))
    };
    if !periods.is_empty() {
        let which = listed(periods);
        notes.push(say!(
            "Nicht gelesen, weil es Summen der anderen Spalten sind: {which}",
            "not read because they are sums of the other columns: {which}"
        ));
    }
    if !sums.is_empty() {
        let which = listed(sums);
        notes.push(say!(
            "Nicht gelesen: {which}. In jeder Zeile steht dort die Summe der Kanäle",
            "not read: {which}. Each row holds the sum of the channels there"
        ));
    }
}

/// Whether a month without its year stands in a header.
pub(super) fn needs_year(columns: &[WideColumn]) -> bool {
    columns.iter().any(|c| matches!(c.period, Some((_, When::WithoutYear(_)))))
}

/// The year that titles, sheet and file name agree on, with the text that says so.
pub(super) fn stated_year(texts: &[&str]) -> Option<(String, String)> {
    texts.iter().find_map(|text| only_year(text).map(|year| (year, (*text).to_owned())))
}

/// The rules for the columns of a wide table: one pattern if it says exactly this, else one rule per
/// column. `stage` holds where a header says nothing.
pub(super) fn rules(spec: &SourceSpec, table: &Table, columns: &[WideColumn], year: &str) -> Vec<WideRule> {
    if let Some(pattern) = pattern(spec, table, columns) {
        return vec![WideRule { pattern, constants: std::collections::BTreeMap::new() }];
    }
    let rule = |column: &WideColumn| {
        let mut constants = std::collections::BTreeMap::new();
        let mut say = |field: &str, text: &str| drop(constants.insert(field.to_owned(), text.to_owned()));
        if let Some((text, when)) = &column.period {
            let period = match when {
                When::Plain(_) => text.clone(),
                When::Translated(period) => period.id(),
                When::WithoutYear(_) if year == super::question::OPEN => year.to_owned(),
                When::WithoutYear(month) if month.bytes().all(|b| b.is_ascii_digit()) => format!("{year}-{month}"),
                When::WithoutYear(part) => format!("{part} {year}"),
            };
            say("period", &period);
        }
        match (column.channel, column.total) {
            (Some(channel), _) => say("channel", channel.id()),
            (None, true) => say("channel", Channel::All.id()),
            (None, false) => {}
        }
        if let Some(stage) = column.stage.filter(|stage| spec.constants.get("stage").is_none_or(|s| s != stage.id())) {
            say("stage", stage.id());
        }
        WideRule { pattern: table.headers[column.at].clone(), constants }
    };
    columns.iter().map(rule).collect()
}

/// The one pattern that matches exactly the columns and says of each what it means.
fn pattern(spec: &SourceSpec, table: &Table, columns: &[WideColumn]) -> Option<String> {
    let stage = spec.constants.get("stage");
    let of = |column: &WideColumn| {
        let header = &table.headers[column.at];
        let mut pattern = header.clone();
        if let Some((text, When::Plain(_))) = &column.period {
            pattern = pattern.replacen(text.as_str(), "{period}", 1);
        } else if column.period.is_some() {
            return None;
        }
        if let Some(channel) = column.channel {
            let words: Vec<&str> = pattern.split(' ').collect();
            let lengths =
                (1..=words.len()).rev().flat_map(|length| (0..=words.len() - length).map(move |at| (at, length)));
            let mut found = lengths.map(|(at, length)| words[at..at + length].join(" "));
            let word = found.find(|text| Channel::parse(text) == Some(channel))?;
            pattern = pattern.replacen(&word, "{channel}", 1);
        }
        let stage_fits = column.stage.is_none_or(|found| stage.is_some_and(|s| s == found.id()));
        (stage_fits && !column.total).then_some(pattern)
    };
    let first = of(columns.first()?)?;
    if !first.contains('{') || !columns.iter().all(|column| of(column).as_ref() == Some(&first)) {
        return None;
    }
    let exact = table.headers.iter().enumerate().all(|(at, header)| {
        let meant = columns.iter().find(|column| column.at == at);
        match (match_pattern(&first, header, spec), meant) {
            (None, None) => true,
            (Some(found), Some(column)) => {
                let period = found.get("period").map(|text| parse_period(text, None).ok());
                let wanted = column.period.as_ref().map(|(text, _)| parse_period(text, None).ok());
                let channel = found.get("channel").map(|text| Channel::parse(text));
                period == wanted && channel == column.channel.map(Some)
            }
            _ => false,
        }
    });
    exact.then_some(first)
}

/// Whether a long table names months in one column and years in another.
pub(super) fn year_column(table: &Table, found: &Assigned) -> Option<usize> {
    let period = found.column("period")?;
    let month = |cell: &super::table::Cell| {
        cell.text.parse::<u32>().is_ok_and(|n| (1..=12).contains(&n))
            || matches!(when(&cell.text), Some(When::WithoutYear(_)))
    };
    if table.mostly(period, month) != Some(true) {
        return None;
    }
    (0..table.headers.len()).find(|&at| at != period && names(&table.headers[at], Concept::Year) >= 2)
}
