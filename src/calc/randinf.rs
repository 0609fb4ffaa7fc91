use std::collections::HashMap;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::options::{Data, Level};
use super::panel::{self, DrawCount};
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::permutation::{MOST_ASSIGNMENTS, PermutationRefusal, Unit, randomisation};
use crate::stats::wild_bootstrap::MOST_DRAWS;
use crate::{Error, Result};

/// Options of `calc randinf`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column that tells units apart: the towns
    #[arg(long, value_name = "UNIT")]
    unit: String,
    /// Column that says which units were treated: 1 or 0, the same in every row of a unit
    #[arg(long, value_name = "COLUMN")]
    treatment: String,
    /// Column with the outcome
    #[arg(long, value_name = "COLUMN")]
    outcome: String,
    /// Number of draws, or "all": every one there is
    #[arg(long, value_name = "DRAWS", default_value = "9999")]
    draws: DrawCount,
    /// Seed of the random numbers: the same seed gives the same result
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example:\n  resonanz calc randinf --data datasets/calc/towns.csv --unit town --treatment participation --outcome share";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc randinf --data datasets/calc/towns.csv --unit town --treatment participation --outcome share",
    ),
    (
        "Column that says which units were treated: 1 or 0, the same in every row of a unit",
        "Spalte, die sagt, welche Einheiten behandelt wurden: 1 oder 0, gleich in allen Zeilen einer Einheit",
    ),
];

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("randinf", options);
    answer.reads(&table);
    let labels = table.labels(&options.unit)?;
    let (outcome, treated) = (table.numbers(&options.outcome)?, panel::intensity(&table, &options.treatment)?);
    let mut units: Vec<Unit> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let (mut without_outcome, mut without_treatment) = (0, 0);
    for (row, label) in labels.iter().enumerate() {
        let treated = match treated[row] {
            None => {
                without_treatment += 1;
                continue;
            }
            Some(1.0) => true,
            Some(0.0) => false,
            Some(other) => {
                let what = say!("{other} ist weder 0 noch 1", "{other} is neither 0 nor 1");
                return Err(Error::input(table.at(&options.treatment, row, &what)));
            }
        };
        let Some(outcome) = outcome[row] else {
            without_outcome += 1;
            continue;
        };
        let at = *seen.entry(*label).or_insert(units.len());
        if at == units.len() {
            units.push(Unit { sum: 0.0, rows: 0.0, treated });
        }
        let unit = &mut units[at];
        if unit.treated != treated {
            return Err(Error::refused(table.at(
                &options.treatment,
                row,
                &say!(
                    "„{label}“ ist nicht in allen Zeilen gleich behandelt; zugeordnet werden ganze Einheiten",
                    "\"{label}\" is not treated alike in all rows; whole units are assigned"
                ),
            ))
            .hint(say!(
                "Nur Zeilen nach dem Beginn behalten und die Maßnahme je Einheit einmal angeben.",
                "keep the rows after the start only and state the treatment once per unit"
            )));
        }
        unit.sum += outcome;
        unit.rows += 1.0;
        answer.n += 1;
    }
    answer.drop("rows", without_outcome, "missing_outcome", say!("Zeilen ohne Zielgröße", "rows without an outcome"));
    answer.drop(
        "rows",
        without_treatment,
        "missing_treatment",
        say!("Zeilen ohne „{}“", "rows without \"{}\"", options.treatment),
    );
    let level = options.level.level;
    let found = randomisation(&units, options.draws.0, options.seed, level).map_err(|refusal| refused(&refusal))?;
    answer.estimates.push(Estimate {
        value: Some(found.value),
        lower: found.lower,
        upper: found.upper,
        level: Some(level),
        p: Some(found.p),
        more: vec![("extreme", found.extreme.into()), ("draws", found.draws.into())],
        ..Estimate::named("difference_in_means")
    });
    let mut add = |name: &str, value| answer.diagnostics.insert(name.to_owned(), value);
    add("units", found.units.into());
    add("treated_units", found.treated.into());
    add("exact", found.exact.into());
    add("spread_without_effect", json!(found.spread));
    notes(&mut answer, &found, &units, level);
    Ok(answer)
}

fn notes(answer: &mut Answer, found: &crate::stats::permutation::Randomisation, units: &[Unit], level: f64) {
    answer.note(
        "assumes_exchangeable",
        say!(
            "Der Test gilt, wenn jede Auswahl von gleich vielen Einheiten ebenso gut möglich war. Haben sich Orte selbst gemeldet, war sie das nicht.",
            "The test holds where every choice of as many units was equally possible. Where towns put themselves forward it was not."
        ),
    );
    if found.exact && 1.0 / found.draws as f64 > 1.0 - level {
        let n = found.draws;
        answer.note(
            "p_floor",
            say!(
                "Es gibt nur {n} mögliche Auswahlen: p kann nicht unter 1/{n} fallen, ein Effekt also nie auffallen.",
                "There are only {n} possible choices: p cannot fall below 1/{n}, so no effect can ever stand out."
            ),
        );
    }
    if found.treated == 1 {
        answer.note(
            "single_treated_unit",
            say!(
                "Nur eine Einheit ist behandelt: p ist ihr Rang unter allen.",
                "Only one unit is treated: p is its rank among all."
            ),
        );
    }
    if units.iter().any(|u| Some(u.rows) != units.first().map(|first| first.rows)) {
        answer.note(
            "unequal_rows",
            say!(
                "Einheiten haben verschieden viele Zeilen: Im Mittelwert zählt jede Zeile gleich, nicht jede Einheit.",
                "Units have different numbers of rows: every row counts the same in the mean, not every unit."
            ),
        );
    }
    if found.lower.is_none() || found.upper.is_none() {
        answer.note(
            "interval_unbounded",
            say!(
                "Auf mindestens einer Seite gibt es keine Grenze: Der Test verwirft dort keinen Wert, oder es sind zu viele Auswahlen, um sie umzukehren.",
                "There is no limit on at least one side: the test rejects no value there, or the choices are too many to invert."
            ),
        );
    }
}

fn refused(refusal: &PermutationRefusal) -> Error {
    match *refusal {
        PermutationRefusal::NoneTreated => Error::refused(say!("Keine Einheit ist behandelt", "no unit is treated")),
        PermutationRefusal::NoneUntreated => Error::refused(say!(
            "Alle Einheiten sind behandelt: Zum Vergleich fehlt eine Gruppe",
            "all units are treated: there is nothing to compare with"
        )),
        PermutationRefusal::NoVariation => {
            Error::refused(say!("Die Zielgröße ist in allen Einheiten gleich", "the outcome is the same in all units"))
        }
        PermutationRefusal::NonFinite => {
            Error::refused(say!("Eine Zahl ist nicht endlich", "an input is not a finite number"))
        }
        PermutationRefusal::FewDraws => {
            Error::config(say!("--draws: Mindestens 99 Ziehungen sind nötig", "--draws: at least 99 draws are needed"))
        }
        PermutationRefusal::ManyDraws => Error::config(say!(
            "--draws: Höchstens {MOST_DRAWS} Ziehungen sind möglich",
            "--draws: no more than {MOST_DRAWS} draws are possible"
        )),
        PermutationRefusal::ManyAssignments { units, treated } => Error::config(say!(
            "--draws all: {treated} von {units} Einheiten lassen sich auf mehr als {MOST_ASSIGNMENTS} Weisen wählen",
            "--draws all: {treated} of {units} units can be chosen in more than {MOST_ASSIGNMENTS} ways"
        ))
        .hint(say!("--draws 9999 zieht zufällig.", "--draws 9999 draws at random")),
        PermutationRefusal::InvalidLevel => Error::config(super::said(&crate::stats::Refusal::InvalidLevel)),
    }
}
