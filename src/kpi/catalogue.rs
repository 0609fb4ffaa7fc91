//! The key figures as data: one entry each. The catalogue drives the evaluation, `explain`, the
//! glossary and the column documentation.

use super::definition::{AbsentCell, Direction, Formula, IntervalMethod, Kpi, Selector, Unit};
use crate::domain::{Channel, Stage, Text};
use crate::ingest::{FeedbackPlace, Measure, Scale, WorkItem};

const NONE: Text = Text::new("–", "–");
const CASES: Text = Text::new("beobachtete Fälle dieses Weges", "cases observed in this channel");

const fn cells(matches: fn(Measure) -> bool) -> Selector {
    Selector { matches, absent: AbsentCell::Missing }
}

const fn votes(matches: fn(Measure) -> bool) -> Selector {
    Selector { matches, absent: AbsentCell::Zero }
}

const fn button(matches: fn(Measure) -> bool) -> Selector {
    Selector { matches, absent: AbsentCell::ZeroIfEver }
}

const fn work(id: &'static str, name: Text, numerator: Text, unit: Unit, formula: Formula) -> Kpi {
    Kpi {
        id,
        name,
        numerator,
        denominator: CASES,
        unit,
        direction: Direction::Down,
        interval: if matches!(unit, Unit::Share) { IntervalMethod::Wilson } else { IntervalMethod::None },
        minimum_n: 10,
        caveat: Text::new(
            "Online- und andere Fälle können sich in ihrer Schwierigkeit unterscheiden; der Unterschied ist nicht allein die Wirkung des Weges.",
            "Online and other cases may differ in difficulty; the difference is not the effect of the channel alone.",
        ),
        source: "Arbeitszeiterfassung der Fachämter",
        formula,
        monthly: false,
    }
}

macro_rules! per_case {
    ($item:ident, online) => {
        Formula::Ratio(
            cells(|m| m == Measure::Work(WorkItem::$item, Channel::Online)),
            cells(|m| m == Measure::Work(WorkItem::Cases, Channel::Online)),
        )
    };
    ($item:ident, other) => {
        Formula::Ratio(
            cells(|m| matches!(m, Measure::Work(WorkItem::$item, c) if c != Channel::Online)),
            cells(|m| matches!(m, Measure::Work(WorkItem::Cases, c) if c != Channel::Online)),
        )
    };
}

/// The catalogue, in the order in which reports list it.
pub static CATALOGUE: &[Kpi] = &[
    Kpi {
        id: "online_share",
        name: Text::new(
            "Nutzungsrate (Online-Anteil der Anträge)",
            "Adoption rate (share of applications made online)",
        ),
        numerator: Text::new("online gestellte Anträge", "applications submitted online"),
        denominator: Text::new(
            "alle Fälle; wo keine Gesamtzahl geliefert ist, die Summe aller Eingangswege derselben Stufe",
            "all cases; where no total is delivered, the sum of all channels of the same stage",
        ),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Zählt nur Monate, in denen die Leistung online angeboten wurde und beide Zahlen vorliegen. Fälle sind keine Personen.",
            "Counts only months in which the service was online and both numbers were delivered. Cases are not persons.",
        ),
        source: "Onlinezugangsgesetz (OZG); Wilson 1927",
        formula: Formula::OnlineShare(Stage::FormSubmit),
        monthly: true,
    },
    Kpi {
        id: "online_share.completed",
        name: Text::new("Online-Anteil der abgeschlossenen Fälle", "Share of completed cases that came online"),
        numerator: Text::new("abgeschlossene Fälle, die online eingingen", "completed cases received online"),
        denominator: Text::new("alle abgeschlossenen Fälle", "all completed cases"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Eine andere Zahl als die Nutzungsrate der Anträge: Abgeschlossen wird später als gestellt.",
            "Another number than the share of applications: cases are completed later than they are submitted.",
        ),
        source: "OZG; Wilson 1927",
        formula: Formula::OnlineShare(Stage::Completed),
        monthly: true,
    },
    Kpi {
        id: "online_applications",
        name: Text::new("Online gestellte Anträge", "Applications submitted online"),
        numerator: Text::new("online gestellte Anträge", "applications submitted online"),
        denominator: NONE,
        unit: Unit::Count,
        direction: Direction::Neutral,
        interval: IntervalMethod::None,
        minimum_n: 0,
        caveat: Text::new("Anträge, nicht Personen.", "Applications, not persons."),
        source: "Fallzahlen der Lieferungen",
        formula: Formula::OnlineCount(Stage::FormSubmit),
        monthly: true,
    },
    Kpi {
        id: "applications",
        name: Text::new("Anträge auf allen Wegen", "Applications through all channels"),
        numerator: Text::new("Anträge auf allen Wegen", "applications through all channels"),
        denominator: NONE,
        unit: Unit::Count,
        direction: Direction::Neutral,
        interval: IntervalMethod::None,
        minimum_n: 0,
        caveat: Text::new(
            "Die gelieferte Gesamtzahl, sonst die Summe der Eingangswege; Monate mit fehlenden Wegen zählen nicht.",
            "The delivered total, else the sum of the channels; months with missing channels do not count.",
        ),
        source: "Fallzahlen der Lieferungen",
        formula: Formula::TotalCount(Stage::FormSubmit),
        monthly: true,
    },
    Kpi {
        id: "completion_rate",
        name: Text::new("Abschlussquote des Onlineformulars", "Completion rate of the online form"),
        numerator: Text::new("abgeschickte Formulare", "forms submitted"),
        denominator: Text::new("begonnene Formulare", "forms started"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Wer erfährt, dass kein Anspruch besteht, hat das Formular auch erledigt; solche Fälle zählen als abgeschlossen, wenn der Formularserver sie meldet.",
            "Whoever learns that there is no entitlement has finished too; such cases count as completed where the form server reports them.",
        ),
        source: "GOV.UK Service Standard, completion rate",
        formula: Formula::Ratio(
            cells(|m| m == Measure::Count(Stage::FormSubmit, Channel::Online)),
            cells(|m| m == Measure::Count(Stage::FormStart, Channel::Online)),
        ),
        monthly: false,
    },
    Kpi {
        id: "online_per_1000",
        name: Text::new(
            "Onlineanträge je 1.000 Einwohnerinnen und Einwohner und Jahr",
            "Online applications per 1,000 inhabitants and year",
        ),
        numerator: Text::new("online gestellte Anträge", "applications submitted online"),
        denominator: Text::new(
            "Bevölkerung mal gelieferte Monate durch zwölf",
            "population times delivered months over twelve",
        ),
        unit: Unit::PerThousand,
        direction: Direction::Up,
        interval: IntervalMethod::Poisson,
        minimum_n: 0,
        caveat: Text::new(
            "Ersatz, wenn die Fälle auf Papier unbekannt sind: Die Zahl hängt auch davon ab, wie oft die Leistung überhaupt gebraucht wird.",
            "A substitute where paper cases are unknown: the number also depends on how often the service is needed at all.",
        ),
        source: "Garwood 1936; Breslow & Day 1987 (Byar)",
        formula: Formula::PerPopulation(cells(|m| m == Measure::Count(Stage::FormSubmit, Channel::Online))),
        monthly: false,
    },
    Kpi {
        id: "helpful_share",
        name: Text::new("Anteil „hilfreich“ (ja/nein)", "Share \"helpful\" (yes/no)"),
        numerator: Text::new("Stimmen mit Ja", "votes with yes"),
        denominator: Text::new("alle Stimmen dieser Skala", "all votes on this scale"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Wer Erfolg hatte, antwortet freundlicher und eher; die Stimmen sind keine Stichprobe.",
            "People who succeeded answer more kindly and more often; the votes are no sample.",
        ),
        source: "Feedbackkomponente, binäre Skala",
        formula: Formula::Ratio(
            votes(|m| matches!(m, Measure::Feedback(_, Scale::Binary, 1))),
            votes(|m| matches!(m, Measure::Feedback(_, Scale::Binary, _))),
        ),
        monthly: false,
    },
    Kpi {
        id: "helpful_share.three_way",
        name: Text::new("Anteil „hilfreich“ (ja/teilweise/nein)", "Share \"helpful\" (yes/partly/no)"),
        numerator: Text::new("Stimmen mit Ja", "votes with yes"),
        denominator: Text::new("alle Stimmen dieser Skala", "all votes on this scale"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Nicht mit der Skala ja/nein vergleichbar: „teilweise“ nimmt beiden Seiten Stimmen.",
            "Not comparable with the yes/no scale: \"partly\" takes votes from both sides.",
        ),
        source: "Feedbackkomponente, dreistufige Skala",
        formula: Formula::Ratio(
            votes(|m| matches!(m, Measure::Feedback(_, Scale::ThreeWay, 1))),
            votes(|m| matches!(m, Measure::Feedback(_, Scale::ThreeWay, _))),
        ),
        monthly: false,
    },
    Kpi {
        id: "star_mean",
        name: Text::new("Mittlere Sternebewertung", "Mean star rating"),
        numerator: Text::new("Summe der Sterne", "sum of stars"),
        denominator: Text::new("Bewertungen", "ratings"),
        unit: Unit::Stars,
        direction: Direction::Up,
        interval: IntervalMethod::None,
        minimum_n: 20,
        caveat: Text::new(
            "Mittelwerte von Sternen verdecken, dass meist sehr gut oder sehr schlecht bewertet wird.",
            "Means of stars hide that most ratings are either very good or very bad.",
        ),
        source: "Feedbackkomponente, Sterne",
        formula: Formula::MeanAnswer(votes(|m| matches!(m, Measure::Feedback(_, Scale::Stars, _))), |m| match m {
            Measure::Feedback(_, _, stars) => stars as i64,
            _ => 0,
        }),
        monthly: false,
    },
    Kpi {
        id: "star_top2",
        name: Text::new("Anteil mit 4 oder 5 Sternen", "Share with 4 or 5 stars"),
        numerator: Text::new("Bewertungen mit 4 oder 5 Sternen", "ratings with 4 or 5 stars"),
        denominator: Text::new("Bewertungen", "ratings"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new("Stimmen sind keine Stichprobe.", "Votes are no sample."),
        source: "Feedbackkomponente, Sterne",
        formula: Formula::Ratio(
            votes(|m| matches!(m, Measure::Feedback(_, Scale::Stars, 4 | 5))),
            votes(|m| matches!(m, Measure::Feedback(_, Scale::Stars, _))),
        ),
        monthly: false,
    },
    Kpi {
        id: "response_rate.page",
        name: Text::new("Rücklauf der Feedbackleiste je Besuch", "Response rate of the page button per visit"),
        numerator: Text::new("Stimmen auf der Seite", "votes on the page"),
        denominator: Text::new("Besuche der Seite", "visits of the page"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Ein Besuch ist keine Person; Stimmen am Formularende zählen hier nicht.",
            "A visit is no person; votes at the end of a form do not count here.",
        ),
        source: "Feedbackkomponente und Besuchsstatistik",
        formula: Formula::Ratio(
            button(|m| matches!(m, Measure::Feedback(FeedbackPlace::Page, ..))),
            cells(|m| matches!(m, Measure::Count(Stage::Visit, _))),
        ),
        monthly: false,
    },
    Kpi {
        id: "response_rate.form_end",
        name: Text::new("Rücklauf am Formularende je Antrag", "Response rate at the end of the form per application"),
        numerator: Text::new("Stimmen am Formularende", "votes at the end of the form"),
        denominator: Text::new("online gestellte Anträge", "applications submitted online"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::Wilson,
        minimum_n: 20,
        caveat: Text::new(
            "Wer abgebrochen hat, wird am Formularende nicht gefragt.",
            "Whoever gave up is not asked at the end of the form.",
        ),
        source: "Feedbackkomponente und Fallzahlen",
        formula: Formula::Ratio(
            button(|m| matches!(m, Measure::Feedback(FeedbackPlace::FormEnd, ..))),
            cells(|m| m == Measure::Count(Stage::FormSubmit, Channel::Online)),
        ),
        monthly: false,
    },
    Kpi {
        id: "availability",
        name: Text::new("Verfügbarkeit", "Availability"),
        numerator: Text::new("online verfügbare geschuldete Leistungen", "services owed that are live"),
        denominator: Text::new("geschuldete Leistungen", "services owed"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::None,
        minimum_n: 0,
        caveat: Text::new(
            "Verfügbar heißt nicht genutzt; eine Leistung ist nicht „online“, weil ein anderer Ort sie anbietet.",
            "Available does not mean used; a service is not online because another town offers it.",
        ),
        source: "OZG § 1; Angebotsliste",
        formula: Formula::Availability,
        monthly: false,
    },
    Kpi {
        id: "active_share",
        name: Text::new("Genutzte Onlineleistungen", "Online services in use"),
        numerator: Text::new(
            "Onlineleistungen mit mindestens einem Onlinefall",
            "live services with at least one online case",
        ),
        denominator: Text::new("online verfügbare Leistungen", "services live"),
        unit: Unit::Share,
        direction: Direction::Up,
        interval: IntervalMethod::None,
        minimum_n: 0,
        caveat: Text::new(
            "In kleinen Orten kann eine selten gebrauchte Leistung ein Jahr lang ohne Fall bleiben.",
            "In small towns a rarely needed service can remain without a case for a year.",
        ),
        source: "Angebotsliste und Fallzahlen",
        formula: Formula::ActiveShare,
        monthly: false,
    },
    work(
        "handling_minutes.online",
        Text::new("Bearbeitungszeit, online", "Handling time, online"),
        Text::new("Minuten Bearbeitung", "minutes of handling"),
        Unit::Minutes,
        per_case!(HandlingMinutes, online),
    ),
    work(
        "handling_minutes.other",
        Text::new("Bearbeitungszeit, andere Wege", "Handling time, other channels"),
        Text::new("Minuten Bearbeitung", "minutes of handling"),
        Unit::Minutes,
        per_case!(HandlingMinutes, other),
    ),
    work(
        "throughput_days.online",
        Text::new("Durchlaufzeit, online", "Throughput time, online"),
        Text::new("Tage vom Eingang bis zur Entscheidung", "days from receipt to decision"),
        Unit::Days,
        per_case!(ThroughputDays, online),
    ),
    work(
        "throughput_days.other",
        Text::new("Durchlaufzeit, andere Wege", "Throughput time, other channels"),
        Text::new("Tage vom Eingang bis zur Entscheidung", "days from receipt to decision"),
        Unit::Days,
        per_case!(ThroughputDays, other),
    ),
    work(
        "queries_per_case.online",
        Text::new("Rückfragen je Fall, online", "Follow-up questions per case, online"),
        Text::new("Rückfragen", "follow-up questions"),
        Unit::PerCase,
        per_case!(Queries, online),
    ),
    work(
        "queries_per_case.other",
        Text::new("Rückfragen je Fall, andere Wege", "Follow-up questions per case, other channels"),
        Text::new("Rückfragen", "follow-up questions"),
        Unit::PerCase,
        per_case!(Queries, other),
    ),
    work(
        "rekeyed_share.online",
        Text::new("Doppelt erfasste Fälle, online", "Cases typed in twice, online"),
        Text::new("doppelt erfasste Fälle", "cases typed in twice"),
        Unit::Share,
        per_case!(Rekeyed, online),
    ),
    work(
        "rekeyed_share.other",
        Text::new("Doppelt erfasste Fälle, andere Wege", "Cases typed in twice, other channels"),
        Text::new("doppelt erfasste Fälle", "cases typed in twice"),
        Unit::Share,
        per_case!(Rekeyed, other),
    ),
    survey(
        "need",
        Text::new("Bedarf", "Need"),
        Text::new("Befragte mit Anlass für die Leistung", "respondents with a need for the service"),
        Text::new("Befragte mit gültiger Antwort", "respondents with a valid answer"),
    ),
    survey(
        "awareness",
        Text::new("Bekanntheit", "Awareness"),
        Text::new("Befragte, die das Onlineangebot kennen", "respondents who know the online service"),
        Text::new(
            "Befragte mit Bedarf; ohne Frage nach dem Bedarf alle Befragten mit gültiger Antwort",
            "respondents with a need; without a question about the need all respondents with a valid answer",
        ),
    ),
    survey(
        "usage",
        Text::new("Onlinenutzung bei Bedarf", "Online use given a need"),
        Text::new("Befragte, die die Leistung online genutzt haben", "respondents who used the service online"),
        Text::new(
            "Befragte mit Bedarf; ohne Frage nach dem Bedarf alle Befragten mit gültiger Antwort",
            "respondents with a need; without a question about the need all respondents with a valid answer",
        ),
    ),
    survey(
        "usage_gap",
        Text::new("Digitale Nutzungslücke", "Digital usage gap"),
        Text::new(
            "Befragte mit Bedarf, die die Leistung nicht online genutzt haben",
            "respondents with a need who did not use the service online",
        ),
        Text::new("Befragte mit Bedarf", "respondents with a need"),
    ),
    survey(
        "usage_gap.not_offered",
        Text::new("Nutzungslücke: hier nicht angeboten", "Usage gap: not offered here"),
        Text::new("davon: am Wohnort nicht online angeboten", "of these: not online at the place of residence"),
        Text::new("Befragte mit Bedarf", "respondents with a need"),
    ),
    survey(
        "usage_gap.not_known",
        Text::new("Nutzungslücke: nicht bekannt", "Usage gap: not known"),
        Text::new("davon: Onlineangebot nicht bekannt", "of these: did not know the online service"),
        Text::new("Befragte mit Bedarf", "respondents with a need"),
    ),
    survey(
        "usage_gap.chosen_otherwise",
        Text::new("Nutzungslücke: bekannt, aber anders entschieden", "Usage gap: known, but chose otherwise"),
        Text::new(
            "davon: Onlineangebot bekannt, anderer Weg gewählt",
            "of these: knew the service and chose another way",
        ),
        Text::new("Befragte mit Bedarf", "respondents with a need"),
    ),
    survey(
        "usage_gap.not_stated",
        Text::new("Nutzungslücke: ohne Angabe", "Usage gap: not stated"),
        Text::new(
            "davon: ohne Angabe, ob das Angebot bekannt ist",
            "of these: did not say whether they know the service",
        ),
        Text::new("Befragte mit Bedarf", "respondents with a need"),
    ),
    survey(
        "barriers",
        Text::new("Hürden", "Barriers"),
        Text::new("Befragte mit dieser Hürde", "respondents with this barrier"),
        Text::new("Befragte, die eine Hürde nennen", "respondents who name a barrier"),
    ),
];

const fn survey(id: &'static str, name: Text, numerator: Text, denominator: Text) -> Kpi {
    Kpi {
        id,
        name,
        numerator,
        denominator,
        unit: Unit::Share,
        direction: Direction::Neutral,
        interval: IntervalMethod::Survey,
        minimum_n: 30,
        caveat: Text::new(
            "Die Spanne zeigt den Stichprobenfehler, nicht die Verzerrung durch Antwortausfälle; ohne Gewichte sind die Befragten nicht auf die Bevölkerung hochgerechnet.",
            "The interval shows the sampling error, not the bias from non-response; without weights the respondents are not projected to the population.",
        ),
        source: "Befragung; Taylor-Linearisierung (Lumley 2010)",
        formula: Formula::Survey,
        monthly: false,
    }
}

/// The position of a key figure in the catalogue.
#[must_use]
pub fn position(id: &str) -> Option<usize> {
    CATALOGUE.iter().position(|kpi| kpi.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn entries_are_complete_and_unique() {
        let ids: BTreeSet<_> = CATALOGUE.iter().map(|k| k.id).collect();
        assert_eq!(ids.len(), CATALOGUE.len());
        for kpi in CATALOGUE {
            for text in [kpi.name, kpi.numerator, kpi.denominator, kpi.caveat] {
                assert!(!text.de.is_empty() && !text.en.is_empty(), "{}", kpi.id);
            }
        }
    }
}
