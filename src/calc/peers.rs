use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::characteristics::{self, Categories};
use super::options::Data;
use super::units::meant;
use super::{Answer, Estimate, Open, Table};
use crate::domain::{Label, say};
use crate::stats::neighbours::{NeighbourRefusal, neighbours, varies_not};
use crate::{Error, Result};

/// Options of `calc peers`.
#[derive(Debug, Clone, Args, Serialize)]
#[command(after_help = EXAMPLE)]
pub struct Options {
    #[command(flatten)]
    #[serde(flatten)]
    data: Data,
    /// Column with the units' names, each of which occurs once
    #[arg(long, value_name = "COLUMN")]
    unit: String,
    /// The unit whose peers are wanted
    #[arg(long, value_name = "UNIT")]
    of: String,
    /// Columns to compare the units in, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', required = true)]
    characteristics: Vec<String>,
    #[command(flatten)]
    #[serde(flatten)]
    categories: Categories,
    /// Weight of each characteristic, in their order, separated by commas; default: all 1
    #[arg(long, value_name = "NUMBER", value_delimiter = ',')]
    weights: Vec<f64>,
    /// Columns in which peers must agree exactly, separated by commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exact: Vec<String>,
    /// How many peers
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    neighbours: usize,
}

const EXAMPLE: &str = "Example:\n  resonanz calc peers --data datasets/calc/towns.csv --unit town --of Alspelhagen \
                       --characteristics population,density,platform --neighbours 5";

pub(super) const GERMAN: &[(&str, &str)] = &[
    (
        EXAMPLE,
        "Beispiel:\n  resonanz calc peers --data datasets/calc/towns.csv --unit town --of Alspelhagen \
         --characteristics population,density,platform --neighbours 5",
    ),
    (
        "Column with the units' names, each of which occurs once",
        "Spalte mit den Namen der Einheiten, von denen jeder einmal vorkommt",
    ),
    ("The unit whose peers are wanted", "Die Einheit, deren Vergleichseinheiten gesucht sind"),
    (
        "Columns to compare the units in, separated by commas",
        "Spalten, in denen die Einheiten verglichen werden, durch Kommas getrennt",
    ),
    (
        "Weight of each characteristic, in their order, separated by commas; default: all 1",
        "Gewicht jedes Merkmals, in deren Reihenfolge, durch Kommas getrennt; ohne Angabe alle 1",
    ),
    (
        "Columns in which peers must agree exactly, separated by commas",
        "Spalten, in denen Vergleichseinheiten genau übereinstimmen müssen, durch Kommas getrennt",
    ),
    ("How many peers", "Wie viele Vergleichseinheiten"),
];

pub(super) fn run(options: &Options, open: Open<'_>) -> Result<Answer> {
    let mut options = options.clone();
    if options.weights.is_empty() {
        options.weights = vec![1.0; options.characteristics.len()];
    }
    if options.weights.len() != options.characteristics.len() {
        let (weights, characteristics) = (options.weights.len(), options.characteristics.len());
        return Err(Error::config(say!(
            "--weights nennt {weights} Gewichte für {characteristics} Merkmale",
            "--weights has {weights} weights for {characteristics} characteristics"
        )));
    }
    let table = open(&options.data.data, options.data.notation.decimal)?;
    let mut answer = Answer::of("peers", &options);
    answer.reads(&table);
    let names = characteristics::units(&table, Some(&options.unit))?;
    let texts: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    let own = meant(&texts, &options.of).and_then(|name| texts.iter().position(|text| *text == name));
    let own = own.ok_or_else(|| no_unit(&options, &names))?;
    let kept = complete(&mut answer, &options, &table, own)?;
    let strata = characteristics::strata(&table, &options.exact)?;
    let stratum = |unit: usize| kept.get(unit).and_then(|row| strata.get(*row));
    let all = characteristics::read_rows(&table, &options.characteristics, &options.categories, &kept)?;
    let own = kept.iter().position(|row| *row == own).unwrap_or_default();
    // Deviations are those of all units, whoever may be a peer.
    let ranked = neighbours(&all, &options.weights, own, kept.len()).map_err(|r| Error::refused(words(&r)))?;
    let found: Vec<_> = ranked.iter().filter(|n| stratum(n.unit) == stratum(own)).take(options.neighbours).collect();
    if options.neighbours == 0 {
        return Err(Error::refused(words(&NeighbourRefusal::NoneWanted)));
    }
    if found.is_empty() {
        return Err(Error::refused(words(&NeighbourRefusal::Alone)));
    }
    let told = |unit: usize| {
        let value = |c| characteristics::value(c, unit);
        Value::Object(all.iter().map(|c| (c.name.clone(), value(c))).collect())
    };
    for (rank, neighbour) in found.iter().enumerate() {
        let unit = kept.get(neighbour.unit).and_then(|row| names.get(*row)).cloned();
        answer.estimates.push(Estimate {
            value: Some(neighbour.distance),
            more: vec![("characteristics", told(neighbour.unit))],
            ..Estimate::keyed(vec![("rank", (rank + 1).into()), ("unit", unit.into())])
        });
    }
    answer.diagnostics.insert("own".into(), told(own));
    for c in all.iter().filter(|c| varies_not(c)) {
        let name = &c.name;
        answer.note(
            "constant_characteristic",
            say!(
                "„{name}“ ist bei allen Einheiten gleich und spielt keine Rolle.",
                "\"{name}\" is the same for all units and plays no part"
            ),
        );
    }
    if found.len() < options.neighbours {
        let (found, wanted) = (found.len(), options.neighbours);
        answer.note(
            "fewer_peers",
            say!(
                "Es gibt nur {found} statt {wanted} Vergleichseinheiten.",
                "there are only {found} peers, not {wanted}"
            ),
        );
    }
    answer.n = kept.len();
    Ok(answer)
}

/// The rows without a missing characteristic. The unit itself must have all.
fn complete(answer: &mut Answer, options: &Options, table: &Table, own: usize) -> Result<Vec<usize>> {
    let mut missing = vec![false; table.rows()];
    for name in options.characteristics.iter().chain(&options.exact) {
        for (row, text) in table.texts(name)?.iter().enumerate() {
            if text.is_none() {
                if row == own {
                    let what = say!("Der Einheit fehlt dieses Merkmal", "the unit lacks this characteristic");
                    return Err(Error::refused(table.at(name, row, &what)));
                }
                missing[row] = true;
            }
        }
    }
    let kept: Vec<usize> = (0..table.rows()).filter(|row| !missing[*row]).collect();
    answer.drop(
        "units",
        table.rows() - kept.len(),
        "missing_characteristic",
        say!("Einheiten, denen ein Merkmal fehlt", "units that lack a characteristic"),
    );
    Ok(kept)
}

fn no_unit(options: &Options, names: &[Value]) -> Error {
    let (of, column) = (&options.of, &options.unit);
    let error = Error::config(say!(
        "In Spalte „{column}“ gibt es keine Einheit „{of}“",
        "column \"{column}\" has no unit \"{of}\""
    ));
    let texts: Vec<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match crate::ingest::closest(of, &texts) {
        Some(similar) => error.did_you_mean(similar),
        None => error,
    }
}

fn words(refusal: &NeighbourRefusal) -> Label {
    match refusal {
        NeighbourRefusal::Alone => say!(
            "Es gibt keine andere Einheit, die zum Vergleich infrage kommt",
            "there is no other unit that could be a peer"
        ),
        NeighbourRefusal::NoUnit(_) => say!("Die Einheit gibt es nicht", "there is no such unit"),
        NeighbourRefusal::NoCharacteristics => say!("Es sind keine Merkmale genannt", "no characteristics are named"),
        NeighbourRefusal::Lengths => {
            say!("Merkmale und Gewichte passen nicht zueinander", "characteristics and weights do not fit together")
        }
        NeighbourRefusal::InvalidWeight => say!(
            "Gewichte müssen Zahlen ab null sein, mindestens eines davon über null",
            "weights must be numbers from zero on, at least one of them above zero"
        ),
        NeighbourRefusal::NonFinite { characteristic, unit } => say!(
            "„{characteristic}“ von Einheit {unit} ist keine endliche Zahl oder zu groß",
            "\"{characteristic}\" of unit {unit} is not finite or too large"
        ),
        NeighbourRefusal::NoneWanted => {
            say!("--neighbours muss mindestens 1 sein", "--neighbours must be at least 1")
        }
        NeighbourRefusal::AllConstant => say!(
            "Alle Merkmale sind bei allen Einheiten gleich: Danach gibt es keine Nähe",
            "all characteristics are the same for all units: nothing is nearer than anything else"
        ),
    }
}
