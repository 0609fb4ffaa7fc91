mod notes;
mod panel;
mod trial;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use self::panel::Columns;
use self::trial::Own;
use super::options::Level;
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::power::{Plan, PowerRefusal, Spread};
use crate::{Error, Result};

/// Options of `calc power`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    /// Share expected without the measure, between 0 and 1; with --data the mean of the towns' shares unless stated
    #[arg(long, value_name = "SHARE", required_unless_present = "data")]
    base: Option<f64>,
    /// Difference that the measure makes: 0.05 is five percentage points
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true)]
    effect: f64,
    /// Towns in all; with --data those of the panel unless stated
    #[arg(long, value_name = "NUMBER", required_unless_present = "data")]
    units: Option<u64>,
    /// Towns with the measure; default: half of them
    #[arg(long, value_name = "NUMBER")]
    treated: Option<u64>,
    /// Months (or other periods) observed per town after the start; with --data up to 12 unless stated
    #[arg(long, value_name = "NUMBER", required_unless_present = "data")]
    periods: Option<u64>,
    /// Cases per town and period; default: 1, with --data the harmonic mean over the towns
    #[arg(long, value_name = "NUMBER")]
    cases_per_period: Option<u64>,
    /// Correlation of two cases of the same town: 0 if towns do not differ; with --data estimated unless stated
    #[arg(long, value_name = "NUMBER", required_unless_present = "data")]
    icc: Option<f64>,
    /// Probability of finding the effect that is wanted
    #[arg(long, value_name = "NUMBER", default_value_t = 0.8)]
    power: f64,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Also check by simulation, with this many worlds; with --data they are made of its towns and periods
    #[arg(long, value_name = "NUMBER")]
    simulate: Option<u64>,
    /// Seed of the random numbers: the same seed gives the same result
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

const EXAMPLE: &str = "Example (no file needed):\n  resonanz calc power --base 0.2 --effect 0.05 --units 40 --periods 12 --cases-per-period 30 --icc 0.02\n\nExample with the counts of towns:\n  resonanz calc power --data datasets/calc/usage.csv --unit town --time month --numerator online --denominator cases --effect 0.05 --units 20 --periods 6 --before 6 --simulate 1000";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel (ohne Datei):\n  resonanz calc power --base 0.2 --effect 0.05 --units 40 --periods 12 --cases-per-period 30 --icc 0.02\n\nBeispiel mit den Zahlen von Orten:\n  resonanz calc power --data datasets/calc/usage.csv --unit town --time month --numerator online --denominator cases --effect 0.05 --units 20 --periods 6 --before 6 --simulate 1000",
    ),
    (
        "Share expected without the measure, between 0 and 1; with --data the mean of the towns' shares unless stated",
        "Ohne die Maßnahme erwarteter Anteil, zwischen 0 und 1; bei --data ohne Angabe das Mittel der Anteile der Orte",
    ),
    (
        "Difference that the measure makes: 0.05 is five percentage points",
        "Unterschied durch die Maßnahme: 0.05 sind fünf Prozentpunkte",
    ),
    (
        "Towns in all; with --data those of the panel unless stated",
        "Orte insgesamt; bei --data ohne Angabe alle Orte der Tabelle",
    ),
    ("Towns with the measure; default: half of them", "Orte mit der Maßnahme; ohne Angabe die Hälfte"),
    (
        "Months (or other periods) observed per town after the start; with --data up to 12 unless stated",
        "Monate (oder andere Zeitabschnitte), die je Ort nach dem Beginn beobachtet werden; bei --data ohne Angabe bis zu 12",
    ),
    (
        "Cases per town and period; default: 1, with --data the harmonic mean over the towns",
        "Fälle je Ort und Zeitabschnitt; ohne Angabe 1, bei --data das harmonische Mittel über die Orte",
    ),
    (
        "Correlation of two cases of the same town: 0 if towns do not differ; with --data estimated unless stated",
        "Korrelation zweier Fälle desselben Ortes: 0, wenn Orte sich nicht unterscheiden; bei --data ohne Angabe geschätzt",
    ),
    ("Probability of finding the effect that is wanted", "Gewünschte Wahrscheinlichkeit, den Effekt zu finden"),
    (
        "Also check by simulation, with this many worlds; with --data they are made of its towns and periods",
        "Zusätzlich durch Simulation prüfen, mit so vielen Welten; bei --data entstehen sie aus deren Orten und Zeitabschnitten",
    ),
    (
        "Table with the counts of real towns to plan on (CSV, Parquet or Excel): one row per town and period",
        "Tabelle mit den Zahlen wirklicher Orte, mit denen geplant wird (CSV, Parquet oder Excel): eine Zeile je Ort und Zeitabschnitt",
    ),
    ("Column with the cases through the online channel", "Spalte mit den Fällen über den Onlinekanal"),
    ("Column with all cases", "Spalte mit allen Fällen"),
    (
        "Periods before the start: the changes of the towns are compared instead of their shares after it",
        "Zeitabschnitte vor dem Beginn: Verglichen werden die Veränderungen der Orte statt ihrer Anteile danach",
    ),
];

/// Worlds of a simulation, and towns of a plan, at most.
const MOST_WORLDS: u64 = 1_000_000;

/// What the answer by formula rests on.
#[derive(Debug, Clone, Copy)]
enum Formula {
    /// Shares of two groups.
    Shares(Plan),
    /// Changes of shares.
    Changes(Spread),
}

impl Formula {
    fn power(&self) -> std::result::Result<f64, PowerRefusal> {
        match self {
            Self::Shares(plan) => plan.power(),
            Self::Changes(spread) => spread.power(),
        }
    }

    fn smallest_effect(&self, wanted: f64) -> std::result::Result<Option<f64>, PowerRefusal> {
        match self {
            Self::Shares(plan) => plan.smallest_effect(wanted),
            Self::Changes(spread) => spread.smallest_effect(wanted),
        }
    }

    fn units_needed(&self, wanted: f64) -> std::result::Result<Option<u64>, PowerRefusal> {
        match self {
            Self::Shares(plan) => plan.units_needed(wanted),
            Self::Changes(spread) => spread.units_needed(wanted),
        }
    }

    fn with_units(&self, units: u64) -> Self {
        match self {
            Self::Shares(plan) => Self::Shares(plan.with_units(units)),
            Self::Changes(spread) => Self::Changes(spread.with_units(units)),
        }
    }

    fn groups(&self) -> (u64, u64) {
        match self {
            Self::Shares(plan) => (plan.treated, plan.untreated),
            Self::Changes(spread) => (spread.treated, spread.untreated),
        }
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let mut answer = Answer::of("power", options);
    check(options)?;
    let own = options.columns.data.as_deref().map(|file| Own::read(file, options, open, &mut answer)).transpose()?;
    let plan = plan(options, own.as_ref());
    in_use(&plan, own.is_some(), &mut answer);
    let formula = own.as_ref().map_or(Ok(Formula::Shares(plan)), |own| own.formula(options, &plan))?;
    let said = |refusal| refused(refusal, own.as_ref().filter(|_| options.base.is_none()).map(|_| plan.base));
    let wanted = options.power;
    answer.n = (plan.treated + plan.untreated) as usize;
    let mut named = |name: &str, value: Option<f64>, more| {
        answer.estimates.push(Estimate { value, more, ..Estimate::named(name) });
    };
    named("power", Some(formula.power().map_err(said)?), Vec::new());
    let smallest = formula.smallest_effect(wanted).map_err(said)?;
    named("smallest_detectable_effect", smallest, Vec::new());
    let units = formula.units_needed(wanted).map_err(said)?;
    let split = units.map(|units| formula.with_units(units).groups());
    let groups = vec![("treated", json!(split.map(|s| s.0))), ("untreated", json!(split.map(|s| s.1)))];
    named("units_needed", units.map(|n| n as f64), groups);
    let periods = match &own {
        Some(own) if options.columns.before > 0 => own.periods_needed(options, &plan)?,
        _ => plan.periods_needed(wanted).map_err(said)?,
    };
    named("periods_needed", periods.map(|n| n as f64), Vec::new());
    let mut add = |name: &str, value| answer.diagnostics.insert(name.to_owned(), value);
    add("treated_units", plan.treated.into());
    add("untreated_units", plan.untreated.into());
    add("design_effect", json!(plan.design_effect()));
    add("effective_cases_per_unit", json!(plan.cases_per_town() / plan.design_effect()));
    match (&own, options.simulate) {
        (Some(own), worlds) => own.answer(options, &plan, &formula, worlds, &mut answer)?,
        (None, Some(worlds)) => {
            let found = plan.simulate(worlds, options.seed).map_err(said)?;
            answer.estimates.push(simulated("power_simulated", found, worlds));
        }
        (None, None) => {}
    }
    notes::add(options, &plan, own.as_ref(), smallest, periods, &mut answer);
    Ok(answer)
}

/// A share of worlds with its error.
fn simulated(name: &str, found: f64, worlds: u64) -> Estimate {
    Estimate { value: Some(found), se: Some(error_of(found, worlds)), ..Estimate::named(name) }
}

/// The Monte Carlo error of a share of worlds.
fn error_of(share: f64, worlds: u64) -> f64 {
    (share * (1.0 - share) / worlds as f64).sqrt()
}

fn check(options: &Options) -> Result<()> {
    if let Some(worlds) = options.simulate
        && !(100..=MOST_WORLDS).contains(&worlds)
    {
        return Err(Error::config(say!(
            "--simulate: 100 bis {MOST_WORLDS} Welten sind möglich",
            "--simulate: 100 to {MOST_WORLDS} worlds are possible"
        )));
    }
    if let Some(units) = options.units
        && units > MOST_WORLDS
    {
        return Err(Error::config(say!(
            "--units: höchstens {MOST_WORLDS} Orte sind möglich",
            "--units: at most {MOST_WORLDS} towns are possible"
        )));
    }
    if options.periods == Some(0) {
        return Err(refused(PowerRefusal::EmptyGroup, None));
    }
    Ok(())
}

fn plan(options: &Options, own: Option<&Own>) -> Plan {
    let towns = own.map(|own| own.towns);
    let units = options.units.or(towns.map(|t| t.towns.1 as u64)).unwrap_or(0);
    let treated = options.treated.unwrap_or(units / 2);
    let stated = options.cases_per_period.map(|cases| cases as f64);
    Plan {
        base: options.base.or(towns.map(|t| t.base)).unwrap_or(0.0),
        effect: options.effect,
        treated,
        untreated: units.saturating_sub(treated),
        periods: own.map(|own| own.periods).or(options.periods).unwrap_or(0),
        cases: stated.or(towns.map(|t| t.cases)).unwrap_or(1.0),
        icc: options.icc.or(towns.map(|t| t.icc.max(0.0))).unwrap_or(0.0),
        level: options.level.level,
    }
}

/// Writes down what the plan takes where nothing was stated.
fn in_use(plan: &Plan, from_panel: bool, answer: &mut Answer) {
    let cases = if from_panel { json!(plan.cases) } else { json!(plan.cases as u64) };
    for (name, value) in [
        ("base", json!(plan.base)),
        ("units", json!(plan.treated + plan.untreated)),
        ("periods", json!(plan.periods)),
        ("cases_per_period", cases),
        ("icc", json!(plan.icc)),
    ] {
        if let Some(option) = answer.options.get_mut(name).filter(|option| option.is_null()) {
            *option = value;
        }
    }
}

/// `base` is the share where it comes from a panel.
fn refused(refusal: PowerRefusal, base: Option<f64>) -> Error {
    Error::config(match (refusal, base) {
        (PowerRefusal::Share, Some(base)) => say!(
            "--effect: Der mittlere Anteil der Orte ({base:.3}) plus --effect muss zwischen 0 und 1 liegen",
            "--effect: the mean share of the towns ({base:.3}) plus --effect must lie between 0 and 1"
        ),
        (PowerRefusal::Share, None) => say!(
            "--base und --base plus --effect müssen zwischen 0 und 1 liegen (0.2 sind 20 %)",
            "--base and --base plus --effect must lie between 0 and 1 (0.2 is 20 %)"
        ),
        (PowerRefusal::NoEffect, _) => say!("--effect darf nicht null sein", "--effect must not be zero"),
        (PowerRefusal::EmptyGroup, _) => say!(
            "Jede Gruppe braucht mindestens einen Ort, jeder Ort einen Zeitabschnitt und einen Fall",
            "each group needs at least one town, each town one period and one case"
        ),
        (PowerRefusal::Icc, _) => {
            say!("--icc muss von 0 an und unter 1 liegen", "--icc must be at least 0 and below 1")
        }
        (PowerRefusal::InvalidLevel, _) => {
            say!("--level und --power müssen zwischen 0 und 1 liegen", "--level and --power must lie between 0 and 1")
        }
        (PowerRefusal::NoSpread, _) => say!(
            "Die Orte unterscheiden sich in nichts; ein Maß für den Zufall fehlt",
            "the towns do not differ at all, so there is no measure of chance"
        ),
        (PowerRefusal::FewUnits, _) => {
            say!("--simulate: Mindestens drei Orte sind nötig", "--simulate: at least three towns are needed")
        }
    })
}
