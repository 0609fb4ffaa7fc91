//! One series by month in words: what stands out, whether it rises or falls, and what changed at an event.

use super::words::{interval_points, month_list};
use crate::compare::{Control, ControlRefusal, ControlResult, MIN_CASES, MIN_SIDE, Term, Trend};
use crate::domain::{Label, Lang, Month, Text, format_count, format_decimal, format_points};
use crate::stats::series::SeriesRefusal;

/// Months beyond the limits that a headline names; more are counted.
const NAMED: usize = 3;

/// What the chart shows, in short: the finding of the headline.
#[must_use]
pub fn control_headline(control: &Control, chart: &ControlResult, lang: Lang) -> String {
    let (above, below) = chart.outside();
    let outside = sorted(&above, &below);
    let all = chart.points().count();
    let months = listed(control, &outside, lang);
    match (outside.len(), lang) {
        (0, _) if chart.runs().is_empty() => {
            Text::new("Der Anteil schwankt nur wie gewöhnlich", "The share varies only as usual").get(lang).to_owned()
        }
        (0, Lang::De) => {
            "Kein Monat außerhalb der Grenzen, aber mindestens eine auffällige Folge von Monaten".to_owned()
        }
        (0, Lang::En) => "No month outside the limits, but at least one unusual run of months".to_owned(),
        (1, Lang::De) => format!("Ein Monat außerhalb der Grenzen: {months}"),
        (1, Lang::En) => format!("One month outside the limits: {months}"),
        (n, Lang::De) if n <= NAMED => {
            format!("{} Monate außerhalb der Grenzen: {months}", ["", "", "Zwei", "Drei"][n])
        }
        (n, Lang::En) if n <= NAMED => format!("{} months outside the limits: {months}", ["", "", "Two", "Three"][n]),
        (n, Lang::De) => format!("{n} von {all} Monaten liegen außerhalb der Grenzen"),
        (n, Lang::En) => format!("{n} of {all} months lie outside the limits"),
    }
}

/// What is drawn, for the line below the headline.
#[must_use]
pub fn control_subtitle(control: &Control, some_hidden: bool, lang: Lang) -> String {
    let count = |n: usize| format_count(i64::try_from(n).unwrap_or(i64::MAX), lang);
    let (towns, known) = (count(control.towns), count(control.known));
    let since = control.first.long(lang);
    let who = match (control.known, control.towns == control.known, lang) {
        (1, ..) => String::new(),
        (_, true, Lang::De) => format!(", Summe aller {known} Orte"),
        (_, true, Lang::En) => format!(", sum of all {known} towns"),
        (_, false, Lang::De) if control.towns == 1 => {
            format!(", ein Ort von {known}: der einzige, der seit {since} online ist und zu jedem Monat Zahlen hat")
        }
        (_, false, Lang::En) if control.towns == 1 => {
            format!(
                ", one of {known} towns: the only one that is online since {since} and has a number for every month"
            )
        }
        (_, false, Lang::De) => {
            format!(
                ", Summe von {towns} der {known} Orte, immer denselben: seit {since} online und mit Zahlen zu jedem Monat"
            )
        }
        (_, false, Lang::En) => {
            format!(
                ", sum of {towns} of {known} towns, always the same: online since {since} and with a number for every month"
            )
        }
    };
    let hidden = match (some_hidden, lang) {
        (false, _) => "",
        (true, Lang::De) => "; nur Orte, deren Monatswerte gezeigt werden",
        (true, Lang::En) => "; only towns whose monthly values are shown",
    };
    match lang {
        Lang::De => format!("Online-Anteil je Monat{who}{hidden}; Grenzen: drei Sigma um die Mittellinie"),
        Lang::En => format!("Online share by month{who}{hidden}; limits: three sigma around the middle line"),
    }
}

/// What the chart says, as one sentence.
#[must_use]
pub fn control_sentence(control: &Control, chart: &ControlResult, lang: Lang) -> String {
    let (above, below) = chart.outside();
    let runs = chart.runs();
    let all = chart.points().count();
    if above.is_empty() && below.is_empty() {
        return match (runs.last(), lang) {
            (None, Lang::De) => {
                format!(
                    "In keinem der {all} Monate wich der Online-Anteil stärker ab, als es in dieser Reihe gewöhnlich ist."
                )
            }
            (None, Lang::En) => {
                format!("In none of the {all} months the online share deviated more than is usual in this series.")
            }
            (Some(last), Lang::De) => format!(
                "Kein einzelner Monat lag außerhalb der Grenzen, aber mehrere Monate nacheinander lagen auffällig weit oder lange auf einer Seite der Mittellinie (zuletzt bis {}): Das ist ein Anlass, nachzusehen, ob sich das Niveau verschoben hat; auch Zufall oder eine Saison ergibt solche Folgen.",
                control.month(*last).long(lang)
            ),
            (Some(last), Lang::En) => format!(
                "No single month was outside the limits, but several months in a row were unusually far or long on one side of the middle line (last until {}): a reason to look whether the level has shifted; chance or a season makes such runs as well.",
                control.month(*last).long(lang)
            ),
        };
    }
    let side = |months: &[usize], de: &str, en: &str| {
        let list = listed(control, months, lang);
        (!months.is_empty()).then(|| match lang {
            Lang::De => format!("{de} {list}"),
            Lang::En => format!("{en} {list}"),
        })
    };
    let sides: Vec<String> =
        [side(&above, "darüber:", "above:"), side(&below, "darunter:", "below:")].into_iter().flatten().collect();
    let n = above.len() + below.len();
    let (list, more) = (sides.join("; "), !runs.is_empty());
    match lang {
        Lang::De => {
            let more = if more { " Dazu kommt mindestens eine auffällige Folge von Monaten." } else { "" };
            format!(
                "In {n} von {all} Monaten lag der Online-Anteil außerhalb dessen, was in dieser Reihe gewöhnlich ist ({list}).{more}"
            )
        }
        Lang::En => {
            let more = if more { " In addition there is at least one unusual run of months." } else { "" };
            format!("In {n} of {all} months the online share was outside what is usual in this series ({list}).{more}")
        }
    }
}

/// How the chart is to be read.
#[must_use]
pub fn control_reading(chart: &ControlResult, lang: Lang) -> String {
    let mut out = Text::new(
        "Zwischen den Grenzen schwankt der Anteil so, wie er es in dieser Reihe gewöhnlich tut: Ein höherer oder niedrigerer Monat bedeutet dort nichts. Ein Monat außerhalb oder eine Folge von Monaten weit oder lange auf einer Seite der Mittellinie ist ein Anlass zum Nachsehen; eine Ursache nennt die Karte nicht. Wächst ein Anteil stetig, liegen frühe Monate unter und späte über den Grenzen. Eine Saison kennt die Karte nicht.",
        "Between the limits the share varies as it usually does in this series: a higher or lower month means nothing there. A month outside, or a run of months far or long on one side of the middle line, is a reason to look; the chart names no cause. Where a share grows steadily, early months lie below and late ones above the limits. The chart knows no season.",
    )
    .get(lang)
    .to_owned();
    let mut add = |there: bool, text: Text| {
        if there {
            out.push(' ');
            out.push_str(text.get(lang));
        }
    };
    let beyond = chart.limits().filter(|l| l.beyond_chance()).count();
    let all = chart.limits().count();
    add(
        beyond == all,
        Text::new(
            "Die Grenzen lassen zu, dass sich Monate stärker unterscheiden, als der Zufall allein es ergäbe (p′-Karte).",
            "The limits allow for months that differ by more than chance alone would make them (p′ chart).",
        ),
    );
    add(
        beyond == 0,
        Text::new(
            "Die Grenzen sind die des Zufalls allein, weil sich benachbarte Monate nicht stärker unterscheiden (p-Karte).",
            "The limits are those of chance alone, because neighbouring months do not differ by more (p chart).",
        ),
    );
    add(
        beyond > 0 && beyond < all,
        Text::new(
            "In einem Teil der Phasen sind die Grenzen die des Zufalls allein (p-Karte), in den anderen lassen sie zu, dass sich Monate stärker unterscheiden (p′-Karte).",
            "In some phases the limits are those of chance alone (p chart), in the others they allow for months that differ by more (p′ chart).",
        ),
    );
    add(
        chart.phases.len() > 1,
        Text::new(
            "Wo eine Phase mit eigenen Grenzen beginnt, steht in der Projektdatei; das Programm teilt eine Reihe nie von selbst.",
            "Where a phase with limits of its own begins is stated in the project file; the program never divides a series by itself.",
        ),
    );
    add(
        chart.young(),
        Text::new(
            "Grenzen aus weniger als 20 Monaten sind noch unsicher und können sich verschieben.",
            "Limits from fewer than 20 months are still uncertain and may move.",
        ),
    );
    out
}

/// Whether the share rises or falls, as a sentence; a direction only where both tests show it.
#[must_use]
pub fn trend_sentence(trend: &Result<Trend, ControlRefusal>, lang: Lang) -> String {
    let found = match trend {
        Ok(found) => found,
        Err(refusal) => {
            let why = control_refusal(refusal, lang);
            return match lang {
                Lang::De => format!("Ob der Anteil steigt oder fällt, wird nicht beurteilt: {why}."),
                Lang::En => format!("Whether the share rises or falls is not judged: {why}."),
            };
        }
    };
    let Term { value, lower, upper, .. } = found.term;
    let span = interval_points(lower, upper, lang);
    let points = format_points(value.abs(), 1, lang).trim_start_matches('+').to_owned();
    match (found.shown(), value > 0.0, lang) {
        (true, true, Lang::De) => format!(
            "Der Anteil steigt: Gegenüber dem gleichen Monat des Vorjahres liegt er im Mittel um {points} höher (95-%-Spanne: {span})."
        ),
        (true, true, Lang::En) => format!(
            "The share rises: against the same month of the year before it is higher by {points} on average (95% interval: {span})."
        ),
        (true, false, Lang::De) => format!(
            "Der Anteil fällt: Gegenüber dem gleichen Monat des Vorjahres liegt er im Mittel um {points} niedriger (95-%-Spanne: {span})."
        ),
        (true, false, Lang::En) => format!(
            "The share falls: against the same month of the year before it is lower by {points} on average (95% interval: {span})."
        ),
        (false, _, Lang::De) => format!(
            "Dass der Anteil steigt oder fällt, ist nicht belegt (mittlere Veränderung gegenüber dem gleichen Monat des Vorjahres, 95-%-Spanne: {span})."
        ),
        (false, _, Lang::En) => format!(
            "It is not shown that the share rises or falls (mean change against the same month of the year before, 95% interval: {span})."
        ),
    }
}

/// Where the level may have changed: candidates, and what else makes them. `None` without any.
#[must_use]
pub fn candidate_sentence(control: &Control, lang: Lang) -> Option<String> {
    let at: Vec<usize> = control.candidates.iter().map(|c| c.at).collect();
    let months: Vec<Month> = at.iter().map(|at| control.month(*at)).collect();
    let list = months.iter().map(|m| m.long(lang)).collect::<Vec<_>>().join(", ");
    (!at.is_empty()).then(|| match lang {
        Lang::De => format!(
            "Kandidaten für den Beginn eines anderen Niveaus: {list}. Ein Rechenverfahren schlägt sie vor; auch ein stetiger Anstieg, eine Saison oder Zufall ergibt solche Stufen."
        ),
        Lang::En => format!(
            "Candidates for the start of another level: {list}. A method of calculation proposes them; a steady rise, a season or chance makes such steps as well."
        ),
    })
}

/// Why there is no chart, trend or result, as a clause.
#[must_use]
pub fn control_refusal(refusal: &ControlRefusal, lang: Lang) -> String {
    let said = clause(refusal);
    if lang == Lang::De { said.de } else { said.en }
}

fn clause(refusal: &ControlRefusal) -> Label {
    match *refusal {
        ControlRefusal::NoTowns => {
            Label::new("Kein Ort hat zu jedem Monat eine Zahl", "no town has a number for every month")
        }
        ControlRefusal::FewMonths { found, needed } => Label::new(
            format!("Nötig sind mindestens {needed} Monate mit Fällen, hier sind es {found}"),
            format!("at least {needed} months with cases are needed, here there are {found}"),
        ),
        ControlRefusal::Gaps { found, needed } => Label::new(
            format!("Nötig sind mindestens {needed} Monate ohne Lücke, hier sind es {found}"),
            format!("at least {needed} months without a gap are needed, here there are {found}"),
        ),
        ControlRefusal::Sides { before, after, needed } => Label::new(
            format!(
                "Nötig sind vor dem Ereignis (ohne das erste Jahr nach dem Start) und ab ihm je mindestens {needed} Monate ohne Lücke, hier sind es {before} und {after}"
            ),
            format!(
                "at least {needed} months without a gap are needed before the event (the first year after the launch left out) and from it on, here there are {before} and {after}"
            ),
        ),
        ControlRefusal::FewCases { mean, online } => {
            let number = |lang| (format_decimal(mean, 1, lang), format_decimal(MIN_CASES, 0, lang));
            let ((few, least), (few_en, least_en)) = (number(Lang::De), number(Lang::En));
            let way = if online {
                Text::new("online", "online")
            } else {
                Text::new("auf anderem Weg als online", "otherwise than online")
            };
            Label::new(
                format!("Im Mittel kommen nur {few} Anträge im Monat {}, nötig sind mindestens {least}", way.de),
                format!(
                    "on average only {few_en} applications a month are made {}, at least {least_en} are needed",
                    way.en
                ),
            )
        }
        ControlRefusal::NoSpread => Label::new(
            "Benachbarte Monate unterscheiden sich nicht oder fehlen, daher gibt es keine gewöhnliche Schwankung",
            "neighbouring months do not differ or are missing, so there is no usual variation",
        ),
        ControlRefusal::Method(SeriesRefusal::Constant) => Label::new("Alle Werte sind gleich", "all values are equal"),
        ControlRefusal::Method(SeriesRefusal::ExactFit) => Label::new(
            "Das Modell trifft die Werte genau, daher lässt sich kein Fehler schätzen",
            "the model fits the values exactly, so no error can be estimated",
        ),
        ControlRefusal::Method(_) => Label::new(
            "Das Verfahren gibt für diese Reihe kein Ergebnis an",
            "the method gives no result for this series",
        ),
    }
}

/// A refusal as a remark of its own.
#[must_use]
pub fn control_missing(refusal: &ControlRefusal, lang: Lang) -> String {
    let why = control_refusal(refusal, lang);
    match lang {
        Lang::De => {
            format!("Ob sich der Anteil auffällig verändert hat, lässt sich nicht an einer Regelkarte ablesen: {why}.")
        }
        Lang::En => format!("No control chart can show whether the share changed in an unusual way: {why}."),
    }
}

fn sorted(above: &[usize], below: &[usize]) -> Vec<usize> {
    let mut out = [above, below].concat();
    out.sort_unstable();
    out
}

fn listed(control: &Control, at: &[usize], lang: Lang) -> String {
    let months: Vec<Month> = at.iter().map(|at| control.month(*at)).collect();
    let list = month_list(&months, lang);
    let and = Text::new("und", "and").get(lang);
    list.rsplit_once(", ").map_or_else(|| list.clone(), |(before, last)| format!("{before} {and} {last}"))
}

/// What a series needs for a result at an event, and how far its intervals can be trusted.
#[must_use]
pub fn change_note(lang: Lang) -> String {
    match lang {
        Lang::De => format!(
            "Nötig sind vor dem Ereignis und ab ihm je {MIN_SIDE} Monate ohne Lücke und genügend Fälle; das erste Jahr nach dem Start zählt nicht, weil die Nutzung darin von selbst wächst. Ähneln sich Nachbarmonate stark, sind die Spannen eher zu schmal."
        ),
        Lang::En => format!(
            "Needed are {MIN_SIDE} months each without a gap before the event and from it on, and enough cases; the first year after the launch does not count, because use grows by itself in it. Where neighbouring months resemble each other strongly, intervals are rather too narrow."
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::compare::{ControlPlan, controls};
    use crate::domain::{Aggregation, Estimate, EstimateKey, EstimateState, EstimateTable, Period};

    /// One town with so many of 1,000 cases online every month from January 2022 on.
    fn control(online: &[f64]) -> Control {
        let first = Month::new(2022, 1).unwrap();
        let month = |at: usize| first.plus(i32::try_from(at).unwrap());
        let row = |(at, online): (usize, &f64)| {
            let mut e = Estimate::absent(EstimateState::Computed);
            (e.numerator, e.denominator) = (Some(*online), Some(1000.0));
            let (period, aggregation) = (Period::month(month(at)), Aggregation::Own);
            (EstimateKey { kpi: 0, unit: 1, service: 0, period, aggregation }, e)
        };
        let table = EstimateTable::new(online.iter().enumerate().map(row).collect());
        let span = (first, month(online.len() - 1));
        controls(ControlPlan::default(), 0, &table, span, &[], &|_, _| None).series.remove(0)
    }

    /// 38 months that swing around 30 %, with other values where stated.
    fn with(other: &[(usize, f64)]) -> Control {
        let mut online: Vec<f64> = (0..38).map(|at| if at % 2 == 0 { 290.0 } else { 310.0 }).collect();
        other.iter().for_each(|(at, value)| online[*at] = *value);
        control(&online)
    }

    fn said(control: &Control, lang: Lang) -> [String; 2] {
        let chart = control.chart.as_ref().unwrap();
        [control_headline(control, chart, lang), control_sentence(control, chart, lang)]
    }

    #[test]
    fn the_chart_is_said_in_both_languages() {
        let calm = with(&[]);
        insta::assert_snapshot!(said(&calm, Lang::De).join(" | "), @"Der Anteil schwankt nur wie gewöhnlich | In keinem der 38 Monate wich der Online-Anteil stärker ab, als es in dieser Reihe gewöhnlich ist.");
        insta::assert_snapshot!(said(&calm, Lang::En).join(" | "), @"The share varies only as usual | In none of the 38 months the online share deviated more than is usual in this series.");
        let two = with(&[(14, 500.0), (27, 120.0)]);
        insta::assert_snapshot!(said(&two, Lang::De).join(" | "), @"Zwei Monate außerhalb der Grenzen: März 2023 und April 2024 | In 2 von 38 Monaten lag der Online-Anteil außerhalb dessen, was in dieser Reihe gewöhnlich ist (darüber: März 2023; darunter: April 2024).");
        insta::assert_snapshot!(said(&two, Lang::En).join(" | "), @"Two months outside the limits: March 2023 and April 2024 | In 2 of 38 months the online share was outside what is usual in this series (above: March 2023; below: April 2024).");
        // A slow wave: no month beyond the limits, but long runs on one side.
        let wave: Vec<f64> =
            (0..36).map(|at| 300.0 + [4.0, -4.0][(at / 12) % 2] + if at % 2 == 0 { 3.0 } else { -3.0 }).collect();
        let runs = control(&wave);
        insta::assert_snapshot!(said(&runs, Lang::De).join(" | "), @"Kein Monat außerhalb der Grenzen, aber mindestens eine auffällige Folge von Monaten | Kein einzelner Monat lag außerhalb der Grenzen, aber mehrere Monate nacheinander lagen auffällig weit oder lange auf einer Seite der Mittellinie (zuletzt bis Dezember 2023): Das ist ein Anlass, nachzusehen, ob sich das Niveau verschoben hat; auch Zufall oder eine Saison ergibt solche Folgen.");
        insta::assert_snapshot!(said(&runs, Lang::En).join(" | "), @"No month outside the limits, but at least one unusual run of months | No single month was outside the limits, but several months in a row were unusually far or long on one side of the middle line (last until December 2023): a reason to look whether the level has shifted; chance or a season makes such runs as well.");
        let many = with(&[(3, 500.0), (9, 500.0), (15, 510.0), (16, 520.0), (27, 120.0)]);
        insta::assert_snapshot!(said(&many, Lang::De).join(" | "), @"5 von 38 Monaten liegen außerhalb der Grenzen | In 5 von 38 Monaten lag der Online-Anteil außerhalb dessen, was in dieser Reihe gewöhnlich ist (darüber: April 2022, Oktober 2022 und April bis Mai 2023; darunter: April 2024). Dazu kommt mindestens eine auffällige Folge von Monaten.");
    }

    #[test]
    fn the_trend_is_said_only_where_it_is_shown() {
        let rising: Vec<f64> = (0..36)
            .map(|at| 200.0 + (if at % 2 == 0 { 60.0 } else { 40.0 }) * (at / 12) as f64 + (at % 12) as f64)
            .collect();
        let text = |control: &Control, lang| trend_sentence(&control.trend, lang).replace('\u{a0}', " ");
        insta::assert_snapshot!(text(&control(&rising), Lang::De), @"Der Anteil steigt: Gegenüber dem gleichen Monat des Vorjahres liegt er im Mittel um 5,0 Prozentpunkte höher (95-%-Spanne: +4,6 bis +5,4 Prozentpunkte).");
        insta::assert_snapshot!(text(&control(&rising), Lang::En), @"The share rises: against the same month of the year before it is higher by 5.0 percentage points on average (95% interval: +4.6 to +5.4 percentage points).");
        let falling: Vec<f64> = rising.iter().map(|x| 500.0 - x).collect();
        assert!(
            text(&control(&falling), Lang::De).starts_with("Der Anteil fällt: ")
                && text(&control(&falling), Lang::En).starts_with("The share falls: ")
        );
        // Up and down again: the mean change is about zero.
        let flat: Vec<f64> =
            (0..36).map(|at| 200.0 + [0.0, 30.0, 1.0][at / 12] * if at % 2 == 0 { 1.0 } else { 0.7 }).collect();
        insta::assert_snapshot!(text(&control(&flat), Lang::De), @"Dass der Anteil steigt oder fällt, ist nicht belegt (mittlere Veränderung gegenüber dem gleichen Monat des Vorjahres, 95-%-Spanne: −2,6 bis +2,7 Prozentpunkte).");
        assert!(text(&control(&flat), Lang::En).starts_with("It is not shown that the share rises or falls"));
        insta::assert_snapshot!(text(&control(&rising[..30]), Lang::De), @"Ob der Anteil steigt oder fällt, wird nicht beurteilt: Nötig sind mindestens 36 Monate ohne Lücke, hier sind es 30.");
        insta::assert_snapshot!(text(&control(&rising[..30]), Lang::En), @"Whether the share rises or falls is not judged: at least 36 months without a gap are needed, here there are 30.");
    }

    #[test]
    fn the_chart_says_which_towns_and_what_its_limits_are() {
        let some = Control { towns: 23, known: 54, ..with(&[]) };
        insta::assert_snapshot!(control_subtitle(&some, true, Lang::De), @"Online-Anteil je Monat, Summe von 23 der 54 Orte, immer denselben: seit Januar 2022 online und mit Zahlen zu jedem Monat; nur Orte, deren Monatswerte gezeigt werden; Grenzen: drei Sigma um die Mittellinie");
        insta::assert_snapshot!(control_subtitle(&some, false, Lang::En), @"Online share by month, sum of 23 of 54 towns, always the same: online since January 2022 and with a number for every month; limits: three sigma around the middle line");
        let one = Control { towns: 1, known: 8, ..with(&[]) };
        insta::assert_snapshot!(control_subtitle(&one, false, Lang::De), @"Online-Anteil je Monat, ein Ort von 8: der einzige, der seit Januar 2022 online ist und zu jedem Monat Zahlen hat; Grenzen: drei Sigma um die Mittellinie");
        assert_eq!(
            control_subtitle(&with(&[]), false, Lang::De),
            "Online-Anteil je Monat; Grenzen: drei Sigma um die Mittellinie"
        );
        let reading = |online: &[f64], lang| control_reading(control(online).chart.as_ref().unwrap(), lang);
        let wild: Vec<f64> = (0..24).map(|at| if at % 2 == 0 { 200.0 } else { 400.0 }).collect();
        assert!(reading(&wild, Lang::De).contains("(p′-Karte)") && !reading(&wild, Lang::De).contains("20 Monaten"));
        let calm: Vec<f64> = (0..8).map(|at| 300.0 + f64::from(at % 2)).collect();
        assert!(
            reading(&calm, Lang::En).contains("(p chart)") && reading(&calm, Lang::En).contains("fewer than 20 months")
        );
        let jump: Vec<f64> = (0..24).map(|at| if at < 12 { 300.0 } else { 500.0 } + f64::from(at % 2)).collect();
        insta::assert_snapshot!(candidate_sentence(&control(&jump), Lang::De).unwrap(), @"Kandidaten für den Beginn eines anderen Niveaus: Januar 2023. Ein Rechenverfahren schlägt sie vor; auch ein stetiger Anstieg, eine Saison oder Zufall ergibt solche Stufen.");
        assert_eq!(candidate_sentence(&with(&[]), Lang::En), None);
        let few = control(&[2.0; 12]);
        insta::assert_snapshot!(control_missing(few.chart.as_ref().unwrap_err(), Lang::De), @"Ob sich der Anteil auffällig verändert hat, lässt sich nicht an einer Regelkarte ablesen: Im Mittel kommen nur 2,0 Anträge im Monat online, nötig sind mindestens 5.");
        insta::assert_snapshot!(control_missing(few.chart.as_ref().unwrap_err(), Lang::En), @"No control chart can show whether the share changed in an unusual way: on average only 2.0 applications a month are made online, at least 5 are needed.");
    }
}
