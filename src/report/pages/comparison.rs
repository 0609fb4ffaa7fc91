use super::{Book, EventPage, charts, ladder};
use crate::Result;
use crate::chart::{Bar, BarChart, ChartSpec, GroupLine, GroupPoint, LaunchChart, Line, Point, Unit};
use crate::compare::{Arm, ArmComparison, ComparisonKind, Timing, Verdict, curve_since_launch, pooled_since_launch};
use crate::domain::{ALL_SERVICES, Lang, format_count, format_decimal, format_percent, format_points};
use crate::publish::{Staging, safe_file_name};
use crate::report::view::{ArmView, ComparisonPage, ComparisonRow, Fact, Figure, Link, Sign, Statement};
use crate::story;

/// The page of a comparison by event.
pub(super) fn page(book: &Book<'_>, event: &EventPage<'_>, stage: &Staging) -> Result<ComparisonPage> {
    let (at, list) = (event.at, event.arms);
    let spec = &book.r.comparisons[at];
    let what = event_name(book, at);
    let all = list.iter().find(|a| a.service == ALL_SERVICES);
    let live = book.r.ladders.live.iter().find(|(of, _)| *of == at);
    let mut explanation = Vec::new();
    explanation.extend(live.map(|(_, ladder)| Statement::new(story::live_answer(ladder, what, book.lang))));
    if let Some(all) = all {
        let sentence = story::arms_sentence(all, what, book.lang);
        let level = book.say("Der Stand im Berichtszeitraum: ", "The level in the reference period: ");
        let text = format!("{}{}", if live.is_some() && all.difference.is_ok() { level } else { "" }, sentence.text);
        explanation.push(Statement { text, note: sentence.note, href: None });
        explanation.extend(without_one_town(book, all));
        explanation.extend(town_means(book, all));
    }
    let timing = timing(book, at);
    let launch = book.r.ladders.launch.iter().find(|(of, _)| *of == at);
    let short = match (launch, live, all) {
        (Some((_, ladder)), ..) => story::ladder_short(ladder, book.lang),
        (None, Some((_, ladder)), _) => story::live_short(ladder, book.lang),
        (None, None, Some(all)) => story::arms_short(all.verdict, book.lang),
        (None, None, None) => "",
    };
    let mut drawn = Vec::new();
    // In a public release no picture says that there were no data: they may be hidden.
    let differences =
        Some(bars(book, list, &spec.title, what)).filter(|_| !book.public || list.iter().any(|a| a.difference.is_ok()));
    drawn.extend(book.draw(differences.as_ref(), Some((stage, &event.chart("difference"))))?);
    // A service that was live before has no launch in common with the event.
    if timing != Timing::Live {
        drawn.extend(book.draw(curves(book, list, what).as_ref(), Some((stage, &event.chart("launch"))))?);
    }
    let shared = book.events.iter().filter(|e| book.r.comparisons[e.at].event == spec.event).count() > 1;
    let others = book.events.iter().zip(book.event_links()).filter(|(e, _)| e.at != at).map(|(_, link)| link);
    Ok(ComparisonPage {
        slug: event.slug.clone(),
        what: spec.event.as_deref().map_or_else(String::new, |kind| story::event_phrase(kind, book.lang)),
        name: shared.then(|| spec.title.clone()),
        others: others.collect(),
        verdict: short.to_owned(),
        explanation,
        ladder: ladder::section(book, event, stage)?,
        facts: all.map_or_else(Vec::new, |all| facts(book, at, all)),
        tiles: Vec::new(),
        rows: list.iter().map(|a| row(book, a, what)).collect(),
        charts: drawn,
        can: can(book, timing),
        cannot: cannot(book, timing, launch.is_some() || live.is_some()),
        notes: notes(book),
    })
}

/// When the event of a comparison must have been.
fn timing(book: &Book<'_>, at: usize) -> Timing {
    match book.r.comparisons[at].kind() {
        ComparisonKind::Event(_, timing) => timing,
        ComparisonKind::Peers(_) => Timing::Any,
    }
}

fn can(book: &Book<'_>, timing: Timing) -> Vec<String> {
    let mut out = vec![
        book.say(
            "Ob Orte mit und ohne dieses Vorgehen verschieden hohe Anteile haben, und wie sicher das bei so vielen Orten ist.",
            "Whether towns with and without this approach have different shares, and how sure that is with this many towns.",
        ),
        book.say("Wie breit die Orte innerhalb jeder Gruppe streuen.", "How widely the towns within each group vary."),
    ];
    if timing == Timing::Live {
        out.push(book.say(
            "Ob sich der Anteil seit dem Ereignis anders verändert hat als in denselben Monaten in Orten ohne.",
            "Whether the share changed differently since the event than in the same months in towns without.",
        ));
    }
    out.into_iter().map(str::to_owned).collect()
}

fn cannot(book: &Book<'_>, timing: Timing, climbed: bool) -> Vec<String> {
    let mut out = vec![
        book.say(
            "Ob das Vorgehen den Unterschied verursacht hat: Engagierte Orte entscheiden sich eher dafür und wären vielleicht auch ohne es weiter.",
            "Whether the approach caused the difference: committed towns choose it more often and might be ahead without it too.",
        ),
        if timing == Timing::Live {
            book.say(
                "In den Zahlen je Leistung, was vorher war: Dort stehen die Anteile des Berichtszeitraums nebeneinander. Die Veränderung seit dem Ereignis vergleicht nur der Abschnitt „Wie weit trägt der Vergleich?“.",
                "In the numbers by service, what was before: there the shares of the reference period stand side by side. Only the section \"How far does the comparison carry?\" compares the change since the event.",
            )
        } else {
            book.say(
                "Ein Vorher-nachher-Vergleich derselben Leistung: Vor dem Start gibt es keine Onlinefälle, der Anteil ist dort immer null.",
                "A before-after comparison of the same service: before the launch there are no online cases, the share is always zero.",
            )
        },
        if climbed {
            book.say(
                "Den Einfluss von Größe, Plattform, Reifegrad, Werbung und Zeit seit dem Start in den Zahlen je Leistung: Dort sind sie nicht herausgerechnet. Ähnliche Orte vergleicht nur der Abschnitt „Wie weit trägt der Vergleich?“.",
                "The influence of size, platform, maturity, advertising and time since launch in the numbers by service: there they are not adjusted for. Only the section \"How far does the comparison carry?\" compares similar towns.",
            )
        } else {
            book.say(
                "Den Einfluss von Größe, Plattform, Reifegrad, Werbung und Zeit seit dem Start: Sie sind hier nicht herausgerechnet.",
                "The influence of size, platform, maturity, advertising and time since launch: they are not adjusted for here.",
            )
        },
    ];
    if book.public {
        out.push(book.say(
            "Wie es in Orten aussieht, deren Zahlen gesperrt sind: Verglichen werden nur Orte, deren Zahlen gezeigt werden.",
            "What holds in towns whose numbers are hidden: only towns whose numbers are shown are compared.",
        ));
    }
    out.into_iter().map(str::to_owned).collect()
}

fn notes(book: &Book<'_>) -> Vec<String> {
    let all = [
        book.say(
            "Anteile als Summe durch Summe; Spannen nach dem Jackknife-Verfahren über Orte, 95 %. Unter fünf Orten je Seite gibt es keine.",
            "Shares as ratio of sums; intervals by the jackknife over towns, 95%. Below five towns on a side there are none.",
        ),
        book.say(
            "„Alle Leistungen“: Unterschied und Verhältnis vergleichen innerhalb derselben Leistung (Mantel-Haenszel), damit eine andere Mischung der Leistungen keinen Unterschied macht; es zählen nur Leistungen mit Orten auf beiden Seiten.",
            "\"All services\": difference and ratio compare within the same service (Mantel-Haenszel), so that another mix of services makes no difference; only services with towns on both sides count.",
        ),
    ];
    all.into_iter().map(str::to_owned).collect()
}

/// The event of a comparison in one word.
pub(super) fn event_name<'a>(book: &Book<'a>, at: usize) -> &'a str {
    match book.r.comparisons[at].kind() {
        ComparisonKind::Event(kind, _) => story::event_name(kind, book.lang),
        ComparisonKind::Peers(_) => "",
    }
}

/// How far the difference depends on single towns.
fn without_one_town(book: &Book<'_>, a: &ArmComparison) -> Option<Statement> {
    let (low, high) = a.difference.as_ref().ok()?.left_out?;
    let range = story::interval_points(low, high, book.lang);
    let text = match book.lang {
        Lang::De => format!("Lässt man reihum einen Ort weg, reicht der Unterschied von {range}."),
        Lang::En => format!("Leaving out one town after the other, the difference ranges from {range}."),
    };
    Some(Statement::new(text))
}

fn town_means(book: &Book<'_>, a: &ArmComparison) -> Option<Statement> {
    let (Ok(with), Ok(without)) = (&a.with.mean, &a.without.mean) else { return None };
    let p = |v: f64| format_percent(v, 1, book.lang);
    Some(Statement {
        text: match book.lang {
            Lang::De => format!(
                "Zählt jeder Ort gleich viel, liegt der mittlere Anteil bei {} mit und {} ohne.",
                p(with.value),
                p(without.value)
            ),
            Lang::En => format!(
                "If every town counts the same, the mean share is {} with and {} without.",
                p(with.value),
                p(without.value)
            ),
        },
        note: Some(match book.lang {
            Lang::De => format!(
                "Spannen der Mittelwerte: {} und {}.",
                story::interval_share(with.lower, with.upper, book.lang),
                story::interval_share(without.lower, without.upper, book.lang)
            ),
            Lang::En => format!(
                "Intervals of the means: {} and {}.",
                story::interval_share(with.lower, with.upper, book.lang),
                story::interval_share(without.lower, without.upper, book.lang)
            ),
        }),
        href: None,
    })
}

fn facts(book: &Book<'_>, at: usize, a: &ArmComparison) -> Vec<Fact> {
    let spec = &book.r.comparisons[at];
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let with = match spec.kind() {
        ComparisonKind::Event(kind, timing) => {
            let kind = story::event_name(kind, book.lang);
            match timing {
                Timing::BeforeLaunch => {
                    format!("{kind}, {}", book.say("vor dem Start der Leistung", "before the launch of the service"))
                }
                Timing::Live => {
                    format!("{kind}, {}", book.say("während die Leistung online war", "while the service was online"))
                }
                Timing::Any => kind.to_owned(),
            }
        }
        ComparisonKind::Peers(_) => String::new(),
    };
    vec![
        fact(book.say("Vergleich", "Comparison"), spec.title.clone()),
        fact(book.say("Orte mit", "Towns with"), format!("{} ({with})", a.with.towns.len())),
        fact(
            book.say("Orte ohne", "Towns without"),
            format!("{} ({})", a.without.towns.len(), book.say("nie ein solches Ereignis", "never such an event")),
        ),
        fact(
            book.say("Nicht zugeordnet", "In neither group"),
            format!(
                "{} ({})",
                a.excluded,
                match timing(book, at) {
                    Timing::Live => book.say(
                        "Ereignis betraf andere Leistungen oder kam vor deren Start",
                        "the event concerned other services or came before their launch",
                    ),
                    Timing::BeforeLaunch => book.say(
                        "Ereignis betraf andere Leistungen oder kam nach dem Start",
                        "the event concerned other services or came after the launch",
                    ),
                    Timing::Any => book.say(
                        "Ereignis betraf andere Leistungen oder kam nach dem Berichtszeitraum",
                        "the event concerned other services or came after the reference period",
                    ),
                }
            ),
        ),
    ]
}

fn row(book: &Book<'_>, a: &ArmComparison, what: &str) -> ComparisonRow {
    let service = if a.service == ALL_SERVICES {
        Link::plain(book.say("Alle Leistungen", "All services"))
    } else {
        book.service_link(a.service)
    };
    let key = if a.service == ALL_SERVICES {
        "all".to_owned()
    } else {
        safe_file_name(&book.r.records.catalogue.service(a.service).key)
    };
    let decimal = |v: f64| format_decimal(v, 2, book.lang);
    ComparisonRow {
        id: format!("s-{key}"),
        service,
        with: arm(book, a.service, &a.with),
        without: arm(book, a.service, &a.without),
        difference: a.difference.as_ref().map_or_else(
            |_| Figure::sign(Sign::Uncertain),
            |d| {
                Figure::new(format_points(d.value, 1, book.lang))
                    .interval(story::interval_points(d.lower, d.upper, book.lang))
            },
        ),
        ratio: a.ratio.as_ref().map_or_else(
            |_| Figure::sign(Sign::Uncertain),
            |r| {
                Figure::new(story::ratio_text(r.value, book.lang)).interval(format!(
                    "{} {} {}",
                    decimal(r.lower),
                    book.say("bis", "to"),
                    decimal(r.upper)
                ))
            },
        ),
        refusal: story::arms_refusal(a, what, book.lang),
        positions: story::arms_positions(a, what, book.lang),
    }
}

fn arm(book: &Book<'_>, service: u32, arm: &Arm) -> ArmView {
    let nothing = if book.hides(service) { Sign::Suppressed } else { Sign::Unknown };
    let mut share =
        arm.rate.map_or_else(|| Figure::sign(nothing), |rate| Figure::new(format_percent(rate, 1, book.lang)));
    if let Ok(e) = &arm.pooled {
        share = share.interval(story::interval_share(e.lower.max(0.0), e.upper.min(1.0), book.lang));
    }
    ArmView {
        towns: Figure::new(book.count(arm.towns.len())),
        applications: match arm.towns.len() {
            0 if book.hides(service) => Figure::sign(Sign::Suppressed),
            _ => Figure::new(format_count(arm.denominator as i64, book.lang)),
        },
        share,
    }
}

/// Difference in points per service, where there is one.
fn bars(book: &Book<'_>, list: &[ArmComparison], title: &str, what: &str) -> ChartSpec {
    let lang = book.lang;
    let bars = list
        .iter()
        .map(|a| Bar {
            label: if a.service == ALL_SERVICES {
                book.say("Alle Leistungen", "All services").to_owned()
            } else {
                book.service_name(a.service).to_owned()
            },
            point: a.difference.as_ref().map_or_else(
                |_| {
                    Point::absent_because(match a.verdict {
                        Verdict::TooFewTowns | Verdict::NoTowns => {
                            crate::domain::Text::new("zu wenige Orte", "too few towns")
                        }
                        _ => crate::domain::Text::new("keine Spanne", "no interval"),
                    })
                },
                |d| Point::interval(d.value * 100.0, d.lower * 100.0, d.upper * 100.0),
            ),
            own: a.service == ALL_SERVICES,
        })
        .collect();
    let headline = list.first().map_or_else(|| title.to_owned(), |a| story::arms_headline(a, title, what, lang));
    let subtitle = match lang {
        Lang::De => {
            "Unterschied der Online-Anteile in Prozentpunkten, Orte mit minus Orte ohne; ein Unterschied zwischen Gruppen, keine Wirkung"
        }
        Lang::En => {
            "Difference of online shares in percentage points, towns with minus towns without; between groups, not an effect"
        }
    };
    let shown = book.say("; nur Orte, deren Zahlen gezeigt werden", "; only towns whose numbers are shown");
    let subtitle = format!("{subtitle}{}", if book.public { shown } else { "" });
    ChartSpec::Bars(BarChart {
        header: book.chart_header("difference", headline, subtitle),
        lang,
        unit: Unit::Decimal { decimals: 1, suffix: book.say("Prozentpunkte", "percentage points").to_owned() },
        row_label: book.say("Leistung", "Service").to_owned(),
        bars,
        interval: book.say("95-%-Spanne", "95% interval").to_owned(),
    })
}

/// Both arms month by month since each town's own launch.
fn curves(book: &Book<'_>, list: &[ArmComparison], what: &str) -> Option<ChartSpec> {
    let r = book.r;
    let lang = book.lang;
    // A town whose share is shown may have hidden months.
    let told = |area: u32, service: u32| {
        let months = &r.evaluation.months;
        curve_since_launch(&r.panel, months, book.share, area, service, charts::LAUNCH_MONTHS).is_some()
    };
    let pairs = |side: fn(&ArmComparison) -> &Arm| -> Vec<(u32, u32)> {
        list.iter()
            .filter(|a| a.service != ALL_SERVICES && !a.without.towns.is_empty())
            .flat_map(|a| side(a).towns.iter().map(move |t| (t.0, a.service)))
            .filter(|&(area, service)| r.panel.launch(area, service).is_some_and(|m| m >= r.periods.series.0))
            .filter(|&(area, service)| !book.public || told(area, service))
            .collect()
    };
    let (with, without) = (pairs(|a| &a.with), pairs(|a| &a.without));
    let since = |pairs: &[(u32, u32)]| {
        pooled_since_launch(&r.panel, &r.evaluation.months, book.share, pairs, charts::LAUNCH_MONTHS)
    };
    let (with_curve, without_curve) = (since(&with), since(&without));
    let last = with_curve.iter().zip(&without_curve).rposition(|(a, b)| a.pooled.is_some() && b.pooled.is_some())?;
    let percent = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| format_percent(v, 1, lang));
    let known = |k: &usize| with_curve[*k].pooled.is_some() && without_curve[*k].pooled.is_some();
    let at = (0..=last.min(12)).rev().find(known)?;
    let (high, low) = (percent(with_curve[at].pooled), percent(without_curve[at].pooled));
    let headline = match lang {
        Lang::De => format!("{at} Monate nach dem Start: {high} online mit {what}, {low} ohne"),
        Lang::En => format!("{at} months after launch: {high} online with {what}, {low} without"),
    };
    let subtitle = match lang {
        Lang::De => format!(
            "Online-Anteil nach Monaten seit dem Start, Summe durch Summe; {} Starts in Orten mit, {} in Orten ohne",
            with.len(),
            without.len()
        ),
        Lang::En => format!(
            "Online share by months since launch, ratio of sums; {} launches in towns with, {} in towns without",
            with.len(),
            without.len()
        ),
    };
    Some(ChartSpec::Launch(LaunchChart {
        header: book.chart_header("since-launch", headline, subtitle),
        lang,
        unit: Unit::Share { decimals: 1 },
        own: Line {
            name: format!("{} {what}", book.say("Orte mit", "towns with")),
            points: with_curve
                .iter()
                .take(last + 1)
                .map(|p| p.pooled.map_or_else(Point::absent, Point::value))
                .collect(),
        },
        interval: String::new(),
        group: Some(GroupLine {
            name: format!("{} {what}", book.say("Orte ohne", "towns without")),
            band: String::new(),
            points: without_curve
                .iter()
                .take(last + 1)
                .map(|p| GroupPoint { median: p.pooled, lower: None, upper: None, n: u32::try_from(p.n).ok() })
                .collect(),
        }),
    }))
}

#[cfg(test)]
mod tests;
