//! The picture in words, for those who cannot see it.

use super::spec::{
    BarChart, ChartSpec, DotChart, FunnelChart, FunnelPoint, GroupLine, Header, LaunchChart, Line, LoveChart, Point,
    SlopeChart, Target, TrendChart, Unit,
};
use super::{control, dots, event_study, funnel, launch, love, slope, trend, words};
use crate::domain::{Lang, Text};

/// The alternative text of a chart.
pub(super) fn text(spec: &ChartSpec) -> String {
    let sentences = match spec {
        ChartSpec::Trend(c) => development(c),
        ChartSpec::Dots(c) => ranking(c),
        ChartSpec::Slope(c) => slopes(c),
        ChartSpec::Bars(c) => bars(c),
        ChartSpec::Launch(c) => launches(c),
        ChartSpec::Love(c) => balance(c),
        ChartSpec::Funnel(c) => against_limits(c),
        ChartSpec::EventStudy(c) => event_study::sentences(c),
        ChartSpec::Control(c) => control::sentences(c),
    };
    let kind = match spec {
        ChartSpec::Trend(_) => Text::new("Liniendiagramm", "Line chart"),
        ChartSpec::Dots(_) => Text::new("Punktdiagramm mit Rangfolge", "Ranked dot plot"),
        ChartSpec::Slope(_) => Text::new("Vorher-Nachher-Diagramm", "Before and after chart"),
        ChartSpec::Bars(_) => Text::new("Balkendiagramm", "Bar chart"),
        ChartSpec::Launch(_) => {
            Text::new("Liniendiagramm nach Monaten seit dem Start", "Line chart by months since launch")
        }
        ChartSpec::Love(_) => {
            Text::new("Punktdiagramm vor und nach der Paarbildung", "Dot plot before and after matching")
        }
        ChartSpec::Funnel(_) => Text::new("Trichterdiagramm", "Funnel plot"),
        ChartSpec::Control(_) => Text::new("Regelkarte", "Control chart"),
        ChartSpec::EventStudy(_) => Text::new(
            "Punktdiagramm mit Spannen vor und nach einem Ereignis",
            "Dots with intervals before and after an event",
        ),
    };
    let Header { headline, subtitle, note, .. } = spec.header();
    let mut out = format!("{}: {}", kind.get(spec.lang()), stop(headline));
    for part in [subtitle.as_str(), note.as_deref().unwrap_or_default()] {
        if !part.trim().is_empty() {
            out.push(' ');
            out.push_str(&sentence(part));
        }
    }
    for part in sentences {
        out.push(' ');
        out.push_str(&sentence(&part));
    }
    out
}

/// `text` with a full stop at its end.
fn stop(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// `text` with a capital letter at its beginning and a full stop at its end.
fn sentence(text: &str) -> String {
    let text = stop(text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn development(c: &TrendChart) -> Vec<String> {
    let span = |from: usize, to: usize| trend::span_name(c, from, to);
    let slot_name = if c.step > 1 { Text::new("Zeiträume", "periods") } else { MONTHS };
    let mut out = lines(&c.own, c.group.as_ref(), &c.interval, &c.unit, slot_name, c.lang, &span);
    if !c.marks.is_empty() {
        let marks: Vec<String> = c.marks.iter().map(|m| format!("{} ({})", m.label, m.month.long(c.lang))).collect();
        out.push(format!("{} {}", Text::new("Markiert:", "Marked:").get(c.lang), marks.join("; ")));
    }
    out.extend(c.targets.iter().map(|t| target(t, &c.unit, c.lang)));
    out
}

/// The label with the month in which the target is due, and with its value where the label does not name it.
fn target(target: &Target, unit: &Unit, lang: Lang) -> String {
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    let exact = unit.format(target.value, lang);
    let round = match unit {
        Unit::Share { .. } => Unit::Share { decimals: 0 }.format(target.value, lang),
        _ => exact.clone(),
    };
    let named = [&exact, &round].into_iter().any(|v| names(&plain(&target.label), &plain(v)));
    let due = target.due.map(|m| m.long(lang));
    let added: Vec<String> = (!named).then_some(exact).into_iter().chain(due).collect();
    if added.is_empty() { target.label.clone() } else { format!("{} ({})", target.label, added.join(", ")) }
}

/// Whether `value` stands in `text` as a number of its own, not as a part of another one.
fn names(text: &str, value: &str) -> bool {
    let inside = |c: char| c.is_ascii_digit();
    text.match_indices(value).any(|(at, _)| {
        let before = text[..at].trim_end_matches([',', '.']);
        let after = text[at + value.len()..].trim_start_matches([',', '.']);
        !before.ends_with(inside) && !after.starts_with(inside)
    })
}

fn launches(c: &LaunchChart) -> Vec<String> {
    let span = |from: usize, to: usize| launch::month_span(from, to, c.lang);
    lines(&c.own, c.group.as_ref(), &c.interval, &c.unit, MONTHS, c.lang, &span)
}

const MONTHS: Text = Text::new("Monate", "months");

/// The own line and the group; `span` names the slots from one to another, `slot_name` several of them.
fn lines(
    own: &Line,
    group: Option<&GroupLine>,
    interval: &str,
    unit: &Unit,
    slot_name: Text,
    lang: Lang,
    span: &dyn Fn(usize, usize) -> String,
) -> Vec<String> {
    let mut out = Vec::new();
    let mut intervals = Vec::new();
    if !own.is_absent() {
        out.push(line(&own.name, &own.points, unit, slot_name, lang, span));
        if own.points.iter().any(|p| p.limits().is_some()) {
            intervals.push(interval);
        }
    }
    if let Some(group) = group {
        let points: Vec<Point> = group.points.iter().map(|p| Point { value: p.median, ..Point::default() }).collect();
        out.push(line(&group.name, &points, unit, slot_name, lang, span));
        if group.points.iter().any(|p| p.lower.and(p.upper).is_some()) {
            intervals.push(&group.band);
        }
    }
    out.extend(in_the_table(&intervals, lang));
    out
}

/// Says where the limits of the intervals are to be found; `names` may be empty texts.
fn in_the_table(names: &[&str], lang: Lang) -> Option<String> {
    let named: Vec<&str> = names.iter().copied().filter(|n| !n.is_empty()).collect();
    let which = if named.is_empty() { String::new() } else { format!(" ({})", named.join("; ")) };
    (!names.is_empty()).then(|| match lang {
        Lang::De => format!("Die Intervalle{which} stehen in der Datentabelle"),
        Lang::En => format!("The intervals{which} are in the data table"),
    })
}

fn point_intervals<'p>(mut points: impl Iterator<Item = &'p Point>, name: &str, lang: Lang) -> Option<String> {
    if points.any(|p| p.limits().is_some()) { in_the_table(&[name], lang) } else { None }
}

fn line(
    name: &str,
    points: &[Point],
    unit: &Unit,
    slot_name: Text,
    lang: Lang,
    span: &dyn Fn(usize, usize) -> String,
) -> String {
    let known: Vec<(usize, f64)> = points.iter().enumerate().filter_map(|(i, p)| p.value.map(|v| (i, v))).collect();
    let mut said = extremes(name, &known, unit, lang, &|slot| span(slot, slot));
    if known.is_empty() {
        return said;
    }
    let mut reasons: Vec<Option<Text>> = Vec::new();
    for point in points.iter().filter(|p| p.value.is_none()) {
        if !reasons.contains(&point.missing) {
            reasons.push(point.missing);
        }
    }
    for reason in reasons {
        let gone: Vec<bool> = points.iter().map(|p| p.value.is_none() && p.missing == reason).collect();
        said.extend(gaps(&gone, reason, slot_name, lang, span).map(|gaps| format!("; {gaps}")));
    }
    said
}

/// Most runs of months without a value that are named; more are counted.
const NAMED_GAPS: usize = 4;

/// Names the months (or longer slots) that have no value for one reason.
fn gaps(
    gone: &[bool],
    reason: Option<Text>,
    slot_name: Text,
    lang: Lang,
    span: &dyn Fn(usize, usize) -> String,
) -> Option<String> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (slot, _) in gone.iter().enumerate().filter(|(_, gone)| **gone) {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == slot => *to = slot,
            _ => runs.push((slot, slot)),
        }
    }
    let none = reason.map_or_else(
        || Text::new("kein Wert für", "no value for").get(lang).to_owned(),
        |reason| {
            let reason = reason.get(lang).trim_start_matches(['·', ' ']);
            format!("{reason} {}", Text::new("für", "for").get(lang))
        },
    );
    if runs.len() > NAMED_GAPS {
        let slots = gone.iter().filter(|gone| **gone).count();
        return Some(format!("{none} {slots} {}", slot_name.get(lang)));
    }
    let named: Vec<String> = runs.into_iter().map(|(from, to)| span(from, to)).collect();
    let (last, before) = named.split_last()?;
    Some(if before.is_empty() {
        format!("{none} {last}")
    } else {
        format!("{none} {} {} {last}", before.join(", "), Text::new("und", "and").get(lang))
    })
}

fn extremes(name: &str, values: &[(usize, f64)], unit: &Unit, lang: Lang, slot: &dyn Fn(usize) -> String) -> String {
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return format!("{name}: {}", words::no_value(lang));
    };
    let mut lowest = first;
    let mut highest = first;
    for value in values {
        if value.1 < lowest.1 {
            lowest = value;
        }
        if value.1 > highest.1 {
            highest = value;
        }
    }
    let at = |v: &(usize, f64)| format!("{} ({})", unit.format(v.1, lang), slot(v.0));
    match lang {
        Lang::De => format!(
            "{name}: erster Wert {}, letzter Wert {}, niedrigster {}, höchster {}",
            at(first),
            at(last),
            at(lowest),
            at(highest)
        ),
        Lang::En => format!(
            "{name}: first value {}, last value {}, lowest {}, highest {}",
            at(first),
            at(last),
            at(lowest),
            at(highest)
        ),
    }
}

fn ranking(c: &DotChart) -> Vec<String> {
    let rows = dots::ranked(c);
    let valued: Vec<_> = rows.iter().filter_map(|r| r.point.value.map(|v| (*r, v))).collect();
    let shown = |v: f64| c.unit.format(v, c.lang);
    let mut out = Vec::new();
    if let (Some((top, most)), Some((end, least))) = (valued.first(), valued.last()) {
        out.push(match c.lang {
            Lang::De => format!(
                "{} Zeilen, der höchste Wert ist {} ({}), der niedrigste {} ({})",
                rows.len(),
                shown(*most),
                top.name,
                shown(*least),
                end.name
            ),
            Lang::En => format!(
                "{} rows, the highest value is {} ({}), the lowest {} ({})",
                rows.len(),
                shown(*most),
                top.name,
                shown(*least),
                end.name
            ),
        });
    }
    for row in rows.iter().filter(|r| r.own) {
        let value = words::value(&row.point, &c.unit, c.lang);
        let rank = row.point.value.map(|own| 1 + valued.iter().filter(|(_, v)| *v > own).count());
        out.push(match (rank, c.lang) {
            (None, _) => format!("{}: {value}", row.name),
            (Some(rank), Lang::De) => format!("{}: {value}, Platz {rank} von {}", row.name, valued.len()),
            (Some(rank), Lang::En) => format!("{}: {value}, rank {rank} of {}", row.name, valued.len()),
        });
    }
    out.extend(c.reference.iter().map(|r| format!("{}: {}", r.label, shown(r.value))));
    out.extend(point_intervals(c.rows.iter().map(|r| &r.point), &c.interval, c.lang));
    let absent: Vec<&str> = rows.iter().filter(|r| r.point.value.is_none()).map(|r| r.name.as_str()).collect();
    if !absent.is_empty() {
        out.push(format!("{}: {}", Text::new("Keine Angabe", "No data").get(c.lang), absent.join("; ")));
    }
    out
}

fn slopes(c: &SlopeChart) -> Vec<String> {
    let cell = |v: Option<f64>| v.map_or_else(|| words::no_value(c.lang).to_owned(), |v| c.unit.format(v, c.lang));
    let to = Text::new("dann", "then").get(c.lang);
    let mut out = vec![match c.lang {
        Lang::De => format!("Vorher: {}; nachher: {}", c.before, c.after),
        Lang::En => format!("Before: {}; after: {}", c.before, c.after),
    }];
    out.extend(c.items.iter().map(|i| format!("{}: {}, {to} {}", i.name, cell(i.before), cell(i.after))));
    let gone = slope::incomplete(c);
    if !gone.is_empty() {
        out.push(gone);
    }
    out
}

fn bars(c: &BarChart) -> Vec<String> {
    let list: Vec<String> =
        c.bars.iter().map(|b| format!("{}: {}", b.label, words::value(&b.point, &c.unit, c.lang))).collect();
    let mut out = Vec::new();
    if !list.is_empty() {
        out.push(list.join("; "));
    }
    out.extend(point_intervals(c.bars.iter().map(|b| &b.point), &c.interval, c.lang));
    out
}

fn balance(c: &LoveChart) -> Vec<String> {
    let rows = love::ranked(c);
    let limit = love::limit(c);
    let known = rows.iter().filter(|r| r.after.is_some()).count();
    let within = known - rows.iter().filter(|r| love::beyond(c, r)).count();
    let mut out = vec![match c.lang {
        Lang::De => format!("{limit}; nachher unter der Grenze: {within} von {known}"),
        Lang::En => format!("{limit}; after matching below the limit: {within} of {known}"),
    }];
    let table = love::table(c);
    let list: Vec<String> = table
        .rows
        .iter()
        .map(|r| match r.as_slice() {
            [name, before, after] => format!("{name}: {} {before}, {} {after}", c.before, c.after),
            _ => String::new(),
        })
        .collect();
    if !list.is_empty() {
        out.push(list.join("; "));
    }
    out
}

fn against_limits(c: &FunnelChart) -> Vec<String> {
    let (inner, outer) = (funnel::level(c.levels.0, c.lang), funnel::level(c.levels.1, c.lang));
    let ranked = funnel::ranked(c);
    let list = |side: funnel::Side| {
        let name = |p: &&&FunnelPoint| {
            let (value, size) = (c.unit.format(p.value, c.lang), funnel::size(p.size, c.lang));
            format!("{} ({value}; {}: {size})", p.name, c.size_label)
        };
        let of = ranked.iter().filter(|p| funnel::side(p) == side);
        let (all, named) = (of.clone().count(), of.take(funnel::LABELLED).collect::<Vec<_>>());
        let names = named.iter().map(name).collect::<Vec<_>>().join("; ");
        match (all, named.len(), c.lang) {
            (all, n, Lang::De) if all > n => format!("{names}; und {} weitere", all - n),
            (all, n, Lang::En) if all > n => format!("{names}; and {} more", all - n),
            _ => names,
        }
    };
    let (above, below) = (list(funnel::Side::Above), list(funnel::Side::Below));
    let between = ranked.iter().filter(|p| funnel::side(p) == funnel::Side::Between).count();
    let target = c.unit.format(c.target, c.lang);
    let n = c.points.len();
    let mut out = vec![match c.lang {
        Lang::De => format!("{n} Punkte; {}: {target}", c.target_label),
        Lang::En => format!("{n} points; {}: {target}", c.target_label),
    }];
    for (names, de, en) in [(above, "Über", "Above"), (below, "Unter", "Below")] {
        if !names.is_empty() {
            out.push(match c.lang {
                Lang::De => format!("{de} der {outer}-Grenze: {names}"),
                Lang::En => format!("{en} the {outer} limit: {names}"),
            });
        }
    }
    out.push(match c.lang {
        Lang::De => format!("Zwischen der {inner}- und der {outer}-Grenze: {between}"),
        Lang::En => format!("Between the {inner} and the {outer} limit: {between}"),
    });
    out.push(
        Text::new("Die Grenzen stehen in der Datentabelle", "The limits are in the data table").get(c.lang).to_owned(),
    );
    out
}
