use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::characteristics::{self, Categories};
use super::cutpoints::{Cut, coarsened};
use super::options::{Data, Level};
use super::{Answer, Estimate, Open};
use crate::domain::{Label, say};
use crate::stats::characteristic::Characteristic;
use crate::stats::logit::LogitRefusal;
use crate::stats::matching::{
    self, Balance, Design, Distance, ErrorsBy, MatchRefusal, Matched, Method, Remark, Sample, Settings,
};
use crate::stats::normal::student_quantile;
use crate::stats::probability::student_two_sided;
use crate::{Error, Result};

/// Options of `calc match`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with 1 for treated units and 0 for all others
    #[arg(long, value_name = "COLUMN")]
    treatment: String,
    /// Columns the groups are to be alike in, known before the treatment, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    covariates: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    categories: Categories,
    /// How to match
    #[arg(long, value_enum, default_value = "nearest")]
    method: How,
    /// Distance of units for nearest and optimal; default: logit
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<By>,
    /// Controls per treated unit for nearest and optimal; default: 1
    #[arg(long, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ratio: Option<usize>,
    /// Largest difference of propensity scores within a pair, in standard deviations of the score
    #[arg(long, value_name = "NUMBER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    caliper: Option<f64>,
    /// A control may be the partner of several treated units (nearest)
    #[arg(long)]
    replace: bool,
    /// Columns in which partners must agree exactly, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exact: Vec<String>,
    /// Where cem cuts columns of numbers, such as age=20/25/30 (20 belongs to the upper part), separated by commas;
    /// default: bins of equal width
    #[arg(long, value_name = "CUTS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cutpoints: Vec<Cut>,
    /// Column with the outcome; without it there is no estimate of an effect
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// Column with names of the units; default: the numbers of the rows
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Column with clusters of units that the standard error is to know of, beside matched sets
    #[arg(long, value_name = "COLUMN")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    level: Level,
}

/// The name of the propensity score in the table of balance.
const SCORE: &str = "propensity_score";

/// Standardised difference above which a covariate is named as not alike.
const IMBALANCE: f64 = 0.1;

const EXAMPLE: &str = "Example:\n  resonanz calc match --data datasets/calc/towns.csv --unit town --treatment \
                       participation --covariates population,density,platform --outcome share";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc match --data datasets/calc/towns.csv --unit town --treatment participation \
         --covariates population,density,platform --outcome share",
    ),
    (
        "Column with 1 for treated units and 0 for all others",
        "Spalte mit 1 für behandelte Einheiten und 0 für alle anderen",
    ),
    (
        "Columns the groups are to be alike in, known before the treatment, separated by commas",
        "Spalten, in denen die Gruppen sich gleichen sollen, vor der Behandlung bekannt, durch Kommas getrennt",
    ),
    ("How to match", "Art des Matchings"),
    (
        "Distance of units for nearest and optimal; default: logit",
        "Abstand der Einheiten bei nearest und optimal; ohne Angabe logit",
    ),
    (
        "Controls per treated unit for nearest and optimal; default: 1",
        "Vergleichseinheiten je behandelter Einheit bei nearest und optimal; ohne Angabe 1",
    ),
    (
        "Largest difference of propensity scores within a pair, in standard deviations of the score",
        "Größter Unterschied der Propensity Scores in einem Paar, in Standardabweichungen des Scores",
    ),
    (
        "A control may be the partner of several treated units (nearest)",
        "Eine Vergleichseinheit darf zu mehreren behandelten gehören (nearest)",
    ),
    (
        "Columns in which partners must agree exactly, separated by commas",
        "Spalten, in denen beide Seiten genau übereinstimmen müssen, durch Kommas getrennt",
    ),
    (
        "Where cem cuts columns of numbers, such as age=20/25/30 (20 belongs to the upper part), separated by commas; default: bins of equal width",
        "Wo cem Spalten mit Zahlen schneidet, etwa alter=20/25/30 (20 gehört zum oberen Teil), durch Kommas getrennt; ohne Angabe gleich breite Klassen",
    ),
    (
        "Column with the outcome; without it there is no estimate of an effect",
        "Spalte mit der Zielgröße; ohne sie wird keine Wirkung geschätzt",
    ),
    (
        "Column with names of the units; default: the numbers of the rows",
        "Spalte mit Namen der Einheiten; ohne Angabe die Nummern der Zeilen",
    ),
    (
        "Column with clusters of units that the standard error is to know of, beside matched sets",
        "Spalte mit Gruppen von Einheiten, die der Standardfehler neben den Matching-Gruppen berücksichtigen soll",
    ),
    (
        "Each treated unit in turn takes the nearest free control",
        "Reihum bekommt jede behandelte Einheit die nächste freie Vergleichseinheit",
    ),
    ("The pairs with the smallest total distance", "Die Paare mit der kleinsten Summe der Abstände"),
    (
        "Groups that agree in coarsened covariates (coarsened exact matching)",
        "Gruppen, die in vergröberten Merkmalen übereinstimmen (Coarsened Exact Matching)",
    ),
    ("Groups that agree in all covariates", "Gruppen, die in allen Merkmalen übereinstimmen"),
    (
        "Weights of the controls that reach the treated units' means (entropy balancing)",
        "Gewichte der Vergleichseinheiten, die die Mittelwerte der behandelten treffen (Entropy Balancing)",
    ),
    (
        "Difference of propensity scores (logistic regression)",
        "Unterschied der Propensity Scores (logistische Regression)",
    ),
    ("Mahalanobis distance of the covariates", "Mahalanobis-Abstand der Merkmale"),
];

/// The methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum How {
    /// Each treated unit in turn takes the nearest free control
    Nearest,
    /// The pairs with the smallest total distance
    Optimal,
    /// Groups that agree in coarsened covariates (coarsened exact matching)
    Cem,
    /// Groups that agree in all covariates
    Exact,
    /// Weights of the controls that reach the treated units' means (entropy balancing)
    Ebal,
}

/// The distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// Difference of propensity scores (logistic regression)
    Logit,
    /// Mahalanobis distance of the covariates
    Mahalanobis,
}

impl Options {
    /// The options with the defaults of the method filled in.
    fn resolved(&self) -> Result<Self> {
        let paired = matches!(self.method, How::Nearest | How::Optimal);
        if !paired && self.distance.is_some() {
            return Err(refused(&MatchRefusal::NotApplicable("distance")));
        }
        if self.method != How::Cem && !self.cutpoints.is_empty() {
            return Err(refused(&MatchRefusal::NotApplicable("cutpoints")));
        }
        let mut out = self.clone();
        if paired {
            out.distance = Some(self.distance.unwrap_or(By::Logit));
            out.ratio = Some(self.ratio.unwrap_or(1));
        }
        Ok(out)
    }

    fn settings(&self) -> Settings {
        Settings {
            method: match self.method {
                How::Nearest => Method::Nearest,
                How::Optimal => Method::Optimal,
                How::Cem => Method::Coarsened,
                How::Exact => Method::Exact,
                How::Ebal => Method::Entropy,
            },
            distance: if self.distance == Some(By::Mahalanobis) { Distance::Mahalanobis } else { Distance::Logit },
            ratio: self.ratio.unwrap_or(1),
            caliper: self.caliper,
            replace: self.replace,
        }
    }
}

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let options = options.resolved()?;
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("match", &options);
    answer.reads(&table);
    let units = characteristics::units(&table, options.unit.as_deref())?;
    for name in &options.exact {
        table.labels(name)?;
    }
    let design = Design {
        treated: table.flags(&options.treatment)?,
        covariates: characteristics::read(&table, &options.covariates, &options.categories)?,
        exact: characteristics::strata(&table, &options.exact)?,
    };
    let settings = options.settings();
    let outcome = options.outcome.as_deref().map(|name| table.full(name)).transpose()?;
    let clusters = options.cluster.as_deref().map(|name| table.labels(name)).transpose()?;
    let clusters = clusters.map(|labels| characteristics::codes(&labels));
    if clusters.is_some() && outcome.is_none() {
        return Err(Error::config(say!("--cluster braucht --outcome", "--cluster needs --outcome")));
    }
    let coarse = Design { covariates: coarsened(&design.covariates, &options.cutpoints)?, ..design.clone() };
    let result = matching::matched(&coarse, &settings).map_err(|refusal| refused(&refusal))?;
    answer.n = table.rows();
    remarks(&mut answer, &result.remarks);
    left_out(&mut answer, &design, &result, settings.ratio);
    if let Some(outcome) = outcome {
        let estimate = effect(&mut answer, &design, &result, &outcome, clusters.as_deref(), options.level.checked()?)?;
        answer.estimates.push(estimate);
    }
    let tables = balance_of(&design, &result).map_err(|refusal| refused(&refusal))?;
    sizes(&mut answer, &design, &result, &tables);
    imbalance(&mut answer, &tables);
    answer.diagnostics.insert("balance".into(), tables.iter().map(row_of_balance).collect());
    answer.diagnostics.insert("pairs".into(), pairs(&result, &units));
    answer.diagnostics.insert("weights".into(), weights(&design, &result, &units));
    Ok(answer)
}

fn effect(
    answer: &mut Answer,
    design: &Design,
    result: &Matched,
    outcome: &[f64],
    clusters: Option<&[usize]>,
    level: f64,
) -> Result<Estimate> {
    let sets = result.has_sets().then_some(result.set.as_slice());
    let found = matching::effect(outcome, &design.treated, &result.weights, sets, clusters)
        .map_err(|refusal| refused(&refusal))?;
    if found.se.is_none() {
        answer.note(
            "no_standard_error",
            say!(
                "Kein Standardfehler: Es braucht mindestens zwei behandelte Einheiten, zwei Vergleichseinheiten und zwei \
                 Gruppen, und die Zielgröße muss in ihnen streuen.",
                "no standard error: it takes at least two treated units, two controls and two groups, and an outcome that varies within them"
            ),
        );
    }
    let tail = crate::stats::tail(level).map_err(|refusal| Error::refused(super::said(&refusal)))?;
    let quantile = student_quantile(1.0 - tail, found.df.max(1.0)).map_err(|r| Error::refused(super::said(&r)))?;
    let errors = match found.errors {
        ErrorsBy::Unit => "unit",
        ErrorsBy::Set => "matched_set",
        ErrorsBy::Cluster => "cluster",
        ErrorsBy::SetAndCluster => "matched_set_and_cluster",
    };
    Ok(Estimate {
        value: Some(found.value),
        se: found.se,
        lower: found.se.map(|se| found.value - quantile * se),
        upper: found.se.map(|se| found.value + quantile * se),
        level: found.se.map(|_| level),
        p: found.se.map(|se| student_two_sided(found.value / se, found.df.max(1.0))),
        more: vec![
            ("df", found.df.into()),
            ("units", found.units.into()),
            ("groups", found.groups.into()),
            ("errors_by", errors.into()),
        ],
        ..Estimate::named("att")
    })
}

fn left_out(answer: &mut Answer, design: &Design, result: &Matched, ratio: usize) {
    let count = |treated: bool, used: bool| {
        let units = design.treated.iter().zip(&result.weights);
        units.filter(|(t, w)| **t == treated && (**w > 0.0) == used).count()
    };
    let (unmatched, treated) = (count(true, false), count(true, false) + count(true, true));
    answer.drop(
        "treated_units",
        unmatched,
        "no_partner",
        say!("behandelte Einheiten ohne passende Vergleichseinheit", "treated units without a suitable control"),
    );
    answer.drop(
        "control_units",
        count(false, false),
        "not_matched",
        say!("Vergleichseinheiten, die nicht gebraucht werden", "controls that are not used"),
    );
    if unmatched > 0 {
        let left = treated - unmatched;
        answer.note(
            "estimand_changed",
            say!(
                "{left} von {treated} behandelten Einheiten haben Vergleichseinheiten: Das Ergebnis gilt nur für sie.",
                "{left} of {treated} treated units have controls: the result holds for those only"
            ),
        );
    }
    if treated == 1 {
        answer.note(
            "single_treated_unit",
            say!(
                "Nur eine Einheit ist behandelt: Was bei ihr anders ist, lässt sich von der Behandlung nicht trennen.",
                "a single unit is treated: what else is peculiar to it cannot be told from the treatment"
            ),
        );
    }
    if let Some((least, most)) = count_per_treated(design, result)
        && least < ratio
    {
        answer.note(
            "fewer_controls",
            say!(
                "Statt {ratio} haben behandelte Einheiten zwischen {least} und {most} Vergleichseinheiten; die Gewichte gleichen Unterschiede aus.",
                "treated units have between {least} and {most} controls, not {ratio}; the weights even out differences"
            ),
        );
    }
}

/// The smallest and largest number of controls of a matched treated unit.
fn count_per_treated(design: &Design, result: &Matched) -> Option<(usize, usize)> {
    let mut counts = vec![0usize; design.treated.len()];
    result.pairs.iter().for_each(|pair| counts[pair.treated] += 1);
    let matched = || counts.iter().copied().filter(|n| *n > 0);
    matched().min().zip(matched().max())
}

/// Balance of the covariates, after that of the propensity score where there is one.
fn balance_of(design: &Design, result: &Matched) -> std::result::Result<Vec<Balance>, MatchRefusal> {
    let mut characteristics = Vec::new();
    if let Some(score) = &result.score {
        characteristics.push(Characteristic::number(SCORE, score.clone()));
    }
    characteristics.extend(design.covariates.iter().cloned());
    matching::balance(&design.treated, &characteristics, Some(&result.weights), result.partners())
}

fn sizes(answer: &mut Answer, design: &Design, result: &Matched, tables: &[Balance]) {
    let group = |treated: bool| {
        let units = || design.treated.iter().zip(&result.weights).filter(|(t, _)| **t == treated);
        let matched = units().filter(|(_, w)| **w > 0.0).count();
        json!({
            "all": units().count(),
            "matched": matched,
            "left_out": units().count() - matched,
            "effective": matching::effective_size(&design.treated, &result.weights, treated),
        })
    };
    answer.diagnostics.insert("treated".into(), group(true));
    answer.diagnostics.insert("controls".into(), group(false));
    let sets = result.set.iter().flatten().max().copied();
    answer.diagnostics.insert("sets".into(), sets.into());
    answer.diagnostics.insert("total_distance".into(), result.total_distance().into());
    answer.diagnostics.insert("caliper_width".into(), result.width.into());
    let largest = |sample: &dyn Fn(&Balance) -> Option<Sample>| {
        let all = tables.iter().filter(|b| b.covariate != SCORE || result.score.is_none());
        all.filter_map(sample).filter_map(|s| s.difference).map(f64::abs).fold(0.0, f64::max)
    };
    answer.diagnostics.insert("largest_difference_before".into(), largest(&|b| Some(b.before)).into());
    answer.diagnostics.insert("largest_difference_after".into(), largest(&|b| b.after).into());
}

/// Names the covariates that the matching has not made alike.
fn imbalance(answer: &mut Answer, tables: &[Balance]) {
    let apart = |b: &&Balance| b.after.is_some_and(|s| s.difference.is_none_or(|d| d.abs() > IMBALANCE));
    let covariates = tables.iter().filter(|b| b.covariate != SCORE).filter(apart);
    let mut names: Vec<&str> = covariates.map(|b| b.covariate.as_str()).collect();
    names.dedup();
    if !names.is_empty() {
        let names = names.join(", ");
        answer.note(
            "imbalance",
            say!(
                "Auch danach unterscheiden sich die Gruppen um mehr als 0,1 Standardabweichungen in: {names}.",
                "even then the groups differ by more than 0.1 standard deviations in: {names}"
            ),
        );
    }
}

pub(super) fn sample(sample: &Sample) -> Value {
    json!({
        "mean_treated": sample.mean_treated,
        "mean_control": sample.mean_control,
        "smd": sample.difference,
        "variance_ratio": sample.variance_ratio,
        "ecdf_mean": sample.ecdf_mean,
        "ecdf_max": sample.ecdf_max,
    })
}

fn row_of_balance(balance: &Balance) -> Value {
    json!({
        "covariate": balance.covariate,
        "level": balance.level,
        "before": sample(&balance.before),
        "after": balance.after.as_ref().map(sample),
        "pair_distance": balance.pair_distance,
    })
}

fn pairs(result: &Matched, units: &[Value]) -> Value {
    let one = |pair: &matching::Pair| {
        json!({
            "treated": units.get(pair.treated),
            "control": units.get(pair.control),
            "subclass": result.set.get(pair.treated).copied().flatten(),
            "distance": pair.distance,
        })
    };
    result.pairs.iter().map(one).collect()
}

fn weights(design: &Design, result: &Matched, units: &[Value]) -> Value {
    let one = |(unit, name): (usize, &Value)| {
        json!({
            "unit": name,
            "treated": u8::from(design.treated[unit]),
            "subclass": result.set[unit],
            "weight": result.weights[unit],
            "propensity_score": result.score.as_ref().map(|s| s[unit]),
        })
    };
    units.iter().enumerate().map(one).collect()
}

fn remarks(answer: &mut Answer, remarks: &[Remark]) {
    for remark in remarks {
        match remark {
            Remark::Constant(name) => answer.note(
                "constant_covariate",
                say!(
                    "„{name}“ ist bei allen Einheiten gleich und spielt keine Rolle.",
                    "\"{name}\" is the same for all units and plays no part"
                ),
            ),
            Remark::Collinear(name) => answer.note(
                "collinear_covariate",
                say!(
                    "„{name}“ ergibt sich ganz oder zum Teil aus den Merkmalen davor; was doppelt ist, zählt einmal.",
                    "\"{name}\" follows in whole or in part from the covariates before it; what is double counts once"
                ),
            ),
        }
    }
}

/// A refusal in the words of the reader.
pub(super) fn refused(refusal: &MatchRefusal) -> Error {
    let error = Error::refused(words(refusal));
    match refusal {
        MatchRefusal::Score(LogitRefusal::Separated) | MatchRefusal::SeparatedBy(_) => error.hint(say!(
            "Merkmale, die nur in einer Gruppe vorkommen, weglassen: Für diese Einheiten gibt es keinen Vergleich.",
            "leave out covariates that occur in one group only: those units have nothing to be compared with"
        )),
        MatchRefusal::NoMatch => error.hint(say!(
            "Weniger oder gröbere Merkmale, einen weiteren Caliper oder weniger genaue Schichten wählen.",
            "choose fewer or coarser covariates, a wider caliper or fewer exact strata"
        )),
        MatchRefusal::Infeasible(_) => error.hint(say!(
            "Merkmale vergröbern oder weglassen; wo die Gruppen sich nicht überlappen, hilft kein Gewicht.",
            "coarsen or leave out covariates; where the groups do not overlap no weight helps"
        )),
        _ => error,
    }
}

fn words(refusal: &MatchRefusal) -> Label {
    match refusal {
        MatchRefusal::Empty => say!("Es gibt keine Einheiten", "there are no units"),
        MatchRefusal::Lengths => say!("Die Spalten sind verschieden lang", "the columns differ in length"),
        MatchRefusal::NoCovariates => say!("Es sind keine Merkmale genannt", "no covariates are named"),
        MatchRefusal::NoTreated => say!("Keine Einheit ist behandelt", "no unit is treated"),
        MatchRefusal::NoControls => say!(
            "Alle Einheiten sind behandelt: Es gibt nichts zum Vergleichen",
            "all units are treated: there is nothing to compare with"
        ),
        MatchRefusal::NonFinite { covariate, unit } => say!(
            "„{covariate}“ von Einheit {unit} ist keine endliche Zahl oder zu groß",
            "\"{covariate}\" of unit {unit} is not finite or too large"
        ),
        MatchRefusal::InvalidWeight { unit } => say!(
            "Das Gewicht von Einheit {unit} ist negativ oder keine endliche Zahl",
            "the weight of unit {unit} is negative or not a finite number"
        ),
        MatchRefusal::NoWeight => {
            say!("In einer Gruppe sind alle Gewichte null", "all weights of a group are zero")
        }
        MatchRefusal::Ratio => say!(
            "--ratio muss mindestens 1 sein: eine Vergleichseinheit je behandelter Einheit",
            "--ratio must be at least 1: one control per treated unit"
        ),
        MatchRefusal::Caliper => {
            say!("--caliper muss eine Zahl über null sein", "--caliper must be a number above zero")
        }
        MatchRefusal::CaliperNeedsScore => say!(
            "--caliper zählt in Standardabweichungen des Propensity Scores und geht nur mit --distance logit",
            "--caliper is in standard deviations of the propensity score and needs --distance logit"
        ),
        MatchRefusal::NotApplicable(what) => {
            let option = match *what {
                "replacement" => "--replace",
                "exact strata" => "--exact",
                "distance" => "--distance",
                "caliper" => "--caliper",
                "cutpoints" => "--cutpoints",
                _ => "--ratio",
            };
            say!("Dieses Verfahren kennt {option} nicht", "this method does not know {option}")
        }
        MatchRefusal::AllConstant => say!(
            "Alle Merkmale sind bei allen Einheiten gleich: Danach lässt sich nichts zuordnen",
            "all covariates are the same for all units: there is nothing to match on"
        ),
        MatchRefusal::SeparatedBy(name) => say!(
            "„{name}“ trennt die Gruppen: Die Werte kommen nur in einer von ihnen vor",
            "\"{name}\" separates the groups: its values occur in one of them only"
        ),
        MatchRefusal::Score(LogitRefusal::Separated) => say!(
            "Die Merkmale trennen die Gruppen vollständig: Es gibt keine Propensity Scores",
            "the covariates separate the groups perfectly: there are no propensity scores"
        ),
        MatchRefusal::Score(LogitRefusal::Collinear) => {
            say!("Die Merkmale sind voneinander abhängig", "the covariates are collinear")
        }
        MatchRefusal::Score(LogitRefusal::OneOutcome | LogitRefusal::NotConverged) => say!(
            "Die Schätzung der Propensity Scores kam zu keinem Ergebnis",
            "the propensity scores could not be estimated"
        ),
        MatchRefusal::NoMatch => say!(
            "Keine behandelte Einheit hat eine passende Vergleichseinheit",
            "no treated unit has a suitable control"
        ),
        MatchRefusal::Infeasible(name) => say!(
            "Keine Gewichte der Vergleichseinheiten treffen die Mittelwerte der behandelten; am weitesten entfernt ist „{name}“",
            "no weights of the controls reach the treated units' means; farthest away is \"{name}\""
        ),
        MatchRefusal::TooLarge => say!(
            "Zu viele Einheiten für --method optimal; mit --exact in Schichten teilen oder nearest nehmen",
            "too many units for --method optimal; split them with --exact or use nearest"
        ),
        MatchRefusal::ConstantOutcome => say!(
            "Die Zielgröße ist bei allen verglichenen Einheiten gleich",
            "the outcome is the same for all units compared"
        ),
        MatchRefusal::Broken(what) => say!(
            "Das Ergebnis hält eine Vorgabe nicht ein ({what}); das ist ein Fehler des Programms",
            "the result does not keep what was asked for ({what}); this is a fault of the program"
        ),
    }
}
