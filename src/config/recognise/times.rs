//! When the numbers were counted: what headers, cells, titles and sheets say of it.

use super::proposal::Proposal;
use super::question::{Desk, OPEN, Question};
use super::table::Cell;
use super::usage;
use crate::Result;
use crate::domain::{parse_period, say};
use crate::ingest::spec::{Grain, Layout};

impl Proposal {
    pub(super) fn year(&mut self, desk: &mut Desk<'_>) -> Result<String> {
        let around: Vec<&str> = self.around.iter().map(String::as_str).collect();
        if let Some((year, text)) = usage::stated_year(&around) {
            self.note("wide", say!("Das Jahr {year} steht in „{text}“", "the year {year} is in \"{text}\""));
            return Ok(year);
        }
        let question = Question::new(
            "year",
            &self.spec.name,
            say!(
                "Für welches Jahr gelten die Monate, etwa 2025?",
                "Which year do the months belong to, for example 2025?"
            ),
        );
        self.settle(desk, "wide", question.free())
    }

    /// The period where the table does not say it, and cells that have to be translated.
    pub(super) fn period_of(&mut self, wide: &[usage::WideColumn], desk: &mut Desk<'_>) -> Result<()> {
        if wide.iter().any(|c| c.period.is_some()) {
            return Ok(());
        }
        let Some(at) = self.found.column("period") else {
            if let Some((period, text)) = super::period::stated(&self.around) {
                self.spec.constants.insert("period".into(), period);
                let note = say!("Der Zeitraum steht in „{text}“", "the period is in \"{text}\"");
                self.note("constants.period", note);
                return Ok(());
            }
            let question = Question::new(
                "period",
                &self.spec.name,
                say!(
                    "Für welchen Zeitraum gelten die Zahlen, etwa 2025-06?",
                    "Which period do the numbers belong to, for example 2025-06?"
                ),
            );
            let answer = self.settle(desk, "constants.period", question.free())?;
            self.spec.constants.insert("period".into(), answer);
            return Ok(());
        };
        if self.spec.columns.contains_key("year") {
            return Ok(());
        }
        let texts: Vec<String> = self.table.distinct(at).into_iter().map(str::to_owned).collect();
        let without_year =
            |text: &&String| matches!(super::period::when(text), Some(super::period::When::WithoutYear(_)));
        let year = if texts.iter().any(|text| without_year(&text)) { self.year(desk)? } else { String::new() };
        for text in texts {
            let period = match super::period::when(&text) {
                Some(super::period::When::Translated(period)) => period.id(),
                Some(super::period::When::WithoutYear(_)) if year == OPEN => OPEN.to_owned(),
                Some(super::period::When::WithoutYear(month)) if month.bytes().all(|b| b.is_ascii_digit()) => {
                    format!("{year}-{month}")
                }
                Some(super::period::When::WithoutYear(part)) => format!("{part} {year}"),
                _ => continue,
            };
            self.spec.values.entry("period".into()).or_default().insert(text, period);
        }
        let first_of_month =
            |cell: &Cell| cell.text.len() >= 10 && parse_period(&cell.text, None).is_ok_and(|p| p.day == 1);
        let dated = |cell: &Cell| parse_period(&cell.text, None).is_ok_and(|p| p.day > 0);
        if self.spec.layout != Layout::OneRowPerCase
            && self.table.mostly(at, dated) == Some(true)
            && self.table.cells(at).all(first_of_month)
        {
            self.spec.grain = Grain::Month;
            self.note(
                "grain",
                say!(
                    "Jedes Datum ist ein Monatserster: Gemeint ist der ganze Monat",
                    "each date is the first of a month: the whole month is meant"
                ),
            );
        }
        Ok(())
    }
}
