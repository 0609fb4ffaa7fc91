use crate::domain::Lang;
use crate::stats::Refusal;

/// Why a method gives no number, as an insertion; the statistics themselves know no language but English.
pub(crate) fn refusal_text(refusal: &Refusal, lang: Lang) -> String {
    if lang == Lang::En {
        return refusal.to_string();
    }
    match refusal {
        Refusal::EmptyInput => "es liegen keine Beobachtungen vor",
        Refusal::ZeroDenominator => "der Nenner ist null",
        Refusal::CountExceedsDenominator => "die Anzahl ist größer als ihr Nenner",
        Refusal::NonFinite => "eine Angabe ist keine endliche Zahl",
        Refusal::Negative => "eine Angabe ist negativ",
        Refusal::InvalidLevel => "ein Konfidenzniveau muss zwischen 0 und 1 liegen",
        Refusal::InvalidProbability => "die Wahrscheinlichkeit liegt außerhalb des unterstützten Bereichs",
        Refusal::InvalidDegreesOfFreedom => "es muss mindestens einen Freiheitsgrad geben",
        Refusal::Unsorted => "die Werte sind nicht sortiert",
        Refusal::FewClusters { found: 1, needed } => return format!("1 Ort, nötig sind mindestens {needed}"),
        Refusal::FewClusters { found, needed } => return format!("{found} Orte, nötig sind mindestens {needed}"),
        Refusal::NoVariation => "die Orte unterscheiden sich nicht, daher lässt sich der Standardfehler nicht schätzen",
        Refusal::ZeroRate => "zu einem Anteil von null gibt es kein Verhältnis",
        Refusal::NumeratorOutsideDomain => "eine Zeile außerhalb der Teilgruppe hat einen Zähler",
        Refusal::SinglePsu { stratum } => return format!("Schicht {stratum} hat nur eine primäre Auswahleinheit"),
        Refusal::InvalidPopulation { stratum } => {
            return format!(
                "in Schicht {stratum} sind mehr Einheiten ausgewählt, als für sie insgesamt angegeben sind"
            );
        }
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_speaks_both_languages() {
        let few = Refusal::FewClusters { found: 3, needed: 5 };
        assert_eq!(refusal_text(&few, Lang::De), "3 Orte, nötig sind mindestens 5");
        assert_eq!(refusal_text(&few, Lang::En), "3 clusters, at least 5 are needed");
        assert_eq!(refusal_text(&Refusal::ZeroDenominator, Lang::De), "der Nenner ist null");
    }
}
