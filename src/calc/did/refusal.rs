//! Refusals in the words of the reader.

use super::remarks::reason;
use super::{Columns, Options};
use crate::Error;
use crate::calc::Table;
use crate::domain::{Label, say};
use crate::stats::did::{DidRefusal, MIN_DRAWS};

/// A refusal of the columns that were given to the method.
pub(super) fn said(refusal: &DidRefusal, table: &Table, options: &Options, columns: &Columns<'_>) -> Error {
    let place = |row: usize| columns.rows.get(row).copied().unwrap_or_default();
    let at = |column: &str, row: usize, what: &Label| Error::refused(table.at(column, place(row), what));
    let unit = options.unit.as_deref().unwrap_or_default();
    let weights = options.weights.as_deref().unwrap_or_default();
    let cluster = options.cluster.as_deref().unwrap_or_default();
    let plain = |what: Label| Error::refused(what).at(&table.file);
    let record = |row: usize| place(row) + 1;
    match *refusal {
        DidRefusal::Empty => super::super::nothing(table),
        DidRefusal::NonFinite { row } => at(&options.outcome, row, &say!("keine endliche Zahl", "not a finite number")),
        DidRefusal::NegativeCohort { row } => at(
            &options.cohort,
            row,
            &say!(
                "Ein Beginn unter 0 ist keiner; 0 oder leer heißt nie behandelt",
                "a start below 0 is none; 0 or empty means never treated"
            ),
        ),
        DidRefusal::NegativeWeight { row } => at(weights, row, &say!("ein negatives Gewicht", "a negative weight")),
        DidRefusal::ZeroWeights => {
            plain(say!("Alle Gewichte in „{weights}“ sind 0", "all weights in \"{weights}\" are 0"))
        }
        DidRefusal::Duplicate { first, row } => {
            let first = record(first);
            at(
                unit,
                row,
                &say!(
                    "dieselbe Einheit im selben Zeitabschnitt wie in Datensatz {first}",
                    "the same unit in the same period as in record {first}"
                ),
            )
            .hint(say!(
                "Ist jede Zeile eine Beobachtung für sich, --repeated-cross-sections angeben.",
                "if every row is an observation of its own, state --repeated-cross-sections"
            ))
        }
        DidRefusal::CohortChanges { first, row } => {
            let first = record(first);
            at(
                &options.cohort,
                row,
                &say!(
                    "ein anderer Beginn als in Datensatz {first} derselben Einheit",
                    "another start than in record {first} of the same unit"
                ),
            )
            .hint(say!(
                "Gebraucht wird der erste behandelte Zeitabschnitt, in allen Zeilen einer Einheit derselbe.",
                "what is needed is the first period of treatment, the same in all rows of a unit"
            ))
        }
        DidRefusal::ClusterChanges { first, row } => {
            let first = record(first);
            at(
                cluster,
                row,
                &say!(
                    "eine andere Gruppe als in Datensatz {first} derselben Einheit",
                    "another group than in record {first} of the same unit"
                ),
            )
        }
        DidRefusal::SingleCluster => plain(say!(
            "In „{cluster}“ steht nur eine Gruppe: Daraus folgt kein Fehler",
            "\"{cluster}\" has a single group: no error follows from it"
        )),
        DidRefusal::FewClusters { found, needed } => plain(say!(
            "„{cluster}“ hat mit oder ohne Maßnahme nur {found} Gruppen, nötig sind {needed}",
            "\"{cluster}\" has {found} groups only with or without treatment, {needed} are needed"
        )),
        DidRefusal::NothingBalanced => {
            plain(say!("Keine Einheit hat Werte in allen Zeitabschnitten", "no unit has values in all periods"))
                .hint(say!("Mit --unbalanced bleiben sie.", "with --unbalanced they stay"))
        }
        DidRefusal::OnePeriod => plain(say!(
            "Weniger als zwei Zeitabschnitte mit einem Vergleich",
            "fewer than two periods with a comparison"
        )),
        DidRefusal::NoTreated => plain(say!(
            "Keine Einheit wird erstmals innerhalb des Zeitraums behandelt („{0}“)",
            "no unit is first treated within the span of time (\"{0}\")",
            options.cohort
        )),
        DidRefusal::NoNever => plain(say!("Keine Einheit ist nie behandelt", "no unit is never treated")).hint(say!(
            "Mit --control notyet dienen noch nicht behandelte als Vergleich.",
            "with --control notyet those not yet treated serve as comparison"
        )),
        DidRefusal::NoControls => plain(say!(
            "Keine Einheit bleibt zum Vergleich: Alle werden zugleich behandelt",
            "no unit is left to compare with: all are treated at once"
        )),
        DidRefusal::FewControls { found, needed } => plain(say!(
            "Nur {found} nie behandelte Einheiten; mindestens {needed} (Kovariaten + 5) sind nötig",
            "only {found} units are never treated; at least {needed} (covariates + 5) are needed"
        ))
        .hint(say!(
            "Mit --control notyet dienen auch noch nicht behandelte als Vergleich.",
            "with --control notyet those not yet treated serve as comparison as well"
        )),
        DidRefusal::SingleTreatedUnit => plain(say!(
            "Nur eine Einheit wird behandelt: Was ihr sonst geschah, ist vom Effekt nicht zu trennen",
            "a single unit is treated: what else happened to it cannot be told from the effect"
        ))
        .hint(say!(
            "Für einzelne Orte sind calc synth und calc randinf gemacht.",
            "calc synth and calc randinf are made for single towns"
        )),
        DidRefusal::ConstantOutcome => plain(say!(
            "„{0}“ ändert sich in keinem Vergleich verschieden: Ein Fehler ist nicht zu schätzen",
            "\"{0}\" changes alike in all comparisons: no error can be estimated",
            options.outcome
        )),
        DidRefusal::Collinear { column } => {
            let name = columns.covariate_names.get(column).map_or("", String::as_str);
            plain(say!(
                "„{name}“ ist konstant oder folgt aus den Kovariaten davor",
                "\"{name}\" is constant or follows from the covariates before it"
            ))
        }
        DidRefusal::NoEstimate(missing) => {
            let why = reason(missing);
            plain(Label::new(
                format!("Kein Effekt ist zu schätzen: {}", why.de),
                format!("no effect can be estimated: {}", why.en),
            ))
        }
        DidRefusal::InvalidLevel => {
            Error::config(super::super::said(&crate::stats::Refusal::InvalidLevel)).at("--level")
        }
        DidRefusal::FewDraws { found } => Error::config(say!(
            "{found} Ziehungen sind zu wenige; mindestens {MIN_DRAWS}",
            "{found} draws are too few; at least {MIN_DRAWS}"
        ))
        .at("--bootstrap"),
    }
}
