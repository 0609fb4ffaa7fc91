//! What is to be said about a plan.

use super::trial::Own;
use super::{Formula, Options, error_of};
use crate::calc::Answer;
use crate::domain::say;
use crate::stats::power::{Plan, Trial};

pub(super) fn add(
    options: &Options,
    plan: &Plan,
    own: Option<&Own>,
    smallest: Option<f64>,
    periods: Option<u64>,
    answer: &mut Answer,
) {
    let changes = options.columns.before > 0;
    if changes {
        answer.note(
            "changes",
            say!(
                "Gerechnet ist der Unterschied der Veränderungen zweier Gruppen von vorher zu nachher; die Formel nimmt dafür die Streuung der Veränderungen in der Tabelle.",
                "This is the difference in the changes of two groups from before to after; the formula takes the spread of the changes in the table for it."
            ),
        );
    } else {
        answer.note(
            "between_groups",
            say!(
                "Gerechnet ist der Unterschied zweier Gruppen im selben Zeitraum; ein Vergleich mit vorher, wo es ein Vorher gibt, braucht meist weniger Orte.",
                "This is the difference of two groups in the same periods; a comparison with before, where there is a before, mostly needs fewer towns."
            ),
        );
    }
    if own.is_none() && options.cases_per_period.is_none_or(|cases| cases == 1) {
        answer.note(
            "one_case_per_period",
            say!(
                "Je Ort und Zeitabschnitt ist ein Fall angenommen; --cases-per-period nennt die wirkliche Zahl.",
                "One case per town and period is assumed; --cases-per-period states the real number."
            ),
        );
    }
    if plan.treated.min(plan.untreated) < 10 && (own.is_none() || options.simulate.is_none()) {
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
    if periods.is_none() && changes {
        answer.note(
            "periods_do_not_suffice",
            say!(
                "So viele Zeitabschnitte, wie die Tabelle hat, genügen nicht.",
                "As many periods as the table has do not suffice."
            ),
        );
    } else if periods.is_none() {
        answer.note(
            "periods_do_not_suffice",
            say!(
                "Mehr Zeitabschnitte genügen nie: Was Orte unterscheidet, bleibt. Es braucht mehr Orte.",
                "More periods never suffice: what sets towns apart remains. It takes more towns."
            ),
        );
    }
    if let Some(own) = own {
        of_panel(options, own, answer);
    }
}

fn of_panel(options: &Options, own: &Own, answer: &mut Answer) {
    if options.icc.is_none() && own.towns.icc < 0.0 {
        answer.note(
            "icc_below_zero",
            say!(
                "Die Orte unterscheiden sich weniger, als es durch Zufall zu erwarten wäre; die Korrelation ist mit 0 angesetzt.",
                "The towns differ less than chance would have them; the correlation is taken as 0."
            ),
        );
    }
    let changes = options.columns.before > 0;
    if changes && (options.icc.is_some() || options.cases_per_period.is_some()) {
        answer.note(
            "stated_values",
            say!(
                "--icc und --cases-per-period gehen bei --before nicht ein: Formel und Simulation nehmen die Veränderungen der Orte, wie sie sind.",
                "--icc and --cases-per-period are not used with --before: formula and simulation take the changes of the towns as they are."
            ),
        );
    } else if !changes
        && options.simulate.is_some()
        && (options.base.is_some() || options.icc.is_some() || options.cases_per_period.is_some())
    {
        answer.note(
            "stated_values",
            say!(
                "Angegebene Werte gelten für die Formel; die Simulation nimmt die Orte, wie sie sind.",
                "Stated values are for the formula; the simulation takes the towns as they are."
            ),
        );
    }
    let stretch = own.periods as usize + options.columns.before;
    if own.length < 2 * stretch {
        let (length, stretches) = (own.length, own.towns.stretches);
        answer.note(
            "few_stretches",
            say!(
                "Die Tabelle hat {length} Zeitabschnitte, der Plan {stretch}: Geplant wird mit {stretches} Zeiträumen, die sich überschneiden; wie verschieden Jahre sind, zeigt das nicht.",
                "The table has {length} periods, the plan {stretch}: it rests on {stretches} overlapping stretches; how much years differ does not show in that."
            ),
        );
    }
}

/// What is to be said about a simulation: share of worlds with the effect and without it, and worlds. `all` is the
/// number of towns of the panel where even they do not suffice.
pub(super) fn simulation(
    formula: &Formula,
    trial: &Trial,
    (found, alarms, worlds): (f64, f64, u64),
    all: Option<u64>,
    plan: &Plan,
    answer: &mut Answer,
) {
    if trial.replaced {
        answer.note(
            "with_replacement",
            say!(
                "Der Plan hat mehr Orte als die Tabelle: Orte wurden mehrfach gezogen, als gäbe es weitere, die ihnen gleichen.",
                "The plan has more towns than the table: towns were drawn more than once, as if there were others like them."
            ),
        );
    }
    let expected = formula.power().unwrap_or(found);
    let error = error_of(found, worlds).max(error_of(expected, worlds));
    if (found - expected).abs() > 3.0 * error {
        answer.note(
            "formula_differs",
            say!(
                "Formel und Simulation liegen weiter auseinander als der Zufall der Simulation (drei Fehler): Wirkliche Orte sind verschieden groß und selten normalverteilt, ihre Monate hängen zusammen, und bei wenigen Orten ist der t-Test strenger. Im Zweifel gilt die Simulation.",
                "Formula and simulation are further apart than the chance of the simulation (three errors): real towns differ in size and are seldom normally distributed, their months are related, and with few towns the t test is stricter. In doubt trust the simulation."
            ),
        );
    }
    let nominal = 1.0 - plan.level;
    if (alarms - nominal).abs() > 3.0 * error_of(nominal, worlds) {
        answer.note(
            "level_not_kept",
            say!(
                "Ohne Effekt schlägt der Test nicht so selten oder so oft an, wie das Niveau verspricht; die Orte sind dafür zu verschieden oder zu wenige.",
                "Without an effect the test does not give as many alarms as its level promises; the towns are too different or too few for that."
            ),
        );
    }
    if let Some(all) = all {
        answer.note(
            "panel_units_do_not_suffice",
            say!(
                "In der Simulation genügen auch alle {all} Orte der Tabelle nicht.",
                "In the simulation not even all {all} towns of the table suffice."
            ),
        );
    }
}
