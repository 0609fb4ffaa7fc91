use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::options::Level;
use super::panel::{self, Columns, DrawCount};
use super::{Answer, Estimate, Open};
use crate::domain::say;
use crate::stats::sandwich;
use crate::stats::wild_bootstrap::{BootstrapRefusal, MOST_DRAWS, Weights, wild_bootstrap};
use crate::{Error, Result};

/// Options of `calc wildboot`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// Column with the treatment: 1 while it runs, else 0, or its intensity
    #[arg(long, value_name = "COLUMN")]
    treatment: String,
    /// Errors of the statistic, as for calc twfe; only those by cluster go with this bootstrap
    #[arg(long, value_enum, default_value = "cluster")]
    vcov: Vcov,
    /// Random weight of a cluster: -1 or 1 (rademacher), or one of six values (webb)
    #[arg(long, value_enum, default_value = "rademacher")]
    weights: Kind,
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

const EXAMPLE: &str = "Example:\n  resonanz calc wildboot --data datasets/calc/panel.csv --unit town --time quarter --outcome share --treatment running --draws 999";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc wildboot --data datasets/calc/panel.csv --unit town --time quarter --outcome share --treatment running --draws 999",
    ),
    (
        "Errors of the statistic, as for calc twfe; only those by cluster go with this bootstrap",
        "Fehler der Prüfgröße wie bei calc twfe; zu diesem Bootstrap passen nur die nach Gruppen",
    ),
    (
        "Random weight of a cluster: -1 or 1 (rademacher), or one of six values (webb)",
        "Zufälliges Gewicht einer Gruppe: -1 oder 1 (rademacher) oder einer von sechs Werten (webb)",
    ),
];

/// The kinds of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Vcov {
    Cluster,
}

/// The kinds of weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Rademacher,
    Webb,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.columns.data.data, options.columns.data.notation.decimal)?;
    let mut answer = Answer::of("wildboot", options);
    answer.reads(&table);
    let panel = panel::read(&table, &options.columns, Some(&options.treatment), &|_| true, &mut answer)?;
    let [clusters] = panel.clusters.as_slice() else {
        return Err(Error::config(say!(
            "Der Wild-Cluster-Bootstrap geht nur mit einer Gruppenspalte",
            "the wild cluster bootstrap goes with one cluster column only"
        )));
    };
    let refused = |refusal| panel::refused(refusal, &panel.names, &panel.clusters, &options.columns.outcome);
    let columns: Vec<&[f64]> = panel.columns.iter().map(Vec::as_slice).collect();
    let fit = panel::fit(&panel, &columns).map_err(refused)?;
    let weights = match options.weights {
        Kind::Rademacher => Weights::Rademacher,
        Kind::Webb => Weights::Webb,
    };
    let level = options.level.level;
    let found =
        wild_bootstrap(&fit, &clusters.codes, 0, weights, options.draws.0, options.seed, level).map_err(|refusal| {
            match refusal {
                BootstrapRefusal::Panel(refusal) => refused(refusal),
                BootstrapRefusal::FewDraws => Error::config(say!(
                    "--draws: Mindestens 99 Ziehungen sind nötig",
                    "--draws: at least 99 draws are needed"
                )),
                BootstrapRefusal::ManyDraws => Error::config(say!(
                    "--draws: Höchstens {MOST_DRAWS} Ziehungen sind möglich",
                    "--draws: no more than {MOST_DRAWS} draws are possible"
                )),
                BootstrapRefusal::ManyCombinations { clusters } => Error::config(say!(
                    "--draws all: {clusters} Gruppen haben zu viele Kombinationen von Gewichten, um alle durchzugehen",
                    "--draws all: {clusters} clusters have too many combinations of weights to go through all"
                ))
                .hint(say!("--draws 9999 zieht zufällig.", "--draws 9999 draws at random")),
                BootstrapRefusal::InvalidLevel => Error::config(super::said(&crate::stats::Refusal::InvalidLevel)),
            }
        })?;
    answer.estimates.push(Estimate {
        value: Some(found.estimate.value),
        se: Some(found.estimate.se),
        lower: found.lower,
        upper: found.upper,
        level: Some(level),
        p: Some(found.p),
        more: vec![
            ("p_ties", json!(found.p_ties)),
            ("t", json!(found.estimate.value / found.estimate.se)),
            ("df", json!(found.estimate.df)),
        ],
        ..Estimate::named(options.treatment.as_str())
    });
    panel.left_out(&fit, &mut answer);
    let clustered = sandwich::Inference {
        combinations: vec![found.estimate],
        clusters: vec![found.clusters],
        parameters: 0,
        repaired: false,
        carried_by: None,
    };
    answer.diagnostics.insert("clusters".to_owned(), found.clusters.into());
    answer.diagnostics.insert("draws".to_owned(), found.draws.into());
    answer.diagnostics.insert("enumerated".to_owned(), found.enumerated.into());
    answer.note(
        "p_convention",
        say!(
            "p ist der Anteil der Ziehungen mit größerem |t|; p_ties zählt gleich große mit. Gezogen wird unter der Annahme ohne Effekt (WCR).",
            "p is the share of draws with a larger |t|; p_ties counts equal ones too. Draws are made under no effect (WCR)."
        ),
    );
    answer.note(
        "comparison_only",
        say!(
            "Nur zum Vergleich: Beginnen Maßnahmen zu verschiedenen Zeiten und wirken sie verschieden, kann schon der Schätzwert in die Irre führen („calc did“).",
            "For comparison only: where treatments start at different times and work differently, the estimate itself can mislead (\"calc did\")."
        ),
    );
    if found.enumerated && found.draws < 100 {
        let n = found.draws;
        answer.note(
            "few_combinations",
            say!(
                "Es gibt nur {n} Kombinationen von Gewichten: p kann nur Vielfache von 2/{n} sein. „--weights webb“ hat mehr.",
                "There are only {n} combinations of weights: p can only be a multiple of 2/{n}. \"--weights webb\" has more."
            ),
        );
    }
    if found.p == 0.0 {
        answer.note(
            "p_zero",
            say!(
                "Keine Ziehung war extremer: p ist kleiner, als {} Ziehungen zeigen können, nicht null.",
                "No draw was more extreme: p is smaller than {} draws can show, not zero.",
                found.draws
            ),
        );
    }
    if found.lower.is_none() || found.upper.is_none() {
        answer.note(
            "interval_unbounded",
            say!(
                "Auf mindestens einer Seite verwirft der Test keinen Wert: Dort hat die Spanne keine Grenze.",
                "On at least one side the test rejects no value: the interval has no limit there."
            ),
        );
    }
    panel.treatment(&fit, &mut answer);
    panel.few(true, &fit, &clustered, &mut answer);
    Ok(answer)
}
