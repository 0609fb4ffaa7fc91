//! The command line: one file per verb, and the only place that prints.

mod calc;
mod check;
mod compare;
mod demo;
mod explain;
mod help;
mod init;
mod output;
mod run;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::domain::Lang;
use output::Output;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "resonanz",
    version,
    about,
    arg_required_else_help = true,
    after_help = "First success:  resonanz demo\nYour own data:  resonanz init my-town --from numbers.xlsx\n                resonanz check my-town\n                resonanz run my-town\n\nExit codes: 0 done, 1 stopped by an error budget or refused by a method, 2 usage or configuration, 3 input unreadable, 4 internal"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    global: Global,
}

/// Options of every verb.
#[derive(Debug, clap::Args)]
struct Global {
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Results as JSON on stdout
    #[arg(long, global = true)]
    json: bool,
    /// Language of messages, de or en; default: the language of the environment (LANG), else de
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<Lang>,
    /// Colours in messages
    #[arg(long, global = true, value_enum, default_value = "auto", value_name = "WHEN")]
    color: When,
    /// How much the program tells about its work on stderr: error, warn, info, debug
    #[arg(long, global = true, default_value = "warn", value_name = "LEVEL")]
    log_level: log::LevelFilter,
}

/// The language of messages: as asked for, else English where the environment is English.
fn spoken(asked: Option<Lang>) -> Lang {
    let environment = || {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| std::env::var(name).ok());
        if set.is_some_and(|value| value.starts_with("en")) { Lang::En } else { Lang::De }
    };
    asked.unwrap_or_else(environment)
}

/// The language that raw arguments ask for. The help needs it before they are parsed.
fn asked(arguments: &[OsString]) -> Option<Lang> {
    let mut texts = arguments.iter().skip(1).map_while(|a| a.to_str().filter(|text| *text != "--"));
    while let Some(text) = texts.next() {
        let value = if text == "--lang" { texts.next() } else { text.strip_prefix("--lang=") };
        if let Some(lang) = value.and_then(|value| value.parse().ok()) {
            return Some(lang);
        }
    }
    None
}

/// Parses the arguments. The help, which clap hands over as an error, is in the reader's language; what clap says of
/// wrong arguments is English.
fn parse(raw: &[OsString]) -> Result<Arguments, clap::Error> {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand};
    Arguments::try_parse_from(raw).map_err(|error| match error.kind() {
        DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand => {
            let command = help::in_language(Arguments::command(), spoken(asked(raw)));
            command.try_get_matches_from(raw).err().unwrap_or(error)
        }
        _ => error,
    })
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the fictional example project and run it
    Demo(demo::Arguments),
    /// Write a commented resonanz.toml: from your own files with --from FILE, else with empty templates
    Init(init::Arguments),
    /// Read and validate everything, no analysis
    Check(check::Arguments),
    /// The main job: from the sources to the report
    Run(run::Arguments),
    /// Towns with and without an event: how far the comparison carries, and whether a claim holds
    Compare(compare::Arguments),
    /// Any one method on any tidy table (CSV, Parquet, Excel)
    Calc(calc::Arguments),
    /// What a key figure, a finding or a method means
    Explain(explain::Arguments),
}

/// Parses the command line, does the work, and says how it went.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match parse(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe is no failure.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match arguments.global.color {
        When::Auto => {}
        When::Always => anstream::ColorChoice::Always.write_global(),
        When::Never => anstream::ColorChoice::Never.write_global(),
    }
    env_logger::Builder::new().filter_level(arguments.global.log_level).format_timestamp(None).init();
    let output = Output::new(arguments.global.quiet, arguments.global.json, spoken(arguments.global.lang));
    let done = match &arguments.verb {
        Verb::Demo(a) => demo::run(a, &output),
        Verb::Init(a) => init::run(a, &output),
        Verb::Check(a) => check::run(a, &output),
        Verb::Run(a) => run::run(a, &output),
        Verb::Compare(a) => compare::run(a, &output),
        Verb::Calc(a) => calc::run(a, &output),
        Verb::Explain(a) => explain::run(a, &output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_known_before_the_arguments_are_parsed() {
        let asked = |line: &str| asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(asked("resonanz run --lang en"), Some(Lang::En));
        assert_eq!(asked("resonanz --lang=de --help"), Some(Lang::De));
        assert_eq!(asked("resonanz run --lang"), None);
        assert_eq!(asked("resonanz run --lang fr"), None);
        assert_eq!(asked("resonanz run -- --lang=en"), None);
        assert_eq!(spoken(Some(Lang::En)), Lang::En);
    }
}
