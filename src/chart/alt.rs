//! The picture in words, for those who cannot see it.

use super::spec::{BarChart, ChartSpec, DotChart, GroupLine, Header, LaunchChart, Line, SlopeChart, TrendChart, Unit};
use super::{dots, launch, slope, words};
use crate::domain::{Lang, Text};

/// The alternative text of a chart.
pub(super) fn text(spec: &ChartSpec) -> String {
    let sentences = match spec {
        ChartSpec::Trend(c) => trend(c),
        ChartSpec::Dots(c) => ranking(c),
        ChartSpec::Slope(c) => slopes(c),
        ChartSpec::Bars(c) => bars(c),
        ChartSpec::Launch(c) => launches(c),
    };
    let kind = match spec {
        ChartSpec::Trend(_) => Text::new("Liniendiagramm", "Line chart"),
        ChartSpec::Dots(_) => Text::new("Punktdiagramm mit Rangfolge", "Ranked dot plot"),
        ChartSpec::Slope(_) => Text::new("Vorher-Nachher-Diagramm", "Before and after chart"),
        ChartSpec::Bars(_) => Text::new("Balkendiagramm", "Bar chart"),
        ChartSpec::Launch(_) => {
            Text::new("Liniendiagramm nach Monaten seit dem Start", "Line chart by months since launch")
        }
    };
    let Header { headline, subtitle, note, .. } = spec.header();
    let mut out = format!("{}: {}", kind.get(spec.lang()), stop(headline));
    for part in [subtitle.as_str(), note.as_deref().unwrap_or_default()] {
        if !part.trim().is_empty() {
            out.push(' ');
            out.push_str(&stop(part));
        }
    }
    for sentence in sentences {
        out.push(' ');
        out.push_str(&stop(&sentence));
    }
    out
}

/// `text` with a full stop at its end.
fn stop(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}

fn trend(c: &TrendChart) -> Vec<String> {
    let name = |slot: usize| c.first.plus(slot as i32).long(c.lang);
    let mut out = own_line(&c.own, &c.unit, c.lang, &name);
    out.extend(group_line(c.group.as_ref(), &c.unit, c.lang, &name));
    if !c.marks.is_empty() {
        let marks: Vec<String> = c.marks.iter().map(|m| format!("{} ({})", m.label, m.month.long(c.lang))).collect();
        out.push(format!("{} {}", Text::new("Markiert:", "Marked:").get(c.lang), marks.join("; ")));
    }
    out.extend(c.targets.iter().map(|t| format!("{} ({})", t.label, c.unit.format(t.value, c.lang))));
    out
}

fn launches(c: &LaunchChart) -> Vec<String> {
    let name = |slot: usize| launch::month_name(slot, c.lang);
    let mut out = own_line(&c.own, &c.unit, c.lang, &name);
    out.extend(group_line(c.group.as_ref(), &c.unit, c.lang, &name));
    out
}

fn own_line(line: &Line, unit: &Unit, lang: Lang, name: &dyn Fn(usize) -> String) -> Vec<String> {
    let values: Vec<(usize, f64)> =
        line.points.iter().enumerate().filter_map(|(i, p)| p.value.map(|v| (i, v))).collect();
    let mut out = vec![extremes(&line.name, &values, unit, lang, name)];
    let gaps = line.points.len() - values.len();
    if gaps > 0 && !values.is_empty() {
        out.push(match (lang, gaps) {
            (Lang::De, 1) => "Für 1 Monat gibt es keine Angabe".to_owned(),
            (Lang::De, n) => format!("Für {n} Monate gibt es keine Angabe"),
            (Lang::En, 1) => "There are no data for 1 month".to_owned(),
            (Lang::En, n) => format!("There are no data for {n} months"),
        });
    }
    out
}

fn group_line(group: Option<&GroupLine>, unit: &Unit, lang: Lang, name: &dyn Fn(usize) -> String) -> Option<String> {
    let group = group?;
    let values: Vec<(usize, f64)> =
        group.points.iter().enumerate().filter_map(|(i, p)| p.median.map(|v| (i, v))).collect();
    Some(extremes(&group.name, &values, unit, lang, name))
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
    vec![list.join("; ")]
}
