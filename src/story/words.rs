use crate::domain::{Lang, Month, Period, Text, format_decimal, format_percent, format_points};

/// `Juli 2024 bis Juni 2025`.
#[must_use]
pub fn period_text(period: Period, lang: Lang) -> String {
    if period.months == 1 {
        return period.start.long(lang);
    }
    let to = Text::new("bis", "to").get(lang);
    if period.start.year() == period.end().year() {
        return format!("{} {to} {}", period.start.name(lang), period.end().long(lang));
    }
    format!("{} {to} {}", period.start.long(lang), period.end().long(lang))
}

/// The beginning of a sentence: `Von Juli 2024 bis Juni 2025`, `Im Juni 2025`.
#[must_use]
pub fn when_text(period: Period, lang: Lang) -> String {
    let text = period_text(period, lang);
    match (period.months, lang) {
        (1, Lang::De) => format!("Im {text}"),
        (1, Lang::En) => format!("In {text}"),
        (_, Lang::De) => format!("Von {text}"),
        (_, Lang::En) => format!("From {text}"),
    }
}

/// `36,1 bis 40,8 %`.
#[must_use]
pub fn interval_share(lower: f64, upper: f64, lang: Lang) -> String {
    let to = Text::new("bis", "to").get(lang);
    format!("{} {to} {}", format_decimal(lower * 100.0, 1, lang), format_percent(upper, 1, lang))
}

/// `+2,1 bis +8,0 Prozentpunkte`.
#[must_use]
pub fn interval_points(lower: f64, upper: f64, lang: Lang) -> String {
    let to = Text::new("bis", "to").get(lang);
    let first = format_points(lower, 1, lang);
    let number = first.split(['\u{a0}', ' ']).next().unwrap_or("").to_owned();
    format!("{number} {to} {}", format_points(upper, 1, lang))
}

/// The usual kinds of events in words; an own kind stays as it is.
#[must_use]
pub fn event_name(kind: &str, lang: Lang) -> &str {
    let text = match kind {
        "participation" => Text::new("Beteiligung", "participation"),
        "campaign" => Text::new("Kampagne", "campaign"),
        "training" => Text::new("Schulung", "training"),
        "advice" => Text::new("Beratung", "advice"),
        "outage" => Text::new("Störung", "outage"),
        "launch" => Text::new("Start", "launch"),
        "milestone" => Text::new("Meilenstein", "milestone"),
        _ => return kind,
    };
    text.get(lang)
}

/// The event as it stands behind `mit` and `ohne`, `with` and `without`: English may need an article.
#[must_use]
pub fn event_phrase(kind: &str, lang: Lang) -> String {
    let name = event_name(kind, lang);
    match (lang, kind) {
        (Lang::En, "campaign" | "launch" | "milestone") => format!("a {name}"),
        (Lang::En, "outage") => format!("an {name}"),
        _ => name.to_owned(),
    }
}

/// `0,031`; never zero, but `unter 0,001`.
#[must_use]
pub fn probability_text(p: f64, lang: Lang) -> String {
    const LEAST: f64 = 0.001;
    if p < LEAST {
        format!("{} {}", Text::new("unter", "below").get(lang), format_decimal(LEAST, 3, lang))
    } else {
        format_decimal(p, 3, lang)
    }
}

/// `1,86-fach`, `1.86 times`.
#[must_use]
pub fn ratio_text(ratio: f64, lang: Lang) -> String {
    match lang {
        Lang::De => format!("{}-fach", format_decimal(ratio, 2, lang)),
        Lang::En => format!("{} times", format_decimal(ratio, 2, lang)),
    }
}

/// `4. von 17`.
#[must_use]
pub fn position_text(position: usize, n: usize, lang: Lang) -> String {
    match lang {
        Lang::De => format!("{position}. von {n}"),
        Lang::En => format!("{position} of {n}"),
    }
}

/// `Juli 2024, September bis November 2024`: runs of months, ascending.
#[must_use]
pub fn month_list(months: &[Month], lang: Lang) -> String {
    let mut runs: Vec<(Month, Month)> = Vec::new();
    for &month in months {
        match runs.last_mut() {
            Some(run) if month.since(run.1) == 1 => run.1 = month,
            _ => runs.push((month, month)),
        }
    }
    let texts: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| period_text(Period::span(first, u16::try_from(last.since(first) + 1).unwrap_or(1)), lang))
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_months_are_joined() {
        let m = |year, month| Month::new(year, month).unwrap();
        let months = [m(2024, 7), m(2024, 11), m(2024, 12), m(2025, 1), m(2025, 3), m(2025, 4)];
        insta::assert_snapshot!(month_list(&months, Lang::De), @"Juli 2024, November 2024 bis Januar 2025, März bis April 2025");
        insta::assert_snapshot!(interval_points(-0.012, 0.081, Lang::De).replace('\u{a0}', " "), @"−1,2 bis +8,1 Prozentpunkte");
    }
}
