use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use super::options::Data;
use super::units::{Columns, distinct};
use super::{Answer, Estimate, Open, Table};
use crate::domain::{Label, say};
use crate::stats::Interval;
use crate::stats::funnel::{self, Extremes, FunnelError, Scores, Target};
use crate::{Error, Result};

/// Below this many units the dispersion is hardly known.
const FEW: usize = 10;

/// Options of `calc funnel`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    #[command(flatten)]
    #[serde(flatten)]
    columns: Columns,
    /// What the quotient is: share of all cases, events per exposure, or events counted to events expected
    #[arg(long, value_enum, default_value = "proportion")]
    kind: Kind,
    /// Levels of the limits, between 0 and 1
    #[arg(long, value_name = "LEVELS", value_delimiter = ',', default_values_t = [0.95, 0.998])]
    levels: Vec<f64>,
    /// How units differ beyond chance: not at all, all variances by one factor, or by one variance added to all
    #[arg(long, value_enum, default_value = "additive")]
    dispersion: Dispersion,
    /// Share of scores at each end set to the quantile there before the dispersion is estimated; default: 0.1
    #[arg(long, value_name = "NUMBER", conflicts_with = "trim")]
    winsor: Option<f64>,
    /// Share of scores at each end left out before the dispersion is estimated, instead of --winsor
    #[arg(long, value_name = "NUMBER")]
    trim: Option<f64>,
    /// Scale of the scores; auto: arcsine for shares, else square root, and logarithm with --trim where no numerator is 0
    #[arg(long, value_enum, default_value = "auto")]
    transform: Transform,
    /// Limits without overdispersion: by the distribution itself, by the normal distribution, by it on the scale of the
    /// scores, or by the exact interval of the events expected
    #[arg(long, value_enum, default_value = "exact")]
    limits: Limits,
    /// Value that units are compared with; default: all units together, 1 for ratios
    #[arg(long, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
}

const EXAMPLE: &str = "Example:\n  resonanz calc funnel --data datasets/calc/towns.csv --unit town --numerator online --denominator cases";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc funnel --data datasets/calc/towns.csv --unit town --numerator online --denominator cases",
    ),
    ("Column with the names of the units", "Spalte mit den Namen der Einheiten"),
    ("Column with the cases or events counted", "Spalte mit den gezählten Fällen oder Ereignissen"),
    (
        "Column with all cases, the exposure or the events expected",
        "Spalte mit allen Fällen, der Bezugsgröße oder den erwarteten Ereignissen",
    ),
    (
        "What the quotient is: share of all cases, events per exposure, or events counted to events expected",
        "Was der Quotient ist: Anteil an allen Fällen, Ereignisse je Bezugsgröße oder gezählte zu erwarteten Ereignissen",
    ),
    ("Levels of the limits, between 0 and 1", "Niveaus der Grenzen, zwischen 0 und 1"),
    (
        "How units differ beyond chance: not at all, all variances by one factor, or by one variance added to all",
        "Wie sich Einheiten über den Zufall hinaus unterscheiden: gar nicht, alle Varianzen um einen Faktor oder um eine \
         gemeinsame zusätzliche Varianz",
    ),
    (
        "Share of scores at each end set to the quantile there before the dispersion is estimated; default: 0.1",
        "Anteil der Werte an jedem Ende, die auf das dortige Quantil gesetzt werden, bevor die Streuung geschätzt wird; \
         ohne Angabe 0,1",
    ),
    (
        "Share of scores at each end left out before the dispersion is estimated, instead of --winsor",
        "Anteil der Werte an jedem Ende, die weggelassen werden, bevor die Streuung geschätzt wird, statt --winsor",
    ),
    (
        "Scale of the scores; auto: arcsine for shares, else square root, and logarithm with --trim where no numerator is 0",
        "Skala der z-Werte; auto: Arkussinus bei Anteilen, sonst Wurzel, und mit --trim Logarithmus, wenn kein Zähler 0 ist",
    ),
    (
        "Limits without overdispersion: by the distribution itself, by the normal distribution, by it on the scale of the \
         scores, or by the exact interval of the events expected",
        "Grenzen ohne Überdispersion: aus der Verteilung selbst, aus der Normalverteilung, aus ihr auf der Skala der \
         z-Werte oder aus der exakten Spanne der erwarteten Ereignisse",
    ),
    (
        "Value that units are compared with; default: all units together, 1 for ratios",
        "Wert, mit dem Einheiten verglichen werden; ohne Angabe alle Einheiten zusammen, bei Verhältnissen 1",
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Proportion,
    Rate,
    Ratio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Dispersion {
    None,
    Multiplicative,
    Additive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Transform {
    Auto,
    Arcsine,
    Sqrt,
    Log,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Limits {
    Exact,
    Normal,
    Transformed,
    PoissonInterval,
}

impl From<Kind> for funnel::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Proportion => Self::Proportion,
            Kind::Rate => Self::Rate,
            Kind::Ratio => Self::Ratio,
        }
    }
}

impl From<Dispersion> for funnel::Dispersion {
    fn from(dispersion: Dispersion) -> Self {
        match dispersion {
            Dispersion::None => Self::None,
            Dispersion::Multiplicative => Self::Multiplicative,
            Dispersion::Additive => Self::Additive,
        }
    }
}

impl From<Limits> for funnel::Limits {
    fn from(limits: Limits) -> Self {
        match limits {
            Limits::Exact => Self::Exact,
            Limits::Normal => Self::Normal,
            Limits::Transformed => Self::Transformed,
            Limits::PoissonInterval => Self::PoissonInterval,
        }
    }
}

/// Rows with a denominator above zero.
struct Units {
    rows: Vec<usize>,
    names: Vec<String>,
    numerators: Vec<f64>,
    denominators: Vec<f64>,
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let extremes = options.trim.map_or(Extremes::Winsorise(options.winsor.unwrap_or(0.1)), Extremes::Trim);
    let echoed = match extremes {
        Extremes::Winsorise(share) => Options { winsor: Some(share), ..options.clone() },
        Extremes::Trim(_) => options.clone(),
    };
    let mut answer = Answer::of("funnel", &echoed);
    answer.reads(&table);
    if table.rows() == 0 {
        return Err(super::nothing(&table));
    }
    let units = units(&table, options, &mut answer)?;
    let refused = |error: FunnelError| refusal(&table, options, &units, error);
    let (kind, dispersion) = (options.kind.into(), options.dispersion.into());
    let target = options.target.map_or_else(
        || Target::pooled(kind, &units.numerators, &units.denominators),
        |value| Target::stated(kind, value, &units.numerators, &units.denominators),
    );
    let target = target.map_err(refused)?;
    let transform = transform(options, &units);
    let scores =
        funnel::scores(&units.numerators, &units.denominators, &target, transform, extremes).map_err(refused)?;
    let mut levels = options.levels.clone();
    levels.sort_by(f64::total_cmp);
    let chance = funnel::all_limits(options.limits.into(), &target, transform, &units.denominators, &levels);
    for (at, chance) in chance.map_err(refused)?.into_iter().enumerate() {
        let chance: Vec<(f64, Interval)> = levels.iter().copied().zip(chance).collect();
        let estimate = point(&units, at, &target, &scores, dispersion, &chance).map_err(refused)?;
        answer.estimates.push(estimate);
    }
    answer.n = units.rows.len();
    aggregates(&mut answer, &target, &scores);
    notes(&mut answer, options, &units, &scores);
    Ok(answer)
}

fn units(table: &Table, options: &Options, answer: &mut Answer) -> Result<Units> {
    let names = table.labels(&options.columns.unit)?;
    distinct(table, &options.columns.unit, &names)?;
    let (numerators, denominators) =
        (table.full(&options.columns.numerator)?, table.full(&options.columns.denominator)?);
    // A unit without any case has no share; one with cases among none is a mistake and refused later.
    let empty = |row: usize| denominators[row] == 0.0 && numerators[row] == 0.0;
    let rows: Vec<usize> = (0..names.len()).filter(|row| !empty(*row)).collect();
    answer.drop("units", names.len() - rows.len(), "zero_denominator", say!("Nenner ist null", "denominator is zero"));
    Ok(Units {
        names: rows.iter().map(|row| names[*row].to_owned()).collect(),
        numerators: rows.iter().map(|row| numerators[*row]).collect(),
        denominators: rows.iter().map(|row| denominators[*row]).collect(),
        rows,
    })
}

fn transform(options: &Options, units: &Units) -> funnel::Transform {
    match options.transform {
        Transform::Arcsine => funnel::Transform::Arcsine,
        Transform::Sqrt => funnel::Transform::SquareRoot,
        Transform::Log => funnel::Transform::Logarithm,
        Transform::Auto if options.kind == Kind::Proportion => funnel::Transform::Arcsine,
        Transform::Auto if options.trim.is_some() && units.numerators.iter().all(|x| *x > 0.0) => {
            funnel::Transform::Logarithm
        }
        Transform::Auto => funnel::Transform::SquareRoot,
    }
}

/// Whether a value lies outside its limits, and on which side.
fn side(value: f64, limits: Interval) -> Option<&'static str> {
    if value > limits.upper {
        Some("high")
    } else if value < limits.lower {
        Some("low")
    } else {
        None
    }
}

/// The side on which a value lies outside, and the strictest level at which it does.
fn position(value: f64, limits: &[(f64, Interval)]) -> (Value, Value) {
    let outside = limits.iter().rev().find_map(|(level, limits)| side(value, *limits).map(|side| (side, *level)));
    outside.map_or((json!("inside"), Value::Null), |(side, level)| (json!(side), json!(level)))
}

fn point(
    units: &Units,
    at: usize,
    target: &Target,
    scores: &Scores,
    dispersion: funnel::Dispersion,
    chance: &[(f64, Interval)],
) -> std::result::Result<Estimate, FunnelError> {
    let (numerator, denominator) = (units.numerators[at], units.denominators[at]);
    let value = numerator / denominator;
    let wide = |level: f64| funnel::overdispersed_limits(scores, dispersion, target, denominator, level);
    let spread = chance
        .iter()
        .map(|(level, _)| Ok((*level, wide(*level)?)))
        .collect::<std::result::Result<Vec<_>, FunnelError>>()?;
    let none = dispersion == funnel::Dispersion::None;
    let limits: Vec<Value> = chance
        .iter()
        .zip(&spread)
        .map(|((level, chance), (_, spread))| {
            let mut limits = json!({ "level": level, "lower": chance.lower, "upper": chance.upper });
            if !none {
                limits["od_lower"] = spread.lower.into();
                limits["od_upper"] = spread.upper.into();
            }
            limits
        })
        .collect();
    let (position_chance, beyond) = position(value, chance);
    let mut more = vec![
        ("numerator", numerator.into()),
        ("denominator", denominator.into()),
        ("z", scores.z[at].into()),
        ("z_used", scores.handled[at].into()),
        ("position", position_chance),
        ("beyond", beyond),
    ];
    if !none {
        let (position, beyond) = position(value, &spread);
        let z = scores.adjusted(at, dispersion, target, denominator);
        more.extend([("z_adjusted", z.into()), ("od_position", position), ("od_beyond", beyond)]);
    }
    more.push(("limits", Value::Array(limits)));
    let first = chance.first();
    Ok(Estimate {
        value: Some(value),
        lower: first.map(|(_, limits)| limits.lower),
        upper: first.map(|(_, limits)| limits.upper),
        level: first.map(|(level, _)| *level),
        more,
        ..Estimate::keyed(vec![("unit", units.names[at].clone().into())])
    })
}

fn aggregates(answer: &mut Answer, target: &Target, scores: &Scores) {
    let transform = match scores.transform {
        funnel::Transform::Arcsine => "arcsine",
        funnel::Transform::SquareRoot => "sqrt",
        funnel::Transform::Logarithm => "log",
    };
    let count = |key: &str, sides: &[&str]| {
        let hit = |e: &&Estimate| {
            e.more.iter().any(|(k, v)| *k == key && v.as_str().is_some_and(|side| sides.contains(&side)))
        };
        answer.estimates.iter().filter(hit).count()
    };
    let outside = json!({ "high": count("position", &["high"]), "low": count("position", &["low"]) });
    let od_outside = json!({ "high": count("od_position", &["high"]), "low": count("od_position", &["low"]) });
    for (key, value) in [
        ("target", json!(target.value)),
        ("target_transformed", json!(scores.target)),
        ("transform", json!(transform)),
        ("phi", json!(scores.phi)),
        ("tau2", json!(scores.tau2)),
        ("scores_used", json!(scores.used)),
        ("outside", outside),
        ("od_outside", od_outside),
    ] {
        answer.aggregates.insert(key.to_owned(), value);
    }
}

fn notes(answer: &mut Answer, options: &Options, units: &Units, scores: &Scores) {
    let n = units.rows.len();
    if n < FEW {
        answer.note(
            "few_units",
            say!(
                "{n} Einheiten: Wie stark sie sich über den Zufall hinaus unterscheiden, ist damit kaum zu schätzen",
                "{n} units hardly tell how much units differ beyond chance"
            ),
        );
    }
    let at_floor = match options.dispersion {
        Dispersion::None => false,
        Dispersion::Multiplicative => scores.phi <= 1.0,
        Dispersion::Additive => scores.tau2 == 0.0,
    };
    if at_floor {
        answer.note(
            "no_overdispersion",
            say!(
                "Die Einheiten unterscheiden sich nicht mehr, als der Zufall erwarten lässt: Die weiten Grenzen sind hier nur eine \
                 Näherung der engen",
                "the units differ no more than chance leads one to expect: the wide limits only approximate the narrow ones here"
            ),
        );
    }
    if options.dispersion == Dispersion::None && scores.phi > 1.0 + 2.0 * (2.0 / scores.used as f64).sqrt() {
        answer.note(
            "overdispersion",
            say!(
                "Die Einheiten unterscheiden sich mehr, als der Zufall erwarten lässt: Grenzen ohne Überdispersion nennen zu viele \
                 auffällig",
                "the units differ more than chance leads one to expect: limits without overdispersion call too many unusual"
            ),
        );
    }
    if units.numerators.iter().any(|x| x.fract() != 0.0) {
        answer.note(
            "fractional_numerators",
            say!(
                "Zähler mit Nachkommastellen sind keine Anzahlen; Binomial- und Poisson-Verteilung gelten für sie nur näherungsweise",
                "numerators with fractions are no counts; binomial and Poisson distribution hold only roughly for them"
            ),
        );
    }
    if scores.transform == funnel::Transform::SquareRoot
        && options.trim.is_some()
        && options.transform == Transform::Auto
    {
        answer.note(
            "zero_numerators",
            say!(
                "Wegen Zählern von 0: Wurzel statt Logarithmus",
                "square root instead of logarithm because of numerators of 0"
            ),
        );
    }
}

fn refusal(table: &Table, options: &Options, units: &Units, error: FunnelError) -> Error {
    let at = |column: &str, unit: usize, what: Label| {
        Error::refused(table.at(column, units.rows.get(unit).copied().unwrap_or(unit), &what))
    };
    match error {
        FunnelError::Refusal(refusal) => Error::refused(super::said(&refusal)),
        FunnelError::Denominator(unit) => at(
            &options.columns.denominator,
            unit,
            say!("Der Nenner ist nicht größer als null", "the denominator is not above zero"),
        ),
        FunnelError::Numerator(unit) => at(
            &options.columns.numerator,
            unit,
            if options.kind == Kind::Proportion {
                say!(
                    "Der Zähler liegt nicht zwischen null und dem Nenner",
                    "the numerator is not between zero and the denominator"
                )
            } else {
                say!("Der Zähler ist negativ", "the numerator is negative")
            },
        ),
        FunnelError::ZeroLogarithm(unit) => at(
            &options.columns.numerator,
            unit,
            say!("Ein Zähler von null hat keinen Logarithmus", "a numerator of zero has no logarithm"),
        )
        .hint(say!("Mit --transform sqrt nehmen Nullen teil.", "with --transform sqrt zeros take part")),
        FunnelError::SingleUnit => Error::refused(say!(
            "Eine einzelne Einheit bestimmt ihren eigenen Vergleichswert",
            "a single unit sets its own target"
        ))
        .hint(say!("Den Vergleichswert mit --target angeben.", "state the target with --target")),
        FunnelError::Target => Error::refused(say!(
            "Der Vergleichswert liegt am Ende oder außerhalb seines Wertebereichs: Dort setzt der Zufall keine Grenzen",
            "the target is at the end of its range or outside, where chance sets no limits"
        )),
        FunnelError::Share => Error::config(say!(
            "--winsor und --trim müssen mindestens 0 und kleiner als 0,5 sein",
            "--winsor and --trim must be at least 0 and below 0.5"
        )),
        FunnelError::AllTrimmed => {
            Error::refused(say!("Nach dem Weglassen der Enden bleibt keine Einheit übrig", "trimming leaves no units"))
        }
        FunnelError::Mismatch => Error::config(say!(
            "Diese Skala oder diese Grenzen passen nicht zur Art der Daten: arcsine gehört zu Anteilen, sqrt und log zu Raten und \
             Verhältnissen, poisson-interval zu Raten und Verhältnissen mit mindestens einem erwarteten Ereignis",
            "this scale or these limits do not go with the kind of data: arcsine belongs to proportions, sqrt and log to rates and \
             ratios, poisson-interval to rates and ratios with at least one event expected"
        )),
    }
}
