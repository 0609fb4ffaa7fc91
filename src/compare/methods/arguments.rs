//! Options of the configuration as words of the command line: there is one parser of options only.

use std::collections::BTreeSet;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, FromArgMatches, Subcommand};

use super::towns::column_name;
use super::{MethodSpec, Rows};
use crate::calc::Method;
use crate::domain::{Label, say};
use crate::{Error, Result};

/// What an option is set to where the configuration does not say.
enum Default {
    /// The first of these columns that the table has.
    Column(&'static [&'static str]),
    /// All characteristics of the comparison.
    Characteristics,
    /// A value.
    Value(&'static str),
}

/// When a default applies.
#[derive(PartialEq)]
enum When {
    /// Wherever the method has the option.
    Always,
    /// Where the method does not work without it, or this other option is stated.
    Needed(&'static str),
    /// Unless this other option is stated.
    Unless(&'static str),
    /// In this method only.
    In(&'static str),
}

/// The defaults; of several for one option the first that applies counts.
const DEFAULTS: &[(&str, When, Default)] = &[
    ("unit", When::Always, Default::Column(&["area", "treated"])),
    ("time", When::Always, Default::Column(&["month"])),
    ("numerator", When::Always, Default::Column(&["online"])),
    ("denominator", When::In("rate"), Default::Column(&["population"])),
    ("denominator", When::Always, Default::Column(&["all"])),
    ("outcome", When::Always, Default::Column(&["share"])),
    ("cohort", When::Needed("sunab"), Default::Column(&["cohort"])),
    ("treatment", When::Unless("sunab"), Default::Column(&["event_treated", "treated"])),
    ("arm", When::Always, Default::Column(&["treated"])),
    ("group", When::Always, Default::Column(&["service"])),
    ("covariates", When::Needed(""), Default::Characteristics),
    ("characteristics", When::Needed(""), Default::Characteristics),
    ("events", When::Always, Default::Column(&["online"])),
    ("population", When::Always, Default::Column(&["all"])),
    ("stratum", When::Always, Default::Column(&["service"])),
    // A share per case, not a rate per 100,000.
    ("multiplier", When::In("dsr"), Default::Value("1")),
    ("p", When::Always, Default::Column(&["p"])),
];

/// Options that name files, and the project's own table for each; `None`: the one that the method works on.
const FILES: [(&str, Option<Rows>); 3] =
    [("data", None), ("standard", Some(Rows::Services)), ("reference", Some(Rows::Services))];

fn command() -> Command {
    Method::augment_subcommands(Command::new("calc").no_binary_name(true).disable_help_subcommand(true))
}

/// Refuses names of methods that do not exist.
pub(super) fn known(name: &str) -> Result<()> {
    let command = command();
    if command.find_subcommand(name).is_some() {
        return Ok(());
    }
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let error = Error::config(say!("Ein Verfahren „{name}“ gibt es nicht", "there is no method \"{name}\""));
    Err(or_list(error, name, &names, || say!("Verfahren: {}", "methods: {}", names.join(", "))))
}

/// The error with what was probably meant, or else with all that is possible.
fn or_list(error: Error, wrong: &str, known: &[String], list: impl Fn() -> Label) -> Error {
    match crate::ingest::closest(wrong, known) {
        Some(similar) => error.did_you_mean(similar),
        None if known.is_empty() => error,
        None => error.hint(list()),
    }
}

/// The method with its options, and the words of the command line that say the same. `columns` are those of the table,
/// `characteristics` those of them by which towns are likened to each other.
///
/// # Errors
/// With the name of the option or value that does not exist or does not fit.
pub(super) fn parse(
    spec: &MethodSpec,
    rows: Rows,
    columns: &[String],
    characteristics: &[String],
) -> Result<(Method, Vec<String>)> {
    known(&spec.method)?;
    let command = command();
    let method = command.find_subcommand(&spec.method).ok_or_else(|| Error::internal("no method"))?;
    let mut words = Words { method, columns, stated: BTreeSet::new(), words: vec![spec.method.clone()] };
    if words.option("data").is_none() {
        return Err(Error::config(say!(
            "Dieses Verfahren liest keine Tabelle; es steht nur als resonanz calc {} bereit",
            "this method reads no table; it is there as resonanz calc {} only",
            spec.method
        )));
    }
    for (name, table) in FILES {
        if words.option(name).is_some() {
            words.words.push(format!("--{name}={}", table.unwrap_or(rows).id()));
        }
    }
    for (name, value) in &spec.options {
        words.state(name, value)?;
    }
    words.fill_in(characteristics);
    let words = words.words;
    let matches = self::command().try_get_matches_from(&words).map_err(|error| refused(&error))?;
    let parsed = Method::from_arg_matches(&matches).map_err(|error| refused(&error))?;
    Ok((parsed, words))
}

/// The words so far.
struct Words<'a> {
    method: &'a Command,
    columns: &'a [String],
    /// Options that the configuration states, those switched off included.
    stated: BTreeSet<String>,
    words: Vec<String>,
}

impl<'a> Words<'a> {
    /// The option of this name; its name is also its id.
    fn option(&self, id: &str) -> Option<&'a Arg> {
        self.method.get_arguments().find(|arg| arg.get_id() == id)
    }

    /// Takes an option of the configuration; `false` switches a flag or a default off.
    fn state(&mut self, name: &str, value: &toml::Value) -> Result<()> {
        let id = name.replace('-', "_");
        if FILES.iter().any(|(file, _)| *file == id) || id == "decimal" {
            return Err(Error::config(say!(
                "Die Option {name} gibt es hier nicht: Gerechnet wird mit den Zahlen des Projekts, nicht mit einer Datei",
                "there is no option {name} here: the numbers are those of the project, not of a file"
            )));
        }
        let Some(arg) = self.option(&id) else { return Err(self.unknown(name)) };
        self.stated.insert(id.clone());
        let long = id.replace('_', "-");
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            let on = value.as_bool().ok_or_else(|| {
                Error::config(say!("Die Option {name} ist true oder false", "the option {name} is true or false"))
            })?;
            self.words.extend(on.then(|| format!("--{long}")));
            return Ok(());
        }
        let values = match value {
            toml::Value::Boolean(false) => return Ok(()),
            toml::Value::Array(list) => list.iter().map(text).collect(),
            one => text(one).map(|text| vec![text]),
        };
        let mut values = values.ok_or_else(|| {
            Error::config(say!(
                "Der Option {name} fehlt ein Wert: ein Text, eine Zahl oder eine Liste davon",
                "the option {name} needs a value: a text, a number or a list of these"
            ))
        })?;
        if is_column(arg) {
            values = values.iter().map(|column| self.column(name, column)).collect::<Result<_>>()?;
        }
        match arg.get_value_delimiter() {
            Some(sign) => self.words.push(format!("--{long}={}", values.join(&sign.to_string()))),
            None if values.len() == 1 || matches!(arg.get_action(), ArgAction::Append) => {
                self.words.extend(values.iter().map(|value| format!("--{long}={value}")));
            }
            None => {
                return Err(Error::config(say!(
                    "Die Option {name} hat nur einen Wert",
                    "the option {name} has one value only"
                )));
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> Error {
        let error = Error::config(say!("Eine Option „{name}“ gibt es nicht", "there is no option \"{name}\""));
        let ids = self.method.get_arguments().map(|arg| arg.get_id().to_string());
        let known: Vec<String> = ids.filter(|id| FILES.iter().all(|(file, _)| file != id) && id != "decimal").collect();
        or_list(error, name, &known, || say!("Optionen: {}", "options: {}", known.join(", ")))
    }

    /// The column of the table that is meant: characteristics go by their name in `match_on` as well.
    fn column(&self, option: &str, stated: &str) -> Result<String> {
        let has = |name: &str| self.columns.iter().any(|column| column == name);
        let name = if stated.starts_with("attribute:") { column_name(stated) } else { stated.to_owned() };
        // Two columns at once ("area+month"), or a column at a time ("share:2024-03").
        let parts = name.split('+').map(str::trim).all(has);
        if has(&name) || parts || name.split(':').next().is_some_and(has) {
            return Ok(name);
        }
        let error = Error::config(say!(
            "{option} = \"{stated}\": Diese Spalte hat die Tabelle des Vergleichs nicht",
            "{option} = \"{stated}\": the table of the comparison has no such column"
        ));
        Err(or_list(error, stated, self.columns, || say!("Spalten: {}", "columns: {}", self.columns.join(", "))))
    }

    /// Adds the defaults that the configuration leaves open and that do not contradict it.
    fn fill_in(&mut self, characteristics: &[String]) {
        let mut set: BTreeSet<String> = self.stated.clone();
        for (id, when, default) in DEFAULTS {
            let Some(arg) = self.option(id).filter(|_| !set.contains(*id)) else { continue };
            let applies = match when {
                When::Always => true,
                When::Needed(other) => arg.is_required_set() || self.stated.contains(*other),
                When::Unless(other) => !self.stated.contains(*other),
                When::In(method) => self.method.get_name() == *method,
            };
            let value = match default {
                Default::Column(names) => names.iter().find(|name| self.columns.iter().any(|c| c == *name)).copied(),
                Default::Value(value) => Some(*value),
                Default::Characteristics => None,
            };
            let value = match default {
                Default::Characteristics if !characteristics.is_empty() => Some(characteristics.join(",")),
                _ => value.map(str::to_owned),
            };
            if let (true, false, Some(value)) = (applies, self.contradicts(arg), value) {
                self.words.push(format!("--{}={value}", id.replace('_', "-")));
                set.insert((*id).to_owned());
            }
        }
    }

    /// Whether the option excludes one that is stated.
    fn contradicts(&self, arg: &Arg) -> bool {
        let excludes =
            |a: &Arg, b: &Arg| self.method.get_arg_conflicts_with(a).iter().any(|other| other.get_id() == b.get_id());
        self.stated.iter().filter_map(|id| self.option(id)).any(|other| excludes(arg, other) || excludes(other, arg))
    }
}

/// Whether the values of an option are columns of the table.
fn is_column(arg: &Arg) -> bool {
    let named = |name: &str| arg.get_value_names().is_some_and(|names| names.iter().any(|n| n.as_str() == name));
    named("COLUMN") || named("COLUMNS") || arg.get_id() == "unit" || arg.get_id() == "time"
}

/// A single value as the command line has it.
fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Datetime(time) => Some(time.to_string()),
        toml::Value::Boolean(_) | toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}

/// What the parser says, in the words of the configuration.
fn refused(error: &clap::Error) -> Error {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    // "--treated-unit <UNIT>" is treated_unit here.
    let name = |text: &String| {
        let long = text.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
        long.replace('-', "_")
    };
    let options = texts(ContextKind::InvalidArg).iter().map(name).collect::<Vec<_>>().join(", ");
    let value = texts(ContextKind::InvalidValue).concat();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => {
            Error::config(say!("Es fehlt die Angabe: {options}", "not stated, but needed: {options}"))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let known = texts(ContextKind::ValidValue);
            let error = Error::config(say!(
                "{options} = \"{value}\": Diesen Wert gibt es nicht",
                "{options} = \"{value}\": there is no such value"
            ));
            or_list(error, &value, &known, || say!("Möglich: {}", "possible: {}", known.join(", ")))
        }
        ErrorKind::ArgumentConflict => {
            let other = texts(ContextKind::PriorArg).iter().map(name).collect::<Vec<_>>().join(", ");
            Error::config(say!(
                "{options} und {other} schließen einander aus",
                "{options} and {other} exclude each other"
            ))
        }
        _ => Error::config(error.to_string().lines().next().unwrap_or_default().to_owned()),
    }
}
