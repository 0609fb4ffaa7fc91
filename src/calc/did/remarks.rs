//! What was left out, and what must be said so that no number misleads.

use std::collections::BTreeMap;

use super::{Columns, Options};
use crate::calc::Answer;
use crate::domain::{Label, say};
use crate::stats::did::{Effect, Fit, Missing, NoPretest};

/// With fewer clusters than this errors by cluster come out too small.
const FEW_CLUSTERS: usize = 20;
/// Units (or clusters) per estimate below which the chi-square distribution is no good approximation to the test.
const PER_ESTIMATE: usize = 20;
/// A band this wide, in errors, comes from groups too small for it.
const WIDE: f64 = 7.0;
/// So many places are named, the rest counted.
const NAMED: usize = 3;

/// A stable word for why there is no estimate.
pub(super) fn code(missing: Missing) -> &'static str {
    match missing {
        Missing::NoControls => "no_controls",
        Missing::NoTreated => "no_treated_observations",
        Missing::NoOverlap => "no_overlap",
        Missing::Separation => "separation",
        Missing::Collinear => "collinear_covariates",
        Missing::ZeroWeight => "zero_weight",
    }
}

/// The same in words.
pub(super) fn reason(missing: Missing) -> Label {
    match missing {
        Missing::NoControls => say!("keine Einheit zum Vergleich", "no unit to compare with"),
        Missing::NoTreated => {
            say!(
                "keine Beobachtung der Behandelten in einem der Zeitabschnitte",
                "no observation of the treated in one of the periods"
            )
        }
        Missing::NoOverlap => say!(
            "die Kovariaten verraten fast sicher, wer behandelt wird (Wahrscheinlichkeit ab 0,999)",
            "the covariates tell almost surely who is treated (probability of 0.999 or more)"
        ),
        Missing::Separation => {
            say!("die Kovariaten trennen die Gruppen zu sehr", "the covariates separate the groups too far")
        }
        Missing::Collinear => say!(
            "die Kovariaten hängen linear zusammen, oder es sind zu wenige Einheiten zum Vergleich",
            "the covariates are collinear, or there are too few units to compare with"
        ),
        Missing::ZeroWeight => say!("eine der Gruppen hat kein Gewicht", "one of the groups has no weight"),
    }
}

pub(super) fn all(answer: &mut Answer, fit: &Fit, options: &Options, columns: &Columns<'_>) {
    left_out(answer, fit, options, columns);
    comparison(answer, fit, options, columns);
    effects(answer, fit, columns);
    sizes(answer, fit, options, columns);
    pretest(answer, fit);
}

fn left_out(answer: &mut Answer, fit: &Fit, options: &Options, columns: &Columns<'_>) {
    let what = if options.repeated_cross_sections { "rows" } else { "units" };
    let left = &fit.left;
    answer.drop(
        what,
        left.always_treated,
        "always_treated",
        say!("schon im ersten Zeitabschnitt behandelt", "treated in the first period already"),
    );
    answer.drop(
        what,
        left.unbalanced,
        "unbalanced",
        say!(
            "ohne Werte in allen Zeitabschnitten (mit --unbalanced bleiben sie)",
            "without values in all periods (with --unbalanced they stay)"
        ),
    );
    if let Some(last) = fit.periods.last().map(|last| columns.line.text(*last)) {
        answer.drop(
            "rows",
            left.late_rows,
            "no_controls_left",
            say!("nach {last}, wenn alle behandelt sind", "after {last}, when all are treated"),
        );
    }
    if fit.cohorts.iter().all(|c| c.group.is_some()) {
        answer.note(
            "last_cohort_as_control",
            say!(
                "Keine Einheit ist nie behandelt: Die zuletzt behandelten dienen nur als Vergleich.",
                "No unit is never treated: those treated last serve as comparison only."
            ),
        );
    }
    if left.after_end > 0 {
        let n = left.after_end;
        answer.note(
            "treated_after_end",
            say!(
                "{n} Einheiten werden erst nach dem letzten Zeitabschnitt behandelt; sie zählen als nie behandelt.",
                "{n} units are treated after the last period only; they count as never treated."
            ),
        );
    }
    if options.repeated_cross_sections && options.unit.is_some() && columns.repeated {
        answer.note(
            "repeated_units",
            say!(
                "Einheiten kommen mehrfach vor, jede Zeile zählt als eigene. Mit --unbalanced gehören Zeilen einer Einheit zusammen.",
                "Units occur several times, every row counts as its own. With --unbalanced rows of a unit belong together."
            ),
        );
    }
    if options.unbalanced && fit.balanced {
        answer.note(
            "balanced",
            say!(
                "Allen Einheiten fehlt kein Zeitabschnitt; gerechnet ist wie ohne --unbalanced.",
                "No unit misses a period; computed as without --unbalanced."
            ),
        );
    }
}

fn comparison(answer: &mut Answer, fit: &Fit, options: &Options, columns: &Columns<'_>) {
    let steps: Vec<f64> = fit.periods.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
    // Written with few decimals, equal steps differ a little.
    let gaps: Vec<String> = fit
        .periods
        .windows(2)
        .filter(|pair| pair[1] - pair[0] > 1.5 * least)
        .map(|pair| format!("{} – {}", columns.line.text(pair[0]), columns.line.text(pair[1])))
        .collect();
    if !gaps.is_empty() {
        let listed = listed(&gaps);
        answer.note(
            "gaps_in_time",
            Label::new(
                format!(
                    "Lücken in der Zeit: {}. Verglichen wird mit dem nächsten vorhandenen Zeitabschnitt.",
                    listed.de
                ),
                format!("Gaps in time: {}. Comparisons use the next period there is.", listed.en),
            ),
        );
    }
    if let Some(clusters) = fit.clusters.filter(|n| *n < FEW_CLUSTERS) {
        answer.note(
            "few_clusters",
            say!(
                "Nur {clusters} Gruppen: Die Fehler fallen zu klein aus.",
                "Only {clusters} clusters: errors come out too small."
            ),
        );
    }
    if options.bootstrap.is_some() && fit.critical >= WIDE {
        answer.note(
            "wide_band",
            say!(
                "Das gemeinsame Band ist unglaubwürdig breit: Einzelne Gruppen sind zu klein.",
                "The uniform band is implausibly wide: some groups are too small."
            ),
        );
    }
}

/// Some places by name, the others counted.
fn listed(places: &[String]) -> Label {
    let named = places.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match places.len().saturating_sub(NAMED) {
        0 => Label::new(named.clone(), named),
        more => Label::new(format!("{named} und {more} weitere"), format!("{named} and {more} more")),
    }
}

fn effects(answer: &mut Answer, fit: &Fit, columns: &Columns<'_>) {
    let place = |effect: &Effect| format!("{} / {}", columns.line.text(effect.group), columns.line.text(effect.time));
    let mut missing: BTreeMap<Missing, Vec<String>> = BTreeMap::new();
    for effect in &fit.effects {
        if let Some(why) = effect.missing {
            missing.entry(why).or_default().push(place(effect));
        }
    }
    for (why, places) in &missing {
        let (listed, why_text) = (listed(places), reason(*why));
        answer.note(
            code(*why),
            Label::new(
                format!("Ohne Schätzung, auch in den Zusammenfassungen: {} – {}.", listed.de, why_text.de),
                format!("Not estimated, nor in the summaries: {} – {}.", listed.en, why_text.en),
            ),
        );
    }
    let separated: Vec<String> = fit.effects.iter().filter(|e| e.separated).map(place).collect();
    if !separated.is_empty() {
        let listed = listed(&separated);
        answer.note(
            "controls_unlike_treated",
            Label::new(
                format!(
                    "Vergleichseinheiten ohne Gewicht, weil keine behandelte Einheit ihnen in den Kovariaten gleicht: {}.",
                    listed.de
                ),
                format!("Controls without weight because no treated unit is like them in the covariates: {}.", listed.en),
            ),
        );
    }
    let trimmed: Vec<String> = fit.effects.iter().filter(|e| e.trimmed > 0).map(place).collect();
    if !trimmed.is_empty() {
        let listed = listed(&trimmed);
        answer.note(
            "trimmed_controls",
            Label::new(
                format!(
                    "Vergleichseinheiten ohne Gewicht (Wahrscheinlichkeit der Behandlung ab 0,995): {}.",
                    listed.de
                ),
                format!("Controls without weight (probability of treatment of 0.995 or more): {}.", listed.en),
            ),
        );
    }
    let still: Vec<String> =
        fit.effects.iter().filter(|e| e.value.is_some() && e.se.is_none() && e.time != e.base).map(place).collect();
    if !still.is_empty() {
        let listed = listed(&still);
        answer.note(
            "no_variation",
            Label::new(
                format!("Ohne Fehler, weil sich nichts unterscheidet: {}.", listed.de),
                format!("Without an error because nothing varies: {}.", listed.en),
            ),
        );
    }
}

fn sizes(answer: &mut Answer, fit: &Fit, options: &Options, columns: &Columns<'_>) {
    let needed = columns.covariates.len() + 5;
    // Rows of cross-sections are spread over the periods.
    let per = if options.repeated_cross_sections { fit.periods.len() } else { 1 };
    let name = |group: Option<f64>| group.map_or_else(|| "0".to_owned(), |group| columns.line.text(group));
    let single: Vec<String> =
        fit.cohorts.iter().filter(|c| c.estimated && c.units == 1).map(|c| name(c.group)).collect();
    if !single.is_empty() {
        let listed = listed(&single);
        answer.note(
            "single_treated_unit",
            Label::new(
                format!(
                    "Nur eine Einheit beginnt zu: {}. Ihre Fehler kennen ihre eigenen Schwankungen nicht.",
                    listed.de
                ),
                format!("A single unit starts at: {}. Its errors do not know its own ups and downs.", listed.en),
            ),
        );
    }
    let small: Vec<String> = fit
        .cohorts
        .iter()
        .filter(|c| c.units < needed * per && (c.units > 1 || !c.estimated))
        .map(|c| name(c.group))
        .collect();
    if !small.is_empty() {
        let listed = listed(&small);
        answer.note(
            "small_cohort",
            Label::new(
                format!(
                    "Kleine Gruppen (unter {needed} Einheiten), Beginn {}: Ihre Fehler sind nicht verlässlich.",
                    listed.de
                ),
                format!("Small groups (below {needed} units), start {}: their errors are not reliable.", listed.en),
            ),
        );
    }
}

fn pretest(answer: &mut Answer, fit: &Fit) {
    if let Ok(test) = fit.pretest {
        let independent = fit.clusters.unwrap_or(fit.units);
        if independent < PER_ESTIMATE * test.df {
            let df = test.df;
            answer.note(
                "weak_pretest",
                say!(
                    "Der Test der Zeit davor prüft {df} Schätzungen an {independent} Einheiten oder Gruppen zugleich: Er schlägt dann zu oft an.",
                    "The test of the time before tests {df} estimates on {independent} units or clusters at once: it rejects too often then."
                ),
            );
        }
    }
    match fit.pretest {
        Ok(_) => answer.note(
            "pretest",
            say!(
                "Ein unauffälliger Test der Zeit davor belegt keine parallelen Verläufe und ist kein Grund weiterzumachen; oft ist er nur zu schwach.",
                "An inconspicuous test of the time before is no evidence of parallel trends and no reason to proceed; often it is just weak."
            ),
        ),
        Err(NoPretest::NoneBefore) => answer.note(
            "no_pretest",
            say!(
                "Ohne Test der Zeit davor: Vor der Maßnahme liegt zu wenig, um Verläufe zu vergleichen.",
                "Without a test of the time before: too little lies before the treatment to compare trends."
            ),
        ),
        Err(NoPretest::Singular) => answer.note(
            "no_pretest",
            say!(
                "Ohne Test der Zeit davor: mehr Schätzungen vor der Maßnahme, als die Einheiten hergeben.",
                "Without a test of the time before: more estimates before the treatment than the units allow."
            ),
        ),
    }
}
