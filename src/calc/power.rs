use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::options::Level;
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::power::{Plan, PowerRefusal};
use crate::{Error, Result};

/// Options of `calc power`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    /// Share expected without the measure, between 0 and 1
    #[arg(long, value_name = "SHARE")]
    base: f64,
    /// Difference that the measure makes: 0.05 is five percentage points
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    effect: f64,
    /// Towns in all
    #[arg(long, value_name = "NUMBER")]
    units: u64,
    /// Towns with the measure; default: half of them
    #[arg(long, value_name = "NUMBER")]
    treated: Option<u64>,
    /// Months (or other periods) observed per town after the start
    #[arg(long, value_name = "NUMBER")]
    periods: u64,
    /// Cases per town and period
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    cases_per_period: u64,
    /// Correlation of two cases of the same town: 0 if towns do not differ
    #[arg(long, value_name = "NUMBER")]
    icc: f64,
    /// Probability of finding the effect that is wanted
    #[arg(long, value_name = "NUMBER", default_value_t = 0.8)]
    power: f64,
    /// Also check by simulation, with this many worlds
    #[arg(long, value_name = "NUMBER")]
    simulate: Option<u64>,
    /// Seed of the random numbers: the same seed gives the same result
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example (no file needed):\n  resonanz calc power --base 0.2 --effect 0.05 --units 40 --periods 12 --cases-per-period 30 --icc 0.02";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel (ohne Datei):\n  resonanz calc power --base 0.2 --effect 0.05 --units 40 --periods 12 --cases-per-period 30 --icc 0.02",
    ),
    ("Share expected without the measure, between 0 and 1", "Ohne die Maßnahme erwarteter Anteil, zwischen 0 und 1"),
    (
        "Difference that the measure makes: 0.05 is five percentage points",
        "Unterschied durch die Maßnahme: 0.05 sind fünf Prozentpunkte",
    ),
    ("Towns in all", "Orte insgesamt"),
    ("Towns with the measure; default: half of them", "Orte mit der Maßnahme; ohne Angabe die Hälfte"),
    (
        "Months (or other periods) observed per town after the start",
        "Monate (oder andere Zeitabschnitte), die je Ort nach dem Beginn beobachtet werden",
    ),
    ("Cases per town and period", "Fälle je Ort und Zeitabschnitt"),
    (
        "Correlation of two cases of the same town: 0 if towns do not differ",
        "Korrelation zweier Fälle desselben Ortes: 0, wenn Orte sich nicht unterscheiden",
    ),
    ("Probability of finding the effect that is wanted", "Gewünschte Wahrscheinlichkeit, den Effekt zu finden"),
    ("Also check by simulation, with this many worlds", "Zusätzlich durch Simulation prüfen, mit so vielen Welten"),
];

/// Worlds that a simulation may have.
const MOST_WORLDS: u64 = 1_000_000;

pub(super) fn run(options: &Options, _open: Open<'_>) -> Result<Answer> {
    let mut answer = Answer::of("power", options);
    let treated = options.treated.unwrap_or(options.units / 2);
    let plan = Plan {
        base: options.base,
        effect: options.effect,
        treated,
        untreated: options.units.saturating_sub(treated),
        periods: options.periods,
        cases: options.cases_per_period,
        icc: options.icc,
        level: options.level.level,
    };
    let wanted = options.power;
    let power = plan.power().map_err(refused)?;
    answer.n = options.units as usize;
    answer.estimates.push(Estimate { value: Some(power), ..Estimate::named("power") });
    let smallest = plan.smallest_effect(wanted).map_err(refused)?;
    answer.estimates.push(Estimate { value: smallest, ..Estimate::named("smallest_detectable_effect") });
    let units = plan.units_needed(wanted).map_err(refused)?;
    let split = units.map(|units| plan.with_units(units));
    answer.estimates.push(Estimate {
        value: units.map(|n| n as f64),
        more: vec![("treated", json!(split.map(|s| s.treated))), ("untreated", json!(split.map(|s| s.untreated)))],
        ..Estimate::named("units_needed")
    });
    let periods = plan.periods_needed(wanted).map_err(refused)?;
    answer.estimates.push(Estimate { value: periods.map(|n| n as f64), ..Estimate::named("periods_needed") });
    if let Some(worlds) = options.simulate {
        if !(100..=MOST_WORLDS).contains(&worlds) {
            return Err(Error::config(say!(
                "--simulate: 100 bis {MOST_WORLDS} Welten sind möglich",
                "--simulate: 100 to {MOST_WORLDS} worlds are possible"
            )));
        }
        let found = plan.simulate(worlds, options.seed).map_err(refused)?;
        answer.estimates.push(Estimate {
            value: Some(found),
            se: Some((found * (1.0 - found) / worlds as f64).sqrt()),
            ..Estimate::named("power_simulated")
        });
    }
    let mut add = |name: &str, value| answer.diagnostics.insert(name.to_owned(), value);
    add("treated_units", plan.treated.into());
    add("untreated_units", plan.untreated.into());
    add("design_effect", json!(plan.design_effect()));
    let per_town = plan.cases_per_town() / plan.design_effect();
    add("effective_cases_per_unit", json!(per_town));
    notes(options, &plan, smallest, periods, &mut answer);
    Ok(answer)
}

fn notes(options: &Options, plan: &Plan, smallest: Option<f64>, periods: Option<u64>, answer: &mut Answer) {
    answer.note(
        "between_groups",
        say!(
            "Gerechnet ist der Unterschied zweier Gruppen im selben Zeitraum; ein Vergleich mit vorher, wo es ein Vorher gibt, braucht meist weniger Orte.",
            "This is the difference of two groups in the same periods; a comparison with before, where there is a before, mostly needs fewer towns."
        ),
    );
    if options.cases_per_period == 1 {
        answer.note(
            "one_case_per_period",
            say!(
                "Je Ort und Zeitabschnitt ist ein Fall angenommen; --cases-per-period nennt die wirkliche Zahl.",
                "One case per town and period is assumed; --cases-per-period states the real number."
            ),
        );
    }
    if plan.treated.min(plan.untreated) < 10 {
        answer.note(
            "few_units",
            say!(
                "Unter zehn Orten je Gruppe verspricht die Formel zu viel; --simulate 2000 prüft mit einem t-Test.",
                "Below ten towns per group the formula promises too much; --simulate 2000 checks with a t test."
            ),
        );
    }
    if smallest.is_none() {
        answer.note(
            "no_detectable_effect",
            say!(
                "Mit diesem Plan ist kein Unterschied groß genug, um ihn so sicher zu finden.",
                "With this plan no difference is large enough to be found with that probability."
            ),
        );
    }
    if periods.is_none() {
        answer.note(
            "periods_do_not_suffice",
            say!(
                "Mehr Zeitabschnitte genügen nie: Was Orte unterscheidet, bleibt. Es braucht mehr Orte.",
                "More periods never suffice: what sets towns apart remains. It takes more towns."
            ),
        );
    }
}

fn refused(refusal: PowerRefusal) -> Error {
    Error::config(match refusal {
        PowerRefusal::Share => say!(
            "--base und --base plus --effect müssen zwischen 0 und 1 liegen (0.2 sind 20 %)",
            "--base and --base plus --effect must lie between 0 and 1 (0.2 is 20 %)"
        ),
        PowerRefusal::NoEffect => say!("--effect darf nicht null sein", "--effect must not be zero"),
        PowerRefusal::EmptyGroup => say!(
            "Jede Gruppe braucht mindestens einen Ort, jeder Ort einen Zeitabschnitt und einen Fall",
            "each group needs at least one town, each town one period and one case"
        ),
        PowerRefusal::Icc => say!("--icc muss von 0 an und unter 1 liegen", "--icc must be at least 0 and below 1"),
        PowerRefusal::InvalidLevel => {
            say!("--level und --power müssen zwischen 0 und 1 liegen", "--level and --power must lie between 0 and 1")
        }
        PowerRefusal::FewUnits => {
            say!("--simulate: Mindestens drei Orte sind nötig", "--simulate: at least three towns are needed")
        }
    })
}
