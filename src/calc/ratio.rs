use clap::Args;
use serde::Serialize;

use super::options::{Data, Level};
use super::{Answer, Estimate, Open, Table, listed, said};
use crate::domain::{Label, say};
use crate::stats::Refusal;
use crate::stats::contrast::{self, Comparison, Rate, Share};
use crate::{Error, Result};

/// Options of `calc ratio`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the cases (of shares) or events (of rates)
    #[arg(long, value_name = "COLUMN")]
    numerator: String,
    /// Column with all cases (of shares) or the exposure (of rates)
    #[arg(long, value_name = "COLUMN")]
    denominator: String,
    /// Column that joins the two rows to compare; without it the table has two rows
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// Column with 1 for the first and 0 for the second row of a comparison; without it the order of the file counts
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    arm: Option<String>,
    /// What is compared: first minus second, or first over second
    #[arg(long, value_enum, default_value = "difference")]
    measure: Measure,
    /// Whether a difference is one of shares or of rates
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    /// Interval; score is that of Miettinen and Nurminen for shares, mover adds the intervals of both rows
    #[arg(long, value_enum, default_value = "score")]
    method: Method,
    /// Score interval of shares without the factor N/(N-1): Koopman's for a ratio, Mee's for a difference
    #[arg(long)]
    uncorrected: bool,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc ratio --data datasets/calc/groups.csv --group service --arm participation --numerator online --denominator cases --measure risk-ratio";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc ratio --data datasets/calc/groups.csv --group service --arm participation --numerator online --denominator cases --measure risk-ratio",
    ),
    (
        "Column with the cases (of shares) or events (of rates)",
        "Spalte mit den Fällen (bei Anteilen) oder Ereignissen (bei Raten)",
    ),
    (
        "Column with all cases (of shares) or the exposure (of rates)",
        "Spalte mit allen Fällen (bei Anteilen) oder der Bezugsgröße (bei Raten)",
    ),
    (
        "Column that joins the two rows to compare; without it the table has two rows",
        "Spalte, die je zwei zu vergleichende Zeilen verbindet; ohne sie hat die Tabelle zwei Zeilen",
    ),
    (
        "Column with 1 for the first and 0 for the second row of a comparison; without it the order of the file counts",
        "Spalte mit 1 für die erste und 0 für die zweite Zeile eines Vergleichs; ohne sie gilt die Reihenfolge der Datei",
    ),
    (
        "What is compared: first minus second, or first over second",
        "Was verglichen wird: erste Zeile minus zweite oder erste durch zweite",
    ),
    ("Whether a difference is one of shares or of rates", "Ob eine Differenz eine von Anteilen oder von Raten ist"),
    (
        "Interval; score is that of Miettinen and Nurminen for shares, mover adds the intervals of both rows",
        "Art der Spanne; score ist bei Anteilen die von Miettinen und Nurminen, mover fügt die Spannen beider Zeilen zusammen",
    ),
    (
        "Score interval of shares without the factor N/(N-1): Koopman's for a ratio, Mee's for a difference",
        "Score-Spanne von Anteilen ohne den Faktor N/(N-1): bei einem Verhältnis die von Koopman, bei einer Differenz die von Mee",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Measure {
    Difference,
    RiskRatio,
    RateRatio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Proportion,
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    Newcombe,
    Score,
    Mover,
    Log,
}

/// The numbers of one row; a share needs whole cases.
struct Row {
    x: u64,
    size: f64,
}

impl Options {
    fn rates(&self) -> bool {
        self.measure == Measure::RateRatio || self.kind == Some(Kind::Rate)
    }

    /// Combinations that mean nothing are refused before a file is read.
    fn possible(&self) -> Result<()> {
        let (what, hint) = match (self.measure, self.kind, self.method) {
            (Measure::RiskRatio, Some(Kind::Rate), _) => (
                say!("risk-ratio vergleicht Anteile, nicht Raten", "risk-ratio compares shares, not rates"),
                say!("--measure rate-ratio angeben.", "use --measure rate-ratio"),
            ),
            (Measure::RateRatio, Some(Kind::Proportion), _) => (
                say!("rate-ratio vergleicht Raten, nicht Anteile", "rate-ratio compares rates, not shares"),
                say!("--measure risk-ratio angeben.", "use --measure risk-ratio"),
            ),
            (Measure::Difference, _, Method::Log) => (
                say!(
                    "log ist eine Spanne von Verhältnissen, nicht von Differenzen",
                    "log is an interval of ratios, not of differences"
                ),
                say!("--method score oder --method mover angeben.", "use --method score or --method mover"),
            ),
            (_, _, Method::Newcombe) if self.measure != Measure::Difference || self.rates() => (
                say!(
                    "newcombe ist eine Spanne von Differenzen zwischen Anteilen",
                    "newcombe is an interval of differences between shares"
                ),
                say!(
                    "--method mover ist dasselbe Verfahren für Verhältnisse und für Raten.",
                    "--method mover is the same method for ratios and for rates"
                ),
            ),
            _ if self.uncorrected && (self.method != Method::Score || self.rates()) => (
                say!(
                    "--uncorrected gibt es nur zu --method score bei Anteilen",
                    "--uncorrected goes only with --method score of shares"
                ),
                say!("--uncorrected weglassen.", "leave --uncorrected out"),
            ),
            _ => return Ok(()),
        };
        Err(Error::config(what).hint(hint))
    }

    fn compare(&self, [a, b]: [&Row; 2], level: f64) -> std::result::Result<Comparison, Refusal> {
        if self.rates() {
            let [a, b] = [a, b].map(|r| Rate { x: r.x, exposure: r.size });
            return match (self.measure, self.method) {
                (Measure::Difference, Method::Score) => contrast::rate_difference_score(a, b, level),
                (Measure::Difference, _) => contrast::rate_difference_mover(a, b, level),
                (_, Method::Score) => contrast::rate_ratio_score(a, b, level),
                (_, Method::Log) => contrast::rate_ratio_log(a, b, level),
                (_, _) => contrast::rate_ratio_mover(a, b, level),
            };
        }
        let [a, b] = [a, b].map(|r| Share { x: r.x, n: r.size as u64 });
        match (self.measure, self.method) {
            (Measure::Difference, Method::Score) => contrast::score_difference(a, b, level, !self.uncorrected),
            (Measure::Difference, _) => contrast::newcombe(a, b, level),
            (_, Method::Score) => contrast::risk_ratio_score(a, b, level, !self.uncorrected),
            (_, Method::Log) => contrast::risk_ratio_log(a, b, level),
            (_, _) => contrast::risk_ratio_mover(a, b, level),
        }
    }

    fn rows(&self, table: &Table) -> Result<Vec<Row>> {
        let events = table.counts(&self.numerator)?;
        let sizes = table.full(&self.denominator)?;
        let mut rows = Vec::new();
        for (row, (&x, &size)) in events.iter().zip(&sizes).enumerate() {
            if !self.rates() {
                table.count(&self.denominator, row, size).map_err(|error| {
                    error.hint(say!(
                        "Zähler je Bezugsgröße sind Raten: --kind rate angeben.",
                        "counts per exposure are rates: use --kind rate"
                    ))
                })?;
            }
            let refusal = match size {
                size if size < 0.0 => Some(Refusal::Negative),
                0.0 => Some(Refusal::ZeroDenominator),
                size if !self.rates() && x as f64 > size => Some(Refusal::CountExceedsDenominator),
                _ => None,
            };
            if let Some(refusal) = refusal {
                return Err(super::refused_at(table, &self.denominator, row, &refusal));
            }
            rows.push(Row { x, size });
        }
        Ok(rows)
    }

    /// The groups in the order of the file, each with its first and its second row.
    fn pairs(&self, table: &Table) -> Result<Vec<(Option<String>, [usize; 2])>> {
        let labels = match &self.group {
            Some(column) => table.labels(column)?.into_iter().map(Some).collect(),
            None => vec![None; table.rows()],
        };
        let arms = self.arm.as_ref().map(|column| table.flags(column)).transpose()?;
        let mut groups: Vec<(Option<&str>, Vec<usize>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (row, label) in labels.into_iter().enumerate() {
            let place = *places.entry(label).or_insert_with(|| {
                groups.push((label, Vec::new()));
                groups.len() - 1
            });
            if let Some((_, rows)) = groups.get_mut(place) {
                rows.push(row);
            }
        }
        let pair = |(label, rows): (Option<&str>, Vec<usize>)| {
            let [first, second] = rows[..] else {
                return Err(self.not_two(table, label, rows.len()));
            };
            let is_first = |row: usize| arms.as_ref().and_then(|arms| arms.get(row)).copied();
            match (is_first(first), is_first(second)) {
                (Some(false), Some(true)) => Ok((label.map(str::to_owned), [second, first])),
                (Some(a), Some(b)) if a == b => Err(self.same_arm(table, second, a)),
                _ => Ok((label.map(str::to_owned), [first, second])),
            }
        };
        groups.into_iter().map(pair).collect()
    }

    fn not_two(&self, table: &Table, label: Option<&str>, rows: usize) -> Error {
        let file = &table.file;
        let error = Error::refused(match label {
            Some(label) => say!(
                "{file}: Ein Vergleich braucht zwei Zeilen, Gruppe „{label}“ hat {rows}",
                "{file}: a comparison needs two rows, group \"{label}\" has {rows}"
            ),
            None => say!(
                "{file}: Ein Vergleich braucht zwei Zeilen, die Tabelle hat {rows}",
                "{file}: a comparison needs two rows, the table has {rows}"
            ),
        });
        if self.group.is_some() {
            return error;
        }
        error.hint(say!(
            "Mit --group die Spalte angeben, die je zwei Zeilen verbindet.",
            "name the column that joins two rows each with --group"
        ))
    }

    fn same_arm(&self, table: &Table, row: usize, arm: bool) -> Error {
        let (column, arm) = (self.arm.as_deref().unwrap_or_default(), u8::from(arm));
        let what = say!(
            "Beide Zeilen der Gruppe haben {arm}, eine braucht 1 und eine 0",
            "both rows of the group have {arm}, one needs 1 and one 0"
        );
        Error::refused(table.at(column, row, &what))
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    options.possible()?;
    let level = options.level.checked()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("ratio", options);
    answer.options.insert("kind".into(), if options.rates() { "rate" } else { "proportion" }.into());
    answer.reads(&table);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let rows = options.rows(&table)?;
    let pairs = options.pairs(&table)?;
    let mut failed: Vec<(Option<&str>, Refusal)> = Vec::new();
    let mut open_ended = false;
    for (label, at) in &pairs {
        let [Some(a), Some(b)] = at.map(|row| rows.get(row)) else { continue };
        let keys = match label {
            Some(label) => vec![("group", label.as_str().into())],
            None => vec![("name", "all".into())],
        };
        let mut estimate = Estimate { level: Some(level), ..Estimate::keyed(keys) };
        estimate.more = vec![("first", (a.x as f64 / a.size).into()), ("second", (b.x as f64 / b.size).into())];
        match options.compare([a, b], level) {
            Ok(found) => {
                open_ended |= found.upper.is_none();
                let Comparison { value, lower, upper, p, se_log } = found;
                estimate = Estimate { value, lower, upper, p, ..estimate };
                if let Some(se) = se_log {
                    estimate.more.push(("se_log", se.into()));
                }
            }
            Err(refusal) => {
                // The shares themselves are not in doubt, only what compares them.
                let defined = matches!(options.measure, Measure::Difference) || b.x > 0;
                estimate.value =
                    defined.then(|| (a.x as f64 / a.size) / (b.x as f64 / b.size)).filter(|v| v.is_finite());
                failed.push((label.as_deref(), refusal));
            }
        }
        answer.estimates.push(estimate);
    }
    if failed.len() == pairs.len()
        && let Some((_, refusal)) = failed.first()
    {
        let error = Error::refused(said(refusal)).at(&table.file);
        return Err(match refusal {
            Refusal::ZeroRate => error.hint(say!(
                "--method score kommt mit einer Anzahl von null zurecht, nicht mit zweien.",
                "--method score works with one count of zero, not with two"
            )),
            _ => error,
        });
    }
    let without: Vec<Label> = failed
        .iter()
        .map(|(label, refusal)| {
            let (label, why) = (label.unwrap_or("all"), said(refusal));
            Label::new(format!("{label}: {}", why.de), format!("{label}: {}", why.en))
        })
        .collect();
    if !without.is_empty() {
        let without = listed(&without);
        let text = Label::new(format!("Ohne Spanne – {}", without.de), format!("no interval – {}", without.en));
        answer.note("no_interval", text);
    }
    if open_ended {
        let text = say!(
            "Wo die zweite Anzahl 0 ist, haben Verhältnis und Spanne nach oben keine Grenze",
            "where the second count is 0, the ratio and its interval have no upper bound"
        );
        answer.note("no_upper_limit", text);
    }
    answer.n = table.rows();
    Ok(answer)
}
