mod times;

use std::collections::HashMap;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::options::Data;
use super::{Answer, Estimate, Open, Table};
use crate::domain::{Label, say};
use crate::stats::spc::{self, FEW_POINTS, MIN_POINTS, Phase, Rule, Sample, SpcError};
use crate::{Error, Result};

/// Gaps named one by one; the rest is counted.
const NAMED: usize = 5;

/// Options of `calc spc`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the times: months, quarters, weeks, dates or whole numbers
    #[arg(long, value_name = "COLUMN")]
    time: String,
    /// Column with single values, instead of --numerator
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["numerator", "denominator"], required_unless_present = "numerator")]
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Column with the cases or events counted
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    numerator: Option<String>,
    /// Column with all cases or the exposure
    #[arg(long, value_name = "COLUMN", requires = "numerator")]
    #[serde(skip_serializing_if = "Option::is_none")]
    denominator: Option<String>,
    /// Chart; auto: xmr for values, c for counts alone, pprime where no count exceeds its denominator, else uprime
    #[arg(long, value_enum, default_value = "auto")]
    chart: Kind,
    /// Column that tells phases apart, each with limits of its own
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<String>,
    /// Keep moving ranges of 3.267 times their mean and more when the spread is estimated
    #[arg(long)]
    no_screening: bool,
}

const EXAMPLE: &str = "Example:\n  resonanz calc spc --data datasets/calc/months.csv --time month --numerator online --denominator cases --phase phase";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc spc --data datasets/calc/months.csv --time month --numerator online --denominator cases --phase phase",
    ),
    (
        "Column with the times: months, quarters, weeks, dates or whole numbers",
        "Spalte mit den Zeitpunkten: Monate, Quartale, Wochen, Tage oder ganze Zahlen",
    ),
    ("Column with single values, instead of --numerator", "Spalte mit Einzelwerten, statt --numerator"),
    ("Column with all cases or the exposure", "Spalte mit allen Fällen oder der Bezugsgröße"),
    (
        "Chart; auto: xmr for values, c for counts alone, pprime where no count exceeds its denominator, else uprime",
        "Regelkarte; auto: xmr für Einzelwerte, c für Anzahlen allein, pprime, wenn keine Anzahl ihren Nenner übersteigt, sonst \
         uprime",
    ),
    (
        "Column that tells phases apart, each with limits of its own",
        "Spalte, die Phasen unterscheidet; jede Phase hat eigene Grenzen",
    ),
    (
        "Keep moving ranges of 3.267 times their mean and more when the spread is estimated",
        "Gleitende Spannweiten ab dem 3,267-Fachen ihres Mittels beim Schätzen der Streuung behalten",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Auto,
    Xmr,
    P,
    #[value(name = "pprime")]
    PPrime,
    U,
    #[value(name = "uprime")]
    UPrime,
    C,
}

/// A series in the order of time.
struct Series<'a> {
    rows: Vec<usize>,
    times: Vec<&'a str>,
    phases: Vec<&'a str>,
    samples: Vec<Sample>,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("spc", options);
    answer.reads(&table);
    let series = series(&table, options, &mut answer)?;
    if series.rows.is_empty() {
        return Err(super::nothing(&table));
    }
    let chart = chosen(options, &series)?;
    let mut phases: Vec<Value> = Vec::new();
    let mut few = Vec::new();
    let mut start = 0;
    while start < series.rows.len() {
        let label = series.phases[start];
        let end =
            series.phases[start..].iter().position(|p| *p != label).map_or(series.rows.len(), |more| start + more);
        if series.phases[end..].contains(&label) {
            return Err(returns(&table, options, &series, label, end));
        }
        let mut samples = series.samples[start..end].to_vec();
        samples[0].gap = false;
        let found = spc::chart(chart, &samples, !options.no_screening)
            .map_err(|error| refusal(&table, options, &series, (start, label), error))?;
        for (at, point) in found.points.iter().enumerate() {
            answer.estimates.push(estimate(options, &series, start + at, &found, point));
        }
        if end - start < FEW_POINTS {
            few.push((label, end - start));
        }
        let mut summary = summary(&found);
        if options.phase.is_some() {
            summary.insert("key".to_owned(), label.into());
        }
        phases.push(Value::Object(summary));
        start = end;
    }
    answer.n = series.rows.len();
    answer.aggregates.insert("chart".to_owned(), name(chart).into());
    if options.phase.is_some() {
        answer.aggregates.insert("by".to_owned(), Value::Array(phases));
    } else if let Some(Value::Object(only)) = phases.pop() {
        answer.aggregates.extend(only);
    }
    notes(&mut answer, options, chart, &few);
    Ok(answer)
}

fn series<'a>(table: &'a Table, options: &Options, answer: &mut Answer) -> Result<Series<'a>> {
    let times = table.labels(&options.time)?;
    duplicates(table, &options.time, &times)?;
    let phases = options.phase.as_ref().map_or_else(|| Ok(vec![""; times.len()]), |column| table.labels(column))?;
    let column = options.value.as_ref().or(options.numerator.as_ref());
    let column = column.ok_or_else(|| Error::internal(say!("Spalte fehlt", "a column is missing")))?;
    let counts = table.numbers(column)?;
    let sizes = match &options.denominator {
        Some(column) => table.numbers(column)?,
        None => vec![Some(1.0); times.len()],
    };
    let order = times::order(&times);
    let mut found = Series { rows: Vec::new(), times: Vec::new(), phases: Vec::new(), samples: Vec::new() };
    let (mut missing, mut empty, mut gap) = (0, 0, false);
    let mut gaps = Vec::new();
    for (place, &row) in order.rows.iter().enumerate() {
        gap |= order.gaps[place];
        let (count, size) = match (counts[row], sizes[row]) {
            (Some(count), Some(size)) if count != 0.0 || size != 0.0 => (count, size),
            (Some(_), Some(_)) => {
                (empty, gap) = (empty + 1, true);
                continue;
            }
            _ => {
                (missing, gap) = (missing + 1, true);
                continue;
            }
        };
        if gap && let Some(before) = found.times.last() {
            gaps.push((*before, times[row]));
        }
        found.samples.push(Sample { count, size, gap });
        found.rows.push(row);
        found.times.push(times[row]);
        found.phases.push(phases[row]);
        gap = false;
    }
    answer.drop("rows", missing, "missing_value", say!("Wert fehlt", "a value is missing"));
    answer.drop("rows", empty, "zero_denominator", say!("Nenner ist null", "denominator is zero"));
    let sorted = order.rows.windows(2).all(|pair| pair[0] < pair[1]);
    order_notes(answer, order.read, sorted, &gaps);
    Ok(found)
}

fn duplicates(table: &Table, column: &str, times: &[&str]) -> Result<()> {
    let mut seen = HashMap::new();
    for (row, time) in times.iter().enumerate() {
        if let Some(first) = seen.insert(*time, row) {
            let what = say!("„{time}“ steht schon in Datensatz {}", "\"{time}\" is already in record {}", first + 1);
            return Err(Error::refused(table.at(column, row, &what)).hint(say!(
                "Eine Regelkarte zeigt eine einzige Reihe: vorher filtern oder summieren.",
                "a control chart shows one series: filter or sum first"
            )));
        }
    }
    Ok(())
}

fn order_notes(answer: &mut Answer, read: bool, sorted: bool, gaps: &[(&str, &str)]) {
    if !read {
        answer.note(
            "times_not_read",
            say!(
                "Die Zeitpunkte ließen sich nicht einheitlich lesen: Es gilt die Reihenfolge der Datei; ob welche fehlen, ist nicht geprüft",
                "the times could not be read in one form: the order is that of the file, and whether some are missing was not checked"
            ),
        );
    }
    if !sorted {
        answer
            .note("sorted", say!("Die Zeilen wurden nach der Zeit geordnet", "the rows were put in the order of time"));
    }
    if !gaps.is_empty() {
        let named: Vec<String> = gaps.iter().take(NAMED).map(|(a, b)| format!("{a} – {b}")).collect();
        let (list, more) = (named.join(", "), gaps.len().saturating_sub(NAMED));
        let rest = |de: &str| if more > 0 { format!(" {de} {more}") } else { String::new() };
        answer.note(
            "gaps",
            say!(
                "In der Reihe fehlen Zeitpunkte ({list}{}): Über eine Lücke hinweg gibt es keine gleitende Spannweite; eine Lücke ist \
                 keine Veränderung",
                "times are missing in the series ({list}{}): there is no moving range across a gap, and a gap is no change",
                rest("und weitere:")
            ),
        );
    }
}

fn chosen(options: &Options, series: &Series<'_>) -> Result<spc::Chart> {
    let denominator = options.denominator.is_some();
    let share = series.samples.iter().all(|s| s.count <= s.size);
    let needs = |chart, given: bool| {
        if given {
            return Ok(chart);
        }
        let name = name(chart);
        Err(Error::config(if chart == spc::Chart::C {
            say!("Die Karte {name} zählt ohne Nenner", "chart {name} counts without a denominator")
        } else {
            say!(
                "Die Karte {name} braucht --numerator und --denominator",
                "chart {name} needs --numerator and --denominator"
            )
        }))
    };
    match options.chart {
        Kind::Auto if options.value.is_some() => Ok(spc::Chart::Xmr),
        Kind::Auto if !denominator => Ok(spc::Chart::C),
        Kind::Auto if share => Ok(spc::Chart::PPrime),
        Kind::Auto => Ok(spc::Chart::UPrime),
        Kind::Xmr => Ok(spc::Chart::Xmr),
        Kind::P => needs(spc::Chart::P, denominator),
        Kind::PPrime => needs(spc::Chart::PPrime, denominator),
        Kind::U => needs(spc::Chart::U, denominator),
        Kind::UPrime => needs(spc::Chart::UPrime, denominator),
        Kind::C => needs(spc::Chart::C, !denominator),
    }
}

fn name(chart: spc::Chart) -> &'static str {
    match chart {
        spc::Chart::Xmr => "xmr",
        spc::Chart::P => "p",
        spc::Chart::PPrime => "pprime",
        spc::Chart::U => "u",
        spc::Chart::UPrime => "uprime",
        spc::Chart::C => "c",
    }
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Beyond3Sigma => "beyond_3_sigma",
        Rule::TwoOfThree => "2_of_3_beyond_2_sigma",
        Rule::FourOfFive => "4_of_5_beyond_1_sigma",
        Rule::RunOfEight => "run_of_8",
    }
}

fn estimate(options: &Options, series: &Series<'_>, at: usize, phase: &Phase, point: &spc::Point) -> Estimate {
    let mut keys = vec![("time", Value::from(series.times[at]))];
    if options.phase.is_some() {
        keys.push(("phase", series.phases[at].into()));
    }
    let mut more = vec![
        ("center", phase.center.into()),
        ("sigma", point.sigma.into()),
        ("moving_range", point.range.into()),
        ("signals", point.rules.iter().map(|r| rule(*r)).collect::<Vec<_>>().into()),
    ];
    if options.denominator.is_some() {
        more.push(("numerator", series.samples[at].count.into()));
        more.push(("denominator", series.samples[at].size.into()));
    }
    Estimate {
        value: Some(point.value),
        lower: Some(point.lower),
        upper: Some(point.upper),
        more,
        ..Estimate::keyed(keys)
    }
}

fn summary(phase: &Phase) -> Map<String, Value> {
    let mut summary = Map::new();
    let mut put = |key: &str, value: Value| summary.insert(key.to_owned(), value);
    put("n", phase.points.len().into());
    put("center", phase.center.into());
    // Where all points have the same limits these are the chart's.
    if let Some(first) = phase.points.first()
        && phase.points.iter().all(|p| p.sigma == first.sigma)
    {
        put("sigma", first.sigma.into());
        put("lower", first.lower.into());
        put("upper", first.upper.into());
    }
    if let Some(ranges) = &phase.ranges {
        put("mr_bar", ranges.mean.into());
        put("mr_bar_unscreened", ranges.unscreened.into());
        put("mr_upper", ranges.limit.into());
        put("mr_screened", ranges.screened.into());
    }
    if let Some(sigma_z) = phase.sigma_z {
        put("sigma_z", sigma_z.into());
    }
    put("signals", phase.points.iter().filter(|p| !p.rules.is_empty()).count().into());
    let runs = &phase.runs;
    put(
        "runs",
        json!({
            "useful": runs.useful,
            "longest_run": runs.longest,
            "longest_run_max": runs.longest_usual,
            "crossings": runs.crossings,
            "crossings_min": runs.crossings_usual,
            "signal": runs.unusual(),
        }),
    );
    summary
}

fn notes(answer: &mut Answer, options: &Options, chart: spc::Chart, few: &[(&str, usize)]) {
    let name = name(chart);
    if options.chart == Kind::Auto {
        let why = match chart {
            spc::Chart::Xmr => say!("Einzelwerte", "single values"),
            spc::Chart::C => say!("Anzahlen ohne Nenner", "counts without a denominator"),
            spc::Chart::PPrime => {
                say!("Anteile, keine Anzahl übersteigt ihren Nenner", "shares, no count exceeds its denominator")
            }
            _ => say!("Raten, Anzahlen übersteigen ihren Nenner", "rates, counts exceed their denominator"),
        };
        answer.note(
            "chart_chosen",
            Label::new(format!("Karte {name} gewählt: {}", why.de), format!("chart {name} chosen: {}", why.en)),
        );
    }
    for (label, n) in few {
        let (de, en) = if label.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("Phase „{label}“: "), format!("phase \"{label}\": "))
        };
        answer.note(
            "few_points",
            Label::new(
                format!("{de}{n} Punkte, erst ab {FEW_POINTS} sind Grenzen verlässlich"),
                format!("{en}{n} points, limits are reliable from {FEW_POINTS} on"),
            ),
        );
    }
}

fn returns(table: &Table, options: &Options, series: &Series<'_>, label: &str, end: usize) -> Error {
    let again = series.phases[end..].iter().position(|p| *p == label).map_or(end, |more| end + more);
    let what = say!(
        "Die Phase „{label}“ beginnt hier ein zweites Mal; eine Phase ist ein zusammenhängender Zeitraum",
        "phase \"{label}\" begins here a second time; a phase is one stretch of time"
    );
    Error::refused(table.at(options.phase.as_deref().unwrap_or_default(), series.rows[again], &what))
}

fn refusal(
    table: &Table,
    options: &Options,
    series: &Series<'_>,
    (start, label): (usize, &str),
    error: SpcError,
) -> Error {
    let row = |at: usize| series.rows.get(start + at).copied().unwrap_or_default();
    let column = |name: &Option<String>| name.as_ref().or(options.value.as_ref()).cloned().unwrap_or_default();
    let phase = |what: Label| {
        if label.is_empty() {
            return Error::refused(what);
        }
        Error::refused(Label::new(format!("Phase „{label}“: {}", what.de), format!("phase \"{label}\": {}", what.en)))
    };
    match error {
        SpcError::Refusal(refusal) => phase(super::said(&refusal)),
        SpcError::FewPoints(found) => phase(say!(
            "{found} Punkte, nötig sind mindestens {MIN_POINTS}",
            "{found} points, at least {MIN_POINTS} are needed"
        )),
        SpcError::Size(at) => Error::refused(table.at(
            &column(&options.denominator),
            row(at),
            &say!("Der Nenner ist nicht größer als null", "the denominator is not above zero"),
        )),
        SpcError::Count(at) => Error::refused(table.at(
            &column(&options.numerator),
            row(at),
            &say!(
                "Die Anzahl ist negativ oder größer als ihr Nenner",
                "the count is negative or above its denominator"
            ),
        ))
        .hint(say!("Für Raten: --chart uprime.", "for rates: --chart uprime")),
        SpcError::NoVariation => phase(say!(
            "Benachbarte Punkte unterscheiden sich nicht: Es gibt keine Streuung, an der ein Punkt auffallen könnte",
            "neighbouring points do not differ: there is no spread against which a point could stand out"
        )),
        SpcError::NoNeighbours => {
            phase(say!("Keine zwei Punkte folgen zeitlich aufeinander", "no two points are neighbours in time"))
        }
    }
}
