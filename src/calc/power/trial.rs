//! A plan tried out on the towns of a table, beside the answers by formula.

use std::path::Path;

use serde_json::{Value, json};

use super::{Formula, Options, error_of, panel, refused, simulated};
use crate::calc::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::power::{Counts, MIN_TOWNS, PanelRefusal, Plan, Rollout, Spread, Towns, Trial, bisected};
use crate::{Error, Result};

/// Periods after the start that are planned unless stated.
const PERIODS: usize = 12;

/// The steps in which an effect is looked for: a tenth of a percentage point.
const STEP: f64 = 0.001;

/// Towns times periods times worlds that a simulation may have.
const MOST_DRAWS: u64 = 50_000_000;

/// The panel to plan on.
#[derive(Debug, Clone)]
pub(super) struct Own {
    counts: Counts,
    /// What its towns are like.
    pub towns: Towns,
    /// Periods after the start.
    pub periods: u64,
    /// Periods of the panel.
    pub length: usize,
}

/// A number of periods or towns with both answers.
struct Row {
    at: u64,
    treated: u64,
    formula: f64,
    simulated: Option<f64>,
    replaced: Option<bool>,
}

impl Own {
    pub fn read(file: &Path, options: &Options, open: Open<'_>, answer: &mut Answer) -> Result<Self> {
        let table = open(file, options.columns.notation.decimal)?;
        answer.reads(&table);
        let counts = panel::counts(&table, &options.columns, answer)?;
        let before = options.columns.before;
        let periods =
            options.periods.map_or_else(|| PERIODS.min(counts.periods().saturating_sub(before)).max(1), |p| p as usize);
        let towns = counts.describe(before, periods).map_err(|refusal| said(refusal).at(&table.file))?;
        answer.drop(
            "units",
            counts.towns() - towns.used,
            "incomplete",
            say!(
                "Orte, denen in jedem möglichen Zeitraum Zahlen oder Fälle fehlen",
                "towns that lack numbers or cases in every possible stretch"
            ),
        );
        let length = counts.periods();
        Ok(Self { counts, towns, periods: periods as u64, length })
    }

    /// The formula for what is compared.
    pub fn formula(&self, options: &Options, plan: &Plan) -> Result<Formula> {
        if options.columns.before == 0 { Ok(Formula::Shares(*plan)) } else { self.changes(options, plan, self.periods) }
    }

    fn changes(&self, options: &Options, plan: &Plan, periods: u64) -> Result<Formula> {
        let sd = self.counts.describe(options.columns.before, periods as usize).map_err(said)?.sd;
        let reach = if plan.effect > 0.0 { 1.0 - plan.base } else { plan.base };
        let (effect, treated, untreated, level) = (plan.effect, plan.treated, plan.untreated, plan.level);
        Ok(Formula::Changes(Spread { sd, effect, reach, treated, untreated, level }))
    }

    /// The fewest of the periods of the panel, for changes.
    pub fn periods_needed(&self, options: &Options, plan: &Plan) -> Result<Option<u64>> {
        for periods in 1..=(self.length - options.columns.before) as u64 {
            let Ok(formula) = self.changes(options, plan, periods) else { continue };
            if formula.power().is_ok_and(|power| power >= options.power) {
                return Ok(Some(periods));
            }
        }
        Ok(None)
    }

    fn trial(&self, options: &Options, plan: &Plan) -> std::result::Result<Trial, PanelRefusal> {
        self.counts.trial(Rollout {
            treated: plan.treated as usize,
            untreated: plan.untreated as usize,
            before: options.columns.before,
            after: plan.periods as usize,
            level: plan.level,
        })
    }

    /// Adds what the panel says: estimates, tables by periods and by towns, and the simulation where it is asked for.
    pub fn answer(
        &self,
        options: &Options,
        plan: &Plan,
        formula: &Formula,
        worlds: Option<u64>,
        answer: &mut Answer,
    ) -> Result<()> {
        self.describe(options, plan, answer);
        if let Some(worlds) = worlds {
            let draws = worlds
                .saturating_mul((plan.treated + plan.untreated).max(self.towns.towns.1 as u64))
                .saturating_mul(plan.periods);
            if draws > MOST_DRAWS {
                return Err(Error::config(say!(
                    "--simulate: Welten mal Orte mal Zeitabschnitte sind {draws}; möglich sind {MOST_DRAWS}",
                    "--simulate: worlds times towns times periods are {draws}; {MOST_DRAWS} are possible"
                ))
                .hint(say!(
                    "--simulate, --units oder --periods kleiner wählen.",
                    "choose a smaller --simulate, --units or --periods"
                )));
            }
            self.simulate(options, plan, formula, worlds, answer)?;
        }
        let by_periods = self.by_periods(options, plan)?;
        let by_units = self.by_units(options, plan, formula)?;
        if worlds.is_some() {
            let first =
                by_periods.iter().rev().take_while(|row| row.simulated.is_some_and(|p| p >= options.power)).last();
            let value = first.map(|row| row.at as f64);
            answer.estimates.push(Estimate { value, ..Estimate::named("periods_needed_simulated") });
        }
        let rows = |rows: &[Row], name: &str| -> Value {
            let row = |row: &Row| {
                let mut out = serde_json::Map::new();
                out.insert(name.to_owned(), row.at.into());
                out.insert("treated".to_owned(), row.treated.into());
                out.insert("power".to_owned(), json!(row.formula));
                if let Some(worlds) = worlds {
                    out.insert("power_simulated".to_owned(), json!(row.simulated));
                    out.insert("se".to_owned(), json!(row.simulated.map(|p| error_of(p, worlds))));
                    out.insert("with_replacement".to_owned(), json!(row.replaced));
                }
                Value::Object(out)
            };
            rows.iter().map(row).collect()
        };
        answer.aggregates.insert("by_periods".to_owned(), rows(&by_periods, "periods"));
        answer.aggregates.insert("by_units".to_owned(), rows(&by_units, "units"));
        Ok(())
    }

    fn describe(&self, options: &Options, plan: &Plan, answer: &mut Answer) {
        let towns = &self.towns;
        let mut add = |name: &str, value: Value| answer.diagnostics.insert(name.to_owned(), value);
        add("compared", if options.columns.before > 0 { "changes" } else { "shares" }.into());
        add("base", json!(plan.base));
        add("icc", json!(plan.icc));
        add("icc_estimator", "kleinman_equal_weights".into());
        add("icc_estimated", json!(towns.icc));
        add("periods", self.periods.into());
        add("cases_per_period", json!(plan.cases));
        add("mean_cases_per_period", json!(towns.mean_cases));
        add("standard_deviation", json!(towns.sd));
        add("panel_units", towns.used.into());
        add("panel_periods", self.length.into());
        add("stretches", towns.stretches.into());
        add("units_per_stretch", json!([towns.towns.0, towns.towns.1]));
    }

    fn simulate(
        &self,
        options: &Options,
        plan: &Plan,
        formula: &Formula,
        worlds: u64,
        answer: &mut Answer,
    ) -> Result<()> {
        let trial = self.trial(options, plan).map_err(said)?;
        let power = |effect: f64| trial.simulate(effect, worlds, options.seed).map_err(said);
        let found = power(plan.effect)?;
        answer.estimates.push(simulated("power_simulated", found, worlds));
        let alarms = power(0.0)?;
        let nominal = vec![("nominal", json!(1.0 - plan.level))];
        answer.estimates.push(Estimate { more: nominal, ..simulated("false_alarms_simulated", alarms, worlds) });
        let most = (trial.reach(plan.effect > 0.0) / STEP * (1.0 + 1e-12)).floor() as u64;
        let at = |steps: u64| (steps as f64 * STEP).copysign(plan.effect);
        let smallest = smallest(1, most, |steps| Ok(power(at(steps))? >= options.power))?;
        answer.estimates.push(Estimate {
            value: smallest.map(at),
            more: vec![("grid_step", json!(STEP)), ("grid_end", json!(at(most)))],
            ..Estimate::named("smallest_detectable_effect_simulated")
        });
        let all = self.towns.towns.1 as u64;
        let enough = |units: u64| {
            let trial = self.trial(options, &plan.with_units(units)).map_err(said)?;
            Ok(trial.simulate(plan.effect, worlds, options.seed).map_err(said)? >= options.power)
        };
        // With fewer towns than four one group has a single one.
        let units = self::smallest(4, all, enough)?;
        answer.estimates.push(Estimate {
            value: units.map(|n| n as f64),
            more: vec![
                ("treated", json!(units.map(|n| plan.with_units(n).treated))),
                ("untreated", json!(units.map(|n| plan.with_units(n).untreated))),
            ],
            ..Estimate::named("units_needed_simulated")
        });
        super::notes::simulation(
            formula,
            &trial,
            (found, alarms, worlds),
            units.is_none().then_some(all),
            plan,
            answer,
        );
        Ok(())
    }

    fn row(&self, options: &Options, plan: &Plan, formula: &Formula, at: u64) -> Result<Row> {
        let trial = options.simulate.and_then(|worlds| Some((self.trial(options, plan).ok()?, worlds)));
        let found = trial.as_ref().and_then(|(t, worlds)| t.simulate(plan.effect, *worlds, options.seed).ok());
        Ok(Row {
            at,
            treated: plan.treated,
            formula: formula.power().map_err(|r| refused(r, None))?,
            simulated: found,
            replaced: trial.map(|(t, _)| t.replaced),
        })
    }

    fn by_periods(&self, options: &Options, plan: &Plan) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        for periods in 1..=self.periods {
            let plan = Plan { periods, ..*plan };
            let formula = if options.columns.before > 0 {
                // With fewer periods a town can have no case in any.
                match self.changes(options, &plan, periods) {
                    Ok(formula) => formula,
                    Err(_) => continue,
                }
            } else if plan.cases_per_town() < 1.0 {
                continue;
            } else {
                Formula::Shares(plan)
            };
            rows.push(self.row(options, &plan, &formula, periods)?);
        }
        Ok(rows)
    }

    fn by_units(&self, options: &Options, plan: &Plan, formula: &Formula) -> Result<Vec<Row>> {
        let units = plan.treated + plan.untreated;
        let mut sizes: Vec<u64> = [1, 2, 3, 4, 6, 8].iter().map(|quarters| units * quarters / 4).collect();
        sizes.retain(|size| *size >= 4 || *size == units);
        sizes.dedup();
        sizes
            .into_iter()
            .map(|size| {
                // The plan itself is as stated, not as its division rounds.
                let (plan, formula) =
                    if size == units { (*plan, *formula) } else { (plan.with_units(size), formula.with_units(size)) };
                self.row(options, &plan, &formula, size)
            })
            .collect()
    }
}

/// The smallest number between `low` and `high` for which `enough` holds, as it then does for larger ones up to the
/// noise of the simulation.
fn smallest(low: u64, high: u64, enough: impl Fn(u64) -> Result<bool>) -> Result<Option<u64>> {
    if low > high || !enough(high)? { Ok(None) } else { bisected(low, high, enough).map(Some) }
}

/// Why a plan cannot be tried out on the panel, in both languages.
pub(super) fn said(refusal: PanelRefusal) -> Error {
    match refusal {
        PanelRefusal::Short { found, needed } => Error::refused(say!(
            "Der Plan braucht {needed} Zeitabschnitte, die Tabelle hat {found}",
            "the plan takes {needed} periods, the table has {found}"
        ))
        .hint(say!("--periods oder --before kleiner wählen.", "choose a smaller --periods or --before")),
        PanelRefusal::FewTowns { found } => Error::refused(say!(
            "Kein Zeitraum dieser Länge ist für genug Orte vollständig: höchstens für {found}, nötig sind {MIN_TOWNS}",
            "no stretch of this length is complete for enough towns: for {found} at most, {MIN_TOWNS} are needed"
        )),
        PanelRefusal::Extreme => Error::refused(say!(
            "In einem der Zeiträume sind alle Anteile 0 oder alle 1; damit lässt sich nicht planen",
            "in one of the stretches all shares are 0 or all are 1; nothing can be planned on that"
        )),
        PanelRefusal::OneCase => Error::refused(say!(
            "Jeder Ort hat nur einen Fall; ob sich Fälle eines Ortes ähneln, ist nicht zu sehen",
            "every town has one case only; whether cases of a town are alike cannot be seen"
        )),
        PanelRefusal::Unreachable { share } => Error::refused(say!(
            "--effect: In einem der Zeiträume ist der mittlere Anteil {share:.3}; so weit kann er sich nicht ändern",
            "--effect: in one of the stretches the mean share is {share:.3}; it cannot change that far"
        )),
        PanelRefusal::FewUnits => Error::config(say!(
            "--simulate: Mindestens drei Orte sind nötig, in jeder Gruppe einer",
            "--simulate: at least three towns are needed, one in each group"
        )),
        PanelRefusal::InvalidLevel => {
            Error::config(say!("--level muss zwischen 0 und 1 liegen", "--level must lie between 0 and 1"))
        }
    }
}
