//! How numbers and dates are written, as far as the cells prove it.

use super::question::{Desk, OPEN, Question};
use super::table::{Table, is_dotted_time, is_mark, is_numeral, says_missing, slashed};
use crate::Result;
use crate::domain::{Label, Lang, say};
use crate::ingest::spec::{DateOrder, SourceSpec};

/// What the cells say about the decimal sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Cells that only a decimal comma explains, with an example.
    comma: (usize, String),
    /// Cells that only a decimal point explains.
    point: (usize, String),
    /// Cells such as `1.234` or `1,234`.
    either: (usize, String),
}

fn count(slot: &mut (usize, String), text: &str) {
    slot.0 += 1;
    if slot.1.is_empty() {
        slot.1 = text.to_owned();
    }
}

impl Evidence {
    /// Adds a cell that the format does not type as a number.
    pub(super) fn add(&mut self, text: &str) {
        if !is_numeral(text) || is_dotted_time(text) {
            return;
        }
        let signs: Vec<char> = text.chars().filter(|c| matches!(c, '.' | ',')).collect();
        let Some(&last) = signs.last() else { return };
        let behind = text.rsplit(last).next().map_or(0, str::len);
        let before = text.split(['.', ',']).next().unwrap_or("").trim_start_matches('-');
        let grouping = signs.len() > 1 && signs.iter().all(|sign| *sign == last);
        let could_group = signs.len() == 1 && behind == 3 && (1..=3).contains(&before.len()) && before != "0";
        if could_group {
            return count(&mut self.either, text);
        }
        // Several equal signs group thousands: the other sign is the decimal one.
        let decimal = if grouping { if last == '.' { ',' } else { '.' } } else { last };
        count(if decimal == ',' { &mut self.comma } else { &mut self.point }, text);
    }
}

/// Sets the decimal sign of `spec` from its number columns, or asks.
pub(super) fn decimal(
    spec: &mut SourceSpec,
    notes: &mut Vec<(String, Label)>,
    table: &Table,
    mapped: &[usize],
    (scope, lang): (&str, Lang),
    desk: &mut Desk<'_>,
) -> Result<()> {
    let mut evidence = Evidence::default();
    let mut asked = Evidence::default();
    for at in 0..table.headers.len() {
        let is_mapped = mapped.contains(&at);
        if !is_mapped && !table.is_number(at) {
            continue;
        }
        for cell in table.cells(at).filter(|cell| cell.number.is_none()) {
            evidence.add(&cell.text);
            if is_mapped {
                asked.add(&cell.text);
            }
        }
    }
    let (either, example) = &evidence.either;
    let (sign, note) = match (&evidence.comma, &evidence.point) {
        ((n, seen), (0, _)) if *n > 0 => {
            let example_fits = example.is_empty() || example.contains('.');
            let label =
                say!("Dezimalzeichen „,“: {n} Zellen wie „{seen}“", "decimal sign \",\": {n} cells such as \"{seen}\"");
            (',', if example_fits { also_in(&label, *either, example) } else { label })
        }
        ((0, _), (n, seen)) if *n > 0 => {
            let label =
                say!("Dezimalzeichen „.“: {n} Zellen wie „{seen}“", "decimal sign \".\": {n} cells such as \"{seen}\"");
            let example_fits = example.is_empty() || example.contains(',');
            ('.', if example_fits { also_in(&label, *either, example) } else { label })
        }
        ((0, _), (0, _)) if asked.either.0 == 0 => {
            let sign = if lang == Lang::De { ',' } else { '.' };
            let note = say!(
                "Dezimalzeichen: Keine Zahl hat Tausender- oder Dezimalzeichen, es kommt nicht darauf an",
                "decimal sign: no number has separators, nothing depends on it"
            );
            (sign, note)
        }
        _ => {
            let (n, seen) = if asked.either.0 > 0 { &asked.either } else { &evidence.either };
            let question = Question::new(
                "decimal",
                &spec.name,
                say!(
                    "Was bedeutet „{seen}“? (So geschriebene Zellen: {n}; keine Zelle entscheidet es.)",
                    "What does \"{seen}\" mean? (Cells written so: {n}; none decides it.)"
                ),
            );
            let (whole, part) = seen.split_once(['.', ',']).unwrap_or((seen, ""));
            let thousands = format!("{whole}{part}");
            let (as_thousands, as_decimal) = if seen.contains('.') { (",", ".") } else { (".", ",") };
            let question = question
                .choice(
                    as_thousands,
                    &format!("Tausender: {seen} ist {thousands}"),
                    &format!("thousands: {seen} is {thousands}"),
                )
                .choice(
                    as_decimal,
                    &format!("Dezimalzahl: {seen} ist {whole} und etwas mehr"),
                    &format!("a decimal number: {seen} is {whole} and a fraction"),
                );
            let said = question.text.clone();
            match desk.settle(scope, question)? {
                Some(answer) => (answer.chars().next().unwrap_or(','), answered(&said)),
                None => {
                    let (de, en) = (said.de, said.en);
                    let hint = say!(
                        "FRAGE decimal: {de} \"{as_thousands}\": {seen} ist {thousands}; \"{as_decimal}\": {whole} und etwas mehr.",
                        "QUESTION decimal: {en} \"{as_thousands}\": {seen} is {thousands}; \"{as_decimal}\": {whole} and a fraction."
                    );
                    (OPEN.chars().next().unwrap_or('?'), hint)
                }
            }
        }
    };
    spec.dialect.decimal = sign;
    notes.push(("dialect".into(), note));
    Ok(())
}

fn also_in(label: &Label, either: usize, example: &str) -> Label {
    if either == 0 {
        return label.clone();
    }
    Label::new(
        format!("{}; also sind {either} Zellen wie „{example}“ Tausender", label.de),
        format!("{}; so {either} cells such as \"{example}\" are thousands", label.en),
    )
}

/// The comment on a setting that the user decided.
pub(super) fn answered(said: &Label) -> Label {
    Label::new(format!("Ihre Antwort auf: {}", said.de), format!("your answer to: {}", said.en))
}

/// The order of dates with slashes, where a column that is read has some.
pub(super) fn date_order(
    spec: &mut SourceSpec,
    notes: &mut Vec<(String, Label)>,
    open: &mut Vec<&'static str>,
    table: &Table,
    mapped: &[usize],
    scope: &str,
    desk: &mut Desk<'_>,
) -> Result<()> {
    let cells = || mapped.iter().flat_map(|&at| table.cells(at)).filter_map(|c| Some((c, slashed(&c.text)?)));
    let Some((example, _)) = cells().next() else { return Ok(()) };
    let proof = |first: bool| cells().find(|(_, (a, b))| if first { *a > 12 } else { *b > 12 });
    let order = match (proof(true), proof(false)) {
        (Some((cell, _)), None) => Some((DateOrder::DayFirst, &cell.text)),
        (None, Some((cell, _))) => Some((DateOrder::MonthFirst, &cell.text)),
        _ => None,
    };
    if let Some((order, seen)) = order {
        spec.date_order = Some(order);
        let note = match order {
            DateOrder::DayFirst => {
                say!("Tag vor Monat: „{seen}“ lässt nur das zu", "day before month: \"{seen}\" allows nothing else")
            }
            DateOrder::MonthFirst => {
                say!("Monat vor Tag: „{seen}“ lässt nur das zu", "month before day: \"{seen}\" allows nothing else")
            }
        };
        notes.push(("date_order".into(), note));
        return Ok(());
    }
    let seen = &example.text;
    let question = Question::new(
        "date_order",
        &spec.name,
        say!(
            "Was steht in „{seen}“ vorn, der Tag oder der Monat?",
            "What comes first in \"{seen}\", the day or the month?"
        ),
    )
    .choice("day_first", "der Tag", "the day")
    .choice("month_first", "der Monat", "the month");
    let said = question.text.clone();
    match desk.settle(scope, question)?.as_deref() {
        Some("month_first") => spec.date_order = Some(DateOrder::MonthFirst),
        Some(_) => spec.date_order = Some(DateOrder::DayFirst),
        None => {
            open.push("date_order");
            let (de, en) = (said.de, said.en);
            notes.push((
                "date_order".into(),
                say!(
                    "FRAGE date_order: {de} \"day_first\": der Tag; \"month_first\": der Monat.",
                    "QUESTION date_order: {en} \"day_first\": the day; \"month_first\": the month."
                ),
            ));
            return Ok(());
        }
    }
    notes.push(("date_order".into(), answered(&said)));
    Ok(())
}

/// Texts in number columns that are no numbers.
pub(super) fn marks(
    spec: &mut SourceSpec,
    notes: &mut Vec<(String, Label)>,
    table: &Table,
    counts: &[usize],
    scope: &str,
    desk: &mut Desk<'_>,
) -> Result<()> {
    let mut seen: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for cell in counts.iter().flat_map(|&at| table.cells(at)) {
        if cell.number.is_none() && is_mark(&cell.text) {
            *seen.entry(&cell.text).or_default() += 1;
        }
    }
    for (mark, times) in seen {
        if says_missing(mark) {
            spec.missing.push(mark.to_owned());
            notes.push((
                "missing".into(),
                say!(
                    "„{mark}“ (Zellen: {times}) sagt: nicht geliefert",
                    "\"{mark}\" (cells: {times}) says: not provided"
                ),
            ));
            continue;
        }
        let question = Question::new(
            &format!("mark {mark}"),
            &spec.name,
            say!(
                "Was bedeutet „{mark}“ anstelle einer Zahl (Zellen: {times})?",
                "What does \"{mark}\" mean in place of a number (cells: {times})?"
            ),
        )
        .choice("missing", "Die Zahl wurde nicht geliefert", "the number was not provided")
        .choice("not_applicable", "Das gibt es hier nicht", "there is no such thing here")
        .choice("suppressed", "Die Zahl ist geheim gehalten", "the number was hidden by the deliverer")
        .choice("0", "Es gab keinen Fall: eine echte Null", "there was no case: a true zero");
        let (said, values) = (question.text.clone(), question.values());
        match desk.settle(scope, question)?.as_deref() {
            Some("missing") => spec.missing.push(mark.to_owned()),
            Some("not_applicable") => spec.not_applicable.push(mark.to_owned()),
            Some("suppressed") => spec.suppressed.push(mark.to_owned()),
            Some(zero) => {
                spec.values.entry("count".into()).or_default().insert(mark.to_owned(), zero.to_owned());
                notes.push((format!("values.count.{mark}"), answered(&said)));
                continue;
            }
            None => {
                spec.values.entry("count".into()).or_default().insert(mark.to_owned(), OPEN.to_owned());
                let note = Label::new(
                    format!("FRAGE: {} Möglich: {values}", said.de),
                    format!("QUESTION: {} Possible: {values}", said.en),
                );
                notes.push((format!("values.count.{mark}"), note));
                continue;
            }
        }
        notes.push(("missing".into(), answered(&said)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cells: &[&str]) -> (usize, usize, usize) {
        let mut evidence = Evidence::default();
        cells.iter().for_each(|cell| evidence.add(cell));
        (evidence.comma.0, evidence.point.0, evidence.either.0)
    }

    #[test]
    fn only_what_has_one_reading_is_evidence() {
        assert_eq!(of(&["1.234", "17", "999"]), (0, 0, 1));
        assert_eq!(of(&["1.234", "12,5"]), (1, 0, 1));
        assert_eq!(of(&["1.234.567"]), (1, 0, 0));
        assert_eq!(of(&["1,234", "12.5", "1,234.5"]), (0, 2, 1));
        assert_eq!(of(&["0,125", "1234.567"]), (1, 1, 0));
        assert_eq!(of(&["01.02.2025", "01.2025", "12.2025", "k. A.", "-"]), (0, 0, 0));
    }
}
