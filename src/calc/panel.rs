//! Panels for regressions: which rows, which units, which periods, and what is to be said about them.

use std::collections::HashMap;

use clap::Args;
use serde::Serialize;

use super::options::Data;
use super::timeline::places;
use super::{Answer, Table};
use crate::domain::{Label, say};
use crate::stats::fixed_effects::{Fit, PanelRefusal, two_way};
use crate::stats::sandwich::{Combination, Inference};
use crate::stats::wild_bootstrap::Draws;
use crate::stats::{probability, tail};
use crate::{Error, Result};

/// The columns of a panel regression.
#[derive(Debug, Clone, Args, Serialize)]
pub struct Columns {
    #[command(flatten)]
    #[serde(flatten)]
    pub data: Data,
    /// Column that tells units apart: the towns
    #[arg(long, value_name = "UNIT")]
    pub unit: String,
    /// Column that tells periods apart
    #[arg(long, value_name = "TIME")]
    pub time: String,
    /// Column with the outcome
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Columns with covariates, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub covariates: Vec<String>,
    /// Column whose values may depend on each other, "unit+time" for two at once; default: the units
    #[arg(long, value_name = "COLUMN")]
    pub cluster: Option<String>,
}

pub(super) const GERMAN: &[(&str, &str)] = &[
    ("Column that tells units apart: the towns", "Spalte, die Einheiten unterscheidet: die Orte"),
    ("Column that tells periods apart", "Spalte, die Zeitabschnitte unterscheidet"),
    ("Column with the outcome", "Spalte mit der Zielgröße"),
    (
        "Column with the treatment: 1 while it runs, else 0, or its intensity",
        "Spalte mit der Maßnahme: 1, solange sie läuft, sonst 0, oder ihre Stärke",
    ),
    ("Number of draws, or \"all\": every one there is", "Anzahl der Ziehungen, oder „all“: alle, die es gibt"),
    (
        "Seed of the random numbers: the same seed gives the same result",
        "Startwert der Zufallszahlen: derselbe Wert gibt dasselbe Ergebnis",
    ),
    ("Columns with covariates, separated by commas", "Spalten mit Kovariaten, durch Kommas getrennt"),
    (
        "Column whose values may depend on each other, \"unit+time\" for two at once; default: the units",
        "Spalte, innerhalb deren Werten Zeilen voneinander abhängen dürfen, „Einheit+Zeit“ für zwei zugleich; ohne Angabe die Einheiten",
    ),
];

/// The rows with all values, as numbers.
pub struct Panel<'a> {
    /// Rows of the table, from 0.
    pub rows: Vec<usize>,
    pub unit: Vec<u32>,
    pub time: Vec<u32>,
    pub units: Vec<&'a str>,
    pub times: Vec<&'a str>,
    pub outcome: Vec<f64>,
    /// Treatment first where there is one, then covariates.
    pub columns: Vec<Vec<f64>>,
    pub names: Vec<&'a str>,
    pub clusters: Vec<Clusters<'a>>,
    /// Whether the first column is a treatment.
    pub has_treatment: bool,
}

/// A cluster variable.
pub struct Clusters<'a> {
    pub codes: Vec<u32>,
    pub names: Vec<&'a str>,
}

/// Labels as numbers, in the order of their first appearance.
fn codes<'a>(labels: impl Iterator<Item = &'a str>) -> Clusters<'a> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut names = Vec::new();
    let codes = labels
        .map(|label| {
            *seen.entry(label).or_insert_with(|| {
                names.push(label);
                names.len() as u32 - 1
            })
        })
        .collect();
    Clusters { codes, names }
}

/// Numbers, or yes and no as 1 and 0.
pub fn intensity(table: &Table, name: &str) -> Result<Vec<Option<f64>>> {
    let texts = table.texts(name)?;
    let flag = |text: &str| match text {
        "true" | "TRUE" | "True" => Some(1.0),
        "false" | "FALSE" | "False" => Some(0.0),
        _ => None,
    };
    if texts.iter().flatten().all(|text| flag(text).is_some()) {
        return Ok(texts.into_iter().map(|text| text.and_then(flag)).collect());
    }
    table.numbers(name)
}

/// Reads the panel; rows without a value are left out and counted in `answer`. `keep` says which rows may stay.
pub fn read<'a>(
    table: &'a Table,
    options: &'a Columns,
    treatment: Option<&'a str>,
    keep: &dyn Fn(usize) -> bool,
    answer: &mut Answer,
) -> Result<Panel<'a>> {
    if table.rows() == 0 {
        return Err(Error::refused(say!("{}: Die Tabelle hat keine Zeilen", "{}: the table has no rows", table.file)));
    }
    let (unit, time) = (table.labels(&options.unit)?, table.labels(&options.time)?);
    let outcome = table.numbers(&options.outcome)?;
    let mut names: Vec<&str> = Vec::new();
    let mut columns = Vec::new();
    if let Some(treatment) = treatment {
        names.push(treatment);
        columns.push(intensity(table, treatment)?);
    }
    for name in &options.covariates {
        names.push(name);
        columns.push(table.numbers(name)?);
    }
    let unique: std::collections::BTreeSet<&&str> = names.iter().collect();
    if unique.len() < names.len() || names.contains(&options.outcome.as_str()) {
        return Err(Error::config(say!(
            "Eine Spalte ist zweimal genannt: Zielgröße, Maßnahme und Kovariaten müssen verschiedene Spalten sein",
            "a column is named twice: outcome, treatment and covariates must be different columns"
        )));
    }
    let asked: Vec<&str> = match &options.cluster {
        None => vec![&options.unit],
        Some(name) if table.has(name) => vec![name],
        Some(names) => names.split('+').map(str::trim).collect(),
    };
    if asked.len() > 2 {
        return Err(Error::config(say!(
            "Gruppen gehen nur in einer oder zwei Spalten, „{}“ nennt {}",
            "clusters go by one or two columns, \"{}\" names {}",
            options.cluster.as_deref().unwrap_or(""),
            asked.len()
        )));
    }
    let labels = asked.iter().map(|name| table.labels(name)).collect::<Result<Vec<_>>>()?;
    let mut rows = Vec::new();
    let (mut without_outcome, mut without_value) = (0, vec![0; names.len()]);
    for row in (0..table.rows()).filter(|row| keep(*row)) {
        if outcome[row].is_none() {
            without_outcome += 1;
        } else if let Some(at) = columns.iter().position(|c| c[row].is_none()) {
            without_value[at] += 1;
        } else {
            rows.push(row);
        }
    }
    answer.drop("rows", without_outcome, "missing_outcome", say!("Zeilen ohne Zielgröße", "rows without an outcome"));
    for (at, n) in without_value.into_iter().enumerate() {
        let why = if at == 0 && treatment.is_some() { "missing_treatment" } else { "missing_covariate" };
        answer.drop("rows", n, why, say!("Zeilen ohne „{}“", "rows without \"{}\"", names[at]));
    }
    if rows.is_empty() {
        return Err(Error::refused(say!("{}: Keine Zeile hat alle Werte", "{}: no row has all values", table.file)));
    }
    let pick = |of: &[Option<f64>]| rows.iter().filter_map(|row| of[*row]).collect::<Vec<f64>>();
    let (outcome, columns) = (pick(&outcome), columns.iter().map(|c| pick(c)).collect());
    let units = codes(rows.iter().map(|row| unit[*row]));
    let times = codes(rows.iter().map(|row| time[*row]));
    let clusters = labels.iter().map(|labels| codes(rows.iter().map(|row| labels[*row]))).collect();
    let panel = Panel {
        unit: units.codes,
        time: times.codes,
        units: units.names,
        times: times.names,
        rows,
        outcome,
        columns,
        names,
        clusters,
        has_treatment: treatment.is_some(),
    };
    panel.shape(table, options, answer);
    Ok(panel)
}

/// The regression on treatment and covariates; the treatment must have an effect of its own.
pub fn fit(panel: &Panel<'_>, columns: &[&[f64]]) -> std::result::Result<Fit, PanelRefusal> {
    let fit = two_way(&panel.outcome, columns, &panel.unit, &panel.time)?;
    if fit.kept.first() == Some(&0) { Ok(fit) } else { Err(PanelRefusal::Absorbed { column: 0 }) }
}

/// With fewer clusters than this (or fewer with, or without treatment) cluster errors are too small.
const FEW: usize = 20;
const FEW_TREATED: usize = 5;

impl Panel<'_> {
    /// Says how many rows are in use, and what of rows and covariates is not.
    pub fn left_out(&self, fit: &Fit, answer: &mut Answer) {
        answer.n = fit.rows.len();
        answer.drop(
            "rows",
            fit.singletons,
            "singleton",
            say!(
                "Zeilen, die in ihrer Einheit oder ihrem Zeitabschnitt allein stehen",
                "rows that are alone in their unit or period"
            ),
        );
        for column in fit.collinear.iter().filter_map(|c| self.names.get(*c)) {
            answer.drop(
                "covariates",
                1,
                "collinear",
                say!(
                    "Kovariate „{column}“: durch Einheiten, Zeitabschnitte und die Spalten davor vollständig erklärt",
                    "covariate \"{column}\": explained completely by units, periods and the columns before it"
                ),
            );
        }
        answer.diagnostics.insert("units".to_owned(), fit.levels.units.into());
        answer.diagnostics.insert("periods".to_owned(), fit.levels.times.into());
    }

    /// Says how the treatment runs: whether it starts at different times, or stops again.
    pub fn treatment(&self, fit: &Fit, answer: &mut Answer) {
        let Some(treatment) = self.columns.first() else { return };
        if fit.rows.iter().any(|row| treatment[*row] != 0.0 && treatment[*row] != 1.0) {
            return;
        }
        // In the order of the periods where they are times, else as in the table.
        let order = places(&self.times).unwrap_or_else(|| (0..self.times.len()).map(|at| at as f64).collect());
        let mut courses: HashMap<u32, Vec<(f64, bool)>> = HashMap::new();
        for row in &fit.rows {
            let when = order[self.time[*row] as usize];
            courses.entry(self.unit[*row]).or_default().push((when, treatment[*row] != 0.0));
        }
        let (mut starts, mut stops) = (std::collections::BTreeSet::new(), 0);
        for course in courses.values_mut() {
            course.sort_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((when, _)) = course.iter().find(|(_, on)| *on) {
                starts.insert(when.to_bits());
            }
            stops += usize::from(course.windows(2).any(|pair| pair[0].1 && !pair[1].1));
        }
        if starts.len() > 1 {
            let n = starts.len();
            answer.note(
                "staggered_timing",
                say!(
                    "Die Maßnahme beginnt zu {n} verschiedenen Zeiten: Schon Behandelte dienen anderen als Vergleich.",
                    "The treatment starts at {n} different times: the already treated serve as comparison for others."
                ),
            );
        }
        if stops > 0 {
            answer.note(
                "treatment_stops",
                say!(
                    "In {stops} Einheiten endet die Maßnahme wieder; ihr Nachwirken zählt hier als Vergleichswert.",
                    "In {stops} units the treatment ends again; what it leaves behind counts as comparison here."
                ),
            );
        }
    }

    /// Says where clusters, or clusters with or without treatment, are too few for their errors.
    pub fn few(&self, clustered: bool, fit: &Fit, found: &Inference, answer: &mut Answer) {
        if !clustered {
            return;
        }
        // The bootstrap is what is advised.
        let advised = answer.method == "wildboot";
        if let Some(fewest) = found.clusters.iter().min().filter(|g| **g < FEW && !advised) {
            answer.note(
                "few_clusters",
                say!(
                    "Nur {fewest} Gruppen: Der Fehler fällt zu klein aus. „--vcov cr2“ oder „calc wildboot“ verwenden.",
                    "Only {fewest} clusters: the error comes out too small. Use \"--vcov cr2\" or \"calc wildboot\"."
                ),
            );
        }
        if let Some(name) = found.carried_by.and_then(|c| self.clusters.first()?.names.get(c as usize)) {
            answer.note(
                "carried_by_one_cluster",
                say!(
                    "Ohne „{name}“ ließe sich ein Effekt nicht schätzen; der Fehler dafür ist nicht verlässlich.",
                    "Without \"{name}\" an effect could not be estimated; the error for it is not reliable."
                ),
            );
        }
        let (Some(treatment), Some(clusters)) = (self.columns.first(), self.clusters.first()) else { return };
        if !self.has_treatment {
            return;
        }
        let mut ever = vec![None; clusters.names.len()];
        for row in &fit.rows {
            let slot = ever[clusters.codes[*row] as usize].get_or_insert(false);
            *slot |= treatment[*row] != 0.0;
        }
        let treated = ever.iter().flatten().filter(|ever| **ever).count();
        let never = ever.iter().flatten().count() - treated;
        answer.diagnostics.insert("treated_clusters".to_owned(), treated.into());
        if treated < FEW_TREATED {
            answer.note(
                "few_treated_clusters",
                say!(
                    "Nur {treated} behandelte Gruppen: Auch CR2 und der Wild-Cluster-Bootstrap versagen dann. „calc randinf“ verwenden.",
                    "Only {treated} treated clusters: CR2 and the wild cluster bootstrap fail too. Use \"calc randinf\"."
                ),
            );
        } else if never > 0 && never < FEW_TREATED {
            answer.note(
                "few_untreated_clusters",
                say!(
                    "Nur {never} Gruppen ohne Maßnahme: Fehler nach Gruppen sind dann nicht verlässlich.",
                    "Only {never} clusters without treatment: errors by cluster are not reliable then."
                ),
            );
        }
    }

    /// Says which periods are missing for all units.
    fn gaps(&self, answer: &mut Answer) {
        let Some(places) = places(&self.times) else { return };
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
        let step = |pair: &[usize]| places[pair[1]] - places[pair[0]];
        let least = order.windows(2).map(step).fold(f64::INFINITY, f64::min);
        // Written with few decimals, equal steps differ a little.
        let gaps = order.windows(2).filter(|pair| step(pair) > 1.5 * least);
        let named: Vec<Label> = gaps
            .map(|pair| format!("{} – {}", self.times[pair[0]], self.times[pair[1]]))
            .map(|gap| Label::new(gap.clone(), gap))
            .collect();
        if !named.is_empty() {
            let listed = super::listed(&named);
            answer.note(
                "gaps_in_time",
                Label::new(
                    format!("Zeitabschnitte fehlen bei allen Einheiten: {}.", listed.de),
                    format!("periods are missing for all units: {}.", listed.en),
                ),
            );
        }
    }

    /// Says where a unit has two rows in one period, or none.
    fn shape(&self, table: &Table, options: &Columns, answer: &mut Answer) {
        let mut first: HashMap<(u32, u32), usize> = HashMap::new();
        let mut twice = Vec::new();
        for (at, cell) in self.unit.iter().zip(&self.time).enumerate() {
            if first.insert((*cell.0, *cell.1), at).is_some() {
                twice.push(at);
            }
        }
        if let Some(at) = twice.first() {
            let (unit, time) = (self.units[self.unit[*at] as usize], self.times[self.time[*at] as usize]);
            let place = table.at(
                &options.unit,
                self.rows[*at],
                &say!("„{unit}“ hat zu „{time}“ schon eine Zeile", "\"{unit}\" already has a row for \"{time}\""),
            );
            answer.note(
                "duplicate_unit_time",
                Label::new(
                    format!(
                        "{} Zeilen wiederholen Einheit und Zeitabschnitt; jede zählt für sich. {}.",
                        twice.len(),
                        place.de
                    ),
                    format!("{} rows repeat a unit and period; each counts by itself. {}.", twice.len(), place.en),
                ),
            );
        }
        self.gaps(answer);
        let missing = (self.units.len() * self.times.len()).saturating_sub(first.len());
        if missing > 0 {
            answer.note(
                "unbalanced_panel",
                say!(
                    "{missing} von {} Paaren aus Einheit und Zeitabschnitt haben keine Zeile; fehlend ist nicht null.",
                    "{missing} of {} pairs of unit and period have no row; missing is not zero.",
                    self.units.len() * self.times.len()
                ),
            );
        }
    }
}

/// A refusal of the regression in the words of the reader.
pub fn refused(refusal: PanelRefusal, names: &[&str], clusters: &[Clusters<'_>], outcome: &str) -> Error {
    let name = |column: usize| names.get(column).copied().unwrap_or("?").to_owned();
    Error::refused(match refusal {
        PanelRefusal::Empty => say!(
            "Keine Zeile bleibt übrig: Jede Einheit oder jeder Zeitabschnitt hat nur eine Zeile",
            "no row is left: every unit or every period has one row only"
        ),
        PanelRefusal::NonFinite => say!("Eine Zahl ist nicht endlich", "an input is not a finite number"),
        PanelRefusal::OneUnit => say!(
            "Es gibt nur eine Einheit: Ein Vergleich ist nicht möglich",
            "there is only one unit: nothing to compare it with"
        ),
        PanelRefusal::OnePeriod => say!(
            "Es gibt nur einen Zeitabschnitt: Das eigene Niveau der Einheiten erklärt alles",
            "there is only one period: the units' own levels explain everything"
        ),
        PanelRefusal::Absorbed { column } => {
            let name = name(column);
            say!(
                "„{name}“ ändert sich in keiner Einheit anders als in allen: Einheiten und Zeitabschnitte erklären die Spalte vollständig",
                "\"{name}\" changes in no unit differently from all: units and periods explain the column completely"
            )
        }
        PanelRefusal::NoResidual => say!(
            "„{outcome}“ ist durch das Modell vollständig erklärt (etwa konstant): Es gibt nichts, woraus sich ein Fehler schätzen ließe",
            "\"{outcome}\" is explained completely by the model (constant, for example): there is nothing to take an error from"
        ),
        PanelRefusal::TooFewRows { rows, parameters } => say!(
            "{rows} Zeilen sind zu wenig für {parameters} Koeffizienten (Einheiten und Zeitabschnitte mitgezählt)",
            "{rows} rows are too few for {parameters} coefficients (units and periods counted)"
        ),
        PanelRefusal::NotConverged => say!(
            "Die Niveaus von Einheiten und Zeitabschnitten ließen sich nicht genau genug herausrechnen",
            "taking out the levels of units and periods did not converge"
        ),
        PanelRefusal::FewClusters { found } => say!(
            "Nur {found} Gruppe: Für einen Fehler braucht es mindestens zwei",
            "only {found} cluster: an error needs at least two"
        ),
        PanelRefusal::Unidentified { cluster } => {
            let cluster = clusters.first().and_then(|c| c.names.get(cluster as usize)).copied().unwrap_or("?");
            say!(
                "Ohne „{cluster}“ ließe sich der Effekt nicht schätzen: Ein Fehler aus dem Weglassen der Gruppen ist nicht möglich",
                "without \"{cluster}\" the effect could not be estimated: no error from leaving clusters out"
            )
        }
        PanelRefusal::TooLarge => {
            say!("Die Tabelle ist für dieses Verfahren zu groß", "the table is too large for this method")
        }
        PanelRefusal::NoVariance => say!(
            "Die geschätzte Varianz ist nicht positiv: Die Gruppen sagen nichts über den Fehler",
            "the estimated variance is not positive: the clusters say nothing about the error"
        ),
    })
}

/// Limits and p value of a combination after Student's t.
pub fn limits(c: &Combination, level: f64) -> Result<(f64, f64, f64)> {
    let outside = tail(level).map_err(|refusal| Error::config(super::said(&refusal)))?;
    let t = quantile(outside, c.df)?;
    let p = probability::student_two_sided(c.value / c.se, c.df);
    Ok((c.value - t * c.se, c.value + t * c.se, p))
}

/// The upper quantile of Student's t. Degrees of freedom below one (Satterthwaite's can be) by bisection.
fn quantile(outside: f64, df: f64) -> Result<f64> {
    if df >= 1.0 {
        return crate::stats::normal::student_quantile(1.0 - outside, df)
            .map_err(|refusal| Error::refused(super::said(&refusal)));
    }
    let (mut low, mut high) = (0.0, 1.0);
    while probability::student_two_sided(high, df) > 2.0 * outside && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if probability::student_two_sided(middle, df) > 2.0 * outside {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(high)
}

/// `--draws`: a number, or all there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawCount(pub Draws);

impl std::str::FromStr for DrawCount {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self(Draws::All));
        }
        text.parse().map(|n| Self(Draws::Number(n))).map_err(|_| "a whole number, or all")
    }
}

impl std::fmt::Display for DrawCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Draws::All => f.write_str("all"),
            Draws::Number(n) => n.fmt(f),
        }
    }
}

impl Serialize for DrawCount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Draws::All => serializer.serialize_str("all"),
            Draws::Number(n) => serializer.serialize_u64(n as u64),
        }
    }
}
